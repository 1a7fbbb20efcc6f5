//! People, teams and repositories that are not what they were: what is looked at again, and what costs nothing.

use merestone::standin::world::{PullRef, World};

use super::shop::{FILES, RULES, shop};
use super::story::{Pull, Story};

/// The shop, where alan is an architect of commerce beside ada.
fn two_architects() -> World {
    let mut world = shop(&[]);
    world.team("acme", "commerce-architects", &["alan"]).expect("acme is there");
    world
}

/// A crossing that ada has signed off.
async fn signed(story: &mut Story) -> PullRef {
    let pull = story.open(Pull::crossing()).await;
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    pull
}

#[tokio::test]
async fn a_sign_off_ends_with_the_membership_that_it_came_from() {
    let mut story = Story::of(two_architects()).await;
    let pull = signed(&mut story).await;
    let other = story.open(Pull::quiet().on_branch("other").write("services/checkout/b.go", "package main\n")).await;
    assert_eq!(story.conclusion(other), "success");
    story.count();
    story.then(|world| world.set_membership("acme", "commerce-architects", "ada", false)).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
    let head = story.github().pull(other).expect("it is there").head.clone();
    let touched = story.github().log.calls().iter().any(|call| call.path.contains(&head));
    assert!(!touched, "the other is none of hers");
    story.then(|world| world.set_membership("acme", "commerce-architects", "ada", true)).await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn a_member_who_has_said_nothing_costs_nothing() {
    let mut story = Story::of(two_architects()).await;
    signed(&mut story).await;
    story.count();
    story.then(|world| world.set_membership("acme", "ledger", "lena", false)).await;
    story.then(|world| world.leave_organization("acme", "grace")).await;
    story.then(|world| world.set_collaborator("acme/shop", "lena", true)).await;
    assert_eq!(story.calls(), 0, "{:#?}", story.github().log.by_route());
}

#[tokio::test]
async fn whoever_leaves_the_organisation_signs_no_more() {
    let mut story = Story::of(two_architects()).await;
    let pull = signed(&mut story).await;
    story.then(|world| world.leave_organization("acme", "ada")).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

#[tokio::test]
async fn a_team_that_is_deleted_or_renamed_is_looked_for_again() {
    for renamed in [None, Some("architects-of-commerce")] {
        let mut story = Story::of(two_architects()).await;
        let pull = signed(&mut story).await;
        let quiet =
            story.open(Pull::quiet().on_branch("other").write("services/checkout/b.go", "package main\n")).await;
        let action = if renamed.is_some() { "edited" } else { "deleted" };
        story.count();
        story.then(|world| world.change_team("acme", "commerce-architects", action, renamed)).await;
        assert_eq!(story.conclusion(pull), "failure", "it is a configuration error: the rules name nobody any more");
        story.comment(pull);
        assert_eq!(story.conclusion(quiet), "success");
    }
}

#[tokio::test]
async fn a_team_that_nothing_names_costs_nothing() {
    let mut story = Story::of(two_architects()).await;
    signed(&mut story).await;
    story.count();
    story.then(|world| world.change_team("acme", "identity", "edited", Some("identities"))).await;
    story.then(|world| world.change_team("acme", "identities", "added_to_repository", None)).await;
    assert_eq!(story.calls(), 0, "{:#?}", story.github().log.by_route());
}

#[tokio::test]
async fn an_organisation_that_is_renamed_has_the_teams_of_its_new_name() {
    let mut story = Story::of(two_architects()).await;
    let pull = signed(&mut story).await;
    story.then(|world| world.rename_organization("acme", "apex")).await;
    assert_eq!(story.conclusion(pull), "failure", "@acme/commerce-architects is a team of another organisation now");
    story.comment(pull);
}

#[tokio::test]
async fn a_new_name_costs_nothing_and_is_used_from_then_on() {
    let mut story = Story::of(two_architects()).await;
    let pull = signed(&mut story).await;
    story.count();
    story.then(|world| world.rename("acme/shop", "store")).await;
    assert_eq!(story.calls(), 0, "{:#?}", story.github().log.by_route());
    // Another repository takes the old name: nothing of ours is looked for there.
    let mut files: Vec<(&str, &str)> = vec![(".github/merestone.yml", RULES)];
    files.extend(FILES);
    story.github().repository("acme", "shop", &files).expect("acme is there");
    story.count();
    story.then(|world| world.set_membership("acme", "commerce-architects", "ada", false)).await;
    assert_eq!(story.conclusion(pull), "action_required");
    let calls: Vec<String> = story.github().log.calls().iter().map(|call| call.path.clone()).collect();
    assert!(calls.iter().all(|path| !path.contains("/acme/shop/")), "{calls:?}");
    assert!(story.comment(pull).contains("https://github.com/acme/store/"));
}

#[tokio::test]
async fn a_repository_that_others_may_see_is_looked_at_again() {
    let mut story = Story::of(two_architects()).await;
    let pull = signed(&mut story).await;
    story.count();
    story.then(|world| world.set_private("acme/shop", false)).await;
    assert!(story.calls() <= 3, "{:#?}", story.github().log.by_route());
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    story.then(|world| world.set_private("acme/shop", true)).await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn another_default_branch_judges() {
    let mut world = shop(&[]);
    let id = world.repository_id("acme/shop").expect("it is there");
    let strict = RULES.to_owned()
        + "  - id: checkout\n    when: { paths: [services/checkout/] }\n    sign_off: domain\n    why: It is critical.\n";
    let edits = merestone::standin::edits::Edits::new().write(".github/merestone.yml", &strict);
    world.commit(id, "next", None, None, &edits, "begin").expect("a branch");
    let mut story = Story::of(world).await;
    let gated = story.open(Pull::quiet()).await;
    let open = story.open(Pull::quiet().on_branch("n").into_branch("next")).await;
    assert_eq!(story.conclusion(gated), "success");
    assert_eq!(story.conclusion(open), "action_required", "judged as if it went to main, whose rules it would change");
    story.no_comment(open);
    story.then(|world| world.set_default_branch("acme/shop", "next")).await;
    assert_eq!(story.conclusion(open), "action_required");
    assert_eq!(story.conclusion(gated), "action_required", "main is not gated any more: judged as if it went to next");
    story.comment(open);
    story.no_comment(gated);
}

#[tokio::test]
async fn a_transferred_repository_is_judged_where_it_is() {
    let mut world = shop(&[]);
    world.organization("globex", &["maria", "ada"]);
    world.team("globex", "commerce-architects", &["ada"]).expect("globex is there");
    world.install("globex").expect("globex is there");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::quiet()).await;
    assert_eq!(story.conclusion(pull), "success");
    let crossing = story.open(Pull::crossing().on_branch("crossing")).await;
    story.comment(crossing);
    story.then(|world| world.transfer("acme/shop", "globex")).await;
    assert_eq!(story.conclusion(crossing), "failure", "its rules name teams of acme");
    story.comment(crossing);
}

#[tokio::test]
async fn a_deleted_repository_is_asked_nothing() {
    let mut story = Story::of(two_architects()).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.count();
    story.then(|world| world.delete_repository("acme/shop")).await;
    story.then(|world| world.set_membership("acme", "payments", "maria", false)).await;
    assert_eq!(story.calls(), 0, "{:#?}", story.github().log.by_route());
}

#[tokio::test]
async fn what_nothing_is_kept_of_costs_nothing() {
    let mut story = Story::of(two_architects()).await;
    let pull = signed(&mut story).await;
    story.count();
    story.then(|world| world.edit_ruleset("acme/shop")).await;
    story.then(|world| world.comment(pull, "tomas", "nice")).await;
    assert_eq!(story.calls(), 0, "{:#?}", story.github().log.by_route());
}

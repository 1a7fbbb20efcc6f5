//! Who signs, and what counts as a signature.

use merestone::standin::edits::Edits;
use merestone::standin::talk::Verdict;
use merestone::standin::world::Kind;

use super::shop::{RULES, shop, shop_with_rules};
use super::story::{Pull, Story};

#[tokio::test]
async fn changes_requested_by_the_authority_hold_until_it_approves() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.request_changes(pull, "ada").await;
    let check = story.check(pull);
    assert_eq!(check.conclusion, "action_required");
    assert!(format!("{} {}", check.title, check.summary).contains("ada"), "{check:?}");
    story.comment(pull);
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn a_dismissed_approval_asks_again() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    assert_eq!(story.asked(pull), "|", "GitHub takes the team off as one of it answers");
    story.dismiss(pull, "ada", "maria").await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.comment(pull);
}

#[tokio::test]
async fn a_higher_level_covers_a_lower_one() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.approve(pull, "edsger").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn an_app_never_signs() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    let architects = |world: &mut merestone::standin::world::World| {
        let bot = world.account("helper[bot]", Kind::Bot);
        world.team("acme", "commerce-architects", &[]).map(|team| team.members.insert(bot))
    };
    story.then(architects).await;
    story.then(|world| world.review(pull, "helper[bot]", Verdict::Approve, "")).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

#[tokio::test]
async fn a_review_without_a_verdict_changes_nothing() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.count();
    story.then(|world| world.review(pull, "lena", Verdict::Comment, "a question")).await;
    assert_eq!(story.writes(), Vec::<String>::new());
    assert_eq!(story.conclusion(pull), "action_required");
}

#[tokio::test]
async fn where_every_architect_is_an_author_others_sign_in_their_place() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing().with(|new| "ada".clone_into(&mut new.author))).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_ne!(story.asked(pull), "|", "somebody is asked: {}", story.comment(pull));
    assert!(!story.asked(pull).contains("commerce-architects"), "{}", story.asked(pull));
    let comment = story.comment(pull);
    assert!(!comment.contains("nobody can"), "{comment}");
    story.approve(pull, "edsger").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn a_team_has_signed_for_its_files_when_the_author_is_one_of_it() {
    let rules =
        "  - id: owned\n    when: { paths: [services/] }\n    sign_off: team\n    why: The owners look at it.\n";
    let mut story = Story::of(shop_with_rules(rules)).await;
    let own = story.open(Pull::quiet()).await;
    assert_eq!(story.conclusion(own), "success");
    story.comment(own);
    let foreign = story.open(Pull::by("ivo").on_branch("two").write("services/checkout/b.go", "package main\n")).await;
    assert_eq!(story.conclusion(foreign), "action_required");
    assert_eq!(story.asked(foreign), "| payments");
    story.comment(foreign);
    story.approve(foreign, "pavel").await;
    assert_eq!(story.conclusion(foreign), "success");
    story.comment(foreign);
}

#[tokio::test]
async fn each_owner_signs_for_its_own() {
    let rules =
        "  - id: owned\n    when: { paths: [services/] }\n    sign_off: team\n    why: The owners look at it.\n";
    let mut story = Story::of(shop_with_rules(rules)).await;
    let pull = story.open(Pull::crossing().with(|new| "ivo".clone_into(&mut new.author))).await;
    assert_eq!(story.asked(pull), "| ledger payments");
    story.comment(pull);
    story.approve(pull, "pavel").await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| ledger");
    story.comment(pull);
    story.approve(pull, "lena").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn whoever_committed_to_the_evidence_does_not_sign_for_it() {
    let mut world = shop(&[]);
    world.team("acme", "commerce-architects", &["barbara"]).expect("acme is there");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story
        .then(|world| {
            world.push(pull, "barbara", &Edits::new().write("services/ledger/main.go", "package main // b\n"))
        })
        .await;
    story.comment(pull);
    story.approve(pull, "barbara").await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| commerce-architects", "the other architect is asked again");
    let comment = story.comment(pull);
    assert!(comment.contains("The approval by **barbara** does not count: this change is partly theirs"), "{comment}");
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn a_push_that_changes_the_evidence_ends_the_sign_off_also_where_github_moves_the_review() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    story.then(|world| world.move_reviews_forward(pull)).await;
    story
        .push(pull, Edits::new().write("services/ledger/main.go", "package main\n\nfunc main() { println(9) }\n"))
        .await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

#[tokio::test]
async fn people_sign_where_the_rule_names_them() {
    let rules = "  - id: named\n    when: { paths: [services/ledger/] }\n    sign_off: [\"@lena\", \"@acme/identity\"]\n    why: They know the ledger.\n";
    let mut story = Story::of(shop_with_rules(rules)).await;
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
    story.approve(pull, "tomas").await;
    assert_eq!(story.conclusion(pull), "action_required", "tomas is not named");
    story.comment(pull);
    story.approve(pull, "lena").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn members_of_child_teams_sign_for_the_team() {
    let mut world = shop(&[]);
    world.team("acme", "architects-of-money", &["katherine"]).expect("acme is there").parent =
        Some("commerce-architects".to_owned());
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    story.approve(pull, "katherine").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn a_team_that_does_not_exist_is_an_error_and_never_passes() {
    let rules = RULES.replace("@acme/commerce-architects", "@acme/comerce-architects");
    let mut story = Story::of(shop(&[(".github/merestone.yml", &rules)])).await;
    let pull = story.open(Pull::crossing()).await;
    let check = story.check(pull);
    assert_eq!(check.conclusion, "failure");
    assert!(check.summary.contains("comerce-architects"), "{}", check.summary);
    assert_eq!(story.asked(pull), "|");
    story.comment(pull);
}

#[tokio::test]
async fn who_has_left_the_team_has_not_signed_for_it() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    story.then(|world| world.set_membership("acme", "commerce-architects", "ada", false)).await;
    story.then(|world| world.team("acme", "commerce-architects", &["barbara"]).map(|_| ())).await;
    story.wait(chrono::TimeDelta::hours(1)).await;
    story.label(pull, "looked-at-again").await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

#[tokio::test]
async fn a_sign_off_lasts_when_the_base_is_merged_in_beside_the_evidence() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.approve(pull, "ada").await;
    story.comment(pull);
    let moved = Edits::new().write("README.md", "# moved on\n");
    story.then(|world| world.push_branch("acme/shop", "main", "edsger", &moved)).await;
    story.then(|world| world.update_branch(pull, "maria")).await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn what_somebody_writes_while_they_merge_the_base_is_theirs() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    let moved = Edits::new().write("README.md", "# moved on\n");
    story.then(|world| world.push_branch("acme/shop", "main", "edsger", &moved)).await;
    let written = Edits::new().write("services/ledger/main.go", "package main // resolved\n");
    story.then(|world| world.resolve_conflicts(pull, "ada", &written)).await;
    story.approve(pull, "ada").await;
    story.comment(pull);
    assert_eq!(story.conclusion(pull), "action_required");
    // Whoever only pressed the button keeps their say.
    let other = story.open(Pull::crossing().on_branch("other")).await;
    story.comment(other);
    let moved = Edits::new().write("README.md", "# moved on again\n");
    story.then(|world| world.push_branch("acme/shop", "main", "edsger", &moved)).await;
    story.then(|world| world.update_branch(other, "ada")).await;
    story.approve(other, "ada").await;
    story.comment(other);
    story.comment(pull);
    assert_eq!(story.conclusion(other), "success");
}

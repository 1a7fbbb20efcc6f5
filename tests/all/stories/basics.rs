//! What happens to a pull request that nothing goes wrong with.

use merestone::standin::edits::Edits;
use merestone::standin::world::World;

use super::shop::{acme, shop};
use super::story::{Pull, Story};

#[tokio::test]
async fn a_change_within_one_team_gets_a_green_check_and_silence() {
    let mut story = Story::of(shop(&[])).await;
    story.count();
    let pull = story.open(Pull::quiet()).await;
    assert_eq!(story.conclusion(pull), "success");
    story.no_comment(pull);
    assert_eq!(story.asked(pull), "|");
    assert_eq!(story.writes(), ["POST check-runs"]);
    assert!(story.calls() <= 9, "{:#?}", story.github().log.by_route());

    story.count();
    story.push(pull, Edits::new().write("services/checkout/main.go", "package main\n")).await;
    assert_eq!(story.conclusion(pull), "success");
    story.no_comment(pull);
    assert!(story.calls() <= 3, "{:#?}", story.github().log.by_route());

    story.count();
    story.then(|world| world.comment(pull, "tomas", "nice")).await;
    assert_eq!(story.calls(), 0, "an event that cannot matter costs nothing");
}

#[tokio::test]
async fn a_crossing_waits_for_the_architects_and_is_green_once_one_signs() {
    let mut story = Story::of(shop(&[])).await;
    story.count();
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| commerce-architects");
    assert!(story.calls() <= 14, "{:#?}", story.github().log.by_route());
    assert_eq!(
        story.writes(),
        ["POST check-runs", "POST requested_reviewers", "POST comments"],
        "what holds comes first"
    );
    let comment = story.comment(pull);
    for part in [
        "<!-- merestone",
        "commerce-architects",
        "ADR-0002",
        "0002-teams-meet-at-contracts.md",
        "Teams meet at contracts, and only there.",
        "- [ ] Both teams agree on the order of roll-out",
    ] {
        assert!(comment.contains(part), "{part} in\n{comment}");
    }
    assert!(!comment.contains("@acme/"), "nobody is mentioned:\n{comment}");

    story.count();
    story.push(pull, Edits::new().write("README.md", "# the shop\n")).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| commerce-architects");
    assert!(story.calls() <= 5, "a push beside the evidence: {:#?}", story.github().log.by_route());
    story.comment(pull);

    story.approve(pull, "lena").await;
    assert_eq!(story.conclusion(pull), "action_required", "lena has no say in it");
    assert_eq!(story.asked(pull), "| commerce-architects");

    story.count();
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    assert_eq!(story.writes(), ["PATCH comments", "PATCH check-runs"], "what frees comes last");
    assert_eq!(story.asked(pull), "|");
    assert!(story.calls() <= 8, "{:#?}", story.github().log.by_route());
    assert!(story.heading(pull).contains("ada"), "{}", story.comment(pull));
}

#[tokio::test]
async fn a_change_across_domains_is_the_councils() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::domain_crossing()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| architecture-council");
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "action_required", "architects of one domain are not enough");
    story.comment(pull);
    story.approve(pull, "edsger").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn files_owned_jointly_are_no_crossing() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::quiet().write("proto/order.proto", "syntax = \"proto3\";\n// more\n")).await;
    assert_eq!(story.conclusion(pull), "success");
    story.no_comment(pull);
}

#[tokio::test]
async fn a_draft_is_judged_and_nobody_is_asked_until_it_is_ready() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing().draft()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "|");
    story.comment(pull);
    story.ready(pull).await;
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.comment(pull);
    story.count();
    story.back_to_draft(pull).await;
    assert_eq!(story.asked(pull), "|", "what we asked for is taken back");
    assert_eq!(story.conclusion(pull), "action_required");
    assert!(story.comment(pull).contains("Draft: "));
}

#[tokio::test]
async fn a_change_from_a_fork_is_judged_like_any_other() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing().forked().with(|new| "stranger".clone_into(&mut new.author))).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.comment(pull);
    // "Re-run": the payload names no pull request of a fork
    story.rerequest(pull).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.then(|world| world.delete_fork(pull)).await;
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn an_enterprise_server_is_spoken_to_below_its_own_addresses() {
    let mut world = shop(&[]);
    world.enterprise = true;
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| commerce-architects");
    let comment = story.comment(pull);
    assert!(comment.contains("https://ghe.example/acme/shop/blob/"), "{comment}");
    assert!(!comment.contains("github.com"), "{comment}");
}

#[tokio::test]
async fn closed_and_opened_again_it_is_judged_again() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.count();
    story.close(pull).await;
    assert_eq!(story.calls(), 0, "nothing is done for a closed one");
    story.push(pull, Edits::new().write("services/ledger/main.go", "package main\n\nfunc main() {}\n")).await;
    story.no_check(pull);
    story.reopen(pull).await;
    assert_eq!(story.conclusion(pull), "success", "it touches the ledger no more");
    story.comment(pull);
}

#[tokio::test]
async fn two_pull_requests_on_one_base_read_it_once() {
    let mut story = Story::of(shop(&[])).await;
    let first = story.open(Pull::crossing()).await;
    story.comment(first);
    story.count();
    let second =
        story.open(Pull::by("pavel").on_branch("other").write("services/checkout/b.go", "package main\n")).await;
    assert_eq!(story.conclusion(second), "success");
    assert!(!story.github().log.by_route().keys().any(|route| route.contains("graphql")), "the base is known");
}

#[tokio::test]
async fn repositories_of_two_organisations_are_kept_apart() {
    let mut world = shop(&[]);
    world.organization("globex", &[]);
    world.team("globex", "payments", &["mallory"]).expect("globex is there");
    world.team("globex", "commerce-architects", &["ada"]).expect("globex is there");
    world.repository("globex", "shop", super::shop::FILES).expect("globex is there");
    world.install("globex").expect("globex is there");
    let mut story = Story::of(world).await;
    let ours = story.open(Pull::crossing()).await;
    story.comment(ours);
    let theirs = story.open(Pull::crossing().to("globex/shop")).await;
    story.no_check(theirs);
    story.no_comment(theirs);
}

#[tokio::test]
async fn a_repository_with_codeowners_alone_is_watched_in_shadow() {
    let mut world = acme();
    let files = [("CODEOWNERS", "/a/ @acme/payments\n/b/ @acme/ledger\n"), ("a/x.rs", "1\n"), ("b/x.rs", "1\n")];
    world.repository("acme", "shop", &files).expect("acme is there");
    let mut story = Story::of(world).await;
    let within = story.open(Pull::by("maria").write("a/x.rs", "2\n")).await;
    assert_eq!(story.conclusion(within), "success");
    let crossing = story.open(Pull::by("maria").on_branch("two").write("a/x.rs", "3\n").write("b/x.rs", "3\n")).await;
    let check = story.check(crossing);
    assert_eq!(check.conclusion, "neutral", "{check:?}");
    assert!(check.summary.contains("ledger"), "it says whom it would have asked:\n{}", check.summary);
    story.no_comment(crossing);
    assert_eq!(story.asked(crossing), "|");
}

#[tokio::test]
async fn a_repository_with_neither_gets_nothing_at_all() {
    let mut world = acme();
    world.repository("acme", "shop", &[("a/x.rs", "1\n")]).expect("acme is there");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::by("maria").write("a/x.rs", "2\n")).await;
    story.no_check(pull);
    story.no_comment(pull);
    assert_eq!(story.asked(pull), "|");
}

#[tokio::test]
async fn a_renamed_repository_is_still_itself() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.then(|world| world.rename("acme/shop", "store")).await;
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    assert!(story.comment(pull).contains("https://github.com/acme/store/blob/"));
}

#[tokio::test]
async fn a_repository_renamed_while_it_is_looked_at_is_followed() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.github().open_pull(&Pull::crossing().new_pull()).expect("it can be opened");
    story.deliver().await;
    story.github().rename("acme/shop", "store").expect("renamed");
    story.settle().await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.comment(pull);
}

#[tokio::test]
async fn a_repository_that_took_the_name_of_another_is_not_mistaken_for_it() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.github().open_pull(&Pull::crossing().new_pull()).expect("it can be opened");
    story.deliver().await;
    {
        let mut world = story.github();
        world.rename("acme/shop", "store").expect("renamed");
        world.repository("acme", "shop", super::shop::FILES).expect("acme is there");
    }
    story.settle().await;
    let untouched = |world: &World| {
        let other = world.find_repository("acme/shop").expect("it is there");
        other.checks.is_empty() && other.comments.is_empty()
    };
    assert!(untouched(&story.github()));
    story.label(pull, "seen-again").await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

#[tokio::test]
async fn whose_account_is_gone_is_still_judged() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing().forked().with(|new| "stranger".clone_into(&mut new.author))).await;
    story.comment(pull);
    let gone = story.github().account_id("stranger").expect("it is there");
    story.github().accounts.remove(&gone);
    story.then(|world| world.label(pull, "x", true)).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
#[should_panic(expected = "a comment that the story has not looked at")]
async fn a_story_that_leaves_a_comment_fails() {
    let mut story = Story::of(shop(&[])).await;
    story.open(Pull::crossing()).await;
}

#[tokio::test]
#[should_panic(expected = "asked of GitHub and must not be")]
async fn a_story_in_which_a_permission_is_missing_fails() {
    let mut world = shop(&[]);
    for installation in world.installations.values_mut() {
        installation.permissions.remove("checks");
    }
    let mut story = Story::of(world).await;
    story.patience(chrono::TimeDelta::zero());
    story.open(Pull::quiet()).await;
}

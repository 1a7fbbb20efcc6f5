//! The check speaks for the commit: several pull requests with one head, retargets, reopened ones, bases that are not gated.

use merestone::standin::edits::Edits;
use merestone::standin::people::NewPull;
use merestone::standin::world::{PullRef, World};

use super::shop::{RULES, shop};
use super::story::{Pull, Story};

/// The shop with a second gated branch, `release/1`, whose rules ask for nothing, and a branch `try-out` that is not gated.
pub(super) fn two_gated() -> World {
    let gated = RULES.replace("version: 1\n", "version: 1\nbranches: [\"release/*\"]\n");
    let lenient = gated.split("rules:\n").next().expect("a beginning").to_owned() + "rules: []\n";
    let mut world = shop(&[(".github/merestone.yml", &lenient)]);
    let shop = world.repository_id("acme/shop").expect("it is there");
    world.commit(shop, "release/1", None, None, &Edits::new(), "begin").expect("a branch");
    world.commit(shop, "try-out", None, None, &Edits::new(), "begin").expect("a branch");
    // The rules came to `main` later, so that nothing from those branches takes them back.
    let edits = Edits::new().write(".github/merestone.yml", &gated);
    world.commit(shop, "main", None, None, &edits, "ask for a sign-off").expect("the branch");
    world
}

fn open(story: &Story, new: NewPull) -> PullRef {
    story.github().open_pull(&new).expect("it can be opened")
}

/// Opens a crossing into `release/1`, where it is green.
async fn green_on_release(story: &mut Story) -> PullRef {
    let first = story.open(Pull::crossing().into_branch("release/1")).await;
    assert_eq!(story.conclusion(first), "success");
    first
}

/// Whether the check of the head stood without a conclusion when the next comparison was asked for.
async fn held_before_it_is_read(story: &mut Story, pull: PullRef) {
    story.deliver().await;
    let mut seen = None;
    story
        .meanwhile("GET", "/compare/", |world| {
            seen = world.checks(pull).first().map(|check| (check.status.clone(), check.conclusion.clone()));
        })
        .await;
    assert_eq!(seen, Some(("in_progress".to_owned(), None)), "green is taken back before anything is read");
    story.settle().await;
}

#[tokio::test]
async fn the_worst_of_two_pull_requests_with_one_head_is_shown() {
    let mut story = Story::of(two_gated()).await;
    let first = green_on_release(&mut story).await;
    let second = story.github().open_with_head_of(first, "main", "maria").expect("opened");
    held_before_it_is_read(&mut story, second).await;
    let check = story.check(first);
    assert_eq!(check.conclusion, "action_required");
    assert!(
        check.summary.contains("the verdict on #2") && check.summary.contains("also the head of #1"),
        "{}",
        check.summary
    );
    story.comment(second);

    // judged again for the one that would be green: the other's word stands, and nothing is sent
    story.count();
    story.label(first, "seen").await;
    assert_eq!(story.conclusion(first), "action_required");
    assert_eq!(story.writes(), Vec::<String>::new());

    story.approve(second, "ada").await;
    let check = story.check(first);
    assert_eq!(check.conclusion, "success");
    story.no_comment(first);
    story.comment(second);
}

#[tokio::test]
async fn one_that_closes_frees_the_other() {
    let mut story = Story::of(two_gated()).await;
    let first = green_on_release(&mut story).await;
    let second = story.then(|world| world.open_with_head_of(first, "main", "maria")).await;
    assert_eq!(story.conclusion(first), "action_required");
    story.comment(second);
    story.close(second).await;
    let check = story.check(first);
    assert_eq!(check.conclusion, "success");
    assert!(!check.summary.contains("#2"), "{}", check.summary);
    // opened again, what was green is taken back before it is looked at
    story.github().set_open(second, true).expect("reopened");
    held_before_it_is_read(&mut story, second).await;
    assert_eq!(story.conclusion(first), "action_required");
    story.comment(second);
}

#[tokio::test]
async fn one_that_gets_another_head_frees_the_other() {
    let mut story = Story::of(two_gated()).await;
    let first = green_on_release(&mut story).await;
    let second = story.then(|world| world.open_with_head_of(first, "main", "maria")).await;
    story.comment(second);
    story.push(second, Edits::new().write("services/ledger/b.go", "package main\n")).await;
    assert_eq!(story.conclusion(first), "success");
    assert_eq!(story.conclusion(second), "action_required");
    story.comment(second);
}

#[tokio::test]
async fn one_that_leaves_the_head_before_it_was_judged_holds_nobody() {
    let mut story = Story::of(two_gated()).await;
    let first = green_on_release(&mut story).await;
    let second = story.github().open_with_head_of(first, "main", "maria").expect("opened");
    story.deliver().await;
    story.github().set_open(second, false).expect("closed");
    story.settle().await;
    assert_eq!(story.conclusion(first), "success");
    story.no_comment(second);
}

#[tokio::test]
async fn green_does_not_travel_with_a_retarget() {
    let mut story = Story::of(two_gated()).await;
    let pull = green_on_release(&mut story).await;
    story.github().retarget(pull, "main").expect("retargeted");
    held_before_it_is_read(&mut story, pull).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

#[tokio::test]
async fn what_is_opened_again_is_not_green_before_it_is_judged() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::quiet()).await;
    assert_eq!(story.conclusion(pull), "success");
    story.close(pull).await;
    story.github().set_open(pull, true).expect("reopened");
    held_before_it_is_read(&mut story, pull).await;
    assert_eq!(story.conclusion(pull), "success");
    story.no_comment(pull);
}

#[tokio::test]
async fn a_branch_that_is_not_gated_lends_no_green() {
    let mut story = Story::of(two_gated()).await;
    let tried = story.open(Pull::crossing().into_branch("try-out")).await;
    assert_eq!(story.conclusion(tried), "action_required", "its rules file is no rules file");
    story.no_comment(tried);
    let other = story.then(|world| world.open_with_head_of(tried, "release/1", "maria")).await;
    assert_eq!(story.conclusion(other), "action_required", "the worst of both");
    story.no_comment(other);
}

#[tokio::test]
async fn two_workers_with_one_head_make_one_check_run() {
    for _ in 0..5 {
        let mut story = Story::of(two_gated()).await;
        let first = open(&story, Pull::crossing().into_branch("release/1").new_pull());
        let second = story.github().open_with_head_of(first, "main", "maria").expect("opened");
        story.deliver().await;
        story.side_by_side(2).await;
        story.settle().await;
        assert_eq!(story.conclusion(first), "action_required");
        story.comment(second);
        story.no_comment(first);
    }
}

#[tokio::test]
async fn a_repository_without_rules_on_one_base_holds_nobody_on_the_other() {
    let mut world = two_gated();
    let shop = world.repository_id("acme/shop").expect("it is there");
    let edits = Edits::new().delete(".github/merestone.yml");
    world.commit(shop, "release/none", None, None, &edits, "begin").expect("a branch");
    let mut story = Story::of(world).await;
    let none = story.open(Pull::crossing().into_branch("release/none")).await;
    story.no_check(none);
    let other = story.then(|world| world.open_with_head_of(none, "release/1", "maria")).await;
    // It takes the rules away there, which is the council's to sign.
    assert_eq!(story.conclusion(other), "action_required");
    story.approve(other, "edsger").await;
    assert_eq!(story.conclusion(other), "success");
    story.comment(other);
}

#[tokio::test]
async fn two_that_are_green_do_not_wait_for_each_other_for_ever() {
    let mut story = Story::of(two_gated()).await;
    let first = open(&story, Pull::quiet().into_branch("release/1").new_pull());
    let second = story.github().open_with_head_of(first, "main", "maria").expect("opened");
    story.settle().await;
    assert_eq!(story.conclusion(first), "success");
    story.no_comment(second);
}

/// Two green pull requests with one head, of which the second is in quarantine since something happened to it.
async fn one_in_quarantine() -> (Story, PullRef, PullRef) {
    let mut story = Story::of(two_gated()).await;
    let first = story.open(Pull::quiet().into_branch("release/1")).await;
    let second = story.then(|world| world.open_with_head_of(first, "main", "maria")).await;
    assert_eq!(story.conclusion(first), "success");
    story.github().label(second, "odd", true).expect("labelled");
    story.quarantine(second).await;
    story.count();
    story.label(first, "seen").await;
    let check = story.check(first);
    assert_eq!(check.conclusion, "in_progress", "what was said of #2 may not be so any more");
    assert!(check.summary.contains("the head of #2"), "{}", check.summary);
    assert_eq!(story.writes(), ["PATCH check-runs"]);
    story.count();
    story.wait(chrono::TimeDelta::hours(3)).await;
    assert_eq!(story.calls(), 0, "nothing is asked while nothing happens");
    (story, first, second)
}

#[tokio::test]
async fn one_in_quarantine_holds_and_closes() {
    let (mut story, first, second) = one_in_quarantine().await;
    story.close(second).await;
    assert_eq!(story.conclusion(first), "success");
    story.no_comment(second);
}

#[tokio::test]
async fn one_in_quarantine_holds_until_it_gets_another_head() {
    let (mut story, first, second) = one_in_quarantine().await;
    story.push(second, Edits::new().write("services/checkout/b.go", "package main\n")).await;
    assert_eq!(story.conclusion(first), "success");
    assert_eq!(story.conclusion(second), "success");
    story.no_comment(second);
}

#[tokio::test]
async fn what_was_held_is_let_go_where_there_is_nothing_to_judge_by() {
    let mut world = two_gated();
    let shop = world.repository_id("acme/shop").expect("it is there");
    let edits = Edits::new().delete(".github/merestone.yml");
    world.commit(shop, "release/none", None, None, &edits, "begin").expect("a branch");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
    story.retarget(pull, "release/none").await;
    assert_eq!(story.conclusion(pull), "neutral");
    story.comment(pull);
}

#[tokio::test]
async fn a_twin_into_a_branch_that_is_not_gated_holds_up_nothing_that_is_signed() {
    let mut story = Story::of(two_gated()).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    let twin = story.github().open_with_head_of(pull, "try-out", "tomas").expect("opened");
    story.settle().await;
    assert_eq!(story.conclusion(pull), "success", "{:?}", story.check(pull));
    // Alone, the twin is judged as if it went to the default branch.
    story.close(pull).await;
    assert_eq!(story.conclusion(twin), "action_required");
    story.reopen(pull).await;
    assert_eq!(story.conclusion(pull), "success");
    // What is not signed is not freed by it.
    story.dismiss(pull, "ada", "maria").await;
    assert_eq!(story.conclusion(twin), "action_required");
    story.comment(pull);
}

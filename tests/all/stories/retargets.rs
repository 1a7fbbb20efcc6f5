//! A pull request that is sent to another branch: an approval is of the difference that its page showed.

use merestone::standin::Mail;
use merestone::standin::edits::Edits;
use merestone::standin::talk::Verdict;
use merestone::standin::world::{PullRef, World};

use super::shop::{RULES, shop};
use super::story::{Pull, Story};

/// `release/1` is gated beside `main`; `try-out` is not, and has something of ledger that nobody has looked at.
fn world() -> World {
    let gated = RULES.replace("version: 1\n", "version: 1\nbranches: [\"release/*\"]\n");
    let mut world = shop(&[(".github/merestone.yml", &gated)]);
    let shop = world.repository_id("acme/shop").expect("it is there");
    world.commit(shop, "release/1", None, None, &Edits::new(), "begin").expect("a branch");
    let unseen = Edits::new().write("services/ledger/main.go", "package main // unseen\n");
    world.commit(shop, "try-out", None, None, &unseen, "begin").expect("a branch");
    world
}

/// What the page of a pull request into `try-out` shows: one line of checkout.
fn on_top() -> Pull {
    let told = |new: &mut merestone::standin::people::NewPull| {
        new.edits = std::mem::take(&mut new.edits).write("services/ledger/main.go", "package main // unseen\n");
    };
    Pull::quiet().with(told).into_branch("try-out")
}

fn unsigned(story: &Story, pull: PullRef, why: &str) {
    assert_eq!(story.conclusion(pull), "action_required");
    let comment = story.comment(pull);
    assert!(comment.contains("The approval by **ada** does not count"), "{comment}");
    assert!(comment.contains(why), "{why}\n{comment}");
}

#[tokio::test]
async fn an_approval_on_a_branch_that_is_not_gated_signs_nothing_elsewhere() {
    let mut story = Story::of(world()).await;
    let pull = story.open(on_top()).await;
    story.approve(pull, "ada").await;
    story.retarget(pull, "main").await;
    unsigned(&story, pull, "it was given while the pull request went to");
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    assert!(!story.comment(pull).contains("does not count"));
}

#[tokio::test]
async fn an_approval_is_bound_to_the_branch_that_it_was_given_on_however_late_it_is_judged() {
    let mut story = Story::of(world()).await;
    let pull = story.open(Pull::crossing().into_branch("release/1")).await;
    story.comment(pull);
    story.github().review(pull, "ada", Verdict::Approve, "").expect("approved");
    story.github().retarget(pull, "main").expect("retargeted");
    story.settle().await;
    unsigned(&story, pull, "it was given while the pull request went to");
    // On the branch that it was given on it is what it was.
    story.retarget(pull, "release/1").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn an_approval_that_was_not_told_counts_where_no_retarget_is_known_since() {
    // The pull request is heard of for the first time by its retarget, or by something else before that.
    for heard in [false, true] {
        let mut story = Story::of(world()).await;
        story.mail(Mail::Dropped);
        let pull = story.open(on_top()).await;
        story.approve(pull, "ada").await;
        story.mail(Mail::Ordered);
        if heard {
            story.label(pull, "heard-of").await;
        }
        story.retarget(pull, "main").await;
        unsigned(&story, pull, "the pull request has been sent to another branch since it was given");
    }
    // What was signed here stays, however often it is sent elsewhere and back.
    let mut story = Story::of(world()).await;
    story.mail(Mail::Dropped);
    let pull = story.open(Pull::crossing()).await;
    story.approve(pull, "ada").await;
    story.mail(Mail::Ordered);
    story.label(pull, "heard-of").await;
    assert_eq!(story.conclusion(pull), "success");
    story.retarget(pull, "release/1").await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.retarget(pull, "main").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

//! What happens while the bot is at work.

use merestone::standin::edits::Edits;
use merestone::standin::people::NewPull;
use merestone::standin::talk::Verdict;
use merestone::standin::world::PullRef;

use super::shop::shop;
use super::story::{Pull, Story};

fn open(story: &Story, new: NewPull) -> PullRef {
    story.github().open_pull(&new).expect("it can be opened")
}

#[tokio::test]
async fn a_push_while_the_old_head_is_judged_is_judged_next() {
    let mut story = Story::of(shop(&[])).await;
    let pull = open(&story, Pull::quiet().new_pull());
    story.deliver().await;
    let edits = Edits::new().write("services/ledger/main.go", "package main // now it crosses\n");
    story.meanwhile("GET", "/compare/", |world| drop(world.push(pull, "maria", &edits).expect("a push"))).await;
    story.settle().await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.comment(pull);
}

#[tokio::test]
async fn what_was_overtaken_does_not_turn_green() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.github().review(pull, "ada", Verdict::Approve, "").expect("a review");
    story.deliver().await;
    story.count();
    story.meanwhile("PATCH", "/comments/", |world| world.dismiss(pull, "ada", "maria").expect("dismissed")).await;
    story.settle().await;
    let world = story.github();
    let green = world.log.calls().iter().filter(|call| call.body["conclusion"] == "success").count();
    assert_eq!(green, 0, "{:#?}", world.log.by_route());
    drop(world);
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

#[tokio::test]
async fn an_approval_while_others_are_asked_is_seen() {
    let mut story = Story::of(shop(&[])).await;
    let pull = open(&story, Pull::crossing().new_pull());
    story.deliver().await;
    story
        .meanwhile("POST", "requested_reviewers$", |world| {
            world.review(pull, "ada", Verdict::Approve, "").expect("a review");
        })
        .await;
    story.settle().await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn one_that_is_closed_meanwhile_is_left_as_it_is() {
    let mut story = Story::of(shop(&[])).await;
    let pull = open(&story, Pull::crossing().new_pull());
    story.deliver().await;
    story.meanwhile("GET", "/compare/", |world| world.set_open(pull, false).expect("closed")).await;
    story.settle().await;
    story.count();
    story.settle().await;
    assert_eq!(story.calls(), 0);
    if !story.github().app_comments(pull).is_empty() {
        story.comment(pull);
    }
}

#[tokio::test]
async fn a_pull_request_closed_while_it_is_judged_is_left_alone() {
    let mut story = Story::of(shop(&[])).await;
    let pull = open(&story, Pull::crossing().new_pull());
    story.deliver().await;
    story.meanwhile("GET", "/members", |world| world.set_open(pull, false).expect("closed")).await;
    story.settle().await;
    assert!(story.writes().is_empty(), "{:?}", story.writes());
    assert_eq!(story.asked(pull), "|");
    story.no_comment(pull);
}

#[tokio::test]
async fn who_is_removed_by_a_person_while_we_ask_stays_removed() {
    let mut story = Story::of(shop(&[])).await;
    let pull = open(&story, Pull::crossing().new_pull());
    story.deliver().await;
    // The comment follows the request: by then a person has seen it and taken it back.
    story
        .meanwhile("POST", "requested_reviewers$", |world| {
            world.ask(pull, "maria", &[], &["commerce-architects"], true).expect("asked");
        })
        .await;
    story.settle().await;
    story.back_to_draft(pull).await;
    assert_eq!(story.asked(pull), "| commerce-architects", "a person wants them too: it is not ours to withdraw");
    story.comment(pull);
}

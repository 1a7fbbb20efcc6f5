//! Whichever write fails, is lost or is done twice, and wherever the server stops: it ends the same, and is never greener on
//! the way.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use merestone::standin::edits::Edits;
use merestone::standin::faults::{Act, Fault};
use merestone::standin::talk::Verdict;
use merestone::standin::world::{Done, PullRef, World};
use regex::Regex;

use super::shop::shop;
use super::story::{Pull, Story};

type Step = fn(&mut World, PullRef) -> Done<()>;

/// A crossing that is signed, changes and is signed again; and whether it may be green after each step.
const STEPS: [(Step, bool); 4] = [
    (|world, pull| world.label(pull, "new", true), false),
    (|world, pull| world.review(pull, "ada", Verdict::Approve, "").map(drop), true),
    (
        |world, pull| {
            let edits = Edits::new().write("services/ledger/main.go", "package main // other evidence\n");
            world.push(pull, "maria", &edits).map(drop)
        },
        false,
    ),
    (|world, pull| world.review(pull, "ada", Verdict::Approve, "").map(drop), true),
];

/// The writes, by what a fault can be set on.
const WRITES: [(&str, &str); 6] = [
    ("POST", "/check-runs$"),
    ("PATCH", "/check-runs/[0-9]+$"),
    ("POST", "/comments$"),
    ("PATCH", "/comments/[0-9]+$"),
    ("POST", "/requested_reviewers$"),
    ("DELETE", "/requested_reviewers$"),
];

/// What GitHub shows in the end; commits have other ids when the time is another.
fn end(story: &Story, pull: PullRef) -> String {
    let (check, comment, asked) = (story.check(pull), story.comment(pull), story.asked(pull));
    let text = format!("{} {}\n{}\n{comment}\n{asked}", check.conclusion, check.title, check.summary);
    Regex::new("[0-9a-f]{7,40}").expect("a regular expression").replace_all(&text, "X").into_owned()
}

fn greens(story: &Story) -> usize {
    story.github().log.calls().iter().filter(|call| call.body["conclusion"] == "success").count()
}

/// Tells the story with this fault. `stopped`: what fails is not tried again before the server was started again.
async fn told(fault: Option<Fault>, stopped: bool) -> (String, BTreeMap<(&'static str, &'static str), usize>) {
    let mut story = if stopped { Story::on_disk(shop(&[])).await } else { Story::of(shop(&[])).await };
    if let Some(fault) = fault {
        story.github().faults.add(fault);
    }
    if stopped {
        story.patience(TimeDelta::zero());
    }
    let pull = story.open(Pull::crossing()).await;
    for (step, may_be_green) in STEPS {
        story.count();
        story.then(|world| step(world, pull)).await;
        if stopped && story.github().faults.played() > 0 {
            story.restart().await;
            story.patience(TimeDelta::minutes(30));
            story.settle().await;
        }
        assert!(may_be_green || greens(&story) == 0, "green before it was signed");
        assert!(story.github().app_comments(pull).len() <= 1);
    }
    story.settle().await;
    let ended = end(&story, pull);
    let mut writes = BTreeMap::new();
    for call in story.github().log.all() {
        let known = WRITES.iter().find(|(method, path)| {
            call.method == *method && Regex::new(path).expect("a regular expression").is_match(&call.path)
        });
        if let Some(kind) = known {
            *writes.entry(*kind).or_default() += 1;
        }
    }
    (ended, writes)
}

/// Every write of the story in turn.
async fn every_write(act: Act, stopped: bool) {
    let (ended, writes) = told(None, false).await;
    assert!(ended.starts_with("success"), "{ended}");
    assert!(writes.values().sum::<usize>() >= 8, "{writes:?}");
    for ((method, path), count) in writes {
        for nth in 0..count {
            let fault = Fault::on(method, path, act.clone()).expect("a regular expression").after(nth).times(1);
            let (now, _) = told(Some(fault), stopped).await;
            assert_eq!(now, ended, "{act:?} on {method} {path}, time {nth}");
        }
    }
}

#[tokio::test]
async fn whichever_write_is_refused_it_ends_the_same() {
    every_write(Act::Status(502), false).await;
}

#[tokio::test]
async fn whichever_answer_is_lost_it_ends_the_same() {
    every_write(Act::LostAnswer, false).await;
}

#[tokio::test]
async fn stopped_before_any_write_it_ends_the_same() {
    every_write(Act::Status(502), true).await;
}

#[tokio::test]
async fn stopped_after_any_write_it_ends_the_same() {
    every_write(Act::LostAnswer, true).await;
}

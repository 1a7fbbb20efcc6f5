//! Whom the bot asks, and what it does when GitHub will not ask them.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use merestone::standin::Mail;
use merestone::standin::edits::Edits;
use merestone::standin::faults::Act;
use merestone::standin::talk::Verdict;

use super::shop::{RULES, shop, shop_with_rules};
use super::story::{Pull, Story};

const OWNED: &str =
    "  - id: owned\n    when: { paths: [services/] }\n    sign_off: team\n    why: The owners look at it.\n";

#[tokio::test]
async fn who_cannot_be_asked_is_named_and_delays_nobody() {
    let mut world = shop_with_rules(OWNED);
    world.team("acme", "ledger", &[]).expect("acme is there").repositories = Some(BTreeSet::new());
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing().with(|new| "ivo".clone_into(&mut new.author))).await;
    story.expect_offence("Reviews may only be requested from collaborators");
    assert_eq!(story.asked(pull), "| payments", "the other one is asked all the same");
    assert_eq!(story.conclusion(pull), "action_required");
    let comment = story.comment(pull);
    assert!(comment.contains("**ledger** (Reviews may only be requested from collaborators"), "{comment}");

    story.count();
    story.push(pull, Edits::new().write("README.md", "# more\n")).await;
    assert!(!story.writes().iter().any(|write| write.contains("requested_reviewers")), "refused once, not tried again");
    story.comment(pull);
}

#[tokio::test]
async fn a_request_that_a_person_made_is_left_alone() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.then(|world| world.ask(pull, "maria", &["lena"], &["identity"], true)).await;
    assert_eq!(story.asked(pull), "lena | commerce-architects identity");
    story.push(pull, Edits::new().write("services/ledger/main.go", "package main\n\nfunc main() {}\n")).await;
    assert_eq!(story.asked(pull), "lena | identity", "only our own request went away");
    story.comment(pull);
}

#[tokio::test]
async fn who_was_removed_by_a_person_is_not_asked_again() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.then(|world| world.ask(pull, "maria", &[], &["commerce-architects"], false)).await;
    story.push(pull, Edits::new().write("README.md", "# more\n")).await;
    assert_eq!(story.asked(pull), "|");
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
    story.push(pull, Edits::new().write("services/ledger/main.go", "package main // new evidence\n")).await;
    assert_eq!(story.asked(pull), "| commerce-architects", "the evidence changed");
    story.comment(pull);
}

#[tokio::test]
async fn the_author_is_never_asked() {
    let rules = "  - id: named\n    when: { paths: [services/] }\n    sign_off: [\"@maria\", \"@tomas\"]\n    why: They know.\n";
    let mut story = Story::of(shop_with_rules(rules)).await;
    let pull = story.open(Pull::quiet()).await;
    assert!(!story.asked(pull).contains("maria"), "{}", story.asked(pull));
    story.comment(pull);
}

#[tokio::test]
async fn where_one_of_two_cannot_be_asked_the_other_is() {
    let mut world = shop_with_rules(OWNED.replace("services/", "proto/").as_str());
    world.team("acme", "payments", &[]).expect("acme is there").repositories = Some(BTreeSet::new());
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::by("ivo").write("proto/order.proto", "syntax = \"proto3\"; // b\n")).await;
    story.expect_offence("Reviews may only be requested from collaborators");
    assert_eq!(story.asked(pull), "| ledger");
    let comment = story.comment(pull);
    assert!(comment.contains("**payments** (Reviews may only be requested from collaborators"), "{comment}");
}

#[tokio::test]
async fn who_is_asked_by_a_person_already_counts() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing().draft()).await;
    story.then(|world| world.ask(pull, "maria", &["ada"], &[], true)).await;
    story.ready(pull).await;
    assert_eq!(story.asked(pull), "ada |", "nobody is added");
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);

    // Whoever cannot sign is no reason not to ask.
    let other = story.open(Pull::crossing().draft().on_branch("two")).await;
    story.then(|world| world.ask(other, "maria", &["lena"], &[], true)).await;
    story.ready(other).await;
    assert_eq!(story.asked(other), "lena | commerce-architects");
    story.comment(other);
}

#[tokio::test]
async fn nobody_is_added_where_an_architect_has_looked() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing().draft()).await;
    story.then(|world| world.review(pull, "ada", Verdict::Comment, "why?")).await;
    story.ready(pull).await;
    assert_eq!(story.asked(pull), "|");
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
    story.push(pull, Edits::new().write("README.md", "# more\n")).await;
    assert_eq!(story.asked(pull), "|");
    story.comment(pull);
    story.push(pull, Edits::new().write("services/ledger/main.go", "package main // new\n")).await;
    assert_eq!(story.asked(pull), "| commerce-architects", "that ada has not seen");
    story.comment(pull);
}

#[tokio::test]
async fn who_was_removed_is_named_as_such() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.then(|world| world.ask(pull, "maria", &[], &["commerce-architects"], false)).await;
    story.push(pull, Edits::new().write("README.md", "# more\n")).await;
    assert_eq!(story.asked(pull), "|");
    let comment = story.comment(pull);
    let said = "**commerce-architects** was taken off the reviewers by a person and is not asked again until the evidence changes.";
    assert!(comment.contains(said), "{comment}");
}

#[tokio::test]
async fn in_a_storm_the_architects_alone_are_asked() {
    let head = RULES.split("rules:\n").next().expect("there is a beginning");
    let calm = format!("{head}rules:\n{OWNED}");
    let storm = format!("reviewers: {{ storm_teams: 2 }}\n{calm}");
    let everywhere = |branch: &str| {
        Pull::domain_crossing()
            .write("services/ledger/main.go", "package main // s\n")
            .on_branch(branch)
            .with(|new| "stranger".clone_into(&mut new.author))
    };
    let mut story = Story::of(shop(&[(".github/merestone.yml", &storm)])).await;
    let pull = story.open(everywhere("one")).await;
    assert_eq!(story.asked(pull), "| commerce-architects platform-architects");
    assert_eq!(story.conclusion(pull), "action_required");
    let comment = story.comment(pull);
    assert!(comment.contains("Touches 3 teams: only the architects are asked."), "{comment}");
    // Who has to sign is as ever.
    for who in ["pavel", "lena", "ivo"] {
        story.approve(pull, who).await;
        story.comment(pull);
    }
    assert_eq!(story.conclusion(pull), "success");
    assert!(!story.comment(pull).contains("only the architects"), "{}", story.comment(pull));

    let mut story = Story::of(shop(&[(".github/merestone.yml", &calm)])).await;
    let pull = story.open(everywhere("one")).await;
    assert_eq!(story.asked(pull), "| identity ledger payments");
    story.comment(pull);
}

/// Other evidence than before.
fn ledgers(n: usize) -> Edits {
    Edits::new().write("services/ledger/main.go", &format!("package main // {n}\n"))
}

#[tokio::test]
async fn who_has_to_look_again_is_asked_at_once_and_then_once_an_hour() {
    let mut story = Story::of(shop(&[])).await;
    story.patience(TimeDelta::minutes(1));
    let pull = story.open(Pull::crossing()).await;
    let asked = |story: &Story| {
        let world = story.github();
        let posts = world.log.all().iter();
        posts.filter(|call| call.method == "POST" && call.route.ends_with("/requested_reviewers")).count()
    };
    assert_eq!(asked(&story), 1);
    story.approve(pull, "ada").await;
    story.push(pull, ledgers(1)).await;
    assert_eq!(asked(&story), 2, "the first time at once");
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");

    story.push(pull, ledgers(2)).await;
    assert_eq!((asked(&story), story.conclusion(pull).as_str()), (2, "action_required"), "the check is right at once");
    story.push(pull, ledgers(3)).await;
    assert_eq!(asked(&story), 2);
    story.wait(TimeDelta::minutes(40)).await;
    assert_eq!((asked(&story), story.asked(pull).as_str()), (2, "|"), "not before the hour is over");
    story.wait(TimeDelta::minutes(20)).await;
    assert_eq!((asked(&story), story.asked(pull).as_str()), (3, "| commerce-architects"), "and then by itself");
    story.comment(pull);

    // Once more, and it is signed before the hour is over: nothing is left to ask.
    story.approve(pull, "ada").await;
    story.push(pull, ledgers(4)).await;
    assert_eq!((asked(&story), story.asked(pull).as_str()), (3, "|"));
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success", "what waits for its time keeps nothing from turning green");
    story.count();
    story.wait(TimeDelta::hours(2)).await;
    assert_eq!((asked(&story), story.calls()), (3, 0), "{:#?}", story.github().log.by_route());
    story.comment(pull);
}

#[tokio::test]
async fn a_deferred_request_outlives_a_restart() {
    let mut story = Story::on_disk(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    for n in 0..2 {
        story.approve(pull, "ada").await;
        story.push(pull, ledgers(n)).await;
    }
    assert_eq!(story.asked(pull), "|");
    story.restart().await;
    story.wait(TimeDelta::hours(1)).await;
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.comment(pull);
}

#[tokio::test]
async fn a_draft_that_comes_and_goes_is_no_way_to_ask_for_ever() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.count();
    for _ in 0..5 {
        story.back_to_draft(pull).await;
        assert_eq!(story.asked(pull), "|");
        story.ready(pull).await;
    }
    let asked = story.writes().iter().filter(|write| *write == "POST requested_reviewers").count();
    assert_eq!(asked, 1, "{:?}", story.writes());
    story.comment(pull);
    story.wait(TimeDelta::hours(1)).await;
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.comment(pull);
}

#[tokio::test]
async fn a_base_that_says_the_same_edits_nothing() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    let before = story.comment(pull);
    story.base_push(Edits::new().write("README.md", "# another\n")).await;
    story.push(pull, Edits::new()).await;
    assert_eq!(story.comment(pull), before, "neither the push nor the base says anything new");
    let record = super::shop::RECORD.replace("2026-01-12", "2026-02-12");
    story.base_push(Edits::new().write("docs/adr/0002-teams-meet-at-contracts.md", &record)).await;
    story.push(pull, Edits::new()).await;
    assert_ne!(story.comment(pull), before, "the record says something else, and is linked where it does");
}

#[tokio::test]
async fn whoever_was_withdrawn_is_asked_again_though_the_answer_to_that_was_lost() {
    for act in [Act::LostAnswer, Act::Lost502] {
        let mut story = Story::of(shop(&[])).await;
        let pull = story.open(Pull::crossing()).await;
        story.fault("DELETE", "requested_reviewers$", act.clone(), 1);
        story.back_to_draft(pull).await;
        assert_eq!((story.asked(pull).as_str(), story.github().faults.played()), ("|", 1), "{act:?}");
        story.ready(pull).await;
        assert_eq!(story.asked(pull), "| commerce-architects", "{act:?}");
        story.comment(pull);
    }
}

#[tokio::test]
async fn whoever_was_withdrawn_is_asked_again_though_the_word_of_that_was_lost() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.github().set_draft(pull, true).expect("a draft");
    story.deliver().await;
    story.mail(Mail::Dropped);
    story.settle().await;
    assert_eq!(story.asked(pull), "|");
    story.mail(Mail::Ordered);
    story.ready(pull).await;
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.comment(pull);
}

#[tokio::test]
async fn whoever_requested_changes_is_asked_to_look_at_what_became_of_them() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.request_changes(pull, "ada").await;
    assert_eq!(story.heading(pull), "### Changes requested by ada (commerce-architects)");
    story.comment(pull);
    story.push(pull, Edits::new().write("README.md", "# beside the evidence\n")).await;
    assert_eq!((story.asked(pull).as_str(), story.conclusion(pull).as_str()), ("|", "action_required"));
    story.push(pull, Edits::new().write("services/ledger/main.go", "package main // as ada wants it\n")).await;
    assert_eq!(story.asked(pull), "ada |");
    assert_eq!(story.heading(pull), "### Waiting for ada (commerce-architects), who requested changes");
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn where_a_commit_names_the_only_architect_the_next_level_is_asked() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    let named = Edits::new().write("services/ledger/main.go", "package main // by ada, they say\n");
    story.then(|world| world.push_as(pull, "maria", "ada", &named)).await;
    assert_eq!(story.asked(pull), "| architecture-council");
    story.comment(pull);
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.approve(pull, "edsger").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

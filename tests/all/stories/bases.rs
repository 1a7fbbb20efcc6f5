//! The base moves: pushes to what judges, and what they cost.

use chrono::TimeDelta;
use merestone::standin::Mail;
use merestone::standin::edits::Edits;
use merestone::standin::faults::Act;
use merestone::standin::talk::Verdict;
use merestone::standin::world::{PullRef, World};

use super::shop::{RECORD, RULES, shop};
use super::story::{Pull, Story};

const RULES_FILE: &str = ".github/merestone.yml";

/// RULES, and every change of checkout needs a sign-off by the domain.
fn stricter() -> String {
    RULES.to_owned()
        + "  - id: checkout\n    when: { paths: [services/checkout/] }\n    sign_off: domain\n    why: It is critical.\n"
}

/// Requests of this kind since the story began to count.
fn asked(story: &Story, part: &str) -> usize {
    let world = story.github();
    world.log.calls().iter().filter(|call| call.route.contains(part)).count()
}

/// A push to `main` that says nothing, so that pushes are known to reach us.
async fn heard(story: &mut Story) {
    push_main(story, "README.md", "# a shop\n").await;
}

async fn push_main(story: &mut Story, path: &str, text: &str) {
    let edits = Edits::new().write(path, text);
    story.then(|world| world.push_branch("acme/shop", "main", "edsger", &edits)).await;
}

#[tokio::test]
async fn a_push_beside_the_rules_costs_nothing() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.count();
    heard(&mut story).await;
    push_main(&mut story, "services/login/main.go", "package main // 2\n").await;
    push_main(&mut story, "docs/guide.md", "# a guide\n").await;
    assert_eq!(story.calls(), 0, "{:#?}", story.github().log.by_route());
}

#[tokio::test]
async fn stricter_rules_reach_every_open_pull_request_at_a_bounded_pace() {
    let mut story = Story::of(shop(&[])).await;
    let mut pulls: Vec<PullRef> = Vec::new();
    for n in 0..10 {
        let path = format!("services/checkout/{n}.go");
        pulls.push(story.open(Pull::by("maria").on_branch(&format!("b{n}")).write(&path, "package main\n")).await);
    }
    for pull in &pulls {
        assert_eq!(story.conclusion(*pull), "success");
    }
    story.count();
    let began = story.github().now();
    push_main(&mut story, RULES_FILE, &stricter()).await;
    for pull in &pulls {
        assert_eq!(story.conclusion(*pull), "action_required");
        story.comment(*pull);
    }
    assert_eq!(asked(&story, "graphql"), 2, "what the new tip says, and its records, are read once");
    let world = story.github();
    let at = |pull: &PullRef| world.checks(*pull)[0].completed_at.expect("it is completed");
    let mut when: Vec<i64> = pulls.iter().map(|pull| (at(pull) - began).num_seconds()).collect();
    when.sort_unstable();
    assert!(when[0] <= 5, "the first at once: {when:?}");
    assert!(when[9] >= 36, "four seconds apart: {when:?}");
}

#[tokio::test]
async fn rules_that_are_written_otherwise_and_say_the_same_are_no_news_to_others() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.count();
    // What is in the folder of records is read, and a template is no record.
    push_main(&mut story, "docs/adr/template.md", "# Title\n\n## Status\n\nproposed\n").await;
    assert_eq!(asked(&story, "/compare/"), 0, "{:#?}", story.github().log.by_route());
    assert_eq!(story.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_record_that_changes_is_shown_as_it_is() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    let other = RECORD.replace("Teams meet at contracts, and only there.", "Teams meet at tables.");
    push_main(&mut story, "docs/adr/0002-teams-meet-at-contracts.md", &other).await;
    assert!(story.comment(pull).contains("Teams meet at tables."));
}

#[tokio::test]
async fn a_forced_push_is_looked_into() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::quiet()).await;
    assert_eq!(story.conclusion(pull), "success");
    let edits = Edits::new().write(RULES_FILE, &stricter());
    story.then(|world| world.force_push("acme/shop", "main", "edsger", &edits)).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

#[tokio::test]
async fn pushes_that_come_out_of_order_leave_nothing_out() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::quiet()).await;
    heard(&mut story).await;
    {
        let mut world = story.github();
        world.push_branch("acme/shop", "main", "edsger", &Edits::new().write(RULES_FILE, &stricter())).expect("a push");
        world.push_branch("acme/shop", "main", "edsger", &Edits::new().write("README.md", "# 3\n")).expect("a push");
    }
    story.mail(Mail::Reversed);
    story.settle().await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
    // What is believed of the tip is the tip.
    story.mail(Mail::Ordered);
    story.count();
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn a_push_that_was_not_delivered_is_made_up_for_by_the_next_look() {
    let mut story = Story::of(shop(&[])).await;
    let first = story.open(Pull::quiet()).await;
    heard(&mut story).await;
    {
        let mut world = story.github();
        let edits = Edits::new().write(RULES_FILE, &stricter());
        world.push_branch("acme/shop", "main", "edsger", &edits).expect("a push");
        world.post.waiting.clear();
    }
    let second = story.open(Pull::quiet().on_branch("other").write("services/checkout/b.go", "package main\n")).await;
    assert_eq!(story.conclusion(second), "action_required");
    story.comment(second);
    assert_eq!(story.conclusion(first), "action_required", "the other one hears of it");
    story.comment(first);
}

#[tokio::test]
async fn what_was_judged_at_this_tip_is_not_read_again() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    // Pushes are not known to reach us: the tip has to be asked for.
    story.count();
    story.label(pull, "one").await;
    assert_eq!(asked(&story, "/compare/"), 1);
    heard(&mut story).await;
    story.label(pull, "two").await;
    story.count();
    story.label(pull, "three").await;
    assert_eq!(story.calls(), 0, "{:#?}", story.github().log.by_route());
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    assert_eq!(asked(&story, "/compare/"), 0, "{:#?}", story.github().log.by_route());
    assert_eq!(asked(&story, "graphql"), 0);
    story.comment(pull);
    story.count();
    story.dismiss(pull, "ada", "maria").await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(asked(&story, "/compare/") + asked(&story, "graphql"), 0);
    story.comment(pull);

    // A tip is believed for a day.
    story.wait(TimeDelta::hours(25)).await;
    story.count();
    story.label(pull, "four").await;
    assert_eq!(asked(&story, "/compare/"), 1);
    // Another base is another change.
    story.count();
    story.then(|world| world.push_branch("acme/shop", "try-out", "edsger", &Edits::new().write("x", "1"))).await;
    story.push(pull, Edits::new().write("services/checkout/c.go", "package main\n")).await;
    assert_eq!(asked(&story, "/compare/"), 1);
    story.comment(pull);
}

#[tokio::test]
async fn a_further_gated_branch_has_a_tip_of_its_own() {
    let gated = RULES.replace("version: 1\n", "version: 1\nbranches: [\"release/*\"]\n");
    let mut world = shop(&[(RULES_FILE, &gated)]);
    let shop = world.repository_id("acme/shop").expect("it is there");
    world.commit(shop, "release/1", None, None, &Edits::new().write("x", "1"), "begin").expect("a branch");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::quiet().into_branch("release/1")).await;
    let main = story.open(Pull::quiet().on_branch("m").write("services/checkout/m.go", "package main\n")).await;
    assert_eq!(story.conclusion(pull), "success");
    let stricter = stricter().replace("version: 1\n", "version: 1\nbranches: [\"release/*\"]\n");
    let edits = Edits::new().write(RULES_FILE, &stricter);
    story.then(|world| world.push_branch("acme/shop", "release/1", "edsger", &edits)).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.conclusion(main), "success");
    story.comment(pull);
    // The default branch takes it off the list: it is judged as if it went there, where nothing is asked for.
    story.then(|world| world.push_branch("acme/shop", "main", "edsger", &Edits::new().write(RULES_FILE, RULES))).await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn a_branch_that_is_deleted_is_forgotten() {
    let gated = RULES.replace("version: 1\n", "version: 1\nbranches: [\"release/*\"]\n");
    let mut world = shop(&[(RULES_FILE, &gated)]);
    let shop = world.repository_id("acme/shop").expect("it is there");
    world.commit(shop, "release/1", None, None, &Edits::new().write("x", "1"), "begin").expect("a branch");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::quiet().into_branch("release/1")).await;
    story.close(pull).await;
    story.count();
    story.then(|world| world.delete_branch("acme/shop", "release/1", "edsger")).await;
    story
        .then(|world| world.push_branch("acme/shop", "release/1", "edsger", &Edits::new().write(RULES_FILE, RULES)))
        .await;
    assert_eq!(story.calls(), 0, "nothing goes there any more: {:#?}", story.github().log.by_route());
}

#[tokio::test]
async fn a_base_that_cannot_be_read_now_is_read_later() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::quiet()).await;
    heard(&mut story).await;
    story.fault("POST", "/graphql", Act::Status(502), 1);
    push_main(&mut story, RULES_FILE, &stricter()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

#[tokio::test]
async fn a_review_while_the_rules_change_is_judged_by_the_new_ones() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    heard(&mut story).await;
    let both = |world: &mut World| {
        world.push_branch("acme/shop", "main", "edsger", &Edits::new().write(RULES_FILE, &stricter()))?;
        world.review(pull, "ada", Verdict::Approve, "")
    };
    story.then(both).await;
    assert_eq!(story.conclusion(pull), "success", "ada signs for both");
    assert!(story.check(pull).summary.contains("checkout") || story.comment(pull).contains("checkout"));
    story.comment(pull);
}

#[tokio::test]
async fn rules_that_are_broken_or_gone_take_back_what_was_asked() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.base_push(Edits::new().write(".github/merestone.yml", "version: 1\nrules: { broken\n")).await;
    assert_eq!((story.conclusion(pull).as_str(), story.asked(pull).as_str()), ("failure", "|"));
    let comment = story.comment(pull);
    assert!(comment.contains("### The rules are broken at the base"), "{comment}");
    story.base_push(Edits::new().write(".github/merestone.yml", RULES)).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| commerce-architects");
    assert_eq!(story.heading(pull), "### Waiting for commerce-architects");
    story.comment(pull);
    story.base_push(Edits::new().delete(".github/merestone.yml")).await;
    assert_eq!((story.conclusion(pull).as_str(), story.asked(pull).as_str()), ("neutral", "|"));
    let comment = story.comment(pull);
    assert!(comment.contains("### Nothing to judge by"), "{comment}");
}

//! Whom the bot asks, and what it does when GitHub will not ask them.

use std::collections::BTreeSet;

use merestone::standin::edits::Edits;

use super::shop::{shop, shop_with_rules};
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

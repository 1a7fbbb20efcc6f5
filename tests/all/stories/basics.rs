//! What happens to a pull request that nothing goes wrong with.

use merestone::standin::edits::Edits;

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

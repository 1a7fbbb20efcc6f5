//! What an event costs in requests to GitHub (issue "Idempotent and frugal"), and that no order of deliveries costs more, asks
//! twice or shows twice.

use std::fmt::Write as _;

use merestone::standin::Mail;
use merestone::standin::edits::Edits;
use merestone::standin::world::PullRef;

use super::shop::{RULES, shop};
use super::story::{Pull, Story};

/// Requests per event, as they were made.
#[derive(Default)]
struct Table(String);

impl Table {
    /// Adds what was asked since the story counted anew, and counts anew. Answers how much it was.
    fn row(&mut self, story: &Story, event: &str) -> usize {
        let calls = story.github().log.calls().len();
        let routes: Vec<String> = story.routes();
        let row = format!("{event:<38} {calls:>2}  {}", routes.join(", "));
        let _ = writeln!(self.0, "{}", row.trim_end());
        story.count();
        calls
    }
}

/// Something else than before in the same file of checkout's.
fn checkout(n: usize) -> Edits {
    Edits::new().write("services/checkout/main.go", &format!("package main\n\nfunc main() {{ println({n}) }}\n"))
}

#[tokio::test]
async fn requests_per_event() {
    let mut table = Table::default();
    let mut story = Story::of(shop(&[])).await;
    story.count();
    let quiet = story.open(Pull::quiet()).await;
    assert!(table.row(&story, "quiet, cold") <= 7);
    story.open(Pull::quiet().on_branch("second")).await;
    assert_eq!(table.row(&story, "quiet, warm"), 2);
    story.push(quiet, checkout(7)).await;
    assert_eq!(table.row(&story, "quiet, a push"), 2);
    story.push(quiet, Edits::new()).await;
    assert_eq!(table.row(&story, "quiet, a push that changes nothing"), 2);

    let mut story = Story::of(shop(&[])).await;
    story.count();
    let pull = story.open(Pull::crossing()).await;
    assert!(table.row(&story, "crossing, cold") <= 9);
    let second = story.open(Pull::crossing().on_branch("second")).await;
    assert_eq!(table.row(&story, "crossing, warm"), 4);
    let mut hundred = Pull::crossing().on_branch("third");
    for n in 0..98 {
        hundred = hundred.write(&format!("services/ledger/gen/{n}.go"), &format!("package gen // {n}\n"));
    }
    let third = story.open(hundred).await;
    assert_eq!(table.row(&story, "crossing, warm, 100 files"), 4);

    story.push(pull, Edits::new()).await;
    assert_eq!(table.row(&story, "a push that changes nothing"), 2);
    story.push(pull, Edits::new().write("README.md", "# the shop\n")).await;
    assert_eq!(table.row(&story, "a push beside the evidence"), 2);
    story.push(pull, checkout(8)).await;
    assert!(table.row(&story, "a push that changes the evidence") <= 3);
    story.back_to_draft(pull).await;
    assert!(table.row(&story, "back to a draft") <= 3);
    story.ready(pull).await;
    assert!(table.row(&story, "ready") <= 3);
    story.approve(pull, "lena").await;
    assert!(table.row(&story, "an approval without authority") <= 3);
    story.approve(pull, "ada").await;
    assert!(table.row(&story, "an approval with authority") <= 3);
    story.push(pull, Edits::new()).await;
    assert_eq!(table.row(&story, "a push that changes nothing, signed"), 2);
    story.dismiss(pull, "ada", "maria").await;
    // How it came about, the check, the comment, and a request: what is not signed any more is asked for again.
    assert!(table.row(&story, "a dismissal") <= 4);
    story.request_changes(pull, "ada").await;
    assert!(table.row(&story, "changes requested") <= 3);
    story.label(pull, "large").await;
    assert!(table.row(&story, "a label") <= 1);
    story.retitle(pull, "Settle the orders").await;
    assert!(table.row(&story, "a title") <= 1);
    story.then(|world| world.comment(pull, "tomas", "nice")).await;
    assert_eq!(table.row(&story, "a comment"), 0);
    story.rerequest(pull).await;
    assert!(table.row(&story, "a re-run") <= 2);
    story.close(pull).await;
    assert_eq!(table.row(&story, "closed"), 0);
    story.reopen(pull).await;
    assert!(table.row(&story, "reopened") <= 3);
    assert!(story.github().redeliver("pull_request", "opened"), "it was sent");
    story.settle().await;
    table.row(&story, "an old delivery again");
    for event in ["check_run", "issue_comment", "pull_request"] {
        for action in ["created", "completed", "edited", "review_requested"] {
            story.again_by_us(event, action).await;
        }
    }
    assert_eq!(table.row(&story, "our own events again"), 0);
    story.base_push(Edits::new().write("README.md", "# shop!\n")).await;
    assert_eq!(table.row(&story, "a push to the base beside the rules"), 0);
    story.base_push(Edits::new().write(".github/merestone.yml", &format!("{RULES}# reviewed\n"))).await;
    table.row(&story, "a push to the base's rules, three open");
    for pull in [pull, second, third] {
        story.comment(pull);
    }
    println!("{}", table.0);
    insta::assert_snapshot!(table.0, @r"
    quiet, cold                             5  POST access_tokens, GET compare, POST graphql, POST graphql, POST check-runs
    quiet, warm                             2  GET compare, POST check-runs
    quiet, a push                           2  GET compare, POST check-runs
    quiet, a push that changes nothing      2  GET compare, POST check-runs
    crossing, cold                          9  POST access_tokens, GET compare, POST graphql, POST graphql, GET members, GET teams, POST check-runs, POST requested_reviewers, POST comments
    crossing, warm                          4  GET compare, POST check-runs, POST requested_reviewers, POST comments
    crossing, warm, 100 files               4  GET compare, POST check-runs, POST requested_reviewers, POST comments
    a push that changes nothing             2  GET compare, POST check-runs
    a push beside the evidence              2  GET compare, POST check-runs
    a push that changes the evidence        2  GET compare, POST check-runs
    back to a draft                         3  PATCH check-runs, DELETE requested_reviewers, PATCH comments
    ready                                   3  PATCH check-runs, POST requested_reviewers, PATCH comments
    an approval without authority           2  GET members, GET teams
    an approval with authority              2  PATCH comments, PATCH check-runs
    a push that changes nothing, signed     2  GET compare, POST check-runs
    a dismissal                             3  GET events, PATCH check-runs, PATCH comments
    changes requested                       2  PATCH check-runs, PATCH comments
    a label                                 0
    a title                                 0
    a comment                               0
    a re-run                                1  PATCH check-runs
    closed                                  0
    reopened                                0
    an old delivery again                   0
    our own events again                    0
    a push to the base beside the rules     0
    a push to the base's rules, three open 11  POST graphql, POST graphql, GET compare, PATCH check-runs, PATCH comments, GET compare, PATCH check-runs, PATCH comments, GET compare, PATCH check-runs, PATCH comments
    ");
}

/// Go code of so many lines, with another at the end.
fn long(lines: usize, last: &str) -> String {
    (0..lines).fold("// A package.\npackage main\n".to_owned(), |text, n| format!("{text}var v{n} = {n}\n")) + last
}

#[tokio::test]
async fn what_a_patch_does_not_tell_of_the_base_is_asked_for_once_and_where_it_matters() {
    let (checkout, ledger) = ("services/checkout/long.go", "services/ledger/long.go");
    let text = long(50, "");
    let edits = |n: usize| {
        let text = long(50, &format!("var last = {n}\n"));
        Edits::new().write(checkout, &text).write(ledger, &text)
    };
    // Whether the first lines, which the patches do not show, call the files generated decides on the crossing.
    let mut story = Story::of(shop(&[(checkout, &text), (ledger, &text)])).await;
    let quiet = story.open(Pull::quiet().on_branch("quiet")).await;
    assert_eq!(story.conclusion(quiet), "success");
    let reads = |story: &Story| story.routes().iter().filter(|route| *route == "POST graphql").count();
    story.count();
    let pull = story.open(Pull::by("maria").edits(|_| edits(1))).await;
    assert_eq!((reads(&story), story.conclusion(pull).as_str()), (1, "action_required"));
    story.count();
    story.push(pull, edits(2)).await;
    story.approve(pull, "ada").await;
    assert_eq!((reads(&story), story.conclusion(pull).as_str()), (0, "success"), "of one merge base once");
    story.comment(pull);
    // Within one team it decides on nothing.
    story.count();
    story.open(Pull::by("maria").on_branch("within").write(checkout, &long(50, "var last = 3\n"))).await;
    assert_eq!(reads(&story), 0);

    // The same lines further up make them generated, and nobody is asked.
    let text = format!("// Code generated by x. DO NOT EDIT.\n{text}");
    let mut story = Story::of(shop(&[(checkout, &text), (ledger, &text)])).await;
    let generated = format!("{text}var last = 1\n");
    let pull = story.open(Pull::by("maria").write(checkout, &generated).write(ledger, &generated)).await;
    assert_eq!(story.conclusion(pull), "success");
    story.no_comment(pull);
}

/// One comment, one check run for the head, one request, whatever came in whatever way.
fn once(story: &Story, pull: PullRef) {
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.comment(pull);
    let creations = |route: &str| {
        let world = story.github();
        world.log.all().iter().filter(|call| call.method == "POST" && call.route.ends_with(route)).count()
    };
    for route in ["/comments", "/check-runs", "/requested_reviewers"] {
        assert_eq!(creations(route), 1, "{route}: {:#?}", story.github().log.by_route());
    }
}

#[tokio::test]
async fn ten_deliveries_are_as_good_as_one() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.count();
    for _ in 0..10 {
        assert!(story.github().redeliver("pull_request", "opened"), "it was sent");
        story.settle().await;
    }
    once(&story, pull);
    assert!(story.writes().is_empty(), "{:?}", story.writes());
}

#[tokio::test]
async fn ten_at_once_are_as_good_as_one() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.github().open_pull(&Pull::crossing().new_pull()).expect("it can be opened");
    story.all_at_once(10, 4).await;
    once(&story, pull);
}

#[tokio::test]
async fn whatever_the_order_it_ends_the_same() {
    for mail in [Mail::Doubled, Mail::Reversed] {
        let mut story = Story::of(shop(&[])).await;
        story.mail(mail);
        let pull = story.github().open_pull(&Pull::crossing().new_pull()).expect("it can be opened");
        for title in ["Settle", "Settle the", "Settle the orders"] {
            story.github().retitle(pull, title).expect("retitled");
        }
        story.settle().await;
        once(&story, pull);
    }
}

//! What can go wrong between us and GitHub, and that it ends right all the same.

use chrono::TimeDelta;
use merestone::standin::Mail;
use merestone::standin::edits::Edits;
use merestone::standin::faults::Act;

use super::shop::{shop, shop_with_rules};
use super::story::{Pull, Story};

#[tokio::test]
async fn servers_that_fail_are_asked_again() {
    let mut story = Story::of(shop(&[])).await;
    story.fault("GET", "/compare/", Act::Status(500), 1);
    story.fault("POST", "comments$", Act::Html(502), 1);
    story.fault("POST", "check-runs$", Act::Status(503), 1);
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.github().faults.played(), 3);
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.comment(pull);
}

#[tokio::test]
async fn a_comment_that_cannot_be_written_does_not_delay_the_check() {
    let mut story = Story::of(shop(&[])).await;
    story.patience(TimeDelta::zero());
    story.fault("POST", "comments$", Act::Status(502), 1);
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.no_comment(pull);
    story.patience(TimeDelta::minutes(30));
    story.wait(TimeDelta::seconds(10)).await;
    story.comment(pull);
}

#[tokio::test]
async fn an_answer_that_is_lost_does_not_write_twice() {
    for act in [Act::LostAnswer, Act::Lost502, Act::Truncated] {
        let mut story = Story::of(shop(&[])).await;
        story.fault("POST", "comments$", act.clone(), 1);
        story.fault("POST", "check-runs$", act.clone(), 1);
        let pull = story.open(Pull::crossing()).await;
        assert_eq!(story.github().faults.played(), 2, "{act:?}");
        assert_eq!(story.conclusion(pull), "action_required", "{act:?}");
        assert_eq!(story.asked(pull), "| commerce-architects", "{act:?}");
        story.comment(pull);
    }
}

#[tokio::test]
async fn a_broken_connection_is_tried_again() {
    let mut story = Story::of(shop(&[])).await;
    story.fault("*", ".", Act::Reset, 4);
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

#[tokio::test]
async fn limits_are_waited_for() {
    for act in [Act::Secondary(Some(60)), Act::Primary(600), Act::TooMany(30), Act::Secondary(None)] {
        let mut story = Story::of(shop(&[])).await;
        let before = story.github().now();
        story.fault("GET", "/compare/", act.clone(), 1);
        let pull = story.open(Pull::crossing()).await;
        let waited = story.github().now() - before;
        assert!(waited >= TimeDelta::seconds(act.wait().unwrap_or(60).into()), "{act:?}: {waited}");
        assert_eq!(story.conclusion(pull), "action_required", "{act:?}");
        story.comment(pull);
    }
}

#[tokio::test]
async fn a_limit_on_graphql_is_waited_for() {
    let mut story = Story::of(shop(&[])).await;
    story.fault("POST", "^/graphql$", Act::Secondary(Some(90)), 1);
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

#[tokio::test]
async fn a_limit_on_a_write_is_waited_for_and_nothing_is_done_twice() {
    let mut story = Story::of(shop(&[])).await;
    story.fault("POST", "comments$", Act::Secondary(Some(120)), 1);
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.comment(pull);
}

#[tokio::test]
async fn while_the_members_cannot_be_had_the_check_is_held_and_says_so() {
    let mut story = Story::of(shop(&[])).await;
    story.patience(TimeDelta::zero());
    story.fault("GET", "/members$", Act::Status(503), 3);
    let pull = story.open(Pull::crossing()).await;
    let check = story.check(pull);
    assert_eq!(check.conclusion, "action_required", "{check:?}");
    assert!(check.title.to_lowercase().contains("cannot be judged yet"), "{}", check.title);
    story.approve(pull, "ada").await;
    assert_ne!(story.conclusion(pull), "success", "it never passes by accident");
    story.patience(TimeDelta::minutes(30));
    story.wait(TimeDelta::minutes(1)).await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn doubled_deliveries_change_nothing() {
    let mut story = Story::of(shop(&[])).await;
    story.mail(Mail::Doubled);
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    story.count();
    assert!(story.github().redeliver("pull_request", "opened"));
    story.settle().await;
    assert_eq!(story.writes(), Vec::<String>::new());
    assert_eq!(story.conclusion(pull), "success");
}

#[tokio::test]
async fn an_old_delivery_moves_nothing_back() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.push(pull, Edits::new().write("services/ledger/main.go", "package main\n\nfunc main() {}\n")).await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    story.count();
    assert!(story.github().redeliver("pull_request", "opened"));
    story.settle().await;
    assert_eq!(story.conclusion(pull), "success");
    assert_eq!(story.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn the_order_of_deliveries_does_not_matter() {
    let mut story = Story::of(shop(&[])).await;
    story.mail(Mail::Reversed);
    let pull = story.github().open_pull(&Pull::quiet().new_pull()).expect("it can be opened");
    story
        .github()
        .push(pull, "maria", &Edits::new().write("services/ledger/main.go", "package main // 1\n"))
        .expect("a push");
    story.github().label(pull, "x", true).expect("a label");
    story
        .github()
        .push(pull, "maria", &Edits::new().write("services/ledger/main.go", "package main // 2\n"))
        .expect("a push");
    story.settle().await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.comment(pull);
}

#[tokio::test]
async fn a_hundred_events_cost_two_looks_at_most() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.count();
    for n in 0..100 {
        story.github().label(pull, &format!("label-{n}"), true).expect("a label");
    }
    story.settle().await;
    assert!(story.calls() <= 8, "{:#?}", story.github().log.by_route());
    story.comment(pull);
}

#[tokio::test]
async fn a_lost_delivery_is_made_up_for_by_the_next() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.mail(Mail::Dropped);
    story.push(pull, Edits::new().write("services/login/main.go", "package main // now the council\n")).await;
    story.no_check(pull);
    story.mail(Mail::Ordered);
    story.label(pull, "anything").await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert!(story.asked(pull).contains("architecture-council"), "{}", story.asked(pull));
    story.comment(pull);
}

#[tokio::test]
async fn a_lost_opening_and_a_lost_review_are_found() {
    let mut story = Story::of(shop(&[])).await;
    story.mail(Mail::Dropped);
    let pull = story.open(Pull::crossing()).await;
    story.approve(pull, "ada").await;
    story.mail(Mail::Ordered);
    story.label(pull, "anything").await;
    assert_eq!(story.conclusion(pull), "success", "{:?}", story.check(pull));
    story.comment(pull);
}

#[tokio::test]
async fn started_again_it_goes_on_where_it_was() {
    let mut story = Story::on_disk(shop(&[])).await;
    let pull = story.github().open_pull(&Pull::crossing().new_pull()).expect("it can be opened");
    story.deliver().await;
    story.restart().await;
    story.settle().await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
    story.restart().await;
    story.count();
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn started_again_in_mid_write_it_writes_nothing_twice() {
    let mut story = Story::on_disk(shop(&[])).await;
    story.patience(TimeDelta::zero());
    story.fault("POST", "comments$", Act::LostAnswer, 1);
    let pull = story.open(Pull::crossing()).await;
    story.restart().await;
    story.patience(TimeDelta::minutes(30));
    story.wait(TimeDelta::minutes(1)).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.comment(pull);
}

#[tokio::test]
async fn a_rerequested_check_is_written_again() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.rerequest(pull).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.then(|world| world.rerequest_suite(pull, "maria")).await;
    assert_eq!(story.conclusion(pull), "action_required");
}

#[tokio::test]
async fn a_comment_that_somebody_changed_or_deleted_is_restored() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    let before = story.comment(pull);
    let (id, maria) = {
        let world = story.github();
        (world.app_comments(pull)[0].id, world.account_id("maria").expect("maria"))
    };
    let marker = before.lines().next().expect("a first line");
    let forged = format!("{marker}\n### Signed off by ada\n");
    story.then(|world| world.edit_comment(pull.repository, id, maria, &forged)).await;
    assert_eq!(story.comment(pull), before);
    // Without its marker it is still the one that we wrote.
    story.then(|world| world.edit_comment(pull.repository, id, maria, "nothing to see here")).await;
    assert_eq!(story.comment(pull), before);
    story.then(|world| world.delete_comment(pull.repository, id, maria)).await;
    assert_eq!(story.comment(pull), before);
}

#[tokio::test]
async fn more_files_than_a_comparison_lists_are_read_by_pages() {
    for (files, base) in [(305, false), (1000, true)] {
        let mut story = Story::of(shop(&[])).await;
        story.github().removed_files_name_base = base;
        let mut new = Pull::crossing();
        for n in 0..files {
            new = new.write(&format!("services/checkout/gen/{n:04}.go"), &format!("package gen // {n}\n"));
        }
        let pull = story.open(new).await;
        assert_eq!(story.conclusion(pull), "action_required");
        assert_eq!(story.asked(pull), "| commerce-architects");
        story.comment(pull);
        let pages = story.github().log.all().iter().filter(|call| call.route.ends_with("/files")).count();
        assert_eq!(pages, (files + 2_usize).div_ceil(100), "{files}");
    }
}

/// A change of so many files, the last of which by path crosses into another team's.
fn large(files: usize) -> Pull {
    let many = (0..files - 1).map(|n| (format!("services/checkout/gen/{n:04}.go"), format!("package gen // {n}\n")));
    let large = many.fold(Pull::by("maria"), |new, (path, text)| new.write(&path, &text));
    large.write("services/ledger/main.go", "package main // hidden behind the rest\n")
}

#[tokio::test]
async fn more_files_than_github_lists_are_read_by_two_trees() {
    let mut story = Story::of(shop(&[])).await;
    story.count();
    let pull = story.open(large(3_500)).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| commerce-architects");
    assert!(story.calls() <= 12, "{:#?}", story.github().log.by_route());
    story.comment(pull);
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    story.push(pull, Edits::new().write("services/ledger/main.go", "package main // another\n")).await;
    assert_eq!(story.conclusion(pull), "action_required", "the evidence changed");
    story.comment(pull);
}

#[tokio::test]
async fn a_list_that_is_cut_is_never_judged_as_whole() {
    let mut world = shop(&[]);
    world.tree_entries = 3_000;
    let mut story = Story::of(world).await;
    let pull = story.open(large(3_001)).await;
    let check = story.check(pull);
    assert_eq!(check.conclusion, "action_required");
    assert!(check.title.contains("larger than GitHub lists"), "{check:?}");
    story.no_comment(pull);
    assert_eq!(story.asked(pull), "|");
}

#[tokio::test]
async fn removed_files_count_whichever_commit_their_addresses_name() {
    for base in [false, true] {
        let many: Vec<(String, String)> =
            (0..310).map(|n| (format!("services/ledger/old/{n:03}.go"), format!("package old // {n}\n"))).collect();
        let files: Vec<(&str, &str)> = many.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let mut story = Story::of(shop(&files)).await;
        story.github().removed_files_name_base = base;
        let mut new = Pull::quiet();
        for (path, _) in &files {
            new = new.edits(|edits| edits.delete(path));
        }
        let pull = story.open(new).await;
        assert_eq!(story.asked(pull), "| commerce-architects", "{base}");
        story.comment(pull);
    }
}

#[tokio::test]
async fn a_check_that_github_refuses_in_words_still_comes() {
    let rules = "  - id: many\n    when: { paths: [services/] }\n    sign_off: domain\n    why: All of it.\n";
    let mut story = Story::of(shop_with_rules(rules)).await;
    story.fault("POST", "check-runs$", Act::Status(422), 1);
    let pull = story.open(Pull::quiet()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

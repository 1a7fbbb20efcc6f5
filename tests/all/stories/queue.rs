//! The merge queue: what is checked is what would be merged.

use chrono::TimeDelta;
use merestone::standin::edits::Edits;
use merestone::standin::faults::Act;
use merestone::standin::queue::Group;
use merestone::standin::world::PullRef;

use super::commit::two_gated;
use super::shop::{RULES, shop};
use super::story::{Pull, Story};

/// Conclusion and text of the one check run on a group.
fn check(story: &Story, group: &Group) -> (String, String) {
    let world = story.github();
    let checks = world.group_checks(group);
    assert_eq!(checks.len(), 1, "one check run on the group");
    let text = format!("{} {}", checks[0].output["title"], checks[0].output["summary"]);
    (checks[0].conclusion.clone().unwrap_or_default(), text)
}

async fn enqueue(story: &mut Story, pulls: &[PullRef], squash: bool) -> Group {
    story.then(|world| world.enqueue(pulls, squash, None)).await
}

async fn signed(story: &mut Story) -> PullRef {
    let pull = story.open(Pull::crossing()).await;
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    pull
}

#[tokio::test]
async fn a_group_of_what_is_signed_is_green() {
    for squash in [false, true] {
        let mut story = Story::of(shop(&[])).await;
        let pull = signed(&mut story).await;
        story.count();
        let group = enqueue(&mut story, &[pull], squash).await;
        let (conclusion, text) = check(&story, &group);
        assert_eq!(conclusion, "success", "{text}");
        assert_eq!(story.writes(), ["POST check-runs"], "nobody is asked, and there is no comment");
        let other = story.open(Pull::by("maria").on_branch("o").write("README.md", "# a shop\n")).await;
        let both = enqueue(&mut story, &[pull, other], squash).await;
        assert_eq!(check(&story, &both).0, "success", "{}", check(&story, &both).1);
    }
}

#[tokio::test]
async fn a_member_that_is_not_signed_holds_the_group() {
    let mut story = Story::of(shop(&[])).await;
    let quiet = story.open(Pull::by("maria").on_branch("o").write("README.md", "# a shop\n")).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    let group = enqueue(&mut story, &[quiet, pull], true).await;
    let (conclusion, text) = check(&story, &group);
    assert_eq!(conclusion, "action_required");
    assert!(text.contains("#2 waits for a sign-off"), "{text}");
    story.count();
    story.approve(pull, "ada").await;
    assert_eq!(check(&story, &group).0, "success", "{}", check(&story, &group).1);
    story.comment(pull);
    // dismissed while it is queued
    story.dismiss(pull, "ada", "maria").await;
    assert_eq!(check(&story, &group).0, "action_required");
    story.comment(pull);
}

#[tokio::test]
async fn two_that_cross_together_what_neither_crosses_alone_are_held() {
    let mut story = Story::of(shop(&[])).await;
    let one = story.open(Pull::quiet()).await;
    let other =
        story.open(Pull::by("tomas").on_branch("o").write("services/ledger/main.go", "package main // t\n")).await;
    assert_eq!((story.conclusion(one), story.conclusion(other)), ("success".to_owned(), "success".to_owned()));
    let group = enqueue(&mut story, &[one, other], false).await;
    let (conclusion, text) = check(&story, &group);
    assert_eq!(conclusion, "action_required");
    assert!(text.contains("none of its pull requests alone"), "{text}");
    // One after the other they are two groups, each of which crosses nothing.
    story.then(|world| world.destroy_group(&group, "invalidated")).await;
    let first = enqueue(&mut story, &[one], false).await;
    let second = story.then(|world| world.enqueue(&[other], false, Some(&first))).await;
    assert_eq!(check(&story, &first).0, "success", "{}", check(&story, &first).1);
    assert_eq!(check(&story, &second).0, "success", "{}", check(&story, &second).1);
}

#[tokio::test]
async fn what_is_in_no_member_is_named() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::quiet()).await;
    let group = enqueue(&mut story, &[pull], false).await;
    let edits = Edits::new().write("services/checkout/more.go", "package main\n");
    let group = story.then(|world| world.enqueue_with(&group, &edits)).await;
    let (conclusion, text) = check(&story, &group);
    assert_eq!(conclusion, "action_required");
    assert!(text.contains("services/checkout/more.go"), "{text}");
}

#[tokio::test]
async fn a_member_that_cannot_be_told_holds_the_group() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::quiet()).await;
    let group = story.github().enqueue(&[pull], false, None).expect("queued");
    story.github().set_open(pull, false).expect("closed");
    story.settle().await;
    let (conclusion, text) = check(&story, &group);
    assert_eq!(conclusion, "action_required");
    assert!(text.contains("#1 is no open pull request into this branch"), "{text}");
    story.reopen(pull).await;
    assert_eq!(check(&story, &group).0, "success", "{}", check(&story, &group).1);
    // A push after it was queued: what is queued is not what is signed.
    story.push(pull, Edits::new().write("services/checkout/c.go", "package main\n")).await;
    assert!(check(&story, &group).1.contains("another head"), "{}", check(&story, &group).1);
}

#[tokio::test]
async fn what_a_members_own_commits_say_of_other_pull_requests_is_nothing() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    let other = story.open(Pull::by("tomas").on_branch("o").write("services/ledger/b.go", "package main\n")).await;
    let inner =
        story.open(Pull::by("tomas").on_branch("i").write("README.md", "# inner\n").into_branch("feature")).await;
    let inner_head = story.github().pull(inner).expect("it is there").head.clone();
    story.close(inner).await;
    let merge = format!("Merge pull request #{} from acme/i", inner.number);
    let named = format!("x (#{})", other.number);
    let merged = Edits::new().write("README.md", "# inner\n");
    story.then(|world| world.commit_on_page(pull, "maria", &merge, Some(&inner_head), &merged)).await;
    story.then(|world| world.commit_on_page(pull, "maria", &named, None, &Edits::new())).await;
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    for squash in [false, true] {
        let group = enqueue(&mut story, &[pull], squash).await;
        let (conclusion, text) = check(&story, &group);
        assert_eq!(conclusion, "success", "{text}");
        assert!(text.contains(&format!("consists of #{}.", pull.number)), "{text}");
    }
    let group = story.then(|world| world.enqueue_rebased(pull)).await;
    let (conclusion, text) = check(&story, &group);
    assert_eq!(conclusion, "success", "{text}");
    assert!(text.contains(&format!("consists of #{}.", pull.number)), "{text}");
}

#[tokio::test]
async fn a_title_hides_no_member_of_a_group() {
    let mut story = Story::of(shop(&[])).await;
    let signed = signed(&mut story).await;
    let unsigned = Pull::crossing().on_branch("u").titled("Merge pull request #1 from acme/x");
    let unsigned = story.open(unsigned.write("services/ledger/more.go", "package main\n")).await;
    story.comment(unsigned);
    let last = story.open(Pull::by("maria").on_branch("o").write("README.md", "# a shop\n")).await;
    for squash in [false, true] {
        let group = enqueue(&mut story, &[signed, unsigned, last], squash).await;
        let (conclusion, text) = check(&story, &group);
        assert_eq!(conclusion, "action_required");
        assert!(text.contains("#2 waits for a sign-off"), "{text}");
    }
}

#[tokio::test]
async fn a_group_that_is_gone_is_left_alone() {
    let mut story = Story::of(shop(&[])).await;
    let pull = signed(&mut story).await;
    let group = enqueue(&mut story, &[pull], false).await;
    story.then(|world| world.destroy_group(&group, "dequeued")).await;
    story.dismiss(pull, "ada", "maria").await;
    story.comment(pull);
    assert_eq!(check(&story, &group).0, "success", "nobody looks at it any more");
    // Its beginning is delivered again, too late.
    story.github().redeliver("merge_group", "checks_requested");
    story.count();
    story.settle().await;
    assert_eq!(story.calls(), 0);
}

#[tokio::test]
async fn stricter_rules_reach_a_group_that_is_queued() {
    let mut story = Story::of(shop(&[])).await;
    let pull = signed(&mut story).await;
    let group = enqueue(&mut story, &[pull], false).await;
    assert_eq!(check(&story, &group).0, "success");
    let rules = super::shop::RULES.to_owned()
        + "  - id: ledger\n    when: { paths: [services/ledger/] }\n    sign_off: organization\n    why: It is critical.\n";
    let edits = Edits::new().write(".github/merestone.yml", &rules);
    story.then(|world| world.push_branch("acme/shop", "main", "edsger", &edits)).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
    assert_eq!(check(&story, &group).0, "action_required", "{}", check(&story, &group).1);
}

/// Opens a pull request into `base` whose head is the group's.
async fn with_the_groups_head(story: &mut Story, group: &Group, base: &str) -> PullRef {
    let pull = story.open(Pull::quiet().on_branch("o").into_branch(base)).await;
    story.then(|world| world.rewind(pull, "maria", &group.head)).await;
    pull
}

#[tokio::test]
async fn a_pull_request_with_a_groups_head_does_not_overrule_the_group() {
    let mut story = Story::of(two_gated()).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    let group = enqueue(&mut story, &[pull], false).await;
    assert_eq!(check(&story, &group).0, "action_required");
    // The rules of `release/1` ask for nothing.
    let lenient = with_the_groups_head(&mut story, &group, "release/1").await;
    // That it brings the rules of `main` there is signed for.
    story.approve(lenient, "edsger").await;
    story.comment(lenient);
    let (conclusion, text) = check(&story, &group);
    assert_eq!(conclusion, "action_required", "{text}");
    assert!(
        text.contains("the verdict on a group of the merge queue") && text.contains("also the head of #2"),
        "{text}"
    );
    story.approve(pull, "ada").await;
    assert_eq!(check(&story, &group).0, "success", "{}", check(&story, &group).1);
    story.comment(pull);
    story.dismiss(pull, "ada", "maria").await;
    assert_eq!(check(&story, &group).0, "action_required");
    story.comment(pull);
    // Gone, the group says nothing any more.
    story.then(|world| world.destroy_group(&group, "dequeued")).await;
    assert_eq!(story.conclusion(lenient), "success");
}

#[tokio::test]
async fn a_green_group_does_not_free_a_pull_request_with_its_head() {
    let mut story = Story::of(two_gated()).await;
    let pull = story.open(Pull::quiet()).await;
    let group = story.then(|world| world.enqueue(&[pull], false, None)).await;
    assert_eq!(check(&story, &group).0, "success");
    let stricter = RULES.replace("version: 1\n", "version: 1\nbranches: [\"release/*\"]\n")
        + "  - id: checkout\n    when: { paths: [services/checkout/] }\n    sign_off: domain\n    why: It is critical.\n";
    let edits = Edits::new().write(".github/merestone.yml", &stricter);
    story.then(|world| world.push_branch("acme/shop", "release/1", "edsger", &edits)).await;
    let other = with_the_groups_head(&mut story, &group, "release/1").await;
    assert_eq!(story.conclusion(other), "action_required");
    story.comment(other);
    story.close(other).await;
    assert_eq!(check(&story, &group).0, "success", "{}", check(&story, &group).1);
}

#[tokio::test]
async fn a_group_that_cannot_be_read_keeps_no_other_waiting() {
    let mut story = Story::of(shop(&[])).await;
    let pull = signed(&mut story).await;
    let other = story.open(Pull::by("maria").on_branch("o").write("README.md", "# a shop\n")).await;
    let one = story.github().enqueue(&[pull], false, None).expect("queued");
    let two = story.github().enqueue(&[other], false, Some(&one)).expect("queued");
    story.fault("GET", &format!(r"\.\.\.{}$", one.head), Act::Status(502), usize::MAX);
    story.patience(TimeDelta::minutes(5));
    story.settle().await;
    assert_eq!(check(&story, &two).0, "success", "{}", check(&story, &two).1);
    assert!(story.github().group_checks(&one).is_empty(), "nothing is said of what cannot be read");
    assert!(story.github().faults.played() < 20, "it is tried again at longer and longer intervals");
    story.github().faults.clear();
    story.patience(TimeDelta::minutes(30));
    story.settle().await;
    assert_eq!(check(&story, &one).0, "success", "{}", check(&story, &one).1);
}

#[tokio::test]
async fn a_group_whose_end_was_not_told_is_let_go() {
    let mut story = Story::of(two_gated()).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    let group = enqueue(&mut story, &[pull], false).await;
    let lenient = with_the_groups_head(&mut story, &group, "release/1").await;
    story.approve(lenient, "edsger").await;
    story.comment(lenient);
    assert_eq!(story.conclusion(lenient), "action_required", "the group's word");
    story.count();
    story.wait(TimeDelta::minutes(90)).await;
    assert_eq!(story.calls_of("/branches/gh-readonly-queue"), 1, "after an hour it is asked for once an hour");
    assert_eq!(story.conclusion(lenient), "action_required", "it is there");
    {
        let mut world = story.github();
        world.destroy_group(&group, "dequeued").expect("it is there");
        world.post.waiting.clear();
    }
    story.wait(TimeDelta::minutes(90)).await;
    assert_eq!(story.conclusion(lenient), "success");
    story.count();
    story.wait(TimeDelta::hours(5)).await;
    story.label(lenient, "seen").await;
    assert_eq!(story.calls_of("gh-readonly-queue"), 0, "nobody asks for it any more");
}

#[tokio::test]
async fn a_group_whose_head_is_gone_is_let_go() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::quiet()).await;
    let group = story.github().enqueue(&[pull], false, None).expect("queued");
    story.fault("GET", &format!(r"\.\.\.{}$", group.head), Act::NotFound, usize::MAX);
    story.settle().await;
    story.github().faults.clear();
    story.github().redeliver("merge_group", "checks_requested");
    story.count();
    story.label(pull, "seen").await;
    assert_eq!(story.calls_of(&group.head), 0, "nobody asks for it any more");
    assert!(story.github().group_checks(&group).is_empty());
}

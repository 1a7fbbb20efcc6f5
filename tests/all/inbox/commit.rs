//! What is kept of heads that several pull requests have, of bases that move, and of merge groups.

use std::collections::BTreeMap;

use super::place::Place;
use super::{at, check, mark, pull, review, snapshot};
use merestone::ids::{InstallationId, RepositoryId};
use merestone::inbox::{Group, Intent, IntentKind, Repository, Task, TipRead, Verdict};
use merestone::render::Check;
use merestone::review::Conclusion;
use merestone::rules::Handle;

const HERE: (InstallationId, RepositoryId) = (InstallationId(7), RepositoryId(70));

fn says(conclusion: Conclusion) -> Check {
    Check { conclusion, title: "t".into(), summary: "s".into(), annotations: vec![] }
}

pub(super) async fn verdicts_are_of_the_open_pull_requests_with_a_head(place: &Place) {
    let inbox = place.open().await;
    for number in 1..=3 {
        inbox.save_snapshot(&pull(number), &snapshot(1, "aaaa")).await.unwrap();
    }
    let base = snapshot(1, "aaaa").base;
    let green = says(Conclusion::Success);
    inbox.save_verdict(&pull(1), "aaaa", &base, Some(&green), at(1)).await.unwrap();
    inbox.save_verdict(&pull(2), "aaaa", "another", Some(&green), at(1)).await.unwrap();
    inbox.save_verdict(&pull(3), "aaaa", &base, None, at(1)).await.unwrap();
    let known = inbox.verdicts(HERE.0, HERE.1, "aaaa").await.unwrap();
    let expected = [(1, Verdict::Says(Box::new(green))), (2, Verdict::Unjudged), (3, Verdict::Nothing)];
    assert_eq!(known, BTreeMap::from(expected));
    assert_eq!(inbox.judged_on(&pull(2)).await.unwrap(), Some(("aaaa".into(), "another".into())));

    let mut closed = snapshot(2, "aaaa");
    closed.open = false;
    inbox.save_snapshot(&pull(1), &closed).await.unwrap();
    inbox.forget_verdict(&pull(2)).await.unwrap();
    // Two of one second contradict each other: whether it is open is not known, so it counts as not judged.
    inbox.save_told(&pull(3), &snapshot(1, "bbbb")).await.unwrap();
    let known = inbox.verdicts(HERE.0, HERE.1, "aaaa").await.unwrap();
    assert_eq!(known, BTreeMap::from([(2, Verdict::Unjudged), (3, Verdict::Unjudged)]));
}

pub(super) async fn a_check_that_may_be_on_its_way_is_in_doubt(place: &Place) {
    let inbox = place.open().await;
    assert!(!inbox.check_in_doubt(HERE.0, HERE.1, "aaaa").await.unwrap());
    let intent =
        Intent { id: 0, kind: IntentKind::CreateCheck, head: Some("aaaa".into()), hash: "h".into(), at: at(1) };
    inbox.intend(&pull(1), &intent).await.unwrap();
    assert!(inbox.check_in_doubt(HERE.0, HERE.1, "aaaa").await.unwrap());
    assert!(!inbox.check_in_doubt(HERE.0, HERE.1, "bbbb").await.unwrap());
    inbox.save_shown_check(HERE.0, HERE.1, &check(6, "aaaa")).await.unwrap();
    assert_eq!(inbox.shown_check(HERE.0, HERE.1, "aaaa").await.unwrap(), Some(check(6, "aaaa")));
    inbox.forget_check(HERE.0, HERE.1, "aaaa").await.unwrap();
    assert_eq!(inbox.shown_check(HERE.0, HERE.1, "aaaa").await.unwrap(), None);
    let both = [Task::Pull(pull(1)), Task::Pull(pull(2))];
    let until = async |now: i64| inbox.overtaken(&both, at(now)).await.unwrap().until;
    assert_eq!(until(9).await, None);
    inbox.accept(None, &[mark(2)], at(1)).await.unwrap();
    assert!(until(9).await.is_some_and(|until| until > at(9)));
    let claim = inbox.claim("w", at(9)).await.unwrap().unwrap();
    assert_eq!(until(9).await, None, "it runs: it shows the check itself in the end");
    inbox.done_until(&claim, at(20)).await.unwrap();
    assert_eq!(until(9).await, None, "it is not due");
    assert!(until(20).await.is_some_and(|until| until > at(20)));
}

pub(super) async fn a_tip_follows_pushes_that_follow_each_other(place: &Place) {
    let inbox = place.open().await;
    let (installation, repository) = HERE;
    let tip = async || {
        let known = inbox.tip(installation, repository, "main").await.unwrap().unwrap();
        (known.tip, known.read.map(|read| read.commit))
    };
    let push = async |before: Option<&str>, after: &str, silent: bool| {
        inbox.pushed_tip(installation, repository, "main", (before, after), silent, at(2)).await.unwrap()
    };
    assert!(!push(Some("a"), "b", false).await, "nothing was judged by it");
    inbox.answered_tip(installation, repository, "main", "a", at(1)).await.unwrap();
    let read = |commit: &str| TipRead { commit: commit.into(), says: "x".into(), folders: vec!["docs/adr".into()] };
    inbox.read_tip(installation, repository, "main", &read("a")).await.unwrap();
    assert!(!push(Some("a"), "b", true).await, "what says nothing has not to be read");
    assert_eq!(tip().await, (Some("b".into()), Some("b".into())));
    assert!(push(Some("b"), "c", false).await);
    assert_eq!(tip().await, (Some("c".into()), Some("b".into())));
    assert!(push(Some("c"), "d", true).await, "c has still to be read");
    assert_eq!(tip().await, (Some("d".into()), Some("b".into())));
    assert!(push(Some("x"), "y", true).await, "out of order");
    assert_eq!(tip().await.0, None);
    inbox.answered_tip(installation, repository, "main", "y", at(3)).await.unwrap();
    assert!(push(None, "z", true).await, "forced");
    assert_eq!(tip().await.0, None);
    inbox.answered_tip(installation, repository, "main", "z", at(3)).await.unwrap();
    inbox.answered_tip(installation, repository, "main", "other", at(3)).await.unwrap();
    assert_eq!(tip().await.0, None, "two that contradict each other leave none");
    inbox.forget_tips(installation, repository, Some("main")).await.unwrap();
    assert_eq!(inbox.tips(installation, repository).await.unwrap(), []);
}

pub(super) async fn pushes_are_heard_of_a_repository(place: &Place) {
    let inbox = place.open().await;
    let known = Repository { installation: HERE.0, id: HERE.1, owner: "acme".into(), name: "shop".into() };
    inbox.save_repository(&known).await.unwrap();
    assert!(!inbox.is_heard(HERE.0, HERE.1).await.unwrap());
    inbox.hear(HERE.0, HERE.1, at(1)).await.unwrap();
    inbox.save_repository(&known).await.unwrap();
    assert!(inbox.is_heard(HERE.0, HERE.1).await.unwrap());
}

pub(super) async fn a_group_that_is_gone_stays_gone(place: &Place) {
    let inbox = place.open().await;
    let group = |head: &str| Group {
        head: head.into(),
        head_ref: "gh-readonly-queue/main/pr-1-a".into(),
        base: "main".into(),
        base_sha: "a".into(),
    };
    let open = async || {
        let open = inbox.open_groups(HERE.0, HERE.1).await.unwrap();
        open.into_iter().map(|one| one.group).collect::<Vec<_>>()
    };
    inbox.open_group(HERE.0, HERE.1, &group("b"), at(1)).await.unwrap();
    inbox.open_group(HERE.0, HERE.1, &group("c"), at(2)).await.unwrap();
    assert_eq!(open().await, [group("b"), group("c")]);
    inbox.close_group(HERE.0, HERE.1, &group("b"), at(3)).await.unwrap();
    inbox.open_group(HERE.0, HERE.1, &group("b"), at(4)).await.unwrap();
    // The end of one whose beginning comes later.
    inbox.close_group(HERE.0, HERE.1, &group("d"), at(3)).await.unwrap();
    inbox.open_group(HERE.0, HERE.1, &group("d"), at(4)).await.unwrap();
    assert_eq!(open().await, [group("c")]);
}

pub(super) async fn it_is_known_whom_a_person_or_a_team_matters_to(place: &Place) {
    let inbox = place.open().await;
    for number in 1..=3 {
        inbox.save_snapshot(&pull(number), &snapshot(1, "aaaa")).await.unwrap();
    }
    let mut said = review(5, None);
    said.login = "Ada".into();
    inbox.save_reviews(&pull(2), &[said.clone()]).await.unwrap();
    inbox.save_reviews(&pull(4), &[said]).await.unwrap();
    assert_eq!(inbox.pulls_with_hand_of(HERE.0, "ada").await.unwrap(), [pull(2)], "#4 is not open");
    assert_eq!(inbox.pulls_with_hand_of(InstallationId(8), "ada").await.unwrap(), []);

    let team = Handle::new("@Acme/Payments");
    inbox.person_requested(&pull(1), &team, true, at(1)).await.unwrap();
    assert_eq!(inbox.pulls_that_name(HERE.0, &Handle::new("@acme/payments")).await.unwrap(), [pull(1)]);
    assert_eq!(inbox.pulls_that_name(HERE.0, &Handle::new("@acme/pay")).await.unwrap(), []);

    inbox.relabel(HERE.0, HERE.1, ("apex", "store"), Some("https://github.com/apex/store")).await.unwrap();
    let known = inbox.snapshot(&pull(1)).await.unwrap().unwrap();
    assert_eq!((known.owner.as_str(), known.name.as_str()), ("apex", "store"));
    inbox.close_repository(HERE.0, HERE.1).await.unwrap();
    assert_eq!(inbox.open_pulls(HERE.0, HERE.1).await.unwrap(), []);
}

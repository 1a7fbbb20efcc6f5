//! The store: one suite for both engines.

mod model;
mod place;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use merestone::ids::{InstallationId, PullKey, RepositoryId};
use merestone::inbox::{
    Claim, Floor, Inbox, Installation, Intent, IntentKind, Judgement, Lane, Mark, Outcome, Repository, RequestState,
    ShownCheck, ShownComment, ShownRequest, SignOff, StoreError, Task, TeamMembers,
};
use merestone::pull::{SeenReview, Snapshot};
use merestone::review::{ActKind, Facts, File, FileStatus, Review};
use merestone::rules::Handle;
use place::Place;

/// The suite: every one of these runs on SQLite, and on PostgreSQL where `TEST_DATABASE_URL` names one.
macro_rules! on_both {
    ($($(#[$attribute:meta])* $name:ident),* $(,)?) => {
        mod sqlite {
            $($(#[$attribute])* #[tokio::test] async fn $name() {
                super::$name(&super::Place::sqlite()).await;
            })*
        }
        mod postgres {
            $($(#[$attribute])* #[tokio::test] async fn $name() {
                if let Some(place) = super::Place::postgres().await {
                    super::$name(&place).await;
                    place.remove().await;
                }
            })*
        }
    };
}

on_both![
    what_was_accepted_outlives_the_process,
    a_hundred_marks_of_one_pull_request_are_one_task,
    lanes_go_first_and_then_the_newest_event,
    a_sweep_makes_no_event_newer,
    an_older_payload_moves_nothing_back,
    the_earliest_due_time_stays,
    back_off_outlives_an_event,
    a_pause_outlives_an_event,
    a_pause_is_of_one_installation_and_never_shortened,
    one_at_a_time,
    a_mark_during_the_run_takes_floor_and_back_off_along,
    a_released_task_was_never_tried,
    a_lost_claim_changes_nothing,
    an_ended_lease_is_taken_over,
    three_claims_without_an_end_are_quarantine,
    a_task_without_a_head_is_revived_by_an_event,
    a_retry_is_an_end,
    next_due_counts_everything_in,
    no_wake_up_is_lost,
    parallel_claims_get_different_tasks,
    closing_gives_leases_back,
    a_delivery_is_taken_in_once,
    old_deliveries_are_purged,
    all_marks_or_none,
    a_failed_write_takes_no_other_with_it,
    snapshots_only_get_newer,
    pull_requests_are_found_by_their_head,
    reviews_stay_as_first_seen,
    a_dismissal_is_final,
    sign_offs_stay_as_recorded,
    judgements_are_kept_by_head,
    what_is_shown_is_known_until_in_doubt,
    an_open_intent_is_a_doubt,
    a_settled_intent_and_its_end_are_one,
    a_late_end_leaves_a_doubt,
    a_check_belongs_to_the_commit,
    requests_are_kept_by_handle,
    teams_are_forgotten,
    tenants_are_kept_apart,
    hostile_text_comes_back_as_it_was,
    large_payloads_are_kept,
    the_store_answers_a_ping,
    newer_tables_are_left_alone,
    edited_tables_are_refused,
    the_store_does_what_a_naive_model_does,
];

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn pull(number: u64) -> PullKey {
    PullKey { installation: InstallationId(7), repository: RepositoryId(70), number }
}

fn mark(number: u64) -> Mark {
    Mark {
        task: Task::Pull(pull(number)),
        lane: Lane::Event,
        due: at(0),
        floor: Floor::default(),
        snapshot: None,
        review: None,
    }
}

fn floor(seconds: i64, head: &str) -> Floor {
    Floor { updated_at: Some(at(seconds)), head: Some(head.to_owned()), base: Some("main".to_owned()), review_id: None }
}

fn snapshot(seconds: i64, head: &str) -> Snapshot {
    Snapshot {
        owner: "acme".into(),
        name: "shop".into(),
        repository_url: "https://github.com/acme/shop".into(),
        default_branch: "main".into(),
        private: true,
        open: true,
        draft: false,
        title: "Add a thing".into(),
        labels: vec!["a".into()],
        author: "ada".into(),
        author_is_bot: false,
        head: head.into(),
        base: "main".into(),
        changed_files: Some(3),
        requested_users: vec![],
        requested_teams: vec!["payments".into()],
        updated_at: at(seconds),
    }
}

fn review(id: u64, kind: Option<ActKind>) -> SeenReview {
    SeenReview {
        review_id: id,
        login: "maria".into(),
        bot: false,
        kind,
        commit: Some("aaaa".into()),
        submitted_at: Some(at(1)),
    }
}

fn empty_review() -> Review {
    serde_json::from_value(serde_json::json!({
        "scope": "none", "verdict": "pass", "conclusion": "success", "services": [], "teams": [], "domains": [],
        "files": [], "findings": [], "reviewers": {"teams": [], "users": []}, "notes": [], "skipped": false,
        "mode": "on", "wants": []
    }))
    .unwrap()
}

fn number(claim: &Claim) -> u64 {
    match claim.task {
        Task::Pull(key) => key.number,
        _ => panic!("{claim:?} is of no pull request"),
    }
}

async fn accept(inbox: &Inbox, seconds: i64, marks: &[Mark]) {
    inbox.accept(None, marks, at(seconds)).await.unwrap();
}

async fn claim(inbox: &Inbox, seconds: i64) -> Option<Claim> {
    inbox.claim("worker", at(seconds)).await.unwrap()
}

async fn claimed(inbox: &Inbox, seconds: i64) -> Claim {
    claim(inbox, seconds).await.expect("a task is due")
}

/// Whoever holds a lease dies; returns when that is known at the latest.
async fn crash(place: &Place, seconds: i64) -> i64 {
    place.crash().await;
    seconds + 31
}

async fn what_was_accepted_outlives_the_process(place: &Place) {
    let inbox = place.open().await;
    let mut new = mark(1);
    new.floor = floor(5, "aaaa");
    new.snapshot = Some(snapshot(5, "aaaa"));
    new.review = Some(review(9, Some(ActKind::Approved)));
    accept(&inbox, 1, &[new.clone()]).await;
    inbox.close().await;
    assert!(inbox.ping().await.is_err(), "closed");

    let inbox = place.open().await;
    assert_eq!(inbox.snapshot(&pull(1)).await.unwrap(), new.snapshot);
    assert_eq!(inbox.reviews(&pull(1)).await.unwrap(), [review(9, Some(ActKind::Approved))]);
    let claim = claimed(&inbox, 2).await;
    assert_eq!((claim.task, claim.lane, claim.floor, claim.attempts), (new.task, new.lane, new.floor, 1));
    assert_eq!(claim.owner, "worker");
    inbox.close().await;
}

async fn a_hundred_marks_of_one_pull_request_are_one_task(place: &Place) {
    let inbox = place.open().await;
    futures::future::join_all((0..100).map(|second| {
        let mut new = mark(1);
        new.floor = floor(second, &format!("head{second}"));
        let inbox = inbox.clone();
        async move { accept(&inbox, second, &[new]).await }
    }))
    .await;
    assert_eq!(inbox.depth().await.unwrap(), (1, 0, 0));
    let claim = claimed(&inbox, 100).await;
    assert_eq!(claim.floor, floor(99, "head99"));
    inbox.done(&claim).await.unwrap();
    assert_eq!(inbox.depth().await.unwrap(), (0, 0, 0));
    assert_eq!(self::claim(&inbox, 100).await, None);
    inbox.close().await;
}

async fn lanes_go_first_and_then_the_newest_event(place: &Place) {
    let inbox = place.open().await;
    let mark = |number, lane| Mark { lane, ..mark(number) };
    accept(&inbox, 1, &[mark(1, Lane::Event)]).await;
    accept(&inbox, 2, &[mark(2, Lane::Sweep)]).await;
    accept(&inbox, 3, &[mark(3, Lane::Event)]).await;
    accept(&inbox, 4, &[mark(4, Lane::Act)]).await;
    accept(&inbox, 5, &[mark(5, Lane::Act)]).await;
    accept(&inbox, 6, &[mark(6, Lane::Sweep)]).await;
    // Again: an older task with a new event goes before a younger one.
    accept(&inbox, 7, &[mark(1, Lane::Event)]).await;
    // A more urgent lane stays when a less urgent mark comes in.
    accept(&inbox, 8, &[mark(4, Lane::Sweep)]).await;
    let mut order = Vec::new();
    while let Some(claim) = claim(&inbox, 10).await {
        order.push((number(&claim), claim.lane));
    }
    let expected =
        [(5, Lane::Act), (4, Lane::Act), (1, Lane::Event), (3, Lane::Event), (6, Lane::Sweep), (2, Lane::Sweep)];
    assert_eq!(order, expected);
    inbox.close().await;
}

async fn a_sweep_makes_no_event_newer(place: &Place) {
    let inbox = place.open().await;
    accept(&inbox, 1, &[mark(1)]).await;
    accept(&inbox, 2, &[mark(2)]).await;
    accept(&inbox, 3, &[Mark { lane: Lane::Sweep, ..mark(1) }]).await;
    assert_eq!(number(&claimed(&inbox, 4).await), 2);
    inbox.close().await;
}

async fn an_older_payload_moves_nothing_back(place: &Place) {
    let inbox = place.open().await;
    let floored = |floor| Mark { floor, ..mark(1) };
    let reviewed = |id| floored(Floor { review_id: Some(id), ..Floor::default() });
    accept(&inbox, 1, &[floored(floor(10, "new")), floored(floor(5, "old"))]).await;
    accept(&inbox, 2, &[reviewed(30)]).await;
    accept(&inbox, 3, &[reviewed(20), mark(1)]).await;
    let claim = claimed(&inbox, 4).await;
    assert_eq!(claim.floor, Floor { review_id: Some(30), ..floor(10, "new") });

    // Nor does one that comes in during the run.
    accept(&inbox, 5, &[floored(floor(5, "old"))]).await;
    inbox.done(&claim).await.unwrap();
    let claim = claimed(&inbox, 6).await;
    assert_eq!(claim.floor, Floor { review_id: Some(30), ..floor(10, "new") });

    // Of two that are equally old the later arrival stays.
    accept(&inbox, 7, &[floored(floor(10, "later"))]).await;
    inbox.done(&claim).await.unwrap();
    assert_eq!(claimed(&inbox, 8).await.floor.head.as_deref(), Some("later"));
    inbox.close().await;
}

async fn the_earliest_due_time_stays(place: &Place) {
    let inbox = place.open().await;
    accept(&inbox, 1, &[Mark { due: at(50), ..mark(1) }]).await;
    accept(&inbox, 2, &[Mark { due: at(30), ..mark(1) }]).await;
    accept(&inbox, 3, &[Mark { due: at(40), ..mark(1) }]).await;
    assert_eq!(claim(&inbox, 29).await, None);
    assert_eq!(inbox.next_due(at(29)).await.unwrap(), Some(at(30)));
    assert!(claim(&inbox, 30).await.is_some());
    inbox.close().await;
}

async fn back_off_outlives_an_event(place: &Place) {
    let inbox = place.open().await;
    accept(&inbox, 1, &[mark(1)]).await;
    let claim = claimed(&inbox, 1).await;
    inbox.retry(&claim, at(60), "GitHub answered 502").await.unwrap();
    accept(&inbox, 2, &[Mark { floor: floor(2, "new"), lane: Lane::Act, ..mark(1) }]).await;
    assert_eq!(self::claim(&inbox, 59).await, None);
    assert_eq!(inbox.next_due(at(2)).await.unwrap(), Some(at(60)));
    let claim = claimed(&inbox, 60).await;
    assert_eq!((claim.attempts, claim.lane, claim.floor), (2, Lane::Act, floor(2, "new")));
    inbox.close().await;
}

async fn a_pause_outlives_an_event(place: &Place) {
    let inbox = place.open().await;
    inbox.pause(InstallationId(7), at(60)).await.unwrap();
    accept(&inbox, 1, &[Mark { lane: Lane::Act, ..mark(1) }]).await;
    assert_eq!(claim(&inbox, 59).await, None);
    assert_eq!(inbox.next_due(at(2)).await.unwrap(), Some(at(60)));
    assert!(claim(&inbox, 60).await.is_some());
    inbox.close().await;
}

async fn a_pause_is_of_one_installation_and_never_shortened(place: &Place) {
    let inbox = place.open().await;
    inbox.pause(InstallationId(7), at(60)).await.unwrap();
    inbox.pause(InstallationId(7), at(30)).await.unwrap();
    let other = Mark { task: Task::Installation { installation: InstallationId(8) }, ..mark(0) };
    let repository = Task::Repository { installation: InstallationId(7), repository: RepositoryId(70) };
    accept(&inbox, 1, &[mark(1), other.clone(), Mark { task: repository, ..mark(0) }]).await;
    assert_eq!(claimed(&inbox, 31).await.task, other.task);
    assert_eq!(claim(&inbox, 31).await, None);
    inbox.pause(InstallationId(7), at(90)).await.unwrap();
    assert_eq!(claim(&inbox, 60).await, None);
    assert!(claim(&inbox, 90).await.is_some());
    assert!(claim(&inbox, 90).await.is_some());
    inbox.close().await;
}

async fn one_at_a_time(place: &Place) {
    let inbox = place.open().await;
    accept(&inbox, 1, &[mark(1)]).await;
    let first = claimed(&inbox, 1).await;
    assert!(inbox.current(&first, at(1)).await.unwrap());
    accept(&inbox, 2, &[mark(1)]).await;
    assert_eq!(inbox.depth().await.unwrap(), (1, 1, 0));
    assert!(!inbox.current(&first, at(2)).await.unwrap(), "a newer mark waits");
    assert_eq!(claim(&inbox, 3).await, None);
    inbox.done(&first).await.unwrap();
    let second = claimed(&inbox, 3).await;
    assert_eq!(second.attempts, 1);
    assert!(inbox.current(&second, at(3)).await.unwrap());
    assert!(!inbox.current(&first, at(3)).await.unwrap());
    inbox.close().await;
}

async fn a_mark_during_the_run_takes_floor_and_back_off_along(place: &Place) {
    let inbox = place.open().await;
    accept(&inbox, 1, &[Mark { floor: floor(1, "first"), lane: Lane::Act, ..mark(1) }]).await;
    let claim = claimed(&inbox, 1).await;
    accept(&inbox, 2, &[Mark { floor: floor(2, "second"), lane: Lane::Sweep, ..mark(1) }]).await;
    inbox.retry(&claim, at(60), "GitHub answered 502").await.unwrap();
    assert_eq!(inbox.depth().await.unwrap(), (1, 0, 0));
    assert_eq!(self::claim(&inbox, 59).await, None);
    let claim = claimed(&inbox, 60).await;
    assert_eq!((claim.attempts, claim.lane, claim.floor), (2, Lane::Act, floor(2, "second")));
    inbox.close().await;
}

async fn a_released_task_was_never_tried(place: &Place) {
    let inbox = place.open().await;
    accept(&inbox, 1, &[mark(1)]).await;
    for _ in 0..5 {
        let claim = claimed(&inbox, 1).await;
        assert_eq!(claim.attempts, 1);
        inbox.release(&claim).await.unwrap();
    }
    let claim = claimed(&inbox, 1).await;
    accept(&inbox, 2, &[mark(1)]).await;
    inbox.release(&claim).await.unwrap();
    assert_eq!(inbox.depth().await.unwrap(), (1, 0, 0));
    assert_eq!(claimed(&inbox, 2).await.attempts, 1);
    inbox.close().await;
}

async fn a_lost_claim_changes_nothing(place: &Place) {
    let inbox = place.open().await;
    accept(&inbox, 1, &[mark(1)]).await;
    let zombie = claimed(&inbox, 1).await;
    let now = crash(place, 1).await;
    let heir = claimed(&inbox, now).await;
    assert_eq!((heir.task, heir.attempts), (zombie.task, 2));
    assert!(!inbox.heartbeat(&zombie, at(now)).await.unwrap());
    assert!(!inbox.current(&zombie, at(now)).await.unwrap());
    inbox.done(&zombie).await.unwrap();
    inbox.retry(&zombie, at(999), "too late").await.unwrap();
    inbox.release(&zombie).await.unwrap();
    assert!(inbox.heartbeat(&heir, at(now)).await.unwrap());
    assert!(inbox.current(&heir, at(now)).await.unwrap());
    assert_eq!(inbox.depth().await.unwrap(), (0, 1, 0));
    inbox.close().await;
}

async fn an_ended_lease_is_taken_over(place: &Place) {
    let inbox = place.open().await;
    accept(&inbox, 0, &[mark(1)]).await;
    let held = claimed(&inbox, 0).await;
    // Held as long as the heartbeat comes.
    for second in [10, 20, 30, 40] {
        assert!(inbox.heartbeat(&held, at(second)).await.unwrap());
        assert_eq!(claim(&inbox, second).await, None);
    }
    let now = crash(place, 40).await;
    assert!(!inbox.current(&held, at(now)).await.unwrap(), "no lease, even before somebody else has it");
    assert!(!inbox.heartbeat(&held, at(now)).await.unwrap(), "an ended lease does not come back");
    accept(&inbox, now, &[Mark { floor: floor(now, "new"), ..mark(1) }]).await;
    let heir = claimed(&inbox, now).await;
    assert_eq!((heir.attempts, &heir.floor), (2, &floor(now, "new")));
    assert_eq!(inbox.depth().await.unwrap(), (0, 1, 0));
    inbox.close().await;
}

async fn three_claims_without_an_end_are_quarantine(place: &Place) {
    let inbox = place.open().await;
    let poison = Mark { floor: floor(1, "poison"), ..mark(1) };
    accept(&inbox, 1, std::slice::from_ref(&poison)).await;
    let mut now = 1;
    for attempt in 1..=3 {
        assert_eq!(claimed(&inbox, now).await.attempts, attempt);
        now = crash(place, now).await;
    }
    assert_eq!(claim(&inbox, now).await, None);
    assert_eq!(inbox.depth().await.unwrap(), (0, 0, 1));
    assert_eq!(inbox.next_due(at(now)).await.unwrap(), None);

    // Neither the same head nor a sweep nor an older head revives it.
    accept(&inbox, now, &[poison.clone(), mark(1), Mark { floor: floor(0, "older"), ..mark(1) }]).await;
    assert_eq!(claim(&inbox, now).await, None);
    assert_eq!(inbox.depth().await.unwrap(), (0, 0, 1));

    let cure = Mark { floor: floor(2, "cure"), ..mark(1) };
    accept(&inbox, now, std::slice::from_ref(&cure)).await;
    let claim = claimed(&inbox, now).await;
    assert_eq!((claim.attempts, claim.floor), (1, cure.floor));
    inbox.close().await;

    // Two ends of the process and a new head during the third run: the new head has three tries of its own.
    let inbox = place.open().await;
    accept(&inbox, now, &[Mark { task: Task::Pull(pull(2)), lane: Lane::Act, ..poison.clone() }]).await;
    for _ in 1..=3 {
        assert_eq!(number(&claimed(&inbox, now).await), 2);
        accept(&inbox, now, &[Mark { task: Task::Pull(pull(2)), floor: floor(now, "cure"), ..poison.clone() }]).await;
        now = crash(place, now).await;
    }
    assert_eq!(number(&claimed(&inbox, now).await), 2);
    inbox.close().await;
}

async fn a_task_without_a_head_is_revived_by_an_event(place: &Place) {
    let inbox = place.open().await;
    let repository = Task::Repository { installation: InstallationId(7), repository: RepositoryId(70) };
    let event = Mark { task: repository, ..mark(0) };
    accept(&inbox, 1, std::slice::from_ref(&event)).await;
    let mut now = 1;
    for _ in 1..=3 {
        claimed(&inbox, now).await;
        now = crash(place, now).await;
    }
    accept(&inbox, now, &[Mark { lane: Lane::Sweep, ..event.clone() }]).await;
    assert_eq!(claim(&inbox, now).await, None);
    assert_eq!(inbox.depth().await.unwrap(), (0, 0, 1));
    accept(&inbox, now, &[event]).await;
    assert_eq!(claimed(&inbox, now).await.attempts, 1);
    inbox.close().await;
}

async fn a_retry_is_an_end(place: &Place) {
    let inbox = place.open().await;
    accept(&inbox, 1, &[mark(1)]).await;
    let mut now = 1;
    for round in 1..=3 {
        for _ in 0..2 {
            claimed(&inbox, now).await;
            now = crash(place, now).await;
        }
        let claim = claimed(&inbox, now).await;
        assert_eq!(claim.attempts, round * 3);
        inbox.retry(&claim, at(now), "GitHub answered 502").await.unwrap();
    }
    assert_eq!(inbox.depth().await.unwrap(), (1, 0, 0));
    inbox.close().await;
}

async fn next_due_counts_everything_in(place: &Place) {
    let inbox = place.open().await;
    assert_eq!(inbox.next_due(at(0)).await.unwrap(), None);
    accept(&inbox, 0, &[Mark { due: at(-5), ..mark(1) }, Mark { due: at(50), ..mark(2) }]).await;
    assert_eq!(inbox.next_due(at(0)).await.unwrap(), Some(at(-5)));
    let claim = claimed(&inbox, 0).await;
    accept(&inbox, 1, &[mark(1)]).await;
    // What runs is not due; but whoever runs it may have died by the end of the lease.
    let lease = inbox.next_due(at(0)).await.unwrap().unwrap();
    assert!((lease - at(30)).abs() < TimeDelta::seconds(5), "{lease}");
    inbox.done(&claim).await.unwrap();
    assert_eq!(inbox.next_due(at(1)).await.unwrap(), Some(at(0)));
    inbox.pause(InstallationId(7), at(70)).await.unwrap();
    assert_eq!(inbox.next_due(at(1)).await.unwrap(), Some(at(70)));
    inbox.close().await;
}

/// Long enough for a wake-up that comes, and well before a process looks by itself.
const WAKE: Duration = Duration::from_secs(4);

async fn no_wake_up_is_lost(place: &Place) {
    let inbox = place.open().await;
    // Between the claim and the wait.
    assert_eq!(claim(&inbox, 1).await, None);
    accept(&inbox, 1, &[mark(1), mark(2)]).await;
    tokio::time::timeout(WAKE, inbox.changed()).await.expect("woken by accept");
    // One worker takes a task: the next is woken for the other.
    let first = claimed(&inbox, 1).await;
    tokio::time::timeout(WAKE, inbox.changed()).await.expect("woken by a claim");
    let second = claimed(&inbox, 1).await;
    tokio::time::timeout(WAKE, inbox.changed()).await.expect("woken by a claim");
    assert_eq!(claim(&inbox, 1).await, None);
    // The end of a run may make room for the next one of the same task.
    inbox.done(&first).await.unwrap();
    tokio::time::timeout(WAKE, inbox.changed()).await.expect("woken by an end");
    inbox.retry(&second, at(1), "again").await.unwrap();
    tokio::time::timeout(WAKE, inbox.changed()).await.expect("woken by an end");

    if place.is_postgres() {
        let other = place.open().await;
        other.accept(None, &[mark(3)], at(1)).await.unwrap();
        tokio::time::timeout(WAKE, inbox.changed()).await.expect("woken by another process");
        other.close().await;
    }
    inbox.close().await;
}

async fn parallel_claims_get_different_tasks(place: &Place) {
    let inbox = place.open().await;
    let marks: Vec<Mark> = (1..=104).map(mark).collect();
    accept(&inbox, 1, &marks).await;
    // Two processes where they may share the database.
    let other = if place.is_postgres() { place.open().await } else { inbox.clone() };
    let workers = (0..4).map(|worker| {
        let inbox = if worker % 2 == 0 { inbox.clone() } else { other.clone() };
        tokio::spawn(async move {
            let mut taken = Vec::new();
            for _ in 0..26 {
                let claim = inbox.claim(&format!("worker {worker}"), at(1)).await.unwrap();
                taken.extend(claim.as_ref().map(number));
            }
            taken
        })
    });
    let taken: Vec<u64> = futures::future::join_all(workers).await.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(taken.len(), 104);
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>(), (1..=104).collect());
    assert_eq!(inbox.depth().await.unwrap(), (0, 104, 0));
    other.close().await;
    inbox.close().await;
}

async fn closing_gives_leases_back(place: &Place) {
    let inbox = place.open().await;
    accept(&inbox, 1, &[mark(1), mark(2)]).await;
    let ended = claimed(&inbox, 1).await;
    claimed(&inbox, 1).await;
    inbox.done(&ended).await.unwrap();
    inbox.close().await;
    let inbox = place.open().await;
    assert_eq!(inbox.depth().await.unwrap(), (1, 0, 0));
    assert_eq!(claimed(&inbox, 1).await.attempts, 1);
    inbox.close().await;
}

async fn a_delivery_is_taken_in_once(place: &Place) {
    let inbox = place.open().await;
    inbox.accept(Some("guid-1"), &[mark(1)], at(1)).await.unwrap();
    let claim = claimed(&inbox, 1).await;
    inbox.done(&claim).await.unwrap();
    inbox.accept(Some("guid-1"), &[mark(1)], at(2)).await.unwrap();
    assert_eq!(inbox.depth().await.unwrap(), (0, 0, 0));
    inbox.accept(Some("guid-2"), &[mark(1)], at(2)).await.unwrap();
    inbox.accept(None, &[mark(2)], at(2)).await.unwrap();
    inbox.accept(None, &[mark(3)], at(2)).await.unwrap();
    assert_eq!(inbox.depth().await.unwrap(), (3, 0, 0));
    inbox.close().await;
}

async fn old_deliveries_are_purged(place: &Place) {
    const DAY: i64 = 86_400;
    let inbox = place.open().await;
    for day in 0..4 {
        inbox.accept(Some(&format!("day {day}")), &[], at(day * DAY)).await.unwrap();
    }
    inbox.close().await;
    let inbox = place.open().await;
    inbox.accept(Some("now"), &[], at(4 * DAY + 1)).await.unwrap();
    assert_eq!(place.list("SELECT id FROM deliveries ORDER BY at").await, ["day 2", "day 3", "now"]);
    inbox.close().await;
}

async fn all_marks_or_none(place: &Place) {
    let inbox = place.open().await;
    place.break_table("reviews").await;
    let whole = [mark(1), Mark { review: Some(review(1, None)), ..mark(2) }, mark(3)];
    assert!(matches!(inbox.accept(Some("guid"), &whole, at(1)).await, Err(StoreError::Database(_))));
    assert_eq!(inbox.depth().await.unwrap(), (0, 0, 0));
    // Nor is the delivery remembered: it may come again.
    inbox.accept(Some("guid"), &[mark(1)], at(1)).await.unwrap();
    assert_eq!(inbox.depth().await.unwrap(), (1, 0, 0));
    inbox.close().await;
}

async fn a_failed_write_takes_no_other_with_it(place: &Place) {
    let inbox = place.open().await;
    place.break_table("reviews").await;
    let outcomes = futures::future::join_all((0..20).map(|n| {
        let inbox = inbox.clone();
        let review = (n % 2 == 0).then(|| review(n, None));
        async move { inbox.accept(None, &[Mark { review, ..mark(n) }], at(1)).await.is_ok() }
    }))
    .await;
    let fine: Vec<bool> = (0..20).map(|n| n % 2 == 1).collect();
    assert_eq!(outcomes, fine);
    assert_eq!(inbox.depth().await.unwrap(), (10, 0, 0));
    inbox.close().await;
}

async fn snapshots_only_get_newer(place: &Place) {
    let inbox = place.open().await;
    assert_eq!(inbox.snapshot(&pull(1)).await.unwrap(), None);
    inbox.save_snapshot(&pull(1), &snapshot(10, "new")).await.unwrap();
    inbox.save_snapshot(&pull(1), &snapshot(5, "old")).await.unwrap();
    accept(&inbox, 11, &[Mark { snapshot: Some(snapshot(9, "older payload")), ..mark(1) }]).await;
    assert_eq!(inbox.snapshot(&pull(1)).await.unwrap(), Some(snapshot(10, "new")));
    accept(&inbox, 12, &[Mark { snapshot: Some(snapshot(10, "equally old")), ..mark(1) }]).await;
    assert_eq!(inbox.snapshot(&pull(1)).await.unwrap(), Some(snapshot(10, "equally old")));
    // What else is said of a pull request neither needs a snapshot nor stands in the way of the first.
    inbox.set_reviews_complete(&pull(2)).await.unwrap();
    assert_eq!(inbox.snapshot(&pull(2)).await.unwrap(), None);
    inbox.save_snapshot(&pull(2), &snapshot(1, "first")).await.unwrap();
    assert_eq!(inbox.snapshot(&pull(2)).await.unwrap(), Some(snapshot(1, "first")));
    assert!(inbox.reviews_complete(&pull(2)).await.unwrap());
    assert!(!inbox.reviews_complete(&pull(1)).await.unwrap());
    assert!(!inbox.reviews_complete(&pull(3)).await.unwrap());
    inbox.close().await;
}

async fn pull_requests_are_found_by_their_head(place: &Place) {
    let inbox = place.open().await;
    let (installation, repository) = (InstallationId(7), RepositoryId(70));
    for number in [12, 3, 5] {
        inbox.save_snapshot(&pull(number), &snapshot(1, "shared")).await.unwrap();
    }
    inbox.save_snapshot(&pull(4), &snapshot(1, "other")).await.unwrap();
    let closed = Snapshot { open: false, ..snapshot(2, "shared") };
    inbox.save_snapshot(&pull(5), &closed).await.unwrap();
    let found = inbox.pulls_with_head(installation, repository, "shared").await.unwrap();
    assert_eq!(found, [pull(3), pull(12)]);
    inbox.save_snapshot(&pull(3), &snapshot(3, "moved on")).await.unwrap();
    assert_eq!(inbox.pulls_with_head(installation, repository, "shared").await.unwrap(), [pull(12)]);
    assert_eq!(inbox.pulls_with_head(installation, RepositoryId(71), "shared").await.unwrap(), []);
    inbox.close().await;
}

async fn reviews_stay_as_first_seen(place: &Place) {
    let inbox = place.open().await;
    inbox.save_reviews(&pull(1), &[review(20, Some(ActKind::Approved)), review(3, None)]).await.unwrap();
    let moved = SeenReview {
        commit: Some("moved forward by GitHub".into()),
        login: "renamed".into(),
        bot: true,
        submitted_at: None,
        ..review(20, Some(ActKind::Dismissed))
    };
    accept(&inbox, 1, &[Mark { review: Some(moved), ..mark(1) }]).await;
    let seen = inbox.reviews(&pull(1)).await.unwrap();
    assert_eq!(seen, [review(3, None), review(20, Some(ActKind::Dismissed))]);
    let bare = SeenReview { commit: None, submitted_at: None, bot: true, ..review(4, Some(ActKind::ChangesRequested)) };
    inbox.save_reviews(&pull(2), std::slice::from_ref(&bare)).await.unwrap();
    assert_eq!(inbox.reviews(&pull(2)).await.unwrap(), [bare]);
    inbox.close().await;
}

async fn a_dismissal_is_final(place: &Place) {
    let inbox = place.open().await;
    inbox.save_reviews(&pull(1), &[review(1, Some(ActKind::Dismissed))]).await.unwrap();
    // The delivery of the approval is sent again.
    accept(&inbox, 1, &[Mark { review: Some(review(1, Some(ActKind::Approved))), ..mark(1) }]).await;
    assert_eq!(inbox.reviews(&pull(1)).await.unwrap(), [review(1, Some(ActKind::Dismissed))]);
    inbox.close().await;
}

async fn sign_offs_stay_as_recorded(place: &Place) {
    let inbox = place.open().await;
    let sign_off = |review_id, fingerprint: &str| SignOff {
        review_id,
        login: "maria".into(),
        rule: "crossing".into(),
        fingerprint: fingerprint.into(),
        head: "aaaa".into(),
        at: at(1),
    };
    inbox.save_sign_offs(&pull(1), &[sign_off(2, "f1"), sign_off(1, "f2"), sign_off(1, "f1")]).await.unwrap();
    let later = SignOff { head: "bbbb".into(), at: at(9), ..sign_off(1, "f1") };
    inbox.save_sign_offs(&pull(1), &[later]).await.unwrap();
    let recorded = inbox.sign_offs(&pull(1)).await.unwrap();
    assert_eq!(recorded, [sign_off(1, "f1"), sign_off(1, "f2"), sign_off(2, "f1")]);
    assert_eq!(inbox.sign_offs(&pull(2)).await.unwrap(), []);
    inbox.close().await;
}

fn judgement(head: &str, path: &str) -> Judgement {
    let mut file = File::new(path, FileStatus::Modified);
    file.head_blob = Some("b1".into());
    file.base_blob = Some("b0".into());
    Judgement {
        head: head.into(),
        base_tip: "tip".into(),
        merge_base: "merge base".into(),
        rules_digest: String::new(),
        facts: Facts::of_files(vec![file]),
        review: empty_review(),
        at: at(3),
    }
}

async fn judgements_are_kept_by_head(place: &Place) {
    let inbox = place.open().await;
    let (first, other) = (judgement("aaaa", "a.rs"), judgement("bbbb", "b.rs"));
    inbox.save_judgement(&pull(1), &first).await.unwrap();
    inbox.save_judgement(&pull(1), &other).await.unwrap();
    let again = Judgement { base_tip: "newer tip".into(), at: at(9), ..judgement("aaaa", "c.rs") };
    inbox.save_judgement(&pull(1), &again).await.unwrap();
    assert_eq!(inbox.judgement(&pull(1), "aaaa").await.unwrap(), Some(again));
    assert_eq!(inbox.judgement(&pull(1), "bbbb").await.unwrap(), Some(other));
    assert_eq!(inbox.judgement(&pull(1), "cccc").await.unwrap(), None);
    assert_eq!(inbox.judgement(&pull(2), "aaaa").await.unwrap(), None);
    inbox.close().await;
}

fn comment(id: u64, hash: &str) -> ShownComment {
    ShownComment { id, hash: hash.into(), seen_at: at(1) }
}

fn check(id: u64, head: &str) -> ShownCheck {
    ShownCheck {
        id,
        head: head.into(),
        hash: format!("hash of {id}"),
        conclusion: Some("action_required".into()),
        seen_at: at(1),
    }
}

fn request(handle: &str, state: RequestState) -> ShownRequest {
    ShownRequest {
        handle: Handle::new(handle),
        state,
        why: None,
        at: at(1),
        fingerprints: BTreeSet::from(["f1".to_owned(), "f2".to_owned()]),
    }
}

fn intent(kind: IntentKind) -> Intent {
    Intent { id: 0, kind, head: Some("aaaa".into()), hash: "sent".into(), at: at(1) }
}

async fn what_is_shown_is_known_until_in_doubt(place: &Place) {
    let inbox = place.open().await;
    let key = pull(1);
    inbox.save_snapshot(&key, &snapshot(1, "aaaa")).await.unwrap();
    assert_eq!(inbox.shown(&key, "aaaa").await.unwrap(), Default::default());
    inbox.set_known(&key, None, None, &[]).await.unwrap();
    assert!(inbox.shown(&key, "aaaa").await.unwrap().known);

    inbox.doubt(&key).await.unwrap();
    assert!(!inbox.shown(&key, "aaaa").await.unwrap().known);
    let asked = [request("@ada", RequestState::Asked)];
    inbox.set_known(&key, Some(&comment(5, "h")), Some(&check(6, "aaaa")), &asked).await.unwrap();
    let shown = inbox.shown(&key, "aaaa").await.unwrap();
    assert_eq!((shown.comment, shown.check), (Some(comment(5, "h")), Some(check(6, "aaaa"))));
    assert_eq!(shown.requests, asked);
    assert_eq!((shown.intents, shown.known), (vec![], true));
    // A new head has no check yet, and that is known.
    let shown = inbox.shown(&key, "bbbb").await.unwrap();
    assert_eq!((shown.comment.map(|comment| comment.id), shown.check, shown.known), (Some(5), None, true));

    inbox.reset_check(&key, "aaaa").await.unwrap();
    let reset = inbox.shown(&key, "aaaa").await.unwrap().check.unwrap();
    assert_eq!(reset, ShownCheck { hash: String::new(), ..check(6, "aaaa") });

    // GitHub was asked, and there is nothing of ours.
    inbox.doubt(&key).await.unwrap();
    inbox.set_known(&key, None, None, &[]).await.unwrap();
    let shown = inbox.shown(&key, "aaaa").await.unwrap();
    assert_eq!((shown.comment, shown.check, shown.requests, shown.known), (None, None, vec![], true));
    inbox.close().await;
}

async fn an_open_intent_is_a_doubt(place: &Place) {
    let inbox = place.open().await;
    let key = pull(1);
    inbox.set_known(&key, None, None, &[]).await.unwrap();
    let id = inbox.intend(&key, &intent(IntentKind::CreateComment)).await.unwrap();
    inbox.close().await;

    let inbox = place.open().await;
    let shown = inbox.shown(&key, "aaaa").await.unwrap();
    assert_eq!(shown.intents, [Intent { id, ..intent(IntentKind::CreateComment) }]);
    assert!(!shown.known);
    // Another pull request is in no doubt.
    inbox.settle(&pull(2), id, &Outcome::NotDone).await.unwrap();
    assert_eq!(inbox.shown(&key, "aaaa").await.unwrap().intents.len(), 1);

    inbox.settle(&key, id, &Outcome::NotDone).await.unwrap();
    assert!(inbox.shown(&key, "aaaa").await.unwrap().known);
    // Asking GitHub answers the question too.
    inbox.intend(&key, &intent(IntentKind::UpdateCheck)).await.unwrap();
    inbox.set_known(&key, Some(&comment(5, "h")), None, &[]).await.unwrap();
    let shown = inbox.shown(&key, "aaaa").await.unwrap();
    assert_eq!((shown.intents, shown.known), (vec![], true));
    for kind in [
        IntentKind::CreateComment,
        IntentKind::UpdateComment,
        IntentKind::CreateCheck,
        IntentKind::UpdateCheck,
        IntentKind::Request,
        IntentKind::Withdraw,
    ] {
        let id = inbox.intend(&pull(3), &Intent { head: None, ..intent(kind) }).await.unwrap();
        let stored = inbox.shown(&pull(3), "aaaa").await.unwrap().intents;
        assert_eq!(stored, [Intent { id, head: None, ..intent(kind) }]);
        inbox.settle(&pull(3), id, &Outcome::NotDone).await.unwrap();
    }
    inbox.close().await;
}

async fn a_settled_intent_and_its_end_are_one(place: &Place) {
    let inbox = place.open().await;
    let key = pull(1);
    inbox.set_known(&key, None, None, &[]).await.unwrap();
    for (kind, outcome) in [
        (IntentKind::CreateCheck, Outcome::Check(check(6, "aaaa"))),
        (IntentKind::Request, Outcome::Requests(vec![request("@ada", RequestState::Asked)])),
    ] {
        let id = inbox.intend(&key, &intent(kind)).await.unwrap();
        inbox.settle(&key, id, &outcome).await.unwrap();
    }
    let shown = inbox.shown(&key, "aaaa").await.unwrap();
    assert_eq!(shown.check, Some(check(6, "aaaa")));
    assert_eq!(shown.requests, [request("@ada", RequestState::Asked)]);
    assert_eq!((shown.intents, shown.known), (vec![], true));

    place.break_table("comments").await;
    let id = inbox.intend(&key, &intent(IntentKind::CreateComment)).await.unwrap();
    assert!(inbox.settle(&key, id, &Outcome::Comment(comment(5, "h"))).await.is_err());
    let shown = inbox.shown(&key, "aaaa").await.unwrap();
    assert_eq!((shown.comment, shown.intents.len(), shown.known), (None, 1, false));
    inbox.close().await;
}

async fn a_late_end_leaves_a_doubt(place: &Place) {
    let inbox = place.open().await;
    let key = pull(1);
    let id = inbox.intend(&key, &intent(IntentKind::UpdateComment)).await.unwrap();
    inbox.set_known(&key, Some(&comment(5, "as read")), None, &[]).await.unwrap();
    inbox.settle(&key, id, &Outcome::NotDone).await.unwrap();
    assert!(inbox.shown(&key, "aaaa").await.unwrap().known);
    inbox.settle(&key, id, &Outcome::Comment(comment(5, "late"))).await.unwrap();
    let shown = inbox.shown(&key, "aaaa").await.unwrap();
    assert_eq!((shown.comment, shown.known), (Some(comment(5, "as read")), false));
    inbox.close().await;
}

async fn a_check_belongs_to_the_commit(place: &Place) {
    let inbox = place.open().await;
    inbox.save_snapshot(&pull(1), &snapshot(1, "shared")).await.unwrap();
    inbox.set_known(&pull(1), None, Some(&check(6, "shared")), &[]).await.unwrap();
    // A second pull request is opened with the same head: its check is there already.
    inbox.save_snapshot(&pull(2), &snapshot(1, "shared")).await.unwrap();
    inbox.set_known(&pull(2), None, None, &[]).await.unwrap();
    assert_eq!(inbox.shown(&pull(2), "shared").await.unwrap().check, Some(check(6, "shared")));
    let id = inbox.intend(&pull(2), &intent(IntentKind::UpdateCheck)).await.unwrap();
    let green = ShownCheck { conclusion: None, hash: "green".into(), ..check(6, "shared") };
    inbox.settle(&pull(2), id, &Outcome::Check(green.clone())).await.unwrap();
    assert_eq!(inbox.shown(&pull(1), "shared").await.unwrap().check, Some(green));
    inbox.close().await;
}

async fn requests_are_kept_by_handle(place: &Place) {
    let inbox = place.open().await;
    let key = pull(1);
    let settle = async |requests: &[ShownRequest]| {
        let id = inbox.intend(&key, &intent(IntentKind::Request)).await.unwrap();
        inbox.settle(&key, id, &Outcome::Requests(requests.to_vec())).await.unwrap();
        inbox.shown(&key, "aaaa").await.unwrap().requests
    };
    let (zoe, ada) = (request("@zoe", RequestState::Asked), request("@ada", RequestState::Asked));
    assert_eq!(settle(&[zoe.clone(), ada.clone()]).await, [ada.clone(), zoe.clone()]);
    // The same person in other letters, with another end: the rest stays as it was.
    let refused = ShownRequest { why: Some("no access".into()), ..request("@Ada", RequestState::Refused) };
    let stored = settle(std::slice::from_ref(&refused)).await;
    assert_eq!(stored, [refused, zoe]);
    assert_eq!(stored[0].handle.as_str(), "@Ada");
    for state in [RequestState::Withdrawn, RequestState::RemovedByPerson] {
        assert_eq!(settle(&[request("@ada", state)]).await[0].state, state);
    }
    inbox.close().await;
}

async fn teams_are_forgotten(place: &Place) {
    let inbox = place.open().await;
    let (seven, eight) = (InstallationId(7), InstallationId(8));
    let (payments, ledger) = (Handle::new("@acme/payments"), Handle::new("@acme/ledger"));
    let known = TeamMembers { members: Ok(BTreeSet::from(["ada".into(), "maria".into()])), read_at: at(1) };
    let none = TeamMembers { members: Err("acme has no team `ledger`".into()), read_at: at(2) };
    for installation in [seven, eight] {
        inbox.save_team(installation, &payments, &none).await.unwrap();
        inbox.save_team(installation, &payments, &known).await.unwrap();
        inbox.save_team(installation, &ledger, &none).await.unwrap();
    }
    assert_eq!(inbox.team(seven, &Handle::new("@ACME/Payments")).await.unwrap(), Some(known.clone()));
    assert_eq!(inbox.team(seven, &ledger).await.unwrap(), Some(none.clone()));
    inbox.forget_teams(seven, Some(&Handle::new("@Acme/payments"))).await.unwrap();
    assert_eq!(inbox.team(seven, &payments).await.unwrap(), None);
    assert_eq!(inbox.team(seven, &ledger).await.unwrap(), Some(none.clone()));
    inbox.forget_teams(seven, None).await.unwrap();
    assert_eq!(inbox.team(seven, &ledger).await.unwrap(), None);
    assert_eq!(inbox.team(eight, &payments).await.unwrap(), Some(known));
    assert_eq!(inbox.team(eight, &ledger).await.unwrap(), Some(none));
    inbox.close().await;
}

async fn tenants_are_kept_apart(place: &Place) {
    let inbox = place.open().await;
    let mine = pull(1);
    let theirs = PullKey { installation: InstallationId(8), ..mine };
    inbox.save_snapshot(&mine, &snapshot(1, "aaaa")).await.unwrap();
    inbox.save_reviews(&mine, &[review(1, None)]).await.unwrap();
    inbox.set_reviews_complete(&mine).await.unwrap();
    inbox.save_judgement(&mine, &judgement("aaaa", "a.rs")).await.unwrap();
    inbox.set_known(&mine, Some(&comment(5, "h")), Some(&check(6, "aaaa")), &[]).await.unwrap();
    assert_eq!(inbox.snapshot(&theirs).await.unwrap(), None);
    assert_eq!(inbox.reviews(&theirs).await.unwrap(), []);
    assert!(!inbox.reviews_complete(&theirs).await.unwrap());
    assert_eq!(inbox.judgement(&theirs, "aaaa").await.unwrap(), None);
    assert_eq!(inbox.shown(&theirs, "aaaa").await.unwrap(), Default::default());
    assert_eq!(inbox.pulls_with_head(InstallationId(8), RepositoryId(70), "aaaa").await.unwrap(), []);

    let installation = Installation { id: InstallationId(7), account_id: 99, account: "acme".into(), active: true };
    inbox.save_installation(&Installation { account: "old name".into(), ..installation.clone() }).await.unwrap();
    inbox.save_installation(&installation).await.unwrap();
    assert_eq!(inbox.installation(InstallationId(7)).await.unwrap(), Some(installation));
    assert_eq!(inbox.installation(InstallationId(8)).await.unwrap(), None);
    let repository =
        Repository { installation: InstallationId(7), id: RepositoryId(70), owner: "acme".into(), name: "shop".into() };
    inbox.save_repository(&Repository { name: "old name".into(), ..repository.clone() }).await.unwrap();
    inbox.save_repository(&repository).await.unwrap();
    assert_eq!(inbox.repository(InstallationId(7), RepositoryId(70)).await.unwrap(), Some(repository));
    assert_eq!(inbox.repository(InstallationId(8), RepositoryId(70)).await.unwrap(), None);
    inbox.close().await;
}

const HOSTILE: &str =
    "'; DROP TABLE marks; -- \" \\ $1 ? %s \u{0} \u{202e} \u{fffd} 🦀 \u{10ffff} ${x} {{y}} \r\n\t\u{7f}";

async fn hostile_text_comes_back_as_it_was(place: &Place) {
    let inbox = place.open().await;
    let key = PullKey {
        installation: InstallationId(u64::MAX),
        repository: RepositoryId(i64::MAX as u64 + 1),
        number: u64::MAX,
    };
    let hostile = Snapshot {
        title: HOSTILE.into(),
        labels: vec![HOSTILE.into(), "\\u0000".into()],
        base: HOSTILE.into(),
        ..snapshot(1, HOSTILE)
    };
    let new = Mark {
        task: Task::Pull(key),
        floor: Floor { review_id: Some(u64::MAX), base: Some(HOSTILE.into()), ..floor(1, HOSTILE) },
        snapshot: Some(hostile.clone()),
        ..mark(1)
    };
    inbox.accept(Some(HOSTILE), std::slice::from_ref(&new), at(1)).await.unwrap();
    inbox.accept(Some(HOSTILE), &[mark(1)], at(1)).await.unwrap();
    assert_eq!(inbox.snapshot(&key).await.unwrap(), Some(hostile));
    assert_eq!(inbox.pulls_with_head(key.installation, key.repository, HOSTILE).await.unwrap(), [key]);
    let claim = inbox.claim(HOSTILE, at(1)).await.unwrap().unwrap();
    assert_eq!((claim.task, &claim.floor), (new.task, &new.floor));
    assert!(inbox.heartbeat(&claim, at(1)).await.unwrap());
    inbox.retry(&claim, at(2), HOSTILE).await.unwrap();
    assert_eq!(inbox.depth().await.unwrap(), (1, 0, 0));

    let mut judged = judgement(HOSTILE, HOSTILE);
    judged.facts.title = Some(HOSTILE.into());
    judged.review.services = vec![HOSTILE.into()];
    inbox.save_judgement(&key, &judged).await.unwrap();
    assert_eq!(inbox.judgement(&key, HOSTILE).await.unwrap(), Some(judged));

    // PostgreSQL keeps no NUL in text: outside of JSON it becomes the replacement character on both.
    let seen = SeenReview { login: HOSTILE.into(), review_id: u64::MAX, ..review(1, None) };
    inbox.save_reviews(&key, &[seen, review(2, None)]).await.unwrap();
    let stored = inbox.reviews(&key).await.unwrap();
    assert_eq!(stored[1].login, HOSTILE.replace('\0', "\u{fffd}"));
    assert_eq!(stored[1].review_id, u64::MAX);
    let team = TeamMembers { members: Ok(BTreeSet::from([HOSTILE.to_owned()])), read_at: at(1) };
    inbox.save_team(key.installation, &Handle::new(HOSTILE), &team).await.unwrap();
    assert_eq!(inbox.team(key.installation, &Handle::new(HOSTILE)).await.unwrap(), Some(team));
    inbox.close().await;
}

async fn large_payloads_are_kept(place: &Place) {
    let inbox = place.open().await;
    let large = Snapshot { title: "€".repeat(2_000_000), ..snapshot(1, "aaaa") };
    accept(&inbox, 1, &[Mark { snapshot: Some(large.clone()), ..mark(1) }]).await;
    assert!(inbox.snapshot(&pull(1)).await.unwrap() == Some(large));
    let marks: Vec<Mark> = (0..3000).map(mark).collect();
    accept(&inbox, 2, &marks).await;
    assert_eq!(inbox.depth().await.unwrap(), (3000, 0, 0));
    let claim = claimed(&inbox, 3).await;
    inbox.retry(&claim, at(9), &"why ".repeat(100_000)).await.unwrap();
    inbox.close().await;
}

async fn the_store_answers_a_ping(place: &Place) {
    let inbox = place.open().await;
    inbox.ping().await.unwrap();
    inbox.ping().await.unwrap();
    place.break_table("meta").await;
    assert!(inbox.ping().await.is_err(), "it takes no write");
    inbox.close().await;
}

async fn newer_tables_are_left_alone(place: &Place) {
    place.open().await.close().await;
    place
        .sql(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (99, 'of a newer server', true, '', 0)",
        )
        .await;
    let inbox = place.open().await;
    accept(&inbox, 1, &[mark(1)]).await;
    inbox.close().await;
}

async fn edited_tables_are_refused(place: &Place) {
    place.open().await.close().await;
    place.sql("UPDATE _sqlx_migrations SET checksum = ''").await;
    let error = Inbox::open(&place.url).await.unwrap_err().to_string();
    assert!(error.starts_with("the tables of the store cannot be brought up to date (migration 1 "), "{error}");
}

async fn the_store_does_what_a_naive_model_does(place: &Place) {
    model::compare(place).await;
}

/// Both engines have the same tables and columns, those of later chapters among them.
#[tokio::test]
async fn both_engines_have_the_same_tables() {
    let sqlite = Place::sqlite();
    sqlite.open().await.close().await;
    let mut tables = sqlite
        .list(
            "SELECT t.name || '.' || c.name || CASE WHEN c.\"notnull\" OR c.pk THEN ' not null' ELSE '' END
             FROM sqlite_schema t, pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE '\\_%' ESCAPE '\\'",
        )
        .await;
    tables.sort();
    assert!(tables.contains(&"acts.line not null".to_owned()), "{tables:?}");
    let Some(postgres) = Place::postgres().await else { return };
    postgres.open().await.close().await;
    let mut other = postgres
        .list(
            "SELECT table_name || '.' || column_name || CASE WHEN is_nullable = 'NO' THEN ' not null' ELSE '' END
             FROM information_schema.columns WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_%'",
        )
        .await;
    other.sort();
    assert_eq!(tables, other);
    postgres.remove().await;
}

/// What only SQLite has: one process, one file, group commit.
mod sqlite_alone {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};

    use super::*;

    /// A copy of the files at this moment is what a power cut leaves.
    async fn after_power_cut(place: &Place) -> (Place, Inbox) {
        let copy = Place::sqlite();
        for name in ["store.db", "store.db-wal"] {
            std::fs::copy(place.folder().join(name), copy.folder().join(name)).unwrap();
        }
        let inbox = copy.open().await;
        (copy, inbox)
    }

    #[tokio::test]
    async fn a_start_voids_all_leases() {
        let first = Place::sqlite();
        let inbox = first.open().await;
        accept(&inbox, 1, &[mark(1), mark(2)]).await;
        inbox.release(&claimed(&inbox, 1).await).await.unwrap();
        let mut held = vec![(first, inbox)];
        for attempt in 1..=3 {
            let (place, inbox) = held.last().unwrap();
            // No time passes: what ends the leases is the start.
            assert_eq!(claimed(inbox, 1).await.attempts, attempt);
            let restarted = after_power_cut(place).await;
            held.push(restarted);
        }
        let (_, inbox) = held.last().unwrap();
        assert_eq!(inbox.depth().await.unwrap(), (1, 0, 1));
        for (_, inbox) in &held {
            inbox.close().await;
        }
    }

    #[tokio::test]
    async fn writes_that_wait_share_a_transaction() {
        let place = Place::sqlite();
        let inbox = place.open().await;
        let before = inbox.commits();
        futures::future::join_all((0..100).map(|n| {
            let inbox = inbox.clone();
            async move { accept(&inbox, 1, &[mark(n)]).await }
        }))
        .await;
        let transactions = inbox.commits() - before;
        assert!((1..=5).contains(&transactions), "{transactions} transactions for 100 marks");
        assert_eq!(inbox.depth().await.unwrap(), (100, 0, 0));
        let (_, copy) = after_power_cut(&place).await;
        assert_eq!(copy.depth().await.unwrap(), (100, 0, 0), "acknowledged is durable");
        copy.close().await;
        inbox.close().await;
    }

    #[tokio::test]
    async fn more_writes_than_may_wait() {
        let place = Place::sqlite();
        let inbox = place.open().await;
        futures::future::join_all((0..3000).map(|n| {
            let inbox = inbox.clone();
            async move { accept(&inbox, 1, &[mark(n)]).await }
        }))
        .await;
        assert_eq!(inbox.depth().await.unwrap(), (3000, 0, 0));
        inbox.close().await;
    }

    #[tokio::test]
    async fn closing_merges_the_log_into_the_file() {
        let place = Place::sqlite();
        let inbox = place.open().await;
        assert_eq!(place.list("PRAGMA journal_mode").await, ["wal"]);
        inbox.close().await;
        assert!(!place.folder().join("store.db-wal").exists());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_reads_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let place = Place::sqlite();
        let inbox = place.open().await;
        accept(&inbox, 1, &[mark(1)]).await;
        for name in ["store.db", "store.db-wal", "store.db.lock"] {
            let mode = std::fs::metadata(place.folder().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        inbox.close().await;
    }

    #[tokio::test]
    async fn memory_is_a_store_too() {
        let inbox = Inbox::open("sqlite::memory:").await.unwrap();
        let other = Inbox::open("sqlite::memory:").await.unwrap();
        accept(&inbox, 1, &[mark(1)]).await;
        assert_eq!(inbox.depth().await.unwrap(), (1, 0, 0));
        assert_eq!(other.depth().await.unwrap(), (0, 0, 0));
        assert!(claim(&inbox, 1).await.is_some());
        inbox.close().await;
        other.close().await;
    }

    fn told(place: &Place, error: &StoreError) -> String {
        error.to_string().replace(&place.folder().display().to_string(), "DIR")
    }

    #[tokio::test]
    async fn a_second_process_is_refused() {
        let place = Place::sqlite();
        let inbox = place.open().await;
        let error = Inbox::open(&place.url).await.unwrap_err();
        insta::assert_snapshot!(told(&place, &error), @"DIR/store.db is in use by another process, which holds DIR/store.db.lock: a SQLite file belongs to one server. Stop that one, or name another file in DATABASE_URL; several servers share a PostgreSQL database");
        inbox.close().await;
        place.open().await.close().await;
    }

    #[tokio::test]
    async fn addresses_that_cannot_be_used_say_why() {
        let place = Place::sqlite();
        let folder = place.folder().display();
        let mut said = Vec::new();
        for url in [
            "mysql://localhost".to_owned(),
            format!("sqlite://{folder}/missing/store.db"),
            format!("sqlite://{folder}"),
        ] {
            let error = Inbox::open(&url).await.unwrap_err();
            assert!(matches!(error, StoreError::Address(_)), "{error:?}");
            said.push(told(&place, &error));
        }
        insta::assert_snapshot!(said.join("\n"), @r"
        DATABASE_URL has to begin with sqlite:// or postgres://, as in sqlite://merestone.db
        the folder DIR/missing of the database file DIR/missing/store.db does not exist: create it, or name another file in DATABASE_URL
        DIR cannot be opened for writing (Is a directory (os error 21)): check its permissions, or name another file in DATABASE_URL
        ");
    }

    const CHILD: &str = "MERESTONE_TEST_CHILD";

    /// Not a test of its own: the process that the next one kills.
    #[tokio::test]
    async fn child() {
        let Ok(url) = std::env::var(CHILD) else { return };
        let inbox = Inbox::open(&url).await.unwrap();
        accept(&inbox, 1, &[mark(1), mark(2)]).await;
        claimed(&inbox, 1).await;
        println!("ready");
        let _ = std::io::stdin().read(&mut [0]);
    }

    #[tokio::test]
    async fn the_lock_dies_with_the_process_and_the_marks_do_not() {
        let place = Place::sqlite();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "inbox::sqlite_alone::child", "--nocapture"])
            .env(CHILD, &place.url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.map_while(Result::ok).any(|line| line.ends_with("ready")));
        assert!(Inbox::open(&place.url).await.is_err(), "the child has the file");
        child.kill().unwrap();
        child.wait().unwrap();
        let inbox = place.open().await;
        assert_eq!(inbox.depth().await.unwrap(), (2, 0, 0));
        assert_eq!(claimed(&inbox, 1).await.attempts + claimed(&inbox, 1).await.attempts, 3);
        inbox.close().await;
    }
}

/// What only PostgreSQL has.
mod postgres_alone {
    use super::*;

    #[tokio::test]
    async fn a_database_that_forgets_is_refused() {
        let Some(place) = Place::postgres().await else { return };
        let error = Inbox::open(&format!("{}%20-csynchronous_commit%3Doff", place.url)).await.unwrap_err();
        insta::assert_snapshot!(error.to_string(), @"this PostgreSQL database has synchronous_commit = off: a webhook would be acknowledged and lost with the power. Set it to on, for the database or for the role that Merestone uses");
        place.remove().await;
    }

    #[tokio::test]
    async fn servers_that_start_together_wait_for_each_other() {
        let Some(place) = Place::fresh_postgres().await else { return };
        let opened = futures::future::join_all((0..4).map(|_| Inbox::open(&place.url))).await;
        for inbox in opened {
            inbox.unwrap().close().await;
        }
        place.remove().await;
    }

    /// A start does not take another server's tasks away.
    #[tokio::test]
    async fn a_start_leaves_the_leases_of_others() {
        let Some(place) = Place::postgres().await else { return };
        let inbox = place.open().await;
        accept(&inbox, 1, &[mark(1)]).await;
        let held = claimed(&inbox, 1).await;
        let other = place.open().await;
        assert_eq!(claim(&other, 1).await, None);
        assert!(inbox.current(&held, at(1)).await.unwrap());
        // Clocks of servers differ; leases live by the database's.
        assert!(inbox.heartbeat(&held, at(100_000)).await.unwrap());
        assert_eq!(claim(&other, 100_000).await, None);
        // A newer mark that another server took in is seen.
        accept(&other, 2, &[mark(1)]).await;
        assert!(!inbox.current(&held, at(2)).await.unwrap());
        other.close().await;
        inbox.close().await;
        place.remove().await;
    }

    /// Marks, claims and ends of several servers at once: nothing waits for each other crosswise and nothing is lost.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn servers_work_side_by_side() {
        let Some(place) = Place::postgres().await else { return };
        let servers = [place.open().await, place.open().await];
        let mut tasks = Vec::new();
        for server in &servers {
            for turn in 0..3_u64 {
                let inbox = server.clone();
                tasks.push(tokio::spawn(async move {
                    for round in 0..8_u64 {
                        let mut marks: Vec<Mark> = (0..8).map(|n| mark((n * 3 + turn + round) % 8)).collect();
                        if turn == 1 {
                            marks.reverse();
                        }
                        accept(&inbox, 1, &marks).await;
                    }
                }));
                let inbox = server.clone();
                tasks.push(tokio::spawn(async move {
                    for round in 0..20 {
                        let Some(claim) = claim(&inbox, 1).await else { continue };
                        match round % 3 {
                            0 => inbox.done(&claim).await.unwrap(),
                            1 => inbox.retry(&claim, at(1), "again").await.unwrap(),
                            _ => inbox.release(&claim).await.unwrap(),
                        }
                    }
                }));
            }
        }
        for task in tasks {
            task.await.unwrap();
        }
        let inbox = &servers[0];
        while let Some(claim) = claim(inbox, 2).await {
            inbox.done(&claim).await.unwrap();
        }
        assert_eq!(inbox.depth().await.unwrap(), (0, 0, 0));
        for server in servers {
            server.close().await;
        }
        place.remove().await;
    }
}

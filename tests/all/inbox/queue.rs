//! Marks, claims and their ends.

use std::collections::BTreeSet;
use std::time::Duration;

use super::place::Place;
use super::{accept, at, claim, claimed, crash, floor, mark, number, pull, review, snapshot};
use chrono::TimeDelta;
use merestone::ids::{InstallationId, RepositoryId};
use merestone::inbox::{Floor, Lane, Mark, Overtaken, StoreError, Task};
use merestone::pull::Snapshot;
use merestone::review::ActKind;

pub(super) async fn what_was_accepted_outlives_the_process(place: &Place) {
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

pub(super) async fn a_hundred_marks_of_one_pull_request_are_one_task(place: &Place) {
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

pub(super) async fn lanes_go_first_and_then_the_newest_event(place: &Place) {
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

pub(super) async fn a_sweep_makes_no_event_newer(place: &Place) {
    let inbox = place.open().await;
    accept(&inbox, 1, &[mark(1)]).await;
    accept(&inbox, 2, &[mark(2)]).await;
    accept(&inbox, 3, &[Mark { lane: Lane::Sweep, ..mark(1) }]).await;
    assert_eq!(number(&claimed(&inbox, 4).await), 2);
    inbox.close().await;
}

pub(super) async fn an_older_payload_moves_nothing_back(place: &Place) {
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

    // Of two that are equally old and differ nobody knows which is the newer, and a third of that second does not tell.
    accept(&inbox, 7, &[floored(floor(10, "other")), floored(floor(10, "new")), floored(floor(10, "new"))]).await;
    inbox.done(&claim).await.unwrap();
    let claim = claimed(&inbox, 8).await;
    assert_eq!(claim.floor, Floor { head: None, base: None, review_id: Some(30), ..floor(10, "") });
    accept(&inbox, 9, &[floored(floor(11, "newest"))]).await;
    inbox.done(&claim).await.unwrap();
    assert_eq!(claimed(&inbox, 10).await.floor, Floor { review_id: Some(30), ..floor(11, "newest") });
    inbox.close().await;
}

pub(super) async fn the_earliest_due_time_stays(place: &Place) {
    let inbox = place.open().await;
    accept(&inbox, 1, &[Mark { due: at(50), ..mark(1) }]).await;
    accept(&inbox, 2, &[Mark { due: at(30), ..mark(1) }]).await;
    accept(&inbox, 3, &[Mark { due: at(40), ..mark(1) }]).await;
    assert_eq!(claim(&inbox, 29).await, None);
    assert_eq!(inbox.next_due(at(29)).await.unwrap(), Some(at(30)));
    assert!(claim(&inbox, 30).await.is_some());
    inbox.close().await;
}

pub(super) async fn back_off_outlives_an_event(place: &Place) {
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

pub(super) async fn a_pause_outlives_an_event(place: &Place) {
    let inbox = place.open().await;
    inbox.pause(InstallationId(7), at(60)).await.unwrap();
    accept(&inbox, 1, &[Mark { lane: Lane::Act, ..mark(1) }]).await;
    assert_eq!(claim(&inbox, 59).await, None);
    assert_eq!(inbox.next_due(at(2)).await.unwrap(), Some(at(60)));
    assert!(claim(&inbox, 60).await.is_some());
    inbox.close().await;
}

pub(super) async fn a_pause_is_of_one_installation_and_never_shortened(place: &Place) {
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

pub(super) async fn one_at_a_time(place: &Place) {
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

pub(super) async fn a_mark_during_the_run_takes_floor_and_back_off_along(place: &Place) {
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

pub(super) async fn a_released_task_was_never_tried(place: &Place) {
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

pub(super) async fn a_lost_claim_changes_nothing(place: &Place) {
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

pub(super) async fn an_ended_lease_is_taken_over(place: &Place) {
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

pub(super) async fn three_claims_without_an_end_are_quarantine(place: &Place) {
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

    // Whenever a new head comes, during a run or between two, it has three tries of its own.
    let mut inbox = place.open().await;
    let other = |seconds| Mark { lane: Lane::Act, floor: floor(seconds, &format!("head at {seconds}")), ..mark(2) };
    accept(&inbox, now, &[other(now)]).await;
    for _ in 1..=3 {
        assert_eq!(number(&claimed(&inbox, now).await), 2);
        accept(&inbox, now, &[other(now)]).await;
        now = crash(place, now).await;
    }
    for _ in 1..=3 {
        accept(&inbox, now, &[other(now)]).await;
        for _ in 1..=2 {
            assert_eq!(number(&claimed(&inbox, now).await), 2);
            now = crash(place, now).await;
        }
        // Given back by the close, it waits with two claims that had no end.
        assert_eq!(number(&claimed(&inbox, now).await), 2);
        inbox.close().await;
        inbox = place.open().await;
    }
    inbox.close().await;
}

pub(super) async fn what_is_in_quarantine_is_told_apart_and_let_go_when_it_is_closed(place: &Place) {
    let inbox = place.open().await;
    let both = [Task::Pull(pull(1)), Task::Pull(pull(2))];
    accept(&inbox, 1, &[mark(2)]).await;
    let mut now = 1;
    for _ in 1..=3 {
        claimed(&inbox, now).await;
        now = crash(place, now).await;
    }
    assert_eq!(claim(&inbox, now).await, None);
    let stuck = Overtaken { until: None, stuck: vec![Task::Pull(pull(2))] };
    assert_eq!(inbox.overtaken(&both, at(now)).await.unwrap(), stuck);
    let closed = Snapshot { open: false, ..snapshot(2, "aaaa") };
    accept(&inbox, now, &[Mark { snapshot: Some(closed), ..mark(2) }]).await;
    assert!(inbox.overtaken(&both, at(now)).await.unwrap().stuck.is_empty());
    assert_eq!(claimed(&inbox, now).await.attempts, 1);
    inbox.close().await;
}

pub(super) async fn a_task_without_a_head_is_revived_by_an_event(place: &Place) {
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
    for attempt in 1..=3 {
        assert_eq!(claimed(&inbox, now).await.attempts, attempt);
        now = crash(place, now).await;
    }
    inbox.close().await;
}

pub(super) async fn a_retry_is_an_end(place: &Place) {
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

pub(super) async fn what_is_due_later_waits_and_comes_at_once_with_an_event(place: &Place) {
    let inbox = place.open().await;
    accept(&inbox, 1, &[Mark { floor: floor(1, "aaaa"), lane: Lane::Act, ..mark(1) }]).await;
    let failed = claimed(&inbox, 1).await;
    inbox.retry(&failed, at(2), "GitHub did not answer").await.unwrap();
    let first = claimed(&inbox, 2).await;
    inbox.done_until(&first, at(3600)).await.unwrap();
    assert_eq!(claim(&inbox, 3599).await, None);
    assert_eq!(inbox.next_due(at(2)).await.unwrap(), Some(at(3600)));
    // An event in between comes at once, and nothing waits behind it that would keep it from turning a check green.
    accept(&inbox, 5, &[Mark { floor: floor(5, "bbbb"), ..mark(1) }]).await;
    let second = claimed(&inbox, 5).await;
    assert_eq!((second.floor.clone(), second.lane, second.attempts), (floor(5, "bbbb"), Lane::Event, 1));
    assert!(inbox.current(&second, at(5)).await.unwrap());
    // One during the run comes before what is due later.
    accept(&inbox, 6, &[mark(1)]).await;
    inbox.done_until(&second, at(3600)).await.unwrap();
    let third = claimed(&inbox, 6).await;
    inbox.done_until(&third, at(3600)).await.unwrap();
    assert_eq!(inbox.depth().await.unwrap(), (1, 0, 0));
    let fourth = claimed(&inbox, 3600).await;
    inbox.done(&fourth).await.unwrap();
    inbox.done_until(&third, at(4000)).await.unwrap();
    assert_eq!(inbox.next_due(at(3600)).await.unwrap(), None, "a lost claim changes nothing");
    inbox.close().await;
}

pub(super) async fn next_due_counts_everything_in(place: &Place) {
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
pub(super) const WAKE: Duration = Duration::from_secs(4);

pub(super) async fn no_wake_up_is_lost(place: &Place) {
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
    inbox.close().await;
}

pub(super) async fn parallel_claims_get_different_tasks(place: &Place) {
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

pub(super) async fn closing_gives_leases_back(place: &Place) {
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

pub(super) async fn a_delivery_is_taken_in_once(place: &Place) {
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

pub(super) async fn old_deliveries_are_purged(place: &Place) {
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

pub(super) async fn all_marks_or_none(place: &Place) {
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

pub(super) async fn a_failed_write_takes_no_other_with_it(place: &Place) {
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

pub(super) async fn tasks_of_a_newer_server_are_left_to_it(place: &Place) {
    let inbox = place.open().await;
    for (id, kind, lane, state) in
        [(-3, "digest", 0, "queued"), (-2, "pull", 7, "queued"), (-1, "digest", 0, "running")]
    {
        let insert = format!(
            "INSERT INTO marks (id, kind, key, installation, state, lane, due, event_at, not_before, floor, attempts, unended, lease_until) {}
             VALUES ({id}, '{kind}', '{id}', 7, '{state}', {lane}, 0, 0, 0, 'of another form', 1, 1, 0)",
            if place.is_postgres() { "OVERRIDING SYSTEM VALUE" } else { "" }
        );
        place.sql(&insert).await;
    }
    assert_eq!(inbox.next_due(at(1)).await.unwrap(), None);
    assert_eq!(claim(&inbox, 1).await, None);
    accept(&inbox, 1, &[mark(1)]).await;
    assert_eq!(number(&claimed(&inbox, 1).await), 1);
    inbox.close().await;
    place.open().await.close().await;
    assert_eq!(place.list("SELECT state FROM marks WHERE id < 0 ORDER BY id").await, ["queued", "queued", "running"]);
}

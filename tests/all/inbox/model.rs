//! The queue against a naive model of it: random sequences of marks, claims, ends, crashes and pauses.

use std::collections::BTreeMap;

use merestone::inbox::{Claim, Floor, Inbox, Lane, Mark, Task};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use super::place::Place;
use super::{at, pull};
use merestone::ids::InstallationId;

#[derive(Debug, Clone)]
enum Step {
    Accept { task: u64, lane: Lane, due: i64, head: Option<(u8, i64)>, review: Option<u64> },
    Claim,
    Done(prop::sample::Index),
    Retry(prop::sample::Index, i64),
    Release(prop::sample::Index),
    Crash,
    Pause(u64, i64),
    Advance(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let lane = prop_oneof![Just(Lane::Act), Just(Lane::Event), Just(Lane::Sweep)];
    let head = prop::option::of((0..3_u8, 0..6_i64));
    let review = prop::option::of(0..4_u64);
    prop_oneof![
        6 => (0..4_u64, lane, -5..15_i64, head, review)
            .prop_map(|(task, lane, due, head, review)| Step::Accept { task, lane, due, head, review }),
        8 => Just(Step::Claim),
        2 => any::<prop::sample::Index>().prop_map(Step::Done),
        2 => (any::<prop::sample::Index>(), 0..15_i64).prop_map(|(which, wait)| Step::Retry(which, wait)),
        1 => any::<prop::sample::Index>().prop_map(Step::Release),
        2 => Just(Step::Crash),
        1 => (0..2_u64, 0..15_i64).prop_map(|(installation, wait)| Step::Pause(installation, wait)),
        3 => (1..10_i64).prop_map(Step::Advance),
    ]
}

/// Two tasks of one installation, two of another.
fn task(number: u64) -> Task {
    let mut key = pull(number);
    key.installation = InstallationId(number % 2);
    Task::Pull(key)
}

#[derive(Debug, Clone)]
struct Work {
    id: u64,
    lane: Lane,
    due: i64,
    event_at: i64,
    not_before: i64,
    floor: Floor,
    attempts: u32,
    unended: u32,
    quarantined: bool,
}

#[derive(Debug)]
struct Run {
    work: Work,
    /// Which of the claims handed out holds it.
    claim: usize,
    crashed: bool,
}

#[derive(Debug, Default)]
struct Model {
    now: i64,
    ids: u64,
    waiting: BTreeMap<Task, Work>,
    running: BTreeMap<Task, Run>,
    paused: BTreeMap<InstallationId, i64>,
}

impl Model {
    fn accept(&mut self, mark: &Mark, due: i64) {
        if let Some(work) = self.waiting.get_mut(&mark.task) {
            let before = work.floor.head.clone();
            work.floor.raise(&mark.floor);
            let new_head = work.floor.head != before;
            if new_head {
                work.unended = 0;
            }
            if work.quarantined && new_head {
                *work =
                    Work { lane: mark.lane, due, event_at: self.now, attempts: 0, quarantined: false, ..work.clone() };
            } else {
                if mark.lane <= work.lane {
                    work.event_at = self.now;
                }
                work.lane = work.lane.min(mark.lane);
                work.due = work.due.min(due);
            }
            return;
        }
        let mut floor = self.running.get(&mark.task).map_or_else(Floor::default, |run| run.work.floor.clone());
        floor.raise(&mark.floor);
        self.ids += 1;
        let work = Work {
            id: self.ids,
            lane: mark.lane,
            due,
            event_at: self.now,
            not_before: i64::MIN,
            floor,
            attempts: 0,
            unended: 0,
            quarantined: false,
        };
        self.waiting.insert(mark.task, work);
    }

    fn put_back(&mut self, task: Task, mut work: Work) {
        if let Some(newer) = self.waiting.remove(&task) {
            let before = work.floor.head.clone();
            work.floor.raise(&newer.floor);
            if work.floor.head != before {
                work.unended = 0;
            }
            work.id = newer.id;
            work.lane = work.lane.min(newer.lane);
            work.due = work.due.min(newer.due);
            work.event_at = work.event_at.max(newer.event_at);
            work.not_before = work.not_before.max(newer.not_before);
        }
        work.quarantined = work.unended >= 3;
        self.waiting.insert(task, work);
    }

    fn claim(&mut self, claim: usize) -> Option<(Task, Lane, Floor, u32)> {
        let crashed: Vec<Task> = self.running.iter().filter(|(_, run)| run.crashed).map(|(task, _)| *task).collect();
        for task in crashed {
            let run = self.running.remove(&task).unwrap();
            self.put_back(task, run.work);
        }
        let next = self
            .waiting
            .iter()
            .filter(|(task, work)| {
                !work.quarantined && !self.running.contains_key(task) && self.ready_at(task, work) <= self.now
            })
            .min_by_key(|(_, work)| (work.lane, -work.event_at, u64::MAX - work.id))
            .map(|(task, _)| *task)?;
        let mut work = self.waiting.remove(&next)?;
        work.attempts += 1;
        work.unended += 1;
        let told = (next, work.lane, work.floor.clone(), work.attempts);
        self.running.insert(next, Run { work, claim, crashed: false });
        Some(told)
    }

    fn ready_at(&self, task: &Task, work: &Work) -> i64 {
        let pause = self.paused.get(&task.installation()).copied().unwrap_or(i64::MIN);
        work.due.max(work.not_before).max(pause)
    }

    fn next_due(&self) -> Option<i64> {
        let waiting = self.waiting.iter().filter(|(_, work)| !work.quarantined);
        waiting.map(|(task, work)| self.ready_at(task, work)).min()
    }

    /// Ends the run that this claim holds, if it still does.
    fn end(&mut self, claim: usize) -> Option<(Task, Work)> {
        let task = *self.running.iter().find(|(_, run)| run.claim == claim)?.0;
        self.running.remove(&task).map(|run| (task, run.work))
    }

    fn depth(&self) -> (u64, u64, u64) {
        let quarantined = self.waiting.values().filter(|work| work.quarantined).count();
        ((self.waiting.len() - quarantined) as u64, self.running.len() as u64, quarantined as u64)
    }
}

async fn follow(place: &Place, inbox: &Inbox, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut model = Model::default();
    let mut claims: Vec<Claim> = Vec::new();
    for step in steps {
        let now = at(model.now);
        match step.clone() {
            Step::Accept { task: number, lane, due, head, review } => {
                let floor = Floor {
                    updated_at: head.map(|(_, updated)| at(updated)),
                    head: head.map(|(head, _)| format!("head{head}")),
                    base: head.map(|_| "main".to_owned()),
                    review_id: review,
                };
                let due = model.now + due;
                let mark =
                    Mark { task: task(number), lane, due: at(due), floor, snapshot: None, review: None, pusher: None };
                model.accept(&mark, due);
                inbox.accept(None, &[mark], now).await.unwrap();
            }
            Step::Claim => {
                let expected = model.claim(claims.len());
                let claim = inbox.claim("worker", now).await.unwrap();
                let told = claim.clone().map(|claim| (claim.task, claim.lane, claim.floor, claim.attempts));
                prop_assert_eq!(told, expected);
                claims.extend(claim);
            }
            Step::Done(which) if !claims.is_empty() => {
                let which = which.index(claims.len());
                model.end(which);
                inbox.done(&claims[which]).await.unwrap();
            }
            Step::Retry(which, wait) if !claims.is_empty() => {
                let which = which.index(claims.len());
                if let Some((task, work)) = model.end(which) {
                    let not_before = model.now + wait;
                    model.put_back(task, Work { not_before, unended: 0, ..work });
                }
                inbox.retry(&claims[which], at(model.now + wait), "again").await.unwrap();
            }
            Step::Release(which) if !claims.is_empty() => {
                let which = which.index(claims.len());
                if let Some((task, work)) = model.end(which) {
                    let (attempts, unended) = (work.attempts - 1, work.unended - 1);
                    model.put_back(task, Work { attempts, unended, ..work });
                }
                inbox.release(&claims[which]).await.unwrap();
            }
            Step::Done(_) | Step::Retry(..) | Step::Release(_) => {}
            Step::Crash => {
                place.crash().await;
                model.now += 31;
                model.running.values_mut().for_each(|run| run.crashed = true);
            }
            Step::Pause(installation, wait) => {
                let until = model.now + wait;
                let pause = model.paused.entry(InstallationId(installation)).or_insert(until);
                *pause = until.max(*pause);
                inbox.pause(InstallationId(installation), at(until)).await.unwrap();
            }
            Step::Advance(seconds) => model.now += seconds,
        }
        let now = at(model.now);
        // The last claims, and every one that still runs: its lease goes on.
        let live: Vec<usize> = model.running.values().map(|run| run.claim).collect();
        for (which, claim) in claims.iter().enumerate() {
            if which + 3 < claims.len() && !live.contains(&which) {
                continue;
            }
            let run = model.running.values().find(|run| run.claim == which && !run.crashed);
            prop_assert_eq!(inbox.heartbeat(claim, now).await.unwrap(), run.is_some(), "claim {}", which);
            let alone = run.is_some() && !model.waiting.contains_key(&claim.task);
            prop_assert_eq!(inbox.current(claim, now).await.unwrap(), alone, "claim {}", which);
        }
        prop_assert_eq!(inbox.depth().await.unwrap(), model.depth());
        if model.running.is_empty() {
            prop_assert_eq!(inbox.next_due(now).await.unwrap(), model.next_due().map(at));
        }
    }
    Ok(())
}

/// The same sequences on every run.
pub(super) async fn the_store_does_what_a_naive_model_does(place: &Place) {
    let postgres = place.is_postgres();
    let (cases, shared) = if postgres { (8, Some(place.open().await)) } else { (48, None) };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let runtime = tokio::runtime::Handle::current();
    let url = place.url.clone();
    let held = shared.clone();
    tokio::task::spawn_blocking(move || {
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let place = Place::again(&url, postgres);
        let outcome = runner.run(&prop::collection::vec(step(), 1..60), |steps| {
            runtime.block_on(async {
                if let Some(inbox) = &held {
                    place.sql("DELETE FROM marks; DELETE FROM pauses").await;
                    return follow(&place, inbox, &steps).await;
                }
                let inbox = Inbox::open("sqlite::memory:").await.unwrap();
                let outcome = follow(&place, &inbox, &steps).await;
                inbox.close().await;
                outcome
            })
        });
        if let Err(error) = outcome {
            panic!("{error}");
        }
    })
    .await
    .unwrap();
    if let Some(inbox) = shared {
        inbox.close().await;
    }
}

//! The way of one dirty pull request: gather, judge, reconcile.

mod acts;
mod asking;
mod base;
mod bases;
mod change;
mod dismissals;
pub mod edited;
mod edits;
pub mod gather;
mod hidden;
mod identity;
mod lapses;
mod lint;
mod members;
mod organisation;
mod people;
mod preview;
mod pull;
mod pushes;
mod queue;
mod reconcile;
mod speak;
mod sweep;
mod versions;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, error, info, info_span, warn};

use crate::github::{App, Error as GitHubError};
use crate::inbox::{Claim, Inbox, StoreError, Task};

pub(crate) use base::paced;
use bases::Bases;
use edits::Edits;
use preview::Replays;
use speak::Voices;
use versions::Versions;

/// Tells the time; tests bring their own.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// How often a lease is prolonged while its task is worked on; leases last three times as long (DESIGN, What is kept).
const HEARTBEAT: Duration = Duration::from_secs(10);

/// How long a worker waits at most before it looks for due tasks again, in case a wake-up was lost with a connection.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// After so many attempts what cannot be read whole is shown as such while it is tried again.
const PATIENCE: u32 = 3;

/// After so many attempts, some minutes apart in all, "not found" is believed.
const BELIEVED: u32 = 8;

/// The worker: takes dirty tasks out of the inbox and makes GitHub show what it should.
#[derive(Clone)]
pub struct Bot {
    app: App,
    inbox: Inbox,
    clock: Clock,
    bases: Arc<Bases>,
    voices: Arc<Voices>,
    replays: Arc<Replays>,
    versions: Arc<Versions>,
    edits: Arc<Edits>,
    name: String,
}

/// What can end a task early.
#[derive(Debug, thiserror::Error)]
enum TaskError {
    /// The store failed: nothing can be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// GitHub failed.
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    /// What GitHub answers is older than what it told us already.
    #[error("{0}")]
    Stale(String),
}

/// How a task ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// There is nothing more to do until the next mark.
    Done,
    /// Part of what was needed could not be had: look again soon.
    Again,
    /// There is nothing more to do until then, or until the next mark.
    At(DateTime<Utc>),
}

impl Bot {
    /// A worker on this App and store.
    pub fn new(app: App, inbox: Inbox, clock: Clock) -> Self {
        let name = format!("{}-{:08x}", std::process::id(), rand::random::<u32>());
        Self {
            app,
            inbox,
            clock,
            bases: Arc::default(),
            voices: Arc::default(),
            replays: Arc::default(),
            versions: Arc::default(),
            edits: Arc::default(),
            name,
        }
    }

    /// Works with up to `workers` tasks at once until `stop`, then finishes what is in hand.
    pub async fn run(&self, workers: usize, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        for _ in 0..workers.max(1) {
            let bot = self.clone();
            let stop = stop.clone();
            tasks.spawn(async move { bot.work_until(stop).await });
        }
        while tasks.join_next().await.is_some() {}
    }

    async fn work_until(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            // A panic in one task must not end the worker: the task keeps its claim, comes back when the lease ends, and is in
            // quarantine the third time.
            let turn = AssertUnwindSafe(self.turn()).catch_unwind().await.unwrap_or_else(|_| {
                error!("a task panicked");
                Ok(true)
            });
            match turn {
                Ok(true) => {}
                Ok(false) => {
                    let now = (self.clock)();
                    let due = self.inbox.next_due(now).await.ok().flatten();
                    let until_due = due.and_then(|due| (due - now).to_std().ok()).unwrap_or(LOOK_AGAIN);
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = self.inbox.changed() => {}
                        () = tokio::time::sleep(until_due.min(LOOK_AGAIN)) => {}
                    }
                }
                Err(error) => {
                    warn!(%error, "the store cannot be used; trying again");
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = tokio::time::sleep(Duration::from_secs(1)) => {}
                    }
                }
            }
        }
    }

    /// Takes and ends one due task; `false` when none is due. Errors of the task itself are kept in the store, not returned.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub async fn turn(&self) -> Result<bool, StoreError> {
        let Some(claim) = self.inbox.claim(&self.name, (self.clock)()).await? else {
            return Ok(false);
        };
        let span = info_span!("task", task = ?claim.task, attempt = claim.attempts);
        self.work(claim).instrument(span).await?;
        Ok(true)
    }

    async fn work(&self, claim: Claim) -> Result<(), StoreError> {
        let result = tokio::select! {
            result = self.task(&claim) => result,
            lost = self.keep_lease(&claim) => {
                // Another process works on it now; whatever this one had in mind is not written any more.
                warn!(error = ?lost, "the lease was lost");
                return Ok(());
            }
        };
        match result {
            Ok(End::Done) => self.inbox.done(&claim).await,
            Ok(End::At(due)) => self.inbox.done_until(&claim, due).await,
            Ok(End::Again) => self.again(&claim, "part of what was needed could not be had").await,
            Err(TaskError::Store(error)) => {
                // The task is sound, the store is not: where it can be put back it must not count as one that never ends.
                if let Err(again) = self.again(&claim, "the store failed").await {
                    warn!(error = %again, "the task could not be put back");
                }
                Err(error)
            }
            Err(TaskError::Stale(why)) => self.again(&claim, &why).await,
            Err(TaskError::GitHub(error)) => self.failed(&claim, &error).await,
        }
    }

    async fn keep_lease(&self, claim: &Claim) -> Result<(), StoreError> {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            if !self.inbox.heartbeat(claim, (self.clock)()).await? {
                return Ok(());
            }
        }
    }

    async fn task(&self, claim: &Claim) -> Result<End, TaskError> {
        let active = self.inbox.installation(claim.task.installation()).await?.is_none_or(|known| known.active);
        if !active {
            return Ok(End::Done);
        }
        match claim.task {
            // On the heap: what a judgement keeps at hand is more than a thread's stack should hold many times over.
            Task::Pull(key) => Box::pin(self.pull(claim, key)).await,
            Task::Repository { installation, repository } => self.mark_pulls(claim, installation, repository).await,
            Task::Installation { installation } => self.mark_repositories(installation).await,
            Task::Base { installation, repository } => self.base_moved(installation, repository).await,
            Task::Organisation { installation } => self.organisation_moved(claim, installation).await,
            Task::Queue { installation, repository } => Box::pin(self.queue(claim, installation, repository)).await,
        }
    }

    /// Puts a task back after its back-off.
    async fn again(&self, claim: &Claim, why: &str) -> Result<(), StoreError> {
        self.inbox.retry(claim, (self.clock)() + back_off(claim), why).await
    }

    async fn failed(&self, claim: &Claim, error: &GitHubError) -> Result<(), StoreError> {
        match error {
            GitHubError::Limited { until, .. } => {
                info!(%error, "GitHub asks to wait");
                let until = *until + TimeDelta::seconds(1);
                self.inbox.pause(claim.task.installation(), until).await?;
                self.inbox.retry(claim, until, &error.to_string()).await
            }
            // Gone: deleted, made private to us, or taken from the installation. GitHub also answers so for some seconds of what
            // is quite new (rust-lang/triagebot#1949), so it is believed only after a while.
            GitHubError::NotFound { .. } if claim.attempts >= BELIEVED => {
                info!(%error, "nothing there any more");
                self.inbox.done(claim).await
            }
            _ => {
                warn!(%error, "the task failed; trying again");
                self.again(claim, &error.to_string()).await
            }
        }
    }
}

/// 0.5, 1, 2, 4, 8 s and on to 10 minutes, 20 % more or less (DESIGN, What is kept). What is more or less comes from the task
/// and the attempt, so that tasks that failed together do not come back together and tests see the same twice.
fn back_off(claim: &Claim) -> TimeDelta {
    let doubled = 500_i64.saturating_mul(1_i64 << claim.attempts.saturating_sub(1).min(20));
    let capped = doubled.min(600_000);
    let spread =
        (claim.id.wrapping_mul(2_654_435_761) ^ i64::from(claim.attempts).wrapping_mul(40_503)).rem_euclid(401) - 200;
    TimeDelta::milliseconds(capped + capped * spread / 1000)
}

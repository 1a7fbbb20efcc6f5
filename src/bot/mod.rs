//! The way of one dirty pull request: gather, judge, reconcile.

pub mod gather;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use crate::github::App;
use crate::inbox::{Inbox, StoreError};

/// Tells the time; tests bring their own.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The worker: takes dirty tasks out of the inbox and makes GitHub show what it should.
#[derive(Clone)]
pub struct Bot {}

#[allow(unused_variables, clippy::unused_async)]
impl Bot {
    /// A worker on this App and store.
    pub fn new(app: App, inbox: Inbox, clock: Clock) -> Self {
        unreachable!()
    }

    /// Works with up to `workers` tasks at once until `stop`, then finishes what is in hand.
    pub async fn run(&self, workers: usize, stop: CancellationToken) {
        unreachable!()
    }

    /// Takes and ends one due task; `false` when none is due. Errors of the task itself are kept in the store, not returned.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub async fn turn(&self) -> Result<bool, StoreError> {
        unreachable!()
    }
}

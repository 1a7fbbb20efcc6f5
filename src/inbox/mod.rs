//! The durable set of dirty tasks, and what is kept of every pull request, on SQLite or PostgreSQL.

mod model;

pub use model::*;

use chrono::{DateTime, Utc};

use crate::ids::{InstallationId, PullKey, RepositoryId};
use crate::pull::{SeenReview, Snapshot};
use crate::rules::Handle;

/// What can go wrong in the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or is not there.
    #[error("the store cannot be used: {0}")]
    Database(#[from] sqlx::Error),
    /// A stored value that this version cannot read.
    #[error("a stored {what} cannot be read: {why}")]
    Unreadable {
        /// Which.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// The address of the store cannot be used.
    #[error("{0}")]
    Address(String),
}

type Result<T> = std::result::Result<T, StoreError>;

/// The store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Inbox {}

#[allow(unused_variables, clippy::unused_async, missing_docs)]
impl Inbox {
    /// Opens (and creates or migrates) the store at `sqlite://FILE`, `sqlite::memory:` or `postgres://…`.
    pub async fn open(url: &str) -> Result<Self> {
        unreachable!()
    }
    /// Closes it: pending writes are flushed, leases given back.
    pub async fn close(&self) {
        unreachable!()
    }
    /// Answers when the store can take a write.
    pub async fn ping(&self) -> Result<()> {
        unreachable!()
    }

    // --- what comes in
    /// Makes marks durable, all or none, together with snapshots and reviews that they carry; returns after the commit. `delivery`: GitHub's delivery id, where known.
    pub async fn accept(&self, delivery: Option<&str>, marks: &[Mark], now: DateTime<Utc>) -> Result<()> {
        unreachable!()
    }
    /// Wakes when something may be due; used by the workers between claims.
    pub async fn changed(&self) {
        unreachable!()
    }

    // --- work
    /// Takes the next due task: lanes first, within a lane the newest event; one at a time per task; paused installations are passed over.
    pub async fn claim(&self, owner: &str, now: DateTime<Utc>) -> Result<Option<Claim>> {
        unreachable!()
    }
    /// When the next task is due, as far as known now.
    pub async fn next_due(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        unreachable!()
    }
    /// Prolongs the lease; `false`: it is lost.
    pub async fn heartbeat(&self, claim: &Claim, now: DateTime<Utc>) -> Result<bool> {
        unreachable!()
    }
    /// Whether the claim is still ours and no newer mark for the task waits: asked before a check turns greener.
    pub async fn current(&self, claim: &Claim, now: DateTime<Utc>) -> Result<bool> {
        unreachable!()
    }
    /// Ends the task.
    pub async fn done(&self, claim: &Claim) -> Result<()> {
        unreachable!()
    }
    /// Puts the task back: not before `due`. A newer mark that waits already keeps its own floor and takes the back-off along.
    pub async fn retry(&self, claim: &Claim, due: DateTime<Utc>, why: &str) -> Result<()> {
        unreachable!()
    }
    /// Gives the task back untouched, as at a shutdown: due at once, the attempt not counted.
    pub async fn release(&self, claim: &Claim) -> Result<()> {
        unreachable!()
    }
    /// Nothing of this installation is claimed before `until`; never shortens a pause.
    pub async fn pause(&self, installation: InstallationId, until: DateTime<Utc>) -> Result<()> {
        unreachable!()
    }
    /// How many tasks wait, run, and are in quarantine (claimed three times without an end).
    pub async fn depth(&self) -> Result<(u64, u64, u64)> {
        unreachable!()
    }

    // --- installations and repositories
    /// Stores an installation.
    pub async fn save_installation(&self, installation: &Installation) -> Result<()> {
        unreachable!()
    }
    /// What is known of it.
    pub async fn installation(&self, id: InstallationId) -> Result<Option<Installation>> {
        unreachable!()
    }
    /// Stores a repository's labels.
    pub async fn save_repository(&self, repository: &Repository) -> Result<()> {
        unreachable!()
    }
    /// What is known of it.
    pub async fn repository(&self, installation: InstallationId, id: RepositoryId) -> Result<Option<Repository>> {
        unreachable!()
    }

    // --- pull requests
    /// The last snapshot.
    pub async fn snapshot(&self, key: &PullKey) -> Result<Option<Snapshot>> {
        unreachable!()
    }
    /// Stores an answer's snapshot, unless a newer one is there.
    pub async fn save_snapshot(&self, key: &PullKey, snapshot: &Snapshot) -> Result<()> {
        unreachable!()
    }
    /// Open pull requests whose last snapshot has this head.
    pub async fn pulls_with_head(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        head: &str,
    ) -> Result<Vec<PullKey>> {
        unreachable!()
    }
    /// All reviews seen, by id.
    pub async fn reviews(&self, key: &PullKey) -> Result<Vec<SeenReview>> {
        unreachable!()
    }
    /// Stores reviews: a new id is recorded as it is; of a known id only `kind` may change.
    pub async fn save_reviews(&self, key: &PullKey, reviews: &[SeenReview]) -> Result<()> {
        unreachable!()
    }
    /// Whether all reviews of the pull request have been read from GitHub once (or it was seen being opened), so that stored ones are all there are.
    pub async fn reviews_complete(&self, key: &PullKey) -> Result<bool> {
        unreachable!()
    }
    /// Says so.
    pub async fn set_reviews_complete(&self, key: &PullKey) -> Result<()> {
        unreachable!()
    }
    /// Sign-offs recorded.
    pub async fn sign_offs(&self, key: &PullKey) -> Result<Vec<SignOff>> {
        unreachable!()
    }
    /// Records sign-offs; one that is there already (review, fingerprint) is kept as it was.
    pub async fn save_sign_offs(&self, key: &PullKey, sign_offs: &[SignOff]) -> Result<()> {
        unreachable!()
    }
    /// Stores a judgement; the one of the same head is replaced.
    pub async fn save_judgement(&self, key: &PullKey, judgement: &Judgement) -> Result<()> {
        unreachable!()
    }
    /// The judgement of a head.
    pub async fn judgement(&self, key: &PullKey, head: &str) -> Result<Option<Judgement>> {
        unreachable!()
    }

    // --- what GitHub shows of ours
    /// What is known of it, for this head.
    pub async fn shown(&self, key: &PullKey, head: &str) -> Result<Shown> {
        unreachable!()
    }
    /// Says that nothing of ours can be there yet (the pull request was just opened), or that GitHub was asked and this is all.
    pub async fn set_known(
        &self,
        key: &PullKey,
        comment: Option<&ShownComment>,
        check: Option<&ShownCheck>,
        requests: &[ShownRequest],
    ) -> Result<()> {
        unreachable!()
    }
    /// What we know of our comment, check runs or requests is in doubt (an edit, a deletion, a sweep): the next look asks GitHub.
    pub async fn doubt(&self, key: &PullKey) -> Result<()> {
        unreachable!()
    }
    /// Our check run on this head has to be written again (re-run).
    pub async fn reset_check(&self, key: &PullKey, head: &str) -> Result<()> {
        unreachable!()
    }
    /// Stores a write before it is sent; returns its id.
    pub async fn intend(&self, key: &PullKey, intent: &Intent) -> Result<i64> {
        unreachable!()
    }
    /// Stores how it ended, in one transaction with the end of the intent.
    pub async fn settle(&self, key: &PullKey, intent: i64, outcome: &Outcome) -> Result<()> {
        unreachable!()
    }

    // --- people
    /// Members of a team as last read for this installation.
    pub async fn team(&self, installation: InstallationId, team: &Handle) -> Result<Option<TeamMembers>> {
        unreachable!()
    }
    /// Stores them.
    pub async fn save_team(&self, installation: InstallationId, team: &Handle, members: &TeamMembers) -> Result<()> {
        unreachable!()
    }
    /// Forgets one team, or all of the installation.
    pub async fn forget_teams(&self, installation: InstallationId, team: Option<&Handle>) -> Result<()> {
        unreachable!()
    }
}

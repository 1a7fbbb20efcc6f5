//! What is kept. Times are UTC; rows are keyed by GitHub's numeric ids.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{InstallationId, PullKey, RepositoryId};
use crate::pull::{SeenReview, Snapshot};
use crate::review::{Facts, Review};
use crate::rules::Handle;

/// Something that may have changed and has to be looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Task {
    /// One pull request: gather, judge, reconcile.
    Pull(PullKey),
    /// One repository: mark its open pull requests.
    Repository {
        /// Tenant.
        installation: InstallationId,
        /// Repository.
        repository: RepositoryId,
    },
    /// One installation: mark its repositories.
    Installation {
        /// Tenant.
        installation: InstallationId,
    },
    /// The default branch of a repository, or another that is gated, has a new tip: mark the open pull requests if it says
    /// something else than before. Which branches those are stands in the store.
    Base {
        /// Tenant.
        installation: InstallationId,
        /// Repository.
        repository: RepositoryId,
    },
    /// The organisation's file of an account may say something else: read it, and mark what is judged by it.
    Organisation {
        /// Tenant.
        installation: InstallationId,
    },
    /// The groups of a repository's merge queue: judge those that are open.
    Queue {
        /// Tenant.
        installation: InstallationId,
        /// Repository.
        repository: RepositoryId,
    },
}

impl Task {
    /// The tenant whose limits and pauses the task is under.
    pub fn installation(&self) -> InstallationId {
        match self {
            Self::Pull(key) => key.installation,
            Self::Repository { installation, .. }
            | Self::Installation { installation }
            | Self::Organisation { installation }
            | Self::Base { installation, .. }
            | Self::Queue { installation, .. } => *installation,
        }
    }
}

/// Which tasks go first; within a lane the newest event does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// The merge queue, and people's words.
    Act,
    /// New heads and other events.
    Event,
    /// Sweeps.
    Sweep,
}

/// What a gather must have seen at least: the newest that any payload told. An older payload moves nothing back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Floor {
    /// `updated_at` of the newest payload; `head` and `base` are of that payload.
    pub updated_at: Option<DateTime<Utc>>,
    /// Head commit; `None` beside an `updated_at`: payloads of that second contradict each other.
    pub head: Option<String>,
    /// Name of the base branch.
    pub base: Option<String>,
    /// Highest review id seen.
    pub review_id: Option<u64>,
}

impl Floor {
    /// The higher of the two: head and base of the one with the newer `updated_at`, the higher review id. GitHub's times are
    /// whole seconds: of two equally new ones that differ nobody knows which is the newer, so neither is asked for.
    pub fn raise(&mut self, other: &Floor) {
        match other.updated_at.cmp(&self.updated_at) {
            Ordering::Less => {}
            Ordering::Equal if other.updated_at.is_some() => {
                if (&self.head, &self.base) != (&other.head, &other.base) {
                    self.head = None;
                    self.base = None;
                }
            }
            Ordering::Equal => {
                if other.head.is_some() {
                    self.head.clone_from(&other.head);
                    self.base.clone_from(&other.base);
                }
            }
            Ordering::Greater => {
                self.updated_at = other.updated_at;
                self.head.clone_from(&other.head);
                self.base.clone_from(&other.base);
            }
        }
        self.review_id = self.review_id.max(other.review_id);
    }
}

/// A task that became dirty.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// What to look at.
    pub task: Task,
    /// How urgent.
    pub lane: Lane,
    /// Not before.
    pub due: DateTime<Utc>,
    /// What must be seen at least.
    pub floor: Floor,
    /// The pull request as the payload shows it; kept when it is not older than what is stored.
    pub snapshot: Option<Snapshot>,
    /// A review that the payload carries; recorded once, by id.
    pub review: Option<SeenReview>,
    /// Who moved the head, where the payload is of that; recorded once for each head and login.
    pub pusher: Option<Pusher>,
}

/// Who moved the head of a pull request to where it was then, as GitHub told it: a commit says of itself who wrote it, and may lie.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pusher {
    /// Login.
    pub login: String,
    /// GitHub's id: a login may change hands. `None`: not told.
    pub user_id: Option<u64>,
    /// Whether it is an App.
    pub bot: bool,
    /// The head that there was then.
    pub head: String,
}

/// A signature on a slot of a finding: which fingerprint which review signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    /// The review that signed.
    pub review_id: u64,
    /// Login of the signer.
    pub login: String,
    /// Rule of the finding.
    pub rule: String,
    /// Fingerprint of the slot at the commit that was reviewed.
    pub fingerprint: String,
    /// That commit.
    pub head: String,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// Whether it has counted once: only of such a one it is said what ended it.
    pub counted: bool,
}

/// What ended a sign-off, as first seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lapse {
    /// The review that had signed.
    pub review_id: u64,
    /// Rule of the finding.
    pub rule: String,
    /// The head that was the first to differ; `None`: the head was the same, and what it is judged by changed.
    pub head: Option<String>,
    /// Login of whoever pushed that head, where known.
    pub pusher: Option<String>,
    /// When it was seen.
    pub at: DateTime<Utc>,
}

/// A head that a pull request is known to have had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownHead {
    /// Since when it is known.
    pub since: DateTime<Utc>,
    /// The commit.
    pub head: String,
}

/// A task that this process works on.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Row id.
    pub id: i64,
    /// What to look at.
    pub task: Task,
    /// Its lane.
    pub lane: Lane,
    /// What must be seen at least.
    pub floor: Floor,
    /// How often it was claimed, this time included.
    pub attempts: u32,
    /// Which run of the row this is: unlike `attempts` it never goes back, so that no two claims are alike.
    pub run: i64,
    /// Who holds it.
    pub owner: String,
}

/// What GitHub shows of ours on one pull request, as far as we know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// Our comment.
    pub comment: Option<ShownComment>,
    /// Our check run on the head asked for.
    pub check: Option<ShownCheck>,
    /// Requests that we made, and those that GitHub refused.
    pub requests: Vec<ShownRequest>,
    /// Writes that were meant and whose end is not known: what they touch is in doubt.
    pub intents: Vec<Intent>,
    /// Whether this is all that can be there. `false`: nothing stored and not the pull request's own `opened`, so GitHub has to be asked.
    pub known: bool,
}

/// Our comment as last written or read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownComment {
    /// Comment id.
    pub id: u64,
    /// SHA-256 of its body, hex.
    pub hash: String,
    /// When it was written or read.
    pub seen_at: DateTime<Utc>,
}

/// Our check run as last written or read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownCheck {
    /// Check run id.
    pub id: u64,
    /// Head commit that it speaks for.
    pub head: String,
    /// SHA-256 of what was sent, hex; empty: whatever it shows is to be written again (a re-run resets it).
    pub hash: String,
    /// Its conclusion in GitHub's words; `None`: not completed.
    pub conclusion: Option<String>,
    /// When it was written or read.
    pub seen_at: DateTime<Utc>,
}

/// A review request of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownRequest {
    /// Whom.
    pub handle: Handle,
    /// How it stands.
    pub state: RequestState,
    /// GitHub's reason, when refused.
    pub why: Option<String>,
    /// When it was made or refused.
    pub at: DateTime<Utc>,
    /// Fingerprints of the slots that it was made for: asked again only when the evidence changed.
    pub fingerprints: BTreeSet<String>,
    /// How often it was made again since, about other evidence.
    pub again: u64,
}

/// How a review request of ours stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// Made.
    Asked,
    /// GitHub refused it.
    Refused,
    /// Withdrawn by us.
    Withdrawn,
    /// Made by us, and by a person since: theirs, so it is not ours to withdraw.
    ByPerson,
    /// Removed by a person, whoever had made it.
    RemovedByPerson,
}

/// A write to GitHub that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Row id; 0 before it is stored.
    pub id: i64,
    /// What is written.
    pub kind: IntentKind,
    /// Head commit, for a check.
    pub head: Option<String>,
    /// SHA-256 of what is sent, hex; of a withdrawal whom it is about, as JSON.
    pub hash: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The kinds of writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentKind {
    /// Creates the comment.
    CreateComment,
    /// Edits it.
    UpdateComment,
    /// Creates the check run.
    CreateCheck,
    /// Edits it.
    UpdateCheck,
    /// Asks reviewers.
    Request,
    /// Withdraws a request.
    Withdraw,
}

/// How a write ended; stored together with the end of its intent.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// GitHub refused it, or it was never sent: nothing changed there.
    NotDone,
    /// The comment shows this.
    Comment(ShownComment),
    /// The check shows this.
    Check(ShownCheck),
    /// These requests stand so.
    Requests(Vec<ShownRequest>),
}

/// One judgement of one head: for the replay, the audit and what follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Head that was judged.
    pub head: String,
    /// Tip of the base that gave the rules.
    pub base_tip: String,
    /// Merge base.
    pub merge_base: String,
    /// SHA-256 of the rules text that judged it, hex; empty: no rules file.
    pub rules_digest: String,
    /// The facts.
    pub facts: Facts,
    /// The review.
    pub review: Review,
    /// When.
    pub at: DateTime<Utc>,
}

/// Members of a team as last read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamMembers {
    /// GitHub's ids by login in lower case; `Err`: the team does not exist or may not be seen, with the reason.
    pub members: Result<BTreeMap<String, u64>, String>,
    /// When they were read.
    pub read_at: DateTime<Utc>,
}

/// What is known about a team besides its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamAbout {
    /// GitHub's id: a slug may change hands.
    pub github_id: u64,
    /// Whether outsiders cannot see it.
    pub secret: bool,
    /// When it was read.
    pub read_at: DateTime<Utc>,
}

/// A person whom rules name, as last looked up for one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedUser {
    /// GitHub's id where the person may sign; `Err`: there is no such person or they may not, with the reason.
    pub may_sign: Result<u64, String>,
    /// When it was read.
    pub read_at: DateTime<Utc>,
}

/// What is known of an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Tenant.
    pub id: InstallationId,
    /// Id of the account that installed the App.
    pub account_id: u64,
    /// Its login: a label.
    pub account: String,
    /// Whether it may be worked for: not suspended, not deleted.
    pub active: bool,
}

/// What is known of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Tenant.
    pub installation: InstallationId,
    /// Id.
    pub id: RepositoryId,
    /// Owner's login: a label.
    pub owner: String,
    /// Name: a label.
    pub name: String,
}

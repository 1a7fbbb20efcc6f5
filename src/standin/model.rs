//! The things that GitHub knows of.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::auth::Permissions;
use super::git::Oid;

/// A step that cannot be taken on GitHub either, or names something that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Mistake(pub String);

/// What a step ends in.
pub type Done<T> = Result<T, Mistake>;

/// What an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person.
    User,
    /// An organisation.
    Organization,
    /// The account that an App acts as.
    Bot,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "User",
            Self::Organization => "Organization",
            Self::Bot => "Bot",
        })
    }
}

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Id.
    pub id: u64,
    /// Login: a label.
    pub login: String,
    /// What it is.
    pub kind: Kind,
}

/// Who sees a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// `closed`: every member of the organisation.
    Closed,
    /// `secret`: its own members only; an App with Members: read.
    Secret,
}

/// A team of an organisation.
#[derive(Debug, Clone)]
pub struct Team {
    /// Id.
    pub id: u64,
    /// Slug.
    pub slug: String,
    /// Members.
    pub members: BTreeSet<u64>,
    /// Who sees it.
    pub privacy: Privacy,
    /// The only repositories that it may read; `None`: all.
    pub repositories: Option<BTreeSet<u64>>,
    /// Slug of the team that it is a part of.
    pub parent: Option<String>,
}

/// An organisation.
#[derive(Debug, Clone, Default)]
pub struct Organization {
    /// Active members.
    pub members: BTreeSet<u64>,
    /// Invited, and not members yet.
    pub invited: BTreeSet<u64>,
    /// Teams by slug.
    pub teams: BTreeMap<String, Team>,
}

/// A repository.
#[derive(Debug)]
pub struct Repository {
    /// Id.
    pub id: u64,
    /// Owner's account.
    pub owner: u64,
    /// Name: a label.
    pub name: String,
    /// `owner/name` that it had before: GitHub redirects from there.
    pub former_names: Vec<String>,
    /// Whether it is private.
    pub private: bool,
    /// Name of the default branch.
    pub default_branch: String,
    /// Tips by branch.
    pub branches: BTreeMap<String, Oid>,
    /// Which objects it shares with its forks.
    pub network: usize,
    /// The repository that it is a fork of.
    pub fork_of: Option<u64>,
    /// People besides the organisation's members who may be asked.
    pub collaborators: BTreeSet<u64>,
    /// Pull requests by number.
    pub pulls: BTreeMap<u64, Pull>,
    /// Comments by id.
    pub comments: BTreeMap<u64, Comment>,
    /// Check runs by id.
    pub checks: BTreeMap<u64, CheckRun>,
    /// "Dismiss stale pull request approvals when new commits are pushed".
    pub dismisses_stale: bool,
    /// Files whose `patch` GitHub leaves out.
    pub patchless: BTreeSet<String>,
}

/// Somebody moved a branch.
#[derive(Debug, Clone)]
pub struct Activity {
    /// Repository of the branch.
    pub repository: u64,
    /// Its name.
    pub branch: String,
    /// Its tip before; `None`: it was made.
    pub before: Option<Oid>,
    /// Its tip since.
    pub after: Oid,
    /// Who.
    pub actor: u64,
    /// When.
    pub at: DateTime<Utc>,
}

/// A pull request.
#[derive(Debug, Clone)]
pub struct Pull {
    /// Id.
    pub id: u64,
    /// Number.
    pub number: u64,
    /// Title.
    pub title: String,
    /// Description.
    pub body: String,
    /// Opener.
    pub author: u64,
    /// Repository of the head; `None`: a fork that was deleted.
    pub head_repository: Option<u64>,
    /// Branch of the head.
    pub head_ref: String,
    /// Head commit.
    pub head: Oid,
    /// Branch that it goes to.
    pub base_ref: String,
    /// Tip of that branch when the pull request was opened or last retargeted: it goes stale, as on GitHub.
    pub base: Oid,
    /// Draft.
    pub draft: bool,
    /// Open.
    pub open: bool,
    /// Merged.
    pub merged: bool,
    /// Labels.
    pub labels: BTreeSet<String>,
    /// Users asked, in the order they were.
    pub requested_users: Vec<u64>,
    /// Slugs of teams asked.
    pub requested_teams: Vec<String>,
    /// Reviews, oldest first.
    pub reviews: Vec<Review>,
    /// Their dismissals, oldest first.
    pub dismissals: Vec<Dismissal>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

/// A review.
#[derive(Debug, Clone)]
pub struct Review {
    /// Id.
    pub id: u64,
    /// Reviewer.
    pub author: u64,
    /// In REST's words: `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED`.
    pub state: &'static str,
    /// Text.
    pub body: String,
    /// The commit reviewed.
    pub commit: Oid,
    /// When.
    pub submitted_at: DateTime<Utc>,
}

/// A dismissal of a review.
#[derive(Debug, Clone)]
pub struct Dismissal {
    /// Id of the event.
    pub id: u64,
    /// Id of the review.
    pub review: u64,
    /// What the review said before, in lower case.
    pub was: String,
    /// Who did it; of a stale approval whoever pushed.
    pub by: u64,
    /// The commit that made the review stale, where a push did it.
    pub commit: Option<Oid>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A comment in the conversation.
#[derive(Debug, Clone)]
pub struct Comment {
    /// Id.
    pub id: u64,
    /// Number of the pull request.
    pub pull: u64,
    /// Author.
    pub author: u64,
    /// Text.
    pub body: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Last edit.
    pub updated_at: DateTime<Utc>,
}

/// A check run.
#[derive(Debug, Clone)]
pub struct CheckRun {
    /// Id.
    pub id: u64,
    /// Name.
    pub name: String,
    /// The commit that it speaks for.
    pub head: Oid,
    /// `queued`, `in_progress`, `completed`.
    pub status: String,
    /// Set when completed.
    pub conclusion: Option<String>,
    /// The App's own id for it.
    pub external_id: String,
    /// Where it leads.
    pub details_url: Option<String>,
    /// `title`, `summary`, `text` as last sent; `null` before.
    pub output: Value,
    /// All annotations so far: an update adds to them.
    pub annotations: Vec<Value>,
    /// Buttons.
    pub actions: Vec<Value>,
    /// Since when.
    pub started_at: DateTime<Utc>,
    /// When it was completed.
    pub completed_at: Option<DateTime<Utc>>,
    /// How many requests wrote it, the first one included.
    pub writes: usize,
}

/// The App.
#[derive(Debug, Clone)]
pub struct App {
    /// Id.
    pub id: u64,
    /// Slug.
    pub slug: String,
    /// Client id.
    pub client_id: String,
    /// The account that it acts as: `SLUG[bot]`.
    pub account: u64,
    /// What it asks for.
    pub permissions: Permissions,
    /// Events that it is told of.
    pub events: BTreeSet<String>,
    /// Where events go to.
    pub webhook_url: Option<String>,
    /// What they are signed with.
    pub webhook_secret: String,
}

/// The App on one account.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Id.
    pub id: u64,
    /// The account.
    pub account: u64,
    /// The only repositories; `None`: all.
    pub selected: Option<BTreeSet<u64>>,
    /// What was granted.
    pub permissions: Permissions,
    /// Whether it is suspended: tokens and events are blocked.
    pub suspended: bool,
}

/// A pull request of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PullRef {
    /// Id of the repository.
    pub repository: u64,
    /// Number.
    pub number: u64,
}

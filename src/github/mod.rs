//! All that knows GitHub: authentication, the some fifteen calls, the webhook bodies.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::ids::{InstallationId, RepositoryId};
use crate::pull::{SeenReview, Snapshot};
use crate::render::{Annotation, Check};
use crate::review::Conclusion;
use crate::source::{Blob, Comparison, Source};

/// What a call can end in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// GitHub asks to wait (primary or secondary limit, or `retry-after` on a 5xx). Every call of the installation pauses until then.
    #[error("GitHub asks to wait until {until}: {what}")]
    Limited {
        /** Until when. */
        until: DateTime<Utc>,
        /** Method and path template. */
        what: String,
    },
    /// 5xx, a timeout, a broken connection, a body that ends early: worth trying again. For a write, whether it was done is not known.
    #[error("GitHub did not answer {what}: {why}")]
    Outage {
        /** Method and path template. */
        what: String,
        /** Why. */
        why: String,
    },
    /// 401 after a new token, or a suspended installation.
    #[error("GitHub does not accept our credentials for {what}: {why}")]
    Unauthorized {
        /** What. */
        what: String,
        /** Why. */
        why: String,
    },
    /// 403: a permission is missing.
    #[error("permission is missing for {what}: {why}")]
    Forbidden {
        /** What. */
        what: String,
        /** Why. */
        why: String,
    },
    /// 404 or 410.
    #[error("{what}: not found")]
    NotFound {
        /** What. */
        what: String,
    },
    /// 422: refused as it is.
    #[error("GitHub refused {what}: {why}")]
    Refused {
        /** What. */
        what: String,
        /** GitHub's message. */
        why: String,
    },
    /// An answer that is not what GitHub documents.
    #[error("GitHub's answer to {what} cannot be read: {why}")]
    Malformed {
        /** What. */
        what: String,
        /** Why. */
        why: String,
    },
    /// The change cannot be listed whole (over 3,000 files, or the list was cut or moved on while it was read).
    #[error("{0}")]
    Incomplete(String),
}

/// A private key of the App: PKCS#1 or PKCS#8 PEM, `\n`-escaped or base64. Never shown.
#[derive(Clone)]
pub struct PrivateKey(());

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

impl PrivateKey {
    /// Reads and checks a key.
    ///
    /// # Errors
    /// When it is no RSA private key.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let _ = text;
        unreachable!()
    }
}

/// The App on one GitHub. Cheap to clone; holds one token per installation.
#[derive(Clone)]
pub struct App(());

/// The App's view of one installation.
#[derive(Clone)]
pub struct Installation(());

/// The App's view of one repository: a [`Source`], and the writes.
#[derive(Clone)]
pub struct Repository(());

/// Our check run as GitHub shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRun {
    /// Id.
    pub id: u64,
    /// `external_id` that we sent.
    pub external_id: Option<String>,
    /// Conclusion in GitHub's words; `None`: not completed.
    pub conclusion: Option<String>,
}

/// A comment of ours as GitHub shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Id.
    pub id: u64,
    /// Body.
    pub body: String,
}

/// A repository of an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryRef {
    /// Id.
    pub id: RepositoryId,
    /// Owner's login.
    pub owner: String,
    /// Name.
    pub name: String,
}

/// The conclusion in GitHub's words.
pub fn conclusion_word(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Success => "success",
        Conclusion::Neutral => "neutral",
        Conclusion::ActionRequired => "action_required",
        Conclusion::Failure => "failure",
    }
}

#[allow(unused_variables, clippy::unused_async)]
impl App {
    /// Prepares the App; talks to nobody yet. `api_url`: `https://api.github.com` or `https://HOST/api/v3`, the only host ever spoken to.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn new(app_id: u64, key: PrivateKey, api_url: &str) -> Result<Self, ConfigError> {
        unreachable!()
    }
    /// The App's id.
    pub fn id(&self) -> u64 {
        unreachable!()
    }
    /// One installation.
    pub fn installation(&self, id: InstallationId) -> Installation {
        unreachable!()
    }
}

#[allow(unused_variables, clippy::unused_async)]
impl Installation {
    /// A repository of it by id, with the labels that its addresses need.
    pub fn repository(&self, id: RepositoryId, owner: &str, name: &str) -> Repository {
        unreachable!()
    }
    /// Every repository that it may see, all pages.
    pub async fn repositories(&self) -> Result<Vec<RepositoryRef>, Error> {
        unreachable!()
    }
    /// Logins in lower case of the active members of a team, those of child teams included, all pages.
    pub async fn team_members(&self, org: &str, slug: &str) -> Result<BTreeSet<String>, Error> {
        unreachable!()
    }
}

#[allow(unused_variables, clippy::unused_async)]
impl Repository {
    /// The pull request as it is now.
    pub async fn pull(&self, number: u64) -> Result<Snapshot, Error> {
        unreachable!()
    }
    /// Numbers and snapshots of all open pull requests, all pages.
    pub async fn open_pulls(&self) -> Result<Vec<(u64, Snapshot)>, Error> {
        unreachable!()
    }
    /// The change of a pull request: [`Source::compare`], and over 300 files the pages of the files list, each entry of which must name `head`.
    pub async fn change(
        &self,
        number: u64,
        base: &str,
        head: &str,
        changed_files: Option<u64>,
    ) -> Result<Comparison, Error> {
        unreachable!()
    }
    /// All reviews, all pages; mere comments and pending ones too (`kind: None`).
    pub async fn reviews(&self, number: u64) -> Result<Vec<SeenReview>, Error> {
        unreachable!()
    }
    /// Our check runs named `merestone` on a head, newest first (`app_id` filtered).
    pub async fn checks(&self, head: &str) -> Result<Vec<CheckRun>, Error> {
        unreachable!()
    }
    /// Creates the completed check run, without annotations (those follow by [`Self::annotate`]).
    pub async fn create_check(&self, head: &str, check: &Check, external_id: &str) -> Result<CheckRun, Error> {
        unreachable!()
    }
    /// Rewrites a check run of ours.
    pub async fn update_check(&self, id: u64, check: &Check, external_id: &str) -> Result<CheckRun, Error> {
        unreachable!()
    }
    /// Adds annotations, at most 50 a request.
    pub async fn annotate(&self, id: u64, check: &Check, annotations: &[Annotation]) -> Result<(), Error> {
        unreachable!()
    }
    /// Comments of the App itself on a pull request that begin with `marker`, oldest first, all pages.
    pub async fn own_comments(&self, number: u64, marker: &str) -> Result<Vec<Comment>, Error> {
        unreachable!()
    }
    /// Writes a comment.
    pub async fn create_comment(&self, number: u64, body: &str) -> Result<Comment, Error> {
        unreachable!()
    }
    /// Edits a comment.
    pub async fn update_comment(&self, id: u64, body: &str) -> Result<Comment, Error> {
        unreachable!()
    }
    /// Deletes a comment.
    pub async fn delete_comment(&self, id: u64) -> Result<(), Error> {
        unreachable!()
    }
    /// Requested users and teams (slugs) now.
    pub async fn requested(&self, number: u64) -> Result<(Vec<String>, Vec<String>), Error> {
        unreachable!()
    }
    /// Asks users and teams (slugs) to review: all or, refused with 422, none.
    pub async fn request(&self, number: u64, users: &[String], teams: &[String]) -> Result<(), Error> {
        unreachable!()
    }
    /// Withdraws requests.
    pub async fn withdraw(&self, number: u64, users: &[String], teams: &[String]) -> Result<(), Error> {
        unreachable!()
    }
}

#[allow(unused_variables)]
impl Source for Repository {
    type Error = Error;
    async fn compare(&self, base: &str, head: &str) -> Result<Comparison, Error> {
        unreachable!()
    }
    async fn read(&self, commit: &str, paths: &[String]) -> Result<Vec<Option<Blob>>, Error> {
        unreachable!()
    }
    async fn read_below(&self, commit: &str, dirs: &[String], wanted: fn(&str) -> bool) -> Result<Vec<Blob>, Error> {
        unreachable!()
    }
    async fn list(&self, commit: &str) -> Result<Vec<String>, Error> {
        unreachable!()
    }
}

/// How long a call may take in all.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);

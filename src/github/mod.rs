//! All that knows GitHub: authentication, the some fifteen calls, the webhook bodies.
//!
//! octocrab carries the bytes and is named in this room alone. Types and paging are our own, since GitHub's answers drift:
//! only what is used is read, and everything else may be absent.

mod changes;
mod client;
mod content;
mod dismissals;
mod error;
mod graphql;
mod key;
mod mask;
mod organisation;
mod people;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod token;
mod transport;
pub mod webhook;
mod wire;
mod writes;

pub use changes::GroupCommit;
pub use client::{App, Installation};
pub use error::{ConfigError, Error};
pub use key::PrivateKey;
pub use mask::mask;
pub use organisation::{Looked, SHARED_REPOSITORY, Shared, SharedFile, SharedRepository};
pub use people::{Permission, Team};

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::ids::RepositoryId;
use crate::pull::{SeenReview, Snapshot};
use crate::review::Conclusion;
use crate::source::{Blob, Comparison, Source};
use client::{PAGE, Page};
use transport::Call;
use wire::{PullBody, RepositoryBody, ReviewBody, User, is_commit};

/// The App's view of one repository: a [`Source`], and the writes.
#[derive(Clone)]
pub struct Repository {
    installation: Installation,
    id: RepositoryId,
    owner: String,
    name: String,
}

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

/// A push to a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The commit at the tip of the branch since then.
    pub after: String,
    /// Login of whoever pushed.
    pub login: String,
    /// Their id.
    pub user_id: Option<u64>,
    /// Whether it is an App.
    pub bot: bool,
    /// When.
    pub at: DateTime<Utc>,
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

impl Installation {
    /// A repository of it by id, with the labels that its addresses need.
    pub fn repository(&self, id: RepositoryId, owner: &str, name: &str) -> Repository {
        Repository { installation: self.clone(), id, owner: owner.to_owned(), name: name.to_owned() }
    }

    /// Every repository that it may see, all pages.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn repositories(&self) -> Result<Vec<RepositoryRef>, Error> {
        let call = Call::get("/installation/repositories", &[]);
        let all = self.pages::<RepositoriesBody>(&call, MOST_PAGES).await?;
        let all =
            all.ok_or_else(|| Error::Incomplete(format!("there are more than {} repositories", MOST_PAGES * PAGE)))?;
        Ok(all.iter().filter_map(RepositoryRef::of).collect())
    }
}

impl Repository {
    /// Owner's login: a label.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Name: a label.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether this is the repository that its owner shares rules in.
    pub fn is_shared(&self) -> bool {
        self.name.eq_ignore_ascii_case(SHARED_REPOSITORY)
    }

    /// The same repository by another login of its owner.
    #[must_use]
    pub fn of_owner(&self, login: &str) -> Self {
        Self { owner: login.to_owned(), ..self.clone() }
    }

    /// The pull request as it is now.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::NotFound`] also where another repository has the name now.
    pub async fn pull(&self, number: u64) -> Result<Snapshot, Error> {
        let number = number.to_string();
        let args = [self.owner.as_str(), self.name.as_str(), number.as_str()];
        let call = Call::get("/repos/{owner}/{repo}/pulls/{pull_number}", &args);
        let body: PullBody = self.installation.ask(&call).await?;
        self.snapshot(&call, &body)
    }

    /// The change of a group of the merge queue, and the commits that it is made of; `None` where GitHub does not list them all.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn group(&self, base: &str, head: &str) -> Result<(Comparison, Option<Vec<GroupCommit>>), Error> {
        self.group_whole(base, head).await
    }

    /// The commit at the tip of a branch.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::NotFound`] where there is no such branch.
    pub async fn tip(&self, branch: &str) -> Result<String, Error> {
        let args = [self.owner.as_str(), self.name.as_str(), branch];
        let call = Call::get("/repos/{owner}/{repo}/branches/{branch}", &args);
        let body: BranchBody = self.installation.ask(&call).await?;
        if is_commit(&body.commit.sha) {
            return Ok(body.commit.sha);
        }
        Err(Error::Malformed { what: call.what(), why: "it names no commit".to_owned() })
    }

    /// Who moved a branch of this repository lately, the newest first.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn pushes(&self, branch: &str) -> Result<Vec<Push>, Error> {
        let args = [self.owner.as_str(), self.name.as_str()];
        let call = Call::get("/repos/{owner}/{repo}/activity", &args)
            .query("ref", format!("refs/heads/{branch}"))
            .query("per_page", PAGE);
        let all: Vec<ActivityBody> = self.installation.ask(&call).await?;
        Ok(all.into_iter().filter_map(ActivityBody::push).collect())
    }

    /// Numbers and snapshots of all open pull requests, all pages.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn open_pulls(&self) -> Result<Vec<(u64, Snapshot)>, Error> {
        let args = [self.owner.as_str(), self.name.as_str()];
        // Oldest first: one that is opened meanwhile shifts no page.
        let call = Call::get("/repos/{owner}/{repo}/pulls", &args)
            .query("state", "open")
            .query("sort", "created")
            .query("direction", "asc");
        let all = self.installation.pages::<Vec<PullBody>>(&call, MOST_PAGES).await?;
        let all = all.ok_or_else(|| {
            Error::Incomplete(format!("there are more than {} open pull requests", MOST_PAGES * PAGE))
        })?;
        let mut pulls = BTreeMap::new();
        for body in &all {
            if let Some(number) = body.number {
                pulls.insert(number, self.snapshot(&call, body)?);
            }
        }
        Ok(pulls.into_iter().collect())
    }

    fn snapshot(&self, call: &Call<'_>, body: &PullBody) -> Result<Snapshot, Error> {
        // A name may have changed hands since it was stored; the id has not.
        if body.repository().and_then(|repository| repository.id).is_some_and(|id| id != self.id.0) {
            return Err(Error::NotFound { what: call.what() });
        }
        body.snapshot(None)
            .map_err(|missing| Error::Malformed { what: call.what(), why: format!("{missing} is missing") })
    }

    /// The change of a pull request: [`Source::compare`], and from 300 to 3,000 files the pages of the files list, each entry of which
    /// must name `head`.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::TooLarge`] where the trees that are read beyond are cut, [`Error::Incomplete`] where it moved on
    /// while it was read.
    pub async fn change(
        &self,
        number: u64,
        base: &str,
        head: &str,
        changed_files: Option<u64>,
    ) -> Result<Comparison, Error> {
        self.change_whole(number, base, head, changed_files).await
    }

    /// All reviews, all pages; mere comments and pending ones too (`kind: None`).
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Incomplete`] where there are more than 3,000.
    pub async fn reviews(&self, number: u64) -> Result<Vec<SeenReview>, Error> {
        let number = number.to_string();
        let args = [self.owner.as_str(), self.name.as_str(), number.as_str()];
        let call = Call::get("/repos/{owner}/{repo}/pulls/{pull_number}/reviews", &args);
        let all = self.installation.pages::<Vec<ReviewBody>>(&call, REVIEW_PAGES).await?;
        let all =
            all.ok_or_else(|| Error::Incomplete(format!("there are more than {} reviews", REVIEW_PAGES * PAGE)))?;
        Ok(all.into_iter().filter_map(ReviewBody::seen).collect())
    }
}

impl Source for Repository {
    type Error = Error;
    async fn compare(&self, base: &str, head: &str) -> Result<Comparison, Error> {
        self.compare_whole(base, head).await
    }
    async fn read(&self, commit: &str, paths: &[String]) -> Result<Vec<Option<Blob>>, Error> {
        self.read_files(commit, paths).await
    }
    async fn read_below(&self, commit: &str, dirs: &[String], wanted: fn(&str) -> bool) -> Result<Vec<Blob>, Error> {
        self.read_folders(commit, dirs, wanted).await
    }
    async fn list(&self, commit: &str) -> Result<Vec<String>, Error> {
        self.list_files(commit).await
    }
}

#[derive(Deserialize)]
struct ActivityBody {
    after: Option<String>,
    timestamp: Option<DateTime<Utc>>,
    actor: Option<User>,
}

impl ActivityBody {
    /// The push; `None` where it does not say what or whose it was.
    fn push(self) -> Option<Push> {
        let actor = self.actor?;
        Some(Push {
            after: self.after.filter(|after| is_commit(after))?,
            login: actor.login.clone()?,
            user_id: actor.id,
            bot: actor.is_bot(),
            at: self.timestamp?,
        })
    }
}

#[derive(Deserialize)]
struct BranchBody {
    commit: TipBody,
}

#[derive(Deserialize)]
struct TipBody {
    sha: String,
}

#[derive(Deserialize)]
struct RepositoriesBody {
    repositories: Vec<RepositoryBody>,
}

impl Page for RepositoriesBody {
    type Entry = RepositoryBody;
    fn entries(self) -> Vec<RepositoryBody> {
        self.repositories
    }
}

impl RepositoryRef {
    /// The repository of a body; `None` where it names none.
    fn of(body: &RepositoryBody) -> Option<Self> {
        let (owner, name) = body.labels()?;
        Some(Self { id: RepositoryId(body.id?), owner, name })
    }
}

/// How long a call may take in all.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How many pages of any list are read.
const MOST_PAGES: usize = 100;
/// How many pages of reviews are read.
const REVIEW_PAGES: usize = 30;

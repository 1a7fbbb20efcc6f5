//! A pull request and its reviews as GitHub shows them: what the two ends of the wire and the store speak of alike.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::review::{ActKind, Dismissal};

/// A pull request as a payload or an answer showed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Owner's login: a label.
    pub owner: String,
    /// Repository name: a label.
    pub name: String,
    /// Web address of the repository.
    pub repository_url: String,
    /// Default branch of the repository.
    pub default_branch: String,
    /// Whether the repository is private.
    pub private: bool,
    /// Whether the pull request is open.
    pub open: bool,
    /// Whether it is a draft.
    pub draft: bool,
    /// Title.
    pub title: String,
    /// Label names, sorted.
    pub labels: Vec<String>,
    /// Login of the opener.
    pub author: String,
    /// GitHub's id of the opener: a login may change hands. `None`: not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_id: Option<u64>,
    /// Whether the opener is an App.
    pub author_is_bot: bool,
    /// Head commit.
    pub head: String,
    /// Its branch, where that is one of this very repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_branch: Option<String>,
    /// Base branch name.
    pub base: String,
    /// How many files it says that it changes, where told.
    pub changed_files: Option<u64>,
    /// Requested users' logins, sorted.
    pub requested_users: Vec<String>,
    /// Requested teams' slugs, sorted.
    pub requested_teams: Vec<String>,
    /// GitHub's `updated_at`.
    pub updated_at: DateTime<Utc>,
}

/// A review as first seen. Recorded once by id: what the API says of its commit later does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenReview {
    /// Id.
    pub review_id: u64,
    /// Login.
    pub login: String,
    /// GitHub's id of the reviewer: a login may change hands. `None`: not told.
    pub user_id: Option<u64>,
    /// Whether the reviewer is an App.
    pub bot: bool,
    /// What it says now (a dismissal changes this, and only this); `None` for what is no review yet (pending).
    pub kind: Option<ActKind>,
    /// The commit as first seen; `None`: it could not be told, so the review signs nothing.
    pub commit: Option<String>,
    /// Whether the commit is as the webhook of its submission told it. What the API says may have been moved since.
    pub told: bool,
    /// Branch that the pull request went to then, as the webhook of its submission told it: the page showed the difference to
    /// that branch and to no other. `None`: not told.
    pub base: Option<String>,
    /// When it was given.
    pub submitted_at: Option<DateTime<Utc>>,
    /// How it was dismissed, of one that was.
    pub dismissed: Option<Dismissal>,
}

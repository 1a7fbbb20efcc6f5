//! The shapes that answers and webhook bodies share. Only what is used, and everything that may be absent or null is an `Option`.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::pull::{SeenReview, Snapshot};
use crate::review::ActKind;

/// The login that GitHub itself shows for a deleted account.
const GHOST: &str = "ghost";

#[derive(Debug, Default, Deserialize)]
pub(super) struct User {
    pub id: Option<u64>,
    pub login: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

impl User {
    pub fn is_bot(&self) -> bool {
        self.kind.as_deref() == Some("Bot")
    }
}

/// Login and whether it is an App; a deleted account is GitHub's ghost.
pub(super) fn who(user: Option<&User>) -> (String, bool) {
    let login = user.and_then(|user| user.login.clone()).unwrap_or_else(|| GHOST.to_owned());
    (login, user.is_some_and(User::is_bot))
}

#[derive(Debug, Deserialize)]
pub(super) struct RepositoryBody {
    pub id: Option<u64>,
    pub name: Option<String>,
    pub full_name: Option<String>,
    pub owner: Option<User>,
    pub html_url: Option<String>,
    pub default_branch: Option<String>,
    pub private: Option<bool>,
}

impl RepositoryBody {
    /// Owner and name; the lists of `installation_repositories` have them in `full_name` only.
    pub fn labels(&self) -> Option<(String, String)> {
        let full = self.full_name.as_deref().and_then(|full| full.split_once('/'));
        let owner = self.owner.as_ref().and_then(|owner| owner.login.as_deref()).or(full.map(|(owner, _)| owner))?;
        let name = self.name.as_deref().or(full.map(|(_, name)| name))?;
        (!owner.is_empty() && !name.is_empty()).then(|| (owner.to_owned(), name.to_owned()))
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct End {
    #[serde(rename = "ref")]
    pub name: Option<String>,
    pub sha: Option<String>,
    pub repo: Option<RepositoryBody>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Team {
    pub slug: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Label {
    pub name: Option<String>,
}

/// A pull request, in a payload, a list or on its own.
#[derive(Debug, Deserialize)]
pub(super) struct PullBody {
    pub number: Option<u64>,
    pub state: Option<String>,
    pub draft: Option<bool>,
    pub title: Option<String>,
    pub user: Option<User>,
    pub labels: Option<Vec<Option<Label>>>,
    pub head: Option<End>,
    pub base: Option<End>,
    pub changed_files: Option<u64>,
    pub comments: Option<u64>,
    pub requested_reviewers: Option<Vec<Option<User>>>,
    pub requested_teams: Option<Vec<Option<Team>>>,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

impl PullBody {
    /// The repository that it goes to, as it says itself.
    pub fn repository(&self) -> Option<&RepositoryBody> {
        self.base.as_ref()?.repo.as_ref()
    }

    /// The snapshot; the error names what is missing. `repository` fills in what the base of the pull request leaves out.
    pub fn snapshot(&self, repository: Option<&RepositoryBody>) -> Result<Snapshot, &'static str> {
        let repositories = [self.repository(), repository];
        let known = || repositories.iter().copied().flatten();
        let (owner, name) = known().find_map(RepositoryBody::labels).ok_or("repository")?;
        let base = self.base.as_ref().and_then(|base| base.name.clone()).filter(|name| !name.is_empty());
        let head = self.head.as_ref().and_then(|head| head.sha.clone()).filter(|sha| is_commit(sha));
        let here = self.repository().and_then(|repository| repository.id);
        let from = self.head.as_ref().and_then(|head| head.repo.as_ref()?.id);
        let branch = self.head.as_ref().and_then(|head| head.name.clone());
        let (author, author_is_bot) = who(self.user.as_ref());
        let mut labels: Vec<_> =
            self.labels.iter().flatten().flatten().filter_map(|label| label.name.clone()).collect();
        labels.sort();
        let users = self.requested_reviewers.iter().flatten().flatten();
        let teams = self.requested_teams.iter().flatten().flatten();
        let sorted = |mut names: Vec<String>| {
            names.sort();
            names
        };
        Ok(Snapshot {
            repository_url: known().find_map(|repository| repository.html_url.clone()).unwrap_or_default(),
            default_branch: known().find_map(|repository| repository.default_branch.clone()).ok_or("default_branch")?,
            // Where it is not said, nothing may be shown that outsiders cannot see.
            private: known().find_map(|repository| repository.private).unwrap_or(false),
            owner,
            name,
            open: self.state.as_deref().ok_or("state")? == "open",
            draft: self.draft.unwrap_or(false),
            title: self.title.clone().unwrap_or_default(),
            labels,
            author,
            author_id: self.user.as_ref().and_then(|user| user.id),
            author_is_bot,
            head: head.ok_or("head.sha")?,
            head_branch: branch.filter(|_| here.is_some() && from == here),
            base: base.ok_or("base.ref")?,
            changed_files: self.changed_files,
            requested_users: sorted(users.filter_map(|user| user.login.clone()).collect()),
            requested_teams: sorted(teams.filter_map(|team| team.slug.clone()).collect()),
            updated_at: self.updated_at.ok_or("updated_at")?,
        })
    }
}

/// A review, in a payload (state in lower case) or from the API (upper case).
#[derive(Debug, Deserialize)]
pub(super) struct ReviewBody {
    pub id: Option<u64>,
    pub user: Option<User>,
    pub state: Option<String>,
    pub commit_id: Option<String>,
    pub submitted_at: Option<DateTime<Utc>>,
}

impl ReviewBody {
    /// The review; `None` where it has no id. Of a deleted account nothing counts.
    pub fn seen(self) -> Option<SeenReview> {
        let (login, bot) = who(self.user.as_ref());
        let state = self.state.unwrap_or_default();
        let kind = match state.to_ascii_uppercase().as_str() {
            _ if self.user.as_ref().is_none_or(|user| user.login.is_none()) => None,
            "APPROVED" => Some(ActKind::Approved),
            "CHANGES_REQUESTED" => Some(ActKind::ChangesRequested),
            "DISMISSED" => Some(ActKind::Dismissed),
            "COMMENTED" => Some(ActKind::Commented),
            _ => None,
        };
        Some(SeenReview {
            review_id: self.id?,
            login,
            user_id: self.user.as_ref().and_then(|user| user.id),
            bot,
            kind,
            commit: self.commit_id.filter(|commit| is_commit(commit)),
            told: false,
            base: None,
            submitted_at: self.submitted_at,
            dismissed: None,
        })
    }
}

/// Whether this is a full commit id (SHA-1 or SHA-256).
pub(super) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

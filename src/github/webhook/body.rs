//! The bodies of the events that have an action: everything may be missing.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::super::wire::{PullBody, RepositoryBody, ReviewBody, Team, User};

#[derive(Deserialize)]
pub(super) struct Installed {
    pub id: Option<u64>,
    pub account: Option<User>,
}

#[derive(Deserialize)]
pub(super) struct Body {
    pub installation: Option<Installed>,
    pub repository: Option<RepositoryBody>,
    pub sender: Option<User>,
    pub number: Option<u64>,
    pub pull_request: Option<PullBody>,
    pub requested_reviewer: Option<User>,
    pub requested_team: Option<Team>,
    pub changes: Option<Changes>,
    pub review: Option<ReviewBody>,
    pub check_run: Option<CheckedBody>,
    pub check_suite: Option<CheckedBody>,
    pub issue: Option<IssueBody>,
    pub comment: Option<CommentBody>,
    pub repositories_added: Option<Vec<Option<RepositoryBody>>>,
    pub repositories_removed: Option<Vec<Option<RepositoryBody>>>,
    pub organization: Option<User>,
    pub account: Option<User>,
    pub member: Option<User>,
    pub membership: Option<MembershipBody>,
    pub team: Option<Team>,
    pub merge_group: Option<GroupBody>,
}

/// Somebody's membership of an organisation.
#[derive(Deserialize)]
pub(super) struct MembershipBody {
    pub user: Option<User>,
}

/// A group of the merge queue.
#[derive(Deserialize)]
pub(super) struct GroupBody {
    pub head_sha: Option<String>,
    pub head_ref: Option<String>,
    pub base_sha: Option<String>,
    pub base_ref: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Changes {
    pub base: Option<BaseChange>,
    pub title: Option<IgnoredAny>,
    pub body: Option<TextChange>,
    pub name: Option<TextChange>,
    pub default_branch: Option<IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct BaseChange {
    #[serde(rename = "ref")]
    pub name: Option<TextChange>,
}

#[derive(Deserialize)]
pub(super) struct TextChange {
    pub from: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct CheckedBody {
    pub head_sha: Option<String>,
    pub pull_requests: Option<Vec<Option<Numbered>>>,
}

#[derive(Deserialize)]
pub(super) struct Numbered {
    pub number: Option<u64>,
}

#[derive(Deserialize)]
pub(super) struct IssueBody {
    pub number: Option<u64>,
    pub pull_request: Option<IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct CommentBody {
    pub id: Option<u64>,
    pub body: Option<String>,
    pub user: Option<User>,
    pub performed_via_github_app: Option<AppBody>,
}

#[derive(Deserialize)]
pub(super) struct AppBody {
    pub id: Option<u64>,
}

//! Webhook bodies as a closed set of events: what may have changed, and nothing else.
//!
//! Events and actions that are not known are [`Event::Ignored`]: GitHub adds new ones at any time. Of the known ones only the
//! fields in use are read, and the body has to fit the event, since its name is not covered by the signature.

mod body;
mod branches;
mod places;
mod pulls;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::RepositoryRef;
use super::wire::RepositoryBody;
use crate::ids::{InstallationId, PullKey, RepositoryId};
use crate::pull::{SeenReview, Snapshot};
use crate::rules::Handle;

/// A body that is no webhook body, or does not fit its event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

/// The repository that an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Tenant.
    pub installation: InstallationId,
    /// Repository.
    pub repository: RepositoryId,
    /// Id of the account that owns it, where told.
    pub account: Option<u64>,
    /// Owner's login: a label.
    pub owner: String,
    /// Name: a label.
    pub name: String,
}

impl Place {
    /// The key of a pull request there.
    pub fn pull(&self, number: u64) -> PullKey {
        PullKey { installation: self.installation, repository: self.repository, number }
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Login.
    pub login: String,
    /// Id; `None`: not told.
    pub id: Option<u64>,
    /// Whether it is an App.
    pub bot: bool,
}

/// What happened to a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullAction {
    /// It was opened.
    Opened,
    /// It was opened again.
    Reopened,
    /// It has a new head.
    Synchronize,
    /// Title, description or base were changed.
    Edited,
    /// It is no draft any more.
    ReadyForReview,
    /// It is a draft again.
    ConvertedToDraft,
    /// It got a label.
    Labeled,
    /// It lost a label.
    Unlabeled,
    /// It was closed or merged.
    Closed,
}

/// What happened to an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallationAction {
    /// The App was installed, let in again, or was given the permissions that it asked for: look at what is open.
    Active,
    /// It was uninstalled or suspended.
    Inactive,
}

/// What happened to a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepositoryChange {
    /// It has another name.
    Renamed,
    /// It is gone.
    Deleted,
    /// It has another owner or default branch, others may see it than before, or it can be written to again.
    Other,
    /// It is new.
    Created,
}

/// Everything that a webhook can tell.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A pull request changed.
    Pull {
        /// Where.
        place: Place,
        /// Number.
        number: u64,
        /// What happened.
        action: PullAction,
        /// The pull request as the payload shows it.
        snapshot: Box<Snapshot>,
        /// When it was opened, where told.
        created_at: Option<DateTime<Utc>>,
        /// How many comments it has, where told.
        comments: Option<u64>,
        /// Name of the base branch before, where that changed.
        base_from: Option<String>,
        /// Who did it.
        sender: Sender,
    },
    /// A review was asked for, or is not any more.
    ReviewRequest {
        /// Where.
        place: Place,
        /// Number of the pull request.
        number: u64,
        /// The pull request as the payload shows it.
        snapshot: Box<Snapshot>,
        /// Of whom: a person or a team of the repository's owner; `None` where that is not told.
        handle: Option<Handle>,
        /// Whether the request is taken back.
        removed: bool,
        /// Who did it.
        sender: Sender,
    },
    /// A review was submitted, edited or dismissed that says more than a comment.
    Review {
        /// Where.
        place: Place,
        /// Number of the pull request.
        number: u64,
        /// The pull request as the payload shows it.
        snapshot: Box<Snapshot>,
        /// The review.
        review: SeenReview,
    },
    /// Somebody wants our check run, or all of the head's, to run again.
    Rerequested {
        /// Where.
        place: Place,
        /// Head commit.
        head: String,
        /// Pull requests that the payload names (none for those from forks).
        pulls: Vec<u64>,
    },
    /// A comment of an App on a pull request was edited by somebody else or deleted.
    AppComment {
        /// Where.
        place: Place,
        /// Number of the pull request.
        number: u64,
        /// Id of the App that wrote it.
        app: u64,
        /// Id of the comment.
        comment: u64,
    },
    /// The App's standing with an account changed.
    Installation {
        /// Tenant.
        installation: InstallationId,
        /// How.
        action: InstallationAction,
        /// Id of the account.
        account: u64,
        /// Its login: a label.
        login: String,
    },
    /// The App was let into repositories, or shut out of them.
    InstallationRepositories {
        /// Tenant.
        installation: InstallationId,
        /// Id of the account, where told.
        account: Option<u64>,
        /// Let into.
        added: Vec<RepositoryRef>,
        /// Shut out of.
        removed: Vec<RepositoryRef>,
    },
    /// A branch was pushed to, or deleted.
    Push {
        /// Where.
        place: Place,
        /// Name of the branch.
        branch: String,
        /// The tip before; `None` where it does not follow from that one: created, forced, deleted.
        before: Option<String>,
        /// The tip now; `None`: it is deleted.
        after: Option<String>,
        /// The paths that its commits touch; `None` where not all are told.
        paths: Option<Vec<String>>,
    },
    /// A group of the merge queue wants to be checked, or is gone.
    Group {
        /// Where.
        place: Place,
        /// Its head commit.
        head: String,
        /// Name of its branch.
        head_ref: String,
        /// Name of the branch that it goes to.
        base: String,
        /// The commit that it is built on.
        base_sha: String,
        /// Whether it wants to be checked; otherwise it is gone.
        open: bool,
    },
    /// Somebody came into a team, an organisation or a repository, or left.
    Member {
        /// Tenant.
        installation: InstallationId,
        /// Id of the account that it belongs to.
        account: u64,
        /// Login of the person.
        login: String,
        /// The repository, where it is about one alone.
        repository: Option<RepositoryId>,
    },
    /// A team came to be, is gone, has another name, or may read other repositories.
    Team {
        /// Tenant.
        installation: InstallationId,
        /// Id of the organisation.
        account: u64,
        /// The team by the names that it has and had.
        teams: Vec<Handle>,
    },
    /// The account that installed the App has another login.
    AccountRenamed {
        /// Tenant.
        installation: InstallationId,
        /// Id of the account.
        account: u64,
        /// Its login now: a label.
        login: String,
    },
    /// A repository changed as such.
    Repository {
        /// Where, by its names now.
        place: Place,
        /// How.
        change: RepositoryChange,
        /// Its web address now, where told.
        url: Option<String>,
    },
    /// GitHub asks whether somebody is there.
    Ping,
    /// An event that asks for nothing.
    Ignored,
}

#[derive(Deserialize)]
struct Outline {
    action: Option<Action>,
    installation: Option<body::Installed>,
}

/// An action; of one that is no text nothing is known.
#[derive(Deserialize)]
#[serde(untagged)]
enum Action {
    Named(String),
    Other(#[allow(dead_code)] IgnoredAny),
}

/// Events that have an action, some of which ask for something. Of rulesets and branch protection (`repository_ruleset`,
/// `branch_protection_rule`) nothing is kept, so there is nothing to forget.
const KNOWN: [&str; 14] = [
    "pull_request",
    "pull_request_review",
    "check_run",
    "check_suite",
    "issue_comment",
    "installation",
    "installation_repositories",
    "installation_target",
    "organization",
    "membership",
    "member",
    "team",
    "repository",
    "merge_group",
];

/// Reads the body of the event named `event`.
///
/// # Errors
/// When it is no JSON object, or lacks what an event of this name and action has.
pub fn parse(event: &str, body: &[u8]) -> Result<Event, Malformed> {
    // A derived reader takes an array for the fields in their order.
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(Malformed("the body is no JSON object".to_owned()));
    }
    if event == "push" {
        return branches::push(body);
    }
    if !KNOWN.contains(&event) {
        branches::any(body)?;
        return Ok(if event == "ping" { Event::Ping } else { Event::Ignored });
    }
    let outline: Outline = read(body)?;
    let Some(Action::Named(action)) = outline.action else {
        return Ok(Event::Ignored);
    };
    // Without an installation it is the hook of a repository or an organisation, which is none of the App's business.
    let installation = outline.installation.and_then(|installation| installation.id);
    let Some(installation) = installation else { return Ok(Event::Ignored) };
    let installation = InstallationId(stored_id(installation)?);
    let pull_action = match action.as_str() {
        "opened" => Some(PullAction::Opened),
        "reopened" => Some(PullAction::Reopened),
        "synchronize" => Some(PullAction::Synchronize),
        "edited" => Some(PullAction::Edited),
        "ready_for_review" => Some(PullAction::ReadyForReview),
        "converted_to_draft" => Some(PullAction::ConvertedToDraft),
        "labeled" => Some(PullAction::Labeled),
        "unlabeled" => Some(PullAction::Unlabeled),
        "closed" => Some(PullAction::Closed),
        _ => None,
    };
    match (event, action.as_str()) {
        ("pull_request", "review_requested" | "review_request_removed") => {
            pulls::review_request(installation, action == "review_request_removed", read(body)?)
        }
        ("pull_request", _) => match pull_action {
            Some(action) => pulls::pull(installation, action, read(body)?),
            None => Ok(Event::Ignored),
        },
        ("pull_request_review", "submitted" | "edited" | "dismissed") => {
            pulls::review(installation, &action, read(body)?)
        }
        ("check_run" | "check_suite", "rerequested") => pulls::rerequested(installation, read(body)?),
        ("issue_comment", "edited" | "deleted") => pulls::comment(installation, action == "edited", read(body)?),
        ("installation", "created" | "unsuspend" | "new_permissions_accepted") => {
            places::installed(installation, InstallationAction::Active, read(body)?)
        }
        ("installation", "deleted" | "suspend") => {
            places::installed(installation, InstallationAction::Inactive, read(body)?)
        }
        ("installation_repositories", "added" | "removed") => places::repositories(installation, read(body)?),
        ("installation_target" | "organization", "renamed") => places::renamed_account(installation, read(body)?),
        ("organization", "member_added" | "member_removed") => places::org_member(installation, read(body)?),
        ("membership", "added" | "removed") => places::membership(installation, read(body)?),
        ("member", "added" | "edited" | "removed") => places::collaborator(installation, read(body)?),
        ("team", "created" | "deleted" | "edited" | "added_to_repository" | "removed_from_repository") => {
            places::team(installation, read(body)?)
        }
        (
            "repository",
            "created" | "renamed" | "transferred" | "publicized" | "privatized" | "edited" | "unarchived" | "deleted",
        ) => places::repository(installation, &action, read(body)?),
        ("merge_group", "checks_requested" | "destroyed") => branches::group(installation, &action, read(body)?),
        _ => Ok(Event::Ignored),
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Malformed> {
    // The message names a line and column, and may quote a name out of the body.
    serde_json::from_slice(body).map_err(|error| Malformed(super::mask::shown(&error.to_string())))
}

fn missing(what: &str) -> Malformed {
    Malformed(format!("{what} is missing"))
}

/// An id that the store can keep.
fn stored_id(id: u64) -> Result<u64, Malformed> {
    if id == 0 || i64::try_from(id).is_err() {
        return Err(Malformed("an id is out of range".to_owned()));
    }
    Ok(id)
}

fn place(installation: InstallationId, repository: Option<&RepositoryBody>) -> Result<Place, Malformed> {
    let repository = repository.ok_or_else(|| missing("repository"))?;
    let (owner, name) = repository.labels().ok_or_else(|| missing("the name of the repository"))?;
    Ok(Place {
        installation,
        repository: RepositoryId(stored_id(repository.id.ok_or_else(|| missing("repository.id"))?)?),
        account: repository.owner.as_ref().and_then(|owner| owner.id),
        owner,
        name,
    })
}

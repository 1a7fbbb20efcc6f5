//! Webhook bodies as a closed set of events: what may have changed, and nothing else.
//!
//! Events and actions that are not known are [`Event::Ignored`]: GitHub adds new ones at any time. Of the known ones only the
//! fields in use are read, and the body has to fit the event, since its name is not covered by the signature.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::RepositoryRef;
use super::wire::{PullBody, RepositoryBody, ReviewBody, Team, User, is_commit, who};
use crate::ids::{InstallationId, PullKey, RepositoryId};
use crate::pull::{SeenReview, Snapshot};
use crate::review::Dismissal;
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
    /// GitHub asks whether somebody is there.
    Ping,
    /// An event that asks for nothing.
    Ignored,
}

#[derive(Deserialize)]
struct Outline {
    action: Option<Action>,
    installation: Option<Installed>,
}

/// An action; of one that is no text nothing is known.
#[derive(Deserialize)]
#[serde(untagged)]
enum Action {
    Named(String),
    Other(#[allow(dead_code)] IgnoredAny),
}

#[derive(Deserialize)]
struct Installed {
    id: Option<u64>,
    account: Option<User>,
}

#[derive(Deserialize)]
struct Body {
    installation: Option<Installed>,
    repository: Option<RepositoryBody>,
    sender: Option<User>,
    number: Option<u64>,
    pull_request: Option<PullBody>,
    requested_reviewer: Option<User>,
    requested_team: Option<Team>,
    changes: Option<Changes>,
    review: Option<ReviewBody>,
    check_run: Option<CheckedBody>,
    check_suite: Option<CheckedBody>,
    issue: Option<IssueBody>,
    comment: Option<CommentBody>,
    repositories_added: Option<Vec<Option<RepositoryBody>>>,
    repositories_removed: Option<Vec<Option<RepositoryBody>>>,
}

#[derive(Deserialize)]
struct Changes {
    base: Option<BaseChange>,
    title: Option<IgnoredAny>,
    body: Option<TextChange>,
}

#[derive(Deserialize)]
struct BaseChange {
    #[serde(rename = "ref")]
    name: Option<TextChange>,
}

#[derive(Deserialize)]
struct TextChange {
    from: Option<String>,
}

#[derive(Deserialize)]
struct CheckedBody {
    head_sha: Option<String>,
    pull_requests: Option<Vec<Option<Numbered>>>,
}

#[derive(Deserialize)]
struct Numbered {
    number: Option<u64>,
}

#[derive(Deserialize)]
struct IssueBody {
    number: Option<u64>,
    pull_request: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct CommentBody {
    id: Option<u64>,
    body: Option<String>,
    user: Option<User>,
    performed_via_github_app: Option<AppBody>,
}

#[derive(Deserialize)]
struct AppBody {
    id: Option<u64>,
}

/// Reads the body of the event named `event`.
///
/// # Errors
/// When it is no JSON object, or lacks what an event of this name and action has.
pub fn parse(event: &str, body: &[u8]) -> Result<Event, Malformed> {
    // A derived reader takes an array for the fields in their order.
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(Malformed("the body is no JSON object".to_owned()));
    }
    if !matches!(
        event,
        "pull_request"
            | "pull_request_review"
            | "check_run"
            | "check_suite"
            | "issue_comment"
            | "installation"
            | "installation_repositories"
    ) {
        let _: IgnoredAny = read(body)?;
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
            review_request(installation, action == "review_request_removed", read(body)?)
        }
        ("pull_request", _) => match pull_action {
            Some(action) => pull(installation, action, read(body)?),
            None => Ok(Event::Ignored),
        },
        ("pull_request_review", "submitted" | "edited" | "dismissed") => review(installation, &action, read(body)?),
        ("check_run" | "check_suite", "rerequested") => rerequested(installation, read(body)?),
        ("issue_comment", "edited" | "deleted") => comment(installation, action == "edited", read(body)?),
        ("installation", "created" | "unsuspend" | "new_permissions_accepted") => {
            installed(installation, InstallationAction::Active, read(body)?)
        }
        ("installation", "deleted" | "suspend") => installed(installation, InstallationAction::Inactive, read(body)?),
        ("installation_repositories", "added" | "removed") => repositories(installation, read(body)?),
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

fn sender(user: Option<&User>) -> Sender {
    let (login, bot) = who(user);
    Sender { login, bot }
}

/// Place, number and snapshot of the pull request in a body.
fn pull_of(installation: InstallationId, body: &Body) -> Result<(Place, u64, Box<Snapshot>), Malformed> {
    let pull = body.pull_request.as_ref().ok_or_else(|| missing("pull_request"))?;
    let place = place(installation, body.repository.as_ref().or(pull.repository()))?;
    if pull.repository().and_then(|repository| repository.id).is_some_and(|id| id != place.repository.0) {
        return Err(Malformed("the pull request goes to another repository than the event's".to_owned()));
    }
    let number = pull.number.or(body.number).ok_or_else(|| missing("pull_request.number"))?;
    let snapshot = pull.snapshot(body.repository.as_ref()).map_err(|what| missing(&format!("pull_request: {what}")))?;
    Ok((place, stored_id(number)?, Box::new(snapshot)))
}

fn pull(installation: InstallationId, action: PullAction, body: Body) -> Result<Event, Malformed> {
    let (place, number, snapshot) = pull_of(installation, &body)?;
    if action == PullAction::Edited
        && let Some(changes) = &body.changes
        && changes.body.is_some()
        && changes.base.is_none()
        && changes.title.is_none()
    {
        // The description decides nothing.
        return Ok(Event::Ignored);
    }
    let base_from = body.changes.and_then(|changes| changes.base?.name?.from);
    let created_at = body.pull_request.as_ref().and_then(|pull| pull.created_at);
    let comments = body.pull_request.as_ref().and_then(|pull| pull.comments);
    let sender = sender(body.sender.as_ref());
    Ok(Event::Pull { place, number, action, snapshot, created_at, comments, base_from, sender })
}

fn review_request(installation: InstallationId, removed: bool, body: Body) -> Result<Event, Malformed> {
    let (place, number, snapshot) = pull_of(installation, &body)?;
    let team = body.requested_team.and_then(|team| team.slug).map(|slug| format!("@{}/{slug}", place.owner));
    let person = || body.requested_reviewer.and_then(|user| user.login).map(|login| format!("@{login}"));
    let handle = team.or_else(person).map(|handle| Handle::new(&handle));
    Ok(Event::ReviewRequest { place, number, snapshot, handle, removed, sender: sender(body.sender.as_ref()) })
}

fn review(installation: InstallationId, action: &str, body: Body) -> Result<Event, Malformed> {
    let (place, number, snapshot) = pull_of(installation, &body)?;
    let review = body.review.ok_or_else(|| missing("review"))?;
    let mut review = review.seen().ok_or_else(|| missing("review.id"))?;
    stored_id(review.review_id)?;
    if review.kind.is_none() {
        return Ok(Event::Ignored);
    }
    // GitHub moves a review's commit forward by itself, so only the event of its submission tells what was looked at.
    review.told = action == "submitted";
    if !review.told {
        review.commit = None;
    }
    if action == "dismissed" {
        let by = sender(body.sender.as_ref());
        review.dismissed = Some(Dismissal { was: None, by: Some(by.login), bot: by.bot, by_push: None });
    }
    Ok(Event::Review { place, number, snapshot, review })
}

fn rerequested(installation: InstallationId, body: Body) -> Result<Event, Malformed> {
    let place = place(installation, body.repository.as_ref())?;
    let checked = body.check_run.or(body.check_suite).ok_or_else(|| missing("check_run or check_suite"))?;
    let head = checked.head_sha.filter(|head| is_commit(head)).ok_or_else(|| missing("head_sha"))?;
    let pulls = checked.pull_requests.unwrap_or_default().into_iter().filter_map(|pull| pull?.number);
    let pulls = pulls.filter(|number| stored_id(*number).is_ok()).collect();
    Ok(Event::Rerequested { place, head, pulls })
}

fn comment(installation: InstallationId, edited: bool, body: Body) -> Result<Event, Malformed> {
    let issue = body.issue.ok_or_else(|| missing("issue"))?;
    let comment = body.comment.ok_or_else(|| missing("comment"))?;
    let app = comment.performed_via_github_app.as_ref().and_then(|app| app.id);
    let (Some(_), Some(app)) = (&issue.pull_request, app) else { return Ok(Event::Ignored) };
    let by_itself = match (&body.sender, &comment.user) {
        (Some(sender), Some(author)) => sender.is_bot() && sender.id.is_some() && sender.id == author.id,
        _ => false,
    };
    let before = body.changes.and_then(|changes| changes.body?.from);
    // A tick in the checklist is what the checklist is there for: the text is as it was.
    let ticked =
        before.is_some_and(|before| unticked(&before) == unticked(comment.body.as_deref().unwrap_or_default()));
    if by_itself || (edited && ticked) {
        return Ok(Event::Ignored);
    }
    Ok(Event::AppComment {
        place: place(installation, body.repository.as_ref())?,
        number: stored_id(issue.number.ok_or_else(|| missing("issue.number"))?)?,
        app,
        comment: stored_id(comment.id.ok_or_else(|| missing("comment.id"))?)?,
    })
}

/// A comment without its ticks and without how its lines end (browsers send CRLF).
fn unticked(body: &str) -> String {
    let lines = body.lines().map(|line| {
        let item = line.trim_start();
        match item.strip_prefix("- [x]").or_else(|| item.strip_prefix("- [X]")) {
            Some(rest) => format!("{}- [ ]{rest}", &line[..line.len() - item.len()]),
            None => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

fn installed(installation: InstallationId, action: InstallationAction, body: Body) -> Result<Event, Malformed> {
    let account = body.installation.and_then(|installation| installation.account);
    let account = account.ok_or_else(|| missing("installation.account"))?;
    Ok(Event::Installation {
        installation,
        action,
        account: stored_id(account.id.ok_or_else(|| missing("installation.account.id"))?)?,
        login: account.login.ok_or_else(|| missing("installation.account.login"))?,
    })
}

fn repositories(installation: InstallationId, body: Body) -> Result<Event, Malformed> {
    let of = |bodies: Option<Vec<Option<RepositoryBody>>>| {
        let bodies = bodies.unwrap_or_default();
        bodies
            .iter()
            .flatten()
            .filter_map(RepositoryRef::of)
            .filter(|repository| stored_id(repository.id.0).is_ok())
            .collect()
    };
    Ok(Event::InstallationRepositories {
        installation,
        account: body.installation.and_then(|installation| installation.account?.id),
        added: of(body.repositories_added),
        removed: of(body.repositories_removed),
    })
}

//! Events of pull requests, their reviews, comments and checks.

use super::super::wire::{User, is_commit, who};
use super::body::Body;
use super::{Event, Malformed, Place, PullAction, Sender, missing, place, stored_id};
use crate::ids::InstallationId;
use crate::pull::Snapshot;
use crate::review::Dismissal;
use crate::rules::Handle;

fn sender(user: Option<&User>) -> Sender {
    let (login, bot) = who(user);
    Sender { login, id: user.and_then(|user| user.id).filter(|id| stored_id(*id).is_ok()), bot }
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

pub(super) fn pull(installation: InstallationId, action: PullAction, body: Body) -> Result<Event, Malformed> {
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

pub(super) fn review_request(installation: InstallationId, removed: bool, body: Body) -> Result<Event, Malformed> {
    let (place, number, snapshot) = pull_of(installation, &body)?;
    let team = body.requested_team.and_then(|team| team.slug).map(|slug| format!("@{}/{slug}", place.owner));
    let person = || body.requested_reviewer.and_then(|user| user.login).map(|login| format!("@{login}"));
    let handle = team.or_else(person).map(|handle| Handle::new(&handle));
    Ok(Event::ReviewRequest { place, number, snapshot, handle, removed, sender: sender(body.sender.as_ref()) })
}

pub(super) fn review(installation: InstallationId, action: &str, body: Body) -> Result<Event, Malformed> {
    let (place, number, snapshot) = pull_of(installation, &body)?;
    let review = body.review.ok_or_else(|| missing("review"))?;
    let mut review = review.seen().ok_or_else(|| missing("review.id"))?;
    stored_id(review.review_id)?;
    if review.kind.is_none() {
        return Ok(Event::Ignored);
    }
    // GitHub moves a review's commit forward by itself, so only the event of its submission tells what was looked at. Any other may
    // be the first that is heard of a review: it says no more of it than an answer would.
    review.told = action == "submitted";
    if review.told {
        review.base = Some(snapshot.base.clone());
    }
    if action == "dismissed" {
        let by = sender(body.sender.as_ref());
        review.dismissed = Some(Dismissal { was: None, by: Some(by.login), bot: by.bot, by_push: None });
    }
    Ok(Event::Review { place, number, snapshot, review })
}

pub(super) fn rerequested(installation: InstallationId, body: Body) -> Result<Event, Malformed> {
    let place = place(installation, body.repository.as_ref())?;
    let checked = body.check_run.or(body.check_suite).ok_or_else(|| missing("check_run or check_suite"))?;
    let head = checked.head_sha.filter(|head| is_commit(head)).ok_or_else(|| missing("head_sha"))?;
    let pulls = checked.pull_requests.unwrap_or_default().into_iter().filter_map(|pull| pull?.number);
    let pulls = pulls.filter(|number| stored_id(*number).is_ok()).collect();
    Ok(Event::Rerequested { place, head, pulls })
}

pub(super) fn comment(installation: InstallationId, edited: bool, body: Body) -> Result<Event, Malformed> {
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

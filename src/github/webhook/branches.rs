//! Pushes, and the groups of the merge queue.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::super::wire::{RepositoryBody, is_commit};
use super::body::Body;
use super::{Event, Malformed, missing, place, read};
use crate::ids::InstallationId;

/// GitHub lists no more commits than this in the body of a push (docs.github.com, "Webhook events and payloads", `push`).
const MOST_COMMITS: usize = 2_048;

#[derive(Deserialize)]
struct PushBody {
    #[serde(rename = "ref")]
    name: Option<String>,
    before: Option<String>,
    after: Option<String>,
    created: Option<bool>,
    deleted: Option<bool>,
    forced: Option<bool>,
    commits: Option<Vec<Option<CommitBody>>>,
    repository: Option<RepositoryBody>,
    installation: Option<super::body::Installed>,
}

#[derive(Deserialize)]
struct CommitBody {
    added: Option<Vec<String>>,
    modified: Option<Vec<String>>,
    removed: Option<Vec<String>>,
}

impl CommitBody {
    /// The paths that it touches; `None` where they are not told.
    fn paths(self) -> Option<impl Iterator<Item = String>> {
        Some(self.added?.into_iter().chain(self.modified?).chain(self.removed?))
    }
}

/// A push to a branch; one of a tag, and what is no push of a repository of the App's, is ignored. The body has no action.
pub(super) fn push(body: &[u8]) -> Result<Event, Malformed> {
    let body: PushBody = read(body)?;
    let Some(id) = body.installation.and_then(|installation| installation.id) else { return Ok(Event::Ignored) };
    let installation = InstallationId(super::stored_id(id)?);
    let Some(branch) = body.name.as_deref().ok_or_else(|| missing("ref"))?.strip_prefix("refs/heads/") else {
        return Ok(Event::Ignored);
    };
    let before = body.before.filter(|sha| is_commit(sha)).ok_or_else(|| missing("before"))?;
    let after = body.after.filter(|sha| is_commit(sha)).ok_or_else(|| missing("after"))?;
    let yes = |flag: Option<bool>| flag.unwrap_or(false);
    let straight = !yes(body.forced) && !yes(body.created) && !yes(body.deleted);
    let commits = body.commits.unwrap_or_default();
    // A list that may be cut, and one that is empty, say nothing of the files.
    let told = straight && !commits.is_empty() && commits.len() < MOST_COMMITS;
    let paths = told.then(|| commits.into_iter().map(|commit| commit?.paths()).collect::<Option<Vec<_>>>()).flatten();
    Ok(Event::Push {
        place: place(installation, body.repository.as_ref())?,
        branch: branch.to_owned(),
        before: straight.then_some(before),
        after: (!yes(body.deleted)).then_some(after),
        paths: paths.map(|commits| commits.into_iter().flatten().collect()),
    })
}

/// `merge_group`: a group wants to be checked, or is gone.
pub(super) fn group(installation: InstallationId, action: &str, body: Body) -> Result<Event, Malformed> {
    let place = place(installation, body.repository.as_ref())?;
    let group = body.merge_group.ok_or_else(|| missing("merge_group"))?;
    let commit = |sha: Option<String>, what| sha.filter(|sha| is_commit(sha)).ok_or_else(|| missing(what));
    let branch = |name: Option<String>, what| {
        let name = name.ok_or_else(|| missing(what))?;
        Ok::<_, Malformed>(name.strip_prefix("refs/heads/").map(str::to_owned).unwrap_or(name))
    };
    Ok(Event::Group {
        place,
        head: commit(group.head_sha, "merge_group.head_sha")?,
        head_ref: branch(group.head_ref, "merge_group.head_ref")?,
        base: branch(group.base_ref, "merge_group.base_ref")?,
        base_sha: commit(group.base_sha, "merge_group.base_sha")?,
        open: action == "checks_requested",
    })
}

/// Whether a body is of anything at all: for events that ask for nothing.
pub(super) fn any(body: &[u8]) -> Result<(), Malformed> {
    let _: IgnoredAny = read(body)?;
    Ok(())
}

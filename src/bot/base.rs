//! The base moves: what its new tip says is read once, and where that is something else, its pull requests are judged again.

use chrono::TimeDelta;

use crate::github::Error as GitHubError;
use crate::ids::{InstallationId, PullKey, RepositoryId};
use crate::inbox::{Floor, Lane, Mark, Task, Tip, TipRead};

use super::bases::{At, Base};
use super::{Bot, End, TaskError};

/// How far apart the pull requests of a repository are judged when all of them have to be. GitHub lets an App create 80 things a
/// minute (docs.github.com, "Rate limits for the REST API": content-creating requests); one judgement writes four at most as a rule
/// (the check before and after, a request for review, the comment), so that 15 a minute leave a quarter of it for what happens
/// meanwhile.
pub(super) const APART: TimeDelta = TimeDelta::seconds(4);

/// Marks for pull requests that all have to be judged again: the first at once, the others one after the other.
pub(crate) fn paced(pulls: Vec<PullKey>, now: chrono::DateTime<chrono::Utc>) -> Vec<Mark> {
    let mut due = now;
    let mut marks = Vec::with_capacity(pulls.len());
    for key in pulls {
        marks.push(Mark {
            task: Task::Pull(key),
            lane: Lane::Sweep,
            due,
            floor: Floor::default(),
            snapshot: None,
            review: None,
            pusher: None,
        });
        due += APART;
    }
    marks
}

impl Bot {
    /// Reads what the tips of the branches say that have moved, and marks the open pull requests that are judged by them where it
    /// is something else than before.
    pub(super) async fn base_moved(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
    ) -> Result<End, TaskError> {
        let Some(known) = self.inbox.repository(installation, repository).await? else {
            return Ok(End::Done);
        };
        let client = self.app.installation(installation).repository(repository, &known.owner, &known.name);
        for branch in self.inbox.tips(installation, repository).await? {
            // Nothing was judged by it yet.
            let Some(before) = &branch.read else { continue };
            let tip = match &branch.tip {
                Some(tip) if *tip == before.commit => continue,
                Some(tip) => tip.clone(),
                None => match client.tip(&branch.branch).await {
                    Ok(tip) => {
                        let now = (self.clock)();
                        self.inbox.answered_tip(installation, repository, &branch.branch, &tip, now).await?;
                        tip
                    }
                    Err(GitHubError::NotFound { .. }) => {
                        self.inbox.forget_tips(installation, repository, Some(&branch.branch)).await?;
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                },
            };
            let at = At { installation, repository, client: &client, commit: &tip, judging: None };
            let base = self.base_at(at).await?;
            self.keep_good(at, &branch.branch, &base).await?;
            if base.says() != before.says {
                self.says_otherwise(installation, repository, &branch, &base).await?;
            }
            // Only now: stopped before, all this is done again.
            let read = TipRead { commit: tip, says: base.says().to_owned(), folders: base.folders() };
            self.inbox.read_tip(installation, repository, &branch.branch, &read).await?;
        }
        Ok(End::Done)
    }

    /// Marks whatever is judged by a branch.
    async fn says_otherwise(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        branch: &Tip,
        base: &Base,
    ) -> Result<(), TaskError> {
        let judged_by: Vec<String> =
            self.inbox.tips(installation, repository).await?.into_iter().map(|tip| tip.branch).collect();
        // A branch of its own rules, as it was and as it is.
        let stays_gated = |name: &String| {
            judged_by.contains(name) && matches!(base, Base::Sound(basis) if basis.rules.branches.matches(name))
        };
        let pulls = self.inbox.open_pulls(installation, repository).await?;
        let affected = pulls.into_iter().filter(|(_, snapshot)| {
            let by_default = snapshot.default_branch == branch.branch && !stays_gated(&snapshot.base);
            snapshot.base == branch.branch || by_default
        });
        let now = (self.clock)();
        let mut marks = paced(affected.map(|(key, _)| key).collect(), now);
        if !self.inbox.open_groups(installation, repository).await?.is_empty() {
            let task = Task::Queue { installation, repository };
            let floor = Floor::default();
            marks.push(Mark { task, lane: Lane::Act, due: now, floor, snapshot: None, review: None, pusher: None });
        }
        self.inbox.accept(None, &marks, now).await?;
        Ok(())
    }
}

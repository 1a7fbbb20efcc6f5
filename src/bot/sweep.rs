//! Installations and repositories whose open pull requests have to be looked at.

use chrono::TimeDelta;

use crate::ids::{InstallationId, PullKey, RepositoryId};
use crate::inbox::{Claim, Floor, Lane, Mark, Repository, Task};

use super::base::{APART, paced};
use super::{Bot, End, TaskError};

/// How far apart the repositories of an installation are listed. GitHub takes 900 reads a minute of one App (docs.github.com, "Rate
/// limits for the REST API": points); this leaves a third of it for what happens meanwhile.
const LISTS_APART: TimeDelta = TimeDelta::milliseconds(100);

impl Bot {
    /// Marks every repository of an installation, the first at once and the others one after the other.
    pub(super) async fn mark_repositories(&self, installation: InstallationId) -> Result<End, TaskError> {
        let repositories = self.app.installation(installation).repositories().await?;
        let now = (self.clock)();
        let mut due = now;
        let mut marks = Vec::new();
        for one in repositories {
            let known = Repository { installation, id: one.id, owner: one.owner, name: one.name };
            self.inbox.save_repository(&known).await?;
            marks.push(Mark {
                task: Task::Repository { installation, repository: one.id },
                lane: Lane::Sweep,
                due,
                floor: Floor::default(),
                snapshot: None,
                review: None,
                pusher: None,
            });
            due += LISTS_APART;
        }
        self.inbox.accept(None, &marks, now).await?;
        Ok(End::Done)
    }

    /// Marks every open pull request of a repository, the newest first. Of several repositories that are swept together the pull
    /// requests come one after the other; a repository that something happened to by itself does not wait for those.
    pub(super) async fn mark_pulls(
        &self,
        claim: &Claim,
        installation: InstallationId,
        repository: RepositoryId,
    ) -> Result<End, TaskError> {
        let Some(known) = self.inbox.repository(installation, repository).await? else {
            return Ok(End::Done);
        };
        let client = self.app.installation(installation).repository(repository, &known.owner, &known.name);
        let mut pulls = client.open_pulls().await?;
        pulls.reverse();
        let now = (self.clock)();
        let last = match claim.lane {
            Lane::Sweep => self.inbox.swept_until(installation).await?,
            Lane::Act | Lane::Event => None,
        };
        let first = last.map_or(now, |last| now.max(last + APART));
        let keys = pulls.iter().map(|(number, _)| PullKey { installation, repository, number: *number }).collect();
        let snapshots = pulls.into_iter().map(|(_, snapshot)| Some(snapshot));
        let marks: Vec<Mark> =
            paced(keys, first).into_iter().zip(snapshots).map(|(mark, snapshot)| Mark { snapshot, ..mark }).collect();
        self.inbox.accept(None, &marks, now).await?;
        Ok(End::Done)
    }
}

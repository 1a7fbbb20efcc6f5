//! Installations and repositories whose open pull requests have to be looked at.

use crate::ids::{InstallationId, PullKey, RepositoryId};
use crate::inbox::{Floor, Lane, Mark, Repository, Task};

use super::{Bot, End, TaskError};

impl Bot {
    /// Marks every repository of an installation.
    pub(super) async fn mark_repositories(&self, installation: InstallationId) -> Result<End, TaskError> {
        let repositories = self.app.installation(installation).repositories().await?;
        let now = (self.clock)();
        let mut marks = Vec::new();
        for one in repositories {
            let known = Repository { installation, id: one.id, owner: one.owner, name: one.name };
            self.inbox.save_repository(&known).await?;
            marks.push(Mark {
                task: Task::Repository { installation, repository: one.id },
                lane: Lane::Sweep,
                due: now,
                floor: Floor::default(),
                snapshot: None,
                review: None,
                pusher: None,
            });
        }
        self.inbox.accept(None, &marks, now).await?;
        Ok(End::Done)
    }

    /// Marks every open pull request of a repository.
    pub(super) async fn mark_pulls(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
    ) -> Result<End, TaskError> {
        let Some(known) = self.inbox.repository(installation, repository).await? else {
            return Ok(End::Done);
        };
        let client = self.app.installation(installation).repository(repository, &known.owner, &known.name);
        let pulls = client.open_pulls().await?;
        let now = (self.clock)();
        let marks: Vec<Mark> = pulls
            .into_iter()
            .map(|(number, snapshot)| Mark {
                task: Task::Pull(PullKey { installation, repository, number }),
                lane: Lane::Sweep,
                due: now,
                floor: Floor::default(),
                snapshot: Some(snapshot),
                review: None,
                pusher: None,
            })
            .collect();
        self.inbox.accept(None, &marks, now).await?;
        Ok(End::Done)
    }
}

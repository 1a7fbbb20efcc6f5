//! The groups of the merge queue.

use chrono::{DateTime, Utc};

use super::sql::{to_json, values};
use super::{Inbox, Result};
use crate::ids::{InstallationId, RepositoryId};
use crate::render::Check;

/// A group that wants to be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its head commit.
    pub head: String,
    /// Name of its branch, which names a pull request.
    pub head_ref: String,
    /// Name of the branch that it goes to.
    pub base: String,
    /// The commit that it is built on: the tip of that branch, or the head of an earlier group.
    pub base_sha: String,
}

/// A group that is not gone, as far as was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenGroup {
    /// It.
    pub group: Group,
    /// When it was told.
    pub told_at: DateTime<Utc>,
}

/// # Errors
/// All of these: when the store cannot be used, or holds what this version cannot read.
impl Inbox {
    /// Stores a group that wants to be checked. One that is gone stays gone, however late the word of its beginning comes.
    pub async fn open_group(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        group: &Group,
        at: DateTime<Utc>,
    ) -> Result<()> {
        self.keep_group(installation, repository, group, true, at).await
    }

    /// A group is gone: merged, or thrown out.
    pub async fn close_group(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        group: &Group,
        at: DateTime<Utc>,
    ) -> Result<()> {
        self.keep_group(installation, repository, group, false, at).await
    }

    async fn keep_group(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        group: &Group,
        open: bool,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let Group { head, head_ref, base, base_sha } = group.clone();
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "INSERT INTO merge_groups (installation, repository, head, head_ref, base, base_sha, open, at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                     ON CONFLICT (installation, repository, head) DO UPDATE SET open = 0 WHERE excluded.open = 0",
                    values![installation.0, repository.0, head, head_ref, base, base_sha, open, at],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Stores what the check of its head should say for a group; `None`: there is nothing to judge it by.
    pub async fn save_group_verdict(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        head: &str,
        says: Option<&Check>,
    ) -> Result<()> {
        let head = head.to_owned();
        let said = to_json("verdict", &says)?;
        self.write(move |conn| {
            Box::pin(async move {
                let sql = "UPDATE merge_groups SET said = $4 WHERE installation = $1 AND repository = $2 AND head = $3";
                conn.run(sql, values![installation.0, repository.0, head, said]).await?;
                Ok(())
            })
        })
        .await
    }

    /// The groups of a repository that are not gone, in the order in which they were told.
    pub async fn open_groups(&self, installation: InstallationId, repository: RepositoryId) -> Result<Vec<OpenGroup>> {
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT head, head_ref, base, base_sha, at FROM merge_groups
                           WHERE installation = $1 AND repository = $2 AND open = 1 ORDER BY at, head";
                let rows = conn.all(sql, values![installation.0, repository.0]).await?;
                rows.iter()
                    .map(|row| {
                        let group = Group {
                            head: row.text(0)?,
                            head_ref: row.text(1)?,
                            base: row.text(2)?,
                            base_sha: row.text(3)?,
                        };
                        Ok(OpenGroup { group, told_at: row.time(4)? })
                    })
                    .collect()
            })
        })
        .await
    }
}

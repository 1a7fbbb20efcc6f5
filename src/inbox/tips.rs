//! The tips of the branches that pull requests are judged by, as last told.

use chrono::{DateTime, Utc};

use super::sql::{Row, from_json, to_json, values};
use super::{Inbox, Result};
use crate::ids::{InstallationId, PullKey, RepositoryId};
use crate::pull::Snapshot;
use crate::review::Facts;

/// A branch that pull requests were judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// Its name.
    pub branch: String,
    /// The commit at its tip; `None`: what was told last does not say.
    pub tip: Option<String>,
    /// What was read of it last.
    pub read: Option<TipRead>,
    /// When the tip was told.
    pub seen_at: DateTime<Utc>,
}

/// What a branch said when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TipRead {
    /// At this commit.
    pub commit: String,
    /// A digest of all that it says.
    pub says: String,
    /// The folders that its decision records are in; the empty text is the whole repository.
    pub folders: Vec<String>,
}

/// The facts that a judgement was made on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedFacts {
    /// Tip of the base that gave the rules.
    pub base_tip: String,
    /// Merge base.
    pub merge_base: String,
    /// The facts.
    pub facts: Facts,
}

fn tip_of(row: &Row) -> Result<Tip> {
    let read = match (row.opt_text(2)?, row.opt_text(3)?) {
        (Some(commit), Some(says)) => {
            Some(TipRead { commit, says, folders: from_json("folders of a tip", &row.text(4)?)? })
        }
        _ => None,
    };
    Ok(Tip { branch: row.text(0)?, tip: row.opt_text(1)?, read, seen_at: row.time(5)? })
}

/// # Errors
/// All of these: when the store cannot be used, or holds what this version cannot read.
impl Inbox {
    /// The branches of a repository that pull requests were judged by, by name.
    pub async fn tips(&self, installation: InstallationId, repository: RepositoryId) -> Result<Vec<Tip>> {
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT branch, tip, read_at, says, folders, seen_at FROM tips
                           WHERE installation = $1 AND repository = $2 ORDER BY branch";
                conn.all(sql, values![installation.0, repository.0]).await?.iter().map(tip_of).collect()
            })
        })
        .await
    }

    /// One of them.
    pub async fn tip(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        branch: &str,
    ) -> Result<Option<Tip>> {
        let branch = branch.to_owned();
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT branch, tip, read_at, says, folders, seen_at FROM tips
                           WHERE installation = $1 AND repository = $2 AND branch = $3";
                let row = conn.first(sql, values![installation.0, repository.0, branch]).await?;
                row.as_ref().map(tip_of).transpose()
            })
        })
        .await
    }

    /// An answer of GitHub told the tip of a branch. One that contradicts what is stored leaves it unknown: a push was not told of,
    /// or the answer is older than the push.
    pub async fn answered_tip(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        branch: &str,
        tip: &str,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let (branch, tip) = (branch.to_owned(), tip.to_owned());
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "INSERT INTO tips (installation, repository, branch, tip, seen_at) VALUES ($1, $2, $3, $4, $5)
                     ON CONFLICT (installation, repository, branch) DO UPDATE
                     SET tip = CASE WHEN tips.tip IS NULL OR tips.tip = excluded.tip THEN excluded.tip END,
                         seen_at = excluded.seen_at",
                    values![installation.0, repository.0, branch, tip, at],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// A push moved a branch to `after`; from `before`, where it follows from that: from anywhere else nobody knows what the tip is,
    /// since pushes come out of order. `silent`: nothing that it changed says anything, so what was read of the branch stands.
    ///
    /// Answers whether something has to be read; not of a branch that nothing was judged by.
    pub async fn pushed_tip(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        branch: &str,
        (before, after): (Option<&str>, &str),
        silent: bool,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let (branch, before, after) = (branch.to_owned(), before.map(str::to_owned), after.to_owned());
        self.write(move |conn| {
            Box::pin(async move {
                let moved = conn
                    .all(
                        "UPDATE tips
                         SET read_at = CASE WHEN $6 = 1 AND tip = $4 AND read_at = tip THEN $5 ELSE read_at END,
                             tip = CASE WHEN tip = $4 THEN $5 END, seen_at = $7
                         WHERE installation = $1 AND repository = $2 AND branch = $3 RETURNING tip, read_at",
                        values![installation.0, repository.0, branch, before, after, silent, at],
                    )
                    .await?;
                let Some(row) = moved.first() else { return Ok(false) };
                let (tip, read) = (row.opt_text(0)?, row.opt_text(1)?);
                Ok(tip.is_none() || tip != read)
            })
        })
        .await
    }

    /// What was read of a branch.
    pub async fn read_tip(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        branch: &str,
        read: &TipRead,
    ) -> Result<()> {
        let (branch, read) = (branch.to_owned(), read.clone());
        let folders = to_json("folders of a tip", &read.folders)?;
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "UPDATE tips SET read_at = $4, says = $5, folders = $6
                     WHERE installation = $1 AND repository = $2 AND branch = $3",
                    values![installation.0, repository.0, branch, read.commit, read.says, folders],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Forgets a branch, or all of a repository: what they say is asked for again.
    pub async fn forget_tips(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        branch: Option<&str>,
    ) -> Result<()> {
        let branch = branch.map(str::to_owned);
        self.write(move |conn| {
            Box::pin(async move {
                match branch {
                    Some(branch) => {
                        let sql = "DELETE FROM tips WHERE installation = $1 AND repository = $2 AND branch = $3";
                        conn.run(sql, values![installation.0, repository.0, branch]).await?;
                    }
                    None => {
                        let sql = "DELETE FROM tips WHERE installation = $1 AND repository = $2";
                        conn.run(sql, values![installation.0, repository.0]).await?;
                    }
                }
                Ok(())
            })
        })
        .await
    }

    /// A push of this repository has reached us.
    pub async fn hear(&self, installation: InstallationId, repository: RepositoryId, at: DateTime<Utc>) -> Result<()> {
        self.write(move |conn| {
            Box::pin(async move {
                let sql = "UPDATE repositories SET heard_at = $3 WHERE installation = $1 AND id = $2";
                conn.run(sql, values![installation.0, repository.0, at]).await?;
                Ok(())
            })
        })
        .await
    }

    /// Whether one ever has.
    pub async fn is_heard(&self, installation: InstallationId, repository: RepositoryId) -> Result<bool> {
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT heard_at FROM repositories WHERE installation = $1 AND id = $2";
                let row = conn.first(sql, values![installation.0, repository.0]).await?;
                row.map_or(Ok(false), |row| Ok(row.opt_int(0)?.is_some()))
            })
        })
        .await
    }

    /// The facts of a pull request as they were judged at a head, with base tip and merge base; of this version alone.
    pub async fn facts(&self, key: &PullKey, head: &str, version: u32) -> Result<Option<JudgedFacts>> {
        let (key, head) = (*key, head.to_owned());
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT base_tip, merge_base, facts FROM judgements
                           WHERE installation = $1 AND repository = $2 AND number = $3 AND head = $4 AND facts_version = $5";
                let values = values![key.installation.0, key.repository.0, key.number, head, i64::from(version)];
                let Some(row) = conn.first(sql, values).await? else { return Ok(None) };
                let facts = from_json("judgement's facts", &row.text(2)?)?;
                Ok(Some(JudgedFacts { base_tip: row.text(0)?, merge_base: row.text(1)?, facts }))
            })
        })
        .await
    }

    /// The open pull requests of a repository as last told, by number.
    pub async fn open_pulls(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
    ) -> Result<Vec<(PullKey, Snapshot)>> {
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT number, snapshot FROM pulls
                           WHERE installation = $1 AND repository = $2 AND open = 1 AND snapshot IS NOT NULL ORDER BY number";
                let rows = conn.all(sql, values![installation.0, repository.0]).await?;
                rows.iter()
                    .map(|row| {
                        let key = PullKey { installation, repository, number: row.id(0)? };
                        Ok((key, from_json("snapshot", &row.text(1)?)?))
                    })
                    .collect()
            })
        })
        .await
    }
}

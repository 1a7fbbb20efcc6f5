//! The organisation's file as it was last seen, and versions of rules that were sound.

use chrono::{DateTime, Utc};

use super::sql::{Conn, Row, values};
use super::{Inbox, Result};
use crate::ids::{InstallationId, PullKey, RepositoryId};

/// What is known of the organisation's file of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationFile {
    /// What was last seen.
    pub look: Look,
    /// The last version that could be used, whatever was seen since.
    pub good: Option<GoodFile>,
    /// When that look began.
    pub looked_at: DateTime<Utc>,
    /// When an event last said that this may be out of date.
    pub event_at: Option<DateTime<Utc>>,
    /// The tip of the default branch that this event told.
    pub told: Option<String>,
}

impl OrganisationFile {
    /// Whether an event has said since that this may be out of date.
    pub fn is_stale(&self) -> bool {
        self.event_at.is_some_and(|at| at > self.looked_at)
    }
}

/// What a look at the organisation's file saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The repository `.github` of the account; `None`: it was not seen.
    pub repository: Option<RepositoryId>,
    /// Name of its default branch, where told.
    pub branch: Option<String>,
    /// The commit at the tip of that branch, where told.
    pub tip: Option<String>,
    /// Whether it is private, so that what it says is not for everybody; so it is where that is not told.
    pub private: bool,
    /// The file there.
    pub found: Found,
}

/// Whether there was a file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// There was.
    File {
        /// Id of its content.
        blob: String,
        /// Its text.
        text: String,
    },
    /// No such repository is shown to us, or it has no such file.
    Nothing {
        /// Which of the two, in a sentence.
        why: String,
    },
    /// It is there and cannot be read.
    Unreadable {
        /// Why, in a sentence.
        why: String,
    },
}

/// A version of the organisation's file that could be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodFile {
    /// The commit that it was read at, where told.
    pub commit: Option<String>,
    /// Id of its content.
    pub blob: String,
    /// Its text.
    pub text: String,
}

/// The last sound version of a repository's own rules file on a gated branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodRules {
    /// The commit that it was first read at.
    pub commit: String,
    /// Id of its content.
    pub blob: String,
    /// Its text.
    pub text: String,
}

const COLUMNS: &str = "repository, branch, private, tip, found, why, blob, text, good_tip, good_blob, good_text, looked_at, event_at, told";

fn file_of(row: &Row) -> Result<OrganisationFile> {
    let good = match (row.opt_text(9)?, row.opt_text(10)?) {
        (Some(blob), Some(text)) => Some(GoodFile { commit: row.opt_text(8)?, blob, text }),
        _ => None,
    };
    let why = row.opt_text(5)?.unwrap_or_default();
    let found = match (row.text(4)?.as_str(), row.opt_text(6)?, row.opt_text(7)?) {
        ("file", Some(blob), Some(text)) => Found::File { blob, text },
        ("nothing", ..) => Found::Nothing { why },
        _ => Found::Unreadable { why },
    };
    Ok(OrganisationFile {
        look: Look {
            repository: row.opt_int(0)?.map(|id| RepositoryId(id.cast_unsigned())),
            branch: row.opt_text(1)?,
            tip: row.opt_text(3)?,
            private: row.opt_int(2)? != Some(0),
            found,
        },
        good,
        looked_at: row.time(11)?,
        event_at: row.opt_time(12)?,
        told: row.opt_text(13)?,
    })
}

async fn read(conn: &mut Conn, installation: InstallationId, account: u64) -> Result<Option<OrganisationFile>> {
    let sql = sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM organisation_files WHERE installation = $1 AND account = $2"
    ));
    conn.first(sql, values![installation.0, account]).await?.as_ref().map(file_of).transpose()
}

/// # Errors
/// All of these: when the store cannot be used, or holds what this version cannot read.
impl Inbox {
    /// What is known of the organisation's file of this account; `None`: nobody has looked yet.
    pub async fn organisation_file(
        &self,
        installation: InstallationId,
        account: u64,
    ) -> Result<Option<OrganisationFile>> {
        self.read(move |conn| Box::pin(async move { read(conn, installation, account).await })).await
    }

    /// Keeps what a look saw that began at `began`; `good`: the file that it found can be used, and is the last good version from
    /// now on. One that began before another that is kept changes nothing: what it saw is older.
    ///
    /// Answers what was known before, and what is known now.
    pub async fn looked_at_organisation(
        &self,
        installation: InstallationId,
        account: u64,
        look: &Look,
        good: bool,
        began: DateTime<Utc>,
    ) -> Result<(Option<OrganisationFile>, OrganisationFile)> {
        let look = look.clone();
        self.write(move |conn| {
            Box::pin(async move {
                let before = read(conn, installation, account).await?;
                if let Some(known) = before.as_ref().filter(|known| known.looked_at > began) {
                    return Ok((before.clone(), known.clone()));
                }
                let (found, why, blob, text) = match &look.found {
                    Found::File { blob, text } => ("file", None, Some(blob.as_str()), Some(text.as_str())),
                    Found::Nothing { why } => ("nothing", Some(why.as_str()), None, None),
                    Found::Unreadable { why } => ("unreadable", Some(why.as_str()), None, None),
                };
                let kept = before.as_ref().and_then(|known| known.good.clone());
                let now_good = match &look.found {
                    Found::File { blob, text } if good => {
                        Some(GoodFile { commit: look.tip.clone(), blob: blob.clone(), text: text.clone() })
                    }
                    _ => kept,
                };
                let (good_tip, good_blob, good_text) = now_good.clone().map_or((None, None, None), |good| {
                    (good.commit, Some(good.blob), Some(good.text))
                });
                // What was seen before of a repository that is not shown any more says which one it was.
                let last = before.as_ref().map(|known| &known.look);
                let repository = look.repository.or(last.and_then(|last| last.repository));
                let branch = look.branch.clone().or(last.and_then(|last| last.branch.clone()));
                let private = if look.repository.is_some() { look.private } else { last.is_none_or(|last| last.private) };
                conn.run(
                    "INSERT INTO organisation_files (installation, account, repository, branch, private, tip, found, why, blob,
                         text, good_tip, good_blob, good_text, looked_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                     ON CONFLICT (installation, account) DO UPDATE
                     SET repository = excluded.repository, branch = excluded.branch, private = excluded.private,
                         tip = excluded.tip, found = excluded.found, why = excluded.why, blob = excluded.blob,
                         text = excluded.text, good_tip = excluded.good_tip, good_blob = excluded.good_blob,
                         good_text = excluded.good_text, looked_at = excluded.looked_at",
                    values![
                        installation.0,
                        account,
                        repository.map(|id| id.0),
                        branch.clone(),
                        private,
                        look.tip.clone(),
                        found,
                        why,
                        blob,
                        text,
                        good_tip,
                        good_blob,
                        good_text,
                        began
                    ],
                )
                .await?;
                let after = OrganisationFile {
                    look: Look { repository, branch, private, ..look },
                    good: now_good,
                    looked_at: began,
                    event_at: before.as_ref().and_then(|known| known.event_at),
                    told: before.as_ref().and_then(|known| known.told.clone()),
                };
                Ok((before, after))
            })
        })
        .await
    }

    /// An event said that what is known of the organisation's file may be out of date, and told the tip of its branch, where it was a
    /// push. Answers whether anything is known of it: what nobody was judged by nobody has to read.
    pub async fn organisation_moved(
        &self,
        installation: InstallationId,
        account: u64,
        told: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let told = told.map(str::to_owned);
        self.write(move |conn| {
            Box::pin(async move {
                let sql =
                    "UPDATE organisation_files SET event_at = $3, told = $4 WHERE installation = $1 AND account = $2";
                Ok(conn.run(sql, values![installation.0, account, at, told]).await? > 0)
            })
        })
        .await
    }

    /// The open pull requests of all repositories of an installation that were judged, by repository and number.
    pub async fn judged_pulls(&self, installation: InstallationId) -> Result<Vec<PullKey>> {
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT p.repository, p.number FROM pulls p JOIN verdicts v
                               ON v.installation = p.installation AND v.repository = p.repository AND v.number = p.number
                           WHERE p.installation = $1 AND p.open = 1";
                let rows = conn.all(sql, values![installation.0]).await?;
                let mut keys = rows
                    .iter()
                    .map(|row| {
                        Ok(PullKey { installation, repository: RepositoryId(row.id(0)?), number: row.id(1)? })
                    })
                    .collect::<Result<Vec<_>>>()?;
                keys.sort_unstable();
                Ok(keys)
            })
        })
        .await
    }

    /// The repositories of an installation that have open groups in their merge queue.
    pub async fn repositories_with_groups(&self, installation: InstallationId) -> Result<Vec<RepositoryId>> {
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT DISTINCT repository FROM merge_groups WHERE installation = $1 AND open = 1";
                let rows = conn.all(sql, values![installation.0]).await?;
                let mut ids = rows.iter().map(|row| Ok(RepositoryId(row.id(0)?))).collect::<Result<Vec<_>>>()?;
                ids.sort_unstable();
                Ok(ids)
            })
        })
        .await
    }

    /// Keeps a version of a repository's own rules file that judged on this branch: the last good one, where a later one is broken.
    pub async fn save_good_rules(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        branch: &str,
        rules: &GoodRules,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let (branch, rules) = (branch.to_owned(), rules.clone());
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "INSERT INTO good_rules (installation, repository, branch, commit_id, blob, text, at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7)
                     ON CONFLICT (installation, repository, branch) DO UPDATE
                     SET commit_id = excluded.commit_id, blob = excluded.blob, text = excluded.text, at = excluded.at
                     WHERE good_rules.blob <> excluded.blob AND good_rules.at <= excluded.at",
                    values![installation.0, repository.0, branch, rules.commit, rules.blob, rules.text, at],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// The last good version of a repository's own rules file on this branch.
    pub async fn good_rules(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        branch: &str,
    ) -> Result<Option<GoodRules>> {
        let branch = branch.to_owned();
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT commit_id, blob, text FROM good_rules
                           WHERE installation = $1 AND repository = $2 AND branch = $3";
                let Some(row) = conn.first(sql, values![installation.0, repository.0, branch]).await? else {
                    return Ok(None);
                };
                Ok(Some(GoodRules { commit: row.text(0)?, blob: row.text(1)?, text: row.text(2)? }))
            })
        })
        .await
    }

    /// A branch has no rules file of its own any more: a later one that is broken is not judged by one from before.
    pub async fn forget_good_rules(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        branch: &str,
    ) -> Result<()> {
        let branch = branch.to_owned();
        self.write(move |conn| {
            Box::pin(async move {
                let sql = "DELETE FROM good_rules WHERE installation = $1 AND repository = $2 AND branch = $3";
                conn.run(sql, values![installation.0, repository.0, branch]).await?;
                Ok(())
            })
        })
        .await
    }
}

//! What the check should say for each open pull request: a check belongs to the commit, so those with one head share it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::marks::task_key;
use super::sql::{from_json, to_json, values};
use super::{Inbox, Result, ShownCheck, Task};
use crate::ids::{InstallationId, PullKey, RepositoryId};
use crate::render::Check;

/// How long a task that is due may take until it is looked for again.
const TURN: TimeDelta = TimeDelta::seconds(1);

/// What one pull request has its check say.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It has not been judged on this head and base yet.
    Unjudged,
    /// There is nothing to judge it by.
    Nothing,
    /// This.
    Says(Box<Check>),
}

/// What may be out of date of what is stored of some tasks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overtaken {
    /// Until when to leave it to those of them that are worked on next.
    pub until: Option<DateTime<Utc>>,
    /// Those in quarantine: nobody works on them until something happens to them.
    pub stuck: Vec<Task>,
}

fn verdict_of(said: Option<String>) -> Result<Verdict> {
    let Some(said) = said else { return Ok(Verdict::Unjudged) };
    Ok(match from_json::<Option<Check>>("verdict", &said)? {
        Some(check) => Verdict::Says(Box::new(check)),
        None => Verdict::Nothing,
    })
}

/// # Errors
/// All of these: when the store cannot be used, or holds what this version cannot read.
impl Inbox {
    /// Stores what the check should say for a pull request as it was judged on this head and base; `None`: there is nothing to
    /// judge it by.
    pub async fn save_verdict(
        &self,
        key: &PullKey,
        head: &str,
        base: &str,
        says: Option<&Check>,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let (key, head, base) = (*key, head.to_owned(), base.to_owned());
        let conclusion = says.map_or("", |check| crate::github::conclusion_word(check.conclusion));
        let said = to_json("verdict", &says)?;
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "INSERT INTO verdicts (installation, repository, number, head, base, conclusion, said, at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                     ON CONFLICT (installation, repository, number) DO UPDATE
                     SET head = excluded.head, base = excluded.base, conclusion = excluded.conclusion, said = excluded.said,
                         at = excluded.at
                     WHERE verdicts.head <> excluded.head OR verdicts.base <> excluded.base OR verdicts.said <> excluded.said",
                    values![key.installation.0, key.repository.0, key.number, head, base, conclusion, said, at],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Head and base that a pull request was last judged on.
    pub async fn judged_on(&self, key: &PullKey) -> Result<Option<(String, String)>> {
        let key = *key;
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT head, base FROM verdicts WHERE installation = $1 AND repository = $2 AND number = $3";
                let row = conn.first(sql, values![key.installation.0, key.repository.0, key.number]).await?;
                row.map(|row| Ok((row.text(0)?, row.text(1)?))).transpose()
            })
        })
        .await
    }

    /// Forgets what the check should say for a pull request: it is closed, or has another head.
    pub async fn forget_verdict(&self, key: &PullKey) -> Result<()> {
        let key = *key;
        self.write(move |conn| {
            Box::pin(async move {
                let sql = "DELETE FROM verdicts WHERE installation = $1 AND repository = $2 AND number = $3";
                conn.run(sql, values![key.installation.0, key.repository.0, key.number]).await?;
                Ok(())
            })
        })
        .await
    }

    /// What the open pull requests with this head have their check say, by number, and under the number 0 an open group of the
    /// merge queue. A pull request of which GitHub's last words contradict
    /// each other counts as open and not judged, as long as it was judged on this head last.
    pub async fn verdicts(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        head: &str,
    ) -> Result<BTreeMap<u64, Verdict>> {
        let head = head.to_owned();
        self.read(move |conn| {
            Box::pin(async move {
                let values = values![installation.0, repository.0, head];
                let open = "SELECT p.number, v.said FROM pulls p LEFT JOIN verdicts v
                                ON v.installation = p.installation AND v.repository = p.repository AND v.number = p.number
                               AND v.head = p.head AND v.base = p.base
                            WHERE p.installation = $1 AND p.repository = $2 AND p.head = $3 AND p.open = 1";
                let mut verdicts = BTreeMap::new();
                for row in conn.all(open, values).await? {
                    verdicts.insert(row.id(0)?, verdict_of(row.opt_text(1)?)?);
                }
                let group = "SELECT said FROM merge_groups
                             WHERE installation = $1 AND repository = $2 AND head = $3 AND open = 1";
                if let Some(row) = conn.first(group, values).await? {
                    verdicts.insert(0, verdict_of(row.opt_text(0)?)?);
                }
                let unsure = "SELECT v.number FROM verdicts v JOIN pulls p
                                  ON p.installation = v.installation AND p.repository = v.repository AND p.number = v.number
                              WHERE v.installation = $1 AND v.repository = $2 AND v.head = $3 AND p.open IS NULL";
                for row in conn.all(unsure, values).await? {
                    verdicts.insert(row.id(0)?, Verdict::Unjudged);
                }
                Ok(verdicts)
            })
        })
        .await
    }

    /// Our check run on a head, as last written or read.
    pub async fn shown_check(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        head: &str,
    ) -> Result<Option<ShownCheck>> {
        let head = head.to_owned();
        self.read(move |conn| {
            Box::pin(async move { super::shown::check_of(conn, installation, repository, head).await })
        })
        .await
    }

    /// Whether a check run may have been created on this head by a write whose end is not stored, whichever pull request it was
    /// for.
    pub async fn check_in_doubt(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        head: &str,
    ) -> Result<bool> {
        let head = head.to_owned();
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT id FROM intents
                           WHERE installation = $1 AND repository = $2 AND kind = 'create_check' AND head = $3";
                Ok(conn.first(sql, values![installation.0, repository.0, head]).await?.is_some())
            })
        })
        .await
    }

    /// Stores what our check run on a head shows, as GitHub was asked for it.
    pub async fn save_shown_check(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        check: &ShownCheck,
    ) -> Result<()> {
        let key = PullKey { installation, repository, number: 0 };
        let check = check.clone();
        self.write(move |conn| Box::pin(async move { super::shown::keep_check(conn, &key, &check).await })).await
    }

    /// Our check run on a head is gone.
    pub async fn forget_check(&self, installation: InstallationId, repository: RepositoryId, head: &str) -> Result<()> {
        let head = head.to_owned();
        self.write(move |conn| {
            Box::pin(async move {
                let sql = "DELETE FROM checks WHERE installation = $1 AND repository = $2 AND head = $3";
                conn.run(sql, values![installation.0, repository.0, head]).await?;
                Ok(())
            })
        })
        .await
    }

    /// Whether what is stored of these tasks may be overtaken, since a mark for one of them is due. A mark for a later time does not
    /// count, so that of two that wait for each other one goes first.
    pub async fn overtaken(&self, tasks: &[Task], now: DateTime<Utc>) -> Result<Overtaken> {
        let tasks = tasks.to_vec();
        self.read(move |conn| {
            Box::pin(async move {
                let mut overtaken = Overtaken::default();
                for task in tasks {
                    let (kind, key) = task_key(&task);
                    let sql = "SELECT state, not_before FROM marks
                               WHERE kind = $1 AND key = $2 AND state <> 'running' AND due <= $3";
                    let Some(row) = conn.first(sql, values![kind, key, now]).await? else { continue };
                    if row.text(0)? == "quarantined" {
                        overtaken.stuck.push(task);
                    } else {
                        overtaken.until = overtaken.until.max(Some(row.time(1)?.max(now) + TURN));
                    }
                }
                Ok(overtaken)
            })
        })
        .await
    }
}

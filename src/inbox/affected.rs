//! Which pull requests it can matter to that a person, a team or a repository is not what it was.

use super::shown::folded;
use super::sql::{Row, from_json, to_json, values};
use super::{Inbox, Result};
use crate::ids::{InstallationId, PullKey, RepositoryId};
use crate::pull::Snapshot;
use crate::rules::Handle;

fn key_of(installation: InstallationId) -> impl Fn(&Row) -> Result<PullKey> {
    move |row| Ok(PullKey { installation, repository: RepositoryId(row.id(0)?), number: row.id(1)? })
}

/// # Errors
/// All of these: when the store cannot be used, or holds what this version cannot read.
impl Inbox {
    /// Open pull requests of an installation that a person has reviewed or pushed to.
    pub async fn pulls_with_hand_of(&self, installation: InstallationId, login: &str) -> Result<Vec<PullKey>> {
        let login = login.to_lowercase();
        self.read(move |conn| {
            Box::pin(async move {
                let mut keys = Vec::new();
                for table in ["reviews", "pushers"] {
                    let sql = format!(
                        "SELECT DISTINCT p.repository, p.number FROM pulls p JOIN {table} o
                             ON o.installation = p.installation AND o.repository = p.repository AND o.number = p.number
                         WHERE p.installation = $1 AND p.open = 1 AND lower(o.login) = $2"
                    );
                    let rows = conn.all(sqlx::AssertSqlSafe(sql), values![installation.0, login.as_str()]).await?;
                    keys.extend(rows.iter().map(key_of(installation)).collect::<Result<Vec<_>>>()?);
                }
                keys.sort_unstable();
                keys.dedup();
                Ok(keys)
            })
        })
        .await
    }

    /// Open pull requests of an installation for which a team was asked, or which it may sign as the last judgement says.
    pub async fn pulls_that_name(&self, installation: InstallationId, team: &Handle) -> Result<Vec<PullKey>> {
        let team = folded(team);
        self.read(move |conn| {
            Box::pin(async move {
                let asked = "SELECT DISTINCT p.repository, p.number FROM pulls p JOIN requests o
                                 ON o.installation = p.installation AND o.repository = p.repository AND o.number = p.number
                             WHERE p.installation = $1 AND p.open = 1 AND o.folded = $2";
                let rows = conn.all(asked, values![installation.0, team.as_str()]).await?;
                let mut keys = rows.iter().map(key_of(installation)).collect::<Result<Vec<_>>>()?;
                // The name within the JSON of the review: that it may stand elsewhere too only costs a look.
                let named = "SELECT p.repository, p.number FROM pulls p JOIN judgements j
                                 ON j.installation = p.installation AND j.repository = p.repository AND j.number = p.number
                                AND j.head = p.head
                             WHERE p.installation = $1 AND p.open = 1 AND lower(j.review) LIKE $2";
                let rows = conn.all(named, values![installation.0, format!("%\"{team}\"%")]).await?;
                keys.extend(rows.iter().map(key_of(installation)).collect::<Result<Vec<_>>>()?);
                keys.sort_unstable();
                keys.dedup();
                Ok(keys)
            })
        })
        .await
    }

    /// The open pull requests whose judgement quotes a decision record of another repository, `acme/.github`.
    pub async fn pulls_that_quote(&self, installation: InstallationId, repository: &str) -> Result<Vec<PullKey>> {
        let quoted = format!("%\"repository\":\"{repository}\"%");
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT p.repository, p.number FROM pulls p JOIN judgements j
                               ON j.installation = p.installation AND j.repository = p.repository AND j.number = p.number
                              AND j.head = p.head
                           WHERE p.installation = $1 AND p.open = 1 AND j.review LIKE $2";
                let rows = conn.all(sql, values![installation.0, quoted]).await?;
                let mut keys = rows.iter().map(key_of(installation)).collect::<Result<Vec<_>>>()?;
                keys.sort_unstable();
                Ok(keys)
            })
        })
        .await
    }

    /// A repository has other names: those in the snapshots of its open pull requests are replaced.
    pub async fn relabel(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        (owner, name): (&str, &str),
        url: Option<&str>,
    ) -> Result<()> {
        let (owner, name, url) = (owner.to_owned(), name.to_owned(), url.map(str::to_owned));
        self.write(move |conn| {
            Box::pin(async move {
                let sql = "SELECT number, snapshot FROM pulls
                           WHERE installation = $1 AND repository = $2 AND open = 1 AND snapshot IS NOT NULL ORDER BY number";
                for row in conn.all(sql, values![installation.0, repository.0]).await? {
                    let mut snapshot: Snapshot = from_json("snapshot", &row.text(1)?)?;
                    snapshot.owner.clone_from(&owner);
                    snapshot.name.clone_from(&name);
                    if let Some(url) = &url {
                        snapshot.repository_url.clone_from(url);
                    }
                    let sql = "UPDATE pulls SET snapshot = $4
                               WHERE installation = $1 AND repository = $2 AND number = $3 AND snapshot IS NOT NULL";
                    let json = to_json("snapshot", &snapshot)?;
                    conn.run(sql, values![installation.0, repository.0, row.id(0)?, json]).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// A repository is gone, and its pull requests with it.
    pub async fn close_repository(&self, installation: InstallationId, repository: RepositoryId) -> Result<()> {
        self.write(move |conn| {
            Box::pin(async move {
                for sql in [
                    "DELETE FROM verdicts WHERE installation = $1 AND repository = $2",
                    "DELETE FROM tips WHERE installation = $1 AND repository = $2",
                    "DELETE FROM good_rules WHERE installation = $1 AND repository = $2",
                    "UPDATE merge_groups SET open = 0 WHERE installation = $1 AND repository = $2",
                    "UPDATE pulls SET open = 0, snapshot = NULL WHERE installation = $1 AND repository = $2",
                ] {
                    conn.run(sql, values![installation.0, repository.0]).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

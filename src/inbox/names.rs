//! Who is behind the names that rules files write: teams' and people's ids, and the ids that were first seen behind them.

use chrono::{DateTime, Utc};

use super::shown::folded;
use super::sql::values;
use super::{Inbox, NamedUser, Result, TeamAbout};
use crate::ids::{InstallationId, RepositoryId};
use crate::rules::Handle;

/// Under so many versions of the rules file the id behind a name is remembered.
const VERSIONS: i64 = 20;

/// # Errors
/// All of these: when the store cannot be used, or holds what this version cannot read.
impl Inbox {
    /// What is known about a team, as last read for this installation.
    pub async fn team_about(&self, installation: InstallationId, team: &Handle) -> Result<Option<TeamAbout>> {
        let team = folded(team);
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT github_id, secret, about_at FROM teams
                           WHERE installation = $1 AND folded = $2 AND github_id IS NOT NULL AND about_at IS NOT NULL";
                let Some(row) = conn.first(sql, values![installation.0, team]).await? else { return Ok(None) };
                // Where it was not told, it may be secret.
                let secret = row.opt_int(1)? != Some(0);
                Ok(Some(TeamAbout { github_id: row.id(0)?, secret, read_at: row.time(2)? }))
            })
        })
        .await
    }

    /// Stores it, beside what is known of its members.
    pub async fn save_team_about(&self, installation: InstallationId, team: &Handle, about: &TeamAbout) -> Result<()> {
        let (team, TeamAbout { github_id, secret, read_at }) = (folded(team), about.clone());
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "INSERT INTO teams (installation, folded, github_id, secret, about_at, read_at)
                     VALUES ($1, $2, $3, $4, $5, $5)
                     ON CONFLICT (installation, folded) DO UPDATE
                     SET github_id = excluded.github_id, secret = excluded.secret, about_at = excluded.about_at",
                    values![installation.0, team, github_id, secret, read_at],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Whether a person whom the rules of this repository name may sign, as last read.
    pub async fn user(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        user: &Handle,
    ) -> Result<Option<NamedUser>> {
        let user = folded(user);
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT github_id, why, read_at FROM users
                           WHERE installation = $1 AND repository = $2 AND folded = $3";
                let Some(row) = conn.first(sql, values![installation.0, repository.0, user]).await? else {
                    return Ok(None);
                };
                let may_sign = match row.opt_text(1)? {
                    Some(why) => Err(why),
                    None => Ok(row.id(0)?),
                };
                Ok(Some(NamedUser { may_sign, read_at: row.time(2)? }))
            })
        })
        .await
    }

    /// Stores it.
    pub async fn save_user(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        user: &Handle,
        named: &NamedUser,
    ) -> Result<()> {
        let (user, read_at) = (folded(user), named.read_at);
        let (id, why) = match &named.may_sign {
            Ok(id) => (Some(*id), None),
            Err(why) => (None, Some(why.clone())),
        };
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "INSERT INTO users (installation, repository, folded, github_id, why, read_at)
                     VALUES ($1, $2, $3, $4, $5, $6)
                     ON CONFLICT (installation, repository, folded) DO UPDATE
                     SET github_id = excluded.github_id, why = excluded.why, read_at = excluded.read_at",
                    values![installation.0, repository.0, user, id, why, read_at],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Forgets a person in all repositories of the installation.
    pub async fn forget_user(&self, installation: InstallationId, login: &str) -> Result<()> {
        let user = folded(&Handle::new(login));
        self.write(move |conn| {
            Box::pin(async move {
                let sql = "DELETE FROM users WHERE installation = $1 AND folded = $2";
                conn.run(sql, values![installation.0, user]).await?;
                Ok(())
            })
        })
        .await
    }

    /// The id that was first seen behind a name under this rules file (its digest); where none was, it is `id` from now on.
    pub async fn pin(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        handle: &Handle,
        rules_digest: &str,
        id: u64,
        now: DateTime<Utc>,
    ) -> Result<u64> {
        let (handle, digest) = (folded(handle), rules_digest.to_owned());
        let key = (handle.clone(), digest.clone());
        let first = "SELECT github_id FROM pins
                     WHERE installation = $1 AND repository = $2 AND folded = $3 AND rules_digest = $4";
        let pinned = self
            .read(move |conn| {
                Box::pin(async move {
                    let row = conn.first(first, values![installation.0, repository.0, key.0, key.1]).await?;
                    row.map(|row| row.id(0)).transpose()
                })
            })
            .await?;
        if let Some(pinned) = pinned {
            return Ok(pinned);
        }
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "INSERT INTO pins (installation, repository, folded, rules_digest, github_id, seen_at)
                     VALUES ($1, $2, $3, $4, $5, $6)
                     ON CONFLICT (installation, repository, folded, rules_digest) DO NOTHING",
                    values![installation.0, repository.0, handle.clone(), digest.clone(), id, now],
                )
                .await?;
                conn.run(
                    "DELETE FROM pins WHERE installation = $1 AND repository = $2 AND folded = $3 AND rules_digest <> $4
                     AND rules_digest NOT IN (
                         SELECT rules_digest FROM pins WHERE installation = $1 AND repository = $2 AND folded = $3
                         ORDER BY seen_at DESC, rules_digest LIMIT $5)",
                    values![installation.0, repository.0, handle.clone(), digest.clone(), VERSIONS],
                )
                .await?;
                conn.one(first, values![installation.0, repository.0, handle, digest]).await?.id(0)
            })
        })
        .await
    }
}

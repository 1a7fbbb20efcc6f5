//! Installations, repositories and the members of teams.

use super::shown::folded;
use super::sql::{from_json, to_json, values};
use super::{Inbox, Installation, Repository, Result, TeamMembers};
use crate::ids::{InstallationId, RepositoryId};
use crate::rules::Handle;

/// # Errors
/// All of these: when the store cannot be used, or holds what this version cannot read.
impl Inbox {
    /// Stores an installation.
    pub async fn save_installation(&self, installation: &Installation) -> Result<()> {
        let Installation { id, account_id, account, active } = installation.clone();
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "INSERT INTO installations (id, account_id, account, active) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (id) DO UPDATE
                     SET account_id = excluded.account_id, account = excluded.account, active = excluded.active",
                    values![id.0, account_id, account, active],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// What is known of it.
    pub async fn installation(&self, id: InstallationId) -> Result<Option<Installation>> {
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT account_id, account, active FROM installations WHERE id = $1";
                let Some(row) = conn.first(sql, values![id.0]).await? else { return Ok(None) };
                Ok(Some(Installation { id, account_id: row.id(0)?, account: row.text(1)?, active: row.flag(2)? }))
            })
        })
        .await
    }

    /// Stores a repository's labels.
    pub async fn save_repository(&self, repository: &Repository) -> Result<()> {
        let Repository { installation, id, owner, name } = repository.clone();
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "INSERT INTO repositories (installation, id, owner, name) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (installation, id) DO UPDATE SET owner = excluded.owner, name = excluded.name",
                    values![installation.0, id.0, owner, name],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// What is known of it.
    pub async fn repository(&self, installation: InstallationId, id: RepositoryId) -> Result<Option<Repository>> {
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT owner, name FROM repositories WHERE installation = $1 AND id = $2";
                let Some(row) = conn.first(sql, values![installation.0, id.0]).await? else { return Ok(None) };
                Ok(Some(Repository { installation, id, owner: row.text(0)?, name: row.text(1)? }))
            })
        })
        .await
    }

    /// Members of a team as last read for this installation.
    pub async fn team(&self, installation: InstallationId, team: &Handle) -> Result<Option<TeamMembers>> {
        let team = folded(team);
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT people, why, read_at FROM teams
                           WHERE installation = $1 AND folded = $2 AND (people IS NOT NULL OR why IS NOT NULL)";
                let Some(row) = conn.first(sql, values![installation.0, team]).await? else { return Ok(None) };
                let members = match row.opt_text(0)? {
                    Some(json) => Ok(from_json("team's members", &json)?),
                    None => Err(row.opt_text(1)?.unwrap_or_default()),
                };
                Ok(Some(TeamMembers { members, read_at: row.time(2)? }))
            })
        })
        .await
    }

    /// Stores them.
    pub async fn save_team(&self, installation: InstallationId, team: &Handle, members: &TeamMembers) -> Result<()> {
        let (team, read_at) = (folded(team), members.read_at);
        let (members, why) = match &members.members {
            Ok(members) => (Some(to_json("team's members", members)?), None),
            Err(why) => (None, Some(why.clone())),
        };
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "INSERT INTO teams (installation, folded, people, why, read_at) VALUES ($1, $2, $3, $4, $5)
                     ON CONFLICT (installation, folded) DO UPDATE
                     SET people = excluded.people, why = excluded.why, read_at = excluded.read_at",
                    values![installation.0, team, members, why, read_at],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Forgets one team; or all teams of the installation, and the people whom its rules name.
    pub async fn forget_teams(&self, installation: InstallationId, team: Option<&Handle>) -> Result<()> {
        let team = team.map(folded);
        self.write(move |conn| {
            Box::pin(async move {
                match team {
                    Some(team) => {
                        let sql = "DELETE FROM teams WHERE installation = $1 AND folded = $2";
                        conn.run(sql, values![installation.0, team]).await?;
                    }
                    None => {
                        conn.run("DELETE FROM teams WHERE installation = $1", values![installation.0]).await?;
                        conn.run("DELETE FROM users WHERE installation = $1", values![installation.0]).await?;
                    }
                }
                Ok(())
            })
        })
        .await
    }
}

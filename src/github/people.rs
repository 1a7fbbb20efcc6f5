//! What GitHub tells about teams and people: who is who, and who may what.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::client::PAGE;
use super::transport::Call;
use super::wire::User;
use super::{Error, Installation, MOST_PAGES, Repository};

/// A team, without its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Team {
    /// Id: its slug may change hands.
    pub id: u64,
    /// Whether outsiders cannot see it.
    pub secret: bool,
}

/// What somebody may do in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// Id of the user.
    pub user: u64,
    /// Whether they may write.
    pub writes: bool,
}

impl Installation {
    /// What there is to know about a team besides its members (OpenAPI `GET /orgs/{org}/teams/{team_slug}`).
    ///
    /// # Errors
    /// See [`Error`]; [`Error::NotFound`] where there is no such team or the App may not see it.
    pub async fn team(&self, org: &str, slug: &str) -> Result<Team, Error> {
        #[derive(Deserialize)]
        struct Said {
            id: u64,
            privacy: Option<String>,
        }
        let args = [org, slug];
        let said: Said = self.ask(&Call::get("/orgs/{org}/teams/{team_slug}", &args)).await?;
        // `closed` is seen by the whole organisation; anything else is not known to be seen by anybody.
        Ok(Team { id: said.id, secret: said.privacy.as_deref() != Some("closed") })
    }

    /// Ids by login in lower case of the active members of a team, those of child teams included, all pages.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::NotFound`] where there is no such team or the App may not see it.
    pub async fn team_members(&self, org: &str, slug: &str) -> Result<BTreeMap<String, u64>, Error> {
        let args = [org, slug];
        let call = Call::get("/orgs/{org}/teams/{team_slug}/members", &args);
        let all = self.pages::<Vec<User>>(&call, MOST_PAGES).await?;
        let all =
            all.ok_or_else(|| Error::Incomplete(format!("a team has more than {} members", MOST_PAGES * PAGE)))?;
        Ok(all.into_iter().filter_map(|user| Some((user.login?.to_lowercase(), user.id?))).collect())
    }

    /// Id of an active member of an organisation; `None`: they are no member, or have not accepted the invitation yet (OpenAPI
    /// `GET /orgs/{org}/memberships/{username}`: `state` is `active` or `pending`).
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Forbidden`] without the permission Members.
    pub async fn member(&self, org: &str, login: &str) -> Result<Option<u64>, Error> {
        #[derive(Deserialize)]
        struct Said {
            state: Option<String>,
            user: Option<User>,
        }
        let args = [org, login];
        let call = Call::get("/orgs/{org}/memberships/{username}", &args);
        let said: Said = match self.ask(&call).await {
            Err(Error::NotFound { .. }) => return Ok(None),
            other => other?,
        };
        if said.state.as_deref() != Some("active") {
            return Ok(None);
        }
        id_of(said.user, &call).map(Some)
    }
}

impl Repository {
    /// Whether a team may read this repository, so that it can be asked (OpenAPI `GET
    /// /orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}`: 204 where it may).
    ///
    /// # Errors
    /// See [`Error`]; [`Error::NotFound`] where it may not, or there is no such team.
    pub async fn team_reads(&self, org: &str, slug: &str) -> Result<(), Error> {
        let args = [org, slug, self.owner.as_str(), self.name.as_str()];
        self.installation.tell(&Call::get("/orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}", &args)).await
    }

    /// What somebody may do here (OpenAPI `GET /repos/{owner}/{repo}/collaborators/{username}/permission`: `permission` is
    /// `admin`, `write`, `read` or `none`, with `maintain` told as `write` and `triage` as `read`).
    ///
    /// # Errors
    /// See [`Error`]; [`Error::NotFound`] where there is no such user.
    pub async fn permission(&self, login: &str) -> Result<Permission, Error> {
        #[derive(Deserialize)]
        struct Said {
            permission: Option<String>,
            user: Option<User>,
        }
        let args = [self.owner.as_str(), self.name.as_str(), login];
        let call = Call::get("/repos/{owner}/{repo}/collaborators/{username}/permission", &args);
        let said: Said = self.installation.ask(&call).await?;
        let writes = matches!(said.permission.as_deref(), Some("admin" | "write"));
        Ok(Permission { user: id_of(said.user, &call)?, writes })
    }
}

fn id_of(user: Option<User>, call: &Call<'_>) -> Result<u64, Error> {
    let id = user.and_then(|user| user.id);
    id.ok_or_else(|| Error::Malformed { what: call.what(), why: "user.id is missing".to_owned() })
}

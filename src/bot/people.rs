//! Who is in the teams that a judgement asks about.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::github::{Error, Installation};
use crate::ids::InstallationId;
use crate::inbox::TeamMembers;
use crate::review::{Membership, People};
use crate::rules::Handle;

use super::{Bot, TaskError};

/// How long the members of a team are believed. Present membership counts, and not every change of it reaches us.
fn believed_for() -> TimeDelta {
    TimeDelta::minutes(5)
}

impl Bot {
    /// Adds what can be told of `handles` to `people`.
    pub(super) async fn resolve(
        &self,
        id: InstallationId,
        owner: &str,
        handles: &BTreeSet<Handle>,
        people: &mut People,
    ) -> Result<(), TaskError> {
        let client = self.app.installation(id);
        for handle in handles {
            let membership = self.membership(id, &client, owner, handle).await?;
            people.known.insert(handle.clone(), membership);
        }
        Ok(())
    }

    async fn membership(
        &self,
        id: InstallationId,
        client: &Installation,
        owner: &str,
        handle: &Handle,
    ) -> Result<Membership, TaskError> {
        let Some((org, slug)) = handle.as_team() else {
            return Ok(Membership::Unresolvable(format!("{handle} is no team")));
        };
        if !org.eq_ignore_ascii_case(owner) {
            return Ok(Membership::Unresolvable(format!("{handle} is a team of another organisation than {owner}")));
        }
        let now = (self.clock)();
        let stored = self.inbox.team(id, handle).await?;
        let fresh = stored.filter(|stored| now - stored.read_at < believed_for());
        let members = match fresh {
            Some(stored) => stored.members,
            None => {
                let read = match client.team_members(org, slug).await {
                    Ok(members) => Ok(members),
                    Err(Error::NotFound { .. }) => {
                        Err(format!("there is no team {handle}, or the App may not see it: mend its name in the rules"))
                    }
                    Err(Error::Forbidden { .. }) => Err(format!(
                        "the App may not read the members of {handle}: accept its permission Members (read)"
                    )),
                    Err(limited @ Error::Limited { .. }) => return Err(limited.into()),
                    Err(unauthorized @ Error::Unauthorized { .. }) => return Err(unauthorized.into()),
                    Err(error) => return Ok(Membership::Unknown(error.to_string())),
                };
                let members = TeamMembers { members: read, read_at: now };
                self.inbox.save_team(id, handle, &members).await?;
                members.members
            }
        };
        Ok(match members {
            Ok(members) => Membership::Members(members.into_keys().collect()),
            Err(why) => Membership::Unresolvable(why),
        })
    }
}

//! Who is in the teams, and who the people are, that a judgement asks about.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::github::{Error, Repository};
use crate::ids::PullKey;
use crate::inbox::{NamedUser, TeamAbout, TeamMembers};
use crate::rules::Handle;

use super::identity::{Known, Members};
use super::{Bot, TaskError};

/// How long it is believed who is in a team or may sign. Present membership counts, and not every change of it reaches us.
fn believed_for() -> TimeDelta {
    TimeDelta::minutes(5)
}

/// How long it is believed which team it is, and whether it is secret. A team of another id has other members, so that is asked
/// for again as soon as the members are others.
pub(super) fn about_believed_for() -> TimeDelta {
    TimeDelta::days(1)
}

/// Where names are looked up.
pub(super) struct Directory<'a> {
    /// The pull request that it is for.
    pub key: PullKey,
    /// Its repository.
    pub client: &'a Repository,
    /// Login of the owner of the repository.
    pub owner: &'a str,
    /// SHA-256 of the rules file that names them; empty where there is none.
    pub rules_digest: &'a str,
}

/// What GitHub says about a name.
pub(super) enum Said<T> {
    /// This.
    Yes(T),
    /// Nobody has it: a configuration error. Why, in a sentence.
    No(String),
    /// The App may not ask for it: a configuration error too.
    Forbidden(String),
    /// It could not be asked for now.
    NotNow(String),
}

impl Bot {
    /// Adds what can be told of `handles` to `known`.
    pub(super) async fn resolve(
        &self,
        place: &Directory<'_>,
        handles: &BTreeSet<Handle>,
        known: &mut Known,
    ) -> Result<(), TaskError> {
        for handle in handles {
            let who = match (handle.as_team(), handle.as_user()) {
                (Some((org, slug)), _) => self.team(place, handle, org, slug).await?,
                (None, Some(login)) => self.user(place, handle, login).await?,
                (None, None) => Said::No(format!("{handle} is neither a team nor a user")),
            };
            known.tell(handle, who);
        }
        Ok(())
    }

    async fn team(
        &self,
        place: &Directory<'_>,
        handle: &Handle,
        org: &str,
        slug: &str,
    ) -> Result<Said<Members>, TaskError> {
        if !org.eq_ignore_ascii_case(place.owner) {
            return Ok(Said::No(format!("{handle} is a team of another organisation than {}", place.owner)));
        }
        let (id, now) = (place.key.installation, (self.clock)());
        let stored = self.inbox.team(id, handle).await?;
        let mut about = self.inbox.team_about(id, handle).await?;
        let fresh = stored.as_ref().filter(|stored| now - stored.read_at < believed_for());
        let (members, read) = match fresh.map(|stored| &stored.members) {
            Some(Err(why)) => return Ok(Said::No(why.clone())),
            Some(Ok(members)) => (members.clone(), false),
            None => {
                let answer = self.app.installation(id).team_members(org, slug).await;
                let members = match said(answer, || no_team(handle), || not_permitted(handle, org))? {
                    Said::Yes(members) => members,
                    Said::No(why) | Said::Forbidden(why) => {
                        let none = TeamMembers { members: Err(why.clone()), read_at: now };
                        self.inbox.save_team(id, handle, &none).await?;
                        return Ok(Said::No(why));
                    }
                    Said::NotNow(why) => return Ok(Said::NotNow(why)),
                };
                // Other people may mean another team of this slug; the same people can only sign what they could before.
                if stored.is_none_or(|stored| stored.members.as_ref() != Ok(&members)) {
                    about = None;
                }
                (members, true)
            }
        };
        let about = match about.filter(|about| now - about.read_at < about_believed_for()) {
            Some(about) => about,
            None => match self.team_about(place, handle, org, slug).await? {
                Said::Yes(about) => about,
                Said::No(why) | Said::Forbidden(why) => return Ok(Said::No(why)),
                Said::NotNow(why) => return Ok(Said::NotNow(why)),
            },
        };
        // Kept only beside the id of the team that they are of.
        if read {
            let members = TeamMembers { members: Ok(members.clone()), read_at: now };
            self.inbox.save_team(id, handle, &members).await?;
        }
        Ok(match self.taken(place, handle, about.github_id, now).await? {
            Some(before) => Said::No(format!(
                "{handle} is another team than it was when the rules named it: its id was {before} and is {} now; edit the rules file to say that this is meant",
                about.github_id
            )),
            None => Said::Yes(members),
        })
    }

    /// Asks which team it is, and whether it is secret, and keeps that.
    pub(super) async fn team_about(
        &self,
        place: &Directory<'_>,
        handle: &Handle,
        org: &str,
        slug: &str,
    ) -> Result<Said<TeamAbout>, TaskError> {
        let id = place.key.installation;
        let answer = self.app.installation(id).team(org, slug).await;
        Ok(match said(answer, || no_team(handle), || not_permitted(handle, org))? {
            Said::Yes(team) => {
                let about = TeamAbout { github_id: team.id, secret: team.secret, read_at: (self.clock)() };
                self.inbox.save_team_about(id, handle, &about).await?;
                Said::Yes(about)
            }
            Said::No(why) => Said::No(why),
            Said::Forbidden(why) => Said::Forbidden(why),
            Said::NotNow(why) => Said::NotNow(why),
        })
    }

    /// A person may sign as an active member of the organisation, or with write access to the repository.
    async fn user(&self, place: &Directory<'_>, handle: &Handle, login: &str) -> Result<Said<Members>, TaskError> {
        let (key, now) = (place.key, (self.clock)());
        let stored = self.inbox.user(key.installation, key.repository, handle).await?;
        let may_sign = match stored.filter(|stored| now - stored.read_at < believed_for()) {
            Some(stored) => stored.may_sign,
            None => {
                let may_sign = match self.ask_of_user(place, handle, login).await? {
                    Said::Yes(id) => Ok(id),
                    Said::No(why) | Said::Forbidden(why) => Err(why),
                    Said::NotNow(why) => return Ok(Said::NotNow(why)),
                };
                let named = NamedUser { may_sign: may_sign.clone(), read_at: now };
                self.inbox.save_user(key.installation, key.repository, handle, &named).await?;
                may_sign
            }
        };
        let id = match may_sign {
            Ok(id) => id,
            Err(why) => return Ok(Said::No(why)),
        };
        Ok(match self.taken(place, handle, id, now).await? {
            Some(before) => Said::No(format!(
                "{handle} is somebody else than when the rules named them: the id was {before} and is {id} now; edit the rules file to say that this is meant"
            )),
            None => Said::Yes(BTreeMap::from([(login.to_lowercase(), id)])),
        })
    }

    async fn ask_of_user(&self, place: &Directory<'_>, handle: &Handle, login: &str) -> Result<Said<u64>, TaskError> {
        let owner = place.owner;
        let member = self.app.installation(place.key.installation).member(owner, login).await;
        // Without the permission Members it can still be told whether they may write. An account that is no organisation has no
        // members.
        let unseen = match said(member, String::new, String::new)? {
            Said::Yes(Some(id)) => return Ok(Said::Yes(id)),
            Said::Yes(None) => false,
            Said::No(_) => false,
            Said::Forbidden(_) => true,
            Said::NotNow(why) => return Ok(Said::NotNow(why)),
        };
        let access = place.client.permission(login).await;
        let no_user = || format!("there is no user {handle} on GitHub: mend the name in the rules");
        Ok(match said(access, no_user, || not_permitted(handle, owner))? {
            Said::Yes(access) if access.writes => Said::Yes(access.user),
            Said::Yes(_) if unseen => Said::No(not_permitted(handle, owner)),
            Said::Yes(_) => Said::No(format!(
                "{handle} is neither an active member of {owner} nor has write access to this repository"
            )),
            Said::No(why) | Said::Forbidden(why) => Said::No(why),
            Said::NotNow(why) => Said::NotNow(why),
        })
    }

    /// The id that was behind the name when these rules first named it, where it is another one now.
    async fn taken(
        &self,
        place: &Directory<'_>,
        handle: &Handle,
        id: u64,
        now: DateTime<Utc>,
    ) -> Result<Option<u64>, TaskError> {
        let PullKey { installation, repository, .. } = place.key;
        let pinned = self.inbox.pin(installation, repository, handle, place.rules_digest, id, now).await?;
        Ok((pinned != id).then_some(pinned))
    }
}

/// What an answer says. A limit and refused credentials say nothing of the name: the task waits for their end.
pub(super) fn said<T>(
    answer: Result<T, Error>,
    missing: impl FnOnce() -> String,
    forbidden: impl FnOnce() -> String,
) -> Result<Said<T>, TaskError> {
    match answer {
        Ok(told) => Ok(Said::Yes(told)),
        Err(Error::NotFound { .. }) => Ok(Said::No(missing())),
        Err(Error::Forbidden { .. }) => Ok(Said::Forbidden(forbidden())),
        Err(error @ (Error::Limited { .. } | Error::Unauthorized { .. })) => Err(error.into()),
        Err(error) => Ok(Said::NotNow(error.to_string())),
    }
}

fn no_team(handle: &Handle) -> String {
    format!("there is no team {handle}, or the App may not see it: mend its name in the rules")
}

fn not_permitted(handle: &Handle, org: &str) -> String {
    format!(
        "the App lacks the permission Members (read), so it may not see who {handle} is; an owner of {org} accepts it in the App's installation settings"
    )
}

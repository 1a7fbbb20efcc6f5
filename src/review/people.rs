//! Who belongs to what, as far as the judgement was told; what it was not told it asks for.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::rules::Handle;

use super::owners::OwnerMap;
use super::{Membership, People};

/// The people of one judgement, and what the judgement would have liked to know of them.
pub(super) struct Crowd<'a> {
    people: &'a People,
    owners: &'a OwnerMap<'a>,
    wants: RefCell<BTreeSet<Handle>>,
}

/// Who stands behind a handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Behind {
    /// These logins, in lower case.
    Members(BTreeSet<String>),
    /// A configuration error.
    Unresolvable(String),
    /// An outage.
    Unknown(String),
    /// Nobody asked, or nobody can tell (an e-mail address).
    NotAsked,
}

impl<'a> Crowd<'a> {
    pub fn new(people: &'a People, owners: &'a OwnerMap<'a>) -> Self {
        Self { people, owners, wants: RefCell::default() }
    }

    /// Who stands behind a handle; a team that was not asked for is wanted. A person who was not asked for stands for himself:
    /// that says whom the rules mean, not yet that they may sign.
    pub fn behind(&self, handle: &Handle) -> Behind {
        match self.people.known.get(handle) {
            Some(Membership::Members(members)) => Behind::Members(members.clone()),
            Some(Membership::Unresolvable(why)) => Behind::Unresolvable(why.clone()),
            Some(Membership::Unknown(why)) => Behind::Unknown(why.clone()),
            None => match handle.as_user() {
                Some(login) => Behind::Members([login.to_lowercase()].into()),
                None => {
                    if handle.as_team().is_some() {
                        self.want(handle);
                    }
                    Behind::NotAsked
                }
            },
        }
    }

    /// As [`Self::behind`], of somebody who is to sign in earnest: a person is wanted as well. An App is what its name says.
    pub fn signers(&self, handle: &Handle) -> Behind {
        if handle.as_user().is_some() && !handle.is_app() && !self.people.known.contains_key(handle) {
            self.want(handle);
        }
        self.behind(handle)
    }

    /// Whether this person (login in lower case) may sign for a handle. Of people only those are asked for who have said
    /// something; until that is told, they may not.
    pub fn stands_behind(&self, handle: &Handle, login: &str) -> bool {
        if handle.as_user().is_some() && !self.people.known.contains_key(handle) {
            if handle.is_user(login) {
                self.want(handle);
            }
            return false;
        }
        matches!(self.behind(handle), Behind::Members(members) if members.contains(login))
    }

    /// How many people a team on GitHub has; `None`: it was not told. `ask`: then it is wanted.
    pub fn size(&self, team: &Handle, ask: bool) -> Option<usize> {
        match self.people.known.get(team) {
            Some(Membership::Members(members)) => Some(members.len()),
            None if ask && team.as_team().is_some() => {
                self.want(team);
                None
            }
            _ => None,
        }
    }

    /// Whether everything was told of a handle that is wanted.
    pub fn is_told(&self, handle: &Handle) -> bool {
        !self.wants.borrow().contains(handle)
    }

    /// Whether it is known of everybody if they may sign for a handle. Nobody but that person stands behind a person's name; a
    /// person who does not exist or may not sign has no say.
    pub fn tells(&self, handle: &Handle) -> bool {
        match self.behind(handle) {
            Behind::Members(_) => true,
            Behind::Unresolvable(_) => handle.as_user().is_some(),
            Behind::Unknown(_) | Behind::NotAsked => false,
        }
    }

    /// Whether a person belongs to a team, by its name here; `None`: could not be told. A team's leads belong to it, as far as
    /// they may sign at all. An App belongs to no team.
    pub fn belongs(&self, login: &str, is_bot: bool, team: &str) -> Option<bool> {
        if is_bot {
            return Some(false);
        }
        let login = login.to_lowercase();
        let mut could_be = false;
        if let Some(lead) = self.owners.leads(team).iter().find(|lead| lead.is_user(&login)) {
            match self.signers(lead) {
                Behind::Members(members) if members.contains(&login) => return Some(true),
                Behind::Members(_) | Behind::Unresolvable(_) => {}
                Behind::Unknown(_) | Behind::NotAsked => could_be = true,
            }
        }
        match self.behind(&self.owners.handle(team)) {
            Behind::Members(members) if members.contains(&login) => Some(true),
            Behind::Members(_) if !could_be => Some(false),
            Behind::Members(_) | Behind::Unresolvable(_) | Behind::Unknown(_) | Behind::NotAsked => None,
        }
    }

    /// What was wanted and not told.
    pub fn wants(self) -> BTreeSet<Handle> {
        self.wants.into_inner()
    }

    fn want(&self, handle: &Handle) {
        self.wants.borrow_mut().insert(handle.clone());
    }
}

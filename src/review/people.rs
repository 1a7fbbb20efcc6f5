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

    /// Who stands behind a handle; a team that was not asked for is wanted.
    pub fn behind(&self, handle: &Handle) -> Behind {
        match self.people.known.get(handle) {
            Some(Membership::Members(members)) => Behind::Members(members.clone()),
            Some(Membership::Unresolvable(why)) => Behind::Unresolvable(why.clone()),
            Some(Membership::Unknown(why)) => Behind::Unknown(why.clone()),
            None => match handle.as_user() {
                Some(login) => Behind::Members([login.to_lowercase()].into()),
                None => {
                    if handle.as_team().is_some() {
                        self.wants.borrow_mut().insert(handle.clone());
                    }
                    Behind::NotAsked
                }
            },
        }
    }

    /// Whether a person belongs to a team, by its name here; `None`: could not be told. A team's leads belong to it. An App
    /// belongs to no team.
    pub fn belongs(&self, login: &str, is_bot: bool, team: &str) -> Option<bool> {
        if is_bot {
            return Some(false);
        }
        if self.owners.leads(team).iter().any(|lead| lead.is_user(login)) {
            return Some(true);
        }
        match self.behind(&self.owners.handle(team)) {
            Behind::Members(members) => Some(members.contains(&login.to_lowercase())),
            Behind::Unresolvable(_) | Behind::Unknown(_) | Behind::NotAsked => None,
        }
    }

    /// What was wanted and not told.
    pub fn wants(self) -> BTreeSet<Handle> {
        self.wants.into_inner()
    }
}

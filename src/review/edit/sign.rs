//! Who signs for an edit: the slots of the built-in finding.

use std::collections::BTreeSet;

use crate::review::authority::{Authority, Draft, Seat, unique};
use crate::review::owners::OwnerMap;
use crate::review::people::{Behind, Crowd};
use crate::review::reach::Changed;
use crate::review::{Basis, SlotState};
use crate::rules::{Handle, Level};

use super::{Loss, RULES_CHANGE, Signer};

/// Slots in the making, each with the parts of the edit that it signs for.
pub(in crate::review) struct Signing<'a> {
    pub basis: &'a Basis,
    pub owners: &'a OwnerMap<'a>,
    pub crowd: &'a Crowd<'a>,
    pub authority: &'a Authority<'a>,
    /// Paths of the edited files.
    pub paths: &'a BTreeSet<String>,
}

/// A slot, and what it signs for.
pub(in crate::review) struct Part<'a> {
    pub seat: Seat,
    pub losses: Vec<&'a Loss>,
}

impl Signing<'_> {
    /// The slots of an edit, unsigned. None: the base names nobody at all, so nobody has a say to lose.
    pub fn parts<'l>(&self, losses: &'l [Loss], files: &[&Changed<'_>]) -> Vec<Part<'l>> {
        let mut together: Vec<(Draft, Vec<&Loss>)> = Vec::new();
        for loss in losses {
            let Some(draft) = self.draft(loss) else { continue };
            let same = |other: &&mut (Draft, Vec<&Loss>)| {
                (other.0.level, &other.0.of, &other.0.from) == (draft.level, &draft.of, &draft.from)
            };
            match together.iter_mut().find(same) {
                Some((_, losses)) => losses.push(loss),
                None => together.push((draft, vec![loss])),
            }
        }
        together
            .into_iter()
            .map(|(draft, losses)| {
                let mut bound: Vec<&str> = losses.iter().map(|loss| loss.bound.as_str()).collect();
                bound.sort_unstable();
                let text = serde_json::json!(bound).to_string();
                let own = draft.authors_own;
                let mut seat = self.authority.finish(RULES_CHANGE, &text, draft, files);
                if own {
                    seat.slot.state = SlotState::AuthorsOwn;
                }
                Part { seat, losses }
            })
            .collect()
    }

    /// The nearest authority that can be found and is not the author alone. Whoever has lost what they had cannot be what keeps an
    /// edit from passing: a team that does not exist any more is signed for by those above it.
    fn draft(&self, loss: &Loss) -> Option<Draft> {
        let mut spare: Option<Draft> = None;
        let mut own: Option<Draft> = None;
        for draft in self.candidates(loss) {
            if draft.authors_own || !self.authority.in_earnest {
                return Some(draft);
            }
            let behind: Vec<Behind> = draft.from.iter().map(|handle| self.crowd.signers(handle)).collect();
            let is_nobody = |one: &Behind| match one {
                Behind::Unresolvable(_) => true,
                Behind::Members(members) => members.is_empty(),
                Behind::Unknown(_) | Behind::NotAsked => false,
            };
            if behind.iter().all(is_nobody) {
                spare.get_or_insert(draft);
            } else if self.authority.only_authors(&draft.from) {
                own.get_or_insert(draft);
            } else {
                return Some(draft);
            }
        }
        // Nobody but the author has any say here: it is theirs to give up.
        own.map(|draft| Draft { authors_own: true, ..draft }).or(spare)
    }

    /// From the authority that loses by it upwards, and then whoever else is named: the council, a lead, a team.
    fn candidates<'s>(&'s self, loss: &'s Loss) -> impl Iterator<Item = Draft> + 's {
        let levels = |teams: &'s [String], from: Level| {
            let up = [Level::Team, Level::Lead, Level::Domain].into_iter().filter(move |level| *level >= from);
            up.filter_map(|level| self.authority.of_teams(level, teams.to_vec(), self.paths.clone()))
        };
        let first: Box<dyn Iterator<Item = Draft> + 's> = match &loss.signer {
            Signer::Owners(teams) => Box::new(levels(teams, Level::Team)),
            Signer::Lead(teams) => Box::new(levels(teams, Level::Lead)),
            Signer::Takers(names, handles) => {
                // A team that the base knows is as the base knows it.
                let known = names.iter().zip(handles).all(|(name, handle)| self.owners.handle(name) == *handle);
                let as_new =
                    move || Draft { of: Some(names.join(" or ")), ..self.free(Some(Level::Team), handles.clone()) };
                match known {
                    true => Box::new(levels(names, Level::Team)),
                    false => Box::new(std::iter::once_with(as_new)),
                }
            }
            Signer::Domain(name) => {
                let architects = self.basis.rules.domains.get(name).map(|domain| domain.architects.clone());
                let above =
                    self.basis.rules.council.iter().map(|handle| (Level::Organization, handle.clone())).collect();
                Box::new(std::iter::once(Draft {
                    of: Some(name.clone()),
                    above,
                    ..self.free(Some(Level::Domain), architects.unwrap_or_default())
                }))
            }
            Signer::Named(handles) => Box::new(std::iter::once(self.free(None, handles.clone()))),
            Signer::Council => Box::new(std::iter::empty()),
        };
        let about: Vec<String> = loss.about.iter().cloned().collect();
        let leads = move |teams: &[String]| {
            let leads = teams.iter().flat_map(|team| self.owners.leads(team).iter().cloned()).collect();
            self.free(Some(Level::Lead), leads)
        };
        let teams = move |teams: &[String]| {
            let handles = teams.iter().map(|team| self.owners.handle(team)).collect();
            self.free(Some(Level::Team), handles)
        };
        let everybody = || -> Vec<String> { self.basis.rules.teams.keys().cloned().collect() };
        let of_the_file =
            || -> Vec<Handle> { self.paths.iter().flat_map(|path| self.owners.owned(path).owners).collect() };
        let of_lines = || -> Vec<Handle> {
            let entries = self.basis.codeowners.iter().flat_map(|file| file.entries());
            entries.flat_map(|entry| &entry.owners).map(|owner| Handle::new(owner)).collect()
        };
        let council = || self.authority.council(BTreeSet::new(), self.paths.clone());
        let (near, far) = (about.clone(), about);
        first
            .chain(std::iter::once_with(council))
            .chain(std::iter::once_with(move || leads(&near)))
            .chain(std::iter::once_with(move || leads(&everybody())))
            .chain(std::iter::once_with(move || teams(&far)))
            .chain(std::iter::once_with(move || self.free(Some(Level::Team), of_the_file())))
            .chain(std::iter::once_with(move || teams(&everybody())))
            .chain(std::iter::once_with(move || self.free(Some(Level::Team), of_lines())))
            .filter(|draft| !draft.from.is_empty())
    }

    /// Any of these, with nobody above.
    fn free(&self, level: Option<Level>, from: Vec<Handle>) -> Draft {
        Draft {
            level,
            of: None,
            from: unique(from),
            above: Vec::new(),
            sets: BTreeSet::new(),
            paths: self.paths.clone(),
            authors_own: false,
        }
    }
}

//! Which teams a rule speaks of: who owns the files of the base that it could match.

use std::collections::BTreeSet;

use crate::review::owners::{Owned, OwnerMap};
use crate::review::people::Crowd;
use crate::review::reach::{Changed, changed, counting, reach};
use crate::review::when::{Asked, Truth};
use crate::review::{Basis, Facts, File, FileStatus, People, Scope};
use crate::rules::Rule;

/// Every file of the base, as a change of all of them at once.
pub(super) struct Whole<'a> {
    basis: &'a Basis,
    pub owners: &'a OwnerMap<'a>,
    facts: &'a Facts,
    people: People,
    changed: Vec<Changed<'a>>,
    counting: BTreeSet<usize>,
    scope: Scope,
}

/// Facts of a change of all of these paths; `None`: they are not known.
pub(super) fn of_all(paths: Option<&[String]>) -> Facts {
    Facts::of_files(paths.unwrap_or_default().iter().map(|path| File::new(path, FileStatus::Modified)).collect())
}

impl<'a> Whole<'a> {
    pub fn new(basis: &'a Basis, owners: &'a OwnerMap<'a>, facts: &'a Facts) -> Self {
        let changed = changed(basis, owners, facts);
        let counting = counting(&changed);
        let scope = reach(owners, changed.iter().flat_map(|one| &one.touches), true);
        Self { basis, owners, facts, people: People::default(), changed, counting, scope }
    }

    /// Every path with its owners, sorted.
    pub fn owned(&self) -> Vec<(&str, &Owned)> {
        let touches = self.changed.iter().flat_map(|one| &one.touches);
        let mut owned: Vec<(&str, &Owned)> = touches.map(|touch| (touch.path.as_str(), &touch.owned)).collect();
        owned.sort_by_key(|(path, _)| *path);
        owned
    }

    /// The sets of teams that own what a rule could match; `None`: it could match whatever there is, or that cannot be told.
    pub fn teams(&self, rule: &Rule) -> Option<BTreeSet<Vec<String>>> {
        if self.changed.is_empty() {
            return None;
        }
        let crowd = Crowd::new(&self.people, self.owners);
        let asked = Asked {
            facts: self.facts,
            changed: &self.changed,
            counting: &self.counting,
            scope: self.scope,
            owners: self.owners,
            crowd: &crowd,
        };
        let answer = asked.of(&rule.when, false);
        if answer.truth == Truth::No {
            return None;
        }
        let of = |index: &usize| self.changed[*index].touches.iter().map(|touch| touch.owned.teams.clone());
        let matched: BTreeSet<Vec<String>> = answer.files.keys().flat_map(of).filter(|set| !set.is_empty()).collect();
        let all: BTreeSet<&Vec<String>> = self
            .changed
            .iter()
            .flat_map(|one| &one.touches)
            .map(|touch| &touch.owned.teams)
            .filter(|set| !set.is_empty())
            .collect();
        let everything = matched.len() == all.len() && all.len() > 1;
        (!matched.is_empty() && !everything).then_some(matched)
    }

    /// The teams that own the services of a tier.
    pub fn of_tier(&self, tier: &str) -> BTreeSet<Vec<String>> {
        let touches = self.changed.iter().flat_map(|one| &one.touches);
        let of = touches.filter(|touch| touch.owned.tier.as_deref() == Some(tier));
        of.map(|touch| touch.owned.teams.clone()).filter(|set| !set.is_empty()).collect()
    }

    /// The teams that own the files of a service.
    pub fn of_service(&self, name: &str) -> BTreeSet<Vec<String>> {
        let touches = self.changed.iter().flat_map(|one| &one.touches);
        let of = touches.filter(|touch| touch.owned.service.as_deref() == Some(name));
        let mut teams: BTreeSet<Vec<String>> =
            of.map(|touch| touch.owned.teams.clone()).filter(|set| !set.is_empty()).collect();
        if teams.is_empty() {
            let listed = self.basis.rules.services.iter().filter(|service| service.name == name);
            teams.extend(listed.map(|service| service.teams.clone()).filter(|set| !set.is_empty()));
        }
        teams
    }
}

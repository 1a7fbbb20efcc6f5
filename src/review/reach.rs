//! How far files reach: which teams own them, and whether one team, one domain or neither covers all.

use std::collections::{BTreeMap, BTreeSet};

use super::owners::{Owned, OwnerMap};
use super::{Basis, Facts, File, FileStatus, Scope, is_lock_file};

/// One touched path of a changed file. A renamed file touches two.
#[derive(Debug, Clone)]
pub(super) struct Touch {
    pub path: String,
    pub owned: Owned,
    /// Owned, and neither generated nor a lock file.
    pub counts: bool,
}

/// A changed file with what is known of the paths that it touches.
#[derive(Debug)]
pub(super) struct Changed<'a> {
    pub file: &'a File,
    pub touches: Vec<Touch>,
}

impl Changed<'_> {
    /// Whether any path of it counts for scope.
    pub fn counts(&self) -> bool {
        self.touches.iter().any(|touch| touch.counts)
    }
}

/// The changed files in a fixed order, each with its owners.
pub(super) fn changed<'a>(basis: &Basis, owners: &OwnerMap<'_>, facts: &'a Facts) -> Vec<Changed<'a>> {
    let mut files: Vec<&File> = facts.files.iter().collect();
    files.sort();
    files.dedup();
    files
        .into_iter()
        .map(|file| {
            let touches = file
                .touched()
                .map(|path| {
                    let owned = owners.owned(path);
                    let counts = !owned.teams.is_empty() && !is_lock_file(path) && !generated(basis, file, path);
                    Touch { path: path.to_owned(), owned, counts }
                })
                .collect();
            Changed { file, touches }
        })
        .collect()
}

/// Whether the base says that this path is generated. A header of the base version speaks only for a path that the base has:
/// the new path of a renamed file is generated only where a pattern of the base says so.
fn generated(basis: &Basis, file: &File, path: &str) -> bool {
    match basis.attributes.generated(path) {
        Some(said) => said,
        None => {
            let at_base = match file.status {
                FileStatus::Added | FileStatus::Copied => false,
                FileStatus::Renamed => file.previous_path.as_deref() == Some(path),
                FileStatus::Modified | FileStatus::Removed => true,
            };
            at_base && file.generated_at_base == Some(true)
        }
    }
}

/// The indices of the files that make the scope what it is: those that count, and shared ones only where there is nothing else.
pub(super) fn counting(changed: &[Changed<'_>]) -> BTreeSet<usize> {
    let with = |shared: bool| -> BTreeSet<usize> {
        changed
            .iter()
            .enumerate()
            .filter(|(_, one)| one.touches.iter().any(|touch| touch.counts && touch.owned.shared == shared))
            .map(|(index, _)| index)
            .collect()
    };
    let own = with(false);
    if own.is_empty() { with(true) } else { own }
}

/// How far these touched paths reach. `only_counting`: generated and lock files are left out.
pub(super) fn reach<'t>(owners: &OwnerMap<'_>, touches: impl Iterator<Item = &'t Touch>, only_counting: bool) -> Scope {
    let mut sets: BTreeSet<&[String]> = BTreeSet::new();
    let mut shared = false;
    for touch in touches.filter(|touch| if only_counting { touch.counts } else { !touch.owned.teams.is_empty() }) {
        if touch.owned.shared {
            shared = true;
        } else {
            sets.insert(&touch.owned.teams);
        }
    }
    if sets.is_empty() {
        return if shared { Scope::Team } else { Scope::None };
    }
    if covered_by_one(&sets, |team| Some(team.to_lowercase())) {
        return Scope::Team;
    }
    let one_domain = owners.rules().domains.is_empty();
    if one_domain || covered_by_one(&sets, |team| owners.domain(team).map(str::to_owned)) {
        return Scope::Domain;
    }
    Scope::Organization
}

/// Whether one name that `name_of` gives stands in every set.
fn covered_by_one(sets: &BTreeSet<&[String]>, name_of: impl Fn(&str) -> Option<String>) -> bool {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for set in sets {
        let names: BTreeSet<String> = set.iter().filter_map(|team| name_of(team)).collect();
        for name in names {
            *counts.entry(name).or_default() += 1;
        }
    }
    counts.values().any(|count| *count == sets.len())
}

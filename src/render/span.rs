//! What a change spans: its files by service and owner.

use std::collections::BTreeMap;

use crate::review::{FileReview, Scope};

use super::phrase::Phrase;
use super::words::{NAME, Voice};

/// Changed files that belong together: those of a service, or of the same owners where there is no service.
#[derive(Debug, Clone)]
pub(super) struct Group<'a> {
    /// The service.
    pub(super) service: Option<&'a str>,
    /// Names of the owning teams, sorted.
    pub(super) teams: Vec<&'a str>,
    /// Whether any of the teams owns all of the files (else each owns some).
    pub(super) jointly: bool,
    /// The files.
    pub(super) files: Vec<&'a FileReview>,
}

impl<'a> Voice<'a> {
    /// The changed files by service, then by owners where there is no service; those that nobody owns last.
    pub(super) fn groups(&self) -> Vec<Group<'a>> {
        // Services first, then owners without a service, then what nobody owns.
        type Key<'k> = (u8, Option<&'k str>, Vec<&'k str>);
        let mut groups: BTreeMap<Key<'_>, Vec<&FileReview>> = BTreeMap::new();
        for file in &self.review.files {
            let teams: Vec<&str> = file.teams.iter().map(String::as_str).collect();
            let key = match &file.service {
                Some(service) => (0, Some(service.as_str()), Vec::new()),
                None if !teams.is_empty() => (1, None, teams),
                None => (2, None, teams),
            };
            groups.entry(key).or_default().push(file);
        }
        groups
            .into_iter()
            .map(|((_, service, _), files)| {
                let mut teams: Vec<&str> = files.iter().flat_map(|file| &file.teams).map(String::as_str).collect();
                teams.sort_unstable();
                teams.dedup();
                let jointly = files.iter().all(|file| file.teams.len() == teams.len());
                Group { service, teams, jointly, files }
            })
            .collect()
    }

    /// Owners of a group: `payments`, `payments or ledger` (any of them), `payments and ledger` (each some).
    pub(super) fn owners(&self, group: &Group<'_>) -> Phrase {
        self.owners_as(group, Phrase::theirs)
    }

    fn owners_as(&self, group: &Group<'_>, say: fn(&str, usize) -> Phrase) -> Phrase {
        let last = if group.jointly { "or" } else { "and" };
        Phrase::list(group.teams.iter().map(|team| self.team_as(team, say)), last, 3)
    }

    /// Name of a group: its service, else its owners.
    pub(super) fn group_name(&self, group: &Group<'_>) -> Phrase {
        match group.service {
            Some(service) => Phrase::name(service, NAME),
            None if group.teams.is_empty() => Phrase::ours("no owner"),
            None => self.owners_as(group, Phrase::name),
        }
    }

    /// What the change spans: `This change spans checkout (payments, 3 files) and ledger (2 files).`
    pub(super) fn span(&self) -> Phrase {
        let groups = self.groups();
        let counted: Vec<&Group<'_>> = groups.iter().filter(|g| g.files.iter().any(|f| f.counts)).collect();
        let total = Phrase::count(self.review.files.len(), "file", "files");
        let one = |group: &&Group<'_>| {
            let files = Phrase::count(group.files.iter().filter(|f| f.counts).count(), "file", "files");
            if group.service.is_none() || group.teams.is_empty() {
                Phrase::fill("{} ({})", [self.group_name(group), files])
            } else {
                Phrase::fill("{} ({}, {})", [self.group_name(group), self.owners(group), files])
            }
        };
        match counted.as_slice() {
            [] if self.review.files.is_empty() => Phrase::ours("This change touches no file."),
            [] => Phrase::fill("None of the {} of this change counts for its scope.", [total]),
            [group] if self.review.scope <= Scope::Team => Phrase::fill("This change stays inside {}.", [one(group)]),
            [group] => Phrase::fill("This change touches {}.", [one(group)]),
            many if many.len() <= 3 => {
                Phrase::fill("This change spans {}{}.", [Phrase::list(many.iter().map(one), "and", 3), self.reach()])
            }
            many => {
                let names = Phrase::list(many.iter().map(|group| self.group_name(group)), "and", 6);
                let parts = if many.iter().all(|group| group.service.is_some()) { "services" } else { "owners" };
                Phrase::fill(
                    "This change spans {} {} of {}{}: {}.",
                    [
                        Phrase::number(many.len()),
                        Phrase::ours(parts),
                        Phrase::count(self.review.teams.len(), "team", "teams"),
                        self.reach(),
                        names,
                    ],
                )
            }
        }
    }

    /// The change in a few words: `5 files in checkout and ledger`.
    pub(super) fn extent(&self) -> Phrase {
        let groups = self.groups();
        let names = groups.iter().filter(|g| g.files.iter().any(|f| f.counts)).map(|group| self.group_name(group));
        let files = Phrase::count(self.review.files.iter().filter(|file| file.counts).count(), "file", "files");
        Phrase::fill("{} in {}", [files, Phrase::list(names, "and", 3)])
    }

    /// ` in the domains commerce and platform`, where there are several.
    fn reach(&self) -> Phrase {
        let domains = &self.review.domains;
        if domains.len() < 2 {
            return Phrase::default();
        }
        Phrase::fill(
            ", across the domains {}",
            [Phrase::list(domains.iter().map(|domain| Phrase::theirs(domain, NAME)), "and", 3)],
        )
    }
}

//! A first rules file, from what a repository shows: manifests, folders, CODEOWNERS, decision records and the commits of a year. Pure,
//! and the same for the same repository.
//!
//! It proposes what can be seen and no more. Who owns what CODEOWNERS does not say can only be guessed from commits, so it stands in
//! comments, by the names that people commit under: nothing in the file asks somebody who may not exist. The words of the repository
//! reach the file through `yaml` alone.

mod folders;
mod manifests;
mod people;
#[cfg(test)]
mod tests;
mod text;
mod yaml;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::ownership::Codeowners;
use crate::rules;

pub use manifests::wanted;

use folders::Layout;
use people::{ACTIVE, People};

/// More entries than this nobody reads.
const MOST_ENTRIES: usize = 60;
/// So many folders that nobody owns are named.
const MOST_UNOWNED: usize = 20;
/// Automatic updates by these Apps ask nobody.
const UPDATERS: [&str; 2] = ["dependabot[bot]", "renovate[bot]"];
/// An App that committed less often is not worth a line.
const OFTEN: usize = 3;

/// A commit of the year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The author's name.
    pub name: String,
    /// The author's address.
    pub email: String,
    /// The paths that it touched.
    pub paths: Vec<String>,
}

/// What a repository shows.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// What it is called, `acme/shop`, where known.
    pub repository: Option<&'a str>,
    /// The commit that is looked at.
    pub commit: &'a str,
    /// When it was made: the year ends there.
    pub now: DateTime<Utc>,
    /// All its paths.
    pub listing: &'a [String],
    /// The CODEOWNERS in force.
    pub codeowners: Option<&'a Codeowners>,
    /// The manifests among [`wanted`] with their content.
    pub manifests: &'a [(String, Vec<u8>)],
    /// The folders that hold decision records, with how many each.
    pub records: &'a [(String, usize)],
    /// The commits of the year, merges left out.
    pub history: &'a [Commit],
    /// Whether that is not all of them.
    pub history_cut: bool,
}

/// A rules file that is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The file.
    pub text: String,
    /// What it extends.
    pub stage: &'static str,
    /// How many folders are services by `roots`.
    pub folders: usize,
    /// How many services have an entry.
    pub entries: usize,
    /// How many services nobody owns.
    pub unowned: usize,
}

/// A service as the file shows it.
#[derive(Debug, Clone, Default)]
struct Place {
    folder: String,
    files: usize,
    /// Owners by CODEOWNERS with how many files each has, those of most first.
    owners: Vec<(String, usize)>,
    owned: usize,
    commits: usize,
    /// Who committed there, those of most commits first.
    people: Vec<(String, usize)>,
}

/// Everything that the text says.
#[derive(Debug)]
struct Draft<'a> {
    seen: Seen<'a>,
    people: People,
    layout: Layout,
    /// By folder: what is known of each service.
    places: BTreeMap<String, Place>,
    /// The parts that have an entry, and the folders of those that have none.
    parts: Vec<folders::Part>,
    left_out: Vec<String>,
    /// Folders under `roots` that nobody owns, those of most commits first.
    unowned: Vec<String>,
    stage: Stage,
    updaters: Vec<(&'static str, usize)>,
    /// Teams that CODEOWNERS names, those of most files first.
    teams: Vec<String>,
}

/// Which pack fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stage {
    fits: &'static str,
    /// What this version ships.
    used: &'static str,
}

/// Proposes a rules file.
pub fn propose(seen: Seen<'_>) -> Proposal {
    let draft = Draft::of(seen);
    Proposal {
        text: text::text(&draft),
        stage: draft.stage.used,
        folders: draft.layout.roots.iter().map(|root| root.folders.len()).sum(),
        entries: draft.parts.len() + usize::from(draft.has_root()),
        unowned: draft.places.values().filter(|place| place.owned == 0).count(),
    }
}

impl<'a> Draft<'a> {
    fn of(seen: Seen<'a>) -> Self {
        let people = People::of(seen.history);
        let members = manifests::members(seen.manifests, seen.listing, &folders::folders(seen.listing));
        let layout = folders::layout(&members, seen.codeowners, seen.listing);
        let wanted =
            layout.roots.iter().flat_map(|root| &root.folders).chain(layout.parts.iter().map(|part| &part.folder));
        let places = places(wanted.cloned().collect(), seen, &people);
        let (parts, left_out) = few(&layout, &places);
        let roots = layout.roots.iter().flat_map(|root| &root.folders);
        let has_entry: BTreeSet<&str> = parts.iter().map(|part| part.folder.as_str()).collect();
        let nobodys = |folder: &&String| {
            !has_entry.contains(folder.as_str()) && places.get(*folder).is_some_and(|place| place.owned == 0)
        };
        let mut unowned: Vec<String> = roots.filter(nobodys).cloned().collect();
        unowned.sort_by_key(|folder| std::cmp::Reverse(places[folder].commits));
        let stage = Stage::of(people.active(ACTIVE));
        let updates = |login: &&'static str| {
            let commits: usize = people.people.iter().filter(|one| one.name == **login).map(|one| one.commits).sum();
            (commits >= OFTEN).then_some((*login, commits))
        };
        let updaters = UPDATERS.iter().filter_map(updates).collect();
        Self { seen, people, layout, places, parts, left_out, unowned, stage, updaters, teams: teams(seen) }
    }

    /// Whether there is anything that serves all others.
    fn has_root(&self) -> bool {
        self.layout.hidden || !self.layout.shared.is_empty() || self.seen.listing.iter().any(|path| !path.contains('/'))
    }
}

impl Stage {
    fn of(active: usize) -> Self {
        let fits = match active {
            0..50 => "startup",
            50..=200 => "growth",
            _ => "enterprise",
        };
        let ships = rules::shipped().any(|pack| pack == fits);
        Self { fits, used: if ships { fits } else { "startup" } }
    }
}

/// The entries that are written, in the order of their folders, and the folders of the others: those that change least.
fn few(layout: &Layout, places: &BTreeMap<String, Place>) -> (Vec<folders::Part>, Vec<String>) {
    let mut by_weight: Vec<&folders::Part> = layout.parts.iter().collect();
    let weight =
        |part: &folders::Part| places.get(&part.folder).map(|place| (place.commits, place.files)).unwrap_or_default();
    by_weight.sort_by_key(|part| std::cmp::Reverse(weight(part)));
    let kept: BTreeSet<&str> = by_weight.iter().take(MOST_ENTRIES).map(|part| part.folder.as_str()).collect();
    let (parts, others): (Vec<_>, Vec<_>) =
        layout.parts.iter().cloned().partition(|part| kept.contains(part.folder.as_str()));
    (parts, others.into_iter().map(|part| part.folder).collect())
}

/// What is known of these folders. A path counts for the innermost of them.
fn places(wanted: BTreeSet<String>, seen: Seen<'_>, people: &People) -> BTreeMap<String, Place> {
    let mut places: BTreeMap<String, Place> =
        wanted.into_iter().map(|folder| (folder.clone(), Place { folder, ..Place::default() })).collect();
    let names: BTreeSet<String> = places.keys().cloned().collect();
    let home = |path: &str| {
        let ends = path.match_indices('/').map(|(at, _)| at).collect::<Vec<_>>();
        ends.into_iter().rev().find_map(|end| names.get(&path[..end]))
    };
    let mut owners: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for path in seen.listing {
        let Some(folder) = home(path) else { continue };
        let entry = seen.codeowners.and_then(|file| file.entry_for(path));
        let found = entry.map(|entry| entry.owners.as_slice()).unwrap_or_default();
        for owner in found {
            *owners.entry(folder).or_default().entry(owner).or_default() += 1;
        }
        if let Some(place) = places.get_mut(folder) {
            place.files += 1;
            place.owned += usize::from(!found.is_empty());
        }
    }
    let mut hands: BTreeMap<&str, HashMap<usize, usize>> = BTreeMap::new();
    for (commit, person) in seen.history.iter().zip(&people.of) {
        let touched: BTreeSet<&String> = commit.paths.iter().filter_map(|path| home(path)).collect();
        for folder in touched {
            if let Some(place) = places.get_mut(folder) {
                place.commits += 1;
            }
            *hands.entry(folder).or_default().entry(*person).or_default() += 1;
        }
    }
    for place in places.values_mut() {
        let mut found: Vec<(String, usize)> = owners
            .get(place.folder.as_str())
            .into_iter()
            .flatten()
            .map(|(owner, files)| ((*owner).to_owned(), *files))
            .collect();
        found.sort_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.cmp(other)));
        place.owners = found;
        let mut found: Vec<(String, usize)> = hands
            .get(place.folder.as_str())
            .into_iter()
            .flatten()
            .filter(|(person, _)| !people.people[**person].is_bot)
            .map(|(person, commits)| (people.people[*person].name.clone(), *commits))
            .collect();
        found.sort_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.cmp(other)));
        place.people = found;
    }
    places
}

/// The teams of CODEOWNERS, without those that own nothing.
fn teams(seen: Seen<'_>) -> Vec<String> {
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in seen.listing.iter().filter_map(|path| seen.codeowners?.entry_for(path)) {
        for owner in entry.owners.iter().filter(|owner| owner.starts_with('@') && owner.contains('/')) {
            *files.entry(owner).or_default() += 1;
        }
    }
    let mut teams: Vec<(&str, usize)> = files.into_iter().collect();
    teams.sort_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.cmp(other)));
    teams.into_iter().map(|(team, _)| team.to_owned()).collect()
}

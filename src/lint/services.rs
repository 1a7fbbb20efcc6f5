//! Services without files, those that later ones take the files of, and files without owner.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::glob::GlobMap;
use crate::rules::{PatternSet, Severity, Spot};

use super::Code;
use super::ground::Ground;
use super::words::{count, greatest, quote, some};

/// Patterns that take every path in.
const EVERYTHING: [&str; 4] = ["**", "/**", "*", "**/*"];

/// What is told of an entry by the files that it matches.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    /// How many it matches.
    pub matched: usize,
    /// How many it decides about.
    pub won: usize,
    /// Which entries decide about the others, and about how many.
    pub lost_to: BTreeMap<usize, usize>,
}

impl Entry {
    /// Counts a file of it that `winner` decides about.
    pub fn count(&mut self, own: usize, winner: usize) {
        self.matched += 1;
        if winner == own {
            self.won += 1;
        } else {
            *self.lost_to.entry(winner).or_default() += 1;
        }
    }
}

/// Checks the services of the file.
pub(super) fn check(ground: &mut Ground<'_>) {
    without_domain(ground);
    let file = ground.file();
    let services = file.root().key("services").by_key();
    if !ground.knows_files() {
        shadowed(ground, &services);
        return;
    }
    let Some(entries) = entries(ground) else { return };
    let rules = ground.rules;
    for (index, (service, entry)) in rules.services.iter().zip(&entries).enumerate() {
        let Some(spot) = services.get(service.name.as_str()) else { continue };
        if service.repo.is_some() {
            continue;
        }
        let name = quote(&service.name);
        if entry.matched == 0 {
            let message = match &service.paths {
                Some(paths) => format!(
                    "the service {name} has no files: none is under {}; mend its `paths`, or take it away",
                    some(paths.written().iter().map(String::as_str))
                ),
                None => format!(
                    "the service {name} has no files: there is no folder of that name under {}; mend the name, or give it `paths`",
                    some(rules.roots.iter().map(|root| root.written.as_str()))
                ),
            };
            ground.warn(Code::ServiceWithoutFiles, *spot, message);
            continue;
        }
        let winners: Vec<(&str, usize)> =
            greatest(entry.lost_to.iter().map(|(winner, files)| (rules.services[*winner].name.as_str(), *files)));
        if entry.won == 0 {
            let message = format!(
                "the service {name} never owns a file: later entries ({}) take the same paths, and the last entry that matches wins; move it below them, or take it away",
                some(winners.iter().map(|(name, _)| *name))
            );
            ground.warn(Code::NeverWins, *spot, message);
            continue;
        }
        let broader = entry.lost_to.iter().filter(|(winner, _)| {
            entries[**winner].matched >= 2 * entry.matched
                && rules.services[**winner].teams != rules.services[index].teams
        });
        let broader = greatest(broader.map(|(winner, files)| (rules.services[*winner].name.as_str(), *files)));
        if !broader.is_empty() {
            let lost: usize = broader.iter().map(|(_, files)| files).sum();
            let message = format!(
                "{lost} of the {} of the service {name} belong to {}, which stands further down and takes more: the last entry that matches wins; move {name} below it if it is to have them",
                count(entry.matched, "file"),
                some(broader.iter().map(|(name, _)| *name))
            );
            ground.warn(Code::OrderMatters, *spot, message);
        }
    }
}

/// What each service matches and decides about; `None`: there is too much, which is said.
fn entries(ground: &mut Ground<'_>) -> Option<Vec<Entry>> {
    let rules = ground.rules;
    let mut globs = Vec::new();
    let mut of = Vec::new();
    let mut by_folder: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    let mut takes_out = Vec::new();
    for (index, service) in rules.services.iter().enumerate() {
        by_name.insert(&service.name, index);
        takes_out.push(service.paths.as_ref().is_some_and(|set| set.written().iter().any(|one| one.starts_with('!'))));
        match &service.paths {
            Some(paths) => {
                globs.extend(paths.taking_in().cloned());
                of.resize(globs.len(), index);
            }
            None => by_folder.entry(&service.name).or_default().push(index),
        }
    }
    // Of equal patterns a map keeps the last, and the earlier ones match all the same.
    let mut alike: HashMap<_, Vec<usize>> = HashMap::new();
    for (glob, service) in globs.iter().zip(&of) {
        alike.entry(glob.clone()).or_default().push(*service);
    }
    let map = GlobMap::new(globs.iter().cloned());
    let mut entries = vec![Entry::default(); rules.services.len()];
    let mut steps = ground.steps;
    let mut whole = true;
    for (path, owned) in ground.files.owned() {
        let mut matched: BTreeSet<usize> = BTreeSet::new();
        whole = map.each_match(path, &mut steps, &mut |glob| {
            matched.extend(alike.get(&globs[glob]).into_iter().flatten());
        });
        steps = steps.saturating_sub(matched.len() as u64 * 2);
        if !whole || steps == 0 {
            whole = false;
            break;
        }
        matched.retain(|service| {
            !takes_out[*service] || rules.services[*service].paths.as_ref().is_some_and(|set| set.matches(path))
        });
        if let Some(folder) = ground.owners.root_folder(path) {
            matched.extend(by_folder.get(folder).into_iter().flatten());
        }
        let Some(winner) = owned.service.as_deref().and_then(|name| by_name.get(name)) else { continue };
        // A service that is the folder of its name has what nobody else takes, its own paths or not.
        matched.insert(*winner);
        for service in matched {
            entries[service].count(service, *winner);
        }
    }
    ground.steps = steps;
    if !whole {
        ground.stop();
    }
    whole.then_some(entries)
}

/// Services that never own anything because later entries are written alike: what can be told without the files.
fn shadowed(ground: &mut Ground<'_>, spots: &HashMap<&str, Spot<'_>>) {
    let rules = ground.rules;
    let mut later: HashMap<&str, &str> = HashMap::new();
    let mut everything: Option<&str> = None;
    for service in rules.services.iter().rev() {
        let Some(paths) = &service.paths else { continue };
        let patterns = paths.written();
        // What a `!` leaves over is not compared.
        if patterns.iter().any(|pattern| pattern.starts_with('!')) {
            continue;
        }
        let winners: Option<BTreeSet<&str>> = match everything {
            Some(winner) => Some(BTreeSet::from([winner])),
            None => patterns.iter().map(|pattern| later.get(pattern.as_str()).copied()).collect(),
        };
        if let Some(winners) = winners.filter(|winners| !winners.is_empty())
            && let Some(spot) = spots.get(service.name.as_str())
        {
            let message = format!(
                "the service {} never owns a file: later entries ({}) take the same paths, and the last entry that matches wins; move it below them, or take it away",
                quote(&service.name),
                some(winners)
            );
            ground.warn(Code::NeverWins, *spot, message);
        }
        for pattern in patterns {
            later.entry(pattern).or_insert(&service.name);
            if EVERYTHING.contains(&pattern.as_str()) {
                everything.get_or_insert(&service.name);
            }
        }
    }
}

/// Teams that no domain has, where there are domains.
fn without_domain(ground: &mut Ground<'_>) {
    let rules = ground.rules;
    if rules.domains.is_empty() {
        return;
    }
    let placed: BTreeSet<&str> = rules.domains.values().flat_map(|domain| &domain.teams).map(String::as_str).collect();
    let file = ground.file();
    let spots = file.root().key("teams").by_key();
    for name in rules.teams.keys().filter(|name| !placed.contains(name.as_str())) {
        if let Some(spot) = spots.get(name.as_str()) {
            let message = format!(
                "the team {} is in no domain: whatever it shares with another team goes up to the council at once; add it to the domain that it belongs to",
                quote(name)
            );
            ground.warn(Code::TeamWithoutDomain, *spot, message);
        }
    }
}

/// Says how many files nobody owns, and where most of them are.
pub(super) fn unowned(ground: &mut Ground<'_>) {
    if !ground.knows_files() || (ground.input.rules.is_some() && !ground.has_rules()) {
        return;
    }
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    let mut files = 0;
    // A line of CODEOWNERS without owners says so on purpose.
    for (path, _) in ground.files.owned().filter(|(_, owned)| owned.teams.is_empty() && owned.source.is_none()) {
        files += 1;
        *folders.entry(folder(path)).or_default() += 1;
    }
    if files == 0 {
        return;
    }
    let all = ground.files.paths.len();
    let most: Vec<String> = greatest(folders)
        .into_iter()
        .take(3)
        .map(|(folder, files)| match folder {
            "" => format!("the top ({files})"),
            folder => format!("{} ({files})", quote(folder)),
        })
        .collect();
    let where_most =
        if files == 1 { format!(", in {}", most.join("")) } else { format!(", most of them in {}", most.join(", ")) };
    let whose = if ground.has_rules() { "`services` or CODEOWNERS" } else { "CODEOWNERS" };
    let message = format!(
        "{files} of {} {} no owner{where_most}: nobody is asked about them, and they make no crossing; name them in {whose} if somebody keeps them",
        count(all, "file"),
        if files == 1 { "has" } else { "have" },
    );
    let path = match (ground.input.rules, &ground.input.basis.codeowners) {
        (Some(text), _) => text.path.to_owned(),
        (None, Some(codeowners)) => codeowners.path().to_owned(),
        (None, None) => return,
    };
    ground.add(Code::FileWithoutOwner, Severity::Note, &path, None, message);
}

/// The folder that a file is counted under: two levels at most.
fn folder(path: &str) -> &str {
    let mut slashes = path.match_indices('/').map(|(at, _)| at);
    match (slashes.next(), slashes.next()) {
        (_, Some(second)) => &path[..second + 1],
        (Some(first), None) => &path[..first + 1],
        (None, None) => "",
    }
}

/// Whether the patterns of a set take everything in.
pub(super) fn takes_everything(set: &PatternSet) -> bool {
    set.written().last().is_some_and(|last| EVERYTHING.contains(&last.as_str()))
}

//! Patterns that match in more places than whoever wrote them may have thought of.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use crate::review::Basis;
use crate::rules::{Origin, Place, When};

/// From so many places on a pattern is named.
const MANY: usize = 3;

/// So many of the places are named.
const SAMPLE: usize = 3;

/// A pattern that names a folder without saying where, and matches in many places.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Spread {
    /// The file that it stands in.
    pub file: String,
    /// The line of the rule, service or entry that it belongs to.
    pub line: u32,
    /// The pattern as written.
    pub pattern: String,
    /// How many folders it matches.
    pub folders: usize,
    /// Below how many folders at the root.
    pub top_level: usize,
    /// Some of them, with a trailing slash.
    pub sample: Vec<String>,
    /// The pattern for the one at the root, where there is one.
    pub instead: Option<String>,
}

/// The patterns of the candidate that today's rules do not have, and that match folders of `listing` in many places. Only plain
/// names of folders are looked at: `*.md` and `**/test/` say that they are meant to match anywhere.
pub fn spread(today: &Basis, candidate: &Basis, listing: &[String]) -> Vec<Spread> {
    let known: BTreeSet<String> = written(today).into_iter().map(|(_, _, pattern)| pattern).collect();
    let fresh: BTreeMap<(String, u32, String), String> = written(candidate)
        .into_iter()
        .filter(|(_, _, pattern)| !known.contains(pattern))
        .filter_map(|place| Some((place.clone(), folder_name(&place.2)?.to_owned())))
        .collect();
    // The folders of each name, of those within one another the outermost.
    let mut folders: HashMap<&str, BTreeSet<&str>> =
        fresh.values().map(|name| (name.as_str(), BTreeSet::new())).collect();
    if folders.is_empty() {
        return Vec::new();
    }
    for path in listing {
        let mut seen: Vec<&str> = Vec::new();
        let mut start = 0;
        for (end, _) in path.match_indices('/') {
            let name = &path[start..end];
            start = end + 1;
            if let Some(places) = folders.get_mut(name)
                && !seen.contains(&name)
            {
                seen.push(name);
                places.insert(&path[..=end]);
            }
        }
    }
    let mut found = Vec::new();
    for ((file, line, pattern), name) in &fresh {
        let Some(places) = folders.get(name.as_str()).filter(|places| places.len() >= MANY) else { continue };
        let tops: BTreeSet<&str> = places.iter().filter_map(|place| place.split('/').next()).collect();
        let at_root = places.contains(format!("{name}/").as_str());
        found.push(Spread {
            file: file.clone(),
            line: *line,
            pattern: pattern.clone(),
            folders: places.len(),
            top_level: tops.len(),
            sample: places.iter().take(SAMPLE).map(|place| (*place).to_owned()).collect(),
            instead: at_root.then(|| format!("/{name}/")),
        });
    }
    found
}

/// Every path pattern that the rules and CODEOWNERS write, with its file and line.
fn written(basis: &Basis) -> Vec<(String, u32, String)> {
    let mut found = Vec::new();
    // What packs and the organisation say beneath is not this file's.
    let mut add = |place: Place, patterns: &[String]| {
        if place.origin == Origin::Own {
            let file = basis.rules.file(place);
            found.extend(patterns.iter().map(|pattern| (file.to_owned(), place.line, pattern.clone())));
        }
    };
    for service in &basis.rules.services {
        add(service.place, service.paths.as_ref().map(|set| set.written()).unwrap_or_default());
    }
    for rule in &basis.rules.rules {
        let mut conditions: Vec<&When> = vec![&rule.when];
        while let Some(when) = conditions.pop() {
            add(rule.place, when.paths.as_ref().map(|set| set.written()).unwrap_or_default());
            conditions.extend(when.inner());
        }
        rule.allow.iter().for_each(|allow| add(rule.place, allow.paths.written()));
    }
    if let Some(codeowners) = &basis.codeowners {
        let entries = codeowners.entries().iter();
        found.extend(entries.map(|entry| (codeowners.path().to_owned(), entry.line, entry.pattern.clone())));
    }
    found
}

/// The folder that a pattern names without saying where; `None` for any other pattern.
fn folder_name(pattern: &str) -> Option<&str> {
    let pattern = pattern.strip_prefix('!').unwrap_or(pattern);
    let name = pattern.strip_suffix('/').unwrap_or(pattern);
    let plain = !name.is_empty() && !name.contains(['/', '*', '?', '{', '}', '[', '\\']) && name != ".";
    plain.then_some(name)
}

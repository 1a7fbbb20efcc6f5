//! Patterns of the rules file that match nothing, in many places, or less than they look like.

use std::collections::{BTreeMap, BTreeSet};

use crate::glob::GlobMap;
use crate::rules::{Enforce, PatternSet, Spot, When, meant, own_folder};

use super::Code;
use super::ground::{Files, Ground};
use super::tally::{Wanted, floating_name};
use super::words::{count, quote, some};

/// In so many folders a name is found before it is said that it may not be meant so.
pub(super) const MANY: usize = 7;
/// How many guesses are made of what was meant.
const GUESSES: usize = 100;

/// A list of patterns, and what it is for.
struct List<'f> {
    /// For messages: `rule `x``.
    of: String,
    set: PatternSet,
    spot: Spot<'f>,
    role: Role,
    /// The folder that `./` stands for.
    own: Option<String>,
}

impl List<'_> {
    /// Whether it may well name what is not there, since it is there to keep it so.
    fn keeps_away(&self) -> bool {
        self.role == Role::Condition { blocks: true }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The paths of the service of this index.
    Service(usize),
    Public,
    Condition {
        /// Whether it is of a rule that blocks.
        blocks: bool,
    },
    Allow,
}

/// A pattern of a list that takes in or out.
struct Pattern {
    list: usize,
    index: usize,
    /// Its alternatives in the tally.
    globs: Vec<usize>,
    /// The same with everything below, where it is `folder/*`.
    below: Option<usize>,
}

/// Checks every list of patterns in the file itself; what a pack says may well match nothing here.
pub(super) fn check(ground: &mut Ground<'_>) {
    if !ground.knows_files() {
        return;
    }
    let file = ground.file();
    let lists = lists(ground, file.root());
    roots(ground, file.root());
    let mut wanted = Wanted::default();
    let mut patterns = Vec::new();
    for (number, list) in lists.iter().enumerate() {
        let mut of_list: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, glob) in list.set.globs() {
            of_list.entry(index).or_default().push(wanted.add_name(glob, &list.set.written()[index]));
        }
        for (index, globs) in of_list {
            let below = below(&list.set.written()[index], list.own.as_deref());
            let below = below.and_then(|set| Some(wanted.add(set.globs().next()?.1)));
            patterns.push(Pattern { list: number, index, globs, below });
        }
    }
    let by_below: BTreeMap<usize, Vec<usize>> =
        patterns.iter().enumerate().fold(BTreeMap::new(), |mut by, (n, one)| {
            if let Some(below) = one.below {
                by.entry(below).or_default().push(n);
            }
            by
        });
    // For each `folder/*`: how many files lie deeper that the list does not take in by another pattern, and one of them.
    let mut deeper: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    let mut candidates: Vec<(usize, usize)> = Vec::new();
    let tally = wanted.each(ground, |path, matched| {
        for below in matched {
            for pattern in by_below.get(below).into_iter().flatten() {
                if !patterns[*pattern].globs.iter().any(|glob| matched.binary_search(glob).is_ok()) {
                    candidates.push((*pattern, path));
                }
            }
        }
    });
    let Some(tally) = tally else { return };
    if !ground.spend(candidates.len() as u64 * 10) {
        return;
    }
    for (pattern, path) in candidates {
        let list = &lists[patterns[pattern].list];
        let taken = match list.role {
            Role::Service(service) => {
                let owned = &ground.files.kinds[ground.files.kind_of[path] as usize];
                owned.service.is_some() && owned.service.as_deref() != Some(&ground.rules.services[service].name)
            }
            _ => false,
        };
        if !taken && !list.set.matches(ground.files.paths[path]) {
            deeper.entry(pattern).or_insert((0, path)).0 += 1;
        }
    }

    let alive = |pattern: &Pattern| pattern.globs.iter().any(|glob| tally.files[*glob] > 0);
    let mut dead_lists: BTreeSet<usize> = (0..lists.len()).collect();
    for pattern in &patterns {
        if alive(pattern) && !takes_out(&lists[pattern.list].set, pattern.index) {
            dead_lists.remove(&pattern.list);
        }
    }
    let mut guesses = Guesses::of(&lists, patterns.iter().filter(|pattern| !alive(pattern)), ground);
    for (number, pattern) in patterns.iter().enumerate() {
        let list = &lists[pattern.list];
        let written = &list.set.written()[pattern.index];
        let spot = list.spot.item(pattern.index);
        let dead_list = dead_lists.contains(&pattern.list);
        if !alive(pattern) {
            // A service without files, and a rule none of whose patterns matches, are one problem each.
            let whole = dead_list && (matches!(list.role, Role::Service(_)) || list.set.written().len() > 1);
            if whole || (!dead_list && is_kind_of_file(written)) {
                continue;
            }
            let hint = guesses.hint(pattern.list, pattern.index, ground);
            if hint.is_none() && list.keeps_away() {
                continue;
            }
            let hint = hint.unwrap_or_else(mend);
            let message = if takes_out(&list.set, pattern.index) {
                format!("{} takes nothing out of {}: no file is under it{hint}", quote(written), list.of)
            } else {
                format!("{} in {} matches no file{hint}", quote(written), list.of)
            };
            ground.warn(Code::PatternMatchesNothing, spot, message);
            continue;
        }
        if let Some((files, example)) = deeper.get(&number) {
            let message = format!(
                "{} in {} is what lies directly in that folder; {} further down {} left out, as {}: write {} if they are meant too",
                quote(written),
                list.of,
                count(*files, "file"),
                if *files == 1 { "is" } else { "are" },
                quote(ground.files.paths[*example]),
                quote(&written[..written.len() - 1]),
            );
            ground.warn(Code::DirectChildrenOnly, spot, message);
        }
        if let [glob] = pattern.globs[..]
            && let Some(folders) = tally.folders.get(&glob)
            && let Some(message) = many_places(written, folders, &list.of)
        {
            ground.warn(Code::PatternInManyPlaces, spot, message);
        }
    }
    for number in dead_lists {
        let list = &lists[number];
        if matches!(list.role, Role::Service(_)) || list.set.written().len() < 2 {
            continue;
        }
        let hint = guesses.hint(number, 0, ground);
        if hint.is_none() && list.keeps_away() {
            continue;
        }
        let hint = hint.unwrap_or_else(mend);
        let message =
            format!("none of the {} in {} matches a file{hint}", count(list.set.written().len(), "pattern"), list.of);
        ground.warn(Code::PatternMatchesNothing, list.spot, message);
    }
}

/// What is said of a name that folders in many places have, one of them at the top.
pub(super) fn many_places(written: &str, folders: &BTreeSet<String>, of: &str) -> Option<String> {
    let name = floating_name(written)?;
    let others: Vec<&str> = folders.iter().map(String::as_str).filter(|folder| *folder != name).collect();
    // Where there is none at the top, it is the others that are meant.
    if folders.len() < MANY || others.len() == folders.len() {
        return None;
    }
    Some(format!(
        "{} in {of} means every folder of that name, and there are {}: {}; write {} if the one at the top is meant",
        quote(written),
        folders.len(),
        some(std::iter::once(name).chain(others)),
        quote(&format!("/{name}/")),
    ))
}

/// Whether the written pattern of this index takes out.
fn takes_out(set: &PatternSet, index: usize) -> bool {
    set.written()[index].starts_with('!')
}

/// Whether a pattern names a kind of file wherever it may be, and no place: `**/*.proto`. Beside others it is there for the day
/// when there is one.
fn is_kind_of_file(written: &str) -> bool {
    let written = written.strip_prefix('!').unwrap_or(written);
    let last = written.rsplit('/').next().unwrap_or(written);
    let above = written[..written.len() - last.len()].trim_end_matches('/');
    above.split('/').all(|component| matches!(component, "" | "**" | "*"))
        && !last.is_empty()
        && !written.starts_with('/')
}

/// For `folder/*`: everything below the folder.
pub(super) fn below(written: &str, own: Option<&str>) -> Option<PatternSet> {
    let folder = written.strip_suffix('*')?;
    let named = folder.len() > 1 && folder.ends_with('/') && !folder.starts_with('!') && !folder.ends_with("**/");
    if !named || folder.contains('{') || folder == "./" {
        return None;
    }
    PatternSet::paths(&[folder.to_owned()], own).ok()
}

/// Every list of patterns that the file itself has.
fn lists<'f>(ground: &Ground<'_>, root: Spot<'f>) -> Vec<List<'f>> {
    let rules = ground.rules;
    let mut lists: Vec<List<'f>> = Vec::new();
    let services = root.key("services").by_key();
    for (index, service) in rules.services.iter().enumerate() {
        let Some(spot) = services.get(service.name.as_str()) else { continue };
        let of = format!("the service {}", quote(&service.name));
        let own = own_folder(&rules.roots, &service.name);
        // What lies in another repository is not here.
        if service.repo.is_some() {
            continue;
        }
        if let Some(set) = &service.paths {
            let role = Role::Service(index);
            lists.push(List { of: of.clone(), set: set.clone(), spot: spot.key("paths"), role, own: own.clone() });
        }
        if let Ok(set) = PatternSet::paths(&service.public, own.as_deref())
            && !set.is_empty()
        {
            let of = format!("`public` of {of}");
            lists.push(List { of, set, spot: spot.key("public"), role: Role::Public, own });
        }
    }
    let own_rules = root.key("rules").by_id();
    for rule in &rules.rules {
        let Some(spot) = own_rules.get(rule.id.as_str()) else { continue };
        if rule.enforce == Enforce::None {
            continue;
        }
        let of = format!("the rule {}", quote(&rule.id));
        let blocks = rule.enforce == Enforce::Block;
        conditions(&rule.when, spot.key("when"), &of, blocks, &mut lists);
        for (index, allow) in rule.allow.iter().enumerate() {
            let of = format!("`allow` of {of}");
            let spot = spot.key("allow").item(index).key("paths");
            lists.push(List { of, set: allow.paths.clone(), spot, role: Role::Allow, own: None });
        }
    }
    if let Some(skip) = &rules.skip {
        conditions(skip, root.key("skip"), "`skip`", false, &mut lists);
    }
    lists.retain(|list| list.spot.exists());
    lists
}

fn conditions<'f>(when: &When, spot: Spot<'f>, of: &str, blocks: bool, lists: &mut Vec<List<'f>>) {
    if let Some(set) = &when.paths {
        lists.push(List {
            of: of.to_owned(),
            set: set.clone(),
            spot: spot.key("paths"),
            role: Role::Condition { blocks },
            own: None,
        });
    }
    for (key, inner) in [("any", &when.any), ("all", &when.all)] {
        for (index, inner) in inner.iter().enumerate() {
            conditions(inner, spot.key(key).item(index), of, blocks, lists);
        }
    }
    if let Some(inner) = &when.not {
        conditions(inner, spot.key("not"), of, blocks, lists);
    }
}

/// Roots under which there is no folder.
fn roots(ground: &mut Ground<'_>, root: Spot<'_>) {
    let rules = ground.rules;
    if rules.roots.is_empty() {
        return;
    }
    let depth = rules.roots.iter().map(|root| root.depth).max().unwrap_or_default();
    let mut folders: BTreeSet<&str> = BTreeSet::new();
    for path in &ground.files.paths {
        folders.extend(path.match_indices('/').take(depth).map(|(end, _)| &path[..end]));
    }
    if !ground.spend((rules.roots.len() * folders.len()) as u64 * 5) {
        return;
    }
    let empty: Vec<&str> = rules
        .roots
        .iter()
        .filter(|root| {
            !folders.iter().any(|folder| folder.split('/').count() == root.depth && root.folders.matches(folder))
        })
        .map(|root| root.written.as_str())
        .collect();
    let spot = root.key("roots");
    for written in empty {
        // It stands there with or without slashes around it.
        let items = (0..rules.roots.len() + 100).map(|index| spot.item(index)).take_while(Spot::exists);
        let spots: Vec<Spot<'_>> = items.collect();
        let spellings = [
            written.to_owned(),
            format!("{written}/"),
            format!("/{written}"),
            format!("/{written}/"),
            format!("./{written}/"),
        ];
        let at =
            spots.iter().find(|spot| spellings.iter().any(|one| spot.text(one).is_some())).copied().unwrap_or(spot);
        if at.exists() {
            let message = format!("no folder is under the root {}: no service comes from it", quote(written));
            ground.warn(Code::PatternMatchesNothing, at, message);
        }
    }
}

/// What may have been meant by patterns that match nothing.
pub(super) struct Guesses {
    /// By list and index: how many files the pattern would match in another letter case, and one of them.
    in_another_case: BTreeMap<(usize, usize), String>,
    written: BTreeMap<(usize, usize), String>,
    left: usize,
}

impl Guesses {
    fn of<'p>(lists: &[List<'_>], dead: impl Iterator<Item = &'p Pattern>, ground: &mut Ground<'_>) -> Self {
        let dead = dead.map(|pattern| {
            let list = &lists[pattern.list];
            let written = list.set.written()[pattern.index].trim_start_matches('!');
            let full = match (written.strip_prefix("./"), &list.own) {
                (Some(rest), Some(own)) => format!("/{own}/{rest}"),
                _ => written.to_owned(),
            };
            ((pattern.list, pattern.index), full)
        });
        Self::new(dead.collect(), ground)
    }

    /// Compares dead patterns with the files, letter case aside.
    pub fn new(written: BTreeMap<(usize, usize), String>, ground: &mut Ground<'_>) -> Self {
        let mut guesses = Self { in_another_case: BTreeMap::new(), written, left: GUESSES };
        let mut globs = Vec::new();
        let mut keys = Vec::new();
        for (key, written) in &guesses.written {
            let Ok(set) = PatternSet::paths(&[written.to_lowercase()], None) else { continue };
            for (_, glob) in set.globs() {
                globs.push(glob.clone());
                keys.push(*key);
            }
        }
        if globs.is_empty() {
            return guesses;
        }
        let map = GlobMap::new(globs);
        let mut steps = ground.steps;
        for path in &ground.files.paths {
            let mut found = |glob: usize| {
                guesses.in_another_case.entry(keys[glob]).or_insert_with(|| (*path).to_owned());
            };
            if !map.each_match(&path.to_lowercase(), &mut steps, &mut found) {
                ground.stop();
                break;
            }
        }
        ground.steps = steps;
        guesses
    }

    /// `; what was meant`, where that can be guessed.
    pub fn hint(&mut self, list: usize, index: usize, ground: &Ground<'_>) -> Option<String> {
        if let Some(path) = self.in_another_case.get(&(list, index)) {
            return Some(format!("; letter case counts, and there is {}: write it as that is written", quote(path)));
        }
        let written = self.written.get(&(list, index))?;
        self.left = self.left.checked_sub(1)?;
        near(written, &ground.files).map(|near| format!("; did you mean {}?", quote(&near)))
    }
}

/// What to do about a pattern that matches nothing and looks like nothing.
pub(super) fn mend() -> String {
    "; mend it, or take it away".to_owned()
}

/// The pattern with its first folder that is not there replaced by the one that is called most like it.
fn near(written: &str, files: &Files<'_>) -> Option<String> {
    let anchored = written.strip_prefix('/').unwrap_or(written);
    let mut above = String::new();
    let mut components = anchored.split('/');
    while let Some(component) = components.next() {
        if component.is_empty() || component.contains(['*', '?', '\\', '{']) {
            return None;
        }
        let inside: Vec<&str> = files.inside(&above).take(5_000).collect();
        if !inside.contains(&component) {
            let other = meant(component, inside.iter().copied())?;
            let rest: Vec<&str> = std::iter::once(other).chain(components).collect();
            let start = if written.starts_with('/') || above.is_empty() { "/" } else { "" };
            let above = if above.is_empty() { above } else { format!("{above}/") };
            return Some(format!("{start}{above}{}", rest.join("/")));
        }
        if !above.is_empty() {
            above.push('/');
        }
        above.push_str(component);
    }
    None
}

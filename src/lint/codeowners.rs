//! CODEOWNERS: lines that GitHub skips, that match nothing, that never decide, or that mean less or more than they look like.

use std::collections::{BTreeMap, HashMap};

use crate::glob::{Glob, GlobMap};
use crate::ownership::{Codeowners, LOCATIONS};
use crate::rules::{Place, Severity};

use super::Code;
use super::ground::Ground;
use super::patterns::{Guesses, below, many_places, mend};
use super::services::Entry;
use super::tally::Wanted;
use super::words::{count, greatest, quote};

/// Up to so many lines are named each; where more fall into the same trap that is one problem.
const EACH: usize = 5;

/// Checks the CODEOWNERS in force.
pub(super) fn check(ground: &mut Ground<'_>) {
    let Some(codeowners) = &ground.input.basis.codeowners else { return };
    for problem in codeowners.problems() {
        let severity = if problem.skipped { Severity::Error } else { Severity::Warning };
        let place = Place::new(problem.line, problem.column);
        ground.add(Code::CodeownersLine, severity, codeowners.path(), Some(place), problem.message.clone());
    }
    hidden(ground, codeowners);
    if !ground.knows_files() || codeowners.entries().is_empty() {
        return;
    }
    let Some(entries) = entries(ground, codeowners) else { return };
    dead(ground, codeowners, &entries);
    order(ground, codeowners, &entries);
    direct_children(ground, codeowners);
    floating(ground, codeowners);
}

fn warn(
    ground: &mut Ground<'_>,
    code: Code,
    severity: Severity,
    codeowners: &Codeowners,
    entry: usize,
    message: String,
) {
    let line = codeowners.entries()[entry].line;
    ground.add(code, severity, codeowners.path(), Some(Place::new(line, 1)), message);
}

/// Other files of that name where GitHub looks too.
fn hidden(ground: &mut Ground<'_>, codeowners: &Codeowners) {
    let listing = &ground.files.paths;
    let others: Vec<&str> = LOCATIONS
        .into_iter()
        .filter(|path| *path != codeowners.path() && listing.binary_search(path).is_ok())
        .collect();
    if !LOCATIONS.contains(&codeowners.path()) {
        return;
    }
    for other in others {
        // The file that is looked at may be one that is not committed yet.
        let order = |path: &str| LOCATIONS.iter().position(|location| *location == path);
        let (used, unused) = if order(codeowners.path()) < order(other) {
            (codeowners.path(), other)
        } else {
            (other, codeowners.path())
        };
        let message = format!("GitHub uses {} alone and never reads {}: keep one of them", quote(used), quote(unused));
        ground.add(Code::CodeownersHidden, Severity::Warning, unused, None, message);
    }
}

/// What each entry matches and decides about; `None`: there is too much, which is said.
fn entries(ground: &mut Ground<'_>, codeowners: &Codeowners) -> Option<Vec<Entry>> {
    let mut entries = vec![Entry::default(); codeowners.entries().len()];
    let mut steps = ground.steps;
    let mut matched: Vec<usize> = Vec::new();
    let mut whole = true;
    for path in &ground.files.paths {
        matched.clear();
        whole = codeowners.each_match(path, &mut steps, &mut |entry| matched.push(entry));
        steps = steps.saturating_sub(matched.len() as u64 * 2);
        if !whole || steps == 0 {
            whole = false;
            break;
        }
        matched.sort_unstable();
        matched.dedup();
        if let Some(winner) = matched.last() {
            matched.iter().for_each(|entry| entries[*entry].count(*entry, *winner));
        }
    }
    ground.steps = steps;
    if !whole {
        ground.stop();
    }
    whole.then_some(entries)
}

/// Lines that match nothing, and those whose files later lines take.
fn dead(ground: &mut Ground<'_>, codeowners: &Codeowners, entries: &[Entry]) {
    let all = codeowners.entries();
    let useless = |index: &usize| entries[*index].won == 0 && !codeowners.is_repeated(*index);
    let unmatched = (0..all.len()).filter(useless).filter(|index| entries[*index].matched == 0);
    let written = unmatched.map(|index| ((index, 0), all[index].pattern.clone())).collect();
    let mut guesses = Guesses::new(written, ground);
    for index in (0..all.len()).filter(useless) {
        let pattern = quote(&all[index].pattern);
        let entry = &entries[index];
        if entry.matched == 0 {
            let message = format!("{pattern} matches no file{}", guesses.hint(index, 0, ground).unwrap_or_else(mend));
            warn(ground, Code::PatternMatchesNothing, Severity::Warning, codeowners, index, message);
            continue;
        }
        let winners = greatest(entry.lost_to.iter().map(|(winner, files)| (*winner, *files)));
        let alike = winners.iter().all(|(winner, _)| same_owners(codeowners, *winner, index));
        let lines = lines(codeowners, winners.iter().map(|(winner, _)| *winner));
        let (severity, message) = if alike {
            let message = format!(
                "{pattern} says nothing: {lines} below takes all of its files and names the same owners; one of them can go"
            );
            (Severity::Note, message)
        } else {
            let message = format!(
                "{pattern} never decides: {lines} below takes all that it matches ({}), and the last line that matches wins; move this line below, or take it away",
                count(entry.matched, "file"),
            );
            (Severity::Warning, message)
        };
        warn(ground, Code::NeverWins, severity, codeowners, index, message);
    }
}

/// Whether two entries name the same owners, in whatever order.
fn same_owners(codeowners: &Codeowners, one: usize, other: usize) -> bool {
    let owners = |index: usize| {
        let mut owners: Vec<String> =
            codeowners.entries()[index].owners.iter().map(|owner| owner.to_lowercase()).collect();
        owners.sort();
        owners
    };
    owners(one) == owners(other)
}

/// `line 3 (`/src/`)`, the first two of several.
fn lines(codeowners: &Codeowners, entries: impl Iterator<Item = usize>) -> String {
    const SHOWN: usize = 2;
    let all: Vec<String> = entries
        .map(|entry| {
            let entry = &codeowners.entries()[entry];
            format!("line {} ({})", entry.line, quote(&entry.pattern))
        })
        .collect();
    match all.len().saturating_sub(SHOWN) {
        0 => all.join(" or "),
        more => format!("{} or {more} more", all[..SHOWN].join(", ")),
    }
}

/// Lines some of whose files go to a later line that names a folder and takes more.
fn order(ground: &mut Ground<'_>, codeowners: &Codeowners, entries: &[Entry]) {
    let all = codeowners.entries();
    for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.won > 0 && !entry.lost_to.is_empty()) {
        let surprising = |winner: &usize| {
            let takes = &all[*winner];
            // A line that names no owners, and one for a kind of file, are there to take files from others.
            !takes.owners.is_empty()
                && names_a_folder(&takes.pattern)
                && entries[*winner].matched >= 2 * entry.matched
                && !same_owners(codeowners, *winner, index)
        };
        let broader = greatest(
            entry.lost_to.iter().filter(|(winner, _)| surprising(winner)).map(|(winner, files)| (*winner, *files)),
        );
        if broader.is_empty() {
            continue;
        }
        let lost: usize = broader.iter().map(|(_, files)| files).sum();
        // What is said of files of a kind wherever they are is meant to give way to who has the folder, as long as little does.
        let anchored = all[index].pattern.trim_end_matches('/').contains('/');
        if !anchored && 2 * lost < entry.matched {
            continue;
        }
        let message = format!(
            "{lost} of the {} under {} {} to {}, which stands further down and takes more: the last line that matches wins; move this line below it if its owners are to have them",
            count(entry.matched, "file"),
            quote(&all[index].pattern),
            if lost == 1 { "goes" } else { "go" },
            lines(codeowners, broader.iter().map(|(winner, _)| *winner)),
        );
        warn(ground, Code::OrderMatters, Severity::Warning, codeowners, index, message);
    }
}

/// Whether a pattern names one folder, and no kind of file.
fn names_a_folder(pattern: &str) -> bool {
    let pattern = pattern.trim_end_matches("/**").trim_end_matches("/*").trim_end_matches('/');
    pattern.trim_start_matches('/').contains('/') && !pattern.contains(['*', '?'])
        || pattern.starts_with('/') && !pattern.contains(['*', '?'])
}

/// `folder/*` where files lie deeper and other owners, or none, have them.
fn direct_children(ground: &mut Ground<'_>, codeowners: &Codeowners) {
    let all = codeowners.entries();
    let mut probes: Vec<Glob> = Vec::new();
    let mut of: HashMap<Glob, Vec<usize>> = HashMap::new();
    for (index, entry) in all.iter().enumerate() {
        if let Some(set) = below(&entry.pattern, None)
            && let Some((_, glob)) = set.globs().next()
        {
            probes.push(glob.clone());
            of.entry(glob.clone()).or_default().push(index);
        }
    }
    if probes.is_empty() {
        return;
    }
    let map = GlobMap::new(probes.iter().cloned());
    let mut steps = ground.steps;
    // By entry: how many files lie deeper and go to others, one of them, and how many of them nobody has.
    let mut deeper: BTreeMap<usize, (usize, usize, usize)> = BTreeMap::new();
    let mut whole = true;
    for (number, path) in ground.files.paths.iter().enumerate() {
        let mut found = Vec::new();
        whole = map.each_match(path, &mut steps, &mut |probe| found.push(probe));
        if !whole {
            break;
        }
        if found.is_empty() {
            continue;
        }
        found.sort_unstable();
        found.dedup();
        let mut of_path = Vec::new();
        whole = codeowners.each_match(path, &mut steps, &mut |entry| of_path.push(entry));
        let winner = of_path.iter().max();
        for entry in found.iter().filter_map(|probe| of.get(&probes[*probe])).flatten() {
            let same = winner.is_some_and(|winner| winner == entry || same_owners(codeowners, *winner, *entry));
            // A line further down that is about these files has them on purpose.
            let on_purpose = winner.is_some_and(|winner| winner > entry);
            if !same && !on_purpose && !of_path.contains(entry) {
                let known = deeper.entry(*entry).or_insert((0, number, 0));
                known.0 += 1;
                known.2 += usize::from(winner.is_none());
            }
        }
    }
    ground.steps = steps;
    if !whole {
        return ground.stop();
    }
    if deeper.len() > EACH {
        let files: usize = deeper.values().map(|(files, ..)| files).sum();
        let Some((first, (_, example, _))) = deeper.first_key_value() else { return };
        let folder = &all[*first].pattern[..all[*first].pattern.len() - 1];
        let message = format!(
            "{} like this one end in `/*` and so leave out what lies in the folders below: {}, as {}, {} not go to the owners named; write {} if they are meant too",
            count(deeper.len(), "line"),
            count(files, "file"),
            quote(ground.files.paths[*example]),
            if files == 1 { "does" } else { "do" },
            quote(folder),
        );
        return warn(ground, Code::DirectChildrenOnly, Severity::Warning, codeowners, *first, message);
    }
    for (entry, (files, example, nobodys)) in deeper {
        let pattern = &all[entry].pattern;
        let whose = match nobodys {
            0 => "to the owners of another line".to_owned(),
            nobodys if nobodys == files => "to nobody".to_owned(),
            nobodys => format!("to others, {nobodys} of them to nobody"),
        };
        let message = format!(
            "{} is what lies directly in that folder; {} further down, as {}, {} {whose}: write {} if {} meant too",
            quote(pattern),
            count(files, "file"),
            quote(ground.files.paths[example]),
            if files == 1 { "goes" } else { "go" },
            quote(&pattern[..pattern.len() - 1]),
            if files == 1 { "it is" } else { "they are" },
        );
        warn(ground, Code::DirectChildrenOnly, Severity::Warning, codeowners, entry, message);
    }
}

/// Names without a slash that folders in many places have.
fn floating(ground: &mut Ground<'_>, codeowners: &Codeowners) {
    let mut wanted = Wanted::default();
    let mut numbers = Vec::new();
    for (index, entry) in codeowners.entries().iter().enumerate().filter(|(index, _)| !codeowners.is_repeated(*index)) {
        if super::tally::floating_name(&entry.pattern).is_some()
            && let Ok(glob) = Glob::path(&entry.pattern)
        {
            numbers.push((index, wanted.add_name(&glob, &entry.pattern)));
        }
    }
    if numbers.is_empty() {
        return;
    }
    let Some(tally) = wanted.tally(ground) else { return };
    for (index, number) in numbers {
        let pattern = &codeowners.entries()[index].pattern;
        if let Some(message) = tally.folders.get(&number).and_then(|folders| many_places(pattern, folders, "this line"))
        {
            warn(ground, Code::PatternInManyPlaces, Severity::Warning, codeowners, index, message);
        }
    }
}

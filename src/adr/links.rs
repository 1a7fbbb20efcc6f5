//! Follows what records say of one another: which record a reference means, and which records are replaced by which.

use std::collections::{BTreeMap, BTreeSet};

use super::document::Syntax;
use super::extract::Draft;
use super::inline::Reference;
use super::{Status, name};

/// Fills in `superseded_by` and the states that follow from it.
pub(super) fn follow(drafts: &mut [Draft]) {
    let names = Names::of(drafts);
    let mut replaced: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        let mut forward = |references: &[Reference]| {
            for reference in references {
                if let Some(found) = names.resolve(drafts, at, reference) {
                    let known = replaced.entry(at).or_default();
                    if !known.contains(&found) {
                        known.push(found);
                    }
                }
            }
        };
        forward(&draft.replaced_by);
        forward(&draft.given_up_for);
    }
    // A record that is only proposed, or was rejected, replaces nothing yet, whatever it says.
    for (at, draft) in drafts.iter().enumerate() {
        if matches!(draft.record.status, Status::Proposed | Status::Rejected) {
            continue;
        }
        for reference in &draft.replaces {
            if let Some(found) = names.resolve(drafts, at, reference) {
                let known = replaced.entry(found).or_default();
                // Two records that each claim to replace the other leave it at what they say of themselves.
                if !known.contains(&at)
                    && !drafts[at].replaced_by.iter().any(|r| names.resolve(drafts, at, r) == Some(found))
                {
                    known.push(at);
                }
            }
        }
    }
    let paths: Vec<String> = drafts.iter().map(|draft| draft.record.path.clone()).collect();
    for (at, successors) in replaced {
        let record = &mut drafts[at].record;
        record.status = Status::Superseded;
        for successor in successors {
            if !record.superseded_by.contains(&paths[successor]) {
                record.superseded_by.push(paths[successor].clone());
            }
        }
    }
    for draft in drafts.iter_mut() {
        by_folder(draft);
    }
}

/// The state that the folder of a record gives it: `historic-adrs/`, `deprecated/`, `rejected/`. A successor counts more.
fn by_folder(draft: &mut Draft) {
    let (folders, _) = name::components(&draft.record.path);
    let from = name::records_root(&folders).unwrap_or(folders.len().saturating_sub(1));
    for folder in folders.iter().skip(from) {
        let folder = folder.to_lowercase();
        let status = &mut draft.record.status;
        for word in folder.split(['-', '_', ' ']) {
            let open = matches!(status, Status::Unknown | Status::Proposed);
            match word {
                "historic" | "historical" | "deprecated" | "obsolete" | "archive" | "archived" | "retired"
                    if open || *status == Status::Accepted =>
                {
                    *status = Status::Deprecated;
                }
                "superseded" if open || *status == Status::Accepted => *status = Status::Superseded,
                "rejected" | "declined" | "withdrawn" if open => *status = Status::Rejected,
                "proposed" | "draft" | "drafts" if *status == Status::Unknown => *status = Status::Proposed,
                "accepted" | "approved" if *status == Status::Unknown => *status = Status::Accepted,
                _ => {}
            }
        }
    }
}

/// The names that records go by.
struct Names {
    paths: BTreeMap<String, Vec<usize>>,
    files: BTreeMap<String, Vec<usize>>,
    /// Ids, subjects, slugs, front-matter ids and labels, in lower case.
    named: BTreeMap<String, Vec<usize>>,
    numbers: BTreeMap<u64, Vec<usize>>,
}

impl Names {
    fn of(drafts: &[Draft]) -> Self {
        let mut names =
            Self { paths: BTreeMap::new(), files: BTreeMap::new(), named: BTreeMap::new(), numbers: BTreeMap::new() };
        for (at, draft) in drafts.iter().enumerate() {
            let record = &draft.record;
            names.paths.entry(record.path.clone()).or_default().push(at);
            let file = match draft.folder {
                true => draft.subject.as_str(),
                false => record.path.rsplit('/').next().unwrap_or_default(),
            };
            names.files.entry(file.to_lowercase()).or_default().push(at);
            let mut called: BTreeSet<String> = BTreeSet::new();
            called.extend([&record.id, &draft.subject, &draft.slug, &record.title].map(|name| name.to_lowercase()));
            called.extend(record.aliases.iter().chain(&draft.labels).map(|name| name.to_lowercase()));
            called.remove("");
            for name in called {
                names.named.entry(name).or_default().push(at);
            }
            if let Some(number) = record.number {
                names.numbers.entry(number).or_default().push(at);
            }
        }
        names
    }

    /// The record that a reference in record `from` means; `None` where it means none, or could mean several.
    fn resolve(&self, drafts: &[Draft], from: usize, reference: &Reference) -> Option<usize> {
        let target = reference.target.trim();
        let dir = name::folder(&drafts[from].record.path);
        let bare = target.split(['#', '?']).next().unwrap_or_default().replace("%20", " ");
        if bare.is_empty() {
            // `#5` alone: what is left is the number after the mark.
            return self.by_name(drafts, from, target.trim_start_matches('#'));
        }
        // An address that leads elsewhere is not about a record here, whatever is written over it.
        if let Some((_, address)) = target.split_once("://") {
            return self.by_address(drafts, from, address.split(['#', '?']).next().unwrap_or_default());
        }
        let found = if bare.contains('/') || Syntax::of(&bare).is_some() {
            self.by_path(drafts, from, dir, &bare).or_else(|| self.by_route(drafts, from, &bare))
        } else {
            self.by_name(drafts, from, &bare)
        };
        found
            .or_else(|| {
                let text = reference.text.trim();
                is_name(text).then(|| self.by_name(drafts, from, text)).flatten()
            })
            .or_else(|| self.renamed(drafts, from, dir, &bare, &reference.text))
    }

    /// The record of the same number in the same folder, where a file was renamed and the link to it was not: its title and
    /// the link have to share most of their words.
    fn renamed(&self, drafts: &[Draft], from: usize, dir: &str, target: &str, text: &str) -> Option<usize> {
        let written = name::parse(&format!("{dir}/{}", target.rsplit('/').next()?));
        let number = written.number.filter(|_| Syntax::of(target).is_some() && !target.contains(".."))?;
        let words = |text: &str| -> BTreeSet<String> {
            text.to_lowercase()
                .split(|c: char| !c.is_alphabetic())
                .filter(|word| word.len() > 2 && !matches!(*word, "adr" | "use" | "the" | "and" | "for" | "with"))
                .map(str::to_owned)
                .collect()
        };
        let of_link = words(&format!("{} {text}", written.slug));
        let mut same = self.numbers.get(&number)?.iter().copied().filter(|at| {
            *at != from && name::folder(&drafts[*at].record.path) == dir && {
                let known = words(&format!("{} {}", drafts[*at].slug, drafts[*at].record.title));
                2 * known.intersection(&of_link).count() >= known.len().min(of_link.len()).max(1)
            }
        });
        let found = same.next()?;
        same.next().is_none().then_some(found)
    }

    /// By a path relative to the record, from the root, or by a file name that only one record near has.
    fn by_path(&self, drafts: &[Draft], from: usize, dir: &str, target: &str) -> Option<usize> {
        let rooted = target.strip_prefix('/');
        let target = rooted.unwrap_or(target).trim_end_matches('/');
        let joined = if rooted.is_some() { normal(target) } else { normal(&format!("{dir}/{target}")) };
        for base in joined.iter().chain(normal(target).iter()) {
            let exact = ["", ".md", ".mdx", ".rst", ".adoc", "/README.md", "/index.md", "/README.rst", "/README.adoc"]
                .iter()
                .find_map(|ending| self.paths.get(&format!("{base}{ending}")));
            if let Some(found) = exact.and_then(|found| one(found, from)) {
                return Some(found);
            }
        }
        let file = target.rsplit('/').next()?.to_lowercase();
        let without_main = || target.strip_suffix("/README.md").and_then(|folder| folder.rsplit('/').next());
        self.nearest(drafts, from, self.files.get(&file))
            .or_else(|| self.nearest(drafts, from, self.files.get(&without_main()?.to_lowercase())))
    }

    /// By the last component of a site's route, `/adr/32`: a slug, an id or a number.
    fn by_route(&self, drafts: &[Draft], from: usize, target: &str) -> Option<usize> {
        let last = target.trim_end_matches('/').rsplit('/').next()?;
        if Syntax::of(last).is_some() || last.ends_with(".html") {
            return self.nearest(drafts, from, self.named.get(&name::stem(last).to_lowercase()));
        }
        self.by_name(drafts, from, last)
    }

    /// By a web address: only a file or a slug, since a number is more often that of an issue.
    fn by_address(&self, drafts: &[Draft], from: usize, address: &str) -> Option<usize> {
        let last = address.trim_end_matches('/').rsplit('/').next()?;
        if last.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let suffix = address.find('/').map(|at| &address[at + 1..])?;
        // The path within the repository ends the address: the longest one that fits is meant.
        let mut fits: Vec<(usize, usize)> = self
            .files
            .get(&last.to_lowercase())
            .into_iter()
            .flatten()
            .filter(|at| **at != from && suffix.ends_with(drafts[**at].record.path.as_str()))
            .map(|at| (drafts[*at].record.path.len(), *at))
            .collect();
        fits.sort_unstable();
        fits.pop().map(|(_, at)| at).or_else(|| {
            let stem = if Syntax::of(last).is_some() || last.ends_with(".html") { name::stem(last) } else { last };
            self.nearest(drafts, from, self.named.get(&stem.to_lowercase()))
        })
    }

    /// By an id, a slug, a label or a number.
    fn by_name(&self, drafts: &[Draft], from: usize, name: &str) -> Option<usize> {
        let name = name.trim().trim_start_matches('#').to_lowercase();
        let bare = super::lookup::without_prefix(&name);
        let named = [name.as_str(), bare].into_iter().find_map(|name| {
            // A number as written may be a front-matter slug in one record and an id in another: both are its names.
            self.nearest(drafts, from, self.named.get(name))
        });
        named.or_else(|| {
            let digits = bare.bytes().all(|b| b.is_ascii_digit()) && !bare.is_empty() && bare.len() <= 5;
            let number = digits.then(|| bare.parse().ok()).flatten()?;
            self.nearest(drafts, from, self.numbers.get(&number))
        })
    }

    /// The one of several that stands nearest: in the same folder, above or below it, or the only one at all.
    fn nearest(&self, drafts: &[Draft], from: usize, among: Option<&Vec<usize>>) -> Option<usize> {
        let among: Vec<usize> = among?.iter().copied().filter(|at| *at != from).collect();
        // A folder that is a record of its own stands where the folder stands.
        let place = |at: usize| {
            let dir = name::folder(&drafts[at].record.path);
            if drafts[at].folder { name::folder(dir) } else { dir }
        };
        let home = place(from);
        let under = |inner: &str, outer: &str| {
            outer.is_empty() || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
        };
        let root = root_of(home);
        let tests: [&dyn Fn(&str) -> bool; 4] = [
            &|dir| dir == home,
            &|dir| under(dir, home) || under(home, dir),
            &|dir| root.is_some_and(|root| dir == root || under(dir, root)),
            &|_| true,
        ];
        for test in tests {
            let near: Vec<usize> = among.iter().copied().filter(|at| test(place(*at))).collect();
            match near.as_slice() {
                [] => {}
                [one] => return Some(*one),
                _ => return None,
            }
        }
        None
    }
}

fn one(found: &[usize], from: usize) -> Option<usize> {
    match found {
        [one] if *one != from => Some(*one),
        _ => None,
    }
}

/// The outermost folder of records above a folder.
fn root_of(dir: &str) -> Option<&str> {
    let folders: Vec<&str> = dir.split('/').collect();
    let root = name::records_root(&folders)?;
    let length: usize = folders[..=root].iter().map(|part| part.len() + 1).sum();
    Some(&dir[..length - 1])
}

/// Whether the text of a link is a name by itself: `ADR-5`, `0005`.
fn is_name(text: &str) -> bool {
    let bare = super::lookup::without_prefix(text.trim_start_matches('#'));
    !bare.is_empty() && bare.len() <= 5 && bare.bytes().all(|b| b.is_ascii_digit())
}

/// A path without `.` and `..`; `None` where it leaves the repository.
fn normal(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

//! Where the records of a repository stand.

use std::collections::{BTreeMap, BTreeSet};

use super::front_matter::unquoted;
use super::name::{self, Kind};

/// Files that may say where records stand (`.adr-dir`, `.log4brains.yml`, `catalog-info.yaml`), read before [`locate`].
pub const LOCATORS: [&str; 3] = [".adr-dir", ".log4brains.yml", "catalog-info.yaml"];

/// Most folders that locator files may name.
const MAX_NAMED: usize = 500;

/// Folders that hold other people's files.
const FOREIGN: [&str; 6] = ["node_modules", "vendor", "third_party", "site-packages", "bower_components", "target"];

/// Folders of tests: what looks like a record there is more often made up, unless the folder it is in says otherwise.
const TESTS: [&str; 6] = ["test", "tests", "testdata", "test-data", "fixtures", "__tests__"];

/// The folders (no trailing slash; the empty text is the repository's root, and only where that is configured) that hold records: those configured, else those that
/// the locator files name, else those that convention gives among `listing` (all paths of the repository).
///
/// A configured folder that is absolute or climbs out with `..` is passed over: the rules file's own check reports it.
/// A folder that a locator file names and that holds nothing does not count. None of the folders lies in another.
pub fn locate(configured: &[String], locators: &[(String, Vec<u8>)], listing: &[String]) -> Vec<String> {
    if !configured.is_empty() {
        return outermost(configured.iter().filter_map(|dir| folder(dir)).collect());
    }
    let named: BTreeSet<String> = locators
        .iter()
        .flat_map(|(path, bytes)| named_by(path, bytes))
        .take(MAX_NAMED)
        .filter(|dir| {
            let below = format!("{dir}/");
            listing.iter().any(|path| path.starts_with(&below) && name::is_candidate(path))
        })
        .collect();
    if !named.is_empty() {
        return outermost(named);
    }
    outermost(by_convention(listing))
}

/// A folder as written, as a path from the root.
fn folder(written: &str) -> Option<String> {
    let written = written.trim();
    if written.is_empty() || written.starts_with('/') || written.contains(['\\', '\0']) {
        return None;
    }
    let parts: Vec<&str> = written.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    (!parts.contains(&"..")).then(|| parts.join("/"))
}

/// The folders without those that lie within another one.
fn outermost(dirs: BTreeSet<String>) -> Vec<String> {
    let within = |dir: &str| {
        let above = dir.match_indices('/').map(|(at, _)| &dir[..at]);
        !dir.is_empty() && above.chain([""]).any(|outer| dirs.contains(outer))
    };
    dirs.iter().filter(|dir| !within(dir)).cloned().collect()
}

/// The folders that a locator file names, from the repository's root.
fn named_by(path: &str, bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(super::MAX_BYTES)]);
    let text = text.trim_start_matches('\u{feff}');
    let value_of = |key: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| {
            let line = line.trim_start().trim_start_matches("- ").trim_start_matches(['"', '\'']);
            let rest = line.strip_prefix(key)?.trim_start_matches(['"', '\'']);
            unquoted(rest.trim_start().strip_prefix(':')?)
        });
        lines.take(1_000).collect()
    };
    let written = match path.rsplit('/').next().unwrap_or_default() {
        ".adr-dir" => {
            text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned).into_iter().collect()
        }
        ".log4brains.yml" => {
            let folders = value_of("adrFolder");
            if folders.is_empty() { vec!["docs/adr".to_owned()] } else { folders }
        }
        "catalog-info.yaml" => value_of("backstage.io/adr-location"),
        _ => Vec::new(),
    };
    let home = name::folder(path);
    let absolute = |dir: &String| dir.contains("://");
    written
        .iter()
        .filter(|dir| !absolute(dir))
        .filter_map(|dir| folder(dir))
        .map(|dir| if home.is_empty() { dir } else { format!("{home}/{dir}") })
        .filter(|dir| !dir.is_empty())
        .collect()
}

/// The folders whose name, and what lies in them, say that they hold records.
fn by_convention(listing: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // Folders with a name that chapters of a manual have too: how many numbered documents each holds.
    let mut architecture: BTreeMap<String, usize> = BTreeMap::new();
    for path in listing {
        if !name::is_candidate(path) || name::is_companion(path) {
            continue;
        }
        let (folders, _) = name::components(path);
        if folders.is_empty() || folders.iter().any(|folder| FOREIGN.contains(&folder.to_ascii_lowercase().as_str())) {
            continue;
        }
        let parsed = name::parse(path);
        let named = parsed.kind != Kind::Plain;
        if parsed.folder && !named {
            continue;
        }
        if let Some(root) = name::records_root(&folders) {
            if named || among_documents(&folders, root) {
                found.insert(folders[..=root].join("/"));
            }
            continue;
        }
        let dir = name::folder(path);
        let dir = if parsed.folder { name::folder(dir) } else { dir };
        if dir.is_empty() {
            continue;
        }
        let in_tests = folders.iter().any(|folder| TESTS.contains(&folder.to_ascii_lowercase().as_str()));
        if in_tests {
            continue;
        }
        if parsed.says_adr && parsed.id.starts_with(|c: char| c.is_ascii_digit()) {
            found.insert(dir.to_owned());
        } else if parsed.kind == Kind::Numbered
            && parsed.id.len() >= 3
            && !parsed.slug.is_empty()
            && dir.rsplit('/').next().is_some_and(super::extract::is_architecture)
        {
            *architecture.entry(dir.to_owned()).or_default() += 1;
        }
    }
    found.extend(architecture.into_iter().filter(|(_, documents)| *documents >= 2).map(|(dir, _)| dir));
    found
}

/// Whether the folder of records at `root` stands where documents stand, so that names alone need not say more: below
/// `docs`, in a hidden folder of a tool, or at the top.
fn among_documents(folders: &[&str], root: usize) -> bool {
    let last = folders[root].to_ascii_lowercase();
    let documents = folders[..root].iter().any(|folder| {
        matches!(
            folder.to_ascii_lowercase().as_str(),
            "doc" | "docs" | "documentation" | "wiki" | "architecture" | "design" | ".archgate" | ".decispher"
        )
    });
    documents || root == 0 || last == ".decispher" || last.contains("record")
}

//! Which folders are services: those that manifests name, those that convention or CODEOWNERS sets apart, else those at the top.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::ownership::Codeowners;

use super::manifests::Member;

/// Folders whose folders are parts of the whole by convention.
const PARENTS: [&str; 8] = ["apps", "components", "crates", "libs", "modules", "packages", "plugins", "services"];
/// Folders at the top that serve all others, or are nobody's.
const TOOLS: [&str; 38] = [
    "asset",
    "assets",
    "automation",
    "bench",
    "benches",
    "build",
    "build-scripts",
    "buildscripts",
    "ci",
    "config",
    "configs",
    "demo",
    "dist",
    "doc",
    "docs",
    "documentation",
    "e2e",
    "etc",
    "example",
    "examples",
    "fixtures",
    "hack",
    "images",
    "licenses",
    "logo",
    "node_modules",
    "samples",
    "script",
    "scripts",
    "target",
    "taskcluster",
    "test",
    "testdata",
    "testing",
    "tests",
    "third_party",
    "tool",
    "tools",
];
/// Of a folder that holds nearly everything, folders that say nothing about parts.
const BLANK: [&str; 3] = ["main", "vendor", "internal"];
/// A folder at the top that has fewer files is no service of its own.
const FEWEST_FILES: usize = 2;
/// One folder holds nearly everything when it holds so many percent.
const NEARLY_ALL: usize = 80;
/// A single folder is taken apart into no more services than this.
const MOST_PARTS: usize = 40;
/// So many lists of folders are proposed.
const MOST_ROOTS: usize = 12;

/// A folder whose folders are services of their name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Root {
    pub parent: String,
    /// Their paths.
    pub folders: Vec<String>,
    pub why: String,
}

/// A service with a path of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub name: String,
    pub folder: String,
    pub why: String,
}

/// How the repository is divided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub roots: Vec<Root>,
    /// By folder, so that an outer one comes before an inner one.
    pub parts: Vec<Part>,
    /// Folders at the top that serve all others; whether there are hidden ones is said apart.
    pub shared: Vec<String>,
    pub hidden: bool,
    /// What the service of these, and of the files at the top, is called.
    pub shared_name: &'static str,
}

/// Every folder of these paths.
pub(super) fn folders(listing: &[String]) -> BTreeSet<&str> {
    listing.iter().flat_map(|path| path.match_indices('/').map(|(at, _)| &path[..at])).collect()
}

/// Whether a folder can be named in the rules file without an escape that nobody would write.
fn is_plain(folder: &str) -> bool {
    folder.chars().all(|c| c.is_alphanumeric() || matches!(c, '/' | '_' | '.' | '-' | '+' | '@' | ' '))
        && !folder.starts_with([' ', '@'])
        && !folder.ends_with(' ')
        && folder.len() <= 200
}

/// Whether a folder can be named at all.
fn can_be_named(folder: &str) -> bool {
    folder.len() <= 400 && !folder.contains(char::is_control)
}

fn top(folder: &str) -> &str {
    folder.split('/').next().unwrap_or(folder)
}

fn last(folder: &str) -> &str {
    folder.rsplit('/').next().unwrap_or(folder)
}

fn parent(folder: &str) -> &str {
    folder.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn within(folder: &str, outer: &str) -> bool {
    folder == outer || folder.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether the folder at the top serves all others.
fn serves_all(name: &str) -> bool {
    name.starts_with('.') || TOOLS.contains(&name.to_lowercase().as_str())
}

/// Divides a repository.
pub(super) fn layout(members: &[Member], codeowners: Option<&Codeowners>, listing: &[String]) -> Layout {
    let folders = folders(listing);
    let mut layout = Layout::default();
    let members: Vec<&Member> = members.iter().filter(|member| !serves_all(top(&member.folder))).collect();
    roots(&mut layout, &members, &folders);
    let mut parts: BTreeMap<String, String> = BTreeMap::new();
    let in_root = |layout: &Layout, folder: &str| {
        layout.roots.iter().any(|root| folder != root.parent && within(folder, &root.parent))
    };
    let holds_root = |layout: &Layout, folder: &str| layout.roots.iter().any(|root| within(&root.parent, folder));
    // Members that no list of folders covers; of those within one another the outermost.
    for member in &members {
        let covered =
            members.iter().any(|other| other.folder != member.folder && within(&member.folder, &other.folder));
        if !covered && !in_root(&layout, &member.folder) && !holds_root(&layout, &member.folder) {
            parts.insert(member.folder.clone(), member.said_by.clone());
        }
    }
    for entry in codeowners.iter().flat_map(|file| file.entries()).filter(|entry| !entry.owners.is_empty()) {
        let written = entry.pattern.trim_end_matches("**").trim_end_matches('/');
        let rooted = written.strip_prefix('/').or_else(|| written.contains('/').then_some(written));
        let Some(folder) = rooted.filter(|folder| !folder.contains(['*', '?', '\\'])) else { continue };
        let fine = folders.contains(folder) && !serves_all(top(folder)) && !serves_all(last(folder));
        if fine && !in_root(&layout, folder) && !holds_root(&layout, folder) {
            parts.entry(folder.to_owned()).or_insert_with(|| format!("CODEOWNERS, line {}", entry.line));
        }
    }
    tops(&mut layout, &mut parts, listing, &folders);
    let root_names: Vec<&str> = layout.roots.iter().flat_map(|root| &root.folders).map(|folder| last(folder)).collect();
    let mut taken: HashSet<String> = root_names.iter().map(|name| (*name).to_owned()).collect();
    // A folder of that name would be taken for it.
    let names = ["root", "top-level", "everything-else"];
    layout.shared_name = names.into_iter().find(|name| !taken.contains(*name)).unwrap_or("files-at-the-top");
    taken.insert(layout.shared_name.to_owned());
    // Folders of one name below several roots would be one service.
    let mut twice: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for folder in layout.roots.iter().flat_map(|root| &root.folders) {
        twice.entry(last(folder)).or_default().push(folder);
    }
    for folder in twice.into_values().filter(|same| same.len() > 1).flatten() {
        parts.entry(folder.clone()).or_insert_with(|| "a folder of this name is below several of `roots`".to_owned());
    }
    for (folder, why) in parts.into_iter().filter(|(folder, _)| can_be_named(folder)) {
        let name = name(&folder, &mut taken);
        layout.parts.push(Part { name, folder, why });
    }
    layout
}

/// Folders of which several are members, and those that convention gives.
fn roots(layout: &mut Layout, members: &[&Member], folders: &BTreeSet<&str>) {
    let mut by_parent: BTreeMap<&str, Vec<&Member>> = BTreeMap::new();
    for member in members {
        by_parent.entry(parent(&member.folder)).or_default().push(member);
    }
    let children = |outer: &str| -> Vec<String> {
        let inner = folders.iter().filter(|folder| parent(folder) == outer && folder.len() > outer.len());
        inner.map(|folder| (*folder).to_owned()).collect()
    };
    let mut found: BTreeMap<(usize, String), String> = BTreeMap::new();
    for (outer, some) in by_parent.iter().filter(|(outer, some)| !outer.is_empty() && some.len() > 1) {
        if some.len() * 2 >= children(outer).len() {
            found.insert((outer.matches('/').count(), (*outer).to_owned()), some[0].said_by.clone());
        }
    }
    for outer in PARENTS.iter().filter(|outer| folders.contains(**outer) && children(outer).len() > 1) {
        let why = || format!("the folders of {outer}/, by convention");
        found.entry((0, (*outer).to_owned())).or_insert_with(why);
    }
    for ((_, outer), why) in found {
        let inside = layout.roots.iter().any(|root| within(&outer, &root.parent));
        if !inside && is_plain(&outer) && layout.roots.len() < MOST_ROOTS {
            let folders = children(&outer);
            layout.roots.push(Root { parent: outer, folders, why });
        }
    }
}

/// The folders at the top: those that serve all others, and what is left.
fn tops(layout: &mut Layout, parts: &mut BTreeMap<String, String>, listing: &[String], folders: &BTreeSet<&str>) {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for path in listing.iter().filter(|path| path.contains('/')) {
        *sizes.entry(top(path)).or_default() += 1;
    }
    let all: usize = sizes.values().sum();
    let mut left: Vec<(&str, usize)> = Vec::new();
    for (name, files) in sizes {
        if name.starts_with('.') {
            layout.hidden = true;
        } else if serves_all(name) {
            layout.shared.push(name.to_owned());
        } else if name != "vendor"
            && files >= FEWEST_FILES
            && !layout.roots.iter().any(|root| top(&root.parent) == name)
            && !parts.keys().any(|folder| top(folder) == name)
        {
            left.push((name, files));
        }
    }
    // Beside parts that are set apart, a small folder is none.
    if !layout.roots.is_empty() {
        left.retain(|(_, files)| *files >= 10 && files * 100 >= all);
    }
    let counted: usize = left.iter().map(|(_, files)| files).sum();
    if let Some((name, files)) = left.iter().max_by_key(|(_, files)| *files).copied()
        && layout.roots.is_empty()
        && parts.is_empty()
        && files * 100 >= counted * NEARLY_ALL
        && is_plain(name)
    {
        let blank = |folder: &str| serves_all(folder) || BLANK.contains(&folder);
        let inner: Vec<String> = folders
            .iter()
            .filter(|folder| parent(folder) == name && !blank(last(folder)))
            .map(|one| (*one).to_owned())
            .collect();
        if (2..=MOST_PARTS).contains(&inner.len()) {
            let why = format!("{name}/ holds nearly everything");
            layout.roots.push(Root { parent: name.to_owned(), folders: inner, why });
            left.retain(|(other, _)| *other != name);
        }
    }
    for (name, files) in left {
        parts.insert(name.to_owned(), format!("a folder at the top, {files} files"));
    }
}

/// A name that the rules accept and that no other service has: the folder's, else with the one above it, else numbered.
fn name(folder: &str, taken: &mut HashSet<String>) -> String {
    let accepted = |text: &str| -> String {
        let text: String = text
            .chars()
            .take(60)
            .map(|c| if matches!(c, '`' | '<' | '>' | '|' | '\\' | '"') || c.is_control() { '-' } else { c })
            .collect();
        text.trim().to_owned()
    };
    let above = last(parent(folder));
    let long = if above.is_empty() { last(folder).to_owned() } else { format!("{above}-{}", last(folder)) };
    let mut candidates = vec![accepted(last(folder)), accepted(&long)];
    candidates.extend((2..).take(1000).map(|number| format!("{}-{number}", accepted(&long))));
    let free = candidates.into_iter().find(|name| !name.is_empty() && !taken.contains(name)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

//! The files that a record speaks of.

use std::sync::LazyLock;

use regex::Regex;

use super::body::text_of;
use super::document::{Block, Document, pattern};
use super::header::{Pair, pair};
use super::inline::head;
use super::name;

/// Most patterns of one record.
const MAX_PATHS: usize = 200;

static CODE: LazyLock<Regex> = LazyLock::new(|| pattern(r"`+([^`\s]+)`+"));

/// The patterns of the files that the record speaks of, from the repository's root.
pub(super) fn affected(path: &str, document: &Document, header: &[Pair]) -> Vec<String> {
    let package = package(path);
    let mut patterns: Vec<String> = Vec::new();
    let keys = ["files", "paths", "scope", "affects", "applies-to", "globs"];
    for key in keys {
        patterns.extend(document.front.all(&[key]).iter().flat_map(|value| value.split(',')).filter_map(as_pattern));
    }
    for pair in header.iter().filter(|pair| matches!(pair.key.as_str(), "files" | "paths" | "affects" | "applies-to")) {
        patterns.extend(globs(&pair.value));
    }
    patterns.extend(below_files(document));
    let section = document
        .section(|heading| heading.starts_with("affected ") || matches!(heading, "scope" | "applies to" | "affects"));
    for text in section.map(|section| section.blocks).unwrap_or_default().iter().filter_map(text_of).take(MAX_PATHS) {
        patterns.extend(CODE.captures_iter(head(text, 4096)).filter_map(|found| as_pattern(&found[1])));
    }
    let mut placed: Vec<String> = Vec::new();
    for pattern in patterns {
        let pattern = within(package, &pattern);
        if !placed.contains(&pattern) && placed.len() < MAX_PATHS {
            placed.push(pattern);
        }
    }
    if placed.is_empty() && !package.is_empty() {
        placed.push(format!("{package}/"));
    }
    placed
}

/// The items directly after a line `**Files**:`, wherever it stands.
fn below_files(document: &Document) -> Vec<String> {
    let mut found = Vec::new();
    let mut within = false;
    for block in &document.blocks {
        match block {
            Block::Item { text, .. } if within => found.extend(globs(text)),
            Block::Paragraph(text) => {
                within =
                    text.lines().last().and_then(pair).is_some_and(|pair| pair.key == "files" && pair.value.is_empty());
            }
            _ => within = false,
        }
        if found.len() >= MAX_PATHS {
            break;
        }
    }
    found
}

/// The patterns in a value: its code spans, else its words between commas.
fn globs(value: &str) -> Vec<String> {
    let value = head(value, 4096);
    let code: Vec<String> = CODE.captures_iter(value).filter_map(|found| as_pattern(&found[1])).collect();
    if code.is_empty() { value.split(',').filter_map(as_pattern).collect() } else { code }
}

/// A text that can be a pattern of files: one word with a slash, a star or an ending.
fn as_pattern(text: &str) -> Option<String> {
    let text = text.trim();
    let bare = text.strip_prefix('!').unwrap_or(text);
    let like = bare.contains(['/', '*'])
        || bare.rsplit_once('.').is_some_and(|(name, ending)| !name.is_empty() && !ending.is_empty());
    let unlike = bare.is_empty()
        || bare.len() > 300
        || bare.contains(char::is_whitespace)
        || bare.contains("://")
        || bare.contains(['<', '>', '|', '"', '\\', '@', '='])
        || bare.split('/').any(|part| part == "..");
    (like && !unlike).then(|| text.to_owned())
}

/// A pattern from the repository's root: those of a record in a package are relative to the package, unless they say otherwise.
fn within(package: &str, pattern: &str) -> String {
    let (not, bare) = pattern.strip_prefix('!').map_or(("", pattern), |bare| ("!", bare));
    let bare = bare.strip_prefix("./").unwrap_or(bare);
    let inside = bare.strip_prefix(package).is_some_and(|rest| rest.starts_with('/'));
    match (package.is_empty() || inside, bare.strip_prefix('/')) {
        (_, Some(rooted)) => format!("{not}{rooted}"),
        (true, None) => format!("{not}{bare}"),
        (false, None) => format!("{not}{package}/{bare}"),
    }
}

/// The package that a record belongs to: the folder that holds its `docs`, or an entry of `packages/` and its like.
fn package(path: &str) -> &str {
    let folder = name::folder(path);
    let (folders, _) = name::components(path);
    let documents = |part: &&str| {
        matches!(part.to_ascii_lowercase().as_str(), "doc" | "docs" | "documentation" | ".archgate" | ".decispher")
    };
    let ends = folders.iter().position(documents).or_else(|| {
        let at = name::records_root(&folders)?;
        let parent = at.checked_sub(2).map(|parent| folders[parent])?;
        matches!(parent, "packages" | "services" | "apps" | "libs" | "modules" | "crates" | "components").then_some(at)
    });
    let Some(ends) = ends.filter(|ends| *ends > 0) else { return "" };
    if matches!(folders[..ends], ["src" | "source"]) {
        return "";
    }
    let length: usize = folders[..ends].iter().map(|part| part.len() + 1).sum();
    &folder[..length - 1]
}

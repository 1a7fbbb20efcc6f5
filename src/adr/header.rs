//! What stands between the title and the first section: status, date, people, links, as bullets, bold lines, tables or fields.

use std::sync::LazyLock;

use regex::Regex;

use super::body::text_of;
use super::date;
use super::document::{Block, Document, Syntax, heading_name, normal_key, pattern};
use super::inline::{head, plain};
use super::name::Name;

static BOLD_FIELD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:\*\*|__)([A-Za-z][A-Za-z _-]{0,30}?)\s*(?:\*\*|__)\s*[-–—:]?\s+(.*)$"));
static FIELD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[^\w\[(]{0,6}([A-Za-z][A-Za-z _/-]{0,30}?)\s*[*_]{0,3}\s*[:：]\s*[*_]{0,3}\s*(.*)$"));

/// A key with its value as the document writes it.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) key: String,
    pub(super) value: String,
}

/// A line taken for `key: value`, in bold or not.
pub(super) fn pair(line: &str) -> Option<Pair> {
    let line = head(line.trim(), 2048);
    let found = BOLD_FIELD.captures(line).or_else(|| FIELD.captures(line))?;
    let value = found[2].trim().trim_end_matches('\\').trim_end();
    let value = if value.matches("**").count() % 2 == 1 { value.trim_end_matches('*') } else { value };
    Some(Pair { key: normal_key(&found[1]), value: value.trim().to_owned() })
}

/// What stands between the title and the first section: bullets, bold lines, tables, fields.
pub(super) fn header(document: &Document, title_at: Option<usize>) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    let mut columns: Option<Vec<String>> = None;
    let title = title_at.and_then(|at| match &document.blocks[at] {
        Block::Heading { text, .. } => Some(heading_name(text)),
        _ => None,
    });
    for (at, block) in document.blocks.iter().enumerate().take(400) {
        // A value may stand on a line of its own, below its key.
        let open = pairs.last().is_some_and(|last| last.value.is_empty());
        match block {
            Block::Heading { text, .. } => {
                let name = heading_name(text);
                let of_header = Some(at) == title_at
                    || title_at.is_some_and(|title_at| at < title_at)
                    || Some(&name) == title.as_ref()
                    || matches!(
                        name.as_str(),
                        "metadata" | "meta" | "meta data" | "details" | "info" | "information" | "header"
                    );
                if !of_header {
                    break;
                }
            }
            Block::Paragraph(text) => {
                let mut within = false;
                for line in text.lines() {
                    match pair(line) {
                        Some(pair) => {
                            pairs.push(pair);
                            within = true;
                        }
                        // A heading that lost its underline: its text is on the next line.
                        None if is_status_key(&normal_key(line.trim_matches(|c: char| !c.is_alphanumeric()))) => {
                            pairs.push(Pair { key: "status".to_owned(), value: String::new() });
                            within = true;
                        }
                        None => {
                            if let Some(last) = pairs.last_mut().filter(|_| within || open) {
                                last.value = format!("{} {}", last.value, line.trim()).trim().to_owned();
                            }
                        }
                    }
                }
            }
            Block::Item { text, .. } => {
                let joined = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
                match (pair(&joined), pairs.last_mut()) {
                    (Some(pair), _) => pairs.push(pair),
                    (None, Some(last)) if open => last.value = joined,
                    (None, _) => {}
                }
            }
            Block::Field { key, value } => {
                pairs
                    .push(Pair { key: normal_key(key), value: value.split_whitespace().collect::<Vec<_>>().join(" ") });
            }
            Block::Row(cells) => {
                let keys: Vec<String> = cells.iter().map(|cell| cell_key(cell, document.syntax)).collect();
                let is_head = keys.iter().filter(|key| is_known_key(key)).count() >= 2;
                if is_head {
                    columns = Some(keys);
                } else if let Some(columns) = columns.take() {
                    pairs.extend(columns.into_iter().zip(cells).map(|(key, value)| Pair { key, value: value.clone() }));
                } else if let [_, value, ..] = cells.as_slice() {
                    pairs.push(Pair { key: keys[0].clone(), value: value.clone() });
                }
            }
        }
    }
    pairs
}

fn cell_key(cell: &str, syntax: Syntax) -> String {
    normal_key(plain(cell, syntax).trim_matches(|c: char| !c.is_alphanumeric()))
}

fn is_known_key(key: &str) -> bool {
    is_status_key(key)
        || DATE_KEYS.contains(&key)
        || matches!(key, "deciders" | "decision-makers" | "author" | "authors" | "id")
}

pub(super) fn is_status_key(key: &str) -> bool {
    matches!(key, "status" | "adr-status" | "decision-status" | "state")
}

/// Whether a heading, by its name, is that of the status section: `status`, `status: deprecated`.
pub(super) fn is_status_heading(heading: &str) -> bool {
    matches!(heading, "status" | "adr status" | "decision status" | "current status" | "status and history")
        || ["status:", "status -", "status –", "status —"].iter().any(|start| heading.starts_with(start))
}

const DATE_KEYS: [&str; 13] = [
    "revdate",
    "date",
    "decided",
    "decision-date",
    "date-decided",
    "last-modified",
    "last-updated",
    "last-update",
    "updated",
    "modified",
    "created",
    "creation-date",
    "start-date",
];

/// The date that the record gives; one that cannot be read is none, whatever the file's name says.
pub(super) fn written_date(document: &Document, header: &[Pair], name: &Name) -> Option<String> {
    let fields = DATE_KEYS.iter().flat_map(|key| {
        let front = document.front.all(&[*key]).iter().map(String::as_str);
        front.chain(header.iter().filter(|pair| pair.key == *key).map(|pair| pair.value.as_str()))
    });
    let mut written = false;
    for value in fields.filter(|value| !value.is_empty()) {
        written = true;
        if let Some(found) = date::first(&plain(value, document.syntax)) {
            return Some(found);
        }
    }
    if written {
        return None;
    }
    let section = |wanted: fn(&str) -> bool| {
        let section = document.section(wanted)?;
        section
            .own()
            .iter()
            .take(50)
            .filter_map(text_of)
            .filter_map(|text| date::first(&plain(text, document.syntax)))
            .max()
    };
    section(|heading| heading == "date")
        .or_else(|| name.date.clone())
        .or_else(|| section(is_status_heading))
        .or_else(|| section(|heading| matches!(heading, "changelog" | "change log" | "history" | "revision history")))
}

//! Files that hold many decisions, each after a marker `<!-- DECISION-DB-001 -->`.

use std::sync::LazyLock;

use regex::Regex;

use super::body;
use super::document::{Block, heading_name, pattern};
use super::extract::{self, Draft};
use super::{Status, markdown};

static MARKER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^\s*<!--\s*(DECISION-[A-Z0-9][A-Z0-9-]{0,99})\s*-->\s*$"));

/// Most decisions of one file.
const MAX_DECISIONS: usize = 1_000;

/// The decisions in a Markdown text; none where it has no markers outside its code.
pub(super) fn read(path: &str, text: &str) -> Vec<Draft> {
    let mut markers: Vec<(String, usize, usize)> = Vec::new();
    let mut fence: Option<(u8, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if let Some((mark, length)) = fence {
            let trimmed = line.trim();
            if trimmed.len() >= length && trimmed.bytes().all(|b| b == mark) {
                fence = None;
            }
        } else if let Some(opened) = markdown::opens_fence(line) {
            fence = Some(opened);
        } else if let Some(found) = MARKER.captures(line).filter(|_| markers.len() < MAX_DECISIONS) {
            markers.push((found[1].to_uppercase(), start, at));
        }
    }
    let ends = markers.iter().skip(1).map(|(_, start, _)| *start).chain([text.len()]);
    markers.iter().zip(ends).filter_map(|((id, _, start), end)| decision(path, id, &text[*start..end])).collect()
}

/// One decision: what stands between its marker and the next.
fn decision(path: &str, id: &str, text: &str) -> Option<Draft> {
    let mut document = markdown::read(text);
    let (at, title) = document.blocks.iter().enumerate().find_map(|(at, block)| match block {
        Block::Heading { text, .. } => {
            let prefixed = heading_name(text).starts_with("decision:");
            prefixed.then(|| (at, text.split_once(':').map_or("", |(_, title)| title).trim().to_owned()))
        }
        _ => None,
    })?;
    document.blocks[at] = Block::Heading { level: 1, text: title };
    let mut draft = extract::draft(path, &document, true)?;
    let context = document.section(|heading| heading == "context");
    draft.record.decision = draft.record.decision.or_else(|| body::first_sentence(context?, document.syntax));
    // Its documentation: a decision without a status is active.
    if draft.record.status == Status::Unknown {
        draft.record.status = Status::Accepted;
    }
    draft.record.number = id.rsplit('-').next().and_then(|digits| digits.parse().ok());
    draft.record.id = id.to_owned();
    draft.record.aliases.clear();
    draft.subject = id.to_owned();
    draft.slug = String::new();
    Some(draft)
}

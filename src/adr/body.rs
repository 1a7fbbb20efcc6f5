//! What a record says in its sections: the decision in a sentence, and the checklist.

use super::document::{Block, Document, Section, Syntax};
use super::inline::plain;
use super::title::is_placeholder;

/// Longest decision that is quoted, in characters.
const MAX_DECISION: usize = 200;
/// Longest title and checklist item, in characters.
pub(super) const MAX_LINE: usize = 300;
/// Most items of one checklist.
const MAX_ITEMS: usize = 50;

/// The text of a paragraph or a list item.
pub(super) fn text_of(block: &Block) -> Option<&str> {
    match block {
        Block::Paragraph(text) | Block::Item { text, .. } => Some(text),
        Block::Heading { .. } | Block::Row(_) | Block::Field { .. } => None,
    }
}

/// The section that says what was decided.
pub(super) fn decision_section(document: &Document) -> Option<Section<'_>> {
    const NAMES: [&[&str]; 3] = [
        &["decision outcome", "decision", "decisions", "the decision", "our decision"],
        &[
            "outcome",
            "resolution",
            "decision made",
            "decision made and rationale",
            "decision and rationale",
            "decision & rationale",
        ],
        &["proposed decision", "decision proposal", "recommended decision", "final decision", "decision summary"],
    ];
    NAMES.iter().find_map(|names| document.section(|heading| names.contains(&heading)))
}

/// The first sentence of a section, as plain text.
pub(super) fn first_sentence(section: Section<'_>, syntax: Syntax) -> Option<String> {
    let mut texts = section
        .blocks
        .iter()
        .filter_map(|block| text_of(block).map(|text| (text, matches!(block, Block::Item { .. }))));
    let (text, _) = texts.find(|(text, _)| {
        let plain = plain(text, syntax);
        plain.chars().any(char::is_alphanumeric) && !plain.starts_with('{')
    })?;
    let mut text = plain(text, syntax);
    // "We will:" says nothing without the first of the items after it.
    if (text.ends_with(':') || text.ends_with("because") || text.ends_with(','))
        && let Some((next, true)) = texts.next()
    {
        text = format!("{text} {}", plain(next, syntax));
    }
    let end = sentence(&text);
    let sentence = text[..end].trim().trim_end_matches(':').trim_end();
    (!sentence.is_empty()).then(|| cut(sentence, MAX_DECISION))
}

/// Where the first sentence of a plain text ends.
fn sentence(text: &str) -> usize {
    const SHORT: [&str; 14] =
        ["e.g", "i.e", "etc", "vs", "cf", "approx", "resp", "incl", "fig", "sec", "no", "u.s", "dr", "mr"];
    for (at, c) in text.char_indices() {
        if !matches!(c, '.' | '!' | '?' | '。') {
            continue;
        }
        let after = &text[at + c.len_utf8()..];
        if !after.is_empty() && !after.starts_with(' ') && c != '。' {
            continue;
        }
        let word = text[..at].rsplit([' ', '(']).next().unwrap_or_default().to_lowercase();
        let starts_again = after.trim_start().chars().next().is_none_or(|next| !next.is_lowercase());
        let numbering = word.chars().all(|c| c.is_ascii_digit()) && at <= 3;
        if c == '.' && (SHORT.contains(&word.as_str()) || !starts_again || numbering) {
            continue;
        }
        return at + c.len_utf8();
    }
    text.len()
}

/// A text of at most `limit` characters, cut at a word with an ellipsis.
pub(super) fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let end = text.char_indices().nth(limit - 1).map_or(text.len(), |(at, _)| at);
    let kept = &text[..end];
    // The next character decides whether the last word is whole.
    let whole = text[end..].starts_with(char::is_whitespace);
    let kept = if whole { kept } else { kept.rfind(char::is_whitespace).map_or(kept, |space| &kept[..space]) };
    format!("{}…", kept.trim_end_matches(|c: char| c.is_whitespace() || ",;:-–—".contains(c)))
}

/// The record's own checklist.
pub(super) fn checklist(document: &Document) -> Vec<String> {
    let item = |text: &str| {
        let text = plain(text, document.syntax);
        (text.chars().any(char::is_alphanumeric) && !is_placeholder(&text)).then(|| cut(&text, MAX_LINE))
    };
    let tasks: Vec<String> = document
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Item { text, task: true } => item(text),
            _ => None,
        })
        .take(MAX_ITEMS)
        .collect();
    if !tasks.is_empty() {
        return tasks;
    }
    let section = document.section(|heading| {
        matches!(heading, "confirmation" | "compliance" | "validation" | "checklist" | "verification")
    });
    let blocks = section.map(|section| section.blocks).unwrap_or_default();
    blocks
        .iter()
        .filter_map(|block| match block {
            Block::Item { text, .. } => item(text),
            _ => None,
        })
        .take(MAX_ITEMS)
        .collect()
}

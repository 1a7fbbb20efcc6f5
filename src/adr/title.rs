//! The title of a record.

use std::sync::LazyLock;

use regex::Regex;

use super::body::{MAX_LINE, cut};
use super::document::{Block, Document, heading_name, pattern};
use super::header::is_status_heading;
use super::inline::head;
use super::name::Name;

static NUMBERED_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)^\[?\s*(?:aries rfc|adr|kep|rfc|oep|",
        r"(?:architectur(?:e|al) )?decision(?: record)?)\s*[-_#. ]{0,3}(?P<n>\d{1,5}|x{1,5})\s*\]?(?P<sep>\s*[:.\-–—|)]+\s*|\s+)(?P<rest>.*\S.*)$",
    ))
});
pub(super) static NAMED_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:adr|architectur(?:e|al) decision record|decision record|decision)(?: \(adr\))?\s*[:–—-]\s+(\S.*)$",
    )
});
static PLAIN_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?P<n>\d{1,5})(?P<sep>\s*[.:)]\s*|\s*[-–—]+\s+|\s+)(?P<rest>[^\d\s].*|\d.*\s.*)$"));
static PREFIXED_TITLE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:[A-Z]{2,12}-)*[A-Z]{2,12}(?P<join>-?)(?P<n>\d{1,5})\s*[:.\-–—]+\s*(?P<rest>\S.*)$"));
static LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r"!?\[([^\[\]]*)\]\([^()\s]*\)"));
static ANCHOR: LazyLock<Regex> = LazyLock::new(|| pattern(r"\s*\{#[\w.-]+\}\s*$"));
static ESCAPE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\\([!-/:-@\[-`{-~])"));
static TAG: LazyLock<Regex> = LazyLock::new(|| pattern(r"</?[A-Za-z][^<>]*>"));

/// The title, and which block it is (`None` when it comes from the front matter, or there is none).
pub(super) fn title(document: &Document, name: &Name) -> (Option<String>, Option<usize>) {
    let mut headings = document.blocks.iter().enumerate().filter_map(|(at, block)| match block {
        Block::Heading { level, text } => Some((at, *level, text.as_str())),
        _ => None,
    });
    let first = headings.clone().next();
    // A heading of the first level after sections have begun is no title any more.
    let heading = headings
        .by_ref()
        .take_while(|(_, level, text)| *level == 1 || heading_name(text).ends_with("contents"))
        .find(|(_, level, text)| *level == 1 && !is_section_name(&heading_name(text)))
        // A first heading of the second level is one when it names no section and nothing, or a number, says otherwise.
        .or_else(|| {
            first.filter(|(at, level, text)| {
                let numbered = NUMBERED_TITLE.is_match(text) || NAMED_TITLE.is_match(text);
                *level == 2 && !is_section_name(&heading_name(text)) && (*at == 0 || numbered)
            })
        })
        .map(|(at, _, text)| (at, text));
    let clean = |text: &str| clean_title(text, name).filter(|title| !title.contains("{{"));
    if let Some(title) = document.front.one(&["title"]).and_then(clean) {
        let bare = title.to_lowercase();
        if !matches!(bare.as_str(), "adr" | "title" | "decision" | "decision record" | "architecture decision record") {
            return (Some(title), heading.map(|(at, _)| at));
        }
    }
    match heading {
        Some((at, text)) => (clean(text), Some(at)),
        None => (None, None),
    }
}

/// A title without markup around it, number and prefix. Code spans stay as they are written.
fn clean_title(text: &str, name: &Name) -> Option<String> {
    let text = head(text, 1024).split_whitespace().collect::<Vec<_>>().join(" ");
    let text = ANCHOR.replace(&text, "");
    let text = LINK.replace_all(&text, "$1");
    let text = if text.contains('`') {
        text.into_owned()
    } else {
        let bare = TAG.replace_all(&text, "");
        entities(&ESCAPE.replace_all(&bare, "$1"))
    };
    let mut text = text.trim();
    for mark in ["**", "__", "~~"] {
        text = text.strip_prefix(mark).and_then(|inner| inner.strip_suffix(mark)).unwrap_or(text).trim();
    }
    let same_number = |written: &str| written.parse::<u64>().ok() == name.number && name.number.is_some();
    // The number of the record before it: the title was copied from there.
    let before =
        |written: &str| written.parse::<u64>().ok().map(|number| number + 1) == name.number && written.len() > 1;
    let rest = if let Some(found) = NUMBERED_TITLE.captures(text)
        && (!found["sep"].trim().is_empty() || same_number(&found["n"]))
    {
        found.name("rest").map(|rest| rest.as_str())
    } else if let Some(found) = PREFIXED_TITLE.captures(text)
        && (!found["join"].is_empty() || same_number(&found["n"]))
    {
        found.name("rest").map(|rest| rest.as_str())
    } else if let Some(found) = PLAIN_NUMBER.captures(text)
        && (!found["sep"].trim().is_empty() || same_number(&found["n"]) || before(&found["n"]))
    {
        found.name("rest").map(|rest| rest.as_str())
    } else {
        NAMED_TITLE.captures(text).and_then(|found| found.get(1)).map(|rest| rest.as_str())
    };
    let title = rest.unwrap_or(text).trim();
    (!title.is_empty()).then(|| cut(title, MAX_LINE))
}

/// The character references that editors leave in titles.
fn entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

/// A title made of the file's name.
pub(super) fn spoken(name: &Name) -> String {
    let words = if name.slug.is_empty() { &name.subject } else { &name.slug };
    let words = words.replace(['-', '_'], " ");
    let mut letters = words.trim().chars();
    match letters.next() {
        Some(first) => cut(&(first.to_uppercase().collect::<String>() + letters.as_str()), MAX_LINE),
        None => name.subject.clone(),
    }
}

/// Whether a title is what a template has in its place.
pub(super) fn is_placeholder(title: &str) -> bool {
    let whole = [('[', ']'), ('{', '}'), ('<', '>')]
        .iter()
        .any(|(open, close)| title.starts_with(*open) && title.ends_with(*close) && title.matches(*open).count() == 1);
    let lower = title.to_lowercase();
    whole
        || title.contains("NNNN")
        || title.contains("XXXX")
        || lower.contains("{title}")
        || lower.contains("short title of solved problem")
        || matches!(
            lower.as_str(),
            "title"
                | "template"
                | "adr template"
                | "decision record template"
                | "adr title"
                | "number. title"
                | "your title"
                | "decision title"
                | "short title"
                | "architecture decision record template"
                | "title of the decision"
        )
}

/// Whether a heading names a part of a record rather than the record.
fn is_section_name(heading: &str) -> bool {
    matches!(
        heading,
        "status"
            | "context"
            | "decision"
            | "decisions"
            | "consequences"
            | "context and problem statement"
            | "decision drivers"
            | "considered options"
            | "decision outcome"
            | "changelog"
            | "summary"
            | "abstract"
            | "table of contents"
            | "links"
            | "references"
            | "background"
            | "problem"
            | "problem statement"
            | "contents"
            | "metadata"
            | "overview"
            | "introduction"
            | "motivation"
            | "proposal"
            | "goals"
    ) || is_status_heading(heading)
}

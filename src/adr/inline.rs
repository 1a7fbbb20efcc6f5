//! Texts within a block: without their markup, and what they point at.

use std::sync::LazyLock;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use regex::Regex;

use super::document::{Document, Syntax, pattern};

/// A text longer than this is looked at only so far.
const MAX_TEXT: usize = 4096;

/// The first `limit` bytes of a text, on a character's boundary.
pub(super) fn head(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

/// A text without markup, on one line.
pub(super) fn plain(text: &str, syntax: Syntax) -> String {
    let text = head(text, MAX_TEXT);
    let bare = match syntax {
        Syntax::Markdown if !text.contains(['*', '_', '`', '[', ']', '<', '&', '\\', '~']) => text.to_owned(),
        Syntax::Markdown => markdown(text),
        Syntax::Rst => rst(text),
        Syntax::AsciiDoc => asciidoc(text),
    };
    let mut joined = String::with_capacity(bare.len());
    for word in bare.split_whitespace() {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    joined
}

fn markdown(text: &str) -> String {
    // A list's mark at the beginning is text here: blocks have been told apart already.
    let mark = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit() || "-+>#.) ".contains(c)).len();
    let mut bare = text[..mark].to_owned();
    let mut image = 0_u32;
    for event in Parser::new_ext(&text[mark..], Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::Image { .. }) => image += 1,
            Event::End(TagEnd::Image) => image = image.saturating_sub(1),
            Event::Text(inner) | Event::Code(inner) if image == 0 => bare.push_str(&inner),
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph | TagEnd::Item) => bare.push(' '),
            _ => {}
        }
    }
    bare
}

static RST_ROLE: LazyLock<Regex> = LazyLock::new(|| pattern(r":[\w:+-]+:`([^`]*)`"));
static RST_LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r"`([^`<>]*?)\s*<[^`<>]*>`__?"));
static RST_LITERAL: LazyLock<Regex> = LazyLock::new(|| pattern(r"`{1,2}([^`]*)`{1,2}_{0,2}"));
static RST_STRONG: LazyLock<Regex> = LazyLock::new(|| pattern(r"\*{1,2}([^*]+)\*{1,2}"));

fn rst(text: &str) -> String {
    let text = RST_ROLE.replace_all(text, |found: &regex::Captures<'_>| {
        let inner = &found[1];
        inner.split_once('<').map_or(inner, |(before, _)| before.trim()).to_owned()
    });
    let text = RST_LINK.replace_all(&text, "$1");
    let text = RST_LITERAL.replace_all(&text, "$1");
    RST_STRONG.replace_all(&text, "$1").into_owned()
}

static DOC_LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:link:|xref:|https?://)[^\s\[\]]+\[([^\]]*)\]"));
static DOC_CROSS: LazyLock<Regex> = LazyLock::new(|| pattern(r"<<[^<>,]*?(?:,\s*)?([^<>,]*)>>"));
static DOC_MARK: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(^|[\s(])([*_`#+]{1,2})([^\s*_`#+][^*_`#+]*?)[*_`#+]{1,2}"));

fn asciidoc(text: &str) -> String {
    let text = DOC_LINK.replace_all(text, "$1");
    let text = DOC_CROSS.replace_all(&text, "$1");
    DOC_MARK.replace_all(&text, "$1$3").into_owned()
}

/// Something that a text points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// A path, an address or a name.
    pub(super) target: String,
    /// What is written over a link; empty for a name.
    pub(super) text: String,
}

impl Reference {
    pub(super) fn name(name: &str) -> Self {
        Self { target: name.to_owned(), text: String::new() }
    }
}

static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\[\[(?P<wiki>[^\[\]|]+)(?:\|[^\[\]]*)?\]\]",
        r"|\[(?P<text>[^\[\]]*)\]\(\s*<?(?P<link>[^()<>\s]+)[^()]*\)",
        r"|\[(?P<ref_text>[^\[\]]+)\]\[(?P<ref>[^\[\]]*)\]",
        r"|:(?:ref|doc|download|adr):`(?P<role>[^`]+)`",
        r"|`(?P<rst_text>[^`<>]*)<(?P<rst>[^`<>]+)>`__?",
        r"|`(?P<named>[^`<>]+)`_",
        r"|(?:link|xref):(?P<doc>[^\s\[\]]+)\[(?P<doc_text>[^\]]*)\]",
        r"|<<(?P<cross>[^<>,]+)(?:,[^<>]*)?>>",
        r"|(?P<url>https?://[^\s<>\[\]()`]+)",
        r"|(?P<file>[\w./@+-]+\.(?:mdx?|markdown|rst|adoc|asciidoc))\b",
        r"|\b(?P<slug>(?:\d{8}|\d{3,5}|\d{4}-\d{2}-\d{2})[-_][A-Za-z][\w-]+)",
        r"|(?i:\b(?:adr|kep|rfc|oep|decision(?: record)?)s?[-_ #.]{0,2}(?P<id>\d{1,5})\b)",
        r"|\b(?P<prefixed>[A-Z]{2,12}(?:-[A-Z]{2,12})*(?:-\d{1,5}|\d{2,5}))\b",
        r"|#(?P<hash>\d{1,5})\b",
        r"|\b(?P<padded>0\d{1,4})\b",
        r"|\[(?P<shortcut>[^\[\]]+)\]",
    ))
});
static BARE_NUMBERS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^[\s:,.()\[\]]*(?:(?:by|with)\s+)?\d{1,5}(?:[\s:,.()\[\]]|and|&)*(?:\d{1,5}[\s:,.()\[\]]*)*$")
});
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d{1,5}"));

/// How many references of one text are followed.
const MAX_REFERENCES: usize = 32;

/// Words that may stand between the entries of a list of records.
static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)^(?:\W|\b(?:and|or|also|the|adrs?|decisions?|records?|decision records?|by|with|both)\b)*$")
});

/// What a text points at, in its order: links, file names, ids and slugs. Numbers alone count only where there is nothing
/// else in the text.
pub(super) fn references(text: &str, document: &Document) -> Vec<Reference> {
    find(text, document, false)
}

/// What a text that is a list of records lists: `[ADR 1](…), [ADR 2](…)`. What it only mentions (`the format of ADR 3`) is
/// left out.
pub(super) fn listed(text: &str, document: &Document) -> Vec<Reference> {
    find(text, document, true)
}

fn find(text: &str, document: &Document, only_listed: bool) -> Vec<Reference> {
    let text = head(text, MAX_TEXT);
    if BARE_NUMBERS.is_match(text) {
        return NUMBER.find_iter(text).take(MAX_REFERENCES).map(|number| Reference::name(number.as_str())).collect();
    }
    let mut found: Vec<Reference> = Vec::new();
    let mut end = 0;
    for captures in REFERENCE.captures_iter(text).take(4 * MAX_REFERENCES) {
        if let Some(whole) = captures.get(0) {
            if only_listed && !BETWEEN.is_match(&text[end..whole.start()]) {
                break;
            }
            end = whole.end();
        }
        let get = |name: &str| captures.name(name).map(|inner| inner.as_str().trim());
        let link = |target: &str, text: &str| Reference { target: target.to_owned(), text: text.to_owned() };
        let defined = |name: &str| document.targets.get(&name.to_lowercase()).map(String::as_str);
        let reference = if let Some(target) = get("link") {
            link(target, get("text").unwrap_or_default())
        } else if let Some(text) = get("ref_text") {
            let name = get("ref").filter(|name| !name.is_empty()).unwrap_or(text);
            link(defined(name).unwrap_or(name), text)
        } else if let Some(role) = get("role") {
            match role.rsplit_once('<') {
                Some((text, target)) => link(target.trim_end_matches('>'), text.trim()),
                None => Reference::name(role),
            }
        } else if let Some(target) = get("rst") {
            link(target, get("rst_text").unwrap_or_default())
        } else if let Some(name) = get("named") {
            link(defined(name).unwrap_or(name), name)
        } else if let Some(target) = get("doc") {
            link(target, get("doc_text").unwrap_or_default())
        } else if let Some(name) = get("shortcut") {
            match defined(name) {
                Some(target) => link(target, name),
                None => {
                    // Brackets that are no link: what is in them may still be a name.
                    let inner = name.to_owned();
                    match BARE_NUMBERS.is_match(&inner) {
                        true => Reference::name(&inner),
                        false => continue,
                    }
                }
            }
        } else if let Some(name) = ["wiki", "cross", "url", "file", "slug", "id", "prefixed", "hash", "padded"]
            .iter()
            .find_map(|group| get(group))
        {
            Reference::name(name)
        } else {
            continue;
        };
        if !found.contains(&reference) && found.len() < MAX_REFERENCES {
            found.push(reference);
        }
    }
    found
}

//! From a document to a record: title, status, date, links, decision, checklist, affected paths.

use std::sync::LazyLock;

use regex::Regex;

use super::document::{Block, Document, Section, Syntax, heading_name, normal_key, pattern};
use super::inline::{Reference, head, listed, plain, references};
use super::name::{self, Kind, Name};
use super::status::{self, Relation, Said};
use super::{Record, Status, date};

/// Longest decision that is quoted, in characters.
const MAX_DECISION: usize = 200;
/// Longest title and checklist item, in characters.
const MAX_LINE: usize = 300;
/// Most items of one checklist.
const MAX_ITEMS: usize = 50;
/// Most patterns of one record.
const MAX_PATHS: usize = 200;

/// A record, before the links between records are followed.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) record: Record,
    /// Records that this one says it was replaced by.
    pub(super) replaced_by: Vec<Reference>,
    /// Things that this one was given up for: they replace it if they are records.
    pub(super) given_up_for: Vec<Reference>,
    /// Records that this one says it replaces.
    pub(super) replaces: Vec<Reference>,
    /// Names that other documents point at it by.
    pub(super) labels: Vec<String>,
    /// File or folder name without ending.
    pub(super) subject: String,
    /// Name without number or date.
    pub(super) slug: String,
    /// Whether the folder is the record and this its main file.
    pub(super) folder: bool,
}

/// Reads a record; `None` where the document is something else: a template, a review, notes.
pub(super) fn draft(path: &str, document: &Document) -> Option<Draft> {
    let name = name::parse(path);
    let (title, title_at) = title(document, &name);
    if title.as_deref().is_some_and(is_placeholder) {
        return None;
    }
    let header = header(document, title_at);
    let status_section = document.section(is_status_heading);
    let decision_section = decision_section(document);
    let stated = stated(document, &header, status_section);
    let known = matches!(stated, Said::State(_));
    if !is_record(path, &name, document, known, decision_section.is_some()) {
        return None;
    }

    let mut draft = Draft {
        record: Record {
            id: name.id.clone(),
            number: name.number.or_else(|| number(document)),
            title: title.unwrap_or_else(|| spoken(&name)),
            status: match stated {
                Said::State(status) => status,
                Said::Nothing | Said::Unclear => Status::Unknown,
            },
            path: path.to_owned(),
            date: written_date(document, &header, &name),
            superseded_by: Vec::new(),
            paths: affected(path, document, &header),
            decision: decision_section.and_then(|section| first_sentence(section, document.syntax)),
            checklist: checklist(document),
            aliases: aliases(document, &name),
        },
        replaced_by: Vec::new(),
        given_up_for: Vec::new(),
        replaces: Vec::new(),
        labels: document.labels.clone(),
        subject: name.subject,
        slug: name.slug,
        folder: name.folder,
    };
    links(&mut draft, document, &header, status_section);
    if draft.record.status != Status::Superseded && !draft.replaced_by.is_empty() {
        draft.record.status = Status::Superseded;
    }
    Some(draft)
}

// ---- title ----------------------------------------------------------------------------------------------------------

static NUMBERED_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)^\[?\s*(?:aries rfc|adr|kep|rfc|oep|",
        r"(?:architectur(?:e|al) )?decision(?: record)?)\s*[-_#. ]{0,3}(?P<n>\d{1,5}|x{1,5})\s*\]?(?P<sep>\s*[:.\-–—|)]+\s*|\s+)(?P<rest>.*\S.*)$",
    ))
});
static NAMED_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:adr|architectur(?:e|al) decision record|decision record|decision)(?: \(adr\))?\s*[:–—-]\s+(\S.*)$",
    )
});
static PLAIN_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?P<n>\d{1,5})(?P<sep>\s*[.:)]\s*|\s*[-–—]+\s+|\s+)(?P<rest>[^\d\s].*|\d.*\s.*)$"));
static PREFIXED_TITLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:[A-Z]{2,12}-)+\d{1,5}\s*[:.\-–—]+\s*(\S.*)$"));
static LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r"!?\[([^\[\]]*)\]\([^()\s]*\)"));
static ANCHOR: LazyLock<Regex> = LazyLock::new(|| pattern(r"\s*\{#[\w.-]+\}\s*$"));
static ESCAPE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\\([!-/:-@\[-`{-~])"));
static TAG: LazyLock<Regex> = LazyLock::new(|| pattern(r"</?[A-Za-z][^<>]*>"));

/// The title, and which block it is (`None` when it comes from the front matter, or there is none).
fn title(document: &Document, name: &Name) -> (Option<String>, Option<usize>) {
    let first = document.blocks.iter().position(|block| matches!(block, Block::Heading { .. }));
    let heading = document.blocks.iter().enumerate().find_map(|(at, block)| match block {
        Block::Heading { level: 1, text } if !is_section_name(&heading_name(text)) => Some((at, text.as_str())),
        _ => None,
    });
    // A first heading of another level is a title when it does not name a section: some begin with `##`.
    let heading = heading.or_else(|| match document.blocks.get(first?)? {
        Block::Heading { level: 2, text } if first == Some(0) && !is_section_name(&heading_name(text)) => {
            Some((0, text.as_str()))
        }
        _ => None,
    });
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
    let rest = if let Some(found) = NUMBERED_TITLE.captures(text)
        && (!found["sep"].trim().is_empty() || same_number(&found["n"]))
    {
        found.name("rest").map(|rest| rest.as_str())
    } else if let Some(found) = PREFIXED_TITLE.captures(text) {
        found.get(1).map(|rest| rest.as_str())
    } else if let Some(found) = PLAIN_NUMBER.captures(text)
        && (!found["sep"].trim().is_empty() || (same_number(&found["n"]) && found["n"].len() >= 3))
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
fn spoken(name: &Name) -> String {
    let words = if name.slug.is_empty() { &name.subject } else { &name.slug };
    let words = words.replace(['-', '_'], " ");
    let mut letters = words.trim().chars();
    match letters.next() {
        Some(first) => cut(&(first.to_uppercase().collect::<String>() + letters.as_str()), MAX_LINE),
        None => name.subject.clone(),
    }
}

/// Whether a title is what a template has in its place.
fn is_placeholder(title: &str) -> bool {
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

// ---- what is a record -----------------------------------------------------------------------------------------------

/// Whether a document is a decision record. Its name decides for most; where the name says little, its content does.
fn is_record(path: &str, name: &Name, document: &Document, known: bool, decides: bool) -> bool {
    let (folders, _) = name::components(path);
    let root = name::records_root(&folders);
    let empty = document.blocks.is_empty();
    let below = root.map_or(folders.len().saturating_sub(1), |root| root + 1);
    let apart = folders.iter().skip(below.min(folders.len().saturating_sub(1))).any(|folder| {
        let folder = folder.to_lowercase();
        folder
            .split(['-', '_', ' '])
            .any(|word| matches!(word, "review" | "reviews" | "meeting" | "meetings" | "minutes"))
    });
    if empty {
        return false;
    }
    if apart && !known && !decides {
        return false;
    }
    match name.kind {
        Kind::Numbered | Kind::Dated => {
            root.is_some()
                || name.says_adr
                || known
                || decides
                || (name.id.len() >= 3 && (name.folder || folders.last().is_some_and(|folder| is_architecture(folder))))
        }
        Kind::Plain if root.is_some() => true,
        Kind::Plain => known && (decides || document.section(|heading| heading.starts_with("context")).is_some()),
    }
}

/// Whether a folder's name is one under which numbered documents are decisions more often than chapters.
pub(super) fn is_architecture(folder: &str) -> bool {
    matches!(folder.to_ascii_lowercase().as_str(), "architecture" | "arch" | "design" | "designs" | "architectural")
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
    ) || is_status_heading(heading)
}

// ---- header ---------------------------------------------------------------------------------------------------------

static BOLD_FIELD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:\*\*|__)([A-Za-z][A-Za-z _-]{0,30}?)\s*(?:\*\*|__)\s*[-–—:]?\s+(.*)$"));
static FIELD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[^\w\[(]{0,6}([A-Za-z][A-Za-z _/-]{0,30}?)\s*[*_]{0,3}\s*[:：]\s*[*_]{0,3}\s*(.*)$"));

/// A key with its value as the document writes it.
#[derive(Debug, Clone)]
struct Pair {
    key: String,
    value: String,
}

/// A line taken for `key: value`, in bold or not.
fn pair(line: &str) -> Option<Pair> {
    let line = head(line.trim(), 2048);
    let found = BOLD_FIELD.captures(line).or_else(|| FIELD.captures(line))?;
    let value = found[2].trim().trim_end_matches('\\').trim_end();
    let value = if value.matches("**").count() % 2 == 1 { value.trim_end_matches('*') } else { value };
    Some(Pair { key: normal_key(&found[1]), value: value.trim().to_owned() })
}

/// What stands between the title and the first section: bullets, bold lines, tables, fields.
fn header(document: &Document, title_at: Option<usize>) -> Vec<Pair> {
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

fn is_status_key(key: &str) -> bool {
    matches!(key, "status" | "adr-status" | "decision-status" | "state")
}

// ---- status ---------------------------------------------------------------------------------------------------------

/// Whether a heading, by its name, is that of the status section: `status`, `status: deprecated`.
fn is_status_heading(heading: &str) -> bool {
    matches!(heading, "status" | "adr status" | "decision status" | "current status" | "status and history")
        || ["status:", "status -", "status –", "status —"].iter().any(|start| heading.starts_with(start))
}

/// The part of a status heading after its colon.
fn heading_value(heading: &str) -> Option<&str> {
    let at = heading.find([':', '-', '–', '—'])?;
    let value = heading[at..].trim_start_matches([':', '-', '–', '—', ' ', '*', '_']);
    (!value.is_empty()).then_some(value)
}

/// What the record says of its own state: front matter first, then the header, then the section.
fn stated(document: &Document, header: &[Pair], section: Option<Section<'_>>) -> Said {
    let mut unclear = Said::Nothing;
    let mut consider = |text: &str| -> Option<Said> {
        match status::read(&plain(text, document.syntax)) {
            said @ Said::State(_) => Some(said),
            Said::Unclear => {
                unclear = Said::Unclear;
                Some(Said::Unclear)
            }
            Said::Nothing => None,
        }
    };
    if let Some(said) = document.front.one(&["status", "adr-status", "state"]).and_then(&mut consider) {
        return said;
    }
    for pair in header.iter().filter(|pair| is_status_key(&pair.key) && !pair.value.is_empty()) {
        if let Some(said) = consider(&pair.value) {
            return said;
        }
    }
    if let Some(section) = section {
        if let Some(said) = heading_value(section.heading).and_then(&mut consider) {
            return said;
        }
        for block in section.own().iter().take(8) {
            let text = match block {
                Block::Paragraph(text) | Block::Item { text, .. } => text.as_str(),
                Block::Row(_) | Block::Field { .. } | Block::Heading { .. } => continue,
            };
            // `Status: Accepted` within the section, or a date before the state.
            let value = pair(text).filter(|pair| is_status_key(&pair.key)).map(|pair| pair.value);
            match consider(value.as_deref().unwrap_or(text)) {
                Some(Said::State(status)) => return Said::State(status),
                Some(Said::Unclear) if date::first(text).is_none() => return Said::Unclear,
                _ => {}
            }
        }
    }
    unclear
}

// ---- links ----------------------------------------------------------------------------------------------------------

/// What stands where nothing is meant.
fn is_nothing(value: &str) -> bool {
    let bare = value.trim().trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    bare.is_empty()
        || matches!(bare.as_str(), "none" | "n/a" | "na" | "null" | "nil" | "tbd" | "no")
        || value.contains(['{', '|'])
}

/// Collects what the record says of replacing and being replaced.
fn links(draft: &mut Draft, document: &Document, header: &[Pair], section: Option<Section<'_>>) {
    let named = |values: &[String]| -> Vec<Reference> {
        let values = values.iter().filter(|value| !is_nothing(value)).take(MAX_ITEMS);
        values
            .flat_map(|value| {
                let found = references(value, document);
                if found.is_empty() { vec![Reference::name(value)] } else { found }
            })
            .collect()
    };
    draft.replaced_by.extend(named(document.front.all(&[
        "superseded-by",
        "replaced-by",
        "supersededby",
        "obsoleted-by",
    ])));
    // Of another record a document speaks more loosely: only what it lists as replaced is.
    let list = |values: &[String]| -> Vec<Reference> {
        values
            .iter()
            .filter(|value| !is_nothing(value))
            .take(MAX_ITEMS)
            .flat_map(|value| listed(value, document))
            .collect()
    };
    draft.replaces.extend(list(document.front.all(&["supersedes", "replaces", "obsoletes"])));

    // In a status every sentence counts; elsewhere only what a paragraph begins with.
    let mut said: Vec<(String, bool)> = Vec::new();
    said.extend(document.front.one(&["status", "adr-status", "state"]).map(|text| (text.to_owned(), false)));
    for pair in header {
        match pair.key.as_str() {
            key if is_status_key(key) => said.push((pair.value.clone(), false)),
            "superseded-by" | "replaced-by" | "obsoleted-by" => {
                draft.replaced_by.extend(named(std::slice::from_ref(&pair.value)));
            }
            "supersedes" | "replaces" | "obsoletes" => {
                draft.replaces.extend(list(std::slice::from_ref(&pair.value)));
            }
            _ => {}
        }
    }
    if let Some(section) = section {
        said.extend(heading_value(section.heading).map(|text| (text.to_owned(), false)));
        said.extend(section.own().iter().take(20).filter_map(text_of).map(|text| (text.to_owned(), false)));
    }
    said.extend(document.blocks.iter().filter_map(text_of).map(|text| (text.to_owned(), true)));

    for (text, at_start) in said {
        if text.contains(['{', '|']) && text.matches('|').count() >= 2 {
            continue;
        }
        for (relation, clause) in status::relations(&text, at_start) {
            match relation {
                Relation::ReplacedBy => draft.replaced_by.extend(references(&clause, document)),
                Relation::GivenUpFor => draft.given_up_for.extend(references(&clause, document)),
                Relation::Replaces => draft.replaces.extend(listed(&clause, document)),
            }
        }
        // "Superseded. See ADR 5."
        if !at_start && draft.record.status == Status::Superseded && draft.replaced_by.is_empty() {
            draft.given_up_for.extend(status::see(&text).map(|clause| listed(clause, document)).unwrap_or_default());
        }
    }
}

fn text_of(block: &Block) -> Option<&str> {
    match block {
        Block::Paragraph(text) | Block::Item { text, .. } => Some(text),
        Block::Heading { .. } | Block::Row(_) | Block::Field { .. } => None,
    }
}

// ---- date -----------------------------------------------------------------------------------------------------------

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
fn written_date(document: &Document, header: &[Pair], name: &Name) -> Option<String> {
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

// ---- decision -------------------------------------------------------------------------------------------------------

/// The section that says what was decided.
fn decision_section(document: &Document) -> Option<Section<'_>> {
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

// ---- checklist ------------------------------------------------------------------------------------------------------

/// The record's own checklist.
fn checklist(document: &Document) -> Vec<String> {
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

// ---- affected paths -------------------------------------------------------------------------------------------------

static CODE: LazyLock<Regex> = LazyLock::new(|| pattern(r"`+([^`\s]+)`+"));

/// The patterns of the files that the record speaks of, from the repository's root.
fn affected(path: &str, document: &Document, header: &[Pair]) -> Vec<String> {
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
    let length: usize = folders[..ends].iter().map(|part| part.len() + 1).sum();
    &folder[..length - 1]
}

// ---- names ----------------------------------------------------------------------------------------------------------

/// The number that front matter or title give, where the file's name has none.
fn number(document: &Document) -> Option<u64> {
    let digits = |text: &str| {
        let digits: String =
            text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        (digits.len() <= 5).then_some(digits)?.parse().ok()
    };
    document.front.one(&["number", "adr", "id", "kep-number"]).and_then(digits)
}

/// Ids in the front matter, other than that of the file.
fn aliases(document: &Document, name: &Name) -> Vec<String> {
    let mut aliases: Vec<String> = Vec::new();
    for key in ["id", "adr", "adr-id", "number", "slug", "kep-number"] {
        for value in document.front.all(&[key]).iter().take(4) {
            let value = value.trim();
            let fits = !value.is_empty() && value.len() <= 200 && !value.contains(['{', '\n']);
            if fits && value != name.id && !aliases.iter().any(|alias| alias == value) {
                aliases.push(value.to_owned());
            }
        }
    }
    aliases
}

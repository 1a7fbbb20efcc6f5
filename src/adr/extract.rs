//! From a document to a record: title, status, date, links, decision, checklist, affected paths.

use super::affected::affected;
use super::body::{checklist, decision_section, first_sentence, text_of};
use super::document::{Block, Document, Section};
use super::header::{Pair, header, is_status_heading, is_status_key, pair, written_date};
use super::inline::{Reference, listed, plain, references};
use super::name::{self, Kind, Name};
use super::status::{self, Relation, Said};
use super::title::{NAMED_TITLE, is_placeholder, spoken, title};
use super::{Record, Status, date};

/// Most values of one key that are followed as links.
const MAX_VALUES: usize = 50;

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
    /// Whether the name of that folder says nothing of its being a record.
    pub(super) weak: bool,
}

/// Reads a record; `None` where the document is something else: a template, a review, notes.
///
/// `marked`: something outside the document says already that this is a decision.
pub(super) fn draft(path: &str, document: &Document, marked: bool) -> Option<Draft> {
    let name = name::parse(path);
    let (title, title_at) = title(document, &name);
    let header = header(document, title_at);
    let status_section = document.section(is_status_heading);
    let decision_section = decision_section(document);
    let stated = stated(document, &header, status_section);
    // A template has no title; a record whose author left the template's title alone has a state and a name.
    let blank = title.as_deref().is_some_and(is_placeholder);
    if blank && (name.kind == Kind::Plain || !matches!(stated, Said::State(_))) {
        return None;
    }
    let title = title.filter(|_| !blank);
    if !marked && !is_record(path, &name, document, stated, decision_section.is_some()) {
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
        weak: name.folder && name.kind == Kind::Plain,
    };
    links(&mut draft, document, &header, status_section);
    if draft.record.status != Status::Superseded && !draft.replaced_by.is_empty() {
        draft.record.status = Status::Superseded;
    }
    Some(draft)
}

/// Whether a document is a decision record. Its name decides for most; where the name says little, its content does.
fn is_record(path: &str, name: &Name, document: &Document, stated: Said, decides: bool) -> bool {
    let known = matches!(stated, Said::State(_));
    let (folders, _) = name::components(path);
    let root = name::records_root(&folders);
    let empty = document.blocks.is_empty() && document.front.is_empty();
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
        Kind::Plain if name.folder => {
            let of_record = |heading: &str| {
                heading.starts_with("context")
                    || matches!(heading, "background" | "issue" | "problem" | "problem statement")
            };
            let single = document.section(|heading| matches!(heading, "decision" | "decision outcome")).is_some();
            let entitled = document
                .blocks
                .iter()
                .any(|block| matches!(block, Block::Heading { level: 1, text } if NAMED_TITLE.is_match(text)));
            entitled || single && (stated != Said::Nothing || document.section(of_record).is_some())
        }
        Kind::Plain if root.is_some() => known || decides || !matches!(name.id.as_str(), "decisions" | "adrs"),
        Kind::Plain => known && decides,
    }
}

/// Whether a folder's name is one under which numbered documents are decisions more often than chapters.
pub(super) fn is_architecture(folder: &str) -> bool {
    matches!(folder.to_ascii_lowercase().as_str(), "architecture" | "arch" | "design" | "designs" | "architectural")
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
        let values = values.iter().filter(|value| !is_nothing(value)).take(MAX_VALUES);
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
            .take(MAX_VALUES)
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

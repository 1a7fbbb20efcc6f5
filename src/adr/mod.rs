//! The index of architecture decision records: Markdown, reStructuredText and AsciiDoc in the formats that are in use.
//!
//! A record that cannot be read costs that record, never the index.
//!
//! The way of a file: its path says whether it may be a record and what it is called (`name`); a reader for its markup
//! makes blocks of it (`markdown`, `rst`, `asciidoc`, with `front_matter` and `inline`); those give the record (`extract`,
//! with `title`, `header`, `status`, `date`, `body`, `affected`; `guardian` where one file holds many); at last the links
//! between records are followed (`links`). [`locate()`] says where to look, [`Index::lookup`] finds what a rule names.

mod affected;
mod asciidoc;
mod body;
mod date;
mod document;
mod extract;
mod front_matter;
mod guardian;
mod header;
mod inline;
mod links;
mod locate;
mod lookup;
mod markdown;
mod name;
mod rst;
mod status;
#[cfg(test)]
mod tests;
mod title;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use locate::{LOCATORS, locate};

use document::{Document, Front, Syntax};
use extract::Draft;

/// The state of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not decided yet.
    Proposed,
    /// In force.
    Accepted,
    /// Decided against.
    Rejected,
    /// No longer in force, with no successor.
    Deprecated,
    /// Replaced by another record.
    Superseded,
    /// The record does not say; treated as accepted.
    Unknown,
}

/// One decision record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What the file or folder name says, zeros kept: `0007`, `20200101-first`, `ADR-7`.
    pub id: String,
    /// The number, where there is one.
    pub number: Option<u64>,
    /// Title without number and prefix.
    pub title: String,
    /// State, with successors taken into account.
    pub status: Status,
    /// Path from the repository's root.
    pub path: String,
    /// ISO date, where the record gives one.
    pub date: Option<String>,
    /// Paths of the records that replace this one.
    pub superseded_by: Vec<String>,
    /// Patterns of the files that it speaks of.
    pub paths: Vec<String>,
    /// First sentence of the decision, plain text, at most 200 characters.
    pub decision: Option<String>,
    /// The record's own checklist: its task items, else the bullets of its Confirmation, Compliance or Validation.
    pub checklist: Vec<String>,
    /// Further names to look it up by (front-matter ids).
    pub aliases: Vec<String>,
}

/// All records of a repository at one commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// Sorted by path.
    pub records: Vec<Record>,
    /// Files that look like records and could not be read, with the reason.
    pub unreadable: Vec<(String, String)>,
}

/// What came of looking a record up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// The one record of that name.
    Found(&'a Record),
    /// None.
    Missing,
    /// Several; which, the name does not say.
    Ambiguous(Vec<&'a Record>),
}

/// A larger file is not read.
pub(super) const MAX_BYTES: usize = 256 * 1024;

/// What comes after so many headings, paragraphs and list items is not looked at.
const MAX_BLOCKS: usize = 20_000;

impl Index {
    /// Reads the records among `files` (path from the repository's root, content), in whatever order they come.
    ///
    /// Files that [`is_candidate`] refuses, templates, indexes and other documents that are no records are passed over.
    pub fn build(files: &[(String, Vec<u8>)]) -> Self {
        let mut files: Vec<&(String, Vec<u8>)> = files.iter().filter(|(path, _)| is_candidate(path)).collect();
        files.sort_unstable();
        files.dedup_by(|later, kept| later.0 == kept.0);

        let mut index = Self::default();
        let mut companions: BTreeMap<&str, Front> = BTreeMap::new();
        for (path, bytes) in &files {
            if name::is_companion(path) {
                match text(bytes) {
                    Ok(text) => {
                        companions.insert(name::folder(path), front_matter::parse(&text));
                    }
                    Err(reason) => index.unreadable.push((path.clone(), reason)),
                }
            }
        }
        let mut drafts: Vec<Draft> = Vec::new();
        for (path, bytes) in &files {
            let Some(syntax) = Syntax::of(path) else { continue };
            match text(bytes) {
                Ok(text) => drafts.extend(read(path, syntax, &text, companions.get(name::folder(path)))),
                Err(reason) => index.unreadable.push((path.clone(), reason)),
            }
        }
        drop_attachments(&mut drafts);
        links::follow(&mut drafts);
        index.records = drafts.into_iter().map(|draft| draft.record).collect();
        index.unreadable.sort();
        index
    }

    /// The record at this path.
    pub fn at(&self, path: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.path == path)
    }
}

/// The text of a file with `\n` at the ends of its lines, without byte-order mark. Bytes that are no UTF-8 are replaced.
fn text(bytes: &[u8]) -> Result<String, String> {
    if bytes.len() > MAX_BYTES {
        return Err(format!(
            "it has {} bytes; a decision record may have {MAX_BYTES} at most. Shorten it, or move its attachments to files of their own.",
            bytes.len()
        ));
    }
    if bytes.contains(&0) {
        return Err("it is not text in UTF-8 (it contains zero bytes). Save it as UTF-8.".to_owned());
    }
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() })
}

/// The records in one file: none, one, or one for each decision that it marks.
fn read(path: &str, syntax: Syntax, text: &str, companion: Option<&Front>) -> Vec<Draft> {
    let mut document: Document = match syntax {
        Syntax::Markdown => {
            let many = guardian::read(path, text);
            if !many.is_empty() {
                return many;
            }
            markdown::read(text)
        }
        Syntax::Rst => rst::read(text),
        Syntax::AsciiDoc => asciidoc::read(text),
    };
    if let Some(companion) = companion {
        document.front.extend(companion);
    }
    document.blocks.truncate(MAX_BLOCKS);
    extract::draft(path, &document, false).into_iter().collect()
}

/// Where a folder is a record, or stands beside the record of its number, the other documents in it are its attachments.
/// A `README` in a folder of any name is a record only where there is no other beside it: else it is about them.
fn drop_attachments(drafts: &mut Vec<Draft>) {
    let homes = |wanted: fn(&Draft) -> bool| -> BTreeSet<String> {
        drafts.iter().filter(|draft| wanted(draft)).map(|draft| name::folder(&draft.record.path).to_owned()).collect()
    };
    let main = homes(|draft| draft.folder && !draft.weak);
    let others = homes(|draft| !draft.folder);
    let beside: BTreeSet<(String, String)> = drafts
        .iter()
        .filter(|draft| !draft.folder && draft.record.number.is_some())
        .map(|draft| (name::folder(&draft.record.path).to_owned(), draft.record.id.clone()))
        .collect();
    drafts.retain(|draft| {
        let home = name::folder(&draft.record.path);
        let (above, last) = home.rsplit_once('/').unwrap_or(("", home));
        let attached = name::is_record_folder(last)
            && (draft.folder || draft.record.number.is_none())
            && beside.contains(&(above.to_owned(), name::parse_subject(last).id));
        let about = draft.weak && others.contains(home);
        !attached && !about && (draft.folder || !main.contains(home))
    });
}

/// Whether a file of this path, below a folder of records, may be a record: by its ending, and not a template or an index.
///
/// `kep.yaml` beside a Kubernetes enhancement proposal is one too: it holds what others keep as front matter.
pub fn is_candidate(path: &str) -> bool {
    name::is_candidate(path)
}

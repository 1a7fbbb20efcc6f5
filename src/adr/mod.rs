//! The index of architecture decision records: Markdown, reStructuredText and AsciiDoc in the formats that are in use.
//!
//! A record that cannot be read costs that record, never the index.

use serde::{Deserialize, Serialize};

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

impl Index {
    /// Reads the records among `files` (path, content). `dirs` are the configured folders; empty: by convention.
    pub fn build(files: &[(String, Vec<u8>)]) -> Self {
        let _ = files;
        Self::default()
    }

    /// Finds the record that a rule names by id (`ADR-0007`, `0007`), number (`7`) or path.
    pub fn lookup(&self, name: &str) -> Lookup<'_> {
        let _ = name;
        Lookup::Missing
    }

    /// The record at this path.
    pub fn at(&self, path: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.path == path)
    }
}

/// Files that may say where records stand (`.adr-dir`, `.log4brains.yml`, `catalog-info.yaml`), read before [`locate`].
pub const LOCATORS: [&str; 3] = [".adr-dir", ".log4brains.yml", "catalog-info.yaml"];

/// The folders (no trailing slash) that hold records: those configured, else those that the locator files name, else those
/// that convention gives among `listing` (all paths of the repository).
pub fn locate(configured: &[String], locators: &[(String, Vec<u8>)], listing: &[String]) -> Vec<String> {
    let _ = (locators, listing);
    configured.to_vec()
}

/// Whether a file of this path, below a folder of records, may be a record: by its ending, and not a template or an index.
pub fn is_candidate(path: &str) -> bool {
    let _ = path;
    true
}

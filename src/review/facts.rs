//! What is known of a change: the same facts on the server, on the command line and in the replay.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of [`Facts`] as stored.
pub const FACTS_VERSION: u32 = 1;

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileStatus {
    /// New.
    Added,
    /// Content or mode changed.
    Modified,
    /// Gone.
    Removed,
    /// Moved, with or without changes.
    Renamed,
    /// A copy of another file.
    Copied,
}

/// One changed file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct File {
    /// Path from the repository's root; at the head, or at the base for a removed file.
    pub path: String,
    /// Where it was before (renames; for a copy, where it was copied from).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_path: Option<String>,
    /// What happened to it.
    pub status: FileStatus,
    /// Added lines; `None` where not known. A binary file has none.
    #[serde(default)]
    pub additions: Option<u64>,
    /// Removed lines; `None` where not known.
    #[serde(default)]
    pub deletions: Option<u64>,
    /// Git object id of the content at the head; `None` for a removed file or where not known.
    #[serde(default)]
    pub head_blob: Option<String>,
    /// Git object id of the content at the merge base; `None` for an added file or where not known.
    #[serde(default)]
    pub base_blob: Option<String>,
    /// File mode at the head as git writes it (`100644`), where known.
    #[serde(default)]
    pub mode: Option<String>,
    /// SHA-256 of the patch of a changed or moved file, where there is a whole one: with [`Self::head_blob`] it determines the content
    /// at the base, and is bound in place of [`Self::base_blob`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// Whether the *base* version's first lines say that it is generated; `None`: not known, which is treated as no. Never read
    /// from the head.
    #[serde(default)]
    pub generated_at_base: Option<bool>,
}

impl File {
    /// A file with nothing known but path and status.
    pub fn new(path: &str, status: FileStatus) -> Self {
        Self {
            path: path.to_owned(),
            previous_path: None,
            status,
            additions: None,
            deletions: None,
            head_blob: None,
            base_blob: None,
            mode: None,
            diff: None,
            generated_at_base: None,
        }
    }

    /// Whether it has a base version of which it is not known if it says that it is generated.
    pub fn header_unknown(&self) -> bool {
        let had_one = matches!(self.status, FileStatus::Modified | FileStatus::Renamed | FileStatus::Removed);
        had_one && self.generated_at_base.is_none()
    }

    /// The path, and the old path of a renamed file: both are touched. A copy leaves its origin as it was.
    pub fn touched(&self) -> impl Iterator<Item = &str> {
        let old = self.previous_path.as_deref().filter(|_| self.status != FileStatus::Copied);
        std::iter::once(self.path.as_str()).chain(old)
    }
}

/// Whoever authored or committed the commits of the change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Committers {
    /// None of them could be told.
    #[default]
    Unknown,
    /// Some of them; others could not be told.
    Partly(Vec<String>),
    /// Their logins.
    Known(Vec<String>),
}

/// A merge of the base into the change that GitHub made and signed itself, as somebody asked for it in the browser. Whoever did
/// had no hand in the change, unless they wrote something there to resolve a conflict: that the commit does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseMerge {
    /// Its id.
    pub id: String,
    /// Its first parent: the head that there was before.
    pub parent: String,
    /// Login of its author, where that is an account.
    pub author: Option<String>,
    /// That account's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_id: Option<u64>,
}

/// What is known of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// [`FACTS_VERSION`] of the writer.
    pub version: u32,
    /// Every changed file.
    pub files: Vec<File>,
    /// Login of whoever opened the pull request; `None` on a command line without `--author`.
    pub author: Option<String>,
    /// Whether the opener is an App.
    #[serde(default)]
    pub author_is_bot: bool,
    /// Whoever committed to it.
    pub committers: Committers,
    /// Of those the logins by GitHub's ids, where told: a login is a label that may change hands.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub committer_ids: BTreeMap<u64, String>,
    /// Logins of whoever moved the head, as GitHub told it. A commit says of itself who wrote it, and may lie; this does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pushers: Vec<String>,
    /// Of those and of the opener the logins by GitHub's ids, where told.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub told_ids: BTreeMap<u64, String>,
    /// The commits of the change that bring the base up to date and that GitHub made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base_merges: Vec<BaseMerge>,
    /// Title; `None` where there is no pull request.
    pub title: Option<String>,
    /// Labels; `None` where there is no pull request.
    pub labels: Option<Vec<String>>,
    /// Name of the branch that it goes to; `None` where not known.
    pub base: Option<String>,
    /// Whether it is a draft: judged, and nobody is asked.
    #[serde(default)]
    pub draft: bool,
}

impl Committers {
    /// Those that are known.
    pub fn known(&self) -> &[String] {
        match self {
            Self::Unknown => &[],
            Self::Partly(logins) | Self::Known(logins) => logins,
        }
    }
}

impl Facts {
    /// Everybody who is known to have had a hand in the change: the opener, whoever committed, whoever pushed. May name one
    /// twice.
    pub fn hands(&self) -> impl Iterator<Item = &str> {
        let rest = self.committers.known().iter().chain(&self.pushers);
        self.author.iter().chain(rest).map(String::as_str)
    }

    /// The ids of those of them whose ids are known, each with a login that [`Facts::hands`] names.
    pub fn hand_ids(&self) -> impl Iterator<Item = (u64, &str)> {
        self.committer_ids.iter().chain(&self.told_ids).map(|(id, login)| (*id, login.as_str()))
    }

    /// Facts of a change that is not a pull request.
    pub fn of_files(files: Vec<File>) -> Self {
        Self {
            version: FACTS_VERSION,
            files,
            author: None,
            author_is_bot: false,
            committers: Committers::Unknown,
            committer_ids: BTreeMap::new(),
            pushers: Vec::new(),
            told_ids: BTreeMap::new(),
            base_merges: Vec::new(),
            title: None,
            labels: None,
            base: None,
            draft: false,
        }
    }
}

//! What a judgement reads from: a local git repository or the GitHub API answer the same questions.
//!
//! Everything is read at a commit, never at a branch name that may move and never from a work tree.

use std::collections::BTreeMap;
use std::future::Future;

use crate::review::{BaseMerge, Committers, File};

/// The change between the merge base of two revisions and the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The commit at the tip of the base, from which rules, CODEOWNERS and records are read.
    pub base_tip: String,
    /// The merge base of base tip and head: the change is what head has since.
    pub merge_base: String,
    /// The head that was compared, as a full commit id.
    pub head: String,
    /// Every changed file. Never cut: a source that cannot list all of them answers an error.
    pub files: Vec<File>,
    /// The logins of whoever authored or committed the commits between merge base and head.
    pub committers: Committers,
    /// Of those the logins by GitHub's ids, where told.
    pub committer_ids: BTreeMap<u64, String>,
    /// The commits among them that bring the base up to date and that GitHub itself made and signed; their authors are not
    /// among the committers.
    pub base_merges: Vec<BaseMerge>,
}

/// A file's content at a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Path from the repository's root.
    pub path: String,
    /// The git object id of the content.
    pub id: String,
    /// The bytes, or the reason why they could not be had (too large, binary on an API that gives text only).
    pub bytes: Result<Vec<u8>, String>,
}

/// A place where revisions, files and listings are read from.
///
/// Every `commit` argument is a full commit id that an earlier answer of the same source named.
pub trait Source {
    /// What can go wrong when reading.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The change that `head` has since its merge base with `base`.
    fn compare(&self, base: &str, head: &str) -> impl Future<Output = Result<Comparison, Self::Error>> + Send;

    /// The files at `paths`, in the order asked; `None` where the commit has no regular file of that path
    /// (a symlink, a submodule or a folder is none).
    fn read(
        &self,
        commit: &str,
        paths: &[String],
    ) -> impl Future<Output = Result<Vec<Option<Blob>>, Self::Error>> + Send;

    /// All regular files below the folders `dirs` (no trailing slash) at any depth whose path `wanted` accepts, with their content.
    fn read_below(
        &self,
        commit: &str,
        dirs: &[String],
        wanted: fn(&str) -> bool,
    ) -> impl Future<Output = Result<Vec<Blob>, Self::Error>> + Send;

    /// The paths of all regular files at a commit, sorted.
    fn list(&self, commit: &str) -> impl Future<Output = Result<Vec<String>, Self::Error>> + Send;
}

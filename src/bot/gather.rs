//! Reads what a judgement needs, from either source, at pinned commits.

use crate::review::{Basis, Facts};
use crate::rules::Problem;
use crate::source::Source;

/// What can stop a gather.
#[derive(Debug, thiserror::Error)]
pub enum GatherError<E: std::error::Error + 'static> {
    /// The source could not be read.
    #[error(transparent)]
    Source(#[from] E),
    /// The rules file at the base cannot be used.
    #[error("the rules file {path} cannot be used")]
    BrokenRules {
        /// Its path.
        path: String,
        /// The commit that it was read at.
        commit: String,
        /// Its text, for showing the lines.
        text: Vec<u8>,
        /// What is wrong with it.
        problems: Vec<Problem>,
    },
}

/// Reads rules, CODEOWNERS, `.gitattributes` and decision records at `commit`.
///
/// # Errors
/// See [`GatherError`].
pub async fn basis<S: Source>(
    source: &S,
    commit: &str,
    owner: Option<String>,
    rules_override: Option<(String, Vec<u8>)>,
) -> Result<Basis, GatherError<S::Error>> {
    let _ = (source, commit, owner, rules_override);
    unreachable!()
}

/// Fills in what the base version of the changed files says (generated headers), and which blobs they had there.
///
/// # Errors
/// See [`GatherError`].
pub async fn base_versions<S: Source>(
    source: &S,
    merge_base: &str,
    facts: &mut Facts,
) -> Result<(), GatherError<S::Error>> {
    let _ = (source, merge_base, facts);
    unreachable!()
}

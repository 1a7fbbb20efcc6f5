//! The judgement.

use super::{Input, Review};

/// Judges one change.
///
/// Deterministic: any order of files, acts and people gives the same review. Handles whose members the judgement would need
/// are listed in [`Review::wants`]; with those resolved in [`super::People`] the second judgement is final.
pub fn judge(input: Input<'_>) -> Review {
    let _ = input;
    unreachable!("written by the review room")
}

//! The judgement on one change: pure and deterministic. Same inputs in any order, same bytes.

mod ask;
mod authority;
mod dead;
mod edit;
mod facts;
mod generated;
mod group;
mod judge;
mod model;
mod owners;
mod people;
mod reach;
mod sign;
mod when;

#[cfg(test)]
mod invariants;
#[cfg(test)]
mod named;
#[cfg(test)]
mod tests;

pub use dead::dead_rules;
pub use edit::{Broken, Edit, Edited, Flaw, Loss, Move, Paths, Signer, edit};
pub use facts::{BaseMerge, Committers, FACTS_VERSION, Facts, File, FileStatus};
pub use generated::{Attributes, HEADER_BYTES, header_says_generated, is_lock_file, says_generated};
pub use group::{Gap, GroupReview, Member, judge_group};
pub use judge::judge;
pub use model::*;
pub use owners::{Owned, OwnerMap, Said};
pub(crate) use when::{has_file_keys, names_team, owner_keys_hold};

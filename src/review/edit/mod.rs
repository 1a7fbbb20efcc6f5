//! A change to what judges changes: the rules file, CODEOWNERS, `.gitattributes`, the decision records that rules lean on.
//!
//! The change itself is judged by the base. What its head says is only compared with that: who loses a say by it has to sign.

mod about;
mod finding;
mod losses;
mod moved;
mod sign;
#[cfg(test)]
mod tests;
mod weaker;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::rules::{Problem, RULES_CHANGE};

use super::owners::OwnerMap;
use super::{Basis, Facts};

pub(super) use finding::{broken, found};
pub use losses::{Loss, Signer};
pub use moved::Move;
pub(super) use sign::Signing;

use about::Whole;
use losses::Losses;

/// What a change makes of the files that judge, as it was read.
#[derive(Debug, Clone)]
pub struct Edited {
    /// Paths of the changed files that have a part in it, sorted.
    pub files: Vec<String>,
    /// What the base would say with these files as the head has them.
    pub after: Result<Arc<Basis>, Broken>,
    /// Every regular file of the base.
    pub paths: Paths,
    /// What is legal in the files as the head has them and deserves a look.
    pub flaws: Vec<Flaw>,
}

/// An edit after which the rules file could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The file.
    pub path: String,
    /// What is wrong in it.
    pub problems: Vec<Problem>,
}

/// The files of the base, of which some may change owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paths {
    /// Nobody needs them: the edit breaks the rules file.
    NotNeeded,
    /// All of them, sorted.
    Known(Vec<String>),
    /// They could not be listed. Why, in a sentence.
    CannotTell(String),
}

/// Something on a line of an edited file, as the head has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The file.
    pub path: String,
    /// Line, from 1, where it is known.
    pub line: Option<u32>,
    /// What is wrong and what was meant.
    pub message: String,
}

/// What an edit changes, and who loses a say by it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edit {
    /// Its parts, each with who signs for it, in a fixed order. None: it changes nothing that judges.
    pub losses: Vec<Loss>,
    /// Files that change owner, the largest group first.
    pub moved: Vec<Move>,
    /// Why the files that change owner could not be told, where they could not.
    pub cut: Option<String>,
}

/// Tells what an edit changes: `before` is what the base says, `facts` the change. An edit that breaks the rules file changes nothing
/// that could be told.
pub fn edit(before: &Basis, edited: &Edited, facts: &Facts) -> Edit {
    let Ok(after) = &edited.after else { return Edit::default() };
    let (listed, cut) = match &edited.paths {
        Paths::Known(paths) => (Some(paths.as_slice()), None),
        Paths::CannotTell(why) => (None, Some(why.clone())),
        Paths::NotNeeded => (None, None),
    };
    let (was, is) = (OwnerMap::new(before), OwnerMap::new(after));
    let all = about::of_all(listed);
    let whole = Whole::new(before, &was, &all);
    let moves = listed.map(|_| moved::moves(&whole.owned(), before, &is, after, facts));
    let mut losses = Losses { before, after, whole: &whole, found: Vec::new() };
    losses.all(moves.as_ref());
    let losses: BTreeSet<Loss> = losses.found.into_iter().collect();
    Edit { losses: losses.into_iter().collect(), moved: moves.map(|moves| moves.owners).unwrap_or_default(), cut }
}

/// Whether somebody may own a file afterwards who did not own it before, or a file may count for less.
fn moves_files(before: &Basis, after: &Basis) -> bool {
    owns(before) != owns(after) || !before.attributes.says_the_same(&after.attributes)
}

/// Everything that says who owns a path, as text; where entries stand in their file makes no difference.
fn owns(basis: &Basis) -> String {
    let services: Vec<_> = basis
        .rules
        .services
        .iter()
        .map(|service| {
            (&service.name, &service.teams, service.paths.as_ref().map(|paths| paths.written()), &service.repo)
        })
        .collect();
    let roots: Vec<_> = basis.rules.roots.iter().map(|root| (&root.written, root.folders.written())).collect();
    let teams: Vec<_> = basis.rules.teams.iter().map(|(name, team)| (name, &team.github)).collect();
    let lines: Option<Vec<_>> = basis
        .codeowners
        .as_ref()
        .map(|file| file.entries().iter().map(|entry| (&entry.pattern, &entry.owners)).collect());
    format!("{services:?}{roots:?}{teams:?}{lines:?}")
}

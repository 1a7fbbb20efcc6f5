//! A change to what judges changes: the rules file, CODEOWNERS, `.gitattributes`, the decision records that rules lean on.
//!
//! The change itself is judged by the base. What its head says is only compared with that: who loses a say by it has to sign.

use std::sync::Arc;

use crate::rules::Problem;

use super::Basis;

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
    /// Nobody needs them: whoever owns a file owns it afterwards.
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

/// Whether somebody may own a file afterwards who did not own it before, or a file may count for less.
pub fn moves_files(before: &Basis, after: &Basis) -> bool {
    owns(before) != owns(after)
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
    format!("{services:?}{roots:?}{teams:?}{lines:?}{:?}", basis.attributes)
}

//! What is legal in a rules file and in CODEOWNERS, and wrong: compared with the files of the repository, its decision records,
//! the day and, on the server, with who exists on GitHub (pure).
//!
//! It is quiet: a problem is something that a tech lead would act on. Whatever the files hold, the work is bounded, and where
//! the bound is reached that is said.

mod code;
mod codeowners;
mod conditions;
mod dates;
mod ground;
mod levels;
mod names;
mod patterns;
mod people;
mod records;
mod services;
mod switches;
mod tally;
#[cfg(test)]
mod tests;
mod words;

use chrono::NaiveDate;

use crate::review::{Basis, People};
use crate::rules::{self, Place, RULES_PATH, Severity};

pub use code::Code;
pub use people::handles;

use ground::Ground;

/// Something to act on, in one of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is of.
    pub code: Code,
    /// How weighty it is.
    pub severity: Severity,
    /// Path of the file.
    pub file: String,
    /// Where in it, when it is one place.
    pub place: Option<Place>,
    /// What is wrong, and what to do about it.
    pub message: String,
}

/// The rules file that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct RulesText<'a> {
    /// The path that it is known by.
    pub path: &'a str,
    /// Its text.
    pub text: &'a [u8],
    /// What was said when it was read. With an error among it nothing more is said of the file.
    pub problems: &'a [rules::Problem],
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Rules in force, CODEOWNERS and decision records.
    pub basis: &'a Basis,
    /// The text of the rules file, where there is one.
    pub rules: Option<RulesText<'a>>,
    /// The paths of all files; `None`: it is not known what there is.
    pub listing: Option<&'a [String]>,
    /// The default branch, where it is known.
    pub default_branch: Option<&'a str>,
    /// The day.
    pub today: NaiveDate,
    /// Who exists on GitHub, as far as it was asked for; `None`: nobody was asked for.
    pub people: Option<&'a People>,
}

/// Everything to act on, in the order of the files.
pub fn lint(input: Input<'_>) -> Vec<Problem> {
    within(input, ground::STEPS)
}

/// [`lint`] with so much work at most.
fn within(input: Input<'_>, steps: u64) -> Vec<Problem> {
    let mut ground = Ground::new(input, steps);
    if let Some(text) = input.rules {
        for problem in text.problems {
            ground.add(Code::RulesFile, problem.severity, text.path, problem.place, problem.message.clone());
        }
    }
    if ground.has_rules() {
        patterns::check(&mut ground);
        services::check(&mut ground);
        names::check(&mut ground);
        conditions::check(&mut ground);
        switches::check(&mut ground);
        records::check(&mut ground);
        dates::check(&mut ground);
        levels::check(&mut ground);
    }
    codeowners::check(&mut ground);
    services::unowned(&mut ground);
    people::check(&mut ground);
    ground.finish()
}

//! The rules file: `.github/merestone.yml` parsed, checked and compiled (DESIGN section 2).
//!
//! [`parse`] never panics and does bounded work on any input. What it cannot accept it names by line and column.

mod handle;
mod model;
mod pattern;

pub use handle::Handle;
pub use model::*;
pub use pattern::{PatternError, PatternSet};

/// Where the rules file stands in a repository.
pub const RULES_PATH: &str = ".github/merestone.yml";

/// A rules file that was read: what it says, and what is legal in it but deserves a look.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The rules with their packs merged in.
    pub rules: Rules,
    /// Warnings only.
    pub warnings: Vec<Problem>,
}

/// Reads a rules file.
///
/// # Errors
/// Every problem found, at least one of them an error, in the order of the file.
pub fn parse(text: &[u8]) -> Result<Parsed, Vec<Problem>> {
    let _ = text;
    Ok(Parsed { rules: Rules::default(), warnings: Vec::new() })
}

/// The rules of a repository that has a CODEOWNERS and no rules file: the pack `startup`, in shadow.
pub fn startup() -> Rules {
    Rules { mode: Mode::Shadow, ..Rules::default() }
}

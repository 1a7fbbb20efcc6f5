//! The rules file: `.github/merestone.yml` parsed, checked and compiled (DESIGN section 2).
//!
//! [`parse`] never panics and does bounded work on any input. What it cannot accept it names by line and column.

mod file;
mod handle;
mod known;
mod later;
mod lint;
mod model;
mod node;
mod packs;
mod pattern;
mod people;
mod reader;
mod rule;
mod schema;
mod services;
mod show;
#[cfg(test)]
mod tests;
mod traps;
mod when;
mod words;

pub use handle::Handle;
pub use model::*;
pub use pattern::{PatternError, PatternSet};
pub use schema::{SCHEMA, schema};
pub use show::show;

/// Where the rules file stands in a repository.
pub const RULES_PATH: &str = ".github/merestone.yml";

/// The id of what Merestone itself finds of every change to what judges changes. No rule has it, so none can switch it off.
pub const RULES_CHANGE: &str = "rules-change";

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
    let root = node::read(text).map_err(|problem| vec![problem])?;
    let mut reader = reader::Reader::default();
    let mut rules = file::read(&mut reader, &root);
    rules.meaning = root.meaning();
    let failed = reader.failed();
    let problems = reader.finish();
    if failed { Err(problems) } else { Ok(Parsed { rules, warnings: problems }) }
}

/// The rules of a repository that has a CODEOWNERS and no rules file: the pack `startup`, in shadow.
///
/// There are no domains, so that everything is one, and nobody is named above the owners, so that the owners are those whom
/// the check would have asked.
pub fn startup() -> Rules {
    let rules = parse(b"version: 1\nextends: [startup]\nmode: shadow\n").map(|parsed| parsed.rules);
    // The text is ours and a test parses it.
    rules.unwrap_or_else(|_| Rules { mode: Mode::Shadow, ..Rules::default() })
}

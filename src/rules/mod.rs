//! The rules file: `.github/merestone.yml` parsed, checked and compiled (DESIGN section 2).
//!
//! [`parse`] never panics and does bounded work on any input. What it cannot accept it names by line and column.

mod decides;
mod explain;
mod file;
mod handle;
mod known;
mod later;
mod layers;
mod lint;
mod model;
mod node;
mod packs;
mod pattern;
mod people;
mod places;
mod reader;
mod repositories;
mod rule;
mod schema;
mod services;
mod show;
#[cfg(test)]
mod tests;
mod tiers;
mod traps;
mod when;
mod words;

pub use handle::Handle;
pub use layers::{Broken, Layer, Repository, effective, explain, parse_organization};
pub use model::*;
pub use pattern::{PatternError, PatternSet};
pub use places::{Places, Spot};
pub use schema::{SCHEMA, schema};
pub(crate) use services::own_folder;
pub use show::show;
pub(crate) use words::{meant, quote_up_to, visible};

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

/// Reads a repository's own rules file, as if there were no other; see [`effective`].
///
/// # Errors
/// Every problem found, at least one of them an error, in the order of the file.
pub fn parse(text: &[u8]) -> Result<Parsed, Vec<Problem>> {
    let root = node::read(text, Origin::Own).map_err(|problem| vec![problem])?;
    layers::read(&layers::Stack::alone(&root, None))
}

/// What a repository without any rules file would say.
const STARTUP: &str = "version: 1\nextends: [startup]\nmode: shadow\n";
/// The packs that this version ships, by name.
pub fn shipped() -> impl Iterator<Item = &'static str> {
    packs::SHIPPED.iter().map(|pack| pack.name)
}

/// The rules of a repository that has a CODEOWNERS and no rules file: the pack `startup`, in shadow.
///
/// There are no domains, so that everything is one, and nobody is named above the owners, so that the owners are those whom
/// the check would have asked.
pub fn startup() -> Rules {
    let rules = parse(STARTUP.as_bytes()).map(|parsed| parsed.rules);
    // The text is ours and a test parses it.
    rules.unwrap_or_else(|_| Rules { mode: Mode::Shadow, ..Rules::default() })
}

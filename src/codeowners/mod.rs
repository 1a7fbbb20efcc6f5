//! The CODEOWNERS file that says of every path what the rules say: for whoever lets GitHub itself ask owners, or has other tools that
//! read it. Pure.
//!
//! The file has two parts. What stands above a mark is the repository's own and is kept as it is; below the mark stand the services,
//! written anew each time, so that what was generated once is never read as an input. CODEOWNERS knows neither `!` nor an order of
//! services: where a line cannot say it, folders and files are listed, and the whole text is read again and compared with the rules
//! before anybody sees it.

mod cover;
mod layers;
mod pattern;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::ownership::{self, Codeowners, LOCATIONS, MAX_BYTES};
use crate::review::{Basis, OwnerMap};
use crate::rules::{Handle, RULES_PATH};

use layers::{Block, Layers, Line};

/// What the line begins with from which on the file is generated.
const MARK: &str = "# ---- merestone:";

/// Patterns are padded to one column up to this width.
const WIDEST: usize = 80;

/// So many paths are named in a message.
const NAMED: usize = 5;

/// A file as it would be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where it belongs: where one is in force, else the place that GitHub looks at first.
    pub path: String,
    /// The whole file.
    pub text: Vec<u8>,
    /// How many lines above the mark name a pattern, and how many of these decide about no file any more.
    pub own_lines: usize,
    /// See [`own_lines`](Self::own_lines).
    pub idle_lines: usize,
    /// How many lines list folders and files, because a pattern cannot say it.
    pub listed: usize,
}

/// Why no file can be written that says the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The file in force cannot be loaded.
    #[error("{path} cannot be kept: {why}")]
    Unloadable {
        /// Its path.
        path: String,
        /// Why.
        why: String,
    },
    /// An owner is no handle.
    #[error(
        "the team {team} has no handle that CODEOWNERS could name ({handle} is none); write `teams: {{ {team}: {{ github: \"@ORGANISATION/TEAM\" }} }}`"
    )]
    NoHandle {
        /// The team by its name in the rules.
        team: String,
        /// What would have been written.
        handle: String,
    },
    /// The organisation is not known, so that the team would be written as a person.
    #[error(
        "nothing says which organisation the team {team} belongs to (there is no remote `origin` on GitHub, and no other handle names one); write `teams: {{ {team}: {{ github: \"@ORGANISATION/{team}\" }} }}`"
    )]
    NoOrganisation {
        /// The team by its name in the rules.
        team: String,
    },
    /// GitHub would load nothing.
    #[error(
        "the file would have {bytes} bytes, and GitHub loads none above {MAX_BYTES} (3 MB); let services name folders instead of files"
    )]
    TooLarge {
        /// How many it would have.
        bytes: usize,
    },
    /// CODEOWNERS cannot say what the rules say of these files.
    #[error(
        "CODEOWNERS cannot say what the rules say of {count} files, {}: their names hold what its patterns cannot, and others are named nearly alike; rename them, or give them the owners of their folder",
        sample.join(", ")
    )]
    Inexact {
        /// How many.
        count: usize,
        /// Some of them.
        sample: Vec<String>,
    },
}

/// Writes the file for what `basis` says. `committed` are the bytes of the CODEOWNERS in force with their path, and
/// `listing` all paths of the repository.
///
/// # Errors
/// [`Refusal`]: nothing is written rather than something else than the rules say.
pub fn write(basis: &Basis, committed: Option<(&str, &[u8])>, listing: &[String]) -> Result<Written, Refusal> {
    let (path, committed) = committed.unwrap_or((LOCATIONS[0], b""));
    let unloadable = |why| Refusal::Unloadable { path: path.to_owned(), why };
    Codeowners::loadable(committed).map_err(unloadable)?;
    let own = above_the_mark(committed);
    let kept = Codeowners::parse(path, own);
    // The lines below the mark are what is written here, so they say nothing.
    let basis = Basis { codeowners: Some(kept.clone()), ..basis.clone() };
    let map = OwnerMap::new(&basis);
    handles(&basis, &map)?;
    let mut paths: Vec<&str> = listing.iter().map(String::as_str).collect();
    paths.sort_unstable();
    paths.dedup();
    let written =
        |handles: &[Handle]| -> Vec<String> { handles.iter().map(|handle| handle.as_str().to_owned()).collect() };
    let wanted: Vec<Vec<String>> = paths.iter().map(|path| written(&map.owned(path).owners)).collect();
    let mut layers = Layers::new(&paths, &wanted, &kept);
    layers.services(&basis.rules, |team| map.handle(team).as_str().to_owned());
    let listed = layers.mend();
    let text = text(path, own, &layers.blocks);
    if text.len() > MAX_BYTES {
        return Err(Refusal::TooLarge { bytes: text.len() });
    }
    let read = Codeowners::parse(path, &text);
    exact(&read, &paths, &wanted)?;
    let below = own.iter().filter(|byte| **byte == b'\n').count();
    let decide: BTreeSet<u32> = paths.iter().filter_map(|path| Some(read.entry_for(path)?.line)).collect();
    let own_lines = kept.entries().len();
    let used = decide.iter().filter(|line| **line as usize <= below + 1).count().min(own_lines);
    Ok(Written { path: path.to_owned(), text, own_lines, idle_lines: own_lines - used, listed })
}

/// What the repository itself wrote, without the blank lines at its end.
fn above_the_mark(committed: &[u8]) -> &[u8] {
    let mut end = 0;
    for line in committed.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(MARK.as_bytes()) {
            break;
        }
        end += line.len();
    }
    let mut own = &committed[..end];
    // Only line breaks: a space at the end of a line may belong to a name.
    while let Some(rest) = own.strip_suffix(b"\n").or_else(|| own.strip_suffix(b"\r")) {
        own = rest;
    }
    own
}

/// Every team that owns a service can be written.
fn handles(basis: &Basis, map: &OwnerMap<'_>) -> Result<(), Refusal> {
    for team in basis.rules.services.iter().flat_map(|service| &service.teams) {
        let handle = map.handle(team);
        if !ownership::is_owner(handle.as_str()) {
            return Err(Refusal::NoHandle { team: team.clone(), handle: handle.as_str().to_owned() });
        }
        let said = basis.rules.teams.get(team).is_some_and(|about| about.github.is_some());
        if !said && basis.owner.is_none() && handle.as_team().is_none() && !team.contains('@') {
            return Err(Refusal::NoOrganisation { team: team.clone() });
        }
    }
    Ok(())
}

/// The file, read again, says of every path what was wanted.
fn exact(read: &Codeowners, paths: &[&str], wanted: &[Vec<String>]) -> Result<(), Refusal> {
    let differs = |(path, wanted): &(&&str, &Vec<String>)| {
        read.entry_for(path).map(|entry| entry.owners.as_slice()).unwrap_or_default() != wanted.as_slice()
    };
    let wrong: Vec<&str> = paths.iter().zip(wanted).filter(differs).map(|(path, _)| *path).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let sample = wrong.iter().take(NAMED).map(|path| (*path).to_owned()).collect();
    Err(Refusal::Inexact { count: wrong.len(), sample })
}

fn text(path: &str, own: &[u8], blocks: &[Block]) -> Vec<u8> {
    let mut text = own.to_vec();
    if !own.is_empty() {
        text.extend_from_slice(b"\n\n");
    }
    let mut say = |line: &str| text.extend_from_slice(line.as_bytes());
    // The same wherever the rules were read from, so that what is written before a commit is what is checked after it.
    say(&format!("{MARK} written from {RULES_PATH}; edit that file, not what follows ----\n"));
    if !own.is_empty() {
        say("# The lines above this mark are yours and are kept.\n");
    }
    say(&format!("# After an edit of the rules:  merestone codeowners --rules {RULES_PATH} > {path}\n"));
    say("# In CI, so that nobody forgets it:  merestone codeowners --check\n");
    if blocks.is_empty() {
        say("\n# No service has a team that says something else.\n");
    }
    for block in blocks {
        say(&format!("\n# {}\n", comment(&block.title)));
        let width = block.lines.iter().map(|line| line.pattern.chars().count()).filter(|width| *width <= WIDEST).max();
        let width = width.unwrap_or(0);
        for Line { pattern, owners } in &block.lines {
            if owners.is_empty() {
                say(&format!("{pattern}\n"));
            } else {
                say(&format!("{pattern:width$} {}\n", owners.join(" ")));
            }
        }
    }
    text
}

/// Text of others inside a comment: one line that hides nothing.
fn comment(text: &str) -> String {
    let shown =
        |c: char| if ownership::is_visible(c) && c != '\t' { c.to_string() } else { c.escape_unicode().to_string() };
    text.chars().map(shown).collect()
}

//! CODEOWNERS with GitHub's semantics.
//!
//! Source: GitHub Docs, "About code owners" (<https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>).
//! What the documentation leaves open is decided in [`line`], each decision where it is made.

mod line;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::glob::{Glob, GlobMap};

/// Where GitHub looks for the file, in this order; the first found is used alone.
pub const LOCATIONS: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// Above this many bytes GitHub loads nothing (docs: "must be under 3 MB in size").
pub const MAX_BYTES: usize = 3 * 1024 * 1024;

/// How many problems are listed; a last one counts the rest.
pub const MAX_PROBLEMS: usize = 500;

/// A line of the file that names a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Line, from 1.
    pub line: u32,
    /// The pattern as written.
    pub pattern: String,
    /// Owners as written, in order; empty: deliberately without owner.
    pub owners: Vec<String>,
}

/// A line that GitHub skips, or one that cannot mean what was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Whether the line (or the whole file) is skipped; else it is a warning.
    pub skipped: bool,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// A CODEOWNERS file, parsed and compiled into one matcher.
#[derive(Debug, Clone, Default)]
pub struct Codeowners {
    path: String,
    entries: Vec<Entry>,
    problems: Vec<Problem>,
    map: GlobMap,
}

impl Codeowners {
    /// Reads the file found at `path`. Never fails: a line that cannot be used is skipped and listed among the
    /// problems.
    pub fn parse(path: &str, bytes: &[u8]) -> Self {
        let mut problems = Problems::default();
        let (entries, globs) = match unusable(bytes) {
            None => read(bytes, &mut problems),
            Some(message) => {
                problems.add(Problem { line: 1, column: 1, skipped: true, message });
                (Vec::new(), Vec::new())
            }
        };
        warn_of_repeated(&entries, &globs, &mut problems);
        let map = GlobMap::new(globs.iter().enumerate());
        Self { path: path.to_owned(), entries, problems: problems.finish(), map }
    }

    /// Where the file stands.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The entry that decides who owns `path`: the last that matches. `None` where no line does.
    pub fn entry_for(&self, path: &str) -> Option<&Entry> {
        self.entries.get(self.map.last_match(path)?)
    }

    /// All entries in file order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What was skipped or looks wrong, in file order; at most [`MAX_PROBLEMS`], and one that counts the rest.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// Why nothing of the file can be loaded.
fn unusable(bytes: &[u8]) -> Option<String> {
    if bytes.len() > MAX_BYTES {
        return Some(format!(
            "the file has {} bytes and GitHub loads nothing above {MAX_BYTES} (3 MB): nobody owns anything until it is \
             shorter; name folders instead of files",
            bytes.len()
        ));
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Some("the file is written in UTF-16 and no line of it can be read; save it as UTF-8".to_owned());
    }
    None
}

fn read(bytes: &[u8], problems: &mut Problems) -> (Vec<Entry>, Vec<Glob>) {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut entries = Vec::new();
    let mut globs = Vec::new();
    // A file of MAX_BYTES has fewer lines than a u32 counts.
    for (number, line) in (1u32..).zip(bytes.split(|byte| *byte == b'\n')) {
        let mut note = |note: line::Note| {
            problems.add(Problem { line: number, column: note.column, skipped: note.skipped, message: note.message });
        };
        if let Some(rule) = line::read(&String::from_utf8_lossy(line), &mut note) {
            entries.push(Entry { line: number, pattern: rule.pattern, owners: rule.owners });
            globs.push(rule.glob);
        }
    }
    (entries, globs)
}

/// A pattern that stands twice: the earlier line never decides.
fn warn_of_repeated(entries: &[Entry], globs: &[Glob], problems: &mut Problems) {
    let mut last: HashMap<&Glob, u32> = HashMap::with_capacity(globs.len());
    for (entry, glob) in entries.iter().zip(globs).rev() {
        if let Some(later) = last.get(glob) {
            problems.add(Problem {
                line: entry.line,
                column: 1,
                skipped: false,
                message: format!(
                    "`{}` stands again in line {later}, and the last line wins: this one never decides; put all owners \
                     into one line",
                    line::shown(&entry.pattern)
                ),
            });
        } else {
            last.insert(glob, entry.line);
        }
    }
}

/// The problems found so far; the first ones are kept and the rest counted, whatever the file holds.
#[derive(Default)]
struct Problems {
    kept: Vec<Problem>,
    more: usize,
    more_skipped: bool,
    more_from: u32,
}

impl Problems {
    fn add(&mut self, problem: Problem) {
        if self.kept.len() < MAX_PROBLEMS {
            self.kept.push(problem);
            return;
        }
        self.more_from = if self.more == 0 { problem.line } else { self.more_from.min(problem.line) };
        self.more += 1;
        self.more_skipped |= problem.skipped;
    }

    fn finish(mut self) -> Vec<Problem> {
        self.kept.sort_by_key(|problem| (problem.line, problem.column));
        if self.more > 0 {
            self.kept.push(Problem {
                line: self.more_from,
                column: 1,
                skipped: self.more_skipped,
                message: format!("{} more problems from this line on are not listed", self.more),
            });
        }
        self.kept
    }
}

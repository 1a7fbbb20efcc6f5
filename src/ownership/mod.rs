//! CODEOWNERS with GitHub's semantics.
//!
//! Source: GitHub Docs, "About code owners" (<https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>).
//! What the documentation leaves open is decided in `line`, each decision where it is made.

mod line;
#[cfg(test)]
mod tests;

use crate::glob::{Builder, GlobMap};
use line::Note;

/// Where GitHub looks for the file, in this order; the first found is used alone.
pub const LOCATIONS: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// Above this many bytes GitHub loads nothing (docs: "must be under 3 MB in size").
pub const MAX_BYTES: usize = 3 * 1024 * 1024;

/// How many problems are listed; a last one counts the rest.
pub const MAX_PROBLEMS: usize = 500;

/// How many patterns of a file may have nothing to look them up by (several `**`, or a component such as `*a*`), so
/// that no file makes a look-up slow. Files that people write have a few; GitHub documents no such limit.
pub const MAX_COSTLY: usize = 10_000;

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
    /// Entries whose pattern stands again further down, sorted.
    repeated: Vec<usize>,
}

impl Codeowners {
    /// Reads the file found at `path`. Never fails: a line that cannot be used is skipped and listed among the
    /// problems.
    pub fn parse(path: &str, bytes: &[u8]) -> Self {
        let mut problems = Problems::default();
        if let Some(message) = unusable(bytes) {
            problems.add(Problem { line: 1, column: 1, skipped: true, message });
            return Self { path: path.to_owned(), problems: problems.finish(), ..Self::default() };
        }
        let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes));
        // Room for what people write; a file of empty lines gets no more than that.
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count().min(10_000);
        let mut entries = Vec::with_capacity(lines);
        let mut builder = Builder::with_capacity(lines);
        let mut costly = 0;
        // A file of MAX_BYTES has fewer lines than a u32 counts.
        for (line, text) in (1u32..).zip(text.split('\n')) {
            let mut note = |note: Note| {
                problems.add(Problem { line, column: note.column, skipped: note.skipped, message: note.message });
            };
            if let Some(rule) = line::read(text, &mut note) {
                costly += usize::from(rule.glob.is_costly());
                if costly > MAX_COSTLY && rule.glob.is_costly() {
                    note(too_costly(&rule.pattern));
                    continue;
                }
                entries.push(Entry { line, pattern: rule.pattern, owners: rule.owners });
                builder.add(rule.glob);
            }
        }
        let (map, repeated) = builder.finish();
        for (earlier, later) in &repeated {
            problems.add(never_decides(&entries[*earlier], entries[*later].line));
        }
        let mut repeated: Vec<usize> = repeated.into_iter().map(|(earlier, _)| earlier).collect();
        repeated.sort_unstable();
        Self { path: path.to_owned(), entries, problems: problems.finish(), map, repeated }
    }

    /// Where the file stands.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The entry that decides who owns `path`: the last that matches. `None` where no line does.
    pub fn entry_for(&self, path: &str) -> Option<&Entry> {
        self.entries.get(self.map.last_match(path)?)
    }

    /// Calls `found` with the index of every entry that matches `path`, some perhaps more than once; one whose pattern stands
    /// again further down is left out. Stops when `steps` runs out: `false`, and what was found is not all.
    pub(crate) fn each_match(&self, path: &str, steps: &mut u64, found: &mut impl FnMut(usize)) -> bool {
        self.map.each_match(path, steps, found)
    }

    /// Whether the pattern of this entry, by index, stands again further down.
    pub fn is_repeated(&self, entry: usize) -> bool {
        self.repeated.binary_search(&entry).is_ok()
    }

    /// Whether these bytes can be loaded at all; why not, in a sentence.
    ///
    /// # Errors
    /// They are too many, or no UTF-8.
    pub fn loadable(bytes: &[u8]) -> Result<(), String> {
        unusable(bytes).map_or(Ok(()), Err)
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

/// Whether this can stand as an owner: `@user`, `@organization/team` or an e-mail address.
pub fn is_owner(written: &str) -> bool {
    line::is_owner(written)
}

/// Whether a character can stand in a pattern as itself, seen by everybody who reads the file.
pub fn is_visible(c: char) -> bool {
    !line::is_invisible(c)
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

/// A pattern that is one too many of its kind.
fn too_costly(pattern: &str) -> Note {
    Note {
        column: 1,
        skipped: true,
        message: format!(
            "`{}` is not used: the file has more than {MAX_COSTLY} patterns with `**` twice or with `*` on both sides of a \
             name; name folders instead",
            line::shown(pattern)
        ),
    }
}

/// A pattern that stands again: the earlier line never decides.
fn never_decides(entry: &Entry, later: u32) -> Problem {
    Problem {
        line: entry.line,
        column: 1,
        skipped: false,
        message: format!(
            "`{}` stands again in line {later}, and the last line wins: this one never decides; put all owners into one \
             line",
            line::shown(&entry.pattern)
        ),
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

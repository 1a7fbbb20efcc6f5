//! Who wrote the commits before one, and where.

use chrono::{DateTime, Utc};

use crate::first::Commit;

use super::path::shown;
use super::{Git, GitError};

impl Git {
    /// When a commit was made.
    ///
    /// # Errors
    /// [`GitError`] when the repository cannot be read, or the time is none.
    pub fn time(&self, commit: &str) -> Result<DateTime<Utc>, GitError> {
        let answer =
            self.program.run("log", ["-1", "--no-show-signature", "--format=%ct", "--end-of-options", commit])?;
        let output = answer.success("log")?;
        let seconds = String::from_utf8_lossy(output.trim_ascii()).parse().ok();
        let time = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        time.ok_or_else(|| GitError::Failed { what: "log", why: format!("the commit {commit} has no time") })
    }

    /// The commits since `since` that lead to `commit`, merges left out, newest first and at most `most`, with who wrote them and the
    /// paths that they touched. What was merely renamed counts at both paths. No file is read, only folders.
    ///
    /// # Errors
    /// [`GitError`] when the repository cannot be read.
    pub fn history(&self, commit: &str, since: DateTime<Utc>, most: usize) -> Result<Vec<Commit>, GitError> {
        let (since, most) = (format!("--since=@{}", since.timestamp()), format!("--max-count={most}"));
        let answer = self.program.run(
            "log",
            [
                "-z",
                "--no-merges",
                "--no-renames",
                "--raw",
                "--no-abbrev",
                "--no-show-signature",
                "--no-mailmap",
                "--no-relative",
                "--no-ext-diff",
                "--no-textconv",
                "--no-color",
                "--format=%x01%ae%x02%an",
                &since,
                &most,
                "--end-of-options",
                commit,
            ],
        )?;
        Ok(parse(&answer.success("log")?))
    }
}

/// Reads commits: a line of ours, then for each path what became of it and the path itself. So no path is taken for a commit.
fn parse(output: &[u8]) -> Vec<Commit> {
    let mut commits: Vec<Commit> = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut fields = output.split(|byte| *byte == 0);
    while let Some(field) = fields.next() {
        // The line break after the header stands before the first path.
        let field = field.strip_prefix(b"\n").unwrap_or(field);
        if let Some(header) = field.strip_prefix(b"\x01") {
            let mut parts = header.splitn(2, |byte| *byte == 2);
            let (email, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            commits.push(Commit { name: text(name), email: text(email), paths: Vec::new() });
        } else if field.starts_with(b":")
            && let (Some(commit), Some(path)) = (commits.last_mut(), fields.next())
        {
            commit.paths.push(shown(path));
        }
    }
    commits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_is_taken_for_a_commit() {
        let output = b"\x01a@x\x02Ada\0\n:1 2 3 4 M\0src/a\0:1 2 3 4 A\0\x01b@x\x02Mallory\0:1 2 3 4 D\0\n\0\x01c@x\x02Empty\0\x01d@x\x02Caf\xe9\0\n:1 2 3 4 M\0\nodd\0";
        let commits: Vec<(String, Vec<String>)> = parse(output).into_iter().map(|one| (one.name, one.paths)).collect();
        let list = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            commits,
            [
                ("Ada".to_owned(), list(&["src/a", "\u{1}b@x\u{2}Mallory", "\n"])),
                ("Empty".to_owned(), list(&[])),
                ("Caf\u{fffd}".to_owned(), list(&["\nodd"])),
            ]
        );
    }
}

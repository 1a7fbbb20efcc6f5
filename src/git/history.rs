//! What happened before a commit.

use chrono::{DateTime, Utc};

use crate::first::Commit;

use super::path::shown;
use super::{Git, GitError};

/// A commit of a branch, with the one that the branch stood at before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    /// The commit.
    pub commit: String,
    /// Its first parent.
    pub before: String,
}

impl Git {
    /// When a commit was made.
    ///
    /// # Errors
    /// [`GitError`] when the repository cannot be read, or the time is none.
    pub fn time(&self, commit: &str) -> Result<DateTime<Utc>, GitError> {
        let answer = self.program.run("log", ["-1", "--no-show-signature", "--format=%ct", "--end-of-options", commit])?;
        let output = answer.success("log")?;
        let seconds = String::from_utf8_lossy(output.trim_ascii()).parse().ok();
        let time = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        time.ok_or_else(|| GitError::Failed { what: "log", why: format!("the commit {commit} has no time") })
    }

    /// The commits since `since` that lead to `commit`, merges left out, newest first and at most `most`, with who wrote them and the
    /// paths that they touched. What was merely renamed counts at both paths.
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
                "--name-only",
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

    /// The commits of the branch whose tip is `commit` since `since`, newest first and at most `most`: merges and squashes, each with
    /// where the branch stood before.
    ///
    /// # Errors
    /// [`GitError`] when the repository cannot be read.
    pub fn landed(&self, commit: &str, since: DateTime<Utc>, most: usize) -> Result<Vec<Landed>, GitError> {
        let (since, most) = (format!("--since=@{}", since.timestamp()), format!("--max-count={most}"));
        let args = ["--first-parent", "--parents", &since, &most, "--end-of-options", commit];
        let output = self.program.run("rev-list", args)?.success("rev-list")?;
        let text = String::from_utf8_lossy(&output);
        let landed = |line: &str| {
            let mut ids = line.split(' ').map(str::to_owned);
            Some(Landed { commit: ids.next()?, before: ids.next()? })
        };
        Ok(text.lines().filter_map(landed).collect())
    }

    /// Whether older commits are not here.
    pub fn is_shallow(&self) -> bool {
        self.shallow
    }
}

/// Reads commits: a line of ours, then the paths, of which the first begins with a line break. So no path is taken for a commit.
fn parse(output: &[u8]) -> Vec<Commit> {
    let mut commits: Vec<Commit> = Vec::new();
    let mut paths_end = true;
    for token in output.split(|byte| *byte == 0) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if token.is_empty() {
            paths_end = true;
        } else if let (true, Some(header)) = (paths_end, token.strip_prefix(b"\x01")) {
            let mut fields = header.splitn(2, |byte| *byte == 2);
            let (email, name) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
            commits.push(Commit { name: text(name), email: text(email), paths: Vec::new() });
        } else if let Some(commit) = commits.last_mut() {
            let path = if paths_end { token.strip_prefix(b"\n").unwrap_or(token) } else { token };
            commit.paths.push(shown(path));
            paths_end = false;
        }
    }
    commits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_is_taken_for_a_commit() {
        let output = b"\x01a@x\x02Ada\x00\nsrc/a\x00\x01b@x\x02Mallory\x00\n\x00\x00\x01c@x\x02Empty\x00\x01d@x\x02Caf\xe9\x00\n\nodd\x00";
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

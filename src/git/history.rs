//! What landed on a branch: each commit of its first parents' line, against its first parent.

use crate::review::File;

use super::diff::{RENAME_LIMIT, Reading, malformed};
use super::{Git, GitError};

/// Of a commit's message so much is looked at.
const MESSAGE_BYTES: usize = 4096;

/// A commit on the line of first parents of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mainline {
    /// Full commit id.
    pub commit: String,
    /// Full id of its first parent; `None`: it has none here.
    pub parent: Option<String>,
    /// When it was committed, in seconds since 1970.
    pub at: i64,
}

/// A change that landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    /// Full commit id.
    pub commit: String,
    /// Number of the pull request, where the message names it as GitHub does.
    pub number: Option<u64>,
    /// Title of the pull request, or the first line of the message.
    pub title: String,
    /// Every file in which it differs from its first parent.
    pub files: Vec<File>,
}

impl Git {
    /// Whether part of the history is missing here.
    pub fn is_shallow(&self) -> bool {
        self.shallow
    }

    /// The line of first parents from `tip` back, newest first: at most `most` commits, none that `until` has.
    ///
    /// # Errors
    /// [`GitError`] when the repository cannot be read.
    pub fn mainline(&self, tip: &str, until: Option<&str>, most: usize) -> Result<Vec<Mainline>, GitError> {
        let mut args = vec!["--first-parent".to_owned(), "--parents".to_owned(), "--timestamp".to_owned()];
        args.extend([format!("--max-count={most}"), "--end-of-options".to_owned(), tip.to_owned()]);
        args.extend(until.map(|until| format!("^{until}")));
        let output = self.program.run("rev-list", args)?.success("rev-list")?;
        let output = String::from_utf8_lossy(&output);
        let line = |line: &str| {
            let mut words = line.split(' ');
            let at = words.next()?.parse().ok()?;
            Some(Mainline { at, commit: words.next()?.to_owned(), parent: words.next().map(str::to_owned) })
        };
        let read: Option<Vec<Mainline>> = output.lines().map(line).collect();
        read.ok_or_else(|| GitError::Failed { what: "rev-list", why: "its output cannot be understood".to_owned() })
    }

    /// The changes of these commits, in their order; those without a parent, and those that change no file, are left out.
    /// `lines`: count the changed lines too, for which every changed file is read.
    ///
    /// # Errors
    /// [`GitError`] when the repository cannot be read.
    pub fn landed(&self, commits: &[Mainline], lines: bool) -> Result<Vec<Landed>, GitError> {
        let with_parent = commits.iter().filter_map(|one| Some((&one.commit, one.parent.as_ref()?)));
        // A commit with a parent behind it is compared with that one alone.
        let pairs: String = with_parent.map(|(commit, parent)| format!("{commit} {parent}\n")).collect();
        if pairs.is_empty() {
            return Ok(Vec::new());
        }
        let mut args = vec!["--stdin", "-r", "-z", "--raw"];
        if lines {
            args.push("--numstat");
        }
        let limit = format!("-l{RENAME_LIMIT}");
        args.extend(["--no-abbrev", "-M50%", &limit, "--diff-algorithm=myers", "--ignore-submodules=none"]);
        args.extend(["--no-relative", "--no-ext-diff", "--no-textconv", "--no-color", "--no-show-signature"]);
        args.push("--format=commit %H%x09%s%n%b");
        let output = self.program.run_with("diff-tree", args, pairs.into_bytes())?.success("diff-tree")?;
        parse(&output)
    }
}

/// Reads what `git diff-tree --stdin -z` prints: of each commit a line with its message, then its files.
fn parse(output: &[u8]) -> Result<Vec<Landed>, GitError> {
    let mut landed: Vec<Landed> = Vec::new();
    let mut reading = Reading::default();
    let mut fields = output.split(|byte| *byte == 0);
    while let Some(field) = fields.next() {
        // The line break after a message stands before the first file.
        let field = field.strip_prefix(b"\n").unwrap_or(field);
        if field.is_empty() {
            continue;
        }
        // Neither a file nor a count of lines begins like that.
        if let Some(header) = field.strip_prefix(b"commit ") {
            if let Some(last) = landed.last_mut() {
                last.files = std::mem::take(&mut reading).finish();
            }
            landed.push(header_of(header)?);
        } else {
            reading.take(field, &mut fields)?;
        }
    }
    if let Some(last) = landed.last_mut() {
        last.files = reading.finish();
    }
    landed.retain(|one| !one.files.is_empty());
    Ok(landed)
}

fn header_of(header: &[u8]) -> Result<Landed, GitError> {
    let tab = header.iter().position(|byte| *byte == b'\t').ok_or_else(malformed)?;
    let (commit, message) = (&header[..tab], &header[tab + 1..]);
    let message = String::from_utf8_lossy(&message[..message.len().min(MESSAGE_BYTES)]);
    let (number, title) = pull_of(&message);
    let commit = String::from_utf8_lossy(commit).into_owned();
    Ok(Landed { commit, number, title: title.to_owned(), files: Vec::new() })
}

/// The pull request that a message names: `Merge pull request #12 from acme/topic` with its title below, or `Title (#12)`.
fn pull_of(message: &str) -> (Option<u64>, &str) {
    let (subject, body) = message.split_once('\n').unwrap_or((message, ""));
    let number = |digits: &str| digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some((digits, _)) = subject.strip_prefix("Merge pull request #").and_then(|rest| rest.split_once(" from "))
        && let Some(number) = number(digits)
    {
        let title = body.lines().map(str::trim).find(|line| !line.is_empty());
        return (Some(number), title.unwrap_or(subject));
    }
    let squashed = subject.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (#"));
    match squashed.and_then(|(title, digits)| Some((number(digits)?, title))) {
        Some((number, title)) => (Some(number), title),
        None => (None, subject),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_its_pull_request_as_github_writes_it() {
        for (message, number, title) in [
            ("Merge pull request #12 from acme/topic\n\nRound half up\n\nMore", Some(12), "Round half up"),
            ("Merge pull request #12 from acme/topic\n", Some(12), "Merge pull request #12 from acme/topic"),
            ("Round half up (#7)\n* one\n", Some(7), "Round half up"),
            ("Revert \"Round (#7)\" (#8)", Some(8), "Revert \"Round (#7)\""),
            ("Round half up (#x)", None, "Round half up (#x)"),
            ("Round half up (#+7)", None, "Round half up (#+7)"),
            ("Merge branch 'topic'", None, "Merge branch 'topic'"),
            ("", None, ""),
        ] {
            assert_eq!(pull_of(message), (number, title), "{message:?}");
        }
    }

    #[test]
    fn a_file_that_is_called_like_a_commit_is_a_file() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let output = format!(
            "commit {a}\tone (#1)\nbody\n\0\n:100644 100644 {a} {b} M\0commit {b}\tx\0:100644 100644 {a} {b} R090\0commit x\0y\0\
             1\t2\tcommit {b}\tx\00\t0\t\0commit x\0y\0commit {b}\tempty\n\0commit {b}\ttwo\n\0\n:100644 000000 {a} {b} D\0gone\0"
        );
        let landed = parse(output.as_bytes()).unwrap();
        let brief: Vec<_> = landed
            .iter()
            .map(|one| (one.number, one.title.as_str(), one.files.iter().map(|f| f.path.as_str()).collect::<Vec<_>>()))
            .collect();
        let named = format!("commit {b}\tx");
        assert_eq!(brief, [(Some(1), "one", vec![named.as_str(), "y"]), (None, "two", vec!["gone"])]);
        assert_eq!((landed[0].files[0].additions, landed[0].files[0].deletions), (Some(1), Some(2)));
        assert_eq!(landed[0].files[1].previous_path.as_deref(), Some("commit x"));
    }

    #[test]
    fn what_is_cut_is_refused() {
        let a = "a".repeat(40);
        for output in [format!("commit {a}"), format!("commit {a}\tx\n\0\n:100644 100644 {a} {a} M\0")] {
            assert!(parse(output.trim_end_matches('\0').as_bytes()).is_err(), "{output:?}");
        }
    }
}

//! Git objects by name: one `git cat-file --batch` process answers many questions.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{ChildStdin, ChildStdout, Stdio};
use std::thread::{self, JoinHandle};

use super::program::{Program, Running, beginning};
use super::{FILE_BYTES, GitError, READ_BYTES};

const WHAT: &str = "cat-file";

/// So many bytes of questions may be under way: less than any pipe holds, so that neither side waits for the other.
const QUESTION_BYTES: usize = 4096;

/// An object larger than what was asked for is read over up to this size; above it the process is ended instead.
const SKIPPED_BYTES: u64 = 64 * 1024 * 1024;

/// What there is under a name.
#[derive(Debug)]
pub(super) enum Object {
    /// An object.
    Found {
        /// Its id.
        id: String,
        /// `commit`, `tree`, `blob` or `tag`.
        kind: String,
        /// Its content.
        bytes: Vec<u8>,
    },
    /// An object whose content is larger than asked for.
    TooLarge {
        /// Its id.
        id: String,
        /// Bytes.
        size: u64,
    },
    /// Nothing.
    Missing,
    /// Several objects.
    Ambiguous,
}

/// What is read at most.
#[derive(Debug)]
pub(super) struct Limits {
    /// Of one object, in bytes.
    object: u64,
    /// Of all that are still to come, in bytes.
    left: u64,
    /// What may still be read over because it is too large, in bytes.
    over: u64,
}

impl Limits {
    /// Files: each, and together.
    pub(super) fn reading() -> Self {
        Self { object: FILE_BYTES, left: READ_BYTES, over: 4 * READ_BYTES }
    }

    /// Folders: together.
    pub(super) fn listing() -> Self {
        Self { object: READ_BYTES, left: READ_BYTES, over: 4 * READ_BYTES }
    }

    /// Whether nothing more is read.
    pub(super) fn are_spent(&self) -> bool {
        self.over == 0
    }
}

/// The process.
#[derive(Debug)]
pub(super) struct Batch {
    // Dropped first: closing both pipes ends the process.
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    process: Running,
    stderr: Option<JoinHandle<String>>,
}

impl Batch {
    pub(super) fn start(program: &Program) -> Result<Self, GitError> {
        let mut command = program.command();
        command.args([WHAT, "--batch"]).stdin(Stdio::piped());
        let mut process = Running(command.spawn().map_err(GitError::NoGit)?);
        let (stdin, stdout, stderr) = (process.0.stdin.take(), process.0.stdout.take(), process.0.stderr.take());
        let (Some(questions), Some(stdout)) = (stdin, stdout) else {
            return Err(GitError::Pipe { what: WHAT, source: io::ErrorKind::BrokenPipe.into() });
        };
        let answers = BufReader::with_capacity(64 * 1024, stdout);
        Ok(Self { questions, answers, process, stderr: stderr.map(|pipe| thread::spawn(move || beginning(pipe))) })
    }

    /// Looks up `names` and gives the answers in their order. Content beyond the limits is not read. Stops early when an
    /// object is so large that going on costs more than a new process, or when the limits are spent: then fewer answers may
    /// come back. Also says whether this process can be asked again.
    pub(super) fn ask(&mut self, names: &[&str], limits: &mut Limits) -> Result<(Vec<Object>, bool), GitError> {
        let mut answers = Vec::with_capacity(names.len());
        let mut rest = names;
        while !rest.is_empty() {
            let mut questions = Vec::with_capacity(QUESTION_BYTES);
            let mut count = 0;
            for name in rest {
                if count > 0 && questions.len() + name.len() >= QUESTION_BYTES {
                    break;
                }
                questions.extend_from_slice(name.as_bytes());
                questions.push(b'\n');
                count += 1;
            }
            rest = &rest[count..];
            if let Err(source) = self.questions.write_all(&questions).and_then(|()| self.questions.flush()) {
                return Err(self.broken(source));
            }
            for _ in 0..count {
                let answer = self.answer(limits).map_err(|source| self.broken(source))?;
                let costly = matches!(answer, Object::TooLarge { size, .. } if size > SKIPPED_BYTES);
                answers.push(answer);
                if costly || limits.are_spent() {
                    return Ok((answers, false));
                }
            }
        }
        Ok((answers, true))
    }

    fn answer(&mut self, limits: &mut Limits) -> io::Result<Object> {
        let mut line = Vec::new();
        self.answers.by_ref().take(2 * QUESTION_BYTES as u64).read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line.ends_with(b" missing") {
            return Ok(Object::Missing);
        }
        if line.ends_with(b" ambiguous") {
            return Ok(Object::Ambiguous);
        }
        let header = std::str::from_utf8(&line).ok().and_then(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.to_owned(), words.next()?.to_owned(), words.next()?.parse::<u64>().ok()?))
        });
        let Some((id, kind, size)) = header else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, String::from_utf8_lossy(&line).into_owned()));
        };
        if size > limits.object.min(limits.left) {
            limits.over = limits.over.saturating_sub(size.min(SKIPPED_BYTES));
            if size <= SKIPPED_BYTES {
                io::copy(&mut self.answers.by_ref().take(size + 1), &mut io::sink())?;
            }
            return Ok(Object::TooLarge { id, size });
        }
        limits.left -= size;
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
        self.answers.by_ref().take(size + 1).read_to_end(&mut bytes)?;
        if bytes.pop() != Some(b'\n') || bytes.len() as u64 != size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Object::Found { id, kind, bytes })
    }

    /// What git said before the pipe broke is a better reason than the broken pipe.
    fn broken(&mut self, source: io::Error) -> GitError {
        // It fails only when the process has ended already.
        let _ = self.process.0.kill();
        let said = self.stderr.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        if said.trim().is_empty() {
            GitError::Pipe { what: WHAT, source }
        } else {
            GitError::Failed { what: WHAT, why: said.trim().to_owned() }
        }
    }
}

/// An entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    mode: u32,
    /// Object id in hexadecimal.
    pub(super) id: String,
}

impl Entry {
    /// The root tree, which is no entry of any other.
    pub(super) fn root(id: &str) -> Self {
        Self { mode: 0o040_000, id: id.to_owned() }
    }

    pub(super) fn is_tree(&self) -> bool {
        self.mode == 0o040_000
    }

    /// Whether it is a regular file: neither a symlink nor a submodule.
    pub(super) fn is_file(&self) -> bool {
        // 100664 is what very old versions of git wrote for 100644.
        matches!(self.mode, 0o100_644 | 0o100_755 | 0o100_664)
    }
}

/// A tree's entries by name.
pub(super) type Tree = HashMap<Vec<u8>, Entry>;

/// Reads the content of a tree object.
pub(super) fn tree(id: &str, bytes: &[u8]) -> Result<Tree, GitError> {
    let id_bytes = id.len() / 2;
    let malformed = || GitError::Failed { what: WHAT, why: format!("the tree {id} is not well-formed") };
    let mut entries = Tree::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let space = rest.iter().position(|byte| *byte == b' ').ok_or_else(malformed)?;
        let mode = std::str::from_utf8(&rest[..space]).ok().and_then(|mode| u32::from_str_radix(mode, 8).ok());
        let name_on = &rest[space + 1..];
        let end = name_on.iter().position(|byte| *byte == 0).ok_or_else(malformed)?;
        let (entry_id, after) = name_on[end + 1..].split_at_checked(id_bytes).ok_or_else(malformed)?;
        let entry = Entry { mode: mode.ok_or_else(malformed)?, id: hex::encode(entry_id) };
        entries.insert(name_on[..end].to_vec(), entry);
        rest = after;
    }
    Ok(entries)
}

/// The distinct ids, in a fixed order.
pub(super) fn distinct<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_read_and_cut_ones_are_refused() {
        let id = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        let mut bytes = b"100644 a b\0".to_vec();
        bytes.extend([0xab; 20]);
        bytes.extend(b"40000 dir\0");
        bytes.extend([0xcd; 20]);
        bytes.extend(b"120000 link\0");
        bytes.extend([0xef; 20]);
        let entries = tree(id, &bytes).unwrap();
        assert!(entries[&b"a b"[..]].is_file());
        assert_eq!(entries[&b"a b"[..]].id, "ab".repeat(20));
        assert!(entries[&b"dir"[..]].is_tree());
        assert!(!entries[&b"link"[..]].is_file() && !entries[&b"link"[..]].is_tree());
        for cut in [1, 8, 12, bytes.len() - 1] {
            assert!(tree(id, &bytes[..cut]).is_err(), "{cut}");
        }
        assert!(tree(id, b"").unwrap().is_empty());
    }
}

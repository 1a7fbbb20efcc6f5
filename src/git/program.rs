//! Starts the `git` program so that a hostile repository or environment can make it run nothing, write nothing and fetch
//! nothing.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use super::GitError;

/// Of what git says on its standard error, so much is kept.
const STDERR_BYTES: u64 = 16 * 1024;

/// More than this of one answer is not read.
const STDOUT_BYTES: u64 = 512 * 1024 * 1024;

/// Where git is started.
#[derive(Debug, Clone)]
pub(super) struct Program {
    /// The folder in which it runs.
    pub(super) folder: PathBuf,
    /// The repository, once known; before that git looks for it from the folder upwards.
    pub(super) git_dir: Option<PathBuf>,
    /// The tree that attributes are read from instead of the work tree: the empty one, once the object format is known.
    pub(super) attributes: Option<&'static str>,
}

/// What git answered.
pub(super) struct Answer {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
}

impl Program {
    /// A git command with everything switched off that runs or fetches something (safety.md, row 67).
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new("git");
        // The caller's GIT_DIR, GIT_INDEX_FILE and their like would answer for another repository than the one named.
        // What says where git itself and the user's own configuration stand is kept.
        let kept = ["GIT_EXEC_PATH", "GIT_CONFIG_GLOBAL", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM"];
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"GIT_") && !kept.iter().any(|kept| name == *kept) {
                command.env_remove(name);
            }
        }
        command
            .current_dir(&self.folder)
            .env_remove("LANGUAGE")
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_GRAFT_FILE", "/dev/null")
            .args(["--no-pager", "--no-replace-objects"]);
        if let Some(tree) = self.attributes {
            command.env("GIT_ATTR_SOURCE", tree);
        }
        for setting in [
            "advice.graftFileDeprecated=false",
            "core.fsmonitor=false",
            "core.hooksPath=/dev/null",
            "core.attributesFile=/dev/null",
            "core.bigFileThreshold=512m",
            "protocol.allow=never",
            "safe.bareRepository=explicit",
        ] {
            command.args(["-c", setting]);
        }
        if let Some(git_dir) = &self.git_dir {
            let mut option = std::ffi::OsString::from("--git-dir=");
            option.push(git_dir);
            command.arg(option);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs one command to its end.
    pub(super) fn run<I: AsRef<OsStr>>(
        &self,
        what: &'static str,
        args: impl IntoIterator<Item = I>,
    ) -> Result<Answer, GitError> {
        self.finish(what, self.command().arg(what).args(args))
    }

    /// Runs one command to its end that reads `input`.
    pub(super) fn run_with<I: AsRef<OsStr>>(
        &self,
        what: &'static str,
        args: impl IntoIterator<Item = I>,
        input: Vec<u8>,
    ) -> Result<Answer, GitError> {
        let mut command = self.command();
        let (read, mut write) = io::pipe().map_err(|source| GitError::Pipe { what, source })?;
        // A command that ends early does not read to the end; what it said then tells why.
        let writer = thread::spawn(move || drop(write.write_all(&input)));
        let answer = self.finish(what, command.arg(what).args(args).stdin(read));
        // It holds the reading end of the pipe, without which the writer ends.
        drop(command);
        let _ = writer.join();
        answer
    }

    fn finish(&self, what: &'static str, command: &mut Command) -> Result<Answer, GitError> {
        let mut child = Running(command.spawn().map_err(GitError::NoGit)?);
        let broken = |source| GitError::Pipe { what, source };
        let stderr = child.0.stderr.take().map(|pipe| thread::spawn(move || beginning(pipe)));
        let mut stdout = Vec::new();
        if let Some(pipe) = child.0.stdout.take() {
            let mut pipe = pipe.take(STDOUT_BYTES + 1);
            pipe.read_to_end(&mut stdout).map_err(broken)?;
            if stdout.len() as u64 > STDOUT_BYTES {
                let limit = format!("{} MiB", STDOUT_BYTES >> 20);
                return Err(GitError::TooMuch { what: format!("the answer of git {what}"), limit });
            }
        }
        let status = child.0.wait().map_err(broken)?;
        let stderr = stderr.and_then(|thread| thread.join().ok()).unwrap_or_default();
        Ok(Answer { status, stdout, stderr })
    }
}

impl Answer {
    /// The output of a command that must succeed.
    pub(super) fn success(self, what: &'static str) -> Result<Vec<u8>, GitError> {
        if self.status.success() { Ok(self.stdout) } else { Err(self.failure(what)) }
    }

    /// Why the command failed.
    pub(super) fn failure(&self, what: &'static str) -> GitError {
        let why = self.stderr.trim();
        // The words of a partial clone that may not fetch what it lacks.
        if why.contains("lazy fetching disabled") || why.contains("unable to read") && why.contains("promisor") {
            return GitError::MissingObject(first_id(why).to_owned());
        }
        let why = if why.is_empty() { self.status.to_string() } else { why.to_owned() };
        GitError::Failed { what, why }
    }
}

/// The first object id that a message names.
fn first_id(message: &str) -> &str {
    let is_id = |word: &&str| word.len() >= 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    message.split(|c: char| !c.is_ascii_alphanumeric()).find(is_id).unwrap_or("that is asked for")
}

/// What a pipe says first; the rest is read and dropped, so that the writer never waits.
pub(super) fn beginning(mut pipe: impl Read) -> String {
    let mut kept = Vec::new();
    // A broken pipe of messages costs the message, nothing else.
    let _ = pipe.by_ref().take(STDERR_BYTES).read_to_end(&mut kept);
    let _ = io::copy(&mut pipe, &mut io::sink());
    String::from_utf8_lossy(&kept).into_owned()
}

/// A started process that does not outlive its handle.
#[derive(Debug)]
pub(super) struct Running(pub(super) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

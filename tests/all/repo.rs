//! Throw-away git repositories, and the command line run on them.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A repository with a work tree, on the branch `main`, gone when it is dropped.
pub struct Repo {
    // Held so that the folder lives as long as this.
    _home: TempDir,
    dir: PathBuf,
}

/// What a run of the command line gave.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Repo {
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("work");
        fs::create_dir(&dir).unwrap();
        let repo = Self { _home: home, dir };
        repo.git(["init", "-q", "-b", "main"]);
        repo
    }

    /// A repository whose first commit holds these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let repo = Self::new();
        repo.commit(files);
        repo
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A path beside the work tree.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.with_file_name(name)
    }

    pub fn write(&self, path: impl AsRef<OsStr>, content: impl AsRef<[u8]>) {
        let path = self.dir.join(path.as_ref());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Writes files, commits everything, and gives the commit's id.
    pub fn commit(&self, files: &[(&str, &str)]) -> String {
        for (path, content) in files {
            self.write(path, content);
        }
        self.git(["add", "-A"]);
        self.git(["commit", "-q", "--allow-empty", "-m", "a change"]);
        self.git(["rev-parse", "HEAD"])
    }

    /// Runs git as its owner would, undisturbed by the machine's configuration; its output without the last line break.
    pub fn git<I: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = I>) -> String {
        let output = git_in(&self.dir).args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// A bare clone beside the work tree.
    pub fn bare(&self) -> PathBuf {
        let bare = self.beside("bare.git");
        self.git([OsStr::new("clone"), OsStr::new("-q"), OsStr::new("--bare"), self.dir.as_os_str(), bare.as_os_str()]);
        bare
    }

    /// Runs the command line in the work tree.
    pub fn run(&self, args: &[&str]) -> Ran {
        run_in(&self.dir, args, &[], b"")
    }

    /// Runs the command line in the work tree with something to read.
    pub fn run_with(&self, args: &[&str], input: &[u8]) -> Ran {
        run_in(&self.dir, args, &[], input)
    }
}

/// Git in a folder, with nothing of the machine's configuration.
pub fn git_in(dir: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(dir);
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"] {
        command.env_remove(name);
    }
    command.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0")]);
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Ada").env(format!("GIT_{who}_EMAIL"), "ada@example.com");
        command.env(format!("GIT_{who}_DATE"), "2026-01-02T03:04:05Z");
    }
    command
}

/// The command line in a folder.
pub fn merestone(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_merestone"));
    command.current_dir(dir).env("GIT_CONFIG_GLOBAL", "/dev/null").env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

/// Runs the command line in a folder.
pub fn run_in(dir: &Path, args: &[&str], env: &[(&str, &str)], input: &[u8]) -> Ran {
    let mut command = merestone(dir);
    command.args(args).envs(env.iter().copied());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that reads nothing closes its input; that is no failure.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ran {
    /// The output as JSON, one value a line.
    pub fn lines(&self) -> Vec<serde_json::Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The output as one JSON value.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts the exit code, and shows everything when it is another.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }
}

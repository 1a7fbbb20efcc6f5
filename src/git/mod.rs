//! A local git repository as a [`Source`](crate::source::Source): all that knows git.
//!
//! The `git` program is asked, and only its objects are read, never the work tree. A hostile repository runs nothing,
//! writes nothing and fetches nothing through here (`program.rs`), and no answer is unbounded.

mod authors;
mod diff;
mod error;
mod history;
mod objects;
mod path;
mod program;
mod read;
mod remote;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

pub use diff::{RENAME_LIMIT, renames_cut};
pub use error::GitError;
pub use history::{Landed, Mainline};
pub use path::{shown, unquoted};
pub use remote::Remote;

use objects::{Batch, Limits, Object};
use program::Program;

/// A file larger than this is not read.
pub const FILE_BYTES: u64 = 16 * 1024 * 1024;

/// What one request reads in all; files beyond it come back unread, with the reason.
pub const READ_BYTES: u64 = 256 * 1024 * 1024;

/// A revision name is no longer than this.
const REVISION_BYTES: usize = 1024;

/// Branches that are looked for when nothing says which one is the default, after `init.defaultBranch`.
const USUAL_BRANCHES: [&str; 4] = ["main", "master", "trunk", "develop"];

/// A local repository, opened.
#[derive(Debug)]
pub struct Git {
    program: Program,
    bare: bool,
    /// Whether part of the history is missing here.
    shallow: bool,
    /// The folder that was named, seen from the top of the work tree: empty or with a trailing slash.
    prefix: Vec<u8>,
    /// The top of the work tree.
    top: Option<PathBuf>,
    settings: Settings,
    batches: Mutex<Vec<Batch>>,
}

/// What the configuration says.
#[derive(Debug, Default)]
struct Settings {
    origin: Option<String>,
    default_branch: Option<String>,
}

/// A commit, and the branch that it is the tip of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// As given, or the branch's full name.
    pub revision: String,
    /// Name of the branch, without its remote; `None` where the revision names no branch.
    pub branch: Option<String>,
    /// Full commit id.
    pub commit: String,
}

impl Git {
    /// Opens the repository that `repo` lies in (or is, when it is bare); without `repo` the current folder's.
    ///
    /// # Errors
    /// [`GitError`]: no git, no folder, no repository, one of another user.
    pub fn open(repo: Option<&Path>) -> Result<Self, GitError> {
        let folder = repo.unwrap_or(Path::new("."));
        let Ok(folder) = folder.canonicalize() else { return Err(GitError::NoSuchFolder(folder.to_owned())) };
        if !folder.is_dir() {
            return Err(GitError::NoSuchFolder(folder));
        }
        // A bare repository is taken when it is named, and not when it merely happens to be where we stand.
        let is_git_dir = |dir: &Path| dir.join("HEAD").is_file() && dir.join("objects").is_dir();
        let named = (repo.is_some() && is_git_dir(&folder)).then(|| folder.clone());
        let mut program = Program { folder: folder.clone(), git_dir: named, attributes: None };
        let (opened, settings) = thread::scope(|scope| {
            let settings = scope.spawn(|| Settings::read(&program));
            let opened = program.run(
                "rev-parse",
                [
                    "--is-bare-repository",
                    "--is-shallow-repository",
                    "--show-object-format",
                    "--show-prefix",
                    "--absolute-git-dir",
                ],
            );
            (opened, settings.join().unwrap_or_default())
        });
        let opened = opened?;
        if !opened.status.success() {
            let said = &opened.stderr;
            return Err(if said.contains("dubious ownership") {
                GitError::OtherOwner(folder)
            } else if said.contains("safe.bareRepository") {
                GitError::BareNotNamed
            } else if said.contains("not a git repository") {
                GitError::NotARepository(folder)
            } else {
                opened.failure("rev-parse")
            });
        }
        let mut lines = opened.stdout.splitn(5, |byte| *byte == b'\n');
        let mut line = || lines.next().unwrap_or_default();
        let (bare, shallow, format, prefix, git_dir) = (line(), line(), line(), line(), line());
        let git_dir = git_dir.strip_suffix(b"\n").unwrap_or(git_dir);
        let (bare, shallow, prefix) = (bare == b"true", shallow == b"true", prefix.to_vec());
        program.attributes = Some(match format {
            b"sha256" => "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
            _ => "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        });
        let git_dir = os_path(git_dir);
        let top = (!bare && !folder.starts_with(&git_dir)).then(|| above(&folder, &prefix)).flatten();
        program.git_dir = Some(git_dir);
        Ok(Self { program, bare, shallow, prefix, top, settings, batches: Mutex::default() })
    }

    /// The repository on GitHub, or a host like it, that `origin` names.
    pub fn remote(&self) -> Option<Remote> {
        self.settings.origin.as_deref().and_then(Remote::parse)
    }

    /// The full id of the commit that a revision names.
    ///
    /// # Errors
    /// [`GitError`]: no such revision, or no commit at all yet.
    pub fn resolve(&self, revision: &str) -> Result<String, GitError> {
        Ok(self.tip(revision)?.commit)
    }

    /// The commit that a revision names, and the branch where it names one.
    ///
    /// # Errors
    /// As [`Git::resolve`].
    pub fn tip(&self, revision: &str) -> Result<Tip, GitError> {
        let refused = |why| GitError::NotARevision { revision: revision.chars().take(100).collect(), why };
        if revision.is_empty() {
            return Err(refused("it is empty"));
        }
        if revision.starts_with('-') {
            return Err(refused("a revision does not begin with `-`"));
        }
        if revision.len() > REVISION_BYTES || revision.chars().any(char::is_control) {
            return Err(refused("it is too long, or has a control character in it"));
        }
        let is_name = !revision.contains(['~', '^', ':', '?', '*', '[', '\\', ' '])
            && !revision.contains("@{")
            && !revision.contains("..");
        let branches = if is_name {
            vec![format!("refs/heads/{revision}"), format!("refs/remotes/{revision}"), revision.to_owned()]
        } else {
            Vec::new()
        };
        let names: Vec<String> =
            std::iter::once(revision).chain(branches.iter().map(String::as_str)).map(commit).collect();
        let found = self.objects(&names.iter().map(String::as_str).collect::<Vec<_>>(), &mut Limits::reading())?;
        let mut found = found.into_iter().map(id_of);
        let commit = match found.next() {
            Some(Ok(commit)) => commit,
            Some(Err(Object::Ambiguous)) => return Err(GitError::AmbiguousRevision(revision.to_owned())),
            _ if revision == "HEAD" || revision == "@" => return Err(GitError::Unborn),
            _ => return Err(GitError::UnknownRevision { revision: revision.to_owned(), shallow: self.shallow }),
        };
        let named = branches.iter().zip(found).find(|(_, id)| id.as_ref().is_ok_and(|id| *id == commit));
        let branch = named.and_then(|(name, _)| branch_name(name));
        Ok(Tip { revision: revision.to_owned(), branch, commit })
    }

    /// The default branch: what `origin/HEAD` names (in a bare repository: HEAD), else the first of `init.defaultBranch`,
    /// main, master, trunk and develop that `origin` has, else that there is here.
    ///
    /// # Errors
    /// [`GitError::NoDefaultBranch`], [`GitError::Unborn`].
    pub fn default_branch(&self) -> Result<Tip, GitError> {
        let symbol = if self.bare { "HEAD" } else { "refs/remotes/origin/HEAD" };
        let target = self.program.run("symbolic-ref", ["-q", symbol])?;
        let mut candidates = Vec::new();
        if target.status.success() {
            candidates.push(String::from_utf8_lossy(target.stdout.trim_ascii_end()).into_owned());
        } else if self.bare {
            candidates.push(symbol.to_owned());
        }
        let usual = || self.settings.default_branch.as_deref().into_iter().chain(USUAL_BRANCHES);
        candidates.extend(usual().map(|name| format!("refs/remotes/origin/{name}")));
        candidates.extend(usual().map(|name| format!("refs/heads/{name}")));
        candidates.push("HEAD".to_owned());
        let names: Vec<String> = candidates.iter().map(|name| commit(name)).collect();
        let found = self.objects(&names.iter().map(String::as_str).collect::<Vec<_>>(), &mut Limits::reading())?;
        let mut found: Vec<_> = found.into_iter().map(|object| id_of(object).ok()).collect();
        let head = found.pop().flatten();
        match candidates.into_iter().zip(found).find_map(|(name, id)| Some((name, id?))) {
            Some((name, commit)) => Ok(Tip { branch: branch_name(&name), revision: name, commit }),
            None if head.is_none() => Err(GitError::Unborn),
            None => Err(GitError::NoDefaultBranch),
        }
    }

    /// The top of the work tree, where there is one.
    pub fn top(&self) -> Option<&Path> {
        self.top.as_deref()
    }

    /// The path from the repository's root that somebody means by what they wrote: `./` and `../` begin at the folder that
    /// was opened, an absolute path below the work tree is one in it, anything else (with or without a leading slash) begins
    /// at the root.
    pub fn path_of(&self, written: &[u8]) -> String {
        let mut parts: Vec<&[u8]> = Vec::new();
        let top = self.top.as_deref().map(|top| top.as_os_str().as_encoded_bytes()).filter(|top| top.len() > 1);
        let below_top = top.and_then(|top| written.strip_prefix(top)).filter(|rest| rest.starts_with(b"/"));
        let relative = written == b"." || written == b".." || written.starts_with(b"./") || written.starts_with(b"../");
        if relative {
            parts.extend(self.prefix.split(|byte| *byte == b'/').filter(|part| !part.is_empty()));
        }
        for part in below_top.unwrap_or(written).split(|byte| *byte == b'/') {
            match part {
                b"" | b"." => {}
                b".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        shown(&parts.join(&b'/'))
    }

    /// Whether the commit has a folder of this path (the empty path is the root).
    ///
    /// # Errors
    /// [`GitError`] when the repository cannot be read.
    pub fn has_folder(&self, commit: &str, path: &str) -> Result<bool, GitError> {
        Ok(self.entries(commit, &[path.to_owned()])?.pop().flatten().is_some_and(|entry| entry.is_tree()))
    }
}

impl Settings {
    /// Whatever cannot be read is not set: the caller's other question tells why.
    fn read(program: &Program) -> Self {
        let keys = "^(remote\\.origin\\.url|init\\.defaultbranch)$";
        let mut settings = Self::default();
        let Ok(answer) = program.run("config", ["--null", "--get-regexp", keys]) else { return settings };
        for entry in answer.stdout.split(|byte| *byte == 0) {
            let text = String::from_utf8_lossy(entry);
            match text.split_once('\n') {
                // The first address is the one that is fetched from.
                Some(("remote.origin.url", value)) => {
                    settings.origin.get_or_insert_with(|| value.to_owned());
                }
                Some(("init.defaultbranch", value)) if !value.chars().any(char::is_control) => {
                    settings.default_branch = Some(value.to_owned());
                }
                _ => {}
            }
        }
        settings
    }
}

/// The name under which git finds the commit of a revision.
fn commit(revision: &str) -> String {
    // `:/text` takes everything behind it for text, and finds commits alone.
    if revision.starts_with(":/") { revision.to_owned() } else { format!("{revision}^{{commit}}") }
}

fn id_of(object: Object) -> Result<String, Object> {
    match object {
        Object::Found { id, .. } | Object::TooLarge { id, .. } => Ok(id),
        other => Err(other),
    }
}

/// The branch that a full reference name means.
fn branch_name(reference: &str) -> Option<String> {
    let remote = |rest: &str| rest.split_once('/').map(|(_, name)| name.to_owned());
    let local = reference.strip_prefix("refs/heads/").map(str::to_owned);
    local.or_else(|| reference.strip_prefix("refs/remotes/").and_then(remote)).filter(|name| name != "HEAD")
}

fn os_path(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// The top of the work tree, `prefix` below which `folder` lies.
fn above(folder: &Path, prefix: &[u8]) -> Option<PathBuf> {
    let depth = prefix.split(|byte| *byte == b'/').filter(|part| !part.is_empty()).count();
    folder.ancestors().nth(depth).map(Path::to_owned)
}

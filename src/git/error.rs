//! What can go wrong when a git repository is read, with what to do about it.

use std::path::PathBuf;

/// A failure to read a git repository.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The program is not there.
    #[error("git cannot be started ({0}); install git 2.30 or later and see that it is on the PATH")]
    NoGit(#[source] std::io::Error),
    /// No such folder.
    #[error("there is no folder {}", .0.display())]
    NoSuchFolder(PathBuf),
    /// The folder lies in no repository.
    #[error("{} is not inside a git repository; name one with --repo DIR", .0.display())]
    NotARepository(PathBuf),
    /// A bare repository that nobody named: it may have been planted inside another one.
    #[error("the current folder is a bare repository, which is read only when it is named; use --repo .")]
    BareNotNamed,
    /// Git refuses a repository that belongs to another user.
    #[error(
        "{} belongs to another user, so git refuses to read it; if you trust it: git config --global --add safe.directory {}",
        .0.display(), .0.display()
    )]
    OtherOwner(PathBuf),
    /// Not something that git could be asked for.
    #[error("`{}` is no revision: {why}", .revision.escape_debug())]
    NotARevision {
        /// As given.
        revision: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No commit has that name.
    #[error(
        "unknown revision `{}`{}", .revision.escape_debug(),
        if *.shallow { "; this clone is shallow: fetch more of its history (git fetch --unshallow)" }
        else { "; check the spelling, or fetch it first" }
    )]
    UnknownRevision {
        /// As given.
        revision: String,
        /// Whether part of the history is missing here.
        shallow: bool,
    },
    /// Several objects have that abbreviated name.
    #[error("`{}` is the beginning of several ids; write more of it", .0.escape_debug())]
    AmbiguousRevision(String),
    /// Nothing was ever committed.
    #[error("the repository has no commit yet; nothing can be read from it")]
    Unborn,
    /// No branch looks like the default one.
    #[error("the default branch cannot be told (no origin/HEAD, main or master); name it with --base REV")]
    NoDefaultBranch,
    /// The two revisions share no commit.
    #[error(
        "`{}` and `{}` have no common commit{}", .base.escape_debug(), .head.escape_debug(),
        if *.shallow { " in this shallow clone; fetch the whole history first (git fetch --unshallow, or fetch-depth: 0 in actions/checkout)" }
        else { "; name a --base that the change grew from" }
    )]
    NoMergeBase {
        /// The base, as given.
        base: String,
        /// The head, as given.
        head: String,
        /// Whether part of the history is missing here.
        shallow: bool,
    },
    /// An object that should be there is not.
    #[error(
        "the object {0} is missing here; a partial clone (--filter) does not hold everything, and nothing is fetched: clone without --filter"
    )]
    MissingObject(String),
    /// The answer is larger than what is read.
    #[error("{what} is more than {limit}, which is not read")]
    TooMuch {
        /// Of what.
        what: String,
        /// The limit, with its unit.
        limit: String,
    },
    /// Git says no.
    #[error("git {what} failed: {why}")]
    Failed {
        /// The git command.
        what: &'static str,
        /// What it said, or how it ended.
        why: String,
    },
    /// The pipe to git broke.
    #[error("git {what} cannot be read: {source}")]
    Pipe {
        /// The git command.
        what: &'static str,
        /// Why.
        source: std::io::Error,
    },
}

impl GitError {
    /// Whether whoever asked can ask better (an unknown revision), in contrast to a repository that cannot be read.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NoSuchFolder(_)
                | Self::NotARepository(_)
                | Self::BareNotNamed
                | Self::NotARevision { .. }
                | Self::UnknownRevision { .. }
                | Self::AmbiguousRevision(_)
                | Self::Unborn
                | Self::NoDefaultBranch
                | Self::NoMergeBase { .. }
        )
    }
}

//! What the commands have in common: the rules on disk, the basis at a revision, the organisation.

use std::fs::File;
use std::future::Future;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::bot::gather::{GatherError, Home};
use crate::git::{Git, GitError, shown};
use crate::review::Basis;
use crate::rules::{self, Broken, Handle, Named, Rules, SignOff};

use super::Failure;

/// A file on disk is read up to this size.
const FILE_BYTES: u64 = 16 * 1024 * 1024;

/// Waits for a future of the git source, which answers at once.
pub(super) fn wait<F: Future>(future: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|source| Failure::Io { what: "the runtime cannot be started".to_owned(), source })?;
    Ok(runtime.block_on(future))
}

/// The rules file that `--rules` names, with the path that it is known by.
pub(super) fn rules_on_disk(file: Option<&Path>) -> Result<Option<(String, Vec<u8>)>, Failure> {
    file.map(|file| Ok((shown(file.as_os_str().as_encoded_bytes()), on_disk(file)?))).transpose()
}

/// The organisation's file, where it is to be taken into account.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Organization {
    /// The organisation's file on disk, which applies beneath the repository's own
    #[arg(long, value_name = "FILE")]
    organization: Option<PathBuf>,
}

impl Organization {
    /// Reads the file, with the path that it is known by.
    pub fn read(&self) -> Result<Option<(String, Vec<u8>)>, Failure> {
        rules_on_disk(self.organization.as_deref())
    }
}

/// The repository that a command reads for: whose it is and its name, as `origin` says, with the files on disk.
pub(super) fn home(git: &Git, organization: &Organization, rules: Option<&Path>) -> Result<Home, Failure> {
    let (owner, name) = git.remote().map(|remote| (remote.owner, remote.name)).unzip();
    Ok(Home { owner, name, organization: organization.read()?, rules: rules_on_disk(rules)? })
}

/// A file on disk that the user named.
pub(super) fn on_disk(file: &Path) -> Result<Vec<u8>, Failure> {
    let failure = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::IsADirectory | std::io::ErrorKind::NotADirectory => {
            Failure::Usage(format!("there is no file {}", file.display()))
        }
        _ => Failure::Io { what: format!("{} cannot be read", file.display()), source },
    };
    let mut bytes = Vec::new();
    File::open(file).and_then(|open| open.take(FILE_BYTES + 1).read_to_end(&mut bytes)).map_err(failure)?;
    if bytes.len() as u64 > FILE_BYTES {
        return Err(Failure::Usage(format!("{} is larger than {} MiB", file.display(), FILE_BYTES >> 20)));
    }
    Ok(bytes)
}

/// Fills in the organisation where `origin` did not say: the one that every team handle names.
pub(super) fn guess_owner(basis: &mut Basis) {
    if basis.owner.is_some() {
        return;
    }
    let mut owner: Option<&str> = None;
    let written = basis.codeowners.iter().flat_map(|file| file.entries()).flat_map(|entry| &entry.owners);
    let by_codeowners: Vec<Handle> = written.map(|owner| Handle::new(owner)).collect();
    for handle in handles(&basis.rules).into_iter().chain(&by_codeowners) {
        let Some((org, _)) = handle.as_team() else { continue };
        if owner.is_some_and(|owner| !owner.eq_ignore_ascii_case(org)) {
            return;
        }
        owner.get_or_insert(org);
    }
    basis.owner = owner.map(str::to_owned);
}

/// Every handle that the rules name.
fn handles(rules: &Rules) -> Vec<&Handle> {
    let mut handles: Vec<&Handle> = rules.council.iter().collect();
    handles.extend(rules.domains.values().flat_map(|domain| &domain.architects));
    handles.extend(rules.teams.values().flat_map(|team| team.github.iter().chain(&team.leads)));
    for rule in &rules.rules {
        if let SignOff::Named(named) = &rule.sign_off {
            handles.extend(named.iter().filter_map(|named| match named {
                Named::Handle(handle) => Some(handle),
                Named::Team(_) => None,
            }));
        }
    }
    handles
}

/// Why a gather ended, for the user.
pub(super) fn stopped(error: GatherError<GitError>) -> Failure {
    match error {
        GatherError::Source(error) => Failure::Git(error),
        GatherError::BrokenRules(found) => broken(*found),
        GatherError::Unreadable { path, why } => Failure::Unreadable(format!("{path} cannot be read: {why}")),
    }
}

/// A rules file that cannot be used, for the user.
pub(super) fn broken(broken: Broken) -> Failure {
    let Broken { path, text, problems, .. } = broken;
    let shown = rules::show(&path, &text, &problems);
    Failure::BrokenRules(format!("the rules in {path} cannot be used\n\n{}", shown.trim_end()))
}

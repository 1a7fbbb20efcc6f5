//! What the bases say, kept by commit: a second pull request on a base reads nothing of it again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::adr;
use crate::github::{Error, Repository};
use crate::ids::{InstallationId, RepositoryId};
use crate::review::Basis;

use super::gather::{self, GatherError, Home};

/// How many bases are kept. One is some hundred kilobytes at most in practice: rules, CODEOWNERS and records.
const MOST: usize = 256;

/// A base of one tenant's repository. Content-addressed, so it never goes stale; nothing is shared between installations.
type Key = (InstallationId, RepositoryId, String);

/// What a base says.
#[derive(Debug, Clone)]
pub(super) enum Base {
    /// What to judge by.
    Sound(Arc<Basis>),
    /// Its rules file cannot be used.
    Broken { path: String, problems: Arc<Vec<crate::rules::Problem>>, says: String },
}

impl Base {
    /// A digest of all that it says.
    pub fn says(&self) -> &str {
        match self {
            Self::Sound(basis) => &basis.says,
            Self::Broken { says, .. } => says,
        }
    }

    /// The folders that its decision records are in; the empty text is the whole repository.
    pub fn folders(&self) -> Vec<String> {
        match self {
            Self::Sound(basis) if basis.rules.rules.iter().all(|rule| rule.adrs.is_empty()) => Vec::new(),
            // Where the rules do not say, convention finds them wherever they come to stand.
            Self::Sound(basis) if basis.rules.adr_paths.is_empty() => vec![String::new()],
            Self::Sound(basis) => adr::locate(&basis.rules.adr_paths, &[], &[]),
            Self::Broken { .. } => Vec::new(),
        }
    }
}

/// The bases read so far.
#[derive(Default)]
pub(super) struct Bases {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    cells: HashMap<Key, (u64, Arc<OnceCell<Base>>)>,
    uses: u64,
}

impl Bases {
    /// What the base at `commit` says; read once however many ask at once.
    pub async fn get(
        &self,
        installation: InstallationId,
        id: RepositoryId,
        repository: &Repository,
        commit: &str,
        owner: &str,
    ) -> Result<Base, Error> {
        let cell = self.cell((installation, id, commit.to_owned()));
        let base = cell
            .get_or_try_init(|| async {
                match gather::basis(repository, commit, Home::of(Some(owner.to_owned()), None)).await {
                    Ok(basis) => Ok(Base::Sound(Arc::new(basis))),
                    Err(GatherError::BrokenRules { path, problems, text, .. }) => {
                        let says = format!("broken {}", hex::encode(Sha256::digest(&text)));
                        Ok(Base::Broken { path, problems: Arc::new(problems), says })
                    }
                    Err(GatherError::Unreadable { path, why, .. }) => Err(Error::Incomplete(format!("{path}: {why}"))),
                    Err(GatherError::Source(error)) => Err(error),
                }
            })
            .await?;
        Ok(base.clone())
    }

    fn cell(&self, key: Key) -> Arc<OnceCell<Base>> {
        // A panic elsewhere cannot leave the map half-changed, so a poisoned lock is as good as any.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let now = kept.uses;
        if kept.cells.len() >= MOST
            && !kept.cells.contains_key(&key)
            && let Some(oldest) = kept.cells.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| key.clone())
        {
            kept.cells.remove(&oldest);
        }
        let entry = kept.cells.entry(key).or_default();
        entry.0 = now;
        Arc::clone(&entry.1)
    }
}

//! What the bases say, kept by commit: a second pull request on a base reads nothing of it again.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::adr::{self, Index};
use crate::github::{Error as GitHubError, Repository};
use crate::ids::{InstallationId, PullKey, RepositoryId};
use crate::inbox::GoodRules;
use crate::review::Basis;
use crate::rules::{self, RULES_PATH};

use super::gather::{self, Files, GatherError, Home};
use super::organisation::InForce;
use super::{Bot, TaskError};

/// How many bases are kept. One is some hundred kilobytes at most in practice: rules, CODEOWNERS and records.
const MOST: usize = 256;

/// A commit of one tenant's repository. Content-addressed, so it never goes stale; nothing is shared between installations.
type Commit = (InstallationId, RepositoryId, String);

/// What a base says.
#[derive(Debug, Clone)]
pub(super) enum Base {
    /// What to judge by.
    Sound(Arc<Basis>),
    /// One of the rules files cannot be used. `private`: outsiders cannot see the organisation's.
    Broken { broken: Arc<rules::Broken>, private: bool, says: String },
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

/// A branch of a repository that judges, at its tip.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub installation: InstallationId,
    pub repository: RepositoryId,
    pub client: &'a Repository,
    pub commit: &'a str,
    /// The pull request that is judged just now, which needs no word of what is found out.
    pub judging: Option<PullKey>,
}

/// What was read so far.
#[derive(Default)]
pub(super) struct Bases {
    /// The files of a base.
    files: Cells<Commit, Files>,
    /// What they say over a version of the organisation's file.
    bases: Cells<(Commit, String), Base>,
    /// Decision records of the organisation: those of a commit of its repository, in these folders.
    records: Cells<(Commit, Vec<String>), Index>,
}

impl Bases {
    /// Where the organisation's records at a commit, in these folders, are kept.
    pub fn records_of(&self, key: (Commit, Vec<String>)) -> Arc<OnceCell<Index>> {
        self.records.cell(key)
    }
}

/// What is read once for each key, however many ask at once.
struct Cells<K, V> {
    kept: Mutex<Kept<K, V>>,
}

struct Kept<K, V> {
    cells: HashMap<K, (u64, Arc<OnceCell<V>>)>,
    uses: u64,
}

impl<K, V> Default for Cells<K, V> {
    fn default() -> Self {
        Self { kept: Mutex::new(Kept { cells: HashMap::new(), uses: 0 }) }
    }
}

impl<K: Hash + Eq + Clone, V> Cells<K, V> {
    fn cell(&self, key: K) -> Arc<OnceCell<V>> {
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
        let entry = kept.cells.entry(key).or_insert_with(|| (now, Arc::default()));
        entry.0 = now;
        Arc::clone(&entry.1)
    }
}

/// What a gather that ended means for the task.
pub(super) fn task_error(error: GatherError<GitHubError>) -> TaskError {
    match error {
        GatherError::Source(error) => error.into(),
        GatherError::Unreadable { path, why } => GitHubError::Incomplete(format!("{path}: {why}")).into(),
        // Whoever can meet with broken rules shows them; elsewhere they are not read.
        GatherError::BrokenRules(broken) => GitHubError::Incomplete(broken.to_string()).into(),
    }
}

impl Bot {
    /// What a base says over the organisation's file as it is in force; read once however many ask at once.
    pub(super) async fn base_at(&self, at: At<'_>) -> Result<Base, TaskError> {
        let key: Commit = (at.installation, at.repository, at.commit.to_owned());
        let mut looked = false;
        let cell = self.bases.files.cell(key.clone());
        let files = cell
            .get_or_try_init(|| async {
                looked = true;
                // On the heap, as all of these: what a judgement keeps at hand is more than a thread's stack should hold.
                Box::pin(self.files_and_organisation(at)).await
            })
            .await?;
        let beneath = Box::pin(self.in_force(at, looked)).await?;
        let cell = self.bases.bases.cell((key, beneath.digest(at.client)));
        let base = cell.get_or_try_init(|| Box::pin(self.composed(at, files, &beneath))).await?;
        Ok(base.clone())
    }

    /// Keeps the repository's own rules file, where it judges: the last good version of this branch, should a later one be broken.
    pub(super) async fn keep_good(&self, at: At<'_>, branch: &str, base: &Base) -> Result<(), TaskError> {
        let At { installation, repository, commit, .. } = at;
        let Base::Sound(_) = base else { return Ok(()) };
        let cell = self.bases.files.cell((installation, repository, commit.to_owned()));
        let Some(files) = cell.get() else { return Ok(()) };
        let known = self.inbox.good_rules(installation, repository, branch).await?;
        let Some(own) = files.at(RULES_PATH) else {
            if known.is_some() {
                self.inbox.forget_good_rules(installation, repository, branch).await?;
            }
            return Ok(());
        };
        let text = own.bytes.as_ref().ok().and_then(|bytes| std::str::from_utf8(bytes).ok());
        if let Some(text) = text
            && known.is_none_or(|known| known.blob != own.id)
        {
            let (commit, blob, text) = (commit.to_owned(), own.id.clone(), text.to_owned());
            let good = GoodRules { commit, blob, text };
            self.inbox.save_good_rules(installation, repository, branch, &good, (self.clock)()).await?;
        }
        Ok(())
    }

    async fn composed(&self, at: At<'_>, files: &Files, beneath: &InForce) -> Result<Base, TaskError> {
        // That of the organisation's own repository is the organisation's, in whichever version is in force.
        let files = if at.client.is_shared() { &files.without(RULES_PATH) } else { files };
        let home = Home {
            owner: Some(at.client.owner().to_owned()),
            name: Some(at.client.name().to_owned()),
            organization: beneath.file(),
            rules: None,
        };
        match gather::ground_of(files, home) {
            Ok(ground) => {
                let mut basis = gather::with_records(at.client, ground).await.map_err(task_error)?;
                basis.organisation = self.organisation_of(at, &basis, beneath).await?;
                if let Some(organisation) = &basis.organisation {
                    basis.says = gather::says_over(&basis.says, &organisation.says);
                }
                Ok(Base::Sound(Arc::new(basis)))
            }
            Err(GatherError::BrokenRules(broken)) => {
                let says = format!("broken {}", hex::encode(Sha256::digest(&broken.text)));
                Ok(Base::Broken { broken: Arc::from(broken), private: beneath.private, says })
            }
            Err(error) => Err(task_error(error)),
        }
    }
}

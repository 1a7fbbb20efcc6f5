//! What the changed files were at the base, as far as the patches do not tell: asked for only where it can matter, and once.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::github::{Error, Repository};
use crate::ids::{PullKey, RepositoryId};
use crate::review::{Facts, File, Review, Scope};
use crate::rules::Enforce;

use super::gather::{self, GatherError, Version};

/// How many versions are kept: a path, an id and an answer each.
const MOST: usize = 100_000;

/// A file at a merge base of one tenant's repository. Content-addressed, so it never goes stale; nothing is shared between
/// installations.
type Key = (crate::ids::InstallationId, RepositoryId, String, String);

/// The base versions read so far.
#[derive(Default)]
pub(super) struct Versions {
    kept: Mutex<HashMap<Key, Version>>,
}

impl Versions {
    /// Fills in what is missing of the base versions and can matter to `review`, the judgement of these facts; `judged` judges
    /// others. Answers whether the facts are others now.
    ///
    /// Two things can be missing. The content is part of a fingerprint, so it is asked for of the files that somebody may sign.
    /// Whether a file calls itself generated takes files out of a scope: where the judgement is the same with all those that are
    /// not known taken out, it is the same with any of them.
    pub async fn fill(
        &self,
        key: PullKey,
        client: &Repository,
        merge_base: &str,
        facts: &mut Facts,
        review: &Review,
        judged: impl Fn(&Facts) -> Review,
    ) -> Result<bool, Error> {
        if review.scope <= Scope::Team && !review.findings.iter().any(|finding| finding.enforce > Enforce::Shadow) {
            return Ok(false);
        }
        let known = self.remember(key, merge_base, facts);
        let signed = review.findings.iter().filter(|finding| finding.enforce >= Enforce::Review);
        let signed: BTreeSet<&str> =
            signed.flat_map(|finding| &finding.slots).flat_map(|slot| &slot.paths).map(String::as_str).collect();
        let header = matters(facts, judged);
        let missing = |file: &File| {
            let content = gather::content_unknown(file) && file.touched().any(|path| signed.contains(path));
            content || header && gather::header_unknown(file)
        };
        let mut wanted: Vec<&mut File> = facts.files.iter_mut().filter(|file| missing(file)).collect();
        if wanted.is_empty() {
            return Ok(known);
        }
        let versions = match gather::versions(client, merge_base, wanted.iter().map(|file| &**file)).await {
            Ok(versions) => versions,
            Err(GatherError::Source(error)) => return Err(error),
            Err(error) => return Err(Error::Incomplete(error.to_string())),
        };
        let mut kept = self.kept();
        if kept.len() + versions.len() > MOST {
            kept.clear();
        }
        for (file, version) in wanted.iter_mut().zip(versions) {
            version.tell(file);
            if let Some(key) = place(key, merge_base, file) {
                kept.insert(key, version);
            }
        }
        Ok(true)
    }

    /// Fills in what was read already; whether there was anything.
    fn remember(&self, key: PullKey, merge_base: &str, facts: &mut Facts) -> bool {
        let kept = self.kept();
        let mut any = false;
        for file in &mut facts.files {
            if !gather::content_unknown(file) && !gather::header_unknown(file) {
                continue;
            }
            if let Some(version) = place(key, merge_base, file).and_then(|place| kept.get(&place)) {
                version.tell(file);
                any = true;
            }
        }
        any
    }

    /// A panic elsewhere cannot leave the map half-changed, so a poisoned lock is as good as any.
    fn kept(&self) -> MutexGuard<'_, HashMap<Key, Version>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(key: PullKey, merge_base: &str, file: &File) -> Option<Key> {
    let path = gather::path_at_base(file)?;
    Some((key.installation, key.repository, merge_base.to_owned(), path.to_owned()))
}

/// Whether the judgement depends on what the headers that are not known say.
fn matters(facts: &Facts, judged: impl Fn(&Facts) -> Review) -> bool {
    if !facts.files.iter().any(gather::header_unknown) {
        return false;
    }
    let mut generated = facts.clone();
    for file in generated.files.iter_mut().filter(|file| gather::header_unknown(file)) {
        file.generated_at_base = Some(true);
    }
    let (none, all) = (judged(facts), judged(&generated));
    none.scope != all.scope || none.findings != all.findings
}

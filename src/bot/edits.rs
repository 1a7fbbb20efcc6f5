//! What pull requests make of the files that judge, kept by base tip and head: read once however often one is judged.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::github::Error;
use crate::ids::{InstallationId, RepositoryId};
use crate::review::{Basis, Edited};
use crate::source::Comparison;

use super::edited::{edited, edits};
use super::gather::Home;
use super::reconcile::Target;
use super::{Bot, TaskError};

/// How many are kept; each holds what a base says, and at most the paths of a repository.
const MOST: usize = 32;

/// Base tip with what it says, and head, of one tenant's repository. Content-addressed, so it never goes stale; nothing is shared between
/// installations.
type Key = (InstallationId, RepositoryId, String, String);

/// The edits read so far.
#[derive(Default)]
pub(super) struct Edits {
    kept: Mutex<HashMap<Key, Arc<Option<Edited>>>>,
}

impl Bot {
    /// What the change of `comparison` makes of the files that judge; nothing is asked for where it touches none of them.
    pub(super) async fn edited(
        &self,
        target: &Target<'_>,
        basis: &Basis,
        comparison: &Comparison,
    ) -> Result<Arc<Option<Edited>>, TaskError> {
        if edits(basis, comparison).is_empty() {
            return Ok(Arc::default());
        }
        let Target { key, client, .. } = *target;
        let base = format!("{} {}", comparison.base_tip, basis.says);
        let place = (key.installation, key.repository, base, comparison.head.clone());
        // A panic elsewhere cannot leave the map half-changed, so a poisoned lock is as good as any.
        let known = self.edits.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let cut = |error: &Error| match error {
            Error::Incomplete(why) | Error::TooLarge(why) => Some(why.clone()),
            _ => None,
        };
        // The organisation's own repository has its file for the only one, so the head's is laid over nothing there.
        let organization = if client.is_shared() { None } else { self.organisation_file(key, client).await? };
        let home = Home { organization, ..Home::of(basis.owner.clone(), Some(client.name().to_owned())) };
        let read = Arc::new(edited(client, basis, comparison, home, cut).await?);
        let mut kept = self.edits.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(place, Arc::clone(&read));
        Ok(read)
    }
}

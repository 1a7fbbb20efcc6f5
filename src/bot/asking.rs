//! Who is on the list of reviewers already, and whom asking brings nothing.

use std::collections::BTreeSet;

use crate::inbox::{RequestState, ShownRequest};
use crate::pull::Snapshot;
use crate::review::{Asking, Declined};
use crate::rules::Handle;

use super::reconcile::Target;
use super::{Bot, TaskError};

impl Bot {
    /// Whom GitHub has refused to ask, and about what.
    pub(super) async fn refused(&self, target: &Target<'_>) -> Result<BTreeSet<(Handle, BTreeSet<String>)>, TaskError> {
        let shown = self.inbox.shown(&target.key, &target.snapshot.head).await?;
        let refused = shown.requests.into_iter().filter(|request| request.state == RequestState::Refused);
        Ok(refused.map(|request| (request.handle, request.fingerprints)).collect())
    }
}

/// As the last snapshot shows it, and as our own requests stand.
pub(super) fn asking(snapshot: &Snapshot, requests: &[ShownRequest]) -> Asking {
    let ours = |handle: &Handle| {
        requests.iter().any(|request| request.handle == *handle && request.state == RequestState::Asked)
    };
    let users = snapshot.requested_users.iter().map(|login| Handle::new(login));
    let teams = snapshot.requested_teams.iter().map(|slug| Handle::team(&snapshot.owner, slug));
    let declined = requests.iter().filter_map(|request| {
        let refused = match request.state {
            RequestState::Refused => true,
            RequestState::RemovedByPerson => false,
            RequestState::Asked | RequestState::Withdrawn | RequestState::ByPerson => return None,
        };
        Some((request.handle.clone(), Declined { fingerprints: request.fingerprints.clone(), refused }))
    });
    Asking { present: users.chain(teams).filter(|handle| !ours(handle)).collect(), declined: declined.collect() }
}

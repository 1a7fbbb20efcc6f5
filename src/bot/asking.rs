//! Who is on the list of reviewers already, and whom asking brings nothing.

use crate::inbox::{RequestState, ShownRequest};
use crate::pull::Snapshot;
use crate::review::{Asking, Declined};
use crate::rules::Handle;

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

//! Who pushed a head whose push was not told, asked for where a sign-off hangs on it.

use crate::github::Error as GitHubError;
use crate::inbox::Pusher;
use crate::review::{Review, SlotState};

use super::reconcile::Target;
use super::{Bot, TaskError};

impl Bot {
    /// Asks GitHub once who moved the head to where it is, where nobody told it and an approval counts: it may be theirs. Whether
    /// that is known now. Of a branch in a fork GitHub tells it to nobody but the fork's owner.
    pub(super) async fn learn_pusher(&self, target: &Target<'_>, review: &Review) -> Result<bool, TaskError> {
        let Target { key, snapshot, client, .. } = *target;
        let mut slots = review.findings.iter().flat_map(|finding| &finding.slots);
        if !slots.any(|slot| matches!(slot.state, SlotState::Signed { .. })) {
            return Ok(false);
        }
        let Some(branch) = &snapshot.head_branch else { return Ok(false) };
        if self.inbox.is_push_known(&key, &snapshot.head).await? {
            return Ok(false);
        }
        let read = match client.pushes(branch).await {
            Ok(read) => read,
            Err(
                error @ (GitHubError::Limited { .. } | GitHubError::Unauthorized { .. } | GitHubError::Outage { .. }),
            ) => return Err(error.into()),
            // There is no such list, or it may not be seen.
            Err(_) => Vec::new(),
        };
        let found = read.into_iter().find(|push| push.after == snapshot.head);
        let pusher = found.map(|push| {
            let pusher = Pusher { login: push.login, user_id: push.user_id, bot: push.bot, head: push.after };
            (pusher, push.at)
        });
        let known = pusher.is_some();
        self.inbox.push_asked(&key, &snapshot.head, pusher, (self.clock)()).await?;
        Ok(known)
    }
}

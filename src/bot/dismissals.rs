//! Who dismissed a review, asked for where it matters and was not told.

use std::collections::BTreeMap;

use crate::github::Error as GitHubError;
use crate::pull::SeenReview;
use crate::review::{Act, ActKind, Dismissal, Review, SlotState};

use super::reconcile::Target;
use super::{Bot, TaskError};

/// How the dismissals stand after a look.
pub(super) enum Looked {
    /// More is known of them: judge again.
    Learned,
    /// Nothing more is to be known now; whether to look again soon.
    Nothing { again: bool },
}

impl Bot {
    /// Asks GitHub once how reviews were dismissed, where what the review says hangs on it. What cannot be told then is taken
    /// as what holds: nobody with a say undid a request for changes, and a person dismissed an approval.
    pub(super) async fn look_at_dismissals(
        &self,
        target: &Target<'_>,
        review: &Review,
        acts: &[Act],
        reviews: &[SeenReview],
    ) -> Result<Looked, TaskError> {
        let doubtful = |act: &&Act| is_doubtful(act, review, &target.snapshot.head);
        if !acts.iter().any(|act| doubtful(&act)) {
            return Ok(Looked::Nothing { again: false });
        }
        let read = match target.client.dismissals(target.key.number).await {
            Ok(read) => read,
            Err(error @ (GitHubError::Limited { .. } | GitHubError::Unauthorized { .. })) => return Err(error.into()),
            Err(GitHubError::Outage { .. }) => return Ok(Looked::Nothing { again: true }),
            Err(_) => Vec::new(),
        };
        let read: BTreeMap<u64, Dismissal> = read.into_iter().collect();
        let unknown = Dismissal { was: None, by: None, bot: false, by_push: Some(false) };
        let dismissed = reviews.iter().filter(|review| review.kind == Some(ActKind::Dismissed));
        let rows: Vec<SeenReview> = dismissed
            .map(|review| SeenReview {
                dismissed: Some(read.get(&review.review_id).unwrap_or(&unknown).clone()),
                ..review.clone()
            })
            .collect();
        self.inbox.save_reviews(&target.key, &rows).await?;
        Ok(Looked::Learned)
    }
}

/// Whether the judgement would be another if more were known of this dismissal.
fn is_doubtful(act: &Act, review: &Review, head: &str) -> bool {
    let Some(dismissal) = act.dismissed.as_ref().filter(|dismissal| dismissal.by_push.is_none()) else { return false };
    let mut slots = review.findings.iter().flat_map(|finding| &finding.slots);
    if dismissal.was == Some(ActKind::Approved) {
        // No push can have come after an approval of the very head.
        return act.commit.as_deref() != Some(head)
            && slots.any(|slot| {
                slot.state == SlotState::Open
                    && act.signed.as_ref().is_some_and(|signed| signed.contains(&slot.fingerprint))
            });
    }
    let holds = |state: &SlotState| match state {
        SlotState::ChangesRequested { by, .. } => *by == act.login,
        SlotState::Unknown { .. } => true,
        _ => false,
    };
    (dismissal.by.is_none() || dismissal.was.is_none()) && slots.any(|slot| holds(&slot.state))
}

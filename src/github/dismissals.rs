//! Who dismissed which review, and whether a push did it: the pull request's own list of reviews says neither.

use serde::Deserialize;

use super::client::PAGE;
use super::transport::Call;
use super::wire::{User, is_commit, who};
use super::{Error, Repository};
use crate::review::{ActKind, Dismissal};

/// How many pages of events are read.
const EVENT_PAGES: usize = 30;

/// OpenAPI, `review-dismissed-issue-event`; of other events nothing is read but their name.
#[derive(Deserialize)]
struct EventBody {
    event: Option<String>,
    actor: Option<User>,
    performed_via_github_app: Option<serde::de::IgnoredAny>,
    dismissed_review: Option<DismissedBody>,
}

#[derive(Deserialize)]
struct DismissedBody {
    state: Option<String>,
    review_id: Option<u64>,
    dismissal_commit_id: Option<String>,
}

impl EventBody {
    /// The review that was dismissed, and how; `None`: it is another event.
    fn dismissal(self) -> Option<(u64, Dismissal)> {
        let review = self.dismissed_review.filter(|_| self.event.as_deref() == Some("review_dismissed"))?;
        let was = match review.state.unwrap_or_default().to_ascii_lowercase().as_str() {
            "approved" => Some(ActKind::Approved),
            "changes_requested" => Some(ActKind::ChangesRequested),
            _ => None,
        };
        let by = self.actor.as_ref().filter(|actor| actor.login.is_some()).map(|actor| who(Some(actor)));
        let (by, bot) = by.map_or((None, false), |(login, bot)| (Some(login), bot));
        // The commit that made the review stale (GraphQL, `ReviewDismissedEvent.pullRequestCommit`, says so of the same field):
        // a person's dismissal has none. Only approvals go stale.
        let by_push = was == Some(ActKind::Approved) && review.dismissal_commit_id.as_deref().is_some_and(is_commit);
        // An App that acts for a person dismisses for itself.
        let bot = bot || self.performed_via_github_app.is_some();
        Some((review.review_id?, Dismissal { was, by, bot, by_push: Some(by_push) }))
    }
}

impl Repository {
    /// Every dismissal of a review of a pull request, by review id, oldest first, all pages.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Incomplete`] where there are more than 3,000 events.
    pub async fn dismissals(&self, number: u64) -> Result<Vec<(u64, Dismissal)>, Error> {
        let number = number.to_string();
        let args = [self.owner.as_str(), self.name.as_str(), number.as_str()];
        let call = Call::get("/repos/{owner}/{repo}/issues/{issue_number}/events", &args);
        let all = self.installation.pages::<Vec<EventBody>>(&call, EVENT_PAGES).await?;
        let all = all.ok_or_else(|| Error::Incomplete(format!("there are more than {} events", EVENT_PAGES * PAGE)))?;
        Ok(all.into_iter().filter_map(EventBody::dismissal).collect())
    }
}

//! Makes GitHub show what it should: the difference only, what holds first, what frees last.

mod requests;

use sha2::{Digest, Sha256};
use tracing::warn;

use crate::github::{Error as GitHubError, Repository};
use crate::ids::PullKey;
use crate::inbox::{Claim, Intent, IntentKind, Outcome, Shown, ShownComment};
use crate::pull::Snapshot;
use crate::render::{self, Check};
use crate::review::{Asked, Basis, Conclusion, Review};

use super::{Bot, End, TaskError};
use requests::{refused, withdrawn};

/// The pull request that is written to.
pub(super) struct Target<'a> {
    pub key: PullKey,
    pub snapshot: &'a Snapshot,
    pub client: &'a Repository,
    pub claim: &'a Claim,
}

/// What GitHub should show.
pub(super) struct Desired {
    base_tip: String,
    what: What,
}

enum What {
    /// The check alone: nothing could be judged.
    Check {
        check: Check,
        /// What our comment says where there is one, if what it said does not hold any more: nobody is asked then.
        instead: Option<String>,
    },
    /// The check, and what a review asks for.
    Review {
        review: Box<Review>,
        context: Box<render::Context>,
        /// A digest of what the base says.
        says: String,
        /// Whether people may be asked: not on a draft, not on a branch that is not gated.
        asks: bool,
        /// Whether the comment belongs on this pull request.
        comments: bool,
    },
}

impl Desired {
    /// The check and nothing else.
    pub fn check_only(check: Check, base_tip: &str) -> Self {
        Self { base_tip: base_tip.to_owned(), what: What::Check { check, instead: None } }
    }

    /// The check; and where our comment stands that says this, since nothing is asked any more.
    pub fn check_instead(check: Check, base_tip: &str, comment: String) -> Self {
        Self { base_tip: base_tip.to_owned(), what: What::Check { check, instead: Some(comment) } }
    }

    /// What a review asks for.
    pub fn of_review(review: Review, context: render::Context, basis: &Basis, asks: bool, comments: bool) -> Self {
        let says = basis.says.clone();
        let what = What::Review { review: Box::new(review), context: Box::new(context), says, asks, comments };
        Self { base_tip: basis.commit.clone(), what }
    }
}

impl Bot {
    /// Sends what differs from what GitHub shows. Doing it twice, or stopping half-way and starting again, ends the same, and at
    /// no point is the check greener than the review. Where somebody is to be asked later, it is to be looked at again then.
    pub(super) async fn reconcile(&self, target: &Target<'_>, desired: &Desired) -> Result<End, TaskError> {
        // Closed while it was judged: nobody is asked about it any more. It is looked at again when it is reopened.
        if self.inbox.snapshot(&target.key).await?.is_some_and(|now| !now.open) {
            return Ok(End::Done);
        }
        let mut shown = self.inbox.shown(&target.key, &target.snapshot.head).await?;
        let mut snapshot = target.snapshot.clone();
        if !shown.known || !shown.intents.is_empty() {
            shown = self.look(target, shown, &mut snapshot).await?;
        }
        let target = &Target { snapshot: &snapshot, ..*target };
        match &desired.what {
            What::Check { check, instead } => {
                let end = self.speak(target, Some(check), &desired.base_tip).await?;
                if let Some(body) = instead {
                    self.step_back(target, body).await?;
                }
                Ok(end)
            }
            What::Review { review, context, says, asks, comments } => {
                let mut context = (**context).clone();
                let freeing = matches!(review.conclusion, Conclusion::Success | Conclusion::Neutral);
                context.unaskable = refused(&shown.requests, review);
                let early = render::check(review, &context);
                if !freeing {
                    self.speak(target, Some(&early), &desired.base_tip).await?;
                }
                let nobody = Asked::default();
                let wanted = if *asks { &review.reviewers } else { &nobody };
                let (requests, later) = self.write_requests(target, &shown.requests, review, wanted).await?;
                shown.requests = requests;
                context.unaskable = refused(&shown.requests, review);
                if *comments && (shown.comment.is_some() || render::has_comment(review) || context.preview.is_some()) {
                    let body = render::comment(review, &context);
                    let compared = render::compared(review, &context, says);
                    self.write_comment(target, &shown, &body, &compared).await?;
                } else if !*comments && shown.comment.is_some() {
                    let body = render::comment_of_open_branch(&context);
                    self.write_comment(target, &shown, &body, &body).await?;
                }
                // What frees is only said now; what holds is said again where somebody turned out not to be askable.
                let end = self.speak(target, Some(&render::check(review, &context)), &desired.base_tip).await?;
                Ok(if end == End::Done { later.map_or(End::Done, End::At) } else { end })
            }
        }
    }

    /// Takes back what we asked for, and has our comment say why, where there is one: what they were for is not there any more.
    pub(super) async fn step_back(&self, target: &Target<'_>, body: &str) -> Result<(), TaskError> {
        let shown = self.inbox.shown(&target.key, &target.snapshot.head).await?;
        self.withdraw_all(target, &shown.requests).await?;
        if shown.comment.is_some() {
            self.write_comment(target, &shown, body, body).await?;
        }
        Ok(())
    }

    /// Asks GitHub what it shows of ours, and who is requested: nothing is stored, or what is stored is in doubt.
    async fn look(&self, target: &Target<'_>, stored: Shown, snapshot: &mut Snapshot) -> Result<Shown, TaskError> {
        let now = (self.clock)();
        let number = target.key.number;
        // Every comment of our App: somebody may have edited the marker away. The one that we know lives; where we know none, the
        // oldest with a marker. A second one with a marker can only come from a lost answer.
        let marker = format!("<!-- merestone v1 app={} ", self.app.id());
        let comments = target.client.own_comments(number).await?;
        let known = stored.comment.as_ref().map(|comment| comment.id);
        let ours = comments
            .iter()
            .find(|comment| Some(comment.id) == known)
            .or_else(|| comments.iter().find(|comment| comment.body.starts_with(&marker)));
        let comment = ours.map(|comment| ShownComment { id: comment.id, hash: read_hash(&comment.body), seen_at: now });
        for twin in &comments {
            if twin.body.starts_with(&marker) && comment.as_ref().is_some_and(|ours| ours.id != twin.id) {
                target.client.delete_comment(twin.id).await?;
            }
        }
        (snapshot.requested_users, snapshot.requested_teams) = target.client.requested(number).await?;
        // Only what was asked for is news: the rest of the snapshot may have been overtaken by an event meanwhile.
        if let Some(mut kept) = self.inbox.snapshot(&target.key).await?
            && kept.head == snapshot.head
        {
            kept.requested_users.clone_from(&snapshot.requested_users);
            kept.requested_teams.clone_from(&snapshot.requested_teams);
            self.inbox.save_snapshot(&target.key, &kept).await?;
        }
        // Nobody else writes the check of this head between the look at it and the word of that.
        let _alone = self.voices.of(&target.key, &target.snapshot.head).lock().await;
        let check = self.read_check(target).await?;
        // What we asked for is ours only where we know that we did; the rest is somebody's wish and stays.
        let requests = withdrawn(stored.requests, &stored.intents, snapshot);
        self.inbox.set_known(&target.key, comment.as_ref(), check.as_ref(), &requests).await?;
        Ok(Shown { comment, check, requests, intents: Vec::new(), known: true })
    }

    /// Makes our comment show `body`. It is known by `compared` ([`render::compared`]): what is sent links rules and records at the
    /// very commit that was judged by, and a base that moved on and says the same is no reason to edit it, since the links that
    /// are there lead to the same texts; nor are files that nobody owns.
    async fn write_comment(
        &self,
        target: &Target<'_>,
        shown: &Shown,
        body: &str,
        compared: &str,
    ) -> Result<(), TaskError> {
        let hash = hash(&unticked(compared));
        // What was read from GitHub is known by what was sent.
        let same = |there: &ShownComment| there.hash == hash || there.hash == read_hash(body);
        if shown.comment.as_ref().is_some_and(same) {
            return Ok(());
        }
        let kind = if shown.comment.is_some() { IntentKind::UpdateComment } else { IntentKind::CreateComment };
        let intent = self.intend(target, kind, None, &hash).await?;
        let result = match &shown.comment {
            Some(there) => target.client.update_comment(there.id, body).await,
            None => target.client.create_comment(target.key.number, body).await,
        };
        let comment = match self.ended(target, intent, result).await {
            // Deleted meanwhile: what is there has to be looked at afresh.
            Err(TaskError::GitHub(GitHubError::NotFound { what })) => {
                self.inbox.doubt(&target.key).await?;
                return Err(TaskError::Stale(format!("{what}: our comment is gone")));
            }
            // Locked, or full: the comment informs, and what the check says does not wait for it.
            Err(TaskError::GitHub(error @ (GitHubError::Refused { .. } | GitHubError::Forbidden { .. }))) => {
                warn!(%error, "the comment was not taken");
                return Ok(());
            }
            other => other?,
        };
        let outcome = Outcome::Comment(ShownComment { id: comment.id, hash, seen_at: (self.clock)() });
        self.inbox.settle(&target.key, intent, &outcome).await?;
        Ok(())
    }

    pub(super) async fn intend(
        &self,
        target: &Target<'_>,
        kind: IntentKind,
        head: Option<&str>,
        hash: &str,
    ) -> Result<i64, TaskError> {
        let intent = Intent { id: 0, kind, head: head.map(str::to_owned), hash: hash.to_owned(), at: (self.clock)() };
        Ok(self.inbox.intend(&target.key, &intent).await?)
    }

    /// Passes a write's answer on. A definite no ends its intent; without an answer the intent stays, and the next look asks.
    pub(super) async fn ended<T>(
        &self,
        target: &Target<'_>,
        intent: i64,
        result: Result<T, GitHubError>,
    ) -> Result<T, TaskError> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => {
                // A 5xx that names a time to come back by is among those that ask to wait, and may have been done.
                let known = !matches!(
                    error,
                    GitHubError::Outage { .. } | GitHubError::Malformed { .. } | GitHubError::Limited { .. }
                );
                if known {
                    self.inbox.settle(&target.key, intent, &Outcome::NotDone).await?;
                }
                Err(error.into())
            }
        }
    }
}

/// A body with its boxes unticked: what people tick is theirs, and no difference from what we wrote.
fn unticked(body: &str) -> String {
    body.replace("- [x] ", "- [ ] ").replace("- [X] ", "- [ ] ").replace("\r\n", "\n")
}

/// What a comment is known by that was read from GitHub.
fn read_hash(body: &str) -> String {
    hash(&unticked(body))
}

pub(super) fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

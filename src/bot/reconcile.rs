//! Makes GitHub show what it should: the difference only, what holds first, what frees last.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use tracing::warn;

use crate::github::{Error as GitHubError, Repository};
use crate::ids::PullKey;
use crate::inbox::{Claim, Intent, IntentKind, Outcome, RequestState, Shown, ShownComment, ShownRequest};
use crate::pull::Snapshot;
use crate::render::{self, Check};
use crate::review::{Asked, Conclusion, Review};
use crate::rules::Handle;

use super::{Bot, End, TaskError};

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
    Check(Check),
    /// The check, and what a review asks for.
    Review {
        review: Box<Review>,
        context: Box<render::Context>,
        /// Whether people may be asked: not on a draft, not on a branch that is not gated.
        asks: bool,
        /// Whether the comment belongs on this pull request.
        comments: bool,
    },
}

impl Desired {
    /// The check and nothing else.
    pub fn check_only(check: Check, base_tip: &str) -> Self {
        Self { base_tip: base_tip.to_owned(), what: What::Check(check) }
    }

    /// What a review asks for.
    pub fn of_review(review: Review, context: render::Context, base_tip: String, asks: bool, comments: bool) -> Self {
        let what = What::Review { review: Box::new(review), context: Box::new(context), asks, comments };
        Self { base_tip, what }
    }
}

impl Bot {
    /// Sends what differs from what GitHub shows. Doing it twice, or stopping half-way and starting again, ends the same, and at
    /// no point is the check greener than the review.
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
            What::Check(check) => self.speak(target, Some(check), &desired.base_tip).await,
            What::Review { review, context, asks, comments } => {
                let mut context = (**context).clone();
                let freeing = matches!(review.conclusion, Conclusion::Success | Conclusion::Neutral);
                context.unaskable = refused(&shown.requests, review);
                let early = render::check(review, &context);
                if !freeing {
                    self.speak(target, Some(&early), &desired.base_tip).await?;
                }
                let nobody = Asked::default();
                let wanted = if *asks { &review.reviewers } else { &nobody };
                shown.requests = self.write_requests(target, &shown.requests, review, wanted).await?;
                context.unaskable = refused(&shown.requests, review);
                if *comments && (shown.comment.is_some() || render::has_comment(review)) {
                    self.write_comment(target, &shown, &render::comment(review, &context)).await?;
                } else if !*comments && shown.comment.is_some() {
                    self.write_comment(target, &shown, &render::comment_of_open_branch(&context)).await?;
                }
                // What frees is only said now; what holds is said again where somebody turned out not to be askable.
                self.speak(target, Some(&render::check(review, &context)), &desired.base_tip).await
            }
        }
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
        let comment =
            ours.map(|comment| ShownComment { id: comment.id, hash: hash(&unticked(&comment.body)), seen_at: now });
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
        self.inbox.set_known(&target.key, comment.as_ref(), check.as_ref(), &stored.requests).await?;
        Ok(Shown { comment, check, requests: stored.requests, intents: Vec::new(), known: true })
    }

    async fn write_comment(&self, target: &Target<'_>, shown: &Shown, body: &str) -> Result<(), TaskError> {
        let hash = hash(&unticked(body));
        if shown.comment.as_ref().is_some_and(|there| there.hash == hash) {
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

    /// Asks those `wanted` whom nobody has asked yet, and withdraws requests of ours that have lost their reason. Answers
    /// how our requests stand afterwards.
    async fn write_requests(
        &self,
        target: &Target<'_>,
        ours: &[ShownRequest],
        review: &Review,
        wanted: &Asked,
    ) -> Result<Vec<ShownRequest>, TaskError> {
        let mut stand: BTreeMap<Handle, ShownRequest> =
            ours.iter().map(|request| (request.handle.clone(), request.clone())).collect();
        let wanted: BTreeSet<Handle> = wanted.teams.iter().chain(&wanted.users).cloned().collect();

        let withdrawn: Vec<Handle> = stand
            .values()
            .filter(|request| request.state == RequestState::Asked && !wanted.contains(&request.handle))
            .filter(|request| is_requested(target.snapshot, request))
            .map(|request| request.handle.clone())
            .collect();
        if !withdrawn.is_empty() {
            let (users, teams) = names(&withdrawn);
            let intent = self.intend(target, IntentKind::Withdraw, None, &hash(&format!("{withdrawn:?}"))).await?;
            let result = target.client.withdraw(target.key.number, &users, &teams).await;
            match self.ended(target, intent, result).await {
                // Gone already, or not ours to withdraw: nothing is held up by that.
                Ok(()) | Err(TaskError::GitHub(GitHubError::Refused { .. } | GitHubError::NotFound { .. })) => {}
                Err(error) => return Err(error),
            }
            let rows = self.rows(&withdrawn, RequestState::Withdrawn, None, review);
            self.settle_requests(target, intent, rows, &mut stand).await?;
        }

        let asked: Vec<Handle> =
            wanted.into_iter().filter(|handle| self.is_news(target, &stand, handle, review)).collect();
        if asked.is_empty() {
            return Ok(stand.into_values().collect());
        }
        match self.ask(target, &asked, review, &mut stand).await {
            Err(TaskError::GitHub(GitHubError::Refused { why, .. } | GitHubError::Forbidden { why, .. })) => {
                if let [only] = asked.as_slice() {
                    self.refuse(target, only, &why, review, &mut stand).await?;
                } else {
                    // One bad name refuses all of them: each by itself.
                    for one in &asked {
                        match self.ask(target, std::slice::from_ref(one), review, &mut stand).await {
                            Err(TaskError::GitHub(
                                GitHubError::Refused { why, .. } | GitHubError::Forbidden { why, .. },
                            )) => {
                                self.refuse(target, one, &why, review, &mut stand).await?;
                            }
                            other => other?,
                        }
                    }
                }
            }
            other => other?,
        }
        Ok(stand.into_values().collect())
    }

    /// Whether asking this handle tells it anything new: it is not requested, and was not asked about this very evidence.
    fn is_news(
        &self,
        target: &Target<'_>,
        stand: &BTreeMap<Handle, ShownRequest>,
        handle: &Handle,
        review: &Review,
    ) -> bool {
        if on_the_list(target.snapshot, handle) {
            return false;
        }
        stand.get(handle).is_none_or(|request| {
            let same = review.asks(handle).is_subset(&request.fingerprints);
            let asked_before = matches!(
                request.state,
                RequestState::Asked | RequestState::Refused | RequestState::ByPerson | RequestState::RemovedByPerson
            );
            !(same && asked_before)
        })
    }

    async fn ask(
        &self,
        target: &Target<'_>,
        handles: &[Handle],
        review: &Review,
        stand: &mut BTreeMap<Handle, ShownRequest>,
    ) -> Result<(), TaskError> {
        let (users, teams) = names(handles);
        let intent = self.intend(target, IntentKind::Request, None, &hash(&format!("{handles:?}"))).await?;
        let result = target.client.request(target.key.number, &users, &teams).await;
        self.ended(target, intent, result).await?;
        let rows = self.rows(handles, RequestState::Asked, None, review);
        self.settle_requests(target, intent, rows, stand).await
    }

    async fn refuse(
        &self,
        target: &Target<'_>,
        handle: &Handle,
        why: &str,
        review: &Review,
        stand: &mut BTreeMap<Handle, ShownRequest>,
    ) -> Result<(), TaskError> {
        let rows = self.rows(std::slice::from_ref(handle), RequestState::Refused, Some(why), review);
        let intent = self.intend(target, IntentKind::Request, None, "").await?;
        self.settle_requests(target, intent, rows, stand).await
    }

    fn rows(&self, handles: &[Handle], state: RequestState, why: Option<&str>, review: &Review) -> Vec<ShownRequest> {
        handles
            .iter()
            .map(|handle| ShownRequest {
                handle: handle.clone(),
                state,
                why: why.map(str::to_owned),
                at: (self.clock)(),
                fingerprints: review.asks(handle),
                again: 0,
            })
            .collect()
    }

    async fn settle_requests(
        &self,
        target: &Target<'_>,
        intent: i64,
        rows: Vec<ShownRequest>,
        stand: &mut BTreeMap<Handle, ShownRequest>,
    ) -> Result<(), TaskError> {
        self.inbox.settle(&target.key, intent, &Outcome::Requests(rows.clone())).await?;
        stand.extend(rows.into_iter().map(|row| (row.handle.clone(), row)));
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

/// Whether GitHub lists this handle among the requested reviewers, as far as the last snapshot shows.
fn on_the_list(snapshot: &Snapshot, handle: &Handle) -> bool {
    let same = |one: &String, other: &str| one.eq_ignore_ascii_case(other);
    match (handle.as_team(), handle.as_user()) {
        (Some((_, slug)), _) => snapshot.requested_teams.iter().any(|team| same(team, slug)),
        (None, Some(login)) => snapshot.requested_users.iter().any(|user| same(user, login)),
        (None, None) => false,
    }
}

/// Whether a request of ours still stands: it is on the list, or was made after the list was seen.
fn is_requested(snapshot: &Snapshot, request: &ShownRequest) -> bool {
    on_the_list(snapshot, &request.handle) || request.at > snapshot.updated_at
}

/// Whom GitHub refused to ask, of those whom the review would ask.
fn refused(requests: &[ShownRequest], review: &Review) -> Vec<(Handle, String)> {
    let wanted = |handle: &Handle| {
        let left_out = review.not_asked.iter().any(|one| one.refused && one.handle == *handle);
        left_out || review.reviewers.teams.contains(handle) || review.reviewers.users.contains(handle)
    };
    requests
        .iter()
        .filter(|request| request.state == RequestState::Refused && wanted(&request.handle))
        .map(|request| (request.handle.clone(), request.why.clone().unwrap_or_default()))
        .collect()
}

/// Logins and team slugs, as GitHub wants them.
fn names(handles: &[Handle]) -> (Vec<String>, Vec<String>) {
    let users = handles.iter().filter_map(|handle| handle.as_user().map(str::to_owned)).collect();
    let teams = handles.iter().filter_map(|handle| handle.as_team().map(|(_, slug)| slug.to_owned())).collect();
    (users, teams)
}

/// A body with its boxes unticked: what people tick is theirs, and no difference from what we wrote.
fn unticked(body: &str) -> String {
    body.replace("- [x] ", "- [ ] ").replace("- [X] ", "- [ ] ").replace("\r\n", "\n")
}

pub(super) fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

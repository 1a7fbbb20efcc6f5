//! Who is asked, and who is not asked any more: the difference, each once, and again only at a pace.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::github::Error as GitHubError;
use crate::inbox::{Intent, IntentKind, Outcome, RequestState, ShownRequest};
use crate::pull::Snapshot;
use crate::review::{Asked, Review};
use crate::rules::Handle;

use super::super::{Bot, TaskError};
use super::{Target, hash};

/// How often a handle is asked again at most, the first time aside (DESIGN, Asking).
const PACE: TimeDelta = TimeDelta::hours(1);

/// Our requests by handle.
type Stand = BTreeMap<Handle, ShownRequest>;

/// What asking a handle would be.
enum News {
    /// It has been told, or the list of reviewers says so.
    None,
    /// The list says so, and it says so of other evidence than was asked about.
    Standing,
    /// It tells something new.
    Now,
    /// It does, and may be told from then on.
    At(DateTime<Utc>),
}

impl Bot {
    /// Asks those `wanted` whom nobody has asked yet, and withdraws requests of ours that have lost their reason. Answers how
    /// our requests stand afterwards, and when somebody is to be asked who may not be yet.
    pub(super) async fn write_requests(
        &self,
        target: &Target<'_>,
        ours: &[ShownRequest],
        review: &Review,
        wanted: &Asked,
    ) -> Result<(Vec<ShownRequest>, Option<DateTime<Utc>>), TaskError> {
        let mut stand: Stand = ours.iter().map(|request| (request.handle.clone(), request.clone())).collect();
        let wanted: BTreeSet<Handle> = wanted.teams.iter().chain(&wanted.users).cloned().collect();
        self.withdraw(target, &wanted, &mut stand).await?;

        let (mut asked, mut standing, mut later) = (Vec::new(), Vec::new(), None);
        for handle in wanted {
            match self.news(target, &stand, &handle, review) {
                News::None => {}
                News::Standing => standing.push(handle),
                News::Now => asked.push(handle),
                News::At(due) => later = later.into_iter().chain([due]).min(),
            }
        }
        if !standing.is_empty() {
            self.note_standing(target, &standing, review, &mut stand).await?;
        }
        if asked.is_empty() {
            return Ok((stand.into_values().collect(), later));
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
        Ok((stand.into_values().collect(), later))
    }

    /// Withdraws every request of ours that stands.
    pub(super) async fn withdraw_all(&self, target: &Target<'_>, ours: &[ShownRequest]) -> Result<(), TaskError> {
        let mut stand: Stand = ours.iter().map(|request| (request.handle.clone(), request.clone())).collect();
        self.withdraw(target, &BTreeSet::new(), &mut stand).await
    }

    async fn withdraw(
        &self,
        target: &Target<'_>,
        wanted: &BTreeSet<Handle>,
        stand: &mut Stand,
    ) -> Result<(), TaskError> {
        let withdrawn: Vec<Handle> = stand
            .values()
            .filter(|request| request.state == RequestState::Asked && !wanted.contains(&request.handle))
            .filter(|request| is_requested(target.snapshot, request))
            .map(|request| request.handle.clone())
            .collect();
        if withdrawn.is_empty() {
            return Ok(());
        }
        let (users, teams) = names(&withdrawn);
        let intent = self.intend(target, IntentKind::Withdraw, None, &whom(&withdrawn)).await?;
        let result = target.client.withdraw(target.key.number, &users, &teams).await;
        match self.ended(target, intent, result).await {
            // Gone already, or not ours to withdraw: nothing is held up by that.
            Ok(()) | Err(TaskError::GitHub(GitHubError::Refused { .. } | GitHubError::NotFound { .. })) => {}
            Err(error) => return Err(error),
        }
        let gone = stand.values().filter(|request| withdrawn.contains(&request.handle));
        let at = (self.clock)();
        let rows = gone.map(|request| ShownRequest { state: RequestState::Withdrawn, at, ..request.clone() }).collect();
        self.settle_requests(target, intent, rows, stand).await?;
        self.take_off_the_list(target, &withdrawn).await
    }

    /// Takes whom we withdrew off the stored list of reviewers. GitHub tells of it too, but that word may not come, and whoever stays
    /// on the list without being ours counts as somebody's wish: nobody would be asked in their place.
    async fn take_off_the_list(&self, target: &Target<'_>, withdrawn: &[Handle]) -> Result<(), TaskError> {
        let Some(mut kept) = self.inbox.snapshot(&target.key).await? else { return Ok(()) };
        let (users, teams) = names(withdrawn);
        let without = |list: &mut Vec<String>, gone: &[String]| {
            let before = list.len();
            list.retain(|one| !gone.iter().any(|gone| gone.eq_ignore_ascii_case(one)));
            list.len() < before
        };
        let fewer = without(&mut kept.requested_users, &users) | without(&mut kept.requested_teams, &teams);
        if fewer {
            self.inbox.save_snapshot(&target.key, &kept).await?;
        }
        Ok(())
    }

    /// What asking this handle would tell it: nothing where it is requested, or somebody does not want it asked about this.
    ///
    /// Where the evidence changed it is asked again, and so where what was said to our request does not count (any more): it was
    /// dismissed, its giver has left, or has a hand in the change. The first time at once, after that an hour after it was last
    /// asked.
    fn news(&self, target: &Target<'_>, stand: &Stand, handle: &Handle, review: &Review) -> News {
        let Some(request) = stand.get(handle) else {
            return if on_the_list(target.snapshot, handle) { News::None } else { News::Now };
        };
        let same = review.asks(handle).is_subset(&request.fingerprints);
        if on_the_list(target.snapshot, handle) {
            return if same || request.state != RequestState::Asked { News::None } else { News::Standing };
        }
        let told = match request.state {
            RequestState::Withdrawn => false,
            // GitHub takes whoever has answered off the list. Of a request that is newer than the list nothing is known yet.
            RequestState::Asked => is_requested(target.snapshot, request),
            RequestState::Refused | RequestState::RemovedByPerson | RequestState::ByPerson => true,
        };
        if same && told {
            return News::None;
        }
        let free = request.at + PACE;
        if request.again == 0 || free <= (self.clock)() { News::Now } else { News::At(free) }
    }

    async fn ask(
        &self,
        target: &Target<'_>,
        handles: &[Handle],
        review: &Review,
        stand: &mut Stand,
    ) -> Result<(), TaskError> {
        let (users, teams) = names(handles);
        let intent = self.intend(target, IntentKind::Request, None, &hash(&format!("{handles:?}"))).await?;
        let result = target.client.request(target.key.number, &users, &teams).await;
        self.ended(target, intent, result).await?;
        let mut rows = self.rows(handles, RequestState::Asked, None, review, stand);
        for row in &mut rows {
            // Whom GitHub refused to ask has not heard of it.
            let heard = stand.get(&row.handle).is_some_and(|before| before.state != RequestState::Refused);
            row.again += u64::from(heard);
        }
        self.settle_requests(target, intent, rows, stand).await
    }

    async fn refuse(
        &self,
        target: &Target<'_>,
        handle: &Handle,
        why: &str,
        review: &Review,
        stand: &mut Stand,
    ) -> Result<(), TaskError> {
        let rows = self.rows(std::slice::from_ref(handle), RequestState::Refused, Some(why), review, stand);
        let intent = self.intend(target, IntentKind::Request, None, "").await?;
        self.settle_requests(target, intent, rows, stand).await
    }

    /// A request that stands when the evidence changes asks about the new evidence too: whoever answers it has seen that.
    async fn note_standing(
        &self,
        target: &Target<'_>,
        handles: &[Handle],
        review: &Review,
        stand: &mut Stand,
    ) -> Result<(), TaskError> {
        let asked_at = |row: &ShownRequest| stand.get(&row.handle).map_or(row.at, |before| before.at);
        let mut rows = self.rows(handles, RequestState::Asked, None, review, stand);
        for row in &mut rows {
            row.at = asked_at(row);
        }
        let intent = self.intend(target, IntentKind::Request, None, "").await?;
        self.settle_requests(target, intent, rows, stand).await
    }

    fn rows(
        &self,
        handles: &[Handle],
        state: RequestState,
        why: Option<&str>,
        review: &Review,
        stand: &Stand,
    ) -> Vec<ShownRequest> {
        handles
            .iter()
            .map(|handle| ShownRequest {
                handle: handle.clone(),
                state,
                why: why.map(str::to_owned),
                at: (self.clock)(),
                fingerprints: review.asks(handle),
                again: stand.get(handle).map_or(0, |before| before.again),
            })
            .collect()
    }

    async fn settle_requests(
        &self,
        target: &Target<'_>,
        intent: i64,
        rows: Vec<ShownRequest>,
        stand: &mut Stand,
    ) -> Result<(), TaskError> {
        self.inbox.settle(&target.key, intent, &Outcome::Requests(rows.clone())).await?;
        stand.extend(rows.into_iter().map(|row| (row.handle.clone(), row)));
        Ok(())
    }
}

/// Whom an intent to withdraw is about, as it is stored.
fn whom(handles: &[Handle]) -> String {
    let names: Vec<&str> = handles.iter().map(Handle::as_str).collect();
    serde_json::json!(names).to_string()
}

/// Our requests where the answer to a withdrawal was lost: of those whom it was about, whoever the list does not have was withdrawn.
pub(super) fn withdrawn(mut requests: Vec<ShownRequest>, intents: &[Intent], listed: &Snapshot) -> Vec<ShownRequest> {
    let of_withdrawals = intents.iter().filter(|intent| intent.kind == IntentKind::Withdraw);
    let meant: BTreeSet<Handle> = of_withdrawals
        .flat_map(|intent| serde_json::from_str::<Vec<String>>(&intent.hash).unwrap_or_default())
        .map(|name| Handle::new(&name))
        .collect();
    let gone = |request: &&mut ShownRequest| {
        request.state == RequestState::Asked && meant.contains(&request.handle) && !on_the_list(listed, &request.handle)
    };
    requests.iter_mut().filter(gone).for_each(|request| request.state = RequestState::Withdrawn);
    requests
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
pub(super) fn refused(requests: &[ShownRequest], review: &Review) -> Vec<(Handle, String)> {
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

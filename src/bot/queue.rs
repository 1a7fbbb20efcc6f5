//! The merge queue: a group is judged as a change of its own, and every file of it has to be signed in one of its pull requests.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use tracing::{info, warn};

use crate::github::{Error as GitHubError, GroupCommit};
use crate::ids::{InstallationId, PullKey, RepositoryId};
use crate::inbox::{Claim, Group, OpenGroup};
use crate::pull::Snapshot;
use crate::render;
use crate::review::{Asking, Basis, Conclusion, Facts, GroupReview, Member, Review, judge_group};
use crate::source::{Comparison, Source};

use super::acts::Ground;
use super::bases::{At, Base};
use super::change::Gathered;
use super::members::{Claimed, members_of};
use super::pull::{Pushers, facts};
use super::reconcile::Target;
use super::{Bot, End, TaskError};

/// How long a group is taken to be there without asking. An hour is what a queue waits for checks unless it is set otherwise
/// (docs.github.com, "Managing a merge queue": status check timeout); one that is there for longer costs a request an hour.
const UNASKED: TimeDelta = TimeDelta::hours(1);

/// After so long "not found" is believed of a group.
const NEW: TimeDelta = TimeDelta::minutes(2);

/// When a group that is there now is to be asked for next.
fn asked_at(told_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let first = told_at + UNASKED;
    if first > now { first } else { now + UNASKED }
}

/// What became of a group.
enum Found {
    Judged(End),
    Gone,
}

/// A member as it is now.
struct Judged {
    number: u64,
    review: Review,
}

impl Bot {
    /// Judges the open groups of a repository's merge queue.
    pub(super) async fn queue(
        &self,
        claim: &Claim,
        installation: InstallationId,
        repository: RepositoryId,
    ) -> Result<End, TaskError> {
        let Some(known) = self.inbox.repository(installation, repository).await? else {
            return Ok(End::Done);
        };
        let client = self.app.installation(installation).repository(repository, &known.owner, &known.name);
        let mut again = false;
        let mut look: Option<DateTime<Utc>> = None;
        for OpenGroup { group, told_at } in self.inbox.open_groups(installation, repository).await? {
            // The check of a group stands beside those of pull requests; no pull request has the number 0.
            let key = PullKey { installation, repository, number: 0 };
            let snapshot = stand_in(&group, &known.owner, &known.name, (self.clock)());
            let target = Target { key, snapshot: &snapshot, client: &client, claim };
            match Box::pin(self.group_if_there(&target, &group, told_at)).await {
                Ok(Found::Gone) => {
                    info!(head = group.head, "a group is gone, and nobody told of it");
                    self.let_go(installation, repository, &group).await?;
                }
                Ok(Found::Judged(end)) => {
                    again |= end == End::Again;
                    let next = asked_at(told_at, (self.clock)());
                    look = Some(look.map_or(next, |look| look.min(next)));
                }
                // What keeps all of them waiting.
                Err(
                    error @ (TaskError::Store(_)
                    | TaskError::GitHub(GitHubError::Limited { .. } | GitHubError::Unauthorized { .. })),
                ) => {
                    return Err(error);
                }
                // The others do not wait for the one that cannot be read.
                Err(error) => {
                    warn!(%error, head = group.head, "a group cannot be judged now");
                    again = true;
                }
            }
        }
        Ok(match look {
            _ if again => End::Again,
            Some(look) => End::At(look),
            None => End::Done,
        })
    }

    /// Judges a group, unless it is gone: its end may not have been told.
    async fn group_if_there(
        &self,
        target: &Target<'_>,
        group: &Group,
        told_at: DateTime<Utc>,
    ) -> Result<Found, TaskError> {
        let now = (self.clock)();
        if now - told_at >= UNASKED {
            match target.client.tip(&group.head_ref).await {
                Ok(tip) if tip == group.head => {}
                // The branch of a group goes with it; the same name may come again, for another.
                Ok(_) | Err(GitHubError::NotFound { .. }) => return Ok(Found::Gone),
                Err(error) => return Err(error.into()),
            }
        }
        let change = match target.client.group(&group.base_sha, &group.head).await {
            Ok(change) => change,
            // GitHub also answers so for some seconds of what is quite new.
            Err(GitHubError::NotFound { .. }) if now - told_at >= NEW => return Ok(Found::Gone),
            Err(error) => return Err(error.into()),
        };
        Ok(Found::Judged(self.group(target, group, change).await?))
    }

    /// A group is gone though the word of it did not come: it has no say any more in the check of its head, which others may have.
    async fn let_go(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        group: &Group,
    ) -> Result<(), TaskError> {
        let now = (self.clock)();
        self.inbox.close_group(installation, repository, group, now).await?;
        let others = self.inbox.pulls_with_head(installation, repository, &group.head).await?;
        self.look_again(others).await
    }

    /// Judges one group, and has its check say so.
    async fn group(
        &self,
        target: &Target<'_>,
        group: &Group,
        (comparison, commits): (Comparison, Option<Vec<GroupCommit>>),
    ) -> Result<End, TaskError> {
        let Target { key, client, claim, .. } = *target;
        let mut unknown = Vec::new();
        let mut claimed = members_of(group, commits.as_deref(), &mut unknown);
        // Whatever is in the group by its very head is in it, whoever made the commit.
        let parents: BTreeSet<&String> = commits.iter().flatten().flat_map(|commit| &commit.parents).collect();
        for (of, snapshot) in self.inbox.open_pulls(key.installation, key.repository).await? {
            let known = claimed.iter().any(|one| one.number == of.number);
            if !known && snapshot.base == group.base && parents.contains(&snapshot.head) {
                claimed.push(Claimed { number: of.number, head: None });
            }
        }
        let mut members = Vec::new();
        let mut default_branch = None;
        let mut again = false;
        for one in claimed {
            let of = PullKey { number: one.number, ..key };
            let snapshot = match self.snapshot(claim, of).await {
                Ok(snapshot) => snapshot,
                Err(TaskError::GitHub(GitHubError::NotFound { .. })) => None,
                Err(error) => return Err(error),
            };
            let fits = |snapshot: &Snapshot| snapshot.open && snapshot.base == group.base;
            let Some(snapshot) = snapshot.filter(fits) else {
                unknown.push(format!("#{} is no open pull request into this branch", one.number));
                continue;
            };
            if one.head.is_some_and(|head| head != snapshot.head) {
                unknown.push(format!("#{} has another head than the one that is queued", one.number));
                continue;
            }
            default_branch = Some(snapshot.default_branch.clone());
            let its = Target { key: of, snapshot: &snapshot, client, claim };
            match Box::pin(self.member(&its)).await? {
                Some((review, outage)) => {
                    again |= outage;
                    members.push(Judged { number: one.number, review });
                }
                None => unknown.push(format!("#{} cannot be judged", one.number)),
            }
        }
        let Some(default_branch) = default_branch else {
            unknown.push("which pull requests are in this group cannot be told".to_owned());
            let review = GroupReview {
                conclusion: Conclusion::ActionRequired,
                gaps: unknown.into_iter().map(|why| crate::review::Gap::Unknown { why }).collect(),
            };
            self.put_group(target, &review, &[], &comparison.base_tip).await?;
            return Ok(End::Done);
        };
        let (base, comparison) = self.judging(target, group, &default_branch, comparison).await?;
        let basis = match base {
            Base::Sound(basis) => basis,
            Base::Broken { broken, private, .. } => {
                // Which of its members outsiders can see is not asked for: what they cannot is not said.
                let check = render::check_of_broken_rules(&broken, private);
                self.speak_for_group(target, Some(&check), &comparison.base_tip).await?;
                return Ok(End::Done);
            }
        };
        if !basis.says_anything() {
            self.speak_for_group(target, None, &comparison.base_tip).await?;
            return Ok(End::Done);
        }
        let (review, outage) = self.whole(target, group, &basis, &comparison).await?;
        let judged: Vec<Member<'_>> =
            members.iter().map(|one| Member { number: one.number, review: &one.review }).collect();
        let said = judge_group(&review, &judged, unknown);
        let numbers: Vec<u64> = members.iter().map(|one| one.number).collect();
        self.put_group(target, &said, &numbers, &comparison.base_tip).await?;
        Ok(if again || outage { End::Again } else { End::Done })
    }

    /// A member as it is judged now, by itself, and whether something could not be had; nothing of it is written. `None`: there is
    /// nothing to judge it by, or that is broken.
    async fn member(&self, target: &Target<'_>) -> Result<Option<(Review, bool)>, TaskError> {
        let Gathered { base, comparison, gated } = self.gathered(target).await?;
        let Base::Sound(basis) = base else { return Ok(None) };
        let base = if gated { &target.snapshot.base } else { &target.snapshot.default_branch };
        let pushers = self.pushers(target.key, base, &comparison).await?;
        let mut facts = facts(target.snapshot, &comparison, pushers);
        facts.base = Some(base.clone());
        let ground = Ground { basis: &basis, base };
        let (review, known, acts) = self.judged(target, ground, &comparison, &mut facts).await?;
        Ok(Some((review, known.is_outage() || acts.again)))
    }

    /// What judges a group, and its change under that: the commit that it is built on, where its branch is gated, else the default
    /// branch, as for a pull request.
    async fn judging(
        &self,
        target: &Target<'_>,
        group: &Group,
        default_branch: &str,
        comparison: Comparison,
    ) -> Result<(Base, Comparison), TaskError> {
        let Target { key, client, .. } = *target;
        let (installation, repository) = (key.installation, key.repository);
        let at =
            async |commit: &str| self.base_at(At { installation, repository, client, commit, judging: None }).await;
        if group.base != default_branch {
            let from_default = client.compare(default_branch, &group.head).await?;
            let default = at(&from_default.base_tip).await?;
            let gated = matches!(&default, Base::Sound(basis) if basis.rules.branches.matches(&group.base));
            if !gated {
                return Ok((default, from_default));
            }
        }
        Ok((at(&group.base_sha).await?, comparison))
    }

    /// The judgement on all that a group changes, with nobody's review in it.
    async fn whole(
        &self,
        target: &Target<'_>,
        group: &Group,
        basis: &Basis,
        comparison: &Comparison,
    ) -> Result<(Review, bool), TaskError> {
        let mut facts = Facts {
            author: None,
            title: None,
            labels: None,
            base: Some(group.base.clone()),
            ..facts(target.snapshot, comparison, Pushers::default())
        };
        let asking = Asking::default();
        let (review, known) = self.settled(target, basis, comparison, &mut facts, &[], &[], &asking).await?;
        Ok((review, known.is_outage()))
    }

    async fn put_group(
        &self,
        target: &Target<'_>,
        review: &GroupReview,
        members: &[u64],
        base_tip: &str,
    ) -> Result<(), TaskError> {
        self.speak_for_group(target, Some(&render::check_of_group(review, members)), base_tip).await
    }
}

/// A group as far as it is like a pull request: where it is, and its head.
fn stand_in(group: &Group, owner: &str, name: &str, now: DateTime<Utc>) -> Snapshot {
    Snapshot {
        owner: owner.to_owned(),
        name: name.to_owned(),
        repository_url: String::new(),
        default_branch: String::new(),
        private: true,
        open: true,
        draft: false,
        title: String::new(),
        labels: Vec::new(),
        author: String::new(),
        author_id: None,
        author_is_bot: false,
        head: group.head.clone(),
        head_branch: None,
        base: group.base.clone(),
        changed_files: None,
        requested_users: Vec::new(),
        requested_teams: Vec::new(),
        updated_at: now,
    }
}

//! The merge queue: a group is judged as a change of its own, and every file of it has to be signed in one of its pull requests.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::github::Error as GitHubError;
use crate::ids::{InstallationId, PullKey, RepositoryId};
use crate::inbox::{Claim, Group};
use crate::pull::Snapshot;
use crate::render;
use crate::review::{Asking, Basis, Conclusion, Facts, GroupReview, Member, Review, judge_group};
use crate::source::{Comparison, Source};

use super::acts::Ground;
use super::bases::{At, Base};
use super::change::Gathered;
use super::members::{Claimed, members_of};
use super::pull::facts;
use super::reconcile::Target;
use super::{Bot, End, TaskError};

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
        let mut end = End::Done;
        for group in self.inbox.open_groups(installation, repository).await? {
            // The check of a group stands beside those of pull requests; no pull request has the number 0.
            let key = PullKey { installation, repository, number: 0 };
            let snapshot = stand_in(&group, &known.owner, &known.name, (self.clock)());
            let target = Target { key, snapshot: &snapshot, client: &client, claim };
            if Box::pin(self.group(&target, &group)).await? == End::Again {
                end = End::Again;
            }
        }
        Ok(end)
    }

    /// Judges one group, and has its check say so.
    async fn group(&self, target: &Target<'_>, group: &Group) -> Result<End, TaskError> {
        let Target { key, client, claim, .. } = *target;
        let (comparison, commits) = match client.group(&group.base_sha, &group.head).await {
            Ok(group) => group,
            // Gone before the word of it came.
            Err(GitHubError::NotFound { .. }) if claim.attempts > 1 => return Ok(End::Done),
            Err(error) => return Err(error.into()),
        };
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
            ..facts(target.snapshot, comparison, Vec::new())
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
        author_is_bot: false,
        head: group.head.clone(),
        base: group.base.clone(),
        changed_files: None,
        requested_users: Vec::new(),
        requested_teams: Vec::new(),
        updated_at: now,
    }
}

//! One pull request: what it is, what is judged of it, and what is kept.

use std::collections::{BTreeMap, BTreeSet};

use crate::github::{Error as GitHubError, Repository, conclusion_word};
use crate::ids::PullKey;
use crate::inbox::{Claim, Judgement, SignOff};
use crate::pull::{SeenReview, Snapshot};
use crate::render;
use crate::review::{
    Act, ActKind, Asking, Basis, FACTS_VERSION, Facts, FileStatus, Input, Membership, People, Review, judge,
};
use crate::rules::Enforce;
use crate::source::{Comparison, Source};

use super::bases::Base;
use super::reconcile::{Desired, Target};
use super::{Bot, End, TaskError};

/// How often a judgement may ask for more people before it is taken as it stands. Each round climbs a level at least, and
/// there are four.
const ROUNDS: usize = 6;

/// After so many attempts a change that cannot be read whole is shown as such while it is tried again.
const PATIENCE: u32 = 3;

impl Bot {
    /// Gathers, judges and reconciles one pull request.
    pub(super) async fn pull(&self, claim: &Claim, key: PullKey) -> Result<End, TaskError> {
        let Some(snapshot) = self.snapshot(claim, key).await? else {
            return Ok(End::Done);
        };
        if !snapshot.open {
            return Ok(End::Done);
        }
        let client =
            self.app.installation(key.installation).repository(key.repository, &snapshot.owner, &snapshot.name);
        let target = Target { key, snapshot: &snapshot, client: &client, claim };

        match self.review(&target).await {
            Ok(None) => Ok(End::Done),
            Ok(Some((desired, end))) => {
                let later = self.reconcile(&target, &desired).await?;
                Ok(if end == End::Done { later.map_or(End::Done, End::At) } else { end })
            }
            // However often GitHub is asked, it lists no more: that is shown at once, and the next push is looked at anew.
            Err(TaskError::GitHub(GitHubError::TooLarge(why))) => {
                self.reconcile(&target, &Desired::check_only(render::check_of_too_large(&why), "")).await?;
                Ok(End::Done)
            }
            // Part of the change, or of what judges it, cannot be read whole. It is never judged as if it were.
            Err(TaskError::GitHub(GitHubError::Incomplete(why))) => {
                if claim.attempts >= PATIENCE {
                    self.reconcile(&target, &Desired::check_only(render::check_of_outage(&why), "")).await?;
                }
                // What GitHub told of the pull request may be what is out of date.
                let fresh = client.pull(key.number).await?;
                self.inbox.save_snapshot(&key, &fresh).await?;
                Ok(End::Again)
            }
            Err(error) => Err(error),
        }
    }

    /// What GitHub should show, and whether to look again; `None`: there is nothing to judge by, so nothing at all.
    async fn review(&self, target: &Target<'_>) -> Result<Option<(Desired, End)>, TaskError> {
        let Target { key, snapshot, client, .. } = *target;
        let ((base, comparison), gated) = self.gathered(key, snapshot, client).await?;
        let basis = match base {
            Base::Sound(basis) => basis,
            Base::Broken { path, problems } => {
                let check = render::check_of_broken_rules(&path, &problems);
                return Ok(Some((Desired::check_only(check, &comparison.base_tip), End::Done)));
            }
        };
        if !basis.says_anything() {
            return Ok(None);
        }
        let pushers = self.pushers(key, &comparison).await?;
        let mut facts = facts(snapshot, &comparison, pushers);
        if !gated {
            facts.base = Some(snapshot.default_branch.clone());
        }
        let reviews = self.reviews(key, client).await?;
        let (review, people) = self.judged(target, &basis, &comparison, &mut facts, &reviews).await?;
        self.keep(key, &basis, &comparison, facts, &review, &reviews).await?;
        metrics::counter!("merestone_judgements_total", "conclusion" => conclusion_word(review.conclusion))
            .increment(1);
        let outage = people.known.values().any(|membership| matches!(membership, Membership::Unknown(_)));
        let desired = self.desired(target, &basis, &comparison, review, gated);
        Ok(Some((desired, if outage { End::Again } else { End::Done })))
    }

    /// The last snapshot, or a new one where there is none or it is older than what a payload told.
    async fn snapshot(&self, claim: &Claim, key: PullKey) -> Result<Option<Snapshot>, TaskError> {
        let stored = self.inbox.snapshot(&key).await?;
        let older = |snapshot: &Snapshot| {
            claim.floor.head.as_ref().is_some_and(|head| *head != snapshot.head)
                && claim.floor.updated_at.is_some_and(|at| at > snapshot.updated_at)
        };
        if let Some(snapshot) = stored.filter(|snapshot| !older(snapshot)) {
            return Ok(Some(snapshot));
        }
        let Some(known) = self.inbox.repository(key.installation, key.repository).await? else {
            return Ok(None);
        };
        let client = self.app.installation(key.installation).repository(key.repository, &known.owner, &known.name);
        let read = client.pull(key.number).await?;
        if older(&read) {
            return Err(TaskError::Stale(format!("GitHub still shows head {}", read.head)));
        }
        self.inbox.save_snapshot(&key, &read).await?;
        Ok(Some(read))
    }

    /// The base that judges, the change, and whether the pull request goes to a gated branch. One into another branch is
    /// judged as if it went to the default branch.
    async fn gathered(
        &self,
        key: PullKey,
        snapshot: &Snapshot,
        client: &Repository,
    ) -> Result<((Base, Comparison), bool), TaskError> {
        let to_default = snapshot.base == snapshot.default_branch;
        if to_default {
            let change = client.change(key.number, &snapshot.base, &snapshot.head, snapshot.changed_files).await?;
            return Ok(((self.base(key, snapshot, client, &change).await?, change), true));
        }
        let from_default = client.compare(&snapshot.default_branch, &snapshot.head).await?;
        let default = self.base(key, snapshot, client, &from_default).await?;
        let gated = match &default {
            Base::Sound(basis) => basis.rules.branches.matches(&snapshot.base),
            Base::Broken { .. } => false,
        };
        if !gated {
            return Ok(((default, from_default), false));
        }
        let change = client.change(key.number, &snapshot.base, &snapshot.head, snapshot.changed_files).await?;
        Ok(((self.base(key, snapshot, client, &change).await?, change), true))
    }

    async fn base(
        &self,
        key: PullKey,
        snapshot: &Snapshot,
        client: &Repository,
        change: &Comparison,
    ) -> Result<Base, TaskError> {
        let tip = &change.base_tip;
        Ok(self.bases.get(key.installation, key.repository, client, tip, &snapshot.owner).await?)
    }

    /// Logins of whoever moved the head. Whoever pressed the button that brings the base in had no hand in the change.
    async fn pushers(&self, key: PullKey, comparison: &Comparison) -> Result<Vec<String>, TaskError> {
        let pushers = self.inbox.pushers(&key).await?;
        let moved = pushers.into_iter().filter(|pusher| !comparison.base_merges.contains(&pusher.head));
        let logins: BTreeSet<String> = moved.map(|pusher| pusher.login).collect();
        Ok(logins.into_iter().collect())
    }

    /// All reviews: read once from GitHub where they were not all seen, then kept up by events.
    async fn reviews(&self, key: PullKey, client: &Repository) -> Result<Vec<SeenReview>, TaskError> {
        if !self.inbox.reviews_complete(&key).await? {
            let read = client.reviews(key.number).await?;
            self.inbox.save_reviews(&key, &read).await?;
            self.inbox.set_reviews_complete(&key).await?;
        }
        Ok(self.inbox.reviews(&key).await?)
    }

    /// The review, with everybody resolved whom it asked about.
    async fn judged(
        &self,
        target: &Target<'_>,
        basis: &Basis,
        comparison: &Comparison,
        facts: &mut Facts,
        reviews: &[SeenReview],
    ) -> Result<(Review, People), TaskError> {
        let Target { key, snapshot, client, .. } = *target;
        let now = (self.clock)();
        let acts = self.acts(key, snapshot, reviews).await?;
        let mut people = People::default();
        let mut review = judge(Input { basis, facts, acts: &acts, people: &people, asking: &Asking::default(), now });
        let alone = |facts: &Facts| {
            judge(Input { basis, facts, acts: &acts, people: &People::default(), asking: &Asking::default(), now })
        };
        if self.versions.fill(key, client, &comparison.merge_base, facts, &review, alone).await? {
            review = judge(Input { basis, facts, acts: &acts, people: &people, asking: &Asking::default(), now });
        }
        for _ in 0..ROUNDS {
            if review.wants.is_empty() {
                break;
            }
            self.resolve(key.installation, &snapshot.owner, &review.wants, &mut people).await?;
            review = judge(Input { basis, facts, acts: &acts, people: &people, asking: &Asking::default(), now });
        }
        Ok((review, people))
    }

    /// The reviews as acts. An approval signs what stood at the commit that it was given on: what was recorded when it was
    /// first judged, else what is judged now if that is its commit, else what the judgement of its commit says, else nothing.
    async fn acts(&self, key: PullKey, snapshot: &Snapshot, reviews: &[SeenReview]) -> Result<Vec<Act>, TaskError> {
        let mut recorded: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
        for sign_off in self.inbox.sign_offs(&key).await? {
            recorded.entry(sign_off.review_id).or_default().insert(sign_off.fingerprint);
        }
        let mut acts = Vec::new();
        for review in reviews {
            let Some(kind) = review.kind else { continue };
            let signed = match (recorded.remove(&review.review_id), review.commit.as_deref()) {
                _ if kind != ActKind::Approved => None,
                (Some(fingerprints), _) => Some(fingerprints),
                (None, Some(commit)) if commit == snapshot.head => None,
                (None, Some(commit)) => {
                    let then = self.inbox.judgement(&key, commit).await?;
                    Some(then.map(|then| fingerprints(&then.review).map(|(_, one)| one).collect()).unwrap_or_default())
                }
                (None, None) => Some(BTreeSet::new()),
            };
            acts.push(Act {
                bot: review.bot,
                signed,
                commit: review.commit.clone(),
                dismissed: review.dismissed.clone(),
                ..Act::new(review.review_id, &review.login, kind)
            });
        }
        Ok(acts)
    }

    /// Keeps the judgement, and for every approval given on this head what it signed.
    async fn keep(
        &self,
        key: PullKey,
        basis: &Basis,
        comparison: &Comparison,
        facts: Facts,
        review: &Review,
        reviews: &[SeenReview],
    ) -> Result<(), TaskError> {
        let at = (self.clock)();
        let head = comparison.head.clone();
        let mut sign_offs = Vec::new();
        for seen in reviews {
            if seen.kind != Some(ActKind::Approved) || seen.commit.as_deref() != Some(head.as_str()) {
                continue;
            }
            let row = |rule: &str, fingerprint: String| SignOff {
                review_id: seen.review_id,
                login: seen.login.clone(),
                rule: rule.to_owned(),
                fingerprint,
                head: head.clone(),
                at,
                counted: false,
            };
            // A row without rule says that the approval was judged, so that what is found on this head later is not signed by it.
            sign_offs.push(row("", String::new()));
            sign_offs.extend(fingerprints(review).map(|(rule, fingerprint)| row(rule, fingerprint)));
        }
        let known: BTreeSet<u64> = self.inbox.sign_offs(&key).await?.into_iter().map(|row| row.review_id).collect();
        sign_offs.retain(|row| !known.contains(&row.review_id));
        self.inbox.save_sign_offs(&key, &sign_offs).await?;
        let judgement = Judgement {
            head,
            base_tip: comparison.base_tip.clone(),
            merge_base: comparison.merge_base.clone(),
            rules_digest: basis.rules_digest.clone(),
            facts,
            review: review.clone(),
            at,
        };
        self.inbox.save_judgement(&key, &judgement).await?;
        Ok(())
    }

    /// What GitHub should show for this review.
    fn desired(
        &self,
        target: &Target<'_>,
        basis: &Basis,
        comparison: &Comparison,
        review: Review,
        gated: bool,
    ) -> Desired {
        let context = render::Context {
            repository_url: Some(target.snapshot.repository_url.clone()),
            base_commit: comparison.base_tip.clone(),
            pull: Some(target.key.number),
            head_commit: comparison.head.clone(),
            author: Some(target.snapshot.author.clone()),
            marker: format!("app={} pull={}", self.app.id(), target.key.number),
            unaskable: Vec::new(),
            draft: target.snapshot.draft,
            hidden: Vec::new(),
            rules_from: Some(basis.rules_from.clone()),
        };
        Desired::of_review(review, context, basis, gated && !target.snapshot.draft, gated)
    }
}

/// Rule and fingerprint of every slot that somebody may sign.
fn fingerprints(review: &Review) -> impl Iterator<Item = (&str, String)> {
    review
        .findings
        .iter()
        .filter(|finding| finding.enforce == Enforce::Review)
        .flat_map(|finding| finding.slots.iter().map(|slot| (finding.rule.as_str(), slot.fingerprint.clone())))
}

fn facts(snapshot: &Snapshot, comparison: &Comparison, pushers: Vec<String>) -> Facts {
    let mut files = comparison.files.clone();
    for file in &mut files {
        // Content that GitHub names by no id is bound to the very commit, so that no other content passes for it.
        if file.head_blob.is_none() && file.status != FileStatus::Removed {
            file.head_blob = Some(format!("at {}", comparison.head));
        }
    }
    Facts {
        version: FACTS_VERSION,
        files,
        author: Some(snapshot.author.clone()),
        author_is_bot: snapshot.author_is_bot,
        committers: comparison.committers.clone(),
        pushers,
        base_merges: comparison.base_merges.clone(),
        title: Some(snapshot.title.clone()),
        labels: Some(snapshot.labels.clone()),
        base: Some(snapshot.base.clone()),
        draft: snapshot.draft,
    }
}

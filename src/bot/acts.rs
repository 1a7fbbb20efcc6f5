//! The reviews of a pull request as acts: what each of them was given for, and what is kept of that.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::github::Error as GitHubError;
use crate::ids::PullKey;
use crate::inbox::{Judgement, KnownHead, SignOff};
use crate::pull::SeenReview;
use crate::review::{Act, ActKind, Asking, Basis, Review, SlotState};
use crate::rules::Enforce;
use crate::source::Source as _;

use super::pull::facts;
use super::reconcile::Target;
use super::{BELIEVED, Bot, PATIENCE, TaskError};

/// How many heads that were never judged are read in one run; the approvals of the others wait for the next.
const MOST_READS: usize = 5;

/// Rule by fingerprint of the slots that stood at some commit.
type Slots = BTreeMap<String, String>;

/// What judges a head: the base, and the branch that it is compared with.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub basis: &'a Basis,
    /// The gated branch.
    pub base: &'a str,
}

/// The reviews as acts.
#[derive(Default)]
pub(super) struct Acts {
    pub acts: Vec<Act>,
    /// Approvals whose reach is not recorded yet.
    unrecorded: Vec<Unrecorded>,
    /// Whether something could not be read now and is worth another look.
    pub again: bool,
}

/// An approval, and what it was given for.
struct Unrecorded {
    review_id: u64,
    login: String,
    commit: String,
    /// What stood at every other commit that it may have been given on; `None`: there is none but the judged head.
    elsewhere: Option<Slots>,
    /// Whether the judged head is one of those commits.
    here: bool,
}

/// What stood at a commit.
#[derive(Clone)]
enum Stood {
    Slots(Slots),
    /// It cannot be told, for this reason.
    Unread(String),
    /// It was not asked for.
    Unasked,
}

/// What stood at the commits that reviews were given on, each looked up once.
struct Heads<'a> {
    target: &'a Target<'a>,
    ground: Ground<'a>,
    known: Vec<KnownHead>,
    /// When the pull request was last found to go to another branch than before.
    retargeted: Option<DateTime<Utc>>,
    stood: BTreeMap<String, Stood>,
    reads: usize,
    again: bool,
}

impl Bot {
    /// The reviews as acts. An approval signs what stood at the commit that it was given on: what was recorded when it was
    /// first judged, else what is judged now if that is its commit, else what the judgement of its commit says. A commit that
    /// was never judged is read once.
    pub(super) async fn acts(
        &self,
        target: &Target<'_>,
        ground: Ground<'_>,
        reviews: &[SeenReview],
    ) -> Result<Acts, TaskError> {
        let key = target.key;
        if reviews.is_empty() {
            return Ok(Acts::default());
        }
        let mut recorded: BTreeMap<u64, Vec<SignOff>> = BTreeMap::new();
        for sign_off in self.inbox.sign_offs(&key).await? {
            recorded.entry(sign_off.review_id).or_default().push(sign_off);
        }
        let known = self.inbox.known_heads(&key).await?;
        let retargeted = self.inbox.retargeted_at(&key).await?;
        let mut heads = Heads { target, ground, known, retargeted, stood: BTreeMap::new(), reads: 0, again: false };
        let mut acts = Acts::default();
        for review in reviews {
            let Some(kind) = review.kind else { continue };
            let rows = recorded.remove(&review.review_id).unwrap_or_default();
            let mut act = Act {
                bot: review.bot,
                commit: review.commit.clone(),
                counted: rows
                    .iter()
                    .filter(|row| row.counted)
                    .map(|row| (row.fingerprint.clone(), row.rule.clone()))
                    .collect(),
                dismissed: review.dismissed.clone(),
                ..Act::new(review.review_id, &review.login, kind)
            };
            if kind == ActKind::ChangesRequested {
                // It holds whatever it was given for; whether that has changed since tells who acts next.
                let commit = review.commit.as_ref().filter(|commit| **commit != target.snapshot.head);
                if let Some(commit) = commit
                    && let Stood::Slots(slots) = self.stood_at(&mut heads, commit, review.submitted_at, false).await?
                {
                    act.signed = Some(slots.into_keys().collect());
                }
            } else {
                self.given_for(&mut heads, review, &rows, &mut act, &mut acts.unrecorded).await?;
            }
            acts.acts.push(act);
        }
        acts.again = heads.again;
        Ok(acts)
    }

    /// Fills in what a review was given for.
    async fn given_for(
        &self,
        heads: &mut Heads<'_>,
        review: &SeenReview,
        rows: &[SignOff],
        act: &mut Act,
        unrecorded: &mut Vec<Unrecorded>,
    ) -> Result<(), TaskError> {
        if let Some(why) = heads.shown_otherwise(review, !rows.is_empty()) {
            act.signed = Some(BTreeSet::new());
            act.unread = Some(why);
            // It is not for its commit that it does not count.
            act.commit = None;
            return Ok(());
        }
        let Some(commit) = &review.commit else {
            act.signed = Some(BTreeSet::new());
            act.unread = Some("GitHub does not say which commit it was given on".to_owned());
            return Ok(());
        };
        // Only an approval is worth a request.
        let may_read = act.kind == ActKind::Approved;
        if !rows.is_empty() {
            let mut signed: BTreeSet<String> = rows.iter().map(|row| row.fingerprint.clone()).collect();
            // It was recorded by what the API said of its commit, and the webhook of its submission has told another since.
            if review.told && rows.iter().any(|row| row.rule.is_empty() && row.head != *commit) {
                match self.stood_at(heads, commit, review.submitted_at, may_read).await? {
                    Stood::Slots(slots) => signed.retain(|fingerprint| slots.contains_key(fingerprint)),
                    Stood::Unread(_) | Stood::Unasked => signed.clear(),
                }
            }
            act.signed = Some(signed);
            return Ok(());
        }
        let Some(commits) = given_on(review, commit, &heads.known) else {
            act.signed = Some(BTreeSet::new());
            act.unread = Some("GitHub has moved it on to a commit that came after it".to_owned());
            return Ok(());
        };
        let judged = heads.target.snapshot.head.as_str();
        let here = commits.contains(judged);
        let mut elsewhere: Option<Slots> = None;
        for other in commits.iter().filter(|one| *one != judged) {
            let slots = match self.stood_at(heads, other, review.submitted_at, may_read).await? {
                Stood::Slots(slots) => slots,
                Stood::Unread(why) => {
                    act.signed = Some(BTreeSet::new());
                    act.unread = Some(why);
                    return Ok(());
                }
                Stood::Unasked => {
                    act.signed = Some(BTreeSet::new());
                    return Ok(());
                }
            };
            elsewhere = Some(match elsewhere {
                None => slots,
                Some(before) => before.into_iter().filter(|(fingerprint, _)| slots.contains_key(fingerprint)).collect(),
            });
        }
        act.signed = elsewhere.as_ref().map(|slots| slots.keys().cloned().collect());
        if act.kind == ActKind::Approved {
            let (review_id, login, commit) = (review.review_id, review.login.clone(), commit.clone());
            unrecorded.push(Unrecorded { review_id, login, commit, elsewhere, here });
        }
        Ok(())
    }

    async fn stood_at(
        &self,
        heads: &mut Heads<'_>,
        commit: &str,
        given: Option<DateTime<Utc>>,
        may_read: bool,
    ) -> Result<Stood, TaskError> {
        match heads.stood.get(commit) {
            Some(Stood::Unasked) if may_read => {}
            Some(known) => return Ok(known.clone()),
            None => {}
        }
        let key = heads.target.key;
        let stood = if let Some(then) = self.inbox.judgement(&key, commit).await? {
            Stood::Slots(slots(&then.review))
        } else if let Some(why) = self.inbox.unread_commit(&key, commit).await? {
            Stood::Unread(why)
        } else if may_read && heads.reads < MOST_READS {
            heads.reads += 1;
            self.read_head(heads, commit, given).await?
        } else {
            heads.again |= may_read;
            Stood::Unasked
        };
        heads.stood.insert(commit.to_owned(), stood.clone());
        Ok(stood)
    }

    /// Judges a head that was never judged, as it would have been. What GitHub does not show is not asked for again.
    async fn read_head(
        &self,
        heads: &mut Heads<'_>,
        commit: &str,
        given: Option<DateTime<Utc>>,
    ) -> Result<Stood, TaskError> {
        let Target { key, claim, .. } = *heads.target;
        let now = (self.clock)();
        match self.judge_head(heads, commit, given.map_or(now, |given| given.min(now))).await {
            Ok(slots) => Ok(Stood::Slots(slots)),
            Err(TaskError::GitHub(error)) => {
                let patience = match &error {
                    GitHubError::Limited { .. } | GitHubError::Unauthorized { .. } => return Err(error.into()),
                    GitHubError::TooLarge(_) | GitHubError::Refused { .. } | GitHubError::Forbidden { .. } => 0,
                    // GitHub also answers so for some seconds of what is quite new.
                    GitHubError::NotFound { .. } | GitHubError::Malformed { .. } | GitHubError::Incomplete(_) => {
                        PATIENCE
                    }
                    GitHubError::Outage { .. } => BELIEVED,
                };
                let why = match &error {
                    GitHubError::NotFound { .. } => "GitHub does not have it any more".to_owned(),
                    _ => error.to_string(),
                };
                if claim.attempts >= patience {
                    self.inbox.save_unread_commit(&key, commit, &why, now).await?;
                } else {
                    heads.again = true;
                }
                Ok(Stood::Unread(why))
            }
            Err(error) => Err(error),
        }
    }

    async fn judge_head(&self, heads: &Heads<'_>, commit: &str, at: DateTime<Utc>) -> Result<Slots, TaskError> {
        let Heads { target, ground, .. } = heads;
        let comparison = target.client.compare(ground.base, commit).await?;
        let pushers = self.pushers(target.key, ground.base, &comparison).await?;
        let mut facts = facts(target.snapshot, &comparison, pushers);
        facts.base = Some(ground.base.to_owned());
        let nobody = &Asking::default();
        let (review, _) = self.settled(target, ground.basis, &comparison, &mut facts, &[], &[], nobody).await?;
        let found = slots(&review);
        let judgement = Judgement {
            head: comparison.head.clone(),
            base_tip: comparison.base_tip.clone(),
            merge_base: comparison.merge_base.clone(),
            rules_digest: ground.basis.rules_digest.clone(),
            facts,
            review,
            at,
        };
        self.inbox.save_judgement(&target.key, &judgement).await?;
        Ok(found)
    }

    /// Records for each approval that is not recorded yet what it was given for, and which sign-offs count now.
    pub(super) async fn record(
        &self,
        key: &PullKey,
        acts: &Acts,
        review: &Review,
        head: &str,
        at: DateTime<Utc>,
    ) -> Result<(), TaskError> {
        let now = slots(review);
        let mut rows = Vec::new();
        for one in &acts.unrecorded {
            let given: Slots = match &one.elsewhere {
                None => now.clone(),
                Some(slots) if !one.here => slots.clone(),
                Some(slots) => {
                    slots.clone().into_iter().filter(|(fingerprint, _)| now.contains_key(fingerprint)).collect()
                }
            };
            let row = |fingerprint: String, rule: String| SignOff {
                review_id: one.review_id,
                login: one.login.clone(),
                rule,
                fingerprint,
                head: one.commit.clone(),
                at,
                counted: false,
            };
            // A row without rule says that the approval was judged, so that what is found on this head later is not signed by it.
            rows.push(row(String::new(), String::new()));
            rows.extend(given.into_iter().map(|(fingerprint, rule)| row(fingerprint, rule)));
        }
        for (finding, slot) in review.findings.iter().flat_map(|one| one.slots.iter().map(move |slot| (one, slot))) {
            let SlotState::Signed { by, review_id } = &slot.state else { continue };
            let act = acts.acts.iter().find(|act| act.review_id == *review_id);
            if act.is_none_or(|act| act.counted.contains_key(&slot.fingerprint)) {
                continue;
            }
            rows.push(SignOff {
                review_id: *review_id,
                login: by.clone(),
                rule: finding.rule.clone(),
                fingerprint: slot.fingerprint.clone(),
                head: head.to_owned(),
                at,
                counted: true,
            });
        }
        if !rows.is_empty() {
            self.inbox.save_sign_offs(key, &rows).await?;
        }
        Ok(())
    }
}

impl Heads<'_> {
    /// Why a review was given on the difference to another branch than the one that judges, if it was.
    ///
    /// A pull request shows the difference to the branch that it goes to. What only that to the judging branch has in it (all
    /// that stands on a branch which is not gated, for one) nobody has looked at there, so nothing of it is signed. Of a review
    /// whose branch was not told, what was recorded under this branch stays; else it has to be certain that the pull request went
    /// here then.
    fn shown_otherwise(&self, review: &SeenReview, recorded: bool) -> Option<String> {
        let here = self.ground.base;
        let went = |to: &str| format!("it was given while the pull request went to {to}, not to {here}");
        match &review.base {
            Some(base) => (base != here).then(|| went(base)),
            None if self.target.snapshot.base != here => Some(went(&self.target.snapshot.base)),
            None if recorded => None,
            None => {
                let since = |at: DateTime<Utc>| review.submitted_at.is_none_or(|given| given <= at);
                let unknown = "the pull request has been sent to another branch since it was given";
                self.retargeted.is_some_and(since).then(|| unknown.to_owned())
            }
        }
    }
}

/// Every commit that a review may have been given on, as far as is known; `None`: none can be named.
///
/// What the webhook of its submission told is what was looked at. What the API says may have been moved forward by GitHub since
/// then, after a merge of the base and after a push of the same patches (kamp-us/phoenix#3798): then it may have been given on
/// the head that there was, or on any that came after it.
fn given_on(review: &SeenReview, commit: &str, known: &[KnownHead]) -> Option<BTreeSet<String>> {
    let mut commits: BTreeSet<String> = [commit.to_owned()].into();
    if review.told {
        return Some(commits);
    }
    let Some(given) = review.submitted_at else {
        commits.extend(known.iter().map(|one| one.head.clone()));
        return Some(commits);
    };
    let before = known.iter().rev().find(|one| one.since <= given);
    let since = known.iter().filter(|one| one.since > given);
    let came_later = since.clone().any(|one| one.head == commit);
    if came_later && before.is_none() {
        return None;
    }
    commits.extend(since.chain(before).map(|one| one.head.clone()));
    Some(commits)
}

/// Every slot that somebody may sign.
fn slots(review: &Review) -> Slots {
    let findings = review.findings.iter().filter(|finding| finding.enforce == Enforce::Review);
    let slots = findings.flat_map(|finding| finding.slots.iter().map(move |slot| (finding, slot)));
    slots.map(|(finding, slot)| (slot.fingerprint.clone(), finding.rule.clone())).collect()
}

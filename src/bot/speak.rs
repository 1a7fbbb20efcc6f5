//! The check speaks for the commit: of several open pull requests with one head the worst verdict is shown.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::TimeDelta;
use tokio::sync::Mutex;
use tracing::info;

use crate::github::Error as GitHubError;
use crate::ids::PullKey;
use crate::inbox::{Floor, IntentKind, Lane, Mark, Outcome, ShownCheck, Task, Verdict};
use crate::render::{self, Check, Hold};
use crate::review::Conclusion;

use super::reconcile::{Target, hash};
use super::{Bot, End, TaskError};

/// The version of the judgement, sent along with every check: an older Merestone never overwrites a newer one's.
const JUDGE_VERSION: u32 = 1;

/// How long until it is looked again whether a task has left quarantine.
const STUCK: TimeDelta = TimeDelta::days(1);

/// How many heads can be written to at once without one waiting for another by chance.
const SHARDS: usize = 64;

/// One writer at a time for the check run of a head, so that two pull requests with one head do not create two.
///
/// That holds within a process, which is all there is on SQLite. Several processes on PostgreSQL rely on the intents: a run
/// that another is about to create is looked for on GitHub before one is created, and of two runs the newest is ours.
pub(super) struct Voices(Vec<Mutex<()>>);

impl Default for Voices {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Mutex::default()).collect())
    }
}

impl Voices {
    /// The lock of a head of the pull request's repository.
    pub fn of(&self, key: &PullKey, head: &str) -> &Mutex<()> {
        let mut hasher = DefaultHasher::new();
        (key.installation, key.repository, head).hash(&mut hasher);
        // The remainder is below SHARDS, so it fits and is there.
        &self.0[usize::try_from(hasher.finish() % SHARDS as u64).unwrap_or(0)]
    }
}

/// What a check run is to show.
enum Says {
    /// The worst verdict.
    Check(Box<Check>),
    /// Not all have been judged.
    Hold(Hold),
}

impl Says {
    fn frees(&self) -> bool {
        matches!(self, Self::Check(check) if matches!(check.conclusion, Conclusion::Success | Conclusion::Neutral))
    }

    fn hash(&self) -> String {
        match self {
            Self::Check(check) => hash(&format!("{check:?}")),
            Self::Hold(hold) => hash(&format!("{hold:?}")),
        }
    }
}

impl Bot {
    /// Stores what this pull request has the check of its head say (`None`: there is nothing to judge it by), and makes the check
    /// show the worst of what the open pull requests with that head have it say. [`End::Again`] or
    /// [`End::At`]: it would be green, but one of them has still to be judged.
    pub(super) async fn speak(
        &self,
        target: &Target<'_>,
        says: Option<&Check>,
        base_tip: &str,
    ) -> Result<End, TaskError> {
        let Target { key, snapshot, .. } = *target;
        let head = &snapshot.head;
        self.inbox.save_verdict(&key, head, &snapshot.base, says, (self.clock)()).await?;
        self.show(target, base_tip).await
    }

    /// Stores what a group of the merge queue has the check of its head say, and makes the check show the worst of that and of what
    /// pull requests with that head have it say: whoever opens one from it must not overrule the group. Where one of those has
    /// still to be judged, that judgement shows the check.
    pub(super) async fn speak_for_group(
        &self,
        target: &Target<'_>,
        says: Option<&Check>,
        base_tip: &str,
    ) -> Result<(), TaskError> {
        let key = target.key;
        self.inbox.save_group_verdict(key.installation, key.repository, &target.snapshot.head, says).await?;
        self.show(target, base_tip).await?;
        Ok(())
    }

    /// Makes the check of the head show the worst verdict.
    async fn show(&self, target: &Target<'_>, base_tip: &str) -> Result<End, TaskError> {
        let Target { key, snapshot, .. } = *target;
        let head = &snapshot.head;
        let _alone = self.voices.of(&key, head).lock().await;
        let verdicts = self.inbox.verdicts(key.installation, key.repository, head).await?;
        let verdicts = self.without_twins(key, verdicts).await?;
        let says = match worst(&verdicts) {
            Some(says) => says,
            None if verdicts.values().any(|verdict| *verdict == Verdict::Unjudged) => return Ok(End::Done),
            None => {
                // Nothing is said where there is nothing to judge by; but what was said before, of another base, must not hold.
                let shown = self.inbox.shown_check(key.installation, key.repository, head).await?;
                if shown.is_none_or(|shown| matches!(shown.conclusion.as_deref(), Some("success" | "neutral"))) {
                    return Ok(End::Done);
                }
                Says::Check(Box::new(render::check_of_nothing()))
            }
        };
        if !says.frees() {
            self.put(target, &says, base_tip).await?;
            return Ok(if matches!(says, Says::Hold(_)) { End::Again } else { End::Done });
        }
        if !self.inbox.current(target.claim, (self.clock)()).await? {
            // The world has moved on while this was judged; whoever looks next decides.
            return Ok(End::Done);
        }
        let (installation, repository) = (key.installation, key.repository);
        let others: Vec<Task> = verdicts
            .keys()
            .filter(|number| **number != key.number)
            .map(|number| match *number {
                0 => Task::Queue { installation, repository },
                number => Task::Pull(PullKey { number, ..key }),
            })
            .collect();
        let overtaken = self.inbox.overtaken(&others, (self.clock)()).await?;
        if !overtaken.stuck.is_empty() {
            // What was said of those is not what is so now, and nobody finds that out before something happens to them: whoever looks
            // then shows the check. To look again is for what has escaped that alone.
            let stuck: Vec<u64> = overtaken.stuck.iter().map(number_of).collect();
            self.put(target, &Says::Hold(render::hold(&stuck)), base_tip).await?;
            return Ok(End::At((self.clock)() + STUCK));
        }
        if let Some(until) = overtaken.until {
            return Ok(End::At(until));
        }
        self.put(target, &says, base_tip).await?;
        Ok(End::Done)
    }

    /// The verdicts without those that another one speaks for. A pull request into a branch that is not gated is judged as if it
    /// went to the default branch: where one with this very head does, that one is judged, and signed, for the same difference.
    /// Otherwise whoever opens such a twin holds up what is signed, and nobody could sign the twin.
    async fn without_twins(
        &self,
        key: PullKey,
        verdicts: BTreeMap<u64, Verdict>,
    ) -> Result<BTreeMap<u64, Verdict>, TaskError> {
        if verdicts.len() < 2 {
            return Ok(verdicts);
        }
        let judging = self.inbox.tips(key.installation, key.repository).await?;
        let mut twins = Vec::new();
        let mut spoken_for = false;
        for number in verdicts.keys().copied().filter(|number| *number > 0) {
            let Some(of) = self.inbox.snapshot(&PullKey { number, ..key }).await? else { continue };
            if of.base == of.default_branch {
                spoken_for = true;
            } else if judging.iter().all(|tip| tip.branch != of.base) {
                twins.push(number);
            }
        }
        let twins = if spoken_for { twins } else { Vec::new() };
        Ok(verdicts.into_iter().filter(|(number, _)| !twins.contains(number)).collect())
    }

    /// Takes back a green check that another pull request, another base or a time before this one was closed has left on the
    /// head, before a pull request is judged there for the first time: green does not travel with the commit.
    pub(super) async fn hold(&self, target: &Target<'_>) -> Result<(), TaskError> {
        let Target { key, snapshot, .. } = *target;
        let judged = self.inbox.judged_on(&key).await?;
        if let Some((head, base)) = &judged {
            if (head, base) == (&snapshot.head, &snapshot.base) {
                return Ok(());
            }
            if *head != snapshot.head {
                self.leave(key, head).await?;
            }
        }
        let _alone = self.voices.of(&key, &snapshot.head).lock().await;
        let shown = self.inbox.shown_check(key.installation, key.repository, &snapshot.head).await?;
        let green = |shown: &ShownCheck| matches!(shown.conclusion.as_deref(), Some("success" | "neutral"));
        if shown.as_ref().is_some_and(green) {
            let verdicts = self.inbox.verdicts(key.installation, key.repository, &snapshot.head).await?;
            if !self.without_twins(key, verdicts).await?.contains_key(&key.number) {
                return Ok(());
            }
            self.put(target, &Says::Hold(render::hold(&[key.number])), "").await?;
        }
        Ok(())
    }

    /// A pull request is not at this head any more, or closed: its verdict goes, and the others with that head are looked at
    /// again, since theirs may be better.
    pub(super) async fn leave(&self, key: PullKey, head: &str) -> Result<(), TaskError> {
        let mut others = self.inbox.pulls_with_head(key.installation, key.repository, head).await?;
        others.retain(|other| *other != key);
        self.look_again(others).await?;
        self.inbox.forget_verdict(&key).await?;
        Ok(())
    }

    /// Has these pull requests looked at again now.
    pub(super) async fn look_again(&self, pulls: Vec<PullKey>) -> Result<(), TaskError> {
        let now = (self.clock)();
        let mark = |key| Mark {
            task: Task::Pull(key),
            lane: Lane::Event,
            due: now,
            floor: Floor::default(),
            snapshot: None,
            review: None,
            pusher: None,
        };
        let marks: Vec<Mark> = pulls.into_iter().map(mark).collect();
        if !marks.is_empty() {
            self.inbox.accept(None, &marks, now).await?;
        }
        Ok(())
    }

    /// Our check run on the head as GitHub shows it.
    pub(super) async fn read_check(&self, target: &Target<'_>) -> Result<Option<ShownCheck>, TaskError> {
        let head = &target.snapshot.head;
        let newest = target.client.checks(head).await?.into_iter().next();
        Ok(newest.map(|run| ShownCheck {
            id: run.id,
            head: head.clone(),
            hash: String::new(),
            conclusion: run.conclusion,
            seen_at: (self.clock)(),
        }))
    }

    /// Makes the check run of the head show this. To be called by whoever holds the head's lock.
    async fn put(&self, target: &Target<'_>, says: &Says, base_tip: &str) -> Result<(), TaskError> {
        let (key, head) = (&target.key, &target.snapshot.head);
        let (installation, repository) = (key.installation, key.repository);
        let mut there = self.inbox.shown_check(installation, repository, head).await?;
        if there.is_none() && self.inbox.check_in_doubt(installation, repository, head).await? {
            there = self.read_check(target).await?;
            if let Some(check) = &there {
                self.inbox.save_shown_check(installation, repository, check).await?;
            }
        }
        let hash = says.hash();
        if there.as_ref().is_some_and(|there| there.hash == hash) {
            return Ok(());
        }
        let external_id = format!("v{JUDGE_VERSION} base={base_tip}");
        let kind = if there.is_some() { IntentKind::UpdateCheck } else { IntentKind::CreateCheck };
        let intent = self.intend(target, kind, Some(head), &hash).await?;
        let client = target.client;
        let result = match (says, &there) {
            (Says::Check(check), Some(there)) => client.update_check(there.id, check, &external_id).await,
            (Says::Check(check), None) => client.create_check(head, check, &external_id).await,
            (Says::Hold(hold), Some(there)) => client.update_hold(there.id, hold, &external_id).await,
            (Says::Hold(hold), None) => client.create_hold(head, hold, &external_id).await,
        };
        let run = match self.ended(target, intent, result).await {
            // The run is gone, with its suite or by hand: what is there has to be looked at afresh.
            Err(TaskError::GitHub(GitHubError::NotFound { what })) if there.is_some() => {
                self.inbox.forget_check(installation, repository, head).await?;
                if key.number > 0 {
                    self.inbox.doubt(key).await?;
                }
                return Err(TaskError::Stale(format!("{what}: our check run is gone")));
            }
            other => other?,
        };
        let conclusion = match says {
            Says::Check(_) => run.conclusion,
            Says::Hold(_) => None,
        };
        let written = ShownCheck { id: run.id, head: head.clone(), hash, conclusion, seen_at: (self.clock)() };
        self.inbox.settle(key, intent, &Outcome::Check(written)).await?;
        // Annotations only ever add up on a run, so they are sent with its first conclusion alone; a bad one costs itself, not the
        // check.
        let first = there.is_none_or(|before| before.conclusion.is_none() && !before.hash.is_empty());
        if let Says::Check(check) = says
            && first
            && !check.annotations.is_empty()
            && let Err(error) = client.annotate(run.id, check, &check.annotations).await
        {
            info!(%error, "annotations were not taken");
        }
        Ok(())
    }
}

/// The number under which a task has its say in the check of a head.
fn number_of(task: &Task) -> u64 {
    match task {
        Task::Pull(key) => key.number,
        _ => 0,
    }
}

/// What the check of a head shows: the worst of what its pull requests have it say, of several that are as bad the lowest
/// number's. Nothing that frees, as long as one of them has not been judged.
fn worst(verdicts: &BTreeMap<u64, Verdict>) -> Option<Says> {
    let mut worst: Option<(u64, &Check)> = None;
    let mut unjudged = Vec::new();
    for (number, verdict) in verdicts {
        match verdict {
            Verdict::Unjudged => unjudged.push(*number),
            Verdict::Says(check) if worst.is_none_or(|(_, known)| check.conclusion > known.conclusion) => {
                worst = Some((*number, check));
            }
            Verdict::Says(_) | Verdict::Nothing => {}
        }
    }
    let (number, check) = worst?;
    let others: Vec<u64> = verdicts.keys().copied().filter(|other| *other != number).collect();
    let says = Says::Check(Box::new(render::check_beside(check.clone(), number, &others)));
    Some(if says.frees() && !unjudged.is_empty() { Says::Hold(render::hold(&unjudged)) } else { says })
}

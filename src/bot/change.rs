//! Where the facts of a pull request come from: what is known already, else one comparison.

use chrono::TimeDelta;

use crate::ids::PullKey;
use crate::inbox::{Floor, Lane, Mark, Task, TipRead};
use crate::review::FACTS_VERSION;
use crate::source::{Comparison, Source};

use super::bases::{At, Base};
use super::reconcile::Target;
use super::{Bot, PATIENCE, TaskError};

/// How long the tip of a branch is believed: a push that was not delivered is missed for so long at most.
fn believed_for() -> TimeDelta {
    TimeDelta::days(1)
}

/// After how long a tip that is told again is stored again.
fn told_again_after() -> TimeDelta {
    TimeDelta::hours(1)
}

/// What a pull request is judged by, and what it changes.
pub(super) struct Gathered {
    pub base: Base,
    pub comparison: Comparison,
    /// Whether it goes to a gated branch. One into another branch is judged as if it went to the default branch.
    pub gated: bool,
}

impl Bot {
    /// Base and change of a pull request. This is the one place where its facts come from:
    ///
    /// * The branch that judges is the one that it goes to, where that is gated, else the default branch.
    /// * Where a judgement of this very head by this very branch is stored, and its base tip is the tip that is believed, files,
    ///   committers and merges of the base are taken from there: commits do not change, so the same two have the same difference.
    ///   Title, labels, author, draft and pushers are not taken from there; they come from snapshot and store.
    /// * Else one compare answer names tip, merge base and files at once, and the tip is kept.
    ///
    /// A tip is believed for a day after a push or a comparison told it, and only in repositories whose pushes are known to reach
    /// us: elsewhere nothing would say that it is out of date.
    pub(super) async fn gathered(&self, target: &Target<'_>) -> Result<Gathered, TaskError> {
        let Target { snapshot, .. } = *target;
        let default = &snapshot.default_branch;
        if snapshot.base == *default {
            let change = self.change(target, default, true).await?;
            let base = self.base_of(target, default, &change.base_tip).await?;
            return Ok(Gathered { base, comparison: change, gated: true });
        }
        // What the default branch says decides whether the other is gated; its own files never do.
        let (default_base, from_default) = match self.believed_tip(target.key, default).await? {
            Some(tip) => (self.base_of(target, default, &tip).await?, None),
            None => {
                let change = self.change(target, default, false).await?;
                (self.base_of(target, default, &change.base_tip).await?, Some(change))
            }
        };
        let gated = match &default_base {
            Base::Sound(basis) => basis.rules.branches.matches(&snapshot.base),
            Base::Broken { .. } => false,
        };
        if gated {
            let change = self.change(target, &snapshot.base, true).await?;
            let base = self.base_of(target, &snapshot.base, &change.base_tip).await?;
            return Ok(Gathered { base, comparison: change, gated: true });
        }
        let change = match from_default {
            Some(change) => change,
            None => self.change(target, default, false).await?,
        };
        let base = self.base_of(target, default, &change.base_tip).await?;
        Ok(Gathered { base, comparison: change, gated: false })
    }

    /// The change since its merge base with `branch`. `goes_there`: the pull request goes to that branch, so that GitHub's list of
    /// its files is of this change.
    async fn change(&self, target: &Target<'_>, branch: &str, goes_there: bool) -> Result<Comparison, TaskError> {
        let Target { key, snapshot, client, claim, .. } = *target;
        let believed = self.believed_tip(key, branch).await?;
        if let Some(tip) = believed.clone()
            && let Some(known) = self.inbox.facts(&key, &snapshot.head, FACTS_VERSION).await?
            && known.base_tip == tip
            && known.facts.base.as_deref() == Some(branch)
        {
            let comparison = Comparison {
                base_tip: tip,
                merge_base: known.merge_base,
                head: snapshot.head.clone(),
                files: known.facts.files,
                committers: known.facts.committers,
                committer_ids: known.facts.committer_ids,
                base_merges: known.facts.base_merges,
            };
            return Ok(comparison);
        }
        let comparison = if goes_there {
            client.change(key.number, branch, &snapshot.head, snapshot.changed_files).await?
        } else {
            client.compare(branch, &snapshot.head).await?
        };
        self.tip_told(key, branch, &comparison.base_tip).await?;
        // A push that was told and an answer that does not show it: one of the two is old, and a judgement by the old one would wake
        // nobody again. Asked once more, GitHub has caught up; after that it is believed.
        if believed.is_some_and(|tip| tip != comparison.base_tip) && claim.attempts < PATIENCE {
            return Err(TaskError::Stale(format!("GitHub shows another tip of {branch} than it told")));
        }
        Ok(comparison)
    }

    /// The tip of a branch, where it is known and may be believed.
    async fn believed_tip(&self, key: PullKey, branch: &str) -> Result<Option<String>, TaskError> {
        let Some(known) = self.inbox.tip(key.installation, key.repository, branch).await? else { return Ok(None) };
        let fresh = (self.clock)() - known.seen_at < believed_for();
        if !fresh || !self.inbox.is_heard(key.installation, key.repository).await? {
            return Ok(None);
        }
        Ok(known.tip)
    }

    /// Keeps the tip that an answer of GitHub told.
    pub(super) async fn tip_told(&self, key: PullKey, branch: &str, tip: &str) -> Result<(), TaskError> {
        let now = (self.clock)();
        let known = self.inbox.tip(key.installation, key.repository, branch).await?;
        let news =
            known.is_none_or(|known| known.tip.as_deref() != Some(tip) || now - known.seen_at > told_again_after());
        if news {
            self.inbox.answered_tip(key.installation, key.repository, branch, tip, now).await?;
        }
        Ok(())
    }

    /// What `branch` says at its `tip`. Where it says something else than when it was last read, its other pull requests have to
    /// hear of it too: the push that did it may not have reached us.
    async fn base_of(&self, target: &Target<'_>, branch: &str, tip: &str) -> Result<Base, TaskError> {
        let Target { key, client, .. } = *target;
        let (installation, repository) = (key.installation, key.repository);
        let at = At { installation, repository, client, commit: tip, judging: Some(key) };
        let base = self.base_at(at).await?;
        self.keep_good(at, branch, &base).await?;
        let known = self.inbox.tip(installation, repository, branch).await?.and_then(|known| known.read);
        match known {
            Some(read) if read.commit != tip && read.says != base.says() => {
                let now = (self.clock)();
                let mark = Mark {
                    task: Task::Base { installation, repository },
                    lane: Lane::Event,
                    due: now,
                    floor: Floor::default(),
                    snapshot: None,
                    review: None,
                    pusher: None,
                };
                self.inbox.accept(None, &[mark], now).await?;
            }
            Some(read) if read.commit == tip && read.says == base.says() => {}
            _ => {
                let read = TipRead { commit: tip.to_owned(), says: base.says().to_owned(), folders: base.folders() };
                self.inbox.read_tip(installation, repository, branch, &read).await?;
            }
        }
        Ok(base)
    }
}

//! What ended a sign-off: the push that did it is recorded the first time that it is seen.

use chrono::{DateTime, Utc};

use crate::ids::PullKey;
use crate::inbox::Lapse;
use crate::review::{LapseCause, Lapsed, Review, SlotState};

use super::{Bot, TaskError};

impl Bot {
    /// Names in the review of `head` what ended the sign-offs that do not count any more, and keeps it.
    pub(super) async fn name_lapses(
        &self,
        key: &PullKey,
        review: &mut Review,
        head: &str,
        at: DateTime<Utc>,
    ) -> Result<(), TaskError> {
        let changed = |cause: &LapseCause| matches!(cause, LapseCause::Changed { .. });
        let mut known = self.inbox.lapses(key).await?;
        for lapse in &known {
            let ended = lapsed(review, &lapse.rule).any(|one| one.review_id == lapse.review_id && changed(&one.cause));
            if !ended && counts(review, &lapse.rule, lapse.review_id) {
                self.inbox.forget_lapse(key, lapse.review_id, &lapse.rule).await?;
            }
        }
        if !review.findings.iter().flat_map(|finding| &finding.slots).any(|slot| !slot.lapsed.is_empty()) {
            return Ok(());
        }
        let before = self.inbox.judgement(key, head).await?;
        let pushers = self.inbox.pushers(key).await?;
        for finding in &mut review.findings {
            for lapsed in finding.slots.iter_mut().flat_map(|slot| &mut slot.lapsed) {
                if !changed(&lapsed.cause) {
                    continue;
                }
                let same = |one: &&Lapse| one.review_id == lapsed.review_id && one.rule == finding.rule;
                let lapse = match known.iter().find(same) {
                    Some(lapse) => lapse.clone(),
                    None => {
                        let counted = before
                            .as_ref()
                            .is_some_and(|before| counts(&before.review, &finding.rule, lapsed.review_id));
                        let head = (!counted).then(|| head.to_owned());
                        let pusher = pushers.iter().find(|pusher| Some(&pusher.head) == head.as_ref());
                        let lapse = Lapse {
                            review_id: lapsed.review_id,
                            rule: finding.rule.clone(),
                            pusher: pusher.map(|pusher| pusher.login.clone()),
                            head,
                            at,
                        };
                        self.inbox.save_lapse(key, &lapse).await?;
                        known.push(lapse.clone());
                        lapse
                    }
                };
                lapsed.cause = LapseCause::Changed { head: lapse.head, by: lapse.pusher };
            }
        }
        Ok(())
    }
}

/// The sign-offs of a rule that have ended.
fn lapsed<'a>(review: &'a Review, rule: &'a str) -> impl Iterator<Item = &'a Lapsed> {
    let findings = review.findings.iter().filter(move |finding| finding.rule == rule);
    findings.flat_map(|finding| &finding.slots).flat_map(|slot| &slot.lapsed)
}

/// Whether a review counted as a sign-off for this rule.
fn counts(review: &Review, rule: &str, review_id: u64) -> bool {
    let slots = review.findings.iter().filter(|finding| finding.rule == rule).flat_map(|finding| &finding.slots);
    slots
        .map(|slot| &slot.state)
        .any(|state| matches!(state, SlotState::Signed { review_id: id, .. } if *id == review_id))
}

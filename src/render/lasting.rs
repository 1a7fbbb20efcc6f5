//! Sentences on what has ended: sign-offs that do not count any more, and people who are not asked again.

use crate::review::{LapseCause, Lapsed, NotAsked, Slot};

use super::phrase::Phrase;
use super::words::{NAME, Voice};

/// A commit in short.
fn commit(id: &str) -> Phrase {
    Phrase::code(id.get(..7).unwrap_or(id), 12)
}

impl Voice<'_> {
    /// Why a sign-off does not count any more: `ada signed off at abc1234; the push of def5678 by maria changed what was signed.`
    pub(super) fn lapsed(&self, slot: &Slot, lapsed: &Lapsed) -> Phrase {
        let by = || Phrase::name(&lapsed.by, NAME);
        let signed = match &lapsed.commit {
            Some(id) => Phrase::fill("{} signed off at {}", [by(), commit(id)]),
            None => Phrase::fill("{} signed off", [by()]),
        };
        match &lapsed.cause {
            LapseCause::Changed { head: Some(head), by: Some(pusher) } => Phrase::fill(
                "{}; the push of {} by {} changed what was signed.",
                [signed, commit(head), Phrase::name(pusher, NAME)],
            ),
            LapseCause::Changed { head: Some(head), by: None } => {
                Phrase::fill("{}; the push of {} changed what was signed.", [signed, commit(head)])
            }
            LapseCause::Changed { head: None, .. } => {
                Phrase::fill("{}; the rules or the base changed what was signed.", [signed])
            }
            LapseCause::Left => {
                Phrase::fill("{} and is not one of {} any more.", [signed, self.any_of(&slot.from, 3, NAME)])
            }
            LapseCause::Dismissed { by: Some(who) } => {
                Phrase::fill("{}; that was dismissed by {}.", [signed, Phrase::name(who, NAME)])
            }
            LapseCause::Dismissed { by: None } => Phrase::fill("{}; that was dismissed.", [signed]),
            LapseCause::Author => Phrase::fill(
                "The approval by {} does not count: this change is partly theirs, and nobody signs for their own.",
                [by()],
            ),
            LapseCause::Elsewhere => match &lapsed.commit {
                Some(id) => Phrase::fill(
                    "The approval by {} does not count: at {}, which it was given on, there was something else to sign.",
                    [by(), commit(id)],
                ),
                None => Phrase::fill(
                    "The approval by {} does not count: it was given for something else than there is to sign now.",
                    [by()],
                ),
            },
            LapseCause::Unreadable { why } => {
                let why = Phrase::theirs(why.trim_end_matches('.'), 200);
                match &lapsed.commit {
                    Some(id) => Phrase::fill(
                        "The approval by {} does not count: the commit {} that it was given on cannot be read ({}).",
                        [by(), commit(id), why],
                    ),
                    None => Phrase::fill("The approval by {} does not count: {}.", [by(), why]),
                }
            }
        }
    }

    /// Who is not asked though they could sign, or instead of whom others are asked; each in a sentence.
    pub(super) fn left_alone(&self) -> Vec<Phrase> {
        let mut said = Vec::new();
        if self.review.storm {
            let teams = Phrase::count(self.review.teams.len(), "team", "teams");
            said.push(Phrase::fill("Touches {}: only the architects are asked.", [teams]));
        }
        let removed: Vec<&NotAsked> = self.review.not_asked.iter().filter(|one| !one.refused).collect();
        let names = Phrase::list(removed.iter().map(|one| self.handle(&one.handle, NAME)), "and", 4);
        match removed.len() {
            0 => {}
            1 => said.push(Phrase::fill(
                "{} was taken off the reviewers by a person and is not asked again until the evidence changes.",
                [names],
            )),
            _ => said.push(Phrase::fill(
                "{} were taken off the reviewers by a person and are not asked again until the evidence changes.",
                [names],
            )),
        }
        said
    }
}

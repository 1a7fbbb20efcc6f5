//! Where a review stands and who acts next.

use crate::review::{Conclusion, Finding, FindingState, Note, Scope, Slot, SlotState, Verdict};
use crate::rules::{Enforce, Handle, Mode, RULES_CHANGE};

use super::phrase::Phrase;
use super::words::{NAME, Voice, gates, holds, place, places};

/// The most characters of a heading: GitHub shows no more of a check's title in its list.
pub(super) const LONGEST_TITLE: usize = 140;
/// The heading while something could not be asked for.
pub(super) const NOT_YET: &str = "Cannot be judged yet";

/// The state of a review: the first that applies, in the order in which the check's conclusion is decided.
#[derive(Debug, Clone)]
pub(super) enum State<'a> {
    /// Something at the base has to be mended before anything else.
    Configuration,
    /// The change has to be changed.
    Blocked(Vec<&'a Finding>),
    /// The rules name nobody who could sign.
    Nobody(&'a Finding),
    /// Somebody of an authority requests changes.
    ChangesRequested(&'a str, &'a Slot),
    /// Somebody of an authority has requested changes, and is to look at what has become of them.
    Again(&'a str, &'a Slot),
    /// Something could not be asked for.
    Unknown(&'a str),
    /// Somebody has to sign.
    Waiting(Vec<&'a Slot>),
    /// `skip` holds.
    Skipped,
    /// Everything that was asked for is signed.
    Signed(Vec<&'a Slot>),
    /// There is something to read.
    Advice(Vec<&'a Finding>),
    /// Rules matched in shadow.
    Shadow(Vec<&'a Finding>),
    /// Nothing to say.
    Quiet,
}

impl<'a> Voice<'a> {
    /// What is wrong at the base, each in a sentence.
    pub(super) fn configuration(&self) -> Vec<Phrase> {
        let mut errors: Vec<Phrase> = Vec::new();
        for note in &self.review.notes {
            if let Note::Configuration { message } = note {
                let message = Phrase::theirs(&self.without_hidden(message.trim_end_matches('.')), 300);
                // Words of ours in front: `1.` at the start of a line would be a list.
                errors.push(Phrase::fill("In the rules: {}", [message]));
            }
        }
        // Advice holds nothing, so who would give it need not exist, unless the judgement says that it must.
        let failed = self.review.conclusion == Conclusion::Failure;
        for finding in self.shown() {
            if finding.state == FindingState::Signed || !(gates(finding) || failed) {
                continue;
            }
            for slot in &finding.slots {
                if let SlotState::Unresolvable { why } = &slot.state {
                    let error = Phrase::fill(
                        "{} cannot sign, and rule {} needs it ({})",
                        [
                            self.any_of(&slot.from, 3, NAME),
                            Phrase::code(&finding.rule, NAME),
                            Phrase::theirs(&self.without_hidden(why), 200),
                        ],
                    );
                    if !errors.contains(&error) {
                        errors.push(error);
                    }
                }
            }
        }
        errors
    }

    /// Where the review stands.
    pub(super) fn state(&self) -> State<'a> {
        let review = self.review;
        if !self.configuration().is_empty() {
            return State::Configuration;
        }
        let shown = self.shown();
        let open: Vec<&Finding> = shown.iter().copied().filter(|finding| holds(finding)).collect();
        // An edit of the rules is held whatever they skip.
        if review.skipped && open.is_empty() {
            return State::Skipped;
        }
        let blocking: Vec<&Finding> = open.iter().copied().filter(|f| f.enforce == Enforce::Block).collect();
        if !blocking.is_empty() {
            return State::Blocked(blocking);
        }
        let nobody = |finding: &&Finding| finding.slots.iter().any(|slot| slot.state == SlotState::Nobody);
        if let Some(finding) = open.iter().copied().find(nobody) {
            return State::Nobody(finding);
        }
        let slots = || open.iter().flat_map(|finding| &finding.slots);
        // While anybody's wish is as it was, the next step is the author's.
        let changes = |slot: &'a Slot| match &slot.state {
            SlotState::ChangesRequested { by, changed: false } => Some(State::ChangesRequested(by, slot)),
            _ => None,
        };
        let again = |slot: &'a Slot| match &slot.state {
            SlotState::ChangesRequested { by, changed: true } => Some(State::Again(by, slot)),
            _ => None,
        };
        if let Some(state) = slots().find_map(changes).or_else(|| slots().find_map(again)) {
            return state;
        }
        let unknown = |slot: &'a Slot| match &slot.state {
            SlotState::Unknown { why } => Some(State::Unknown(why)),
            _ => None,
        };
        if let Some(state) = slots().find_map(unknown) {
            return state;
        }
        if !open.is_empty() {
            let mut waiting: Vec<&Slot> = Vec::new();
            for slot in slots().filter(|slot| !slot.state.is_signed()) {
                if !waiting.iter().any(|known| known.from == slot.from) {
                    waiting.push(slot);
                }
            }
            return State::Waiting(waiting);
        }
        let signed: Vec<&Slot> = shown.iter().filter(|f| gates(f)).flat_map(|f| &f.slots).collect();
        if !signed.is_empty() {
            return State::Signed(signed);
        }
        if !shown.is_empty() {
            return State::Advice(shown);
        }
        let shadow = self.shadow();
        if !shadow.is_empty() && review.mode == Mode::Shadow {
            return State::Shadow(shadow);
        }
        State::Quiet
    }

    /// The state and who acts next: the comment's heading and the check's title, at most [`LONGEST_TITLE`] characters.
    pub(super) fn heading(&self) -> Phrase {
        // Fewer and shorter names until it fits; the last always does.
        for (names, most) in [(3, 60), (3, 36), (2, 36), (1, 36)] {
            let heading = self.heading_of(names, most);
            if heading.plain().chars().count() <= LONGEST_TITLE {
                return heading;
            }
        }
        self.heading_of(1, 24)
    }

    fn heading_of(&self, names: usize, most: usize) -> Phrase {
        match self.state() {
            State::Configuration => match self.review.notes.iter().find_map(|note| match note {
                Note::Configuration { message } => Some(message),
                _ => None,
            }) {
                Some(message) => Phrase::fill(
                    "Configuration error: {}",
                    [Phrase::theirs(&self.without_hidden(message.trim_end_matches('.')), LONGEST_TITLE - 24)],
                ),
                None => {
                    let unresolved = self.unresolved();
                    Phrase::fill(
                        "Configuration error: {} cannot sign",
                        [Phrase::list(unresolved.into_iter().map(|h| self.handle(h, most)), "and", names)],
                    )
                }
            },
            State::Blocked(findings) => match findings.as_slice() {
                [finding, ..] if finding.rule == RULES_CHANGE => match finding.evidence.first() {
                    Some(first) => Phrase::fill("This edit breaks {}", [place(first, most + 12)]),
                    None => Phrase::ours("This edit breaks the rules file"),
                },
                [finding] => {
                    let place = match finding.evidence.as_slice() {
                        [one] => place(one, most + 12),
                        _ => places(finding),
                    };
                    Phrase::fill("Blocked: rule {} matches {}", [Phrase::name(&finding.rule, most), place])
                }
                many => Phrase::fill("Blocked: rules {} match", [self.rules(many, names, most)]),
            },
            State::Nobody(finding) => {
                Phrase::fill("Nobody can sign: the rules name no one for {}", [Phrase::name(&finding.rule, most)])
            }
            State::ChangesRequested(by, slot) => {
                Phrase::fill("Changes requested by {}", [self.signer(by, &[slot], names, most)])
            }
            State::Again(by, slot) => {
                let whom = self.signer(by, &[slot], names, most);
                Phrase::fill("Waiting for {}, who requested changes", [whom])
            }
            State::Unknown(_) => Phrase::ours(NOT_YET),
            State::Waiting(slots) => {
                let whom = self.asked_instead(names, most).unwrap_or_else(|| self.authorities(&slots, names, most));
                if self.context.draft {
                    Phrase::fill("Draft: {} will be asked when it is ready", [whom])
                } else {
                    Phrase::fill("Waiting for {}", [whom])
                }
            }
            State::Skipped => Phrase::ours("Nothing holds this: the rules skip it"),
            State::Signed(slots) => self.signed(&slots, names, most),
            State::Advice(findings) => {
                Phrase::fill("Nothing holds this: advice on {}", [self.rules(&findings, names, most)])
            }
            State::Shadow(findings) => {
                let slots: Vec<&Slot> = findings.iter().flat_map(|finding| &finding.slots).collect();
                let slots: Vec<&Slot> = distinct(slots.into_iter().filter(|slot| !slot.from.is_empty()));
                if slots.is_empty() {
                    Phrase::fill("In shadow: {} matched", [self.rules(&findings, names, most)])
                } else {
                    Phrase::fill("In shadow: would have asked {}", [self.authorities(&slots, names, most)])
                }
            }
            State::Quiet => self.quiet(),
        }
    }

    /// The heading where nothing was asked for; it says why the check is not green where it is not.
    fn quiet(&self) -> Phrase {
        let heading = match (self.review.verdict, self.review.scope) {
            // The judgement knows of something that no finding tells: say no less than it does.
            (Verdict::Blocked, _) => "Blocked",
            (Verdict::SignOff, _) => "Waiting for a sign-off",
            (_, Scope::Team) => "One team: nothing to sign",
            (_, Scope::None) => "No file with an owner: nothing to sign",
            _ if self.review.findings.is_empty() => "No rule matched: nothing to sign",
            _ => "Nothing to sign",
        };
        let not_judged = match self.notes().len() {
            0 => Phrase::default(),
            notes => Phrase::fill("{} not judged", [Phrase::count(notes, "rule", "rules")]),
        };
        Phrase::join([Phrase::ours(heading), not_judged], "; ")
    }

    /// The rules of these findings: `crossing and internals`.
    fn rules(&self, findings: &[&Finding], names: usize, most: usize) -> Phrase {
        let mut ids: Vec<&str> = Vec::new();
        for finding in findings {
            if !ids.contains(&finding.rule.as_str()) {
                ids.push(&finding.rule);
            }
        }
        Phrase::list(ids.into_iter().map(|id| Phrase::name(id, most)), "and", names)
    }

    /// Whoever cannot be resolved, each once.
    fn unresolved(&self) -> Vec<&'a Handle> {
        let mut handles: Vec<&Handle> = Vec::new();
        for slot in self.shown().into_iter().flat_map(|finding| &finding.slots) {
            if matches!(slot.state, SlotState::Unresolvable { .. }) {
                for handle in &slot.from {
                    if !handles.contains(&handle) {
                        handles.push(handle);
                    }
                }
            }
        }
        handles
    }

    /// In a storm: the architects, who are asked in place of the owners.
    fn asked_instead(&self, names: usize, most: usize) -> Option<Phrase> {
        let asked = &self.review.reviewers;
        let whom: Vec<&Handle> = asked.teams.iter().chain(&asked.users).collect();
        (self.review.storm && !whom.is_empty())
            .then(|| Phrase::list(whom.into_iter().map(|handle| self.handle(handle, most)), "and", names))
    }

    /// Several authorities: `payments and ledger`; `payments or ledger, and sre`.
    pub(super) fn authorities(&self, slots: &[&Slot], names: usize, most: usize) -> Phrase {
        let slots = distinct(slots.iter().copied());
        match slots.as_slice() {
            [] => Phrase::ours("a sign-off"),
            [slot] => self.any_of(&slot.from, names, most),
            many if many.iter().all(|slot| slot.from.len() == 1) => {
                Phrase::list(many.iter().map(|slot| self.any_of(&slot.from, 1, most)), "and", names)
            }
            many => {
                let shown = many.len().min(names);
                let mut parts: Vec<Phrase> =
                    many.iter().take(shown).map(|slot| self.any_of(&slot.from, 2, most)).collect();
                if many.len() > shown {
                    parts.push(Phrase::fill("{} more", [Phrase::number(many.len() - shown)]));
                }
                Phrase::join(parts, ", and ")
            }
        }
    }

    /// Who signed, and for whom: `ada (commerce-architects)`.
    fn signer(&self, by: &str, slots: &[&Slot], names: usize, most: usize) -> Phrase {
        let mut whom: Vec<&Handle> = Vec::new();
        for slot in slots {
            if let Some(handle) = slot.from.first()
                && !slot.from.iter().any(|handle| handle.is_user(by))
                && !whom.contains(&handle)
            {
                whom.push(handle);
            }
        }
        let by = Phrase::name(by, most);
        if whom.is_empty() {
            return by;
        }
        Phrase::fill("{} ({})", [by, Phrase::list(whom.into_iter().map(|h| self.handle(h, most)), "and", names)])
    }

    /// Who signed: `ada (commerce-architects) and tomas (ledger)`.
    pub(super) fn signers(&self, slots: &[&Slot], names: usize, most: usize) -> Option<Phrase> {
        let mut by: Vec<(&str, Vec<&Slot>)> = Vec::new();
        for slot in slots {
            if let SlotState::Signed { by: login, .. } = &slot.state {
                match by.iter_mut().find(|(known, _)| known == login) {
                    Some((_, theirs)) => theirs.push(slot),
                    None => by.push((login, vec![slot])),
                }
            }
        }
        if by.is_empty() {
            return None;
        }
        let inner = if by.len() > 1 { 1 } else { names };
        Some(Phrase::list(by.iter().map(|(login, slots)| self.signer(login, slots, inner, most)), "and", names))
    }

    /// The heading of a change that is signed.
    fn signed(&self, slots: &[&Slot], names: usize, most: usize) -> Phrase {
        match self.signers(slots, names, most) {
            Some(signers) => Phrase::fill("Signed off by {}", [signers]),
            None => {
                let own: Vec<&Slot> = distinct(slots.iter().copied());
                Phrase::fill("Nothing to sign: {} changed their own", [self.authorities(&own, names, most)])
            }
        }
    }
}

/// Slots of different authorities.
fn distinct<'s>(slots: impl IntoIterator<Item = &'s Slot>) -> Vec<&'s Slot> {
    let mut known: Vec<&Slot> = Vec::new();
    for slot in slots {
        if !known.iter().any(|other| other.from == slot.from) {
            known.push(slot);
        }
    }
    known
}

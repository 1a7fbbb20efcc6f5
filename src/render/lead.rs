//! Sentences: what the author has to do, how a sign-off is given, what is wrong, where a slot stands.

use crate::review::{Finding, FindingState, Note, Slot, SlotState};
use crate::rules::{Enforce, Handle, RULES_CHANGE, RULES_PATH};

use super::phrase::Phrase;
use super::state::State;
use super::words::{NAME, Voice, gates, holds, level};

impl Voice<'_> {
    /// The author's login, for the end of a sentence; an App is not spoken to.
    pub(super) fn author(&self) -> Option<Phrase> {
        let login = self.context.author.as_deref()?;
        (!login.ends_with("[bot]")).then(|| Phrase::theirs(login, 40))
    }

    /// A sentence to the author: `Nothing for you to do, maria.`
    fn nothing_to_do(&self) -> Phrase {
        match self.author() {
            Some(author) => Phrase::fill("Nothing for you to do, {}.", [author]),
            None => Phrase::ours("Nothing for the author to do."),
        }
    }

    /// What the author has to do: `maria, …` or `The author …`.
    fn tell(&self, you: &'static str, they: &'static str) -> Phrase {
        match self.author() {
            Some(author) => Phrase::fill(you, [author]),
            None => Phrase::ours(they),
        }
    }

    /// How these sign: `Anyone of commerce-architects signs it by approving.`
    fn how_to_sign(&self, slots: &[&Slot]) -> Phrase {
        match slots {
            [] => Phrase::default(),
            [slot] => {
                let whom = self.any_of(&slot.from, 4, NAME);
                match slot.from.as_slice() {
                    [one] if one.as_user().is_none() => Phrase::fill("Anyone of {} signs by approving.", [whom]),
                    [_] => Phrase::fill("{} signs by approving.", [whom]),
                    _ => Phrase::fill("{} signs by approving; one of them is enough.", [whom]),
                }
            }
            many => Phrase::fill("{} sign by approving, each for its own part.", [self.authorities(many, 4, NAME)]),
        }
    }

    /// Who may waive a blocking finding: those who would sign it, and whoever is above them.
    pub(super) fn waivers(&self, finding: &Finding) -> Option<Phrase> {
        let mut handles: Vec<Handle> = Vec::new();
        let slots = &finding.slots;
        for handle in slots.iter().flat_map(|slot| &slot.from).chain(slots.iter().flat_map(|slot| &slot.above)) {
            if !handles.contains(handle) {
                handles.push(handle.clone());
            }
        }
        (!handles.is_empty()).then(|| self.any_of(&handles, 4, NAME))
    }

    /// The line above what the author can do about a blocking finding.
    pub(super) fn ways_out(&self) -> Phrase {
        self.tell("For {}, one of these clears it", "For the author, one of these clears it")
    }

    /// The paragraph below the heading: what the change spans, who acts, what the author has to do.
    pub(super) fn lead(&self) -> Phrase {
        let state = self.state();
        let span = if matches!(state, State::Signed(_)) { Phrase::default() } else { self.span() };
        let says = match &state {
            State::Configuration => vec![
                Phrase::fill(
                    "Nothing that this change does is the reason: it is mended in {} at the base, in the team on GitHub or in what the App may see, and the check holds until then.",
                    [Phrase::code(RULES_PATH, 120)],
                ),
                self.nothing_to_do(),
            ],
            State::Blocked(findings) => {
                let mut says = vec![match findings.iter().any(|finding| finding.rule == RULES_CHANGE) {
                    true => {
                        Phrase::ours("With this edit nothing could be judged any more, so nobody is asked to sign it.")
                    }
                    false => {
                        Phrase::ours("An approval does not clear this, because the change itself is the question.")
                    }
                }];
                let others: Vec<&Slot> = self
                    .shown()
                    .into_iter()
                    .filter(|finding| holds(finding) && finding.enforce == Enforce::Review)
                    .flat_map(|finding| &finding.slots)
                    .filter(|slot| slot.state == SlotState::Open)
                    .collect();
                if !others.is_empty() {
                    says.push(Phrase::fill("Besides, {} must sign.", [self.authorities(&others, 4, NAME)]));
                }
                says
            }
            State::Nobody(finding) => vec![
                Phrase::fill(
                    "Rule {} asks for a sign-off, and {} names nobody who could give it, at that level or above. Whoever keeps the file names somebody there at the base; the check holds until then.",
                    [Phrase::code(&finding.rule, NAME), Phrase::code(RULES_PATH, 120)],
                ),
                self.nothing_to_do(),
            ],
            State::ChangesRequested(by, slot) => {
                let next = self.tell("The next step is yours, {}.", "The next step is the author's.");
                vec![self.holds_until(by, slot), next]
            }
            State::Again(by, slot) => {
                let changed = Phrase::fill("What {} looked at has changed since.", [Phrase::name(by, NAME)]);
                let next = if self.context.draft {
                    self.tell(
                        "Nobody is asked while it is a draft: mark it ready for review when it is, {}.",
                        "Nobody is asked while it is a draft.",
                    )
                } else {
                    self.nothing_to_do()
                };
                vec![changed, self.holds_until(by, slot), next]
            }
            State::Unknown(why) => vec![Phrase::fill(
                "Something could not be asked for: {}. It is tried again by itself.",
                [Phrase::theirs(&self.without_hidden(why.trim_end_matches('.')), 200)],
            )],
            State::Waiting(_) if self.context.draft => vec![self.tell(
                "Nobody is asked while it is a draft: mark it ready for review when it is, {}.",
                "Nobody is asked while it is a draft.",
            )],
            State::Waiting(slots) => {
                let mut says = vec![self.how_to_sign(slots)];
                if self.context.unaskable.is_empty() {
                    says.push(self.nothing_to_do());
                }
                says
            }
            State::Skipped => {
                vec![Phrase::ours("A `skip` of the rules covers this change: nobody is asked, and nothing is held.")]
            }
            State::Advice(_) => vec![Phrase::ours("What follows is advice: it holds nothing, and nobody is asked.")],
            State::Shadow(_) => vec![Phrase::ours(
                "The rules run in shadow: what they would have done is recorded, nobody is asked, and nothing is held.",
            )],
            State::Signed(_) | State::Quiet => Vec::new(),
        };
        Phrase::join(std::iter::once(span).chain(says), " ")
    }

    /// Who lets go what somebody's request for changes holds.
    fn holds_until(&self, by: &str, slot: &Slot) -> Phrase {
        match slot.from.as_slice() {
            [only] if only.is_user(by) => {
                Phrase::fill("It holds until {} or a level above approves.", [Phrase::name(by, NAME)])
            }
            _ => Phrase::fill(
                "It holds until {}, another of {}, or a level above approves.",
                [Phrase::name(by, NAME), self.any_of(&slot.from, 3, NAME)],
            ),
        }
    }

    /// What is wrong at the base, each in a sentence.
    pub(super) fn errors(&self) -> Vec<Phrase> {
        self.configuration().into_iter().map(|error| Phrase::fill("{}.", [error])).collect()
    }

    /// Who could not be asked, and what to do about it.
    pub(super) fn unaskable(&self) -> Option<Phrase> {
        if self.context.unaskable.is_empty() {
            return None;
        }
        let one = |(handle, why): &(Handle, String)| {
            Phrase::fill(
                "{} ({})",
                [self.handle(handle, NAME), Phrase::theirs(&self.without_hidden(why.trim_end_matches('.')), 200)],
            )
        };
        let whom = Phrase::list(self.context.unaskable.iter().map(one), "and", 4);
        let todo = self.tell("Please tell them yourself, {}.", "The author tells them.");
        let told = Phrase::fill("Could not be asked: {}. {}", [whom, todo]);
        match self.unheard() {
            Some(unheard) => Some(Phrase::fill("{} {}", [told, unheard])),
            None => Some(told),
        }
    }

    /// Who may sign all the same where nobody could be asked for a part of it.
    fn unheard(&self) -> Option<Phrase> {
        let refused = |handle: &Handle| self.context.unaskable.iter().any(|(other, _)| other == handle);
        let gating = self.review.findings.iter().filter(|finding| gates(finding));
        let open = gating.flat_map(|finding| &finding.slots).filter(|slot| slot.state == SlotState::Open);
        let mut hands: Vec<Handle> = Vec::new();
        for slot in open.filter(|slot| !slot.from.is_empty() && slot.from.iter().all(refused)) {
            for handle in slot.from.iter().chain(&slot.above) {
                if !hands.contains(handle) {
                    hands.push(handle.clone());
                }
            }
        }
        let whom = (!hands.is_empty()).then(|| self.any_of(&hands, 6, NAME))?;
        Some(Phrase::fill("So nobody is asked for that part; {} may sign it all the same, by approving.", [whom]))
    }

    /// Notes that are no configuration errors, each in a sentence.
    pub(super) fn notes(&self) -> Vec<Phrase> {
        self.review
            .notes
            .iter()
            .filter_map(|note| match note {
                Note::RuleSkipped { rule, keys } => Some(Phrase::fill(
                    "Rule {} was skipped: this version does not judge {} yet.",
                    [Phrase::code(rule, NAME), Phrase::list(keys.iter().map(|key| Phrase::code(key, NAME)), "and", 5)],
                )),
                Note::NotJudged { rule, why } => Some(Phrase::fill(
                    "Rule {} was not judged: {}.",
                    [Phrase::code(rule, NAME), Phrase::theirs(&self.without_hidden(why.trim_end_matches('.')), 200)],
                )),
                Note::Configuration { .. } => None,
            })
            .collect()
    }

    /// That an earlier version of the organisation's file is in force than the one that is there, and why.
    pub(super) fn kept(&self) -> Option<Phrase> {
        let beneath = self.context.organisation.as_ref()?;
        let why = beneath.kept.as_ref()?;
        if beneath.unseen {
            return Some(Phrase::ours(
                "The organisation's file is in force in its last good version: the one that is there cannot be used.",
            ));
        }
        let file = Phrase::code(&format!("{}: {RULES_PATH}", beneath.repository), 120);
        Some(Phrase::fill(
            "The organisation's file {} is in force in its last good version until there is another that can be used ({}).",
            [file, Phrase::theirs(why.trim_end_matches('.'), 300)],
        ))
    }

    /// Where one slot stands: `signed by tomas`.
    pub(super) fn slot_state(&self, finding: &Finding, slot: &Slot) -> Phrase {
        match &slot.state {
            SlotState::Open if finding.enforce == Enforce::Block => Phrase::ours("may waive it"),
            SlotState::Open if !gates(finding) => Phrase::ours("not asked"),
            SlotState::Open => Phrase::ours("has not signed yet"),
            SlotState::AuthorsOwn => Phrase::ours("signed, being the author's own"),
            SlotState::Signed { by, .. } => Phrase::fill("signed by {}", [Phrase::name(by, NAME)]),
            SlotState::ChangesRequested { by, .. } => Phrase::fill("changes requested by {}", [Phrase::name(by, NAME)]),
            SlotState::Nobody => Phrase::ours("nobody who could sign"),
            SlotState::Unresolvable { why } => {
                Phrase::fill("cannot sign ({})", [Phrase::theirs(&self.without_hidden(why.trim_end_matches('.')), 200)])
            }
            SlotState::Unknown { why } => Phrase::fill(
                "not known yet ({})",
                [Phrase::theirs(&self.without_hidden(why.trim_end_matches('.')), 200)],
            ),
        }
    }

    /// Who signs in this slot: `commerce-architects`, or for whom where the rules name nobody.
    pub(super) fn slot_name(&self, slot: &Slot) -> Phrase {
        if slot.from.is_empty() {
            return match &slot.of {
                Some(of) => self.team(of),
                None => Phrase::fill("the {} level", [Phrase::ours(level(slot.level))]),
            };
        }
        self.any_of(&slot.from, 3, NAME)
    }

    /// In a few words what a finding waits for.
    pub(super) fn finding_state(&self, finding: &Finding) -> Phrase {
        let slots: Vec<&Slot> = finding.slots.iter().collect();
        let open: Vec<&Slot> = slots.iter().copied().filter(|slot| !slot.state.is_signed()).collect();
        match (finding.enforce, finding.state) {
            (_, FindingState::Signed) if gates(finding) => match self.signers(&slots, 3, NAME) {
                Some(signers) => Phrase::fill("signed by {}", [signers]),
                None => Phrase::ours("signed, being the author's own"),
            },
            (Enforce::Block, _) => Phrase::ours("blocks"),
            (Enforce::Review, _) if open.iter().any(|slot| slot.state == SlotState::Nobody) => {
                Phrase::ours("nobody can sign")
            }
            (Enforce::Review, _) if open.iter().any(|slot| matches!(slot.state, SlotState::Unresolvable { .. })) => {
                Phrase::ours("cannot be signed before the rules are mended")
            }
            (Enforce::Review, _) => Phrase::fill("waits for {}", [self.authorities(&open, 3, NAME)]),
            (Enforce::Advise, _) => Phrase::ours("advice"),
            (Enforce::Shadow | Enforce::None, _) if open.iter().all(|slot| slot.from.is_empty()) => {
                Phrase::ours("would have asked nobody")
            }
            (Enforce::Shadow | Enforce::None, _) => {
                Phrase::fill("would have asked {}", [self.authorities(&open, 3, NAME)])
            }
        }
    }
}

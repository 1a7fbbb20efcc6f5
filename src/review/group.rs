//! A group of the merge queue: what several pull requests change together, and who has signed which part of it.

use std::collections::BTreeSet;

use crate::rules::Enforce;

use super::{Conclusion, Finding, FindingState, Note, Review, Slot, SlotState};

/// A pull request of a group, judged by itself as it is now.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// Its number.
    pub number: u64,
    /// What it is judged.
    pub review: &'a Review,
}

/// Why a group is not green.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// Something in the rules is wrong.
    Configuration {
        /// What.
        message: String,
    },
    /// A rule blocks what the group changes.
    Blocked {
        /// The rule.
        rule: String,
    },
    /// A rule asks for an authority that nobody is, or that cannot be found.
    Nobody {
        /// The rule.
        rule: String,
    },
    /// A pull request that would not merge by itself.
    Held {
        /// Its number.
        number: u64,
        /// Whether it fails, rather than waits.
        fails: bool,
    },
    /// Files that nobody has signed in any pull request of the group for this rule, on a level that is high enough.
    Unsigned {
        /// The rule.
        rule: String,
        /// The files.
        paths: Vec<String>,
        /// Whether no pull request has a finding of this rule by itself: they cross together what none crosses alone.
        together: bool,
    },
    /// Files that no pull request of the group changes.
    Stray {
        /// The files.
        paths: Vec<String>,
    },
    /// Which pull requests are in it, or what they are, cannot be told.
    Unknown {
        /// Why, in a sentence.
        why: String,
    },
}

impl Gap {
    /// What the check says for it.
    fn conclusion(&self) -> Conclusion {
        match self {
            Self::Configuration { .. }
            | Self::Blocked { .. }
            | Self::Nobody { .. }
            | Self::Held { fails: true, .. } => Conclusion::Failure,
            Self::Held { .. } | Self::Unsigned { .. } | Self::Stray { .. } | Self::Unknown { .. } => {
                Conclusion::ActionRequired
            }
        }
    }
}

/// The judgement on a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupReview {
    /// What its check says.
    pub conclusion: Conclusion,
    /// Why it is not green, worst first.
    pub gaps: Vec<Gap>,
}

/// Judges a group: `review` is of what it changes as a whole, with nobody's review in it; `unknown` says what of its members
/// could not be told.
///
/// Whatever `review` leaves open has to be signed, file by file, in a pull request of the group. One that is alone in its group
/// answers for all of it by its own judgement, which knows who wrote it and who signed in whose place. That a rule could not be judged
/// for want of an author, a title or labels ([`Note::NotJudged`]) is answered by each member's own judgement.
pub fn judge_group(review: &Review, members: &[Member<'_>], unknown: Vec<String>) -> GroupReview {
    let mut gaps: Vec<Gap> = unknown.into_iter().map(|why| Gap::Unknown { why }).collect();
    for note in &review.notes {
        if let Note::Configuration { message } = note {
            gaps.push(Gap::Configuration { message: message.clone() });
        }
    }
    for member in members {
        match member.review.conclusion {
            Conclusion::Success | Conclusion::Neutral => {}
            Conclusion::ActionRequired => gaps.push(Gap::Held { number: member.number, fails: false }),
            Conclusion::Failure => gaps.push(Gap::Held { number: member.number, fails: true }),
        }
    }
    let theirs: BTreeSet<&str> = members.iter().flat_map(|member| &member.review.files).flat_map(touched).collect();
    let stray: BTreeSet<&str> = review.files.iter().flat_map(touched).filter(|path| !theirs.contains(path)).collect();
    let alone = members.len() == 1 && stray.is_empty() && !gaps.iter().any(|gap| matches!(gap, Gap::Unknown { .. }));
    if !stray.is_empty() {
        gaps.push(Gap::Stray { paths: stray.into_iter().map(str::to_owned).collect() });
    }
    let open = |finding: &&Finding| finding.state == FindingState::Open;
    for finding in review.findings.iter().filter(open) {
        match finding.enforce {
            Enforce::Block => gaps.push(Gap::Blocked { rule: finding.rule.clone() }),
            Enforce::Review if alone => {}
            Enforce::Review => gaps.extend(unsigned(finding, members)),
            Enforce::None | Enforce::Shadow | Enforce::Advise => {}
        }
    }
    gaps.sort_by(|one, other| (other.conclusion(), one).cmp(&(one.conclusion(), other)));
    let advises = |finding: &Finding| finding.enforce < Enforce::Review && finding.state == FindingState::Open;
    let advice = review.skipped
        || review.findings.iter().any(advises)
        || review.notes.iter().any(|note| !matches!(note, Note::NotJudged { .. }))
        || members.iter().any(|member| member.review.conclusion == Conclusion::Neutral);
    let green = if advice { Conclusion::Neutral } else { Conclusion::Success };
    GroupReview { conclusion: gaps.first().map_or(green, Gap::conclusion), gaps }
}

fn touched(file: &super::FileReview) -> impl Iterator<Item = &str> {
    let old = file.previous_path.as_deref().filter(|_| file.status != super::FileStatus::Copied);
    std::iter::once(file.path.as_str()).chain(old)
}

/// What of a finding of the group nobody has signed in a member.
fn unsigned(finding: &Finding, members: &[Member<'_>]) -> Option<Gap> {
    let rule = finding.rule.clone();
    let hopeless = |slot: &Slot| matches!(slot.state, SlotState::Nobody | SlotState::Unresolvable { .. });
    if finding.slots.is_empty() || finding.slots.iter().any(hopeless) {
        return Some(Gap::Nobody { rule });
    }
    let same: Vec<&Finding> = members
        .iter()
        .flat_map(|member| &member.review.findings)
        .filter(|other| other.rule == finding.rule && other.enforce == Enforce::Review)
        .collect();
    let covers = |slot: &Slot, path: &String| {
        let slots = same.iter().flat_map(|other| &other.slots);
        slots.filter(|other| other.state.is_signed() && other.paths.contains(path)).any(|other| serves(other, slot))
    };
    let open: BTreeSet<&String> =
        finding.slots.iter().flat_map(|slot| slot.paths.iter().filter(|path| !covers(slot, path))).collect();
    if open.is_empty() {
        return None;
    }
    Some(Gap::Unsigned { rule, paths: open.into_iter().cloned().collect(), together: same.is_empty() })
}

/// Whether a signature on `signed` is one on `wanted`: the same authority, or a higher level.
fn serves(signed: &Slot, wanted: &Slot) -> bool {
    match (signed.level, wanted.level) {
        (Some(one), Some(other)) => one > other || (one == other && signed.of == wanted.of),
        _ => signed.from == wanted.from,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::{Asked, FileReview, FileStatus, Scope, Verdict};
    use crate::rules::{Handle, Level, Mode};

    fn slot(level: Level, of: &str, paths: &[&str], state: SlotState) -> Slot {
        Slot {
            level: Some(level),
            of: Some(of.to_owned()),
            from: vec![Handle::new(&format!("@acme/{of}"))],
            above: Vec::new(),
            lapsed: Vec::new(),
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            fingerprint: String::new(),
            state,
        }
    }

    fn signed() -> SlotState {
        SlotState::Signed { by: "ada".to_owned(), review_id: 1 }
    }

    fn finding(rule: &str, enforce: Enforce, slots: Vec<Slot>) -> Finding {
        let done = slots.iter().all(|slot| slot.state.is_signed());
        Finding {
            rule: rule.to_owned(),
            enforce,
            slots,
            adrs: Vec::new(),
            evidence: Vec::new(),
            why: None,
            checklist: Vec::new(),
            cannot_tell: false,
            state: if done { FindingState::Signed } else { FindingState::Open },
        }
    }

    fn review(conclusion: Conclusion, files: &[&str], findings: Vec<Finding>) -> Review {
        let file = |path: &&str| FileReview {
            path: (*path).to_owned(),
            previous_path: None,
            status: FileStatus::Modified,
            service: None,
            teams: Vec::new(),
            counts: true,
        };
        Review {
            scope: Scope::Team,
            verdict: Verdict::Pass,
            conclusion,
            services: Vec::new(),
            teams: Vec::new(),
            domains: Vec::new(),
            files: files.iter().map(file).collect(),
            findings,
            reviewers: Asked::default(),
            notes: Vec::new(),
            skipped: false,
            mode: Mode::On,
            wants: BTreeSet::new(),
            not_asked: Default::default(),
            storm: Default::default(),
        }
    }

    fn group(review: &Review, members: &[&Review]) -> GroupReview {
        let members: Vec<Member<'_>> = (1..).zip(members).map(|(number, review)| Member { number, review }).collect();
        judge_group(review, &members, Vec::new())
    }

    #[test]
    fn what_a_member_has_signed_is_signed() {
        let whole = review(
            Conclusion::ActionRequired,
            &["a", "b"],
            vec![finding("r", Enforce::Review, vec![slot(Level::Domain, "commerce", &["a", "b"], SlotState::Open)])],
        );
        let member = |level, of, state| {
            let conclusion = if state == SlotState::Open { Conclusion::ActionRequired } else { Conclusion::Success };
            review(
                conclusion,
                &["a", "b"],
                vec![finding("r", Enforce::Review, vec![slot(level, of, &["a", "b"], state)])],
            )
        };
        let quiet = review(Conclusion::Success, &["a"], Vec::new());
        for (level, of) in [(Level::Domain, "commerce"), (Level::Organization, "acme")] {
            assert_eq!(group(&whole, &[&member(level, of, signed()), &quiet]).conclusion, Conclusion::Success);
        }
        for (level, of) in [(Level::Team, "payments"), (Level::Domain, "platform")] {
            let said = group(&whole, &[&member(level, of, signed()), &quiet]);
            let paths = vec!["a".to_owned(), "b".to_owned()];
            assert_eq!(said.gaps, [Gap::Unsigned { rule: "r".to_owned(), paths, together: false }]);
            assert_eq!(said.conclusion, Conclusion::ActionRequired);
        }
        let open = group(&whole, &[&member(Level::Domain, "commerce", SlotState::Open)]);
        assert!(open.gaps.contains(&Gap::Held { number: 1, fails: false }), "{open:?}");
    }

    #[test]
    fn whoever_is_alone_in_a_group_answers_for_it() {
        let open = slot(Level::Organization, "acme", &["a"], SlotState::Open);
        let whole = review(Conclusion::ActionRequired, &["a"], vec![finding("r", Enforce::Review, vec![open])]);
        // Skipped for its author, of whom the group as a whole knows nothing; or signed by others in the authority's place.
        for (conclusion, said) in [
            (Conclusion::Neutral, Conclusion::Neutral),
            (Conclusion::Success, Conclusion::Success),
            (Conclusion::ActionRequired, Conclusion::ActionRequired),
            (Conclusion::Failure, Conclusion::Failure),
        ] {
            assert_eq!(group(&whole, &[&review(conclusion, &["a"], Vec::new())]).conclusion, said);
        }
        let alone = review(Conclusion::Success, &["a"], Vec::new());
        let unknown = judge_group(&whole, &[Member { number: 1, review: &alone }], vec!["who is in it".to_owned()]);
        assert!(unknown.gaps.iter().any(|gap| matches!(gap, Gap::Unsigned { .. })), "{unknown:?}");
    }

    #[test]
    fn two_that_cross_together_what_neither_crosses_alone_are_held() {
        let slots = vec![slot(Level::Domain, "commerce", &["a", "b"], SlotState::Open)];
        let whole = review(Conclusion::ActionRequired, &["a", "b"], vec![finding("crossing", Enforce::Review, slots)]);
        let (one, other) =
            (review(Conclusion::Success, &["a"], Vec::new()), review(Conclusion::Success, &["b"], Vec::new()));
        let said = group(&whole, &[&one, &other]);
        let paths = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(said.gaps, [Gap::Unsigned { rule: "crossing".to_owned(), paths, together: true }]);
    }

    #[test]
    fn what_is_in_no_member_is_named() {
        let whole = review(Conclusion::Success, &["a", "b"], Vec::new());
        let said = group(&whole, &[&review(Conclusion::Success, &["a"], Vec::new())]);
        assert_eq!(said.gaps, [Gap::Stray { paths: vec!["b".to_owned()] }]);
        assert_eq!(said.conclusion, Conclusion::ActionRequired);
        assert_eq!(group(&whole, &[]).conclusion, Conclusion::ActionRequired);
    }

    #[test]
    fn a_block_holds_whoever_has_signed() {
        let whole = review(
            Conclusion::Failure,
            &["a"],
            vec![finding("frozen", Enforce::Block, vec![slot(Level::Domain, "commerce", &["a"], SlotState::Open)])],
        );
        let said = group(&whole, &[&review(Conclusion::Success, &["a"], Vec::new())]);
        assert_eq!((said.conclusion, said.gaps.len()), (Conclusion::Failure, 1));
    }

    #[test]
    fn the_worst_comes_first() {
        let whole = review(Conclusion::Success, &["a", "b"], Vec::new());
        let members =
            [&review(Conclusion::ActionRequired, &["a"], Vec::new()), &review(Conclusion::Failure, &["a"], Vec::new())];
        let said = group(&whole, &members);
        assert_eq!(said.conclusion, Conclusion::Failure);
        assert_eq!(said.gaps[0], Gap::Held { number: 2, fails: true });
        assert_eq!(said.gaps.len(), 3);
    }
}

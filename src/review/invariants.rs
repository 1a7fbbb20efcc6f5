//! What must always hold of a judgement, whatever the rules, the change and the people (ARCHITECTURE.md, "Invariants").

mod binding;
mod hands;
mod locked;
mod oracle;
mod stricter;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::RngSeed;

use super::tests::{Case, SHOP};
use super::*;
use crate::rules::{Enforce, Handle};

const PATHS: [&str; 10] = [
    "services/checkout/a.go",
    "services/checkout/b.proto",
    "services/ledger/a.go",
    "services/ledger/Cargo.lock",
    "services/login/a.go",
    "proto/a.proto",
    "README.md",
    "web/nobody.ts",
    "mobile/app.kt",
    ".github/merestone.yml",
];

const LOGINS: [&str; 8] = ["maria", "pavel", "tomas", "lena", "ines", "ada", "edsger", "stranger"];

const TEAMS: [&str; 6] =
    ["payments", "ledger", "identity", "commerce-architects", "platform-architects", "architecture-council"];

/// Conditions that a larger change can only make hold more.
const RISING: [&str; 14] = [
    "{ crosses: team }",
    "{ crosses: domain }",
    "{ paths: [\"services/\"] }",
    "{ paths: [\"**\", \"!services/login/\"] }",
    "{ paths: [\"*.proto\"], teams: [ledger] }",
    "{ services: [checkout, \"l*\"] }",
    "{ domains: [commerce] }",
    "{ tiers: [critical] }",
    "{ foreign: true }",
    "{ unowned: true }",
    "{ size: { files: 2 } }",
    "{ size: { lines: 3 } }",
    "{ any: [{ rules: true }, { paths: [mobile/] }] }",
    "{ all: [{ crosses: team }, { paths: [\"**/*.go\"] }] }",
];

/// Conditions that look at what the author writes, or turn something round.
const OTHER: [&str; 7] = [
    "{ title: \"^Big\" }",
    "{ labels: [urgent] }",
    "{ author: [pavel] }",
    "{ not: { author: [pavel] } }",
    "{ not: { paths: [\"services/\"] } }",
    "{ not: { foreign: true } }",
    "{ base: [main], not: { labels: [urgent] } }",
];

fn rule(conditions: Vec<&'static str>) -> impl Strategy<Value = String> {
    (
        select(conditions),
        select(vec!["shadow", "advise", "review", "review", "review", "block"]),
        select(vec!["scope", "team", "lead", "domain", "organization", "[ledger, \"@ines\"]"]),
        select(vec!["", ", allow: [{ paths: [services/checkout/], why: x }]"]),
    )
        .prop_map(|(when, enforce, sign_off, allow)| {
            format!("when: {when}, enforce: {enforce}, sign_off: {sign_off}{allow}")
        })
}

fn rules(conditions: Vec<&'static str>) -> impl Strategy<Value = String> {
    prop::collection::vec(rule(conditions), 1..4).prop_map(|rules| {
        let lines = rules.iter().enumerate().map(|(index, rule)| format!("  - {{ id: r{index}, {rule} }}\n"));
        lines.collect()
    })
}

fn file() -> impl Strategy<Value = File> {
    let status = select(vec![FileStatus::Added, FileStatus::Modified, FileStatus::Removed, FileStatus::Renamed]);
    (select(&PATHS[..]), status, select(&PATHS[..]), any::<bool>(), 0_u64..3).prop_map(
        |(path, status, old, generated, lines)| {
            let mut file = File::new(path, status);
            file.previous_path = (status == FileStatus::Renamed).then(|| old.to_owned());
            file.generated_at_base = Some(generated && path.starts_with("mobile/"));
            (file.additions, file.deletions) = (Some(lines), Some(0));
            file.head_blob = Some(format!("head {path} {lines}"));
            file
        },
    )
}

fn act() -> impl Strategy<Value = (&'static str, ActKind)> {
    (select(&LOGINS[..]), select(vec![ActKind::Approved, ActKind::ChangesRequested, ActKind::Dismissed]))
}

fn case_of(conditions: Vec<&'static str>) -> impl Strategy<Value = Case> {
    (
        rules(conditions),
        prop::collection::vec(file(), 1..5),
        select(&LOGINS[..]),
        prop::collection::vec(act(), 0..5),
        prop::collection::vec((select(&TEAMS[..]), subsequence(LOGINS.to_vec(), 0..4)), 0..3),
        select(vec!["", "skip: { author: [pavel] }\n", "mode: advise\n"]),
        any::<bool>(),
    )
        .prop_map(|(rules, files, author, acts, teams, top, labelled)| {
            let text = format!("{SHOP}{top}rules:\n{rules}");
            let mut case = Case::of(&text).codeowners("/mobile/ @acme/mobile @acme/web\n").by(author);
            case.facts.files = files;
            if labelled {
                case.facts.labels = Some(vec!["urgent".to_owned()]);
            }
            for (team, members) in teams {
                case = case.members(team, &members);
            }
            case = case.members("mobile", &["maria"]).members("web", &[]);
            acts.into_iter().fold(case, |case, (login, kind)| case.said(login, kind))
        })
}

fn any_case() -> impl Strategy<Value = Case> {
    case_of([&RISING[..], &OTHER[..]].concat())
}

fn bytes(review: &Review) -> String {
    serde_json::to_string(review).unwrap()
}

/// Everything but who is asked.
fn bytes_of(review: &Review) -> String {
    let mut review = review.clone();
    (review.reviewers, review.not_asked) = Default::default();
    bytes(&review)
}

/// What GitHub shows of requests, and how many teams make a storm.
#[derive(Debug, Clone)]
struct Wishes {
    present: Vec<&'static str>,
    declined: Vec<&'static str>,
    refused: bool,
    looked: Vec<&'static str>,
    never: Vec<&'static str>,
    storm_teams: u32,
}

fn wishes() -> impl Strategy<Value = Wishes> {
    let teams = || subsequence(TEAMS.to_vec(), 0..3);
    let people = || subsequence(LOGINS.to_vec(), 0..2);
    let present = (teams(), people()).prop_map(|(teams, people)| [teams, people].concat());
    let never = subsequence(TEAMS.to_vec(), 0..2);
    (present, teams(), any::<bool>(), people(), never, select(vec![1, 2, 6])).prop_map(
        |(present, declined, refused, looked, never, storm_teams)| Wishes {
            present,
            declined,
            refused,
            looked,
            never,
            storm_teams,
        },
    )
}

impl Wishes {
    fn of(&self, mut case: Case) -> Case {
        let handle = |name: &&str| match TEAMS.contains(name) {
            true => Handle::team("acme", name),
            false => Handle::new(name),
        };
        for login in &self.looked {
            case = case.said(login, ActKind::Commented);
        }
        case.basis.rules.reviewers.storm_teams = self.storm_teams;
        case.basis.rules.reviewers.never = self.never.iter().map(handle).collect();
        let review = case.judge();
        let slots = review.findings.iter().flat_map(|finding| &finding.slots);
        // About the first of them only, so that the same people may be asked about the others.
        let fingerprints: BTreeSet<String> = slots.map(|slot| slot.fingerprint.clone()).take(1).collect();
        case.asking.present = self.present.iter().map(handle).collect();
        let declined = || Declined { fingerprints: fingerprints.clone(), refused: self.refused };
        case.asking.declined = self.declined.iter().map(|name| (handle(name), declined())).collect();
        case
    }
}

/// Whether anybody would be held up.
fn severity(review: &Review) -> Verdict {
    review.verdict
}

/// The same cases on every run: some dozens each keep the suite fast, `PROPTEST_CASES` asks for more and for others.
fn config() -> ProptestConfig {
    config_of(64)
}

/// As [`config`], with so many cases.
fn config_of(cases: u32) -> ProptestConfig {
    let default = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => default,
        None => ProptestConfig { cases, rng_seed: RngSeed::Fixed(20_261_123), ..default },
    }
}

proptest! {
    #![proptest_config(config())]

    /// 1. The judgement is a function, and the order in which its inputs come does not matter.
    #[test]
    fn any_order_gives_the_same_bytes(mut case in any_case(), turn in 0_usize..5) {
        let before = bytes(&case.judge());
        prop_assert_eq!(&before, &bytes(&case.judge()));
        let by = turn.min(case.facts.files.len());
        case.facts.files.rotate_left(by);
        case.facts.files.reverse();
        case.acts.reverse();
        if let Committers::Known(logins) = &mut case.facts.committers {
            logins.push(logins[0].clone());
        }
        prop_assert_eq!(before, bytes(&case.judge()));
    }

    /// 6. What the head makes of the files that judge changes nothing but the fingerprints.
    #[test]
    fn the_head_does_not_judge(mut case in any_case(), other in "[a-f0-9]{8}") {
        let unbound = |review: Review| {
            let mut review = review;
            review.findings.iter_mut().flat_map(|finding| &mut finding.slots).for_each(|slot| slot.fingerprint.clear());
            bytes(&review)
        };
        let before = unbound(case.judge());
        for file in &mut case.facts.files {
            file.head_blob = Some(other.clone());
        }
        prop_assert_eq!(before, unbound(case.judge()));
    }

    /// 7. A larger change never loses a finding, its evidence, its scope or its severity.
    #[test]
    fn a_larger_change_is_never_judged_milder(mut case in case_of(RISING.to_vec()), more in file()) {
        case.acts.clear();
        let before = case.judge();
        case.facts.files.push(more);
        let after = case.judge();
        prop_assert!(after.scope >= before.scope, "{:?} then {:?}", before.scope, after.scope);
        prop_assert!(severity(&after) >= severity(&before), "{before:#?}\n{after:#?}");
        for finding in &before.findings {
            let Some(still) = after.findings.iter().find(|other| other.rule == finding.rule) else {
                return Err(TestCaseError::fail(format!("{} is gone", finding.rule)));
            };
            let now: BTreeSet<&str> = still.evidence.iter().map(|evidence| evidence.path.as_str()).collect();
            for evidence in &finding.evidence {
                prop_assert!(now.contains(evidence.path.as_str()), "{} lost {}", finding.rule, evidence.path);
            }
        }
    }

    /// 8. Whatever cannot be told is never milder than any answer would be.
    #[test]
    fn blindness_holds(case in any_case(), team in select(&TEAMS[..]), kind in 0..4) {
        let known = case.judge();
        let mut blind = case;
        match kind {
            0 => drop(blind.people.known.remove(&Handle::team("acme", team))),
            1 => blind = blind.known(team, Membership::Unknown("502".to_owned())),
            2 => blind.facts.committers = Committers::Unknown,
            _ => blind.facts.files.iter_mut().for_each(|file| file.additions = None),
        }
        // Who committed decides who may not sign: not to know them must not be held against a signer who is no author as far
        // as is known, so the approvals are left out there.
        let judged = if kind == 2 {
            blind.acts.clear();
            blind.judge()
        } else {
            blind.judge()
        };
        prop_assert!(severity(&judged) >= severity(&known), "{known:#?}\n{judged:#?}");
        let held = |review: &Review| review.conclusion >= Conclusion::ActionRequired;
        prop_assert!(held(&judged) || !held(&known), "{known:#?}\n{judged:#?}");
    }

    /// 10. What the author writes about the change removes no finding that does not name it.
    #[test]
    fn the_author_talks_nothing_away(mut case in case_of(RISING.to_vec()), title in ".{0,12}", draft in any::<bool>()) {
        let before = case.judge();
        case.facts.title = Some(title);
        case.facts.labels = Some(vec!["urgent".to_owned(), "skip".to_owned()]);
        case.facts.draft = draft;
        let after = case.judge();
        prop_assert_eq!(before.findings, after.findings);
        prop_assert_eq!((before.verdict, before.conclusion), (after.verdict, after.conclusion));
    }

    /// 12. Whoever is asked can sign something that is open, is no author and not to be left alone, and every open sign-off that
    /// somebody can be asked for has somebody asked, somebody there who can sign it, or somebody who has looked at it.
    #[test]
    fn asked_are_those_who_can_sign(case in any_case(), wishes in wishes()) {
        let case = wishes.of(case);
        let review = case.judge();
        let asked: BTreeSet<&Handle> = review.reviewers.teams.iter().chain(&review.reviewers.users).collect();
        let open: Vec<&Slot> = review
            .findings
            .iter()
            .filter(|finding| finding.enforce == Enforce::Review)
            .flat_map(|finding| &finding.slots)
            .filter(|slot| slot.state == SlotState::Open)
            .collect();
        let author = |handle: &Handle| case.facts.hands().any(|login| handle.is_user(login));
        let declined = |handle: &Handle, slot: &Slot| {
            case.asking.declined.get(handle).is_some_and(|declined| declined.fingerprints.contains(&slot.fingerprint))
        };
        let attended = |slot: &Slot| {
            let members = |handle: &Handle| match case.people.known.get(handle) {
                Some(Membership::Members(members)) => members.clone(),
                _ => handle.as_user().map(str::to_lowercase).into_iter().collect(),
            };
            let may: BTreeSet<String> = slot.from.iter().chain(&slot.above).flat_map(members).collect();
            let can_sign = |login: &str| may.contains(login) && !author(&Handle::new(login));
            let there = case.asking.present.iter().any(|handle| match handle.as_user() {
                Some(login) => can_sign(login),
                None => slot.from.contains(handle),
            });
            let looked = |act: &Act| act.kind == ActKind::Commented && can_sign(&act.login);
            there || case.acts.iter().any(looked)
        };
        prop_assert!(asked.len() <= 15);
        for one in &asked {
            let reason = |slot: &&&Slot| review.names(slot, one) && !declined(one, slot) && !attended(slot);
            prop_assert!(open.iter().any(|slot| reason(&slot)), "{one} was asked for nothing");
            prop_assert!(!author(one) && !case.basis.rules.reviewers.never.contains(one));
        }
        for slot in open {
            let of = |handle: &&Handle| review.names(slot, handle);
            let hands: Vec<&Handle> = slot.from.iter().chain(&slot.above).filter(of).collect();
            let is_asked = hands.iter().any(|handle| asked.contains(handle));
            let barred = |handle: &Handle| author(handle) || case.basis.rules.reviewers.never.contains(handle);
            let askable = |handle: &Handle| !barred(handle) && !declined(handle, slot);
            // In a storm the architects are asked instead of those who would be; it is enough that all of them cannot be.
            let should = if review.storm {
                hands.iter().all(|handle| askable(handle))
            } else {
                hands.iter().any(|handle| askable(handle))
            };
            prop_assert!(is_asked || !should || attended(slot), "nobody is asked for {slot:?}");
            let told = |handle: &Handle| {
                asked.contains(handle) || review.not_asked.iter().any(|one| one.handle == *handle)
            };
            for handle in slot.from.iter().filter(|handle| !barred(handle) && declined(handle, slot)) {
                prop_assert!(review.storm || attended(slot) || told(handle), "it is not said that {handle} is not asked");
            }
        }
        // Whom asking brings nothing is never who signs: the check is the same.
        let mut anybody = case.clone();
        anybody.asking = Asking::default();
        prop_assert_eq!(bytes_of(&review), bytes_of(&anybody.judge()));
    }

    /// 13. The verdict is the worst finding, and the check is green only where nothing is open.
    #[test]
    fn the_check_says_what_the_findings_say(case in any_case()) {
        let review = case.judge();
        let open = |enforce: Enforce| {
            review.findings.iter().any(|finding| finding.enforce == enforce && finding.state == FindingState::Open)
        };
        let broken = review.notes.iter().any(|note| matches!(note, Note::Configuration { .. }));
        let verdict = if open(Enforce::Block) {
            Verdict::Blocked
        } else if open(Enforce::Review) {
            Verdict::SignOff
        } else if open(Enforce::Advise) {
            Verdict::Advise
        } else {
            Verdict::Pass
        };
        prop_assert_eq!(review.verdict, verdict);
        let holding = broken || open(Enforce::Block) || open(Enforce::Review);
        prop_assert_eq!(holding, review.conclusion >= Conclusion::ActionRequired);
        if review.conclusion == Conclusion::Success {
            let quiet = review.findings.iter().all(|finding| finding.state == FindingState::Signed);
            prop_assert!(quiet && review.notes.is_empty() && !review.skipped);
        }
        for finding in &review.findings {
            let signed = finding.slots.iter().all(|slot| slot.state.is_signed());
            let said = finding.state == FindingState::Signed;
            prop_assert!(!said || (signed && finding.enforce == Enforce::Review && !finding.slots.is_empty()));
        }
    }
}

/// 11. A signature counts at its own level and every lower one, and at no higher one.
#[test]
fn authority_has_an_order() {
    let ladder = [("lena", "team"), ("tomas", "lead"), ("ada", "domain"), ("edsger", "organization")];
    for (level, (_, sign_off)) in ladder.iter().enumerate() {
        for (height, (signer, _)) in ladder.iter().enumerate() {
            let rules = format!("  - {{ id: r, when: {{ paths: [services/] }}, sign_off: {sign_off} }}\n");
            let review = Case::shop(&rules).files(&["services/ledger/a.go"]).said(signer, ActKind::Approved).judge();
            let signed = review.findings[0].state == FindingState::Signed;
            assert_eq!(signed, height >= level, "{signer} on {sign_off}");
        }
    }
    let nobody = Case::of("version: 1\nrules:\n  - { id: r, when: { paths: [a/] }, sign_off: organization }\n")
        .files(&["a/x"])
        .said("ada", ActKind::Approved);
    assert_eq!(nobody.judge().findings[0].state, FindingState::Open);
}

//! 9. What an organisation locks is held whatever a repository's own file says.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{LOGINS, PATHS, TEAMS, act, config_of, file};
use crate::ownership::Codeowners;
use crate::review::tests::Case;
use crate::review::{Finding, FindingState, OwnerMap, Slot};
use crate::rules::{Enforce, Handle, Layer, Repository, effective};

/// Every kind of rule that a repository could wish to get round.
const ORGANIZATION: &str = r#"version: 1
extends: [tiers, contracts]
organization: { architects: [acme/architecture-council] }
domains:
  commerce: { teams: [payments, ledger], architects: [acme/commerce-architects] }
  platform: { teams: [identity, sre], architects: [acme/platform-architects] }
teams: { payments: { leads: [maria], size: 2 }, ledger: { leads: [tomas] } }
roots: [services/*/]
services: { proto: { team: [payments, ledger], tier: critical, paths: [/proto/] } }
skip: { labels: [skip-all] }
reviewers: { never: [pavel] }
rules:
  - { id: crossing, when: { crosses: team }, locked: true }
  - { id: far, when: { crosses: domain }, enforce: block, locked: true }
  - { id: promise, when: { services: [proto], tiers: [critical] }, sign_off: lead, locked: true }
  - { id: folder, when: { services: [checkout] }, sign_off: domain, locked: true }
  - { id: visitor, when: { foreign: true }, sign_off: team, locked: true }
  - { id: commerce, when: { domains: [commerce] }, enforce: advise, locked: true }
  - { id: outside, when: { paths: ["**"], not: { services: ["tool*"], teams: ["friend*"], tiers: [supporting] } }, sign_off: ["@ines"], locked: true }
  - { id: contract, locked: true }
  - { id: other, when: { paths: [services/] } }
"#;

/// What a repository may say under each top-level key.
const SAYS: [&[&str]; 14] = [
    &["mode: shadow\n", "mode: advise\n"],
    &["skip: { paths: [\"**\"] }\n", "skip: { author: [stranger, maria, ines] }\n"],
    &["organization: { architects: [stranger] }\n"],
    &[
        "domains: { commerce: { teams: [payments, identity], architects: [stranger] } }\n",
        "domains: { mine: { teams: [payments, ledger, identity, friends, tools], architects: [stranger] } }\n",
        "domains: { mine: { teams: [\"@acme/mobile\", \"@acme/web\", friends], architects: [lena] } }\n",
    ],
    &[
        "teams: { payments: { github: acme/friends, leads: [stranger], decides: [contract], size: 50 }, friends: { leads: [lena] } }\n",
        "teams: { friends: { github: acme/mobile, leads: [lena, stranger], decides: [crossing, promise, folder, contract] } }\n",
        "teams: { friends: { github: acme/ledger }, ines: { github: acme/friends } }\n",
    ],
    &[
        "services: { all: { team: friends, paths: [\"**\"], shared: true, tier: supporting } }\n",
        "services: { proto: { team: friends, paths: [/nothing/] }, checkout: { team: friends, tier: core } }\n",
        "services: { tools: { paths: [\"**\"], tier: supporting }, ledger: { shared: true } }\n",
        "services: { tools: { team: friends, paths: [/services/checkout/, /mobile/] }, web: { team: [payments, friends], paths: [/web/] } }\n",
    ],
    &["roots: [proto/, \"*/\"]\n", "roots: [\"!services/checkout/\", mobile/]\n"],
    &["tiers: { critical: [], supporting: [Nothing] }\n"],
    &["reviewers: { never: [acme/payments, acme/ledger, ines], storm_teams: 1 }\n"],
    &["branches: [\"!**\"]\n", "branches: [next]\n"],
    &["decides: { 1: [crossing, promise, folder, visitor, contract] }\n"],
    &["extends: [startup]\n", "extends: [enterprise, security, testing]\n"],
    &["locked: []\nrepositories: { \"*\": { mode: shadow, team: friends } }\n"],
    &["stack: { npm: [\"*\"] }\n"],
];

const LOCKED: [&str; 8] = ["crossing", "far", "promise", "folder", "visitor", "commerce", "outside", "contract"];

/// What it may say of a rule.
const WEAKENS: [&str; 10] = [
    "enforce: none",
    "enforce: advise",
    "enforce: block",
    "when: { paths: [nothing/] }",
    "when: { rules: true }, sign_off: team",
    "sign_off: [stranger]",
    "allow: [{ paths: [\"**\"] }]",
    "needs_adr: true",
    "locked: false, checklist: [Ours too], adrs: [ADR-0001]",
    "why: Never mind, every: 3 months, reviewed: 2026-01-01",
];

fn own() -> impl Strategy<Value = String> {
    let keys: Vec<_> = SAYS.iter().map(|says| prop_oneof![1 => Just(""), 1 => select(says.to_vec())]).collect();
    let rules = subsequence(LOCKED.to_vec(), 0..5).prop_flat_map(|ids| {
        let count = ids.len();
        (Just(ids), prop::collection::vec(select(&WEAKENS[..]), count))
    });
    (keys, rules).prop_map(|(keys, (ids, says))| {
        let rules: String = ids.iter().zip(says).map(|(id, says)| format!("  - {{ id: {id}, {says} }}\n")).collect();
        let rules = if rules.is_empty() { rules } else { format!("rules:\n{rules}") };
        format!("version: 1\n{}{rules}", keys.concat())
    })
}

const CODEOWNERS: [&str; 3] = [
    "",
    "/mobile/ @acme/mobile @acme/web\n",
    "/services/ @acme/payments\n/services/login/ @acme/identity\nweb/\n*.kt @acme/ledger\n",
];

fn locked(case: &Case) -> Vec<Finding> {
    let mut findings = case.judge().findings;
    findings.retain(|finding| LOCKED.contains(&finding.rule.as_str()));
    findings
}

fn evidence(finding: &Finding) -> BTreeSet<&str> {
    finding.evidence.iter().map(|evidence| evidence.path.as_str()).collect()
}

/// A slot without what binds it to the very text of the rule.
fn bare(slot: &Slot) -> Slot {
    Slot { fingerprint: String::new(), ..slot.clone() }
}

proptest! {
    #![proptest_config(config_of(384))]

    /// Who owns what the organisation says nothing of is the repository's to say, in CODEOWNERS or by services alike. With the
    /// same owners every locked rule finds at least what it finds without the repository's file, holds it as hard, and has the
    /// same people sign it.
    #[test]
    fn a_locked_rule_is_never_milder_for_what_a_repository_says(
        own in own(),
        codeowners in select(&CODEOWNERS[..]),
        files in prop::collection::vec(file(), 1..5),
        author in select(&LOGINS[..]),
        acts in prop::collection::vec(act(), 0..4),
        teams in prop::collection::vec((select(&TEAMS[..]), subsequence(LOGINS.to_vec(), 0..4)), 0..3),
        labelled in any::<bool>(),
    ) {
        let here = Repository { owner: Some("acme"), name: Some("shop") };
        let layer = |path: &'static str, text: &'static str| Layer { path, text: text.as_bytes() };
        let theirs = Some(layer("acme.yml", ORGANIZATION));
        let mine = Layer { path: "own.yml", text: own.as_bytes() };
        let alone = effective(theirs, None, here).unwrap_or_else(|broken| panic!("{:?}", broken.problems)).rules;
        // A file that cannot be used holds everything.
        let Ok(together) = effective(theirs, Some(mine), here) else { return Ok(()) };

        let mut case = Case::of("version: 1\n").codeowners(codeowners).by(author);
        case.facts.files = files;
        if labelled {
            case.facts.labels = Some(vec!["skip-all".to_owned()]);
        }
        for (team, members) in teams {
            case = case.members(team, &members);
        }
        for (team, members) in [("mobile", &["maria"][..]), ("web", &[]), ("friends", &["stranger", "lena"]), ("tools", &["lena"])] {
            case = case.members(team, members);
        }
        case = acts.into_iter().fold(case, |case, (login, kind)| case.said(login, kind));
        let mut with = case.clone();
        with.basis.rules = together.rules;
        case.basis.rules = alone;

        // The owners that the repository gives by services, as lines of CODEOWNERS.
        let mut lines = codeowners.to_owned();
        if let Some(map) = OwnerMap::of_locked(&with.basis) {
            for path in PATHS {
                let owned = map.owned(path);
                if owned.source.as_ref().is_some_and(|said| said.file == "own.yml") {
                    let owners: Vec<&str> = owned.owners.iter().map(Handle::as_str).collect();
                    lines.push_str(&format!("/{path} {}\n", owners.join(" ")));
                }
            }
        }
        case.basis.codeowners = Some(Codeowners::parse("CODEOWNERS", lines.as_bytes()));

        let (before, after) = (locked(&case), locked(&with));
        for finding in &before {
            let Some(still) = after.iter().find(|other| other.rule == finding.rule) else {
                return Err(TestCaseError::fail(format!("{} is gone:\n{own}{lines}", finding.rule)));
            };
            let (what, was) = (format!("{still:#?}\n{own}{lines}"), evidence(finding));
            prop_assert!(still.enforce >= finding.enforce, "{what}");
            prop_assert!(evidence(still).is_superset(&was), "{what}");
            let holds = |finding: &Finding| finding.enforce >= Enforce::Review && finding.state == FindingState::Open;
            prop_assert!(holds(still) || !holds(finding), "{finding:#?}\n{what}");
            if still.enforce == finding.enforce && evidence(still) == was {
                let slots = |finding: &Finding| finding.slots.iter().map(bare).collect::<Vec<_>>();
                prop_assert_eq!(slots(still), slots(finding), "{}", what);
            }
        }
    }
}

/// The property above would hold of a file without locks that nobody reads: each way past a lock was one before there was the
/// floor.
#[test]
fn each_of_these_weakens_a_rule_that_is_not_locked() {
    let here = Repository { owner: Some("acme"), name: Some("shop") };
    let unlocked = ORGANIZATION.replace(", locked: true", "");
    let judged = |own: Option<&str>| {
        let theirs = Layer { path: "acme.yml", text: unlocked.as_bytes() };
        let own = own.map(|own| Layer { path: "own.yml", text: own.as_bytes() });
        let mut case = Case::of("version: 1\n").codeowners(CODEOWNERS[2]);
        case.basis.rules =
            effective(Some(theirs), own, here).unwrap_or_else(|broken| panic!("{:?}", broken.problems)).rules;
        let case = case.files(&["services/checkout/a.go", "services/login/a.go", "proto/a.proto"]);
        let mut all: Vec<_> = case.judge().findings;
        all.retain(|finding| LOCKED.contains(&finding.rule.as_str()) && finding.enforce >= Enforce::Review);
        all.iter().flat_map(|finding| &finding.slots).map(|slot| slot.from.len()).sum::<usize>()
    };
    let before = judged(None);
    assert!(before > 0);
    let all = "services: { all: { team: payments, paths: [\"**\"], shared: true } }\n";
    for says in [SAYS[0][0], SAYS[1][0], all, "rules: [{ id: outside, enforce: none }]\n"] {
        assert!(judged(Some(&format!("version: 1\n{says}"))) < before, "{says}");
    }
}

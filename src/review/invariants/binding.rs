//! 4. What a signature is bound to, and what it is not.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;

use super::config;
use crate::review::tests::{Case, SHOP};
use crate::review::{ActKind, Committers, File, FileStatus};

/// The rule of these cases with one part exchanged.
fn rule(when: &str, rest: &str) -> String {
    format!("  - {{ id: r, when: {when}, sign_off: domain{rest} }}\n")
}

const WHEN: &str = "{ services: [ledger, checkout] }";

/// Two files of evidence, the first in the given status, and one beside it.
fn case(status: FileStatus, text: &str) -> Case {
    let mut case = Case::of(text).files(&["services/ledger/a.go", "services/checkout/b.go", "web/beside.ts"]);
    let file = &mut case.facts.files[0];
    file.status = status;
    file.mode = Some("100644".to_owned());
    if status == FileStatus::Renamed {
        file.previous_path = Some("services/ledger/old.go".to_owned());
    }
    case
}

fn fingerprints(case: &Case) -> BTreeSet<String> {
    let review = case.judge();
    let slots = review.findings.iter().filter(|finding| finding.rule == "r").flat_map(|finding| &finding.slots);
    let all: BTreeSet<String> = slots.map(|slot| slot.fingerprint.clone()).collect();
    assert!(!all.is_empty(), "somebody has to sign");
    all
}

/// One element of the evidence, exchanged.
fn exchange(file: &mut File, element: &str) {
    let other = |it: &mut Option<String>| *it = Some(format!("another than {it:?}"));
    match element {
        "path" => file.path = "services/ledger/c.go".to_owned(),
        "previous path" => file.previous_path = Some("services/ledger/older.go".to_owned()),
        "status" => {
            file.status = if file.status == FileStatus::Added { FileStatus::Modified } else { FileStatus::Added }
        }
        "mode" => file.mode = Some("100755".to_owned()),
        "head blob" => other(&mut file.head_blob),
        "base blob" => other(&mut file.base_blob),
        _ => unreachable!("no such element"),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_element_of_the_evidence_is_bound(
        status in select(vec![FileStatus::Added, FileStatus::Modified, FileStatus::Removed, FileStatus::Renamed]),
        element in select(vec!["path", "previous path", "status", "mode", "head blob", "base blob"]),
        which in 0_usize..2,
    ) {
        let mut case = case(status, &format!("{SHOP}rules:\n{}", rule(WHEN, "")));
        let before = fingerprints(&case);
        exchange(&mut case.facts.files[which], element);
        prop_assert!(before.is_disjoint(&fingerprints(&case)), "another {} left the signature as it was", element);
    }

    #[test]
    fn the_set_of_files_is_bound(more in any::<bool>(), path in "services/ledger/[a-z]{3,5}") {
        let mut case = case(FileStatus::Modified, &format!("{SHOP}rules:\n{}", rule(WHEN, "")));
        let before = fingerprints(&case);
        if more {
            case.facts.files.push(File::new(&path, FileStatus::Added));
        } else {
            case.facts.files.remove(0);
        }
        prop_assert!(before.is_disjoint(&fingerprints(&case)));
    }

    #[test]
    fn the_rule_and_the_base_are_bound(
        (when, rest) in select(vec![
            ("{ services: [ledger, checkout, login] }", ""),
            ("{ services: [ledger, checkout], not: { labels: [x] } }", ""),
            (WHEN, ", checklist: [Asked]"),
            (WHEN, ", adrs: [ADR-0001]"),
            (WHEN, ", allow: [{ paths: [services/login/], why: x }]"),
        ]),
        base in select(vec!["main", "release/1"]),
    ) {
        let with = |rest: &str, when: &str, base: &str| {
            let mut case = case(FileStatus::Modified, &format!("{SHOP}rules:\n{}", rule(when, rest)));
            case.facts.base = Some(base.to_owned());
            fingerprints(&case)
        };
        let before = with("", WHEN, "main");
        prop_assert!(before.is_disjoint(&with(rest, when, "main")), "another rule: {} {}", when, rest);
        prop_assert_eq!(before.is_disjoint(&with("", WHEN, base)), base != "main");
    }

    /// What stands beside the evidence, who has spoken and who belongs to what end nothing.
    #[test]
    fn nothing_beside_the_evidence_is_bound(what in 0..9, word in "[a-z]{1,8}") {
        let text = format!("{SHOP}rules:\n{}", rule(WHEN, ""));
        let mut case = case(FileStatus::Modified, &text);
        let before = fingerprints(&case);
        match what {
            0 => exchange(&mut case.facts.files[2], "head blob"),
            1 => case.facts.files.push(File::new(&format!("web/{word}"), FileStatus::Added)),
            2 => drop(case.facts.files.remove(2)),
            3 => case.facts.title = Some(word),
            4 => case.facts.labels = Some(vec![word]),
            5 => case.facts.draft = true,
            6 => case.facts.committers = Committers::Known(vec![word]),
            7 => case = case.said("ada", ActKind::ChangesRequested).members("payments", &["maria", "ines"]),
            _ => case = case.with_rule("  - { id: other, when: { paths: [\"**\"] } }\n"),
        }
        prop_assert_eq!(before, fingerprints(&case));
    }
}

//! What an edit changes, told of files in memory.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::review::tests::Case;
use crate::review::{Conclusion, Verdict};
use crate::rules::{Handle, RULES_PATH, Rule, parse};

const BASE: &str = r#"version: 1
organization: { architects: ["@acme/council"] }
domains:
  commerce: { teams: [payments, ledger], architects: ["@acme/commerce-architects"] }
  platform: { teams: [identity], architects: ["@acme/platform-architects"] }
teams:
  payments: { leads: ["@maria"] }
  ledger: { leads: ["@tomas"] }
services:
  checkout: { team: payments, paths: [checkout/] }
  ledger: { team: ledger, paths: [ledger/] }
  login: { team: identity, paths: [login/] }
rules:
  - id: crossing
    when: { crosses: team }
  - id: books
    when: { paths: [ledger/, "proto/*"], size: { files: 3 } }
    sign_off: [tomas]
    checklist: [The books balance]
    allow: [{ paths: [ledger/README.md], until: 2027-01-31 }]
"#;

const PATHS: [&str; 4] = ["README.md", "checkout/a.go", "ledger/a.go", "login/a.go"];

/// A change that makes the rules file this, by somebody of no team.
fn edited(text: &str) -> Case {
    let mut case = Case::of(BASE).files(&[RULES_PATH]);
    let after = Case::of(text).basis;
    case.edited = Some(Edited {
        files: vec![RULES_PATH.to_owned()],
        after: Ok(Arc::new(after)),
        paths: Paths::Known(PATHS.map(str::to_owned).to_vec()),
        flaws: Vec::new(),
    });
    case
}

fn losses(text: &str) -> Vec<Loss> {
    let case = edited(text);
    edit(&case.basis, case.edited.as_ref().expect("an edit"), &case.facts).losses
}

fn rule(text: &str) -> Rule {
    let file = format!("version: 1\nrules:\n  - id: a\n{text}");
    let parsed = parse(file.as_bytes()).unwrap_or_else(|problems| panic!("{problems:?}"));
    parsed.rules.rules.into_iter().next().expect("a rule")
}

#[test]
fn what_is_not_provably_stricter_is_weaker() {
    let stricter = |old: &str, new: &str| match weaker::fate(&rule(old), &rule(new)) {
        weaker::Fate::Same => None,
        weaker::Fate::Stricter(_) => Some(true),
        weaker::Fate::Weaker(_) => Some(false),
    };
    for (old, new, expected) in [
        ("    when: { paths: [a/] }", "    when: { paths: [a/] }", None),
        ("    when: { paths: [a/] }", "    when: { paths: [a/, b/] }", Some(true)),
        ("    when: { paths: [a/, b/] }", "    when: { paths: [a/] }", Some(false)),
        ("    when: { paths: [a/] }", "    when: { paths: [a/, \"!a/b/\"] }", Some(false)),
        ("    when: { paths: [a/, \"!a/b/\"] }", "    when: { paths: [a/] }", Some(false)),
        ("    when: { paths: [a/], crosses: team }", "    when: { paths: [a/] }", Some(true)),
        ("    when: { paths: [a/] }", "    when: { paths: [a/], crosses: team }", Some(false)),
        ("    when: { crosses: domain }", "    when: { crosses: team }", Some(true)),
        ("    when: { crosses: team }", "    when: { crosses: domain }", Some(false)),
        ("    when: { size: { files: 5 } }", "    when: { size: { files: 3 } }", Some(true)),
        ("    when: { size: { files: 5 } }", "    when: { size: { files: 9 } }", Some(false)),
        ("    when: { size: { files: 5, lines: 9 } }", "    when: { size: { files: 5 } }", Some(false)),
        ("    when: { not: { paths: [a/] } }", "    when: { not: { paths: [a/, b/] } }", Some(false)),
        ("    when: { any: [{ paths: [a/] }] }", "    when: { any: [{ paths: [a/] }, { crosses: team }] }", Some(true)),
        (
            "    when: { any: [{ paths: [a/] }, { crosses: team }] }",
            "    when: { any: [{ paths: [a/] }] }",
            Some(false),
        ),
        ("    when: { all: [{ paths: [a/] }, { crosses: team }] }", "    when: { all: [{ paths: [a/] }] }", Some(true)),
        ("    when: { title: a }", "    when: { title: b }", Some(false)),
        (
            "    when: { crosses: team }\n    enforce: advise",
            "    when: { crosses: team }\n    enforce: block",
            Some(true),
        ),
        (
            "    when: { crosses: team }\n    enforce: block",
            "    when: { crosses: team }\n    enforce: review",
            Some(false),
        ),
        (
            "    when: { crosses: team }\n    sign_off: team",
            "    when: { crosses: team }\n    sign_off: domain",
            Some(false),
        ),
        ("    when: { crosses: team }", "    when: { crosses: team }\n    adrs: [ADR-1]", Some(true)),
        ("    when: { crosses: team }\n    adrs: [ADR-1]", "    when: { crosses: team }", Some(false)),
        ("    when: { crosses: team }", "    when: { crosses: team }\n    why: since", Some(true)),
        ("    when: { crosses: team }\n    needs_adr: true", "    when: { crosses: team }", Some(false)),
        (
            "    when: { crosses: team }\n    allow: [{ paths: [a/], until: 2027-01-31 }]",
            "    when: { crosses: team }\n    allow: [{ paths: [a/], until: 2027-01-01 }]",
            Some(true),
        ),
        (
            "    when: { crosses: team }\n    allow: [{ paths: [a/], until: 2027-01-31 }]",
            "    when: { crosses: team }\n    allow: [{ paths: [a/] }]",
            Some(false),
        ),
    ] {
        assert_eq!(stricter(old, new), expected, "{old}\n{new}");
    }
}

#[test]
fn who_signs_for_what() {
    let signers = |old: &str, new: &str| -> Vec<Signer> {
        assert!(BASE.contains(old), "{old}");
        losses(&BASE.replacen(old, new, 1)).into_iter().map(|loss| loss.signer).collect()
    };
    let lead = |team: &str| Signer::Lead(vec![team.to_owned()]);
    let owners = |team: &str| Signer::Owners(vec![team.to_owned()]);
    let takers = |team: &str| Signer::Takers(vec![team.to_owned()], vec![Handle::team("acme", team)]);
    for (old, new, expected) in [
        ("version: 1\n", "version: 1 # the first\n", vec![]),
        ("version: 1\n", "version: 1\nmode: advise\n", vec![Signer::Council]),
        ("version: 1\n", "version: 1\nskip: { author: [ivo] }\n", vec![Signer::Council]),
        ("version: 1\n", "version: 1\nbranches: [\"release/*\"]\n", vec![Signer::Council]),
        ("version: 1\n", "version: 1\nreviewers: { never: [\"@acme/ledger\"] }\n", vec![owners("ledger")]),
        ("version: 1\n", "version: 1\nadrs: { paths: [docs/] }\n", vec![Signer::Council]),
        ("checkout: { team: payments,", "checkout: { team: ledger,", vec![owners("payments"), takers("ledger")]),
        ("payments: { leads: [\"@maria\"] }", "payments: { leads: [\"@pavel\"] }", vec![lead("payments")]),
        ("teams: [payments, ledger],", "teams: [payments],", vec![Signer::Domain("commerce".to_owned())]),
        ("[\"@acme/platform-architects\"]", "[\"@ivo\"]", vec![Signer::Domain("platform".to_owned())]),
        ("[\"@acme/council\"]", "[\"@ivo\"]", vec![Signer::Council]),
        ("sign_off: [tomas]", "sign_off: [ivo]", vec![Signer::Named(vec![Handle::new("@tomas")])]),
        (
            "leads: [\"@tomas\"] }",
            "leads: [\"@tomas\"], decides: [crossing] }",
            vec![Signer::Domain("commerce".to_owned())],
        ),
        ("paths: [login/] }", "paths: [login/], shared: true }", vec![Signer::Domain("platform".to_owned())]),
    ] {
        assert_eq!(signers(old, new), expected, "{new}");
    }
    // Another team by the name of one that is there.
    let renamed = signers("ledger: { leads:", "ledger: { github: \"@acme/others\", leads:");
    assert!(renamed.contains(&owners("ledger")), "{renamed:?}");
}

#[test]
fn where_files_cannot_be_listed_the_council_signs() {
    let mut case = edited(&BASE.replace("checkout: { team: payments,", "checkout: { team: ledger,"));
    if let Some(edited) = &mut case.edited {
        edited.paths = Paths::CannotTell("it is too large".to_owned());
    }
    let edit = edit(&case.basis, case.edited.as_ref().expect("an edit"), &case.facts);
    assert!(edit.losses.iter().any(|loss| loss.signer == Signer::Council), "{edit:?}");
    let review = case.judge();
    assert_eq!(review.conclusion, Conclusion::ActionRequired);
    assert!(review.findings[0].cannot_tell);
}

#[test]
fn an_edit_that_breaks_the_file_is_a_block_in_any_mode() {
    for mode in ["shadow", "advise", "on"] {
        let mut case = Case::of(&format!("mode: {mode}\n{BASE}")).files(&[RULES_PATH]);
        let problems = parse(b"version: 1\nrules: [{ id: a }]\n").expect_err("it is broken");
        let after = Err(Broken { path: RULES_PATH.to_owned(), problems });
        let files = vec![RULES_PATH.to_owned()];
        case.edited = Some(Edited { files, after, paths: Paths::NotNeeded, flaws: Vec::new() });
        let review = case.judge();
        assert_eq!((review.verdict, review.conclusion), (Verdict::Blocked, Conclusion::Failure), "{mode}");
    }
}

#[test]
fn whoever_is_alone_gives_up_what_is_theirs() {
    let alone =
        "version: 1\norganization: { architects: [\"@stranger\"] }\nrules: [{ id: a, when: { paths: [a/] } }]\n";
    let mut case = Case::of(alone).files(&[RULES_PATH]);
    let after = Arc::new(Case::of("version: 1\norganization: { architects: [\"@stranger\"] }\nrules: []\n").basis);
    let (files, paths) = (vec![RULES_PATH.to_owned()], Paths::Known(vec!["a/b".to_owned()]));
    case.edited = Some(Edited { files, after: Ok(after), paths, flaws: Vec::new() });
    let review = case.judge();
    assert_eq!((review.findings.len(), review.conclusion), (1, Conclusion::Success), "{review:#?}");
}

/// Pieces of the file, each with what somebody might make of it.
const PIECES: [(&str, &str); 12] = [
    ("version: 1\n", "version: 1\nmode: shadow\n"),
    ("version: 1\n", "version: 1\nskip: { author: [\"*\"] }\n"),
    ("version: 1\n", "# ours\nversion: 1\n"),
    ("checkout: { team: payments,", "checkout: { team: identity,"),
    ("ledger: { team: ledger, paths: [ledger/] }", "ledger: { team: ledger, paths: [books/] }"),
    ("crosses: team", "crosses: domain"),
    ("crosses: team }", "crosses: team }\n    enforce: none"),
    ("crosses: team }", "crosses: team }\n    sign_off: team"),
    ("sign_off: [tomas]", "sign_off: [stranger]"),
    ("until: 2027-01-31", "until: 2029-01-31"),
    ("architects: [\"@acme/council\"]", "architects: [\"@stranger\"]"),
    ("domains:\n", "tiers: { core: [Fast] }\ndomains:\n"),
];

proptest! {
    #[test]
    fn no_edit_makes_its_own_judgement_milder(picked in prop::collection::vec(select(&PIECES[..]), 1..4), code in any::<bool>()) {
        let mut text = BASE.to_owned();
        for (old, new) in picked {
            text = text.replacen(old, new, 1);
        }
        prop_assume!(parse(text.as_bytes()).is_ok());
        let files: &[&str] = if code { &[RULES_PATH, "checkout/a.go", "ledger/a.go"] } else { &[RULES_PATH] };
        let mut case = edited(&text);
        case = case.files(files);
        let with = case.judge();
        case.edited = None;
        let without = case.judge();
        prop_assert!(with.verdict >= without.verdict && with.conclusion >= without.conclusion);
        prop_assert!(without.findings.iter().all(|finding| with.findings.contains(finding)));
    }

    #[test]
    fn comments_and_form_change_nothing(at in prop::collection::vec(0usize..20, 0..6)) {
        let mut lines: Vec<String> = BASE.lines().map(str::to_owned).collect();
        for at in at {
            lines.insert(at.min(lines.len()), "  # said".to_owned());
        }
        let text = lines.join("\n");
        prop_assert_eq!(losses(&text), Vec::new());
        let with = edited(&text).judge();
        prop_assert!(with.findings.iter().all(|finding| finding.rule != crate::rules::RULES_CHANGE));
    }
}

#[test]
fn a_rule_by_its_name_is_an_error_that_says_so() {
    let text = b"version: 1\nrules: [{ id: rules-change, when: { crosses: team }, enforce: none }]\n";
    let problems = parse(text).expect_err("no rule may be called so");
    assert!(problems[0].message.contains("what Merestone itself finds"), "{problems:?}");
}

//! Whom a judgement asks: who is there already, whom asking brings nothing, and a change of very many teams.

use super::*;

const OWNED: &str = "  - { id: r, when: { paths: [\"services/\", \"proto/\"] }, sign_off: team }\n";

fn ledger() -> Case {
    Case::shop(OWNED).files(&["services/ledger/a.go"])
}

fn present(mut case: Case, handles: &[&str]) -> Case {
    case.asking.present = handles.iter().map(|handle| Handle::new(handle)).collect();
    case
}

fn declined(mut case: Case, handle: &str, refused: bool) -> Case {
    let review = case.judge();
    let slots = review.findings.iter().flat_map(|finding| &finding.slots);
    let declined = Declined { fingerprints: slots.map(|slot| slot.fingerprint.clone()).collect(), refused };
    case.asking.declined.insert(Handle::new(handle), declined);
    case
}

fn whom(case: &Case) -> String {
    asked(&case.judge()).join(" ")
}

#[test]
fn who_is_on_the_list_and_can_sign_is_enough() {
    for (there, expected) in [
        (&["@lena"][..], ""),
        (&["@acme/Ledger"], ""),
        (&["@ada"], ""),
        (&["@edsger", "@ines"], ""),
        (&["@ines"], "ledger"),
        (&["@acme/identity"], "ledger"),
        (&["@stranger"], "ledger"),
    ] {
        assert_eq!(whom(&present(ledger(), there)), expected, "with {there:?}");
    }
    // Whoever had a hand in it cannot sign it.
    assert_eq!(whom(&present(ledger().by("ada"), &["@ada"])), "ledger");
    // Each slot by itself.
    let both = Case::shop(OWNED).files(&["services/ledger/a.go", "services/checkout/a.go"]);
    assert_eq!(whom(&present(both, &["@lena"])), "payments");
}

#[test]
fn who_has_looked_at_this_evidence_is_not_asked_about_it() {
    let looked = |login: &str, signed: Option<&str>| {
        let mut act = Act::new(1, login, ActKind::Commented);
        act.signed = signed.map(|one| [one.to_owned()].into());
        let mut case = ledger();
        case.acts.push(act);
        whom(&case)
    };
    assert_eq!(looked("lena", None), "");
    assert_eq!(looked("ada", None), "");
    assert_eq!(looked("lena", Some("what it was before")), "ledger");
    assert_eq!(looked("ines", None), "ledger");
}

#[test]
fn whom_asking_brings_nothing_another_is_asked_for() {
    let shared = || Case::shop(OWNED).files(&["proto/a.proto"]);
    assert_eq!(whom(&shared()), "payments");
    let case = declined(shared(), "@acme/payments", true);
    assert_eq!(whom(&case), "ledger");
    let refused = NotAsked { handle: Handle::new("@acme/payments"), refused: true };
    assert_eq!(case.judge().not_asked, [refused]);

    let alone = declined(ledger(), "@acme/ledger", false);
    assert_eq!(whom(&alone), "");
    let removed = NotAsked { handle: Handle::new("@acme/ledger"), refused: false };
    assert_eq!(alone.judge().not_asked, [removed]);
    // Other evidence is another question.
    let mut changed = declined(ledger(), "@acme/ledger", false);
    changed.facts.files[0].head_blob = Some("another".to_owned());
    assert_eq!((whom(&changed), changed.judge().not_asked), ("ledger".to_owned(), vec![]));
}

/// A change to what eight teams own, three of them of one domain, two leads among them.
fn storm(top: &str, rule: &str) -> Case {
    let text = format!("{SHOP}{top}rules:\n{rule}");
    let mut owners = String::new();
    let mut files = vec!["services/ledger/a.go".to_owned(), "services/checkout/a.go".to_owned()];
    for name in ["one", "two", "three", "four", "five", "six"] {
        owners.push_str(&format!("/services/{name}/ @acme/{name}\n"));
        files.push(format!("services/{name}/a.go"));
    }
    let paths: Vec<&str> = files.iter().map(String::as_str).collect();
    let mut case = Case::of(&text).codeowners(&owners).files(&paths);
    for name in ["one", "two", "three", "four", "five", "six"] {
        case = case.members(name, &[&format!("of-{name}")]);
    }
    case
}

#[test]
fn in_a_storm_the_architects_alone_are_asked() {
    let case = storm("", OWNED);
    let review = case.judge();
    assert!(review.storm);
    // Those of a domain are spoken for by its architects, those of none by the council.
    assert_eq!(asked(&review), ["architecture-council", "commerce-architects"]);
    assert_eq!(review.findings[0].slots.len(), 8, "who has to sign stays as it was");
    let of = |handle: &str| review.asks(&Handle::new(handle)).len();
    assert_eq!((of("@acme/commerce-architects"), of("@acme/architecture-council")), (2, 8));

    let calm = storm("reviewers: { storm_teams: 8 }\n", OWNED).judge();
    assert!(!calm.storm);
    assert_eq!(asked(&calm).len(), 8);
}

#[test]
fn a_storm_without_architects_asks_as_ever() {
    let rule = "  - { id: r, when: { paths: [\"services/\"] }, sign_off: [ledger, payments] }\n";
    assert_eq!(whom(&storm("", rule)), "ledger");
    let mut case = storm("", OWNED);
    case.basis.rules.council.clear();
    case.basis.rules.domains.values_mut().for_each(|domain| domain.architects.clear());
    assert_eq!(asked(&case.judge()).len(), 8);
}

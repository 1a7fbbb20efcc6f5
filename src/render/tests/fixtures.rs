//! Reviews made by hand.

use std::collections::BTreeSet;

use crate::adr::Status;
use crate::render::Context;
use crate::review::{
    AdrRef, Asked, ChecklistItem, Conclusion, Evidence, FileReview, FileStatus, Finding, FindingState, Note, Review,
    RulesFrom, Scope, Slot, SlotState, Verdict,
};
use crate::rules::{Enforce, Handle, Level, Mode};

/// What the texts refer to in most tests.
pub(in crate::render) fn context() -> Context {
    Context {
        repository_url: Some("https://github.com/acme/shop".to_owned()),
        base_commit: "4c1d9e2".to_owned(),
        head_commit: "9f8e7d6".to_owned(),
        author: Some("maria".to_owned()),
        marker: "app=12 pull=34".to_owned(),
        rules_from: Some(RulesFrom::File(".github/merestone.yml".to_owned())),
        ..Context::default()
    }
}

/// A review with these files and nothing else.
pub(in crate::render) fn review(scope: Scope, files: Vec<FileReview>) -> Review {
    let names = |of: fn(&FileReview) -> Vec<String>| -> Vec<String> {
        files.iter().flat_map(of).collect::<BTreeSet<_>>().into_iter().collect()
    };
    Review {
        scope,
        verdict: Verdict::Pass,
        conclusion: Conclusion::Success,
        services: names(|file| file.service.iter().cloned().collect()),
        teams: names(|file| file.teams.clone()),
        domains: vec!["commerce".to_owned()],
        files,
        findings: Vec::new(),
        reviewers: Asked::default(),
        not_asked: Vec::new(),
        storm: false,
        notes: Vec::new(),
        skipped: false,
        mode: Mode::On,
        wants: BTreeSet::new(),
    }
}

/// The same with findings, verdict and conclusion to match.
pub(in crate::render) fn with(mut review: Review, findings: Vec<Finding>) -> Review {
    let open = |enforce| move |finding: &Finding| finding.enforce == enforce && finding.state == FindingState::Open;
    let unresolvable =
        |finding: &Finding| finding.slots.iter().any(|slot| matches!(slot.state, SlotState::Unresolvable { .. }));
    (review.verdict, review.conclusion) = if findings.iter().any(open(Enforce::Block))
        || findings.iter().any(unresolvable)
        || review.notes.iter().any(|note| matches!(note, Note::Configuration { .. }))
    {
        (Verdict::Blocked, Conclusion::Failure)
    } else if findings.iter().any(open(Enforce::Review)) {
        (Verdict::SignOff, Conclusion::ActionRequired)
    } else if findings.iter().any(|finding| finding.enforce == Enforce::Advise) {
        (Verdict::Advise, Conclusion::Neutral)
    } else if findings.iter().any(|finding| finding.enforce == Enforce::Shadow) || !review.notes.is_empty() {
        (Verdict::Pass, Conclusion::Neutral)
    } else {
        (Verdict::Pass, Conclusion::Success)
    };
    review.findings = findings;
    review
}

/// A modified file that counts.
pub(in crate::render) fn file(path: &str, service: Option<&str>, teams: &[&str]) -> FileReview {
    FileReview {
        path: path.to_owned(),
        previous_path: None,
        status: FileStatus::Modified,
        service: service.map(str::to_owned),
        teams: teams.iter().map(|team| (*team).to_owned()).collect(),
        counts: !teams.is_empty(),
    }
}

/// The five files of checkout and ledger.
pub(in crate::render) fn two_services() -> Vec<FileReview> {
    vec![
        file("services/checkout/main.go", Some("checkout"), &["payments"]),
        file("services/checkout/settle.go", Some("checkout"), &["payments"]),
        file("services/checkout/settle_test.go", Some("checkout"), &["payments"]),
        file("services/ledger/posting.go", Some("ledger"), &["ledger"]),
        file("services/ledger/posting_test.go", Some("ledger"), &["ledger"]),
    ]
}

/// An open slot.
pub(in crate::render) fn slot(level: Option<Level>, of: &str, from: &[&str], paths: &[&str]) -> Slot {
    Slot {
        level,
        of: Some(of.to_owned()),
        from: from.iter().map(|name| Handle::new(name)).collect(),
        above: Vec::new(),
        lapsed: Vec::new(),
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        fingerprint: String::new(),
        state: SlotState::Open,
    }
}

/// A slot that somebody signed.
pub(in crate::render) fn signed(mut slot: Slot, by: &str) -> Slot {
    slot.state = SlotState::Signed { by: by.to_owned(), review_id: 7 };
    slot
}

/// A finding with bare paths as evidence; signed where all of its slots are.
pub(in crate::render) fn finding(rule: &str, enforce: Enforce, slots: Vec<Slot>, paths: &[&str]) -> Finding {
    let state = if !slots.is_empty() && slots.iter().all(|slot| slot.state.is_signed()) {
        FindingState::Signed
    } else {
        FindingState::Open
    };
    Finding {
        rule: rule.to_owned(),
        enforce,
        slots,
        adrs: Vec::new(),
        evidence: paths.iter().map(|path| at(path, None)).collect(),
        why: None,
        checklist: Vec::new(),
        cannot_tell: false,
        state,
    }
}

/// A place.
pub(in crate::render) fn at(path: &str, line: Option<u32>) -> Evidence {
    Evidence { path: path.to_owned(), line, detail: None, instead: None }
}

/// An accepted record.
pub(in crate::render) fn adr(id: &str, title: &str, path: &str, decision: &str) -> AdrRef {
    AdrRef {
        id: id.to_owned(),
        title: Some(title.to_owned()),
        path: Some(path.to_owned()),
        repository: None,
        status: Some(Status::Accepted),
        decision: Some(decision.to_owned()),
        superseded_by: Vec::new(),
        candidates: Vec::new(),
    }
}

/// ADR-0002.
pub(in crate::render) fn meet_at_contracts() -> AdrRef {
    adr(
        "0002",
        "Teams meet at contracts",
        "docs/adr/0002-teams-meet-at-contracts.md",
        "Teams call each other through published APIs only, and agree on the order before either side ships.",
    )
}

/// An item for these.
pub(in crate::render) fn item(text: &str, addressee: &[&str], adr: Option<&str>) -> ChecklistItem {
    ChecklistItem {
        text: text.to_owned(),
        addressee: addressee.iter().map(|name| Handle::new(name)).collect(),
        adr: adr.map(str::to_owned),
    }
}

const ARCHITECTS: &str = "@acme/commerce-architects";

/// The crossing of the acceptance scenario; `by`: who signed.
pub(in crate::render) fn crossing(by: Option<&str>) -> Finding {
    let paths = [
        "services/checkout/main.go",
        "services/checkout/settle.go",
        "services/checkout/settle_test.go",
        "services/ledger/posting.go",
        "services/ledger/posting_test.go",
    ];
    let open = slot(Some(Level::Domain), "commerce", &[ARCHITECTS], &paths);
    let slot = match by {
        Some(by) => signed(open, by),
        None => open,
    };
    let mut crossing = finding("crossing", Enforce::Review, vec![slot], &paths);
    crossing.why =
        Some("Teams change together here; the contract between them is kept by those above both.".to_owned());
    crossing.adrs = vec![meet_at_contracts()];
    crossing.checklist = vec![
        item("Both teams agree on the order of roll-out", &[ARCHITECTS], None),
        item("The old and the new form work side by side until both have shipped", &[ARCHITECTS], Some("0002")),
    ];
    crossing
}

/// A blocked import with a way out.
pub(in crate::render) fn internals() -> Finding {
    let mut slot = slot(Some(Level::Team), "ledger", &["@acme/ledger"], &["services/checkout/settle.go"]);
    slot.above = vec![Handle::new(ARCHITECTS)];
    let mut finding = finding("internals", Enforce::Block, vec![slot], &[]);
    finding.evidence = vec![Evidence {
        path: "services/checkout/settle.go".to_owned(),
        line: Some(14),
        detail: Some("imports services/ledger/internal/posting".to_owned()),
        instead: Some("services/ledger/api".to_owned()),
    }];
    finding.why = Some("Nobody depends on how ledger keeps its books.".to_owned());
    finding.adrs = vec![adr(
        "0007",
        "Ledger keeps its books to itself",
        "docs/adr/0007-ledger-internals.md",
        "Posting order is ledger's invariant; nobody else may depend on how it is kept.",
    )];
    finding
}

/// Four services of three teams in two domains; all of them change together.
pub(in crate::render) fn four_services() -> Review {
    let files = vec![
        file("proto/order.proto", Some("proto"), &["ledger", "payments"]),
        file("services/checkout/main.go", Some("checkout"), &["payments"]),
        file("services/ledger/posting.go", Some("ledger"), &["ledger"]),
        file("services/login/session.go", Some("login"), &["identity"]),
    ];
    let paths: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let council = "@acme/architecture-council";
    let slot = slot(Some(Level::Organization), "organization", &[council], &paths);
    let mut crossing = finding("domain-crossing", Enforce::Review, vec![slot], &paths);
    crossing.why = Some("Two domains change together here.".to_owned());
    crossing.adrs = vec![adr(
        "0003",
        "Domains share nothing",
        "docs/adr/0003-domains-share-nothing.md",
        "A domain never reads what another stores.",
    )];
    let mut review = review(Scope::Organization, files);
    review.domains = vec!["commerce".to_owned(), "platform".to_owned()];
    with(review, vec![crossing])
}

/// A contract that is owned jointly, and a foreign change that each owner signs for its part.
pub(in crate::render) fn joint() -> Review {
    let files = vec![
        file("proto/order.proto", Some("proto"), &["ledger", "payments"]),
        file("services/ledger/main.go", Some("ledger"), &["ledger"]),
        file("services/login/main.go", Some("login"), &["identity"]),
    ];
    let mut contract = finding(
        "api-contract",
        Enforce::Review,
        vec![slot(Some(Level::Team), "proto", &["@acme/ledger", "@acme/payments"], &["proto/order.proto"])],
        &["proto/order.proto"],
    );
    contract.why = Some("Others build on this contract.".to_owned());
    contract.checklist = vec![item(
        "The change is backward compatible, or every consumer has agreed",
        &["@acme/ledger", "@acme/payments"],
        None,
    )];
    let ledger = slot(Some(Level::Team), "ledger", &["@acme/ledger"], &["services/ledger/main.go"]);
    let identity = slot(Some(Level::Team), "identity", &["@acme/identity"], &["services/login/main.go"]);
    let mut foreign = finding(
        "foreign",
        Enforce::Review,
        vec![signed(ledger, "tomas"), identity],
        &["services/ledger/main.go", "services/login/main.go"],
    );
    foreign.why = Some("Whoever runs it hears of changes by others.".to_owned());
    with(review(Scope::Organization, files), vec![contract, foreign])
}

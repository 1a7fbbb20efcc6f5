//! Terminal text and JSON.

use insta::assert_snapshot;
use unicode_width::UnicodeWidthStr;

use super::fixtures::*;
use crate::render::{TextOptions, json, text};
use crate::review::{Note, Scope};

const TERMINAL: TextOptions = TextOptions { width: Some(80), color: false };
const PIPE: TextOptions = TextOptions { width: None, color: false };

#[test]
fn a_crossing_and_a_block() {
    let mut review = with(review(Scope::Domain, two_services()), vec![internals(), crossing(None)]);
    review.notes = vec![Note::RuleSkipped { rule: "stack".to_owned(), keys: vec!["adds_dependency".to_owned()] }];
    assert_snapshot!(text(&review, &context(), TERMINAL), @r##"
    Blocked: rule internals matches services/checkout/settle.go:14 (scope: domain)
    This change spans checkout (payments, 3 files) and ledger (ledger, 2 files).

    block: internals
      why     Nobody depends on how ledger keeps its books.
      where   services/checkout/settle.go:14: imports
              services/ledger/internal/posting; use services/ledger/api instead
      waives  ledger (team), or above it commerce-architects
      decided ADR-0007 Ledger keeps its books to itself
              "Posting order is ledger's invariant; nobody else may depend on how it
              is kept."
              docs/adr/0007-ledger-internals.md

    review: crossing
      why     Teams change together here; the contract between them is kept by those
              above both.
      where   all 5 files that count
      signs   commerce-architects (domain commerce)
      decided ADR-0002 Teams meet at contracts
              "Teams call each other through published APIs only, and agree on the
              order before either side ships."
              docs/adr/0002-teams-meet-at-contracts.md
      ensure  [ ] Both teams agree on the order of roll-out
              [ ] The old and the new form work side by side until both have shipped
              (ADR-0002)

    checkout  payments  3 files
      services/checkout/main.go
      services/checkout/settle.go
      services/checkout/settle_test.go
    ledger    ledger    2 files
      services/ledger/posting.go
      services/ledger/posting_test.go

    note: Rule stack was skipped: this version does not judge adds_dependency yet.
    "##);
}

#[test]
fn each_owner_signs_its_part() {
    assert_snapshot!(text(&joint(), &context(), TERMINAL), @r##"
    Sign-off needed: ledger or payments, and identity (scope: organization)
    This change spans ledger (ledger, 1 file), login (identity, 1 file) and proto
    (ledger or payments, 1 file).

    review: api-contract
      why     Others build on this contract.
      where   proto/order.proto
      signs   ledger or payments (team proto)
      ensure  [ ] The change is backward compatible, or every consumer has agreed

    review: foreign
      why     Whoever runs it hears of changes by others.
      where   services/ledger/main.go
              services/login/main.go
      signs   ledger (team), 1 file: signed by tomas
              identity (team), 1 file

    ledger  ledger              1 file
      services/ledger/main.go
    login   identity            1 file
      services/login/main.go
    proto   ledger or payments  1 file
      proto/order.proto
    "##);
}

#[test]
fn a_quiet_change_is_short() {
    let review = review(Scope::Team, two_services()[..2].to_vec());
    assert_snapshot!(text(&review, &context(), TERMINAL), @r##"
    One team: nothing to sign (scope: team)
    This change stays inside checkout (payments, 2 files).

    checkout  payments  2 files
      services/checkout/main.go
      services/checkout/settle.go
    "##);
}

#[test]
fn many_files_are_counted() {
    let files = (0..40).map(|n| file(&format!("a/{n}.rs"), None, &["@acme/a-team"])).collect();
    assert_snapshot!(text(&review(Scope::Team, files), &context(), TERMINAL), @r##"
    One team: nothing to sign (scope: team)
    This change stays inside a-team (40 files).

    a-team  40 files
    "##);
}

#[test]
fn a_pipe_is_not_wrapped_and_a_terminal_is() {
    let review = with(review(Scope::Domain, two_services()), vec![crossing(None)]);
    let piped = text(&review, &context(), PIPE);
    assert!(
        piped
            .contains("  why     Teams change together here; the contract between them is kept by those above both.\n")
    );
    for width in [0, 40, 60, 100] {
        let narrow = text(&review, &context(), TextOptions { width: Some(width), color: false });
        let widest = |line: &&str| line.width() > width.max(40) && line.trim_start().contains(' ');
        let too_wide: Vec<&str> = narrow.lines().filter(widest).filter(|line| !line.contains("  files")).collect();
        assert!(too_wide.is_empty(), "{width}: {too_wide:#?}");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&narrow), words(&piped), "wrapping changes no word");
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    let review = with(review(Scope::Domain, two_services()), vec![internals(), crossing(None)]);
    let colored = text(&review, &context(), TextOptions { width: Some(80), color: true });
    assert!(colored.starts_with("\u{1b}[1;31mBlocked: "), "{colored:?}");
    let sequence = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    assert_eq!(sequence.replace_all(&colored, ""), text(&review, &context(), TERMINAL));
}

#[test]
fn a_terminal_is_not_driven_by_strangers() {
    let mut crossing = crossing(None);
    crossing.why = Some("\u{1b}[2J\u{1b}]0;title\u{7}\u{202e}gone\r\nline".to_owned());
    crossing.evidence[0].path = "a\u{9b}31m\u{200b}.rs".to_owned();
    let review = with(review(Scope::Domain, two_services()), vec![crossing]);
    let text = text(&review, &context(), PIPE);
    assert!(!text.contains(|c: char| c != '\n' && c.is_control() || c == '\u{202e}' || c == '\u{200b}'), "{text:?}");
    assert!(text.contains("\\u{1b}[2J\\u{1b}]0;title\\u{7}\\u{202e}gone line"), "{text}");
}

#[test]
fn json_is_the_contracts_object() {
    let mut review = with(review(Scope::Domain, two_services()[2..4].to_vec()), vec![internals(), crossing(None)]);
    review.findings[1].evidence.truncate(1);
    review.findings[1].checklist[1].addressee.clear();
    insta::assert_json_snapshot!(json(&review), @r##"
    {
      "conclusion": "failure",
      "domains": [
        "commerce"
      ],
      "files": [
        {
          "counts": true,
          "path": "services/checkout/settle_test.go",
          "service": "checkout",
          "status": "modified",
          "teams": [
            "payments"
          ]
        },
        {
          "counts": true,
          "path": "services/ledger/posting.go",
          "service": "ledger",
          "status": "modified",
          "teams": [
            "ledger"
          ]
        }
      ],
      "findings": [
        {
          "adrs": [
            {
              "decision": "Posting order is ledger's invariant; nobody else may depend on how it is kept.",
              "id": "0007",
              "path": "docs/adr/0007-ledger-internals.md",
              "status": "accepted",
              "superseded_by": [],
              "title": "Ledger keeps its books to itself"
            }
          ],
          "cannot_tell": false,
          "checklist": [],
          "enforce": "block",
          "evidence": [
            {
              "detail": "imports services/ledger/internal/posting",
              "instead": "services/ledger/api",
              "line": 14,
              "path": "services/checkout/settle.go"
            }
          ],
          "rule": "internals",
          "sign_off": [
            {
              "from": [
                "@acme/ledger"
              ],
              "level": "team",
              "of": "ledger",
              "state": {
                "is": "open"
              }
            }
          ],
          "state": "open",
          "why": "Nobody depends on how ledger keeps its books."
        },
        {
          "adrs": [
            {
              "decision": "Teams call each other through published APIs only, and agree on the order before either side ships.",
              "id": "0002",
              "path": "docs/adr/0002-teams-meet-at-contracts.md",
              "status": "accepted",
              "superseded_by": [],
              "title": "Teams meet at contracts"
            }
          ],
          "cannot_tell": false,
          "checklist": [
            {
              "adr": null,
              "for": "@acme/commerce-architects",
              "text": "Both teams agree on the order of roll-out"
            },
            {
              "adr": "0002",
              "for": "domain",
              "text": "The old and the new form work side by side until both have shipped"
            }
          ],
          "enforce": "review",
          "evidence": [
            {
              "path": "services/checkout/main.go"
            }
          ],
          "rule": "crossing",
          "sign_off": [
            {
              "from": [
                "@acme/commerce-architects"
              ],
              "level": "domain",
              "of": "commerce",
              "state": {
                "is": "open"
              }
            }
          ],
          "state": "open",
          "why": "Teams change together here; the contract between them is kept by those above both."
        }
      ],
      "mode": "on",
      "notes": [],
      "reviewers": {
        "teams": [],
        "users": []
      },
      "scope": "domain",
      "services": [
        "checkout",
        "ledger"
      ],
      "skipped": false,
      "teams": [
        "ledger",
        "payments"
      ],
      "verdict": "blocked"
    }
    "##);
}

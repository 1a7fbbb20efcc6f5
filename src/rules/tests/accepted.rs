//! Files that are right.

use std::path::PathBuf;

use super::super::*;

/// The example of the design, with its "more keys" at the end.
pub(super) const DESIGN: &str = r#"# yaml-language-server: $schema=…/rules/schema.json
version: 1
extends: [growth, contracts, tiers]          # packs that ship with Merestone; the organisation's file always applies beneath
mode: on                                     # shadow | advise | on: a ceiling on every rule; the first week is for shadow
skip: { author: ["renovate[bot]"] }          # any `when`: judged and recorded, nobody asked, nothing held

organization: { architects: [acme/architecture-council] }
domains:
  commerce: { teams: [payments, ledger], architects: [acme/commerce-architects] }
  platform: { teams: [identity, sre],    architects: [acme/platform-architects] }
teams:                                       # only what differs from "the GitHub team of this name in this organisation"
  payments: { github: "@acme/payments", leads: ["@maria"], size: 8 }
  ledger:   { leads: [tomas], decides: [api-contract] }    # its lead signs this rule for its own services

roots: [services/*/]                         # every such folder is a service of its name; a new one is `new_service`
services:                                    # what folders and CODEOWNERS do not say; the last entry that matches a path wins
  checkout: { tier: critical, public: [./api/] }           # no team: CODEOWNERS owns it, file by file
  ledger:   { team: ledger, tier: critical, public: [./api/] }
  proto:    { team: [payments, ledger], paths: [/proto/] }  # owned jointly: any of them signs
  root:     { team: sre, paths: ["/*", /.github/], shared: true }   # a change here makes no crossing by itself

stack:                                       # the approved stack: what a team may bring in without asking
  cargo: [axum, tokio, "serde*"]
  npm: { use: [react, "@acme/*", undici], instead: { axios: undici } }

rules:
  - id: crossing                             # the whole ladder in one rule: sign_off defaults to `scope`, enforce to `review`
    when: { crosses: team }
    adrs: [ADR-0002]
    why: Teams change together here; the contract between them is kept by those above both.
    checklist:
      - Both teams agree on the order of roll-out
  - id: internals
    when: { imports: internals }
    enforce: block
    sign_off: team
    adrs: [ADR-0007]
    allow:
      - { paths: [services/checkout/main.go], until: 2027-03-31, why: composition root }
  - id: api-contract
    when: { paths: ["**/*.proto", "**/openapi.{yml,yaml,json}"] }
    sign_off: domain
    checklist:
      - { text: "The change is backward compatible, or every consumer has agreed", by: domain }
  - id: new-technology
    when: { adds_dependency: unapproved }
    sign_off: organization
    needs_adr: true
    every: 3 months                          # how often the rule itself is to be looked at
    reviewed: 2026-11-01
branches: ["release/*"]                       # further gated branches
reviewers: { request: team, count: 1, when: ready, never: [], storm_teams: 6 }    # request: team or members; when: ready or green
adrs: { paths: [docs/adr/], retrospective: 6 months }        # chapter 4: a record older than this on a touched path is due for a look back
clock: { after: 2 working days }                             # chapter 5: then the next level is asked too
calendar: { timezone: Europe/Berlin, workdays: [mon, tue, wed, thu, fri], hours: "09:00-17:00" }
tiers: { critical: ["p95 stays under 200 ms", { text: "Load test passed", check: load-test }] }
repositories: { "shop-*": { mode: shadow, extends: [startup], team: payments } }
locked: [skip, mode]
"#;

/// Problems in one line each.
pub(super) fn shown(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(|problem| {
            let place = problem.place.map(|place| format!("{}:{}", place.line, place.column)).unwrap_or_default();
            format!("{place}: {:?}: {}\n", problem.severity, problem.message)
        })
        .collect()
}

#[test]
fn the_example_of_the_design_is_read() {
    let parsed = parse(DESIGN.as_bytes()).unwrap_or_else(|problems| panic!("{}", shown(&problems)));
    insta::assert_snapshot!(shown(&parsed.warnings), @"
    22:1: Warning: this version of Merestone reads `stack` and does not act on it yet
    33:5: Warning: rule `internals` is skipped: this version of Merestone does not judge `imports` yet
    44:84: Warning: this version reads `by` of a checklist item and does not hold the check until one of them ticks it yet
    45:5: Warning: rule `new-technology` is skipped: this version of Merestone does not judge `adds_dependency` and `needs_adr` yet
    53:1: Warning: this version of Merestone reads `adrs.retrospective` and does not act on it yet
    54:1: Warning: this version of Merestone reads `clock` and does not act on it yet
    55:1: Warning: this version of Merestone reads `calendar` and does not act on it yet
    56:75: Warning: this version reads `check` of a checklist item and does not tick it by itself yet
    57:1: Warning: `repositories` speaks in an organisation's file, which is .github/merestone.yml of its repository `.github`; here it has no effect
    58:1: Warning: `locked` speaks in an organisation's file, which is .github/merestone.yml of its repository `.github`; here it has no effect
    ");
    insta::assert_debug_snapshot!(parsed.rules.later, @r#"
    [
        "adrs.retrospective",
        "calendar",
        "clock",
        "stack",
    ]
    "#);
}

/// The folder with the acceptance scenarios, where it is at hand.
fn shared() -> Option<PathBuf> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let from_environment = std::env::var_os("MERESTONE_SHARED").map(PathBuf::from);
    let beside = ["../shared", "../../shared"].map(|path| here.join(path));
    let found = from_environment.into_iter().chain(beside).find(|path| path.join("acceptance").is_dir());
    if found.is_none() {
        println!("SKIPPED: no folder `shared` beside the checkout and no MERESTONE_SHARED");
    }
    found
}

#[test]
fn the_files_of_the_acceptance_scenarios_are_read() {
    let Some(shared) = shared() else { return };
    let mut read = 0;
    for entry in std::fs::read_dir(shared.join("acceptance/scenarios")).unwrap() {
        let path = entry.unwrap().path();
        let scenario: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for repository in scenario["world"]["repos"].as_object().unwrap().values() {
            let Some(text) = repository["files"][RULES_PATH].as_str() else { continue };
            let parsed = parse(text.as_bytes()).unwrap_or_else(|problems| panic!("{path:?}\n{}", shown(&problems)));
            assert_eq!(shown(&parsed.warnings), "", "{path:?}");
            assert_eq!(parsed.rules.later, Vec::<String>::new());
            assert_eq!(parsed.rules.rules.len(), 3);
            read += 1;
        }
    }
    assert!(read >= 6, "{read} files read");
}

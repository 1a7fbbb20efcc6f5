//! The organisation that the stories play in: `acme` with its repository `shop`.

use merestone::standin::world::World;

/// The rules of `acme/shop`.
pub const RULES: &str = r#"version: 1
adrs: { paths: [docs/adr/] }
organization: { architects: ["@acme/architecture-council"] }
domains:
  commerce: { teams: [payments, ledger], architects: ["@acme/commerce-architects"] }
  platform: { teams: [identity], architects: ["@acme/platform-architects"] }
teams:
  payments: { leads: ["@maria"] }
  ledger: { leads: ["@tomas"] }
  identity: { leads: ["@ines"] }
services:
  checkout: { team: payments, paths: [services/checkout/] }
  ledger: { team: ledger, paths: [services/ledger/] }
  login: { team: identity, paths: [services/login/] }
  proto: { team: [payments, ledger], paths: [proto/] }
rules:
  - id: crossing
    when: { crosses: team }
    adrs: [ADR-0002]
    why: Teams change together here; the contract between them is kept by those above both.
    checklist:
      - Both teams agree on the order of roll-out
"#;

/// A decision record.
pub const RECORD: &str = "# 2. Teams meet at contracts\n\nDate: 2026-01-12\n\n## Status\n\nAccepted\n\n## Context\n\nReleases waited for each other.\n\n## Decision\n\nTeams meet at contracts, and only there. The rest is theirs.\n";

/// Files of `acme/shop` besides its rules.
pub const FILES: &[(&str, &str)] = &[
    ("docs/adr/0002-teams-meet-at-contracts.md", RECORD),
    ("README.md", "# shop\n"),
    ("proto/order.proto", "syntax = \"proto3\";\n"),
    ("services/checkout/main.go", "package main\n\nfunc main() {}\n"),
    ("services/ledger/main.go", "package main\n\nfunc main() {}\n"),
    ("services/login/main.go", "package main\n\nfunc main() {}\n"),
];

/// The organisation, its people and teams, without a repository.
///
/// payments: maria (lead), pavel; ledger: tomas (lead), lena; identity: ines (lead), ivo; architects of commerce: ada, of
/// platform: grace; council: edsger.
pub fn acme() -> World {
    let mut world = World::new();
    world.organization("acme", &[]);
    for (slug, members) in [
        ("payments", ["maria", "pavel"].as_slice()),
        ("ledger", &["tomas", "lena"]),
        ("identity", &["ines", "ivo"]),
        ("commerce-architects", &["ada"]),
        ("platform-architects", &["grace"]),
        ("architecture-council", &["edsger"]),
    ] {
        world.team("acme", slug, members).expect("acme is there");
    }
    world.install("acme").expect("acme is there");
    world
}

/// The organisation with `acme/shop`, its files and these besides; a file of the same path replaces.
pub fn shop(files: &[(&str, &str)]) -> World {
    let mut all: Vec<(&str, &str)> = vec![(".github/merestone.yml", RULES)];
    all.extend(FILES);
    all.retain(|(path, _)| !files.iter().any(|(other, _)| other == path));
    all.extend(files);
    let mut world = acme();
    world.repository("acme", "shop", &all).expect("acme is there");
    world
}

/// As [`shop`], with rules made of [`RULES`] by replacing what stands after `rules:`.
pub fn shop_with_rules(rules: &str) -> World {
    let head = RULES.split("rules:\n").next().expect("there is a beginning");
    shop(&[(".github/merestone.yml", &format!("{head}rules:\n{rules}"))])
}

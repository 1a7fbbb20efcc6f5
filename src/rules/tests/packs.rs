//! The packs that ship with Merestone.

use super::super::*;
use super::accepted::shown;
use super::meaning::rules;

#[test]
fn every_pack_is_a_file_without_a_word_to_say() {
    for pack in &packs::SHIPPED {
        let name = pack.name;
        let parsed = parse(pack.text.as_bytes()).unwrap_or_else(|problems| panic!("{name}: {}", shown(&problems)));
        assert_eq!(shown(&parsed.warnings), "", "{name}");
        assert!(pack.text.starts_with("# "), "{name} does not say why it is");
        let packed = rules(&format!("version: 1\nextends: [{name}]\n"));
        let ids = |rules: &Rules| rules.rules.iter().map(|rule| rule.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&packed), ids(&parsed.rules));
        assert_eq!((&packed.tiers, &packed.decides), (&parsed.rules.tiers, &parsed.rules.decides), "{name}");
        for rule in &packed.rules {
            assert!(rule.why.is_some() && rule.later().is_empty(), "{name}: {}", rule.id);
        }
    }
}

/// What a pack asks: rule, weight, who signs.
fn asks(text: &str) -> String {
    let rules = rules(text);
    rules.rules.iter().map(|rule| format!("{}: {:?} {:?}\n", rule.id, rule.enforce, rule.sign_off)).collect()
}

#[test]
fn each_pack_asks_whom_it_says() {
    let all = asks(
        "version: 1\nextends: [startup, contracts, data-model, integration, security, delivery, triggers, resilience, testing, shared-libraries, stack, tiers]\n\
         organization: { architects: [acme/council] }\n",
    );
    insta::assert_snapshot!(all, @"
    crossing: Advise Level(Lead)
    foreign-change: Advise Level(Lead)
    contract: Review Level(Domain)
    data-model: Review Level(Domain)
    access-control: Review Level(Domain)
    key-material: Review Level(Domain)
    delivery: Review Level(Domain)
    large-critical-change: Advise Level(Domain)
    testing: Advise Level(Domain)
    shared-library: Review Level(Lead)
    toolchain: Review Level(Lead)
    ");
    insta::assert_snapshot!(asks("version: 1\nextends: [growth]\n"), @"
    crossing: Review Scope
    foreign-change: Review Level(Team)
    ");
    insta::assert_snapshot!(asks("version: 1\nextends: [enterprise]\n"), @"
    crossing: Review Level(Domain)
    domain-crossing: Review Level(Organization)
    foreign-change: Review Level(Team)
    ");
}

#[test]
fn a_team_that_a_pack_names_signs_where_there_is_one() {
    let text = "version: 1\nextends: [security, data-model, delivery]\nteams: { security: {}, infrastructure: {} }\n";
    insta::assert_snapshot!(asks(text), @r#"
    access-control: Review Named([Team("security")])
    key-material: Review Named([Team("security")])
    data-model: Review Level(Domain)
    delivery: Review Named([Team("infrastructure")])
    "#);
}

#[test]
fn tiers_have_their_twelve_figures() {
    let rules = rules("version: 1\nextends: [tiers]\ntiers: { core: [Ours], odd: [Odd] }\n");
    let items: Vec<(&str, usize)> = rules.tiers.iter().map(|(tier, items)| (tier.as_str(), items.len())).collect();
    assert_eq!(items, [("core", 1), ("critical", 4), ("odd", 1), ("supporting", 4)]);
    let all = super::meaning::rules("version: 1\nextends: [tiers]\n").tiers;
    let texts: Vec<&str> = all.values().flatten().map(|item| item.text.as_str()).collect();
    assert_eq!(texts.len(), 12);
    for figure in [
        "99.95 %",
        "200 ms",
        "quarter",
        "85 %",
        "99.9 %",
        "500 ms",
        "half a year",
        "75 %",
        "99.5 %",
        "2 s",
        "a year",
        "60 %",
    ] {
        assert!(texts.iter().any(|text| text.contains(figure)), "{figure}");
    }
}

#[test]
fn packs_give_defaults_by_size_and_a_file_replaces_them() {
    let extends = "version: 1\nextends: [contracts, data-model, delivery, shared-libraries, testing]\n";
    let all = rules(extends).decides;
    let shown = |decides: &std::collections::BTreeMap<u32, Vec<String>>| format!("{decides:?}");
    assert_eq!(shown(&all), r#"{2: ["contract", "data-model"], 5: ["testing"], 10: ["delivery", "shared-library"]}"#);
    let own = rules(&format!("{extends}decides: {{ 2: [], 7: [contract] }}\n")).decides;
    assert_eq!(shown(&own), r#"{2: [], 5: ["testing"], 7: ["contract"], 10: ["delivery", "shared-library"]}"#);
    let wrong =
        parse(b"version: 1\nextends: [contracts]\ndecides: { many: [contract], 0: [contract], 3: [contrct] }\n");
    insta::assert_snapshot!(super::accepted::shown(&wrong.unwrap_err()), @"
    3:12: Error: a key of `decides` is how many people a team has at least, like `5`; `many` is none
    3:30: Error: a key of `decides` is how many people a team has at least, like `5`; `0` is none
    3:49: Error: unknown rule `contrct`; did you mean `contract`?
    ");
}

/// The paths of a rule, against paths of real repositories: what is meant and what only looks like it.
#[test]
fn rules_of_packs_match_what_they_mean_and_little_else() {
    for (pack, rule, meant, not_meant) in [
        (
            "contracts",
            "contract",
            &[
                "api/v1/ledger.proto",
                "proto/a.proto",
                "services/x/openapi.yaml",
                "docs/asyncapi.json",
                "gql/schema.graphql",
                "events/order.avsc",
            ][..],
            &[
                "client/src/queries/user.graphql",
                "internal/testdata/a.proto",
                "src/openapi.ts",
                "node_modules/x/openapi.json",
            ][..],
        ),
        (
            "data-model",
            "data-model",
            &[
                "db/migrate/2024_add.rb",
                "services/x/migrations/0001_initial.py",
                "prisma/schema.prisma",
                "db/schema.rb",
                "src/main/resources/db/migration/V1__init.sql",
            ],
            &[
                "docs/migrations/guide.md",
                "src/migrate.ts",
                "src/migrations/heal.test.ts",
                "migration/main.go",
                "tests/migrations/0001.sql",
                "packages/x/src/schema.ts",
            ],
        ),
        (
            "security",
            "access-control",
            &["src/auth/session.rs", "packages/oauth2/src/index.ts", "internal/rbac/policy.go"],
            &[
                "src/authors/list.rs",
                "docs/auth/README.md",
                "src/auth/tests/session.rs",
                "src/auth/README.md",
                "src/auth/session.test.ts",
                "api/authorization/fake/inspector.go",
                "src/author.rs",
            ],
        ),
        (
            "security",
            "key-material",
            &["deploy/server.pem", ".env", "services/x/.env.production", "ssh/id_rsa"],
            &["tests/fixtures/server.pem", ".env.example", "src/environment.ts", ".env.test"],
        ),
        (
            "delivery",
            "delivery",
            &[".github/workflows/ci.yml", "infra/main.tf", "Jenkinsfile", "terraform/x/y.json", ".circleci/config.yml"],
            &[
                "Dockerfile",
                "docs/terraform/guide.md",
                "services/x/chart/values.yaml",
                "tests/terraform/a.tf",
                "examples/main.tf",
            ],
        ),
        (
            "shared-libraries",
            "shared-library",
            &["libs/money/src/lib.rs", "packages/shared/a.ts", "common/x.go"],
            &["services/x/lib/a.rb", "packages/web/a.ts", "libs/README.md"],
        ),
        (
            "stack",
            "toolchain",
            &["rust-toolchain.toml", ".nvmrc", "global.json"],
            &["package.json", "examples/rust-toolchain.toml", "docs/.nvmrc"],
        ),
        ("testing", "testing", &["src/a.rs", "cmd/main.go"], &["README.md", "tests/a.rs", "spec/a_spec.rb"]),
    ] {
        let rules = rules(&format!("version: 1\nextends: [{pack}]\n"));
        let paths = rules.rule(rule).and_then(|rule| rule.when.paths.as_ref()).unwrap();
        for path in meant {
            assert!(paths.matches(path), "{rule} does not match {path}");
        }
        for path in not_meant {
            assert!(!paths.matches(path), "{rule} matches {path}");
        }
    }
}

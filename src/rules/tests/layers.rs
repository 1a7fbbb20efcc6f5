//! An organisation's file beneath a repository's own.

use super::super::*;
use super::accepted::{DESIGN, shown};

const HERE: Repository<'_> = Repository { owner: Some("acme"), name: Some("shop-web") };

fn layer<'a>(path: &'a str, text: &'a str) -> Layer<'a> {
    Layer { path, text: text.as_bytes() }
}

fn theirs(text: &str) -> Option<Layer<'_>> {
    Some(layer("acme.yml", text))
}

fn laid(organization: &str, own: &str) -> Parsed {
    effective(theirs(organization), Some(layer("own.yml", own)), HERE)
        .unwrap_or_else(|broken| panic!("{}", show(&broken.path, &broken.text, &broken.problems)))
}

/// The warnings, as they stand in a repository's lint.
fn warned(organization: &str, own: &str) -> String {
    shown(&laid(organization, own).warnings)
}

const ORGANIZATION: &str = "version: 1
extends: [growth]
organization: { architects: [acme/council] }
domains:
  commerce: { teams: [payments, ledger], architects: [acme/commerce] }
teams:
  payments: { leads: [maria], size: 8 }
services:
  proto: { team: payments, tier: critical, paths: [/proto/] }
  vault: { team: ledger, repo: acme/vault }
branches: [\"release/*\"]
skip: { author: [\"renovate[bot]\"] }
rules:
  - { id: foreign-change, enforce: advise }
  - { id: secrets, when: { paths: [\"*.key\"] }, sign_off: [payments] }
";

#[test]
fn each_name_and_key_is_laid_over_the_organisation_s() {
    let own = "version: 1
teams:
  payments: { leads: [ada] }
  search: {}
domains: { finding: { teams: [search, ledger], architects: [acme/finders] } }
services:
  web: { team: search, paths: [/web/] }
  proto: { tier: core }
branches: [next]
rules:
  - { id: crossing, sign_off: lead }
  - { id: web, when: { services: [web] } }
  - { id: secrets, enforce: none }
";
    let Parsed { rules, warnings } = laid(ORGANIZATION, own);
    assert_eq!(shown(&warnings), "");
    assert_eq!(rules.teams["payments"].leads, [Handle::new("ada")]);
    assert_eq!(rules.teams["payments"].size, Some(8));
    assert_eq!(rules.domains["commerce"].teams, ["payments"]);
    assert_eq!(rules.domains["finding"].teams, ["search", "ledger"]);
    let services: Vec<_> = rules.services.iter().map(|one| (one.name.as_str(), one.tier.as_deref())).collect();
    assert_eq!(services, [("web", None), ("proto", Some("core"))]);
    assert_eq!(rules.services[1].teams, ["payments"]);
    assert!(rules.branches.matches("next") && !rules.branches.matches("release/1") && rules.skip.is_some());
    let ids: Vec<&str> = rules.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["crossing", "foreign-change", "secrets", "web"]);
    assert_eq!(rules.rule("crossing").unwrap().sign_off, SignOff::Level(Level::Lead));
    assert_eq!(rules.rule("foreign-change").unwrap().enforce, Enforce::Advise);
    assert_eq!(rules.rule("secrets").unwrap().enforce, Enforce::None);
    let places: Vec<_> = rules.rules.iter().map(|rule| (rules.file(rule.place), rule.place.line)).collect();
    assert_eq!(places, [("own.yml", 11), ("acme.yml", 14), ("own.yml", 13), ("own.yml", 12)]);
    assert!(rules.floor.is_none());
}

#[test]
fn a_pack_that_the_organisation_has_made_its_own_is_not_laid_over_it_again() {
    let rules = laid(ORGANIZATION, "version: 1\nextends: [growth, security]\n").rules;
    assert_eq!(rules.rule("foreign-change").unwrap().enforce, Enforce::Advise);
    assert_eq!(rules.extends, ["growth", "security"]);
    let other = laid(ORGANIZATION, "version: 1\nextends: [startup]\n").rules;
    assert_eq!(other.rule("crossing").unwrap().enforce, Enforce::Advise);
}

#[test]
fn without_its_own_file_a_repository_has_the_organisation_s_and_in_its_home_nothing_else() {
    let only = effective(theirs(ORGANIZATION), None, HERE).unwrap();
    assert_eq!((only.rules.rules.len(), only.rules.files.own.clone(), shown(&only.warnings).len()), (3, None, 0));
    let home = Repository { owner: Some("acme"), name: Some(".github") };
    let own = layer("own.yml", "version: 1\nmode: shadow\n");
    let rules = effective(theirs(ORGANIZATION), Some(own), home).unwrap().rules;
    assert_eq!((rules.mode, rules.files.own), (Mode::On, None));
    let none = effective(None, None, HERE).unwrap().rules;
    assert_eq!((none.mode, none.extends), (Mode::Shadow, vec!["startup".to_owned()]));
    let alone = effective(None, Some(own), HERE).unwrap().rules;
    assert_eq!((alone.mode, alone.files.own), (Mode::Shadow, Some("own.yml".to_owned())));
}

#[test]
fn of_several_patterns_the_last_one_that_has_a_key_says_it() {
    let organization = "version: 1
mode: advise
extends: [growth]
repositories:
  \"*\": { extends: [contracts], team: sre, mode: on }
  \"shop-*\": { mode: shadow, extends: [security] }
  \"SHOP-web\": { team: [payments, search] }
  \"other\": { mode: shadow, extends: [delivery], team: nobody }
";
    let at = |name: &str| {
        let here = Repository { owner: Some("acme"), name: Some(name) };
        effective(theirs(organization), None, here).unwrap().rules
    };
    let shop = at("shop-web");
    assert_eq!((shop.mode, &shop.extends[..]), (Mode::Shadow, &["growth".to_owned(), "security".to_owned()][..]));
    let whole = shop.whole.clone().unwrap();
    assert_eq!(
        (whole.teams, shop.file(whole.place), whole.place.line),
        (vec!["payments".to_owned(), "search".to_owned()], "acme.yml", 7)
    );
    // A ceiling is one whoever says it: `on` lifts no other.
    let rest = at("rest");
    assert_eq!((rest.mode, &rest.extends[..]), (Mode::Advise, &["growth".to_owned(), "contracts".to_owned()][..]));
    assert_eq!(laid(organization, "version: 1\nmode: on\n").rules.mode, Mode::Shadow);
    assert_eq!(laid("version: 1\n", "version: 1\nmode: advise\n").rules.mode, Mode::Advise);
}

#[test]
fn a_service_of_a_repository_is_all_of_it_and_is_nowhere_else() {
    let at = |owner: &'static str, name: &'static str| {
        effective(theirs(ORGANIZATION), None, Repository { owner: Some(owner), name: Some(name) }).unwrap().rules
    };
    let vault = at("acme", "Vault");
    let service = vault.services.iter().find(|service| service.name == "vault").unwrap();
    assert!(service.paths.as_ref().unwrap().matches("any/where.rs"));
    for (owner, name) in [("acme", "shop-web"), ("other", "vault")] {
        assert!(at(owner, name).services.iter().all(|service| service.name != "vault"));
    }
    let all = parse_organization(ORGANIZATION.as_bytes()).unwrap().rules;
    assert_eq!(all.services.len(), 2);
    let own = "version: 1\nservices: { vault: { team: x, repo: acme/vault } }\n";
    insta::assert_snapshot!(shown(&parse(own.as_bytes()).unwrap_err()), @"2:31: Error: `repo` speaks in an organisation's file alone: the services of this file are in this repository; take the key away");
}

#[test]
fn an_organisation_s_keys_have_no_effect_in_a_repository_s_file() {
    let own = "version: 1\nlocked: [skip]\nrepositories: { \"*\": { mode: shadow } }\nrules: [{ id: a, when: { rules: true }, locked: true }]\n";
    let parsed = parse(own.as_bytes()).unwrap();
    insta::assert_snapshot!(shown(&parsed.warnings), @"
    2:1: Warning: `locked` speaks in an organisation's file, which is .github/merestone.yml of its repository `.github`; here it has no effect
    3:1: Warning: `repositories` speaks in an organisation's file, which is .github/merestone.yml of its repository `.github`; here it has no effect
    4:41: Warning: `locked` speaks in an organisation's file; here it has no effect
    ");
    assert_eq!((parsed.rules.mode, parsed.rules.rules[0].locked), (Mode::On, false));
    let theirs = parse_organization(DESIGN.as_bytes()).unwrap();
    assert!(!shown(&theirs.warnings).contains("repositories") && !shown(&theirs.warnings).contains("locked"));
}

#[test]
fn what_is_broken_says_in_which_file() {
    let wrong = "version: 1\nmode: quiet\n";
    let own = Some(layer("own.yml", wrong));
    let broken = effective(theirs(ORGANIZATION), own, HERE).unwrap_err();
    assert_eq!(
        (broken.origin, broken.path.as_str(), broken.text.as_slice()),
        (Origin::Own, "own.yml", wrong.as_bytes())
    );
    assert_eq!(broken.problems[0].place, Some(Place::new(2, 7)));
    let broken = effective(theirs(wrong), own, HERE).unwrap_err();
    assert_eq!((broken.origin, broken.path.as_str()), (Origin::Organization, "acme.yml"));
    assert_eq!(broken.problems[0].place, Some(Place::new(2, 7).within(Origin::Organization)));
    let broken = effective(None, own, HERE).unwrap_err();
    assert_eq!(broken.to_string(), "the rules in own.yml cannot be used");
    // A name that only the organisation knows is known, and one that nobody knows is not.
    laid(ORGANIZATION, "version: 1\nservices: { a: { team: ledger, paths: [a/] } }\n");
    let unknown = layer("own.yml", "version: 1\nservices: { a: { team: leger, paths: [a/] } }\n");
    let broken = effective(theirs(ORGANIZATION), Some(unknown), HERE).unwrap_err();
    insta::assert_snapshot!(shown(&broken.problems), @"2:24: Error: unknown team `leger`; did you mean `ledger`?");
}

const LOCKED: &str = "version: 1
organization: { architects: [acme/council] }
domains: { commerce: { teams: [payments, ledger], architects: [acme/commerce] } }
teams: { payments: { leads: [maria] } }
roots: [services/*/]
services: { proto: { team: payments, paths: [/proto/] } }
tiers: { critical: [Look twice] }
stack: { cargo: [serde] }
branches: [\"release/*\", \"!release/old\"]
rules:
  - { id: contract, when: { services: [proto] }, sign_off: domain, checklist: [Both agree], locked: true }
";

#[test]
fn what_a_repository_says_against_a_lock_is_a_warning_and_has_no_effect() {
    let own = "version: 1
mode: shadow
skip: { paths: [\"**\"] }
organization: { architects: [mallory] }
domains: { commerce: { architects: [mallory] }, mine: { teams: [ledger, mine], architects: [mallory] } }
teams: { payments: { leads: [mallory] }, mine: {} }
roots: [\"!services/x\", \"apps/*\"]
services: { proto: { team: mine, paths: [/nothing/] }, all: { team: mine, paths: [\"**\"] } }
tiers: { critical: [Nothing], core: [Something] }
stack: { cargo: [\"*\"] }
branches: [\"!release/*\", next]
rules:
  - id: contract
    when: { paths: [nothing/] }
    enforce: none
    sign_off: [mallory]
    allow: [{ paths: [\"**\"] }]
    needs_adr: true
    why: Because
    checklist: [Ours too]
    adrs: [ADR-0001]
    locked: false
";
    insta::assert_snapshot!(warned(LOCKED, own), @r#"
    2:1: Warning: `mode` has no effect on what the organisation's file locks (line 11)
    3:1: Warning: `skip` has no effect on what the organisation's file locks (line 11)
    4:1: Warning: `organization` has no effect here: the organisation's file locks it on line 11
    5:12: Warning: `commerce` has no effect here: the organisation's file says it on line 3, and locks it on line 11
    5:65: Warning: the team `ledger` stays where the organisation's file has it on line 3: it locks that on line 11
    6:10: Warning: `payments` has no effect here: the organisation's file says it on line 4, and locks it on line 11
    7:9: Warning: `!services/x` has no effect here: the organisation's file locks it on line 11
    8:13: Warning: `proto` has no effect here: the organisation's file says it on line 6, and locks it on line 11
    10:1: Warning: `stack` has no effect here: the organisation's file locks it on line 11
    11:12: Warning: `!release/*` takes something out before anything was taken in, so it does nothing: begin with what is meant, as in ["**", "!release/*"]
    14:5: Warning: `when` has no effect on the rule `contract`: the organisation's file locks it on line 11; items, records and a weightier `enforce` can be added
    15:5: Warning: `enforce` has no effect on the rule `contract`: the organisation's file locks it on line 11; items, records and a weightier `enforce` can be added
    16:5: Warning: `sign_off` has no effect on the rule `contract`: the organisation's file locks it on line 11; items, records and a weightier `enforce` can be added
    17:5: Warning: `allow` has no effect on the rule `contract`: the organisation's file locks it on line 11; items, records and a weightier `enforce` can be added
    18:5: Warning: `needs_adr` has no effect on the rule `contract`: the organisation's file locks it on line 11; items, records and a weightier `enforce` can be added
    19:5: Warning: `why` has no effect on the rule `contract`: the organisation's file locks it on line 11; items, records and a weightier `enforce` can be added
    22:5: Warning: `locked` speaks in an organisation's file; here it has no effect
    "#);
    let rules = laid(LOCKED, own).rules;
    let alone = effective(theirs(LOCKED), None, HERE).unwrap().rules;
    let (rule, floor) = (rules.rule("contract").unwrap(), rules.floor.as_deref().unwrap());
    assert_eq!(floor.rule("contract").unwrap().text, alone.rule("contract").unwrap().text);
    assert_eq!((rule.enforce, &rule.sign_off, rule.locked), (Enforce::Review, &SignOff::Level(Level::Domain), true));
    assert!(rule.allow.is_empty() && !rule.needs_adr && rule.why.is_none());
    insta::assert_snapshot!(rule.text, @r#"{"adrs":["ADR-0001"],"allow":[],"checklist":[{"text":"Both agree"},{"text":"Ours too"}],"enforce":"review","sign_off":"domain","when":{"services":["proto"]}}"#);
    assert_eq!(rules.council, [Handle::new("@acme/council")]);
    assert_eq!(rules.domains["commerce"].architects, [Handle::new("@acme/commerce")]);
    assert_eq!(rules.domains["mine"].teams, ["mine"]);
    assert_eq!(rules.teams["payments"].leads, [Handle::new("maria")]);
    let names: Vec<&str> = rules.services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["all", "proto"]);
    let roots: Vec<&str> = rules.roots.iter().map(|root| root.written.as_str()).collect();
    assert_eq!(roots, ["apps/*", "services/*"]);
    let items = |tier: &str| rules.tiers[tier].iter().map(|item| item.text.clone()).collect::<Vec<_>>();
    assert_eq!(
        (items("critical"), items("core")),
        (vec!["Look twice".to_owned(), "Nothing".to_owned()], vec!["Something".to_owned()])
    );
    for (branch, gated) in [("release/1", true), ("release/old", false), ("next", true), ("main", false)] {
        assert_eq!(rules.branches.matches(branch), gated, "{branch}");
    }
}

#[test]
fn a_locked_key_is_the_organisation_s() {
    let organization = "version: 1
locked: [mode, skip, organization, domains, teams, reviewers, rules, decides]
teams: { payments: { leads: [maria] } }
domains: { commerce: { teams: [payments], architects: [acme/commerce] } }
reviewers: { never: [bob] }
rules: [{ id: a, when: { rules: true } }]
";
    let own = "version: 1
mode: shadow
skip: { labels: [wip] }
organization: { architects: [mallory] }
domains: { mine: { teams: [search], architects: [mallory] } }
teams: { payments: { leads: [mallory] }, search: {} }
reviewers: { never: [maria] }
decides: { 1: [a] }
rules: [{ id: a, enforce: none }, { id: b, when: { rules: true } }]
";
    insta::assert_snapshot!(warned(organization, own), @"
    2:1: Warning: `mode` has no effect here: the organisation's file locks it on line 2
    3:1: Warning: `skip` has no effect here: the organisation's file locks it on line 2
    4:1: Warning: `organization` has no effect here: the organisation's file locks it on line 2
    5:1: Warning: `domains` has no effect here: the organisation's file locks it on line 2
    6:10: Warning: `payments` has no effect here: the organisation's file says it on line 3, and locks it on line 2
    7:1: Warning: `reviewers` has no effect here: the organisation's file locks it on line 2
    8:1: Warning: `decides` has no effect here: the organisation's file locks it on line 2
    9:18: Warning: `enforce` has no effect on the rule `a`: the organisation's file locks it on line 2; items, records and a weightier `enforce` can be added
    ");
    let rules = laid(organization, own).rules;
    assert_eq!((rules.mode, rules.skip.is_none(), rules.council.len()), (Mode::On, true, 0));
    assert_eq!((rules.domains.len(), rules.teams.contains_key("search")), (1, true));
    assert_eq!((&rules.reviewers.never[..], rules.decides.len()), (&[Handle::new("bob")][..], 0));
    assert_eq!(rules.rule("a").unwrap().enforce, Enforce::Review);
    assert!(rules.rule("b").is_some_and(|rule| !rule.locked));
}

#[test]
fn more_can_follow_from_a_locked_rule_and_never_less() {
    let enforce = |theirs: &str, ours: &str| {
        let organization =
            format!("version: 1\nrules: [{{ id: a, when: {{ rules: true }}, enforce: {theirs}, locked: true }}]\n");
        let parsed = laid(&organization, &format!("version: 1\nrules: [{{ id: a, enforce: {ours} }}]\n"));
        (parsed.rules.rules[0].enforce, parsed.warnings.len())
    };
    assert_eq!(enforce("advise", "block"), (Enforce::Block, 0));
    assert_eq!(enforce("review", "review"), (Enforce::Review, 0));
    assert_eq!(enforce("review", "advise"), (Enforce::Review, 1));
    // A pack that is extended says nothing against a lock.
    let parsed = laid(
        "version: 1\nextends: [growth]\nrules: [{ id: crossing, locked: true }]\n",
        "version: 1\nextends: [startup]\n",
    );
    assert_eq!((parsed.rules.rule("crossing").unwrap().enforce, parsed.warnings.len()), (Enforce::Review, 0));
}

#[test]
fn every_value_is_explained_by_the_file_and_line_that_say_it() {
    let own = "version: 1
extends: [tiers]
mode: advise
teams: { payments: { size: 9 }, search: {} }
services: { web: { team: search, paths: [/web/, \"!/web/x/\"] } }
rules:
  - id: secrets
    checklist:
      - \"Keys: none of ours\"
  - id: crossing
    enforce: advise
    why: \"a \\u202e b\"
";
    let organization = ORGANIZATION.replace("sign_off: [payments] }", "sign_off: [payments], locked: true }");
    let text = explain(theirs(&organization), Some(layer("own.yml", own)), HERE).unwrap();
    insta::assert_snapshot!(text, @r#"
    extends:
      - growth                                                              # acme.yml:2
      - tiers                                                               # own.yml:2
    mode: advise                                                            # own.yml:3
    skip: { author: ["renovate[bot]"] }                                     # acme.yml:12
    branches: ["release/*"]                                                 # acme.yml:11
    organization: { architects: [acme/council] }                            # acme.yml:3
    domains: { commerce: { teams: [payments, ledger], architects: [acme/commerce] } }  # acme.yml:5
    teams: { payments: { leads: [maria], size: 8 }, search: {} }            # acme.yml:7
    services:
      web: { team: search, paths: [/web/, "!/web/x/"] }                     # own.yml:5
      proto: { team: payments, tier: critical, paths: [/proto/] }           # acme.yml:9
    tiers:
      critical:
        - Availability stays at 99.95 % or better                           # pack tiers:12
        - p95 latency stays under 200 ms                                    # pack tiers:13
        - The last penetration test is less than a quarter old              # pack tiers:14
        - "Test coverage stays at 85 % or better, with load tests"          # pack tiers:15
      core:
        - Availability stays at 99.9 % or better                            # pack tiers:18
        - p95 latency stays under 500 ms                                    # pack tiers:19
        - The last review of its design is less than half a year old        # pack tiers:20
        - "Test coverage stays at 75 % or better, with integration tests"   # pack tiers:21
      supporting:
        - Availability stays at 99.5 % or better                            # pack tiers:24
        - p95 latency stays under 2 s                                       # pack tiers:25
        - The last review of its design is less than a year old             # pack tiers:26
        - "Test coverage stays at 60 % or better, with unit tests"          # pack tiers:27
    rules:
      - id: crossing                                                        # own.yml:10
        when: { crosses: team }                                             # pack growth:16
        enforce: advise                                                     # own.yml:11
        sign_off: scope                                                     # pack growth:18
        why: "a \u{202e} b"                                                 # own.yml:12
      - id: foreign-change                                                  # acme.yml:14
        when: { foreign: true }                                             # pack growth:23
        enforce: advise                                                     # acme.yml:14
        sign_off: team                                                      # pack growth:25
        why: "Whoever owns these files keeps them running, and the change comes from somebody else."  # pack growth:26
      - id: secrets  # locked by acme.yml:15                                # acme.yml:15
        when: { paths: ["*.key"] }                                          # acme.yml:15
        sign_off: [payments]                                                # acme.yml:15
        checklist: ["Keys: none of ours"]                                   # own.yml:9
        enforce: review                                                     # default
    "#);
    insta::assert_snapshot!(explain(None, None, HERE).unwrap(), @r#"
    extends: [startup]                                                      # no rules file:2
    mode: shadow                                                            # no rules file:3
    rules:
      - id: crossing                                                        # no rules file:2
        when: { crosses: team }                                             # pack startup:12
        enforce: advise                                                     # pack startup:13
        sign_off: lead                                                      # pack startup:14
        why: "This change touches files of several teams; their leads should know that it is coming."  # pack startup:15
      - id: foreign-change                                                  # no rules file:2
        when: { foreign: true }                                             # pack startup:20
        enforce: advise                                                     # pack startup:21
        sign_off: lead                                                      # pack startup:22
        why: "Whoever owns these files keeps them running; they should see a change that comes from another team."  # pack startup:23
    "#);
}

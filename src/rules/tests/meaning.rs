//! What a file that is right means.

use super::super::*;
use super::accepted::shown;

pub(super) fn rules(text: &str) -> Rules {
    parse(text.as_bytes()).unwrap_or_else(|problems| panic!("{}", shown(&problems))).rules
}

fn rule<'a>(rules: &'a Rules, id: &str) -> &'a Rule {
    rules.rules.iter().find(|rule| rule.id == id).unwrap_or_else(|| panic!("no rule {id}"))
}

#[test]
fn defaults() {
    let rules = rules("version: 1\nrules: [{ id: crossing, when: { crosses: team } }]");
    assert_eq!(rules.mode, Mode::On);
    assert_eq!(rules.reviewers, Reviewers::default());
    assert!(rules.skip.is_none() && rules.branches.is_empty() && rules.adr_paths.is_empty() && rules.later.is_empty());
    let rule = rule(&rules, "crossing");
    assert_eq!((rule.enforce, &rule.sign_off), (Enforce::Review, &SignOff::Scope));
    assert_eq!(rule.when.crosses, Some(Crosses::Team));
    assert_eq!(rule.place, Place::new(2, 9));
}

#[test]
fn what_yaml_takes_for_true_is_on() {
    for (written, mode) in [
        ("on", Mode::On),
        ("true", Mode::On),
        ("yes", Mode::On),
        ("\"on\"", Mode::On),
        ("shadow", Mode::Shadow),
        ("advise", Mode::Advise),
    ] {
        assert_eq!(rules(&format!("version: 1\nmode: {written}\n")).mode, mode, "{written}");
    }
}

#[test]
fn numbers_are_kept_as_written() {
    let rules =
        rules("version: 1\nrules: [{ id: 007, when: { labels: [1.10, yes] }, adrs: [0007, 7, ADR-0002, 1_0] }]");
    let rule = rule(&rules, "007");
    assert_eq!(rule.adrs, ["0007", "7", "ADR-0002", "1_0"]);
    assert_eq!(rule.when.labels.as_ref().map(PatternSet::written), Some(&["1.10".to_owned(), "yes".to_owned()][..]));
}

#[test]
fn handles_with_and_without_the_sign() {
    let rules = rules(
        "version: 1\norganization: { architects: [acme/council, \"@ada\", grace] }\nteams: { payments: { leads: \"@maria\" } }\n\
         skip: { author: [\"@renovate[bot]\", \"!@ada\"] }\nreviewers: { never: [bob] }\n",
    );
    let council: Vec<&str> = rules.council.iter().map(Handle::as_str).collect();
    assert_eq!(council, ["@acme/council", "@ada", "@grace"]);
    assert_eq!(rules.teams["payments"].leads, [Handle::new("maria")]);
    assert_eq!(rules.reviewers.never, [Handle::new("bob")]);
    let author = rules.skip.and_then(|skip| skip.author).unwrap();
    assert!(author.matches("renovate[bot]") && !author.matches("ada"));
}

#[test]
fn a_team_is_found_by_its_name_on_github() {
    let rules = rules(
        "version: 1\nteams:\n  buyers: { github: \"@acme/Payments\" }\n  ledger: {}\n  \"@acme/odd\": {}\n\
         services:\n  a: { team: acme/payments, paths: [a/] }\n  b: { team: \"@acme/ledger\", paths: [b/] }\n\
         \x20 c: { team: [\"@acme/strange\", buyers, \"@acme/payments\"], paths: [c/] }\n  d: { team: acme/odd, paths: [d/] }\n\
         rules: [{ id: a, when: { teams: [\"@acme/payments\", \"!acme/ledger\"] }, sign_off: [acme/payments, ledger, acme/other, maria] }]\n",
    );
    let owners: Vec<&[String]> = rules.services.iter().map(|service| &service.teams[..]).collect();
    assert_eq!(owners, [&["buyers"][..], &["ledger"], &["@acme/strange", "buyers"], &["@acme/odd"]]);
    assert_eq!(rules.teams["@acme/strange"].github, Some(Handle::new("@acme/strange")));
    let teams = rule(&rules, "a").when.teams.as_ref().unwrap();
    assert_eq!(teams.written(), ["buyers", "!ledger"]);
    let named = [
        Named::Team("buyers".to_owned()),
        Named::Team("ledger".to_owned()),
        Named::Handle(Handle::new("@acme/other")),
        Named::Handle(Handle::new("@maria")),
    ];
    assert_eq!(rule(&rules, "a").sign_off, SignOff::Named(named.to_vec()));
}

#[test]
fn without_declared_teams_any_name_is_one() {
    let rules = rules("version: 1\nservices: { checkout: { team: payments, paths: checkout/ } }\n");
    assert_eq!(rules.services[0].teams, ["payments"]);
    assert_eq!(rules.teams.keys().collect::<Vec<_>>(), ["payments"]);
}

#[test]
fn architects_may_be_a_team_of_the_file() {
    let rules = rules(
        "version: 1\ndomains: { commerce: { teams: [payments], architects: [board] } }\nteams: { board: { github: acme/the-board } }\n",
    );
    assert_eq!(rules.domains["commerce"].architects, [Handle::new("@acme/the-board")]);
}

#[test]
fn services_keep_the_order_of_the_file() {
    let rules = rules(
        "version: 1\nroots: [services/*/, \"!services/legacy/\"]\nservices:\n  zeta: { shared: true }\n  alpha: { paths: [./src/, /proto/], tier: core }\n  mid:\n",
    );
    let names: Vec<&str> = rules.services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["zeta", "alpha", "mid"]);
    assert!(rules.services[0].shared && rules.services[0].paths.is_none());
    let paths = rules.services[1].paths.as_ref().unwrap();
    assert!(paths.matches("services/alpha/src/main.rs") && paths.matches("proto/a.proto"));
    assert!(!paths.matches("services/alpha/README.md") && !paths.matches("src/main.rs"));
    let [root] = rules.roots.as_slice() else { panic!("{:?}", rules.roots) };
    assert_eq!((root.written.as_str(), root.depth), ("services/*", 2));
    assert!(root.folders.matches("services/checkout") && !root.folders.matches("services/legacy"));
    assert!(!root.folders.matches("x/services/checkout"));
}

#[test]
fn folders_of_records_lose_their_slashes() {
    assert_eq!(rules("version: 1\nadrs: { paths: [docs/adr/, ./x, /y/, docs/adr] }").adr_paths, ["docs/adr", "x", "y"]);
}

#[test]
fn a_rule_lies_over_that_of_its_pack_key_by_key() {
    let text = "version: 1\nextends: [startup]\nteams: { payments: { leads: [maria] } }\n\
                rules:\n  - { id: mine, when: { rules: true } }\n  - { id: crossing, adrs: [ADR-0002] }\n  - { id: foreign-change, enforce: none }\n";
    let rules = rules(text);
    let ids: Vec<&str> = rules.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["crossing", "foreign-change", "mine"]);
    let crossing = rule(&rules, "crossing");
    assert_eq!(crossing.adrs, ["ADR-0002"]);
    assert_eq!((crossing.enforce, &crossing.sign_off), (Enforce::Advise, &SignOff::Level(Level::Lead)));
    assert_eq!(crossing.when.crosses, Some(Crosses::Team));
    assert_eq!(crossing.place.line, 6);
    assert_eq!(rule(&rules, "foreign-change").enforce, Enforce::None);
    assert_eq!(rules.extends, ["startup"]);
}

#[test]
fn startup_without_a_file_is_shadow_and_asks_the_owners() {
    let rules = startup();
    assert_eq!(rules.mode, Mode::Shadow);
    assert!(rules.domains.is_empty() && rules.later.is_empty());
    let asked: Vec<_> = rules.rules.iter().map(|rule| (rule.id.as_str(), rule.enforce, &rule.sign_off)).collect();
    let team = SignOff::Level(Level::Team);
    assert_eq!(asked, [("crossing", Enforce::Advise, &team), ("foreign-change", Enforce::Advise, &team)]);
    assert!(rules.rules.iter().all(|rule| rule.why.is_some() && rule.later().is_empty()));
}

const ONE: &str = "version: 1
rules:
  - id: a
    when: { paths: [docs/], not: { author: [bot], labels: wip } }
    enforce: advise
    sign_off: [\"@Maria\", tomas]
    adrs: [ADR-0001]
    checklist: [Look at it, { text: Look again, by: domain }]
    allow: [{ paths: [docs/x/], until: 2027-03-31, why: because }]
";

fn text(file: &str) -> String {
    rule(&rules(file), "a").text.clone()
}

#[test]
fn the_effective_text_is_the_same_however_it_is_written() {
    let same = "# a comment
rules:

    -   allow:
          why: another reason
          until: \"2027-03-31\"
          paths: docs/x/
        checklist:
          - \"Look at it\"
          - by:   domain   # theirs
            text: Look again
        adrs: [\"ADR-0001\"]
        sign_off: [ tomas, maria ]
        enforce:  advise
        why: It may be said in other words.
        when:
          not:
            labels: [wip]
            author: \"@bot\"
          paths:
            - docs/
        id: a
version: 1
";
    assert_eq!(text(same), text(ONE));
    let explicit =
        "version: 1\nrules: [{ id: a, when: { rules: yes }, enforce: review, sign_off: scope, allow: [], adrs: [] }]";
    assert_eq!(text(explicit), text("version: 1\nrules: [{ id: a, when: { rules: true } }]"));
}

#[test]
fn the_effective_text_changes_with_whatever_changes_what_is_asked() {
    for (from, to) in [
        ("[docs/]", "[doc/]"),
        ("[docs/]", "[docs/, x/]"),
        ("[bot]", "[robot]"),
        ("labels: wip", "base: wip"),
        ("advise", "review"),
        ("tomas", "ines"),
        ("ADR-0001", "ADR-0003"),
        ("Look at it", "Look at this"),
        ("by: domain", "by: team"),
        ("docs/x/", "docs/y/"),
        ("2027-03-31", "2027-04-30"),
        ("    enforce", "    needs_adr: true\n    enforce"),
    ] {
        assert!(ONE.contains(from), "{from}");
        assert_ne!(text(&ONE.replace(from, to)), text(ONE), "{from} -> {to}");
    }
    insta::assert_snapshot!(text(ONE), @r#"{"adrs":["ADR-0001"],"allow":[{"paths":["docs/x/"],"until":"2027-03-31"}],"checklist":[{"text":"Look at it"},{"by":"domain","text":"Look again"}],"enforce":"advise","sign_off":["@maria","@tomas"],"when":{"not":{"author":["bot"],"labels":["wip"]},"paths":["docs/"]}}"#);
}

#[test]
fn a_byte_order_mark_and_carriage_returns_change_nothing() {
    let dressed = format!("\u{feff}{}", ONE.replace('\n', "\r\n"));
    let (plain, dressed) = (rules(ONE), rules(&dressed));
    assert_eq!(plain.rules[0].text, dressed.rules[0].text);
    assert_eq!(plain.rules[0].place, dressed.rules[0].place);
}

#[test]
fn later_keys_are_named_where_they_stand() {
    let rules = rules(
        "version: 1\nskip: { new_service: true }\nrules:\n  - id: a\n    when: { any: [{ imports: internals }, { not: { contract: breaking } }], adr: [accepted] }\n    needs_adr: true\n",
    );
    assert_eq!(rules.rules[0].later(), ["adr", "contract", "imports", "needs_adr"]);
    assert_eq!(rules.skip.unwrap().later, ["new_service"]);
    assert_eq!(rules.later, ["skip: new_service"]);
}

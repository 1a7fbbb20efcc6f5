//! What lint says of small repositories, as people read it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::adr::Index;
use crate::ownership::Codeowners;
use crate::review::{Attributes, Membership, RulesFrom};
use crate::rules::{Handle, Rules};

/// A repository: its rules, CODEOWNERS, files and records.
struct Shop<'a> {
    rules: Option<&'a str>,
    codeowners: Option<(&'a str, &'a str)>,
    files: Vec<String>,
    records: Vec<(&'a str, &'a str)>,
    people: Option<People>,
}

impl<'a> Shop<'a> {
    fn with(rules: &'a str, files: &[&str]) -> Self {
        let files = files.iter().map(|path| (*path).to_owned()).collect();
        Self { rules: Some(rules), codeowners: None, files, records: Vec::new(), people: None }
    }

    fn owned(codeowners: &'a str, files: &[&str]) -> Self {
        let files = files.iter().map(|path| (*path).to_owned()).collect();
        let codeowners = Some((".github/CODEOWNERS", codeowners));
        Self { rules: None, codeowners, files, records: Vec::new(), people: None }
    }

    fn problems(&self) -> Vec<Problem> {
        let parsed = self.rules.map(|text| rules::parse(text.as_bytes()));
        let (rules, said) = match parsed {
            Some(Ok(parsed)) => (parsed.rules, parsed.warnings),
            Some(Err(problems)) => (Rules::default(), problems),
            None => (Rules::default(), Vec::new()),
        };
        let records: Vec<(String, Vec<u8>)> =
            self.records.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
        let basis = Basis {
            commit: "c".to_owned(),
            owner: Some("acme".to_owned()),
            rules,
            rules_from: RulesFrom::File(RULES_PATH.to_owned()),
            rules_digest: String::new(),
            codeowners: self.codeowners.map(|(path, text)| Codeowners::parse(path, text.as_bytes())),
            attributes: Attributes::default(),
            adrs: Index::build(&records),
            says: String::new(),
        };
        lint(Input {
            basis: &basis,
            rules: self.rules.map(|text| RulesText { path: "m.yml", text: text.as_bytes(), problems: &said }),
            listing: Some(&self.files),
            default_branch: Some("main"),
            today: NaiveDate::from_ymd_opt(2026, 11, 28).unwrap(),
            people: self.people.as_ref(),
        })
    }

    /// One problem a line: place, severity, code, message.
    fn said(&self) -> String {
        let line = |problem: &Problem| {
            let place = problem.place.map_or(String::new(), |place| format!(":{}:{}", place.line, place.column));
            let severity = format!("{:?}", problem.severity).to_lowercase();
            format!("{}{place} {severity} {}: {}", problem.file, problem.code.as_str(), problem.message)
        };
        self.problems().iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

const FILES: [&str; 8] = [
    "README.md",
    "docs/guide.md",
    "docs/adr/0001-first.md",
    "services/checkout/main.go",
    "services/checkout/api/v1.proto",
    "services/ledger/main.go",
    "services/ledger/api/deep/v1.proto",
    "proto/ledger.proto",
];

#[test]
fn what_is_right_is_passed_over() {
    let rules = r#"version: 1
adrs: { paths: [docs/adr/] }
organization: { architects: [acme/council] }
domains: { commerce: { teams: [payments, ledger], architects: [acme/architects] } }
roots: [services/*/]
services:
  root: { team: payments, paths: ["/*", /docs/], shared: true }
  checkout: { team: payments, tier: critical, public: [./api/] }
  ledger: { team: ledger, public: [./api/] }
  proto: { team: [payments, ledger], paths: [/proto/] }
rules:
  - id: crossing
    when: { crosses: team }
    adrs: ["0001"]
  - id: contract
    when: { paths: ["**/*.proto", "**/openapi.{yml,json}"] }
    sign_off: domain
    allow: [{ paths: [services/checkout/], until: 2027-03-31, why: later }]
  - id: outside
    when: { paths: ["**", "!docs/"], tiers: [critical], size: { files: 50 } }
skip: { author: ["renovate[bot]"] }
"#;
    let mut shop = Shop::with(rules, &FILES);
    shop.records = vec![("docs/adr/0001-first.md", "# 1. First\n\n## Status\n\nAccepted\n")];
    assert_eq!(shop.said(), "");
}

#[test]
fn patterns_that_match_nothing_or_less_than_they_look_like() {
    let rules = r#"version: 1
organization: { architects: [acme/council] }
roots: [services/*/, apps/*/]
services:
  checkout: { team: payments, public: [./apis/] }
  ledger: { team: ledger, paths: [/services/ledgr/, services/ledger/] }
  docs: { team: payments, paths: [docs/*, Docs/Guide.md, README.md] }
  rest: { team: ledger, paths: [/proto/, "/services/checkout/"] }
rules:
  - id: contract
    when: { any: [{ paths: ["**/*.proto", "**/*.thrift", /protos/] }, { paths: [gone/, lost/] }] }
    allow: [{ paths: ["*.thrift"] }]
skip: { paths: ["**", "!/ci/"] }
"#;
    insta::assert_snapshot!(Shop::with(rules, &FILES).said(), @"");
}

#[test]
fn names_that_stand_in_many_places() {
    let mut files = vec!["docs/a.md".to_owned()];
    files.extend((0..7).map(|number| format!("services/s{number}/docs/a.md")));
    files.extend((0..7).map(|number| format!("services/s{number}/test/a.md")));
    let rules = "version: 1
services:
  docs: { team: writers, paths: [docs/] }
  tests: { team: testers, paths: [test/] }
";
    let mut shop = Shop::with(rules, &[]);
    shop.codeowners = Some(("CODEOWNERS", "docs @acme/writers\n/docs/ @acme/writers\n"));
    shop.files = files;
    insta::assert_snapshot!(shop.said(), @"");
}

#[test]
fn services_without_files_and_those_that_later_ones_take() {
    let rules = r#"version: 1
roots: [services/*/]
services:
  billing: { team: payments }
  gone: { team: payments, paths: [/gone/, /lost/] }
  api: { team: payments, paths: ["api/"] }
  proto: { team: payments, paths: ["*.proto"] }
  all: { team: ledger, paths: [/services/] }
"#;
    insta::assert_snapshot!(Shop::with(rules, &FILES).said(), @"");
}

#[test]
fn conditions_that_never_hold() {
    let rules = r#"version: 1
organization: { architects: [acme/council] }
branches: ["release/*"]
services:
  a: { team: payments, paths: ["**"] }
  b: { team: ledger, tier: core, paths: [/services/ledger/] }
rules:
  - { id: one, when: { crosses: domain } }
  - { id: two, when: { unowned: true, foreign: true } }
  - { id: three, when: { base: [develop] } }
  - { id: four, when: { base: ["release/1", develop] } }
  - { id: five, when: { base: [main] } }
  - { id: six, when: { paths: [/docs/], teams: [ledger] } }
  - { id: seven, when: { services: [b], teams: [ledger], paths: [/services/] } }
  - { id: eight, when: { services: [a], tiers: [core] } }
  - { id: nine, when: { any: [{ crosses: domain }, { paths: [/docs/], teams: [ledger] }] } }
  - { id: ten, when: { any: [{ crosses: domain }, { paths: [/docs/] }] } }
  - { id: eleven, when: { paths: [/docs/], not: { paths: ["**"] } } }
  - { id: twelve, when: { unowned: true, paths: [/docs/] } }
  - { id: off, when: { crosses: domain }, enforce: none }
"#;
    insta::assert_snapshot!(Shop::with(rules, &FILES).said(), @"");
    let one = "version: 1
organization: { architects: [acme/council] }
domains: { only: { teams: [payments] } }
services: { all: { team: payments, paths: [\"**\"] } }
rules: [{ id: a, when: { crosses: team } }, { id: b, when: { crosses: domain } }]
";
    insta::assert_snapshot!(Shop::with(one, &FILES).said(), @"");
}

#[test]
fn rules_that_their_author_can_avoid() {
    let rules = r#"version: 1
organization: { architects: [acme/council] }
services:
  a: { team: payments, paths: ["**"] }
  b: { team: ledger, paths: [/services/ledger/] }
rules:
  - { id: labelled, when: { labels: [needs-review], paths: [/docs/] } }
  - { id: titled, when: { all: [{ title: "^feat" }, { paths: [/docs/] }] }, enforce: block }
  - { id: unlabelled, when: { paths: [/docs/], not: { labels: [trivial] } } }
  - { id: grown, when: { paths: [/docs/], not: { size: { files: 50 } } } }
  - { id: mine, when: { paths: [/docs/], not: { author: [maria] } } }
  - { id: bots, when: { paths: [/docs/], not: { author: ["renovate[bot]"] } } }
  - { id: large, when: { size: { files: 50 } } }
  - { id: either, when: { any: [{ labels: [x] }, { paths: [/docs/] }] } }
  - { id: narrow, when: { paths: [/docs/], not: { labels: [x], paths: [/docs/guide.md] } } }
  - { id: advice, when: { labels: [x] }, enforce: advise }
skip: { any: [{ labels: [skip-review] }, { paths: [/docs/] }] }
"#;
    insta::assert_snapshot!(Shop::with(rules, &FILES).said(), @"");
}

#[test]
fn names_that_nothing_has() {
    let rules = r#"version: 1
organization: { architects: [acme/council] }
domains: { commerce: { teams: [payments, ledger], architects: [acme/architects] } }
roots: [services/*/]
services:
  checkout: { team: payments, tier: core }
  ledger: { team: payments }
rules:
  - { id: services, when: { services: [checkout, "shop-*", ledgre, fraud] } }
  - { id: teams, when: { teams: [ledger, "pay*"] } }
  - { id: others, when: { any: [{ domains: ["plat*"] }, { tiers: [critical, core] }] } }
"#;
    insta::assert_snapshot!(Shop::with(rules, &FILES).said(), @"");
}

#[test]
fn records_that_are_not_what_they_were() {
    let rules = r#"version: 1
organization: { architects: [acme/council] }
services: { a: { team: x, paths: [/services/checkout/] }, b: { team: y, paths: ["/*", /docs/, /proto/, /services/ledger/] } }
rules:
  - { id: a, when: { crosses: team }, adrs: [1, ADR-2, 3] }
  - { id: b, when: { crosses: team }, adrs: ["0009", /docs/adr/0001-first.md, ../0001.md] }
  - { id: c, when: { crosses: team }, adrs: ["0004"] }
"#;
    let mut shop = Shop::with(rules, &FILES);
    shop.records = vec![
        ("docs/adr/0001-first.md", "# 1. First\n\n## Status\n\nSuperseded by [2](0002-second.md)\n"),
        ("docs/adr/0002-second.md", "# 2. Second\n\n## Status\n\nAccepted\n"),
        ("docs/adr/0003-third.md", "# 3. Third\n\n## Status\n\nRejected\n"),
        ("docs/adr/0004-a.md", "# 4. A\n\n## Status\n\nAccepted\n"),
        ("docs/adr/more/0004-b.md", "# 4. B\n\n## Status\n\nAccepted\n"),
    ];
    insta::assert_snapshot!(shop.said(), @"");
}

#[test]
fn what_is_due() {
    let rules = r#"version: 1
organization: { architects: [acme/council] }
services: { a: { team: x, paths: [/services/checkout/] }, b: { team: y, paths: ["/*", /docs/, /proto/, /services/ledger/] } }
rules:
  - { id: never, when: { crosses: team }, every: 3 months }
  - { id: late, when: { crosses: team }, every: 3 months, reviewed: 2026-08-01 }
  - { id: fine, when: { crosses: team }, every: 3 months, reviewed: 2026-09-01 }
  - { id: ahead, when: { crosses: team }, every: 1 year, reviewed: 2027-09-01 }
  - id: excepted
    when: { crosses: team }
    allow:
      - { paths: [/docs/], until: 2026-11-27 }
      - { paths: [/docs/], until: 2026-11-28 }
      - { paths: [/docs/], until: 2026-12-28 }
      - { paths: [/docs/], until: 2026-12-29 }
"#;
    insta::assert_snapshot!(Shop::with(rules, &FILES).said(), @"");
}

#[test]
fn sign_offs_that_nobody_can_give() {
    let rules = r#"version: 1
domains:
  commerce: { teams: [payments] }
  platform: { teams: [ledger], architects: [acme/platform] }
services:
  a: { team: payments, paths: ["**"] }
  b: { team: ledger, paths: [/services/ledger/] }
rules:
  - { id: council, when: { paths: [/docs/] }, sign_off: organization }
  - { id: domain, when: { paths: [/docs/] }, sign_off: domain }
  - { id: covered, when: { paths: [/services/ledger/] }, sign_off: domain }
  - { id: scope, when: { crosses: team } }
  - { id: lead, when: { foreign: true }, sign_off: lead }
  - { id: owner, when: { foreign: true }, sign_off: team }
  - { id: named, when: { foreign: true }, sign_off: [maria] }
  - { id: advice, when: { paths: [/docs/] }, sign_off: organization, enforce: advise }
"#;
    insta::assert_snapshot!(Shop::with(rules, &FILES).said(), @"");
    let council = format!("{rules}organization: {{ architects: [acme/council] }}\n");
    assert_eq!(Shop::with(&council, &FILES).said(), "");
}

#[test]
fn people_as_github_knows_them() {
    let rules = r#"version: 1
organization: { architects: [acme/council] }
domains: { commerce: { teams: [payments, ledger], architects: [acme/architects, "@bob"] } }
teams: { payments: { leads: [maria] } }
services: { a: { team: payments, paths: ["**"] } }
rules: [{ id: a, when: { size: { files: 9 } }, sign_off: [ghost] }]
"#;
    let mut shop = Shop::with(rules, &FILES);
    shop.codeowners = Some(("CODEOWNERS", "* @acme/payments\n/docs/ @acme/nobody docs@acme.com\n"));
    let gone = |name: &str| (Handle::new(name), Membership::Unresolvable(format!("there is no {name}")));
    let of = |name: &str, members: &[&str]| {
        (Handle::new(name), Membership::Members(members.iter().map(|one| (*one).to_owned()).collect::<BTreeSet<_>>()))
    };
    let known = BTreeMap::from([
        gone("@acme/council"),
        of("@acme/architects", &[]),
        gone("@bob"),
        of("@acme/payments", &["maria"]),
        of("@maria", &["maria"]),
        (Handle::new("@acme/ledger"), Membership::Unknown("an outage".to_owned())),
        gone("@ghost"),
        gone("@acme/nobody"),
    ]);
    shop.people = Some(People { known });
    insta::assert_snapshot!(shop.said(), @"");
}

#[test]
fn traps_of_codeowners() {
    let codeowners = "\
* @acme/all
/services/checkout/api/ @acme/api
*.proto @acme/api
/services/ @acme/services
/docs/* @acme/writers
docs/adr/ @acme/writers
/Services/Ledger/ @acme/ledger
/service/ledger/ @acme/ledger
/proto/*.proto @acme/api
/proto/ledger.proto @ACME/api
!/docs/ @acme/x
/docs/ @acme/writers,
";
    let mut files = FILES.to_vec();
    files.extend(["CODEOWNERS", "docs/a/b/c.md", "other/a.proto", "other/b.proto", ".github/CODEOWNERS"]);
    insta::assert_snapshot!(Shop::owned(codeowners, &files).said(), @"");
}

#[test]
fn lines_whose_order_matters() {
    let files =
        ["a.proto", "src/a/b.proto", "src/a/c.proto", "src/a/d", "src/a/e", "src/a/db/f", "src/a/db/g", "src/x/db/f"];
    let codeowners = "\
*.proto @acme/api
src/*/db/ @acme/data
/src/a/ @acme/a
*.md @acme/writers
";
    insta::assert_snapshot!(Shop::owned(codeowners, &files).said(), @"");
    // Where the line that takes them names nobody, or the same owners, that is meant.
    let meant = codeowners.replace("/src/a/ @acme/a", "/src/a/").replace("*.md @acme/writers\n", "");
    assert_eq!(Shop::owned(&meant, &files).said(), "");
}

#[test]
fn the_trap_of_direct_children_is_one_problem_where_many_lines_have_it() {
    let mut files: Vec<String> = Vec::new();
    let mut codeowners = String::new();
    for number in 0..7 {
        files.push(format!("components/c{number}/a.py"));
        files.push(format!("components/c{number}/deep/a.py"));
        codeowners.push_str(&format!("components/c{number}/* @acme/t{number}\n"));
    }
    let mut shop = Shop::owned(&codeowners, &[]);
    shop.files = files;
    insta::assert_snapshot!(shop.said(), @"");
    // Where a line further down has what lies deeper, that is on purpose.
    let meant = "/docs/ @acme/all\n/docs/* @acme/writers\n/docs/adr/ @acme/architects\n";
    assert_eq!(Shop::owned(meant, &["docs/a.md", "docs/adr/1.md"]).said(), "");
}

#[test]
fn a_broken_file_is_not_looked_into() {
    let mut shop = Shop::with("version: 1\nruless: []\n", &FILES);
    shop.codeowners = Some(("CODEOWNERS", "/gone/ @acme/x\n* @acme/x\n"));
    insta::assert_snapshot!(shop.said(), @"");
}

#[test]
fn hostile_files_cost_little() {
    let files: Vec<String> = (0..20_000).map(|number| format!("{}x{number}", "a/".repeat(number % 12))).collect();
    let patterns: Vec<String> =
        (0..2_000).map(|number| format!("\"{}*{number}*\"", ["**/a/**/", "*/a/", "a*/"][number % 3])).collect();
    let services: Vec<String> = (0..2_000)
        .map(|number| format!("  s{number}: {{ team: t, paths: [\"**/a*/**\", \"!a{number}/\"] }}"))
        .collect();
    let rules: Vec<String> = (0..500)
        .map(|number| {
            format!("  - {{ id: r{number}, when: {{ paths: [\"**\", \"!x{number}\"], services: [\"s*\"] }} }}")
        })
        .collect();
    let rules = format!(
        "version: 1\nservices:\n{}\nskip: {{ paths: [{}] }}\nrules:\n{}\n",
        services.join("\n"),
        patterns.join(", "),
        rules.join("\n")
    );
    let codeowners: String = (0..10_000).map(|number| format!("*{number}* @a\n**/a/**/{number} @b\n")).collect();
    let mut shop = Shop::with(&rules, &[]);
    shop.codeowners = Some(("CODEOWNERS", &codeowners));
    shop.files = files;
    let problems = shop.problems();
    assert!(problems.iter().any(|problem| problem.code == Code::TooMuch));
    assert!(problems.len() < 5_000, "{}", problems.len());
}

proptest! {
    /// Whatever the files say, lint answers, in one order, and points into them.
    #[test]
    fn never_panics(
        patterns in prop::collection::vec("[!]?[/.]?[ab]{1,2}(/[ab*]{1,2}){0,2}/?", 1..5),
        owners in prop::collection::vec("[/]?[ab*]{1,2}(/[ab*]{1,2}){0,2}/?", 0..5),
        mut files in prop::collection::vec("[ab]{1,2}(/[ab]{1,2}){0,3}", 0..8),
    ) {
        let list: Vec<String> = patterns.iter().map(|pattern| format!("{pattern:?}")).collect();
        let list = list.join(", ");
        let rules = format!(
            "version: 1\nroots: [a/*/]\nservices:\n  a: {{ team: x, paths: [{list}] }}\n  b: {{ team: y, public: [{list}] }}\nrules:\n  - {{ id: r, when: {{ paths: [{list}], services: [a] }}, allow: [{{ paths: [{list}], until: 2026-12-01 }}] }}\n"
        );
        let codeowners: String = owners.iter().map(|pattern| format!("{pattern} @a\n")).collect();
        let mut shop = Shop::with(&rules, &[]);
        shop.codeowners = Some(("CODEOWNERS", &codeowners));
        shop.files = files.clone();
        let said = shop.problems();
        files.reverse();
        shop.files = files;
        prop_assert_eq!(&said, &shop.problems());
        for problem in said {
            let text = if problem.file == "m.yml" { &rules } else { &codeowners };
            let lines = text.lines().count() as u32;
            prop_assert!(problem.place.is_none_or(|place| (1..=lines).contains(&place.line)), "{:?}", problem);
        }
    }
}

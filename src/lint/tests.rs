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
        self.problems_within(ground::STEPS)
    }

    fn problems_within(&self, steps: u64) -> Vec<Problem> {
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
            organisation: None,
            codeowners: self.codeowners.map(|(path, text)| Codeowners::parse(path, text.as_bytes())),
            attributes: Attributes::default(),
            adrs: Index::build(&records),
            says: String::new(),
        };
        let input = Input {
            basis: &basis,
            rules: self.rules.map(|text| RulesText { path: "m.yml", text: text.as_bytes(), problems: &said }),
            listing: Some(&self.files),
            default_branch: Some("main"),
            today: NaiveDate::from_ymd_opt(2026, 11, 28).unwrap(),
            people: self.people.as_ref(),
        };
        within(input, steps)
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
    insta::assert_snapshot!(Shop::with(rules, &FILES).said(), @r#"
    m.yml:3:22 warning pattern-matches-nothing: no folder is under the root `apps/*`: no service comes from it
    m.yml:5:3 warning never-wins: the service `checkout` never owns a file: later entries (`rest`) take the same paths, and the last entry that matches wins; move it below them, or take it away
    m.yml:6:35 warning pattern-matches-nothing: `/services/ledgr/` in the service `ledger` matches no file; did you mean `/services/ledger/`?
    m.yml:7:35 warning direct-children-only: `docs/*` in the service `docs` is what lies directly in that folder; 1 file further down is left out, as `docs/adr/0001-first.md`: write `docs/` if they are meant too
    m.yml:7:43 warning pattern-matches-nothing: `Docs/Guide.md` in the service `docs` matches no file; letter case counts, and there is `docs/guide.md`: write it as that is written
    m.yml:11:58 warning pattern-matches-nothing: `/protos/` in the rule `contract` matches no file; did you mean `/proto/`?
    m.yml:11:73 warning pattern-matches-nothing: none of the 2 patterns in the rule `contract` matches a file; mend it, or take it away
    m.yml:12:23 warning pattern-matches-nothing: `*.thrift` in `allow` of the rule `contract` matches no file; mend it, or take it away
    m.yml:13:23 warning pattern-matches-nothing: `!/ci/` takes nothing out of `skip`: no file is under it; mend it, or take it away
    m.yml note file-without-owner: 1 of 8 files has no owner, in `docs/adr/` (1): nobody is asked about them, and they make no crossing; name them in `services` or CODEOWNERS if somebody keeps them
    "#);
}

#[test]
fn a_rule_that_keeps_something_away_may_name_what_is_not_there() {
    let rules = r#"version: 1
organization: { architects: [acme/council] }
services: { all: { team: a, paths: ["**"] } }
rules:
  - { id: keys, when: { paths: [/keys/, "*.pem"] }, enforce: block }
  - { id: key, when: { paths: [/secrets/] }, enforce: block }
  - { id: slip, when: { paths: [/servces/ledger/] }, enforce: block }
"#;
    insta::assert_snapshot!(Shop::with(rules, &FILES).said(), @r#"
    m.yml:7:33 warning pattern-matches-nothing: `/servces/ledger/` in the rule `slip` matches no file; did you mean `/services/ledger/`?
    "#);
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
    insta::assert_snapshot!(shop.said(), @r#"
    m.yml:3:34 warning pattern-in-many-places: `docs/` in the service `docs` means every folder of that name, and there are 8: `docs`, `services/s0/docs`, `services/s1/docs` and 5 more; write `/docs/` if the one at the top is meant
    CODEOWNERS:1:1 warning pattern-in-many-places: `docs` in this line means every folder of that name, and there are 8: `docs`, `services/s0/docs`, `services/s1/docs` and 5 more; write `/docs/` if the one at the top is meant
    "#);
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
    insta::assert_snapshot!(Shop::with(rules, &FILES).said(), @r#"
    m.yml:4:3 warning service-without-files: the service `billing` has no files: there is no folder of that name under `services/*`; mend the name, or give it `paths`
    m.yml:5:3 warning service-without-files: the service `gone` has no files: none is under `/gone/` and `/lost/`; mend its `paths`, or take it away
    m.yml:6:3 warning never-wins: the service `api` never owns a file: later entries (`all`) take the same paths, and the last entry that matches wins; move it below them, or take it away
    m.yml note file-without-owner: 3 of 8 files have no owner, most of them in the top (1), `docs/` (1), `docs/adr/` (1): nobody is asked about them, and they make no crossing; name them in `services` or CODEOWNERS if somebody keeps them
    "#);
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
    insta::assert_snapshot!(Shop::with(rules, &FILES).said(), @r#"
    m.yml:8:24 warning rule-never-matches: the rule `one` never matches: there are no `domains`, so everything is one; name them, or ask for `crosses: team`
    m.yml:9:24 warning rule-never-matches: the rule `two` never matches: `unowned` and `foreign` are asked of the same file, and what has no owner is nobody's; ask one of them, or put them under `any`
    m.yml:10:26 warning rule-never-matches: the rule `three` never matches: `develop` is no gated branch, and only pull requests into those are judged; add it to `branches`
    m.yml:13:16 warning rule-never-matches: the rule `six` never matches: `paths` and `teams` are asked of the same file, and there is none of which all hold; put them under `all` if different files are meant
    m.yml:15:18 warning rule-never-matches: the rule `eight` never matches: `services` and `tiers` are asked of the same file, and there is none of which all hold; put them under `all` if different files are meant
    m.yml:16:52 warning rule-never-matches: the rule `nine` never matches: `paths` and `teams` are asked of the same file, and there is none of which all hold; put them under `all` if different files are meant
    m.yml:18:44 warning rule-never-matches: the rule `eleven` never matches: `not` takes every path out
    m.yml:20:5 warning rules-file: rule `off` is switched off, and no pack has it: it can be taken away
    "#);
    let one = "version: 1
organization: { architects: [acme/council] }
domains: { only: { teams: [payments] } }
services: { all: { team: payments, paths: [\"**\"] } }
rules: [{ id: a, when: { crosses: team } }, { id: b, when: { crosses: domain } }]
";
    insta::assert_snapshot!(Shop::with(one, &FILES).said(), @r#"
    m.yml:5:26 warning rule-never-matches: the rule `a` never matches: `payments` owns every file that has an owner
    m.yml:5:62 warning rule-never-matches: the rule `b` never matches: every owner is in the one domain `only`; `crosses: team` is between its teams
    "#);
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
    insta::assert_snapshot!(Shop::with(rules, &FILES).said(), @r#"
    m.yml:7:29 warning author-switches-off: the author alone can switch the rule `labelled` off: a label can be left away; ask for what the change does, or make it `enforce: advise`
    m.yml:8:35 warning author-switches-off: the author alone can switch the rule `titled` off: a title can be worded otherwise; ask for what the change does, or make it `enforce: advise`
    m.yml:9:55 warning author-switches-off: the author alone can switch the rule `unlabelled` off: a label can be set; ask for what the change does, or make it `enforce: advise`
    m.yml:10:50 warning author-switches-off: the author alone can switch the rule `grown` off: a change can be made larger; ask for what the change does, or make it `enforce: advise`
    m.yml:11:49 warning author-switches-off: the author alone can switch the rule `mine` off: whoever is `maria` is never held by it; ask for what the change does, or make it `enforce: advise`
    m.yml:17:17 warning author-switches-off: the author alone can have a change skipped: a label can be set; skip by what the change does
    "#);
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
    insta::assert_snapshot!(Shop::with(rules, &FILES).said(), @r#"
    m.yml:9:50 warning name-matches-nothing: no service is called `shop-*`: mend it, or take it away
    m.yml:9:60 warning rules-file: no service `ledgre` stands under `services`; did you mean `ledger`? (A folder under `roots` may have that name.)
    m.yml:9:68 warning name-matches-nothing: no service is called `fraud`: mend it, or take it away
    m.yml:10:34 warning name-matches-nothing: no file is owned by a team called `ledger`: mend it, or take it away
    m.yml:11:45 warning name-matches-nothing: no domain is called `plat*`: mend it, or take it away
    m.yml:11:67 warning name-matches-nothing: no service has the tier `critical`: mend it, or take it away
    m.yml note file-without-owner: 4 of 8 files have no owner, most of them in the top (1), `docs/` (1), `docs/adr/` (1): nobody is asked about them, and they make no crossing; name them in `services` or CODEOWNERS if somebody keeps them
    "#);
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
    insta::assert_snapshot!(shop.said(), @r#"
    m.yml:5:46 warning record-not-in-force: the rule `a` names the decision record `1`, which was replaced by `docs/adr/0002-second.md`; name that one, or see whether the rule still holds
    m.yml:5:56 warning record-not-in-force: the rule `a` names the decision record `3`, which was rejected; see whether the rule still holds
    m.yml:6:46 warning record-missing: the rule `b` names the decision record `0009`, and there is none of that id, number or path; mend the name, or write the record
    m.yml:6:54 error record-path: the rule `b` names the decision record `/docs/adr/0001-first.md`: write its path from the top of the repository, without `.`, `..` or a `/` in front, like `docs/adr/0007-title.md`
    m.yml:6:79 error record-path: the rule `b` names the decision record `../0001.md`: write its path from the top of the repository, without `.`, `..` or a `/` in front, like `docs/adr/0007-title.md`
    m.yml:7:46 error record-ambiguous: the rule `c` names the decision record `0004`, and several have it: `docs/adr/0004-a.md` and `docs/adr/more/0004-b.md`; write the path of the one that is meant
    "#);
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
    insta::assert_snapshot!(Shop::with(rules, &FILES).said(), @r#"
    m.yml:5:43 warning rule-overdue: the rule `never` is to be looked at every 3 months and does not say when it was: add `reviewed: 2026-11-28` when it has been
    m.yml:6:59 warning rule-overdue: the rule `late` was to be looked at again by 2026-11-01: see whether it still holds, and say so with `reviewed: 2026-11-28`
    m.yml:8:58 warning rule-overdue: the rule `ahead` was looked at on 2027-09-01, which is yet to come: mend the date
    m.yml:12:28 warning exception-ends: an exception to the rule `excepted` ended on 2026-11-27 and does nothing any more: take it away, or say until when it goes on
    m.yml:13:28 warning exception-ends: an exception to the rule `excepted` ends today: mend what it is for, or say until when it goes on
    m.yml:14:28 warning exception-ends: an exception to the rule `excepted` ends on 2026-12-28, in 30 days: mend what it is for, or say until when it goes on
    "#);
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
    insta::assert_snapshot!(Shop::with(rules, &FILES).said(), @r#"
    m.yml:9:47 warning nobody-to-sign: the rule `council` asks for a sign-off that nobody can give: there is no council; name somebody under `organization.architects`
    m.yml:10:46 warning nobody-to-sign: the rule `domain` asks for a sign-off that nobody can give: for the files of `payments` there is neither an architect nor a council; name somebody under `organization.architects`
    m.yml:12:5 warning nobody-to-sign: the rule `scope` asks for a sign-off that nobody can give: what spans two domains goes to the council, and there is none; name somebody under `organization.architects`
    m.yml:13:42 warning nobody-to-sign: the rule `lead` asks for a sign-off that nobody can give: for the files of `payments` there is neither a lead nor an architect nor a council; name somebody under `organization.architects`
    "#);
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
    insta::assert_snapshot!(shop.said(), @r#"
    m.yml:2:17 warning nobody-to-sign: nobody can sign for the council: GitHub knows nobody behind `@acme/council`; what goes there is held until that is mended
    m.yml:2:30 error not-on-github: there is no @acme/council
    m.yml:3:51 warning nobody-to-sign: nobody can sign for the domain `commerce`: GitHub knows nobody behind `@acme/architects` and `@bob`; what goes there is held until that is mended
    m.yml:3:64 warning not-on-github: nobody is in `@acme/architects`: nobody can be asked in its name
    m.yml:3:81 error not-on-github: there is no @bob
    m.yml:6:59 error not-on-github: there is no @ghost
    CODEOWNERS:2:1 error not-on-github: there is no @acme/nobody
    "#);
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
    insta::assert_snapshot!(Shop::owned(codeowners, &files).said(), @r#"
    .github/CODEOWNERS:2:1 warning never-wins: `/services/checkout/api/` never decides: line 4 (`/services/`) below takes all that it matches (1 file), and the last line that matches wins; move this line below, or take it away
    .github/CODEOWNERS:5:1 warning direct-children-only: `/docs/*` is what lies directly in that folder; 1 file further down, as `docs/a/b/c.md`, goes to the owners of another line: write `/docs/` if it is meant too
    .github/CODEOWNERS:7:1 warning pattern-matches-nothing: `/Services/Ledger/` matches no file; letter case counts, and there is `services/ledger/api/deep/v1.proto`: write it as that is written
    .github/CODEOWNERS:8:1 warning pattern-matches-nothing: `/service/ledger/` matches no file; did you mean `/services/ledger/`?
    .github/CODEOWNERS:9:1 note never-wins: `/proto/*.proto` says nothing: line 10 (`/proto/ledger.proto`) below takes all of its files and names the same owners; one of them can go
    .github/CODEOWNERS:11:1 error codeowners-line: invalid pattern `!/docs/`: CODEOWNERS has no `!`; to take paths out again, write `/docs/` without owners in a later line. GitHub skips the whole line
    .github/CODEOWNERS:12:8 error codeowners-line: invalid owner `@acme/writers,`: owners are separated by spaces alone; write `@acme/writers`. GitHub skips the whole line
    CODEOWNERS warning codeowners-hidden: GitHub uses `.github/CODEOWNERS` alone and never reads `CODEOWNERS`: keep one of them
    "#);
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
    insta::assert_snapshot!(Shop::owned(codeowners, &files).said(), @r#"
    .github/CODEOWNERS:1:1 warning order-matters: 2 of the 3 files under `*.proto` go to line 3 (`/src/a/`), which stands further down and takes more: the last line that matches wins; move this line below it if its owners are to have them
    .github/CODEOWNERS:2:1 warning order-matters: 2 of the 3 files under `src/*/db/` go to line 3 (`/src/a/`), which stands further down and takes more: the last line that matches wins; move this line below it if its owners are to have them
    .github/CODEOWNERS:4:1 warning pattern-matches-nothing: `*.md` matches no file; mend it, or take it away
    "#);
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
    insta::assert_snapshot!(shop.said(), @r#"
    .github/CODEOWNERS:1:1 warning direct-children-only: 7 lines like this one end in `/*` and so leave out what lies in the folders below: 7 files, as `components/c0/deep/a.py`, do not go to the owners named; write `components/c0/` if they are meant too
    .github/CODEOWNERS note file-without-owner: 7 of 14 files have no owner, most of them in `components/c0/` (1), `components/c1/` (1), `components/c2/` (1): nobody is asked about them, and they make no crossing; name them in CODEOWNERS if somebody keeps them
    "#);
    // Where a line further down has what lies deeper, that is on purpose.
    let meant = "* @acme/all\n/docs/* @acme/writers\n/docs/adr/ @acme/architects\n";
    assert_eq!(Shop::owned(meant, &["a.md", "docs/a.md", "docs/adr/1.md"]).said(), "");
}

#[test]
fn a_broken_file_is_not_looked_into() {
    let mut shop = Shop::with("version: 1\nruless: []\n", &FILES);
    shop.codeowners = Some(("CODEOWNERS", "/gone/ @acme/x\n* @acme/x\n"));
    insta::assert_snapshot!(shop.said(), @r#"
    m.yml:2:1 error rules-file: unknown key `ruless` in a rules file; did you mean `rules`?
    CODEOWNERS:1:1 warning pattern-matches-nothing: `/gone/` matches no file; mend it, or take it away
    "#);
}

#[test]
fn hostile_files_cost_little() {
    let files: Vec<String> = (0..10_000).map(|number| format!("{}x{number}", "a/".repeat(number % 12))).collect();
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
    let problems = shop.problems_within(500_000);
    assert!(problems.iter().any(|problem| problem.code == Code::TooMuch));
    assert!(problems.len() < 5_000, "{}", problems.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

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

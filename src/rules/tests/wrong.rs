//! Files that are wrong, and what their authors are told.
//!
//! Each message is to say what is wrong, where, and what to write instead, to somebody who has never read this code.

use super::super::*;

/// Everything that is said of a file.
fn said(text: &str) -> String {
    let problems = match parse(text.as_bytes()) {
        Ok(parsed) => parsed.warnings,
        Err(problems) => problems,
    };
    show("merestone.yml", text, &problems)
}

#[test]
fn a_misspelt_team() {
    let text = "version: 1
domains:
  commerce: { teams: [payments, ledger] }
services:
  checkout: { team: paymnets, paths: [services/checkout/] }
  login: { team: identity, paths: [services/login/] }
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:5:21: error: unknown team `paymnets`; did you mean `payments`?
      |
    5 |   checkout: { team: paymnets, paths: [services/checkout/] }
      |                     ^

    merestone.yml:6:18: error: unknown team `identity`: name it under `teams` or in a domain
      |
    6 |   login: { team: identity, paths: [services/login/] }
      |                  ^
    ");
}

#[test]
fn misspelt_keys() {
    let text = "version: 1
moode: on
rules:
  - id: crossing
    when: { croses: team }
    signoff: lead
    banana: yes
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:2:1: error: unknown key `moode` in a rules file; did you mean `mode`?
      |
    2 | moode: on
      | ^

    merestone.yml:5:13: error: unknown key `croses` in `when`; did you mean `crosses`?
      |
    5 |     when: { croses: team }
      |             ^

    merestone.yml:6:5: error: unknown key `signoff` in a rule; did you mean `sign_off`?
      |
    6 |     signoff: lead
      |     ^

    merestone.yml:7:5: error: unknown key `banana` in a rule; it may have `id`, `when`, `enforce`, `sign_off`, `adrs`, `why`, `checklist`, `allow`, `needs_adr`, `every`, `reviewed` or `locked`
      |
    7 |     banana: yes
      |     ^
    ");
}

#[test]
fn other_misspelt_names() {
    let text = "version: 1
domains:
  commerce: { teams: [payments] }
teams:
  payments: { leads: [maria], decides: [crosing, nothing-like-it] }
services:
  checkout: { team: payments, tier: crtical, paths: [checkout/] }
rules:
  - id: crossing
    when: { services: [chekout], domains: [comerce], tiers: [crucial], teams: [paymnts] }
    sign_off: organisation
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:5:41: error: unknown rule `crosing`; did you mean `crossing`?
      |
    5 |   payments: { leads: [maria], decides: [crosing, nothing-like-it] }
      |                                         ^

    merestone.yml:5:50: warning: `nothing-like-it` decides nothing yet: no rule of this file or its packs has this id; it counts only where the organisation's file has one
      |
    5 |   payments: { leads: [maria], decides: [crosing, nothing-like-it] }
      |                                                  ^

    merestone.yml:7:37: error: unknown tier `crtical`; did you mean `critical`?
      |
    7 |   checkout: { team: payments, tier: crtical, paths: [checkout/] }
      |                                     ^

    merestone.yml:10:24: error: unknown service `chekout`; did you mean `checkout`?
       |
    10 |     when: { services: [chekout], domains: [comerce], tiers: [crucial], teams: [paymnts] }
       |                        ^

    merestone.yml:10:44: error: unknown domain `comerce`; did you mean `commerce`?
       |
    10 |     when: { services: [chekout], domains: [comerce], tiers: [crucial], teams: [paymnts] }
       |                                            ^

    merestone.yml:10:80: error: unknown team `paymnts`; did you mean `payments`?
       |
    10 |     when: { services: [chekout], domains: [comerce], tiers: [crucial], teams: [paymnts] }
       |                                                                                ^

    merestone.yml:11:15: error: unknown level `organisation`; did you mean `organization`?
       |
    11 |     sign_off: organisation
       |               ^
    ");
}

#[test]
fn a_handle_without_quotes() {
    let text = "version: 1
organization: { architects: [@acme/council] }
";
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:2:30: error: a value that begins with `@` needs quotes: "@acme/council", or leave the `@` out
      |
    2 | organization: { architects: [@acme/council] }
      |                              ^
    "#);
}

#[test]
fn a_pattern_that_begins_with_a_star() {
    let text = "version: 1
rules:
  - id: contracts
    when:
      paths:
        - docs/
        - **/*.proto
";
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:7:11: error: a value that begins with `*` needs quotes: "**/*.proto"
      |
    7 |         - **/*.proto
      |           ^
    "#);
}

#[test]
fn a_pattern_that_begins_with_an_exclamation_mark() {
    let text = r#"version: 1
rules:
  - id: outside
    when: { paths: ["**", !docs/] }
"#;
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:4:27: error: a value that begins with `!` needs quotes: "!docs/"
      |
    4 |     when: { paths: ["**", !docs/] }
      |                           ^
    "#);
}

#[test]
fn a_pattern_that_begins_with_a_brace() {
    let text = "version: 1
rules:
  - id: outside
    when:
      paths:
        - {a,b}/*.proto
";
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:6:11: error: a value that begins with `{` needs quotes: "{a,b}/*.proto"
      |
    6 |         - {a,b}/*.proto
      |           ^
    "#);
}

#[test]
fn other_characters_that_need_quotes() {
    let text = "version: 1
rules:
  - id: x
    when: { title: `fix` }
";
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:4:20: error: a value that begins with a backtick needs quotes: "`fix`"
      |
    4 |     when: { title: `fix` }
      |                    ^
    "#);
}

#[test]
fn a_percent_sign() {
    let text = "version: 1
rules:
  - id: x
    why: %50 of them
";
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:4:10: error: a value that begins with `%` needs quotes: "%50 of them"
      |
    4 |     why: %50 of them
      |          ^
    "#);
}

#[test]
fn an_anchor() {
    let text = "version: 1
teams: &teams
  payments: {}
";
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:2:8: error: anchors are not used in rules files: write the value out (a value that begins with `&` needs quotes: "&teams")
      |
    2 | teams: &teams
      |        ^
    "#);
}

#[test]
fn a_text_with_a_colon() {
    let text = "version: 1
rules:
  - id: crossing
    when: { crosses: team }
    why: Remember: two teams
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:5:10: error: a text that holds `: ` needs quotes, or YAML takes it for another key
      |
    5 |     why: Remember: two teams
      |          ^
    ");
}

#[test]
fn a_checklist_item_with_a_colon() {
    let text = "version: 1
rules:
  - id: crossing
    when: { crosses: team }
    checklist:
      - Agreed: by both teams
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:6:9: error: an item of a checklist is a text; `Agreed` ends in `:`, so put the whole text in quotes
      |
    6 |       - Agreed: by both teams
      |         ^
    ");
}

#[test]
fn a_tab() {
    let text = "version: 1
teams:
	payments: {}
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:3:2: error: a tab cannot indent YAML: use spaces
      |
    3 |     payments: {}
      |     ^
    ");
}

#[test]
fn a_line_that_is_not_aligned() {
    let text = "version: 1
rules:
  - id: crossing
   when: { crosses: team }
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:4:4: error: this line is not indented like its neighbours: align it with the entries it belongs to
      |
    4 |    when: { crosses: team }
      |    ^
    ");
}

#[test]
fn a_key_that_stands_too_deep() {
    let text = "version: 1
  mode: on
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:2:3: error: this key does not stand under the one above it: align it with its neighbours, and see that the line above ends its key with `:`
      |
    2 |   mode: on
      |   ^
    ");
}

#[test]
fn an_open_bracket() {
    let text = "version: 1
extends: [startup
mode: on
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:2:10: error: this `[` is still open where line 3 begins something else: close it
      |
    2 | extends: [startup
      |          ^
    ");
}

#[test]
fn an_open_quote() {
    let text = r#"version: 1
rules:
  - id: "crossing
    when: { crosses: team }
"#;
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:3:9: error: this quote is never closed
      |
    3 |   - id: "crossing
      |         ^
    "#);
}

#[test]
fn a_backslash_in_double_quotes() {
    let text = r#"version: 1
rules:
  - id: x
    when: { title: "\.proto$" }
"#;
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:4:20: error: in double quotes a `\` begins an escape: use single quotes, '…', which leave it alone
      |
    4 |     when: { title: "\.proto$" }
      |                    ^
    "#);
}

#[test]
fn two_documents() {
    let text = "version: 1
---
version: 1
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:2:1: error: a rules file is one document: take this `---` out, and what belongs to another file with it
      |
    2 | ---
      | ^
    ");
}

#[test]
fn an_empty_file() {
    let text = "# nothing here yet
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:1:1: error: the file is empty: begin with `version: 1`, then say what is asked of a change, for example `extends: [startup]`
      |
    1 | # nothing here yet
      | ^
    ");
}

#[test]
fn a_list() {
    let text = "- id: crossing
  when: { crosses: team }
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:1:1: error: the file is a list; put it under a key: `version: 1`, then `rules:`, then the list
      |
    1 | - id: crossing
      | ^
    ");
}

#[test]
fn a_text() {
    let text = "version:1
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:1:1: error: the file is one text, not `key: value` lines: a space must follow the `:`, as in `version: 1`
      |
    1 | version:1
      | ^
    ");
}

#[test]
fn a_newer_version() {
    let text = "version: 3
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:1:10: error: version 3 of the rules file needs a newer Merestone; this one reads version 1
      |
    1 | version: 3
      |          ^
    ");
}

#[test]
fn no_version() {
    let text = "extends: [startup]
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:1:1: warning: the file does not say its `version`; `version: 1` is assumed: write it down
      |
    1 | extends: [startup]
      | ^
    ");
}

#[test]
fn twice() {
    let text = "version: 1
mode: on
mode: shadow
teams:
  payments: {}
  payments: {}
rules:
  - { id: a, when: { rules: true } }
  - { id: a, when: { rules: true } }
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:3:1: error: `mode` stands here a second time (first on line 2)
      |
    3 | mode: shadow
      | ^

    merestone.yml:6:3: error: `payments` stands here a second time (first on line 5)
      |
    6 |   payments: {}
      |   ^

    merestone.yml:9:5: error: a second rule `a` (the first is on line 8): give it another id
      |
    9 |   - { id: a, when: { rules: true } }
      |     ^
    ");
}

#[test]
fn wrong_types() {
    let text = "version: one
mode: [on]
teams: [payments]
services: payments
rules: { id: a }
branches: { a: b }
adrs: docs/adr/
organization: [acme/council]
roots: { a: b }
";
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:1:10: error: `version` is the number 1
      |
    1 | version: one
      |          ^

    merestone.yml:2:7: error: `mode` is `shadow`, `advise` or `on`; this is a list
      |
    2 | mode: [on]
      |       ^

    merestone.yml:3:8: error: `teams` is a mapping, like `payments: { leads: [maria] }`; this is a list
      |
    3 | teams: [payments]
      |        ^

    merestone.yml:4:11: error: `services` is a mapping, like `checkout: { team: payments, paths: [services/checkout/] }`; this is a text
      |
    4 | services: payments
      |           ^

    merestone.yml:5:8: error: `rules` is a list, each rule beginning with `- id:`; this is a mapping
      |
    5 | rules: { id: a }
      |        ^

    merestone.yml:6:11: error: `branches` is a list, like `["release/*"]`; this is a mapping
      |
    6 | branches: { a: b }
      |           ^

    merestone.yml:7:7: error: `adrs` is a mapping, like `{ paths: [docs/adr/] }`; this is a text
      |
    7 | adrs: docs/adr/
      |       ^

    merestone.yml:8:15: error: `organization` is a mapping, like `{ architects: [acme/council] }`; this is a list
      |
    8 | organization: [acme/council]
      |               ^

    merestone.yml:9:8: error: `roots` is a list, like `[services/*/]`; this is a mapping
      |
    9 | roots: { a: b }
      |        ^
    "#);
}

#[test]
fn wrong_types_in_a_rule() {
    let text = r#"version: 1
rules:
  - crossing
  - id: a
    when: [paths]
    enforce: maybe
    needs_adr: "true"
    why: [a]
    allow: { path: x }
  - when: { rules: true }
  - id: two words
    when: { rules: true }
  - id: b
    when: { size: 50, foreign: no way, crosses: organization, any: { rules: true }, all: [] }
"#;
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:3:5: error: a rule is a mapping, like `{ id: crossing, when: { crosses: team } }`; this is a text
      |
    3 |   - crossing
      |     ^

    merestone.yml:5:11: error: `when` is a mapping, like `{ crosses: team }`; this is a list
      |
    5 |     when: [paths]
      |           ^

    merestone.yml:6:14: error: `enforce` cannot be `maybe`: it is `none`, `shadow`, `advise`, `review` or `block`
      |
    6 |     enforce: maybe
      |              ^

    merestone.yml:7:16: error: `needs_adr` is true or false (without quotes); this is a text
      |
    7 |     needs_adr: "true"
      |                ^

    merestone.yml:8:10: error: `why` is a text; this is a list
      |
    8 |     why: [a]
      |          ^

    merestone.yml:9:12: error: this exception has no `paths`: say which files it is about, like `{ paths: [services/checkout/main.go], until: 2027-03-31, why: composition root }`
      |
    9 |     allow: { path: x }
      |            ^

    merestone.yml:9:14: error: unknown key `path` in an exception under `allow`; did you mean `paths`?
      |
    9 |     allow: { path: x }
      |              ^

    merestone.yml:10:5: error: this rule has no `id`: give it a short name, like `id: crossing`
       |
    10 |   - when: { rules: true }
       |     ^

    merestone.yml:11:9: error: the id `two words` is used in commands: at most 100 letters, digits, `-`, `_` or `.`
       |
    11 |   - id: two words
       |         ^

    merestone.yml:14:19: error: `size` is a mapping, like `{ files: 50, lines: 1000 }`; this is a number
       |
    14 |     when: { size: 50, foreign: no way, crosses: organization, any: { rules: true }, all: [] }
       |                   ^

    merestone.yml:14:32: error: `foreign` is true or false; this is a text
       |
    14 |     when: { size: 50, foreign: no way, crosses: organization, any: { rules: true }, all: [] }
       |                                ^

    merestone.yml:14:49: error: `crosses` cannot be `organization`: it is `team` or `domain`
       |
    14 |     when: { size: 50, foreign: no way, crosses: organization, any: { rules: true }, all: [] }
       |                                                 ^

    merestone.yml:14:68: error: `any` is a list of conditions, like `[{ crosses: team }, { foreign: true }]`; this is a mapping
       |
    14 |     when: { size: 50, foreign: no way, crosses: organization, any: { rules: true }, all: [] }
       |                                                                    ^

    merestone.yml:14:90: error: `all` is an empty list: add conditions, or take the key away
       |
    14 |     when: { size: 50, foreign: no way, crosses: organization, any: { rules: true }, all: [] }
       |                                                                                          ^
    "#);
}

#[test]
fn mode_off() {
    let text = "version: 1
mode: off
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:2:7: error: `mode` cannot be `off`: `shadow` judges and shows nothing
      |
    2 | mode: off
      |       ^
    ");
}

#[test]
fn levels_and_lists() {
    let text = r#"version: 1
teams: { payments: {} }
rules:
  - { id: a, when: { rules: true }, sign_off: [domain] }
  - { id: b, when: { rules: true }, sign_off: [lead, "@maria"] }
  - { id: c, when: { rules: true }, sign_off: payments }
  - { id: d, when: { rules: true }, sign_off: "@maria" }
  - { id: e, when: { rules: true }, sign_off: boss }
  - { id: f, when: { rules: true }, sign_off: [] }
  - { id: g, when: { rules: true }, sign_off: [paymets] }
  - { id: h, when: { rules: true }, sign_off: { team: payments } }
  - { id: i, when: { rules: true }, sign_off: [maria@acme.com] }
"#;
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:4:48: error: `domain` is a level and not a team or person: write `sign_off: domain`
      |
    4 |   - { id: a, when: { rules: true }, sign_off: [domain] }
      |                                                ^

    merestone.yml:5:48: error: `lead` is a level and not a team or person: a rule asks for a level, or for a list; make a second rule for the other
      |
    5 |   - { id: b, when: { rules: true }, sign_off: [lead, "@maria"] }
      |                                                ^

    merestone.yml:6:47: error: `payments` is not a level: teams and people stand in a list, `sign_off: [payments]`
      |
    6 |   - { id: c, when: { rules: true }, sign_off: payments }
      |                                               ^

    merestone.yml:7:47: error: `@maria` is not a level: teams and people stand in a list, `sign_off: ["@maria"]`
      |
    7 |   - { id: d, when: { rules: true }, sign_off: "@maria" }
      |                                               ^

    merestone.yml:8:47: error: unknown level `boss`: a level is `team`, `lead`, `domain`, `organization` or `scope`; teams and people stand in a list
      |
    8 |   - { id: e, when: { rules: true }, sign_off: boss }
      |                                               ^

    merestone.yml:9:47: error: `sign_off` is an empty list: nobody could ever sign; take it away for the level that the change reaches
      |
    9 |   - { id: f, when: { rules: true }, sign_off: [] }
      |                                               ^

    merestone.yml:10:48: warning: `paymets` is no team of this file and is taken for the person `@paymets`; did you mean the team `payments`?
       |
    10 |   - { id: g, when: { rules: true }, sign_off: [paymets] }
       |                                                ^

    merestone.yml:11:47: error: `sign_off` is a level, or a list of teams and people, like `[security, "@maria"]`; this is a mapping
       |
    11 |   - { id: h, when: { rules: true }, sign_off: { team: payments } }
       |                                               ^

    merestone.yml:12:48: error: `maria@acme.com` in `sign_off` is no name on GitHub: an e-mail address does not say who that is on GitHub: write the login, like `@maria`
       |
    12 |   - { id: i, when: { rules: true }, sign_off: [maria@acme.com] }
       |                                                ^
    "#);
}

#[test]
fn dates_and_times() {
    let text = "version: 1
adrs: { retrospective: half a year }
clock: { after: 2workingdays }
calendar: { timezone: Berlin, workdays: [monday], hours: 9-17 }
rules:
  - id: a
    when: { rules: true }
    every: 3
    reviewed: 01.11.2026
    allow:
      - { paths: [a/], until: 2027-02-30 }
";
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:2:1: warning: this version of Merestone reads `adrs.retrospective` and does not act on it yet
      |
    2 | adrs: { retrospective: half a year }
      | ^

    merestone.yml:2:24: error: `retrospective` is a number and a unit, like `3 months` or `2 working days`; `half a year` is not (units: hours, days, working days, weeks, months, years)
      |
    2 | adrs: { retrospective: half a year }
      |                        ^

    merestone.yml:3:1: warning: this version of Merestone reads `clock` and does not act on it yet
      |
    3 | clock: { after: 2workingdays }
      | ^

    merestone.yml:3:17: error: `after` is a number and a unit, like `3 months` or `2 working days`; `2workingdays` is not (units: hours, days, working days, weeks, months, years)
      |
    3 | clock: { after: 2workingdays }
      |                 ^

    merestone.yml:4:1: warning: this version of Merestone reads `calendar` and does not act on it yet
      |
    4 | calendar: { timezone: Berlin, workdays: [monday], hours: 9-17 }
      | ^

    merestone.yml:4:23: error: `Berlin` is no time zone: write a place, like `Europe/Berlin`, or `UTC`
      |
    4 | calendar: { timezone: Berlin, workdays: [monday], hours: 9-17 }
      |                       ^

    merestone.yml:4:42: error: a day cannot be `monday`: it is `mon`, `tue`, `wed`, `thu`, `fri`, `sat` or `sun`
      |
    4 | calendar: { timezone: Berlin, workdays: [monday], hours: 9-17 }
      |                                          ^

    merestone.yml:4:58: error: `hours` are two times, like "09:00-17:00"; `9-17` is not
      |
    4 | calendar: { timezone: Berlin, workdays: [monday], hours: 9-17 }
      |                                                          ^

    merestone.yml:8:12: error: `every` is a number and a unit, like `3 months` or `2 working days`; `3` is not (units: hours, days, working days, weeks, months, years)
      |
    8 |     every: 3
      |            ^

    merestone.yml:9:15: error: `reviewed` is a date, year-month-day, like 2027-03-31; `01.11.2026` is none
      |
    9 |     reviewed: 01.11.2026
      |               ^

    merestone.yml:11:31: error: `until` is a date, year-month-day, like 2027-03-31; `2027-02-30` is none
       |
    11 |       - { paths: [a/], until: 2027-02-30 }
       |                               ^
    "#);
}

#[test]
fn expressions() {
    let text = r#"version: 1
rules:
  - { id: a, when: { title: "fix(" } }
  - { id: b, when: { title: "(a{1000}){1000}" } }
  - { id: c, when: { adds_line: "[z-a]" } }
  - { id: d, when: { title: "(?=x)" } }
"#;
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:3:29: error: `title` is no regular expression that can be used: unclosed group
      |
    3 |   - { id: a, when: { title: "fix(" } }
      |                             ^

    merestone.yml:4:29: error: `title` is no regular expression that can be used: it becomes too large: repeat less
      |
    4 |   - { id: b, when: { title: "(a{1000}){1000}" } }
      |                             ^

    merestone.yml:5:33: error: `adds_line` is no regular expression that can be used: invalid character class range, the start must be <= the end
      |
    5 |   - { id: c, when: { adds_line: "[z-a]" } }
      |                                 ^

    merestone.yml:6:29: error: `title` is no regular expression that can be used: look-around, including look-ahead and look-behind, is not supported
      |
    6 |   - { id: d, when: { title: "(?=x)" } }
      |                             ^
    "#);
}

#[test]
fn conditions_that_ask_nothing() {
    let text = "version: 1
skip: {}
rules:
  - { id: a, when: {} }
  - { id: b, when: { any: [{}] } }
  - { id: c, when: { paths: [] } }
  - { id: d, when: }
  - { id: e, why: no condition }
";
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:2:7: error: `skip` asks nothing and would match everything: say `paths: ["**"]` if that is meant
      |
    2 | skip: {}
      |       ^

    merestone.yml:4:20: error: `when` asks nothing and would match everything: say `paths: ["**"]` if that is meant
      |
    4 |   - { id: a, when: {} }
      |                    ^

    merestone.yml:5:28: error: an entry of `any` asks nothing and would match everything: say `paths: ["**"]` if that is meant
      |
    5 |   - { id: b, when: { any: [{}] } }
      |                            ^

    merestone.yml:6:29: error: `paths` is an empty list and matches nothing: add a pattern, or take the key away
      |
    6 |   - { id: c, when: { paths: [] } }
      |                             ^

    merestone.yml:7:18: error: `when` asks nothing and would match everything: say `paths: ["**"]` if that is meant
      |
    7 |   - { id: d, when: }
      |                  ^

    merestone.yml:8:5: error: rule `e` has no `when`, and no pack has a rule of this id
      |
    8 |   - { id: e, why: no condition }
      |     ^
    "#);
}

#[test]
fn services_that_are_nowhere() {
    let text = "version: 1
services:
  checkout: { team: payments }
  ledger:
  back: { team: back office, paths: [back/] }
";
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:3:3: error: the service `checkout` says nowhere where it is: give it `paths`, like `{ team: payments, paths: [services/checkout/] }`, or name the folder above it under `roots`
      |
    3 |   checkout: { team: payments }
      |   ^

    merestone.yml:4:3: error: the service `ledger` says nowhere where it is: give it `paths`, like `{ team: payments, paths: [services/checkout/] }`, or name the folder above it under `roots`
      |
    4 |   ledger:
      |   ^

    merestone.yml:5:17: error: `back office` cannot be the name of a team on GitHub: say under `teams` what it is there, like `{ github: "@acme/payments", leads: [maria] }`
      |
    5 |   back: { team: back office, paths: [back/] }
      |                 ^
    "#);
}

#[test]
fn roots_that_cannot_be() {
    let text = r#"version: 1
roots: [/, "services/**", services/*/app/, ../x, "{a/b,c}/*/"]
"#;
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:2:9: error: `/` cannot be a root: name folders from the top of the repository, like `services/*/`
      |
    2 | roots: [/, "services/**", services/*/app/, ../x, "{a/b,c}/*/"]
      |         ^

    merestone.yml:2:12: error: `services/**` cannot be a root: `**` does not say how deep the folders are: write each level, like `services/*/*/`
      |
    2 | roots: [/, "services/**", services/*/app/, ../x, "{a/b,c}/*/"]
      |            ^

    merestone.yml:2:27: error: `services/*/app/` cannot be a root: a service is named after its folder, and these would all have one name: end the pattern in the `*` that names them
      |
    2 | roots: [/, "services/**", services/*/app/, ../x, "{a/b,c}/*/"]
      |                           ^

    merestone.yml:2:44: error: `../x` cannot be a root: name folders from the top of the repository, like `services/*/`
      |
    2 | roots: [/, "services/**", services/*/app/, ../x, "{a/b,c}/*/"]
      |                                            ^

    merestone.yml:2:50: error: `{a/b,c}/*/` cannot be a root: a `{…}` here may not hold a `/`: write two patterns
      |
    2 | roots: [/, "services/**", services/*/app/, ../x, "{a/b,c}/*/"]
      |                                                  ^
    "#);
}

#[test]
fn people_and_teams() {
    let text = r#"version: 1
organization: { architects: [ledger, "Maria Lopez", maria@acme.com] }
domains:
  commerce: { teams: [payments, ledger] }
  platform: { teams: [ledger, team] }
teams:
  payments: { github: "@acme/payments" }
  buyers: { github: acme/Payments }
  back office: {}
  ledger: { github: "@ledger", size: many }
"#;
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:2:30: error: `ledger` is a team of this file, and `architects` names people and teams as on GitHub: write it with its organisation, like `@acme/ledger`
      |
    2 | organization: { architects: [ledger, "Maria Lopez", maria@acme.com] }
      |                              ^

    merestone.yml:2:38: error: `Maria Lopez` in `architects` is no name on GitHub: write a login, like `@maria`, or a team with its organisation, like `@acme/payments`
      |
    2 | organization: { architects: [ledger, "Maria Lopez", maria@acme.com] }
      |                                      ^

    merestone.yml:2:53: error: `maria@acme.com` in `architects` is no name on GitHub: an e-mail address does not say who that is on GitHub: write the login, like `@maria`
      |
    2 | organization: { architects: [ledger, "Maria Lopez", maria@acme.com] }
      |                                                     ^

    merestone.yml:5:23: error: the team `ledger` is in the domain `commerce` already (line 4): a team is in one domain
      |
    5 |   platform: { teams: [ledger, team] }
      |                       ^

    merestone.yml:5:31: error: `team` is the word for a level and cannot name a team: give it another name, and its `github`
      |
    5 |   platform: { teams: [ledger, team] }
      |                               ^

    merestone.yml:8:21: error: the teams `payments` and `buyers` are both @acme/Payments on GitHub: keep one of them
      |
    8 |   buyers: { github: acme/Payments }
      |                     ^

    merestone.yml:9:3: error: `back office` cannot be the name of a team on GitHub: say under `teams` what it is there, like `{ github: "@acme/payments", leads: [maria] }`
      |
    9 |   back office: {}
      |   ^

    merestone.yml:10:21: error: `@ledger` is a person; `github` names the team with its organisation, like `@acme/payments`
       |
    10 |   ledger: { github: "@ledger", size: many }
       |                     ^

    merestone.yml:10:38: error: `size` is a whole number above zero; this is `many`
       |
    10 |   ledger: { github: "@ledger", size: many }
       |                                      ^
    "#);
}

#[test]
fn packs() {
    let text = "version: 1
extends: [startap, growth, fancy, startup, startup]
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:2:11: error: unknown pack `startap`; did you mean `startup`?
      |
    2 | extends: [startap, growth, fancy, startup, startup]
      |           ^

    merestone.yml:2:28: error: unknown pack `fancy`; the packs are `startup`, `growth`, `enterprise`, `contracts`, `data-model`, `integration`, `security`, `delivery`, `triggers`, `resilience`, `testing`, `shared-libraries`, `stack` or `tiers`
      |
    2 | extends: [startap, growth, fancy, startup, startup]
      |                            ^

    merestone.yml:2:44: warning: the pack `startup` is named twice
      |
    2 | extends: [startap, growth, fancy, startup, startup]
      |                                            ^
    ");
}

#[test]
fn a_rule_of_no_pack() {
    let text = "version: 1
extends: [startup]
rules:
  - { id: crosing, enforce: none }
  - { id: foreign-change, enforce: none }
  - { id: mine, when: { rules: true }, enforce: none }
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:4:5: error: rule `crosing` has no `when`, and no pack has a rule of this id; did you mean `crossing`?
      |
    4 |   - { id: crosing, enforce: none }
      |     ^

    merestone.yml:6:5: warning: rule `mine` is switched off, and no pack has it: it can be taken away
      |
    6 |   - { id: mine, when: { rules: true }, enforce: none }
      |     ^
    ");
}

#[test]
fn folders_of_records() {
    let text = r#"version: 1
adrs: { paths: ["docs/**", ../adr, "", docs/adr/] }
"#;
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:2:17: error: `docs/**` is no folder: name each folder that holds records, like `docs/adr/`
      |
    2 | adrs: { paths: ["docs/**", ../adr, "", docs/adr/] }
      |                 ^

    merestone.yml:2:28: error: `../adr` is no folder: name each folder that holds records, like `docs/adr/`
      |
    2 | adrs: { paths: ["docs/**", ../adr, "", docs/adr/] }
      |                            ^

    merestone.yml:2:36: error: an entry of `paths` is empty: write it out, or take the key away
      |
    2 | adrs: { paths: ["docs/**", ../adr, "", docs/adr/] }
      |                                    ^
    "#);
}

#[test]
fn the_stack_and_repositories() {
    let text = r#"version: 1
stack: { crates: [axum], npm: { use: [react], insted: {} }, python: }
repositories: { "shop-*": { mode: quiet, extends: [startp] } }
locked: [skp]
"#;
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:2:1: warning: this version of Merestone reads `stack` and does not act on it yet
      |
    2 | stack: { crates: [axum], npm: { use: [react], insted: {} }, python: }
      | ^

    merestone.yml:2:10: error: unknown key `crates` in `stack`; it may have `cargo`, `npm`, `gomod`, `python`, `ruby`, `maven`, `gradle-catalog`, `dockerfile`, `actions`, `terraform` or `helm`
      |
    2 | stack: { crates: [axum], npm: { use: [react], insted: {} }, python: }
      |          ^

    merestone.yml:2:47: error: unknown key `insted` in `npm`; did you mean `instead`?
      |
    2 | stack: { crates: [axum], npm: { use: [react], insted: {} }, python: }
      |                                               ^

    merestone.yml:2:67: error: `python` is empty: write a list, like `[axum, "serde*"]`, or take the key away
      |
    2 | stack: { crates: [axum], npm: { use: [react], insted: {} }, python: }
      |                                                                   ^

    merestone.yml:3:1: warning: `repositories` speaks in an organisation's file, which is .github/merestone.yml of its repository `.github`; here it has no effect
      |
    3 | repositories: { "shop-*": { mode: quiet, extends: [startp] } }
      | ^

    merestone.yml:3:35: error: `mode` cannot be `quiet`: it is `shadow`, `advise` or `on`
      |
    3 | repositories: { "shop-*": { mode: quiet, extends: [startp] } }
      |                                   ^

    merestone.yml:3:52: error: unknown pack `startp`; did you mean `startup`?
      |
    3 | repositories: { "shop-*": { mode: quiet, extends: [startp] } }
      |                                                    ^

    merestone.yml:4:1: warning: `locked` speaks in an organisation's file, which is .github/merestone.yml of its repository `.github`; here it has no effect
      |
    4 | locked: [skp]
      | ^

    merestone.yml:4:10: error: an entry of `locked` cannot be `skp`; did you mean `skip`?
      |
    4 | locked: [skp]
      |          ^
    "#);
}

#[test]
fn anchors_and_merges() {
    let text = "version: 1
teams:
  <<: { payments: {} }
";
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:3:3: error: `<<` cannot be the name of a team: a name has 1 to 100 characters, none of them a control character or one of ` < > | \ "
      |
    3 |   <<: { payments: {} }
      |   ^
    "#);
}

#[test]
fn keys_that_are_no_words() {
    let text = "version: 1
teams:
  ? [a, b]
  : {}
  1: { leads: [x] }
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:3:5: error: a key of `teams` is a word; this is a list
      |
    3 |   ? [a, b]
      |     ^
    ");
}

#[test]
fn invisible_characters() {
    let text = "version: 1\nextends: [\"start\u{202e}up\"]\n";
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:2:11: error: unknown pack `start\u{202e}up`; did you mean `startup`?
      |
    2 | extends: ["start\u{202e}up"]
      |           ^
    "#);
}

#[test]
fn braces_that_are_never_closed() {
    let text = "version: 1
services:
  checkout: { team: payments,
              paths: [services/checkout/]
rules:
  - id: a
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:3:13: error: this `{` is still open where line 5 begins something else: close it
      |
    3 |   checkout: { team: payments,
      |             ^
    ");
}

#[test]
fn lists_beside_their_key() {
    let text = "version: 1
extends: - startup
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:2:10: error: a list begins on the line after its key, or is written [a, b]; a text that begins with `- ` needs quotes
      |
    2 | extends: - startup
      |          ^
    ");
}

#[test]
fn quotes_inside_quotes() {
    let text = "version: 1
rules:
  - id: a
    why: 'it's ours'
";
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:4:14: error: the quote ends here and the text goes on: write '' for a ' between single quotes, \" for a " between double ones
      |
    4 |     why: 'it's ours'
      |              ^
    "#);
}

#[test]
fn a_text_with_a_number_sign() {
    let text = "version: 1
extends: [startup #and more]
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:2:10: error: this `[` is never closed (a text with ` #` in it needs quotes too)
      |
    2 | extends: [startup #and more]
      |          ^
    ");
}

#[test]
fn a_handle_in_the_middle_of_a_list() {
    let text = "version: 1
teams:
  payments:
    leads:
      - tomas
      - @maria
";
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:6:9: error: a value that begins with `@` needs quotes: "@maria", or leave the `@` out
      |
    6 |       - @maria
      |         ^
    "#);
}

#[test]
fn patterns() {
    let text = r#"version: 1
services:
  a: { team: x, paths: [./src/] }
rules:
  - { id: a, when: { paths: ["/", "a//b", "!docs/", "a***b", "{a,b"] } }
  - { id: b, when: { paths: ["!docs/"], labels: "wip" } }
  - { id: c, when: { paths: ./api/ } }
"#;
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:3:25: error: `./` is the folder that `roots` names for this service, and there is not exactly one: write the path from the top of the repository
      |
    3 |   a: { team: x, paths: [./src/] }
      |                         ^

    merestone.yml:5:30: error: pattern `/`: matches nothing; write `**` for everything, `/*` for the files in the root
      |
    5 |   - { id: a, when: { paths: ["/", "a//b", "!docs/", "a***b", "{a,b"] } }
      |                              ^

    merestone.yml:5:35: error: pattern `a//b`: has two slashes in a row; write one
      |
    5 |   - { id: a, when: { paths: ["/", "a//b", "!docs/", "a***b", "{a,b"] } }
      |                                   ^

    merestone.yml:5:53: error: pattern `a***b`: has three `*` in a row; write `**` for any depth, `*` within one folder
      |
    5 |   - { id: a, when: { paths: ["/", "a//b", "!docs/", "a***b", "{a,b"] } }
      |                                                     ^

    merestone.yml:5:62: error: pattern `{a,b`: has a brace without its other half; close it, or write `\{` for a brace in a name
      |
    5 |   - { id: a, when: { paths: ["/", "a//b", "!docs/", "a***b", "{a,b"] } }
      |                                                              ^

    merestone.yml:6:30: warning: `!docs/` takes something out before anything was taken in, so it does nothing: begin with what is meant, as in ["**", "!docs/"]
      |
    6 |   - { id: b, when: { paths: ["!docs/"], labels: "wip" } }
      |                              ^

    merestone.yml:7:29: error: pattern `./api/`: `./` is the folder of a service and this is none; write the path from the root, as in `/src/`
      |
    7 |   - { id: c, when: { paths: ./api/ } }
      |                             ^
    "#);
}

#[test]
fn a_service_under_roots() {
    let text = "version: 1
roots: [services/*/]
services: { checkout: { tier: critical } }
rules:
  - { id: a, when: { services: [chekout, ledger] } }
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:5:33: warning: no service `chekout` stands under `services`; did you mean `checkout`? (A folder under `roots` may have that name.)
      |
    5 |   - { id: a, when: { services: [chekout, ledger] } }
      |                                 ^
    ");
}

#[test]
fn skip_that_cannot_be_judged() {
    let text = "version: 1
skip: { any: [{ author: [dependabot] }, { adds_line: x }] }
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:2:1: warning: `skip` never holds: this version of Merestone does not judge `adds_line` yet
      |
    2 | skip: { any: [{ author: [dependabot] }, { adds_line: x }] }
      | ^
    ");
}

#[test]
fn reviewers() {
    let text = r#"version: 1
reviewers: { request: members, count: 0, when: green, never: [maria, "a b"], storm: 3 }
"#;
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:2:23: warning: this version asks teams and not their `members`; GitHub can assign within a team
      |
    2 | reviewers: { request: members, count: 0, when: green, never: [maria, "a b"], storm: 3 }
      |                       ^

    merestone.yml:2:39: error: `count` is a whole number above zero; this is `0`
      |
    2 | reviewers: { request: members, count: 0, when: green, never: [maria, "a b"], storm: 3 }
      |                                       ^

    merestone.yml:2:48: warning: this version asks when a pull request is ready and does not wait for `green`
      |
    2 | reviewers: { request: members, count: 0, when: green, never: [maria, "a b"], storm: 3 }
      |                                                ^

    merestone.yml:2:70: error: `a b` in `never` is no name on GitHub: write a login, like `@maria`, or a team with its organisation, like `@acme/payments`
      |
    2 | reviewers: { request: members, count: 0, when: green, never: [maria, "a b"], storm: 3 }
      |                                                                      ^

    merestone.yml:2:78: error: unknown key `storm` in `reviewers`; it may have `request`, `count`, `when`, `never` or `storm_teams`
      |
    2 | reviewers: { request: members, count: 0, when: green, never: [maria, "a b"], storm: 3 }
      |                                                                              ^
    "#);
}

#[test]
fn many() {
    let text = "version: 1
teams: { payments: {} }
services:
  s0: { team: paymnets, paths: [s0/] }
  s1: { team: paymnets, paths: [s1/] }
  s2: { team: paymnets, paths: [s2/] }
";
    insta::assert_snapshot!(said(text), @"
    merestone.yml:4:15: error: unknown team `paymnets`; did you mean `payments`?
      |
    4 |   s0: { team: paymnets, paths: [s0/] }
      |               ^

    merestone.yml:5:15: error: unknown team `paymnets`; did you mean `payments`?
      |
    5 |   s1: { team: paymnets, paths: [s1/] }
      |               ^

    merestone.yml:6:15: error: unknown team `paymnets`; did you mean `payments`?
      |
    6 |   s2: { team: paymnets, paths: [s2/] }
      |               ^
    ");
}

#[test]
fn later_keys_are_checked_too() {
    let text = r#"version: 1
rules:
  - { id: a, when: { imports: outside } }
  - { id: b, when: { imports: { from: checkuot, to: [team:x, "domain:y"], publik: true } } }
  - { id: c, when: { contract: broken, adr: [acepted], new_service: maybe, adds_dependency: {} } }
services: { checkout: { paths: [a/] } }
tiers: { critical: [{ text: Load test passed, chek: x }, { by: scope, text: y }, { by: team }] }
"#;
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:3:31: error: `imports` cannot be `outside`: it is `internals`
      |
    3 |   - { id: a, when: { imports: outside } }
      |                               ^

    merestone.yml:4:39: error: unknown service `checkuot`; did you mean `checkout`?
      |
    4 |   - { id: b, when: { imports: { from: checkuot, to: [team:x, "domain:y"], publik: true } } }
      |                                       ^

    merestone.yml:4:62: error: unknown domain `y`: name it under `domains`
      |
    4 |   - { id: b, when: { imports: { from: checkuot, to: [team:x, "domain:y"], publik: true } } }
      |                                                              ^

    merestone.yml:4:75: error: unknown key `publik` in `imports`; did you mean `public`?
      |
    4 |   - { id: b, when: { imports: { from: checkuot, to: [team:x, "domain:y"], publik: true } } }
      |                                                                           ^

    merestone.yml:5:32: error: `contract` cannot be `broken`: it is `breaking`
      |
    5 |   - { id: c, when: { contract: broken, adr: [acepted], new_service: maybe, adds_dependency: {} } }
      |                                ^

    merestone.yml:5:46: error: `adr` cannot be `acepted`; did you mean `accepted`?
      |
    5 |   - { id: c, when: { contract: broken, adr: [acepted], new_service: maybe, adds_dependency: {} } }
      |                                              ^

    merestone.yml:5:69: error: `new_service` is true or false; this is a text
      |
    5 |   - { id: c, when: { contract: broken, adr: [acepted], new_service: maybe, adds_dependency: {} } }
      |                                                                     ^

    merestone.yml:5:93: error: `adds_dependency` is a list, like `["npm:axios"]`; this is a mapping
      |
    5 |   - { id: c, when: { contract: broken, adr: [acepted], new_service: maybe, adds_dependency: {} } }
      |                                                                                             ^

    merestone.yml:7:47: error: unknown key `chek` in an item of a checklist; did you mean `check`?
      |
    7 | tiers: { critical: [{ text: Load test passed, chek: x }, { by: scope, text: y }, { by: team }] }
      |                                               ^

    merestone.yml:7:64: error: `by` names one level, `team`, `lead`, `domain` or `organization`; leave it away for whoever signs
      |
    7 | tiers: { critical: [{ text: Load test passed, chek: x }, { by: scope, text: y }, { by: team }] }
      |                                                                ^

    merestone.yml:7:82: error: this item has no `text`: say what is to be made sure of
      |
    7 | tiers: { critical: [{ text: Load test passed, chek: x }, { by: scope, text: y }, { by: team }] }
      |                                                                                  ^

    merestone.yml:7:84: warning: this version reads `by` of a checklist item and does not hold the check until one of them ticks it yet
      |
    7 | tiers: { critical: [{ text: Load test passed, chek: x }, { by: scope, text: y }, { by: team }] }
      |                                                                                    ^
    "#);
}

#[test]
fn an_exclamation_mark_before_the_quotes() {
    let text = r#"version: 1
rules:
  - id: outside
    when: { paths: ["**", !"docs/"] }
"#;
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:4:27: error: a `!` belongs inside the quotes: "!docs/"
      |
    4 |     when: { paths: ["**", !"docs/"] }
      |                           ^
    "#);
}

#[test]
fn an_exclamation_mark_alone() {
    let text = "version: 1
rules:
  - id: outside
    when:
      paths:
        - \"**\"
        - ! docs/
";
    insta::assert_snapshot!(said(text), @r#"
    merestone.yml:7:13: error: a `!` belongs inside the quotes: "!docs/"
      |
    7 |         - ! docs/
      |             ^
    "#);
}

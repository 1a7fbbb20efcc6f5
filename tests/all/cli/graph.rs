//! `merestone graph`.

use serde_json::json;

use crate::repo::Repo;

const RULES: &str = "\
version: 1
organization: { architects: [acme/council] }
domains:
  commerce: { teams: [payments, ledger], architects: [acme/commerce-architects] }
teams:
  payments: { github: \"@acme/pay\", leads: [maria] }
roots: [services/*/]
services:
  checkout: { team: payments, tier: critical }
  proto: { team: [payments, ledger], paths: [/proto/] }
  root: { paths: [\"/*\", /.github/], shared: true }
";

fn shop() -> Repo {
    Repo::with(&[
        (".github/merestone.yml", RULES),
        ("CODEOWNERS", "/services/login/ @acme/identity @ada\n/services/ledger/ @acme/ledger\n/docs/ @acme/writers\n"),
        ("services/checkout/main.go", "package main\n"),
        ("services/ledger/main.go", "package main\n"),
        ("services/login/main.go", "package main\n"),
        ("proto/a.proto", "x\n"),
        ("docs/a.md", "x\n"),
    ])
}

#[test]
fn boxes_are_teams_and_domains_and_there_is_no_arrow_that_nothing_says() {
    let repo = shop();
    insta::assert_snapshot!(repo.run(&["graph"]).exits(0).out, @"");
    insta::assert_snapshot!(repo.run(&["graph", "--format", "dot"]).exits(0).out, @"");
    insta::assert_snapshot!(repo.run(&["graph", "--format", "json"]).exits(0).out, @"");
}

#[test]
fn names_are_labels_and_nothing_else() {
    let rules = r##"
version: 1
services:
  'end"] --> x; click s1 href "javascript:alert(1)"': { paths: ["/a/"] }
"##;
    // A name with quotes is refused in the rules, so the folder's name is tried.
    let refused = Repo::with(&[(".github/merestone.yml", rules)]);
    refused.run(&["graph"]).exits(2);
    let repo = Repo::with(&[
        (".github/merestone.yml", "version: 1\nroots: [s/*/]\n"),
        ("s/end\"] --> x\\n; click s1 \"javascript:alert(1)\"/a", "x"),
        ("s/`<b>#quot;&amp;\u{202e}`/a", "x"),
        ("s/- 1. www.x.org %%{init}%%/a", "x"),
    ]);
    insta::assert_snapshot!(repo.run(&["graph"]).exits(0).out, @"");
    insta::assert_snapshot!(repo.run(&["graph", "--format", "dot"]).exits(0).out, @"");
    let names: Vec<_> = repo.run(&["graph", "--format", "json"]).exits(0).lines();
    assert_eq!(names[1]["name"], json!("- 1. www.x.org %%{init}%%"));
}

#[test]
fn owners_alone_are_drawn_where_no_rules_name_services() {
    let repo = Repo::with(&[("CODEOWNERS", "/a/ @acme/a\n"), ("a/x", "x"), ("a/y", "y")]);
    let ran = repo.run(&["graph"]).exits(0);
    insta::assert_snapshot!(ran.out, @"");
    insta::assert_snapshot!(ran.err, @"");
    insta::assert_snapshot!(Repo::with(&[("a", "x")]).run(&["graph"]).exits(0).err, @"");
}

#[test]
fn the_help_says_what_it_is_for() {
    insta::assert_snapshot!(shop().run(&["graph", "--help"]).exits(0).out, @"");
}

//! `merestone codeowners`.

use std::fs;

use crate::repo::Repo;

const RULES: &str = "\
version: 1
teams: { payments: { github: \"@acme/payments\" }, ledger: { github: \"@acme/ledger\" } }
roots: [services/*/]
services:
  ledger: { team: ledger }
  checkout: { team: payments, paths: [./, \"!*.md\"] }
";

fn shop() -> Repo {
    Repo::with(&[
        (".github/merestone.yml", RULES),
        ("CODEOWNERS", "# by hand\n* @acme/everybody\n/old/ @acme/nobody\n"),
        ("services/checkout/README.md", "#\n"),
        ("services/checkout/main.go", "package main\n"),
        ("services/ledger/main.go", "package main\n"),
    ])
}

#[test]
fn the_file_is_written_where_one_is_in_force_and_checked_by_its_text() {
    let repo = shop();
    let ran = repo.run(&["codeowners"]).exits(0);
    insta::assert_snapshot!(ran.out, @"");
    insta::assert_snapshot!(ran.err, @"");

    let missing = repo.run(&["codeowners", "--check"]).exits(1);
    insta::assert_snapshot!(missing.out, @"");
    insta::assert_snapshot!(missing.err, @"");

    repo.commit(&[("CODEOWNERS", &ran.out)]);
    assert_eq!(repo.run(&["codeowners", "--check"]).exits(0).out, "CODEOWNERS says what the rules say\n");
    assert_eq!(repo.run(&["codeowners"]).exits(0).out, ran.out, "what was written is no input");
    let owners = |repo: &Repo| repo.run(&["owners", "--format", "json"]).exits(0).lines().into_iter().map(|line| line["owners"].clone()).collect::<Vec<_>>();
    let told = owners(&repo);
    repo.commit(&[("CODEOWNERS", "# by hand\n* @acme/everybody\n/old/ @acme/nobody\n")]);
    assert_eq!(owners(&repo), told);
}

#[test]
fn an_edit_of_the_rules_is_written_before_it_is_committed() {
    let repo = shop();
    let edited = repo.beside("edited.yml");
    fs::write(&edited, RULES.replace("team: ledger", "team: payments")).unwrap();
    let ran = repo.run(&["codeowners", "--rules", edited.to_str().unwrap()]).exits(0);
    assert!(ran.out.contains("/services/ledger/ @acme/payments\n"), "{}", ran.out);
    repo.run(&["codeowners", "--check", "--rules", edited.to_str().unwrap(), "--rev", "HEAD"]).exits(1);
}

#[test]
fn nothing_is_written_where_it_would_not_be_true() {
    let without = Repo::with(&[("CODEOWNERS", "* @acme/everybody\n")]);
    let nameless = Repo::with(&[(".github/merestone.yml", "version: 1\nservices:\n  a: { team: payments, paths: [/a/] }\n"), ("a/x", "x")]);
    let broken = Repo::with(&[(".github/merestone.yml", "version: 2\n")]);
    let said = [without, nameless, broken].map(|repo| {
        let ran = repo.run(&["codeowners"]).exits(2);
        assert_eq!(ran.out, "");
        ran.err
    });
    insta::assert_snapshot!(said.join("--\n"), @"");
}

#[test]
fn the_help_says_how_to_keep_it() {
    insta::assert_snapshot!(shop().run(&["codeowners", "--help"]).exits(0).out, @"");
}

//! The command line, as somebody runs it.

mod codeowners;
mod graph;
mod init;
mod simulate;

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::repo::{Repo, git_in, merestone, run_in};

const RULES: &str = "\
version: 1
domains:
  commerce: { teams: [payments, ledger], architects: [acme/commerce-architects] }
  platform: { teams: [identity], architects: [acme/platform-architects] }
organization: { architects: [acme/council] }
teams:
  payments: { github: \"@acme/payments\", leads: [maria] }
services:
  checkout: { team: payments, paths: [/services/checkout/] }
  ledger: { team: ledger, paths: [/services/ledger/] }
  login: { team: identity, paths: [/services/login/] }
rules:
  - id: crossing
    when: { crosses: team }
    adrs: [ADR-0002]
    why: Teams change together here.
  - id: frozen
    when: { paths: [/services/login/keys/] }
    enforce: block
    why: Keys are made elsewhere.
  - id: docs
    when: { paths: [\"*.md\"] }
    enforce: advise
";

const ADR: &str = "\
# 2. Teams meet at contracts

Date: 2026-02-03

## Status

Accepted

## Decision

Teams call each other through published APIs only. And more.
";

/// A repository with rules, on the branch `topic`, with nothing changed there yet.
fn shop() -> Repo {
    let repo = Repo::with(&[
        (".github/merestone.yml", RULES),
        (".github/CODEOWNERS", "# who\n* @acme/everybody\n/docs/ @acme/writers @ada\n/vendor/\n"),
        ("docs/adr/0002-teams-meet-at-contracts.md", ADR),
        ("services/checkout/main.go", "package main\n"),
        ("services/ledger/main.go", "package main\n"),
        ("services/login/main.go", "package main\n"),
        ("vendor/lib.go", "package lib\n"),
    ]);
    repo.git(["checkout", "-qb", "topic"]);
    repo
}

fn review(repo: &Repo, args: &[&str]) -> Value {
    repo.run(&[&["review", "--format", "json"], args].concat()).exits(0).json()
}

fn names(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

#[test]
fn a_change_within_one_team_asks_nobody() {
    let repo = shop();
    repo.commit(&[("services/checkout/main.go", "package checkout\n")]);
    let review = review(&repo, &[]);
    assert_eq!((&review["scope"], &review["verdict"]), (&json!("team"), &json!("pass")));
    assert_eq!(review["findings"], json!([]));
    assert_eq!(review["reviewers"], json!({"teams": [], "users": []}));
    assert_eq!(names(&review["services"]), ["checkout"]);
    assert_eq!(review["files"][0]["status"], json!("modified"));
    let markdown = repo.run(&["review", "--format", "markdown"]).exits(0).out;
    assert_eq!(markdown, "Nothing would be posted: there is no finding to show.\n");
}

#[test]
fn a_change_that_spans_teams_names_who_signs_and_the_decision() {
    let repo = shop();
    repo.commit(&[("services/checkout/main.go", "x\n"), ("services/ledger/main.go", "y\n")]);
    let domain = review(&repo, &[]);
    assert_eq!((&domain["scope"], &domain["verdict"]), (&json!("domain"), &json!("sign_off")));
    let finding = &domain["findings"][0];
    assert_eq!((&finding["rule"], &finding["enforce"]), (&json!("crossing"), &json!("review")));
    assert_eq!(finding["sign_off"][0]["level"], json!("domain"));
    assert_eq!(names(&finding["sign_off"][0]["from"]), ["@acme/commerce-architects"]);
    assert_eq!(names(&domain["reviewers"]["teams"]), ["@acme/commerce-architects"]);
    let adr = &finding["adrs"][0];
    assert_eq!(adr["path"], json!("docs/adr/0002-teams-meet-at-contracts.md"));
    assert_eq!(adr["decision"], json!("Teams call each other through published APIs only."));
    // A sign-off cannot be given here, so it fails only where that is asked for.
    repo.run(&["review", "--fail-on", "review"]).exits(1);
    repo.run(&["review", "--fail-on", "block"]).exits(0);

    repo.commit(&[("services/login/main.go", "z\n")]);
    let wider = review(&repo, &[]);
    assert_eq!(wider["scope"], json!("organization"));
    assert_eq!(names(&wider["findings"][0]["sign_off"][0]["from"]), ["@acme/council"]);
    let markdown = repo.run(&["review", "--format", "markdown"]).exits(0).out;
    assert!(markdown.starts_with("<!-- merestone") && markdown.contains("council"), "{markdown}");
    let text = repo.run(&["review"]).exits(0).out;
    assert!(text.contains("crossing") && text.contains("council"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colour in a pipe: {text:?}");
}

#[test]
fn the_exit_code_says_what_fails() {
    let repo = shop();
    repo.commit(&[("services/checkout/README.md", "words\n")]);
    for (fail_on, code) in [("advise", 1), ("review", 0), ("block", 0), ("never", 0)] {
        repo.run(&["review", "--fail-on", fail_on]).exits(code);
    }
    repo.commit(&[("services/login/keys/new.pem", "k\n")]);
    for (fail_on, code) in [("advise", 1), ("review", 1), ("block", 1), ("never", 0)] {
        repo.run(&["review", "--fail-on", fail_on]).exits(code);
    }
    repo.run(&["review"]).exits(1);
    // Another form does not change the verdict.
    assert_eq!(repo.run(&["review", "--format", "json"]).exits(1).json()["verdict"], json!("blocked"));
    repo.run(&["review", "--format", "markdown"]).exits(1);
}

#[test]
fn rules_are_read_at_the_base_and_never_from_the_change() {
    let repo = shop();
    let looser = RULES.replace("enforce: block", "enforce: none");
    repo.commit(&[
        (".github/merestone.yml", &looser),
        (".github/CODEOWNERS", ""),
        (".gitattributes", "* linguist-generated\n"),
        ("services/login/keys/new.pem", "k\n"),
    ]);
    repo.run(&["review"]).exits(1);
    // The work tree is not read either.
    repo.write(".github/merestone.yml", "version: 1\n");
    repo.run(&["review"]).exits(1);
    // A rules file on disk is, when it is named.
    fs::write(repo.beside("rules.yml"), &looser).unwrap();
    repo.run(&["review", "--rules", "../rules.yml"]).exits(0);
    repo.run(&["review", "--rules", "../no-rules.yml"]).exits(2);
    // And the base says which rules.
    repo.run(&["review", "--base", "topic~1", "--head", "topic"]).exits(1);
}

#[test]
fn what_the_base_generates_does_not_count() {
    let repo = Repo::with(&[
        (".github/merestone.yml", RULES),
        (".gitattributes", "*.pb.go linguist-generated\n"),
        ("services/checkout/api.pb.go", "a\n"),
        ("services/checkout/made.go", "// Code generated by tool. DO NOT EDIT.\npackage a\n"),
        ("services/checkout/own.go", "package a\n"),
        ("services/checkout/Cargo.lock", "1\n"),
        ("services/ledger/main.go", "1\n"),
    ]);
    repo.git(["checkout", "-qb", "topic"]);
    repo.commit(&[
        ("services/checkout/api.pb.go", "b\n"),
        ("services/checkout/made.go", "// Code generated by tool. DO NOT EDIT.\npackage b\n"),
        ("services/checkout/Cargo.lock", "2\n"),
        ("services/ledger/main.go", "2\n"),
    ]);
    assert_eq!(review(&repo, &[])["scope"], json!("team"));
    // A file that only now says that it is generated counts.
    repo.commit(&[("services/checkout/own.go", "// Code generated by hand. DO NOT EDIT.\npackage a\n")]);
    assert_eq!(review(&repo, &[])["scope"], json!("domain"));
}

#[test]
fn a_renamed_file_counts_for_both_places() {
    let repo = shop();
    fs::rename(repo.dir().join("services/checkout/main.go"), repo.dir().join("services/ledger/-moved \"file\".go"))
        .unwrap();
    repo.commit(&[]);
    let moved = review(&repo, &[]);
    assert_eq!(moved["scope"], json!("domain"));
    assert_eq!(moved["files"][0]["path"], json!("services/ledger/-moved \"file\".go"));
    assert_eq!(moved["files"][0]["previous_path"], json!("services/checkout/main.go"));
    assert_eq!(moved["files"][0]["status"], json!("renamed"));
    fs::remove_file(repo.dir().join("services/login/main.go")).unwrap();
    repo.commit(&[]);
    let removed = review(&repo, &[]);
    assert_eq!(removed["scope"], json!("organization"));
    assert_eq!(removed["files"][1]["status"], json!("removed"));
}

#[test]
fn without_an_author_foreign_is_not_judged_and_the_output_says_so() {
    let rules = "version: 1\nteams:\n  payments: { leads: [maria] }\nservices:\n  pay: { team: payments, paths: [/pay/] }\n\
                 rules:\n  - id: visitors\n    when: { foreign: true }\n    sign_off: lead\n";
    let repo = Repo::with(&[(".github/merestone.yml", rules), ("pay/a", "1\n")]);
    repo.git(["checkout", "-qb", "topic"]);
    repo.commit(&[("pay/a", "2\n")]);
    let anonymous = review(&repo, &[]);
    assert_eq!((&anonymous["findings"], &anonymous["verdict"]), (&json!([]), &json!("pass")));
    let text = repo.run(&["review"]).exits(0).out;
    assert!(text.contains("visitors") && text.contains("foreign"), "{text}");
    // A lead is of the team; whether somebody else is cannot be told here, so it counts as foreign.
    assert_eq!(review(&repo, &["--author", "Maria"])["findings"], json!([]));
    let visitor = review(&repo, &["--author", "@sam"]);
    assert_eq!(visitor["findings"][0]["rule"], json!("visitors"));
}

#[test]
fn a_branch_is_known_by_its_name() {
    let rules = "version: 1\nrules:\n  - id: releases\n    when: { base: [\"release/*\"] }\n    enforce: advise\n";
    let repo = Repo::with(&[(".github/merestone.yml", rules), ("a", "1\n")]);
    repo.git(["branch", "release/2"]);
    repo.commit(&[("a", "2\n")]);
    let findings = |base: &str| review(&repo, &["--base", base])["findings"].as_array().unwrap().len();
    assert_eq!((findings("release/2"), findings("refs/heads/release/2"), findings("main~1")), (1, 1, 0));
}

#[test]
fn codeowners_alone_is_judged_in_shadow() {
    let repo =
        Repo::with(&[("CODEOWNERS", "/a/ @x\n/b/ @y\n/c/ @x @y\n"), ("a/f", "1\n"), ("b/f", "1\n"), ("c/f", "1\n")]);
    repo.git(["checkout", "-qb", "topic"]);
    repo.commit(&[("a/f", "2\n"), ("c/f", "2\n")]);
    assert_eq!(review(&repo, &[])["scope"], json!("team"));
    repo.commit(&[("b/f", "2\n")]);
    let crossing = review(&repo, &[]);
    assert_eq!((&crossing["scope"], &crossing["verdict"]), (&json!("domain"), &json!("pass")));
    assert_eq!(names(&crossing["teams"]), ["@x", "@y"]);
    assert_eq!(crossing["reviewers"], json!({"teams": [], "users": []}));
}

#[test]
fn a_repository_that_says_nothing_is_judged_by_nothing() {
    let repo = Repo::with(&[("a", "1\n")]);
    repo.git(["checkout", "-qb", "topic"]);
    repo.commit(&[("a", "2\n")]);
    assert!(repo.run(&["review"]).exits(0).err.contains("neither .github/merestone.yml nor a CODEOWNERS at main"));
    let nothing = review(&repo, &[]);
    assert_eq!((&nothing["scope"], &nothing["verdict"]), (&json!("none"), &json!("pass")));
}

#[test]
fn nothing_to_compare_is_said() {
    let repo = shop();
    let same = repo.run(&["review", "--format", "json"]).exits(0);
    assert_eq!(same.json()["scope"], json!("none"));
    assert_eq!(same.err, "note: HEAD has nothing that main has not; --base and --head say what is compared\n");
}

#[test]
fn broken_rules_end_with_two_and_show_the_line() {
    let repo = shop();
    repo.git(["checkout", "-q", "main"]);
    repo.commit(&[(".github/merestone.yml", &RULES.replace("team: payments", "team: paymnets"))]);
    for args in [&["review"][..], &["owners", "a"], &["adrs"]] {
        let ran = repo.run(args).exits(2);
        assert_eq!(ran.out, "");
        let words = [".github/merestone.yml:9:", "paymnets", "did you mean `payments`?", "checkout: { team: paymnets"];
        assert!(words.iter().all(|word| ran.err.contains(word)), "{}", ran.err);
    }
    // With folders given, no rules are read.
    repo.run(&["adrs", "docs/adr"]).exits(0);
    let lint = repo.run(&["lint"]).exits(1);
    assert!(lint.out.contains("did you mean `payments`?") && lint.out.contains("1 error,"), "{}", lint.out);
}

#[test]
fn what_cannot_be_compared_ends_with_two() {
    let repo = shop();
    for args in [
        &["review", "--base", "nowhere"][..],
        &["review", "--head", "nowhere"],
        &["review", "--head", "--output=stolen"],
        &["review", "--repo", "nowhere"],
        &["review", "--repo", "/"],
        &["owners", "--rev", "-x", "a"],
        &["adrs", "--rev", "HEAD:docs"],
        &["adrs", "no/such/folder"],
        &["nothing-of-the-kind"],
        &["review", "--fail-on", "sometimes"],
        &[],
    ] {
        let ran = repo.run(args).exits(2);
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{args:?}: {ran:?}");
    }
    assert!(!repo.dir().join("stolen").exists());
    repo.git(["checkout", "-q", "--orphan", "island"]);
    repo.commit(&[("island", "alone\n")]);
    let ran = repo.run(&["review"]).exits(2);
    assert!(
        ran.err.contains("`HEAD`") && ran.err.contains("`main`") && ran.err.contains("no common commit"),
        "{}",
        ran.err
    );
    let empty = Repo::new();
    assert!(empty.run(&["review"]).exits(2).err.contains("no commit yet"));
}

#[test]
fn owners_says_who_and_which_line() {
    let repo = shop();
    let paths = ["services/checkout/x/new.go", "docs/a.md", "vendor/x.js", "README.md", "./services/../docs/b.md"];
    let ran = repo.run(&[&["owners", "--format", "json"], &paths[..]].concat()).exits(0);
    let file = |file: &str, line: u32| json!({"file": file, "line": line});
    let codeowners = |line| file(".github/CODEOWNERS", line);
    assert_eq!(
        ran.lines(),
        [
            json!({"path": paths[0], "service": "checkout", "teams": ["payments"], "owners": ["@acme/payments"],
                "source": file(".github/merestone.yml", 9)}),
            json!({"path": paths[1], "service": null, "teams": ["@acme/writers", "@ada"], "owners": ["@acme/writers", "@ada"],
                "source": codeowners(3)}),
            json!({"path": paths[2], "service": null, "teams": [], "owners": [], "source": codeowners(4)}),
            json!({"path": paths[3], "service": null, "teams": ["@acme/everybody"], "owners": ["@acme/everybody"],
                "source": codeowners(2)}),
            json!({"path": "docs/b.md", "service": null, "teams": ["@acme/writers", "@ada"],
                "owners": ["@acme/writers", "@ada"], "source": codeowners(3)}),
        ]
    );
    assert!(ran.out.starts_with(r#"{"path":"#), "the order of the keys is the Contract's: {}", ran.out);
    let text = repo.run(&["owners", "docs/a.md", "vendor/x.js"]).exits(0).out;
    insta::assert_snapshot!(text, @r"
    PATH         OWNERS              SERVICE  SAID BY
    docs/a.md    @acme/writers @ada  -        .github/CODEOWNERS:3
    vendor/x.js  nobody              -        .github/CODEOWNERS:4
    ");
}

#[test]
fn owners_reads_paths_one_a_line() {
    let repo = Repo::with(&[("CODEOWNERS", "/a/ @a\n"), ("a/f", "1\n")]);
    let input = b"a/x\n\n./a/b c\r\n\"a/caf\\303\\251 \\\"q\\\"\"\na/\xe9\n-v\n\"plain\"\nlast";
    let ran = repo.run_with(&["owners", "--format", "json", "-"], input).exits(0);
    let lines = ran.lines();
    let paths: Vec<&str> = lines.iter().map(|line| line["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["a/x", "a/b c", "a/caf\u{e9} \"q\"", "a/\\xe9", "-v", "\"plain\"", "last"]);
    let owned: Vec<bool> = lines.iter().map(|line| line["owners"] != json!([])).collect();
    assert_eq!(owned, [true, true, true, true, false, false, false]);
    assert_eq!(lines[4]["source"], Value::Null);
    assert_eq!(repo.run_with(&["owners", "--format", "json", "-"], b"").exits(0).out, "");
    // What begins with a dash is a path behind `--`.
    assert_eq!(repo.run(&["owners", "--format", "json", "--", "-v"]).exits(0).lines()[0]["path"], json!("-v"));
}

#[test]
fn owners_without_paths_lists_every_file() {
    let repo = Repo::with(&[("CODEOWNERS", "* @a\n"), ("b/f", "1\n")]);
    repo.write(OsStr::from_bytes(b"odd\x1b[2J\n\xff"), "x\n");
    repo.commit(&[]);
    let ran = repo.run(&["owners", "--format", "json"]).exits(0);
    let paths: Vec<Value> = ran.lines().into_iter().map(|line| line["path"].clone()).collect();
    assert_eq!(paths, [json!("CODEOWNERS"), json!("b/f"), json!("odd\u{1b}[2J\n\\xff")]);
    let text = repo.run(&["owners"]).exits(0).out;
    assert!(text.contains("odd\\u{1b}[2J\\u{a}\\xff") && !text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn nobody_owns_anything_where_nothing_says_so() {
    let repo = Repo::with(&[("a", "1\n")]);
    let ran = repo.run(&["owners", "--format", "json", "a"]).exits(0);
    assert_eq!(ran.lines(), [json!({"path": "a", "service": null, "teams": [], "owners": [], "source": null})]);
    assert!(ran.err.contains("neither"), "{}", ran.err);
}

#[test]
fn lint_passes_what_is_clean_and_names_what_is_not() {
    let repo = shop();
    let clean = repo.run(&["lint"]).exits(0).out;
    assert!(clean.ends_with(".github/merestone.yml, .github/CODEOWNERS: 0 errors, 0 warnings\n"), "{clean}");

    repo.write("edit.yml", RULES.replace("ADR-0002", "ADR-0009").replace("crosses: team", "imports: internals"));
    let edited = repo.run(&["lint", "edit.yml"]).exits(0).out;
    assert!(edited.contains("edit.yml:15:12: warning") && edited.contains("`ADR-0009`"), "{edited}");
    assert!(edited.contains("rule `crossing` is skipped") && edited.contains("imports"), "{edited}");
    assert!(edited.contains("0 errors, 2 warnings"), "{edited}");

    // The records are those of the repository that the file lies in, wherever it is named from.
    let path = repo.dir().join("edit.yml");
    let elsewhere = Repo::with(&[("a", "1\n")]);
    let named = elsewhere.run(&["lint", path.to_str().unwrap()]).exits(0).out;
    assert!(named.contains("`ADR-0009`") && named.contains(".github/CODEOWNERS: 0 errors, 2 warnings"), "{named}");

    repo.write("dir/wrong.yml", "version: 1\nruless: []\n");
    let wrong = run_in(&repo.dir().join("dir"), &["lint", "wrong.yml"], &[], b"").exits(1).out;
    assert!(wrong.contains("wrong.yml:2:1: error") && wrong.contains("`rules`"), "{wrong}");
    assert!(repo.run(&["lint", "no.yml"]).exits(2).err.contains("no.yml"));
    assert!(repo.run(&["lint", "dir"]).exits(2).err.contains("dir"));
}

const ORGANIZATION: &str = "\
version: 1
extends: [security]
services: { vault: { team: ledger, paths: [/vault/] } }
repositories: { \"sh*\": { team: identity } }
rules:
  - { id: access-control, sign_off: [ledger], locked: true }
teams: { ledger: {}, identity: {} }
";

#[test]
fn the_organisation_s_file_lies_beneath_and_each_value_is_explained() {
    let repo = shop();
    repo.git(["remote", "add", "origin", "https://github.com/acme/shop.git"]);
    fs::write(repo.beside("acme.yml"), ORGANIZATION).unwrap();
    let path = repo.beside("acme.yml");
    let with = ["--organization", path.to_str().unwrap()];
    let explained = repo.run(&[&["lint", "--explain"], &with[..]].concat()).exits(0).out;
    for line in [
        ("vault: { team: ledger, paths: [/vault/] }", "acme.yml:3"),
        ("login: { team: identity, paths: [/services/login/] }", ".github/merestone.yml:11"),
        ("sign_off: [ledger]", "acme.yml:6"),
        ("enforce: review", "pack security:"),
        ("enforce: block", ".github/merestone.yml:19"),
        ("mode: on", "default"),
    ] {
        let found = |text: &str| text.contains(line.0) && text.contains(line.1);
        assert!(explained.lines().any(found), "{line:?}\n{explained}");
    }
    assert!(repo.run(&["lint", "--explain"]).exits(0).out.contains("crosses: team"));

    let rows = repo.run(&[&["owners", "--format", "json", "vault/a", "docs/a", "vendor/a"], &with[..]].concat());
    let rows: Vec<Value> = rows.exits(0).out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows[0]["source"]["line"], 3);
    assert!(rows[0]["source"]["file"].as_str().unwrap().ends_with("acme.yml"));
    assert_eq!((&rows[1]["source"]["file"], &rows[2]["teams"]), (&json!(".github/CODEOWNERS"), &json!([])));

    repo.commit(&[("services/login/auth/a.go", "package auth\n")]);
    let found = review(&repo, &with);
    assert_eq!(found["findings"][0]["rule"], "access-control");
    assert_eq!(found["findings"][0]["sign_off"][0]["from"], json!(["@acme/ledger"]));

    let weaker = RULES.replace("rules:\n", "rules:\n  - { id: access-control, enforce: none }\n");
    repo.write("weaker.yml", weaker);
    let warned = repo.run(&[&["lint", "weaker.yml"], &with[..]].concat()).exits(0).out;
    assert!(warned.contains("`enforce` has no effect on the rule `access-control`"), "{warned}");
    assert!(warned.contains("locks it on line 6"), "{warned}");

    fs::write(repo.beside("acme.yml"), "version: 1\nmode: quiet\n").unwrap();
    let broken = repo.run(&[&["review"], &with[..]].concat()).exits(2).err;
    assert!(broken.contains("acme.yml:2:7: error"), "{broken}");
}

#[test]
fn lint_looks_at_the_records_that_rules_name() {
    let superseded = "# 2. Old\n\n## Status\n\nSuperseded by [7](0007-new.md)\n";
    let repo = shop();
    repo.commit(&[
        ("docs/adr/0002-teams-meet-at-contracts.md", superseded),
        ("docs/adr/0007-new.md", "# 7. New\n\n## Status\n\nAccepted\n"),
    ]);
    let replaced = repo.run(&["lint"]).exits(0).out;
    assert!(replaced.contains("docs/adr/0007-new.md") && replaced.contains("1 warning"), "{replaced}");
    repo.commit(&[("docs/adr/more/0002-another.md", "# 2. Another\n\n## Status\n\nAccepted\n")]);
    let ambiguous = repo.run(&["lint"]).exits(1).out;
    let candidates = ["docs/adr/0002-teams-meet-at-contracts.md", "docs/adr/more/0002-another.md"];
    assert!(candidates.iter().all(|path| ambiguous.contains(path)) && ambiguous.contains("1 error"), "{ambiguous}");
}

#[test]
fn lint_checks_codeowners() {
    let repo = Repo::with(&[("CODEOWNERS", "* @acme/all\n!docs/ @acme/writers\n"), ("docs/CODEOWNERS", "!! wrong\n")]);
    let ran = repo.run(&["lint"]).exits(1);
    // The first found is used alone, as GitHub does.
    assert!(
        ran.out.contains("CODEOWNERS:2:1: error")
            && ran.out.contains("never reads `docs/CODEOWNERS`")
            && ran.out.ends_with("CODEOWNERS: 1 error, 1 warning\n"),
        "{}",
        ran.out
    );
    // By its name on disk, with or without a repository.
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("CODEOWNERS"), "* @acme/all\n").unwrap();
    fs::write(outside.path().join("rules.yml"), RULES).unwrap();
    let clean = run_in(outside.path(), &["lint", "CODEOWNERS"], &[], b"").exits(0);
    assert_eq!(clean.out, "CODEOWNERS: 0 errors, 0 warnings\n");
    run_in(outside.path(), &["lint", "rules.yml"], &[], b"").exits(0);
    run_in(outside.path(), &["lint"], &[], b"").exits(2);
    let nothing = Repo::with(&[("a", "1\n")]);
    let ran = nothing.run(&["lint"]).exits(2);
    assert!(ran.err.contains("merestone lint FILE"), "{}", ran.err);
}

#[test]
fn lint_compares_with_the_files_and_answers_in_three_formats() {
    let rules = "version: 1\nservices:\n  all: { team: a, paths: [\"**\"] }\n  \u{202e}gone: { team: b, paths: [/sr/, '[x](y)'] }\n";
    let repo = Repo::with(&[(".github/merestone.yml", rules), ("src/a.rs", "x\n"), ("CODEOWNERS", "/Src/ @acme/a\n")]);
    let text = repo.run(&["lint"]).exits(0);
    assert!(text.out.contains("has no files") && text.out.contains("letter case counts"), "{}", text.out);
    assert!(text.out.ends_with("0 errors, 2 warnings\n") && !text.out.contains('\u{202e}'), "{}", text.out);
    // Whom there is on GitHub is not looked at, which is said once.
    assert_eq!(text.err.matches("exist on GitHub").count(), 1, "{}", text.err);
    let lines = repo.run(&["lint", "--format", "json"]).exits(0).lines();
    let codes: Vec<_> =
        lines.iter().map(|line| (line["file"].clone(), line["line"].clone(), line["code"].clone())).collect();
    assert_eq!(
        codes,
        [
            (json!(".github/merestone.yml"), json!(4), json!("service-without-files")),
            (json!("CODEOWNERS"), json!(1), json!("pattern-matches-nothing"))
        ]
    );
    let sarif = repo.run(&["lint", "--format", "sarif"]).exits(0).json();
    assert_eq!(sarif["version"], json!("2.1.0"));
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    assert!(results[0]["message"]["text"].as_str().unwrap().contains(r"\[x\](y)"), "{}", results[0]);
    // An error is one in every format.
    repo.write("wrong.yml", "version: 1\nruless: []\n");
    for format in ["text", "json", "sarif"] {
        repo.run(&["lint", "--format", format, "wrong.yml"]).exits(1);
    }
}

#[test]
fn adrs_lists_the_records() {
    let repo = shop();
    let ran = repo.run(&["adrs", "--format", "json"]).exits(0);
    assert_eq!(
        ran.lines(),
        [json!({"id": "0002", "number": 2, "title": "Teams meet at contracts", "status": "accepted",
            "path": "docs/adr/0002-teams-meet-at-contracts.md", "date": "2026-02-03", "superseded_by": [], "paths": [],
            "decision": "Teams call each other through published APIs only."})]
    );
    for args in [&["docs/adr"][..], &["./docs/adr/"], &["docs"], &["."]] {
        assert_eq!(repo.run(&[&["adrs", "--format", "json"], args].concat()).exits(0).out, ran.out, "{args:?}");
    }
    insta::assert_snapshot!(repo.run(&["adrs"]).exits(0).out, @r"
    ID    STATUS    DATE        TITLE                    PATH
    0002  accepted  2026-02-03  Teams meet at contracts  docs/adr/0002-teams-meet-at-contracts.md
    ");
    // The folder that the rules name is looked in alone.
    let elsewhere = format!("{RULES}adrs: {{ paths: [notes/] }}\n");
    repo.commit(&[
        (".github/merestone.yml", &elsewhere),
        ("notes/0001-first.md", "# 1. First\n\n## Status\n\nAccepted\n"),
    ]);
    let named = repo.run(&["adrs", "--format", "json"]).exits(0).lines();
    assert_eq!(named.iter().map(|line| line["path"].clone()).collect::<Vec<_>>(), [json!("notes/0001-first.md")]);
    assert_eq!(repo.run(&["adrs", "--rev", "HEAD~1", "--format", "json"]).exits(0).out, ran.out);
}

#[test]
fn no_records_is_no_failure() {
    let repo = Repo::with(&[("a", "1\n"), ("docs/x.txt", "no record\n")]);
    let ran = repo.run(&["adrs"]).exits(0);
    assert!(ran.out.is_empty() && ran.err.contains("no decision records"), "{ran:?}");
    assert_eq!(repo.run(&["adrs", "--format", "json", "docs"]).exits(0).out, "");
}

#[test]
fn a_bare_repository_answers_when_it_is_named() {
    let repo = shop();
    repo.commit(&[("services/checkout/main.go", "x\n"), ("services/ledger/main.go", "y\n")]);
    repo.git(["checkout", "-q", "main"]);
    let bare = repo.bare();
    let bare = bare.to_str().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| run_in(elsewhere.path(), args, &[], b"");
    let judged = run(&["review", "--repo", bare, "--head", "topic", "--format", "json"]).exits(0).json();
    assert_eq!(judged["scope"], json!("domain"));
    run(&["owners", "--repo", bare, "--rev", "topic", "docs/a.md"]).exits(0);
    run(&["lint", "--repo", bare]).exits(0);
    assert_eq!(run(&["adrs", "--repo", bare, "--format", "json"]).exits(0).lines().len(), 1);
    // One that merely lies where we stand is not trusted.
    let planted = run_in(std::path::Path::new(bare), &["owners", "a"], &[], b"").exits(2);
    assert!(planted.err.contains("--repo ."), "{}", planted.err);
    run_in(std::path::Path::new(bare), &["owners", "--repo", ".", "a"], &[], b"").exits(0);
}

#[test]
fn the_callers_environment_does_not_answer_for_another_repository() {
    let repo = Repo::with(&[("CODEOWNERS", "* @right\n")]);
    let other = Repo::with(&[("CODEOWNERS", "* @wrong\n")]);
    let git_dir = other.dir().join(".git");
    let git_dir = git_dir.to_str().unwrap();
    let env = [
        ("GIT_DIR", git_dir),
        ("GIT_WORK_TREE", other.dir().to_str().unwrap()),
        ("GIT_OBJECT_DIRECTORY", "/nowhere"),
        ("GIT_INDEX_FILE", "/nowhere"),
        ("GIT_NAMESPACE", "x"),
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "core.bare"),
        ("GIT_CONFIG_VALUE_0", "rubbish"),
        ("GIT_EXTERNAL_DIFF", "/nowhere"),
        ("GIT_TRACE", "2"),
    ];
    let ran = run_in(repo.dir(), &["owners", "--format", "json", "a"], &env, b"").exits(0);
    assert_eq!(ran.lines()[0]["owners"], json!(["@right"]));
    assert_eq!(ran.err, "");
}

#[test]
fn the_organisation_comes_from_origin_or_from_the_handles() {
    let rules = "version: 1\nservices:\n  pay: { team: payments, paths: [/pay/] }\n";
    let repo = Repo::with(&[(".github/merestone.yml", rules), ("pay/a", "1\n")]);
    let owners = || repo.run(&["owners", "--format", "json", "pay/a"]).exits(0).lines()[0]["owners"].clone();
    let alone = owners();
    repo.commit(&[("CODEOWNERS", "* @acme/all\n/x/ @ACME/more @ada\n")]);
    assert_eq!(owners(), json!(["@acme/payments"]));
    repo.commit(&[("CODEOWNERS", "* @acme/all\n/x/ @other/more\n")]);
    assert_eq!(owners(), alone);
    repo.git(["remote", "add", "origin", "git@github.com:globex/shop.git"]);
    assert_eq!(owners(), json!(["@globex/payments"]));
}

#[test]
fn the_comment_links_to_where_origin_is() {
    let repo = shop();
    repo.git(["remote", "add", "origin", "https://token:secret@github.com/acme/shop.git"]);
    repo.commit(&[("services/checkout/main.go", "x\n"), ("services/ledger/main.go", "y\n")]);
    let markdown = repo.run(&["review", "--base", "main", "--format", "markdown"]).exits(0).out;
    assert!(markdown.contains("https://github.com/acme/shop/blob/") && !markdown.contains("secret"), "{markdown}");
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let repo = Repo::with(&[("CODEOWNERS", "* @a\n")]);
    for at in 0..3000 {
        repo.write(format!("{}/{at}", "long-folder-name".repeat(8)), "");
    }
    repo.commit(&[]);
    let mut child = merestone(repo.dir())
        .args(["owners", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut String::new()).unwrap();
    drop(out);
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn the_schema_is_printed() {
    let schema = Repo::new().run(&["schema"]).exits(0).json();
    assert!(schema["properties"]["rules"].is_object(), "{schema}");
}

#[test]
fn help_and_version_are_there() {
    let repo = Repo::new();
    let help = repo.run(&["--help"]).exits(0).out;
    for command in ["review", "owners", "lint", "adrs", "schema"] {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
        let own = repo.run(&[command, "--help"]).exits(0).out;
        assert!(own.contains("Example"), "{own}");
    }
    assert_eq!(repo.run(&["--version"]).exits(0).out, format!("merestone {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn rules_in_a_symlink_are_not_rules() {
    let repo = Repo::with(&[("real.yml", "version: 1\nnonsense: 1\n"), ("CODEOWNERS", "* @a\n")]);
    fs::create_dir(repo.dir().join(".github")).unwrap();
    std::os::unix::fs::symlink("../real.yml", repo.dir().join(".github/merestone.yml")).unwrap();
    repo.commit(&[]);
    repo.run(&["owners", "a"]).exits(0);
}

#[test]
fn a_shallow_checkout_says_how_to_go_on() {
    let repo = shop();
    repo.commit(&[("a", "1\n")]);
    repo.git(["checkout", "-q", "main"]);
    repo.commit(&[("b", "1\n")]);
    let clone = repo.beside("shallow");
    let url = format!("file://{}", repo.dir().display());
    let clone_args = ["clone", "-q", "--depth=1", "--no-single-branch", &url, clone.to_str().unwrap()];
    assert!(git_in(repo.dir()).args(clone_args).status().unwrap().success());
    let ran = run_in(&clone, &["review", "--head", "origin/topic"], &[], b"").exits(2);
    assert!(ran.err.contains("git fetch --unshallow") && ran.err.contains("fetch-depth: 0"), "{}", ran.err);
}

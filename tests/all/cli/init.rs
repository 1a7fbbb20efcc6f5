//! `merestone init`.

use std::fs;
use std::os::unix::fs::symlink;

use crate::repo::{Repo, run_in};

fn shop() -> Repo {
    let repo = Repo::with(&[
        ("package.json", r#"{"workspaces": ["packages/*"]}"#),
        (".github/CODEOWNERS", "/packages/cart/ @acme/payments\n/packages/prices/ @acme/web\n"),
        ("packages/cart/package.json", "{}"),
        ("packages/prices/package.json", "{}"),
        ("packages/new/package.json", "{}"),
        ("docs/adr/0001-one.md", "# 1. One\n\n## Status\n\nAccepted\n"),
    ]);
    repo.git(["remote", "add", "origin", "https://github.com/acme/shop.git"]);
    repo.commit(&[("packages/cart/a.ts", "1\n"), ("packages/prices/a.ts", "1\n")]);
    repo.commit(&[("packages/cart/a.ts", "2\n")]);
    repo.commit(&[("packages/new/a.ts", "2\n")]);
    repo
}

#[test]
fn a_first_file_is_written_and_judges() {
    let repo = shop();
    let ran = repo.run(&["init"]).exits(0);
    let out = ran.out.replace(&*repo.dir().canonicalize().unwrap().to_string_lossy(), "SHOP");
    insta::assert_snapshot!(out, @"");
    assert_eq!(ran.err, "");
    let written = fs::read_to_string(repo.dir().join(".github/merestone.yml")).unwrap();
    let commit = repo.git(["rev-parse", "--short=10", "HEAD"]);
    insta::assert_snapshot!(written.replace(&commit, "COMMIT"), @"");
    let lint = repo.run(&["lint", ".github/merestone.yml"]).exits(0);
    assert!(lint.out.contains("0 errors, 0 warnings"), "{}", lint.out);

    // The same repository, the same file; and never over one that is there.
    let again = repo.run(&["init"]).exits(2);
    insta::assert_snapshot!(again.err, @"");
    assert_eq!(fs::read_to_string(repo.dir().join(".github/merestone.yml")).unwrap(), written);
    let printed = repo.run(&["init", "--print"]).exits(0);
    assert_eq!(printed.out, written);
    assert_eq!(repo.run(&["init", "-"]).exits(0).out, written);
    insta::assert_snapshot!(printed.err, @"");
    let bare = repo.bare();
    assert_eq!(run_in(repo.dir(), &["init", "--repo", bare.to_str().unwrap(), "--print"], &[], b"").exits(0).out.lines().count(), written.lines().count());
    insta::assert_snapshot!(run_in(repo.dir(), &["init", "--repo", bare.to_str().unwrap()], &[], b"").exits(2).err, @"");

    repo.commit(&[]);
    insta::assert_snapshot!(repo.run(&["init", "--print"]).exits(2).err, @"");
    repo.commit(&[("packages/cart/a.ts", "3\n"), ("packages/prices/a.ts", "3\n")]);
    let review = repo.run(&["review", "--base", "HEAD~1", "--format", "json"]).exits(0).json();
    assert_eq!(review["services"], serde_json::json!(["cart", "prices"]));
}

#[test]
fn nothing_is_written_through_a_link() {
    let repo = Repo::with(&[("a/x", "x"), ("a/y", "y")]);
    let elsewhere = repo.beside("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, repo.dir().join(".github")).unwrap();
    let ran = repo.run(&["init"]).exits(2);
    assert!(ran.err.contains(".github is no folder of the work tree"), "{}", ran.err);
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);

    let repo = Repo::with(&[("a/x", "x")]);
    fs::create_dir(repo.dir().join(".github")).unwrap();
    symlink(repo.beside("target"), repo.dir().join(".github/merestone.yml")).unwrap();
    repo.run(&["init"]).exits(2);
    assert!(!repo.beside("target").exists());
}

#[test]
fn a_folder_below_the_top_names_the_repository() {
    let repo = Repo::with(&[("a/x", "x"), ("a/y", "y")]);
    run_in(&repo.dir().join("a"), &["init"], &[], b"").exits(0);
    assert!(repo.dir().join(".github/merestone.yml").is_file());
    assert!(!repo.dir().join("a/.github").exists());
}

#[test]
fn an_empty_repository_has_nothing_to_show() {
    let ran = Repo::new().run(&["init"]).exits(2);
    insta::assert_snapshot!(ran.err, @"");
}

#[test]
fn the_help_says_what_it_does() {
    insta::assert_snapshot!(Repo::new().run(&["init", "--help"]).exits(0).out, @"");
}

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
    insta::assert_snapshot!(out, @r#"
    SHOP/.github/merestone.yml is written: 3 services by folder, 1 service by an entry, the pack `startup`, in shadow.
    Of these nobody owns 1: name their teams, since what nobody owns reaches nobody.

    The 90 days to 2026-01-02 judged by it, as if its mode were `on` (3 changes):
      2 (66 %) ask nobody
      1 (33 %) show somebody that they are coming, and wait for nobody
    Who hears of how many: @acme/payments 1, @acme/web 1
    Not judged here, since only GitHub knows who is in which team: `foreign-change`
    "#);
    assert_eq!(ran.err, "");
    let written = fs::read_to_string(repo.dir().join(".github/merestone.yml")).unwrap();
    let commit = repo.git(["rev-parse", "--short=10", "HEAD"]);
    insta::assert_snapshot!(written.replace(&commit, "COMMIT"), @r#"
    # The rules of acme/shop: who owns what, and what a change needs that reaches further.
    #
    # A first draft by `merestone init` from commit COMMIT of 2026-01-02; every entry says where it comes
    # from. Keep what is right and change the rest: `merestone lint .github/merestone.yml` checks it, `merestone
    # review --rules .github/merestone.yml` judges a change by it.
    version: 1

    # 1 person committed 3 times or more in the year to 2026-01-02 (1 in all, programs aside). `startup` is for
    # fewer than 50, `growth` for 50 to 200, `enterprise` for more.
    extends: [startup]

    # The first week is for looking: everything is judged and recorded, nobody is asked and nothing held. Then
    # `advise` (shown, holds nothing), then `on` (as each rule says).
    mode: shadow

    # 1 decision record; a rule names those behind it, as in `adrs: [ADR-0002]`, and whoever meets the rule reads
    # them.
    adrs: { paths: [docs/adr/] }

    # CODEOWNERS names 2 teams, those of most files first: payments, web. Teams that answer to the same architects
    # form a domain; without domains everything is one, and nobody stands above the owners. To say it:
    # organization: { architects: [acme/COUNCIL] }
    # domains:
    #   NAME: { teams: [payments, web], architects: [acme/ARCHITECTS] }

    # Every such folder is a service of its name, and so is one that will be added.
    roots:
      - packages/*/  # package.json, workspaces: 3 folders

    # No entry names a team, so .github/CODEOWNERS says who owns a file; it does for 4 of 9 files. A `team` here
    # says it instead, as in `{ team: payments, paths: […] }`. The last entry that matches a path wins.
    services:
      # What serves all others (the files at the top, CI, tools, documents): no crossing by itself.
      root: { paths: ["/*", "/.*/", /docs/], shared: true }

      # Folders of `roots` that nobody owns. Take the `#` away and name the team:
      # new: { team: TEAM }  # nobody's; 2 commits: Ada 2
    "#);
    let lint = repo.run(&["lint", ".github/merestone.yml"]).exits(0);
    assert!(lint.out.contains("0 errors, 0 warnings"), "{}", lint.out);

    // The same repository, the same file; and never over one that is there.
    let again = repo.run(&["init"]).exits(2);
    insta::assert_snapshot!(again.err, @r#"merestone: .github/merestone.yml is there already, in the work tree and not committed: `merestone lint` checks it and `merestone review` judges by it; to begin anew, take it away first"#);
    assert_eq!(fs::read_to_string(repo.dir().join(".github/merestone.yml")).unwrap(), written);
    let printed = repo.run(&["init", "--print"]).exits(0);
    assert_eq!(printed.out, written);
    assert_eq!(repo.run(&["init", "-"]).exits(0).out, written);
    insta::assert_snapshot!(printed.err, @r#"
    note: 3 services by folder, 1 service by an entry, the pack `startup`, in shadow.
    note: Of these nobody owns 1: name their teams, since what nobody owns reaches nobody.
    note: The 90 days to 2026-01-02 judged by it, as if its mode were `on` (3 changes):
    note:   2 (66 %) ask nobody
    note:   1 (33 %) show somebody that they are coming, and wait for nobody
    note: Who hears of how many: @acme/payments 1, @acme/web 1
    note: Not judged here, since only GitHub knows who is in which team: `foreign-change`
    "#);
    let bare = repo.bare();
    assert_eq!(
        run_in(repo.dir(), &["init", "--repo", bare.to_str().unwrap(), "--print"], &[], b"")
            .exits(0)
            .out
            .lines()
            .count(),
        written.lines().count()
    );
    insta::assert_snapshot!(run_in(repo.dir(), &["init", "--repo", bare.to_str().unwrap()], &[], b"").exits(2).err, @r#"merestone: there is no work tree to write to; `merestone init --print` writes to standard output"#);

    repo.commit(&[]);
    insta::assert_snapshot!(repo.run(&["init", "--print"]).exits(2).err, @r#"merestone: .github/merestone.yml is there already, at HEAD: `merestone lint` checks it and `merestone review` judges by it; to begin anew, take it away first"#);
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
    insta::assert_snapshot!(ran.err, @r#"merestone: the repository has no commit yet; nothing can be read from it"#);
}

#[test]
fn the_help_says_what_it_does() {
    insta::assert_snapshot!(Repo::new().run(&["init", "--help"]).exits(0).out, @r#"
    Write a first rules file for this repository

    It is made of what HEAD shows: CODEOWNERS, folders, manifests (npm, pnpm, Cargo, Go, Maven, Gradle),
    decision records, and who changed what in the year before it. Comments say where each entry comes
    from. The file is written to .github/merestone.yml in the work tree, never over one that is there,
    in the mode `shadow`: nobody is asked and nothing held. What it would have asked in the 90 days
    before HEAD is told then.

    Usage: merestone init [OPTIONS] [-]

    Arguments:
      [-]
              `-` is the same as --print

    Options:
          --repo <DIR>
              The repository: a folder in it, or a bare repository [default: the current folder]

          --print
              Write to standard output instead, and the rest to standard error

      -h, --help
              Print help (see a summary with '-h')

    Examples:
      A first file, to be read, changed and committed:
        merestone init
      What it would be, of a bare repository:
        merestone init --repo shop.git --print
    "#);
}

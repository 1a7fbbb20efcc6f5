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
    insta::assert_snapshot!(ran.out, @r#"
    # by hand
    * @acme/everybody
    /old/ @acme/nobody

    # ---- merestone: written from .github/merestone.yml; edit that file, not what follows ----
    # The lines above this mark are yours and are kept.
    # After an edit of the rules:  merestone codeowners --rules .github/merestone.yml > CODEOWNERS
    # In CI, so that nobody forgets it:  merestone codeowners --check

    # checkout, the folder of its name
    /services/checkout/ @acme/payments

    # ledger
    /services/ledger/ @acme/ledger

    # checkout
    /services/checkout/ @acme/payments
    "#);
    insta::assert_snapshot!(ran.err, @r#"note: 1 of the 2 lines of your own in CODEOWNERS decides about no file: the services do, or later lines, or there is no such file"#);

    let missing = repo.run(&["codeowners", "--check"]).exits(1);
    insta::assert_snapshot!(missing.out, @r#"
    --- a/CODEOWNERS
    +++ b/CODEOWNERS
    @@ -1,3 +1,17 @@
     # by hand
     * @acme/everybody
     /old/ @acme/nobody
    +
    +# ---- merestone: written from .github/merestone.yml; edit that file, not what follows ----
    +# The lines above this mark are yours and are kept.
    +# After an edit of the rules:  merestone codeowners --rules .github/merestone.yml > CODEOWNERS
    +# In CI, so that nobody forgets it:  merestone codeowners --check
    +
    +# checkout, the folder of its name
    +/services/checkout/ @acme/payments
    +
    +# ledger
    +/services/ledger/ @acme/ledger
    +
    +# checkout
    +/services/checkout/ @acme/payments
    "#);
    insta::assert_snapshot!(missing.err, @r#"merestone: CODEOWNERS is not what the rules say: merestone codeowners --rules .github/merestone.yml > CODEOWNERS"#);

    repo.commit(&[("CODEOWNERS", &ran.out)]);
    assert_eq!(repo.run(&["codeowners", "--check"]).exits(0).out, "CODEOWNERS says what the rules say\n");
    assert_eq!(repo.run(&["codeowners"]).exits(0).out, ran.out, "what was written is no input");
    let owners = |repo: &Repo| {
        repo.run(&["owners", "--format", "json"])
            .exits(0)
            .lines()
            .into_iter()
            .map(|line| line["owners"].clone())
            .collect::<Vec<_>>()
    };
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
    let nameless = Repo::with(&[
        (".github/merestone.yml", "version: 1\nservices:\n  a: { team: payments, paths: [/a/] }\n"),
        ("a/x", "x"),
    ]);
    let broken = Repo::with(&[(".github/merestone.yml", "version: 2\n")]);
    let said = [without, nameless, broken].map(|repo| {
        let ran = repo.run(&["codeowners"]).exits(2);
        assert_eq!(ran.out, "");
        ran.err
    });
    insta::assert_snapshot!(said.join("--\n"), @r#"
    merestone: there is no .github/merestone.yml at HEAD, so there is nothing that CODEOWNERS does not say already; `merestone init` writes a first one
    --
    merestone: nothing says which organisation the team payments belongs to (there is no remote `origin` on GitHub, and no other handle names one); write `teams: { payments: { github: "@ORGANISATION/payments" } }`
    --
    merestone: the rules in .github/merestone.yml cannot be used

    .github/merestone.yml:1:10: error: version 2 of the rules file needs a newer Merestone; this one reads version 1
      |
    1 | version: 2
      |          ^
    "#);
}

#[test]
fn the_help_says_how_to_keep_it() {
    insta::assert_snapshot!(shop().run(&["codeowners", "--help"]).exits(0).out, @r#"
    Write a CODEOWNERS file that names the owners that the rules name

    The lines of the CODEOWNERS in force are kept, and the services follow below a mark; from there on
    the file is written anew each time. What CODEOWNERS cannot say (`!`, a service that names no team
    after one that does) is listed by folder and file as they are at --rev. Every path of the revision
    has the owners that `merestone owners` tells, or nothing is written.

    Usage: merestone codeowners [OPTIONS]

    Options:
          --repo <DIR>
              The repository: a folder in it, or a bare repository [default: the current folder]

          --rev <REV>
              The revision whose files, rules and CODEOWNERS are read
              
              [default: HEAD]

          --rules <FILE>
              A rules file on disk [default: .github/merestone.yml at --rev]

          --organization <FILE>
              The organisation's file on disk, which applies beneath the repository's own

          --check
              Print what has to change in the CODEOWNERS at --rev instead of the file, and exit with 1
              where something has to

      -h, --help
              Print help (see a summary with '-h')

    Examples:
      After an edit of the rules, before it is committed:
        merestone codeowners --rules .github/merestone.yml > .github/CODEOWNERS
      In CI, to fail with the difference where that was forgotten:
        merestone codeowners --check
    "#);
}

//! `merestone simulate`: a history under today's rules and under others.

use serde_json::{Value, json};

use super::{RULES, names, shop};
use crate::repo::{Ran, Repo, git_in};

/// A repository whose default branch has taken in a squash, a merge of two commits, and a commit that touches one team alone.
fn history() -> Repo {
    let repo = shop();
    repo.git(["checkout", "-q", "main"]);
    land(&repo, "Round half up (#11)", &[("services/checkout/main.go", "1\n"), ("services/ledger/main.go", "1\n")]);
    repo.git(["checkout", "-qb", "two"]);
    land(&repo, "first half", &[("services/login/keys/a.pem", "1\n")]);
    land(&repo, "second half", &[("services/login/main.go", "2\n")]);
    repo.git(["checkout", "-q", "main"]);
    let message = "Merge pull request #12 from acme/two\n\nNew <keys>\u{1b}[2J";
    repo.git(["merge", "-q", "--no-ff", "-m", message, "two"]);
    land(&repo, "Say it better", &[("services/checkout/README.md", "words\n")]);
    repo.git(["commit", "-q", "--allow-empty", "-m", "nothing"]);
    repo
}

fn land(repo: &Repo, message: &str, files: &[(&str, &str)]) {
    for (path, content) in files {
        repo.write(path, content);
    }
    repo.git(["add", "-A"]);
    repo.git(["commit", "-q", "-m", message]);
}

fn simulate(repo: &Repo, rules: &str, args: &[&str]) -> Ran {
    let file = repo.beside("new.yml");
    std::fs::write(&file, rules).unwrap();
    let file = file.to_str().unwrap();
    repo.run(&[&["simulate", "--rules", file], args].concat())
}

fn of_kind(ran: &Ran, kind: &str) -> Vec<Value> {
    ran.lines().into_iter().filter(|line| line["kind"] == kind).collect()
}

#[test]
fn every_change_that_landed_is_judged_under_both() {
    let repo = history();
    let stricter = RULES.replace("crosses: team", "paths: [services/]").replace("enforce: block", "enforce: review");
    let ran = simulate(&repo, &stricter, &["--format", "json"]).exits(0);
    let changes = of_kind(&ran, "change");
    let brief: Vec<Value> = changes
        .iter()
        .map(|one| {
            json!([one["number"], one["title"], one["before"]["verdict"], one["after"]["verdict"], one["otherwise"]])
        })
        .collect();
    // The first commit has nothing to be compared with, and one changed nothing.
    assert_eq!(
        brief,
        [
            json!([11, "Round half up", "sign_off", "sign_off", false]),
            json!([12, "New <keys>\u{1b}[2J", "blocked", "sign_off", true]),
            json!([null, "Say it better", "advise", "sign_off", true]),
        ]
    );
    assert_eq!(changes[1]["commit"].as_str().unwrap().len(), 40);
    assert_eq!(names(&changes[0]["before"]["asked"]), ["@acme/commerce-architects"]);
    assert_eq!(names(&changes[1]["before"]["blocked"]), ["frozen"]);
    assert_eq!(names(&changes[1]["after"]["held"]), ["crossing", "frozen"]);
    assert_eq!((&changes[2]["before"]["quiet"], &changes[2]["after"]["quiet"]), (&json!(false), &json!(false)));
    let load = of_kind(&ran, "load");
    assert!(
        load.iter().any(|one| one["who"] == "@acme/payments" && one["before"] == 0 && one["after"] == 1),
        "{load:?}"
    );
    let sum = ran.lines().pop().unwrap();
    assert_eq!((&sum["kind"], &sum["changes"], &sum["otherwise"]), (&json!("sum"), &json!(3), &json!(2)));
    assert_eq!((&sum["before"]["blocked"], &sum["after"]["blocked"]), (&json!(1), &json!(0)));
    assert_eq!(ran.err, "");
}

#[test]
fn people_read_the_difference_and_nothing_that_moves_the_cursor() {
    let repo = history();
    let looser = RULES
        .replace("enforce: block", "enforce: review")
        .replace("ledger: { team: ledger", "ledger: { team: payments")
        + "  - { id: api, when: { paths: [/api/] } }\n";
    let out = simulate(&repo, &looser, &[]).exits(0).out;
    insta::assert_snapshot!(out.replace(repo.beside("new.yml").to_str().unwrap(), "new.yml"), @r#"
    3 changes on main from 2026-01-02 to 2026-01-02: TODAY as the rules there say, AFTER as new.yml does

    CHANGES                           TODAY   AFTER
    ask nobody                            2       2
    nothing shown but a green check       0       1
    wait for a sign-off                   1       1
    blocked                               1       0
    requests in all                       1       1

    ASKED                 TODAY   AFTER
    commerce-architects       1       0
    identity                  0       1

    RULE       TODAY   AFTER
    crossing       1       0
    docs           1       1
    frozen         1       1

    2 changes would have gone otherwise
      #11  Round half up
        crossing no longer holds it; commerce-architects not asked
      #12  New <keys>\u{1b}[2J
        frozen asks for a sign-off in place of blocking it; identity asked

    Look at these
      1 file goes from ledger to payments (services/ledger/)
      line 24: api matched none of these changes, and no file there is could make it match
    "#);
}

#[test]
fn since_is_a_revision_or_a_day() {
    let repo = history();
    let titles = |since: &str| -> Vec<String> {
        let ran = simulate(&repo, RULES, &["--format", "json", "--since", since]).exits(0);
        of_kind(&ran, "change").iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles("HEAD~2"), ["Say it better"]);
    assert_eq!(titles("2026-01-02").len(), 3);
    let ran = simulate(&repo, RULES, &["--since", "2026-01-03"]).exits(0);
    assert_eq!(ran.err, "note: nothing has come to main since then\n");
    assert!(ran.out.starts_with("0 changes on main: "), "{}", ran.out);
    for wrong in ["nowhere", "2026-13-01", ""] {
        let ran = simulate(&repo, RULES, &["--since", wrong]).exits(2);
        assert!(ran.err.contains("a day is written like 2026-01-31"), "{}", ran.err);
    }
}

#[test]
fn without_since_it_goes_back_three_months_and_at_least_two_hundred_changes() {
    let repo = Repo::with(&[(".github/merestone.yml", RULES)]);
    let mut stream = String::new();
    for n in 0..260 {
        // A change a day.
        let at = 1_700_000_000 + n * 86_400;
        stream += &format!("commit refs/heads/main\ncommitter a <a@x> {at} +0000\ndata 1\n{}\n", n % 10);
        stream += if n == 0 { "from refs/heads/main^0\n" } else { "" };
        let content = n.to_string();
        stream += &format!("M 100644 inline a\ndata {}\n{content}\n", content.len());
    }
    let mut import = git_in(repo.dir());
    import.args(["fast-import", "--quiet"]).stdin(std::process::Stdio::piped());
    let mut child = import.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), stream.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    let ran = simulate(&repo, RULES, &["--format", "json"]).exits(0);
    assert_eq!(of_kind(&ran, "change").len(), 200);
}

#[test]
fn what_a_file_said_of_itself_before_takes_it_out_and_what_it_says_now_does_not() {
    let repo = shop();
    repo.git(["checkout", "-q", "main"]);
    let header = "// Code generated by x. DO NOT EDIT.\n";
    land(&repo, "was", &[("services/ledger/gen.go", header), ("services/ledger/own.go", "1\n")]);
    land(&repo, "only generated", &[("services/checkout/main.go", "2\n"), ("services/ledger/gen.go", "2\n")]);
    land(&repo, "calls itself so", &[("services/checkout/main.go", "3\n"), ("services/ledger/own.go", header)]);
    let ran = simulate(&repo, RULES, &["--format", "json", "--since", "HEAD~2"]).exits(0);
    let scopes: Vec<Value> = of_kind(&ran, "change").iter().map(|one| one["after"]["scope"].clone()).collect();
    assert_eq!(scopes, ["team", "domain"]);
}

#[test]
fn what_cannot_be_judged_here_is_said() {
    let repo = history();
    let rules = format!("{RULES}  - {{ id: visitor, when: {{ foreign: true }} }}\nskip: {{ author: [renovate] }}\n");
    let ran = simulate(&repo, &rules, &["--format", "json"]).exits(0);
    let rules: Vec<Value> = of_kind(&ran, "not_judged").iter().map(|one| one["rule"].clone()).collect();
    assert_eq!(rules, ["skip", "visitor"]);
}

#[test]
fn lines_are_counted_where_a_rule_asks_for_them() {
    let repo = history();
    land(&repo, "long", &[("services/checkout/main.go", &"x\n".repeat(50))]);
    let rules = format!("{RULES}  - {{ id: large, when: {{ size: {{ lines: 40 }} }}, sign_off: [acme/readers] }}\n");
    let ran = simulate(&repo, &rules, &["--format", "json"]).exits(0);
    let held: Vec<Value> = of_kind(&ran, "change")
        .into_iter()
        .filter(|one| names(&one["after"]["held"]).contains(&"large"))
        .map(|one| one["title"].clone())
        .collect();
    assert_eq!(held, ["long"]);
}

#[test]
fn what_it_is_asked_wrongly_is_told() {
    let repo = history();
    let broken = simulate(&repo, "version: 1\nrules: [{ id: a, whn: {} }]\n", &[]).exits(2);
    assert!(broken.err.contains("new.yml") && broken.err.contains("whn"), "{}", broken.err);
    assert!(repo.run(&["simulate", "--rules", "none.yml"]).exits(2).err.contains("there is no file"));
    repo.run(&["simulate"]).exits(2);
    let bare = repo.bare();
    let rules = repo.beside("new.yml");
    std::fs::write(&rules, RULES).unwrap();
    let args = ["simulate", "--repo", bare.to_str().unwrap(), "--rules", rules.to_str().unwrap(), "--format", "json"];
    assert_eq!(of_kind(&repo.run(&args).exits(0), "change").len(), 3);
}

#[test]
fn a_shallow_clone_says_that_it_is_one() {
    let repo = history();
    let rules = repo.beside("new.yml");
    std::fs::write(&rules, RULES).unwrap();
    let shallow = repo.beside("shallow");
    let from = format!("file://{}", repo.dir().display());
    let done =
        git_in(repo.dir()).args(["clone", "-q", "--depth", "3", &from, shallow.to_str().unwrap()]).status().unwrap();
    assert!(done.success());
    let args =
        ["simulate", "--repo", shallow.to_str().unwrap(), "--rules", rules.to_str().unwrap(), "--format", "json"];
    let ran = repo.run(&args).exits(0);
    assert!(ran.err.contains("this clone is shallow"), "{}", ran.err);
    // What the oldest one changed is not known here.
    assert_eq!(of_kind(&ran, "change").len(), 1);
}

#[test]
fn a_repository_that_runs_programs_of_its_own_runs_none() {
    let repo = history();
    let trap = repo.beside("trap");
    let program = repo.beside("trap.sh");
    std::fs::write(&program, format!("#!/bin/sh\ntouch {}\n", trap.display())).unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let program = program.to_str().unwrap();
    for key in ["gpg.program", "diff.external", "core.pager", "pager.diff-tree", "diff.x.textconv", "core.fsmonitor"] {
        repo.git(["config", key, program]);
    }
    repo.git(["config", "log.showSignature", "true"]);
    repo.write(".git/info/attributes", "* diff=x\n");
    let ran = simulate(&repo, RULES, &["--format", "json"]).exits(0);
    assert_eq!(of_kind(&ran, "change").len(), 3);
    assert!(!trap.exists());
}

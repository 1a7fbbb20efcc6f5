//! The ways past the right sign-off that were thought of before there was code, each with the test that closes it: the table
//! stands in `docs/safety.md`. Here are those that no other file tells.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use merestone::standin::edits::Edits;

use super::shop::{RULES, shop};
use super::story::{Pull, Story};

/// The rows of the table that must be there.
const ROWS: &[u32] = &[
    1, 2, 3, 4, 5, 6, 8, 12, 13, 14, 18, 19, 20, 23, 24, 25, 32, 33, 34, 35, 36, 37, 38, 40, 41, 50, 52, 53, 56, 57,
    65, 66, 67,
];

/// Row 3: the rules that judge are those at the tip of the base, not those when it was opened.
#[tokio::test]
async fn a_rule_that_came_after_the_pull_request_judges_it() {
    let before =
        RULES.replace("  - id: crossing\n    when: { crosses: team }", "  - id: crossing\n    when: { unowned: true }");
    let mut story = Story::of(shop(&[(".github/merestone.yml", &before)])).await;
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.conclusion(pull), "success");
    let rules = Edits::new().write(".github/merestone.yml", RULES);
    story.then(|world| world.push_branch("acme/shop", "main", "edsger", &rules)).await;
    story.label(pull, "looked-at-again").await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

/// Row 6: the evidence is the set of files with what each was and is, not the contents of some.
#[tokio::test]
async fn whatever_becomes_of_the_evidence_ends_its_sign_off() {
    let more = "package main\n\nfunc more() {}\n";
    let ends: [(&str, Edits); 4] = [
        ("a file comes", Edits::new().write("services/ledger/more.go", more)),
        ("a file goes", Edits::new().delete("services/ledger/main.go")),
        ("a file moves", Edits::new().rename("services/ledger/main.go", "services/ledger/moved.go")),
        ("a file becomes a link", Edits::new().link("services/ledger/main.go", "../login/main.go")),
    ];
    for (what, edits) in ends {
        // Where a service leaves the change it crosses nothing any more, so a third file keeps both in it.
        let pull = Pull::crossing().write("services/ledger/kept.go", "package main // kept\n");
        let mut story = Story::of(shop(&[])).await;
        let pull = story.open(pull).await;
        story.approve(pull, "ada").await;
        assert_eq!(story.conclusion(pull), "success", "{what}");
        story.push(pull, Edits::new().write("README.md", "# beside\n")).await;
        assert_eq!(story.conclusion(pull), "success", "{what}: what is beside ends nothing");
        story.push(pull, edits).await;
        assert_eq!(story.conclusion(pull), "action_required", "{what}");
        story.comment(pull);
    }
}

/// Row 13: content that GitHub does not show in a patch is bound all the same.
#[tokio::test]
async fn what_no_patch_shows_is_signed_as_it_is() {
    let mut story = Story::of(shop(&[])).await;
    let binary = |byte: u8| Edits::new().bytes("services/ledger/data.bin", &[0, byte, 0, 1]);
    let pull = story.open(Pull::quiet().edits(|edits| edits.bytes("services/ledger/data.bin", &[0, 1, 0, 1]))).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.push(pull, binary(2)).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.push(pull, binary(1)).await;
    assert_eq!(story.conclusion(pull), "success", "what was signed is back");
    story.comment(pull);
}

/// Row 40: a marker makes nobody's comment ours, and another App's marker makes ours nobody's.
#[tokio::test]
async fn a_marker_that_somebody_copied_makes_no_comment_ours() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    let ours = story.comment(pull);
    let forged = story.then(|world| world.comment(pull, "stranger", &ours)).await;
    let app = story.github().app.account;
    let own = story.github().app_comments(pull)[0].id;
    // Ours is edited, so GitHub is asked what is there.
    story.then(|world| world.edit_comment(pull.repository, own, app + 1, "gone")).await;
    assert_eq!(story.comment(pull), ours);
    let world = story.github();
    let theirs = &world.repositories[&pull.repository].comments[&forged];
    assert_eq!(theirs.body, ours, "a stranger's comment was touched");
}

/// Every file of Rust below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_row_of_the_table_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    sources(&root.join("tests"), &mut files);
    let table = std::fs::read_to_string(root.join("docs/safety.md")).expect("docs/safety.md is there");
    let mut rows = BTreeSet::new();
    for line in table.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let Ok(row) = cells[0].parse::<u32>() else { continue };
        rows.insert(row);
        let named: Vec<&str> = cells[2].split(", ").map(|name| name.trim_matches('`')).collect();
        for name in named {
            let (module, function) = name.rsplit_once("::").expect("module::test");
            let module = module.replace("::", "/");
            let is_there = files.iter().any(|file| {
                let path = file.to_string_lossy();
                (path.ends_with(&format!("/{module}.rs")) || path.ends_with(&format!("/{module}/mod.rs")))
                    && std::fs::read_to_string(file).expect("it can be read").contains(&format!("fn {function}("))
            });
            assert!(is_there, "row {row} names {name}, and there is no such test");
        }
    }
    let missing: Vec<&u32> = ROWS.iter().filter(|row| !rows.contains(row)).collect();
    assert!(missing.is_empty(), "no test is named for {missing:?}");
}

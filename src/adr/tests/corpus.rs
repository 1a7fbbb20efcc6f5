//! Real repositories with the right answers, read where they lie.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;

use crate::adr::{Index, Record, Status, is_candidate, locate};

#[derive(Deserialize)]
struct Row {
    repo: String,
    path: String,
    kind: String,
    id: String,
    title: Option<String>,
    effective_status: Option<String>,
    superseded_by: Vec<String>,
    date: Option<String>,
}

/// The folder of shared test data; `None` where this checkout stands without it.
fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("MERESTONE_SHARED").map(PathBuf::from);
    let beside = ["../shared", "../../shared"].map(|up| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(up));
    let found = named.into_iter().chain(beside).map(|shared| shared.join("corpus/adr")).find(|dir| dir.is_dir());
    if found.is_none() {
        eprintln!("SKIPPED: no corpus of decision records beside this checkout (set MERESTONE_SHARED to its folder)");
    }
    found
}

/// The rows by repository.
fn rows(corpus: &std::path::Path) -> BTreeMap<String, Vec<Row>> {
    let text = std::fs::read_to_string(corpus.join("truth.jsonl")).unwrap();
    let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for line in text.lines() {
        let row: Row = serde_json::from_str(line).unwrap();
        rows.entry(row.repo.clone()).or_default().push(row);
    }
    rows
}

fn build(corpus: &std::path::Path, repo: &str, rows: &[Row]) -> Index {
    let files: Vec<(String, Vec<u8>)> =
        rows.iter().map(|row| (row.path.clone(), std::fs::read(corpus.join(repo).join(&row.path)).unwrap())).collect();
    Index::build(&files)
}

fn word(status: Status) -> Option<String> {
    (status != Status::Unknown).then(|| serde_json::to_value(status).unwrap().as_str().unwrap().to_owned())
}

#[test]
fn the_index_agrees_with_real_repositories() {
    let Some(corpus) = corpus() else { return };
    let mut total = 0_usize;
    let mut right: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrongly_called = Vec::new();
    for (repo, rows) in rows(&corpus) {
        let index = build(&corpus, &repo, &rows);
        assert_eq!(index.unreadable, [], "{repo}: everything can be read");
        for row in &rows {
            let record = index.at(&row.path);
            if row.kind != "adr" {
                if record.is_some() {
                    wrongly_called.push(format!("{repo} {}: {} called a record", row.path, row.kind));
                }
                continue;
            }
            total += 1;
            let checks = |record: &Record| {
                [
                    ("id", record.id == row.id, record.id.clone(), format!("{:?}", row.id)),
                    // Without a title the name stands in for it.
                    (
                        "title",
                        row.title.as_ref().is_none_or(|title| *title == record.title),
                        record.title.clone(),
                        format!("{:?}", row.title),
                    ),
                    (
                        "status",
                        word(record.status) == row.effective_status,
                        format!("{:?}", record.status),
                        format!("{:?}", row.effective_status),
                    ),
                    (
                        "superseded_by",
                        record.superseded_by.iter().collect::<BTreeSet<_>>() == row.superseded_by.iter().collect(),
                        format!("{:?}", record.superseded_by),
                        format!("{:?}", row.superseded_by),
                    ),
                    ("date", record.date == row.date, format!("{:?}", record.date), format!("{:?}", row.date)),
                ]
            };
            let Some(record) = record else {
                println!("MISS {repo} {}: not found", row.path);
                continue;
            };
            *right.entry("found").or_default() += 1;
            let mut together = true;
            for (what, holds, ours, theirs) in checks(record) {
                if holds {
                    *right.entry(what).or_default() += 1;
                } else {
                    println!("MISS {repo} {}: {what} is {ours:?}, should be {theirs}", row.path);
                    together &= matches!(what, "id" | "date");
                }
            }
            *right.entry("together").or_default() += usize::from(together);
        }
    }
    println!("of {total} records right: {right:?}");
    assert_eq!(wrongly_called, Vec::<String>::new());
    assert!(total >= 400, "the corpus has its records");
    for what in ["found", "title", "status", "superseded_by", "together", "id", "date"] {
        let share = right.get(what).copied().unwrap_or(0);
        assert!(share * 100 >= total * 98, "{what}: {share} of {total} is under 98 %");
    }
}

#[test]
fn real_repositories_are_located_by_their_paths_alone() {
    let Some(corpus) = corpus() else { return };
    for (repo, rows) in rows(&corpus) {
        let mut listing: Vec<String> = rows.iter().map(|row| row.path.clone()).collect();
        // What else such a repository has, and what must not be taken for a folder of records.
        let others = [
            "README.md",
            "docs/guide/001-install.md",
            "docs/README.md",
            "src/decisions/engine.rs",
            "src/decisions/README.md",
            "src/decisions/notes.md",
            "src/adr/mod.rs",
            "vendor/lib/docs/adr/0001-record.md",
            "packages/ui/node_modules/x/docs/decisions/0001-a.md",
            "docs/arc42/01_introduction.adoc",
            "content/blog/2020-01-01-decisions.md",
        ];
        listing.extend(others.map(str::to_owned));
        let dirs = locate(&[], &[], &listing);
        let below = |path: &str| dirs.iter().any(|dir| path.starts_with(&format!("{dir}/")));
        for row in rows.iter().filter(|row| row.kind == "adr") {
            assert!(below(&row.path) && is_candidate(&row.path), "{repo} {} is not below {dirs:?}", row.path);
        }
        for other in others {
            assert!(!below(other), "{repo}: {other} is below one of {dirs:?}");
        }
        println!("{repo}: {dirs:?}");
    }
}

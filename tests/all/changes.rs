//! Real changes of public repositories: a crossing is exactly a change that no single owner covers.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use merestone::adr::Index;
use merestone::ownership::Codeowners;
use merestone::review::{
    Asking, Attributes, Basis, Facts, File, FileStatus, Input, People, RulesFrom, Scope, is_lock_file, judge,
};
use merestone::rules;
use serde::Deserialize;

#[derive(Deserialize)]
struct Changes {
    repo: String,
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    pr: Option<u64>,
    merge_sha: String,
    codeowners: Version,
    expected: Option<Expected>,
    files: Vec<Changed>,
}

#[derive(Deserialize)]
struct Version {
    path: Option<String>,
    blob: Option<String>,
}

#[derive(Deserialize)]
struct Expected {
    unowned_files: usize,
    cross_owner_set: bool,
    moves_between_owners: usize,
}

#[derive(Deserialize)]
struct Changed {
    path: String,
    previous_path: Option<String>,
    status: FileStatus,
    #[serde(default)]
    owners: Vec<String>,
}

/// The corpus, where it lies beside the checkout.
fn shared() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("MERESTONE_SHARED").map(PathBuf::from);
    named.into_iter().chain([here.join("../shared"), here.join("../../shared")]).find(|dir| dir.is_dir())
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> T {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_crossing_is_a_change_that_no_single_owner_covers() {
    let Some(corpus) = shared().map(|dir| dir.join("corpus/changes")) else {
        println!("SKIPPED: there is no ../shared/corpus beside the checkout");
        return;
    };
    let (mut judged, mut crossings, mut several_owners) = (0, 0, 0);
    for entry in fs::read_dir(&corpus).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let changes: Changes = read(&path);
        for change in changes.changes {
            let (Some(blob), Some(place)) = (&change.codeowners.blob, &change.codeowners.path) else { continue };
            let versions = path.with_extension("codeowners");
            let codeowners = Codeowners::parse(place, &fs::read(versions.join(&blob[..12])).unwrap());
            let what = format!("{} #{} {}", changes.repo, change.pr.unwrap_or(0), change.merge_sha);
            let scope = check(&change, codeowners, &what);
            judged += 1;
            crossings += usize::from(scope == Scope::Domain);
            let owners: BTreeSet<&String> = change.files.iter().flat_map(|file| &file.owners).collect();
            several_owners += usize::from(owners.len() > 1);
        }
    }
    println!("{judged} changes judged, {crossings} of them crossings; {several_owners} name two or more owners in all");
    assert!(judged > 100 && crossings > 10 && several_owners > 2 * crossings, "the corpus is not what it was");
}

/// Judges one change, and compares with what its owners say.
fn check(change: &Change, codeowners: Codeowners, what: &str) -> Scope {
    let old_owners = |file: &Changed| {
        let old = file.previous_path.as_deref()?;
        Some(codeowners.entry_for(old).map(|entry| entry.owners.clone()).unwrap_or_default())
    };
    // The corpus' own figures, so that a difference in ownership is not taken for one in judgement.
    if let Some(expected) = &change.expected {
        let unowned = change.files.iter().filter(|file| file.owners.is_empty()).count();
        assert_eq!(unowned, expected.unowned_files, "{what}");
        let moved = change.files.iter().filter(|file| old_owners(file).is_some_and(|old| old != file.owners)).count();
        assert_eq!(moved, expected.moves_between_owners, "{what}");
        let sets: BTreeSet<&Vec<String>> =
            change.files.iter().map(|file| &file.owners).filter(|owners| !owners.is_empty()).collect();
        assert_eq!(sets.len() > 1, expected.cross_owner_set, "{what}");
    }
    let mut counting: Vec<Vec<String>> = Vec::new();
    for file in &change.files {
        if !is_lock_file(&file.path) {
            counting.push(file.owners.clone());
        }
        if file.previous_path.as_deref().is_some_and(|old| !is_lock_file(old)) {
            counting.extend(old_owners(file));
        }
    }
    counting.retain(|owners| !owners.is_empty());
    let fold = |owners: &Vec<String>| owners.iter().map(|owner| owner.to_lowercase()).collect::<BTreeSet<_>>();
    let common = counting.iter().map(fold).reduce(|one, other| &one & &other);
    let expected = match &common {
        None => Scope::None,
        Some(common) if common.is_empty() => Scope::Domain,
        Some(_) => Scope::Team,
    };

    let basis = Basis {
        commit: "0".repeat(40),
        owner: None,
        rules: rules::startup(),
        rules_from: RulesFrom::Startup,
        rules_digest: String::new(),
        organisation: None,
        codeowners: Some(codeowners),
        attributes: Attributes::default(),
        adrs: Index::default(),
        says: String::new(),
    };
    let file =
        |file: &Changed| File { previous_path: file.previous_path.clone(), ..File::new(&file.path, file.status) };
    let facts = Facts::of_files(change.files.iter().map(file).collect());
    let people = People::default();
    let now = DateTime::UNIX_EPOCH;
    let review = judge(Input {
        basis: &basis,
        facts: &facts,
        acts: &[],
        people: &people,
        asking: &Asking::default(),
        edited: None,
        now,
    });
    assert_eq!(review.scope, expected, "{what}: {common:?}");
    let found = review.findings.iter().any(|finding| finding.rule == "crossing");
    assert_eq!(found, expected == Scope::Domain, "{what}");
    review.scope
}

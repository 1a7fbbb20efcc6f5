use serde_json::{Value, json};

use super::super::Error;
use super::super::testing::{Fake, ok};
use crate::review::{BaseMerge, Committers, FileStatus};
use crate::source::Source;

fn sha(c: char) -> String {
    c.to_string().repeat(40)
}

fn commit(author: &str) -> Value {
    json!({ "sha": sha('e'), "author": { "login": author }, "committer": { "login": author }, "parents": [{}],
        "commit": { "verification": { "verified": false } } })
}

fn compare(files: Value, commits: Value) -> Value {
    let total = commits.as_array().unwrap().len();
    json!({
        "base_commit": { "sha": sha('b') }, "merge_base_commit": { "sha": sha('c') },
        "total_commits": total, "commits": commits, "files": files,
    })
}

fn file(n: usize, of: &str) -> Value {
    json!({ "filename": format!("f{n}"), "status": "modified", "sha": sha('1'), "additions": 1, "deletions": 0,
        "contents_url": format!("https://api.github.com/repos/acme/shop/contents/f{n}?ref={of}") })
}

fn removed(n: usize, of: &str) -> Value {
    let mut removed = file(n, of);
    removed["status"] = json!("removed");
    removed
}

#[tokio::test]
async fn a_comparison_names_its_commits_and_files() {
    let fake = Fake::start(|_| {
        let entry = |name: &str, status: &str| json!({ "filename": name, "status": status, "sha": sha('1'), "additions": 2, "deletions": 1 });
        let mut renamed = entry("new", "renamed");
        renamed["previous_filename"] = json!("old");
        let mut copied = entry("copy", "copied");
        copied["previous_filename"] = json!("origin");
        let mut bare = entry("bare", "modified");
        bare["sha"] = Value::Null;
        ok(compare(
            json!([
                entry("a", "added"), entry("m", "modified"), entry("gone", "removed"), renamed, copied,
                entry("mode", "changed"), entry("same", "unchanged"), entry("later", "some_new_word"), bare,
            ]),
            json!([commit("maria")]),
        ))
    })
    .await;
    let comparison = fake.repository().compare("release/1.0 #?", &sha('a')).await.unwrap();
    assert_eq!(fake.lines(), [format!("GET /repos/acme/shop/compare/release%2F1.0%20%23%3F...{}", sha('a'))]);
    assert_eq!((comparison.base_tip, comparison.merge_base, comparison.head), (sha('b'), sha('c'), sha('a')));
    assert_eq!(comparison.committers, Committers::Known(vec!["maria".to_owned()]));
    let told: Vec<_> = comparison
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.previous_path.as_deref(), file.status, file.head_blob.is_some()))
        .collect();
    assert_eq!(
        told,
        [
            ("a", None, FileStatus::Added, true),
            ("m", None, FileStatus::Modified, true),
            ("gone", None, FileStatus::Removed, false),
            ("new", Some("old"), FileStatus::Renamed, true),
            ("copy", Some("origin"), FileStatus::Copied, true),
            ("mode", None, FileStatus::Modified, true),
            ("later", None, FileStatus::Modified, true),
            ("bare", None, FileStatus::Modified, false),
        ]
    );
    assert_eq!((comparison.files[0].additions, comparison.files[0].deletions), (Some(2), Some(1)));
}

async fn committers_and_merges(commits: Value, total: u64) -> (Committers, Vec<BaseMerge>) {
    let fake = Fake::start(move |_| {
        let mut body = compare(json!([]), commits.clone());
        body["total_commits"] = json!(total);
        ok(body)
    })
    .await;
    let comparison = fake.repository().compare("main", &sha('a')).await.unwrap();
    (comparison.committers, comparison.base_merges)
}

async fn committers(commits: Value, total: u64) -> Committers {
    committers_and_merges(commits, total).await.0
}

fn logins(logins: &[&str]) -> Vec<String> {
    logins.iter().map(|login| (*login).to_owned()).collect()
}

fn known(names: &[&str]) -> Committers {
    Committers::Known(logins(names))
}

#[tokio::test]
async fn committers_are_known_only_when_all_of_them_are() {
    let partly = |names: &[&str]| Committers::Partly(logins(names));
    assert_eq!(committers(json!([commit("maria"), commit("ada"), commit("maria")]), 3).await, known(&["ada", "maria"]));
    assert_eq!(committers(json!([commit("maria")]), 2).await, partly(&["maria"]), "more than are listed");
    assert_eq!(committers(json!([]), 2).await, Committers::Unknown);
    for whose in ["author", "committer"] {
        // An e-mail of no account hides nobody else.
        let mut nobody = commit("maria");
        nobody[whose] = Value::Null;
        assert_eq!(committers(json!([commit("ada"), nobody]), 2).await, partly(&["ada", "maria"]), "{whose}");
        nobody[whose] = json!({});
        assert_eq!(committers(json!([nobody, commit("ada")]), 2).await, partly(&["ada", "maria"]), "{whose}");
    }
    let mut nobody = commit("maria");
    (nobody["author"], nobody["committer"]) = (Value::Null, Value::Null);
    assert_eq!(committers(json!([nobody]), 1).await, Committers::Unknown);
}

#[tokio::test]
async fn what_github_committed_and_signed_counts_for_its_author_alone() {
    let mut in_browser = commit("maria");
    in_browser["committer"]["login"] = json!("web-flow");
    assert_eq!(committers(json!([in_browser]), 1).await, known(&["maria", "web-flow"]), "anybody can write that name");
    in_browser["commit"]["verification"]["verified"] = json!(true);
    in_browser["commit"]["message"] = json!("Merge branch 'main' into feature");
    assert_eq!(committers(json!([in_browser]), 1).await, known(&["maria"]), "it is no merge, whatever it says");
}

#[tokio::test]
async fn the_button_that_updates_a_branch_makes_nobody_an_author() {
    let merge = |message: &str| {
        let mut merge = commit("architect");
        merge["sha"] = json!(sha('d'));
        merge["committer"]["login"] = json!("web-flow");
        merge["commit"] = json!({ "message": message, "verification": { "verified": true } });
        merge["parents"] = json!([{ "sha": sha('e') }, { "sha": sha('f') }]);
        merge
    };
    for message in ["Merge branch 'main' into feature", "Merge remote-tracking branch 'upstream/main' into feature\n"] {
        let told = committers_and_merges(json!([commit("maria"), merge(message)]), 2).await;
        let by = Some("architect".to_owned());
        let merged = BaseMerge { id: sha('d'), parent: sha('e'), author: by, author_id: None };
        assert_eq!(told, (known(&["maria"]), vec![merged]), "{message}");
    }
    let both = known(&["architect", "maria"]);
    for message in [
        "Merge pull request #5 from acme/other",
        "Merge main into feature",
        "Merge branch 'main'",
        "Resolve conflicts\n\nMerge branch 'main' into feature",
        "Merge branch 'main' into feature\n\n# Conflicts:\n#\tledger/main.go",
        "",
    ] {
        let told = committers_and_merges(json!([commit("maria"), merge(message)]), 2).await;
        assert_eq!(told, (both.clone(), vec![]), "{message}");
    }
    let named = "Merge branch 'main' into feature";
    let mut of_its_own = merge(named);
    of_its_own["parents"][1]["sha"] = json!(sha('9'));
    let mut merged = commit("maria");
    merged["sha"] = json!(sha('9'));
    assert_eq!(committers(json!([merged, of_its_own]), 2).await, both, "what it merged is no commit of the base");
    let cut = Committers::Partly(logins(&["architect", "maria"]));
    assert_eq!(committers(json!([commit("maria"), merge(named)]), 3).await, cut, "it may have merged one not listed");
    let mut of_nobody = merge(named);
    of_nobody["author"] = Value::Null;
    assert_eq!(committers(json!([commit("maria"), of_nobody]), 2).await, Committers::Partly(logins(&["maria"])));
    let mut of_three = merge(named);
    of_three["parents"] = json!([{ "sha": sha('e') }, { "sha": sha('f') }, { "sha": sha('1') }]);
    assert_eq!(committers(json!([commit("maria"), of_three]), 2).await, both);
    let mut unsigned = merge(named);
    unsigned["commit"]["verification"]["verified"] = json!(false);
    assert_eq!(committers(json!([unsigned]), 1).await, known(&["architect", "web-flow"]), "anybody can write all that");
    let mut by_hand = merge(named);
    by_hand["committer"]["login"] = json!("architect");
    assert_eq!(committers(json!([by_hand]), 1).await, known(&["architect"]));
    let mut nobody = merge("Resolve conflicts");
    nobody["author"] = Value::Null;
    assert_eq!(committers(json!([commit("maria"), nobody]), 2).await, Committers::Partly(logins(&["maria"])));
}

/// A tree of so many files, of which the first few have this content.
fn tree(files: usize, first: char) -> Value {
    let content = |n: usize| sha(if n < 5 { first } else { '2' });
    let entries =
        (0..files).map(|n| json!({ "path": format!("t/f{n}"), "mode": "100644", "type": "blob", "sha": content(n) }));
    let folder = json!({ "path": "t", "mode": "040000", "type": "tree", "sha": sha(first) });
    json!({ "sha": sha(first), "tree": entries.chain([folder]).collect::<Value>(), "truncated": false })
}

/// Changes of 300 files in a compare answer, `pages` in the list, and 3,500 in two trees.
async fn change(pages: Vec<Value>, changed_files: Option<u64>) -> (Result<usize, Error>, usize) {
    let fake = Fake::start(move |seen| match &seen.path {
        path if path.ends_with("/files") => ok(pages.get(seen.page() - 1).cloned().unwrap_or_else(|| json!([]))),
        path if path.contains(&format!("/git/trees/{}", sha('c'))) => ok(tree(5, '0')),
        path if path.contains(&format!("/git/trees/{}", sha('a'))) => ok(tree(3_500, '1')),
        _ => ok(compare((0..300).map(|n| file(n, &sha('a'))).collect(), json!([commit("maria")]))),
    })
    .await;
    let change = fake.repository().change(3, "main", &sha('a'), changed_files).await;
    (change.map(|change| change.files.len()), fake.lines().len())
}

fn files(range: std::ops::Range<usize>, of: &str) -> Value {
    range.map(|n| file(n, of)).collect()
}

fn moved_on(result: &Result<usize, Error>) -> bool {
    matches!(result, Err(Error::Incomplete(why)) if why.contains("moved on"))
}

#[tokio::test]
async fn a_short_list_needs_no_pages_and_a_cut_one_all_of_them() {
    let head = sha('a');
    let fake = Fake::start(|_| ok(compare(files(0..299, &sha('a')), json!([])))).await;
    assert_eq!(fake.repository().change(3, "main", &head, Some(299)).await.unwrap().files.len(), 299);
    assert_eq!(fake.lines().len(), 1);

    let pages = || vec![files(0..100, &head), files(100..200, &head), files(200..300, &head), files(300..350, &head)];
    let (result, calls) = change(pages(), Some(350)).await;
    assert_eq!((result.unwrap(), calls), (350, 6), "two comparisons and four pages");
    let (result, _) = change(pages(), None).await;
    assert_eq!(result.unwrap(), 350);
    let (result, _) = change(pages(), Some(351)).await;
    assert!(moved_on(&result), "{result:?}");
}

#[tokio::test]
async fn a_page_of_another_head_throws_the_list_away() {
    let (head, other) = (sha('a'), sha('d'));
    let mut one_of_another = files(0..100, &head);
    one_of_another[50] = file(50, &other);
    let mut no_word = files(0..50, &head);
    no_word[3]["contents_url"] = Value::Null;
    let all_removed: Value = (0..50).map(|n| removed(n, &other)).collect();
    for page in [one_of_another, no_word, all_removed] {
        let (result, _) = change(vec![page.clone()], Some(page.as_array().unwrap().len() as u64)).await;
        assert!(moved_on(&result), "{result:?}");
    }
}

#[tokio::test]
async fn a_list_that_is_of_another_merge_base_is_thrown_away() {
    for moved in [false, true] {
        let fake = Fake::start(move |seen| match seen.path.ends_with("/files") {
            true => ok(files((seen.page() - 1) * 100..(seen.page() * 100).min(350), &sha('a'))),
            false => {
                let after = seen.query.contains("page=2");
                let mut body = compare(if after { json!([]) } else { files(0..300, &sha('a')) }, json!([]));
                if after && moved {
                    body["merge_base_commit"]["sha"] = json!(sha('d'));
                }
                ok(body)
            }
        })
        .await;
        let change = fake.repository().change(3, "main", &sha('a'), Some(350)).await.map(|change| change.files.len());
        assert_eq!(moved_on(&change), moved, "{change:?}");
    }
}

#[tokio::test]
async fn removed_files_may_name_where_they_were() {
    let (head, other) = (sha('a'), sha('d'));
    let mut beside_others = files(0..50, &head);
    beside_others[7] = removed(7, &other);
    let at_the_merge_base: Value = (0..50).map(|n| removed(n, &sha('c'))).collect();
    for page in [beside_others, at_the_merge_base] {
        let (result, _) = change(vec![page], Some(50)).await;
        assert_eq!(result.unwrap(), 50);
    }
}

#[tokio::test]
async fn beyond_the_list_two_whole_trees_tell_the_change() {
    let (result, calls) = change(Vec::new(), Some(3_001)).await;
    assert_eq!((result.unwrap(), calls), (3_500, 3), "what cannot be listed is not asked for");
    let pages: Vec<Value> = (0..40).map(|page| files(page * 100..page * 100 + 100, &sha('a'))).collect();
    let (result, calls) = change(pages.clone(), None).await;
    assert_eq!((result.unwrap(), calls), (3_500, 33), "nobody said how many there are");
    let (result, calls) = change(pages, Some(3_000)).await;
    assert_eq!((result.unwrap(), calls), (3_500, 3), "whoever counted them may have stopped where the list does");
}

#[tokio::test]
async fn a_comparison_on_its_own_is_never_cut() {
    let fake = Fake::start(|seen| match seen.path.contains("/git/trees/") {
        true => ok(if seen.path.contains(&sha('c')) { tree(5, '0') } else { tree(3_500, '1') }),
        false => ok(compare(files(0..300, &sha('a')), json!([commit("maria")]))),
    })
    .await;
    let comparison = fake.repository().compare("main", &sha('a')).await.unwrap();
    assert_eq!(comparison.committers, known(&["maria"]));
    let modified = comparison.files.iter().filter(|file| file.status == FileStatus::Modified);
    assert_eq!((comparison.files.len(), modified.count()), (3_500, 5));
    let first = &comparison.files[0];
    assert_eq!((first.base_blob.clone(), first.head_blob.clone()), (Some(sha('0')), Some(sha('1'))));
    assert_eq!((first.mode.as_deref(), first.additions, first.deletions), (Some("100644"), None, None));
}

#[tokio::test]
async fn a_cut_tree_is_never_judged() {
    for (cut, said) in [('c', json!(true)), ('a', json!(true)), ('a', Value::Null)] {
        let fake = Fake::start(move |seen| match seen.path.contains("/git/trees/") {
            true => {
                let mut tree = tree(10, '0');
                if seen.path.contains(&sha(cut)) {
                    tree["truncated"] = said.clone();
                }
                ok(tree)
            }
            false => ok(compare(files(0..300, &sha('a')), json!([]))),
        })
        .await;
        let repository = fake.repository();
        let error = repository.compare("main", &sha('a')).await.unwrap_err();
        assert!(matches!(error, Error::TooLarge(_)), "{error}");
        let error = repository.change(3, "main", &sha('a'), Some(4_000)).await.unwrap_err();
        assert!(matches!(error, Error::TooLarge(_)), "{error}");
    }
}

#[tokio::test]
async fn what_stands_for_the_content_at_the_base() {
    let fake = Fake::start(|_| {
        let entry = |name: &str, status: &str, patch: Value| {
            json!({ "filename": name, "status": status, "sha": sha('1'), "additions": 1, "deletions": 1, "patch": patch })
        };
        let patch = json!("@@ -1 +1 @@\n-package a\n+package b");
        let mut moved = entry("moved", "renamed", Value::Null);
        (moved["additions"], moved["deletions"], moved["previous_filename"]) = (json!(0), json!(0), json!("old"));
        let mut nameless = entry("nameless", "modified", patch.clone());
        nameless["sha"] = Value::Null;
        ok(compare(
            json!([
                entry("text", "modified", patch.clone()),
                entry("binary", "modified", Value::Null),
                entry("cut", "modified", json!("@@ -1 +1,9 @@\n-package a\n+package b")),
                entry("mode", "changed", patch.clone()),
                entry("gone", "removed", patch.clone()),
                entry("new", "added", patch),
                moved,
                nameless,
            ]),
            json!([]),
        ))
    })
    .await;
    let files = fake.repository().compare("main", &sha('a')).await.unwrap().files;
    let told: Vec<_> = files
        .iter()
        .map(|file| (file.path.as_str(), file.diff.is_some(), file.base_blob.is_some(), file.generated_at_base))
        .collect();
    assert_eq!(
        told,
        [
            ("text", true, false, Some(false)),
            ("binary", false, false, None),
            ("cut", false, false, None),
            ("mode", false, false, Some(false)),
            ("gone", false, true, Some(false)),
            ("new", false, false, Some(false)),
            ("moved", false, false, None),
            ("nameless", false, false, Some(false)),
        ]
    );
}

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::super::testing::{Fake, Reply, Seen, TestClock, noon, ok, reply, repository};
use super::super::{Error, Repository};
use crate::source::{Blob, Source};

/// A commit with files of every kind: path to mode and content.
#[derive(Clone)]
struct Tree(BTreeMap<&'static str, (&'static str, Vec<u8>)>);

fn tree() -> Tree {
    let file = |text: &str| ("100644", text.as_bytes().to_vec());
    Tree(BTreeMap::from([
        (".github/merestone.yml", file("version: 1\n")),
        ("README.md", file("")),
        ("one-line", file("no line break")),
        ("link", ("120000", b"README.md".to_vec())),
        ("module", ("160000", b"commit".to_vec())),
        ("binary", ("100644", b"a\0b".to_vec())),
        ("latin1", ("100644", b"gr\xfc\xdfe\n".to_vec())),
        ("script", ("100755", b"#!/bin/sh\n".to_vec())),
        ("adr/1.md", file("# One\n")),
        ("adr/link.md", ("120000", b"1.md".to_vec())),
        ("adr/note.txt", file("not wanted\n")),
        ("adr/deep/2.md", file("# Two\n")),
        ("adr/deep/er/3.md", file("# Three\n")),
        ("adr/deep/er/and/er/4.md", file("# Four\n")),
        ("adrs/no.md", file("# beside\n")),
    ]))
}

fn id(path: &str) -> String {
    // Any forty hexadecimal digits that differ by path.
    format!("{:0>40}", hex::encode(path.as_bytes()).chars().take(40).collect::<String>())
}

impl Tree {
    fn object(&self, path: &str) -> Value {
        let Some((mode, bytes)) = self.0.get(path) else { return Value::Null };
        if *mode == "160000" {
            return Value::Null;
        }
        let binary = bytes.contains(&0);
        json!({
            "__typename": "Blob", "oid": id(path), "byteSize": bytes.len(), "isBinary": binary, "isTruncated": false,
            "text": if binary { Value::Null } else { json!(String::from_utf8_lossy(bytes)) },
        })
    }

    /// Name, mode, kind and path of what is in a folder.
    fn folder(&self, folder: &str) -> Option<Vec<(String, &'static str, &'static str, String)>> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let mut found = BTreeMap::new();
        for (path, (mode, _)) in &self.0 {
            let Some(rest) = path.strip_prefix(&prefix) else { continue };
            let (name, entry) = match rest.split_once('/') {
                Some((name, _)) => (name, ("040000", "tree")),
                None => (rest, (*mode, if *mode == "160000" { "commit" } else { "blob" })),
            };
            found.insert(name.to_owned(), entry);
        }
        let entries: Vec<_> = found
            .into_iter()
            .map(|(name, (mode, kind))| {
                let path = format!("{prefix}{name}");
                (name, mode, kind, path)
            })
            .collect();
        (!entries.is_empty()).then_some(entries)
    }

    fn graphql(&self, seen: &Seen) -> Reply {
        let query = seen.body["query"].as_str().unwrap();
        let variables = &seen.body["variables"];
        let content = query.contains("entries{name mode type oid object");
        let mut repository = serde_json::Map::new();
        if let Some(root) = variables.get("root") {
            assert_eq!(*root, json!("c0ffee:"));
            repository.insert("root".to_owned(), json!({ "__typename": "Tree" }));
        }
        for n in 0.. {
            let Some(name) = variables.get(format!("v{n}")).and_then(Value::as_str) else { break };
            let path = name.split_once(':').map_or_else(
                || self.0.keys().find(|path| id(path) == name).copied().unwrap_or("?").to_owned(),
                |(commit, path)| {
                    assert_eq!(commit, "c0ffee");
                    path.to_owned()
                },
            );
            let object = match self.object(&path) {
                Value::Null => self.folder(&path).map_or(Value::Null, |entries| {
                    let entries = entries.iter().map(|(name, mode, kind, path)| {
                        let mode = u32::from_str_radix(mode, 8).unwrap();
                        let object = if content { self.object(path) } else { Value::Null };
                        json!({ "name": name, "mode": mode, "type": kind, "oid": id(path), "object": object })
                    });
                    json!({ "__typename": "Tree", "entries": entries.collect::<Value>() })
                }),
                object => object,
            };
            repository.insert(format!("o{n}"), object);
        }
        ok(json!({ "data": { "repository": repository } }))
    }

    fn rest(&self, seen: &Seen) -> Reply {
        let entry = |path: &str, name: &str, mode: &str, kind: &str| {
            let size = self.0.get(path).map(|(_, bytes)| bytes.len());
            json!({ "path": name, "mode": mode, "type": kind, "sha": id(path), "size": size })
        };
        if let Some(sha) = seen.path.strip_prefix("/repos/acme/shop/git/blobs/") {
            let Some((_, (_, bytes))) = self.0.iter().find(|(path, _)| id(path) == sha) else {
                return reply(404, json!({}));
            };
            let packed = STANDARD.encode(bytes);
            // GitHub breaks lines after 60 characters.
            let wrapped: String =
                packed.as_bytes().chunks(6).map(|line| format!("{}\n", String::from_utf8_lossy(line))).collect();
            return ok(json!({ "content": wrapped, "encoding": "base64", "size": bytes.len() }));
        }
        let Some(sha) = seen.path.strip_prefix("/repos/acme/shop/git/trees/") else { return reply(404, json!({})) };
        if seen.query == "recursive=1" {
            let files = self
                .0
                .iter()
                .map(|(path, (mode, _))| entry(path, path, mode, if *mode == "160000" { "commit" } else { "blob" }));
            return ok(json!({ "tree": files.collect::<Value>(), "truncated": false }));
        }
        let folders = ["", ".github", "adr", "adr/deep"];
        let folder = if sha == "c0ffee" { "" } else { folders.into_iter().find(|path| id(path) == sha).unwrap() };
        let entries = self.folder(folder).unwrap();
        let entries = entries.iter().map(|(name, mode, kind, path)| entry(path, name, mode, kind));
        ok(json!({ "tree": entries.collect::<Value>(), "truncated": false }))
    }

    fn answer(&self, seen: &Seen) -> Reply {
        if seen.path == "/graphql" { self.graphql(seen) } else { self.rest(seen) }
    }
}

fn strings(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

async fn read(repository: &Repository, paths: &[&str]) -> Vec<Option<Result<String, String>>> {
    let blobs = repository.read("c0ffee", &strings(paths)).await.unwrap();
    assert_eq!(blobs.len(), paths.len());
    let text = |blob: Blob| blob.bytes.map(|bytes| bytes.iter().map(|byte| char::from(*byte)).collect());
    blobs
        .into_iter()
        .zip(paths)
        .map(|(blob, path)| {
            let blob = blob?;
            assert_eq!((blob.path.as_str(), blob.id.as_str()), (*path, id(path).as_str()));
            Some(text(blob))
        })
        .collect()
}

fn some(text: &str) -> Option<Result<String, String>> {
    Some(Ok(text.to_owned()))
}

async fn whole() -> Fake {
    Fake::start(|seen| tree().answer(seen)).await
}

async fn without_graphql(status: u16) -> Fake {
    Fake::start(move |seen| match seen.path.as_str() {
        "/graphql" => reply(status, json!({ "message": "no" })),
        _ => tree().rest(seen),
    })
    .await
}

#[tokio::test]
async fn many_files_are_read_in_one_request_in_the_order_asked() {
    let fake = whole().await;
    let paths = ["script", ".github/merestone.yml", "no/such", "README.md", "script"];
    let found = read(&fake.repository(), &paths).await;
    let script = some("#!/bin/sh\n");
    assert_eq!(found, [script.clone(), some("version: 1\n"), None, some(""), script]);
    assert_eq!(fake.lines(), ["POST /graphql"]);
}

#[tokio::test]
async fn a_path_is_a_variable_and_never_part_of_the_query() {
    let fake = whole().await;
    let odd = r#"a"){x}} mutation{evil} #"#;
    assert_eq!(read(&fake.repository(), &[odd]).await, [None]);
    let body = &fake.asked()[0].body;
    assert!(!body["query"].as_str().unwrap().contains("evil"));
    assert_eq!(body["variables"]["v0"], json!(format!("c0ffee:{odd}")));
    assert_eq!((&body["variables"]["owner"], &body["variables"]["name"]), (&json!("acme"), &json!("shop")));
}

#[tokio::test]
async fn only_regular_files_are_files() {
    let fake = whole().await;
    let found = read(&fake.repository(), &["one-line", "link", "module", "adr", ".github/merestone.yml"]).await;
    assert_eq!(found, [some("no line break"), None, None, None, some("version: 1\n")]);
    // The folder is asked for the mode of those two that could be links, and of nothing else.
    assert_eq!(fake.lines(), ["POST /graphql", "POST /graphql"]);
    assert_eq!(fake.asked()[1].body["variables"]["v0"], json!("c0ffee:"));
    assert_eq!(fake.asked()[1].body["variables"].get("v1"), None);
}

#[tokio::test]
async fn what_no_file_can_be_called_is_not_asked_for() {
    let fake = whole().await;
    assert_eq!(
        read(&fake.repository(), &["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "./a", "a\0b"]).await,
        vec![None; 8]
    );
    assert!(fake.lines().is_empty());
}

#[tokio::test]
async fn text_that_is_not_what_git_has_is_fetched_as_bytes() {
    let fake = whole().await;
    let found = read(&fake.repository(), &["latin1", "binary"]).await;
    assert_eq!(found, [some("gr\u{fc}\u{df}e\n"), Some(Err("it is binary".to_owned()))]);
    assert_eq!(fake.lines(), ["POST /graphql".to_owned(), format!("GET /repos/acme/shop/git/blobs/{}", id("latin1"))]);
}

#[tokio::test]
async fn cut_text_is_fetched_and_too_long_text_is_not() {
    let fake = Fake::start(|seen| {
        if seen.path != "/graphql" {
            return tree().rest(seen);
        }
        let cut = |size: usize| json!({ "__typename": "Blob", "oid": id("script"), "byteSize": size, "isTruncated": true, "text": "#!/bin\n" });
        ok(json!({ "data": { "repository": { "root": { "__typename": "Tree" }, "o0": cut(10), "o1": cut(5 * 1024 * 1024) } } }))
    })
    .await;
    let blobs = fake.repository().read("c0ffee", &strings(&["a", "b"])).await.unwrap();
    assert_eq!(blobs[0].as_ref().unwrap().bytes, Ok(b"#!/bin/sh\n".to_vec()));
    let why = blobs[1].as_ref().unwrap().bytes.clone().unwrap_err();
    assert!(why.contains("5242880 bytes"), "{why}");
    assert_eq!(fake.lines().len(), 2);
}

#[tokio::test]
async fn where_graphql_is_refused_or_absent_the_same_is_read_by_rest() {
    for status in [403, 404, 405, 422, 418] {
        let fake = without_graphql(status).await;
        let paths = ["script", "link", "module", "adr", "adr/deep/2.md", "no/such", "script/x", "latin1"];
        let found = read(&fake.repository(), &paths).await;
        let script = some("#!/bin/sh\n");
        assert_eq!(
            found,
            [script, None, None, None, some("# Two\n"), None, None, some("gr\u{fc}\u{df}e\n")],
            "{status}"
        );
        let trees = fake.lines().iter().filter(|line| line.contains("/git/trees/")).count();
        assert_eq!(trees, 3, "each folder is listed once: the root, adr, adr/deep");
    }
}

#[tokio::test]
async fn an_absent_graphql_is_asked_again_after_ten_minutes() {
    for (status, asked_at_once) in [(404, 1), (405, 1), (403, 2), (418, 2), (200, 2)] {
        let fake = without_graphql(status).await;
        let clock = TestClock::at(noon());
        let repository = repository(&fake.app_at(&fake.base, &clock));
        let asked = || fake.lines().iter().filter(|line| *line == "POST /graphql").count();
        for _ in 0..2 {
            let _ = repository.read("c0ffee", &strings(&["script"])).await;
        }
        assert_eq!(asked(), asked_at_once, "{status}: what one answer says of the next");
        clock.forward(TimeDelta::minutes(9));
        let _ = repository.read("c0ffee", &strings(&["script"])).await;
        clock.forward(TimeDelta::minutes(1));
        let before = asked();
        let _ = repository.read("c0ffee", &strings(&["script"])).await;
        assert_eq!(asked(), before + 1, "{status}");
    }
}

#[tokio::test]
async fn a_replica_without_the_commit_is_an_outage_and_not_an_empty_commit() {
    let nothing = |seen: &Seen| {
        let variables = seen.body["variables"].as_object().unwrap();
        let names = variables.keys().filter(|name| name.starts_with('v'));
        let mut objects: serde_json::Map<String, Value> =
            names.map(|name| (name.replace('v', "o"), Value::Null)).collect();
        objects.insert("root".to_owned(), Value::Null);
        ok(json!({ "data": { "repository": objects } }))
    };
    let fake = Fake::start(move |seen| nothing(seen)).await;
    let repository = fake.repository();
    let read = repository.read("c0ffee", &strings(&["script", "no/such"])).await;
    assert!(matches!(&read, Err(Error::Outage { why, .. }) if why.contains("c0ffee")), "{read:?}");
    let below = repository.read_below("c0ffee", &strings(&["adr"]), markdown).await;
    assert!(matches!(&below, Err(Error::Outage { .. })), "{below:?}");
    assert_eq!(fake.lines(), ["POST /graphql"; 2]);
    // Nor is it by REST.
    let fake = Fake::start(|_| reply(404, json!({}))).await;
    let repository = fake.repository();
    let read = repository.read("c0ffee", &strings(&["script"])).await;
    assert!(matches!(&read, Err(Error::Outage { .. })), "{read:?}");
    let listed = repository.list("c0ffee").await;
    assert!(matches!(&listed, Err(Error::Outage { .. })), "{listed:?}");
}

#[tokio::test]
async fn many_files_by_rest_take_one_listing() {
    let fake = without_graphql(403).await;
    let names: Vec<String> = (0..30).map(|n| format!("no/such/{n}")).chain(["script".to_owned()]).collect();
    let blobs = fake.repository().read("c0ffee", &names).await.unwrap();
    assert_eq!(blobs.iter().flatten().count(), 1);
    assert_eq!(fake.lines().len(), 3, "{:?}", fake.lines());
}

#[tokio::test]
async fn more_files_than_fit_one_request_take_more_requests() {
    let fake = whole().await;
    let mut names: Vec<String> = (0..250).map(|n| format!("no/such/{n}")).collect();
    names.push("script".to_owned());
    let blobs = fake.repository().read("c0ffee", &names).await.unwrap();
    assert!(blobs[250].is_some() && blobs[..250].iter().all(Option::is_none));
    assert_eq!(fake.lines().len(), 3);
}

#[tokio::test]
async fn a_query_that_is_too_much_is_asked_in_halves() {
    let fake = Fake::start(|seen| match seen.body["variables"].as_object() {
        Some(variables) if variables.len() > 53 => reply(502, json!({})),
        _ => tree().answer(seen),
    })
    .await;
    let mut names: Vec<String> = (0..99).map(|n| format!("no/such/{n:02}")).collect();
    names.push("script".to_owned());
    let blobs = fake.repository().read("c0ffee", &names).await.unwrap();
    assert!(blobs[99].is_some());
    assert_eq!(fake.lines().len(), 3);

    let down = Fake::start(|_| reply(502, json!({}))).await;
    let error = down.repository().read("c0ffee", &strings(&["a", "b"])).await.unwrap_err();
    assert!(matches!(error, Error::Outage { .. }), "{error}");
    assert_eq!(down.lines().len(), 1, "a short query that fails is an outage, not a reason to call more often");
}

#[tokio::test]
async fn what_graphql_says_in_its_errors_is_told_apart() {
    let says = |error: Value| async move {
        let fake = Fake::start(move |seen| match seen.path.as_str() {
            "/graphql" => ok(json!({ "data": { "repository": null }, "errors": [error.clone()] }))
                .with("x-ratelimit-remaining", 0)
                .with("x-ratelimit-reset", noon().timestamp() + 60),
            _ => tree().rest(seen),
        })
        .await;
        fake.repository().read("c0ffee", &strings(&["script"])).await
    };
    let limited = says(json!({ "type": "RATE_LIMITED", "message": "API rate limit exceeded" })).await;
    assert!(matches!(limited, Err(Error::Limited { .. })), "{limited:?}");
    let gone = says(json!({ "type": "NOT_FOUND", "message": "Could not resolve to a Repository" })).await;
    assert!(matches!(gone, Err(Error::NotFound { .. })), "{gone:?}");
    let failed = says(json!({ "message": "Something went wrong while executing your query" })).await;
    assert!(matches!(failed, Err(Error::Outage { .. })), "{failed:?}");
    let forbidden = says(json!({ "type": "FORBIDDEN", "message": "Resource not accessible by integration" })).await;
    assert!(forbidden.unwrap()[0].is_some(), "REST may still be allowed");
}

fn markdown(path: &str) -> bool {
    path.ends_with(".md")
}

async fn below(fake: &Fake, dirs: &[&str]) -> Vec<String> {
    let blobs = fake.repository().read_below("c0ffee", &strings(dirs), markdown).await.unwrap();
    blobs
        .into_iter()
        .map(|blob| {
            assert_eq!(blob.id, id(&blob.path));
            format!("{} {}", blob.path, String::from_utf8(blob.bytes.unwrap()).unwrap().trim())
        })
        .collect()
}

const RECORDS: [&str; 4] =
    ["adr/1.md # One", "adr/deep/2.md # Two", "adr/deep/er/3.md # Three", "adr/deep/er/and/er/4.md # Four"];

#[tokio::test]
async fn folders_are_read_with_what_is_below_them_and_nothing_else() {
    for fake in [whole().await, without_graphql(403).await, without_graphql(404).await] {
        assert_eq!(below(&fake, &["adr"]).await, RECORDS);
        assert_eq!(below(&fake, &["adr/", "/adr/deep", "adr"]).await, RECORDS);
        assert_eq!(below(&fake, &["adr/deep/er"]).await, RECORDS[2..]);
        assert_eq!(below(&fake, &["no/such", "../adr", "script"]).await, [""; 0]);
        assert_eq!(below(&fake, &[]).await, [""; 0]);
    }
}

#[tokio::test]
async fn a_flat_folder_takes_one_request_and_the_whole_repository_two() {
    let fake = whole().await;
    assert_eq!(below(&fake, &["adrs"]).await, ["adrs/no.md # beside"]);
    assert_eq!(fake.lines(), ["POST /graphql"]);
    let fake = whole().await;
    assert_eq!(below(&fake, &[""]).await.len(), 6);
    assert_eq!(fake.lines(), ["GET /repos/acme/shop/git/trees/c0ffee?recursive=1", "POST /graphql"]);
}

#[tokio::test]
async fn folders_that_github_cannot_answer_at_once_are_listed_instead() {
    let fake = Fake::start(|seen| match seen.body["query"].as_str() {
        Some(query) if query.contains("entries") => reply(502, json!({})),
        _ => tree().answer(seen),
    })
    .await;
    assert_eq!(below(&fake, &["adr"]).await, RECORDS);
}

#[tokio::test]
async fn a_listing_has_all_regular_files_or_is_none() {
    let fake = whole().await;
    let listed = fake.repository().list("c0ffee").await.unwrap();
    assert!(listed.is_sorted() && listed.len() == tree().0.len() - 3);
    assert!(!listed.iter().any(|path| path == "link" || path == "module" || path == "adr/link.md"));

    let cut = Fake::start(|_| ok(json!({ "tree": [], "truncated": true }))).await;
    let repository = cut.repository();
    assert!(matches!(repository.list("c0ffee").await, Err(Error::Incomplete(_))));
    assert!(matches!(repository.read_below("c0ffee", &strings(&[""]), markdown).await, Err(Error::Incomplete(_))));
}

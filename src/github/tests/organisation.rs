//! The organisation's file beside the files of a base.

use serde_json::{Value, json};

use super::super::testing::{Fake, Reply, Seen, ok, reply};
use super::super::{Looked, Shared, SharedFile};
use crate::ids::RepositoryId;

const TEXT: &str = "version: 1\nmode: on\n";

fn file() -> Value {
    json!({ "__typename": "Blob", "oid": "b10b", "byteSize": TEXT.len(), "isBinary": false, "isTruncated": false, "text": TEXT })
}

/// A whole answer: the repository asked from, the one called `.github`, and what went wrong.
fn answer(here: &Value, shared: &Value, errors: &Value) -> Reply {
    let base = json!({ "root": { "__typename": "Tree" }, "o0": Value::Null });
    let mut body = json!({ "data": { "repository": base, "here": here, "shared": shared } });
    if !errors.is_null() {
        body["errors"] = errors.clone();
    }
    ok(body)
}

fn here() -> Value {
    json!({ "databaseId": 9, "nameWithOwner": "acme/shop" })
}

fn shared() -> Value {
    json!({
        "databaseId": 71, "nameWithOwner": "Acme/.github", "isPrivate": false,
        "defaultBranchRef": { "name": "main", "target": { "oid": "c0ffee" } }, "file": file(),
    })
}

async fn looked(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> (Looked, Vec<Seen>) {
    let fake = Fake::start(answering).await;
    let (files, looked) = fake.repository().read_and_look("c0ffee", &["a".to_owned()], 7).await.unwrap();
    assert_eq!(files, [None]);
    (looked, fake.asked())
}

async fn by_graphql(here: Value, shared: Value, errors: Value) -> Looked {
    let (looked, seen) = looked(move |_| answer(&here, &shared, &errors)).await;
    assert_eq!(seen.len(), 1, "one request");
    looked
}

fn nothing(looked: &Looked) -> bool {
    matches!(looked, Looked::Seen(Shared { repository: None, file: SharedFile::Nothing(_) }))
}

#[tokio::test]
async fn it_comes_with_the_files_of_the_base() {
    let Looked::Seen(seen) = by_graphql(here(), shared(), Value::Null).await else { panic!("it is seen") };
    let there = seen.repository.unwrap();
    assert_eq!(
        (there.id, there.branch.as_deref(), there.tip.as_deref()),
        (RepositoryId(71), Some("main"), Some("c0ffee"))
    );
    assert!(!there.private);
    let SharedFile::File(blob) = seen.file else { panic!("it is there") };
    assert_eq!((blob.id.as_str(), blob.bytes.unwrap().as_slice()), ("b10b", TEXT.as_bytes()));
}

#[tokio::test]
async fn an_error_of_it_alone_leaves_the_base_readable() {
    let error = |kind: &str, path: Value| json!([{ "type": kind, "path": path, "message": "no" }]);
    assert!(nothing(&by_graphql(here(), Value::Null, error("NOT_FOUND", json!(["shared"]))).await));
    // Some servers answer null without a word.
    assert!(nothing(&by_graphql(here(), Value::Null, Value::Null).await));
    let refused = by_graphql(here(), Value::Null, error("FORBIDDEN", json!(["shared"]))).await;
    assert!(matches!(refused, Looked::Seen(Shared { file: SharedFile::Refused(_), .. })), "{refused:?}");
    let mut without = shared();
    without["file"] = Value::Null;
    let refused = by_graphql(here(), without.clone(), error("FORBIDDEN", json!(["shared", "file"]))).await;
    assert!(
        matches!(refused, Looked::Seen(Shared { file: SharedFile::Refused(_), repository: Some(_) })),
        "{refused:?}"
    );
    let odd = by_graphql(here(), without.clone(), error("SERVICE_UNAVAILABLE", json!(["shared", "file"]))).await;
    assert_eq!(odd, Looked::NotNow("no".to_owned()));
    let absent = by_graphql(here(), without, Value::Null).await;
    assert!(matches!(absent, Looked::Seen(Shared { file: SharedFile::Nothing(_), repository: Some(_) })), "{absent:?}");
}

#[tokio::test]
async fn what_is_somebody_elses_is_not_taken_for_it() {
    let with = |mut body: Value, key: &str, value: Value| {
        body[key] = value;
        body
    };
    // The name of the owner is another one now, or another repository answers by ours.
    let moved = by_graphql(with(here(), "nameWithOwner", json!("apex/shop")), shared(), Value::Null).await;
    assert_eq!(moved, Looked::Renamed("apex".to_owned()));
    let other = by_graphql(with(here(), "databaseId", json!(99)), shared(), Value::Null).await;
    assert!(matches!(other, Looked::NotNow(_)), "{other:?}");
    let none = by_graphql(Value::Null, shared(), Value::Null).await;
    assert!(matches!(none, Looked::NotNow(_)), "{none:?}");
    // An id that GraphQL cannot tell is told by REST, which says that there is none.
    let long = with(shared(), "databaseId", Value::Null);
    let (by_rest, seen) = looked(move |seen| match seen.path.as_str() {
        "/graphql" => answer(&here(), &long, &Value::Null),
        _ => reply(404, json!({ "message": "Not Found" })),
    })
    .await;
    assert!(nothing(&by_rest) && seen.len() == 2, "{seen:?}");
    // A redirect: it was given away, or has another name.
    for name in ["mallory/.github", "acme/old"] {
        let redirected = by_graphql(here(), with(shared(), "nameWithOwner", json!(name)), Value::Null).await;
        assert!(nothing(&redirected), "{redirected:?}");
    }
}

#[tokio::test]
async fn without_graphql_the_account_is_known_by_its_id() {
    let by_rest = |owner: u64, name: &'static str, status: u16| {
        move |seen: &Seen| match seen.path.as_str() {
            "/repos/acme/.github" if status != 200 => reply(status, json!({ "message": "no" })),
            "/repos/acme/.github" => ok(json!({
                "id": 71, "name": name, "full_name": format!("acme/{name}"), "private": true, "default_branch": "main",
                "owner": { "id": owner, "login": "acme" },
            })),
            "/repos/acme/.github/branches/main" => ok(json!({ "commit": { "sha": "c".repeat(40) } })),
            "/repos/acme/.github/git/blobs/b10b" => ok(json!({ "content": TEXT, "encoding": "utf-8" })),
            path if path.starts_with("/repos/acme/.github/git/trees/c") => {
                ok(json!({ "tree": [{ "path": ".github", "mode": "040000", "type": "tree", "sha": "folder" }] }))
            }
            "/repos/acme/.github/git/trees/folder" => ok(
                json!({ "tree": [{ "path": "merestone.yml", "mode": "100644", "type": "blob", "sha": "b10b", "size": 20 }] }),
            ),
            path if path.starts_with("/repos/acme/shop/git/trees/") => ok(json!({ "tree": [] })),
            _ => reply(404, json!({ "message": "Not Found" })),
        }
    };
    let (seen, _) = looked(by_rest(7, ".github", 200)).await;
    let Looked::Seen(Shared { repository: Some(there), file: SharedFile::File(blob) }) = seen else {
        panic!("{seen:?}")
    };
    assert_eq!(
        (there.tip, there.private, blob.bytes.unwrap().as_slice()),
        (Some("c".repeat(40)), true, TEXT.as_bytes())
    );
    assert!(nothing(&looked(by_rest(8, ".github", 200)).await.0), "another account has the name");
    assert!(nothing(&looked(by_rest(7, "old", 200)).await.0), "it has another name");
    assert!(nothing(&looked(by_rest(7, ".github", 404)).await.0));
    let refused = looked(by_rest(7, ".github", 403)).await.0;
    assert!(matches!(refused, Looked::Seen(Shared { file: SharedFile::Refused(_), .. })), "{refused:?}");
    assert!(matches!(looked(by_rest(7, ".github", 502)).await.0, Looked::NotNow(_)));
}

use serde_json::{Value, json};

use super::super::testing::{Fake, ok, reply};
use super::super::{Error, RepositoryRef};
use crate::ids::{InstallationId, RepositoryId};
use crate::review::ActKind;

/// The entries of a page of `total`, as GitHub cuts them.
fn page(total: usize, page: usize, entry: impl Fn(usize) -> Value) -> Value {
    (0..total).skip((page - 1) * 100).take(100).map(entry).collect()
}

#[tokio::test]
async fn lists_are_read_page_by_page_to_their_end() {
    for (members, pages) in [(0, 1), (99, 1), (100, 2), (250, 3)] {
        let fake = Fake::start(move |seen| {
            assert!(seen.query.starts_with("per_page=100&page="), "{}", seen.query);
            ok(page(members, seen.page(), |n| json!({ "login": format!("User{n}"), "id": n })))
        })
        .await;
        let found = fake.app().installation(InstallationId(7)).team_members("acme", "core").await.unwrap();
        assert_eq!(found.len(), members);
        assert!(found.keys().all(|login| login.starts_with("user")));
        assert_eq!(fake.lines().len(), pages, "{members}");
    }
}

#[tokio::test]
async fn a_full_last_page_is_known_by_its_link() {
    let fake = Fake::start(|seen| {
        let last = seen.page() == 2;
        let link =
            if last { "<x?page=1>; rel=\"first\"" } else { "<x?page=2>; rel=\"next\", <x?page=2>; rel=\"last\"" };
        ok(page(200, seen.page(), |n| json!({ "login": format!("u{n}") }))).with("link", link)
    })
    .await;
    fake.app().installation(InstallationId(7)).team_members("acme", "core").await.unwrap();
    assert_eq!(fake.lines().len(), 2);
}

#[tokio::test]
async fn a_team_without_end_or_permission_is_never_half_read() {
    let fake = Fake::start(|seen| ok(page(1_000_000, seen.page(), |n| json!({ "login": format!("u{n}") })))).await;
    let error = fake.app().installation(InstallationId(7)).team_members("acme", "core").await.unwrap_err();
    assert!(matches!(error, Error::Incomplete(_)), "{error}");

    let fake = Fake::start(|seen| match seen.page() {
        1 => ok(page(200, 1, |n| json!({ "login": format!("u{n}") }))),
        _ => reply(500, json!({})),
    })
    .await;
    let error = fake.app().installation(InstallationId(7)).team_members("acme", "core").await.unwrap_err();
    assert!(matches!(error, Error::Outage { .. }), "{error}");
}

#[tokio::test]
async fn repositories_are_read_out_of_their_wrapping() {
    let fake = Fake::start(|_| {
        ok(json!({ "total_count": 2, "repositories": [
            { "id": 1, "name": "shop", "full_name": "acme/shop", "owner": { "login": "acme", "id": 5 } },
            { "id": 2, "name": "old", "full_name": "acme/old", "owner": null },
        ] }))
    })
    .await;
    let found = fake.app().installation(InstallationId(7)).repositories().await.unwrap();
    let named =
        |id, name: &str| RepositoryRef { id: RepositoryId(id), owner: "acme".to_owned(), name: name.to_owned() };
    assert_eq!(found, [named(1, "shop"), named(2, "old")]);
    assert_eq!(fake.lines(), ["GET /installation/repositories?per_page=100&page=1"]);
}

pub(super) fn pull(number: u64) -> Value {
    json!({
        "number": number, "state": "open", "draft": false, "title": "Settle", "user": { "login": "maria", "type": "User" },
        "labels": [{ "name": "b" }, { "name": "a" }],
        "head": { "ref": "feat", "sha": "a".repeat(40), "repo": null },
        "base": { "ref": "main", "sha": "b".repeat(40), "repo": {
            "id": 9, "name": "shop", "full_name": "acme/shop", "owner": { "login": "acme", "id": 5 },
            "html_url": "https://github.com/acme/shop", "default_branch": "main", "private": true } },
        "changed_files": 3, "updated_at": "2026-11-23T11:00:00Z",
        "requested_reviewers": [{ "login": "zoe" }, { "login": "ada" }, null], "requested_teams": [{ "slug": "core" }],
    })
}

#[tokio::test]
async fn a_pull_request_is_read_as_it_is_now() {
    let fake = Fake::start(|_| ok(pull(3))).await;
    let snapshot = fake.repository().pull(3).await.unwrap();
    insta::assert_json_snapshot!(snapshot, @r#"
    {
      "owner": "acme",
      "name": "shop",
      "repository_url": "https://github.com/acme/shop",
      "default_branch": "main",
      "private": true,
      "open": true,
      "draft": false,
      "title": "Settle",
      "labels": [
        "a",
        "b"
      ],
      "author": "maria",
      "author_is_bot": false,
      "head": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "base": "main",
      "changed_files": 3,
      "requested_users": [
        "ada",
        "zoe"
      ],
      "requested_teams": [
        "core"
      ],
      "updated_at": "2026-11-23T11:00:00Z"
    }
    "#);
}

#[tokio::test]
async fn another_repository_under_the_old_name_is_not_ours() {
    let fake = Fake::start(|_| {
        let mut other = pull(3);
        other["base"]["repo"]["id"] = json!(10);
        ok(other)
    })
    .await;
    let error = fake.repository().pull(3).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn a_pull_request_without_a_head_is_malformed() {
    for field in ["head", "base", "state", "updated_at"] {
        let fake = Fake::start(move |_| {
            let mut body = pull(3);
            body[field] = Value::Null;
            ok(body)
        })
        .await;
        let error = fake.repository().pull(3).await.unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{field}: {error}");
    }
}

#[tokio::test]
async fn open_pull_requests_come_each_once() {
    let fake = Fake::start(|seen| match seen.page() {
        1 => ok(page(100, 1, |n| pull(n as u64 + 1))),
        _ => ok(json!([pull(100), pull(101)])),
    })
    .await;
    let pulls = fake.repository().open_pulls().await.unwrap();
    assert_eq!(pulls.iter().map(|(number, _)| *number).collect::<Vec<_>>(), (1..=101).collect::<Vec<_>>());
}

#[tokio::test]
async fn reviews_keep_what_counts_and_what_does_not() {
    let commit = "c".repeat(40);
    let review =
        move |id: u64, state: &str, user: Value| json!({ "id": id, "state": state, "user": user, "commit_id": commit });
    let ada = || json!({ "login": "ada", "type": "User" });
    let fake = Fake::start(move |_| {
        ok(json!([
            review(1, "APPROVED", ada()),
            review(2, "CHANGES_REQUESTED", ada()),
            review(3, "DISMISSED", ada()),
            review(4, "COMMENTED", ada()),
            review(5, "PENDING", ada()),
            review(6, "APPROVED", Value::Null),
            review(7, "APPROVED", json!({ "login": "ci[bot]", "type": "Bot" })),
            review(8, "SOMETHING_NEW", ada()),
        ]))
    })
    .await;
    let seen = fake.repository().reviews(3).await.unwrap();
    let kinds: Vec<_> =
        seen.iter().map(|review| (review.review_id, review.login.as_str(), review.bot, review.kind)).collect();
    assert_eq!(
        kinds,
        [
            (1, "ada", false, Some(ActKind::Approved)),
            (2, "ada", false, Some(ActKind::ChangesRequested)),
            (3, "ada", false, Some(ActKind::Dismissed)),
            (4, "ada", false, Some(ActKind::Commented)),
            (5, "ada", false, None),
            (6, "ghost", false, None),
            (7, "ci[bot]", true, Some(ActKind::Approved)),
            (8, "ada", false, None),
        ]
    );
    assert_eq!(seen[0].commit.as_deref(), Some("c".repeat(40).as_str()));
}

#[tokio::test]
async fn reviews_beyond_what_is_read_are_no_complete_list() {
    let fake = Fake::start(|seen| ok(page(5_000, seen.page(), |n| json!({ "id": n + 1, "state": "COMMENTED" })))).await;
    let error = fake.repository().reviews(3).await.unwrap_err();
    assert!(matches!(error, Error::Incomplete(_)), "{error}");
    assert_eq!(fake.lines().len(), 30);
}

#[tokio::test]
async fn a_team_is_secret_unless_it_is_said_to_be_seen() {
    for (privacy, secret) in
        [(json!("closed"), false), (json!("secret"), true), (Value::Null, true), (json!("?"), true)]
    {
        let fake = Fake::start(move |seen| {
            assert_eq!(seen.line(), "GET /orgs/acme/teams/co%20re");
            ok(json!({ "id": 5, "slug": "core", "privacy": privacy }))
        })
        .await;
        let team = fake.app().installation(InstallationId(7)).team("acme", "co re").await.unwrap();
        assert_eq!((team.id, team.secret), (5, secret));
    }
}

#[tokio::test]
async fn only_an_active_member_is_one() {
    let member = async |status: u16, body: Value| {
        let fake = Fake::start(move |_| reply(status, body.clone())).await;
        fake.app().installation(InstallationId(7)).member("acme", "ada").await
    };
    let of = |state: &str| json!({ "state": state, "user": { "login": "ada", "id": 3 } });
    assert_eq!(member(200, of("active")).await.unwrap(), Some(3));
    assert_eq!(member(200, of("pending")).await.unwrap(), None);
    assert_eq!(member(200, of("")).await.unwrap(), None);
    assert_eq!(member(404, json!({})).await.unwrap(), None);
    assert!(matches!(member(403, json!({})).await, Err(Error::Forbidden { .. })));
    assert!(matches!(member(502, json!({})).await, Err(Error::Outage { .. })));
    assert!(matches!(member(200, json!({ "state": "active", "user": null })).await, Err(Error::Malformed { .. })));
}

#[tokio::test]
async fn write_and_more_is_write_access() {
    for (permission, writes) in [("admin", true), ("write", true), ("read", false), ("none", false), ("owner", false)] {
        let fake =
            Fake::start(move |_| ok(json!({ "permission": permission, "user": { "login": "ada", "id": 3 } }))).await;
        let told = fake.repository().permission("ada").await.unwrap();
        assert_eq!((told.user, told.writes), (3, writes), "{permission}");
    }
}

use std::sync::Mutex;
use std::time::Duration;

use axum::body::{Body, Bytes};
use chrono::TimeDelta;
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::super::testing::{Fake, Reply, TestClock, noon, ok, reply, repository, test_key};
use super::super::{App, Error, PrivateKey};
use crate::ids::{InstallationId, RepositoryId};
use crate::source::Source;

const REQUESTED: &str = "/repos/acme/shop/pulls/1/requested_reviewers";

fn nobody() -> Value {
    json!({ "users": [], "teams": [] })
}

/// How one call to a GitHub that answers so ends.
async fn ends(answering: impl Fn() -> Reply + Send + Sync + 'static) -> Error {
    Fake::start(move |_| answering()).await.repository().requested(1).await.unwrap_err()
}

#[tokio::test]
async fn every_call_says_who_we_are_and_which_api_we_mean() {
    let fake = Fake::start(|_| ok(nobody())).await;
    fake.repository().requested(1).await.unwrap();
    for seen in fake.asked().iter().chain(&fake.mints()) {
        assert_eq!(seen.headers["user-agent"], concat!("merestone/", env!("CARGO_PKG_VERSION")));
        assert_eq!(seen.headers["accept"], "application/vnd.github+json");
        assert_eq!(seen.headers["x-github-api-version"], "2022-11-28");
    }
}

#[tokio::test]
async fn what_others_named_is_encoded_and_walks_nowhere() {
    let fake = Fake::start(|_| ok(json!([]))).await;
    let app = fake.app();
    let installation = app.installation(InstallationId(7));
    installation.team_members("acme", "ä b/c?d#e%2f").await.unwrap();
    installation.repository(RepositoryId(9), "a/b", "c d").open_pulls().await.unwrap();
    assert_eq!(
        fake.lines(),
        [
            "GET /orgs/acme/teams/%C3%A4%20b%2Fc%3Fd%23e%252f/members?per_page=100&page=1",
            "GET /repos/a%2Fb/c%20d/pulls?state=open&sort=created&direction=asc&per_page=100&page=1",
        ]
    );
    for odd in ["..", ".", ""] {
        let error = installation.team_members("acme", odd).await.unwrap_err();
        assert!(matches!(error, Error::NotFound { .. }), "{error}");
    }
    assert_eq!(fake.lines().len(), 2, "such a call is never sent");
}

#[tokio::test]
async fn enterprise_server_is_spoken_to_where_it_answers() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        "/api/graphql" => ok(json!({ "data": { "repository": { "o0": null, "root": {} } } })),
        _ => ok(nobody()),
    })
    .await;
    for base in [format!("{}/api/v3", fake.base), format!("{}/api/v3/", fake.base)] {
        let repository = repository(&fake.app_at(&base, &TestClock::at(noon())));
        repository.requested(1).await.unwrap();
        repository.read("c", &["a".to_owned()]).await.unwrap();
    }
    assert!(fake.mints().iter().all(|seen| seen.path == "/api/v3/app/installations/7/access_tokens"));
    assert_eq!(fake.lines()[..2], [format!("GET /api/v3{REQUESTED}"), "POST /api/graphql".to_owned()]);
    assert_eq!(fake.lines()[..2], fake.lines()[2..]);
}

#[tokio::test]
async fn an_address_that_is_not_safe_refuses_the_start() {
    let new = |url: &str| App::new(42, PrivateKey::parse(&test_key().pkcs8).unwrap(), url);
    for url in [
        "https://api.github.com",
        "https://ghe.acme.dev:8443/api/v3",
        "http://127.0.0.1:1",
        "http://[::1]:1",
        "http://localhost:1",
    ] {
        assert!(new(url).is_ok(), "{url}");
    }
    for (url, says) in [
        ("http://ghe.acme.dev/api/v3", "https://"),
        ("http://localhost.evil.dev", "https://"),
        ("ftp://ghe.acme.dev", "https://"),
        ("https://u:hunter2@ghe.acme.dev/api/v3", "no user name"),
        ("https://ghe.acme.dev/api/v3?x=1", "end with the path"),
        ("ghe.acme.dev", "cannot be used"),
        ("", "cannot be used"),
    ] {
        let error = new(url).expect_err(url).to_string();
        assert!(error.contains(says) && !error.contains("hunter2"), "{url}: {error}");
    }
    assert!(App::new(0, PrivateKey::parse(&test_key().pkcs8).unwrap(), "https://api.github.com").is_err());
}

#[tokio::test]
async fn a_redirect_is_followed_on_the_same_host_as_it_was_asked() {
    for status in [301, 302, 307, 308] {
        let fake = Fake::start(move |seen| match seen.path.as_str() {
            "/repositories/9/pulls/1/requested_reviewers" => reply(201, json!({})),
            _ => reply(status, json!({})).with("location", "/repositories/9/pulls/1/requested_reviewers"),
        })
        .await;
        fake.repository().request(1, &["ada".to_owned()], &[]).await.unwrap();
        let asked = fake.asked();
        assert_eq!(asked[1].line(), "POST /repositories/9/pulls/1/requested_reviewers", "{status}");
        assert_eq!(asked[1].body, asked[0].body);
        assert_eq!(asked[1].headers["authorization"], "Bearer ghs_1");
    }
}

#[tokio::test]
async fn no_other_host_is_ever_spoken_to() {
    let elsewhere = Fake::start(|_| ok(nobody())).await;
    for target in [format!("{}/x", elsewhere.base), format!("//{}/x", &elsewhere.base["http://".len()..])] {
        let error = ends(move || reply(302, json!({})).with("location", &target)).await;
        assert!(matches!(&error, Error::Malformed { why, .. } if why.contains("another host")), "{error}");
    }
    // Nor where the link to the next page leads.
    let link = format!("<{}/members?page=2>; rel=\"next\"", elsewhere.base);
    let fake = Fake::start(move |seen| {
        let page = ok(json!([{ "login": format!("P{}", seen.page()), "id": seen.page() }]));
        if seen.page() == 1 { page.with("link", &link) } else { page.with("link", "<x>; rel=\"first\"") }
    })
    .await;
    let members = fake.app().installation(InstallationId(7)).team_members("acme", "core").await.unwrap();
    assert_eq!(members.into_keys().collect::<Vec<_>>(), ["p1", "p2"]);
    assert!(elsewhere.lines().is_empty());
}

#[tokio::test]
async fn redirects_end_somewhere() {
    let fake = Fake::start(|_| reply(307, json!({})).with("location", "/round")).await;
    let error = fake.repository().requested(1).await.unwrap_err();
    assert!(matches!(error, Error::Malformed { .. }), "{error}");
    assert_eq!(fake.lines().len(), 4);
}

#[tokio::test]
async fn an_answer_is_read_up_to_a_length() {
    let error = ends(|| {
        let piece = Bytes::from(vec![b' '; 1024 * 1024]);
        let endless = stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone()));
        Reply { status: 200, headers: Vec::new(), body: Body::from_stream(endless) }
    })
    .await;
    assert!(matches!(&error, Error::Malformed { why, .. } if why.contains("32 MiB")), "{error}");
}

#[tokio::test]
async fn an_answer_that_ends_early_or_never_comes_is_an_outage() {
    let cut = || {
        let first = stream::iter([Ok("{\"users\":"), Err(std::io::Error::other("cut"))]);
        Reply { status: 200, headers: Vec::new(), body: Body::from_stream(first) }
    };
    let error = ends(cut).await;
    assert!(matches!(error, Error::Outage { .. }), "{error}");

    let fake = Fake::start(|_| Reply {
        status: 200,
        headers: Vec::new(),
        body: Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>().boxed()),
    })
    .await;
    let key = PrivateKey::parse(&test_key().pkcs8).unwrap();
    let app = App::assemble(42, key, &fake.base, TestClock::at(noon()).clock(), Duration::from_millis(50)).unwrap();
    let error = repository(&app).requested(1).await.unwrap_err();
    assert!(matches!(&error, Error::Outage { why, .. } if why.contains("50ms")), "{error}");
    assert_eq!(app.reached(), Some(false));

    let nobody_there = Fake::start(|_| ok(nobody())).await.app_at("http://127.0.0.1:9", &TestClock::at(noon()));
    let error = repository(&nobody_there).requested(1).await.unwrap_err();
    assert!(matches!(&error, Error::Outage { why, .. } if why.contains("refused")), "{error}");
}

#[tokio::test]
async fn a_refusal_says_which_permission_is_needed() {
    let of = |told: &'static str| {
        ends(move || {
            reply(403, json!({ "message": "Resource not accessible" })).with("x-accepted-github-permissions", told)
        })
    };
    let error = of("pull_requests=write,metadata=read; issues=write").await.to_string();
    assert!(error.ends_with(
        "Resource not accessible (the App needs the permission pull requests: write and metadata: read, or issues: write)"
    ), "{error}");
    assert!(of("what is this").await.to_string().ends_with("Resource not accessible"));
}

#[tokio::test]
async fn a_status_says_how_a_call_ended() {
    let of = |status: u16, message: &'static str| ends(move || reply(status, json!({ "message": message })));
    assert!(matches!(of(400, "Problems parsing JSON").await, Error::Refused { .. }));
    assert!(matches!(of(403, "Resource not accessible by integration").await, Error::Forbidden { .. }));
    assert!(matches!(of(404, "Not Found").await, Error::NotFound { .. }));
    assert!(matches!(of(410, "Gone").await, Error::NotFound { .. }));
    assert!(matches!(of(418, "?").await, Error::Malformed { .. }));
    assert!(matches!(of(500, "").await, Error::Outage { .. }));
    assert!(matches!(of(502, "").await, Error::Outage { .. }));
    let html = ends(|| Reply { status: 503, headers: Vec::new(), body: Body::from("<html>Unicorn!</html>") }).await;
    assert_eq!(
        html.to_string(),
        "GitHub did not answer GET /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers: 503 Service Unavailable"
    );
    let refused = ends(|| {
        reply(422, json!({ "message": "Validation Failed", "errors": ["A", { "field": "data", "code": "custom", "message": "B" }] }))
    })
    .await;
    assert!(
        matches!(&refused, Error::Refused { why, .. } if why == "Validation Failed: A: B data custom"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_limit_says_until_when_and_a_second_more() {
    let primary = |status: u16, reset: i64| {
        move || {
            reply(status, json!({ "message": "API rate limit exceeded for installation ID 7." }))
                .with("x-ratelimit-remaining", 0)
                .with("x-ratelimit-reset", reset)
        }
    };
    let noon_s = noon().timestamp();
    let secondary = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    let until = |error: Error| match error {
        Error::Limited { until, .. } => (until - noon()).num_seconds(),
        other => panic!("{other}"),
    };
    assert_eq!(until(ends(primary(403, noon_s + 120)).await), 121);
    assert_eq!(until(ends(primary(429, noon_s + 120)).await), 121);
    assert_eq!(until(ends(move || reply(403, json!({ "message": secondary })).with("retry-after", 7)).await), 8);
    assert_eq!(until(ends(move || reply(403, json!({ "message": secondary }))).await), 61);
    assert_eq!(until(ends(|| reply(429, json!({}))).await), 61);
    assert_eq!(until(ends(|| reply(503, json!({})).with("retry-after", 1)).await), 2);
    let at = noon() + TimeDelta::seconds(30);
    let dated = move || {
        reply(429, json!({}))
            .with("date", "Mon, 23 Nov 2026 12:00:00 GMT")
            .with("retry-after", at.format("%a, %d %b %Y %H:%M:%S GMT"))
    };
    assert_eq!(until(ends(dated).await), 31);
    // What cannot be true is not believed: an hour is the longest window, a day the longest wait.
    assert_eq!(until(ends(primary(403, noon_s - 5)).await), 61);
    assert_eq!(until(ends(|| reply(429, json!({})).with("retry-after", i64::MAX)).await), 61);
    assert_eq!(until(ends(|| reply(429, json!({})).with("retry-after", 10_000_000)).await), 24 * 3600 + 1);
    assert_eq!(until(ends(|| reply(429, json!({})).with("retry-after", -5)).await), 1);
}

#[tokio::test]
async fn where_the_clocks_differ_github_s_own_decides_how_long_a_limit_lasts() {
    let error = ends(|| {
        reply(403, json!({ "message": "API rate limit exceeded" }))
            .with("date", "Mon, 23 Nov 2026 18:00:00 GMT")
            .with("x-ratelimit-remaining", 0)
            .with("x-ratelimit-reset", (noon() + TimeDelta::minutes(370)).timestamp())
    })
    .await;
    let Error::Limited { until, .. } = error else { panic!("{error}") };
    assert_eq!(until - noon(), TimeDelta::minutes(10) + TimeDelta::seconds(1));
}

#[tokio::test]
async fn a_limited_installation_is_not_called_until_the_time_is_up_and_others_are() {
    let limited = Mutex::new(true);
    let fake = Fake::start(move |_| {
        if std::mem::replace(&mut *limited.lock().unwrap(), false) {
            reply(403, json!({ "message": "secondary rate limit" })).with("retry-after", 10)
        } else {
            ok(nobody())
        }
    })
    .await;
    let clock = TestClock::at(noon());
    let app = fake.app_at(&fake.base, &clock);
    let first = repository(&app).requested(1).await.unwrap_err();
    assert_eq!(fake.lines().len(), 1);
    clock.forward(TimeDelta::seconds(10));
    let second = repository(&app).requested(2).await.unwrap_err();
    assert!(matches!((&first, &second), (Error::Limited { until: a, .. }, Error::Limited { until: b, .. }) if a == b));
    assert_eq!(fake.lines().len(), 1, "nothing is sent before the time is up");
    app.installation(InstallationId(8)).repository(RepositoryId(9), "acme", "shop").requested(1).await.unwrap();
    clock.forward(TimeDelta::seconds(1));
    repository(&app).requested(1).await.unwrap();
}

#[tokio::test]
async fn nothing_is_sent_twice_by_itself() {
    let fake = Fake::start(|_| reply(502, json!({}))).await;
    let repository = fake.repository();
    repository.create_comment(1, "x").await.unwrap_err();
    assert_eq!(fake.lines().len(), 1);
}

//! The stand-in itself: what it refuses, and that it notes it.

use std::sync::Arc;

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use merestone::standin::auth::DEMO_KEY;
use merestone::standin::edits::Edits;
use merestone::standin::wire::{self, Reply};
use merestone::standin::world::PullRef;
use merestone::standin::{Mail, StandIn};
use serde_json::{Value, json};

use super::shop::shop;
use super::story::Pull;

/// A stand-in with an open pull request, and somebody who calls it without being our bot.
struct Caller {
    github: StandIn,
    token: String,
    pull: PullRef,
}

impl Caller {
    async fn new() -> Self {
        let mut world = shop(&[]);
        let pull = world.open_pull(&Pull::crossing().new_pull()).expect("it can be opened");
        let installation = *world.installations.keys().next().expect("it is installed");
        let github = StandIn::start(world).await.expect("a port");
        let mut caller = Self { github, token: String::new(), pull };
        let reply = caller
            .signed("POST", &format!("/app/installations/{installation}/access_tokens"), TimeDelta::minutes(9))
            .await;
        assert_eq!(reply.status, 201);
        caller.token = reply.json()["token"].as_str().expect("a token").to_owned();
        caller
    }

    async fn signed(&self, method: &str, path: &str, life: TimeDelta) -> Reply {
        let now = self.github.world().now();
        let claims = json!({ "iss": "4242", "iat": now.timestamp() - 60, "exp": (now + life).timestamp() });
        let key = EncodingKey::from_rsa_pem(DEMO_KEY.as_bytes()).expect("a key");
        let token = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key).expect("signs");
        self.send(method, path, &token, Value::Null).await
    }

    async fn send(&self, method: &str, path: &str, token: &str, body: Value) -> Reply {
        let url = format!("{}{path}", self.github.world().api_url());
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", authorization.as_str()), ("user-agent", "test")];
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        wire::send(method, &url, &headers, &body).await.expect("an answer")
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Reply {
        self.send(method, path, &self.token.clone(), body).await
    }

    /// The call is refused with this status, and noted with these words.
    async fn refused(&self, method: &str, path: &str, body: Value, status: u16, words: &str) {
        let reply = self.call(method, path, body).await;
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.json());
        let mut world = self.github.world();
        assert_eq!(world.log.expect(words), 1, "{words}: {:?}", world.log.offences());
        assert!(world.log.offences().is_empty(), "{:?}", world.log.offences());
    }

    fn head(&self) -> String {
        self.github.world().pull(self.pull).expect("it is there").head.clone()
    }
}

#[tokio::test]
async fn what_does_not_exist_is_noted() {
    let caller = Caller::new().await;
    caller.refused("GET", "/repos/acme/shop/branches", Value::Null, 404, "no such route").await;
    caller.refused("PUT", "/repos/acme/shop/pulls/1/merge", Value::Null, 404, "no such route").await;
    assert_eq!(caller.call("GET", "/repos/acme/nothing/pulls/1", Value::Null).await.status, 404);
    let reply = caller.call("GET", "/repos/acme/shop/pulls?colour=red", Value::Null).await;
    assert_eq!(reply.status, 200);
    assert_eq!(caller.github.world().log.expect("colour is not described"), 1);
    caller.call("GET", "/repos/acme/shop/pulls?per_page=101", Value::Null).await;
    assert_eq!(caller.github.world().log.expect("per_page is out of bounds"), 1);
}

#[tokio::test]
async fn credentials_are_checked() {
    let caller = Caller::new().await;
    let path = "/repos/acme/shop/pulls/1";
    assert_eq!(caller.send("GET", path, "ghs_4242_nothing", Value::Null).await.status, 401);
    assert_eq!(caller.github.world().log.expect("Bad credentials"), 1);
    assert_eq!(caller.signed("GET", "/app", TimeDelta::minutes(20)).await.status, 401);
    assert_eq!(caller.github.world().log.expect("too far in the future"), 1);
    assert_eq!(caller.signed("GET", path, TimeDelta::minutes(5)).await.status, 403);
    assert_eq!(caller.github.world().log.expect("needs an installation token"), 1);
    caller.github.world().advance(TimeDelta::minutes(61));
    assert_eq!(caller.call("GET", path, Value::Null).await.status, 401);
    assert_eq!(caller.github.world().log.expect("Bad credentials"), 1);
}

#[tokio::test]
async fn a_missing_permission_is_noted() {
    let caller = Caller::new().await;
    let head = caller.head();
    for token in caller.github.world().tokens.values_mut() {
        token.permissions.remove("checks");
    }
    let body = json!({ "name": "merestone", "head_sha": head });
    caller.refused("POST", "/repos/acme/shop/check-runs", body, 403, "checks: write").await;
}

#[tokio::test]
async fn bodies_are_held_against_the_description() {
    let caller = Caller::new().await;
    let comments = "/repos/acme/shop/issues/1/comments";
    caller.refused("POST", comments, json!({}), 422, "body is missing").await;
    caller.refused("POST", comments, json!({ "text": "x" }), 422, "body is missing").await;
    caller.refused("POST", comments, json!({ "body": "é".repeat(65_537) }), 422, "too long").await;
    assert_eq!(caller.call("POST", comments, json!({ "body": "é".repeat(65_536) })).await.status, 201);

    let checks = "/repos/acme/shop/check-runs";
    let head = caller.head();
    let check =
        |output: Value| json!({ "name": "merestone", "head_sha": head, "conclusion": "success", "output": output });
    let annotation = |line: u64| json!({ "path": "a", "start_line": line, "end_line": line, "annotation_level": "warning", "message": "m" });
    caller.refused("POST", checks, check(json!({ "title": "t" })), 422, "output.summary is missing").await;
    caller.refused("POST", checks, check(json!({ "summary": "s" })), 422, "output.title is missing").await;
    let long = "x".repeat(65_536);
    caller
        .refused("POST", checks, check(json!({ "title": "t", "summary": long })), 422, "output.summary is too long")
        .await;
    let many: Vec<Value> = (1..=51).map(annotation).collect();
    let with = |annotations: Value| check(json!({ "title": "t", "summary": "s", "annotations": annotations }));
    caller.refused("POST", checks, with(many.into()), 422, "51 entries").await;
    caller.refused("POST", checks, with(json!([annotation(0)])), 422, "is no number from 1").await;
    let body = json!({ "name": "merestone", "head_sha": "0".repeat(40), "status": "queued" });
    caller.refused("POST", checks, body, 422, "No commit found").await;
    let body = json!({ "name": "merestone", "head_sha": head, "conclusion": "perfect" });
    caller.refused("POST", checks, body, 422, "conclusion is none of").await;
    let body = json!({ "name": "merestone", "head_sha": head, "status": "completed" });
    caller.refused("POST", checks, body, 422, "needs a conclusion").await;
}

#[tokio::test]
async fn requests_for_review_are_all_or_nothing() {
    let caller = Caller::new().await;
    let path = "/repos/acme/shop/pulls/1/requested_reviewers";
    let both = |users: Value, teams: Value| json!({ "reviewers": users, "team_reviewers": teams });
    caller.refused("POST", path, json!({}), 422, "is missing").await;
    caller.refused("POST", path, both(json!(["maria"]), json!(["ledger"])), 422, "pull request author").await;
    caller.refused("POST", path, both(json!(["ada", "nobody"]), json!([])), 422, "collaborators").await;
    caller.refused("POST", path, both(json!([]), json!(["ledger", "acme/payments"])), 422, "collaborators").await;
    let many: Vec<String> = (0..16).map(|n| format!("user-{n}")).collect();
    caller.refused("POST", path, both(json!(many), json!([])), 422, "maximum of 15").await;
    assert_eq!(caller.github.world().requested(caller.pull), (vec![], vec![]));
    assert_eq!(caller.call("POST", path, both(json!(["ada"]), json!(["ledger"]))).await.status, 201);
    caller.refused("DELETE", path, json!({ "team_reviewers": ["ledger"] }), 422, "reviewers is missing").await;
    assert_eq!(caller.call("DELETE", path, both(json!([]), json!(["ledger"]))).await.status, 200);
    assert_eq!(caller.github.world().requested(caller.pull), (vec!["ada".to_owned()], vec![]));
    let events: Vec<String> =
        caller.github.world().post.waiting.iter().map(|delivery| delivery.action.clone()).collect();
    assert_eq!(events, ["opened", "requested", "review_requested", "review_requested", "review_request_removed"]);
}

#[tokio::test]
async fn graphql_reads_files_and_knows_no_other_field() {
    let caller = Caller::new().await;
    let head = caller.head();
    let query = "query($o:String!,$a:String!,$b:String!,$c:String!){repository(owner:$o,name:\"shop\"){
        a:object(expression:$a){...f} b:object(expression:$b){...f} c:object(expression:$c){...f}}}
        fragment f on GitObject{__typename ...on Blob{text byteSize} ...on Tree{entries{name mode type}}}";
    let variables = json!({ "o": "acme", "a": format!("{head}:README.md"), "b": format!("{head}:docs"), "c": format!("{head}:none") });
    let reply = caller.call("POST", "/graphql", json!({ "query": query, "variables": variables })).await.json();
    assert_eq!(
        reply["data"]["repository"],
        json!({
            "a": { "__typename": "Blob", "text": "# shop\n", "byteSize": 7 },
            "b": { "__typename": "Tree", "entries": [{ "name": "adr", "mode": 0o040_000, "type": "tree" }] },
            "c": null,
        })
    );
    let reply = caller
        .call("POST", "/graphql", json!({ "query": "{ repository(owner:\"acme\",name:\"shop\"){ stars } }" }))
        .await;
    assert!(reply.json()["errors"][0]["message"].as_str().is_some_and(|text| text.contains("stars")));
    assert_eq!(caller.github.world().log.expect("stars"), 1);
}

#[tokio::test]
async fn a_known_answer_is_not_sent_again() {
    let caller = Caller::new().await;
    let url = format!("{}/repos/acme/shop/pulls/1", caller.github.world().api_url());
    let authorization = format!("Bearer {}", caller.token);
    let mut headers = vec![("authorization", authorization.as_str()), ("user-agent", "test")];
    let first = wire::send("GET", &url, &headers, b"").await.expect("an answer");
    let etag = first.header("etag").expect("an etag").to_owned();
    headers.push(("if-none-match", &etag));
    assert_eq!(wire::send("GET", &url, &headers, b"").await.expect("an answer").status, 304);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let caller = Caller::new().await;
    for n in 0..5 {
        caller.github.world().comment(caller.pull, "tomas", &format!("comment {n}")).expect("a comment");
    }
    let reply = caller.call("GET", "/repos/acme/shop/issues/1/comments?per_page=2&page=2", Value::Null).await;
    let bodies: Vec<Value> =
        reply.json().as_array().expect("a list").iter().map(|comment| comment["body"].clone()).collect();
    assert_eq!(bodies, [json!("comment 2"), json!("comment 3")]);
    let link = reply.header("link").expect("links");
    assert!(link.contains("per_page=2&page=3>; rel=\"next\"") && link.contains("page=1>; rel=\"first\""), "{link}");
}

#[tokio::test]
async fn contents_follow_links_and_wrap_base64() {
    let caller = Caller::new().await;
    let long = "0123456789".repeat(10);
    let edits = Edits::new().write("long.txt", &long).link("link.txt", "long.txt").submodule("sub", &"a".repeat(40));
    caller.github.world().push_branch("acme/shop", "main", "maria", &edits).expect("a push");
    let get =
        async |path: &str| caller.call("GET", &format!("/repos/acme/shop/contents/{path}"), Value::Null).await.json();
    let file = get("long.txt").await;
    let content = file["content"].as_str().expect("content");
    assert!(content.lines().all(|line| line.len() <= 60) && content.ends_with('\n'), "{content}");
    assert_eq!(get("link.txt").await["sha"], file["sha"], "a link is followed");
    assert_eq!(get("sub").await["type"], "submodule");
    let listed: Vec<Value> =
        get("services").await.as_array().expect("a list").iter().map(|entry| entry["name"].clone()).collect();
    assert_eq!(listed, ["checkout", "ledger", "login"]);
}

#[tokio::test]
async fn events_wait_until_they_are_delivered() {
    let caller = Caller::new().await;
    let seen: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let hook = {
        let seen = Arc::clone(&seen);
        axum::Router::new().fallback(async move |headers: axum::http::HeaderMap| {
            let text = |name: &str| headers[name].to_str().expect("text").to_owned();
            assert!(text("x-hub-signature-256").starts_with("sha256="));
            seen.lock().expect("free").push(format!("{} {}", text("x-github-event"), text("x-github-delivery")));
        })
    };
    tokio::spawn(async move { axum::serve(listener, hook).await });
    caller.github.world().app.webhook_url = Some(url);
    assert_eq!(caller.github.deliver(Mail::Doubled).await.expect("delivered"), 4);
    let first = seen.lock().expect("free").clone();
    assert_eq!(first[0], first[1], "a redelivery has the same id");
    caller.github.world().label(caller.pull, "x", true).expect("a label");
    assert_eq!(caller.github.deliver(Mail::Dropped).await.expect("dropped"), 0);
    assert_eq!(caller.github.deliver(Mail::Ordered).await.expect("nothing waits"), 0);
    assert_eq!(seen.lock().expect("free").len(), 4);
}

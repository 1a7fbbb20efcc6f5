use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use chrono::{DateTime, Utc};
use futures::{StreamExt as _, stream};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::intake::Intake;
use super::webhook::{Door, LONGEST_BODY, receive};
use super::{Accounts, Config, Secrets, serve};
use crate::bot::Clock;
use crate::github::testing::test_key;
use crate::github::{App, PrivateKey};
use crate::ids::{InstallationId, PullKey, RepositoryId};
use crate::inbox::{Claim, Inbox, Lane, RequestState, ShownComment, ShownRequest, Task};
use crate::review::ActKind;
use crate::rules::Handle;

const SECRET: &str = "a secret of sixteen bytes or more";
const KEY: PullKey = PullKey { installation: InstallationId(7), repository: RepositoryId(9), number: 3 };

fn noon() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

struct World {
    door: Router,
    inbox: Inbox,
    now: Arc<Mutex<DateTime<Utc>>>,
}

async fn world() -> World {
    world_for(Accounts::all(), Duration::from_secs(30)).await
}

async fn world_for(accounts: Accounts, body_timeout: Duration) -> World {
    let inbox = Inbox::open("sqlite::memory:").await.unwrap();
    let now = Arc::new(Mutex::new(noon()));
    let told = Arc::clone(&now);
    let clock: Clock = Arc::new(move || *told.lock().unwrap());
    let app = App::new(42, PrivateKey::parse(&test_key().pkcs8).unwrap(), "http://127.0.0.1:9").unwrap();
    let intake = Intake::new(inbox.clone(), app.named("merestone"), accounts, clock);
    let mut door = Door::new(Secrets::parse(SECRET).unwrap(), intake);
    door.body_timeout = body_timeout;
    let door = Router::new().route("/webhook", axum::routing::post(receive)).with_state(Arc::new(door));
    World { door, inbox, now }
}

fn sign(body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body)))
}

fn signed(event: &str, body: impl Into<Vec<u8>>) -> Request<Body> {
    let body = body.into();
    static DELIVERIES: AtomicU64 = AtomicU64::new(0);
    let delivery = DELIVERIES.fetch_add(1, Ordering::Relaxed);
    Request::post("/webhook")
        .header("x-github-event", event)
        .header("x-github-delivery", format!("72d3162e-cc78-11e3-81ab-{delivery:012}"))
        .header("x-hub-signature-256", sign(&body))
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap()
}

impl World {
    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.door.clone().oneshot(request).await.unwrap()
    }

    async fn status(&self, request: Request<Body>) -> u16 {
        self.send(request).await.status().as_u16()
    }

    async fn event(&self, event: &str, body: &Value) -> u16 {
        self.status(signed(event, body.to_string())).await
    }

    async fn claim(&self) -> Option<Claim> {
        let now = *self.now.lock().unwrap();
        self.inbox.claim("test", now).await.unwrap()
    }

    /// Takes and ends everything that is due.
    async fn tasks(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        while let Some(claim) = self.claim().await {
            self.inbox.done(&claim).await.unwrap();
            tasks.push(claim.task);
        }
        tasks
    }
}

fn base(action: &str) -> Value {
    json!({
        "action": action, "installation": { "id": 7 }, "sender": { "login": "maria", "id": 100, "type": "User" },
        "repository": { "id": 9, "name": "shop", "private": true, "default_branch": "main", "html_url": "https://github.com/acme/shop",
            "owner": { "login": "acme", "id": 5 } },
    })
}

fn pull(action: &str, number: u64) -> Value {
    let mut body = base(action);
    body["pull_request"] = json!({
        "number": number, "state": if action == "closed" { "closed" } else { "open" }, "title": "Settle", "user": { "login": "maria" },
        "head": { "sha": "a".repeat(40) }, "base": { "ref": "main" }, "comments": 0,
        "created_at": "2026-11-23T11:59:58Z", "updated_at": "2026-11-23T11:59:59Z",
    });
    body
}

// --- the door

#[tokio::test]
async fn each_check_comes_before_the_next() {
    let world = world().await;
    // Every request fails all that come after the one that it is named for.
    let get = Request::get("/webhook").header("content-length", 30_000_000).body(Body::empty()).unwrap();
    assert_eq!(world.status(get).await, 405);
    let large = Request::post("/webhook").header("content-length", LONGEST_BODY + 1).body(Body::empty()).unwrap();
    assert_eq!(world.status(large).await, 413);
    let unsigned = Request::post("/webhook").body(Body::from("{")).unwrap();
    assert_eq!(world.status(unsigned).await, 401);
    let nameless = Request::post("/webhook").header("x-hub-signature-256", sign(b"{")).body(Body::from("{")).unwrap();
    assert_eq!(world.status(nameless).await, 400);
    assert_eq!(world.status(signed("pull_request", "{")).await, 400);
    assert_eq!(world.event("pull_request", &pull("opened", 3)).await, 202);
    assert_eq!(world.event("ping", &json!({ "zen": "x" })).await, 200);
}

#[tokio::test]
async fn a_body_that_says_it_is_too_long_is_not_read() {
    let world = world().await;
    let body = Body::from_stream(stream::repeat_with(|| -> Result<Bytes, std::io::Error> { panic!("it is read") }));
    let request = Request::post("/webhook").header("content-length", LONGEST_BODY + 1).body(body).unwrap();
    let response = world.send(request).await;
    assert_eq!(
        (response.status(), &response.headers()["connection"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &"close".parse().unwrap())
    );
}

#[tokio::test]
async fn a_body_that_does_not_say_how_long_it_is_is_read_up_to_the_limit() {
    let world = world().await;
    let read = Arc::new(Mutex::new(0));
    let count = Arc::clone(&read);
    let endless = stream::repeat_with(move || {
        *count.lock().unwrap() += 1;
        Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 1024 * 1024]))
    });
    let request = Request::post("/webhook").body(Body::from_stream(endless)).unwrap();
    assert_eq!(world.status(request).await, 413);
    assert_eq!(*read.lock().unwrap(), 26);
}

#[tokio::test]
async fn a_body_at_the_limit_is_taken() {
    let world = world().await;
    let mut body = pull("opened", 3).to_string().into_bytes();
    body.resize(LONGEST_BODY, b' ');
    assert_eq!(world.status(signed("pull_request", body)).await, 202);
}

#[tokio::test]
async fn a_body_that_never_ends_is_not_waited_for() {
    let world = world_for(Accounts::all(), Duration::from_millis(20)).await;
    let never = stream::iter([Ok(Bytes::from_static(b"{"))]).chain(stream::pending::<Result<_, std::io::Error>>());
    let request = Request::post("/webhook").body(Body::from_stream(never)).unwrap();
    assert_eq!(world.status(request).await, 408);
    let broken = stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("cut"))]);
    assert_eq!(world.status(Request::post("/webhook").body(Body::from_stream(broken)).unwrap()).await, 400);
}

#[tokio::test]
async fn only_the_sha_256_signature_of_the_raw_body_opens() {
    let world = world().await;
    let body = pull("opened", 3).to_string();
    let with = |header: &str, value: String| {
        Request::post("/webhook")
            .header("x-github-event", "pull_request")
            .header(header, value)
            .body(Body::from(body.clone()))
            .unwrap()
    };
    assert_eq!(world.status(with("x-hub-signature", sign(body.as_bytes()))).await, 401);
    assert_eq!(world.status(with("x-hub-signature-256", sign(format!("{body} ").as_bytes()))).await, 401);
    assert_eq!(world.status(with("x-hub-signature-256", sign(body.as_bytes()))).await, 202);
}

#[tokio::test]
async fn a_form_is_read_as_its_payload() {
    let world = world().await;
    let form = |body: String| {
        let mut request = signed("pull_request", body);
        request
            .headers_mut()
            .insert("content-type", "application/x-www-form-urlencoded; charset=utf-8".parse().unwrap());
        request
    };
    let encoded: String = url::form_urlencoded::byte_serialize(pull("opened", 3).to_string().as_bytes()).collect();
    assert_eq!(world.status(form(format!("a=b&payload={encoded}"))).await, 202);
    assert_eq!(world.tasks().await, [Task::Pull(KEY)]);
    assert_eq!(world.status(form("a=b".to_owned())).await, 400);
    assert_eq!(world.status(form("payload=%7B".to_owned())).await, 400);
}

#[tokio::test]
async fn what_no_webhook_is_is_malformed_and_never_an_error_of_ours() {
    let world = world().await;
    for body in [
        "null",
        "[1,2]",
        "\"x\"",
        "7",
        "{\"action\":\"opened\",\"installation\":{\"id\":7}}",
        "{\"installation\":[],\"action\":7}",
    ] {
        assert_eq!(world.status(signed("pull_request", body)).await, 400, "{body}");
    }
    assert_eq!(world.status(signed("pull_request", [0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])).await, 400);
    let deep =
        format!("{{\"installation\":{{\"id\":7}},\"action\":\"opened\",\"pull_request\":{}", "[".repeat(1_000_000));
    assert_eq!(world.status(signed("pull_request", deep)).await, 400);
    assert_eq!(world.tasks().await, []);
}

#[tokio::test]
async fn a_store_that_cannot_take_it_asks_to_try_again() {
    let world = world().await;
    world.inbox.close().await;
    let response = world.send(signed("pull_request", pull("synchronize", 3).to_string())).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "5");
}

// --- what is kept

#[tokio::test]
async fn a_pull_request_is_marked_with_what_the_payload_shows() {
    let world = world().await;
    for action in [
        "opened",
        "reopened",
        "synchronize",
        "edited",
        "ready_for_review",
        "converted_to_draft",
        "labeled",
        "unlabeled",
    ] {
        assert_eq!(world.event("pull_request", &pull(action, 3)).await, 202, "{action}");
        let claim = world.claim().await.expect(action);
        assert_eq!((claim.task, claim.lane), (Task::Pull(KEY), Lane::Event));
        assert_eq!((claim.floor.head.clone(), claim.floor.base.as_deref()), (Some("a".repeat(40)), Some("main")));
        assert_eq!(claim.floor.updated_at, Some("2026-11-23T11:59:59Z".parse().unwrap()));
        let snapshot = world.inbox.snapshot(&KEY).await.unwrap().unwrap();
        assert_eq!((snapshot.title.as_str(), snapshot.open), ("Settle", true));
        let known = world.inbox.repository(KEY.installation, KEY.repository).await.unwrap().unwrap();
        assert_eq!((known.owner.as_str(), known.name.as_str()), ("acme", "shop"));
        world.inbox.done(&claim).await.unwrap();
        assert_eq!(world.tasks().await, []);
    }
}

#[tokio::test]
async fn whoever_moved_the_head_is_kept() {
    let world = world().await;
    let by = |action: &str, login: &str, kind: &str, head: char| {
        let mut body = pull(action, 3);
        body["sender"] = json!({ "login": login, "id": 1, "type": kind });
        body["pull_request"]["head"]["sha"] = json!(head.to_string().repeat(40));
        body
    };
    for (action, login, kind, head) in [
        ("opened", "maria", "User", 'a'),
        ("labeled", "tomas", "User", 'a'),
        ("synchronize", "renovate[bot]", "Bot", 'b'),
        ("synchronize", "renovate[bot]", "Bot", 'b'),
        ("synchronize", "Merestone[bot]", "Bot", 'c'),
        ("edited", "tomas", "User", 'b'),
        ("reopened", "ada", "User", 'b'),
        // The name of an App is nobody else's.
        ("synchronize", "merestone", "User", 'b'),
    ] {
        assert_eq!(world.event("pull_request", &by(action, login, kind, head)).await, 202, "{action} by {login}");
    }
    let pushers = world.inbox.pushers(&KEY).await.unwrap();
    let told: Vec<_> = pushers.iter().map(|one| (one.login.as_str(), one.bot, &one.head[..1])).collect();
    assert_eq!(
        told,
        [("ada", false, "b"), ("maria", false, "a"), ("merestone", false, "b"), ("renovate[bot]", true, "b")]
    );
}

#[tokio::test]
async fn a_closed_pull_request_is_kept_and_looked_at_once() {
    let world = world().await;
    assert_eq!(world.event("pull_request", &pull("closed", 3)).await, 202);
    assert!(!world.inbox.snapshot(&KEY).await.unwrap().unwrap().open);
    // Others with its head may have waited for it.
    assert_eq!(world.tasks().await, [Task::Pull(KEY)]);
}

#[tokio::test]
async fn nothing_of_ours_is_on_a_pull_request_that_was_just_opened() {
    let world = world().await;
    assert_eq!(world.event("pull_request", &pull("opened", 3)).await, 202);
    assert!(world.inbox.shown(&KEY, &"a".repeat(40)).await.unwrap().known);
    assert!(world.inbox.reviews_complete(&KEY).await.unwrap());
}

#[tokio::test]
async fn opened_again_or_late_or_after_others_it_says_nothing() {
    for change in ["late", "comments", "reopened"] {
        let world = world().await;
        let mut body = pull("opened", 3);
        match change {
            "late" => body["pull_request"]["created_at"] = json!("2026-11-23T11:49:59Z"),
            "comments" => body["pull_request"]["comments"] = json!(1),
            _ => body["action"] = json!("reopened"),
        }
        assert_eq!(world.event("pull_request", &body).await, 202);
        assert!(!world.inbox.shown(&KEY, &"a".repeat(40)).await.unwrap().known, "{change}");
        assert!(!world.inbox.reviews_complete(&KEY).await.unwrap(), "{change}");
    }
}

#[tokio::test]
async fn a_redelivered_opened_undoes_nothing() {
    let world = world().await;
    world.event("pull_request", &pull("opened", 3)).await;
    let ours = ShownComment { id: 11, hash: "h".to_owned(), seen_at: noon() };
    world.inbox.set_known(&KEY, Some(&ours), None, &[]).await.unwrap();
    assert_eq!(world.event("pull_request", &pull("opened", 3)).await, 202);
    let shown = world.inbox.shown(&KEY, &"a".repeat(40)).await.unwrap();
    assert_eq!((shown.known, shown.comment), (true, Some(ours)));
    // What was in doubt stays in doubt.
    world.inbox.doubt(&KEY).await.unwrap();
    world.event("pull_request", &pull("opened", 3)).await;
    assert!(!world.inbox.shown(&KEY, &"a".repeat(40)).await.unwrap().known);
}

#[tokio::test]
async fn ten_deliveries_of_one_opened_at_once_are_one_task() {
    let world = world().await;
    let body = pull("opened", 3);
    let statuses = futures::future::join_all((0..10).map(|_| world.event("pull_request", &body))).await;
    assert_eq!(statuses, [202; 10]);
    assert_eq!(world.tasks().await, [Task::Pull(KEY)]);
}

#[tokio::test]
async fn a_redelivery_is_looked_at_again() {
    let world = world().await;
    let body = pull("opened", 3).to_string();
    let again = || {
        let mut request = signed("pull_request", body.clone());
        request.headers_mut().insert("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958".parse().unwrap());
        request
    };
    for round in 0..2 {
        let statuses = futures::future::join_all((0..10).map(|_| world.status(again()))).await;
        assert_eq!(statuses, [202; 10]);
        assert_eq!(world.tasks().await, [Task::Pull(KEY)], "round {round}");
    }
}

#[tokio::test]
async fn of_two_heads_of_one_second_nobody_knows_the_newer() {
    let world = world().await;
    let with = |action: &str, head: char, second: u32| {
        let mut body = pull(action, 3);
        body["pull_request"]["head"]["sha"] = json!(head.to_string().repeat(40));
        body["pull_request"]["updated_at"] = json!(format!("2026-11-23T11:59:{second:02}Z"));
        body
    };
    // It was opened with `a` and got `b` at once; the second event comes first.
    for (action, head) in [("synchronize", 'b'), ("opened", 'a'), ("labeled", 'a')] {
        assert_eq!(world.event("pull_request", &with(action, head, 59)).await, 202);
    }
    assert_eq!(world.inbox.snapshot(&KEY).await.unwrap(), None, "whoever looks has to ask GitHub");
    let claim = world.claim().await.unwrap();
    assert_eq!((claim.floor.head.clone(), claim.floor.base.clone()), (None, None));
    assert_eq!(claim.floor.updated_at, Some("2026-11-23T11:59:59Z".parse().unwrap()));
    world.inbox.done(&claim).await.unwrap();
    world.event("pull_request", &with("synchronize", 'c', 58)).await;
    assert_eq!(world.inbox.snapshot(&KEY).await.unwrap(), None);
    let mut next = with("synchronize", 'd', 59);
    next["pull_request"]["updated_at"] = json!("2026-11-23T12:00:00Z");
    world.event("pull_request", &next).await;
    assert_eq!(world.inbox.snapshot(&KEY).await.unwrap().unwrap().head, "d".repeat(40));
}

fn asked(action: &str, login: &str, by: &str, second: u32) -> Value {
    let mut body = pull(action, 3);
    let listed = if action == "review_requested" { json!([{ "login": login }]) } else { json!([]) };
    body["pull_request"]["requested_reviewers"] = listed;
    body["pull_request"]["updated_at"] = json!(format!("2026-11-23T11:59:{second:02}Z"));
    body["requested_reviewer"] = json!({ "login": login });
    body["sender"] = json!({ "login": by, "id": 1, "type": if by.ends_with("[bot]") { "Bot" } else { "User" } });
    body
}

#[tokio::test]
async fn what_people_do_with_review_requests_is_kept_and_asks_for_no_look() {
    let world = world().await;
    let ours = |login: &str| ShownRequest {
        handle: Handle::new(login),
        state: RequestState::Asked,
        why: None,
        at: noon(),
        fingerprints: ["f".to_owned()].into(),
        again: 0,
    };
    world.inbox.set_known(&KEY, None, None, &[ours("@ada"), ours("@tomas")]).await.unwrap();
    let states = async || {
        let requests = world.inbox.shown(&KEY, "").await.unwrap().requests;
        requests.into_iter().map(|one| (one.handle.as_str().to_owned(), one.state)).collect::<Vec<_>>()
    };
    let both = |ada, tomas| [("@ada".to_owned(), ada), ("@tomas".to_owned(), tomas)];
    // What we do ourselves is known already.
    assert_eq!(world.event("pull_request", &asked("review_requested", "ada", "merestone[bot]", 10)).await, 202);
    assert_eq!(world.event("pull_request", &asked("review_request_removed", "ada", "merestone[bot]", 11)).await, 202);
    assert_eq!(states().await, both(RequestState::Asked, RequestState::Asked));
    for (action, login, by, second) in
        [("review_requested", "Ada", "maria", 20), ("review_request_removed", "tomas", "maria", 21)]
    {
        assert_eq!(world.event("pull_request", &asked(action, login, by, second)).await, 202);
    }
    assert_eq!(states().await, both(RequestState::ByPerson, RequestState::RemovedByPerson));
    // What was late or is delivered again turns nothing back.
    world.event("pull_request", &asked("review_requested", "tomas", "maria", 19)).await;
    assert_eq!(states().await, both(RequestState::ByPerson, RequestState::RemovedByPerson));
    world.event("pull_request", &asked("review_requested", "tomas", "maria", 22)).await;
    assert_eq!(states().await, both(RequestState::ByPerson, RequestState::ByPerson));
    assert_eq!(world.inbox.snapshot(&KEY).await.unwrap().unwrap().requested_users, ["tomas"]);
    assert_eq!(world.tasks().await, []);
}

#[tokio::test]
async fn a_request_that_comes_before_opened_says_nothing_of_ours() {
    let world = world().await;
    assert_eq!(world.event("pull_request", &asked("review_requested", "ada", "maria", 59)).await, 202);
    assert_eq!(world.event("pull_request", &pull("opened", 3)).await, 202);
    assert!(world.inbox.shown(&KEY, &"a".repeat(40)).await.unwrap().known);
    assert!(world.inbox.reviews_complete(&KEY).await.unwrap());
    assert_eq!(world.tasks().await, [Task::Pull(KEY)]);
}

fn review(action: &str, state: &str) -> Value {
    let mut body = pull(action, 3);
    body["review"] = json!({ "id": 77, "state": state, "commit_id": "c".repeat(40), "user": { "login": "ada" } });
    body
}

#[tokio::test]
async fn a_review_is_kept_as_first_seen() {
    let world = world().await;
    assert_eq!(world.event("pull_request_review", &review("submitted", "approved")).await, 202);
    let claim = world.claim().await.unwrap();
    assert_eq!((claim.task, claim.floor.review_id), (Task::Pull(KEY), Some(77)));
    let mut moved = review("edited", "approved");
    moved["review"]["commit_id"] = json!("d".repeat(40));
    assert_eq!(world.event("pull_request_review", &moved).await, 202);
    assert_eq!(world.event("pull_request_review", &review("dismissed", "dismissed")).await, 202);
    let reviews = world.inbox.reviews(&KEY).await.unwrap();
    assert_eq!(reviews.len(), 1);
    assert_eq!((reviews[0].kind, reviews[0].commit.clone()), (Some(ActKind::Dismissed), Some("c".repeat(40))));
}

#[tokio::test]
async fn what_asks_for_nothing_costs_nothing() {
    let world = world().await;
    let mut said = base("created");
    said["issue"] = json!({ "number": 3, "pull_request": {} });
    said["comment"] = json!({ "id": 1, "body": "nice", "user": { "login": "tomas" } });
    let mut pushed = base("");
    pushed["ref"] = json!("refs/heads/feature");
    (pushed["before"], pushed["after"]) = (json!("a".repeat(40)), json!("b".repeat(40)));
    pushed["commits"] = json!([{ "added": ["a"], "modified": [], "removed": [] }]);
    for (event, body) in [
        ("issue_comment", &said),
        ("pull_request", &pull("assigned", 3)),
        ("push", &pushed),
        ("star", &base("created")),
    ] {
        assert_eq!(world.event(event, body).await, 200, "{event}");
    }
    // That somebody has looked is kept, for whom to ask later; nothing has to be looked at for it.
    assert_eq!(world.event("pull_request_review", &review("submitted", "commented")).await, 202);
    assert_eq!(world.inbox.reviews(&KEY).await.unwrap().len(), 1);
    assert_eq!(world.tasks().await, []);
    assert_eq!(world.inbox.snapshot(&KEY).await.unwrap(), None);
}

#[tokio::test]
async fn a_run_again_resets_the_check_of_every_pull_request_with_that_head() {
    let world = world().await;
    for number in [3, 4] {
        world.event("pull_request", &pull("opened", number)).await;
    }
    assert_eq!(world.tasks().await.len(), 2);
    let mut body = base("rerequested");
    body["check_run"] = json!({ "head_sha": "a".repeat(40), "pull_requests": [{ "number": 4 }, { "number": 5 }] });
    assert_eq!(world.event("check_run", &body).await, 202);
    let mut tasks = world.tasks().await;
    tasks.sort();
    assert_eq!(tasks, [3, 4, 5].map(|number| Task::Pull(PullKey { number, ..KEY })));

    let mut unknown = base("rerequested");
    unknown["check_suite"] = json!({ "head_sha": "f".repeat(40), "pull_requests": [] });
    assert_eq!(world.event("check_suite", &unknown).await, 202);
    assert_eq!(world.tasks().await, [Task::Repository { installation: KEY.installation, repository: KEY.repository }]);
}

#[tokio::test]
async fn an_edit_of_our_comment_puts_it_in_doubt_and_nobody_else_s_does() {
    let world = world().await;
    world.event("pull_request", &pull("opened", 3)).await;
    world.tasks().await;
    let mut body = base("deleted");
    body["issue"] = json!({ "number": 3, "pull_request": {} });
    body["comment"] = json!({ "id": 1, "body": "x", "user": { "login": "m[bot]", "id": 200, "type": "Bot" }, "performed_via_github_app": { "id": 43 } });
    assert_eq!(world.event("issue_comment", &body).await, 200);
    assert!(world.inbox.shown(&KEY, &"a".repeat(40)).await.unwrap().known);
    body["comment"]["performed_via_github_app"]["id"] = json!(42);
    assert_eq!(world.event("issue_comment", &body).await, 202);
    assert!(!world.inbox.shown(&KEY, &"a".repeat(40)).await.unwrap().known);
    assert_eq!(world.tasks().await, [Task::Pull(KEY)]);
}

#[tokio::test]
async fn an_installation_is_looked_through_when_it_comes_and_left_alone_when_it_goes() {
    let world = world().await;
    let body = |action: &str| json!({ "action": action, "installation": { "id": 7, "account": { "id": 5, "login": "acme" } } });
    for (action, active) in [
        ("created", true),
        ("suspend", false),
        ("unsuspend", true),
        ("deleted", false),
        ("new_permissions_accepted", true),
    ] {
        assert_eq!(world.event("installation", &body(action)).await, 202);
        let known = world.inbox.installation(KEY.installation).await.unwrap().unwrap();
        assert_eq!((known.active, known.account_id, known.account.as_str()), (active, 5, "acme"), "{action}");
        let expected = if active { vec![Task::Installation { installation: KEY.installation }] } else { Vec::new() };
        assert_eq!(world.tasks().await, expected, "{action}");
    }
}

#[tokio::test]
async fn an_old_word_of_a_suspension_does_not_last() {
    let body = |action: &str| json!({ "action": action, "installation": { "id": 7, "account": { "id": 5, "login": "acme" } } });
    let mut again = base("rerequested");
    again["check_run"] = json!({ "head_sha": "a".repeat(40), "pull_requests": [{ "number": 3 }] });
    let all = Task::Installation { installation: KEY.installation };
    for (event, alive) in [
        ("pull_request", pull("labeled", 3)),
        ("pull_request", pull("closed", 3)),
        ("pull_request", asked("review_requested", "ada", "maria", 1)),
        ("pull_request_review", review("submitted", "approved")),
        ("check_run", again),
    ] {
        let world = world().await;
        let active = async || world.inbox.installation(KEY.installation).await.unwrap().unwrap().active;
        for action in ["suspend", "unsuspend", "suspend"] {
            world.event("installation", &body(action)).await;
        }
        world.tasks().await;
        assert!(!active().await);
        assert_eq!(world.event(event, &alive).await, 202);
        assert!(active().await, "{event}: a suspended App is not told of repositories");
        assert!(world.tasks().await.contains(&all), "what was missed is looked for");
        // The other way round it is suspended, and nothing is looked for twice.
        world.event(event, &alive).await;
        assert!(!world.tasks().await.contains(&all));
        world.event("installation", &body("suspend")).await;
        assert!(!active().await);
    }
}

#[tokio::test]
async fn new_repositories_are_looked_through() {
    let world = world().await;
    let of = |count: u64| {
        let added: Value = (1..=count)
            .map(|id| json!({ "id": id, "name": format!("r{id}"), "full_name": format!("acme/r{id}") }))
            .collect();
        json!({ "action": "added", "installation": { "id": 7, "account": { "id": 5 } }, "repositories_added": added })
    };
    assert_eq!(world.event("installation_repositories", &of(2)).await, 202);
    let mut tasks = world.tasks().await;
    tasks.sort();
    assert_eq!(
        tasks,
        [1, 2].map(|id| Task::Repository { installation: KEY.installation, repository: RepositoryId(id) })
    );
    assert_eq!(world.inbox.repository(KEY.installation, RepositoryId(2)).await.unwrap().unwrap().name, "r2");
    assert_eq!(world.event("installation_repositories", &of(201)).await, 202);
    assert_eq!(world.tasks().await, [Task::Installation { installation: KEY.installation }]);
    let mut removed = of(0);
    removed["action"] = json!("removed");
    assert_eq!(world.event("installation_repositories", &removed).await, 200);
}

#[tokio::test]
async fn accounts_that_are_not_on_the_list_get_nothing() {
    let world = world_for(Accounts::parse("4, 6").unwrap(), Duration::from_secs(30)).await;
    let installation =
        json!({ "action": "created", "installation": { "id": 7, "account": { "id": 5, "login": "acme" } } });
    assert_eq!(world.event("installation", &installation).await, 200);
    for (event, body) in [
        ("pull_request", pull("opened", 3)),
        ("pull_request", pull("closed", 3)),
        ("pull_request_review", review("submitted", "approved")),
    ] {
        assert_eq!(world.event(event, &body).await, 200, "{event}");
    }
    let mut unsaid = pull("opened", 3);
    unsaid["repository"]["owner"]["id"] = Value::Null;
    assert_eq!(world.event("pull_request", &unsaid).await, 200, "an account that is not told is on no list");
    assert_eq!(world.inbox.installation(KEY.installation).await.unwrap(), None);
    assert_eq!(world.inbox.snapshot(&KEY).await.unwrap(), None);
    let mut allowed = pull("opened", 3);
    allowed["repository"]["owner"]["id"] = json!(6);
    assert_eq!(world.event("pull_request", &allowed).await, 202);
}

#[test]
fn a_list_of_accounts_is_never_empty_by_mistake() {
    for text in ["", " ", ",", "1,", "acme", "0", "-1", "1;2"] {
        assert!(Accounts::parse(text).is_err(), "{text:?}");
    }
    assert!(Accounts::all().allow(None) && Accounts::parse("1,2").unwrap().allow(Some(2)));
}

// --- the whole server

async fn get(address: std::net::SocketAddr, path: &str) -> (u16, String) {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

async fn config(inbox: &Inbox, admin: bool) -> Config {
    let any = "127.0.0.1:0".parse().unwrap();
    Config {
        listen: any,
        admin_listen: admin.then_some(any),
        secrets: Secrets::parse(SECRET).unwrap(),
        accounts: Accounts::all(),
        // Nobody listens there: the server starts and says so.
        app: App::new(42, PrivateKey::parse(&test_key().pkcs8).unwrap(), "http://127.0.0.1:9").unwrap(),
        inbox: inbox.clone(),
        clock: Arc::new(noon),
        workers: 1,
    }
}

#[tokio::test]
async fn it_starts_while_github_is_down_says_so_and_stops_when_told() {
    let inbox = Inbox::open("sqlite::memory:").await.unwrap();
    let stop = CancellationToken::new();
    let config = config(&inbox, false).await;
    let app = config.app.clone();
    let running = serve(config, stop.clone()).await.unwrap();
    let at = running.address();
    assert_eq!(get(at, "/healthz").await.0, 200);
    assert_eq!(get(at, "/nowhere").await.0, 404);
    let (status, ready) = get(at, "/readyz").await;
    assert!(status == 200 && !ready.contains("GitHub"), "nobody has asked it yet: {ready}");
    assert!(ready.contains("x-request-id: "), "{ready}");
    app.slug().await.unwrap_err();
    let (status, ready) = get(at, "/readyz").await;
    assert!(status == 200 && ready.contains("GitHub does not answer"), "{ready}");

    let open = tokio::net::TcpStream::connect(at).await.unwrap();
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), running.ended()).await.expect("an idle server stops at once");
    drop(open);
    assert!(tokio::net::TcpStream::connect(at).await.is_err());
}

#[tokio::test]
async fn it_is_not_ready_without_its_store() {
    let inbox = Inbox::open("sqlite::memory:").await.unwrap();
    let stop = CancellationToken::new();
    let running = serve(Config { workers: 0, ..config(&inbox, false).await }, stop.clone()).await.unwrap();
    inbox.close().await;
    assert_eq!(get(running.address(), "/healthz").await.0, 200);
    assert_eq!(get(running.address(), "/readyz").await.0, 503);
    let (status, metrics) = get(running.address(), "/metrics").await;
    assert_eq!(status, 200);
    assert!(metrics.contains("merestone_store_up"), "{metrics}");
    stop.cancel();
    running.ended().await;
}

#[tokio::test]
async fn metrics_name_no_repository_and_no_stranger_s_word() {
    let inbox = Inbox::open("sqlite::memory:").await.unwrap();
    let stop = CancellationToken::new();
    let running = serve(Config { workers: 0, ..config(&inbox, true).await }, stop.clone()).await.unwrap();
    let admin = running.admin_address().unwrap();
    assert_eq!(get(running.address(), "/metrics").await.0, 404, "it is on the other address");
    let world = world().await;
    world.event("pull_request", &pull("opened", 3)).await;
    world.event("strangers_word", &json!({})).await;
    let mut unsigned = signed("another_word", "{}");
    unsigned.headers_mut().remove("x-hub-signature-256");
    world.send(unsigned).await;
    let (status, metrics) = get(admin, "/metrics").await;
    assert_eq!(status, 200);
    for says in [
        "merestone_webhooks_total{event=\"pull_request\",answer=\"202\"}",
        "merestone_webhooks_total{event=\"other\",answer=\"200\"}",
        "merestone_webhooks_total{event=\"unverified\",answer=\"401\"}",
        "merestone_inbox_tasks{state=\"waiting\"} 0",
        "merestone_store_up 1",
    ] {
        assert!(metrics.contains(says), "{says} in {metrics}");
    }
    for never in ["acme", "shop", "maria", "word"] {
        assert!(!metrics.contains(never), "{never} in {metrics}");
    }
    stop.cancel();
    running.ended().await;
}

#[tokio::test]
async fn a_panic_is_an_answer_and_not_the_end() {
    let router = Router::new().route("/", axum::routing::get(async || -> &'static str { panic!("boom") }));
    let router = router.layer(tower_http::catch_panic::CatchPanicLayer::custom(super::panicked));
    let response = router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body = to_bytes(response.into_body(), 1000).await.unwrap();
    assert!(!String::from_utf8_lossy(&body).contains("boom"));
}

//! A GitHub of a few lines for this room's tests: every request is recorded and answered by a function.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::transport::Clock;
use super::{App, CALL_TIMEOUT, PrivateKey, Repository};
use crate::ids::{InstallationId, RepositoryId};

/// An RSA key made for this run.
pub(crate) struct TestKey {
    pub pkcs8: String,
    pub pkcs1: String,
    /// DER of the public key.
    pub public: Vec<u8>,
}

fn pem(label: &str, der: &[u8]) -> String {
    let packed = STANDARD.encode(der);
    let lines: Vec<&str> = packed.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

pub(crate) fn test_key() -> &'static TestKey {
    static KEY: OnceLock<TestKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let der = der.as_ref();
        // PKCS#8 holds PKCS#1 in its last octet string; with 2048 bits both lengths take two bytes.
        let at = der.windows(2).enumerate().skip(20).find(|(_, two)| *two == [0x04, 0x82]).unwrap().0;
        let public = aws_lc_rs::signature::KeyPair::public_key(&pair).as_ref().to_vec();
        TestKey { pkcs8: pem("PRIVATE KEY", der), pkcs1: pem("RSA PRIVATE KEY", &der[at + 4..]), public }
    })
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub method: String,
    /// As sent, percent-encoding and all.
    pub path: String,
    pub query: String,
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

impl Seen {
    pub fn line(&self) -> String {
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        format!("{} {}{query}", self.method, self.path)
    }

    pub fn page(&self) -> usize {
        let page = self.query.split('&').find_map(|pair| pair.strip_prefix("page="));
        page.and_then(|page| page.parse().ok()).unwrap_or(1)
    }

    pub fn is_mint(&self) -> bool {
        self.path.ends_with("/access_tokens")
    }
}

/// An answer.
pub(crate) struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

pub(crate) fn reply(status: u16, body: Value) -> Reply {
    Reply { status, headers: Vec::new(), body: Body::from(body.to_string()) }
}

pub(crate) fn ok(body: Value) -> Reply {
    reply(200, body)
}

impl Reply {
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

type Answering = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Fake {
    pub base: String,
    log: Arc<Mutex<Vec<Seen>>>,
}

#[derive(Clone)]
struct Inside {
    log: Arc<Mutex<Vec<Seen>>>,
    answering: Answering,
}

impl Fake {
    /// Starts one; every request but the minting of a token is answered by `answering`.
    pub async fn start(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let tokens = Mutex::new(0);
        Self::start_raw(move |seen| {
            if !seen.is_mint() {
                return answering(seen);
            }
            let mut tokens = tokens.lock().unwrap();
            *tokens += 1;
            let expires = noon() + TimeDelta::hours(1);
            reply(201, json!({ "token": format!("ghs_{tokens}"), "expires_at": expires }))
        })
        .await
    }

    /// Starts one that leaves tokens to `answering` too.
    pub async fn start_raw(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let log = Arc::new(Mutex::new(Vec::new()));
        let inside = Inside { log: Arc::clone(&log), answering: Arc::new(answering) };
        let router = axum::Router::new().fallback(handle).with_state(inside);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, log }
    }

    /// What was asked, the minting of tokens apart.
    pub fn asked(&self) -> Vec<Seen> {
        self.log.lock().unwrap().iter().filter(|seen| !seen.is_mint()).cloned().collect()
    }

    pub fn lines(&self) -> Vec<String> {
        self.asked().iter().map(Seen::line).collect()
    }

    pub fn mints(&self) -> Vec<Seen> {
        self.log.lock().unwrap().iter().filter(|seen| seen.is_mint()).cloned().collect()
    }

    pub fn app(&self) -> App {
        self.app_at(&self.base, &TestClock::at(noon()))
    }

    pub fn app_at(&self, api_url: &str, clock: &TestClock) -> App {
        let key = PrivateKey::parse(&test_key().pkcs8).unwrap();
        App::assemble(42, key, api_url, clock.clock(), CALL_TIMEOUT).unwrap()
    }

    pub fn repository(&self) -> Repository {
        repository(&self.app())
    }
}

pub(super) fn repository(app: &App) -> Repository {
    app.installation(InstallationId(7)).repository(RepositoryId(9), "acme", "shop")
}

async fn handle(State(inside): State<Inside>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let seen = Seen {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    inside.log.lock().unwrap().push(seen.clone());
    // Whoever else is under way gets in between.
    tokio::task::yield_now().await;
    let Reply { status, headers, body } = (inside.answering)(&seen);
    let mut response = Response::builder().status(status);
    // The server library would say the machine's time, which is another every day.
    if headers.iter().all(|(name, _)| *name != "date") {
        response = response.header("date", noon().format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    }
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body).unwrap()
}

/// The moment at which tests happen.
pub(super) fn noon() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<DateTime<Utc>>>);

impl TestClock {
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    pub fn forward(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }

    pub fn clock(&self) -> Clock {
        let now = Arc::clone(&self.0);
        Arc::new(move || *now.lock().unwrap())
    }
}

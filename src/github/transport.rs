//! One request and its answer: the only host ever spoken to, the time that a call may take, how long an answer may be,
//! redirects, limits, and what a status means.
//!
//! octocrab carries the bytes (connections, TLS). Its own authentication, paging, retries and redirects are not used:
//! they lose the token on Enterprise Server, send a POST twice, and would follow a redirect to any host.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use octocrab::{OctoBody, Octocrab};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::mask::shown;
use super::{ConfigError, Error};

/// Tells the time.
pub(super) type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// How many bytes an answer may have. The longest legitimate ones are trees (7 MB) and a hundred files in one answer.
const ANSWER_CAP: usize = 32 * 1024 * 1024;
/// How often a redirect is followed.
const REDIRECTS: usize = 3;
/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait where GitHub limits us and does not say until when (its documentation asks for a minute).
const UNSAID_WAIT: TimeDelta = TimeDelta::seconds(60);
/// The longest wait that is believed.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(24);
/// The version of the REST API that this room is written against.
const API_VERSION: &str = "2022-11-28";

/// What stays as it is in a path segment or a query value (RFC 3986, "unreserved").
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request of ours.
#[derive(Clone)]
pub(super) struct Call<'a> {
    pub method: Method,
    /// The path with `{name}` where an argument goes. It names the call in errors, so that these tell no repository.
    pub template: &'static str,
    pub args: &'a [&'a str],
    pub query: Vec<(&'static str, String)>,
    pub body: Option<serde_json::Value>,
}

impl<'a> Call<'a> {
    pub fn new(method: Method, template: &'static str, args: &'a [&'a str]) -> Self {
        Self { method, template, args, query: Vec::new(), body: None }
    }

    pub fn get(template: &'static str, args: &'a [&'a str]) -> Self {
        Self::new(Method::GET, template, args)
    }

    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    pub fn body(mut self, body: serde_json::Value) -> Self {
        self.body = Some(body);
        self
    }

    pub fn what(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// Path and query, each argument percent-encoded; `None` where an argument would walk to another path.
    fn path(&self) -> Option<String> {
        let mut path = String::new();
        let mut args = self.args.iter();
        for (at, piece) in self.template.split('{').enumerate() {
            if at == 0 {
                path.push_str(piece);
                continue;
            }
            let arg = args.next()?;
            if arg.is_empty() || matches!(*arg, "." | "..") {
                return None;
            }
            path.extend(utf8_percent_encode(arg, ESCAPED));
            path.push_str(piece.split_once('}')?.1);
        }
        for (at, (name, value)) in self.query.iter().enumerate() {
            path.push(if at == 0 { '?' } else { '&' });
            path.push_str(name);
            path.push('=');
            path.extend(utf8_percent_encode(value, ESCAPED));
        }
        Some(path)
    }
}

/// An answer, whatever its status.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// `Err` where it ended early or is too long: the status is known all the same.
    pub body: Result<Vec<u8>, Broken>,
}

/// Why a body is not there.
#[derive(Debug, Clone)]
pub(super) enum Broken {
    /// The connection broke, or the time was up.
    Early(String),
    /// Longer than [`ANSWER_CAP`].
    Long,
}

impl Answer {
    /// The body as `T`.
    pub fn parse<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, Error> {
        let body = self.bytes(call)?;
        serde_json::from_slice(body)
            .map_err(|error| Error::Malformed { what: call.what(), why: shown(&error.to_string()) })
    }

    fn bytes(&self, call: &Call<'_>) -> Result<&[u8], Error> {
        self.body.as_deref().map_err(|broken| match broken {
            Broken::Early(why) => Error::Outage { what: call.what(), why: why.clone() },
            Broken::Long => Error::Malformed {
                what: call.what(),
                why: format!("it is longer than {} MiB", ANSWER_CAP / 1024 / 1024),
            },
        })
    }

    /// Whether GitHub says that there is another page; `None` where it says nothing.
    pub fn has_next(&self) -> Option<bool> {
        let link = self.headers.get(header::LINK)?.to_str().ok()?;
        Some(link.contains("rel=\"next\""))
    }

    /// GitHub's message, as one line; empty where there is none.
    pub fn message(&self) -> String {
        #[derive(Deserialize)]
        struct Said {
            message: Option<String>,
            #[serde(default)]
            errors: serde_json::Value,
        }
        let Ok(body) = &self.body else { return String::new() };
        let Ok(said) = serde_json::from_slice::<Said>(body) else { return String::new() };
        let mut text = said.message.unwrap_or_default();
        let one = match said.errors {
            serde_json::Value::Array(all) => all,
            serde_json::Value::Null => Vec::new(),
            other => vec![other],
        };
        for error in one.iter().take(5) {
            let part = match error {
                serde_json::Value::String(text) => text.clone(),
                other => ["message", "field", "code"]
                    .iter()
                    .filter_map(|key| other.get(key)?.as_str())
                    .collect::<Vec<_>>()
                    .join(" "),
            };
            if !part.is_empty() {
                text.push_str(if text.is_empty() { "" } else { ": " });
                text.push_str(&part);
            }
        }
        shown(&text)
    }

    /// The time at GitHub when it answered.
    pub fn date(&self) -> Option<DateTime<Utc>> {
        parse_date(self.headers.get(header::DATE)?.to_str().ok()?)
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.headers.get(name)?.to_str().ok()?.trim().parse().ok()
    }

    /// Which permissions the call needs, in words, where GitHub tells it: sets of them, each of which is enough
    /// (github.blog/changelog/2023-08-10-x-accepted-github-permissions-header-for-fine-grained-permission-actors).
    fn needed(&self) -> Option<String> {
        let told = self.headers.get("x-accepted-github-permissions")?.to_str().ok()?;
        let one = |grant: &str| {
            let (name, level) = grant.trim().split_once('=')?;
            Some(format!("{}: {level}", name.replace('_', " ")))
        };
        let set = |set: &str| set.split(',').map(one).collect::<Option<Vec<_>>>().map(|all| all.join(" and "));
        let sets = told.split(';').map(set).collect::<Option<Vec<_>>>()?;
        Some(shown(&format!("the App needs the permission {}", sets.join(", or "))))
    }

    /// Until when GitHub asks to wait, where it does. A second is added, since its times are cut to whole seconds.
    fn limited_until(&self, now: DateTime<Utc>, message: &str) -> Option<DateTime<Utc>> {
        let asked = self.headers.get(header::RETRY_AFTER).and_then(|value| {
            let value = value.to_str().ok()?.trim();
            match value.parse::<i64>() {
                Ok(seconds) => TimeDelta::try_seconds(seconds),
                Err(_) => Some(parse_date(value)? - self.date().unwrap_or(now)),
            }
        });
        let wait = if matches!(self.status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS) {
            let spent = self.number("x-ratelimit-remaining") == Some(0);
            let reset =
                self.number("x-ratelimit-reset").filter(|_| spent).and_then(|at| DateTime::from_timestamp(at, 0));
            let said = message.to_lowercase();
            let told = said.contains("rate limit") || said.contains("abuse detection");
            asked
                .or_else(|| reset.map(|reset| self.until_reset(reset, now)))
                .or_else(|| (spent || told || self.status == StatusCode::TOO_MANY_REQUESTS).then_some(UNSAID_WAIT))?
        } else if self.status.is_server_error() {
            asked?
        } else {
            return None;
        };
        Some(now + wait.clamp(TimeDelta::zero(), LONGEST_WAIT) + TimeDelta::seconds(1))
    }

    /// Until when a GraphQL answer that says "limited" asks to wait.
    pub fn graphql_limit(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let spent = self.number("x-ratelimit-remaining") == Some(0);
        let reset = self.number("x-ratelimit-reset").filter(|_| spent).and_then(|at| DateTime::from_timestamp(at, 0));
        now + reset.map_or(UNSAID_WAIT, |reset| self.until_reset(reset, now)) + TimeDelta::seconds(1)
    }

    /// How long until `reset`. A reset is never more than an hour away, so a longer or negative time means that the two
    /// clocks differ; GitHub's own clock decides then.
    fn until_reset(&self, reset: DateTime<Utc>, now: DateTime<Utc>) -> TimeDelta {
        within_an_hour(reset, now).or_else(|| within_an_hour(reset, self.date()?)).unwrap_or(UNSAID_WAIT)
    }
}

/// The time from `now` to `then` where it is what GitHub's hourly windows allow, with five minutes for clocks that differ.
pub(super) fn within_an_hour(then: DateTime<Utc>, now: DateTime<Utc>) -> Option<TimeDelta> {
    Some(then - now).filter(|left| *left > TimeDelta::zero() && *left <= TimeDelta::minutes(65))
}

fn parse_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|at| at.to_utc())
}

/// The way to the one GitHub that is spoken to.
pub(super) struct Transport {
    crab: Octocrab,
    /// Address without trailing slash, e.g. `https://HOST/api/v3`.
    base: String,
    graphql: Url,
    pub clock: Clock,
    timeout: Duration,
    /// 0: not asked yet, 1: the last call was answered, 2: it was not.
    reached: AtomicU8,
}

impl Transport {
    pub fn new(api_url: &str, clock: Clock, timeout: Duration) -> Result<Self, ConfigError> {
        let bad = |why: &str| ConfigError(format!("the address of GitHub's API cannot be used: {why}"));
        let url = Url::parse(api_url.trim()).map_err(|error| bad(&error.to_string()))?;
        let Some(host) = url.host() else { return Err(bad("it names no host")) };
        let loopback = match &host {
            url::Host::Domain(name) => *name == "localhost",
            url::Host::Ipv4(ip) => ip.is_loopback(),
            url::Host::Ipv6(ip) => ip.is_loopback(),
        };
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => return Err(bad("it must begin with https:// (http:// only on this machine itself)")),
            _ => return Err(bad("it must begin with https://")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("it must hold no user name and no password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(bad("it must end with the path (https://api.github.com, or https://HOST/api/v3)"));
        }
        let base = url.as_str().trim_end_matches('/').to_owned();
        // Enterprise Server answers REST at /api/v3 and GraphQL at /api/graphql.
        let graphql = match base.strip_suffix("/api/v3") {
            Some(root) => format!("{root}/api/graphql"),
            None => format!("{base}/graphql"),
        };
        let graphql = Url::parse(&graphql).map_err(|error| bad(&error.to_string()))?;
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(ConfigError("the connection to GitHub needs a running tokio runtime".to_owned()));
        }
        let crab = Octocrab::builder()
            .base_uri(url.origin().ascii_serialization())
            .and_then(|builder| {
                builder
                    .set_connect_timeout(Some(CONNECT_TIMEOUT))
                    .add_header(header::USER_AGENT, concat!("merestone/", env!("CARGO_PKG_VERSION")).to_owned())
                    .add_header(http::HeaderName::from_static("x-github-api-version"), API_VERSION.to_owned())
                    .build()
            })
            .map_err(|error| ConfigError(format!("no connection to GitHub can be prepared: {}", causes(&error))))?;
        Ok(Self { crab, base, graphql, clock, timeout, reached: AtomicU8::new(0) })
    }

    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Whether the last call was answered; `None` before the first.
    pub fn reached(&self) -> Option<bool> {
        match self.reached.load(Ordering::Relaxed) {
            0 => None,
            n => Some(n == 1),
        }
    }

    /// Host and port, for messages.
    pub fn host(&self) -> &str {
        self.graphql.host_str().unwrap_or_default()
    }

    /// Sends a call to the REST API and answers whatever comes back.
    pub async fn rest(&self, call: &Call<'_>, bearer: &str) -> Result<Answer, Error> {
        let Some(path) = call.path() else { return Err(Error::NotFound { what: call.what() }) };
        let url = Url::parse(&format!("{}{path}", self.base))
            .map_err(|error| Error::Malformed { what: call.what(), why: error.to_string() })?;
        self.send(call, url, bearer).await
    }

    /// Sends a GraphQL query and answers whatever comes back.
    pub async fn graphql(&self, call: &Call<'_>, bearer: &str) -> Result<Answer, Error> {
        self.send(call, self.graphql.clone(), bearer).await
    }

    async fn send(&self, call: &Call<'_>, url: Url, bearer: &str) -> Result<Answer, Error> {
        let answer = match tokio::time::timeout(self.timeout, self.follow(call, url, bearer)).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::Outage { what: call.what(), why: format!("no answer within {:?}", self.timeout) }),
        };
        let up = answer.as_ref().is_ok_and(|answer| !answer.status.is_server_error());
        self.reached.store(if up { 1 } else { 2 }, Ordering::Relaxed);
        answer
    }

    async fn follow(&self, call: &Call<'_>, mut url: Url, bearer: &str) -> Result<Answer, Error> {
        for _ in 0..=REDIRECTS {
            let answer = self.once(call, &url, bearer).await?;
            let redirect = matches!(answer.status.as_u16(), 301 | 302 | 307 | 308);
            let Some(location) = answer.headers.get(header::LOCATION).filter(|_| redirect) else { return Ok(answer) };
            let lost = |why: &str| Error::Malformed { what: call.what(), why: format!("it redirects to {why}") };
            let next = location.to_str().ok().and_then(|location| url.join(location).ok());
            let next = next.ok_or_else(|| lost("something that is no address"))?;
            if next.origin() != url.origin() {
                return Err(lost("another host, which is never followed"));
            }
            url = next;
        }
        Err(Error::Malformed { what: call.what(), why: format!("it redirects more than {REDIRECTS} times") })
    }

    async fn once(&self, call: &Call<'_>, url: &Url, bearer: &str) -> Result<Answer, Error> {
        let outage = |why: String| Error::Outage { what: call.what(), why };
        let malformed =
            |error: &dyn std::fmt::Display| Error::Malformed { what: call.what(), why: shown(&error.to_string()) };
        let mut authorization = HeaderValue::try_from(format!("Bearer {bearer}"))
            .map_err(|_| malformed(&"the token is no header value"))?;
        authorization.set_sensitive(true);
        let mut request = http::Request::builder()
            .method(call.method.clone())
            .uri(url.as_str())
            .header(header::ACCEPT, "application/vnd.github+json")
            .header(header::AUTHORIZATION, authorization);
        let body = match &call.body {
            None => OctoBody::empty(),
            Some(json) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                OctoBody::from(json.to_string())
            }
        };
        let request = request.body(body).map_err(|error| malformed(&error))?;
        let response = self.crab.send(request).await.map_err(|error| outage(causes(&error)))?;
        let (parts, mut incoming) = response.into_parts();
        let mut bytes = Vec::new();
        let body = loop {
            match incoming.frame().await {
                None => break Ok(bytes),
                Some(Err(error)) => break Err(Broken::Early(causes(&error))),
                Some(Ok(frame)) => {
                    let Some(data) = frame.data_ref() else { continue };
                    if bytes.len() + data.len() > ANSWER_CAP {
                        break Err(Broken::Long);
                    }
                    bytes.extend_from_slice(data);
                }
            }
        };
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    /// The answer, or the error that its status means.
    pub fn judged(&self, call: &Call<'_>, answer: Answer) -> Result<Answer, Error> {
        let status = answer.status;
        if status.is_success() {
            return Ok(answer);
        }
        let (what, message) = (call.what(), answer.message());
        if let Some(until) = answer.limited_until(self.now(), &message) {
            return Err(Error::Limited { until, what });
        }
        let why = if message.is_empty() { status.to_string() } else { message };
        Err(match status.as_u16() {
            401 => Error::Unauthorized { what, why },
            403 if why.contains("suspended") => Error::Unauthorized { what, why },
            403 => Error::Forbidden {
                what,
                why: answer.needed().map_or(why.clone(), |needed| format!("{why} ({needed})")),
            },
            404 | 410 => Error::NotFound { what },
            408 | 500..=599 => Error::Outage { what, why },
            400 | 409 | 422 => Error::Refused { what, why },
            _ => Error::Malformed { what, why: format!("status {status}: {why}") },
        })
    }
}

/// An error with its causes in one line that holds no secret.
fn causes(error: &dyn std::error::Error) -> String {
    // octocrab's errors end with where in its code they were made.
    let plain = |error: &dyn std::error::Error| {
        let text = error.to_string();
        text.split("\n\nFound at").next().unwrap_or_default().to_owned()
    };
    let mut text = plain(error);
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = plain(cause);
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    shown(&text)
}

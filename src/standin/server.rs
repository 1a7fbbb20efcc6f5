//! The door: reads a request, plays a fault, asks the routes, writes the log.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{Request as HttpRequest, State};
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, IF_NONE_MATCH, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::auth::{self, Caller};
use super::faults::Act;
use super::log::Call;
use super::rest::{self, Answer, Request, error};
use super::world::World;

/// GitHub takes no larger body.
const BODY_BYTES: usize = 25 * 1024 * 1024;

/// A listener whose connections can be broken off.
pub(super) struct Door(pub TcpListener);

/// A connection that breaks when it is told to.
pub(super) struct Line {
    stream: TcpStream,
    broken: Switch,
}

/// Breaks a connection off at its next write.
#[derive(Debug, Clone)]
pub(super) struct Switch(Arc<AtomicBool>);

impl Listener for Door {
    type Io = Line;
    type Addr = Switch;

    async fn accept(&mut self) -> (Line, Switch) {
        let (stream, _) = Listener::accept(&mut self.0).await;
        let broken = Switch(Arc::new(AtomicBool::new(false)));
        (Line { stream, broken: broken.clone() }, broken)
    }

    fn local_addr(&self) -> io::Result<Switch> {
        Ok(Switch(Arc::new(AtomicBool::new(false))))
    }
}

impl Connected<IncomingStream<'_, Door>> for Switch {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.remote_addr().clone()
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.broken.0.load(Ordering::Relaxed) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// What becomes of an answer on its way.
enum Fate {
    Sent,
    Lost,
    Cut,
}

/// Answers every request.
pub(super) async fn handle(
    State(world): State<Arc<Mutex<World>>>,
    ConnectInfo(line): ConnectInfo<Switch>,
    request: HttpRequest,
) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY_BYTES).await.unwrap_or_default();
    let uri = head.uri;
    let hold = {
        let holds = &mut world.lock().unwrap_or_else(PoisonError::into_inner).holds;
        holds.iter_mut().position(|hold| hold.holds(head.method.as_str(), uri.path())).map(|at| holds.remove(at))
    };
    if let Some(hold) = hold {
        hold.wait().await;
    }
    let (answer, fate, latency) = {
        let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
        let query = uri.query().unwrap_or_default();
        let (answer, fate) = respond(&mut world, head.method.as_str(), uri.path(), query, &head.headers, &body);
        (answer, fate, world.latency)
    };
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    match fate {
        Fate::Sent => response(&answer, None),
        Fate::Cut => response(&answer, answer.body.as_ref().map(|bytes| bytes.len() / 2)),
        Fate::Lost => {
            line.0.store(true, Ordering::Relaxed);
            Response::new(Body::empty())
        }
    }
}

/// `cut`: after so many bytes the connection breaks, though more were announced.
fn response(answer: &Answer, cut: Option<usize>) -> Response {
    let bytes = answer.body.clone().unwrap_or_default();
    let mut response = match cut {
        None => Response::new(Body::from(bytes.clone())),
        Some(end) => {
            let parts =
                [Ok(Bytes::copy_from_slice(&bytes[..end])), Err(io::Error::from(io::ErrorKind::ConnectionReset))];
            Response::new(Body::from_stream(futures::stream::iter(parts)))
        }
    };
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if answer.body.is_some() {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    }
    for (name, value) in &answer.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

fn respond(
    world: &mut World,
    method: &str,
    path: &str,
    query: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> (Answer, Fate) {
    let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // an Enterprise Server answers nowhere else
    let path = match (world.enterprise, path) {
        (true, "/api/graphql") => "/graphql",
        (true, path) => {
            path.strip_prefix("/api/v3").filter(|path| *path != "/graphql").unwrap_or("/not-on-this-server")
        }
        (false, path) => path,
    };
    let by_id = by_id(world, path);
    let path = by_id.as_deref().unwrap_or(path);
    let route = if path == "/graphql" { Some(path) } else { rest::template(method, path) };
    let caller = caller(world, header(AUTHORIZATION));
    let json = serde_json::from_slice(body).unwrap_or_default();
    let mut call = Call {
        method: method.to_owned(),
        path: path.to_owned(),
        route: route.unwrap_or(path).to_owned(),
        status: 0,
        fault: None,
        body: json,
    };
    let now = world.now();
    let by_installation = matches!(caller, Caller::Installation(_));
    let fault = world.faults.pick(method, path, by_installation, now);
    if let Some((_, Some(left))) = fault {
        world.log.offend(format!("{method} {path}: sent {left} s before GitHub said to call again"));
    }
    let fault = fault.map(|(act, left)| (played(world, &act, left), act));
    let (answer, fate) = match fault {
        Some((Some(answer), act)) => {
            call.fault = Some(act.name());
            (answer, if act == Act::Reset { Fate::Lost } else { Fate::Sent })
        }
        Some((None, act)) => {
            call.fault = Some(act.name());
            let done = answer(world, &call, query, headers, body, caller);
            match act {
                Act::LostAnswer => (done, Fate::Lost),
                Act::Truncated => (done, Fate::Cut),
                _ => (html(502), Fate::Sent),
            }
        }
        None => (answer(world, &call, query, headers, body, caller), Fate::Sent),
    };
    let answer = finish(world, answer, method, header(IF_NONE_MATCH));
    call.status = if matches!(fate, Fate::Lost) { 0 } else { answer.status };
    world.log.add(call);
    (answer, fate)
}

/// The answer that a fault gives instead of GitHub's; `None`: the request is carried out all the same.
fn played(world: &World, act: &Act, left: Option<i64>) -> Option<Answer> {
    let wait = |seconds: u32| left.unwrap_or(seconds.into()).to_string();
    let with = |mut answer: Answer, name: &'static str, value: String| {
        answer.headers.push((name, value));
        answer
    };
    Some(match act {
        Act::Status(status) => {
            error(*status, StatusCode::from_u16(*status).ok()?.canonical_reason().unwrap_or("error"))
        }
        Act::Html(status) => html(*status),
        Act::Secondary(seconds) => {
            let answer =
                error(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.");
            match seconds {
                Some(seconds) => with(answer, "retry-after", wait(*seconds)),
                None => answer,
            }
        }
        Act::Primary(seconds) => {
            let reset = world.now().timestamp() + left.unwrap_or((*seconds).into());
            let answer =
                with(error(403, "API rate limit exceeded for installation."), "x-ratelimit-remaining", "0".to_owned());
            with(answer, "x-ratelimit-reset", reset.to_string())
        }
        Act::TooMany(seconds) => with(error(429, "Too Many Requests"), "retry-after", wait(*seconds)),
        Act::BadCredentials => error(401, "Bad credentials"),
        Act::Forbidden => error(403, "Resource not accessible by integration"),
        Act::NotFound => error(404, "Not Found"),
        Act::Reset => error(500, ""),
        Act::LostAnswer | Act::Lost502 | Act::Truncated => return None,
    })
}

fn html(status: u16) -> Answer {
    Answer {
        status,
        body: Some(b"<html><body><h1>502 Bad Gateway</h1>Unicorn!</body></html>".to_vec()),
        content_type: "text/html",
        headers: Vec::new(),
    }
}

fn caller(world: &mut World, authorization: &str) -> Caller {
    let bad = || Caller::Refused("Bad credentials".to_owned());
    if authorization.is_empty() {
        return Caller::Nobody;
    }
    let Some((scheme, token)) = authorization.split_once(' ') else { return bad() };
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") && !scheme.eq_ignore_ascii_case("token") {
        return bad();
    }
    if token.starts_with("ghs_") {
        return match world.tokens.get(token) {
            Some(known) if known.ended.is_none() && known.expires_at > world.now() => {
                Caller::Installation(token.to_owned())
            }
            _ => bad(),
        };
    }
    match auth::check_jwt(token, world.app.id, &world.app.client_id, world.now()) {
        Ok(()) => Caller::App,
        Err(why) => Caller::Refused(why),
    }
}

/// `/repositories/ID/…`, which redirects lead to, as `/repos/OWNER/NAME/…`.
fn by_id(world: &World, path: &str) -> Option<String> {
    let (id, rest) = path.strip_prefix("/repositories/")?.split_once('/')?;
    let repository = world.repositories.get(&id.parse().ok()?)?;
    Some(format!("/repos/{}/{rest}", world.full_name(repository)))
}

/// Where a request for a repository by a name that it has no more is sent on to.
fn moved(world: &World, method: &str, path: &str, query: &str) -> Option<Answer> {
    let (owner, rest) = path.strip_prefix("/repos/")?.split_once('/')?;
    let (name, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let id = world.renamed(&format!("{owner}/{name}"))?.id;
    let question = if query.is_empty() { "" } else { "?" };
    let mut answer = if method == "GET" { error(301, "Moved Permanently") } else { error(307, "Temporary Redirect") };
    answer.headers.push(("location", format!("{}/repositories/{id}/{rest}{question}{query}", world.api_url())));
    Some(answer)
}

fn answer(world: &mut World, call: &Call, query: &str, headers: &HeaderMap, body: &[u8], caller: Caller) -> Answer {
    let text =
        |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let what = format!("{} {}", call.method, call.path);
    if text(USER_AGENT).is_empty() {
        world.log.offend(format!("{what}: no User-Agent"));
        return error(
            403,
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
        );
    }
    let version = text(HeaderName::from_static("x-github-api-version"));
    if !["", "2022-11-28", "2026-03-10"].contains(&version.as_str()) {
        world.log.offend(format!("{what}: {version} is no version of the API"));
        return error(400, "is not a supported version");
    }
    if !body.is_empty() && call.body.is_null() {
        world.log.offend(format!("{what}: the body is no JSON"));
        return error(400, "Problems parsing JSON");
    }
    // one call with a token that was ended early is no fault of the App's: it could not know
    if let Some(token) = text(AUTHORIZATION).split_once(' ').and_then(|(_, token)| world.tokens.get_mut(token.trim()))
        && token.ended == Some(false)
    {
        token.ended = Some(true);
        return error(401, "Bad credentials");
    }
    if call.path == "/graphql" {
        if let Caller::Refused(why) = &caller {
            world.log.offend(format!("{what}: {why}"));
            return error(401, why);
        }
        return super::graphql::answer(world, &caller, &call.body);
    }
    if let Some(moved) = moved(world, &call.method, &call.path, query) {
        return moved;
    }
    let query: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let request = Request {
        method: call.method.clone(),
        path: call.path.clone(),
        query,
        body: call.body.clone(),
        accept: text(ACCEPT),
        caller,
        params: BTreeMap::new(),
    };
    rest::answer(world, request)
}

/// What every answer carries: the limits, and for a read an ETag, with 304 where the asker has it already.
fn finish(world: &World, mut answer: Answer, method: &str, known: &str) -> Answer {
    let reset = (world.now().timestamp() + 3600).to_string();
    let date = world.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    for (name, value) in [
        ("date", date.as_str()),
        ("x-ratelimit-limit", "5000"),
        ("x-ratelimit-remaining", "4999"),
        ("x-ratelimit-reset", reset.as_str()),
        ("x-ratelimit-resource", "core"),
        ("x-github-request-id", "0000:0000:000000:000000:00000000"),
    ] {
        if !answer.headers.iter().any(|(set, _)| *set == name) {
            answer.headers.push((name, value.to_owned()));
        }
    }
    if method == "GET" && answer.status == 200 {
        let etag = format!("\"{}\"", hex::encode(Sha256::digest(answer.body.as_deref().unwrap_or_default())));
        if known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag) {
            (answer.status, answer.body) = (304, None);
        }
        answer.headers.push(("etag", format!("W/{etag}")));
    }
    answer
}

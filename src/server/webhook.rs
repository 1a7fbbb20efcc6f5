//! `POST /webhook`: method, size, signature, event name, body, in this order; answered once what it asks for is durable.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::{debug, info, warn};

use super::intake::{Intake, Taken};
use super::{Secrets, metrics};
use crate::github::webhook;

/// The longest body that is read, in bytes: GitHub sends none over 25 MB.
pub(super) const LONGEST_BODY: usize = 25 * 1024 * 1024;
/// From how many bytes on a body is a large one.
const LARGE_BODY: usize = 1024 * 1024;
/// How many large bodies are held at once; anybody can send one before its signature is looked at.
const LARGE_BODIES: usize = 4;
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the store may take. GitHub waits for ten seconds.
const STORE_TIMEOUT: Duration = Duration::from_secs(8);
/// After how many seconds to try again where the store cannot take it.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// What the door needs.
pub(super) struct Door {
    secrets: Secrets,
    intake: Intake,
    large: Arc<Semaphore>,
    pub body_timeout: Duration,
}

/// Why a body is not there.
#[derive(Debug)]
enum Unread {
    TooLong,
    Broken,
}

impl Door {
    pub fn new(secrets: Secrets, intake: Intake) -> Self {
        Self { secrets, intake, large: Arc::new(Semaphore::new(LARGE_BODIES)), body_timeout: BODY_TIMEOUT }
    }

    /// The whole body, never more than [`LONGEST_BODY`] of it, and the right to hold it where it is large.
    async fn body(&self, mut body: Body) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), Unread> {
        let mut bytes = Vec::new();
        let mut permit = None;
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return Err(Unread::Broken) };
            let Some(data) = frame.data_ref() else { continue };
            let length = bytes.len() + data.len();
            if length > LONGEST_BODY {
                return Err(Unread::TooLong);
            }
            if length > LARGE_BODY && permit.is_none() {
                permit = Some(Arc::clone(&self.large).acquire_owned().await.map_err(|_| Unread::Broken)?);
            }
            bytes.extend_from_slice(data);
        }
        Ok((bytes, permit))
    }

    async fn answer(&self, request: Request) -> (Option<String>, Response) {
        let (parts, body) = request.into_parts();
        let headers = parts.headers;
        let told = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if told.is_some_and(|length| length > LONGEST_BODY as u64) {
            return (None, refuse(StatusCode::PAYLOAD_TOO_LARGE, "a webhook has at most 25 MiB"));
        }
        let (body, _permit) = match tokio::time::timeout(self.body_timeout, self.body(body)).await {
            Ok(Ok(body)) => body,
            Ok(Err(Unread::TooLong)) => {
                return (None, refuse(StatusCode::PAYLOAD_TOO_LARGE, "a webhook has at most 25 MiB"));
            }
            Ok(Err(Unread::Broken)) => return (None, refuse(StatusCode::BAD_REQUEST, "the body ends early")),
            Err(_) => {
                return (None, refuse(StatusCode::REQUEST_TIMEOUT, "the body takes too long"));
            }
        };
        let signature = headers.get("x-hub-signature-256").map(HeaderValue::as_bytes);
        if !self.secrets.signed(signature, &body) {
            return (None, refuse(StatusCode::UNAUTHORIZED, "no signature that fits (X-Hub-Signature-256)"));
        }
        let event =
            headers.get("x-github-event").and_then(|event| event.to_str().ok()).filter(|event| !event.is_empty());
        let Some(event) = event else {
            return (Some(String::new()), refuse(StatusCode::BAD_REQUEST, "X-GitHub-Event is missing"));
        };
        let answer = self.verified(event, &headers, &body).await;
        (Some(event.to_owned()), answer)
    }

    async fn verified(&self, event: &str, headers: &HeaderMap, body: &[u8]) -> Response {
        let json = match json_of(headers, body) {
            Ok(json) => json,
            Err(why) => return refuse(StatusCode::BAD_REQUEST, why),
        };
        let delivery = headers.get("x-github-delivery").and_then(|id| id.to_str().ok()).filter(|id| is_delivery(id));
        let parsed = match webhook::parse(event, &json) {
            Ok(parsed) => parsed,
            Err(why) => {
                warn!(event, delivery, %why, "a signed webhook cannot be read");
                return refuse(StatusCode::BAD_REQUEST, &why.to_string());
            }
        };
        match tokio::time::timeout(STORE_TIMEOUT, self.intake.take(parsed)).await {
            Ok(Ok(Taken::Kept)) => {
                info!(event, delivery, "webhook kept");
                (StatusCode::ACCEPTED, "kept\n").into_response()
            }
            Ok(Ok(Taken::Nothing)) => {
                debug!(event, delivery, "webhook asks for nothing");
                (StatusCode::OK, "nothing to do\n").into_response()
            }
            failed => {
                match failed {
                    Ok(Err(error)) => warn!(event, delivery, %error, "the store cannot take a webhook"),
                    _ => warn!(event, delivery, "the store takes too long to take a webhook"),
                }
                let text = "the store cannot take it now; try again\n";
                (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER)], text).into_response()
            }
        }
    }
}

/// Answers a webhook.
pub(super) async fn receive(State(door): State<Arc<Door>>, request: Request) -> Response {
    let (event, response) = door.answer(request).await;
    metrics::webhook(event.as_deref(), response.status().as_u16());
    response
}

/// The JSON in a body: all of it, or the `payload` of a form.
fn json_of<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<std::borrow::Cow<'a, [u8]>, &'static str> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(body.into());
    }
    let payload = url::form_urlencoded::parse(body).find(|(name, _)| name == "payload");
    payload.map(|(_, json)| json.into_owned().into_bytes().into()).ok_or("the form has no field `payload`")
}

/// Whether this is a delivery id that may be kept and logged: GitHub's are UUIDs.
fn is_delivery(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn refuse(status: StatusCode, why: &str) -> Response {
    let mut response = (status, format!("{why}\n")).into_response();
    if matches!(status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
        // What is left of the body is not read.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

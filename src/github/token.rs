//! One token per installation, however many tasks ask at once.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::Error;
use super::key::PrivateKey;
use super::transport::{Answer, Call, Transport, within_an_hour};
use crate::ids::InstallationId;

/// How long before its end a token is replaced; of one that lives for less than ten minutes, half of its life.
const MARGIN: TimeDelta = TimeDelta::minutes(5);
/// From which difference on GitHub's clock is believed rather than ours, when it refuses our signature.
const SKEW: TimeDelta = TimeDelta::seconds(30);

/// Who the App is.
pub(super) struct Identity {
    pub app_id: u64,
    key: PrivateKey,
    /// How far GitHub's clock is ahead of ours, seconds, once a signature was refused for it.
    skew: AtomicI64,
}

impl Identity {
    pub fn new(app_id: u64, key: PrivateKey) -> Self {
        Self { app_id, key, skew: AtomicI64::new(0) }
    }

    fn sign(&self, now: DateTime<Utc>, what: &str) -> Result<String, Error> {
        let skew = TimeDelta::try_seconds(self.skew.load(Ordering::Relaxed)).unwrap_or_default();
        let refused = |why| Error::Unauthorized { what: what.to_owned(), why };
        self.key.sign(self.app_id, now + skew).map_err(|error| refused(error.0))
    }

    /// Sends a call as the App itself. Where the signature is refused and the two clocks differ, once more by GitHub's clock.
    pub async fn call(&self, transport: &Transport, call: &Call<'_>) -> Result<Answer, Error> {
        let what = call.what();
        let answer = transport.rest(call, &self.sign(transport.now(), &what)?).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let Some(ahead) = answer.date().map(|there| there - transport.now()) else { return Ok(answer) };
        let known = TimeDelta::try_seconds(self.skew.load(Ordering::Relaxed)).unwrap_or_default();
        if (ahead - known).abs() < SKEW {
            return Ok(answer);
        }
        self.skew.store(ahead.num_seconds(), Ordering::Relaxed);
        transport.rest(call, &self.sign(transport.now(), &what)?).await
    }
}

/// A token. It has neither `Debug` nor `Display`.
#[derive(Clone)]
pub(super) struct Token {
    secret: std::sync::Arc<str>,
    /// From when on another one is asked for, by our clock.
    stale_at: DateTime<Utc>,
}

impl Token {
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

#[derive(Default)]
struct Slot {
    token: Option<Token>,
    /// How the last attempt failed; `None` after one that did not.
    failed: Option<Error>,
}

/// The token of one installation.
#[derive(Default)]
pub(super) struct TokenCell {
    slot: Mutex<Slot>,
    attempts: AtomicU64,
}

#[derive(Deserialize)]
struct Minted {
    token: String,
    expires_at: Option<DateTime<Utc>>,
}

impl TokenCell {
    /// The token, minted when there is none that still holds. Whoever waited for an attempt shares its end, good or bad.
    pub async fn get(
        &self,
        transport: &Transport,
        identity: &Identity,
        installation: InstallationId,
    ) -> Result<Token, Error> {
        let seen = self.attempts.load(Ordering::Acquire);
        let mut slot = self.slot.lock().await;
        if let Some(token) = slot.token.as_ref().filter(|token| transport.now() < token.stale_at) {
            return Ok(token.clone());
        }
        if self.attempts.load(Ordering::Acquire) != seen
            && let Some(error) = &slot.failed
        {
            return Err(error.clone());
        }
        let minted = mint(transport, identity, installation).await;
        self.attempts.fetch_add(1, Ordering::Release);
        slot.failed = minted.as_ref().err().cloned();
        slot.token = minted.as_ref().ok().cloned();
        minted
    }

    /// Forgets a token that GitHub refused, unless another has taken its place already.
    pub async fn forget(&self, refused: &Token) {
        let mut slot = self.slot.lock().await;
        if slot.token.as_ref().is_some_and(|token| token.secret == refused.secret) {
            slot.token = None;
        }
    }
}

async fn mint(transport: &Transport, identity: &Identity, installation: InstallationId) -> Result<Token, Error> {
    let id = installation.to_string();
    let args = [id.as_str()];
    let call = Call::new(http::Method::POST, "/app/installations/{installation_id}/access_tokens", &args);
    let answer = identity.call(transport, &call).await?;
    let date = answer.date();
    // What a refusal of the token means is always "no credentials": a 404 or 422 must not look like one of the call that needed it.
    let answer = transport.judged(&call, answer).map_err(|error| match error {
        Error::NotFound { what } => {
            Error::Unauthorized { what, why: "the App is not installed there any more".to_owned() }
        }
        Error::Forbidden { what, why } | Error::Refused { what, why } => Error::Unauthorized { what, why },
        other => other,
    })?;
    // Not by `parse`, whose errors may quote the answer.
    let minted: Minted = answer.body.ok().and_then(|body| serde_json::from_slice(&body).ok()).ok_or_else(|| {
        Error::Outage { what: call.what(), why: "the answer ends early or holds no token".to_owned() }
    })?;
    let now = transport.now();
    let life = match minted.expires_at {
        None => TimeDelta::hours(1),
        Some(end) => within_an_hour(end, now)
            .or_else(|| within_an_hour(end, date?))
            .unwrap_or_else(|| (end - now).clamp(TimeDelta::zero(), TimeDelta::hours(1))),
    };
    let margin = MARGIN.min(life / 2);
    Ok(Token { secret: minted.token.into(), stale_at: now + life - margin })
}

//! Who is calling: JSON web tokens of the App, and installation tokens.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A private key for tests and the demo, as GitHub hands them out (PKCS#1). It is published with the source and opens nothing.
pub const DEMO_KEY: &str = include_str!("demo-key-not-secret.pem");
const DEMO_PUBLIC_KEY: &str = include_str!("demo-key-not-secret.pub.pem");

/// How long a token lives.
pub(super) const TOKEN_LIFE: TimeDelta = TimeDelta::hours(1);
/// GitHub refuses a JWT that lives longer; a minute is left for clocks that differ.
const JWT_LIFE: i64 = 600 + 60;

/// What a permission allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `read`
    Read,
    /// `write`, which includes reading.
    Write,
}

impl Level {
    /// In GitHub's words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    /// From GitHub's words.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            _ => None,
        }
    }
}

/// Permissions by name (`pull_requests`).
pub type Permissions = BTreeMap<String, Level>;

/// An installation token.
#[derive(Debug, Clone)]
pub struct Token {
    /// The installation that it was minted for.
    pub installation: u64,
    /// What it may do.
    pub permissions: Permissions,
    /// The only repositories that it sees; `None`: all of the installation.
    pub repositories: Option<BTreeSet<u64>>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// Whether the story ended it early: one call with it is then no fault of the App's, which could not know.
    pub ended: Option<bool>,
}

/// Who a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// No `Authorization` header.
    Nobody,
    /// The App itself.
    App,
    /// The App on one installation: the token.
    Installation(String),
    /// Credentials that are not accepted: GitHub's message.
    Refused(String),
}

/// The text of the n-th token: several hundred characters, as GitHub mints them since April 2026.
pub fn token_text(app: u64, n: u64) -> String {
    let part = |salt: u8| hex::encode(Sha256::digest([&n.to_be_bytes()[..], &[salt]].concat()));
    format!("ghs_{app}_{}.{}{}{}.{}{}", part(0), part(1), part(2), part(3), part(4), part(5))
}

/// Checks a JSON web token of the App as GitHub does: the key, the issuer, a life of at most ten minutes.
///
/// # Errors
/// GitHub's message.
pub fn check_jwt(token: &str, app: u64, client_id: &str, now: DateTime<Utc>) -> Result<(), String> {
    const UNREADABLE: &str = "A JSON web token could not be decoded";
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let key = DecodingKey::from_rsa_pem(DEMO_PUBLIC_KEY.as_bytes()).map_err(|error| error.to_string())?;
    let claims = jsonwebtoken::decode::<Value>(token, &key, &validation).map_err(|_| UNREADABLE.to_owned())?.claims;
    let issuer = match &claims["iss"] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    if issuer != app.to_string() && issuer != client_id {
        return Err("'Issuer' claim ('iss') must be an Integer".to_owned());
    }
    let now = now.timestamp();
    let future = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
    let end = claims["exp"].as_i64().filter(|end| *end >= now).ok_or(future)?;
    if end - now > JWT_LIFE {
        return Err("'Expiration time' claim ('exp') is too far in the future".to_owned());
    }
    if claims["iat"].as_i64().is_none_or(|at| at > now + 60) {
        return Err("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
            .to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header};
    use serde_json::json;

    use super::*;

    fn sign(claims: &Value) -> String {
        let key = EncodingKey::from_rsa_pem(DEMO_KEY.as_bytes()).expect("the demo key is an RSA key");
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, &key).expect("signs")
    }

    #[test]
    fn a_web_token_is_checked_as_github_does() {
        let at = DateTime::from_timestamp(1_767_600_000, 0).expect("a time");
        let now = at.timestamp();
        let check = |claims: Value| check_jwt(&sign(&claims), 4242, "Iv23", at);
        assert_eq!(check(json!({"iss": "4242", "iat": now - 60, "exp": now + 540})), Ok(()));
        assert_eq!(check(json!({"iss": "Iv23", "iat": now - 60, "exp": now + 540})), Ok(()));
        assert!(check(json!({"iss": "1", "iat": now, "exp": now + 540})).is_err_and(|why| why.contains("'iss'")));
        assert!(check(json!({"iss": 4242, "iat": now, "exp": now + 1200})).is_err_and(|why| why.contains("too far")));
        assert!(check(json!({"iss": 4242, "iat": now, "exp": now - 1})).is_err_and(|why| why.contains("future time")));
        assert!(check(json!({"iss": 4242, "exp": now + 540})).is_err_and(|why| why.contains("'iat'")));
        assert!(check_jwt("a.b.c", 4242, "Iv23", at).is_err());
    }

    #[test]
    fn a_token_is_long_and_no_two_are_alike() {
        assert!(token_text(1, 1).len() > 300);
        assert_ne!(token_text(1, 1), token_text(1, 2));
    }
}

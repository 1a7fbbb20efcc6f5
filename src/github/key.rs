//! The App's private key and what is signed with it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use super::ConfigError;

/// How far back a signature is dated, seconds: GitHub's clock may be behind ours (its documentation asks for this).
const BACKDATED: i64 = 60;
/// How long a signature holds from now, seconds. GitHub allows 600; a minute is left for clocks that differ.
const LIFETIME: i64 = 540;

/// A private key of the App: PKCS#1 or PKCS#8 PEM, `\n`-escaped or base64. Never shown: it has neither `Debug` nor `Display`.
#[derive(Clone)]
pub struct PrivateKey(Arc<EncodingKey>);

/// What the App says of itself when it asks for a token.
#[derive(Serialize)]
struct Claims {
    iss: u64,
    iat: i64,
    exp: i64,
}

impl PrivateKey {
    /// Reads and checks a key: a signature is made with it once.
    ///
    /// # Errors
    /// When it is no RSA private key. The message says what it looks like and never quotes it.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let pem = pem(text)?;
        let label = pem.lines().find(|line| line.starts_with("-----BEGIN")).unwrap_or_default();
        let refused = |why: &str| ConfigError(format!("the App's private key cannot be used: {why}"));
        if label.contains("PUBLIC KEY") || label.contains("CERTIFICATE") {
            return Err(refused(
                "this is a public key or a certificate; the private key is what GitHub lets you download as a .pem file",
            ));
        }
        if label.contains("ENCRYPTED") || pem.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(refused("it is protected by a passphrase; store it without one"));
        }
        if label.contains("OPENSSH") || label.contains("EC PRIVATE") {
            return Err(refused("it is no RSA key; use the .pem file that GitHub generates for the App"));
        }
        let key = EncodingKey::from_rsa_pem(pem.as_bytes())
            .map_err(|_| refused("it is no RSA private key in PEM form (PKCS#1 or PKCS#8), or it was cut"))?;
        let key = Self(Arc::new(key));
        key.sign(0, DateTime::UNIX_EPOCH).map_err(|_| refused("it is no RSA private key that can sign"))?;
        Ok(key)
    }

    /// The App's own credentials at `now`, good for nine minutes.
    pub(super) fn sign(&self, app_id: u64, now: DateTime<Utc>) -> Result<String, ConfigError> {
        let now = now.timestamp();
        let claims = Claims { iss: app_id, iat: now - BACKDATED, exp: now + LIFETIME };
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.0)
            .map_err(|_| ConfigError("the App's private key cannot sign".to_owned()))
    }
}

/// The PEM text in whatever wrapping it was configured.
fn pem(text: &str) -> Result<String, ConfigError> {
    let text = text.trim().trim_matches(|c| c == '"' || c == '\'').trim();
    if text.is_empty() {
        return Err(ConfigError("the App's private key is empty".to_owned()));
    }
    if !text.contains("-----BEGIN") {
        let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        return STANDARD
            .decode(packed)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .filter(|inner| inner.contains("-----BEGIN"))
            .map(|inner| inner.replace("\\n", "\n").trim().to_owned() + "\n")
            .ok_or_else(|| {
                ConfigError(
                    "the App's private key is neither PEM text nor base64 of it; if this is the path of a file, use GITHUB_APP_PRIVATE_KEY_PATH"
                        .to_owned(),
                )
            });
    }
    Ok(text.replace("\\r", "").replace("\\n", "\n").replace("\r\n", "\n") + "\n")
}

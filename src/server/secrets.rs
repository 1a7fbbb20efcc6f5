//! The webhook's secrets, and whether a body was signed with one of them.

use std::sync::Arc;

use aws_lc_rs::hmac;

use crate::github::ConfigError;

/// The shortest secret that is taken, in bytes.
const SHORTEST: usize = 16;

/// The secrets that a webhook may be signed with: one, or several while they are being exchanged. Never shown: it has neither
/// `Debug` nor `Display`.
#[derive(Clone)]
pub struct Secrets(Arc<[hmac::Key]>);

impl Secrets {
    /// Reads one secret, or several separated by commas.
    ///
    /// # Errors
    /// When one is empty or shorter than 16 bytes: anybody could sign with it.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut keys = Vec::new();
        for (at, secret) in text.split(',').map(str::trim).enumerate() {
            let refused = |what: String| {
                Err(ConfigError(format!(
                    "the webhook secret cannot be used: {what}; give a random text of {SHORTEST} bytes or more, the same as in the settings of the App"
                )))
            };
            match secret.len() {
                0 if text.trim().is_empty() => return refused("it is empty".to_owned()),
                0 => return refused(format!("number {} of the list is empty (a comma too many?)", at + 1)),
                length if length < SHORTEST => {
                    return refused(format!("number {} of the list has {length} bytes only", at + 1));
                }
                _ => keys.push(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())),
            }
        }
        Ok(Self(keys.into()))
    }

    /// Whether `header` (`sha256=` and hex) is the signature of `body` with one of the secrets. Compared in constant time.
    pub(super) fn signed(&self, header: Option<&[u8]>, body: &[u8]) -> bool {
        let Some(hex) = header.and_then(|header| header.strip_prefix(b"sha256=")) else { return false };
        let Ok(signature) = hex::decode(hex) else { return false };
        // Every secret is tried, so that the time says nothing about which one fits.
        self.0.iter().fold(false, |fits, key| hmac::verify(key, body, &signature).is_ok() | fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(secret: &str, body: &[u8]) -> Vec<u8> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        format!("sha256={}", hex::encode(hmac::sign(&key, body))).into_bytes()
    }

    #[test]
    fn github_s_own_example_verifies() {
        // docs.github.com, "Validating webhook deliveries": the values to test an implementation with.
        let secrets = Secrets::parse("It's a Secret to Everybody").unwrap();
        let header = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert!(secrets.signed(Some(header), b"Hello, World!"));
        assert!(!secrets.signed(Some(header), b"Hello, World?"));
    }

    #[test]
    fn any_of_several_secrets_will_do_and_no_other() {
        let secrets = Secrets::parse("an old secret of ours, a new secret of ours").unwrap();
        assert!(secrets.signed(Some(&sign("an old secret of ours", b"x")), b"x"));
        assert!(secrets.signed(Some(&sign("a new secret of ours", b"x")), b"x"));
        assert!(!secrets.signed(Some(&sign("another secret at all", b"x")), b"x"));
        assert!(!secrets.signed(Some(&sign("", b"x")), b"x"));
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        let secrets = Secrets::parse("0123456789abcdef").unwrap();
        let good = sign("0123456789abcdef", b"x");
        let upper = [b"SHA256=", &good[7..]].concat();
        for header in
            [&b""[..], b"sha256=", b"sha256=zz", &good[..30], &good[7..], &upper, &[&good[..], b"00"].concat()]
        {
            assert!(!secrets.signed(Some(header), b"x"), "{}", String::from_utf8_lossy(header));
        }
        assert!(!secrets.signed(None, b"x"));
    }

    #[test]
    fn empty_and_short_secrets_refuse_the_start_and_are_not_quoted() {
        for (text, says) in [
            ("", "it is empty"),
            (" ", "it is empty"),
            ("0123456789abcdef,", "number 2 of the list is empty"),
            (",0123456789abcdef", "number 1 of the list is empty"),
            ("0123456789abcdef,topsecret", "number 2 of the list has 9 bytes only"),
        ] {
            let error = Secrets::parse(text).err().expect(text).to_string();
            assert!(error.contains(says), "{text:?}: {error}");
            assert!(!error.contains("topsecret") && !error.contains("0123456789abcdef"), "{error}");
        }
    }
}

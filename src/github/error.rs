//! What a call can end in.

use chrono::{DateTime, Utc};

/// What a call can end in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// GitHub asks to wait (primary or secondary limit, or `retry-after` on a 5xx). Every call of the installation pauses until then.
    #[error("GitHub asks to wait until {until}: {what}")]
    Limited {
        /** Until when. */
        until: DateTime<Utc>,
        /** Method and path template. */
        what: String,
    },
    /// 5xx, a timeout, a broken connection, a body that ends early: worth trying again. For a write, whether it was done is not known.
    #[error("GitHub did not answer {what}: {why}")]
    Outage {
        /** Method and path template. */
        what: String,
        /** Why. */
        why: String,
    },
    /// 401 after a new token, a suspended or deleted installation, or no token at all.
    #[error("GitHub does not accept our credentials for {what}: {why}")]
    Unauthorized {
        /** What. */
        what: String,
        /** Why. */
        why: String,
    },
    /// 403: a permission is missing.
    #[error("permission is missing for {what}: {why}")]
    Forbidden {
        /** What. */
        what: String,
        /** Why. */
        why: String,
    },
    /// 404 or 410.
    #[error("{what}: not found")]
    NotFound {
        /** What. */
        what: String,
    },
    /// 422: refused as it is.
    #[error("GitHub refused {what}: {why}")]
    Refused {
        /** What. */
        what: String,
        /** GitHub's message. */
        why: String,
    },
    /// An answer that is not what GitHub documents.
    #[error("GitHub's answer to {what} cannot be read: {why}")]
    Malformed {
        /** What. */
        what: String,
        /** Why. */
        why: String,
    },
    /// Something could not be listed whole: the list was cut, or moved on while it was read. Worth trying again.
    #[error("{0}")]
    Incomplete(String),
    /// The change has more files than GitHub lists, and has them however often it is asked.
    #[error("{0}")]
    TooLarge(String),
}

/// Why a configuration cannot be used. Never holds the configured value itself.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

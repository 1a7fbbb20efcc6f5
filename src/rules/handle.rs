//! Names of users and teams on GitHub.

use std::fmt;

/// A user (`@ada`), a team (`@acme/payments`) or an e-mail address, as somebody wrote it.
///
/// Kept as written, with the `@` added where it was left out; compared without regard to letter case, as GitHub does.
#[derive(Debug, Clone)]
pub struct Handle {
    written: String,
    folded: String,
}

impl Handle {
    /// Reads a handle; a leading `@` may be missing. An e-mail address (an `@` inside, not in front) is kept as it is.
    pub fn new(written: &str) -> Self {
        let written = written.trim();
        let written =
            if written.starts_with('@') || written.contains('@') { written.to_owned() } else { format!("@{written}") };
        let folded = written.to_lowercase();
        Self { written, folded }
    }

    /// A team of an organisation.
    pub fn team(org: &str, slug: &str) -> Self {
        Self::new(&format!("@{org}/{slug}"))
    }

    /// As written, with the leading `@`.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// `Some((organisation, slug))` for a team.
    pub fn as_team(&self) -> Option<(&str, &str)> {
        self.written.strip_prefix('@')?.split_once('/')
    }

    /// The login, for a user.
    pub fn as_user(&self) -> Option<&str> {
        self.written.strip_prefix('@').filter(|name| !name.contains('/'))
    }

    /// Whether it is the account of an App: their logins end in what no person's can.
    pub fn is_app(&self) -> bool {
        self.as_user().is_some_and(|login| login.ends_with("[bot]"))
    }

    /// Whether this is the user with this login (letter case aside).
    pub fn is_user(&self, login: &str) -> bool {
        self.as_user().is_some_and(|name| name.to_lowercase() == login.to_lowercase())
    }

    /// The short name that people say: the login, or the team's slug without its organisation.
    pub fn short(&self) -> &str {
        match self.as_team() {
            Some((_, slug)) => slug,
            None => self.written.strip_prefix('@').unwrap_or(&self.written),
        }
    }
}

impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}
impl Eq for Handle {}
impl std::hash::Hash for Handle {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}
impl PartialOrd for Handle {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Handle {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded.cmp(&other.folded)
    }
}
impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}
impl serde::Serialize for Handle {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written)
    }
}
impl<'de> serde::Deserialize<'de> for Handle {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|written| Self::new(&written))
    }
}

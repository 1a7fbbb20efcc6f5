//! What was asked of the stand-in, and what should not have been.

use std::collections::BTreeMap;

use serde_json::Value;

/// One request and its answer.
#[derive(Debug, Clone)]
pub struct Call {
    /// HTTP method.
    pub method: String,
    /// Path as asked, without the API's prefix.
    pub path: String,
    /// Template of the route (`/repos/{owner}/{repo}/pulls/{number}`), or the path where there is no such route.
    pub route: String,
    /// Status answered; 0 where the connection was broken off before any.
    pub status: u16,
    /// The fault that was played.
    pub fault: Option<&'static str>,
    /// The body sent, where it was JSON.
    pub body: Value,
}

impl Call {
    /// Whether it changes what people see: a token or a query does not.
    pub fn is_write(&self) -> bool {
        self.method != "GET" && !self.route.ends_with("/access_tokens") && self.route != "/graphql"
    }
}

/// Everything asked so far, and the offences.
#[derive(Debug, Default)]
pub struct Log {
    calls: Vec<Call>,
    mark: usize,
    offences: Vec<String>,
}

impl Log {
    /// Adds a call.
    pub fn add(&mut self, call: Call) {
        self.calls.push(call);
    }

    /// Notes something that the App must not do: an unknown route, a body that GitHub's description forbids, a missing
    /// permission, a refused token. A story that does not expect it fails.
    pub fn offend(&mut self, what: impl Into<String>) {
        self.offences.push(what.into());
    }

    /// The offences so far.
    pub fn offences(&self) -> &[String] {
        &self.offences
    }

    /// Takes out the offences whose text contains `part`: the story expected them. How many there were.
    pub fn expect(&mut self, part: &str) -> usize {
        let before = self.offences.len();
        self.offences.retain(|offence| !offence.contains(part));
        before - self.offences.len()
    }

    /// From here on [`Self::calls`] counts anew.
    pub fn mark(&mut self) {
        self.mark = self.calls.len();
    }

    /// Calls since the mark.
    pub fn calls(&self) -> &[Call] {
        &self.calls[self.mark..]
    }

    /// Every call.
    pub fn all(&self) -> &[Call] {
        &self.calls
    }

    /// Writes since the mark.
    pub fn writes(&self) -> Vec<&Call> {
        self.calls().iter().filter(|call| call.is_write()).collect()
    }

    /// Calls since the mark by `METHOD route status`.
    pub fn by_route(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in self.calls() {
            *counts.entry(format!("{} {} {}", call.method, call.route, call.status)).or_default() += 1;
        }
        counts
    }
}

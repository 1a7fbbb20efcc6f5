//! What can go wrong between an App and GitHub, on demand; and requests that are held while something else happens.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use regex::Regex;
use tokio::sync::Semaphore;

/// What happens to a request that a [`Fault`] matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// This status, with GitHub's usual message, and nothing is done.
    Status(u16),
    /// An HTML page with this status, as a load balancer answers.
    Html(u16),
    /// The secondary limit: 403, with `retry-after` in seconds where given.
    Secondary(Option<u32>),
    /// The primary limit: 403, nothing remaining, reset in so many seconds.
    Primary(u32),
    /// 429 with `retry-after` in seconds.
    TooMany(u32),
    /// The connection breaks before anything is done.
    Reset,
    /// It is done, and the connection breaks instead of the answer.
    LostAnswer,
    /// It is done, and a 502 page comes instead of the answer.
    Lost502,
    /// It is done, and the answer ends half-way.
    Truncated,
    /// 401, as for a token that was revoked.
    BadCredentials,
    /// 403: the installation may not.
    Forbidden,
    /// 404.
    NotFound,
}

impl Act {
    /// For the log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::Html(_) => "html",
            Self::Secondary(_) => "secondary limit",
            Self::Primary(_) => "primary limit",
            Self::TooMany(_) => "too many",
            Self::Reset => "reset",
            Self::LostAnswer => "lost answer",
            Self::Lost502 => "lost answer, 502",
            Self::Truncated => "truncated",
            Self::BadCredentials => "bad credentials",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not found",
        }
    }

    /// For how many seconds GitHub asks to wait.
    pub fn wait(&self) -> Option<u32> {
        match self {
            Self::Secondary(seconds) => *seconds,
            Self::Primary(seconds) | Self::TooMany(seconds) => Some(*seconds),
            _ => None,
        }
    }
}

/// A fault on a schedule: the requests it matches are counted, some of them go wrong.
#[derive(Debug, Clone)]
pub struct Fault {
    method: Option<String>,
    path: Regex,
    after: usize,
    times: Option<usize>,
    act: Act,
    seen: usize,
    played: usize,
    /// A limit that holds until then: whoever calls on is limited again, and it is noted.
    until: Option<DateTime<Utc>>,
}

impl Fault {
    /// Every request with this method (`*`: any) whose path the regular expression finds something in.
    ///
    /// # Errors
    /// When it is no regular expression.
    pub fn on(method: &str, path: &str, act: Act) -> Result<Self, regex::Error> {
        Ok(Self {
            method: (method != "*").then(|| method.to_owned()),
            path: Regex::new(path)?,
            after: 0,
            times: None,
            act,
            seen: 0,
            played: 0,
            until: None,
        })
    }

    /// Only so many times.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Only after so many that go well.
    #[must_use]
    pub fn after(mut self, after: usize) -> Self {
        self.after = after;
        self
    }

    /// How often it was played.
    pub fn played(&self) -> usize {
        self.played
    }
}

/// A request that waits at the door: what happens before it is let in has happened before it.
#[derive(Debug, Clone)]
pub struct Hold {
    method: Option<String>,
    path: Regex,
    after: usize,
    arrived: Arc<Semaphore>,
    let_in: Arc<Semaphore>,
}

impl Hold {
    /// The next request with this method (`*`: any) whose path the regular expression finds something in.
    ///
    /// # Errors
    /// When it is no regular expression.
    pub fn on(method: &str, path: &str) -> Result<Self, regex::Error> {
        let closed = || Arc::new(Semaphore::new(0));
        let method = (method != "*").then(|| method.to_owned());
        Ok(Self { method, path: Regex::new(path)?, after: 0, arrived: closed(), let_in: closed() })
    }

    /// Only after so many that are let in.
    #[must_use]
    pub fn after(mut self, after: usize) -> Self {
        self.after = after;
        self
    }

    /// Waits until the request is at the door.
    pub async fn arrived(&self) {
        // a semaphore that is never closed always gives in the end
        let _ = self.arrived.acquire().await;
    }

    /// Lets it in.
    pub fn let_in(&self) {
        self.let_in.add_permits(1);
    }

    /// Whether this request waits; one that it lets in is counted.
    pub(super) fn holds(&mut self, method: &str, path: &str) -> bool {
        if self.method.as_deref().is_some_and(|wanted| wanted != method) || !self.path.is_match(path) {
            return false;
        }
        match self.after.checked_sub(1) {
            Some(left) => {
                self.after = left;
                false
            }
            None => true,
        }
    }

    pub(super) async fn wait(&self) {
        self.arrived.add_permits(1);
        let _ = self.let_in.acquire().await;
    }
}

/// The faults in force, in the order they were set.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Adds one.
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Ends all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// How often any was played.
    pub fn played(&self) -> usize {
        self.0.iter().map(Fault::played).sum()
    }

    /// What happens to this request, and, where a limit is not listened to, for how many seconds it still holds.
    pub fn pick(
        &mut self,
        method: &str,
        path: &str,
        by_installation: bool,
        now: DateTime<Utc>,
    ) -> Option<(Act, Option<i64>)> {
        for fault in &mut self.0 {
            if by_installation
                && let Some(until) = fault.until
                && now < until
            {
                return Some((fault.act.clone(), Some((until - now).num_seconds())));
            }
            if fault.method.as_deref().is_some_and(|wanted| wanted != method) || !fault.path.is_match(path) {
                continue;
            }
            fault.seen += 1;
            if fault.seen <= fault.after || fault.times.is_some_and(|times| fault.played >= times) {
                continue;
            }
            fault.played += 1;
            fault.until = fault.act.wait().map(|seconds| now + chrono::TimeDelta::seconds(seconds.into()));
            return Some((fault.act.clone(), None));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_counts_what_it_matches() {
        let mut faults = Faults::default();
        faults.add(Fault::on("POST", "comments$", Act::Status(502)).expect("a regex").after(1).times(2));
        let now = DateTime::UNIX_EPOCH;
        let mut pick = |method: &str, path: &str| faults.pick(method, path, true, now).map(|(act, _)| act);
        assert_eq!(pick("GET", "/comments"), None);
        assert_eq!(pick("POST", "/comments"), None, "the first goes well");
        assert_eq!(pick("POST", "/comments"), Some(Act::Status(502)));
        assert_eq!(pick("POST", "/comments"), Some(Act::Status(502)));
        assert_eq!(pick("POST", "/comments"), None);
        assert_eq!(faults.played(), 2);
    }

    #[test]
    fn a_limit_holds_for_every_call_until_its_time() {
        let mut faults = Faults::default();
        faults.add(Fault::on("GET", "pulls", Act::Secondary(Some(30))).expect("a regex").times(1));
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(faults.pick("GET", "/pulls", true, now), Some((Act::Secondary(Some(30)), None)));
        let later = now + chrono::TimeDelta::seconds(10);
        assert_eq!(faults.pick("POST", "/other", true, later), Some((Act::Secondary(Some(30)), Some(20))));
        assert_eq!(faults.pick("POST", "/other", true, now + chrono::TimeDelta::seconds(31)), None);
    }
}

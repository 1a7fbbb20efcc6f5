//! The App, its installations, and how a call of one is made.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::token::{Identity, TokenCell};
use super::transport::{Answer, Broken, Call, Clock, Transport};
use super::wire::User;
use super::{CALL_TIMEOUT, ConfigError, Error, PrivateKey};
use crate::ids::InstallationId;

/// Entries of a page that is asked for; GitHub's maximum.
pub(super) const PAGE: usize = 100;

/// After how long GraphQL that was not there is asked again.
const GRAPHQL_AGAIN: TimeDelta = TimeDelta::minutes(10);

/// The App on one GitHub. Cheap to clone; holds one token per installation.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    identity: Identity,
    transport: Transport,
    tenants: Mutex<HashMap<InstallationId, Arc<Tenant>>>,
    slug: OnceLock<String>,
    /// Until when GraphQL is not asked, since it was not there.
    graphql_absent_until: Mutex<Option<DateTime<Utc>>>,
}

/// What is held for one installation. Nothing of it is shared with another.
#[derive(Default)]
struct Tenant {
    token: TokenCell,
    paused_until: Mutex<Option<DateTime<Utc>>>,
}

/// The App's view of one installation.
#[derive(Clone)]
pub struct Installation {
    app: App,
    id: InstallationId,
    tenant: Arc<Tenant>,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("id", &self.id()).field("host", &self.0.transport.host()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Installation").field("app", &self.app).field("id", &self.id).finish_non_exhaustive()
    }
}

impl App {
    /// Prepares the App; talks to nobody yet. `api_url`: `https://api.github.com` or `https://HOST/api/v3`, the only host
    /// ever spoken to. To be called inside a tokio runtime.
    ///
    /// # Errors
    /// When the address cannot be used, or no connection can be prepared (no certificates on this machine).
    pub fn new(app_id: u64, key: PrivateKey, api_url: &str) -> Result<Self, ConfigError> {
        Self::with_clock(app_id, key, api_url, Arc::new(|| DateTime::from(std::time::SystemTime::now())))
    }

    /// As [`App::new`], by another clock than the machine's.
    ///
    /// # Errors
    /// See [`App::new`].
    pub fn with_clock(
        app_id: u64,
        key: PrivateKey,
        api_url: &str,
        clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    ) -> Result<Self, ConfigError> {
        Self::assemble(app_id, key, api_url, clock, CALL_TIMEOUT)
    }

    pub(super) fn assemble(
        app_id: u64,
        key: PrivateKey,
        api_url: &str,
        clock: Clock,
        timeout: std::time::Duration,
    ) -> Result<Self, ConfigError> {
        if app_id == 0 {
            return Err(ConfigError("the App's id must not be 0".to_owned()));
        }
        Ok(Self(Arc::new(Shared {
            identity: Identity::new(app_id, key),
            transport: Transport::new(api_url, clock, timeout)?,
            tenants: Mutex::default(),
            slug: OnceLock::new(),
            graphql_absent_until: Mutex::default(),
        })))
    }

    /// The App's id.
    pub fn id(&self) -> u64 {
        self.0.identity.app_id
    }

    /// Whether GitHub answered the last call of any installation; `None` before the first call.
    pub fn reached(&self) -> Option<bool> {
        self.0.transport.reached()
    }

    /// One installation.
    pub fn installation(&self, id: InstallationId) -> Installation {
        // A panic while the map is held cannot leave it half-changed, so a poisoned lock is as good as another.
        let mut tenants = self.0.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        Installation { app: self.clone(), id, tenant: tenants.entry(id).or_default().clone() }
    }

    /// Its short name where GitHub has told it already ([`App::slug`]); asks nobody.
    pub fn known_slug(&self) -> Option<&str> {
        self.0.slug.get().map(String::as_str)
    }

    /// As if GitHub had told this short name.
    #[cfg(test)]
    pub(crate) fn named(self, slug: &str) -> Self {
        self.0.slug.get_or_init(|| slug.to_owned());
        self
    }

    /// The App's short name as GitHub knows it; its comments are by `SLUG[bot]`. Asked for once; tells at the same time
    /// whether id and key are accepted.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn slug(&self) -> Result<&str, Error> {
        #[derive(Deserialize)]
        struct Said {
            slug: String,
        }
        if let Some(slug) = self.0.slug.get() {
            return Ok(slug);
        }
        let call = Call::get("/app", &[]);
        let answer = self.0.identity.call(&self.0.transport, &call).await?;
        let said: Said = self.0.transport.judged(&call, answer)?.parse(&call)?;
        Ok(self.0.slug.get_or_init(|| said.slug))
    }

    /// Id and login of the account that an installation is of.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn account_of(&self, installation: InstallationId) -> Result<(u64, String), Error> {
        #[derive(Deserialize)]
        struct Said {
            account: User,
        }
        let id = installation.to_string();
        let args = [id.as_str()];
        let call = Call::get("/app/installations/{installation_id}", &args);
        let answer = self.0.identity.call(&self.0.transport, &call).await?;
        let said: Said = self.0.transport.judged(&call, answer)?.parse(&call)?;
        match (said.account.id, said.account.login) {
            (Some(id), Some(login)) => Ok((id, login)),
            _ => Err(Error::Malformed { what: call.what(), why: "it names no account".to_owned() }),
        }
    }
}

impl Installation {
    /// The App that it is one of.
    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// Sends a call to the REST API with this installation's token.
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Error> {
        self.send(call, false).await
    }

    /// Sends a GraphQL query.
    pub(super) async fn graphql_answer(&self, call: &Call<'_>) -> Result<Answer, Error> {
        self.send(call, true).await
    }

    /// Sends a call and reads its answer.
    pub(super) async fn ask<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, Error> {
        self.answer(call).await?.parse(call)
    }

    /// Sends a call whose answer says nothing that is needed: a status of success is enough, also where the body was lost.
    pub(super) async fn tell(&self, call: &Call<'_>) -> Result<(), Error> {
        self.answer(call).await.map(drop)
    }

    /// All pages of a list, by page number; `None` where there are more than `most` pages.
    pub(super) async fn pages<P: Page>(&self, call: &Call<'_>, most: usize) -> Result<Option<Vec<P::Entry>>, Error> {
        let mut all = Vec::new();
        for page in 1..=most {
            let call = call.clone().query("per_page", PAGE).query("page", page);
            let answer = self.answer(&call).await?;
            let next = answer.has_next();
            let entries = answer.parse::<P>(&call)?.entries();
            let full = entries.len() >= PAGE;
            all.extend(entries);
            if !(next.unwrap_or(full)) {
                return Ok(Some(all));
            }
        }
        Ok(None)
    }

    /// Whether GraphQL was not there a short time ago.
    pub(super) fn graphql_is_absent(&self) -> bool {
        let absent = self.app.0.graphql_absent_until.lock().unwrap_or_else(PoisonError::into_inner);
        absent.is_some_and(|until| until > self.now())
    }

    /// Lets nobody ask GraphQL for a while: where it is not there, it is so for every installation.
    pub(super) fn graphql_was_not_there(&self) {
        let mut absent = self.app.0.graphql_absent_until.lock().unwrap_or_else(PoisonError::into_inner);
        *absent = Some(self.now() + GRAPHQL_AGAIN);
    }

    async fn send(&self, call: &Call<'_>, graphql: bool) -> Result<Answer, Error> {
        let Shared { transport, identity, .. } = &*self.app.0;
        // GitHub lengthens a limit, and bans in the end, when it is called on regardless; other tasks of this installation may
        // be in the middle of theirs.
        if let Some(until) = self.paused_until(transport.now()) {
            return Err(Error::Limited { until, what: call.what() });
        }
        let once = async |token: &str| {
            if graphql { transport.graphql(call, token).await } else { transport.rest(call, token).await }
        };
        let result = async {
            let token = self.tenant.token.get(transport, identity, self.id).await?;
            let mut answer = once(token.secret()).await?;
            if answer.status == StatusCode::UNAUTHORIZED {
                self.tenant.token.forget(&token).await;
                let token = self.tenant.token.get(transport, identity, self.id).await?;
                answer = once(token.secret()).await?;
                if answer.status == StatusCode::UNAUTHORIZED {
                    self.tenant.token.forget(&token).await;
                }
            }
            if graphql && answer.status == StatusCode::METHOD_NOT_ALLOWED {
                // Some other service answers at this address.
                return Err(Error::NotFound { what: call.what() });
            }
            transport.judged(call, answer)
        }
        .await;
        if let Err(Error::Limited { until, .. }) = &result {
            self.pause(*until);
        }
        result
    }

    /// Lets no further call of this installation out before `until`.
    pub(super) fn pause(&self, until: DateTime<Utc>) {
        let mut paused = self.tenant.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        *paused = (*paused).max(Some(until));
    }

    fn paused_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut paused = self.tenant.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        *paused = paused.filter(|until| *until > now);
        *paused
    }

    /// The time by the App's clock.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.app.0.transport.now()
    }
}

/// A page as GitHub wraps it: an array, or an object around one.
pub(super) trait Page: DeserializeOwned {
    /// What is listed.
    type Entry;
    /// Its entries.
    fn entries(self) -> Vec<Self::Entry>;
}

impl<T: DeserializeOwned> Page for Vec<T> {
    type Entry = T;
    fn entries(self) -> Vec<T> {
        self
    }
}

impl Answer {
    /// Whether the answer came whole but is longer than is read.
    pub(super) fn is_too_long(&self) -> bool {
        matches!(self.body, Err(Broken::Long))
    }
}

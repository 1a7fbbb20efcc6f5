//! The HTTP server: the webhook's door, health, metrics; and the workers beside it.

mod around;
mod intake;
mod metrics;
mod secrets;
#[cfg(test)]
mod tests;
mod webhook;

pub use secrets::Secrets;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures::future::join_all;
use http::{HeaderName, HeaderValue, StatusCode, header};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::{Instrument, error, info, info_span, warn};

use crate::bot::{Bot, Clock};
use crate::github::{App, ConfigError};
use crate::inbox::Inbox;

use intake::Intake;
use webhook::Door;

/// How long requests may take to end after a stop.
const REQUESTS_END: Duration = Duration::from_secs(10);
/// How long the workers may take to end what they have in hand after a stop.
const WORK_ENDS: Duration = Duration::from_secs(25);
/// How long the store may take to say that it is there.
const STORE_ANSWERS: Duration = Duration::from_secs(2);
/// How long what it said is believed.
const STORE_BELIEVED: Duration = Duration::from_secs(1);

/// The accounts that may use this server, by id.
#[derive(Debug, Clone, Default)]
pub struct Accounts(Option<BTreeSet<u64>>);

impl Accounts {
    /// Every account that installs the App.
    pub fn all() -> Self {
        Self(None)
    }

    /// Reads ids separated by commas.
    ///
    /// # Errors
    /// When one is no id, or there is none: an empty list must not mean everybody.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let id = |part: &str| {
            part.parse::<u64>().ok().filter(|id| *id > 0).ok_or_else(|| {
                ConfigError(format!(
                    "the accounts cannot be used: `{part}` is no account id (a number, as https://api.github.com/orgs/NAME shows it); leave the setting out to let every account in"
                ))
            })
        };
        Ok(Self(Some(text.split(',').map(|part| id(part.trim())).collect::<Result<_, _>>()?)))
    }

    /// Whether this account may. One that is not told is let in only where all are.
    fn allow(&self, account: Option<u64>) -> bool {
        self.0.as_ref().is_none_or(|allowed| account.is_some_and(|account| allowed.contains(&account)))
    }
}

/// What a server needs.
pub struct Config {
    /// Address and port of the webhook; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where `/metrics` is served; `None`: beside the webhook.
    pub admin_listen: Option<SocketAddr>,
    /// What webhooks are signed with.
    pub secrets: Secrets,
    /// Who may use it.
    pub accounts: Accounts,
    /// The App.
    pub app: App,
    /// The store.
    pub inbox: Inbox,
    /// Tells the time.
    pub clock: Clock,
    /// How many tasks are worked on at once; 0: none here.
    pub workers: usize,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[error("{address} cannot be listened on: {source}")]
pub struct ServeError {
    /// The address.
    pub address: SocketAddr,
    /// Why.
    pub source: std::io::Error,
}

/// A server that runs.
pub struct Running {
    address: SocketAddr,
    admin: Option<SocketAddr>,
    doors: Vec<JoinHandle<()>>,
    work: Option<JoinHandle<()>>,
    inbox: Inbox,
    stop: CancellationToken,
}

#[derive(Clone)]
struct Health {
    app: App,
    inbox: Inbox,
    /// What the store was found to be, and when.
    found: Arc<Mutex<Option<(Instant, bool)>>>,
}

impl Health {
    /// Whether the store takes writes. Anybody may ask, so it is tried once a second at most.
    async fn stored(&self) -> bool {
        let mut found = self.found.lock().await;
        if let Some((_, up)) = found.filter(|(at, _)| at.elapsed() < STORE_BELIEVED) {
            return up;
        }
        let up = matches!(tokio::time::timeout(STORE_ANSWERS, self.inbox.ping()).await, Ok(Ok(())));
        *found = Some((Instant::now(), up));
        up
    }
}

/// Starts a server. It talks to nobody: it starts while GitHub is down.
///
/// # Errors
/// When an address cannot be listened on.
pub async fn serve(config: Config, stop: CancellationToken) -> Result<Running, ServeError> {
    metrics::recorder();
    let Config { listen, admin_listen, secrets, accounts, app, inbox, clock, workers } = config;
    let intake = Intake::new(inbox.clone(), app.clone(), accounts, Arc::clone(&clock));
    let door = Arc::new(Door::new(secrets, intake));
    let health = Health { app: app.clone(), inbox: inbox.clone(), found: Arc::default() };

    let (listener, address) = bind(listen).await?;
    let admin = match admin_listen {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    let mut public = Router::new()
        .route("/webhook", post(webhook::receive).with_state(door))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready).with_state(health.clone()));
    let metrics = Router::new().route("/metrics", get(render).with_state(health));
    let mut doors = Vec::new();
    let admin = match admin {
        Some((listener, address)) => {
            doors.push(open(listener, metrics, &stop));
            Some(address)
        }
        None => {
            public = public.merge(metrics);
            None
        }
    };
    doors.push(open(listener, public, &stop));
    let work = (workers > 0).then(|| {
        let bot = Bot::new(app, inbox.clone(), clock);
        let stop = stop.clone();
        tokio::spawn(async move { bot.run(workers, stop).await })
    });
    info!(%address, workers, "listening");
    Ok(Running { address, admin, doors, work, inbox, stop })
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let failed = |source| ServeError { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

fn open(listener: TcpListener, router: Router, stop: &CancellationToken) -> JoinHandle<()> {
    let router = router.layer(CatchPanicLayer::custom(panicked)).layer(from_fn(trace));
    let stop = stop.clone();
    tokio::spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
        if let Err(error) = served {
            error!(%error, "the server ended");
        }
    })
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where `/metrics` is, if not beside the webhook.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin
    }

    /// Waits for the stop, then lets requests and work in hand end, and closes the store.
    pub async fn ended(self) {
        let Self { doors, work, inbox, stop, .. } = self;
        stop.cancelled().await;
        let requests = doors.into_iter().map(|door| end(door, REQUESTS_END, "requests"));
        let work = work.into_iter().map(|work| end(work, WORK_ENDS, "work"));
        tokio::join!(join_all(requests), join_all(work));
        inbox.close().await;
        info!("stopped");
    }
}

async fn end(task: JoinHandle<()>, within: Duration, what: &str) {
    let handle = task.abort_handle();
    if tokio::time::timeout(within, task).await.is_err() {
        warn!(what, "not ended in time; given up");
        handle.abort();
    }
}

/// Gives every request a span and an id, which the answer carries too.
async fn trace(request: Request, next: Next) -> Response {
    let id = format!("{:016x}", rand::random::<u64>());
    // The path alone: a query may hold what does not belong in a log.
    let span = info_span!("request", id, method = %request.method(), path = request.uri().path());
    let mut response = next.run(request).instrument(span).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    error!(panic = text.unwrap_or("no text"), "a request ended in a panic");
    (StatusCode::INTERNAL_SERVER_ERROR, "an error of ours; it is logged\n").into_response()
}

/// Ready as long as the store takes what comes in. Whether GitHub answers is said and changes nothing: webhooks are kept.
async fn ready(State(health): State<Health>) -> Response {
    let github = match health.app.reached() {
        Some(false) => "GitHub does not answer\n",
        Some(true) | None => "",
    };
    match health.stored().await {
        true => (StatusCode::OK, format!("ready\n{github}")).into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, format!("the store does not answer\n{github}")).into_response(),
    }
}

async fn render(State(health): State<Health>) -> Response {
    let depth = tokio::time::timeout(STORE_ANSWERS, health.inbox.depth()).await;
    metrics::state(depth.ok().and_then(Result::ok), health.app.reached());
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, metrics::recorder().render()).into_response()
}

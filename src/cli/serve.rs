//! `merestone serve`: the webhook server.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::DateTime;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::Failure;
use crate::github::{App, Error, PrivateKey, mask};
use crate::inbox::{Inbox, StoreError};
use crate::server::{Accounts, Config, Secrets, serve};

/// How many tasks are worked on at once. GitHub allows a hundred requests at a time; a task has one under way.
const WORKERS: usize = 8;
/// What is logged where `RUST_LOG` says nothing. The transport's own errors are said again where they are handled.
const LOGGED: &str = "info,octocrab=off,tower_http=off,sqlx=warn";
/// How often GitHub is asked who the App is until it answers.
const ASK_AGAIN: Duration = Duration::from_secs(60);

/// Run the webhook server
///
/// Every setting is a flag or an environment variable; secrets are better given by environment, where other users of the
/// machine do not see them. Logs go to standard error, one JSON object a line; RUST_LOG says how much.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Id of the GitHub App
    #[arg(long, env = "GITHUB_APP_ID", value_name = "ID")]
    github_app_id: Option<u64>,
    /// Private key of the App: PEM (PKCS#1 or PKCS#8), also with `\n` for line breaks or as base64
    #[arg(long, env = "GITHUB_APP_PRIVATE_KEY", value_name = "PEM", hide_env_values = true)]
    github_app_private_key: Option<String>,
    /// File that holds the private key
    #[arg(long, env = "GITHUB_APP_PRIVATE_KEY_PATH", value_name = "FILE")]
    github_app_private_key_path: Option<PathBuf>,
    /// Secret that webhooks are signed with; several, separated by commas, while one replaces another
    #[arg(long, env = "GITHUB_WEBHOOK_SECRET", value_name = "SECRET", hide_env_values = true)]
    github_webhook_secret: Option<String>,
    /// Ids of the accounts that may use this server, separated by commas [default: every account that installs the App]
    #[arg(long, env = "MERESTONE_ACCOUNTS", value_name = "IDS")]
    merestone_accounts: Option<String>,
    /// Where /metrics is served [default: on the address of --listen]
    #[arg(long, env = "ADMIN_LISTEN", value_name = "ADDRESS:PORT")]
    admin_listen: Option<SocketAddr>,
    /// REST API of GitHub; for Enterprise Server https://HOST/api/v3. No other host is ever spoken to
    #[arg(long, env = "GITHUB_API_URL", value_name = "URL", default_value = "https://api.github.com")]
    github_api_url: String,
    /// The store: sqlite://FILE or postgres://…
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "URL",
        default_value = "sqlite://merestone.db",
        hide_env_values = true
    )]
    database_url: String,
    /// Address and port to listen on
    #[arg(long, env = "LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

impl std::fmt::Debug for Args {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Three of the settings are secrets.
        f.debug_struct("Args").field("listen", &self.listen).finish_non_exhaustive()
    }
}

/// The settings that have no default.
struct Required<'a> {
    app_id: u64,
    key: String,
    secret: &'a str,
}

impl Args {
    /// What has to be given; all that is missing is named at once.
    fn required(&self) -> Result<Required<'_>, Failure> {
        let key = self.github_app_private_key.as_deref().filter(|key| !key.trim().is_empty());
        let path = self.github_app_private_key_path.as_deref().filter(|path| !path.as_os_str().is_empty());
        let key = match (key, path) {
            (Some(_), Some(_)) => {
                return Err(usage("give GITHUB_APP_PRIVATE_KEY or GITHUB_APP_PRIVATE_KEY_PATH, not both"));
            }
            (Some(key), None) => Some(key.to_owned()),
            (None, Some(path)) => Some(std::fs::read_to_string(path).map_err(|error| {
                usage(format!("the App's private key cannot be read from {}: {error}", path.display()))
            })?),
            (None, None) => None,
        };
        match (self.github_app_id, key, self.github_webhook_secret.as_deref()) {
            (Some(app_id), Some(key), Some(secret)) => Ok(Required { app_id, key, secret }),
            (app_id, key, secret) => {
                let missing = [
                    (app_id.is_none(), "GITHUB_APP_ID"),
                    (key.is_none(), "GITHUB_APP_PRIVATE_KEY_PATH (or GITHUB_APP_PRIVATE_KEY)"),
                    (secret.is_none(), "GITHUB_WEBHOOK_SECRET"),
                ];
                let missing: Vec<_> = missing.into_iter().filter_map(|(is, name)| is.then_some(name)).collect();
                Err(usage(format!("serve needs {}; see `merestone serve --help`", missing.join(", "))))
            }
        }
    }
}

/// Serves until the process is told to stop.
pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let Required { app_id, key, secret } = args.required()?;
    let key = PrivateKey::parse(&key).map_err(usage)?;
    let secrets = Secrets::parse(secret).map_err(usage)?;
    let accounts = match &args.merestone_accounts {
        Some(ids) => Accounts::parse(ids).map_err(usage)?,
        None => Accounts::all(),
    };
    let failed = |what: &str| {
        let what = what.to_owned();
        move |source| Failure::Io { what, source }
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed("the asynchronous runtime"))?;
    runtime.block_on(async {
        let app = App::new(app_id, key, &args.github_api_url).map_err(usage)?;
        log_to_stderr();
        let stop = CancellationToken::new();
        stop_on_signal(&stop).map_err(failed("the signals that stop the server"))?;
        let inbox = Inbox::open(&args.database_url).await.map_err(store)?;
        tokio::spawn(ask_who_we_are(app.clone(), stop.clone()));
        let config = Config {
            listen: args.listen,
            admin_listen: args.admin_listen,
            secrets,
            accounts,
            app,
            inbox: inbox.clone(),
            clock: Arc::new(|| DateTime::from(SystemTime::now())),
            workers: WORKERS,
        };
        match serve(config, stop).await {
            Ok(running) => running.ended().await,
            Err(error) => {
                inbox.close().await;
                let what = error.address.to_string();
                return Err(Failure::Io { what, source: error.source });
            }
        }
        Ok(0)
    })
}

fn usage(error: impl std::fmt::Display) -> Failure {
    Failure::Usage(mask(&error.to_string()).into_owned())
}

fn store(error: StoreError) -> Failure {
    match error {
        StoreError::Address(why) => Failure::Usage(why),
        other => Failure::Unreadable(other.to_string()),
    }
}

/// Logs as JSON, with whatever looks like a token or a key masked.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOGGED));
    // Only fails where a log is set up already.
    let _ = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(Masked).try_init();
}

/// Standard error without secrets.
struct Masked;

impl<'a> MakeWriter<'a> for Masked {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl Write for Masked {
    /// One log line comes as one write.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut stderr = io::stderr().lock();
        stderr.write_all(mask(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn stop_on_signal(stop: &CancellationToken) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("told to stop: what is in hand is finished first");
        stop.cancel();
    });
    Ok(())
}

/// Says in the log whether GitHub knows the App and takes its key. The server runs in the meantime.
async fn ask_who_we_are(app: App, stop: CancellationToken) {
    loop {
        match app.slug().await {
            Ok(slug) => {
                info!(slug, id = app.id(), "GitHub knows the App");
                return;
            }
            Err(why @ (Error::Unauthorized { .. } | Error::NotFound { .. } | Error::Forbidden { .. })) => {
                error!(%why, "GitHub does not know an App of this id and key: check GITHUB_APP_ID and the private key");
                return;
            }
            Err(why) => warn!(%why, "GitHub cannot be asked who the App is; webhooks are kept until it answers"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(ASK_AGAIN) => {}
        }
    }
}

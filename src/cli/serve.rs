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

use super::{Failure, IO};
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
        let mut told = async || {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        told().await;
        info!("told to stop: what is in hand is finished first");
        stop.cancel();
        told().await;
        warn!("told to stop once more: what is in hand is left as it is");
        std::process::exit(i32::from(IO));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> Args {
        Args {
            github_app_id: Some(42),
            github_app_private_key: None,
            github_app_private_key_path: None,
            github_webhook_secret: Some("a secret of sixteen bytes or more".to_owned()),
            merestone_accounts: None,
            admin_listen: None,
            github_api_url: "https://api.github.com".to_owned(),
            database_url: "postgres://u:hunter2@db/m".to_owned(),
            listen: "127.0.0.1:8080".parse().unwrap(),
        }
    }

    fn refusal(args: &Args) -> String {
        let failure = run(args).unwrap_err();
        assert_eq!(failure.code(), 2, "{failure}");
        let text = failure.to_string();
        assert!(!text.contains('\n'), "{text}");
        text
    }

    #[test]
    fn all_that_is_missing_is_named_in_one_line() {
        let none = Args { github_app_id: None, github_webhook_secret: None, ..args() };
        assert_eq!(
            refusal(&none),
            "serve needs GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY_PATH (or GITHUB_APP_PRIVATE_KEY), GITHUB_WEBHOOK_SECRET; see `merestone serve --help`"
        );
        // A variable that is there and empty, as compose files leave them, is as good as none.
        let empty = Args {
            github_app_private_key: Some(" ".to_owned()),
            github_app_private_key_path: Some(PathBuf::new()),
            ..args()
        };
        assert!(refusal(&empty).starts_with("serve needs GITHUB_APP_PRIVATE_KEY_PATH"));
    }

    #[test]
    fn a_setting_that_cannot_be_used_refuses_the_start_and_is_not_quoted() {
        let key = || Some(crate::github::testing::test_key().pkcs8.clone());
        let both =
            Args { github_app_private_key: key(), github_app_private_key_path: Some("app.pem".into()), ..args() };
        let secret = |secret: &str| Args {
            github_app_private_key: key(),
            github_webhook_secret: Some(secret.to_owned()),
            ..args()
        };
        for (args, says) in [
            (both, "not both"),
            (Args { github_app_private_key_path: Some("no/such.pem".into()), ..args() }, "no/such.pem"),
            (Args { github_app_private_key: Some("topsecret".to_owned()), ..args() }, "neither PEM"),
            (secret(""), "it is empty"),
            (secret("topsecret"), "16 bytes"),
            (secret("a secret of sixteen bytes or more,"), "number 2"),
            (
                Args { github_app_private_key: key(), merestone_accounts: Some(String::new()), ..args() },
                "no account id",
            ),
            (
                Args {
                    github_app_private_key: key(),
                    github_api_url: "http://ghe.acme.dev/api/v3".to_owned(),
                    ..args()
                },
                "https://",
            ),
        ] {
            let text = refusal(&args);
            assert!(text.contains(says), "{text}");
            assert!(!text.contains("topsecret") && !text.contains("BEGIN"), "{text}");
        }
    }

    #[test]
    fn settings_are_not_shown() {
        let shown = format!("{:?}", Args { github_app_private_key: Some("topsecret".to_owned()), ..args() });
        assert!(!shown.contains("secret") && !shown.contains("hunter2"), "{shown}");
    }
}

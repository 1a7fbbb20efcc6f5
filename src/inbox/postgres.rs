//! PostgreSQL: several processes, leases by the database's clock, a wake-up across processes.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

use super::{Result, StoreError};

/// How many connections one process opens at most, the listening one included.
const CONNECTIONS: u32 = 12;
/// How long a caller waits for one.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the listening connection rests before it is tried again.
const REST: Duration = Duration::from_secs(1);
/// The channel on which processes wake each other; the payload is the schema.
const CHANNEL: &str = "merestone_marks";

/// Tells every process that works on this schema that marks came in; heard after the commit.
pub(super) const NOTIFY: &str = "SELECT pg_notify('merestone_marks', current_schema())";

/// An opened database.
pub(super) struct Opened {
    pub(super) pool: PgPool,
    pub(super) listener: AbortOnDropHandle<()>,
}

/// Opens the database, and refuses one that forgets what it acknowledged.
pub(super) async fn open(url: &str, wake: Arc<Notify>) -> Result<Opened> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| {
            StoreError::Address(format!("the address of the PostgreSQL database cannot be read: {error}"))
        })?
        .application_name("merestone");
    let pool =
        PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE).connect_with(options).await?;
    let mut conn = pool.acquire().await?;
    let commit: String = sqlx::query_scalar("SHOW synchronous_commit").fetch_one(&mut *conn).await?;
    if commit == "off" {
        return Err(StoreError::Address(
            "this PostgreSQL database has synchronous_commit = off: a webhook would be acknowledged and lost with the power. \
             Set it to on, for the database or for the role that Merestone uses"
                .to_owned(),
        ));
    }
    let schema: Option<String> = sqlx::query_scalar("SELECT current_schema()::text").fetch_one(&mut *conn).await?;
    let Some(schema) = schema else {
        return Err(StoreError::Address(
            "this PostgreSQL database has no schema of its search_path: create it, or change the search_path"
                .to_owned(),
        ));
    };
    super::schema::postgres(&mut conn).await?;
    drop(conn);
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    let listener = AbortOnDropHandle::new(tokio::spawn(listen(listener, schema, wake)));
    Ok(Opened { pool, listener })
}

/// Wakes this process when another one took marks in. A broken connection wakes it too: something may have been missed.
async fn listen(mut listener: PgListener, schema: String, wake: Arc<Notify>) {
    loop {
        match listener.try_recv().await {
            Ok(Some(note)) if note.payload() != schema => {}
            Ok(_) => wake.notify_one(),
            Err(sqlx::Error::PoolClosed) => return,
            Err(error) => {
                tracing::warn!(%error, "the connection that hears of other servers' marks is lost; trying again");
                wake.notify_one();
                tokio::time::sleep(REST).await;
            }
        }
    }
}

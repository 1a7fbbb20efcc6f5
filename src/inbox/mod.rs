//! The durable set of dirty tasks, and what is kept of every pull request, on SQLite or PostgreSQL.
//!
//! Both engines run the same statements (`sql`, `schema`) and the same logic in transactions; what differs is how a
//! transaction comes about (`sqlite`: one writer with group commit, `postgres`: a pool) and whose clock leases live by.

mod affected;
mod groups;
mod marks;
mod model;
mod names;
mod organisation;
mod past;
mod people;
mod postgres;
mod pulls;
mod schema;
mod shown;
mod signing;
mod sql;
mod sqlite;
mod tips;
mod verdicts;
mod work;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use sqlx::sqlite::SqlitePool;
use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;

pub use groups::{Group, OpenGroup};
pub use model::*;
pub use organisation::{Found, GoodFile, GoodRules, Look, OrganisationFile};
use sql::{Conn, values};
pub use tips::{JudgedFacts, Tip, TipRead};
pub use verdicts::{Overtaken, Verdict};

/// What can go wrong in the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or is not there.
    #[error("the store cannot be used: {0}")]
    Database(#[from] sqlx::Error),
    /// A stored value that this version cannot read.
    #[error("a stored {what} cannot be read: {why}")]
    Unreadable {
        /// Which.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// The address of the store cannot be used.
    #[error("{0}")]
    Address(String),
}

type Result<T> = std::result::Result<T, StoreError>;

/// The store. Cheap to clone.
///
/// Times are kept to the microsecond. A write that was begun is finished even when its future is dropped; a dropped
/// [`Inbox::claim`] may leave a lease that nobody holds, which ends by itself.
#[derive(Debug, Clone)]
pub struct Inbox {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    /// Wakes one worker. A permit is kept while nobody waits, so that no wake-up is lost between a claim and the wait.
    wake: Arc<Notify>,
    /// Committed transactions of this process.
    commits: Arc<AtomicU64>,
    /// Deliveries that this process took in: every so many of them the old ones are purged.
    deliveries: AtomicU64,
    /// The claims of this process that have not ended: given back when it closes.
    held: Mutex<BTreeMap<i64, Claim>>,
}

enum Engine {
    Sqlite { writer: sqlite::Writer, readers: Option<SqlitePool> },
    Postgres { pool: sqlx::PgPool, listener: AbortOnDropHandle<()> },
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = match self.engine {
            Engine::Sqlite { .. } => "sqlite",
            Engine::Postgres { .. } => "postgres",
        };
        f.debug_struct("Inner").field("engine", &engine).finish_non_exhaustive()
    }
}

impl Inbox {
    /// Opens (and creates or migrates) the store at `sqlite://FILE`, `sqlite::memory:` or `postgres://…`.
    ///
    /// # Errors
    /// When the address cannot be used (said so that an operator knows what to do), another process has the SQLite file,
    /// or the database forgets what it acknowledged (`synchronous_commit = off`).
    pub async fn open(url: &str) -> Result<Self> {
        let wake = Arc::new(Notify::new());
        let commits = Arc::new(AtomicU64::new(0));
        let engine = if url.starts_with("sqlite:") {
            let opened = sqlite::open(url, Arc::clone(&commits)).await?;
            Engine::Sqlite { writer: opened.writer, readers: opened.readers }
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let opened = postgres::open(url, Arc::clone(&wake)).await?;
            Engine::Postgres { pool: opened.pool, listener: opened.listener }
        } else {
            return Err(StoreError::Address(
                "DATABASE_URL has to begin with sqlite:// or postgres://, as in sqlite://merestone.db".to_owned(),
            ));
        };
        let (deliveries, held) = (AtomicU64::new(0), Mutex::default());
        let inbox = Self { inner: Arc::new(Inner { engine, wake, commits, deliveries, held }) };
        if inbox.alone() {
            // Nobody else has the file: whoever held a lease is dead.
            inbox.write(|conn| Box::pin(marks::void_all(conn))).await?;
        }
        Ok(inbox)
    }

    /// Closes it: pending writes are flushed, leases given back.
    pub async fn close(&self) {
        let held = std::mem::take(&mut *self.inner.held.lock().unwrap_or_else(PoisonError::into_inner));
        for claim in held.values() {
            if let Err(error) = self.release(claim).await {
                tracing::warn!(%error, "a lease could not be given back; it ends by itself");
            }
        }
        match &self.inner.engine {
            Engine::Sqlite { writer, readers } => {
                if let Some(readers) = readers {
                    readers.close().await;
                }
                writer.close().await;
            }
            Engine::Postgres { pool, listener } => {
                listener.abort();
                pool.close().await;
            }
        }
    }

    /// Answers when the store can take a write.
    ///
    /// # Errors
    /// When it cannot: a full disk, a database that is away or read-only.
    pub async fn ping(&self) -> Result<()> {
        self.write(|conn| {
            Box::pin(async move {
                let sql =
                    "INSERT INTO meta (name, value) VALUES ('ping', $1) ON CONFLICT (name) DO UPDATE SET value = $1";
                conn.run(sql, values!["answered"]).await?;
                Ok(())
            })
        })
        .await
    }

    /// How many transactions this process has committed.
    pub fn commits(&self) -> u64 {
        self.inner.commits.load(Ordering::Relaxed)
    }

    /// Whether this process has the database for itself.
    fn alone(&self) -> bool {
        matches!(self.inner.engine, Engine::Sqlite { .. })
    }

    /// Does `work` in one transaction; nothing of it is kept when it fails.
    async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        match &self.inner.engine {
            Engine::Sqlite { writer, .. } => writer.write(work).await,
            Engine::Postgres { pool, .. } => {
                let mut conn = Conn::Postgres(pool.begin().await?);
                let done = work(&mut conn).await?;
                let Conn::Postgres(transaction) = conn else { return Err(sqlx::Error::PoolClosed.into()) };
                transaction.commit().await?;
                self.inner.commits.fetch_add(1, Ordering::Relaxed);
                Ok(done)
            }
        }
    }

    /// Reads what is committed.
    async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        match &self.inner.engine {
            Engine::Sqlite { readers: Some(readers), .. } => {
                work(&mut Conn::SqliteReader(readers.acquire().await?)).await
            }
            Engine::Sqlite { writer, readers: None } => writer.write(work).await,
            Engine::Postgres { pool, .. } => work(&mut Conn::PostgresReader(pool.acquire().await?)).await,
        }
    }
}

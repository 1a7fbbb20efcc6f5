//! Where a test keeps its store: a SQLite file of its own, or a schema of its own on PostgreSQL.

use std::io::Write;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use merestone::inbox::Inbox;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tempfile::TempDir;

/// A place for one store.
pub(super) struct Place {
    folder: Option<TempDir>,
    pub(super) url: String,
    schema: Option<(String, String)>,
}

impl Place {
    /// A SQLite file in a folder of its own.
    pub(super) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("store.db").display());
        Self { folder: Some(folder), url, schema: None }
    }

    /// A schema of its own in the PostgreSQL database of `TEST_DATABASE_URL`; `None`, said loudly, where there is none.
    pub(super) async fn postgres() -> Option<Self> {
        static SAID: Once = Once::new();
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Ok(database) = std::env::var("TEST_DATABASE_URL") else {
            SAID.call_once(|| {
                // Not `eprintln`: the test runner would swallow it.
                let _ = writeln!(
                    std::io::stderr(),
                    "\n*** PostgreSQL WAS NOT TESTED: set TEST_DATABASE_URL to a database that tests may write to ***\n"
                );
            });
            return None;
        };
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("merestone_test_{}_{count}", std::process::id());
        let mut conn = PgConnection::connect(&database).await.unwrap();
        conn.execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await.unwrap();
        conn.close().await.unwrap();
        let joint = if database.contains('?') { '&' } else { '?' };
        let url = format!("{database}{joint}options=-csearch_path%3D{schema}");
        Some(Self { folder: None, url, schema: Some((database, schema)) })
    }

    /// The same place, seen from another thread; whoever made it removes it.
    pub(super) fn again(url: &str, postgres: bool) -> Self {
        Self { folder: None, url: url.to_owned(), schema: postgres.then(Default::default) }
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.schema.is_some()
    }

    pub(super) fn folder(&self) -> &std::path::Path {
        self.folder.as_ref().unwrap().path()
    }

    pub(super) async fn open(&self) -> Inbox {
        Inbox::open(&self.url).await.unwrap()
    }

    /// Runs statements behind the store's back.
    pub(super) async fn sql(&self, statements: &str) {
        let statements = AssertSqlSafe(statements.to_owned());
        if self.is_postgres() {
            let mut conn = PgConnection::connect(&self.url).await.unwrap();
            conn.execute(sqlx::raw_sql(statements)).await.unwrap();
            conn.close().await.unwrap();
        } else {
            let mut conn = SqliteConnection::connect(&self.url).await.unwrap();
            conn.execute(sqlx::raw_sql(statements)).await.unwrap();
            conn.close().await.unwrap();
        }
    }

    /// One column of an answer, read behind the store's back.
    pub(super) async fn list(&self, query: &str) -> Vec<String> {
        let query = AssertSqlSafe(query.to_owned());
        if self.is_postgres() {
            let mut conn = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(query).fetch_all(&mut conn).await.unwrap()
        } else {
            let mut conn = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(query).fetch_all(&mut conn).await.unwrap()
        }
    }

    /// Makes every insert into `table` fail, as a disk does that is full half-way.
    pub(super) async fn break_table(&self, table: &str) {
        let statements = if self.is_postgres() {
            format!(
                "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$;
                 CREATE TRIGGER broken BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION broken();"
            )
        } else {
            format!("CREATE TRIGGER broken BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END;")
        };
        self.sql(&statements).await;
    }

    /// Everybody who holds a lease dies. (On SQLite the leases end by the clock that is given, so the test lets it pass.)
    pub(super) async fn crash(&self) {
        if self.is_postgres() {
            self.sql("UPDATE marks SET lease_until = 0 WHERE state = 'running'").await;
        }
    }

    /// Removes what the test left.
    pub(super) async fn remove(self) {
        if let Some((database, schema)) = self.schema {
            let mut conn = PgConnection::connect(&database).await.unwrap();
            conn.execute(AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"))).await.unwrap();
        }
    }
}

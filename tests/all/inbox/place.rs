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
    postgres: bool,
    /// Holds the lock on the schema; ends with the test, however that ends.
    _lock: Option<PgConnection>,
    /// A schema that is dropped in the end.
    passing: Option<String>,
}

fn joined(database: &str, schema: &str) -> String {
    let joint = if database.contains('?') { '&' } else { '?' };
    format!("{database}{joint}options=-csearch_path%3D{schema}")
}

fn database() -> Option<String> {
    static SAID: Once = Once::new();
    let mut database = std::env::var("TEST_DATABASE_URL").ok();
    if let Some(database) = database.as_mut().filter(|database| !database.contains("sslmode=")) {
        // A hundred handshakes take a minute; whoever tests over a network says so.
        database.push_str(if database.contains('?') { "&sslmode=disable" } else { "?sslmode=disable" });
    }
    if database.is_none() {
        SAID.call_once(|| {
            // Not `eprintln`: the test runner would swallow it.
            let _ = writeln!(
                std::io::stderr(),
                "\n*** PostgreSQL WAS NOT TESTED: set TEST_DATABASE_URL to a database that tests may write to ***\n"
            );
        });
    }
    database
}

impl Place {
    /// A SQLite file in a folder of its own.
    pub(super) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("store.db").display());
        Self { folder: Some(folder), url, postgres: false, _lock: None, passing: None }
    }

    /// An emptied schema in the PostgreSQL database of `TEST_DATABASE_URL`; `None`, said loudly, where there is none.
    ///
    /// Making all tables takes a second, so the schemas stay: one for each test that runs at the same time.
    pub(super) async fn postgres() -> Option<Self> {
        let database = database()?;
        let mut lock = PgConnection::connect(&database).await.unwrap();
        let schema = 'free: {
            for n in 0..64 {
                let schema = format!("merestone_test_{n}");
                let taken = sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtext($1))").bind(&schema);
                if taken.fetch_one(&mut lock).await.unwrap() {
                    break 'free schema;
                }
            }
            panic!("64 tests at once");
        };
        let url = joined(&database, &schema);
        let place = Self { folder: None, url, postgres: true, _lock: Some(lock), passing: None };
        place.sql(&format!("CREATE SCHEMA IF NOT EXISTS {schema}")).await;
        place.sql("DROP FUNCTION IF EXISTS broken CASCADE").await;
        let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()";
        let tables = place.list(tables).await;
        let delete = |table: &String| match table.as_str() {
            "_sqlx_migrations" => "DELETE FROM _sqlx_migrations WHERE version >= 99;".to_owned(),
            table => format!("DELETE FROM {table};"),
        };
        place.sql(&tables.iter().map(delete).collect::<String>()).await;
        match Inbox::open(&place.url).await {
            Ok(inbox) => inbox.close().await,
            // Left by a test, or by another version of the tables.
            Err(_) => place.sql(&format!("DROP SCHEMA {schema} CASCADE; CREATE SCHEMA {schema}")).await,
        }
        Some(place)
    }

    /// As above, but new and dropped in the end: for tests of how the tables come to be.
    pub(super) async fn fresh_postgres() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let database = database()?;
        let schema = format!("merestone_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let url = joined(&database, &schema);
        let place = Self { folder: None, url, postgres: true, _lock: None, passing: Some(schema.clone()) };
        place.sql(&format!("CREATE SCHEMA {schema}")).await;
        Some(place)
    }

    /// The same place, seen from another thread; whoever made it removes it.
    pub(super) fn again(url: &str, postgres: bool) -> Self {
        Self { folder: None, url: url.to_owned(), postgres, _lock: None, passing: None }
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.postgres
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
            let list = sqlx::query_scalar(query).fetch_all(&mut conn).await.unwrap();
            conn.close().await.unwrap();
            list
        } else {
            let mut conn = SqliteConnection::connect(&self.url).await.unwrap();
            let list = sqlx::query_scalar(query).fetch_all(&mut conn).await.unwrap();
            conn.close().await.unwrap();
            list
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

    /// Removes what does not stay for the next test.
    pub(super) async fn remove(self) {
        if let Some(schema) = &self.passing {
            self.sql(&format!("DROP SCHEMA {schema} CASCADE")).await;
        }
    }
}

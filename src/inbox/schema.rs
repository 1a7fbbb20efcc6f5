//! The tables, and how they come to be.

use std::borrow::Cow;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, PgConnection, SqlSafeStr, SqliteConnection};

use super::{Result, StoreError};

/// Every change of the tables, oldest first: number, name, statements. None is ever edited.
const CHANGES: &[(i64, &str, &str)] = &[
    (1, "first", include_str!("schema/0001_first.sql")),
    (2, "signing", include_str!("schema/0002_signing.sql")),
    (3, "organisation", include_str!("schema/0003_organisation.sql")),
    (4, "hands", include_str!("schema/0004_hands.sql")),
    (5, "pushes", include_str!("schema/0005_pushes.sql")),
];

fn migrator(row_id: &str) -> Migrator {
    let changes = CHANGES.iter().map(|(number, name, statements)| {
        let statements = AssertSqlSafe(statements.replace("ROW_ID", row_id)).into_sql_str();
        Migration::new(*number, Cow::Borrowed(name), MigrationType::Simple, statements, false)
    });
    let mut migrator = Migrator::with_migrations(changes.collect());
    // While servers are replaced one by one, the older ones run on the newer tables: changes only add.
    migrator.set_ignore_missing(true);
    migrator
}

fn explain(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) => StoreError::Database(error),
        other => StoreError::Address(format!(
            "the tables of the store cannot be brought up to date ({other}): is this the database of another program, \
             or were its tables edited by hand?"
        )),
    }
}

/// Brings a SQLite file up to date.
pub(super) async fn sqlite(conn: &mut SqliteConnection) -> Result<()> {
    migrator("INTEGER PRIMARY KEY AUTOINCREMENT").run(conn).await.map_err(explain)
}

/// Brings a PostgreSQL database up to date; servers that start together wait for each other (an advisory lock).
pub(super) async fn postgres(conn: &mut PgConnection) -> Result<()> {
    migrator("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY").run(conn).await.map_err(explain)
}

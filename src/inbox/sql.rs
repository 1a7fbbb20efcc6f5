//! One small way to speak to both engines: the same statements with `$1` placeholders, integers and text only.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Postgres, Row as _, SqlSafeStr, Sqlite, Transaction};

use super::{Result, StoreError};

/// A connection of either engine: within a transaction when it is to write.
pub(super) enum Conn {
    /// The one writing connection of SQLite.
    Sqlite(SqliteConnection),
    /// A reading connection of SQLite.
    SqliteReader(PoolConnection<Sqlite>),
    /// A transaction on PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
    /// A reading connection of PostgreSQL.
    PostgresReader(PoolConnection<Postgres>),
}

enum Raw<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// A value for a placeholder.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}
impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}
/// Ids: the bits are kept, so that every `u64` comes back as it was; nothing orders by them.
impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Int(Some(value.cast_signed()))
    }
}
impl From<Option<u64>> for Value {
    fn from(value: Option<u64>) -> Self {
        Self::Int(value.map(u64::cast_signed))
    }
}
impl From<Option<bool>> for Value {
    fn from(value: Option<bool>) -> Self {
        Self::Int(value.map(i64::from))
    }
}
impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(Some(value.into()))
    }
}
impl From<DateTime<Utc>> for Value {
    fn from(value: DateTime<Utc>) -> Self {
        Self::Int(Some(value.timestamp_micros()))
    }
}
impl From<Option<DateTime<Utc>>> for Value {
    fn from(value: Option<DateTime<Utc>>) -> Self {
        Self::Int(value.map(|time| time.timestamp_micros()))
    }
}
impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(text(value)))
    }
}
impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(text(&value)))
    }
}
impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(text))
    }
}
impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::from(value.as_deref())
    }
}

/// PostgreSQL keeps no NUL in text. It becomes the replacement character on both engines, when stored and when looked up alike.
/// JSON is not touched by this: there a NUL is written as an escape.
fn text(value: &str) -> String {
    value.replace('\0', "\u{fffd}")
}

/// Values for the placeholders of a statement, in order.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::inbox::sql::Value::from($value)),*] };
}
pub(super) use values;

/// A row of an answer; columns are named by their place.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    pub(super) fn int(&self, column: usize) -> Result<i64> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
    pub(super) fn opt_int(&self, column: usize) -> Result<Option<i64>> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
    pub(super) fn id(&self, column: usize) -> Result<u64> {
        Ok(self.int(column)?.cast_unsigned())
    }
    pub(super) fn flag(&self, column: usize) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }
    pub(super) fn text(&self, column: usize) -> Result<String> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
    pub(super) fn opt_text(&self, column: usize) -> Result<Option<String>> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
    pub(super) fn time(&self, column: usize) -> Result<DateTime<Utc>> {
        time(self.int(column)?)
    }
    pub(super) fn opt_time(&self, column: usize) -> Result<Option<DateTime<Utc>>> {
        self.opt_int(column)?.map(time).transpose()
    }
}

/// A stored time.
pub(super) fn time(micros: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| StoreError::Unreadable { what: "time", why: format!("{micros} is out of range") })
}

/// What is stored of a value as JSON.
pub(super) fn to_json<T: Serialize>(what: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Unreadable { what, why: error.to_string() })
}

/// Reads it again.
pub(super) fn from_json<T: DeserializeOwned>(what: &'static str, json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|error| StoreError::Unreadable { what, why: error.to_string() })
}

/// An error that several callers hear of.
pub(super) fn shared_error(error: &Arc<sqlx::Error>) -> StoreError {
    StoreError::Database(sqlx::Error::Io(std::io::Error::other(Arc::clone(error))))
}

fn bind_sqlite(sql: impl SqlSafeStr, values: &[Value]) -> Query<'static, Sqlite, SqliteArguments> {
    values.iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Int(value) => query.bind(*value),
        Value::Text(value) => query.bind(value.clone()),
    })
}

fn bind_postgres(sql: impl SqlSafeStr, values: &[Value]) -> Query<'static, Postgres, PgArguments> {
    values.iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Int(value) => query.bind(*value),
        Value::Text(value) => query.bind(value.clone()),
    })
}

impl Conn {
    fn raw(&mut self) -> Raw<'_> {
        match self {
            Self::Sqlite(conn) => Raw::Sqlite(conn),
            Self::SqliteReader(conn) => Raw::Sqlite(conn),
            Self::Postgres(conn) => Raw::Postgres(conn),
            Self::PostgresReader(conn) => Raw::Postgres(conn),
        }
    }

    /// Whether this is PostgreSQL.
    pub(super) fn postgres(&self) -> bool {
        matches!(self, Self::Postgres(_) | Self::PostgresReader(_))
    }

    /// Runs a statement; answers how many rows it touched.
    pub(super) async fn run(&mut self, sql: impl SqlSafeStr + Send, values: &[Value]) -> Result<u64> {
        Ok(match self.raw() {
            Raw::Sqlite(conn) => bind_sqlite(sql, values).execute(conn).await?.rows_affected(),
            Raw::Postgres(conn) => bind_postgres(sql, values).execute(conn).await?.rows_affected(),
        })
    }

    /// All rows of the answer.
    pub(super) async fn all(&mut self, sql: impl SqlSafeStr + Send, values: &[Value]) -> Result<Vec<Row>> {
        Ok(match self.raw() {
            Raw::Sqlite(conn) => bind_sqlite(sql, values).fetch_all(conn).await?.into_iter().map(Row::Sqlite).collect(),
            Raw::Postgres(conn) => {
                bind_postgres(sql, values).fetch_all(conn).await?.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// The first row, if there is one.
    pub(super) async fn first(&mut self, sql: impl SqlSafeStr + Send, values: &[Value]) -> Result<Option<Row>> {
        Ok(match self.raw() {
            Raw::Sqlite(conn) => bind_sqlite(sql, values).fetch_optional(conn).await?.map(Row::Sqlite),
            Raw::Postgres(conn) => bind_postgres(sql, values).fetch_optional(conn).await?.map(Row::Postgres),
        })
    }

    /// The only row; an aggregate has one.
    pub(super) async fn one(&mut self, sql: impl SqlSafeStr + Send, values: &[Value]) -> Result<Row> {
        self.first(sql, values).await?.ok_or(StoreError::Database(sqlx::Error::RowNotFound))
    }
}

//! SQLite: one process, one writing connection with group commit, some readers.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Executor, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::sql::{Conn, shared_error};
use super::{Result, StoreError};

/// How many writes wait for the writer before callers are held back.
const WAITING: usize = 1024;
/// How many writes share a transaction at most: one late write never waits for more than these.
const TOGETHER: usize = 256;
/// How many connections read.
const READERS: u32 = 4;

/// A write to be done by the writer, and whoever waits for it.
trait Job: Send {
    /// Does it; `false`: it failed and is to be undone.
    fn run<'c>(&'c mut self, conn: &'c mut Conn) -> BoxFuture<'c, bool>;
    /// Tells whoever waits, after the commit or its failure.
    fn end(self: Box<Self>, commit: std::result::Result<(), &Arc<sqlx::Error>>);
}

struct Write<T, F> {
    work: Option<F>,
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Job for Write<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T>> + Send,
{
    fn run<'c>(&'c mut self, conn: &'c mut Conn) -> BoxFuture<'c, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return false };
            let outcome = work(conn).await;
            let fine = outcome.is_ok();
            self.outcome = Some(outcome);
            fine
        })
    }

    fn end(self: Box<Self>, commit: std::result::Result<(), &Arc<sqlx::Error>>) {
        let answer = match (commit, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (_, Some(Err(error))) => Err(error),
            (Err(error), _) => Err(shared_error(error)),
            (Ok(()), None) => Err(StoreError::Database(sqlx::Error::WorkerCrashed)),
        };
        // Whoever asked may have gone away: what is committed is committed.
        let _ = self.reply.send(answer);
    }
}

enum Message {
    Write(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

/// The way to the writer.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    messages: mpsc::Sender<Message>,
}

impl Writer {
    /// Does `work` in a transaction, alone or together with other writes that wait; returns after the commit.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Write { work: Some(work), outcome: None, reply });
        self.messages.send(Message::Write(job)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Finishes the writes that wait, closes the file and gives up its lock.
    pub(super) async fn close(&self) {
        let (reply, answer) = oneshot::channel();
        if self.messages.send(Message::Close(reply)).await.is_ok() {
            // An error means that the writer has gone already, and the lock with it.
            let _ = answer.await;
        }
    }
}

fn closed() -> StoreError {
    StoreError::Database(sqlx::Error::PoolClosed)
}

/// What the writer owns. The lock is given up after the file is closed, and by the operating system when the process dies.
struct Desk {
    conn: Option<Conn>,
    options: SqliteConnectOptions,
    memory: bool,
    commits: Arc<AtomicU64>,
    lock: Option<File>,
}

impl Desk {
    async fn serve(mut self, mut messages: mpsc::Receiver<Message>) {
        let mut waiting_to_close = Vec::new();
        while waiting_to_close.is_empty() {
            let Some(first) = messages.recv().await else { break };
            let mut batch = Vec::new();
            let mut next = Some(first);
            while let Some(message) = next.take() {
                match message {
                    Message::Write(job) => batch.push(job),
                    Message::Close(reply) => {
                        // What was sent before the end is still written; afterwards nothing is taken in.
                        messages.close();
                        waiting_to_close.push(reply);
                    }
                }
                if batch.len() < TOGETHER || !waiting_to_close.is_empty() {
                    next = messages.try_recv().ok();
                }
            }
            if !batch.is_empty() {
                self.commit(batch).await;
            }
        }
        if let Some(Conn::Sqlite(conn)) = self.conn.take() {
            // The file is whole without it: the next start reads the log.
            let _ = conn.close().await;
        }
        drop(self.lock.take());
        for reply in waiting_to_close {
            let _ = reply.send(());
        }
    }

    async fn commit(&mut self, mut batch: Vec<Box<dyn Job>>) {
        let ended = self.attempt(&mut batch).await.map_err(|error| match error {
            StoreError::Database(error) => Arc::new(error),
            other => Arc::new(sqlx::Error::Io(std::io::Error::other(other))),
        });
        if ended.is_err() && !self.memory {
            // A fresh connection is in no half-done transaction. An in-memory database would be gone with its connection.
            self.conn = None;
        }
        for job in batch {
            job.end(ended.as_ref().map(|&()| ()));
        }
    }

    async fn attempt(&mut self, batch: &mut [Box<dyn Job>]) -> Result<()> {
        if self.conn.is_none() {
            self.conn = Some(Conn::Sqlite(self.options.connect().await?));
        }
        let Some(conn) = &mut self.conn else { return Err(closed()) };
        raw(conn)?.execute("BEGIN IMMEDIATE").await?;
        let done = Self::work(conn, batch).await;
        let ended = match done {
            Ok(()) => raw(conn)?.execute("COMMIT").await.map(|_| ()).map_err(StoreError::from),
            Err(error) => Err(error),
        };
        match ended {
            Ok(()) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => {
                // SQLite may have rolled back by itself (a full disk): then this fails, and there is nothing to undo.
                let _ = raw(conn)?.execute("ROLLBACK").await;
                Err(error)
            }
        }
    }

    /// Each write in a savepoint of its own: one that fails takes no other with it.
    async fn work(conn: &mut Conn, batch: &mut [Box<dyn Job>]) -> Result<()> {
        for job in batch {
            raw(conn)?.execute("SAVEPOINT one").await?;
            let end = if job.run(conn).await { "RELEASE one" } else { "ROLLBACK TO one; RELEASE one" };
            raw(conn)?.execute(end).await?;
        }
        Ok(())
    }
}

fn raw(conn: &mut Conn) -> Result<&mut SqliteConnection> {
    match conn {
        Conn::Sqlite(conn) => Ok(conn),
        _ => Err(closed()),
    }
}

/// An opened database.
pub(super) struct Opened {
    pub(super) writer: Writer,
    /// `None` for a database in memory: its only connection reads too.
    pub(super) readers: Option<SqlitePool>,
}

/// Opens the file, or a database in memory.
pub(super) async fn open(url: &str, commits: Arc<AtomicU64>) -> Result<Opened> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|error| StoreError::Address(format!("`{url}` is no address of a SQLite file: {error}")))?
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .synchronous(SqliteSynchronous::Full);
    let memory = url.split('?').next().is_some_and(|plain| plain.ends_with(":memory:"));
    let (options, lock) = if memory {
        (options.shared_cache(false), None)
    } else {
        let file = options.get_filename().to_path_buf();
        let lock = take(&file)?;
        (options.create_if_missing(true).journal_mode(SqliteJournalMode::Wal), Some(lock))
    };
    let mut conn = options.connect().await?;
    super::schema::sqlite(&mut conn).await?;
    let readers = if memory {
        None
    } else {
        Some(SqlitePoolOptions::new().max_connections(READERS).connect_with(options.clone().read_only(true)).await?)
    };
    let (messages, inbox) = mpsc::channel(WAITING);
    let desk = Desk { conn: Some(Conn::Sqlite(conn)), options, memory, commits, lock };
    tokio::spawn(desk.serve(inbox));
    Ok(Opened { writer: Writer { messages }, readers })
}

/// Takes the lock beside the file: it dies with the process, however that ends.
fn take(file: &Path) -> Result<File> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(StoreError::Address(format!(
            "the folder {} of the database file {} does not exist: create it, or name another file in DATABASE_URL",
            folder.display(),
            file.display()
        )));
    }
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    if let Some(kind) = folder.canonicalize().ok().and_then(|folder| network(&mounts, &folder)) {
        return Err(StoreError::Address(format!(
            "the database file {} is on a network file system ({kind}), where locks and the write-ahead log cannot be relied on: \
             put it on a local disk, or use a PostgreSQL database",
            file.display()
        )));
    }
    let beside = {
        let mut name = file.as_os_str().to_owned();
        name.push(".lock");
        PathBuf::from(name)
    };
    let lock = private(&beside)?;
    private(file)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::Address(format!(
            "{} is in use by another process, which holds {}: a SQLite file belongs to one server. \
             Stop that one, or name another file in DATABASE_URL; several servers share a PostgreSQL database",
            file.display(),
            beside.display()
        ))),
        Err(TryLockError::Error(error)) => Err(StoreError::Address(format!(
            "{} cannot be locked ({error}): put the database file on a local disk",
            beside.display()
        ))),
    }
}

/// The kind of network file system that a folder is on, by Linux's list of mounts (proc(5), mountinfo); `None`: on none, or unknown.
fn network(mounts: &str, folder: &Path) -> Option<String> {
    const KINDS: [&str; 10] =
        ["nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "fuse.sshfs", "fuse.glusterfs"];
    let mounts = mounts.lines().filter_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let point = place.split(' ').nth(4)?;
        let point = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
            .iter()
            .fold(point.to_owned(), |point, (escaped, plain)| point.replace(escaped, plain));
        folder.starts_with(&point).then(|| (point.len(), kind.split(' ').next().unwrap_or_default()))
    });
    // Of several mounts on one point the last one is seen.
    let (_, kind) = mounts.max_by_key(|(length, _)| *length)?;
    KINDS.contains(&kind).then(|| kind.to_owned())
}

/// Opens or creates a file that only its owner may read: the store holds what private repositories say.
fn private(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| {
        StoreError::Address(format!(
            "{} cannot be opened for writing ({error}): check its permissions, or name another file in DATABASE_URL",
            path.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::super::sql::values;
    use super::*;

    #[test]
    fn network_file_systems_are_known() {
        let mounts = "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n\
                      30 22 0:26 / /srv rw shared:2 - nfs4 server:/export rw,vers=4.2\n\
                      31 30 254:2 / /srv/local rw - xfs /dev/vdb rw\n\
                      32 22 0:27 / /mnt/my\\040share rw - cifs //server/share rw\n\
                      33 22 0:28 / /mnt/hidden rw - nfs server:/a rw\n\
                      34 33 0:29 / /mnt/hidden rw - tmpfs tmpfs rw\n\
                      broken line";
        let kind = |folder: &str| network(mounts, Path::new(folder));
        assert_eq!(kind("/var/lib"), None);
        assert_eq!(kind("/srv"), Some("nfs4".to_owned()));
        assert_eq!(kind("/srv/data/deep"), Some("nfs4".to_owned()));
        assert_eq!(kind("/srv/local/deep"), None);
        assert_eq!(kind("/srvother"), None);
        assert_eq!(kind("/mnt/my share/x"), Some("cifs".to_owned()));
        assert_eq!(kind("/mnt/hidden"), None);
        assert_eq!(network("", Path::new("/")), None);
    }

    async fn write(writer: &Writer, name: &'static str, length: usize) -> Result<u64> {
        let value = "x".repeat(length);
        writer
            .write(move |conn| {
                Box::pin(async move {
                    conn.run("INSERT INTO meta (name, value) VALUES ($1, $2)", values![name, value]).await
                })
            })
            .await
    }

    /// A full disk costs the writes that do not fit. The next one that does is taken, without a restart.
    #[tokio::test]
    async fn a_full_disk_is_survived() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .pragma("max_page_count", "20");
        let mut conn = options.connect().await.unwrap();
        conn.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)").await.unwrap();
        let (messages, inbox) = mpsc::channel(WAITING);
        let commits = Arc::new(AtomicU64::new(0));
        let desk = Desk {
            conn: Some(Conn::Sqlite(conn)),
            options: options.clone(),
            memory: false,
            commits: Arc::clone(&commits),
            lock: None,
        };
        tokio::spawn(desk.serve(inbox));
        let writer = Writer { messages };
        write(&writer, "before", 10).await.unwrap();
        let (together, large) = tokio::join!(write(&writer, "together", 10), write(&writer, "large", 1_000_000));
        let error = large.unwrap_err();
        assert!(error.to_string().contains("full"), "{error}");
        // Whether SQLite undid the whole transaction is its business; what it said is kept.
        let mut said = vec!["after".to_owned(), "before".to_owned()];
        said.extend(together.is_ok().then(|| "together".to_owned()));
        write(&writer, "after", 10).await.unwrap();
        writer.close().await;
        assert!(write(&writer, "closed", 1).await.is_err());
        let mut conn = options.connect().await.unwrap();
        let names: Vec<String> =
            sqlx::query_scalar("SELECT name FROM meta ORDER BY name").fetch_all(&mut conn).await.unwrap();
        assert_eq!(names, said);
    }
}

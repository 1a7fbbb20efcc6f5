//! The rows of dirty tasks, and how marks, claims and their ends change them.
//!
//! A task has at most one row that waits (`queued`, or `quarantined`) and one that runs. A mark is merged into the row
//! that waits; while the task runs, a new row waits until the run has ended.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::AssertSqlSafe;

use super::sql::{Conn, Row, from_json, to_json, values};
use super::{Claim, Floor, Lane, Mark, Result, StoreError, Task};
use crate::ids::{InstallationId, PullKey, RepositoryId};

/// How long a claim is held without a heartbeat.
const LEASE: TimeDelta = TimeDelta::seconds(30);
/// Claims without an end after which a task is in quarantine.
const UNENDED_MAX: i64 = 3;

/// A row of `marks`.
pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) task: Task,
    state: String,
    lane: Lane,
    due: i64,
    event_at: i64,
    pub(super) not_before: i64,
    floor: Floor,
    pub(super) attempts: i64,
    pub(super) unended: i64,
    run: i64,
}

const COLUMNS: &str = "id, kind, key, state, lane, due, event_at, not_before, floor, attempts, unended, runs";

/// Rows that this version can read. While servers are replaced one by one, a newer one may add kinds that an older one leaves alone.
pub(super) const READABLE: &str =
    "kind IN ('pull', 'repository', 'installation', 'base', 'queue', 'organisation') AND lane BETWEEN 0 AND 2";

impl Entry {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.int(0)?,
            task: task_of(&row.text(1)?, &row.text(2)?)?,
            state: row.text(3)?,
            lane: lane_of(row.int(4)?)?,
            due: row.int(5)?,
            event_at: row.int(6)?,
            not_before: row.int(7)?,
            floor: from_json("floor", &row.text(8)?)?,
            attempts: row.int(9)?,
            unended: row.int(10)?,
            run: row.int(11)?,
        })
    }

    /// Stores all that may change of a row that waits afterwards.
    async fn store(&self, conn: &mut Conn) -> Result<()> {
        conn.run(
            "UPDATE marks SET state = $2, lane = $3, due = $4, event_at = $5, not_before = $6, floor = $7, attempts = $8,
                 unended = $9, lease_owner = NULL, lease_until = NULL
             WHERE id = $1",
            values![
                self.id,
                self.state.as_str(),
                lane_number(self.lane),
                self.due,
                self.event_at,
                self.not_before,
                to_json("floor", &self.floor)?,
                self.attempts,
                self.unended
            ],
        )
        .await?;
        Ok(())
    }
}

pub(super) fn task_key(task: &Task) -> (&'static str, String) {
    match task {
        Task::Pull(PullKey { installation, repository, number }) => {
            ("pull", format!("{installation}/{repository}/{number}"))
        }
        Task::Repository { installation, repository } => ("repository", format!("{installation}/{repository}")),
        Task::Installation { installation } => ("installation", format!("{installation}")),
        Task::Organisation { installation } => ("organisation", format!("{installation}")),
        Task::Base { installation, repository } => ("base", format!("{installation}/{repository}")),
        Task::Queue { installation, repository } => ("queue", format!("{installation}/{repository}")),
    }
}

fn task_of(kind: &str, key: &str) -> Result<Task> {
    let numbers: Option<Vec<u64>> = key.split('/').map(|number| number.parse().ok()).collect();
    match (kind, numbers.as_deref()) {
        ("pull", Some(&[installation, repository, number])) => Ok(Task::Pull(PullKey {
            installation: InstallationId(installation),
            repository: RepositoryId(repository),
            number,
        })),
        ("repository", Some(&[installation, repository])) => {
            Ok(Task::Repository { installation: InstallationId(installation), repository: RepositoryId(repository) })
        }
        ("base", Some(&[installation, repository])) => {
            Ok(Task::Base { installation: InstallationId(installation), repository: RepositoryId(repository) })
        }
        ("queue", Some(&[installation, repository])) => {
            Ok(Task::Queue { installation: InstallationId(installation), repository: RepositoryId(repository) })
        }
        ("installation", Some(&[installation])) => {
            Ok(Task::Installation { installation: InstallationId(installation) })
        }
        ("organisation", Some(&[installation])) => {
            Ok(Task::Organisation { installation: InstallationId(installation) })
        }
        _ => Err(StoreError::Unreadable { what: "task", why: format!("`{kind}` `{key}` is none") }),
    }
}

pub(super) fn lane_number(lane: Lane) -> i64 {
    match lane {
        Lane::Act => 0,
        Lane::Event => 1,
        Lane::Sweep => 2,
    }
}

fn lane_of(number: i64) -> Result<Lane> {
    match number {
        0 => Ok(Lane::Act),
        1 => Ok(Lane::Event),
        2 => Ok(Lane::Sweep),
        _ => Err(StoreError::Unreadable { what: "lane", why: format!("{number} is none") }),
    }
}

/// Where several processes work: only one transaction at a time changes the rows of a task, claims aside. It has to come
/// before any other lock on the task. Whoever takes several takes them in the order of the tasks; only `accept` does.
async fn lock_task(conn: &mut Conn, task: &Task) -> Result<()> {
    if conn.postgres() {
        let (kind, key) = task_key(task);
        conn.all("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", values![format!("{kind} {key}")]).await?;
    }
    Ok(())
}

/// The row of a task that waits; locked until the transaction ends, so that nobody claims it meanwhile.
async fn waiting(conn: &mut Conn, task: &Task) -> Result<Option<Entry>> {
    let (kind, key) = task_key(task);
    let lock = if conn.postgres() { "FOR UPDATE" } else { "" };
    let sql = format!("SELECT {COLUMNS} FROM marks WHERE kind = $1 AND key = $2 AND state <> 'running' {lock}");
    conn.first(AssertSqlSafe(sql), values![kind, key]).await?.as_ref().map(Entry::read).transpose()
}

/// The claimed row, unless the claim is lost.
pub(super) async fn claimed(conn: &mut Conn, claim: &Claim) -> Result<Option<Entry>> {
    lock_task(conn, &claim.task).await?;
    let sql = format!("SELECT {COLUMNS} FROM marks WHERE id = $1 AND state = 'running' AND runs = $2");
    conn.first(AssertSqlSafe(sql), values![claim.id, claim.run]).await?.as_ref().map(Entry::read).transpose()
}

/// The clock by which leases live, in microseconds: the database's where processes share one, so that their own may differ.
pub(super) async fn lease_clock(conn: &mut Conn, now: DateTime<Utc>) -> Result<i64> {
    if conn.postgres() {
        let clock = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
        return conn.one(clock, &[]).await?.int(0);
    }
    Ok(now.timestamp_micros())
}

pub(super) async fn mark(conn: &mut Conn, mark: &Mark, now: DateTime<Utc>) -> Result<()> {
    lock_task(conn, &mark.task).await?;
    let now = now.timestamp_micros();
    if let Some(mut entry) = waiting(conn, &mark.task).await? {
        let head = entry.floor.head.clone();
        entry.floor.raise(&mark.floor);
        let new_head = entry.floor.head != head;
        if new_head {
            entry.unended = 0;
        }
        // There is nothing to read of what is closed, and others with its head may wait for it.
        let closed = mark.snapshot.as_ref().is_some_and(|snapshot| !snapshot.open);
        // A task without a head is revived by whatever happens; not by sweeps, which would do so for ever.
        let revived = new_head || closed || !matches!(mark.task, Task::Pull(_)) && mark.lane < Lane::Sweep;
        if entry.state == "quarantined" && revived {
            entry.state = "queued".to_owned();
            entry.attempts = 0;
            entry.unended = 0;
            entry.lane = mark.lane;
            entry.due = mark.due.timestamp_micros();
            entry.event_at = now;
        } else {
            // A sweep is no event: it does not make an older event newer.
            if mark.lane <= entry.lane {
                entry.event_at = entry.event_at.max(now);
            }
            entry.lane = entry.lane.min(mark.lane);
            entry.due = entry.due.min(mark.due.timestamp_micros());
        }
        return entry.store(conn).await;
    }
    let (kind, key) = task_key(&mark.task);
    let running = "SELECT floor FROM marks WHERE kind = $1 AND key = $2 AND state = 'running'";
    let mut floor = match conn.first(running, values![kind, key.as_str()]).await? {
        // An older payload that comes in during the run moves nothing back either.
        Some(row) => from_json("floor", &row.text(0)?)?,
        None => Floor::default(),
    };
    floor.raise(&mark.floor);
    conn.run(
        "INSERT INTO marks (kind, key, installation, state, lane, due, event_at, not_before, floor, attempts, unended)
         VALUES ($1, $2, $3, 'queued', $4, $5, $6, 0, $7, 0, 0)",
        values![
            kind,
            key,
            mark.task.installation().0,
            lane_number(mark.lane),
            mark.due,
            now,
            to_json("floor", &floor)?
        ],
    )
    .await?;
    Ok(())
}

/// The run of `entry` came to a good end, and there is something to do at `due`. Until then the row waits as a mark for that time
/// does: what happens earlier is merged into it and comes at once. A newer mark that waits already comes first and sees to it.
pub(super) async fn wait_until(conn: &mut Conn, mut entry: Entry, due: DateTime<Utc>) -> Result<()> {
    entry.due = due.timestamp_micros();
    (entry.not_before, entry.attempts, entry.unended) = (0, 0, 0);
    entry.lane = Lane::Event;
    give_up(conn, entry).await
}

/// Gives up the run of `entry`: its row waits again, or is merged into the one that waits already.
pub(super) async fn give_up(conn: &mut Conn, mut entry: Entry) -> Result<()> {
    if let Some(newer) = waiting(conn, &entry.task).await? {
        let head = entry.floor.head.clone();
        entry.floor.raise(&newer.floor);
        if entry.floor.head != head {
            entry.unended = 0;
        }
        conn.run("DELETE FROM marks WHERE id = $1", values![entry.id]).await?;
        // It came in during the run: it was never claimed and has no back-off of its own.
        entry.id = newer.id;
        entry.lane = entry.lane.min(newer.lane);
        entry.due = entry.due.min(newer.due);
        entry.event_at = entry.event_at.max(newer.event_at);
    }
    let poison = entry.unended >= UNENDED_MAX;
    entry.state = if poison { "quarantined" } else { "queued" }.to_owned();
    if poison {
        let (kind, key) = task_key(&entry.task);
        tracing::error!(kind, key, "a task was claimed {UNENDED_MAX} times without an end and is in quarantine");
    }
    entry.store(conn).await
}

/// Every lease is void: the only process that could hold one has started anew.
pub(super) async fn void_all(conn: &mut Conn) -> Result<()> {
    let sql = format!("SELECT {COLUMNS} FROM marks WHERE state = 'running' AND {READABLE} ORDER BY kind, key");
    for row in conn.all(AssertSqlSafe(sql), &[]).await? {
        give_up(conn, Entry::read(&row)?).await?;
    }
    Ok(())
}

/// Gives up a run if its lease has ended and nobody else did so meanwhile.
pub(super) async fn reap(conn: &mut Conn, ended: &Entry, now: DateTime<Utc>) -> Result<()> {
    lock_task(conn, &ended.task).await?;
    let clock = lease_clock(conn, now).await?;
    let sql =
        format!("SELECT {COLUMNS} FROM marks WHERE id = $1 AND state = 'running' AND runs = $2 AND lease_until <= $3");
    match conn.first(AssertSqlSafe(sql), values![ended.id, ended.run, clock]).await? {
        Some(row) => give_up(conn, Entry::read(&row)?).await,
        None => Ok(()),
    }
}

/// What a look for work found.
pub(super) enum Found {
    Task(Claim),
    Nothing,
    /// Runs whose lease has ended, to be given up first.
    Ended(Vec<Entry>),
}

pub(super) async fn look(conn: &mut Conn, owner: &str, now: DateTime<Utc>) -> Result<Found> {
    let clock = lease_clock(conn, now).await?;
    let ended = format!("SELECT {COLUMNS} FROM marks WHERE state = 'running' AND lease_until <= $1 AND {READABLE}");
    let ended = conn.all(AssertSqlSafe(ended), values![clock]).await?;
    let ended = ended.iter().map(Entry::read).collect::<Result<Vec<_>>>()?;
    if !ended.is_empty() {
        return Ok(Found::Ended(ended));
    }
    let lock = if conn.postgres() { "FOR UPDATE OF m SKIP LOCKED" } else { "" };
    let sql = format!(
        "UPDATE marks SET state = 'running', attempts = attempts + 1, unended = unended + 1, runs = runs + 1,
             lease_owner = $1, lease_until = $2
         WHERE id = (
             SELECT m.id FROM marks m
             WHERE m.state = 'queued' AND m.due <= $3 AND m.not_before <= $3 AND {READABLE}
               AND NOT EXISTS (SELECT 1 FROM marks r WHERE r.kind = m.kind AND r.key = m.key AND r.state = 'running')
               AND NOT EXISTS (SELECT 1 FROM pauses p WHERE p.installation = m.installation AND p.until > $3)
             ORDER BY m.lane, m.event_at DESC, m.id DESC LIMIT 1 {lock})
         RETURNING {COLUMNS}"
    );
    let until = clock.saturating_add(lease());
    let rows = conn.all(AssertSqlSafe(sql), values![owner, until, now]).await?;
    let Some(entry) = rows.first().map(Entry::read).transpose()? else { return Ok(Found::Nothing) };
    Ok(Found::Task(Claim {
        id: entry.id,
        task: entry.task,
        lane: entry.lane,
        floor: entry.floor,
        attempts: u32::try_from(entry.attempts).unwrap_or(u32::MAX),
        run: entry.run,
        owner: owner.to_owned(),
    }))
}

/// How long a claim is held without a heartbeat, in microseconds.
pub(super) fn lease() -> i64 {
    LEASE.num_microseconds().unwrap_or(i64::MAX)
}

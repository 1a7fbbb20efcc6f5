//! The set of dirty tasks: marks come in, workers claim them and end them.
//!
//! A task has at most one row that waits (`queued`, or `quarantined`) and one that runs. A mark is merged into the row
//! that waits; while the task runs, a new row waits until the run has ended.

use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::AssertSqlSafe;

use super::sql::{Conn, Row, from_json, time, to_json, values};
use super::{Claim, Engine, Floor, Inbox, Lane, Mark, Result, StoreError, Task, postgres, pulls};
use crate::ids::{InstallationId, PullKey, RepositoryId};

/// How long a claim is held without a heartbeat.
const LEASE: TimeDelta = TimeDelta::seconds(30);
/// Claims without an end after which a task is in quarantine.
const UNENDED_MAX: i64 = 3;
/// How long a process that shares its database trusts that it would have been woken.
const POLL: Duration = Duration::from_secs(5);
/// How long delivery ids are kept: GitHub redelivers what is at most three days old.
const DELIVERIES_KEPT: TimeDelta = TimeDelta::days(3);
/// After how many deliveries the old ones are purged.
const PURGE_EVERY: u64 = 256;
/// How much is kept of the reason of a retry, in characters.
const REASON_MAX: usize = 500;

/// A row of `marks`.
struct Entry {
    id: i64,
    task: Task,
    state: String,
    lane: Lane,
    due: i64,
    event_at: i64,
    not_before: i64,
    floor: Floor,
    attempts: i64,
    unended: i64,
    run: i64,
}

const COLUMNS: &str = "id, kind, key, state, lane, due, event_at, not_before, floor, attempts, unended, runs";

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

fn task_key(task: &Task) -> (&'static str, String) {
    match task {
        Task::Pull(PullKey { installation, repository, number }) => {
            ("pull", format!("{installation}/{repository}/{number}"))
        }
        Task::Repository { installation, repository } => ("repository", format!("{installation}/{repository}")),
        Task::Installation { installation } => ("installation", format!("{installation}")),
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
        ("installation", Some(&[installation])) => {
            Ok(Task::Installation { installation: InstallationId(installation) })
        }
        _ => Err(StoreError::Unreadable { what: "task", why: format!("`{kind}` `{key}` is none") }),
    }
}

fn lane_number(lane: Lane) -> i64 {
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
async fn claimed(conn: &mut Conn, claim: &Claim) -> Result<Option<Entry>> {
    lock_task(conn, &claim.task).await?;
    let sql = format!("SELECT {COLUMNS} FROM marks WHERE id = $1 AND state = 'running' AND runs = $2");
    conn.first(AssertSqlSafe(sql), values![claim.id, claim.run]).await?.as_ref().map(Entry::read).transpose()
}

/// The clock by which leases live, in microseconds: the database's where processes share one, so that their own may differ.
async fn lease_clock(conn: &mut Conn, now: DateTime<Utc>) -> Result<i64> {
    if conn.postgres() {
        let clock = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
        return conn.one(clock, &[]).await?.int(0);
    }
    Ok(now.timestamp_micros())
}

async fn mark(conn: &mut Conn, mark: &Mark, now: DateTime<Utc>) -> Result<()> {
    lock_task(conn, &mark.task).await?;
    let now = now.timestamp_micros();
    if let Some(mut entry) = waiting(conn, &mark.task).await? {
        let head = entry.floor.head.clone();
        entry.floor.raise(&mark.floor);
        let new_head = entry.floor.head != head;
        if new_head {
            entry.unended = 0;
        }
        // A task without a head is revived by whatever happens; not by sweeps, which would do so for ever.
        let revived = new_head || !matches!(mark.task, Task::Pull(_)) && mark.lane < Lane::Sweep;
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

/// Gives up the run of `entry`: its row waits again, or is merged into the one that waits already.
async fn give_up(conn: &mut Conn, mut entry: Entry) -> Result<()> {
    if let Some(newer) = waiting(conn, &entry.task).await? {
        let head = entry.floor.head.clone();
        entry.floor.raise(&newer.floor);
        if entry.floor.head != head {
            entry.unended = 0;
        }
        conn.run("DELETE FROM marks WHERE id = $1", values![entry.id]).await?;
        entry.id = newer.id;
        entry.lane = entry.lane.min(newer.lane);
        entry.due = entry.due.min(newer.due);
        entry.event_at = entry.event_at.max(newer.event_at);
        entry.not_before = entry.not_before.max(newer.not_before);
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
    let sql = format!("SELECT {COLUMNS} FROM marks WHERE state = 'running' ORDER BY kind, key");
    for row in conn.all(AssertSqlSafe(sql), &[]).await? {
        give_up(conn, Entry::read(&row)?).await?;
    }
    Ok(())
}

/// Gives up a run if its lease has ended and nobody else did so meanwhile.
async fn reap(conn: &mut Conn, ended: &Entry, now: DateTime<Utc>) -> Result<()> {
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
enum Found {
    Task(Claim),
    Nothing,
    /// Runs whose lease has ended, to be given up first.
    Ended(Vec<Entry>),
}

async fn look(conn: &mut Conn, owner: &str, now: DateTime<Utc>) -> Result<Found> {
    let clock = lease_clock(conn, now).await?;
    let ended = format!("SELECT {COLUMNS} FROM marks WHERE state = 'running' AND lease_until <= $1");
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
             WHERE m.state = 'queued' AND m.due <= $3 AND m.not_before <= $3
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

/// Forgets delivery ids that cannot come again. Judgements stay, those of closed pull requests too: they are the audit.
async fn purge_deliveries(conn: &mut Conn, now: DateTime<Utc>) -> Result<()> {
    let before = now.timestamp_micros().saturating_sub(DELIVERIES_KEPT.num_microseconds().unwrap_or(i64::MAX));
    // Rows that another process is purging just now are its own business.
    let lock = if conn.postgres() { "FOR UPDATE SKIP LOCKED" } else { "" };
    let sql = format!("DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE at < $1 {lock})");
    conn.run(AssertSqlSafe(sql), values![before]).await?;
    Ok(())
}

fn lease() -> i64 {
    LEASE.num_microseconds().unwrap_or(i64::MAX)
}

impl Inbox {
    /// Makes marks durable, all or none, together with snapshots and reviews that they carry; returns after the commit.
    /// `delivery`: GitHub's delivery id, where known; one that was taken in already changes nothing.
    ///
    /// # Errors
    /// When the store cannot take it: nothing of it is kept then.
    pub async fn accept(&self, delivery: Option<&str>, marks: &[Mark], now: DateTime<Utc>) -> Result<()> {
        let delivery = delivery.map(str::to_owned);
        let purge =
            delivery.is_some() && self.inner.deliveries.fetch_add(1, Ordering::Relaxed).is_multiple_of(PURGE_EVERY);
        let mut marks = marks.to_vec();
        // Whoever locks several tasks locks them in the same order; marks of one task keep theirs.
        marks.sort_by_key(|mark| mark.task);
        self.write(move |conn| {
            Box::pin(async move {
                if purge {
                    purge_deliveries(conn, now).await?;
                }
                if let Some(delivery) = delivery {
                    let new = "INSERT INTO deliveries (id, at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
                    if conn.run(new, values![delivery, now]).await? == 0 {
                        return Ok(());
                    }
                }
                for new in &marks {
                    mark(conn, new, now).await?;
                    if let Task::Pull(key) = &new.task {
                        if let Some(snapshot) = &new.snapshot {
                            pulls::keep_snapshot(conn, key, snapshot).await?;
                        }
                        if let Some(review) = &new.review {
                            pulls::keep_review(conn, key, review).await?;
                        }
                    }
                }
                if conn.postgres() {
                    conn.all(postgres::NOTIFY, &[]).await?;
                }
                Ok(())
            })
        })
        .await?;
        self.inner.wake.notify_one();
        Ok(())
    }

    /// Wakes when something may be due; used by the workers between claims.
    ///
    /// Wakes one worker; a claim that finds a task wakes the next. A wake-up that comes between a claim and this call is kept.
    pub async fn changed(&self) {
        match self.inner.engine {
            Engine::Sqlite { .. } => self.inner.wake.notified().await,
            Engine::Postgres { .. } => {
                // The end of the wait is a wake-up too: another process may have died, or its call was lost.
                let _ = tokio::time::timeout(POLL, self.inner.wake.notified()).await;
            }
        }
    }

    /// Takes the next due task: lanes first, within a lane the newest event; one at a time per task; paused installations are passed over.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub async fn claim(&self, owner: &str, now: DateTime<Utc>) -> Result<Option<Claim>> {
        loop {
            let owner = owner.to_owned();
            match self.write(move |conn| Box::pin(async move { look(conn, &owner, now).await })).await? {
                Found::Nothing => return Ok(None),
                Found::Task(claim) => {
                    self.held().insert(claim.id, claim.clone());
                    // There may be more for the next worker.
                    self.inner.wake.notify_one();
                    return Ok(Some(claim));
                }
                Found::Ended(ended) => {
                    // One transaction each: only `accept` locks several tasks, so that nobody waits crosswise.
                    for run in ended {
                        self.write(move |conn| Box::pin(async move { reap(conn, &run, now).await })).await?;
                    }
                }
            }
        }
    }

    /// When the next task is due, as far as known now: back-off and pauses counted in, and the end of a lease, when whoever
    /// holds it may have died. A time that is over means at once; a task that runs is not due.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub async fn next_due(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        self.read(move |conn| {
            Box::pin(async move {
                let due = conn
                    .one(
                        "SELECT min(CASE WHEN p.until > q.at THEN p.until ELSE q.at END)
                         FROM (SELECT m.installation, CASE WHEN m.due > m.not_before THEN m.due ELSE m.not_before END AS at
                               FROM marks m
                               WHERE m.state = 'queued' AND NOT EXISTS (
                                   SELECT 1 FROM marks r WHERE r.kind = m.kind AND r.key = m.key AND r.state = 'running')) q
                         LEFT JOIN pauses p ON p.installation = q.installation",
                        &[],
                    )
                    .await?
                    .opt_int(0)?;
                let lease =
                    conn.one("SELECT min(lease_until) FROM marks WHERE state = 'running'", &[]).await?.opt_int(0)?;
                let lease = match lease {
                    Some(until) => {
                        let left = until.saturating_sub(lease_clock(conn, now).await?);
                        Some(now.timestamp_micros().saturating_add(left))
                    }
                    None => None,
                };
                [due, lease].into_iter().flatten().min().map(time).transpose()
            })
        })
        .await
    }

    /// Prolongs the lease; `false`: it is lost.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub async fn heartbeat(&self, claim: &Claim, now: DateTime<Utc>) -> Result<bool> {
        let claim = claim.clone();
        self.write(move |conn| {
            Box::pin(async move {
                let clock = lease_clock(conn, now).await?;
                let prolonged = conn
                    .run(
                        "UPDATE marks SET lease_until = $3
                         WHERE id = $1 AND state = 'running' AND runs = $2 AND lease_until > $4",
                        values![claim.id, claim.run, clock.saturating_add(lease()), clock],
                    )
                    .await?;
                Ok(prolonged > 0)
            })
        })
        .await
    }

    /// Whether the claim is still ours and no newer mark for the task waits: asked before a check turns greener.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub async fn current(&self, claim: &Claim, now: DateTime<Utc>) -> Result<bool> {
        let claim = claim.clone();
        self.read(move |conn| {
            Box::pin(async move {
                let clock = lease_clock(conn, now).await?;
                let ours = conn
                    .first(
                        "SELECT m.id FROM marks m
                         WHERE m.id = $1 AND m.state = 'running' AND m.runs = $2 AND m.lease_until > $3
                           AND NOT EXISTS (
                               SELECT 1 FROM marks w WHERE w.kind = m.kind AND w.key = m.key AND w.state <> 'running')",
                        values![claim.id, claim.run, clock],
                    )
                    .await?;
                Ok(ours.is_some())
            })
        })
        .await
    }

    /// Ends the task. A lost claim changes nothing.
    ///
    /// # Errors
    /// When the store cannot be used: the task is done again after the end of the lease.
    pub async fn done(&self, claim: &Claim) -> Result<()> {
        self.end(claim, |conn, entry| {
            Box::pin(async move {
                conn.run("DELETE FROM marks WHERE id = $1", values![entry.id]).await?;
                Ok(())
            })
        })
        .await
    }

    /// Puts the task back: not before `due`. A newer mark that waits already keeps its own floor and takes the back-off along.
    /// A lost claim changes nothing.
    ///
    /// # Errors
    /// When the store cannot be used: the task is done again after the end of the lease.
    pub async fn retry(&self, claim: &Claim, due: DateTime<Utc>, why: &str) -> Result<()> {
        let why: String = why.chars().take(REASON_MAX).collect();
        self.end(claim, move |conn, mut entry| {
            Box::pin(async move {
                let (kind, key) = task_key(&entry.task);
                entry.not_before = due.timestamp_micros();
                // It came to an end, if not to a good one.
                entry.unended = 0;
                give_up(conn, entry).await?;
                let said = "UPDATE marks SET last_error = $3 WHERE kind = $1 AND key = $2 AND state <> 'running'";
                conn.run(said, values![kind, key, why]).await?;
                Ok(())
            })
        })
        .await
    }

    /// Gives the task back untouched, as at a shutdown: due at once, the attempt not counted. A lost claim changes nothing.
    ///
    /// # Errors
    /// When the store cannot be used: the task is done again after the end of the lease.
    pub async fn release(&self, claim: &Claim) -> Result<()> {
        self.end(claim, |conn, mut entry| {
            Box::pin(async move {
                entry.attempts -= 1;
                entry.unended -= 1;
                give_up(conn, entry).await
            })
        })
        .await
    }

    /// Ends a claim by `how`, unless it is lost.
    async fn end<F>(&self, claim: &Claim, how: F) -> Result<()>
    where
        F: for<'c> FnOnce(&'c mut Conn, Entry) -> futures::future::BoxFuture<'c, Result<()>> + Send + 'static,
    {
        let ended = claim.clone();
        self.write(move |conn| {
            Box::pin(async move {
                let Some(entry) = claimed(conn, &ended).await? else { return Ok(()) };
                how(conn, entry).await?;
                if conn.postgres() {
                    conn.all(postgres::NOTIFY, &[]).await?;
                }
                Ok(())
            })
        })
        .await?;
        let mut held = self.held();
        if held.get(&claim.id).is_some_and(|ours| ours == claim) {
            held.remove(&claim.id);
        }
        drop(held);
        self.inner.wake.notify_one();
        Ok(())
    }

    /// Nothing of this installation is claimed before `until`; never shortens a pause.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub async fn pause(&self, installation: InstallationId, until: DateTime<Utc>) -> Result<()> {
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "INSERT INTO pauses (installation, until) VALUES ($1, $2)
                     ON CONFLICT (installation) DO UPDATE SET until = excluded.until WHERE pauses.until < excluded.until",
                    values![installation.0, until],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// How many tasks wait, run, and are in quarantine (claimed three times without an end).
    ///
    /// # Errors
    /// When the store cannot be used.
    pub async fn depth(&self) -> Result<(u64, u64, u64)> {
        self.read(|conn| {
            Box::pin(async move {
                let mut depth = (0, 0, 0);
                for row in conn.all("SELECT state, count(*) FROM marks GROUP BY state", &[]).await? {
                    let count = row.id(1)?;
                    match row.text(0)?.as_str() {
                        "queued" => depth.0 = count,
                        "running" => depth.1 = count,
                        _ => depth.2 = count,
                    }
                }
                Ok(depth)
            })
        })
        .await
    }

    fn held(&self) -> std::sync::MutexGuard<'_, std::collections::BTreeMap<i64, Claim>> {
        self.inner.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

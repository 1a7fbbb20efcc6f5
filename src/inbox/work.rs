//! The set of dirty tasks as its users see it: marks come in, workers claim them and end them.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use sqlx::AssertSqlSafe;

use super::marks::{
    Entry, Found, READABLE, claimed, give_up, lane_number, lease, lease_clock, look, mark, reap, task_key, wait_until,
};
use super::sql::{Conn, time, values};
use super::{Claim, Engine, Inbox, Lane, Mark, Result, Task, postgres, pulls};
use crate::ids::InstallationId;

/// How long a process that shares its database trusts that it would have been woken.
const POLL: Duration = Duration::from_secs(5);
/// How long delivery ids are kept: GitHub redelivers what is at most three days old.
const DELIVERIES_KEPT: TimeDelta = TimeDelta::days(3);
/// After how many deliveries the old ones are purged.
const PURGE_EVERY: u64 = 256;
/// How much is kept of the reason of a retry, in characters.
const REASON_MAX: usize = 500;

/// Forgets delivery ids that cannot come again. Judgements stay, those of closed pull requests too: they are the audit.
async fn purge_deliveries(conn: &mut Conn, now: DateTime<Utc>) -> Result<()> {
    let before = now.timestamp_micros().saturating_sub(DELIVERIES_KEPT.num_microseconds().unwrap_or(i64::MAX));
    // Rows that another process is purging just now are its own business.
    let lock = if conn.postgres() { "FOR UPDATE SKIP LOCKED" } else { "" };
    let sql = format!("DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE at < $1 {lock})");
    conn.run(AssertSqlSafe(sql), values![before]).await?;
    Ok(())
}

impl Inbox {
    /// Makes marks durable, all or none, together with snapshots, reviews and pushers that they carry; returns after the commit.
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
                            pulls::keep_snapshot(conn, key, snapshot, pulls::Told::Payload).await?;
                        }
                        if let Some(review) = &new.review {
                            pulls::keep_review(conn, key, review).await?;
                        }
                        if let Some(pusher) = &new.pusher {
                            pulls::keep_pusher(conn, key, pusher, now).await?;
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
                let due = format!(
                    "SELECT min(CASE WHEN p.until > q.at THEN p.until ELSE q.at END)
                     FROM (SELECT m.installation, CASE WHEN m.due > m.not_before THEN m.due ELSE m.not_before END AS at
                           FROM marks m
                           WHERE m.state = 'queued' AND {READABLE} AND NOT EXISTS (
                               SELECT 1 FROM marks r WHERE r.kind = m.kind AND r.key = m.key AND r.state = 'running')) q
                     LEFT JOIN pauses p ON p.installation = q.installation"
                );
                let due = conn.one(AssertSqlSafe(due), &[]).await?.opt_int(0)?;
                let lease = format!("SELECT min(lease_until) FROM marks WHERE state = 'running' AND {READABLE}");
                let lease = conn.one(AssertSqlSafe(lease), &[]).await?.opt_int(0)?;
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

    /// Ends the task and marks it for `due`: there is something to do then that nothing may call for. A newer mark comes at once all
    /// the same. A lost claim changes nothing.
    ///
    /// # Errors
    /// When the store cannot be used: the task is done again after the end of the lease.
    pub async fn done_until(&self, claim: &Claim, due: DateTime<Utc>) -> Result<()> {
        self.end(claim, move |conn, entry| Box::pin(async move { wait_until(conn, entry, due).await })).await
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
        F: for<'c> FnOnce(&'c mut Conn, Entry) -> BoxFuture<'c, Result<()>> + Send + 'static,
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

    /// When the last of the pull requests is due that sweeps of this installation have marked, as far as none of them has been begun.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub async fn swept_until(&self, installation: InstallationId) -> Result<Option<DateTime<Utc>>> {
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT max(due) FROM marks
                           WHERE installation = $1 AND kind = 'pull' AND lane = $2 AND state = 'queued'";
                conn.one(sql, values![installation.0, lane_number(Lane::Sweep)]).await?.opt_time(0)
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

    fn held(&self) -> MutexGuard<'_, BTreeMap<i64, Claim>> {
        self.inner.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

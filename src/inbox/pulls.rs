//! What is kept of a pull request: its last snapshot, its reviews, its pushers, the sign-offs and the judgements.

use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;

use super::sql::{Conn, Row, from_json, to_json, values};
use super::{Inbox, Judgement, Pusher, Result, SignOff};
use crate::ids::{InstallationId, PullKey, RepositoryId};
use crate::pull::{SeenReview, Snapshot};
use crate::review::{ActKind, Dismissal};

/// Where a snapshot comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// By a payload, which may be late.
    Payload,
    /// By GitHub's answer when it was asked.
    Answer,
}

/// Stores a snapshot unless a newer one is there; of two equally old ones the later arrival stays.
///
/// GitHub's times are whole seconds. Of two equally old ones that differ in head, base or state nobody knows which is the
/// newer: none is kept then, and none of that second is until GitHub was asked.
pub(super) async fn keep_snapshot(conn: &mut Conn, key: &PullKey, snapshot: &Snapshot, told: Told) -> Result<()> {
    const DIFFERS: &str = "pulls.updated_at = excluded.updated_at AND pulls.snapshot IS NOT NULL
         AND (pulls.head <> excluded.head OR pulls.base <> excluded.base OR pulls.open <> excluded.open)";
    let column = |name: &str| format!("{name} = CASE WHEN {DIFFERS} THEN NULL ELSE excluded.{name} END");
    let sql = format!(
        "INSERT INTO pulls (installation, repository, number, head, base, open, updated_at, snapshot)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (installation, repository, number) DO UPDATE
         SET {}, {}, {}, {}, updated_at = excluded.updated_at,
             retargeted_at = CASE WHEN pulls.base <> excluded.base THEN excluded.updated_at ELSE pulls.retargeted_at END
         WHERE pulls.updated_at IS NULL OR pulls.updated_at < excluded.updated_at
            OR pulls.updated_at = excluded.updated_at AND (pulls.snapshot IS NOT NULL OR $9 = 1)",
        column("head"),
        column("base"),
        column("open"),
        column("snapshot"),
    );
    conn.run(
        AssertSqlSafe(sql),
        values![
            key.installation.0,
            key.repository.0,
            key.number,
            snapshot.head.as_str(),
            snapshot.base.as_str(),
            snapshot.open,
            snapshot.updated_at,
            to_json("snapshot", snapshot)?,
            told == Told::Answer
        ],
    )
    .await?;
    Ok(())
}

/// Records a review as first seen; of one that is known only its kind changes, and never back from dismissed: GitHub has no
/// way back either, so that can only be an older or redelivered payload. What an answer said of its commit gives way to what the
/// webhook of its submission tells, however late; how it was dismissed is added when it comes to be known.
pub(super) async fn keep_review(conn: &mut Conn, key: &PullKey, review: &SeenReview) -> Result<()> {
    conn.run(
        "INSERT INTO reviews (installation, repository, number, review_id, login, bot, kind, commit_id, submitted_at,
             user_id, told, was, dismissed_by, dismissed_bot, dismissed_push, base)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         ON CONFLICT (installation, repository, number, review_id) DO UPDATE SET
             kind = CASE WHEN reviews.kind = 'dismissed' THEN reviews.kind ELSE excluded.kind END,
             commit_id = CASE WHEN reviews.told = 0 AND excluded.told = 1 THEN excluded.commit_id ELSE reviews.commit_id END,
             base = CASE WHEN reviews.told = 0 AND excluded.told = 1 THEN excluded.base ELSE reviews.base END,
             told = CASE WHEN excluded.told = 1 THEN 1 ELSE reviews.told END,
             user_id = COALESCE(reviews.user_id, excluded.user_id),
             was = COALESCE(reviews.was,
                 CASE WHEN excluded.kind = 'dismissed' AND reviews.kind <> 'dismissed' THEN reviews.kind END, excluded.was),
             dismissed_bot = CASE WHEN reviews.dismissed_by IS NULL THEN excluded.dismissed_bot ELSE reviews.dismissed_bot END,
             dismissed_by = COALESCE(reviews.dismissed_by, excluded.dismissed_by),
             dismissed_push = COALESCE(excluded.dismissed_push, reviews.dismissed_push)",
        values![
            key.installation.0,
            key.repository.0,
            key.number,
            review.review_id,
            review.login.as_str(),
            review.bot,
            review.kind.map(act_name),
            review.commit.as_deref(),
            review.submitted_at,
            review.user_id,
            review.told,
            review.dismissed.as_ref().and_then(|dismissed| dismissed.was).map(act_name),
            review.dismissed.as_ref().and_then(|dismissed| dismissed.by.as_deref()),
            review.dismissed.as_ref().is_some_and(|dismissed| dismissed.bot),
            review.dismissed.as_ref().and_then(|dismissed| dismissed.by_push),
            review.base.as_deref()
        ],
    )
    .await?;
    Ok(())
}

/// Records who moved the head, as first seen.
pub(super) async fn keep_pusher(conn: &mut Conn, key: &PullKey, pusher: &Pusher, at: DateTime<Utc>) -> Result<()> {
    conn.run(
        "INSERT INTO pushers (installation, repository, number, head, login, bot, seen_at, user_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        values![
            key.installation.0,
            key.repository.0,
            key.number,
            pusher.head.as_str(),
            pusher.login.as_str(),
            pusher.bot,
            at,
            pusher.user_id
        ],
    )
    .await?;
    Ok(())
}

fn act_name(kind: ActKind) -> &'static str {
    match kind {
        ActKind::Approved => "approved",
        ActKind::ChangesRequested => "changes_requested",
        ActKind::Dismissed => "dismissed",
        ActKind::Commented => "commented",
    }
}

fn act_of(name: &str) -> Result<ActKind> {
    match name {
        "approved" => Ok(ActKind::Approved),
        "changes_requested" => Ok(ActKind::ChangesRequested),
        "dismissed" => Ok(ActKind::Dismissed),
        "commented" => Ok(ActKind::Commented),
        _ => Err(super::StoreError::Unreadable { what: "kind of review", why: format!("`{name}` is none") }),
    }
}

/// # Errors
/// All of these: when the store cannot be used, or holds what this version cannot read.
impl Inbox {
    /// The last snapshot.
    pub async fn snapshot(&self, key: &PullKey) -> Result<Option<Snapshot>> {
        let key = *key;
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT snapshot FROM pulls WHERE installation = $1 AND repository = $2 AND number = $3";
                let row = conn.first(sql, values![key.installation.0, key.repository.0, key.number]).await?;
                let Some(json) = row.map(|row| row.opt_text(0)).transpose()?.flatten() else { return Ok(None) };
                from_json("snapshot", &json).map(Some)
            })
        })
        .await
    }

    /// Stores an answer's snapshot, unless a newer one is there. One of the same second with another head, base or state
    /// leaves none: the next look asks GitHub.
    pub async fn save_snapshot(&self, key: &PullKey, snapshot: &Snapshot) -> Result<()> {
        let (key, snapshot) = (*key, snapshot.clone());
        self.write(move |conn| Box::pin(async move { keep_snapshot(conn, &key, &snapshot, Told::Answer).await })).await
    }

    /// Stores a payload's snapshot without a mark, as [`Inbox::accept`] does with one.
    pub async fn save_told(&self, key: &PullKey, snapshot: &Snapshot) -> Result<()> {
        let (key, snapshot) = (*key, snapshot.clone());
        self.write(move |conn| Box::pin(async move { keep_snapshot(conn, &key, &snapshot, Told::Payload).await })).await
    }

    /// When the pull request was last found to go to another branch than before, by GitHub's time of its last change.
    pub async fn retargeted_at(&self, key: &PullKey) -> Result<Option<DateTime<Utc>>> {
        let key = *key;
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT retargeted_at FROM pulls WHERE installation = $1 AND repository = $2 AND number = $3";
                let row = conn.first(sql, values![key.installation.0, key.repository.0, key.number]).await?;
                row.map_or(Ok(None), |row| row.opt_time(0))
            })
        })
        .await
    }

    /// Says that it was, by an event of that; the latest stays.
    pub async fn retargeted(&self, key: &PullKey, at: DateTime<Utc>) -> Result<()> {
        let key = *key;
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "INSERT INTO pulls (installation, repository, number, retargeted_at) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (installation, repository, number) DO UPDATE SET retargeted_at = excluded.retargeted_at
                     WHERE pulls.retargeted_at IS NULL OR pulls.retargeted_at < excluded.retargeted_at",
                    values![key.installation.0, key.repository.0, key.number, at],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Open pull requests whose last snapshot has this head, by number.
    pub async fn pulls_with_head(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        head: &str,
    ) -> Result<Vec<PullKey>> {
        let head = head.to_owned();
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT number FROM pulls
                           WHERE installation = $1 AND repository = $2 AND head = $3 AND open = 1 ORDER BY number";
                let rows = conn.all(sql, values![installation.0, repository.0, head]).await?;
                rows.iter().map(|row| Ok(PullKey { installation, repository, number: row.id(0)? })).collect()
            })
        })
        .await
    }

    /// All reviews seen, by id.
    pub async fn reviews(&self, key: &PullKey) -> Result<Vec<SeenReview>> {
        let key = *key;
        self.read(move |conn| {
            Box::pin(async move {
                let sql =
                    "SELECT review_id, login, bot, kind, commit_id, submitted_at, user_id, told, was, dismissed_by,
                               dismissed_bot, dismissed_push, base
                           FROM reviews
                           WHERE installation = $1 AND repository = $2 AND number = $3";
                let rows = conn.all(sql, values![key.installation.0, key.repository.0, key.number]).await?;
                let mut reviews = rows
                    .iter()
                    .map(|row| {
                        let kind = row.opt_text(3)?.as_deref().map(act_of).transpose()?;
                        let dismissal = Dismissal {
                            was: row.opt_text(8)?.as_deref().map(act_of).transpose()?,
                            by: row.opt_text(9)?,
                            bot: row.flag(10)?,
                            by_push: row.opt_int(11)?.map(|flag| flag != 0),
                        };
                        Ok(SeenReview {
                            review_id: row.id(0)?,
                            login: row.text(1)?,
                            user_id: row.opt_int(6)?.map(i64::cast_unsigned),
                            bot: row.flag(2)?,
                            kind,
                            commit: row.opt_text(4)?,
                            told: row.flag(7)?,
                            base: row.opt_text(12)?,
                            submitted_at: row.opt_time(5)?,
                            dismissed: (kind == Some(ActKind::Dismissed)).then_some(dismissal),
                        })
                    })
                    .collect::<Result<Vec<_>>>()?;
                reviews.sort_by_key(|review| review.review_id);
                Ok(reviews)
            })
        })
        .await
    }

    /// Everybody seen moving the head of the pull request, of all its heads; sorted.
    pub async fn pushers(&self, key: &PullKey) -> Result<Vec<Pusher>> {
        let key = *key;
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT login, bot, head, user_id FROM pushers
                           WHERE installation = $1 AND repository = $2 AND number = $3";
                let rows = conn.all(sql, values![key.installation.0, key.repository.0, key.number]).await?;
                let pusher = |row: &Row| {
                    let user_id = row.opt_int(3)?.map(i64::cast_unsigned);
                    Ok(Pusher { login: row.text(0)?, user_id, bot: row.flag(1)?, head: row.text(2)? })
                };
                let mut pushers = rows.iter().map(pusher).collect::<Result<Vec<_>>>()?;
                pushers.sort();
                Ok(pushers)
            })
        })
        .await
    }

    /// Stores reviews: a new id is recorded as it is; of a known id only `kind` may change, and never back from dismissed.
    pub async fn save_reviews(&self, key: &PullKey, reviews: &[SeenReview]) -> Result<()> {
        let (key, reviews) = (*key, reviews.to_vec());
        self.write(move |conn| {
            Box::pin(async move {
                for review in &reviews {
                    keep_review(conn, &key, review).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Whether all reviews of the pull request have been read from GitHub once (or it was seen being opened), so that stored ones are all there are.
    pub async fn reviews_complete(&self, key: &PullKey) -> Result<bool> {
        let key = *key;
        self.read(move |conn| {
            Box::pin(async move {
                let sql =
                    "SELECT reviews_complete FROM pulls WHERE installation = $1 AND repository = $2 AND number = $3";
                let row = conn.first(sql, values![key.installation.0, key.repository.0, key.number]).await?;
                row.map_or(Ok(false), |row| row.flag(0))
            })
        })
        .await
    }

    /// Says so.
    pub async fn set_reviews_complete(&self, key: &PullKey) -> Result<()> {
        let key = *key;
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "INSERT INTO pulls (installation, repository, number, reviews_complete) VALUES ($1, $2, $3, 1)
                     ON CONFLICT (installation, repository, number) DO UPDATE SET reviews_complete = 1",
                    values![key.installation.0, key.repository.0, key.number],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Sign-offs recorded, by review and fingerprint.
    pub async fn sign_offs(&self, key: &PullKey) -> Result<Vec<SignOff>> {
        let key = *key;
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT review_id, login, rule, fingerprint, head, at, counted FROM sign_offs
                           WHERE installation = $1 AND repository = $2 AND number = $3";
                let rows = conn.all(sql, values![key.installation.0, key.repository.0, key.number]).await?;
                let mut sign_offs = rows
                    .iter()
                    .map(|row| {
                        Ok(SignOff {
                            review_id: row.id(0)?,
                            login: row.text(1)?,
                            rule: row.text(2)?,
                            fingerprint: row.text(3)?,
                            head: row.text(4)?,
                            at: row.time(5)?,
                            counted: row.flag(6)?,
                        })
                    })
                    .collect::<Result<Vec<_>>>()?;
                sign_offs.sort_by(|a, b| (a.review_id, &a.fingerprint).cmp(&(b.review_id, &b.fingerprint)));
                Ok(sign_offs)
            })
        })
        .await
    }

    /// Records sign-offs; one that is there already (review, fingerprint) is kept as it was, but that it may count from now on.
    pub async fn save_sign_offs(&self, key: &PullKey, sign_offs: &[SignOff]) -> Result<()> {
        let (key, sign_offs) = (*key, sign_offs.to_vec());
        self.write(move |conn| {
            Box::pin(async move {
                for sign_off in sign_offs {
                    conn.run(
                        "INSERT INTO sign_offs (installation, repository, number, review_id, fingerprint, rule, login, head, at,
                             counted)
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                         ON CONFLICT (installation, repository, number, review_id, fingerprint) DO UPDATE SET counted = 1
                         WHERE excluded.counted = 1",
                        values![
                            key.installation.0,
                            key.repository.0,
                            key.number,
                            sign_off.review_id,
                            sign_off.fingerprint,
                            sign_off.rule,
                            sign_off.login,
                            sign_off.head,
                            sign_off.at,
                            sign_off.counted
                        ],
                    )
                    .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Stores a judgement; the one of the same head is replaced.
    pub async fn save_judgement(&self, key: &PullKey, judgement: &Judgement) -> Result<()> {
        let key = *key;
        let facts = to_json("judgement's facts", &judgement.facts)?;
        let review = to_json("judgement's review", &judgement.review)?;
        let version = i64::from(judgement.facts.version);
        let Judgement { head, base_tip, merge_base, rules_digest, at, .. } = judgement;
        let (head, base_tip, merge_base, rules_digest, at) =
            (head.clone(), base_tip.clone(), merge_base.clone(), rules_digest.clone(), *at);
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "INSERT INTO judgements (installation, repository, number, head, base_tip, merge_base, rules_digest,
                         facts_version, facts, review, at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                     ON CONFLICT (installation, repository, number, head) DO UPDATE
                     SET base_tip = excluded.base_tip, merge_base = excluded.merge_base, rules_digest = excluded.rules_digest,
                         facts_version = excluded.facts_version, facts = excluded.facts, review = excluded.review, at = excluded.at",
                    values![
                        key.installation.0,
                        key.repository.0,
                        key.number,
                        head,
                        base_tip,
                        merge_base,
                        rules_digest,
                        version,
                        facts,
                        review,
                        at
                    ],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// The judgement of a head.
    pub async fn judgement(&self, key: &PullKey, head: &str) -> Result<Option<Judgement>> {
        let (key, head) = (*key, head.to_owned());
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT base_tip, merge_base, rules_digest, facts, review, at FROM judgements
                           WHERE installation = $1 AND repository = $2 AND number = $3 AND head = $4";
                let values = values![key.installation.0, key.repository.0, key.number, head.as_str()];
                let Some(row) = conn.first(sql, values).await? else { return Ok(None) };
                Ok(Some(Judgement {
                    base_tip: row.text(0)?,
                    merge_base: row.text(1)?,
                    rules_digest: row.text(2)?,
                    facts: from_json("judgement's facts", &row.text(3)?)?,
                    review: from_json("judgement's review", &row.text(4)?)?,
                    at: row.time(5)?,
                    head,
                }))
            })
        })
        .await
    }
}

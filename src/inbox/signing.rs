//! What is known of sign-offs besides the reviews themselves: the heads that there were, what ended them, what cannot be read.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::sql::{Row, values};
use super::{Inbox, KnownHead, Lapse, Pusher, Result};
use crate::ids::PullKey;

/// # Errors
/// All of these: when the store cannot be used, or holds what this version cannot read.
impl Inbox {
    /// Every head that the pull request is known to have had, oldest first: as webhooks told it, and as it was judged.
    pub async fn known_heads(&self, key: &PullKey) -> Result<Vec<KnownHead>> {
        let key = *key;
        self.read(move |conn| {
            Box::pin(async move {
                let pull = values![key.installation.0, key.repository.0, key.number];
                let mut since: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
                for sql in [
                    "SELECT head, seen_at FROM pushers WHERE installation = $1 AND repository = $2 AND number = $3",
                    "SELECT head, at FROM judgements WHERE installation = $1 AND repository = $2 AND number = $3",
                ] {
                    for row in conn.all(sql, pull).await? {
                        let at = row.time(1)?;
                        since.entry(row.text(0)?).and_modify(|known| *known = at.min(*known)).or_insert(at);
                    }
                }
                let mut heads: Vec<KnownHead> =
                    since.into_iter().map(|(head, since)| KnownHead { since, head }).collect();
                heads.sort();
                Ok(heads)
            })
        })
        .await
    }

    /// Whether it is known, or was asked for, who moved the pull request to this head.
    pub async fn is_push_known(&self, key: &PullKey, head: &str) -> Result<bool> {
        let (key, head) = (*key, head.to_owned());
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT head FROM pushers
                           WHERE installation = $1 AND repository = $2 AND number = $3 AND head = $4
                           UNION ALL SELECT head FROM asked_pushes
                           WHERE installation = $1 AND repository = $2 AND number = $3 AND head = $4";
                let values = values![key.installation.0, key.repository.0, key.number, head];
                Ok(conn.first(sql, values).await?.is_some())
            })
        })
        .await
    }

    /// GitHub was asked who did, with what it answered: the pusher, and when that was.
    pub async fn push_asked(
        &self,
        key: &PullKey,
        head: &str,
        pusher: Option<(Pusher, DateTime<Utc>)>,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let (key, head) = (*key, head.to_owned());
        self.write(move |conn| {
            Box::pin(async move {
                if let Some((pusher, pushed_at)) = &pusher {
                    super::pulls::keep_pusher(conn, &key, pusher, *pushed_at).await?;
                }
                conn.run(
                    "INSERT INTO asked_pushes (installation, repository, number, head, at) VALUES ($1, $2, $3, $4, $5)
                     ON CONFLICT DO NOTHING",
                    values![key.installation.0, key.repository.0, key.number, head, at],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Why GitHub does not show a commit, where that was found out.
    pub async fn unread_commit(&self, key: &PullKey, head: &str) -> Result<Option<String>> {
        let (key, head) = (*key, head.to_owned());
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT why FROM unread_commits
                           WHERE installation = $1 AND repository = $2 AND number = $3 AND head = $4";
                let row = conn.first(sql, values![key.installation.0, key.repository.0, key.number, head]).await?;
                row.map(|row| row.text(0)).transpose()
            })
        })
        .await
    }

    /// Says that GitHub does not show it; the first reason stays.
    pub async fn save_unread_commit(&self, key: &PullKey, head: &str, why: &str, at: DateTime<Utc>) -> Result<()> {
        let (key, head, why) = (*key, head.to_owned(), why.to_owned());
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "INSERT INTO unread_commits (installation, repository, number, head, why, at)
                     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                    values![key.installation.0, key.repository.0, key.number, head, why, at],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// What ended sign-offs of the pull request, by review and rule.
    pub async fn lapses(&self, key: &PullKey) -> Result<Vec<Lapse>> {
        let key = *key;
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT review_id, rule, head, pusher, at FROM lapses
                           WHERE installation = $1 AND repository = $2 AND number = $3";
                let rows = conn.all(sql, values![key.installation.0, key.repository.0, key.number]).await?;
                let lapse = |row: &Row| {
                    Ok(Lapse {
                        review_id: row.id(0)?,
                        rule: row.text(1)?,
                        head: row.opt_text(2)?,
                        pusher: row.opt_text(3)?,
                        at: row.time(4)?,
                    })
                };
                let mut lapses = rows.iter().map(lapse).collect::<Result<Vec<_>>>()?;
                lapses.sort_by(|a, b| (a.review_id, &a.rule).cmp(&(b.review_id, &b.rule)));
                Ok(lapses)
            })
        })
        .await
    }

    /// Records what ended a sign-off; what was seen first stays.
    pub async fn save_lapse(&self, key: &PullKey, lapse: &Lapse) -> Result<()> {
        let (key, lapse) = (*key, lapse.clone());
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "INSERT INTO lapses (installation, repository, number, review_id, rule, head, pusher, at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
                    values![
                        key.installation.0,
                        key.repository.0,
                        key.number,
                        lapse.review_id,
                        lapse.rule,
                        lapse.head,
                        lapse.pusher,
                        lapse.at
                    ],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Forgets what ended a sign-off: it counts again.
    pub async fn forget_lapse(&self, key: &PullKey, review_id: u64, rule: &str) -> Result<()> {
        let (key, rule) = (*key, rule.to_owned());
        self.write(move |conn| {
            Box::pin(async move {
                conn.run(
                    "DELETE FROM lapses WHERE installation = $1 AND repository = $2 AND number = $3
                         AND review_id = $4 AND rule = $5",
                    values![key.installation.0, key.repository.0, key.number, review_id, rule],
                )
                .await?;
                Ok(())
            })
        })
        .await
    }
}

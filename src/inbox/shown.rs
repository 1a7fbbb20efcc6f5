//! What GitHub shows of ours, and the writes on their way there.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::sql::{Conn, from_json, to_json, values};
use super::{
    Inbox, Intent, IntentKind, Outcome, RequestState, Result, Shown, ShownCheck, ShownComment, ShownRequest, StoreError,
};
use crate::ids::{InstallationId, PullKey, RepositoryId};
use crate::review::Review;
use crate::rules::Handle;

/// What `pulls.shown` says.
const NEVER_SAID: i64 = 0;
const KNOWN: i64 = 1;
const IN_DOUBT: i64 = 2;

fn kind_name(kind: IntentKind) -> &'static str {
    match kind {
        IntentKind::CreateComment => "create_comment",
        IntentKind::UpdateComment => "update_comment",
        IntentKind::CreateCheck => "create_check",
        IntentKind::UpdateCheck => "update_check",
        IntentKind::Request => "request",
        IntentKind::Withdraw => "withdraw",
    }
}

fn kind_of(name: &str) -> Result<IntentKind> {
    [
        IntentKind::CreateComment,
        IntentKind::UpdateComment,
        IntentKind::CreateCheck,
        IntentKind::UpdateCheck,
        IntentKind::Request,
        IntentKind::Withdraw,
    ]
    .into_iter()
    .find(|kind| kind_name(*kind) == name)
    .ok_or_else(|| StoreError::Unreadable { what: "kind of intent", why: format!("`{name}` is none") })
}

fn state_name(state: RequestState) -> &'static str {
    match state {
        RequestState::Asked => "asked",
        RequestState::Refused => "refused",
        RequestState::Withdrawn => "withdrawn",
        RequestState::ByPerson => "by_person",
        RequestState::RemovedByPerson => "removed_by_person",
    }
}

fn state_of(name: &str) -> Result<RequestState> {
    [
        RequestState::Asked,
        RequestState::Refused,
        RequestState::Withdrawn,
        RequestState::ByPerson,
        RequestState::RemovedByPerson,
    ]
    .into_iter()
    .find(|state| state_name(*state) == name)
    .ok_or_else(|| StoreError::Unreadable { what: "state of a request", why: format!("`{name}` is none") })
}

/// Whom a row is about: handles are compared without regard to letter case.
pub(super) fn folded(handle: &Handle) -> String {
    handle.as_str().to_lowercase()
}

async fn said(conn: &mut Conn, key: &PullKey) -> Result<i64> {
    let sql = "SELECT shown FROM pulls WHERE installation = $1 AND repository = $2 AND number = $3";
    let row = conn.first(sql, values![key.installation.0, key.repository.0, key.number]).await?;
    row.map_or(Ok(NEVER_SAID), |row| row.int(0))
}

async fn say(conn: &mut Conn, key: &PullKey, shown: i64) -> Result<()> {
    conn.run(
        "INSERT INTO pulls (installation, repository, number, shown) VALUES ($1, $2, $3, $4)
         ON CONFLICT (installation, repository, number) DO UPDATE SET shown = excluded.shown",
        values![key.installation.0, key.repository.0, key.number, shown],
    )
    .await?;
    Ok(())
}

async fn keep_comment(conn: &mut Conn, key: &PullKey, comment: &ShownComment) -> Result<()> {
    conn.run(
        "INSERT INTO comments (installation, repository, number, comment_id, hash, seen_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (installation, repository, number) DO UPDATE
         SET comment_id = excluded.comment_id, hash = excluded.hash, seen_at = excluded.seen_at",
        values![
            key.installation.0,
            key.repository.0,
            key.number,
            comment.id,
            comment.hash.as_str(),
            comment.seen_at
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn keep_check(conn: &mut Conn, key: &PullKey, check: &ShownCheck) -> Result<()> {
    conn.run(
        "INSERT INTO checks (installation, repository, head, check_id, hash, conclusion, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (installation, repository, head) DO UPDATE
         SET check_id = excluded.check_id, hash = excluded.hash, conclusion = excluded.conclusion, seen_at = excluded.seen_at",
        values![
            key.installation.0,
            key.repository.0,
            check.head.as_str(),
            check.id,
            check.hash.as_str(),
            check.conclusion.as_deref(),
            check.seen_at
        ],
    )
    .await?;
    Ok(())
}

async fn keep_request(conn: &mut Conn, key: &PullKey, request: &ShownRequest) -> Result<()> {
    conn.run(
        "INSERT INTO requests (installation, repository, number, folded, handle, state, why, at, fingerprints, again)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (installation, repository, number, folded) DO UPDATE
         SET handle = excluded.handle, state = excluded.state, why = excluded.why, at = excluded.at,
             fingerprints = excluded.fingerprints, again = excluded.again",
        values![
            key.installation.0,
            key.repository.0,
            key.number,
            folded(&request.handle),
            request.handle.as_str(),
            state_name(request.state),
            request.why.as_deref(),
            request.at,
            to_json("request's fingerprints", &request.fingerprints)?,
            request.again
        ],
    )
    .await?;
    Ok(())
}

/// # Errors
/// All of these: when the store cannot be used, or holds what this version cannot read.
impl Inbox {
    /// What is known of it, for this head.
    pub async fn shown(&self, key: &PullKey, head: &str) -> Result<Shown> {
        let (key, head) = (*key, head.to_owned());
        self.read(move |conn| Box::pin(async move { shown(conn, &key, head).await })).await
    }

    /// Says that nothing of ours can be there yet (the pull request was just opened), or that GitHub was asked and this is all.
    ///
    /// It ends open intents: what they left behind is among what was read. A check that another pull request with the same
    /// head wrote is kept when this one was just opened; a check that GitHub was asked for and does not have is forgotten.
    pub async fn set_known(
        &self,
        key: &PullKey,
        comment: Option<&ShownComment>,
        check: Option<&ShownCheck>,
        requests: &[ShownRequest],
    ) -> Result<()> {
        let key = *key;
        let (comment, check, requests) = (comment.cloned(), check.cloned(), requests.to_vec());
        self.write(move |conn| {
            Box::pin(async move {
                let asked = said(conn, &key).await? != NEVER_SAID;
                say(conn, &key, KNOWN).await?;
                let pull = values![key.installation.0, key.repository.0, key.number];
                for table in [
                    "DELETE FROM comments WHERE installation = $1 AND repository = $2 AND number = $3",
                    "DELETE FROM requests WHERE installation = $1 AND repository = $2 AND number = $3",
                    "DELETE FROM intents WHERE installation = $1 AND repository = $2 AND number = $3",
                ] {
                    conn.run(table, pull).await?;
                }
                if let Some(comment) = &comment {
                    keep_comment(conn, &key, comment).await?;
                }
                match &check {
                    Some(check) => keep_check(conn, &key, check).await?,
                    None if asked => {
                        conn.run(
                            "DELETE FROM checks WHERE installation = $1 AND repository = $2 AND head = (
                                 SELECT head FROM pulls WHERE installation = $1 AND repository = $2 AND number = $3)",
                            pull,
                        )
                        .await?;
                    }
                    None => {}
                }
                for request in &requests {
                    keep_request(conn, &key, request).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// What we know of our comment, check runs or requests is in doubt (an edit, a deletion, a sweep): the next look asks GitHub.
    pub async fn doubt(&self, key: &PullKey) -> Result<()> {
        let key = *key;
        self.write(move |conn| Box::pin(async move { say(conn, &key, IN_DOUBT).await })).await
    }

    /// Whether nothing was ever known or done: neither what GitHub shows of ours was ever told, nor a review seen.
    pub async fn is_untouched(&self, key: &PullKey) -> Result<bool> {
        let key = *key;
        self.read(move |conn| {
            Box::pin(async move {
                let sql = "SELECT count(*) FROM reviews WHERE installation = $1 AND repository = $2 AND number = $3";
                let reviews = conn.one(sql, values![key.installation.0, key.repository.0, key.number]).await?.int(0)?;
                Ok(reviews == 0 && said(conn, &key).await? == NEVER_SAID)
            })
        })
        .await
    }

    /// A person asked `handle` for a review, or took a request back (`removed`).
    ///
    /// Asking turns a row of ours into [`RequestState::ByPerson`], and so does one while a request of ours is on its way, whoever
    /// that asks; else, where there is no row, the request is no business of ours.
    /// Taking back is kept in any case, so that nobody is asked again about what is known of: what the row was made for, and
    /// what the last judged head asks them.
    pub async fn person_requested(
        &self,
        key: &PullKey,
        handle: &Handle,
        removed: bool,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let (key, handle) = (*key, handle.clone());
        self.write(move |conn| {
            Box::pin(async move {
                if !removed {
                    let state = state_name(RequestState::ByPerson);
                    let of = values![key.installation.0, key.repository.0, key.number, folded(&handle), state, now];
                    let ours = conn
                        .run(
                            "UPDATE requests SET state = $5, why = NULL, at = $6
                             WHERE installation = $1 AND repository = $2 AND number = $3 AND folded = $4",
                            of,
                        )
                        .await?;
                    if ours == 0 && asking(conn, &key).await? {
                        let (state, fingerprints) = (RequestState::ByPerson, BTreeSet::new());
                        let row = ShownRequest { handle, state, why: None, at: now, fingerprints, again: 0 };
                        keep_request(conn, &key, &row).await?;
                    }
                    return Ok(());
                }
                let stored = conn
                    .first(
                        "SELECT fingerprints, again FROM requests
                         WHERE installation = $1 AND repository = $2 AND number = $3 AND folded = $4",
                        values![key.installation.0, key.repository.0, key.number, folded(&handle)],
                    )
                    .await?;
                let (mut fingerprints, again): (BTreeSet<String>, u64) = match stored {
                    Some(row) => (from_json("request's fingerprints", &row.text(0)?)?, row.id(1)?),
                    None => (BTreeSet::new(), 0),
                };
                fingerprints.extend(asked_of(conn, &key, &handle).await?);
                let state = RequestState::RemovedByPerson;
                let row = ShownRequest { handle, state, why: None, at: now, fingerprints, again };
                keep_request(conn, &key, &row).await
            })
        })
        .await
    }

    /// Our check run on this head has to be written again (re-run).
    pub async fn reset_check(&self, key: &PullKey, head: &str) -> Result<()> {
        let (key, head) = (*key, head.to_owned());
        self.write(move |conn| {
            Box::pin(async move {
                let sql = "UPDATE checks SET hash = '' WHERE installation = $1 AND repository = $2 AND head = $3";
                conn.run(sql, values![key.installation.0, key.repository.0, head]).await?;
                Ok(())
            })
        })
        .await
    }

    /// Stores a write before it is sent; returns its id.
    pub async fn intend(&self, key: &PullKey, intent: &Intent) -> Result<i64> {
        let (key, intent) = (*key, intent.clone());
        self.write(move |conn| {
            Box::pin(async move {
                let rows = conn
                    .all(
                        "INSERT INTO intents (installation, repository, number, kind, head, hash, at)
                         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
                        values![
                            key.installation.0,
                            key.repository.0,
                            key.number,
                            kind_name(intent.kind),
                            intent.head,
                            intent.hash,
                            intent.at
                        ],
                    )
                    .await?;
                rows.first().ok_or(StoreError::Database(sqlx::Error::RowNotFound))?.int(0)
            })
        })
        .await
    }

    /// Stores how it ended, in one transaction with the end of the intent.
    ///
    /// An intent that has been ended already (GitHub was asked meanwhile) leaves a doubt instead of its outcome: it may be
    /// older than what was read.
    pub async fn settle(&self, key: &PullKey, intent: i64, outcome: &Outcome) -> Result<()> {
        let (key, outcome) = (*key, outcome.clone());
        self.write(move |conn| {
            Box::pin(async move {
                let ended = conn
                    .all(
                        "DELETE FROM intents WHERE id = $4 AND installation = $1 AND repository = $2 AND number = $3 RETURNING at",
                        values![key.installation.0, key.repository.0, key.number, intent],
                    )
                    .await?;
                let meant_at = ended.first().map(|row| row.time(0)).transpose()?;
                match outcome {
                    Outcome::NotDone => Ok(()),
                    _ if meant_at.is_none() => say(conn, &key, IN_DOUBT).await,
                    Outcome::Comment(comment) => keep_comment(conn, &key, &comment).await,
                    Outcome::Check(check) => keep_check(conn, &key, &check).await,
                    Outcome::Requests(requests) => {
                        for request in requests {
                            settle_request(conn, &key, request, meant_at).await?;
                        }
                        Ok(())
                    }
                }
            })
        })
        .await
    }
}

/// Keeps how a request ended that was meant at `meant_at`. What a person has done with it since is newer than what we meant, and
/// stays; of ours there is only what it was about, so that nobody is asked about that again.
async fn settle_request(
    conn: &mut Conn,
    key: &PullKey,
    ours: ShownRequest,
    meant_at: Option<DateTime<Utc>>,
) -> Result<()> {
    let stored = conn
        .first(
            "SELECT state, why, at, fingerprints FROM requests
             WHERE installation = $1 AND repository = $2 AND number = $3 AND folded = $4",
            values![key.installation.0, key.repository.0, key.number, folded(&ours.handle)],
        )
        .await?;
    if let Some(row) = stored {
        let (state, at) = (state_of(&row.text(0)?)?, row.time(2)?);
        let by_person = matches!(state, RequestState::ByPerson | RequestState::RemovedByPerson);
        if by_person && meant_at.is_some_and(|meant| at > meant) {
            let mut theirs = ShownRequest { state, why: row.opt_text(1)?, at, ..ours };
            let known: BTreeSet<String> = from_json("request's fingerprints", &row.text(3)?)?;
            theirs.fingerprints.extend(known);
            return keep_request(conn, key, &theirs).await;
        }
    }
    keep_request(conn, key, &ours).await
}

/// Whether a request of ours is on its way.
async fn asking(conn: &mut Conn, key: &PullKey) -> Result<bool> {
    let sql =
        "SELECT id FROM intents WHERE installation = $1 AND repository = $2 AND number = $3 AND kind = $4 LIMIT 1";
    let kind = kind_name(IntentKind::Request);
    Ok(conn.first(sql, values![key.installation.0, key.repository.0, key.number, kind]).await?.is_some())
}

/// Fingerprints of what the newest judgement asks this handle.
async fn asked_of(conn: &mut Conn, key: &PullKey, handle: &Handle) -> Result<BTreeSet<String>> {
    let newest = conn
        .first(
            "SELECT review FROM judgements WHERE installation = $1 AND repository = $2 AND number = $3
             ORDER BY at DESC LIMIT 1",
            values![key.installation.0, key.repository.0, key.number],
        )
        .await?;
    let Some(row) = newest else { return Ok(BTreeSet::new()) };
    let review: Review = from_json("judgement's review", &row.text(0)?)?;
    let slots = review.findings.iter().flat_map(|finding| &finding.slots);
    Ok(slots.filter(|slot| review.names(slot, handle)).map(|slot| slot.fingerprint.clone()).collect())
}

/// Our check run on a head.
pub(super) async fn check_of(
    conn: &mut Conn,
    installation: InstallationId,
    repository: RepositoryId,
    head: String,
) -> Result<Option<ShownCheck>> {
    let sql = "SELECT check_id, hash, conclusion, seen_at FROM checks
               WHERE installation = $1 AND repository = $2 AND head = $3";
    let row = conn.first(sql, values![installation.0, repository.0, head.as_str()]).await?;
    row.map(|row| {
        Ok(ShownCheck { id: row.id(0)?, hash: row.text(1)?, conclusion: row.opt_text(2)?, seen_at: row.time(3)?, head })
    })
    .transpose()
}

async fn shown(conn: &mut Conn, key: &PullKey, head: String) -> Result<Shown> {
    let pull = values![key.installation.0, key.repository.0, key.number];
    let comment = conn
        .first(
            "SELECT comment_id, hash, seen_at FROM comments WHERE installation = $1 AND repository = $2 AND number = $3",
            pull,
        )
        .await?
        .map(|row| Ok::<_, StoreError>(ShownComment { id: row.id(0)?, hash: row.text(1)?, seen_at: row.time(2)? }))
        .transpose()?;
    let check = check_of(conn, key.installation, key.repository, head).await?;
    let mut requests = conn
        .all(
            "SELECT handle, state, why, at, fingerprints, again FROM requests
             WHERE installation = $1 AND repository = $2 AND number = $3",
            pull,
        )
        .await?
        .iter()
        .map(|row| {
            Ok(ShownRequest {
                handle: Handle::new(&row.text(0)?),
                state: state_of(&row.text(1)?)?,
                why: row.opt_text(2)?,
                at: row.time(3)?,
                fingerprints: from_json("request's fingerprints", &row.text(4)?)?,
                again: row.id(5)?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    requests.sort_by(|a, b| a.handle.cmp(&b.handle));
    let intents = conn
        .all(
            "SELECT id, kind, head, hash, at FROM intents
             WHERE installation = $1 AND repository = $2 AND number = $3 ORDER BY id",
            pull,
        )
        .await?
        .iter()
        .map(|row| {
            Ok(Intent {
                id: row.int(0)?,
                kind: kind_of(&row.text(1)?)?,
                head: row.opt_text(2)?,
                hash: row.text(3)?,
                at: row.time(4)?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let known = said(conn, key).await? == KNOWN && intents.is_empty();
    Ok(Shown { comment, check, requests, intents, known })
}

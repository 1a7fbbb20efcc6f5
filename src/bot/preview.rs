//! What an edit of the rules would have done to past pull requests: judged again from what is stored, without a request.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tracing::warn;

use crate::ids::PullKey;
use crate::ownership::LOCATIONS;
use crate::pull::Snapshot;
use crate::render::Preview;
use crate::replay::{Change, Past, Replay, Replayer};
use crate::review::{Basis, FACTS_VERSION, Paths, RulesFrom};
use crate::rules::{Handle, RULES_PATH};
use crate::source::Comparison;

use super::people::about_believed_for;
use super::reconcile::Target;
use super::{Bot, TaskError};

/// So many pull requests are judged again.
const LAST: usize = 200;

/// So many replays are under way at once, whatever the number of workers: other pull requests are not to wait for them.
const AT_ONCE: usize = 2;

/// After so long a replay goes over no more changes: those that it did are the last ones, and the comment says how many.
const DEADLINE: Duration = Duration::from_secs(10);

/// What there is to say of an edit.
pub(super) enum Effect {
    /// This.
    Told(Box<Preview>),
    /// Nothing.
    None,
    /// Others are worked out just now: look again soon.
    Later,
}

/// The right to replay.
pub(super) struct Replays(Semaphore);

impl Default for Replays {
    fn default() -> Self {
        Self(Semaphore::new(AT_ONCE))
    }
}

impl Bot {
    /// What this change of the files that judge would have done to the last pull requests into `base`, and to the files of the
    /// base.
    ///
    /// What a file's first lines said before a change is known where it mattered to the judgement then; elsewhere the file counts,
    /// under both alike.
    pub(super) async fn preview(
        &self,
        target: &Target<'_>,
        basis: &Basis,
        comparison: &Comparison,
        base: &str,
    ) -> Result<Effect, TaskError> {
        let edited = self.edited(target, basis, comparison).await?;
        let Some(edited) = Option::as_ref(&edited) else { return Ok(Effect::None) };
        let Ok(after) = &edited.after else { return Ok(Effect::None) };
        // Where nobody wrote rules, nobody has asked to be told of them.
        if basis.rules_from == RulesFrom::Startup && after.rules_from == RulesFrom::Startup {
            return Ok(Effect::None);
        }
        let Ok(_right) = self.replays.0.try_acquire() else { return Ok(Effect::Later) };
        let key = target.key;
        let past = self.inbox.past(key.installation, key.repository, Some(key.number), FACTS_VERSION, LAST).await?;
        let past: Vec<Past> = past
            .into_iter()
            // What goes to another branch is judged by the rules there.
            .filter(|(_, facts)| facts.base.as_deref() == Some(base))
            .map(|(number, facts)| {
                let title = facts.title.clone().unwrap_or_default();
                Past::new(Change { number: Some(number), title, ..Change::default() }, facts)
            })
            .collect();
        let (listing, not_listed) = match &edited.paths {
            Paths::Known(paths) => (Some(paths.clone()), None),
            Paths::CannotTell(why) => (None, Some(why.clone())),
            Paths::NotNeeded => (None, None),
        };
        let replayer = Replayer::new(basis.clone(), (**after).clone(), (self.clock)());
        let Some(replay) = replayed(replayer, past, listing).await else { return Ok(Effect::None) };
        // Of a new decision record, or of attributes, there is something to say only where they make a difference.
        let named = |path: &String| path == RULES_PATH || LOCATIONS.contains(&path.as_str());
        if !edited.files.iter().any(named) && !replay.makes_a_difference() {
            return Ok(Effect::None);
        }
        let hidden = self.unseen(key, target.snapshot, &replay).await?;
        Ok(Effect::Told(Box::new(Preview { replay: Arc::new(replay), hidden, not_listed })))
    }

    /// The teams in a replay that whoever reads it may not see. Nobody is asked: in a public repository a team is named only
    /// where it is known that outsiders see it.
    async fn unseen(&self, key: PullKey, snapshot: &Snapshot, replay: &Replay) -> Result<Vec<Handle>, TaskError> {
        let mut hidden = Vec::new();
        if snapshot.private {
            return Ok(hidden);
        }
        let owners = replay.moves.iter().flat_map(|one| one.from.iter().chain(&one.to));
        let written = owners.filter(|name| name.starts_with('@')).map(|name| Handle::new(name));
        let asked = replay.load.iter().map(|one| one.of.clone());
        for handle in asked.chain(written).collect::<BTreeSet<Handle>>() {
            if handle.as_team().is_none() {
                continue;
            }
            let about = self.inbox.team_about(key.installation, &handle).await?;
            let seen =
                about.is_some_and(|about| !about.secret && (self.clock)() - about.read_at < about_believed_for());
            if !seen {
                hidden.push(handle);
            }
        }
        Ok(hidden)
    }
}

/// The replay of these changes; `None`: it failed, which costs the preview and nothing else.
async fn replayed(replayer: Replayer, past: Vec<Past>, listing: Option<Vec<String>>) -> Option<Replay> {
    let work = move || {
        let started = Instant::now();
        let in_time = |_: &&Past| started.elapsed() < DEADLINE;
        let changes = past.iter().take_while(in_time).map(|one| replayer.judge(one)).collect();
        replayer.sum(changes, listing.as_deref())
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(replay) => Some(replay),
        Err(error) => {
            warn!(%error, "the effect of an edit could not be worked out");
            None
        }
    }
}

//! From an event to what the inbox keeps of it.

use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;

use crate::bot::Clock;
use crate::github::webhook::{Event, InstallationAction, Place, PullAction, Sender};
use crate::github::{App, RepositoryRef, SHARED_REPOSITORY};
use crate::ids::{InstallationId, PullKey};
use crate::inbox::{Floor, Group, Inbox, Installation, Lane, Mark, Pusher, Repository, StoreError, Task};
use crate::pull::{SeenReview, Snapshot};
use crate::review::ActKind;

use super::Accounts;

/// How old a pull request may be at its `opened` for that to say that nothing of ours can be there. Redelivered after days to
/// a store that was lost, it says nothing.
const JUST_OPENED: TimeDelta = TimeDelta::minutes(10);
/// From how many new repositories on the whole installation is listed instead of each being kept on its own.
const MANY_REPOSITORIES: usize = 200;
/// How many pull requests may be opened at once without one waiting for another by chance.
const SHARDS: usize = 64;

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is durable.
    Kept,
    /// It asks for nothing.
    Nothing,
}

/// Takes events in.
pub(super) struct Intake {
    pub(super) inbox: Inbox,
    app: App,
    accounts: Accounts,
    clock: Clock,
    /// One `opened` at a time for a pull request: the second of two deliveries must see what the first has kept.
    opening: Vec<Mutex<()>>,
}

impl Intake {
    pub fn new(inbox: Inbox, app: App, accounts: Accounts, clock: Clock) -> Self {
        Self { inbox, app, accounts, clock, opening: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    /// Keeps what an event asks for; returns after the commit.
    ///
    /// A delivery that comes again is taken in again: marks are a set, floors and snapshots move nothing back, and whoever
    /// presses "Redeliver" wants the pull request to be looked at.
    pub async fn take(&self, event: Event) -> Result<Taken, StoreError> {
        let now = (self.clock)();
        match event {
            Event::Ping | Event::Ignored => Ok(Taken::Nothing),
            Event::Pull { place, number, action, snapshot, created_at, comments, base_from, sender } => {
                if !self.accounts.allow(place.account) {
                    return Ok(Taken::Nothing);
                }
                let key = place.pull(number);
                if action == PullAction::Closed {
                    // It asks nothing of GitHub; but others with its head may have waited for it.
                    self.revive(place.installation, now).await?;
                    let mut marks = vec![mark_of(key, now, *snapshot, None)];
                    marks.extend(self.queued(&place, now).await?);
                    self.inbox.accept(None, &marks, now).await?;
                    return Ok(Taken::Kept);
                }
                self.remember(&place, now).await?;
                if base_from.is_some() {
                    // Of one that was not heard of before, nothing else tells it.
                    self.inbox.retargeted(&key, snapshot.updated_at).await?;
                }
                let fresh = action == PullAction::Opened
                    && comments.unwrap_or(0) == 0
                    && created_at.is_none_or(|opened| (now - opened).abs() <= JUST_OPENED);
                let pusher = match self.pusher(action, sender, &snapshot) {
                    Some(_) if action == PullAction::Reopened && self.is_known_head(&key, &snapshot).await? => None,
                    pusher => pusher,
                };
                let mark = Mark { pusher, ..mark_of(key, now, *snapshot, None) };
                let mut marks = vec![mark];
                marks.extend(self.queued(&place, now).await?);
                if !fresh {
                    self.inbox.accept(None, &marks, now).await?;
                    return Ok(Taken::Kept);
                }
                let _alone = self.opening[shard(&key)].lock().await;
                self.nothing_of_ours(&key).await?;
                self.inbox.accept(None, &marks, now).await?;
                Ok(Taken::Kept)
            }
            Event::ReviewRequest { place, number, snapshot, handle, removed, sender } => {
                if !self.accounts.allow(place.account) {
                    return Ok(Taken::Nothing);
                }
                self.remember(&place, now).await?;
                let key = place.pull(number);
                self.inbox.save_told(&key, &snapshot).await?;
                // Nothing has to be looked at for it, so it costs no request to GitHub: ours would make one another.
                if let Some(handle) = handle.filter(|_| !self.is_us(&sender))
                    && !self.is_old(&key, &snapshot).await?
                {
                    self.inbox.person_requested(&key, &handle, removed, now).await?;
                }
                Ok(Taken::Kept)
            }
            Event::Review { place, number, snapshot, review } => {
                if !self.accounts.allow(place.account) {
                    return Ok(Taken::Nothing);
                }
                self.remember(&place, now).await?;
                let key = place.pull(number);
                if review.kind == Some(ActKind::Commented) {
                    // That somebody has looked matters when it comes to asking again, and asks for nothing by itself.
                    self.inbox.save_reviews(&key, &[review]).await?;
                    return Ok(Taken::Kept);
                }
                let mut marks = vec![mark_of(key, now, *snapshot, Some(review))];
                marks.extend(self.queued(&place, now).await?);
                self.inbox.accept(None, &marks, now).await?;
                Ok(Taken::Kept)
            }
            Event::Rerequested { place, head, pulls } => {
                if !self.accounts.allow(place.account) {
                    return Ok(Taken::Nothing);
                }
                self.remember(&place, now).await?;
                self.rerequested(&place, &head, &pulls, now).await?;
                Ok(Taken::Kept)
            }
            Event::AppComment { place, number, app, .. } => {
                if app != self.app.id() || !self.accounts.allow(place.account) {
                    return Ok(Taken::Nothing);
                }
                self.remember(&place, now).await?;
                let key = place.pull(number);
                self.inbox.doubt(&key).await?;
                self.inbox.accept(None, &[mark(Task::Pull(key), now)], now).await?;
                Ok(Taken::Kept)
            }
            Event::Installation { installation, action, account, login } => {
                if !self.accounts.allow(Some(account)) {
                    return Ok(Taken::Nothing);
                }
                let active = action == InstallationAction::Active;
                let known = Installation { id: installation, account_id: account, account: login, active };
                self.inbox.save_installation(&known).await?;
                if active {
                    // Permissions may have come along: what could not be seen of the teams before is asked for again.
                    self.inbox.forget_teams(installation, None).await?;
                    self.inbox.organisation_moved(installation, account, None, now).await?;
                    self.inbox.accept(None, &[mark(Task::Installation { installation }, now)], now).await?;
                }
                Ok(Taken::Kept)
            }
            Event::InstallationRepositories { installation, account, added, removed } => {
                if !self.accounts.allow(account) {
                    return Ok(Taken::Nothing);
                }
                let shares = |one: &RepositoryRef| one.name.eq_ignore_ascii_case(SHARED_REPOSITORY);
                let shared = added.iter().chain(&removed).any(shares);
                if let Some(account) = account.filter(|_| shared) {
                    self.sees_others(installation, account, now).await?;
                }
                if added.is_empty() {
                    return Ok(if shared { Taken::Kept } else { Taken::Nothing });
                }
                self.added(installation, added, now).await?;
                Ok(Taken::Kept)
            }
            Event::Push { place, branch, before, after, paths } => {
                if !self.accounts.allow(place.account) {
                    return Ok(Taken::Nothing);
                }
                self.remember(&place, now).await?;
                self.pushed(&place, &branch, before.as_deref(), after.as_deref(), paths, now).await
            }
            Event::Group { place, head, head_ref, base, base_sha, open } => {
                if !self.accounts.allow(place.account) {
                    return Ok(Taken::Nothing);
                }
                self.remember(&place, now).await?;
                self.grouped(&place, &Group { head, head_ref, base, base_sha }, open, now).await
            }
            Event::Repository { place, change, url } => {
                if !self.accounts.allow(place.account) {
                    return Ok(Taken::Nothing);
                }
                self.remember(&place, now).await?;
                self.repository_changed(&place, change, url.as_deref(), now).await
            }
            Event::Member { installation, account, login, repository } => {
                if !self.accounts.allow(Some(account)) {
                    return Ok(Taken::Nothing);
                }
                self.membership_changed(installation, &login, repository, now).await
            }
            Event::Team { installation, account, teams } => {
                if !self.accounts.allow(Some(account)) {
                    return Ok(Taken::Nothing);
                }
                self.team_changed(installation, &teams, now).await
            }
            Event::AccountRenamed { installation, account, login } => {
                if !self.accounts.allow(Some(account)) {
                    return Ok(Taken::Nothing);
                }
                self.account_renamed(installation, account, login, now).await
            }
        }
    }

    /// Who moved the head, where the event is of that. Of a pull request that was opened (again) nobody else is known to have.
    fn pusher(&self, action: PullAction, sender: Sender, snapshot: &Snapshot) -> Option<Pusher> {
        if !matches!(action, PullAction::Opened | PullAction::Reopened | PullAction::Synchronize) {
            return None;
        }
        let Sender { login, id, bot } = sender;
        if bot && self.is_our_name(&login) == Some(true) {
            return None;
        }
        Some(Pusher { login, user_id: id, bot, head: snapshot.head.clone() })
    }

    /// Whether the head is the one that was known before: whoever reopens a pull request has not moved it then.
    async fn is_known_head(&self, key: &PullKey, told: &Snapshot) -> Result<bool, StoreError> {
        Ok(self.inbox.snapshot(key).await?.is_some_and(|known| known.head == told.head))
    }

    /// Whether an App of this login is us; `None`: GitHub has not told our name yet.
    fn is_our_name(&self, login: &str) -> Option<bool> {
        let slug = self.app.known_slug()?;
        Some(login.strip_suffix("[bot]").is_some_and(|name| name.eq_ignore_ascii_case(slug)))
    }

    /// Whether our own App did it. Before GitHub has told our name, any App may be us: what it does is then left as it is.
    fn is_us(&self, sender: &Sender) -> bool {
        sender.bot && self.is_our_name(&sender.login).unwrap_or(true)
    }

    /// Whether a newer state of the pull request is known than this payload has: it was late, or delivered again.
    async fn is_old(&self, key: &PullKey, told: &Snapshot) -> Result<bool, StoreError> {
        Ok(self.inbox.snapshot(key).await?.is_some_and(|known| known.updated_at > told.updated_at))
    }

    /// Says that nothing of ours is on a pull request that was just opened, unless something is known of it already: a second
    /// delivery must not undo what was found or done since the first.
    async fn nothing_of_ours(&self, key: &PullKey) -> Result<(), StoreError> {
        if !self.inbox.is_untouched(key).await? {
            return Ok(());
        }
        self.inbox.set_known(key, None, None, &[]).await?;
        self.inbox.set_reviews_complete(key).await
    }

    /// Lets an installation that is stored as inactive be worked for again. Of one that is suspended or deleted GitHub tells
    /// nothing of its repositories, so a word of that came late or was delivered again. What was missed meanwhile is looked for.
    async fn revive(&self, installation: InstallationId, now: DateTime<Utc>) -> Result<(), StoreError> {
        match self.inbox.installation(installation).await? {
            Some(known) if !known.active => {
                self.inbox.save_installation(&Installation { active: true, ..known }).await?;
                self.inbox.accept(None, &[mark(Task::Installation { installation }, now)], now).await
            }
            _ => Ok(()),
        }
    }

    /// Keeps the names of a repository and of its owner, where they are new; its installation is alive.
    async fn remember(&self, place: &Place, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.revive(place.installation, now).await?;
        if let Some(account_id) = place.account {
            let known = self.inbox.installation(place.installation).await?;
            // An installation is one account's for ever: a repository of another one was transferred meanwhile.
            let news = known.is_none_or(|known| known.account_id == account_id && known.account != place.owner);
            if news {
                let (id, account) = (place.installation, place.owner.clone());
                self.inbox.save_installation(&Installation { id, account_id, account, active: true }).await?;
            }
        }
        let repository = Repository {
            installation: place.installation,
            id: place.repository,
            owner: place.owner.clone(),
            name: place.name.clone(),
        };
        let known = self.inbox.repository(place.installation, place.repository).await?;
        if known.as_ref() == Some(&repository) { Ok(()) } else { self.inbox.save_repository(&repository).await }
    }

    async fn rerequested(
        &self,
        place: &Place,
        head: &str,
        named: &[u64],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut pulls = self.inbox.pulls_with_head(place.installation, place.repository, head).await?;
        pulls.extend(named.iter().map(|number| place.pull(*number)));
        pulls.sort();
        pulls.dedup();
        let mut marks = Vec::new();
        for key in &pulls {
            self.inbox.reset_check(key, head).await?;
            marks.push(mark(Task::Pull(*key), now));
        }
        let groups = self.inbox.open_groups(place.installation, place.repository).await?;
        if groups.iter().any(|one| one.group.head == head) {
            self.inbox.reset_check(&place.pull(0), head).await?;
            marks.extend(self.queued(place, now).await?);
        }
        if marks.is_empty() {
            // A head that was never seen, of a fork: the payload names no pull request then.
            let (installation, repository) = (place.installation, place.repository);
            marks.push(mark(Task::Repository { installation, repository }, now));
        }
        self.inbox.accept(None, &marks, now).await
    }

    async fn added(
        &self,
        installation: InstallationId,
        added: Vec<RepositoryRef>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if added.len() > MANY_REPOSITORIES {
            return self.inbox.accept(None, &[mark(Task::Installation { installation }, now)], now).await;
        }
        // One that is added by itself is looked at by itself; the pull requests of several come one after the other.
        let lane = if added.len() > 1 { Lane::Sweep } else { Lane::Event };
        let mut marks = Vec::new();
        for RepositoryRef { id, owner, name } in added {
            self.inbox.save_repository(&Repository { installation, id, owner, name }).await?;
            marks.push(Mark { lane, ..mark(Task::Repository { installation, repository: id }, now) });
        }
        self.inbox.accept(None, &marks, now).await
    }
}

fn shard(key: &PullKey) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    // The remainder is below SHARDS, so it fits.
    usize::try_from(hasher.finish() % SHARDS as u64).unwrap_or(0)
}

pub(super) fn mark(task: Task, now: DateTime<Utc>) -> Mark {
    Mark { task, lane: Lane::Event, due: now, floor: Floor::default(), snapshot: None, review: None, pusher: None }
}

fn mark_of(key: PullKey, now: DateTime<Utc>, snapshot: Snapshot, review: Option<SeenReview>) -> Mark {
    let floor = Floor {
        updated_at: Some(snapshot.updated_at),
        head: Some(snapshot.head.clone()),
        base: Some(snapshot.base.clone()),
        review_id: review.as_ref().map(|review| review.review_id),
    };
    Mark { floor, snapshot: Some(snapshot), review, ..mark(Task::Pull(key), now) }
}

//! What happens around pull requests: pushes, merge groups, teams, people and repositories. Each forgets what it must, and marks
//! only what it can matter to.

use chrono::{DateTime, Utc};

use crate::bot::gather::says_something;
use crate::bot::paced;
use crate::github::SHARED_REPOSITORY;
use crate::github::webhook::{Place, RepositoryChange};
use crate::ids::{InstallationId, RepositoryId};
use crate::inbox::{Group, Installation, Lane, Mark, StoreError, Task};
use crate::rules::Handle;

use super::intake::{Intake, Taken, mark};

impl Intake {
    /// A push: the tip of the branch moves, and where it may say something else now, that is read.
    pub(super) async fn pushed(
        &self,
        place: &Place,
        branch: &str,
        before: Option<&str>,
        after: Option<&str>,
        paths: Option<Vec<String>>,
        now: DateTime<Utc>,
    ) -> Result<Taken, StoreError> {
        let (installation, repository) = (place.installation, place.repository);
        if !self.inbox.is_heard(installation, repository).await? {
            self.inbox.hear(installation, repository, now).await?;
        }
        let shares = self.pushed_shared(place, branch, after, paths.as_deref(), now).await?;
        // Of a branch that no pull request was judged by nothing is kept: whoever is judged by it first asks for its tip.
        let Some(known) = self.inbox.tip(installation, repository, branch).await? else { return Ok(shares) };
        let Some(after) = after else {
            self.inbox.forget_tips(installation, repository, Some(branch)).await?;
            return Ok(Taken::Kept);
        };
        let folders = known.read.map(|read| read.folders).unwrap_or_default();
        let silent = paths.is_some_and(|paths| !paths.iter().any(|path| says_something(path, &folders)));
        let moved = (before, after);
        if self.inbox.pushed_tip(installation, repository, branch, moved, silent, now).await? {
            self.inbox.accept(None, &[mark(Task::Base { installation, repository }, now)], now).await?;
        }
        Ok(Taken::Kept)
    }

    /// A group of the merge queue: nothing else is more urgent.
    pub(super) async fn grouped(
        &self,
        place: &Place,
        group: &Group,
        open: bool,
        now: DateTime<Utc>,
    ) -> Result<Taken, StoreError> {
        let (installation, repository) = (place.installation, place.repository);
        if !open {
            self.inbox.close_group(installation, repository, group, now).await?;
            // It has no say any more in the check of that commit, which others may have as their head.
            let others = self.inbox.pulls_with_head(installation, repository, &group.head).await?;
            let marks: Vec<Mark> = others.into_iter().map(|key| mark(Task::Pull(key), now)).collect();
            if !marks.is_empty() {
                self.inbox.accept(None, &marks, now).await?;
            }
            return Ok(Taken::Kept);
        }
        self.inbox.open_group(installation, repository, group, now).await?;
        self.inbox.accept(None, &[queue_mark(place, now)], now).await?;
        Ok(Taken::Kept)
    }

    /// The mark for the merge queue of a repository, where it has an open group: something happened to a pull request that may be
    /// in it.
    pub(super) async fn queued(&self, place: &Place, now: DateTime<Utc>) -> Result<Option<Mark>, StoreError> {
        let groups = self.inbox.open_groups(place.installation, place.repository).await?;
        Ok((!groups.is_empty()).then(|| queue_mark(place, now)))
    }

    /// A repository as such changed.
    pub(super) async fn repository_changed(
        &self,
        place: &Place,
        change: RepositoryChange,
        url: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Taken, StoreError> {
        let (installation, repository) = (place.installation, place.repository);
        if self.is_shared(place).await? {
            self.look_at_organisation(place, None, now).await?;
        }
        match change {
            RepositoryChange::Created => {}
            // Names are labels: nothing is judged by them.
            RepositoryChange::Renamed => {
                self.inbox.relabel(installation, repository, (&place.owner, &place.name), url).await?;
            }
            RepositoryChange::Deleted => self.inbox.close_repository(installation, repository).await?,
            // Which branch judges, whose teams are asked, and whom the comment may name may all be different now; the list of open
            // pull requests tells it for all of them at once.
            RepositoryChange::Other => {
                self.inbox.forget_tips(installation, repository, None).await?;
                let task = Task::Repository { installation, repository };
                self.inbox.accept(None, &[mark(task, now)], now).await?;
            }
        }
        Ok(Taken::Kept)
    }

    /// Somebody came or went. It can matter where they have said something, or changed something.
    pub(super) async fn membership_changed(
        &self,
        installation: InstallationId,
        login: &str,
        repository: Option<RepositoryId>,
        now: DateTime<Utc>,
    ) -> Result<Taken, StoreError> {
        if repository.is_none() {
            // Whoever leaves the organisation leaves its teams, and a team's members are its child teams' too.
            self.inbox.forget_teams(installation, None).await?;
        }
        self.inbox.forget_user(installation, login).await?;
        let mut pulls = self.inbox.pulls_with_hand_of(installation, login).await?;
        pulls.retain(|key| repository.is_none_or(|repository| key.repository == repository));
        self.look_at(pulls, now).await
    }

    /// A team is not what it was. It can matter where it is asked, or named by a judgement.
    pub(super) async fn team_changed(
        &self,
        installation: InstallationId,
        teams: &[Handle],
        now: DateTime<Utc>,
    ) -> Result<Taken, StoreError> {
        self.inbox.forget_teams(installation, None).await?;
        let mut pulls = Vec::new();
        for team in teams {
            pulls.extend(self.inbox.pulls_that_name(installation, team).await?);
        }
        pulls.sort_unstable();
        pulls.dedup();
        self.look_at(pulls, now).await
    }

    /// The account has another login: the teams that the rules name are those of another organisation now, or not any more.
    pub(super) async fn account_renamed(
        &self,
        installation: InstallationId,
        account_id: u64,
        account: String,
        now: DateTime<Utc>,
    ) -> Result<Taken, StoreError> {
        let active = self.inbox.installation(installation).await?.is_none_or(|known| known.active);
        self.inbox.save_installation(&Installation { id: installation, account_id, account, active }).await?;
        self.inbox.forget_teams(installation, None).await?;
        self.inbox.organisation_moved(installation, account_id, None, now).await?;
        self.inbox.accept(None, &[mark(Task::Installation { installation }, now)], now).await?;
        Ok(Taken::Kept)
    }

    /// Whether a repository is the one that its owner shares rules in, or was when it was last seen.
    async fn is_shared(&self, place: &Place) -> Result<bool, StoreError> {
        if place.name.eq_ignore_ascii_case(SHARED_REPOSITORY) {
            return Ok(true);
        }
        let Some(account) = self.inbox.installation(place.installation).await? else { return Ok(false) };
        let known = self.inbox.organisation_file(place.installation, account.account_id).await?;
        Ok(known.is_some_and(|known| known.look.repository == Some(place.repository)))
    }

    /// A push to the repository that rules are shared in: where it may say something else now, that is read.
    async fn pushed_shared(
        &self,
        place: &Place,
        branch: &str,
        after: Option<&str>,
        paths: Option<&[String]>,
        now: DateTime<Utc>,
    ) -> Result<Taken, StoreError> {
        let silent = paths.is_some_and(|paths| !paths.iter().any(|path| says_something(path, &[String::new()])));
        if silent || !self.is_shared(place).await? {
            return Ok(Taken::Nothing);
        }
        let Some(account) = self.inbox.installation(place.installation).await? else { return Ok(Taken::Nothing) };
        let known = self.inbox.organisation_file(place.installation, account.account_id).await?;
        // Only the default branch says anything.
        let default = known.and_then(|known| known.look.branch);
        if default.is_some_and(|default| default != branch) {
            return Ok(Taken::Nothing);
        }
        self.look_at_organisation(place, after, now).await
    }

    /// The organisation's file may say something else: whatever was judged by it has to hear of that.
    async fn look_at_organisation(
        &self,
        place: &Place,
        told: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Taken, StoreError> {
        let installation = place.installation;
        let Some(account) = self.inbox.installation(installation).await? else { return Ok(Taken::Nothing) };
        if !self.inbox.organisation_moved(installation, account.account_id, told, now).await? {
            return Ok(Taken::Nothing);
        }
        self.inbox.accept(None, &[mark(Task::Organisation { installation }, now)], now).await?;
        Ok(Taken::Kept)
    }

    /// The repositories that an installation sees are not those that it saw: the one that rules are shared in may be among them.
    pub(super) async fn sees_others(
        &self,
        installation: InstallationId,
        account: u64,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if self.inbox.organisation_moved(installation, account, None, now).await? {
            self.inbox.accept(None, &[mark(Task::Organisation { installation }, now)], now).await?;
        }
        Ok(())
    }

    async fn look_at(&self, pulls: Vec<crate::ids::PullKey>, now: DateTime<Utc>) -> Result<Taken, StoreError> {
        if pulls.is_empty() {
            return Ok(Taken::Nothing);
        }
        self.inbox.accept(None, &paced(pulls, now), now).await?;
        Ok(Taken::Kept)
    }
}

fn queue_mark(place: &Place, now: DateTime<Utc>) -> Mark {
    let task = Task::Queue { installation: place.installation, repository: place.repository };
    Mark { lane: Lane::Act, ..mark(task, now) }
}

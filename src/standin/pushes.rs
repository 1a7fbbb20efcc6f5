//! Pushes that rewrite the head of a pull request instead of adding to it.

use super::edits::Edits;
use super::git::{NewCommit, Oid};
use super::people::WEB_FLOW;
use super::world::{Done, Kind, Mistake, PullRef, World};

impl World {
    /// A commit made on GitHub's pages with a text of one's own: authored by whoever made it, signed by GitHub. `merged`: another
    /// commit that it merges.
    ///
    /// # Errors
    /// When the pull request is not there, or an edit names a file that is not there.
    pub fn commit_on_page(
        &mut self,
        at: PullRef,
        who: &str,
        message: &str,
        merged: Option<&str>,
        edits: &Edits,
    ) -> Done<Oid> {
        let (who, web) = (self.account_id(who)?, self.account(WEB_FLOW, Kind::User));
        let now = self.tick();
        let pull = self.pull(at)?.clone();
        let head_repository = pull.head_repository.ok_or_else(|| Mistake("the fork was deleted".to_owned()))?;
        let network = self.repository_of(at.repository)?.network;
        let objects = &mut self.networks[network];
        let missing = || Mistake("a commit is missing".to_owned());
        let mut files = objects.commit(&pull.head).ok_or_else(missing)?.files.as_ref().clone();
        edits.apply(objects, &mut files)?;
        let parents = std::iter::once(pull.head.clone()).chain(merged.map(str::to_owned)).collect();
        let (author, committer) = (Some(who), Some(web));
        let oid =
            objects.add_commit(NewCommit { files, parents, message: message.to_owned(), author, committer, at: now });
        self.repository_mut(head_repository)?.branches.insert(pull.head_ref.clone(), oid.clone());
        self.move_head(at, &pull.head, &oid, who)?;
        Ok(oid)
    }

    /// Rebases a pull request onto the tip of its base and pushes that by force: one commit with the same changes.
    ///
    /// # Errors
    /// When the pull request or its fork is not there.
    pub fn rebase(&mut self, at: PullRef, who: &str) -> Done<Oid> {
        let who = self.account(who, Kind::User);
        let now = self.tick();
        let pull = self.pull(at)?.clone();
        let repository = self.repository_of(at.repository)?;
        let changes = self.pull_changes(repository, &pull);
        let missing = || Mistake("a commit is missing".to_owned());
        let tip = repository.branches.get(&pull.base_ref).cloned().ok_or_else(missing)?;
        let network = repository.network;
        let objects = &mut self.networks[network];
        let mut files = objects.commit(&tip).map(|commit| commit.files.as_ref().clone()).ok_or_else(missing)?;
        for change in changes {
            files.remove(change.previous.as_ref().unwrap_or(&change.path));
            if let Some(entry) = change.new {
                files.insert(change.path, entry);
            }
        }
        let message = "rebased".to_owned();
        let (author, committer) = (Some(who), Some(who));
        let oid = objects.add_commit(NewCommit { files, parents: vec![tip], message, author, committer, at: now });
        self.force(at, &oid, who)?;
        Ok(oid)
    }

    /// Pushes by force so that an earlier head is the head again.
    ///
    /// # Errors
    /// When the pull request or its fork is not there.
    pub fn rewind(&mut self, at: PullRef, who: &str, head: &str) -> Done<()> {
        let who = self.account(who, Kind::User);
        self.force(at, head, who)
    }

    fn force(&mut self, at: PullRef, head: &str, who: u64) -> Done<()> {
        let pull = self.pull(at)?.clone();
        let repository = pull.head_repository.ok_or_else(|| Mistake("the fork was deleted".to_owned()))?;
        self.repository_mut(repository)?.branches.insert(pull.head_ref.clone(), head.to_owned());
        self.move_head(at, &pull.head, head, who)
    }
}

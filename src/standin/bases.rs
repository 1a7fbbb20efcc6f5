//! Heads that several pull requests have, and branches that move in other ways than by a push of one commit.

use serde_json::json;

use super::edits::Edits;
use super::git::Oid;
use super::world::{Done, Pull, PullRef, World};

impl World {
    /// Opens another pull request with the very head of one that is there, into another branch: `opened`.
    ///
    /// # Errors
    /// When the pull request, the branch or the person is not there.
    pub fn open_with_head_of(&mut self, at: PullRef, base: &str, who: &str) -> Done<PullRef> {
        let author = self.account_id(who)?;
        let tip = self.tip(at.repository, base)?;
        let (id, now) = (self.next_id(), self.tick());
        let like = self.pull(at)?.clone();
        let repository = self.repository_mut(at.repository)?;
        let number = repository.pulls.len() as u64 + 1;
        repository.pulls.insert(
            number,
            Pull {
                id,
                number,
                author,
                base_ref: base.to_owned(),
                base: tip,
                open: true,
                merged: false,
                requested_users: Vec::new(),
                requested_teams: Vec::new(),
                reviews: Vec::new(),
                created_at: now,
                updated_at: now,
                ..like
            },
        );
        let at = PullRef { repository: at.repository, number };
        self.emit_pull(at, "opened", author, json!({}));
        Ok(at)
    }

    /// Adds commits to a branch and force-pushes them, so that the push event says nothing of the files: `push` with `forced`.
    ///
    /// # Errors
    /// When the person, the branch or a file is not there.
    pub fn force_push(&mut self, repository: &str, branch: &str, who: &str, edits: &Edits) -> Done<Oid> {
        let (id, who) = (self.repository_id(repository)?, self.account_id(who)?);
        let before = self.tip(id, branch)?;
        let after = self.commit(id, branch, None, Some(who), edits, "forced")?;
        let payload = json!({
            "ref": format!("refs/heads/{branch}"), "before": before, "after": after, "created": false, "deleted": false,
            "forced": true, "commits": [],
        });
        self.emit("push", "", id, who, payload);
        Ok(after)
    }

    /// Deletes a branch: `push` with `deleted`.
    ///
    /// # Errors
    /// When the person or the branch is not there.
    pub fn delete_branch(&mut self, repository: &str, branch: &str, who: &str) -> Done<()> {
        let (id, who) = (self.repository_id(repository)?, self.account_id(who)?);
        let before = self.tip(id, branch)?;
        self.tick();
        self.repository_mut(id)?.branches.remove(branch);
        let payload = json!({
            "ref": format!("refs/heads/{branch}"), "before": before, "after": "0".repeat(40), "created": false, "deleted": true,
            "forced": false, "commits": [],
        });
        self.emit("push", "", id, who, payload);
        Ok(())
    }
}

//! Heads that go back to where they were.

use super::git::Oid;
use super::world::{Done, Mistake, PullRef, World};

impl World {
    /// Force-pushes a commit that is there already as the head of a pull request: `synchronize`.
    ///
    /// # Errors
    /// When the pull request, its fork or the commit is not there.
    pub fn reset_head(&mut self, at: PullRef, who: &str, to: &str) -> Done<Oid> {
        let who = self.account_id(who)?;
        let pull = self.pull(at)?.clone();
        let network = self.repository_of(at.repository)?.network;
        let known = self.networks[network].commit(to).map(|commit| commit.oid.clone());
        let known = known.ok_or_else(|| Mistake(format!("no commit {to}")))?;
        let fork = pull.head_repository.ok_or_else(|| Mistake("the fork was deleted".to_owned()))?;
        self.repository_mut(fork)?.branches.insert(pull.head_ref.clone(), known.clone());
        self.move_head(at, &pull.head, &known, who)?;
        Ok(known)
    }
}

//! The merge queue: groups of pull requests on branches of their own, and the events of them.

use serde_json::json;

use super::git::{NewCommit, Oid};
use super::people::WEB_FLOW;
use super::world::{Done, Kind, Mistake, PullRef, World};

/// A group of the merge queue.
#[derive(Debug, Clone)]
pub struct Group {
    /// Repository.
    pub repository: u64,
    /// Its head commit.
    pub head: Oid,
    /// Name of its branch.
    pub head_ref: String,
    /// The commit that it is built on.
    pub base: Oid,
    /// Name of the branch that it goes to.
    pub base_ref: String,
}

impl World {
    /// Makes a group of pull requests into one branch, in this order, on the tip of that branch or on an earlier group: `merge_group`
    /// with `checks_requested`. `squash`: each is one commit, otherwise a merge.
    ///
    /// # Errors
    /// When one of them is not there.
    pub fn enqueue(&mut self, pulls: &[PullRef], squash: bool, on: Option<&Group>) -> Done<Group> {
        let first = *pulls.first().ok_or_else(|| Mistake("a group of nothing".to_owned()))?;
        let web = self.account(WEB_FLOW, Kind::User);
        let base_ref = self.pull(first)?.base_ref.clone();
        let base = match on {
            Some(earlier) => earlier.head.clone(),
            None => self.tip(first.repository, &base_ref)?,
        };
        let (mut head, mut head_ref) = (base.clone(), String::new());
        for at in pulls {
            let now = self.tick();
            let pull = self.pull(*at)?.clone();
            let repository = self.repository_of(at.repository)?;
            let changes = self.pull_changes(repository, &pull);
            let network = repository.network;
            let objects = &mut self.networks[network];
            let mut files = objects.commit(&head).map(|commit| commit.files.as_ref().clone()).unwrap_or_default();
            for change in changes {
                files.remove(change.previous.as_ref().unwrap_or(&change.path));
                if let Some(entry) = change.new {
                    files.insert(change.path, entry);
                }
            }
            let mut parents = vec![head.clone()];
            let message = if squash {
                format!("{} (#{})", pull.title, pull.number)
            } else {
                parents.push(pull.head.clone());
                format!("Merge pull request #{} from acme/{}", pull.number, pull.head_ref)
            };
            head_ref = format!("gh-readonly-queue/{base_ref}/pr-{}-{head}", pull.number);
            let (author, committer) = (Some(pull.author), Some(web));
            head = objects.add_commit(NewCommit { files, parents, message, author, committer, at: now });
        }
        let group = Group { repository: first.repository, head, head_ref, base, base_ref };
        let (name, tip) = (group.head_ref.clone(), group.head.clone());
        self.repository_mut(group.repository)?.branches.insert(name, tip);
        self.emit_group(&group, "checks_requested", json!({}));
        Ok(group)
    }

    /// A group of one pull request whose own commits the queue has put on the tip of its branch one by one ("rebase"), with the
    /// words and people that they have; of what they hold the last one has all.
    ///
    /// # Errors
    /// When it is not there.
    pub fn enqueue_rebased(&mut self, at: PullRef) -> Done<Group> {
        let pull = self.pull(at)?.clone();
        let (base_ref, base) = (pull.base_ref.clone(), self.tip(at.repository, &pull.base_ref)?);
        let now = self.tick();
        let repository = self.repository_of(at.repository)?;
        let changes = self.pull_changes(repository, &pull);
        let network = repository.network;
        let objects = &mut self.networks[network];
        let missing = || Mistake("a commit is missing".to_owned());
        let mut files = objects.commit(&base).ok_or_else(missing)?.files.as_ref().clone();
        for change in changes {
            files.remove(change.previous.as_ref().unwrap_or(&change.path));
            if let Some(entry) = change.new {
                files.insert(change.path, entry);
            }
        }
        let start = objects.merge_base(&base, &pull.head).ok_or_else(missing)?;
        let (mut own, mut oid) = (Vec::new(), pull.head.clone());
        while oid != start {
            let commit = objects.commit(&oid).ok_or_else(missing)?.clone();
            oid = commit.parents.first().ok_or_else(missing)?.clone();
            own.push(commit);
        }
        let mut head = base.clone();
        for commit in own.into_iter().rev() {
            let (parents, message) = (vec![head], commit.message);
            let files = files.clone();
            let by = commit.author;
            head = objects.add_commit(NewCommit { files, parents, message, author: by, committer: by, at: now });
        }
        let head_ref = format!("gh-readonly-queue/{base_ref}/pr-{}-{base}", pull.number);
        let group = Group { repository: at.repository, head, head_ref, base, base_ref };
        let (name, tip) = (group.head_ref.clone(), group.head.clone());
        self.repository_mut(group.repository)?.branches.insert(name, tip);
        self.emit_group(&group, "checks_requested", json!({}));
        Ok(group)
    }

    /// A group with a commit that somebody has put on top of it, which no pull request has.
    ///
    /// # Errors
    /// When the repository is not there.
    pub fn enqueue_with(&mut self, group: &Group, edits: &super::edits::Edits) -> Done<Group> {
        let head = self.commit(group.repository, &group.head_ref, None, None, edits, "by the way")?;
        let group = Group { head, ..group.clone() };
        self.emit_group(&group, "checks_requested", json!({}));
        Ok(group)
    }

    /// A group is gone (`merged`, `invalidated`, `dequeued`): `merge_group` with `destroyed`.
    ///
    /// # Errors
    /// When the repository is not there.
    pub fn destroy_group(&mut self, group: &Group, reason: &str) -> Done<()> {
        self.tick();
        self.repository_mut(group.repository)?.branches.remove(&group.head_ref);
        self.emit_group(group, "destroyed", json!({ "reason": reason }));
        Ok(())
    }

    fn emit_group(&mut self, group: &Group, action: &str, more: serde_json::Value) {
        let bot = self.account(WEB_FLOW, Kind::User);
        let mut fields = json!({ "merge_group": {
            "head_sha": group.head, "head_ref": format!("refs/heads/{}", group.head_ref),
            "base_sha": group.base, "base_ref": format!("refs/heads/{}", group.base_ref),
        } });
        if let (Some(fields), Some(more)) = (fields.as_object_mut(), more.as_object()) {
            fields.extend(more.clone());
        }
        self.emit("merge_group", action, group.repository, bot, fields);
    }

    /// Conclusions of the check runs on a group's head, oldest first.
    pub fn group_checks(&self, group: &Group) -> Vec<&super::world::CheckRun> {
        let repository = self.repositories.get(&group.repository);
        let checks = repository.into_iter().flat_map(|repository| repository.checks.values());
        checks.filter(|check| check.head == group.head).collect()
    }
}

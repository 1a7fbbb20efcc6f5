//! What people do with repositories and pull requests, and the events that follow from it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::edits::Edits;
use super::git::{NewCommit, Objects, Oid};
use super::world::{Activity, Done, Kind, Mistake, Pull, PullRef, Repository, World};

/// The account in whose name GitHub itself commits what people do in the browser.
pub const WEB_FLOW: &str = "web-flow";

/// A pull request to open.
#[derive(Debug, Clone)]
pub struct NewPull {
    /// `owner/name` of the base repository.
    pub repository: String,
    /// Login of the opener.
    pub author: String,
    /// Branch of the head.
    pub branch: String,
    /// Branch that it goes to.
    pub base: String,
    /// Title.
    pub title: String,
    /// Description.
    pub body: String,
    /// Whether it is a draft.
    pub draft: bool,
    /// Whether the head is in a fork of the opener's.
    pub fork: bool,
    /// Labels that it is opened with.
    pub labels: Vec<String>,
    /// Login of the committer, where it is not the opener; empty: an e-mail that belongs to no account.
    pub committer: Option<String>,
    /// What it changes.
    pub edits: Edits,
}

impl World {
    // --- repositories

    /// Adds a repository with a first commit on `main`; no event is sent.
    ///
    /// # Errors
    /// When there is no such owner.
    pub fn repository(&mut self, owner: &str, name: &str, files: &[(&str, &str)]) -> Done<u64> {
        let owner = self.account_id(owner)?;
        let id = self.next_id();
        self.networks.push(Objects::default());
        self.repositories.insert(
            id,
            Repository {
                id,
                owner,
                name: name.to_owned(),
                former_names: Vec::new(),
                private: true,
                default_branch: "main".to_owned(),
                branches: BTreeMap::new(),
                network: self.networks.len() - 1,
                fork_of: None,
                collaborators: BTreeSet::new(),
                pulls: BTreeMap::new(),
                comments: BTreeMap::new(),
                checks: BTreeMap::new(),
                dismisses_stale: false,
                patchless: BTreeSet::new(),
            },
        );
        self.commit(id, "main", None, Some(owner), &Edits::from(files), "first commit")?;
        Ok(id)
    }

    /// Renames a repository: its id stays, and GitHub redirects from the old name until another takes it.
    ///
    /// # Errors
    /// When there is no such repository.
    pub fn rename(&mut self, full_name: &str, name: &str) -> Done<()> {
        let id = self.repository_id(full_name)?;
        let former = self.full_name(self.repository_of(id)?);
        let repository = self.repository_mut(id)?;
        repository.former_names.push(former);
        name.clone_into(&mut repository.name);
        let owner = repository.owner;
        self.tick();
        self.emit(
            "repository",
            "renamed",
            id,
            owner,
            json!({ "changes": { "repository": { "name": { "from": full_name } } } }),
        );
        Ok(())
    }

    /// Adds a commit to a branch, which begins at `from` (or the default branch) where it is not there yet.
    ///
    /// # Errors
    /// When an edit names a file that is not there.
    pub fn commit(
        &mut self,
        repository: u64,
        branch: &str,
        from: Option<&str>,
        who: Option<u64>,
        edits: &Edits,
        message: &str,
    ) -> Done<Oid> {
        let at = self.tick();
        let target = self.repository_mut(repository)?;
        let start = from.unwrap_or(&target.default_branch);
        let parent = target.branches.get(branch).or_else(|| target.branches.get(start)).cloned();
        let network = target.network;
        let objects = &mut self.networks[network];
        let mut files = parent
            .as_ref()
            .and_then(|oid| objects.commit(oid))
            .map(|commit| commit.files.as_ref().clone())
            .unwrap_or_default();
        edits.apply(objects, &mut files)?;
        let oid = objects.add_commit(NewCommit {
            files,
            parents: parent.into_iter().collect(),
            message: message.to_owned(),
            author: who,
            committer: who,
            at,
        });
        self.repository_mut(repository)?.branches.insert(branch.to_owned(), oid.clone());
        Ok(oid)
    }

    /// Pushes a commit to a branch of the repository itself (not of a pull request): `push` is sent.
    ///
    /// # Errors
    /// When the person or a file is not there.
    pub fn push_branch(&mut self, repository: &str, branch: &str, who: &str, edits: &Edits) -> Done<Oid> {
        let (id, who) = (self.repository_id(repository)?, self.account_id(who)?);
        let before = self.repository_of(id)?.branches.get(branch).cloned();
        let after = self.commit(id, branch, None, Some(who), edits, "a push")?;
        self.emit_push(id, branch, before.as_deref(), &after, who, edits);
        Ok(after)
    }

    pub(super) fn emit_push(
        &mut self,
        repository: u64,
        branch: &str,
        before: Option<&str>,
        after: &str,
        who: u64,
        edits: &Edits,
    ) {
        let (modified, removed) = edits.touched();
        let nothing = "0".repeat(40);
        let payload = json!({
            "ref": format!("refs/heads/{branch}"), "before": before.unwrap_or(&nothing), "after": after,
            "created": before.is_none(), "deleted": false, "forced": false,
            "commits": [{ "id": after, "distinct": true, "message": "a push", "added": [], "modified": modified, "removed": removed }],
        });
        self.emit("push", "", repository, who, payload);
    }

    // --- pull requests

    /// Opens a pull request.
    ///
    /// # Errors
    /// When somebody or something that it names is not there.
    pub fn open_pull(&mut self, new: &NewPull) -> Done<PullRef> {
        let base_id = self.repository_id(&new.repository)?;
        let author = self.account(&new.author, if new.author.ends_with("[bot]") { Kind::Bot } else { Kind::User });
        let committer = match new.committer.as_deref() {
            None => Some(author),
            Some("") => None,
            Some(login) => Some(self.account(login, Kind::User)),
        };
        let head_id = if new.fork { self.fork(base_id, author)? } else { base_id };
        if head_id != base_id {
            let tip = self.tip(base_id, &new.base)?;
            self.repository_mut(head_id)?.branches.insert(new.branch.clone(), tip);
        }
        let head = self.commit(head_id, &new.branch, Some(&new.base), committer, &new.edits, "a change")?;
        let base = self.tip(base_id, &new.base)?;
        let (id, now) = (self.next_id(), self.tick());
        let repository = self.repository_mut(base_id)?;
        let number = repository.pulls.len() as u64 + 1;
        repository.pulls.insert(
            number,
            Pull {
                id,
                number,
                title: new.title.clone(),
                body: new.body.clone(),
                author,
                head_repository: Some(head_id),
                head_ref: new.branch.clone(),
                head: head.clone(),
                base_ref: new.base.clone(),
                base,
                draft: new.draft,
                open: true,
                merged: false,
                labels: new.labels.iter().cloned().collect(),
                requested_users: Vec::new(),
                requested_teams: Vec::new(),
                reviews: Vec::new(),
                dismissals: Vec::new(),
                created_at: now,
                updated_at: now,
            },
        );
        let at = PullRef { repository: base_id, number };
        self.moved(at, None, author)?;
        self.emit_pull(at, "opened", author, json!({}));
        self.emit_suite(at, author);
        Ok(at)
    }

    pub(super) fn tip(&self, repository: u64, branch: &str) -> Done<Oid> {
        let found = self.repository_of(repository)?.branches.get(branch).cloned();
        found.ok_or_else(|| Mistake(format!("no branch {branch}")))
    }

    fn fork(&mut self, of: u64, owner: u64) -> Done<u64> {
        let known =
            self.repositories.values().find(|repository| repository.owner == owner && repository.fork_of == Some(of));
        if let Some(known) = known {
            return Ok(known.id);
        }
        let id = self.next_id();
        let origin = self.repository_of(of)?;
        let fork = Repository {
            id,
            owner,
            name: origin.name.clone(),
            former_names: Vec::new(),
            private: origin.private,
            default_branch: origin.default_branch.clone(),
            branches: origin.branches.clone(),
            network: origin.network,
            fork_of: Some(of),
            collaborators: BTreeSet::new(),
            pulls: BTreeMap::new(),
            comments: BTreeMap::new(),
            checks: BTreeMap::new(),
            dismisses_stale: false,
            patchless: BTreeSet::new(),
        };
        self.repositories.insert(id, fork);
        Ok(id)
    }

    /// The pull request's last change is now; returns who opened it.
    pub(super) fn touch(&mut self, at: PullRef) -> Done<u64> {
        let now = self.tick();
        let pull = self.pull_mut(at)?;
        pull.updated_at = now;
        Ok(pull.author)
    }

    /// Sends `pull_request` with the pull request as it is now.
    pub(super) fn emit_pull(&mut self, at: PullRef, action: &str, sender: u64, more: Value) {
        let Ok(repository) = self.repository_of(at.repository) else { return };
        let Some(pull) = repository.pulls.get(&at.number) else { return };
        let mut fields = json!({ "number": at.number, "pull_request": self.pull_json(repository, pull, true) });
        if let (Value::Object(fields), Value::Object(more)) = (&mut fields, more) {
            fields.extend(more);
        }
        self.emit("pull_request", action, at.repository, sender, fields);
    }

    /// `check_suite.requested`, which an App with Checks: write gets for every push; not for forks.
    pub(super) fn emit_suite(&mut self, at: PullRef, sender: u64) {
        let Ok(pull) = self.pull(at).cloned() else { return };
        if pull.head_repository != Some(at.repository) {
            return;
        }
        let Ok(repository) = self.repository_of(at.repository) else { return };
        let suite = json!({
            "id": pull.id + 2_000_000, "head_sha": pull.head, "head_branch": pull.head_ref, "status": "queued", "conclusion": null,
            "app": self.app_json(), "pull_requests": [self.pull_minimal(repository, &pull)],
        });
        self.emit("check_suite", "requested", at.repository, sender, json!({ "check_suite": suite }));
    }

    /// Pushes to a pull request: `synchronize`.
    ///
    /// # Errors
    /// When somebody or something that it names is not there.
    pub fn push(&mut self, at: PullRef, who: &str, edits: &Edits) -> Done<Oid> {
        self.push_as(at, who, who, edits)
    }

    /// Somebody pushes a commit that says of itself that it is from somebody else.
    ///
    /// # Errors
    /// When there is no such pull request, or its fork was deleted.
    pub fn push_as(&mut self, at: PullRef, who: &str, author: &str, edits: &Edits) -> Done<Oid> {
        let (who, author) = (self.account(who, Kind::User), self.account(author, Kind::User));
        let pull = self.pull(at)?.clone();
        let head_repository = pull.head_repository.ok_or_else(|| Mistake("the fork was deleted".to_owned()))?;
        let after = self.commit(head_repository, &pull.head_ref, None, Some(author), edits, "more")?;
        self.move_head(at, &pull.head, &after, who)?;
        if head_repository == at.repository {
            self.emit_push(at.repository, &pull.head_ref, Some(&pull.head), &after, who, edits);
        }
        Ok(after)
    }

    /// "Update branch": merges the base into the head, committed by GitHub itself (`web-flow`).
    ///
    /// # Errors
    /// When the pull request is not there.
    pub fn update_branch(&mut self, at: PullRef, who: &str) -> Done<Oid> {
        self.resolve_conflicts(at, who, &Edits::new())
    }

    /// The same commit as the editor for conflicts leaves it, with what was written there.
    ///
    /// # Errors
    /// When the pull request is not there, or an edit names a file that is not there.
    pub fn resolve_conflicts(&mut self, at: PullRef, who: &str, written: &Edits) -> Done<Oid> {
        let (who, web) = (self.account_id(who)?, self.account(WEB_FLOW, Kind::User));
        let pull = self.pull(at)?.clone();
        let tip = self.tip(at.repository, &pull.base_ref)?;
        let now = self.tick();
        let network = self.repository_of(at.repository)?.network;
        let objects = &mut self.networks[network];
        let missing = || Mistake("a commit is missing".to_owned());
        let start = objects.merge_base(&tip, &pull.head).ok_or_else(missing)?;
        let files = |oid: &str| objects.commit(oid).map(|commit| commit.files.clone()).ok_or_else(missing);
        let (old, base, mut merged) = (files(&start)?, files(&tip)?, files(&pull.head)?.as_ref().clone());
        for path in old.keys().chain(base.keys()) {
            if old.get(path) != base.get(path) {
                match base.get(path) {
                    Some(entry) => merged.insert(path.clone(), entry.clone()),
                    None => merged.remove(path),
                };
            }
        }
        written.apply(objects, &mut merged)?;
        let oid = objects.add_commit(NewCommit {
            files: merged,
            parents: vec![pull.head.clone(), tip],
            message: format!("Merge branch '{}' into {}", pull.base_ref, pull.head_ref),
            author: Some(who),
            committer: Some(web),
            at: now,
        });
        let head_repository = pull.head_repository.ok_or_else(|| Mistake("the fork was deleted".to_owned()))?;
        self.repository_mut(head_repository)?.branches.insert(pull.head_ref.clone(), oid.clone());
        self.move_head(at, &pull.head, &oid, who)?;
        Ok(oid)
    }

    pub(super) fn move_head(&mut self, at: PullRef, before: &str, after: &str, who: u64) -> Done<()> {
        self.touch(at)?;
        self.pull_mut(at)?.head = after.to_owned();
        self.moved(at, Some(before), who)?;
        self.emit_pull(at, "synchronize", who, json!({ "before": before, "after": after }));
        self.emit_suite(at, who);
        self.dismiss_stale(at, who, after)
    }

    /// Keeps who moved the branch of a pull request.
    fn moved(&mut self, at: PullRef, before: Option<&str>, actor: u64) -> Done<()> {
        let (at, pull) = (self.now(), self.pull(at)?);
        if let Some(repository) = pull.head_repository {
            let (branch, after) = (pull.head_ref.clone(), pull.head.clone());
            let before = before.map(str::to_owned);
            self.activities.push(Activity { repository, branch, before, after, actor, at });
        }
        Ok(())
    }

    /// The opener's fork is deleted: the head's repository becomes null; no event is sent.
    ///
    /// # Errors
    /// When the pull request is not there.
    pub fn delete_fork(&mut self, at: PullRef) -> Done<()> {
        if let Some(id) = self.pull_mut(at)?.head_repository.take() {
            self.repositories.remove(&id);
        }
        Ok(())
    }

    /// Edits the title: `edited`.
    ///
    /// # Errors
    /// When the pull request is not there.
    pub fn retitle(&mut self, at: PullRef, title: &str) -> Done<()> {
        let author = self.touch(at)?;
        let from = std::mem::replace(&mut self.pull_mut(at)?.title, title.to_owned());
        self.emit_pull(at, "edited", author, json!({ "changes": { "title": { "from": from } } }));
        Ok(())
    }

    /// Sends it to another branch: `edited` with `changes.base`.
    ///
    /// # Errors
    /// When the pull request or the branch is not there.
    pub fn retarget(&mut self, at: PullRef, base: &str) -> Done<()> {
        let author = self.touch(at)?;
        let tip = self.tip(at.repository, base)?;
        let pull = self.pull_mut(at)?;
        let old_ref = std::mem::replace(&mut pull.base_ref, base.to_owned());
        let old = std::mem::replace(&mut pull.base, tip);
        let changes = json!({ "changes": { "base": { "ref": { "from": old_ref }, "sha": { "from": old } } } });
        self.emit_pull(at, "edited", author, changes);
        Ok(())
    }

    /// Adds or removes a label: `labeled`, `unlabeled`.
    ///
    /// # Errors
    /// When the pull request is not there.
    pub fn label(&mut self, at: PullRef, name: &str, on: bool) -> Done<()> {
        let author = self.touch(at)?;
        let labels = &mut self.pull_mut(at)?.labels;
        let changed = if on { labels.insert(name.to_owned()) } else { labels.remove(name) };
        if changed {
            let label = self.label_json(name);
            self.emit_pull(at, if on { "labeled" } else { "unlabeled" }, author, json!({ "label": label }));
        }
        Ok(())
    }

    /// Makes a draft ready, or a ready one a draft: `ready_for_review`, `converted_to_draft`.
    ///
    /// # Errors
    /// When the pull request is not there.
    pub fn set_draft(&mut self, at: PullRef, draft: bool) -> Done<()> {
        let author = self.touch(at)?;
        self.pull_mut(at)?.draft = draft;
        self.emit_pull(at, if draft { "converted_to_draft" } else { "ready_for_review" }, author, json!({}));
        Ok(())
    }

    /// Closes or opens it again: `closed`, `reopened`.
    ///
    /// # Errors
    /// When the pull request is not there.
    pub fn set_open(&mut self, at: PullRef, open: bool) -> Done<()> {
        let author = self.touch(at)?;
        self.pull_mut(at)?.open = open;
        self.emit_pull(at, if open { "reopened" } else { "closed" }, author, json!({}));
        Ok(())
    }

    /// Somebody reopens it, whoever opened it first.
    ///
    /// # Errors
    /// When the pull request or the person is not there.
    pub fn reopen(&mut self, at: PullRef, who: &str) -> Done<()> {
        let who = self.account_id(who)?;
        self.touch(at)?;
        self.pull_mut(at)?.open = true;
        self.emit_pull(at, "reopened", who, json!({}));
        Ok(())
    }

    /// Merges it: `closed` with `merged`, and `push` to the base branch.
    ///
    /// # Errors
    /// When the pull request is not there.
    pub fn merge(&mut self, at: PullRef, who: &str) -> Done<Oid> {
        let (who, web) = (self.account_id(who)?, self.account(WEB_FLOW, Kind::User));
        let now = self.tick();
        let pull = self.pull(at)?.clone();
        let tip = self.tip(at.repository, &pull.base_ref)?;
        let repository = self.repository_of(at.repository)?;
        let changes = self.pull_changes(repository, &pull);
        let network = repository.network;
        let objects = &mut self.networks[network];
        let mut files = objects.commit(&tip).map(|commit| commit.files.as_ref().clone()).unwrap_or_default();
        for change in changes {
            files.remove(change.previous.as_ref().unwrap_or(&change.path));
            if let Some(entry) = change.new {
                files.insert(change.path, entry);
            }
        }
        let oid = objects.add_commit(NewCommit {
            files,
            parents: vec![tip.clone(), pull.head.clone()],
            message: format!("Merge pull request #{}", pull.number),
            author: Some(who),
            committer: Some(web),
            at: now,
        });
        self.repository_mut(at.repository)?.branches.insert(pull.base_ref.clone(), oid.clone());
        self.touch(at)?;
        let merged = self.pull_mut(at)?;
        (merged.open, merged.merged) = (false, true);
        self.emit_pull(at, "closed", who, json!({}));
        self.emit_push(at.repository, &pull.base_ref, Some(&tip), &oid, who, &Edits::new());
        Ok(oid)
    }
}

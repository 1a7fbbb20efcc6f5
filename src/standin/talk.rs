//! What people say on a pull request: reviews, requests for review, comments, re-runs of checks; and the events that follow.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::world::{Comment, Dismissal, Done, Kind, Mistake, PullRef, Review, World};

/// What a reviewer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// "Approve".
    Approve,
    /// "Request changes".
    RequestChanges,
    /// "Comment".
    Comment,
}

impl World {
    // --- reviews

    /// Submits a review. The reviewer, and a team of theirs that was asked, leave the list of those asked.
    ///
    /// # Errors
    /// When the pull request is not there, or its own author approves or requests changes.
    pub fn review(&mut self, at: PullRef, who: &str, verdict: Verdict, body: &str) -> Done<u64> {
        let who = self.account(who, if who.ends_with("[bot]") { Kind::Bot } else { Kind::User });
        if self.pull(at)?.author == who && verdict != Verdict::Comment {
            return Err(Mistake("nobody approves their own pull request, nor requests changes of it".to_owned()));
        }
        self.touch(at)?;
        let owner = self.repository_of(at.repository)?.owner;
        let theirs: BTreeSet<String> = self
            .pull(at)?
            .requested_teams
            .iter()
            .filter(|slug| self.team_members(owner, slug).is_some_and(|members| members.contains(&who)))
            .cloned()
            .collect();
        let (id, now) = (self.next_id(), self.now());
        let pull = self.pull_mut(at)?;
        pull.requested_users.retain(|asked| *asked != who);
        pull.requested_teams.retain(|slug| !theirs.contains(slug));
        let state = match verdict {
            Verdict::Approve => "APPROVED",
            Verdict::RequestChanges => "CHANGES_REQUESTED",
            Verdict::Comment => "COMMENTED",
        };
        let commit = pull.head.clone();
        pull.reviews.push(Review { id, author: who, state, body: body.to_owned(), commit, submitted_at: now });
        self.emit_review(at, id, "submitted", who);
        Ok(id)
    }

    /// The giver of a review edits what the last one says.
    ///
    /// # Errors
    /// When there is none.
    pub fn edit_review(&mut self, at: PullRef, who: &str, body: &str) -> Done<()> {
        let who = self.account_id(who)?;
        self.touch(at)?;
        let reviews = &mut self.pull_mut(at)?.reviews;
        let review = reviews.iter_mut().rev().find(|review| review.author == who);
        let review = review.ok_or_else(|| Mistake("there is no review to edit".to_owned()))?;
        body.clone_into(&mut review.body);
        let id = review.id;
        self.emit_review(at, id, "edited", who);
        Ok(())
    }

    /// Dismisses the last approval or request for changes of a person.
    ///
    /// # Errors
    /// When there is none.
    pub fn dismiss(&mut self, at: PullRef, of: &str, by: &str) -> Done<()> {
        let (of, by) = (self.account_id(of)?, self.account_id(by)?);
        self.touch(at)?;
        let counts =
            |review: &&mut Review| review.author == of && matches!(review.state, "APPROVED" | "CHANGES_REQUESTED");
        let review = self.pull_mut(at)?.reviews.iter_mut().rev().find(counts);
        let id = review.ok_or_else(|| Mistake("no review to dismiss".to_owned()))?.id;
        self.dismiss_one(at, id, by, None)
    }

    /// "Dismiss stale pull request approvals when new commits are pushed", where that is switched on.
    pub(super) fn dismiss_stale(&mut self, at: PullRef, pusher: u64, head: &str) -> Done<()> {
        if !self.repository_of(at.repository)?.dismisses_stale {
            return Ok(());
        }
        let approvals = self.pull(at)?.reviews.iter().filter(|review| review.state == "APPROVED");
        let ids: Vec<u64> = approvals.map(|review| review.id).collect();
        for id in ids {
            self.dismiss_one(at, id, pusher, Some(head))?;
        }
        Ok(())
    }

    fn dismiss_one(&mut self, at: PullRef, review: u64, by: u64, head: Option<&str>) -> Done<()> {
        let (id, now) = (self.next_id(), self.now());
        let pull = self.pull_mut(at)?;
        let Some(found) = pull.reviews.iter_mut().find(|one| one.id == review) else { return Ok(()) };
        let was = std::mem::replace(&mut found.state, "DISMISSED").to_ascii_lowercase();
        pull.dismissals.push(Dismissal { id, review, was, by, commit: head.map(str::to_owned), at: now });
        self.emit_review(at, review, "dismissed", by);
        Ok(())
    }

    /// GitHub moves a review's commit forward to the present head by itself; no event is sent.
    ///
    /// # Errors
    /// When the pull request is not there.
    pub fn move_reviews_forward(&mut self, at: PullRef) -> Done<()> {
        let pull = self.pull_mut(at)?;
        for review in &mut pull.reviews {
            review.commit.clone_from(&pull.head);
        }
        Ok(())
    }

    fn emit_review(&mut self, at: PullRef, id: u64, action: &str, sender: u64) {
        let Ok(repository) = self.repository_of(at.repository) else { return };
        let Some(pull) = repository.pulls.get(&at.number) else { return };
        let Some(review) = pull.reviews.iter().find(|review| review.id == id) else { return };
        let fields = json!({
            "review": self.review_json(repository, pull, review, true),
            "pull_request": self.pull_json(repository, pull, false),
        });
        self.emit("pull_request_review", action, at.repository, sender, fields);
    }

    /// A person asks users and teams (slugs), or takes a request back.
    ///
    /// # Errors
    /// When somebody named is not there.
    pub fn ask(&mut self, at: PullRef, by: &str, users: &[&str], teams: &[&str], on: bool) -> Done<()> {
        let by = self.account_id(by)?;
        let users = users.iter().map(|login| self.account_id(login)).collect::<Done<Vec<u64>>>()?;
        let teams: Vec<String> = teams.iter().map(|slug| (*slug).to_owned()).collect();
        if on { self.request(at, by, &users, &teams) } else { self.withdraw(at, by, &users, &teams) }
    }

    /// Adds requests: one event for each that is new.
    pub(super) fn request(&mut self, at: PullRef, by: u64, users: &[u64], teams: &[String]) -> Done<()> {
        self.touch(at)?;
        for user in users {
            if !self.pull(at)?.requested_users.contains(user) {
                self.pull_mut(at)?.requested_users.push(*user);
                let who = self.user_json(*user);
                self.emit_pull(at, "review_requested", by, json!({ "requested_reviewer": who }));
            }
        }
        for slug in teams {
            if !self.pull(at)?.requested_teams.contains(slug) {
                self.pull_mut(at)?.requested_teams.push(slug.clone());
                let team = self.asked_team(at, slug)?;
                self.emit_pull(at, "review_requested", by, json!({ "requested_team": team }));
            }
        }
        Ok(())
    }

    /// Takes requests back: one event for each that was there.
    pub(super) fn withdraw(&mut self, at: PullRef, by: u64, users: &[u64], teams: &[String]) -> Done<()> {
        self.touch(at)?;
        for user in users {
            if self.pull(at)?.requested_users.contains(user) {
                self.pull_mut(at)?.requested_users.retain(|asked| asked != user);
                let who = self.user_json(*user);
                self.emit_pull(at, "review_request_removed", by, json!({ "requested_reviewer": who }));
            }
        }
        for slug in teams {
            if self.pull(at)?.requested_teams.contains(slug) {
                let team = self.asked_team(at, slug)?;
                self.pull_mut(at)?.requested_teams.retain(|asked| asked != slug);
                self.emit_pull(at, "review_request_removed", by, json!({ "requested_team": team }));
            }
        }
        Ok(())
    }

    fn asked_team(&self, at: PullRef, slug: &str) -> Done<Value> {
        let owner = self.repository_of(at.repository)?.owner;
        let team = self.organizations.get(&owner).and_then(|organization| organization.teams.get(slug));
        team.map(|team| self.team_json(owner, team)).ok_or_else(|| Mistake(format!("no team {slug}")))
    }

    // --- conversation

    /// Writes a comment.
    ///
    /// # Errors
    /// When the pull request is not there.
    pub fn comment(&mut self, at: PullRef, who: &str, body: &str) -> Done<u64> {
        let who = self.account(who, Kind::User);
        self.add_comment(at, who, body)
    }

    pub(super) fn add_comment(&mut self, at: PullRef, who: u64, body: &str) -> Done<u64> {
        self.touch(at)?;
        let (id, now) = (self.next_id(), self.now());
        let comment =
            Comment { id, pull: at.number, author: who, body: body.to_owned(), created_at: now, updated_at: now };
        self.repository_mut(at.repository)?.comments.insert(id, comment.clone());
        self.emit_comment(at.repository, &comment, "created", who, json!({}));
        Ok(id)
    }

    /// Edits a comment, one of the App's included: whoever may write to the repository can.
    ///
    /// # Errors
    /// When the comment is not there.
    pub fn edit_comment(&mut self, repository: u64, id: u64, who: u64, body: &str) -> Done<()> {
        let now = self.tick();
        let comment = self.repository_mut(repository)?.comments.get_mut(&id);
        let comment = comment.ok_or_else(|| Mistake(format!("no comment {id}")))?;
        let from = std::mem::replace(&mut comment.body, body.to_owned());
        comment.updated_at = now;
        let comment = comment.clone();
        self.touch(PullRef { repository, number: comment.pull })?;
        self.emit_comment(repository, &comment, "edited", who, json!({ "changes": { "body": { "from": from } } }));
        Ok(())
    }

    /// Deletes a comment.
    ///
    /// # Errors
    /// When the comment is not there.
    pub fn delete_comment(&mut self, repository: u64, id: u64, who: u64) -> Done<()> {
        let comment = self.repository_mut(repository)?.comments.remove(&id);
        let comment = comment.ok_or_else(|| Mistake(format!("no comment {id}")))?;
        self.touch(PullRef { repository, number: comment.pull })?;
        self.emit_comment(repository, &comment, "deleted", who, json!({}));
        Ok(())
    }

    fn emit_comment(&mut self, repository: u64, comment: &Comment, action: &str, sender: u64, more: Value) {
        let Ok(place) = self.repository_of(repository) else { return };
        let Some(pull) = place.pulls.get(&comment.pull) else { return };
        let address = format!("{}/repos/{}/pulls/{}", self.api_url(), self.full_name(place), pull.number);
        let mut fields = json!({
            "comment": self.comment_json(place, comment),
            "issue": {
                "id": pull.id + 3_000_000, "number": pull.number, "title": pull.title, "state": if pull.open { "open" } else { "closed" },
                "user": self.user_json(pull.author), "pull_request": { "url": address },
            },
        });
        if let (Value::Object(fields), Value::Object(more)) = (&mut fields, more) {
            fields.extend(more);
        }
        self.emit("issue_comment", action, repository, sender, fields);
    }

    // --- checks

    /// "Re-run" of the newest check run of this name on the head: it is queued again, and its App is told.
    ///
    /// # Errors
    /// When there is none.
    pub fn rerequest(&mut self, at: PullRef, who: &str, name: &str) -> Done<()> {
        let who = self.account_id(who)?;
        self.tick();
        let id = self.checks(at).iter().rev().find(|check| check.name == name).map(|check| check.id);
        let id = id.ok_or_else(|| Mistake(format!("no check run {name}")))?;
        if let Some(check) = self.repository_mut(at.repository)?.checks.get_mut(&id) {
            "queued".clone_into(&mut check.status);
            (check.conclusion, check.completed_at) = (None, None);
        }
        self.emit_check(at.repository, id, "rerequested", who);
        Ok(())
    }

    /// "Re-run all": `check_suite.rerequested`, with every run queued again.
    ///
    /// # Errors
    /// When the pull request is not there.
    pub fn rerequest_suite(&mut self, at: PullRef, who: &str) -> Done<()> {
        let who = self.account_id(who)?;
        self.tick();
        let pull = self.pull(at)?.clone();
        for check in self.repository_mut(at.repository)?.checks.values_mut().filter(|check| check.head == pull.head) {
            "queued".clone_into(&mut check.status);
            (check.conclusion, check.completed_at) = (None, None);
        }
        let repository = self.repository_of(at.repository)?;
        let forked = pull.head_repository != Some(at.repository);
        let pulls = if forked { Vec::new() } else { vec![self.pull_minimal(repository, &pull)] };
        let suite = json!({
            "id": pull.id + 2_000_000, "head_sha": pull.head, "head_branch": if forked { Value::Null } else { pull.head_ref.into() },
            "status": "queued", "conclusion": null, "app": self.app_json(), "pull_requests": pulls, "latest_check_runs_count": 1,
        });
        self.emit("check_suite", "rerequested", at.repository, who, json!({ "check_suite": suite }));
        Ok(())
    }

    pub(super) fn emit_check(&mut self, repository: u64, id: u64, action: &str, sender: u64) {
        let Ok(place) = self.repository_of(repository) else { return };
        let Some(check) = place.checks.get(&id) else { return };
        let fields = json!({ "check_run": self.check_json(place, check) });
        self.emit("check_run", action, repository, sender, fields);
    }
}

//! GitHub's JSON: the fields that a client may read, in GitHub's shapes. The dozens of addresses beside them are left out.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::diff::{Change, Lines};
use super::git::Commit;
use super::world::{CheckRun, Comment, Dismissal, Privacy, Pull, Repository, Review, Team, World};

/// GitHub's way of writing a time.
pub fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl World {
    /// `simple-user`
    pub(super) fn user_json(&self, id: u64) -> Value {
        let Some(account) = self.accounts.get(&id) else { return Value::Null };
        json!({
            "login": account.login, "id": account.id, "node_id": format!("U_{}", account.id), "avatar_url": "", "gravatar_id": "",
            "url": format!("{}/users/{}", self.api_url(), account.login),
            "html_url": format!("{}/{}", self.web_url(), account.login),
            "type": account.kind.to_string(), "site_admin": false,
        })
    }

    /// `repository`
    pub(super) fn repository_json(&self, repository: &Repository) -> Value {
        let full_name = self.full_name(repository);
        json!({
            "id": repository.id, "node_id": format!("R_{}", repository.id), "name": repository.name, "full_name": full_name,
            "private": repository.private, "visibility": if repository.private { "private" } else { "public" },
            "owner": self.user_json(repository.owner), "description": null, "fork": repository.fork_of.is_some(),
            "html_url": format!("{}/{full_name}", self.web_url()), "url": format!("{}/repos/{full_name}", self.api_url()),
            "default_branch": repository.default_branch, "archived": false, "disabled": false,
        })
    }

    /// A repository as `installation` events list it.
    pub(super) fn repository_brief(&self, repository: &Repository) -> Value {
        json!({
            "id": repository.id, "node_id": format!("R_{}", repository.id), "name": repository.name,
            "full_name": self.full_name(repository), "private": repository.private,
        })
    }

    /// `team`
    pub(super) fn team_json(&self, organization: u64, team: &Team) -> Value {
        let login = self.login(organization);
        json!({
            "id": team.id, "node_id": format!("T_{}", team.id), "name": team.slug, "slug": team.slug, "description": "",
            "privacy": match team.privacy { Privacy::Closed => "closed", Privacy::Secret => "secret" },
            "notification_setting": "notifications_enabled", "permission": "push", "parent": null,
            "url": format!("{}/organizations/{organization}/team/{}", self.api_url(), team.id),
            "html_url": format!("{}/orgs/{login}/teams/{}", self.web_url(), team.slug),
            "members_url": format!("{}/organizations/{organization}/team/{}/members{{/member}}", self.api_url(), team.id),
            "repositories_url": format!("{}/organizations/{organization}/team/{}/repos", self.api_url(), team.id),
        })
    }

    /// `pull-request-simple`, and with `full` what only a single one shows: the counts and whether it is merged.
    pub(super) fn pull_json(&self, repository: &Repository, pull: &Pull, full: bool) -> Value {
        let full_name = self.full_name(repository);
        let side = |repository: Option<&Repository>, name: &str, sha: &str| {
            let owner = repository.map(|repository| repository.owner);
            json!({
                "label": format!("{}:{name}", owner.map_or("unknown", |owner| self.login(owner))),
                "ref": name, "sha": sha, "user": owner.map(|owner| self.user_json(owner)),
                "repo": repository.map(|repository| self.repository_json(repository)),
            })
        };
        let head = pull.head_repository.and_then(|id| self.repositories.get(&id));
        let teams = self.organizations.get(&repository.owner);
        let mut json = json!({
            "id": pull.id, "node_id": format!("PR_{}", pull.id), "number": pull.number,
            "state": if pull.open { "open" } else { "closed" }, "locked": false, "draft": pull.draft,
            "title": pull.title, "body": pull.body, "user": self.user_json(pull.author),
            "url": format!("{}/repos/{full_name}/pulls/{}", self.api_url(), pull.number),
            "html_url": format!("{}/{full_name}/pull/{}", self.web_url(), pull.number),
            "labels": pull.labels.iter().map(|name| self.label_json(name)).collect::<Vec<_>>(),
            "assignee": null, "assignees": [], "milestone": null, "auto_merge": null, "active_lock_reason": null,
            "author_association": "MEMBER", "merge_commit_sha": null,
            "requested_reviewers": pull.requested_users.iter().map(|id| self.user_json(*id)).collect::<Vec<_>>(),
            "requested_teams": pull.requested_teams.iter()
                .filter_map(|slug| teams.and_then(|owner| owner.teams.get(slug)))
                .map(|team| self.team_json(repository.owner, team)).collect::<Vec<_>>(),
            "created_at": time(pull.created_at), "updated_at": time(pull.updated_at),
            "closed_at": (!pull.open).then(|| time(pull.updated_at)), "merged_at": pull.merged.then(|| time(pull.updated_at)),
            "head": side(head, &pull.head_ref, &pull.head), "base": side(Some(repository), &pull.base_ref, &pull.base),
        });
        if full && let Value::Object(fields) = &mut json {
            let changes = self.pull_changes(repository, pull);
            let lines: Vec<Lines> = changes.iter().map(|change| self.lines(repository, change)).collect();
            fields.extend([
                ("merged".to_owned(), pull.merged.into()),
                ("mergeable".to_owned(), Value::Null),
                ("mergeable_state".to_owned(), "unknown".into()),
                ("merged_by".to_owned(), Value::Null),
                ("comments".to_owned(), self.comments_of(repository, pull.number).len().into()),
                ("commits".to_owned(), self.pull_commits(repository, pull).len().into()),
                ("additions".to_owned(), lines.iter().map(|lines| lines.additions).sum::<usize>().into()),
                ("deletions".to_owned(), lines.iter().map(|lines| lines.deletions).sum::<usize>().into()),
                ("changed_files".to_owned(), changes.len().into()),
            ]);
        }
        json
    }

    /// `label`
    pub(super) fn label_json(&self, name: &str) -> Value {
        json!({ "id": 1, "node_id": "LA_1", "url": "", "name": name, "color": "ededed", "default": false, "description": null })
    }

    /// A pull request as check payloads list it.
    pub(super) fn pull_minimal(&self, repository: &Repository, pull: &Pull) -> Value {
        let brief = json!({ "id": repository.id, "name": repository.name, "url": format!("{}/repos/{}", self.api_url(), self.full_name(repository)) });
        json!({
            "id": pull.id, "number": pull.number,
            "url": format!("{}/repos/{}/pulls/{}", self.api_url(), self.full_name(repository), pull.number),
            "head": { "ref": pull.head_ref, "sha": pull.head, "repo": brief },
            "base": { "ref": pull.base_ref, "sha": pull.base, "repo": brief },
        })
    }

    /// `pull-request-review`; in webhooks its state is in lower case.
    pub(super) fn review_json(&self, repository: &Repository, pull: &Pull, review: &Review, webhook: bool) -> Value {
        let address = format!("{}/{}/pull/{}", self.web_url(), self.full_name(repository), pull.number);
        json!({
            "id": review.id, "node_id": format!("PRR_{}", review.id), "user": self.user_json(review.author), "body": review.body,
            "state": if webhook { review.state.to_ascii_lowercase() } else { review.state.to_owned() },
            "commit_id": review.commit, "submitted_at": time(review.submitted_at), "author_association": "MEMBER",
            "html_url": format!("{address}#pullrequestreview-{}", review.id), "pull_request_url": address,
        })
    }

    /// `review-dismissed-issue-event`
    pub(super) fn dismissal_json(&self, repository: &Repository, dismissal: &Dismissal) -> Value {
        let mut review = json!({
            "state": dismissal.was, "review_id": dismissal.review, "dismissal_message": null,
        });
        if let (Some(commit), Value::Object(review)) = (&dismissal.commit, &mut review) {
            review.insert("dismissal_commit_id".to_owned(), commit.as_str().into());
        }
        json!({
            "id": dismissal.id, "node_id": format!("RDE_{}", dismissal.id), "event": "review_dismissed",
            "url": format!("{}/repos/{}/issues/events/{}", self.api_url(), self.full_name(repository), dismissal.id),
            "actor": self.user_json(dismissal.by), "commit_id": null, "commit_url": null,
            "created_at": time(dismissal.at), "performed_via_github_app": null, "dismissed_review": review,
        })
    }

    /// `issue-comment`
    pub(super) fn comment_json(&self, repository: &Repository, comment: &Comment) -> Value {
        let full_name = self.full_name(repository);
        json!({
            "id": comment.id, "node_id": format!("IC_{}", comment.id), "user": self.user_json(comment.author), "body": comment.body,
            "url": format!("{}/repos/{full_name}/issues/comments/{}", self.api_url(), comment.id),
            "html_url": format!("{}/{full_name}/pull/{}#issuecomment-{}", self.web_url(), comment.pull, comment.id),
            "issue_url": format!("{}/repos/{full_name}/issues/{}", self.api_url(), comment.pull),
            "created_at": time(comment.created_at), "updated_at": time(comment.updated_at), "author_association": "NONE",
            "performed_via_github_app": (comment.author == self.app.account).then(|| self.app_json()),
        })
    }

    /// `integration`
    pub(super) fn app_json(&self) -> Value {
        json!({
            "id": self.app.id, "slug": self.app.slug, "node_id": "A_1", "client_id": self.app.client_id, "name": self.app.slug,
            "owner": self.user_json(self.app.account), "description": "", "external_url": "", "html_url": format!("{}/apps/{}", self.web_url(), self.app.slug),
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
            "permissions": self.app.permissions.iter().map(|(name, level)| (name.clone(), level.word().into())).collect::<serde_json::Map<_, _>>(),
            "events": self.app.events,
        })
    }

    /// `check-run`. Pull requests of forks are not listed in it, as on GitHub.
    pub(super) fn check_json(&self, repository: &Repository, check: &CheckRun) -> Value {
        let full_name = self.full_name(repository);
        let address = format!("{}/repos/{full_name}/check-runs/{}", self.api_url(), check.id);
        let pulls: Vec<Value> = repository
            .pulls
            .values()
            .filter(|pull| pull.open && pull.head == check.head && pull.head_repository == Some(repository.id))
            .map(|pull| self.pull_minimal(repository, pull))
            .collect();
        let text = |key: &str| check.output.get(key).cloned().unwrap_or_default();
        json!({
            "id": check.id, "node_id": format!("CR_{}", check.id), "name": check.name, "head_sha": check.head,
            "external_id": check.external_id, "url": address, "html_url": format!("{}/{full_name}/runs/{}", self.web_url(), check.id),
            "details_url": check.details_url.clone().unwrap_or_else(|| format!("{}/apps/{}", self.web_url(), self.app.slug)), "status": check.status, "conclusion": check.conclusion,
            "started_at": time(check.started_at), "completed_at": check.completed_at.map(time),
            "output": {
                "title": text("title"), "summary": text("summary"), "text": text("text"),
                "annotations_count": check.annotations.len(), "annotations_url": format!("{address}/annotations"),
            },
            "check_suite": { "id": check.id + 1_000_000, "head_sha": check.head, "app": self.app_json(), "pull_requests": pulls },
            "app": self.app_json(), "pull_requests": pulls,
        })
    }

    /// `commit`, as `compare` lists it.
    pub(super) fn commit_json(&self, repository: &Repository, commit: &Commit) -> Value {
        let address = format!("{}/repos/{}", self.api_url(), self.full_name(repository));
        // what people do in the browser GitHub commits and signs itself, as `web-flow`
        let by_github = commit.committer.is_some_and(|id| self.login(id) == super::people::WEB_FLOW);
        let person = |account: Option<u64>| match account {
            Some(id) => {
                json!({ "name": self.login(id), "email": format!("{}@users.noreply.github.com", self.login(id)), "date": time(commit.at) })
            }
            None => json!({ "name": "somebody", "email": "somebody@example.org", "date": time(commit.at) }),
        };
        json!({
            "sha": commit.oid, "node_id": format!("C_{}", commit.oid), "url": format!("{address}/commits/{}", commit.oid),
            "html_url": format!("{}/{}/commit/{}", self.web_url(), self.full_name(repository), commit.oid),
            "commit": {
                "author": person(commit.author), "committer": person(commit.committer), "message": commit.message,
                "tree": { "sha": commit.tree, "url": format!("{address}/git/trees/{}", commit.tree) },
                "url": format!("{address}/git/commits/{}", commit.oid), "comment_count": 0,
                "verification": { "verified": by_github, "reason": if by_github { "valid" } else { "unsigned" }, "signature": null, "payload": null },
            },
            "author": commit.author.map(|id| self.user_json(id)), "committer": commit.committer.map(|id| self.user_json(id)),
            "parents": commit.parents.iter().map(|oid| json!({ "sha": oid, "url": format!("{address}/commits/{oid}") })).collect::<Vec<_>>(),
        })
    }

    /// `diff-entry`
    pub(super) fn change_json(&self, repository: &Repository, change: &Change, head: &str, base: &str) -> Value {
        let lines = self.lines(repository, change);
        let commit = if change.new.is_none() && self.removed_files_name_base { base } else { head };
        let full_name = self.full_name(repository);
        let path = super::rest::encode_path(&change.path);
        let mut json = json!({
            "sha": change.new.as_ref().or(change.old.as_ref()).map(|entry| entry.oid.clone()),
            "filename": change.path, "status": change.status,
            "additions": lines.additions, "deletions": lines.deletions, "changes": lines.additions + lines.deletions,
            "blob_url": format!("{}/{full_name}/blob/{commit}/{path}", self.web_url()),
            "raw_url": format!("{}/{full_name}/raw/{commit}/{path}", self.web_url()),
            "contents_url": format!("{}/repos/{full_name}/contents/{path}?ref={commit}", self.api_url()),
        });
        if let Some(previous) = &change.previous {
            json["previous_filename"] = previous.clone().into();
        }
        if let Some(patch) = lines.patch.filter(|_| !repository.patchless.contains(&change.path)) {
            json["patch"] = patch.into();
        }
        json
    }

    pub(super) fn lines(&self, repository: &Repository, change: &Change) -> Lines {
        super::diff::lines(self.objects(repository), change)
    }

    /// The files that a pull request changes: since the merge base with the present tip of its base branch.
    pub(super) fn pull_changes(&self, repository: &Repository, pull: &Pull) -> Vec<Change> {
        let objects = self.objects(repository);
        let tip = repository.branches.get(&pull.base_ref).unwrap_or(&pull.base);
        let start = objects.merge_base(tip, &pull.head).and_then(|oid| objects.commit(&oid));
        match (start, objects.commit(&pull.head)) {
            (Some(start), Some(head)) => super::diff::changes(objects, &start.files, &head.files),
            _ => Vec::new(),
        }
    }

    /// The commits of a pull request, oldest first.
    pub(super) fn pull_commits(&self, repository: &Repository, pull: &Pull) -> Vec<&Commit> {
        let tip = repository.branches.get(&pull.base_ref).unwrap_or(&pull.base);
        self.objects(repository).between(tip, &pull.head)
    }

    pub(super) fn comments_of<'a>(&self, repository: &'a Repository, pull: u64) -> Vec<&'a Comment> {
        repository.comments.values().filter(|comment| comment.pull == pull).collect()
    }
}

//! What we write on GitHub: check runs, comments, review requests.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{PAGE, Page};
use super::transport::Call;
use super::wire::User;
use super::{CheckRun, Comment, Error, Repository, conclusion_word};
use crate::render::{Annotation, Check, Hold};

/// The name of the check run.
const CHECK_NAME: &str = "merestone";
/// Annotations that one request may carry.
const ANNOTATIONS: usize = 50;
/// Characters that an annotation's title may have.
const ANNOTATION_TITLE: usize = 255;
/// Bytes that an annotation's message may have.
const ANNOTATION_MESSAGE: usize = 64 * 1024;
/// Pages of comments that are looked through.
const COMMENT_PAGES: usize = 100;
/// Pages of check runs of ours on one head.
const CHECK_PAGES: usize = 10;

#[derive(Deserialize)]
struct CheckBody {
    id: u64,
    external_id: Option<String>,
    conclusion: Option<String>,
}

#[derive(Deserialize)]
struct ChecksBody {
    check_runs: Vec<CheckBody>,
}

impl Page for ChecksBody {
    type Entry = CheckBody;
    fn entries(self) -> Vec<CheckBody> {
        self.check_runs
    }
}

impl From<CheckBody> for CheckRun {
    fn from(body: CheckBody) -> Self {
        Self { id: body.id, external_id: body.external_id.filter(|id| !id.is_empty()), conclusion: body.conclusion }
    }
}

#[derive(Deserialize)]
struct CommentBody {
    id: u64,
    body: Option<String>,
    user: Option<User>,
    performed_via_github_app: Option<AppBody>,
}

#[derive(Deserialize)]
struct AppBody {
    id: Option<u64>,
}

#[derive(Deserialize)]
struct RequestedBody {
    #[serde(default)]
    users: Vec<Option<User>>,
    #[serde(default)]
    teams: Vec<Option<super::wire::Team>>,
}

fn output(check: &Check) -> Value {
    json!({ "title": check.title, "summary": check.summary })
}

/// What a completed run shows.
fn completed(check: &Check) -> Value {
    json!({ "status": "completed", "conclusion": conclusion_word(check.conclusion), "output": output(check) })
}

/// What a run shows that has no conclusion: GitHub takes back the one that it had (docs.github.com, "Update a check run").
fn in_progress(hold: &Hold) -> Value {
    json!({ "status": "in_progress", "output": { "title": hold.title, "summary": hold.summary } })
}

/// The same conclusion in words that nothing can be wrong with: a check that says little is better than none.
fn plain_output(check: &Check) -> Value {
    let plain: String = check.title.chars().filter(|c| matches!(c, ' '..='~')).take(140).collect();
    let title = if plain.trim().is_empty() { "Merestone" } else { plain.trim() };
    json!({ "title": title, "summary": "GitHub refused the details of this check, so it shows its conclusion only." })
}

fn cut(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn annotation(annotation: &Annotation) -> Value {
    let line = annotation.line.max(1);
    let title: String = annotation.title.chars().take(ANNOTATION_TITLE).collect();
    let message = cut(&annotation.message, ANNOTATION_MESSAGE);
    let message = if message.trim().is_empty() { title.as_str() } else { message };
    json!({
        "path": annotation.path.trim_start_matches('/'),
        "start_line": line,
        "end_line": line,
        "annotation_level": if annotation.failure { "failure" } else { "warning" },
        "title": title,
        "message": message,
    })
}

impl Repository {
    /// Our check runs named `merestone` on a head, newest first (`app_id` filtered).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn checks(&self, head: &str) -> Result<Vec<CheckRun>, Error> {
        let args = [self.owner.as_str(), self.name.as_str(), head];
        let call = Call::get("/repos/{owner}/{repo}/commits/{ref}/check-runs", &args)
            .query("check_name", CHECK_NAME)
            .query("app_id", self.installation.app().id())
            .query("filter", "latest");
        let runs = self.installation.pages::<ChecksBody>(&call, CHECK_PAGES).await?;
        let runs =
            runs.ok_or_else(|| Error::Incomplete(format!("{head} has more than {} runs", CHECK_PAGES * PAGE)))?;
        let mut runs: Vec<CheckRun> = runs.into_iter().map(CheckRun::from).collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.id));
        Ok(runs)
    }

    /// Creates the completed check run, without annotations (those follow by [`Self::annotate`]). Where GitHub refuses its
    /// words, it is created with plain ones.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn create_check(&self, head: &str, check: &Check, external_id: &str) -> Result<CheckRun, Error> {
        let args = [self.owner.as_str(), self.name.as_str()];
        let call = Call::new(Method::POST, "/repos/{owner}/{repo}/check-runs", &args);
        self.write_run(&call, Some(head), completed(check), &plain_output(check), external_id).await
    }

    /// Creates a check run without a conclusion: nothing merges past it.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn create_hold(&self, head: &str, hold: &Hold, external_id: &str) -> Result<CheckRun, Error> {
        let args = [self.owner.as_str(), self.name.as_str()];
        let call = Call::new(Method::POST, "/repos/{owner}/{repo}/check-runs", &args);
        let said = in_progress(hold);
        self.write_run(&call, Some(head), said.clone(), &said["output"], external_id).await
    }

    /// Takes back what a check run of ours concluded, until it is judged again.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn update_hold(&self, id: u64, hold: &Hold, external_id: &str) -> Result<CheckRun, Error> {
        let id = id.to_string();
        let args = [self.owner.as_str(), self.name.as_str(), id.as_str()];
        let call = Call::new(Method::PATCH, "/repos/{owner}/{repo}/check-runs/{check_run_id}", &args);
        let said = in_progress(hold);
        self.write_run(&call, None, said.clone(), &said["output"], external_id).await
    }

    /// Rewrites a check run of ours, as [`Self::create_check`] writes one.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn update_check(&self, id: u64, check: &Check, external_id: &str) -> Result<CheckRun, Error> {
        let id = id.to_string();
        let args = [self.owner.as_str(), self.name.as_str(), id.as_str()];
        let call = Call::new(Method::PATCH, "/repos/{owner}/{repo}/check-runs/{check_run_id}", &args);
        self.write_run(&call, None, completed(check), &plain_output(check), external_id).await
    }

    /// Sends what a run is to show; where GitHub refuses its words, with these plain ones.
    async fn write_run(
        &self,
        call: &Call<'_>,
        head: Option<&str>,
        mut said: Value,
        plain: &Value,
        external_id: &str,
    ) -> Result<CheckRun, Error> {
        said["name"] = json!(CHECK_NAME);
        said["external_id"] = json!(external_id);
        if let Some(head) = head {
            said["head_sha"] = json!(head);
        }
        let written = match self.installation.ask::<CheckBody>(&call.clone().body(said.clone())).await {
            Err(Error::Refused { why, .. }) => {
                tracing::warn!(%why, "GitHub refused a check run; it is written with plain words");
                said["output"] = plain.clone();
                self.installation.ask::<CheckBody>(&call.clone().body(said)).await
            }
            other => other,
        };
        written.map(CheckRun::from)
    }

    /// Adds annotations, at most 50 a request. A refused request does not keep the others from being sent.
    ///
    /// # Errors
    /// See [`Error`]; of several refusals the first.
    pub async fn annotate(&self, id: u64, check: &Check, annotations: &[Annotation]) -> Result<(), Error> {
        let id = id.to_string();
        let args = [self.owner.as_str(), self.name.as_str(), id.as_str()];
        let mut refused = Ok(());
        for some in annotations.chunks(ANNOTATIONS) {
            let mut output = output(check);
            output["annotations"] = some.iter().map(annotation).collect();
            let call = Call::new(Method::PATCH, "/repos/{owner}/{repo}/check-runs/{check_run_id}", &args)
                .body(json!({ "output": output }));
            match self.installation.tell(&call).await {
                Err(error @ Error::Refused { .. }) => refused = refused.and(Err(error)),
                other => other?,
            }
        }
        refused
    }

    /// Comments of the App itself on a pull request, oldest first, all pages.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn own_comments(&self, number: u64) -> Result<Vec<Comment>, Error> {
        let number = number.to_string();
        let args = [self.owner.as_str(), self.name.as_str(), number.as_str()];
        let call = Call::get("/repos/{owner}/{repo}/issues/{issue_number}/comments", &args);
        let all = self
            .installation
            .pages::<Vec<CommentBody>>(&call, COMMENT_PAGES)
            .await?
            .ok_or_else(|| Error::Incomplete(format!("there are more than {} comments", COMMENT_PAGES * PAGE)))?;
        let app = self.installation.app();
        let mut own = Vec::new();
        for comment in all {
            let body = comment.body.unwrap_or_default();
            let Some(user) = comment.user.filter(User::is_bot) else { continue };
            let ours = match comment.performed_via_github_app.and_then(|app| app.id) {
                Some(id) => id == app.id(),
                // Not every answer says which App it was; the name of its account does.
                None => match user.login.as_deref().and_then(|login| login.strip_suffix("[bot]")) {
                    Some(slug) => app.slug().await?.eq_ignore_ascii_case(slug),
                    None => false,
                },
            };
            if ours {
                own.push(Comment { id: comment.id, body });
            }
        }
        own.sort_by_key(|comment| comment.id);
        Ok(own)
    }

    /// Writes a comment.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn create_comment(&self, number: u64, body: &str) -> Result<Comment, Error> {
        let number = number.to_string();
        let args = [self.owner.as_str(), self.name.as_str(), number.as_str()];
        let call = Call::new(Method::POST, "/repos/{owner}/{repo}/issues/{issue_number}/comments", &args)
            .body(json!({ "body": body }));
        let written: CommentBody = self.installation.ask(&call).await?;
        Ok(Comment { id: written.id, body: written.body.unwrap_or_else(|| body.to_owned()) })
    }

    /// Edits a comment.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn update_comment(&self, id: u64, body: &str) -> Result<Comment, Error> {
        let comment = id.to_string();
        let args = [self.owner.as_str(), self.name.as_str(), comment.as_str()];
        let call = Call::new(Method::PATCH, "/repos/{owner}/{repo}/issues/comments/{comment_id}", &args)
            .body(json!({ "body": body }));
        self.installation.tell(&call).await?;
        Ok(Comment { id, body: body.to_owned() })
    }

    /// Deletes a comment.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn delete_comment(&self, id: u64) -> Result<(), Error> {
        let comment = id.to_string();
        let args = [self.owner.as_str(), self.name.as_str(), comment.as_str()];
        let call = Call::new(Method::DELETE, "/repos/{owner}/{repo}/issues/comments/{comment_id}", &args);
        self.installation.tell(&call).await
    }

    /// Requested users and teams (slugs) now.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn requested(&self, number: u64) -> Result<(Vec<String>, Vec<String>), Error> {
        let number = number.to_string();
        let args = [self.owner.as_str(), self.name.as_str(), number.as_str()];
        let call = Call::get("/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", &args);
        let body: RequestedBody = self.installation.ask(&call).await?;
        let users = body.users.into_iter().flatten().filter_map(|user| user.login).collect();
        Ok((users, body.teams.into_iter().flatten().filter_map(|team| team.slug).collect()))
    }

    /// Asks users and teams (slugs) to review: all or, refused with 422, none.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn request(&self, number: u64, users: &[String], teams: &[String]) -> Result<(), Error> {
        self.reviewers(Method::POST, number, users, teams).await
    }

    /// Withdraws requests.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn withdraw(&self, number: u64, users: &[String], teams: &[String]) -> Result<(), Error> {
        self.reviewers(Method::DELETE, number, users, teams).await
    }

    async fn reviewers(&self, method: Method, number: u64, users: &[String], teams: &[String]) -> Result<(), Error> {
        if users.is_empty() && teams.is_empty() {
            return Ok(());
        }
        let number = number.to_string();
        let args = [self.owner.as_str(), self.name.as_str(), number.as_str()];
        // `reviewers` is required when withdrawing, also where only teams are meant.
        let call = Call::new(method, "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", &args)
            .body(json!({ "reviewers": users, "team_reviewers": teams }));
        self.installation.tell(&call).await
    }
}

//! The organisation's file: `.github/merestone.yml` at the tip of the default branch of the owner's repository `.github`.
//!
//! It is looked at in the same request that reads a base. Names change hands, so an answer counts only where GitHub says in that very
//! request that the repository asked from, which is known by its id, and the one called `.github` have the same owner.

use serde::Deserialize;
use serde_json::json;

use super::graphql::{Beside, By, Object, Trouble, Want};
use super::transport::Call;
use super::wire::RepositoryBody;
use super::{Error, Repository};
use crate::ids::RepositoryId;
use crate::rules::RULES_PATH;
use crate::source::Blob;

/// The repository that an owner shares rules in.
pub const SHARED_REPOSITORY: &str = ".github";

/// What a look at the organisation's file ended in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// This was seen.
    Seen(Shared),
    /// The owner has this login by now: what was asked for may be somebody else's.
    Renamed(String),
    /// GitHub did not say; why, in a sentence.
    NotNow(String),
}

/// The repository `.github` of an owner, and the file in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// The repository; `None`: no such repository is shown to us.
    pub repository: Option<SharedRepository>,
    /// The file.
    pub file: SharedFile,
}

/// The repository `.github` of an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedRepository {
    /// Id.
    pub id: RepositoryId,
    /// Name of the default branch, where told.
    pub branch: Option<String>,
    /// The commit at its tip, where told.
    pub tip: Option<String>,
    /// Whether outsiders cannot see it; so it is where that is not told.
    pub private: bool,
}

/// The file there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedFile {
    /// It is there.
    File(Blob),
    /// There is none to be seen; why, in a sentence.
    Nothing(String),
    /// It may not be read; why, in a sentence.
    Refused(String),
}

/// The repository asked from, as GraphQL shows it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HereBody {
    database_id: Option<u64>,
    name_with_owner: Option<String>,
}

/// The repository `.github`, as GraphQL shows it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SharedBody {
    database_id: Option<u64>,
    name_with_owner: Option<String>,
    is_private: Option<bool>,
    default_branch_ref: Option<BranchBody>,
    file: Option<Object>,
}

#[derive(Debug, Deserialize)]
struct BranchBody {
    name: Option<String>,
    target: Option<TargetBody>,
}

#[derive(Debug, Deserialize)]
struct TargetBody {
    oid: Option<String>,
}

fn owner_of(name_with_owner: Option<&str>) -> Option<&str> {
    name_with_owner?.split_once('/').map(|(owner, _)| owner)
}

impl Repository {
    /// The files at these paths, in their order, and what the organisation's file is; in one request as a rule.
    ///
    /// # Errors
    /// See [`Error`]; what went wrong with the organisation's file alone is told by [`Looked`].
    pub async fn read_and_look(
        &self,
        commit: &str,
        paths: &[String],
        account: u64,
    ) -> Result<(Vec<Option<Blob>>, Looked), Error> {
        let names: Vec<String> = paths.iter().map(|path| format!("{commit}:{path}")).collect();
        match self.objects_beside(&names, By::Expression, Want::Content).await {
            Ok((objects, beside)) => {
                let mut found = self.files_of_objects(commit, paths, objects).await?;
                let files = paths.iter().map(|path| found.remove(path)).collect();
                Ok((files, self.looked(beside, account).await?))
            }
            Err(Trouble::Api(error) | Trouble::TooMuch(error)) => Err(error),
            Err(Trouble::Unavailable(_)) => {
                Ok((self.read_files(commit, paths).await?, self.looked_by_rest(account).await?))
            }
        }
    }

    /// What the organisation's file of this repository's owner is.
    ///
    /// # Errors
    /// See [`Error`]; what went wrong with the file alone is told by [`Looked`].
    pub async fn look_at_organisation(&self, account: u64) -> Result<Looked, Error> {
        match self.objects_beside(&[], By::Expression, Want::Content).await {
            Ok((_, beside)) => self.looked(beside, account).await,
            Err(Trouble::Api(error) | Trouble::TooMuch(error)) => Err(error),
            Err(Trouble::Unavailable(_)) => self.looked_by_rest(account).await,
        }
    }

    /// What GraphQL's answer says of the file.
    async fn looked(&self, beside: Beside, account: u64) -> Result<Looked, Error> {
        let Beside { here, shared, trouble } = beside;
        // GraphQL has no number for ids that are longer than it can tell; REST has.
        let told = |id: Option<Option<u64>>| id.is_none_or(|id| id.is_some());
        if !told(here.as_ref().map(|here| here.database_id)) || !told(shared.as_ref().map(|body| body.database_id)) {
            return self.looked_by_rest(account).await;
        }
        let here = here.unwrap_or_default();
        let Some(owner) = owner_of(here.name_with_owner.as_deref()).filter(|_| here.database_id == Some(self.id.0))
        else {
            return Ok(Looked::NotNow("GitHub did not say who owns this repository now".to_owned()));
        };
        if !owner.eq_ignore_ascii_case(&self.owner) {
            return Ok(Looked::Renamed(owner.to_owned()));
        }
        let Some(body) = shared else {
            return Ok(match trouble {
                Some((kind, why)) if kind == "FORBIDDEN" => {
                    Looked::Seen(Shared { repository: None, file: SharedFile::Refused(why) })
                }
                Some((kind, why)) if kind != "NOT_FOUND" => Looked::NotNow(why),
                _ => Looked::Seen(not_shown(owner)),
            });
        };
        // A redirect, to a repository that had the name before.
        let name = format!("{owner}/{SHARED_REPOSITORY}");
        if body.name_with_owner.is_none_or(|told| !told.eq_ignore_ascii_case(&name)) {
            return Ok(Looked::Seen(not_shown(owner)));
        }
        let Some(id) = body.database_id else {
            return Ok(Looked::NotNow("GitHub did not say which repository .github is".to_owned()));
        };
        let id = RepositoryId(id);
        let (branch, tip) =
            body.default_branch_ref.map_or((None, None), |found| (found.name, found.target.and_then(|to| to.oid)));
        let repository = SharedRepository { id, branch, tip, private: body.is_private.unwrap_or(true) };
        let file = match (body.file, trouble) {
            (None, Some((kind, why))) if kind == "FORBIDDEN" => SharedFile::Refused(why),
            (None, Some((_, why))) => return Ok(Looked::NotNow(why)),
            (None, None) => SharedFile::Nothing(no_file()),
            (Some(object), _) => {
                let there = self.installation.repository(id, owner, SHARED_REPOSITORY);
                let paths = [RULES_PATH.to_owned()];
                match there.files_of_objects("HEAD", &paths, vec![Some(object)]).await {
                    Ok(mut found) => found.remove(RULES_PATH).map_or_else(no_regular_file, SharedFile::File),
                    Err(error @ (Error::Limited { .. } | Error::Unauthorized { .. })) => return Err(error),
                    Err(error) => return Ok(Looked::NotNow(error.to_string())),
                }
            }
        };
        Ok(Looked::Seen(Shared { repository: Some(repository), file }))
    }

    /// The same by REST, which tells the account's id.
    async fn looked_by_rest(&self, account: u64) -> Result<Looked, Error> {
        let body = match self.shared_by_rest().await {
            Ok(body) => body,
            Err(Error::NotFound { .. }) => return Ok(Looked::Seen(not_shown(&self.owner))),
            Err(Error::Forbidden { why, .. }) => {
                return Ok(Looked::Seen(Shared { repository: None, file: SharedFile::Refused(why) }));
            }
            Err(error @ (Error::Limited { .. } | Error::Unauthorized { .. })) => return Err(error),
            Err(error) => return Ok(Looked::NotNow(error.to_string())),
        };
        let owner = body.owner.as_ref().and_then(|owner| owner.id);
        let named = body.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(SHARED_REPOSITORY));
        // Somebody else's, who took the name over, or who was given the repository.
        if owner != Some(account) || !named {
            return Ok(Looked::Seen(not_shown(&self.owner)));
        }
        let (Some(id), Some(branch)) = (body.id, body.default_branch) else {
            return Ok(Looked::NotNow("GitHub did not say which repository .github is".to_owned()));
        };
        let there = self.installation.repository(RepositoryId(id), &self.owner, SHARED_REPOSITORY);
        let mut repository = SharedRepository {
            id: RepositoryId(id),
            branch: Some(branch.clone()),
            tip: None,
            private: body.private.unwrap_or(true),
        };
        let paths = [RULES_PATH.to_owned()];
        let read = async {
            let tip = there.tip(&branch).await?;
            let mut found = there.files_by_rest(&tip, &paths).await?;
            Ok((tip, found.remove(RULES_PATH)))
        };
        let file = match read.await {
            Ok((tip, file)) => {
                repository.tip = Some(tip);
                file.map_or_else(|| SharedFile::Nothing(no_file()), SharedFile::File)
            }
            // It has no commit yet.
            Err(Error::NotFound { .. }) => SharedFile::Nothing(no_file()),
            Err(Error::Forbidden { why, .. }) => SharedFile::Refused(why),
            Err(error @ (Error::Limited { .. } | Error::Unauthorized { .. })) => return Err(error),
            Err(error) => return Ok(Looked::NotNow(error.to_string())),
        };
        Ok(Looked::Seen(Shared { repository: Some(repository), file }))
    }

    async fn shared_by_rest(&self) -> Result<RepositoryBody, Error> {
        let args = [self.owner.as_str(), SHARED_REPOSITORY];
        self.installation.ask(&Call::get("/repos/{owner}/{repo}", &args)).await
    }
}

/// The part of a query that looks at the organisation's file; `fragment` names the fields of its object.
pub(super) fn query_part(fragment: &str) -> String {
    format!(
        " here:repository(owner:$owner,name:$name){{databaseId nameWithOwner}} \
         shared:repository(owner:$owner,name:$shared){{databaseId nameWithOwner isPrivate \
         defaultBranchRef{{name target{{oid}}}} file:object(expression:$file){{...{fragment}}}}}"
    )
}

/// The variables of that part.
pub(super) fn variables() -> [(&'static str, serde_json::Value); 2] {
    [("shared", json!(SHARED_REPOSITORY)), ("file", json!(format!("HEAD:{RULES_PATH}")))]
}

fn not_shown(owner: &str) -> Shared {
    let why = format!("GitHub shows no repository {owner}/{SHARED_REPOSITORY} to this App");
    Shared { repository: None, file: SharedFile::Nothing(why) }
}

fn no_file() -> String {
    format!("the default branch has no {RULES_PATH}")
}

fn no_regular_file() -> SharedFile {
    SharedFile::Nothing(format!("{RULES_PATH} is a folder or a link, and links are not followed"))
}

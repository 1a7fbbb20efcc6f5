//! Reading many files of one commit in one request.

use std::collections::HashMap;

use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::client::Installation;
use super::mask::shown;
use super::organisation::{self, HereBody, SharedBody};
use super::transport::Call;
use super::{Error, Repository};

/// How many objects are asked for in one request. GitHub names no number; beyond some hundreds its own time is up.
pub(super) const OBJECTS: usize = 100;
/// How many folders with the content of their files.
pub(super) const FOLDERS: usize = 25;

/// Why a query brought nothing.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The call itself failed; so would any other.
    Api(Error),
    /// This query is more than GitHub answers at once.
    TooMuch(Error),
    /// GraphQL is refused or not there.
    Unavailable(String),
}

/// A git object as GraphQL shows it.
#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Object {
    /// `Blob`, `Tree`, `Commit`.
    #[serde(rename = "__typename")]
    pub kind: Option<String>,
    pub oid: Option<String>,
    pub text: Option<String>,
    pub byte_size: Option<u64>,
    pub is_binary: Option<bool>,
    pub is_truncated: Option<bool>,
    pub entries: Option<Vec<Entry>>,
}

impl Object {
    pub fn is_blob(&self) -> bool {
        self.kind.as_deref() == Some("Blob")
    }
}

/// An entry of a folder.
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub name: String,
    pub mode: u32,
    #[serde(rename = "type")]
    pub kind: String,
    pub oid: Option<String>,
    pub object: Option<Object>,
}

impl Entry {
    /// Whether it is a file: no symlink, submodule or folder.
    pub fn is_regular(&self) -> bool {
        self.kind == "blob" && self.mode & 0o170_000 == 0o100_000
    }
}

/// What is asked of every object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// Content, of files.
    Content,
    /// Names and modes, of folders.
    Names,
    /// Names, modes and the files' content, of folders.
    Everything,
}

/// How objects are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// `COMMIT:PATH`.
    Expression,
    /// Object id.
    Oid,
}

#[derive(Deserialize)]
struct Reply {
    data: Option<Data>,
    #[serde(default)]
    errors: Option<Vec<ReplyError>>,
}

#[derive(Deserialize)]
struct Data {
    repository: Option<HashMap<String, Option<Object>>>,
    here: Option<HereBody>,
    shared: Option<SharedBody>,
}

#[derive(Deserialize)]
struct ReplyError {
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<String>,
    path: Option<Vec<serde_json::Value>>,
}

impl ReplyError {
    /// Whether it is about the organisation's file alone.
    fn is_beside(&self) -> bool {
        let first = self.path.as_ref().and_then(|path| path.first()).and_then(serde_json::Value::as_str);
        matches!(first, Some("here" | "shared"))
    }
}

/// What was asked beside the objects: who owns the repository, and the organisation's file.
#[derive(Default)]
pub(super) struct Beside {
    pub here: Option<HereBody>,
    pub shared: Option<SharedBody>,
    /// Kind and message of what went wrong with these alone.
    pub trouble: Option<(String, String)>,
}

fn query(count: usize, by: By, want: Want, beside: bool) -> String {
    let (argument, kind) = match by {
        By::Expression => ("expression", "String!"),
        By::Oid => ("oid", "GitObjectID!"),
    };
    let blob = "... on Blob{oid text byteSize isBinary isTruncated}";
    let fields = match want {
        Want::Content => format!("__typename {blob}"),
        Want::Names => "__typename ... on Tree{entries{name mode type oid}}".to_owned(),
        Want::Everything => {
            format!("__typename ... on Tree{{entries{{name mode type oid object{{__typename {blob}}}}}}}")
        }
    };
    // Every path is a variable: it is somebody else's text, and never part of the query.
    let mut variables: String = (0..count).map(|n| format!(",$v{n}:{kind}")).collect();
    let mut objects: String = (0..count).map(|n| format!(" o{n}:object({argument}:$v{n}){{...f}}")).collect();
    if by == By::Expression && count > 0 {
        variables.push_str(",$root:String!");
        objects.push_str(" root:object(expression:$root){__typename}");
    }
    let mut parts = if count > 0 { format!("repository(owner:$owner,name:$name){{{objects}}}") } else { String::new() };
    if beside {
        variables.push_str(",$shared:String!,$file:String!");
        parts.push_str(&organisation::query_part("f"));
    }
    format!("query($owner:String!,$name:String!{variables}){{{parts}}} fragment f on GitObject{{{fields}}}")
}

impl Repository {
    /// The objects of these names (of one commit, where they are expressions), in their order; `None` where there is none. In as many requests as are needed, at most
    /// `most` objects in each, and fewer where GitHub finds that too much.
    pub(super) async fn objects(
        &self,
        names: &[String],
        by: By,
        want: Want,
        most: usize,
    ) -> Result<Vec<Option<Object>>, Trouble> {
        if self.installation.graphql_is_absent() {
            return Err(Trouble::Unavailable("GraphQL is not there".to_owned()));
        }
        let mut found = Vec::with_capacity(names.len());
        let mut waiting: Vec<&[String]> = names.chunks(most.max(1)).rev().collect();
        while let Some(chunk) = waiting.pop() {
            match self.some_objects(chunk, by, want, false).await {
                Ok((objects, _)) => found.extend(objects),
                // An answer that GitHub could not finish is asked for in halves; of a short one it is an outage.
                Err(Trouble::TooMuch(_)) if chunk.len() > FOLDERS / 2 => {
                    let (first, second) = chunk.split_at(chunk.len() / 2);
                    waiting.extend([second, first]);
                }
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(found)
    }

    /// The objects of these names, in one request, and what there is to know of the organisation's file.
    pub(super) async fn objects_beside(
        &self,
        names: &[String],
        by: By,
        want: Want,
    ) -> Result<(Vec<Option<Object>>, Beside), Trouble> {
        if self.installation.graphql_is_absent() {
            return Err(Trouble::Unavailable("GraphQL is not there".to_owned()));
        }
        self.some_objects(names, by, want, true).await
    }

    async fn some_objects(
        &self,
        names: &[String],
        by: By,
        want: Want,
        beside: bool,
    ) -> Result<(Vec<Option<Object>>, Beside), Trouble> {
        let mut variables = serde_json::Map::new();
        variables.insert("owner".to_owned(), json!(self.owner));
        variables.insert("name".to_owned(), json!(self.name));
        variables.extend(names.iter().enumerate().map(|(n, name)| (format!("v{n}"), json!(name))));
        // GitHub answers null without an error where the commit has no such file, and where the replica that answers does not
        // have the commit yet. The root folder, which every commit has, tells the two apart.
        let commit = match by {
            By::Expression => names.first().and_then(|name| name.split_once(':')).map(|(commit, _)| commit),
            By::Oid => None,
        };
        if let Some(commit) = commit {
            variables.insert("root".to_owned(), json!(format!("{commit}:")));
        }
        if beside {
            variables.extend(organisation::variables().map(|(name, value)| (name.to_owned(), value)));
        }
        let body = json!({ "query": query(names.len(), by, want, beside), "variables": variables });
        let call = Call::new(Method::POST, "/graphql", &[]).body(body);
        let (data, trouble) = graphql(&self.installation, &call).await?;
        let beside = Beside { here: data.here, shared: data.shared, trouble };
        if names.is_empty() {
            return Ok((Vec::new(), beside));
        }
        let not_found = || Trouble::Api(Error::NotFound { what: call.what() });
        let mut objects = data.repository.ok_or_else(not_found)?;
        if let Some(commit) = commit
            && objects.remove("root").flatten().is_none()
        {
            let why = format!("commit {} is not there yet", shown(commit));
            return Err(Trouble::Api(Error::Outage { what: call.what(), why }));
        }
        let objects = (0..names.len()).map(|n| objects.remove(&format!("o{n}")).flatten()).collect();
        Ok((objects, beside))
    }
}

/// What a query answers, and what went wrong with the organisation's file alone.
async fn graphql(installation: &Installation, call: &Call<'_>) -> Result<(Data, Option<(String, String)>), Trouble> {
    let answer = match installation.graphql_answer(call).await {
        Ok(answer) => answer,
        Err(error @ Error::NotFound { .. }) => {
            installation.graphql_was_not_there();
            return Err(Trouble::Unavailable(error.to_string()));
        }
        // One such answer says nothing of the next.
        Err(error @ (Error::Forbidden { .. } | Error::Refused { .. } | Error::Malformed { .. })) => {
            return Err(Trouble::Unavailable(error.to_string()));
        }
        // GitHub ends a query that takes it too long with a 502 or 504.
        Err(error @ Error::Outage { .. }) => return Err(Trouble::TooMuch(error)),
        Err(error) => return Err(Trouble::Api(error)),
    };
    let outage = |why: String| Trouble::TooMuch(Error::Outage { what: call.what(), why });
    if answer.is_too_long() {
        return Err(outage("the answer is longer than is read".to_owned()));
    }
    let reply: Reply = answer.parse(call).map_err(Trouble::Api)?;
    let (beside, errors): (Vec<ReplyError>, Vec<ReplyError>) =
        reply.errors.unwrap_or_default().into_iter().partition(ReplyError::is_beside);
    if let Some(first) = errors.first() {
        let kinds = |kind: &str| errors.iter().any(|error| error.kind.as_deref() == Some(kind));
        let said = shown(first.message.as_deref().unwrap_or("no message"));
        if kinds("RATE_LIMITED") || said.to_lowercase().contains("rate limit") {
            let until = answer.graphql_limit(installation.now());
            installation.pause(until);
            return Err(Trouble::Api(Error::Limited { until, what: call.what() }));
        }
        if kinds("NOT_FOUND") {
            return Err(Trouble::Api(Error::NotFound { what: call.what() }));
        }
        // Without a type it is the server that failed ("Something went wrong while executing your query").
        return Err(if first.kind.is_none() && answer.status == StatusCode::OK && said.contains("went wrong") {
            outage(said)
        } else {
            Trouble::Unavailable(said)
        });
    }
    let said = |error: &ReplyError| shown(error.message.as_deref().unwrap_or("no message"));
    let trouble = beside.first().map(|error| (error.kind.clone().unwrap_or_default(), said(error)));
    let data = reply.data.ok_or_else(|| Trouble::Api(Error::NotFound { what: call.what() }))?;
    Ok((data, trouble))
}

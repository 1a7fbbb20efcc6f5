//! The REST routes: one table, one file a subject. A route that is not in the table does not exist.

mod apps;
mod body;
mod checks;
mod comments;
mod events;
mod git;
mod pulls;
mod reviewers;
mod teams;

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

use super::auth::{Caller, Level};
use super::world::{Repository, World};

/// A request as a handler sees it.
#[derive(Debug)]
pub(super) struct Request {
    /// HTTP method.
    pub method: String,
    /// Path below the API's prefix, as sent.
    pub path: String,
    /// Decoded query.
    pub query: BTreeMap<String, String>,
    /// Body; `null` where there is none.
    pub body: Value,
    /// `Accept`.
    pub accept: String,
    /// Who asks.
    pub caller: Caller,
    /// Decoded parameters of the path.
    pub params: BTreeMap<&'static str, String>,
}

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// Status.
    pub status: u16,
    /// Body; `None`: empty.
    pub body: Option<Vec<u8>>,
    /// Its type.
    pub content_type: &'static str,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

/// What a handler ends in: both sides are answers, the second one a refusal.
pub(super) type Outcome = Result<Answer, Answer>;

/// A permission and how much of it.
type Grant = (&'static str, Level);

/// Who may call a route.
enum Need {
    /// The App itself, by JSON web token.
    App,
    /// An installation, with one of these permissions.
    Any(&'static [Grant]),
}

/// A route.
struct Route {
    method: &'static str,
    template: &'static str,
    need: Need,
    /// Query parameters that GitHub describes.
    query: &'static [&'static str],
    handler: fn(&mut World, &Request) -> Outcome,
}

const fn route(
    method: &'static str,
    template: &'static str,
    need: Need,
    query: &'static [&'static str],
    handler: fn(&mut World, &Request) -> Outcome,
) -> Route {
    Route { method, template, need, query, handler }
}

const METADATA: &[Grant] = &[("metadata", Level::Read)];
const CONTENTS: &[Grant] = &[("contents", Level::Read)];
const PULLS: &[Grant] = &[("pull_requests", Level::Read)];
const PULLS_WRITE: &[Grant] = &[("pull_requests", Level::Write)];
const TALK: &[Grant] = &[("issues", Level::Read), ("pull_requests", Level::Read)];
const TALK_WRITE: &[Grant] = &[("issues", Level::Write), ("pull_requests", Level::Write)];
const CHECKS: &[Grant] = &[("checks", Level::Read)];
const CHECKS_WRITE: &[Grant] = &[("checks", Level::Write)];
const MEMBERS: &[Grant] = &[("members", Level::Read)];

const PAGED: &[&str] = &["per_page", "page"];
const NO_QUERY: &[&str] = &[];

/// Every route that is served. Permissions as in GitHub's list for fine-grained tokens.
const ROUTES: &[Route] = &[
    route("POST", "/app/installations/{id}/access_tokens", Need::App, NO_QUERY, apps::mint),
    route("GET", "/app", Need::App, NO_QUERY, apps::app),
    route("GET", "/app/installations/{id}", Need::App, NO_QUERY, apps::installation),
    route("GET", "/installation/repositories", Need::Any(METADATA), PAGED, apps::repositories),
    route("GET", "/repos/{owner}/{repo}", Need::Any(METADATA), NO_QUERY, apps::repository),
    route("GET", "/repos/{owner}/{repo}/compare/{basehead*}", Need::Any(CONTENTS), PAGED, git::compare),
    route("GET", "/repos/{owner}/{repo}/branches/{branch*}", Need::Any(CONTENTS), NO_QUERY, git::branch),
    route("GET", "/repos/{owner}/{repo}/activity", Need::Any(CONTENTS), &["ref", "per_page"], git::activity),
    route("GET", "/repos/{owner}/{repo}/git/trees/{sha}", Need::Any(CONTENTS), &["recursive"], git::tree),
    route("GET", "/repos/{owner}/{repo}/git/blobs/{sha}", Need::Any(CONTENTS), NO_QUERY, git::blob),
    route("GET", "/repos/{owner}/{repo}/contents/{path*}", Need::Any(CONTENTS), &["ref"], git::contents),
    route(
        "GET",
        "/repos/{owner}/{repo}/pulls",
        Need::Any(PULLS),
        &["state", "head", "base", "sort", "direction", "per_page", "page"],
        pulls::list,
    ),
    route("GET", "/repos/{owner}/{repo}/pulls/{number}", Need::Any(PULLS), NO_QUERY, pulls::get),
    route("GET", "/repos/{owner}/{repo}/pulls/{number}/files", Need::Any(PULLS), PAGED, pulls::files),
    route("GET", "/repos/{owner}/{repo}/pulls/{number}/commits", Need::Any(PULLS), PAGED, pulls::commits),
    route("GET", "/repos/{owner}/{repo}/pulls/{number}/reviews", Need::Any(PULLS), PAGED, pulls::reviews),
    route(
        "GET",
        "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers",
        Need::Any(PULLS),
        NO_QUERY,
        reviewers::get,
    ),
    route(
        "POST",
        "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers",
        Need::Any(PULLS_WRITE),
        NO_QUERY,
        reviewers::request,
    ),
    route(
        "DELETE",
        "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers",
        Need::Any(PULLS_WRITE),
        NO_QUERY,
        reviewers::withdraw,
    ),
    route(
        "GET",
        "/repos/{owner}/{repo}/issues/{number}/comments",
        Need::Any(TALK),
        &["since", "per_page", "page"],
        comments::list,
    ),
    route("POST", "/repos/{owner}/{repo}/issues/{number}/comments", Need::Any(TALK_WRITE), NO_QUERY, comments::create),
    route("GET", "/repos/{owner}/{repo}/issues/comments/{id}", Need::Any(TALK), NO_QUERY, comments::get),
    route("PATCH", "/repos/{owner}/{repo}/issues/comments/{id}", Need::Any(TALK_WRITE), NO_QUERY, comments::update),
    route("DELETE", "/repos/{owner}/{repo}/issues/comments/{id}", Need::Any(TALK_WRITE), NO_QUERY, comments::delete),
    route("GET", "/repos/{owner}/{repo}/issues/{number}/events", Need::Any(TALK), PAGED, events::list),
    route("POST", "/repos/{owner}/{repo}/check-runs", Need::Any(CHECKS_WRITE), NO_QUERY, checks::create),
    route("GET", "/repos/{owner}/{repo}/check-runs/{id}", Need::Any(CHECKS), NO_QUERY, checks::get),
    route("PATCH", "/repos/{owner}/{repo}/check-runs/{id}", Need::Any(CHECKS_WRITE), NO_QUERY, checks::update),
    route(
        "GET",
        "/repos/{owner}/{repo}/commits/{ref}/check-runs",
        Need::Any(CHECKS),
        &["check_name", "status", "filter", "per_page", "page", "app_id"],
        checks::list,
    ),
    route("GET", "/orgs/{org}/teams/{slug}", Need::Any(MEMBERS), NO_QUERY, teams::get),
    route("GET", "/orgs/{org}/memberships/{username}", Need::Any(MEMBERS), NO_QUERY, teams::membership),
    route(
        "GET",
        "/repos/{owner}/{repo}/collaborators/{username}/permission",
        Need::Any(METADATA),
        NO_QUERY,
        teams::permission,
    ),
    route("GET", "/orgs/{org}/teams/{slug}/repos/{owner}/{repo}", Need::Any(MEMBERS), NO_QUERY, teams::reads),
    route("GET", "/orgs/{org}/teams/{slug}/members", Need::Any(MEMBERS), &["role", "per_page", "page"], teams::members),
];

/// The template that a request falls under, for the log.
pub(super) fn template(method: &str, path: &str) -> Option<&'static str> {
    find(method, path).map(|(route, _)| route.template)
}

fn find(method: &str, path: &str) -> Option<(&'static Route, BTreeMap<&'static str, String>)> {
    ROUTES
        .iter()
        .filter(|route| route.method == method)
        .find_map(|route| Some((route, captures(route.template, path)?)))
}

/// Matches a path against a template; `{name*}` takes the rest, slashes included.
fn captures(template: &'static str, path: &str) -> Option<BTreeMap<&'static str, String>> {
    let mut params = BTreeMap::new();
    let mut rest = Some(path.strip_prefix('/')?);
    for part in template.split('/').skip(1) {
        let text = rest?;
        if let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix("*}")) {
            params.insert(name, decode(text)?);
            return Some(params);
        }
        let (segment, after) = text.split_once('/').map_or((text, None), |(segment, after)| (segment, Some(after)));
        rest = after;
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) if !segment.is_empty() => {
                params.insert(name, decode(segment)?);
            }
            None if part == segment => {}
            _ => return None,
        }
    }
    rest.is_none().then_some(params)
}

fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned())
}

/// A path with everything but slashes and what is unreserved in an address encoded.
pub(super) fn encode_path(path: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(path, KEPT).to_string()
}

/// Answers one request.
pub(super) fn answer(world: &mut World, mut request: Request) -> Answer {
    let what = format!("{} {}", request.method, request.path);
    let Some((route, params)) = find(&request.method, &request.path) else {
        world.log.offend(format!("{what}: there is no such route"));
        return error(404, "Not Found");
    };
    request.params = params;
    for name in request.query.keys().filter(|name| !route.query.contains(&name.as_str())) {
        world.log.offend(format!("{what}: the query parameter {name} is not described"));
    }
    for (name, least, most) in [("per_page", 1, 100), ("page", 1, u64::MAX)] {
        let value = request.query.get(name).map(|text| text.parse::<u64>().unwrap_or(0));
        if value.is_some_and(|value| value < least || value > most) {
            world.log.offend(format!("{what}: {name} is out of bounds"));
        }
    }
    match permitted(world, route, &request).and_then(|()| (route.handler)(world, &request)) {
        Ok(answer) | Err(answer) => answer,
    }
}

/// Who may not see a repository is told that it is not there; who sees it and may not do this is told that.
fn permitted(world: &mut World, route: &Route, request: &Request) -> Result<(), Answer> {
    let what = format!("{} {}", request.method, route.template);
    match (&route.need, &request.caller) {
        (_, Caller::Refused(why)) => {
            world.log.offend(format!("{what}: {why}"));
            Err(error(401, why))
        }
        (Need::App, Caller::App) => Ok(()),
        (Need::App, _) => {
            world.log.offend(format!("{what}: needs a JSON web token"));
            Err(error(401, "A JSON web token could not be decoded"))
        }
        (Need::Any(_), Caller::Nobody) => {
            world.log.offend(format!("{what}: no credentials"));
            Err(error(404, "Not Found"))
        }
        (Need::Any(_), Caller::App) => {
            world.log.offend(format!("{what}: needs an installation token"));
            Err(error(403, "Resource not accessible by integration"))
        }
        (Need::Any(grants), Caller::Installation(token)) => {
            let token = world.tokens.get(token).ok_or_else(|| error(401, "Bad credentials"))?;
            if request.params.contains_key("repo") {
                repository(world, request)?;
            }
            let held = |(name, level): &Grant| token.permissions.get(*name).is_some_and(|held| held >= level);
            if grants.iter().any(held) {
                return Ok(());
            }
            let wanted =
                grants.iter().map(|(name, level)| format!("{name}: {}", level.word())).collect::<Vec<_>>().join(" or ");
            world.log.offend(format!("{what}: Resource not accessible by integration (needs {wanted})"));
            let mut refused = error(403, "Resource not accessible by integration");
            let sets =
                grants.iter().map(|(name, level)| format!("{name}={}", level.word())).collect::<Vec<_>>().join("; ");
            refused.headers.push(("x-accepted-github-permissions", sets));
            Err(refused)
        }
    }
}

/// The repository that the path names, if the caller sees it.
fn repository<'a>(world: &'a World, request: &Request) -> Result<&'a Repository, Answer> {
    let full_name = format!("{}/{}", param(request, "owner"), param(request, "repo"));
    let found = world.find_repository(&full_name).ok_or_else(not_found)?;
    let Caller::Installation(token) = &request.caller else { return Err(not_found()) };
    let token = world.tokens.get(token).ok_or_else(not_found)?;
    let installation = world.installations.get(&token.installation).ok_or_else(not_found)?;
    let narrowed = token.repositories.as_ref().is_none_or(|only| only.contains(&found.id));
    (narrowed && world.sees(installation, found)).then_some(found).ok_or_else(not_found)
}

fn param<'a>(request: &'a Request, name: &str) -> &'a str {
    request.params.get(name).map_or("", String::as_str)
}

fn number(request: &Request, name: &str) -> Result<u64, Answer> {
    param(request, name).parse().map_err(|_| not_found())
}

/// 200 with JSON.
fn ok(body: &Value) -> Answer {
    json_answer(200, body)
}

fn json_answer(status: u16, body: &Value) -> Answer {
    Answer {
        status,
        body: Some(body.to_string().into_bytes()),
        content_type: "application/json; charset=utf-8",
        headers: Vec::new(),
    }
}

/// An error in GitHub's shape.
pub(super) fn error(status: u16, message: &str) -> Answer {
    json_answer(
        status,
        &json!({ "message": message, "documentation_url": "https://docs.github.com/rest", "status": status.to_string() }),
    )
}

/// 200 with JSON, for GraphQL.
pub(super) fn json_ok(body: &Value) -> Answer {
    ok(body)
}

fn not_found() -> Answer {
    error(404, "Not Found")
}

/// 422, which the App should have known better than to cause.
fn refuse(world: &mut World, request: &Request, message: &str) -> Answer {
    world.log.offend(format!("{} {}: {message}", request.method, request.path));
    error(422, message)
}

/// A page of a list, with a `Link` header to the others. `wrap` makes the body of the page and the total.
fn paged(world: &World, request: &Request, list: &[Value], wrap: impl Fn(&[Value], usize) -> Value) -> Answer {
    let of = |name: &str, default: usize| request.query.get(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (page, per) = (of("page", 1).max(1), of("per_page", 30).clamp(1, 100));
    let start = ((page - 1) * per).min(list.len());
    let mut answer = ok(&wrap(&list[start..(start + per).min(list.len())], list.len()));
    let last = list.len().div_ceil(per).max(1);
    let address = |page: usize| {
        let mut query: Vec<String> = request
            .query
            .iter()
            .filter(|(name, _)| name.as_str() != "page")
            .map(|(name, value)| format!("{name}={}", encode_path(value)))
            .collect();
        query.push(format!("page={page}"));
        format!("{}{}?{}", world.api_url(), request.path, query.join("&"))
    };
    let mut links = Vec::new();
    if page > 1 {
        links.push(format!("<{}>; rel=\"prev\"", address(page - 1)));
    }
    if page < last {
        links.push(format!("<{}>; rel=\"next\"", address(page + 1)));
        links.push(format!("<{}>; rel=\"last\"", address(last)));
    }
    if page > 1 {
        links.push(format!("<{}>; rel=\"first\"", address(1)));
    }
    if !links.is_empty() {
        answer.headers.push(("link", links.join(", ")));
    }
    answer
}

/// A page that is an array.
fn paged_list(world: &World, request: &Request, list: &[Value]) -> Answer {
    paged(world, request, list, |page, _| Value::Array(page.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_match_whole_paths() {
        let of = |path| captures("/repos/{owner}/{repo}/contents/{path*}", path);
        assert_eq!(of("/repos/a/b/contents/x/y%20z").expect("matches")["path"], "x/y z");
        assert!(of("/repos/a/b/contents").is_none());
        assert!(captures("/repos/{owner}/{repo}", "/repos/a/b/c").is_none());
        assert!(captures("/repos/{owner}/{repo}", "/repos/a/").is_none());
        assert_eq!(template("GET", "/repos/a/b/pulls/1"), Some("/repos/{owner}/{repo}/pulls/{number}"));
        assert_eq!(template("PUT", "/repos/a/b/pulls/1"), None);
    }

    #[test]
    fn a_path_is_encoded_segment_by_segment() {
        assert_eq!(encode_path("a b/c#d?.rs"), "a%20b/c%23d%3F.rs");
    }
}

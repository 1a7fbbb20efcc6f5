//! Review requests: all of a request or, refused, none of it.

use serde_json::{Value, json};

use super::super::auth::{Caller, Level};
use super::super::world::{PullRef, World};
use super::body::{self, Type};
use super::{Answer, Outcome, Request, error, json_answer, not_found, ok, pulls, refuse};

/// GitHub refuses more users in one request.
const USERS: usize = 15;

/// `GET …/requested_reviewers`
pub(super) fn get(world: &mut World, request: &Request) -> Outcome {
    let (repository, pull) = pulls::find(world, request)?;
    let json = world.pull_json(repository, pull, false);
    Ok(ok(&json!({ "users": json["requested_reviewers"], "teams": json["requested_teams"] })))
}

fn names(request: &Request, key: &str) -> Vec<String> {
    let list = request.body[key].as_array();
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Users' accounts and teams' slugs as the body names them; those who cannot be found or asked refuse the whole request.
fn named(world: &mut World, request: &Request, full_name: &str) -> Result<(PullRef, Vec<u64>, Vec<String>), Answer> {
    let (users, teams) = (names(request, "reviewers"), names(request, "team_reviewers"));
    let (repository, pull) = pulls::find(world, request)?;
    let at = PullRef { repository: repository.id, number: pull.number };
    let mut accounts = Vec::new();
    let mut wrong = None;
    for login in &users {
        match world.find_account(login).filter(|account| world.is_collaborator(repository, account.id)) {
            Some(account) if account.id == pull.author => {
                wrong = Some("Review cannot be requested from pull request author.".to_owned());
                break;
            }
            Some(account) => accounts.push(account.id),
            None if login.eq_ignore_ascii_case(world.login(pull.author)) => {
                wrong = Some("Review cannot be requested from pull request author.".to_owned());
                break;
            }
            None => wrong = Some(not_collaborator("users or teams", full_name)),
        }
    }
    let mut slugs = Vec::new();
    for slug in &teams {
        match world.team_with_access(repository, slug) {
            Some(team) => slugs.push(team.slug.clone()),
            None => wrong = wrong.or_else(|| Some(not_collaborator("teams", full_name))),
        }
    }
    match wrong {
        Some(why) => Err(refuse(world, request, &why)),
        None => Ok((at, accounts, slugs)),
    }
}

fn not_collaborator(what: &str, full_name: &str) -> String {
    format!(
        "Reviews may only be requested from collaborators. One or more of the {what} you specified is not a collaborator of the {full_name} repository."
    )
}

/// `POST …/requested_reviewers`
pub(super) fn request(world: &mut World, request: &Request) -> Outcome {
    body::check(
        world,
        request,
        &[("reviewers", Type::Texts(usize::MAX), false), ("team_reviewers", Type::Texts(usize::MAX), false)],
    )?;
    if request.body["reviewers"].is_null() && request.body["team_reviewers"].is_null() {
        return Err(refuse(world, request, "Invalid request.\n\nreviewers or team_reviewers is missing"));
    }
    let full_name = pulls::find(world, request).map(|(repository, _)| world.full_name(repository))?;
    if names(request, "reviewers").len() > USERS {
        return Err(refuse(world, request, "A maximum of 15 reviewers can be requested at once."));
    }
    let Caller::Installation(token) = &request.caller else { return Err(not_found()) };
    let members = world.tokens.get(token).and_then(|token| token.permissions.get("members").copied());
    if !names(request, "team_reviewers").is_empty() && members < Some(Level::Read) {
        return Err(refuse(world, request, "Could not resolve to a node with the global id of 'T_kwDOA'."));
    }
    let (at, users, teams) = named(world, request, &full_name)?;
    let app = world.app.account;
    world.request(at, app, &users, &teams).map_err(|mistake| error(422, &mistake.0))?;
    let (repository, pull) = pulls::find(world, request)?;
    Ok(json_answer(201, &world.pull_json(repository, pull, false)))
}

/// `DELETE …/requested_reviewers`: `reviewers` is required, even where it is empty.
pub(super) fn withdraw(world: &mut World, request: &Request) -> Outcome {
    body::check(
        world,
        request,
        &[("reviewers", Type::Texts(usize::MAX), true), ("team_reviewers", Type::Texts(usize::MAX), false)],
    )?;
    let (repository, pull) = pulls::find(world, request)?;
    let at = PullRef { repository: repository.id, number: pull.number };
    let users: Vec<u64> =
        names(request, "reviewers").iter().filter_map(|login| world.find_account(login)).map(|a| a.id).collect();
    let (app, teams) = (world.app.account, names(request, "team_reviewers"));
    world.withdraw(at, app, &users, &teams).map_err(|mistake| error(422, &mistake.0))?;
    let (repository, pull) = pulls::find(world, request)?;
    Ok(ok(&world.pull_json(repository, pull, false)))
}

//! Teams and members of an organisation, and what people may do in a repository.

use serde_json::{Value, json};

use super::super::auth::Caller;
use super::super::world::{Account, World};
use super::{Outcome, Request, not_found, ok, paged_list, param, repository};

/// The organisation that the path names: the installation's own.
fn organization<'a>(world: &'a World, request: &Request) -> Result<&'a Account, super::Answer> {
    let Caller::Installation(token) = &request.caller else { return Err(not_found()) };
    let token = world.tokens.get(token).ok_or_else(not_found)?;
    let own = world.installations.get(&token.installation).ok_or_else(not_found)?.account;
    let named = world.find_account(param(request, "org")).filter(|account| account.id == own);
    named.filter(|account| world.organizations.contains_key(&account.id)).ok_or_else(not_found)
}

/// `GET /orgs/{org}/teams/{slug}`
pub(super) fn get(world: &mut World, request: &Request) -> Outcome {
    let organization = organization(world, request)?.id;
    let teams = &world.organizations.get(&organization).ok_or_else(not_found)?.teams;
    let team = teams.get(&param(request, "slug").to_ascii_lowercase()).ok_or_else(not_found)?;
    Ok(ok(&world.team_json(organization, team)))
}

/// `GET /orgs/{org}/teams/{slug}/members`: child teams' members included.
pub(super) fn members(world: &mut World, request: &Request) -> Outcome {
    let organization = organization(world, request)?.id;
    let slug = param(request, "slug").to_ascii_lowercase();
    let members = world.team_members(organization, &slug).ok_or_else(not_found)?;
    let list: Vec<Value> = members.into_iter().map(|member| world.user_json(member)).collect();
    Ok(paged_list(world, request, &list))
}

/// `GET /orgs/{org}/teams/{slug}/repos/{owner}/{repo}`: whether the team may read it, by 204 or 404.
pub(super) fn reads(world: &mut World, request: &Request) -> Outcome {
    let organization = organization(world, request)?.id;
    let repository = repository(world, request)?;
    let teams = &world.organizations.get(&organization).ok_or_else(not_found)?.teams;
    let team = teams.get(&param(request, "slug").to_ascii_lowercase()).ok_or_else(not_found)?;
    let reads = team.repositories.as_ref().is_none_or(|only| only.contains(&repository.id));
    let nothing = super::Answer { status: 204, body: None, content_type: "", headers: Vec::new() };
    if reads { Ok(nothing) } else { Err(not_found()) }
}

/// `GET /orgs/{org}/memberships/{username}`: also of those who have not accepted their invitation yet.
pub(super) fn membership(world: &mut World, request: &Request) -> Outcome {
    let organization = organization(world, request)?;
    let user = world.find_account(param(request, "username")).ok_or_else(not_found)?.id;
    let known = world.organizations.get(&organization.id).ok_or_else(not_found)?;
    let state = match (known.members.contains(&user), known.invited.contains(&user)) {
        (true, _) => "active",
        (false, true) => "pending",
        (false, false) => return Err(not_found()),
    };
    let address = format!("{}/orgs/{}", world.api_url(), organization.login);
    Ok(ok(&json!({
        "url": format!("{address}/memberships/{}", world.login(user)), "state": state, "role": "member",
        "organization_url": address, "organization": world.user_json(organization.id), "user": world.user_json(user),
    })))
}

/// `GET /repos/{owner}/{repo}/collaborators/{username}/permission`. Members of the organisation read by its base permission;
/// collaborators write.
pub(super) fn permission(world: &mut World, request: &Request) -> Outcome {
    let repository = repository(world, request)?;
    let user = world.find_account(param(request, "username")).ok_or_else(not_found)?.id;
    let role = if repository.owner == user {
        "admin"
    } else if repository.collaborators.contains(&user) {
        "write"
    } else if world.is_collaborator(repository, user) || !repository.private {
        "read"
    } else {
        "none"
    };
    Ok(ok(&json!({ "permission": role, "role_name": role, "user": world.user_json(user) })))
}

//! Teams of an organisation.

use serde_json::Value;

use super::super::auth::Caller;
use super::super::world::World;
use super::{Outcome, Request, not_found, paged_list, param};

/// `GET /orgs/{org}/teams/{slug}/members`: of the installation's own organisation, child teams' members included.
pub(super) fn members(world: &mut World, request: &Request) -> Outcome {
    let Caller::Installation(token) = &request.caller else { return Err(not_found()) };
    let token = world.tokens.get(token).ok_or_else(not_found)?;
    let own = world.installations.get(&token.installation).ok_or_else(not_found)?.account;
    let organization =
        world.find_account(param(request, "org")).filter(|account| account.id == own).ok_or_else(not_found)?;
    let members =
        world.team_members(organization.id, &param(request, "slug").to_ascii_lowercase()).ok_or_else(not_found)?;
    let list: Vec<Value> = members.into_iter().map(|member| world.user_json(member)).collect();
    Ok(paged_list(world, request, &list))
}

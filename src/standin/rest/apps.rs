//! The App itself, its tokens, and what an installation sees.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::auth::{self, Caller, Level, Token};
use super::super::shape::time;
use super::super::world::World;
use super::body::{self, Type};
use super::{Answer, Outcome, Request, error, json_answer, not_found, number, ok, paged, refuse};

/// `GET /app`
pub(super) fn app(world: &mut World, _request: &Request) -> Outcome {
    Ok(ok(&world.app_json()))
}

/// `GET /app/installations/{id}`
pub(super) fn installation(world: &mut World, request: &Request) -> Outcome {
    let found = world.installations.get(&number(request, "id")?).ok_or_else(not_found)?;
    Ok(ok(&world.installation_json(found)))
}

/// `POST /app/installations/{id}/access_tokens`: a token of an hour, with what was granted or less.
pub(super) fn mint(world: &mut World, request: &Request) -> Outcome {
    body::check(
        world,
        request,
        &[
            ("repositories", Type::Texts(500), false),
            ("repository_ids", Type::Numbers(500), false),
            ("permissions", Type::Any, false),
        ],
    )?;
    let found = world.installations.get(&number(request, "id")?).ok_or_else(not_found)?.clone();
    if found.suspended {
        return Err(error(403, "This installation has been suspended"));
    }
    let mut permissions = found.permissions.clone();
    if let Some(asked) = request.body["permissions"].as_object() {
        permissions.retain(|name, _| asked.contains_key(name) || name == "metadata");
        for (name, level) in asked {
            let level = level.as_str().and_then(Level::parse);
            let granted = found.permissions.get(name);
            match level {
                Some(level) if granted.is_some_and(|granted| *granted >= level) => {
                    permissions.insert(name.clone(), level);
                }
                _ => {
                    return Err(refuse(
                        world,
                        request,
                        "The permissions requested are not granted to this installation.",
                    ));
                }
            }
        }
    }
    let repositories = narrowed(world, request, &found.account)?;
    let count = world.tokens.len() as u64 + 1;
    let text = auth::token_text(world.app.id, count);
    let token = Token {
        installation: found.id,
        permissions,
        repositories,
        expires_at: world.now() + auth::TOKEN_LIFE,
        ended: None,
    };
    let mut answer = json!({
        "token": text, "expires_at": time(token.expires_at),
        "permissions": token.permissions.iter().map(|(name, level)| (name.clone(), level.word().into())).collect::<Map<_, _>>(),
        "repository_selection": if token.repositories.is_some() || found.selected.is_some() { "selected" } else { "all" },
    });
    if let Some(only) = &token.repositories {
        answer["repositories"] =
            only.iter().filter_map(|id| world.repositories.get(id)).map(|r| world.repository_json(r)).collect();
    }
    world.tokens.insert(text, token);
    Ok(json_answer(201, &answer))
}

fn narrowed(world: &mut World, request: &Request, owner: &u64) -> Result<Option<BTreeSet<u64>>, Answer> {
    let names = request.body["repositories"].as_array();
    let ids = request.body["repository_ids"].as_array();
    if names.is_none() && ids.is_none() {
        return Ok(None);
    }
    let owned = |wanted: &dyn Fn(&str, u64) -> bool| {
        world.repositories.values().find(|r| r.owner == *owner && wanted(&r.name, r.id)).map(|r| r.id)
    };
    let found: Option<BTreeSet<u64>> = names
        .into_iter()
        .flatten()
        .map(|name| owned(&|known, _| Some(known) == name.as_str()))
        .chain(ids.into_iter().flatten().map(|id| owned(&|_, known| Some(known) == id.as_u64())))
        .collect();
    match found {
        Some(found) => Ok(Some(found)),
        None => Err(refuse(
            world,
            request,
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )),
    }
}

/// `GET /installation/repositories`
pub(super) fn repositories(world: &mut World, request: &Request) -> Outcome {
    let Caller::Installation(token) = &request.caller else { return Err(not_found()) };
    let token = world.tokens.get(token).ok_or_else(not_found)?;
    let installation = world.installations.get(&token.installation).ok_or_else(not_found)?;
    let list: Vec<Value> = world
        .repositories
        .values()
        .filter(|repository| world.sees(installation, repository))
        .filter(|repository| token.repositories.as_ref().is_none_or(|only| only.contains(&repository.id)))
        .map(|repository| world.repository_json(repository))
        .collect();
    let selection = if installation.selected.is_some() || token.repositories.is_some() { "selected" } else { "all" };
    Ok(paged(
        world,
        request,
        &list,
        |page, total| json!({ "total_count": total, "repository_selection": selection, "repositories": page }),
    ))
}

/// `GET /repos/{owner}/{repo}`
pub(super) fn repository(world: &mut World, request: &Request) -> Outcome {
    let found = super::repository(world, request)?;
    Ok(ok(&world.repository_json(found)))
}

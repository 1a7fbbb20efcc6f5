//! Comments in the conversation of a pull request, which are an issue's comments.

use serde_json::Value;

use super::super::world::{Comment, PullRef, Repository, World};
use super::body::{self, Type};
use super::{
    Answer, Outcome, Request, error, json_answer, not_found, number, ok, paged_list, pulls, refuse, repository,
};

/// The longest comment, in characters.
const LONGEST: usize = 65_536;

/// `GET …/issues/{number}/comments`: oldest first.
pub(super) fn list(world: &mut World, request: &Request) -> Outcome {
    let (repository, pull) = pulls::find(world, request)?;
    let list: Vec<Value> = world
        .comments_of(repository, pull.number)
        .into_iter()
        .map(|comment| world.comment_json(repository, comment))
        .collect();
    Ok(paged_list(world, request, &list))
}

fn find<'a>(world: &'a World, request: &Request) -> Result<(&'a Repository, &'a Comment), Answer> {
    let repository = repository(world, request)?;
    let comment = repository.comments.get(&number(request, "id")?).ok_or_else(not_found)?;
    Ok((repository, comment))
}

/// `GET …/issues/comments/{id}`
pub(super) fn get(world: &mut World, request: &Request) -> Outcome {
    let (repository, comment) = find(world, request)?;
    Ok(ok(&world.comment_json(repository, comment)))
}

fn text(world: &mut World, request: &Request) -> Result<String, Answer> {
    body::check(world, request, &[("body", Type::Text(usize::MAX), true)])?;
    let text = request.body["body"].as_str().unwrap_or_default().to_owned();
    if text.chars().count() > LONGEST {
        return Err(refuse(world, request, "Body is too long (maximum is 65536 characters)"));
    }
    if text.is_empty() {
        return Err(refuse(world, request, "Validation Failed: body is missing"));
    }
    Ok(text)
}

/// `POST …/issues/{number}/comments`
pub(super) fn create(world: &mut World, request: &Request) -> Outcome {
    let text = text(world, request)?;
    let (repository, pull) = pulls::find(world, request)?;
    let at = PullRef { repository: repository.id, number: pull.number };
    let app = world.app.account;
    let id = world.add_comment(at, app, &text).map_err(|mistake| error(422, &mistake.0))?;
    let repository = super::repository(world, request)?;
    let comment = repository.comments.get(&id).ok_or_else(not_found)?;
    Ok(json_answer(201, &world.comment_json(repository, comment)))
}

/// `PATCH …/issues/comments/{id}`
pub(super) fn update(world: &mut World, request: &Request) -> Outcome {
    let text = text(world, request)?;
    let (repository, comment) = find(world, request)?;
    let (repository, id, app) = (repository.id, comment.id, world.app.account);
    if comment.author != app {
        return Err(refuse(world, request, "the App edits a comment that is not its own"));
    }
    world.edit_comment(repository, id, app, &text).map_err(|mistake| error(422, &mistake.0))?;
    get(world, request)
}

/// `DELETE …/issues/comments/{id}`
pub(super) fn delete(world: &mut World, request: &Request) -> Outcome {
    let (repository, comment) = find(world, request)?;
    let (repository, id, app) = (repository.id, comment.id, world.app.account);
    if comment.author != app {
        return Err(refuse(world, request, "the App deletes a comment that is not its own"));
    }
    world.delete_comment(repository, id, app).map_err(|mistake| error(422, &mistake.0))?;
    Ok(Answer { status: 204, body: None, content_type: "", headers: Vec::new() })
}

//! What happened to a pull request: of its events, the dismissals of reviews.

use serde_json::Value;

use super::super::world::World;
use super::{Outcome, Request, paged_list, pulls};

/// `GET …/issues/{number}/events`: oldest first.
pub(super) fn list(world: &mut World, request: &Request) -> Outcome {
    let (repository, pull) = pulls::find(world, request)?;
    let list: Vec<Value> =
        pull.dismissals.iter().map(|dismissal| world.dismissal_json(repository, dismissal)).collect();
    Ok(paged_list(world, request, &list))
}

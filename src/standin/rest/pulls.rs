//! Pull requests, their files, commits and reviews.

use serde_json::Value;

use super::super::world::{Pull, Repository, World};
use super::{Answer, Outcome, Request, not_found, number, ok, paged_list, repository};

/// GitHub lists no more files of a pull request than this, silently.
const FILES: usize = 3000;
/// Nor more commits.
const COMMITS: usize = 250;

/// The pull request that the path names.
pub(super) fn find<'a>(world: &'a World, request: &Request) -> Result<(&'a Repository, &'a Pull), Answer> {
    let repository = repository(world, request)?;
    let pull = repository.pulls.get(&number(request, "number")?).ok_or_else(not_found)?;
    Ok((repository, pull))
}

/// `GET …/pulls/{number}`
pub(super) fn get(world: &mut World, request: &Request) -> Outcome {
    let (repository, pull) = find(world, request)?;
    Ok(ok(&world.pull_json(repository, pull, true)))
}

/// `GET …/pulls`: newest first; `changed_files` and the like are not shown here.
pub(super) fn list(world: &mut World, request: &Request) -> Outcome {
    let state = request.query.get("state").map_or("open", String::as_str);
    let oldest_first = request.query.get("direction").is_some_and(|direction| direction == "asc");
    let wanted = |pull: &&Pull| {
        (state == "all" || pull.open == (state == "open"))
            && request.query.get("base").is_none_or(|base| *base == pull.base_ref)
    };
    let repository = repository(world, request)?;
    let mut list: Vec<Value> =
        repository.pulls.values().filter(wanted).map(|pull| world.pull_json(repository, pull, false)).collect();
    if !oldest_first {
        list.reverse();
    }
    Ok(paged_list(world, request, &list))
}

/// `GET …/pulls/{number}/files`
pub(super) fn files(world: &mut World, request: &Request) -> Outcome {
    let (repository, pull) = find(world, request)?;
    let tip = repository.branches.get(&pull.base_ref).unwrap_or(&pull.base);
    let start = world.objects(repository).merge_base(tip, &pull.head).unwrap_or_default();
    let list: Vec<Value> = world
        .pull_changes(repository, pull)
        .iter()
        .take(FILES)
        .map(|change| world.change_json(repository, change, &pull.head, &start))
        .collect();
    Ok(paged_list(world, request, &list))
}

/// `GET …/pulls/{number}/commits`
pub(super) fn commits(world: &mut World, request: &Request) -> Outcome {
    let (repository, pull) = find(world, request)?;
    let list: Vec<Value> = world
        .pull_commits(repository, pull)
        .into_iter()
        .take(COMMITS)
        .map(|commit| world.commit_json(repository, commit))
        .collect();
    Ok(paged_list(world, request, &list))
}

/// `GET …/pulls/{number}/reviews`: oldest first.
pub(super) fn reviews(world: &mut World, request: &Request) -> Outcome {
    let (repository, pull) = find(world, request)?;
    let list: Vec<Value> =
        pull.reviews.iter().map(|review| world.review_json(repository, pull, review, false)).collect();
    Ok(paged_list(world, request, &list))
}

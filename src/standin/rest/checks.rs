//! Check runs, which belong to a commit.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::world::{CheckRun, World};
use super::body::{self, Field, Type};
use super::{Answer, Outcome, Request, json_answer, not_found, number, ok, paged, param, refuse, repository};

/// The longest summary and text.
const LONGEST: usize = 65_535;

const ANNOTATION: &[Field] = &[
    ("path", Type::Text(usize::MAX), true),
    ("start_line", Type::Number(1), true),
    ("end_line", Type::Number(1), true),
    ("start_column", Type::Number(0), false),
    ("end_column", Type::Number(0), false),
    ("annotation_level", Type::Word(&["notice", "warning", "failure"]), true),
    ("message", Type::Text(65_536), true),
    ("title", Type::Text(255), false),
    ("raw_details", Type::Text(65_536), false),
];
const OUTPUT: &[Field] = &[
    ("title", Type::Text(usize::MAX), true),
    ("summary", Type::Text(LONGEST), true),
    ("text", Type::Text(LONGEST), false),
    ("annotations", Type::Objects(50, ANNOTATION), false),
];
const ACTION: &[Field] =
    &[("label", Type::Text(20), true), ("description", Type::Text(40), true), ("identifier", Type::Text(20), true)];
const STATUSES: &[&str] = &["queued", "in_progress", "completed"];
const CONCLUSIONS: &[&str] = &["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"];

const fn fields(new: bool) -> [Field; 10] {
    [
        ("name", Type::Text(usize::MAX), new),
        ("head_sha", Type::Text(40), new),
        ("details_url", Type::Text(usize::MAX), false),
        ("external_id", Type::Text(usize::MAX), false),
        ("status", Type::Word(STATUSES), false),
        ("started_at", Type::Text(40), false),
        ("conclusion", Type::Word(CONCLUSIONS), false),
        ("completed_at", Type::Text(40), false),
        ("output", Type::Object(OUTPUT), false),
        ("actions", Type::Objects(3, ACTION), false),
    ]
}

/// What the description cannot say in types.
fn check_more(world: &mut World, request: &Request) -> Result<(), Answer> {
    let body = &request.body;
    let annotations = body["output"]["annotations"].as_array().cloned().unwrap_or_default();
    let wrong = annotations.iter().enumerate().find_map(|(index, annotation)| {
        let (start, end) = (annotation["start_line"].as_u64(), annotation["end_line"].as_u64());
        let columns = annotation.get("start_column").or(annotation.get("end_column")).is_some();
        if end < start {
            Some(format!("annotations[{index}] ends before it starts"))
        } else if columns && start != end {
            Some(format!("annotations[{index}] has columns on several lines"))
        } else if annotation["path"].as_str().is_some_and(|path| path.starts_with('/')) {
            Some(format!("annotations[{index}].path must be relative"))
        } else {
            None
        }
    });
    let wrong = wrong
        .or_else(|| {
            (body["status"] == "completed" && body["conclusion"].is_null())
                .then(|| "a completed check run needs a conclusion".to_owned())
        })
        .or_else(|| {
            (!body["completed_at"].is_null() && body["conclusion"].is_null())
                .then(|| "completed_at needs a conclusion".to_owned())
        });
    wrong.map_or(Ok(()), |why| Err(refuse(world, request, &why)))
}

/// `POST …/check-runs`
pub(super) fn create(world: &mut World, request: &Request) -> Outcome {
    body::check(world, request, &fields(true))?;
    check_more(world, request)?;
    let head = request.body["head_sha"].as_str().unwrap_or_default().to_owned();
    let found = repository(world, request)?;
    let (repository, known) = (found.id, world.objects(found).commit(&head).is_some());
    if !known {
        return Err(refuse(world, request, &format!("No commit found for SHA: {head}")));
    }
    let (id, now) = (world.next_id(), world.tick());
    let check = CheckRun {
        id,
        name: request.body["name"].as_str().unwrap_or_default().to_owned(),
        head,
        status: "queued".to_owned(),
        conclusion: None,
        external_id: String::new(),
        details_url: None,
        output: Value::Null,
        annotations: Vec::new(),
        actions: Vec::new(),
        started_at: now,
        completed_at: None,
        writes: 0,
    };
    if let Some(place) = world.repositories.get_mut(&repository) {
        place.checks.insert(id, check);
    }
    write(world, request, repository, id, now)?;
    let app = world.app.account;
    world.emit_check(repository, id, "created", app);
    emit_completed(world, request, repository, id);
    answer(world, repository, id, 201)
}

/// `PATCH …/check-runs/{id}`: annotations are added, everything else is replaced.
pub(super) fn update(world: &mut World, request: &Request) -> Outcome {
    body::check(world, request, &fields(false))?;
    check_more(world, request)?;
    let (repository, id) = (repository(world, request)?.id, number(request, "id")?);
    let now = world.tick();
    write(world, request, repository, id, now)?;
    emit_completed(world, request, repository, id);
    answer(world, repository, id, 200)
}

fn emit_completed(world: &mut World, request: &Request, repository: u64, id: u64) {
    if !request.body["conclusion"].is_null() {
        let app = world.app.account;
        world.emit_check(repository, id, "completed", app);
    }
}

fn write(world: &mut World, request: &Request, repository: u64, id: u64, now: DateTime<Utc>) -> Result<(), Answer> {
    let place = world.repositories.get_mut(&repository).ok_or_else(not_found)?;
    let check = place.checks.get_mut(&id).ok_or_else(not_found)?;
    let body = &request.body;
    let text = |key: &str| body[key].as_str().map(str::to_owned);
    check.writes += 1;
    if let Some(name) = text("name") {
        check.name = name;
    }
    if let Some(external_id) = text("external_id") {
        check.external_id = external_id;
    }
    if let Some(address) = text("details_url") {
        check.details_url = Some(address);
    }
    if let Some(status) = text("status") {
        if status != "completed" {
            (check.conclusion, check.completed_at) = (None, None);
        }
        check.status = status;
    }
    if let Some(conclusion) = text("conclusion") {
        "completed".clone_into(&mut check.status);
        check.conclusion = Some(conclusion);
        check.completed_at = Some(now);
    }
    if let Some(output) = body["output"].as_object() {
        check.annotations.extend(body["output"]["annotations"].as_array().into_iter().flatten().cloned());
        check.output =
            output.iter().filter(|(key, _)| *key != "annotations").map(|(k, v)| (k.clone(), v.clone())).collect();
    }
    if let Some(actions) = body["actions"].as_array() {
        check.actions.clone_from(actions);
    }
    Ok(())
}

fn answer(world: &World, repository: u64, id: u64, status: u16) -> Outcome {
    let repository = world.repositories.get(&repository).ok_or_else(not_found)?;
    let check = repository.checks.get(&id).ok_or_else(not_found)?;
    Ok(json_answer(status, &world.check_json(repository, check)))
}

/// `GET …/check-runs/{id}`
pub(super) fn get(world: &mut World, request: &Request) -> Outcome {
    let repository = repository(world, request)?;
    let check = repository.checks.get(&number(request, "id")?).ok_or_else(not_found)?;
    Ok(ok(&world.check_json(repository, check)))
}

/// `GET …/commits/{ref}/check-runs`: newest first; `filter=latest`, the default, shows the newest of each name alone.
pub(super) fn list(world: &mut World, request: &Request) -> Outcome {
    let repository = repository(world, request)?;
    let reference = param(request, "ref");
    let head = repository.branches.get(reference).map_or(reference, String::as_str);
    if world.objects(repository).commit(head).is_none() {
        return Err(refuse(world, request, &format!("No commit found for SHA: {head}")));
    }
    let asked = |key: &str| request.query.get(key);
    let all = asked("filter").is_some_and(|filter| filter == "all");
    let mut seen = std::collections::BTreeSet::new();
    let list: Vec<Value> = repository
        .checks
        .values()
        .rev()
        .filter(|check| check.head == head)
        .filter(|check| all || seen.insert(check.name.clone()))
        .filter(|check| asked("check_name").is_none_or(|name| *name == check.name))
        .filter(|check| asked("status").is_none_or(|status| *status == check.status))
        .filter(|_| asked("app_id").is_none_or(|id| *id == world.app.id.to_string()))
        .map(|check| world.check_json(repository, check))
        .collect();
    Ok(paged(world, request, &list, |page, total| json!({ "total_count": total, "check_runs": page })))
}

//! Comparisons, trees, blobs and contents.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::git::{Commit, Mode};
use super::super::shape::time;
use super::super::world::{Activity, Repository, World};
use super::{Answer, Outcome, Request, json_answer, not_found, ok, param, repository};

/// A comparison lists no more files than this, on its first page.
const FILES: usize = 300;
/// Nor more commits a page, unless told otherwise.
const COMMITS: usize = 250;
/// Contents are shown as JSON up to this size, then only raw, up to the other.
const JSON_BYTES: usize = 1024 * 1024;
const RAW_BYTES: usize = 100 * 1024 * 1024;

/// A commit by branch, `owner:branch` or id.
fn resolve<'a>(world: &'a World, repository: &'a Repository, name: &str) -> Result<&'a Commit, Answer> {
    let name = name.strip_prefix("refs/heads/").unwrap_or(name);
    let fork = |name: &str| {
        let (owner, branch) = name.split_once(':')?;
        let owner = world.find_account(owner)?.id;
        let fork = world.repositories.values().find(|r| r.owner == owner && r.network == repository.network)?;
        fork.branches.get(branch).cloned()
    };
    let oid = repository.branches.get(name).cloned().or_else(|| fork(name)).unwrap_or_else(|| name.to_owned());
    world.objects(repository).commit(&oid).ok_or_else(not_found)
}

/// `GET …/branches/{branch}`
pub(super) fn branch(world: &mut World, request: &Request) -> Outcome {
    let repository = repository(world, request)?;
    let name = param(request, "branch");
    let tip = repository.branches.get(name).ok_or_else(not_found)?;
    let commit = world.objects(repository).commit(tip).ok_or_else(not_found)?;
    Ok(ok(&json!({ "name": name, "commit": world.commit_json(repository, commit), "protected": false })))
}

/// `GET …/activity`: who moved a branch, the newest first.
pub(super) fn activity(world: &mut World, request: &Request) -> Outcome {
    let repository = repository(world, request)?.id;
    let wanted = request.query.get("ref").map(|name| name.strip_prefix("refs/heads/").unwrap_or(name));
    let of = |one: &&Activity| one.repository == repository && wanted.is_none_or(|branch| branch == one.branch);
    let list: Vec<Value> = world
        .activities
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, one)| of(one))
        .map(|(id, one)| {
            let before = one.before.clone().unwrap_or_else(|| "0".repeat(40));
            json!({
                "id": id, "node_id": format!("A_{id}"), "before": before, "after": one.after,
                "ref": format!("refs/heads/{}", one.branch), "timestamp": time(one.at),
                "activity_type": if one.before.is_some() { "push" } else { "branch_creation" },
                "actor": world.user_json(one.actor),
            })
        })
        .collect();
    Ok(ok(&list.into()))
}

/// `GET …/compare/{base}...{head}`: what `head` has since its merge base with `base`.
pub(super) fn compare(world: &mut World, request: &Request) -> Outcome {
    let repository = repository(world, request)?;
    let (base, head) = param(request, "basehead").split_once("...").ok_or_else(not_found)?;
    let (base, head) = (resolve(world, repository, base)?, resolve(world, repository, head)?);
    let objects = world.objects(repository);
    let start = objects.merge_base(&base.oid, &head.oid).and_then(|oid| objects.commit(&oid)).ok_or_else(not_found)?;
    let ahead = objects.between(&base.oid, &head.oid);
    let behind = objects.between(&head.oid, &base.oid).len();
    let status = match (ahead.len(), behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let of = |name: &str, default: usize| request.query.get(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (page, per) = (of("page", 1).max(1), of("per_page", COMMITS).clamp(1, COMMITS));
    let commits: Vec<Value> =
        ahead.iter().skip((page - 1) * per).take(per).map(|commit| world.commit_json(repository, commit)).collect();
    let files: Vec<Value> = if page == 1 {
        super::super::diff::changes(objects, &start.files, &head.files)
            .iter()
            .take(FILES)
            .map(|change| world.change_json(repository, change, &head.oid, &start.oid))
            .collect()
    } else {
        Vec::new()
    };
    let address = format!("{}{}", world.api_url(), request.path);
    Ok(ok(&json!({
        "url": address, "html_url": format!("{}/{}/compare/{}...{}", world.web_url(), world.full_name(repository), base.oid, head.oid),
        "base_commit": world.commit_json(repository, base), "merge_base_commit": world.commit_json(repository, start),
        "status": status, "ahead_by": ahead.len(), "behind_by": behind, "total_commits": ahead.len(),
        "commits": commits, "files": files,
    })))
}

/// `GET …/git/trees/{sha}`: of a tree, a commit or a branch; recursive whatever the value of `recursive` is.
pub(super) fn tree(world: &mut World, request: &Request) -> Outcome {
    let repository = repository(world, request)?;
    let objects = world.objects(repository);
    let name = param(request, "sha");
    let root = match objects.tree(name) {
        Some(_) => name.to_owned(),
        None => resolve(world, repository, name)?.tree.clone(),
    };
    let recursive = request.query.contains_key("recursive");
    let address = format!("{}/repos/{}/git", world.api_url(), world.full_name(repository));
    let mut list = Vec::new();
    let mut open: Vec<(String, String)> = vec![(String::new(), root.clone())];
    while let Some((below, oid)) = open.pop() {
        for entry in objects.tree(&oid).ok_or_else(not_found)? {
            let path = format!("{below}{}", entry.name);
            let mut json = json!({ "path": path, "mode": entry.mode.map_or("040000", Mode::octal), "sha": entry.oid });
            match entry.mode {
                None => {
                    json["type"] = "tree".into();
                    json["url"] = format!("{address}/trees/{}", entry.oid).into();
                    if recursive {
                        open.push((format!("{path}/"), entry.oid.clone()));
                    }
                }
                Some(Mode::Submodule) => json["type"] = "commit".into(),
                Some(_) => {
                    json["type"] = "blob".into();
                    json["size"] = objects.blob(&entry.oid).map_or(0, |bytes| bytes.len()).into();
                    json["url"] = format!("{address}/blobs/{}", entry.oid).into();
                }
            }
            list.push(json);
        }
    }
    list.sort_by(|a, b| a["path"].as_str().cmp(&b["path"].as_str()));
    let truncated = list.len() > world.tree_entries;
    list.truncate(world.tree_entries);
    Ok(ok(&json!({ "sha": root, "url": format!("{address}/trees/{root}"), "tree": list, "truncated": truncated })))
}

/// GitHub wraps base64 at 60 columns.
fn wrapped(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let mut out = String::with_capacity(text.len() + text.len() / 60 + 1);
    for (index, character) in text.chars().enumerate() {
        out.push(character);
        if index % 60 == 59 {
            out.push('\n');
        }
    }
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

fn wants_raw(request: &Request) -> bool {
    request.accept.contains(".raw")
}

fn raw(bytes: &[u8]) -> Answer {
    Answer {
        status: 200,
        body: Some(bytes.to_vec()),
        content_type: "application/vnd.github.raw+json; charset=utf-8",
        headers: Vec::new(),
    }
}

/// `GET …/git/blobs/{sha}`
pub(super) fn blob(world: &mut World, request: &Request) -> Outcome {
    let repository = repository(world, request)?;
    let oid = param(request, "sha");
    let bytes = world.objects(repository).blob(oid).ok_or_else(not_found)?;
    if wants_raw(request) {
        return Ok(raw(&bytes));
    }
    let address = format!("{}/repos/{}/git/blobs/{oid}", world.api_url(), world.full_name(repository));
    Ok(ok(&json!({
        "sha": oid, "node_id": format!("B_{oid}"), "size": bytes.len(), "url": address,
        "content": wrapped(&bytes), "encoding": "base64",
    })))
}

/// `GET …/contents/{path}`: a file as base64 up to 1 MB, raw up to 100 MB; a folder as a list; a symlink is followed.
pub(super) fn contents(world: &mut World, request: &Request) -> Outcome {
    let repository = repository(world, request)?;
    let reference = request.query.get("ref").map_or(repository.default_branch.as_str(), String::as_str);
    let commit = resolve(world, repository, reference)?;
    let objects = world.objects(repository);
    let mut path = param(request, "path").trim_matches('/').to_owned();
    let describe = |path: &str, kind: &str, oid: &str, size: usize| {
        let address = format!(
            "{}/repos/{}/contents/{}?ref={}",
            world.api_url(),
            world.full_name(repository),
            super::encode_path(path),
            commit.oid
        );
        json!({
            "type": kind, "name": path.rsplit('/').next(), "path": path, "sha": oid, "size": size, "url": address,
            "html_url": null, "git_url": null, "download_url": null,
        })
    };
    for _ in 0..10 {
        let Some(entry) = commit.files.get(&path) else { break };
        let bytes = objects.blob(&entry.oid).unwrap_or_default();
        match entry.mode {
            Mode::Submodule => {
                let mut json = describe(&path, "submodule", &entry.oid, 0);
                json["submodule_git_url"] = Value::Null;
                return Ok(ok(&json));
            }
            Mode::Symlink => {
                let target = String::from_utf8_lossy(&bytes).into_owned();
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let followed = join(folder, &target);
                if commit.files.contains_key(&followed) {
                    path = followed;
                    continue;
                }
                let mut json = describe(&path, "symlink", &entry.oid, bytes.len());
                json["target"] = target.into();
                return Ok(ok(&json));
            }
            Mode::Regular | Mode::Executable if wants_raw(request) => return Ok(raw(&bytes)),
            Mode::Regular | Mode::Executable if bytes.len() > RAW_BYTES => {
                return Err(json_answer(
                    403,
                    &json!({ "message": "This API returns blobs up to 100 MB in size.", "errors": [{ "resource": "Blob", "field": "data", "code": "too_large" }] }),
                ));
            }
            Mode::Regular | Mode::Executable => {
                let mut json = describe(&path, "file", &entry.oid, bytes.len());
                let large = bytes.len() > JSON_BYTES;
                json["encoding"] = if large { "none" } else { "base64" }.into();
                json["content"] = if large { String::new() } else { wrapped(&bytes) }.into();
                return Ok(ok(&json));
            }
        }
    }
    let below = if path.is_empty() { String::new() } else { format!("{path}/") };
    let mut list: Vec<Value> = Vec::new();
    for (name, entry) in commit.files.iter().filter_map(|(name, entry)| Some((name.strip_prefix(&below)?, entry))) {
        let (first, deeper) = name.split_once('/').map_or((name, false), |(first, _)| (first, true));
        let full = format!("{below}{first}");
        if list.last().is_some_and(|last| last["path"] == full) {
            continue;
        }
        let kind = match (deeper, entry.mode) {
            (true, _) => "dir",
            // a submodule in a listing says that it is a file, as on GitHub
            (false, Mode::Regular | Mode::Executable | Mode::Submodule) => "file",
            (false, Mode::Symlink) => "symlink",
        };
        let size = if deeper { 0 } else { objects.blob(&entry.oid).map_or(0, |bytes| bytes.len()) };
        list.push(describe(&full, kind, &entry.oid, size));
    }
    list.truncate(1000);
    if list.is_empty() { Err(not_found()) } else { Ok(ok(&list.into())) }
}

/// A link's target as a path from the root.
fn join(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

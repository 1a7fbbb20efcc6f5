//! Bodies of what happens around pull requests.

use serde_json::{Value, json};

use super::super::webhook::{Event, RepositoryChange, parse};
use crate::ids::{InstallationId, RepositoryId};
use crate::rules::Handle;

fn base(action: &str) -> Value {
    json!({ "action": action, "installation": { "id": 7 }, "organization": { "login": "acme", "id": 5 },
        "repository": { "id": 9, "name": "shop", "full_name": "acme/shop", "default_branch": "main", "private": true,
            "html_url": "https://github.com/acme/shop", "owner": { "login": "acme", "id": 5 } } })
}

fn with(action: &str, fields: Value) -> Value {
    let mut body = base(action);
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

fn read(event: &str, body: &Value) -> Event {
    parse(event, body.to_string().as_bytes()).unwrap_or_else(|error| panic!("{event}: {error}"))
}

fn push(fields: Value) -> Value {
    let mut body = with(
        "",
        json!({ "ref": "refs/heads/release/1", "before": "a".repeat(40), "after": "b".repeat(40),
        "commits": [{ "added": ["x"], "modified": ["y"], "removed": [] }, { "added": [], "modified": [], "removed": ["z"] }] }),
    );
    body.as_object_mut().unwrap().remove("action");
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

#[test]
fn a_push_tells_what_it_touches_where_that_is_all() {
    let told = |fields: Value| match read("push", &push(fields)) {
        Event::Push { branch, before, after, paths, .. } => (branch, before.is_some(), after.is_some(), paths),
        other => panic!("{other:?}"),
    };
    let branch = || "release/1".to_owned();
    let paths = ["x", "y", "z"].map(str::to_owned).to_vec();
    assert_eq!(told(json!({})), (branch(), true, true, Some(paths)));
    assert_eq!(told(json!({ "forced": true })), (branch(), false, true, None));
    assert_eq!(told(json!({ "created": true })), (branch(), false, true, None));
    assert_eq!(told(json!({ "deleted": true })), (branch(), false, false, None));
    assert_eq!(told(json!({ "commits": [] })), (branch(), true, true, None));
    let commit = json!({ "added": [], "modified": ["a"], "removed": [] });
    assert_eq!(told(json!({ "commits": vec![commit.clone(); 2_048] })), (branch(), true, true, None));
    assert_eq!(told(json!({ "commits": [commit, null] })), (branch(), true, true, None));
    assert_eq!(told(json!({ "commits": [{ "added": ["a"] }] })), (branch(), true, true, None));
    assert_eq!(read("push", &push(json!({ "ref": "refs/tags/v1" }))), Event::Ignored);
    assert_eq!(read("push", &push(json!({ "installation": null }))), Event::Ignored);
    assert!(parse("push", push(json!({ "before": "main" })).to_string().as_bytes()).is_err());
}

#[test]
fn a_group_tells_what_it_is_built_of() {
    let group = json!({ "merge_group": { "head_sha": "a".repeat(40), "head_ref": "refs/heads/gh-readonly-queue/main/pr-3-b",
        "base_sha": "b".repeat(40), "base_ref": "refs/heads/main" } });
    for (action, wants) in [("checks_requested", true), ("destroyed", false)] {
        let Event::Group { head_ref, base, open, .. } = read("merge_group", &with(action, group.clone())) else {
            panic!("no group");
        };
        assert_eq!((head_ref.as_str(), base.as_str(), open), ("gh-readonly-queue/main/pr-3-b", "main", wants));
    }
    assert!(parse("merge_group", base("destroyed").to_string().as_bytes()).is_err());
}

#[test]
fn who_came_or_went_is_told() {
    let ada = json!({ "login": "ada", "id": 1 });
    let of =
        |repository| Event::Member { installation: InstallationId(7), account: 5, login: "ada".to_owned(), repository };
    let team = json!({ "member": ada, "team": { "slug": "payments" } });
    assert_eq!(read("membership", &with("removed", team)), of(None));
    assert_eq!(read("organization", &with("member_removed", json!({ "membership": { "user": ada } }))), of(None));
    assert_eq!(read("member", &with("added", json!({ "member": ada }))), of(Some(RepositoryId(9))));
    assert_eq!(read("organization", &base("member_invited")), Event::Ignored);
}

#[test]
fn a_team_is_told_by_both_its_names() {
    let team = json!({ "team": { "slug": "pay" }, "changes": { "name": { "from": "Payments & Co" } } });
    let Event::Team { teams, .. } = read("team", &with("edited", team)) else { panic!("no team") };
    assert_eq!(teams, [Handle::new("@acme/pay"), Handle::new("@acme/payments-co")]);
}

#[test]
fn a_repository_is_told_of_where_it_matters() {
    let told = |body: &Value| match read("repository", body) {
        Event::Repository { change, url, .. } => Some((change, url.is_some())),
        Event::Ignored => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(told(&base("renamed")), Some((RepositoryChange::Renamed, true)));
    assert_eq!(told(&base("created")), Some((RepositoryChange::Created, true)));
    assert_eq!(told(&base("deleted")), Some((RepositoryChange::Deleted, true)));
    for action in ["transferred", "publicized", "privatized", "unarchived"] {
        assert_eq!(told(&base(action)), Some((RepositoryChange::Other, true)), "{action}");
    }
    let branch = json!({ "changes": { "default_branch": { "from": "main" } } });
    assert_eq!(told(&with("edited", branch)), Some((RepositoryChange::Other, true)));
    assert_eq!(told(&with("edited", json!({ "changes": { "description": { "from": "x" } } }))), None);
    assert_eq!(told(&base("archived")), None);
    assert_eq!(read("repository_ruleset", &base("edited")), Event::Ignored);
    assert_eq!(read("branch_protection_rule", &base("created")), Event::Ignored);
}

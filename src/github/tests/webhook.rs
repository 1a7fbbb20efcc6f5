use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::webhook::{Event, InstallationAction, Malformed, PullAction, parse};
use crate::ids::{InstallationId, RepositoryId};
use crate::review::ActKind;
use crate::rules::Handle;

fn repository() -> Value {
    json!({ "id": 9, "name": "shop", "full_name": "acme/shop", "private": true, "default_branch": "main",
        "html_url": "https://github.com/acme/shop", "owner": { "login": "acme", "id": 5, "type": "Organization" } })
}

fn base(action: &str) -> Value {
    json!({ "action": action, "installation": { "id": 7, "node_id": "x" }, "repository": repository(),
        "sender": { "login": "maria", "id": 100, "type": "User" }, "organization": { "login": "acme" } })
}

fn pull(action: &str) -> Value {
    let mut body = base(action);
    let mut pull = super::lists::pull(3);
    pull["created_at"] = json!("2026-11-23T10:00:00Z");
    pull["comments"] = json!(0);
    body["number"] = json!(3);
    body["pull_request"] = pull;
    body
}

fn review(action: &str, state: &str) -> Value {
    let mut body = pull(action);
    body["review"] = json!({ "id": 77, "state": state, "commit_id": "c".repeat(40), "user": { "login": "ada", "type": "User" },
        "submitted_at": "2026-11-23T11:30:00Z" });
    body
}

fn read(event: &str, body: &Value) -> Result<Event, Malformed> {
    parse(event, body.to_string().as_bytes())
}

#[test]
fn what_happens_to_a_pull_request_is_told() {
    for (word, expected) in [
        ("opened", PullAction::Opened),
        ("reopened", PullAction::Reopened),
        ("synchronize", PullAction::Synchronize),
        ("edited", PullAction::Edited),
        ("ready_for_review", PullAction::ReadyForReview),
        ("converted_to_draft", PullAction::ConvertedToDraft),
        ("labeled", PullAction::Labeled),
        ("unlabeled", PullAction::Unlabeled),
        ("closed", PullAction::Closed),
    ] {
        let Ok(Event::Pull { place, number, action, snapshot, comments, sender, .. }) =
            read("pull_request", &pull(word))
        else {
            panic!("{word}")
        };
        assert_eq!((action, number, comments), (expected, 3, Some(0)));
        assert_eq!(
            (place.installation, place.repository, place.account),
            (InstallationId(7), RepositoryId(9), Some(5))
        );
        assert_eq!((place.owner.as_str(), place.name.as_str()), ("acme", "shop"));
        assert_eq!(
            (snapshot.head.as_str(), snapshot.base.as_str(), snapshot.open),
            ("a".repeat(40).as_str(), "main", true)
        );
        assert_eq!((sender.login.as_str(), sender.bot), ("maria", false));
    }
}

#[test]
fn who_is_asked_for_a_review_is_told() {
    for (action, taken_back) in [("review_requested", false), ("review_request_removed", true)] {
        for (field, who, expected) in [
            ("requested_reviewer", json!({ "login": "ada", "id": 1 }), Some("@ada")),
            ("requested_team", json!({ "slug": "ledger", "name": "The ledger", "id": 1 }), Some("@acme/ledger")),
            ("requested_team", Value::Null, None),
            ("requested_reviewer", json!({}), None),
        ] {
            let mut body = pull(action);
            body[field] = who;
            let Ok(Event::ReviewRequest { place, number, snapshot, handle, removed, sender }) =
                read("pull_request", &body)
            else {
                panic!("{body}")
            };
            assert_eq!((handle.as_ref().map(Handle::as_str), removed), (expected, taken_back));
            assert_eq!((place.pull(number).number, snapshot.open, sender.login.as_str()), (3, true, "maria"));
        }
    }
}

#[test]
fn a_change_of_the_base_is_told_and_one_of_the_description_is_not() {
    let mut edited = pull("edited");
    edited["changes"] = json!({ "base": { "ref": { "from": "old" }, "sha": { "from": "x" } } });
    assert!(matches!(read("pull_request", &edited), Ok(Event::Pull { base_from: Some(from), .. }) if from == "old"));
    edited["changes"] = json!({ "body": { "from": "old" } });
    assert_eq!(read("pull_request", &edited), Ok(Event::Ignored));
    for changes in [json!({ "body": { "from": "old" }, "title": { "from": "old" } }), json!({}), Value::Null] {
        edited["changes"] = changes;
        assert!(matches!(read("pull_request", &edited), Ok(Event::Pull { .. })));
    }
}

#[test]
fn a_review_is_told_with_its_commit_as_first_seen() {
    for (state, kind) in [("approved", ActKind::Approved), ("changes_requested", ActKind::ChangesRequested)] {
        let Ok(Event::Review { number, review, .. }) = read("pull_request_review", &review("submitted", state)) else {
            panic!("{state}")
        };
        assert_eq!((number, review.review_id, review.kind, review.login.as_str()), (3, 77, Some(kind), "ada"));
        assert_eq!(review.commit, Some("c".repeat(40)));
    }
    // GitHub moves a review's commit: only its submission tells what was looked at, any other says what an answer would.
    for (action, state) in [("edited", "approved"), ("dismissed", "dismissed")] {
        let Ok(Event::Review { review, .. }) = read("pull_request_review", &review(action, state)) else {
            panic!("{action}")
        };
        assert_eq!((review.told, review.base, review.commit), (false, None, Some("c".repeat(40))), "{action}");
    }
    let commented = read("pull_request_review", &review("submitted", "commented"));
    assert!(matches!(commented, Ok(Event::Review { review, .. }) if review.kind == Some(ActKind::Commented)));
    let mut ghost = review("submitted", "approved");
    ghost["review"]["user"] = Value::Null;
    assert_eq!(read("pull_request_review", &ghost), Ok(Event::Ignored), "nobody's approval");
}

#[test]
fn a_run_again_is_told_with_its_head() {
    for (event, field) in [("check_run", "check_run"), ("check_suite", "check_suite")] {
        let mut body = base("rerequested");
        body[field] = json!({ "head_sha": "a".repeat(40), "pull_requests": [{ "number": 3 }, { "number": null }] });
        let Ok(Event::Rerequested { head, pulls, .. }) = read(event, &body) else { panic!("{event}") };
        assert_eq!((head, pulls), ("a".repeat(40), vec![3]));
        for action in ["created", "completed", "requested"] {
            body["action"] = json!(action);
            assert_eq!(read(event, &body), Ok(Event::Ignored), "{event}.{action}");
        }
    }
}

fn comment(action: &str, before: &str, after: &str) -> Value {
    let mut body = base(action);
    body["issue"] = json!({ "number": 3, "pull_request": {} });
    body["comment"] = json!({ "id": 11, "body": after, "performed_via_github_app": { "id": 42 }, "user": { "login": "m[bot]", "id": 200, "type": "Bot" } });
    if action == "edited" {
        body["changes"] = json!({ "body": { "from": before } });
    }
    body
}

#[test]
fn an_edit_of_an_app_s_comment_is_told_unless_it_only_ticks() {
    let told = |body: &Value| read("issue_comment", body).unwrap() != Event::Ignored;
    let text = "### Waiting\n- [ ] one\n  - [ ] two";
    assert!(told(&comment("edited", text, "### All fine\n- [ ] one\n  - [ ] two")));
    assert!(told(&comment("edited", text, "### Waiting\n- [ ] one")));
    assert!(told(&comment("deleted", text, text)));
    assert!(!told(&comment("created", text, text)));
    assert!(!told(&comment("edited", text, "### Waiting\r\n- [x] one\r\n  - [X] two\r\n")));
    assert!(!told(&comment("edited", "- [x] one", "- [ ] one")));
    assert!(told(&comment("edited", "a - [ ] b", "a - [x] b")), "no item: it is text");

    let mut by_itself = comment("edited", "a", "b");
    by_itself["sender"] = json!({ "login": "m[bot]", "id": 200, "type": "Bot" });
    assert!(!told(&by_itself));
    by_itself["sender"]["id"] = json!(201);
    assert!(told(&by_itself), "another App's doing");
    let mut on_an_issue = comment("deleted", "a", "a");
    on_an_issue["issue"]["pull_request"] = Value::Null;
    assert!(!told(&on_an_issue));
    let mut a_person_s = comment("deleted", "a", "a");
    a_person_s["comment"]["performed_via_github_app"] = Value::Null;
    assert!(!told(&a_person_s));
}

#[test]
fn installations_and_their_repositories_are_told() {
    let mut body = base("created");
    body["installation"]["account"] = json!({ "id": 5, "login": "acme" });
    for (action, expected) in [
        ("created", InstallationAction::Active),
        ("unsuspend", InstallationAction::Active),
        ("new_permissions_accepted", InstallationAction::Active),
        ("deleted", InstallationAction::Inactive),
        ("suspend", InstallationAction::Inactive),
    ] {
        body["action"] = json!(action);
        let Ok(Event::Installation { installation, action, account, login }) = read("installation", &body) else {
            panic!()
        };
        assert_eq!((installation, action, account, login.as_str()), (InstallationId(7), expected, 5, "acme"));
    }
    body["action"] = json!("added");
    body["repositories_added"] =
        json!([{ "id": 1, "name": "a", "full_name": "acme/a" }, { "id": null, "full_name": "acme/b" }]);
    body["repositories_removed"] = Value::Null;
    let Ok(Event::InstallationRepositories { added, removed, .. }) = read("installation_repositories", &body) else {
        panic!()
    };
    assert_eq!(added.len(), 1);
    assert_eq!((added[0].owner.as_str(), added[0].name.as_str()), ("acme", "a"));
    assert!(removed.is_empty());
}

#[test]
fn what_is_not_known_is_ignored() {
    assert_eq!(read("ping", &json!({ "zen": "Keep it logically awesome." })), Ok(Event::Ping));
    assert_eq!(read("brand_new_event", &pull("opened")), Ok(Event::Ignored));
    assert_eq!(read("pull_request", &pull("brand_new_action")), Ok(Event::Ignored));
    assert_eq!(read("pull_request", &json!({})), Ok(Event::Ignored));
    let mut of_a_repository_hook = pull("opened");
    of_a_repository_hook["installation"] = Value::Null;
    assert_eq!(read("pull_request", &of_a_repository_hook), Ok(Event::Ignored));
}

#[test]
fn a_body_that_does_not_fit_its_event_is_malformed() {
    for body in ["", "null", "[1]", "\"x\"", "{", "{\"action\":", "\u{feff}{}"] {
        assert!(parse("pull_request", body.as_bytes()).is_err(), "{body:?}");
        assert!(parse("brand_new_event", body.as_bytes()).is_err(), "{body:?}");
    }
    let without = |mut body: Value, pointer: &str| {
        *body.pointer_mut(pointer).unwrap() = Value::Null;
        body
    };
    for pointer in
        ["/pull_request", "/pull_request/head", "/pull_request/head/sha", "/pull_request/base/ref", "/repository/id"]
    {
        assert!(read("pull_request", &without(pull("opened"), pointer)).is_err(), "{pointer}");
    }
    // The name of an event is not covered by the signature.
    assert!(
        read("pull_request_review", &{
            let mut body = pull("opened");
            body["action"] = json!("submitted");
            body
        })
        .is_err()
    );
    let mut other = pull("opened");
    other["pull_request"]["base"]["repo"]["id"] = json!(10);
    assert!(read("pull_request", &other).is_err());
    let mut huge = pull("opened");
    huge["installation"]["id"] = json!(u64::MAX);
    assert!(read("pull_request", &huge).is_err());
}

#[test]
fn nesting_ends_before_the_stack_does() {
    let deep = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
    for body in [deep.clone(), format!("{{\"action\":{deep}}}"), format!("{{\"x\":{deep},\"action\":\"opened\"}}")] {
        let _ = parse("pull_request", body.as_bytes());
        let _ = parse("brand_new_event", body.as_bytes());
    }
}

/// Every field of a payload, as pointers.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(n, value)| (n.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        let pointer = format!("{at}/{key}");
        pointers(child, &pointer, all);
        all.push(pointer);
    }
}

#[test]
fn nothing_in_a_payload_but_the_needed_has_to_be_there() {
    // Whatever else is null leaves the event as readable as it was: GitHub's fields come and go.
    let needed = [
        "/pull_request",
        "/pull_request/head",
        "/pull_request/head/sha",
        "/pull_request/base",
        "/pull_request/base/ref",
        "/pull_request/state",
        "/pull_request/updated_at",
        "/repository",
        "/repository/id",
    ];
    let body = pull("opened");
    let mut all = Vec::new();
    pointers(&body, "", &mut all);
    assert!(all.len() > 40);
    for pointer in all {
        let mut changed = body.clone();
        *changed.pointer_mut(&pointer).unwrap() = Value::Null;
        let result = read("pull_request", &changed);
        let fine = matches!(result, Ok(Event::Pull { .. }))
            || (pointer.starts_with("/installation") || pointer == "/action") && result == Ok(Event::Ignored);
        // Where the pull request names its repository itself, the event's own is not needed, and the other way round.
        assert!(fine || needed.contains(&pointer.as_str()), "{pointer}: {result:?}");
    }
}

proptest! {
    #[test]
    fn no_body_is_too_odd(event in "[a-z_]{0,30}", body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&event, &body);
    }

    #[test]
    fn no_change_of_a_payload_is_too_odd(which in any::<prop::sample::Index>(), with in prop::sample::select(vec![
        json!(null), json!(0), json!(-1), json!(u64::MAX), json!(1.5), json!("x"), json!(""), json!([]), json!({}), json!([null]), json!(true),
    ])) {
        for (event, body) in [("pull_request", pull("opened")), ("pull_request_review", review("submitted", "approved")), ("issue_comment", comment("edited", "a", "b"))] {
            let mut all = Vec::new();
            pointers(&body, "", &mut all);
            let mut changed = body.clone();
            *changed.pointer_mut(which.get(&all[..]).as_str()).unwrap() = with.clone();
            let _ = read(event, &changed);
        }
    }
}

use serde_json::{Value, json};

use super::super::Error;
use super::super::testing::{Fake, ok, reply};
use crate::review::{ActKind, Dismissal};

fn event(review: u64, was: &str, actor: Value, commit: Option<&str>) -> Value {
    let mut dismissed = json!({ "state": was, "review_id": review, "dismissal_message": null });
    if let Some(commit) = commit {
        dismissed["dismissal_commit_id"] = commit.into();
    }
    json!({ "event": "review_dismissed", "actor": actor, "performed_via_github_app": null, "dismissed_review": dismissed })
}

#[tokio::test]
async fn dismissals_are_told_from_other_events_by_whom_and_by_what() {
    let person = || json!({ "login": "maria", "type": "User" });
    let fake = Fake::start(move |seen| {
        assert!(seen.query.starts_with("per_page=100&page="), "{}", seen.query);
        let mut through_app = event(6, "approved", person(), None);
        through_app["performed_via_github_app"] = json!({ "id": 1 });
        let mut renamed = event(7, "approved", person(), None);
        renamed["event"] = "renamed".into();
        let mut all = vec![json!({ "event": "labeled", "actor": person() }); 100];
        all.extend([
            event(1, "approved", person(), Some(&"c".repeat(40))),
            event(2, "approved", person(), None),
            event(3, "changes_requested", person(), Some(&"c".repeat(40))),
            event(4, "changes_requested", Value::Null, None),
            event(5, "commented", json!({ "login": "ci[bot]", "type": "Bot" }), None),
            through_app,
            renamed,
            json!({ "event": "review_dismissed" }),
        ]);
        ok(all.into_iter().skip((seen.page() - 1) * 100).take(100).collect())
    })
    .await;
    let read = fake.repository().dismissals(3).await.unwrap();
    let one =
        |was, by: Option<&str>, bot, by_push| Dismissal { was, by: by.map(str::to_owned), bot, by_push: Some(by_push) };
    let (approved, asked) = (Some(ActKind::Approved), Some(ActKind::ChangesRequested));
    let expected = [
        (1, one(approved, Some("maria"), false, true)),
        (2, one(approved, Some("maria"), false, false)),
        // A push makes no request for changes stale.
        (3, one(asked, Some("maria"), false, false)),
        (4, one(asked, None, false, false)),
        (5, one(None, Some("ci[bot]"), true, false)),
        (6, one(approved, Some("maria"), true, false)),
    ];
    assert_eq!(read, expected);
    assert_eq!(fake.lines().len(), 2);
}

#[tokio::test]
async fn what_may_not_be_seen_is_an_error() {
    let fake = Fake::start(|_| reply(403, json!({ "message": "Resource not accessible by integration" }))).await;
    let error = fake.repository().dismissals(3).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden { .. }), "{error}");
}

use serde_json::{Value, json};

use super::super::testing::{Fake, Reply, ok, reply};
use super::super::{CheckRun, Comment, Error};
use crate::render::{Annotation, Check};
use crate::review::Conclusion;

fn check() -> Check {
    Check {
        conclusion: Conclusion::ActionRequired,
        title: "Waiting for commerce-architects ⛔".to_owned(),
        summary: "Two teams change together.".to_owned(),
        annotations: Vec::new(),
    }
}

fn annotation(line: u32) -> Annotation {
    Annotation { path: "/a.go".to_owned(), line, failure: true, title: "t".repeat(300), message: "m".to_owned() }
}

#[tokio::test]
async fn a_check_is_created_completed_on_its_head() {
    let fake =
        Fake::start(|_| reply(201, json!({ "id": 5, "external_id": "v1", "conclusion": "action_required" }))).await;
    let run = fake.repository().create_check("abc", &check(), "v1").await.unwrap();
    assert_eq!(
        run,
        CheckRun { id: 5, external_id: Some("v1".to_owned()), conclusion: Some("action_required".to_owned()) }
    );
    assert_eq!(fake.lines(), ["POST /repos/acme/shop/check-runs"]);
    assert_eq!(
        fake.asked()[0].body,
        json!({
            "name": "merestone", "head_sha": "abc", "status": "completed", "conclusion": "action_required", "external_id": "v1",
            "output": { "title": "Waiting for commerce-architects ⛔", "summary": "Two teams change together." },
        })
    );
}

#[tokio::test]
async fn a_check_is_rewritten_without_its_head() {
    let fake = Fake::start(|_| ok(json!({ "id": 5, "external_id": "", "conclusion": null }))).await;
    let run = fake.repository().update_check(5, &check(), "v1").await.unwrap();
    assert_eq!(run, CheckRun { id: 5, external_id: None, conclusion: None });
    assert_eq!(fake.lines(), ["PATCH /repos/acme/shop/check-runs/5"]);
    assert_eq!(fake.asked()[0].body.get("head_sha"), None);
}

#[tokio::test]
async fn a_check_whose_words_are_refused_still_says_its_conclusion() {
    let fake = Fake::start(|seen| {
        if seen.body["output"]["summary"].as_str().unwrap().starts_with("Two") {
            reply(422, json!({ "message": "Invalid request" }))
        } else {
            reply(201, json!({ "id": 5, "conclusion": "action_required" }))
        }
    })
    .await;
    fake.repository().create_check("abc", &check(), "v1").await.unwrap();
    let second = &fake.asked()[1].body;
    assert_eq!(second["conclusion"], "action_required");
    assert_eq!(second["output"]["title"], "Waiting for commerce-architects");

    let never = Fake::start(|_| reply(422, json!({ "message": "No commit found for SHA: abc" }))).await;
    let error = never.repository().create_check("abc", &check(), "v1").await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    assert_eq!(never.lines().len(), 2);
}

#[tokio::test]
async fn our_runs_on_a_head_come_newest_first() {
    let fake = Fake::start(|_| ok(json!({ "total_count": 2, "check_runs": [{ "id": 3 }, { "id": 8 }] }))).await;
    let runs = fake.repository().checks("abc").await.unwrap();
    assert_eq!(runs.iter().map(|run| run.id).collect::<Vec<_>>(), [8, 3]);
    assert_eq!(
        fake.lines(),
        [
            "GET /repos/acme/shop/commits/abc/check-runs?check_name=merestone&app_id=42&filter=latest&per_page=100&page=1"
        ]
    );
}

#[tokio::test]
async fn annotations_go_fifty_at_a_time_within_github_s_limits() {
    let fake = Fake::start(|_| ok(json!({}))).await;
    let mut all: Vec<Annotation> = (0..120).map(annotation).collect();
    all[1].message = " ".to_owned();
    all[2].message = "é".repeat(64 * 1024);
    all[3].failure = false;
    fake.repository().annotate(5, &check(), &all).await.unwrap();
    let sent: Vec<Value> = fake.asked().iter().map(|seen| seen.body["output"]["annotations"].clone()).collect();
    assert_eq!(sent.iter().map(|some| some.as_array().unwrap().len()).collect::<Vec<_>>(), [50, 50, 20]);
    assert_eq!(
        sent[0][0],
        json!({ "path": "a.go", "start_line": 1, "end_line": 1, "annotation_level": "failure", "title": "t".repeat(255), "message": "m" })
    );
    assert_eq!(sent[0][1]["message"], json!("t".repeat(255)), "a message is required");
    assert_eq!(sent[0][2]["message"].as_str().unwrap().len(), 64 * 1024);
    assert_eq!(sent[0][3]["annotation_level"], "warning");
    let body = &fake.asked()[0].body;
    assert_eq!(body["output"]["title"], check().title.as_str());
    assert_eq!(body.as_object().unwrap().len(), 1, "the conclusion is not sent again");
}

#[tokio::test]
async fn refused_annotations_keep_no_others_back() {
    let fake = Fake::start(|seen| {
        let first = seen.body["output"]["annotations"][0]["start_line"] == 1;
        if first { reply(422, json!({ "message": "bad line" })) } else { ok(json!({})) }
    })
    .await;
    let all: Vec<Annotation> = (1..120).map(annotation).collect();
    let error = fake.repository().annotate(5, &check(), &all).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    assert_eq!(fake.lines().len(), 3);
}

#[tokio::test]
async fn our_comments_are_told_from_everybody_else_s() {
    let bot = || json!({ "login": "merestone[bot]", "type": "Bot" });
    let comment = |id: u64, user: Value, app: Value, body: &str| json!({ "id": id, "user": user, "performed_via_github_app": app, "body": body });
    let fake = Fake::start(move |seen| {
        if seen.path == "/app" {
            return ok(json!({ "slug": "merestone" }));
        }
        ok(json!([
            comment(9, bot(), json!({ "id": 42 }), "<!-- merestone v1 app=42 --> later"),
            comment(1, bot(), json!({ "id": 42 }), "<!-- merestone v1 app=42 --> ours"),
            comment(2, bot(), json!({ "id": 43 }), "<!-- merestone v1 app=42 --> another App's"),
            comment(
                3,
                json!({ "login": "maria", "type": "User" }),
                json!({ "id": 42 }),
                "<!-- merestone v1 app=42 --> a person's"
            ),
            comment(4, bot(), Value::Null, "<!-- merestone v1 app=42 --> ours, not said by which App"),
            comment(5, json!({ "login": "other[bot]", "type": "Bot" }), Value::Null, "<!-- merestone v1 app=42 -->"),
            comment(6, bot(), json!({ "id": 42 }), "no marker"),
            comment(7, Value::Null, Value::Null, "<!-- merestone v1 app=42 -->"),
            comment(8, bot(), json!({ "id": 42 }), "> <!-- merestone v1 app=42 --> quoted"),
        ]))
    })
    .await;
    let own = fake.repository().own_comments(3).await.unwrap();
    assert_eq!(own.iter().map(|comment| comment.id).collect::<Vec<_>>(), [1, 4, 6, 8, 9]);
    assert_eq!(fake.lines(), ["GET /repos/acme/shop/issues/3/comments?per_page=100&page=1", "GET /app"]);
    assert!(fake.asked()[1].headers["authorization"].starts_with("Bearer ey"), "as the App itself");
}

#[tokio::test]
async fn comments_are_written_edited_and_deleted() {
    let fake = Fake::start(|seen| match seen.method.as_str() {
        "DELETE" => Reply { status: 204, headers: Vec::new(), body: axum::body::Body::empty() },
        "POST" => reply(201, json!({ "id": 11, "body": "as GitHub keeps it" })),
        _ => ok(json!({ "id": 11 })),
    })
    .await;
    let repository = fake.repository();
    let written = repository.create_comment(3, "text").await.unwrap();
    assert_eq!(written, Comment { id: 11, body: "as GitHub keeps it".to_owned() });
    assert_eq!(repository.update_comment(11, "other").await.unwrap(), Comment { id: 11, body: "other".to_owned() });
    repository.delete_comment(11).await.unwrap();
    assert_eq!(
        fake.lines(),
        [
            "POST /repos/acme/shop/issues/3/comments",
            "PATCH /repos/acme/shop/issues/comments/11",
            "DELETE /repos/acme/shop/issues/comments/11",
        ]
    );
    assert_eq!(fake.asked()[0].body, json!({ "body": "text" }));
    assert_eq!(fake.asked()[1].body, json!({ "body": "other" }));
}

#[tokio::test]
async fn reviewers_are_asked_and_withdrawn() {
    let fake = Fake::start(|_| ok(json!({ "users": [{ "login": "ada" }, null], "teams": [{ "slug": "core" }] }))).await;
    let repository = fake.repository();
    let core = ["core".to_owned()];
    assert_eq!(repository.requested(3).await.unwrap(), (vec!["ada".to_owned()], vec!["core".to_owned()]));
    repository.request(3, &["ada".to_owned()], &core).await.unwrap();
    repository.withdraw(3, &[], &core).await.unwrap();
    repository.request(3, &[], &[]).await.unwrap();
    let at = "/repos/acme/shop/pulls/3/requested_reviewers";
    assert_eq!(fake.lines(), [format!("GET {at}"), format!("POST {at}"), format!("DELETE {at}")]);
    assert_eq!(fake.asked()[1].body, json!({ "reviewers": ["ada"], "team_reviewers": ["core"] }));
    assert_eq!(fake.asked()[2].body, json!({ "reviewers": [], "team_reviewers": ["core"] }));
}

#[tokio::test]
async fn a_refused_request_says_why() {
    let why = "Reviews may only be requested from collaborators.";
    let fake = Fake::start(move |_| reply(422, json!({ "message": why }))).await;
    let error = fake.repository().request(3, &["ada".to_owned()], &[]).await.unwrap_err();
    assert!(matches!(&error, Error::Refused { why: said, .. } if said == why), "{error}");
}

#[tokio::test]
async fn a_write_that_was_confirmed_is_done_though_its_answer_is_cut() {
    let cut = || {
        let cut = futures::stream::once(async {
            // What came before is on its way by then.
            tokio::task::yield_now().await;
            Err(std::io::Error::other("cut"))
        });
        let pieces = futures::StreamExt::chain(futures::stream::iter([Ok("{")]), cut);
        Reply { status: 201, headers: Vec::new(), body: axum::body::Body::from_stream(pieces) }
    };
    let fake = Fake::start(move |_| cut()).await;
    fake.repository().request(3, &["ada".to_owned()], &[]).await.unwrap();
    // Of a comment the id is needed, so whether it is there has to be looked up.
    let error = fake.repository().create_comment(3, "text").await.unwrap_err();
    assert!(matches!(error, Error::Outage { .. }), "{error}");
}

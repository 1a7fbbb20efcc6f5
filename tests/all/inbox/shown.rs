//! What GitHub shows of ours.

use std::collections::BTreeSet;

use super::place::Place;
use super::{at, check, comment, empty_review, pull, review, snapshot};
use merestone::inbox::{Intent, IntentKind, Judgement, Outcome, RequestState, ShownCheck, ShownRequest};
use merestone::review::Facts;
use merestone::rules::Handle;

fn request(handle: &str, state: RequestState) -> ShownRequest {
    ShownRequest {
        handle: Handle::new(handle),
        state,
        why: None,
        at: at(1),
        fingerprints: BTreeSet::from(["f1".to_owned(), "f2".to_owned()]),
        again: 0,
    }
}

fn judgement(seconds: i64, head: &str) -> Judgement {
    Judgement {
        head: head.into(),
        base_tip: "tip".into(),
        merge_base: "merge base".into(),
        rules_digest: String::new(),
        facts: Facts::of_files(vec![]),
        review: empty_review(),
        at: at(seconds),
    }
}

fn intent(kind: IntentKind) -> Intent {
    Intent { id: 0, kind, head: Some("aaaa".into()), hash: "sent".into(), at: at(1) }
}

pub(super) async fn what_is_shown_is_known_until_in_doubt(place: &Place) {
    let inbox = place.open().await;
    let key = pull(1);
    inbox.save_snapshot(&key, &snapshot(1, "aaaa")).await.unwrap();
    assert_eq!(inbox.shown(&key, "aaaa").await.unwrap(), Default::default());
    inbox.set_known(&key, None, None, &[]).await.unwrap();
    assert!(inbox.shown(&key, "aaaa").await.unwrap().known);

    inbox.doubt(&key).await.unwrap();
    assert!(!inbox.shown(&key, "aaaa").await.unwrap().known);
    let asked = [request("@ada", RequestState::Asked)];
    inbox.set_known(&key, Some(&comment(5, "h")), Some(&check(6, "aaaa")), &asked).await.unwrap();
    let shown = inbox.shown(&key, "aaaa").await.unwrap();
    assert_eq!((shown.comment, shown.check), (Some(comment(5, "h")), Some(check(6, "aaaa"))));
    assert_eq!(shown.requests, asked);
    assert_eq!((shown.intents, shown.known), (vec![], true));
    // A new head has no check yet, and that is known.
    let shown = inbox.shown(&key, "bbbb").await.unwrap();
    assert_eq!((shown.comment.map(|comment| comment.id), shown.check, shown.known), (Some(5), None, true));

    inbox.reset_check(&key, "aaaa").await.unwrap();
    let reset = inbox.shown(&key, "aaaa").await.unwrap().check.unwrap();
    assert_eq!(reset, ShownCheck { hash: String::new(), ..check(6, "aaaa") });

    // GitHub was asked, and there is nothing of ours.
    inbox.doubt(&key).await.unwrap();
    inbox.set_known(&key, None, None, &[]).await.unwrap();
    let shown = inbox.shown(&key, "aaaa").await.unwrap();
    assert_eq!((shown.comment, shown.check, shown.requests, shown.known), (None, None, vec![], true));
    inbox.close().await;
}

pub(super) async fn an_open_intent_is_a_doubt(place: &Place) {
    let inbox = place.open().await;
    let key = pull(1);
    inbox.set_known(&key, None, None, &[]).await.unwrap();
    let id = inbox.intend(&key, &intent(IntentKind::CreateComment)).await.unwrap();
    inbox.close().await;

    let inbox = place.open().await;
    let shown = inbox.shown(&key, "aaaa").await.unwrap();
    assert_eq!(shown.intents, [Intent { id, ..intent(IntentKind::CreateComment) }]);
    assert!(!shown.known);
    // Another pull request is in no doubt.
    inbox.settle(&pull(2), id, &Outcome::NotDone).await.unwrap();
    assert_eq!(inbox.shown(&key, "aaaa").await.unwrap().intents.len(), 1);

    inbox.settle(&key, id, &Outcome::NotDone).await.unwrap();
    assert!(inbox.shown(&key, "aaaa").await.unwrap().known);
    // Asking GitHub answers the question too.
    inbox.intend(&key, &intent(IntentKind::UpdateCheck)).await.unwrap();
    inbox.set_known(&key, Some(&comment(5, "h")), None, &[]).await.unwrap();
    let shown = inbox.shown(&key, "aaaa").await.unwrap();
    assert_eq!((shown.intents, shown.known), (vec![], true));
    for kind in [
        IntentKind::CreateComment,
        IntentKind::UpdateComment,
        IntentKind::CreateCheck,
        IntentKind::UpdateCheck,
        IntentKind::Request,
        IntentKind::Withdraw,
    ] {
        let id = inbox.intend(&pull(3), &Intent { head: None, ..intent(kind) }).await.unwrap();
        let stored = inbox.shown(&pull(3), "aaaa").await.unwrap().intents;
        assert_eq!(stored, [Intent { id, head: None, ..intent(kind) }]);
        inbox.settle(&pull(3), id, &Outcome::NotDone).await.unwrap();
    }
    inbox.close().await;
}

pub(super) async fn a_settled_intent_and_its_end_are_one(place: &Place) {
    let inbox = place.open().await;
    let key = pull(1);
    inbox.set_known(&key, None, None, &[]).await.unwrap();
    for (kind, outcome) in [
        (IntentKind::CreateCheck, Outcome::Check(check(6, "aaaa"))),
        (IntentKind::Request, Outcome::Requests(vec![request("@ada", RequestState::Asked)])),
    ] {
        let id = inbox.intend(&key, &intent(kind)).await.unwrap();
        inbox.settle(&key, id, &outcome).await.unwrap();
    }
    let shown = inbox.shown(&key, "aaaa").await.unwrap();
    assert_eq!(shown.check, Some(check(6, "aaaa")));
    assert_eq!(shown.requests, [request("@ada", RequestState::Asked)]);
    assert_eq!((shown.intents, shown.known), (vec![], true));

    place.break_table("comments").await;
    let id = inbox.intend(&key, &intent(IntentKind::CreateComment)).await.unwrap();
    assert!(inbox.settle(&key, id, &Outcome::Comment(comment(5, "h"))).await.is_err());
    let shown = inbox.shown(&key, "aaaa").await.unwrap();
    assert_eq!((shown.comment, shown.intents.len(), shown.known), (None, 1, false));
    inbox.close().await;
}

pub(super) async fn a_late_end_leaves_a_doubt(place: &Place) {
    let inbox = place.open().await;
    let key = pull(1);
    let id = inbox.intend(&key, &intent(IntentKind::UpdateComment)).await.unwrap();
    inbox.set_known(&key, Some(&comment(5, "as read")), None, &[]).await.unwrap();
    inbox.settle(&key, id, &Outcome::NotDone).await.unwrap();
    assert!(inbox.shown(&key, "aaaa").await.unwrap().known);
    inbox.settle(&key, id, &Outcome::Comment(comment(5, "late"))).await.unwrap();
    let shown = inbox.shown(&key, "aaaa").await.unwrap();
    assert_eq!((shown.comment, shown.known), (Some(comment(5, "as read")), false));
    inbox.close().await;
}

pub(super) async fn a_check_belongs_to_the_commit(place: &Place) {
    let inbox = place.open().await;
    inbox.save_snapshot(&pull(1), &snapshot(1, "shared")).await.unwrap();
    inbox.set_known(&pull(1), None, Some(&check(6, "shared")), &[]).await.unwrap();
    // A second pull request is opened with the same head: its check is there already.
    inbox.save_snapshot(&pull(2), &snapshot(1, "shared")).await.unwrap();
    inbox.set_known(&pull(2), None, None, &[]).await.unwrap();
    assert_eq!(inbox.shown(&pull(2), "shared").await.unwrap().check, Some(check(6, "shared")));
    let id = inbox.intend(&pull(2), &intent(IntentKind::UpdateCheck)).await.unwrap();
    let green = ShownCheck { conclusion: None, hash: "green".into(), ..check(6, "shared") };
    inbox.settle(&pull(2), id, &Outcome::Check(green.clone())).await.unwrap();
    assert_eq!(inbox.shown(&pull(1), "shared").await.unwrap().check, Some(green));
    inbox.close().await;
}

pub(super) async fn requests_are_kept_by_handle(place: &Place) {
    let inbox = place.open().await;
    let key = pull(1);
    let settle = async |requests: &[ShownRequest]| {
        let id = inbox.intend(&key, &intent(IntentKind::Request)).await.unwrap();
        inbox.settle(&key, id, &Outcome::Requests(requests.to_vec())).await.unwrap();
        inbox.shown(&key, "aaaa").await.unwrap().requests
    };
    let (zoe, ada) = (request("@zoe", RequestState::Asked), request("@ada", RequestState::Asked));
    assert_eq!(settle(&[zoe.clone(), ada.clone()]).await, [ada.clone(), zoe.clone()]);
    // The same person in other letters, with another end: the rest stays as it was.
    let refused = ShownRequest { why: Some("no access".into()), ..request("@Ada", RequestState::Refused) };
    let stored = settle(std::slice::from_ref(&refused)).await;
    assert_eq!(stored, [refused, zoe]);
    assert_eq!(stored[0].handle.as_str(), "@Ada");
    for state in [RequestState::Withdrawn, RequestState::ByPerson, RequestState::RemovedByPerson] {
        assert_eq!(settle(&[request("@ada", state)]).await[0].state, state);
    }
    inbox.close().await;
}

pub(super) async fn what_people_do_with_requests_is_kept(place: &Place) {
    let inbox = place.open().await;
    let key = pull(1);
    let (ada, ledger) = (Handle::new("@Ada"), Handle::new("@acme/ledger"));
    let requests = async || inbox.shown(&key, "aaaa").await.unwrap().requests;
    assert!(inbox.is_untouched(&key).await.unwrap());
    // Whom we never asked is theirs alone.
    inbox.person_requested(&key, &ada, false, at(2)).await.unwrap();
    assert_eq!(requests().await, []);
    assert!(inbox.is_untouched(&key).await.unwrap());
    inbox.set_known(&key, None, None, &[request("@ada", RequestState::Asked)]).await.unwrap();
    assert!(!inbox.is_untouched(&key).await.unwrap());
    inbox.person_requested(&pull(2), &ada, false, at(3)).await.unwrap();
    assert_eq!(requests().await, [request("@ada", RequestState::Asked)]);
    inbox.person_requested(&key, &ada, false, at(3)).await.unwrap();
    let by_person = ShownRequest { at: at(3), ..request("@ada", RequestState::ByPerson) };
    assert_eq!(requests().await, [by_person]);
    inbox.person_requested(&key, &ada, true, at(4)).await.unwrap();
    let removed = ShownRequest { at: at(4), ..request("@Ada", RequestState::RemovedByPerson) };
    assert_eq!(requests().await, std::slice::from_ref(&removed));

    // Whom we never asked is not asked afterwards either, about what is known by then.
    let slot = |from: &str, fingerprint: &str| {
        serde_json::json!({ "level": "team", "of": "ledger", "from": [from], "above": [], "paths": ["a"],
            "fingerprint": fingerprint, "state": { "is": "open" } })
    };
    let mut found = empty_review();
    found.findings = serde_json::from_value(serde_json::json!([{
        "rule": "r", "enforce": "review", "slots": [slot("@ACME/ledger", "f7"), slot("@zoe", "f8")], "adrs": [],
        "evidence": [], "why": null, "checklist": [], "cannot_tell": false, "state": "open"
    }]))
    .unwrap();
    let judged = Judgement { review: found, ..judgement(5, "aaaa") };
    inbox.save_judgement(&key, &judged).await.unwrap();
    inbox.save_judgement(&key, &judgement(4, "0000")).await.unwrap();
    inbox.person_requested(&key, &ledger, true, at(6)).await.unwrap();
    let fingerprints = BTreeSet::from(["f7".to_owned()]);
    let never = ShownRequest { at: at(6), fingerprints, ..request("@acme/ledger", RequestState::RemovedByPerson) };
    assert_eq!(requests().await, [never, removed]);
    inbox.close().await;

    let inbox = place.open().await;
    inbox.save_reviews(&pull(3), &[review(3, None)]).await.unwrap();
    assert!(!inbox.is_untouched(&pull(3)).await.unwrap());
    inbox.doubt(&pull(4)).await.unwrap();
    assert!(!inbox.is_untouched(&pull(4)).await.unwrap());
    inbox.close().await;
}

pub(super) async fn what_a_person_does_meanwhile_outlives_our_request(place: &Place) {
    let inbox = place.open().await;
    let key = pull(1);
    let (ada, zoe, ida) = (Handle::new("@ada"), Handle::new("@zoe"), Handle::new("@ida"));
    inbox.set_known(&key, None, None, &[]).await.unwrap();
    inbox.person_requested(&key, &ida, true, at(0)).await.unwrap();
    // While we ask three: one is asked by a person too, one is taken off the list again, one was before.
    let id = inbox.intend(&key, &intent(IntentKind::Request)).await.unwrap();
    inbox.person_requested(&key, &ada, false, at(2)).await.unwrap();
    inbox.person_requested(&key, &zoe, true, at(2)).await.unwrap();
    let asked = ["@ada", "@ida", "@zoe"].map(|handle| request(handle, RequestState::Asked));
    inbox.settle(&key, id, &Outcome::Requests(asked.to_vec())).await.unwrap();
    let stored = inbox.shown(&key, "aaaa").await.unwrap().requests;
    let theirs = |handle, state| ShownRequest { at: at(2), ..request(handle, state) };
    assert_eq!(
        stored,
        [
            theirs("@ada", RequestState::ByPerson),
            request("@ida", RequestState::Asked),
            theirs("@zoe", RequestState::RemovedByPerson)
        ],
        "whom we asked about what is kept all the same"
    );
    inbox.close().await;
}

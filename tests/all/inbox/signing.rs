//! What is kept of sign-offs besides the reviews.

use super::place::Place;
use super::{accept, at, empty_review, mark, pull};
use merestone::ids::{InstallationId, PullKey};
use merestone::inbox::{Judgement, KnownHead, Lapse, Mark, Pusher, SignOff};
use merestone::review::Facts;

pub(super) async fn what_counted_once_is_known_to_have(place: &Place) {
    let inbox = place.open().await;
    let sign_off = |counted| SignOff {
        review_id: 1,
        login: "maria".into(),
        rule: "crossing".into(),
        fingerprint: "f1".into(),
        head: "aaaa".into(),
        at: at(1),
        counted,
    };
    inbox.save_sign_offs(&pull(1), &[sign_off(false)]).await.unwrap();
    let later = SignOff { head: "bbbb".into(), at: at(9), ..sign_off(true) };
    inbox.save_sign_offs(&pull(1), &[later]).await.unwrap();
    assert_eq!(inbox.sign_offs(&pull(1)).await.unwrap(), [sign_off(true)]);
    inbox.save_sign_offs(&pull(1), &[sign_off(false)]).await.unwrap();
    assert_eq!(inbox.sign_offs(&pull(1)).await.unwrap(), [sign_off(true)]);
    inbox.close().await;
}

pub(super) async fn what_ended_a_sign_off_stays_as_first_seen(place: &Place) {
    let inbox = place.open().await;
    let lapse = |review_id, rule: &str, head: Option<&str>| Lapse {
        review_id,
        rule: rule.into(),
        head: head.map(str::to_owned),
        pusher: head.map(|_| "maria".into()),
        at: at(1),
    };
    for one in [lapse(2, "b", None), lapse(1, "b", Some("bbbb")), lapse(1, "a", Some("bbbb"))] {
        inbox.save_lapse(&pull(1), &one).await.unwrap();
    }
    inbox.save_lapse(&pull(1), &Lapse { at: at(9), ..lapse(1, "a", Some("cccc")) }).await.unwrap();
    let first = [lapse(1, "a", Some("bbbb")), lapse(1, "b", Some("bbbb")), lapse(2, "b", None)];
    assert_eq!(inbox.lapses(&pull(1)).await.unwrap(), first);
    assert_eq!(inbox.lapses(&pull(2)).await.unwrap(), []);
    inbox.forget_lapse(&pull(1), 1, "a").await.unwrap();
    inbox.forget_lapse(&pull(2), 1, "b").await.unwrap();
    assert_eq!(inbox.lapses(&pull(1)).await.unwrap(), first[1..]);

    assert_eq!(inbox.unread_commit(&pull(1), "aaaa").await.unwrap(), None);
    inbox.save_unread_commit(&pull(1), "aaaa", "gone", at(1)).await.unwrap();
    inbox.save_unread_commit(&pull(1), "aaaa", "another reason", at(2)).await.unwrap();
    assert_eq!(inbox.unread_commit(&pull(1), "aaaa").await.unwrap().as_deref(), Some("gone"));
    assert_eq!(inbox.unread_commit(&pull(2), "aaaa").await.unwrap(), None);
    inbox.close().await;
}

pub(super) async fn heads_are_known_since_they_were_first_heard_of(place: &Place) {
    let inbox = place.open().await;
    let pushed = |login: &str, head: &str| Mark {
        pusher: Some(Pusher { login: login.into(), user_id: None, bot: false, head: head.into() }),
        ..mark(1)
    };
    accept(&inbox, 20, &[pushed("maria", "bbbb")]).await;
    accept(&inbox, 30, &[pushed("pavel", "bbbb"), pushed("pavel", "cccc")]).await;
    for (head, seconds) in [("aaaa", 10), ("cccc", 40)] {
        let judgement = Judgement {
            head: head.into(),
            base_tip: "tip".into(),
            merge_base: "merge base".into(),
            rules_digest: String::new(),
            facts: Facts::of_files(Vec::new()),
            review: empty_review(),
            at: at(seconds),
        };
        inbox.save_judgement(&pull(1), &judgement).await.unwrap();
    }
    let known = |head: &str, seconds| KnownHead { since: at(seconds), head: head.into() };
    let heads = inbox.known_heads(&pull(1)).await.unwrap();
    assert_eq!(heads, [known("aaaa", 10), known("bbbb", 20), known("cccc", 30)]);
    assert_eq!(inbox.known_heads(&PullKey { installation: InstallationId(8), ..pull(1) }).await.unwrap(), []);
    inbox.close().await;
}

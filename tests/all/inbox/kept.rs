//! What is kept of pull requests and people.

use std::collections::BTreeMap;

use super::place::Place;
use super::{accept, at, check, claimed, comment, empty_review, floor, mark, pull, review, snapshot};
use merestone::ids::{InstallationId, PullKey, RepositoryId};
use merestone::inbox::{Floor, Inbox, Installation, Judgement, Mark, Pusher, Repository, SignOff, Task, TeamMembers};
use merestone::pull::{SeenReview, Snapshot};
use merestone::review::{ActKind, Dismissal, Facts, File, FileStatus};
use merestone::rules::Handle;

pub(super) async fn snapshots_only_get_newer(place: &Place) {
    let inbox = place.open().await;
    assert_eq!(inbox.snapshot(&pull(1)).await.unwrap(), None);
    inbox.save_snapshot(&pull(1), &snapshot(10, "new")).await.unwrap();
    inbox.save_snapshot(&pull(1), &snapshot(5, "old")).await.unwrap();
    accept(&inbox, 11, &[Mark { snapshot: Some(snapshot(9, "older payload")), ..mark(1) }]).await;
    assert_eq!(inbox.snapshot(&pull(1)).await.unwrap(), Some(snapshot(10, "new")));
    // Of two that are equally old the later arrival stays.
    let relabelled = Snapshot { labels: vec!["b".into()], ..snapshot(10, "new") };
    accept(&inbox, 12, &[Mark { snapshot: Some(relabelled.clone()), ..mark(1) }]).await;
    assert_eq!(inbox.snapshot(&pull(1)).await.unwrap(), Some(relabelled));
    // What else is said of a pull request neither needs a snapshot nor stands in the way of the first.
    inbox.set_reviews_complete(&pull(2)).await.unwrap();
    assert_eq!(inbox.snapshot(&pull(2)).await.unwrap(), None);
    inbox.save_snapshot(&pull(2), &snapshot(1, "first")).await.unwrap();
    assert_eq!(inbox.snapshot(&pull(2)).await.unwrap(), Some(snapshot(1, "first")));
    assert!(inbox.reviews_complete(&pull(2)).await.unwrap());
    assert!(!inbox.reviews_complete(&pull(1)).await.unwrap());
    assert!(!inbox.reviews_complete(&pull(3)).await.unwrap());
    inbox.close().await;
}

pub(super) async fn snapshots_of_one_second_that_differ_are_none(place: &Place) {
    let inbox = place.open().await;
    let (installation, repository) = (InstallationId(7), RepositoryId(70));
    let first = snapshot(10, "aaaa");
    let others = [
        snapshot(10, "bbbb"),
        Snapshot { base: "release".into(), ..first.clone() },
        Snapshot { open: false, ..first.clone() },
    ];
    for (number, other) in (1..).zip(others) {
        let key = pull(number);
        let told = |snapshot: &Snapshot| Mark { snapshot: Some(snapshot.clone()), ..mark(number) };
        accept(&inbox, 11, &[told(&first)]).await;
        accept(&inbox, 12, &[told(&other)]).await;
        assert_eq!(inbox.snapshot(&key).await.unwrap(), None);
        assert_eq!(inbox.pulls_with_head(installation, repository, "aaaa").await.unwrap(), []);
        // Another payload of that second decides nothing, nor does an older one; whoever asks GitHub does.
        accept(&inbox, 13, &[told(&other), told(&snapshot(9, "older"))]).await;
        inbox.save_told(&key, &first).await.unwrap();
        assert_eq!(inbox.snapshot(&key).await.unwrap(), None);
        inbox.save_snapshot(&key, &other).await.unwrap();
        assert_eq!(inbox.snapshot(&key).await.unwrap(), Some(other.clone()));
        // An answer may be older than a payload of its second too.
        inbox.save_snapshot(&key, &first).await.unwrap();
        assert_eq!(inbox.snapshot(&key).await.unwrap(), None);
        accept(&inbox, 14, &[told(&snapshot(11, "newer"))]).await;
        assert_eq!(inbox.snapshot(&key).await.unwrap(), Some(snapshot(11, "newer")));
    }
    inbox.close().await;
}

pub(super) async fn pull_requests_are_found_by_their_head(place: &Place) {
    let inbox = place.open().await;
    let (installation, repository) = (InstallationId(7), RepositoryId(70));
    for number in [12, 3, 5] {
        inbox.save_snapshot(&pull(number), &snapshot(1, "shared")).await.unwrap();
    }
    inbox.save_snapshot(&pull(4), &snapshot(1, "other")).await.unwrap();
    let closed = Snapshot { open: false, ..snapshot(2, "shared") };
    inbox.save_snapshot(&pull(5), &closed).await.unwrap();
    let found = inbox.pulls_with_head(installation, repository, "shared").await.unwrap();
    assert_eq!(found, [pull(3), pull(12)]);
    inbox.save_snapshot(&pull(3), &snapshot(3, "moved on")).await.unwrap();
    assert_eq!(inbox.pulls_with_head(installation, repository, "shared").await.unwrap(), [pull(12)]);
    assert_eq!(inbox.pulls_with_head(installation, RepositoryId(71), "shared").await.unwrap(), []);
    inbox.close().await;
}

pub(super) async fn a_retarget_is_known_by_its_event_and_by_a_snapshot(place: &Place) {
    let inbox = place.open().await;
    let key = pull(1);
    assert_eq!(inbox.retargeted_at(&key).await.unwrap(), None);
    inbox.retargeted(&key, at(3)).await.unwrap();
    inbox.retargeted(&key, at(2)).await.unwrap();
    assert_eq!(inbox.retargeted_at(&key).await.unwrap(), Some(at(3)), "an old event that comes late");
    inbox.save_snapshot(&key, &snapshot(4, "aaaa")).await.unwrap();
    inbox.save_snapshot(&key, &snapshot(5, "bbbb")).await.unwrap();
    assert_eq!(inbox.retargeted_at(&key).await.unwrap(), Some(at(3)), "the base is as it was");
    inbox.save_snapshot(&key, &Snapshot { base: "release/1".into(), ..snapshot(6, "bbbb") }).await.unwrap();
    assert_eq!(inbox.retargeted_at(&key).await.unwrap(), Some(at(6)));
    // Of the same second: which base it is, nobody knows.
    inbox.save_snapshot(&key, &Snapshot { base: "release/2".into(), ..snapshot(6, "bbbb") }).await.unwrap();
    inbox.save_snapshot(&key, &Snapshot { base: "release/2".into(), ..snapshot(9, "bbbb") }).await.unwrap();
    assert_eq!(inbox.retargeted_at(&key).await.unwrap(), Some(at(6)));
    inbox.close().await;
}

pub(super) async fn reviews_stay_as_first_seen(place: &Place) {
    let inbox = place.open().await;
    inbox.save_reviews(&pull(1), &[review(20, Some(ActKind::Approved)), review(3, None)]).await.unwrap();
    let moved = SeenReview {
        commit: Some("moved forward by GitHub".into()),
        login: "renamed".into(),
        bot: true,
        submitted_at: None,
        ..review(20, Some(ActKind::Dismissed))
    };
    accept(&inbox, 1, &[Mark { review: Some(moved), ..mark(1) }]).await;
    let seen = inbox.reviews(&pull(1)).await.unwrap();
    let was = Dismissal { was: Some(ActKind::Approved), by: None, bot: false, by_push: None };
    let dismissed = SeenReview { dismissed: Some(was.clone()), ..review(20, Some(ActKind::Dismissed)) };
    assert_eq!(seen, [review(3, None), dismissed.clone()]);
    // By whom comes to be known later, and what the webhook of its submission told stands for what an answer said.
    let by = Dismissal { was: None, by: Some("ines".into()), bot: false, by_push: Some(true) };
    let told = SeenReview {
        commit: Some("as told".into()),
        told: true,
        base: Some("release/1".into()),
        dismissed: Some(by.clone()),
        ..review(20, Some(ActKind::Dismissed))
    };
    inbox.save_reviews(&pull(1), &[told.clone(), dismissed]).await.unwrap();
    let known = SeenReview { dismissed: Some(Dismissal { was: was.was, ..by }), ..told };
    assert_eq!(inbox.reviews(&pull(1)).await.unwrap()[1], known);
    let bare = SeenReview { commit: None, submitted_at: None, bot: true, ..review(4, Some(ActKind::ChangesRequested)) };
    inbox.save_reviews(&pull(2), std::slice::from_ref(&bare)).await.unwrap();
    assert_eq!(inbox.reviews(&pull(2)).await.unwrap(), [bare]);
    inbox.close().await;
}

pub(super) async fn a_dismissal_is_final(place: &Place) {
    let inbox = place.open().await;
    inbox.save_reviews(&pull(1), &[review(1, Some(ActKind::Dismissed))]).await.unwrap();
    // The delivery of the approval is sent again.
    accept(&inbox, 1, &[Mark { review: Some(review(1, Some(ActKind::Approved))), ..mark(1) }]).await;
    assert_eq!(inbox.reviews(&pull(1)).await.unwrap(), [review(1, Some(ActKind::Dismissed))]);
    inbox.close().await;
}

pub(super) async fn pushers_are_kept_by_head(place: &Place) {
    let inbox = place.open().await;
    let pusher = |login: &str, head: &str| Pusher {
        login: login.into(),
        user_id: Some(u64::MAX),
        bot: login.ends_with("[bot]"),
        head: head.into(),
    };
    let seen = [pusher("maria", "bbbb"), pusher("maria", "aaaa"), pusher("x[bot]", "aaaa"), pusher("maria", "bbbb")];
    for one in &seen {
        accept(&inbox, 1, &[Mark { pusher: Some(one.clone()), ..mark(1) }, mark(2)]).await;
    }
    let stored = inbox.pushers(&pull(1)).await.unwrap();
    assert_eq!(stored, [pusher("maria", "aaaa"), pusher("maria", "bbbb"), pusher("x[bot]", "aaaa")]);
    assert_eq!(inbox.pushers(&pull(2)).await.unwrap(), []);
    assert_eq!(inbox.pushers(&PullKey { installation: InstallationId(8), ..pull(1) }).await.unwrap(), []);
    inbox.close().await;
}

pub(super) async fn sign_offs_stay_as_recorded(place: &Place) {
    let inbox = place.open().await;
    let sign_off = |review_id, fingerprint: &str| SignOff {
        review_id,
        login: "maria".into(),
        rule: "crossing".into(),
        fingerprint: fingerprint.into(),
        head: "aaaa".into(),
        at: at(1),
        counted: false,
    };
    inbox.save_sign_offs(&pull(1), &[sign_off(2, "f1"), sign_off(1, "f2"), sign_off(1, "f1")]).await.unwrap();
    let later = SignOff { head: "bbbb".into(), at: at(9), ..sign_off(1, "f1") };
    inbox.save_sign_offs(&pull(1), &[later]).await.unwrap();
    let recorded = inbox.sign_offs(&pull(1)).await.unwrap();
    assert_eq!(recorded, [sign_off(1, "f1"), sign_off(1, "f2"), sign_off(2, "f1")]);
    assert_eq!(inbox.sign_offs(&pull(2)).await.unwrap(), []);
    inbox.close().await;
}

fn judgement(head: &str, path: &str) -> Judgement {
    let mut file = File::new(path, FileStatus::Modified);
    file.head_blob = Some("b1".into());
    file.base_blob = Some("b0".into());
    Judgement {
        head: head.into(),
        base_tip: "tip".into(),
        merge_base: "merge base".into(),
        rules_digest: String::new(),
        facts: Facts::of_files(vec![file]),
        review: empty_review(),
        at: at(3),
    }
}

pub(super) async fn judgements_are_kept_by_head(place: &Place) {
    let inbox = place.open().await;
    let (first, other) = (judgement("aaaa", "a.rs"), judgement("bbbb", "b.rs"));
    inbox.save_judgement(&pull(1), &first).await.unwrap();
    inbox.save_judgement(&pull(1), &other).await.unwrap();
    let again = Judgement { base_tip: "newer tip".into(), at: at(9), ..judgement("aaaa", "c.rs") };
    inbox.save_judgement(&pull(1), &again).await.unwrap();
    assert_eq!(inbox.judgement(&pull(1), "aaaa").await.unwrap(), Some(again));
    assert_eq!(inbox.judgement(&pull(1), "bbbb").await.unwrap(), Some(other));
    assert_eq!(inbox.judgement(&pull(1), "cccc").await.unwrap(), None);
    assert_eq!(inbox.judgement(&pull(2), "aaaa").await.unwrap(), None);
    inbox.close().await;
}

pub(super) async fn teams_are_forgotten(place: &Place) {
    let inbox = place.open().await;
    let (seven, eight) = (InstallationId(7), InstallationId(8));
    let (payments, ledger) = (Handle::new("@acme/payments"), Handle::new("@acme/ledger"));
    let known =
        TeamMembers { members: Ok(BTreeMap::from([("ada".into(), 7), ("maria".into(), u64::MAX)])), read_at: at(1) };
    let none = TeamMembers { members: Err("acme has no team `ledger`".into()), read_at: at(2) };
    for installation in [seven, eight] {
        inbox.save_team(installation, &payments, &none).await.unwrap();
        inbox.save_team(installation, &payments, &known).await.unwrap();
        inbox.save_team(installation, &ledger, &none).await.unwrap();
    }
    assert_eq!(inbox.team(seven, &Handle::new("@ACME/Payments")).await.unwrap(), Some(known.clone()));
    assert_eq!(inbox.team(seven, &ledger).await.unwrap(), Some(none.clone()));
    inbox.forget_teams(seven, Some(&Handle::new("@Acme/payments"))).await.unwrap();
    assert_eq!(inbox.team(seven, &payments).await.unwrap(), None);
    assert_eq!(inbox.team(seven, &ledger).await.unwrap(), Some(none.clone()));
    inbox.forget_teams(seven, None).await.unwrap();
    assert_eq!(inbox.team(seven, &ledger).await.unwrap(), None);
    assert_eq!(inbox.team(eight, &payments).await.unwrap(), Some(known));
    assert_eq!(inbox.team(eight, &ledger).await.unwrap(), Some(none));
    inbox.close().await;
}

pub(super) async fn tenants_are_kept_apart(place: &Place) {
    let inbox = place.open().await;
    let mine = pull(1);
    let theirs = PullKey { installation: InstallationId(8), ..mine };
    inbox.save_snapshot(&mine, &snapshot(1, "aaaa")).await.unwrap();
    inbox.save_reviews(&mine, &[review(1, None)]).await.unwrap();
    inbox.set_reviews_complete(&mine).await.unwrap();
    inbox.save_judgement(&mine, &judgement("aaaa", "a.rs")).await.unwrap();
    inbox.set_known(&mine, Some(&comment(5, "h")), Some(&check(6, "aaaa")), &[]).await.unwrap();
    assert_eq!(inbox.snapshot(&theirs).await.unwrap(), None);
    assert_eq!(inbox.reviews(&theirs).await.unwrap(), []);
    assert!(!inbox.reviews_complete(&theirs).await.unwrap());
    assert_eq!(inbox.judgement(&theirs, "aaaa").await.unwrap(), None);
    assert_eq!(inbox.shown(&theirs, "aaaa").await.unwrap(), Default::default());
    assert_eq!(inbox.pulls_with_head(InstallationId(8), RepositoryId(70), "aaaa").await.unwrap(), []);

    let installation = Installation { id: InstallationId(7), account_id: 99, account: "acme".into(), active: true };
    inbox.save_installation(&Installation { account: "old name".into(), ..installation.clone() }).await.unwrap();
    inbox.save_installation(&installation).await.unwrap();
    assert_eq!(inbox.installation(InstallationId(7)).await.unwrap(), Some(installation));
    assert_eq!(inbox.installation(InstallationId(8)).await.unwrap(), None);
    let repository =
        Repository { installation: InstallationId(7), id: RepositoryId(70), owner: "acme".into(), name: "shop".into() };
    inbox.save_repository(&Repository { name: "old name".into(), ..repository.clone() }).await.unwrap();
    inbox.save_repository(&repository).await.unwrap();
    assert_eq!(inbox.repository(InstallationId(7), RepositoryId(70)).await.unwrap(), Some(repository));
    assert_eq!(inbox.repository(InstallationId(8), RepositoryId(70)).await.unwrap(), None);
    inbox.close().await;
}

const HOSTILE: &str =
    "'; DROP TABLE marks; -- \" \\ $1 ? %s \u{0} \u{202e} \u{fffd} 🦀 \u{10ffff} ${x} {{y}} \r\n\t\u{7f}";

pub(super) async fn hostile_text_comes_back_as_it_was(place: &Place) {
    let inbox = place.open().await;
    let key = PullKey {
        installation: InstallationId(u64::MAX),
        repository: RepositoryId(i64::MAX as u64 + 1),
        number: u64::MAX,
    };
    let hostile = Snapshot {
        title: HOSTILE.into(),
        labels: vec![HOSTILE.into(), "\\u0000".into()],
        base: HOSTILE.into(),
        ..snapshot(1, HOSTILE)
    };
    let new = Mark {
        task: Task::Pull(key),
        floor: Floor { review_id: Some(u64::MAX), base: Some(HOSTILE.into()), ..floor(1, HOSTILE) },
        snapshot: Some(hostile.clone()),
        ..mark(1)
    };
    inbox.accept(Some(HOSTILE), std::slice::from_ref(&new), at(1)).await.unwrap();
    inbox.accept(Some(HOSTILE), &[mark(1)], at(1)).await.unwrap();
    assert_eq!(inbox.snapshot(&key).await.unwrap(), Some(hostile));
    assert_eq!(inbox.pulls_with_head(key.installation, key.repository, HOSTILE).await.unwrap(), [key]);
    let claim = inbox.claim(HOSTILE, at(1)).await.unwrap().unwrap();
    assert_eq!((claim.task, &claim.floor), (new.task, &new.floor));
    assert!(inbox.heartbeat(&claim, at(1)).await.unwrap());
    inbox.retry(&claim, at(2), HOSTILE).await.unwrap();
    assert_eq!(inbox.depth().await.unwrap(), (1, 0, 0));

    let mut judged = judgement(HOSTILE, HOSTILE);
    judged.facts.title = Some(HOSTILE.into());
    judged.review.services = vec![HOSTILE.into()];
    inbox.save_judgement(&key, &judged).await.unwrap();
    assert_eq!(inbox.judgement(&key, HOSTILE).await.unwrap(), Some(judged));

    // PostgreSQL keeps no NUL in text: outside of JSON it becomes the replacement character on both.
    let seen = SeenReview { login: HOSTILE.into(), review_id: u64::MAX, ..review(1, None) };
    inbox.save_reviews(&key, &[seen, review(2, None)]).await.unwrap();
    let stored = inbox.reviews(&key).await.unwrap();
    assert_eq!(stored[1].login, HOSTILE.replace('\0', "\u{fffd}"));
    assert_eq!(stored[1].review_id, u64::MAX);
    let team = TeamMembers { members: Ok(BTreeMap::from([(HOSTILE.to_owned(), 1)])), read_at: at(1) };
    inbox.save_team(key.installation, &Handle::new(HOSTILE), &team).await.unwrap();
    assert_eq!(inbox.team(key.installation, &Handle::new(HOSTILE)).await.unwrap(), Some(team));
    inbox.close().await;
}

pub(super) async fn large_payloads_are_kept(place: &Place) {
    let inbox = place.open().await;
    let large = Snapshot { title: "€".repeat(2_000_000), ..snapshot(1, "aaaa") };
    accept(&inbox, 1, &[Mark { snapshot: Some(large.clone()), ..mark(1) }]).await;
    assert!(inbox.snapshot(&pull(1)).await.unwrap() == Some(large));
    let marks: Vec<Mark> = (0..3000).map(mark).collect();
    accept(&inbox, 2, &marks).await;
    assert_eq!(inbox.depth().await.unwrap(), (3000, 0, 0));
    let claim = claimed(&inbox, 3).await;
    inbox.retry(&claim, at(9), &"why ".repeat(100_000)).await.unwrap();
    inbox.close().await;
}

pub(super) async fn the_store_answers_a_ping(place: &Place) {
    let inbox = place.open().await;
    inbox.ping().await.unwrap();
    inbox.ping().await.unwrap();
    place.break_table("meta").await;
    assert!(inbox.ping().await.is_err(), "it takes no write");
    inbox.close().await;
}

pub(super) async fn newer_tables_are_left_alone(place: &Place) {
    place.open().await.close().await;
    place
        .sql(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (99, 'of a newer server', true, '', 0)",
        )
        .await;
    let inbox = place.open().await;
    accept(&inbox, 1, &[mark(1)]).await;
    inbox.close().await;
}

pub(super) async fn edited_tables_are_refused(place: &Place) {
    place.open().await.close().await;
    place.sql("UPDATE _sqlx_migrations SET checksum = ''").await;
    let error = Inbox::open(&place.url).await.unwrap_err().to_string();
    assert!(error.starts_with("the tables of the store cannot be brought up to date (migration 1 "), "{error}");
}

pub(super) async fn the_last_pull_requests_are_those_as_they_were_last_judged(place: &Place) {
    let inbox = place.open().await;
    let (installation, repository) = (InstallationId(7), RepositoryId(70));
    for (number, head, path, seconds) in [
        (1, "a", "old.rs", 1),
        (1, "b", "new.rs", 5),
        (1, "c", "older.rs", 3),
        (2, "a", "two.rs", 9),
        (3, "a", "three.rs", 2),
    ] {
        let judged = Judgement { at: at(seconds), ..judgement(head, path) };
        inbox.save_judgement(&pull(number), &judged).await.unwrap();
    }
    // Of another repository, and as another version wrote it.
    let elsewhere = merestone::ids::PullKey { repository: RepositoryId(71), ..pull(4) };
    inbox.save_judgement(&elsewhere, &judgement("a", "elsewhere.rs")).await.unwrap();
    let mut other = judgement("a", "other.rs");
    other.facts.version += 1;
    inbox.save_judgement(&pull(5), &other).await.unwrap();
    let version = other.facts.version - 1;
    let past = async |but, most| -> Vec<(u64, String)> {
        let past = inbox.past(installation, repository, but, version, most).await.unwrap();
        past.into_iter().map(|(number, facts)| (number, facts.files[0].path.clone())).collect()
    };
    let named = |number: u64, path: &str| (number, path.to_owned());
    assert_eq!(past(None, 9).await, [named(3, "three.rs"), named(2, "two.rs"), named(1, "new.rs")]);
    assert_eq!(past(Some(3), 1).await, [named(2, "two.rs")]);
    // Two heads that were judged at one time are one pull request.
    inbox.save_judgement(&pull(2), &Judgement { at: at(9), ..judgement("b", "twin.rs") }).await.unwrap();
    assert_eq!(past(Some(3), 1).await.len(), 1);
    inbox.close().await;
}

//! The organisation's file, and versions of rules that were sound.

use super::place::Place;
use super::{at, pull as key, snapshot};
use chrono::{DateTime, Utc};
use merestone::ids::{InstallationId, PullKey, RepositoryId};
use merestone::inbox::{Floor, Found, GoodRules, Group, Lane, Look, Mark, Task};

const SEVEN: InstallationId = InstallationId(7);
const EIGHT: InstallationId = InstallationId(8);
const ACME: u64 = 70;
const SHOP: RepositoryId = RepositoryId(70);

fn file(blob: &str, tip: &str) -> Look {
    Look {
        repository: Some(RepositoryId(u64::MAX)),
        branch: Some("main".into()),
        tip: Some(tip.into()),
        private: false,
        found: Found::File { blob: blob.into(), text: format!("text of {blob}") },
    }
}

fn gone() -> Look {
    let found = Found::Nothing { why: "it is not shown".into() };
    Look { repository: None, branch: None, tip: None, private: true, found }
}

fn mark_of(key: PullKey, due: DateTime<Utc>) -> Mark {
    Mark {
        task: Task::Pull(key),
        lane: Lane::Event,
        due,
        floor: Floor::default(),
        snapshot: Some(snapshot((due - at(0)).num_seconds(), "h")),
        review: None,
        pusher: None,
    }
}

pub(super) async fn the_last_good_version_outlives_every_look(place: &Place) {
    let inbox = place.open().await;
    assert_eq!(inbox.organisation_file(SEVEN, ACME).await.unwrap(), None);
    let (before, after) = inbox.looked_at_organisation(SEVEN, ACME, &file("a", "t1"), true, at(1)).await.unwrap();
    assert_eq!(before, None);
    assert_eq!(inbox.organisation_file(SEVEN, ACME).await.unwrap(), Some(after.clone()));
    assert_eq!(after.good.as_ref().map(|good| good.text.as_str()), Some("text of a"));

    // Broken: what was read and what was good are told apart.
    let (before, after) = inbox.looked_at_organisation(SEVEN, ACME, &file("b", "t2"), false, at(2)).await.unwrap();
    assert_eq!(before.unwrap().good, after.good);
    assert_eq!(after.look, file("b", "t2"));
    let good = after.good.clone().unwrap();
    assert_eq!((good.blob.as_str(), good.commit.as_deref()), ("a", Some("t1")));

    // Gone: which repository it was stays known.
    let (_, after) = inbox.looked_at_organisation(SEVEN, ACME, &gone(), false, at(3)).await.unwrap();
    assert_eq!(after.look.found, gone().found);
    assert_eq!((after.look.repository, after.look.branch.as_deref()), (Some(RepositoryId(u64::MAX)), Some("main")));
    assert_eq!((after.look.private, after.look.tip.as_deref(), &after.good), (false, None, &Some(good)));
    assert_eq!(inbox.organisation_file(SEVEN, ACME).await.unwrap(), Some(after));

    // The same content again, elsewhere: what stands beside it is read there.
    let (_, after) = inbox.looked_at_organisation(SEVEN, ACME, &file("a", "t4"), true, at(4)).await.unwrap();
    assert_eq!(after.good.unwrap().commit.as_deref(), Some("t4"));
    // Another tenant's is another's, and one account's is not another's.
    assert_eq!(inbox.organisation_file(EIGHT, ACME).await.unwrap(), None);
    assert_eq!(inbox.organisation_file(SEVEN, 71).await.unwrap(), None);
    inbox.close().await;
}

pub(super) async fn a_look_that_began_earlier_changes_nothing(place: &Place) {
    let inbox = place.open().await;
    assert!(!inbox.organisation_moved(SEVEN, ACME, Some("t1"), at(1)).await.unwrap(), "nobody has looked");
    inbox.looked_at_organisation(SEVEN, ACME, &file("b", "t2"), true, at(5)).await.unwrap();
    let (_, after) = inbox.looked_at_organisation(SEVEN, ACME, &file("a", "t1"), true, at(4)).await.unwrap();
    assert_eq!(after.look, file("b", "t2"));
    assert!(!after.is_stale());

    assert!(inbox.organisation_moved(SEVEN, ACME, Some("t3"), at(6)).await.unwrap());
    let known = inbox.organisation_file(SEVEN, ACME).await.unwrap().unwrap();
    assert!(known.is_stale());
    assert_eq!(known.told.as_deref(), Some("t3"));
    let (_, after) = inbox.looked_at_organisation(SEVEN, ACME, &file("b", "t2"), true, at(5)).await.unwrap();
    assert!(after.is_stale(), "it began before the event");
    let (_, after) = inbox.looked_at_organisation(SEVEN, ACME, &file("c", "t3"), true, at(6)).await.unwrap();
    assert!(!after.is_stale());
    assert!(!inbox.organisation_moved(EIGHT, ACME, None, at(7)).await.unwrap());
    inbox.close().await;
}

pub(super) async fn what_was_judged_is_found_in_all_repositories(place: &Place) {
    let inbox = place.open().await;
    let judged = [key(3), PullKey { repository: RepositoryId(5), ..key(9) }, key(1)];
    let away = PullKey { installation: EIGHT, ..key(1) };
    let (closed, new) = (key(4), key(5));
    for key in judged.iter().chain([&away, &closed, &new]) {
        inbox.accept(None, &[mark_of(*key, at(1))], at(1)).await.unwrap();
    }
    for key in judged.iter().chain([&away, &closed]) {
        inbox.save_verdict(key, "h", "main", None, at(2)).await.unwrap();
    }
    let mut shut = mark_of(closed, at(3));
    shut.snapshot.as_mut().unwrap().open = false;
    inbox.accept(None, &[shut], at(3)).await.unwrap();
    let mut expected = judged.to_vec();
    expected.sort_unstable();
    assert_eq!(inbox.judged_pulls(judged[0].installation).await.unwrap(), expected);

    let group = Group { head: "g".into(), head_ref: "q".into(), base: "main".into(), base_sha: "b".into() };
    inbox.open_group(SEVEN, SHOP, &group, at(4)).await.unwrap();
    inbox.open_group(SEVEN, RepositoryId(5), &group, at(4)).await.unwrap();
    inbox.close_group(SEVEN, RepositoryId(5), &group, at(5)).await.unwrap();
    assert_eq!(inbox.repositories_with_groups(SEVEN).await.unwrap(), [SHOP]);
    assert_eq!(inbox.repositories_with_groups(EIGHT).await.unwrap(), []);
    // The task is one of the installation.
    let task = Task::Organisation { installation: SEVEN };
    let mark = merestone::inbox::Mark { task, snapshot: None, ..mark_of(key(1), at(6)) };
    inbox.accept(None, &[mark.clone(), mark], at(6)).await.unwrap();
    let mut claimed = 0;
    while let Some(claim) = inbox.claim("w", at(7)).await.unwrap() {
        claimed += usize::from(claim.task == task);
        inbox.done(&claim).await.unwrap();
    }
    assert_eq!(claimed, 1);
    inbox.close().await;
}

pub(super) async fn good_rules_are_kept_by_branch(place: &Place) {
    let inbox = place.open().await;
    let version =
        |n: u32| GoodRules { commit: format!("c{n}"), blob: format!("b{n}"), text: format!("version: {n}\n") };
    let get = async |installation, repository, branch: &str| {
        inbox.good_rules(installation, repository, branch).await.unwrap()
    };
    inbox.save_good_rules(SEVEN, SHOP, "main", &version(1), at(1)).await.unwrap();
    inbox.save_good_rules(SEVEN, SHOP, "release/1", &version(2), at(1)).await.unwrap();
    assert_eq!(get(SEVEN, SHOP, "main").await, Some(version(1)));
    let again = GoodRules { commit: "c9".into(), ..version(1) };
    inbox.save_good_rules(SEVEN, SHOP, "main", &again, at(2)).await.unwrap();
    assert_eq!(get(SEVEN, SHOP, "main").await, Some(version(1)), "the commit that it came with");
    inbox.save_good_rules(SEVEN, SHOP, "main", &version(3), at(4)).await.unwrap();
    inbox.save_good_rules(SEVEN, SHOP, "main", &version(2), at(3)).await.unwrap();
    assert_eq!(get(SEVEN, SHOP, "main").await, Some(version(3)), "an older one is late");
    assert_eq!(get(SEVEN, SHOP, "release/1").await, Some(version(2)));
    assert_eq!(get(EIGHT, SHOP, "main").await, None);
    inbox.forget_good_rules(SEVEN, SHOP, "main").await.unwrap();
    assert_eq!(get(SEVEN, SHOP, "main").await, None);
    inbox.close_repository(SEVEN, SHOP).await.unwrap();
    assert_eq!(get(SEVEN, SHOP, "release/1").await, None);
    inbox.close().await;
}

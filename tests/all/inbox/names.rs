//! Who is behind the names that rules write.

use std::collections::BTreeMap;

use super::at;
use super::place::Place;
use merestone::ids::{InstallationId, RepositoryId};
use merestone::inbox::{NamedUser, TeamAbout, TeamMembers};
use merestone::rules::Handle;

const SEVEN: InstallationId = InstallationId(7);
const EIGHT: InstallationId = InstallationId(8);
const SHOP: RepositoryId = RepositoryId(70);

pub(super) async fn which_team_it_is_is_kept_beside_its_members(place: &Place) {
    let inbox = place.open().await;
    let team = Handle::new("@acme/payments");
    let about = TeamAbout { github_id: u64::MAX, secret: true, read_at: at(1) };
    let members = TeamMembers { members: Ok(BTreeMap::from([("ada".into(), 7)])), read_at: at(2) };
    inbox.save_team_about(SEVEN, &team, &about).await.unwrap();
    assert_eq!(inbox.team(SEVEN, &team).await.unwrap(), None, "its members were not read");
    inbox.save_team(SEVEN, &team, &members).await.unwrap();
    assert_eq!(inbox.team_about(SEVEN, &Handle::new("@ACME/payments")).await.unwrap(), Some(about));
    let newer = TeamAbout { github_id: 9, secret: false, read_at: at(3) };
    inbox.save_team_about(SEVEN, &team, &newer).await.unwrap();
    assert_eq!(inbox.team_about(SEVEN, &team).await.unwrap(), Some(newer));
    assert_eq!(inbox.team(SEVEN, &team).await.unwrap(), Some(members));
    assert_eq!(inbox.team_about(EIGHT, &team).await.unwrap(), None);
    inbox.forget_teams(SEVEN, Some(&team)).await.unwrap();
    assert_eq!(inbox.team_about(SEVEN, &team).await.unwrap(), None);
    inbox.close().await;
}

pub(super) async fn named_people_are_kept_and_forgotten(place: &Place) {
    let inbox = place.open().await;
    let (ada, lena) = (Handle::new("@Ada"), Handle::new("lena"));
    let may = NamedUser { may_sign: Ok(u64::MAX), read_at: at(1) };
    let not = NamedUser { may_sign: Err("gone".into()), read_at: at(2) };
    for installation in [SEVEN, EIGHT] {
        inbox.save_user(installation, SHOP, &ada, &not).await.unwrap();
        inbox.save_user(installation, SHOP, &ada, &may).await.unwrap();
        inbox.save_user(installation, SHOP, &lena, &not).await.unwrap();
    }
    assert_eq!(inbox.user(SEVEN, SHOP, &Handle::new("ADA")).await.unwrap(), Some(may.clone()));
    assert_eq!(inbox.user(SEVEN, SHOP, &lena).await.unwrap(), Some(not.clone()));
    assert_eq!(inbox.user(SEVEN, RepositoryId(71), &ada).await.unwrap(), None, "one may write here and not there");
    inbox.forget_user(SEVEN, "aDa").await.unwrap();
    assert_eq!(inbox.user(SEVEN, SHOP, &ada).await.unwrap(), None);
    assert_eq!(inbox.user(SEVEN, SHOP, &lena).await.unwrap(), Some(not.clone()));
    inbox.forget_teams(SEVEN, None).await.unwrap();
    assert_eq!(inbox.user(SEVEN, SHOP, &lena).await.unwrap(), None);
    assert_eq!(inbox.user(EIGHT, SHOP, &ada).await.unwrap(), Some(may));
    inbox.close().await;
}

pub(super) async fn an_id_is_pinned_under_each_version_of_the_rules(place: &Place) {
    let inbox = place.open().await;
    let team = Handle::new("@acme/payments");
    let pin = async |installation, digest: &str, id, seconds| {
        inbox.pin(installation, SHOP, &team, digest, id, at(seconds)).await.unwrap()
    };
    assert_eq!(pin(SEVEN, "a", u64::MAX, 1).await, u64::MAX);
    assert_eq!(pin(SEVEN, "a", 2, 2).await, u64::MAX, "the first one stays");
    assert_eq!(pin(SEVEN, "b", 2, 3).await, 2, "the rules were edited");
    assert_eq!(pin(SEVEN, "a", 2, 4).await, u64::MAX, "another branch has the rules of before");
    assert_eq!(pin(EIGHT, "a", 2, 5).await, 2);
    assert_eq!(inbox.pin(SEVEN, RepositoryId(71), &team, "a", 3, at(6)).await.unwrap(), 3);
    // Forgetting who is who does not forget who it was.
    inbox.forget_teams(SEVEN, None).await.unwrap();
    assert_eq!(pin(SEVEN, "b", 5, 7).await, 2);
    // The oldest versions are let go.
    for version in 0..20 {
        pin(SEVEN, &format!("v{version}"), 9, 10 + version).await;
    }
    assert_eq!(pin(SEVEN, "a", 9, 40).await, 9);
    assert_eq!(pin(SEVEN, "v19", 1, 41).await, 9);
    inbox.close().await;
}

//! Installations: the pull requests that are open already, suspension, new repositories, permissions.

use chrono::TimeDelta;
use merestone::standin::faults::Act;

use super::shop::{FILES, RULES, acme, shop};
use super::story::{Pull, Story};

#[tokio::test]
async fn an_installation_looks_at_what_is_open_already() {
    let mut world = shop(&[]);
    let installation = *world.installations.keys().next().expect("it is installed");
    let away = world.installations.remove(&installation).expect("it is installed");
    let mut story = Story::of(world).await;
    let one = story.open(Pull::crossing()).await;
    let two = story.open(Pull::quiet().on_branch("two")).await;
    story.no_check(one);
    story.github().installations.insert(installation, away);
    story.then(|world| world.installation_event(installation, "created", "edsger")).await;
    assert_eq!(story.conclusion(one), "action_required");
    assert_eq!(story.conclusion(two), "success");
    story.comment(one);
}

#[tokio::test]
async fn a_suspended_installation_is_left_in_peace() {
    let mut story = Story::of(shop(&[])).await;
    let installation = *story.github().installations.keys().next().expect("it is installed");
    let pull = story.open(Pull::quiet()).await;
    story.then(|world| world.installation_event(installation, "suspend", "edsger")).await;
    story.count();
    story
        .push(pull, merestone::standin::edits::Edits::new().write("services/ledger/main.go", "package main // s\n"))
        .await;
    assert_eq!(story.calls(), 0);
    story.then(|world| world.installation_event(installation, "unsuspend", "edsger")).await;
    assert_eq!(story.conclusion(pull), "action_required", "what happened meanwhile is caught up with");
    story.comment(pull);
}

#[tokio::test]
async fn a_deleted_installation_is_asked_nothing() {
    let mut story = Story::of(shop(&[])).await;
    let installation = *story.github().installations.keys().next().expect("it is installed");
    let pull = story.open(Pull::quiet()).await;
    story.then(|world| world.installation_event(installation, "deleted", "edsger")).await;
    story.count();
    story
        .push(pull, merestone::standin::edits::Edits::new().write("services/ledger/main.go", "package main // s\n"))
        .await;
    assert_eq!(story.calls(), 0);
    story.no_check(pull);
}

#[tokio::test]
async fn an_added_repository_is_looked_at() {
    let mut world = acme();
    let other = world.repository("acme", "other", &[]).expect("acme is there");
    let mut files: Vec<(&str, &str)> = vec![(".github/merestone.yml", RULES)];
    files.extend(FILES);
    world.repository("acme", "shop", &files).expect("acme is there");
    let installation = *world.installations.keys().next().expect("it is installed");
    world.installations.get_mut(&installation).expect("it is installed").selected = Some([other].into());
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    story.no_check(pull);
    story.then(|world| world.select_repositories(installation, "edsger", &["acme/shop"], &[])).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
    story.then(|world| world.select_repositories(installation, "edsger", &[], &["acme/shop"])).await;
}

#[tokio::test]
async fn without_the_permission_to_see_members_nothing_passes() {
    let mut world = shop(&[]);
    for installation in world.installations.values_mut() {
        installation.permissions.remove("members");
    }
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    story.expect_offence("members: read");
    assert_eq!(story.conclusion(pull), "failure", "{:?}", story.check(pull));
    story.github().log.expect("Could not resolve to a node");
    story.comment(pull);
    story.approve(pull, "ada").await;
    assert_ne!(story.conclusion(pull), "success");
    story.comment(pull);
    story.github().log.expect("members: read");

    let installation = *story.github().installations.keys().next().expect("it is installed");
    {
        let mut world = story.github();
        let granted = world.app.permissions.clone();
        world.installations.get_mut(&installation).expect("it is installed").permissions = granted;
        world.end_tokens(installation);
    }
    story.then(|world| world.installation_event(installation, "new_permissions_accepted", "edsger")).await;
    assert_eq!(story.conclusion(pull), "success", "{:?}", story.check(pull));
    story.comment(pull);
}

#[tokio::test]
async fn a_token_that_was_revoked_is_replaced_at_once() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    let installation = *story.github().installations.keys().next().expect("it is installed");
    story.github().end_tokens(installation);
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    let minted = story.github().log.all().iter().filter(|call| call.route.ends_with("access_tokens")).count();
    assert_eq!(minted, 2);
}

#[tokio::test]
async fn a_token_is_minted_once_and_replaced_before_it_ends() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.wait(chrono::TimeDelta::minutes(58)).await;
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    let minted = story.github().log.all().iter().filter(|call| call.route.ends_with("access_tokens")).count();
    assert_eq!(minted, 2);
}

#[tokio::test]
async fn without_graphql_files_are_read_one_by_one() {
    let mut story = Story::of(shop(&[])).await;
    story.fault("POST", "^/graphql$", Act::NotFound, 1000);
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert!(story.comment(pull).contains("ADR-0002"));
}

#[tokio::test]
async fn the_pull_requests_of_several_repositories_are_looked_at_one_after_the_other() {
    let mut world = acme();
    let mut files: Vec<(&str, &str)> = vec![(".github/merestone.yml", RULES)];
    files.extend(FILES);
    let names = ["shop", "other", "small"];
    let ids: Vec<u64> = names.iter().map(|name| world.repository("acme", name, &files).expect("acme")).collect();
    let installation = *world.installations.keys().next().expect("it is installed");
    let mut away = world.installations.remove(&installation).expect("it is installed");
    away.selected = Some([ids[0], ids[1]].into());
    let mut story = Story::of(world).await;
    let mut pulls = Vec::new();
    for repository in ["acme/shop", "acme/other"] {
        for branch in ["a", "b", "c"] {
            pulls.push(story.open(Pull::quiet().on_branch(branch).to(repository)).await);
        }
    }
    let small = story.open(Pull::quiet().to("acme/small")).await;
    story.github().installations.insert(installation, away);
    story.github().installation_event(installation, "created", "edsger").expect("it is installed");
    story.deliver().await;
    let judged = |story: &Story| pulls.iter().filter(|pull| !story.github().checks(**pull).is_empty()).count();
    let begun = story.github().now();
    while judged(&story) < 2 {
        story.side_by_side(1).await;
        let (judged, passed) = (judged(&story), (story.github().now() - begun).num_seconds());
        assert!(i64::try_from(judged).expect("few") <= 1 + passed / 2, "{judged} within {passed} s");
        story.github().advance(TimeDelta::milliseconds(500));
    }
    // What happens to one repository alone does not wait for those.
    story.github().select_repositories(installation, "edsger", &["acme/small"], &[]).expect("it is there");
    story.deliver().await;
    story.side_by_side(1).await;
    assert_eq!(story.conclusion(small), "success");
    assert!(judged(&story) < 6);
    story.settle().await;
    assert_eq!(judged(&story), 6);
}

//! The organisation's file: `.github/merestone.yml` in the repository `.github` of the owner.

use chrono::TimeDelta;
use merestone::ids::{InstallationId, RepositoryId};
use merestone::standin::edits::Edits;
use merestone::standin::faults::Act;
use merestone::standin::world::{Privacy, PullRef, World};

use super::shop::{FILES, RECORD, RULES, acme};
use super::story::{Pull, Story};

const FILE: &str = ".github/merestone.yml";

/// The organisation's file: [`RULES`], which name a record.
fn file() -> String {
    RULES.to_owned()
}

/// The same, and every change of checkout needs a sign-off by the domain.
fn stricter() -> String {
    RULES.to_owned()
        + "  - id: checkout\n    when: { paths: [services/checkout/] }\n    sign_off: domain\n    why: It is critical.\n"
}

/// `acme` with its file, with `shop` and `store`, which have no rules of their own.
fn governed(file: &str) -> World {
    let mut world = acme();
    world.repository("acme", ".github", &[(FILE, file)]).expect("acme is there");
    for name in ["shop", "store"] {
        world.repository("acme", name, FILES).expect("acme is there");
    }
    world
}

async fn push_file(story: &mut Story, text: &str) {
    push(story, FILE, text).await;
}

async fn push(story: &mut Story, path: &str, text: &str) {
    let edits = Edits::new().write(path, text);
    story.then(|world| world.push_branch("acme/.github", "main", "edsger", &edits)).await;
}

fn asked(story: &Story, part: &str) -> usize {
    let world = story.github();
    world.log.calls().iter().filter(|call| call.route.contains(part)).count()
}

fn installation(story: &Story) -> u64 {
    *story.github().installations.keys().next().expect("it is installed")
}

async fn touch(story: &mut Story, pull: PullRef) {
    story.label(pull, &format!("at {}", story.github().now())).await;
}

#[tokio::test]
async fn a_repository_without_rules_of_its_own_is_judged_by_it() {
    let mut story = Story::of(governed(&file())).await;
    story.count();
    let quiet = story.open(Pull::quiet()).await;
    assert_eq!(story.conclusion(quiet), "success");
    assert!(story.calls() <= 7, "{:?}", story.routes());
    story.no_comment(quiet);
    story.count();
    let crossing = story.open(Pull::crossing().on_branch("second")).await;
    assert_eq!(story.conclusion(crossing), "action_required");
    assert_eq!(story.asked(crossing), "| commerce-architects");
    assert!(story.calls() <= 6, "its people are not known yet: {:?}", story.routes());
    let comment = story.comment(crossing);
    let judged = "Judged by [<code>acme/.github: .github/merestone.yml</code>](https://github.com/acme/.github/blob/";
    assert!(comment.contains(judged), "{comment}");
    story.count();
    let third = story.open(Pull::crossing().on_branch("third")).await;
    assert_eq!(story.calls(), 4, "nothing of it is asked for again: {:?}", story.routes());
    story.comment(third);
}

#[tokio::test]
async fn the_repositorys_own_lies_over_it() {
    let mut world = governed(&stricter());
    let own = "version: 1\nrules:\n  - id: proto\n    when: { paths: [proto/] }\n    sign_off: organization\n";
    let id = world.repository_id("acme/shop").expect("it is there");
    world.commit(id, "main", None, None, &Edits::new().write(FILE, own), "rules").expect("committed");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::quiet().write("proto/order.proto", "syntax = \"proto2\";\n")).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| architecture-council commerce-architects");
    let comment = story.comment(pull);
    assert!(comment.contains(", over [<code>acme/.github: .github/merestone.yml</code>]"), "{comment}");
}

#[tokio::test]
async fn a_push_to_it_reaches_the_pull_requests_of_every_repository_at_a_bounded_pace() {
    let mut story = Story::of(governed(&file())).await;
    let mut pulls = Vec::new();
    for n in 0..3 {
        for name in ["acme/shop", "acme/store"] {
            let path = format!("services/checkout/{n}.go");
            let pull = Pull::by("maria").to(name).on_branch(&format!("b{n}")).write(&path, "package main\n");
            pulls.push(story.open(pull).await);
        }
    }
    for pull in &pulls {
        assert_eq!(story.conclusion(*pull), "success");
    }
    story.count();
    let began = story.github().now();
    push_file(&mut story, &stricter()).await;
    for pull in &pulls {
        assert_eq!(story.conclusion(*pull), "action_required");
        story.comment(*pull);
    }
    assert_eq!(asked(&story, "graphql"), 1 + 2, "the file once, and the records of either base: {:?}", story.routes());
    {
        let world = story.github();
        let at = |pull: &PullRef| world.checks(*pull)[0].completed_at.expect("it is completed");
        let mut when: Vec<i64> = pulls.iter().map(|pull| (at(pull) - began).num_seconds()).collect();
        when.sort_unstable();
        assert!(when[0] <= 5, "the first at once: {when:?}");
        assert!(when[5] >= 10, "two seconds apart, across repositories: {when:?}");
    }
    // What says nothing, and what says the same, is no news.
    story.count();
    push(&mut story, "profile/logo.svg", "<svg/>").await;
    assert_eq!(story.calls(), 0, "{:?}", story.routes());
    push(&mut story, "docs/adr/0009-nine.md", RECORD).await;
    assert_eq!(story.calls(), 1, "{:?}", story.routes());
    let edits = Edits::new().write(FILE, &file());
    story.then(|world| world.push_branch("acme/.github", "draft", "edsger", &edits)).await;
    assert_eq!(story.calls(), 1, "only the default branch says anything: {:?}", story.routes());
}

#[tokio::test]
async fn a_file_that_is_new_reaches_what_is_open() {
    let mut world = acme();
    world.repository("acme", "shop", FILES).expect("acme is there");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    story.no_check(pull);
    story.github().repository("acme", ".github", &[("README.md", "# acme\n")]).expect("acme is there");
    push_file(&mut story, &file()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

#[tokio::test]
async fn what_was_seen_once_is_never_taken_for_none() {
    for way in ["not shown", "deleted", "renamed", "no file"] {
        let mut story = Story::of(governed(&file())).await;
        let pull = story.open(Pull::crossing()).await;
        story.comment(pull);
        let id = installation(&story);
        match way {
            "not shown" => {
                story.then(|world| world.select_repositories(id, "edsger", &[], &["acme/.github"])).await;
            }
            "deleted" => story.then(|world| world.delete_repository("acme/.github")).await,
            "renamed" => story.then(|world| world.rename("acme/.github", "old")).await,
            _ => {
                let edits = Edits::new().delete(FILE);
                story.then(|world| world.push_branch("acme/.github", "main", "edsger", &edits)).await;
            }
        }
        let check = story.check(pull);
        assert_eq!(check.conclusion, "action_required", "{way}");
        let kept = "is in force in its last good version";
        assert!(check.summary.contains(kept), "{way}: {}", check.summary);
        assert!(story.comment(pull).contains(kept), "{way}");
        // Whoever comes later is judged by it too, also in a repository that was never seen.
        let other = story.open(Pull::crossing().to("acme/store")).await;
        assert_eq!(story.conclusion(other), "action_required", "{way}");
        assert!(story.comment(other).contains(kept), "{way}");
        let quiet = story.open(Pull::quiet().to("acme/store").on_branch("quiet")).await;
        assert_eq!(story.conclusion(quiet), "success", "{way}: it is no failure by itself");
        assert!(story.check(quiet).summary.contains(kept), "{way}");
        story.no_comment(quiet);
    }
}

#[tokio::test]
async fn a_version_that_is_broken_leaves_the_one_before_in_force_until_it_is_mended() {
    let mut story = Story::of(governed(&file())).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    push_file(&mut story, &stricter().replace("sign_off: domain", "sign_of: domain")).await;
    let said = story.check(pull).summary;
    assert!(said.contains("is in force in its last good version") && said.contains("broken at line 25"), "{said}");
    assert!(!story.comment(pull).contains("It is critical."), "the one before has no such rule");
    push_file(&mut story, &stricter()).await;
    assert!(!story.check(pull).summary.contains("last good version"));
    let comment = story.comment(pull);
    assert!(comment.contains("It is critical.") && !comment.contains("last good version"), "{comment}");
}

#[tokio::test]
async fn one_that_was_never_good_fails_every_check_on_its_line() {
    let mut story = Story::of(governed("version: 1\nrulez: []\n")).await;
    let pull = story.open(Pull::quiet()).await;
    let check = story.check(pull);
    assert_eq!(check.conclusion, "failure");
    assert!(check.title.starts_with("acme/.github: .github/merestone.yml is broken at line 2"), "{}", check.title);
    assert_eq!(check.annotations, [], "the line is of another repository");
    story.no_comment(pull);
    push_file(&mut story, &file()).await;
    assert_eq!(story.conclusion(pull), "success");
}

#[tokio::test]
async fn what_mends_it_is_judged_by_the_last_good_version() {
    let mut story = Story::of(governed(&file())).await;
    let first = story.open(Pull::crossing()).await;
    story.comment(first);
    push_file(&mut story, "version: 1\nrulez: []\n").await;
    story.comment(first);
    let mends = story.open(Pull::by("edsger").to("acme/.github").write(FILE, &file())).await;
    let check = story.check(mends);
    assert_ne!(check.conclusion, "failure", "{check:?}");
    assert!(check.summary.contains("last good version"), "{check:?}");
    story.comment(mends);
}

#[tokio::test]
async fn the_organisations_repository_may_be_let_in_later() {
    let mut world = governed(&file());
    let shop = world.repository_id("acme/shop").expect("it is there");
    for installation in world.installations.values_mut() {
        installation.selected = Some([shop].into());
    }
    let own = "version: 1\nservices:\n  checkout: { team: payments, paths: [services/checkout/] }\n";
    world.commit(shop, "main", None, None, &Edits::new().write(FILE, own), "rules").expect("committed");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.conclusion(pull), "success", "none was ever seen");
    assert!(!story.check(pull).summary.contains("last good version"));
    let id = installation(&story);
    story.then(|world| world.select_repositories(id, "edsger", &["acme/.github"], &[])).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

#[tokio::test]
async fn whoever_takes_over_the_name_of_the_organisation_has_no_say() {
    let mut story = Story::of(governed(&file())).await;
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
    {
        let mut world = story.github();
        world.rename_organization("acme", "apex").expect("acme is there");
        // Nothing of it reaches us.
        world.post.waiting.clear();
        world.organization("acme", &["mallory"]);
        let lax = "version: 1\nmode: shadow\nrules: []\n";
        world.repository("acme", ".github", &[(FILE, lax)]).expect("acme is there");
        world.set_private("acme/.github", false).expect("it is there");
        assert!(world.redeliver("pull_request", "opened"), "it was sent");
    }
    story.count();
    story.wait(TimeDelta::minutes(61)).await;
    assert!(asked(&story, "graphql") > 0, "it is looked at: {:?}", story.routes());
    assert_ne!(story.conclusion(pull), "success");
    let comment = story.comment(pull);
    assert!(comment.contains("apex/.github") && !comment.contains("acme/.github"), "{comment}");
}

#[tokio::test]
async fn a_repository_that_is_given_away_is_judged_by_its_new_owners_file() {
    let mut world = governed(&stricter());
    world.organization("globex", &["maria", "ada"]);
    world.install("globex").expect("globex is there");
    world.repository("globex", ".github", &[(FILE, "version: 1\n")]).expect("globex is there");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::quiet()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
    story.then(|world| world.transfer("acme/shop", "globex")).await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn another_default_branch_of_its_repository_says_what_it_says() {
    let mut world = governed(&file());
    let id = world.repository_id("acme/.github").expect("it is there");
    world.commit(id, "next", None, None, &Edits::new().write(FILE, &stricter()), "next").expect("committed");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::quiet()).await;
    assert_eq!(story.conclusion(pull), "success");
    story.then(|world| world.set_default_branch("acme/.github", "next")).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

#[tokio::test]
async fn records_that_the_repository_does_not_have_are_the_organisations() {
    let mut world = acme();
    let record = "docs/adr/0002-teams-meet-at-contracts.md";
    world.repository("acme", ".github", &[(FILE, &file()), (record, RECORD)]).expect("acme is there");
    let files: Vec<(&str, &str)> = FILES.iter().filter(|(path, _)| *path != record).copied().collect();
    world.repository("acme", "shop", &files).expect("acme is there");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    let comment = story.comment(pull);
    assert!(comment.contains("Teams meet at contracts, and only there."), "{comment}");
    assert!(comment.contains("/acme/.github/blob/") && comment.contains("of <code>acme/.github</code>"), "{comment}");
    let other = RECORD.replace("Teams meet at contracts, and only there.", "Teams meet at tables.");
    push(&mut story, record, &other).await;
    assert!(story.comment(pull).contains("Teams meet at tables."));
    // One of its own comes first.
    let own = RECORD.replace("Teams meet at contracts, and only there.", "Here they do not meet.");
    story.base_push(Edits::new().write(record, &own)).await;
    let comment = story.comment(pull);
    assert!(comment.contains("Here they do not meet.") && !comment.contains("acme/.github</code>:"), "{comment}");
}

#[tokio::test]
async fn in_public_nothing_of_a_private_file_is_told() {
    let record = "docs/adr/0009-moles.md";
    let secret = "version: 1\nadrs: { paths: [docs/adr/] }\ndomains:\n  one: { teams: [moles, payments], architects: [\"@acme/commerce-architects\"] }\n\
                  teams:\n  moles: { github: \"@acme/ledger\" }\n\
                  services:\n  checkout: { team: payments, paths: [services/checkout/] }\n  books: { team: moles, paths: [services/ledger/] }\n\
                  rules:\n  - { id: crossing, when: { crosses: team }, adrs: [ADR-9], why: Ask them. }\n";
    let told = RECORD.replace("# 2.", "# 9.").replace("Teams meet at contracts, and only there.", "Moles dig.");
    let mut world = acme();
    world.repository("acme", ".github", &[(FILE, secret), (record, &told)]).expect("acme is there");
    world.repository("acme", "shop", FILES).expect("acme is there");
    world.set_private("acme/shop", false).expect("it is there");
    world.team("acme", "ledger", &[]).expect("acme is there").privacy = Privacy::Secret;
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    let said = |story: &Story| format!("{}\n{:?}", story.comment(pull), story.check(pull));
    let all = said(&story);
    for hidden in ["moles", "Moles", "acme/.github", "ledger\"", "@acme/ledger"] {
        assert!(!all.contains(hidden), "{hidden}: {all}");
    }
    assert!(all.contains("the organisation's file") && all.contains("Ask them."), "{all}");
    push_file(&mut story, &secret.replace("team: moles", "team: molez")).await;
    let all = said(&story);
    assert!(all.contains("last good version") && !all.contains("mole"), "{all}");

    // Nor where it is broken and always was.
    let mut world = acme();
    world.repository("acme", ".github", &[(FILE, "version: 1\nmoles: []\n")]).expect("acme is there");
    world.repository("acme", "shop", FILES).expect("acme is there");
    world.set_private("acme/shop", false).expect("it is there");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::quiet()).await;
    let check = story.check(pull);
    assert_eq!(check.title, "The organisation's file is broken at line 2");
    assert!(!format!("{check:?}").contains("moles"), "{check:?}");
}

#[tokio::test]
async fn that_there_is_none_is_remembered_for_an_hour() {
    let mut world = acme();
    let mut files: Vec<(&str, &str)> = vec![(FILE, RULES)];
    files.extend(FILES);
    world.repository("acme", "shop", &files).expect("acme is there");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::quiet()).await;
    story.count();
    touch(&mut story, pull).await;
    assert_eq!(asked(&story, "graphql"), 0, "{:?}", story.routes());
    story.wait(TimeDelta::minutes(61)).await;
    touch(&mut story, pull).await;
    assert_eq!(asked(&story, "graphql"), 1, "{:?}", story.routes());
    touch(&mut story, pull).await;
    assert_eq!(asked(&story, "graphql"), 1, "{:?}", story.routes());
}

#[tokio::test]
async fn a_look_that_fails_holds_what_was_never_seen_and_leaves_what_was() {
    // The base can be read, and who owns it is not said.
    let mut story = Story::of(governed(&file())).await;
    story.fault("POST", "^/graphql$", Act::NotFound, 1000);
    story.fault("GET", "^/repos/acme/.github$", Act::Status(502), 1000);
    story.patience(TimeDelta::minutes(2));
    let pull = story.open(Pull::crossing()).await;
    assert!(story.github().checks(pull).iter().all(|check| check.conclusion.as_deref() != Some("success")));
    story.github().faults.clear();
    story.patience(TimeDelta::minutes(30));
    story.settle().await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

#[tokio::test]
async fn without_graphql_it_is_read_by_rest() {
    let mut story = Story::of(governed(&file())).await;
    story.fault("POST", "^/graphql$", Act::NotFound, 1000);
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert!(story.comment(pull).contains("acme/.github"));
    push_file(&mut story, &stricter()).await;
    assert!(story.comment(pull).contains("It is critical."));
    story.then(|world| world.delete_repository("acme/.github")).await;
    assert!(story.comment(pull).contains("last good version"));
}

#[tokio::test]
async fn the_last_sound_version_of_a_repositorys_own_rules_is_kept() {
    let mut world = acme();
    let mut files: Vec<(&str, &str)> = vec![(FILE, RULES)];
    files.extend(FILES);
    let shop = RepositoryId(world.repository("acme", "shop", &files).expect("acme is there"));
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::quiet()).await;
    let tenant = InstallationId(installation(&story));
    let kept = async |story: &Story| {
        let good = story.inbox().good_rules(tenant, shop, "main").await.expect("the store is there");
        good.map(|good| good.text)
    };
    assert_eq!(kept(&story).await.as_deref(), Some(RULES));
    story.base_push(Edits::new().write(FILE, "version: 1\nrulez: []\n")).await;
    assert_eq!(story.conclusion(pull), "failure");
    assert_eq!(kept(&story).await.as_deref(), Some(RULES), "the broken one is not");
    story.base_push(Edits::new().write(FILE, &stricter())).await;
    assert_eq!(kept(&story).await, Some(stricter()));
    story.comment(pull);
    story.base_push(Edits::new().delete(FILE)).await;
    assert_eq!(kept(&story).await, None);
    story.comment(pull);
}

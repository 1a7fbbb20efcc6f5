//! Who is who: names that change hands, people whom rules name, teams that nobody outside may know of, what may not be seen.

use chrono::TimeDelta;
use merestone::standin::edits::Edits;
use merestone::standin::faults::Act;
use merestone::standin::talk::Verdict;
use merestone::standin::world::{Kind, Privacy, PullRef, World};

use super::shop::{RULES, shop, shop_with_rules};
use super::story::{Pull, Story};

const BY_LENA: &str = "  - id: named\n    when: { paths: [services/ledger/] }\n    sign_off: [\"@lena\"]\n    why: She knows the ledger.\n";

/// Longer than a list of members is believed.
const LATER: TimeDelta = TimeDelta::minutes(6);

impl Story {
    /// The pull request is looked at again, some time later.
    async fn look_again(&mut self, at: PullRef, after: TimeDelta) {
        self.github().advance(after);
        let name = format!("again-{}", self.github().now().timestamp());
        self.label(at, &name).await;
    }

    fn asked_for(&self, part: &str) -> usize {
        self.github().log.calls().iter().filter(|call| call.path.contains(part)).count()
    }

    /// All that GitHub shows of ours, with names as people read them.
    fn says(&self, at: PullRef) -> String {
        let check = self.check(at);
        let all = format!("{}\n{}\n{:?}\n{}", check.title, check.summary, check.annotations, self.comment(at));
        all.replace("&#64;&#8203;", "@")
    }
}

fn team_of(world: &mut World, slug: &str, members: &[&str]) {
    world.team("acme", slug, members).expect("acme is there");
}

// --- names that change hands

#[tokio::test]
async fn a_team_that_took_over_a_slug_signs_nothing_until_the_rules_say_so() {
    for told in [true, false] {
        let mut story = Story::of(shop(&[])).await;
        let first = story.open(Pull::crossing()).await;
        story.comment(first);
        story.then(|world| world.rename_team("acme", "commerce-architects", "architects-of-old", told)).await;
        team_of(&mut story.github(), "commerce-architects", &["mallory"]);
        let second = story.open(Pull::crossing().on_branch("two")).await;
        story.comment(second);
        story.approve(second, "mallory").await;
        assert_ne!(story.conclusion(second), "success", "told: {told}");
        story.comment(second);

        story.look_again(second, LATER).await;
        assert_eq!(story.conclusion(second), "failure", "told: {told}");
        assert!(story.says(second).contains("is another team than it was when the rules named it"));
        story.look_again(first, LATER).await;
        assert_eq!(story.conclusion(first), "failure", "told: {told}");
        story.comment(first);

        // An edit of the rules file says that it is meant.
        let edited = Edits::new().write(".github/merestone.yml", &format!("{RULES}# the new team is meant\n"));
        story.then(|world| world.push_branch("acme/shop", "main", "edsger", &edited)).await;
        story.look_again(second, LATER).await;
        assert_ne!(story.conclusion(second), "failure", "told: {told}: {}", story.says(second));
        story.comment(first);
        story.comment(second);
    }
}

#[tokio::test]
async fn a_team_whose_people_change_is_the_same_team() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.then(|world| world.set_membership("acme", "commerce-architects", "ada", false)).await;
    team_of(&mut story.github(), "commerce-architects", &["barbara"]);
    story.look_again(pull, LATER).await;
    story.approve(pull, "barbara").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn whoever_claims_the_login_of_a_member_is_not_that_member() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    // The list of members that is believed says `ada`.
    story.then(|world| world.rename_account("ada", "lovelace")).await;
    story.github().account("ada", Kind::User);
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
    story.approve(pull, "lovelace").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    story.look_again(pull, LATER).await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn whoever_pushed_is_an_author_under_any_login() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    let first = story.github().pull(pull).expect("it is there").head.clone();
    story.push(pull, Edits::new().write("services/ledger/main.go", "package main // other\n")).await;
    // What stands there now ada has pushed, and no commit names her.
    story.then(|world| world.rewind(pull, "ada", &first)).await;
    story.then(|world| world.rename_account("ada", "lovelace")).await;
    story.look_again(pull, LATER).await;
    story.approve(pull, "lovelace").await;
    assert_eq!(story.conclusion(pull), "action_required");
    let comment = story.comment(pull);
    assert!(comment.contains("Waiting for ledger and payments"), "the only architect has a hand in it: {comment}");
}

/// A crossing whose last push, of a commit by maria, `who` made and nobody told.
async fn pushed_untold(pull: Pull, who: &str) -> (Story, PullRef) {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(pull).await;
    story.comment(pull);
    let mut world = story.github();
    let (of, maria) =
        (world.pull(pull).expect("it is there").clone(), world.account_id("maria").expect("she is there"));
    let repository = of.head_repository.expect("it is there");
    let edits = Edits::new().write("services/ledger/main.go", "package main // more\n");
    let head = world.commit(repository, &of.head_ref, None, Some(maria), &edits, "more").expect("committed");
    world.rewind(pull, who, &head).expect("pushed");
    world.post.waiting.clear();
    drop(world);
    story.count();
    (story, pull)
}

#[tokio::test]
async fn whoever_pushed_is_asked_for_where_nobody_told_it() {
    let (mut story, pull) = pushed_untold(Pull::crossing(), "ada").await;
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "action_required");
    let comment = story.comment(pull);
    assert!(comment.contains("Waiting for ledger and payments"), "the only architect has a hand in it: {comment}");
    assert_eq!(story.calls_of("/activity"), 1);
    story.look_again(pull, LATER).await;
    assert_eq!(story.calls_of("/activity"), 1, "once");
    story.comment(pull);
}

#[tokio::test]
async fn an_approval_of_a_head_that_the_author_pushed_counts_though_nobody_told() {
    let (mut story, pull) = pushed_untold(Pull::crossing(), "maria").await;
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    story.look_again(pull, LATER).await;
    assert_eq!(story.calls_of("/activity"), 1, "once");
    story.comment(pull);
}

#[tokio::test]
async fn of_a_fork_nobody_is_asked_who_pushed() {
    let (mut story, pull) = pushed_untold(Pull::crossing().forked(), "maria").await;
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    assert_eq!(story.calls_of("/activity"), 0);
}

#[tokio::test]
async fn whoever_claims_the_login_that_the_rules_name_signs_nothing_until_the_rules_say_so() {
    let mut story = Story::of(shop_with_rules(BY_LENA)).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.then(|world| world.rename_account("lena", "lena-of-old")).await;
    story.then(|world| world.set_member("acme", "lena", true)).await;
    story.approve(pull, "lena").await;
    assert_ne!(story.conclusion(pull), "success");
    story.comment(pull);
    story.look_again(pull, LATER).await;
    assert_eq!(story.conclusion(pull), "failure");
    assert!(story.says(pull).contains("@lena is somebody else than when the rules named them"), "{}", story.says(pull));
    let head = RULES.split("rules:\n").next().expect("there is a beginning");
    let edited = format!("{head}rules:\n{BY_LENA}# she is meant\n");
    let edited = Edits::new().write(".github/merestone.yml", &edited);
    story.then(|world| world.push_branch("acme/shop", "main", "edsger", &edited)).await;
    story.look_again(pull, LATER).await;
    assert_eq!(story.conclusion(pull), "success", "what she has read is what she would sign for");
    story.comment(pull);
}

// --- people whom rules name

#[tokio::test]
async fn a_named_person_signs_as_a_member_or_with_write_access() {
    // Each: what lena is, and whether she may sign.
    type Make = fn(&mut World);
    let cases: [(&str, Make, Option<&str>); 5] = [
        ("a member", |_| {}, None),
        (
            "gone",
            |world| world.set_member("acme", "lena", false).expect("acme is there"),
            Some("is neither an active member of acme nor has write access"),
        ),
        (
            "invited",
            |world| {
                world.set_member("acme", "lena", false).expect("acme is there");
                world.invite("acme", "lena").expect("acme is there");
            },
            Some("is neither an active member of acme nor has write access"),
        ),
        (
            "an outside collaborator",
            |world| {
                world.set_member("acme", "lena", false).expect("acme is there");
                let lena = world.account_id("lena").expect("she is there");
                world.repositories.values_mut().for_each(|shop| shop.collaborators.extend([lena]));
            },
            None,
        ),
        (
            "nobody",
            |world| {
                world.rename_account("lena", "somebody").expect("it is free");
            },
            Some("there is no user @lena on GitHub"),
        ),
    ];
    for (what, make, error) in cases {
        let mut world = shop_with_rules(BY_LENA);
        make(&mut world);
        let mut story = Story::of(world).await;
        let pull = story.open(Pull::crossing()).await;
        story.comment(pull);
        match error {
            None => {
                assert_eq!(story.conclusion(pull), "action_required", "{what}");
                assert_eq!(story.asked(pull), "lena |", "{what}");
                story.approve(pull, "lena").await;
                assert_eq!(story.conclusion(pull), "success", "{what}");
            }
            Some(error) => {
                assert_eq!(story.conclusion(pull), "failure", "{what}");
                assert!(story.says(pull).contains(error), "{what}: {}", story.says(pull));
                if what != "nobody" {
                    story.approve(pull, "lena").await;
                    assert_eq!(story.conclusion(pull), "failure", "{what}");
                }
            }
        }
        story.comment(pull);
    }
}

#[tokio::test]
async fn whoever_leaves_the_organisation_has_not_signed_under_their_name() {
    let mut story = Story::of(shop_with_rules(BY_LENA)).await;
    let pull = story.open(Pull::crossing()).await;
    story.approve(pull, "lena").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    story.then(|world| world.set_member("acme", "lena", false)).await;
    story.look_again(pull, LATER).await;
    assert_eq!(story.conclusion(pull), "failure");
    story.comment(pull);
}

#[tokio::test]
async fn a_named_person_who_cannot_be_asked_for_now_holds_and_is_tried_again() {
    let mut story = Story::of(shop_with_rules(BY_LENA)).await;
    story.patience(TimeDelta::zero());
    story.fault("GET", "/memberships/lena$", Act::Status(502), 1);
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert!(story.check(pull).title.contains("annot be judged yet"), "{:?}", story.check(pull));
    story.comment(pull);
    story.patience(TimeDelta::minutes(30));
    story.settle().await;
    assert_eq!(story.asked(pull), "lena |");
    story.comment(pull);
}

#[tokio::test]
async fn nobody_is_looked_up_who_is_not_to_sign() {
    let rules = "  - id: advice\n    when: { paths: [services/ledger/] }\n    enforce: advise\n    sign_off: [\"@lena\"]\n    why: Ask her.\n  - id: wall\n    when: { paths: [services/ledger/] }\n    enforce: block\n    sign_off: lead\n    why: No.\n  - id: owned\n    when: { paths: [services/ledger/] }\n    sign_off: team\n    why: The owners look.\n";
    let mut world = shop_with_rules(rules);
    world.set_membership("acme", "ledger", "tomas", false).expect("there is such a team");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    assert_eq!(story.asked_for("/memberships/"), 0, "advice, a wall, and a lead who has said nothing");
    story.approve(pull, "tomas").await;
    assert_eq!(story.asked_for("/memberships/tomas"), 1, "the lead has signed");
    assert_eq!(story.asked_for("/memberships/"), 1);
    story.comment(pull);
}

#[tokio::test]
async fn a_lead_who_is_the_author_belongs_to_the_team_only_as_somebody_who_may_sign() {
    let rules = RULES.replace("ledger: { leads: [\"@tomas\"] }", "ledger: { leads: [\"@anton\"] }")
        + "  - id: owned\n    when: { paths: [services/ledger/] }\n    sign_off: team\n    why: The owners look.\n";
    let mut story = Story::of(shop(&[(".github/merestone.yml", &rules)])).await;
    let change = |branch: &str| Pull::by("anton").on_branch(branch).write("services/ledger/b.go", "package main\n");
    let stranger = story.open(change("one").forked()).await;
    assert_eq!(story.conclusion(stranger), "action_required");
    story.comment(stranger);
    story.then(|world| world.set_member("acme", "anton", true)).await;
    story.github().advance(LATER);
    let lead = story.open(change("two")).await;
    assert_eq!(story.conclusion(lead), "success");
    story.comment(lead);
}

// --- what cannot be told

#[tokio::test]
async fn an_answer_that_does_not_come_is_never_taken_for_nobody_or_for_what_was_known_before() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);

    // An outage: held and tried again; then as before, since nothing was forgotten of the sign-off.
    story.patience(TimeDelta::zero());
    story.fault("GET", "/teams/commerce-architects/members", Act::Status(503), 1);
    story.look_again(pull, LATER).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert!(story.check(pull).title.contains("annot be judged yet"), "{:?}", story.check(pull));
    story.comment(pull);
    story.patience(TimeDelta::minutes(30));
    story.settle().await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);

    // A limit says nothing of the team: the check stays as it is until it can be told.
    story.patience(TimeDelta::zero());
    story.fault("GET", "/teams/commerce-architects/members", Act::TooMany(120), 1);
    story.count();
    story.look_again(pull, LATER).await;
    assert!(!story.writes().iter().any(|write| write.contains("requested_reviewers")), "{:?}", story.writes());
    story.patience(TimeDelta::minutes(30));
    story.settle().await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);

    // There is such a team, and its members are said not to be: that is an error of the configuration, and holds.
    story.fault("GET", "/teams/commerce-architects/members", Act::NotFound, 1);
    story.look_again(pull, LATER).await;
    assert_eq!(story.conclusion(pull), "failure");
    assert!(story.says(pull).contains("there is no team @acme/commerce-architects"), "{}", story.says(pull));
    story.look_again(pull, LATER).await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn which_team_it_is_has_to_be_known_before_its_members_count() {
    let mut story = Story::of(shop(&[])).await;
    story.patience(TimeDelta::zero());
    story.fault("GET", "/teams/commerce-architects$", Act::Status(502), 1);
    let pull = story.open(Pull::crossing()).await;
    assert!(story.check(pull).title.contains("annot be judged yet"), "{:?}", story.check(pull));
    story.comment(pull);
    story.patience(TimeDelta::minutes(30));
    story.settle().await;
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.comment(pull);
}

#[tokio::test]
async fn the_check_says_which_permission_is_missing_and_who_can_grant_it() {
    let mut world = shop_with_rules(BY_LENA);
    let lacking = |world: &mut World, name: &str| {
        for installation in world.installations.values_mut() {
            installation.permissions.remove(name);
        }
    };
    lacking(&mut world, "members");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    story.expect_offence("members: read");
    assert_eq!(story.conclusion(pull), "failure");
    let said = story.says(pull);
    assert!(said.contains("lacks the permission Members") && said.contains("an owner of acme accepts"), "{said}");
    story.approve(pull, "lena").await;
    assert_eq!(story.conclusion(pull), "failure");
    story.comment(pull);

    let installation = *story.github().installations.keys().next().expect("it is installed");
    {
        let mut world = story.github();
        let granted = world.app.permissions.clone();
        world.installations.get_mut(&installation).expect("it is installed").permissions = granted;
        world.end_tokens(installation);
    }
    story.then(|world| world.installation_event(installation, "new_permissions_accepted", "edsger")).await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);

    {
        let mut world = story.github();
        lacking(&mut world, "contents");
        world.end_tokens(installation);
    }
    let other = story.open(Pull::crossing().on_branch("two")).await;
    assert!(story.github().log.expect("contents: read") > 0);
    let check = story.check(other);
    assert_eq!(check.conclusion, "action_required");
    assert!(
        check.summary.contains("contents: read") && check.summary.contains("an owner of acme accepts"),
        "{check:?}"
    );
    {
        let mut world = story.github();
        let granted = world.app.permissions.clone();
        world.installations.get_mut(&installation).expect("it is installed").permissions = granted;
        world.end_tokens(installation);
    }
    story.then(|world| world.installation_event(installation, "new_permissions_accepted", "edsger")).await;
    assert_eq!(story.asked(other), "lena |");
    story.comment(other);
}

// --- teams that nobody outside may know of

fn public(world: &mut World) {
    world.repositories.values_mut().for_each(|repository| repository.private = false);
}

#[tokio::test]
async fn a_secret_team_is_not_named_in_public() {
    let mut world = shop(&[]);
    public(&mut world);
    for slug in ["commerce-architects", "architecture-council"] {
        world.team("acme", slug, &[]).expect("acme is there").privacy = Privacy::Secret;
    }
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    let said = story.says(pull);
    assert!(!said.contains("commerce-architects") && !said.contains("architecture-council"), "{said}");
    assert!(said.contains("a team that you cannot see"), "{said}");
    assert!(said.contains("payments") && said.contains("ledger"), "what the rules call them is public: {said}");
    assert_eq!(story.asked(pull), "| commerce-architects", "they are asked all the same");
    story.approve(pull, "ada").await;
    let said = story.says(pull);
    assert!(!said.contains("commerce-architects"), "{said}");
    assert_eq!(story.conclusion(pull), "success");
}

#[tokio::test]
async fn a_team_that_everybody_may_know_of_is_named_in_public_and_any_in_private() {
    let mut world = shop(&[]);
    public(&mut world);
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    assert!(story.says(pull).contains("commerce-architects"), "{}", story.says(pull));

    let mut world = shop(&[]);
    world.team("acme", "commerce-architects", &[]).expect("acme is there").privacy = Privacy::Secret;
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    assert!(story.says(pull).contains("commerce-architects"), "{}", story.says(pull));
    assert_eq!(story.asked_for("/teams/architecture-council"), 0, "nothing is asked for it");
}

#[tokio::test]
async fn a_team_of_which_it_cannot_be_told_is_not_named_in_public_until_it_can() {
    let rules = "  - id: advice\n    when: { paths: [services/ledger/] }\n    enforce: advise\n    sign_off: domain\n    why: Ask them.\n";
    let mut world = shop_with_rules(rules);
    public(&mut world);
    let mut story = Story::of(world).await;
    story.patience(TimeDelta::zero());
    story.fault("GET", "/teams/commerce-architects$", Act::Status(502), 1);
    let pull = story.open(Pull::crossing()).await;
    assert!(!story.says(pull).contains("commerce-architects"), "{}", story.says(pull));
    story.patience(TimeDelta::minutes(30));
    story.settle().await;
    assert!(story.says(pull).contains("commerce-architects"), "{}", story.says(pull));
    story.count();
    story.look_again(pull, TimeDelta::hours(23)).await;
    assert_eq!(story.asked_for("/teams/"), 0, "it is believed for a day");
}

#[tokio::test]
async fn a_mistyped_team_is_named_in_public_and_a_secret_one_is_not_in_an_error() {
    let rules = RULES.replace("@acme/commerce-architects", "@acme/comerce-architects");
    let mut world = shop(&[(".github/merestone.yml", &rules)]);
    public(&mut world);
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    assert_eq!(story.conclusion(pull), "failure");
    assert!(story.says(pull).contains("there is no team @acme/comerce-architects"), "{}", story.says(pull));

    let mut world = shop(&[]);
    public(&mut world);
    world.team("acme", "commerce-architects", &[]).expect("acme is there").privacy = Privacy::Secret;
    let mut story = Story::of(world).await;
    story.patience(TimeDelta::zero());
    let pull = story.open(Pull::crossing()).await;
    story.fault("GET", "/teams/commerce-architects/members", Act::Status(502), 1);
    story.look_again(pull, LATER).await;
    assert!(!story.says(pull).contains("commerce-architects"), "{}", story.says(pull));
}

// --- authors and Apps

#[tokio::test]
async fn where_the_only_architect_pushed_a_fix_the_owners_sign_instead() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    let fix = Edits::new().write("services/ledger/main.go", "package main // a fix\n");
    story.then(|world| world.push(pull, "ada", &fix)).await;
    assert_eq!(story.asked(pull), "| ledger payments");
    story.comment(pull);
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "action_required", "it is hers too now");
    story.comment(pull);
    story.approve(pull, "lena").await;
    story.approve(pull, "pavel").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn whoever_pushed_under_a_strange_name_does_not_sign() {
    let mut world = shop(&[]);
    team_of(&mut world, "commerce-architects", &["barbara"]);
    let mut story = Story::of(world).await;
    // The commit is from an e-mail of no account, and barbara is who pushed it.
    let pull = story.open(Pull::crossing().with(|new| new.committer = Some(String::new()))).await;
    story.comment(pull);
    story.then(|world| world.push(pull, "barbara", &Edits::new().write("README.md", "# beside it\n"))).await;
    story.comment(pull);
    story.approve(pull, "barbara").await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn whoever_reopens_a_pull_request_has_not_written_it() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.close(pull).await;
    story.then(|world| world.reopen(pull, "ada")).await;
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn an_app_signs_only_where_the_rules_name_it() {
    let rules = "  - id: named\n    when: { paths: [services/ledger/] }\n    sign_off: [\"@helper[bot]\", \"@acme/identity\"]\n    why: It counts.\n";
    let mut story = Story::of(shop_with_rules(rules)).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    for (app, conclusion) in [("github-actions[bot]", "action_required"), ("helper[bot]", "success")] {
        story.github().account(app, Kind::Bot);
        story.then(|world| world.review(pull, app, Verdict::Approve, "")).await;
        assert_eq!(story.conclusion(pull), conclusion, "{app}");
        story.comment(pull);
    }
    assert_eq!(story.asked_for("helper"), 0, "there is nothing to look up of an App");
}

#[tokio::test]
async fn one_team_costs_two_requests_and_then_none() {
    let mut story = Story::of(shop(&[])).await;
    let first = story.open(Pull::crossing()).await;
    assert_eq!(story.asked_for("/orgs/"), 2, "{:#?}", story.github().log.by_route());
    story.comment(first);
    story.count();
    let second = story.open(Pull::crossing().on_branch("two")).await;
    assert_eq!(story.asked_for("/orgs/"), 0);
    story.comment(second);
    story.count();
    story.look_again(first, LATER).await;
    assert_eq!(story.asked_for("/orgs/"), 1, "which team it is is believed for longer than who is in it");
    story.comment(first);
}

#[tokio::test]
async fn nobody_further_up_is_asked_for_than_is_needed() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    story.count();
    story.approve(pull, "ada").await;
    assert_eq!(story.asked_for("/orgs/"), 0, "she is of the team that was asked");
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    let other = story.open(Pull::crossing().on_branch("two")).await;
    story.comment(other);
    story.count();
    story.approve(other, "edsger").await;
    assert_eq!(story.asked_for("/teams/architecture-council"), 2, "he is of the council above it");
    assert_eq!(story.conclusion(other), "success");
    story.comment(other);
}

//! How long a sign-off and a hold last, and what the comment says of one that ended.

use merestone::standin::Mail;
use merestone::standin::edits::Edits;
use merestone::standin::faults::Act;
use merestone::standin::talk::Verdict;
use merestone::standin::world::{PullRef, World};

use super::shop::{RULES, shop, shop_with_rules};
use super::story::{Pull, Story};

/// Changes what the crossing is about.
fn evidence(text: &str) -> Edits {
    Edits::new().write("services/ledger/main.go", &format!("package main // {text}\n"))
}

/// Changes something besides.
fn beside(text: &str) -> Edits {
    Edits::new().write("README.md", &format!("# {text}\n"))
}

fn head(story: &Story, pull: PullRef) -> String {
    story.github().pull(pull).expect("it is there").head.clone()
}

/// `abc1234` as the comment shows a commit.
fn short(commit: &str) -> &str {
    &commit[..7]
}

/// A crossing that ada has signed.
async fn signed(world: World) -> (Story, PullRef) {
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::crossing()).await;
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    (story, pull)
}

#[tokio::test]
async fn a_rebase_beside_the_evidence_keeps_the_sign_off() {
    let (mut story, pull) = signed(shop(&[])).await;
    story.then(|world| world.push_branch("acme/shop", "main", "edsger", &beside("moved on"))).await;
    story.then(|world| world.rebase(pull, "maria")).await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn the_comment_names_the_push_that_ended_a_sign_off() {
    let (mut story, pull) = signed(shop(&[])).await;
    let signed_at = head(&story, pull);
    story.push(pull, beside("kept")).await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);

    let changed = story.then(|world| world.push(pull, "pavel", &evidence("two"))).await;
    assert_eq!(story.conclusion(pull), "action_required");
    let said = format!(
        "**ada** signed off at <code>{}</code>; the push of <code>{}</code> by **pavel** changed what was signed.",
        short(&signed_at),
        short(&changed),
    );
    assert!(story.comment(pull).contains(&said), "{said}\n{}", story.comment(pull));
    assert!(story.check(pull).summary.contains(&said), "{}", story.check(pull).summary);

    // It stays that push, whatever comes after it, and goes when somebody signs.
    story.push(pull, evidence("three")).await;
    assert!(story.comment(pull).contains(&said), "{}", story.comment(pull));
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    assert!(!story.comment(pull).contains("changed what was signed"), "{}", story.comment(pull));
}

#[tokio::test]
async fn a_sign_off_counts_again_when_what_was_signed_is_back() {
    let (mut story, pull) = signed(shop(&[])).await;
    let first = head(&story, pull);
    story.push(pull, evidence("two")).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.then(|world| world.rewind(pull, "maria", &first)).await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    // The next push that ends it is the one that is named.
    let again = story.then(|world| world.push(pull, "maria", &evidence("three"))).await;
    let named = format!("the push of <code>{}</code> by **maria**", short(&again));
    assert!(story.comment(pull).contains(&named), "{}", story.comment(pull));
}

#[tokio::test]
async fn rules_that_change_end_a_sign_off_by_no_push() {
    let (mut story, pull) = signed(shop(&[])).await;
    let stricter = RULES.replace("when: { crosses: team }", "when: { crosses: team }\n    sign_off: organization");
    let edit = Edits::new().write(".github/merestone.yml", &stricter);
    story.then(|world| world.push_branch("acme/shop", "main", "edsger", &edit)).await;
    story.label(pull, "looked-at-again").await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);

    // The council has to sign now; what it signs ends by the rules as well.
    story.approve(pull, "edsger").await;
    assert_eq!(story.conclusion(pull), "success");
    let other = stricter.replace("Teams change together here", "Teams change together there");
    let edit =
        Edits::new().write(".github/merestone.yml", &other.replace("crosses: team", "crosses: team, base: [main]"));
    story.then(|world| world.push_branch("acme/shop", "main", "edsger", &edit)).await;
    story.label(pull, "and-again").await;
    assert_eq!(story.conclusion(pull), "action_required");
    let comment = story.comment(pull);
    assert!(comment.contains("; the rules or the base changed what was signed."), "{comment}");
}

/// A pull request that was opened and approved before anything of it was heard, then pushed to.
async fn unheard(between: Edits) -> (Story, PullRef) {
    let mut story = Story::of(shop(&[])).await;
    story.mail(Mail::Dropped);
    let pull = story.open(Pull::crossing()).await;
    story.approve(pull, "ada").await;
    story.mail(Mail::Ordered);
    story.github().advance(chrono::TimeDelta::minutes(20));
    story.then(|world| world.push(pull, "maria", &between).map(|_| ())).await;
    (story, pull)
}

#[tokio::test]
async fn an_approval_that_github_moved_forward_signs_nothing() {
    let mut story = Story::of(shop(&[])).await;
    story.mail(Mail::Dropped);
    let pull = story.open(Pull::crossing()).await;
    story.approve(pull, "ada").await;
    story.mail(Mail::Ordered);
    story.github().advance(chrono::TimeDelta::minutes(20));
    story.github().push(pull, "maria", &evidence("two")).expect("pushed");
    // GitHub says now that ada approved the head that there is.
    story.then(|world| world.move_reviews_forward(pull)).await;
    assert_eq!(story.conclusion(pull), "action_required");
    let comment = story.comment(pull);
    assert!(comment.contains("The approval by **ada** does not count: the commit"), "{comment}");
    assert!(comment.contains("(GitHub has moved it on to a commit that came after it)"), "{comment}");
}

#[tokio::test]
async fn an_approval_of_a_head_that_was_never_judged_is_read_once() {
    let (mut story, pull) = unheard(beside("kept")).await;
    assert_eq!(story.conclusion(pull), "success", "{:#?}", story.comment(pull));
    story.comment(pull);
    let given_on = story.github().pull(pull).expect("it is there").reviews[0].commit.clone();
    assert_eq!(story.calls_of(&format!("compare/main...{given_on}")), 1);
    story.count();
    story.push(pull, beside("kept again")).await;
    story.push(pull, evidence("changed")).await;
    assert_eq!(story.calls_of(&given_on), 0, "it was read once");
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);

    let (story, pull) = unheard(evidence("changed")).await;
    assert_eq!(story.conclusion(pull), "action_required", "what ada saw is not what there is");
    story.comment(pull);
}

#[tokio::test]
async fn an_approval_between_two_pushes_is_read_once() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    // All of it reaches the bot at once, so that nothing was judged in between.
    let between = story.github().push(pull, "maria", &evidence("two")).expect("pushed");
    story.github().review(pull, "ada", Verdict::Approve, "").expect("approved");
    story.github().push(pull, "maria", &beside("three")).expect("pushed");
    story.count();
    story.settle().await;
    assert_eq!(story.conclusion(pull), "success");
    assert_eq!(story.calls_of(&format!("...{between}")), 1);
    story.label(pull, "looked-at-again").await;
    assert_eq!(story.calls_of(&format!("...{between}")), 1);
    story.comment(pull);
}

#[tokio::test]
async fn an_approval_of_a_commit_that_is_gone_does_not_count() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    let between = story.github().push(pull, "maria", &evidence("two")).expect("pushed");
    story.github().review(pull, "ada", Verdict::Approve, "").expect("approved");
    story.github().push(pull, "maria", &beside("three")).expect("pushed");
    let path = format!("compare/main\\.\\.\\.{between}");
    story.fault("GET", &path, Act::NotFound, 1000);
    story.settle().await;
    assert_eq!(story.conclusion(pull), "action_required");
    let said = format!(
        "The approval by **ada** does not count: the commit <code>{}</code> that it was given on cannot be read \
         (GitHub does not have it any more).",
        short(&between)
    );
    assert!(story.comment(pull).contains(&said), "{said}\n{}", story.comment(pull));
    story.count();
    story.label(pull, "looked-at-again").await;
    assert_eq!(story.calls_of(&between), 0, "it is not asked for again");
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    assert!(!story.comment(pull).contains("does not count"));
}

#[tokio::test]
async fn the_author_cannot_dismiss_what_an_architect_holds() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.request_changes(pull, "ada").await;
    story.comment(pull);
    story.dismiss(pull, "ada", "maria").await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert!(story.check(pull).title.contains("Changes requested by ada"), "{}", story.check(pull).title);
    story.comment(pull);
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn an_architect_takes_back_what_they_hold_by_dismissing_it() {
    for by in ["ada", "edsger"] {
        let mut story = Story::of(shop(&[])).await;
        let pull = story.open(Pull::crossing()).await;
        story.request_changes(pull, "ada").await;
        story.comment(pull);
        story.count();
        story.dismiss(pull, "ada", by).await;
        assert_eq!(story.calls_of("/events"), 0, "the webhook told it");
        assert!(!story.check(pull).title.contains("Changes requested"), "{}", story.check(pull).title);
        assert_eq!(story.conclusion(pull), "action_required", "nobody has signed");
        story.comment(pull);
    }
}

#[tokio::test]
async fn who_dismissed_a_hold_unheard_is_asked_for_once() {
    for (by, held) in [("maria", true), ("edsger", false)] {
        let mut story = Story::of(shop(&[])).await;
        story.mail(Mail::Dropped);
        let pull = story.open(Pull::crossing()).await;
        story.request_changes(pull, "ada").await;
        story.dismiss(pull, "ada", by).await;
        story.mail(Mail::Ordered);
        story.label(pull, "heard-of").await;
        assert_eq!(story.check(pull).title.contains("Changes requested by ada"), held, "dismissed by {by}");
        assert_eq!(story.calls_of("/events"), 1);
        story.label(pull, "and-again").await;
        assert_eq!(story.calls_of("/events"), 1);
        story.comment(pull);
    }
}

#[tokio::test]
async fn who_dismissed_a_hold_and_cannot_be_told_lifts_nothing() {
    let mut story = Story::of(shop(&[])).await;
    story.mail(Mail::Dropped);
    let pull = story.open(Pull::crossing()).await;
    story.request_changes(pull, "ada").await;
    story.dismiss(pull, "ada", "edsger").await;
    story.mail(Mail::Ordered);
    story.fault("GET", "/issues/.*/events", Act::Forbidden, 1000);
    story.label(pull, "heard-of").await;
    assert!(story.check(pull).title.contains("Changes requested by ada"), "{}", story.check(pull).title);
    story.label(pull, "and-again").await;
    assert_eq!(story.calls_of("/events"), 1);
    story.comment(pull);
}

#[tokio::test]
async fn a_sign_off_that_a_push_dismissed_stays_while_its_evidence_is_the_same() {
    let mut world = shop(&[]);
    world.repositories.values_mut().for_each(|repository| repository.dismisses_stale = true);
    let (mut story, pull) = signed(world).await;
    let first = head(&story, pull);
    story.push(pull, beside("kept")).await;
    assert_eq!(story.conclusion(pull), "success");
    assert_eq!(story.github().pull(pull).expect("it is there").reviews[0].state, "DISMISSED");
    story.comment(pull);
    let changed = story.then(|world| world.push(pull, "maria", &evidence("two"))).await;
    assert_eq!(story.conclusion(pull), "action_required");
    let said = format!("at <code>{}</code>; the push of <code>{}</code> by **maria**", short(&first), short(&changed));
    assert!(story.comment(pull).contains(&said), "{said}\n{}", story.comment(pull));
    assert_eq!(story.calls_of("/events"), 1);
}

#[tokio::test]
async fn a_sign_off_that_a_person_dismissed_after_a_push_ends() {
    let (mut story, pull) = signed(shop(&[])).await;
    story.push(pull, beside("kept")).await;
    story.dismiss(pull, "ada", "maria").await;
    assert_eq!(story.conclusion(pull), "action_required");
    let comment = story.comment(pull);
    assert!(comment.contains("; that was dismissed by **maria**."), "{comment}");
}

#[tokio::test]
async fn whoever_left_has_signed_no_longer_and_the_comment_says_so() {
    let (mut story, pull) = signed(shop(&[])).await;
    story.then(|world| world.team("acme", "commerce-architects", &["barbara"]).map(|_| ())).await;
    story.then(|world| world.set_membership("acme", "commerce-architects", "ada", false)).await;
    story.wait(chrono::TimeDelta::hours(1)).await;
    story.label(pull, "looked-at-again").await;
    assert_eq!(story.conclusion(pull), "action_required");
    let comment = story.comment(pull);
    assert!(comment.contains("and is not one of **commerce-architects** any more."), "{comment}");
}

#[tokio::test]
async fn a_hold_beyond_the_first_hundred_reviews_holds() {
    let mut story = Story::of(shop(&[])).await;
    story.mail(Mail::Dropped);
    let pull = story.open(Pull::crossing()).await;
    {
        let mut world = story.github();
        for number in 0..100 {
            world.review(pull, "lena", Verdict::Comment, &format!("question {number}")).expect("said");
        }
        world.review(pull, "edsger", Verdict::Approve, "").expect("approved");
        world.review(pull, "edsger", Verdict::RequestChanges, "not so fast").expect("requested");
    }
    story.settle().await;
    story.mail(Mail::Ordered);
    story.label(pull, "heard-of").await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert!(story.check(pull).title.contains("Changes requested by edsger"), "{}", story.check(pull).title);
    assert_eq!(story.calls_of("/reviews"), 2);
    story.comment(pull);
}

#[tokio::test]
async fn a_sign_off_of_one_slot_outlasts_a_change_to_another() {
    let rules =
        "  - id: owned\n    when: { paths: [services/] }\n    sign_off: team\n    why: The owners look at it.\n";
    let mut story = Story::of(shop_with_rules(rules)).await;
    let pull = story.open(Pull::crossing().with(|new| "ivo".clone_into(&mut new.author))).await;
    story.approve(pull, "pavel").await;
    story.approve(pull, "lena").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    story.push(pull, evidence("two")).await;
    assert_eq!(story.asked(pull), "| ledger");
    let comment = story.comment(pull);
    assert!(comment.contains("**lena** signed off"), "{comment}");
    assert!(!comment.contains("**pavel** signed off"), "{comment}");
}

/// A crossing that ada has approved, which was not told.
async fn approved_untold() -> (Story, PullRef) {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::crossing()).await;
    story.comment(pull);
    let mut world = story.github();
    world.review(pull, "ada", Verdict::Approve, "").expect("approved");
    world.post.waiting.clear();
    drop(world);
    (story, pull)
}

#[tokio::test]
async fn an_approval_that_is_first_heard_of_when_it_is_edited_counts() {
    let (mut story, pull) = approved_untold().await;
    story.then(|world| world.edit_review(pull, "ada", "well done")).await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn an_edited_approval_that_github_moved_forward_signs_nothing() {
    let (mut story, pull) = approved_untold().await;
    story.push(pull, Edits::new().write("services/ledger/main.go", "package main // other\n")).await;
    story.github().move_reviews_forward(pull).expect("moved");
    story.then(|world| world.edit_review(pull, "ada", "well done")).await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.comment(pull);
}

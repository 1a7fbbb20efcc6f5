//! What a pull request that edits the rules or CODEOWNERS is told of its own effect.

use super::shop::{RULES, acme, shop};
use super::story::{Pull, Story};

/// Two crossings within commerce and one quiet change, judged by the rules of today.
async fn three(story: &mut Story) {
    for branch in ["first", "second"] {
        let pull = story.open(Pull::crossing().titled("Settle <b>orders</b> @ada").on_branch(branch)).await;
        story.comment(pull);
    }
    let quiet = story.open(Pull::quiet().on_branch("third")).await;
    story.no_comment(quiet);
}

#[tokio::test]
async fn an_edit_of_the_rules_is_told_what_it_would_have_done() {
    let mut story = Story::of(shop(&[])).await;
    three(&mut story).await;
    let narrower =
        RULES.replace("crosses: team", "crosses: domain").replace("ledger: { team: ledger", "ledger: { team: payments");
    let edit = story.open(Pull::crossing().on_branch("edit").write(".github/merestone.yml", &narrower)).await;
    let body = story.comment(edit);
    assert_eq!(
        story.heading(edit),
        "### This edit would have asked for 2 fewer reviews in the last 3 pull requests",
        "{body}"
    );
    assert!(body.contains("| asked nobody | 1 | 3 |"), "{body}");
    assert!(body.contains("| waited for commerce-architects | 2 | 0 |"), "{body}");
    assert!(body.contains("<code>crossing</code> no longer holds [&#35;&#8203;2]("), "{body}");
    assert!(body.contains("1 file goes from **ledger** to **payments** (<code>services/ledger/</code>)"), "{body}");
    assert!(body.contains("2 pull requests that would have gone otherwise"), "{body}");
    assert!(!body.contains("<b>") && !body.contains("@ada"), "{body}");
    // The verdict on it comes from the rules of today.
    assert_eq!(story.conclusion(edit), "action_required", "{body}");
    assert!(story.asked(edit).contains("commerce-architects"));
}

#[tokio::test]
async fn the_effect_costs_no_request_beyond_those_of_the_edit_itself() {
    let edit = || {
        Pull::by("maria")
            .on_branch("edit")
            .write(".github/merestone.yml", &RULES.replace("crosses: team", "crosses: domain"))
    };
    let mut cold = Story::of(shop(&[])).await;
    let quiet = cold.open(Pull::quiet().on_branch("third")).await;
    cold.no_comment(quiet);
    cold.count();
    let alone = cold.open(edit()).await;
    cold.comment(alone);
    let with_one = cold.calls();

    let mut story = Story::of(shop(&[])).await;
    three(&mut story).await;
    story.count();
    let among = story.open(edit()).await;
    story.comment(among);
    assert!(story.calls() <= with_one, "{} with three, {with_one} with one:\n{:?}", story.calls(), story.routes());
}

#[tokio::test]
async fn an_edit_of_codeowners_is_told_whose_files_change_hands() {
    let owners = ("CODEOWNERS", "/docs/ @acme/ledger\n/README.md @acme/payments\n");
    let mut story = Story::of(shop(&[owners])).await;
    three(&mut story).await;
    let edit = story.open(Pull::by("maria").on_branch("edit").write("CODEOWNERS", "/docs/ @acme/payments\n")).await;
    let body = story.comment(edit);
    assert_eq!(story.heading(edit), "### This edit would have changed nothing in the last 3 pull requests", "{body}");
    assert!(body.contains("1 file goes from **ledger** to **payments** (<code>docs/adr/</code>)"), "{body}");
    assert!(body.contains("1 file loses its owner **payments** (<code>README.md</code>)"), "{body}");
}

#[tokio::test]
async fn what_changes_nothing_that_judges_is_told_nothing() {
    let mut story = Story::of(shop(&[])).await;
    three(&mut story).await;
    let elsewhere = Pull::by("maria").on_branch("edit").write("services/checkout/CODEOWNERS", "* @acme/ledger\n");
    let pull = story.open(elsewhere).await;
    story.no_comment(pull);
    let record = "# 3. Caches live in the process\n\n## Status\n\nProposed\n";
    let pull = story.open(Pull::by("maria").on_branch("record").write("docs/adr/0003-caches.md", record)).await;
    story.no_comment(pull);
}

#[tokio::test]
async fn without_a_rules_file_nobody_is_told() {
    let mut world = acme();
    let files = [("CODEOWNERS", "* @acme/payments\n"), ("services/checkout/main.go", "package main\n")];
    world.repository("acme", "shop", &files).expect("acme is there");
    let mut story = Story::of(world).await;
    let pull = story.open(Pull::by("maria").on_branch("edit").write("CODEOWNERS", "* @acme/ledger\n")).await;
    story.no_comment(pull);
}

//! Who signs an edit of the rules: whoever loses a say by it. Built in; the rules of the base cannot switch it off.

use merestone::standin::edits::Edits;

use super::shop::{RECORD, RULES, shop};
use super::story::{Pull, Story};

const FILE: &str = ".github/merestone.yml";

/// The rules with a piece of them replaced; it must be there.
fn rules(old: &str, new: &str) -> String {
    assert!(RULES.contains(old), "{old}");
    RULES.replacen(old, new, 1)
}

/// A pull request of ivo's, who is of none of the teams that lose by it, that makes the rules file this.
fn edit(text: &str) -> Pull {
    Pull::by("ivo").write(FILE, text)
}

/// `rules` under a mode or a skip.
fn under(line: &str, rules: &str) -> String {
    rules.replacen("version: 1\n", &format!("version: 1\n{line}\n"), 1)
}

#[tokio::test]
async fn files_that_change_owner_are_signed_for_by_both_teams() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(edit(&rules("checkout: { team: payments,", "checkout: { team: ledger,"))).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| ledger payments");
    insta::assert_snapshot!(story.comment(pull));
    // An architect of another domain has no say in it, and neither team signs for the other.
    story.approve(pull, "grace").await;
    story.approve(pull, "pavel").await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.heading(pull), "### Waiting for ledger");
    story.approve(pull, "lena").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn a_team_that_takes_what_is_anothers_does_not_sign_for_it() {
    let mut story = Story::of(shop(&[])).await;
    let text = rules("checkout: { team: payments,", "checkout: { team: ledger,");
    let pull = story.open(Pull::by("lena").write(FILE, &text)).await;
    assert_eq!(story.asked(pull), "| payments", "ledger has signed by opening it");
    story.approve(pull, "tomas").await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.approve(pull, "pavel").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn files_that_lose_their_owner_are_signed_for_by_the_one_they_had() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(edit(&rules("  ledger: { team: ledger, paths: [services/ledger/] }\n", ""))).await;
    assert_eq!(story.asked(pull), "| ledger");
    assert!(story.comment(pull).contains("nobody owns it then"), "{}", story.comment(pull));
    story.approve(pull, "lena").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn a_rule_that_is_gone_is_signed_for_by_the_authority_that_it_named() {
    let none = RULES.split("rules:\n").next().expect("a beginning").to_owned() + "rules: []\n";
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(edit(&none)).await;
    // It could hold of files of both domains.
    assert_eq!(story.asked(pull), "| architecture-council");
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.approve(pull, "edsger").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn a_rule_about_one_domain_is_loosened_by_that_domain() {
    let rule = "  - id: books\n    when: { paths: [services/ledger/] }\n    sign_off: team\n    enforce: block\n";
    let base = format!("{RULES}{rule}");
    for (edited, signer) in [
        (base.replace("enforce: block", "enforce: review"), "| commerce-architects"),
        (
            base.replace("when: { paths: [services/ledger/]", "when: { paths: [services/ledger/api/]"),
            "| commerce-architects",
        ),
        (base.replace("sign_off: team", "sign_off: lead"), "| commerce-architects"),
        (format!("{base}    allow: [{{ paths: [services/ledger/main.go] }}]\n"), "| commerce-architects"),
        // Asking more is a matter of those who are asked.
        (base.replace("when: { paths: [services/ledger/]", "when: { paths: [services/ledger/, docs/]"), "tomas |"),
        (format!("{base}    checklist: [The books balance]\n"), "tomas |"),
    ] {
        let mut story = Story::of(shop(&[(FILE, &base)])).await;
        let pull = story.open(edit(&edited)).await;
        assert_eq!(story.asked(pull), signer, "{edited}");
        assert_eq!(story.conclusion(pull), "action_required");
        story.comment(pull);
    }
}

#[tokio::test]
async fn a_waiver_that_lasts_longer_is_signed_for() {
    let rule = "  - id: books\n    when: { paths: [services/ledger/] }\n    sign_off: [\"@tomas\"]\n    allow: [{ paths: [services/ledger/main.go], until: 2027-01-31 }]\n";
    let base = format!("{RULES}{rule}");
    let mut story = Story::of(shop(&[(FILE, &base)])).await;
    let pull = story.open(edit(&base.replace("2027-01-31", "2027-06-30"))).await;
    assert_eq!(story.asked(pull), "tomas |");
    story.comment(pull);
    let shorter = story.open(edit(&base.replace("2027-01-31", "2026-12-31")).on_branch("shorter")).await;
    assert!(story.comment(shorter).contains("exceptions are fewer"), "{}", story.comment(shorter));
}

#[tokio::test]
async fn comments_and_form_ask_nobody() {
    let mut story = Story::of(shop(&[])).await;
    let text = RULES.replace(
        "rules:\n  - id: crossing\n    when: { crosses: team }",
        "# What we ask for\nrules:\n  - when:\n      crosses: team\n    id: \"crossing\"",
    );
    assert_ne!(text, RULES);
    let pull = story.open(Pull::by("maria").write(FILE, &text)).await;
    assert_eq!(story.conclusion(pull), "success", "{:?}", story.check(pull));
    story.no_comment(pull);
}

#[tokio::test]
async fn whatever_else_the_file_says_is_not_changed_unseen() {
    let base = format!("{RULES}stack: {{ cargo: [axum] }}\n");
    let mut story = Story::of(shop(&[(FILE, &base)])).await;
    let pull = story.open(edit(&base.replace("[axum]", "[axum, \"*\"]"))).await;
    assert_eq!(story.asked(pull), "| architecture-council");
    story.comment(pull);
}

#[tokio::test]
async fn those_above_sign_where_the_author_is_the_only_one_who_could() {
    let mut story = Story::of(shop(&[])).await;
    let text = rules("ledger: { leads: [\"@tomas\"] }", "ledger: { leads: [\"@tomas\", \"@lena\"] }");
    let pull = story.open(Pull::by("tomas").write(FILE, &text)).await;
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    let by_another = story.open(edit(&text).on_branch("another")).await;
    assert_eq!(story.asked(by_another), "tomas |");
    story.comment(by_another);
}

#[tokio::test]
async fn architects_are_replaced_by_none_but_those_that_there_are() {
    let mut story = Story::of(shop(&[])).await;
    let text = rules("architects: [\"@acme/commerce-architects\"]", "architects: [\"@ivo\"]");
    let pull = story.open(edit(&text)).await;
    assert_eq!(story.asked(pull), "| commerce-architects");
    story.approve(pull, "grace").await;
    assert_eq!(story.conclusion(pull), "action_required");
    story.approve(pull, "ada").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    let text = rules("architects: [\"@acme/architecture-council\"]", "architects: [\"@ivo\"]");
    let pull = story.open(edit(&text).on_branch("council")).await;
    assert_eq!(story.asked(pull), "| architecture-council");
    story.comment(pull);
}

#[tokio::test]
async fn neither_skip_nor_mode_silences_it() {
    let moved = |base: &str| base.replace("checkout: { team: payments,", "checkout: { team: ledger,");
    for line in ["skip: { author: [ivo] }", "mode: advise"] {
        let base = under(line, RULES);
        let mut story = Story::of(shop(&[(FILE, &base)])).await;
        let pull = story.open(edit(&moved(&base))).await;
        assert_eq!(
            (story.conclusion(pull).as_str(), story.asked(pull).as_str()),
            ("action_required", "| ledger payments"),
            "{line}"
        );
        assert_eq!(story.heading(pull), "### Waiting for ledger and payments");
        story.comment(pull);
    }
    // In shadow nobody has a say yet; whoever ends it has it signed what comes into force.
    let base = under("mode: shadow", RULES);
    let mut story = Story::of(shop(&[(FILE, &base)])).await;
    let pull = story.open(edit(&moved(&base))).await;
    assert_eq!((story.conclusion(pull).as_str(), story.asked(pull).as_str()), ("neutral", "|"));
    story.comment(pull);
    let on = story.open(edit(RULES).on_branch("on")).await;
    assert_eq!(
        (story.conclusion(on).as_str(), story.asked(on).as_str()),
        ("action_required", "| architecture-council")
    );
    story.comment(on);
}

#[tokio::test]
async fn an_edit_that_breaks_the_file_fails_on_its_line() {
    let broken = rules("checkout: { team: payments,", "checkout: { team: paymnets,");
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(edit(&broken)).await;
    let check = story.check(pull);
    assert_eq!(check.conclusion, "failure");
    let line = broken.lines().position(|line| line.contains("paymnets")).expect("it is there") as u64 + 1;
    assert_eq!(check.annotations, [(FILE.to_owned(), line, "failure".to_owned())]);
    assert_eq!(story.asked(pull), "|");
    insta::assert_snapshot!(story.comment(pull));
    // Mended by the next push; nothing is left to sign.
    story.push(pull, Edits::new().write(FILE, &format!("{RULES}# reviewed\n"))).await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
}

#[tokio::test]
async fn what_deserves_a_look_is_said_on_its_line() {
    let text = format!("{}\n", RULES.replace("version: 1\n", ""));
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(edit(&text)).await;
    let check = story.check(pull);
    assert_eq!(check.annotations, [(FILE.to_owned(), 1, "warning".to_owned())], "{check:?}");
    story.comment(pull);
}

const LINES: &str =
    "/services/checkout/ @acme/payments\n/services/ledger/ @acme/ledger\n/services/login/ @acme/identity\n";

/// The shop, owned by CODEOWNERS.
fn by_lines() -> String {
    let head = RULES.split("services:\n").next().expect("a beginning");
    format!("{head}rules: [{{ id: crossing, when: {{ crosses: team }} }}]\n")
}

#[tokio::test]
async fn codeowners_is_one_of_the_files_that_judge() {
    let base = [(FILE, by_lines()), ("CODEOWNERS", LINES.to_owned())];
    let base: Vec<(&str, &str)> = base.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let mut story = Story::of(shop(&base)).await;
    let lines = LINES.replace("/checkout/ @acme/payments", "/checkout/ @acme/ledger");
    let pull = story.open(Pull::by("ivo").write("CODEOWNERS", &lines)).await;
    assert_eq!(story.asked(pull), "| ledger payments");
    story.comment(pull);
    // Not in force, as long as there is another that GitHub finds first.
    let other = story.open(Pull::by("ivo").write("docs/CODEOWNERS", &lines).on_branch("docs")).await;
    assert_eq!(story.asked(other), "|");
    story.no_comment(other);
    let first = story.open(Pull::by("ivo").write(".github/CODEOWNERS", &lines).on_branch("first")).await;
    assert_eq!(story.asked(first), "| ledger payments");
    story.comment(first);
    let commented =
        story.open(Pull::by("ivo").write("CODEOWNERS", &format!("# owners\n{LINES}")).on_branch("said")).await;
    assert_eq!(story.asked(commented), "|");
    story.no_comment(commented);
    let gone = story.open(Pull::by("ivo").edits(|edits| edits.delete("CODEOWNERS")).on_branch("gone")).await;
    assert_eq!(story.asked(gone), "| ledger payments", "identity signs by ivo, who opened it");
    story.comment(gone);
}

#[tokio::test]
async fn files_that_are_to_count_as_generated_are_signed_for_by_their_owner() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::by("ivo").write(".gitattributes", "services/ledger/** linguist-generated\n")).await;
    assert_eq!(story.asked(pull), "| ledger");
    assert!(story.comment(pull).contains("counts as generated"), "{}", story.comment(pull));
    let other = story.open(Pull::by("ivo").write(".gitattributes", "*.png binary\n").on_branch("other")).await;
    assert_eq!(story.asked(other), "|");
    story.no_comment(other);
}

#[tokio::test]
async fn a_record_that_a_rule_leans_on_is_changed_by_whoever_signs_the_rule() {
    const PATH: &str = "docs/adr/0002-teams-meet-at-contracts.md";
    let mut story = Story::of(shop(&[])).await;
    let rejected = story.open(Pull::by("ivo").write(PATH, &RECORD.replace("Accepted", "Rejected"))).await;
    assert_eq!(story.asked(rejected), "| architecture-council");
    assert!(story.comment(rejected).contains("rejected where it was accepted"), "{}", story.comment(rejected));
    let decided = RECORD.replace("Teams meet at contracts, and only there.", "Teams meet wherever they like.");
    let decided = story.open(Pull::by("ivo").write(PATH, &decided).on_branch("decided")).await;
    assert_eq!(story.asked(decided), "| architecture-council");
    story.comment(decided);
    let gone = story.open(Pull::by("ivo").edits(|edits| edits.delete(PATH)).on_branch("gone")).await;
    assert_eq!(story.asked(gone), "| architecture-council");
    story.comment(gone);
    let renamed = "docs/adr/0012-teams-meet-at-contracts.md";
    let renamed = story.open(Pull::by("ivo").edits(|edits| edits.rename(PATH, renamed)).on_branch("renamed")).await;
    assert_eq!(story.asked(renamed), "| architecture-council");
    story.comment(renamed);
    let twin = Pull::by("ivo").write("docs/adr/0002-another.md", RECORD).on_branch("twin");
    let twin = story.open(twin).await;
    assert_eq!(story.asked(twin), "| architecture-council");
    story.comment(twin);
    // A new record beside it, and new words around the decision, are nobody's loss.
    let beside = "# 3. Something else\n\n## Status\n\nAccepted\n\n## Decision\n\nWe do it.\n";
    let context = RECORD.replace("Releases waited for each other.", "Releases waited for each other, for weeks.");
    let beside = Pull::by("ivo").write("docs/adr/0003-else.md", beside).write(PATH, &context).on_branch("beside");
    let beside = story.open(beside).await;
    assert_eq!(story.conclusion(beside), "success");
    story.no_comment(beside);
}

#[tokio::test]
async fn a_sign_off_is_bound_to_the_edit() {
    let mut story = Story::of(shop(&[])).await;
    let text = rules("  ledger: { team: ledger, paths: [services/ledger/] }\n", "");
    let pull = story.open(edit(&text)).await;
    story.approve(pull, "lena").await;
    assert_eq!(story.conclusion(pull), "success");
    story.comment(pull);
    story.push(pull, Edits::new().write("README.md", "# the shop\n")).await;
    assert_eq!(story.conclusion(pull), "success", "a push beside the edit keeps it");
    story.push(pull, Edits::new().write(FILE, &text.replace("crosses: team", "crosses: domain"))).await;
    assert_eq!(story.conclusion(pull), "action_required");
    assert_eq!(story.asked(pull), "| architecture-council ledger");
    story.comment(pull);
}

#[tokio::test]
async fn a_team_that_is_gone_does_not_keep_its_files() {
    let base = rules("checkout: { team: payments,", "checkout: { team: [ghosts],")
        .replace("teams: [payments, ledger], architects", "teams: [payments, ledger, ghosts], architects");
    let mut story = Story::of(shop(&[(FILE, &base)])).await;
    let pull = story.open(edit(&base.replace("team: [ghosts]", "team: payments"))).await;
    assert_eq!(
        (story.conclusion(pull).as_str(), story.asked(pull).as_str()),
        ("action_required", "| commerce-architects payments")
    );
    story.comment(pull);
}

#[tokio::test]
async fn an_old_branch_is_laid_over_the_base_as_it_is_now() {
    let mut story = Story::of(shop(&[])).await;
    let pull = story.open(Pull::quiet()).await;
    story.base_push(Edits::new().write(FILE, &rules("checkout: { team: payments,", "checkout: { team: ledger,"))).await;
    // Its branch has the rules as they were, and does not touch them.
    story.push(pull, Edits::new().write("services/checkout/b.go", "package main\n")).await;
    assert!(!story.check(pull).summary.contains("rules-change"), "{:?}", story.check(pull));
}

#[tokio::test]
async fn an_edit_costs_a_bounded_number_of_requests_and_others_none() {
    let mut story = Story::of(shop(&[])).await;
    let first = story.open(Pull::quiet()).await;
    story.no_comment(first);
    story.count();
    let pull =
        story.open(edit(&rules("checkout: { team: payments,", "checkout: { team: ledger,")).on_branch("edit")).await;
    insta::assert_snapshot!(story.routes().join(", "), @"GET compare, POST graphql, POST graphql, POST graphql, GET trees, GET members, GET teams, GET members, GET teams, POST check-runs, POST requested_reviewers, POST comments");
    story.comment(pull);
    story.count();
    story.approve(pull, "pavel").await;
    let read = |route: &String| route == "POST graphql" || route == "GET trees";
    assert!(!story.routes().iter().any(read), "the edit is read once: {:?}", story.routes());
    story.comment(pull);
}

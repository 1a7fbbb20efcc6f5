//! The comment as it stands on a pull request.

use insta::assert_snapshot;

use super::fixtures::*;
use crate::adr::Status;
use crate::render::{Context, check, comment, compared, has_comment};
use crate::review::{FileReview, Finding, LapseCause, Lapsed, NotAsked, Note, Review, Scope, SlotState};
use crate::rules::{Enforce, Handle, Level};

fn crossing_by(by: Option<&str>) -> Review {
    with(review(Scope::Domain, two_services()), vec![crossing(by)])
}

#[test]
fn a_crossing_waits_for_the_architects() {
    assert_snapshot!(comment(&crossing_by(None), &context()), @r##"
    <!-- merestone v1 app=12 pull=34 -->
    ### Waiting for commerce-architects

    This change spans **checkout** (payments, 3 files) and **ledger** (ledger, 2 files). Anyone of **commerce-architects** signs by approving. Nothing for you to do, maria.

    **crossing** in all 5 files: Teams change together here; the contract between them is kept by those above both.

    Decided in [ADR-0002 Teams meet at contracts](https://github.com/acme/shop/blob/4c1d9e2/docs/adr/0002-teams-meet-at-contracts.md):
    > Teams call each other through published APIs only, and agree on the order before either side ships.

    For commerce-architects
    - [ ] Both teams agree on the order of roll-out
    - [ ] The old and the new form work side by side until both have shipped (ADR-0002)

    <details><summary>5 files in 2 services</summary>

    - **checkout** (payments), 3 files in <code>services/checkout/</code>: [<code>main.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/main.go), [<code>settle.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle.go), [<code>settle_test.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle_test.go)
    - **ledger** (ledger), 2 files in <code>services/ledger/</code>: [<code>posting.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting.go), [<code>posting_test.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting_test.go)

    </details>

    <sub>Judged by [<code>.github/merestone.yml</code>](https://github.com/acme/shop/blob/4c1d9e2/.github/merestone.yml) at <code>4c1d9e2</code>. A sign-off lasts while the files that it covers stay as they are.</sub>
    "##);
}

#[test]
fn what_is_signed_is_one_line_and_a_fold() {
    assert_snapshot!(comment(&crossing_by(Some("ada")), &context()), @r##"
    <!-- merestone v1 app=12 pull=34 -->
    ### Signed off by ada (commerce-architects)

    <details><summary>What is signed: crossing, 5 files in checkout and ledger, 2 items</summary>

    **crossing** in all 5 files, signed by **ada** (**commerce-architects**): Teams change together here; the contract between them is kept by those above both.

    Decided in [ADR-0002 Teams meet at contracts](https://github.com/acme/shop/blob/4c1d9e2/docs/adr/0002-teams-meet-at-contracts.md):
    > Teams call each other through published APIs only, and agree on the order before either side ships.

    For commerce-architects
    - [ ] Both teams agree on the order of roll-out
    - [ ] The old and the new form work side by side until both have shipped (ADR-0002)

    </details>
    "##);
}

#[test]
fn a_block_names_the_ways_out() {
    let review = with(review(Scope::Team, two_services()[..3].to_vec()), vec![internals()]);
    assert_snapshot!(comment(&review, &context()), @r##"
    <!-- merestone v1 app=12 pull=34 -->
    ### Blocked: rule internals matches <code>services/checkout/settle.go:14</code>

    This change stays inside **checkout** (payments, 3 files). An approval does not clear this, because the change itself is the question.

    **internals**: Nobody depends on how ledger keeps its books.

    - [<code>services/checkout/settle.go:14</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle.go#L14): imports services/ledger/internal/posting; use <code>services/ledger/api</code> instead

    Decided in [ADR-0007 Ledger keeps its books to itself](https://github.com/acme/shop/blob/4c1d9e2/docs/adr/0007-ledger-internals.md):
    > Posting order is ledger's invariant; nobody else may depend on how it is kept.

    For maria, one of these clears it
    - [ ] Use <code>services/ledger/api</code> instead
    - [ ] It must be so for now: ledger or commerce-architects may waive <code>internals</code>

    <details><summary>3 files in 1 service</summary>

    - **checkout** (payments), 3 files in <code>services/checkout/</code>: [<code>main.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/main.go), [<code>settle.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle.go), [<code>settle_test.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle_test.go)

    </details>

    <sub>Judged by [<code>.github/merestone.yml</code>](https://github.com/acme/shop/blob/4c1d9e2/.github/merestone.yml) at <code>4c1d9e2</code>.</sub>
    "##);
}

#[test]
fn advice_holds_nothing() {
    let mut advice = finding(
        "foreign",
        Enforce::Advise,
        vec![slot(Some(Level::Lead), "ledger", &["@tomas"], &["services/ledger/posting.go"])],
        &["services/ledger/posting.go"],
    );
    advice.why = Some("Whoever owns it knows what else depends on it.".to_owned());
    let review = with(review(Scope::Team, two_services()[3..].to_vec()), vec![advice]);
    assert_snapshot!(comment(&review, &context()), @r##"
    <!-- merestone v1 app=12 pull=34 -->
    ### Nothing holds this: advice on foreign

    This change stays inside **ledger** (ledger, 2 files). What follows is advice: it holds nothing, and nobody is asked.

    **foreign**: Whoever owns it knows what else depends on it.

    In [<code>services/ledger/posting.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting.go).

    If in doubt, talk to **tomas**.

    <details><summary>2 files in 1 service</summary>

    - **ledger** (ledger), 2 files in <code>services/ledger/</code>: [<code>posting.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting.go), [<code>posting_test.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting_test.go)

    </details>

    <sub>Judged by [<code>.github/merestone.yml</code>](https://github.com/acme/shop/blob/4c1d9e2/.github/merestone.yml) at <code>4c1d9e2</code>.</sub>
    "##);
}

#[test]
fn two_findings_with_joint_owners() {
    assert_snapshot!(comment(&joint(), &context()), @r##"
    <!-- merestone v1 app=12 pull=34 -->
    ### Waiting for ledger or payments, and identity

    This change spans **ledger** (ledger, 1 file), **login** (identity, 1 file) and **proto** (ledger or payments, 1 file). **ledger** or **payments**, and **identity** sign by approving, each for its own part. Nothing for you to do, maria.

    **api-contract**, waits for **ledger** or **payments**: Others build on this contract.

    In [<code>proto/order.proto</code>](https://github.com/acme/shop/blob/9f8e7d6/proto/order.proto).

    **foreign**, waits for **identity**: Whoever runs it hears of changes by others.

    In [<code>services/ledger/main.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/main.go) and [<code>services/login/main.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/login/main.go).

    - **ledger** for 1 file: signed by **tomas**
    - **identity** for 1 file: has not signed yet

    For ledger or payments
    - [ ] The change is backward compatible, or every consumer has agreed

    <details><summary>3 files in 3 services</summary>

    ```mermaid
    graph LR
      s1 --> t1
      s2 --> t2
      s3 --> t1
      s3 --> t3
    ```

    t1 ledger, t2 identity, t3 payments

    - s1 **ledger** (ledger), 1 file in <code>services/ledger/</code>: [<code>main.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/main.go)
    - s2 **login** (identity), 1 file in <code>services/login/</code>: [<code>main.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/login/main.go)
    - s3 **proto** (ledger or payments), 1 file in <code>proto/</code>: [<code>order.proto</code>](https://github.com/acme/shop/blob/9f8e7d6/proto/order.proto)

    </details>

    <sub>Judged by [<code>.github/merestone.yml</code>](https://github.com/acme/shop/blob/4c1d9e2/.github/merestone.yml) at <code>4c1d9e2</code>. A sign-off lasts while the files that it covers stay as they are.</sub>
    "##);
}

#[test]
fn four_services_have_a_graph() {
    assert_snapshot!(comment(&four_services(), &context()), @r##"
    <!-- merestone v1 app=12 pull=34 -->
    ### Waiting for architecture-council

    This change spans 4 services of 3 teams, across the domains commerce and platform: **checkout**, **ledger**, **login** and **proto**. Anyone of **architecture-council** signs by approving. Nothing for you to do, maria.

    **domain-crossing** in all 4 files: Two domains change together here.

    Decided in [ADR-0003 Domains share nothing](https://github.com/acme/shop/blob/4c1d9e2/docs/adr/0003-domains-share-nothing.md):
    > A domain never reads what another stores.

    <details><summary>4 files in 4 services</summary>

    ```mermaid
    graph LR
      s1 --> t1
      s2 --> t2
      s3 --> t3
      s4 --> t1
      s4 --> t2
      t1 -.-> a1
      t2 -.-> a1
      t3 -.-> a1
    ```

    t1 payments, t2 ledger, t3 identity, a1 architecture-council signs

    - s1 **checkout** (payments), 1 file in <code>services/checkout/</code>: [<code>main.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/main.go)
    - s2 **ledger** (ledger), 1 file in <code>services/ledger/</code>: [<code>posting.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting.go)
    - s3 **login** (identity), 1 file in <code>services/login/</code>: [<code>session.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/login/session.go)
    - s4 **proto** (ledger or payments), 1 file in <code>proto/</code>: [<code>order.proto</code>](https://github.com/acme/shop/blob/9f8e7d6/proto/order.proto)

    </details>

    <sub>Judged by [<code>.github/merestone.yml</code>](https://github.com/acme/shop/blob/4c1d9e2/.github/merestone.yml) at <code>4c1d9e2</code>. A sign-off lasts while the files that it covers stay as they are.</sub>
    "##);
}

#[test]
fn a_draft_asks_nobody() {
    let context = Context { draft: true, ..context() };
    assert_snapshot!(head_of(&comment(&crossing_by(None), &context)), @r##"
    <!-- merestone v1 app=12 pull=34 -->
    ### Draft: commerce-architects will be asked when it is ready

    This change spans **checkout** (payments, 3 files) and **ledger** (ledger, 2 files). Nobody is asked while it is a draft: mark it ready for review when it is, maria.
    "##);
}

#[test]
fn changes_requested_are_the_authors() {
    let mut finding = crossing(None);
    finding.slots[0].state = SlotState::ChangesRequested { by: "ada".to_owned(), changed: false };
    let review = with(review(Scope::Domain, two_services()), vec![finding]);
    assert_snapshot!(head_of(&comment(&review, &context())), @r##"
    <!-- merestone v1 app=12 pull=34 -->
    ### Changes requested by ada (commerce-architects)

    This change spans **checkout** (payments, 3 files) and **ledger** (ledger, 2 files). It holds until **ada**, another of **commerce-architects**, or a level above approves. The next step is yours, maria.
    "##);
}

#[test]
fn configuration_errors_come_first() {
    let mut ghosts = crossing(None);
    ghosts.slots[0].from = vec![Handle::new("@acme/ghosts")];
    ghosts.slots[0].state = SlotState::Unresolvable { why: "GitHub knows no such team".to_owned() };
    ghosts.checklist.clear();
    let review = with(review(Scope::Domain, two_services()), vec![ghosts]);
    assert_snapshot!(comment(&review, &context()), @r##"
    <!-- merestone v1 app=12 pull=34 -->
    ### Configuration error: ghosts cannot sign

    This change spans **checkout** (payments, 3 files) and **ledger** (ledger, 2 files). Nothing that this change does is the reason: it is mended in <code>.github/merestone.yml</code> at the base, in the team on GitHub or in what the App may see, and the check holds until then. Nothing for you to do, maria.

    **ghosts** cannot sign, and rule <code>crossing</code> needs it (GitHub knows no such team).

    **crossing** in all 5 files: Teams change together here; the contract between them is kept by those above both.

    Decided in [ADR-0002 Teams meet at contracts](https://github.com/acme/shop/blob/4c1d9e2/docs/adr/0002-teams-meet-at-contracts.md):
    > Teams call each other through published APIs only, and agree on the order before either side ships.

    <details><summary>5 files in 2 services</summary>

    - **checkout** (payments), 3 files in <code>services/checkout/</code>: [<code>main.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/main.go), [<code>settle.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle.go), [<code>settle_test.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle_test.go)
    - **ledger** (ledger), 2 files in <code>services/ledger/</code>: [<code>posting.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting.go), [<code>posting_test.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting_test.go)

    </details>

    <sub>Judged by [<code>.github/merestone.yml</code>](https://github.com/acme/shop/blob/4c1d9e2/.github/merestone.yml) at <code>4c1d9e2</code>. A sign-off lasts while the files that it covers stay as they are.</sub>
    "##);
}

#[test]
fn a_note_about_the_rules_is_a_configuration_error() {
    let mut review = review(Scope::Team, two_services()[..3].to_vec());
    review.notes = vec![Note::Configuration {
        message: "rule crossing names ADR-2, which is ambiguous: docs/adr/0002-a.md or docs/adr/0002-b.md.".to_owned(),
    }];
    let review = with(review, Vec::new());
    assert!(has_comment(&review));
    assert_snapshot!(comment(&review, &context()), @r##"
    <!-- merestone v1 app=12 pull=34 -->
    ### Configuration error: rule crossing names ADR-2, which is ambiguous: docs/adr/0002-a.md or docs/adr/0002-b.md

    This change stays inside **checkout** (payments, 3 files). Nothing that this change does is the reason: it is mended in <code>.github/merestone.yml</code> at the base, in the team on GitHub or in what the App may see, and the check holds until then. Nothing for you to do, maria.

    In the rules: rule crossing names ADR-2, which is ambiguous: docs/adr/0002-a.md or docs/adr/0002-b.md.

    <details><summary>3 files in 1 service</summary>

    - **checkout** (payments), 3 files in <code>services/checkout/</code>: [<code>main.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/main.go), [<code>settle.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle.go), [<code>settle_test.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle_test.go)

    </details>

    <sub>Judged by [<code>.github/merestone.yml</code>](https://github.com/acme/shop/blob/4c1d9e2/.github/merestone.yml) at <code>4c1d9e2</code>.</sub>
    "##);
}

#[test]
fn nobody_and_outages_are_told_apart() {
    let mut finding = crossing(None);
    finding.slots[0].from.clear();
    finding.slots[0].state = SlotState::Nobody;
    let nobody = with(review(Scope::Domain, two_services()), vec![finding]);
    assert_snapshot!(head_of(&comment(&nobody, &context())), @r##"
    <!-- merestone v1 app=12 pull=34 -->
    ### Nobody can sign: the rules name no one for crossing

    This change spans **checkout** (payments, 3 files) and **ledger** (ledger, 2 files). Rule <code>crossing</code> asks for a sign-off, and <code>.github/merestone.yml</code> names nobody who could give it, at that level or above. Whoever keeps the file names somebody there at the base; the check holds until then. Nothing for you to do, maria.
    "##);

    let mut finding = crossing(None);
    finding.slots[0].state =
        SlotState::Unknown { why: "GitHub answered 502 for the members of commerce-architects".to_owned() };
    let outage = with(review(Scope::Domain, two_services()), vec![finding]);
    assert_snapshot!(head_of(&comment(&outage, &context())), @r##"
    <!-- merestone v1 app=12 pull=34 -->
    ### Cannot be judged yet

    This change spans **checkout** (payments, 3 files) and **ledger** (ledger, 2 files). Something could not be asked for: GitHub answered 502 for the members of commerce-architects. It is tried again by itself.
    "##);
}

#[test]
fn who_cannot_be_asked_is_named() {
    let context = Context {
        unaskable: vec![(Handle::new("@acme/commerce-architects"), "it has no access to this repository".to_owned())],
        ..context()
    };
    assert_snapshot!(head_of(&comment(&crossing_by(None), &context)), @r##"
    <!-- merestone v1 app=12 pull=34 -->
    ### Waiting for commerce-architects

    This change spans **checkout** (payments, 3 files) and **ledger** (ledger, 2 files). Anyone of **commerce-architects** signs by approving.

    Could not be asked: **commerce-architects** (it has no access to this repository). Please tell them yourself, maria. So nobody is asked for that part; **commerce-architects** may sign it all the same, by approving.
    "##);
}

#[test]
fn what_differs_by_the_commits_alone_is_compared_as_equal() {
    let at = |base: &str, head: &str| Context {
        pull: Some(34),
        base_commit: base.to_owned(),
        head_commit: head.to_owned(),
        ..context()
    };
    let review = crossing_by(None);
    let of = |context: &Context| (comment(&review, context), super::super::check(&review, context));
    let (one, other) = (at("4c1d9e2", "9f8e7d6"), at("0a1b2c3", "6d7e8f9"));
    let sent = of(&one);
    for commit in ["9f8e7d6", "/blob/9f"] {
        assert!(!sent.0.contains(commit) && !sent.1.summary.contains(commit), "no push changes a word:\n{}", sent.0);
    }
    assert!(sent.0.contains("/blob/4c1d9e2/docs/adr/"), "what is sent names the true base");
    assert_ne!(sent, of(&other));
    assert_eq!(compared(&review, &one, "1d1d"), compared(&review, &other, "1d1d"));
    assert_ne!(compared(&review, &one, "1d1d"), compared(&review, &one, "2e2e"));
    // Nor does a file that nobody owns, and one that somebody owns does.
    let with = |teams: &[&str]| {
        let mut more = review.clone();
        let teams = teams.iter().map(|team| (*team).to_owned()).collect();
        more.files.push(FileReview { path: "README.md".to_owned(), teams, ..more.files[0].clone() });
        more
    };
    assert_eq!(compared(&review, &one, "1d1d"), compared(&with(&[]), &one, "1d1d"));
    assert_ne!(compared(&review, &one, "1d1d"), compared(&with(&["sre"]), &one, "1d1d"));
    // printf 'services/checkout/main.go' | sha256sum
    let link = "[<code>main.go</code>](https://github.com/acme/shop/pull/34/files#diff-b920078895177b6f6db71a78b668c608308bd0060bcad0af11f53398b3da616a)";
    assert!(sent.0.contains(link), "{}", sent.0);
}

#[test]
fn a_hidden_team_is_not_named() {
    let context =
        Context { hidden: vec![Handle::new("@acme/commerce-architects"), Handle::new("@acme/ledger")], ..context() };
    for review in [crossing_by(None), crossing_by(Some("ada"))] {
        let body = comment(&review, &context);
        assert!(!body.contains("commerce-architects"), "{body}");
        assert!(body.contains("a team that you cannot see"), "{body}");
    }
    assert_snapshot!(head_of(&comment(&crossing_by(None), &context)), @r##"
    <!-- merestone v1 app=12 pull=34 -->
    ### Waiting for a team that you cannot see

    This change spans **checkout** (payments, 3 files) and **ledger** (ledger, 2 files). Anyone of a team that you cannot see signs by approving. Nothing for you to do, maria.
    "##);
}

#[test]
fn a_hidden_team_is_not_named_in_what_is_wrong_or_unknown_either() {
    let context = Context { hidden: vec![Handle::new("@acme/Moles")], ..context() };
    for state in [
        SlotState::Unresolvable { why: "there is no team @acme/moles, or @ACME/MOLES may not be seen".to_owned() },
        SlotState::Unknown { why: "@acme/moles: 502".to_owned() },
    ] {
        let mut review = crossing_by(None);
        review.findings[0].slots[0].state = state;
        review.findings[0].slots[0].from = vec![Handle::new("@acme/moles")];
        review.findings[0].evidence[0].detail = Some("whether ivo belongs to @acme/moles could not be told".to_owned());
        review.findings[0].evidence[0].line = Some(1);
        review.notes = vec![Note::Configuration { message: "rule crossing asks @acme/moles to sign".to_owned() }];
        let shown = format!("{}{:?}", comment(&review, &context), check(&review, &context));
        assert!(!shown.to_lowercase().contains("moles"), "{shown}");
        // Another name that begins alike is another team.
        review.notes = vec![Note::Configuration { message: "rule crossing asks @acme/moles-2 to sign".to_owned() }];
        assert!(comment(&review, &context).contains("moles-2"));
    }
}

#[test]
fn records_that_are_not_in_force_are_flagged() {
    let mut finding = crossing(None);
    let record = |status| crate::review::AdrRef { status: Some(status), ..meet_at_contracts() };
    let mut replaced = record(Status::Superseded);
    replaced.superseded_by = vec!["docs/adr/0009-new-way.md".to_owned()];
    let mut missing = meet_at_contracts();
    (missing.id, missing.title, missing.path) = ("ADR-99".to_owned(), None, None);
    finding.adrs = vec![replaced, record(Status::Rejected), record(Status::Deprecated), missing];
    finding.checklist.clear();
    let body = comment(&with(review(Scope::Domain, two_services()), vec![finding]), &context());
    let lines: Vec<&str> =
        body.lines().filter(|line| line.starts_with("Decided") || line.starts_with("The rule names")).collect();
    assert_snapshot!(lines.join("\n"), @r##"
    Decided in [ADR-0002 Teams meet at contracts](https://github.com/acme/shop/blob/4c1d9e2/docs/adr/0002-teams-meet-at-contracts.md) (superseded by [<code>0009-new-way.md</code>](https://github.com/acme/shop/blob/4c1d9e2/docs/adr/0009-new-way.md)):
    Decided in [ADR-0002 Teams meet at contracts](https://github.com/acme/shop/blob/4c1d9e2/docs/adr/0002-teams-meet-at-contracts.md) (rejected: this was decided against):
    Decided in [ADR-0002 Teams meet at contracts](https://github.com/acme/shop/blob/4c1d9e2/docs/adr/0002-teams-meet-at-contracts.md) (deprecated: no longer in force, with no successor):
    The rule names ADR-99, and there is no such record at the base.
    "##);
}

#[test]
fn what_cannot_be_told_counts() {
    let mut finding = crossing(None);
    finding.cannot_tell = true;
    finding.evidence.truncate(1);
    finding.evidence[0].detail = Some("GitHub gives no patch of it".to_owned());
    let body = comment(&with(review(Scope::Domain, two_services()), vec![finding]), &context());
    let from = body.find("**crossing**").unwrap();
    assert_snapshot!(&body[from..body.find("Decided").unwrap()], @r##"
    **crossing**: Teams change together here; the contract between them is kept by those above both.

    Whether it matches could not be told, so it counts as if it did.

    - [<code>services/checkout/main.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/main.go): GitHub gives no patch of it
    "##);
}

#[test]
fn what_was_not_judged_is_said() {
    let mut review = crossing_by(None);
    review.notes = vec![
        Note::RuleSkipped {
            rule: "stack".to_owned(),
            keys: vec!["adds_dependency".to_owned(), "needs_adr".to_owned()],
        },
        Note::NotJudged { rule: "foreign".to_owned(), why: "no author was named".to_owned() },
    ];
    let body = comment(&review, &context());
    assert_snapshot!(&body[body.find("</details>").unwrap()..], @r##"
    </details>

    - Rule <code>stack</code> was skipped: this version does not judge <code>adds_dependency</code> and <code>needs_adr</code> yet.
    - Rule <code>foreign</code> was not judged: no author was named.

    <sub>Judged by [<code>.github/merestone.yml</code>](https://github.com/acme/shop/blob/4c1d9e2/.github/merestone.yml) at <code>4c1d9e2</code>. A sign-off lasts while the files that it covers stay as they are.</sub>
    "##);
}

#[test]
fn from_four_findings_on_a_table_comes_first() {
    let mut findings: Vec<Finding> = vec![internals(), crossing(None)];
    for rule in ["api-contract", "data-model", "delivery"] {
        let slot = slot(Some(Level::Team), "ledger", &["@acme/ledger"], &["services/ledger/posting.go"]);
        let mut more = finding(rule, Enforce::Review, vec![slot], &["services/ledger/posting.go"]);
        more.checklist = (1..=3).map(|n| item(&format!("{rule} {n}"), &["@acme/ledger"], None)).collect();
        findings.push(more);
    }
    assert_snapshot!(comment(&with(review(Scope::Domain, two_services()), findings), &context()), @r##"
    <!-- merestone v1 app=12 pull=34 -->
    ### Blocked: rule internals matches <code>services/checkout/settle.go:14</code>

    This change spans **checkout** (payments, 3 files) and **ledger** (ledger, 2 files). An approval does not clear this, because the change itself is the question. Besides, **commerce-architects** and **ledger** must sign.

    | rule | where | decided in | state |
    |---|---|---|---|
    | **internals** | [<code>services/checkout/settle.go:14</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle.go#L14) | [ADR-0007 Ledger keeps its books to itself](https://github.com/acme/shop/blob/4c1d9e2/docs/adr/0007-ledger-internals.md) | blocks |
    | **crossing** | 5 files | [ADR-0002 Teams meet at contracts](https://github.com/acme/shop/blob/4c1d9e2/docs/adr/0002-teams-meet-at-contracts.md) | waits for **commerce-architects** |
    | **api-contract** | [<code>services/ledger/posting.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting.go) |  | waits for **ledger** |
    | **data-model** | [<code>services/ledger/posting.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting.go) |  | waits for **ledger** |
    | **delivery** | [<code>services/ledger/posting.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting.go) |  | waits for **ledger** |

    <details><summary>Why, and where exactly</summary>

    **internals**, blocks: Nobody depends on how ledger keeps its books.

    - [<code>services/checkout/settle.go:14</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle.go#L14): imports services/ledger/internal/posting; use <code>services/ledger/api</code> instead

    Decided in [ADR-0007 Ledger keeps its books to itself](https://github.com/acme/shop/blob/4c1d9e2/docs/adr/0007-ledger-internals.md):
    > Posting order is ledger's invariant; nobody else may depend on how it is kept.

    **crossing** in all 5 files, waits for **commerce-architects**: Teams change together here; the contract between them is kept by those above both.

    Decided in [ADR-0002 Teams meet at contracts](https://github.com/acme/shop/blob/4c1d9e2/docs/adr/0002-teams-meet-at-contracts.md):
    > Teams call each other through published APIs only, and agree on the order before either side ships.

    **api-contract**, waits for **ledger**: matches 1 file.

    In [<code>services/ledger/posting.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting.go).

    **data-model**, waits for **ledger**: matches 1 file.

    In [<code>services/ledger/posting.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting.go).

    **delivery**, waits for **ledger**: matches 1 file.

    In [<code>services/ledger/posting.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting.go).

    </details>

    For maria, one of these clears it
    - [ ] Use <code>services/ledger/api</code> instead
    - [ ] It must be so for now: ledger or commerce-architects may waive <code>internals</code>

    For commerce-architects
    - [ ] Both teams agree on the order of roll-out
    - [ ] The old and the new form work side by side until both have shipped (ADR-0002)

    For ledger
    - [ ] api-contract 1
    - [ ] api-contract 2
    - [ ] api-contract 3

    <details><summary>6 more items</summary>

    For ledger
    - [ ] data-model 1
    - [ ] data-model 2
    - [ ] data-model 3
    - [ ] delivery 1
    - [ ] delivery 2
    - [ ] delivery 3

    </details>

    <details><summary>5 files in 2 services</summary>

    - **checkout** (payments), 3 files in <code>services/checkout/</code>: [<code>main.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/main.go), [<code>settle.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle.go), [<code>settle_test.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle_test.go)
    - **ledger** (ledger), 2 files in <code>services/ledger/</code>: [<code>posting.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting.go), [<code>posting_test.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting_test.go)

    </details>

    <sub>Judged by [<code>.github/merestone.yml</code>](https://github.com/acme/shop/blob/4c1d9e2/.github/merestone.yml) at <code>4c1d9e2</code>. A sign-off lasts while the files that it covers stay as they are.</sub>
    "##);
}

#[test]
fn strangers_write_text() {
    let path = "services/checkout/a`|<b>@ada [x](http://evil.dev) \u{202e}og.niam.rs";
    let mut files = two_services();
    files[0].path = path.to_owned();
    let mut finding = crossing(None);
    finding.evidence = vec![at(path, Some(3)), at("services/ledger/posting.go", None)];
    finding.why =
        Some("Ask @acme/payments, see #12 and www.evil.dev :tada:\n\n- [x] done\n<!-- merestone v1 -->".to_owned());
    finding.adrs[0].title = Some("T](javascript:alert(1)) deadbeef".to_owned());
    finding.adrs[0].decision = Some("# Heading\n> [!NOTE] ![x](https://evil.dev/x.png)".to_owned());
    finding.checklist = vec![item("1. **bold** </details> ada@acme.dev GH-7", &["@evil<b>"], None)];
    let context = Context { author: Some("maria\n### Approved".to_owned()), ..context() };
    let review = with(review(Scope::Domain, files), vec![finding]);
    assert_snapshot!(comment(&review, &context), @r##"
    <!-- merestone v1 app=12 pull=34 -->
    ### Waiting for commerce-architects

    This change spans **checkout** (payments, 3 files) and **ledger** (ledger, 2 files). Anyone of **commerce-architects** signs by approving. Nothing for you to do, maria &#35;&#35;&#35; Approved.

    **crossing**: Ask &#64;&#8203;acme/payments, see &#35;&#8203;12 and www&#8203;&#46;evil.dev &#58;&#8203;tada: - &#91;x&#93; done &lt;&#33;-- merestone v1 --&gt;

    In <code>services/checkout/a&#96;&#124;&lt;b&gt;&#64;&#8203;ada &#91;x&#93;&#40;http&#58;&#8203;//evil.dev&#41; \u{202e}og.niam.rs:3</code> and [<code>services/ledger/posting.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting.go).

    Decided in [ADR-0002 T&#93;&#40;javascript:alert&#40;1&#41;&#41; deadbe&#8203;ef](https://github.com/acme/shop/blob/4c1d9e2/docs/adr/0002-teams-meet-at-contracts.md):
    > &#35; Heading &gt; &#91;&#33;NOTE&#93; &#33;&#91;x&#93;&#40;https&#58;&#8203;//evil.dev/x.png&#41;

    For evil&lt;b&gt;
    - [ ] 1&#46; &#42;&#42;bold&#42;&#42; &lt;/details&gt; ada&#64;&#8203;acme.dev GH&#45;&#8203;7

    <details><summary>5 files in 2 services</summary>

    - **checkout** (payments), 3 files in <code>services/checkout/</code>: <code>a&#96;&#124;&lt;b&gt;&#64;&#8203;ada &#91;x&#93;&#40;http&#58;&#8203;//evil.dev&#41; \u{202e}og.niam.rs</code>, [<code>settle.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle.go), [<code>settle_test.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle_test.go)
    - **ledger** (ledger), 2 files in <code>services/ledger/</code>: [<code>posting.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting.go), [<code>posting_test.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting_test.go)

    </details>

    <sub>Judged by [<code>.github/merestone.yml</code>](https://github.com/acme/shop/blob/4c1d9e2/.github/merestone.yml) at <code>4c1d9e2</code>. A sign-off lasts while the files that it covers stay as they are.</sub>
    "##);
}

#[test]
fn without_an_address_nothing_is_linked() {
    let context = Context { repository_url: None, ..context() };
    let body = comment(&crossing_by(None), &context);
    assert!(!body.contains("]("), "{body}");
    let record = "ADR-0002 Teams meet at contracts (<code>docs/adr/0002-teams-meet-at-contracts.md</code>)";
    assert!(body.contains(record), "{body}");
}

#[test]
fn a_removed_file_is_linked_where_it_still_is() {
    let mut files = two_services();
    files[0].status = crate::review::FileStatus::Removed;
    let body = comment(&with(review(Scope::Domain, files), vec![crossing(None)]), &context());
    assert!(
        body.contains(
            "[<code>main.go</code>](https://github.com/acme/shop/blob/4c1d9e2/services/checkout/main.go) removed"
        ),
        "{body}"
    );
    assert!(body.contains("(https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle.go)"), "{body}");
}

#[test]
fn shadow_findings_have_no_comment() {
    let mut shadow = crossing(None);
    shadow.enforce = Enforce::Shadow;
    assert!(!has_comment(&with(review(Scope::Domain, two_services()), vec![shadow])));
    assert!(has_comment(&crossing_by(None)));
}

/// The comment down to the first finding.
fn head_of(body: &str) -> String {
    body.lines().take_while(|line| !line.starts_with("**crossing")).collect::<Vec<_>>().join("\n")
}

/// The sentence of a sign-off by ada at `abc1234` that ended by this.
fn ended_by(cause: LapseCause, commit: Option<&str>) -> String {
    let mut review = crossing_by(None);
    let lapsed = Lapsed { review_id: 7, by: "ada".to_owned(), commit: commit.map(str::to_owned), cause };
    review.findings[0].slots[0].lapsed = vec![lapsed.clone(), lapsed];
    let comment = comment(&review, &context());
    let mut found = comment.lines().filter(|line| line.contains("**ada**"));
    let line = found.next().unwrap_or_else(|| panic!("no sentence in\n{comment}")).to_owned();
    assert_eq!(found.next(), None, "it is said twice in\n{comment}");
    line
}

#[test]
fn a_sign_off_that_ended_is_told_with_what_ended_it() {
    let by = || Some("maria".to_owned());
    let head = Some("def56789".to_owned());
    let at = Some("abc12345");
    let changed = |head, by| LapseCause::Changed { head, by };
    for (cause, commit, said) in [
        (
            changed(head.clone(), by()),
            at,
            "**ada** signed off at <code>abc1234</code>; the push of <code>def5678</code> by **maria** changed what was signed.",
        ),
        (
            changed(head, None),
            at,
            "**ada** signed off at <code>abc1234</code>; the push of <code>def5678</code> changed what was signed.",
        ),
        (changed(None, None), None, "**ada** signed off; the rules or the base changed what was signed."),
        (
            LapseCause::Left,
            at,
            "**ada** signed off at <code>abc1234</code> and is not one of **commerce-architects** any more.",
        ),
        (
            LapseCause::Dismissed { by: by() },
            at,
            "**ada** signed off at <code>abc1234</code>; that was dismissed by **maria**.",
        ),
        (LapseCause::Dismissed { by: None }, None, "**ada** signed off; that was dismissed."),
        (
            LapseCause::Unreadable { why: "GitHub does not have it any more".to_owned() },
            at,
            "The approval by **ada** does not count: the commit <code>abc1234</code> that it was given on cannot be read (GitHub does not have it any more).",
        ),
        (
            LapseCause::Unreadable { why: "GitHub does not say which commit it was given on".to_owned() },
            None,
            "The approval by **ada** does not count: GitHub does not say which commit it was given on.",
        ),
    ] {
        assert_eq!(ended_by(cause, commit), said);
    }
}

#[test]
fn who_is_not_asked_is_told_without_a_mention() {
    let mut review = crossing_by(None);
    let left_out = |name, refused| NotAsked { handle: Handle::new(name), refused };
    review.not_asked = vec![left_out("@acme/commerce-architects", false), left_out("@acme/ledger", true)];
    review.storm = true;
    let comment = comment(&review, &context());
    assert!(comment.contains("\n\nTouches 2 teams: only the architects are asked.\n\n"), "{comment}");
    let said = "\n\n**commerce-architects** was taken off the reviewers by a person and is not asked again until the evidence changes.\n\n";
    assert!(comment.contains(said), "{comment}");
    assert!(!comment.contains('@'), "{comment}");
}

//! The check run.

use insta::assert_snapshot;

use super::fixtures::*;
use crate::render::{Check, Context, check, check_of_broken_rules, check_of_outage};
use crate::review::{Conclusion, FileStatus, RulesFrom, Scope};
use crate::rules::{Broken, Enforce, Level, Mode, Origin, Place, Problem, Severity};

fn shown(check: &Check) -> String {
    format!("{:?}: {}\n\n{}", check.conclusion, check.title, check.summary)
}

#[test]
fn one_team_is_quiet() {
    let review = review(Scope::Team, two_services()[..3].to_vec());
    assert_snapshot!(shown(&check(&review, &context())), @r##"
    Success: One team: nothing to sign

    No rule matched: nobody is asked, and nothing is held.

    This change stays inside **checkout** (payments, 3 files).

    <details><summary>3 files in 1 service</summary>

    - **checkout** (payments), 3 files in <code>services/checkout/</code>: [<code>main.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/main.go), [<code>settle.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle.go), [<code>settle_test.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle_test.go)

    </details>

    Judged by [<code>.github/merestone.yml</code>](https://github.com/acme/shop/blob/4c1d9e2/.github/merestone.yml) at <code>4c1d9e2</code>.
    "##);
}

#[test]
fn the_summary_has_what_the_comment_has() {
    let review = with(review(Scope::Domain, two_services()), vec![crossing(None)]);
    assert_snapshot!(shown(&check(&review, &context())), @r##"
    ActionRequired: Waiting for commerce-architects

    This change spans **checkout** (payments, 3 files) and **ledger** (ledger, 2 files). Anyone of **commerce-architects** signs by approving. Nothing for you to do, maria.

    **crossing** in all 5 files: Teams change together here; the contract between them is kept by those above both.

    Decided in [ADR-0002 Teams meet at contracts](https://github.com/acme/shop/blob/4c1d9e2/docs/adr/0002-teams-meet-at-contracts.md):
    > Teams call each other through published APIs only, and agree on the order before either side ships.

    For commerce-architects
    - Both teams agree on the order of roll-out
    - The old and the new form work side by side until both have shipped (ADR-0002)

    <details><summary>5 files in 2 services</summary>

    - **checkout** (payments), 3 files in <code>services/checkout/</code>: [<code>main.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/main.go), [<code>settle.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle.go), [<code>settle_test.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/checkout/settle_test.go)
    - **ledger** (ledger), 2 files in <code>services/ledger/</code>: [<code>posting.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting.go), [<code>posting_test.go</code>](https://github.com/acme/shop/blob/9f8e7d6/services/ledger/posting_test.go)

    </details>

    Judged by [<code>.github/merestone.yml</code>](https://github.com/acme/shop/blob/4c1d9e2/.github/merestone.yml) at <code>4c1d9e2</code>. A sign-off lasts while the files that it covers stay as they are.
    "##);
}

#[test]
fn in_shadow_it_says_whom_it_would_have_asked() {
    let files = vec![file("a/x.rs", None, &["@acme/a-team"]), file("b/y.rs", None, &["@acme/b-team"])];
    let slots = vec![
        slot(Some(Level::Lead), "@acme/a-team", &["@acme/a-team"], &["a/x.rs"]),
        slot(Some(Level::Lead), "@acme/b-team", &["@acme/b-team"], &["b/y.rs"]),
    ];
    let mut review =
        with(review(Scope::Domain, files), vec![finding("crossing", Enforce::Shadow, slots, &["a/x.rs", "b/y.rs"])]);
    review.mode = Mode::Shadow;
    let context = Context { rules_from: Some(RulesFrom::Startup), ..context() };
    assert_snapshot!(shown(&check(&review, &context)), @r##"
    Neutral: In shadow: would have asked a-team and b-team

    This change spans **a-team** (1 file) and **b-team** (1 file). The rules run in shadow: what they would have done is recorded, nobody is asked, and nothing is held.

    **crossing**, would have asked **a-team** and **b-team**: matches 2 files.

    In [<code>a/x.rs</code>](https://github.com/acme/shop/blob/9f8e7d6/a/x.rs) and [<code>b/y.rs</code>](https://github.com/acme/shop/blob/9f8e7d6/b/y.rs).

    - **a-team** for 1 file: not asked
    - **b-team** for 1 file: not asked

    <details><summary>2 files by owner</summary>

    - **a-team**, 1 file in <code>a/</code>: [<code>x.rs</code>](https://github.com/acme/shop/blob/9f8e7d6/a/x.rs)
    - **b-team**, 1 file in <code>b/</code>: [<code>y.rs</code>](https://github.com/acme/shop/blob/9f8e7d6/b/y.rs)

    </details>

    Judged by the pack startup (the repository has no rules file) at <code>4c1d9e2</code>.
    "##);
}

#[test]
fn a_rule_in_shadow_is_counted_and_not_shown() {
    let mut crossing = crossing(None);
    crossing.enforce = Enforce::Shadow;
    let review = with(review(Scope::Domain, two_services()), vec![crossing]);
    let check = check(&review, &context());
    assert_snapshot!(check.title, @r##"Nothing to sign"##);
    assert_snapshot!(check.summary.lines().next().unwrap(), @r##"Nobody is asked, and nothing is held. 1 rule in shadow matched, which is recorded."##);
    assert!(check.annotations.is_empty());
}

#[test]
fn evidence_with_a_line_is_annotated() {
    let mut removed = internals();
    removed.evidence[0].path = "services/checkout/main.go".to_owned();
    let mut files = two_services();
    files[0].status = FileStatus::Removed;
    let mut advice = internals();
    advice.enforce = Enforce::Advise;
    advice.evidence[0].line = Some(0);
    let review = with(review(Scope::Domain, files), vec![internals(), removed, crossing(None), advice]);
    let annotations = check(&review, &context()).annotations;
    let [only] = annotations.as_slice() else { panic!("{annotations:?}") };
    assert!(only.failure);
    assert_snapshot!(format!("{}:{} {}\n{}", only.path, only.line, only.title, only.message), @r##"
    services/checkout/settle.go:14 internals: blocks
    imports services/ledger/internal/posting
    Use services/ledger/api instead.
    Nobody depends on how ledger keeps its books.
    ADR-0007 Ledger keeps its books to itself: Posting order is ledger's invariant; nobody else may depend on how it is kept.
    "##);
}

#[test]
fn broken_rules_fail_on_their_line() {
    let problem = |severity, line, message: &str| Problem {
        severity,
        place: Some(Place::new(line, 12)),
        message: message.to_owned(),
    };
    let mut broken = Broken {
        origin: Origin::Own,
        path: ".github/merestone.yml".to_owned(),
        text: Vec::new(),
        problems: vec![
            problem(Severity::Warning, 3, "team `sre` owns nothing"),
            problem(Severity::Error, 9, "unknown team `paymnets`; did you mean `payments`?"),
            problem(Severity::Error, 17, "a value that begins with `@` needs quotes"),
        ],
    };
    let check = check_of_broken_rules(&broken, false);
    assert_snapshot!(shown(&check), @r##"
    Failure: .github/merestone.yml is broken at line 9: unknown team `paymnets`; did you mean `payments`?

    <code>.github/merestone.yml</code> at the base cannot be used: 2 errors. Nothing is judged, nobody is asked, and this check fails until whoever keeps the file has mended it at the base. Nothing that this change does is the reason.

    - line 9, column 12: unknown team &#96;paymnets&#96;; did you mean &#96;payments&#96;?
    - line 17, column 12: a value that begins with &#96;&#64;&#8203;&#96; needs quotes
    - warning, line 3, column 12: team &#96;sre&#96; owns nothing

    `merestone lint` lists the same, before a push. The pull request that mends <code>.github/merestone.yml</code> needs an administrator to merge it past this check, since there are no rules to judge it by.
    "##);
    let lines: Vec<u32> = check.annotations.iter().map(|annotation| annotation.line).collect();
    assert_eq!(lines, [9, 17, 3]);

    // Of the organisation's file there is no line to point at here; and in public nothing of what it says is said.
    broken.origin = Origin::Organization;
    broken.path = "acme/.github: .github/merestone.yml".to_owned();
    broken.problems.truncate(2);
    let check = check_of_broken_rules(&broken, false);
    assert_snapshot!(shown(&check), @r##"
    Failure: acme/.github: .github/merestone.yml is broken at line 9: unknown team `paymnets`; did you mean `payments`?

    <code>acme/.github: .github/merestone.yml</code> cannot be used: 1 error. Nothing is judged, nobody is asked, and this check fails until whoever keeps the file has mended it. Nothing that this change does is the reason.

    - line 9, column 12: unknown team &#96;paymnets&#96;; did you mean &#96;payments&#96;?
    - warning, line 3, column 12: team &#96;sre&#96; owns nothing

    `merestone lint` lists the same, before a push. The pull request that mends <code>acme/.github: .github/merestone.yml</code> needs an administrator to merge it past this check, since there are no rules to judge it by.
    "##);
    assert_eq!(check.annotations, []);
    assert_snapshot!(shown(&check_of_broken_rules(&broken, true)), @r##"
    Failure: The organisation's file is broken at line 9

    The organisation's file cannot be used, and no version of it could be before. Nothing is judged, nobody is asked, and this check fails until whoever keeps the file has mended it. Nothing that this change does is the reason. What is wrong with it is not said here, since this repository is public and that one is not.
    "##);
}

#[test]
fn an_outage_holds() {
    let check = check_of_outage("GitHub answered 502 to the list of files");
    assert_eq!(check.conclusion, Conclusion::ActionRequired);
    assert_snapshot!(shown(&check), @r##"
    ActionRequired: Cannot be judged yet

    GitHub answered 502 to the list of files

    Nothing is decided: the check holds, and it is tried again by itself. There is nothing to do for the author.
    "##);
}

#[test]
fn a_title_of_long_names_fits() {
    let long = format!("@acme/{}", "architects-of-everything-".repeat(8));
    let slots = (0..9).map(|n| slot(None, "x", &[&format!("{long}{n}")], &[])).collect();
    for draft in [false, true] {
        let mut finding = finding("crossing", Enforce::Review, Vec::new(), &[]);
        finding.slots = Vec::clone(&slots);
        let review = with(review(Scope::Domain, two_services()), vec![finding]);
        let title = check(&review, &Context { draft, ..context() }).title;
        assert!(title.chars().count() <= 140, "{title}");
        assert!(title.contains("more"), "{title}");
    }
}

//! 9. Rules that ask for more never let more pass.

use proptest::prelude::*;
use proptest::sample::select;

use super::{LOGINS, OTHER, RISING, case_of, config, rule};
use crate::review::tests::Case;
use crate::review::{ActKind, Review, Verdict};
use crate::rules::{Enforce, Level, SignOff};

/// How far a change is held up: advice holds nothing, whether it is given or not.
fn hold(review: &Review) -> Verdict {
    if review.verdict == Verdict::Advise { Verdict::Pass } else { review.verdict }
}

fn approvals() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(select(&LOGINS[..]), 0..4)
}

/// Only approvals, and by nobody whose change it is: where an author is the whole authority others sign in its place, and a
/// request for changes counts only from those who are named; either is somebody else at another level.
fn approved(mut case: Case, by: Vec<&str>) -> Case {
    case.acts.clear();
    case = case.by("stranger").members("mobile", &["maria"]);
    for team in super::TEAMS {
        let known = case.people.known.get_mut(&crate::rules::Handle::team("acme", team));
        if let Some(crate::review::Membership::Members(members)) = known {
            members.remove("stranger");
        }
    }
    by.into_iter().filter(|login| *login != "stranger").fold(case, |case, login| case.said(login, ActKind::Approved))
}

const LADDER: [Level; 4] = [Level::Team, Level::Lead, Level::Domain, Level::Organization];
const WEIGHT: [Enforce; 5] = [Enforce::None, Enforce::Shadow, Enforce::Advise, Enforce::Review, Enforce::Block];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn one_more_rule_is_never_milder(case in case_of([&RISING[..], &OTHER[..]].concat()), more in rule([&RISING[..], &OTHER[..]].concat())) {
        let before = case.judge();
        let after = case.with_rule(&format!("  - {{ id: more, {more} }}\n")).judge();
        prop_assert!(after.verdict >= before.verdict && after.conclusion >= before.conclusion, "{before:#?}\n{after:#?}");
    }

    #[test]
    fn a_heavier_rule_is_never_milder(mut case in case_of([&RISING[..], &OTHER[..]].concat()), to in select(&WEIGHT[..])) {
        let before = case.judge();
        let first = &mut case.basis.rules.rules[0];
        first.enforce = first.enforce.max(to);
        let after = case.judge();
        prop_assert!(hold(&after) >= hold(&before), "{before:#?}\n{after:#?}");
    }

    #[test]
    fn a_higher_level_is_never_milder(case in case_of(RISING.to_vec()), by in approvals(), from in 0_usize..4, to in 0_usize..4) {
        let mut case = approved(case, by);
        let (low, high) = (from.min(to), from.max(to));
        case.basis.rules.rules[0].sign_off = SignOff::Level(LADDER[low]);
        let before = case.judge();
        case.basis.rules.rules[0].sign_off = SignOff::Level(LADDER[high]);
        let after = case.judge();
        prop_assert!(hold(&after) >= hold(&before), "{before:#?}\n{after:#?}");
    }
}

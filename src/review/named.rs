//! People whom rules name, and authors who are the only ones that could sign: told as small changes.

use std::collections::BTreeSet;

use super::tests::{Case, asked, slots};
use super::*;
use crate::rules::Handle;

const FILES: [&str; 2] = ["services/checkout/a.go", "services/ledger/b.go"];
const CROSSING: &str = "  - { id: crossing, when: { crosses: team } }\n";
const BY_NAME: &str =
    "  - { id: r, when: { paths: [\"services/ledger/\"] }, sign_off: [\"@lena\", \"@helper[bot]\"] }\n";

fn wants(case: &Case) -> BTreeSet<String> {
    case.judge_with(&case.people).wants.iter().map(|handle| handle.as_str().to_owned()).collect()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_named_person_is_looked_up_only_where_they_may_sign() {
    let case = |rules: &str| Case::shop(rules).files(&FILES).members("ledger", &["lena"]);
    assert_eq!(wants(&case(BY_NAME)), names(&["@lena"]), "and an App is what its name says");
    for enforce in ["shadow", "advise", "block"] {
        let rules = BY_NAME.replace("sign_off", &format!("enforce: {enforce}, sign_off"));
        assert_eq!(wants(&case(&rules)), names(&[]), "{enforce}");
    }
    let team = "  - { id: r, when: { paths: [\"services/ledger/\"] }, sign_off: team }\n";
    assert_eq!(wants(&case(team)), names(&[]), "who is above is looked up when they have said something");
    assert_eq!(wants(&case(team).said("tomas", ActKind::Approved)), names(&["@tomas"]));
    assert_eq!(wants(&case(team).said("maria", ActKind::Approved)), names(&[]));
    assert_eq!(wants(&case(team).said("lena", ActKind::Approved)), names(&[]));
    let foreign = "  - { id: r, when: { foreign: true }, sign_off: team }\n";
    let ledger = Case::shop(foreign).files(&FILES[1..]);
    assert_eq!(wants(&ledger.by("Tomas")), names(&["@tomas"]), "a lead is one of the team, if he may sign at all");
}

#[test]
fn a_named_person_signs_only_once_it_is_told_that_they_may() {
    let lena = |membership: Option<Membership>| {
        let mut case = Case::shop(&BY_NAME.replace(", \"@helper[bot]\"", "")).files(&FILES);
        case = case.said("lena", ActKind::Approved);
        case.people.known.extend(membership.map(|membership| (Handle::new("@lena"), membership)));
        let review = case.judge_with(&case.people);
        (slots(&review).join(""), review.conclusion)
    };
    let members = Membership::Members(["lena".to_owned()].into());
    assert_eq!(lena(None), ("named lena: open".to_owned(), Conclusion::ActionRequired));
    assert_eq!(lena(Some(members)), ("named lena: signed by lena".to_owned(), Conclusion::Success));
    let gone = Membership::Unresolvable("gone".to_owned());
    assert_eq!(lena(Some(gone)), ("named lena: unresolvable".to_owned(), Conclusion::Failure));
    let outage = Membership::Unknown("502".to_owned());
    assert_eq!(lena(Some(outage)), ("named lena: unknown".to_owned(), Conclusion::ActionRequired));
}

#[test]
fn somebody_above_signs_and_holds_only_as_somebody_who_may() {
    let team = "  - { id: r, when: { paths: [\"services/ledger/\"] }, sign_off: team }\n";
    let tomas = |kind, membership| {
        let mut case = Case::shop(team).files(&FILES).members("ledger", &["lena"]).said("tomas", kind);
        case.people.known.insert(Handle::new("@Tomas"), membership);
        slots(&case.judge()).join("")
    };
    let may = || Membership::Members(["tomas".to_owned()].into());
    assert_eq!(tomas(ActKind::Approved, may()), "team ledger: signed by tomas");
    assert_eq!(tomas(ActKind::ChangesRequested, may()), "team ledger: changes requested by tomas");
    let gone = || Membership::Unresolvable("gone".to_owned());
    assert_eq!(tomas(ActKind::Approved, gone()), "team ledger: open");
    assert_eq!(tomas(ActKind::ChangesRequested, gone()), "team ledger: open", "he has no say any more");
    let outage = || Membership::Unknown("502".to_owned());
    assert_eq!(tomas(ActKind::Approved, outage()), "team ledger: open");
    assert_eq!(tomas(ActKind::ChangesRequested, outage()), "team ledger: unknown");
}

#[test]
fn a_lead_who_may_not_sign_does_not_belong_to_the_team_by_the_name_alone() {
    let team = "  - { id: r, when: { paths: [\"services/ledger/\"] }, sign_off: team }\n";
    let by_tomas = |membership| {
        let mut case = Case::shop(team).files(&FILES).members("ledger", &["lena"]).by("tomas");
        case.people.known.insert(Handle::new("@tomas"), membership);
        slots(&case.judge()).join("")
    };
    assert_eq!(by_tomas(Membership::Members(["tomas".to_owned()].into())), "team ledger: author's own");
    assert_eq!(by_tomas(Membership::Unresolvable("another".to_owned())), "team ledger: open");
    assert_eq!(by_tomas(Membership::Unknown("502".to_owned())), "team ledger: open");
}

#[test]
fn an_app_is_never_asked() {
    let review = Case::shop(BY_NAME).files(&FILES).judge();
    assert_eq!(asked(&review), ["lena"]);
}

#[test]
fn whoever_pushed_is_an_author_as_the_opener_is() {
    let pushed = |rules: &str, files: &[&str], by: &[&str]| {
        let mut case = Case::shop(rules).by("pavel").files(files);
        case.facts.pushers = by.iter().map(|login| (*login).to_owned()).collect();
        case
    };
    let council = ["services/checkout/a.go", "services/login/b.go"];
    let lead = "  - { id: r, when: { paths: [\"services/\"] }, sign_off: lead }\n";
    let table: [(&str, &[&str], &str, &[&str]); 4] = [
        // The only architect, of the domain and of the organisation: the owning teams.
        (CROSSING, &FILES, "ada", &["team ledger: open", "team payments: open"]),
        (CROSSING, &council, "Edsger", &["team identity: open", "team payments: open"]),
        // The only lead: the team owns it too, and after it the domain.
        (lead, &["services/ledger/a.go"], "tomas", &["team ledger: open"]),
        // Only one of those named: the other.
        (
            "  - { id: r, when: { paths: [services/] }, sign_off: [\"@lena\"] }\n",
            &["services/checkout/a.go"],
            "lena",
            &["team payments: open"],
        ),
    ];
    for (rules, files, pusher, expected) in table {
        let case = pushed(rules, files, &[pusher]).said(pusher, ActKind::Approved);
        assert_eq!(slots(&case.judge()), expected, "{pusher} pushed to {files:?}");
    }
    // Another architect is left: nothing moves, and whoever pushed does not sign.
    let two = pushed(CROSSING, &FILES, &["ada"]).members("commerce-architects", &["ada", "barbara"]);
    let two = two.said("ada", ActKind::Approved);
    assert_eq!(slots(&two.judge()), ["domain commerce-architects: open"]);
    assert_eq!(
        slots(&two.said("barbara", ActKind::Approved).judge()),
        ["domain commerce-architects: signed by barbara"]
    );
}

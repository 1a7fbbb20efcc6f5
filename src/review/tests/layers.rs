//! An organisation's file beneath a repository's own, and what packs bring beside rules.

use super::{Case, SHOP, asked, slots};
use crate::review::{Conclusion, Membership, OwnerMap};
use crate::rules::{Enforce, Handle, Layer, Repository, effective};

/// SHOP for the organisation, with more at its end, and a repository's own file over it.
fn laid(more: &str, own: Option<&str>) -> Case {
    let theirs = format!("{SHOP}{more}");
    let layer = |path: &'static str, text| Layer { path, text };
    let here = Repository { owner: Some("acme"), name: Some("shop") };
    let own = own.map(|own| layer("own.yml", own.as_bytes()));
    let parsed = effective(Some(layer("acme.yml", theirs.as_bytes())), own, here);
    let mut case = Case::of("version: 1\n");
    case.basis.rules = parsed.unwrap_or_else(|broken| panic!("{:#?}", broken.problems)).rules;
    case
}

const CONTRACT: &str = "  - { id: contract, when: { paths: [\"*.proto\"] }, sign_off: domain }\n";

#[test]
fn a_lead_decides_by_how_many_the_team_is() {
    let decides = |top: &str, change: &dyn Fn(Case) -> Case| {
        let case = Case::of(&format!("{SHOP}{top}rules:\n{CONTRACT}")).files(&["services/ledger/a.proto"]);
        slots(&change(case).judge())
    };
    let (lead, domain) = (["lead tomas: open"], ["domain commerce-architects: open"]);
    let same = |case: Case| case;
    // Two of them, as GitHub says.
    assert_eq!(decides("decides: { 2: [contract] }\n", &same), lead);
    assert_eq!(decides("decides: { 3: [contract] }\n", &same), domain);
    assert_eq!(decides("decides: { 2: [other], 5: [contract] }\n", &same), domain);
    assert_eq!(decides("", &same), domain);
    let outage = |case: Case| case.known("ledger", Membership::Unknown("502".to_owned()));
    assert_eq!(decides("decides: { 2: [contract] }\n", &outage), domain);
    // What the file says of the team goes before.
    let size = |size: u32| {
        move |mut case: Case| {
            case.basis.rules.teams.get_mut("ledger").unwrap().size = Some(size);
            case
        }
    };
    assert_eq!(decides("decides: { 3: [contract] }\n", &size(3)), lead);
    assert_eq!(decides("decides: { 2: [contract] }\n", &size(1)), domain);
    let none = |mut case: Case| {
        case.basis.rules.teams.get_mut("ledger").unwrap().decides = Some(Vec::new());
        case
    };
    assert_eq!(decides("decides: { 2: [contract] }\n", &none), domain);
    // Whoever is not known yet is asked for, and until then the stricter holds.
    let unknown = |mut case: Case| {
        case.people.known.remove(&Handle::team("acme", "ledger"));
        case
    };
    let case = Case::of(&format!("{SHOP}decides: {{ 2: [contract] }}\nrules:\n{CONTRACT}"));
    let review = unknown(case.files(&["services/ledger/a.proto"])).judge();
    assert_eq!(slots(&review), domain);
    assert!(review.wants.contains(&Handle::team("acme", "ledger")));
    // Advice asks nobody, so nobody is counted for it.
    let advice = CONTRACT.replace("sign_off", "enforce: advise, sign_off");
    let case = Case::of(&format!("{SHOP}decides: {{ 2: [contract] }}\nrules:\n{advice}"));
    assert!(unknown(case.files(&["services/ledger/a.proto"])).judge().wants.is_empty());
}

#[test]
fn items_of_a_tier_join_the_findings_of_its_services_and_never_speak_alone() {
    let tiers = "tiers: { critical: [Look twice, { text: Measure, by: domain }], core: [Never here] }\n";
    let rules = "  - { id: r, when: { paths: [\"*.go\"] }, sign_off: team, checklist: [Own] }\n";
    let judged = |files: &[&str]| Case::of(&format!("{SHOP}{tiers}rules:\n{rules}")).files(files).judge();
    let items = |files: &[&str]| {
        let review = judged(files);
        let items = review.findings.iter().flat_map(|finding| &finding.checklist);
        items.map(|item| format!("{} for {}", item.text, item.addressee[0])).collect::<Vec<_>>()
    };
    let own = "Own for @acme/payments".to_owned();
    let both = [own, "Look twice for @acme/payments".to_owned(), "Measure for @acme/commerce-architects".to_owned()];
    assert_eq!(items(&["services/checkout/a.go"]), both);
    assert_eq!(items(&["services/ledger/a.go"]), ["Own for @acme/ledger"]);
    assert!(judged(&["services/checkout/a.rs"]).findings.is_empty());
}

#[test]
fn the_team_of_a_repository_owns_what_nothing_else_gives_an_owner() {
    let case = laid("repositories: { shop: { team: identity } }\n", None).codeowners("/docs/ @acme/sre\n/free/\n");
    let owners = OwnerMap::new(&case.basis);
    let said = |path: &str| {
        let owned = owners.owned(path);
        let source = owned.source.map(|said| format!("{}:{}", said.file, said.line));
        (owned.teams.join(" "), source.unwrap_or_default())
    };
    let at = |teams: &str, source: &str| (teams.to_owned(), source.to_owned());
    assert_eq!(said("lib/a.rs"), at("identity", "acme.yml:16"));
    assert_eq!(said("docs/a.md"), at("sre", "CODEOWNERS:1"));
    // Whoever frees a folder has said something of it.
    assert_eq!(said("free/a.md"), at("", "CODEOWNERS:2"));
    assert_eq!(said("services/ledger/a.rs"), at("ledger", "acme.yml:12"));
}

const LOCKED: &str = "rules:\n  - { id: crossing, when: { crosses: team }, locked: true }\n  - { id: docs, when: { paths: [\"services/\"] } }\n";
const FILES: [&str; 2] = ["services/checkout/a.go", "services/ledger/a.go"];

#[test]
fn skip_and_mode_of_a_repository_do_not_act_on_what_is_locked() {
    for own in ["mode: shadow\n", "mode: advise\n", "skip: { paths: [\"**\"] }\n", "skip: { author: [stranger] }\n"] {
        let review = laid(LOCKED, Some(&format!("version: 1\n{own}"))).files(&FILES).judge();
        let weights: Vec<_> = review.findings.iter().map(|one| (one.rule.as_str(), one.enforce)).collect();
        let rest = if own.contains("advise") { Enforce::Advise } else { Enforce::Shadow };
        assert_eq!(weights, [("crossing", Enforce::Review), ("docs", rest)], "{own}");
        assert_eq!((review.conclusion, review.skipped), (Conclusion::ActionRequired, false), "{own}");
        assert_eq!(asked(&review), ["commerce-architects"], "{own}");
    }
    // The organisation's own words do.
    let theirs = laid(&format!("skip: {{ author: [stranger] }}\n{LOCKED}"), Some("version: 1\n")).files(&FILES).judge();
    assert_eq!((theirs.conclusion, theirs.skipped), (Conclusion::Neutral, true));
}

#[test]
fn nobody_is_left_alone_with_what_is_locked() {
    let own = "version: 1\nreviewers: { never: [acme/commerce-architects] }\n";
    let review = laid(LOCKED, Some(own)).files(&FILES).judge();
    assert_eq!(asked(&review), ["commerce-architects"]);
    let unlocked = LOCKED.replace(", locked: true", "");
    let review = laid(&unlocked, Some(own)).files(&FILES).judge();
    assert!(!asked(&review).contains(&"commerce-architects"));
}

#[test]
fn a_repository_gives_owners_to_what_its_organisation_says_nothing_of() {
    let own = "version: 1\nteams: { web: {} }\nservices: { web: { team: web, paths: [/web/, /services/ledger/] } }\n";
    let case = laid(LOCKED, Some(own)).members("web", &["wim"]);
    let crossing = |files: &[&str]| {
        let review = case.clone().files(files).judge();
        let finding = review.findings.into_iter().find(|finding| finding.rule == "crossing");
        finding.map(|finding| finding.slots[0].from.clone())
    };
    // Its folder counts, in no domain of the organisation's.
    assert_eq!(
        crossing(&["web/a.ts", "services/ledger/a.go"]),
        Some(vec![Handle::team("acme", "architecture-council")])
    );
    // The organisation's folder stays with whom the organisation has there.
    assert_eq!(crossing(&["services/ledger/a.go", "services/ledger/b.go"]), None);
    assert_eq!(crossing(&FILES), Some(vec![Handle::team("acme", "commerce-architects")]));
}

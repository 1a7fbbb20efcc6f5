//! Rules that can hold of no change to the files that there are.

use std::collections::BTreeSet;

use crate::rules::{Crosses, Enforce, Rule, When};

use super::owners::OwnerMap;
use super::people::Crowd;
use super::reach::{Touch, changed, reach};
use super::when::{Asked, Truth, has_file_keys};
use super::{Basis, Facts, File, FileStatus, People, Scope};

/// The rules in force that no change to these files could match, whatever it does to them and whoever makes it, in the order of
/// the rules. Where that cannot be told a rule is none: a new file, a label or an author may make it hold.
pub fn dead_rules<'b>(basis: &'b Basis, listing: &[String]) -> Vec<&'b Rule> {
    let owners = OwnerMap::new(basis);
    let people = People::default();
    let crowd = Crowd::new(&people, &owners);
    let everything = Facts::of_files(listing.iter().map(|path| File::new(path, FileStatus::Modified)).collect());
    let changed = changed(basis, &owners, &everything);
    let touches: Vec<&Touch> = changed.iter().flat_map(|one| &one.touches).collect();
    // A larger change never reaches less far.
    let farthest = reach(&owners, touches.iter().copied(), true);
    let facts = Facts::of_files(Vec::new());
    let counting = BTreeSet::new();
    let asked =
        Asked { facts: &facts, changed: &[], counting: &counting, scope: farthest, owners: &owners, crowd: &crowd };
    let in_force = basis.rules.rules.iter().filter(|rule| rule.enforce > Enforce::None && rule.later().is_empty());
    in_force.filter(|rule| !could(&rule.when, &asked, &touches)).collect()
}

/// Whether a change to some of these could match.
fn could(when: &When, asked: &Asked<'_>, touches: &[&Touch]) -> bool {
    let of_files = || touches.iter().any(|touch| asked.of_touch(when, touch, false).0 > Truth::No);
    let crosses = |beyond: Crosses| match beyond {
        Crosses::Team => asked.scope > Scope::Team,
        Crosses::Domain => asked.scope > Scope::Domain,
    };
    (!has_file_keys(when) || of_files())
        && when.crosses.is_none_or(crosses)
        && (when.any.is_empty() || when.any.iter().any(|inner| could(inner, asked, touches)))
        && when.all.iter().all(|inner| could(inner, asked, touches))
}

#[cfg(test)]
mod tests {
    use super::super::tests::Case;
    use super::*;

    #[test]
    fn a_rule_is_dead_where_no_file_and_no_crossing_could_make_it_hold() {
        let listing = ["services/checkout/a.go", "services/ledger/b.go", "tool/x"].map(str::to_owned);
        let rule = |when: &str| {
            let case = Case::shop(&format!("  - {{ id: r, when: {{ {when} }} }}\n"));
            !dead_rules(&case.basis, &listing).is_empty()
        };
        let dead = [
            "paths: [services/login/]",
            "services: [login]",
            "teams: [identity]",
            "domains: [platform], paths: [\"*.go\"]",
            // One and the same file has to be in both.
            "services: [ledger], paths: [services/checkout/]",
            "crosses: domain",
            "all: [{ paths: [\"*.go\"] }, { paths: [\"*.proto\"] }]",
            "any: [{ paths: [\"*.rs\"] }, { tiers: [core] }]",
            "paths: [\"*.rs\"], size: { files: 3 }",
        ];
        let alive = [
            "paths: [\"*.go\"]",
            "unowned: true, paths: [tool/]",
            "foreign: true",
            "crosses: team",
            "labels: [urgent]",
            "size: { files: 1000 }",
            "rules: true",
            // Without the file that is taken out, it holds.
            "paths: [\"*.go\"], not: { services: [ledger] }",
            "any: [{ paths: [\"*.rs\"] }, { tiers: [critical] }]",
        ];
        for when in dead {
            assert!(rule(when), "{when} is alive");
        }
        for when in alive {
            assert!(!rule(when), "{when} is dead");
        }
    }

    #[test]
    fn what_is_switched_off_or_not_judged_yet_is_not_called_dead() {
        let listing = ["a.go".to_owned()];
        for rule in [
            "{ id: r, when: { paths: [\"*.rs\"] }, enforce: none }",
            "{ id: r, when: { paths: [\"*.rs\"], adds_line: unsafe } }",
        ] {
            assert!(dead_rules(&Case::shop(&format!("  - {rule}\n")).basis, &listing).is_empty(), "{rule}");
        }
    }
}

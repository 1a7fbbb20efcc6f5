//! Globs and names under `when` and `skip` that no service, team, domain or tier has.

use std::collections::BTreeSet;

use crate::review::names_team;
use crate::rules::{Enforce, PatternSet, Spot, When};

use super::Code;
use super::ground::Ground;
use super::words::quote;

/// The names that there are.
struct Names {
    services: BTreeSet<String>,
    teams: BTreeSet<String>,
    domains: BTreeSet<String>,
    tiers: BTreeSet<String>,
}

/// Checks every condition that the file itself has.
pub(super) fn check(ground: &mut Ground<'_>) {
    // Without the files it is not known which folders and owners there are.
    if !ground.knows_files() {
        return;
    }
    let rules = ground.rules;
    let kinds = &ground.files.kinds;
    let names = Names {
        services: rules
            .services
            .iter()
            .map(|service| service.name.clone())
            .chain(kinds.iter().filter_map(|owned| owned.service.clone()))
            .collect(),
        teams: kinds.iter().flat_map(|owned| owned.teams.iter().cloned()).collect(),
        domains: rules.domains.keys().cloned().collect(),
        tiers: rules.services.iter().filter_map(|service| service.tier.clone()).collect(),
    };
    let file = ground.file();
    let root = file.root();
    let own = root.key("rules").by_id();
    for rule in rules.rules.iter().filter(|rule| rule.enforce != Enforce::None) {
        if let Some(spot) = own.get(rule.id.as_str()) {
            condition(ground, &names, &rule.when, spot.key("when"));
        }
    }
    if let Some(skip) = &rules.skip {
        condition(ground, &names, skip, root.key("skip"));
    }
}

fn condition(ground: &mut Ground<'_>, names: &Names, when: &When, spot: Spot<'_>) {
    let keys = [
        ("services", &when.services, &names.services, "no service is called"),
        ("teams", &when.teams, &names.teams, "no file is owned by a team called"),
        ("domains", &when.domains, &names.domains, "no domain is called"),
        ("tiers", &when.tiers, &names.tiers, "no service has the tier"),
    ];
    for (key, set, known, what) in keys {
        let Some(set) = set else { continue };
        let at = spot.key(key);
        for (index, written) in set.written().iter().enumerate() {
            if !at.item(index).exists() || !ground.spend(5 * (1 + known.len() as u64)) {
                continue;
            }
            let written = written.strip_prefix('!').unwrap_or(written);
            let Ok(one) = PatternSet::names(&[written.to_owned()]) else { continue };
            let found = match key {
                "teams" => known.iter().any(|name| names_team(&ground.owners, &one, name)),
                _ => known.iter().any(|name| one.matches(name)),
            };
            if !found && !ground.has_spoken_of(at.item(index)) {
                let message = format!("{what} {}: mend it, or take it away", quote(written));
                ground.warn(Code::NameMatchesNothing, at.item(index), message);
            }
        }
    }
    for (key, inner) in [("any", &when.any), ("all", &when.all)] {
        for (index, inner) in inner.iter().enumerate() {
            condition(ground, names, inner, spot.key(key).item(index));
        }
    }
    if let Some(inner) = &when.not {
        condition(ground, names, inner, spot.key("not"));
    }
}

//! Rules that ask for a sign-off that nobody can give, by what the file says.

use std::collections::BTreeSet;

use crate::review::{has_file_keys, owner_keys_hold};
use crate::rules::{Enforce, Level, Origin, Rule, SignOff};

use super::Code;
use super::ground::Ground;
use super::words::quote;

/// Checks every rule that asks for a sign-off; those of packs too, since it is the file that names who signs.
pub(super) fn check(ground: &mut Ground<'_>) {
    let rules = ground.rules;
    // With a council there is always somebody above.
    if !ground.knows_files() || !rules.council.is_empty() {
        return;
    }
    let file = ground.file();
    let own = file.root().key("rules").by_id();
    for rule in rules.rules.iter().filter(|rule| rule.enforce == Enforce::Review && rule.later().is_empty()) {
        if let Some(why) = nobody(ground, rule) {
            let spot = match own.get(rule.id.as_str()) {
                Some(spot) if spot.key("sign_off").exists() => spot.key("sign_off"),
                Some(spot) => *spot,
                // What the organisation's file asks for is not this one's to mend.
                None if rule.place.origin == Origin::Organization => continue,
                None => file.root().key("extends"),
            };
            let message = format!("the rule {} asks for a sign-off that nobody can give: {why}", quote(&rule.id));
            ground.warn(Code::NobodyToSign, spot, message);
        }
    }
}

/// Why nobody can sign some of what the rule matches.
fn nobody(ground: &mut Ground<'_>, rule: &Rule) -> Option<String> {
    const COUNCIL: &str = "name somebody under `organization.architects`";
    let rules = ground.rules;
    let sets = owners_of(ground, rule)?;
    if sets.is_empty() {
        return None;
    }
    match &rule.sign_off {
        SignOff::Named(_) | SignOff::Level(Level::Team) => None,
        SignOff::Level(Level::Organization) => {
            let decides = |teams: &Vec<String>| teams.iter().any(|team| decides(ground, team, rule));
            (!sets.iter().all(decides)).then(|| format!("there is no council; {COUNCIL}"))
        }
        SignOff::Level(level) => {
            let without = sets.iter().find(|teams| !reaches(ground, teams, *level, rule))?;
            Some(match without.as_slice() {
                [] => format!("nobody owns some of the files that it is about, and there is no council; {COUNCIL}"),
                teams => format!(
                    "for the files of {} there is neither {}an architect nor a council; {COUNCIL}",
                    quote(&teams.join(" or ")),
                    if *level == Level::Lead { "a lead nor " } else { "" }
                ),
            })
        }
        SignOff::Scope => {
            let owned: Vec<&Vec<String>> = sets.iter().filter(|teams| !teams.is_empty()).collect();
            let one = owned.first()?.iter().any(|team| owned.iter().all(|teams| teams.contains(team)));
            if one || owned.len() < 2 {
                return None;
            }
            let domain_of = |teams: &Vec<String>| -> BTreeSet<Option<&str>> {
                teams.iter().map(|team| ground.owners.domain(team)).collect()
            };
            if rules.domains.is_empty() {
                return Some(format!("what spans two teams goes to the council, and there is none; {COUNCIL}"));
            }
            let first = domain_of(owned[0]);
            let spans = first.contains(&None) || owned.iter().any(|teams| domain_of(teams).is_disjoint(&first));
            spans.then(|| format!("what spans two domains goes to the council, and there is none; {COUNCIL}"))
        }
    }
}

/// Whether a lead of the team signs for this rule. How large a team is that does not say so is not known here.
fn decides(ground: &Ground<'_>, team: &str, rule: &Rule) -> bool {
    let by_size = |size: Option<u32>| {
        let mut from = ground.rules.decides.iter();
        from.any(|(least, ids)| size.is_none_or(|size| size >= *least) && ids.contains(&rule.id))
    };
    ground.rules.teams.get(team).is_some_and(|about| {
        let named = about.decides.as_ref().map(|ids| ids.contains(&rule.id));
        !about.leads.is_empty() && named.unwrap_or_else(|| by_size(about.size))
    })
}

/// Whether there is somebody at the level, or above it and below the council.
fn reaches(ground: &Ground<'_>, teams: &[String], level: Level, rule: &Rule) -> bool {
    let lead = |team: &String| !ground.owners.leads(team).is_empty();
    let architect = |team: &String| {
        let domain = ground.owners.domain(team).and_then(|domain| ground.rules.domains.get(domain));
        domain.is_some_and(|domain| !domain.architects.is_empty())
    };
    teams.iter().any(|team| decides(ground, team, rule) || (level == Level::Lead && lead(team)) || architect(team))
}

/// The owners of the files that the rule may be about, as sets of which one signs. `None`: there is too much to tell.
fn owners_of(ground: &mut Ground<'_>, rule: &Rule) -> Option<BTreeSet<Vec<String>>> {
    let when = &rule.when;
    let files = &ground.files;
    let narrow = has_file_keys(when);
    let cost = if when.paths.is_some() { files.paths.len() as u64 * 6 } else { 0 } + files.kinds.len() as u64 * 50;
    if !ground.spend(cost) {
        return None;
    }
    let files = &ground.files;
    let mut fits: Vec<bool> =
        files.kinds.iter().map(|owned| !narrow || owner_keys_hold(&ground.owners, when, owned)).collect();
    if let Some(paths) = &when.paths {
        let mut under = vec![false; files.kinds.len()];
        for (path, kind) in files.paths.iter().zip(&files.kind_of) {
            let kind = *kind as usize;
            under[kind] = under[kind] || (fits[kind] && paths.matches(path));
        }
        fits = under;
    }
    // What nobody owns counts for no crossing.
    let counts = |teams: &Vec<String>| !teams.is_empty() || when.crosses.is_none() && narrow;
    Some(
        files
            .kinds
            .iter()
            .zip(fits)
            .filter(|(_, fits)| *fits)
            .map(|(owned, _)| owned.teams.clone())
            .filter(counts)
            .collect(),
    )
}

//! What is legal and deserves a look.

use std::collections::{BTreeSet, HashMap};

use super::reader::{Entry, Reader};
use super::rule::Draft;
use super::words::{one_of, quote};
use super::{Enforce, Place, Rule, Rules, When};

/// Patterns that take every path in.
const EVERYTHING: [&str; 4] = ["**", "/**", "*", "**/*"];

/// What can be seen of one rule.
pub(super) fn rule(reader: &mut Reader, draft: &Draft, rule: &Rule) {
    if rule.enforce == Enforce::None {
        if draft.in_file && !draft.beneath && rule.when.later.is_empty() {
            let message = format!("rule {} is switched off, and no pack has it: it can be taken away", quote(&rule.id));
            reader.warn(rule.place, message);
        }
        return;
    }
    let keys = rule.later();
    if !keys.is_empty() {
        let message = format!(
            "rule {} is skipped: this version of Merestone does not judge {} yet",
            quote(&rule.id),
            one_of(keys.iter().map(String::as_str)).replace(" or ", " and ")
        );
        reader.warn(rule.place, message);
    }
}

/// What can be seen of `skip`; the keys that this version does not judge come back.
pub(super) fn skip(reader: &mut Reader, place: Place, skip: &When) -> Vec<String> {
    let mut keys = Vec::new();
    fn collect(when: &When, into: &mut Vec<String>) {
        into.extend(when.later.iter().cloned());
        when.any.iter().chain(&when.all).chain(when.not.as_deref()).for_each(|inner| collect(inner, into));
    }
    collect(skip, &mut keys);
    if !keys.is_empty() {
        let keys = one_of(keys.iter().map(String::as_str)).replace(" or ", " and ");
        reader.warn(place, format!("`skip` never holds: this version of Merestone does not judge {keys} yet"));
    }
    keys
}

/// What can be seen of the whole file.
pub(super) fn file(reader: &mut Reader, rules: &Rules, entries: &[Entry<'_>]) {
    for entry in entries {
        if rules.later.iter().any(|key| key == entry.key || key.strip_prefix("adrs.").is_some() && entry.key == "adrs")
        {
            let key = if entry.key == "adrs" { "adrs.retrospective" } else { entry.key };
            reader.warn(
                entry.place,
                format!("this version of Merestone reads {} and does not act on it yet", quote(key)),
            );
        }
    }
    shadowed(reader, rules);
    if !rules.domains.is_empty() {
        let placed: BTreeSet<&str> =
            rules.domains.values().flat_map(|domain| &domain.teams).map(String::as_str).collect();
        let teams = entries.iter().find(|entry| entry.key == "teams").map(|entry| &entry.value.value);
        if let Some(super::node::Value::Map(teams)) = teams {
            for (key, _) in teams {
                let Some(name) = key.text() else { continue };
                if rules.teams.contains_key(name) && !placed.contains(name) {
                    let message = format!(
                        "the team {} is in no domain: whatever it shares with another team goes up to the council at once",
                        quote(name)
                    );
                    reader.warn(key.place, message);
                }
            }
        }
    }
}

/// Services that never own anything, because later entries take every path of theirs.
fn shadowed(reader: &mut Reader, rules: &Rules) {
    let mut later: HashMap<&str, &str> = HashMap::new();
    let mut everything: Option<&str> = None;
    for service in rules.services.iter().rev() {
        let Some(paths) = &service.paths else { continue };
        let patterns = paths.written();
        // What a `!` leaves over is not compared.
        if patterns.iter().any(|pattern| pattern.starts_with('!')) {
            continue;
        }
        let winners: Option<BTreeSet<&str>> = match everything {
            Some(winner) => Some(BTreeSet::from([winner])),
            None => patterns.iter().map(|pattern| later.get(pattern.as_str()).copied()).collect(),
        };
        if let Some(winners) = winners.filter(|winners| !winners.is_empty()) {
            let message = format!(
                "the service {} never owns a file: later entries ({}) take the same paths, and the last entry that matches wins",
                quote(&service.name),
                winners.into_iter().take(5).map(quote).collect::<Vec<_>>().join(", ")
            );
            reader.warn(service.place, message);
        }
        for pattern in patterns {
            later.entry(pattern).or_insert(&service.name);
            if EVERYTHING.contains(&pattern.as_str()) {
                everything.get_or_insert(&service.name);
            }
        }
    }
}

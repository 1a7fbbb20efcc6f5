//! Rules that hold, and that whoever opens the pull request can avoid (docs/safety.md).

use crate::rules::{Enforce, Spot, When};

use super::Code;
use super::ground::Ground;
use super::words::quote;

/// Checks every rule that holds, and `skip`.
pub(super) fn check(ground: &mut Ground<'_>) {
    let file = ground.file();
    let own = file.root().key("rules").by_id();
    for rule in ground.rules.rules.iter().filter(|rule| rule.enforce >= Enforce::Review) {
        let Some(spot) = own.get(rule.id.as_str()).map(|spot| spot.key("when")).filter(Spot::exists) else { continue };
        if let Some((at, how)) = avoidable(&rule.when, spot) {
            let message = format!(
                "the author alone can switch the rule {} off: {how}; ask for what the change does, or make it `enforce: advise`",
                quote(&rule.id)
            );
            ground.warn(Code::AuthorSwitchesOff, at, message);
        }
    }
    if let Some(skip) = &ground.rules.skip
        && let Some((at, how)) = attainable(skip, file.root().key("skip"))
    {
        let message = format!("the author alone can have a change skipped: {how}; skip by what the change does");
        ground.warn(Code::AuthorSwitchesOff, at, message);
    }
}

/// How the author keeps a condition from holding. One key of several is enough; of several alternatives every one is needed.
fn avoidable<'f>(when: &When, spot: Spot<'f>) -> Option<(Spot<'f>, String)> {
    if when.labels.is_some() {
        return Some((spot.key("labels"), "a label can be left away".to_owned()));
    }
    if when.title.is_some() {
        return Some((spot.key("title"), "a title can be worded otherwise".to_owned()));
    }
    if let Some(not) = &when.not
        && let Some(found) = attainable(not, spot.key("not"))
    {
        return Some(found);
    }
    for (index, inner) in when.all.iter().enumerate() {
        let found = avoidable(inner, spot.key("all").item(index));
        if found.is_some() {
            return found;
        }
    }
    let mut how = None;
    for (index, inner) in when.any.iter().enumerate() {
        how = Some(avoidable(inner, spot.key("any").item(index))?);
    }
    how
}

/// How the author makes a condition hold. Every key has to be theirs; of several alternatives one is enough.
fn attainable<'f>(when: &When, spot: Spot<'f>) -> Option<(Spot<'f>, String)> {
    let of_files = crate::review::has_file_keys(when);
    if of_files || when.crosses.is_some() || when.rules.is_some() || !when.later.is_empty() {
        return None;
    }
    let mut found = None;
    if when.title.is_some() {
        found = Some((spot.key("title"), "a title can be worded so".to_owned()));
    }
    if when.labels.is_some() {
        found = Some((spot.key("labels"), "a label can be set".to_owned()));
    }
    if when.size.is_some() {
        found = Some((spot.key("size"), "a change can be made larger".to_owned()));
    }
    if when.base.is_some() {
        found = Some((spot.key("base"), "the pull request can be opened against that branch".to_owned()));
    }
    if let Some(author) = &when.author {
        // A bot's name is needed from every committer, and nobody is a bot at will.
        let people: Vec<&String> = author
            .written()
            .iter()
            .filter(|name| !name.starts_with('!') && !name.to_lowercase().ends_with("[bot]"))
            .collect();
        let [person, ..] = people.as_slice() else { return None };
        found = Some((spot.key("author"), format!("whoever is {} is never held by it", quote(person))));
    }
    for (index, inner) in when.all.iter().enumerate() {
        found = Some(attainable(inner, spot.key("all").item(index))?);
    }
    if !when.any.is_empty() {
        let inner = when.any.iter().enumerate();
        found = Some(inner.clone().find_map(|(index, inner)| attainable(inner, spot.key("any").item(index)))?);
    }
    if let Some(not) = &when.not {
        found = Some(avoidable(not, spot.key("not"))?);
    }
    found
}

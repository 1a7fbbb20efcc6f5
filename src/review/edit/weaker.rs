//! What an edit makes of one rule, told by structure: whatever is not provably the same or stricter counts as weaker.

use serde_json::Value as Json;

use crate::rules::{Enforce, Rule};

/// What becomes of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It asks what it asked.
    Same,
    /// It asks more, or says something else of itself that judges nothing. In a few words.
    Stricter(String),
    /// It may ask less, or somebody else. In a few words.
    Weaker(String),
}

/// What becomes of `before`; `after` is the rule of the same id.
pub(super) fn fate(before: &Rule, after: &Rule) -> Fate {
    let mut weaker: Vec<String> = Vec::new();
    let mut stricter: Vec<String> = Vec::new();
    if after.enforce < before.enforce {
        weaker.push(format!("{} where it was {}", word(after.enforce), word(before.enforce)));
    } else if after.enforce > before.enforce {
        stricter.push(format!("{} where it was {}", word(after.enforce), word(before.enforce)));
    }
    let (old, new) = (parts(before), parts(after));
    let (old, new) = (|key: &str| old.get(key).unwrap_or(&Json::Null), |key: &str| new.get(key).unwrap_or(&Json::Null));
    if old("sign_off") != new("sign_off") {
        weaker.push("somebody else signs".to_owned());
    }
    if old("when") != new("when") {
        let says = "it matches something else";
        if wider(old("when"), new("when")) {
            stricter.push("it matches more".to_owned())
        } else {
            weaker.push(says.to_owned())
        }
    }
    if !excepts_no_more(before, after) {
        weaker.push("its exceptions are wider, or last longer".to_owned());
    } else if old("allow") != new("allow") {
        stricter.push("its exceptions are fewer".to_owned());
    }
    for (key, less, more) in [
        ("checklist", "its checklist loses items", "its checklist has more items"),
        ("adrs", "it leans on other records", "it leans on more records"),
    ] {
        if has_all(new(key), old(key)) {
            if old(key) != new(key) {
                stricter.push(more.to_owned());
            }
        } else {
            weaker.push(less.to_owned());
        }
    }
    match (before.needs_adr, after.needs_adr) {
        (true, false) => weaker.push("it needs no record any more".to_owned()),
        (false, true) => stricter.push("it needs a record".to_owned()),
        _ => {}
    }
    // Keys of the effective text that nothing above speaks of.
    let known = ["enforce", "sign_off", "when", "allow", "checklist", "adrs", "needs_adr"];
    let (all_old, all_new) = (parts(before), parts(after));
    let others = all_old.keys().chain(all_new.keys()).filter(|key| !known.contains(&key.as_str()));
    if others.into_iter().any(|key| all_old.get(key) != all_new.get(key)) {
        weaker.push("it asks something else".to_owned());
    }
    if before.why != after.why || before.every != after.every || before.reviewed != after.reviewed {
        stricter.push("what it says of itself changes".to_owned());
    }
    if !weaker.is_empty() {
        Fate::Weaker(weaker.join(", "))
    } else if !stricter.is_empty() {
        Fate::Stricter(stricter.join(", "))
    } else {
        Fate::Same
    }
}

/// A word for what follows.
pub(super) fn word(enforce: Enforce) -> &'static str {
    match enforce {
        Enforce::None => "off",
        Enforce::Shadow => "in shadow",
        Enforce::Advise => "advice",
        Enforce::Review => "a sign-off",
        Enforce::Block => "a block",
    }
}

/// The rule's effective text, key by key.
fn parts(rule: &Rule) -> serde_json::Map<String, Json> {
    match serde_json::from_str(&rule.text) {
        Ok(Json::Object(parts)) => parts,
        // A text that is no mapping is one thing that is the same or is not.
        _ => [("text".to_owned(), Json::String(rule.text.clone()))].into_iter().collect(),
    }
}

/// Whether `new` holds wherever `old` does: a key less, or a list of alternatives with more of them. Lists that take out again
/// with `!`, and whatever stands under `not`, have to be the same.
fn wider(old: &Json, new: &Json) -> bool {
    let (Json::Object(old), Json::Object(new)) = (old, new) else { return old == new };
    new.iter().all(|(key, new)| {
        let Some(old) = old.get(key) else { return false };
        if old == new {
            return true;
        }
        match key.as_str() {
            "paths" | "services" | "teams" | "domains" | "tiers" | "labels" | "base" | "author" | "adds_dependency"
            | "adr" => plain(old) && plain(new) && has_all(new, old),
            "any" => match (old, new) {
                (Json::Array(old), Json::Array(new)) => old.iter().all(|old| new.iter().any(|new| wider(old, new))),
                _ => false,
            },
            "all" => match (old, new) {
                (Json::Array(old), Json::Array(new)) => new.iter().all(|new| old.iter().any(|old| wider(old, new))),
                _ => false,
            },
            "size" => lower(old, new),
            "crosses" => old == "domain" && new == "team",
            _ => false,
        }
    })
}

/// Whether a list takes nothing out again.
fn plain(list: &Json) -> bool {
    texts(list).is_some_and(|texts| texts.iter().all(|text| !text.starts_with('!')))
}

/// Whether `list` has all that `of` has.
fn has_all(list: &Json, of: &Json) -> bool {
    let items = |json: &Json| match json {
        Json::Null => Vec::new(),
        Json::Array(items) => items.clone(),
        other => vec![other.clone()],
    };
    let list = items(list);
    items(of).iter().all(|item| list.contains(item))
}

fn texts(json: &Json) -> Option<Vec<&str>> {
    match json {
        Json::Array(items) => items.iter().map(Json::as_str).collect(),
        Json::String(text) => Some(vec![text]),
        _ => None,
    }
}

/// Whether every number of `old` is there and none is higher: above any of them it holds.
fn lower(old: &Json, new: &Json) -> bool {
    let (Json::Array(old), Json::Array(new)) = (old, new) else { return false };
    old.len() == new.len()
        && old.iter().zip(new).all(|(old, new)| match (old.as_u64(), new.as_u64()) {
            (None, _) => true,
            (Some(old), Some(new)) => new <= old,
            (Some(_), None) => false,
        })
}

/// Whether every exception that there will be was there, for as long.
fn excepts_no_more(before: &Rule, after: &Rule) -> bool {
    after.allow.iter().all(|new| {
        before.allow.iter().any(|old| {
            let as_long = match (old.until, new.until) {
                (None, _) => true,
                (Some(old), Some(new)) => new <= old,
                (Some(_), None) => false,
            };
            as_long && old.paths.written() == new.paths.written()
        })
    })
}

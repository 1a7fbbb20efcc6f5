//! `repositories`: where an organisation's file applies, and how far.

use std::collections::HashSet;

use super::known::Known;
use super::node::Node;
use super::packs;
use super::reader::{Entry, Reader};
use super::{PatternSet, Rules, Whole, file, people};

const EXAMPLE: &str = "{ mode: shadow, extends: [startup], team: payments }";
const KEYS: [&str; 3] = ["mode", "extends", "team"];

/// Checks every entry, whichever repository it is about.
pub(super) fn check(reader: &mut Reader, node: &Node) {
    for entry in reader.entries(node, "`repositories`", "\"shop-*\": { mode: shadow }") {
        if entry.key.starts_with('!') || entry.key.contains('/') {
            let message = "`repositories` names repositories, without their owner: write a pattern, like `\"shop-*\"`";
            reader.error(entry.place, message);
        } else if let Err(error) = PatternSet::names(&[entry.key.to_owned()]) {
            reader.error(entry.place, error.to_string());
        }
        for field in reader.fields(entry.value, "an entry of `repositories`", EXAMPLE, &KEYS) {
            match field.key {
                "mode" => {
                    file::mode(reader, field.value);
                }
                "team" => {
                    reader.texts(field.value, "`team`", "[payments]");
                }
                _ => {
                    let mut known: HashSet<&str> = packs::names().collect();
                    for (name, place) in reader.texts(field.value, "`extends`", "[startup]") {
                        if known.insert(name) {
                            file::unknown_pack(reader, name, place);
                        }
                    }
                }
            }
        }
    }
}

/// What is said of one repository.
#[derive(Debug, Default)]
pub(super) struct Applied<'n> {
    pub mode: Option<Entry<'n>>,
    pub extends: Option<Entry<'n>>,
    pub team: Option<Entry<'n>>,
}

/// What the entries say of the repository of this name: where several match, the last one that has a key says it.
pub(super) fn applied<'n>(entry: Option<Entry<'n>>, name: Option<&str>) -> Applied<'n> {
    let mut applied = Applied::default();
    let (Some(entry), Some(name)) = (entry, name) else { return applied };
    // What is wrong was said by `check`.
    let mut silent = Reader::default();
    for entry in silent.entries(entry.value, "`repositories`", "") {
        if !PatternSet::names(&[entry.key.to_owned()]).is_ok_and(|pattern| pattern.matches(name)) {
            continue;
        }
        for field in silent.entries(entry.value, "an entry of `repositories`", "") {
            match field.key {
                "mode" => applied.mode = Some(field),
                "extends" => applied.extends = Some(field),
                "team" => applied.team = Some(field),
                _ => {}
            }
        }
    }
    applied
}

/// The team that owns whatever nothing else in the repository says the owner of.
pub(super) fn whole(reader: &mut Reader, rules: &mut Rules, known: &Known, team: Option<Entry<'_>>) -> Option<Whole> {
    let team = team?;
    let mut teams: Vec<String> = Vec::new();
    for (written, place) in reader.texts(team.value, "`team`", "[payments]") {
        let owner = known.owner(reader, written, place).filter(|owner| !teams.contains(owner));
        teams.extend(owner);
    }
    teams.iter().for_each(|team| people::list(rules, team));
    (!teams.is_empty()).then_some(Whole { teams, place: team.place })
}

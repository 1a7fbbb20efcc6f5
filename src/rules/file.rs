//! The whole file: its top-level keys, in the order in which they need each other.

use indexmap::IndexSet;

use super::known::Known;
use super::node::{Node, Value};
use super::packs::{self, Pack};
use super::reader::{Entry, Reader};
use super::words::{one_of, quote};
use super::{AskWhen, Mode, Place, Request, Reviewers, Rules, later, lint, people, rule, services, when};

/// Every top-level key, those of later chapters included.
pub(super) const KEYS: [&str; 19] = [
    "version",
    "extends",
    "mode",
    "skip",
    "branches",
    "reviewers",
    "adrs",
    "organization",
    "domains",
    "teams",
    "roots",
    "services",
    "tiers",
    "stack",
    "clock",
    "calendar",
    "rules",
    "repositories",
    "locked",
];

/// Reads the tree of a file.
pub(super) fn read(reader: &mut Reader, root: &Node) -> Rules {
    let mut rules = Rules::default();
    let start = Place { line: 1, column: 1 };
    match &root.value {
        Value::Null => {
            let message = "the file is empty: begin with `version: 1`, then say what is asked of a change, for example `extends: [startup]`";
            reader.error(start, message);
            return rules;
        }
        Value::Map(_) => {}
        Value::List(_) => {
            reader.error(
                root.place,
                "the file is a list; put it under a key: `version: 1`, then `rules:`, then the list",
            );
            return rules;
        }
        Value::Scalar(_) => {
            let message =
                "the file is one text, not `key: value` lines: a space must follow the `:`, as in `version: 1`";
            reader.error(root.place, message);
            return rules;
        }
    }
    let entries = reader.fields(root, "a rules file", "version: 1", &KEYS);
    let get = |key: &str| entries.iter().find(|entry| entry.key == key).copied();

    version(reader, get("version"));
    let (shipped, later_packs) = extends(reader, &mut rules, get("extends"));
    rules.later.extend(later_packs.iter().cloned());

    let mut known = Known { later_packs, roots: get("roots").is_some(), ..Known::default() };
    if let Some(entry) = get("tiers") {
        rules.tiers = later::tiers(reader, entry.value);
        known.tiers = rules.tiers.keys().cloned().collect();
        rules.later.push("tiers".to_owned());
    }
    people::read(reader, &mut rules, &mut known, get("teams"), get("domains"), get("organization"));
    if let Some(entry) = get("services") {
        known.services = services::names(entry.value);
    }
    let used: Vec<(&Pack, Place)> = shipped.iter().map(|(pack, place)| (pack, *place)).collect();
    let drafts = rule::drafts(reader, &used, get("rules").map(|entry| entry.value));
    known.rules = drafts.iter().map(|draft| draft.id.clone()).collect();

    services::read(reader, &mut rules, &known, get("roots"), get("services"));
    people::check_decides(reader, &known, get("teams"));
    let mut locked = get("locked").is_some();
    for draft in &drafts {
        let before = reader.count();
        let (rule, locks) = rule::read(reader, &known, draft);
        locked |= locks;
        // Advice on a rule that has to be mended anyway would only stand in the way.
        if reader.count() == before {
            lint::rule(reader, draft, &rule);
        }
        rules.rules.push(rule);
    }
    settings(reader, &mut rules, &known, &entries);
    if locked {
        rules.later.push("locked".to_owned());
    }
    lint::file(reader, &rules, &entries);
    rules.later.sort();
    rules.later.dedup();
    rules
}

fn version(reader: &mut Reader, entry: Option<Entry<'_>>) {
    let Some(entry) = entry else {
        reader.warn(
            Place { line: 1, column: 1 },
            "the file does not say its `version`; `version: 1` is assumed: write it down",
        );
        return;
    };
    match entry.value.text().map(str::parse::<u64>) {
        Some(Ok(1)) => {}
        Some(Ok(version)) if version > 1 => {
            let message =
                format!("version {version} of the rules file needs a newer Merestone; this one reads version 1");
            reader.error(entry.value.place, message);
        }
        _ => reader.error(entry.value.place, "`version` is the number 1"),
    }
}

/// The packs that are used, and the entries of `Rules::later` for those that this version does not ship.
fn extends(reader: &mut Reader, rules: &mut Rules, entry: Option<Entry<'_>>) -> (Vec<(Pack, Place)>, Vec<String>) {
    let (mut shipped, mut later) = (Vec::new(), Vec::new());
    let Some(entry) = entry else { return (shipped, later) };
    for (name, place) in reader.texts(entry.value, "`extends`", "[startup]") {
        if rules.extends.iter().any(|known| known == name) {
            reader.warn(place, format!("the pack {} is named twice", quote(name)));
        } else if let Some(pack) = Pack::named(name) {
            rules.extends.push(name.to_owned());
            shipped.push((pack, place));
        } else if packs::LATER.contains(&name) {
            let message = format!(
                "this version of Merestone does not bring the pack {} yet: its rules are not judged",
                quote(name)
            );
            reader.warn(place, message);
            rules.extends.push(name.to_owned());
            later.push(format!("extends: {name}"));
        } else {
            unknown_pack(reader, name, place);
        }
    }
    (shipped, later)
}

/// Says that there is no such pack.
pub(super) fn unknown_pack(reader: &mut Reader, name: &str, place: Place) {
    let hint = reader.hint(name, packs::names());
    let rest = if hint.is_empty() { format!("; the packs are {}", one_of(packs::names())) } else { hint };
    reader.error(place, format!("unknown pack {}{rest}", quote(name)));
}

/// `mode`, with the word that YAML takes for `on`.
pub(super) fn mode(reader: &mut Reader, node: &Node) -> Option<Mode> {
    if let Value::Scalar(super::node::Scalar { kind: super::node::Kind::Bool(value), text }) = &node.value {
        if *value {
            return Some(Mode::On);
        }
        let message = format!("`mode` cannot be {}: `shadow` judges and shows nothing", quote(text));
        reader.error(node.place, message);
        return None;
    }
    reader.choice(node, "`mode`", &[("shadow", Mode::Shadow), ("advise", Mode::Advise), ("on", Mode::On)])
}

/// The keys that need nothing but names.
fn settings(reader: &mut Reader, rules: &mut Rules, known: &Known, entries: &[Entry<'_>]) {
    for entry in entries {
        let value = entry.value;
        match entry.key {
            "mode" => rules.mode = mode(reader, value).unwrap_or_default(),
            "skip" => {
                let skip = when::read(reader, known, value, "`skip`").0;
                let later = lint::skip(reader, entry.place, &skip);
                rules.later.extend(later.iter().map(|key| format!("skip: {key}")));
                rules.skip = Some(skip);
            }
            "branches" if matches!(&value.value, Value::List(items) if items.is_empty()) => {}
            "branches" => rules.branches = reader.names(value, "`branches`", "[\"release/*\"]").unwrap_or_default(),
            "reviewers" => rules.reviewers = reviewers(reader, value, &mut rules.later),
            "adrs" => adrs(reader, value, rules),
            "stack" => later::stack(reader, value),
            "clock" => later::clock(reader, value),
            "calendar" => later::calendar(reader, value),
            "repositories" => later::repositories(reader, value),
            "locked" => later::locked(reader, value),
            _ => {}
        }
        if matches!(entry.key, "stack" | "clock" | "calendar" | "repositories") {
            rules.later.push(entry.key.to_owned());
        }
    }
}

fn reviewers(reader: &mut Reader, node: &Node, later: &mut Vec<String>) -> Reviewers {
    let mut reviewers = Reviewers::default();
    let known = ["request", "count", "when", "never", "storm_teams"];
    for entry in reader.fields(node, "`reviewers`", "{ request: team, never: [] }", &known) {
        let value = entry.value;
        match entry.key {
            "request" => {
                let words = [("team", Request::Team), ("members", Request::Members)];
                reviewers.request = reader.choice(value, "`request`", &words).unwrap_or_default();
                if reviewers.request == Request::Members {
                    later.push("reviewers.request: members".to_owned());
                    reader.warn(
                        value.place,
                        "this version asks teams and not their `members`; GitHub can assign within a team",
                    );
                }
            }
            "count" => {
                reviewers.count = reader.number(value, "`count`").unwrap_or(reviewers.count);
                if reviewers.count != Reviewers::default().count {
                    reader.warn(value.place, "this version asks teams, and does not count members yet");
                }
            }
            "when" => {
                let words = [("ready", AskWhen::Ready), ("green", AskWhen::Green)];
                reviewers.when = reader.choice(value, "`when`", &words).unwrap_or_default();
                if reviewers.when == AskWhen::Green {
                    later.push("reviewers.when: green".to_owned());
                    reader.warn(
                        value.place,
                        "this version asks when a pull request is ready and does not wait for `green`",
                    );
                }
            }
            "never" => {
                reviewers.never = reader.handles(value, "`never`").into_iter().map(|(handle, _)| handle).collect()
            }
            _ => {
                reviewers.storm_teams = reader.number(value, "`storm_teams`").unwrap_or(reviewers.storm_teams);
            }
        }
    }
    reviewers
}

fn adrs(reader: &mut Reader, node: &Node, rules: &mut Rules) {
    let mut folders: IndexSet<String> = IndexSet::new();
    for entry in reader.fields(node, "`adrs`", "{ paths: [docs/adr/] }", &["paths", "retrospective"]) {
        if entry.key == "retrospective" {
            reader.duration(entry.value, "`retrospective`");
            rules.later.push("adrs.retrospective".to_owned());
            continue;
        }
        for (text, place) in reader.texts(entry.value, "`paths`", "[docs/adr/]") {
            let folder = text.strip_prefix("./").unwrap_or(text).trim_matches('/');
            let strange =
                folder.contains(['*', '{', '!']) || folder.split('/').any(|part| matches!(part, "" | "." | ".."));
            if strange {
                let message =
                    format!("{} is no folder: name each folder that holds records, like `docs/adr/`", quote(text));
                reader.error(place, message);
            } else {
                folders.insert(folder.to_owned());
            }
        }
    }
    rules.adr_paths = folders.into_iter().collect();
}

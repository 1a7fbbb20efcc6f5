//! The whole file: its top-level keys, in the order in which they need each other.

use std::collections::HashSet;

use indexmap::IndexSet;

use super::known::Known;
use super::layers::{self, Combined, Locks, Stack};
use super::node::{Node, Value};
use super::packs::{self, Pack};
use super::reader::{Entry, Reader};
use super::repositories::Applied;
use super::rule::{Draft, Said};
use super::words::{one_of, quote};
use super::{AskWhen, Mode, Origin, Place, RULES_PATH, Request, Reviewers, Rules};
use super::{decides, later, lint, people, repositories, rule, services, tiers, when};

/// Every top-level key, those of later chapters included.
pub(super) const KEYS: [&str; 20] = [
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
    "decides",
    "stack",
    "clock",
    "calendar",
    "rules",
    "repositories",
    "locked",
];

/// How the mappings of names are written.
pub(super) const EXAMPLES: [(&str, &str); 5] = [
    ("teams", "payments: { leads: [maria] }"),
    ("domains", "commerce: { teams: [payments] }"),
    ("services", "checkout: { team: payments, paths: [services/checkout/] }"),
    ("tiers", "critical: [\"Load test passed\"]"),
    ("stack", "cargo: [axum, tokio]"),
];

/// Files laid over each other, not taken apart yet.
pub(super) struct Laid<'n> {
    /// The organisation's top-level entries.
    pub theirs: Vec<Entry<'n>>,
    /// The repository's.
    pub ours: Vec<Entry<'n>>,
    /// What the organisation locks.
    pub locks: Locks,
    /// What the organisation says of this very repository.
    pub applied: Applied<'n>,
    /// Names of the packs, in their order.
    pub packs: Vec<(String, Place)>,
    /// Every top-level key that is not every file's own.
    pub combined: Vec<Combined<'n>>,
    /// The rules.
    pub drafts: Vec<Draft>,
}

/// Lays files over each other; `None`: there is nothing in them, as was said.
pub(super) fn lay<'n>(reader: &mut Reader, stack: &Stack<'n>) -> Option<Laid<'n>> {
    let below = stack.organization.and_then(|root| top(reader, root));
    let above = stack.own.and_then(|root| top(reader, root));
    if below.is_none() && above.is_none() {
        return None;
    }
    for (entries, root) in [(&below, stack.organization), (&above, stack.own)] {
        if let (Some(entries), Some(root)) = (entries, root) {
            version(reader, of(entries, "version"), root.place.origin);
        }
    }
    let (theirs, ours) = (below.unwrap_or_default(), above.unwrap_or_default());
    for entry in ours.iter().filter(|entry| matches!(entry.key, "repositories" | "locked")) {
        let message = format!(
            "{} speaks in an organisation's file, which is {RULES_PATH} of its repository `.github`; here it has no effect",
            quote(entry.key)
        );
        reader.warn(entry.place, message);
    }
    for entry in [of(&theirs, "repositories"), of(&ours, "repositories")].into_iter().flatten() {
        repositories::check(reader, entry.value);
    }
    let applied = repositories::applied(of(&theirs, "repositories"), stack.here.and_then(|here| here.name));
    let locks = Locks::of(&theirs);
    let mut names = Vec::new();
    let mut their_packs = extends(reader, &mut names, of(&theirs, "extends"));
    their_packs.extend(extends(reader, &mut names, applied.extends));
    let our_packs = extends(reader, &mut names, of(&ours, "extends"));
    let (below, above) = (layers::dressed(&theirs, &their_packs), layers::dressed(&ours, &our_packs));
    let combined = layers::combine(reader, below, above, &locks);
    let said = |packs: &[(Pack, Place)], entries: &[Entry<'n>]| -> Vec<Said<'_>> {
        let file = of(entries, "rules").map(|entry| Said::File(entry.value));
        packs.iter().map(|(pack, place)| Said::Pack(pack.clone(), *place)).chain(file).collect()
    };
    let drafts = rule::drafts(reader, said(&their_packs, &theirs), said(&our_packs, &ours), &locks);
    Some(Laid { theirs, ours, locks, applied, packs: names, combined, drafts })
}

/// Reads files over each other.
pub(super) fn read(reader: &mut Reader, stack: &Stack<'_>) -> Rules {
    let mut rules = Rules::default();
    let Some(laid) = lay(reader, stack) else { return rules };
    let Laid { theirs, ours, locks, applied, packs, combined, drafts } = &laid;
    rules.extends = packs.iter().map(|(name, _)| name.clone()).collect();
    let entries: Vec<Entry<'_>> = combined.iter().map(Combined::entry).collect();
    let get = |key: &str| of(&entries, key);

    let mut known = Known { roots: get("roots").is_some(), ..Known::default() };
    if let Some(entry) = get("tiers") {
        rules.tiers = tiers::read(reader, entry.value);
        known.tiers = rules.tiers.keys().cloned().collect();
    }
    people::read(reader, &mut rules, &mut known, get("teams"), get("domains"), get("organization"));
    if let Some(entry) = get("services") {
        known.services = services::names(entry.value);
    }
    known.rules = drafts.iter().map(|draft| draft.id.clone()).collect();

    services::read(reader, &mut rules, &known, get("roots"), get("services"), stack.here);
    rules.whole = repositories::whole(reader, &mut rules, &known, applied.team);
    if let Some(entry) = get("decides") {
        rules.decides = decides::read(reader, &known, entry.value);
    }
    people::check_decides(reader, &known, get("teams"));
    for draft in drafts {
        let locked = draft.lock.and_then(|lock| Some((stack.beneath?.rule(&draft.id)?, lock)));
        if let Some((rule, lock)) = locked {
            rules.rules.push(rule::added(reader, rule, draft, lock));
            continue;
        }
        let before = reader.count();
        let rule = rule::read(reader, &known, draft);
        // Advice on a rule that has to be mended anyway would only stand in the way.
        if reader.count() == before {
            lint::rule(reader, draft, &rule);
        }
        rules.rules.push(rule);
    }
    settings(reader, &mut rules, &known, &entries);
    rules.mode = modes_of(reader, [of(theirs, "mode"), applied.mode, of(ours, "mode")], locks);
    if let (Some(lock), Some(skip)) = (locks.rule(), of(ours, "skip").filter(|_| locks.key("skip").is_none())) {
        let message = "`skip` has no effect on what the organisation's file locks";
        reader.warn(skip.place, format!("{message} (line {})", lock.line));
    }
    lint::file(reader, &rules, &entries);
    rules.later.sort();
    rules.later.dedup();
    rules
}

/// The top-level entries of a file; `None`: it has none, as was said.
fn top<'n>(reader: &mut Reader, root: &'n Node) -> Option<Vec<Entry<'n>>> {
    let message = match &root.value {
        Value::Map(_) => return Some(reader.fields(root, "a rules file", "version: 1", &KEYS)),
        Value::Null => {
            "the file is empty: begin with `version: 1`, then say what is asked of a change, for example `extends: [startup]`"
        }
        Value::List(_) => "the file is a list; put it under a key: `version: 1`, then `rules:`, then the list",
        Value::Scalar(_) => {
            "the file is one text, not `key: value` lines: a space must follow the `:`, as in `version: 1`"
        }
    };
    reader.error(root.place, message);
    None
}

pub(super) fn of<'n>(entries: &[Entry<'n>], key: &str) -> Option<Entry<'n>> {
    entries.iter().find(|entry| entry.key == key).copied()
}

/// A mode is a ceiling, so of several the lowest counts.
fn modes_of(reader: &mut Reader, [theirs, here, own]: [Option<Entry<'_>>; 3], locks: &Locks) -> Mode {
    let mut read = |entry: Option<Entry<'_>>| entry.and_then(|entry| mode(reader, entry.value)).unwrap_or_default();
    let (below, above) = (read(theirs).min(read(here)), read(own));
    let (Some(entry), true) = (own, above < below) else { return below };
    if let Some(lock) = locks.key("mode") {
        reader.warn(entry.place, format!("`mode` has no effect here: {}", layers::locked_by(lock)));
        return below;
    }
    if let Some(lock) = locks.rule() {
        let message = "`mode` has no effect on what the organisation's file locks";
        reader.warn(entry.place, format!("{message} (line {})", lock.line));
    }
    above
}

fn version(reader: &mut Reader, entry: Option<Entry<'_>>, origin: Origin) {
    let Some(entry) = entry else {
        reader.warn(
            Place::new(1, 1).within(origin),
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

/// The packs that a list names and that do not lie beneath already; each is added to `names`.
fn extends(reader: &mut Reader, names: &mut Vec<(String, Place)>, entry: Option<Entry<'_>>) -> Vec<(Pack, Place)> {
    let mut packs = Vec::new();
    let mut here: HashSet<&str> = HashSet::new();
    let Some(entry) = entry else { return packs };
    for (name, place) in reader.texts(entry.value, "`extends`", "[startup]") {
        if !here.insert(name) {
            reader.warn(place, format!("the pack {} is named twice", quote(name)));
        } else if names.iter().any(|(known, _)| known == name) {
            // Laid over what the organisation makes of it, it would undo that.
        } else if let Some(pack) = Pack::named(name) {
            names.push((name.to_owned(), place));
            packs.push((pack, place));
        } else {
            unknown_pack(reader, name, place);
        }
    }
    packs
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
            "locked" => later::locked(reader, value),
            _ => {}
        }
        if matches!(entry.key, "stack" | "clock" | "calendar") {
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

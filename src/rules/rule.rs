//! Rules: each with what a pack says of it beneath what the file says, key by key.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value as Json, json};

use super::known::{Known, LEVELS};
use super::layers::Locks;
use super::node::{Node, Value};
use super::packs::Pack;
use super::reader::Reader;
use super::words::quote;
use super::{Allow, Enforce, Handle, Item, Level, Named, Origin, Place, RULES_CHANGE, Rule, SignOff, when};

/// How many rules a file may have.
const MAX_RULES: usize = 2_000;

/// The keys of a rule.
pub(super) const KEYS: [&str; 12] = [
    "id",
    "when",
    "enforce",
    "sign_off",
    "adrs",
    "why",
    "checklist",
    "allow",
    "needs_adr",
    "every",
    "reviewed",
    "locked",
];

const EXAMPLE: &str = "{ id: crossing, when: { crosses: team } }";

/// What is said of one rule, before it is taken apart.
#[derive(Debug)]
pub(super) struct Draft {
    /// Its id.
    pub id: String,
    /// Where the uppermost file says it, or where `extends` names its pack.
    pub place: Place,
    /// Whether a pack, or the organisation's file under another one, has it.
    pub beneath: bool,
    /// Whether a file itself has it.
    pub in_file: bool,
    /// Where the organisation's file locks it, if it does.
    pub lock: Option<Place>,
    /// Its keys, each with its value and where the key stands.
    pub entries: Vec<(String, Node, Place)>,
    /// What the repository says of a locked one.
    pub added: Vec<(String, Node, Place)>,
}

/// One that says rules.
#[derive(Debug)]
pub(super) enum Said<'a> {
    /// A pack, and where it is named.
    Pack(Pack, Place),
    /// The `rules` of a file.
    File(&'a Node),
}

/// Lays rules over each other, by id and key by key: `below` is the organisation's and its packs, `above` the repository's.
pub(super) fn drafts(reader: &mut Reader, below: Vec<Said<'_>>, above: Vec<Said<'_>>, locks: &Locks) -> Vec<Draft> {
    let mut drafts = Drafts::default();
    drafts.lay(reader, below);
    for draft in &mut drafts.all {
        let locked = draft.entries.iter().find(|(key, value, _)| key == "locked" && value.is_true());
        draft.lock = locked.map(|(.., place)| *place).or_else(|| locks.key("rules"));
        draft.beneath |= !above.is_empty();
    }
    drafts.lay(reader, above);
    drafts.all
}

#[derive(Debug, Default)]
struct Drafts {
    all: Vec<Draft>,
    by_id: HashMap<String, usize>,
}

impl Drafts {
    fn lay(&mut self, reader: &mut Reader, said: Vec<Said<'_>>) {
        for said in said {
            match said {
                Said::Pack(pack, place) => self.lay_pack(&pack, place),
                Said::File(node) => self.lay_file(reader, node),
            }
        }
    }

    fn lay_pack(&mut self, pack: &Pack, named_at: Place) {
        for (id, entries) in pack.rules() {
            let entries = entries.iter().map(|(key, place, value)| (key.clone(), value.clone(), *place));
            match self.by_id.get(id) {
                // Whoever extends a pack means its rules, and says nothing against a lock by it.
                Some(&index) if self.all[index].lock.is_some() => {}
                Some(&index) => entries.for_each(|entry| self.all[index].set(entry)),
                None => self.add(id.clone(), named_at, entries.collect(), false),
            }
        }
    }

    fn lay_file(&mut self, reader: &mut Reader, node: &Node) {
        let Value::List(items) = &node.value else {
            let found = node.what();
            reader.error(node.place, format!("`rules` is a list, each rule beginning with `- id:`; this is {found}"));
            return;
        };
        if items.len() > MAX_RULES {
            reader.error(node.place, format!("the file has {} rules and may have {MAX_RULES}", items.len()));
            return;
        }
        let mut seen: HashMap<String, Place> = HashMap::new();
        for item in items {
            let fields = reader.fields(item, "a rule", EXAMPLE, &KEYS);
            if !matches!(item.value, Value::Map(_)) {
                continue;
            }
            let Some(id) = fields.iter().find(|field| field.key == "id").map(|field| field.value) else {
                reader.error(item.place, "this rule has no `id`: give it a short name, like `id: crossing`");
                continue;
            };
            let Some(id) = id_of(reader, id) else { continue };
            if let Some(first) = seen.get(&id) {
                let message =
                    format!("a second rule {} (the first is on line {}): give it another id", quote(&id), first.line);
                reader.error(item.place, message);
                continue;
            }
            seen.insert(id.clone(), item.place);
            let entries = fields.iter().filter(|field| field.key != "id");
            let entries = entries.map(|field| (field.key.to_owned(), field.value.clone(), field.place));
            match self.by_id.get(&id) {
                Some(&index) if self.all[index].lock.is_some() => self.all[index].added.extend(entries),
                Some(&index) => {
                    let draft = &mut self.all[index];
                    entries.for_each(|entry| draft.set(entry));
                    draft.place = item.place;
                    draft.in_file = true;
                }
                None => self.add(id, item.place, entries.collect(), true),
            }
        }
    }

    fn add(&mut self, id: String, place: Place, entries: Vec<(String, Node, Place)>, in_file: bool) {
        self.by_id.insert(id.clone(), self.all.len());
        let draft = Draft { id, place, beneath: !in_file, in_file, lock: None, entries, added: Vec::new() };
        self.all.push(draft);
    }
}

impl Draft {
    fn set(&mut self, entry: (String, Node, Place)) {
        match self.entries.iter_mut().find(|(key, ..)| *key == entry.0) {
            Some(old) => *old = entry,
            None => self.entries.push(entry),
        }
    }
}

fn id_of(reader: &mut Reader, node: &Node) -> Option<String> {
    let written = reader.text(node, "`id`")?;
    let fine =
        written.len() <= 100 && written.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if !fine {
        let message =
            format!("the id {} is used in commands: at most 100 letters, digits, `-`, `_` or `.`", quote(written));
        reader.error(node.place, message);
    }
    if written.eq_ignore_ascii_case(RULES_CHANGE) {
        let message = format!(
            "{} is what Merestone itself finds of a change to the rules: no rule can name it or switch it off; give this rule another id",
            quote(written)
        );
        reader.error(node.place, message);
        return None;
    }
    fine.then(|| written.to_owned())
}

/// Takes a draft apart.
pub(super) fn read(reader: &mut Reader, known: &Known, draft: &Draft) -> Rule {
    let mut rule = Rule {
        id: draft.id.clone(),
        when: super::When::default(),
        enforce: Enforce::default(),
        sign_off: SignOff::default(),
        adrs: Vec::new(),
        why: None,
        checklist: Vec::new(),
        allow: Vec::new(),
        needs_adr: false,
        every: None,
        reviewed: None,
        locked: draft.lock.is_some(),
        text: String::new(),
        place: draft.place,
    };
    let mut condition = None;
    for (key, value, place) in &draft.entries {
        let packed = matches!(place.origin, Origin::Pack(_));
        reader.muted(packed, |reader| match key.as_str() {
            "when" => {
                let (when, form) = when::read(reader, known, value, "`when`");
                rule.when = when;
                condition = Some(form);
            }
            "enforce" => rule.enforce = enforce(reader, value).unwrap_or_default(),
            "sign_off" => {
                // A pack names teams that not everybody has: where there is none of them, the domain signs.
                rule.sign_off = match sign_off(reader, known, value).unwrap_or_default() {
                    SignOff::Named(named) if packed => match teams_among(named) {
                        teams if teams.is_empty() => SignOff::Level(Level::Domain),
                        teams => SignOff::Named(teams),
                    },
                    said => said,
                };
                if packed && known.nobody_above && rule.sign_off == SignOff::Level(Level::Lead) {
                    rule.sign_off = SignOff::Level(Level::Team);
                }
            }
            "adrs" => {
                let adrs = reader.texts(value, "`adrs`", "[ADR-0002]");
                rule.adrs = adrs.into_iter().map(|(text, _)| text.trim().to_owned()).collect();
            }
            "why" => rule.why = reader.text(value, "`why`").map(|text| text.trim().to_owned()),
            "checklist" => rule.checklist = checklist(reader, value, "`checklist`"),
            "allow" => rule.allow = allow(reader, value),
            "needs_adr" => rule.needs_adr = reader.flag(value, "`needs_adr`").unwrap_or_default(),
            "every" => rule.every = reader.duration(value, "`every`"),
            "reviewed" => rule.reviewed = reader.date(value, "`reviewed`"),
            "locked" if place.origin == Origin::Organization => drop(reader.flag(value, "`locked`")),
            "locked" => reader.warn(*place, NOT_OURS),
            _ => reader.error(*place, format!("unknown key {} in a rule", quote(key))),
        });
    }
    if condition.is_none() {
        let hint = reader.hint(&rule.id, known.rules.iter().map(String::as_str).filter(|id| *id != rule.id));
        let message = format!("rule {} has no `when`, and no pack has a rule of this id{hint}", quote(&rule.id));
        reader.error(draft.place, message);
    }
    rule.text = text(&rule, condition.unwrap_or_default());
    rule
}

/// What a repository adds to a locked rule, laid over it: items and records join, and more may follow. Anything else that it
/// says has no effect.
pub(super) fn added(reader: &mut Reader, locked: &Rule, draft: &Draft, lock: Place) -> Rule {
    let mut rule = locked.clone();
    for (key, value, place) in &draft.added {
        match key.as_str() {
            "checklist" => {
                let items = checklist(reader, value, "`checklist`");
                rule.checklist.extend(items.into_iter().filter(|item| !locked.checklist.contains(item)));
            }
            "adrs" => {
                let adrs = reader.texts(value, "`adrs`", "[ADR-0002]");
                let adrs = adrs.into_iter().map(|(text, _)| text.trim().to_owned());
                rule.adrs.extend(adrs.filter(|name| !locked.adrs.contains(name)));
            }
            "enforce" => match enforce(reader, value) {
                Some(more) if more >= rule.enforce => rule.enforce = more,
                Some(_) => no_effect(reader, key, &rule.id, *place, lock),
                None => {}
            },
            "locked" => reader.warn(*place, NOT_OURS),
            _ => no_effect(reader, key, &rule.id, *place, lock),
        }
    }
    if !draft.added.is_empty() {
        let said: Json = serde_json::from_str(&locked.text).unwrap_or_default();
        rule.text = text(&rule, said.get("when").cloned().unwrap_or_default());
    }
    rule
}

const NOT_OURS: &str = "`locked` speaks in an organisation's file; here it has no effect";

fn no_effect(reader: &mut Reader, key: &str, id: &str, place: Place, lock: Place) {
    let message = format!(
        "{} has no effect on the rule {}: the organisation's file locks it on line {}; items, records and a weightier `enforce` can be added",
        quote(key),
        quote(id),
        lock.line
    );
    reader.warn(place, message);
}

/// Those that are teams of the file.
fn teams_among(named: Vec<Named>) -> Vec<Named> {
    named.into_iter().filter(|one| matches!(one, Named::Team(_))).collect()
}

fn enforce(reader: &mut Reader, node: &Node) -> Option<Enforce> {
    let words = [
        ("none", Enforce::None),
        ("shadow", Enforce::Shadow),
        ("advise", Enforce::Advise),
        ("review", Enforce::Review),
        ("block", Enforce::Block),
    ];
    reader.choice(node, "`enforce`", &words)
}

fn level(word: &str) -> Option<Level> {
    match word {
        "team" => Some(Level::Team),
        "lead" => Some(Level::Lead),
        "domain" => Some(Level::Domain),
        "organization" => Some(Level::Organization),
        _ => None,
    }
}

fn sign_off(reader: &mut Reader, known: &Known, node: &Node) -> Option<SignOff> {
    match &node.value {
        Value::Scalar(scalar) => {
            let word = scalar.text.as_str();
            if word == "scope" {
                return Some(SignOff::Scope);
            }
            if let Some(level) = level(word) {
                return Some(SignOff::Level(level));
            }
            let message = if known.team(word).is_some() || word.starts_with('@') {
                let shown = if word.starts_with('@') {
                    format!("\"{}\"", quote(word).trim_matches('`'))
                } else {
                    word.to_owned()
                };
                format!("{} is not a level: teams and people stand in a list, `sign_off: [{shown}]`", quote(word))
            } else {
                let hint = reader.hint(word, LEVELS);
                let rest = if hint.is_empty() {
                    ": a level is `team`, `lead`, `domain`, `organization` or `scope`; teams and people stand in a list"
                        .to_owned()
                } else {
                    hint
                };
                format!("unknown level {}{rest}", quote(word))
            };
            reader.error(node.place, message);
            None
        }
        Value::List(items) if !items.is_empty() => {
            let mut seen: HashSet<Named> = HashSet::new();
            let mut named: Vec<Named> = Vec::new();
            for item in items {
                let Some(text) = reader.text(item, "an entry of `sign_off`") else { continue };
                if let Some(entry) = signer(reader, known, text, item.place, items.len())
                    && seen.insert(entry.clone())
                {
                    named.push(entry);
                }
            }
            (!named.is_empty()).then_some(SignOff::Named(named))
        }
        Value::List(_) => {
            reader.error(node.place, "`sign_off` is an empty list: nobody could ever sign; take it away for the level that the change reaches");
            None
        }
        _ => {
            let message = format!(
                "`sign_off` is a level, or a list of teams and people, like `[security, \"@maria\"]`; this is {}",
                node.what()
            );
            reader.error(node.place, message);
            None
        }
    }
}

fn signer(reader: &mut Reader, known: &Known, text: &str, place: Place, of: usize) -> Option<Named> {
    if LEVELS.contains(&text) && !known.teams.contains(text) {
        let remedy = if of == 1 {
            format!("write `sign_off: {text}`")
        } else {
            "a rule asks for a level, or for a list; make a second rule for the other".to_owned()
        };
        reader.error(place, format!("{} is a level and not a team or person: {remedy}", quote(text)));
        return None;
    }
    if text.starts_with('@') || text.contains('/') {
        let handle = reader.handle(text, place, "`sign_off`")?;
        let team = known.team(text).filter(|team| !team.starts_with('@'));
        return Some(team.map_or(Named::Handle(handle), Named::Team));
    }
    if known.team(text).is_some() {
        return Some(Named::Team(text.to_owned()));
    }
    let handle = reader.handle(text, place, "`sign_off`")?;
    if let Some(team) = reader.meant(text, known.teams.iter().map(String::as_str)) {
        let message = format!(
            "{} is no team of this file and is taken for the person `@{text}`; did you mean the team {}?",
            quote(text),
            quote(team)
        );
        reader.warn(place, message);
    }
    Some(Named::Handle(handle))
}

/// Items of a checklist or of a tier.
pub(super) fn checklist(reader: &mut Reader, node: &Node, what: &str) -> Vec<Item> {
    let items = reader.items(node, what, "[\"Load test passed\"]");
    items.iter().filter_map(|item| self::item(reader, item)).collect()
}

fn item(reader: &mut Reader, node: &Node) -> Option<Item> {
    let mut item = Item { text: String::new(), by: None, check: None, every: None };
    if !matches!(node.value, Value::Map(_)) {
        item.text = reader.text(node, "an item of a checklist")?.trim().to_owned();
        return Some(item);
    }
    let levels = [
        ("team", Level::Team),
        ("lead", Level::Lead),
        ("domain", Level::Domain),
        ("organization", Level::Organization),
    ];
    // `- Agreed: by both` is a text that YAML took for a mapping.
    if let Value::Map(pairs) = &node.value
        && let [(key, _)] = pairs.as_slice()
        && let Some(text) = key.text()
        && !["text", "by", "check", "every"].contains(&text)
    {
        let message =
            format!("an item of a checklist is a text; {} ends in `:`, so put the whole text in quotes", quote(text));
        reader.error(key.place, message);
        return None;
    }
    let example = "{ text: Load test passed, check: load-test }";
    for field in reader.fields(node, "an item of a checklist", example, &["text", "by", "check", "every"]) {
        let later = |reader: &mut Reader, does: &str| {
            reader.warn(
                field.place,
                format!("this version reads {} of a checklist item and does not {does} yet", quote(field.key)),
            );
        };
        match field.key {
            "text" => item.text = reader.text(field.value, "`text`").unwrap_or_default().trim().to_owned(),
            "by" if field.value.text() == Some("scope") => {
                let message =
                    "`by` names one level, `team`, `lead`, `domain` or `organization`; leave it away for whoever signs";
                reader.error(field.value.place, message);
            }
            "by" => {
                item.by = reader.choice(field.value, "`by`", &levels);
                later(reader, "hold the check until one of them ticks it");
            }
            "check" => {
                item.check = reader.text(field.value, "`check`").map(str::to_owned);
                later(reader, "tick it by itself");
            }
            _ => {
                item.every = reader.duration(field.value, "`every`");
                later(reader, "ask for it again");
            }
        }
    }
    if item.text.is_empty()
        && !matches!(&node.value, Value::Map(pairs) if pairs.iter().any(|(key, _)| key.text() == Some("text")))
    {
        reader.error(node.place, "this item has no `text`: say what is to be made sure of");
    }
    (!item.text.is_empty()).then_some(item)
}

fn allow(reader: &mut Reader, node: &Node) -> Vec<Allow> {
    const EXAMPLE: &str = "{ paths: [services/checkout/main.go], until: 2027-03-31, why: composition root }";
    let single = std::slice::from_ref(node);
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => single,
    };
    let mut allowed = Vec::new();
    for item in items {
        let (mut paths, mut until, mut why) = (None, None, None);
        let fields = reader.fields(item, "an exception under `allow`", EXAMPLE, &["paths", "until", "why"]);
        if matches!(item.value, Value::Map(_)) && !fields.iter().any(|field| field.key == "paths") {
            reader.error(
                item.place,
                format!("this exception has no `paths`: say which files it is about, like `{EXAMPLE}`"),
            );
        }
        let mut broken = false;
        for field in fields {
            match field.key {
                "paths" => paths = reader.paths(field.value, "`paths`", None),
                "until" => {
                    until = reader.date(field.value, "`until`");
                    broken |= until.is_none();
                }
                _ => why = reader.text(field.value, "`why`").map(|text| text.trim().to_owned()),
            }
        }
        if let Some(paths) = paths
            && !broken
        {
            allowed.push(Allow { paths, until, why });
        }
    }
    allowed
}

/// Whatever can change what a rule asks, in one canonical string: order of keys, comments and white space do not show.
fn text(rule: &Rule, when: Json) -> String {
    let sign_off = match &rule.sign_off {
        SignOff::Scope => json!("scope"),
        SignOff::Level(level) => json!(level),
        SignOff::Named(named) => {
            let mut named: Vec<String> = named
                .iter()
                .map(|named| match named {
                    Named::Team(team) => team.clone(),
                    Named::Handle(handle) => folded(handle),
                })
                .collect();
            named.sort();
            json!(named)
        }
    };
    let allow: Vec<Json> =
        rule.allow.iter().map(|allow| json!({ "paths": allow.paths.written(), "until": allow.until })).collect();
    let items: Vec<Json> = rule
        .checklist
        .iter()
        .map(|item| json!({ "by": item.by, "check": item.check, "every": item.every, "text": item.text }))
        .collect();
    let mut all: BTreeMap<&str, Json> = BTreeMap::from([
        ("adrs", json!(rule.adrs)),
        ("allow", json!(allow)),
        ("checklist", json!(items)),
        ("enforce", json!(rule.enforce)),
        ("needs_adr", json!(rule.needs_adr.then_some(true))),
        ("sign_off", sign_off),
        ("when", when),
    ]);
    all.values_mut().for_each(without_absent);
    all.retain(|_, value| !value.is_null());
    json!(all).to_string()
}

/// What is not said is left out, so that a key that a later version brings changes no text of today.
fn without_absent(value: &mut Json) {
    match value {
        Json::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(without_absent);
        }
        Json::Array(items) => items.iter_mut().for_each(without_absent),
        _ => {}
    }
}

fn folded(handle: &Handle) -> String {
    handle.as_str().to_lowercase()
}

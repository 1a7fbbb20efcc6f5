//! Files over each other: the organisation's beneath a repository's own, each over its packs.
//!
//! Mappings of names (`teams`, `domains`, `services`, `tiers`, `stack`) are laid over each other name by name and key by key,
//! other keys as a whole; lists replace. What the organisation locks stays as it says: see [`Locks`].

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::node::{Node, Value};
use super::packs::Pack;
use super::reader::{Entry, Reader};
use super::words::quote;
use super::{Origin, Parsed, Place, Problem, Rules, file, node};

/// A rules file: the path that it is known by, and its text.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'a> {
    /// As people find it, like `.github/merestone.yml`, or `acme/.github: .github/merestone.yml` for an organisation's.
    pub path: &'a str,
    /// What it says.
    pub text: &'a [u8],
}

/// The repository that rules are put together for, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Repository<'a> {
    /// The organisation or user that it belongs to.
    pub owner: Option<&'a str>,
    /// Its name, without the owner.
    pub name: Option<&'a str>,
}

/// The repository whose rules file is its organisation's.
const HOME: &str = ".github";

impl Repository<'_> {
    /// Whether this is the one whose rules file is the organisation's.
    pub fn is_home(&self) -> bool {
        self.name.is_some_and(|name| name.eq_ignore_ascii_case(HOME))
    }

    /// Whether `written`, a repository with its owner, is this one.
    pub(super) fn is(&self, written: &str) -> bool {
        let Some((owner, name)) = written.split_once('/') else { return false };
        self.name.is_some_and(|here| here.eq_ignore_ascii_case(name))
            && self.owner.is_none_or(|here| here.eq_ignore_ascii_case(owner))
    }
}

/// A file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the rules in {path} cannot be used")]
pub struct Broken {
    /// Whose file it is: the repository's own or the organisation's.
    pub origin: Origin,
    /// The path that it is known by.
    pub path: String,
    /// Its text, for showing the lines.
    pub text: Vec<u8>,
    /// What is wrong with it, in the order of the file.
    pub problems: Vec<Problem>,
}

impl Broken {
    fn new(origin: Origin, layer: Layer<'_>, problems: Vec<Problem>) -> Self {
        Self { origin, path: layer.path.to_owned(), text: layer.text.to_vec(), problems }
    }
}

/// The rules in force in a repository: its own file over its organisation's. With neither, [`super::startup`].
///
/// The organisation's file is never the reason why a repository's cannot be laid over it: a name that both have is the
/// repository's, unless it is locked. The warnings are those of the repository's own file. In the organisation's home,
/// `.github`, its file is the only one.
///
/// # Errors
/// The file that cannot be used, with what is wrong with it.
pub fn effective(
    organization: Option<Layer<'_>>,
    own: Option<Layer<'_>>,
    here: Repository<'_>,
) -> Result<Parsed, Broken> {
    let Some(beneath) = organization else {
        let Some(own) = own else { return Ok(Parsed { rules: super::startup(), warnings: Vec::new() }) };
        let mut parsed = super::parse(own.text).map_err(|problems| Broken::new(Origin::Own, own, problems))?;
        parsed.rules.files.own = Some(own.path.to_owned());
        return Ok(parsed);
    };
    let broken = |problems| Broken::new(Origin::Organization, beneath, problems);
    let root = node::read(beneath.text, Origin::Organization).map_err(|problem| broken(vec![problem]))?;
    let mut alone = read(&Stack::alone(&root, Some(here))).map_err(broken)?;
    alone.rules.files.organization = Some(beneath.path.to_owned());
    alone.warnings.clear();
    let Some(own) = own.filter(|_| !here.is_home()) else { return Ok(alone) };
    let own_root = node::read(own.text, Origin::Own).map_err(|problem| Broken::new(Origin::Own, own, vec![problem]))?;
    let stack =
        Stack { organization: Some(&root), own: Some(&own_root), here: Some(here), beneath: Some(&alone.rules) };
    let mut parsed = read(&stack).map_err(|problems| {
        let theirs = |problem: &Problem| problem.place.is_some_and(|place| place.origin == Origin::Organization);
        // What the organisation's file says was found right when it stood alone, so an error there is one of both together.
        let (theirs, own_problems): (Vec<_>, Vec<_>) = problems.into_iter().partition(theirs);
        if own_problems.is_empty() { broken(theirs) } else { Broken::new(Origin::Own, own, own_problems) }
    })?;
    parsed.rules.files.own = Some(own.path.to_owned());
    parsed.rules.files.organization = Some(beneath.path.to_owned());
    if parsed.rules.rules.iter().any(|rule| rule.locked) {
        parsed.rules.floor = Some(Box::new(alone.rules));
    }
    Ok(parsed)
}

/// Reads an organisation's file as it stands, for no repository in particular: services of every repository are in it.
///
/// # Errors
/// As [`super::parse`].
pub fn parse_organization(text: &[u8]) -> Result<Parsed, Vec<Problem>> {
    let root = node::read(text, Origin::Organization).map_err(|problem| vec![problem])?;
    read(&Stack::alone(&root, None))
}

/// The rules in force as text: each value with the file and the line that say it.
///
/// # Errors
/// As [`effective`].
pub fn explain(
    organization: Option<Layer<'_>>,
    own: Option<Layer<'_>>,
    here: Repository<'_>,
) -> Result<String, Broken> {
    let mut rules = effective(organization, own, here)?.rules;
    if organization.is_none() && own.is_none() {
        rules.files.own = Some("no rules file".to_owned());
    }
    let own = own.filter(|_| organization.is_none() || !here.is_home());
    let root = |layer: Option<Layer<'_>>, origin| layer.and_then(|layer| node::read(layer.text, origin).ok());
    let (theirs, ours) = (root(organization, Origin::Organization), root(own, Origin::Own));
    let nothing = || node::read(super::STARTUP.as_bytes(), Origin::Own).ok();
    let ours = if theirs.is_none() { ours.or_else(nothing) } else { ours };
    let stack = Stack { organization: theirs.as_ref(), own: ours.as_ref(), here: Some(here), beneath: None };
    // Whatever there is to say of the files was said.
    Ok(file::lay(&mut Reader::default(), &stack).map(|laid| super::explain::text(&laid, &rules)).unwrap_or_default())
}

/// Reads files over each other.
pub(super) fn read(stack: &Stack<'_>) -> Result<Parsed, Vec<Problem>> {
    let mut reader = Reader::of(stack);
    let mut rules = file::read(&mut reader, stack);
    rules.meaning = stack.own.or(stack.organization).map(Node::meaning).unwrap_or_default();
    let failed = reader.failed();
    let problems = reader.finish();
    if failed { Err(problems) } else { Ok(Parsed { rules, warnings: problems }) }
}

/// Files over each other, as trees.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stack<'a> {
    /// The organisation's.
    pub organization: Option<&'a Node>,
    /// The repository's own, or the only one.
    pub own: Option<&'a Node>,
    /// The repository; `None`: none in particular.
    pub here: Option<Repository<'a>>,
    /// What the organisation's file alone says here, where there is another over it.
    pub beneath: Option<&'a Rules>,
}

impl<'a> Stack<'a> {
    /// A single file, which knows itself whose it is.
    pub fn alone(root: &'a Node, here: Option<Repository<'a>>) -> Self {
        let is_own = root.place.origin == Origin::Own;
        let (organization, own) = if is_own { (None, Some(root)) } else { (Some(root), None) };
        Self { organization, own, here, beneath: None }
    }
}

/// What the organisation's file locks: a repository can add to it, and not weaken, narrow or empty it.
#[derive(Debug, Default)]
pub(super) struct Locks {
    /// Top-level keys, each with where the file locks it.
    keys: BTreeMap<String, Place>,
    /// Where the first locked rule is locked. Names that the organisation defines cannot be redefined then.
    rule: Option<Place>,
}

/// Keys whose names a locked rule may lean on.
const NAMES: [&str; 8] = ["organization", "domains", "teams", "services", "tiers", "stack", "roots", "branches"];

impl Locks {
    /// Reads what a file locks; `locked` itself is checked elsewhere.
    pub fn of(entries: &[Entry<'_>]) -> Self {
        let mut locks = Self::default();
        for entry in entries {
            match (entry.key, &entry.value.value) {
                ("locked", Value::List(items)) => {
                    for item in items {
                        locks.keys.extend(item.text().map(|key| (key.to_owned(), item.place)));
                    }
                }
                ("locked", _) => locks.keys.extend(entry.value.text().map(|key| (key.to_owned(), entry.value.place))),
                ("rules", Value::List(rules)) => {
                    locks.rule = locks.rule.or_else(|| rules.iter().find_map(locked_at));
                }
                _ => {}
            }
        }
        locks.rule = locks.rule.or_else(|| locks.keys.get("rules").copied());
        locks
    }

    /// Where this top-level key is locked.
    pub fn key(&self, key: &str) -> Option<Place> {
        self.keys.get(key).copied()
    }

    /// Where any rule is locked.
    pub fn rule(&self) -> Option<Place> {
        self.rule
    }

    /// Where what the organisation says under this key is held fast: the key itself, or names that a locked rule may lean on.
    fn fast(&self, key: &str) -> Option<Place> {
        self.key(key).or_else(|| self.rule.filter(|_| NAMES.contains(&key)))
    }
}

/// Where a rule says that it is locked.
fn locked_at(rule: &Node) -> Option<Place> {
    let Value::Map(pairs) = &rule.value else { return None };
    pairs.iter().find(|(key, value)| key.text() == Some("locked") && value.is_true()).map(|(key, _)| key.place)
}

/// The end of a sentence about something that a lock takes the effect from.
pub(super) fn locked_by(lock: Place) -> String {
    format!("the organisation's file locks it on line {}", lock.line)
}

/// A top-level key with its value, of one file or of several together.
#[derive(Debug, Clone)]
pub(super) struct Combined<'n> {
    pub key: &'n str,
    pub place: Place,
    pub value: Cow<'n, Node>,
}

impl Combined<'_> {
    /// As an entry to read.
    pub fn entry(&self) -> Entry<'_> {
        Entry { key: self.key, place: self.place, value: &self.value }
    }
}

/// The entries of a file over what its packs say beside rules: a tier's items replace those of a pack, and so does a size
/// under `decides`; packs add to each other.
pub(super) fn dressed<'n>(entries: &[Entry<'n>], packs: &[(Pack, Place)]) -> Vec<Combined<'n>> {
    let mut dressed: Vec<Combined<'n>> =
        entries.iter().map(|e| Combined { key: e.key, place: e.place, value: Cow::Borrowed(e.value) }).collect();
    let of_packs = [
        ("tiers", packs.iter().filter_map(|(pack, _)| pack.tiers.as_ref()).fold(None, joined)),
        ("decides", packs.iter().filter_map(|(pack, _)| pack.decides.as_ref()).fold(None, joined)),
    ];
    for (key, node) in of_packs.into_iter().filter_map(|(key, node)| Some((key, node?))) {
        match dressed.iter_mut().find(|one| one.key == key) {
            Some(one) => one.value = Cow::Owned(fields(&node, &one.value)),
            None => dressed.push(Combined { key, place: node.place, value: Cow::Owned(node) }),
        }
    }
    dressed
}

/// What several packs say under one key, lists one after the other.
fn joined(sum: Option<Node>, next: &Node) -> Option<Node> {
    let Some(mut sum) = sum else { return Some(next.clone()) };
    if let (Value::Map(pairs), Value::Map(more)) = (&mut sum.value, &next.value) {
        for (key, value) in more {
            match pairs.iter_mut().find(|(other, _)| other.text() == key.text()) {
                Some((_, first)) => *first = list(first, value),
                None => pairs.push((key.clone(), value.clone())),
            }
        }
    }
    Some(sum)
}

/// Lays the top-level keys over each other; those that every file has for itself are taken from `above`.
pub(super) fn combine<'n>(
    reader: &mut Reader,
    below: Vec<Combined<'n>>,
    above: Vec<Combined<'n>>,
    locks: &Locks,
) -> Vec<Combined<'n>> {
    let mut combined = Vec::new();
    let take = |from: &[Combined<'n>], key: &str| from.iter().find(|one| one.key == key).cloned();
    for key in file::KEYS {
        let one = match (take(&below, key), take(&above, key)) {
            (None, None) => None,
            (Some(only), None) => Some(only),
            (None, Some(only)) => alone(reader, only, locks),
            (Some(below), Some(above)) => Some(over(reader, below, above, locks)),
        };
        combined.extend(one);
    }
    combined
}

/// Keys that a repository adds to where it says something new, even where the organisation locks them.
const ADDS: [&str; 8] = ["teams", "services", "roots", "branches", "tiers", "rules", "extends", "version"];

/// A key that only the repository has.
fn alone<'n>(reader: &mut Reader, only: Combined<'n>, locks: &Locks) -> Option<Combined<'n>> {
    match locks.key(only.key) {
        Some(lock) if !ADDS.contains(&only.key) && only.key != "mode" => {
            reader.warn(only.place, format!("{} has no effect here: {}", quote(only.key), locked_by(lock)));
            None
        }
        _ => Some(only),
    }
}

/// A key that both have.
fn over<'n>(reader: &mut Reader, below: Combined<'n>, above: Combined<'n>, locks: &Locks) -> Combined<'n> {
    let key = above.key;
    let lock = locks.fast(key);
    let (under, upper) = (below.entry(), above.entry());
    let node = match (key, lock) {
        ("teams" | "services" | "tiers", _) => names(reader, under, upper, lock),
        ("domains", _) if locks.key(key).is_none() => domains(reader, under, upper, lock),
        ("branches" | "roots", Some(_)) => both(reader, under, upper, lock),
        ("stack", None) => names(reader, under, upper, lock),
        ("organization" | "reviewers" | "adrs" | "clock" | "calendar" | "decides", None) => {
            fields(&below.value, &above.value)
        }
        // Every file has these for itself.
        ("version" | "extends" | "rules" | "mode" | "locked" | "repositories", _) | (_, None) => return above,
        (_, Some(lock)) => {
            reader.warn(above.place, format!("{} has no effect here: {}", quote(key), locked_by(lock)));
            return below;
        }
    };
    Combined { key, place: above.place, value: Cow::Owned(node) }
}

/// A mapping over another, key by key.
fn fields(below: &Node, above: &Node) -> Node {
    match (&below.value, &above.value) {
        (Value::Map(beneath), Value::Map(pairs)) => {
            let said = |key: &Node| pairs.iter().any(|(other, _)| other.text() == key.text());
            let rest = beneath.iter().filter(|(key, _)| !said(key)).cloned();
            Node { place: above.place, value: Value::Map(rest.chain(pairs.iter().cloned()).collect()) }
        }
        (_, Value::Null) => below.clone(),
        _ => above.clone(),
    }
}

/// A mapping of names over another. Of services the last entry that matches a path wins: those of the file above, unless the
/// organisation's are locked.
fn names(reader: &mut Reader, below: Entry<'_>, above: Entry<'_>, lock: Option<Place>) -> Node {
    let what = quote(above.key);
    let (_, example) = file::EXAMPLES.iter().find(|(key, _)| *key == above.key).copied().unwrap_or_default();
    let theirs = reader.entries(below.value, &what, example);
    let ours = reader.entries(above.value, &what, example);
    let pair = |key: &str, place: Place, value: Node| (Node::of_text(key, place), value);
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for entry in &theirs {
        match (ours.iter().find(|other| other.key == entry.key), lock) {
            (None, _) => first.push(pair(entry.key, entry.place, entry.value.clone())),
            (Some(over), Some(_)) if above.key == "tiers" => {
                first.push(pair(entry.key, entry.place, list(entry.value, over.value)));
            }
            (Some(over), Some(lock)) => {
                let message = format!(
                    "{} has no effect here: the organisation's file says it on line {}, and locks it on line {}",
                    quote(entry.key),
                    entry.place.line,
                    lock.line
                );
                reader.warn(over.place, message);
                first.push(pair(entry.key, entry.place, entry.value.clone()));
            }
            (Some(_), None) => {}
        }
    }
    for entry in &ours {
        match (theirs.iter().find(|other| other.key == entry.key), lock) {
            (None, _) => last.push(pair(entry.key, entry.place, entry.value.clone())),
            (Some(under), None) => last.push(pair(entry.key, entry.place, fields(under.value, entry.value))),
            (Some(_), Some(_)) => {}
        }
    }
    if above.key == "services" && lock.is_some() {
        std::mem::swap(&mut first, &mut last);
    }
    first.extend(last);
    Node { place: above.place, value: Value::Map(first) }
}

/// Domains over others. A team is in one domain: in that of the file above, unless the organisation's are held fast.
fn domains(reader: &mut Reader, below: Entry<'_>, above: Entry<'_>, lock: Option<Place>) -> Node {
    let (kept, cut) = if lock.is_some() { (below, above) } else { (above, below) };
    let mut taken: HashMap<String, Place> = HashMap::new();
    for (_, teams) in lists(kept.value) {
        for team in teams {
            taken.extend(team.text().map(|text| (folded(text), team.place)));
        }
    }
    let names_of_kept: Vec<&str> = lists(kept.value).filter_map(|(name, _)| name).collect();
    let mut cut_value = cut.value.clone();
    if let Value::Map(pairs) = &mut cut_value.value {
        for (name, domain) in pairs {
            // Where both have the domain, it is laid over key by key.
            if name.text().is_some_and(|name| names_of_kept.contains(&name)) {
                continue;
            }
            let Value::Map(fields) = &mut domain.value else { continue };
            for (key, teams) in fields {
                if key.text() != Some("teams") {
                    continue;
                }
                if let Value::Scalar(_) = teams.value {
                    teams.value = Value::List(vec![teams.clone()]);
                }
                let Value::List(items) = &mut teams.value else { continue };
                items.retain(|team| {
                    let first = team.text().and_then(|text| taken.get(&folded(text)));
                    if let (Some(first), Some(lock)) = (first, lock) {
                        let message = format!(
                            "the team {} stays where the organisation's file has it on line {}: it locks that on line {}",
                            quote(team.text().unwrap_or_default()),
                            first.line,
                            lock.line
                        );
                        reader.warn(team.place, message);
                    }
                    first.is_none()
                });
            }
        }
    }
    let cut = Entry { value: &cut_value, ..cut };
    if lock.is_some() { names(reader, kept, cut, lock) } else { names(reader, cut, kept, lock) }
}

/// The lists of teams under `domains`, each with the name of its domain.
fn lists(domains: &Node) -> impl Iterator<Item = (Option<&str>, &[Node])> {
    let pairs = if let Value::Map(pairs) = &domains.value { pairs.as_slice() } else { &[] };
    pairs.iter().filter_map(|(name, domain)| {
        let Value::Map(fields) = &domain.value else { return None };
        let teams = &fields.iter().find(|(key, _)| key.text() == Some("teams"))?.1;
        let teams = if let Value::List(items) = &teams.value { items } else { std::slice::from_ref(teams) };
        Some((name.text(), teams))
    })
}

/// A team's name without what is written in two ways.
fn folded(team: &str) -> String {
    team.trim_start_matches('@').to_lowercase()
}

/// Two lists in one: what the repository adds stands before what the organisation says, so that the latter decides where both
/// say something.
fn both(reader: &mut Reader, below: Entry<'_>, above: Entry<'_>, lock: Option<Place>) -> Node {
    let mut added = above.value.clone();
    if let (Value::List(items), Some(lock)) = (&mut added.value, lock) {
        items.retain(|item| {
            let takes_out = above.key == "roots" && item.text().is_some_and(|text| text.starts_with('!'));
            if takes_out {
                let message =
                    format!("{} has no effect here: {}", quote(item.text().unwrap_or_default()), locked_by(lock));
                reader.warn(item.place, message);
            }
            !takes_out
        });
    }
    list(&added, below.value)
}

/// Two lists in one; a single value stands for a list of one.
pub(super) fn list(first: &Node, second: &Node) -> Node {
    let items = |node: &Node| match &node.value {
        Value::List(items) => items.clone(),
        Value::Null => Vec::new(),
        _ => vec![node.clone()],
    };
    Node { place: first.place, value: Value::List(items(first).into_iter().chain(items(second)).collect()) }
}

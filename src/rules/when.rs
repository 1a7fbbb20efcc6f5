//! Conditions: the mapping under `when`, `skip`, `any`, `all` and `not`.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::known::Known;
use super::node::{Node, Value};
use super::reader::{Reader, canonical};
use super::words::quote;
use super::{Crosses, PatternSet, Size, When};

/// Every key of a condition, those of later chapters included.
pub(super) const KEYS: [&str; 23] = [
    "paths",
    "services",
    "teams",
    "domains",
    "tiers",
    "foreign",
    "unowned",
    "crosses",
    "size",
    "labels",
    "base",
    "title",
    "author",
    "rules",
    "any",
    "all",
    "not",
    "imports",
    "adds_dependency",
    "adds_line",
    "new_service",
    "contract",
    "adr",
];

const EXAMPLE: &str = "{ crosses: team }";

/// Reads a condition; beside it, its canonical form.
pub(super) fn read(reader: &mut Reader, known: &Known, node: &Node, what: &str) -> (When, Json) {
    let mut when = When::default();
    let mut canon: BTreeMap<&str, Json> = BTreeMap::new();
    if matches!(&node.value, Value::Map(pairs) if pairs.is_empty()) || node.value == Value::Null {
        let message = format!("{what} asks nothing and would match everything: say `paths: [\"**\"]` if that is meant");
        reader.error(node.place, message);
        return (when, Json::Null);
    }
    for entry in reader.fields(node, what, EXAMPLE, &KEYS) {
        let (key, value) = (entry.key, entry.value);
        let of = quote(key);
        let form = match key {
            "paths" => {
                when.paths = reader.paths(value, &of, None);
                written(when.paths.as_ref())
            }
            "services" => {
                globs(reader, value, &of, &mut when.services, |r, text, place| known.check_service(r, text, place))
            }
            "teams" => {
                let named = rewritten(value, |name| known.team(name).unwrap_or_else(|| name.to_owned()));
                globs(reader, &named, &of, &mut when.teams, |r, text, place| known.check_team(r, text, place))
            }
            "domains" => {
                globs(reader, value, &of, &mut when.domains, |r, text, place| known.check_domain(r, text, place))
            }
            "tiers" => globs(reader, value, &of, &mut when.tiers, |r, text, place| known.check_tier(r, text, place)),
            "labels" => globs(reader, value, &of, &mut when.labels, |_, _, _| {}),
            "base" => globs(reader, value, &of, &mut when.base, |_, _, _| {}),
            "author" => {
                let logins = rewritten(value, |name| name.strip_prefix('@').unwrap_or(name).to_owned());
                globs(reader, &logins, &of, &mut when.author, |_, _, _| {})
            }
            "foreign" => flag(reader, value, &of, &mut when.foreign),
            "unowned" => flag(reader, value, &of, &mut when.unowned),
            "rules" => flag(reader, value, &of, &mut when.rules),
            "crosses" => {
                when.crosses = reader.choice(value, &of, &[("team", Crosses::Team), ("domain", Crosses::Domain)]);
                json!(when.crosses)
            }
            "size" => {
                when.size = size(reader, value);
                json!(when.size.map(|size| [size.files, size.lines]))
            }
            "title" => {
                when.title = reader.regex(value, &of);
                json!(when.title.as_ref().map(regex::Regex::as_str))
            }
            "any" | "all" => {
                let (conditions, forms) = several(reader, known, value, &of);
                *(if key == "any" { &mut when.any } else { &mut when.all }) = conditions;
                Json::Array(forms)
            }
            "not" => {
                let (inner, form) = read(reader, known, value, &of);
                when.not = Some(Box::new(inner));
                form
            }
            _ => {
                later(reader, known, key, value);
                when.later.push(key.to_owned());
                canonical(value)
            }
        };
        canon.insert(key, form);
    }
    when.later.sort();
    (when, Json::Object(canon.into_iter().map(|(key, form)| (key.to_owned(), form)).collect()))
}

fn written(set: Option<&PatternSet>) -> Json {
    json!(set.map(PatternSet::written))
}

fn flag(reader: &mut Reader, node: &Node, what: &str, into: &mut Option<bool>) -> Json {
    *into = reader.flag(node, what);
    json!(into)
}

fn globs(
    reader: &mut Reader,
    node: &Node,
    what: &str,
    into: &mut Option<PatternSet>,
    check: impl Fn(&mut Reader, &str, super::Place),
) -> Json {
    *into = reader.names(node, what, "[payments, \"shop-*\"]");
    if let Value::List(_) | Value::Scalar(_) = &node.value {
        let items = reader.items(node, what, "[payments]");
        for item in items {
            if let Some(text) = item.text() {
                let name = text.strip_prefix('!').unwrap_or(text);
                if !name.is_empty() && !is_glob(name) {
                    check(reader, name, item.place);
                }
            }
        }
    }
    written(into.as_ref())
}

/// Whether a name holds a wildcard.
pub(super) fn is_glob(name: &str) -> bool {
    name.contains(['*', '?', '{'])
}

/// A list of names with each name rewritten, a `!` in front left alone.
fn rewritten(node: &Node, rewrite: impl Fn(&str) -> String + Copy) -> Node {
    let mut node = node.clone();
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| *item = rewritten(item, rewrite)),
        Value::Scalar(scalar) => {
            scalar.text = match scalar.text.strip_prefix('!') {
                Some(name) => format!("!{}", rewrite(name)),
                None => rewrite(&scalar.text),
            }
        }
        Value::Null | Value::Map(_) => {}
    }
    node
}

fn size(reader: &mut Reader, node: &Node) -> Option<Size> {
    let mut size = Size::default();
    for entry in reader.fields(node, "`size`", "{ files: 50, lines: 1000 }", &["files", "lines"]) {
        match entry.key {
            "files" => size.files = reader.number(entry.value, "`files`"),
            _ => size.lines = reader.number(entry.value, "`lines`"),
        }
    }
    if matches!(&node.value, Value::Map(pairs) if pairs.is_empty()) {
        reader.error(node.place, "`size` is empty: say `files`, `lines` or both, like `{ files: 50, lines: 1000 }`");
    }
    (size != Size::default()).then_some(size)
}

fn several(reader: &mut Reader, known: &Known, node: &Node, what: &str) -> (Vec<When>, Vec<Json>) {
    let Value::List(items) = &node.value else {
        let message = format!(
            "{what} is a list of conditions, like `[{{ crosses: team }}, {{ foreign: true }}]`; this is {}",
            node.what()
        );
        reader.error(node.place, message);
        return (Vec::new(), Vec::new());
    };
    if items.is_empty() {
        reader.error(node.place, format!("{what} is an empty list: add conditions, or take the key away"));
    }
    items.iter().map(|item| read(reader, known, item, &format!("an entry of {what}"))).unzip()
}

/// Checks the form of keys that this version reads and does not judge.
fn later(reader: &mut Reader, known: &Known, key: &str, node: &Node) {
    match key {
        "imports" if matches!(node.value, Value::Map(_)) => {
            for entry in reader.fields(node, "`imports`", "{ from: checkout, to: ledger }", &["from", "to", "public"]) {
                match entry.key {
                    "public" => {
                        reader.flag(entry.value, "`public`");
                    }
                    end => {
                        let what = quote(end);
                        for (text, place) in reader.texts(entry.value, &what, "[ledger, \"domain:platform\"]") {
                            known.check_end(reader, text, place);
                        }
                    }
                }
            }
        }
        "imports" => {
            reader.choice(node, "`imports`", &[("internals", ())]);
        }
        "adds_dependency" => {
            reader.texts(node, "`adds_dependency`", "[\"npm:axios\"]");
        }
        "adds_line" => {
            reader.regex(node, "`adds_line`");
        }
        "new_service" => {
            reader.flag(node, "`new_service`");
        }
        "contract" => {
            reader.choice(node, "`contract`", &[("breaking", ())]);
        }
        _ => {
            let words = [
                ("proposed", ()),
                ("accepted", ()),
                ("rejected", ()),
                ("deprecated", ()),
                ("superseded", ()),
                ("unknown", ()),
            ];
            for item in reader.items(node, "`adr`", "[proposed, accepted]") {
                reader.choice(item, "`adr`", &words);
            }
        }
    }
}

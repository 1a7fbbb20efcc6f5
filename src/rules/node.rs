//! The rules file as a tree in which every key and every value knows its line and column.

use std::fmt::{self, Write};

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy, Spanned};

use sha2::{Digest, Sha256};

use super::traps;
use super::{Origin, Place, Problem, Severity};

/// The most that a rules file may hold, in bytes.
pub(super) const MAX_BYTES: usize = 1 << 20;
/// How deep lists and mappings may nest. A rule with a nested condition needs about a dozen levels; each costs the YAML
/// reader some 40 kB of stack in a build without optimisation.
const MAX_DEPTH: usize = 20;
/// How many keys, values, lists and mappings a file may have.
const MAX_NODES: usize = 100_000;

/// A key or a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Nothing after the `:`, or `null`.
    Null,
    /// A text, a number, or `true` and its like.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file, keys that are written twice included.
    Map(Vec<(Node, Node)>),
}

/// One word or text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scalar {
    /// As written, without quotes: `0007` keeps its zeros and `on` is `on`.
    pub text: String,
    /// What YAML takes it for.
    pub kind: Kind,
}

/// What YAML takes a scalar for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text.
    Text,
    /// `true`, `yes`, `on` and their opposites.
    Bool(bool),
    /// A number.
    Number,
}

impl Node {
    /// A text at a place.
    pub fn of_text(text: &str, place: Place) -> Self {
        Self { place, value: Value::Scalar(Scalar { text: text.to_owned(), kind: Kind::Text }) }
    }

    /// Its text, when it is a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// SHA-256 over what it says, without comments, form and places, hex. The order of keys makes no difference but among
    /// services, of which the last that matches wins.
    pub fn meaning(&self) -> String {
        let mut text = String::new();
        self.say(&mut text, false);
        hex::encode(Sha256::digest(text))
    }

    fn say(&self, text: &mut String, in_order: bool) {
        match &self.value {
            Value::Null => text.push('~'),
            Value::Scalar(scalar) => {
                let _ = write!(text, "{}:{}", scalar.text.len(), scalar.text);
            }
            Value::List(items) => {
                text.push('[');
                items.iter().for_each(|item| item.say(text, false));
                text.push(']');
            }
            Value::Map(pairs) => {
                let mut pairs: Vec<&(Node, Node)> = pairs.iter().collect();
                if !in_order {
                    pairs.sort_by_key(|(key, _)| key.text());
                }
                text.push('{');
                for (key, value) in pairs {
                    key.say(text, false);
                    value.say(text, key.text() == Some("services"));
                }
                text.push('}');
            }
        }
    }

    /// Whether it is `true`, or a word that YAML takes for it.
    pub fn is_true(&self) -> bool {
        matches!(self.value, Value::Scalar(Scalar { kind: Kind::Bool(true), .. }))
    }

    /// Says of every place where it is. The recursion is bounded by [`MAX_DEPTH`].
    fn stamp(&mut self, origin: Origin) {
        self.place.origin = origin;
        match &mut self.value {
            Value::Null | Value::Scalar(_) => {}
            Value::List(items) => items.iter_mut().for_each(|item| item.stamp(origin)),
            Value::Map(pairs) => pairs.iter_mut().for_each(|(key, value)| {
                key.stamp(origin);
                value.stamp(origin);
            }),
        }
    }

    /// What it is, in words.
    pub fn what(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Scalar(Scalar { kind: Kind::Text, .. }) => "a text",
            Value::Scalar(Scalar { kind: Kind::Bool(_), .. }) => "yes or no",
            Value::Scalar(Scalar { kind: Kind::Number, .. }) => "a number",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

/// Reads a file into its tree; every place in it is of this origin.
pub(super) fn read(bytes: &[u8], origin: Origin) -> Result<Node, Problem> {
    match tree(bytes) {
        Ok(mut root) => {
            root.stamp(origin);
            Ok(root)
        }
        Err(problem) => Err(Problem { place: problem.place.map(|place| place.within(origin)), ..problem }),
    }
}

fn tree(bytes: &[u8]) -> Result<Node, Problem> {
    if bytes.len() > MAX_BYTES {
        return Err(nowhere(format!(
            "the file has {} bytes and may have {MAX_BYTES}: split it, or name folders instead of files",
            bytes.len()
        )));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(nowhere("the file is encoded as UTF-16; save it as UTF-8".to_owned()));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let message = "this byte is not UTF-8; save the file as UTF-8".to_owned();
            return Err(Problem { severity: Severity::Error, place: Some(end_of(without_mark(&valid))), message });
        }
    };
    let text = without_mark(text);
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_reader_input_bytes: Some(MAX_BYTES),
            flow_nesting_limit: MAX_DEPTH * 2,
            max_aliases: 0,
            max_anchors: 0,
            max_depth: MAX_DEPTH,
            max_documents: 1,
            max_nodes: MAX_NODES,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        reject_unsupported_tags: true,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        with_snippet: false,
    };
    match serde_saphyr::from_str_with_options::<Option<Spanned<Raw>>>(text, options) {
        Ok(Some(raw)) => node(raw, text),
        Ok(None) => Ok(Node { place: Place::new(1, 1), value: Value::Null }),
        Err(error) => Err(traps::problem(&error, text)),
    }
}

/// The text after a byte-order mark.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn nowhere(message: String) -> Problem {
    Problem { severity: Severity::Error, place: None, message }
}

/// The place right after `text`.
fn end_of(text: &str) -> Place {
    let line = text.matches('\n').count();
    let last = text.rsplit('\n').next().unwrap_or("");
    Place::new(clamp(line as u64 + 1), clamp(last.chars().count() as u64 + 1))
}

fn clamp(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The place of a location of the YAML reader, where it knows one.
pub(super) fn place(location: serde_saphyr::Location) -> Option<Place> {
    (location.line() > 0).then(|| Place::new(clamp(location.line()), clamp(location.column().max(1))))
}

/// What serde sees; the text of numbers and booleans is taken from the source afterwards, as it was written.
#[derive(Debug)]
enum Raw {
    Null,
    Bool(bool),
    Number,
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

/// Turns what serde saw into a node. The recursion is bounded by [`MAX_DEPTH`].
fn node(raw: Spanned<Raw>, text: &str) -> Result<Node, Problem> {
    let place = place(raw.referenced).unwrap_or(Place::new(1, 1));
    let span = raw.referenced.span();
    let bytes = |number: Option<u64>| number.and_then(|number| usize::try_from(number).ok());
    let from = bytes(span.byte_offset());
    // A `!` right before a value is a tag without a name: YAML takes it away, and with it the sense of a pattern.
    if from.and_then(|from| text.get(..from)).is_some_and(|before| before.trim_end_matches(' ').ends_with('!')) {
        let message = "a `!` belongs inside the quotes: \"!docs/\"".to_owned();
        return Err(Problem { severity: Severity::Error, place: Some(place), message });
    }
    let written = || {
        let from = from?;
        Some(text.get(from..from.checked_add(bytes(span.byte_len())?)?)?.trim().to_owned())
    };
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Bool(value) => {
            let text = written().unwrap_or_else(|| value.to_string());
            Value::Scalar(Scalar { text, kind: Kind::Bool(value) })
        }
        Raw::Number => Value::Scalar(Scalar { text: written().unwrap_or_default(), kind: Kind::Number }),
        Raw::Text(text) => Value::Scalar(Scalar { text, kind: Kind::Text }),
        Raw::List(items) => Value::List(items.into_iter().map(|item| node(item, text)).collect::<Result<_, _>>()?),
        Raw::Map(entries) => {
            let pairs = entries.into_iter().map(|(key, value)| Ok((node(key, text)?, node(value, text)?)));
            Value::Map(pairs.collect::<Result<_, Problem>>()?)
        }
    };
    Ok(Node { place, value })
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }
    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }
    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }
    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }
    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

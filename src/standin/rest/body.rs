//! What GitHub's description says of a body: known fields, their types, the required ones, their bounds.

use serde_json::{Map, Value};

use super::super::world::World;
use super::{Answer, Request, error};

/// The type of a field.
pub(super) enum Type {
    /// Text of at most so many characters.
    Text(usize),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number of at least this.
    Number(u64),
    /// A list of texts, at most so many.
    Texts(usize),
    /// A list of numbers, at most so many.
    Numbers(usize),
    /// An object, looked at by its own fields.
    Object(&'static [Field]),
    /// A list of objects, at most so many.
    Objects(usize, &'static [Field]),
    /// An object with any fields.
    Any,
}

/// A field: name, type, whether it is required.
pub(super) type Field = (&'static str, Type, bool);

/// What is wrong with an object, if anything.
fn problem(object: &Map<String, Value>, fields: &[Field], at: &str) -> Option<String> {
    for (name, _, required) in fields {
        if *required && object.get(*name).is_none_or(Value::is_null) {
            return Some(format!("{at}{name} is missing"));
        }
    }
    object.iter().find_map(|(name, value)| match fields.iter().find(|(known, ..)| known == name) {
        None => Some(format!("{at}{name} is not described")),
        Some((_, kind, _)) => problem_of(value, kind, &format!("{at}{name}")),
    })
}

fn problem_of(value: &Value, kind: &Type, at: &str) -> Option<String> {
    let list = |most: usize| match value.as_array() {
        None => Err(format!("{at} is no list")),
        Some(list) if list.len() > most => Err(format!("{at} has {} entries, at most {most} are allowed", list.len())),
        Some(list) => Ok(list),
    };
    match kind {
        Type::Text(most) => match value.as_str().map(|text| text.chars().count()) {
            None => Some(format!("{at} is no text")),
            Some(length) if length > *most => Some(format!("{at} is too long (maximum is {most} characters)")),
            Some(_) => None,
        },
        Type::Word(words) => {
            (!value.as_str().is_some_and(|word| words.contains(&word))).then(|| format!("{at} is none of {words:?}"))
        }
        Type::Number(least) => {
            value.as_u64().is_none_or(|number| number < *least).then(|| format!("{at} is no number from {least}"))
        }
        Type::Texts(most) => match list(*most) {
            Err(why) => Some(why),
            Ok(list) => (!list.iter().all(Value::is_string)).then(|| format!("{at} holds something that is no text")),
        },
        Type::Numbers(most) => match list(*most) {
            Err(why) => Some(why),
            Ok(list) => (!list.iter().all(Value::is_u64)).then(|| format!("{at} holds something that is no number")),
        },
        Type::Object(fields) => match value.as_object() {
            None => Some(format!("{at} is no object")),
            Some(object) => problem(object, fields, &format!("{at}.")),
        },
        Type::Objects(most, fields) => match list(*most) {
            Err(why) => Some(why),
            Ok(list) => list.iter().enumerate().find_map(|(index, value)| match value.as_object() {
                None => Some(format!("{at}[{index}] is no object")),
                Some(object) => problem(object, fields, &format!("{at}[{index}].")),
            }),
        },
        Type::Any => (!value.is_object()).then(|| format!("{at} is no object")),
    }
}

/// Checks the body; what GitHub's description forbids is noted and refused.
pub(super) fn check(world: &mut World, request: &Request, fields: &[Field]) -> Result<(), Answer> {
    let wrong = match &request.body {
        Value::Object(object) => problem(object, fields, ""),
        Value::Null if fields.iter().all(|(.., required)| !required) => None,
        _ => Some("the body is no object".to_owned()),
    };
    match wrong {
        None => Ok(()),
        Some(why) => {
            world.log.offend(format!("{} {}: {why}", request.method, request.path));
            Err(error(422, &format!("Invalid request.\n\n{why}")))
        }
    }
}

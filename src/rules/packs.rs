//! Rules that ship with Merestone.

use super::node::{self, Node, Value};

/// A pack: rules by id, key by key.
#[derive(Debug)]
pub(super) struct Pack {
    rules: Vec<(String, Vec<(String, Node)>)>,
}

/// Packs of this version, by name.
pub(super) const SHIPPED: [(&str, &str); 1] = [("startup", include_str!("../../rules/startup.yml"))];

/// Packs that later versions ship.
pub(super) const LATER: [&str; 13] = [
    "growth",
    "enterprise",
    "contracts",
    "data-model",
    "integration",
    "security",
    "delivery",
    "triggers",
    "resilience",
    "testing",
    "shared-libraries",
    "stack",
    "tiers",
];

/// The names of all packs.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name).chain(LATER)
}

impl Pack {
    /// The pack of this name, where this version ships one.
    pub fn named(name: &str) -> Option<Self> {
        let text = SHIPPED.iter().find(|(known, _)| *known == name)?.1;
        Some(Self { rules: rules(&node::read(text.as_bytes()).ok()?) })
    }

    /// Its rules in order.
    pub fn rules(&self) -> impl Iterator<Item = (&String, &[(String, Node)])> {
        self.rules.iter().map(|(id, entries)| (id, entries.as_slice()))
    }
}

/// The rules of a pack's file. That every pack is free of errors is a test.
fn rules(root: &Node) -> Vec<(String, Vec<(String, Node)>)> {
    let Some(Value::List(items)) = entry(root, "rules").map(|node| &node.value) else { return Vec::new() };
    let mut rules = Vec::new();
    for item in items {
        let (Some(id), Value::Map(pairs)) = (entry(item, "id").and_then(Node::text), &item.value) else { continue };
        let pairs = pairs.iter().filter_map(|(key, value)| Some((key.text()?.to_owned(), value.clone())));
        rules.push((id.to_owned(), pairs.filter(|(key, _)| key != "id").collect()));
    }
    rules
}

fn entry<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    let Value::Map(pairs) = &node.value else { return None };
    pairs.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
}

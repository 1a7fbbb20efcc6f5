//! Rules that ship with Merestone.

use super::node::{self, Node, Value};
use super::{Origin, Place};

/// The keys of a rule, each with where it stands and what it says.
type Entries = Vec<(String, Place, Node)>;

/// A pack, read: its rules by id, key by key, and what it says besides.
#[derive(Debug, Clone)]
pub(super) struct Pack {
    rules: Vec<(String, Entries)>,
    /// Its `tiers` and its `decides`.
    pub tiers: Option<Node>,
    pub decides: Option<Node>,
}

/// The file of a pack.
#[derive(Debug)]
pub(super) struct Shipped {
    /// By which `extends` names it.
    pub name: &'static str,
    /// How it is called where a place in it is shown.
    pub path: &'static str,
    /// What it says.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        [$(Shipped {
            name: $name,
            path: concat!("pack ", $name),
            text: include_str!(concat!("../../rules/", $name, ".yml")),
        }),+]
    };
}

/// Every pack.
pub(super) static SHIPPED: [Shipped; 14] = shipped![
    "startup",
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
    SHIPPED.iter().map(|shipped| shipped.name)
}

impl Pack {
    /// The pack of this name, where there is one.
    pub fn named(name: &str) -> Option<Self> {
        let index = SHIPPED.iter().position(|shipped| shipped.name == name)?;
        let origin = Origin::Pack(u8::try_from(index).ok()?);
        let root = node::read(SHIPPED[index].text.as_bytes(), origin).ok()?;
        // That every pack is free of errors is a test.
        let [tiers, decides] = ["tiers", "decides"].map(|key| entry(&root, key).cloned());
        Some(Self { rules: rules(&root), tiers, decides })
    }

    /// Its rules in order: each with its keys, where they stand and what they say.
    pub fn rules(&self) -> impl Iterator<Item = (&String, &[(String, Place, Node)])> {
        self.rules.iter().map(|(id, entries)| (id, entries.as_slice()))
    }
}

fn rules(root: &Node) -> Vec<(String, Entries)> {
    let Some(Value::List(items)) = entry(root, "rules").map(|node| &node.value) else { return Vec::new() };
    let mut rules = Vec::new();
    for item in items {
        let (Some(id), Value::Map(pairs)) = (entry(item, "id").and_then(Node::text), &item.value) else { continue };
        let pairs = pairs.iter().filter_map(|(key, value)| Some((key.text()?.to_owned(), key.place, value.clone())));
        rules.push((id.to_owned(), pairs.filter(|(key, ..)| key != "id").collect()));
    }
    rules
}

fn entry<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    let Value::Map(pairs) = &node.value else { return None };
    pairs.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
}

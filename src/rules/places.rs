//! Where a rules file says what: for whoever speaks of its keys and values after it was read.

use std::collections::HashMap;

use super::node::{self, Node, Value};
use super::{Origin, Place};

/// The tree of a rules file, with the place of every key and value.
#[derive(Debug, Default)]
pub struct Places {
    root: Option<Node>,
}

/// A key of the file with its value, or an entry of a list; it may be none, and then nothing is below it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spot<'a> {
    key: Option<Place>,
    node: Option<&'a Node>,
}

impl Places {
    /// Reads the file; of one that cannot be read no place is known.
    pub fn read(text: &[u8]) -> Self {
        Self { root: node::read(text, Origin::Own).ok() }
    }

    /// The whole file.
    pub fn root(&self) -> Spot<'_> {
        Spot { key: None, node: self.root.as_ref() }
    }
}

impl<'a> Spot<'a> {
    /// Whether the file has it.
    pub fn exists(&self) -> bool {
        self.node.is_some()
    }

    /// Where it stands: its key, or where the entry begins.
    pub fn place(&self) -> Option<Place> {
        self.key.or_else(|| self.value())
    }

    /// Where its value begins.
    pub fn value(&self) -> Option<Place> {
        self.node.map(|node| node.place)
    }

    /// The value of this key.
    pub fn key(&self, name: &str) -> Self {
        let found = self.pairs().iter().find(|(key, _)| key.text() == Some(name));
        found.map_or_else(Self::default, |(key, value)| Self { key: Some(key.place), node: Some(value) })
    }

    /// The entry of a list by its index; a single value stands for a list of one.
    pub fn item(&self, index: usize) -> Self {
        let node = match self.node.map(|node| &node.value) {
            Some(Value::List(items)) => items.get(index),
            _ => self.node.filter(|_| index == 0),
        };
        Self { key: None, node }
    }

    /// The values by their keys; of a key that is written twice the first.
    pub fn by_key(&self) -> HashMap<&'a str, Self> {
        let pairs = self.pairs().iter().rev();
        pairs.filter_map(|(key, value)| Some((key.text()?, Self { key: Some(key.place), node: Some(value) }))).collect()
    }

    /// The entries of a list of mappings by what they say under `id`.
    pub fn by_id(&self) -> HashMap<&'a str, Self> {
        let Some(Node { value: Value::List(items), .. }) = self.node else { return HashMap::new() };
        let id = |item: &'a Node| {
            let spot = Self { key: None, node: Some(item) };
            Some((spot.key("id").node?.text()?, spot))
        };
        items.iter().rev().filter_map(id).collect()
    }

    /// Where `text` stands in a list or as the single value.
    pub fn text(&self, text: &str) -> Option<Place> {
        let written = |node: &&Node| node.text().is_some_and(|written| written.trim() == text);
        match self.node.map(|node| &node.value) {
            Some(Value::List(items)) => items.iter().find(written).map(|node| node.place),
            _ => self.node.filter(written).map(|node| node.place),
        }
    }

    fn pairs(&self) -> &'a [(Node, Node)] {
        match self.node.map(|node| &node.value) {
            Some(Value::Map(pairs)) => pairs,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_the_file_says() {
        let text = "version: 1\nservices:\n  checkout: { paths: [a/, b/] }\nrules:\n  - id: x\n    when: { any: [{ paths: c/ }] }\n    adrs: [1, ADR-2]\n";
        let places = Places::read(text.as_bytes());
        let root = places.root();
        let at = |spot: Spot<'_>| spot.place().map(|place| (place.line, place.column));
        assert_eq!(at(root.key("services").key("checkout")), Some((3, 3)));
        assert_eq!(at(root.key("services").by_key()["checkout"].key("paths").item(1)), Some((3, 27)));
        let rules = root.key("rules").by_id();
        assert_eq!(at(rules["x"].key("when").key("any").item(0).key("paths").item(0)), Some((6, 28)));
        assert_eq!(rules["x"].key("adrs").text("ADR-2").map(|place| place.column), Some(15));
        assert_eq!(at(rules["x"].key("when").key("all").item(3).key("paths")), None);
        assert!(!root.key("rule").exists() && !Places::read(b"a: [").root().exists());
    }
}

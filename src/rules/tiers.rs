//! `tiers`: what the findings of a tier's services have on their checklists.

use std::collections::BTreeMap;

use super::node::Node;
use super::reader::Reader;
use super::words::quote;
use super::{Item, rule};

/// Reads the items by tier.
pub(super) fn read(reader: &mut Reader, node: &Node) -> BTreeMap<String, Vec<Item>> {
    let mut tiers = BTreeMap::new();
    for entry in reader.entries(node, "`tiers`", "critical: [\"Load test passed\"]") {
        if let Some(name) = reader.name(entry.key, entry.place, "a tier") {
            tiers.insert(name, rule::checklist(reader, entry.value, &format!("the tier {}", quote(entry.key))));
        }
    }
    tiers
}

//! `decides`: rules that the lead of a team decides for its own services once the team is large enough.

use std::collections::BTreeMap;

use super::known::Known;
use super::node::Node;
use super::reader::Reader;
use super::words::quote;

/// Reads rule ids by the size of team from which on its lead decides them.
pub(super) fn read(reader: &mut Reader, known: &Known, node: &Node) -> BTreeMap<u32, Vec<String>> {
    let mut decides = BTreeMap::new();
    for entry in reader.entries(node, "`decides`", "5: [integration, testing]") {
        let size = entry.key.parse::<u32>().ok().filter(|size| *size > 0);
        let Some(size) = size else {
            let message = format!(
                "a key of `decides` is how many people a team has at least, like `5`; {} is none",
                quote(entry.key)
            );
            reader.error(entry.place, message);
            continue;
        };
        let ids = reader.texts(entry.value, &format!("`{size}`"), "[integration, testing]");
        for (id, place) in &ids {
            known.check_rule(reader, id, *place);
        }
        decides.insert(size, ids.into_iter().map(|(id, _)| id.to_owned()).collect());
    }
    decides
}

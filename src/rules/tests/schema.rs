//! The published schema, the types behind it and the parser say the same.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::*;

/// The published file is what the types say. Run with `MERESTONE_WRITE_SCHEMA=1` to write it.
#[test]
fn the_published_schema_is_the_generated_one() {
    if std::env::var_os("MERESTONE_WRITE_SCHEMA").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/schema.json");
        std::fs::write(path, serde_json::to_string_pretty(&schema()).unwrap() + "\n").unwrap();
        return;
    }
    let published: Value = serde_json::from_str(SCHEMA).unwrap();
    assert!(published == schema(), "rules/schema.json is out of date: run this test with MERESTONE_WRITE_SCHEMA=1");
}

fn keys(schema: &Value) -> BTreeSet<&str> {
    schema["properties"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn schema_and_parser_know_the_same_keys() {
    let schema = schema();
    let of = |name: &str| keys(&schema["$defs"][name]);
    assert_eq!(keys(&schema), file::KEYS.into_iter().collect());
    assert_eq!(of("Condition"), when::KEYS.into_iter().collect());
    assert_eq!(of("RuleEntry"), rule::KEYS.into_iter().collect());
    assert_eq!(of("Stack"), later::ECOSYSTEMS.into_iter().collect());
    let packs: BTreeSet<&str> = schema["$defs"]["PackName"]["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|pack| pack["const"].as_str())
        .collect();
    assert_eq!(packs, packs::names().collect());
}

#[test]
fn every_key_is_described_and_has_an_example() {
    fn walk(node: &Value, path: &str, missing: &mut Vec<String>) {
        if let Some(properties) = node["properties"].as_object() {
            for (key, value) in properties {
                if value["description"].as_str().is_none_or(str::is_empty) {
                    missing.push(format!("{path}/{key} has no description"));
                }
                if value["examples"].as_array().is_none_or(Vec::is_empty) {
                    missing.push(format!("{path}/{key} has no example"));
                }
            }
        }
        if let Some(defs) = node["$defs"].as_object() {
            defs.iter().for_each(|(name, def)| walk(def, name, missing));
        }
    }
    let mut missing = Vec::new();
    walk(&schema(), "", &mut missing);
    assert_eq!(missing, Vec::<String>::new());
}

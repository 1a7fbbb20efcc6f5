//! Finding a record by what people call it.

use super::index;
use crate::adr::{Index, Lookup, Status};

fn some() -> Index {
    index(&[
        ("docs/adr/0006-cache.md", "---\nid: storage.cache\n---\n# Cache\n\n## Status\n\nSuperseded by ADR-7\n"),
        ("docs/adr/0007-queue.md", "# Queue\n\n## Status\n\nAccepted\n"),
        ("docs/adr/0016-a.md", "# A\n"),
        ("docs/adr/0016-b.md", "# B\n"),
        ("docs/adr/20200101-first-adr.md", "# First\n"),
        ("services/shop/docs/adr/0007-basket.md", "# Basket\n"),
        ("services/shop/docs/adr/7-odd.md", "# Odd\n"),
        ("keps/1287-resize/README.md", "# Resize\n\n## Decision\n\nx\n"),
    ])
}

fn found(index: &Index, name: &str) -> String {
    match index.lookup(name) {
        Lookup::Found(record) => record.path.clone(),
        Lookup::Missing => "missing".to_owned(),
        Lookup::Ambiguous(records) => {
            format!("one of {}", records.iter().map(|record| record.path.as_str()).collect::<Vec<_>>().join(" "))
        }
    }
}

#[test]
fn by_id_slug_alias_number_and_path() {
    let index = some();
    for name in [
        "0006",
        "ADR-0006",
        "adr-6",
        "ADR 6",
        "ADR#6",
        "#6",
        "6",
        "storage.cache",
        "Storage.Cache",
        "cache",
        "0006-cache",
        "0006-Cache.md",
        "docs/adr/0006-cache.md",
        "./docs/adr/0006-cache.md",
        "/docs/adr/0006-cache.md",
        "DOCS/adr/0006-cache.md",
        "adr/0006-cache.md",
    ] {
        assert_eq!(found(&index, name), "docs/adr/0006-cache.md", "{name}");
    }
    assert_eq!(
        index.at("docs/adr/0006-cache.md").unwrap().status,
        Status::Superseded,
        "a superseded record is found as well"
    );
    for name in ["20200101-first-adr", "first-adr"] {
        assert_eq!(found(&index, name), "docs/adr/20200101-first-adr.md", "{name}");
    }
    for name in ["1287", "KEP-1287", "1287-resize", "resize", "keps/1287-resize", "keps/1287-resize/"] {
        let expected = if name == "KEP-1287" { "missing" } else { "keps/1287-resize/README.md" };
        assert_eq!(found(&index, name), expected, "{name}");
    }
}

#[test]
fn an_exact_id_wins_over_a_number() {
    let index = some();
    assert_eq!(found(&index, "7"), "services/shop/docs/adr/7-odd.md");
    assert_eq!(found(&index, "ADR-7"), "services/shop/docs/adr/7-odd.md");
    assert_eq!(found(&index, "0007"), "one of docs/adr/0007-queue.md services/shop/docs/adr/0007-basket.md");
    assert_eq!(found(&index, "0016"), "one of docs/adr/0016-a.md docs/adr/0016-b.md");
    assert_eq!(found(&index, "16"), "one of docs/adr/0016-a.md docs/adr/0016-b.md");
    assert_eq!(found(&index, "shop/docs/adr/0007-basket.md"), "services/shop/docs/adr/0007-basket.md");
}

#[test]
fn what_is_not_there_is_missing() {
    let index = some();
    for name in ["", " ", "/", "ADR-99", "adr", "0", "99999999999999999999", "docs/adr", "cache.md", "é"] {
        assert_eq!(found(&index, name), "missing", "{name:?}");
    }
}

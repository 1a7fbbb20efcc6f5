//! Whatever strangers write: never a panic, never unbounded work, and one bad file costs that file.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::adr::{Index, Lookup, MAX_BYTES, is_candidate, locate};

const NAMES: [&str; 4] =
    ["docs/adr/0001-a.md", "docs/decisions/0002-b.rst", "adr/ADR003-c.adoc", "keps/1287-d/kep.yaml"];

fn build(path: &str, bytes: Vec<u8>) -> Index {
    Index::build(&[
        (path.to_owned(), bytes),
        ("docs/adr/0009-good.md".to_owned(), b"# Good\n\n## Status\n\nAccepted\n".to_vec()),
    ])
}

#[test]
fn a_record_that_cannot_be_read_costs_that_record() {
    let large = build("docs/adr/0001-a.md", vec![b'a'; MAX_BYTES + 1]);
    let zero = build("docs/adr/0001-a.md", b"# A\0B\n".to_vec());
    for (index, reason) in [(large, "262145 bytes"), (zero, "not text")] {
        assert_eq!(index.records.iter().map(|record| record.title.as_str()).collect::<Vec<_>>(), ["Good"]);
        assert_eq!(index.unreadable.len(), 1);
        assert!(index.unreadable[0].0 == "docs/adr/0001-a.md" && index.unreadable[0].1.contains(reason), "{index:?}");
    }
    let latin = build("docs/adr/0001-a.md", b"# Caf\xe9\n\n## Status\n\nAccepted\n".to_vec());
    assert_eq!(latin.records[0].title, "Caf\u{fffd}", "bytes that are no UTF-8 cost their letters");
    assert_eq!(latin.unreadable, []);
}

#[test]
fn a_page_of_marks_takes_no_time() {
    let marks = [
        ">",
        "> ",
        "[",
        "![",
        "*",
        "**",
        "_",
        "`",
        "```\n",
        "<!--",
        "<!---->",
        "<!-- -->`",
        "#\n",
        "# a\n",
        "- ",
        "- a\n",
        "- [ ] a\n",
        "|",
        "|a|\n",
        "a\n===\n",
        "[a](",
        "[a]: b\n",
        "Superseded by ADR-1 ",
        "- Supersedes [1](0009-good.md)\n",
        "Status: x\n",
        "**Files**:\n- `a/b`\n",
        "{",
        "---\n",
        "&#x31;",
        "<a",
        "\\",
        "a. ",
        "<!-- DECISION-1 -->\n## Decision: a\n",
        ".. a::\n",
        ".. _a:\n",
        ":a: b\n",
        "::\n\n  ",
        "`a <",
        "= a\n",
        "link:a[",
        "<<a",
        "a::\n",
        "----\n",
        "****\n+",
    ];
    // Work that grows with the square of the text would take minutes for one of these; linear work takes a fraction of a
    // second even on a machine under load.
    let quick = |path: &str, text: String| {
        let started = Instant::now();
        let index = build(path, text.into_bytes());
        assert!(started.elapsed() < Duration::from_secs(10), "{path} {:?}", started.elapsed());
        index
    };
    for mark in marks {
        for name in NAMES {
            let index = quick(name, mark.repeat(MAX_BYTES / 4 / mark.len()));
            assert!(index.records.iter().any(|record| record.title == "Good"), "{mark:?} {name}");
        }
    }
    for mark in ["a: &a b\n", "a: [", "a: {", "- ", "? ", "a: |\n", "\"", "&a [*a,", "a:\n  ", "%", "!!a "] {
        quick(NAMES[0], format!("---\n{}\n---\n# A\n", mark.repeat(MAX_BYTES / 4 / mark.len())));
        quick(NAMES[3], mark.repeat(MAX_BYTES / 4 / mark.len()));
    }
}

fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("# ".to_owned()),
        Just("## Status\n\n".to_owned()),
        Just("Status: ".to_owned()),
        Just("Superseded by ".to_owned()),
        Just("Supersedes ".to_owned()),
        Just("[ADR-2](0002-b.md) ".to_owned()),
        Just("ADR 3, ".to_owned()),
        Just("Accepted ".to_owned()),
        Just("\n\n".to_owned()),
        Just("---\n".to_owned()),
        Just("status: ".to_owned()),
        Just("## Decision\n\n".to_owned()),
        Just("- [ ] ".to_owned()),
        Just("```\n".to_owned()),
        Just("<!-- ".to_owned()),
        Just(" -->".to_owned()),
        Just(".. ".to_owned()),
        Just("====\n".to_owned()),
        Just("= ".to_owned()),
        Just("| ".to_owned()),
        Just(":status: ".to_owned()),
        Just("<!-- DECISION-1 -->\n".to_owned()),
        Just("**Files**:\n- `".to_owned()),
        Just("2020-01-02 ".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("\u{a0}".to_owned()),
        "\\PC{0,12}",
        any::<String>(),
    ];
    proptest::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

fn path() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("docs".to_owned()),
        Just("adr".to_owned()),
        Just("decisions".to_owned()),
        Just("0001-a".to_owned()),
        Just("packages".to_owned()),
        Just("README".to_owned()),
        Just("..".to_owned()),
        Just("historic-adrs".to_owned()),
        "[a-zA-Z0-9._ -]{0,8}",
        "\\PC{0,6}",
    ];
    let ending = prop_oneof![Just(".md"), Just(".rst"), Just(".adoc"), Just("/kep.yaml"), Just(""), Just("/README.md")];
    (proptest::collection::vec(part, 1..5), ending).prop_map(|(parts, ending)| parts.join("/") + ending)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_order_does_not_matter(
        files in proptest::collection::vec((path(), text()), 0..8),
        names in proptest::collection::vec((0..4_usize, text()), 0..4),
        wanted in "\\PC{0,10}",
        turn in 0..8_usize,
    ) {
        let mut files: Vec<(String, Vec<u8>)> = files
            .into_iter()
            .chain(names.into_iter().map(|(name, text)| (NAMES[name].to_owned(), text)))
            .map(|(path, text)| (path, text.into_bytes()))
            .collect();
        let index = Index::build(&files);
        prop_assert!(index.records.is_sorted_by(|a, b| a.path <= b.path));
        for record in &index.records {
            prop_assert!(is_candidate(&record.path));
            prop_assert!(!record.title.contains('\n'));
            prop_assert!(record.decision.as_ref().is_none_or(|decision| decision.chars().count() <= 200 && !decision.is_empty()));
            prop_assert!(!record.superseded_by.contains(&record.path) || index.records.iter().filter(|other| other.path == record.path).count() > 1);
            prop_assert!(record.superseded_by.iter().all(|path| index.at(path).is_some()));
            prop_assert!(!matches!(index.lookup(&record.path), Lookup::Missing), "{:?}", record.path);
        }
        let _ = index.lookup(&wanted);
        files.reverse();
        let by = turn.min(files.len());
        files.rotate_left(by);
        prop_assert_eq!(&Index::build(&files), &index);
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), name in 0..4_usize) {
        build(NAMES[name], bytes.clone());
        let listing: Vec<String> = String::from_utf8_lossy(&bytes).split('a').map(str::to_owned).collect();
        for locator in crate::adr::LOCATORS {
            locate(&[], &[(locator.to_owned(), bytes.clone())], &listing);
        }
        locate(&listing, &[], &listing);
    }
}

//! Whatever the file holds: no panic, bounded work, and an answer.

use proptest::prelude::*;

use super::super::*;
use super::accepted::DESIGN;

/// The message of the only problem.
fn only(bytes: &[u8]) -> String {
    let problems = parse(bytes).expect_err("the file is wrong");
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].message.clone()
}

#[test]
fn what_is_no_text_is_said_so() {
    assert_eq!(only(b"\xff\xfev\0e\0r\0"), "the file is encoded as UTF-16; save it as UTF-8");
    let problems = parse("version: 1\nwhy: \u{e9}".replace('\u{e9}', "e").as_bytes()).unwrap_err();
    assert!(problems[0].message.starts_with("unknown key"));
    let problems = parse(b"version: 1\nteams: { \xe9t\xe9: {} }\n").unwrap_err();
    assert_eq!(problems[0].place, Some(Place::new(2, 10)));
    assert_eq!(problems[0].message, "this byte is not UTF-8; save the file as UTF-8");
    assert!(only(b"a: \0").contains("cannot stand here"));
}

#[test]
fn size_depth_and_number_are_bounded() {
    assert!(only(&vec![b'#'; (1 << 20) + 1]).contains("bytes and may have"));
    assert!(parse(format!("version: 1\n{}", "#".repeat((1 << 20) - 11)).as_bytes()).is_ok());
    for deep in ["[", "{a: ", "- ", "? ", "a: {"] {
        assert!(parse(deep.repeat(100_000).as_bytes()).is_err(), "{deep}");
    }
    let deep = format!(
        "version: 1\nrules: [{{ id: a, when: {}{{ rules: true }}{} }}]",
        "{ not: ".repeat(100),
        " }".repeat(100)
    );
    assert!(only(deep.as_bytes()).contains("nested deeper"));
    let rules: String = (0..3_000).map(|number| format!("- id: r{number}\n")).collect();
    assert!(only(format!("version: 1\nrules:\n{rules}").as_bytes()).contains("3000 rules"));
    let rules: String = (0..100_000).map(|_| "- id: a\n").collect();
    assert!(only(format!("version: 1\nrules:\n{rules}").as_bytes()).contains("more keys and values"));
}

#[test]
fn the_deepest_file_that_is_read_needs_little_stack() {
    let nested = |depth| {
        let (open, close) = ("{ not: ".repeat(depth), " }".repeat(depth));
        format!("version: 1\nrules: [{{ id: a, when: {open}{{ rules: true }}{close} }}]")
    };
    assert!(only(nested(17).as_bytes()).contains("nested deeper"));
    // Half of what a thread of the runtime has, in a build without optimisation.
    let small = std::thread::Builder::new().stack_size(1 << 20);
    let read = small.spawn(move || parse(nested(16).as_bytes()).map(|parsed| parsed.rules.rules.len())).unwrap();
    assert_eq!(read.join().unwrap(), Ok(1));
}

#[test]
fn aliases_are_not_followed() {
    let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n";
    assert!(only(bomb.as_bytes()).contains("anchors are not used"));
    assert!(only(b"a: *b").contains("needs quotes: \"*b\""));
}

#[test]
fn patterns_and_expressions_are_bounded() {
    let rule = |when: &str| format!("version: 1\nrules: [{{ id: a, when: {{ {when} }} }}]");
    assert!(only(rule(&format!("paths: [\"{}\"]", "a/".repeat(50_000))).as_bytes()).contains("longer than"));
    assert!(only(rule(&format!("title: \"{}\"", "a".repeat(100_000))).as_bytes()).contains("100000 bytes"));
    let many = format!("[{}]", "a/, ".repeat(20_000));
    assert!(only(rule(&format!("paths: {many}")).as_bytes()).contains("too many patterns"));
    let braces = "\"{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}\", ".repeat(2_000);
    assert!(only(rule(&format!("paths: [{braces}]")).as_bytes()).contains("too many patterns"));
    let rules: String = (0..150).map(|n| format!("- {{ id: r{n}, when: {{ title: \"(a|b){{50}}\" }} }}\n")).collect();
    let problems = parse(format!("version: 1\nrules:\n{rules}").as_bytes()).unwrap_err();
    assert_eq!(problems.len(), 50);
    assert!(problems[0].message.contains("more than 100 regular expressions"));
}

#[test]
fn a_flood_of_problems_is_counted() {
    let teams: String = (0..2_000).map(|n| format!("  team{n}: {{}}\n")).collect();
    let services: String = (0..5_000).map(|n| format!("  s{n}: {{ team: taem{n}, paths: [a/] }}\n")).collect();
    let problems = parse(format!("version: 1\nteams:\n{teams}services:\n{services}").as_bytes()).unwrap_err();
    assert!(problems.iter().any(|problem| problem.place.is_none() && problem.message == "… and 4900 more errors"));
    assert_eq!(problems.iter().filter(|problem| problem.severity == Severity::Error).count(), 101);
}

/// Pieces that files are made of, right and wrong.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z_]{1,8}: ",
        "[ ]{0,6}- ",
        Just("\n".to_owned()),
        Just("\n  ".to_owned()),
        Just("\n    ".to_owned()),
        "[\\[\\]{},:&*!|>@`%#\"'?\\-~ \t]{1,3}",
        Just("rules:\n  - id: a\n    when: ".to_owned()),
        Just("services:\n  a: ".to_owned()),
        Just("{ crosses: team }".to_owned()),
        Just("{ paths: [\"**\", \"!docs/\"] }".to_owned()),
        Just("domains: { d: { teams: [t], architects: [a/b] } }\n".to_owned()),
        Just("extends: [startup]\n".to_owned()),
        Just("\u{202e}é日".to_owned()),
        Just("\r\n".to_owned()),
        "\\PC{0,6}",
    ]
}

/// Parses and shows; every problem of a file that fails has a message and, in the file, a place.
fn answers(bytes: &[u8]) {
    match parse(bytes) {
        Ok(parsed) => {
            assert!(parsed.warnings.iter().all(|problem| problem.severity == Severity::Warning));
            show("f", bytes, &parsed.warnings);
        }
        Err(problems) => {
            assert!(problems.iter().any(|problem| problem.severity == Severity::Error));
            assert!(problems.is_sorted_by_key(|problem| problem.place.unwrap_or(Place::new(u32::MAX, 0))));
            for problem in &problems {
                assert!(!problem.message.is_empty());
                assert!(problem.place.is_none_or(|place| place.line > 0 && place.column > 0));
                assert!(problem.message.len() < 2_000, "{}", problem.message);
            }
            let shown = show("f", bytes, &problems);
            assert!(!shown.contains(['\u{202e}', '\0', '\u{1b}']));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_get_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        answers(&bytes);
    }

    #[test]
    fn any_pieces_get_an_answer(pieces in proptest::collection::vec(piece(), 0..40)) {
        answers(pieces.concat().as_bytes());
    }

    #[test]
    fn a_file_with_slips_gets_an_answer(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..12, piece()), 1..6),
    ) {
        let mut bytes = DESIGN.as_bytes().to_vec();
        for (at, length, piece) in edits {
            let from = at.index(bytes.len());
            let to = (from + length).min(bytes.len());
            bytes.splice(from..to, piece.into_bytes());
        }
        answers(&bytes);
    }

    #[test]
    fn an_answer_is_always_the_same(pieces in proptest::collection::vec(piece(), 0..30)) {
        let text = pieces.concat();
        match (parse(text.as_bytes()), parse(text.as_bytes())) {
            (Ok(a), Ok(b)) => prop_assert_eq!(format!("{a:?}"), format!("{b:?}")),
            (Err(a), Err(b)) => prop_assert_eq!(a, b),
            (a, b) => prop_assert!(false, "{a:?} {b:?}"),
        }
    }
}

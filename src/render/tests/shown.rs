//! The function that makes text of what others wrote.

use crate::render::shown::{Target, code_of, marker, plain, plain_path, text, text_of};

#[test]
fn ordinary_text_stays_itself() {
    for ordinary in [
        "Both teams agree on the order of roll-out",
        "ADR-0002",
        "0002-teams-meet-at-contracts.md",
        "commerce-architects",
        "services/ledger/posting_test.go",
        "ADR-20200101",
        "12:30, 5 %; why? {a} 'b' \"c\" é 漢字 🎉",
    ] {
        assert_eq!(text(ordinary).into_string(), ordinary);
    }
}

#[test]
fn special_characters_are_references() {
    for (theirs, shown) in [
        ("<b>", "&lt;b&gt;"),
        ("a & b", "a &amp; b"),
        ("@ada", "&#64;&#8203;ada"),
        ("[x](y)", "&#91;&#8203;x&#93;&#40;y&#41;"),
        ("a|b", "a&#124;b"),
        ("`*_~\\!", "&#96;&#42;&#95;&#126;&#92;&#33;"),
        ("#12 # 12", "&#35;&#8203;12 &#35; 12"),
        ("GH-12 high-12", "GH&#45;&#8203;12 high-12"),
        ("http://x", "http&#58;&#8203;//x"),
        ("www.x", "www&#8203;&#46;x"),
        (":tada:", "&#58;&#8203;tada:"),
        ("deadbeef", "deadbe&#8203;ef"),
        ("- a", "&#45; a"),
        ("1. a", "1&#46; a"),
        ("$x$", "&#8203;&#36;&#8203;x&#8203;&#36;&#8203;"),
        ("a\r\n\n\tb", "a b"),
        ("\u{202e}a\u{0}", "\\u{202e}a\\u{0}"),
        (" \n", "(empty)"),
    ] {
        assert_eq!(text(theirs).into_string(), shown, "{theirs:?}");
    }
}

#[test]
fn long_strings_are_cut_at_whole_characters() {
    assert_eq!(plain("abcdef", 6), "abcdef");
    assert_eq!(plain("abcdefg", 6), "abcde…");
    assert_eq!(plain("abcd efg", 6), "abcd…");
    assert_eq!(plain_path("a/bc/def", 6), "…c/def");
    assert_eq!(plain("a\u{202e}bc", 10), "a\\u{202e}…");
    assert_eq!(plain("a\u{202e}bcd", 8), "a…");
    assert_eq!(text_of("@@@@@", 3).into_string(), "&#64;&#8203;&#64;&#8203;…");
    assert_eq!(code_of("a/bc/def", 6).into_string(), "<code>…c/def</code>");
}

#[test]
fn links_stay_inside_of_the_repository() {
    let target = |url, commit, path| {
        Target::file(url, commit, path, Some(3)).map(|target| text("x").linked(Some(&target)).into_string())
    };
    let url = "https://github.com/acme/shop";
    assert_eq!(
        target(url, "4c1d9e2", "a b/(c)/[d]@#?.rs").as_deref(),
        Some("[x](https://github.com/acme/shop/blob/4c1d9e2/a%20b/%28c%29/%5Bd%5D%40%23%3F.rs#L3)")
    );
    for path in ["../x", "a/../../x", "./x", "/x", "a//x", ""] {
        assert_eq!(target(url, "4c1d9e2", path), None, "{path}");
    }
    assert_eq!(target("javascript:alert(1)", "4c1d9e2", "x"), None);
    assert_eq!(target("https://x) [y](z", "4c1d9e2", "x"), None);
    assert_eq!(target(url, "main/../..", "x"), None);
}

#[test]
fn links_into_the_diff_hold_nothing_that_others_wrote() {
    let target = |url, path: &str, line| {
        Target::in_diff(url, 34, path, line).map(|target| text("x").linked(Some(&target)).into_string())
    };
    let url = "https://github.com/acme/shop";
    // printf 'a b' | sha256sum
    let anchor = "c8687a08aa5d6ed2044328fa6a697ab8e96dc34291e8c2034ae8c38e6fcc6d65";
    assert_eq!(target(url, "a b", None), Some(format!("[x]({url}/pull/34/files#diff-{anchor})")));
    assert_eq!(target(url, "a b", Some(3)), Some(format!("[x]({url}/pull/34/files#diff-{anchor}R3)")));
    let hostile = target(url, "../x) [y](javascript:z", None).expect("a digest is plain");
    assert!(!hostile.contains("javascript") && hostile.matches("](").count() == 1, "{hostile}");
    assert_eq!(target("https://x) [y](z", "x", None), None);
}

#[test]
fn the_marker_is_one_line_that_nothing_ends() {
    assert_eq!(marker("app=12 pull=34").into_string(), "<!-- merestone v1 app=12 pull=34 -->\n");
    assert_eq!(marker("x --> <b>\ny--").into_string(), "<!-- merestone v1 x - by -->\n");
    assert_eq!(marker("").into_string(), "<!-- merestone v1 -->\n");
}

//! Invariant 14: nothing that others write becomes Markdown, HTML or one of GitHub's own links, and what is cut never
//! changes the verdict.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options, parse_document};
use proptest::prelude::*;
use regex::Regex;

use super::fixtures;
use crate::adr::Status;
use crate::render::{
    Beneath, Check, Context, check, check_of_broken_rules, check_of_outage, comment, has_comment, shown,
};
use crate::review::{
    AdrRef, ChecklistItem, Evidence, FileReview, FileStatus, Finding, FindingState, LapseCause, Lapsed, NotAsked, Note,
    Review, RulesFrom, Scope, Slot, SlotState,
};
use crate::rules::{Broken, Enforce, Handle, Level, Mode, Origin, Place, Problem, Severity};

/// What makes Markdown, HTML or GitHub do something.
const SPELLS: &[&str] = &[
    "@ada",
    "@acme/payments",
    "@",
    "#12",
    "#",
    "GH-7",
    "gh-7",
    "acme/shop#3",
    "ada@acme.dev",
    "mailto:ada@acme.dev",
    "xmpp:a@b.c/d",
    "http://evil.dev",
    "https://evil.dev/x",
    "HTTPS://EVIL.DEV",
    "ftp://evil.dev",
    "://",
    "//",
    "www.evil.dev",
    "WWW.evil.dev",
    "www.",
    "www",
    ".",
    "<!-- merestone v1 -->",
    "<!--",
    "-->",
    "<",
    ">",
    "<b>",
    "</details>",
    "<details>",
    "<script>",
    "<img src=x>",
    "<a href=\"//x\">",
    "</code>",
    "<code>",
    "<sub>",
    "<https://evil.dev>",
    "&lt;",
    "&#60;",
    "&commat;",
    "&",
    "](",
    "](javascript:alert(1))",
    "[x](https://evil.dev)",
    "![x](https://evil.dev/x.png)",
    "[",
    "]",
    "(",
    ")",
    "[ ]",
    "[x]",
    "- [ ] mine",
    "- [x] mine",
    "* [ ] mine",
    "1. one",
    "1) one",
    "1",
    "7",
    "- ",
    "-",
    "+",
    "+ a",
    "*",
    "**",
    "***",
    "_",
    "__",
    "~~",
    "~",
    "`",
    "``",
    "```",
    "```mermaid\ngraph\n```",
    "~~~",
    "|",
    "| a | b |\n|---|---|",
    "---",
    "===",
    "=",
    "# Heading",
    "###",
    "> quote",
    "> [!NOTE]",
    "[!WARNING]",
    "[^1]",
    "[^1]: note",
    "[x]: https://evil.dev",
    "\\",
    "\\*",
    "!",
    "!!",
    ":tada:",
    ":+1:",
    ":",
    ":a",
    "$",
    "$x$",
    "$$x$$",
    "deadbee",
    "deadbeef0123",
    "0123456789abcdef0123456789abcdef01234567",
    "1234567",
    "4c1d9e2",
    "acme/shop@deadbee",
    "cafe",
    "babe",
    "\n",
    "\r\n",
    "\n\n",
    "\t",
    " ",
    "    code",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{feff}",
    "\u{0}",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{a0}",
    "\u{e0041}",
    "\u{fe0f}",
    "é",
    "漢字",
    "🎉",
    "a",
    "x",
    "abc",
    "merestone",
    "%%{init: {}}%%",
    "click s1 \"https://evil.dev\"",
    "end",
    "..",
    "../..",
    "/",
    "//",
    "%2e%2e",
    "?x=1",
    "\"",
    "'",
    "{}",
    "{",
    "}",
    "^",
    "\\u{202e}",
    ";",
    ",",
];

fn hostile() -> impl Strategy<Value = String> {
    let spell = prop_oneof![
        8 => prop::sample::select(SPELLS).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[a-z0-9 ./#@:_-]{1,12}",
    ];
    prop_oneof![
        9 => prop::collection::vec(spell, 0..8).prop_map(|parts| parts.concat()),
        1 => (prop::sample::select(SPELLS), 1..400usize).prop_map(|(spell, times)| spell.repeat(times)),
    ]
}

/// How many of everything a generated review has, and the strings that go into it.
#[derive(Debug, Clone)]
struct Shape {
    strings: Vec<String>,
    /// Files, findings, slots of each, places of each, records of each, items of each, names in each slot, notes.
    counts: [usize; 8],
    choice: Vec<u8>,
    draft: bool,
    linked: bool,
}

fn shape() -> impl Strategy<Value = Shape> {
    (
        prop::collection::vec(hostile(), 40),
        [0..7usize, 0..6, 0..4, 0..8, 0..4, 0..5, 0..4, 0..4],
        prop::collection::vec(any::<u8>(), 64),
        any::<bool>(),
        prop::bool::weighted(0.8),
    )
        .prop_map(|(strings, counts, choice, draft, linked)| Shape { strings, counts, choice, draft, linked })
}

/// Hands out strings and choices.
struct Source<'s> {
    shape: &'s Shape,
    benign: bool,
    strings: usize,
    choices: usize,
}

impl Source<'_> {
    /// The next string; each is different from the others, so that both renders have as many of everything.
    fn string(&mut self) -> String {
        self.strings += 1;
        let n = self.strings;
        if self.benign {
            return format!("word{n}");
        }
        let hostile = &self.shape.strings[n % self.shape.strings.len()];
        if n.is_multiple_of(2) { format!("{hostile} w{n}") } else { format!("w{n} {hostile}") }
    }

    /// A string as a path.
    fn path(&mut self) -> String {
        let string = self.string();
        if self.benign { format!("src/{string}") } else { string }
    }

    fn choice(&mut self, of: u8) -> u8 {
        self.choices += 1;
        self.shape.choice[self.choices % self.shape.choice.len()] % of
    }

    fn handle(&mut self) -> Handle {
        Handle::new(&self.string())
    }
}

/// A sign-off that does not count any more.
fn lapsed(source: &mut Source<'_>) -> Lapsed {
    let cause = match source.choice(6) {
        0 => LapseCause::Changed { head: None, by: None },
        1 => LapseCause::Changed { head: Some(source.string()), by: None },
        2 => LapseCause::Changed { head: Some(source.string()), by: Some(source.string()) },
        3 => LapseCause::Left,
        4 => LapseCause::Dismissed { by: Some(source.string()) },
        _ => LapseCause::Unreadable { why: source.string() },
    };
    let commit = (source.choice(3) > 0).then(|| source.string());
    Lapsed { review_id: 1, by: source.string(), commit, cause }
}

/// A review of this shape, with its context.
fn build(shape: &Shape, benign: bool) -> (Review, Context) {
    let mut source = Source { shape, benign, strings: 0, choices: 0 };
    let [files, findings, slots, places, records, items, names, notes] = shape.counts;
    let files: Vec<FileReview> = (0..files)
        .map(|_| {
            let status = [FileStatus::Modified, FileStatus::Removed, FileStatus::Renamed][source.choice(3) as usize];
            FileReview {
                path: source.path(),
                previous_path: (status == FileStatus::Renamed).then(|| source.path()),
                status,
                service: (source.choice(4) > 0).then(|| source.string()),
                teams: (0..source.choice(3)).map(|_| source.string()).collect(),
                counts: source.choice(4) > 0,
            }
        })
        .collect();
    let mut review = fixtures::review(Scope::Domain, files);
    review.domains = (0..source.choice(3)).map(|_| source.string()).collect();
    let mut all = Vec::new();
    for _ in 0..findings {
        let enforce = [Enforce::Shadow, Enforce::Advise, Enforce::Review, Enforce::Block][source.choice(4) as usize];
        let slots: Vec<Slot> = (0..slots)
            .map(|_| {
                let state = match source.choice(12) {
                    0 => SlotState::AuthorsOwn,
                    1 | 2 => SlotState::Signed { by: source.string(), review_id: 1 },
                    3 => SlotState::ChangesRequested { by: source.string(), changed: source.strings.is_multiple_of(2) },
                    4 => SlotState::Nobody,
                    5 => SlotState::Unresolvable { why: source.string() },
                    6 => SlotState::Unknown { why: source.string() },
                    _ => SlotState::Open,
                };
                Slot {
                    level: [None, Some(Level::Team), Some(Level::Domain)][source.choice(3) as usize],
                    of: Some(source.string()),
                    from: (0..names).map(|_| source.handle()).collect(),
                    above: vec![source.handle()],
                    lapsed: (0..source.choice(3)).map(|_| lapsed(&mut source)).collect(),
                    paths: review.files.iter().map(|file| file.path.clone()).collect(),
                    fingerprint: String::new(),
                    state,
                }
            })
            .collect();
        let signed = source.choice(3) == 0;
        all.push(Finding {
            rule: source.string(),
            enforce,
            state: if signed { FindingState::Signed } else { FindingState::Open },
            slots,
            adrs: (0..records)
                .map(|_| {
                    let found = source.choice(5) > 0;
                    AdrRef {
                        id: source.string(),
                        title: found.then(|| source.string()),
                        path: found.then(|| source.path()),
                        repository: (found && source.choice(3) == 0).then(|| source.string()),
                        status: found.then_some(Status::Superseded),
                        decision: (source.choice(2) > 0).then(|| source.string()),
                        superseded_by: (0..source.choice(3)).map(|_| source.path()).collect(),
                        candidates: (0..source.choice(3)).map(|_| source.path()).collect(),
                    }
                })
                .collect(),
            evidence: (0..places)
                .map(|_| Evidence {
                    path: source.path(),
                    line: (source.choice(2) > 0).then_some(14),
                    detail: (source.choice(3) > 0).then(|| source.string()),
                    instead: (source.choice(3) == 0).then(|| source.string()),
                })
                .collect(),
            why: (source.choice(3) > 0).then(|| source.string()),
            checklist: (0..items)
                .map(|_| ChecklistItem {
                    text: source.string(),
                    addressee: (0..source.choice(3)).map(|_| source.handle()).collect(),
                    adr: (source.choice(2) > 0).then(|| source.string()),
                })
                .collect(),
            cannot_tell: source.choice(4) == 0,
        });
    }
    let mut review = fixtures::with(review, all);
    review.notes = (0..notes)
        .map(|_| match source.choice(4) {
            0 => Note::Configuration { message: source.string() },
            1 => Note::NotJudged { rule: source.string(), why: source.string() },
            _ => Note::RuleSkipped { rule: source.string(), keys: vec![source.string()] },
        })
        .collect();
    review.not_asked =
        (0..source.choice(3)).map(|_| NotAsked { handle: source.handle(), refused: source.choice(2) == 0 }).collect();
    review.storm = source.choice(6) == 0;
    review.skipped = source.choice(12) == 0;
    review.mode = if source.choice(6) == 0 { Mode::Shadow } else { Mode::On };
    let mut context = fixtures::context();
    if !shape.linked {
        context.repository_url = None;
    }
    context.draft = shape.draft;
    context.author = (source.choice(3) > 0).then(|| source.string());
    context.unaskable = (0..source.choice(3)).map(|_| (source.handle(), source.string())).collect();
    context.rules_from = Some(RulesFrom::File(source.path()));
    context.organisation = (source.choice(3) == 0).then(|| Beneath {
        repository: source.string(),
        repository_url: shape.linked.then(|| "https://github.com/acme/.github".to_owned()),
        commit: (source.choice(2) == 0).then(|| "5d2e0f3".to_owned()),
        kept: (source.choice(2) == 0).then(|| source.string()),
        unseen: source.choice(3) == 0,
    });
    (review, context)
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.autolink = true;
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.alerts = true;
    options.extension.math_dollars = true;
    options.extension.math_code = true;
    options.parse.relaxed_tasklist_matching = true;
    options.render.unsafe_ = true;
    options
}

/// What GitHub sees in a body.
#[derive(Debug, Default)]
struct Seen {
    /// How many nodes of each kind.
    nodes: BTreeMap<&'static str, usize>,
    /// Where links lead.
    links: Vec<String>,
    /// HTML, as it stands.
    html: Vec<String>,
    /// Text outside of links and code, in runs: where GitHub looks for its own references.
    runs: Vec<String>,
}

fn see(body: &str) -> Seen {
    let arena = Arena::new();
    let root = parse_document(&arena, body, &options());
    let mut seen = Seen::default();
    let mut code = 0usize;
    walk(root, &mut seen, &mut code, false);
    seen
}

fn walk<'a>(node: &'a AstNode<'a>, seen: &mut Seen, code: &mut usize, linked: bool) {
    let value = node.data.borrow().value.clone();
    let kind = match &value {
        NodeValue::Link(link) => {
            seen.links.push(link.url.clone());
            "link"
        }
        NodeValue::Image(_) => "image",
        NodeValue::HtmlInline(html) => {
            match html.as_str() {
                "<code>" => *code += 1,
                "</code>" => *code = code.saturating_sub(1),
                _ => {}
            }
            seen.html.push(html.clone());
            "inline html"
        }
        NodeValue::HtmlBlock(block) => {
            seen.html.push(block.literal.clone());
            // GitHub looks at the text of HTML too; references in it are characters there.
            seen.runs.push(decode(&block.literal));
            "html"
        }
        NodeValue::Text(text) => {
            if *code == 0 && !linked {
                seen.runs.push(text.clone());
            }
            "text"
        }
        NodeValue::TaskItem(_) => "task",
        NodeValue::CodeBlock(_) => "code block",
        NodeValue::Code(_) => "code span",
        NodeValue::Heading(_) => "heading",
        NodeValue::List(_) => "list",
        NodeValue::Item(_) => "item",
        NodeValue::BlockQuote => "quote",
        NodeValue::Alert(_) => "alert",
        NodeValue::ThematicBreak => "rule",
        NodeValue::Table(_) => "table",
        NodeValue::TableRow(_) => "row",
        NodeValue::TableCell => "cell",
        NodeValue::FootnoteDefinition(_) | NodeValue::FootnoteReference(_) => "footnote",
        NodeValue::Emph => "emphasis",
        NodeValue::Strong => "strong",
        NodeValue::Strikethrough => "strikethrough",
        NodeValue::Math(_) => "math",
        NodeValue::Paragraph => "paragraph",
        NodeValue::LineBreak => "line break",
        NodeValue::SoftBreak => "soft break",
        _ => "other",
    };
    if kind != "text" {
        *seen.nodes.entry(kind).or_default() += 1;
    }
    let linked = linked || kind == "link";
    for child in node.children() {
        walk(child, seen, code, linked);
    }
}

/// The text of a line of HTML, tags and comments taken out.
fn decode(html: &str) -> String {
    let text = TAGS.replace_all(html, " ");
    let text = NUMBERS.replace_all(&text, |found: &regex::Captures<'_>| {
        found[1].parse().ok().and_then(char::from_u32).map(String::from).unwrap_or_default()
    });
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// GitHub's own references, as html-pipeline finds them in finished text.
static REFERENCES: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    [
        ("mention", r"(?i)(?:^|\W)@[a-z0-9]"),
        ("issue", r"#[0-9]"),
        ("issue", r"(?i)(?:^|[^\p{L}\p{N}])gh-[0-9]"),
        ("commit", r"(?i)(?:^|[^0-9a-z-])[0-9a-f]{7,40}(?:[^0-9a-z]|$)"),
        ("emoji", r":[\w+-]+:"),
        ("address", r"(?i)://|www\.[a-z0-9]"),
        ("e-mail", r"[\w.+-]@[\w]"),
        ("mathematics", r"(?:^|[\s(])\$[^\s$]"),
    ]
    .into_iter()
    .map(|(name, pattern)| (name, Regex::new(pattern).unwrap()))
    .collect()
});
static TAGS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?s)<!--.*?-->|<[^>]*>").unwrap());
static NUMBERS: LazyLock<Regex> = LazyLock::new(|| Regex::new("&#([0-9]+);").unwrap());
static ANY_TAG: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"<[^<>\n]*>?").unwrap());

/// Every tag that a template of ours writes.
fn is_ours(tag: &str) -> bool {
    ["<code>", "</code>", "<sub>", "</sub>", "<details>", "</details>", "<summary>", "</summary>"].contains(&tag)
}

/// Fails where `body` shows more than the template made.
fn assert_clean(body: &str, benign: &str, marker: bool) -> Result<(), TestCaseError> {
    let (seen, plain) = (see(body), see(benign));
    for (kind, count) in &seen.nodes {
        let made = plain.nodes.get(kind).copied().unwrap_or_default();
        prop_assert!(*count <= made, "{count} of {kind}, {made} made:\n{body}\n--- benign\n{benign}");
    }
    for link in &seen.links {
        let inside = link.starts_with("https://github.com/acme/shop/blob/4c1d9e2/")
            || link.starts_with("https://github.com/acme/shop/blob/9f8e7d6/")
            || link.starts_with("https://redirect.github.com/acme/shop/pull/")
            || link.starts_with("https://github.com/acme/.github/blob/5d2e0f3/");
        prop_assert!(
            inside && !link.contains("..") || link.contains("..") && !link.split('/').any(|s| s == ".."),
            "{link}"
        );
    }
    for run in &seen.runs {
        for (name, pattern) in REFERENCES.iter() {
            prop_assert!(!pattern.is_match(run), "{name} in {run:?}:\n{body}");
        }
    }
    // What stands in the raw body, for whoever reads it without a parser.
    for tag in ANY_TAG.find_iter(body) {
        let ours =
            is_ours(tag.as_str()) || (marker && tag.start() == 0 && tag.as_str().starts_with("<!-- merestone v1 "));
        prop_assert!(ours, "{:?} in\n{body}", tag.as_str());
    }
    prop_assert!(!body.contains('@'), "an @ in\n{body}");
    prop_assert_eq!(body.matches("](").count(), seen.links.len());
    prop_assert_eq!(body.matches("<!--").count(), usize::from(marker));
    prop_assert!(body.lines().filter(|line| line.contains('|')).all(|line| line.starts_with('|')), "a pipe in\n{body}");
    let unseen = |c: char| {
        c != '\n'
            && (c.is_control()
                || ('\u{200b}'..='\u{200f}').contains(&c)
                || ('\u{202a}'..='\u{202e}').contains(&c)
                || ('\u{2060}'..='\u{206f}').contains(&c))
    };
    prop_assert!(!body.contains(unseen), "an invisible character in\n{body}");
    Ok(())
}

/// Fails where a check holds what GitHub refuses.
fn assert_valid(check: &Check) -> Result<(), TestCaseError> {
    prop_assert!(check.title.chars().count() <= 140 && !check.title.is_empty(), "{}", check.title);
    prop_assert!(!check.title.contains(char::is_control), "{:?}", check.title);
    prop_assert!(check.summary.len() <= 65_535 && !check.summary.is_empty());
    for annotation in &check.annotations {
        prop_assert!(annotation.title.chars().count() <= 255 && !annotation.title.is_empty());
        prop_assert!(annotation.message.len() <= 64 * 1024 && !annotation.message.is_empty());
        prop_assert!(annotation.line > 0 && !annotation.path.is_empty());
    }
    Ok(())
}

/// As many cases unless `PROPTEST_CASES` asks for more; a failure is printed whole, so none is kept in a file.
fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(usual), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn nothing_of_others_is_more_than_text(shape in shape()) {
        let (review, context) = build(&shape, false);
        let (plain_review, plain_context) = build(&shape, true);
        prop_assert_eq!(has_comment(&review), has_comment(&plain_review));
        let body = comment(&review, &context);
        assert_clean(&body, &comment(&plain_review, &plain_context), true)?;
        prop_assert!(body.len() <= 65_536);
        let made = check(&review, &context);
        assert_valid(&made)?;
        assert_clean(&made.summary, &check(&plain_review, &plain_context).summary, false)?;
        // The heading is the check's title, and both renders tell the same state.
        let state = |title: &str| title.split([' ', ':']).next().map(str::to_owned);
        prop_assert_eq!(state(&made.title), state(&check(&plain_review, &plain_context).title));
    }

}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn a_single_string_is_text_wherever_it_stands(theirs in hostile()) {
        let text = shown::text(&theirs).into_string();
        let code = shown::code_of(&theirs, 300).into_string();
        for (template, benign) in [
            (format!("{text}\n"), "word\n"),
            (format!("{text} {text}\n"), "word\n"),
            (format!("> {text}\n"), "> word\n"),
            (format!("- {text}\n"), "- word\n"),
            (format!("word {text}.\n"), "word word.\n"),
            (format!("- [ ] {text}\n"), "- [ ] word\n"),
            (format!("word\n{text}\n"), "word\nword\n"),
            (format!("**{text}**, {code}: {text}.\n"), "**word**, <code>word</code>: word.\n"),
            (format!("[{text}](https://github.com/acme/shop/blob/4c1d9e2/x) {code}\n"), "[word](https://github.com/acme/shop/blob/4c1d9e2/x) <code>word</code>\n"),
        ] {
            assert_clean(&template, benign, false)?;
        }
    }

    #[test]
    fn what_an_edit_would_have_done_is_text(words in prop::collection::vec(hostile(), 8)) {
        let body = |word: &dyn Fn(usize) -> String| {
            let review = fixtures::review(Scope::None, Vec::new());
            comment(&review, &super::preview::edit(super::preview::of_words(word)))
        };
        let theirs = body(&|at| words[at].clone());
        assert_clean(&theirs, &body(&|_| "word".to_owned()), true)?;
        prop_assert!(theirs.len() <= 65_536);
    }

    #[test]
    fn broken_rules_and_outages_are_text(messages in prop::collection::vec(hostile(), 1..6), path in hostile()) {
        let problems = |words: &[String]| -> Vec<Problem> {
            words.iter().enumerate().map(|(n, message)| Problem {
                severity: if n % 2 == 0 { Severity::Error } else { Severity::Warning },
                place: (n != 1).then_some(Place::new(3, 5)),
                message: message.clone(),
            }).collect()
        };
        let plain: Vec<String> = messages.iter().map(|_| "word".to_owned()).collect();
        let path = format!("a{path}");
        for origin in [Origin::Own, Origin::Organization] {
            let broken = |path: &str, messages: &[String]| {
                let (path, text, problems) = (path.to_owned(), Vec::new(), problems(messages));
                check_of_broken_rules(&Broken { origin, path, text, problems }, false)
            };
            let made = broken(&path, &messages);
            assert_valid(&made)?;
            assert_clean(&made.summary.replace("`merestone lint`", "lint"), &broken("word", &plain).summary, false)?;
        }
        let made = check_of_outage(&messages[0]);
        assert_valid(&made)?;
        assert_clean(&made.summary, &check_of_outage("word").summary, false)?;
    }
}

/// A review that is far too long for a comment: the heading is the one of the short review, and every finding that fits is
/// one of those that hold.
#[test]
fn what_is_cut_changes_neither_heading_nor_verdict() {
    for spell in ["$", "\u{e0041}", "word "] {
        let long = spell.repeat(400);
        let mut findings = Vec::new();
        for n in 0..150 {
            let enforce = if n < 100 { Enforce::Review } else { Enforce::Advise };
            // Short ones between long ones: a later one that would fit must not take the place of one that does not.
            let long = if n % 3 == 2 { "x".to_owned() } else { long.clone() };
            let path = format!("services/s{n}/{long}.rs");
            let slot = fixtures::slot(Some(Level::Team), "t", &[&format!("@acme/{long}{n}")], &[&path]);
            let mut finding = fixtures::finding(&format!("rule{n} {long}"), enforce, vec![slot], &[path.as_str(); 9]);
            finding.why = Some(long.clone());
            finding.adrs = vec![fixtures::adr("0002", &long, &path, &long)];
            finding.checklist =
                (0..20).map(|i| fixtures::item(&format!("{i} {n} {long}"), &["@acme/x"], None)).collect();
            findings.push(finding);
        }
        let files = (0..400)
            .map(|n| {
                fixtures::file(&format!("services/s{n}/{long}.rs"), Some(&format!("s{n} {long}")), &[&format!("t{n}")])
            })
            .collect();
        let review = fixtures::with(fixtures::review(Scope::Organization, files), findings);
        let context = fixtures::context();
        let body = comment(&review, &context);
        assert!(body.len() <= 65_536, "{} bytes", body.len());
        let made = check(&review, &context);
        assert!(made.summary.len() <= 65_535, "{} bytes", made.summary.len());
        assert_eq!(made.conclusion, review.conclusion);
        assert!(body.contains("Not shown for length: "), "{body}");
        assert!(body.lines().nth(1).unwrap().starts_with("### Waiting for "));

        let mut few = review.clone();
        few.findings.truncate(100);
        few.findings.iter_mut().for_each(|finding| finding.checklist.clear());
        few.files.clear();
        assert_eq!(check(&few, &context).title, made.title);
        assert_eq!(comment(&few, &context).lines().nth(1), body.lines().nth(1));

        // Those that hold come first, and no advice is shown in place of one.
        let shown = |n: usize| body.contains(&format!("**rule{n} "));
        let first_gone = (0..150).find(|n| !shown(*n)).unwrap_or(150);
        assert!((first_gone..150).all(|n| !shown(n)), "a later finding is shown in place of {first_gone}");
    }
}

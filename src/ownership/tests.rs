use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Codeowners {
    Codeowners::parse("CODEOWNERS", text.as_bytes())
}

/// Line and owners that decide about a path.
fn decided<'c>(codeowners: &'c Codeowners, path: &str) -> Option<(u32, Vec<&'c str>)> {
    codeowners.entry_for(path).map(|entry| (entry.line, entry.owners.iter().map(String::as_str).collect()))
}

fn listed(codeowners: &Codeowners) -> String {
    let line = |problem: &Problem| {
        let kind = if problem.skipped { "skipped" } else { "warning" };
        format!("{}:{} {kind}: {}\n", problem.line, problem.column, problem.message)
    };
    codeowners.problems().iter().map(line).collect()
}

#[test]
fn the_last_matching_line_decides_and_its_owners_replace() {
    let codeowners = parse("* @acme/all\n\n/src/ @acme/src @ada\n/src/free\nsrc/x.rs ada@example.com\n");
    assert_eq!(decided(&codeowners, "README.md"), Some((1, vec!["@acme/all"])));
    assert_eq!(decided(&codeowners, "src/a.rs"), Some((3, vec!["@acme/src", "@ada"])));
    assert_eq!(decided(&codeowners, "src/free/a.rs"), Some((4, vec![])), "deliberately without owner");
    assert_eq!(decided(&codeowners, "src/x.rs"), Some((5, vec!["ada@example.com"])));
    assert_eq!(decided(&parse("/src/ @ada"), "README.md"), None);
    assert_eq!(codeowners.problems(), []);
    assert_eq!(codeowners.entries().len(), 4);
}

#[test]
fn letter_case_of_paths_counts() {
    assert_eq!(decided(&parse("/Src/ @ada"), "src/a"), None);
}

#[test]
fn the_documented_examples() {
    // GitHub Docs, "About code owners", example of a CODEOWNERS file.
    let codeowners = parse(
        "*       @global-owner1 @global-owner2\n\
         *.js    @js-owner #This is an inline comment.\n\
         *.go docs@example.com\n\
         *.txt @octo-org/octocats\n\
         /build/logs/ @doctocat\n\
         docs/*  docs@example.com\n\
         apps/ @octocat\n\
         /docs/ @doctocat\n\
         /scripts/ @doctocat @octocat\n\
         **/logs @octocat\n\
         /apps/ @octocat\n\
         /apps/github\n",
    );
    for (path, line) in [
        ("a", 1),
        ("x/y.js", 2),
        ("x/y.go", 3),
        ("y.txt", 4),
        ("build/logs/a", 10),
        ("docs/getting-started.md", 8),
        ("x/apps/a", 7),
        ("scripts/a", 9),
        ("deeply/nested/logs/a", 10),
        ("apps/a", 11),
        ("apps/github/a", 12),
    ] {
        assert_eq!(codeowners.entry_for(path).map(|entry| entry.line), Some(line), "{path}");
    }
    assert_eq!(codeowners.entries()[1].owners, ["@js-owner"]);
}

#[test]
fn byte_order_mark_line_ends_and_white_space() {
    let codeowners = parse("\u{FEFF}/a/ @ada\r\n\t /b/\t@bob \t@cy\r\n   \r\n  # remark\r\n/c/\r\n/my\\ folder/ @dan");
    assert_eq!(decided(&codeowners, "a/x"), Some((1, vec!["@ada"])));
    assert_eq!(decided(&codeowners, "b/x"), Some((2, vec!["@bob", "@cy"])));
    assert_eq!(decided(&codeowners, "c/x"), Some((5, vec![])));
    assert_eq!(decided(&codeowners, "my folder/x"), Some((6, vec!["@dan"])));
    assert_eq!(listed(&codeowners), "");
}

#[test]
fn comments() {
    let codeowners = parse("#/a/ @ada\n/b/ @bob#no space\n/c/ # nobody @cy\n/d#e @dan\n");
    assert_eq!(decided(&codeowners, "a/x"), None);
    assert_eq!(decided(&codeowners, "b/x"), Some((2, vec!["@bob"])));
    assert_eq!(decided(&codeowners, "c/x"), Some((3, vec![])));
    assert_eq!(decided(&codeowners, "d#e"), Some((4, vec!["@dan"])));
    insta::assert_snapshot!(listed(&codeowners), @"4:1 warning: what GitHub makes of a `#` inside `/d#e` is not documented; write `?` for it, or a space before a comment");
}

#[test]
fn an_invalid_line_is_skipped_and_the_rest_used() {
    let codeowners = parse(
        "* @acme/all\n\
         !docs/ @ada\n\
         / @ada\n\
         /a/***/b @ada\n\
         \\#file @ada\n\
         /x\u{a0}@ada\n\
         /x/ @acme/sre, sre\n\
         /x/ sre\n\
         /x/ @ada @acme/parent/sre\n\
         /x/ @dependabot[bot]\n\
         my folder/ @ada\n\
         /x/ @\n\
         /x/ ada@localhost\n\
         /x/ @ada-lovelace @Acme/s_re ada+x@mail.example.org\n",
    );
    assert_eq!(codeowners.entries().iter().map(|entry| entry.line).collect::<Vec<_>>(), [1, 14]);
    assert_eq!(decided(&codeowners, "docs/x"), Some((1, vec!["@acme/all"])));
    assert!(codeowners.problems().iter().all(|problem| problem.skipped));
    insta::assert_snapshot!(listed(&codeowners), @r#"
    2:1 skipped: invalid pattern `!docs/`: CODEOWNERS has no `!`; to take paths out again, write `docs/` without owners in a later line. GitHub skips the whole line
    3:1 skipped: invalid pattern `/`: `/` will never match anything; write `*` for everything. GitHub skips the whole line
    4:1 skipped: invalid pattern `/a/***/b`: three `*` in a row; write `**` for any depth, `*` within one folder. GitHub skips the whole line
    5:1 skipped: invalid pattern `\#file`: `\#` does not work in CODEOWNERS; write `?` for the `#`. GitHub skips the whole line
    6:1 skipped: invalid pattern `/x\u{a0}@ada`: it holds the invisible character U+00A0; take it away or write a space. GitHub skips the whole line
    7:5 skipped: invalid owner `@acme/sre,`: owners are separated by spaces alone; write `@acme/sre`. GitHub skips the whole line
    8:5 skipped: invalid owner `sre`: an owner begins with `@`; write `@sre`. GitHub skips the whole line
    9:10 skipped: invalid owner `@acme/parent/sre`: a team is named without its parents; write `@acme/sre`. GitHub skips the whole line
    10:5 skipped: invalid owner `@dependabot[bot]`: an App owns no code; name the team that answers for it. GitHub skips the whole line
    11:4 skipped: invalid owner `folder/`: an owner is `@user`, `@organization/team` or an e-mail address; if it belongs to the path, write the space before it as `\ `. GitHub skips the whole line
    12:5 skipped: invalid owner `@`: an owner is `@user`, `@organization/team` or an e-mail address. GitHub skips the whole line
    13:5 skipped: invalid owner `ada@localhost`: an owner is `@user`, `@organization/team` or an e-mail address. GitHub skips the whole line
    "#);
}

#[test]
fn what_cannot_mean_what_was_meant_is_a_warning() {
    let codeowners = parse(
        "@acme/all\n\
         /src//a/ @ada\n\
         ./src/ @ada\n\
         *.[ch] @ada\n\
         [Mm]akefile @ada\n\
         /v[0-9]/ @ada\n\
         /app/[id]/[slug].tsx @ada\n\
         *.{js,ts} @ada\n\
         /docs/**.md @ada\n\
         src\\app @ada\n\
         /src/ @ada\n\
         src/app/ @ada\n\
         /src/app/ @bob\n",
    );
    assert!(codeowners.problems().iter().all(|problem| !problem.skipped));
    assert_eq!(decided(&codeowners, "app/[id]/[slug].tsx"), Some((7, vec!["@ada"])));
    assert_eq!(decided(&codeowners, "a.[ch]"), Some((4, vec!["@ada"])));
    assert_eq!(decided(&codeowners, "a.c"), None);
    insta::assert_snapshot!(listed(&codeowners), @r#"
    1:1 warning: `@acme/all` is read as a path, since a line begins with a pattern; write `* @acme/all` if it owns everything
    2:1 warning: `/src//a/` never matches: it has two slashes in a row; write one
    3:1 warning: `./src/` never matches: no path has a folder `.` or `..`; write it from the root, as in `/src/`
    4:1 warning: `[ ]` are ordinary characters here, not a choice: write a line for each that `*.[ch]` means
    5:1 warning: `[ ]` are ordinary characters here, not a choice: write a line for each that `[Mm]akefile` means
    6:1 warning: `[ ]` are ordinary characters here, not a choice: write a line for each that `/v[0-9]/` means
    8:1 warning: `{ }` are ordinary characters here, not a choice: write a line for each that `*.{js,ts}` means
    9:1 warning: `**` beside other characters means `*` and stays within one folder: in `/docs/**.md` put slashes around it
    10:1 warning: `\` takes the next character literally; write `src/app` if a folder was meant
    12:1 warning: `src/app/` stands again in line 13, and the last line wins: this one never decides; put all owners into one line
    "#);
}

#[test]
fn a_file_that_cannot_be_loaded_is_one_problem() {
    let mut bytes = b"* @ada\n".to_vec();
    bytes.resize(MAX_BYTES, b'#');
    assert!(Codeowners::parse("CODEOWNERS", &bytes).entry_for("a").is_some(), "of exactly the size");
    bytes.push(b'#');
    let over = Codeowners::parse("docs/CODEOWNERS", &bytes);
    assert_eq!(over.entry_for("a"), None);
    assert_eq!(over.entries(), []);
    assert_eq!(over.path(), "docs/CODEOWNERS");
    let utf_16 = Codeowners::parse("CODEOWNERS", b"\xFF\xFE*\0 \0@\0a\0");
    insta::assert_snapshot!(format!("{}{}", listed(&over), listed(&utf_16)), @r#"
    1:1 skipped: the file has 3145729 bytes and GitHub loads nothing above 3145728 (3 MB): nobody owns anything until it is shorter; name folders instead of files
    1:1 skipped: the file is written in UTF-16 and no line of it can be read; save it as UTF-8
    "#);
}

#[test]
fn bytes_that_are_no_utf_8_cost_their_line() {
    let codeowners = Codeowners::parse("CODEOWNERS", b"# caf\xE9\n/caf\xE9/ @ada\n/b/ @bob # caf\xE9\n/c/ @caf\xE9\n");
    assert_eq!(codeowners.entries().len(), 1);
    assert_eq!(decided(&codeowners, "b/x"), Some((3, vec!["@bob"])));
    insta::assert_snapshot!(listed(&codeowners), @r#"
    2:1 skipped: invalid pattern `/caf\u{fffd}/`: it holds bytes that are no UTF-8; save the file as UTF-8. GitHub skips the whole line
    4:5 skipped: invalid owner `@caf\u{fffd}`: an owner is `@user`, `@organization/team` or an e-mail address. GitHub skips the whole line
    "#);
}

#[test]
fn the_list_of_problems_is_bounded() {
    let codeowners = parse(&"/a/ nobody\n".repeat(MAX_PROBLEMS + 20));
    assert_eq!(codeowners.problems().len(), MAX_PROBLEMS + 1);
    insta::assert_snapshot!(listed(&codeowners).lines().last().unwrap(), @"501:1 skipped: 20 more problems from this line on are not listed");
}

#[test]
fn patterns_with_nothing_to_look_them_up_by_are_bounded() {
    let costly: String = (0..=MAX_COSTLY).map(|n| format!("**/a/**/{n} @ada\n")).collect();
    let codeowners = parse(&format!("{costly}/b/ @bob\n*.rs @cy\n"));
    assert_eq!(decided(&codeowners, &format!("a/{}", MAX_COSTLY - 1)), Some((10_000, vec!["@ada"])));
    assert_eq!(decided(&codeowners, &format!("a/{MAX_COSTLY}")), None);
    assert_eq!(decided(&codeowners, "b/x"), Some((10_002, vec!["@bob"])));
    assert_eq!(decided(&codeowners, "x.rs"), Some((10_003, vec!["@cy"])));
    insta::assert_snapshot!(listed(&codeowners), @"10001:1 skipped: `**/a/**/10000` is not used: the file has more than 10000 patterns with `**` twice or with `*` on both sides of a name; name folders instead");
}

/// Patterns built to be slow, on paths built to be slow: linear in the pattern, and no deeper recursion.
#[test]
fn hostile_files_cost_little() {
    let stars = format!("*{}b @ada\n", "a*".repeat(50_000));
    let holes = format!("*{}b @ada\n", "?".repeat(100_000));
    let deep = format!("{}b @ada\n", "**/a/".repeat(20_000));
    let folders = format!("{}b @ada\n", "*/".repeat(50_000));
    let literal = format!("{}b @ada\n", "a/".repeat(50_000));
    let many: String = (0..2_000).map(|n| format!("**/a*{n}*a @ada\n**/a/**/{n} @ada\n")).collect();
    let codeowners = parse(&[stars, holes, deep, folders, literal, many].concat());
    assert_eq!(codeowners.entries().len(), 4_005);
    for path in ["a/".repeat(200), "a".repeat(400), format!("{}a", "aa/".repeat(120))] {
        assert_eq!(codeowners.entry_for(&path), None);
    }
    assert_eq!(
        parse(&format!("{}b @ada\n", "a/".repeat(50_000))).entry_for(&format!("{}c", "a/".repeat(50_000))),
        None
    );
    assert!(parse("/a @ada").entry_for(&"a/".repeat(50_000)).is_some());
}

/// The pattern as a regular expression, as hmarr/codeowners builds it: a second way to the same answer.
fn reference(pattern: &str) -> Option<regex::Regex> {
    if pattern == "/" || pattern.contains("***") {
        return None;
    }
    let mut segments: Vec<&str> = pattern.split('/').collect();
    if segments[0].is_empty() {
        segments.remove(0);
    } else if segments.len() == 1 || (segments.len() == 2 && segments[1].is_empty()) {
        segments.insert(0, "**");
    }
    let last = segments.len() - 1;
    if last > 0 && segments[last].is_empty() {
        segments[last] = "**";
    }
    segments.dedup_by(|a, b| *a == "**" && *b == "**");
    let last = segments.len() - 1;
    let mut expression = String::from(r"\A");
    let mut slash = false;
    for (at, segment) in segments.iter().enumerate() {
        if *segment == "**" {
            match at {
                0 if last == 0 => expression.push_str(".+"),
                0 => expression.push_str("(?:.+/)?"),
                _ if at == last => expression.push_str("/.*"),
                _ => expression.push_str("(?:/.+)?"),
            }
            slash = at > 0;
            continue;
        }
        if slash {
            expression.push('/');
        }
        slash = true;
        if *segment == "*" {
            expression.push_str("[^/]+");
            continue;
        }
        let mut chars = segment.chars();
        while let Some(c) = chars.next() {
            match c {
                '*' => expression.push_str("[^/]*"),
                '?' => expression.push_str("[^/]"),
                '\\' => expression.extend(chars.next().map(|c| regex::escape(&c.to_string()))),
                c => expression.push_str(&regex::escape(&c.to_string())),
            }
        }
        if at == last {
            expression.push_str("(?:/.*)?");
        }
    }
    expression.push_str(r"\z");
    Some(regex::Regex::new(&expression).unwrap())
}

fn pattern() -> impl Strategy<Value = String> {
    "/?(\\*\\*|[ab*?]{1,3}|a\\\\\\*|\\[a\\])(/(\\*\\*|\\*|[ab*?]{1,2})){0,4}/?"
}

proptest! {
    #[test]
    fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400), path in ".{0,40}") {
        let codeowners = Codeowners::parse("CODEOWNERS", &bytes);
        codeowners.entry_for(&path);
        prop_assert!(codeowners.entries().len() + codeowners.problems().len() <= 2 * bytes.len() + 1);
    }

    #[test]
    fn never_panics_on_what_looks_like_a_file(text in "([ab*?/\\\\!#@\u{e9}\u{a0} \t\r\n,.\\[\\]{}]|@a/b|\\*\\*){0,80}") {
        let codeowners = parse(&text);
        for problem in codeowners.problems() {
            let line = text.split('\n').nth(problem.line as usize - 1).unwrap();
            prop_assert!((problem.column as usize) <= line.chars().count().max(1));
        }
        for entry in codeowners.entries() {
            codeowners.entry_for(&entry.pattern);
        }
    }

    #[test]
    fn agrees_with_a_regular_expression_for_each_pattern(
        patterns in prop::collection::vec(pattern(), 1..12),
        paths in prop::collection::vec("[ab*]{1,3}(/([ab]{1,2}|\\[a\\])){0,5}", 1..12),
    ) {
        let text: String = patterns.iter().map(|pattern| format!("{pattern} @ada\n")).collect();
        let codeowners = parse(&text);
        let expressions: Vec<Option<regex::Regex>> = patterns.iter().map(|pattern| reference(pattern)).collect();
        for path in &paths {
            let expected = expressions.iter().rposition(|expression| expression.as_ref().is_some_and(|e| e.is_match(path)));
            let found = codeowners.entry_for(path).map(|entry| entry.line as usize - 1);
            prop_assert_eq!(found, expected, "{:?} on {}", &patterns, path);
        }
    }
}

/// The folder of real inputs, where it is there: beside the checkout or named by the environment.
fn corpus() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("MERESTONE_SHARED").map(PathBuf::from);
    let found = named
        .into_iter()
        .chain([root.join("../shared"), root.join("../../shared")])
        .map(|shared| shared.join("corpus"))
        .find(|corpus| corpus.is_dir());
    if found.is_none() {
        eprintln!("SKIPPED: no corpus beside the checkout and MERESTONE_SHARED is not set; nothing real was tested");
    }
    found
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn corpus_patterns() {
    let Some(corpus) = corpus() else { return };
    let cases = json(&std::fs::read_to_string(corpus.join("owners/patterns.json")).unwrap());
    let mut checks = 0;
    for case in cases.as_array().unwrap() {
        let pattern = case["pattern"].as_str().unwrap();
        let codeowners = parse(&format!("{pattern} @ada\n"));
        for (path, expected) in case["paths"].as_object().unwrap() {
            assert_eq!(codeowners.entry_for(path).is_some(), expected.as_bool().unwrap(), "{pattern} on {path}");
            checks += 1;
        }
    }
    assert_eq!(checks, 153);
}

#[test]
fn corpus_repositories() {
    let Some(corpus) = corpus() else { return };
    let mut paths = 0;
    for file in std::fs::read_dir(corpus.join("owners")).unwrap() {
        let file = file.unwrap().path();
        if file.extension().is_none_or(|extension| extension != "CODEOWNERS") {
            continue;
        }
        let codeowners = Codeowners::parse(".github/CODEOWNERS", &std::fs::read(&file).unwrap());
        for row in std::fs::read_to_string(file.with_extension("jsonl")).unwrap().lines().map(json) {
            let path = row["path"].as_str().unwrap();
            let found = codeowners.entry_for(path);
            let owners = found.map(|entry| entry.owners.clone()).unwrap_or_default();
            assert_eq!(serde_json::json!(found.map(|entry| entry.line)), row["line"], "{} {path}", file.display());
            assert_eq!(serde_json::json!(owners), row["owners"], "{} {path}", file.display());
            paths += 1;
        }
        eprint!("{}: {} rules\n{}", file.display(), codeowners.entries().len(), listed(&codeowners));
    }
    assert!(paths > 19_000, "only {paths} paths");
}

#[test]
fn corpus_versions_of_changes() {
    let Some(corpus) = corpus() else { return };
    let mut files = 0;
    for folder in std::fs::read_dir(corpus.join("changes")).unwrap() {
        let folder = folder.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(folder).unwrap() {
            let file = file.unwrap().path();
            let codeowners = Codeowners::parse("CODEOWNERS", &std::fs::read(&file).unwrap());
            assert!(!codeowners.entries().is_empty(), "{}", file.display());
            assert!(codeowners.problems().iter().all(|problem| !problem.skipped), "{}", listed(&codeowners));
            files += 1;
        }
    }
    assert!(files > 30, "only {files} files");
}

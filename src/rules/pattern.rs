//! Patterns of the rules file, compiled.

use std::borrow::Cow;

use crate::glob::{Fault, Glob, GlobMap, Odd};

/// Longest pattern, in bytes.
const MAX_BYTES: usize = 1000;
/// How many patterns the braces of one pattern may stand for.
const MAX_ALTERNATIVES: usize = 128;
/// How many patterns a list may stand for, braces written out.
const MAX_SET: usize = 10_000;
/// How deep braces may stand in braces.
const MAX_BRACE_DEPTH: usize = 8;
/// How much of a pattern an error shows, in characters.
const SHOWN: usize = 60;

/// A list of patterns, in order; `!` takes out again what an earlier one took in. The empty set matches nothing.
#[derive(Debug, Clone, Default)]
pub struct PatternSet {
    written: Vec<String>,
    /// Whether the written pattern takes out.
    takes_out: Vec<bool>,
    /// The written pattern of each compiled one.
    origin: Vec<usize>,
    /// Each compiled pattern without braces, `!` and `./`.
    spelled: Vec<String>,
    fold_case: bool,
    compiled: Compiled,
}

/// A short list is tried from its end, a long one is one look-up.
#[derive(Debug, Clone)]
enum Compiled {
    Short(Vec<Glob>),
    Long(GlobMap, Vec<Glob>),
}

/// Up to this many patterns trying each is as fast as one look-up, and smaller.
const SHORT: usize = 8;

impl Default for Compiled {
    fn default() -> Self {
        Self::Short(Vec::new())
    }
}

/// A pattern that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("pattern `{pattern}`: {reason}")]
pub struct PatternError {
    /// The pattern as written, cut to a readable length.
    pub pattern: String,
    /// What is wrong with it and what to write instead.
    pub reason: String,
}

impl PatternSet {
    /// Compiles patterns over paths, as in CODEOWNERS (a trailing `/` is everything below, `**` any depth, `*` within
    /// one folder, `[ ]` literal), with `{a,b}`, `!` and `./` (the folder `own`, without trailing slash) beyond it.
    ///
    /// As in CODEOWNERS a pattern without a slash, or with only a trailing one, matches at any depth, any other from
    /// the root; `docs/*` is what lies directly in `docs`; letter case counts; `\` takes the next character literally.
    ///
    /// # Errors
    /// The first pattern that cannot be used.
    pub fn paths(patterns: &[String], own: Option<&str>) -> Result<Self, PatternError> {
        Self::compile(patterns, false, |alternative| {
            let spelled = path_spelled(alternative, own)?;
            path_glob(&spelled).map(|glob| (spelled.into_owned(), glob))
        })
    }

    /// Compiles globs over names (labels, branches, logins, services): the whole name matches, letter case aside.
    ///
    /// As GitHub reads branch patterns: `*` and `?` stay between two `/` (`release/*`), `**` goes across
    /// (`release/**`).
    /// `{a,b}` is either, `[ ]` are literal (`renovate[bot]`), `!` takes out again, `\` takes the next character
    /// literally.
    ///
    /// # Errors
    /// The first pattern that cannot be used.
    pub fn names(patterns: &[String]) -> Result<Self, PatternError> {
        Self::compile(patterns, true, |alternative| Ok((alternative.to_owned(), name_glob(alternative)?)))
    }

    fn compile(
        patterns: &[String],
        fold_case: bool,
        glob: impl Fn(&str) -> Result<(String, Glob), String>,
    ) -> Result<Self, PatternError> {
        let mut globs = Vec::with_capacity(patterns.len());
        let mut spelled = Vec::with_capacity(patterns.len());
        let mut origin = Vec::with_capacity(patterns.len());
        let mut takes_out = Vec::with_capacity(patterns.len());
        for (index, pattern) in patterns.iter().enumerate() {
            let refuse = |reason: String| PatternError { pattern: shown(pattern), reason };
            let (out, alternatives) = alternatives(pattern, fold_case).map_err(refuse)?;
            takes_out.push(out);
            for alternative in alternatives {
                let (text, glob) = glob(&alternative).map_err(refuse)?;
                globs.push(glob);
                spelled.push(text);
                origin.push(index);
            }
            if globs.len() > MAX_SET {
                return Err(refuse(format!(
                    "the list stands for more than {MAX_SET} patterns; name folders instead of files, or use `*`"
                )));
            }
        }
        let compiled = if globs.len() <= SHORT {
            Compiled::Short(globs)
        } else {
            Compiled::Long(GlobMap::new(globs.iter().cloned()), globs)
        };
        Ok(Self { written: patterns.to_vec(), takes_out, origin, spelled, fold_case, compiled })
    }

    /// Whether the set takes this path or name in.
    pub fn matches(&self, text: &str) -> bool {
        self.which(text).and_then(|index| self.takes_out.get(index)).is_some_and(|out| !out)
    }

    /// The pattern that decides about this path or name, by its index in [`written`](Self::written): the last that
    /// matches, which may be one that takes out.
    pub fn which(&self, text: &str) -> Option<usize> {
        let folded;
        let text = if self.fold_case {
            folded = fold(text);
            &folded
        } else {
            text
        };
        let last = match &self.compiled {
            Compiled::Short(globs) => globs.iter().rposition(|glob| glob.matches(text)),
            Compiled::Long(map, _) => map.last_match(text),
        };
        self.origin.get(last?).copied()
    }

    /// The compiled patterns that take in, for a look-up over several sets at once: whatever the set takes in, one of these
    /// matches.
    pub(crate) fn taking_in(&self) -> impl Iterator<Item = &Glob> {
        let (Compiled::Short(globs) | Compiled::Long(_, globs)) = &self.compiled;
        let takes_in = |origin: &usize| self.takes_out.get(*origin) == Some(&false);
        globs.iter().zip(&self.origin).filter(move |(_, origin)| takes_in(origin)).map(|(glob, _)| glob)
    }

    /// The compiled patterns, each with the index of the written one that it is of.
    pub(crate) fn globs(&self) -> impl Iterator<Item = (usize, &Glob)> {
        let (Compiled::Short(globs) | Compiled::Long(_, globs)) = &self.compiled;
        self.origin.iter().copied().zip(globs)
    }

    /// The patterns as written.
    pub fn written(&self) -> &[String] {
        &self.written
    }

    /// Whether there is no pattern at all.
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// The patterns in order with braces, `!` and `./` written out: whether each takes out, and a pattern that means the same
    /// where none of the three is known. A `\` still takes the next character literally.
    pub fn spelled(&self) -> impl Iterator<Item = (bool, &str)> {
        let takes_out = |origin: &usize| self.takes_out.get(*origin) == Some(&true);
        self.spelled.iter().zip(&self.origin).map(move |(text, origin)| (takes_out(origin), text.as_str()))
    }
}

fn fold(text: &str) -> String {
    text.to_lowercase()
}

fn shown(pattern: &str) -> String {
    let mut shown = String::new();
    for (count, c) in pattern.chars().enumerate() {
        match c {
            _ if count == SHOWN => {
                shown.push('…');
                break;
            }
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}

/// Whether the pattern takes out, and what its braces stand for.
fn alternatives(pattern: &str, fold_case: bool) -> Result<(bool, Vec<String>), String> {
    if pattern.len() > MAX_BYTES {
        return Err(format!("longer than {MAX_BYTES} bytes; split it into several"));
    }
    let (out, rest) = match pattern.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    if rest.is_empty() {
        return Err("empty; write what it should match, `**` for everything".to_owned());
    }
    if rest.starts_with(char::is_whitespace) || (rest.ends_with(char::is_whitespace) && !rest.ends_with("\\ ")) {
        return Err("begins or ends with white space; take it away, or write `\\ ` for a space in a name".to_owned());
    }
    if rest.contains(|c: char| c.is_control()) {
        return Err("holds a line break or another control character; write one pattern an entry".to_owned());
    }
    if rest.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1 {
        return Err(
            "ends with a `\\`, which takes the next character literally; folders are separated by `/`".to_owned()
        );
    }
    let folded = if fold_case { fold(rest) } else { rest.to_owned() };
    let mut alternatives = expand(&folded)?;
    // Order and repetition inside one pattern change nothing.
    alternatives.sort_unstable();
    alternatives.dedup();
    if alternatives.iter().any(|alternative| alternative.starts_with('!')) {
        return Err(
            "`!` stands once, in front of the whole pattern; write `\\!` for a name that begins with it".to_owned()
        );
    }
    Ok((out, alternatives))
}

/// The pattern with the folder that `./` stands for.
fn path_spelled<'p>(pattern: &'p str, own: Option<&str>) -> Result<Cow<'p, str>, String> {
    let bytes = pattern.as_bytes();
    if let [drive, b':', b'/' | b'\\', ..] = bytes
        && drive.is_ascii_alphabetic()
    {
        return Err("a path of one machine; patterns begin at the repository's root, as in `/src/`".to_owned());
    }
    if let Some(name) = escaped_name(pattern) {
        return Err(format!("`\\` takes the next character literally; folders are separated by `/`, as in `/{name}`"));
    }
    let Some(rest) = pattern.strip_prefix("./").or((pattern == ".").then_some("")) else {
        return Ok(Cow::Borrowed(pattern));
    };
    match own {
        Some(own) => Ok(Cow::Owned(own_pattern(own, rest))),
        None => {
            Err("`./` is the folder of a service and this is none; write the path from the root, as in `/src/`"
                .to_owned())
        }
    }
}

fn path_glob(pattern: &str) -> Result<Glob, String> {
    let glob = Glob::path(pattern).map_err(|fault| match fault {
        Fault::Empty => "empty in one of its alternatives; write `**` for everything".to_owned(),
        Fault::Slash => "matches nothing; write `**` for everything, `/*` for the files in the root".to_owned(),
        Fault::Stars => three_stars(),
    })?;
    match glob.odd() {
        None => Ok(glob),
        Some(Odd::Empty) => Err("has two slashes in a row; write one".to_owned()),
        Some(Odd::Dot) => Err("has a folder `.`, which no path has; leave it out".to_owned()),
        Some(Odd::DotDot) => Err("has a folder `..`; write the path from the root, as in `/src/`".to_owned()),
    }
}

/// The pattern of `rest` under the folder `own`, whose name is taken literally.
fn own_pattern(own: &str, rest: &str) -> String {
    let own = own.trim_matches('/');
    let mut pattern = String::with_capacity(own.len() + rest.len() + 2);
    pattern.push('/');
    for c in own.chars() {
        if matches!(c, '*' | '?' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    if !own.is_empty() {
        pattern.push('/');
    }
    pattern.push_str(if own.is_empty() && rest.is_empty() { "**" } else { rest });
    pattern
}

/// The pattern with slashes, when a `\` stands before a letter or digit: somebody meant a folder.
fn escaped_name(pattern: &str) -> Option<String> {
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c == '\\' && chars.next().is_some_and(char::is_alphanumeric) {
            return Some(pattern.replace('\\', "/"));
        }
    }
    None
}

fn name_glob(pattern: &str) -> Result<Glob, String> {
    if pattern.starts_with('/') || pattern.ends_with('/') || pattern.contains("//") {
        return Err(
            "no name begins or ends with `/` or has two in a row; `release/**` is all below `release`".to_owned()
        );
    }
    Glob::name(pattern).map_err(|fault| match fault {
        Fault::Stars => three_stars(),
        Fault::Empty | Fault::Slash => "empty in one of its alternatives; write `**` for everything".to_owned(),
    })
}

fn three_stars() -> String {
    "has three `*` in a row; write `**` for any depth, `*` within one folder".to_owned()
}

/// Writes the braces out: `a{b,c}` is `ab` and `ac`. A `\` and what follows it is kept as it stands.
fn expand(pattern: &str) -> Result<Vec<String>, String> {
    if !pattern.contains(['{', '}']) {
        return Ok(vec![pattern.to_owned()]);
    }
    let mut open = vec![Group::default()];
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        let depth = open.len();
        let Some(group) = open.last_mut() else { return Err(unbalanced()) };
        match c {
            '\\' => {
                group.push('\\');
                if let Some(escaped) = chars.next() {
                    group.push(escaped);
                }
            }
            '{' if depth > MAX_BRACE_DEPTH => {
                return Err(format!("braces stand more than {MAX_BRACE_DEPTH} deep; write it as several patterns"));
            }
            '{' => open.push(Group::default()),
            ',' if depth > 1 => group.next_alternative(),
            '}' => {
                let inner = open.pop().map(Group::finish).unwrap_or_default();
                let Some(outer) = open.last_mut() else { return Err(unbalanced()) };
                outer.append(&inner)?;
            }
            c => group.push(c),
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(group), true) => Ok(group.finish()),
        _ => Err(unbalanced()),
    }
}

fn unbalanced() -> String {
    "has a brace without its other half; close it, or write `\\{` for a brace in a name".to_owned()
}

/// What stands between two braces, as far as it is read.
struct Group {
    done: Vec<String>,
    current: Vec<String>,
}

impl Default for Group {
    fn default() -> Self {
        Self { done: Vec::new(), current: vec![String::new()] }
    }
}

impl Group {
    fn push(&mut self, c: char) {
        self.current.iter_mut().for_each(|text| text.push(c));
    }

    fn next_alternative(&mut self) {
        self.done.append(&mut self.current);
        self.current.push(String::new());
    }

    fn append(&mut self, endings: &[String]) -> Result<(), String> {
        if self.done.len() + self.current.len() * endings.len() > MAX_ALTERNATIVES {
            return Err(format!(
                "its braces stand for more than {MAX_ALTERNATIVES} patterns; write it as several, or use `*`"
            ));
        }
        self.current =
            self.current.iter().flat_map(|text| endings.iter().map(move |ending| format!("{text}{ending}"))).collect();
        Ok(())
    }

    fn finish(mut self) -> Vec<String> {
        self.next_alternative();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(patterns: &[&str]) -> Vec<String> {
        patterns.iter().map(|pattern| (*pattern).to_owned()).collect()
    }

    fn paths(patterns: &[&str]) -> PatternSet {
        PatternSet::paths(&list(patterns), Some("services/check[out]")).unwrap()
    }

    fn names(patterns: &[&str]) -> PatternSet {
        PatternSet::names(&list(patterns)).unwrap()
    }

    fn refused(pattern: &str) -> String {
        PatternSet::paths(&list(&[pattern]), None).unwrap_err().to_string()
    }

    #[test]
    fn paths_match_as_in_codeowners() {
        for (pattern, path, expected) in [
            ("docs/", "docs/a/b.md", true),
            ("docs/", "x/docs/a", true),
            ("docs/", "docs", false),
            ("/docs/", "x/docs/a", false),
            ("docs/*", "docs/a", true),
            ("docs/*", "docs/a/b", false),
            ("/*", "README.md", true),
            ("/*", "src/main.rs", false),
            ("**/*.proto", "a.proto", true),
            ("**/*.proto", "a/b/c.proto", true),
            ("*.proto", "a/b/c.proto", true),
            ("*.Proto", "a/b/c.proto", false),
            ("app/[id]/page.tsx", "app/[id]/page.tsx", true),
            ("app/[id]/page.tsx", "app/i/page.tsx", false),
            ("proto", "proto/a", true),
            ("services/*/", "services/a/b", true),
            ("services/*/", "services/a", false),
            ("**", "anything", true),
            ("*", "any/thing", true),
        ] {
            assert_eq!(paths(&[pattern]).matches(path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn braces_are_either() {
        let set = paths(&["**/openapi.{yml,yaml,json}", "/{a,b/{c,d}}/x{,.txt}", r"/lit\{eral,\}"]);
        for (path, expected) in [
            ("openapi.yml", true),
            ("a/openapi.json", true),
            ("openapi.toml", false),
            ("a/x", true),
            ("b/c/x.txt", true),
            ("b/d/x", true),
            ("b/x", false),
            ("lit{eral,}", true),
        ] {
            assert_eq!(set.matches(path), expected, "{path}");
        }
        assert!(paths(&["/{a}/x, y"]).matches("a/x, y"), "a comma outside of braces is a comma");
    }

    #[test]
    fn an_exclamation_mark_takes_out_in_order() {
        let outside_docs = paths(&["**", "!docs/"]);
        assert!(outside_docs.matches("src/a"));
        assert!(!outside_docs.matches("docs/a"));
        assert!(!outside_docs.matches("x/docs/a"));

        let back_in = paths(&["/a/", "!/a/b/", "/a/b/c"]);
        assert_eq!(back_in.which("a/x"), Some(0));
        assert_eq!(back_in.which("a/b/x"), Some(1));
        assert_eq!(back_in.which("a/b/c"), Some(2));
        assert_eq!(back_in.which("z"), None);
        assert!(back_in.matches("a/x") && !back_in.matches("a/b/x") && back_in.matches("a/b/c"));

        assert!(!paths(&["!docs/"]).matches("src/a"), "nothing was taken in");
        assert!(!paths(&[]).matches("src/a"));
        assert!(paths(&[r"/\!odd"]).matches("!odd"));
    }

    #[test]
    fn a_dot_slash_is_the_own_folder_taken_literally() {
        let set = paths(&["./api/", "./*.md", "./{a,b}.rs"]);
        for (path, expected) in [
            ("services/check[out]/api/x", true),
            ("services/check[out]/README.md", true),
            ("services/check[out]/sub/README.md", false),
            ("services/check[out]/b.rs", true),
            ("services/checko/api/x", false),
            ("api/x", false),
        ] {
            assert_eq!(set.matches(path), expected, "{path}");
        }
        assert!(paths(&["./"]).matches("services/check[out]/x"));
        assert!(paths(&["."]).matches("services/check[out]/x"));
        assert!(PatternSet::paths(&list(&["./"]), Some("")).unwrap().matches("x"));
        let star = PatternSet::paths(&list(&["./x"]), Some("a*")).unwrap();
        assert!(star.matches("a*/x") && !star.matches("ab/x"));
    }

    #[test]
    fn names_are_whole_and_case_does_not_count() {
        for (pattern, name, expected) in [
            ("renovate[bot]", "Renovate[bot]", true),
            ("renovate[bot]", "renovateb", false),
            ("*[bot]", "dependabot[bot]", true),
            ("release/*", "release/1.2", true),
            ("release/*", "release/1/2", false),
            ("release/**", "release/1/2", true),
            ("release", "release/1", false),
            ("release", "my-release", false),
            ("v?.{x,y}", "V1.X", true),
            ("area/*", "area/API", true),
            ("*", "main", true),
            ("*", "feature/x", false),
            ("**", "feature/x", true),
            ("ÄRGER", "ärger", true),
        ] {
            assert_eq!(names(&[pattern]).matches(name), expected, "{pattern} on {name}");
        }
        let set = names(&["release/*", "!release/old"]);
        assert!(set.matches("release/new") && !set.matches("Release/Old"));
    }

    #[test]
    fn keeps_what_was_written() {
        let set = paths(&["{a,b}", "!c"]);
        assert_eq!(set.written(), ["{a,b}", "!c"]);
        assert!(!set.is_empty());
        assert!(PatternSet::default().is_empty());
    }

    #[test]
    fn errors_name_the_pattern_and_the_remedy() {
        let written = [
            "", "!", "!!a", "{!a,b}", "/", " a", "../x", "a/../b", "a/./b", "./a", "a//b", "C:\\src", "c:/src",
            "src\\app", "a***", "{a,b", "a}", "{,}", "a\nb", "a\\",
        ];
        let long = ["{a,b}".repeat(8), "x".repeat(MAX_BYTES + 1), "{".repeat(20)];
        let mut errors: Vec<String> =
            written.iter().copied().chain(long.iter().map(String::as_str)).map(refused).collect();
        errors.push(PatternSet::names(&list(&["/main"])).unwrap_err().to_string());
        insta::assert_snapshot!(errors.join("\n"), @r#"
        pattern ``: empty; write what it should match, `**` for everything
        pattern `!`: empty; write what it should match, `**` for everything
        pattern `!!a`: `!` stands once, in front of the whole pattern; write `\!` for a name that begins with it
        pattern `{!a,b}`: `!` stands once, in front of the whole pattern; write `\!` for a name that begins with it
        pattern `/`: matches nothing; write `**` for everything, `/*` for the files in the root
        pattern ` a`: begins or ends with white space; take it away, or write `\ ` for a space in a name
        pattern `../x`: has a folder `..`; write the path from the root, as in `/src/`
        pattern `a/../b`: has a folder `..`; write the path from the root, as in `/src/`
        pattern `a/./b`: has a folder `.`, which no path has; leave it out
        pattern `./a`: `./` is the folder of a service and this is none; write the path from the root, as in `/src/`
        pattern `a//b`: has two slashes in a row; write one
        pattern `C:\src`: a path of one machine; patterns begin at the repository's root, as in `/src/`
        pattern `c:/src`: a path of one machine; patterns begin at the repository's root, as in `/src/`
        pattern `src\app`: `\` takes the next character literally; folders are separated by `/`, as in `/src/app`
        pattern `a***`: has three `*` in a row; write `**` for any depth, `*` within one folder
        pattern `{a,b`: has a brace without its other half; close it, or write `\{` for a brace in a name
        pattern `a}`: has a brace without its other half; close it, or write `\{` for a brace in a name
        pattern `{,}`: empty in one of its alternatives; write `**` for everything
        pattern `a\nb`: holds a line break or another control character; write one pattern an entry
        pattern `a\`: ends with a `\`, which takes the next character literally; folders are separated by `/`
        pattern `{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}`: its braces stand for more than 128 patterns; write it as several, or use `*`
        pattern `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`: longer than 1000 bytes; split it into several
        pattern `{{{{{{{{{{{{{{{{{{{{`: braces stand more than 8 deep; write it as several patterns
        pattern `/main`: no name begins or ends with `/` or has two in a row; `release/**` is all below `release`
        "#);
    }

    #[test]
    fn a_list_is_bounded() {
        let hundred = format!("/{{{}}}", (0..100).map(|n| format!("f{n}")).collect::<Vec<_>>().join(","));
        let patterns: Vec<String> = (0..200).map(|n| format!("{hundred}/{n}")).collect();
        let error = PatternSet::paths(&patterns, None).unwrap_err();
        assert!(error.reason.contains("more than 10000 patterns"), "{error}");
        assert!(PatternSet::paths(&patterns[..100], None).unwrap().matches("f99/99/x"));
    }

    #[test]
    fn hostile_patterns_cost_little() {
        let stars = "*a".repeat(MAX_BYTES / 2);
        let deep = "**/a/".repeat(MAX_BYTES / 5);
        let set = paths(&[&stars, &deep, "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"]);
        let path = "a/".repeat(2_000);
        assert!(set.matches(&path));
        assert!(!set.matches(&path.replace('a', "c")));
        assert!(set.matches(&"a".repeat(4_000)));
        assert!(!set.matches(&format!("{}b", "a".repeat(4_000))));
    }

    proptest! {
        #[test]
        fn never_panics(patterns in prop::collection::vec("[ab{},!*?./\\\\ é]{0,12}", 0..12), text in "[ab/é*]{0,12}") {
            for set in [PatternSet::paths(&patterns, Some("own")), PatternSet::names(&patterns)].into_iter().flatten() {
                prop_assert_eq!(set.written(), &patterns[..]);
                set.matches(&text);
            }
        }

        /// A list means the same whether it is tried one by one or looked up.
        #[test]
        fn short_and_long_lists_agree(
            patterns in prop::collection::vec("!?/?[ab*]{1,2}(/([ab*]|\\{a,b\\}|\\*\\*)){0,2}/?", 1..6),
            text in "[ab](/[ab]){0,3}",
        ) {
            let Ok(short) = PatternSet::paths(&patterns, None) else { return Ok(()) };
            let filler = (0..SHORT + 1).map(|n| format!("/filler{n}"));
            let padded: Vec<String> = filler.chain(patterns.iter().cloned()).collect();
            let long = PatternSet::paths(&padded, None).unwrap();
            prop_assert_eq!(short.which(&text).map(|index| index + SHORT + 1), long.which(&text));
            prop_assert_eq!(short.matches(&text), long.matches(&text));
        }
    }
}

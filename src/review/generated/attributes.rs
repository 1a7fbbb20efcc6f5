//! What `.gitattributes` says of `linguist-generated`, read as git reads it.
//!
//! Source: gitattributes(5), gitignore(5) for the patterns, and git's `attr.c` and `wildmatch.c` where they leave open.

use std::collections::HashMap;

/// The attribute by which GitHub hides a file in a diff.
const GENERATED: &str = "linguist-generated";
/// A larger file says nothing (git: 100 MB; nobody writes one).
const MAX_BYTES: usize = 1024 * 1024;
/// A line of this many bytes or more is passed over, as by git.
const MAX_LINE: usize = 2048;
/// A file with more lines about generated files than this says nothing.
const MAX_RULES: usize = 5_000;
/// A file with more macros than this says nothing.
const MAX_MACROS: usize = 64;

/// What the root `.gitattributes` of the base says about generated files.
#[derive(Debug, Clone, Default)]
pub struct Attributes {
    rules: Vec<Rule>,
    /// What each macro sets, by the attribute's number; [`GENERATED`] has number 0 and is none.
    macros: Vec<Vec<Setting>>,
}

/// A line with a pattern.
#[derive(Debug, Clone)]
struct Rule {
    pattern: Pattern,
    settings: Vec<Setting>,
}

/// An attribute, by its number, and what it is set to.
#[derive(Debug, Clone, Copy)]
struct Setting {
    attribute: usize,
    value: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    /// `name`, `name=true`
    True,
    /// `-name`, `name=false`
    False,
    /// `!name`, and any other value: nothing is known by it, so the file counts.
    Unspecified,
}

impl Attributes {
    /// Reads a `.gitattributes`. Never fails: a line that cannot be used is passed over.
    ///
    /// A file beyond all measure says nothing, so that every file counts.
    pub fn parse(bytes: &[u8]) -> Self {
        if bytes.len() > MAX_BYTES {
            return Self::default();
        }
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let lines: Vec<Line<'_>> = bytes.split(|byte| *byte == b'\n').filter_map(Line::read).collect();

        let mut numbers: HashMap<&[u8], usize> = HashMap::from([(GENERATED.as_bytes(), 0)]);
        for line in &lines {
            if let Head::Macro(name) = line.head {
                let next = numbers.len();
                numbers.entry(name).or_insert(next);
            }
        }
        if numbers.len() > MAX_MACROS {
            return Self::default();
        }
        let mut attributes = Self { rules: Vec::new(), macros: vec![Vec::new(); numbers.len()] };
        for line in lines {
            let known = |(name, value): &(&[u8], Value)| {
                numbers.get(name).map(|attribute| Setting { attribute: *attribute, value: *value })
            };
            let settings: Vec<Setting> = line.settings.iter().filter_map(known).collect();
            match line.head {
                Head::Macro(name) => {
                    if let Some(number @ 1..) = numbers.get(name) {
                        attributes.macros[*number] = settings;
                    }
                }
                Head::Pattern(pattern) if !settings.is_empty() => {
                    attributes.rules.extend(Pattern::read(&pattern).map(|pattern| Rule { pattern, settings }));
                }
                _ => {}
            }
        }
        if attributes.rules.len() > MAX_RULES {
            return Self::default();
        }
        attributes
    }

    /// Whether this says of every path what the other says, as far as its text tells.
    pub fn says_the_same(&self, other: &Self) -> bool {
        (self.rules.is_empty() && other.rules.is_empty()) || format!("{self:?}") == format!("{other:?}")
    }

    /// What it says of `path`: generated, explicitly not, or nothing.
    pub fn generated(&self, path: &str) -> Option<bool> {
        let mut known: Vec<Option<Value>> = vec![None; self.macros.len()];
        for rule in self.rules.iter().rev() {
            if rule.pattern.matches(path.as_bytes()) {
                self.apply(&rule.settings, &mut known);
                // The number of GENERATED; there is a place for it wherever there is a rule.
                match known[0] {
                    None => {}
                    Some(Value::True) => return Some(true),
                    Some(Value::False) => return Some(false),
                    Some(Value::Unspecified) => return None,
                }
            }
        }
        None
    }

    /// The last setting decides, and what a later line said stands. A macro that becomes true sets what it stands
    /// for; each becomes true once, so macros that name each other end.
    fn apply(&self, settings: &[Setting], known: &mut [Option<Value>]) {
        for setting in settings.iter().rev() {
            if known[setting.attribute].is_none() {
                known[setting.attribute] = Some(setting.value);
                if setting.value == Value::True {
                    self.apply(&self.macros[setting.attribute], known);
                }
            }
        }
    }
}

/// A line in its parts.
struct Line<'l> {
    head: Head<'l>,
    settings: Vec<(&'l [u8], Value)>,
}

enum Head<'l> {
    Macro(&'l [u8]),
    Pattern(Vec<u8>),
}

impl<'l> Line<'l> {
    /// `None` for a blank line, a comment, and one that git passes over.
    fn read(line: &'l [u8]) -> Option<Self> {
        if line.len() >= MAX_LINE {
            return None;
        }
        let line = line.trim_ascii();
        let (head, rest) = match line {
            [] | [b'#', ..] => return None,
            [b'"', ..] => match unquote(line) {
                Some((pattern, rest)) => (Head::Pattern(pattern), rest),
                None => Self::word(line),
            },
            _ => Self::word(line),
        };
        if let Head::Macro(name) = head
            && !is_name(name)
        {
            return None;
        }
        if let Head::Pattern(pattern) = &head
            && pattern.starts_with(b"!")
        {
            return None;
        }
        let words = rest.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let settings = words.map(setting).collect::<Option<Vec<_>>>()?;
        Some(Self { head, settings })
    }

    fn word(line: &'l [u8]) -> (Head<'l>, &'l [u8]) {
        let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
        let (word, rest) = line.split_at(end);
        match word.strip_prefix(b"[attr]") {
            Some(name) if !name.is_empty() => (Head::Macro(name), rest),
            _ => (Head::Pattern(word.to_vec()), rest),
        }
    }
}

/// Name and value of `name`, `-name`, `!name` or `name=value`. `None` for an invalid name, which costs the whole line.
fn setting(word: &[u8]) -> Option<(&[u8], Value)> {
    let (name, value) = match word {
        [b'-', name @ ..] => (name, Value::False),
        [b'!', name @ ..] => (name, Value::Unspecified),
        _ => match word.iter().position(|byte| *byte == b'=') {
            None => (word, Value::True),
            Some(at) => match &word[at + 1..] {
                b"true" => (&word[..at], Value::True),
                b"false" => (&word[..at], Value::False),
                _ => (&word[..at], Value::Unspecified),
            },
        },
    };
    is_name(name).then_some((name, value))
}

fn is_name(name: &[u8]) -> bool {
    let valid = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    !name.is_empty() && name[0] != b'-' && name.iter().all(valid)
}

/// A pattern in double quotes with C escapes, and what follows it. `None` where it does not end or an escape is none.
fn unquote(line: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut text = Vec::new();
    let mut rest = line.strip_prefix(b"\"")?;
    loop {
        let (byte, after) = rest.split_first()?;
        rest = after;
        match byte {
            b'"' => return Some((text, rest)),
            b'\\' => {
                let (escaped, after) = rest.split_first()?;
                rest = after;
                text.push(match escaped {
                    b'a' => 7,
                    b'b' => 8,
                    b't' => b'\t',
                    b'n' => b'\n',
                    b'v' => 11,
                    b'f' => 12,
                    b'r' => b'\r',
                    b'"' | b'\\' => *escaped,
                    b'0'..=b'3' => {
                        let digits = [*escaped, *rest.first()?, *rest.get(1)?];
                        rest = &rest[2..];
                        let digits = std::str::from_utf8(&digits).ok()?;
                        u8::from_str_radix(digits, 8).ok()?
                    }
                    _ => return None,
                });
            }
            byte => text.push(*byte),
        }
    }
}

/// A pattern over paths. Unlike in CODEOWNERS a folder that matches says nothing of what is in it.
#[derive(Debug, Clone)]
struct Pattern {
    /// Without a slash: the last component at any depth. Else all components from the root.
    name_alone: bool,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    /// `**`, and any more `*`: any number of components.
    Deep,
    One(Vec<Token>),
}

/// A token matches bytes, as in git.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// `*`
    Many,
    /// `?`
    Any,
    Byte(u8),
    /// `[a-z]`, `[!a]`
    Class {
        negated: bool,
        ranges: Vec<(u8, u8)>,
    },
    Slash,
}

impl Pattern {
    /// `None` for a pattern that no file matches.
    fn read(pattern: &[u8]) -> Option<Self> {
        if pattern.ends_with(b"/") {
            return None;
        }
        let name_alone = !pattern.contains(&b'/');
        let tokens = tokens(pattern.strip_prefix(b"/").unwrap_or(pattern))?;
        let mut parts: Vec<Part> = Vec::new();
        for component in tokens.split(|token| *token == Token::Slash) {
            match component {
                [] => return None,
                [Token::Many, Token::Many, ..] if component.iter().all(|token| *token == Token::Many) => {
                    match parts.last() {
                        Some(Part::Deep) => {}
                        _ => parts.push(Part::Deep),
                    }
                }
                _ => {
                    let mut component = component.to_vec();
                    component.dedup_by(|a, b| *a == Token::Many && *b == Token::Many);
                    parts.push(Part::One(component));
                }
            }
        }
        // At the end it is everything below, not the folder itself.
        if let Some(Part::Deep) = parts.last() {
            parts.push(Part::One(vec![Token::Many]));
        }
        Some(Self { name_alone, parts })
    }

    fn matches(&self, path: &[u8]) -> bool {
        let mut components = path.split(|byte| *byte == b'/');
        if self.name_alone {
            return match &self.parts[..] {
                [Part::One(tokens)] => matches(tokens, components.next_back().unwrap_or(path)),
                _ => true,
            };
        }
        let components: Vec<&[u8]> = components.collect();
        let (mut part, mut at) = (0, 0);
        let mut again: Option<(usize, usize)> = None;
        loop {
            let fits = match self.parts.get(part) {
                None if at == components.len() => return true,
                None => false,
                Some(Part::Deep) => {
                    again = Some((part + 1, at));
                    part += 1;
                    continue;
                }
                Some(Part::One(tokens)) => components.get(at).is_some_and(|component| matches(tokens, component)),
            };
            if fits {
                part += 1;
                at += 1;
                continue;
            }
            match again {
                Some((after_deep, from)) if from < components.len() => {
                    again = Some((after_deep, from + 1));
                    (part, at) = (after_deep, from + 1);
                }
                _ => return false,
            }
        }
    }
}

/// Reads the signs of a pattern. `None` where a bracket or an escape has no end: git matches nothing by it.
fn tokens(pattern: &[u8]) -> Option<Vec<Token>> {
    let mut tokens = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        tokens.push(match byte {
            b'*' => Token::Many,
            b'?' => Token::Any,
            b'/' => Token::Slash,
            b'\\' => {
                let (escaped, after) = rest.split_first()?;
                rest = after;
                if *escaped == b'/' { Token::Slash } else { Token::Byte(*escaped) }
            }
            b'[' => {
                let (class, after) = class(rest)?;
                rest = after;
                class
            }
            byte => Token::Byte(*byte),
        });
    }
    Some(tokens)
}

/// A class of characters after its `[`, and what follows its `]`.
fn class(mut rest: &[u8]) -> Option<(Token, &[u8])> {
    let negated = matches!(rest.first(), Some(b'!' | b'^'));
    if negated {
        rest = &rest[1..];
    }
    let mut ranges = Vec::new();
    let mut first = true;
    loop {
        let (mut byte, mut after) = rest.split_first()?;
        match byte {
            b']' if !first => return Some((Token::Class { negated, ranges }, after)),
            b'[' if after.first() == Some(&b':') => {
                let end = after.windows(2).skip(1).position(|two| two == b":]")? + 1;
                ranges.extend(named_class(&after[1..end])?);
                rest = &after[end + 2..];
                first = false;
                continue;
            }
            b'\\' => (byte, after) = after.split_first()?,
            _ => {}
        }
        first = false;
        match after {
            [b'-', to, beyond @ ..] if *to != b']' => {
                let (to, beyond) = if *to == b'\\' { beyond.split_first()? } else { (to, beyond) };
                ranges.push((*byte, *to));
                rest = beyond;
            }
            _ => {
                ranges.push((*byte, *byte));
                rest = after;
            }
        }
    }
}

fn named_class(name: &[u8]) -> Option<&'static [(u8, u8)]> {
    Some(match name {
        b"alnum" => &[(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')],
        b"alpha" => &[(b'A', b'Z'), (b'a', b'z')],
        b"blank" => &[(b' ', b' '), (b'\t', b'\t')],
        b"cntrl" => &[(0, 31), (127, 127)],
        b"digit" => &[(b'0', b'9')],
        b"graph" => &[(33, 126)],
        b"lower" => &[(b'a', b'z')],
        b"print" => &[(32, 126)],
        b"punct" => &[(33, 47), (58, 64), (91, 96), (123, 126)],
        b"space" => &[(9, 13), (b' ', b' ')],
        b"upper" => &[(b'A', b'Z')],
        b"xdigit" => &[(b'0', b'9'), (b'A', b'F'), (b'a', b'f')],
        _ => return None,
    })
}

/// Whether a component matches; only the last `*` ever has to take more.
fn matches(tokens: &[Token], text: &[u8]) -> bool {
    let (mut token, mut at) = (0, 0);
    let mut again: Option<(usize, usize)> = None;
    loop {
        let fits = match (tokens.get(token), text.get(at)) {
            (Some(Token::Many), _) => {
                again = Some((token + 1, at));
                token += 1;
                continue;
            }
            (None, None) => return true,
            (Some(Token::Any), Some(_)) => true,
            (Some(Token::Byte(wanted)), Some(byte)) => wanted == byte,
            (Some(Token::Class { negated, ranges }), Some(byte)) => {
                ranges.iter().any(|(from, to)| (from..=to).contains(&byte)) != *negated
            }
            _ => false,
        };
        if fits {
            token += 1;
            at += 1;
            continue;
        }
        match again {
            Some((after_many, from)) if from < text.len() => {
                again = Some((after_many, from + 1));
                (token, at) = (after_many, from + 1);
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn says(text: &str, path: &str) -> Option<bool> {
        Attributes::parse(text.as_bytes()).generated(path)
    }

    #[test]
    fn every_way_to_say_it() {
        for (setting, expected) in [
            ("linguist-generated", Some(true)),
            ("linguist-generated=true", Some(true)),
            ("text linguist-generated -diff", Some(true)),
            ("-linguist-generated", Some(false)),
            ("linguist-generated=false", Some(false)),
            ("!linguist-generated", None),
            ("linguist-generated=maybe", None),
            ("linguist-vendored", None),
            ("linguist-generated -linguist-generated", Some(false)),
            ("Linguist-Generated", None),
            ("bad/name linguist-generated", None),
            ("", None),
        ] {
            assert_eq!(says(&format!("*.pb.go {setting}\n"), "a/b.pb.go"), expected, "{setting}");
        }
    }

    #[test]
    fn the_last_matching_line_wins() {
        let text = "*.go linguist-generated\r\n/api/*.go -linguist-generated\r\n/api/x.go !linguist-generated";
        assert_eq!(says(text, "src/a.go"), Some(true));
        assert_eq!(says(text, "api/a.go"), Some(false));
        assert_eq!(says(text, "api/x.go"), None);
        assert_eq!(says(text, "a.rs"), None);
    }

    #[test]
    fn patterns_as_git_matches_them() {
        for (pattern, path, expected) in [
            ("*.go", "a/b/c.go", true),
            ("gen", "gen", true),
            ("gen", "a/gen", true),
            ("gen", "gen/a", false),
            ("gen/", "gen/a", false),
            ("gen/*", "gen/a", true),
            ("gen/*", "gen/a/b", false),
            ("gen/*", "x/gen/a", false),
            ("gen/**", "gen/a/b", true),
            ("gen/**", "gen", false),
            ("/gen", "gen", true),
            ("/gen", "a/gen", false),
            ("**/gen/*.rs", "gen/a.rs", true),
            ("**/gen/*.rs", "a/b/gen/a.rs", true),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/y/b", true),
            ("a/**b", "a/x/b", false),
            ("a/**b", "a/xb", true),
            ("a/***/b", "a/x/y/b", true),
            ("**", "a/b", true),
            ("/**", "a/b", true),
            ("**/", "a/b", false),
            ("*_[a-c].x", "q_b.x", true),
            ("*_[a-c].x", "q_d.x", false),
            ("[!a]x", "bx", true),
            ("[^a]x", "ax", false),
            ("[]a]x", "]x", true),
            ("[a-]x", "-x", true),
            ("[[:digit:]_]x", "7x", true),
            ("[[:digit:]_]x", "_x", true),
            ("[[:nothing:]]x", "7x", false),
            ("[a/b]x/y", "ax/y", true),
            ("[ax", "[ax", false),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("a\\", "a", false),
            ("{a,b}", "a", false),
            ("a//b", "a/b", false),
            ("GEN", "gen", false),
            ("\"my file.ts\"", "a/my file.ts", true),
            ("\"caf\\303\\251.ts\"", "café.ts", true),
            ("\"unclosed", "\"unclosed", true),
            ("!gen", "gen", false),
        ] {
            let expected = expected.then_some(true);
            assert_eq!(says(&format!("{pattern} linguist-generated"), path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn macros_stand_for_what_they_set() {
        let text =
            "[attr]gen linguist-generated -diff\n[attr]more gen\n*.a gen\n*.b more\n*.c -gen\n*.d gen\nx.d -gen\n";
        assert_eq!(says(text, "x.a"), Some(true));
        assert_eq!(says(text, "x.b"), Some(true));
        assert_eq!(says(text, "x.c"), None, "a macro that is false sets nothing");
        assert_eq!(says(text, "x.d"), None, "what a later line said of the macro stands");
        assert_eq!(says(text, "y.d"), Some(true));
        assert_eq!(says("[attr]a b\n[attr]b a linguist-generated\n*.x a", "q.x"), Some(true), "a circle ends");
        assert_eq!(says("[attr]a linguist-generated\n[attr]a diff\n*.x a", "q.x"), None, "the last definition counts");
    }

    #[test]
    fn what_is_too_large_says_nothing() {
        let long = format!("{} linguist-generated\n", "*".repeat(MAX_LINE));
        assert_eq!(says(&long, "a"), None);
        assert_eq!(says(&format!("{long}b linguist-generated"), "b"), Some(true));
        assert_eq!(says(&"* linguist-generated\n".repeat(MAX_RULES + 1), "a"), None);
        assert_eq!(says(&"* linguist-generated\n".repeat(MAX_RULES), "a"), Some(true));
        assert_eq!(says(&format!("* linguist-generated\n{}", "\n".repeat(MAX_BYTES)), "a"), None);
        let macros: String = (0..MAX_MACROS).map(|n| format!("[attr]m{n} linguist-generated\n")).collect();
        assert_eq!(says(&format!("{macros}* m0"), "a"), None);
    }

    #[test]
    fn hostile_patterns_cost_little() {
        let stars = "*a".repeat(1_000);
        let deep = "**/a/".repeat(400);
        let text = format!("{stars}b linguist-generated\n{deep}b linguist-generated\n").repeat(10);
        assert_eq!(says(&text, &"a".repeat(4_000)), None);
        assert_eq!(says(&text, &"a/".repeat(1_000)), None);
    }

    proptest! {
        #[test]
        fn never_panics(text in "([ab*?/\\\\!#\"=\\[\\]:^ \n-]|\\[attr\\]|linguist-generated|é){0,60}", path in "[ab/\\[\"é]{0,12}") {
            Attributes::parse(text.as_bytes()).generated(&path);
        }

        #[test]
        fn never_panics_on_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), path in ".{0,20}") {
            Attributes::parse(&bytes).generated(&path);
        }
    }
}

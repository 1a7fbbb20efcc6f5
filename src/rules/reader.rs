//! Takes nodes for what they are meant to be, and collects every problem on the way.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::layers::Stack;
use super::node::{Kind, Node, Scalar, Value};
use super::words::{meant, one_of, quote};
use super::{Handle, Origin, PatternError, PatternSet, Place, Problem, Severity};

/// More problems than this are counted and not listed.
const MAX_PROBLEMS: usize = 100;
/// How often a file's words are compared with the known ones to guess what was meant.
const MAX_GUESSES: usize = 100;
/// How many patterns a file may have; one with braces stands for many and counts as [`BRACES`].
const MAX_PATTERNS: usize = 10_000;
/// What a pattern with braces counts for.
const BRACES: usize = 10;
/// How many bytes the patterns may have together.
const MAX_PATTERN_BYTES: usize = 256 * 1024;
/// The longest regular expression, in bytes.
const MAX_REGEX: usize = 1_000;
/// How many regular expressions a file may have.
const MAX_REGEXES: usize = 100;
/// How large a compiled regular expression may be, in bytes.
const REGEX_SIZE: usize = 256 * 1024;
/// The longest name of a team, service, domain, tier or rule, in characters.
const MAX_NAME: usize = 100;

/// Collects problems, and keeps the sums that bound the work.
#[derive(Debug, Default)]
pub(super) struct Reader {
    problems: Vec<Problem>,
    errors: usize,
    warnings: usize,
    guesses: usize,
    muted: bool,
    /// Whether the organisation's file lies beneath another: what deserves a look in it is not that one's to mend.
    beneath: bool,
    patterns: usize,
    pattern_bytes: usize,
    regexes: usize,
}

/// An entry of a mapping.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    /// The key as written.
    pub key: &'a str,
    /// Where the key stands.
    pub place: Place,
    /// The value.
    pub value: &'a Node,
}

impl Reader {
    /// A reader of these files.
    pub fn of(stack: &Stack<'_>) -> Self {
        Self { beneath: stack.organization.is_some() && stack.own.is_some(), ..Self::default() }
    }

    /// How many files the bounds of one file are for.
    fn files(&self) -> usize {
        1 + usize::from(self.beneath)
    }

    /// Notes an error.
    pub fn error(&mut self, place: Place, message: impl Into<String>) {
        self.note(Severity::Error, place, message.into());
    }

    /// Notes a warning.
    pub fn warn(&mut self, place: Place, message: impl Into<String>) {
        self.note(Severity::Warning, place, message.into());
    }

    fn note(&mut self, severity: Severity, place: Place, message: String) {
        // What a pack says is not the reader's to mend either.
        let theirs = self.beneath && place.origin == Origin::Organization && severity == Severity::Warning;
        if self.muted || theirs || matches!(place.origin, Origin::Pack(_)) {
            return;
        }
        let count = match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning | Severity::Note => &mut self.warnings,
        };
        *count += 1;
        if *count <= MAX_PROBLEMS {
            self.problems.push(Problem { severity, place: Some(place), message });
        }
    }

    /// The known word that was probably meant. After many guesses there are no more, so that a long file of slips costs
    /// no more than a short one.
    pub fn meant<'a>(&mut self, written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        self.guesses += 1;
        if self.muted || self.guesses > MAX_GUESSES { None } else { meant(written, known) }
    }

    /// `; did you mean …?`, or nothing.
    pub fn hint<'a>(&mut self, written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
        self.meant(written, known).map(|word| format!("; did you mean {}?", quote(word))).unwrap_or_default()
    }

    /// Runs `read` without noting problems: for what a pack says, which is not the reader's to mend.
    pub fn muted<T>(&mut self, mute: bool, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.muted;
        self.muted |= mute;
        let result = read(self);
        self.muted = before;
        result
    }

    /// How many problems there are so far.
    pub fn count(&self) -> usize {
        self.errors + self.warnings
    }

    /// Whether there is an error among the problems.
    pub fn failed(&self) -> bool {
        self.errors > 0
    }

    /// The problems in the order of the file.
    pub fn finish(mut self) -> Vec<Problem> {
        self.problems.sort_by(|a, b| (a.place, &a.message).cmp(&(b.place, &b.message)));
        self.problems.dedup();
        for (count, severity, what) in
            [(self.errors, Severity::Error, "errors"), (self.warnings, Severity::Warning, "warnings")]
        {
            if count > MAX_PROBLEMS {
                let message = format!("… and {} more {what}", count - MAX_PROBLEMS);
                self.problems.push(Problem { severity, place: None, message });
            }
        }
        self.problems
    }

    /// The entries of a mapping. `what` names it in messages and `example` says how it is written. Keys that are written
    /// twice are errors and come once.
    pub fn entries<'a>(&mut self, node: &'a Node, what: &str, example: &str) -> Vec<Entry<'a>> {
        let Value::Map(pairs) = &node.value else {
            let found = node.what();
            self.error(node.place, format!("{what} is a mapping, like `{example}`; this is {found}"));
            return Vec::new();
        };
        let mut seen: HashMap<&str, Place> = HashMap::new();
        let mut entries = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let Some(written) = key.text() else {
                self.error(key.place, format!("a key of {what} is a word; this is {}", key.what()));
                continue;
            };
            if let Some(first) = seen.get(written) {
                let message = format!("{} stands here a second time (first on line {})", quote(written), first.line);
                self.error(key.place, message);
                continue;
            }
            seen.insert(written, key.place);
            entries.push(Entry { key: written, place: key.place, value });
        }
        entries
    }

    /// The entries of a mapping whose keys are known; any other key is an error.
    pub fn fields<'a>(&mut self, node: &'a Node, what: &str, example: &str, known: &[&str]) -> Vec<Entry<'a>> {
        let mut entries = self.entries(node, what, example);
        entries.retain(|entry| {
            let found = known.contains(&entry.key);
            if !found {
                let hint = self.hint(entry.key, known.iter().copied());
                let keys =
                    if hint.is_empty() { format!("; it may have {}", one_of(known.iter().copied())) } else { hint };
                self.error(entry.place, format!("unknown key {} in {what}{keys}", quote(entry.key)));
            }
            found
        });
        entries
    }

    /// A text that is not empty.
    pub fn text<'a>(&mut self, node: &'a Node, what: &str) -> Option<&'a str> {
        match &node.value {
            Value::Scalar(Scalar { text, .. }) if !text.trim().is_empty() => Some(text),
            Value::Scalar(_) | Value::Null => {
                self.error(node.place, format!("{what} is empty: write it out, or take the key away"));
                None
            }
            _ => {
                self.error(node.place, format!("{what} is a text; this is {}", node.what()));
                None
            }
        }
    }

    /// The items of a list; a single text stands for a list of one.
    pub fn items<'a>(&mut self, node: &'a Node, what: &str, example: &str) -> &'a [Node] {
        match &node.value {
            Value::List(items) => items,
            Value::Scalar(_) => std::slice::from_ref(node),
            Value::Null => {
                self.error(
                    node.place,
                    format!("{what} is empty: write a list, like `{example}`, or take the key away"),
                );
                &[]
            }
            Value::Map(_) => {
                self.error(node.place, format!("{what} is a list, like `{example}`; this is {}", node.what()));
                &[]
            }
        }
    }

    /// Texts: a list, or one.
    pub fn texts<'a>(&mut self, node: &'a Node, what: &str, example: &str) -> Vec<(&'a str, Place)> {
        let items = self.items(node, what, example);
        items.iter().filter_map(|item| Some((self.text(item, &format!("an entry of {what}"))?, item.place))).collect()
    }

    /// Yes or no.
    pub fn flag(&mut self, node: &Node, what: &str) -> Option<bool> {
        if let Value::Scalar(Scalar { kind: Kind::Bool(value), .. }) = node.value {
            return Some(value);
        }
        let quoted = matches!(node.text(), Some("true" | "false"));
        let hint = if quoted { " (without quotes)" } else { "" };
        self.error(node.place, format!("{what} is true or false{hint}; this is {}", node.what()));
        None
    }

    /// A whole number of at least one.
    pub fn number<N: TryFrom<u64>>(&mut self, node: &Node, what: &str) -> Option<N> {
        let number =
            node.text().and_then(|text| text.replace('_', "").parse::<u64>().ok()).filter(|number| *number > 0);
        let number = number.and_then(|number| N::try_from(number).ok());
        if number.is_none() {
            let written = node.text().map_or_else(|| node.what().to_owned(), quote);
            self.error(node.place, format!("{what} is a whole number above zero; this is {written}"));
        }
        number
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&mut self, node: &Node, what: &str, words: &[(&str, T)]) -> Option<T> {
        let known = || words.iter().map(|(word, _)| *word);
        let Some(written) = node.text() else {
            self.error(node.place, format!("{what} is {}; this is {}", one_of(known()), node.what()));
            return None;
        };
        let found = words.iter().find(|(word, _)| *word == written).map(|(_, value)| *value);
        if found.is_none() {
            let mut message = format!("{what} cannot be {}", quote(written));
            match self.meant(written, known()) {
                Some(word) => message += &format!("; did you mean {}?", quote(word)),
                None => message += &format!(": it is {}", one_of(known())),
            }
            self.error(node.place, message);
        }
        found
    }

    /// A name that can be shown and typed.
    pub fn name(&mut self, written: &str, place: Place, what: &str) -> Option<String> {
        let fine = !written.is_empty()
            && written.trim() == written
            && written.chars().count() <= MAX_NAME
            && !written.contains(|c: char| c.is_control() || matches!(c, '`' | '<' | '>' | '|' | '\\' | '"'));
        if fine {
            return Some(written.to_owned());
        }
        let message = format!(
            "{} cannot be the name of {what}: a name has 1 to {MAX_NAME} characters, none of them a control character or one of ` < > | \\ \"",
            quote(written)
        );
        self.error(place, message);
        None
    }

    /// The name of a person or a team on GitHub; the `@` may be missing.
    pub fn handle(&mut self, written: &str, place: Place, what: &str) -> Option<Handle> {
        if is_handle(written) {
            return Some(Handle::new(written));
        }
        let hint = if written.trim_start_matches('@').contains('@') {
            "an e-mail address does not say who that is on GitHub: write the login, like `@maria`"
        } else {
            "write a login, like `@maria`, or a team with its organisation, like `@acme/payments`"
        };
        self.error(place, format!("{} in {what} is no name on GitHub: {hint}", quote(written)));
        None
    }

    /// People and teams on GitHub.
    pub fn handles(&mut self, node: &Node, what: &str) -> Vec<(Handle, Place)> {
        let texts = self.texts(node, what, "[\"@maria\", acme/payments]");
        texts.into_iter().filter_map(|(text, place)| Some((self.handle(text, place, what)?, place))).collect()
    }

    /// Patterns over paths; `own` is the folder that `./` stands for.
    pub fn paths(&mut self, node: &Node, what: &str, own: Option<&str>) -> Option<PatternSet> {
        self.patterns(node, what, "[docs/, \"**/*.proto\"]", |patterns| PatternSet::paths(patterns, own))
    }

    /// Globs over names.
    pub fn names(&mut self, node: &Node, what: &str, example: &str) -> Option<PatternSet> {
        self.patterns(node, what, example, PatternSet::names)
    }

    fn patterns(
        &mut self,
        node: &Node,
        what: &str,
        example: &str,
        compile: impl Fn(&[String]) -> Result<PatternSet, PatternError>,
    ) -> Option<PatternSet> {
        let texts = self.texts(node, what, example);
        if texts.is_empty() {
            if matches!(&node.value, Value::List(items) if items.is_empty()) {
                self.error(
                    node.place,
                    format!("{what} is an empty list and matches nothing: add a pattern, or take the key away"),
                );
            }
            return None;
        }
        let mut patterns = Vec::with_capacity(texts.len());
        for (index, (text, place)) in texts.iter().enumerate() {
            if index == 0 && text.starts_with('!') {
                let message = format!(
                    "{} takes something out before anything was taken in, so it does nothing: begin with what is meant, as in [\"**\", {}]",
                    quote(text),
                    quote(text).replace('`', "\"")
                );
                self.warn(*place, message);
            }
            patterns.push((*text).to_owned());
        }
        self.patterns += patterns.iter().map(|pattern| if pattern.contains('{') { BRACES } else { 1 }).sum::<usize>();
        self.pattern_bytes += patterns.iter().map(String::len).sum::<usize>();
        if self.patterns > MAX_PATTERNS * self.files() || self.pattern_bytes > MAX_PATTERN_BYTES * self.files() {
            let message = format!(
                "the file has too many patterns up to here: at most {MAX_PATTERNS}, of {MAX_PATTERN_BYTES} bytes together; name folders instead of files"
            );
            self.error(node.place, message);
            return None;
        }
        match compile(&patterns) {
            Ok(set) => Some(set),
            Err(error) => {
                let mut found = false;
                for (pattern, (_, place)) in patterns.iter().zip(&texts) {
                    if let Err(error) = compile(std::slice::from_ref(pattern)) {
                        found = true;
                        self.error(*place, error.to_string());
                    }
                }
                if !found {
                    self.error(node.place, error.to_string());
                }
                None
            }
        }
    }

    /// A regular expression of bounded size.
    pub fn regex(&mut self, node: &Node, what: &str) -> Option<regex::Regex> {
        let written = self.text(node, what)?;
        self.regexes += 1;
        if self.regexes > MAX_REGEXES * self.files() {
            self.error(node.place, format!("the file has more than {MAX_REGEXES} regular expressions"));
            return None;
        }
        let built = if written.len() > MAX_REGEX {
            Err(format!("it has {} bytes and may have {MAX_REGEX}", written.len()))
        } else {
            regex::RegexBuilder::new(written)
                .size_limit(REGEX_SIZE)
                .dfa_size_limit(REGEX_SIZE)
                .nest_limit(50)
                .build()
                .map_err(|error| match error {
                    regex::Error::CompiledTooBig(_) => "it becomes too large: repeat less".to_owned(),
                    error => {
                        let error = error.to_string();
                        error.lines().last().unwrap_or("").trim_start_matches("error: ").to_owned()
                    }
                })
        };
        match built {
            Ok(regex) => Some(regex),
            Err(why) => {
                self.error(node.place, format!("{what} is no regular expression that can be used: {why}"));
                None
            }
        }
    }

    /// A date.
    pub fn date(&mut self, node: &Node, what: &str) -> Option<NaiveDate> {
        let written = self.text(node, what)?;
        let date = NaiveDate::parse_from_str(written, "%Y-%m-%d").ok().filter(|_| written.len() == 10);
        if date.is_none() {
            let message = format!("{what} is a date, year-month-day, like 2027-03-31; {} is none", quote(written));
            self.error(node.place, message);
        }
        date
    }

    /// A length of time, as written: `3 months`, `2 working days`.
    pub fn duration(&mut self, node: &Node, what: &str) -> Option<String> {
        let written = self.text(node, what)?;
        let (number, unit) = written.trim().split_once(' ').unwrap_or((written, ""));
        let unit = unit.trim();
        let known = ["hour", "day", "working day", "week", "month", "year"];
        let number_fits = number.parse::<u32>().is_ok_and(|number| (1..=10_000).contains(&number));
        if number_fits && known.contains(&unit.strip_suffix('s').unwrap_or(unit)) {
            return Some(format!("{number} {unit}"));
        }
        let message = format!(
            "{what} is a number and a unit, like `3 months` or `2 working days`; {} is not (units: hours, days, working days, weeks, months, years)",
            quote(written)
        );
        self.error(node.place, message);
        None
    }
}

/// Whether this is a login or a team on GitHub, with or without the `@`.
pub(super) fn is_handle(written: &str) -> bool {
    let written = written.strip_prefix('@').unwrap_or(written);
    let login = |name: &str| {
        let name = name.strip_suffix("[bot]").unwrap_or(name);
        (1..=MAX_NAME).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    let slug = |name: &str| {
        (1..=MAX_NAME).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    match written.split_once('/') {
        Some((org, team)) => login(org) && slug(team),
        None => login(written),
    }
}

/// A node in one canonical form: keys sorted, scalars as written.
pub(super) fn canonical(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Scalar(Scalar { kind: Kind::Bool(value), .. }) => Json::Bool(*value),
        Value::Scalar(Scalar { text, .. }) => Json::String(text.clone()),
        Value::List(items) => Json::Array(items.iter().map(canonical).collect()),
        Value::Map(pairs) => {
            let sorted: std::collections::BTreeMap<String, Json> =
                pairs.iter().map(|(key, value)| (key.text().unwrap_or("").to_owned(), canonical(value))).collect();
            Json::Object(sorted.into_iter().collect())
        }
    }
}

//! What cannot be read as YAML, said in the words of a rules file.
//!
//! The YAML reader stops at its first error and speaks of tokens. Most of these errors are one of a dozen traps that
//! everybody falls into once; each is named here with the way out.

use serde_saphyr::Error;

use super::node::place;
use super::words::quote;
use super::{Place, Problem, Severity};

const TOO_DEEP: &str = "lists and mappings are nested deeper here than any rules file needs";

/// The problem that an error of the YAML reader stands for.
pub(super) fn problem(error: &Error, text: &str) -> Problem {
    let error = error.without_snippet();
    let place = error.location().and_then(place);
    let said = without_place(&error.to_string());
    let (place, message) = match (error, place) {
        (Error::Budget { breach, .. }, place) => budget(breach, place, text),
        (_, Some(place)) => {
            let (place, message) = syntax(&said, &Spot::of(place, text), text);
            (Some(place), message)
        }
        (_, None) => (None, format!("not valid YAML: {said}")),
    };
    Problem { severity: Severity::Error, place, message }
}

/// The reader's words without the place that it appends.
fn without_place(said: &str) -> String {
    let cut = said.rfind(" at line ").unwrap_or(said.len());
    said[..cut].lines().next().unwrap_or("").chars().take(200).collect()
}

/// Where the reader stopped.
struct Spot<'a> {
    place: Place,
    /// The line.
    line: &'a str,
    /// The line before the spot.
    before: &'a str,
    /// The line from the spot on.
    after: &'a str,
}

impl<'a> Spot<'a> {
    fn of(place: Place, text: &'a str) -> Self {
        let line = text.split('\n').nth(place.line as usize - 1).unwrap_or("").trim_end_matches('\r');
        let at = line.char_indices().nth(place.column as usize - 1).map_or(line.len(), |(at, _)| at);
        let (before, after) = line.split_at(at);
        Self { place, line, before, after }
    }

    /// The place of a byte of `before`.
    fn at(&self, byte: usize) -> Place {
        let before = self.before.get(..byte).unwrap_or(self.before);
        Place::new(self.place.line, u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX))
    }

    /// Where the value begins that the spot is in or behind: after the last `: `, `- `, `[` or `,` that is not inside it.
    fn value(&self) -> usize {
        let begin = self.before.len() - self.before.trim_start().len();
        let after_dash = self.before[begin..].strip_prefix("- ").map_or(begin, |rest| self.before.len() - rest.len());
        let value = self.before[after_dash..].find(": ").map_or(after_dash, |at| after_dash + at + 2);
        value + (self.before[value..].len() - self.before[value..].trim_start().len())
    }
}

/// The value that begins a text: between brackets up to the next comma or closing bracket, else up to the end of the line.
fn value<'a>(before: &str, text: &'a str) -> &'a str {
    let depth: i32 =
        before.chars().map(|c| i32::from(matches!(c, '[' | '{')) - i32::from(matches!(c, ']' | '}'))).sum();
    let end = if depth > 0 { text.find([',', ']', '}']) } else { text.find(" #") };
    text[..end.unwrap_or(text.len())].trim_end()
}

fn needs_quotes(value: &str) -> String {
    let first = match value.chars().next() {
        Some('`') => "a backtick".to_owned(),
        first => format!("`{}`", first.map(String::from).unwrap_or_default()),
    };
    let hint = if first == "`@`" { ", or leave the `@` out" } else { "" };
    let mark = if value.contains(['"', '\\']) { '\'' } else { '"' };
    format!("a value that begins with {first} needs quotes: {mark}{}{mark}{hint}", cut(value))
}

/// What somebody wrote, cut to a readable length, with invisible characters as escapes.
fn cut(written: &str) -> String {
    let quoted = quote(written);
    quoted[1..quoted.len() - 1].to_owned()
}

fn budget(breach: &serde_saphyr::budget::BudgetBreach, place: Option<Place>, text: &str) -> (Option<Place>, String) {
    use serde_saphyr::budget::BudgetBreach;
    let message = match breach {
        BudgetBreach::Anchors { .. } => {
            // The reader names the place of what the anchor stands before.
            if let Some((at, spot)) = place.and_then(|place| anchor(place, text)) {
                let written = needs_quotes(value(&spot.before[..at], &spot.line[at..]));
                return (
                    Some(spot.at(at)),
                    format!("anchors are not used in rules files: write the value out ({written})"),
                );
            }
            "anchors (`&name`) are not used in rules files: write the value out, or put it in quotes".to_owned()
        }
        BudgetBreach::Aliases { .. } => {
            "aliases (`*name`) are not used in rules files: write the value out, or put it in quotes".to_owned()
        }
        BudgetBreach::Documents { .. } => {
            "a rules file is one document: take this `---` out, and what belongs to another file with it".to_owned()
        }
        BudgetBreach::Depth { .. } => TOO_DEEP.to_owned(),
        BudgetBreach::Nodes { .. } | BudgetBreach::Events { .. } | BudgetBreach::ScalarBytes { .. } => {
            "the file holds more keys and values than a rules file may: name folders instead of files".to_owned()
        }
        _ => "the file is too large to be read".to_owned(),
    };
    (place, message)
}

/// The last `&` before a place, on its line or one of the few above.
fn anchor(place: Place, text: &str) -> Option<(usize, Spot<'_>)> {
    let own = Spot::of(place, text);
    if let Some(at) = own.before.rfind('&') {
        return Some((at, own));
    }
    (place.line.saturating_sub(5)..place.line).rev().filter(|line| *line > 0).find_map(|line| {
        let spot = Spot::of(Place::new(line, u32::MAX), text);
        Some((spot.before.rfind('&')?, spot))
    })
}

/// Place and message of a syntax error.
fn syntax(said: &str, spot: &Spot<'_>, text: &str) -> (Place, String) {
    let here = spot.place;
    if said.contains("recursion limit") {
        return (here, TOO_DEEP.to_owned());
    }
    let next = spot.after.chars().next();
    if said.starts_with("unexpected character") {
        return match next {
            Some('@' | '`' | '%') => (here, needs_quotes(value(spot.before, spot.after))),
            Some(character) => (here, format!("the character {} cannot stand here", quote(&character.to_string()))),
            None => (here, format!("not valid YAML: {said}")),
        };
    }
    if said.contains("unknown anchor") && next == Some('*') {
        return (here, needs_quotes(value(spot.before, spot.after)));
    }
    if said.starts_with("unsupported tag") {
        if let Some(at) = spot.before.rfind('!') {
            return (spot.at(at), needs_quotes(value(&spot.before[..at], &spot.line[at..])));
        }
        return (here, "tags (`!name`) are not used in rules files: put the value in quotes".to_owned());
    }
    if spot.after.starts_with("!\"") || spot.after.starts_with("!'") {
        return (here, "a `!` belongs inside the quotes: \"!docs/\"".to_owned());
    }
    if said.contains("tabs disallowed") || (spot.before.contains('\t') && spot.before.trim().is_empty()) {
        return (here, "a tab cannot indent YAML: use spaces".to_owned());
    }
    if let Some(begin) = broken_collection(spot) {
        let written = value(&spot.before[..begin], spot.after);
        let written = &spot.line[begin..spot.before.len() + written.len()];
        return (spot.at(begin), needs_quotes(written));
    }
    if let Some((place, bracket)) = open_bracket(text, here.line) {
        return (
            place,
            format!("this `{bracket}` is still open where line {} begins something else: close it", here.line),
        );
    }
    if said.contains("unclosed quote") {
        return (here, "this quote is never closed".to_owned());
    }
    if said.contains("unclosed bracket") {
        let bracket = quote(&spot.after.chars().take(1).collect::<String>());
        return (here, format!("this {bracket} is never closed (a text with ` #` in it needs quotes too)"));
    }
    if said.contains("misplaced bracket") {
        let bracket = quote(&spot.after.chars().take(1).collect::<String>());
        return (here, format!("this {bracket} closes nothing: its opening bracket is missing"));
    }
    if said.contains("mapping values are not allowed") {
        let value = spot.value();
        return if spot.before[..value].contains(": ") && value < spot.before.len() {
            let text = "a text that holds `: ` needs quotes, or YAML takes it for another key".to_owned();
            (spot.at(value), text)
        } else {
            let key = spot.before.len() - spot.before.trim_start().len();
            let text = "this key does not stand under the one above it: align it with its neighbours, and see that the line above ends its key with `:`";
            (spot.at(key), text.to_owned())
        };
    }
    if said.contains("did not find expected '-'") || said.contains("did not find expected key") {
        return (
            here,
            "this line is not indented like its neighbours: align it with the entries it belongs to".to_owned(),
        );
    }
    if said.contains("block sequence entries are not allowed") {
        return (
            here,
            "a list begins on the line after its key, or is written [a, b]; a text that begins with `- ` needs quotes"
                .to_owned(),
        );
    }
    if said.contains("unknown escape") {
        return (
            here,
            "in double quotes a `\\` begins an escape: use single quotes, '…', which leave it alone".to_owned(),
        );
    }
    if said.contains("trailing content") {
        let text = "the quote ends here and the text goes on: write '' for a ' between single quotes, \\\" for a \" between double ones";
        return (here, text.to_owned());
    }
    if said.contains("block scalar") || matches!(next, Some('|' | '>' | '?' | ',')) {
        return (here, needs_quotes(value(spot.before, spot.after)));
    }
    if said.contains("expected ',' or") {
        return (here, "a `,` or the closing bracket is missing before this".to_owned());
    }
    (here, format!("not valid YAML: {said}"))
}

/// The innermost bracket that is still open where `line` begins.
///
/// Looks at quotes and comments only as far as a hint needs it.
fn open_bracket(text: &str, line: u32) -> Option<(Place, char)> {
    let mut open: Vec<(Place, char)> = Vec::new();
    let mut quoted: Option<char> = None;
    for (index, written) in text.split('\n').take(line as usize - 1).enumerate() {
        let (mut before, mut last) = ('-', ' ');
        for (at, character) in written.chars().enumerate() {
            // At the beginning of a value; elsewhere quotes and brackets are text.
            let begins = matches!(before, '-' | ':' | ',' | '[' | '{');
            match (quoted, character) {
                (Some(mark), _) => quoted = (character != mark).then_some(mark),
                (None, '#') if last.is_whitespace() => break,
                (None, '"' | '\'') if begins => quoted = Some(character),
                (None, '[' | '{') if begins || !open.is_empty() => {
                    let column = u32::try_from(at + 1).unwrap_or(u32::MAX);
                    open.push((Place::new(u32::try_from(index + 1).unwrap_or(u32::MAX), column), character));
                }
                (None, ']' | '}') => {
                    open.pop();
                }
                _ => {}
            }
            if !character.is_whitespace() {
                before = character;
            }
            last = character;
        }
    }
    open.pop()
}

/// Where a value begins that starts as `{…}` or `[…]` and goes on after it, as `{a,b}/x` does.
fn broken_collection(spot: &Spot<'_>) -> Option<usize> {
    let before = spot.before.trim_end();
    let open = match before.chars().next_back()? {
        '}' => '{',
        ']' => '[',
        _ => return None,
    };
    let goes_on =
        spot.after.chars().next().is_some_and(|c| !c.is_whitespace() && !matches!(c, ',' | ']' | '}' | '#' | ':'));
    let at = before.rfind(open)?;
    goes_on.then_some(at)
}

//! What cannot be read as YAML, said in the words of a rules file.
//!
//! The YAML reader stops at its first error and speaks of tokens. Most of these errors are one of a dozen traps that
//! everybody falls into once; each is named here with the way out.

use serde_saphyr::Error;

use super::node::place;
use super::words::quote;
use super::{Place, Problem, Severity};

/// The problem that an error of the YAML reader stands for.
pub(super) fn problem(error: &Error, text: &str) -> Problem {
    let error = error.without_snippet();
    let place = error.location().and_then(place);
    let said = without_place(&error.to_string());
    let spot = place.map(|place| Spot::of(place, text));
    let (place, message) = match error {
        Error::Budget { breach, .. } => (place, budget(breach, spot.as_ref())),
        _ => match spot {
            Some(spot) => {
                let (at, message) = syntax(&said, &spot);
                (Some(Place { column: at, ..spot.place }), message)
            }
            None => (None, format!("not valid YAML: {said}")),
        },
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
        Self { place, before, after }
    }

    /// The column of a byte of `before`.
    fn column(&self, byte: usize) -> u32 {
        u32::try_from(self.before.get(..byte).map_or(0, |text| text.chars().count()) + 1).unwrap_or(u32::MAX)
    }

    /// Where the value begins that the spot is in or behind: after the last `: `, `- `, `[` or `,` that is not inside it.
    fn value(&self) -> usize {
        let begin = self.before.len() - self.before.trim_start().len();
        let after_dash = self.before[begin..].strip_prefix("- ").map_or(begin, |rest| self.before.len() - rest.len());
        let value = self.before[after_dash..].find(": ").map_or(after_dash, |at| after_dash + at + 2);
        value + (self.before[value..].len() - self.before[value..].trim_start().len())
    }
}

/// The word that begins a text: up to white space, a comma or a closing bracket.
fn word(text: &str) -> &str {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}')).next().unwrap_or("")
}

fn needs_quotes(word: &str) -> String {
    let first: String = word.chars().take(1).collect();
    let hint = if first == "@" { ", or leave the `@` out" } else { "" };
    let shown = quote(word);
    let shown = shown.trim_matches('`');
    format!("a value that begins with `{first}` needs quotes: \"{shown}\"{hint}")
}

fn budget(breach: &serde_saphyr::budget::BudgetBreach, spot: Option<&Spot<'_>>) -> String {
    use serde_saphyr::budget::BudgetBreach;
    match breach {
        BudgetBreach::Anchors { .. } => match spot.and_then(|spot| spot.before.rfind('&').map(|at| &spot.before[at..]))
        {
            Some(written) => format!("{} (anchors are not used in rules files)", needs_quotes(word(written))),
            None => {
                "anchors (`&name`) are not used in rules files: write the value out, or put it in quotes".to_owned()
            }
        },
        BudgetBreach::Aliases { .. } => {
            "aliases (`*name`) are not used in rules files: write the value out, or put it in quotes".to_owned()
        }
        BudgetBreach::Documents { .. } => {
            "a rules file is one document: take this `---` out, and what belongs to another file with it".to_owned()
        }
        BudgetBreach::Depth { .. } => "lists and mappings are nested deeper here than any rules file needs".to_owned(),
        BudgetBreach::Nodes { .. } | BudgetBreach::Events { .. } | BudgetBreach::ScalarBytes { .. } => {
            "the file holds more keys and values than a rules file may: name folders instead of files".to_owned()
        }
        _ => "the file is too large to be read".to_owned(),
    }
}

/// Column and message of a syntax error.
fn syntax(said: &str, spot: &Spot<'_>) -> (u32, String) {
    let here = spot.place.column;
    let next = spot.after.chars().next();
    if said.starts_with("unexpected character") {
        return match next {
            Some('@' | '`' | '%') => (here, needs_quotes(word(spot.after))),
            Some(character) => (here, format!("the character {} cannot stand here", quote(&character.to_string()))),
            None => (here, format!("not valid YAML: {said}")),
        };
    }
    if said.contains("unknown anchor") && next == Some('*') {
        return (here, needs_quotes(word(spot.after)));
    }
    if said.starts_with("unsupported tag") {
        if let Some(at) = spot.before.rfind('!') {
            return (spot.column(at), needs_quotes(word(&spot.before[at..])));
        }
        return (here, "tags (`!name`) are not used in rules files: put the value in quotes".to_owned());
    }
    if said.contains("tabs disallowed") || (spot.before.contains('\t') && spot.before.trim().is_empty()) {
        return (here, "a tab cannot indent YAML: use spaces".to_owned());
    }
    if let Some(begin) = broken_collection(spot) {
        let written = spot.before[begin..].to_owned() + word(spot.after);
        return (spot.column(begin), needs_quotes(&written));
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
            (spot.column(value), text)
        } else {
            let key = spot.before.len() - spot.before.trim_start().len();
            let text = "this key does not stand under the one above it: align it with its neighbours, and see that the line above ends its key with `:`";
            (spot.column(key), text.to_owned())
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
        return (here, needs_quotes(word(spot.after)));
    }
    if said.contains("expected ',' or") {
        return (here, "a `,` or the closing bracket is missing before this".to_owned());
    }
    (here, format!("not valid YAML: {said}"))
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

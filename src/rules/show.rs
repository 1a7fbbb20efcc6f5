//! Problems as text for people: the place, the message, the line, and a caret under the column.

use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::node::without_mark;
use super::words::push_visible;
use super::{Problem, Severity};

/// How many characters of a long line are shown on each side of the column.
const AROUND: usize = 60;

/// Problems of the file at `path` with the content `text`, each with the line that it is about, ready to be printed.
///
/// Plain text without colours; one blank line between two problems. Control and bidirectional characters of the file are
/// shown as escapes, so that what is printed cannot deceive a terminal.
pub fn show(path: &str, text: impl AsRef<[u8]>, problems: &[Problem]) -> String {
    let text = String::from_utf8_lossy(text.as_ref());
    let lines: Vec<&str> = without_mark(&text).split('\n').collect();
    let mut shown = String::new();
    for problem in problems {
        if !shown.is_empty() {
            shown.push('\n');
        }
        path.chars().for_each(|character| push_visible(&mut shown, character));
        if let Some(place) = problem.place {
            let _ = write!(shown, ":{}:{}", place.line, place.column);
        }
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let _ = write!(shown, ": {severity}: ");
        problem.message.chars().for_each(|character| push_visible(&mut shown, character));
        shown.push('\n');
        if let Some(place) = problem.place {
            let line = (place.line as usize).checked_sub(1).and_then(|index| lines.get(index)).copied().unwrap_or("");
            excerpt(&mut shown, place.line, (place.column as usize).saturating_sub(1), line.trim_end_matches('\r'));
        }
    }
    shown
}

/// The line with its number, and a caret under the character at `column`, counted from 0.
fn excerpt(shown: &mut String, number: u32, column: usize, line: &str) {
    let length = line.chars().count();
    let column = column.min(length);
    // The window keeps its width at both ends of the line.
    let from = column.saturating_sub(AROUND).min(length.saturating_sub(2 * AROUND));
    let mut excerpt = String::new();
    let mut indent = 0;
    if from > 0 {
        excerpt.push('…');
        indent += 1;
    }
    for (index, character) in line.chars().enumerate().skip(from).take(2 * AROUND) {
        let before = excerpt.len();
        match character {
            '\t' => excerpt.push_str("    "),
            _ => push_visible(&mut excerpt, character),
        }
        if index < column {
            let added = &excerpt[before..];
            indent += if added.chars().count() == 1 { character.width().unwrap_or(0) } else { added.width() };
        }
    }
    if from + 2 * AROUND < length {
        excerpt.push('…');
    }
    let number = number.to_string();
    let margin = " ".repeat(number.len());
    let _ = writeln!(shown, "{margin} |");
    let _ = writeln!(shown, "{number} | {}", excerpt.trim_end());
    let _ = writeln!(shown, "{margin} | {}^", " ".repeat(indent));
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::*;

    fn at(line: u32, column: u32, message: &str) -> Problem {
        Problem { severity: Severity::Error, place: Some(Place::new(line, column)), message: message.to_owned() }
    }

    #[test]
    fn points_at_the_column() {
        let text = "\u{feff}version: 1\r\nservices:\r\n  checkout: { team: paymnets }\r\n";
        let problems = [at(3, 21, "unknown team `paymnets`; did you mean `payments`?")];
        insta::assert_snapshot!(show(".github/merestone.yml", text, &problems), @r"
        .github/merestone.yml:3:21: error: unknown team `paymnets`; did you mean `payments`?
          |
        3 |   checkout: { team: paymnets }
          |                     ^
        ");
    }

    #[test]
    fn wide_and_invisible_characters_keep_the_caret_in_place() {
        let problems = [at(1, 8, "here"), at(2, 3, "there")];
        insta::assert_snapshot!(show("a\u{202e}b.yml", "日本: \u{202e}x y\n\ta: 1", &problems), @r"
        a\u{202e}b.yml:1:8: error: here
          |
        1 | 日本: \u{202e}x y
          |                 ^

        a\u{202e}b.yml:2:3: error: there
          |
        2 |     a: 1
          |      ^
        ");
    }

    #[test]
    fn long_lines_are_cut_around_the_column() {
        let text = format!("{}X{}", "a".repeat(500), "b".repeat(500));
        insta::assert_snapshot!(show("f", &text, &[at(1, 501, "here")]), @"
        f:1:501: error: here
          |
        1 | …aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaXbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
          |                                                              ^
        ");
    }

    #[test]
    fn places_outside_the_file_are_shown_without_a_line() {
        let problem = Problem { severity: Severity::Warning, place: None, message: "the file is large".to_owned() };
        insta::assert_snapshot!(show("f", "", &[problem, at(9, 9, "here")]), @"
        f: warning: the file is large

        f:9:9: error: here
          |
        9 | 
          | ^
        ");
        assert!(show("f", b"\xff\xfe", &[at(1, 1, "here")]).contains("1 | "));
        assert!(show("f", "a", &[at(0, 0, "here")]).starts_with("f:0:0: error: here\n"));
    }
}

//! What lint found, as text for people, as lines of JSON, and as SARIF.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::lint::{Code, Problem};
use crate::rules::{self, Severity};

/// Of one kind so many are written out in one file; the others are counted.
const OF_ONE_KIND: usize = 10;

/// As text: each problem with the line that it is about, and the sum. `files`: the files that were looked at, with their text.
///
/// Invisible and bidirectional characters are shown as escapes, so that what is printed cannot deceive a terminal.
pub fn lint_text(files: &[(String, Vec<u8>)], problems: &[Problem]) -> String {
    let mut shown = String::new();
    let mut paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    for problem in problems.iter().filter(|problem| !paths.contains(&problem.file.as_str())).collect::<Vec<_>>() {
        if !paths.contains(&problem.file.as_str()) {
            paths.push(&problem.file);
        }
    }
    for path in paths {
        let text = files.iter().find(|(file, _)| file == path).map_or(&[][..], |(_, text)| text);
        let mut of_kind: BTreeMap<Code, usize> = BTreeMap::new();
        let mut listed = Vec::new();
        for problem in problems.iter().filter(|problem| problem.file == path) {
            let known = of_kind.entry(problem.code).or_default();
            *known += 1;
            let folds = !matches!(problem.code, Code::RulesFile | Code::CodeownersLine);
            if *known <= OF_ONE_KIND || !folds {
                let Problem { severity, place, message, .. } = problem.clone();
                listed.push(rules::Problem { severity, place, message });
            } else if let Some(last) =
                listed.iter_mut().rev().find(|one| one.message.ends_with(&more(problem.code, *known - 1)))
            {
                let cut = last.message.len() - more(problem.code, *known - 1).len();
                last.message.truncate(cut);
                last.message.push_str(&more(problem.code, *known));
            } else {
                let message = more(problem.code, *known);
                listed.push(rules::Problem { severity: Severity::Note, place: None, message });
            }
        }
        if !listed.is_empty() {
            shown.push_str(&rules::show(path, text, &listed));
            shown.push('\n');
        }
    }
    let names: Vec<String> = files.iter().map(|(path, _)| rules::visible(path)).collect();
    let count = |severity: Severity, of: &str| {
        let count = problems.iter().filter(|problem| problem.severity == severity).count();
        format!("{count} {of}{}", if count == 1 { "" } else { "s" })
    };
    let _ = writeln!(
        shown,
        "{}: {}, {}",
        names.join(", "),
        count(Severity::Error, "error"),
        count(Severity::Warning, "warning")
    );
    shown
}

/// What stands for the problems of a kind that are not written out.
fn more(code: Code, found: usize) -> String {
    format!("{} more of this kind ({}); `--format json` lists all", found - OF_ONE_KIND, code.as_str())
}

/// As JSON, one object a line.
pub fn lint_json(problems: &[Problem]) -> String {
    let mut lines = String::new();
    for problem in problems {
        let line = json!({
            "code": problem.code.as_str(),
            "severity": problem.severity,
            "file": problem.file,
            "line": problem.place.map(|place| place.line),
            "column": problem.place.map(|place| place.column),
            "message": problem.message,
        });
        let _ = writeln!(lines, "{line}");
    }
    lines
}

/// As SARIF 2.1.0, for code scanning and editors.
pub fn lint_sarif(problems: &[Problem]) -> String {
    let rules: Vec<Value> = Code::ALL
        .into_iter()
        .map(|code| json!({ "id": code.as_str(), "shortDescription": { "text": code.description() } }))
        .collect();
    let results: Vec<Value> = problems
        .iter()
        .map(|problem| {
            // A problem of the whole file is shown at its beginning.
            let place = problem.place.unwrap_or(rules::Place::new(1, 1));
            json!({
                "ruleId": problem.code.as_str(),
                "ruleIndex": Code::ALL.iter().position(|code| *code == problem.code),
                "level": match problem.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                    Severity::Note => "note",
                },
                "message": { "text": sarif_text(&problem.message) },
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": { "uri": uri(&problem.file), "uriBaseId": "%SRCROOT%" },
                        "region": { "startLine": place.line.max(1), "startColumn": place.column.max(1) },
                    },
                }],
            })
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": { "name": "merestone", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules },
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

/// A message as SARIF has it: braces and brackets would be placeholders and links (3.11.5, 3.11.6).
fn sarif_text(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    for character in rules::visible(message).chars() {
        match character {
            '{' => text.push_str("{{"),
            '}' => text.push_str("}}"),
            '[' | ']' | '\\' => text.extend(['\\', character]),
            _ => text.push(character),
        }
    }
    text
}

/// A path as a relative reference.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(byte)),
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Place;

    fn problem(code: Code, severity: Severity, line: Option<u32>, message: &str) -> Problem {
        let place = line.map(|line| Place::new(line, 3));
        Problem { code, severity, file: ".github/merestone.yml".to_owned(), place, message: message.to_owned() }
    }

    #[test]
    fn text_counts_what_is_many() {
        let files = [(".github/merestone.yml".to_owned(), b"version: 1\nx\ny\n".to_vec())];
        let mut problems: Vec<Problem> = (0..13)
            .map(|number| problem(Code::PatternMatchesNothing, Severity::Warning, Some(2), &format!("number {number}")))
            .collect();
        problems.push(problem(Code::RulesFile, Severity::Error, Some(3), "wrong \u{202e}"));
        problems.push(problem(Code::FileWithoutOwner, Severity::Note, None, "3 files"));
        let text = lint_text(&files, &problems);
        assert!(text.contains("number 9\n") && !text.contains("number 10"), "{text}");
        insta::assert_snapshot!(text.split_once("number 9").unwrap().1, @r#"
          |
        2 | x
          |  ^

        .github/merestone.yml: note: 3 more of this kind (pattern-matches-nothing); `--format json` lists all

        .github/merestone.yml:3:3: error: wrong \u{202e}
          |
        3 | y
          |  ^

        .github/merestone.yml: note: 3 files

        .github/merestone.yml: 1 error, 13 warnings
        "#);
    }

    #[test]
    fn json_is_one_object_a_line() {
        let problems = [
            problem(Code::NeverWins, Severity::Warning, Some(4), "a\nb"),
            problem(Code::TooMuch, Severity::Note, None, "c"),
        ];
        insta::assert_snapshot!(lint_json(&problems), @r#"
        {"code":"never-wins","column":3,"file":".github/merestone.yml","line":4,"message":"a\nb","severity":"warning"}
        {"code":"too-much","column":null,"file":".github/merestone.yml","line":null,"message":"c","severity":"note"}
        "#);
    }

    #[test]
    fn sarif_takes_what_is_written_as_text() {
        let mut one = problem(Code::NeverWins, Severity::Warning, Some(4), "[x](y) {0} \u{202e}");
        one.file = "a b/ü.yml".to_owned();
        let log: Value = serde_json::from_str(&lint_sarif(&[one])).unwrap();
        let result = &log["runs"][0]["results"][0];
        assert_eq!(result["message"]["text"], r"\[x\](y) {{0}} \\u{{202e}}");
        assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a%20b/%C3%BC.yml");
        assert_eq!(
            log["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize]["id"],
            "never-wins"
        );
    }
}

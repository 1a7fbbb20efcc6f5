//! Front matter: the YAML before a Markdown document, and `kep.yaml` beside one.

use serde_json::Value;

use super::document::{Front, normal_key};

/// Front matter longer than this many lines is none.
const MAX_LINES: usize = 400;

/// Splits a document (line endings normalised, no byte-order mark) into its front matter and the rest.
///
/// Comments and blank lines may stand before the opening `---`; the opening line may be missing when the document begins
/// with `key: value` lines that end in `---`.
pub(super) fn split(text: &str) -> (Front, &str) {
    let start = skip_comments(text);
    let body = &text[start..];
    let (yaml_start, opened) = match body.strip_prefix("---") {
        Some(after) => match after.find('\n') {
            Some(end) if after[..end].trim().is_empty() => (3 + end + 1, true),
            _ => return (Front::default(), text),
        },
        None => (0, false),
    };
    let yaml = &body[yaml_start..];
    let mut at = 0;
    for (index, line) in yaml.split_inclusive('\n').enumerate() {
        if index > MAX_LINES {
            break;
        }
        let trimmed = line.trim_end();
        if index > 0 && (trimmed == "---" || (opened && trimmed == "...")) {
            let front = parse(&yaml[..at]);
            return (front, &yaml[at + line.len()..]);
        }
        if index == 0 && opened && trimmed == "---" {
            return (Front::default(), &yaml[line.len()..]);
        }
        if !like_yaml(trimmed, opened, index) {
            break;
        }
        at += line.len();
    }
    (Front::default(), text)
}

/// Where the first line stands that is neither blank nor an HTML comment.
fn skip_comments(text: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start_matches([' ', '\n', '\t']);
        at += rest.len() - trimmed.len();
        let Some(end) = trimmed.strip_prefix("<!--").and_then(|inner| inner.find("-->")) else { return at };
        at += "<!--".len() + end + "-->".len();
    }
}

/// Whether a line can belong to front matter. Without an opening `---` only plain `key: value` lines, lists and comments can.
fn like_yaml(line: &str, opened: bool, index: usize) -> bool {
    let key = line.split_once(':').is_some_and(|(key, value)| {
        !key.is_empty()
            && key.len() <= 40
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' ' | b'.' | b'/'))
            && key.as_bytes()[0].is_ascii_alphabetic()
            && (value.is_empty() || value.starts_with(' '))
    });
    if opened {
        // The first line decides whether this is front matter or a rule across the page.
        return index > 0 || key || line.is_empty() || line.starts_with('#') || line.starts_with('"');
    }
    if index == 0 { key } else { key || line.trim_start().starts_with("- ") || line.starts_with("# ") }
}

/// Reads YAML; where it is none (`title: a: b`, `status: {a | b}`), line by line.
pub(super) fn parse(yaml: &str) -> Front {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_aliases: 0,
            max_anchors: 0,
            max_documents: 1,
            max_depth: 16,
            max_nodes: 5_000,
        },
    };
    let parsed: Option<Value> = serde_saphyr::from_str_with_options(yaml, options).ok();
    let lines = by_line(yaml);
    let mut front = Front::default();
    match parsed {
        Some(Value::Object(map)) => {
            for (key, value) in &map {
                // YAML reads `id: 0007` as a number; as written it is what people call the record.
                let written = value.is_number().then(|| lines.one(&[normal_key(key).as_str()])).flatten();
                match written {
                    Some(written) => front.push(key, vec![written.to_owned()]),
                    None => front.push(key, texts(value)),
                }
            }
            front
        }
        _ => lines,
    }
}

/// The texts in a value: of a scalar itself, of a list its entries, of a map its keys (`{proposed}` is a map to YAML).
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => {
            Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned).into_iter().collect()
        }
        Value::Bool(_) | Value::Number(_) => vec![value.to_string()],
        Value::Array(list) => list.iter().take(1_000).flat_map(scalar).collect(),
        Value::Object(map) => {
            map.iter().filter(|(_, value)| value.is_null()).map(|(key, _)| key.trim().to_owned()).collect()
        }
    }
}

/// The text of a list's entry; of a map (`- name: x`) its first scalar.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Object(map) => map.values().find_map(|inner| inner.as_str().map(str::to_owned)),
        Value::Null | Value::Array(_) => None,
    }
}

/// `key: value` lines and the `- entry` lines after them, without YAML's rules.
fn by_line(yaml: &str) -> Front {
    let mut entries: Vec<(String, Vec<String>)> = Vec::new();
    for line in yaml.lines().take(MAX_LINES) {
        if line.trim_start().starts_with('#') {
            continue;
        }
        if let Some(entry) = line.trim_start().strip_prefix("- ") {
            if let Some((_, values)) = entries.last_mut() {
                values.extend(unquoted(entry));
            }
            continue;
        }
        if line.starts_with([' ', '\t']) {
            continue;
        }
        if let Some((key, value)) = line.split_once(':') {
            entries.push((key.to_owned(), unquoted(value).into_iter().collect()));
        }
    }
    let mut front = Front::default();
    for (key, values) in entries {
        front.push(&key, values);
    }
    front
}

/// A value without quotes and trailing comment.
pub(super) fn unquoted(value: &str) -> Option<String> {
    let value = value.trim();
    let inner = ['"', '\''].iter().find_map(|quote| {
        let rest = value.strip_prefix(*quote)?;
        rest.split_once(*quote).map(|(inner, _)| inner)
    });
    let text = inner
        .unwrap_or_else(|| value.split_once(" #").map_or(value, |(before, _)| before).trim_start_matches(['"', '\'']));
    let text = text.trim();
    (!text.is_empty() && !matches!(text, "~" | "null" | "[]" | "{}" | "|" | ">")).then(|| text.to_owned())
}

//! Reads AsciiDoc into blocks, line by line.

use std::sync::LazyLock;

use regex::Regex;

use super::document::{Block, Document, Syntax, pattern};
use super::markdown;

static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^:([A-Za-z][\w-]{0,60}):(?:\s+(.*))?$"));
static ITEM: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*(?:\*{1,5}|-|\.{1,5}|\d{1,5}\.)\s+(.*)$"));
static TERM: LazyLock<Regex> = LazyLock::new(|| pattern(r"^([A-Za-z][\w -]{0,40}):{2,4}(?:\s+(.*))?$"));
static REVISION: LazyLock<Regex> = LazyLock::new(|| pattern(r"^v?\d[\w.]*,\s*([^:]+)"));
static ANCHOR: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\[(?:\[|#)([\w.-]+)(?:,[^\]]*)?\]\]?$"));

/// Reads an AsciiDoc document (line endings normalised, no byte-order mark).
pub(super) fn read(text: &str) -> Document {
    let (front, body) = super::front_matter::split(text);
    let mut document = Document::new(Syntax::AsciiDoc);
    document.front = front;
    let mut reader = Reader { document, paragraph: Vec::new(), item: None, header: Header::Before };
    let mut delimiter: Option<&str> = None;
    for line in body.split('\n').map(str::trim_end) {
        if let Some(open) = delimiter {
            if line == open {
                delimiter = None;
            }
            continue;
        }
        if is_delimiter(line) {
            reader.flush();
            delimiter = Some(line);
            continue;
        }
        reader.line(line);
    }
    reader.flush();
    reader.document
}

/// Whether a line opens a block that is not text: listing, literal, pass-through, comment, Markdown's fence.
fn is_delimiter(line: &str) -> bool {
    let long = line.len() >= 4 && line.as_bytes().first().is_some_and(|b| b"-.+/".contains(b));
    (long && line.bytes().all(|b| b == line.as_bytes()[0])) || line == "```"
}

#[derive(PartialEq)]
enum Header {
    /// Nothing but comments and attributes so far.
    Before,
    /// After the title, where author, revision and attributes stand.
    Within,
    Over,
}

struct Reader {
    document: Document,
    paragraph: Vec<String>,
    item: Option<(String, bool)>,
    header: Header,
}

impl Reader {
    fn flush(&mut self) {
        if let Some((text, task)) = self.item.take() {
            let text = self.substituted(&text);
            self.document.blocks.push(Block::Item { text, task });
        }
        if !self.paragraph.is_empty() {
            let text = std::mem::take(&mut self.paragraph).join("\n");
            let text = self.substituted(&text);
            self.document.blocks.push(Block::Paragraph(text));
        }
    }

    /// The text with `{status}` and its like filled in where they are a whole value.
    fn substituted(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once('{') else { return text.to_owned() };
        let Some((name, after)) = rest.split_once('}') else { return text.to_owned() };
        match self.document.front.one(&[name.to_lowercase().as_str()]) {
            Some(value) => format!("{before}{value}{after}"),
            None => text.to_owned(),
        }
    }

    fn line(&mut self, line: &str) {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            self.flush();
            if self.header == Header::Within {
                self.header = Header::Over;
            }
            return;
        }
        if trimmed.starts_with("//") || trimmed.starts_with("include::") || trimmed.starts_with("ifdef::") {
            return;
        }
        if let Some(found) = ATTRIBUTE.captures(line) {
            self.flush();
            let value = found.get(2).map(|value| value.as_str().trim().to_owned()).filter(|value| !value.is_empty());
            self.document.front.push(&found[1], value.into_iter().collect());
            return;
        }
        if let Some((level, text)) = heading(line) {
            self.flush();
            self.header = if self.header == Header::Before && level == 1 { Header::Within } else { Header::Over };
            self.document.blocks.push(Block::Heading { level, text: text.to_owned() });
            return;
        }
        if self.header == Header::Within {
            // The author's line says nothing here; of the revision's line the date counts.
            if let Some(found) = REVISION.captures(trimmed) {
                self.document.front.push("revdate", vec![found[1].trim().to_owned()]);
                return;
            }
            if trimmed.contains('@') || trimmed.split_whitespace().count() <= 3 && !trimmed.contains(':') {
                return;
            }
        }
        self.header = Header::Over;
        if let Some(found) = ANCHOR.captures(trimmed) {
            self.flush();
            self.document.labels.push(found[1].to_owned());
            return;
        }
        if trimmed.starts_with('[') && trimmed.ends_with(']') && self.paragraph.is_empty() && !trimmed.contains("](") {
            return;
        }
        if trimmed == "|===" || trimmed == "====" || trimmed == "****" || trimmed == "____" || trimmed == "+" {
            self.flush();
            return;
        }
        if let Some(found) = ITEM.captures(line) {
            self.flush();
            let text = &found[1];
            let (text, task) = match text.get(..4).map(str::to_ascii_lowercase).as_deref() {
                Some("[ ] " | "[x] " | "[*] ") => (&text[4..], true),
                _ => (text, false),
            };
            self.item = Some((text.trim().to_owned(), task));
            return;
        }
        if trimmed.starts_with('|') {
            self.flush();
            let cells = markdown::cells(trimmed).unwrap_or_default();
            self.document.blocks.push(Block::Row(cells));
            return;
        }
        if let Some(found) = TERM.captures(trimmed) {
            self.flush();
            let value = found.get(2).map_or("", |value| value.as_str());
            self.item = Some((format!("{}: {value}", &found[1]), false));
            return;
        }
        match &mut self.item {
            Some((text, _)) => {
                text.push('\n');
                text.push_str(trimmed);
            }
            None => self.paragraph.push(trimmed.to_owned()),
        }
    }
}

/// Level and text of a heading, in AsciiDoc's own form or in Markdown's.
fn heading(line: &str) -> Option<(u8, &str)> {
    let level = line.bytes().take_while(|b| *b == b'=').count();
    if (1..=6).contains(&level) && line[level..].starts_with(' ') && !line[level..].trim().is_empty() {
        return Some((u8::try_from(level).unwrap_or(6), line[level..].trim()));
    }
    markdown::atx(line).filter(|_| line.starts_with("# ") || line.starts_with("##"))
}

//! Reads reStructuredText into blocks, line by line.

use std::sync::LazyLock;

use regex::Regex;

use super::document::{Block, Document, Syntax, pattern};
use super::markdown::cells;

static FIELD: LazyLock<Regex> = LazyLock::new(|| pattern(r"^:([A-Za-z][\w .-]{0,40}):(?:\s+(.*))?$"));
static ITEM: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*(?:[*+•-]|\(?(?:\d{1,5}|#|[a-zA-Z])[.)])\s+(.*)$"));
static LABEL: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\.\. _`?([^`:]+)`?:\s*$"));
static TARGET: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\.\. _`?([^`:]+(?:: [^`:]+)?)`?: +(\S.*)$"));
static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\.\. ([\w:-]+)::\s*(.*)$"));
static CELL: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*(\*\s+)?-(?:\s+(.*))?$"));

/// Directives whose body is text of the document.
const TEXT_DIRECTIVES: [&str; 11] = [
    "note",
    "warning",
    "attention",
    "important",
    "caution",
    "admonition",
    "tip",
    "hint",
    "deprecated",
    "topic",
    "container",
];

/// Reads a reStructuredText document (line endings normalised, no byte-order mark).
pub(super) fn read(text: &str) -> Document {
    let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
    let mut reader = Reader {
        document: Document::new(Syntax::Rst),
        paragraph: Vec::new(),
        item: None,
        field: None,
        styles: Vec::new(),
    };
    let mut at = 0;
    while at < lines.len() {
        at = reader.step(&lines, at);
    }
    reader.flush();
    reader.document
}

struct Reader {
    document: Document,
    paragraph: Vec<String>,
    item: Option<String>,
    field: Option<(String, String)>,
    /// The marks of headings in the order in which they first appear: that order is their level.
    styles: Vec<(u8, bool)>,
}

impl Reader {
    fn flush(&mut self) {
        if let Some(text) = self.item.take() {
            let boxed = text.get(..4).map(str::to_ascii_lowercase);
            let (text, task) = match boxed.as_deref() {
                Some("[ ] " | "[x] ") => (text[4..].trim().to_owned(), true),
                _ => (text, false),
            };
            self.document.blocks.push(Block::Item { text, task });
        }
        if let Some((key, value)) = self.field.take() {
            self.document.blocks.push(Block::Field { key, value });
        }
        if !self.paragraph.is_empty() {
            let text = std::mem::take(&mut self.paragraph).join("\n");
            self.document.blocks.push(Block::Paragraph(text));
        }
    }

    /// Reads what begins at line `at`; answers where the next thing begins.
    fn step(&mut self, lines: &[&str], at: usize) -> usize {
        let line = lines[at];
        let next = lines.get(at + 1).copied().unwrap_or_default();
        if line.is_empty() {
            self.flush();
            return at + 1;
        }
        if let Some(mark) = adornment(line) {
            let under = lines.get(at + 2).copied().unwrap_or_default();
            if !next.trim().is_empty() && adornment(next).is_none() && under == line && self.paragraph.is_empty() {
                self.heading((mark, true), next);
                return at + 3;
            }
            // A transition, or a table's border.
            self.flush();
            return at + 1;
        }
        if line.trim_start().starts_with("+-") || line.trim_start().starts_with("+=") {
            self.flush();
            return at + 1;
        }
        let indented = line.starts_with([' ', '\t']);
        if !indented
            && self.paragraph.is_empty()
            && let Some(mark) = adornment(next).filter(|_| next.len() >= 3 && next.len() + 3 >= line.chars().count())
        {
            self.flush();
            self.heading((mark, false), line);
            return at + 2;
        }
        if line.starts_with("..") && (line.len() == 2 || line.as_bytes()[2] == b' ') {
            self.flush();
            return self.explicit(lines, at);
        }
        if let Some(found) = FIELD.captures(line) {
            self.flush();
            let value = found.get(2).map_or("", |value| value.as_str());
            self.field = Some((found[1].to_owned(), value.to_owned()));
            return at + 1;
        }
        if let Some(found) = ITEM.captures(line).filter(|_| self.paragraph.is_empty()) {
            self.flush();
            self.item = Some(found[1].to_owned());
            return at + 1;
        }
        let trimmed = line.trim();
        if trimmed.starts_with('|') && trimmed.len() > 1 && trimmed.ends_with('|') {
            self.flush();
            self.document.blocks.extend(cells(trimmed).map(Block::Row));
            return at + 1;
        }
        let rest_of = self.item.as_mut().or(self.field.as_mut().filter(|_| indented).map(|(_, value)| value));
        match rest_of {
            Some(text) => {
                text.push('\n');
                text.push_str(trimmed);
            }
            None => {
                self.flush_field();
                self.paragraph.push(trimmed.to_owned());
            }
        }
        if trimmed.ends_with("::") { self.skip_literal(lines, at) } else { at + 1 }
    }

    fn flush_field(&mut self) {
        if let Some((key, value)) = self.field.take() {
            self.document.blocks.push(Block::Field { key, value });
        }
    }

    fn heading(&mut self, style: (u8, bool), text: &str) {
        self.flush();
        let index = self.styles.iter().position(|known| *known == style).unwrap_or_else(|| {
            self.styles.push(style);
            self.styles.len() - 1
        });
        let level = u8::try_from(index + 1).unwrap_or(u8::MAX);
        self.document.blocks.push(Block::Heading { level, text: text.trim().to_owned() });
    }

    /// Directives, labels, link targets and comments.
    fn explicit(&mut self, lines: &[&str], at: usize) -> usize {
        let line = lines[at];
        if let Some(found) = LABEL.captures(line) {
            self.document.labels.push(found[1].to_owned());
            return at + 1;
        }
        if let Some(found) = TARGET.captures(line) {
            self.document.targets.insert(found[1].to_lowercase(), found[2].to_owned());
            return at + 1;
        }
        let end = body_end(lines, at + 1);
        if let Some(found) = DIRECTIVE.captures(line) {
            let body = &lines[at + 1..end];
            if &found[1] == "list-table" {
                self.document.blocks.extend(list_table(body));
            } else if TEXT_DIRECTIVES.contains(&&found[1]) {
                let text = std::iter::once(&found[2])
                    .chain(body.iter().map(|line| line.trim()))
                    .filter(|line| !line.is_empty() && !line.starts_with(':'))
                    .collect::<Vec<_>>()
                    .join("\n");
                if !text.is_empty() {
                    self.document.blocks.push(Block::Paragraph(text));
                }
            }
        }
        end
    }

    /// After a paragraph that ends in `::` the indented lines are literal.
    fn skip_literal(&mut self, lines: &[&str], at: usize) -> usize {
        match lines.get(at + 1) {
            Some(&"") => {
                self.flush();
                body_end(lines, at + 1)
            }
            _ => at + 1,
        }
    }
}

/// The mark that a whole line consists of, as under and over headings.
fn adornment(line: &str) -> Option<u8> {
    let first = *line.as_bytes().first()?;
    let heading = first.is_ascii_punctuation() && line.len() >= 3 && line.bytes().all(|b| b == first);
    (heading && first != b'|').then_some(first)
}

/// The first line from `at` on that is neither blank nor indented.
fn body_end(lines: &[&str], at: usize) -> usize {
    lines[at..]
        .iter()
        .position(|line| !line.is_empty() && !line.starts_with([' ', '\t']))
        .map_or(lines.len(), |offset| at + offset)
}

/// The rows of a `list-table`.
fn list_table(body: &[&str]) -> Vec<Block> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for line in body {
        if let Some(found) = CELL.captures(line) {
            let text = found.get(2).map_or("", |text| text.as_str()).to_owned();
            match rows.last_mut() {
                Some(row) if found.get(1).is_none() => row.push(text),
                _ => rows.push(vec![text]),
            }
        } else if let Some(cell) = rows.last_mut().and_then(|row| row.last_mut())
            && !line.trim().is_empty()
        {
            cell.push(' ');
            cell.push_str(line.trim());
        }
    }
    rows.into_iter().map(Block::Row).collect()
}

//! Reads Markdown into blocks, line by line: one pass, bounded by the length of the text.

use std::sync::LazyLock;

use regex::Regex;

use super::document::{Block, Document, Syntax, pattern};
use super::front_matter;

static ITEM: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*(?:[*+-]|\d{1,9}[.)])(?:\s+|$)(.*)$"));
static HTML_HEADING: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)^\s*<h([1-6])[^>]*>(.*?)</h[1-6]>"));
static TARGET: LazyLock<Regex> = LazyLock::new(|| pattern(r"^ {0,3}\[([^\[\]]+)\]:\s*<?([^\s<>]+)"));

/// Headings that authors write as a bold line of their own.
const BOLD_HEADINGS: [&str; 10] = [
    "status",
    "context",
    "decision",
    "decision outcome",
    "consequences",
    "confirmation",
    "compliance",
    "validation",
    "verification",
    "checklist",
];

/// Reads a Markdown document (line endings normalised, no byte-order mark).
pub(super) fn read(text: &str) -> Document {
    let (front, body) = front_matter::split(text);
    let mut document = Document::new(Syntax::Markdown);
    document.front = front;
    let body = without_comments(body);
    let mut reader = Reader { document, paragraph: Vec::new(), item: None, in_list: false };
    let mut fence: Option<(u8, usize)> = None;
    for raw in body.split('\n') {
        let line = unquoted(raw);
        if let Some((mark, length)) = fence {
            let trimmed = line.trim();
            if trimmed.len() >= length && trimmed.bytes().all(|b| b == mark) {
                fence = None;
            }
            continue;
        }
        if let Some(opened) = opens_fence(line) {
            reader.flush();
            fence = Some(opened);
            continue;
        }
        reader.line(line);
    }
    reader.flush();
    reader.document
}

/// A line without the `>` before it.
fn unquoted(line: &str) -> &str {
    let mut rest = line;
    loop {
        let trimmed = rest.trim_start_matches(' ');
        match trimmed.strip_prefix('>') {
            Some(inner) if rest.len() - trimmed.len() < 4 => rest = inner.strip_prefix(' ').unwrap_or(inner),
            _ => return rest,
        }
    }
}

/// The mark and length of the fence that a line opens.
pub(super) fn opens_fence(line: &str) -> Option<(u8, usize)> {
    let trimmed = line.trim_start();
    let mark = *trimmed.as_bytes().first().filter(|b| matches!(b, b'`' | b'~'))?;
    let length = trimmed.bytes().take_while(|b| *b == mark).count();
    (length >= 3 && !(mark == b'`' && trimmed[length..].contains('`'))).then_some((mark, length))
}

/// The text without `<!-- … -->`, fenced code left as it is. A comment that nothing ends is text.
fn without_comments(text: &str) -> String {
    let last_end = text.rfind("-->").unwrap_or(0);
    let mut kept = String::with_capacity(text.len());
    let mut fence: Option<(u8, usize)> = None;
    // What of the text before `at` is kept or dropped is settled; `ticks` counts the backticks before it on its line.
    let (mut at, mut line_end, mut ticks) = (0, 0, 0);
    while at < text.len() {
        if at >= line_end {
            line_end = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
            ticks = 0;
            let line = unquoted(&text[at..line_end]);
            let in_code = match fence {
                Some((mark, length)) => {
                    let trimmed = line.trim();
                    if trimmed.len() >= length && trimmed.bytes().all(|b| b == mark) {
                        fence = None;
                    }
                    true
                }
                None => {
                    fence = opens_fence(line);
                    fence.is_some()
                }
            };
            if in_code {
                kept.push_str(&text[at..line_end]);
                at = line_end;
                continue;
            }
        }
        let rest = &text[at..line_end];
        let open = rest.find("<!--").unwrap_or(rest.len());
        ticks += rest[..open].bytes().filter(|b| *b == b'`').count();
        kept.push_str(&rest[..open]);
        at += open;
        if at < line_end {
            // Within a code span it is text, and past the last `-->` nothing ends it.
            if ticks % 2 == 1 || at >= last_end {
                kept.push_str("<!--");
                at += "<!--".len();
            } else {
                at += text[at..].find("-->").map_or(rest.len() - open, |end| end + "-->".len());
                if at > line_end {
                    line_end = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
                    ticks = 0;
                }
            }
        }
    }
    kept
}

struct Reader {
    document: Document,
    paragraph: Vec<String>,
    item: Option<(String, bool)>,
    /// Whether indented text belongs to a list rather than being code.
    in_list: bool,
}

impl Reader {
    fn flush(&mut self) {
        if let Some((text, task)) = self.item.take() {
            self.document.blocks.push(Block::Item { text, task });
        }
        if !self.paragraph.is_empty() {
            let text = std::mem::take(&mut self.paragraph).join("\n");
            match bold_heading(&text) {
                Some(name) => self.document.blocks.push(Block::Heading { level: 7, text: name }),
                None => self.document.blocks.push(Block::Paragraph(text)),
            }
        }
    }

    fn heading(&mut self, level: u8, text: &str) {
        self.flush();
        self.in_list = false;
        self.document.blocks.push(Block::Heading { level, text: text.trim().to_owned() });
    }

    fn line(&mut self, line: &str) {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            self.flush();
            return;
        }
        let indent = line.bytes().take_while(|b| *b == b' ').count() + 4 * usize::from(line.starts_with('\t'));
        if indent < 4 {
            if let Some((level, text)) = atx(trimmed) {
                return self.heading(level, text);
            }
            if let Some(level) = self.underlines(trimmed) {
                let text = std::mem::take(&mut self.paragraph).join(" ");
                return self.heading(level, &text);
            }
            if let Some(found) = HTML_HEADING.captures(trimmed) {
                return self.heading(found[1].parse().unwrap_or(6), &found[2]);
            }
            if is_rule(trimmed) {
                self.flush();
                self.in_list = false;
                return;
            }
            if let Some(found) = TARGET.captures(line) {
                self.flush();
                self.document.targets.insert(found[1].to_lowercase(), found[2].to_owned());
                return;
            }
        }
        if let Some(found) = ITEM.captures(line).filter(|_| indent < 4 || self.in_list) {
            self.flush();
            self.in_list = true;
            let text = &found[1];
            let (text, task) = match text.get(..3).map(str::to_ascii_lowercase).as_deref() {
                Some("[ ]" | "[x]") if text[3..].starts_with([' ', '\t']) => (text[3..].trim(), true),
                _ => (text.trim(), false),
            };
            self.item = Some((text.to_owned(), task));
            return;
        }
        if trimmed.starts_with('|') {
            self.flush();
            if let Some(cells) = cells(trimmed) {
                self.document.blocks.push(Block::Row(cells));
            }
            return;
        }
        if let Some((text, _)) = &mut self.item {
            text.push('\n');
            text.push_str(trimmed);
            return;
        }
        if indent >= 4 && self.paragraph.is_empty() && !self.in_list {
            return;
        }
        if indent == 0 && self.paragraph.is_empty() {
            self.in_list = false;
        }
        self.paragraph.push(trimmed.to_owned());
    }

    /// The level of the heading that a line of `===` or `---` makes of the paragraph before it.
    fn underlines(&self, line: &str) -> Option<u8> {
        if self.paragraph.is_empty() || self.paragraph.len() > 3 {
            return None;
        }
        match line.as_bytes() {
            [b'=', rest @ ..] if rest.iter().all(|b| *b == b'=') => Some(1),
            [b'-', b'-', rest @ ..] if rest.iter().all(|b| *b == b'-') => Some(2),
            _ => None,
        }
    }
}

/// Level and text of a `#` heading. Without a space it is one from level 2 on: older renderers took `##Status` for one.
pub(super) fn atx(line: &str) -> Option<(u8, &str)> {
    let level = line.bytes().take_while(|b| *b == b'#').count();
    let rest = &line[level..];
    // Editors leave no-break spaces after the marks, which readers do not see.
    let spaced = rest.is_empty() || rest.starts_with(char::is_whitespace);
    let glued = level >= 2 && rest.starts_with(|c: char| c.is_alphabetic());
    if !(1..=6).contains(&level) || !(spaced || glued) {
        return None;
    }
    let text = rest.trim();
    let bare = text.trim_end_matches('#');
    let text = if bare.is_empty() || bare.ends_with([' ', '\t']) { bare.trim_end() } else { text };
    Some((u8::try_from(level).unwrap_or(6), text))
}

fn is_rule(line: &str) -> bool {
    let Some(first) = line.bytes().next().filter(|b| matches!(b, b'-' | b'*' | b'_')) else { return false };
    line.bytes().filter(|b| *b == first).count() >= 3 && line.bytes().all(|b| b == first || b == b' ')
}

/// The cells of a table's row; `None` for the line between head and body.
pub(super) fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.strip_prefix('|').unwrap_or(line);
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for c in inner.chars() {
        match c {
            '|' if !escaped => cells.push(String::new()),
            other => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(other);
                }
            }
        }
        escaped = c == '\\' && !escaped;
    }
    let cells: Vec<String> = cells.into_iter().map(|cell| cell.trim().to_owned()).collect();
    let between = cells.iter().all(|cell| !cell.is_empty() && cell.bytes().all(|b| matches!(b, b'-' | b':' | b' ')));
    (!between).then_some(cells)
}

/// The name of a section whose heading is only a bold line.
fn bold_heading(text: &str) -> Option<String> {
    let inner = ["**", "__"].iter().find_map(|mark| {
        let rest = text.strip_prefix(mark)?;
        rest.strip_suffix(mark).or_else(|| rest.strip_suffix(':')?.strip_suffix(mark))
    })?;
    let name = inner.trim().trim_end_matches(':').trim();
    BOLD_HEADINGS.contains(&name.to_lowercase().as_str()).then(|| name.to_owned())
}

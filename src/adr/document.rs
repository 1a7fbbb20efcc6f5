//! What the three readers (Markdown, reStructuredText, AsciiDoc) make of a file, so that everything after them is written once.

use std::collections::BTreeMap;

use regex::Regex;

/// Compiles one of this room's own patterns.
pub(super) fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("a constant pattern") // literals only, and the tests run every one of them
}

/// The markup that a text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    Markdown,
    Rst,
    AsciiDoc,
}

impl Syntax {
    /// By the ending of a path; `None` for what is no document.
    pub(super) fn of(path: &str) -> Option<Self> {
        let (_, ending) = path.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "md" | "markdown" | "mdx" => Some(Self::Markdown),
            "rst" => Some(Self::Rst),
            "adoc" | "asciidoc" => Some(Self::AsciiDoc),
            _ => None,
        }
    }
}

/// One piece of a document. Code blocks and comments are left out by the readers; texts keep their inline markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// A heading; the document's title is level 1.
    Heading { level: u8, text: String },
    /// Lines joined by `\n`.
    Paragraph(String),
    /// A list item with its continuation lines; `task` when it has a box to tick.
    Item { text: String, task: bool },
    /// A row of a table.
    Row(Vec<String>),
    /// `:key: value` of a reStructuredText field list.
    Field { key: String, value: String },
}

/// A document as read.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) syntax: Syntax,
    /// Front matter or document attributes.
    pub(super) front: Front,
    pub(super) blocks: Vec<Block>,
    /// Targets of reference links, by their name in lower case.
    pub(super) targets: BTreeMap<String, String>,
    /// Names that other documents can point at this one by.
    pub(super) labels: Vec<String>,
}

impl Document {
    pub(super) fn new(syntax: Syntax) -> Self {
        Self { syntax, front: Front::default(), blocks: Vec::new(), targets: BTreeMap::new(), labels: Vec::new() }
    }

    /// The blocks under the first heading whose name `wanted` accepts, up to the next heading of the same or a higher level.
    pub(super) fn section(&self, wanted: impl Fn(&str) -> bool) -> Option<Section<'_>> {
        let start = self.blocks.iter().position(|block| match block {
            Block::Heading { text, .. } => wanted(&heading_name(text)),
            _ => false,
        })?;
        let Block::Heading { level, text } = &self.blocks[start] else { return None };
        let body = &self.blocks[start + 1..];
        let end = body
            .iter()
            .position(|block| matches!(block, Block::Heading { level: other, .. } if other <= level))
            .unwrap_or(body.len());
        Some(Section { heading: text, blocks: &body[..end] })
    }
}

/// A heading and what stands under it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section<'a> {
    pub(super) heading: &'a str,
    pub(super) blocks: &'a [Block],
}

impl<'a> Section<'a> {
    /// The blocks before the first heading below this one.
    pub(super) fn own(&self) -> &'a [Block] {
        let end =
            self.blocks.iter().position(|block| matches!(block, Block::Heading { .. })).unwrap_or(self.blocks.len());
        &self.blocks[..end]
    }
}

/// What a heading is called: in lower case, without markup, numbering and punctuation around it.
pub(super) fn heading_name(text: &str) -> String {
    let kept: String = text
        .chars()
        .take(160)
        .filter(|c| !matches!(c, '*' | '_' | '`' | '#' | '[' | ']'))
        .flat_map(char::to_lowercase)
        .collect();
    let kept = kept.trim_start_matches(|c: char| !c.is_alphabetic()).trim_end_matches([':', '.', ' ']);
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Keys and values that stand before a document. Keys are in lower case with `-` for `_` and space.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Front {
    entries: Vec<(String, Vec<String>)>,
}

impl Front {
    pub(super) fn push(&mut self, key: &str, values: Vec<String>) {
        self.entries.push((normal_key(key), values));
    }

    /// The values of the first of `keys` that has any.
    pub(super) fn all(&self, keys: &[&str]) -> &[String] {
        keys.iter()
            .filter_map(|key| self.entries.iter().find(|(name, values)| name == key && !values.is_empty()))
            .map(|(_, values)| values.as_slice())
            .next()
            .unwrap_or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes over what another one says, behind what is here already.
    pub(super) fn extend(&mut self, other: &Self) {
        self.entries.extend(other.entries.iter().cloned());
    }

    /// Their first value.
    pub(super) fn one(&self, keys: &[&str]) -> Option<&str> {
        self.all(keys).first().map(String::as_str)
    }
}

/// `Superseded_By` and `supersededBy` as `superseded-by`.
pub(super) fn normal_key(key: &str) -> String {
    let mut normal = String::with_capacity(key.len() + 2);
    let mut lower_before = false;
    for c in key.trim().chars() {
        if c.is_uppercase() && lower_before {
            normal.push('-');
        }
        lower_before = c.is_lowercase();
        match c {
            '_' | ' ' => normal.push('-'),
            other => normal.extend(other.to_lowercase()),
        }
    }
    normal
}

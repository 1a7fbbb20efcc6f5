//! The rules in force as a text, each value with the file and line that say it.

use super::file::{self, Laid};
use super::node::{Node, Value};
use super::reader::Entry;
use super::rule::Draft;
use super::words::push_visible;
use super::{Mode, Place, Rules};

/// Beyond this column the places are not lined up.
const COLUMN: usize = 70;

/// What a line says where no file does.
const DEFAULT: &str = "default";

/// The weights of `enforce`, in their order.
const WEIGHTS: [&str; 5] = ["none", "shadow", "advise", "review", "block"];

/// The text.
pub(super) fn text(laid: &Laid<'_>, rules: &Rules) -> String {
    let mut page = Page { rules, lines: Vec::new() };
    let packs: Vec<Node> = laid.packs.iter().map(|(name, place)| Node::of_text(name, *place)).collect();
    if !packs.is_empty() {
        page.value(0, "extends", &Node { place: packs[0].place, value: Value::List(packs) });
    }
    page.mode(laid);
    for one in &laid.combined {
        if one.key == "services" {
            page.value(0, one.key, &page.services_here(&one.value));
        } else if !matches!(one.key, "version" | "extends" | "rules" | "mode" | "locked" | "repositories") {
            page.value(0, one.key, &one.value);
        }
    }
    for key in ["locked", "repositories"] {
        if let Some(entry) = file::of(&laid.theirs, key) {
            page.value(0, key, entry.value);
        }
    }
    if !laid.drafts.is_empty() {
        page.line(0, "rules:", None);
    }
    laid.drafts.iter().for_each(|draft| page.rule(draft));
    page.finish()
}

/// Lines, each with the place that says it.
struct Page<'a> {
    rules: &'a Rules,
    lines: Vec<(String, Option<String>)>,
}

impl Page<'_> {
    fn line(&mut self, depth: usize, text: &str, said: Option<String>) {
        let mut line = "  ".repeat(depth);
        text.chars().for_each(|character| push_visible(&mut line, character));
        self.lines.push((line, said));
    }

    fn said(&self, place: Place) -> Option<String> {
        let mut said = String::new();
        self.rules.file(place).chars().for_each(|character| push_visible(&mut said, character));
        Some(format!("{said}:{}", place.line))
    }

    /// The services of this repository, without those that the organisation has in others.
    fn services_here(&self, node: &Node) -> Node {
        let mut node = node.clone();
        if let Value::Map(pairs) = &mut node.value {
            pairs.retain(|(name, _)| self.rules.services.iter().any(|one| Some(one.name.as_str()) == name.text()));
        }
        node
    }

    /// The ceiling, with the lowest of those that are said.
    fn mode(&mut self, laid: &Laid<'_>) {
        let word = match self.rules.mode {
            Mode::Shadow => "shadow",
            Mode::Advise => "advise",
            Mode::On => "on",
        };
        let is = |entry: &Entry<'_>| entry.value.text() == Some(word) || (word == "on" && entry.value.is_true());
        let modes = [file::of(&laid.theirs, "mode"), laid.applied.mode, file::of(&laid.ours, "mode")];
        let said = modes.into_iter().flatten().find(is).and_then(|entry| self.said(entry.value.place));
        self.line(0, &format!("mode: {word}"), said.or_else(|| Some(DEFAULT.to_owned())));
    }

    fn rule(&mut self, draft: &Draft) {
        let locked = draft.lock.map(|lock| format!("  # locked by {}", self.said(lock).unwrap_or_default()));
        let first = format!("- id: {}{}", quoted(&draft.id), locked.unwrap_or_default());
        self.line(1, &first, self.said(draft.place));
        let mut entries: Vec<(String, Node)> = Vec::new();
        for (key, value, _) in draft.entries.iter().filter(|(key, ..)| key != "locked") {
            entries.push((key.clone(), value.clone()));
        }
        // What a repository adds to a locked rule; the rest of what it says has no effect.
        for (key, value, _) in &draft.added {
            let old = entries.iter_mut().find(|(other, _)| other == key);
            match (key.as_str(), old) {
                ("checklist" | "adrs", Some((_, old))) => *old = super::layers::list(old, value),
                ("checklist" | "adrs", None) => entries.push((key.clone(), value.clone())),
                ("enforce", old) => {
                    let weight = |text: Option<&str>| WEIGHTS.iter().position(|word| Some(*word) == text);
                    let review = weight(Some("review"));
                    let before = old.as_ref().map_or(review, |(_, old)| weight(old.text()));
                    match old {
                        Some((_, old)) if weight(value.text()) > before => *old = value.clone(),
                        None if weight(value.text()) > before => entries.push((key.clone(), value.clone())),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        entries.iter().for_each(|(key, value)| self.value(2, key, value));
        for (key, default) in [("enforce", "review"), ("sign_off", "scope")] {
            if !entries.iter().any(|(other, _)| other == key) {
                self.line(2, &format!("{key}: {default}"), Some(DEFAULT.to_owned()));
            }
        }
    }

    /// A key with its value: in one line where one line says it, else each part by itself.
    fn value(&mut self, depth: usize, key: &str, node: &Node) {
        let key = quoted(key);
        if let Some(place) = one_line(node) {
            self.line(depth, &format!("{key}: {}", inline(node)), self.said(place));
            return;
        }
        self.line(depth, &format!("{key}:"), None);
        match &node.value {
            Value::Map(pairs) => {
                for (name, value) in pairs {
                    self.value(depth + 1, name.text().unwrap_or_default(), value);
                }
            }
            Value::List(items) => items.iter().for_each(|item| self.item(depth + 1, item)),
            Value::Null | Value::Scalar(_) => {}
        }
    }

    fn item(&mut self, depth: usize, item: &Node) {
        match (&item.value, one_line(item)) {
            (_, Some(place)) => self.line(depth, &format!("- {}", inline(item)), self.said(place)),
            (Value::Map(pairs), None) => {
                self.line(depth, "-", None);
                for (name, value) in pairs {
                    self.value(depth + 1, name.text().unwrap_or_default(), value);
                }
            }
            _ => {
                self.line(depth, "-", None);
                if let Value::List(items) = &item.value {
                    items.iter().for_each(|item| self.item(depth + 1, item));
                }
            }
        }
    }

    fn finish(self) -> String {
        let width = self.lines.iter().filter(|(_, said)| said.is_some()).map(|(line, _)| line.chars().count()).max();
        let width = width.unwrap_or_default().min(COLUMN);
        let mut text = String::new();
        for (line, said) in self.lines {
            match said {
                Some(said) => text.push_str(&format!("{line:<width$}  # {said}")),
                None => text.push_str(&line),
            }
            text.push('\n');
        }
        text
    }
}

/// The one line that says the whole of a value; `None`: several do.
fn one_line(node: &Node) -> Option<Place> {
    let mut place: Option<Place> = None;
    leaves(node, &mut |leaf| match place {
        Some(first) if (first.line, first.origin) != (leaf.line, leaf.origin) => false,
        _ => {
            place.get_or_insert(leaf);
            true
        }
    })
    .then(|| place.unwrap_or(node.place))
}

/// Shows the place of every leaf until one is refused.
fn leaves(node: &Node, show: &mut impl FnMut(Place) -> bool) -> bool {
    match &node.value {
        Value::Null | Value::Scalar(_) => show(node.place),
        Value::List(items) => items.iter().all(|item| leaves(item, show)),
        Value::Map(pairs) => pairs.iter().all(|(_, value)| leaves(value, show)),
    }
}

fn inline(node: &Node) -> String {
    match &node.value {
        Value::Null => "~".to_owned(),
        Value::Scalar(scalar) => match scalar.kind {
            super::node::Kind::Text => quoted(&scalar.text),
            _ => scalar.text.clone(),
        },
        Value::List(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Map(pairs) if pairs.is_empty() => "{}".to_owned(),
        Value::Map(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| format!("{}: {}", inline(key), inline(value)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A text as YAML takes it, in quotes where it needs them.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.' | ' ' | '%' | '(' | ')');
    let bare = !text.is_empty()
        && text.trim() == text
        && text.starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '.' | '_'))
        && text.chars().all(plain)
        && !matches!(text, "true" | "false" | "null" | "yes" | "no" | "on" | "off");
    if bare { text.to_owned() } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}

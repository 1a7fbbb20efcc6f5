//! Sentences that are said alike in the comment, in the check's title and on a terminal.

use super::shown::{self, Shown};

/// One part of a [`Phrase`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Piece {
    /// Words of ours.
    Ours(&'static str),
    /// A number.
    Number(usize),
    /// What others wrote.
    Theirs(String, usize),
    /// A name that others gave, in bold where there is bold.
    Name(String, usize),
    /// A path or an id that others gave.
    Code(String, usize),
}

/// A sentence, or a part of one, in which our words and those of others are told apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Phrase(Vec<Piece>);

impl Phrase {
    /// Words of ours.
    pub(super) fn ours(words: &'static str) -> Self {
        Self(vec![Piece::Ours(words)])
    }

    /// What others wrote, at most `most` characters of it.
    pub(super) fn theirs(words: &str, most: usize) -> Self {
        Self(vec![Piece::Theirs(words.to_owned(), most)])
    }

    /// A name that others gave.
    pub(super) fn name(name: &str, most: usize) -> Self {
        Self(vec![Piece::Name(name.to_owned(), most)])
    }

    /// A path or an id.
    pub(super) fn code(id: &str, most: usize) -> Self {
        Self(vec![Piece::Code(id.to_owned(), most)])
    }

    /// A number.
    pub(super) fn number(number: usize) -> Self {
        Self(vec![Piece::Number(number)])
    }

    /// `1 file`, `3 files`.
    pub(super) fn count(number: usize, one: &'static str, many: &'static str) -> Self {
        Self(vec![Piece::Number(number), Piece::Ours(" "), Piece::Ours(if number == 1 { one } else { many })])
    }

    /// Words of ours with a `{}` wherever one of `with` goes.
    pub(super) fn fill(template: &'static str, with: impl IntoIterator<Item = Phrase>) -> Self {
        let mut pieces = Vec::new();
        let mut with = with.into_iter();
        for (n, ours) in template.split("{}").enumerate() {
            if n > 0 {
                pieces.extend(with.next().unwrap_or_default().0);
            }
            if !ours.is_empty() {
                pieces.push(Piece::Ours(ours));
            }
        }
        debug_assert!(with.next().is_none(), "more parts than places in {template}");
        Self(pieces)
    }

    /// `a`, `a and b`, `a, b and c`, `a, b and 4 more`: at most `most` of them are named.
    pub(super) fn list(parts: impl IntoIterator<Item = Phrase>, last: &'static str, most: usize) -> Self {
        let mut parts: Vec<Phrase> = parts.into_iter().collect();
        if parts.len() > most {
            let more = parts.len() - most;
            parts.truncate(most);
            parts.push(Phrase::fill("{} more", [Phrase::number(more)]));
        }
        let end = parts.len().saturating_sub(1);
        let mut pieces = Vec::new();
        for (n, part) in parts.into_iter().enumerate() {
            match n {
                0 => {}
                n if n == end => pieces.extend([Piece::Ours(" "), Piece::Ours(last), Piece::Ours(" ")]),
                _ => pieces.push(Piece::Ours(", ")),
            }
            pieces.extend(part.0);
        }
        Self(pieces)
    }

    /// All of `parts` with `between` between them; empty ones are left out.
    pub(super) fn join(parts: impl IntoIterator<Item = Phrase>, between: &'static str) -> Self {
        let mut pieces = Vec::new();
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            if !pieces.is_empty() {
                pieces.push(Piece::Ours(between));
            }
            pieces.extend(part.0);
        }
        Self(pieces)
    }

    /// Whether nothing is said.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As Markdown.
    pub(super) fn shown(&self) -> Shown {
        Shown::join(
            self.0.iter().map(|piece| match piece {
                Piece::Ours(words) => Shown::ours(words),
                Piece::Number(number) => Shown::number(*number),
                Piece::Theirs(words, most) => shown::text_of(words, *most),
                Piece::Name(name, most) => shown::text_of(name, *most).strong(),
                Piece::Code(id, most) => shown::code_of(id, *most),
            }),
            "",
        )
    }

    /// As Markdown inside of HTML, or of a heading, where nothing is in bold.
    pub(super) fn shown_flat(&self) -> Shown {
        Shown::join(
            self.0.iter().map(|piece| match piece {
                Piece::Ours(words) => Shown::ours(words),
                Piece::Number(number) => Shown::number(*number),
                Piece::Theirs(words, most) | Piece::Name(words, most) => shown::text_of(words, *most),
                Piece::Code(id, most) => shown::code_of(id, *most),
            }),
            "",
        )
    }

    /// As plain text.
    pub(super) fn plain(&self) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Ours(words) => (*words).to_owned(),
                Piece::Number(number) => number.to_string(),
                Piece::Theirs(words, most) | Piece::Name(words, most) => shown::plain(words, *most),
                Piece::Code(id, most) => shown::plain_path(id, *most),
            })
            .collect()
    }
}

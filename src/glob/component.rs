//! One component of a pattern.

/// What one component of a path has to be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Component {
    /// Exactly this.
    Literal(Box<str>),
    /// `*`: anything but nothing.
    Any,
    /// Text with `*` or `?` in it.
    Wild(Wild),
}

impl Component {
    /// Reads a component: `*` is any characters, `?` any one, `\` takes the next literally (and is nothing at the end).
    pub(super) fn parse(text: &str) -> Self {
        if text == "*" {
            return Self::Any;
        }
        if !text.bytes().any(|byte| matches!(byte, b'*' | b'?' | b'\\')) {
            return Self::Literal(text.into());
        }
        let mut chunks: Vec<Vec<Option<char>>> = vec![Vec::new()];
        let mut previous_star = false;
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let token = match c {
                '*' => {
                    if !previous_star {
                        chunks.push(Vec::new());
                    }
                    previous_star = true;
                    continue;
                }
                '?' => None,
                '\\' => match chars.next() {
                    Some(escaped) => Some(escaped),
                    None => break,
                },
                c => Some(c),
            };
            previous_star = false;
            if let Some(chunk) = chunks.last_mut() {
                chunk.push(token);
            }
        }
        let chunks: Box<[Chunk]> = chunks.into_iter().map(Chunk::new).collect();
        match &*chunks {
            [Chunk::Text(text)] => Self::Literal(text.clone()),
            _ => Self::Wild(Wild { least: chunks.iter().map(Chunk::least).sum(), chunks }),
        }
    }

    /// What a matching text begins and ends with.
    pub(super) fn affixes(&self) -> (&str, &str) {
        fn text(chunk: &Chunk) -> &str {
            match chunk {
                Chunk::Text(text) => text,
                Chunk::Holes(_) => "",
            }
        }
        match self {
            Self::Literal(text) => (text, text),
            Self::Any => ("", ""),
            Self::Wild(wild) => (wild.chunks.first().map_or("", text), wild.chunks.last().map_or("", text)),
        }
    }

    /// Whether this component of a path is the one meant.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => **literal == *text,
            Self::Any => !text.is_empty(),
            Self::Wild(wild) => wild.matches(text),
        }
    }
}

/// Text with `*` or `?`: the chunks between the `*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Wild {
    chunks: Box<[Chunk]>,
    /// Fewest bytes that match.
    least: usize,
}

impl Wild {
    /// The first chunk stands at the beginning, the last at the end, each other at the leftmost place after the one
    /// before: an earlier place never leaves less for those that follow.
    fn matches(&self, text: &str) -> bool {
        if text.len() < self.least {
            return false;
        }
        match &*self.chunks {
            [] => text.is_empty(),
            [only] => only.strip_front(text) == Some(""),
            [first, middle @ .., last] => first
                .strip_front(text)
                .and_then(|rest| last.strip_back(rest))
                .is_some_and(|rest| middle.iter().try_fold(rest, |rest, chunk| chunk.skip_past(rest)).is_some()),
        }
    }
}

/// A run of characters without `*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Chunk {
    /// Exactly this.
    Text(Box<str>),
    /// With a `?` in it (`None`).
    Holes(Box<[Option<char>]>),
}

impl Chunk {
    fn new(chars: Vec<Option<char>>) -> Self {
        match chars.iter().copied().collect::<Option<String>>() {
            Some(text) => Self::Text(text.into()),
            None => Self::Holes(chars.into()),
        }
    }

    /// Fewest bytes that it takes.
    fn least(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Holes(holes) => holes.iter().map(|hole| hole.map_or(1, char::len_utf8)).sum(),
        }
    }

    fn strip_front<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Text(chunk) if chunk.is_empty() => Some(text),
            Self::Text(chunk) => text.strip_prefix(&**chunk),
            Self::Holes(holes) => {
                let mut chars = text.chars();
                holes.iter().all(|hole| fits(*hole, chars.next())).then_some(chars.as_str())
            }
        }
    }

    fn strip_back<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Text(chunk) if chunk.is_empty() => Some(text),
            Self::Text(chunk) => text.strip_suffix(&**chunk),
            Self::Holes(holes) => {
                let mut chars = text.chars();
                holes.iter().rev().all(|hole| fits(*hole, chars.next_back())).then_some(chars.as_str())
            }
        }
    }

    /// What follows the leftmost place of the chunk.
    fn skip_past<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Text(chunk) => find(text, chunk).map(|at| &text[at + chunk.len()..]),
            Self::Holes(_) => text.char_indices().find_map(|(at, _)| self.strip_front(&text[at..])),
        }
    }
}

/// Where `part` first stands in `text`. For the short texts that names are, trying each place is faster than
/// preparing a search; for long ones the prepared search is linear.
fn find(text: &str, part: &str) -> Option<usize> {
    const SHORT: usize = 256;
    let (text_bytes, part_bytes) = (text.as_bytes(), part.as_bytes());
    let Some((first, others)) = part_bytes.split_first() else { return Some(0) };
    if text.len() > SHORT {
        return text.find(part);
    }
    let last = text.len().checked_sub(part.len())?;
    (0..=last).find(|at| text_bytes[*at] == *first && text_bytes[at + 1..].starts_with(others))
}

fn fits(hole: Option<char>, found: Option<char>) -> bool {
    match (hole, found) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(wanted), Some(found)) => wanted == found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_holes_and_escapes() {
        for (pattern, text, expected) in [
            ("*", "a", true),
            ("*", "", false),
            ("a*", "a", true),
            ("*a*b*", "xaxbx", true),
            ("*a*b*", "xbxax", false),
            ("ab*ba", "aba", false),
            ("a*a", "a", false),
            ("a**b", "axxb", true),
            ("?", "é", true),
            ("?", "", false),
            ("a?c*", "abcd", true),
            ("*a?c", "xxabc", true),
            ("*a?c*d", "aabcxd", true),
            ("*a?c*d", "aaxcd", true),
            ("*??", "a", false),
            (r"\*", "*", true),
            (r"\*", "a", false),
            (r"a\?*", "a?b", true),
            (r"a\?*", "abb", false),
            (r"\[a\]", "[a]", true),
            ("[ab]", "[ab]", true),
            ("[ab]", "a", false),
            (r"a\", "a", true),
        ] {
            assert_eq!(Component::parse(pattern).matches(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn escaped_text_is_plain_text() {
        assert_eq!(Component::parse(r"a\ b"), Component::Literal("a b".into()));
    }
}

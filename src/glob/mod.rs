//! Path patterns as CODEOWNERS writes them: one pattern ([`Glob`]), and many compiled into one look-up ([`GlobMap`]).
//!
//! Beneath the rooms that match paths and part of none. A pattern without a slash, or with only a trailing one, matches
//! at any depth; any other is anchored at the root; `*` and `?` stay within one component; `**` as a whole component is
//! any number of folders; `\` takes the next character literally; `[`, `]`, `{`, `}` and `!` are ordinary characters.
//! Matching costs at most (length of the path)² steps a pattern, however long the pattern is, and never recurses on
//! hostile depth.
//!
//! Sources: GitHub Docs, "About code owners"; the cases that implementations of CODEOWNERS share (hmarr/codeowners,
//! `testdata/patterns.json`).

mod component;
mod edges;
mod map;
mod wilds;

pub(crate) use component::Component;
pub(crate) use map::{Builder, GlobMap};

/// Why a pattern cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is written.
    Empty,
    /// `/` alone.
    Slash,
    /// Three `*` in a row.
    Stars,
}

/// A component that no path has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Odd {
    /// Two slashes in a row.
    Empty,
    /// `.`
    Dot,
    /// `..`
    DotDot,
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Part {
    /// `**`: any number of components, none included.
    Deep,
    /// One component.
    One(Component),
}

/// What may follow the last part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Tail {
    /// Nothing.
    Whole,
    /// Nothing, or anything below.
    Tree,
    /// Something below.
    Below,
}

/// One pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Glob {
    parts: Box<[Part]>,
    tail: Tail,
    /// Fewest components that a matching path has.
    least: usize,
}

impl Glob {
    /// Reads a pattern over paths.
    pub(crate) fn path(pattern: &str) -> Result<Self, Fault> {
        let anchored = Self::check(pattern)?;
        let rooted = anchored.len() < pattern.len();
        let (components, folder) = match anchored.strip_suffix('/') {
            Some(components) => (components, true),
            None => (anchored, false),
        };
        let floats = !rooted && components != "**" && !components.contains('/');
        let direct = components == "*" || components.ends_with("/*");
        let tail = match () {
            () if folder => Tail::Below,
            () if direct => Tail::Whole,
            () => Tail::Tree,
        };
        Ok(Self::assemble(floats, components, tail))
    }

    /// Reads a pattern over whole names: anchored at both ends, `*` within `/`, `**` across.
    pub(crate) fn name(pattern: &str) -> Result<Self, Fault> {
        Self::check(pattern)?;
        Ok(Self::assemble(false, pattern, Tail::Whole))
    }

    /// The pattern without its leading slash.
    fn check(pattern: &str) -> Result<&str, Fault> {
        match pattern {
            "" => Err(Fault::Empty),
            "/" => Err(Fault::Slash),
            _ if pattern.as_bytes().contains(&b'*') && pattern.as_bytes().windows(3).any(|three| three == b"***") => {
                Err(Fault::Stars)
            }
            _ => Ok(pattern.strip_prefix('/').unwrap_or(pattern)),
        }
    }

    fn assemble(floats: bool, components: &str, tail: Tail) -> Self {
        let count = components.bytes().filter(|byte| *byte == b'/').count() + 1;
        let mut parts: Vec<Part> = Vec::with_capacity(count + usize::from(floats));
        if floats {
            parts.push(Part::Deep);
        }
        for component in components.split('/') {
            match component {
                "**" if parts.last() == Some(&Part::Deep) => {}
                "**" => parts.push(Part::Deep),
                one => parts.push(Part::One(Component::parse(one))),
            }
        }
        let mut tail = tail;
        if parts.last() == Some(&Part::Deep) {
            parts.pop();
            tail = Tail::Below;
        }
        let components = parts.iter().filter(|part| **part != Part::Deep).count();
        let least = components + usize::from(tail == Tail::Below);
        Self { parts: parts.into(), tail, least }
    }

    /// The first component that no path has, where there is one.
    pub(crate) fn odd(&self) -> Option<Odd> {
        self.parts.iter().find_map(|part| match part {
            Part::One(Component::Literal(text)) => match &**text {
                "" => Some(Odd::Empty),
                "." => Some(Odd::Dot),
                ".." => Some(Odd::DotDot),
                _ => None,
            },
            _ => None,
        })
    }

    /// Whether a [`GlobMap`] has to try this pattern on every path that comes near it, having nothing to look it up
    /// by: it has several `**`, very many components, or a component that neither begins nor ends with text.
    pub(crate) fn is_costly(&self) -> bool {
        let loose = |part: &Part| matches!(part, Part::One(wild @ Component::Wild(_)) if wild.affixes() == ("", ""));
        self.stands_apart() || self.parts.iter().any(loose)
    }

    /// Whether the pattern is kept beside the trie.
    fn stands_apart(&self) -> bool {
        let deep = self.parts.iter().filter(|part| **part == Part::Deep).count();
        deep > 1 || self.parts.len() > map::MAX_TRIE_PARTS
    }

    /// Whether the pattern matches this path.
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.least <= path.len() + 1 && self.matches_from(Some(path))
    }

    /// Leftmost match of every run between two `**`; only the last `**` ever has to be tried again, since an earlier
    /// match of a run leaves more for what follows. `None` is the end of the path.
    fn matches_from(&self, path: Option<&str>) -> bool {
        let mut part = 0;
        let mut rest = path;
        let mut again: Option<(usize, &str)> = None;
        loop {
            let fits = match self.parts.get(part) {
                None => match self.tail {
                    Tail::Tree => return true,
                    Tail::Whole if rest.is_none() => return true,
                    Tail::Below if rest.is_some() => return true,
                    _ => false,
                },
                Some(Part::Deep) => {
                    again = rest.map(|rest| (part + 1, rest));
                    true
                }
                Some(Part::One(component)) => match rest.map(split) {
                    Some((first, after)) if component.matches(first) => {
                        rest = after;
                        true
                    }
                    _ => false,
                },
            };
            if fits {
                part += 1;
                continue;
            }
            let Some((after_deep, from)) = again else { return false };
            let (_, next) = split(from);
            let Some(next) = next else { return false };
            again = Some((after_deep, next));
            part = after_deep;
            rest = Some(next);
        }
    }
}

/// The first component and what follows it.
fn split(path: &str) -> (&str, Option<&str>) {
    match path.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        Glob::path(pattern).unwrap().matches(path)
    }

    #[test]
    fn tells_what_is_no_pattern() {
        assert_eq!(Glob::path(""), Err(Fault::Empty));
        assert_eq!(Glob::path("/"), Err(Fault::Slash));
        assert_eq!(Glob::path("a/***/b"), Err(Fault::Stars));
        assert_eq!(Glob::path("/a/./b").unwrap().odd(), Some(Odd::Dot));
        assert_eq!(Glob::path("../b").unwrap().odd(), Some(Odd::DotDot));
        assert_eq!(Glob::path("a//b").unwrap().odd(), Some(Odd::Empty));
        assert_eq!(Glob::path("/a/**/b/").unwrap().odd(), None);
    }

    #[test]
    fn deep_parts_take_none_or_many() {
        for (pattern, path, expected) in [
            ("**", "a", true),
            ("/**", "a/b", true),
            ("**/", "a", true),
            ("**/*", "a/b/c", true),
            ("a/**", "a", false),
            ("a/**", "a/b/c", true),
            ("a/**/*", "a/b/c", true),
            ("a/**/*", "a", false),
            ("a/**/b/**/c", "a/b/c", true),
            ("a/**/b/**/c", "a/x/b/b/y/c/z", true),
            ("a/**/b/**/c", "a/x/c/b", false),
            ("**/a/b/*", "a/b/a/b/c", true),
            ("**/a/b/*", "a/b/a/c/d", false),
            ("*/", "a", false),
            ("*/", "a/b", true),
            ("/*", "a/b", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn a_trailing_slash_of_the_path_is_something_below() {
        assert!(matches("docs/", "docs/"));
        assert!(!matches("docs/", "docs"));
    }

    #[test]
    fn names_are_matched_whole() {
        let name = |pattern: &str, text: &str| Glob::name(pattern).unwrap().matches(text);
        assert!(name("release/*", "release/1"));
        assert!(!name("release/*", "release/1/2"));
        assert!(!name("release", "release/1"));
        assert!(!name("release", "my/release"));
        assert!(name("release/**", "release/1/2"));
        assert!(name("**/hotfix", "hotfix"));
        assert!(name("**/hotfix", "a/b/hotfix"));
        assert!(name("**", "a/b"));
        assert!(!name("*", "a/b"));
    }
}

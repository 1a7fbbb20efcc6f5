//! Many patterns in one look-up.

use std::collections::HashMap;

use super::edges::{Edge, Edges};
use super::wilds::{Child, Wilds};
use super::{Component, Glob, Part, Tail};

/// A pattern of more parts than this is kept beside the trie, so that a look-up never recurses deeper.
pub(super) const MAX_TRIE_PARTS: usize = 64;

/// Paths of up to this many components are looked up without an allocation.
const INLINE_COMPONENTS: usize = 16;

/// The component of a path is none that any pattern names.
const UNKNOWN: u32 = u32::MAX;

/// Patterns, each with its position, compiled into a trie over components: answers which is the last that matches.
///
/// Every literal component of the patterns is a symbol, so each component of a path is hashed once however many nodes
/// look at it. A pattern goes into the trie when it has at most one `**`, so that no node is visited twice from one
/// place of the path; the others (rare) are tried one by one.
#[derive(Debug, Clone, Default)]
pub(crate) struct GlobMap {
    symbols: HashMap<Box<str>, u32>,
    nodes: Vec<Node>,
    literal: Edges,
    /// Position plus one, latest first.
    apart: Vec<(u32, Glob)>,
}

/// A node of the trie. Positions are kept plus one; 0 is none.
#[derive(Debug, Clone, Default)]
struct Node {
    /// The last pattern that ends here or below.
    latest: u32,
    /// The last pattern that ends here, by what may follow.
    whole: u32,
    tree: u32,
    below: u32,
    /// Whether a symbol leads on from here.
    literal: bool,
    /// The child of a `*`.
    any: Option<u32>,
    /// Children by `*` and `?` in text.
    wild: Option<Box<Wilds>>,
    /// The child of a `**`.
    deep: Option<u32>,
}

/// One component of the path that is looked up.
#[derive(Clone, Copy)]
struct Step<'p> {
    text: &'p str,
    symbol: u32,
}

impl GlobMap {
    /// Compiles patterns; the position of each is its place in the list, and the highest that matches wins.
    pub(crate) fn new(globs: impl IntoIterator<Item = Glob>) -> Self {
        let mut builder = Builder::default();
        globs.into_iter().for_each(|glob| builder.add(glob));
        builder.finish().0
    }

    /// The highest position whose pattern matches.
    pub(crate) fn last_match(&self, path: &str) -> Option<usize> {
        if self.nodes.is_empty() {
            return None;
        }
        let mut latest = 0;
        let mut inline = [Step { text: "", symbol: UNKNOWN }; INLINE_COMPONENTS];
        let mut count = 0;
        let mut components = path.split('/');
        for (slot, text) in inline.iter_mut().zip(&mut components) {
            *slot = self.step(text);
            count += 1;
        }
        match components.next() {
            None => self.walk(0, &inline[..count], &mut latest),
            Some(next) => {
                let mut steps = inline.to_vec();
                steps.extend(std::iter::once(next).chain(components).map(|text| self.step(text)));
                self.walk(0, &steps, &mut latest);
            }
        }
        for (position, glob) in &self.apart {
            if *position <= latest {
                break;
            }
            if glob.matches(path) {
                latest = *position;
            }
        }
        (latest as usize).checked_sub(1)
    }

    /// Calls `found` with the position of every pattern that matches, some perhaps more than once; of patterns that are the same
    /// only the last is kept. Stops when `steps` runs out: `false`, and what was found is not all.
    pub(crate) fn each_match(&self, path: &str, steps: &mut u64, found: &mut impl FnMut(usize)) -> bool {
        if self.nodes.is_empty() {
            return true;
        }
        let components: Vec<Step<'_>> = path.split('/').map(|text| self.step(text)).collect();
        if !self.visit(0, &components, steps, found) {
            return false;
        }
        for (position, glob) in &self.apart {
            // Trying a pattern costs about as much as the path is long.
            if !spend(steps, 1 + path.len() as u64 / 8) {
                return false;
            }
            if glob.matches(path) {
                found(*position as usize - 1);
            }
        }
        true
    }

    /// Calls `found` for every pattern that matches from this node on. Recurses as deep as [`walk`](Self::walk).
    fn visit(&self, at: u32, rest: &[Step<'_>], steps: &mut u64, found: &mut impl FnMut(usize)) -> bool {
        if !spend(steps, 1) {
            return false;
        }
        let node = &self.nodes[at as usize];
        let mut ends = |position: u32| {
            if let Some(position) = (position as usize).checked_sub(1) {
                found(position);
            }
        };
        ends(node.tree);
        let Some((first, after)) = rest.split_first() else {
            ends(node.whole);
            return true;
        };
        ends(node.below);
        if node.literal
            && first.symbol != UNKNOWN
            && let Some(child) = self.literal.get(&Edge::new(at, first.symbol))
            && !self.visit(*child, after, steps, found)
        {
            return false;
        }
        if let Some(any) = node.any
            && !first.text.is_empty()
            && !self.visit(any, after, steps, found)
        {
            return false;
        }
        let mut go_on = true;
        if let Some(wild) = &node.wild {
            wild.candidates(first.text, |children| {
                for (component, child) in children {
                    go_on = go_on && spend(steps, 1);
                    if go_on && component.matches(first.text) {
                        go_on = self.visit(*child, after, steps, found);
                    }
                }
            });
        }
        if let Some(deep) = node.deep {
            for skipped in 0..rest.len() {
                go_on = go_on && self.visit(deep, &rest[skipped..], steps, found);
            }
        }
        go_on
    }

    fn step<'p>(&self, text: &'p str) -> Step<'p> {
        Step { text, symbol: self.symbols.get(text).copied().unwrap_or(UNKNOWN) }
    }

    /// Raises `latest` to the last pattern that matches from this node on. Recurses at most [`MAX_TRIE_PARTS`] deep.
    fn walk(&self, at: u32, rest: &[Step<'_>], latest: &mut u32) {
        let node = &self.nodes[at as usize];
        if node.latest <= *latest {
            return;
        }
        let Some((first, after)) = rest.split_first() else {
            *latest = (*latest).max(node.tree).max(node.whole);
            return;
        };
        *latest = (*latest).max(node.tree).max(node.below);
        if node.literal
            && first.symbol != UNKNOWN
            && let Some(child) = self.literal.get(&Edge::new(at, first.symbol))
        {
            self.walk(*child, after, latest);
        }
        if let Some(any) = node.any
            && !first.text.is_empty()
        {
            self.walk(any, after, latest);
        }
        if let Some(wild) = &node.wild {
            wild.candidates(first.text, |children| {
                for (component, child) in children {
                    if self.nodes[*child as usize].latest <= *latest {
                        break;
                    }
                    if component.matches(first.text) {
                        self.walk(*child, after, latest);
                    }
                }
            });
        }
        if let Some(deep) = node.deep {
            for skipped in 0..rest.len() {
                self.walk(deep, &rest[skipped..], latest);
            }
        }
    }
}

/// Takes `cost` from what is left; `false`: there is not so much.
fn spend(steps: &mut u64, cost: u64) -> bool {
    match steps.checked_sub(cost) {
        Some(left) => *steps = left,
        None => *steps = 0,
    }
    *steps > 0
}

/// Compiles patterns one after the other.
#[derive(Default)]
pub(crate) struct Builder {
    map: GlobMap,
    added: u32,
    wild: HashMap<(u32, Component), u32>,
    wild_children: HashMap<u32, Vec<Child>>,
    repeated: Vec<(usize, usize)>,
}

impl Builder {
    /// Makes room for about so many patterns.
    pub(crate) fn with_capacity(patterns: usize) -> Self {
        let mut builder = Self::default();
        // Real files come to about two nodes a pattern.
        builder.map.nodes.reserve(patterns.saturating_mul(2));
        builder.map.literal.reserve(patterns.saturating_mul(2));
        builder.map.symbols.reserve(patterns);
        builder
    }

    /// Adds a pattern at the next position.
    pub(crate) fn add(&mut self, glob: Glob) {
        // More patterns than a u32 counts do not fit into memory.
        self.added = self.added.saturating_add(1);
        let position = self.added;
        if self.map.nodes.is_empty() {
            self.map.nodes.push(Node::default());
        }
        if glob.stands_apart() {
            self.map.apart.push((position, glob));
            return;
        }
        let mut at = 0;
        self.touch(at, position);
        for part in glob.parts {
            at = self.child(at, part);
            self.touch(at, position);
        }
        let node = &mut self.map.nodes[at as usize];
        let end = match glob.tail {
            Tail::Whole => &mut node.whole,
            Tail::Tree => &mut node.tree,
            Tail::Below => &mut node.below,
        };
        let earlier = std::mem::replace(end, position);
        if earlier > 0 {
            self.repeated.push((earlier as usize - 1, position as usize - 1));
        }
    }

    fn touch(&mut self, node: u32, position: u32) {
        self.map.nodes[node as usize].latest = position;
    }

    fn child(&mut self, at: u32, part: Part) -> u32 {
        let new = u32::try_from(self.map.nodes.len()).unwrap_or(u32::MAX);
        let node = &mut self.map.nodes[at as usize];
        let child = match part {
            Part::Deep => *node.deep.get_or_insert(new),
            Part::One(Component::Any) => *node.any.get_or_insert(new),
            Part::One(Component::Literal(text)) => {
                let next = u32::try_from(self.map.symbols.len()).unwrap_or(UNKNOWN);
                let symbol = *self.map.symbols.entry(text).or_insert(next);
                node.literal = true;
                *self.map.literal.entry(Edge::new(at, symbol)).or_insert(new)
            }
            Part::One(wild) => *self.wild.entry((at, wild)).or_insert_with_key(|(_, wild)| {
                self.wild_children.entry(at).or_default().push((wild.clone(), new));
                new
            }),
        };
        if child == new {
            self.map.nodes.push(Node::default());
        }
        child
    }

    /// The map, and which patterns stand again at a later position, and at which.
    pub(crate) fn finish(self) -> (GlobMap, Vec<(usize, usize)>) {
        let mut map = self.map;
        let latest: Vec<u32> = map.nodes.iter().map(|node| node.latest).collect();
        for (node, children) in self.wild_children {
            map.nodes[node as usize].wild = Some(Box::new(Wilds::new(children, &latest)));
        }
        map.apart.reverse();
        (map, self.repeated)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_search_for_all_ends_when_its_steps_do() {
        let map = map(&["**/a/**/b", "a", "*", "**"]);
        assert!(!map.each_match("a/a/a/a", &mut 3, &mut |_| {}));
        let mut steps = 100;
        assert!(map.each_match("a/a/a/a", &mut steps, &mut |_| {}) && steps > 0);
    }

    fn map(patterns: &[&str]) -> GlobMap {
        let globs: Vec<Glob> = patterns.iter().map(|pattern| Glob::path(pattern).unwrap()).collect();
        GlobMap::new(globs)
    }

    #[test]
    fn the_last_match_wins_whatever_its_kind() {
        let patterns = ["*", "/a/", "*.rs", "a/**/x", "**/b/**/c", "/a/*", "/a/b/c"];
        let map = map(&patterns);
        for (path, expected) in [
            ("z", 0),
            ("a/b/z", 1),
            ("z/z.rs", 2),
            ("a/z.rs", 5),
            ("a/q/x", 3),
            ("z/b/z/c", 4),
            ("a/b/c", 6),
            ("a/b/q/c", 4),
        ] {
            assert_eq!(map.last_match(path), Some(expected), "{path}");
        }
        assert_eq!(GlobMap::default().last_match("a"), None);
    }

    #[test]
    fn paths_deeper_than_the_inline_steps() {
        let deep = "a/".repeat(40);
        let map = map(&["z", "*.rs", "/a/a/"]);
        assert_eq!(map.last_match(&format!("{deep}x.rs")), Some(2));
        assert_eq!(map.last_match(&format!("b/{deep}x.rs")), Some(1));
        assert_eq!(map.last_match(&format!("b/{deep}z")), Some(0));
    }

    #[test]
    fn a_pattern_too_deep_for_the_trie_still_counts() {
        let deep = "a/".repeat(MAX_TRIE_PARTS + 5);
        let patterns = ["*".to_owned(), format!("/{deep}"), "/a/b/".to_owned()];
        let globs: Vec<Glob> = patterns.iter().map(|pattern| Glob::path(pattern).unwrap()).collect();
        let map = GlobMap::new(globs.clone());
        assert_eq!(map.last_match(&format!("{deep}x")), Some(1));
        assert_eq!(map.last_match("a/a/x"), Some(0));
        assert_eq!(map.last_match("a/b/x"), Some(2));
    }

    proptest! {
        #[test]
        fn agrees_with_trying_each_pattern(
            patterns in prop::collection::vec("/?([ab*?]{1,2}|\\*\\*)(/([ab*?]{1,2}|\\*\\*)){0,4}/?", 1..8),
            paths in prop::collection::vec("[ab]{1,2}(/[ab]{1,2}){0,5}", 1..8),
        ) {
            let globs: Vec<Glob> = patterns.iter().filter_map(|pattern| Glob::path(pattern).ok()).collect();
            let map = GlobMap::new(globs.clone());
            for path in &paths {
                let expected = globs.iter().rposition(|glob| glob.matches(path));
                prop_assert_eq!(map.last_match(path), expected, "{:?} on {}", patterns, path);
                let (mut found, mut steps) = (BTreeSet::new(), 1_000_000);
                let whole = map.each_match(path, &mut steps, &mut |position| {
                    found.insert(position);
                });
                prop_assert!(whole);
                let last_of_its_kind = |position: &usize| !globs[position + 1..].contains(&globs[*position]);
                let all: BTreeSet<usize> =
                    (0..globs.len()).filter(|position| globs[*position].matches(path)).collect();
                prop_assert_eq!(
                    found.into_iter().filter(last_of_its_kind).collect::<Vec<_>>(),
                    all.into_iter().filter(last_of_its_kind).collect::<Vec<_>>(),
                    "{:?} on {}", patterns, path
                );
            }
        }
    }
}

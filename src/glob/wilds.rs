//! The children of a node whose component has a `*` or `?` in text.

use std::cmp::Ordering;

use super::Component;

/// A component with a wildcard and the node behind it.
pub(super) type Child = (Component, u32);

/// Children by how their text begins or ends, so that a component of a path is compared with few of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Wilds {
    /// `text*…`
    beginning: Affixes,
    /// `*…text`
    ending: Affixes,
    /// Neither.
    loose: Vec<Child>,
}

impl Wilds {
    /// Arranges the children; within a group those come first whose node has the latest pattern.
    pub(super) fn new(children: Vec<Child>, latest: &[u32]) -> Self {
        let mut beginning = Vec::new();
        let mut ending = Vec::new();
        let mut loose = Vec::new();
        for child in children {
            let (prefix, suffix) = child.0.affixes();
            match (prefix, suffix) {
                ("", "") => loose.push(child),
                ("", suffix) => ending.push((suffix.bytes().rev().collect(), child)),
                (prefix, _) => beginning.push((prefix.as_bytes().into(), child)),
            }
        }
        loose.sort_by_key(|(_, node)| std::cmp::Reverse(latest[*node as usize]));
        Self { beginning: Affixes::new(beginning, latest), ending: Affixes::new(ending, latest), loose }
    }

    /// Calls `found` with groups of children; every child that matches `text` is in one of them.
    pub(super) fn candidates<'w>(&'w self, text: &str, mut found: impl FnMut(&'w [Child])) {
        self.beginning.candidates(text.len(), &mut found, || head(text.bytes()), |key| common(key, text.bytes()));
        self.ending.candidates(
            text.len(),
            &mut found,
            || head(text.bytes().rev()),
            |key| common(key, text.bytes().rev()),
        );
        found(&self.loose);
    }
}

/// Texts that something begins with (or, read backwards, ends with).
///
/// Sorted, all that a word begins with are the greatest one not above the word and what that one itself begins with.
#[derive(Debug, Clone, Default)]
struct Affixes {
    /// The first bytes of each text, for a quick comparison.
    heads: Vec<u64>,
    affixes: Vec<Affix>,
}

#[derive(Debug, Clone)]
struct Affix {
    text: Box<[u8]>,
    /// The longest other one that this one begins with.
    within: Option<u32>,
    children: Vec<Child>,
}

impl Affixes {
    fn new(mut entries: Vec<(Box<[u8]>, Child)>, latest: &[u32]) -> Self {
        entries.sort_by(|(a, (_, one)), (b, (_, other))| {
            a.cmp(b).then_with(|| latest[*other as usize].cmp(&latest[*one as usize]))
        });
        let mut affixes: Vec<Affix> = Vec::new();
        for (text, child) in entries {
            match affixes.last_mut() {
                Some(last) if last.text == text => last.children.push(child),
                _ => {
                    let mut within = affixes.len().checked_sub(1).and_then(|last| u32::try_from(last).ok());
                    while let Some(at) = within
                        && !text.starts_with(&affixes[at as usize].text)
                    {
                        within = affixes[at as usize].within;
                    }
                    affixes.push(Affix { text, within, children: vec![child] });
                }
            }
        }
        Self { heads: affixes.iter().map(|affix| head(affix.text.iter().copied())).collect(), affixes }
    }

    /// `word` gives the head of the word, `compare` how a text stands to the word and how many bytes they share.
    fn candidates<'w>(
        &'w self,
        length: usize,
        found: &mut impl FnMut(&'w [Child]),
        word: impl Fn() -> u64,
        compare: impl Fn(&[u8]) -> (Ordering, usize),
    ) {
        if self.affixes.is_empty() {
            return;
        }
        let word = word();
        let above = self.heads.partition_point(|head| *head < word);
        let same = self.heads[above..].partition_point(|head| *head == word);
        let above = above
            + self.affixes[above..above + same].partition_point(|affix| compare(&affix.text).0 != Ordering::Greater);
        let Some(nearest) = above.checked_sub(1) else { return };
        let (_, shared) = compare(&self.affixes[nearest].text);
        let mut at = u32::try_from(nearest).ok();
        while let Some(affix) = at.map(|at| &self.affixes[at as usize]) {
            if affix.text.len() <= shared.min(length) {
                found(&affix.children);
            }
            at = affix.within;
        }
    }
}

/// The first eight bytes as a number that sorts as they do.
fn head(bytes: impl Iterator<Item = u8>) -> u64 {
    let mut head = [0; 8];
    for (slot, byte) in head.iter_mut().zip(bytes) {
        *slot = byte;
    }
    u64::from_be_bytes(head)
}

/// How `text` sorts beside `word`, and how many bytes they begin with alike.
fn common(text: &[u8], word: impl ExactSizeIterator<Item = u8>) -> (Ordering, usize) {
    let length = word.len();
    for (shared, (a, b)) in text.iter().copied().zip(word).enumerate() {
        if a != b {
            return (a.cmp(&b), shared);
        }
    }
    (text.len().cmp(&length), text.len().min(length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// No child that matches is left out.
        #[test]
        fn every_match_is_a_candidate(
            patterns in prop::collection::vec("[ab\u{0}]{0,10}\\*[ab?*]{0,3}[ab]{0,10}", 0..30),
            texts in prop::collection::vec("[ab\u{0}]{0,12}", 1..10),
        ) {
            let children: Vec<Child> = patterns.iter().map(|pattern| Component::parse(pattern)).zip(0..).collect();
            let latest: Vec<u32> = (0..30).collect();
            let wilds = Wilds::new(children.clone(), &latest);
            for text in &texts {
                let mut found = Vec::new();
                let of = |group: &[Child]| -> Vec<u32> {
                    group.iter().filter(|(component, _)| component.matches(text)).map(|(_, node)| *node).collect()
                };
                wilds.candidates(text, |group| found.extend(of(group)));
                found.sort_unstable();
                let expected = of(&children);
                prop_assert_eq!(found, expected, "{:?} on {:?}", patterns, text);
            }
        }
    }

    #[test]
    fn a_component_is_compared_with_few() {
        let children: Vec<Child> = (0..1_000).map(|n| (Component::parse(&format!("*.ext{n}")), n)).collect();
        let latest: Vec<u32> = (0..1_000).collect();
        let wilds = Wilds::new(children, &latest);
        let mut compared = 0;
        wilds.candidates("file.ext7", |group| compared += group.len());
        assert_eq!(compared, 1);
    }
}

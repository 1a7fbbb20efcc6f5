//! What each of many patterns matches among the files: one look-up a file for all of them.

use std::collections::{BTreeSet, HashMap};

use crate::glob::{Glob, GlobMap};

use super::ground::Ground;

/// In how many places a pattern is looked for, before it is simply in many.
const MOST_PLACES: usize = 1_000;

/// Patterns to look for. The same pattern is looked for once.
#[derive(Default)]
pub(super) struct Wanted {
    globs: Vec<Glob>,
    known: HashMap<Glob, usize>,
    /// Of a name without a slash: the name, for the folders that have it.
    names: HashMap<usize, String>,
}

/// What was found of them.
pub(super) struct Tally {
    /// How many files each matches.
    pub files: Vec<usize>,
    /// The folders of that name, of those that are names without a slash.
    pub folders: HashMap<usize, BTreeSet<String>>,
}

impl Wanted {
    /// Looks for this pattern too; gives its number in the tally.
    pub fn add(&mut self, glob: &Glob) -> usize {
        if let Some(known) = self.known.get(glob) {
            return *known;
        }
        self.globs.push(glob.clone());
        self.known.insert(glob.clone(), self.globs.len() - 1);
        self.globs.len() - 1
    }

    /// Also notes in which folders the pattern is found, where it is a name without a slash.
    pub fn add_name(&mut self, glob: &Glob, written: &str) -> usize {
        let number = self.add(glob);
        if let Some(name) = floating_name(written) {
            self.names.insert(number, name.to_owned());
        }
        number
    }

    /// Looks through all files. `None`: there is too much, which is said.
    pub fn tally(self, ground: &mut Ground<'_>) -> Option<Tally> {
        self.each(ground, |_, _| {})
    }

    /// [`tally`](Self::tally), and calls `found` with the index of each file and the patterns that match it.
    pub fn each(self, ground: &mut Ground<'_>, mut found: impl FnMut(usize, &[usize])) -> Option<Tally> {
        let mut tally = Tally { files: vec![0; self.globs.len()], folders: HashMap::new() };
        let map = GlobMap::new(self.globs);
        let mut steps = ground.steps;
        let mut matched: Vec<usize> = Vec::new();
        let mut whole = true;
        for (index, path) in ground.files.paths.iter().enumerate() {
            matched.clear();
            whole = map.each_match(path, &mut steps, &mut |glob| matched.push(glob));
            if !whole {
                break;
            }
            matched.sort_unstable();
            matched.dedup();
            for glob in &matched {
                tally.files[*glob] += 1;
                if let Some(name) = self.names.get(glob) {
                    folders_of(path, name, tally.folders.entry(*glob).or_default());
                }
            }
            found(index, &matched);
        }
        ground.steps = steps;
        if !whole {
            ground.stop();
        }
        whole.then_some(tally)
    }
}

/// The name that a pattern without a slash is, where it has no wildcard.
pub(super) fn floating_name(written: &str) -> Option<&str> {
    let name = written.strip_suffix('/').unwrap_or(written);
    (!name.is_empty() && !name.contains(['/', '*', '?', '\\', '{', '}', '!'])).then_some(name)
}

fn folders_of(path: &str, name: &str, folders: &mut BTreeSet<String>) {
    let mut from = 0;
    for component in path.split('/') {
        let end = from + component.len();
        if component == name && end < path.len() && folders.len() < MOST_PLACES && !folders.contains(&path[..end]) {
            folders.insert(path[..end].to_owned());
        }
        from = end + 1;
    }
}

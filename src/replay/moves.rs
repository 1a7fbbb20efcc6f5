//! Files that change owner.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::review::{Basis, OwnerMap};
use crate::rules::Handle;

/// So many of the files of a move are named.
const SAMPLE: usize = 3;

/// Files that go from the same owners to the same other ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    /// Names of the teams that own them today; empty: nobody does.
    pub from: Vec<String>,
    /// Names of the teams that would; empty: nobody would.
    pub to: Vec<String>,
    /// How many they are.
    pub files: usize,
    /// The folder that all of them are in, with a trailing slash; empty: the repository's root.
    pub folder: String,
    /// Some of their paths.
    pub sample: Vec<String>,
}

impl Move {
    /// Whether nobody would own them any more.
    pub fn is_loss(&self) -> bool {
        self.to.is_empty()
    }
}

/// The files of `listing` that change owner, by from and to, those of most files first. A team that only gets another name owns
/// what it owned.
pub fn moves(today: &Basis, candidate: &Basis, listing: &[String]) -> Vec<Move> {
    let (before, after) = (OwnerMap::new(today), OwnerMap::new(candidate));
    let mut found: BTreeMap<(BTreeSet<Handle>, BTreeSet<Handle>), Move> = BTreeMap::new();
    for path in listing {
        let (old, new) = (before.owned(path), after.owned(path));
        let key: (BTreeSet<Handle>, BTreeSet<Handle>) =
            (old.owners.into_iter().collect(), new.owners.into_iter().collect());
        if key.0 == key.1 {
            continue;
        }
        let folder = &path[..path.rfind('/').map_or(0, |at| at + 1)];
        let one = found.entry(key).or_insert_with(|| Move {
            from: old.teams,
            to: new.teams,
            files: 0,
            folder: folder.to_owned(),
            sample: Vec::new(),
        });
        one.files += 1;
        let shared = common(&one.folder, folder);
        one.folder.truncate(shared);
        if one.sample.len() < SAMPLE {
            one.sample.push(path.clone());
        }
    }
    let mut moves: Vec<Move> = found.into_values().collect();
    moves.sort_by(|one, other| {
        other.files.cmp(&one.files).then_with(|| (&one.from, &one.to).cmp(&(&other.from, &other.to)))
    });
    moves
}

/// The length of the folder that both folders lie in.
fn common(one: &str, other: &str) -> usize {
    let mut length = 0;
    for (a, b) in one.split_inclusive('/').zip(other.split_inclusive('/')) {
        if a != b {
            break;
        }
        length += a.len();
    }
    length
}

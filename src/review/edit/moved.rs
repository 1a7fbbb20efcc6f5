//! Files that change owner, and files that count for less.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::review::owners::{Owned, OwnerMap};
use crate::review::{Basis, Facts, FileStatus};
use crate::rules::Handle;

/// How many paths of a group are named.
const SAMPLES: usize = 5;

/// Files that go from the same owners to the same owners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Names of the teams that own them before; empty: nobody.
    pub from: Vec<String>,
    /// Names of the teams that own them after; empty: nobody.
    pub to: Vec<String>,
    /// How many there are.
    pub count: usize,
    /// The folder that all of them are in, with a slash at its end; empty: the repository.
    pub folder: String,
    /// The first of them, sorted.
    pub samples: Vec<String>,
    /// SHA-256 over all of their paths.
    pub digest: String,
    /// Handles that the owners after have, in the order of `to`.
    pub(super) takers: Vec<Handle>,
}

/// What becomes of the files of the base.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Moves {
    /// Files that change owner, most first.
    pub owners: Vec<Move>,
    /// Files that count as generated afterwards, by who owns them before.
    pub hidden: Vec<Move>,
    /// Files that no longer do.
    pub counted: Vec<Move>,
}

#[derive(Default)]
struct Group {
    count: usize,
    folder: Option<String>,
    samples: Vec<String>,
    digest: Sha256,
    takers: Vec<Handle>,
}

impl Group {
    /// Paths come sorted.
    fn add(&mut self, path: &str) {
        self.count += 1;
        if self.samples.len() < SAMPLES {
            self.samples.push(path.to_owned());
        }
        self.digest.update(path);
        self.digest.update([0]);
        let folder = path.rfind('/').map_or("", |slash| &path[..=slash]);
        match &mut self.folder {
            None => self.folder = Some(folder.to_owned()),
            Some(known) => {
                while !folder.starts_with(known.as_str()) {
                    known.pop();
                    known.truncate(known.rfind('/').map_or(0, |slash| slash + 1));
                }
            }
        }
    }
}

type Groups = BTreeMap<(Vec<String>, Vec<String>), Group>;

/// What becomes of these files, sorted, whose owners before are told by `owned`. Files that the change removes are gone and go to
/// nobody.
pub(super) fn moves(before: &[(&str, &Owned)], was: &Basis, after: &OwnerMap<'_>, is: &Basis, facts: &Facts) -> Moves {
    let there = facts.files.iter().filter(|file| file.status != FileStatus::Removed);
    let kept: BTreeSet<&str> = there.map(|file| file.path.as_str()).collect();
    let touched: BTreeSet<&str> = facts.files.iter().flat_map(|file| file.touched()).collect();
    let (mut owners, mut hidden, mut counted) = (Groups::default(), Groups::default(), Groups::default());
    for (path, old) in before {
        if touched.contains(path) && !kept.contains(path) {
            continue;
        }
        let new = after.owned(path);
        let (had, has) = (hands(old), hands(&new));
        if had != has {
            let group = owners.entry((old.teams.clone(), new.teams.clone())).or_default();
            group.add(path);
            if group.takers.is_empty() {
                group.takers.clone_from(&new.owners);
            }
        }
        let said = |basis: &Basis| match basis.attributes.generated(path) {
            Some(false) => 0,
            None => 1,
            Some(true) => 2,
        };
        let key = || (old.teams.clone(), Vec::new());
        match said(was).cmp(&said(is)) {
            Ordering::Less => hidden.entry(key()).or_default().add(path),
            Ordering::Greater => counted.entry(key()).or_default().add(path),
            Ordering::Equal => {}
        }
    }
    Moves { owners: listed(owners), hidden: listed(hidden), counted: listed(counted) }
}

/// Who may sign for a file, whatever the teams are called.
fn hands(owned: &Owned) -> BTreeSet<&Handle> {
    owned.owners.iter().collect()
}

fn listed(groups: Groups) -> Vec<Move> {
    let listed = groups.into_iter().map(|((from, to), group)| Move {
        from,
        to,
        count: group.count,
        folder: group.folder.unwrap_or_default(),
        samples: group.samples,
        digest: hex::encode(group.digest.finalize()),
        takers: group.takers,
    });
    let mut listed: Vec<Move> = listed.collect();
    listed.sort_by(|one, other| (other.count, &one.from, &one.to).cmp(&(one.count, &other.from, &other.to)));
    listed
}

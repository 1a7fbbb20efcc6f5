//! Git objects as GitHub keeps them: blobs, trees and commits with git's own ids, and the commit graph.
//!
//! A repository and its forks share one set of objects, as on GitHub, where a fork's commit can be read in the base
//! repository by its id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_lc_rs::digest;
use chrono::{DateTime, Utc};

/// A git object id: 40 hexadecimal digits.
pub type Oid = String;

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A file.
    Regular,
    /// An executable file.
    Executable,
    /// A symbolic link: its blob is the target's path.
    Symlink,
    /// A submodule: its id is a commit of another repository.
    Submodule,
}

impl Mode {
    /// As git writes it.
    pub fn octal(self) -> &'static str {
        match self {
            Self::Regular => "100644",
            Self::Executable => "100755",
            Self::Symlink => "120000",
            Self::Submodule => "160000",
        }
    }

    /// As GraphQL's `TreeEntry.mode` shows it: the same bits as a decimal number.
    pub fn number(self) -> u32 {
        match self {
            Self::Regular => 0o100_644,
            Self::Executable => 0o100_755,
            Self::Symlink => 0o120_000,
            Self::Submodule => 0o160_000,
        }
    }
}

/// A file in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entry {
    /// What it is.
    pub mode: Mode,
    /// Its blob (of a submodule: the commit).
    pub oid: Oid,
}

/// All files of a commit by path.
pub type Files = BTreeMap<String, Entry>;

/// An entry of one tree object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// Name within the tree.
    pub name: String,
    /// `None`: a tree.
    pub mode: Option<Mode>,
    /// Object id.
    pub oid: Oid,
}

/// A commit: a snapshot with parents.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Id.
    pub oid: Oid,
    /// Id of its root tree.
    pub tree: Oid,
    /// All its files.
    pub files: Arc<Files>,
    /// Parents, the first one first.
    pub parents: Vec<Oid>,
    /// Message.
    pub message: String,
    /// Account of the author; `None`: an e-mail that belongs to no account.
    pub author: Option<u64>,
    /// Account of the committer, likewise.
    pub committer: Option<u64>,
    /// When.
    pub at: DateTime<Utc>,
    /// How many commits were made before it.
    order: usize,
}

/// What a commit is made of.
#[derive(Debug, Clone)]
pub struct NewCommit {
    /// All its files.
    pub files: Files,
    /// Parents.
    pub parents: Vec<Oid>,
    /// Message.
    pub message: String,
    /// Author's account, and a name for the id of the commit.
    pub author: Option<u64>,
    /// Committer's account.
    pub committer: Option<u64>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// A commit.
    Commit,
    /// A folder.
    Tree,
    /// A file's content.
    Blob,
}

/// The objects of a repository and its forks.
#[derive(Debug, Default)]
pub struct Objects {
    blobs: BTreeMap<Oid, Arc<[u8]>>,
    trees: BTreeMap<Oid, Vec<TreeEntry>>,
    commits: BTreeMap<Oid, Commit>,
}

impl Objects {
    /// Stores a blob.
    pub fn add_blob(&mut self, bytes: &[u8]) -> Oid {
        let oid = object_id("blob", bytes);
        self.blobs.entry(oid.clone()).or_insert_with(|| bytes.into());
        oid
    }

    /// A blob's bytes.
    pub fn blob(&self, oid: &str) -> Option<Arc<[u8]>> {
        self.blobs.get(oid).cloned()
    }

    /// What kind of object this id names, and the id as it is kept.
    pub fn find(&self, oid: &str) -> Option<(Stored, &Oid)> {
        let commit = self.commits.get_key_value(oid).map(|(oid, _)| (Stored::Commit, oid));
        let tree = || self.trees.get_key_value(oid).map(|(oid, _)| (Stored::Tree, oid));
        commit.or_else(tree).or_else(|| self.blobs.get_key_value(oid).map(|(oid, _)| (Stored::Blob, oid)))
    }

    /// A tree's entries, in git's order.
    pub fn tree(&self, oid: &str) -> Option<&[TreeEntry]> {
        self.trees.get(oid).map(Vec::as_slice)
    }

    /// A commit.
    pub fn commit(&self, oid: &str) -> Option<&Commit> {
        self.commits.get(oid)
    }

    /// Stores a commit with its trees; returns its id.
    pub fn add_commit(&mut self, new: NewCommit) -> Oid {
        let entries: Vec<(&str, &Entry)> = new.files.iter().map(|(path, entry)| (path.as_str(), entry)).collect();
        let tree = self.add_tree(&entries);
        let who = |account: Option<u64>| account.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
        let mut text = format!("tree {tree}\n");
        for parent in &new.parents {
            text.push_str(&format!("parent {parent}\n"));
        }
        let at = new.at.timestamp();
        let (author, committer) = (who(new.author), who(new.committer));
        text.push_str(&format!(
            "author {author} <{author}@users.noreply.github.com> {at} +0000\n\
             committer {committer} <{committer}@users.noreply.github.com> {at} +0000\n\n{}\n",
            new.message
        ));
        let oid = object_id("commit", text.as_bytes());
        let order = self.commits.len();
        self.commits.entry(oid.clone()).or_insert_with(|| Commit {
            oid: oid.clone(),
            tree,
            files: Arc::new(new.files),
            parents: new.parents,
            message: new.message,
            author: new.author,
            committer: new.committer,
            at: new.at,
            order,
        });
        oid
    }

    /// `entries`: paths relative to the tree, sorted, so that what is below one folder stands together.
    fn add_tree(&mut self, entries: &[(&str, &Entry)]) -> Oid {
        let mut tree = Vec::new();
        let mut rest = entries;
        while let Some((path, entry)) = rest.first() {
            match path.split_once('/') {
                None => {
                    tree.push(TreeEntry { name: (*path).to_owned(), mode: Some(entry.mode), oid: entry.oid.clone() });
                    rest = &rest[1..];
                }
                Some((folder, _)) => {
                    let below = |path: &str| path.strip_prefix(folder).is_some_and(|tail| tail.starts_with('/'));
                    let end = rest.iter().position(|(path, _)| !below(path)).unwrap_or(rest.len());
                    let (inside, after) = rest.split_at(end);
                    let inside: Vec<(&str, &Entry)> =
                        inside.iter().map(|(path, entry)| (&path[folder.len() + 1..], *entry)).collect();
                    let oid = self.add_tree(&inside);
                    tree.push(TreeEntry { name: folder.to_owned(), mode: None, oid });
                    rest = after;
                }
            }
        }
        // git sorts a tree as if its folders' names ended in a slash
        tree.sort_by_key(|entry| if entry.mode.is_none() { format!("{}/", entry.name) } else { entry.name.clone() });
        let mut bytes = Vec::new();
        for entry in &tree {
            bytes.extend_from_slice(entry.mode.map_or("40000", Mode::octal).as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(entry.name.as_bytes());
            bytes.push(0);
            bytes.extend(hex::decode(&entry.oid).unwrap_or_default());
        }
        let oid = object_id("tree", &bytes);
        self.trees.insert(oid.clone(), tree);
        oid
    }

    /// A commit and everything that it descends from.
    pub fn ancestry(&self, tip: &str) -> BTreeSet<Oid> {
        let mut seen = BTreeSet::new();
        let mut next = vec![tip.to_owned()];
        while let Some(oid) = next.pop() {
            if let Some(commit) = self.commits.get(&oid)
                && seen.insert(oid)
            {
                next.extend(commit.parents.iter().cloned());
            }
        }
        seen
    }

    /// The best common ancestor: one that no other common ancestor descends from, the newest of several.
    pub fn merge_base(&self, one: &str, other: &str) -> Option<Oid> {
        let (ours, theirs) = (self.ancestry(one), self.ancestry(other));
        let common: Vec<&Oid> = ours.intersection(&theirs).collect();
        let covered: BTreeSet<Oid> = common
            .iter()
            .filter_map(|oid| self.commits.get(*oid))
            .flat_map(|commit| commit.parents.iter())
            .flat_map(|parent| self.ancestry(parent))
            .collect();
        common
            .into_iter()
            .filter(|oid| !covered.contains(*oid))
            .max_by_key(|oid| self.commits.get(*oid).map(|commit| commit.order))
            .cloned()
    }

    /// Commits that `head` has and `base` has not, oldest first.
    pub fn between(&self, base: &str, head: &str) -> Vec<&Commit> {
        let known = self.ancestry(base);
        let mut commits: Vec<&Commit> =
            self.ancestry(head).difference(&known).filter_map(|oid| self.commits.get(oid)).collect();
        commits.sort_by_key(|commit| commit.order);
        commits
    }
}

/// Git's id of an object.
fn object_id(kind: &str, bytes: &[u8]) -> Oid {
    let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    context.update(format!("{kind} {}\0", bytes.len()).as_bytes());
    context.update(bytes);
    hex::encode(context.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(objects: &mut Objects, entries: &[(&str, &str)]) -> Files {
        entries
            .iter()
            .map(|(path, text)| {
                ((*path).to_owned(), Entry { mode: Mode::Regular, oid: objects.add_blob(text.as_bytes()) })
            })
            .collect()
    }

    fn commit(objects: &mut Objects, entries: &[(&str, &str)], parents: &[&Oid], message: &str) -> Oid {
        let files = files(objects, entries);
        objects.add_commit(NewCommit {
            files,
            parents: parents.iter().map(|oid| (*oid).clone()).collect(),
            message: message.to_owned(),
            author: None,
            committer: None,
            at: DateTime::UNIX_EPOCH,
        })
    }

    #[test]
    fn ids_are_those_of_git() {
        let mut objects = Objects::default();
        // printf 'hello\n' | git hash-object --stdin
        assert_eq!(objects.add_blob(b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
        let oid = commit(&mut objects, &[("a-b", "hello\n"), ("a/x", "hello\n"), ("a.txt", "hello\n")], &[], "one");
        // what `git write-tree` says of the same files
        let tree = objects.commit(&oid).expect("just made").tree.clone();
        assert_eq!(tree, "d18c3649010b032548f7afc0425acd0ab5952b39");
        let names: Vec<&str> = objects.tree(&tree).expect("made").iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["a-b", "a.txt", "a"]);
    }

    #[test]
    fn merge_base_follows_the_graph() {
        let mut objects = Objects::default();
        let root = commit(&mut objects, &[("a", "1")], &[], "root");
        let main = commit(&mut objects, &[("a", "2")], &[&root], "main moves on");
        let feature = commit(&mut objects, &[("a", "1"), ("b", "1")], &[&root], "feature");
        assert_eq!(objects.merge_base(&main, &feature).as_ref(), Some(&root));
        let merged = commit(&mut objects, &[("a", "2"), ("b", "1")], &[&feature, &main], "base merged in");
        assert_eq!(objects.merge_base(&main, &merged).as_ref(), Some(&main));
        let names: Vec<&str> = objects.between(&main, &merged).iter().map(|c| c.message.as_str()).collect();
        assert_eq!(names, ["feature", "base merged in"]);
    }
}

//! Reads a repository's objects: changes, files, folders, listings.

use std::collections::{BTreeMap, HashMap};
use std::sync::PoisonError;

use crate::review::Committers;
use crate::source::{Blob, Comparison, Source};

use super::diff::{self, RENAME_LIMIT};
use super::objects::{self, Batch, Entry, Limits, Object, Tree, distinct};
use super::path::{self, shown};
use super::{FILE_BYTES, Git, GitError, READ_BYTES};

/// More folder entries than this are not looked at in one request.
const ENTRIES: usize = 500_000;

/// So many contents are held at once when only their beginnings are wanted.
const BEGINNINGS: usize = 64;

impl Git {
    /// Looks objects up by name, in their order.
    pub(super) fn objects(&self, names: &[&str], limits: &mut Limits) -> Result<Vec<Object>, GitError> {
        let mut objects = Vec::with_capacity(names.len());
        while objects.len() < names.len() {
            if limits.are_spent() {
                let unread = |name: &&str| Object::TooLarge { id: (*name).to_owned(), size: 0 };
                objects.extend(names[objects.len()..].iter().map(unread));
                break;
            }
            let spare = self.batches.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut batch = spare.map_or_else(|| Batch::start(&self.program), Ok)?;
            let (answers, usable) = batch.ask(&names[objects.len()..], limits)?;
            objects.extend(answers);
            if usable {
                self.batches.lock().unwrap_or_else(PoisonError::into_inner).push(batch);
            }
        }
        Ok(objects)
    }

    /// The trees of these ids (each once) or names.
    fn trees<'a>(&self, names: &[&'a str], limits: &mut Limits) -> Result<HashMap<&'a str, Tree>, GitError> {
        let mut trees = HashMap::with_capacity(names.len());
        for (name, object) in names.iter().zip(self.objects(names, limits)?) {
            match object {
                Object::Found { id, kind, bytes } if kind == "tree" => trees.insert(*name, objects::tree(&id, &bytes)?),
                Object::TooLarge { id, .. } => {
                    let limit = format!("{} MiB", READ_BYTES >> 20);
                    return Err(GitError::TooMuch { what: format!("the folder listing {id}"), limit });
                }
                _ => return Err(GitError::MissingObject((*name).to_owned())),
            };
        }
        Ok(trees)
    }

    /// The tree entries at `paths`, in their order. All paths go down one folder at a time together.
    pub(super) fn entries(&self, commit: &str, paths: &[String]) -> Result<Vec<Option<Entry>>, GitError> {
        let root = root_of(commit);
        let split: Vec<Vec<Vec<u8>>> = paths
            .iter()
            .map(|path| path::bytes(path).split(|byte| *byte == b'/').map(<[u8]>::to_vec).collect())
            .collect();
        let mut found: Vec<Option<Entry>> = vec![None; paths.len()];
        let mut open: Vec<(usize, String)> = (0..paths.len()).map(|at| (at, root.clone())).collect();
        for (at, path) in paths.iter().enumerate() {
            if path.is_empty() {
                found[at] = Some(Entry::root(&root));
            }
        }
        open.retain(|(at, _)| !paths[*at].is_empty());
        let mut limits = Limits::listing();
        let mut depth = 0;
        while !open.is_empty() {
            let wanted = distinct(open.iter().map(|(_, tree)| tree.as_str()));
            let trees = self.trees(&wanted, &mut limits)?;
            let mut further = Vec::new();
            for (at, tree) in &open {
                let Some(entry) = trees.get(tree.as_str()).and_then(|tree| tree.get(&split[*at][depth])) else {
                    continue;
                };
                if depth + 1 == split[*at].len() {
                    found[*at] = Some(entry.clone());
                } else if entry.is_tree() {
                    further.push((*at, entry.id.clone()));
                }
            }
            open = further;
            depth += 1;
        }
        Ok(found)
    }

    /// The content of regular files: path and entry each. Equal content is read once.
    fn blobs(&self, files: Vec<(String, Entry)>) -> Result<Vec<Blob>, GitError> {
        let ids = distinct(files.iter().map(|(_, entry)| entry.id.as_str()));
        let mut contents = HashMap::with_capacity(ids.len());
        for (id, object) in ids.iter().zip(self.objects(&ids, &mut Limits::reading())?) {
            let content = match object {
                Object::Found { bytes, kind, .. } if kind == "blob" => Ok(bytes),
                Object::TooLarge { size, .. } if size > FILE_BYTES => {
                    Err(format!("it is larger than {} MiB", FILE_BYTES >> 20))
                }
                Object::TooLarge { .. } => Err(too_much()),
                _ => return Err(GitError::MissingObject((*id).to_owned())),
            };
            contents.insert(*id, content);
        }
        // One object may stand at many paths, and each copy counts.
        let mut left = READ_BYTES;
        let mut copy = |id: &str| {
            let bytes = contents.get(id).ok_or_else(too_much)?.as_ref().map_err(Clone::clone)?;
            left = left.checked_sub(bytes.len() as u64).ok_or_else(too_much)?;
            Ok(bytes.clone())
        };
        Ok(files
            .iter()
            .map(|(path, entry)| Blob { path: path.clone(), id: entry.id.clone(), bytes: copy(&entry.id) })
            .collect())
    }

    /// The first `most` bytes of these contents, in their order; `None` of one that is missing here or too large to be read.
    ///
    /// # Errors
    /// [`GitError`] when the repository cannot be read.
    pub fn beginnings(&self, ids: &[&str], most: usize) -> Result<Vec<Option<Vec<u8>>>, GitError> {
        let mut beginnings = Vec::with_capacity(ids.len());
        // Some at a time, since each is read whole.
        for some in ids.chunks(BEGINNINGS) {
            beginnings.extend(self.objects(some, &mut Limits::reading())?.into_iter().map(|object| match object {
                Object::Found { mut bytes, kind, .. } if kind == "blob" => {
                    bytes.truncate(most);
                    bytes.shrink_to_fit();
                    Some(bytes)
                }
                _ => None,
            }));
        }
        Ok(beginnings)
    }

    fn changed(&self, base: &str, head: &str) -> Result<Comparison, GitError> {
        let (base_tip, head_commit) = (self.resolve(base)?, self.resolve(head)?);
        let comparison = |merge_base, files| Comparison {
            base_tip: base_tip.clone(),
            merge_base,
            head: head_commit.clone(),
            files,
            // Names and addresses of commits are no logins, and anybody may write any.
            committers: Committers::Unknown,
            committer_ids: BTreeMap::new(),
            base_merges: Vec::new(),
        };
        if base_tip == head_commit {
            return Ok(comparison(base_tip.clone(), Vec::new()));
        }
        let answer = self.program.run("merge-base", ["--end-of-options", &base_tip, &head_commit])?;
        if answer.status.code() == Some(1) && answer.stdout.is_empty() {
            let (base, head) = (base.to_owned(), head.to_owned());
            return Err(GitError::NoMergeBase { base, head, shallow: self.shallow });
        }
        let merge_base = String::from_utf8_lossy(answer.success("merge-base")?.trim_ascii()).into_owned();
        let limit = format!("-l{RENAME_LIMIT}");
        let diff = self.program.run(
            "diff-tree",
            [
                "-r",
                "-z",
                "--raw",
                "--numstat",
                "--no-abbrev",
                "-M50%",
                &limit,
                "--diff-algorithm=myers",
                "--ignore-submodules=none",
                "--no-relative",
                "--no-ext-diff",
                "--no-textconv",
                "--no-color",
                "--end-of-options",
                &merge_base,
                &head_commit,
            ],
        )?;
        let files = diff::parse(&diff.success("diff-tree")?)?;
        Ok(comparison(merge_base, files))
    }

    fn below(&self, commit: &str, dirs: &[String], wanted: fn(&str) -> bool) -> Result<Vec<Blob>, GitError> {
        let roots = self.entries(commit, dirs)?;
        let mut open: Vec<(Vec<u8>, String)> = dirs
            .iter()
            .zip(roots)
            .filter_map(|(dir, entry)| Some((path::bytes(dir).into_owned(), entry.filter(Entry::is_tree)?.id)))
            .collect();
        // Sorted, and each path once though folders may lie in one another.
        let mut files = BTreeMap::new();
        let mut limits = Limits::listing();
        let mut seen = 0;
        while !open.is_empty() {
            let ids = distinct(open.iter().map(|(_, id)| id.as_str()));
            let trees = self.trees(&ids, &mut limits)?;
            let mut further = Vec::new();
            for (folder, id) in &open {
                let Some(tree) = trees.get(id.as_str()) else { continue };
                seen += tree.len();
                if seen > ENTRIES {
                    let what = format!("what lies below {}", dirs.join(", "));
                    return Err(GitError::TooMuch { what, limit: format!("{ENTRIES} entries") });
                }
                for (name, entry) in tree {
                    let path = if folder.is_empty() { name.clone() } else { [folder.as_slice(), name].join(&b'/') };
                    if entry.is_tree() {
                        further.push((path, entry.id.clone()));
                    } else if entry.is_file() {
                        let path = shown(&path);
                        if wanted(&path) {
                            files.insert(path, entry.clone());
                        }
                    }
                }
            }
            open = further;
        }
        self.blobs(files.into_iter().collect())
    }

    fn listing(&self, commit: &str) -> Result<Vec<String>, GitError> {
        let answer = self.program.run("ls-tree", ["-r", "-z", "--full-tree", "--end-of-options", commit])?;
        let output = answer.success("ls-tree")?;
        let lines = output.split(|byte| *byte == 0).filter(|line| !line.is_empty());
        let mut paths: Vec<String> = lines
            // Regular files alone: symlinks are 12…, submodules 16….
            .filter(|line| line.starts_with(b"100"))
            .filter_map(|line| Some(shown(line.splitn(2, |byte| *byte == b'\t').nth(1)?)))
            .collect();
        paths.sort_unstable();
        Ok(paths)
    }
}

impl Source for Git {
    type Error = GitError;

    async fn compare(&self, base: &str, head: &str) -> Result<Comparison, GitError> {
        self.changed(base, head)
    }

    async fn read(&self, commit: &str, paths: &[String]) -> Result<Vec<Option<Blob>>, GitError> {
        let entries = self.entries(commit, paths)?;
        let is_file: Vec<bool> = entries.iter().map(|entry| entry.as_ref().is_some_and(Entry::is_file)).collect();
        let files =
            paths.iter().cloned().zip(entries).filter_map(|(path, entry)| Some((path, entry.filter(Entry::is_file)?)));
        let mut blobs = self.blobs(files.collect())?.into_iter();
        Ok(is_file.into_iter().map(|is_file| if is_file { blobs.next() } else { None }).collect())
    }

    async fn read_below(&self, commit: &str, dirs: &[String], wanted: fn(&str) -> bool) -> Result<Vec<Blob>, GitError> {
        self.below(commit, dirs, wanted)
    }

    async fn list(&self, commit: &str) -> Result<Vec<String>, GitError> {
        self.listing(commit)
    }
}

/// The name under which git finds the root tree of a commit.
fn root_of(commit: &str) -> String {
    format!("{commit}^{{tree}}")
}

/// Why a file was not read after many others.
fn too_much() -> String {
    format!("more than {} MiB were read at once", READ_BYTES >> 20)
}

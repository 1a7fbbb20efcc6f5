//! The files of a change that is longer than GitHub lists: two whole listings, of the merge base and of the head, compared.
//!
//! Nothing is said of moves and of numbers of lines: what was moved is gone at one path and new at another, and counts at both.

use std::collections::BTreeMap;

use super::super::content::TreeEntry;
use super::super::{Error, Repository};
use crate::review::{File, FileStatus};

impl Repository {
    /// Every path that differs between two commits.
    pub(super) async fn files_between(&self, merge_base: &str, head: &str) -> Result<Vec<File>, Error> {
        let (old, new) = futures::try_join!(self.entries(merge_base), self.entries(head))?;
        Ok(difference(&old, new))
    }

    /// Every file, symlink and submodule of a commit by path.
    async fn entries(&self, commit: &str) -> Result<BTreeMap<String, TreeEntry>, Error> {
        let tree = self.tree(commit, true).await?;
        // Whatever is not said to be whole is not.
        if tree.truncated != Some(false) {
            return Err(Error::TooLarge(
                "the change has more files than GitHub lists, and the repository has more than it lists in one tree (100,000, or \
                 7 MB of names); split the pull request"
                    .to_owned(),
            ));
        }
        let files = tree.tree.into_iter().filter(|entry| entry.kind != "tree");
        Ok(files.map(|entry| (entry.path.clone(), entry)).collect())
    }
}

fn difference(old: &BTreeMap<String, TreeEntry>, new: BTreeMap<String, TreeEntry>) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    for (path, was) in old.iter().filter(|(path, _)| !new.contains_key(*path)) {
        files.push(File { base_blob: Some(was.sha.clone()), ..File::new(path, FileStatus::Removed) });
    }
    for (path, is) in new {
        let was = old.get(&path);
        if was.is_some_and(|was| was.sha == is.sha && was.mode == is.mode) {
            continue;
        }
        let status = if was.is_some() { FileStatus::Modified } else { FileStatus::Added };
        files.push(File {
            base_blob: was.map(|was| was.sha.clone()),
            head_blob: Some(is.sha),
            mode: Some(is.mode),
            ..File::new(&path, status)
        });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(entries: &[(&str, &str, &str)]) -> BTreeMap<String, TreeEntry> {
        let entry = |(path, mode, sha): &(&str, &str, &str)| {
            let kind = if *mode == "160000" { "commit" } else { "blob" };
            let json = serde_json::json!({ "path": path, "mode": mode, "type": kind, "sha": sha });
            ((*path).to_owned(), serde_json::from_value(json).unwrap())
        };
        entries.iter().map(entry).collect()
    }

    #[test]
    fn content_mode_and_presence_differ() {
        let old = tree(&[
            ("gone", "100644", "1"),
            ("kept", "100644", "2"),
            ("mode", "100644", "3"),
            ("submodule", "160000", "4"),
            ("text", "100644", "5"),
            ("turned", "100644", "6"),
        ]);
        let new = tree(&[
            ("kept", "100644", "2"),
            ("link", "120000", "7"),
            ("mode", "100755", "3"),
            ("submodule", "160000", "8"),
            ("text", "100644", "9"),
            ("turned", "120000", "6"),
        ]);
        let told: Vec<_> = difference(&old, new)
            .into_iter()
            .map(|file| {
                let (base, head, mode) = (file.base_blob, file.head_blob, file.mode);
                format!("{} {:?} {base:?} {head:?} {mode:?}", file.path, file.status).replace("Some", "")
            })
            .collect();
        assert_eq!(
            told,
            [
                "gone Removed (\"1\") None None",
                "link Added None (\"7\") (\"120000\")",
                "mode Modified (\"3\") (\"3\") (\"100755\")",
                "submodule Modified (\"4\") (\"8\") (\"160000\")",
                "text Modified (\"5\") (\"9\") (\"100644\")",
                "turned Modified (\"6\") (\"6\") (\"120000\")",
            ]
        );
    }
}

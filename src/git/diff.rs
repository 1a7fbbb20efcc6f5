//! Reads what `git diff-tree --raw --numstat -z` prints.

use std::collections::HashMap;

use crate::review::{File, FileStatus};

use super::GitError;
use super::path::shown;

/// Above this many new files times this many removed ones, files are not compared for renames (git's own default; the cost
/// is the product). Exact renames are found without end. Each file then counts under its own path, old and new.
pub const RENAME_LIMIT: u64 = 1000;

/// Whether the change was so large that renamed files with changes were not looked for (see [`RENAME_LIMIT`]).
pub fn renames_cut(files: &[File]) -> bool {
    let count = |status| files.iter().filter(|file| file.status == status).count() as u64;
    count(FileStatus::Added).saturating_mul(count(FileStatus::Removed)) > RENAME_LIMIT * RENAME_LIMIT
}

/// The files of a diff, sorted by path.
pub(super) fn parse(output: &[u8]) -> Result<Vec<File>, GitError> {
    let mut fields = output.split(|byte| *byte == 0);
    let mut reading = Reading::default();
    while let Some(field) = fields.next() {
        if !field.is_empty() {
            reading.take(field, &mut fields)?;
        }
    }
    Ok(reading.finish())
}

/// What a diff that cannot be understood is answered with.
pub(super) fn malformed() -> GitError {
    GitError::Failed { what: "diff-tree", why: "its output cannot be understood".to_owned() }
}

/// The files of one diff while its fields are read.
#[derive(Debug, Default)]
pub(super) struct Reading<'a> {
    files: Vec<File>,
    by_path: HashMap<&'a [u8], usize>,
}

impl<'a> Reading<'a> {
    /// Takes one field, and those that belong to it.
    pub(super) fn take(
        &mut self,
        field: &'a [u8],
        fields: &mut impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), GitError> {
        if let Some(raw) = field.strip_prefix(b":") {
            let raw = std::str::from_utf8(raw).map_err(|_| malformed())?;
            let mut words = raw.split(' ');
            let mut word = || words.next().ok_or_else(malformed);
            let (_, mode, base, head, letter) = (word()?, word()?, word()?, word()?, word()?);
            let first = fields.next().ok_or_else(malformed)?;
            let (status, path, previous) = match letter.as_bytes().first() {
                Some(b'A') => (FileStatus::Added, first, None),
                Some(b'D') => (FileStatus::Removed, first, None),
                Some(b'R') => (FileStatus::Renamed, fields.next().ok_or_else(malformed)?, Some(first)),
                Some(b'C') => (FileStatus::Copied, fields.next().ok_or_else(malformed)?, Some(first)),
                // Content, mode, or type (a file that becomes a symlink).
                Some(b'M' | b'T') => (FileStatus::Modified, first, None),
                _ => return Err(malformed()),
            };
            let id = |id: &str| (!id.bytes().all(|byte| byte == b'0')).then(|| id.to_owned());
            self.by_path.insert(path, self.files.len());
            self.files.push(File {
                previous_path: previous.map(shown),
                head_blob: id(head),
                base_blob: id(base),
                mode: (status != FileStatus::Removed).then(|| mode.to_owned()),
                ..File::new(&shown(path), status)
            });
        } else {
            let mut columns = field.splitn(3, |byte| *byte == b'\t');
            let mut column = || columns.next().ok_or_else(malformed);
            let (added, removed, path) = (column()?, column()?, column()?);
            // A rename has an empty path here, and the old and the new one behind it.
            let path = if path.is_empty() {
                fields.next().ok_or_else(malformed)?;
                fields.next().ok_or_else(malformed)?
            } else {
                path
            };
            let file = self.by_path.get(path).and_then(|at| self.files.get_mut(*at)).ok_or_else(malformed)?;
            file.additions = Some(lines(added).ok_or_else(malformed)?);
            file.deletions = Some(lines(removed).ok_or_else(malformed)?);
        }
        Ok(())
    }

    /// The files, sorted by path.
    pub(super) fn finish(mut self) -> Vec<File> {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        self.files
    }
}

/// A number of lines; a binary file (`-`) has none.
fn lines(column: &[u8]) -> Option<u64> {
    if column == b"-" { Some(0) } else { std::str::from_utf8(column).ok()?.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_change_is_read() {
        let (a, b, z) = ("a".repeat(40), "b".repeat(40), "0".repeat(40));
        let output = format!(
            ":100644 100755 {a} {b} M\0z mode\0:000000 100644 {z} {b} A\0new\n\0:100644 000000 {a} {z} D\0gone\0\
             :100644 100644 {a} {b} R075\0old\0-new\0:100644 120000 {a} {b} T\0link\0\
             1\t2\tz mode\03\t0\tnew\n\00\t4\tgone\05\t6\t\0old\0-new\0-\t-\tlink\0"
        );
        let files = parse(output.as_bytes()).unwrap();
        let brief: Vec<_> = files
            .iter()
            .map(|f| (f.path.as_str(), f.previous_path.as_deref(), f.status, f.additions, f.deletions))
            .collect();
        assert_eq!(
            brief,
            [
                ("-new", Some("old"), FileStatus::Renamed, Some(5), Some(6)),
                ("gone", None, FileStatus::Removed, Some(0), Some(4)),
                ("link", None, FileStatus::Modified, Some(0), Some(0)),
                ("new\n", None, FileStatus::Added, Some(3), Some(0)),
                ("z mode", None, FileStatus::Modified, Some(1), Some(2)),
            ]
        );
        assert_eq!((files[1].head_blob.as_deref(), files[1].base_blob.as_deref()), (None, Some(a.as_str())));
        assert_eq!((files[1].mode.as_deref(), files[4].mode.as_deref()), (None, Some("100755")));
        assert_eq!((files[3].head_blob.as_deref(), files[3].base_blob.as_deref()), (Some(b.as_str()), None));
    }

    #[test]
    fn what_is_cut_is_refused() {
        let id = "a".repeat(40);
        for output in
            [format!(":100644 100644 {id} {id} M\0"), format!(":100644 100644 {id} M\0x\0"), "1\t2\tx\0".into()]
        {
            let parsed = parse(output.trim_end_matches('\0').as_bytes());
            assert!(parsed.is_err(), "{output:?} gave {parsed:?}");
        }
    }
}

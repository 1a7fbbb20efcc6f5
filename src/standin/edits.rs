//! What a commit does to the files of its parent.

use super::git::{Entry, Files, Mode, Objects};
use super::world::{Done, Mistake};

/// Edits of files, in order.
#[derive(Debug, Clone, Default)]
pub struct Edits(Vec<Edit>);

#[derive(Debug, Clone)]
enum Edit {
    Write(String, Mode, Vec<u8>),
    Submodule(String, String),
    Delete(String),
    Move(String, String),
    Chmod(String, Mode),
}

impl Edits {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, edit: Edit) -> Self {
        self.0.push(edit);
        self
    }

    /// Writes a text file.
    #[must_use]
    pub fn write(self, path: &str, text: &str) -> Self {
        self.bytes(path, text.as_bytes())
    }

    /// Writes a file of any content.
    #[must_use]
    pub fn bytes(self, path: &str, bytes: &[u8]) -> Self {
        self.with(Edit::Write(path.to_owned(), Mode::Regular, bytes.to_vec()))
    }

    /// Makes a symbolic link.
    #[must_use]
    pub fn link(self, path: &str, target: &str) -> Self {
        self.with(Edit::Write(path.to_owned(), Mode::Symlink, target.as_bytes().to_vec()))
    }

    /// Adds a submodule at a commit of another repository.
    #[must_use]
    pub fn submodule(self, path: &str, commit: &str) -> Self {
        self.with(Edit::Submodule(path.to_owned(), commit.to_owned()))
    }

    /// Removes a file.
    #[must_use]
    pub fn delete(self, path: &str) -> Self {
        self.with(Edit::Delete(path.to_owned()))
    }

    /// Moves a file as it is.
    #[must_use]
    pub fn rename(self, from: &str, to: &str) -> Self {
        self.with(Edit::Move(from.to_owned(), to.to_owned()))
    }

    /// Changes a file's mode alone.
    #[must_use]
    pub fn chmod(self, path: &str, mode: Mode) -> Self {
        self.with(Edit::Chmod(path.to_owned(), mode))
    }

    /// Applies them.
    pub(super) fn apply(&self, objects: &mut Objects, files: &mut Files) -> Done<()> {
        let missing = |path: &str| Mistake(format!("no file {path}"));
        for edit in &self.0 {
            match edit {
                Edit::Write(path, mode, bytes) => {
                    files.insert(path.clone(), Entry { mode: *mode, oid: objects.add_blob(bytes) });
                }
                Edit::Submodule(path, commit) => {
                    files.insert(path.clone(), Entry { mode: Mode::Submodule, oid: commit.clone() });
                }
                Edit::Delete(path) => {
                    files.remove(path).ok_or_else(|| missing(path))?;
                }
                Edit::Move(from, to) => {
                    let entry = files.remove(from).ok_or_else(|| missing(from))?;
                    files.insert(to.clone(), entry);
                }
                Edit::Chmod(path, mode) => files.get_mut(path).ok_or_else(|| missing(path))?.mode = *mode,
            }
        }
        Ok(())
    }

    /// The paths that they name, for a push event's commits.
    pub(super) fn touched(&self) -> (Vec<String>, Vec<String>) {
        let (mut written, mut removed) = (Vec::new(), Vec::new());
        for edit in &self.0 {
            match edit {
                Edit::Write(path, ..) | Edit::Submodule(path, _) | Edit::Chmod(path, _) => written.push(path.clone()),
                Edit::Delete(path) => removed.push(path.clone()),
                Edit::Move(from, to) => {
                    removed.push(from.clone());
                    written.push(to.clone());
                }
            }
        }
        (written, removed)
    }
}

impl From<&[(&str, &str)]> for Edits {
    fn from(files: &[(&str, &str)]) -> Self {
        files.iter().fold(Self::new(), |edits, (path, text)| edits.write(path, text))
    }
}

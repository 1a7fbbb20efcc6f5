//! Files of a commit: by GraphQL, many in one request, and by REST where that is refused or gives no text.
//!
//! Nothing is ever read through the contents API, which follows symlinks. GraphQL does not follow them either: it shows a
//! symlink as a file with the target's path as its text, and does not tell the mode of a single file. That text is one short
//! line, so only of files that look like it the folder is asked for the mode. (A target with a line break in it would be
//! taken for the file's own text; it is text of the same commit all the same, and nothing is followed.)

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::graphql::{By, FOLDERS, OBJECTS, Object, Trouble, Want};
use super::transport::Call;
use super::{Error, Repository};
use crate::source::Blob;

/// The longest file that is read, in bytes: a CODEOWNERS of GitHub's own maximum (3 MB) fits.
const LONGEST_FILE: u64 = 4 * 1024 * 1024;
/// How many bytes one answer of [`Repository::read_files`] or [`Repository::read_folders`] may hold in all.
const LONGEST_READ: u64 = 64 * 1024 * 1024;
/// How many files are fetched one by one in one reading.
const SINGLE_READS: usize = 300;
/// From how many files on the whole listing is asked for rather than folder by folder.
const FEW_FILES: usize = 20;
/// How many folders are walked through in one reading.
const MOST_FOLDERS: usize = 300;
/// How many files [`Repository::read_folders`] answers at most.
const MOST_FILES: usize = 5_000;
/// How deep folders are followed by GraphQL before the whole listing is asked for instead.
const ROUNDS: usize = 3;
/// The longest target that a symlink can have (Linux, `PATH_MAX`).
const LONGEST_TARGET: u64 = 4_095;

#[derive(Deserialize)]
pub(super) struct TreeBody {
    #[serde(default)]
    pub tree: Vec<TreeEntry>,
    pub truncated: Option<bool>,
}

/// An entry of a tree as REST lists it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct TreeEntry {
    pub path: String,
    pub mode: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub sha: String,
    size: Option<u64>,
}

impl TreeEntry {
    fn is_regular(&self) -> bool {
        self.kind == "blob" && self.mode.starts_with("100")
    }
}

#[derive(Deserialize)]
struct BlobBody {
    content: String,
    encoding: String,
}

/// What may still be read in one reading.
struct Budget {
    singles: usize,
    bytes: u64,
}

impl Budget {
    fn new() -> Self {
        Self { singles: SINGLE_READS, bytes: LONGEST_READ }
    }

    /// Takes room for a file, or says why there is none.
    fn take(&mut self, size: u64) -> Result<(), String> {
        if size > LONGEST_FILE {
            return Err(format!("it has {size} bytes; files of up to {LONGEST_FILE} bytes are read"));
        }
        self.bytes = self
            .bytes
            .checked_sub(size)
            .ok_or_else(|| format!("together with the files read before it, it is more than {LONGEST_READ} bytes"))?;
        Ok(())
    }
}

/// Whether git can have a file of this path. Anything else (`..`, an absolute path) is not looked for.
fn is_file_path(path: &str) -> bool {
    !path.contains('\0') && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn below(folder: &str, path: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

impl Repository {
    /// The files at these paths, in their order.
    pub(super) async fn read_files(&self, commit: &str, paths: &[String]) -> Result<Vec<Option<Blob>>, Error> {
        let wanted: Vec<String> =
            paths.iter().filter(|path| is_file_path(path)).cloned().collect::<BTreeSet<_>>().into_iter().collect();
        if wanted.is_empty() {
            return Ok(vec![None; paths.len()]);
        }
        let names: Vec<String> = wanted.iter().map(|path| format!("{commit}:{path}")).collect();
        let found = match self.objects(&names, By::Expression, Want::Content, OBJECTS).await {
            Ok(objects) => self.files_of_objects(commit, &wanted, objects).await?,
            Err(Trouble::Api(error) | Trouble::TooMuch(error)) => return Err(error),
            Err(Trouble::Unavailable(why)) => {
                tracing::debug!(%why, "GraphQL is refused, reading files one by one");
                self.files_by_rest(commit, &wanted).await?
            }
        };
        Ok(paths.iter().map(|path| found.get(path).cloned()).collect())
    }

    pub(super) async fn files_of_objects(
        &self,
        commit: &str,
        paths: &[String],
        objects: Vec<Option<Object>>,
    ) -> Result<HashMap<String, Blob>, Error> {
        let mut blobs: Vec<(&String, Object)> = Vec::new();
        let mut doubtful: BTreeSet<&str> = BTreeSet::new();
        for (path, object) in paths.iter().zip(objects) {
            let Some(object) = object.filter(Object::is_blob) else { continue };
            let one_line = object.text.as_ref().is_some_and(|text| !text.is_empty() && !text.contains('\n'));
            if one_line && object.byte_size.is_none_or(|size| size <= LONGEST_TARGET) {
                doubtful.insert(path);
            }
            blobs.push((path, object));
        }
        let regular = self.regular_files(commit, &doubtful).await?;
        let mut budget = Budget::new();
        let mut found = HashMap::new();
        for (path, object) in blobs {
            if doubtful.contains(path.as_str()) && !regular.contains(path.as_str()) {
                continue;
            }
            if let Some(blob) = self.blob_of(path.clone(), object, &mut budget).await? {
                found.insert(path.clone(), blob);
            }
        }
        Ok(found)
    }

    /// Which of these paths are regular files, as the folders that they are in say.
    async fn regular_files<'a>(&self, commit: &str, paths: &BTreeSet<&'a str>) -> Result<BTreeSet<&'a str>, Error> {
        let folders: Vec<&str> = paths.iter().map(|path| split(path).0).collect::<BTreeSet<_>>().into_iter().collect();
        if folders.is_empty() {
            return Ok(BTreeSet::new());
        }
        let names: Vec<String> = folders.iter().map(|folder| format!("{commit}:{folder}")).collect();
        let listed = match self.objects(&names, By::Expression, Want::Names, OBJECTS).await {
            Ok(listed) => listed,
            Err(Trouble::Api(error) | Trouble::TooMuch(error)) => return Err(error),
            Err(Trouble::Unavailable(_)) => folders.iter().map(|_| None).collect(),
        };
        let mut regular = BTreeSet::new();
        let mut trees = Trees::new(self, commit);
        for (folder, tree) in folders.iter().zip(listed) {
            let inside = paths.iter().copied().filter(|path| split(path).0 == *folder);
            match tree.and_then(|tree| tree.entries) {
                Some(entries) => {
                    let files: BTreeSet<&str> =
                        entries.iter().filter(|entry| entry.is_regular()).map(|entry| entry.name.as_str()).collect();
                    regular.extend(inside.filter(|path| files.contains(split(path).1)));
                }
                None => {
                    for path in inside {
                        if trees.find(path).await?.is_some_and(|entry| entry.is_regular()) {
                            regular.insert(path);
                        }
                    }
                }
            }
        }
        Ok(regular)
    }

    /// The file that an object is; `None` where it is none. Text that GitHub cut or changed is fetched as bytes.
    async fn blob_of(&self, path: String, object: Object, budget: &mut Budget) -> Result<Option<Blob>, Error> {
        let Some(id) = object.oid else { return Ok(None) };
        let size = object.byte_size.unwrap_or(0);
        // Text of another length is not what is in git: an encoding other than UTF-8 was rewritten.
        let whole = object.text.filter(|text| object.is_truncated != Some(true) && text.len() as u64 == size);
        let bytes = match whole {
            _ if object.is_binary == Some(true) => Err("it is binary".to_owned()),
            Some(text) => budget.take(size).map(|()| text.into_bytes()),
            None => self.single(&id, size, budget).await?,
        };
        Ok(Some(Blob { path, id, bytes }))
    }

    /// One file by its object id.
    async fn single(&self, id: &str, size: u64, budget: &mut Budget) -> Result<Result<Vec<u8>, String>, Error> {
        if let Err(why) = budget.take(size) {
            return Ok(Err(why));
        }
        if budget.singles == 0 {
            return Ok(Err(format!("more than {SINGLE_READS} files would have to be fetched one by one")));
        }
        budget.singles -= 1;
        let args = [self.owner.as_str(), self.name.as_str(), id];
        let call = Call::get("/repos/{owner}/{repo}/git/blobs/{file_sha}", &args);
        let body: BlobBody = match self.installation.ask(&call).await {
            Ok(body) => body,
            Err(Error::Forbidden { why, .. }) => return Ok(Err(format!("GitHub does not give it: {why}"))),
            Err(error) => return Err(not_there_yet(error)),
        };
        Ok(match body.encoding.as_str() {
            "utf-8" => Ok(body.content.into_bytes()),
            "base64" => {
                let packed: String = body.content.chars().filter(|c| !c.is_whitespace()).collect();
                STANDARD.decode(packed).map_err(|_| "GitHub's answer is no base64".to_owned())
            }
            other => Err(format!("GitHub sends it in an encoding that is not known: {}", super::mask::shown(other))),
        })
    }

    pub(super) async fn files_by_rest(&self, commit: &str, paths: &[String]) -> Result<HashMap<String, Blob>, Error> {
        let mut trees = Trees::new(self, commit);
        let listing = if paths.len() > FEW_FILES { Some(self.tree(commit, true).await?) } else { None };
        let listing: Option<HashMap<String, TreeEntry>> = listing
            .filter(|tree| tree.truncated != Some(true))
            .map(|tree| tree.tree.into_iter().map(|entry| (entry.path.clone(), entry)).collect());
        let mut budget = Budget::new();
        let mut found = HashMap::new();
        for path in paths {
            let entry = match &listing {
                Some(listing) => listing.get(path).cloned(),
                None => trees.find(path).await?,
            };
            let Some(entry) = entry.filter(TreeEntry::is_regular) else { continue };
            let bytes = self.single(&entry.sha, entry.size.unwrap_or(0), &mut budget).await?;
            found.insert(path.clone(), Blob { path: path.clone(), id: entry.sha, bytes });
        }
        Ok(found)
    }

    /// All regular files below these folders whose path is wanted, sorted by path.
    pub(super) async fn read_folders(
        &self,
        commit: &str,
        dirs: &[String],
        wanted: fn(&str) -> bool,
    ) -> Result<Vec<Blob>, Error> {
        let dirs: BTreeSet<&str> = dirs.iter().map(|dir| dir.trim_matches('/')).collect();
        // A folder below another of them is read with it.
        let dirs: Vec<String> = dirs
            .iter()
            .filter(|dir| !dirs.iter().any(|other| *other != **dir && below(other, dir)))
            .filter(|dir| dir.is_empty() || is_file_path(dir))
            .map(|dir| (*dir).to_owned())
            .collect();
        if dirs.is_empty() {
            return Ok(Vec::new());
        }
        // The whole repository is listed in one request rather than folder by folder.
        let mut blobs = match dirs[0].as_str() {
            "" => None,
            _ => self.folders_by_graphql(commit, &dirs, wanted).await?,
        };
        if blobs.is_none() {
            blobs = Some(self.folders_by_listing(commit, &dirs, wanted).await?);
        }
        let mut blobs = blobs.unwrap_or_default();
        blobs.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(blobs)
    }

    /// Folder by folder with the content of the files; `None` where the listing is the better way.
    async fn folders_by_graphql(
        &self,
        commit: &str,
        dirs: &[String],
        wanted: fn(&str) -> bool,
    ) -> Result<Option<Vec<Blob>>, Error> {
        let mut budget = Budget::new();
        let mut blobs = Vec::new();
        let mut waiting = dirs.to_vec();
        for _ in 0..ROUNDS {
            let names: Vec<String> = waiting.iter().map(|dir| format!("{commit}:{dir}")).collect();
            let trees = match self.objects(&names, By::Expression, Want::Everything, FOLDERS).await {
                Ok(trees) => trees,
                Err(Trouble::Api(error)) => return Err(error),
                Err(Trouble::TooMuch(_) | Trouble::Unavailable(_)) => return Ok(None),
            };
            let mut inner = Vec::new();
            for (dir, tree) in waiting.iter().zip(trees) {
                for entry in tree.and_then(|tree| tree.entries).unwrap_or_default() {
                    let path = join(dir, &entry.name);
                    if entry.kind == "tree" {
                        inner.push(path);
                    } else if entry.is_regular() && wanted(&path) {
                        if blobs.len() >= MOST_FILES {
                            return Err(too_many_files());
                        }
                        let object = Object { oid: entry.oid, ..entry.object.unwrap_or_default() };
                        blobs.extend(self.blob_of(path, object, &mut budget).await?);
                    }
                }
            }
            if inner.is_empty() {
                return Ok(Some(blobs));
            }
            if inner.len() > OBJECTS {
                break;
            }
            waiting = inner;
        }
        Ok(None)
    }

    /// The whole listing of the commit, then the wanted files by their ids.
    async fn folders_by_listing(
        &self,
        commit: &str,
        dirs: &[String],
        wanted: fn(&str) -> bool,
    ) -> Result<Vec<Blob>, Error> {
        let tree = self.tree(commit, true).await?;
        if tree.truncated == Some(true) {
            return Err(too_long_listing());
        }
        let files: Vec<TreeEntry> = tree
            .tree
            .into_iter()
            .filter(|entry| entry.is_regular() && dirs.iter().any(|dir| below(dir, &entry.path)) && wanted(&entry.path))
            .collect();
        if files.len() > MOST_FILES {
            return Err(too_many_files());
        }
        let ids: Vec<String> = files.iter().map(|file| file.sha.clone()).collect::<BTreeSet<_>>().into_iter().collect();
        let mut objects: BTreeMap<String, Object> = match self.objects(&ids, By::Oid, Want::Content, OBJECTS).await {
            Ok(objects) => ids.into_iter().zip(objects).filter_map(|(id, object)| Some((id, object?))).collect(),
            Err(Trouble::Api(error) | Trouble::TooMuch(error)) => return Err(error),
            Err(Trouble::Unavailable(_)) => BTreeMap::new(),
        };
        let mut budget = Budget::new();
        let mut blobs: Vec<Blob> = Vec::with_capacity(files.len());
        let mut known: HashMap<String, usize> = HashMap::new();
        for file in files {
            if let Some(at) = known.get(&file.sha) {
                let bytes = blobs[*at].bytes.clone();
                blobs.push(Blob { path: file.path, id: file.sha, bytes });
                continue;
            }
            known.insert(file.sha.clone(), blobs.len());
            let blob = match objects.remove(&file.sha).filter(Object::is_blob) {
                Some(object) => self.blob_of(file.path, object, &mut budget).await?,
                None => {
                    let bytes = self.single(&file.sha, file.size.unwrap_or(0), &mut budget).await?;
                    Some(Blob { path: file.path, id: file.sha, bytes })
                }
            };
            blobs.extend(blob);
        }
        Ok(blobs)
    }

    /// The paths of all regular files, sorted.
    pub(super) async fn list_files(&self, commit: &str) -> Result<Vec<String>, Error> {
        let tree = self.tree(commit, true).await?;
        if tree.truncated == Some(true) {
            return Err(too_long_listing());
        }
        let mut paths: Vec<String> =
            tree.tree.into_iter().filter(TreeEntry::is_regular).map(|entry| entry.path).collect();
        paths.sort();
        Ok(paths)
    }

    pub(super) async fn tree(&self, sha: &str, recursive: bool) -> Result<TreeBody, Error> {
        let args = [self.owner.as_str(), self.name.as_str(), sha];
        let mut call = Call::get("/repos/{owner}/{repo}/git/trees/{tree_sha}", &args);
        if recursive {
            call = call.query("recursive", 1);
        }
        self.installation.ask(&call).await.map_err(not_there_yet)
    }
}

/// What an earlier answer named exists: a replica that does not find it is behind.
fn not_there_yet(error: Error) -> Error {
    match error {
        Error::NotFound { what } => {
            Error::Outage { what, why: "what another answer named is not there yet".to_owned() }
        }
        other => other,
    }
}

/// The folders of a commit as REST lists them, each asked for once.
struct Trees<'a> {
    repository: &'a Repository,
    commit: &'a str,
    known: HashMap<String, HashMap<String, TreeEntry>>,
}

impl<'a> Trees<'a> {
    fn new(repository: &'a Repository, commit: &'a str) -> Self {
        Self { repository, commit, known: HashMap::new() }
    }

    /// The entry at a path, walking down folder by folder (a symlink on the way is no folder).
    async fn find(&mut self, path: &str) -> Result<Option<TreeEntry>, Error> {
        let mut tree = self.commit.to_owned();
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            if !self.known.contains_key(&tree) {
                let body = self.repository.tree(&tree, false).await?;
                if body.truncated == Some(true) || self.known.len() >= MOST_FOLDERS {
                    return Err(too_long_listing());
                }
                let entries = body.tree.into_iter().map(|entry| (entry.path.clone(), entry)).collect();
                self.known.insert(tree.clone(), entries);
            }
            let Some(entry) = self.known[&tree].get(part) else { return Ok(None) };
            if parts.peek().is_none() {
                return Ok(Some(entry.clone()));
            }
            if entry.kind != "tree" {
                return Ok(None);
            }
            tree.clone_from(&entry.sha);
        }
        Ok(None)
    }
}

fn too_many_files() -> Error {
    Error::Incomplete(format!(
        "the folders of decision records hold more than {MOST_FILES} files; name them more narrowly"
    ))
}

fn too_long_listing() -> Error {
    Error::Incomplete("the repository has more files than GitHub lists (100,000, or 7 MB of names)".to_owned())
}

//! Reads what a judgement needs, from either source, at pinned commits.

use sha2::{Digest, Sha256};

use crate::adr::{self, Index};
use crate::ownership::{Codeowners, LOCATIONS};
use crate::review::{Attributes, Basis, Facts, File, FileStatus, HEADER_BYTES, RulesFrom, says_generated};
use crate::rules::{self, Broken, Layer, RULES_PATH, Repository, Rules};
use crate::source::{Blob, Source};

/// Where the attributes that say what is generated are read from.
pub(super) const ATTRIBUTES: &str = ".gitattributes";

/// What can stop a gather.
#[derive(Debug, thiserror::Error)]
pub enum GatherError<E: std::error::Error + 'static> {
    /// The source could not be read.
    #[error(transparent)]
    Source(#[from] E),
    /// One of the rules files cannot be used.
    #[error(transparent)]
    BrokenRules(Box<Broken>),
    /// A file that the judgement cannot do without is there and cannot be read.
    #[error("{path} cannot be read: {why}")]
    Unreadable {
        /// Its path.
        path: String,
        /// Why.
        why: String,
    },
}

/// The repository that something is read for, and the rules of it that are elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Home {
    /// The organisation or user that it belongs to.
    pub owner: Option<String>,
    /// Its name, without the owner.
    pub name: Option<String>,
    /// The organisation's file: the path that it is known by, and its text.
    pub organization: Option<(String, Vec<u8>)>,
    /// A rules file in place of the repository's own: the path that it is known by, and its text.
    pub rules: Option<(String, Vec<u8>)>,
}

impl Home {
    /// A repository of which everything is in itself.
    pub fn of(owner: Option<String>, name: Option<String>) -> Self {
        Self { owner, name, organization: None, rules: None }
    }
}

/// The digest of all that a base says over an organisation's file, by the digests of both.
pub fn says_over(own: &str, organisation: &str) -> String {
    hex::encode(Sha256::digest(format!("{own}\n{organisation}")))
}

/// Reads rules, CODEOWNERS, `.gitattributes` and, where a rule names any, decision records at `commit`.
///
/// # Errors
/// See [`GatherError`].
pub async fn basis<S: Source>(source: &S, commit: &str, home: Home) -> Result<Basis, GatherError<S::Error>> {
    with_records(source, ground(source, commit, home).await?).await
}

/// Reads the decision records too, where a rule names any.
///
/// # Errors
/// See [`GatherError`].
pub async fn with_records<S: Source>(source: &S, ground: Ground) -> Result<Basis, GatherError<S::Error>> {
    let Ground { mut basis, locators } = ground;
    if basis.rules.rules.iter().any(|rule| !rule.adrs.is_empty()) {
        basis.adrs = records(source, &basis.commit, &basis.rules, &locators).await?;
        basis.says = hex::encode(Sha256::digest(format!("{}\n{:?}", basis.says, basis.adrs)));
    }
    Ok(basis)
}

/// A [`Basis`] whose decision records have not been read.
#[derive(Debug, Clone)]
pub struct Ground {
    /// Everything but the records.
    pub basis: Basis,
    /// The files that may say where records stand, for [`records`].
    pub locators: Vec<(String, Vec<u8>)>,
}

/// The files of a commit that say how a change is judged, as they were read.
#[derive(Debug, Clone)]
pub struct Files {
    commit: String,
    blobs: Vec<Blob>,
}

impl Files {
    /// Where they are looked for.
    pub fn paths() -> Vec<String> {
        let mut paths: Vec<String> = vec![RULES_PATH.to_owned(), ATTRIBUTES.to_owned()];
        paths.extend(LOCATIONS.map(str::to_owned));
        paths.extend(adr::LOCATORS.map(str::to_owned));
        paths
    }

    /// What was found at these paths.
    pub fn new(commit: &str, found: Vec<Option<Blob>>) -> Self {
        Self { commit: commit.to_owned(), blobs: found.into_iter().flatten().collect() }
    }

    /// The same without the file at one of the paths.
    #[must_use]
    pub fn without(&self, path: &str) -> Self {
        let blobs = self.blobs.iter().filter(|blob| blob.path != path).cloned().collect();
        Self { commit: self.commit.clone(), blobs }
    }

    /// The file at one of the paths.
    pub fn at(&self, path: &str) -> Option<&Blob> {
        self.blobs.iter().find(|blob| blob.path == path)
    }
}

/// Reads what [`basis`] reads, in one request, without the decision records.
///
/// # Errors
/// See [`GatherError`].
pub async fn ground<S: Source>(source: &S, commit: &str, home: Home) -> Result<Ground, GatherError<S::Error>> {
    let files = Files::new(commit, source.read(commit, &Files::paths()).await?);
    ground_of(&files, home)
}

/// What these files say, without the decision records.
///
/// # Errors
/// See [`GatherError`].
pub fn ground_of<E: std::error::Error>(files: &Files, home: Home) -> Result<Ground, GatherError<E>> {
    let needed = |blob: &Blob| {
        let unreadable = |why| GatherError::Unreadable { path: blob.path.clone(), why };
        blob.bytes.clone().map_err(unreadable)
    };
    let Home { owner, name, organization, rules } = home;
    let own = match (rules, files.at(RULES_PATH)) {
        (Some(elsewhere), _) => Some(elsewhere),
        (None, Some(blob)) => Some((RULES_PATH.to_owned(), needed(blob)?)),
        (None, None) => None,
    };
    fn layer((path, text): &(String, Vec<u8>)) -> Layer<'_> {
        Layer { path, text }
    }
    let (beneath, own) = (organization.as_ref().map(layer), own.as_ref().map(layer));
    let here = Repository { owner: owner.as_deref(), name: name.as_deref() };
    let rules = rules::effective(beneath, own, here).map_err(|broken| GatherError::BrokenRules(Box::new(broken)))?;
    let mut says = Sha256::new();
    let mut say = |path: &str, bytes: &[u8]| {
        says.update(format!("{path}\0{}\0", bytes.len()));
        says.update(bytes);
    };
    let mut digest = Sha256::new();
    for layer in beneath.iter().chain(&own) {
        say(layer.path, layer.text);
        digest.update(layer.text);
    }
    let (rules_from, rules_digest) = match (beneath, own) {
        (_, Some(own)) => (RulesFrom::File(own.path.to_owned()), hex::encode(digest.finalize())),
        (Some(beneath), None) => (RulesFrom::Organization(beneath.path.to_owned()), hex::encode(digest.finalize())),
        (None, None) => (RulesFrom::Startup, String::new()),
    };
    let rules = rules.rules;
    let codeowners = match LOCATIONS.iter().find_map(|path| files.at(path)) {
        Some(blob) => {
            let text = needed(blob)?;
            say(&blob.path, &text);
            Some(Codeowners::parse(&blob.path, &text))
        }
        None => None,
    };
    // Attributes that cannot be read take nothing out of judgement.
    let attributes = files.at(ATTRIBUTES).and_then(|blob| blob.bytes.as_ref().ok());
    if let Some(bytes) = attributes {
        say(ATTRIBUTES, bytes);
    }
    let attributes = attributes.map(|bytes| Attributes::parse(bytes)).unwrap_or_default();
    let locators = adr::LOCATORS
        .iter()
        .filter_map(|path| Some(((*path).to_owned(), files.at(path)?.bytes.as_ref().ok()?.clone())))
        .collect();
    let basis = Basis {
        commit: files.commit.clone(),
        owner,
        rules,
        rules_from,
        rules_digest,
        organisation: None,
        codeowners,
        attributes,
        adrs: Index::default(),
        says: hex::encode(says.finalize()),
    };
    Ok(Ground { basis, locators })
}

/// Reads the files that may say where records stand, for [`records`]; [`ground`] brings them along.
///
/// # Errors
/// See [`GatherError`].
pub async fn locators<S: Source>(source: &S, commit: &str) -> Result<Vec<(String, Vec<u8>)>, GatherError<S::Error>> {
    let found = source.read(commit, &adr::LOCATORS.map(str::to_owned)).await?;
    Ok(found.into_iter().flatten().filter_map(|blob| Some((blob.path, blob.bytes.ok()?))).collect())
}

/// Reads the decision records at `commit`: below the folders that the rules name, else below those that the locator files
/// or convention give.
///
/// # Errors
/// See [`GatherError`].
pub async fn records<S: Source>(
    source: &S,
    commit: &str,
    rules: &Rules,
    locators: &[(String, Vec<u8>)],
) -> Result<Index, GatherError<S::Error>> {
    let dirs = if rules.adr_paths.is_empty() {
        let listing = source.list(commit).await?;
        adr::locate(&[], locators, &listing)
    } else {
        adr::locate(&rules.adr_paths, locators, &[])
    };
    records_below(source, commit, &dirs).await
}

/// Reads the decision records below these folders (no trailing slash).
///
/// # Errors
/// See [`GatherError`].
pub async fn records_below<S: Source>(
    source: &S,
    commit: &str,
    dirs: &[String],
) -> Result<Index, GatherError<S::Error>> {
    if dirs.is_empty() {
        return Ok(Index::default());
    }
    let mut files = Vec::new();
    let mut unreadable = Vec::new();
    for blob in source.read_below(commit, dirs, adr::is_candidate).await? {
        match blob.bytes {
            Ok(bytes) => files.push((blob.path, bytes)),
            Err(why) => unreadable.push((blob.path, why)),
        }
    }
    let mut index = Index::build(&files);
    index.unreadable.append(&mut unreadable);
    index.unreadable.sort();
    Ok(index)
}

/// Whether a base may say something else when the file at `path` changes: it is one of those that [`basis`] reads, or one of the
/// decision records below `folders` (the empty text: anywhere).
pub fn says_something(path: &str, folders: &[String]) -> bool {
    let below = |folder: &String| {
        folder.is_empty() || path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    path == RULES_PATH
        || path == ATTRIBUTES
        || LOCATIONS.contains(&path)
        || adr::LOCATORS.contains(&path)
        || (folders.iter().any(below) && adr::is_candidate(path))
}

/// What a file was at the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Id of its content.
    blob: String,
    /// Whether its first lines say that it is generated.
    generated: bool,
}

impl Version {
    /// Tells it of the file.
    pub fn tell(&self, file: &mut File) {
        file.generated_at_base = Some(self.generated);
        file.base_blob.get_or_insert_with(|| self.blob.clone());
    }
}

/// The path at which a file has a base version; `None`: it is new or copied, and nothing that the head says takes it out of
/// judgement.
pub fn path_at_base(file: &File) -> Option<&str> {
    let had_one = matches!(file.status, FileStatus::Modified | FileStatus::Renamed | FileStatus::Removed);
    had_one.then(|| file.previous_path.as_deref().unwrap_or(&file.path))
}

/// Whether nothing is known that stands for the content at the base.
pub fn content_unknown(file: &File) -> bool {
    path_at_base(file).is_some() && file.diff.is_none() && file.base_blob.is_none()
}

/// Whether it is not known if the base version says that it is generated.
pub fn header_unknown(file: &File) -> bool {
    file.header_unknown()
}

/// The base versions of these files, which have one, in their order.
///
/// # Errors
/// See [`GatherError`].
pub async fn versions<'f, S: Source>(
    source: &S,
    merge_base: &str,
    files: impl Iterator<Item = &'f File>,
) -> Result<Vec<Version>, GatherError<S::Error>> {
    let paths: Vec<String> = files.filter_map(path_at_base).map(str::to_owned).collect();
    let found = source.read(merge_base, &paths).await?;
    let version = |blob: Option<Blob>| match blob {
        Some(blob) => {
            let beginning = blob.bytes.as_ref().map(|bytes| &bytes[..bytes.len().min(HEADER_BYTES)]);
            Version { generated: beginning.is_ok_and(says_generated), blob: blob.id }
        }
        // What was no regular file is bound to the very commit, so that nothing else passes for it.
        None => Version { blob: format!("at {merge_base}"), generated: false },
    };
    Ok(found.into_iter().map(version).collect())
}

/// Fills in what the base versions of the changed files say, where it is not known.
///
/// # Errors
/// See [`GatherError`].
pub async fn base_versions<S: Source>(
    source: &S,
    merge_base: &str,
    facts: &mut Facts,
) -> Result<(), GatherError<S::Error>> {
    let missing = |file: &File| content_unknown(file) || header_unknown(file);
    let mut wanted: Vec<&mut File> = facts.files.iter_mut().filter(|file| missing(file)).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let versions = versions(source, merge_base, wanted.iter().map(|file| &**file)).await?;
    for (file, version) in wanted.iter_mut().zip(versions) {
        version.tell(file);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use super::*;
    use crate::source::Comparison;

    /// Files in memory, and what was asked of them.
    #[derive(Default)]
    struct Memory {
        files: BTreeMap<&'static str, Result<&'static str, &'static str>>,
        asked: Mutex<Vec<String>>,
    }

    #[derive(Debug, thiserror::Error)]
    #[error("none")]
    struct Never;

    impl Memory {
        fn with(files: &[(&'static str, &'static str)]) -> Self {
            Self { files: files.iter().map(|(path, text)| (*path, Ok(*text))).collect(), ..Self::default() }
        }

        fn blob(&self, path: &str) -> Option<Blob> {
            let content = self.files.get(path)?;
            let bytes = content.map(|text| text.as_bytes().to_vec()).map_err(str::to_owned);
            Some(Blob { path: path.to_owned(), id: format!("id of {path}"), bytes })
        }

        fn ask(&self, what: String) {
            self.asked.lock().unwrap().push(what);
        }

        fn asked(self) -> Vec<String> {
            self.asked.into_inner().unwrap()
        }
    }

    impl Source for Memory {
        type Error = Never;

        async fn compare(&self, _: &str, _: &str) -> Result<Comparison, Never> {
            Err(Never)
        }

        async fn read(&self, commit: &str, paths: &[String]) -> Result<Vec<Option<Blob>>, Never> {
            self.ask(format!("read {} files at {commit}", paths.len()));
            Ok(paths.iter().map(|path| self.blob(path)).collect())
        }

        async fn read_below(&self, _: &str, dirs: &[String], wanted: fn(&str) -> bool) -> Result<Vec<Blob>, Never> {
            self.ask(format!("read below {}", dirs.join(", ")));
            let below = |path: &&&str| dirs.iter().any(|dir| path.starts_with(&format!("{dir}/"))) && wanted(path);
            Ok(self.files.keys().filter(below).filter_map(|path| self.blob(path)).collect())
        }

        async fn list(&self, _: &str) -> Result<Vec<String>, Never> {
            self.ask("list".to_owned());
            Ok(self.files.keys().map(|path| (*path).to_owned()).collect())
        }
    }

    fn wait<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    const NAMES_A_RECORD: &str = "version: 1\nrules:\n  - id: a\n    when: { crosses: team }\n    adrs: [ADR-1]\n";
    const RECORD: &str = "# 1. One\n\n## Status\n\nAccepted\n";

    #[test]
    fn one_request_reads_everything_but_the_records() {
        let source = Memory::with(&[
            (".github/merestone.yml", "version: 1\n"),
            ("CODEOWNERS", "* @a\n"),
            ("docs/CODEOWNERS", "* @b\n"),
            ("docs/adr/0001-one.md", RECORD),
        ]);
        let basis = wait(basis(&source, "c", Home::of(Some("acme".to_owned()), None))).unwrap();
        assert_eq!(basis.rules_from, RulesFrom::File(RULES_PATH.to_owned()));
        assert_eq!(basis.codeowners.unwrap().path(), "CODEOWNERS");
        assert_eq!((basis.commit.as_str(), basis.owner.as_deref()), ("c", Some("acme")));
        assert_eq!(source.asked(), ["read 8 files at c"]);
    }

    #[test]
    fn records_are_looked_for_when_a_rule_names_one() {
        let files = [(".github/merestone.yml", NAMES_A_RECORD), ("docs/adr/0001-one.md", RECORD)];
        let source = Memory::with(&files);
        assert_eq!(wait(basis(&source, "c", Home::default())).unwrap().adrs.records.len(), 1);
        assert_eq!(source.asked(), ["read 8 files at c", "list", "read below docs/adr"]);
        // Where the rules say which folder, nothing is listed.
        let source = Memory::with(&files);
        let elsewhere = format!("{NAMES_A_RECORD}adrs: {{ paths: [docs/] }}\n").into_bytes();
        let named =
            wait(basis(&source, "c", Home { rules: Some(("new.yml".to_owned(), elsewhere)), ..Home::default() }))
                .unwrap();
        assert_eq!((named.adrs.records.len(), named.rules_from), (1, RulesFrom::File("new.yml".to_owned())));
        assert_eq!(source.asked(), ["read 8 files at c", "read below docs"]);
    }

    #[test]
    fn what_a_base_says_is_told_from_what_another_says() {
        let says = |files: &[(&'static str, &'static str)]| {
            wait(basis(&Memory::with(files), "c", Home::default())).unwrap().says
        };
        let rules = (".github/merestone.yml", NAMES_A_RECORD);
        let record = ("docs/adr/0001-one.md", RECORD);
        let whole = says(&[rules, record]);
        assert_eq!(whole, says(&[rules, record, ("src/main.rs", "fn main() {}\n")]), "code says nothing");
        assert_eq!(whole, says(&[rules, record, ("docs/adr/notes.txt", "nothing\n")]));
        let accepted = ("docs/adr/0001-one.md", "# 1. One\n\n## Status\n\nRejected\n");
        let others = [
            says(&[record]),
            says(&[rules]),
            says(&[rules, accepted]),
            says(&[rules, record, ("CODEOWNERS", "* @a\n")]),
            says(&[rules, record, ("docs/CODEOWNERS", "* @a\n")]),
            says(&[rules, record, (".gitattributes", "* @a\n")]),
        ];
        let distinct: std::collections::BTreeSet<&String> = others.iter().chain([&whole]).collect();
        assert_eq!(distinct.len(), others.len() + 1);
    }

    #[test]
    fn without_rules_the_pack_startup_judges() {
        let basis = wait(basis(&Memory::default(), "c", Home::default())).unwrap();
        assert_eq!((basis.rules_from, basis.rules.mode), (RulesFrom::Startup, crate::rules::Mode::Shadow));
    }

    #[test]
    fn what_decides_and_cannot_be_read_stops_the_judgement() {
        for path in [".github/merestone.yml", "CODEOWNERS"] {
            let source = Memory { files: [(path, Err("it is too large"))].into(), ..Memory::default() };
            let error = wait(basis(&source, "c", Home::default())).unwrap_err();
            assert_eq!(error.to_string(), format!("{path} cannot be read: it is too large"));
        }
        // A record that cannot be read costs that record, and attributes take nothing out of judgement.
        let source = Memory {
            files: [
                (".github/merestone.yml", Ok(NAMES_A_RECORD)),
                (".gitattributes", Err("it is too large")),
                ("docs/adr/0001-one.md", Ok(RECORD)),
                ("docs/adr/0002-two.md", Err("it is too large")),
            ]
            .into(),
            ..Memory::default()
        };
        let adrs = wait(basis(&source, "c", Home::default())).unwrap().adrs;
        assert_eq!(adrs.records.len(), 1);
        assert_eq!(adrs.unreadable, [("docs/adr/0002-two.md".to_owned(), "it is too large".to_owned())]);
    }

    #[test]
    fn broken_rules_come_with_their_text() {
        let source = Memory::with(&[(".github/merestone.yml", "version: 2\n")]);
        let Err(GatherError::BrokenRules(broken)) = wait(basis(&source, "c", Home::default())) else {
            panic!("the rules are not broken");
        };
        assert_eq!((broken.path.as_str(), broken.text.as_slice()), (RULES_PATH, &b"version: 2\n"[..]));
        assert!(!broken.problems.is_empty());
    }

    #[test]
    fn base_versions_are_read_at_once_and_at_their_old_paths() {
        let source = Memory::with(&[("old", "text\n"), ("kept", "text\n")]);
        let mut renamed = File::new("new", FileStatus::Renamed);
        renamed.previous_path = Some("old".to_owned());
        let mut known = File::new("kept", FileStatus::Modified);
        known.base_blob = Some("known already".to_owned());
        let added = File::new("old2", FileStatus::Added);
        let link = File::new("link", FileStatus::Modified);
        let mut told = File::new("told", FileStatus::Modified);
        (told.diff, told.generated_at_base) = (Some("digest".to_owned()), Some(true));
        let mut facts = Facts::of_files(vec![renamed, known, added, link, told]);
        wait(base_versions(&source, "m", &mut facts)).unwrap();
        let blobs: Vec<_> = facts.files.iter().map(|file| file.base_blob.as_deref()).collect();
        assert_eq!(blobs, [Some("id of old"), Some("known already"), None, Some("at m"), None]);
        assert_eq!(source.asked(), ["read 3 files at m"]);
        // Nothing is asked where there is no base version.
        let source = Memory::default();
        let mut facts = Facts::of_files(vec![File::new("a", FileStatus::Added)]);
        wait(base_versions(&source, "m", &mut facts)).unwrap();
        assert!(source.asked().is_empty());
    }
}

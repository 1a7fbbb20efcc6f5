//! Reads what a judgement needs, from either source, at pinned commits.

use crate::adr::{self, Index};
use crate::ownership::{Codeowners, LOCATIONS};
use crate::review::{Attributes, Basis, Facts, FileStatus, HEADER_BYTES, RulesFrom, says_generated};
use crate::rules::{self, Problem, RULES_PATH, Rules};
use crate::source::{Blob, Source};

/// Where the attributes that say what is generated are read from.
const ATTRIBUTES: &str = ".gitattributes";

/// What can stop a gather.
#[derive(Debug, thiserror::Error)]
pub enum GatherError<E: std::error::Error + 'static> {
    /// The source could not be read.
    #[error(transparent)]
    Source(#[from] E),
    /// The rules file at the base cannot be used.
    #[error("the rules file {path} cannot be used")]
    BrokenRules {
        /// Its path.
        path: String,
        /// The commit that it was read at.
        commit: String,
        /// Its text, for showing the lines.
        text: Vec<u8>,
        /// What is wrong with it.
        problems: Vec<Problem>,
    },
    /// A file that the judgement cannot do without is there and cannot be read.
    #[error("{path} cannot be read: {why}")]
    Unreadable {
        /// Its path.
        path: String,
        /// Why.
        why: String,
    },
}

/// Reads rules, CODEOWNERS, `.gitattributes` and, where a rule names any, decision records at `commit`.
///
/// `owner` is the organisation or user that the repository belongs to; `rules_override` is a rules file from elsewhere, with
/// the path that it is known by.
///
/// # Errors
/// See [`GatherError`].
pub async fn basis<S: Source>(
    source: &S,
    commit: &str,
    owner: Option<String>,
    rules_override: Option<(String, Vec<u8>)>,
) -> Result<Basis, GatherError<S::Error>> {
    let Ground { mut basis, locators } = ground(source, commit, owner, rules_override).await?;
    if basis.rules.rules.iter().any(|rule| !rule.adrs.is_empty()) {
        basis.adrs = records(source, commit, &basis.rules, &locators).await?;
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

/// Reads what [`basis`] reads, in one request, without the decision records.
///
/// # Errors
/// See [`GatherError`].
pub async fn ground<S: Source>(
    source: &S,
    commit: &str,
    owner: Option<String>,
    rules_override: Option<(String, Vec<u8>)>,
) -> Result<Ground, GatherError<S::Error>> {
    let mut paths: Vec<String> = vec![RULES_PATH.to_owned(), ATTRIBUTES.to_owned()];
    paths.extend(LOCATIONS.map(str::to_owned));
    paths.extend(adr::LOCATORS.map(str::to_owned));
    let found = source.read(commit, &paths).await?;
    let found: Vec<Blob> = found.into_iter().flatten().collect();
    let at = |path: &str| found.iter().find(|blob| blob.path == path);
    let needed = |blob: &Blob| {
        let unreadable = |why| GatherError::Unreadable { path: blob.path.clone(), why };
        blob.bytes.clone().map_err(unreadable)
    };
    let file = match (rules_override, at(RULES_PATH)) {
        (Some(elsewhere), _) => Some(elsewhere),
        (None, Some(blob)) => Some((RULES_PATH.to_owned(), needed(blob)?)),
        (None, None) => None,
    };
    let (rules, rules_from) = match file {
        Some((path, text)) => match rules::parse(&text) {
            Ok(parsed) => (parsed.rules, RulesFrom::File(path)),
            Err(problems) => {
                return Err(GatherError::BrokenRules { path, commit: commit.to_owned(), text, problems });
            }
        },
        None => (rules::startup(), RulesFrom::Startup),
    };
    let codeowners = match LOCATIONS.iter().find_map(|path| at(path)) {
        Some(blob) => Some(Codeowners::parse(&blob.path, &needed(blob)?)),
        None => None,
    };
    // Attributes that cannot be read take nothing out of judgement.
    let attributes = at(ATTRIBUTES).and_then(|blob| blob.bytes.as_ref().ok());
    let attributes = attributes.map(|bytes| Attributes::parse(bytes)).unwrap_or_default();
    let locators = adr::LOCATORS
        .iter()
        .filter_map(|path| Some(((*path).to_owned(), at(path)?.bytes.as_ref().ok()?.clone())))
        .collect();
    let basis =
        Basis { commit: commit.to_owned(), owner, rules, rules_from, codeowners, attributes, adrs: Index::default() };
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

/// Fills in what the base version of the changed files says (generated headers), and which blobs they had there.
///
/// # Errors
/// See [`GatherError`].
pub async fn base_versions<S: Source>(
    source: &S,
    merge_base: &str,
    facts: &mut Facts,
) -> Result<(), GatherError<S::Error>> {
    // What is new or copied has no base version: nothing that the head says takes it out of judgement.
    let had_one = |status| matches!(status, FileStatus::Modified | FileStatus::Renamed | FileStatus::Removed);
    let mut changed: Vec<_> = facts.files.iter_mut().filter(|file| had_one(file.status)).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let paths: Vec<String> =
        changed.iter().map(|file| file.previous_path.as_ref().unwrap_or(&file.path).clone()).collect();
    let versions = source.read(merge_base, &paths).await?;
    for (file, version) in changed.iter_mut().zip(versions) {
        let Some(blob) = version else { continue };
        let beginning = blob.bytes.as_ref().map(|bytes| &bytes[..bytes.len().min(HEADER_BYTES)]);
        file.generated_at_base = beginning.is_ok_and(says_generated);
        file.base_blob.get_or_insert(blob.id);
    }
    Ok(())
}

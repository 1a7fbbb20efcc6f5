//! What a change makes of the files that judge: the base is read once more, with the files that the change touches laid over it
//! as the head has them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::adr;
use crate::ownership::LOCATIONS;
use crate::review::{Basis, Broken, Edited, FileStatus, Flaw, Paths, RulesFrom};
use crate::rules::{self, Problem, RULES_PATH, Severity};
use crate::source::{Blob, Comparison, Source};

use super::gather::{self, ATTRIBUTES, GatherError, Home};

/// The changed files that judge, or may come to judge; empty: the change edits none of them.
pub fn edits(basis: &Basis, comparison: &Comparison) -> Vec<String> {
    let touched: BTreeSet<&str> = comparison.files.iter().flat_map(|file| file.touched()).collect();
    let leans = basis.rules.rules.iter().any(|rule| !rule.adrs.is_empty());
    // Where nobody says where records stand, they stand where they are, and wherever the change makes such a place.
    let folders: BTreeSet<String> = if !leans {
        BTreeSet::new()
    } else if basis.rules.adr_paths.is_empty() {
        let paths: Vec<String> = touched.iter().map(|path| (*path).to_owned()).collect();
        let known = basis.adrs.records.iter().filter_map(|record| Some(record.path.rsplit_once('/')?.0.to_owned()));
        known.chain(adr::locate(&[], &[], &paths)).collect()
    } else {
        adr::locate(&basis.rules.adr_paths, &[], &[]).into_iter().collect()
    };
    let judges = |path: &&str| {
        let locates = leans && basis.rules.adr_paths.is_empty() && adr::LOCATORS.contains(path);
        let below = |folder: &String| {
            folder.is_empty() || path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        *path == RULES_PATH
            || *path == ATTRIBUTES
            || LOCATIONS.contains(path)
            || locates
            || (adr::is_candidate(path) && folders.iter().any(below))
            || basis.adrs.at(path).is_some()
    };
    touched.into_iter().filter(judges).map(str::to_owned).collect()
}

/// What a change makes of the files that judge; `None`: they say what they said.
///
/// `basis` is what the base of `comparison` says. `home` is that of [`gather::basis`]. `cut` says of an error why a
/// listing cannot be had, where trying again does not help.
///
/// # Errors
/// What the source could not answer.
pub async fn edited<S: Source + Sync>(
    source: &S,
    basis: &Basis,
    comparison: &Comparison,
    home: Home,
    cut: impl Fn(&S::Error) -> Option<String>,
) -> Result<Option<Edited>, S::Error> {
    let files = edits(basis, comparison);
    if files.is_empty() {
        return Ok(None);
    }
    let laid = Laid::new(source, comparison);
    let edited = |after, paths, flaws| Some(Edited { files: files.clone(), after, paths, flaws });
    let broken = |path: String, problems| edited(Err(Broken { path, problems }), Paths::NotNeeded, Vec::new());
    // On a command line the owner may be a guess, and has to be the same one for a team to be the same.
    let home = Home { owner: basis.owner.clone(), ..home };
    let after = match gather::basis(&laid, &comparison.base_tip, home).await {
        Ok(after) => beneath_alike(after, basis),
        Err(GatherError::Source(error)) => return Err(error),
        Err(GatherError::BrokenRules(rules)) => return Ok(broken(rules.path, rules.problems)),
        Err(GatherError::Unreadable { path, why }) => {
            let message = format!("the file cannot be read: {why}");
            return Ok(broken(path, vec![Problem { severity: Severity::Error, place: None, message }]));
        }
    };
    if after.says == basis.says {
        return Ok(None);
    }
    // They also say which teams a rule is about.
    let paths = match laid.base_listing().await {
        Ok(paths) => Paths::Known(paths),
        Err(error) => Paths::CannotTell(cut(&error).ok_or(error)?),
    };
    let flaws = flaws(&laid, &after, &files);
    Ok(edited(Ok(Arc::new(after)), paths, flaws))
}

/// The basis over the same version of the organisation's file, and its records, as that of the base.
fn beneath_alike(mut after: Basis, base: &Basis) -> Basis {
    after.organisation.clone_from(&base.organisation);
    if let Some(organisation) = &base.organisation {
        after.says = gather::says_over(&after.says, &organisation.says);
    }
    after
}

/// What deserves a look in the edited files.
fn flaws<S: Source + Sync>(laid: &Laid<'_, S>, after: &Basis, files: &[String]) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    if after.rules_from == RulesFrom::File(RULES_PATH.to_owned())
        && let Some(text) = laid.text(RULES_PATH)
        && let Ok(parsed) = rules::parse(&text)
    {
        flaws.extend(parsed.warnings.into_iter().map(|warning| Flaw {
            path: RULES_PATH.to_owned(),
            line: warning.place.map(|place| place.line),
            message: warning.message,
        }));
    }
    if let Some(codeowners) = after.codeowners.as_ref().filter(|file| files.iter().any(|path| path == file.path())) {
        flaws.extend(codeowners.problems().iter().map(|problem| Flaw {
            path: codeowners.path().to_owned(),
            line: Some(problem.line),
            message: problem.message.clone(),
        }));
    }
    flaws
}

/// A base with the files that a change touches laid over it. What the change does not touch is as the base has it now, however
/// old the change is.
struct Laid<'a, S> {
    source: &'a S,
    comparison: &'a Comparison,
    touched: BTreeSet<&'a str>,
    /// What was read of the head.
    read: Mutex<BTreeMap<String, Blob>>,
    listing: Mutex<Option<Vec<String>>>,
}

impl<'a, S: Source + Sync> Laid<'a, S> {
    fn new(source: &'a S, comparison: &'a Comparison) -> Self {
        let touched = comparison.files.iter().flat_map(|file| file.touched()).collect();
        Self { source, comparison, touched, read: Mutex::default(), listing: Mutex::default() }
    }

    /// A file as the head has it, where that was read.
    fn text(&self, path: &str) -> Option<Vec<u8>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).get(path)?.bytes.clone().ok()
    }

    /// The regular files of the base, asked for once.
    async fn base_listing(&self) -> Result<Vec<String>, S::Error> {
        let known = self.listing.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let listing = self.source.list(&self.comparison.base_tip).await?;
        *self.listing.lock().unwrap_or_else(PoisonError::into_inner) = Some(listing.clone());
        Ok(listing)
    }

    async fn head(&self, paths: &[String]) -> Result<Vec<Option<Blob>>, S::Error> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.source.read(&self.comparison.head, paths).await?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.extend(found.iter().flatten().map(|blob| (blob.path.clone(), blob.clone())));
        Ok(found)
    }

    /// Paths that the head has and that the change touches.
    fn there(&self) -> BTreeSet<&'a str> {
        let files = self.comparison.files.iter().filter(|file| file.status != FileStatus::Removed);
        files.map(|file| file.path.as_str()).collect()
    }
}

impl<S: Source + Sync> Source for Laid<'_, S> {
    type Error = S::Error;

    async fn compare(&self, base: &str, head: &str) -> Result<Comparison, S::Error> {
        self.source.compare(base, head).await
    }

    async fn read(&self, commit: &str, paths: &[String]) -> Result<Vec<Option<Blob>>, S::Error> {
        let (laid, under): (Vec<String>, Vec<String>) =
            paths.iter().cloned().partition(|path| self.touched.contains(path.as_str()));
        let laid = self.head(&laid).await?;
        let under = if under.is_empty() { Vec::new() } else { self.source.read(commit, &under).await? };
        let (mut laid, mut under) = (laid.into_iter(), under.into_iter());
        let of = |path: &String| if self.touched.contains(path.as_str()) { laid.next() } else { under.next() };
        Ok(paths.iter().map(of).map(Option::flatten).collect())
    }

    async fn read_below(&self, commit: &str, dirs: &[String], wanted: fn(&str) -> bool) -> Result<Vec<Blob>, S::Error> {
        let mut found = self.source.read_below(commit, dirs, wanted).await?;
        found.retain(|blob| !self.touched.contains(blob.path.as_str()));
        let below = |path: &&str| {
            let inside = |dir: &String| {
                dir.is_empty() || path.strip_prefix(dir.as_str()).is_some_and(|rest| rest.starts_with('/'))
            };
            dirs.iter().any(inside) && wanted(path)
        };
        let laid: Vec<String> = self.there().into_iter().filter(below).map(str::to_owned).collect();
        found.extend(self.head(&laid).await?.into_iter().flatten());
        found.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(found)
    }

    async fn list(&self, _: &str) -> Result<Vec<String>, S::Error> {
        let mut listing = self.base_listing().await?;
        listing.retain(|path| !self.touched.contains(path.as_str()));
        listing.extend(self.there().into_iter().map(str::to_owned));
        listing.sort();
        Ok(listing)
    }
}

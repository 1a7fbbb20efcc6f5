//! The files of a change, at pinned commits: as the comparison lists them up to 300, as the pages of the pull request's list up to
//! 3,000, as two whole trees beyond. A list that is cut is never taken for the change.

mod pages;
mod patch;
mod trees;

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use serde::Deserialize;

use super::transport::Call;
use super::wire::{User, is_commit};
use super::{Error, Repository};
use crate::review::{BaseMerge, Committers, File, FileStatus};
use crate::source::Comparison;

/// How many files a compare answer lists at most; at this number the list may be cut.
const COMPARE_FILES: usize = 300;
/// How many files the list of a pull request's files holds at most.
const LISTED_FILES: u64 = 3_000;
/// The account in whose name GitHub itself commits what people do in the browser.
const GITHUB_COMMITTER: &str = "web-flow";

#[derive(Deserialize)]
struct CompareBody {
    base_commit: CommitBody,
    merge_base_commit: CommitBody,
    total_commits: Option<u64>,
    #[serde(default)]
    commits: Vec<CommitBody>,
    files: Option<Vec<FileBody>>,
}

#[derive(Deserialize)]
struct MergeBaseBody {
    merge_base_commit: CommitBody,
}

#[derive(Deserialize)]
struct CommitBody {
    sha: String,
    author: Option<User>,
    committer: Option<User>,
    parents: Option<Vec<ParentBody>>,
    commit: Option<CommitDetail>,
}

#[derive(Deserialize)]
struct ParentBody {
    sha: Option<String>,
}

#[derive(Deserialize)]
struct CommitDetail {
    message: Option<String>,
    verification: Option<Verification>,
}

#[derive(Deserialize)]
struct Verification {
    verified: Option<bool>,
}

#[derive(Deserialize)]
struct FileBody {
    filename: String,
    previous_filename: Option<String>,
    status: Option<String>,
    sha: Option<String>,
    additions: Option<u64>,
    deletions: Option<u64>,
    contents_url: Option<String>,
    patch: Option<String>,
}

impl FileBody {
    /// The file; `None` where it did not change.
    ///
    /// The content at the base is not among what GitHub tells of a changed file, and need not be asked for: undone on the
    /// content at the head, a whole patch gives the content at the base byte for byte (its hunks say which lines of the head stand
    /// for which of the base, the marker says which side ends without a line end, and all between the hunks is the same). So the
    /// patch's digest together with the head's blob stands for the base's blob. A file without one (a binary, a move without
    /// edits, which looks like a binary moved and edited, a change of the mode, a diff over the limits) says nothing of its base.
    fn file(self) -> Option<File> {
        let status = match self.status.as_deref() {
            Some("added") => FileStatus::Added,
            Some("removed") => FileStatus::Removed,
            Some("renamed") => FileStatus::Renamed,
            Some("copied") => FileStatus::Copied,
            Some("unchanged") => return None,
            // `changed` (of the mode alone), and whatever comes up later: something did change.
            _ => FileStatus::Modified,
        };
        let told = match (self.patch.as_deref(), self.additions, self.deletions) {
            (Some(patch), Some(additions), Some(deletions)) => patch::read(patch, additions, deletions),
            _ => None,
        };
        let blob = self.sha.filter(|sha| is_commit(sha));
        let mut file = File {
            previous_path: self.previous_filename.filter(|old| *old != self.filename),
            additions: self.additions,
            deletions: self.deletions,
            ..File::new(&self.filename, status)
        };
        match status {
            // Nothing was there before: the content says it all.
            FileStatus::Added | FileStatus::Copied => file.head_blob = blob,
            // GitHub names the content that was there before.
            FileStatus::Removed => file.base_blob = blob,
            FileStatus::Modified | FileStatus::Renamed => file.head_blob = blob,
        }
        if let Some(told) = told {
            // A patch says nothing of the mode. Where that is what changed (`changed`) it does not speak for the base.
            let speaks = matches!(self.status.as_deref(), Some("modified" | "renamed")) && file.head_blob.is_some();
            file.diff = speaks.then_some(told.digest);
            file.generated_at_base = told.generated_at_base;
        }
        Some(file)
    }

    /// The commit that the entry was made from.
    fn commit(&self) -> Option<&str> {
        let query = self.contents_url.as_deref()?.split_once('?')?.1;
        query.split('&').find_map(|pair| pair.strip_prefix("ref="))
    }
}

impl CommitBody {
    fn made_by_github(&self) -> bool {
        let verified = self.commit.as_ref().and_then(|commit| commit.verification.as_ref()?.verified);
        verified == Some(true)
            && self.committer.as_ref().and_then(|user| user.login.as_deref()) == Some(GITHUB_COMMITTER)
    }

    /// This commit as a merge of the base, where GitHub made it of two and named it as it names those that bring a branch up to
    /// date.
    ///
    /// The name alone says little: a merge of any other branch may have it. So what was merged must be none of the change's own
    /// commits (`own`, all of them), which a commit of the base never is. Every other merge (of a pull request, through the
    /// API, with a text of somebody's own) counts for its author. "Update branch" and the editor for conflicts in the browser
    /// leave the same kind of commit, and only the second has something in it that a person wrote: who asks for the merges has
    /// to tell these apart by what the files were before.
    fn base_merge(&self, own: &BTreeSet<&str>) -> Option<BaseMerge> {
        let message = self.commit.as_ref().and_then(|commit| commit.message.as_deref()).unwrap_or_default().trim_end();
        let named = message.starts_with("Merge branch '") || message.starts_with("Merge remote-tracking branch '");
        let [Some(first), Some(merged)] =
            self.parents.as_deref()?.iter().map(|one| one.sha.as_deref()).collect::<Vec<_>>()[..]
        else {
            return None;
        };
        let is = self.made_by_github()
            && named
            && message.contains("' into ")
            && !message.contains('\n')
            && [self.sha.as_str(), first, merged].into_iter().all(is_commit)
            && !own.contains(merged);
        is.then(|| BaseMerge {
            id: self.sha.clone(),
            parent: first.to_owned(),
            author: self.author.as_ref().and_then(|author| author.login.clone()),
            author_id: self.author.as_ref().and_then(|author| author.id),
        })
    }
}

/// Whoever authored or committed these commits, and which of them are merges of the base ([`CommitBody::base_merge`]): none of a
/// list that is cut. What GitHub committed and signed itself counts for its author alone; unsigned, its name could be anybody's,
/// and stands.
fn committers(commits: &[CommitBody], total: Option<u64>) -> (Committers, BTreeMap<u64, String>, Vec<BaseMerge>) {
    let mut all = total.is_some_and(|total| total <= commits.len() as u64);
    let own: BTreeSet<&str> = commits.iter().map(|commit| commit.sha.as_str()).collect();
    let mut merges = Vec::new();
    let mut logins = BTreeSet::new();
    let mut ids = BTreeMap::new();
    let listed = all;
    for commit in commits {
        if let Some(merge) = commit.base_merge(&own).filter(|_| listed) {
            all &= merge.author.is_some();
            merges.push(merge);
            continue;
        }
        let committer = (!commit.made_by_github()).then_some(&commit.committer);
        for user in std::iter::once(&commit.author).chain(committer) {
            match user.as_ref().and_then(|user| user.login.clone()) {
                Some(login) => {
                    ids.extend(user.as_ref().and_then(|user| user.id).map(|id| (id, login.clone())));
                    logins.insert(login);
                }
                None => all = false,
            }
        }
    }
    let logins: Vec<String> = logins.into_iter().collect();
    let committers = match all {
        true => Committers::Known(logins),
        false if logins.is_empty() => Committers::Unknown,
        false => Committers::Partly(logins),
    };
    (committers, ids, merges)
}

/// A commit of a group of the merge queue, as far as it tells which pull requests are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupCommit {
    /// Its id.
    pub id: String,
    /// First line of its message.
    pub subject: String,
    /// Its parents.
    pub parents: Vec<String>,
    /// Whether GitHub made and signed it itself.
    pub by_github: bool,
}

impl GroupCommit {
    fn of(body: &CommitBody) -> Self {
        let message = body.commit.as_ref().and_then(|commit| commit.message.as_deref()).unwrap_or_default();
        Self {
            id: body.sha.clone(),
            subject: message.lines().next().unwrap_or_default().to_owned(),
            parents: body.parents.iter().flatten().filter_map(|parent| parent.sha.clone()).collect(),
            by_github: body.made_by_github(),
        }
    }
}

/// A comparison, and whether its list of files may be cut.
struct Compared {
    comparison: Comparison,
    cut: bool,
    /// The commits between, and whether those are all.
    commits: Vec<GroupCommit>,
    all_commits: bool,
}

impl Repository {
    async fn compared(&self, base: &str, head: &str) -> Result<Compared, Error> {
        let range = format!("{base}...{head}");
        let args = [self.owner.as_str(), self.name.as_str(), range.as_str()];
        let call = Call::get("/repos/{owner}/{repo}/compare/{basehead}", &args);
        let body: CompareBody = self.installation.ask(&call).await?;
        let head = match body.commits.last() {
            _ if is_commit(head) => head.to_owned(),
            Some(last) if body.total_commits == Some(body.commits.len() as u64) => last.sha.clone(),
            None => body.merge_base_commit.sha.clone(),
            Some(_) => {
                return Err(Error::Incomplete(format!(
                    "which commit {head} is cannot be told: it is more than {} commits ahead; name it by its id",
                    body.commits.len()
                )));
            }
        };
        let malformed = |why: &str| Error::Malformed { what: call.what(), why: why.to_owned() };
        let files = body.files.ok_or_else(|| malformed("it lists no files"))?;
        let cut = files.len() >= COMPARE_FILES;
        if !is_commit(&body.base_commit.sha) || !is_commit(&body.merge_base_commit.sha) {
            return Err(malformed("it names no commits"));
        }
        let (committers, committer_ids, base_merges) = committers(&body.commits, body.total_commits);
        let all_commits = body.total_commits == Some(body.commits.len() as u64);
        let commits = body.commits.iter().map(GroupCommit::of).collect();
        let comparison = Comparison {
            committers,
            committer_ids,
            base_merges,
            base_tip: body.base_commit.sha,
            merge_base: body.merge_base_commit.sha,
            head,
            files: files.into_iter().filter_map(FileBody::file).collect(),
        };
        Ok(Compared { comparison, cut, commits, all_commits })
    }

    pub(super) async fn compare_whole(&self, base: &str, head: &str) -> Result<Comparison, Error> {
        let Compared { mut comparison, cut, .. } = self.compared(base, head).await?;
        if cut {
            comparison.files = self.files_between(&comparison.merge_base, &comparison.head).await?;
        }
        Ok(comparison)
    }

    /// The change of a group of the merge queue with its commits; `None` in their place where GitHub does not list all of them.
    pub(super) async fn group_whole(
        &self,
        base: &str,
        head: &str,
    ) -> Result<(Comparison, Option<Vec<GroupCommit>>), Error> {
        let Compared { mut comparison, cut, commits, all_commits } = self.compared(base, head).await?;
        if cut {
            comparison.files = self.files_between(&comparison.merge_base, &comparison.head).await?;
        }
        Ok((comparison, all_commits.then_some(commits)))
    }

    pub(super) async fn change_whole(
        &self,
        number: u64,
        base: &str,
        head: &str,
        changed_files: Option<u64>,
    ) -> Result<Comparison, Error> {
        let Compared { mut comparison, cut, .. } = self.compared(base, head).await?;
        if cut {
            comparison.files = match changed_files {
                // As many as the list can hold may be more: who counts may stop there as the list does.
                Some(told) if told >= LISTED_FILES => {
                    self.files_between(&comparison.merge_base, &comparison.head).await?
                }
                _ => self.files_listed(number, base, &comparison, changed_files).await?,
            };
        }
        Ok(comparison)
    }

    /// The files by the pages of the pull request's list, which has to have as many as GitHub says there are. The pages name the head
    /// and not what they are the difference to: the merge base must not have moved meanwhile.
    async fn files_listed(
        &self,
        number: u64,
        base: &str,
        comparison: &Comparison,
        changed_files: Option<u64>,
    ) -> Result<Vec<File>, Error> {
        let number = number.to_string();
        let args = [self.owner.as_str(), self.name.as_str(), number.as_str()];
        let call = Call::new(Method::GET, "/repos/{owner}/{repo}/pulls/{pull_number}/files", &args);
        let bodies = pages::pinned_pages(&self.installation, &call, comparison).await?;
        let listed = bodies.len() as u64;
        match changed_files {
            Some(told) if told != listed => Err(Error::Incomplete(format!(
                "the change moved on while it was read: GitHub lists {listed} files and says that there are {told}"
            ))),
            None if listed >= LISTED_FILES => self.files_between(&comparison.merge_base, &comparison.head).await,
            _ if self.merge_base(base, &comparison.head).await? != comparison.merge_base => Err(Error::Incomplete(
                "the change moved on while it was read: it has another merge base than before".to_owned(),
            )),
            _ => Ok(bodies.into_iter().filter_map(FileBody::file).collect()),
        }
    }

    /// The merge base of two revisions, without what lies between.
    async fn merge_base(&self, base: &str, head: &str) -> Result<String, Error> {
        let range = format!("{base}...{head}");
        let args = [self.owner.as_str(), self.name.as_str(), range.as_str()];
        // Files stand on the first page of commits alone.
        let call = Call::get("/repos/{owner}/{repo}/compare/{basehead}", &args).query("per_page", 1).query("page", 2);
        let body: MergeBaseBody = self.installation.ask(&call).await?;
        Ok(body.merge_base_commit.sha)
    }
}

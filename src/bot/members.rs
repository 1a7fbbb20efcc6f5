//! Which pull requests a group of the merge queue consists of.
//!
//! That is read from the commits that the queue made alone: from the group's head by first parents down to what it is built on.
//! Whatever those merge in was written by authors, and says what they like.

use crate::github::GroupCommit;
use crate::inbox::Group;

/// A pull request that a group says to consist of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claimed {
    pub number: u64,
    /// Its head as the group was made of it, where the group tells.
    pub head: Option<String>,
}

/// The pull requests of a group; what of that cannot be told is added to `unknown`.
pub(super) fn members_of(group: &Group, commits: Option<&[GroupCommit]>, unknown: &mut Vec<String>) -> Vec<Claimed> {
    let Some((named, put_on)) = named_after(group) else {
        unknown.push("which pull request the group is named after cannot be told".to_owned());
        return Vec::new();
    };
    let alone = vec![Claimed { number: named, head: None }];
    let Some(commits) = commits else {
        unknown.push("GitHub does not list all commits of the group".to_owned());
        return alone;
    };
    let Some(chain) = chain(group, commits) else {
        unknown.push("the commits of the group do not lead back to what it is built on".to_owned());
        return alone;
    };
    let claims: Option<Vec<Claimed>> =
        chain.iter().enumerate().map(|(index, commit)| claimed_by(commit, (index == 0).then_some(named))).collect();
    if let Some(mut claims) = claims.filter(|claims| claims.first().is_some_and(|top| top.number == named)) {
        claims.sort_by_key(|claim| claim.number);
        claims.dedup();
        return claims;
    }
    // The queue also puts the author's own commits on the base one by one ("rebase"). Their words are not the queue's, so the
    // name of its branch alone speaks, and that names the last pull request and what that was put on.
    if put_on != group.base_sha {
        unknown.push(format!("which pull requests #{named} is queued behind cannot be told"));
    }
    alone
}

/// The pull request that the group's branch is named after, and the commit that it was put on: `pr-NUMBER-COMMIT`.
fn named_after(group: &Group) -> Option<(u64, &str)> {
    let (number, put_on) = group.head_ref.rsplit('/').next()?.strip_prefix("pr-")?.split_once('-')?;
    Some((number.parse().ok()?, put_on))
}

/// The commits from the group's head to what it is built on, by first parents.
fn chain<'a>(group: &Group, commits: &'a [GroupCommit]) -> Option<Vec<&'a GroupCommit>> {
    let mut chain = Vec::new();
    let mut at = group.head.as_str();
    while at != group.base_sha {
        let commit = commits.iter().find(|commit| commit.id == at)?;
        chain.push(commit);
        // No commit comes before itself; an answer that says so leads nowhere.
        if chain.len() > commits.len() {
            return None;
        }
        at = commit.parents.first()?;
    }
    Some(chain)
}

/// The pull request that a commit of the queue brings in. `named`: the one that the group is named after, of its head.
///
/// A merge is bound to the head that it merges, whatever it says. A squash has nothing but its words, GitHub's number behind the
/// author's title: those of the head have to agree with the group's name, those of the others have to be signed by GitHub.
fn claimed_by(commit: &GroupCommit, named: Option<u64>) -> Option<Claimed> {
    let suffix = || commit.subject.trim_end().strip_suffix(')')?.rsplit_once("(#")?.1.parse().ok();
    match commit.parents.as_slice() {
        [_, head] => {
            let merged = commit.subject.strip_prefix("Merge pull request #").and_then(|rest| rest.split(' ').next());
            let number = merged.and_then(|number| number.parse().ok()).or_else(suffix)?;
            Some(Claimed { number, head: Some(head.clone()) })
        }
        [_] => {
            let number = suffix()?;
            (commit.by_github || named == Some(number)).then_some(Claimed { number, head: None })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str) -> Group {
        Group {
            head: "top".to_owned(),
            head_ref: format!("gh-readonly-queue/main/{name}"),
            base: "main".to_owned(),
            base_sha: "base".to_owned(),
        }
    }

    /// `id parents... | subject`, an exclamation mark before what GitHub has signed.
    fn commit(line: &str) -> GroupCommit {
        let (ids, subject) = line.split_once(" | ").unwrap();
        let mut ids = ids.trim_start_matches('!').split(' ').map(str::to_owned);
        GroupCommit {
            id: ids.next().unwrap(),
            parents: ids.collect(),
            subject: subject.to_owned(),
            by_github: line.starts_with('!'),
        }
    }

    /// The members, each with its head where that is told, and how much is not known.
    fn members(name: &str, commits: &[&str]) -> (String, usize) {
        let commits: Vec<GroupCommit> = commits.iter().map(|line| commit(line)).collect();
        let mut unknown = Vec::new();
        let claimed = members_of(&group(name), Some(&commits), &mut unknown);
        let said = |one: &Claimed| match &one.head {
            Some(head) => format!("#{} at {head}", one.number),
            None => format!("#{}", one.number),
        };
        (claimed.iter().map(said).collect::<Vec<_>>().join(", "), unknown.len())
    }

    #[test]
    fn the_commits_of_the_queue_name_its_members() {
        let of = |name: &str, commits: &[&str], named: &str, unknown: usize| {
            assert_eq!(members(name, commits), (named.to_owned(), unknown), "{commits:#?}");
        };
        // Merges, whoever made them.
        of("pr-7-base", &["!top base h7 | Merge pull request #7 from acme/x"], "#7 at h7", 0);
        of("pr-7-base", &["top base h7 | Merge pull request #7 from acme/x"], "#7 at h7", 0);
        of("pr-7-base", &["!top base h7 | A title (#7)"], "#7 at h7", 0);
        of(
            "pr-7-one",
            &["!top one h7 | Merge pull request #7 from a", "!one base h6 | B (#6)"],
            "#6 at h6, #7 at h7",
            0,
        );
        // Squashes: GitHub's number is the last.
        of("pr-7-base", &["!top base | Seven (#7)"], "#7", 0);
        of("pr-7-base", &["top base | Seven (#7)"], "#7", 0);
        of("pr-7-one", &["!top one | Seven (#7)", "!one base | Six (#6)"], "#6, #7", 0);
        of("pr-6-base", &["!top base | Merge pull request #8 from x (#6)"], "#6", 0);
        of("pr-6-base", &["!top base | Revert (#8) (#6)"], "#6", 0);
        // What a member's branch holds is its author's.
        let inner = "!h7 h6 h5 | Merge pull request #5 from acme/inner";
        of("pr-7-base", &["!top base h7 | Merge pull request #7 from a", inner], "#7 at h7", 0);
        of("pr-7-base", &["!top base h7 | Merge pull request #7 from a", "!h7 base | x (#8)"], "#7 at h7", 0);
        // One by one: the name speaks, where it says that nothing is below.
        of("pr-7-base", &["top one | more", "one base | x (#8)"], "#7", 0);
        of("pr-7-base", &["top one | y (#7)", "one base | x (#8)"], "#7", 0);
        of("pr-7-two", &["top two | more", "two base | other"], "#7", 1);
        of("pr-7-two", &["top two | x (#7)", "two base | x (#7)"], "#7", 1);
        of("pr-7-base", &["!top base | x (#8)"], "#7", 0);
        // What leads nowhere.
        of("pr-7-base", &["!top elsewhere | Seven (#7)"], "#7", 1);
        of("pr-7-base", &["!top top | Seven (#7)"], "#7", 1);
        of("pr-7-base", &["!top | Seven (#7)"], "#7", 1);
        of("seven", &["!top base | Seven (#7)"], "", 1);
        assert_eq!(members_of(&group("pr-7-base"), None, &mut Vec::new()).len(), 1);
    }

    #[test]
    fn a_list_that_is_cut_is_not_known() {
        let mut unknown = Vec::new();
        members_of(&group("pr-7-base"), None, &mut unknown);
        assert_eq!(unknown, ["GitHub does not list all commits of the group"]);
    }
}

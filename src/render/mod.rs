//! A review as people and programs read it: the comment, the check run, terminal text, JSON. Pure.
//!
//! Everything that comes from a pull request or a repository is data. One type, `shown::Shown`, is the only way into
//! Markdown, and one function makes it of the words of others; so nothing that they write becomes a mention, a link, an item
//! or a marker.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::replay::Replay;
use crate::review::{Conclusion, FileReview, GroupReview, Note, Review, RulesFrom};
use crate::rules::{Broken, Handle};

mod check;
mod checklist;
mod comment;
mod files;
mod finding;
mod graph;
mod group;
mod json;
mod lasting;
mod lead;
mod lint;
mod mermaid;
mod phrase;
mod replay;
mod shown;
mod span;
mod state;
mod text;
mod words;

pub use lint::{lint_json, lint_sarif, lint_text};

#[cfg(test)]
mod tests;

pub use graph::{DomainNode, Graph, ServiceNode, TeamNode, graph};
pub use replay::Preview;

/// What the texts refer to besides the review itself.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Web address of the repository without trailing slash (`https://github.com/acme/shop`); `None`: nothing is linked.
    pub repository_url: Option<String>,
    /// Full commit id that records and rules are linked at.
    pub base_commit: String,
    /// Number of the pull request, in whose diff changed files are linked, so that a push that changes nothing else changes no
    /// link; `None`: there is none, and they are linked at the head.
    pub pull: Option<u64>,
    /// Full commit id that changed files are linked at where there is no pull request.
    pub head_commit: String,
    /// Login of whoever opened the pull request.
    pub author: Option<String>,
    /// What stands in the hidden marker after `<!-- merestone v1 `, e.g. `app=12 pull=34`.
    pub marker: String,
    /// Who should have been asked and cannot be, with GitHub's reason.
    pub unaskable: Vec<(Handle, String)>,
    /// Whether the pull request is a draft: nobody is asked yet.
    pub draft: bool,
    /// Teams that whoever reads this may not see: in a public repository those that outsiders cannot. They are not named.
    pub hidden: Vec<Handle>,
    /// What the change would have done to past ones, where it edits what they are judged by.
    pub preview: Option<Preview>,
    /// Names that a file which outsiders cannot see gives to such teams. They are not said either.
    pub hidden_names: Vec<String>,
    /// Where the rules in force come from, for the line that says what was judged by; `None`: not said.
    pub rules_from: Option<RulesFrom>,
    /// The organisation's file that lies beneath, where there is one.
    pub organisation: Option<Beneath>,
}

/// The organisation's file as it is spoken of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beneath {
    /// The repository that it is in, with its owner: `acme/.github`.
    pub repository: String,
    /// Web address of that repository without trailing slash, where known.
    pub repository_url: Option<String>,
    /// Full commit id that it, and its records, are linked at, where known.
    pub commit: Option<String>,
    /// Why the version that judges is not the one that is there, in a sentence.
    pub kept: Option<String>,
    /// Whether whoever reads this may not see it: then nothing is said but that there is one.
    pub unseen: bool,
}

/// The comment as it is compared with the one that is there; it is never shown. What the base says (a digest) stands in place of its
/// commit, and files that nobody owns and no finding speaks of are left out: where nothing else has changed, the comment that is
/// there says what there is to say.
pub fn compared(review: &Review, context: &Context, says: &str) -> String {
    let evidence: BTreeSet<&str> =
        review.findings.iter().flat_map(|finding| &finding.evidence).map(|one| one.path.as_str()).collect();
    let spoken_of = |file: &FileReview| !file.teams.is_empty() || evidence.contains(file.path.as_str());
    let files = review.files.iter().filter(|file| spoken_of(file)).cloned().collect();
    let review = Review { files, ..review.clone() };
    let organisation = context.organisation.clone().map(|beneath| Beneath { commit: Some(says.to_owned()), ..beneath });
    comment(&review, &Context { base_commit: says.to_owned(), organisation, ..context.clone() })
}

/// A line of a file that the check run points at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// Path of the file.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Whether it is a failure (else a warning).
    pub failure: bool,
    /// One line, at most 255 characters.
    pub title: String,
    /// At most 64 KiB.
    pub message: String,
}

/// What a check run shows that has no conclusion yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// What it waits for, at most 140 characters.
    pub title: String,
    /// Markdown.
    pub summary: String,
}

/// What the check run shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its conclusion.
    pub conclusion: Conclusion,
    /// The state and who acts next, at most 140 characters.
    pub title: String,
    /// Markdown, at most 65,535 bytes.
    pub summary: String,
    /// Evidence with a line.
    pub annotations: Vec<Annotation>,
}

/// Whether there is a comment to show: a finding that is shown, or a configuration error.
pub fn has_comment(review: &Review) -> bool {
    review.findings.iter().any(words::is_shown)
        || review.notes.iter().any(|note| matches!(note, Note::Configuration { .. }))
}

/// The one comment on the pull request, at most 65,536 bytes.
///
/// It begins with the hidden marker. Where there is nothing to comment on ([`has_comment`]) it says so in a line.
pub fn comment(review: &Review, context: &Context) -> String {
    comment::comment(review, context)
}

/// The comment on a pull request that was taken to a branch which is not gated, where there is one from before.
pub fn comment_of_open_branch(context: &Context) -> String {
    comment::of_open_branch(context)
}

/// The comment where the rules that it spoke of are gone or, with their path, cannot be used any more.
pub fn comment_without_rules(context: &Context, broken: Option<&str>) -> String {
    comment::without_rules(context, broken)
}

/// The check run of a review.
pub fn check(review: &Review, context: &Context) -> Check {
    check::check(review, context)
}

/// The check run where the rules at the base, or the organisation's, are broken: `failure`, on their line. `unseen`: whoever reads
/// this may not see the organisation's file, so that nothing of what it says is said.
pub fn check_of_broken_rules(broken: &Broken, unseen: bool) -> Check {
    check::of_broken_rules(broken, unseen)
}

/// The check of pull request `of` on a commit that is the head of `others` too.
pub fn check_beside(check: Check, of: u64, others: &[u64]) -> Check {
    check::beside(check, of, others)
}

/// The check run of a group of the merge queue that consists of these pull requests.
pub fn check_of_group(review: &GroupReview, members: &[u64]) -> Check {
    group::check(review, members)
}

/// The check run of a commit as long as these pull requests with that head have not been judged.
pub fn hold(unjudged: &[u64]) -> Hold {
    check::hold(unjudged)
}

/// The check where one of ours stands from before and there is nothing to judge by any more: neither rules nor CODEOWNERS.
pub fn check_of_nothing() -> Check {
    check::of_nothing()
}

/// The check run while GitHub cannot be read (`action_required`, title "cannot be judged yet").
pub fn check_of_outage(why: &str) -> Check {
    check::of_outage(why)
}

/// The review as the Contract's JSON object (DESIGN section 4, `review`).
pub fn json(review: &Review) -> serde_json::Value {
    json::json(review)
}

/// The check run of a change that is larger than GitHub lists (`action_required`).
pub fn check_of_too_large(why: &str) -> Check {
    check::of_too_large(why)
}

/// How terminal text is laid out.
#[derive(Debug, Clone, Copy)]
pub struct TextOptions {
    /// Width in columns; longer lines are wrapped. `None` (a pipe): nothing is wrapped or cut.
    pub width: Option<usize>,
    /// Whether ANSI colours are used.
    pub color: bool,
}

/// The review as terminal text.
pub fn text(review: &Review, context: &Context, options: TextOptions) -> String {
    text::text(review, context, options)
}

/// A replay as terminal text; `over` says in a sentence which changes these are.
pub fn replay_text(replay: &Replay, over: &str, options: TextOptions) -> String {
    replay::text(replay, over, options)
}

/// A replay as objects, one a line: `kind` says what each is.
pub fn replay_json(replay: &Replay) -> Vec<serde_json::Value> {
    replay::json(replay)
}

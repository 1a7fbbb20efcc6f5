//! Names and numbers of a review in words; the same words in the comment, the check and on a terminal.

use crate::adr::Status;
use crate::review::{AdrRef, Evidence, Finding, FindingState, Review, Scope};
use crate::rules::{Enforce, Handle, Level};

use super::Context;
use super::phrase::Phrase;

/// The most characters of a name in a sentence.
pub(super) const NAME: usize = 60;
/// Stands for a team that outsiders must not learn of.
const UNSEEN: &str = "a team that you cannot see";

/// A review and what is known besides it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Voice<'a> {
    /// The review.
    pub(super) review: &'a Review,
    /// What it refers to.
    pub(super) context: &'a Context,
}

/// Whether a finding is shown on the pull request.
pub(super) fn is_shown(finding: &Finding) -> bool {
    finding.enforce >= Enforce::Advise
}

/// Whether a finding holds the check until it is settled.
pub(super) fn gates(finding: &Finding) -> bool {
    finding.enforce >= Enforce::Review
}

/// Whether a finding holds the check now.
pub(super) fn holds(finding: &Finding) -> bool {
    gates(finding) && finding.state == FindingState::Open
}

/// The name of a level as the rules write it.
pub(super) fn level(level: Option<Level>) -> &'static str {
    match level {
        Some(Level::Team) => "team",
        Some(Level::Lead) => "lead",
        Some(Level::Domain) => "domain",
        Some(Level::Organization) => "organization",
        None => "named",
    }
}

/// The name of what follows from a rule, as the rules write it.
pub(super) fn enforce(enforce: Enforce) -> &'static str {
    match enforce {
        Enforce::None => "none",
        Enforce::Shadow => "shadow",
        Enforce::Advise => "advise",
        Enforce::Review => "review",
        Enforce::Block => "block",
    }
}

/// The name of a scope as the Contract writes it.
pub(super) fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::None => "none",
        Scope::Team => "team",
        Scope::Domain => "domain",
        Scope::Organization => "organization",
    }
}

/// A record's name: `ADR-0007` for an id that begins with a digit, any other as it stands.
pub(super) fn adr_id(id: &str) -> Phrase {
    if id.starts_with(|c: char| c.is_ascii_digit()) {
        Phrase::fill("ADR-{}", [Phrase::theirs(id, NAME)])
    } else {
        Phrase::theirs(id, NAME)
    }
}

/// A record's name and title: `ADR-0007 Ledger keeps its books`.
pub(super) fn adr_name(adr: &AdrRef) -> Phrase {
    match &adr.title {
        Some(title) => Phrase::fill("{} {}", [adr_id(&adr.id), Phrase::theirs(title, 120)]),
        None => adr_id(&adr.id),
    }
}

/// What has to be said of a record's state; nothing of one that is in force.
pub(super) fn adr_flag(adr: &AdrRef) -> Option<&'static str> {
    match adr.status {
        Some(Status::Proposed) => Some("proposed, not decided yet"),
        Some(Status::Rejected) => Some("rejected: this was decided against"),
        Some(Status::Deprecated) => Some("deprecated: no longer in force, with no successor"),
        Some(Status::Superseded) => Some("superseded"),
        Some(Status::Accepted | Status::Unknown) | None => None,
    }
}

/// Places that a rule matched at: `3 files`, or `2 files` for five lines of two files.
pub(super) fn places(finding: &Finding) -> Phrase {
    let mut paths: Vec<&str> = finding.evidence.iter().map(|evidence| evidence.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    Phrase::count(paths.len(), "file", "files")
}

/// A path, with its line where there is one: `settle.go:14`.
pub(super) fn place(evidence: &Evidence, most: usize) -> Phrase {
    match evidence.line {
        Some(line) => Phrase::code(&format!("{}:{line}", evidence.path), most),
        None => Phrase::code(&evidence.path, most),
    }
}

impl<'a> Voice<'a> {
    /// Whether a finding matched nothing but every file that counts, as a crossing does: then its places need no list.
    pub(super) fn is_everywhere(&self, finding: &Finding) -> bool {
        let bare = |one: &Evidence| one.line.is_none() && one.detail.is_none() && one.instead.is_none();
        let mut files: Vec<&str> = self.review.files.iter().filter(|f| f.counts).map(|f| f.path.as_str()).collect();
        let mut evidence: Vec<&str> = finding.evidence.iter().map(|one| one.path.as_str()).collect();
        files.sort_unstable();
        evidence.sort_unstable();
        files.len() > 3 && finding.evidence.iter().all(bare) && files == evidence
    }

    /// Whether outsiders must not learn of this team.
    fn is_hidden(&self, handle: &Handle) -> bool {
        self.context.hidden.contains(handle)
    }

    /// Somebody who signs: the short name, without `@`.
    pub(super) fn handle(&self, handle: &Handle, most: usize) -> Phrase {
        if self.is_hidden(handle) { Phrase::ours(UNSEEN) } else { Phrase::name(handle.short(), most) }
    }

    /// A team by its name in the rules, or as CODEOWNERS writes it.
    pub(super) fn team(&self, name: &str) -> Phrase {
        self.team_as(name, Phrase::theirs)
    }

    pub(super) fn team_as(&self, name: &str, say: fn(&str, usize) -> Phrase) -> Phrase {
        if !name.starts_with('@') {
            if self.context.hidden_names.iter().any(|hidden| hidden == name) {
                return Phrase::ours(UNSEEN);
            }
            // The name that the rules file gives it, which is as public as the file; the team on GitHub is not said.
            return say(name, NAME);
        }
        let handle = Handle::new(name);
        if self.is_hidden(&handle) { Phrase::ours(UNSEEN) } else { say(handle.short(), NAME) }
    }

    /// A sentence that may name teams, as of an error: those that are hidden are not named in it.
    pub(super) fn without_hidden(&self, sentence: &str) -> String {
        let mut text = sentence.to_owned();
        for handle in &self.context.hidden {
            let name = handle.as_str().to_ascii_lowercase();
            let mut from = 0;
            while let Some(at) = text.get(from..).and_then(|rest| rest.to_ascii_lowercase().find(&name)) {
                let (start, end) = (from + at, from + at + name.len());
                let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
                if text[end..].starts_with(goes_on) {
                    from = end;
                } else {
                    text.replace_range(start..end, UNSEEN);
                    from = start + UNSEEN.len();
                }
            }
        }
        text
    }

    /// Any of these: `payments or ledger`.
    pub(super) fn any_of(&self, handles: &[Handle], names: usize, most: usize) -> Phrase {
        Phrase::list(handles.iter().map(|handle| self.handle(handle, most)), "or", names)
    }

    /// The findings that are shown.
    pub(super) fn shown(&self) -> Vec<&'a Finding> {
        self.review.findings.iter().filter(|finding| is_shown(finding)).collect()
    }

    /// The findings that are recorded and not shown.
    pub(super) fn shadow(&self) -> Vec<&'a Finding> {
        self.review.findings.iter().filter(|finding| finding.enforce == Enforce::Shadow).collect()
    }
}

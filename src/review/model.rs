//! The result of a judgement, and what goes into it besides the facts.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::adr::{Index, Status};
use crate::ownership::Codeowners;
use crate::rules::{Enforce, Handle, Level, Mode, Rules};

use super::{Attributes, FileStatus};

/// How far a change reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// No file counts.
    None,
    /// One team owns every file that counts.
    Team,
    /// The teams of one domain do.
    Domain,
    /// Further.
    Organization,
}

/// Everything that the base of a change says: what the change is judged by.
#[derive(Debug, Clone)]
pub struct Basis {
    /// The commit at the tip of the gated branch.
    pub commit: String,
    /// The organisation (or user) that the repository belongs to; teams without `github` are looked for there.
    pub owner: Option<String>,
    /// The rules in force.
    pub rules: Rules,
    /// Where they come from.
    pub rules_from: RulesFrom,
    /// SHA-256 of the text of the rules file (of both, where there is an organisation's beneath), hex; empty where there is none.
    pub rules_digest: String,
    /// The organisation's file that lies beneath, where there is one.
    pub organisation: Option<Organisation>,
    /// CODEOWNERS at that commit.
    pub codeowners: Option<Codeowners>,
    /// `.gitattributes` at that commit.
    pub attributes: Attributes,
    /// Decision records at that commit.
    pub adrs: Index,
    /// SHA-256 over everything that this base says (rules, CODEOWNERS, attributes, records), hex: two bases with the same one
    /// judge alike.
    pub says: String,
}

/// Where the rules in force come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RulesFrom {
    /// The rules file at this path.
    File(String),
    /// The organisation's file at this path; the repository has none of its own.
    Organization(String),
    /// There is none: the pack `startup` in shadow, with CODEOWNERS for ownership.
    Startup,
}

/// The organisation's file that lies beneath a repository's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// The repository that it is in, with its owner: `acme/.github`.
    pub repository: String,
    /// The commit that it was read at, where known.
    pub commit: Option<String>,
    /// Why the version that judges is not the one that is there, in a sentence; `None`: it is.
    pub kept: Option<String>,
    /// Whether outsiders cannot see that repository.
    pub private: bool,
    /// The names of teams that it gives.
    pub teams: Vec<String>,
    /// Its decision records that the rules name and the repository does not have.
    pub adrs: Index,
    /// A digest of all that.
    pub says: String,
}

/// Who is in the teams and who exists, as far as it was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    /// By team or user handle. A handle that is not here was not asked for.
    pub known: BTreeMap<Handle, Membership>,
}

/// What is known of a team or user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// The active members' logins in lower case (of a user: the user alone).
    Members(BTreeSet<String>),
    /// It does not exist or may not be seen: a configuration error. Why, in a sentence.
    Unresolvable(String),
    /// It could not be asked for now: an outage. Why, in a sentence.
    Unknown(String),
}

/// What somebody said in a review on GitHub.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Act {
    /// Review id on GitHub; later ones have higher ids.
    pub review_id: u64,
    /// Login of the reviewer.
    pub login: String,
    /// Whether the reviewer is an App.
    pub bot: bool,
    /// What it says.
    pub kind: ActKind,
    /// The fingerprints of the findings' slots that stood at the commit that it was given on, as recorded when it was first seen:
    /// what an approval signed. `None`: it was given on the very head that is judged now.
    pub signed: Option<BTreeSet<String>>,
    /// The commit that it was given on, where known.
    pub commit: Option<String>,
    /// What it was already counted for as a sign-off: rule by fingerprint of the slot.
    pub counted: BTreeMap<String, String>,
    /// How it was dismissed, of one that was.
    pub dismissed: Option<Dismissal>,
    /// Why what it signed cannot be told, where it cannot: it counts for nothing then.
    pub unread: Option<String>,
}

impl Act {
    /// A person's review of the head that is judged, by what it says.
    pub fn new(review_id: u64, login: &str, kind: ActKind) -> Self {
        Self {
            review_id,
            login: login.to_owned(),
            bot: false,
            kind,
            signed: None,
            commit: None,
            counted: BTreeMap::new(),
            dismissed: None,
            unread: None,
        }
    }
}

/// How a review was dismissed. It is somebody's act, and says by itself nothing of whether they may undo the review.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dismissal {
    /// What the review said before: an approval or a request for changes; `None`: could not be told.
    pub was: Option<ActKind>,
    /// Login of whoever dismissed it; `None`: could not be told.
    pub by: Option<String>,
    /// Whether that is an App.
    pub bot: bool,
    /// Whether GitHub did it because of a push ("Dismiss stale pull request approvals"); `None`: was not asked for.
    pub by_push: Option<bool>,
}

/// The kinds of review that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// "Approve".
    Approved,
    /// "Request changes".
    ChangesRequested,
    /// An approval or a request for changes that was dismissed.
    Dismissed,
    /// Neither: it says that its author has looked.
    Commented,
}

/// Who is asked already, and who is not to be asked again, as GitHub shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asking {
    /// Teams and users on the list of reviewers whom somebody else has put there: they count, and nobody is added for what they
    /// can sign.
    pub present: BTreeSet<Handle>,
    /// Whom asking brings nothing, and about which fingerprints that was found out.
    pub declined: BTreeMap<Handle, Declined>,
}

/// Why a handle is not to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declined {
    /// The slots that it is about.
    pub fingerprints: BTreeSet<String>,
    /// Whether GitHub refused it; otherwise a person took it off the list.
    pub refused: bool,
}

/// What a judgement looks at.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// What the base says.
    pub basis: &'a Basis,
    /// The change.
    pub facts: &'a super::Facts,
    /// Reviews so far.
    pub acts: &'a [Act],
    /// Who is who.
    pub people: &'a People,
    /// Who is asked already, and who is not to be.
    pub asking: &'a Asking,
    /// What the change makes of the files that judge; `None`: it leaves them as they are.
    pub edited: Option<&'a super::Edited>,
    /// Today, for exceptions that end.
    pub now: DateTime<Utc>,
}

/// Whether the change may go ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing open.
    Pass,
    /// Something to read, nothing that holds.
    Advise,
    /// Somebody has to sign.
    SignOff,
    /// The change has to be changed.
    Blocked,
}

/// What the check run says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Green.
    Success,
    /// Counts as green; there is something to read.
    Neutral,
    /// Somebody has to act.
    ActionRequired,
    /// Red.
    Failure,
}

/// The judgement on one change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// How far the change reaches.
    pub scope: Scope,
    /// Whether it may go ahead.
    pub verdict: Verdict,
    /// What the check run says.
    pub conclusion: Conclusion,
    /// Services touched, sorted.
    pub services: Vec<String>,
    /// Teams that own touched files, sorted.
    pub teams: Vec<String>,
    /// Their domains, sorted.
    pub domains: Vec<String>,
    /// The changed files with their owners, sorted by path.
    pub files: Vec<FileReview>,
    /// Findings: those that hold first, then in the order of the rules.
    pub findings: Vec<Finding>,
    /// Who is to be asked now: open sign-offs only; empty on a draft.
    pub reviewers: Asked,
    /// Who would have been asked too, were it not known that asking them brings nothing, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_asked: Vec<NotAsked>,
    /// Whether the change touches so many teams that the architects alone are asked.
    #[serde(default)]
    pub storm: bool,
    /// What else the reader must know.
    pub notes: Vec<Note>,
    /// Whether `skip` holds: nobody is asked, nothing held.
    pub skipped: bool,
    /// The ceiling in force.
    pub mode: Mode,
    /// Every handle whose membership this judgement would like to know and was not told: resolve them and judge again.
    pub wants: BTreeSet<Handle>,
}

/// One changed file with its owners.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileReview {
    /// Path.
    pub path: String,
    /// Where it was before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_path: Option<String>,
    /// What happened.
    pub status: FileStatus,
    /// Its service (of the new path).
    pub service: Option<String>,
    /// Names of the teams that own it or its old path.
    pub teams: Vec<String>,
    /// Whether it counts for scope: owned, and neither generated nor a lock file.
    pub counts: bool,
}

/// A rule that matched, with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// What follows, the ceiling of `mode` applied.
    pub enforce: Enforce,
    /// Who has to sign: one slot for each authority.
    pub slots: Vec<Slot>,
    /// The records behind it.
    pub adrs: Vec<AdrRef>,
    /// Where the rule matched.
    pub evidence: Vec<Evidence>,
    /// Why the rule exists.
    pub why: Option<String>,
    /// What is to be made sure of, by whom.
    pub checklist: Vec<ChecklistItem>,
    /// Whether it holds only because something could not be told.
    pub cannot_tell: bool,
    /// Whether it is open, signed or held.
    pub state: FindingState,
}

/// The state of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    /// Every slot is signed.
    Signed,
    /// Somebody has to sign (or, for `block`, the change has to be changed).
    Open,
}

/// An authority that has to sign for its part of the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The level that signs; `None` for a list of teams and people.
    pub level: Option<Level>,
    /// The team, domain or organisation that it signs for, by name.
    pub of: Option<String>,
    /// Who may sign: any of them, any member of them.
    pub from: Vec<Handle>,
    /// Who may sign besides, being higher.
    pub above: Vec<Handle>,
    /// Sign-offs that counted here once and do not any more, by review id: what ended them is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lapsed: Vec<Lapsed>,
    /// Paths of the evidence that it signs for, sorted.
    pub paths: Vec<String>,
    /// What a signature is bound to: equal as long as what was signed is the same (DESIGN, Sign-offs).
    pub fingerprint: String,
    /// Where it stands.
    pub state: SlotState,
}

/// A sign-off that does not count (any more).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lapsed {
    /// The review.
    pub review_id: u64,
    /// Login of whoever gave it.
    pub by: String,
    /// The commit that it was given on, where known.
    pub commit: Option<String>,
    /// What ended it.
    pub cause: LapseCause,
}

/// What ends a sign-off.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum LapseCause {
    /// What was signed is not the same any more.
    Changed {
        /// The head that was the first to differ; `None`: the head is the same, and what it is judged by has changed.
        head: Option<String>,
        /// Login of whoever pushed it, where known.
        by: Option<String>,
    },
    /// Whoever gave it has the authority no more.
    Left,
    /// It was dismissed.
    Dismissed {
        /// By whom, where known.
        by: Option<String>,
    },
    /// The commit that it was given on cannot be read, so what it signed is not known. Why, in a sentence.
    Unreadable {
        /// Why.
        why: String,
    },
    /// Whoever gave it has a hand in the change.
    Author,
    /// It never counted: what it was given for is not what there is to sign.
    Elsewhere,
}

/// Where a slot stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum SlotState {
    /// Nobody has signed.
    Open,
    /// The author is of the team that would sign.
    AuthorsOwn,
    /// Signed.
    Signed {
        /// Login of the signer.
        by: String,
        /// The review.
        review_id: u64,
    },
    /// Somebody of the authority requests changes.
    ChangesRequested {
        /// Login.
        by: String,
        /// Whether the evidence has changed since: they are to look again.
        #[serde(default)]
        changed: bool,
    },
    /// The rules name nobody at this level or above: nobody can ever sign.
    Nobody,
    /// A team or user that does not exist or may not be seen: a configuration error.
    Unresolvable {
        /// Why.
        why: String,
    },
    /// An outage: cannot be judged yet.
    Unknown {
        /// Why.
        why: String,
    },
}

impl SlotState {
    /// Whether nothing more is needed.
    pub fn is_signed(&self) -> bool {
        matches!(self, Self::AuthorsOwn | Self::Signed { .. })
    }
}

/// A place that a rule matched at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Evidence {
    /// Path of a changed file.
    pub path: String,
    /// Line in it, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What was found there, or why it could not be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What to use instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
}

/// A record behind a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdrRef {
    /// As the rule names it when it was not found, else the record's id.
    pub id: String,
    /// Title; `None` when there is no such record.
    pub title: Option<String>,
    /// Path at the base commit; `None` when there is no such record.
    pub path: Option<String>,
    /// The repository that it is in, `acme/.github`, where that is not the repository itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// State.
    pub status: Option<Status>,
    /// First sentence of the decision.
    pub decision: Option<String>,
    /// Paths of the records that replace it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub superseded_by: Vec<String>,
    /// Paths of the records that the rule's name could mean, where it is ambiguous.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
}

/// A line of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistItem {
    /// What is to be made sure of.
    pub text: String,
    /// Whom it is for: handles, any of them.
    #[serde(rename = "for")]
    pub addressee: Vec<Handle>,
    /// Id of the record that it comes from, where it is not the rule's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adr: Option<String>,
}

/// Who is to be asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Asked {
    /// Teams.
    pub teams: Vec<Handle>,
    /// Users.
    pub users: Vec<Handle>,
}

/// Somebody who is left out of those to be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotAsked {
    /// Who.
    pub handle: Handle,
    /// Whether GitHub refuses it; otherwise a person took them off the list of reviewers.
    pub refused: bool,
}

/// Something the reader must know besides the findings. Any of them keeps the check from `success`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Note {
    /// A rule uses keys that this version does not judge: it was skipped.
    RuleSkipped {
        /// Rule id.
        rule: String,
        /// The keys.
        keys: Vec<String>,
    },
    /// A rule asks about an author or a pull request where there is none, and was not judged.
    NotJudged {
        /// Rule id.
        rule: String,
        /// What and why.
        why: String,
    },
    /// Something in the rules is wrong at the base: the check fails until it is mended.
    Configuration {
        /// What and how to mend it.
        message: String,
    },
}

impl Review {
    /// Whether this handle is one of those to ask for a sign-off in this slot, wherever it stands.
    pub fn names(&self, slot: &Slot, handle: &Handle) -> bool {
        let near = slot.level.is_some_and(|level| level < Level::Domain);
        slot.from.contains(handle) || (self.storm && near && slot.above.contains(handle))
    }

    /// Fingerprints of the open sign-offs that this handle is, or would be, asked about.
    pub fn asks(&self, handle: &Handle) -> BTreeSet<String> {
        let findings = self.findings.iter().filter(|finding| finding.enforce == Enforce::Review);
        let asked = |slot: &&Slot| match &slot.state {
            SlotState::Open => self.names(slot, handle),
            SlotState::ChangesRequested { by, changed } => *changed && handle.is_user(by),
            _ => false,
        };
        let slots = findings.flat_map(|finding| &finding.slots).filter(asked);
        slots.map(|slot| slot.fingerprint.clone()).collect()
    }
}

impl Basis {
    /// Whether there is anything to judge by: a rules file, the organisation's or a CODEOWNERS.
    pub fn says_anything(&self) -> bool {
        self.rules_from != RulesFrom::Startup || self.codeowners.is_some()
    }
}

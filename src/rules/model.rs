//! The rules file as the judgement uses it: checked, with defaults filled in and patterns compiled.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{Handle, PatternSet, RULES_PATH, packs};

/// Which of the files that lie over each other says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The repository's own file, or the only one that was read.
    #[default]
    Own,
    /// The organisation's file.
    Organization,
    /// A pack, by its place in the list of packs.
    Pack(u8),
}

/// A place in a file: line and column are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The file: see [`Rules::file`].
    #[serde(default)]
    pub origin: Origin,
}

impl Place {
    /// A place in a file that stands alone.
    pub const fn new(line: u32, column: u32) -> Self {
        Self { line, column, origin: Origin::Own }
    }

    /// The same place, in the file of this origin.
    #[must_use]
    pub const fn within(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }
}

/// How weighty a [`Problem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know; nothing is wrong with the file.
    Note,
    /// The file can be used; somebody should look at it.
    Warning,
    /// The file cannot be used.
    Error,
}

/// Something wrong in a rules file, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Error or warning.
    pub severity: Severity,
    /// Where, when it is known.
    pub place: Option<Place>,
    /// What is wrong and what was meant, one sentence or two.
    pub message: String,
}

/// A ceiling on what every rule may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Judged and recorded, nothing shown.
    Shadow,
    /// Shown, nothing held.
    Advise,
    /// As each rule says.
    #[default]
    On,
}

/// What follows when a rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Enforce {
    /// Switched off.
    None,
    /// Recorded, not shown.
    Shadow,
    /// Shown, holds nothing.
    Advise,
    /// Asks, and holds the check until signed.
    #[default]
    Review,
    /// Holds the check until the change is changed or somebody waives it.
    Block,
}

/// Who may sign, from the nearest to the farthest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The team that owns the matched files.
    Team,
    /// A lead of that team.
    Lead,
    /// The architects of that team's domain.
    Domain,
    /// The council.
    Organization,
}

/// The authority that a rule asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SignOff {
    /// The level that the finding's files reach.
    #[default]
    Scope,
    /// A fixed level.
    Level(Level),
    /// Any of these teams and people.
    Named(Vec<Named>),
}

/// An entry of a `sign_off` list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Named {
    /// A team that the file or its domains know, by its name there.
    Team(String),
    /// A user, or a team on GitHub.
    Handle(Handle),
}

/// A person or team list under `organization` or a domain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Domain {
    /// Names of the teams in it, as in `teams`.
    pub teams: Vec<String>,
    /// Who signs for it.
    pub architects: Vec<Handle>,
}

/// What the file says of a team.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Team {
    /// The team on GitHub; `None`: the team of this name in the repository's organisation.
    pub github: Option<Handle>,
    /// Its leads.
    pub leads: Vec<Handle>,
    /// Ids of the rules that its lead decides for its own services; `None`: as its size gives ([`Rules::decides`]).
    pub decides: Option<Vec<String>>,
    /// How many people it has, where said.
    pub size: Option<u32>,
}

/// A named part of the code.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Owning teams, any of whom signs; empty: CODEOWNERS decides, file by file.
    pub teams: Vec<String>,
    /// Its tier, as in `tiers`.
    pub tier: Option<String>,
    /// Its paths; `None`: the folder of its name under `roots`.
    pub paths: Option<PatternSet>,
    /// Public part, as written (used from chapter 4 on).
    pub public: Vec<String>,
    /// A change here makes no crossing by itself.
    pub shared: bool,
    /// The repository that it lives in, where the organisation's file says so: it is a service there and nowhere else.
    pub repo: Option<String>,
    /// Where the entry stands.
    pub place: Place,
}

/// Numbers above either of which `size` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// Changed files.
    pub files: Option<u64>,
    /// Added plus removed lines.
    pub lines: Option<u64>,
}

/// A condition. Every key that is present must hold; keys of files must hold of the same file.
#[derive(Debug, Clone, Default)]
pub struct When {
    /// A changed file is under one of these.
    pub paths: Option<PatternSet>,
    /// A changed file belongs to one of these services (globs).
    pub services: Option<PatternSet>,
    /// A changed file is owned by one of these teams (globs).
    pub teams: Option<PatternSet>,
    /// A changed file is owned by a team of one of these domains (globs).
    pub domains: Option<PatternSet>,
    /// A changed file belongs to a service of one of these tiers (globs).
    pub tiers: Option<PatternSet>,
    /// A changed file that no team of the author's owns (`true`), or one that such a team owns (`false`).
    pub foreign: Option<bool>,
    /// A changed file has no owner (`true`), or has one (`false`).
    pub unowned: Option<bool>,
    /// The scope is beyond one team or one domain.
    pub crosses: Option<Crosses>,
    /// The change is larger than this.
    pub size: Option<Size>,
    /// The pull request carries one of these labels (globs).
    pub labels: Option<PatternSet>,
    /// The branch that it goes to is one of these (globs).
    pub base: Option<PatternSet>,
    /// Its title matches.
    pub title: Option<regex::Regex>,
    /// It was opened by one of these (globs over logins).
    pub author: Option<PatternSet>,
    /// It edits the rules file (`true`) or does not.
    pub rules: Option<bool>,
    /// One of these holds.
    pub any: Vec<When>,
    /// All of these hold.
    pub all: Vec<When>,
    /// This does not hold.
    pub not: Option<Box<When>>,
    /// Keys of the language that this version does not judge yet; a rule that has any is skipped and named.
    pub later: Vec<String>,
}

/// What `crosses` asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Crosses {
    /// Beyond one team.
    Team,
    /// Beyond one domain.
    Domain,
}

/// A line of a checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What is to be made sure of.
    pub text: String,
    /// Holds until somebody of this level ticks it (from chapter 5 on); until then the addressee.
    pub by: Option<Level>,
    /// Ticks itself when this check run succeeds (from chapter 4 on).
    pub check: Option<String>,
    /// How often it is to be done again, as written.
    pub every: Option<String>,
}

/// An exception to a rule.
#[derive(Debug, Clone)]
pub struct Allow {
    /// Files that the rule leaves alone.
    pub paths: PatternSet,
    /// The last day on which it does.
    pub until: Option<NaiveDate>,
    /// Why.
    pub why: Option<String>,
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its id, unique in the file.
    pub id: String,
    /// When it matches.
    pub when: When,
    /// What follows.
    pub enforce: Enforce,
    /// Who signs.
    pub sign_off: SignOff,
    /// Decision records behind it: ids, numbers or paths, as written.
    pub adrs: Vec<String>,
    /// Why it exists, in a sentence or two.
    pub why: Option<String>,
    /// What those who sign make sure of.
    pub checklist: Vec<Item>,
    /// Exceptions.
    pub allow: Vec<Allow>,
    /// The record comes first (from chapter 4 on).
    pub needs_adr: bool,
    /// How often the rule is to be looked at, as written.
    pub every: Option<String>,
    /// When it was last looked at.
    pub reviewed: Option<NaiveDate>,
    /// Whether the organisation locks it: a repository can add to it and not weaken it. Judged by [`Rules::floor`], where there
    /// is one.
    pub locked: bool,
    /// The rule's effective text: whatever of it can change what it asks, in one canonical string. Part of every fingerprint.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

impl Rule {
    /// The keys of this rule that this version does not judge yet: in its `when`, at any depth, and `needs_adr`.
    /// A rule that has any is skipped, and named wherever a verdict is shown.
    pub fn later(&self) -> Vec<String> {
        let mut keys = self.when.later();
        if self.needs_adr {
            keys.push("needs_adr".to_owned());
            keys.sort();
        }
        keys
    }
}

impl When {
    /// The keys of this condition that this version does not judge yet, at any depth, sorted.
    pub fn later(&self) -> Vec<String> {
        let mut keys = self.later.clone();
        keys.extend(self.inner().flat_map(Self::later));
        keys.sort();
        keys.dedup();
        keys
    }

    /// The conditions within this one.
    pub fn inner(&self) -> impl Iterator<Item = &Self> {
        self.any.iter().chain(&self.all).chain(self.not.as_deref())
    }
}

/// How reviewers are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewers {
    /// Ask the team, or members of it (members from chapter 5 on).
    pub request: Request,
    /// How many members.
    pub count: u32,
    /// Ask as soon as the pull request is ready, or when its checks are green (green from chapter 5 on).
    pub when: AskWhen,
    /// Never asked.
    pub never: Vec<Handle>,
    /// Above this many teams the architects alone are asked.
    pub storm_teams: u32,
}

impl Default for Reviewers {
    fn default() -> Self {
        Self { request: Request::Team, count: 1, when: AskWhen::Ready, never: Vec::new(), storm_teams: 6 }
    }
}

/// Whom a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Request {
    /// The team; GitHub assigns within it.
    #[default]
    Team,
    /// Members of it.
    Members,
}

/// When reviewers are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AskWhen {
    /// When the pull request is ready for review.
    #[default]
    Ready,
    /// When its other checks are green.
    Green,
}

/// Rules in force: one file with the packs that it extends.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Packs named by `extends`.
    pub extends: Vec<String>,
    /// Ceiling.
    pub mode: Mode,
    /// What is judged and recorded and asks nobody.
    pub skip: Option<When>,
    /// Further gated branches (globs).
    pub branches: PatternSet,
    /// How reviewers are asked for.
    pub reviewers: Reviewers,
    /// Folders that hold decision records, without trailing slash; empty: found by convention.
    pub adr_paths: Vec<String>,
    /// The council.
    pub council: Vec<Handle>,
    /// Domains by name, in file order.
    pub domains: IndexMap<String, Domain>,
    /// Teams by name: those of `teams` and those that domains and services name.
    pub teams: BTreeMap<String, Team>,
    /// Every folder that matches is a service of its name, e.g. `services/*`.
    pub roots: Vec<Root>,
    /// Services in file order; the last entry that matches a path wins.
    pub services: Vec<Service>,
    /// The team that owns whatever nothing else says the owner of.
    pub whole: Option<Whole>,
    /// Checklist items by tier; they join the findings of that tier's services.
    pub tiers: BTreeMap<String, Vec<Item>>,
    /// Ids of rules that the lead of a team of at least so many people decides for its own services.
    pub decides: BTreeMap<u32, Vec<String>>,
    /// Rules in file order.
    pub rules: Vec<Rule>,
    /// Top-level keys that this version reads and does not act on yet, e.g. `stack`, `clock`.
    pub later: Vec<String>,
    /// All that the file says, whatever of it this version acts on: the same for two files that differ in comments and form alone.
    pub meaning: String,
    /// Where the files that lie over each other are.
    pub files: Files,
    /// What the organisation's file says here by itself, where it locks a rule and there is another file over it: locked rules
    /// are judged by its words, so that no name, owner or setting of the other file can take anything from them.
    pub floor: Option<Box<Rules>>,
}

/// The paths that files are known by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Files {
    /// The repository's own; `None`: there is none, or it was read by itself.
    pub own: Option<String>,
    /// The organisation's.
    pub organization: Option<String>,
}

/// The team that owns a whole repository, beneath everything that says more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// Names of the teams, any of whom signs.
    pub teams: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

impl Rules {
    /// The file that a place is in, as people find it.
    pub fn file(&self, place: Place) -> &str {
        let path = match place.origin {
            Origin::Own => self.files.own.as_deref(),
            Origin::Organization => self.files.organization.as_deref(),
            Origin::Pack(index) => packs::SHIPPED.get(usize::from(index)).map(|pack| pack.path),
        };
        path.unwrap_or(RULES_PATH)
    }

    /// The rule of this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

/// A pattern of `roots`: the folders that are services of their own.
#[derive(Debug, Clone)]
pub struct Root {
    /// As written.
    pub written: String,
    /// How many path components it spans.
    pub depth: usize,
    /// The folder pattern, compiled.
    pub folders: PatternSet,
    /// Where it stands.
    pub place: Place,
}

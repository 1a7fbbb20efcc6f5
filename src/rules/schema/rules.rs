//! Rules and conditions.

use schemars::JsonSchema;

use super::{Date, Duration, Many, Name, Pattern, RuleId, list};

/// When a rule matches. Every key must hold; keys that speak of files must hold of the same file. A list means any of.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1), example = serde_json::json!({ "crosses": "team" }))]
pub(super) struct Condition {
    /// A changed file is under one of these.
    #[schemars(example = list("**/*.proto"))]
    paths: Option<Patterns>,
    /// A changed file belongs to one of these services (globs).
    services: Option<Globs>,
    /// A changed file is owned by one of these teams (globs).
    teams: Option<Globs>,
    /// A changed file is owned by a team of one of these domains (globs).
    domains: Option<Globs>,
    /// A changed file belongs to a service of one of these tiers (globs).
    tiers: Option<Globs>,
    /// A changed file that no team of the author's owns (`true`).
    foreign: Option<bool>,
    /// A changed file has no owner (`true`).
    unowned: Option<bool>,
    /// The change reaches beyond one team, or beyond one domain.
    crosses: Option<CrossesWord>,
    /// The change is larger than either number.
    size: Option<SizeBlock>,
    /// The pull request carries one of these labels (globs).
    labels: Option<Globs>,
    /// It goes to one of these branches (globs).
    base: Option<Globs>,
    /// Its title matches this regular expression.
    #[schemars(example = &"^feat!")]
    title: Option<String>,
    /// One of these opened it (globs over logins).
    #[schemars(example = list("renovate[bot]"))]
    author: Option<Globs>,
    /// The change edits the rules file (`true`).
    rules: Option<bool>,
    /// One of these holds.
    #[schemars(length(min = 1))]
    any: Option<Vec<Condition>>,
    /// All of these hold.
    #[schemars(length(min = 1))]
    all: Option<Vec<Condition>>,
    /// This does not hold.
    not: Option<Box<Condition>>,
    /// The change adds an import from one service into another's non-public part. (A rule that asks this is skipped yet.)
    imports: Option<Imports>,
    /// A manifest gains a run-time dependency that the stack does not list, or that matches. (A rule that asks this is
    /// skipped yet.)
    #[schemars(example = &"unapproved", example = list("npm:axios"))]
    adds_dependency: Option<Many<String>>,
    /// An added line matches this regular expression. (A rule that asks this is skipped yet.)
    adds_line: Option<String>,
    /// A folder under `roots` that the base does not have. (A rule that asks this is skipped yet.)
    new_service: Option<bool>,
    /// An OpenAPI, Protobuf or GraphQL file loses or narrows what it offered. (A rule that asks this is skipped yet.)
    contract: Option<ContractWord>,
    /// The change brings a decision record into this status. (A rule that asks this is skipped yet.)
    adr: Option<Many<AdrStatus>>,
}

/// Patterns over paths.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Patterns {
    /// One pattern.
    One(Pattern),
    /// Several; `!` takes out what an earlier one took in.
    List(#[schemars(length(min = 1))] Vec<Pattern>),
}

/// Globs over names.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Globs {
    /// One glob.
    One(Name),
    /// Several; `!` takes out what an earlier one took in.
    List(#[schemars(length(min = 1))] Vec<Name>),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum CrossesWord {
    /// Beyond one team.
    Team,
    /// Beyond one domain.
    Domain,
}

/// Numbers above either of which `size` holds.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1), example = serde_json::json!({ "files": 50, "lines": 1000 }))]
pub(super) struct SizeBlock {
    /// Changed files.
    #[schemars(range(min = 1))]
    files: Option<u64>,
    /// Added and removed lines together.
    #[schemars(range(min = 1))]
    lines: Option<u64>,
}

/// Which imports.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Imports {
    /// Of any service into another's non-public part.
    Word(ImportsWord),
    /// Between these.
    Between(ImportsBlock),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum ImportsWord {
    /// Of any service into another's non-public part.
    Internals,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ImportsBlock {
    /// Services, `team:x`, `domain:x` or paths that import.
    from: Option<Many<String>>,
    /// Services, `team:x`, `domain:x` or paths that are imported.
    to: Option<Many<String>>,
    /// Whether the public part is held too.
    public: Option<bool>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum ContractWord {
    /// It loses or narrows what it offered.
    Breaking,
}

/// The status of a decision record.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum AdrStatus {
    /// Under discussion.
    Proposed,
    /// In force.
    Accepted,
    /// Decided against.
    Rejected,
    /// No longer in force.
    Deprecated,
    /// Replaced by another.
    Superseded,
    /// Not said.
    Unknown,
}

/// A rule: an `id` and a `when`; the rest has defaults.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, example = serde_json::json!({ "id": "crossing", "when": { "crosses": "team" }, "adrs": ["ADR-0002"] }))]
pub(super) struct RuleEntry {
    /// A short name, unique in the file; a pack's rule of the same id lies beneath.
    id: RuleId,
    /// When it matches. Without, the pack's rule of this id says it.
    when: Option<Condition>,
    /// What follows; `review` where it is not said.
    enforce: Option<EnforceWord>,
    /// Who signs; `scope` where it is not said.
    sign_off: Option<SignOffEntry>,
    /// Decision records behind it: ids, numbers or paths, as written.
    #[schemars(example = list("ADR-0002"))]
    adrs: Option<Many<Name>>,
    /// Why it exists, in a sentence or two, for whoever meets it.
    why: Option<String>,
    /// What those who sign make sure of.
    #[schemars(example = list("Both teams agree on the order of roll-out"))]
    checklist: Option<Many<ItemEntry>>,
    /// Exceptions.
    allow: Option<Many<AllowEntry>>,
    /// The decision record comes first. (A rule that asks this is skipped yet.)
    needs_adr: Option<bool>,
    /// How often the rule itself is to be looked at.
    every: Option<Duration>,
    /// When it was last looked at.
    reviewed: Option<Date>,
    /// In an organisation's file: a repository may add to this rule and not weaken it.
    locked: Option<bool>,
}

/// What follows when a rule matches.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum EnforceWord {
    /// Nothing: the rule is switched off.
    None,
    /// It is recorded and not shown.
    Shadow,
    /// It is shown and holds nothing.
    Advise,
    /// It asks, and holds the check until signed.
    Review,
    /// It holds the check until the change is changed or somebody waives it.
    Block,
}

/// Who signs.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum SignOffEntry {
    /// A level.
    Level(SignOffLevel),
    /// Teams and people, any of whom signs.
    List(#[schemars(length(min = 1))] Vec<Signer>),
}

/// Who signs, by level.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum SignOffLevel {
    /// The team that owns the matched files.
    Team,
    /// A lead of that team.
    Lead,
    /// The architects of that team's domain.
    Domain,
    /// The council.
    Organization,
    /// The level that the change reaches.
    Scope,
}

/// A team of this file, or a team or person on GitHub; not a level.
#[derive(JsonSchema)]
#[schemars(extend("not" = { "enum": ["team", "lead", "domain", "organization", "scope"] }))]
pub(super) struct Signer(#[schemars(length(min = 1), example = &"security", example = &"@maria")] String);

/// A line of a checklist.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum ItemEntry {
    /// What is to be made sure of.
    Text(#[schemars(length(min = 1))] String),
    /// What is to be made sure of, by whom.
    Item(ItemBlock),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ItemBlock {
    /// What is to be made sure of.
    #[schemars(length(min = 1))]
    text: String,
    /// Who makes sure of it.
    by: Option<LevelWord>,
    /// Ticks itself when this check run succeeds. (Read, and not acted on yet.)
    check: Option<String>,
    /// How often it is to be done again. (Read, and not acted on yet.)
    every: Option<Duration>,
}

/// A level.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum LevelWord {
    /// The team that owns the matched files.
    Team,
    /// A lead of that team.
    Lead,
    /// The architects of that team's domain.
    Domain,
    /// The council.
    Organization,
}

/// An exception to a rule.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(example = serde_json::json!({ "paths": ["services/checkout/main.go"], "until": "2027-03-31", "why": "composition root" }))]
pub(super) struct AllowEntry {
    /// Files that the rule leaves alone.
    paths: Patterns,
    /// The last day on which it does.
    until: Option<Date>,
    /// Why.
    why: Option<String>,
}

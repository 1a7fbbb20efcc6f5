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
    #[schemars(example = serde_json::json!(["checkout", "shop-*"]))]
    services: Option<Globs>,
    /// A changed file is owned by one of these teams (globs).
    #[schemars(example = list("payments"))]
    teams: Option<Globs>,
    /// A changed file is owned by a team of one of these domains (globs).
    #[schemars(example = list("commerce"))]
    domains: Option<Globs>,
    /// A changed file belongs to a service of one of these tiers (globs).
    #[schemars(example = list("critical"))]
    tiers: Option<Globs>,
    /// A changed file that no team of the author's owns (`true`).
    #[schemars(example = true)]
    foreign: Option<bool>,
    /// A changed file has no owner (`true`).
    #[schemars(example = true)]
    unowned: Option<bool>,
    /// The change reaches beyond one team, or beyond one domain.
    #[schemars(example = &"team")]
    crosses: Option<CrossesWord>,
    /// The change is larger than either number.
    #[schemars(example = serde_json::json!({ "files": 50, "lines": 1000 }))]
    size: Option<SizeBlock>,
    /// The pull request carries one of these labels (globs).
    #[schemars(example = list("area/*"))]
    labels: Option<Globs>,
    /// It goes to one of these branches (globs).
    #[schemars(example = list("release/*"))]
    base: Option<Globs>,
    /// Its title matches this regular expression.
    #[schemars(example = &"^feat!")]
    title: Option<String>,
    /// One of these opened it (globs over logins).
    #[schemars(example = list("renovate[bot]"))]
    author: Option<Globs>,
    /// The change edits the rules file (`true`).
    #[schemars(example = true)]
    rules: Option<bool>,
    /// One of these holds.
    #[schemars(length(min = 1))]
    #[schemars(example = serde_json::json!([{ "crosses": "team" }, { "foreign": true }]))]
    any: Option<Vec<Condition>>,
    /// All of these hold.
    #[schemars(length(min = 1))]
    #[schemars(example = serde_json::json!([{ "paths": ["**/*.proto"] }, { "crosses": "team" }]))]
    all: Option<Vec<Condition>>,
    /// This does not hold.
    #[schemars(example = serde_json::json!({ "paths": ["docs/"] }))]
    not: Option<Box<Condition>>,
    /// The change adds an import from one service into another's non-public part. (A rule that asks this is skipped yet.)
    #[schemars(example = &"internals", example = serde_json::json!({ "from": ["checkout"], "to": ["domain:platform"] }))]
    imports: Option<Imports>,
    /// A manifest gains a run-time dependency that the stack does not list, or that matches. (A rule that asks this is
    /// skipped yet.)
    #[schemars(example = &"unapproved", example = list("npm:axios"))]
    adds_dependency: Option<Many<String>>,
    /// An added line matches this regular expression. (A rule that asks this is skipped yet.)
    #[schemars(example = &"(?i)todo")]
    adds_line: Option<String>,
    /// A folder under `roots` that the base does not have. (A rule that asks this is skipped yet.)
    #[schemars(example = true)]
    new_service: Option<bool>,
    /// An OpenAPI, Protobuf or GraphQL file loses or narrows what it offered. (A rule that asks this is skipped yet.)
    #[schemars(example = &"breaking")]
    contract: Option<ContractWord>,
    /// The change brings a decision record into this status. (A rule that asks this is skipped yet.)
    #[schemars(example = serde_json::json!(["proposed", "accepted"]))]
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
    #[schemars(example = 50)]
    files: Option<u64>,
    /// Added and removed lines together.
    #[schemars(range(min = 1))]
    #[schemars(example = 1000)]
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
    #[schemars(example = list("checkout"))]
    from: Option<Many<String>>,
    /// Services, `team:x`, `domain:x` or paths that are imported.
    #[schemars(example = serde_json::json!(["ledger", "domain:platform"]))]
    to: Option<Many<String>>,
    /// Whether the public part is held too.
    #[schemars(example = true)]
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
    #[schemars(example = &"crossing")]
    id: RuleId,
    /// When it matches. Without, the pack's rule of this id says it.
    #[schemars(example = serde_json::json!({ "crosses": "team" }))]
    when: Option<Condition>,
    /// What follows; `review` where it is not said.
    #[schemars(example = &"block")]
    enforce: Option<EnforceWord>,
    /// Who signs; `scope` where it is not said.
    #[schemars(example = &"domain", example = serde_json::json!(["security", "@maria"]))]
    sign_off: Option<SignOffEntry>,
    /// Decision records behind it: ids, numbers or paths, as written.
    #[schemars(example = list("ADR-0002"))]
    adrs: Option<Many<Name>>,
    /// Why it exists, in a sentence or two, for whoever meets it.
    #[schemars(example = &"Teams change together here; the contract between them is kept by those above both.")]
    why: Option<String>,
    /// What those who sign make sure of.
    #[schemars(example = list("Both teams agree on the order of roll-out"))]
    checklist: Option<Many<ItemEntry>>,
    /// Exceptions.
    #[schemars(example = serde_json::json!([{ "paths": ["services/checkout/main.go"], "until": "2027-03-31", "why": "composition root" }]))]
    allow: Option<Many<AllowEntry>>,
    /// The decision record comes first. (A rule that asks this is skipped yet.)
    #[schemars(example = true)]
    needs_adr: Option<bool>,
    /// How often the rule itself is to be looked at.
    #[schemars(example = &"3 months")]
    every: Option<Duration>,
    /// When it was last looked at.
    #[schemars(example = &"2026-11-01")]
    reviewed: Option<Date>,
    /// In an organisation's file: a repository may add to this rule and not weaken it.
    #[schemars(example = true)]
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
    #[schemars(example = &"Load test passed")]
    text: String,
    /// Who makes sure of it.
    #[schemars(example = &"domain")]
    by: Option<LevelWord>,
    /// Ticks itself when this check run succeeds. (Read, and not acted on yet.)
    #[schemars(example = &"load-test")]
    check: Option<String>,
    /// How often it is to be done again. (Read, and not acted on yet.)
    #[schemars(example = &"3 months")]
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
    #[schemars(example = list("services/checkout/main.go"))]
    paths: Patterns,
    /// The last day on which it does.
    #[schemars(example = &"2027-03-31")]
    until: Option<Date>,
    /// Why.
    #[schemars(example = &"composition root")]
    why: Option<String>,
}

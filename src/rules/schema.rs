//! The JSON Schema of the rules file, for editors: types that mirror what `parse` accepts.
//!
//! They are never filled; `parse` reads the file by hand so that it can say where and what was meant. A test holds both to
//! the same files.

#![allow(dead_code, reason = "these types exist for their schema alone")]

use std::collections::BTreeMap;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

/// The published schema, `rules/schema.json`: equal to [`schema`].
pub const SCHEMA: &str = include_str!("../../rules/schema.json");

/// The schema of the rules file, generated.
pub fn schema() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<RulesFile>().to_value();
    without_null(&mut schema);
    unwrapped(&mut schema);
    schema
}

/// Takes the line breaks of this file out of descriptions.
fn unwrapped(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::String(text)) = object.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            object.values_mut().for_each(unwrapped);
        }
        Value::Array(items) => items.iter_mut().for_each(unwrapped),
        _ => {}
    }
}

/// A key may be left out and may not be left empty, so `null` goes from the properties. The mappings of teams, domains and
/// services keep it: there a bare name is enough.
fn without_null(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        for property in properties.values_mut().filter_map(Value::as_object_mut) {
            if let Some(Value::Array(types)) = property.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    property.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = property.get_mut("anyOf") {
                choices.retain(|choice| choice != &serde_json::json!({ "type": "null" }));
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    property.remove("anyOf");
                    // What the property says of itself goes before what its type says.
                    only.into_iter().for_each(|(key, value)| {
                        property.entry(key).or_insert(value);
                    });
                }
            }
        }
    }
    for key in ["properties", "$defs"] {
        if let Some(Value::Object(inner)) = object.get_mut(key) {
            inner.values_mut().for_each(without_null);
        }
    }
}

/// A list of one, as an example.
fn list(item: &'static str) -> [&'static str; 1] {
    [item]
}

/// One, or a list of them.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Many<T> {
    /// One.
    One(T),
    /// A list.
    List(Vec<T>),
}

/// Who owns what, and which changes somebody has to sign off. Read at the tip of the branch that a pull request goes to.
#[derive(JsonSchema)]
#[schemars(rename = "Merestone rules file", deny_unknown_fields)]
#[schemars(example = serde_json::json!({
    "version": 1,
    "extends": ["startup"],
    "mode": "shadow",
    "organization": { "architects": ["acme/architecture-council"] },
    "domains": { "commerce": { "teams": ["payments", "ledger"], "architects": ["acme/commerce-architects"] } },
    "services": { "checkout": { "team": "payments", "paths": ["services/checkout/"] } },
    "rules": [{ "id": "api-contract", "when": { "paths": ["**/*.proto"] }, "sign_off": "domain" }]
}))]
struct RulesFile {
    /// Version of the language of this file: 1.
    version: Option<Version>,
    /// Packs of rules that ship with Merestone. Rules of this file with the same id lie over theirs, key by key; lists
    /// replace; `enforce: none` switches a pack's rule off.
    #[schemars(example = list("startup"))]
    extends: Option<Many<PackName>>,
    /// A ceiling on every rule: `shadow` judges and shows nothing, `advise` shows and holds nothing, `on` is as each rule
    /// says. The first week is for `shadow`.
    mode: Option<ModeWord>,
    /// Changes that are judged and recorded, and for which nobody is asked and nothing is held.
    #[schemars(example = serde_json::json!({ "author": ["renovate[bot]"] }))]
    skip: Option<Condition>,
    /// Further branches whose pull requests are judged, as globs; the default branch always is.
    #[schemars(example = list("release/*"))]
    branches: Option<Many<Name>>,
    /// How reviewers are asked for.
    reviewers: Option<ReviewersBlock>,
    /// Where the architecture decision records are.
    adrs: Option<Adrs>,
    /// The whole organisation.
    organization: Option<Organization>,
    /// Groups of teams with their own architects, by name. Without any, everything is one domain.
    #[schemars(example = serde_json::json!({ "commerce": { "teams": ["payments"], "architects": ["acme/commerce-architects"] } }))]
    domains: Option<BTreeMap<String, Option<DomainBlock>>>,
    /// Teams by name: only what differs from the team of this name on GitHub.
    #[schemars(example = serde_json::json!({ "payments": { "github": "@acme/payments", "leads": ["@maria"] } }))]
    teams: Option<BTreeMap<String, Option<TeamBlock>>>,
    /// Folders each of whose sub-folders is a service of its name.
    #[schemars(example = list("services/*/"))]
    roots: Option<Many<Pattern>>,
    /// Parts of the code by name: what folders and CODEOWNERS do not say. The last entry that matches a path wins.
    #[schemars(example = serde_json::json!({ "checkout": { "team": "payments", "paths": ["services/checkout/"] } }))]
    services: Option<BTreeMap<String, Option<ServiceBlock>>>,
    /// Items by tier that join the checklist of every finding in that tier's services. (Read, and not acted on yet.)
    #[schemars(example = serde_json::json!({ "critical": ["p95 stays under 200 ms"] }))]
    tiers: Option<BTreeMap<String, Many<ItemEntry>>>,
    /// The approved stack: what a team may bring in without asking. (Read, and not acted on yet.)
    stack: Option<Stack>,
    /// When the next level is asked too. (Read, and not acted on yet.)
    clock: Option<Clock>,
    /// When people work. (Read, and not acted on yet.)
    calendar: Option<Calendar>,
    /// The rules.
    rules: Option<Vec<RuleEntry>>,
    /// In an organisation's file: where it applies and how far, by patterns over repositories' names. (Read, and not acted
    /// on yet.)
    repositories: Option<BTreeMap<String, RepositoryBlock>>,
    /// In an organisation's file: keys that a repository may add to and not weaken. (Read, and not acted on yet.)
    locked: Option<Many<TopLevelKey>>,
}

/// The number 1.
#[derive(JsonSchema)]
#[schemars(extend("enum" = [1]))]
struct Version(u32);

/// A pack.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum PackName {
    /// Under 50 engineers, no architect yet: the leads hear of crossings; nothing is held.
    Startup,
    /// 50 to 200 engineers. (Of a later version.)
    Growth,
    /// Over 200 engineers. (Of a later version.)
    Enterprise,
    /// Contracts between services. (Of a later version.)
    Contracts,
    /// The data model. (Of a later version.)
    DataModel,
    /// New edges between services. (Of a later version.)
    Integration,
    /// Security. (Of a later version.)
    Security,
    /// Delivery: CI and infrastructure as code. (Of a later version.)
    Delivery,
    /// Scale and performance. (Of a later version.)
    Triggers,
    /// Resilience. (Of a later version.)
    Resilience,
    /// Tests. (Of a later version.)
    Testing,
    /// Shared libraries. (Of a later version.)
    SharedLibraries,
    /// The approved stack. (Of a later version.)
    Stack,
    /// Tiers of services. (Of a later version.)
    Tiers,
}

/// A ceiling on every rule. YAML takes `on` for true, which is fine here.
#[derive(JsonSchema)]
#[schemars(extend("enum" = ["shadow", "advise", "on", true]), extend("type" = ["string", "boolean"]))]
struct ModeWord(String);

/// A text or a number, taken as written.
#[derive(JsonSchema)]
#[schemars(extend("type" = ["string", "number", "boolean"]), extend("minLength" = 1))]
struct Name(String);

/// A person (`@maria`) or a team (`@acme/payments`) on GitHub; the `@` may be left out, and needs quotes in YAML.
#[derive(JsonSchema)]
struct Person(
    #[schemars(
        regex(pattern = r"^@?[A-Za-z0-9][A-Za-z0-9_-]*(\[bot\])?(/[A-Za-z0-9._-]+)?$"),
        example = &"@acme/payments"
    )]
    String,
);

/// A team of this file by its name, or as on GitHub.
#[derive(JsonSchema)]
struct TeamName(#[schemars(length(min = 1, max = 200), example = &"payments")] String);

/// A pattern over paths, as in CODEOWNERS: a trailing `/` is everything below, `**` any depth, `*` stays within one folder.
/// Beyond it `{a,b}` is either, `!` takes out again, and `./` is the service's own folder.
#[derive(JsonSchema)]
struct Pattern(#[schemars(length(min = 1, max = 1000), example = &"**/*.proto")] String);

/// A length of time.
#[derive(JsonSchema)]
struct Duration(
    #[schemars(
        regex(pattern = r"^[1-9][0-9]* +(hour|day|working day|week|month|year)s?$"),
        example = &"3 months",
        example = &"2 working days"
    )]
    String,
);

/// A date, year-month-day.
#[derive(JsonSchema)]
struct Date(#[schemars(regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), example = &"2027-03-31")] String);

/// How reviewers are asked for.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ReviewersBlock {
    /// Ask the team, so that GitHub assigns within it, or members of it. (`members` is read, and not acted on yet.)
    request: Option<RequestWord>,
    /// How many members.
    #[schemars(range(min = 1))]
    count: Option<u32>,
    /// Ask as soon as the pull request is ready, or when its checks are green. (`green` is read, and not acted on yet.)
    when: Option<AskWhenWord>,
    /// Who is never asked.
    never: Option<Many<Person>>,
    /// A change that touches more teams than this asks the architects alone.
    #[schemars(range(min = 1))]
    storm_teams: Option<u32>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum RequestWord {
    /// The team.
    Team,
    /// Members of it.
    Members,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum AskWhenWord {
    /// When the pull request is ready for review.
    Ready,
    /// When its checks are green.
    Green,
}

/// Where the architecture decision records are.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Adrs {
    /// Folders that hold records; without, they are found by convention.
    #[schemars(example = list("docs/adr/"))]
    paths: Option<Many<String>>,
    /// A record older than this on a touched path is due for a look back. (Read, and not acted on yet.)
    retrospective: Option<Duration>,
}

/// The whole organisation.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Organization {
    /// The council: who signs for the whole organisation.
    #[schemars(example = list("acme/architecture-council"))]
    architects: Option<Many<Person>>,
}

/// A group of teams with its own architects.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct DomainBlock {
    /// Its teams; a team is in one domain.
    teams: Option<Many<TeamName>>,
    /// Who signs for it.
    architects: Option<Many<Person>>,
}

/// A team.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct TeamBlock {
    /// The team on GitHub; without, the team of this name in the repository's organisation.
    #[schemars(example = &"@acme/payments")]
    github: Option<Person>,
    /// Its leads.
    leads: Option<Many<Person>>,
    /// Ids of rules that its lead signs for the team's own services, in place of the level that the rule names.
    #[schemars(example = list("api-contract"))]
    decides: Option<Many<RuleId>>,
    /// How many people it has.
    #[schemars(range(min = 1))]
    size: Option<u32>,
}

/// The id of a rule.
#[derive(JsonSchema)]
struct RuleId(#[schemars(regex(pattern = r"^[A-Za-z0-9._-]{1,100}$"), example = &"api-contract")] String);

/// A named part of the code.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ServiceBlock {
    /// The owning team, or several any of whom signs; without, CODEOWNERS decides file by file.
    team: Option<Many<TeamName>>,
    /// How much depends on it: critical, core, supporting, or a tier of `tiers`.
    #[schemars(example = &"critical")]
    tier: Option<String>,
    /// Its files; without, the folder of its name under `roots`.
    #[schemars(example = list("services/checkout/"))]
    paths: Option<Many<Pattern>>,
    /// What others may import. (Read, and not acted on yet.)
    #[schemars(example = list("./api/"))]
    public: Option<Many<Pattern>>,
    /// A change here makes no crossing by itself.
    shared: Option<bool>,
    /// In an organisation's file: the repository that it lives in. (Read, and not acted on yet.)
    #[schemars(example = &"acme/ledger")]
    repo: Option<String>,
}

/// When a rule matches. Every key must hold; keys that speak of files must hold of the same file. A list means any of.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1), example = serde_json::json!({ "crosses": "team" }))]
struct Condition {
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
enum Patterns {
    /// One pattern.
    One(Pattern),
    /// Several; `!` takes out what an earlier one took in.
    List(#[schemars(length(min = 1))] Vec<Pattern>),
}

/// Globs over names.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Globs {
    /// One glob.
    One(Name),
    /// Several; `!` takes out what an earlier one took in.
    List(#[schemars(length(min = 1))] Vec<Name>),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum CrossesWord {
    /// Beyond one team.
    Team,
    /// Beyond one domain.
    Domain,
}

/// Numbers above either of which `size` holds.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1), example = serde_json::json!({ "files": 50, "lines": 1000 }))]
struct SizeBlock {
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
enum Imports {
    /// Of any service into another's non-public part.
    Word(ImportsWord),
    /// Between these.
    Between(ImportsBlock),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum ImportsWord {
    /// Of any service into another's non-public part.
    Internals,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ImportsBlock {
    /// Services, `team:x`, `domain:x` or paths that import.
    from: Option<Many<String>>,
    /// Services, `team:x`, `domain:x` or paths that are imported.
    to: Option<Many<String>>,
    /// Whether the public part is held too.
    public: Option<bool>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum ContractWord {
    /// It loses or narrows what it offered.
    Breaking,
}

/// The status of a decision record.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum AdrStatus {
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
struct RuleEntry {
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
    /// In an organisation's file: a repository may add to this rule and not weaken it. (Read, and not acted on yet.)
    locked: Option<bool>,
}

/// What follows when a rule matches.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum EnforceWord {
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
enum SignOffEntry {
    /// A level.
    Level(SignOffLevel),
    /// Teams and people, any of whom signs.
    List(#[schemars(length(min = 1))] Vec<Signer>),
}

/// Who signs, by level.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum SignOffLevel {
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
struct Signer(#[schemars(length(min = 1), example = &"security", example = &"@maria")] String);

/// A line of a checklist.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum ItemEntry {
    /// What is to be made sure of.
    Text(#[schemars(length(min = 1))] String),
    /// What is to be made sure of, by whom.
    Item(ItemBlock),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ItemBlock {
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
enum LevelWord {
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
struct AllowEntry {
    /// Files that the rule leaves alone.
    paths: Patterns,
    /// The last day on which it does.
    until: Option<Date>,
    /// Why.
    why: Option<String>,
}

/// The approved stack, by ecosystem: names or globs.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(example = serde_json::json!({ "cargo": ["axum", "serde*"], "npm": { "use": ["react"], "instead": { "axios": "undici" } } }))]
struct Stack {
    /// Rust.
    cargo: Option<Approved>,
    /// JavaScript and TypeScript.
    npm: Option<Approved>,
    /// Go.
    gomod: Option<Approved>,
    /// Python.
    python: Option<Approved>,
    /// Ruby.
    ruby: Option<Approved>,
    /// Maven.
    maven: Option<Approved>,
    /// Gradle's version catalog.
    gradle_catalog: Option<Approved>,
    /// Images.
    dockerfile: Option<Approved>,
    /// GitHub Actions.
    actions: Option<Approved>,
    /// Terraform providers.
    terraform: Option<Approved>,
    /// Helm charts.
    helm: Option<Approved>,
}

/// What is approved.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Approved {
    /// Names or globs.
    Names(Many<Name>),
    /// Names, and what to use instead of others.
    Block(ApprovedBlock),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ApprovedBlock {
    /// Names or globs.
    r#use: Option<Many<Name>>,
    /// What to use instead of what.
    instead: Option<BTreeMap<String, String>>,
}

/// When the next level is asked too.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Clock {
    /// After this long without an answer.
    after: Option<Duration>,
}

/// When people work.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Calendar {
    /// A time zone.
    #[schemars(example = &"Europe/Berlin")]
    timezone: Option<String>,
    /// Days.
    workdays: Option<Many<Day>>,
    /// Hours.
    #[schemars(regex(pattern = r"^[0-9]{1,2}:[0-9]{2} *- *[0-9]{1,2}:[0-9]{2}$"), example = &"09:00-17:00")]
    hours: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// How an organisation's file applies to repositories.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct RepositoryBlock {
    /// A ceiling on every rule.
    mode: Option<ModeWord>,
    /// Packs.
    extends: Option<Many<PackName>>,
    /// The team that owns the whole repository.
    team: Option<Many<TeamName>>,
}

/// A top-level key.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum TopLevelKey {
    /// `version`
    Version,
    /// `extends`
    Extends,
    /// `mode`
    Mode,
    /// `skip`
    Skip,
    /// `branches`
    Branches,
    /// `reviewers`
    Reviewers,
    /// `adrs`
    Adrs,
    /// `organization`
    Organization,
    /// `domains`
    Domains,
    /// `teams`
    Teams,
    /// `roots`
    Roots,
    /// `services`
    Services,
    /// `tiers`
    Tiers,
    /// `stack`
    Stack,
    /// `clock`
    Clock,
    /// `calendar`
    Calendar,
    /// `rules`
    Rules,
    /// `repositories`
    Repositories,
    /// `locked`
    Locked,
}

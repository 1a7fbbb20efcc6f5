//! The JSON Schema of the rules file, for editors: types that mirror what `parse` accepts.
//!
//! They are never filled; `parse` reads the file by hand so that it can say where and what was meant. A test holds both to
//! the same files.

#![allow(dead_code, reason = "these types exist for their schema alone")]

mod blocks;
mod rules;

use std::collections::BTreeMap;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

use blocks::{
    Adrs, Calendar, Clock, DomainBlock, Organization, RepositoryBlock, ReviewersBlock, ServiceBlock, Stack, TeamBlock,
    TopLevelKey,
};
use rules::{Condition, ItemEntry, RuleEntry};

/// The published schema, `rules/schema.json`: equal to [`schema`].
pub const SCHEMA: &str = include_str!("../../../rules/schema.json");

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
    #[schemars(example = 1)]
    version: Option<Version>,
    /// Packs of rules that ship with Merestone. Rules of this file with the same id lie over theirs, key by key; lists
    /// replace; `enforce: none` switches a pack's rule off.
    #[schemars(example = list("startup"))]
    extends: Option<Many<PackName>>,
    /// A ceiling on every rule: `shadow` judges and shows nothing, `advise` shows and holds nothing, `on` is as each rule
    /// says. The first week is for `shadow`.
    #[schemars(example = &"shadow")]
    mode: Option<ModeWord>,
    /// Changes that are judged and recorded, and for which nobody is asked and nothing is held.
    #[schemars(example = serde_json::json!({ "author": ["renovate[bot]"] }))]
    skip: Option<Condition>,
    /// Further branches whose pull requests are judged, as globs; the default branch always is.
    #[schemars(example = list("release/*"))]
    branches: Option<Many<Name>>,
    /// How reviewers are asked for.
    #[schemars(example = serde_json::json!({ "request": "team", "never": ["@maria"] }))]
    reviewers: Option<ReviewersBlock>,
    /// Where the architecture decision records are.
    #[schemars(example = serde_json::json!({ "paths": ["docs/adr/"] }))]
    adrs: Option<Adrs>,
    /// The whole organisation.
    #[schemars(example = serde_json::json!({ "architects": ["acme/architecture-council"] }))]
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
    /// Items by tier that join the checklist of every finding in that tier's services.
    #[schemars(example = serde_json::json!({ "critical": ["p95 stays under 200 ms"] }))]
    tiers: Option<BTreeMap<String, Many<ItemEntry>>>,
    /// Rules that a lead decides for the team's own services, in place of the level that the rule names, by the size of team
    /// from which on that holds. A team's own `decides` goes before.
    #[schemars(example = serde_json::json!({ "5": ["integration", "testing"] }))]
    decides: Option<BTreeMap<TeamSize, Many<RuleId>>>,
    /// The approved stack: what a team may bring in without asking. (Read, and not acted on yet.)
    #[schemars(example = serde_json::json!({ "cargo": ["axum", "serde*"], "npm": { "use": ["react"], "instead": { "axios": "undici" } } }))]
    stack: Option<Stack>,
    /// When the next level is asked too. (Read, and not acted on yet.)
    #[schemars(example = serde_json::json!({ "after": "2 working days" }))]
    clock: Option<Clock>,
    /// When people work. (Read, and not acted on yet.)
    #[schemars(example = serde_json::json!({ "timezone": "Europe/Berlin", "hours": "09:00-17:00" }))]
    calendar: Option<Calendar>,
    /// The rules.
    #[schemars(example = serde_json::json!([{ "id": "crossing", "when": { "crosses": "team" } }]))]
    rules: Option<Vec<RuleEntry>>,
    /// In an organisation's file: how far it goes where, by patterns over repositories' names. Of several that match the last
    /// one that has a key says it.
    #[schemars(example = serde_json::json!({ "shop-*": { "mode": "shadow", "extends": ["contracts"], "team": "payments" } }))]
    repositories: Option<BTreeMap<String, RepositoryBlock>>,
    /// In an organisation's file: keys that a repository may add to and not weaken.
    #[schemars(example = serde_json::json!(["skip", "mode"]))]
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
    /// 50 to 200 engineers, the first architects: a crossing is signed above both sides, a foreign change by the owners.
    Growth,
    /// Over 200 engineers, several layers: as `growth`, and the way between domains is a rule of its own, signed by the
    /// council.
    Enterprise,
    /// Interface descriptions that others build on; the domain signs.
    Contracts,
    /// Migrations and schemas; the team `data` signs, else the domain.
    DataModel,
    /// New edges between services. Holds no rule yet.
    Integration,
    /// Access control and key material; the team `security` signs, else the domain.
    Security,
    /// Pipelines and infrastructure as code; the team `infrastructure` signs, else the domain.
    Delivery,
    /// Signs that a change moves load: large changes in critical services, as advice.
    Triggers,
    /// Timeouts, retries and breakers. Holds no rule yet.
    Resilience,
    /// Critical services that change much without a test, as advice.
    Testing,
    /// Shared libraries that somebody from outside changes; a lead of the owners signs.
    SharedLibraries,
    /// The version of the language that everybody builds with; a lead signs.
    Stack,
    /// Items for critical, core and supporting services: availability, latency, reviews, coverage.
    Tiers,
}

/// How many people a team has at least.
#[derive(JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
struct TeamSize(#[schemars(regex(pattern = r"^[1-9][0-9]{0,9}$"))] String);

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

/// The id of a rule.
#[derive(JsonSchema)]
struct RuleId(#[schemars(regex(pattern = r"^[A-Za-z0-9._-]{1,100}$"), example = &"api-contract")] String);

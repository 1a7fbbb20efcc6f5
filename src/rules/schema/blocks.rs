//! The mappings beside rules: people, services, settings.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::{Duration, Many, ModeWord, Name, PackName, Pattern, Person, RuleId, TeamName, list};

/// How reviewers are asked for.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ReviewersBlock {
    /// Ask the team, so that GitHub assigns within it, or members of it. (`members` is read, and not acted on yet.)
    #[schemars(example = &"team")]
    request: Option<RequestWord>,
    /// How many members.
    #[schemars(range(min = 1))]
    #[schemars(example = 2)]
    count: Option<u32>,
    /// Ask as soon as the pull request is ready, or when its checks are green. (`green` is read, and not acted on yet.)
    #[schemars(example = &"ready")]
    when: Option<AskWhenWord>,
    /// Who is never asked.
    #[schemars(example = list("@maria"))]
    never: Option<Many<Person>>,
    /// A change that touches more teams than this asks the architects alone.
    #[schemars(range(min = 1))]
    #[schemars(example = 6)]
    storm_teams: Option<u32>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum RequestWord {
    /// The team.
    Team,
    /// Members of it.
    Members,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum AskWhenWord {
    /// When the pull request is ready for review.
    Ready,
    /// When its checks are green.
    Green,
}

/// Where the architecture decision records are.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Adrs {
    /// Folders that hold records; without, they are found by convention.
    #[schemars(example = list("docs/adr/"))]
    paths: Option<Many<String>>,
    /// A record older than this on a touched path is due for a look back. (Read, and not acted on yet.)
    #[schemars(example = &"6 months")]
    retrospective: Option<Duration>,
}

/// The whole organisation.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Organization {
    /// The council: who signs for the whole organisation.
    #[schemars(example = list("acme/architecture-council"))]
    architects: Option<Many<Person>>,
}

/// A group of teams with its own architects.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct DomainBlock {
    /// Its teams; a team is in one domain.
    #[schemars(example = serde_json::json!(["payments", "ledger"]))]
    teams: Option<Many<TeamName>>,
    /// Who signs for it.
    #[schemars(example = list("acme/commerce-architects"))]
    architects: Option<Many<Person>>,
}

/// A team.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct TeamBlock {
    /// The team on GitHub; without, the team of this name in the repository's organisation.
    #[schemars(example = &"@acme/payments")]
    github: Option<Person>,
    /// Its leads.
    #[schemars(example = list("@maria"))]
    leads: Option<Many<Person>>,
    /// Ids of rules that its lead signs for the team's own services, in place of the level that the rule names; without, as
    /// the top-level `decides` gives for its size.
    #[schemars(example = list("api-contract"))]
    decides: Option<Many<RuleId>>,
    /// How many people it has; without, as many as the team on GitHub.
    #[schemars(range(min = 1))]
    #[schemars(example = 8)]
    size: Option<u32>,
}

/// A named part of the code.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ServiceBlock {
    /// The owning team, or several any of whom signs; without, CODEOWNERS decides file by file.
    #[schemars(example = &"payments")]
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
    #[schemars(example = true)]
    shared: Option<bool>,
    /// In an organisation's file: the repository that it lives in; without `paths` it is the whole of it.
    #[schemars(example = &"acme/ledger")]
    repo: Option<String>,
}

/// The approved stack, by ecosystem: names or globs.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(example = serde_json::json!({ "cargo": ["axum", "serde*"], "npm": { "use": ["react"], "instead": { "axios": "undici" } } }))]
pub(super) struct Stack {
    /// Rust.
    #[schemars(example = serde_json::json!(["axum", "serde*"]))]
    cargo: Option<Approved>,
    /// JavaScript and TypeScript.
    #[schemars(example = serde_json::json!({ "use": ["react", "@acme/*"], "instead": { "axios": "undici" } }))]
    npm: Option<Approved>,
    /// Go.
    #[schemars(example = list("github.com/go-chi/chi/v5"))]
    gomod: Option<Approved>,
    /// Python.
    #[schemars(example = list("requests"))]
    python: Option<Approved>,
    /// Ruby.
    #[schemars(example = list("rails"))]
    ruby: Option<Approved>,
    /// Maven.
    #[schemars(example = list("org.springframework:*"))]
    maven: Option<Approved>,
    /// Gradle's version catalog.
    #[schemars(example = list("org.jetbrains.kotlin:*"))]
    gradle_catalog: Option<Approved>,
    /// Images.
    #[schemars(example = list("alpine"))]
    dockerfile: Option<Approved>,
    /// GitHub Actions.
    #[schemars(example = list("actions/*"))]
    actions: Option<Approved>,
    /// Terraform providers.
    #[schemars(example = list("hashicorp/aws"))]
    terraform: Option<Approved>,
    /// Helm charts.
    #[schemars(example = list("bitnami/*"))]
    helm: Option<Approved>,
}

/// What is approved.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Approved {
    /// Names or globs.
    Names(Many<Name>),
    /// Names, and what to use instead of others.
    Block(ApprovedBlock),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ApprovedBlock {
    /// Names or globs.
    #[schemars(example = serde_json::json!(["react", "@acme/*"]))]
    r#use: Option<Many<Name>>,
    /// What to use instead of what.
    #[schemars(example = serde_json::json!({ "axios": "undici" }))]
    instead: Option<BTreeMap<String, String>>,
}

/// When the next level is asked too.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Clock {
    /// After this long without an answer.
    #[schemars(example = &"2 working days")]
    after: Option<Duration>,
}

/// When people work.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Calendar {
    /// A time zone.
    #[schemars(example = &"Europe/Berlin")]
    timezone: Option<String>,
    /// Days.
    #[schemars(example = serde_json::json!(["mon", "tue", "wed", "thu", "fri"]))]
    workdays: Option<Many<Day>>,
    /// Hours.
    #[schemars(regex(pattern = r"^[0-9]{1,2}:[0-9]{2} *- *[0-9]{1,2}:[0-9]{2}$"), example = &"09:00-17:00")]
    hours: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum Day {
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
pub(super) struct RepositoryBlock {
    /// A ceiling on every rule.
    #[schemars(example = &"shadow")]
    mode: Option<ModeWord>,
    /// Packs, beside those of the organisation's own `extends`.
    #[schemars(example = list("startup"))]
    extends: Option<Many<PackName>>,
    /// The team that owns whatever in the repository neither `services` nor CODEOWNERS says the owner of.
    #[schemars(example = &"payments")]
    team: Option<Many<TeamName>>,
}

/// A top-level key.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum TopLevelKey {
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
    /// `decides`
    Decides,
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

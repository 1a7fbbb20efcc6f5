//! Everything that GitHub knows, how it is built up, and where things are found in it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use super::auth::{Level, Token};
use super::faults::{Faults, Hold};
use super::git::Objects;
use super::log::Log;
pub use super::model::{
    Account, Activity, App, CheckRun, Comment, Dismissal, Done, Installation, Kind, Mistake, Organization, Privacy,
    Pull, PullRef, Repository, Review, Team,
};
use super::webhooks::Post;

/// Everything.
#[derive(Debug)]
pub struct World {
    /// Whether it is an Enterprise Server: the API answers below `/api` only.
    pub enterprise: bool,
    /// Address that the API is served at, without its prefix (`http://127.0.0.1:PORT`).
    pub address: String,
    /// Accounts by id.
    pub accounts: BTreeMap<u64, Account>,
    /// Organisations by account.
    pub organizations: BTreeMap<u64, Organization>,
    /// Repositories by id.
    pub repositories: BTreeMap<u64, Repository>,
    /// Objects by network.
    pub networks: Vec<Objects>,
    /// The App.
    pub app: App,
    /// Where it is installed.
    pub installations: BTreeMap<u64, Installation>,
    /// Tokens by their text.
    pub tokens: BTreeMap<String, Token>,
    /// What was asked.
    pub log: Log,
    /// What goes wrong.
    pub faults: Faults,
    /// Requests that will wait at the door.
    pub holds: Vec<Hold>,
    /// Events that wait, and those sent.
    pub post: Post,
    /// Who moved the branches of pull requests, the oldest first.
    pub activities: Vec<Activity>,
    /// Whether removed files' addresses in a list of files name the merge base instead of the head. What GitHub does is not
    /// documented; both have to be borne.
    pub removed_files_name_base: bool,
    /// A recursive tree is cut after so many entries.
    pub tree_entries: usize,
    /// How long every answer is on its way; others are not held up by it.
    pub latency: std::time::Duration,
    /// Whether time passes as on this machine, as the demo wants it, instead of step by step.
    pub machine_time: bool,
    now: DateTime<Utc>,
    /// With `machine_time`: how far it is ahead of the machine's.
    ahead: TimeDelta,
    last_id: u64,
}

/// A recursive tree is cut after so many entries (OpenAPI, `git/get-tree`).
const TREE_ENTRIES: usize = 100_000;
/// What the App may do in the end: the least set, without `statuses`, which nothing of ours writes.
const PERMISSIONS: &[(&str, Level)] = &[
    ("metadata", Level::Read),
    ("contents", Level::Read),
    ("checks", Level::Write),
    ("pull_requests", Level::Write),
    ("members", Level::Read),
    ("merge_queues", Level::Read),
];
const EVENTS: &[&str] = &[
    "pull_request",
    "pull_request_review",
    "issue_comment",
    "check_run",
    "check_suite",
    "push",
    "merge_group",
    "repository",
    "member",
    "membership",
    "team",
    "organization",
    "repository_ruleset",
];

impl World {
    /// An empty GitHub with one App, which is not installed anywhere.
    pub fn new() -> Self {
        let start = Utc.with_ymd_and_hms(2026, 1, 5, 9, 0, 0).single().unwrap_or_default();
        let mut world = Self {
            enterprise: false,
            address: "http://localhost".to_owned(),
            accounts: BTreeMap::new(),
            organizations: BTreeMap::new(),
            repositories: BTreeMap::new(),
            networks: Vec::new(),
            app: App {
                id: 4242,
                slug: "merestone".to_owned(),
                client_id: "Iv23liStandIn00000000".to_owned(),
                account: 0,
                permissions: PERMISSIONS.iter().map(|(name, level)| ((*name).to_owned(), *level)).collect(),
                events: EVENTS.iter().map(|event| (*event).to_owned()).collect(),
                webhook_url: None,
                webhook_secret: "It is a Secret to Everybody".to_owned(),
            },
            installations: BTreeMap::new(),
            tokens: BTreeMap::new(),
            log: Log::default(),
            faults: Faults::default(),
            holds: Vec::new(),
            post: Post::default(),
            activities: Vec::new(),
            removed_files_name_base: false,
            tree_entries: TREE_ENTRIES,
            latency: std::time::Duration::ZERO,
            machine_time: false,
            now: start,
            ahead: TimeDelta::zero(),
            last_id: 1000,
        };
        world.app.account = world.account("merestone[bot]", Kind::Bot);
        world
    }

    /// The time on this GitHub. It moves by a second with every change, and by [`Self::advance`].
    pub fn now(&self) -> DateTime<Utc> {
        if self.machine_time { DateTime::from(SystemTime::now()) + self.ahead } else { self.now }
    }

    /// Moves the time on.
    pub fn advance(&mut self, by: TimeDelta) {
        self.now += by;
        self.ahead += by;
    }

    pub(super) fn tick(&mut self) -> DateTime<Utc> {
        self.now += TimeDelta::seconds(1);
        self.now()
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Address of the REST API, as `GITHUB_API_URL` wants it.
    pub fn api_url(&self) -> String {
        format!("{}{}", self.address, if self.enterprise { "/api/v3" } else { "" })
    }

    /// Address of the pages that people look at.
    pub fn web_url(&self) -> &'static str {
        if self.enterprise { "https://ghe.example" } else { "https://github.com" }
    }

    // --- building it

    /// Adds an account, or finds the one of this login.
    pub fn account(&mut self, login: &str, kind: Kind) -> u64 {
        if let Some(known) = self.find_account(login) {
            return known.id;
        }
        let id = self.next_id();
        self.accounts.insert(id, Account { id, login: login.to_owned(), kind });
        if kind == Kind::Organization {
            self.organizations.insert(id, Organization::default());
        }
        id
    }

    /// Adds an organisation with members.
    pub fn organization(&mut self, login: &str, members: &[&str]) -> u64 {
        let id = self.account(login, Kind::Organization);
        let members: Vec<u64> = members.iter().map(|member| self.account(member, Kind::User)).collect();
        self.organizations.entry(id).or_default().members.extend(members);
        id
    }

    /// Adds a team, or members to it; whoever is in a team is a member of the organisation.
    ///
    /// # Errors
    /// When there is no such organisation.
    pub fn team(&mut self, organization: &str, slug: &str, members: &[&str]) -> Done<&mut Team> {
        let owner = self.organization_id(organization)?;
        let members: Vec<u64> = members.iter().map(|member| self.account(member, Kind::User)).collect();
        let id = self.next_id();
        let organization = self.organizations.entry(owner).or_default();
        organization.members.extend(members.iter().copied());
        let team = organization.teams.entry(slug.to_owned()).or_insert_with(|| Team {
            id,
            slug: slug.to_owned(),
            members: BTreeSet::new(),
            privacy: Privacy::Closed,
            repositories: None,
            parent: None,
        });
        team.members.extend(members);
        Ok(team)
    }

    /// Installs the App on an account with all its repositories; no event is sent.
    ///
    /// # Errors
    /// When there is no such account.
    pub fn install(&mut self, login: &str) -> Done<u64> {
        let account = self.account_id(login)?;
        let id = self.next_id();
        let permissions = self.app.permissions.clone();
        self.installations.insert(id, Installation { id, account, selected: None, permissions, suspended: false });
        Ok(id)
    }

    // --- finding things

    /// An account by login, letter case aside.
    pub fn find_account(&self, login: &str) -> Option<&Account> {
        self.accounts.values().find(|account| account.login.eq_ignore_ascii_case(login))
    }

    /// Id of an account.
    ///
    /// # Errors
    /// When there is none.
    pub fn account_id(&self, login: &str) -> Done<u64> {
        self.find_account(login).map(|account| account.id).ok_or_else(|| Mistake(format!("no account {login}")))
    }

    fn organization_id(&self, login: &str) -> Done<u64> {
        let id = self.account_id(login)?;
        self.organizations.contains_key(&id).then_some(id).ok_or_else(|| Mistake(format!("{login} is no organisation")))
    }

    /// Login of an account.
    pub fn login(&self, id: u64) -> &str {
        self.accounts.get(&id).map_or("ghost", |account| &account.login)
    }

    /// A repository by `owner/name`, letter case aside.
    pub fn find_repository(&self, full_name: &str) -> Option<&Repository> {
        self.repositories.values().find(|repository| self.full_name(repository).eq_ignore_ascii_case(full_name))
    }

    /// The repository that had this name before, if no other has it now.
    pub fn renamed(&self, full_name: &str) -> Option<&Repository> {
        let had = |names: &[String]| names.iter().any(|name| name.eq_ignore_ascii_case(full_name));
        let found = self.repositories.values().find(|repository| had(&repository.former_names));
        found.filter(|_| self.find_repository(full_name).is_none())
    }

    /// Id of a repository.
    ///
    /// # Errors
    /// When there is none.
    pub fn repository_id(&self, full_name: &str) -> Done<u64> {
        self.find_repository(full_name)
            .map(|repository| repository.id)
            .ok_or_else(|| Mistake(format!("no repository {full_name}")))
    }

    /// `owner/name`.
    pub fn full_name(&self, repository: &Repository) -> String {
        format!("{}/{}", self.login(repository.owner), repository.name)
    }

    /// A repository.
    ///
    /// # Errors
    /// When there is none.
    pub fn repository_of(&self, id: u64) -> Done<&Repository> {
        self.repositories.get(&id).ok_or_else(|| Mistake(format!("no repository {id}")))
    }

    pub(super) fn repository_mut(&mut self, id: u64) -> Done<&mut Repository> {
        self.repositories.get_mut(&id).ok_or_else(|| Mistake(format!("no repository {id}")))
    }

    /// A pull request.
    ///
    /// # Errors
    /// When there is none.
    pub fn pull(&self, at: PullRef) -> Done<&Pull> {
        self.repository_of(at.repository)?
            .pulls
            .get(&at.number)
            .ok_or_else(|| Mistake(format!("no pull request {}", at.number)))
    }

    pub(super) fn pull_mut(&mut self, at: PullRef) -> Done<&mut Pull> {
        self.repository_mut(at.repository)?
            .pulls
            .get_mut(&at.number)
            .ok_or_else(|| Mistake(format!("no pull request {}", at.number)))
    }

    /// The objects of a repository.
    pub fn objects(&self, repository: &Repository) -> &Objects {
        &self.networks[repository.network]
    }

    /// The installation that sees a repository.
    pub fn installation_of(&self, repository: &Repository) -> Option<&Installation> {
        self.installations.values().find(|installation| self.sees(installation, repository))
    }

    /// Whether an installation sees a repository.
    pub fn sees(&self, installation: &Installation, repository: &Repository) -> bool {
        installation.account == repository.owner
            && installation.selected.as_ref().is_none_or(|selected| selected.contains(&repository.id))
    }

    /// Whether a person may be asked to review in a repository.
    pub fn is_collaborator(&self, repository: &Repository, account: u64) -> bool {
        repository.owner == account
            || repository.collaborators.contains(&account)
            || self.organizations.get(&repository.owner).is_some_and(|owner| owner.members.contains(&account))
    }

    /// A team of the repository's owner that may read the repository.
    pub fn team_with_access(&self, repository: &Repository, slug: &str) -> Option<&Team> {
        let team = self.organizations.get(&repository.owner)?.teams.get(&slug.to_ascii_lowercase())?;
        team.repositories.as_ref().is_none_or(|only| only.contains(&repository.id)).then_some(team)
    }

    /// Members of a team, those of its child teams included.
    pub fn team_members(&self, organization: u64, slug: &str) -> Option<BTreeSet<u64>> {
        let teams = &self.organizations.get(&organization)?.teams;
        let mut members = teams.get(slug)?.members.clone();
        let mut open = vec![slug.to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(parent) = open.pop() {
            if !seen.insert(parent.clone()) {
                continue;
            }
            for team in teams.values().filter(|team| team.parent.as_ref() == Some(&parent)) {
                members.extend(&team.members);
                open.push(team.slug.clone());
            }
        }
        Some(members)
    }

    // --- what a story looks at

    /// Comments of the App on a pull request, oldest first.
    pub fn app_comments(&self, at: PullRef) -> Vec<&Comment> {
        self.repositories
            .get(&at.repository)
            .map(|repository| {
                repository
                    .comments
                    .values()
                    .filter(|comment| comment.pull == at.number && comment.author == self.app.account)
                    .collect()
            })
            .unwrap_or_default()
    }

    /// Check runs on the present head of a pull request, oldest first.
    pub fn checks(&self, at: PullRef) -> Vec<&CheckRun> {
        let Ok(pull) = self.pull(at) else { return Vec::new() };
        self.repositories
            .get(&at.repository)
            .map(|repository| repository.checks.values().filter(|check| check.head == pull.head).collect())
            .unwrap_or_default()
    }

    /// Logins and slugs asked to review now, sorted.
    pub fn requested(&self, at: PullRef) -> (Vec<String>, Vec<String>) {
        let Ok(pull) = self.pull(at) else { return Default::default() };
        let mut users: Vec<String> = pull.requested_users.iter().map(|id| self.login(*id).to_owned()).collect();
        let mut teams = pull.requested_teams.clone();
        users.sort();
        teams.sort();
        (users, teams)
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

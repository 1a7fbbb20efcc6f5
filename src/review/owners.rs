//! Who owns a path: services by the rules file, else by CODEOWNERS.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use crate::glob::GlobMap;
use crate::rules::{Handle, Origin, Place, Root, Rules, Service};

use super::Basis;

/// A file and line that says who owns a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Path of the rules file or of CODEOWNERS.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
}

/// Who owns one path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owned {
    /// The service, where the path belongs to one.
    pub service: Option<String>,
    /// Names of the owning teams, any of whom signs; empty: nobody owns it.
    pub teams: Vec<String>,
    /// Handles of the owners: as CODEOWNERS writes them, in its order, or those of the service's teams.
    pub owners: Vec<Handle>,
    /// The line that says so.
    pub source: Option<Said>,
    /// The service's tier.
    pub tier: Option<String>,
    /// Whether the service is shared: a change there makes no crossing by itself.
    pub shared: bool,
    /// What of it the repository alone says, where the organisation's words count.
    pub(super) beside: Beside,
}

impl Owned {
    /// Without what the repository alone says, where the organisation's words count.
    pub(super) fn without_beside(&self) -> Cow<'_, Self> {
        if self.beside == Beside::default() {
            return Cow::Borrowed(self);
        }
        let mut owned = self.clone();
        owned.service = owned.service.filter(|_| !self.beside.service);
        owned.tier = owned.tier.filter(|_| !self.beside.tier);
        Cow::Owned(owned)
    }
}

/// What a repository says of a path beside its organisation. A condition that holds *because* of it counts; one that would
/// not hold because of it (under `not`) is asked without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Beside {
    pub service: bool,
    pub tier: bool,
}

/// Answers who owns a path, for one [`Basis`].
#[derive(Debug)]
pub struct OwnerMap<'a> {
    basis: &'a Basis,
    /// The rules whose words count.
    rules: &'a Rules,
    by_handle: HashMap<Handle, &'a str>,
    domains: HashMap<&'a str, &'a str>,
    claims: Claims<'a>,
    /// What the repository's own file claims, where the organisation's alone gives the names.
    beside: Option<Claims<'a>>,
}

/// What services of one file, or of several, claim.
#[derive(Debug)]
struct Claims<'a> {
    roots: &'a [Root],
    services: Vec<&'a Service>,
    /// The patterns of all services in one look-up, with the service of each.
    patterns: GlobMap,
    of_pattern: Vec<usize>,
}

/// The service that a path belongs to: one that the file lists, or a folder.
struct Claim<'a, 'p> {
    name: &'p str,
    listed: Option<&'a Service>,
}

impl<'a> OwnerMap<'a> {
    /// Prepares the look-up, by the rules in force.
    pub fn new(basis: &'a Basis) -> Self {
        Self::of(basis, &basis.rules, None)
    }

    /// As locked rules see it, where the organisation's file lies beneath another: every name means what the organisation says,
    /// and the repository's own services count as lines of CODEOWNERS would, for what the organisation says nothing of.
    pub(super) fn of_locked(basis: &'a Basis) -> Option<Self> {
        let rules = basis.rules.floor.as_deref()?;
        let own = |service: &&Service| service.place.origin == Origin::Own;
        let beside = Claims::new(&basis.rules.roots, basis.rules.services.iter().filter(own).collect());
        Some(Self::of(basis, rules, Some(beside)))
    }

    fn of(basis: &'a Basis, rules: &'a Rules, beside: Option<Claims<'a>>) -> Self {
        let claims = Claims::new(&rules.roots, rules.services.iter().collect());
        let mut map = Self { basis, rules, by_handle: HashMap::new(), domains: HashMap::new(), claims, beside };
        // Reversed, so that of two teams with one handle the first by name is found whatever the order they were read in.
        for name in rules.teams.keys().rev() {
            map.by_handle.insert(map.handle(name), name);
        }
        for (domain, about) in rules.domains.iter().rev() {
            for team in &about.teams {
                map.domains.insert(team, domain);
            }
        }
        map
    }

    /// The rules whose words count.
    pub(super) fn rules(&self) -> &'a Rules {
        self.rules
    }

    /// Who owns `path`; it need not exist.
    pub fn owned(&self, path: &str) -> Owned {
        let claim = self.claims.find(path);
        let beside = self.beside.as_ref().and_then(|beside| beside.find(path));
        let listed = claim.as_ref().and_then(|claim| claim.listed);
        let own = beside.as_ref().and_then(|claim| claim.listed);
        let own_tier = own.filter(|_| listed.is_none()).and_then(|service| service.tier.clone());
        let mut owned = Owned {
            beside: Beside { service: claim.is_none() && beside.is_some(), tier: own_tier.is_some() },
            service: claim.as_ref().or(beside.as_ref()).map(|claim| claim.name.to_owned()),
            tier: listed.and_then(|service| service.tier.clone()).or(own_tier),
            shared: listed.is_some_and(|service| service.shared),
            ..Owned::default()
        };
        if let Some(service) = listed.filter(|service| !service.teams.is_empty()) {
            owned.owners = service.teams.iter().map(|team| self.handle(team)).collect();
            owned.teams = distinct(service.teams.iter().cloned());
            owned.source = Some(self.said(service.place));
        } else if let Some(service) = own.filter(|service| !service.teams.is_empty()) {
            let handle = |team: &String| handle_in(&self.basis.rules, self.basis.owner.as_deref(), team);
            owned.owners = service.teams.iter().map(handle).collect();
            owned.teams = distinct(owned.owners.iter().map(|handle| self.team_of_handle(handle)));
            owned.source = Some(self.said(service.place));
        } else if let Some(codeowners) = &self.basis.codeowners
            && let Some(entry) = codeowners.entry_for(path)
        {
            owned.owners = entry.owners.iter().map(|written| Handle::new(written)).collect();
            owned.teams = distinct(owned.owners.iter().map(|handle| self.team_of_handle(handle)));
            owned.source = Some(Said { file: codeowners.path().to_owned(), line: entry.line });
        } else if let Some(whole) = &self.rules.whole {
            owned.owners = whole.teams.iter().map(|team| self.handle(team)).collect();
            owned.teams = distinct(whole.teams.iter().cloned());
            owned.source = Some(self.said(whole.place));
        }
        owned
    }

    fn said(&self, place: Place) -> Said {
        Said { file: self.basis.rules.file(place).to_owned(), line: place.line }
    }

    /// The name of the folder under `roots` that the path lies in.
    pub fn root_folder<'p>(&self, path: &'p str) -> Option<&'p str> {
        self.claims.root_folder(path)
    }

    /// The handle of a team by its name here: its `github`, else the team of that name in the repository's organisation. A
    /// team named as CODEOWNERS writes it is that handle.
    pub fn handle(&self, team: &str) -> Handle {
        handle_in(self.rules, self.basis.owner.as_deref(), team)
    }

    /// The domain of a team by its name here.
    pub fn domain(&self, team: &str) -> Option<&'a str> {
        self.domains.get(team).copied()
    }

    /// The leads of a team by its name here.
    pub fn leads(&self, team: &str) -> &'a [Handle] {
        self.rules.teams.get(team).map(|about| about.leads.as_slice()).unwrap_or_default()
    }

    pub(super) fn team_of_handle(&self, handle: &Handle) -> String {
        self.by_handle.get(handle).map_or_else(|| handle.as_str().to_owned(), |name| (*name).to_owned())
    }
}

fn handle_in(rules: &Rules, owner: Option<&str>, team: &str) -> Handle {
    if let Some(github) = rules.teams.get(team).and_then(|about| about.github.clone()) {
        return github;
    }
    match owner {
        Some(owner) if !team.contains(['@', '/']) => Handle::team(owner, team),
        _ => Handle::new(team),
    }
}

impl<'a> Claims<'a> {
    fn new(roots: &'a [Root], services: Vec<&'a Service>) -> Self {
        let with_paths =
            services.iter().enumerate().filter_map(|(index, service)| Some((index, service.paths.as_ref()?)));
        let (of_pattern, globs): (Vec<usize>, Vec<_>) =
            with_paths.flat_map(|(index, paths)| paths.taking_in().map(move |glob| (index, glob.clone()))).unzip();
        let patterns = GlobMap::new(globs);
        Self { roots, services, patterns, of_pattern }
    }

    /// The service that the path belongs to.
    fn find<'p>(&self, path: &'p str) -> Option<Claim<'a, 'p>>
    where
        'a: 'p,
    {
        let folder = self.root_folder(path);
        let listed = self.listed(path, folder).map(|index| self.services[index]);
        let name = listed.map(|service| service.name.as_str()).or(folder)?;
        Some(Claim { name, listed })
    }

    /// The index of the last service that the path belongs to: by its own paths, else as the folder of its name.
    fn listed(&self, path: &str, folder: Option<&str>) -> Option<usize> {
        let services = &self.services;
        let takes_in = |service: &&Service| service.paths.as_ref().is_some_and(|paths| paths.matches(path));
        let named = |service: &&Service| folder.is_some_and(|name| name == service.name);
        // One look-up gives the last service that has a pattern for the path. Only where that service takes the path out again
        // are the others tried one by one.
        let by_paths = match self.patterns.last_match(path).and_then(|glob| self.of_pattern.get(glob).copied()) {
            Some(last) if takes_in(&services[last]) => Some(last),
            Some(last) => services[..last].iter().rposition(takes_in),
            None => None,
        };
        let by_folder = services.iter().rposition(|service| service.paths.is_none() && named(service));
        by_paths.max(by_folder).or_else(|| services.iter().rposition(named))
    }

    /// The name of the folder under `roots` that the path lies in.
    fn root_folder<'p>(&self, path: &'p str) -> Option<&'p str> {
        self.roots.iter().rev().find_map(|root| {
            let end = path.match_indices('/').nth(root.depth.checked_sub(1)?)?.0;
            let folder = &path[..end];
            root.folders.matches(folder).then(|| folder.rsplit('/').next().unwrap_or(folder))
        })
    }
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.filter(|name| seen.insert(name.to_lowercase())).collect()
}

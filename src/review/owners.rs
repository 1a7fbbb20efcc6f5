//! Who owns a path: services by the rules file, else by CODEOWNERS.

use std::collections::{BTreeSet, HashMap};

use crate::glob::GlobMap;
use crate::rules::{Handle, RULES_PATH, Service};

use super::{Basis, RulesFrom};

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
}

/// Answers who owns a path, for one [`Basis`].
#[derive(Debug)]
pub struct OwnerMap<'a> {
    basis: &'a Basis,
    by_handle: HashMap<Handle, &'a str>,
    domains: HashMap<&'a str, &'a str>,
    /// The patterns of all services in one look-up, with the service of each.
    patterns: GlobMap,
    services: Vec<usize>,
}

impl<'a> OwnerMap<'a> {
    /// Prepares the look-up.
    pub fn new(basis: &'a Basis) -> Self {
        let with_paths = basis
            .rules
            .services
            .iter()
            .enumerate()
            .filter_map(|(index, service)| Some((index, service.paths.as_ref()?)));
        let (services, globs): (Vec<usize>, Vec<_>) =
            with_paths.flat_map(|(index, paths)| paths.taking_in().map(move |glob| (index, glob.clone()))).unzip();
        let patterns = GlobMap::new(globs);
        let mut map = Self { basis, by_handle: HashMap::new(), domains: HashMap::new(), patterns, services };
        // Reversed, so that of two teams with one handle the first by name is found whatever the order they were read in.
        for name in basis.rules.teams.keys().rev() {
            map.by_handle.insert(map.handle(name), name);
        }
        for (domain, about) in basis.rules.domains.iter().rev() {
            for team in &about.teams {
                map.domains.insert(team, domain);
            }
        }
        map
    }

    /// Who owns `path`; it need not exist.
    pub fn owned(&self, path: &str) -> Owned {
        let rules = &self.basis.rules;
        let folder = self.root_folder(path);
        let listed = self.listed(path, folder).map(|index| &rules.services[index]);
        let mut owned = Owned {
            service: listed.map(|service| service.name.clone()).or_else(|| folder.map(str::to_owned)),
            tier: listed.and_then(|service| service.tier.clone()),
            shared: listed.is_some_and(|service| service.shared),
            ..Owned::default()
        };
        if let Some(service) = listed.filter(|service| !service.teams.is_empty()) {
            owned.owners = service.teams.iter().map(|team| self.handle(team)).collect();
            owned.teams = distinct(service.teams.iter().cloned());
            let file = match &self.basis.rules_from {
                RulesFrom::File(path) => path.clone(),
                RulesFrom::Startup => RULES_PATH.to_owned(),
            };
            owned.source = Some(Said { file, line: service.place.line });
        } else if let Some(codeowners) = &self.basis.codeowners
            && let Some(entry) = codeowners.entry_for(path)
        {
            owned.owners = entry.owners.iter().map(|written| Handle::new(written)).collect();
            owned.teams = distinct(owned.owners.iter().map(|handle| self.team_of_handle(handle)));
            owned.source = Some(Said { file: codeowners.path().to_owned(), line: entry.line });
        }
        owned
    }

    /// The index of the last service that the path belongs to: by its own paths, else as the folder of its name.
    fn listed(&self, path: &str, folder: Option<&str>) -> Option<usize> {
        let services = &self.basis.rules.services;
        let takes_in = |service: &Service| service.paths.as_ref().is_some_and(|paths| paths.matches(path));
        let named = |service: &Service| folder.is_some_and(|name| name == service.name);
        // One look-up gives the last service that has a pattern for the path. Only where that service takes the path out again
        // are the others tried one by one.
        let by_paths = match self.patterns.last_match(path).and_then(|glob| self.services.get(glob).copied()) {
            Some(last) if takes_in(&services[last]) => Some(last),
            Some(last) => services[..last].iter().rposition(takes_in),
            None => None,
        };
        let by_folder = services.iter().rposition(|service| service.paths.is_none() && named(service));
        by_paths.max(by_folder).or_else(|| services.iter().rposition(named))
    }

    /// The handle of a team by its name here: its `github`, else the team of that name in the repository's organisation. A
    /// team named as CODEOWNERS writes it is that handle.
    pub fn handle(&self, team: &str) -> Handle {
        if let Some(github) = self.basis.rules.teams.get(team).and_then(|about| about.github.clone()) {
            return github;
        }
        match &self.basis.owner {
            Some(owner) if !team.contains(['@', '/']) => Handle::team(owner, team),
            _ => Handle::new(team),
        }
    }

    /// The domain of a team by its name here.
    pub fn domain(&self, team: &str) -> Option<&'a str> {
        self.domains.get(team).copied()
    }

    /// The leads of a team by its name here.
    pub fn leads(&self, team: &str) -> &'a [Handle] {
        self.basis.rules.teams.get(team).map(|about| about.leads.as_slice()).unwrap_or_default()
    }

    pub(super) fn team_of_handle(&self, handle: &Handle) -> String {
        self.by_handle.get(handle).map_or_else(|| handle.as_str().to_owned(), |name| (*name).to_owned())
    }

    /// The name of the folder under `roots` that the path lies in.
    fn root_folder<'p>(&self, path: &'p str) -> Option<&'p str> {
        self.basis.rules.roots.iter().rev().find_map(|root| {
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

//! Services, teams and domains as a graph. What others wrote is a label, never an id and never a word of the graph's language.
//!
//! Arrows are for dependencies between services. That two services change together is none, so where dependencies are not read there is
//! no arrow, and every form says so.

mod dot;
mod json;
mod mermaid;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::review::{Basis, OwnerMap};
use crate::rules::Handle;

use super::shown;

/// Of a name so many characters are shown in a label.
const LABEL: usize = 60;
/// So many owners of one service are named in a label.
const NAMED: usize = 3;
/// Said where there is no arrow because nothing was read that could be one.
const NO_ARROWS: &str = "Dependencies between services are not read yet, so there are no arrows.";

/// What there is at one commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Graph {
    /// The commit.
    pub commit: String,
    /// The organisation, whose teams go by their own names in a label.
    pub owner: Option<String>,
    /// Services: those that the rules name in their order, then the folders under `roots`.
    pub services: Vec<ServiceNode>,
    /// Teams by name: those that the rules name, and whoever else owns a file.
    pub teams: Vec<TeamNode>,
    /// Domains in the order of the rules.
    pub domains: Vec<DomainNode>,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceNode {
    /// Its name.
    pub name: String,
    /// Names of the teams that own it: those that the rules name, else those that CODEOWNERS gives more than half of its files;
    /// where there are none, all that it gives any, the one of most first.
    pub teams: Vec<String>,
    /// Its tier.
    pub tier: Option<String>,
    /// Whether a change there makes no crossing by itself.
    pub shared: bool,
    /// How many files it has.
    pub files: usize,
    /// Names of the services that it depends on. Empty until imports are read.
    pub dependencies: Vec<String>,
}

/// A team, or whoever else owns files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamNode {
    /// Its name in the rules, or as CODEOWNERS writes it.
    pub name: String,
    /// Its name on GitHub.
    pub handle: Handle,
    /// Its domain.
    pub domain: Option<String>,
    /// Its leads.
    pub leads: Vec<Handle>,
    /// How many files it owns, alone or with others.
    pub files: usize,
}

/// A domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainNode {
    /// Its name.
    pub name: String,
    /// Names of its teams.
    pub teams: Vec<String>,
    /// Who signs for it.
    pub architects: Vec<Handle>,
}

/// The graph of what `basis` says of these paths.
pub fn graph(basis: &Basis, listing: &[String]) -> Graph {
    let map = OwnerMap::new(basis);
    // Of every service its files, and how many of them each team owns.
    let mut files: BTreeMap<String, (usize, HashMap<String, usize>)> = BTreeMap::new();
    let mut owned_by: HashMap<String, usize> = HashMap::new();
    for path in listing {
        let owned = map.owned(path);
        for team in &owned.teams {
            *owned_by.entry(team.clone()).or_default() += 1;
        }
        if let Some(service) = owned.service {
            let (count, teams) = files.entry(service).or_default();
            *count += 1;
            owned.teams.into_iter().for_each(|team| *teams.entry(team).or_default() += 1);
        }
    }
    let named = |service: &crate::rules::Service| {
        let (count, found) = files.get(&service.name).cloned().unwrap_or_default();
        ServiceNode {
            name: service.name.clone(),
            teams: if service.teams.is_empty() { by_files(found, count) } else { service.teams.clone() },
            tier: service.tier.clone(),
            shared: service.shared,
            files: count,
            dependencies: Vec::new(),
        }
    };
    let mut services: Vec<ServiceNode> = basis.rules.services.iter().map(named).collect();
    let listed: BTreeSet<String> = services.iter().map(|service| service.name.clone()).collect();
    let folders = files.into_iter().filter(|(name, _)| !listed.contains(name));
    services.extend(folders.map(|(name, (count, found))| ServiceNode {
        name,
        teams: by_files(found, count),
        tier: None,
        shared: false,
        files: count,
        dependencies: Vec::new(),
    }));
    let mut names: BTreeSet<&str> = basis.rules.teams.keys().map(String::as_str).collect();
    names.extend(owned_by.keys().map(String::as_str));
    let team = |name: &str| TeamNode {
        name: name.to_owned(),
        handle: map.handle(name),
        domain: map.domain(name).map(str::to_owned),
        leads: map.leads(name).to_vec(),
        files: owned_by.get(name).copied().unwrap_or_default(),
    };
    let domains = basis.rules.domains.iter().map(|(name, about)| DomainNode {
        name: name.clone(),
        teams: about.teams.clone(),
        architects: about.architects.clone(),
    });
    Graph {
        commit: basis.commit.clone(),
        owner: basis.owner.clone(),
        services,
        teams: names.into_iter().map(team).collect(),
        domains: domains.collect(),
    }
}

/// The teams that own most of so many files; where there are none, all.
fn by_files(found: HashMap<String, usize>, files: usize) -> Vec<String> {
    let mut teams: Vec<(String, usize)> = found.into_iter().collect();
    if teams.iter().any(|(_, owned)| owned * 2 > files) {
        teams.retain(|(_, owned)| owned * 2 > files);
    }
    teams.sort_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.cmp(other)));
    teams.into_iter().map(|(team, _)| team).collect()
}

impl Graph {
    /// As Mermaid: boxes for domains and teams, services in them.
    pub fn mermaid(&self) -> String {
        mermaid::text(&self.boxes())
    }

    /// As DOT, for Graphviz.
    pub fn dot(&self) -> String {
        dot::text(&self.boxes())
    }

    /// As JSON, one object a line.
    pub fn json(&self) -> String {
        json::text(self)
    }

    /// What stands in what.
    fn boxes(&self) -> Boxes {
        let team_at = |name: &str| self.teams.iter().position(|team| team.name == name);
        let domain_at = |name: &str| self.domains.iter().position(|domain| domain.name == name);
        let home = |team: usize| self.teams[team].domain.as_deref().and_then(domain_at);
        let mut boxes = Boxes { comment: self.comment(), ..Boxes::default() };
        for (n, team) in self.teams.iter().enumerate() {
            let mut lines = vec![name(self.short(&team.name))];
            let elsewhere = team.handle.short() != team.name && team.handle.as_str() != team.name;
            if elsewhere {
                lines.push(name(team.handle.as_str()));
            }
            let alone = !self.services.iter().any(|service| service.teams == [team.name.clone()]);
            if alone {
                lines.push(count(team.files, "file"));
            }
            boxes.nodes.push(Node {
                id: ("t", n + 1),
                lines,
                inside: home(n).map(|domain| ("d", domain + 1)),
                is_box: true,
            });
        }
        for (n, domain) in self.domains.iter().enumerate() {
            let mut lines = vec![name(&domain.name)];
            if !domain.architects.is_empty() {
                let architects: Vec<String> =
                    domain.architects.iter().map(|handle| handle.as_str().to_owned()).collect();
                lines.push(format!("architects: {}", self.some(&architects)));
            }
            boxes.nodes.push(Node { id: ("d", n + 1), lines, inside: None, is_box: true });
        }
        for (n, service) in self.services.iter().enumerate() {
            let mut lines = vec![name(&service.name)];
            if let Some(tier) = &service.tier {
                lines.push(name(tier));
            }
            if service.shared {
                lines.push("shared".to_owned());
            }
            let owners: Vec<usize> = service.teams.iter().filter_map(|team| team_at(team)).collect();
            let inside = match owners.as_slice() {
                [] => {
                    lines.push("owned by nobody".to_owned());
                    None
                }
                [team] => Some(("t", team + 1)),
                [first, rest @ ..] => {
                    lines.push(format!("owned by {}", self.some(&service.teams)));
                    // Several owners stand in no team's box, but in that of their domain.
                    let domain = home(*first).filter(|domain| rest.iter().all(|team| home(*team) == Some(*domain)));
                    domain.map(|domain| ("d", domain + 1))
                }
            };
            boxes.nodes.push(Node { id: ("s", n + 1), lines, inside, is_box: false });
            for needed in &service.dependencies {
                if let Some(to) = self.services.iter().position(|other| other.name == *needed) {
                    boxes.arrows.push((("s", n + 1), ("s", to + 1)));
                }
            }
        }
        boxes
    }

    /// A team of this organisation by its own name; any other as it is.
    fn short<'n>(&self, name: &'n str) -> &'n str {
        let here = name.strip_prefix('@').and_then(|handle| handle.split_once('/'));
        let is_here = |org: &str| self.owner.as_deref().is_some_and(|owner| owner.eq_ignore_ascii_case(org));
        here.filter(|(org, _)| is_here(org)).map_or(name, |(_, team)| team)
    }

    /// The first few, and how many more there are.
    fn some(&self, names: &[String]) -> String {
        let mut shown: Vec<String> = names.iter().take(NAMED).map(|one| name(self.short(one))).collect();
        if names.len() > NAMED {
            shown.push(format!("{} more", names.len() - NAMED));
        }
        shown.join(", ")
    }

    /// What stands above it all.
    fn comment(&self) -> String {
        let commit: String = self.commit.chars().filter(char::is_ascii_hexdigit).take(10).collect();
        let sizes = [
            count(self.services.len(), "service"),
            count(self.teams.len(), "team"),
            count(self.domains.len(), "domain"),
        ];
        let arrows = if self.services.iter().any(|service| !service.dependencies.is_empty()) { "" } else { NO_ARROWS };
        format!("{} at {commit}. {arrows}", sizes.join(", ")).trim_end().to_owned()
    }
}

/// An id of ours: a letter and a number.
type Id = (&'static str, usize);

/// What both languages draw.
#[derive(Debug, Default)]
struct Boxes {
    comment: String,
    /// Teams, then domains, then services.
    nodes: Vec<Node>,
    arrows: Vec<(Id, Id)>,
}

#[derive(Debug)]
struct Node {
    id: Id,
    /// The label, line by line: visible characters of others, on one line each.
    lines: Vec<String>,
    inside: Option<Id>,
    /// Whether others may stand in it.
    is_box: bool,
}

impl Boxes {
    fn inside(&self, of: Option<Id>) -> impl Iterator<Item = &Node> {
        // Boxes before services, and domains before teams without one.
        let rank = |node: &Node| ["d", "t", "s"].iter().position(|letter| *letter == node.id.0);
        let mut nodes: Vec<&Node> = self.nodes.iter().filter(|node| node.inside == of).collect();
        nodes.sort_by_key(|node| (rank(node), node.id.1));
        nodes.into_iter()
    }

    /// Whether anything stands in this node.
    fn is_empty(&self, node: &Node) -> bool {
        !node.is_box || !self.nodes.iter().any(|other| other.inside == Some(node.id))
    }
}

/// What others called something, on one line of visible characters.
fn name(theirs: &str) -> String {
    shown::plain(theirs, LABEL)
}

fn count(number: usize, of: &str) -> String {
    format!("{number} {of}{}", if number == 1 { "" } else { "s" })
}

//! The graph of what a change touches. Labels are ids of ours alone; the legend beside it says what they stand for, since
//! Mermaid has a language of its own in which no name of others is safe.

use crate::rules::Level;

use super::shown::Shown;
use super::span::Group;
use super::words::{Voice, gates};

/// Two services are told in a sentence.
const FEWEST_SERVICES: usize = 3;
/// A graph with more services than this cannot be read.
const MOST_NODES: usize = 12;

/// The graph and what its ids stand for.
#[derive(Debug, Clone)]
pub(super) struct Graph {
    /// A fenced block.
    pub(super) block: Shown,
    /// Teams and authorities by id, in one line.
    pub(super) legend: Shown,
    /// The id of each group that is in the graph, in the order of the groups.
    pub(super) ids: Vec<Option<Shown>>,
}

/// An id: a letter of ours and a number.
fn id(letter: &'static str, number: usize) -> Shown {
    Shown::fill("{}{}", &[&Shown::ours(letter), &Shown::number(number)])
}

/// Services (`s1`), the teams that own them (`t1`), and who signs for those (`a1`). `None` below three services, and where
/// there are too many to read.
pub(super) fn graph(voice: Voice<'_>, groups: &[Group<'_>]) -> Option<Graph> {
    let services = groups.iter().filter(|group| group.service.is_some()).count();
    let mut teams: Vec<&str> = Vec::new();
    for team in groups.iter().filter(|group| group.service.is_some()).flat_map(|group| &group.teams) {
        if !teams.contains(team) {
            teams.push(team);
        }
    }
    if !(FEWEST_SERVICES..=MOST_NODES).contains(&services) || teams.len() > MOST_NODES {
        return None;
    }
    let mut edges = Vec::new();
    let mut ids = Vec::new();
    let mut number = 0;
    for group in groups {
        if group.service.is_none() {
            ids.push(None);
            continue;
        }
        number += 1;
        let service = id("s", number);
        for (n, _) in teams.iter().enumerate().filter(|(_, team)| group.teams.contains(team)) {
            edges.push(Shown::fill("  {} --> {}\n", &[&service, &id("t", n + 1)]));
        }
        ids.push(Some(service));
    }
    let mut names: Vec<Shown> = teams
        .iter()
        .enumerate()
        .map(|(n, team)| Shown::fill("{} {}", &[&id("t", n + 1), &voice.team(team).shown()]))
        .collect();
    let mut authorities = Vec::new();
    for slot in voice.shown().into_iter().filter(|finding| gates(finding)).flat_map(|finding| &finding.slots) {
        // That a team signs for its own needs no arrow.
        if slot.from.is_empty() || slot.level == Some(Level::Team) || authorities.len() >= MOST_NODES {
            continue;
        }
        let at = authorities.iter().position(|from| *from == &slot.from).unwrap_or_else(|| {
            authorities.push(&slot.from);
            names.push(Shown::fill("{} {} signs", &[&id("a", authorities.len()), &voice.slot_name(slot).shown_flat()]));
            authorities.len() - 1
        });
        for (n, team) in teams.iter().enumerate() {
            let owns = |file: &&crate::review::FileReview| file.teams.iter().any(|name| name == team);
            let files =
                || groups.iter().filter(|group| group.service.is_some()).flat_map(|group| &group.files).copied();
            let signs = files().filter(owns).any(|file| slot.paths.binary_search(&file.path).is_ok());
            let edge = Shown::fill("  {} -.-> {}\n", &[&id("t", n + 1), &id("a", at + 1)]);
            if signs && !edges.contains(&edge) {
                edges.push(edge);
            }
        }
    }
    let block = Shown::fill("```mermaid\ngraph LR\n{}```\n", &[&Shown::join(edges, "")]);
    Some(Graph { block, legend: Shown::join(names, ", "), ids })
}

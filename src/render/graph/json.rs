//! One object a line, of the kind that its first key names.

use serde::Serialize;

use crate::rules::Handle;

use super::Graph;

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Row<'a> {
    Graph {
        commit: &'a str,
        /// Whether `dependencies` was looked for: where not, an empty list says nothing.
        dependencies_read: bool,
    },
    Domain {
        name: &'a str,
        teams: &'a [String],
        architects: &'a [Handle],
    },
    Team {
        name: &'a str,
        handle: &'a Handle,
        domain: Option<&'a str>,
        leads: &'a [Handle],
        files: usize,
    },
    Service {
        name: &'a str,
        teams: &'a [String],
        tier: Option<&'a str>,
        shared: bool,
        files: usize,
        dependencies: &'a [String],
    },
}

pub(super) fn text(graph: &Graph) -> String {
    let mut rows = vec![Row::Graph { commit: &graph.commit, dependencies_read: false }];
    rows.extend(graph.domains.iter().map(|domain| Row::Domain {
        name: &domain.name,
        teams: &domain.teams,
        architects: &domain.architects,
    }));
    rows.extend(graph.teams.iter().map(|team| Row::Team {
        name: &team.name,
        handle: &team.handle,
        domain: team.domain.as_deref(),
        leads: &team.leads,
        files: team.files,
    }));
    rows.extend(graph.services.iter().map(|service| Row::Service {
        name: &service.name,
        teams: &service.teams,
        tier: service.tier.as_deref(),
        shared: service.shared,
        files: service.files,
        dependencies: &service.dependencies,
    }));
    // Names and numbers always serialize.
    rows.iter().filter_map(|row| serde_json::to_string(row).ok()).map(|line| line + "\n").collect()
}

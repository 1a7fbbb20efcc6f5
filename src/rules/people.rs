//! Teams, domains and the council.

use std::collections::HashMap;

use super::known::{Known, LEVELS};
use super::node::{Node, Value};
use super::reader::{Entry, Reader, is_handle};
use super::words::quote;
use super::{Domain, Handle, Place, Rules, Team};

const TEAM: &str = "{ github: \"@acme/payments\", leads: [maria] }";

/// Reads `teams`, `domains` and `organization`, and tells `known` who is declared.
pub(super) fn read(
    reader: &mut Reader,
    rules: &mut Rules,
    known: &mut Known,
    teams: Option<Entry<'_>>,
    domains: Option<Entry<'_>>,
    organization: Option<Entry<'_>>,
) {
    known.teams_declared = teams.is_some() || domains.is_some();
    if let Some(entry) = teams {
        for team in reader.entries(entry.value, "`teams`", "payments: { leads: [maria] }") {
            self::team(reader, rules, known, &team);
        }
    }
    if let Some(entry) = domains {
        let mut member_of: HashMap<String, (String, Place)> = HashMap::new();
        for entry in reader.entries(entry.value, "`domains`", "commerce: { teams: [payments] }") {
            domain(reader, rules, known, &entry, &mut member_of);
        }
    }
    if let Some(entry) = organization {
        for field in reader.fields(entry.value, "`organization`", "{ architects: [acme/council] }", &["architects"]) {
            rules.council = signers(reader, rules, known, field.value, "`architects`");
        }
    }
    // Architects of domains may name teams that stand further down, so they are read when all teams are known.
    if let Some(Value::Map(pairs)) = domains.map(|entry| &entry.value.value) {
        for (name, value) in pairs {
            let Value::Map(fields) = &value.value else { continue };
            let architects = fields.iter().find(|(key, _)| key.text() == Some("architects")).map(|(_, value)| value);
            if let (Some(name), Some(architects)) = (name.text(), architects)
                && rules.domains.get(name).is_some_and(|domain| domain.architects.is_empty())
            {
                let architects = signers(reader, rules, known, architects, "`architects`");
                if let Some(domain) = rules.domains.get_mut(name) {
                    domain.architects = architects;
                }
            }
        }
    }
    known.nobody_above = rules.council.is_empty()
        && rules.domains.values().all(|domain| domain.architects.is_empty())
        && rules.teams.values().all(|team| team.leads.is_empty());
}

/// A team's own name: bare, or as on GitHub.
fn team_name(reader: &mut Reader, written: &str, place: Place) -> Option<String> {
    if LEVELS.contains(&written) {
        let message = format!(
            "{} is the word for a level and cannot name a team: give it another name, and its `github`",
            quote(written)
        );
        reader.error(place, message);
        return None;
    }
    if written.starts_with('@') || written.contains('/') {
        return reader.handle(written, place, "`teams`").map(|handle| handle.as_str().to_owned());
    }
    reader.name(written, place, "a team")
}

fn team(reader: &mut Reader, rules: &mut Rules, known: &mut Known, entry: &Entry<'_>) {
    let Some(name) = team_name(reader, entry.key, entry.place) else { return };
    let mut team = Team::default();
    let mut github_at = entry.place;
    if entry.value.value != Value::Null {
        for field in reader.fields(entry.value, "a team", TEAM, &["github", "leads", "decides", "size"]) {
            let value = field.value;
            match field.key {
                "github" => {
                    github_at = value.place;
                    team.github = github(reader, value);
                }
                "leads" => {
                    team.leads = reader.handles(value, "`leads`").into_iter().map(|(handle, _)| handle).collect()
                }
                "decides" => {
                    let ids = reader.texts(value, "`decides`", "[api-contract]");
                    team.decides = Some(ids.into_iter().map(|(id, _)| id.to_owned()).collect());
                }
                _ => team.size = reader.number(value, "`size`"),
            }
        }
    }
    if name.starts_with('@') {
        team.github.get_or_insert_with(|| Handle::new(&name));
    }
    match &team.github {
        Some(handle) => {
            if let Some(other) = known.github.insert(handle.clone(), name.clone()) {
                let message = format!(
                    "the teams {} and {} are both {} on GitHub: keep one of them",
                    quote(&other),
                    quote(&name),
                    handle
                );
                reader.error(github_at, message);
            }
        }
        None => {
            check_slug(reader, &name, entry.place);
            known.same_name.insert(name.clone());
        }
    }
    known.teams.insert(name.clone());
    rules.teams.insert(name, team);
}

/// A team of which the file does not say the name on GitHub has that name there.
pub(super) fn check_slug(reader: &mut Reader, name: &str, place: Place) {
    if !name.starts_with('@') && !is_handle(&format!("x/{name}")) {
        let message = format!(
            "{} cannot be the name of a team on GitHub: say under `teams` what it is there, like `{TEAM}`",
            quote(name)
        );
        reader.error(place, message);
    }
}

fn github(reader: &mut Reader, node: &Node) -> Option<Handle> {
    let written = reader.text(node, "`github`")?;
    let handle = reader.handle(written, node.place, "`github`")?;
    if handle.as_team().is_none() {
        let message = format!(
            "{} is a person; `github` names the team with its organisation, like `@acme/payments`",
            quote(written)
        );
        reader.error(node.place, message);
        return None;
    }
    Some(handle)
}

fn domain(
    reader: &mut Reader,
    rules: &mut Rules,
    known: &mut Known,
    entry: &Entry<'_>,
    member_of: &mut HashMap<String, (String, Place)>,
) {
    let Some(name) = reader.name(entry.key, entry.place, "a domain") else { return };
    let mut domain = Domain::default();
    if entry.value.value != Value::Null {
        let example = "{ teams: [payments], architects: [acme/commerce-architects] }";
        for field in reader.fields(entry.value, "a domain", example, &["teams", "architects"]) {
            if field.key != "teams" {
                continue;
            }
            for (written, place) in reader.texts(field.value, "`teams`", "[payments, ledger]") {
                let declared = known.team(written).filter(|team| known.teams.contains(team));
                let team = match declared {
                    Some(team) => team,
                    None => {
                        let Some(team) = team_name(reader, written, place) else { continue };
                        check_slug(reader, &team, place);
                        team
                    }
                };
                if let Some((other, first)) = member_of.get(&team) {
                    let message = if *other == name {
                        format!("the team {} stands here a second time", quote(&team))
                    } else {
                        format!(
                            "the team {} is in the domain {} already (line {}): a team is in one domain",
                            quote(&team),
                            quote(other),
                            first.line
                        )
                    };
                    reader.error(place, message);
                    continue;
                }
                member_of.insert(team.clone(), (name.clone(), place));
                declare(rules, known, &team);
                domain.teams.push(team);
            }
        }
    }
    known.domains.insert(name.clone());
    rules.domains.insert(name, domain);
}

/// Makes a team known that something else than `teams` names.
fn declare(rules: &mut Rules, known: &mut Known, team: &str) {
    if known.teams.insert(team.to_owned()) {
        if team.starts_with('@') {
            known.github.insert(Handle::new(team), team.to_owned());
        } else {
            known.same_name.insert(team.to_owned());
        }
    }
    list(rules, team);
}

/// Lists a team among the teams of the rules.
pub(super) fn list(rules: &mut Rules, team: &str) {
    let github = || team.starts_with('@').then(|| Handle::new(team));
    rules.teams.entry(team.to_owned()).or_insert_with(|| Team { github: github(), ..Team::default() });
}

/// People and teams on GitHub. A bare name of a declared team is that team where its name on GitHub is known, and else an
/// error: it would be taken for a person.
fn signers(reader: &mut Reader, rules: &Rules, known: &Known, node: &Node, what: &str) -> Vec<Handle> {
    let handles = reader.handles(node, what);
    let mut signers = Vec::with_capacity(handles.len());
    for (handle, place) in handles {
        let bare = handle.as_user().filter(|name| known.teams.contains(*name)).map(str::to_owned);
        let github = bare.as_ref().and_then(|name| rules.teams.get(name)?.github.clone());
        match (bare, github) {
            (Some(_), Some(github)) => signers.push(github),
            (Some(name), None) => {
                let message = format!(
                    "{} is a team of this file, and {what} names people and teams as on GitHub: write it with its organisation, like `@acme/{name}`",
                    quote(&name)
                );
                reader.error(place, message);
            }
            (None, _) => signers.push(handle),
        }
    }
    signers
}

/// Checks the rule ids under `decides`, once the rules are known.
pub(super) fn check_decides(reader: &mut Reader, known: &Known, teams: Option<Entry<'_>>) {
    let Some(Value::Map(teams)) = teams.map(|entry| &entry.value.value) else { return };
    for (_, team) in teams {
        let Value::Map(fields) = &team.value else { continue };
        for (_, ids) in fields.iter().filter(|(key, _)| key.text() == Some("decides")) {
            let single = std::slice::from_ref(ids);
            let ids = if let Value::List(items) = &ids.value { items.as_slice() } else { single };
            for id in ids {
                if let Some(text) = id.text() {
                    known.check_rule(reader, text, id.place);
                }
            }
        }
    }
}

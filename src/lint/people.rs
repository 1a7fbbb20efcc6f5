//! Teams and people that the files name, compared with what GitHub says of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::review::{Basis, Membership, OwnerMap};
use crate::rules::{Handle, Named, Place, Severity, SignOff};

use super::ground::Ground;
use super::words::{quote, some};
use super::{Code, RULES_PATH};

/// A name with where it first stands.
struct Mention {
    file: String,
    place: Option<Place>,
}

/// Every team and user that the rules and CODEOWNERS name, for whoever can ask GitHub about them.
pub fn handles(basis: &Basis) -> BTreeSet<Handle> {
    let owners = OwnerMap::new(basis);
    let mut all: BTreeSet<Handle> = basis.rules.council.iter().cloned().collect();
    all.extend(basis.rules.domains.values().flat_map(|domain| domain.architects.iter().cloned()));
    all.extend(basis.rules.teams.keys().map(|team| owners.handle(team)));
    all.extend(basis.rules.teams.values().flat_map(|team| team.leads.iter().cloned()));
    for rule in &basis.rules.rules {
        if let SignOff::Named(named) = &rule.sign_off {
            all.extend(named.iter().map(|one| match one {
                Named::Team(team) => owners.handle(team),
                Named::Handle(handle) => handle.clone(),
            }));
        }
    }
    let written = basis.codeowners.iter().flat_map(|file| file.entries()).flat_map(|entry| &entry.owners);
    all.extend(written.map(|owner| Handle::new(owner)));
    // Whose an e-mail address is GitHub does not tell.
    all.retain(|handle| handle.as_team().is_some() || handle.as_user().is_some());
    all
}

/// Checks the answers.
pub(super) fn check(ground: &mut Ground<'_>) {
    let Some(people) = ground.input.people else { return };
    let mentions = mentions(ground);
    for (handle, mention) in &mentions {
        let (severity, message) = match people.known.get(handle) {
            Some(Membership::Unresolvable(why)) => (Severity::Error, why.clone()),
            Some(Membership::Members(members)) if members.is_empty() => {
                let message = format!("nobody is in {}: nobody can be asked in its name", quote(handle.as_str()));
                (Severity::Warning, message)
            }
            _ => continue,
        };
        ground.add(Code::NotOnGithub, severity, &mention.file, mention.place, message);
    }
    unreachable_levels(ground);
}

/// Levels whose every name is nobody.
fn unreachable_levels(ground: &mut Ground<'_>) {
    let Some(people) = ground.input.people else { return };
    let file = ground.file();
    let root = file.root();
    let nobody = |handle: &Handle| match people.known.get(handle) {
        Some(Membership::Members(members)) => members.is_empty(),
        Some(Membership::Unresolvable(_)) => true,
        Some(Membership::Unknown(_)) | None => false,
    };
    let rules = ground.rules;
    let council = ("the council".to_owned(), rules.council.as_slice(), root.key("organization").key("architects"));
    let spots = root.key("domains").by_key();
    let domains = rules.domains.iter().map(|(name, domain)| {
        let spot = spots.get(name.as_str()).copied().unwrap_or_default().key("architects");
        (format!("the domain {}", quote(name)), domain.architects.as_slice(), spot)
    });
    let spots = root.key("teams").by_key();
    let leads = rules.teams.iter().map(|(name, team)| {
        let spot = spots.get(name.as_str()).copied().unwrap_or_default().key("leads");
        (format!("the lead of {}", quote(name)), team.leads.as_slice(), spot)
    });
    for (what, handles, spot) in std::iter::once(council).chain(domains).chain(leads) {
        if !handles.is_empty() && spot.exists() && handles.iter().all(nobody) {
            let names = some(handles.iter().map(Handle::as_str));
            let message = format!(
                "nobody can sign for {what}: GitHub knows nobody behind {names}; what goes there is held until that is mended"
            );
            ground.warn(Code::NobodyToSign, spot, message);
        }
    }
}

/// Every name, with where it first stands.
fn mentions(ground: &Ground<'_>) -> BTreeMap<Handle, Mention> {
    let mut mentions: BTreeMap<Handle, Mention> = BTreeMap::new();
    let rules = ground.rules;
    let path = ground.input.rules.map_or(RULES_PATH, |text| text.path);
    let mut add = |handle: Handle, file: &str, place: Option<Place>| {
        if place.is_some() {
            mentions.entry(handle).or_insert_with(|| Mention { file: file.to_owned(), place });
        }
    };
    if ground.has_rules() {
        let file = ground.file();
        let root = file.root();
        let list = |handles: &[Handle], spot: crate::rules::Spot<'_>| -> Vec<(Handle, Option<Place>)> {
            handles.iter().enumerate().map(|(index, handle)| (handle.clone(), spot.item(index).place())).collect()
        };
        let mut found = list(&rules.council, root.key("organization").key("architects"));
        let spots = root.key("domains").by_key();
        let by_domain = rules.domains.iter().filter_map(|(name, domain)| Some((domain, *spots.get(name.as_str())?)));
        for (domain, spot) in by_domain {
            found.extend(list(&domain.architects, spot.key("architects")));
            let teams = domain.teams.iter().enumerate();
            found
                .extend(teams.map(|(index, team)| (ground.owners.handle(team), spot.key("teams").item(index).place())));
        }
        let spots = root.key("teams").by_key();
        for (name, team) in &rules.teams {
            let Some(spot) = spots.get(name.as_str()) else { continue };
            found.extend(list(&team.leads, spot.key("leads")));
            let github = spot.key("github");
            found.push((ground.owners.handle(name), if github.exists() { github.value() } else { spot.place() }));
        }
        let spots = root.key("services").by_key();
        for service in &rules.services {
            let Some(spot) = spots.get(service.name.as_str()) else { continue };
            let teams = service.teams.iter().enumerate();
            found.extend(teams.map(|(index, team)| (ground.owners.handle(team), spot.key("team").item(index).place())));
        }
        let spots = root.key("rules").by_id();
        for rule in &rules.rules {
            let (SignOff::Named(named), Some(spot)) = (&rule.sign_off, spots.get(rule.id.as_str())) else { continue };
            found.extend(named.iter().enumerate().map(|(index, one)| {
                let handle = match one {
                    Named::Team(team) => ground.owners.handle(team),
                    Named::Handle(handle) => handle.clone(),
                };
                (handle, spot.key("sign_off").item(index).place())
            }));
        }
        found.into_iter().for_each(|(handle, place)| add(handle, path, place));
    }
    if let Some(codeowners) = &ground.input.basis.codeowners {
        for entry in codeowners.entries() {
            for owner in &entry.owners {
                add(Handle::new(owner), codeowners.path(), Some(Place::new(entry.line, 1)));
            }
        }
    }
    mentions
}

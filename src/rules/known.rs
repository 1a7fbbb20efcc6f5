//! The names that a rules file declares, so that a misspelt one is noticed instead of moving a file to nobody.

use std::collections::{BTreeSet, HashMap};

use super::reader::{Reader, is_handle};
use super::words::{did_you_mean, quote};
use super::{Handle, Place, people};

/// Tiers that ship with Merestone.
pub(super) const TIERS: [&str; 3] = ["critical", "core", "supporting"];
/// The words for levels.
pub(super) const LEVELS: [&str; 5] = ["team", "lead", "domain", "organization", "scope"];

/// What a rules file declares.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Teams: keys of `teams` and entries of domains' `teams`.
    pub teams: BTreeSet<String>,
    /// Whether the file declares teams or domains at all; without, any name is a team.
    pub teams_declared: bool,
    /// Teams by their name on GitHub, where the file says it.
    pub github: HashMap<Handle, String>,
    /// Teams of which the file does not say the name on GitHub.
    pub same_name: BTreeSet<String>,
    /// Domains.
    pub domains: BTreeSet<String>,
    /// Services that have an entry.
    pub services: BTreeSet<String>,
    /// Whether folders under `roots` are services too.
    pub roots: bool,
    /// Tiers of `tiers`.
    pub tiers: BTreeSet<String>,
    /// Rule ids, those of packs included.
    pub rules: BTreeSet<String>,
    /// Whether the file names nobody above the owners: no lead, no architect, no council. A pack's `lead` is `team` there.
    pub nobody_above: bool,
}

impl Known {
    /// The name under which the file knows the team that `written` means; `None` when it knows none.
    ///
    /// A handle is the team whose `github` it is, else the team of that name whose `github` is not said, else a team of its
    /// own, named as written.
    pub fn team(&self, written: &str) -> Option<String> {
        if written.starts_with('@') || written.contains('/') {
            if !is_handle(written) {
                return None;
            }
            let handle = Handle::new(written);
            if let Some(team) = self.github.get(&handle) {
                return Some(team.clone());
            }
            if let Some((_, slug)) = handle.as_team()
                && let Some(team) = self.same_name.get(slug)
            {
                return Some(team.clone());
            }
            return Some(handle.as_str().to_owned());
        }
        self.teams.contains(written).then(|| written.to_owned())
    }

    /// The team that a service or a condition names; an unknown one is an error once the file declares any.
    pub fn owner(&self, reader: &mut Reader, written: &str, place: Place) -> Option<String> {
        if let Some(team) = self.team(written) {
            return Some(team);
        }
        if written.starts_with('@') || written.contains('/') {
            return reader.handle(written, place, "`team`").map(|handle| handle.as_str().to_owned());
        }
        let name = reader.name(written, place, "a team")?;
        if self.teams_declared {
            self.unknown_team(reader, written, place);
            return None;
        }
        people::check_slug(reader, &name, place);
        Some(name)
    }

    fn unknown_team(&self, reader: &mut Reader, written: &str, place: Place) {
        let hint = reader.hint(written, self.teams.iter().map(String::as_str));
        let remedy = if hint.is_empty() { ": name it under `teams` or in a domain" } else { "" };
        reader.error(place, format!("unknown team {}{hint}{remedy}", quote(written)));
    }

    /// Checks a team that a condition names.
    pub fn check_team(&self, reader: &mut Reader, written: &str, place: Place) {
        let known = self.team(written).is_some() || !self.teams_declared;
        if !known {
            self.unknown_team(reader, written, place);
        }
    }

    /// Checks a service that a condition names. Folders under `roots` are not known here, so with `roots` only a name that
    /// looks misspelt is noticed.
    pub fn check_service(&self, reader: &mut Reader, written: &str, place: Place) {
        if self.services.contains(written) {
            return;
        }
        let hint = reader.hint(written, self.services.iter().map(String::as_str));
        if !self.roots {
            let remedy = if hint.is_empty() { ": name it under `services`" } else { "" };
            reader.error(place, format!("unknown service {}{hint}{remedy}", quote(written)));
        } else if !hint.is_empty() {
            let message = format!(
                "no service {} stands under `services`{hint} (A folder under `roots` may have that name.)",
                quote(written)
            );
            reader.warn(place, message);
        }
    }

    /// Checks a domain that a condition names.
    pub fn check_domain(&self, reader: &mut Reader, written: &str, place: Place) {
        if !self.domains.contains(written) {
            let hint = reader.hint(written, self.domains.iter().map(String::as_str));
            let remedy = if hint.is_empty() { ": name it under `domains`" } else { "" };
            reader.error(place, format!("unknown domain {}{hint}{remedy}", quote(written)));
        }
    }

    /// Checks a tier. Without `tiers`, only a name that looks like a misspelt tier of ours is noticed.
    pub fn check_tier(&self, reader: &mut Reader, written: &str, place: Place) {
        let all = || self.tiers.iter().map(String::as_str).chain(TIERS);
        if all().any(|tier| tier == written) {
            return;
        }
        // Without `tiers` the guess decides, so it is always made; it is among three words.
        let hint = if self.tiers.is_empty() { did_you_mean(written, TIERS) } else { reader.hint(written, all()) };
        if !self.tiers.is_empty() || !hint.is_empty() {
            let remedy = if hint.is_empty() { ": name it under `tiers`" } else { "" };
            reader.error(place, format!("unknown tier {}{hint}{remedy}", quote(written)));
        }
    }

    /// Checks one end of `imports`: a service, `team:x`, `domain:x` or a path.
    pub fn check_end(&self, reader: &mut Reader, written: &str, place: Place) {
        if let Some(team) = written.strip_prefix("team:") {
            self.check_team(reader, team, place);
        } else if let Some(domain) = written.strip_prefix("domain:") {
            self.check_domain(reader, domain, place);
        } else if !written.contains(['/', '*', '.', '!']) {
            self.check_service(reader, written, place);
        }
    }

    /// Checks a rule id.
    pub fn check_rule(&self, reader: &mut Reader, written: &str, place: Place) {
        if self.rules.contains(written) {
            return;
        }
        let hint = reader.hint(written, self.rules.iter().map(String::as_str));
        if hint.is_empty() {
            // It may be a rule of the organisation's file, which is not seen from here.
            let remedy =
                "no rule of this file or its packs has this id; it counts only where the organisation's file has one";
            reader.warn(place, format!("{} decides nothing yet: {remedy}", quote(written)));
        } else {
            reader.error(place, format!("unknown rule {}{hint}", quote(written)));
        }
    }
}

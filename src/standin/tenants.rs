//! What owners of organisations do with the App and their teams, and the events that follow from it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::world::{Done, Mistake, World};

impl World {
    // --- the App

    /// Tells of an installation: `created`, `deleted`, `suspend`, `unsuspend`, `new_permissions_accepted`. Suspending ends its
    /// tokens and blocks events; deleting takes it away.
    ///
    /// # Errors
    /// When there is no such installation.
    pub fn installation_event(&mut self, id: u64, action: &str, by: &str) -> Done<()> {
        let by = self.account_id(by)?;
        self.tick();
        let known = self.installations.get_mut(&id).ok_or_else(|| Mistake(format!("no installation {id}")))?;
        known.suspended = if action == "suspend" { true } else { known.suspended && action != "unsuspend" };
        let known = known.clone();
        let repositories: Vec<Value> = self
            .repositories
            .values()
            .filter(|repository| self.sees(&known, repository))
            .map(|repository| self.repository_brief(repository))
            .collect();
        let fields = json!({ "repositories": repositories, "requester": null });
        self.emit_installation("installation", action, id, by, fields);
        if matches!(action, "suspend" | "deleted") {
            self.end_tokens(id);
        }
        if action == "deleted" {
            self.installations.remove(&id);
        }
        Ok(())
    }

    /// Gives repositories to an installation, or takes them: `installation_repositories`.
    ///
    /// # Errors
    /// When something that it names is not there.
    pub fn select_repositories(&mut self, id: u64, by: &str, added: &[&str], removed: &[&str]) -> Done<()> {
        let by = self.account_id(by)?;
        self.tick();
        let added = added.iter().map(|name| self.repository_id(name)).collect::<Done<Vec<u64>>>()?;
        let removed = removed.iter().map(|name| self.repository_id(name)).collect::<Done<Vec<u64>>>()?;
        let account = self.installations.get(&id).ok_or_else(|| Mistake(format!("no installation {id}")))?.account;
        let all: BTreeSet<u64> =
            self.repositories.values().filter(|repository| repository.owner == account).map(|r| r.id).collect();
        if let Some(installation) = self.installations.get_mut(&id) {
            let selected = installation.selected.get_or_insert(all);
            selected.extend(&added);
            selected.retain(|repository| !removed.contains(repository));
        }
        let brief = |ids: &[u64]| -> Vec<Value> {
            ids.iter()
                .filter_map(|id| self.repositories.get(id))
                .map(|repository| self.repository_brief(repository))
                .collect()
        };
        let fields = json!({
            "repository_selection": "selected", "requester": null,
            "repositories_added": brief(&added), "repositories_removed": brief(&removed),
        });
        let action = if added.is_empty() { "removed" } else { "added" };
        self.emit_installation("installation_repositories", action, id, by, fields);
        Ok(())
    }

    /// Ends the tokens of an installation before their time.
    pub fn end_tokens(&mut self, installation: u64) {
        for token in
            self.tokens.values_mut().filter(|token| token.installation == installation && token.ended.is_none())
        {
            token.ended = Some(false);
        }
    }

    /// A person joins or leaves a team: `membership`.
    ///
    /// # Errors
    /// When somebody or something that it names is not there.
    pub fn set_membership(&mut self, organization: &str, slug: &str, who: &str, on: bool) -> Done<()> {
        let (owner, member) = (self.account_id(organization)?, self.account_id(who)?);
        self.tick();
        let known = self.organizations.get_mut(&owner).and_then(|organization| organization.teams.get_mut(slug));
        let team = known.ok_or_else(|| Mistake(format!("no team {slug}")))?;
        if on {
            team.members.insert(member);
        } else {
            team.members.remove(&member);
        }
        let team = team.clone();
        let told = self.app.events.contains("membership");
        let installation =
            self.installations.values().find(|installation| installation.account == owner && !installation.suspended);
        if let Some(id) = installation.map(|installation| installation.id).filter(|_| told) {
            let fields = json!({
                "scope": "team", "member": self.user_json(member), "team": self.team_json(owner, &team),
                "organization": { "login": organization, "id": owner, "node_id": format!("O_{owner}") },
            });
            self.emit_installation("membership", if on { "added" } else { "removed" }, id, owner, fields);
        }
        Ok(())
    }
}

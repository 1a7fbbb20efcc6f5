//! What happens around pull requests: organisations, teams and repositories that are not what they were, and the events of it.

use serde_json::{Value, json};

use super::world::{Done, Mistake, World};

impl World {
    /// An event of an organisation, as its installation is told of it.
    fn emit_organization(&mut self, event: &str, action: &str, owner: u64, fields: Value) {
        let told = self.app.events.contains(event) || event == "installation_target";
        let installation =
            self.installations.values().find(|installation| installation.account == owner && !installation.suspended);
        let Some(id) = installation.map(|installation| installation.id).filter(|_| told) else { return };
        let mut all = json!({
            "organization": { "login": self.login(owner), "id": owner, "node_id": format!("O_{owner}") },
        });
        if let (Value::Object(all), Value::Object(fields)) = (&mut all, fields) {
            all.extend(fields);
        }
        self.emit_installation(event, action, id, owner, all);
    }

    /// Somebody leaves the organisation, and all its teams: `organization` with `member_removed`.
    ///
    /// # Errors
    /// When somebody or something that it names is not there.
    pub fn leave_organization(&mut self, organization: &str, who: &str) -> Done<()> {
        let (owner, member) = (self.account_id(organization)?, self.account_id(who)?);
        self.tick();
        if let Some(organization) = self.organizations.get_mut(&owner) {
            organization.members.remove(&member);
            for team in organization.teams.values_mut() {
                team.members.remove(&member);
            }
        }
        let membership = json!({ "user": self.user_json(member), "state": "active", "role": "member" });
        self.emit_organization("organization", "member_removed", owner, json!({ "membership": membership }));
        Ok(())
    }

    /// The organisation takes another login: `organization` and `installation_target` with `renamed`.
    ///
    /// # Errors
    /// When there is none.
    pub fn rename_organization(&mut self, from: &str, to: &str) -> Done<()> {
        let owner = self.account_id(from)?;
        self.tick();
        let repositories: Vec<(u64, String)> = self
            .repositories
            .values()
            .filter(|repository| repository.owner == owner)
            .map(|repository| (repository.id, self.full_name(repository)))
            .collect();
        for (id, name) in repositories {
            self.repository_mut(id)?.former_names.push(name);
        }
        if let Some(account) = self.accounts.get_mut(&owner) {
            to.clone_into(&mut account.login);
        }
        let changes = json!({ "login": { "from": from } });
        self.emit_organization("organization", "renamed", owner, json!({ "changes": changes }));
        let target = json!({ "account": self.user_json(owner), "target_type": "Organization", "changes": changes });
        self.emit_organization("installation_target", "renamed", owner, target);
        Ok(())
    }

    /// Something happens to a team: `created`, `deleted`, `edited` (another slug where one is given), `added_to_repository`,
    /// `removed_from_repository`.
    ///
    /// # Errors
    /// When there is no such team.
    pub fn change_team(&mut self, organization: &str, slug: &str, action: &str, renamed: Option<&str>) -> Done<()> {
        let owner = self.account_id(organization)?;
        self.tick();
        let teams = &mut self.organizations.get_mut(&owner).ok_or_else(|| Mistake(format!("no {organization}")))?.teams;
        let mut team = teams.get(slug).cloned().ok_or_else(|| Mistake(format!("no team {slug}")))?;
        let mut fields = json!({});
        if action == "deleted" {
            teams.remove(slug);
        } else if let Some(renamed) = renamed {
            teams.remove(slug);
            renamed.clone_into(&mut team.slug);
            teams.insert(renamed.to_owned(), team.clone());
            fields["changes"] = json!({ "name": { "from": slug } });
        }
        fields["team"] = self.team_json(owner, &team);
        self.emit_organization("team", action, owner, fields);
        Ok(())
    }

    /// Somebody may write to a repository, or may not any more: `member`.
    ///
    /// # Errors
    /// When somebody or something that it names is not there.
    pub fn set_collaborator(&mut self, full_name: &str, who: &str, on: bool) -> Done<()> {
        let (id, member) = (self.repository_id(full_name)?, self.account_id(who)?);
        self.tick();
        let repository = self.repository_mut(id)?;
        if on {
            repository.collaborators.insert(member);
        } else {
            repository.collaborators.remove(&member);
        }
        let owner = repository.owner;
        let fields = json!({ "member": self.user_json(member) });
        self.emit("member", if on { "added" } else { "removed" }, id, owner, fields);
        Ok(())
    }

    /// Others may see a repository, or may not any more: `repository` with `publicized` or `privatized`.
    ///
    /// # Errors
    /// When there is none.
    pub fn set_private(&mut self, full_name: &str, private: bool) -> Done<()> {
        let id = self.repository_id(full_name)?;
        self.tick();
        let repository = self.repository_mut(id)?;
        repository.private = private;
        let owner = repository.owner;
        self.emit("repository", if private { "privatized" } else { "publicized" }, id, owner, json!({}));
        Ok(())
    }

    /// Another branch is the default: `repository` with `edited`.
    ///
    /// # Errors
    /// When the repository or the branch is not there.
    pub fn set_default_branch(&mut self, full_name: &str, branch: &str) -> Done<()> {
        let id = self.repository_id(full_name)?;
        self.tip(id, branch)?;
        self.tick();
        let repository = self.repository_mut(id)?;
        let from = std::mem::replace(&mut repository.default_branch, branch.to_owned());
        let owner = repository.owner;
        let changes = json!({ "default_branch": { "from": from } });
        self.emit("repository", "edited", id, owner, json!({ "changes": changes }));
        Ok(())
    }

    /// A repository goes to another organisation, keeping its id: `repository` with `transferred`, told where it is now.
    ///
    /// # Errors
    /// When somebody or something that it names is not there.
    pub fn transfer(&mut self, full_name: &str, to: &str) -> Done<()> {
        let (id, owner) = (self.repository_id(full_name)?, self.account_id(to)?);
        self.tick();
        let repository = self.repository_mut(id)?;
        let from = std::mem::replace(&mut repository.owner, owner);
        repository.former_names.push(full_name.to_owned());
        let changes = json!({ "owner": { "from": { "organization": self.user_json(from) } } });
        self.emit("repository", "transferred", id, owner, json!({ "changes": changes }));
        Ok(())
    }

    /// A repository is deleted: `repository` with `deleted`.
    ///
    /// # Errors
    /// When there is none.
    pub fn delete_repository(&mut self, full_name: &str) -> Done<()> {
        let id = self.repository_id(full_name)?;
        self.tick();
        let owner = self.repository_of(id)?.owner;
        self.emit("repository", "deleted", id, owner, json!({}));
        self.repositories.remove(&id);
        Ok(())
    }

    /// A ruleset of a repository is edited: `repository_ruleset`.
    ///
    /// # Errors
    /// When there is none.
    pub fn edit_ruleset(&mut self, full_name: &str) -> Done<()> {
        let id = self.repository_id(full_name)?;
        self.tick();
        let owner = self.repository_of(id)?.owner;
        let ruleset = json!({ "id": 1, "name": "main", "enforcement": "active" });
        self.emit("repository_ruleset", "edited", id, owner, json!({ "repository_ruleset": ruleset }));
        Ok(())
    }
}

//! Names that change hands: accounts, teams, memberships of the organisation; and the events that follow.

use serde_json::json;

use super::world::{Done, Kind, Mistake, Privacy, World};

impl World {
    /// An account takes another login; its old one is free at once (docs.github.com, "Changing your username"). An App is told
    /// nothing of it where it is a person's.
    ///
    /// # Errors
    /// When there is no such account, or the new login is taken.
    pub fn rename_account(&mut self, login: &str, to: &str) -> Done<()> {
        let id = self.account_id(login)?;
        if self.find_account(to).is_some() {
            return Err(Mistake(format!("{to} is taken")));
        }
        self.tick();
        if let Some(account) = self.accounts.get_mut(&id) {
            to.clone_into(&mut account.login);
        }
        Ok(())
    }

    /// A team takes another name, and with it another slug: `team.edited`, unless the event is lost.
    ///
    /// # Errors
    /// When there is no such team, or the new slug is taken.
    pub fn rename_team(&mut self, organization: &str, slug: &str, to: &str, told: bool) -> Done<()> {
        let owner = self.account_id(organization)?;
        self.tick();
        let teams = &mut self.organizations.get_mut(&owner).ok_or_else(|| Mistake("no organisation".to_owned()))?.teams;
        if teams.contains_key(to) {
            return Err(Mistake(format!("{to} is taken")));
        }
        let mut team = teams.remove(slug).ok_or_else(|| Mistake(format!("no team {slug}")))?;
        to.clone_into(&mut team.slug);
        teams.insert(to.to_owned(), team.clone());
        if told {
            // webhook-team-edited: what is changed stands beside what it was; `team` is as it is now
            self.emit_team(owner, &team, "edited", json!({ "changes": { "name": { "from": slug } } }));
        }
        Ok(())
    }

    /// Who sees a team changes: `team.edited`.
    ///
    /// # Errors
    /// When there is no such team.
    pub fn set_privacy(&mut self, organization: &str, slug: &str, privacy: Privacy) -> Done<()> {
        let owner = self.account_id(organization)?;
        self.tick();
        let known = self.organizations.get_mut(&owner).and_then(|known| known.teams.get_mut(slug));
        let team = known.ok_or_else(|| Mistake(format!("no team {slug}")))?;
        let from = if team.privacy == Privacy::Secret { "secret" } else { "closed" };
        team.privacy = privacy;
        let team = team.clone();
        self.emit_team(owner, &team, "edited", json!({ "changes": { "privacy": { "from": from } } }));
        Ok(())
    }

    fn emit_team(&mut self, owner: u64, team: &super::world::Team, action: &str, more: serde_json::Value) {
        let told = self.app.events.contains("team");
        let installation =
            self.installations.values().find(|installation| installation.account == owner && !installation.suspended);
        if let Some(id) = installation.map(|installation| installation.id).filter(|_| told) {
            let login = self.login(owner).to_owned();
            let mut fields = json!({
                "team": self.team_json(owner, team),
                "organization": { "login": login, "id": owner, "node_id": format!("O_{owner}") },
            });
            if let (Some(fields), serde_json::Value::Object(more)) = (fields.as_object_mut(), more) {
                fields.extend(more);
            }
            self.emit_installation("team", action, id, owner, fields);
        }
    }

    /// Invites somebody to an organisation, who has not accepted yet.
    ///
    /// # Errors
    /// When there is no such organisation.
    pub fn invite(&mut self, organization: &str, who: &str) -> Done<()> {
        let (owner, who) = (self.account_id(organization)?, self.account(who, Kind::User));
        self.organizations.entry(owner).or_default().invited.insert(who);
        Ok(())
    }

    /// Somebody becomes a member of an organisation, or leaves it and all its teams; no event is sent.
    ///
    /// # Errors
    /// When there is no such organisation.
    pub fn set_member(&mut self, organization: &str, who: &str, on: bool) -> Done<()> {
        let (owner, who) = (self.account_id(organization)?, self.account(who, Kind::User));
        let known = self.organizations.entry(owner).or_default();
        known.invited.remove(&who);
        if on {
            known.members.insert(who);
        } else {
            known.members.remove(&who);
            for team in known.teams.values_mut() {
                team.members.remove(&who);
            }
        }
        Ok(())
    }
}

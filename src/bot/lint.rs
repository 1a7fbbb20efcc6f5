//! Lint of files that a pull request edits, with what GitHub says of the teams and people that they name.

use std::collections::BTreeSet;

use crate::lint::{self, Input, Problem};
use crate::review::{Facts, Membership, People};
use crate::rules::Handle;

use super::identity::Known;
use super::people::{Directory, Said, said};
use super::{Bot, TaskError};

/// About so many names GitHub is asked at most for one edit, each costing a request or a few.
const MOST_NAMES: usize = 100;

impl Bot {
    /// Everything to act on in these files; `input.people` is filled in here.
    ///
    /// The names are looked up by the rules of the base (`place.rules_digest`), never by the edit's: an edit that is not merged
    /// says nothing about whom a name means.
    #[allow(dead_code, reason = "called where an edit is shown")]
    pub(super) async fn lint(&self, place: &Directory<'_>, input: Input<'_>) -> Result<Vec<Problem>, TaskError> {
        let asked: BTreeSet<Handle> = lint::handles(input.basis).into_iter().take(MOST_NAMES).collect();
        let mut known = Known::default();
        self.resolve(place, &asked, &mut known).await?;
        let (mut people, _) = known.identified(&[], &[], &Facts::of_files(Vec::new()));
        self.find_barred(place, &mut people).await?;
        Ok(lint::lint(Input { people: Some(&people), ..input }))
    }

    /// Marks the teams that there are and that GitHub lets nobody ask about this repository.
    async fn find_barred(&self, place: &Directory<'_>, people: &mut People) -> Result<(), TaskError> {
        for (handle, membership) in &mut people.known {
            let (Some((org, slug)), Membership::Members(_)) = (handle.as_team(), &*membership) else { continue };
            let barred = || {
                format!(
                    "{handle} has no access to this repository, so GitHub lets nobody ask it: give it read access, or name another team"
                )
            };
            match said(place.client.team_reads(org, slug).await, barred, String::new)? {
                Said::No(why) => *membership = Membership::Unresolvable(why),
                // What may not be seen is no problem of the file.
                Said::Yes(()) | Said::Forbidden(_) | Said::NotNow(_) => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::adr::Index;
    use crate::github::testing::{Fake, ok, reply};
    use crate::ids::{InstallationId, PullKey, RepositoryId};
    use crate::inbox::Inbox;
    use crate::ownership::Codeowners;
    use crate::review::{Attributes, Basis, RulesFrom};
    use crate::rules::Rules;

    #[tokio::test]
    async fn names_are_asked_for_and_so_is_whether_they_can_be_asked() {
        let fake = Fake::start(|seen| match seen.path.as_str() {
            "/orgs/acme/teams/right" | "/orgs/acme/teams/barred" => ok(json!({ "id": 1, "privacy": "closed" })),
            "/orgs/acme/teams/right/members" | "/orgs/acme/teams/barred/members" => {
                ok(json!([{ "login": "ada", "id": 3 }]))
            }
            "/orgs/acme/teams/right/repos/acme/shop" => reply(204, json!(null)),
            "/orgs/acme/teams/away/members" => reply(502, json!({})),
            _ => reply(404, json!({ "message": "Not Found" })),
        })
        .await;
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let bot = Bot::new(fake.app(), Inbox::open("sqlite::memory:").await.unwrap(), Arc::new(move || now));
        let client = fake.repository();
        let key = PullKey { installation: InstallationId(7), repository: RepositoryId(9), number: 3 };
        let place = Directory { key, client: &client, owner: "acme", rules_digest: "d" };
        let text = b"* @acme/right\n/a/ @acme/barred\n/b/ @acme/gone\n/c/ @acme/away ada@example.com\n";
        let basis = Basis {
            commit: "c".to_owned(),
            owner: Some("acme".to_owned()),
            rules: Rules::default(),
            rules_from: RulesFrom::Startup,
            rules_digest: "d".to_owned(),
            organisation: None,
            codeowners: Some(Codeowners::parse("CODEOWNERS", text)),
            attributes: Attributes::default(),
            adrs: Index::default(),
            says: String::new(),
        };
        let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 28).unwrap();
        let input = Input { basis: &basis, rules: None, listing: None, default_branch: None, today, people: None };
        let problems = bot.lint(&place, input).await.unwrap();
        let said: Vec<String> = problems
            .iter()
            .map(|one| format!("{}: {}", one.place.map_or(0, |place| place.line), one.message))
            .collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
        2: @acme/barred has no access to this repository, so GitHub lets nobody ask it: give it read access, or name another team
        3: there is no team @acme/gone, or the App may not see it: mend its name in the rules
        "#);
    }
}

//! Events of installations, organisations, teams, people and repositories.

use super::super::RepositoryRef;
use super::super::wire::RepositoryBody;
use super::body::Body;
use super::{Event, InstallationAction, Malformed, RepositoryChange, missing, place, stored_id};
use crate::ids::InstallationId;
use crate::rules::Handle;

pub(super) fn installed(
    installation: InstallationId,
    action: InstallationAction,
    body: Body,
) -> Result<Event, Malformed> {
    let account = body.installation.and_then(|installation| installation.account);
    let account = account.ok_or_else(|| missing("installation.account"))?;
    Ok(Event::Installation {
        installation,
        action,
        account: stored_id(account.id.ok_or_else(|| missing("installation.account.id"))?)?,
        login: account.login.ok_or_else(|| missing("installation.account.login"))?,
    })
}

pub(super) fn repositories(installation: InstallationId, body: Body) -> Result<Event, Malformed> {
    let of = |bodies: Option<Vec<Option<RepositoryBody>>>| {
        let bodies = bodies.unwrap_or_default();
        bodies
            .iter()
            .flatten()
            .filter_map(RepositoryRef::of)
            .filter(|repository| stored_id(repository.id.0).is_ok())
            .collect()
    };
    Ok(Event::InstallationRepositories {
        installation,
        account: body.installation.and_then(|installation| installation.account?.id),
        added: of(body.repositories_added),
        removed: of(body.repositories_removed),
    })
}

/// Id and login of the organisation that an event is about.
fn organization(body: &Body) -> Result<(u64, String), Malformed> {
    let organization = body.organization.as_ref().ok_or_else(|| missing("organization"))?;
    let id = stored_id(organization.id.ok_or_else(|| missing("organization.id"))?)?;
    Ok((id, organization.login.clone().ok_or_else(|| missing("organization.login"))?))
}

/// `membership`: somebody came into a team or left it.
pub(super) fn membership(installation: InstallationId, body: Body) -> Result<Event, Malformed> {
    let (account, _) = organization(&body)?;
    let login = body.member.and_then(|user| user.login).ok_or_else(|| missing("member.login"))?;
    Ok(Event::Member { installation, account, login, repository: None })
}

/// `organization`: somebody came into the organisation or left it.
pub(super) fn org_member(installation: InstallationId, body: Body) -> Result<Event, Malformed> {
    let (account, _) = organization(&body)?;
    let user = body.membership.and_then(|membership| membership.user);
    let login = user.and_then(|user| user.login).ok_or_else(|| missing("membership.user.login"))?;
    Ok(Event::Member { installation, account, login, repository: None })
}

/// `member`: somebody became a collaborator of a repository, or is none any more.
pub(super) fn collaborator(installation: InstallationId, body: Body) -> Result<Event, Malformed> {
    let place = place(installation, body.repository.as_ref())?;
    let login = body.member.and_then(|user| user.login).ok_or_else(|| missing("member.login"))?;
    let account = place.account.ok_or_else(|| missing("repository.owner.id"))?;
    Ok(Event::Member { installation, account, login, repository: Some(place.repository) })
}

/// `team`: it came to be, is gone, has another name, or may read other repositories.
pub(super) fn team(installation: InstallationId, body: Body) -> Result<Event, Malformed> {
    let (account, owner) = organization(&body)?;
    let slug = body.team.and_then(|team| team.slug).ok_or_else(|| missing("team.slug"))?;
    let mut teams = vec![Handle::new(&format!("@{owner}/{slug}"))];
    if let Some(old) = body.changes.and_then(|changes| changes.name?.from) {
        teams.push(Handle::new(&format!("@{owner}/{}", slug_of(&old))));
    }
    Ok(Event::Team { installation, account, teams })
}

/// The slug that GitHub makes of a team's name: letters in lower case, and a hyphen for whatever is no letter or digit.
fn slug_of(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

/// `organization.renamed` and `installation_target.renamed`: the account has another login.
pub(super) fn renamed_account(installation: InstallationId, body: Body) -> Result<Event, Malformed> {
    let account = body.account.or(body.organization).ok_or_else(|| missing("account"))?;
    Ok(Event::AccountRenamed {
        installation,
        account: stored_id(account.id.ok_or_else(|| missing("account.id"))?)?,
        login: account.login.ok_or_else(|| missing("account.login"))?,
    })
}

/// `repository`: it has another name, owner or default branch, others may see it, or it is gone.
pub(super) fn repository(installation: InstallationId, action: &str, body: Body) -> Result<Event, Malformed> {
    let change = match action {
        "renamed" => RepositoryChange::Renamed,
        "deleted" => RepositoryChange::Deleted,
        "created" => RepositoryChange::Created,
        "edited" if body.changes.as_ref().is_none_or(|changes| changes.default_branch.is_none()) => {
            return Ok(Event::Ignored);
        }
        _ => RepositoryChange::Other,
    };
    let url = body.repository.as_ref().and_then(|repository| repository.html_url.clone());
    Ok(Event::Repository { place: place(installation, body.repository.as_ref())?, change, url })
}

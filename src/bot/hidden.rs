//! Which teams must not be named on a public pull request.

use std::collections::{BTreeMap, BTreeSet};

use crate::pull::Snapshot;
use crate::review::{Basis, Review};
use crate::rules::Handle;

use super::people::{Directory, Said, about_believed_for};
use super::{Bot, TaskError};

/// So many teams are looked up for one judgement; any others stay unnamed until a later one.
const MOST: usize = 20;

/// Teams that are not to be named.
#[derive(Debug, Default)]
pub(super) struct Hidden {
    pub handles: Vec<Handle>,
    /// The names that the organisation's file gives to such teams, where outsiders cannot see that file.
    pub names: Vec<String>,
    /// Whether some of them are hidden only because they could not be asked for now.
    pub is_outage: bool,
}

impl Bot {
    /// The teams that a review would name and outsiders cannot see: in a public repository those that are secret, and those of
    /// which it cannot be told. In a private one whoever reads this is inside, and nothing is asked.
    ///
    /// The names that the rules file of the repository gives to its teams, domains and services are as public as the file, and
    /// stay. What is hidden is which team of the organisation stands behind them: its handle, and what is said about it. The names
    /// that an organisation's file gives to such teams are hidden too, where outsiders cannot see that file.
    pub(super) async fn hidden(
        &self,
        place: &Directory<'_>,
        snapshot: &Snapshot,
        basis: &Basis,
        review: &Review,
    ) -> Result<Hidden, TaskError> {
        let mut hidden = Hidden::default();
        if snapshot.private {
            return Ok(hidden);
        }
        let mut left = MOST;
        let mut permitted = true;
        let unseen = names_unseen(basis, review, place.owner);
        let handles: BTreeSet<Handle> = named(review).into_iter().chain(unseen.values().cloned()).collect();
        for handle in handles {
            let Some((org, slug)) = handle.as_team() else { continue };
            let about = self.inbox.team_about(place.key.installation, &handle).await?;
            let fresh = about.filter(|about| (self.clock)() - about.read_at < about_believed_for());
            let secret = match fresh {
                Some(about) => about.secret,
                None if left == 0 || !permitted || !org.eq_ignore_ascii_case(place.owner) => true,
                None => {
                    left -= 1;
                    match self.team_about(place, &handle, org, slug).await? {
                        Said::Yes(about) => about.secret,
                        // A name that no team has betrays none, and whoever has to mend it must find it.
                        Said::No(_) => false,
                        Said::Forbidden(_) => {
                            permitted = false;
                            true
                        }
                        Said::NotNow(_) => {
                            hidden.is_outage = true;
                            true
                        }
                    }
                }
            };
            if secret {
                hidden.handles.push(handle);
            }
        }
        let secret = unseen.into_iter().filter(|(_, handle)| hidden.handles.contains(handle));
        hidden.names = secret.map(|(name, _)| name).collect();
        Ok(hidden)
    }
}

/// The teams of this review that are named in an organisation's file which outsiders cannot see, and who they are on GitHub.
fn names_unseen(basis: &Basis, review: &Review, owner: &str) -> BTreeMap<String, Handle> {
    let Some(organisation) = basis.organisation.as_ref().filter(|organisation| organisation.private) else {
        return BTreeMap::new();
    };
    let theirs = organisation.teams.iter().filter(|name| review.teams.contains(name));
    let named = |name: &String| basis.rules.teams.get(name).and_then(|team| team.github.clone());
    theirs.map(|name| (name.clone(), named(name).unwrap_or_else(|| Handle::team(owner, name)))).collect()
}

/// Every team that a comment or a check about this review could name.
fn named(review: &Review) -> BTreeSet<Handle> {
    let slots = || review.findings.iter().flat_map(|finding| &finding.slots);
    let items = review.findings.iter().flat_map(|finding| &finding.checklist);
    slots()
        .flat_map(|slot| slot.from.iter().chain(&slot.above))
        .chain(items.flat_map(|item| &item.addressee))
        .chain(&review.reviewers.teams)
        .chain(review.not_asked.iter().map(|one| &one.handle))
        .cloned()
        .chain(review.teams.iter().filter(|name| name.starts_with('@')).map(|name| Handle::new(name)))
        .filter(|handle| handle.as_team().is_some())
        .collect()
}

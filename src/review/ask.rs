//! Whom to ask: for each open sign-off the authority that it names, and among those who could sign alike the fewest.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::{Enforce, Handle, Reviewers};

use super::{Asked, Finding, Slot, SlotState};

/// GitHub takes at most this many reviewers (mergify#1423, zephyr#118349).
const MOST: usize = 15;

/// Who is to be asked for these findings. `authors`: logins in lower case, who are never asked for their own change.
pub(super) fn ask(findings: &[Finding], authors: &BTreeSet<String>, reviewers: &Reviewers) -> Asked {
    let may_be_asked = |handle: &&Handle| {
        !reviewers.never.contains(handle)
            && !handle.as_user().is_some_and(|login| authors.contains(&login.to_lowercase()))
            && (handle.as_user().is_some() || handle.as_team().is_some())
    };
    let mut open: Vec<Vec<&Handle>> = findings
        .iter()
        .filter(|finding| finding.enforce == Enforce::Review)
        .flat_map(|finding| &finding.slots)
        .filter(|slot: &&Slot| slot.state == SlotState::Open)
        .map(|slot| slot.from.iter().filter(may_be_asked).collect::<Vec<_>>())
        .filter(|hands| !hands.is_empty())
        .collect();
    let mut asked = Asked::default();
    while !open.is_empty() && asked.teams.len() + asked.users.len() < MOST {
        let mut covers: BTreeMap<&Handle, (usize, usize)> = BTreeMap::new();
        for hands in &open {
            for (place, hand) in hands.iter().enumerate() {
                let entry = covers.entry(hand).or_insert((0, place));
                entry.0 += 1;
                entry.1 = entry.1.min(place);
            }
        }
        // The most slots at once; of equals the one that the rules name first, then by name.
        let Some(chosen) = covers
            .into_iter()
            .min_by_key(|(hand, (count, place))| (usize::MAX - count, *place, (*hand).clone()))
            .map(|(hand, _)| hand.clone())
        else {
            break;
        };
        open.retain(|hands| !hands.contains(&&chosen));
        if chosen.as_team().is_some() {
            asked.teams.push(chosen);
        } else {
            asked.users.push(chosen);
        }
    }
    asked.teams.sort();
    asked.users.sort();
    asked
}

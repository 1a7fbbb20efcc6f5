//! Whom to ask: for each open sign-off the authority that it names, and among those who could sign alike the fewest.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::{Handle, Level};

use super::authority::Seat;
use super::people::Crowd;
use super::sign::{binds, has_looked, has_say};
use super::{Act, ActKind, Asked, Asking, NotAsked, Slot, SlotState};

/// GitHub takes at most this many reviewers (mergify#1423, zephyr#118349).
const MOST: usize = 15;

/// An open sign-off that somebody may be asked for.
pub(super) struct Opening {
    fingerprint: String,
    level: Option<Level>,
    from: Vec<Handle>,
    above: Vec<(Level, Handle)>,
    /// Whether somebody who may sign it is on the list of reviewers, or has looked at it: nobody is added then.
    attended: bool,
    /// Who is never asked for it.
    never: Vec<Handle>,
}

impl Opening {
    /// What is open of a seat; `None`: it is not, or asking brings nothing.
    pub fn of(
        seat: &Seat,
        acts: &[Act],
        authors: &BTreeSet<String>,
        asking: &Asking,
        crowd: &Crowd<'_>,
        never: &[Handle],
    ) -> Option<Self> {
        match &seat.slot.state {
            SlotState::Open => {}
            SlotState::ChangesRequested { by, changed: true } => {
                return Some(Self::again(seat, by, acts, asking, never));
            }
            _ => return None,
        }
        let can_sign = |handle: &Handle| match handle.as_user() {
            Some(login) => !authors.contains(&login.to_lowercase()) && has_say(seat, login, false, crowd),
            None => seat.slot.from.contains(handle),
        };
        let attended = asking.present.iter().any(can_sign) || has_looked(seat, acts, authors, crowd);
        let Slot { fingerprint, level, from, .. } = &seat.slot;
        Some(Self {
            fingerprint: fingerprint.clone(),
            level: *level,
            from: from.clone(),
            above: seat.above.clone(),
            attended,
            never: never.to_vec(),
        })
    }

    /// Somebody requested changes and what they looked at has changed since: nobody but them is asked.
    fn again(seat: &Seat, by: &str, acts: &[Act], asking: &Asking, never: &[Handle]) -> Self {
        let handle = Handle::new(by);
        let looked = acts
            .iter()
            .any(|act| act.kind == ActKind::Commented && act.login.eq_ignore_ascii_case(by) && binds(act, &seat.slot));
        Self {
            fingerprint: seat.slot.fingerprint.clone(),
            level: None,
            attended: looked || asking.present.contains(&handle),
            from: vec![handle],
            above: Vec::new(),
            never: never.to_vec(),
        }
    }

    /// Who would be asked. In a storm those near the files would hear of everything: the nearest architects above them are
    /// asked in their place, where there are any.
    fn hands(&self, storm: bool) -> Vec<&Handle> {
        let at = |level: Level| -> Vec<&Handle> {
            self.above.iter().filter(|(one, _)| *one == level).map(|(_, handle)| handle).collect()
        };
        let near = storm && self.level.is_some_and(|level| level < Level::Domain);
        let instead = if near { [at(Level::Domain), at(Level::Organization)] } else { [Vec::new(), Vec::new()] };
        instead.into_iter().find(|hands| !hands.is_empty()).unwrap_or_else(|| self.from.iter().collect())
    }
}

/// Who is to be asked for these openings, and who is left out since asking them brings nothing. `authors`: logins in lower
/// case, who are never asked for their own change.
pub(super) fn ask(
    openings: &[Opening],
    authors: &BTreeSet<String>,
    asking: &Asking,
    storm: bool,
) -> (Asked, Vec<NotAsked>) {
    let may_be_asked = |opening: &Opening, handle: &Handle| {
        !opening.never.contains(handle)
            // GitHub takes no App for a reviewer.
            && !handle.is_app()
            && !handle.as_user().is_some_and(|login| authors.contains(&login.to_lowercase()))
            && (handle.as_user().is_some() || handle.as_team().is_some())
    };
    let mut declined: BTreeMap<&Handle, bool> = BTreeMap::new();
    let mut open: Vec<Vec<&Handle>> = Vec::new();
    for opening in openings.iter().filter(|opening| !opening.attended) {
        let candidates = opening.hands(storm).into_iter().filter(|handle| may_be_asked(opening, handle));
        let (out, hands): (Vec<&Handle>, Vec<&Handle>) = candidates.partition(|handle| {
            asking.declined.get(*handle).is_some_and(|declined| declined.fingerprints.contains(&opening.fingerprint))
        });
        declined.extend(out.iter().filter_map(|handle| Some((*handle, asking.declined.get(*handle)?.refused))));
        if !hands.is_empty() {
            open.push(hands);
        }
    }
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
    // Who was declined for one thing may be asked about another; then they hear of it all.
    let not_asked = declined
        .into_iter()
        .filter(|(handle, _)| !asked.teams.contains(handle) && !asked.users.contains(handle))
        .map(|(handle, refused)| NotAsked { handle: handle.clone(), refused })
        .collect();
    (asked, not_asked)
}

//! Which slots are signed, and which are held by somebody who requests changes.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::{Handle, Level};

use super::authority::Seat;
use super::people::Crowd;
use super::{Act, ActKind, Slot, SlotState};

/// Brings a slot to the state that the reviews leave it in. `authors`: logins in lower case of whoever the change is from.
pub(super) fn sign(seat: &mut Seat, acts: &[Act], authors: &BTreeSet<String>, crowd: &Crowd<'_>) {
    if matches!(seat.slot.state, SlotState::Nobody) {
        return;
    }
    let words: Vec<&Act> =
        last_words(acts).into_iter().filter(|act| !authors.contains(&act.login.to_lowercase())).collect();
    let said: Vec<(Rank, &Act)> = words.iter().filter_map(|act| Some((rank(seat, act, crowd)?, *act))).collect();
    let approvals = || said.iter().filter(|(_, act)| act.kind == ActKind::Approved && binds(act, &seat.slot));
    // A request for changes is answered by an approval that came later, from the same authority or a higher one.
    let answered =
        |hold: &(Rank, &Act)| approvals().any(|(rank, act)| *rank >= hold.0 && act.review_id > hold.1.review_id);
    let hold = said.iter().filter(|(_, act)| act.kind == ActKind::ChangesRequested).find(|hold| !answered(hold));
    if let Some((_, hold)) = hold {
        seat.slot.state = SlotState::ChangesRequested { by: hold.login.clone() };
    } else if let Some(hold) = words.iter().find(|act| {
        act.kind == ActKind::ChangesRequested && rank(seat, act, crowd).is_none() && !told(seat, act, crowd)
    }) {
        let why = format!("whether {}, who requests changes, has a say here could not be told", hold.login);
        seat.slot.state = SlotState::Unknown { why };
    } else if !seat.slot.state.is_signed()
        && let Some((_, approval)) = approvals().max_by_key(|(_, act)| act.review_id)
    {
        let (by, review_id) = (approval.login.clone(), approval.review_id);
        seat.slot.state = SlotState::Signed { by, review_id };
    }
}

/// Per person the last of approval, request for changes and dismissal, in the order of their ids.
fn last_words(acts: &[Act]) -> Vec<&Act> {
    let mut last: BTreeMap<String, &Act> = BTreeMap::new();
    for act in acts.iter().filter(|act| act.kind != ActKind::Commented) {
        let slot = last.entry(act.login.to_lowercase()).or_insert(act);
        if (act.review_id, act) > (slot.review_id, *slot) {
            *slot = act;
        }
    }
    let mut words: Vec<&Act> = last.into_values().filter(|act| act.kind != ActKind::Dismissed).collect();
    words.sort();
    words
}

/// Whether an approval was given for what the slot is about now.
fn binds(act: &Act, slot: &Slot) -> bool {
    act.signed.as_ref().is_none_or(|fingerprints| fingerprints.contains(&slot.fingerprint))
}

/// `None`: the slot's own authority; else the level above it.
type Rank = Option<Level>;

/// The highest authority over the slot that this reviewer has, if any. An App has it only where the rules name that App itself.
fn rank(seat: &Seat, act: &Act, crowd: &Crowd<'_>) -> Option<Rank> {
    let login = act.login.to_lowercase();
    let stands_behind = |handle: &Handle| {
        if act.bot {
            return handle.is_user(&login);
        }
        crowd.stands_behind(handle, &login)
    };
    let own = seat.slot.from.iter().any(stands_behind);
    let above = seat.above.iter().filter(|(_, handle)| stands_behind(handle)).map(|(level, _)| *level).max();
    match (above, own) {
        (Some(level), _) => Some(Some(level)),
        (None, true) => Some(None),
        (None, false) => None,
    }
}

/// Whether it is known of everybody who has a say here if this reviewer is one of them.
fn told(seat: &Seat, act: &Act, crowd: &Crowd<'_>) -> bool {
    let above = seat.above.iter().map(|(_, handle)| handle);
    act.bot || seat.slot.from.iter().chain(above).all(|handle| crowd.tells(handle))
}

//! Which slots are signed, which are held by somebody who requests changes, and which sign-offs have ended.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::{Handle, Level};

use super::authority::Seat;
use super::people::Crowd;
use super::{Act, ActKind, Dismissal, LapseCause, Lapsed, Slot, SlotState};

/// Brings a slot to the state that the reviews leave it in. `authors`: logins in lower case of whoever the change is from;
/// `opener`: of whoever opened it.
pub(super) fn sign(seat: &mut Seat, acts: &[Act], authors: &BTreeSet<String>, opener: Option<&str>, crowd: &Crowd<'_>) {
    if matches!(seat.slot.state, SlotState::Nobody) {
        return;
    }
    // Of a commit anybody may say that it is from an architect. That takes away their approval, and never what they hold.
    let words: Vec<&Act> = last_words(acts)
        .into_iter()
        .filter(|act| opener.is_none_or(|opener| !act.login.eq_ignore_ascii_case(opener)))
        .collect();
    // How high somebody stands only matters where there is something to answer; else it need not be asked for.
    let contested = words.iter().any(|act| requests_changes(act));
    let weight = |act: &Act| {
        if contested { rank_of(seat, act, crowd) } else { has_say(seat, &act.login, act.bot, crowd).then_some(None) }
    };
    let said: Vec<(Rank, &Act)> = words.iter().filter_map(|act| Some((weight(act)?, *act))).collect();
    let approvals = || {
        let theirs = said.iter().filter(|(_, act)| !authors.contains(&act.login.to_lowercase()));
        theirs.filter(|(_, act)| approves(act) && binds(act, &seat.slot))
    };
    // A request for changes is answered by an approval that came later, or undone by a dismissal, from the same authority or
    // a higher one.
    let answered =
        |hold: &(Rank, &Act)| approvals().any(|(rank, act)| *rank >= hold.0 && act.review_id > hold.1.review_id);
    let undone =
        |hold: &(Rank, &Act)| hold.1.dismissed.as_ref().is_some_and(|by| undoes(by, hold, seat, authors, crowd));
    let hold = said.iter().filter(|(_, act)| requests_changes(act)).find(|hold| !answered(hold) && !undone(hold));
    if let Some((_, hold)) = hold {
        let changed = hold.signed.as_ref().is_some_and(|seen| !seen.contains(&seat.slot.fingerprint));
        seat.slot.state = SlotState::ChangesRequested { by: hold.login.clone(), changed };
    } else if let Some(hold) = words.iter().find(|act| {
        requests_changes(act)
            && !is_taken_back(act)
            && rank_of(seat, act, crowd).is_none()
            && !told(seat, act.bot, crowd)
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

/// Says of an unsigned slot which sign-offs counted for this rule once and do not any more, and which approvals cannot count.
pub(super) fn lapse(seat: &mut Seat, rule: &str, acts: &[Act], authors: &BTreeSet<String>, crowd: &Crowd<'_>) {
    if seat.slot.state.is_signed() || matches!(seat.slot.state, SlotState::Nobody) {
        return;
    }
    let lapsed = last_words(acts).into_iter().filter_map(|act| {
        let cause = if authors.contains(&act.login.to_lowercase()) {
            by_an_author(seat, act, crowd)?
        } else {
            cause(seat, rule, act, crowd)?
        };
        Some(Lapsed { review_id: act.review_id, by: act.login.clone(), commit: act.commit.clone(), cause })
    });
    seat.slot.lapsed = lapsed.collect();
}

/// Of an approval by somebody with a hand in the change: that it would count otherwise, where that can be told without asking for
/// anybody further up.
fn by_an_author(seat: &Seat, act: &Act, crowd: &Crowd<'_>) -> Option<LapseCause> {
    let login = act.login.to_lowercase();
    let own = || seat.slot.from.iter().any(|handle| stands_behind(handle, &login, act.bot, crowd));
    (act.kind == ActKind::Approved && own()).then_some(LapseCause::Author)
}

/// Why this review of somebody does not count as the sign-off that it was, if it was one, or that it looks like.
fn cause(seat: &Seat, rule: &str, act: &Act, crowd: &Crowd<'_>) -> Option<LapseCause> {
    let ranks = has_say(seat, &act.login, act.bot, crowd);
    let counted = act.counted.values().any(|counted| counted == rule);
    let changed =
        || (counted && ranks && !binds(act, &seat.slot)).then_some(LapseCause::Changed { head: None, by: None });
    match (act.kind, &act.dismissed) {
        (ActKind::Approved, _) => match &act.unread {
            Some(why) => ranks.then(|| LapseCause::Unreadable { why: why.clone() }),
            None if counted && !ranks => {
                let here = act.counted.contains_key(&seat.slot.fingerprint);
                (here && told(seat, act.bot, crowd)).then_some(LapseCause::Left)
            }
            None if !counted && ranks && !binds(act, &seat.slot) => Some(LapseCause::Elsewhere),
            None => changed(),
        },
        (ActKind::Dismissed, Some(dismissal)) if dismissal.was == Some(ActKind::Approved) => {
            if dismissal.by_push == Some(true) {
                return changed();
            }
            let here = ranks || act.counted.contains_key(&seat.slot.fingerprint);
            (counted && here).then(|| LapseCause::Dismissed { by: dismissal.by.clone() })
        }
        _ => None,
    }
}

/// Whether somebody who may sign for this has looked at this very evidence and said neither yes nor no.
pub(super) fn has_looked(seat: &Seat, acts: &[Act], authors: &BTreeSet<String>, crowd: &Crowd<'_>) -> bool {
    acts.iter().any(|act| {
        act.kind == ActKind::Commented
            && !authors.contains(&act.login.to_lowercase())
            && binds(act, &seat.slot)
            && has_say(seat, &act.login, act.bot, crowd)
    })
}

/// Per person the last of approval, request for changes and dismissal, in the order of their ids.
///
/// What somebody said before their last word has been replaced by it, for good: where the last word is dismissed, no earlier
/// one comes back.
fn last_words(acts: &[Act]) -> Vec<&Act> {
    let mut last: BTreeMap<String, &Act> = BTreeMap::new();
    for act in acts.iter().filter(|act| act.kind != ActKind::Commented) {
        let slot = last.entry(act.login.to_lowercase()).or_insert(act);
        if (act.review_id, act) > (slot.review_id, *slot) {
            *slot = act;
        }
    }
    let mut words: Vec<&Act> = last.into_values().collect();
    words.sort();
    words
}

/// Whether it is an approval that stands. One that GitHub dismissed since something was pushed stands as long as what it was
/// given for is known, and the same: every push would end every sign-off otherwise.
fn approves(act: &Act) -> bool {
    let by_push = |dismissal: &Dismissal| {
        dismissal.was == Some(ActKind::Approved) && dismissal.by_push == Some(true) && act.signed.is_some()
    };
    match act.kind {
        ActKind::Approved => true,
        ActKind::Dismissed => act.dismissed.as_ref().is_some_and(by_push),
        ActKind::ChangesRequested | ActKind::Commented => false,
    }
}

/// Whether it is a request for changes, or was one when it was dismissed, as far as can be told.
fn requests_changes(act: &Act) -> bool {
    match act.kind {
        ActKind::ChangesRequested => true,
        ActKind::Dismissed => act.dismissed.as_ref().and_then(|dismissal| dismissal.was) != Some(ActKind::Approved),
        ActKind::Approved | ActKind::Commented => false,
    }
}

/// Whether its own giver has dismissed it.
fn is_taken_back(act: &Act) -> bool {
    let giver = |dismissal: &Dismissal| dismissal.by.as_ref().is_some_and(|by| by.eq_ignore_ascii_case(&act.login));
    act.dismissed.as_ref().is_some_and(giver)
}

/// Whether a dismissal undoes a request for changes: by its giver, or by somebody who could have answered it. Anybody who may
/// write can dismiss, the author among them (docs.github.com, "Dismissing a pull request review").
fn undoes(
    dismissal: &Dismissal,
    (held, act): &(Rank, &Act),
    seat: &Seat,
    authors: &BTreeSet<String>,
    crowd: &Crowd<'_>,
) -> bool {
    let Some(by) = &dismissal.by else { return false };
    let answers = || !authors.contains(&by.to_lowercase()) && rank(seat, by, false, crowd) >= Some(*held);
    is_taken_back(act) || (!dismissal.bot && answers())
}

/// Whether an approval was given for what the slot is about now.
pub(super) fn binds(act: &Act, slot: &Slot) -> bool {
    act.unread.is_none() && act.signed.as_ref().is_none_or(|fingerprints| fingerprints.contains(&slot.fingerprint))
}

/// `None`: the slot's own authority; else the level above it.
type Rank = Option<Level>;

/// The highest authority over the slot that this reviewer has, if any.
fn rank_of(seat: &Seat, act: &Act, crowd: &Crowd<'_>) -> Option<Rank> {
    rank(seat, &act.login, act.bot, crowd)
}

/// The highest authority over the slot that somebody has, if any.
fn rank(seat: &Seat, login: &str, bot: bool, crowd: &Crowd<'_>) -> Option<Rank> {
    let login = login.to_lowercase();
    let own = seat.slot.from.iter().any(|handle| stands_behind(handle, &login, bot, crowd));
    let above = seat.above.iter().filter(|(_, handle)| stands_behind(handle, &login, bot, crowd));
    match (above.map(|(level, _)| *level).max(), own) {
        (Some(level), _) => Some(Some(level)),
        (None, true) => Some(None),
        (None, false) => None,
    }
}

/// Whether somebody has any authority over the slot. Nobody further up is asked for than is needed to tell: while it is not
/// known of the nearest, the judgement wants these, and is made again with them.
pub(super) fn has_say(seat: &Seat, login: &str, bot: bool, crowd: &Crowd<'_>) -> bool {
    let login = login.to_lowercase();
    let own = seat.slot.from.iter().map(|handle| (stands_behind(handle, &login, bot, crowd), crowd.is_told(handle)));
    let own: Vec<(bool, bool)> = own.collect();
    if own.iter().any(|(stands, _)| *stands) {
        return true;
    }
    if own.iter().any(|(_, told)| !told) {
        return false;
    }
    for (_, handle) in &seat.above {
        if stands_behind(handle, &login, bot, crowd) {
            return true;
        }
        if !crowd.is_told(handle) {
            return false;
        }
    }
    false
}

/// Whether somebody may sign for a handle. An App may where the rules name that App itself.
fn stands_behind(handle: &Handle, login: &str, bot: bool, crowd: &Crowd<'_>) -> bool {
    if bot { handle.is_user(login) } else { crowd.stands_behind(handle, login) }
}

/// Whether it is known of everybody who has a say here if this reviewer is one of them.
fn told(seat: &Seat, bot: bool, crowd: &Crowd<'_>) -> bool {
    let above = seat.above.iter().map(|(_, handle)| handle);
    bot || seat.slot.from.iter().chain(above).all(|handle| crowd.tells(handle))
}

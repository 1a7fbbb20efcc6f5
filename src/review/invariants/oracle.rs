//! Whether a slot is signed, told the slow way from DESIGN's words alone: nothing of the judgement is used but the slot's own
//! list of who may sign it.

use crate::review::tests::Case;
use crate::review::{Act, ActKind, Membership, Slot};
use crate::rules::Handle;

/// How high a handle of the shop stands: a lead above the team, the architects of a domain above both, the council on top.
fn height(handle: &Handle) -> u8 {
    match handle.short() {
        "architecture-council" => 3,
        "commerce-architects" | "platform-architects" => 2,
        "maria" | "tomas" => 1,
        _ => 0,
    }
}

/// The height at which somebody has a say over a slot: at its own, or above it; `None`: not at all.
pub(super) fn say(case: &Case, slot: &Slot, login: &str, bot: bool) -> Option<u8> {
    let is = |handle: &&Handle| match case.people.known.get(handle) {
        Some(Membership::Members(members)) => !bot && members.contains(login),
        _ => handle.is_user(login),
    };
    let own = slot.from.iter().find(is).map(|_| 0);
    slot.above.iter().filter(is).map(height).max().or(own)
}

/// Whose change it is: nobody of them signs it.
pub(super) fn authors(case: &Case) -> Vec<&str> {
    let hands = case.facts.committers.known().iter().chain(&case.facts.pushers);
    case.facts.author.iter().chain(hands).map(String::as_str).collect()
}

/// What an act says today: a dismissal lets an approval stand only when a push did it, and ends a request for changes only when
/// whoever gave it, or a person with as much of a say whose change it is not, dismissed it.
fn says(case: &Case, slot: &Slot, act: &Act) -> ActKind {
    let Some(dismissed) = act.dismissed.as_ref().filter(|_| act.kind == ActKind::Dismissed) else { return act.kind };
    let by = dismissed.by.as_deref().unwrap_or_default();
    let may = by == act.login
        || (!dismissed.bot
            && !authors(case).contains(&by)
            && say(case, slot, by, false) >= say(case, slot, &act.login, act.bot));
    match dismissed.was {
        Some(ActKind::Approved) if dismissed.by_push == Some(true) && act.signed.is_some() => ActKind::Approved,
        Some(ActKind::ChangesRequested) if !may => ActKind::ChangesRequested,
        _ => ActKind::Dismissed,
    }
}

/// Whether the acts sign a slot that nobody's membership of a team signs already, and whether they hold it.
pub(super) fn signed_and_held(case: &Case, slot: &Slot) -> (bool, bool) {
    let last = |act: &&Act| {
        act.kind != ActKind::Commented
            && !case.acts.iter().any(|other| {
                other.login == act.login && other.kind != ActKind::Commented && other.review_id > act.review_id
            })
    };
    let (mut approvals, mut holds) = (Vec::new(), Vec::new());
    for act in case.acts.iter().filter(last) {
        let Some(height) = say(case, slot, &act.login, act.bot) else { continue };
        let bound = act.unread.is_none() && act.signed.as_ref().is_none_or(|all| all.contains(&slot.fingerprint));
        match says(case, slot, act) {
            ActKind::Approved if bound && !authors(case).contains(&act.login.as_str()) => {
                approvals.push((act.review_id, height));
            }
            ActKind::ChangesRequested if case.facts.author.as_ref() != Some(&act.login) => {
                holds.push((act.review_id, height));
            }
            _ => {}
        }
    }
    let open = |hold: &&(u64, u8)| !approvals.iter().any(|yes| yes.0 > hold.0 && yes.1 >= hold.1);
    let held = holds.iter().any(|hold| open(&hold));
    (!held && !approvals.is_empty(), held)
}

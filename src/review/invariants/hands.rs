//! Who ends what: signatures come from the right hands, and holds end by them alone.

use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use super::oracle::{authors, say, signed_and_held};
use super::{LOGINS, case_of, config_of, file};
use crate::review::tests::Case;
use crate::review::{Act, ActKind, Committers, Dismissal, File, Review, Slot, SlotState};
use crate::rules::Enforce;

/// Conditions that ask for signatures of many kinds.
const ASKING: [&str; 5] = [
    "{ crosses: team }",
    "{ paths: [\"services/\"] }",
    "{ paths: [\"**\"] }",
    "{ foreign: true }",
    "{ any: [{ paths: [proto/] }, { tiers: [critical] }] }",
];

/// What an approval was given for.
#[derive(Debug, Clone, Copy)]
enum For {
    /// The head that is judged.
    Head,
    /// Another, with all that is asked now.
    All,
    /// Another, with some of it.
    Some(usize),
    /// Another, with nothing of it.
    Other,
    /// It cannot be told.
    Unread,
}

#[derive(Debug, Clone)]
struct Said {
    login: &'static str,
    kind: ActKind,
    of: For,
    /// Of a dismissed one: what it was, by whom it was dismissed, and whether by a push.
    dismissed: (ActKind, &'static str, bool),
}

/// Everybody who says anything; the last two are Apps, one of them named by a rule below.
fn speakers() -> Vec<&'static str> {
    [&LOGINS[..], &["grace", "otto", "checker[bot]", "helper[bot]"]].concat()
}

fn said() -> impl Strategy<Value = Said> {
    let kinds = vec![
        ActKind::Approved,
        ActKind::Approved,
        ActKind::Approved,
        ActKind::ChangesRequested,
        ActKind::Commented,
        ActKind::Dismissed,
    ];
    let of = prop_oneof![
        3 => Just(For::Head),
        2 => Just(For::All),
        1 => (0_usize..4).prop_map(For::Some),
        1 => Just(For::Other),
        1 => Just(For::Unread),
    ];
    let was = select(vec![ActKind::Approved, ActKind::ChangesRequested]);
    let dismissed = (was, select(speakers()), any::<bool>());
    (select(speakers()), select(kinds), of, dismissed).prop_map(|(login, kind, of, (was, by, push))| {
        let push = push && was == ActKind::Approved;
        Said { login, kind, of, dismissed: (was, by, push) }
    })
}

fn slots(review: &Review) -> impl Iterator<Item = &Slot> {
    let asking = review.findings.iter().filter(|finding| finding.enforce == Enforce::Review);
    asking.flat_map(|finding| &finding.slots)
}

/// A change on which many have spoken, bound to this head, to another, or to nothing that is asked.
fn spoken() -> impl Strategy<Value = Case> {
    let hands = |most: usize| subsequence(LOGINS.to_vec(), 0..most);
    let named =
        select(vec!["", "  - { id: named, when: { paths: [\"**\"] }, sign_off: [\"@checker[bot]\", ledger] }\n"]);
    let base = case_of(ASKING.to_vec());
    (base, named, hands(3), hands(2), prop::collection::vec(said(), 0..8)).prop_map(
        |(case, named, committers, pushers, said)| {
            // That an App is in a team gives it no say.
            let mut case = case.with_rule(named).members("ledger", &["tomas", "lena", "helper[bot]", "checker[bot]"]);
            case.acts.clear();
            let hands = case.facts.author.iter().cloned().chain(committers.into_iter().map(str::to_owned));
            case.facts.committers = Committers::Known(hands.collect());
            case.facts.pushers = pushers.into_iter().map(str::to_owned).collect();
            let asked: Vec<String> = slots(&case.judge()).map(|slot| slot.fingerprint.clone()).collect();
            case.acts = said.iter().enumerate().map(|(index, said)| act(index, said, &asked)).collect();
            case
        },
    )
}

/// As [`spoken`], with somebody of an authority who has requested changes in the end, where anybody has to sign.
fn held() -> impl Strategy<Value = Case> {
    (spoken(), any::<Index>(), any::<Index>()).prop_map(|(mut case, slot, who)| {
        let judged = without_acts(&case);
        let asked: Vec<&Slot> = slots(&judged).collect();
        if !asked.is_empty() {
            let slot = asked[slot.index(asked.len())];
            let opener = case.facts.author.as_deref();
            let having = |login: &&str| say(&case, slot, login, false).is_some() && opener != Some(*login);
            let having: Vec<&str> = speakers().into_iter().filter(having).collect();
            if !having.is_empty() {
                case = case.said(having[who.index(having.len())], ActKind::ChangesRequested);
            }
        }
        case
    })
}

fn act(index: usize, said: &Said, asked: &[String]) -> Act {
    let mut act = Act::new(index as u64 + 1, said.login, said.kind);
    act.bot = said.login.ends_with("[bot]");
    match said.of {
        For::Head => {}
        For::All => act.signed = Some(asked.iter().cloned().collect()),
        For::Some(which) => act.signed = Some(asked.iter().skip(which).step_by(2).cloned().collect()),
        For::Other => act.signed = Some(["something else".to_owned()].into()),
        For::Unread => {
            act.signed = Some(asked.iter().cloned().collect());
            act.unread = Some("the commit is gone".to_owned());
        }
    }
    if said.kind == ActKind::Dismissed {
        let (was, by, push) = said.dismissed;
        let bot = by.ends_with("[bot]");
        act.dismissed = Some(Dismissal { was: Some(was), by: Some(by.to_owned()), bot, by_push: Some(push) });
    }
    act
}

fn without_acts(case: &Case) -> Review {
    let mut silent = case.clone();
    silent.acts.clear();
    silent.judge()
}

fn same_slot<'a>(review: &'a Review, slot: &Slot) -> Option<&'a Slot> {
    slots(review).find(|other| other.fingerprint == slot.fingerprint && other.from == slot.from)
}

proptest! {
    #![proptest_config(config_of(96))]

    /// 2. Whatever is pushed and whoever else approves: without somebody of its authority a slot is never signed.
    #[test]
    fn no_push_grants(mut case in spoken(), pushes in prop::collection::vec(prop::collection::vec(file(), 1..4), 1..4)) {
        let everybody = case.acts.clone();
        let mut histories: Vec<Vec<File>> = vec![case.facts.files.clone()];
        histories.extend(pushes);
        for files in histories {
            case.facts.files = files;
            let asked: Vec<Slot> = slots(&without_acts(&case)).cloned().collect();
            for slot in asked.iter().filter(|slot| !slot.state.is_signed()) {
                let powerless = everybody.iter().filter(|act| say(&case, slot, &act.login, act.bot).is_none());
                case.acts = powerless.cloned().collect();
                let judged = case.judge();
                let signed = same_slot(&judged, slot).is_some_and(|slot| slot.state.is_signed());
                prop_assert!(!signed, "{slot:#?} was signed by nobody with a say");
            }
        }
    }

    /// 3. A slot is signed exactly when the naive oracle finds the right hand for it (or it is the author's own team's), and it
    /// names that hand.
    #[test]
    fn only_the_right_hand_signs(case in spoken()) {
        let (silent, judged) = (without_acts(&case), case.judge());
        for slot in slots(&judged) {
            let own = same_slot(&silent, slot).is_some_and(|slot| slot.state.is_signed());
            let (signed, held) = signed_and_held(&case, slot);
            prop_assert_eq!(slot.state.is_signed(), !held && (own || signed), "{:#?}", slot);
            if let SlotState::Signed { by, review_id } = &slot.state {
                let Some(act) = case.acts.iter().find(|act| act.review_id == *review_id) else {
                    return Err(TestCaseError::fail(format!("there is no review {review_id}")));
                };
                prop_assert_eq!(&act.login, by);
                prop_assert!(!authors(&case).contains(&by.as_str()), "{} signed the own change", by);
                prop_assert!(say(&case, slot, by, act.bot).is_some(), "{} has no say", by);
            }
        }
    }

    /// 5. A request for changes by the authority holds: of all who may approve this evidence next, and of all who may dismiss
    /// the request, only that person and those with as much of a say end it.
    #[test]
    fn holds_win(case in held(), which in any::<Index>()) {
        let judged = case.judge();
        let held: Vec<(&Slot, &str)> = slots(&judged)
            .filter_map(|slot| match &slot.state {
                SlotState::ChangesRequested { by, .. } => Some((slot, by.as_str())),
                _ => None,
            })
            .collect();
        if held.is_empty() {
            return Ok(());
        }
        let (slot, by) = held[which.index(held.len())];
        let signed = |case: &Case| same_slot(&case.judge(), slot).is_some_and(|slot| slot.state.is_signed());
        for who in speakers() {
            let bot = who.ends_with("[bot]");
            let own = authors(&case).contains(&who);
            let may = who == by || !own && say(&case, slot, who, bot) >= say(&case, slot, by, by.ends_with("[bot]"));
            let mut answered = case.clone().said(who, ActKind::Approved);
            answered.acts.last_mut().expect("just said").bot = bot;
            prop_assert!(may || !signed(&answered), "{who} ended the hold of {by}");

            let mut dismissed = case.clone();
            let mut said = dismissed.acts.iter_mut().rev();
            let hold = said.find(|act| act.login == by && act.kind == ActKind::ChangesRequested);
            if let Some(hold) = hold {
                hold.kind = ActKind::Dismissed;
                let was = Some(ActKind::ChangesRequested);
                hold.dismissed = Some(Dismissal { was, by: Some(who.to_owned()), bot, by_push: Some(false) });
            }
            prop_assert!(may || !signed(&dismissed), "{who} dismissed the hold of {by}");

            // Whoever has approved before: a commit that names the one who holds as its author takes nothing away.
            let mut forged = case.clone();
            forged.acts.insert(0, Act { bot, ..Act::new(0, who, ActKind::Approved) });
            if let Committers::Known(logins) = &mut forged.facts.committers {
                logins.push(by.to_owned());
            }
            prop_assert!(!signed(&forged), "a commit in the name of {by} ended what {by} held");
        }
    }
}

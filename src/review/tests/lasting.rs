//! What ends a sign-off or a hold, and what of it is said.

use super::*;

const OWNED: &str = "  - { id: r, when: { paths: [\"services/\"] }, sign_off: team }\n";

/// A change to the ledger, whose owners have to sign.
fn ledger() -> Case {
    Case::shop(OWNED).files(&["services/ledger/a.go"])
}

fn dismissed(review_id: u64, login: &str, was: Option<ActKind>, by: Option<&str>) -> Act {
    let dismissal = Dismissal { was, by: by.map(str::to_owned), bot: false, by_push: None };
    Act { dismissed: Some(dismissal), ..Act::new(review_id, login, ActKind::Dismissed) }
}

fn with(mut case: Case, acts: Vec<Act>) -> Case {
    case.acts.extend(acts);
    case
}

fn slot(case: &Case) -> Slot {
    case.judge().findings[0].slots[0].clone()
}

fn state(case: &Case) -> String {
    slots(&case.judge()).join(", ")
}

/// A sign-off that counted once for this slot as it is now (`same`), or as it was before.
fn counted(case: &Case, review_id: u64, login: &str, same: bool) -> Act {
    let fingerprint = if same { slot(case).fingerprint } else { "as it was".to_owned() };
    Act {
        signed: Some([fingerprint.clone()].into()),
        commit: Some("abc".to_owned()),
        counted: [(fingerprint, "r".to_owned())].into(),
        ..Act::new(review_id, login, ActKind::Approved)
    }
}

fn causes(case: &Case) -> Vec<(String, LapseCause)> {
    slot(case).lapsed.into_iter().map(|lapsed| (lapsed.by, lapsed.cause)).collect()
}

#[test]
fn a_dismissed_request_for_changes_holds_on_unless_undone_by_whoever_could_have_answered_it() {
    let held = "team ledger: changes requested by tomas";
    let asked = Some(ActKind::ChangesRequested);
    for (was, by, bot, expected) in [
        // Anybody who may write can dismiss: the author, a stranger, somebody of a lower rank.
        (asked, Some("stranger"), false, held),
        (asked, Some("maria"), false, held),
        (asked, Some("lena"), false, held),
        (asked, Some("Tomas"), false, "team ledger: open"),
        (asked, Some("ada"), false, "team ledger: open"),
        (asked, Some("edsger"), false, "team ledger: open"),
        (asked, Some("ada"), true, held),
        (asked, None, false, held),
        // What it was cannot be told: it may have been a request for changes.
        (None, Some("maria"), false, held),
        (None, None, false, held),
        (None, Some("ada"), false, "team ledger: open"),
        (Some(ActKind::Approved), Some("maria"), false, "team ledger: open"),
        (Some(ActKind::Approved), None, false, "team ledger: open"),
    ] {
        let mut act = dismissed(1, "tomas", was, by);
        act.dismissed.as_mut().unwrap().bot = bot;
        assert_eq!(state(&with(ledger(), vec![act])), expected, "{was:?} dismissed by {by:?}, an App: {bot}");
    }
}

#[test]
fn whose_name_is_on_a_commit_cannot_approve_and_holds_all_the_same() {
    let said = |kind| {
        let mut case = with(ledger(), vec![Act::new(1, "ada", kind)]);
        case.facts.committers = Committers::Known(vec!["stranger".to_owned(), "ada".to_owned()]);
        state(&case)
    };
    assert_eq!(said(ActKind::Approved), "team ledger: open");
    assert_eq!(said(ActKind::ChangesRequested), "team ledger: changes requested by ada");
}

#[test]
fn whoever_pushed_does_not_approve() {
    let mut case = with(ledger(), vec![Act::new(1, "lena", ActKind::Approved)]);
    case.facts.pushers = vec!["Lena".to_owned()];
    assert_eq!(state(&case), "team ledger: open");
}

#[test]
fn an_author_with_authority_undoes_nothing() {
    let act = dismissed(1, "tomas", Some(ActKind::ChangesRequested), Some("ada"));
    assert_eq!(state(&with(ledger().by("ada"), vec![act])), "team ledger: changes requested by tomas");
}

#[test]
fn a_dismissed_request_for_changes_is_answered_like_any_other() {
    let act = dismissed(1, "tomas", Some(ActKind::ChangesRequested), Some("maria"));
    let later = Act::new(2, "ada", ActKind::Approved);
    assert_eq!(state(&with(ledger(), vec![act.clone(), later])), "team ledger: signed by ada");
    let below = Act::new(2, "lena", ActKind::Approved);
    assert_eq!(state(&with(ledger(), vec![act, below])), "team ledger: changes requested by tomas");
}

#[test]
fn what_was_said_before_a_dismissed_word_does_not_come_back() {
    let approved = Act::new(1, "lena", ActKind::Approved);
    let asked = |by| dismissed(2, "lena", Some(ActKind::ChangesRequested), Some(by));
    assert_eq!(
        state(&with(ledger(), vec![approved.clone(), asked("maria")])),
        "team ledger: changes requested by lena"
    );
    assert_eq!(state(&with(ledger(), vec![approved, asked("ada")])), "team ledger: open");
    // One's own approval has answered an earlier request for changes; dismissed, it leaves neither.
    let asked = Act::new(1, "lena", ActKind::ChangesRequested);
    let approved = dismissed(2, "lena", Some(ActKind::Approved), Some("maria"));
    assert_eq!(state(&with(ledger(), vec![asked, approved])), "team ledger: open");
}

#[test]
fn an_approval_that_a_push_dismissed_counts_while_its_evidence_is_the_same() {
    let case = ledger();
    let act = |signed: Option<String>, by_push, was| {
        let dismissal = Dismissal { was: Some(was), by: Some("maria".to_owned()), bot: false, by_push };
        let signed = signed.map(|one| [one].into());
        Act { dismissed: Some(dismissal), signed, ..Act::new(1, "lena", ActKind::Dismissed) }
    };
    let now = slot(&case).fingerprint;
    let approved = ActKind::Approved;
    for (signed, by_push, expected) in [
        (Some(now.clone()), Some(true), "team ledger: signed by lena"),
        (Some("other".to_owned()), Some(true), "team ledger: open"),
        (None, Some(true), "team ledger: open"),
        (Some(now.clone()), Some(false), "team ledger: open"),
        (Some(now), None, "team ledger: open"),
    ] {
        let acts = vec![act(signed.clone(), by_push, approved)];
        assert_eq!(state(&with(ledger(), acts)), expected, "{signed:?} {by_push:?}");
    }
}

#[test]
fn a_comment_neither_signs_nor_holds_nor_replaces() {
    let acts = |kind| vec![Act::new(1, "lena", kind), Act::new(2, "lena", ActKind::Commented)];
    assert_eq!(state(&with(ledger(), vec![Act::new(1, "lena", ActKind::Commented)])), "team ledger: open");
    assert_eq!(state(&with(ledger(), acts(ActKind::Approved))), "team ledger: signed by lena");
    assert_eq!(state(&with(ledger(), acts(ActKind::ChangesRequested))), "team ledger: changes requested by lena");
}

#[test]
fn a_sign_off_that_ended_is_named_with_what_ended_it() {
    let changed = LapseCause::Changed { head: None, by: None };
    let case = with(ledger(), vec![counted(&ledger(), 1, "lena", false)]);
    assert_eq!(causes(&case), [("lena".to_owned(), changed.clone())]);
    // Whoever signed for nothing here is not named; an approval that never counted looks as if it did.
    assert_eq!(causes(&with(ledger(), vec![counted(&ledger(), 1, "maria", false)])), []);
    let never = Act { counted: Default::default(), ..counted(&ledger(), 1, "lena", false) };
    assert_eq!(causes(&with(ledger(), vec![never])), [("lena".to_owned(), LapseCause::Elsewhere)]);
    // Signed again, there is nothing to say.
    let again = vec![counted(&ledger(), 1, "lena", false), Act::new(2, "tomas", ActKind::Approved)];
    assert_eq!(causes(&with(ledger(), again)), []);

    let left = with(ledger(), vec![counted(&ledger(), 1, "lena", true)]).members("ledger", &["tomas"]);
    assert_eq!(
        (state(&left), causes(&left)),
        ("team ledger: open".to_owned(), vec![("lena".to_owned(), LapseCause::Left)])
    );
    // Where it could not be told who is in the team, nobody is said to have left it.
    let unknown = with(ledger(), vec![counted(&ledger(), 1, "lena", true)])
        .known("ledger", Membership::Unknown("502".to_owned()));
    assert_eq!(causes(&unknown), []);

    let mut by_person = dismissed(1, "lena", Some(ActKind::Approved), Some("maria"));
    by_person.counted = counted(&ledger(), 1, "lena", true).counted;
    let by = Some("maria".to_owned());
    assert_eq!(causes(&with(ledger(), vec![by_person.clone()])), [("lena".to_owned(), LapseCause::Dismissed { by })]);
    by_person.dismissed.as_mut().unwrap().by_push = Some(true);
    by_person.signed = Some(BTreeSet::new());
    assert_eq!(causes(&with(ledger(), vec![by_person])), [("lena".to_owned(), changed)]);
}

#[test]
fn an_approval_that_cannot_be_read_is_named_where_it_would_count() {
    let unread = |login| Act { unread: Some("gone".to_owned()), ..Act::new(1, login, ActKind::Approved) };
    let case = with(ledger(), vec![unread("lena")]);
    let why = "gone".to_owned();
    assert_eq!(state(&case), "team ledger: open");
    assert_eq!(causes(&case), [("lena".to_owned(), LapseCause::Unreadable { why })]);
    assert_eq!(causes(&with(ledger(), vec![unread("maria")])), []);
}

#[test]
fn sign_offs_that_ended_are_named_in_the_order_of_their_reviews() {
    let acts = vec![counted(&ledger(), 7, "lena", false), counted(&ledger(), 3, "tomas", false)];
    let lapsed = slot(&with(ledger(), acts)).lapsed;
    assert_eq!(lapsed.iter().map(|one| one.review_id).collect::<Vec<_>>(), [3, 7]);
}

#[test]
fn a_patch_is_bound_in_place_of_the_content_at_the_base() {
    let fingerprint = |change: &dyn Fn(&mut File)| {
        let mut case = ledger();
        change(&mut case.facts.files[0]);
        slot(&case).fingerprint
    };
    let patch = |file: &mut File, diff: &str| file.diff = Some(diff.to_owned());
    let bound = fingerprint(&|file| patch(file, "one"));
    assert_ne!(bound, fingerprint(&|_| ()), "a patch is no content");
    assert_ne!(bound, fingerprint(&|file| patch(file, "another")));
    // Whether the base's content was asked for, for whatever reason, makes no difference.
    let unread = |file: &mut File| {
        patch(file, "one");
        file.base_blob = None;
    };
    assert_eq!(bound, fingerprint(&unread));
    assert_ne!(fingerprint(&|_| ()), fingerprint(&|file| file.base_blob = None));
}

//! What is true of a pull request, told from GitHub's own state and from what happened, and from nothing of Merestone's: who
//! owns what stands in a table, who signs in another.
//!
//! Where DESIGN leaves room (whoever has had a hand in the change beside the evidence, say), the truth has two ends: what
//! *must* be green, and what *may* be.

use std::collections::{BTreeMap, BTreeSet};

use merestone::standin::world::{Kind, PullRef, World};

use super::step::{LOOSE, PLAIN};

/// Folder and domain of the services.
const SERVICES: [(&str, &str); 3] =
    [("services/checkout/", "commerce"), ("services/ledger/", "commerce"), ("services/login/", "platform")];
const ARCHITECTS: &str = "commerce-architects";
const COUNCIL: &str = "architecture-council";

/// The files of the services that differ from the merge base, with both contents, and the rules in force.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    pub rules: String,
    pub files: BTreeMap<String, (Option<String>, Option<String>)>,
}

impl Evidence {
    /// Who has to sign for it.
    pub fn authority(&self) -> Option<&'static str> {
        let touched = |service: &&(&str, &str)| self.files.keys().any(|path| path.starts_with(service.0));
        let touched: Vec<&(&str, &str)> = SERVICES.iter().filter(touched).collect();
        let one_domain = touched.iter().all(|service| service.1 == "commerce");
        match touched.len() {
            0 | 1 => None,
            _ if self.rules == LOOSE => None,
            _ if self.rules == PLAIN && one_domain => Some(ARCHITECTS),
            _ => Some(COUNCIL),
        }
    }
}

/// What happened that GitHub does not tell of any more.
#[derive(Debug, Default)]
pub struct Log {
    /// By id of the approval that was given on the gated branch: the evidence as it was then, and whether its commit had come to rest before.
    pub approved: BTreeMap<u64, (Evidence, bool)>,
    /// Whoever pushed to a pull request, by its number.
    pub pushed: BTreeSet<(u64, u64)>,
}

/// How sure something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truth {
    pub must: bool,
    pub may: bool,
}

pub fn evidence(world: &World, at: PullRef) -> Evidence {
    let repository = world.repository_of(at.repository).expect("it is there");
    let objects = world.objects(repository);
    let (main, head) = (&repository.branches["main"], &repository.pulls[&at.number].head);
    let base = objects.merge_base(main, head).expect("they have a common beginning");
    let at_commit = |commit: &str, path: &str| Some(objects.commit(commit)?.files.get(path)?.oid.clone());
    let all =
        |commit: &str| objects.commit(commit).expect("it is there").files.keys().cloned().collect::<BTreeSet<_>>();
    let paths: BTreeSet<String> = all(&base).union(&all(head)).cloned().collect();
    let owned = |path: &&String| SERVICES.iter().any(|service| path.starts_with(service.0));
    let both = |path: &String| (path.clone(), (at_commit(&base, path), at_commit(head, path)));
    let files = paths.iter().filter(owned).map(both).filter(|(_, (old, new))| old != new).collect();
    let rules = at_commit(main, ".github/merestone.yml").and_then(|oid| objects.blob(&oid)).expect("there are rules");
    Evidence { rules: String::from_utf8_lossy(&rules).into_owned(), files }
}

/// Whoever wrote a commit of the change: to the evidence, and at all.
fn committers(world: &World, at: PullRef, evidence: &Evidence) -> (BTreeSet<u64>, BTreeSet<u64>) {
    let repository = world.repository_of(at.repository).expect("it is there");
    let objects = world.objects(repository);
    let (mut to_it, mut any) = (BTreeSet::new(), BTreeSet::new());
    for commit in objects.between(&repository.branches["main"], &repository.pulls[&at.number].head) {
        if commit.parents.len() > 1 {
            continue;
        }
        let before = commit.parents.first().and_then(|parent| objects.commit(parent));
        let was = |path: &str| before.and_then(|before| before.files.get(path));
        let who = [commit.author, commit.committer].into_iter().flatten();
        if evidence.files.keys().any(|path| commit.files.get(path) != was(path)) {
            to_it.extend(who.clone());
        }
        any.extend(who);
    }
    (to_it, any)
}

/// What the check of this pull request's head should be as far as this pull request goes.
pub fn truth(world: &World, log: &Log, at: PullRef) -> Truth {
    let evidence = evidence(world, at);
    let Some(authority) = evidence.authority() else { return Truth { must: true, may: true } };
    let organization = world.account_id("acme").expect("acme is there");
    let is_in = |team: &str, who: u64| {
        let person = world.accounts.get(&who).is_some_and(|account| account.kind == Kind::User);
        person && world.team_members(organization, team).is_some_and(|members| members.contains(&who))
    };
    // The council stands above the architects.
    let say = |who: u64| if is_in(COUNCIL, who) { Some(1) } else { is_in(authority, who).then_some(0) };
    let pull = world.pull(at).expect("it is there");
    let (to_it, any) = committers(world, at, &evidence);
    let had_a_hand = |who: u64| any.contains(&who) || log.pushed.contains(&(at.number, who));

    let mut approvals: Vec<(u64, i32, bool)> = Vec::new();
    let mut holds: Vec<(u64, i32, bool)> = Vec::new();
    let spoken = || pull.reviews.iter().filter(|review| review.state != "COMMENTED");
    for review in spoken() {
        let Some(height) = say(review.author).filter(|_| review.author != pull.author) else { continue };
        if spoken().any(|later| later.author == review.author && later.id > review.id) {
            continue;
        }
        let unsure = had_a_hand(review.author);
        let dismissal = pull.dismissals.iter().rev().find(|one| one.review == review.id);
        let (was, by) = dismissal.map_or((review.state.to_lowercase(), None), |one| (one.was.clone(), Some(one.by)));
        let by_push = dismissal.is_some_and(|one| one.commit.is_some());
        match (was.as_str(), by, log.approved.get(&review.id)) {
            // What a push dismisses stands while it is the same.
            ("approved", by, Some((signed, rested)))
                if (by.is_none() || by_push) && *signed == evidence && !to_it.contains(&review.author) =>
            {
                approvals.push((review.id, height, *rested && !unsure));
            }
            ("changes_requested", None, _) => holds.push((review.id, height, true)),
            // Whoever has less of a say dismisses nothing, and nobody does for the own change.
            ("changes_requested", Some(by), _) if by != review.author => {
                if say(by) < Some(height) || by == pull.author {
                    holds.push((review.id, height, true));
                } else if had_a_hand(by) {
                    holds.push((review.id, height, false));
                }
            }
            _ => {}
        }
    }
    let answered = |hold: &(u64, i32, bool), sure: bool| {
        approvals.iter().any(|yes| yes.0 > hold.0 && yes.1 >= hold.1 && (yes.2 || !sure))
    };
    let may = !approvals.is_empty() && holds.iter().filter(|hold| hold.2).all(|hold| answered(hold, false));
    let must = approvals.iter().any(|yes| yes.2) && holds.iter().all(|hold| answered(hold, true));
    Truth { must, may }
}

/// The same of everything open that has this head: the worst of them is shown.
pub fn truth_of_head(world: &World, log: &Log, at: PullRef) -> Truth {
    let head = &world.pull(at).expect("it is there").head;
    let pulls = &world.repository_of(at.repository).expect("it is there").pulls;
    let open = || pulls.values().filter(|pull| pull.open && pull.head == *head);
    // One that goes to the gated branch speaks for those of its head that go aside.
    let gated = open().any(|pull| pull.base_ref == "main");
    let open = open().filter(|pull| !gated || pull.base_ref == "main");
    let all: Vec<Truth> = open.map(|pull| truth(world, log, PullRef { number: pull.number, ..at })).collect();
    Truth { must: all.iter().all(|one| one.must), may: all.iter().all(|one| one.may) }
}

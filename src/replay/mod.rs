//! Past changes judged again: what would have been asked of whom under the rules of today, and under a candidate for them. Pure and
//! deterministic; it stores no clock.
//!
//! A replay judges with nobody's reviews and no people known, as `merestone review` does: it says what a change asks for, not
//! whether it was given. Whether somebody works on foreign ground depends on who is in which team, so a rule that holds for no
//! other reason is not judged, and that is said. A draft is judged as if it were ready.

mod moves;
mod side;
mod spread;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::review::{Basis, Facts, RulesFrom, Scope, Verdict, dead_rules};
use crate::rules::{Enforce, Handle, Mode, Origin};

pub use moves::{Move, moves};
use side::Side;
pub use spread::{Spread, spread};

/// A past change.
#[derive(Debug, Clone)]
pub struct Past {
    /// Which one it is.
    pub id: Change,
    /// What is known of it.
    facts: Facts,
}

/// Which change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Change {
    /// Full name of its repository (`acme/shop`), where it is another than that of the rules.
    pub repository: Option<String>,
    /// Number of its pull request, where known.
    pub number: Option<u64>,
    /// The commit that it landed as, where known.
    pub commit: Option<String>,
    /// Its title.
    pub title: String,
}

impl Past {
    /// A change with its facts.
    pub fn new(id: Change, facts: Facts) -> Self {
        Self { id, facts: Facts { draft: false, ..facts } }
    }

    /// Ids of the contents at the base of which it is not known whether their first lines say that they are generated.
    pub fn unknown_headers(&self) -> impl Iterator<Item = &str> {
        self.facts.files.iter().filter(|file| file.header_unknown()).filter_map(|file| file.base_blob.as_deref())
    }

    /// Tells what the first lines of the contents at the base say: whether they call themselves generated.
    pub fn tell_headers(&mut self, generated: impl Fn(&str) -> Option<bool>) {
        for file in self.facts.files.iter_mut().filter(|file| file.header_unknown()) {
            file.generated_at_base = file.base_blob.as_deref().and_then(&generated);
        }
    }
}

/// A rule that matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// Its id.
    pub rule: String,
    /// What follows.
    pub enforce: Enforce,
    /// Who signs: any of each list.
    pub signers: Vec<Vec<Handle>>,
}

impl Matched {
    /// Whether the change waits and nobody can ever sign.
    pub fn is_stuck(&self) -> bool {
        self.enforce == Enforce::Review && self.signers.iter().any(Vec::is_empty)
    }
}

/// How one change goes under one set of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How far it reaches.
    pub scope: Scope,
    /// Whether it may go ahead.
    pub verdict: Verdict,
    /// Who is asked, teams first.
    pub asked: Vec<Handle>,
    /// The rules that matched.
    pub matched: Vec<Matched>,
    /// Rules that could not be judged, with why.
    pub not_judged: Vec<(String, String)>,
}

impl Outcome {
    /// The ids of the rules that matched with this weight, in the order of the review.
    pub fn rules(&self, enforce: Enforce) -> impl Iterator<Item = &str> {
        self.matched.iter().filter(move |one| one.enforce == enforce).map(|one| one.rule.as_str())
    }

    /// Ids of the rules that keep the change from going ahead.
    pub fn holding(&self) -> BTreeSet<&str> {
        self.rules(Enforce::Review).chain(self.rules(Enforce::Block)).collect()
    }

    /// Whether nothing is shown on the pull request but a green check.
    pub fn is_quiet(&self) -> bool {
        self.matched.iter().all(|one| one.enforce < Enforce::Advise)
    }

    /// Whether it waits and nobody can ever sign.
    pub fn is_stuck(&self) -> bool {
        self.matched.iter().any(Matched::is_stuck)
    }

    /// Whether whoever opened the change would not have noticed a difference. What a rule is called makes none.
    pub fn goes_like(&self, other: &Self) -> bool {
        let waits = |outcome: &Self| -> BTreeSet<(Enforce, Vec<Vec<Handle>>)> {
            let holding = outcome.matched.iter().filter(|one| one.enforce >= Enforce::Review);
            holding.map(|one| (one.enforce, one.signers.clone())).collect()
        };
        self.verdict == other.verdict
            && self.asked == other.asked
            && self.is_quiet() == other.is_quiet()
            && waits(self) == waits(other)
    }
}

/// A change under both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// Which.
    pub change: Change,
    /// Under the rules of today.
    pub before: Outcome,
    /// Under the candidate.
    pub after: Outcome,
}

impl Replayed {
    /// Whether it would have gone otherwise.
    pub fn otherwise(&self) -> bool {
        !self.before.goes_like(&self.after)
    }
}

/// How all changes go under one set of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Sums {
    /// Changes that ask nobody.
    pub asked_nobody: usize,
    /// Changes on which nothing is shown but a green check.
    pub quiet: usize,
    /// Changes that wait for a sign-off and are not blocked.
    pub held: usize,
    /// Changes that are blocked.
    pub blocked: usize,
    /// Changes that wait where nobody can ever sign.
    pub stuck: usize,
    /// Requests in all: a team or person once for each change.
    pub requests: usize,
}

/// How often something would have come about under the rules of today and under the candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count<T> {
    /// What.
    pub of: T,
    /// Under the rules of today.
    pub before: usize,
    /// Under the candidate.
    pub after: usize,
}

/// A rule of the candidate that matched nothing and that no file there is could make match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dead {
    /// Its id.
    pub rule: String,
    /// The line that it begins on.
    pub line: u32,
}

/// What a replay found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// The changes, in the order in which they were given.
    pub changes: Vec<Replayed>,
    /// The sums under the rules of today.
    pub before: Sums,
    /// The sums under the candidate.
    pub after: Sums,
    /// How many changes each team and person is asked about, the most asked first.
    pub load: Vec<Count<Handle>>,
    /// How many changes each rule shows itself on, the most frequent first.
    pub rules: Vec<Count<String>>,
    /// Files that change owner, those of most files first.
    pub moves: Vec<Move>,
    /// Rules of the candidate that can match nothing.
    pub dead: Vec<Dead>,
    /// Patterns of the candidate that match in unexpected places.
    pub spread: Vec<Spread>,
    /// Rules that could not be judged, with why.
    pub not_judged: BTreeMap<String, String>,
    /// Whether rules were judged as if they said `mode: on`, since neither side would have asked anybody.
    pub as_if_on: bool,
}

impl Replay {
    /// The changes that would have gone otherwise.
    pub fn otherwise(&self) -> impl Iterator<Item = &Replayed> {
        self.changes.iter().filter(|one| one.otherwise())
    }

    /// Whether the candidate makes any difference to these changes and files.
    pub fn makes_a_difference(&self) -> bool {
        !self.moves.is_empty() || self.otherwise().next().is_some()
    }
}

/// Judges past changes under two sets of rules.
#[derive(Debug)]
pub struct Replayer {
    today: Side,
    candidate: Side,
    as_if_on: bool,
}

impl Replayer {
    /// Prepares both. `now` is the day on which exceptions of the rules end or not.
    ///
    /// Where a ceiling (`mode`) keeps both from asking anybody, rules files are judged as if they said `on`: what they would ask
    /// for is what there is to compare. The pack that stands in for a missing rules file asks nobody in any case.
    pub fn new(mut today: Basis, mut candidate: Basis, now: DateTime<Utc>) -> Self {
        let asks_nobody = |basis: &Basis| basis.rules.mode < Mode::On;
        let is_file = |basis: &Basis| basis.rules_from != RulesFrom::Startup;
        let as_if_on = asks_nobody(&today) && asks_nobody(&candidate) && (is_file(&today) || is_file(&candidate));
        for basis in [&mut today, &mut candidate] {
            if as_if_on && is_file(basis) {
                basis.rules.mode = Mode::On;
                if let Some(floor) = &mut basis.rules.floor {
                    floor.mode = Mode::On;
                }
            }
        }
        Self { today: Side::new(today, now), candidate: Side::new(candidate, now), as_if_on }
    }

    /// Whether either asks how many lines change.
    pub fn asks_lines(&self) -> bool {
        self.today.asks_lines() || self.candidate.asks_lines()
    }

    /// One change under both.
    pub fn judge(&self, past: &Past) -> Replayed {
        let (before, after) = (self.today.judge(&past.facts), self.candidate.judge(&past.facts));
        Replayed { change: past.id.clone(), before, after }
    }

    /// Whether [`Self::judge`] may answer otherwise once it is known what the first lines of the files at the base say. `judged` is
    /// what it answered.
    ///
    /// Unknown ones count, and a larger change is never judged milder: what is quiet stays so.
    pub fn needs_headers(&self, past: &Past, judged: &Replayed) -> bool {
        let settled = |outcome: &Outcome| outcome.scope <= Scope::Team && outcome.is_quiet();
        if (settled(&judged.before) && settled(&judged.after)) || past.unknown_headers().next().is_none() {
            return false;
        }
        let mut generated = past.clone();
        generated.tell_headers(|_| Some(true));
        self.judge(&generated) != *judged
    }

    /// Sums up the changes, in the order given, and says what else the candidate does to the files of `listing`; where there is no
    /// listing, nothing is said of files.
    pub fn sum(&self, changes: Vec<Replayed>, listing: Option<&[String]>) -> Replay {
        let (today, candidate) = (self.today.basis(), self.candidate.basis());
        let mut load: BTreeMap<&Handle, (usize, usize)> = BTreeMap::new();
        let mut rules: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let mut not_judged = BTreeMap::new();
        let mut matched: BTreeSet<&str> = BTreeSet::new();
        for one in &changes {
            one.before.asked.iter().for_each(|who| load.entry(who).or_default().0 += 1);
            one.after.asked.iter().for_each(|who| load.entry(who).or_default().1 += 1);
            shown(&one.before).for_each(|rule| rules.entry(rule).or_default().0 += 1);
            shown(&one.after).for_each(|rule| rules.entry(rule).or_default().1 += 1);
            matched.extend(one.after.matched.iter().map(|one| one.rule.as_str()));
            for (rule, why) in one.before.not_judged.iter().chain(&one.after.not_judged) {
                not_judged.entry(rule.clone()).or_insert_with(|| why.clone());
            }
        }
        let dead = listing.map(|listing| dead_rules(candidate, listing)).unwrap_or_default();
        let dead = dead
            .into_iter()
            // What packs and the organisation say beneath is not this file's.
            .filter(|rule| rule.place.origin == Origin::Own)
            .filter(|rule| !matched.contains(rule.id.as_str()) && !not_judged.contains_key(&rule.id))
            .map(|rule| Dead { rule: rule.id.clone(), line: rule.place.line })
            .collect();
        let (load, rules) = (counts(load, Handle::clone), counts(rules, str::to_owned));
        Replay {
            before: sums(changes.iter().map(|one| &one.before)),
            after: sums(changes.iter().map(|one| &one.after)),
            load,
            rules,
            moves: listing.map(|listing| moves(today, candidate, listing)).unwrap_or_default(),
            dead,
            spread: listing.map(|listing| spread(today, candidate, listing)).unwrap_or_default(),
            not_judged,
            as_if_on: self.as_if_on,
            changes,
        }
    }
}

fn shown(outcome: &Outcome) -> impl Iterator<Item = &str> {
    let shown = outcome.matched.iter().filter(|one| one.enforce >= Enforce::Advise);
    shown.map(|one| one.rule.as_str())
}

/// The largest first, then by name.
fn counts<K: Ord + Copy, T>(counted: BTreeMap<K, (usize, usize)>, own: impl Fn(K) -> T) -> Vec<Count<T>> {
    let mut sorted: Vec<(K, (usize, usize))> = counted.into_iter().collect();
    sorted.sort_by_key(|(_, (before, after))| usize::MAX - before.max(after));
    sorted.into_iter().map(|(of, (before, after))| Count { of: own(of), before, after }).collect()
}

fn sums<'o>(outcomes: impl Iterator<Item = &'o Outcome>) -> Sums {
    outcomes.fold(Sums::default(), |mut sums, one| {
        sums.asked_nobody += usize::from(one.asked.is_empty());
        sums.quiet += usize::from(one.is_quiet());
        sums.held += usize::from(one.verdict == Verdict::SignOff);
        sums.blocked += usize::from(one.verdict == Verdict::Blocked);
        sums.stuck += usize::from(one.is_stuck());
        sums.requests += one.asked.len();
        sums
    })
}

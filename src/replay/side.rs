//! One of the two sets of rules that changes are judged under.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::review::{Asking, Basis, Facts, Input, Note, People, Review, judge};
use crate::rules::When;

use super::{Matched, Outcome};

/// A basis, and what it takes to judge by it with no people known.
#[derive(Debug)]
pub(super) struct Side {
    basis: Basis,
    now: DateTime<Utc>,
    /// Ids of the rules that ask whose ground it is, anywhere in their condition.
    foreign: BTreeSet<String>,
    /// What of the author or the pull request `skip` asks.
    skip_asks: Vec<&'static str>,
    /// The same basis without some of the rules in [`Self::foreign`].
    without: Mutex<BTreeMap<BTreeSet<String>, Arc<Basis>>>,
}

impl Side {
    pub fn new(basis: Basis, now: DateTime<Utc>) -> Self {
        let asks = |when: &When| when.foreign.is_some();
        let foreign = basis.rules.rules.iter().filter(|rule| anywhere(&rule.when, &asks)).map(|rule| rule.id.clone());
        let foreign = foreign.collect();
        let skip_asks = basis.rules.skip.as_ref().map(asks_of_the_pull).unwrap_or_default();
        Self { basis, now, foreign, skip_asks, without: Mutex::default() }
    }

    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// Whether any condition asks how many lines change.
    pub fn asks_lines(&self) -> bool {
        let rules = &self.basis.rules;
        let mut conditions = rules.rules.iter().map(|rule| &rule.when).chain(&rules.skip);
        conditions.any(|when| anywhere(when, &|when| when.size.is_some_and(|size| size.lines.is_some())))
    }

    /// How this change goes.
    pub fn judge(&self, facts: &Facts) -> Outcome {
        let mut not_judged = Vec::new();
        let mut review = self.review(&self.basis, facts);
        let untold = |review: &Review| -> BTreeSet<String> {
            let held = review.findings.iter().filter(|one| one.cannot_tell && self.foreign.contains(&one.rule));
            held.map(|one| one.rule.clone()).collect()
        };
        let unjudged = untold(&review);
        if !unjudged.is_empty() {
            let why = "`foreign` asks who is in which team, and a replay knows nobody's";
            not_judged.extend(unjudged.iter().map(|rule| (rule.clone(), why.to_owned())));
            review = self.review(&self.without(unjudged), facts);
        }
        let missing = |key: &&&str| match **key {
            "author" | "foreign" => facts.author.is_none(),
            "labels" => facts.labels.is_none(),
            "title" => facts.title.is_none(),
            _ => facts.base.is_none(),
        };
        if let Some(key) = self.skip_asks.iter().find(missing) {
            not_judged.push(("skip".to_owned(), format!("`{key}` asks about a pull request, and none is given")));
        }
        not_judged.extend(review.notes.iter().filter_map(|note| match note {
            Note::NotJudged { rule, why } => Some((rule.clone(), why.clone())),
            Note::RuleSkipped { rule, keys } => {
                Some((rule.clone(), format!("this version does not judge {} yet", keys.join(", "))))
            }
            Note::Configuration { .. } => None,
        }));
        let matched = review.findings.into_iter().map(|finding| Matched {
            rule: finding.rule,
            enforce: finding.enforce,
            signers: finding.slots.into_iter().map(|slot| slot.from).collect(),
        });
        Outcome {
            scope: review.scope,
            verdict: review.verdict,
            asked: review.reviewers.teams.into_iter().chain(review.reviewers.users).collect(),
            matched: matched.collect(),
            not_judged,
        }
    }

    fn review(&self, basis: &Basis, facts: &Facts) -> Review {
        let (people, asking) = (People::default(), Asking::default());
        judge(Input { basis, facts, acts: &[], people: &people, asking: &asking, edited: None, now: self.now })
    }

    /// The basis without these rules.
    fn without(&self, rules: BTreeSet<String>) -> Arc<Basis> {
        // A panic elsewhere cannot leave the map half-changed.
        let mut kept = self.without.lock().unwrap_or_else(PoisonError::into_inner);
        let make = |rules: &BTreeSet<String>| {
            let mut basis = self.basis.clone();
            basis.rules.rules.retain(|rule| !rules.contains(&rule.id));
            Arc::new(basis)
        };
        Arc::clone(kept.entry(rules).or_insert_with_key(make))
    }
}

/// Whether this holds of a condition, or of one within it.
fn anywhere(when: &When, holds: &impl Fn(&When) -> bool) -> bool {
    holds(when) || when.inner().any(|inner| anywhere(inner, holds))
}

/// The keys by which a condition asks about the author or the pull request.
fn asks_of_the_pull(when: &When) -> Vec<&'static str> {
    let asks = [
        ("author", anywhere(when, &|when: &When| when.author.is_some())),
        ("foreign", anywhere(when, &|when: &When| when.foreign.is_some())),
        ("labels", anywhere(when, &|when: &When| when.labels.is_some())),
        ("title", anywhere(when, &|when: &When| when.title.is_some())),
        ("base", anywhere(when, &|when: &When| when.base.is_some())),
    ];
    asks.into_iter().filter(|(_, asks)| *asks).map(|(key, _)| key).collect()
}

//! Whether a `when` holds, and of which files.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Not;

use crate::rules::{Crosses, PatternSet, RULES_PATH, When};

use super::owners::{Owned, OwnerMap};
use super::people::Crowd;
use super::reach::{Changed, Touch};
use super::{Committers, Facts, Scope};

/// The three answers of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    No,
    CannotTell,
    Yes,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Not for Truth {
    type Output = Self;
    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::CannotTell => Self::CannotTell,
            Self::Yes => Self::No,
        }
    }
}

/// An answer with the files that gave it: by index, with why it could not be told.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub truth: Truth,
    pub files: BTreeMap<usize, Option<String>>,
}

/// What a condition is asked of.
pub(super) struct Asked<'a> {
    pub facts: &'a Facts,
    pub changed: &'a [Changed<'a>],
    pub counting: &'a BTreeSet<usize>,
    pub scope: Scope,
    pub owners: &'a OwnerMap<'a>,
    pub crowd: &'a Crowd<'a>,
}

impl Asked<'_> {
    /// Whether `when` holds. `strict`: a milder verdict follows if it does (`skip`, inside `not`), so that `author` wants the
    /// opener and every committer named.
    pub fn of(&self, when: &When, strict: bool) -> Answer {
        let mut parts: Vec<Answer> = Vec::new();
        // What speaks of files, or says itself which files it is about, decides the evidence; where nothing does, all files are.
        if has_file_keys(when) {
            parts.push(self.of_files(when, strict));
        }
        if let Some(crosses) = when.crosses {
            let beyond = match crosses {
                Crosses::Team => Scope::Team,
                Crosses::Domain => Scope::Domain,
            };
            let files = self.counting.iter().map(|index| (*index, None)).collect();
            parts.push(Answer { truth: (self.scope > beyond).into(), files });
        }
        if !when.any.is_empty() {
            parts.push(one_of(when.any.iter().map(|inner| self.of(inner, strict))));
        }
        if !when.all.is_empty() {
            parts.push(every(when.all.iter().map(|inner| self.of(inner, strict))));
        }
        let mut plain: Vec<Truth> = Vec::new();
        if let Some(inner) = &when.not {
            plain.push(!self.of(inner, !strict).truth);
        }
        if let Some(size) = when.size {
            plain.push(self.size(size.files, size.lines));
        }
        if let Some(labels) = &when.labels {
            let told = self.facts.labels.as_ref();
            plain.push(told_of(told, |given| given.iter().any(|label| labels.matches(label))));
        }
        if let Some(base) = &when.base {
            plain.push(told_of(self.facts.base.as_deref(), |name| base.matches(name)));
        }
        if let Some(title) = &when.title {
            plain.push(told_of(self.facts.title.as_deref(), |text| title.is_match(text)));
        }
        if let Some(author) = &when.author {
            plain.push(self.author(author, strict));
        }
        if let Some(wanted) = when.rules {
            let edits = self.changed.iter().any(|one| one.touches.iter().any(|touch| touch.path == RULES_PATH));
            plain.push((edits == wanted).into());
        }
        let truth = plain.into_iter().min();
        if parts.is_empty() {
            let files = (0..self.changed.len()).map(|index| (index, None)).collect();
            return Answer { truth: truth.unwrap_or(Truth::No), files };
        }
        let mut answer = every(parts.into_iter());
        answer.truth = answer.truth.min(truth.unwrap_or(Truth::Yes));
        answer
    }

    /// Why a condition cannot be told for want of an author or a pull request, if it asks for what they would say.
    pub fn without(&self, when: &When) -> Option<String> {
        let facts = self.facts;
        let no_author = facts.author.is_none();
        let author = [("foreign", when.foreign.is_some()), ("author", when.author.is_some())];
        let pull = [
            ("labels", when.labels.is_some() && facts.labels.is_none()),
            ("title", when.title.is_some() && facts.title.is_none()),
            ("base", when.base.is_some() && facts.base.is_none()),
        ];
        if let Some((key, _)) = author.iter().find(|(_, asks)| *asks && no_author) {
            return Some(format!("`{key}` asks who the author is, and no author is given"));
        }
        if let Some((key, _)) = pull.iter().find(|(_, asks)| *asks) {
            return Some(format!("`{key}` asks about a pull request, and none is given"));
        }
        when.inner().find_map(|inner| self.without(inner))
    }

    fn of_files(&self, when: &When, strict: bool) -> Answer {
        let mut truth = Truth::No;
        let mut files = BTreeMap::new();
        for (index, one) in self.changed.iter().enumerate() {
            let mut best = (Truth::No, None);
            for touch in &one.touches {
                let (holds, why) = self.of_touch(when, touch, strict);
                if holds > best.0 {
                    best = (holds, why);
                }
            }
            if best.0 > Truth::No {
                truth = truth.max(best.0);
                files.insert(index, best.1);
            }
        }
        Answer { truth, files }
    }

    /// Whether every key of files holds of one path.
    pub(crate) fn of_touch(&self, when: &When, touch: &Touch, strict: bool) -> (Truth, Option<String>) {
        let owned = if strict { touch.owned.without_beside() } else { Cow::Borrowed(&touch.owned) };
        let plain = when.paths.as_ref().is_none_or(|set| set.matches(&touch.path))
            && owner_keys_hold(self.owners, when, &owned);
        if !plain {
            return (Truth::No, None);
        }
        match when.foreign {
            Some(wanted) => self.foreign(touch, wanted),
            None => (Truth::Yes, None),
        }
    }

    /// `foreign`: no team of the author's owns the path, the author being everybody who had a hand in the change. Files that do
    /// not count are nobody's own and nobody's foreign ground.
    fn foreign(&self, touch: &Touch, wanted: bool) -> (Truth, Option<String>) {
        if !touch.counts {
            return (Truth::No, None);
        }
        if self.facts.author.is_none() {
            return (Truth::CannotTell, Some("no author is given".to_owned()));
        }
        let mut unknown: Vec<String> = Vec::new();
        for login in self.facts.hands() {
            let is_bot = self.facts.author_is_bot && self.facts.author.as_deref() == Some(login);
            let belongs: Vec<Option<bool>> =
                touch.owned.teams.iter().map(|team| self.crowd.belongs(login, is_bot, team)).collect();
            if belongs.contains(&Some(true)) {
                continue;
            }
            if !belongs.contains(&None) {
                return (wanted.into(), None);
            }
            // By the names that the rules give them, which outsiders may read.
            unknown.push(format!("{login} belongs to {}", touch.owned.teams.join(" or ")));
        }
        match unknown.first() {
            None => ((!wanted).into(), None),
            Some(first) => (Truth::CannotTell, Some(format!("whether {first} could not be told"))),
        }
    }

    fn size(&self, files: Option<u64>, lines: Option<u64>) -> Truth {
        let many = files.is_some_and(|limit| self.changed.len() as u64 > limit);
        let long = match lines {
            None => Truth::No,
            Some(limit) => {
                let known =
                    |one: &Changed<'_>| one.file.additions.unwrap_or(0).saturating_add(one.file.deletions.unwrap_or(0));
                let sum = self.changed.iter().fold(0_u64, |sum, one| sum.saturating_add(known(one)));
                let all_known =
                    self.changed.iter().all(|one| one.file.additions.is_some() && one.file.deletions.is_some());
                match (sum > limit, all_known) {
                    (true, _) => Truth::Yes,
                    (false, true) => Truth::No,
                    (false, false) => Truth::CannotTell,
                }
            }
        };
        long.max(many.into())
    }

    fn author(&self, named: &PatternSet, strict: bool) -> Truth {
        let Some(opener) = self.facts.author.as_deref() else {
            return Truth::CannotTell;
        };
        if !named.matches(opener) {
            return Truth::No;
        }
        if !strict {
            return Truth::Yes;
        }
        if !self.facts.hands().all(|login| named.matches(login)) {
            return Truth::No;
        }
        match &self.facts.committers {
            Committers::Known(_) => Truth::Yes,
            Committers::Partly(_) | Committers::Unknown => Truth::CannotTell,
        }
    }
}

/// Whether those hold that ask whose a path is.
pub(crate) fn owner_keys_hold(owners: &OwnerMap<'_>, when: &When, owned: &Owned) -> bool {
    let any_team = |holds: &dyn Fn(&str) -> bool| owned.teams.iter().any(|team| holds(team));
    when.services.as_ref().is_none_or(|set| owned.service.as_deref().is_some_and(|name| set.matches(name)))
        && when.tiers.as_ref().is_none_or(|set| owned.tier.as_deref().is_some_and(|name| set.matches(name)))
        && when.teams.as_ref().is_none_or(|set| any_team(&|team| names_team(owners, set, team)))
        && when
            .domains
            .as_ref()
            .is_none_or(|set| any_team(&|team| owners.domain(team).is_some_and(|domain| set.matches(domain))))
        && when.unowned.is_none_or(|wanted| owned.teams.is_empty() == wanted)
}

/// Whether a set of names means this team: by its name here, or as its handle is written with or without `@`.
pub(crate) fn names_team(owners: &OwnerMap<'_>, set: &PatternSet, team: &str) -> bool {
    let handle = owners.handle(team);
    let written = handle.as_str();
    set.matches(team) || set.matches(written) || set.matches(written.trim_start_matches('@'))
}

/// Whether a condition has a key of files of its own.
pub(crate) fn has_file_keys(when: &When) -> bool {
    when.paths.is_some()
        || when.services.is_some()
        || when.teams.is_some()
        || when.domains.is_some()
        || when.tiers.is_some()
        || when.foreign.is_some()
        || when.unowned.is_some()
}

/// All must hold; the evidence is what the parts give together.
fn every(parts: impl Iterator<Item = Answer>) -> Answer {
    let mut together = Answer { truth: Truth::Yes, files: BTreeMap::new() };
    for part in parts {
        together.truth = together.truth.min(part.truth);
        add(&mut together.files, part.files);
    }
    together
}

/// One must hold; the evidence is what those that hold (or cannot tell) give together.
fn one_of(parts: impl Iterator<Item = Answer>) -> Answer {
    let mut together = Answer { truth: Truth::No, files: BTreeMap::new() };
    for part in parts.filter(|part| part.truth > Truth::No) {
        together.truth = together.truth.max(part.truth);
        add(&mut together.files, part.files);
    }
    together
}

/// A file that one part is sure of needs no excuse from another.
fn add(to: &mut BTreeMap<usize, Option<String>>, from: BTreeMap<usize, Option<String>>) {
    for (index, why) in from {
        to.entry(index)
            .and_modify(|known| {
                if why.is_none() {
                    *known = None
                }
            })
            .or_insert(why);
    }
}

/// What is not there to be asked cannot be told.
fn told_of<T>(given: Option<T>, holds: impl FnOnce(T) -> bool) -> Truth {
    given.map_or(Truth::CannotTell, |given| holds(given).into())
}

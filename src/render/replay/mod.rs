//! What a replay found out: on a terminal, as lines of JSON, and as the first section of the comment on a pull request that edits
//! what it is judged by.

mod comment;
mod json;
mod text;

use crate::replay::{Move, Outcome, Replay, Replayed, Spread};
use crate::rules::{Enforce, Handle};

use super::phrase::Phrase;
use super::words::NAME;

pub use comment::Preview;
pub(super) use comment::{heading, section};
pub(super) use json::json;
pub(super) use text::text;

/// Stands for a team that outsiders must not learn of.
const UNSEEN: &str = "a team that you cannot see";

/// Says what a replay found, and names nobody who is not to be named.
#[derive(Debug, Clone, Copy)]
struct Teller<'a> {
    replay: &'a Replay,
    /// Teams that are not named.
    hidden: &'a [Handle],
}

impl Teller<'_> {
    fn handle(&self, handle: &Handle) -> Phrase {
        if self.hidden.contains(handle) { Phrase::ours(UNSEEN) } else { Phrase::name(handle.short(), NAME) }
    }

    /// Owners by their names in the rules, or as CODEOWNERS writes them.
    fn owners(&self, names: &[String]) -> Phrase {
        let name = |name: &String| {
            if name.starts_with('@') { self.handle(&Handle::new(name)) } else { Phrase::name(name, NAME) }
        };
        Phrase::list(names.iter().map(name), "and", 3)
    }

    /// How one change would have gone otherwise: `frozen no longer holds it, asks payments`.
    fn turn(&self, one: &Replayed) -> Phrase {
        let (before, after) = (&one.before, &one.after);
        let rules = |outcome: &Outcome, enforce: Enforce| -> Vec<String> {
            outcome.rules(enforce).map(str::to_owned).collect()
        };
        let lost = |of: &[String], than: &[String]| -> Vec<Phrase> {
            of.iter().filter(|rule| !than.contains(rule)).map(|rule| Phrase::code(rule, NAME)).collect()
        };
        let held: Vec<String> = before.holding().into_iter().map(str::to_owned).collect();
        let holds: Vec<String> = after.holding().into_iter().map(str::to_owned).collect();
        let (no_more, newly) = (lost(&held, &holds), lost(&holds, &held));
        let say = |rules: Vec<Phrase>, one: &'static str, many: &'static str| {
            let template = if rules.len() == 1 { one } else { many };
            if rules.is_empty() { Phrase::default() } else { Phrase::fill(template, [Phrase::list(rules, "and", 4)]) }
        };
        let mut parts = vec![
            say(no_more, "{} no longer holds it", "{} no longer hold it"),
            say(newly, "{} holds it", "{} hold it"),
        ];
        // The same rule with another weight.
        let (was_block, is_block) = (rules(before, Enforce::Block), rules(after, Enforce::Block));
        let moved = |of: &[String], than: &[String], both: &[String]| -> Vec<Phrase> {
            let other = of.iter().filter(|rule| !than.contains(rule) && both.contains(rule));
            other.map(|rule| Phrase::code(rule, NAME)).collect()
        };
        parts.push(say(moved(&is_block, &was_block, &held), "{} blocks it", "{} block it"));
        parts.push(say(
            moved(&was_block, &is_block, &holds),
            "{} asks for a sign-off in place of blocking it",
            "{} ask for a sign-off in place of blocking it",
        ));
        let only = |of: &[Handle], than: &[Handle]| -> Vec<Phrase> {
            of.iter().filter(|who| !than.contains(who)).map(|who| self.handle(who)).collect()
        };
        let (gone, new) = (only(&before.asked, &after.asked), only(&after.asked, &before.asked));
        match (gone.is_empty(), new.is_empty()) {
            (true, true) => {}
            (true, false) => parts.push(Phrase::fill("{} asked", [Phrase::list(new, "and", 3)])),
            (false, true) => parts.push(Phrase::fill("{} not asked", [Phrase::list(gone, "and", 3)])),
            (false, false) => parts.push(Phrase::fill(
                "{} asked in place of {}",
                [Phrase::list(new, "and", 3), Phrase::list(gone, "and", 3)],
            )),
        }
        if !before.is_stuck() && after.is_stuck() {
            parts.push(Phrase::ours("nobody could ever sign it"));
        }
        if parts.iter().all(Phrase::is_empty) {
            parts.push(Phrase::ours(match (before.is_quiet(), after.is_quiet()) {
                (true, false) => "advice is shown",
                (false, true) => "nothing is shown any more",
                _ => "others could sign it",
            }));
        }
        Phrase::join(parts, "; ")
    }

    /// `34 files go from payments to catalog`, `2 files lose their owner payments`.
    fn moved(&self, one: &Move) -> Phrase {
        let files = Phrase::count(one.files, "file", "files");
        let single = one.files == 1;
        match (one.from.is_empty(), one.to.is_empty()) {
            (_, true) => {
                let template = if single { "{} loses its owner {}" } else { "{} lose their owner {}" };
                Phrase::fill(template, [files, self.owners(&one.from)])
            }
            (true, false) => {
                let template = if single { "{} that nobody owned goes to {}" } else { "{} that nobody owned go to {}" };
                Phrase::fill(template, [files, self.owners(&one.to)])
            }
            (false, false) => {
                let template = if single { "{} goes from {} to {}" } else { "{} go from {} to {}" };
                Phrase::fill(template, [files, self.owners(&one.from), self.owners(&one.to)])
            }
        }
    }

    /// `line 41: docs/ matches in 7 folders; /docs/ is the one at the root`.
    fn spread(&self, one: &Spread) -> Phrase {
        let line = Phrase::number(usize::try_from(one.line).unwrap_or(usize::MAX));
        let (pattern, folders) = (Phrase::code(&one.pattern, 120), Phrase::number(one.folders));
        match &one.instead {
            Some(instead) => Phrase::fill(
                "line {}: {} matches in {} folders; {} is the one at the root",
                [line, pattern, folders, Phrase::code(instead, 120)],
            ),
            None => {
                let some = Phrase::list(one.sample.iter().map(|folder| Phrase::code(folder, 120)), "and", 3);
                Phrase::fill("line {}: {} matches in {} folders, such as {}", [line, pattern, folders, some])
            }
        }
    }

    /// What is to be known of the figures.
    fn notes(&self) -> Vec<Phrase> {
        let mut notes = Vec::new();
        if self.replay.as_if_on {
            notes.push(Phrase::ours(
                "Neither would have asked anybody, as `mode` is a ceiling; these figures are what the rules ask for in `mode: on`.",
            ));
        }
        let not_judged = self.replay.not_judged.iter();
        notes.extend(not_judged.map(|(rule, why)| {
            let why = Phrase::theirs(why, 300);
            match rule.as_str() {
                "skip" => Phrase::fill("Whether {} holds was not judged: {}.", [Phrase::code(rule, NAME), why]),
                _ => Phrase::fill("{} was not judged: {}.", [Phrase::code(rule, NAME), why]),
            }
        }));
        notes
    }
}

//! The section of the comment that says what an edit of the rules would have done: the effect first, then what to look at, then
//! each change that would have gone otherwise, folded.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::replay::{Change, Replay};
use crate::rules::Handle;

use super::super::Context;
use super::super::comment::{fold, list, paragraph};
use super::super::phrase::Phrase;
use super::super::shown::{self, Shown, Target};
use super::super::words::NAME;
use super::Teller;

/// So many teams and people are rows of the table.
const ROWS: usize = 6;
/// So many changes are named in one line.
const NAMED: usize = 5;
/// So many lines of each kind are things to look at.
const LINES: usize = 6;
/// So many changes are named in the fold.
const FOLDED: usize = 50;

/// What an edit of the rules would have done to past pull requests.
#[derive(Debug, Clone)]
pub struct Preview {
    /// What the replay found.
    pub replay: Arc<Replay>,
    /// Teams that whoever reads this may not see.
    pub hidden: Vec<Handle>,
    /// Why it is not known which files change owner; `None`: it is.
    pub not_listed: Option<String>,
}

/// The effect in a sentence: the comment's heading.
pub(in super::super) fn heading(preview: &Preview) -> Phrase {
    let replay = &preview.replay;
    let (before, after) = (replay.before.requests, replay.after.requests);
    let over = match replay.changes.len() {
        0 => return Phrase::ours("This edit changes what pull requests are judged by"),
        1 => Phrase::ours("the last pull request"),
        many => Phrase::fill("the last {} pull requests", [Phrase::number(many)]),
    };
    let reviews = |number: usize, fewer: bool| {
        let what = match (number, fewer) {
            (1, true) => "review fewer",
            (1, false) => "review more",
            (_, true) => "fewer reviews",
            (_, false) => "more reviews",
        };
        Phrase::fill("{} {}", [Phrase::number(number), Phrase::ours(what)])
    };
    match replay.otherwise().count() {
        0 => Phrase::fill("This edit would have changed nothing in {}", [over]),
        _ if after < before => {
            Phrase::fill("This edit would have asked for {} in {}", [reviews(before - after, true), over])
        }
        _ if after > before => {
            Phrase::fill("This edit would have asked for {} in {}", [reviews(after - before, false), over])
        }
        _ if replay.changes.len() == 1 => Phrase::fill("This edit would have made a difference to {}", [over]),
        some => Phrase::fill("This edit would have made a difference to {} of {}", [Phrase::number(some), over]),
    }
}

/// The section, in at most `most` bytes.
pub(in super::super) fn section(preview: &Preview, context: &Context, most: usize) -> Shown {
    let writer = Writer { teller: Teller { replay: &preview.replay, hidden: &preview.hidden }, preview, context };
    let mut out = Shown::default();
    let mut add = |part: &Shown| {
        // Four bytes of line breaks around it.
        let fits = out.len() + part.len() + 4 <= most;
        if fits {
            paragraph(&mut out, part);
        }
        fits
    };
    add(&writer.table());
    let mut looks = writer.looks();
    let notes: Vec<Shown> = writer.teller.notes().iter().map(Phrase::shown).collect();
    while !looks.is_empty() && !add(&Shown::fill("**Look at these**\n{}", &[&list(looks.clone())])) {
        looks.pop();
    }
    if !notes.is_empty() {
        add(&list(notes));
    }
    let mut named = FOLDED;
    while let Some(part) = writer.otherwise(named) {
        if add(&part) {
            break;
        }
        named /= 2;
    }
    out
}

struct Writer<'a> {
    teller: Teller<'a>,
    preview: &'a Preview,
    context: &'a Context,
}

impl Writer<'_> {
    /// The figures, before and after. Nothing where no change was judged yet.
    fn table(&self) -> Shown {
        let replay = self.teller.replay;
        if replay.changes.is_empty() {
            return Shown::ours("No pull request has been judged here yet, so there is nothing to compare with.");
        }
        let over = Phrase::fill("last {}", [Phrase::count(replay.changes.len(), "pull request", "pull requests")]);
        let mut table = Shown::fill("| {} | today | after |\n|---|---|---|", &[&over.shown()]);
        let (before, after) = (replay.before, replay.after);
        let mut rows = vec![(Phrase::ours("asked nobody"), before.asked_nobody, after.asked_nobody)];
        rows.extend(
            replay
                .load
                .iter()
                .take(ROWS)
                .map(|one| (Phrase::fill("waited for {}", [self.teller.handle(&one.of)]), one.before, one.after)),
        );
        if replay.load.len() > ROWS {
            let rest = replay.load.iter().skip(ROWS);
            let (old, new) = rest.fold((0, 0), |(old, new), one| (old + one.before, new + one.after));
            let others = Phrase::count(replay.load.len() - ROWS, "other", "others");
            rows.push((Phrase::fill("waited for {}, in all", [others]), old, new));
        }
        rows.push((Phrase::ours("blocked"), before.blocked, after.blocked));
        if before.stuck + after.stuck > 0 {
            rows.push((Phrase::ours("waited where nobody can ever sign"), before.stuck, after.stuck));
        }
        for (what, before, after) in rows {
            let row = [&what.shown_flat(), &Shown::number(before), &Shown::number(after)];
            table.push(&Shown::fill("\n| {} | {} | {} |", &row));
        }
        table
    }

    /// What deserves a look: the most telling first.
    fn looks(&self) -> Vec<Shown> {
        let replay = self.teller.replay;
        let mut looks = self.rules();
        looks.extend(replay.moves.iter().take(LINES).map(|one| {
            let place = if one.folder.is_empty() {
                Phrase::list(one.sample.iter().map(|path| Phrase::code(path, 120)), "and", 2)
            } else {
                Phrase::code(&one.folder, 120)
            };
            Shown::fill("{} ({})", &[&self.teller.moved(one).shown(), &place.shown()])
        }));
        if replay.moves.len() > LINES {
            let files: usize = replay.moves.iter().skip(LINES).map(|one| one.files).sum();
            looks.push(Phrase::fill("{} more change owner", [Phrase::count(files, "file", "files")]).shown());
        }
        if let Some(why) = &self.preview.not_listed {
            looks.push(Phrase::fill("Which files change owner is not known: {}", [Phrase::theirs(why, 200)]).shown());
        }
        looks.extend(replay.dead.iter().take(LINES).map(|one| {
            let line = Phrase::number(usize::try_from(one.line).unwrap_or(usize::MAX));
            let rule = Phrase::code(&one.rule, NAME);
            Phrase::fill("line {}: {} matched nothing, and no file there is could make it match", [line, rule]).shown()
        }));
        looks.extend(replay.spread.iter().take(LINES).map(|one| self.teller.spread(one).shown()));
        looks
    }

    /// Of each rule the changes that it holds newly, or no longer.
    fn rules(&self) -> Vec<Shown> {
        let mut turned: BTreeMap<(&str, bool), Vec<&Change>> = BTreeMap::new();
        for one in self.teller.replay.otherwise() {
            let (before, after) = (one.before.holding(), one.after.holding());
            for rule in before.difference(&after) {
                turned.entry((rule, false)).or_default().push(&one.change);
            }
            for rule in after.difference(&before) {
                turned.entry((rule, true)).or_default().push(&one.change);
            }
        }
        let mut turned: Vec<_> = turned.into_iter().collect();
        turned.sort_by_key(|(_, changes)| usize::MAX - changes.len());
        let line = |((rule, holds), changes): ((&str, bool), Vec<&Change>)| {
            let template = if holds { "{} would hold {}" } else { "{} no longer holds {}" };
            Shown::fill(template, &[&shown::code_of(rule, NAME), &self.links(&changes)])
        };
        turned.into_iter().take(LINES).map(line).collect()
    }

    /// `#389 and #402`, each linked.
    fn links(&self, changes: &[&Change]) -> Shown {
        let mut parts: Vec<Shown> = changes.iter().take(NAMED).map(|change| self.link(change)).collect();
        if changes.len() > NAMED {
            parts.push(Shown::fill("{} more", &[&Shown::number(changes.len() - NAMED)]));
        }
        let last = parts.pop().unwrap_or_default();
        if parts.is_empty() { last } else { Shown::fill("{} and {}", &[&Shown::join(parts, ", "), &last]) }
    }

    /// A change, linked to its pull request.
    fn link(&self, change: &Change) -> Shown {
        let Some(number) = change.number else {
            return shown::code_of(change.commit.as_deref().unwrap_or("-").get(..9).unwrap_or("-"), 9);
        };
        let repository = change.repository.as_deref();
        let name = repository.and_then(|name| name.rsplit('/').next());
        let name = name.map(|name| shown::text_of(name, NAME)).unwrap_or_default();
        // A bare `#389` would be a reference of GitHub's own, which is shown on the other pull request.
        let label =
            Shown::fill("{}&#35;&#8203;{}", &[&name, &Shown::number(usize::try_from(number).unwrap_or(usize::MAX))]);
        let url = self.context.repository_url.as_deref();
        label.linked(url.and_then(|url| Target::pull(url, repository, number)).as_ref())
    }

    /// Each change that would have gone otherwise, `named` of them; `None`: there is none.
    fn otherwise(&self, named: usize) -> Option<Shown> {
        let all = self.teller.replay.otherwise().count();
        if all == 0 || named == 0 {
            return None;
        }
        let lines = self.teller.replay.otherwise().take(named).map(|one| {
            let title = shown::text_of(&one.change.title, 100);
            Shown::fill("{} {}: {}", &[&self.link(&one.change), &title, &self.teller.turn(one).shown()])
        });
        let mut lines: Vec<Shown> = lines.collect();
        if all > lines.len() {
            lines.push(Shown::fill("and {} more", &[&Shown::number(all - lines.len())]));
        }
        let count = Phrase::count(all, "pull request", "pull requests");
        let summary = Phrase::fill("{} that would have gone otherwise", [count]).shown();
        Some(fold(&summary, &Shown::fill("{}\n", &[&list(lines)])))
    }
}

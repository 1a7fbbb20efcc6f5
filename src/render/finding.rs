//! Findings in the comment: each with what, where, why and the decision behind it.

use crate::review::{AdrRef, Evidence, Finding};
use crate::rules::Enforce;

use super::checklist::{Item, item_cost};
use super::comment::{Budget, Writer, fold, list, paragraph};
use super::phrase::Phrase;
use super::shown::{self, Shown, Target};
use super::words;

/// Items that are not folded.
const OPEN_ITEMS: usize = 7;
/// From this many findings on a table comes first.
const TABLE_FROM: usize = 4;
/// Places of a finding that are named one by one.
const PLACES: usize = 5;
/// Records of a finding that are quoted.
const RECORDS: usize = 4;

/// How many records are shown that an ambiguous name could mean.
const MOST_CANDIDATES: usize = 5;

impl<'a> Writer<'a> {
    /// The findings that are not settled, each in full where there is room, else in short, else counted; then the items.
    pub(super) fn findings(&self, open: &[&'a Finding], budget: &mut Budget) -> Vec<Shown> {
        let table = open.len() >= TABLE_FROM;
        let short: Vec<Shown> =
            open.iter().map(|finding| if table { self.row(finding) } else { self.short(finding) }).collect();
        // Those that hold come first in a review; so they are named first, however many there are.
        let mut named: Vec<bool> = short.iter().map(|line| budget.take(line.len())).collect();
        if let Some(first) = named.iter().position(|named| !named) {
            named[first..].fill(false);
        }
        budget.findings += named.iter().filter(|named| !**named).count();

        let items = self.items(open.iter().copied());
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for item in items {
            if first.len() < OPEN_ITEMS && budget.take(item_cost(&item)) {
                first.push(item);
            } else {
                rest.push(item);
            }
        }
        let full: Vec<Option<Shown>> = open
            .iter()
            .zip(&short)
            .zip(&named)
            .map(|((finding, short), named)| {
                // What has no room for a line of its own is not written first and thrown away then.
                if !named || budget.left < short.len() {
                    return None;
                }
                let full = self.full(finding, open.len() == 1);
                let extra = if table { full.len() } else { full.len().saturating_sub(short.len()) };
                budget.take(extra).then_some(full)
            })
            .collect();
        let all = rest.len();
        let rest: Vec<Item> = rest.into_iter().filter(|item| budget.take(item_cost(item))).collect();
        budget.items += all - rest.len();

        let mut out = Vec::new();
        if table {
            let head = Shown::ours("\n| rule | where | decided in | state |\n|---|---|---|---|\n");
            let rows = short.into_iter().zip(&named).filter(|(_, named)| **named).map(|(row, _)| row);
            out.push(Shown::fill("{}{}", &[&head, &Shown::join(rows, "")]));
            let full: Vec<Shown> = full.into_iter().flatten().collect();
            if !full.is_empty() {
                let inside = Shown::join(full, "\n");
                out.push(Shown::fill("\n{}\n", &[&fold(&Shown::ours("Why, and where exactly"), &inside)]));
            }
        } else {
            for ((short, full), _) in short.into_iter().zip(full).zip(&named).filter(|(_, named)| **named) {
                out.push(Shown::fill("\n{}", &[&full.unwrap_or(short)]));
            }
        }
        if !first.is_empty() {
            out.push(Shown::fill("\n{}", &[&self.checklist(&first)]));
        }
        if !rest.is_empty() {
            let summary = Phrase::count(rest.len(), "more item", "more items").shown_flat();
            out.push(Shown::fill("\n{}\n", &[&fold(&summary, &self.checklist(&rest))]));
        }
        out
    }

    /// A finding in one line.
    fn short(&self, finding: &Finding) -> Shown {
        Shown::fill(
            "{}, {}: {}.\n",
            &[
                &shown::text_of(&finding.rule, 60).strong(),
                &self.voice.finding_state(finding).shown(),
                &words::places(finding).shown(),
            ],
        )
    }

    /// A finding as a row of the table.
    fn row(&self, finding: &Finding) -> Shown {
        let place = match finding.evidence.as_slice() {
            [one] => self.place(one, 60),
            _ => words::places(finding).shown(),
        };
        let adrs = finding.adrs.iter().take(2).map(|adr| self.record(adr));
        Shown::fill(
            "| {} | {} | {} | {} |\n",
            &[
                &shown::text_of(&finding.rule, 60).strong(),
                &place,
                &Shown::join(adrs, ", "),
                &self.voice.finding_state(finding).shown(),
            ],
        )
    }

    /// A finding in full: what, why, where, who, and the decisions behind it.
    fn full(&self, finding: &Finding, alone: bool) -> Shown {
        let mut rule = shown::text_of(&finding.rule, 60).strong();
        if self.voice.is_everywhere(finding) {
            rule = Shown::fill("{} in all {} files", &[&rule, &Shown::number(finding.evidence.len())]);
        }
        let state = self.voice.finding_state(finding).shown();
        // One finding that one authority signs: the heading has said who.
        let said = alone && finding.slots.len() < 2 && finding.enforce >= Enforce::Advise;
        let what = if said { rule } else { Shown::fill("{}, {}", &[&rule, &state]) };
        let mut out = match &finding.why {
            Some(why) => Shown::fill("{}: {}\n", &[&what, &shown::text_of(why, 600)]),
            None if self.voice.is_everywhere(finding) => Shown::fill("{}.\n", &[&what]),
            None => Shown::fill("{}: matches {}.\n", &[&what, &words::places(finding).shown()]),
        };
        if finding.cannot_tell {
            paragraph(&mut out, &Shown::ours("Whether it matches could not be told, so it counts as if it did."));
        }
        paragraph(&mut out, &self.places(finding));
        if finding.slots.len() > 1 {
            paragraph(&mut out, &self.slots(finding));
        } else if finding.enforce == Enforce::Advise
            && let [slot] = finding.slots.as_slice()
            && !slot.from.is_empty()
            && !slot.state.is_signed()
        {
            let whom = self.voice.slot_name(slot).shown();
            paragraph(&mut out, &Shown::fill("If in doubt, talk to {}.", &[&whom]));
        }
        paragraph(&mut out, &self.lapsed(finding));
        for adr in finding.adrs.iter().take(RECORDS) {
            paragraph(&mut out, &self.decision(adr));
        }
        if finding.adrs.len() > RECORDS {
            let more = Shown::number(finding.adrs.len() - RECORDS);
            paragraph(&mut out, &Shown::fill("It names {} more records.", &[&more]));
        }
        out
    }

    /// Where a finding matched: one by one with what was found, or in a sentence where there is nothing but paths to say.
    fn places(&self, finding: &Finding) -> Shown {
        let evidence = &finding.evidence;
        if self.voice.is_everywhere(finding) {
            return Shown::default();
        }
        let more = evidence.len().saturating_sub(PLACES);
        let bare = |one: &Evidence| one.detail.is_none() && one.instead.is_none();
        if evidence.iter().all(bare) {
            if evidence.is_empty() {
                return Shown::default();
            }
            let mut places: Vec<Shown> = evidence.iter().take(PLACES).map(|one| self.place(one, 160)).collect();
            if more > 0 {
                places.push(Phrase::fill("{} more", [Phrase::number(more)]).shown());
            }
            let last = if places.len() > 1 { places.pop() } else { None };
            let places = Shown::join(places, ", ");
            return match last {
                Some(last) => Shown::fill("In {} and {}.", &[&places, &last]),
                None => Shown::fill("In {}.", &[&places]),
            };
        }
        let mut lines: Vec<Shown> = evidence.iter().take(PLACES).map(|one| self.evidence(one)).collect();
        if more > 0 {
            lines.push(Shown::fill("{} more", &[&Shown::number(more)]));
        }
        list(lines)
    }

    /// One place with what was found there, and what to use instead.
    fn evidence(&self, evidence: &Evidence) -> Shown {
        let mut line = self.place(evidence, 160);
        if let Some(detail) = &evidence.detail {
            line.push(&Shown::fill(": {}", &[&shown::text_of(&self.voice.without_hidden(detail), 200)]));
        }
        if let Some(instead) = &evidence.instead {
            line.push(&Shown::fill("; use {} instead", &[&shown::code_of(instead, 120)]));
        }
        line
    }

    /// Who signs for which part of a finding.
    fn slots(&self, finding: &Finding) -> Shown {
        const MOST: usize = 8;
        let mut lines: Vec<Shown> = finding
            .slots
            .iter()
            .take(MOST)
            .map(|slot| {
                let files = Phrase::count(slot.paths.len(), "file", "files").shown();
                let state = self.voice.slot_state(finding, slot).shown();
                Shown::fill("{} for {}: {}", &[&self.voice.slot_name(slot).shown(), &files, &state])
            })
            .collect();
        if finding.slots.len() > MOST {
            lines.push(Shown::fill("{} more", &[&Shown::number(finding.slots.len() - MOST)]));
        }
        list(lines)
    }

    /// The sign-offs that do not count any more, and why; each once.
    fn lapsed(&self, finding: &Finding) -> Shown {
        let all = finding.slots.iter().flat_map(|slot| slot.lapsed.iter().map(move |lapsed| (slot, lapsed)));
        let mut sentences: Vec<Phrase> = Vec::new();
        for (slot, lapsed) in all {
            let sentence = self.voice.lapsed(slot, lapsed);
            if !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
        }
        let more = sentences.len().saturating_sub(PLACES);
        let mut lines: Vec<Shown> = sentences.iter().take(PLACES).map(Phrase::shown).collect();
        if more > 0 {
            lines.push(Shown::fill("{} more sign-offs do not count any more.", &[&Shown::number(more)]));
        }
        if lines.len() == 1 { Shown::join(lines, "") } else { list(lines) }
    }

    /// A record's name, linked at the base.
    fn record(&self, adr: &AdrRef) -> Shown {
        let target = adr.path.as_deref().and_then(|path| self.record_target(adr, path));
        words::adr_name(adr).shown_flat().linked(target.as_ref())
    }

    /// Where a record, or one beside it, stands: at the base, or in the organisation's repository as it was read.
    fn record_target(&self, adr: &AdrRef, path: &str) -> Option<Target> {
        if adr.repository.is_none() {
            return self.target(&self.voice.context.base_commit, path, None);
        }
        let beneath = self.voice.context.organisation.as_ref()?;
        Target::file(beneath.repository_url.as_deref()?, beneath.commit.as_deref()?, path, None)
    }

    /// A record with its decision quoted, and what has to be known of its state.
    fn decision(&self, adr: &AdrRef) -> Shown {
        if adr.path.is_none() {
            let name = words::adr_id(&adr.id).shown_flat();
            if !adr.candidates.is_empty() {
                let paths = adr.candidates.iter().take(MOST_CANDIDATES).map(|path| shown::code_of(path, 200));
                return Shown::fill(
                    "The rule names {}, which could be any of {}: name it there by its path.",
                    &[&name, &Shown::join(paths, ", ")],
                );
            }
            return Shown::fill("The rule names {}, and there is no such record at the base.", &[&name]);
        }
        let mut line = Shown::fill("Decided in {}", &[&self.record(adr)]);
        if let Some(repository) = &adr.repository {
            line.push(&Shown::fill(" of {}", &[&shown::code_of(repository, 120)]));
        }
        // Without an address there is no link, and the path has to be said.
        if let (Some(path), None) = (&adr.path, &self.voice.context.repository_url) {
            line.push(&Shown::fill(" ({})", &[&shown::code_of(path, 160)]));
        }
        if let Some(flag) = words::adr_flag(adr) {
            line.push(&Shown::fill(" ({}{})", &[&Shown::ours(flag), &self.successors(adr)]));
        }
        match &adr.decision {
            Some(decision) => Shown::fill("{}:\n> {}", &[&line, &shown::text_of(decision, 200)]),
            None => Shown::fill("{}.", &[&line]),
        }
    }

    /// ` by` the records that replace one.
    fn successors(&self, adr: &AdrRef) -> Shown {
        let by = adr.superseded_by.iter().take(3).map(|path| {
            let name = path.rsplit('/').next().unwrap_or(path);
            shown::code_of(name, 80).linked(self.record_target(adr, path).as_ref())
        });
        let by = Shown::join(by, ", ");
        if by.is_empty() { by } else { Shown::fill(" by {}", &[&by]) }
    }

    /// What is signed already, folded; in full where there is room.
    pub(super) fn settled(&self, settled: &[&'a Finding], budget: &mut Budget) -> Shown {
        let mut inside = Shown::default();
        let mut shown = 0;
        for finding in settled {
            let full = self.full(finding, false);
            let short = self.short(finding);
            let text = if budget.take(full.len() + 1) {
                full
            } else if budget.take(short.len() + 1) {
                short
            } else {
                continue;
            };
            shown += 1;
            inside.push(&Shown::fill("{}\n", &[&text]));
        }
        budget.findings += settled.len() - shown;
        if shown == 0 {
            return Shown::default();
        }
        let items = self.items(settled.iter().copied());
        let all = items.len();
        let items: Vec<Item> = items.into_iter().filter(|item| budget.take(item_cost(item))).collect();
        budget.items += all - items.len();
        inside.push(&self.checklist(&items));
        let rules = Phrase::list(settled.iter().map(|finding| Phrase::name(&finding.rule, 60)), "and", 3);
        let mut summary = Phrase::fill("What is signed: {}, {}", [rules, self.voice.extent()]);
        if all > 0 {
            summary = Phrase::fill("{}, {}", [summary, Phrase::count(all, "item", "items")]);
        }
        fold(&summary.shown_flat(), &inside)
    }
}

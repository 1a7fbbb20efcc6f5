//! The one comment on a pull request. The order of thought: the state and who acts next; what the change spans and what the
//! author has to do; each finding with where, why and the decision behind it; the items under their addressee; the rest
//! folded away.

use std::collections::HashSet;
use std::ops::ControlFlow;

use crate::review::{AdrRef, Evidence, FileReview, FileStatus, Finding, FindingState, Review, RulesFrom};
use crate::rules::Enforce;

use super::Context;
use super::mermaid;
use super::phrase::Phrase;
use super::shown::{self, Shown, Target};
use super::words::{self, Group, State, Voice};

/// GitHub refuses a comment above this many characters; counted in bytes it is safe however they count.
pub(super) const MOST_BYTES: usize = 65_536;
/// Room for what frames the parts: folds, headings and the sentence that says what was left out.
const FRAME_BYTES: usize = 2_048;
/// Items that are not folded.
const OPEN_ITEMS: usize = 7;
/// From this many findings on a table comes first.
const TABLE_FROM: usize = 4;
/// Places of a finding that are named one by one.
const PLACES: usize = 5;
/// Records of a finding that are quoted.
const RECORDS: usize = 4;

/// What a page is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// The comment: items can be ticked.
    Comment,
    /// The summary of the check: they cannot.
    Check,
}

/// The comment.
pub(super) fn comment(review: &Review, context: &Context) -> String {
    let voice = Voice { review, context };
    let mut head = shown::marker(&context.marker);
    head.push(&Shown::fill("### {}\n", &[&voice.heading().shown_flat()]));
    page(voice, Page::Comment, head, MOST_BYTES).into_string()
}

/// Bytes that are left, and what did not fit.
struct Budget {
    left: usize,
    findings: usize,
    items: usize,
    others: usize,
}

impl Budget {
    /// Whether there is room; it is taken then.
    fn take(&mut self, bytes: usize) -> bool {
        let fits = bytes <= self.left;
        if fits {
            self.left -= bytes;
        }
        fits
    }

    /// Those of `parts` that fit, in their order, and how many do not.
    fn keep(&mut self, parts: Vec<Shown>) -> (Vec<Shown>, usize) {
        let all = parts.len();
        let kept: Vec<Shown> = parts.into_iter().filter(|part| self.take(part.len())).collect();
        let gone = all - kept.len();
        (kept, gone)
    }

    /// The sentence that says what was left out.
    fn left_out(&self) -> Option<Shown> {
        let parts = [
            (self.findings, Phrase::count(self.findings, "finding", "findings")),
            (self.items, Phrase::count(self.items, "item", "items")),
            (self.others, Phrase::count(self.others, "remark", "remarks")),
        ];
        let parts: Vec<Phrase> = parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, part)| part).collect();
        if parts.is_empty() {
            return None;
        }
        let what = Phrase::list(parts, "and", 3).shown();
        Some(Shown::fill("\nNot shown for length: {}. They count all the same.\n", &[&what]))
    }
}

/// The whole text below `head`, at most `most` bytes with it.
pub(super) fn page(voice: Voice<'_>, page: Page, head: Shown, most: usize) -> Shown {
    let writer = Writer { voice, page };
    let mut out = head;
    paragraph(&mut out, &voice.lead().shown());
    let mut budget = Budget { left: most.saturating_sub(out.len() + FRAME_BYTES), findings: 0, items: 0, others: 0 };
    let footer = writer.footer();
    budget.left = budget.left.saturating_sub(footer.len());
    let state = voice.state();
    let (settled, open): (Vec<&Finding>, Vec<&Finding>) =
        voice.shown().into_iter().partition(|finding| words::gates(finding) && finding.state == FindingState::Signed);
    let open = if matches!(state, State::Shadow(_)) { voice.shadow() } else { open };

    // Room is given in the order of what must not be missed, and everything is put down in the order of reading.
    let (errors, gone) = budget.keep(voice.errors().iter().map(Phrase::shown).collect());
    budget.others += gone;
    let (unaskable, gone) = budget.keep(voice.unaskable().iter().map(Phrase::shown).collect());
    budget.others += gone;
    let parts = writer.findings(&open, &mut budget);
    let (notes, gone) = budget.keep(voice.notes().iter().map(Phrase::shown).collect());
    budget.others += gone;

    if errors.len() == 1 {
        paragraph(&mut out, &errors[0]);
    } else if !errors.is_empty() {
        paragraph(&mut out, &list(errors));
    }
    for sentence in unaskable {
        paragraph(&mut out, &sentence);
    }
    for part in parts {
        out.push(&part);
    }
    if !settled.is_empty() {
        paragraph(&mut out, &writer.settled(&settled, &mut budget));
    }
    if !matches!(state, State::Signed(_)) || page == Page::Check {
        paragraph(&mut out, &writer.files(&mut budget));
    }
    if !notes.is_empty() {
        paragraph(&mut out, &if notes.len() == 1 { Shown::join(notes, "") } else { list(notes) });
    }
    if let Some(sentence) = budget.left_out() {
        out.push(&sentence);
    }
    if !matches!(state, State::Signed(_)) || page == Page::Check || !open.is_empty() {
        paragraph(&mut out, &footer);
    }
    out
}

/// Adds a paragraph: a blank line, the text, the end of its line.
fn paragraph(out: &mut Shown, text: &Shown) {
    if text.is_empty() {
        return;
    }
    out.push(&Shown::fill("\n{}\n", &[text]));
}

/// A list of these lines.
fn list(lines: Vec<Shown>) -> Shown {
    Shown::join(lines.into_iter().map(|line| Shown::fill("- {}", &[&line])), "\n")
}

/// Something that is folded away.
fn fold(summary: &Shown, inside: &Shown) -> Shown {
    Shown::fill("<details><summary>{}</summary>\n\n{}\n</details>", &[summary, inside])
}

/// A line of the checklist with its addressee.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Item {
    to: Phrase,
    text: Shown,
}

/// Writes the parts of a page.
struct Writer<'a> {
    voice: Voice<'a>,
    page: Page,
}

impl<'a> Writer<'a> {
    /// The findings that are not settled, each in full where there is room, else in short, else counted; then the items.
    fn findings(&self, open: &[&'a Finding], budget: &mut Budget) -> Vec<Shown> {
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
        out.push(self.checklist(&first));
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
            line.push(&Shown::fill(": {}", &[&shown::text_of(detail, 200)]));
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

    /// A record's name, linked at the base.
    fn record(&self, adr: &AdrRef) -> Shown {
        let target = adr.path.as_deref().and_then(|path| self.target(&self.voice.context.base_commit, path, None));
        words::adr_name(adr).shown_flat().linked(target.as_ref())
    }

    /// A record with its decision quoted, and what has to be known of its state.
    fn decision(&self, adr: &AdrRef) -> Shown {
        if adr.path.is_none() {
            let name = words::adr_id(&adr.id).shown_flat();
            return Shown::fill("The rule names {}, and there is no such record at the base.", &[&name]);
        }
        let mut line = Shown::fill("Decided in {}", &[&self.record(adr)]);
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
            shown::code_of(name, 80).linked(self.target(&self.voice.context.base_commit, path, None).as_ref())
        });
        let by = Shown::join(by, ", ");
        if by.is_empty() { by } else { Shown::fill(" by {}", &[&by]) }
    }

    /// The items of these findings, each once; of a blocking one the author's ways out come first.
    fn items(&self, findings: impl Iterator<Item = &'a Finding>) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        let mut known: HashSet<Item> = HashSet::new();
        let mut add = |item: Item| {
            if known.insert(item.clone()) {
                items.push(item);
            }
        };
        for finding in findings {
            if words::holds(finding) && finding.enforce == Enforce::Block {
                self.ways_out(finding).into_iter().for_each(&mut add);
            }
            for item in &finding.checklist {
                let to = match item.addressee.as_slice() {
                    [] => Phrase::ours("For whoever signs"),
                    to => Phrase::fill(
                        "For {}",
                        [Phrase::list(to.iter().map(|handle| self.voice.handle(handle, 60)), "or", 4)],
                    ),
                };
                let mut text = shown::text(&item.text);
                if let Some(adr) = &item.adr {
                    text.push(&Shown::fill(" ({})", &[&words::adr_id(adr).shown_flat()]));
                }
                add(Item { to, text });
            }
        }
        items
    }

    /// What the author can do about a blocking finding.
    fn ways_out(&self, finding: &Finding) -> Vec<Item> {
        let rule = shown::code_of(&finding.rule, 60);
        let mut instead: Vec<&str> = finding.evidence.iter().filter_map(|one| one.instead.as_deref()).collect();
        instead.sort_unstable();
        instead.dedup();
        let mut texts: Vec<Shown> = instead
            .into_iter()
            .take(3)
            .map(|instead| Shown::fill("Use {} instead", &[&shown::code_of(instead, 120)]))
            .collect();
        if texts.is_empty() {
            let places = words::places(finding).shown();
            texts.push(Shown::fill("Change {} so that {} no longer matches", &[&places, &rule]));
        }
        texts.push(match self.voice.waivers(finding) {
            Some(whom) => Shown::fill("It must be so for now: {} may waive {}", &[&whom.shown_flat(), &rule]),
            None => Shown::fill("It must be so for now: the rules name nobody who may waive {}", &[&rule]),
        });
        texts.into_iter().map(|text| Item { to: self.voice.ways_out(), text }).collect()
    }

    /// Items under their addressees.
    fn checklist(&self, items: &[Item]) -> Shown {
        let mut groups: Vec<(&Phrase, Vec<Shown>)> = Vec::new();
        for item in items {
            let line = match self.page {
                Page::Comment => Shown::fill("- [ ] {}\n", &[&item.text]),
                Page::Check => Shown::fill("- {}\n", &[&item.text]),
            };
            match groups.iter_mut().find(|(to, _)| **to == item.to) {
                Some((_, lines)) => lines.push(line),
                None => groups.push((&item.to, vec![line])),
            }
        }
        let parts =
            groups.into_iter().map(|(to, lines)| Shown::fill("\n{}\n{}", &[&to.shown_flat(), &Shown::join(lines, "")]));
        Shown::join(parts, "")
    }

    /// What is signed already, folded; in full where there is room.
    fn settled(&self, settled: &[&'a Finding], budget: &mut Budget) -> Shown {
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

    /// The changed files by service and owner, folded, with the graph from three services up.
    fn files(&self, budget: &mut Budget) -> Shown {
        let groups = self.voice.groups();
        if groups.is_empty() {
            return Shown::default();
        }
        let graph = mermaid::graph(self.voice, &groups);
        // As many files as there is room for.
        let text = [40, 12, 3, 0].iter().try_for_each(|most| {
            let mut inside = Shown::default();
            if let Some(graph) = &graph {
                inside.push(&Shown::fill("{}\n{}\n\n", &[&graph.block, &graph.legend]));
            }
            for (n, group) in groups.iter().take(50).enumerate() {
                let id = graph.as_ref().and_then(|graph| graph.ids.get(n)).and_then(Option::as_ref);
                inside.push(&self.group(group, id, *most));
            }
            if groups.len() > 50 {
                inside.push(&Shown::fill("- {} more\n", &[&Shown::number(groups.len() - 50)]));
            }
            let files = Phrase::count(self.voice.review.files.len(), "file", "files");
            let services = self.voice.review.services.len();
            let summary = match services {
                0 => Phrase::fill("{} by owner", [files]),
                _ => Phrase::fill("{} in {}", [files, Phrase::count(services, "service", "services")]),
            };
            let text = fold(&summary.shown_flat(), &inside);
            if budget.take(text.len()) { ControlFlow::Break(text) } else { ControlFlow::Continue(()) }
        });
        match text {
            ControlFlow::Break(text) => text,
            ControlFlow::Continue(()) => Shown::default(),
        }
    }

    /// One service with its files: `- checkout (payments): main.go, settle.go`.
    fn group(&self, group: &Group<'_>, id: Option<&Shown>, most: usize) -> Shown {
        let mut line = match id {
            Some(id) => Shown::fill("- {} {}", &[id, &self.voice.group_name(group).shown()]),
            None => Shown::fill("- {}", &[&self.voice.group_name(group).shown()]),
        };
        if group.service.is_some() {
            let owners = match group.teams.as_slice() {
                [] => Shown::ours("no owner"),
                _ => self.voice.owners(group).shown(),
            };
            line.push(&Shown::fill(" ({})", &[&owners]));
        }
        let count = Phrase::count(group.files.len(), "file", "files").shown();
        if most == 0 {
            return Shown::fill("{}, {}\n", &[&line, &count]);
        }
        let folder = common_folder(&group.files);
        if folder.is_empty() {
            line.push(&Shown::fill(", {}: ", &[&count]));
        } else {
            line.push(&Shown::fill(", {} in {}: ", &[&count, &shown::code_of(folder, 120)]));
        }
        let mut files: Vec<Shown> = group.files.iter().take(most).map(|file| self.file(file, folder)).collect();
        if group.files.len() > most {
            files.push(Shown::fill("{} more", &[&Shown::number(group.files.len() - most)]));
        }
        Shown::fill("{}{}\n", &[&line, &Shown::join(files, ", ")])
    }

    /// A changed file, linked, its path below `folder`.
    fn file(&self, file: &FileReview, folder: &str) -> Shown {
        let name = file.path.strip_prefix(folder).unwrap_or(&file.path);
        let linked = shown::code_of(name, 120).linked(self.link_of(&file.path, None).as_ref());
        let said = match (file.status, &file.previous_path) {
            (FileStatus::Removed, _) => Shown::ours(" removed"),
            (FileStatus::Renamed, Some(old)) => Shown::fill(" moved from {}", &[&shown::code_of(old, 120)]),
            _ => Shown::default(),
        };
        let counted = if file.counts || file.teams.is_empty() { "" } else { " (does not count)" };
        Shown::fill("{}{}{}", &[&linked, &said, &Shown::ours(counted)])
    }

    /// A place, linked.
    fn place(&self, evidence: &Evidence, most: usize) -> Shown {
        words::place(evidence, most).shown().linked(self.link_of(&evidence.path, evidence.line).as_ref())
    }

    /// A changed file at the head; a removed one is at the base alone.
    fn link_of(&self, path: &str, line: Option<u32>) -> Option<Target> {
        let files = &self.voice.review.files;
        let removed = files.iter().any(|file| file.path == path && file.status == FileStatus::Removed);
        let context = self.voice.context;
        self.target(if removed { &context.base_commit } else { &context.head_commit }, path, line)
    }

    fn target(&self, commit: &str, path: &str, line: Option<u32>) -> Option<Target> {
        Target::file(self.voice.context.repository_url.as_deref()?, commit, path, line)
    }

    /// One quiet line: what it was judged by, and how long a sign-off lasts.
    fn footer(&self) -> Shown {
        let context = self.voice.context;
        let commit = shown::code_of(context.base_commit.get(..7).unwrap_or(&context.base_commit), 12);
        let rules = match &context.rules_from {
            Some(RulesFrom::File(path)) => {
                let target = self.target(&context.base_commit, path, None);
                shown::code_of(path, 120).linked(target.as_ref())
            }
            Some(RulesFrom::Startup) => Shown::ours("the pack startup, since there is no rules file"),
            None => Shown::ours("the rules"),
        };
        let judged = if context.base_commit.is_empty() {
            Shown::fill("Judged by {}.", &[&rules])
        } else {
            Shown::fill("Judged by {} at {}.", &[&rules, &commit])
        };
        let lasts = if self.voice.shown().into_iter().any(words::gates) {
            Shown::ours(" A sign-off lasts while the files that it covers stay as they are.")
        } else {
            Shown::default()
        };
        match self.page {
            Page::Comment => Shown::fill("<sub>{}{}</sub>", &[&judged, &lasts]),
            Page::Check => Shown::fill("{}{}", &[&judged, &lasts]),
        }
    }
}

/// Bytes that an item may take, its addressee's line included.
fn item_cost(item: &Item) -> usize {
    item.text.len() + item.to.shown_flat().len() + 16
}

/// The folder that all of these files lie in, with its slash; empty where there is none.
fn common_folder<'f>(files: &[&'f FileReview]) -> &'f str {
    let folder = |path: &'f str| path.rfind('/').map_or("", |at| &path[..=at]);
    let mut files = files.iter().map(|file| file.path.as_str());
    let Some(first) = files.next() else { return "" };
    let mut common = folder(first);
    for path in files {
        while !path.starts_with(common) {
            common = folder(common.strip_suffix('/').unwrap_or(""));
        }
    }
    common
}

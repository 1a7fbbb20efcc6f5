//! The items of the comment, under their addressees.

use std::collections::HashSet;

use crate::review::Finding;
use crate::rules::{Enforce, RULES_CHANGE};

use super::comment::{Page, Writer};
use super::phrase::Phrase;
use super::shown::{self, Shown};
use super::words;

/// A line of the checklist with its addressee.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Item {
    to: Phrase,
    text: Shown,
}

impl<'a> Writer<'a> {
    /// The items of these findings, each once; of a blocking one the author's ways out come first.
    pub(super) fn items(&self, findings: impl Iterator<Item = &'a Finding>) -> Vec<Item> {
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
                let mut text = shown::text(&self.voice.without_hidden(&item.text));
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
        // What is broken is listed where it is, and nothing else clears it.
        if finding.rule == RULES_CHANGE {
            return Vec::new();
        }
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
    pub(super) fn checklist(&self, items: &[Item]) -> Shown {
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
            groups.into_iter().map(|(to, lines)| Shown::fill("{}\n{}", &[&to.shown_flat(), &Shown::join(lines, "")]));
        Shown::join(parts, "\n")
    }
}

/// Bytes that an item may take, its addressee's line included.
pub(super) fn item_cost(item: &Item) -> usize {
    item.text.len() + item.to.shown_flat().len() + 16
}

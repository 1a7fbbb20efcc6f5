//! The built-in finding of an edit.

use crate::review::{ChecklistItem, Evidence, Finding, FindingState, Slot};
use crate::rules::{Enforce, Severity};

use super::{Broken, Edit, Edited, Loss, RULES_CHANGE};

/// How many parts of an edit an authority is told of one by one.
const MOST_ITEMS: usize = 12;
/// How many problems of a broken file are evidence.
const MOST_PROBLEMS: usize = 50;

const WHY: &str =
    "This edits what changes are judged by. It is judged as things are at the base; whoever loses a say by it signs.";
const BREAKS: &str = "After this edit nothing could be judged: the rules file could not be used.";

/// The finding of an edit that breaks the rules file: only another edit clears it.
pub(in crate::review) fn broken(broken: &Broken) -> Finding {
    let mut problems: Vec<_> = broken.problems.iter().filter(|problem| problem.severity == Severity::Error).collect();
    problems.sort_by_key(|problem| problem.place);
    let evidence = problems.into_iter().take(MOST_PROBLEMS).map(|problem| Evidence {
        path: broken.path.clone(),
        line: problem.place.map(|place| place.line),
        detail: Some(problem.message.clone()),
        instead: None,
    });
    let evidence = evidence.collect();
    Finding { why: Some(BREAKS.to_owned()), evidence, ..nothing(Enforce::Block) }
}

/// The finding of an edit with who signs for it. `parts`: the slots, each with what it signs for.
pub(in crate::review) fn found(
    edited: &Edited,
    edit: &Edit,
    parts: Vec<(Slot, Vec<&Loss>)>,
    enforce: Enforce,
) -> Finding {
    let mut checklist = Vec::new();
    for (slot, losses) in &parts {
        let item = |text: String| ChecklistItem { text, addressee: slot.from.clone(), adr: None };
        checklist.extend(losses.iter().take(MOST_ITEMS).map(|loss| item(loss.text.clone())));
        if losses.len() > MOST_ITEMS {
            checklist.push(item(format!("{} more changes", losses.len() - MOST_ITEMS)));
        }
    }
    let files =
        edited.files.iter().map(|path| Evidence { path: path.clone(), line: None, detail: None, instead: None });
    let flaws = edited.flaws.iter().map(|flaw| Evidence {
        path: flaw.path.clone(),
        line: flaw.line,
        detail: Some(flaw.message.clone()),
        instead: None,
    });
    let evidence = files.chain(flaws).collect();
    let slots: Vec<Slot> = parts.into_iter().map(|(slot, _)| slot).collect();
    let signed = enforce == Enforce::Review && !slots.is_empty() && slots.iter().all(|slot| slot.state.is_signed());
    Finding {
        why: (!edit.losses.is_empty()).then(|| WHY.to_owned()),
        evidence,
        checklist,
        slots,
        cannot_tell: edit.cut.is_some(),
        state: if signed { FindingState::Signed } else { FindingState::Open },
        ..nothing(enforce)
    }
}

fn nothing(enforce: Enforce) -> Finding {
    Finding {
        rule: RULES_CHANGE.to_owned(),
        enforce,
        slots: Vec::new(),
        adrs: Vec::new(),
        evidence: Vec::new(),
        why: None,
        checklist: Vec::new(),
        cannot_tell: false,
        state: FindingState::Open,
    }
}

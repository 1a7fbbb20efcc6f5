//! The decision records that rules name.

use crate::adr::{Lookup, Status};
use crate::rules::{Severity, Spot};

use super::Code;
use super::ground::Ground;
use super::words::{quote, some};

/// Checks every name of a record in the file itself.
pub(super) fn check(ground: &mut Ground<'_>) {
    let file = ground.file();
    let own = file.root().key("rules").by_id();
    let rules = ground.rules;
    for rule in &rules.rules {
        let Some(spot) = own.get(rule.id.as_str()).map(|spot| spot.key("adrs")).filter(Spot::exists) else { continue };
        for name in &rule.adrs {
            let names = format!("the rule {} names the decision record {}", quote(&rule.id), quote(name));
            if let Some((code, severity, message)) = said(ground, &names, name) {
                let place = spot.text(name).or_else(|| spot.place());
                ground.of_rules(code, severity, place, message);
            }
        }
    }
}

/// What there is to say of a record by its name.
fn said(ground: &Ground<'_>, names: &str, name: &str) -> Option<(Code, Severity, String)> {
    let strange = name.starts_with(['/', '\\']) || name.split(['/', '\\']).any(|part| matches!(part, "." | ".."));
    if strange {
        let message = format!(
            "{names}: write its path from the top of the repository, without `.`, `..` or a `/` in front, like `docs/adr/0007-title.md`"
        );
        return Some((Code::RecordPath, Severity::Error, message));
    }
    // Without a revision there are no records to look among.
    ground.input.listing?;
    let adrs = &ground.input.basis.adrs;
    let not_in_force = |what: &str| {
        Some((
            Code::RecordNotInForce,
            Severity::Warning,
            format!("{names}, which {what}; see whether the rule still holds"),
        ))
    };
    match adrs.lookup(name) {
        Lookup::Missing => {
            let unreadable =
                adrs.unreadable.iter().find(|(path, _)| path == name || path.rsplit('/').next() == Some(name));
            let message = match unreadable {
                Some((path, why)) => format!("{names}, and {} cannot be read: {why}", quote(path)),
                None => {
                    format!("{names}, and there is none of that id, number or path; mend the name, or write the record")
                }
            };
            Some((Code::RecordMissing, Severity::Warning, message))
        }
        Lookup::Ambiguous(candidates) => {
            let paths = some(candidates.iter().map(|record| record.path.as_str()));
            let message = format!("{names}, and several have it: {paths}; write the path of the one that is meant");
            Some((Code::RecordAmbiguous, Severity::Error, message))
        }
        Lookup::Found(record) => match record.status {
            Status::Superseded if !record.superseded_by.is_empty() => {
                let by = some(record.superseded_by.iter().map(String::as_str));
                let message =
                    format!("{names}, which was replaced by {by}; name that one, or see whether the rule still holds");
                Some((Code::RecordNotInForce, Severity::Warning, message))
            }
            Status::Superseded => not_in_force("was superseded"),
            Status::Deprecated => not_in_force("is deprecated"),
            Status::Rejected => not_in_force("was rejected"),
            Status::Proposed | Status::Accepted | Status::Unknown => None,
        },
    }
}

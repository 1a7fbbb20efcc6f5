//! What is legal and not judged: keys of later versions, and rules that are switched off for nothing. What can be told from the
//! meaning of the file is for `lint` above.

use super::reader::{Entry, Reader};
use super::rule::Draft;
use super::words::{one_of, quote};
use super::{Enforce, Place, Rule, Rules, When};

/// What can be seen of one rule.
pub(super) fn rule(reader: &mut Reader, draft: &Draft, rule: &Rule) {
    if rule.enforce == Enforce::None {
        if draft.in_file && !draft.beneath && rule.when.later.is_empty() {
            let message = format!("rule {} is switched off, and no pack has it: it can be taken away", quote(&rule.id));
            reader.warn(rule.place, message);
        }
        return;
    }
    let keys = rule.later();
    if !keys.is_empty() {
        let message = format!(
            "rule {} is skipped: this version of Merestone does not judge {} yet",
            quote(&rule.id),
            one_of(keys.iter().map(String::as_str)).replace(" or ", " and ")
        );
        reader.warn(rule.place, message);
    }
}

/// What can be seen of `skip`; the keys that this version does not judge come back.
pub(super) fn skip(reader: &mut Reader, place: Place, skip: &When) -> Vec<String> {
    let mut keys = Vec::new();
    fn collect(when: &When, into: &mut Vec<String>) {
        into.extend(when.later.iter().cloned());
        when.any.iter().chain(&when.all).chain(when.not.as_deref()).for_each(|inner| collect(inner, into));
    }
    collect(skip, &mut keys);
    if !keys.is_empty() {
        let keys = one_of(keys.iter().map(String::as_str)).replace(" or ", " and ");
        reader.warn(place, format!("`skip` never holds: this version of Merestone does not judge {keys} yet"));
    }
    keys
}

/// What can be seen of the whole file.
pub(super) fn file(reader: &mut Reader, rules: &Rules, entries: &[Entry<'_>]) {
    for entry in entries {
        if rules.later.iter().any(|key| key == entry.key || key.strip_prefix("adrs.").is_some() && entry.key == "adrs")
        {
            let key = if entry.key == "adrs" { "adrs.retrospective" } else { entry.key };
            reader.warn(
                entry.place,
                format!("this version of Merestone reads {} and does not act on it yet", quote(key)),
            );
        }
    }
}

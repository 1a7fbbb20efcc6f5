//! What is due: rules to be looked at again, and exceptions that end.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use crate::rules::{Enforce, Spot};

use super::Code;
use super::ground::Ground;
use super::words::{count, quote};

/// An exception that ends within so many days is named.
const SOON: i64 = 30;

/// Checks every rule that the file itself has.
pub(super) fn check(ground: &mut Ground<'_>) {
    let file = ground.file();
    let own = file.root().key("rules").by_id();
    let today = ground.input.today;
    for rule in ground.rules.rules.iter().filter(|rule| rule.enforce != Enforce::None) {
        let Some(spot) = own.get(rule.id.as_str()) else { continue };
        let name = quote(&rule.id);
        let every = spot.key("every");
        if let Some(span) = rule.every.as_deref().filter(|_| every.exists()) {
            match rule.reviewed {
                None => {
                    let message = format!(
                        "the rule {name} is to be looked at every {span} and does not say when it was: add `reviewed: {today}` when it has been"
                    );
                    ground.warn(Code::RuleOverdue, every, message);
                }
                Some(reviewed) if reviewed > today => {
                    let message =
                        format!("the rule {name} was looked at on {reviewed}, which is yet to come: mend the date");
                    ground.warn(Code::RuleOverdue, spot.key("reviewed"), message);
                }
                Some(reviewed) => {
                    if let Some(due) = after(reviewed, span).filter(|due| *due < today) {
                        let message = format!(
                            "the rule {name} was to be looked at again by {due}: see whether it still holds, and say so with `reviewed: {today}`"
                        );
                        ground.warn(Code::RuleOverdue, spot.key("reviewed"), message);
                    }
                }
            }
        }
        for (index, allow) in rule.allow.iter().enumerate() {
            let at = spot.key("allow").item(index);
            let Some(until) = allow.until.filter(|_| at.exists()) else { continue };
            let left = (until - today).num_days();
            let message = match left {
                ..0 => format!(
                    "an exception to the rule {name} ended on {until} and does nothing any more: take it away, or say until when it goes on"
                ),
                0 => format!(
                    "an exception to the rule {name} ends today: mend what it is for, or say until when it goes on"
                ),
                1..=SOON => format!(
                    "an exception to the rule {name} ends on {until}, in {}: mend what it is for, or say until when it goes on",
                    count(usize::try_from(left).unwrap_or_default(), "day")
                ),
                _ => continue,
            };
            let until = at.key("until");
            ground.warn(Code::ExceptionEnds, if until.exists() { until } else { Spot::default() }, message);
        }
    }
}

/// The day that is `span` after another, as the rules write it: `3 months`, `2 working days`.
fn after(day: NaiveDate, span: &str) -> Option<NaiveDate> {
    let (number, unit) = span.split_once(' ')?;
    let number: u32 = number.parse().ok()?;
    match unit.trim_end_matches('s') {
        "hour" => day.checked_add_days(Days::new(u64::from(number.div_ceil(24)))),
        "day" => day.checked_add_days(Days::new(number.into())),
        "working day" => {
            let works = |day: &NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
            day.iter_days().skip(1).filter(works).nth(usize::try_from(number).ok()?.checked_sub(1)?)
        }
        "week" => day.checked_add_days(Days::new(u64::from(number) * 7)),
        "month" => day.checked_add_months(Months::new(number)),
        "year" => day.checked_add_months(Months::new(number.checked_mul(12)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_counted_as_people_do() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (from, span, to) in [
            ("2026-11-30", "3 months", "2027-02-28"),
            ("2024-02-29", "1 year", "2025-02-28"),
            ("2026-11-27", "2 working days", "2026-12-01"),
            ("2026-11-27", "2 weeks", "2026-12-11"),
            ("2026-11-27", "36 hours", "2026-11-29"),
            ("2026-11-27", "1 day", "2026-11-28"),
        ] {
            assert_eq!(after(day(from), span), Some(day(to)), "{from} {span}");
        }
        assert_eq!(after(day("2026-11-27"), "soon"), None);
    }
}

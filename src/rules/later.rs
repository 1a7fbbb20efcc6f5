//! Top-level keys that this version reads and does not act on: their form is checked, so that a slip is found today.

use super::file;
use super::node::{Node, Value};
use super::reader::Reader;
use super::words::quote;

/// Ecosystems that `stack` may speak of.
pub(super) const ECOSYSTEMS: [&str; 11] = [
    "cargo",
    "npm",
    "gomod",
    "python",
    "ruby",
    "maven",
    "gradle-catalog",
    "dockerfile",
    "actions",
    "terraform",
    "helm",
];

/// `stack`: what a team may bring in without asking.
pub(super) fn stack(reader: &mut Reader, node: &Node) {
    for entry in reader.fields(node, "`stack`", "cargo: [axum, tokio]", &ECOSYSTEMS) {
        let what = quote(entry.key);
        if !matches!(entry.value.value, Value::Map(_)) {
            reader.texts(entry.value, &what, "[axum, \"serde*\"]");
            continue;
        }
        for field in
            reader.fields(entry.value, &what, "{ use: [undici], instead: { axios: undici } }", &["use", "instead"])
        {
            if field.key == "use" {
                reader.texts(field.value, "`use`", "[react, \"@acme/*\"]");
                continue;
            }
            for other in reader.entries(field.value, "`instead`", "axios: undici") {
                reader.text(other.value, &quote(other.key));
            }
        }
    }
}

/// `clock`: when the next level is asked too.
pub(super) fn clock(reader: &mut Reader, node: &Node) {
    for entry in reader.fields(node, "`clock`", "{ after: 2 working days }", &["after"]) {
        reader.duration(entry.value, "`after`");
    }
}

/// `calendar`: when people work.
pub(super) fn calendar(reader: &mut Reader, node: &Node) {
    const EXAMPLE: &str = "{ timezone: Europe/Berlin, hours: \"09:00-17:00\" }";
    for entry in reader.fields(node, "`calendar`", EXAMPLE, &["timezone", "workdays", "hours"]) {
        let value = entry.value;
        match entry.key {
            "timezone" => {
                if let Some(zone) = reader.text(value, "`timezone`")
                    && !is_timezone(zone)
                {
                    let message =
                        format!("{} is no time zone: write a place, like `Europe/Berlin`, or `UTC`", quote(zone));
                    reader.error(value.place, message);
                }
            }
            "workdays" => {
                let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|day| (day, ()));
                for item in reader.items(value, "`workdays`", "[mon, tue, wed, thu, fri]") {
                    reader.choice(item, "a day", &days);
                }
            }
            _ => {
                if let Some(hours) = reader.text(value, "`hours`")
                    && !are_hours(hours)
                {
                    reader.error(
                        value.place,
                        format!("`hours` are two times, like \"09:00-17:00\"; {} is not", quote(hours)),
                    );
                }
            }
        }
    }
}

fn is_timezone(zone: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
    };
    zone == "UTC" || (zone.len() <= 64 && zone.contains('/') && zone.split('/').all(part))
}

fn are_hours(hours: &str) -> bool {
    let minutes = |time: &str| {
        let (hour, minute) = time.trim().split_once(':')?;
        let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour <= 24 && minute < 60 && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
    };
    hours
        .split_once('-')
        .is_some_and(|(from, to)| matches!((minutes(from), minutes(to)), (Some(from), Some(to)) if from < to))
}

/// `locked`: keys that a repository may add to and not weaken.
pub(super) fn locked(reader: &mut Reader, node: &Node) {
    let words = file::KEYS.map(|key| (key, ()));
    for item in reader.items(node, "`locked`", "[skip, mode]") {
        reader.choice(item, "an entry of `locked`", &words);
    }
}

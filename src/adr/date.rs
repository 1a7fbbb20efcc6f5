//! Dates as people write them, as ISO dates.

use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::Regex;

use super::document::pattern;

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?:\b|T)",
        r"|\b(?P<cy>(?:19|20)\d{2})(?P<cm>\d{2})(?P<cd>\d{2})\b",
        r"|\b(?P<gd>\d{1,2})\.(?P<gm>\d{1,2})\.(?P<gy>\d{4})\b",
        r"|\b(?P<a>\d{1,2})[-/](?P<b>\d{1,2})[-/](?P<sy>\d{4})\b",
        r"|(?i)\b(?P<nd>\d{1,2})(?:st|nd|rd|th)?[\s-]+(?:of\s+)?(?P<nm>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,?[\s-]+(?P<ny>\d{4})\b",
        r"|(?i)\b(?P<em>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(?P<ed>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<ey>\d{4})\b",
    ))
});

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The first date in a text, as `YYYY-MM-DD`. `03/04/2020` can be read two ways and is none.
pub(super) fn first(text: &str) -> Option<String> {
    DATE.captures_iter(text).take(8).find_map(|found| {
        let number = |name: &str| found.name(name).and_then(|part| part.as_str().parse::<u32>().ok());
        let month = |name: &str| {
            let name = found.name(name)?.as_str().to_lowercase();
            MONTHS.iter().position(|month| *month == name).and_then(|index| u32::try_from(index + 1).ok())
        };
        let (year, month, day) = if let Some(year) = number("y") {
            (year, number("m")?, number("d")?)
        } else if let Some(year) = number("cy") {
            (year, number("cm")?, number("cd")?)
        } else if let Some(year) = number("gy") {
            (year, number("gm")?, number("gd")?)
        } else if let Some(year) = number("sy") {
            match (number("a")?, number("b")?) {
                (a, b) if a > 12 || a == b => (year, b, a),
                (a, b) if b > 12 => (year, a, b),
                _ => return None,
            }
        } else if let Some(year) = number("ny") {
            (year, month("nm")?, number("nd")?)
        } else {
            (number("ey")?, month("em")?, number("ed")?)
        };
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        Some(date.format("%Y-%m-%d").to_string())
    })
}

//! What the path of a file says: whether it may be a record, and its id, number and slug.

use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::Regex;

use super::document::{Syntax, pattern};

/// What kind of name a record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `0007-slug`, `ADR007-slug`, `ARCH-007-slug`; `ADRx-slug` is one whose number is still to come.
    Numbered,
    /// `20200101-slug`, `2022-10-01-slug`.
    Dated,
    /// Anything else.
    Plain,
}

/// A name taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) kind: Kind,
    /// File name without its ending, or the folder's name where the folder is the record.
    pub(super) subject: String,
    pub(super) id: String,
    pub(super) number: Option<u64>,
    /// What comes after number or date.
    pub(super) slug: String,
    /// Date in front.
    pub(super) date: Option<String>,
    /// Whether the name begins with `adr` and a number: it says itself what it is.
    pub(super) says_adr: bool,
    /// Whether the folder is the record and this is its main file.
    pub(super) folder: bool,
}

static DATE_AND_NUMBER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\d{4}-\d{2}-\d{2})(?:_(\d{1,5})|-(\d{3,5}))(?:[-_. ](.*))?$"));
static DATE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\d{4})-(\d{2})(?:-(\d{2}))?(?:[-_ .](.*))?$"));
static COMPACT: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\d{4})(\d{2})(\d{2})(?:[-_ .](.*))?$"));
static ADR: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)^adr[-_ .]?(\d{1,5}|x{1,5})(?:[-_. ](.*))?$"));
static PREFIXED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^((?:[A-Z]{2,12}-)+(?:[A-Za-z]{2,20}-)?(\d{2,5})|(?i:kep|rfc|oep|rfd|tdr|dr)[-_]?(\d{1,5}))",
        r"(?:[-_. ](.*))?$",
    ))
});
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\d{1,5})(?:[-_. ]+(.*))?$"));

/// Files that stand for the folder they are in, if that has the name of a record.
const MAIN_FILES: [&str; 8] = ["readme", "index", "adr", "decision", "proposal", "kep", "rfc", "record"];

/// Names of files that are about records and are none.
const ABOUT: [&str; 29] = [
    "readme",
    "index",
    "_index",
    "summary",
    "contents",
    "toc",
    "overview",
    "about",
    "contributing",
    "process",
    "changelog",
    "glossary",
    "license",
    "code_of_conduct",
    "guide",
    "guidelines",
    "how-to",
    "howto",
    "faq",
    "home",
    "adr",
    "intro",
    "list",
    "log",
    "adr-index",
    "adr-log",
    "adr-process",
    "decision-log",
    "introduction",
];

/// Folders below a folder of records that hold something else.
const OTHER_FOLDERS: [&str; 14] = [
    "assets",
    "asset",
    "images",
    "image",
    "img",
    "diagrams",
    "figures",
    "attachments",
    "resources",
    "static",
    "template",
    "templates",
    "_templates",
    "node_modules",
];

/// The file name of a path, and the folder's components.
pub(super) fn components(path: &str) -> (Vec<&str>, &str) {
    let mut parts: Vec<&str> = path.split('/').collect();
    let file = parts.pop().unwrap_or_default();
    (parts, file)
}

/// The folder of a path, empty at the root.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A file name without its ending.
pub(super) fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// Whether a folder's name says that it holds decision records: `adr`, `architecture-decisions`, `historic-adrs`.
pub(super) fn holds_records(folder: &str) -> bool {
    let folder = folder.to_ascii_lowercase().replace('_', "-");
    if folder.contains("template") {
        return false;
    }
    matches!(folder.as_str(), "architecture-decision" | "architectural-decision" | ".decispher")
        || folder.contains("decision-record")
        || folder.contains("decision-log")
        || folder.split('-').any(|word| matches!(word, "adr" | "adrs" | "decisions" | "keps"))
}

/// The position of the outermost folder that says so.
pub(super) fn records_root(folders: &[&str]) -> Option<usize> {
    folders.iter().position(|folder| holds_records(folder))
}

/// Whether a folder is a record of its own, as `0001-slug/README.md`.
pub(super) fn is_record_folder(folder: &str) -> bool {
    let name = parse_subject(folder);
    match name.kind {
        Kind::Numbered => !name.slug.is_empty() || folder.starts_with('0') || name.says_adr,
        Kind::Dated => !name.slug.is_empty(),
        Kind::Plain => false,
    }
}

fn is_index(stem: &str) -> bool {
    stem.eq_ignore_ascii_case("readme") || stem.eq_ignore_ascii_case("index")
}

/// Takes the name of a file apart.
///
/// `README` and `index` go by the name of their folder, since that may be a record (`0007-slug/README.md`,
/// `css-framework/index.md`); the content has to say whether it is one.
pub(super) fn parse(path: &str) -> Name {
    let (folders, file) = components(path);
    let stem = stem(file);
    if MAIN_FILES.contains(&stem.to_ascii_lowercase().as_str())
        && let Some(folder) = folders.last().filter(|folder| is_record_folder(folder))
    {
        return Name { folder: true, ..parse_subject(folder) };
    }
    if is_index(stem)
        && let Some(folder) = folders.last().filter(|folder| !holds_records(folder))
    {
        let plain = Name { kind: Kind::Plain, id: (*folder).to_owned(), number: None, ..parse_subject(folder) };
        return Name { folder: true, ..plain };
    }
    parse_subject(stem)
}

pub(super) fn parse_subject(subject: &str) -> Name {
    let mut name = Name {
        kind: Kind::Plain,
        subject: subject.to_owned(),
        id: subject.to_owned(),
        number: None,
        slug: subject.to_owned(),
        date: None,
        says_adr: false,
        folder: false,
    };
    if let Some(found) = DATE_AND_NUMBER.captures(subject)
        && let Some(date) = super::date::first(&found[1])
    {
        let number = found.get(2).or(found.get(3)).map_or("", |number| number.as_str());
        name.kind = Kind::Numbered;
        name.id = number.to_owned();
        name.number = number.parse().ok();
        name.slug = found.get(4).map_or("", |slug| slug.as_str()).to_owned();
        name.date = Some(date);
    } else if let Some(found) = DATE.captures(subject)
        && is_date(&found[1], &found[2], found.get(3).map(|day| day.as_str()))
    {
        name.kind = Kind::Dated;
        name.slug = found.get(4).map_or("", |slug| slug.as_str()).to_owned();
        name.date = found.get(3).map(|day| format!("{}-{}-{}", &found[1], &found[2], day.as_str()));
    } else if let Some(found) = COMPACT.captures(subject)
        && is_date(&found[1], &found[2], Some(&found[3]))
    {
        name.kind = Kind::Dated;
        name.slug = found.get(4).map_or("", |slug| slug.as_str()).to_owned();
        name.date = Some(format!("{}-{}-{}", &found[1], &found[2], &found[3]));
    } else if let Some(found) = ADR.captures(subject) {
        name.kind = Kind::Numbered;
        name.id = found[1].to_owned();
        name.number = found[1].parse().ok();
        name.slug = found.get(2).map_or("", |slug| slug.as_str()).to_owned();
        name.says_adr = true;
    } else if let Some(found) = PREFIXED.captures(subject) {
        name.kind = Kind::Numbered;
        name.id = found[1].to_owned();
        name.number = found.get(2).or(found.get(3)).and_then(|number| number.as_str().parse().ok());
        name.slug = found.get(4).map_or("", |slug| slug.as_str()).to_owned();
        name.says_adr = true;
    } else if let Some(found) = NUMBER.captures(subject) {
        name.kind = Kind::Numbered;
        name.id = found[1].to_owned();
        name.number = found[1].parse().ok();
        name.slug = found.get(2).map_or("", |slug| slug.as_str()).to_owned();
    }
    name
}

fn is_date(year: &str, month: &str, day: Option<&str>) -> bool {
    let number = |text: &str| text.parse::<u32>().ok();
    let (Some(year), Some(month), Some(day)) = (number(year), number(month), number(day.unwrap_or("1"))) else {
        return false;
    };
    (1990..=2100).contains(&year)
        && i32::try_from(year).is_ok_and(|year| NaiveDate::from_ymd_opt(year, month, day).is_some())
}

/// Whether a name is that of a template: `template`, `adr-short-template`, `0000-template`, `adr.template`.
fn is_template(name: &Name) -> bool {
    let slug = name.slug.to_ascii_lowercase();
    let words: Vec<&str> = slug.split(['-', '_', '.', ' ']).filter(|word| !word.is_empty()).collect();
    let has = words.iter().any(|word| matches!(*word, "template" | "templates"));
    let only = words.iter().all(|word| {
        matches!(
            *word,
            "template"
                | "templates"
                | "adr"
                | "madr"
                | "nygard"
                | "decision"
                | "record"
                | "kep"
                | "rfc"
                | "short"
                | "long"
                | "full"
                | "minimal"
                | "bare"
                | "simple"
                | "md"
                | "nnnn"
                | "xxxx"
                | "title"
                | "your"
                | "new"
                | "example"
        )
    });
    let unnumbered = name.kind == Kind::Plain || (name.number == Some(0) && name.kind == Kind::Numbered);
    let blank = matches!(words.as_slice(), ["nnnn", ..] | ["yyyymmdd", ..] | ["nnn", ..]);
    has && (only || unnumbered) || blank
}

/// Whether a name is that of a file about records: an index, a guide.
fn is_about(name: &Name, folder: Option<&&str>) -> bool {
    let subject = name.subject.to_ascii_lowercase();
    let last = subject.rsplit(['-', '_', ' ']).next().unwrap_or_default();
    let named = ABOUT.contains(&subject.as_str()) || subject.is_empty() || subject.starts_with('.');
    // `decision_records/decision_records.md` is about its folder.
    let named = named || folder.is_some_and(|folder| folder.to_ascii_lowercase() == subject);
    !name.folder && (named || name.kind == Kind::Plain && matches!(last, "glossary" | "index" | "toc" | "readme"))
}

/// Whether a file of this path may be a record.
pub(super) fn is_candidate(path: &str) -> bool {
    if is_companion(path) {
        return true;
    }
    if Syntax::of(path).is_none() {
        return false;
    }
    let (folders, _) = components(path);
    let name = parse(path);
    // Without a folder whose name says that it holds records, those near the file say what it is.
    let near = if name.folder { 2 } else { 1 };
    let below = records_root(&folders).unwrap_or(folders.len().saturating_sub(near));
    let elsewhere =
        folders.iter().skip(below).any(|folder| OTHER_FOLDERS.contains(&folder.to_ascii_lowercase().as_str()));
    !elsewhere && !is_template(&name) && !is_about(&name, folders.last())
}

/// Whether this is the file of a Kubernetes enhancement proposal that holds what others keep as front matter.
pub(super) fn is_companion(path: &str) -> bool {
    let (folders, file) = components(path);
    file == "kep.yaml"
        && folders.last().is_some_and(|folder| is_record_folder(folder) && !is_template(&parse_subject(folder)))
}

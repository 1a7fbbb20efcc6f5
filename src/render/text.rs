//! A review on a terminal. The first line is the verdict and the scope; nothing of others gets past the escapes.

use unicode_width::UnicodeWidthStr;

use crate::review::{AdrRef, Conclusion, Finding, FindingState, Review, Slot, SlotState, Verdict};
use crate::rules::Enforce;

use super::phrase::Phrase;
use super::shown;
use super::state::State;
use super::words::{self, Voice};
use super::{Context, TextOptions};

/// Up to this many files are listed one by one.
const LISTED_FILES: usize = 12;
/// Places of a finding that are listed.
const PLACES: usize = 10;
/// Below this many columns wrapping would leave a column of syllables.
const NARROWEST: usize = 40;
/// No string of others is longer than this on a terminal.
const LONGEST: usize = 1_000;

/// How a run of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Bold,
    Dim,
    Red,
    Yellow,
    Green,
    Cyan,
}

impl Style {
    /// The ANSI sequence that begins it.
    fn sequence(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "\u{1b}[1m",
            Self::Dim => "\u{1b}[2m",
            Self::Red => "\u{1b}[1;31m",
            Self::Yellow => "\u{1b}[1;33m",
            Self::Green => "\u{1b}[1;32m",
            Self::Cyan => "\u{1b}[1;36m",
        }
    }
}

/// Lines as they are written.
struct Screen {
    out: String,
    options: TextOptions,
}

impl Screen {
    fn styled(&self, text: &str, style: Style) -> String {
        if self.options.color && style != Style::Plain && !text.is_empty() {
            format!("{}{text}\u{1b}[0m", style.sequence())
        } else {
            text.to_owned()
        }
    }

    /// A blank line.
    fn gap(&mut self) {
        self.out.push('\n');
    }

    /// A label in its column and the text beside it, wrapped there.
    fn row(&mut self, label: &str, width: usize, text: &str, style: Style) {
        let indent = width + usize::from(width > 0);
        let columns = self.options.width.map(|columns| columns.max(NARROWEST).saturating_sub(indent));
        for (n, line) in wrap(text, columns).into_iter().enumerate() {
            if n == 0 && !label.is_empty() {
                let pad = width.saturating_sub(label.width());
                let label = self.styled(label, Style::Dim);
                self.out.push_str(&format!("{label}{} ", " ".repeat(pad)));
            } else if indent > 0 {
                self.out.push_str(&" ".repeat(indent));
            }
            let line = self.styled(&line, style);
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
    }
}

/// Text in lines of at most `columns` columns, broken at spaces; a word that is longer has a line of its own.
fn wrap(text: &str, columns: Option<usize>) -> Vec<String> {
    let Some(columns) = columns else { return vec![text.to_owned()] };
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let width = word.width();
        if used > 0 && used + 1 + width > columns {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += width;
    }
    lines.push(line);
    lines
}

/// The review as terminal text.
pub(super) fn text(review: &Review, context: &Context, options: TextOptions) -> String {
    let voice = Voice { review, context };
    let mut screen = Screen { out: String::new(), options };
    let scope = words::scope(review.scope);
    screen.row("", 0, &format!("{} (scope: {scope})", headline(voice)), colour(review));
    screen.row("", 0, &voice.span().plain(), Style::Plain);
    for error in voice.errors() {
        screen.row("error:", 6, &error.plain(), Style::Plain);
    }
    for finding in review.findings.iter().filter(|finding| finding.enforce != Enforce::None) {
        screen.gap();
        write_finding(&mut screen, voice, finding);
    }
    if !review.files.is_empty() {
        screen.gap();
        write_files(&mut screen, voice);
    }
    let notes: Vec<Phrase> = voice.notes().into_iter().chain(voice.kept()).collect();
    if !notes.is_empty() {
        screen.gap();
    }
    for note in notes {
        screen.row("note:", 5, &note.plain(), Style::Plain);
    }
    screen.out
}

/// The verdict. On a command line nobody was asked, so what is missing is named instead of who is waited for.
fn headline(voice: Voice<'_>) -> String {
    match voice.state() {
        State::Waiting(slots) => Phrase::fill("Sign-off needed: {}", [voice.authorities(&slots, 5, 60)]).plain(),
        _ => voice.heading().plain(),
    }
}

fn colour(review: &Review) -> Style {
    match (review.verdict, review.conclusion) {
        (Verdict::Blocked, _) | (_, Conclusion::Failure) => Style::Red,
        (Verdict::SignOff, _) | (_, Conclusion::ActionRequired) => Style::Yellow,
        (Verdict::Advise, _) | (_, Conclusion::Neutral) => Style::Cyan,
        (Verdict::Pass, Conclusion::Success) => Style::Green,
    }
}

fn write_finding(screen: &mut Screen, voice: Voice<'_>, finding: &Finding) {
    const LABEL: usize = 9;
    let settled = words::gates(finding) && finding.state == FindingState::Signed;
    let style = match finding.enforce {
        _ if settled => Style::Green,
        Enforce::Block => Style::Red,
        Enforce::Review => Style::Yellow,
        Enforce::Advise => Style::Cyan,
        Enforce::Shadow | Enforce::None => Style::Dim,
    };
    let kind = screen.styled(words::enforce(finding.enforce), style);
    let rule = screen.styled(&shown::plain(&finding.rule, 60), Style::Bold);
    screen.out.push_str(&format!("{kind}: {rule}\n"));
    if let Some(why) = &finding.why {
        screen.row("  why", LABEL, &shown::plain(why, LONGEST), Style::Plain);
    }
    if finding.cannot_tell {
        screen.row("", LABEL, "Whether it matches could not be told, so it counts as if it did.", Style::Plain);
    }
    write_places(screen, voice, finding, LABEL);
    for (n, slot) in finding.slots.iter().enumerate() {
        let label = match (n, finding.enforce) {
            (0, Enforce::Block) => "  waives",
            (0, Enforce::Review) => "  signs",
            (0, Enforce::Advise) => "  knows",
            (0, _) => "  asks",
            _ => "",
        };
        screen.row(label, LABEL, &slot_line(voice, finding, slot), Style::Plain);
    }
    for adr in &finding.adrs {
        write_record(screen, LABEL, adr);
    }
    for (n, item) in finding.checklist.iter().enumerate() {
        let mut line = format!("[ ] {}", shown::plain(&item.text, LONGEST));
        if let Some(adr) = &item.adr {
            line.push_str(&format!(" ({})", words::adr_id(adr).plain()));
        }
        if !item.addressee.is_empty() && finding.slots.len() != 1 {
            let whom = Phrase::list(item.addressee.iter().map(|handle| voice.handle(handle, 60)), "or", 4);
            line.push_str(&format!(" (for {})", whom.plain()));
        }
        screen.row(if n == 0 { "  ensure" } else { "" }, LABEL, &line, Style::Plain);
    }
}

/// Where a finding matched.
fn write_places(screen: &mut Screen, voice: Voice<'_>, finding: &Finding, label: usize) {
    if voice.is_everywhere(finding) {
        let line = format!("all {} files that count", finding.evidence.len());
        screen.row("  where", label, &line, Style::Plain);
        return;
    }
    for (n, evidence) in finding.evidence.iter().take(PLACES).enumerate() {
        let mut line = words::place(evidence, LONGEST).plain();
        if let Some(detail) = &evidence.detail {
            line.push_str(&format!(": {}", shown::plain(detail, LONGEST)));
        }
        if let Some(instead) = &evidence.instead {
            line.push_str(&format!("; use {} instead", shown::plain_path(instead, LONGEST)));
        }
        screen.row(if n == 0 { "  where" } else { "" }, label, &line, Style::Plain);
    }
    if finding.evidence.len() > PLACES {
        screen.row("", label, &format!("and {} more", finding.evidence.len() - PLACES), Style::Dim);
    }
}

/// Who signs, for what, and where that stands where something is known of it.
fn slot_line(voice: Voice<'_>, finding: &Finding, slot: &Slot) -> String {
    let mut line = voice.slot_name(slot).plain();
    if let Some(level) = slot.level {
        let level = words::level(Some(level));
        match slot.of.as_ref().map(|of| voice.team(of).plain()) {
            Some(of) if of != line => line.push_str(&format!(" ({level} {of})")),
            _ => line.push_str(&format!(" ({level})")),
        }
    }
    if !slot.above.is_empty() && finding.enforce == Enforce::Block {
        let above = Phrase::list(slot.above.iter().map(|handle| voice.handle(handle, 60)), "or", 3);
        line.push_str(&format!(", or above it {}", above.plain()));
    }
    if finding.slots.len() > 1 {
        line.push_str(&format!(", {}", Phrase::count(slot.paths.len(), "file", "files").plain()));
    }
    if slot.state != SlotState::Open {
        line.push_str(&format!(": {}", voice.slot_state(finding, slot).plain()));
    }
    line
}

fn write_record(screen: &mut Screen, label: usize, adr: &AdrRef) {
    let Some(path) = &adr.path else {
        let name = words::adr_id(&adr.id).plain();
        let line = if adr.candidates.is_empty() {
            format!("{name}: there is no such record at the base")
        } else {
            let paths: Vec<String> = adr.candidates.iter().map(|path| shown::plain_path(path, LONGEST)).collect();
            format!("{name} could be any of {}: the rule has to name it by its path", paths.join(", "))
        };
        screen.row("  decided", label, &line, Style::Plain);
        return;
    };
    let mut line = words::adr_name(adr).plain();
    if let Some(flag) = words::adr_flag(adr) {
        let by: Vec<String> = adr.superseded_by.iter().map(|path| shown::plain_path(path, LONGEST)).collect();
        let by = if by.is_empty() { String::new() } else { format!(" by {}", by.join(", ")) };
        line.push_str(&format!(" ({flag}{by})"));
    }
    screen.row("  decided", label, &line, Style::Plain);
    if let Some(decision) = &adr.decision {
        screen.row("", label, &format!("\"{}\"", shown::plain(decision, LONGEST)), Style::Plain);
    }
    screen.row("", label, &shown::plain_path(path, LONGEST), Style::Dim);
}

/// Files by service and owner: each of few, counts of many.
fn write_files(screen: &mut Screen, voice: Voice<'_>) {
    let groups = voice.groups();
    let rows: Vec<(String, String, String)> = groups
        .iter()
        .map(|group| {
            let service = group.service.map_or_else(|| "-".to_owned(), |service| shown::plain(service, 60));
            let owners = if group.teams.is_empty() { "no owner".to_owned() } else { voice.owners(group).plain() };
            (service, owners, Phrase::count(group.files.len(), "file", "files").plain())
        })
        .collect();
    let widest = |cell: fn(&(String, String, String)) -> &str| rows.iter().map(|row| cell(row).width()).max();
    let first = widest(|row| &row.0).unwrap_or(0).min(30);
    let second = widest(|row| &row.1).unwrap_or(0).min(40);
    let pad = |cell: &str, width: usize| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width())));
    let all = voice.review.files.len() <= LISTED_FILES;
    let services = groups.iter().any(|group| group.service.is_some());
    for (group, (service, owners, count)) in groups.iter().zip(&rows) {
        if services {
            let service = screen.styled(&pad(service, first), Style::Bold);
            screen.out.push_str(&format!("{service}  {}  {count}\n", pad(owners, second)));
        } else {
            let owners = screen.styled(&pad(owners, second), Style::Bold);
            screen.out.push_str(&format!("{owners}  {count}\n"));
        }
        if !all {
            continue;
        }
        for file in &group.files {
            let mut line = shown::plain_path(&file.path, LONGEST);
            if let Some(old) = &file.previous_path {
                line.push_str(&format!(" (was {})", shown::plain_path(old, LONGEST)));
            }
            if !file.counts && !file.teams.is_empty() {
                line.push_str(" (does not count)");
            }
            screen.row("", 1, &line, Style::Dim);
        }
    }
}

//! A replay on a terminal: the sums, who is asked how often, what would have gone otherwise, what else to look at.

use unicode_width::UnicodeWidthStr;

use crate::replay::{Change, Replay};

use super::super::phrase::Phrase;
use super::super::{TextOptions, shown};
use super::Teller;

/// So many rows of a table are shown.
const ROWS: usize = 20;
/// So many changes are named.
const CHANGES: usize = 30;
/// So many of each other kind.
const OTHERS: usize = 12;
/// The most characters of a title.
const TITLE: usize = 80;

/// The replay as terminal text. `over`: which changes these are, in a sentence of the caller's.
pub(in super::super) fn text(replay: &Replay, over: &str, options: TextOptions) -> String {
    let teller = Teller { replay, hidden: &[] };
    let mut page = Page { out: String::new(), options };
    page.line(&shown::plain(over, 400));
    let (before, after) = (replay.before, replay.after);
    let mut sums = vec![
        ("ask nobody".to_owned(), before.asked_nobody, after.asked_nobody),
        ("nothing shown but a green check".to_owned(), before.quiet, after.quiet),
        ("wait for a sign-off".to_owned(), before.held, after.held),
        ("blocked".to_owned(), before.blocked, after.blocked),
    ];
    if before.stuck + after.stuck > 0 {
        sums.push(("wait where nobody can ever sign".to_owned(), before.stuck, after.stuck));
    }
    sums.push(("requests in all".to_owned(), before.requests, after.requests));
    page.table("CHANGES", sums);
    page.table(
        "ASKED",
        replay.load.iter().map(|one| (teller.handle(&one.of).plain(), one.before, one.after)).collect(),
    );
    let rules = replay.rules.iter().map(|one| (Phrase::code(&one.of, TITLE).plain(), one.before, one.after));
    page.table("RULE", rules.collect());

    let otherwise: Vec<_> = replay.otherwise().collect();
    page.gap();
    match otherwise.len() {
        0 => page.line("No change would have gone otherwise."),
        many => page.heading(&format!("{} would have gone otherwise", counted(many, "change", "changes"))),
    }
    for one in otherwise.iter().take(CHANGES) {
        page.line(&format!("  {}  {}", name(&one.change), shown::plain(&one.change.title, TITLE)));
        page.line(&format!("    {}", teller.turn(one).plain()));
    }
    page.rest(otherwise.len(), CHANGES);

    let mut looks: Vec<String> = Vec::new();
    looks.extend(replay.moves.iter().take(OTHERS).map(|one| {
        let place = if one.folder.is_empty() {
            Phrase::list(one.sample.iter().map(|path| Phrase::code(path, 200)), "and", 2)
        } else {
            Phrase::code(&one.folder, 200)
        };
        format!("{} ({})", teller.moved(one).plain(), place.plain())
    }));
    if replay.moves.len() > OTHERS {
        let files: usize = replay.moves.iter().skip(OTHERS).map(|one| one.files).sum();
        looks.push(format!("{} more change owner", counted(files, "file", "files")));
    }
    looks.extend(replay.dead.iter().map(|one| {
        let rule = Phrase::code(&one.rule, TITLE).plain();
        format!("line {}: {rule} matched none of these changes, and no file there is could make it match", one.line)
    }));
    looks.extend(replay.spread.iter().take(OTHERS).map(|one| teller.spread(one).plain()));
    if !looks.is_empty() {
        page.gap();
        page.heading("Look at these");
    }
    for look in looks {
        page.line(&format!("  {look}"));
    }
    let notes = teller.notes();
    if !notes.is_empty() {
        page.gap();
    }
    for note in notes {
        page.line(&format!("note: {}", note.plain()));
    }
    page.out
}

/// `#389`, or the beginning of the commit's id.
fn name(change: &Change) -> String {
    match (change.number, &change.commit) {
        (Some(number), _) => format!("#{number}"),
        (None, Some(commit)) => commit.chars().take(9).collect(),
        (None, None) => "-".to_owned(),
    }
}

fn counted(number: usize, one: &'static str, many: &'static str) -> String {
    Phrase::count(number, one, many).plain()
}

/// Lines as they are written.
struct Page {
    out: String,
    options: TextOptions,
}

impl Page {
    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn heading(&mut self, text: &str) {
        let text = if self.options.color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() };
        self.line(&text);
    }

    fn gap(&mut self) {
        self.out.push('\n');
    }

    fn rest(&mut self, all: usize, shown: usize) {
        if all > shown {
            self.line(&format!("  and {} more; --format json names them all", all - shown));
        }
    }

    /// Names with their figures under both.
    fn table(&mut self, title: &str, rows: Vec<(String, usize, usize)>) {
        if rows.is_empty() {
            return;
        }
        self.gap();
        let widest = rows.iter().take(ROWS).map(|(name, _, _)| name.width()).max().unwrap_or(0).max(title.width());
        let pad = |name: &str| format!("{name}{}", " ".repeat(widest.saturating_sub(name.width())));
        self.heading(&format!("{}  {:>6}  {:>6}", pad(title), "TODAY", "AFTER"));
        for (name, before, after) in rows.iter().take(ROWS) {
            self.line(&format!("{}  {before:>6}  {after:>6}", pad(name)));
        }
        self.rest(rows.len(), ROWS);
    }
}

//! One line of CODEOWNERS.
//!
//! Where GitHub documents nothing, a line that could mean two things is read so that the check holds:
//!
//! * A `#` begins a comment at the start of a word, and anywhere among the owners; inside a pattern it is a character.
//! * An owner that is neither `@user`, `@org/team` nor an e-mail address makes the whole line invalid, and GitHub
//!   documents that an invalid line is skipped. An owner of the right form that does not exist is for whoever resolves it.
//! * A pattern that holds an invisible character, or bytes that are no UTF-8, is invalid.

use crate::glob::{Fault, Glob, Odd};

/// How much of a word a message shows, in characters.
const SHOWN: usize = 60;

/// A line that names a pattern.
pub(super) struct Rule {
    pub pattern: String,
    pub glob: Glob,
    pub owners: Vec<String>,
}

/// Something to say about a line.
pub(super) struct Note {
    /// Column in characters, from 1.
    pub column: u32,
    /// Whether GitHub skips the line.
    pub skipped: bool,
    pub message: String,
}

/// A part of the line and the column where it begins.
#[derive(Clone, Copy)]
struct Word<'l> {
    text: &'l str,
    column: u32,
}

impl Word<'_> {
    fn invalid(self, message: String) -> Note {
        Note { column: self.column, skipped: true, message: format!("{message}. GitHub skips the whole line") }
    }

    fn warning(self, message: String) -> Note {
        Note { column: self.column, skipped: false, message }
    }
}

/// Reads a line without its line feed. `None` for a blank one, a comment, and one that is skipped.
pub(super) fn read(line: &str, note: &mut impl FnMut(Note)) -> Option<Rule> {
    let (pattern, rest) = pattern_word(line)?;
    let glob = match compile(pattern) {
        Ok(glob) => glob,
        Err(invalid) => {
            note(invalid);
            return None;
        }
    };
    let mut owners = Vec::new();
    for word in owner_words(rest) {
        if let Err(reason) = check_owner(word.text) {
            note(word.invalid(format!("invalid owner `{}`: {reason}", shown(word.text))));
            return None;
        }
        owners.push(word.text.to_owned());
    }
    for message in doubts(pattern.text, &glob, owners.is_empty()) {
        note(pattern.warning(message));
    }
    Some(Rule { pattern: pattern.text.to_owned(), glob, owners })
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\x0B' | '\x0C')
}

/// The pattern, up to the first white space without a `\` before it, and what follows.
fn pattern_word(line: &str) -> Option<(Word<'_>, Word<'_>)> {
    let text = line.trim_start_matches(is_space);
    if text.is_empty() || text.starts_with('#') {
        return None;
    }
    // White space is ASCII: bytes and characters are the same.
    let column = column_after(1, &line[..line.len() - text.len()]);
    let mut end = text.len();
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if is_space(c) && (!escaped || c == '\r') {
            end = at;
            break;
        }
        escaped = c == '\\' && !escaped;
    }
    let (pattern, rest) = text.split_at(end);
    Some((Word { text: pattern, column }, Word { text: rest, column: column_after(column, pattern) }))
}

/// The words up to a `#`.
fn owner_words(rest: Word<'_>) -> impl Iterator<Item = Word<'_>> {
    let mut text = rest.text.split('#').next().unwrap_or_default();
    let mut column = rest.column;
    std::iter::from_fn(move || {
        let trimmed = text.trim_start_matches(is_space);
        if trimmed.is_empty() {
            return None;
        }
        column = column_after(column, &text[..text.len() - trimmed.len()]);
        let (word, after) = trimmed.split_at(trimmed.find(is_space).unwrap_or(trimmed.len()));
        let found = Word { text: word, column };
        column = column_after(column, word);
        text = after;
        Some(found)
    })
}

fn column_after(column: u32, text: &str) -> u32 {
    column.saturating_add(u32::try_from(text.chars().count()).unwrap_or(u32::MAX))
}

fn compile(word: Word<'_>) -> Result<Glob, Note> {
    let pattern = word.text;
    let invalid = |reason: String| word.invalid(format!("invalid pattern `{}`: {reason}", shown(pattern)));
    if let Some(negated) = pattern.strip_prefix('!') {
        return Err(invalid(format!(
            "CODEOWNERS has no `!`; to take paths out again, write `{}` without owners in a later line",
            shown(negated)
        )));
    }
    if escapes(pattern).any(|escaped| escaped == '#') {
        return Err(invalid("`\\#` does not work in CODEOWNERS; write `?` for the `#`".to_owned()));
    }
    if let Some(invisible) = pattern.chars().find(|c| is_invisible(*c)) {
        return Err(invalid(match invisible {
            char::REPLACEMENT_CHARACTER => "it holds bytes that are no UTF-8; save the file as UTF-8".to_owned(),
            c => format!("it holds the invisible character U+{:04X}; take it away or write a space", u32::from(c)),
        }));
    }
    Glob::path(pattern).map_err(|fault| {
        invalid(match fault {
            Fault::Slash => "`/` will never match anything; write `*` for everything".to_owned(),
            Fault::Stars => "three `*` in a row; write `**` for any depth, `*` within one folder".to_owned(),
            Fault::Empty => "it is empty".to_owned(),
        })
    })
}

/// Characters that nobody sees in a file and that no path is meant to have.
fn is_invisible(c: char) -> bool {
    (c.is_whitespace() && c != ' ' && c != '\t')
        || c.is_control() && c != '\t'
        || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}')
        || matches!(c, '\u{FEFF}' | char::REPLACEMENT_CHARACTER)
}

/// The characters that a `\` stands before.
fn escapes(pattern: &str) -> impl Iterator<Item = char> {
    let mut chars = pattern.chars();
    std::iter::from_fn(move || {
        chars.by_ref().find(|c| *c == '\\')?;
        chars.next()
    })
}

/// Why this is no owner.
fn check_owner(owner: &str) -> Result<(), String> {
    let login = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let valid = |owner: &str| match (owner.strip_prefix('@'), owner.split_once('@')) {
        (Some(handle), _) => match handle.split_once('/') {
            Some((organization, slug)) => login(organization) && login(slug),
            None => login(handle),
        },
        (None, Some((local, host))) => is_email(local, host),
        (None, None) => false,
    };
    if valid(owner) {
        return Ok(());
    }
    let trimmed = owner.trim_matches([',', ';', ':', '.', '(', ')', '<', '>', '"', '\'', '`']);
    let with_at = format!("@{trimmed}");
    Err(match owner {
        _ if valid(trimmed) => format!("owners are separated by spaces alone; write `{}`", shown(trimmed)),
        _ if valid(&with_at) => format!("an owner begins with `@`; write `{}`", shown(&with_at)),
        _ if owner.ends_with("[bot]") => "an App owns no code; name the team that answers for it".to_owned(),
        _ if owner.matches('/').count() > 1 => {
            let slug = owner.rsplit('/').next().unwrap_or_default();
            let organization = owner.split('/').next().unwrap_or_default();
            format!("a team is named without its parents; write `{}`", shown(&format!("{organization}/{slug}")))
        }
        _ if !owner.contains('@') && owner.contains('/') => {
            "an owner is `@user`, `@organization/team` or an e-mail address; if it belongs to the path, write the space \
             before it as `\\ `"
                .to_owned()
        }
        _ => "an owner is `@user`, `@organization/team` or an e-mail address".to_owned(),
    })
}

fn is_email(local: &str, host: &str) -> bool {
    let named = |text: &str, others: &[u8]| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || others.contains(&b))
    };
    named(local, b"._%+-")
        && named(host, b".-")
        && host.rsplit_once('.').is_some_and(|(name, top)| {
            !name.is_empty() && top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic())
        })
}

/// What of a valid line cannot mean what was meant.
fn doubts(pattern: &str, glob: &Glob, ownerless: bool) -> Vec<String> {
    let mut doubts = Vec::new();
    let name = shown(pattern);
    if ownerless && pattern.contains('@') && check_owner(pattern).is_ok() {
        doubts.push(format!(
            "`{name}` is read as a path, since a line begins with a pattern; write `* {name}` if it owns everything"
        ));
    }
    match glob.odd() {
        Some(Odd::Empty) => doubts.push(format!("`{name}` never matches: it has two slashes in a row; write one")),
        Some(Odd::Dot | Odd::DotDot) => doubts.push(format!(
            "`{name}` never matches: no path has a folder `.` or `..`; write it from the root, as in `/src/`"
        )),
        None => {}
    }
    if pattern.contains('#') {
        doubts.push(format!(
            "what GitHub makes of a `#` inside `{name}` is not documented; write `?` for it, or a space before a comment"
        ));
    }
    if looks_like_class(pattern) {
        doubts.push(format!(
            "`[ ]` are ordinary characters here, not a choice: write a line for each that `{name}` means"
        ));
    }
    if pattern.find('{').is_some_and(|open| pattern[open..].contains(',') && pattern[open..].contains('}')) {
        doubts.push(format!(
            "`{{ }}` are ordinary characters here, not a choice: write a line for each that `{name}` means"
        ));
    }
    if pattern.split('/').any(|component| component.contains("**") && component != "**") {
        doubts.push(format!(
            "`**` beside other characters means `*` and stays within one folder: in `{name}` put slashes around it"
        ));
    }
    if escapes(pattern).any(char::is_alphanumeric) {
        doubts.push(format!(
            "`\\` takes the next character literally; write `{}` if a folder was meant",
            shown(&pattern.replace('\\', "/"))
        ));
    }
    doubts
}

/// Whether brackets in the pattern were meant as a range or choice of characters, and not as the name of a folder such as
/// `[id]`: beside a `*`, with a range, or with the two cases of one letter.
fn looks_like_class(pattern: &str) -> bool {
    pattern.split('/').any(|component| {
        let Some((before, (inside, after))) =
            component.split_once('[').and_then(|(before, rest)| Some((before, rest.split_once(']')?)))
        else {
            return false;
        };
        let chars: Vec<char> = inside.chars().take(4).collect();
        before.contains('*')
            || after.contains('*')
            || matches!(chars[..], [from, '-', to, ..] if from.is_alphanumeric() && to.is_alphanumeric())
            || matches!(chars[..], [a, b] if a != b && a.to_lowercase().eq(b.to_lowercase()))
    })
}

/// A word as a message shows it: cut to a readable length, control characters as escapes.
pub(super) fn shown(word: &str) -> String {
    let mut shown = String::new();
    for (count, c) in word.chars().enumerate() {
        match c {
            _ if count == SHOWN => {
                shown.push('…');
                break;
            }
            c if c != ' ' && is_invisible(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

//! One line of CODEOWNERS.
//!
//! Where GitHub documents nothing, a line that could mean two things is read so that the check holds:
//!
//! * A `#` begins a comment at the start of a word, and anywhere among the owners; inside a pattern it is a character.
//! * An owner that is neither `@user`, `@org/team` nor an e-mail address makes the whole line invalid, and GitHub
//!   documents that an invalid line is skipped. An owner of the right form that does not exist is for whoever
//!   resolves it.
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

/// A part of the line and the byte where it begins.
#[derive(Clone, Copy)]
struct Word<'l> {
    text: &'l str,
    at: usize,
}

/// Reads a line without its line feed. `None` for a blank one, a comment, and one that is skipped.
pub(super) fn read(line: &str, note: &mut impl FnMut(Note)) -> Option<Rule> {
    let mut say = |word: Word<'_>, skipped: bool, message: String| {
        let before = line.get(..word.at).unwrap_or_default().chars().count();
        let column = u32::try_from(before + 1).unwrap_or(u32::MAX);
        note(Note { column, skipped, message });
    };
    let (pattern, rest) = pattern_word(line)?;
    let glob = match compile(pattern.text) {
        Ok(glob) => glob,
        Err(reason) => {
            let shown = shown(pattern.text);
            say(pattern, true, format!("invalid pattern `{shown}`: {reason}. GitHub skips the whole line"));
            return None;
        }
    };
    let mut owners = Vec::new();
    for word in owner_words(rest) {
        if let Err(reason) = check_owner(word.text) {
            let shown = shown(word.text);
            say(word, true, format!("invalid owner `{shown}`: {reason}. GitHub skips the whole line"));
            return None;
        }
        owners.push(word.text.to_owned());
    }
    if !is_plain(pattern.text) || glob.odd().is_some() {
        for message in doubts(pattern.text, &glob, owners.is_empty()) {
            say(pattern, false, message);
        }
    }
    Some(Rule { pattern: pattern.text.to_owned(), glob, owners })
}

/// White space between words. ASCII, so that any other byte belongs to a word whatever character it is part of.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\x0B' | b'\x0C')
}

/// The pattern, up to the first white space without a `\` before it, and what follows.
fn pattern_word(line: &str) -> Option<(Word<'_>, Word<'_>)> {
    let at = line.bytes().position(|byte| !is_space(byte))?;
    let text = &line[at..];
    if text.starts_with('#') {
        return None;
    }
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = is_space(byte) && (!escaped || byte == b'\r');
        escaped = byte == b'\\' && !escaped;
        ends
    });
    let (pattern, rest) = text.split_at(end.unwrap_or(text.len()));
    Some((Word { text: pattern, at }, Word { text: rest, at: at + pattern.len() }))
}

/// The words up to a `#`.
fn owner_words(rest: Word<'_>) -> impl Iterator<Item = Word<'_>> {
    let text = rest.text.split('#').next().unwrap_or_default();
    let mut next = 0;
    std::iter::from_fn(move || {
        let start = next + text[next..].bytes().position(|byte| !is_space(byte))?;
        let end = text[start..].bytes().position(is_space).map_or(text.len(), |length| start + length);
        next = end;
        Some(Word { text: &text[start..end], at: rest.at + start })
    })
}

/// The pattern compiled, or why it cannot be.
fn compile(pattern: &str) -> Result<Glob, String> {
    check_pattern(pattern)?;
    Glob::path(pattern).map_err(|fault| match fault {
        Fault::Slash => "`/` will never match anything; write `*` for everything".to_owned(),
        Fault::Stars => "three `*` in a row; write `**` for any depth, `*` within one folder".to_owned(),
        Fault::Empty => "it is empty".to_owned(),
    })
}

/// What CODEOWNERS does not support and a matcher would not notice.
fn check_pattern(pattern: &str) -> Result<(), String> {
    if is_plain(pattern) {
        return Ok(());
    }
    if let Some(negated) = pattern.strip_prefix('!') {
        return Err(format!(
            "CODEOWNERS has no `!`; to take paths out again, write `{}` without owners in a later line",
            shown(negated)
        ));
    }
    if escapes(pattern).any(|escaped| escaped == '#') {
        return Err("`\\#` does not work in CODEOWNERS; write `?` for the `#`".to_owned());
    }
    match pattern.chars().find(|c| is_invisible(*c)) {
        None => Ok(()),
        Some(char::REPLACEMENT_CHARACTER) => Err("it holds bytes that are no UTF-8; save the file as UTF-8".to_owned()),
        Some(c) => {
            Err(format!("it holds the invisible character U+{:04X}; take it away or write a space", u32::from(c)))
        }
    }
}

/// Whether every character is one that means nothing but itself: most patterns, and nothing to look at closer.
fn is_plain(pattern: &str) -> bool {
    pattern
        .bytes()
        .all(|byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' | b'+'))
}

/// Characters that nobody sees in a file and that no path is meant to have.
pub(super) fn is_invisible(c: char) -> bool {
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

/// Whether an owner can be written like this.
pub(super) fn is_owner(owner: &str) -> bool {
    check_owner(owner).is_ok()
}

/// Why this is no owner.
fn check_owner(owner: &str) -> Result<(), String> {
    let login =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
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

/// Whether brackets in the pattern were meant as a range or choice of characters, and not as the name of a folder
/// such as `[id]`: beside a `*`, with a range, or with the two cases of one letter.
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

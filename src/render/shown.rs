//! The one way by which words of others reach Markdown.
//!
//! [`Shown`] can be built from literals of ours and by [`text`] and [`code_of`] alone, so that a string which did not pass
//! through them does not compile. Special characters become character references, which keeps CommonMark and HTML from
//! seeing them. That is not enough on GitHub: mentions, issue and commit references, emoji and bare addresses are looked
//! for in the finished HTML, where a reference is a character again
//! (<https://github.com/gjtorikian/html-pipeline>, `MentionFilter`). Those are broken by a zero-width space of ours, as
//! Dependabot and Renovate do.

use sha2::{Digest, Sha256};

/// The zero-width space that parts what GitHub would otherwise join to a link.
const BREAK: &str = "&#8203;";
/// GitHub abbreviates commit ids to seven hexadecimal digits and links no fewer.
const SHORTEST_COMMIT: usize = 7;
/// How far ahead the end of an emoji's name is looked for; the longest of GitHub's has 44 characters.
const LONGEST_SHORTCODE: usize = 64;

/// Markdown in which everything that others wrote is text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Shown(String);

/// The visible characters of a string of others: those that cannot be seen, or that turn the direction of the text, are
/// escapes; white space is one space.
struct Visible {
    characters: Vec<char>,
}

/// Whether a character is invisible, or changes the order in which others are read.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// How many characters a character is shown as.
fn width(c: char) -> usize {
    // `\u{`, the digits, `}`
    if is_unseen(c) { 4 + u32::from(c).max(1).ilog(16) as usize + 1 } else { 1 }
}

impl Visible {
    /// What of `theirs` is seen, cut to `most` characters. A cut is marked by an ellipsis, at the end or in front.
    fn of(theirs: &str, most: usize, keep_end: bool) -> Self {
        // Nothing is shown as less than one character, so more than these are never shown and need not be read.
        let enough = most.saturating_add(1);
        let mut kept: Vec<char> = Vec::new();
        let mut space = false;
        let mut look = |c: char| {
            if matches!(c, ' ' | '\n' | '\r' | '\t') {
                space = !kept.is_empty();
            } else {
                if std::mem::take(&mut space) {
                    kept.push(' ');
                }
                kept.push(c);
            }
            kept.len() < enough
        };
        if keep_end {
            theirs.chars().rev().all(&mut look);
        } else {
            theirs.chars().all(&mut look);
        }
        let mut length: usize = kept.iter().map(|c| width(*c)).sum();
        let cut = length > most;
        while cut && length + 1 > most {
            let Some(gone) = kept.pop() else { break };
            length -= width(gone);
        }
        while cut && kept.last() == Some(&' ') {
            kept.pop();
        }
        if keep_end {
            kept.reverse();
        }
        let mut characters = Vec::with_capacity(length + 1);
        if cut && keep_end {
            characters.push('…');
        }
        for c in kept {
            if is_unseen(c) {
                characters.extend(format!("\\u{{{:x}}}", u32::from(c)).chars());
            } else {
                characters.push(c);
            }
        }
        if cut && !keep_end {
            characters.push('…');
        }
        Self { characters }
    }

    /// As plain text.
    fn plain(self) -> String {
        if self.characters.is_empty() { "(empty)".to_owned() } else { self.characters.into_iter().collect() }
    }

    /// As Markdown; `in_code` is inside of `<code>`, where GitHub looks for addresses and mentions only.
    fn markdown(self, in_code: bool) -> Shown {
        let seen = self.characters;
        if seen.is_empty() {
            return Shown("(empty)".to_owned());
        }
        let mut out = String::with_capacity(seen.len() + 16);
        let first_word = seen.iter().take_while(|c| c.is_ascii_digit()).count();
        let mut i = 0;
        while i < seen.len() {
            let c = seen[i];
            let before = i.checked_sub(1).map(|b| seen[b]);
            let after = seen.get(i + 1).copied();
            if c.is_ascii_alphanumeric() {
                let word = seen[i..].iter().take_while(|c| c.is_ascii_alphanumeric()).count();
                // What follows the hyphen of `ADR-20200101` is no commit unless it has letters too. `GH-` is parted from it.
                let number = before == Some('-') && !ends_in_gh(&seen[..i - 1]);
                push_word(&mut out, &seen[i..i + word], !in_code, number);
                i += word;
                continue;
            }
            // An escape of ours is not a backslash of theirs: it stands as it is, so that it can be searched for.
            if c == '\\' && after == Some('u') && seen.get(i + 2) == Some(&'{') && is_escape(&seen[i..]) {
                let length = seen[i..].iter().take_while(|c| **c != '}').count() + 1;
                out.extend(&seen[i..(i + length).min(seen.len())]);
                i += length;
                continue;
            }
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                // A mention, and the address of an e-mail.
                '@' => reference(&mut out, c, false, true),
                '#' => reference(&mut out, c, false, !in_code && after.is_some_and(|c| c.is_ascii_digit())),
                // `http://`, `:tada:`.
                ':' if after == Some('/') || (!in_code && is_shortcode(&seen[i..])) => {
                    reference(&mut out, c, false, true);
                }
                // `www.` would be an address; `1.` at the start of a line a list.
                '.' if ends_in_www(&seen[..i]) => reference(&mut out, c, true, false),
                '.' if i == first_word && i > 0 => reference(&mut out, c, false, false),
                // A list, a rule or a heading's underline at the start of a line.
                '-' | '+' | '=' if i == 0 => reference(&mut out, c, false, false),
                // `GH-12` is an issue.
                '-' if !in_code && ends_in_gh(&seen[..i]) && after.is_some_and(|c| c.is_ascii_digit()) => {
                    reference(&mut out, c, false, true);
                }
                // Mathematics stand between two of them.
                '$' => reference(&mut out, c, !in_code, !in_code),
                // An item of a checklist, at the start of a list's line.
                '[' if i == 0 => reference(&mut out, c, false, true),
                // Within a word it begins no emphasis (CommonMark 6.2), and paths are full of it.
                '_' if before.is_some_and(|c| c.is_ascii_alphanumeric())
                    && after.is_some_and(|c| c.is_ascii_alphanumeric()) =>
                {
                    out.push(c);
                }
                '[' | ']' | '(' | ')' | '|' | '`' | '*' | '_' | '~' | '\\' | '!' => {
                    reference(&mut out, c, false, false);
                }
                _ => out.push(c),
            }
            i += 1;
        }
        // The full stop that follows may be ours.
        if ends_in_www(&seen) {
            out.push_str(BREAK);
        }
        Shown(out)
    }
}

/// Writes a character as its reference, with a zero-width space before or after it.
fn reference(out: &mut String, c: char, break_before: bool, break_after: bool) {
    if break_before {
        out.push_str(BREAK);
    }
    out.push_str(&format!("&#{};", u32::from(c)));
    if break_after {
        out.push_str(BREAK);
    }
}

/// Writes letters and digits; where `parted`, those that GitHub could take for a commit are. A `number` of a name is not.
fn push_word(out: &mut String, word: &[char], parted: bool, number: bool) {
    let commit = parted
        && word.len() >= SHORTEST_COMMIT
        && word.iter().all(char::is_ascii_hexdigit)
        && !(number && word.iter().all(char::is_ascii_digit));
    for (n, c) in word.iter().enumerate() {
        if commit && n > 0 && n % (SHORTEST_COMMIT - 1) == 0 {
            out.push_str(BREAK);
        }
        out.push(*c);
    }
}

/// Whether `seen` begins with an escape that [`Visible::of`] made. One that others wrote looks the same and is as harmless.
fn is_escape(seen: &[char]) -> bool {
    let digits = seen.iter().skip(3).take_while(|c| c.is_ascii_hexdigit()).count();
    (1..=6).contains(&digits) && seen.get(3 + digits) == Some(&'}')
}

/// Whether `seen`, which begins with a colon, begins with `:name:`.
fn is_shortcode(seen: &[char]) -> bool {
    let name = seen
        .iter()
        .skip(1)
        .take(LONGEST_SHORTCODE)
        .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '+' | '-'))
        .count();
    // At the end of a string the second colon may be ours.
    name > 0 && seen.get(1 + name).is_none_or(|c| *c == ':')
}

fn ends_in_www(seen: &[char]) -> bool {
    seen.len() >= 3 && seen[seen.len() - 3..].iter().all(|c| c.eq_ignore_ascii_case(&'w'))
}

fn ends_in_gh(seen: &[char]) -> bool {
    let n = seen.len();
    n >= 2
        && seen[n - 2].eq_ignore_ascii_case(&'g')
        && seen[n - 1].eq_ignore_ascii_case(&'h')
        && !n.checked_sub(3).is_some_and(|at| seen[at].is_ascii_alphanumeric())
}

/// The most characters that [`text`] shows of one string; whoever wants another number says so.
pub(super) const LONGEST: usize = 300;

/// What others wrote, as text in Markdown: at most [`LONGEST`] characters, one line.
pub(super) fn text(theirs: &str) -> Shown {
    text_of(theirs, LONGEST)
}

/// As [`text`], cut to `most` characters.
pub(super) fn text_of(theirs: &str, most: usize) -> Shown {
    Visible::of(theirs, most, false).markdown(false)
}

/// What others wrote, in `<code>`: paths and ids. Of one with more than `most` characters the end is shown.
pub(super) fn code_of(theirs: &str, most: usize) -> Shown {
    Shown(format!("<code>{}</code>", Visible::of(theirs, most, true).markdown(true).0))
}

/// What others wrote, as one line of plain text of at most `most` characters: for terminals and titles of checks.
pub(super) fn plain(theirs: &str, most: usize) -> String {
    Visible::of(theirs, most, false).plain()
}

/// As [`plain`]; of one that is too long the end is kept, as of a path.
pub(super) fn plain_path(theirs: &str, most: usize) -> String {
    Visible::of(theirs, most, true).plain()
}

impl Shown {
    /// Words of ours.
    pub(super) fn ours(literal: &'static str) -> Self {
        Self(literal.to_owned())
    }

    /// A number.
    pub(super) fn number(number: usize) -> Self {
        Self(number.to_string())
    }

    /// Words of ours with a `{}` wherever one of `with` goes.
    pub(super) fn fill(template: &'static str, with: &[&Shown]) -> Self {
        let mut out = String::with_capacity(template.len() + with.iter().map(|part| part.0.len()).sum::<usize>());
        let mut with = with.iter();
        for (n, ours) in template.split("{}").enumerate() {
            if n > 0 {
                out.push_str(with.next().map_or("", |part| &part.0));
            }
            out.push_str(ours);
        }
        debug_assert!(with.next().is_none(), "more parts than places in {template}");
        Self(out)
    }

    /// All of `parts` with `between` between them.
    pub(super) fn join(parts: impl IntoIterator<Item = Shown>, between: &'static str) -> Self {
        let parts: Vec<String> = parts.into_iter().map(|part| part.0).collect();
        Self(parts.join(between))
    }

    /// Adds to the end.
    pub(super) fn push(&mut self, more: &Shown) {
        self.0.push_str(&more.0);
    }

    /// In bold.
    pub(super) fn strong(&self) -> Self {
        Self::fill("**{}**", &[self])
    }

    /// As the label of a link; without a target as it is.
    pub(super) fn linked(self, target: Option<&Target>) -> Self {
        match target {
            Some(target) => Self(format!("[{}]({})", self.0, target.0)),
            None => self,
        }
    }

    /// Length in bytes.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The Markdown.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// Where a link of ours leads: a file of the repository at a commit, or in the diff of a pull request, or a pull request; nothing
/// else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target(String);

impl Target {
    /// A file at a commit, or a line of it. `None` where the parts would not make an address inside of the repository.
    pub(super) fn file(repository_url: &str, commit: &str, path: &str, line: Option<u32>) -> Option<Self> {
        let safe =
            is_address(repository_url) && !commit.is_empty() && commit.chars().all(|c| c.is_ascii_alphanumeric());
        // A browser resolves `..`, percent-encoded or not, and would leave the repository.
        let inside = path.split('/').all(|segment| !matches!(segment, "" | "." | ".."));
        if !safe || !inside {
            return None;
        }
        let mut address = format!("{repository_url}/blob/{commit}/");
        for byte in path.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'/' => address.push(char::from(byte)),
                _ => address.push_str(&format!("%{byte:02X}")),
            }
        }
        if let Some(line) = line {
            address.push_str(&format!("#L{line}"));
        }
        Some(Self(address))
    }

    /// A pull request, of another repository of the same place where one is named (`acme/ledger`). The address is GitHub's own
    /// for links that are not to be seen from the other side: a plain one would leave a note on every pull request that is linked.
    pub(super) fn pull(repository_url: &str, other: Option<&str>, number: u64) -> Option<Self> {
        let url = match other {
            None => repository_url.to_owned(),
            Some(other) => format!("{}/{other}", repository_url.rsplitn(3, '/').nth(2)?),
        };
        let quiet = url.strip_prefix("https://github.com/").map(|rest| format!("https://redirect.github.com/{rest}"));
        is_address(&url).then(|| Self(format!("{}/pull/{number}", quiet.unwrap_or(url))))
    }

    /// A changed file, or a line of it as it is at the head, among the changed files of a pull request, whatever its head is.
    ///
    /// GitHub's own anchors: the SHA-256 of the path, and `R` with the line of the new side. They are not documented; its pages
    /// have had them since 2020 (go-gitea/gitea#19525, piceaTech/node-gitlab-2-github#215), and an anchor that is not there still
    /// leads to the list of the changed files.
    pub(super) fn in_diff(repository_url: &str, pull: u64, path: &str, line: Option<u32>) -> Option<Self> {
        if !is_address(repository_url) {
            return None;
        }
        let anchor = hex::encode(Sha256::digest(path));
        let line = line.map(|line| format!("R{line}")).unwrap_or_default();
        Some(Self(format!("{repository_url}/pull/{pull}/files#diff-{anchor}{line}")))
    }
}

/// Whether this is a web address that nothing in it can break out of a link.
fn is_address(url: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':' | '/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(plain))
}

/// The hidden first line by which the comment is found again. `inside` is written by us; what could end a comment or a line
/// is taken out of it.
pub(super) fn marker(inside: &str) -> Shown {
    let mut inside: String = inside
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '=' | '.' | '_' | ':' | '/' | ',' | '-'))
        .take(200)
        .collect();
    while inside.contains("--") {
        inside = inside.replace("--", "-");
    }
    match inside.trim_matches([' ', '-']) {
        "" => Shown::ours("<!-- merestone v1 -->\n"),
        inside => Shown(format!("<!-- merestone v1 {inside} -->\n")),
    }
}

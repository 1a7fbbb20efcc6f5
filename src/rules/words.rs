//! Words for messages: quoting what somebody wrote, and guessing what was meant.

/// How much of what somebody wrote is quoted in a message, in characters.
const QUOTED: usize = 60;
/// Words longer than this are not compared with others.
const COMPARED: usize = 64;
/// With more known words than this, only the first are compared.
const CANDIDATES: usize = 1_000;

/// What somebody wrote, between backticks: cut to a readable length, with invisible and bidirectional characters as escapes.
pub(crate) fn quote(written: &str) -> String {
    quote_up_to(QUOTED, written)
}

/// [`quote`], cut after so many characters.
pub(crate) fn quote_up_to(most: usize, written: &str) -> String {
    let mut shown = String::from("`");
    for (index, character) in written.chars().enumerate() {
        if index == most {
            shown.push('…');
            break;
        }
        push_visible(&mut shown, character);
    }
    shown.push('`');
    shown
}

/// A text with its invisible and bidirectional characters as escapes.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    text.chars().for_each(|character| push_visible(&mut shown, character));
    shown
}

/// Appends a character, as an escape when it is invisible or changes the direction of what follows.
pub(super) fn push_visible(shown: &mut String, character: char) {
    if is_invisible(character) {
        shown.extend(character.escape_unicode());
    } else {
        shown.push(character);
    }
}

/// Control, formatting and bidirectional characters.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Words that people write for one of ours, with ours.
const OTHER_WORDS: [(&str, &str); 16] = [
    ("organisation", "organization"),
    ("org", "organization"),
    ("owner", "team"),
    ("owners", "team"),
    ("path", "paths"),
    ("files", "paths"),
    ("name", "id"),
    ("if", "when"),
    ("reason", "why"),
    ("description", "why"),
    ("approvers", "sign_off"),
    ("reviewers", "sign_off"),
    ("approval", "sign_off"),
    ("severity", "enforce"),
    ("exceptions", "allow"),
    ("adr", "adrs"),
];

/// The known word that was probably meant.
pub(crate) fn meant<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(written);
    let length = folded.chars().count();
    if folded.is_empty() || length > COMPARED {
        return None;
    }
    // A word of one or two letters is near to every other one.
    let most = if length < 3 { 0 } else { (length / 3).clamp(1, 3) };
    let other = OTHER_WORDS.iter().find(|(word, _)| *word == folded).map(|(_, ours)| *ours);
    let mut best: Option<(usize, &str)> = None;
    for word in known.into_iter().take(CANDIDATES) {
        if other == Some(word) {
            return Some(word);
        }
        if word.len() > COMPARED * 4 {
            continue;
        }
        let candidate = fold(word);
        if candidate.chars().count().abs_diff(length) > most {
            continue;
        }
        let distance = strsim::osa_distance(&folded, &candidate);
        if distance <= most && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, word));
        }
    }
    best.map(|(_, word)| word)
}

/// Letter case and the choice of `-`, `_` or a space are no difference.
fn fold(word: &str) -> String {
    word.trim().to_lowercase().replace(['-', '_', ' '], "")
}

/// `; did you mean …?`, or nothing.
pub(super) fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    meant(written, known).map(|word| format!("; did you mean {}?", quote(word))).unwrap_or_default()
}

/// `a`, `a or b`, `a, b or c`, each between backticks; a long list is cut.
pub(super) fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 20;
    let words: Vec<String> = words.into_iter().map(quote).collect();
    let rest = words.len().saturating_sub(SHOWN);
    match words.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some(_) if rest > 0 => format!("{} and {rest} more", words[..SHOWN].join(", ")),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_what_was_meant() {
        let keys = ["sign_off", "enforce", "when", "why", "organization", "paths"];
        assert_eq!(meant("signoff", keys), Some("sign_off"));
        assert_eq!(meant("Sign-Off", keys), Some("sign_off"));
        assert_eq!(meant("enforec", keys), Some("enforce"));
        assert_eq!(meant("organisation", keys), Some("organization"));
        assert_eq!(meant("path", keys), Some("paths"));
        assert_eq!(meant("banana", keys), None);
        assert_eq!(meant(&"x".repeat(100_000), keys), None);
        assert_eq!(meant("", keys), None);
        assert_eq!(meant("e", ["a", "b"]), None);
    }

    #[test]
    fn quotes_without_invisible_characters() {
        assert_eq!(quote("a\u{202e}b\n"), "`a\\u{202e}b\\u{a}`");
        assert_eq!(quote(&"é".repeat(70)), format!("`{}…`", "é".repeat(60)));
    }

    #[test]
    fn lists_words() {
        assert_eq!(one_of(["a"]), "`a`");
        assert_eq!(one_of(["a", "b", "c"]), "`a`, `b` or `c`");
    }
}

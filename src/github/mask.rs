//! Keeps tokens and keys out of whatever people or logs may read.

use std::borrow::Cow;

/// How GitHub's tokens begin, and how a private key does. A token is masked by its beginning because its length is no constant.
const SECRETS: [&str; 7] = ["ghs_", "ghu_", "ghr_", "gho_", "ghp_", "github_pat_", "-----BEGIN"];

/// The text with every token and key in it replaced by `***`.
pub fn mask(text: &str) -> Cow<'_, str> {
    let Some(first) = next_secret(text) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut found) = (text, Some(first));
    while let Some((at, prefix)) = found {
        out.push_str(&rest[..at]);
        out.push_str("***");
        let secret = &rest[at..];
        // A key has spaces and line breaks in it, so it ends where it says so; a token ends at the first character that no token has.
        let end = if prefix == "-----BEGIN" { end_of_key(secret) } else { end_of_token(secret) };
        rest = &secret[end..];
        found = next_secret(rest);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn next_secret(text: &str) -> Option<(usize, &'static str)> {
    SECRETS.iter().filter_map(|prefix| text.find(prefix).map(|at| (at, *prefix))).min()
}

fn end_of_token(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '=' | '+' | '/')))
        .unwrap_or(text.len())
}

fn end_of_key(text: &str) -> usize {
    text.find("-----END")
        .and_then(|end| {
            let tail = &text[end + "-----END".len()..];
            tail.find("-----").map(|dashes| end + "-----END".len() + dashes + "-----".len())
        })
        .unwrap_or(text.len())
}

/// A message of GitHub's as one line that may be shown: no secret, no control character, at most 300 characters.
pub(super) fn shown(message: &str) -> String {
    let one_line: String = mask(message).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let one_line = one_line.split_whitespace().collect::<Vec<_>>().join(" ");
    match one_line.char_indices().nth(300) {
        Some((at, _)) => format!("{}…", &one_line[..at]),
        None => one_line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_both_formats_and_keys_are_masked() {
        let stateless = format!("ghs_42_{}.{}.{}", "a".repeat(36), "B-_".repeat(100), "c".repeat(171));
        for secret in ["ghs_16C7e42F292c6912E7710c838347Ae178B4a", &stateless, "ghu_x", "ghr_y", "github_pat_11AAA_bbb"]
        {
            let masked = mask(&format!("token \"{secret}\", again {secret}")).into_owned();
            assert_eq!(masked, "token \"***\", again ***", "{secret}");
        }
        let key = "a -----BEGIN RSA PRIVATE KEY-----\nMIIE ow==\n-----END RSA PRIVATE KEY----- b";
        assert_eq!(mask(key), "a *** b");
        assert_eq!(mask("cut -----BEGIN RSA PRIVATE KEY-----\nMIIE"), "cut ***");
    }

    #[test]
    fn other_text_is_left_alone() {
        assert!(matches!(mask("ghs is a prefix; gh_s too"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_message_is_one_short_line() {
        assert_eq!(shown("a\r\n\tb\u{7}  c"), "a b c");
        assert_eq!(shown(&"é".repeat(400)).chars().count(), 301);
    }
}

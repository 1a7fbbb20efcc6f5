//! Patterns as CODEOWNERS can have them.

use crate::ownership::is_visible;

/// The pattern of CODEOWNERS for one of the rules, whose braces, `!` and `./` are written out.
pub(super) fn of_rules(spelled: &str) -> String {
    let mut out = String::with_capacity(spelled.len() + 2);
    let mut chars = spelled.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                if let Some(escaped) = chars.next() {
                    push_literal(&mut out, escaped);
                }
            }
            '*' | '?' => out.push(c),
            c => push_literal(&mut out, c),
        }
    }
    // A line that begins with it would be skipped.
    if out.starts_with('!') {
        out.replace_range(..1, "?");
    }
    out
}

/// The pattern of one folder (with a trailing slash) or file of the listing. What no pattern can hold is a `?`, and a run of bytes
/// that are no UTF-8 a `*`: whoever writes it looks whether another path fits too.
pub(super) fn of_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 2);
    out.push('/');
    let mut rest = path;
    let mut escapes = false;
    while let Some(c) = rest.chars().next() {
        if is_escaped_byte(rest) {
            if !escapes {
                out.push('*');
            }
            (escapes, rest) = (true, &rest[4..]);
            continue;
        }
        push_literal(&mut out, c);
        (escapes, rest) = (false, &rest[c.len_utf8()..]);
    }
    out
}

/// Whether the text begins with a byte of a path as `git::shown` writes one.
fn is_escaped_byte(text: &str) -> bool {
    let hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    matches!(text.as_bytes(), [b'\\', b'x', high, low, ..] if hex(high) && hex(low))
}

fn push_literal(out: &mut String, c: char) {
    match c {
        '*' | '?' | '\\' | ' ' => out.extend(['\\', c]),
        // It may begin a comment, and `\#` does not work.
        '#' | '\t' => out.push('?'),
        c if !is_visible(c) => out.push('?'),
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_codeowners_does_not_know_is_spelled_otherwise() {
        for (spelled, expected) in [
            ("/a b/*.rs", "/a\\ b/*.rs"),
            (r"/\{x\}\,y/", "/{x},y/"),
            (r"/a\*b\?/", r"/a\*b\?/"),
            (r"\!odd", "?odd"),
            ("#notes", "?notes"),
            ("/[id]/", "/[id]/"),
        ] {
            assert_eq!(of_rules(spelled), expected);
        }
        for (path, expected) in [
            ("a/b c#1.rs", "/a/b\\ c?1.rs"),
            ("caf\\xc3\\xe9/x*", "/caf*/x\\*"),
            ("tab\there\u{202e}", "/tab?here?"),
            ("back\\slash", "/back\\\\slash"),
        ] {
            assert_eq!(of_path(path), expected);
        }
    }
}

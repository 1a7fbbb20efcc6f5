//! Paths as git keeps them (bytes) and as they are shown (text), one to one.

use std::borrow::Cow;

/// A path as text: bytes that are not UTF-8 become `\xNN`. Two different paths never become the same text: where a path
/// itself spells such an escape, its backslash becomes `\x5c`.
pub fn shown(bytes: &[u8]) -> String {
    let plain = std::str::from_utf8(bytes).ok().filter(|text| !text.contains("\\x"));
    if let Some(text) = plain {
        return text.to_owned();
    }
    let mut out = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some(at) = rest.find("\\x") {
            out.push_str(&rest[..at]);
            out.push_str(if escaped(&rest.as_bytes()[at..]).is_some() { "\\x5c" } else { "\\" });
            rest = &rest[at + 1..];
        }
        out.push_str(rest);
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

/// The path that [`shown`] made this text of.
pub fn bytes(shown: &str) -> Cow<'_, [u8]> {
    if !shown.contains("\\x") {
        return Cow::Borrowed(shown.as_bytes());
    }
    let mut rest = shown.as_bytes();
    let mut out = Vec::with_capacity(rest.len());
    while let Some((first, tail)) = rest.split_first() {
        if let Some(byte) = escaped(rest) {
            out.push(byte);
            rest = &rest[4..];
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    Cow::Owned(out)
}

/// The byte that an escape at the beginning of `text` stands for. Only what [`shown`] writes is one: a backslash, or a byte
/// that can be no part of ASCII, in lower case.
fn escaped(text: &[u8]) -> Option<u8> {
    let [b'\\', b'x', high, low, ..] = text else { return None };
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let byte = digit(*high)? * 16 + digit(*low)?;
    (byte >= 0x80 || byte == b'\\').then_some(byte)
}

/// What git means by a line of its output: a path in double quotes with backslash escapes, as `core.quotePath` prints odd
/// ones, is unquoted; anything else is the path as it stands.
pub fn unquoted(line: &[u8]) -> Cow<'_, [u8]> {
    // Git quotes only what needs an escape, so a quoted name without a backslash is not git's quoting.
    let inner = line.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).filter(|i| i.contains(&b'\\'));
    inner.and_then(unescape).map_or(Cow::Borrowed(line), Cow::Owned)
}

fn unescape(quoted: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'"' => return None,
            b'\\' => {
                let (escape, tail) = rest.split_first()?;
                rest = tail;
                out.push(match escape {
                    b'a' => 7,
                    b'b' => 8,
                    b't' => b'\t',
                    b'n' => b'\n',
                    b'v' => 11,
                    b'f' => 12,
                    b'r' => b'\r',
                    b'"' | b'\\' => *escape,
                    b'0'..=b'3' => {
                        let (low, tail) = rest.split_at_checked(2)?;
                        rest = tail;
                        let octal = |byte: u8| (b'0'..=b'7').contains(&byte).then(|| byte - b'0');
                        (escape - b'0') * 64 + octal(low[0])? * 8 + octal(low[1])?
                    }
                    _ => return None,
                });
            }
            byte => out.push(*byte),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_stays_and_other_bytes_are_escaped() {
        for (raw, text) in [
            (&b"src/main.rs"[..], "src/main.rs"),
            ("d\u{e9}j\u{e0} vu/\u{1f980}.rs".as_bytes(), "d\u{e9}j\u{e0} vu/\u{1f980}.rs"),
            (b"caf\xe9.txt", "caf\\xe9.txt"),
            (b"caf\\xe9.txt", "caf\\x5cxe9.txt"),
            (b"caf\\x5cxe9.txt", "caf\\x5cx5cxe9.txt"),
            (b"win\\xyz\\x41", "win\\xyz\\x41"),
            (b"\\\xff", "\\\\xff"),
            (b"\\xf\xff", "\\xf\\xff"),
        ] {
            assert_eq!(shown(raw), text);
            assert_eq!(bytes(text).as_ref(), raw);
        }
    }

    #[test]
    fn git_quoting_is_undone_and_nothing_else() {
        for (line, path) in [
            (&br#""a\tb""#[..], &b"a\tb"[..]),
            (br#""caf\303\251 \"x\".txt""#, "caf\u{e9} \"x\".txt".as_bytes()),
            (br#""quoted""#, br#""quoted""#),
            (br#""half"#, br#""half"#),
            (br#""bad \q""#, br#""bad \q""#),
            (br#""bad \30""#, br#""bad \30""#),
            (br#"a\tb"#, br#"a\tb"#),
        ] {
            assert_eq!(unquoted(line).as_ref(), path);
        }
    }

    proptest! {
        #[test]
        fn no_two_paths_become_one(raw in proptest::collection::vec(
            prop_oneof![Just(b'\\'), Just(b'x'), Just(b'f'), Just(b'5'), Just(b'c'), Just(0xffu8), any::<u8>()], 0..24)) {
            let text = shown(&raw);
            let back = bytes(&text);
            prop_assert_eq!(back.as_ref(), &raw[..]);
        }
    }
}

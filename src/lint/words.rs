//! Words for messages.

use crate::rules::quote_up_to;

/// How much of a path or pattern is shown, in characters: people tell them apart by their ends.
const SHOWN: usize = 160;

/// What somebody wrote, between backticks, with invisible characters as escapes.
pub(super) fn quote(written: &str) -> String {
    quote_up_to(SHOWN, written)
}

/// `1 file`, `2 files`.
pub(super) fn count(number: usize, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {one}s"),
    }
}

/// The first few, quoted, and how many more there are.
pub(super) fn some<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 3;
    let names: Vec<&str> = names.into_iter().collect();
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| quote(name)).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => match shown.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        },
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The greatest first; of equals the earlier by name.
pub(super) fn greatest<K: Ord>(counted: impl IntoIterator<Item = (K, usize)>) -> Vec<(K, usize)> {
    let mut counted: Vec<(K, usize)> = counted.into_iter().collect();
    counted.sort_by(|(a, many), (b, more)| more.cmp(many).then_with(|| a.cmp(b)));
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_cut() {
        assert_eq!(some(["a"]), "`a`");
        assert_eq!(some(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(some(["a", "b", "c", "d", "e"]), "`a`, `b`, `c` and 2 more");
        assert_eq!((count(1, "file"), count(0, "file")), ("1 file".to_owned(), "0 files".to_owned()));
        assert_eq!(greatest([("b", 1), ("a", 1), ("c", 2)]), [("c", 2), ("a", 1), ("b", 1)]);
    }
}

//! What the patch of one file tells of its base version. Pure.
//!
//! GitHub cuts no patch: it leaves out those over its limits. That is not relied on. A patch counts as whole where each hunk has
//! as many lines as its head announces and all of them together as many as the entry says were added and removed.

use sha2::{Digest, Sha256};

use crate::review::header_says_generated;

/// What stands for a byte that is no text. A patch with one in it is not what the file says.
const UNDECODABLE: char = '\u{FFFD}';

/// What a whole patch tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// Its SHA-256, hex.
    pub digest: String,
    /// Whether the first lines of the base version say that it is generated; `None`: the patch does not show them.
    pub generated_at_base: Option<bool>,
}

/// One hunk's head: where it begins in the base, and how many lines of each side follow.
struct Hunk {
    begins: u64,
    old: u64,
    new: u64,
}

impl Hunk {
    /// `@@ -1,7 +1,6 @@ fn main()`; a count of 1 is left out (POSIX, diff utility, unified format).
    fn parse(line: &str) -> Option<Self> {
        let (old, rest) = line.strip_prefix("@@ -")?.split_once(" +")?;
        let (new, _) = rest.split_once(" @@")?;
        let span = |span: &str| -> Option<(u64, u64)> {
            let (begins, count) = span.split_once(',').unwrap_or((span, "1"));
            Some((begins.parse().ok()?, count.parse().ok()?))
        };
        let ((begins, old), (_, new)) = (span(old)?, span(new)?);
        Some(Self { begins, old, new })
    }
}

/// Reads a patch of so many added and removed lines; `None`: it is not whole, or not what the file says.
pub(super) fn read(patch: &str, additions: u64, deletions: u64) -> Option<Told> {
    if patch.contains(UNDECODABLE) {
        return None;
    }
    let (mut added, mut removed) = (0, 0);
    // Lines of the base from its first line on, as long as they are known.
    let mut beginning: Option<Vec<&str>> = None;
    let mut hunk = Hunk { begins: 0, old: 0, new: 0 };
    let mut hunks = 0;
    for line in patch.strip_suffix('\n').unwrap_or(patch).split('\n') {
        if hunk.old == 0 && hunk.new == 0 && !line.starts_with('\\') {
            hunk = Hunk::parse(line)?;
            hunks += 1;
            if hunks == 1 && hunk.begins == 1 {
                beginning = Some(Vec::new());
            }
            continue;
        }
        let (old, new) = match line.as_bytes().first()? {
            b' ' => (1, 1),
            b'-' => (1, 0),
            b'+' => (0, 1),
            // `\ No newline at end of file`
            b'\\' => (0, 0),
            _ => return None,
        };
        hunk.old = hunk.old.checked_sub(old)?;
        hunk.new = hunk.new.checked_sub(new)?;
        added += u64::from(new > old);
        removed += u64::from(old > new);
        if let Some(lines) = beginning.as_mut().filter(|_| hunks == 1 && old == 1) {
            lines.push(&line[1..]);
        }
    }
    let whole = hunks > 0 && hunk.old == 0 && hunk.new == 0 && (added, removed) == (additions, deletions);
    whole.then(|| Told {
        digest: hex::encode(Sha256::digest(patch)),
        generated_at_base: beginning.and_then(|lines| header_says_generated(&lines)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(patch: &str, additions: u64, deletions: u64) -> Option<bool> {
        read(patch, additions, deletions).expect("a whole patch").generated_at_base
    }

    #[test]
    fn what_is_not_whole_tells_nothing() {
        let whole = "@@ -1,2 +1,2 @@ fn a()\n a\n-b\n+c\n@@ -9 +9,2 @@\n x\n+y";
        assert!(read(whole, 2, 1).is_some());
        assert!(read(&format!("{whole}\n"), 2, 1).is_some(), "with or without an end of the last line");
        assert!(
            read("@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file", 1, 1).is_some()
        );
        assert!(read("@@ -0,0 +1 @@\n+--- a", 1, 0).is_some());
        assert!(read("@@ -1,2 +1 @@\n @@ -1 +1 @@\n-@@ -1 +1 @@", 0, 1).is_some(), "what looks like a head is text");
        for (patch, additions, deletions) in [
            ("", 0, 0),
            (whole, 2, 2),
            (whole, 3, 1),
            ("@@ -1,2 +1,2 @@\n a\n-b", 0, 1),
            ("@@ -1,2 +1,2 @@\n a\n-b\n+c\n+d", 2, 1),
            ("@@ -1,2 +1,2 @@\n a\n-b\n+c\n...", 1, 1),
            ("@@ -1,2 +1,2 @@\n a\n-\u{FFFD}\n+c", 1, 1),
            ("@@ -a +1 @@\n-b", 0, 1),
            ("a\n-b", 0, 1),
            ("@@ -1,2 +1 @@\n\n-b", 0, 1),
        ] {
            assert_eq!(read(patch, additions, deletions), None, "{patch:?}");
        }
    }

    #[test]
    fn every_character_of_a_patch_is_in_its_digest() {
        let digest = |patch: &str| read(patch, 1, 1).expect("a whole patch").digest;
        let all = [
            digest("@@ -1 +1 @@\n-a\n+b"),
            digest("@@ -1 +1 @@\n-a\r\n+b"),
            digest("@@ -1 +1 @@\n-a \n+b"),
            digest("@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b"),
            digest("@@ -2 +2 @@\n-a\n+b"),
        ];
        let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn the_base_s_first_lines_are_read_from_context_and_removed_lines() {
        let generated = "@@ -1,3 +1,3 @@\n // Code generated by x. DO NOT EDIT.\n package a\n-var A = 1\n+var A = 2";
        assert_eq!(header(generated, 1, 1), Some(true));
        let crlf = generated.replace('\n', "\r\n").replace("@@\r\n", "@@\n");
        assert_eq!(header(&crlf, 1, 1), Some(true));
        let by_hand = "@@ -1,3 +1,3 @@\n // A package.\n package a\n-var A = 1\n+var A = 2";
        assert_eq!(header(by_hand, 1, 1), Some(false));
        // What the head says of itself is nothing.
        let claimed = "@@ -1,2 +1,3 @@\n+// Code generated by x. DO NOT EDIT.\n package a\n var A = 1";
        assert_eq!(header(claimed, 1, 0), Some(false));
        let taken_away = "@@ -1,2 +1 @@\n-// Code generated by x. DO NOT EDIT.\n package a";
        assert_eq!(header(taken_away, 0, 1), Some(true));
    }

    #[test]
    fn lines_that_are_not_shown_say_nothing() {
        let later = "@@ -2,3 +2,3 @@\n package a\n\n-var A = 1\n+var A = 2".replace("\n\n", "\n \n");
        assert_eq!(header(&later, 1, 1), None);
        let cut = "@@ -1,3 +1,4 @@\n // Copyright\n //\n // All rights reserved\n+// and more";
        assert_eq!(header(cut, 1, 0), None, "the next line may say it");
        // A second hunk is further down, whatever stands between.
        let gap = "@@ -1 +1,2 @@\n // Copyright\n+//\n@@ -9 +10,2 @@\n package a\n+var A = 1";
        assert_eq!(header(gap, 2, 0), None);
    }
}

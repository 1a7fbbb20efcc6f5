//! What changed between two snapshots, as GitHub lists it: status, renames, counts, patches.

use std::collections::BTreeMap;

use super::git::{Entry, Files, Mode, Objects};

/// GitHub leaves `patch` out of a file with more lines or bytes than this.
const PATCH_LINES: usize = 20_000;
const PATCH_BYTES: usize = 500 * 1024;
/// A new file this alike to a vanished one was moved: git's own threshold.
const SIMILAR_PERCENT: usize = 50;
/// How many vanished and new files are compared with each other in search of renames.
const RENAME_CANDIDATES: usize = 100;

/// One changed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Path now (of a removed file: before).
    pub path: String,
    /// Where a renamed file was.
    pub previous: Option<String>,
    /// In GitHub's words: `added`, `removed`, `modified`, `renamed`.
    pub status: &'static str,
    /// Before.
    pub old: Option<Entry>,
    /// Now.
    pub new: Option<Entry>,
}

/// What a change does to the lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// Lines that came.
    pub additions: usize,
    /// Lines that went.
    pub deletions: usize,
    /// The hunks; `None` for a binary file, a move without edits, and a diff over the limits.
    pub patch: Option<String>,
}

/// Every changed file, sorted by path.
pub fn changes(objects: &Objects, old: &Files, new: &Files) -> Vec<Change> {
    let mut found = Vec::new();
    let (mut gone, mut fresh) = (BTreeMap::new(), BTreeMap::new());
    for (path, entry) in old {
        match new.get(path) {
            None => {
                gone.insert(path, entry);
            }
            Some(now) if now != entry => found.push(Change {
                path: path.clone(),
                previous: None,
                status: "modified",
                old: Some(entry.clone()),
                new: Some(now.clone()),
            }),
            Some(_) => {}
        }
    }
    for (path, entry) in new {
        if !old.contains_key(path) {
            fresh.insert(path, entry);
        }
    }
    for (from, to) in renames(objects, &gone, &fresh) {
        let (was, now) = (gone.remove(&from).cloned(), fresh.remove(&to).cloned());
        found.push(Change { path: to, previous: Some(from), status: "renamed", old: was, new: now });
    }
    for (path, entry) in gone {
        found.push(Change {
            path: path.clone(),
            previous: None,
            status: "removed",
            old: Some(entry.clone()),
            new: None,
        });
    }
    for (path, entry) in fresh {
        found.push(Change { path: path.clone(), previous: None, status: "added", old: None, new: Some(entry.clone()) });
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Pairs of (vanished, new) paths that are one file moved: first those of one content, then the most alike.
fn renames(
    objects: &Objects,
    gone: &BTreeMap<&String, &Entry>,
    fresh: &BTreeMap<&String, &Entry>,
) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut gone: Vec<(&String, &Entry)> = gone.iter().map(|(path, entry)| (*path, *entry)).collect();
    let mut fresh: Vec<(&String, &Entry)> = fresh.iter().map(|(path, entry)| (*path, *entry)).collect();
    let mut by_content: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for (path, entry) in &gone {
        by_content.entry(&entry.oid).or_default().push(path);
    }
    fresh.retain(|(path, entry)| {
        let Some(from) = by_content.get_mut(entry.oid.as_str()).and_then(Vec::pop) else { return true };
        pairs.push((from.clone(), (*path).clone()));
        false
    });
    gone.retain(|(path, _)| !pairs.iter().any(|(from, _)| from == *path));
    if gone.len() <= RENAME_CANDIDATES && fresh.len() <= RENAME_CANDIDATES {
        for (to, entry) in fresh {
            let best = gone
                .iter()
                .enumerate()
                .map(|(index, (_, was))| (similarity(objects, was, entry), index))
                .max_by_key(|(score, index)| (*score, usize::MAX - index));
            if let Some((score, index)) = best
                && score >= SIMILAR_PERCENT
            {
                pairs.push((gone.remove(index).0.clone(), to.clone()));
            }
        }
    }
    pairs
}

/// How many percent of the larger file's lines both have.
fn similarity(objects: &Objects, one: &Entry, other: &Entry) -> usize {
    let (Some(one), Some(other)) = (text(objects, Some(one)), text(objects, Some(other))) else { return 0 };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for line in one.lines() {
        *counts.entry(line).or_default() += 1;
    }
    let common = other
        .lines()
        .filter(|line| match counts.get_mut(line) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        })
        .count();
    let longer = one.lines().count().max(other.lines().count());
    (common * 100).checked_div(longer).unwrap_or(0)
}

/// The text of an entry; `None` for a binary file. A file that is not there is empty.
fn text(objects: &Objects, entry: Option<&Entry>) -> Option<String> {
    let Some(entry) = entry else { return Some(String::new()) };
    if entry.mode == Mode::Submodule {
        return Some(format!("Subproject commit {}\n", entry.oid));
    }
    let bytes = objects.blob(&entry.oid)?;
    if bytes.contains(&0) {
        return None;
    }
    String::from_utf8(bytes.to_vec()).ok()
}

/// Counts and patch of one change.
pub fn lines(objects: &Objects, change: &Change) -> Lines {
    let (Some(old), Some(new)) = (text(objects, change.old.as_ref()), text(objects, change.new.as_ref())) else {
        return Lines::default();
    };
    if old == new {
        return Lines::default();
    }
    let (before, after): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let script = script(&before, &after);
    let additions = script.iter().filter(|(side, _)| *side == '+').count();
    let deletions = script.iter().filter(|(side, _)| *side == '-').count();
    let patch = hunks(&script);
    let shown = script.len() <= PATCH_LINES && patch.len() <= PATCH_BYTES;
    Lines { additions, deletions, patch: shown.then_some(patch) }
}

/// The lines of both sides in order, marked ' ', '-' or '+'.
fn script<'a>(before: &[&'a str], after: &[&'a str]) -> Vec<(char, &'a str)> {
    let head = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let tail = before[head..].iter().rev().zip(after[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&before[head..before.len() - tail], &after[head..after.len() - tail]);
    let mut script: Vec<(char, &str)> = before[..head].iter().map(|line| (' ', *line)).collect();
    if old.len().saturating_mul(new.len()) > 4_000_000 {
        script.extend(old.iter().map(|line| ('-', *line)));
        script.extend(new.iter().map(|line| ('+', *line)));
    } else {
        // lengths of the longest common subsequences of the tails from (i, j) on
        let width = new.len() + 1;
        let mut longest = vec![0_u32; (old.len() + 1) * width];
        for i in (0..old.len()).rev() {
            for j in (0..new.len()).rev() {
                longest[i * width + j] = if old[i] == new[j] {
                    longest[(i + 1) * width + j + 1] + 1
                } else {
                    longest[(i + 1) * width + j].max(longest[i * width + j + 1])
                };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < old.len() || j < new.len() {
            if i < old.len() && j < new.len() && old[i] == new[j] {
                script.push((' ', old[i]));
                (i, j) = (i + 1, j + 1);
            } else if j == new.len() || (i < old.len() && longest[(i + 1) * width + j] >= longest[i * width + j + 1]) {
                script.push(('-', old[i]));
                i += 1;
            } else {
                script.push(('+', new[j]));
                j += 1;
            }
        }
    }
    script.extend(before[before.len() - tail..].iter().map(|line| (' ', *line)));
    script
}

/// Unified hunks with three lines of context, as in `patch`: without the file's header and without a final newline.
fn hunks(script: &[(char, &str)]) -> String {
    const CONTEXT: usize = 3;
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for (index, _) in script.iter().enumerate().filter(|(_, (side, _))| *side != ' ') {
        let (start, end) = (index.saturating_sub(CONTEXT), (index + CONTEXT + 1).min(script.len()));
        match groups.last_mut() {
            Some(last) if start <= last.1 => last.1 = end,
            _ => groups.push((start, end)),
        }
    }
    let mut out = String::new();
    let count = |part: &[(char, &str)], side: char| part.iter().filter(|(s, _)| *s == ' ' || *s == side).count();
    for (start, end) in groups {
        let (old_before, new_before) = (count(&script[..start], '-'), count(&script[..start], '+'));
        let (old, new) = (count(&script[start..end], '-'), count(&script[start..end], '+'));
        let span = |before: usize, count: usize| match count {
            0 => format!("{before},0"),
            1 => format!("{}", before + 1),
            _ => format!("{},{count}", before + 1),
        };
        out.push_str(&format!("@@ -{} +{} @@\n", span(old_before, old), span(new_before, new)));
        for (side, line) in &script[start..end] {
            out.push(*side);
            match line.strip_suffix('\n') {
                Some(line) => out.push_str(line),
                None => {
                    out.push_str(line);
                    out.push_str("\n\\ No newline at end of file");
                }
            }
            out.push('\n');
        }
    }
    out.pop();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(objects: &mut Objects, entries: &[(&str, &str)]) -> Files {
        entries
            .iter()
            .map(|(path, text)| {
                ((*path).to_owned(), Entry { mode: Mode::Regular, oid: objects.add_blob(text.as_bytes()) })
            })
            .collect()
    }

    #[test]
    fn statuses_and_renames() {
        let mut objects = Objects::default();
        let old = snapshot(&mut objects, &[("gone", "g"), ("kept", "k"), ("moved", "m"), ("edited", "1\n2\n3\n4\n")]);
        let new = snapshot(&mut objects, &[("kept", "k2"), ("there", "m"), ("added", "a"), ("new", "1\n2\n3\n5\n")]);
        let found: Vec<(String, Option<String>, &str)> =
            changes(&objects, &old, &new).into_iter().map(|c| (c.path, c.previous, c.status)).collect();
        let row = |path: &str, previous: Option<&str>, status| (path.to_owned(), previous.map(str::to_owned), status);
        assert_eq!(
            found,
            [
                row("added", None, "added"),
                row("gone", None, "removed"),
                row("kept", None, "modified"),
                row("new", Some("edited"), "renamed"),
                row("there", Some("moved"), "renamed"),
            ]
        );
    }

    #[test]
    fn patches_are_those_of_git() {
        let mut objects = Objects::default();
        let old: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let new = old.replace("2\n3\n", "2\nnew\n3\n").replace("19\n20\n", "19");
        let (before, after) = (snapshot(&mut objects, &[("f", &old)]), snapshot(&mut objects, &[("f", &new)]));
        let change = changes(&objects, &before, &after).remove(0);
        let lines = lines(&objects, &change);
        assert_eq!((lines.additions, lines.deletions), (2, 2));
        insta::assert_snapshot!(lines.patch.expect("text"), @r"
        @@ -1,5 +1,6 @@
         1
         2
        +new
         3
         4
         5
        @@ -16,5 +17,4 @@
         16
         17
         18
        -19
        -20
        +19
        \ No newline at end of file
        ");
    }
}

//! Folders and files that say what patterns cannot.

use super::pattern;

/// With fewer files in one folder than this each is named.
const TOGETHER: usize = 3;

/// Lines (a pattern and the number of its owners) for every path of which `now` is not what is `wanted`. No line changes a path that
/// is right, unless by a name that no pattern can hold.
pub(super) fn lines(paths: &[&str], now: &[usize], wanted: &[usize]) -> Vec<(String, usize)> {
    let mut cover = Cover { paths, now, wanted, lines: Vec::new() };
    cover.folder("", 0..paths.len());
    // A name that no pattern can hold may fit another path too; whatever names that one exactly comes after it.
    cover.lines.sort_by_key(|(pattern, _)| !pattern.contains(['?', '*']));
    cover.lines
}

struct Cover<'a> {
    paths: &'a [&'a str],
    now: &'a [usize],
    wanted: &'a [usize],
    lines: Vec<(String, usize)>,
}

impl Cover<'_> {
    fn is_wrong(&self, at: usize) -> bool {
        self.now[at] != self.wanted[at]
    }

    /// The owners that all of these are to have.
    fn agreed(&self, mut some: impl Iterator<Item = usize>) -> Option<usize> {
        let first = self.wanted[some.next()?];
        some.all(|at| self.wanted[at] == first).then_some(first)
    }

    /// `folder` is empty or ends with a slash; `range` are the paths below it.
    fn folder(&mut self, folder: &str, range: std::ops::Range<usize>) {
        if !range.clone().any(|at| self.is_wrong(at)) {
            return;
        }
        if let Some(owners) = self.agreed(range.clone()) {
            let pattern = if folder.is_empty() { "*".to_owned() } else { pattern::of_path(folder) };
            // A single file is named, so that what comes beside it is not taken along.
            let pattern = if range.len() == 1 { pattern::of_path(self.paths[range.start]) } else { pattern };
            self.lines.push((pattern, owners));
            return;
        }
        let mut files = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let rest = &self.paths[at][folder.len()..];
            let Some(slash) = rest.find('/') else {
                files.push(at);
                at += 1;
                continue;
            };
            let inner = &self.paths[at][..folder.len() + slash + 1];
            let length = self.paths[at..range.end].partition_point(|path| path.starts_with(inner));
            self.folder(inner, at..at + length);
            at += length;
        }
        let wrong: Vec<usize> = files.iter().copied().filter(|at| self.is_wrong(*at)).collect();
        match self.agreed(files.iter().copied()) {
            Some(owners) if wrong.len() >= TOGETHER => {
                self.lines.push((format!("{}*", pattern::of_path(folder)), owners));
            }
            _ => self.lines.extend(wrong.iter().map(|at| (pattern::of_path(self.paths[*at]), self.wanted[*at]))),
        }
    }
}

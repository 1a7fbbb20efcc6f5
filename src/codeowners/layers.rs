//! The services as lines, in an order in which the last that matches is right.

use std::collections::HashMap;

use crate::glob::Glob;
use crate::ownership::Codeowners;
use crate::rules::{PatternSet, Rules, Service};

use super::cover;
use super::pattern;

/// A list that could not be mended in so many rounds cannot be mended.
const ROUNDS: usize = 4;

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub pattern: String,
    pub owners: Vec<String>,
}

/// Lines under one comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub title: String,
    pub lines: Vec<Line>,
}

/// An owner list, by its number.
type Owners = usize;

/// Who owns every path by the lines so far.
pub(super) struct Layers<'a> {
    /// Sorted.
    paths: &'a [&'a str],
    lists: Vec<Vec<String>>,
    numbers: HashMap<Vec<String>, Owners>,
    /// What has to come out.
    wanted: Vec<Owners>,
    /// What the repository's own lines say.
    kept: Vec<Owners>,
    /// What all lines so far say.
    now: Vec<Owners>,
    pub blocks: Vec<Block>,
}

impl<'a> Layers<'a> {
    pub fn new(paths: &'a [&'a str], wanted: &[Vec<String>], kept: &Codeowners) -> Self {
        let mut layers = Self {
            paths,
            lists: Vec::new(),
            numbers: HashMap::new(),
            wanted: Vec::new(),
            kept: Vec::new(),
            now: Vec::new(),
            blocks: Vec::new(),
        };
        layers.wanted = wanted.iter().map(|owners| layers.number(owners)).collect();
        let owners = |path: &&str| kept.entry_for(path).map(|entry| entry.owners.clone()).unwrap_or_default();
        layers.kept = paths.iter().map(|path| layers.number(&owners(path))).collect();
        layers.now = layers.kept.clone();
        layers
    }

    fn number(&mut self, owners: &[String]) -> Owners {
        if let Some(number) = self.numbers.get(owners) {
            return *number;
        }
        let number = self.lists.len();
        self.lists.push(owners.to_vec());
        self.numbers.insert(owners.to_vec(), number);
        number
    }

    /// A block for every service, in the order of the rules.
    pub fn services(&mut self, rules: &Rules, handle: impl Fn(&str) -> String) {
        let owners = |service: &Service| -> Vec<String> { service.teams.iter().map(|team| handle(team)).collect() };
        // A service with paths of its own has the folder of its name only where nobody else takes it.
        for service in rules.services.iter().filter(|service| !service.teams.is_empty()) {
            let Some(paths) = &service.paths else { continue };
            let mut lines = self.folders(rules, service);
            lines.retain(|line| self.matching(line).iter().any(|at| !paths.matches(self.paths[*at])));
            self.give(&format!("{}, the folder of its name", service.name), &lines, &owners(service));
        }
        for service in &rules.services {
            match (&service.paths, service.teams.is_empty()) {
                (None, false) => {
                    let lines = self.folders(rules, service);
                    self.give(&service.name, &lines, &owners(service));
                }
                (Some(paths), false) => self.paths(service, paths, &owners(service)),
                // Its files are those of the repository's own lines again; what is left is mended.
                (None, true) => {
                    let lines = self.folders(rules, service);
                    let kept = self.kept.clone();
                    self.restore_all(&service.name, &lines, &kept);
                }
                (Some(paths), true) => {
                    let lines: Vec<String> =
                        paths.spelled().filter(|(out, _)| !out).map(|(_, text)| pattern::of_rules(text)).collect();
                    let kept = self.kept.clone();
                    self.restore_all(&service.name, &lines, &kept);
                }
            }
        }
    }

    /// The folders of this name under `roots`.
    fn folders(&self, rules: &Rules, service: &Service) -> Vec<String> {
        let mut folders = Vec::new();
        for (out, text) in rules.roots.iter().flat_map(|root| root.folders.spelled()) {
            let (above, last) = text.rsplit_once('/').unwrap_or(("", text));
            let named = || Glob::path(&format!("/{last}")).is_ok_and(|glob| glob.matches(&service.name));
            if !out && !service.name.contains('/') && named() {
                let name = pattern::of_path(&service.name);
                let folder = format!("{}{name}/", pattern::of_rules(above));
                if !folders.contains(&folder) {
                    folders.push(folder);
                }
            }
        }
        folders
    }

    /// Lines that give what they match to these owners.
    fn give(&mut self, title: &str, patterns: &[String], owners: &[String]) {
        let number = self.number(owners);
        let lines: Vec<(String, Owners)> = patterns.iter().map(|pattern| (pattern.clone(), number)).collect();
        self.block(title, lines);
    }

    /// A service's own patterns, in their order.
    fn paths(&mut self, service: &Service, paths: &PatternSet, owners: &[String]) {
        let before = self.now.clone();
        let owners = self.number(owners);
        let mut lines = Vec::new();
        let mut taken: Vec<String> = Vec::new();
        for (out, text) in paths.spelled() {
            let line = pattern::of_rules(text);
            if out {
                for (pattern, owners) in self.restored(&line, &taken, &before) {
                    self.apply(&pattern, owners);
                    lines.push((pattern, owners));
                }
            } else {
                self.apply(&line, owners);
                taken.push(line.clone());
                lines.push((line, owners));
            }
        }
        self.say(&service.name, lines);
    }

    fn restore_all(&mut self, title: &str, patterns: &[String], to: &[Owners]) {
        let mut lines = Vec::new();
        for pattern in patterns {
            lines.extend(self.restored(pattern, &[], to));
        }
        self.block(&format!("{title}, which names no team"), lines);
    }

    /// Lines that make of what `pattern` takes out of `taken` what `to` says: the pattern itself where all that it matches agrees,
    /// else the pattern below each folder that was taken in; none where that does not say it.
    fn restored(&self, pattern: &str, taken: &[String], to: &[Owners]) -> Vec<(String, Owners)> {
        let changed = |matched: &[usize]| matched.iter().any(|at| self.now[*at] != to[*at]);
        let matched = self.matching(pattern);
        if !changed(&matched) {
            return Vec::new();
        }
        let agreed = |matched: &[usize]| {
            let (first, rest) = matched.split_first()?;
            rest.iter().all(|at| to[*at] == to[*first]).then_some(to[*first])
        };
        if let Some(owners) = agreed(&matched) {
            return vec![(pattern.to_owned(), owners)];
        }
        // Only a pattern that matches at any depth can be put below a folder.
        if pattern.trim_end_matches('/').contains('/') {
            return Vec::new();
        }
        let below = taken.iter().filter(|folder| folder.starts_with('/') && folder.ends_with('/'));
        below
            .filter_map(|folder| {
                let narrower = format!("{folder}**/{pattern}");
                let matched = self.matching(&narrower);
                let owners = agreed(&matched).filter(|_| changed(&matched))?;
                Some((narrower, owners))
            })
            .collect()
    }

    fn block(&mut self, title: &str, lines: Vec<(String, Owners)>) {
        for (pattern, owners) in &lines {
            self.apply(pattern, *owners);
        }
        self.say(title, lines);
    }

    fn say(&mut self, title: &str, lines: Vec<(String, Owners)>) {
        if lines.is_empty() {
            return;
        }
        let line = |(pattern, owners): (String, Owners)| Line { pattern, owners: self.lists[owners].clone() };
        let lines = lines.into_iter().map(line).collect();
        self.blocks.push(Block { title: title.to_owned(), lines });
    }

    fn apply(&mut self, pattern: &str, owners: Owners) {
        for at in self.matching(pattern) {
            self.now[at] = owners;
        }
    }

    /// The paths that a line of this pattern matches.
    fn matching(&self, pattern: &str) -> Vec<usize> {
        let Ok(glob) = Glob::path(pattern) else { return Vec::new() };
        let range = match literal_folder(pattern) {
            Some(folder) => {
                let from = self.paths.partition_point(|path| *path < folder);
                let length = self.paths[from..].partition_point(|path| path.starts_with(folder));
                from..from + length
            }
            None => 0..self.paths.len(),
        };
        range.filter(|at| glob.matches(self.paths[*at])).collect()
    }

    /// Lists what the lines so far get wrong, by folder where a folder agrees, else file by file; how many lines that took.
    pub fn mend(&mut self) -> usize {
        let mut all = Vec::new();
        for _ in 0..ROUNDS {
            let lines = cover::lines(self.paths, &self.now, &self.wanted);
            if lines.is_empty() {
                break;
            }
            for (pattern, owners) in &lines {
                self.apply(pattern, *owners);
            }
            all.extend(lines);
        }
        let count = all.len();
        self.say("What no pattern of CODEOWNERS says (`!`, and the order of services), folder by folder as the files are now", all);
        count
    }
}

/// The folder, with its slash and without the leading one, that all matches of an anchored pattern lie in.
fn literal_folder(pattern: &str) -> Option<&str> {
    let anchored = pattern.strip_prefix('/')?;
    let special = anchored.find(['*', '?', '\\']).unwrap_or(anchored.len());
    let end = anchored[..special].rfind('/')?;
    Some(&anchored[..=end])
}

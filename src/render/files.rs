//! The changed files in the comment, and links to them.

use std::ops::ControlFlow;

use crate::review::{Evidence, FileReview, FileStatus};

use super::comment::{Budget, Writer, fold};
use super::mermaid;
use super::phrase::Phrase;
use super::shown::{self, Shown, Target};
use super::span::Group;
use super::words;

/// Services and owners that are listed one by one.
const MOST_GROUPS: usize = 50;

impl Writer<'_> {
    /// The changed files by service and owner, folded, with the graph from three services up.
    pub(super) fn files(&self, budget: &mut Budget) -> Shown {
        let groups = self.voice.groups();
        if groups.is_empty() {
            return Shown::default();
        }
        let graph = mermaid::graph(self.voice, &groups);
        // As many files as there is room for.
        let text = [20, 8, 3, 0].iter().try_for_each(|most| {
            let mut inside = Shown::default();
            if let Some(graph) = &graph {
                inside.push(&Shown::fill("{}\n{}\n\n", &[&graph.block, &graph.legend]));
            }
            for (n, group) in groups.iter().take(MOST_GROUPS).enumerate() {
                let id = graph.as_ref().and_then(|graph| graph.ids.get(n)).and_then(Option::as_ref);
                inside.push(&self.group(group, id, *most));
            }
            if groups.len() > MOST_GROUPS {
                inside.push(&Shown::fill("- {} more\n", &[&Shown::number(groups.len() - MOST_GROUPS)]));
            }
            let files = Phrase::count(self.voice.review.files.len(), "file", "files");
            let services = self.voice.review.services.len();
            let summary = match services {
                0 => Phrase::fill("{} by owner", [files]),
                _ => Phrase::fill("{} in {}", [files, Phrase::count(services, "service", "services")]),
            };
            let text = fold(&summary.shown_flat(), &inside);
            if budget.take(text.len()) { ControlFlow::Break(text) } else { ControlFlow::Continue(()) }
        });
        match text {
            ControlFlow::Break(text) => text,
            ControlFlow::Continue(()) => Shown::default(),
        }
    }

    /// One service with its files: `- checkout (payments): main.go, settle.go`.
    fn group(&self, group: &Group<'_>, id: Option<&Shown>, most: usize) -> Shown {
        let mut line = match id {
            Some(id) => Shown::fill("- {} {}", &[id, &self.voice.group_name(group).shown()]),
            None => Shown::fill("- {}", &[&self.voice.group_name(group).shown()]),
        };
        if group.service.is_some() {
            let owners = match group.teams.as_slice() {
                [] => Shown::ours("no owner"),
                _ => self.voice.owners(group).shown(),
            };
            line.push(&Shown::fill(" ({})", &[&owners]));
        }
        let count = Phrase::count(group.files.len(), "file", "files").shown();
        if most == 0 {
            return Shown::fill("{}, {}\n", &[&line, &count]);
        }
        let folder = common_folder(&group.files);
        if folder.is_empty() {
            line.push(&Shown::fill(", {}: ", &[&count]));
        } else {
            line.push(&Shown::fill(", {} in {}: ", &[&count, &shown::code_of(folder, 120)]));
        }
        let mut files: Vec<Shown> = group.files.iter().take(most).map(|file| self.file(file, folder)).collect();
        if group.files.len() > most {
            files.push(Shown::fill("{} more", &[&Shown::number(group.files.len() - most)]));
        }
        Shown::fill("{}{}\n", &[&line, &Shown::join(files, ", ")])
    }

    /// A changed file, linked, its path below `folder`.
    fn file(&self, file: &FileReview, folder: &str) -> Shown {
        let name = file.path.strip_prefix(folder).unwrap_or(&file.path);
        let linked = shown::code_of(name, 120).linked(self.link_of(&file.path, None).as_ref());
        let said = match (file.status, &file.previous_path) {
            (FileStatus::Removed, _) => Shown::ours(" removed"),
            (FileStatus::Renamed, Some(old)) => Shown::fill(" moved from {}", &[&shown::code_of(old, 120)]),
            _ => Shown::default(),
        };
        let counted = if file.counts || file.teams.is_empty() { "" } else { " (does not count)" };
        Shown::fill("{}{}{}", &[&linked, &said, &Shown::ours(counted)])
    }

    /// A place, linked.
    pub(super) fn place(&self, evidence: &Evidence, most: usize) -> Shown {
        words::place(evidence, most).shown().linked(self.link_of(&evidence.path, evidence.line).as_ref())
    }

    /// A changed file in the diff of its pull request; without one at the head, and a removed one at the base.
    fn link_of(&self, path: &str, line: Option<u32>) -> Option<Target> {
        let context = self.voice.context;
        if let Some(pull) = context.pull {
            return Target::in_diff(context.repository_url.as_deref()?, pull, path, line);
        }
        self.target(if self.removed.contains(path) { &context.base_commit } else { &context.head_commit }, path, line)
    }

    pub(super) fn target(&self, commit: &str, path: &str, line: Option<u32>) -> Option<Target> {
        Target::file(self.voice.context.repository_url.as_deref()?, commit, path, line)
    }
}

/// The folder that all of these files lie in, with its slash; empty where there is none.
fn common_folder<'f>(files: &[&'f FileReview]) -> &'f str {
    let folder = |path: &'f str| path.rfind('/').map_or("", |at| &path[..=at]);
    let mut files = files.iter().map(|file| file.path.as_str());
    let Some(first) = files.next() else { return "" };
    let mut common = folder(first);
    for path in files {
        while !path.starts_with(common) {
            common = folder(common.strip_suffix('/').unwrap_or(""));
        }
    }
    common
}

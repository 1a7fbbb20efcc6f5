//! The one comment on a pull request. The order of thought: the state and who acts next; what the change spans and what the
//! author has to do; each finding with where, why and the decision behind it; the items under their addressee; the rest
//! folded away.

use std::collections::HashSet;

use crate::review::{FileStatus, Finding, FindingState, Review, RulesFrom};
use crate::rules::{Enforce, RULES_PATH};

use super::phrase::Phrase;
use super::replay;
use super::shown::{self, Shown, Target};
use super::state::State;
use super::words::{self, Voice};
use super::{Beneath, Context};

/// GitHub refuses a comment above this many characters; counted in bytes it is safe however they count.
pub(super) const MOST_BYTES: usize = 65_536;
/// Room for what frames the parts: folds, headings and the sentence that says what was left out.
const FRAME_BYTES: usize = 2_048;

/// The most that is said of what an edit would have done: who has to sign it comes behind, and must have its room.
const PREVIEW_BYTES: usize = 16_384;

/// What a page is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// The comment: items can be ticked.
    Comment,
    /// The summary of the check: they cannot.
    Check,
}

/// The comment.
pub(super) fn comment(review: &Review, context: &Context) -> String {
    let voice = Voice { review, context };
    let mut head = shown::marker(&context.marker);
    // With nothing to compare there is no effect that could come first.
    let effect = context.preview.as_ref().filter(|preview| !preview.replay.changes.is_empty());
    match effect.filter(|_| !matches!(voice.state(), State::Signed(_))) {
        None => head.push(&Shown::fill("### {}\n", &[&voice.heading().shown_flat()])),
        // Of an edit the effect comes first, and who acts next right behind it.
        Some(preview) => {
            head.push(&Shown::fill("### {}\n", &[&replay::heading(preview).shown_flat()]));
            let judged = "**{}.** It is judged by today's rules; the figures say what yours would do.";
            paragraph(&mut head, &Shown::fill(judged, &[&voice.heading().shown_flat()]));
        }
    }
    page(voice, Page::Comment, head, MOST_BYTES).into_string()
}

/// The comment where the pull request now goes to a branch that is not gated.
pub(super) fn of_open_branch(context: &Context) -> String {
    let mut body = shown::marker(&context.marker);
    body.push(&Shown::ours(
        "### Nobody is asked on this branch\n\nThis pull request goes to a branch that the rules do not guard. The check says what \
         it would take on the default branch; whoever signs is asked when it goes there.\n",
    ));
    body.into_string()
}

/// The comment where the rules that it spoke of are gone, or, with their path, cannot be used any more.
pub(super) fn without_rules(context: &Context, broken: Option<&str>) -> String {
    let mut body = shown::marker(&context.marker);
    body.push(&match broken {
        Some(path) => Shown::fill(
            "### The rules are broken at the base\n\n{} at the base cannot be used: nothing is judged, and nobody is asked. The check \
             says on which line, and holds until whoever keeps the file has mended it.\n",
            &[&shown::code_of(path, 200)],
        ),
        None => Shown::ours(
            "### Nothing to judge by\n\nThe branch that this goes to has neither a rules file nor a CODEOWNERS any more: nobody is asked, \
             and nothing is held.\n",
        ),
    });
    body.into_string()
}

/// Bytes that are left, and what did not fit.
pub(super) struct Budget {
    /// Bytes that are left.
    pub(super) left: usize,
    /// Findings that are not shown.
    pub(super) findings: usize,
    /// Items that are not.
    pub(super) items: usize,
    /// Other sentences that are not.
    others: usize,
}

impl Budget {
    /// Whether there is room; it is taken then.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        let fits = bytes <= self.left;
        if fits {
            self.left -= bytes;
        }
        fits
    }

    /// Those of `parts` that fit, in their order, and how many do not.
    fn keep(&mut self, parts: Vec<Shown>) -> (Vec<Shown>, usize) {
        let all = parts.len();
        let kept: Vec<Shown> = parts.into_iter().filter(|part| self.take(part.len())).collect();
        let gone = all - kept.len();
        (kept, gone)
    }

    /// The sentence that says what was left out.
    fn left_out(&self) -> Option<Shown> {
        let parts = [
            (self.findings, Phrase::count(self.findings, "finding", "findings")),
            (self.items, Phrase::count(self.items, "item", "items")),
            (self.others, Phrase::count(self.others, "remark", "remarks")),
        ];
        let parts: Vec<Phrase> = parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, part)| part).collect();
        if parts.is_empty() {
            return None;
        }
        let what = Phrase::list(parts, "and", 3).shown();
        Some(Shown::fill("\nNot shown for length: {}. They count all the same.\n", &[&what]))
    }
}

/// The whole text below `head`, at most `most` bytes with it.
pub(super) fn page(voice: Voice<'_>, page: Page, head: Shown, most: usize) -> Shown {
    let removed = voice.review.files.iter().filter(|file| file.status == FileStatus::Removed);
    let writer = Writer { voice, page, removed: removed.map(|file| file.path.as_str()).collect() };
    let mut out = head;
    let lead = voice.lead().shown();
    let left = most.saturating_sub(out.len() + lead.len() + FRAME_BYTES);
    let mut budget = Budget { left, findings: 0, items: 0, others: 0 };
    let footer = writer.footer();
    budget.left = budget.left.saturating_sub(footer.len());
    let state = voice.state();
    let (settled, open): (Vec<&Finding>, Vec<&Finding>) =
        voice.shown().into_iter().partition(|finding| words::gates(finding) && finding.state == FindingState::Signed);
    let open = if matches!(state, State::Shadow(_)) { voice.shadow() } else { open };

    let effect = effect_of_edit(voice, page, &state, &mut budget);
    // Room is given in the order of what must not be missed, and everything is put down in the order of reading.
    let (errors, gone) = budget.keep(voice.errors().iter().map(Phrase::shown).collect());
    budget.others += gone;
    let (unaskable, gone) =
        budget.keep(voice.unaskable().iter().chain(&voice.left_alone()).map(Phrase::shown).collect());
    budget.others += gone;
    let parts = writer.findings(&open, &mut budget);
    let notes = voice.notes().into_iter().chain(voice.kept());
    let (notes, gone) = budget.keep(notes.map(|note| note.shown()).collect());
    budget.others += gone;

    out.push(&effect);
    paragraph(&mut out, &lead);
    if errors.len() == 1 {
        paragraph(&mut out, &errors[0]);
    } else if !errors.is_empty() {
        paragraph(&mut out, &list(errors));
    }
    for sentence in unaskable {
        paragraph(&mut out, &sentence);
    }
    for part in parts {
        out.push(&part);
    }
    if !settled.is_empty() {
        paragraph(&mut out, &writer.settled(&settled, &mut budget));
    }
    if !matches!(state, State::Signed(_)) || page == Page::Check {
        paragraph(&mut out, &writer.files(&mut budget));
    }
    if !notes.is_empty() {
        paragraph(&mut out, &if notes.len() == 1 { Shown::join(notes, "") } else { list(notes) });
    }
    if let Some(sentence) = budget.left_out() {
        out.push(&sentence);
    }
    if !matches!(state, State::Signed(_)) || page == Page::Check || !open.is_empty() {
        paragraph(&mut out, &footer);
    }
    out
}

/// What an edit of the rules would have done, in the comment alone; folded once everything is signed.
fn effect_of_edit(voice: Voice<'_>, page: Page, state: &State<'_>, budget: &mut Budget) -> Shown {
    let Some(preview) = voice.context.preview.as_ref().filter(|_| page == Page::Comment) else {
        return Shown::default();
    };
    let section = replay::section(preview, voice.context, PREVIEW_BYTES.min(budget.left / 2));
    let mut out = Shown::default();
    if matches!(state, State::Signed(_)) {
        let summary = replay::heading(preview).shown_flat();
        paragraph(&mut out, &fold(&summary, &section));
    } else {
        out = section;
    }
    if budget.take(out.len()) { out } else { Shown::default() }
}

/// Adds a paragraph: a blank line, the text, the end of its line.
pub(super) fn paragraph(out: &mut Shown, text: &Shown) {
    if text.is_empty() {
        return;
    }
    out.push(&Shown::fill("\n{}\n", &[text]));
}

/// A list of these lines.
pub(super) fn list(lines: Vec<Shown>) -> Shown {
    Shown::join(lines.into_iter().map(|line| Shown::fill("- {}", &[&line])), "\n")
}

/// Something that is folded away.
pub(super) fn fold(summary: &Shown, inside: &Shown) -> Shown {
    Shown::fill("<details><summary>{}</summary>\n\n{}\n</details>", &[summary, inside])
}

/// Writes the parts of a page.
pub(super) struct Writer<'a> {
    /// What is said.
    pub(super) voice: Voice<'a>,
    /// What for.
    pub(super) page: Page,
    /// Files that the head does not have.
    pub(super) removed: HashSet<&'a str>,
}

impl<'a> Writer<'a> {
    /// The organisation's file, linked where it was read.
    fn beneath(&self, beneath: &Beneath) -> Shown {
        if beneath.unseen {
            return Shown::ours("the organisation's file");
        }
        let name = shown::code_of(&format!("{}: {RULES_PATH}", beneath.repository), 160);
        let Some(commit) = beneath.commit.as_deref() else { return name };
        let place = beneath.repository_url.as_deref().and_then(|url| Target::file(url, commit, RULES_PATH, None));
        let at = shown::code_of(commit.get(..7).unwrap_or(commit), 12);
        Shown::fill("{} at {}", &[&name.linked(place.as_ref()), &at])
    }

    /// One quiet line: what it was judged by, and how long a sign-off lasts.
    fn footer(&self) -> Shown {
        let context = self.voice.context;
        let at = |commit: &str| match commit {
            "" => Shown::default(),
            commit => Shown::fill(" at {}", &[&shown::code_of(commit.get(..7).unwrap_or(commit), 12)]),
        };
        let here = at(&context.base_commit);
        let beneath = context.organisation.as_ref().map(|beneath| self.beneath(beneath));
        let judged = match (&context.rules_from, beneath) {
            (Some(RulesFrom::File(path)), beneath) => {
                let target = self.target(&context.base_commit, path, None);
                let own = shown::code_of(path, 120).linked(target.as_ref());
                match beneath {
                    Some(beneath) => Shown::fill("Judged by {}{}, over {}.", &[&own, &here, &beneath]),
                    None => Shown::fill("Judged by {}{}.", &[&own, &here]),
                }
            }
            (Some(RulesFrom::Organization(_)), Some(beneath)) => Shown::fill("Judged by {}.", &[&beneath]),
            // Whose file it is, and whether readers of this may see it, is not known.
            (Some(RulesFrom::Organization(_)), None) => Shown::ours("Judged by the organisation's file."),
            (Some(RulesFrom::Startup), _) => {
                Shown::fill("Judged by the pack startup (the repository has no rules file){}.", &[&here])
            }
            (None, _) => Shown::fill("Judged by the rules{}.", &[&here]),
        };
        let lasts = if self.voice.shown().iter().any(|finding| finding.enforce == Enforce::Review) {
            Shown::ours(" A sign-off lasts while the files that it covers stay as they are.")
        } else {
            Shown::default()
        };
        match self.page {
            Page::Comment => {
                let tries = context
                    .preview
                    .as_ref()
                    .map(|_| Shown::ours(" Try further edits: `merestone simulate --rules FILE`."));
                Shown::fill("<sub>{}{}{}</sub>", &[&judged, &lasts, &tries.unwrap_or_default()])
            }
            Page::Check => Shown::fill("{}{}", &[&judged, &lasts]),
        }
    }
}

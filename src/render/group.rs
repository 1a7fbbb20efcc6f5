//! The check run of a group of the merge queue.

use crate::review::{Conclusion, Gap, GroupReview};

use super::Check;
use super::check::numbers;
use super::phrase::Phrase;
use super::shown::{self, Shown};
use super::state::LONGEST_TITLE;

/// Files that are named of one reason.
const MOST_PATHS: usize = 20;
/// Reasons that are listed.
const MOST_GAPS: usize = 50;

/// What the check of a group says: its state as title, every reason why it is not green below.
pub(super) fn check(review: &GroupReview, members: &[u64]) -> Check {
    let title = match review.gaps.first() {
        Some(gap) => heading(gap),
        None => Phrase::ours("Everything is signed in its pull requests"),
    };
    let mut summary = match members {
        [] => Shown::ours("A group of the merge queue is judged as a change of its own.\n"),
        members => Shown::fill(
            "A group of the merge queue is judged as a change of its own. This one consists of {}.\n",
            &[&numbers(members).shown()],
        ),
    };
    if !review.gaps.is_empty() {
        summary.push(&Shown::ours("\n"));
    }
    for gap in review.gaps.iter().take(MOST_GAPS) {
        summary.push(&Shown::fill("- {}{}\n", &[&heading(gap).shown(), &more(gap)]));
    }
    if review.gaps.len() > MOST_GAPS {
        summary.push(&Shown::fill("- {} more\n", &[&Shown::number(review.gaps.len() - MOST_GAPS)]));
    }
    if review.conclusion > Conclusion::Neutral {
        summary.push(&Shown::ours(
            "\nSign what is open in the pull requests themselves; this check follows as long as they are queued.\n",
        ));
    }
    Check {
        conclusion: review.conclusion,
        title: shown::plain(&title.plain(), LONGEST_TITLE),
        summary: summary.into_string(),
        annotations: Vec::new(),
    }
}

/// One reason, in a line.
fn heading(gap: &Gap) -> Phrase {
    match gap {
        Gap::Configuration { message } => Phrase::fill("Configuration error: {}", [Phrase::theirs(message, 100)]),
        Gap::Blocked { rule } => Phrase::fill("Blocked by rule {}", [Phrase::name(rule, 60)]),
        Gap::Nobody { rule } => Phrase::fill("Nobody can sign for rule {}", [Phrase::name(rule, 60)]),
        Gap::Held { number, fails: true } => Phrase::fill("{} fails by itself", [numbers(&[*number])]),
        Gap::Held { number, fails: false } => Phrase::fill("{} waits for a sign-off", [numbers(&[*number])]),
        Gap::Unsigned { rule, together: true, .. } => {
            Phrase::fill("Rule {} matches the group and none of its pull requests alone", [Phrase::name(rule, 60)])
        }
        Gap::Unsigned { rule, together: false, paths } => Phrase::fill(
            "Rule {}: {} of the group not signed on this level",
            [Phrase::name(rule, 60), Phrase::count(paths.len(), "file", "files")],
        ),
        Gap::Stray { paths } => {
            Phrase::fill("{} of the group in none of its pull requests", [Phrase::count(paths.len(), "file", "files")])
        }
        Gap::Unknown { why } => Phrase::theirs(why, 120),
    }
}

/// The files that a reason is about.
fn more(gap: &Gap) -> Shown {
    let (Gap::Unsigned { paths, .. } | Gap::Stray { paths }) = gap else { return Shown::default() };
    let files = Phrase::list(paths.iter().map(|path| Phrase::code(path, 200)), "and", MOST_PATHS);
    Shown::fill(": {}", &[&files.shown()])
}

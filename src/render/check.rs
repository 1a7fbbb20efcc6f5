//! The check run: title, summary, annotations. The title is plain text, the summary Markdown.

use crate::review::{Conclusion, FileStatus, Finding, FindingState, Review};
use crate::rules::{Broken, Enforce, Origin, Problem, Severity};

use super::comment::{Page, page};
use super::phrase::Phrase;
use super::shown::{self, Shown};
use super::state::{LONGEST_TITLE, NOT_YET, State};
use super::words::{self, Voice};
use super::{Annotation, Check, Context, Hold};

/// The title where the change cannot be listed whole.
const TOO_LARGE: &str = "Cannot be judged: the change is larger than GitHub lists";
/// The title while pull requests with the same head are still to be judged.
const NOT_JUDGED: &str = "Being judged";
/// GitHub refuses a summary above this many characters; counted in bytes it is safe however they count.
const MOST_BYTES: usize = 65_535;
/// GitHub takes 50 annotations a request and shows few of many; what is beyond these is in the summary's count.
const MOST_ANNOTATIONS: usize = 200;
/// GitHub refuses a longer title of an annotation.
const LONGEST_ANNOTATION_TITLE: usize = 255;
/// Problems of a rules file that the summary lists.
const MOST_PROBLEMS: usize = 50;

/// The check run of a review.
pub(super) fn check(review: &Review, context: &Context) -> Check {
    let voice = Voice { review, context };
    let mut head = Shown::default();
    if let State::Quiet = voice.state() {
        // Shadow rules among others are recorded and not shown; but why the check is not green has to be said.
        let shadow = voice.shadow().len();
        if shadow > 0 {
            let rules = Phrase::count(shadow, "rule in shadow", "rules in shadow").shown();
            head = Shown::fill("Nobody is asked, and nothing is held. {} matched, which is recorded.\n", &[&rules]);
        } else if review.findings.is_empty() {
            head = Shown::ours("No rule matched: nobody is asked, and nothing is held.\n");
        }
    }
    Check {
        conclusion: review.conclusion,
        title: voice.heading().plain(),
        summary: page(voice, Page::Check, head, MOST_BYTES).into_string().trim_start().to_owned(),
        annotations: annotations(voice),
    }
}

/// Evidence with a line, what holds first. A file that the head does not have and a path that GitHub may refuse are left
/// out: one bad annotation costs all of them.
fn annotations(voice: Voice<'_>) -> Vec<Annotation> {
    let gone =
        |path: &str| voice.review.files.iter().any(|file| file.path == path && file.status == FileStatus::Removed);
    let usable = |path: &str| !path.is_empty() && !path.starts_with('/') && !path.chars().any(char::is_control);
    let mut annotations = Vec::new();
    for finding in voice.shown() {
        if words::gates(finding) && finding.state == FindingState::Signed {
            continue;
        }
        for evidence in &finding.evidence {
            let Some(line) = evidence.line.filter(|line| *line > 0) else { continue };
            if !usable(&evidence.path) || gone(&evidence.path) {
                continue;
            }
            let mut parts = Vec::new();
            if let Some(detail) = &evidence.detail {
                parts.push(shown::plain(&voice.without_hidden(detail), 400));
            }
            if let Some(instead) = &evidence.instead {
                parts.push(format!("Use {} instead.", shown::plain_path(instead, 200)));
            }
            parts.extend(reasons(finding));
            if parts.is_empty() {
                parts.push(format!("Rule {} matches here.", shown::plain(&finding.rule, 60)));
            }
            annotations.push(Annotation {
                path: evidence.path.clone(),
                line,
                failure: finding.enforce == Enforce::Block,
                title: title_of(voice, finding),
                message: parts.join("\n"),
            });
            if annotations.len() == MOST_ANNOTATIONS {
                return annotations;
            }
        }
    }
    annotations
}

/// `internals: blocks`, as the title of an annotation.
fn title_of(voice: Voice<'_>, finding: &Finding) -> String {
    let title = format!("{}: {}", shown::plain(&finding.rule, 60), voice.finding_state(finding).plain());
    shown::plain(&title, LONGEST_ANNOTATION_TITLE)
}

/// Why the rule exists, and the decision behind it, as plain lines.
fn reasons(finding: &Finding) -> Vec<String> {
    let mut lines: Vec<String> = finding.why.iter().map(|why| shown::plain(why, 600)).collect();
    for adr in finding.adrs.iter().filter(|adr| adr.path.is_some()).take(2) {
        let name = words::adr_name(adr).plain();
        lines.push(match &adr.decision {
            Some(decision) => format!("{name}: {}", shown::plain(decision, 200)),
            None => name,
        });
    }
    lines
}

/// The check run where the rules at the base, or the organisation's, are broken.
pub(super) fn of_broken_rules(broken: &Broken, unseen: bool) -> Check {
    let Broken { origin, path, problems, .. } = broken;
    let theirs = *origin == Origin::Organization;
    if theirs && unseen {
        return of_unseen_rules(problems);
    }
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let mut sorted: Vec<&Problem> = problems.iter().collect();
    sorted.sort_by_key(|problem| (std::cmp::Reverse(problem.severity), problem.place));
    let first = sorted.first();
    let name = shown::plain_path(path, 60);
    let title = match first {
        Some(Problem { place: Some(place), message, .. }) => {
            format!("{name} is broken at line {}: {}", place.line, shown::plain(message, LONGEST_TITLE))
        }
        Some(problem) => format!("{name} is broken: {}", shown::plain(&problem.message, LONGEST_TITLE)),
        None => format!("{name} is broken"),
    };
    let code = shown::code_of(path, 200);
    let at_the_base = Shown::ours(if theirs { "" } else { " at the base" });
    let mut summary = Shown::fill(
        "{}{} cannot be used: {}. Nothing is judged, nobody is asked, and this check fails until whoever keeps \
         the file has mended it{}. Nothing that this change does is the reason.\n\n",
        &[&code, &at_the_base, &Phrase::count(errors, "error", "errors").shown(), &at_the_base],
    );
    for problem in sorted.iter().take(MOST_PROBLEMS) {
        let kind = Shown::ours(if problem.severity == Severity::Warning { "warning, " } else { "" });
        let message = shown::text(&problem.message);
        let line = match problem.place {
            Some(place) => Shown::fill(
                "- {}line {}, column {}: {}\n",
                &[&kind, &Shown::number(place.line as usize), &Shown::number(place.column as usize), &message],
            ),
            None => Shown::fill("- {}{}\n", &[&kind, &message]),
        };
        if summary.len() + line.len() + 512 > MOST_BYTES {
            break;
        }
        summary.push(&line);
    }
    if sorted.len() > MOST_PROBLEMS {
        summary.push(&Shown::fill("- {} more\n", &[&Shown::number(sorted.len() - MOST_PROBLEMS)]));
    }
    summary.push(&Shown::fill(
        "\n`merestone lint` lists the same, before a push. The pull request that mends {} needs an administrator to merge it \
         past this check, since there are no rules to judge it by.\n",
        &[&code],
    ));
    // Annotations are of the repository's own files.
    let shown_lines = if theirs { Vec::new() } else { sorted };
    let annotations = shown_lines
        .iter()
        .filter_map(|problem| {
            let line = problem.place.map(|place| place.line).filter(|line| *line > 0)?;
            let message = shown::plain(&problem.message, 4_000);
            Some(Annotation {
                path: path.clone(),
                line,
                failure: problem.severity == Severity::Error,
                title: shown::plain(&problem.message, LONGEST_ANNOTATION_TITLE),
                message,
            })
        })
        .take(MOST_ANNOTATIONS)
        .collect();
    Check {
        conclusion: Conclusion::Failure,
        title: shown::plain(&title, LONGEST_TITLE),
        summary: summary.into_string(),
        annotations,
    }
}

/// The check run where the organisation's rules are broken, and whoever reads this may not see them.
fn of_unseen_rules(problems: &[Problem]) -> Check {
    let lines = problems.iter().filter(|problem| problem.severity == Severity::Error);
    let line = lines.filter_map(|problem| problem.place).map(|place| place.line).min();
    let title = match line {
        Some(line) => format!("The organisation's file is broken at line {line}"),
        None => "The organisation's file is broken".to_owned(),
    };
    Check {
        conclusion: Conclusion::Failure,
        title,
        summary: "The organisation's file cannot be used, and no version of it could be before. Nothing is judged, nobody is \
                  asked, and this check fails until whoever keeps the file has mended it. Nothing that this change does is the \
                  reason. What is wrong with it is not said here, since this repository is public and that one is not.\n"
            .to_owned(),
        annotations: Vec::new(),
    }
}

/// The check run where there is nothing to judge by, and one of ours is there from before.
pub(super) fn of_nothing() -> Check {
    Check {
        conclusion: Conclusion::Neutral,
        title: "Nothing to judge by".to_owned(),
        summary: "The branch that this goes to has neither a rules file nor a CODEOWNERS, so nobody is asked and nothing is held.\n"
            .to_owned(),
        annotations: Vec::new(),
    }
}

/// The check run while something cannot be read.
pub(super) fn of_outage(why: &str) -> Check {
    let summary = Shown::fill(
        "{}\n\nNothing is decided: the check holds, and it is tried again by itself. There is nothing to do for the author.\n",
        &[&shown::text(why)],
    );
    unjudged(NOT_YET, summary)
}

/// The change is larger than GitHub lists: trying again changes nothing, a smaller change does.
pub(super) fn of_too_large(why: &str) -> Check {
    let summary = Shown::fill(
        "{}\n\nA change is judged as a whole or not at all, so the check holds. Split it into smaller pull requests, each of which \
         is judged by itself; or whoever may bypass the check decides.\n",
        &[&shown::text(why)],
    );
    unjudged(TOO_LARGE, summary)
}

/// The check of one pull request on a commit that is the head of others too: what it says, and whose it is.
pub(super) fn beside(check: Check, of: u64, others: &[u64]) -> Check {
    if others.is_empty() {
        return check;
    }
    let said = Shown::fill(
        "This is the verdict on {}. The commit is also the head of {}: the worst of their verdicts is shown.\n\n",
        &[&numbers(&[of]).shown(), &numbers(others).shown()],
    );
    // A summary that fills all the room says what is open; whose it is can be told from that.
    if said.len() + check.summary.len() > MOST_BYTES {
        return check;
    }
    Check { summary: format!("{}{}", said.into_string(), check.summary), ..check }
}

/// The check run of a commit whose pull requests have not all been judged.
pub(super) fn hold(unjudged: &[u64]) -> Hold {
    let summary = Shown::fill(
        "This commit is the head of {}, where it has not been judged yet. A check speaks for the commit, so it is not green before \
         every open pull request with this head is.\n",
        &[&numbers(unjudged).shown()],
    );
    Hold { title: NOT_JUDGED.to_owned(), summary: summary.into_string() }
}

/// `#1, #2 and #3`; ten at most. 0 is a group of the merge queue.
pub(super) fn numbers(numbers: &[u64]) -> Phrase {
    let name = |number: &u64| match usize::try_from(*number).unwrap_or(usize::MAX) {
        0 => Phrase::fill("a group of the merge queue", []),
        number => Phrase::fill("#{}", [Phrase::number(number)]),
    };
    Phrase::list(numbers.iter().map(name), "and", 10)
}

fn unjudged(title: &str, summary: Shown) -> Check {
    Check {
        conclusion: Conclusion::ActionRequired,
        title: title.to_owned(),
        summary: summary.into_string(),
        annotations: Vec::new(),
    }
}

//! `merestone lint`: checks a rules file and CODEOWNERS.

use std::path::{Path, PathBuf};

use crate::adr::{Index, Lookup, Status};
use crate::bot::gather;
use crate::git::Git;
use crate::ownership::{Codeowners, LOCATIONS};
use crate::rules::{self, Place, Problem, RULES_PATH, Rules, Severity};
use crate::source::Source;

use super::output;
use super::{FINDINGS, Failure, Repository, basis};

/// Check a rules file and CODEOWNERS
///
/// Without FILE, .github/merestone.yml and CODEOWNERS at HEAD are checked. With FILE, that file on disk (rules, or a
/// CODEOWNERS by its name), against the decision records at HEAD. Warnings leave the exit code 0.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  What is committed:
    merestone lint
  An edit before it is committed:
    merestone lint .github/merestone.yml")]
pub(super) struct Args {
    #[command(flatten)]
    repository: Repository,
    /// A file on disk [default: what is at HEAD]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// A file with what was found in it.
struct Checked {
    path: String,
    text: Vec<u8>,
    problems: Vec<Problem>,
}

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let on_disk = basis::rules_on_disk(args.file.as_deref())?;
    let git = repository(args)?;
    let head = match git.as_ref().map(|git| Ok((git, git.resolve("HEAD")?))) {
        // A file on disk can be checked before anything is committed.
        Some(Err(Failure::Git(error))) if on_disk.is_some() && error.is_usage() => None,
        head => head.transpose()?,
    };
    let committed = || head.as_ref().map_or(Ok(Vec::new()), at_head);
    let files = match on_disk {
        None => committed()?,
        Some(file) if is_codeowners(&file.0) => vec![file],
        Some(file) => {
            let codeowners = committed()?.into_iter().filter(|(path, _)| path != RULES_PATH);
            std::iter::once(file).chain(codeowners).collect()
        }
    };
    if files.is_empty() {
        return Err(Failure::Usage(format!(
            "there is neither {RULES_PATH} nor a CODEOWNERS at HEAD; name a file that is not committed yet: merestone lint FILE"
        )));
    }
    let check = |(path, text): (String, Vec<u8>)| {
        if is_codeowners(&path) { Ok(codeowners(path, text)) } else { rules_file(path, text, head.as_ref()) }
    };
    report(files.into_iter().map(check).collect::<Result<_, _>>()?)
}

/// The repository whose records are looked at: the one named, else the one that the file lies in, else the current folder's.
/// A file on disk can be checked without any.
fn repository(args: &Args) -> Result<Option<Git>, Failure> {
    let Some(file) = args.file.as_deref().filter(|_| args.repository.repo.is_none()) else {
        return Ok(Some(Git::open(args.repository.repo.as_deref())?));
    };
    let its_folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    for folder in [its_folder, None] {
        match Git::open(folder) {
            Ok(git) => return Ok(Some(git)),
            Err(error) if error.is_usage() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// The rules file and the CODEOWNERS in force at a commit.
fn at_head((git, commit): &(&Git, String)) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut paths = vec![RULES_PATH.to_owned()];
    paths.extend(LOCATIONS.map(str::to_owned));
    let mut files = Vec::new();
    for blob in basis::wait(git.read(commit, &paths))??.into_iter().flatten() {
        let in_force = blob.path == RULES_PATH || !files.iter().any(|(path, _): &(String, _)| path != RULES_PATH);
        if in_force {
            let unreadable = |why| Failure::Unreadable(format!("{} cannot be read: {why}", blob.path));
            files.push((blob.path.clone(), blob.bytes.map_err(unreadable)?));
        }
    }
    Ok(files)
}

fn is_codeowners(path: &str) -> bool {
    Path::new(path).file_name().is_some_and(|name| name == "CODEOWNERS")
}

fn codeowners(path: String, text: Vec<u8>) -> Checked {
    let parsed = Codeowners::parse(&path, &text);
    let problem = |problem: &crate::ownership::Problem| Problem {
        severity: if problem.skipped { Severity::Error } else { Severity::Warning },
        place: Some(Place::new(problem.line, problem.column)),
        message: problem.message.clone(),
    };
    let problems = parsed.problems().iter().map(problem).collect();
    Checked { path, text, problems }
}

fn rules_file(path: String, text: Vec<u8>, head: Option<&(&Git, String)>) -> Result<Checked, Failure> {
    let problems = match rules::parse(&text) {
        Err(problems) => problems,
        Ok(parsed) => {
            let mut problems = parsed.warnings;
            if let Some(head) = head {
                problems.extend(records(&parsed.rules, &text, head)?);
            }
            problems
        }
    };
    Ok(Checked { path, text, problems })
}

/// What is wrong with the decision records that the rules name.
fn records(rules: &Rules, text: &[u8], (git, commit): &(&Git, String)) -> Result<Vec<Problem>, Failure> {
    if rules.rules.iter().all(|rule| rule.adrs.is_empty()) {
        return Ok(Vec::new());
    }
    let ground = basis::wait(gather::locators(*git, commit))?.map_err(basis::stopped)?;
    let index: Index = basis::wait(gather::records(*git, commit, rules, &ground))?.map_err(basis::stopped)?;
    let mut problems = Vec::new();
    for rule in &rules.rules {
        for name in &rule.adrs {
            let names = format!("rule `{}` names the decision record `{name}`", rule.id);
            let (severity, message) = match index.lookup(name) {
                Lookup::Missing => {
                    (Severity::Warning, format!("{names}, and HEAD has none of that id, number or path"))
                }
                Lookup::Ambiguous(candidates) => {
                    let paths: Vec<&str> = candidates.iter().map(|record| record.path.as_str()).collect();
                    (
                        Severity::Error,
                        format!(
                            "{names}, and several have it: {}; write the path of the one that is meant",
                            paths.join(", ")
                        ),
                    )
                }
                Lookup::Found(record) => match record.status {
                    Status::Superseded if !record.superseded_by.is_empty() => {
                        let by = record.superseded_by.join(", ");
                        (
                            Severity::Warning,
                            format!(
                                "{names}, which was replaced by {by}; name that one, or see whether the rule still holds"
                            ),
                        )
                    }
                    Status::Superseded => {
                        (Severity::Warning, format!("{names}, which was superseded; see whether the rule still holds"))
                    }
                    Status::Deprecated => {
                        (Severity::Warning, format!("{names}, which is deprecated; see whether the rule still holds"))
                    }
                    Status::Rejected => {
                        (Severity::Warning, format!("{names}, which was rejected; see whether the rule still holds"))
                    }
                    Status::Proposed | Status::Accepted | Status::Unknown => continue,
                },
            };
            problems.push(Problem { severity, place: Some(named_at(text, rule.place, name)), message });
        }
    }
    Ok(problems)
}

/// Where a rule names a record: the first time at or below the rule's own place.
fn named_at(text: &[u8], rule: Place, name: &str) -> Place {
    let text = String::from_utf8_lossy(text);
    let mut lines = text.lines().zip(1..).skip(rule.line.saturating_sub(1) as usize);
    let found = lines.find_map(|(line, number)| Some((number, line.split_once(name)?.0.chars().count())));
    found.map_or(rule, |(line, before)| Place::new(line, u32::try_from(before).unwrap_or(0) + 1))
}

fn report(checked: Vec<Checked>) -> Result<u8, Failure> {
    let mut shown = String::new();
    let (mut errors, mut warnings) = (0, 0);
    let mut names = Vec::new();
    for mut file in checked {
        file.problems.sort_by_key(|problem| problem.place);
        let wrong = file.problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        errors += wrong;
        warnings += file.problems.len() - wrong;
        if !file.problems.is_empty() {
            shown.push_str(&rules::show(&file.path, &file.text, &file.problems));
            shown.push('\n');
        }
        names.push(output::plain(&file.path));
    }
    let count = |count: usize, of: &str| format!("{count} {of}{}", if count == 1 { "" } else { "s" });
    let sum = format!("{}: {}, {}", names.join(", "), count(errors, "error"), count(warnings, "warning"));
    output::print(&format!("{shown}{sum}\n"))?;
    Ok(if errors > 0 { FINDINGS } else { 0 })
}

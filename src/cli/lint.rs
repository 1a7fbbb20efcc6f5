//! `merestone lint`: checks a rules file and CODEOWNERS.

use std::path::{Path, PathBuf};

use chrono::Utc;
use clap::ValueEnum;

use crate::adr::Index;
use crate::bot::gather;
use crate::git::{Git, Remote};
use crate::lint::{self, Input, RulesText};
use crate::ownership::{Codeowners, LOCATIONS};
use crate::render;
use crate::review::{Attributes, Basis, RulesFrom};
use crate::rules::{self, Origin, Problem, RULES_PATH, Rules, Severity};
use crate::source::Source;

use super::{FINDINGS, Failure, Repository, basis, explain, output};

/// Check a rules file and CODEOWNERS
///
/// Without FILE, .github/merestone.yml and CODEOWNERS at HEAD are checked. With FILE, that file on disk (rules, or a
/// CODEOWNERS by its name). Either is compared with the files and the decision records at HEAD: patterns that match nothing,
/// entries that never decide, rules that never match or that an author can avoid, what is overdue. Warnings leave the exit code
/// 0.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  What is committed:
    merestone lint
  An edit before it is committed:
    merestone lint .github/merestone.yml
  What is in force, and which line says so:
    merestone lint --explain --organization ../.github/.github/merestone.yml
  For code scanning:
    merestone lint --format sarif > merestone.sarif")]
pub(super) struct Args {
    #[command(flatten)]
    repository: Repository,
    #[command(flatten)]
    organization: basis::Organization,
    /// Print the rules in force instead: each value with the file (or pack) and the line that say it
    #[arg(long, conflicts_with = "format")]
    explain: bool,
    /// How to answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// A file on disk [default: what is at HEAD]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object a line
    Json,
    /// SARIF 2.1.0
    Sarif,
}

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let on_disk = basis::rules_on_disk(args.file.as_deref())?;
    let organization = args.organization.read()?;
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
    if args.explain {
        let rules_file = files.iter().find(|(path, _)| !is_codeowners(path));
        return explain::run(rules_file, organization.as_ref(), git.as_ref());
    }
    if files.is_empty() {
        return Err(Failure::Usage(format!(
            "there is neither {RULES_PATH} nor a CODEOWNERS at HEAD; name a file that is not committed yet: merestone lint FILE"
        )));
    }
    let problems = look_at(&files, organization.as_ref(), head.as_ref())?;
    let shown = match args.format {
        Format::Text => render::lint_text(&files, &problems),
        Format::Json => render::lint_json(&problems),
        Format::Sarif => render::lint_sarif(&problems),
    };
    output::write(|out| out.write_all(shown.as_bytes()))?;
    output::note(
        "whether the teams and people named exist on GitHub was not looked at here; the check of a pull request says",
    );
    Ok(if problems.iter().any(|problem| problem.severity == Severity::Error) { FINDINGS } else { 0 })
}

/// Compares the files with the repository at its head.
fn look_at(
    files: &[(String, Vec<u8>)],
    organization: Option<&(String, Vec<u8>)>,
    head: Option<&(&Git, String)>,
) -> Result<Vec<lint::Problem>, Failure> {
    let rules_file = files.iter().find(|(path, _)| !is_codeowners(path));
    let remote = head.and_then(|(git, _)| git.remote());
    let (rules, said) = match rules_file {
        Some(file) => read(file, organization, remote.as_ref())?,
        None => (Rules::default(), Vec::new()),
    };
    let codeowners = files.iter().find(|(path, _)| is_codeowners(path));
    let mut basis = Basis {
        commit: head.map(|(_, commit)| commit.clone()).unwrap_or_default(),
        owner: remote.map(|remote| remote.owner),
        rules,
        rules_from: rules_file.map_or(RulesFrom::Startup, |(path, _)| RulesFrom::File(path.clone())),
        rules_digest: String::new(),
        organisation: None,
        codeowners: codeowners.map(|(path, text)| Codeowners::parse(path, text)),
        attributes: Attributes::default(),
        adrs: Index::default(),
        says: String::new(),
    };
    basis::guess_owner(&mut basis);
    let mut listing = None;
    let mut default_branch = None;
    if let Some((git, commit)) = head {
        if basis.rules.rules.iter().any(|rule| !rule.adrs.is_empty()) {
            let locators = basis::wait(gather::locators(*git, commit))?.map_err(basis::stopped)?;
            let records = gather::records(*git, commit, &basis.rules, &locators);
            basis.adrs = basis::wait(records)?.map_err(basis::stopped)?;
        }
        listing = Some(basis::wait(git.list(commit))??);
        default_branch = git.default_branch().ok().and_then(|tip| tip.branch);
    }
    let mut problems = lint::lint(Input {
        basis: &basis,
        rules: rules_file.map(|(path, text)| RulesText { path, text, problems: &said }),
        listing: listing.as_deref(),
        default_branch: default_branch.as_deref(),
        today: Utc::now().date_naive(),
        people: None,
    });
    // What the organisation's file says is not this repository's to mend.
    problems.retain(|problem| {
        problem.place.is_none_or(|place| place.origin != Origin::Organization || organization.is_none())
    });
    Ok(problems)
}

/// A rules file with what is to say of it: the organisation's, where the repository is the one that it stands in, else a
/// repository's own over the organisation's.
fn read(
    file: &(String, Vec<u8>),
    organization: Option<&(String, Vec<u8>)>,
    remote: Option<&Remote>,
) -> Result<(Rules, Vec<Problem>), Failure> {
    let (path, text) = file;
    let here = rules::Repository {
        owner: remote.map(|remote| remote.owner.as_str()),
        name: remote.map(|remote| remote.name.as_str()),
    };
    let parsed = match organization {
        None if here.is_home() => rules::parse_organization(text),
        None => rules::parse(text),
        Some((beneath, their_text)) => {
            let theirs = rules::Layer { path: beneath, text: their_text };
            match rules::effective(Some(theirs), Some(rules::Layer { path, text }), here) {
                Err(broken) if broken.origin == Origin::Organization => return Err(basis::broken(broken)),
                parsed => parsed.map_err(|broken| broken.problems),
            }
        }
    };
    Ok(match parsed {
        Ok(parsed) => (parsed.rules, parsed.warnings),
        Err(problems) => (Rules::default(), problems),
    })
}

/// The repository whose files and records are looked at: the one named, else the one that the file lies in, else the current folder's.
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

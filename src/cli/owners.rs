//! `merestone owners`: who owns these paths, and which line says so.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::PathBuf;

use serde::Serialize;

use crate::bot::gather;
use crate::git::{Git, unquoted};
use crate::review::{Owned, OwnerMap};
use crate::source::Source;

use super::output::{self, Screen};
use super::table::Table;
use super::{Failure, Listing, Repository, basis};

/// Say who owns paths, and which line says so
///
/// Paths are given from the root of the repository; `./` and `../` begin at the folder that --repo names. A path need not
/// exist. Without a path, every file of the revision is listed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  One file:
    merestone owners services/checkout/main.go
  What a branch touches:
    git diff --name-only main... | merestone owners -
  Every file that nobody owns:
    merestone owners --format json | jq -r 'select(.owners == []) | .path'")]
pub(super) struct Args {
    #[command(flatten)]
    repository: Repository,
    /// The revision whose rules and CODEOWNERS are read
    #[arg(long, value_name = "REV", default_value = "HEAD", allow_hyphen_values = true)]
    rev: String,
    /// A rules file on disk [default: .github/merestone.yml at --rev]
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// How to answer
    #[arg(long, value_enum, default_value = "text")]
    format: Listing,
    /// Paths, or `-` to read them from standard input, one a line
    #[arg(value_name = "PATH")]
    paths: Vec<OsString>,
}

/// A line of the JSON answer.
#[derive(Debug, Serialize)]
struct Row<'a> {
    path: &'a str,
    service: Option<&'a str>,
    teams: &'a [String],
    owners: Vec<&'a str>,
    source: Option<Said<'a>>,
}

/// The line that says so.
#[derive(Debug, Serialize)]
struct Said<'a> {
    file: &'a str,
    line: u32,
}

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let from_disk = basis::rules_on_disk(args.rules.as_deref())?;
    let git = Git::open(args.repository.repo.as_deref())?;
    let commit = git.resolve(&args.rev)?;
    let ground = basis::wait(gather::ground(&git, &commit, basis::owner(&git), from_disk))?;
    let mut basis = ground.map_err(basis::stopped)?.basis;
    basis::guess_owner(&mut basis);
    let paths = if args.paths.is_empty() { basis::wait(git.list(&commit))?? } else { asked(args, &git)? };
    if !basis.says_anything() {
        output::note("there is neither .github/merestone.yml nor a CODEOWNERS at this revision: nobody owns anything");
    }
    let owners = OwnerMap::new(&basis);
    match args.format {
        Listing::Json => output::write(|out| {
            for path in &paths {
                let owned = owners.owned(path);
                serde_json::to_writer(&mut *out, &row(path, &owned))?;
                out.write_all(b"\n")?;
            }
            Ok(())
        })?,
        Listing::Text => output::print(&text(&paths, &owners))?,
    }
    Ok(0)
}

fn row<'a>(path: &'a str, owned: &'a Owned) -> Row<'a> {
    Row {
        path,
        service: owned.service.as_deref(),
        teams: &owned.teams,
        owners: owned.owners.iter().map(|owner| owner.as_str()).collect(),
        source: owned.source.as_ref().map(|said| Said { file: &said.file, line: said.line }),
    }
}

fn text(paths: &[String], owners: &OwnerMap<'_>) -> String {
    let mut table = Table::new(["PATH", "OWNERS", "SERVICE", "SAID BY"], None);
    for path in paths {
        let owned = owners.owned(path);
        let who: Vec<&str> = owned.owners.iter().map(|owner| owner.as_str()).collect();
        let who = if who.is_empty() { "nobody".to_owned() } else { who.join(" ") };
        let said = owned.source.map_or_else(|| "no line".to_owned(), |said| format!("{}:{}", said.file, said.line));
        table.row([path, &who, owned.service.as_deref().unwrap_or("-"), &said]);
    }
    table.text(Screen::of_stdout())
}

/// The paths asked for, in their order.
fn asked(args: &Args, git: &Git) -> Result<Vec<String>, Failure> {
    let mut paths = Vec::new();
    for path in &args.paths {
        if path == "-" {
            let mut input = Vec::new();
            let read = io::stdin().lock().read_to_end(&mut input);
            read.map_err(|source| Failure::Io { what: "standard input".to_owned(), source })?;
            let lines = input.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
            paths.extend(lines.filter(|line| !line.is_empty()).map(|line| git.path_of(&unquoted(line))));
        } else {
            paths.push(git.path_of(path.as_encoded_bytes()));
        }
    }
    Ok(paths)
}

//! `merestone owners`: who owns these paths, and which line says so.

use std::ffi::OsString;
use std::io::{self, Read};
use std::num::NonZero;
use std::path::PathBuf;
use std::thread;

use serde::Serialize;

use crate::bot::gather;
use crate::git::{Git, unquoted};
use crate::review::{Owned, OwnerMap};
use crate::source::Source;

use super::output::{self, Screen, plain};
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
    #[command(flatten)]
    organization: basis::Organization,
    /// How to answer
    #[arg(long, value_enum, default_value = "text")]
    format: Listing,
    /// Paths, or `-` to read them from standard input, one a line
    #[arg(value_name = "PATH")]
    paths: Vec<OsString>,
}

/// So many paths are answered before anything is written.
const ROUND: usize = 1 << 16;

/// For fewer paths than this a thread costs more than it saves.
const PART: usize = 1 << 10;

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
    let git = Git::open(args.repository.repo.as_deref())?;
    let home = basis::home(&git, &args.organization, args.rules.as_deref())?;
    let commit = git.resolve(&args.rev)?;
    let ground = basis::wait(gather::ground(&git, &commit, home))?;
    let mut basis = ground.map_err(basis::stopped)?.basis;
    basis::guess_owner(&mut basis);
    let paths = if args.paths.is_empty() { basis::wait(git.list(&commit))?? } else { asked(args, &git)? };
    if !basis.says_anything() {
        output::note("there is neither .github/merestone.yml nor a CODEOWNERS at this revision: nobody owns anything");
    }
    let owners = OwnerMap::new(&basis);
    match args.format {
        Listing::Json => output::write(|out| {
            // A round at a time, so that any number of paths takes little memory.
            for round in paths.chunks(ROUND) {
                for lines in spread(round, |some| json(some, &owners)) {
                    out.write_all(&lines?)?;
                }
            }
            Ok(())
        })?,
        Listing::Text => output::print(&text(&paths, &owners))?,
    }
    Ok(0)
}

/// What `answer` gives for parts of the paths, in their order; the parts are answered side by side.
fn spread<T: Send>(paths: &[String], answer: impl Fn(&[String]) -> T + Sync) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let part = paths.len().div_ceil(threads).max(PART);
    let answer = &answer;
    thread::scope(|scope| {
        let parts: Vec<_> = paths.chunks(part).map(|some| (some, scope.spawn(move || answer(some)))).collect();
        // A thread that failed is asked again here, where its failure is seen.
        parts.into_iter().map(|(some, thread)| thread.join().unwrap_or_else(|_| answer(some))).collect()
    })
}

fn json(paths: &[String], owners: &OwnerMap<'_>) -> serde_json::Result<Vec<u8>> {
    let mut lines = Vec::with_capacity(paths.len() * 128);
    for path in paths {
        let owned = owners.owned(path);
        let row = Row {
            path,
            service: owned.service.as_deref(),
            teams: &owned.teams,
            owners: owned.owners.iter().map(|owner| owner.as_str()).collect(),
            source: owned.source.as_ref().map(|said| Said { file: &said.file, line: said.line }),
        };
        serde_json::to_writer(&mut lines, &row)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

fn text(paths: &[String], owners: &OwnerMap<'_>) -> String {
    let rows = |some: &[String]| some.iter().map(|path| cells(path, &owners.owned(path))).collect::<Vec<_>>();
    let mut table = Table::new(["PATH", "OWNERS", "SERVICE", "SAID BY"], None);
    for row in spread(paths, rows).into_iter().flatten() {
        table.row(row);
    }
    table.text(Screen::of_stdout())
}

fn cells(path: &str, owned: &Owned) -> [String; 4] {
    let who: Vec<&str> = owned.owners.iter().map(|owner| owner.as_str()).collect();
    let who = if who.is_empty() { "nobody".to_owned() } else { who.join(" ") };
    let said =
        owned.source.as_ref().map_or_else(|| "no line".to_owned(), |said| format!("{}:{}", said.file, said.line));
    [plain(path), plain(&who), plain(owned.service.as_deref().unwrap_or("-")), plain(&said)]
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

//! `merestone adrs`: the index of decisions.

use std::ffi::OsString;
use std::path::PathBuf;

use serde::Serialize;

use crate::adr::{Index, Record, Status};
use crate::bot::gather;
use crate::git::Git;

use super::output::{self, Screen, plain};
use super::table::Table;
use super::{Failure, Listing, Repository, basis};

/// List the architecture decision records
///
/// They are looked for in the folders given, else in those of `adrs.paths` in the rules file, else where convention puts
/// them (docs/adr, docs/decisions and the like). With folders given, no rules are read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  All of them:
    merestone adrs
  What is still open, below one folder:
    merestone adrs docs/adr --format json | jq -r 'select(.status == \"proposed\") | .path'")]
pub(super) struct Args {
    #[command(flatten)]
    repository: Repository,
    /// The revision that is read
    #[arg(long, value_name = "REV", default_value = "HEAD", allow_hyphen_values = true)]
    rev: String,
    /// A rules file on disk [default: .github/merestone.yml at --rev]
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// How to answer
    #[arg(long, value_enum, default_value = "text")]
    format: Listing,
    /// Folders of the repository that hold records
    #[arg(value_name = "DIR")]
    dirs: Vec<OsString>,
}

/// A line of the JSON answer.
#[derive(Debug, Serialize)]
struct Row<'a> {
    id: &'a str,
    number: Option<u64>,
    title: &'a str,
    status: Status,
    path: &'a str,
    date: Option<&'a str>,
    superseded_by: &'a [String],
    paths: &'a [String],
    decision: Option<&'a str>,
}

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let git = Git::open(args.repository.repo.as_deref())?;
    let commit = git.resolve(&args.rev)?;
    let index = if args.dirs.is_empty() {
        let home = basis::home(&git, &basis::Organization::default(), args.rules.as_deref())?;
        let ground = basis::wait(gather::ground(&git, &commit, home))?;
        let ground = ground.map_err(basis::stopped)?;
        basis::wait(gather::records(&git, &commit, &ground.basis.rules, &ground.locators))?
    } else {
        let dirs: Vec<String> = args.dirs.iter().map(|dir| git.path_of(dir.as_encoded_bytes())).collect();
        for dir in &dirs {
            if !git.has_folder(&commit, dir)? {
                return Err(Failure::Usage(format!("there is no folder `{dir}` at {}", args.rev)));
            }
        }
        basis::wait(gather::records_below(&git, &commit, &dirs))?
    };
    let index = index.map_err(basis::stopped)?;
    for (path, why) in &index.unreadable {
        output::note(&format!("{path} looks like a decision record and cannot be read: {why}"));
    }
    match args.format {
        Listing::Json => output::write(|out| {
            for record in &index.records {
                serde_json::to_writer(&mut *out, &row(record))?;
                out.write_all(b"\n")?;
            }
            Ok(())
        })?,
        Listing::Text if index.records.is_empty() => {
            output::note("no decision records found; name their folder: merestone adrs DIR");
        }
        Listing::Text => output::print(&text(&index))?,
    }
    Ok(0)
}

fn row(record: &Record) -> Row<'_> {
    Row {
        id: &record.id,
        number: record.number,
        title: &record.title,
        status: record.status,
        path: &record.path,
        date: record.date.as_deref(),
        superseded_by: &record.superseded_by,
        paths: &record.paths,
        decision: record.decision.as_deref(),
    }
}

fn text(index: &Index) -> String {
    let mut table = Table::new(["ID", "STATUS", "DATE", "TITLE", "PATH"], Some(3));
    for record in &index.records {
        let successors = record.superseded_by.join(", ");
        let status = match record.status {
            Status::Proposed => "proposed",
            Status::Accepted => "accepted",
            Status::Rejected => "rejected",
            Status::Deprecated => "deprecated",
            Status::Superseded => "superseded",
            Status::Unknown => "unknown",
        };
        let path = if successors.is_empty() {
            record.path.clone()
        } else {
            format!("{} (replaced by {successors})", record.path)
        };
        let date = record.date.as_deref().unwrap_or("-");
        table.row([&record.id, status, date, &record.title, &path].map(plain));
    }
    table.text(Screen::of_stdout())
}

//! The command line: one file a command.
//!
//! Exit codes: 0 fine, 1 findings that fail, 2 usage or broken rules, 3 GitHub or input/output.

mod adrs;
mod basis;
mod codeowners;
mod explain;
mod graph;
mod init;
mod lint;
mod output;
mod owners;
mod progress;
mod review;
mod schema;
mod serve;
mod simulate;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::git::GitError;

/// Exit code: there are findings that fail.
const FINDINGS: u8 = 1;
/// Exit code: asked wrongly, or the rules are broken.
const USAGE: u8 = 2;
/// Exit code: something could not be read or written.
const IO: u8 = 3;

/// Keeps the boundaries between teams: who owns what, who has to sign a change, and which decision stands behind it.
///
/// On the command line it answers for any git repository, bare ones included. It reads commits, never the work tree (where
/// `init` alone writes, one new file), and runs nothing that the repository brings along.
#[derive(Debug, Parser)]
#[command(
    name = "merestone",
    version,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 fine, 1 findings that fail, 2 usage or broken rules, 3 GitHub or input/output."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Review(review::Args),
    Owners(owners::Args),
    Lint(lint::Args),
    Adrs(adrs::Args),
    Codeowners(codeowners::Args),
    Graph(graph::Args),
    Init(init::Args),
    Simulate(simulate::Args),
    Schema(schema::Args),
    Serve(serve::Args),
}

/// The repository that a command reads.
#[derive(Debug, clap::Args)]
struct Repository {
    /// The repository: a folder in it, or a bare repository [default: the current folder]
    #[arg(long, value_name = "DIR")]
    repo: Option<PathBuf>,
}

/// Formats of what is a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Listing {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// Why a command ends without an answer.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Git(#[from] GitError),
    /// Asked wrongly.
    #[error("{0}")]
    Usage(String),
    /// The rules cannot be used; the text shows where and why.
    #[error("{0}")]
    BrokenRules(String),
    /// Something cannot be read or written.
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    /// Something in the repository cannot be read.
    #[error("{0}")]
    Unreadable(String),
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::Git(error) if !error.is_usage() => IO,
            Self::Io { .. } | Self::Unreadable(_) => IO,
            Self::Git(_) | Self::Usage(_) | Self::BrokenRules(_) => USAGE,
        }
    }
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Review(args) => review::run(&args),
        Command::Owners(args) => owners::run(&args),
        Command::Lint(args) => lint::run(&args),
        Command::Adrs(args) => adrs::run(&args),
        Command::Codeowners(args) => codeowners::run(&args),
        Command::Graph(args) => graph::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Serve(args) => serve::run(&args),
    };
    ExitCode::from(outcome.unwrap_or_else(|failure| {
        output::complain(&failure.to_string());
        failure.code()
    }))
}

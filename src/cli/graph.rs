//! `merestone graph`: services, teams and domains.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::bot::gather;
use crate::git::Git;
use crate::render;
use crate::source::Source;

use super::{Failure, Repository, basis, output};

/// Mermaid draws no text that is longer, unless it is configured to.
const MERMAID_CHARACTERS: usize = 50_000;

/// Draw the services, the teams that own them, and their domains
///
/// Services are those of the rules file, and the folders under its `roots`; a service that names no team stands with the team that
/// CODEOWNERS gives most of its files. Arrows are for dependencies between services, which are not read yet.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  For a Markdown page, between ```mermaid and ```:
    merestone graph
  As an image:
    merestone graph --format dot | dot -Tsvg > services.svg
  The services that nobody owns:
    merestone graph --format json | jq -r 'select(.kind == \"service\" and .teams == []) | .name'")]
pub(super) struct Args {
    #[command(flatten)]
    repository: Repository,
    /// The revision that is read
    #[arg(long, value_name = "REV", default_value = "HEAD", allow_hyphen_values = true)]
    rev: String,
    /// A rules file on disk [default: .github/merestone.yml at --rev]
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    #[command(flatten)]
    organization: basis::Organization,
    /// How to answer
    #[arg(long, value_enum, default_value = "mermaid")]
    format: Format,
}

/// How to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For Markdown on GitHub
    Mermaid,
    /// For Graphviz
    Dot,
    /// One JSON object a line: domains, teams, services
    Json,
}

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let git = Git::open(args.repository.repo.as_deref())?;
    let home = basis::home(&git, &args.organization, args.rules.as_deref())?;
    let commit = git.resolve(&args.rev)?;
    let ground = basis::wait(gather::ground(&git, &commit, home))?;
    let mut basis = ground.map_err(basis::stopped)?.basis;
    basis::guess_owner(&mut basis);
    let listing = basis::wait(git.list(&commit))??;
    let graph = render::graph(&basis, &listing);
    if !basis.says_anything() {
        output::note(
            "there is neither .github/merestone.yml nor a CODEOWNERS at this revision: there is nothing to draw",
        );
    } else if graph.services.is_empty() {
        output::note("no rules file names services, or the folders that are some (`roots`): owners alone are drawn");
    }
    let text = match args.format {
        Format::Mermaid => graph.mermaid(),
        Format::Dot => graph.dot(),
        Format::Json => graph.json(),
    };
    if args.format == Format::Mermaid && text.len() > MERMAID_CHARACTERS {
        output::note(&format!(
            "Mermaid draws at most {MERMAID_CHARACTERS} characters unless it is configured to, and these are more; --format dot has no such limit"
        ));
    }
    output::print(&text)?;
    Ok(0)
}

//! `merestone schema`.

use crate::rules;

use super::{Failure, output};

/// Print the JSON Schema of the rules file, for editors and other tools
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  For an editor that reads `# yaml-language-server: $schema=merestone.schema.json`:
    merestone schema > merestone.schema.json")]
pub(super) struct Args {}

pub(super) fn run(_: &Args) -> Result<u8, Failure> {
    output::print(rules::SCHEMA)?;
    Ok(0)
}

//! `merestone schema`.

use super::Failure;

/// Print the JSON Schema of the rules file, for editors and other tools
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  merestone schema > merestone.schema.json")]
pub(super) struct Args {}

pub(super) fn run(_: &Args) -> Result<u8, Failure> {
    Ok(0)
}

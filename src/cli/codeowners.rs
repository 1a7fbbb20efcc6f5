//! `merestone codeowners`: a CODEOWNERS file that says what the rules say.

use std::path::PathBuf;

use similar::TextDiff;

use crate::bot::gather;
use crate::codeowners::{self, Written};
use crate::git::Git;
use crate::ownership::LOCATIONS;
use crate::review::RulesFrom;
use crate::rules::RULES_PATH;
use crate::source::Source;

use super::output::{self, Screen, plain, plain_lines};
use super::{FINDINGS, Failure, Repository, basis};

/// Write a CODEOWNERS file that names the owners that the rules name
///
/// The lines of the CODEOWNERS in force are kept, and the services follow below a mark; from there on the file is written anew each
/// time. What CODEOWNERS cannot say (`!`, a service that names no team after one that does) is listed by folder and file as they are at
/// --rev. Every path of the revision has the owners that `merestone owners` tells, or nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  After an edit of the rules, before it is committed:
    merestone codeowners --rules .github/merestone.yml > .github/CODEOWNERS
  In CI, to fail with the difference where that was forgotten:
    merestone codeowners --check")]
pub(super) struct Args {
    #[command(flatten)]
    repository: Repository,
    /// The revision whose files, rules and CODEOWNERS are read
    #[arg(long, value_name = "REV", default_value = "HEAD", allow_hyphen_values = true)]
    rev: String,
    /// A rules file on disk [default: .github/merestone.yml at --rev]
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    #[command(flatten)]
    organization: basis::Organization,
    /// Print what has to change in the CODEOWNERS at --rev instead of the file, and exit with 1 where something has to
    #[arg(long)]
    check: bool,
}

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let git = Git::open(args.repository.repo.as_deref())?;
    let home = basis::home(&git, &args.organization, args.rules.as_deref())?;
    let commit = git.resolve(&args.rev)?;
    let ground = basis::wait(gather::ground(&git, &commit, home))?;
    let mut basis = ground.map_err(basis::stopped)?.basis;
    basis::guess_owner(&mut basis);
    if basis.rules_from == RulesFrom::Startup {
        return Err(Failure::Usage(format!(
            "there is no {RULES_PATH} at {}, so there is nothing that CODEOWNERS does not say already; `merestone init` writes a first one",
            args.rev
        )));
    }
    let committed = in_force(&git, &commit)?;
    let listing = basis::wait(git.list(&commit))??;
    let in_force = committed.as_ref().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
    let written =
        codeowners::write(&basis, in_force, &listing).map_err(|refusal| Failure::Usage(refusal.to_string()))?;
    if args.check { check(&written, in_force) } else { print(&written) }
}

/// The CODEOWNERS that GitHub would use.
fn in_force(git: &Git, commit: &str) -> Result<Option<(String, Vec<u8>)>, Failure> {
    let found = basis::wait(git.read(commit, &LOCATIONS.map(str::to_owned)))??;
    let Some(blob) = found.into_iter().flatten().next() else { return Ok(None) };
    match blob.bytes {
        Ok(bytes) => Ok(Some((blob.path, bytes))),
        Err(why) => Err(Failure::Unreadable(format!("{} cannot be read: {why}", blob.path))),
    }
}

fn print(written: &Written) -> Result<u8, Failure> {
    if Screen::of_stdout().width.is_some() {
        // On a terminal it is read by a person; in a pipe it is a file, byte for byte.
        output::print(&plain_lines(&String::from_utf8_lossy(&written.text)))?;
    } else {
        output::write(|out| out.write_all(&written.text))?;
    }
    let Written { path, own_lines, idle_lines, listed, .. } = written;
    if *idle_lines > 0 {
        let which = if idle_lines == own_lines {
            format!("your own lines in {path} decide")
        } else {
            format!(
                "{idle_lines} of the {own_lines} lines of your own in {path} decide{}",
                if *idle_lines == 1 { "s" } else { "" }
            )
        };
        output::note(&format!("{which} about no file: the services do, or later lines, or there is no such file"));
    }
    if *listed > 0 {
        output::note(&format!(
            "folders and files are listed in {} as they are now, because no pattern says it; when files come and go there, the file is to be written again (`merestone codeowners --check` tells)",
            count(*listed, "line")
        ));
    }
    Ok(0)
}

fn count(number: usize, of: &str) -> String {
    format!("{number} {of}{}", if number == 1 { "" } else { "s" })
}

fn check(written: &Written, in_force: Option<(&str, &[u8])>) -> Result<u8, Failure> {
    let path = plain(&written.path);
    if in_force.is_some_and(|(_, bytes)| bytes == written.text) {
        output::print(&format!("{path} says what the rules say\n"))?;
        return Ok(0);
    }
    let old = in_force.map_or_else(String::new, |(_, bytes)| String::from_utf8_lossy(bytes).into_owned());
    let new = String::from_utf8_lossy(&written.text).into_owned();
    let from = if in_force.is_some() { format!("a/{path}") } else { "/dev/null".to_owned() };
    let diff = TextDiff::from_lines(&old, &new).unified_diff().header(&from, &format!("b/{path}")).to_string();
    output::print(&plain_lines(&diff))?;
    output::complain(&format!("{path} is not what the rules say: merestone codeowners --rules {RULES_PATH} > {path}"));
    Ok(FINDINGS)
}

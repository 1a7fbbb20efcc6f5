//! `merestone init`: a first rules file.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use crate::adr;
use crate::bot::gather;
use crate::first::{self, Proposal, Seen};
use crate::git::Git;
use crate::ownership::{Codeowners, LOCATIONS};
use crate::replay::{Outcome, Replayer};
use crate::review::Verdict;
use crate::rules::{self, Enforce, Handle, Mode, RULES_PATH};
use crate::source::Source;

use super::output::{self, plain};
use super::{Failure, Repository, basis, simulate};

/// So far back is looked for people.
const YEAR: TimeDelta = TimeDelta::days(365);
/// So far back changes are judged.
const WINDOW: TimeDelta = TimeDelta::days(90);
/// More commits than this are not read.
const MOST_COMMITS: usize = 20_000;
/// More changes than this are not judged.
const MOST_CHANGES: usize = 500;
/// So many of those who would hear of a change are named.
const NAMED: usize = 8;

/// Write a first rules file for this repository
///
/// It is made of what HEAD shows: CODEOWNERS, folders, manifests (npm, pnpm, Cargo, Go, Maven, Gradle), decision records, and who changed
/// what in the year before it. Comments say where each entry comes from. The file is written to .github/merestone.yml in the work
/// tree, never over one that is there, in the mode `shadow`: nobody is asked and nothing held. What it would have asked in the 90 days
/// before HEAD is told then.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  A first file, to be read, changed and committed:
    merestone init
  What it would be, of a bare repository:
    merestone init --repo shop.git --print")]
pub(super) struct Args {
    #[command(flatten)]
    repository: Repository,
    /// Write to standard output instead, and the rest to standard error
    #[arg(long)]
    print: bool,
    /// `-` is the same as --print
    #[arg(value_name = "-", value_parser = ["-"], hide_possible_values = true)]
    to: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let print = args.print || args.to.is_some();
    let git = Git::open(args.repository.repo.as_deref())?;
    let commit = git.resolve("HEAD")?;
    let target = if print { None } else { Some(target(&git)?) };
    refuse_existing(&git, &commit, target.as_deref())?;
    let now = git.time(&commit)?;
    let proposal = propose(&git, &commit, now)?;
    // The file is read as it will be: nothing is written that cannot be.
    if let Err(problems) = rules::parse(proposal.text.as_bytes()) {
        let shown = rules::show(RULES_PATH, proposal.text.as_bytes(), &problems);
        return Err(Failure::Unreadable(format!(
            "no file could be made of this repository; please report it\n\n{}",
            shown.trim_end()
        )));
    }
    let past = past(&git, &commit, now, &proposal)?;
    let told = told(&proposal, &past, now);
    match target {
        None => {
            output::print(&proposal.text)?;
            told.lines().filter(|line| !line.is_empty()).for_each(output::note);
        }
        Some(target) => {
            write_new(&target, &proposal.text)?;
            output::print(&format!("{} is written: {}", plain(&target.display().to_string()), told))?;
        }
    }
    Ok(0)
}

/// Where the file goes.
fn target(git: &Git) -> Result<PathBuf, Failure> {
    let top = git.top().ok_or_else(|| {
        Failure::Usage(
            "there is no work tree to write to; `merestone init --print` writes to standard output".to_owned(),
        )
    })?;
    Ok(top.join(RULES_PATH))
}

fn refuse_existing(git: &Git, commit: &str, target: Option<&Path>) -> Result<(), Failure> {
    let next = "`merestone lint` checks it and `merestone review` judges by it; to begin anew, take it away first";
    let at_head = basis::wait(git.read(commit, &[RULES_PATH.to_owned()]))??;
    if at_head.iter().any(Option::is_some) {
        return Err(Failure::Usage(format!("{RULES_PATH} is there already, at HEAD: {next}")));
    }
    if target.is_some_and(|target| target.symlink_metadata().is_ok()) {
        return Err(Failure::Usage(format!(
            "{RULES_PATH} is there already, in the work tree and not committed: {next}"
        )));
    }
    Ok(())
}

/// Writes a file that is not there yet, and through no link that the repository brings along.
fn write_new(target: &Path, text: &str) -> Result<(), Failure> {
    let failure = |source| Failure::Io { what: format!("{} cannot be written", target.display()), source };
    if let Some(folder) = target.parent() {
        match folder.symlink_metadata() {
            Ok(found) if !found.is_dir() => {
                return Err(Failure::Usage(format!(
                    "{} is no folder of the work tree; `merestone init --print` writes to standard output",
                    folder.display()
                )));
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => fs::create_dir(folder).map_err(failure)?,
            Err(error) => return Err(failure(error)),
        }
    }
    let mut file = fs::File::create_new(target).map_err(failure)?;
    file.write_all(text.as_bytes()).map_err(failure)
}

fn propose(git: &Git, commit: &str, now: DateTime<Utc>) -> Result<Proposal, Failure> {
    let listing = basis::wait(git.list(commit))??;
    let codeowners = basis::wait(git.read(commit, &LOCATIONS.map(str::to_owned)))??;
    let codeowners = codeowners.into_iter().flatten().next();
    let codeowners = codeowners.and_then(|blob| Some(Codeowners::parse(&blob.path, &blob.bytes.ok()?)));
    let manifests = basis::wait(git.read(commit, &first::wanted(&listing)))??;
    let manifests: Vec<(String, Vec<u8>)> =
        manifests.into_iter().flatten().filter_map(|blob| Some((blob.path, blob.bytes.ok()?))).collect();
    let locators = basis::wait(gather::locators(git, commit))?.map_err(basis::stopped)?;
    let mut records = Vec::new();
    for folder in adr::locate(&[], &locators, &listing) {
        let index = basis::wait(gather::records_below(git, commit, std::slice::from_ref(&folder)))?;
        records.push((folder, index.map_err(basis::stopped)?.records.len()));
    }
    records.retain(|(_, count)| *count > 0);
    let history = git.history(commit, now - YEAR, MOST_COMMITS)?;
    let repository = git.remote().map(|remote| format!("{}/{}", remote.owner, remote.name));
    Ok(first::propose(Seen {
        repository: repository.as_deref(),
        commit,
        now,
        listing: &listing,
        codeowners: codeowners.as_ref(),
        manifests: &manifests,
        records: &records,
        history: &history,
        history_cut: git.is_shallow() || history.len() == MOST_COMMITS,
    }))
}

/// How past changes would have gone.
#[derive(Debug, Default)]
struct Past {
    changes: usize,
    /// Whether there were more.
    cut: bool,
    quiet: usize,
    shown: usize,
    waiting: usize,
    /// Of these, how many could be signed by nobody.
    stuck: usize,
    /// Who would have heard of how many.
    who: BTreeMap<Handle, usize>,
    /// Rules that were not judged.
    not_judged: Vec<String>,
}

/// Judges what landed by the proposal, as if it were on.
fn past(git: &Git, commit: &str, now: DateTime<Utc>, proposal: &Proposal) -> Result<Past, Failure> {
    let mut line = git.mainline(commit, None, MOST_CHANGES + 1)?;
    let since = (now - WINDOW).timestamp();
    line.truncate(line.iter().take_while(|one| one.at >= since).count());
    let cut = line.len() > MOST_CHANGES;
    line.truncate(MOST_CHANGES);
    let mut home = basis::home(git, &basis::Organization::default(), None)?;
    home.rules = Some((RULES_PATH.to_owned(), proposal.text.clone().into_bytes()));
    let ground = basis::wait(gather::ground(git, commit, home))?;
    let mut basis = ground.map_err(basis::stopped)?.basis;
    basis::guess_owner(&mut basis);
    basis.rules.mode = Mode::On;
    let replayer = Replayer::new(basis.clone(), basis, now);
    let tip = git.tip("HEAD")?;
    let judged = simulate::judged(git, &tip, &line, &replayer)?;
    let mut past = Past { changes: judged.len(), cut, ..Past::default() };
    judged.iter().for_each(|one| past.add(&one.after));
    Ok(past)
}

impl Past {
    fn add(&mut self, outcome: &Outcome) {
        match outcome.verdict {
            Verdict::SignOff | Verdict::Blocked => self.waiting += 1,
            Verdict::Pass | Verdict::Advise if outcome.is_quiet() => self.quiet += 1,
            Verdict::Pass | Verdict::Advise => self.shown += 1,
        }
        self.stuck += usize::from(outcome.is_stuck());
        let shown = outcome.matched.iter().filter(|one| one.enforce >= Enforce::Advise);
        let mut hands: Vec<&Handle> = shown.flat_map(|one| &one.signers).flatten().collect();
        hands.sort();
        hands.dedup();
        hands.into_iter().for_each(|handle| *self.who.entry(handle.clone()).or_default() += 1);
        for (rule, _) in &outcome.not_judged {
            if !self.not_judged.contains(rule) {
                self.not_judged.push(rule.clone());
            }
        }
    }
}

/// What the file is, and what it would have done.
fn told(proposal: &Proposal, past: &Past, now: DateTime<Utc>) -> String {
    let count = |number: usize, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    let mut out = format!(
        "{} by folder, {} by an entry, the pack `{}`, in shadow.\n",
        count(proposal.folders, "service", "services"),
        count(proposal.entries, "service", "services"),
        proposal.stage
    );
    if proposal.unowned > 0 {
        out.push_str(&format!(
            "Of these nobody owns {}: name their teams, since what nobody owns reaches nobody.\n",
            proposal.unowned
        ));
    }
    let day = now.format("%Y-%m-%d");
    out.push_str(&match past.changes {
        0 => format!("\nNothing landed in the 90 days to {day}, so there is nothing to judge by it.\n"),
        _ => {
            let of = if past.cut { "the last " } else { "" };
            let percent = |part: usize| part * 100 / past.changes;
            let mut told = format!(
                "\nThe 90 days to {day} judged by it, as if its mode were `on` ({of}{}):\n  {} ({} %) ask nobody\n",
                count(past.changes, "change", "changes"),
                past.quiet,
                percent(past.quiet)
            );
            if past.shown > 0 {
                told.push_str(&format!(
                    "  {} ({} %) show somebody that they are coming, and wait for nobody\n",
                    past.shown,
                    percent(past.shown)
                ));
            }
            if past.waiting > 0 {
                told.push_str(&format!("  {} ({} %) wait for a sign-off\n", past.waiting, percent(past.waiting)));
            }
            if past.stuck > 0 {
                told.push_str(&format!(
                    "  {} of them could be signed by nobody: name architects before `mode: on`\n",
                    past.stuck
                ));
            }
            told
        }
    });
    if !past.who.is_empty() {
        let mut who: Vec<(&Handle, &usize)> = past.who.iter().collect();
        who.sort_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.cmp(other)));
        let named: Vec<String> =
            who.iter().take(NAMED).map(|(handle, changes)| format!("{} {changes}", plain(handle.as_str()))).collect();
        let more = if who.len() > NAMED { format!(" and {} more", who.len() - NAMED) } else { String::new() };
        out.push_str(&format!("Who hears of how many: {}{more}\n", named.join(", ")));
    }
    if past.not_judged.iter().any(|rule| rule == "skip") {
        out.push_str(
            "Updates of dependencies count among these changes, since commits do not say who opened a pull request.\n",
        );
    }
    let not_judged: Vec<&String> = past.not_judged.iter().filter(|rule| *rule != "skip").collect();
    if !not_judged.is_empty() {
        let rules: Vec<String> = not_judged.iter().map(|rule| format!("`{}`", plain(rule))).collect();
        out.push_str(&format!("Not judged here, since only GitHub knows who is in which team: {}\n", rules.join(", ")));
    }
    out
}

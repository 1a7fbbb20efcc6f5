//! `merestone simulate`: past changes under today's rules and under a candidate for them.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::SystemTime;

use chrono::{DateTime, NaiveDate, Utc};

use crate::bot::gather::{self, Home};
use crate::git::{Git, GitError, Landed, Mainline, Tip};
use crate::render::{self, TextOptions};
use crate::replay::{Change, Past, Replay, Replayed, Replayer};
use crate::review::{Basis, Facts, HEADER_BYTES, says_generated};
use crate::rules::RULES_PATH;
use crate::source::Source;

use super::output::{self, Screen};
use super::progress::Progress;
use super::review::short_name;
use super::{Failure, Listing, Repository, basis};

/// No more changes than this are judged.
const MOST: usize = 10_000;

/// Without --since: the changes of so many days before the newest one, …
const DAYS: i64 = 90;

/// … and at least so many changes.
const LEAST: usize = 200;

/// So many changes are read at once.
const ROUND: usize = 100;

/// Judge past changes under today's rules and under others, and say what the difference is
///
/// Every commit that the default branch has as a first parent (a merge, a squash, a commit of its own) is a change against the
/// commit before it. Each is judged as a pull request would be, by the rules at the tip of the default branch and by those in
/// FILE: whom it asks, what holds it, what it stays quiet about, and how often each team and person is asked. Nobody's reviews
/// are known here, and no author: `foreign` and `author` are not judged, and the answer says so.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  What an edit of the rules would have done to the last three months (and at least to the last 200 changes):
    merestone simulate --rules .github/merestone.yml
  The same since a release, or since a day:
    merestone simulate --rules new-rules.yml --since v2.0
    merestone simulate --rules new-rules.yml --since 2026-01-01
  Which changes would have gone otherwise:
    merestone simulate --rules new-rules.yml --format json | jq -r 'select(.kind == \"change\" and .otherwise) | .title'

JSON is one object a line; `kind` says what it is: change, load (how often somebody is asked), rule, moved (files that change
owner), dead (rules that can match nothing), pattern (that matches in unexpected places), not_judged, and at the end sum.")]
pub(super) struct Args {
    #[command(flatten)]
    repository: Repository,
    /// The candidate: a rules file on disk
    #[arg(long, value_name = "FILE")]
    rules: PathBuf,
    #[command(flatten)]
    organization: basis::Organization,
    /// Changes since this revision, or since this day (2026-01-31) [default: of the last 90 days, and at least the last 200]
    #[arg(long, value_name = "REV-or-DATE", allow_hyphen_values = true)]
    since: Option<String>,
    /// How to answer
    #[arg(long, value_enum, default_value = "text")]
    format: Listing,
}

/// From when on changes are looked at.
enum Since {
    /// What came after this commit.
    Commit(String),
    /// What came after this time, in seconds since 1970.
    Time(i64),
    /// Not said.
    Usual,
}

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let git = Git::open(args.repository.repo.as_deref())?;
    let home = basis::home(&git, &args.organization, Some(&args.rules))?;
    let tip = git.default_branch()?;
    let since = since(&git, args.since.as_deref())?;
    let commits = commits(&git, &tip, &since)?;

    let as_it_is = Home { rules: None, ..home.clone() };
    let today = basis::wait(gather::basis(&git, &tip.commit, as_it_is))?.map_err(basis::stopped)?;
    let candidate = basis::wait(gather::basis(&git, &tip.commit, home))?.map_err(basis::stopped)?;
    let (today, candidate) = of_one_owner(today, candidate);
    let listing = basis::wait(git.list(&tip.commit))??;
    if !today.says_anything() {
        output::note(&format!(
            "there is neither {RULES_PATH} nor a CODEOWNERS at {}: today nobody is asked",
            short_name(&tip)
        ));
    }
    let replayer = Replayer::new(today, candidate, DateTime::<Utc>::from(SystemTime::now()));
    let changes = judged(&git, &tip, &commits, &replayer)?;
    let replay = replayer.sum(changes, Some(&listing));
    match args.format {
        Listing::Json => output::write(|out| {
            for line in render::replay_json(&replay) {
                serde_json::to_writer(&mut *out, &line)?;
                out.write_all(b"\n")?;
            }
            Ok(())
        })?,
        Listing::Text => {
            let screen = Screen::of_stdout();
            let options = TextOptions { width: screen.width, color: screen.color };
            output::print(&render::replay_text(&replay, &heading(&replay, &tip, &commits, args), options))?;
        }
    }
    Ok(0)
}

/// What `--since` says.
fn since(git: &Git, written: Option<&str>) -> Result<Since, Failure> {
    let Some(written) = written else { return Ok(Since::Usual) };
    match git.resolve(written) {
        Ok(commit) => Ok(Since::Commit(commit)),
        Err(error @ (GitError::UnknownRevision { .. } | GitError::NotARevision { .. })) => match time(written) {
            Some(time) => Ok(Since::Time(time)),
            None => Err(Failure::Usage(format!("{error}; a day is written like 2026-01-31"))),
        },
        Err(error) => Err(error.into()),
    }
}

/// A day, or a point in time as RFC 3339 writes it.
fn time(written: &str) -> Option<i64> {
    let day = NaiveDate::parse_from_str(written, "%Y-%m-%d").ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    let day = day.map(|midnight| midnight.and_utc().timestamp());
    day.or_else(|| DateTime::parse_from_rfc3339(written).ok().map(|at| at.timestamp()))
}

/// The commits whose changes are looked at, oldest first.
fn commits(git: &Git, tip: &Tip, since: &Since) -> Result<Vec<Mainline>, Failure> {
    let until = if let Since::Commit(commit) = since { Some(commit.as_str()) } else { None };
    let mut line = git.mainline(&tip.commit, until, MOST + 1)?;
    let newer = |than: i64| line.iter().take_while(|one| one.at >= than).count();
    let count = match since {
        Since::Commit(_) => line.len(),
        Since::Time(time) => newer(*time),
        Since::Usual => {
            let newest = line.first().map_or(0, |one| one.at);
            newer(newest.saturating_sub(DAYS * 24 * 60 * 60)).max(LEAST)
        }
    };
    let (cut, reached_the_end) = (count > MOST, count >= line.len());
    line.truncate(count.min(MOST));
    if cut {
        output::note(&format!("only the last {MOST} changes are judged"));
    }
    if line.is_empty() {
        output::note(&format!("nothing has come to {} since then", short_name(tip)));
    } else if git.is_shallow() && reached_the_end && line.last().is_some_and(|oldest| oldest.parent.is_none()) {
        output::note("this clone is shallow: what came before is not looked at (git fetch --unshallow brings it)");
    }
    line.reverse();
    Ok(line)
}

/// Both with the same organisation, where only one of them lets it be guessed.
fn of_one_owner(mut today: Basis, mut candidate: Basis) -> (Basis, Basis) {
    basis::guess_owner(&mut today);
    basis::guess_owner(&mut candidate);
    let owner = today.owner.clone().or_else(|| candidate.owner.clone());
    for basis in [&mut today, &mut candidate] {
        if basis.owner.is_none() {
            basis.owner.clone_from(&owner);
        }
    }
    (today, candidate)
}

/// The changes of these commits under both. They are read and judged side by side.
pub(super) fn judged(
    git: &Git,
    tip: &Tip,
    commits: &[Mainline],
    replayer: &Replayer,
) -> Result<Vec<Replayed>, Failure> {
    let mut progress = Progress::new("judging", commits.len());
    let mut judged = Vec::with_capacity(commits.len());
    let lines = replayer.asks_lines();
    thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel(2);
        scope.spawn(move || {
            for round in commits.chunks(ROUND) {
                // Nobody waits for it any more once a round has failed.
                if send.send((round.len(), git.landed(round, lines))).is_err() {
                    break;
                }
            }
        });
        for (count, landed) in receive {
            let past = landed?.into_iter().map(|one| past(one, tip)).collect();
            judged.extend(round(git, past, replayer)?);
            progress.step(count);
        }
        Ok(judged)
    })
}

/// A change as a pull request would have been: the message's words are its title, and nobody knows whose login an address is.
fn past(landed: Landed, tip: &Tip) -> Past {
    let mut facts = Facts::of_files(landed.files);
    facts.title = Some(landed.title.clone());
    facts.base = tip.branch.clone();
    let (number, commit) = (landed.number, Some(landed.commit));
    Past::new(Change { repository: None, number, commit, title: landed.title }, facts)
}

/// A round of changes under both. What files said of themselves before the change is read only where it matters.
fn round(git: &Git, mut past: Vec<Past>, replayer: &Replayer) -> Result<Vec<Replayed>, Failure> {
    let mut judged: Vec<Replayed> = past.iter().map(|one| replayer.judge(one)).collect();
    let open: Vec<usize> = (0..past.len()).filter(|at| replayer.needs_headers(&past[*at], &judged[*at])).collect();
    let ids: BTreeSet<String> = open.iter().flat_map(|at| past[*at].unknown_headers()).map(str::to_owned).collect();
    if ids.is_empty() {
        return Ok(judged);
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let beginnings = git.beginnings(&ids, HEADER_BYTES)?;
    let says: HashMap<&str, bool> =
        ids.into_iter().zip(beginnings).filter_map(|(id, beginning)| Some((id, says_generated(&beginning?)))).collect();
    for at in open {
        past[at].tell_headers(|id| says.get(id).copied());
        judged[at] = replayer.judge(&past[at]);
    }
    Ok(judged)
}

/// Which changes these are, and under what they are judged.
fn heading(replay: &Replay, tip: &Tip, commits: &[Mainline], args: &Args) -> String {
    let day = |one: Option<&Mainline>| {
        let at = one.and_then(|one| DateTime::<Utc>::from_timestamp(one.at, 0));
        at.map_or_else(|| "?".to_owned(), |at| at.format("%Y-%m-%d").to_string())
    };
    let count = replay.changes.len();
    let changes = if count == 1 { "change" } else { "changes" };
    let (first, last) = (day(commits.first()), day(commits.last()));
    let over = if commits.is_empty() { String::new() } else { format!(" from {first} to {last}") };
    let branch = short_name(tip);
    let file = args.rules.display();
    format!("{count} {changes} on {branch}{over}: TODAY as the rules there say, AFTER as {file} does")
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn a_day_is_written_as_iso_does() {
        assert_eq!(time("2026-01-31"), Some(1_769_817_600));
        assert_eq!(time("2026-01-31T02:00:00+02:00"), Some(1_769_817_600));
        for other in ["31.01.2026", "2026-13-01", "yesterday", "2026"] {
            assert_eq!(time(other), None, "{other}");
        }
    }
}

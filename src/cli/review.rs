//! `merestone review`: the judgement on a change.

use std::path::PathBuf;
use std::thread;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use clap::ValueEnum;

use crate::bot::{edited, gather};
use crate::git::{Git, GitError, RENAME_LIMIT, Tip, renames_cut};
use crate::render::{self, Context, TextOptions};
use crate::review::{Asking, Facts, Input, People, Review, Verdict, judge};
use crate::rules::RULES_PATH;
use crate::source::{Comparison, Source};

use super::output::{self, Screen};
use super::{FINDINGS, Failure, Repository, basis};

/// Judge a change: how far it reaches, what it runs into, who has to sign
///
/// The change is what --head has since its merge base with --base. It is judged by the rules at the tip of --base, as the
/// App judges a pull request; a sign-off cannot be given here, so what waits for one is shown and does not fail by itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  What HEAD has that the default branch has not:
    merestone review
  What a colleague's branch would meet on its way into a release:
    merestone review --base origin/release/2 --head origin/topic --author ada
  The same change under rules that are not committed yet:
    merestone review --rules new-rules.yml
  The comment that the App would post:
    merestone review --format markdown
  In a script, to end with 1 as soon as somebody has to sign:
    merestone review --fail-on review --format json")]
pub(super) struct Args {
    #[command(flatten)]
    repository: Repository,
    /// The revision that the change goes to [default: the default branch]
    #[arg(long, value_name = "REV", allow_hyphen_values = true)]
    base: Option<String>,
    /// The revision that holds the change
    #[arg(long, value_name = "REV", default_value = "HEAD", allow_hyphen_values = true)]
    head: String,
    /// A rules file on disk [default: .github/merestone.yml at --base]
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    #[command(flatten)]
    organization: basis::Organization,
    /// Who would open the pull request; without it, rules with `foreign` are not judged
    #[arg(long, value_name = "LOGIN")]
    author: Option<String>,
    /// From which weight on a finding makes the exit code 1
    #[arg(long, value_enum, default_value = "block", value_name = "WEIGHT")]
    fail_on: FailOn,
    /// How to answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// What fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Any finding that is shown
    Advise,
    /// A finding that somebody has to sign, or that blocks
    Review,
    /// A finding that blocks
    Block,
    /// Nothing
    Never,
}

/// How to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The comment that the App would post
    Markdown,
    /// One JSON object
    Json,
}

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let git = Git::open(args.repository.repo.as_deref())?;
    let home = basis::home(&git, &args.organization, args.rules.as_deref())?;
    let base = match &args.base {
        Some(revision) => git.tip(revision)?,
        None => git.default_branch()?,
    };
    let head = git.resolve(&args.head)?;
    // What changed and what it is judged by are read side by side.
    let (changed, ground) = thread::scope(|scope| {
        let ground = scope.spawn(|| basis::wait(gather::basis(&git, &base.commit, home.clone())));
        (facts(&git, &base, &head, args), ground.join())
    });
    let ground = ground.map_err(|_| Failure::Unreadable("the rules could not be read".to_owned()))?;
    let mut basis = ground?.map_err(basis::stopped)?;
    basis::guess_owner(&mut basis);
    let (comparison, facts) = changed?;
    if !basis.says_anything() {
        output::note(&format!(
            "there is neither {RULES_PATH} nor a CODEOWNERS at {}: the App stays silent on such a repository",
            short_name(&base)
        ));
    }
    if facts.files.is_empty() {
        let (head, base) = (&args.head, short_name(&base));
        output::note(&format!("{head} has nothing that {base} has not; --base and --head say what is compared"));
    }
    if renames_cut(&facts.files) {
        output::note(&format!(
            "more than {RENAME_LIMIT} files are new and as many removed: moved files that were edited count as removed and added"
        ));
    }
    // Who is in a team only GitHub knows; the judgement takes it as not asked.
    let people = People::default();
    let laid = edited::edited(&git, &basis, &comparison, home, |_| None);
    let edited = basis::wait(laid)?.map_err(Failure::Git)?;
    let now = DateTime::<Utc>::from(SystemTime::now());
    let review = judge(Input {
        basis: &basis,
        facts: &facts,
        acts: &[],
        people: &people,
        asking: &Asking::default(),
        edited: edited.as_ref(),
        now,
    });
    let context = Context {
        repository_url: git.remote().map(|remote| remote.url()),
        base_commit: comparison.base_tip,
        head_commit: comparison.head,
        author: facts.author.clone(),
        // A file on disk is at no commit that the comment could name.
        rules_from: args.rules.is_none().then(|| basis.rules_from.clone()),
        ..Context::default()
    };
    output::print(&match args.format {
        Format::Json => format!("{:#}", render::json(&review)),
        Format::Markdown if render::has_comment(&review) => render::comment(&review, &context),
        Format::Markdown => "Nothing would be posted: there is no finding to show.".to_owned(),
        Format::Text => {
            let screen = Screen::of_stdout();
            render::text(&review, &context, TextOptions { width: screen.width, color: screen.color })
        }
    })?;
    Ok(if fails(&review, args.fail_on) { FINDINGS } else { 0 })
}

/// What is known of the change.
fn facts(git: &Git, base: &Tip, head: &str, args: &Args) -> Result<(Comparison, Facts), Failure> {
    let comparison = basis::wait(git.compare(&base.commit, head))?.map_err(|error| match error {
        // The user knows the revisions by the names that they were given.
        GitError::NoMergeBase { shallow, .. } => {
            GitError::NoMergeBase { base: short_name(base).to_owned(), head: args.head.clone(), shallow }
        }
        error => error,
    })?;
    let mut facts = Facts::of_files(comparison.files.clone());
    facts.author = args.author.as_deref().map(|login| login.strip_prefix('@').unwrap_or(login).to_owned());
    facts.author_is_bot = facts.author.as_deref().is_some_and(|login| login.ends_with("[bot]"));
    facts.committers = comparison.committers.clone();
    facts.base = base.branch.clone();
    basis::wait(gather::base_versions(git, &comparison.merge_base, &mut facts))?.map_err(basis::stopped)?;
    Ok((comparison, facts))
}

/// A branch as its users call it.
pub(super) fn short_name(tip: &Tip) -> &str {
    let name = &tip.revision;
    name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("refs/remotes/")).unwrap_or(name)
}

fn fails(review: &Review, fail_on: FailOn) -> bool {
    match fail_on {
        FailOn::Advise => review.verdict >= Verdict::Advise,
        FailOn::Review => review.verdict >= Verdict::SignOff,
        FailOn::Block => review.verdict >= Verdict::Blocked,
        FailOn::Never => false,
    }
}

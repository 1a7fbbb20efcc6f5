//! Generated histories of a pull request: the real server against the stand-in GitHub, and beside it a naive oracle.
//!
//! After every step GitHub must show what the oracle says: never green where nobody with the authority has signed this very
//! content, not for an instant; green where somebody has; one comment, one check run a head, nobody asked who has no reason to
//! be; and once at rest nothing more is asked of GitHub.

mod oracle;
mod step;

use std::collections::{BTreeMap, BTreeSet};

use merestone::standin::Mail;
use merestone::standin::world::{Kind, PullRef, World};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::stories::shop::{FILES, acme};
use crate::stories::story::{Pull, Story};
use oracle::truth_of_head;
use step::{PLAIN, Past, Step, Turn};

/// How many histories; `PROPTEST_CASES` asks for more.
const CASES: u32 = 48;

/// `stale`: every push dismisses the approvals, as GitHub can be told to.
fn world(stale: bool) -> World {
    let mut world = acme();
    world.team("acme", "commerce-architects", &["barbara"]).expect("acme is there");
    world.organization("acme", &["katherine", "stranger"]);
    let bot = world.account("helper[bot]", Kind::Bot);
    world.team("acme", "commerce-architects", &[]).expect("acme is there").members.insert(bot);
    let mut files: Vec<(&str, &str)> = vec![(".github/merestone.yml", PLAIN)];
    files.extend(FILES);
    let repository = world.repository("acme", "shop", &files).expect("acme is there");
    let shop = world.repositories.get_mut(&repository).expect("just made");
    let tip = shop.branches["main"].clone();
    shop.branches.insert("aside".to_owned(), tip);
    shop.dismisses_stale = stale;
    world
}

/// Writes of a green check since the story last counted, on the head that the pull request has now.
fn green_writes(world: &World, at: PullRef) -> usize {
    let head = &world.pull(at).expect("it is there").head;
    let runs = &world.repository_of(at.repository).expect("it is there").checks;
    let writes = world.log.calls().iter().filter(|call| {
        let to = call.path.rsplit('/').next().and_then(|id| runs.get(&id.parse().ok()?)).map(|run| run.head.as_str());
        call.is_write() && call.body["head_sha"].as_str().or(to) == Some(head)
    });
    writes.filter(|call| matches!(call.body["conclusion"].as_str(), Some("success" | "neutral"))).count()
}

struct Player {
    story: Story,
    past: Past,
    at: PullRef,
    /// Whether everybody was asked once who was to be asked at first.
    asked: bool,
}

impl Player {
    /// What GitHub shows is what the oracle says.
    async fn compare(&mut self, after: &str) -> Result<(), TestCaseError> {
        for at in [Some(self.at), self.past.second].into_iter().flatten() {
            self.compare_one(at, &format!("{after}, on #{}", at.number))?;
        }
        Ok(())
    }

    fn compare_one(&mut self, at: PullRef, after: &str) -> Result<(), TestCaseError> {
        let fail = |what: &str| Err(TestCaseError::fail(format!("after {after}: {what}")));
        if !self.story.github().app_comments(at).is_empty() {
            self.story.comment(at);
        }
        let (open, truth, shown, greens, requested, asks, comments, per_head, held) = {
            let world = self.story.github();
            let pull = world.pull(at).expect("it is there").clone();
            let mut per_head: BTreeMap<String, usize> = BTreeMap::new();
            for check in world.repositories[&at.repository].checks.values() {
                *per_head.entry(check.head.clone()).or_default() += 1;
            }
            let shown: Vec<String> = world
                .checks(at)
                .iter()
                .map(|check| check.conclusion.clone().unwrap_or_else(|| check.status.clone()))
                .collect();
            let authority = oracle::evidence(&world, at).authority();
            let asks = authority.filter(|_| !pull.draft && pull.base_ref == "main");
            let truth = truth_of_head(&world, &self.past.log, at);
            let greens = green_writes(&world, at);
            let comments = world.app_comments(at).len();
            let held: BTreeSet<String> = pull
                .reviews
                .iter()
                .filter(|review| review.state == "CHANGES_REQUESTED")
                .filter_map(|review| Some(world.accounts.get(&review.author)?.login.clone()))
                .collect();
            (pull.open, truth, shown, greens, world.requested(at), asks, comments, per_head, held)
        };
        if comments > 1 || per_head.values().any(|runs| *runs > 1) {
            return fail(&format!("{comments} comments, check runs by head {per_head:?}"));
        }
        if !open {
            return Ok(());
        }
        let green = match shown.as_slice() {
            [one] => matches!(one.as_str(), "success" | "neutral"),
            _ => return fail(&format!("{} check runs on the head", shown.len())),
        };
        if !truth.may && (green || greens > 0) {
            return fail(&format!(
                "nobody has signed this, and the check is {shown:?} (green was sent {greens} times)"
            ));
        }
        if truth.must && !green {
            return fail(&format!("this is signed, and the check is {shown:?}"));
        }
        let (users, teams) = requested;
        let reason = |team: &String| Some(team.as_str()) == asks && !truth.must;
        // Whoever requested changes is to look at what became of them.
        if !users.iter().all(|user| held.contains(user) && !truth.must) || !teams.iter().all(reason) {
            return fail(&format!("{users:?} {teams:?} are asked without a reason; {asks:?} is to sign"));
        }
        if at == self.at && asks.is_some() && !truth.may && !self.asked {
            self.asked = true;
            if teams.is_empty() && self.story.github().pull(at).expect("it is there").reviews.is_empty() {
                return fail(&format!("{asks:?} was never asked"));
            }
        }
        Ok(())
    }

    async fn play(&mut self, turns: &[Turn]) -> Result<(), TestCaseError> {
        self.story.count();
        for (index, turn) in turns.iter().enumerate() {
            self.story.mail(turn.mail);
            if turn.step == Step::Restart {
                self.story.restart().await;
            }
            let taken = {
                let mut world = self.story.github();
                let other = self.past.second.filter(|_| turn.other);
                self.past.take(&mut world, other.unwrap_or(self.at), turn.step).is_ok()
            };
            let next_is_quick = turns.get(index + 1).is_some_and(|next| {
                matches!(next.step, Step::Push { .. } | Step::Beside { .. } | Step::Back { .. } | Step::Review { .. })
            });
            if !taken || (turn.hurried && next_is_quick) {
                continue;
            }
            self.story.settle().await;
            self.past.unseen = false;
            self.compare(&format!("{turn:?}")).await?;
            self.story.count();
            self.story.mail(Mail::Ordered);
            self.story.settle().await;
            let more = self.story.calls();
            if more > 0 {
                let calls = self.story.github().log.by_route();
                return Err(TestCaseError::fail(format!("after {turn:?}: at rest, and yet {calls:?}")));
            }
        }
        Ok(())
    }
}

async fn follow(author: &str, stale: bool, turns: &[Turn]) -> Result<(), TestCaseError> {
    let restarts = turns.iter().any(|turn| turn.step == Step::Restart);
    let mut story = if restarts { Story::on_disk(world(stale)).await } else { Story::of(world(stale)).await };
    let at = story.open(Pull::crossing().with(|new| author.clone_into(&mut new.author))).await;
    let mut past = Past::default();
    past.heads.push(story.github().pull(at).expect("it is there").head.clone());
    let mut player = Player { story, past, at, asked: false };
    player.compare("opening").await?;
    let outcome = player.play(turns).await;
    for at in [Some(at), player.past.second].into_iter().flatten() {
        if !player.story.github().app_comments(at).is_empty() {
            player.story.comment(at);
        }
    }
    outcome
}

/// The same histories on every run.
#[tokio::test]
async fn every_history_is_judged_as_the_oracle_says() {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let config = Config { cases: asked.unwrap_or(CASES), failure_persistence: None, ..Config::default() };
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let author = select(vec!["maria", "maria", "lena", "ada"]);
        let histories = (author, prop::bool::weighted(0.25), prop::collection::vec(step::turn(), 1..12));
        let outcome = runner.run(&histories, |(author, stale, turns)| runtime.block_on(follow(author, stale, &turns)));
        if let Err(error) = outcome {
            panic!("{error}");
        }
    })
    .await
    .unwrap();
}

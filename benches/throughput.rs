//! How many pull requests one process judges a second, and how long it takes from a webhook to the review request.
//!
//! `cargo bench --bench throughput`. GitHub is the stand-in, in the same process: it answers at once for the first figure, and
//! each request after 80 ms for the second. The store is a SQLite file in a temporary folder, with every commit synced. Exits with
//! 1 where a target is missed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use merestone::bot::Clock;
use merestone::github::{App, PrivateKey};
use merestone::inbox::Inbox;
use merestone::server::{self, Accounts, Config, Running, Secrets};
use merestone::standin::StandIn;
use merestone::standin::auth::DEMO_KEY;
use merestone::standin::edits::Edits;
use merestone::standin::people::NewPull;
use merestone::standin::webhooks::{self, Delivery};
use merestone::standin::world::World;
use tokio_util::sync::CancellationToken;

/// The targets.
const PER_SECOND: f64 = 100.0;
const TO_REQUEST: Duration = Duration::from_secs(1);

/// How many pull requests are opened for the first figure; every fifth one crosses.
const PULLS: usize = 1_000;
const CROSSING_EVERY: usize = 5;
/// How many webhooks are on their way at once.
const AT_ONCE: usize = 32;
/// As `merestone serve` has them.
const WORKERS: usize = 8;
/// How long an answer takes for the second figure, and of how many tries the median is told.
const LATENCY: Duration = Duration::from_millis(80);
const TRIES: usize = 7;
/// After so long something is stuck.
const PATIENCE: Duration = Duration::from_secs(120);

const RULES: &str = "version: 1
adrs: { paths: [docs/adr/] }
organization: { architects: [\"@acme/architecture-council\"] }
domains:
  commerce: { teams: [payments, ledger], architects: [\"@acme/commerce-architects\"] }
services:
  checkout: { team: payments, paths: [services/checkout/] }
  ledger: { team: ledger, paths: [services/ledger/] }
rules:
  - id: crossing
    when: { crosses: team }
    adrs: [ADR-0002]
    why: Teams change together here.
";
const RECORD: &str =
    "# 2. Teams meet at contracts\n\n## Status\n\nAccepted\n\n## Decision\n\nTeams meet at contracts.\n";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let met = runtime.block_on(async {
        let throughput = throughput().await;
        throughput & latency().await
    });
    std::process::exit(i32::from(!met));
}

/// The process under measurement, on a GitHub of its own.
struct Place {
    github: StandIn,
    running: Running,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl Place {
    async fn new() -> Self {
        let github = StandIn::start(world()).await.expect("a port");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = format!("sqlite://{}", folder.path().join("merestone.db").display());
        let (app_id, api, secret) = {
            let world = github.world();
            (world.app.id, world.api_url(), world.app.webhook_secret.clone())
        };
        let clock: Clock = Arc::new(Utc::now);
        let key = PrivateKey::parse(DEMO_KEY).expect("the demo key is a key");
        let app = App::with_clock(app_id, key, &api, Arc::clone(&clock)).expect("the address can be used");
        let stop = CancellationToken::new();
        let config = Config {
            listen: "127.0.0.1:0".parse().expect("an address"),
            admin_listen: None,
            secrets: Secrets::parse(&secret).expect("the secret can be used"),
            accounts: Accounts::all(),
            app,
            inbox: Inbox::open(&database).await.expect("a store"),
            clock,
            workers: WORKERS,
        };
        let running = server::serve(config, stop.clone()).await.expect("a port");
        Self { github, running, stop, _folder: folder }
    }

    async fn end(self) {
        self.stop.cancel();
        self.running.ended().await;
    }

    /// Opens a pull request; its webhooks wait.
    fn open(&self, number: usize, crosses: bool) {
        let mut edits = Edits::new().write("services/checkout/main.go", &format!("package main // {number}\n"));
        if crosses {
            edits = edits.write("services/ledger/main.go", &format!("package main // {number}\n"));
        }
        let new = NewPull {
            repository: "acme/shop".to_owned(),
            author: "maria".to_owned(),
            branch: format!("feature-{number}"),
            base: "main".to_owned(),
            title: format!("Change {number}"),
            body: String::new(),
            draft: false,
            fork: false,
            labels: Vec::new(),
            committer: None,
            edits,
        };
        self.github.world().open_pull(&new).expect("it can be opened");
    }

    /// Sends what waits, and what that causes, until `done` holds.
    async fn until(&self, done: impl Fn(&World) -> bool) {
        let started = Instant::now();
        let url = format!("http://{}/webhook", self.running.address());
        let (app, secret) = {
            let world = self.github.world();
            (world.app.id, world.app.webhook_secret.clone())
        };
        loop {
            let waiting: Vec<Delivery> = {
                let mut world = self.github.world();
                if done(&world) {
                    return;
                }
                let many = world.post.waiting.len().min(AT_ONCE);
                world.post.waiting.drain(..many).collect()
            };
            assert!(started.elapsed() < PATIENCE, "stuck: {:#?}", self.github.world().log.by_route());
            if waiting.is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let sent = waiting.iter().map(|delivery| webhooks::send(&url, delivery, app, &secret));
            for status in futures::future::join_all(sent).await {
                assert_eq!(status.expect("the server is there") / 100, 2);
            }
        }
    }
}

fn world() -> World {
    let mut world = World::new();
    world.machine_time = true;
    world.organization("acme", &[]);
    for (slug, member) in
        [("payments", "maria"), ("ledger", "tomas"), ("commerce-architects", "ada"), ("architecture-council", "edsger")]
    {
        world.team("acme", slug, &[member]).expect("acme is there");
    }
    world.install("acme").expect("acme is there");
    let files = [
        (".github/merestone.yml", RULES),
        ("docs/adr/0002-teams-meet-at-contracts.md", RECORD),
        ("services/checkout/main.go", "package main\n"),
        ("services/ledger/main.go", "package main\n"),
    ];
    world.repository("acme", "shop", &files).expect("acme is there");
    world
}

fn count(world: &World, route: &str) -> usize {
    world.log.calls().iter().filter(|call| call.method == "POST" && call.route.ends_with(route)).count()
}

/// Pull requests a second, from the first webhook to the last check run.
async fn throughput() -> bool {
    let place = Place::new().await;
    for number in 0..PULLS {
        place.open(number, number.is_multiple_of(CROSSING_EVERY));
    }
    let crossing = PULLS.div_ceil(CROSSING_EVERY);
    place.github.world().log.mark();
    let started = Instant::now();
    place.until(|world| count(world, "/check-runs") >= PULLS).await;
    let took = started.elapsed();
    place.until(|world| count(world, "/comments") >= crossing).await;
    let (requests, offences) = {
        let world = place.github.world();
        (world.log.calls().len(), world.log.offences().to_vec())
    };
    assert!(offences.is_empty(), "{offences:#?}");
    place.end().await;
    let rate = PULLS as f64 / took.as_secs_f64();
    println!(
        "{PULLS} pull requests, {crossing} of them crossing: {rate:.0} a second (target {PER_SECOND:.0}), {:.2} requests each",
        requests as f64 / PULLS as f64
    );
    rate >= PER_SECOND
}

/// From the webhook of a crossing pull request to GitHub's answer to the review request.
async fn latency() -> bool {
    let mut cold = Vec::new();
    for number in 0..TRIES {
        let place = Place::new().await;
        cold.push(place.to_request(number).await);
        place.end().await;
    }
    let place = Place::new().await;
    place.to_request(0).await;
    let mut warm = Vec::new();
    for number in 1..=TRIES {
        warm.push(place.to_request(number).await);
    }
    place.end().await;
    let (cold, warm) = (median(cold), median(warm));
    println!(
        "webhook to review request at {} ms an answer: {} ms cold, {} ms warm (target {} ms)",
        LATENCY.as_millis(),
        cold.as_millis(),
        warm.as_millis(),
        TO_REQUEST.as_millis()
    );
    cold < TO_REQUEST && warm < TO_REQUEST
}

impl Place {
    async fn to_request(&self, number: usize) -> Duration {
        self.open(number, true);
        {
            let mut world = self.github.world();
            world.latency = LATENCY;
            world.log.mark();
        }
        let started = Instant::now();
        self.until(|world| count(world, "/requested_reviewers") > 0).await;
        // The stand-in notes a request when it comes in, and its answer is still on its way.
        let took = started.elapsed() + LATENCY;
        self.until(|world| count(world, "/comments") > 0).await;
        tokio::time::sleep(2 * LATENCY).await;
        took
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

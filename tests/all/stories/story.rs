//! How stories are told: something happens on GitHub, its events reach the server, the bot works until nothing is left, and
//! the story looks at what GitHub shows.
//!
//! Nothing sleeps: server, bot and GitHub share the stand-in's clock, which jumps to when the next task is due. A story fails
//! at its end when it leaves a comment of the App's that nothing looked at, or when something was asked of GitHub that must
//! not be (an unknown route, a body against GitHub's description, a missing permission), or a webhook was not taken.

mod mail;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::TimeDelta;
use merestone::bot::{Bot, Clock};
use merestone::github::{App, PrivateKey};
use merestone::inbox::{Inbox, Task};
use merestone::server::{self, Accounts, Config, Running, Secrets};
use merestone::standin::auth::DEMO_KEY;
use merestone::standin::edits::Edits;
use merestone::standin::faults::{Act, Fault, Hold};
use merestone::standin::people::NewPull;
use merestone::standin::talk::Verdict;
use merestone::standin::world::{PullRef, World};
use merestone::standin::{Mail, StandIn};
use tokio_util::sync::CancellationToken;

/// How long a story waits for the bot to come to rest, on the stand-in's clock.
const PATIENCE: TimeDelta = TimeDelta::minutes(30);
/// After so many turns without rest something goes round in circles.
const TURNS: usize = 500;

/// What the check run says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub conclusion: String,
    pub title: String,
    pub summary: String,
    /// Path, line and level of each annotation.
    pub annotations: Vec<(String, u64, String)>,
}

/// Something that happens on GitHub.
pub type Happening<'a> = Box<dyn FnOnce(&mut World) + 'a>;

/// A server with its bot on a stand-in GitHub.
pub struct Story {
    github: StandIn,
    inbox: Inbox,
    bot: Bot,
    running: Option<Running>,
    stop: CancellationToken,
    looked: Mutex<BTreeMap<u64, String>>,
    patience: TimeDelta,
    mail: Mail,
    database: String,
    _folder: Option<tempfile::TempDir>,
}

impl Story {
    /// Starts everything; the store is in memory.
    pub async fn of(world: World) -> Self {
        Self::start(world, None).await
    }

    /// Starts everything; the store is a file, so that the server can be started again.
    pub async fn on_disk(world: World) -> Self {
        Self::start(world, Some(tempfile::tempdir().expect("a temporary folder"))).await
    }

    async fn start(world: World, folder: Option<tempfile::TempDir>) -> Self {
        let database = folder.as_ref().map_or("sqlite::memory:".to_owned(), |folder| {
            format!("sqlite://{}", folder.path().join("merestone.db").display())
        });
        let github = StandIn::start(world).await.expect("a port");
        let (inbox, bot, running, stop) = up(&github, &database).await;
        Self {
            github,
            inbox,
            bot,
            running: Some(running),
            stop,
            looked: Mutex::default(),
            patience: PATIENCE,
            mail: Mail::Ordered,
            database,
            _folder: folder,
        }
    }

    /// Everything that GitHub knows, to look at or to change without waiting for the bot.
    pub fn github(&self) -> MutexGuard<'_, World> {
        self.github.world()
    }

    /// What is kept.
    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// Ends the server, its bot and its store, and starts them again on the same file.
    pub async fn restart(&mut self) {
        self.stop.cancel();
        if let Some(running) = self.running.take() {
            running.ended().await;
        }
        let (inbox, bot, running, stop) = up(&self.github, &self.database).await;
        (self.inbox, self.bot, self.running, self.stop) = (inbox, bot, Some(running), stop);
    }

    /// From here on the events go out like this.
    pub fn mail(&mut self, mail: Mail) {
        self.mail = mail;
    }

    /// From here on the story waits so long for the bot to come to rest; retries that are due later are left.
    pub fn patience(&mut self, patience: TimeDelta) {
        self.patience = patience;
    }

    /// Requests whose path the regular expression matches go wrong.
    pub fn fault(&self, method: &str, path: &str, act: Act, times: usize) {
        let fault = Fault::on(method, path, act).expect("a regular expression").times(times);
        self.github().faults.add(fault);
    }

    /// Delivers what waits and lets the bot work, until nothing waits and nothing is due soon.
    pub async fn settle(&mut self) {
        let until = self.github().now() + self.patience;
        for _ in 0..TURNS {
            self.github.deliver(self.mail).await.expect("the server is there");
            if self.bot.turn().await.expect("the store is there") || !self.github().post.waiting.is_empty() {
                continue;
            }
            let now = self.github().now();
            match self.inbox.next_due(now).await.expect("the store is there") {
                Some(due) if due <= until.max(now) => {
                    let wait = (due - now).max(TimeDelta::milliseconds(1));
                    self.github().advance(wait);
                }
                _ => return,
            }
        }
        panic!("the bot never comes to rest; the last calls:\n{:#?}", self.github().log.by_route());
    }

    /// The bot begins to work on what was delivered, and `step` happens while its first request of this kind is on the way.
    pub async fn meanwhile(&mut self, method: &str, path: &str, step: impl FnOnce(&mut World)) {
        let hold = Hold::on(method, path).expect("a regular expression");
        self.github().holds.push(hold.clone());
        let bot = self.bot.clone();
        let turn = tokio::spawn(async move { while bot.turn().await.expect("the store is there") {} });
        hold.arrived().await;
        step(&mut self.github());
        self.deliver().await;
        hold.let_in();
        turn.await.expect("the bot does not panic");
    }

    /// The bot works on what was delivered. Each step happens while a request is on the way: so many requests after the step
    /// before it, or in the end where no so many come.
    pub async fn between(&mut self, steps: Vec<(usize, Happening<'_>)>) {
        let bot = self.bot.clone();
        let mut work = tokio::spawn(async move { while bot.turn().await.expect("the store is there") {} });
        let mut before: Option<Hold> = None;
        let mut ended = false;
        for (requests, step) in steps {
            let hold = Hold::on("*", ".").expect("a regular expression").after(requests);
            self.github().holds.push(hold.clone());
            if let Some(before) = before.take() {
                before.let_in();
            }
            if !ended {
                tokio::select! {
                    () = hold.arrived() => before = Some(hold),
                    done = &mut work => {
                        done.expect("the bot does not panic");
                        ended = true;
                    }
                }
            }
            self.github().holds.clear();
            step(&mut self.github());
            self.deliver().await;
        }
        if let Some(before) = before.take() {
            before.let_in();
        }
        if !ended {
            work.await.expect("the bot does not panic");
        }
        self.settle().await;
    }

    /// Several workers of the one process work off what was delivered, side by side.
    pub async fn side_by_side(&mut self, workers: usize) {
        let work = |bot: Bot| async move { while bot.turn().await.expect("the store is there") {} };
        futures::future::join_all((0..workers).map(|_| tokio::spawn(work(self.bot.clone()))))
            .await
            .into_iter()
            .for_each(|ended| ended.expect("the bot does not panic"));
    }

    /// Delivers what waits, without letting the bot work.
    pub async fn deliver(&mut self) {
        self.github.deliver(self.mail).await.expect("the server is there");
    }

    /// What waits of a pull request is begun three times and never ended, as by a process that dies of it.
    pub async fn quarantine(&mut self, at: PullRef) {
        self.deliver().await;
        for _ in 0..3 {
            let now = self.github().now();
            let claim = self.inbox.claim("dies of it", now).await.expect("the store is there").expect("it is due");
            assert!(matches!(claim.task, Task::Pull(key) if key.number == at.number), "{claim:?}");
            self.github().advance(TimeDelta::minutes(1));
        }
    }

    /// Lets time pass, then everything that is due.
    pub async fn wait(&mut self, time: TimeDelta) {
        self.github().advance(time);
        self.settle().await;
    }

    // --- what happens

    /// Opens a pull request into `acme/shop`.
    pub async fn open(&mut self, pull: Pull) -> PullRef {
        let at = self.github().open_pull(&pull.0).expect("it can be opened");
        self.settle().await;
        at
    }

    /// Something that the stand-in can do, then everything that follows.
    pub async fn then<T>(
        &mut self,
        step: impl FnOnce(&mut World) -> Result<T, merestone::standin::world::Mistake>,
    ) -> T {
        let result = step(&mut self.github()).expect("the step can be taken");
        self.settle().await;
        result
    }

    pub async fn push(&mut self, at: PullRef, edits: Edits) {
        let author = {
            let world = self.github();
            let author = world.pull(at).expect("it is there").author;
            world.login(author).to_owned()
        };
        self.then(|world| world.push(at, &author, &edits)).await;
    }

    pub async fn approve(&mut self, at: PullRef, who: &str) {
        self.then(|world| world.review(at, who, Verdict::Approve, "")).await;
    }

    pub async fn request_changes(&mut self, at: PullRef, who: &str) {
        self.then(|world| world.review(at, who, Verdict::RequestChanges, "not yet")).await;
    }

    pub async fn dismiss(&mut self, at: PullRef, of: &str, by: &str) {
        self.then(|world| world.dismiss(at, of, by)).await;
    }

    pub async fn retitle(&mut self, at: PullRef, title: &str) {
        self.then(|world| world.retitle(at, title)).await;
    }

    pub async fn retarget(&mut self, at: PullRef, base: &str) {
        self.then(|world| world.retarget(at, base)).await;
    }

    pub async fn label(&mut self, at: PullRef, name: &str) {
        self.then(|world| world.label(at, name, true)).await;
    }

    pub async fn unlabel(&mut self, at: PullRef, name: &str) {
        self.then(|world| world.label(at, name, false)).await;
    }

    pub async fn ready(&mut self, at: PullRef) {
        self.then(|world| world.set_draft(at, false)).await;
    }

    pub async fn back_to_draft(&mut self, at: PullRef) {
        self.then(|world| world.set_draft(at, true)).await;
    }

    pub async fn close(&mut self, at: PullRef) {
        self.then(|world| world.set_open(at, false)).await;
    }

    pub async fn reopen(&mut self, at: PullRef) {
        self.then(|world| world.set_open(at, true)).await;
    }

    pub async fn rerequest(&mut self, at: PullRef) {
        self.then(|world| world.rerequest(at, "maria", "merestone")).await;
    }

    // --- what GitHub shows

    /// The App's comment; the story has looked at it as it is now.
    pub fn comment(&self, at: PullRef) -> String {
        let world = self.github();
        let comments = world.app_comments(at);
        assert_eq!(comments.len(), 1, "one comment of the App on #{}", at.number);
        let comment = comments[0];
        self.looked.lock().expect("nothing panics with it").insert(comment.id, comment.body.clone());
        comment.body.clone()
    }

    /// The heading of the App's comment, which is looked at.
    pub fn heading(&self, at: PullRef) -> String {
        let comment = self.comment(at);
        let heading = comment.lines().find(|line| line.starts_with('#') || line.starts_with("**"));
        heading.unwrap_or_else(|| panic!("a heading in\n{comment}")).to_owned()
    }

    /// There is no comment of the App's.
    pub fn no_comment(&self, at: PullRef) {
        let world = self.github();
        let comments: Vec<&str> = world.app_comments(at).iter().map(|comment| comment.body.as_str()).collect();
        assert!(comments.is_empty(), "no comment was expected on #{}:\n{}", at.number, comments.join("\n---\n"));
    }

    /// The one check run on the head.
    pub fn check(&self, at: PullRef) -> Check {
        let world = self.github();
        let checks = world.checks(at);
        assert_eq!(checks.len(), 1, "one check run on the head of #{}", at.number);
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        assert_eq!(checks[0].name, "merestone");
        Check {
            conclusion: checks[0].conclusion.clone().unwrap_or_else(|| checks[0].status.clone()),
            title: text(&checks[0].output["title"]),
            summary: text(&checks[0].output["summary"]),
            annotations: checks[0]
                .annotations
                .iter()
                .map(|one| {
                    (text(&one["path"]), one["start_line"].as_u64().unwrap_or(0), text(&one["annotation_level"]))
                })
                .collect(),
        }
    }

    /// The conclusion of the one check run on the head.
    pub fn conclusion(&self, at: PullRef) -> String {
        self.check(at).conclusion
    }

    /// There is no check run.
    pub fn no_check(&self, at: PullRef) {
        assert!(self.github().checks(at).is_empty(), "no check run was expected on #{}", at.number);
    }

    /// Users and teams asked, sorted, as `user user | team team`.
    pub fn asked(&self, at: PullRef) -> String {
        let (users, teams) = self.github().requested(at);
        format!("{} | {}", users.join(" "), teams.join(" ")).trim().to_owned()
    }

    /// From here on [`Self::calls`] and [`Self::writes`] count anew.
    pub fn count(&self) {
        self.github().log.mark();
    }

    /// How many requests were made.
    pub fn calls(&self) -> usize {
        self.github().log.calls().len()
    }

    /// How many of them had a path that has this in it.
    pub fn calls_of(&self, part: &str) -> usize {
        self.github().log.calls().iter().filter(|call| call.path.contains(part)).count()
    }

    /// The writes in order, as `METHOD last-part-of-the-route`.
    pub fn writes(&self) -> Vec<String> {
        let world = self.github();
        let last = |route: &str| {
            let named: Vec<&str> = route.split('/').filter(|part| !part.starts_with('{')).collect();
            named.last().copied().unwrap_or_default().to_owned()
        };
        world.log.writes().iter().map(|call| format!("{} {}", call.method, last(&call.route))).collect()
    }

    /// The requests in order, as `METHOD what`.
    pub fn routes(&self) -> Vec<String> {
        let world = self.github();
        let what = |route: &str| {
            let named: Vec<&str> = route.split('/').filter(|part| !part.starts_with('{')).collect();
            named.last().copied().unwrap_or_default().to_owned()
        };
        world.log.calls().iter().map(|call| format!("{} {}", call.method, what(&call.route))).collect()
    }

    /// Commits to `main` of `acme/shop`, then everything that follows.
    pub async fn base_push(&mut self, edits: Edits) {
        self.then(|world| world.push_branch("acme/shop", "main", "maria", &edits)).await;
    }

    /// The story expected this offence: it is taken off the list. It must be there.
    pub fn expect_offence(&self, part: &str) {
        let found = self.github().log.expect(part);
        assert!(found > 0, "an offence that says {part:?}; there are {:#?}", self.github().log.offences());
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        self.stop.cancel();
        if std::thread::panicking() {
            eprintln!("calls: {:#?}", self.github().log.by_route());
            return;
        }
        let world = self.github.world();
        assert!(world.log.offences().is_empty(), "asked of GitHub and must not be: {:#?}", world.log.offences());
        let looked = self.looked.lock().expect("nothing panics with it");
        for comment in world.repositories.values().flat_map(|repository| repository.comments.values()) {
            if comment.author == world.app.account {
                assert_eq!(looked.get(&comment.id), Some(&comment.body), "a comment that the story has not looked at");
            }
        }
    }
}

/// App, store, bot and server on a stand-in.
async fn up(github: &StandIn, database: &str) -> (Inbox, Bot, Running, CancellationToken) {
    let (app_id, api, secret) = {
        let world = github.world();
        (world.app.id, world.api_url(), world.app.webhook_secret.clone())
    };
    let clock: Clock = Arc::new(github.clock());
    let key = PrivateKey::parse(DEMO_KEY).expect("the demo key is a key");
    let app = App::with_clock(app_id, key, &api, Arc::clone(&clock)).expect("the address can be used");
    let inbox = Inbox::open(database).await.expect("a store");
    let bot = Bot::new(app.clone(), inbox.clone(), Arc::clone(&clock));
    let stop = CancellationToken::new();
    let config = Config {
        listen: "127.0.0.1:0".parse().expect("an address"),
        admin_listen: None,
        secrets: Secrets::parse(&secret).expect("the secret can be used"),
        accounts: Accounts::all(),
        app,
        inbox: inbox.clone(),
        clock,
        workers: 0,
    };
    let running = server::serve(config, stop.clone()).await.expect("a port");
    github.world().app.webhook_url = Some(format!("http://{}/webhook", running.address()));
    (inbox, bot, running, stop)
}

/// A pull request to open into `acme/shop`.
pub struct Pull(NewPull);

impl Pull {
    /// By this person, ready, from a branch of the repository to `main`, changing nothing yet.
    pub fn by(author: &str) -> Self {
        Self(NewPull {
            repository: "acme/shop".to_owned(),
            author: author.to_owned(),
            branch: "feature".to_owned(),
            base: "main".to_owned(),
            title: "Settle orders".to_owned(),
            body: String::new(),
            draft: false,
            fork: false,
            labels: Vec::new(),
            committer: None,
            edits: Edits::new(),
        })
    }

    /// By maria of payments, to checkout, which is theirs.
    pub fn quiet() -> Self {
        Self::by("maria").write("services/checkout/main.go", "package main\n\nfunc main() { println(1) }\n")
    }

    /// By maria of payments, to checkout and to ledger: it crosses teams within one domain.
    pub fn crossing() -> Self {
        Self::quiet().write("services/ledger/main.go", "package main\n\nfunc main() { println(2) }\n")
    }

    /// By maria of payments, to checkout and to login: it crosses domains.
    pub fn domain_crossing() -> Self {
        Self::quiet().write("services/login/main.go", "package main\n\nfunc main() { println(3) }\n")
    }

    /// What the stand-in opens.
    pub fn new_pull(self) -> NewPull {
        self.0
    }

    pub fn edits(mut self, edit: impl FnOnce(Edits) -> Edits) -> Self {
        self.0.edits = edit(self.0.edits);
        self
    }

    pub fn write(self, path: &str, text: &str) -> Self {
        self.edits(|edits| edits.write(path, text))
    }

    pub fn with(mut self, change: impl FnOnce(&mut NewPull)) -> Self {
        change(&mut self.0);
        self
    }

    pub fn draft(self) -> Self {
        self.with(|new| new.draft = true)
    }

    pub fn forked(self) -> Self {
        self.with(|new| new.fork = true)
    }

    pub fn titled(self, title: &str) -> Self {
        self.with(|new| title.clone_into(&mut new.title))
    }

    pub fn into_branch(self, base: &str) -> Self {
        self.with(|new| base.clone_into(&mut new.base))
    }

    pub fn on_branch(self, branch: &str) -> Self {
        self.with(|new| branch.clone_into(&mut new.branch))
    }

    pub fn to(self, repository: &str) -> Self {
        self.with(|new| repository.clone_into(&mut new.repository))
    }
}

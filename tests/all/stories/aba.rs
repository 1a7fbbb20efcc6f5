//! Heads that go away and come back while they are judged.

use merestone::standin::edits::Edits;
use merestone::standin::world::{PullRef, World};

use super::shop::shop;
use super::story::{Pull, Story};

/// More requests than one judgement makes.
const REQUESTS: usize = 9;

/// Conclusions that were sent for this commit.
fn said_of(world: &World, at: PullRef, head: &str) -> Vec<String> {
    let runs = &world.repositories[&at.repository].checks;
    let id_of = |path: &str| path.rsplit('/').next().and_then(|id| id.parse::<u64>().ok());
    let writes = world.log.all().iter().filter(|call| call.is_write() && !call.body["conclusion"].is_null());
    let of_head = writes.filter(|call| {
        let patched = id_of(&call.path).and_then(|id| runs.get(&id)).map(|run| run.head.as_str());
        call.body["head_sha"].as_str().or(patched) == Some(head)
    });
    of_head.map(|call| call.body["conclusion"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Opens a pull request with `first`, and while it is judged lets it become `other` at one request and `first` again at a later
/// one. Answers what was said of both heads.
async fn there_and_back(first: Pull, other: &Edits, away: usize, back: usize) -> (Vec<String>, Vec<String>, String) {
    let mut story = Story::of(shop(&[])).await;
    let at = story.github().open_pull(&first.new_pull()).expect("it can be opened");
    let a = story.github().pull(at).expect("it is there").head.clone();
    story.deliver().await;
    let home = a.clone();
    story
        .between(vec![
            (away, Box::new(|world: &mut World| drop(world.push(at, "maria", other).expect("a push")))),
            (
                back,
                Box::new(move |world: &mut World| drop(world.reset_head(at, "maria", &home).expect("a force-push"))),
            ),
        ])
        .await;
    let b = {
        let world = story.github();
        let objects = world.objects(world.repository_of(at.repository).expect("it is there"));
        let mut heads = world.post.sent.iter().filter_map(|event| event.payload["after"].as_str());
        let other = heads.find(|head| *head != a && objects.commit(head).is_some());
        other.expect("it was away").to_owned()
    };
    if !story.github().app_comments(at).is_empty() {
        story.comment(at);
    }
    let world = story.github();
    let result = (said_of(&world, at, &a), said_of(&world, at, &b));
    drop(world);
    (result.0, result.1, story.conclusion(at))
}

/// At every request of one judgement it goes away, and at every later one it comes back.
async fn at_every_request(first: impl Fn() -> Pull, other: &Edits, says: [&str; 2]) {
    let [of_first, of_other] = says;
    for away in 0..REQUESTS {
        for back in 0..REQUESTS - away {
            let at = format!("away at request {away}, back {back} later");
            let (first, other, now) = there_and_back(first(), other, away, back).await;
            assert!(first.iter().all(|said| said == of_first), "{at}: {first:?}");
            assert!(other.iter().all(|said| said == of_other), "{at}: {other:?}");
            assert_eq!(now, of_first, "{at}");
        }
    }
}

#[tokio::test]
async fn a_crossing_that_hides_behind_a_harmless_head_is_never_green() {
    let harmless = Edits::new().write("services/ledger/main.go", "package main\n\nfunc main() {}\n");
    at_every_request(Pull::crossing, &harmless, ["action_required", "success"]).await;
}

#[tokio::test]
async fn a_harmless_head_that_comes_back_is_judged_as_what_it_is() {
    let crossing = Edits::new().write("services/ledger/main.go", "package main // now it crosses\n");
    at_every_request(Pull::quiet, &crossing, ["success", "action_required"]).await;
}

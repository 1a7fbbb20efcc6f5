//! What only SQLite has: one process, one file, group commit.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use super::place::Place;
use super::{accept, claim, claimed, mark};
use merestone::inbox::{Inbox, StoreError};

/// A copy of the files at this moment is what a power cut leaves.
async fn after_power_cut(place: &Place) -> (Place, Inbox) {
    let copy = Place::sqlite();
    for name in ["store.db", "store.db-wal"] {
        std::fs::copy(place.folder().join(name), copy.folder().join(name)).unwrap();
    }
    let inbox = copy.open().await;
    (copy, inbox)
}

#[tokio::test]
async fn a_start_voids_all_leases() {
    let first = Place::sqlite();
    let inbox = first.open().await;
    accept(&inbox, 1, &[mark(1), mark(2)]).await;
    inbox.release(&claimed(&inbox, 1).await).await.unwrap();
    let mut held = vec![(first, inbox)];
    for attempt in 1..=3 {
        let (place, inbox) = held.last().unwrap();
        // No time passes: what ends the leases is the start.
        assert_eq!(claimed(inbox, 1).await.attempts, attempt);
        let restarted = after_power_cut(place).await;
        held.push(restarted);
    }
    let (_, inbox) = held.last().unwrap();
    assert_eq!(inbox.depth().await.unwrap(), (1, 0, 1));
    for (_, inbox) in &held {
        inbox.close().await;
    }
}

#[tokio::test]
async fn writes_that_wait_share_a_transaction() {
    let place = Place::sqlite();
    let inbox = place.open().await;
    let before = inbox.commits();
    futures::future::join_all((0..100).map(|n| {
        let inbox = inbox.clone();
        async move { accept(&inbox, 1, &[mark(n)]).await }
    }))
    .await;
    let transactions = inbox.commits() - before;
    assert!((1..=5).contains(&transactions), "{transactions} transactions for 100 marks");
    assert_eq!(inbox.depth().await.unwrap(), (100, 0, 0));
    let (_, copy) = after_power_cut(&place).await;
    assert_eq!(copy.depth().await.unwrap(), (100, 0, 0), "acknowledged is durable");
    copy.close().await;
    inbox.close().await;
}

#[tokio::test]
async fn more_writes_than_may_wait() {
    let place = Place::sqlite();
    let inbox = place.open().await;
    futures::future::join_all((0..3000).map(|n| {
        let inbox = inbox.clone();
        async move { accept(&inbox, 1, &[mark(n)]).await }
    }))
    .await;
    assert_eq!(inbox.depth().await.unwrap(), (3000, 0, 0));
    inbox.close().await;
}

#[tokio::test]
async fn closing_merges_the_log_into_the_file() {
    let place = Place::sqlite();
    let inbox = place.open().await;
    assert_eq!(place.list("PRAGMA journal_mode").await, ["wal"]);
    inbox.close().await;
    assert!(!place.folder().join("store.db-wal").exists());
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::sqlite();
    let inbox = place.open().await;
    accept(&inbox, 1, &[mark(1)]).await;
    for name in ["store.db", "store.db-wal", "store.db.lock"] {
        let mode = std::fs::metadata(place.folder().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    inbox.close().await;
}

#[tokio::test]
async fn memory_is_a_store_too() {
    let inbox = Inbox::open("sqlite::memory:").await.unwrap();
    let other = Inbox::open("sqlite::memory:").await.unwrap();
    accept(&inbox, 1, &[mark(1)]).await;
    assert_eq!(inbox.depth().await.unwrap(), (1, 0, 0));
    assert_eq!(other.depth().await.unwrap(), (0, 0, 0));
    assert!(claim(&inbox, 1).await.is_some());
    inbox.close().await;
    other.close().await;
}

fn told(place: &Place, error: &StoreError) -> String {
    error.to_string().replace(&place.folder().display().to_string(), "DIR")
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let place = Place::sqlite();
    let inbox = place.open().await;
    let error = Inbox::open(&place.url).await.unwrap_err();
    insta::assert_snapshot!(told(&place, &error), @"DIR/store.db is in use by another process, which holds DIR/store.db.lock: a SQLite file belongs to one server. Stop that one, or name another file in DATABASE_URL; several servers share a PostgreSQL database");
    inbox.close().await;
    place.open().await.close().await;
}

#[tokio::test]
async fn addresses_that_cannot_be_used_say_why() {
    let place = Place::sqlite();
    let folder = place.folder().display();
    let mut said = Vec::new();
    for url in
        ["mysql://localhost".to_owned(), format!("sqlite://{folder}/missing/store.db"), format!("sqlite://{folder}")]
    {
        let error = Inbox::open(&url).await.unwrap_err();
        assert!(matches!(error, StoreError::Address(_)), "{error:?}");
        said.push(told(&place, &error));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    DATABASE_URL has to begin with sqlite:// or postgres://, as in sqlite://merestone.db
    the folder DIR/missing of the database file DIR/missing/store.db does not exist: create it, or name another file in DATABASE_URL
    DIR cannot be opened for writing (Is a directory (os error 21)): check its permissions, or name another file in DATABASE_URL
    ");
}

const CHILD: &str = "MERESTONE_TEST_CHILD";

/// Not a test of its own: the process that the next one kills.
#[tokio::test]
async fn child() {
    let Ok(url) = std::env::var(CHILD) else { return };
    let inbox = Inbox::open(&url).await.unwrap();
    accept(&inbox, 1, &[mark(1), mark(2)]).await;
    claimed(&inbox, 1).await;
    println!("ready");
    let _ = std::io::stdin().read(&mut [0]);
}

#[tokio::test]
async fn the_lock_dies_with_the_process_and_the_marks_do_not() {
    let place = Place::sqlite();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "inbox::only_sqlite::child", "--nocapture"])
        .env(CHILD, &place.url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.ends_with("ready")));
    assert!(Inbox::open(&place.url).await.is_err(), "the child has the file");
    child.kill().unwrap();
    child.wait().unwrap();
    let inbox = place.open().await;
    assert_eq!(inbox.depth().await.unwrap(), (2, 0, 0));
    assert_eq!(claimed(&inbox, 1).await.attempts + claimed(&inbox, 1).await.attempts, 3);
    inbox.close().await;
}

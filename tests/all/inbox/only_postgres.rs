//! What only PostgreSQL has: several processes.

use super::place::Place;
use super::queue::WAKE;
use super::{accept, at, claim, claimed, mark};
use merestone::inbox::{Inbox, Mark};

#[tokio::test]
async fn a_database_that_forgets_is_refused() {
    let Some(place) = Place::postgres().await else { return };
    let error = Inbox::open(&format!("{}%20-csynchronous_commit%3Doff", place.url)).await.unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"this PostgreSQL database has synchronous_commit = off: a webhook would be acknowledged and lost with the power. Set it to on, for the database or for the role that Merestone uses");
    place.remove().await;
}

/// A server that did nothing itself hears of marks, and of ends, which make room for the next run of the task.
#[tokio::test]
async fn servers_wake_each_other() {
    let Some(place) = Place::postgres().await else { return };
    let (active, idle) = (place.open().await, place.open().await);
    accept(&active, 1, &[mark(1)]).await;
    tokio::time::timeout(WAKE, idle.changed()).await.expect("woken by a mark");
    let held = claimed(&active, 1).await;
    active.done(&held).await.unwrap();
    tokio::time::timeout(WAKE, idle.changed()).await.expect("woken by an end");
    idle.close().await;
    active.close().await;
    place.remove().await;
}

#[tokio::test]
async fn servers_that_start_together_wait_for_each_other() {
    let Some(place) = Place::fresh_postgres().await else { return };
    let opened = futures::future::join_all((0..4).map(|_| Inbox::open(&place.url))).await;
    for inbox in opened {
        inbox.unwrap().close().await;
    }
    place.remove().await;
}

/// A start does not take another server's tasks away.
#[tokio::test]
async fn a_start_leaves_the_leases_of_others() {
    let Some(place) = Place::postgres().await else { return };
    let inbox = place.open().await;
    accept(&inbox, 1, &[mark(1)]).await;
    let held = claimed(&inbox, 1).await;
    let other = place.open().await;
    assert_eq!(claim(&other, 1).await, None);
    assert!(inbox.current(&held, at(1)).await.unwrap());
    // Clocks of servers differ; leases live by the database's.
    assert!(inbox.heartbeat(&held, at(100_000)).await.unwrap());
    assert_eq!(claim(&other, 100_000).await, None);
    // A newer mark that another server took in is seen.
    accept(&other, 2, &[mark(1)]).await;
    assert!(!inbox.current(&held, at(2)).await.unwrap());
    other.close().await;
    inbox.close().await;
    place.remove().await;
}

/// Marks, claims and ends of several servers at once: nothing waits for each other crosswise and nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn servers_work_side_by_side() {
    let Some(place) = Place::postgres().await else { return };
    let servers = [place.open().await, place.open().await];
    let mut tasks = Vec::new();
    for server in &servers {
        for turn in 0..3_u64 {
            let inbox = server.clone();
            tasks.push(tokio::spawn(async move {
                for round in 0..8_u64 {
                    let mut marks: Vec<Mark> = (0..8).map(|n| mark((n * 3 + turn + round) % 8)).collect();
                    if turn == 1 {
                        marks.reverse();
                    }
                    accept(&inbox, 1, &marks).await;
                }
            }));
            let inbox = server.clone();
            tasks.push(tokio::spawn(async move {
                for round in 0..20 {
                    let Some(claim) = claim(&inbox, 1).await else { continue };
                    match round % 3 {
                        0 => inbox.done(&claim).await.unwrap(),
                        1 => inbox.retry(&claim, at(1), "again").await.unwrap(),
                        _ => inbox.release(&claim).await.unwrap(),
                    }
                }
            }));
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    let inbox = &servers[0];
    while let Some(claim) = claim(inbox, 2).await {
        inbox.done(&claim).await.unwrap();
    }
    assert_eq!(inbox.depth().await.unwrap(), (0, 0, 0));
    for server in servers {
        server.close().await;
    }
    place.remove().await;
}

//! A small, strict, stateful GitHub in memory, on a port of its own: for the tests, and for the demo.
//!
//! It is also what we believe of GitHub, written down where it can be run:
//!
//! * [`world`], [`model`]: what GitHub knows. [`git`], [`diff`]: objects and changes.
//! * [`people`], `pushes`, [`talk`], `tenants`, [`names`]: what people do with pull requests, say on them, and do with the App;
//!   which events follow.
//! * [`around`]: organisations, teams and repositories that are not what they were.
//! * [`bases`]: heads that several pull requests have, and branches that are forced or deleted.
//! * [`queue`]: the merge queue.
//! * `rest`: the routes, one table, one file a subject. `graphql`: the part that reads files. `shape`: GitHub's JSON.
//! * [`webhooks`]: events, made by every change, sent in order when [`StandIn::deliver`] is called.
//! * [`auth`]: JSON web tokens and installation tokens. [`faults`]: what goes wrong on demand. [`log`]: what was asked.
//!
//! It is strict: an unknown route, a body that GitHub's description forbids, a missing permission or a refused token is kept
//! as an offence, and a test that did not expect it fails. It has a clock of its own, which moves by a second with every
//! change, and ids that count up: the same story gives the same bytes.
//!
//! What it leaves out: addresses of other resources within answers, merge conflicts, limits that nobody reaches in a test.

pub mod around;
pub mod auth;
pub mod bases;
pub mod diff;
pub mod edits;
pub mod faults;
pub mod git;
mod graphql;
mod history;
pub mod log;
pub mod model;
pub mod names;
pub mod people;
mod pushes;
pub mod queue;
mod rest;
mod server;
mod shape;
pub mod talk;
mod tenants;
pub mod webhooks;
pub mod wire;
pub mod world;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use server::{Door, Switch};
use webhooks::Delivery;
use world::World;

/// A running stand-in; it ends when it is dropped.
#[derive(Debug)]
pub struct StandIn {
    world: Arc<Mutex<World>>,
    task: JoinHandle<()>,
}

/// In which way the events that wait are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mail {
    /// Each once, in order.
    Ordered,
    /// Each twice, the second time with the same id.
    Doubled,
    /// The newest first.
    Reversed,
    /// None of them: lost for ever, as when the server was down.
    Dropped,
}

impl StandIn {
    /// Serves a world on a free port of this machine.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(mut world: World) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        world.address = format!("http://{}", listener.local_addr()?);
        let world = Arc::new(Mutex::new(world));
        let app = Router::new().fallback(server::handle).with_state(Arc::clone(&world));
        let service = app.into_make_service_with_connect_info::<Switch>();
        let task = tokio::spawn(async move {
            // it serves until the task is ended, and then nobody is left to tell
            let _ = axum::serve(Door(listener), service).await;
        });
        Ok(Self { world, task })
    }

    /// Everything that it knows. The lock must not be held across an `await`.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the time on this GitHub, for whoever shall share it.
    pub fn clock(&self) -> impl Fn() -> DateTime<Utc> + Send + Sync + 'static {
        let world = Arc::clone(&self.world);
        move || world.lock().unwrap_or_else(PoisonError::into_inner).now()
    }

    /// Sends the events that wait, in the given way, each after the answer to the one before; events that these cause wait for
    /// the next time. An answer other than 2xx is an offence. Returns how many were sent.
    ///
    /// # Errors
    /// When nobody listens at the webhook's address.
    pub async fn deliver(&self, mail: Mail) -> io::Result<usize> {
        let (url, app, secret, mut waiting) = {
            let mut world = self.world();
            let waiting: Vec<Delivery> = world.post.waiting.drain(..).collect();
            (world.app.webhook_url.clone(), world.app.id, world.app.webhook_secret.clone(), waiting)
        };
        match mail {
            Mail::Ordered | Mail::Dropped => {}
            Mail::Doubled => waiting = waiting.into_iter().flat_map(|delivery| [delivery.clone(), delivery]).collect(),
            Mail::Reversed => waiting.reverse(),
        }
        let mut sent = 0;
        for mut delivery in waiting {
            if let Some(url) = url.as_deref().filter(|_| mail != Mail::Dropped) {
                let status = webhooks::send(url, &delivery, app, &secret).await?;
                if !(200..300).contains(&status) {
                    let what = format!("{}.{} was answered with {status}", delivery.event, delivery.action);
                    self.world().log.offend(what);
                }
                delivery.answered = Some(status);
                sent += 1;
            }
            self.world().post.sent.push(delivery);
        }
        Ok(sent)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

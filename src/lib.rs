//! Merestone keeps the boundaries between teams: it maps a change to the services, teams and domains that own it,
//! judges it by rules, asks the right people to sign off and holds a check until they have.
//!
//! The rooms, from the bottom up; each uses those before it and none after it (ARCHITECTURE.md):
//!
//! * `glob`: path patterns, beneath all that match paths. Pure.
//! * [`ownership`], [`adr`], [`rules`]: what is judged by. Pure, each alone.
//! * [`review`]: the judgement. Pure, deterministic.
//! * [`replay`]: past changes under two sets of rules. Pure.
//! * [`lint`]: what is legal in rules and CODEOWNERS and wrong. Pure.
//! * [`first`]: a first rules file, from what a repository shows. Pure.
//! * [`codeowners`]: the CODEOWNERS that says what the rules say. Pure.
//! * [`replay`]: past changes under two sets of rules. Pure.
//! * [`render`]: a review as Markdown, check run, terminal text and JSON. Pure.
//! * [`ids`], [`pull`], [`source`]: GitHub's ids, a pull request as it is shown, and the small trait that a git repository and the GitHub API both answer.
//! * `git`, `github`: the two sources.
//! * `inbox`: the durable store.
//! * `bot`: the way of one dirty pull request.
//! * `server`, `cli`, `standin`: the doors.
//!
//! The pure rooms build with `--no-default-features`.

mod glob;

pub mod adr;
pub mod codeowners;
pub mod first;
pub mod ids;
pub mod lint;
pub mod ownership;
pub mod pull;
pub mod render;
pub mod replay;
pub mod review;
pub mod rules;
pub mod source;

#[cfg(feature = "app")]
pub mod bot;
#[cfg(feature = "app")]
pub mod cli;
#[cfg(feature = "app")]
pub mod git;
#[cfg(feature = "app")]
pub mod github;
#[cfg(feature = "app")]
pub mod inbox;
#[cfg(feature = "app")]
pub mod server;
#[cfg(feature = "app")]
pub mod standin;

//! The whole way: the real server, bot and store against the stand-in GitHub, told as stories.

pub(crate) mod shop;
pub(crate) mod story;

mod aba;
mod asking;
mod bases;
mod basics;
mod budget;
mod commit;
mod edits;
mod events;
mod faults;
mod installs;
mod lasting;
mod organisation;
mod people;
mod prefixes;
mod preview;
mod queue;
mod races;
mod retargets;
mod rules;
mod safety;
mod signing;
mod strict;

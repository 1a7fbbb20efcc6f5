//! The rooms together: one binary, so that it is linked once.

mod changes;
mod cli;
mod git;
mod histories;
mod inbox;
mod repo;
mod stories;

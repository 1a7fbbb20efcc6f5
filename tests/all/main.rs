//! The rooms together: one binary, so that it is linked once.

mod cli;
mod git;
mod repo;
mod stories;

//! Against a GitHub of a few lines on port 0.

mod around;
mod changes;
mod content;
mod dismissals;
mod lists;
mod organisation;
mod tokens;
mod transport;
mod webhook;
mod writes;

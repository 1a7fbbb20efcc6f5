//! The way of one dirty pull request: gather, judge, reconcile.

pub mod gather;

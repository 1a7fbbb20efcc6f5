//! What the rules file means, and what is said of a wrong one.

mod accepted;
mod hostile;
mod layers;
mod meaning;
mod packs;
mod schema;
mod wrong;

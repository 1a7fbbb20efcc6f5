//! What the rules file means, and what is said of a wrong one.

mod accepted;
mod hostile;
mod meaning;
mod schema;
mod wrong;

//! What the index is held to: real repositories, each family of records, names, places, hostile input.

mod corpus;
mod families;
mod hostile;
mod names;
mod places;

use super::{Index, Record};

/// An index of these files.
fn index(files: &[(&str, &str)]) -> Index {
    let files: Vec<(String, Vec<u8>)> =
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    Index::build(&files)
}

/// The one record of one file.
fn one(path: &str, text: &str) -> Record {
    let mut records = index(&[(path, text)]).records;
    assert_eq!(records.len(), 1, "{path} is one record");
    records.remove(0)
}

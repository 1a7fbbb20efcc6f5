//! Finds the record that somebody names.

use super::{Index, Lookup, Record, name};

/// A name without `ADR-`, in whatever way it is joined: `ADR-0007`, `adr 7`, `ADR#7`.
pub(super) fn without_prefix(name: &str) -> &str {
    let Some(rest) = name.get(..3).filter(|start| start.eq_ignore_ascii_case("adr")).map(|_| &name[3..]) else {
        return name;
    };
    let bare = rest.trim_start_matches(['-', '_', ' ', '#', '.', ':']);
    if bare.starts_with(|c: char| c.is_ascii_digit()) { bare } else { name }
}

impl Index {
    /// Finds the record that a rule names by id (`ADR-0007`, `0007`), front-matter id, slug, number (`7`) or path.
    ///
    /// Upper and lower case are the same. The most exact reading that any record answers to decides: path, id, slug,
    /// number, then the end of a path. Superseded records are found as all others.
    pub fn lookup(&self, name: &str) -> Lookup<'_> {
        if let [record] = self.records.iter().filter(|record| record.path == name).collect::<Vec<_>>().as_slice() {
            return Lookup::Found(record);
        }
        let name = name.trim().trim_start_matches("./").trim_start_matches('/').trim_end_matches('/').trim();
        if name.is_empty() {
            return Lookup::Missing;
        }
        let lower = name.to_lowercase();
        let bare = without_prefix(lower.trim_start_matches('#'));
        let number: Option<u64> = Some(bare)
            .filter(|bare| bare.len() <= 6 && bare.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|bare| bare.parse().ok());

        let is_id = |record: &Record, wanted: &str| {
            let id = record.id.to_lowercase();
            id == wanted
                || without_prefix(&id) == wanted
                || record.aliases.iter().any(|alias| alias.to_lowercase() == wanted)
        };
        let readings: [&dyn Fn(&Record) -> bool; 8] = [
            &|record| record.path == name,
            &|record| record.path.to_lowercase() == lower,
            &|record| is_id(record, &lower),
            &|record| is_id(record, bare),
            &|record| {
                let file = record.path.rsplit('/').next().unwrap_or_default();
                let parsed = name::parse(&record.path);
                file.to_lowercase() == lower || parsed.subject.to_lowercase() == lower
            },
            &|record| name::parse(&record.path).slug.to_lowercase() == lower,
            &|record| number.is_some() && record.number == number,
            &|record| {
                let path = record.path.to_lowercase();
                path.strip_suffix(lower.as_str()).is_some_and(|rest| rest.ends_with('/'))
                    || name::folder(&path) == lower && name::parse(&record.path).folder
            },
        ];
        for reading in readings {
            let found: Vec<&Record> = self.records.iter().filter(|record| reading(record)).collect();
            match found.as_slice() {
                [] => {}
                [one] => return Lookup::Found(one),
                _ => return Lookup::Ambiguous(found),
            }
        }
        Lookup::Missing
    }

    /// The records alone that one of these names finds.
    pub fn only(&self, names: &[&String]) -> Self {
        let mut paths: Vec<&str> = Vec::new();
        for name in names {
            match self.lookup(name) {
                Lookup::Found(record) => paths.push(&record.path),
                Lookup::Ambiguous(records) => paths.extend(records.iter().map(|record| record.path.as_str())),
                Lookup::Missing => {}
            }
        }
        let records = self.records.iter().filter(|record| paths.contains(&record.path.as_str()));
        Self { records: records.cloned().collect(), unreadable: Vec::new() }
    }
}

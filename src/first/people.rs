//! Who changed what: the people behind the commits of a year.

use std::collections::{BTreeMap, HashMap};

use super::Commit;

/// Whoever committed at least so often in the year counts for the stage; fewer are guests.
pub(super) const ACTIVE: usize = 3;

/// Somebody who committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    /// The name that they used most.
    pub name: String,
    pub commits: usize,
    pub is_bot: bool,
    /// The host of the address that they used most, where that is no stand-in of GitHub's.
    pub host: Option<String>,
}

/// Everybody who committed, and whose each commit is.
#[derive(Debug, Clone, Default)]
pub(super) struct People {
    pub people: Vec<Person>,
    /// The person of each commit.
    pub of: Vec<usize>,
}

impl People {
    /// One person for all commits with one address, or one full name.
    pub fn of(commits: &[Commit]) -> Self {
        let mut groups = Groups::default();
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (at, commit) in commits.iter().enumerate() {
            groups.parents.push(at);
            let email = commit.email.to_lowercase();
            // Addresses that GitHub writes for everybody, and names that many have, tell nobody apart.
            let email = Some(email).filter(|email| email.contains('@') && email != "noreply@github.com");
            let name = Some(commit.name.to_lowercase()).filter(|name| name.trim().contains(' ') || is_bot(name));
            for key in email.map(|email| format!("@{email}")).into_iter().chain(name) {
                let first = *seen.entry(key).or_insert(at);
                groups.join(first, at);
            }
        }
        let mut names: BTreeMap<usize, BTreeMap<&str, usize>> = BTreeMap::new();
        for (at, commit) in commits.iter().enumerate() {
            *names.entry(groups.find(at)).or_default().entry(commit.name.as_str()).or_default() += 1;
        }
        let mut hosts: BTreeMap<usize, BTreeMap<String, usize>> = BTreeMap::new();
        for (at, commit) in commits.iter().enumerate() {
            let host = commit.email.to_lowercase().rsplit_once('@').map(|(_, host)| host.to_owned());
            if let Some(host) = host.filter(|host| host.contains('.') && !host.ends_with("github.com")) {
                *hosts.entry(groups.find(at)).or_default().entry(host).or_default() += 1;
            }
        }
        let mut numbers = HashMap::new();
        let mut people = Vec::new();
        for (group, names) in &names {
            let most = names.iter().max_by(|(one, a), (other, b)| a.cmp(b).then_with(|| other.cmp(one)));
            let name = most.map_or(String::new(), |(name, _)| (*name).to_owned());
            numbers.insert(*group, people.len());
            let host = hosts
                .get(group)
                .and_then(|hosts| hosts.iter().max_by(|(one, a), (other, b)| a.cmp(b).then_with(|| other.cmp(one))));
            people.push(Person {
                is_bot: is_bot(&name.to_lowercase()),
                name,
                commits: names.values().sum(),
                host: host.map(|(host, _)| host.clone()),
            });
        }
        let of = (0..commits.len()).map(|at| numbers[&groups.find(at)]).collect();
        Self { people, of }
    }

    /// The hosts that persons with at least `least` commits write from, with how many do, the most frequent first.
    pub fn hosts(&self, least: usize) -> Vec<(&str, usize)> {
        let mut hosts: BTreeMap<&str, usize> = BTreeMap::new();
        for person in self.people.iter().filter(|person| !person.is_bot && person.commits >= least) {
            if let Some(host) = &person.host {
                *hosts.entry(host).or_default() += 1;
            }
        }
        // A host of few may be somebody's own.
        let mut hosts: Vec<(&str, usize)> = hosts.into_iter().filter(|(_, people)| *people > 1).collect();
        hosts.sort_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.cmp(other)));
        hosts
    }

    /// Persons with at least `least` commits.
    pub fn active(&self, least: usize) -> usize {
        self.people.iter().filter(|person| !person.is_bot && person.commits >= least).count()
    }
}

/// Whether a name, in lower case, is a program's.
fn is_bot(name: &str) -> bool {
    let name = name.trim();
    name.ends_with("[bot]")
        || name == "dependabot"
        || name == "renovate"
        || ["-bot", "_bot", " bot"].iter().any(|end| name.ends_with(end))
}

/// Commits of one person, joined.
#[derive(Default)]
struct Groups {
    parents: Vec<usize>,
}

impl Groups {
    fn find(&mut self, mut at: usize) -> usize {
        while self.parents[at] != at {
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.find(one), self.find(other));
        // The earlier is kept, so that the same commits give the same people.
        let (first, second) = (one.min(other), one.max(other));
        self.parents[second] = first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_several_names_and_addresses() {
        let commit =
            |name: &str, email: &str| Commit { name: name.to_owned(), email: email.to_owned(), paths: Vec::new() };
        let commits = [
            commit("Ada Lovelace", "ada@acme.com"),
            commit("ada", "ADA@acme.com"),
            commit("Ada Lovelace", "1+ada@users.noreply.github.com"),
            commit("alex", "alex@acme.com"),
            commit("alex", "alex@other.com"),
            commit("Grace Hopper", "noreply@github.com"),
            commit("Tomas", "noreply@github.com"),
            commit("dependabot[bot]", "49+dependabot[bot]@users.noreply.github.com"),
            commit("Korifi-Bot", "x@y.org"),
        ];
        let people = People::of(&commits);
        let shown: Vec<String> =
            people.people.iter().map(|one| format!("{} {} {}", one.name, one.commits, one.is_bot)).collect();
        assert_eq!(
            shown,
            [
                "Ada Lovelace 3 false",
                "alex 1 false",
                "alex 1 false",
                "Grace Hopper 1 false",
                "Tomas 1 false",
                "dependabot[bot] 1 true",
                "Korifi-Bot 1 true"
            ]
        );
        assert_eq!((people.active(1), people.active(ACTIVE)), (5, 1));
        assert_eq!(people.of[..3], [0, 0, 0]);
        assert_eq!(people.hosts(1), [("acme.com", 2)]);
    }
}

//! What every check looks at, and where it puts what it found.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use crate::review::{Owned, OwnerMap};
use crate::rules::{Place, Places, Rules, Severity, Spot};

use super::words::count;
use super::{Code, Input, Problem};

/// How many problems of one kind are listed; a last one counts the rest.
const MOST: usize = 500;
/// How much work the checks may do together, in steps of some 20 nanoseconds.
pub(super) const STEPS: u64 = 100_000_000;

/// All that is looked at.
pub(super) struct Ground<'a> {
    pub input: Input<'a>,
    pub rules: &'a Rules,
    pub owners: OwnerMap<'a>,
    pub files: Files<'a>,
    /// What is left of the work that may be done.
    pub steps: u64,
    places: Rc<Places>,
    problems: Vec<Problem>,
    counts: BTreeMap<Code, usize>,
    stopped: bool,
}

/// The files of the repository, and whose they are.
#[derive(Default)]
pub(super) struct Files<'a> {
    /// Sorted paths; none where the listing is not known.
    pub paths: Vec<&'a str>,
    /// The kinds of ownership that there are.
    pub kinds: Vec<Owned>,
    /// For each path its kind.
    pub kind_of: Vec<u32>,
}

impl<'a> Files<'a> {
    fn new(listing: &'a [String], owners: &OwnerMap<'_>) -> Self {
        let mut files = Self { paths: listing.iter().map(String::as_str).collect(), ..Self::default() };
        files.paths.sort_unstable();
        files.paths.dedup();
        let mut known: HashMap<_, u32> = HashMap::new();
        for path in &files.paths {
            let owned = owners.owned(path);
            // Who owns a path follows from its service and the line that says so.
            let key = (owned.service.clone(), owned.source.as_ref().map(|said| (said.file.clone(), said.line)));
            let next = u32::try_from(files.kinds.len()).unwrap_or(u32::MAX);
            let kind = *known.entry(key).or_insert_with(|| {
                files.kinds.push(owned);
                next
            });
            files.kind_of.push(kind);
        }
        files
    }

    /// The paths, each with whose it is.
    pub fn owned(&self) -> impl Iterator<Item = (&'a str, &Owned)> {
        self.paths.iter().copied().zip(self.kind_of.iter().filter_map(|kind| self.kinds.get(*kind as usize)))
    }

    /// The names of what lies directly in a folder (no trailing slash; the empty text is the top), each once.
    pub fn inside<'f>(&'f self, folder: &str) -> impl Iterator<Item = &'a str> + 'f {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let mut next = self.paths.partition_point(|path| *path < prefix.as_str());
        std::iter::from_fn(move || {
            let path: &'a str = self.paths.get(next)?;
            let rest = path.strip_prefix(prefix.as_str())?;
            let name = rest.split('/').next().unwrap_or(rest);
            // What lies below it stands together, since `/` ends its name.
            let below = format!("{prefix}{name}/");
            next += if rest.len() == name.len() {
                1
            } else {
                self.paths[next..].partition_point(|path| path.starts_with(&below))
            };
            Some(name)
        })
    }
}

impl<'a> Ground<'a> {
    pub fn new(input: Input<'a>, mut steps: u64) -> Self {
        let owners = OwnerMap::new(input.basis);
        // Where a service takes paths out again, the services are tried one by one.
        let takes_out = |set: &crate::rules::PatternSet| set.written().iter().any(|pattern| pattern.starts_with('!'));
        let services = &input.basis.rules.services;
        let slow = services.iter().filter_map(|service| service.paths.as_ref()).any(takes_out);
        let cost = 10 + if slow { services.len() as u64 } else { 0 };
        let listing = input.listing.unwrap_or_default();
        let left = steps.checked_sub(cost.saturating_mul(listing.len() as u64));
        let files = match left {
            Some(left) => {
                steps = left;
                Files::new(listing, &owners)
            }
            None => Files::default(),
        };
        let places = input.rules.map(|rules| Places::read(rules.text)).unwrap_or_default();
        let mut ground = Self {
            rules: &input.basis.rules,
            input,
            owners,
            files,
            steps,
            places: Rc::new(places),
            problems: Vec::new(),
            counts: BTreeMap::new(),
            stopped: false,
        };
        if left.is_none() {
            ground.stop();
        }
        ground
    }

    /// Whether there is a rules file that could be read.
    pub fn has_rules(&self) -> bool {
        self.input.rules.is_some_and(|text| text.problems.iter().all(|problem| problem.severity != Severity::Error))
    }

    /// Whether it is known which files there are.
    pub fn knows_files(&self) -> bool {
        !self.files.paths.is_empty()
    }

    /// The rules file as it is written.
    pub fn file(&self) -> Rc<Places> {
        Rc::clone(&self.places)
    }

    /// Whether reading the file gave a problem at `spot`.
    pub fn has_spoken_of(&self, spot: Spot<'_>) -> bool {
        let place = spot.place();
        self.input.rules.is_some_and(|text| text.problems.iter().any(|problem| problem.place == place))
    }

    /// Notes a problem of the rules file that stands at `spot`.
    pub fn warn(&mut self, code: Code, spot: Spot<'_>, message: String) {
        self.of_rules(code, Severity::Warning, spot.place(), message);
    }

    /// Notes a problem of the rules file.
    pub fn of_rules(&mut self, code: Code, severity: Severity, place: Option<Place>, message: String) {
        let path = self.input.rules.map_or(super::RULES_PATH, |text| text.path);
        self.add(code, severity, path, place, message);
    }

    /// Notes a problem.
    pub fn add(&mut self, code: Code, severity: Severity, file: &str, place: Option<Place>, message: String) {
        let known = self.counts.entry(code).or_default();
        *known += 1;
        if *known <= MOST {
            self.problems.push(Problem { code, severity, file: file.to_owned(), place, message });
        }
    }

    /// Says once that not everything could be looked at.
    pub fn stop(&mut self) {
        if std::mem::replace(&mut self.stopped, true) {
            return;
        }
        let message = format!(
            "there are more patterns than can be compared with {}: not everything was looked at; name folders instead of files",
            count(self.input.listing.map_or(0, <[String]>::len), "file")
        );
        match (self.input.rules, &self.input.basis.codeowners) {
            (None, Some(codeowners)) => self.add(Code::TooMuch, Severity::Warning, codeowners.path(), None, message),
            _ => self.of_rules(Code::TooMuch, Severity::Warning, None, message),
        }
    }

    /// Takes work from what may be done; `false`, and said once: there is not so much left.
    pub fn spend(&mut self, steps: u64) -> bool {
        match self.steps.checked_sub(steps) {
            Some(left) => self.steps = left,
            None => {
                self.steps = 0;
                self.stop();
            }
        }
        !self.stopped
    }

    /// The problems in the order of the files: the rules first, then CODEOWNERS.
    pub fn finish(mut self) -> Vec<Problem> {
        let rules = self.input.rules.map(|text| text.path);
        for (code, counted) in std::mem::take(&mut self.counts) {
            if let Some(more) = counted.checked_sub(MOST).filter(|more| *more > 0)
                && let Some(last) = self.problems.iter().rev().find(|problem| problem.code == code)
            {
                let message = format!("{more} more problems of this kind are not listed");
                self.problems.push(Problem { message, place: None, ..last.clone() });
            }
        }
        self.problems.sort_by(|a, b| {
            let key =
                |one: &Problem| (rules != Some(one.file.as_str()), one.file.clone(), one.place.is_none(), one.place);
            key(a)
                .cmp(&key(b))
                .then(b.severity.cmp(&a.severity))
                .then_with(|| (a.code, &a.message).cmp(&(b.code, &b.message)))
        });
        self.problems.dedup();
        self.problems
    }
}

//! Who has to sign for a finding: its level, the slots, the falls upwards, and the author rules.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::rules::{Handle, Level, Named, Rule, SignOff};

use super::owners::OwnerMap;
use super::people::{Behind, Crowd};
use super::reach::{Changed, Touch, reach};
use super::{Facts, Scope, Slot, SlotState};

/// What slots are made from.
pub(super) struct Authority<'a> {
    pub facts: &'a Facts,
    pub owners: &'a OwnerMap<'a>,
    pub crowd: &'a Crowd<'a>,
    /// Whether somebody is to sign in earnest. Otherwise (advice, shadow, block) the slots only say who would, and nobody's
    /// membership is asked for.
    pub in_earnest: bool,
}

/// A slot with the level of everybody who may sign above it.
pub(super) struct Seat {
    pub slot: Slot,
    pub above: Vec<(Level, Handle)>,
}

/// A slot in the making: an authority and the paths of the evidence that it signs for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    pub level: Option<Level>,
    /// Name of what it signs for, and the handles of who signs. No handles: nobody can ever sign.
    pub of: Option<String>,
    pub from: Vec<Handle>,
    pub above: Vec<(Level, Handle)>,
    /// The teams that own its paths, as sets of which one signs.
    pub sets: BTreeSet<Vec<String>>,
    pub paths: BTreeSet<String>,
    pub authors_own: bool,
}

impl Authority<'_> {
    /// The slots of a rule that matched these files, unsigned.
    pub fn slots(&self, rule: &Rule, files: &[&Changed<'_>]) -> Vec<Seat> {
        let touches: Vec<&Touch> = files.iter().flat_map(|one| &one.touches).collect();
        let drafts = match &rule.sign_off {
            SignOff::Named(named) => vec![self.named(named, &touches)],
            SignOff::Level(level) => self.levelled(rule, *level, &touches),
            SignOff::Scope => match reach(self.owners, touches.iter().copied(), true).max(reach(
                self.owners,
                touches.iter().copied().filter(|touch| !touch.counts),
                false,
            )) {
                Scope::None => self.levelled(rule, Level::Organization, &touches),
                Scope::Team => self.levelled(rule, Level::Team, &touches),
                Scope::Domain => self.levelled(rule, Level::Domain, &touches),
                Scope::Organization => self.levelled(rule, Level::Organization, &touches),
            },
        };
        let drafts = drafts.into_iter().flat_map(|draft| self.not_the_author(draft)).collect();
        merged(drafts).into_iter().map(|draft| self.finish(&rule.id, &rule.text, draft, files)).collect()
    }

    /// The handles that a checklist item addressed to `level` is for.
    pub fn addressees(&self, level: Level, files: &[&Changed<'_>]) -> Vec<Handle> {
        let touches: Vec<&Touch> = files.iter().flat_map(|one| &one.touches).collect();
        let mut handles: Vec<Handle> = Vec::new();
        for draft in self.at(level, &touches) {
            handles.extend(draft.from);
        }
        unique(handles)
    }

    fn named(&self, named: &[Named], touches: &[&Touch]) -> Draft {
        let from = named.iter().map(|one| match one {
            Named::Team(team) => self.owners.handle(team),
            Named::Handle(handle) => handle.clone(),
        });
        Draft {
            level: None,
            of: None,
            from: unique(from.collect()),
            above: Vec::new(),
            sets: touches.iter().map(|touch| touch.owned.teams.clone()).filter(|teams| !teams.is_empty()).collect(),
            paths: touches.iter().map(|touch| touch.path.clone()).collect(),
            authors_own: false,
        }
    }

    fn levelled(&self, rule: &Rule, level: Level, touches: &[&Touch]) -> Vec<Draft> {
        if level > Level::Lead
            && let Some(draft) = self.decided_by_lead(rule, touches)
        {
            return vec![draft];
        }
        self.at(level, touches)
    }

    /// `decides`: a team that owns all of it has its lead sign in place of the level that the rule names.
    fn decided_by_lead(&self, rule: &Rule, touches: &[&Touch]) -> Option<Draft> {
        let first = touches.first()?;
        let deciding: Vec<String> = first
            .owned
            .teams
            .iter()
            .filter(|team| {
                touches.iter().all(|touch| touch.owned.teams.contains(team))
                    && !self.owners.leads(team).is_empty()
                    && self.decides(team, &rule.id)
            })
            .cloned()
            .collect();
        if deciding.is_empty() {
            return None;
        }
        let paths = touches.iter().map(|touch| touch.path.clone()).collect();
        self.of_teams(Level::Lead, deciding, paths)
    }

    /// Whether the rules leave a rule to the lead of this team: by its own `decides`, else by how many it is. Where that cannot be
    /// told, they do not.
    fn decides(&self, team: &str, rule: &str) -> bool {
        let rules = self.owners.rules();
        let Some(about) = rules.teams.get(team) else { return false };
        if let Some(said) = &about.decides {
            return said.iter().any(|id| id == rule);
        }
        // The least size comes first.
        let names = |ids: &[String]| ids.iter().any(|id| id == rule);
        let Some(least) = rules.decides.iter().find(|(_, ids)| names(ids)).map(|(least, _)| *least) else {
            return false;
        };
        let handle = self.owners.handle(team);
        let counted = || self.crowd.size(&handle, self.in_earnest).and_then(|size| u32::try_from(size).ok());
        about.size.or_else(counted).is_some_and(|size| size >= least)
    }

    /// One draft for each authority of this level, climbing where the file names nobody.
    fn at(&self, level: Level, touches: &[&Touch]) -> Vec<Draft> {
        let mut by_set: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
        for touch in touches {
            by_set.entry(touch.owned.teams.clone()).or_default().insert(touch.path.clone());
        }
        merged(by_set.into_iter().map(|(teams, paths)| self.for_set(level, teams, paths)).collect())
    }

    /// The nearest authority, from `level` upwards, that the file names for files owned alike.
    fn for_set(&self, level: Level, teams: Vec<String>, paths: BTreeSet<String>) -> Draft {
        if !teams.is_empty() && level <= Level::Domain {
            for climbed in [Level::Team, Level::Lead, Level::Domain].into_iter().filter(|one| *one >= level) {
                if let Some(draft) = self.of_teams(climbed, teams.clone(), paths.clone()) {
                    return draft;
                }
            }
        }
        let sets = if teams.is_empty() { BTreeSet::new() } else { [teams].into() };
        self.council(sets, paths)
    }

    pub fn council(&self, sets: BTreeSet<Vec<String>>, paths: BTreeSet<String>) -> Draft {
        Draft {
            level: Some(Level::Organization),
            of: None,
            from: self.owners.rules().council.clone(),
            above: Vec::new(),
            sets,
            paths,
            authors_own: false,
        }
    }

    /// The authority of these teams, any of whom signs, at a level up to the domain's; `None`: the file names nobody there.
    pub fn of_teams(&self, level: Level, teams: Vec<String>, paths: BTreeSet<String>) -> Option<Draft> {
        let handles = teams.iter().map(|team| self.owners.handle(team)).collect();
        let leads: Vec<Handle> = teams.iter().flat_map(|team| self.owners.leads(team).iter().cloned()).collect();
        let domains: BTreeSet<&str> = teams.iter().filter_map(|team| self.owners.domain(team)).collect();
        let architects: Vec<Handle> = domains
            .iter()
            .filter_map(|domain| self.owners.rules().domains.get(*domain))
            .flat_map(|domain| domain.architects.iter().cloned())
            .collect();
        let council = self.owners.rules().council.clone();
        let joined = |names: &[&str]| Some(names.join(" or "));
        let names: Vec<&str> = teams.iter().map(String::as_str).collect();
        let at = |level: Level, handles: Vec<Handle>| handles.into_iter().map(move |handle| (level, handle));
        let leads_above = at(Level::Lead, leads.clone());
        let architects_above = at(Level::Domain, architects.clone());
        let council_above = at(Level::Organization, council);
        let (of, from, above): (_, Vec<Handle>, Vec<(Level, Handle)>) = match level {
            Level::Team => {
                (joined(&names), handles, leads_above.chain(architects_above).chain(council_above).collect())
            }
            Level::Lead => (joined(&names), leads, architects_above.chain(council_above).collect()),
            Level::Domain => {
                (joined(&domains.iter().copied().collect::<Vec<_>>()), architects, council_above.collect())
            }
            Level::Organization => return None,
        };
        if from.is_empty() {
            return None;
        }
        let from = unique(from);
        let authors_own = self.in_earnest
            && level == Level::Team
            && self.facts.author.is_some()
            && self.facts.hands().all(|login| {
                let is_bot = self.facts.author_is_bot && self.facts.author.as_deref() == Some(login);
                teams.iter().any(|team| self.crowd.belongs(login, is_bot, team) == Some(true))
            });
        Some(Draft { level: Some(level), of, from, above, sets: [teams].into(), paths, authors_own })
    }

    /// An author is never the reason why nothing can pass: where every member of the authority is an author, each of the other
    /// owning teams signs in its place, or the next level does; where there is none, any lead.
    ///
    /// Where some of them are authors by the word of a commit alone, the next level signs and nobody else: a forged name may take
    /// authority away, and never moves it to the side or down.
    fn not_the_author(&self, draft: Draft) -> Vec<Draft> {
        if !self.in_earnest || draft.authors_own || draft.from.is_empty() {
            return vec![draft];
        }
        if !self.only_authors(&draft.from) {
            let hands = authors(self.facts);
            if !self.only(&hands, &draft.from) {
                return vec![draft];
            }
            return self.higher(&draft, |from| !self.only(&hands, from)).unwrap_or_else(|| vec![draft]);
        }
        let others: Vec<Draft> = draft
            .sets
            .iter()
            .filter(|_| draft.level != Some(Level::Team))
            .filter_map(|teams| self.of_teams(Level::Team, teams.clone(), self.owned_so(&draft, teams)))
            .filter(|other| !other.authors_own && !self.only_authors(&other.from))
            .collect();
        if !others.is_empty() {
            return others;
        }
        if let Some(higher) = self.higher(&draft, |from| !self.only_authors(from)) {
            return higher;
        }
        let leads = self.owners.rules().teams.values().flat_map(|team| team.leads.iter().cloned());
        let authors = self.told_authors();
        let may = |lead: &Handle| lead.as_user().is_none_or(|login| !authors.contains(&login.to_lowercase()));
        let from = unique(leads.filter(may).collect());
        vec![Draft { level: Some(Level::Lead), of: None, from, above: Vec::new(), ..draft }]
    }

    /// The next level above a draft's at which there is somebody `free` to sign each part of it.
    fn higher(&self, draft: &Draft, free: impl Fn(&[Handle]) -> bool) -> Option<Vec<Draft>> {
        let above: &[Level] = match draft.level {
            Some(Level::Team) => &[Level::Lead, Level::Domain],
            Some(Level::Lead) => &[Level::Domain],
            Some(Level::Domain) => &[],
            Some(Level::Organization) | None => return self.council_instead(draft, free),
        };
        let at = |level: &Level| -> Option<Vec<Draft>> {
            let parts =
                draft.sets.iter().map(|teams| self.of_teams(*level, teams.clone(), self.owned_so(draft, teams)));
            parts.map(|part| part.filter(|one| free(&one.from))).collect()
        };
        let climbed = above.iter().filter_map(at).find(|climbed| !climbed.is_empty());
        climbed.or_else(|| self.council_instead(draft, &free))
    }

    /// The council in a draft's place, where it is another and somebody in it is `free` to sign.
    fn council_instead(&self, draft: &Draft, free: impl Fn(&[Handle]) -> bool) -> Option<Vec<Draft>> {
        let council = self.council(draft.sets.clone(), draft.paths.clone());
        let another = draft.level != Some(Level::Organization) && !council.from.is_empty();
        (another && free(&council.from)).then(|| vec![council])
    }

    /// The paths of a draft that these teams own together: each signs for its own part.
    fn owned_so(&self, draft: &Draft, teams: &[String]) -> BTreeSet<String> {
        let own = draft.paths.iter().filter(|path| self.owners.owned(path).teams == teams);
        let own: BTreeSet<String> = own.cloned().collect();
        if own.is_empty() { draft.paths.clone() } else { own }
    }

    /// Whether everybody behind these handles is an author as GitHub tells it: the opener, or whoever pushed. Whoever a commit
    /// says that it is from counts against signing, and not here: a forged name may take authority away and never move it. A
    /// team without members is no such authority either.
    pub fn only_authors(&self, from: &[Handle]) -> bool {
        if self.facts.author.is_none() {
            return false;
        }
        self.only(&self.told_authors(), from)
    }

    /// Whether everybody behind these handles is one of these people.
    fn only(&self, people: &BTreeSet<String>, from: &[Handle]) -> bool {
        from.iter().all(|handle| match self.crowd.behind(handle) {
            Behind::Members(members) => !members.is_empty() && members.is_subset(people),
            Behind::Unresolvable(_) | Behind::Unknown(_) | Behind::NotAsked => false,
        })
    }

    /// Logins in lower case of the opener and of whoever pushed.
    fn told_authors(&self) -> BTreeSet<String> {
        self.facts.author.iter().chain(&self.facts.pushers).map(|login| login.to_lowercase()).collect()
    }

    pub fn finish(&self, id: &str, text: &str, draft: Draft, files: &[&Changed<'_>]) -> Seat {
        let state = if draft.authors_own {
            SlotState::AuthorsOwn
        } else if draft.from.is_empty() {
            SlotState::Nobody
        } else if !self.in_earnest {
            SlotState::Open
        } else {
            self.unsigned(&draft.from)
        };
        let fingerprint = self.fingerprint(id, text, &draft, files);
        let above = draft
            .above
            .iter()
            .map(|(_, handle)| handle.clone())
            .filter(|handle| !draft.from.contains(handle))
            .collect();
        let slot = Slot {
            level: draft.level,
            of: draft.of,
            from: draft.from,
            above: unique(above),
            lapsed: Vec::new(),
            paths: draft.paths.into_iter().collect(),
            fingerprint,
            state,
        };
        Seat { slot, above: draft.above }
    }

    /// The state of a slot that nobody has signed: a handle that does not exist is worse than one that is out of reach, and
    /// either only counts where no other handle can be asked.
    fn unsigned(&self, from: &[Handle]) -> SlotState {
        let behind: Vec<Behind> = from.iter().map(|handle| self.crowd.signers(handle)).collect();
        let somebody = |one: &Behind| match one {
            Behind::Members(members) => !members.is_empty(),
            Behind::NotAsked => true,
            Behind::Unresolvable(_) | Behind::Unknown(_) => false,
        };
        if behind.iter().any(somebody) {
            return SlotState::Open;
        }
        let unknown = behind.iter().find_map(|one| match one {
            Behind::Unknown(why) => Some(SlotState::Unknown { why: why.clone() }),
            _ => None,
        });
        let unresolvable = behind.iter().find_map(|one| match one {
            Behind::Unresolvable(why) => Some(SlotState::Unresolvable { why: why.clone() }),
            _ => None,
        });
        let empty = || {
            let names: Vec<&str> = from.iter().map(Handle::as_str).collect();
            SlotState::Unresolvable { why: format!("{} has no members", names.join(" and ")) }
        };
        unknown.or(unresolvable).unwrap_or_else(empty)
    }

    /// SHA-256 over what a signature is bound to (DESIGN, Sign-offs): the rule, its effective text, the gated base, the
    /// authority's place, and the complete set of files that it signs for with both contents.
    fn fingerprint(&self, id: &str, text: &str, draft: &Draft, files: &[&Changed<'_>]) -> String {
        let items: BTreeSet<_> = files
            .iter()
            .filter(|one| one.touches.iter().any(|touch| draft.paths.contains(&touch.path)))
            .map(|one| one.file)
            .map(|file| {
                // With the head's content a patch determines the base's. Where there is one, the base's blob is not bound: whether
                // it is known depends on what else had to be asked for.
                let base_blob = file.diff.is_none().then_some(&file.base_blob);
                (&file.path, &file.previous_path, file.status, &file.mode, &file.head_blob, &file.diff, base_blob)
            })
            .collect();
        let bound = serde_json::json!([1, id, text, self.facts.base, draft.level, draft.of, items]);
        hex::encode(Sha256::digest(bound.to_string()))
    }
}

/// Logins in lower case of whoever the change is from: the opener, the committers that are known, and whoever moved the head. A
/// commit may name anybody as who wrote it; whoever pushed it had it in hand.
///
/// Committers of the whole change, not only of the commits that touch the evidence: a comparison lists the commits without
/// their files (OpenAPI `GET /repos/{owner}/{repo}/compare/{basehead}`), and a request for each commit is too many. Somebody who
/// committed beside the evidence does not sign for it, which holds where DESIGN would not, and never the other way round.
pub(super) fn authors(facts: &Facts) -> BTreeSet<String> {
    facts.hands().map(str::to_lowercase).collect()
}

/// One draft for each authority: those with the same hands are one, and a choice among teams is no sign-off of its own where
/// one of them signs anyway.
fn merged(drafts: Vec<Draft>) -> Vec<Draft> {
    let mut together: Vec<Draft> = Vec::new();
    for draft in drafts {
        let same = |other: &&mut Draft| other.level == draft.level && other.of == draft.of && other.from == draft.from;
        match together.iter_mut().find(same) {
            Some(other) => {
                other.paths.extend(draft.paths);
                other.sets.extend(draft.sets);
                other.authors_own &= draft.authors_own;
            }
            None => together.push(draft),
        }
    }
    let hands: Vec<BTreeSet<Handle>> = together.iter().map(|draft| draft.from.iter().cloned().collect()).collect();
    let narrower = |index: usize| {
        (0..together.len()).find(|other| {
            together[*other].level == together[index].level
                && !hands[*other].is_empty()
                && hands[*other] != hands[index]
                && hands[*other].is_subset(&hands[index])
        })
    };
    let into: Vec<Option<usize>> = (0..together.len()).map(narrower).collect();
    for (index, target) in into.iter().enumerate() {
        // Follow to the narrowest, which is narrowed no further.
        let mut end = *target;
        while let Some(next) = end.and_then(|one| into[one]) {
            end = Some(next);
        }
        if let Some(end) = end {
            let (paths, sets) = (together[index].paths.clone(), together[index].sets.clone());
            together[end].paths.extend(paths);
            together[end].sets.extend(sets);
        }
    }
    let mut kept = into.iter().map(Option::is_none);
    together.retain(|_| kept.next().unwrap_or(true));
    together
}

pub(super) fn unique(handles: Vec<Handle>) -> Vec<Handle> {
    let mut seen = BTreeSet::new();
    handles.into_iter().filter(|handle| seen.insert(handle.clone())).collect()
}

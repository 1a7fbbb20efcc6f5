//! Who loses a say by an edit, and by what.

use std::collections::BTreeSet;

use crate::adr::{Lookup, Record};
use crate::review::Basis;
use crate::review::owners::OwnerMap;
use crate::rules::{Enforce, Handle, Level, Mode, Named, Rule, SignOff, Team};

use super::about::Whole;
use super::moved::{Move, Moves};
use super::weaker::{Fate, fate, word};

/// Up to this many teams each one's lead signs for what is about all of them; beyond, the council does.
const MOST_LEADS: usize = 3;

/// Who signs for a part of an edit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signer {
    /// Any of these teams of the base.
    Owners(Vec<String>),
    /// Whoever gets the files: names and handles as the edit gives them.
    Takers(Vec<String>, Vec<Handle>),
    /// A lead of any of these teams.
    Lead(Vec<String>),
    /// The architects of this domain of the base.
    Domain(String),
    /// Any of these, as the base names them.
    Named(Vec<Handle>),
    /// The council.
    Council,
}

/// A part of an edit that somebody signs for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loss {
    /// Who.
    pub signer: Signer,
    /// The teams of the base that it is about, where those are known: they sign where there is nobody above them.
    pub about: BTreeSet<String>,
    /// What changes, in a sentence without its full stop.
    pub text: String,
    /// What a signature is bound to besides the edited files.
    pub bound: String,
}

/// Collects what an edit changes.
pub(super) struct Losses<'a> {
    pub before: &'a Basis,
    pub after: &'a Basis,
    pub whole: &'a Whole<'a>,
    pub found: Vec<Loss>,
}

impl Losses<'_> {
    fn add(&mut self, signer: Signer, text: String) {
        let bound = text.clone();
        self.bound(signer, text, bound);
    }

    fn bound(&mut self, signer: Signer, text: String, bound: String) {
        let about = match &signer {
            Signer::Owners(teams) | Signer::Lead(teams) => teams.iter().cloned().collect(),
            Signer::Domain(name) => self.teams_of(name),
            Signer::Takers(..) | Signer::Named(_) | Signer::Council => BTreeSet::new(),
        };
        self.found.push(Loss { signer, about, text, bound });
    }

    fn teams_of(&self, domain: &str) -> BTreeSet<String> {
        let domain = self.before.rules.domains.get(domain);
        domain.map(|domain| domain.teams.iter().cloned().collect()).unwrap_or_default()
    }

    /// Everything that the edit changes.
    pub fn all(&mut self, moves: Option<&Moves>) {
        match moves {
            Some(moves) => self.files(moves),
            None if super::moves_files(self.before, self.after) => {
                self.add(Signer::Council, "which files change owner could not be told".to_owned());
            }
            None => {}
        }
        self.rules();
        self.records();
        self.keys();
        self.people();
        self.services();
        self.lines();
        if self.found.is_empty() && self.before.rules.meaning != self.after.rules.meaning {
            self.add(Signer::Council, "the rules file says something else".to_owned());
        }
    }

    fn files(&mut self, moves: &Moves) {
        for one in &moves.owners {
            let what = what(one);
            let losers: Vec<String> = one.from.iter().filter(|team| !one.to.contains(team)).cloned().collect();
            // Where all of them stay, they share from now on, or are other people by the same name.
            let losers = if losers.is_empty() { one.from.clone() } else { losers };
            if !losers.is_empty() {
                let text = match (one.to.as_slice(), losers == one.from) {
                    ([], _) => format!("{} gives up {what}, and nobody owns it then", or(&losers)),
                    (to, _) => format!("{} gives up {what}; {} owns it then", or(&losers), or(to)),
                };
                self.push(Signer::Owners(losers), text, one);
            }
            let same_names = one.from == one.to;
            let new = one.to.iter().zip(&one.takers).filter(|(team, _)| same_names || !one.from.contains(team));
            let (names, handles): (Vec<String>, Vec<Handle>) =
                new.map(|(team, handle)| (team.clone(), handle.clone())).unzip();
            if !names.is_empty() {
                let text = format!("{} takes over {what}", or(&names));
                self.push(Signer::Takers(names, handles), text, one);
            }
        }
        for one in &moves.hidden {
            let text = format!("{} counts as generated, so nobody is asked about it", what(one));
            let signer = if one.from.is_empty() { Signer::Council } else { Signer::Owners(one.from.clone()) };
            self.push(signer, text, one);
        }
        for one in &moves.counted {
            let text = format!("{} no longer counts as generated", what(one));
            let signer = if one.from.is_empty() { Signer::Council } else { Signer::Lead(one.from.clone()) };
            self.push(signer, text, one);
        }
    }

    fn push(&mut self, signer: Signer, text: String, one: &Move) {
        let bound = format!("{text} {}", one.digest);
        self.bound(signer, text, bound);
    }

    fn rules(&mut self) {
        let on = |rules: &[Rule]| -> Vec<Rule> {
            rules.iter().filter(|rule| rule.enforce > Enforce::None).cloned().collect()
        };
        let (before, after) = (on(&self.before.rules.rules), on(&self.after.rules.rules));
        for old in &before {
            let new = after.iter().find(|new| new.id == old.id);
            let (id, text) = (&old.id, &old.text);
            let bound = format!("{id} {text} {}", new.map(|new| new.text.as_str()).unwrap_or_default());
            match new.map(|new| fate(old, new)) {
                Some(Fate::Same) => {}
                Some(Fate::Stricter(how)) => self.leads(self.whole.teams(old), &format!("rule {id}: {how}"), &bound),
                Some(Fate::Weaker(how)) => self.of_rule(old, format!("rule {id} may ask less: {how}"), &bound),
                None => self.of_rule(old, format!("rule {id} is gone"), &bound),
            }
        }
        for new in after.iter().filter(|new| before.iter().all(|old| old.id != new.id)) {
            let text = format!("rule {} is new: {}", new.id, word(new.enforce));
            self.leads(self.whole.teams(new), &text, &new.text);
        }
    }

    /// Signed by the authority that a rule of the base names.
    fn of_rule(&mut self, rule: &Rule, text: String, bound: &str) {
        let signers = self.authority(rule);
        for (signer, about) in signers {
            self.found.push(Loss { signer, about, text: text.clone(), bound: bound.to_owned() });
        }
    }

    /// The authority of a rule: who it names, or of a level the domains that it could match, else the council.
    fn authority(&self, rule: &Rule) -> Vec<(Signer, BTreeSet<String>)> {
        let teams = self.whole.teams(rule);
        let about: BTreeSet<String> = teams.iter().flatten().flatten().cloned().collect();
        match &rule.sign_off {
            SignOff::Named(named) => {
                let handle = |one: &Named| match one {
                    Named::Team(team) => self.whole.owners.handle(team),
                    Named::Handle(handle) => handle.clone(),
                };
                vec![(Signer::Named(named.iter().map(handle).collect()), about)]
            }
            SignOff::Level(Level::Organization) => vec![(Signer::Council, about)],
            SignOff::Scope | SignOff::Level(_) => self.domains(teams.as_ref(), about),
        }
    }

    /// The domains of these teams; the council where that cannot be told, or a team is in none.
    fn domains(
        &self,
        teams: Option<&BTreeSet<Vec<String>>>,
        about: BTreeSet<String>,
    ) -> Vec<(Signer, BTreeSet<String>)> {
        let domains = &self.before.rules.domains;
        let Some(teams) = teams else {
            // Of one domain there is nobody who could be above another.
            return match domains.first() {
                Some((name, _)) if domains.len() == 1 => vec![(Signer::Domain(name.clone()), self.teams_of(name))],
                _ => vec![(Signer::Council, about)],
            };
        };
        let mut signers: BTreeSet<(Signer, BTreeSet<String>)> = BTreeSet::new();
        for set in teams {
            let of: BTreeSet<&str> = set.iter().filter_map(|team| self.whole.owners.domain(team)).collect();
            if of.is_empty() {
                signers.insert((Signer::Council, set.iter().cloned().collect()));
            }
            for name in of {
                signers.insert((Signer::Domain(name.to_owned()), self.teams_of(name)));
            }
        }
        signers.into_iter().collect()
    }

    /// Signed by the leads whose services it is about.
    fn leads(&mut self, teams: Option<BTreeSet<Vec<String>>>, text: &str, bound: &str) {
        let signers: Vec<Signer> = match teams {
            Some(teams) if !teams.is_empty() && teams.len() <= MOST_LEADS => {
                teams.into_iter().map(Signer::Lead).collect()
            }
            _ => vec![Signer::Council],
        };
        for signer in signers {
            self.bound(signer, text.to_owned(), format!("{text} {bound}"));
        }
    }

    /// Records that rules of the base lean on.
    fn records(&mut self) {
        let rules: Vec<Rule> =
            self.before.rules.rules.iter().filter(|rule| rule.enforce > Enforce::None).cloned().collect();
        for rule in &rules {
            let still = self.after.rules.rules.iter().find(|new| new.id == rule.id);
            for name in &rule.adrs {
                if still.is_none_or(|new| !new.adrs.contains(name)) {
                    continue;
                }
                let (old, new) = (self.before.adrs.lookup(name), self.after.adrs.lookup(name));
                let Some(how) = record(&old, &new) else { continue };
                let text = format!("rule {} leans on {name}, {how}", rule.id);
                let bound = format!("{text} {old:?} {new:?}");
                self.of_rule(rule, text, &bound);
            }
        }
    }

    /// Keys that are about no team.
    fn keys(&mut self) {
        let (old, new) = (&self.before.rules, &self.after.rules);
        let mode = |mode: Mode| match mode {
            Mode::Shadow => "shadow",
            Mode::Advise => "advise",
            Mode::On => "on",
        };
        let mut says: Vec<String> = Vec::new();
        if self.before.rules_from != self.after.rules_from {
            says.push("the rules come from somewhere else".to_owned());
        }
        if old.mode != new.mode {
            says.push(format!("mode goes from {} to {}", mode(old.mode), mode(new.mode)));
        }
        // What `skip` says has no other canonical form than how it was read; where it stands is no part of that.
        if format!("{:?}", old.skip) != format!("{:?}", new.skip) {
            says.push("skip covers other changes".to_owned());
        }
        if old.branches.written() != new.branches.written() {
            says.push("other branches are gated".to_owned());
        }
        if old.reviewers != new.reviewers && old.reviewers.never == new.reviewers.never {
            says.push("people are asked in another way".to_owned());
        }
        let roots = |rules: &crate::rules::Rules| -> Vec<String> {
            rules.roots.iter().map(|root| format!("{} {:?}", root.written, root.folders.written())).collect()
        };
        if roots(old) != roots(new) {
            says.push("other folders are services".to_owned());
        }
        if old.adr_paths != new.adr_paths {
            says.push("records are looked for elsewhere".to_owned());
        }
        says.into_iter().for_each(|text| self.add(Signer::Council, text));
        let never = |of: &crate::rules::Rules| of.reviewers.never.iter().cloned().collect::<BTreeSet<Handle>>();
        let (was, is) = (never(&self.before.rules), never(&self.after.rules));
        for handle in was.symmetric_difference(&is) {
            let text = match is.contains(handle) {
                true => format!("{handle} is never asked any more"),
                false => format!("{handle} is asked again"),
            };
            let team = self.before.rules.teams.keys().find(|team| self.whole.owners.handle(team) == *handle).cloned();
            self.add(team.map_or(Signer::Council, |team| Signer::Owners(vec![team])), text);
        }
        let tiers: BTreeSet<String> =
            self.before.rules.tiers.keys().chain(self.after.rules.tiers.keys()).cloned().collect();
        for tier in tiers {
            let (was, is) = (self.before.rules.tiers.get(&tier), self.after.rules.tiers.get(&tier));
            if was == is {
                continue;
            }
            let has = |item| is.is_some_and(|is| is.contains(item));
            let teams = self.whole.of_tier(&tier);
            if was.is_some_and(|was| !was.iter().all(has)) {
                let about = teams.iter().flatten().cloned().collect();
                let teams = (!teams.is_empty()).then_some(teams);
                let text = format!("tier {tier} asks less");
                for (signer, about) in self.domains(teams.as_ref(), about) {
                    self.found.push(Loss {
                        signer,
                        about,
                        bound: format!("{text} {was:?} {is:?}"),
                        text: text.clone(),
                    });
                }
            } else {
                self.leads(Some(teams), &format!("tier {tier} asks more"), &format!("{is:?}"));
            }
        }
    }

    /// Council, domains and teams.
    fn people(&mut self) {
        let (old, new) = (&self.before.rules, &self.after.rules);
        if old.council != new.council {
            self.add(
                Signer::Council,
                format!("the council is {} where it was {}", all(&new.council), all(&old.council)),
            );
        }
        let names: BTreeSet<String> =
            self.before.rules.domains.keys().chain(self.after.rules.domains.keys()).cloned().collect();
        for name in names {
            let (was, is) =
                (self.before.rules.domains.get(&name).cloned(), self.after.rules.domains.get(&name).cloned());
            match (was, is) {
                (Some(was), Some(is)) => {
                    if was.architects != is.architects {
                        let who = (all(&is.architects), all(&was.architects));
                        let text = format!("the architects of {name} are {} where they were {}", who.0, who.1);
                        self.add(Signer::Domain(name.clone()), text);
                    }
                    let gone: Vec<String> = was.teams.iter().filter(|team| !is.teams.contains(team)).cloned().collect();
                    let come: Vec<String> = is.teams.iter().filter(|team| !was.teams.contains(team)).cloned().collect();
                    if !gone.is_empty() {
                        self.add(Signer::Domain(name.clone()), format!("{name} loses {}", or(&gone)));
                    }
                    if !come.is_empty() {
                        self.add(Signer::Domain(name.clone()), format!("{name} gets {}", or(&come)));
                    }
                }
                (Some(_), None) => self.add(Signer::Domain(name.clone()), format!("the domain {name} is gone")),
                (None, Some(is)) => {
                    self.add(Signer::Council, format!("the domain {name} is new, with {}", or(&is.teams)));
                }
                (None, None) => {}
            }
        }
        let teams: BTreeSet<String> =
            self.before.rules.teams.keys().chain(self.after.rules.teams.keys()).cloned().collect();
        let nobody = Team::default();
        for name in teams {
            let was = self.before.rules.teams.get(&name).unwrap_or(&nobody).clone();
            let is = self.after.rules.teams.get(&name).unwrap_or(&nobody).clone();
            let known = self.before.rules.teams.contains_key(&name);
            if was.github != is.github {
                let handle = is.github.as_ref().map_or_else(|| name.clone(), ToString::to_string);
                let text = format!("{name} is {handle} on GitHub");
                self.add(if known { Signer::Owners(vec![name.clone()]) } else { Signer::Council }, text);
            }
            if was.leads != is.leads {
                let text = format!("{name} is led by {} where it was {}", all(&is.leads), all(&was.leads));
                self.add(if known { Signer::Lead(vec![name.clone()]) } else { Signer::Council }, text);
            }
            self.decides(&name, &was, &is);
            if was.size != is.size {
                self.add(Signer::Lead(vec![name.clone()]), format!("{name} is said to have another size"));
            }
        }
    }

    /// What a lead decides in place of whom the rule names, and the other way round.
    fn decides(&mut self, name: &str, was: &Team, is: &Team) {
        let (had, has) = (was.decides.as_deref().unwrap_or_default(), is.decides.as_deref().unwrap_or_default());
        for id in has.iter().filter(|id| !had.contains(id)) {
            let text = format!("the lead of {name} decides {id} alone");
            let rule = self.before.rules.rules.iter().find(|rule| rule.id == *id).cloned();
            match rule {
                Some(rule) => {
                    let signers = match rule.sign_off {
                        SignOff::Named(_) | SignOff::Level(Level::Organization) => self.authority(&rule),
                        _ => {
                            let teams = BTreeSet::from([vec![name.to_owned()]]);
                            self.domains(Some(&teams), [name.to_owned()].into())
                        }
                    };
                    for (signer, about) in signers {
                        self.found.push(Loss { signer, about, text: text.clone(), bound: text.clone() });
                    }
                }
                // It comes with its rule, and is signed with that.
                None => self.add(Signer::Council, text),
            }
        }
        for id in had.iter().filter(|id| !has.contains(id)) {
            self.add(Signer::Lead(vec![name.to_owned()]), format!("the lead of {name} no longer decides {id}"));
        }
    }

    /// Whether a team signs for files that change owner: then it need not sign for the line that says so as well.
    fn signs_for_files(&self, team: &String) -> bool {
        self.found.iter().any(|loss| match &loss.signer {
            Signer::Owners(teams) | Signer::Takers(teams, _) => teams.contains(team),
            Signer::Lead(_) | Signer::Domain(_) | Signer::Named(_) | Signer::Council => false,
        })
    }

    /// What services are besides who owns them.
    fn services(&mut self) {
        let names: BTreeSet<String> = [self.before, self.after]
            .iter()
            .flat_map(|basis| basis.rules.services.iter().map(|service| service.name.clone()))
            .collect();
        for name in names {
            let of = |basis: &Basis| basis.rules.services.iter().find(|service| service.name == name).cloned();
            let (was, is) = (of(self.before), of(self.after));
            let owners: BTreeSet<Vec<String>> = self.whole.of_service(&name);
            let teams = owners.iter().flatten().cloned().collect::<BTreeSet<String>>();
            let shared =
                |service: &Option<crate::rules::Service>| service.as_ref().is_some_and(|service| service.shared);
            let tier =
                |service: &Option<crate::rules::Service>| service.as_ref().and_then(|service| service.tier.clone());
            let mut less: Vec<String> = Vec::new();
            if shared(&was) != shared(&is) {
                let does = if shared(&is) { "makes no crossing any more" } else { "makes a crossing again" };
                less.push(format!("{name} {does}"));
            }
            if tier(&was) != tier(&is) {
                let none = || "none".to_owned();
                let (from, to) = (tier(&was).unwrap_or_else(none), tier(&is).unwrap_or_else(none));
                less.push(format!("the tier of {name} is {to} where it was {from}"));
            }
            for text in less {
                let sets = (!owners.is_empty()).then_some(&owners);
                for (signer, about) in self.domains(sets, teams.clone()) {
                    self.found.push(Loss { signer, about, text: text.clone(), bound: text.clone() });
                }
            }
            let rest = |service: &Option<crate::rules::Service>| {
                service.as_ref().map(|service| {
                    let paths = service.paths.as_ref().map(|paths| paths.written().to_vec());
                    (service.public.clone(), paths, service.teams.clone(), service.repo.clone())
                })
            };
            let (was, is) = (rest(&was), rest(&is));
            if was != is {
                let text = match (&was, &is) {
                    (None, _) => format!("the service {name} is new"),
                    (_, None) => format!("the service {name} is gone"),
                    (Some(was), Some(is)) if was.0 != is.0 => format!("what is public of {name} changes"),
                    _ => format!("the service {name} is other paths or other teams"),
                };
                let public = |service: &Option<_>| {
                    service.as_ref().is_some_and(|(public, ..): &(Vec<String>, _, _, _)| !public.is_empty())
                };
                let same_public = was.as_ref().map(|one| &one.0) == is.as_ref().map(|one| &one.0);
                let told = owners.iter().all(|set| set.iter().any(|team| self.signs_for_files(team)));
                if told && !owners.is_empty() && (same_public || !(public(&was) || public(&is))) {
                    continue;
                }
                self.leads(Some(owners), &text, &format!("{was:?} {is:?}"));
            }
        }
        let order = |basis: &Basis| -> Vec<String> {
            basis.rules.services.iter().map(|service| service.name.clone()).collect()
        };
        let (was, is) = (order(self.before), order(self.after));
        let both = |names: &[String], other: &[String]| -> Vec<String> {
            names.iter().filter(|name| other.contains(name)).cloned().collect()
        };
        if both(&was, &is) != both(&is, &was) {
            self.add(Signer::Council, "services stand in another order, and the last that matches wins".to_owned());
        }
    }

    /// Lines of CODEOWNERS that no file of today tells of, and of `.gitattributes`.
    fn lines(&mut self) {
        let owner = |basis: &Basis| -> Vec<(String, Vec<String>)> {
            let entries = basis.codeowners.iter().flat_map(|file| file.entries());
            entries.map(|entry| (entry.pattern.clone(), entry.owners.clone())).collect()
        };
        let (was, is) = (owner(self.before), owner(self.after));
        if was != is {
            let names = OwnerMap::new(self.before);
            let only_in = |one: &[(String, Vec<String>)], other: &[(String, Vec<String>)]| -> BTreeSet<String> {
                let owners = one.iter().filter(|entry| !other.contains(entry)).flat_map(|(_, owners)| owners);
                owners.map(|owner| names.team_of_handle(&Handle::new(owner))).collect()
            };
            let (gone, come) = (only_in(&was, &is), only_in(&is, &was));
            if gone.is_empty() && come.is_empty() {
                self.add(
                    Signer::Council,
                    "lines of CODEOWNERS stand in another order, or say that nobody owns something".to_owned(),
                );
            }
            let silent: Vec<String> = gone.union(&come).filter(|team| !self.signs_for_files(team)).cloned().collect();
            for team in silent {
                let text = format!("lines of CODEOWNERS about {team} change");
                self.add(Signer::Lead(vec![team]), text);
            }
        }
        if !self.before.attributes.says_the_same(&self.after.attributes) {
            let told = self.found.iter().any(|loss| loss.text.contains("generated"));
            if !told {
                self.add(Signer::Council, "other files count as generated from now on".to_owned());
            }
        }
    }
}

/// What becomes of a record that a rule leans on; `None`: nothing that matters.
fn record(old: &Lookup<'_>, new: &Lookup<'_>) -> Option<String> {
    let says = |record: &Record| {
        (record.status, record.decision.clone(), record.title.clone(), record.checklist.clone(), record.paths.clone())
    };
    match (old, new) {
        (Lookup::Found(was), Lookup::Found(is)) if says(was) == says(is) => None,
        (Lookup::Found(was), Lookup::Found(is)) if was.status != is.status => {
            let word = |record: &Record| format!("{:?}", record.status).to_lowercase();
            Some(format!("which is {} where it was {}", word(is), word(was)))
        }
        (Lookup::Found(was), Lookup::Found(is)) if was.decision != is.decision => {
            Some("which decides something else".to_owned())
        }
        (Lookup::Found(_), Lookup::Found(_)) => Some("which says something else".to_owned()),
        (Lookup::Missing, Lookup::Missing) => None,
        (Lookup::Ambiguous(was), Lookup::Ambiguous(is)) if was.len() == is.len() => None,
        (_, Lookup::Missing) => Some("which is no record any more".to_owned()),
        (_, Lookup::Ambiguous(_)) => Some("which could be several records then".to_owned()),
        (Lookup::Missing | Lookup::Ambiguous(_), Lookup::Found(_)) => Some("which is a record now".to_owned()),
    }
}

/// Files in a few words: `services/search/ (34 files)`, or the one path.
fn what(one: &Move) -> String {
    match (one.count, one.samples.first()) {
        (1, Some(path)) => path.clone(),
        (count, _) if !one.folder.is_empty() => format!("{} ({count} files)", one.folder),
        (count, Some(path)) => format!("{count} files ({path} is the first)"),
        (count, None) => format!("{count} files"),
    }
}

fn or(names: &[String]) -> String {
    listed(names.iter().map(String::as_str).collect())
}

fn all(handles: &[Handle]) -> String {
    if handles.is_empty() { "nobody".to_owned() } else { listed(handles.iter().map(Handle::as_str).collect()) }
}

/// A few names; who lists dozens is told how many.
fn listed(names: Vec<&str>) -> String {
    const MOST: usize = 4;
    let shown = names.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
    if names.len() > MOST { format!("{shown} and {} more", names.len() - MOST) } else { shown }
}

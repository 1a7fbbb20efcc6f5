//! The judgement.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::adr::{Lookup, Record};
use crate::rules::{Enforce, Handle, Level, Mode, RULES_CHANGE, Rule};

use super::ask::{Opening, ask};
use super::authority::{Authority, Seat, authors};
use super::edit;
use super::owners::OwnerMap;
use super::people::{Behind, Crowd};
use super::reach::{Changed, changed, counting, reach};
use super::sign::{lapse, sign};
use super::when::{self, Truth};
use super::{
    AdrRef, Basis, ChecklistItem, Conclusion, Evidence, Facts, FileReview, Finding, FindingState, Input, Note, Review,
    Scope, Slot, SlotState, Verdict,
};

/// Judges one change.
///
/// Deterministic: any order of files, acts and people gives the same review. Handles whose members the judgement would need
/// are listed in [`Review::wants`]; with those resolved in [`super::People`] the second judgement is final.
pub fn judge(input: Input<'_>) -> Review {
    let Input { basis, facts, acts, people, asking, edited, now } = input;
    let owners = OwnerMap::new(basis);
    let crowd = Crowd::new(people, &owners);
    // Locked rules are judged by the organisation's words alone, where there are others.
    let their_owners = OwnerMap::of_locked(basis);
    let their_crowd = their_owners.as_ref().map(|owners| Crowd::new(people, owners));
    let mut notes = Vec::new();
    let ground = Ground::new(basis, facts, &owners, &crowd, &mut notes);
    let their_ground = their_owners
        .as_ref()
        .zip(their_crowd.as_ref())
        .map(|(owners, crowd)| Ground::new(basis, facts, owners, crowd, &mut notes));
    let locked = their_ground.as_ref().unwrap_or(&ground);

    let authors = authors(facts);
    let mut findings = Vec::new();
    let mut openings = Vec::new();
    let signing = |seat: &mut Seat, rule: &str, ground: &Ground<'_>, openings: &mut Vec<Opening>| {
        let Ground { owners, crowd, .. } = ground;
        sign(seat, acts, &authors, facts.author.as_deref(), crowd);
        lapse(seat, rule, acts, &authors, crowd);
        if !facts.draft {
            let never = &owners.rules().reviewers.never;
            openings.extend(Opening::of(seat, acts, &authors, asking, crowd, never));
        }
    };
    for rule in basis.rules.rules.iter().filter(|rule| rule.enforce > Enforce::None) {
        let ground = if rule.locked { locked } else { &ground };
        let Ground { owners, crowd, changed, .. } = ground;
        let asked = ground.asked(facts);
        let keys = rule.later();
        if !keys.is_empty() {
            notes.push(Note::RuleSkipped { rule: rule.id.clone(), keys });
            continue;
        }
        let enforce = rule.enforce.min(ground.ceiling);
        let answer = asked.of(&rule.when, false);
        if answer.truth == Truth::No {
            continue;
        }
        // What cannot be told counts as holding; but on a command line there may be no author or pull request to tell it of.
        if answer.truth == Truth::CannotTell
            && let Some(why) = asked.without(&rule.when)
        {
            notes.push(Note::NotJudged { rule: rule.id.clone(), why });
            continue;
        }
        let today = now.date_naive();
        let files: BTreeMap<usize, Option<String>> =
            answer.files.into_iter().filter(|(index, _)| !is_allowed(rule, &changed[*index], today)).collect();
        if files.is_empty() {
            continue;
        }
        let evidence_files: Vec<&Changed<'_>> = files.keys().map(|index| &changed[*index]).collect();
        let in_earnest = enforce == Enforce::Review;
        let authority = Authority { facts, owners, crowd, in_earnest };
        let mut seats = authority.slots(rule, &evidence_files);
        if in_earnest {
            for seat in &mut seats {
                signing(seat, &rule.id, ground, &mut openings);
            }
        }
        let mut slots: Vec<Slot> = seats.into_iter().map(|seat| seat.slot).collect();
        if in_earnest {
            notes.extend(slots.iter().flat_map(|slot| unresolvable(&rule.id, slot, crowd)));
        }
        slots.sort_by(|one, other| slot_order(one).cmp(&slot_order(other)));
        let cannot_tell = answer.truth == Truth::CannotTell;
        let unsure = cannot_tell && files.values().all(Option::is_none);
        let evidence = files
            .iter()
            .map(|(index, why)| Evidence {
                path: changed[*index].file.path.clone(),
                line: None,
                detail: why.clone().or_else(|| unsure.then(|| unsure_because(rule))),
                instead: None,
            })
            .collect();
        let signed = in_earnest && !slots.is_empty() && slots.iter().all(|slot| slot.state.is_signed());
        let adrs: Vec<AdrRef> = rule.adrs.iter().map(|name| adr_ref(basis, name)).collect();
        findings.push(Finding {
            rule: rule.id.clone(),
            enforce,
            checklist: checklist(basis, rule, &evidence_files, &adrs, &slots, |level| {
                authority.addressees(level, &evidence_files)
            }),
            slots,
            adrs,
            evidence,
            why: rule.why.clone(),
            cannot_tell,
            state: if signed { FindingState::Signed } else { FindingState::Open },
        });
    }
    match edited.map(|edited| (edited, &edited.after)) {
        None => {}
        Some((_, Err(broken))) => findings.push(edit::broken(broken)),
        Some((edited, Ok(after))) => {
            let enforce = edit_ceiling(basis.rules.mode, after.rules.mode);
            let edit = edit::edit(basis, edited, facts);
            let in_earnest = enforce == Enforce::Review;
            let authority = Authority { facts, owners: &owners, crowd: &crowd, in_earnest };
            let paths: BTreeSet<String> = edited.files.iter().cloned().collect();
            let touches = |one: &&Changed<'_>| one.touches.iter().any(|touch| paths.contains(&touch.path));
            let files: Vec<&Changed<'_>> = ground.changed.iter().filter(touches).collect();
            let signers = edit::Signing { basis, owners: &owners, crowd: &crowd, authority: &authority, paths: &paths };
            let mut parts = signers.parts(&edit.losses, &files);
            if in_earnest {
                parts.iter_mut().for_each(|part| signing(&mut part.seat, RULES_CHANGE, &ground, &mut openings));
            }
            parts.sort_by(|one, other| slot_order(&one.seat.slot).cmp(&slot_order(&other.seat.slot)));
            // Where nobody has a say that could be lost, there is something to read at most.
            let enforce = if parts.is_empty() { enforce.min(Enforce::Advise) } else { enforce };
            if !parts.is_empty() || !edited.flaws.is_empty() {
                let parts = parts.into_iter().map(|part| (part.seat.slot, part.losses)).collect();
                findings.push(edit::found(edited, &edit, parts, enforce));
            }
        }
    }
    findings.sort_by_key(|finding| !holds(finding));
    notes.sort();
    notes.dedup();

    let verdict = verdict(&findings);
    // What the organisation locks is judged all the same.
    let skipped = ground.skipped && findings.iter().all(|finding| finding.enforce <= Enforce::Shadow);
    let conclusion = conclusion(&findings, &notes, skipped);
    let (files, services, teams, domains) = overview(&ground.changed, ground.owners);
    let most = usize::try_from(basis.rules.reviewers.storm_teams).unwrap_or(usize::MAX);
    let storm = teams.len() > most && !openings.is_empty();
    let (reviewers, not_asked) = ask(&openings, &authors, asking, storm);
    let scope = ground.scope;
    drop((ground, their_ground));
    let wants = std::iter::once(crowd).chain(their_crowd).flat_map(Crowd::wants).collect();
    Review {
        scope,
        verdict,
        conclusion,
        services,
        teams,
        domains,
        files,
        findings,
        reviewers,
        not_asked,
        storm,
        notes,
        skipped,
        mode: basis.rules.mode,
        wants,
    }
}

/// What rules are judged on: whose words count, and what the change is by them.
struct Ground<'a> {
    owners: &'a OwnerMap<'a>,
    crowd: &'a Crowd<'a>,
    changed: Vec<Changed<'a>>,
    counting: BTreeSet<usize>,
    scope: Scope,
    /// Whether `skip` holds.
    skipped: bool,
    /// The most that a rule may do.
    ceiling: Enforce,
}

impl<'a> Ground<'a> {
    fn new(
        basis: &Basis,
        facts: &'a Facts,
        owners: &'a OwnerMap<'a>,
        crowd: &'a Crowd<'a>,
        notes: &mut Vec<Note>,
    ) -> Self {
        let changed = changed(basis, owners, facts);
        let counting = counting(&changed);
        let scope = reach(owners, changed.iter().flat_map(|one| &one.touches), true);
        let mut ground = Self { owners, crowd, changed, counting, scope, skipped: false, ceiling: Enforce::Block };
        if let Some(skip) = &owners.rules().skip {
            // A key of it that cannot be judged means that it does not hold.
            let keys = skip.later();
            if keys.is_empty() {
                ground.skipped = ground.asked(facts).of(skip, true).truth == Truth::Yes;
            } else {
                notes.push(Note::RuleSkipped { rule: "skip".to_owned(), keys });
            }
        }
        ground.ceiling = match owners.rules().mode {
            _ if ground.skipped => Enforce::Shadow,
            Mode::Shadow => Enforce::Shadow,
            Mode::Advise => Enforce::Advise,
            Mode::On => Enforce::Block,
        };
        ground
    }

    fn asked(&'a self, facts: &'a Facts) -> when::Asked<'a> {
        let Self { owners, crowd, changed, counting, scope, .. } = self;
        when::Asked { facts, changed, counting, scope: *scope, owners, crowd }
    }
}

/// What the built-in finding of an edit may do. `mode: advise` and `skip` are about what rules ask of changes, and do not decide who
/// may change the rules; in shadow nobody has a say yet, so that nobody loses one, until an edit ends it
/// (docs/adr/0009-who-signs-an-edit-of-the-rules.md).
fn edit_ceiling(before: Mode, after: Mode) -> Enforce {
    if before == Mode::Shadow && after == Mode::Shadow { Enforce::Shadow } else { Enforce::Review }
}

/// An exception covers a file when it covers every path that the file touches and has not ended; its last day counts.
fn is_allowed(rule: &Rule, one: &Changed<'_>, today: NaiveDate) -> bool {
    let in_force = |until: Option<NaiveDate>| until.is_none_or(|last| today <= last);
    one.touches
        .iter()
        .all(|touch| rule.allow.iter().any(|allow| in_force(allow.until) && allow.paths.matches(&touch.path)))
}

fn unsure_because(rule: &Rule) -> String {
    if rule.when.size.is_some() {
        "how many lines change could not be told".to_owned()
    } else {
        "whether the rule holds could not be told, so it counts as holding".to_owned()
    }
}

/// Nearest level first; a list of names last.
fn slot_order(slot: &Slot) -> (bool, Option<Level>, Option<&str>, &[Handle]) {
    (slot.level.is_none(), slot.level, slot.of.as_deref(), &slot.from)
}

/// Handles of a slot that do not exist, beside others that do: the slot can be signed, and the rules are wrong all the same.
fn unresolvable<'a>(rule: &'a str, slot: &'a Slot, crowd: &'a Crowd<'_>) -> impl Iterator<Item = Note> + 'a {
    let told = matches!(slot.state, SlotState::Unresolvable { .. });
    slot.from.iter().filter(move |_| !told).filter_map(move |handle| match crowd.behind(handle) {
        Behind::Unresolvable(why) => {
            Some(Note::Configuration { message: format!("rule {rule} asks {handle} to sign: {why}") })
        }
        _ => None,
    })
}

/// The record of this name: of the repository, else of its organisation.
fn adr_ref(basis: &Basis, name: &str) -> AdrRef {
    let nothing = AdrRef {
        id: name.to_owned(),
        title: None,
        path: None,
        repository: None,
        status: None,
        decision: None,
        superseded_by: Vec::new(),
        candidates: Vec::new(),
    };
    let of_lookup = |found: Lookup<'_>, repository: Option<&String>| match found {
        Lookup::Found(record) => Some(AdrRef {
            id: record.id.clone(),
            title: Some(record.title.clone()),
            path: Some(record.path.clone()),
            repository: repository.cloned(),
            status: Some(record.status),
            decision: record.decision.clone(),
            superseded_by: record.superseded_by.clone(),
            candidates: Vec::new(),
        }),
        Lookup::Missing => None,
        Lookup::Ambiguous(records) => Some(AdrRef {
            repository: repository.cloned(),
            candidates: records.into_iter().map(|record| record.path.clone()).collect(),
            ..nothing.clone()
        }),
    };
    let own = of_lookup(basis.adrs.lookup(name), None);
    let theirs = || {
        let organisation = basis.organisation.as_ref()?;
        of_lookup(organisation.adrs.lookup(name), Some(&organisation.repository))
    };
    own.or_else(theirs).unwrap_or(nothing)
}

/// The record that is referred to.
fn record<'b>(basis: &'b Basis, adr: &AdrRef) -> Option<&'b Record> {
    let index = match (&adr.repository, &basis.organisation) {
        (None, _) => &basis.adrs,
        (Some(_), Some(organisation)) => &organisation.adrs,
        (Some(_), None) => return None,
    };
    index.at(adr.path.as_deref()?)
}

/// The rule's own items, those of the tiers that its files are of, then those of its records; each text once.
fn checklist(
    basis: &Basis,
    rule: &Rule,
    files: &[&Changed<'_>],
    adrs: &[AdrRef],
    slots: &[Slot],
    of_level: impl Fn(Level) -> Vec<Handle>,
) -> Vec<ChecklistItem> {
    let mut signers: Vec<Handle> = Vec::new();
    for handle in slots.iter().flat_map(|slot| &slot.from) {
        if !signers.contains(handle) {
            signers.push(handle.clone());
        }
    }
    let tiers: BTreeSet<&str> =
        files.iter().flat_map(|one| &one.touches).filter_map(|touch| touch.owned.tier.as_deref()).collect();
    let of_tiers = tiers.into_iter().filter_map(|tier| basis.rules.tiers.get(tier)).flatten();
    let own = rule.checklist.iter().chain(of_tiers).map(|item| ChecklistItem {
        text: item.text.clone(),
        addressee: item.by.map(&of_level).filter(|handles| !handles.is_empty()).unwrap_or_else(|| signers.clone()),
        adr: None,
    });
    let records = adrs.iter().filter_map(|adr| record(basis, adr));
    let theirs = records.flat_map(|record| {
        record.checklist.iter().map(|text| ChecklistItem {
            text: text.clone(),
            addressee: signers.clone(),
            adr: Some(record.id.clone()),
        })
    });
    let mut seen = BTreeSet::new();
    own.chain(theirs).filter(|item| seen.insert(item.text.clone())).collect()
}

/// Whether a finding keeps the check from passing.
fn holds(finding: &Finding) -> bool {
    finding.enforce >= Enforce::Review && finding.state == FindingState::Open
}

fn verdict(findings: &[Finding]) -> Verdict {
    findings
        .iter()
        .map(|finding| match (finding.enforce, finding.state) {
            (Enforce::Block, FindingState::Open) => Verdict::Blocked,
            (Enforce::Review, FindingState::Open) => Verdict::SignOff,
            (Enforce::Advise, _) => Verdict::Advise,
            _ => Verdict::Pass,
        })
        .max()
        .unwrap_or(Verdict::Pass)
}

/// The precedence of DESIGN, "What the pull request shows".
fn conclusion(findings: &[Finding], notes: &[Note], skipped: bool) -> Conclusion {
    let failing = |finding: &Finding| {
        let hopeless = |slot: &Slot| matches!(slot.state, SlotState::Nobody | SlotState::Unresolvable { .. });
        finding.enforce == Enforce::Block || finding.slots.iter().any(hopeless)
    };
    let holding = || findings.iter().filter(|finding| holds(finding));
    if notes.iter().any(|note| matches!(note, Note::Configuration { .. })) || holding().any(failing) {
        return Conclusion::Failure;
    }
    if holding().next().is_some() {
        return Conclusion::ActionRequired;
    }
    let unsigned = findings.iter().any(|finding| finding.state == FindingState::Open);
    if unsigned || skipped || !notes.is_empty() { Conclusion::Neutral } else { Conclusion::Success }
}

type Overview = (Vec<FileReview>, Vec<String>, Vec<String>, Vec<String>);

fn overview(changed: &[Changed<'_>], owners: &OwnerMap<'_>) -> Overview {
    let mut services = BTreeSet::new();
    let mut teams = BTreeSet::new();
    let mut domains = BTreeSet::new();
    let mut files = Vec::new();
    for one in changed {
        let mut of_file: Vec<String> = Vec::new();
        for touch in &one.touches {
            services.extend(touch.owned.service.clone());
            for team in &touch.owned.teams {
                domains.extend(owners.domain(team).map(str::to_owned));
                teams.insert(team.clone());
                if !of_file.contains(team) {
                    of_file.push(team.clone());
                }
            }
        }
        files.push(FileReview {
            path: one.file.path.clone(),
            previous_path: one.file.previous_path.clone(),
            status: one.file.status,
            service: one.touches.first().and_then(|touch| touch.owned.service.clone()),
            teams: of_file,
            counts: one.counts(),
        });
    }
    let sorted = |set: BTreeSet<String>| set.into_iter().collect();
    (files, sorted(services), sorted(teams), sorted(domains))
}

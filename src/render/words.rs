//! What a review says, in words: its state, who acts next, what it spans. The same words everywhere.

use std::collections::BTreeMap;

use crate::adr::Status;
use crate::review::{
    AdrRef, Conclusion, Evidence, FileReview, Finding, FindingState, Note, Review, Scope, Slot, SlotState, Verdict,
};
use crate::rules::{Enforce, Handle, Level, Mode, RULES_PATH};

use super::Context;
use super::phrase::Phrase;

/// The most characters of a heading: GitHub shows no more of a check's title in its list.
pub(super) const LONGEST_TITLE: usize = 140;
/// The most characters of a name in a sentence.
const NAME: usize = 60;
/// The heading while something could not be asked for.
pub(super) const NOT_YET: &str = "Cannot be judged yet";
/// Stands for a team that outsiders must not learn of.
const UNSEEN: &str = "a team that you cannot see";

/// A review and what is known besides it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Voice<'a> {
    /// The review.
    pub(super) review: &'a Review,
    /// What it refers to.
    pub(super) context: &'a Context,
}

/// The state of a review: the first that applies, in the order in which the check's conclusion is decided.
#[derive(Debug, Clone)]
pub(super) enum State<'a> {
    /// Something at the base has to be mended before anything else.
    Configuration,
    /// The change has to be changed.
    Blocked(Vec<&'a Finding>),
    /// The rules name nobody who could sign.
    Nobody(&'a Finding),
    /// Somebody of an authority requests changes.
    ChangesRequested(&'a str, &'a Slot),
    /// Something could not be asked for.
    Unknown(&'a str),
    /// Somebody has to sign.
    Waiting(Vec<&'a Slot>),
    /// `skip` holds.
    Skipped,
    /// Everything that was asked for is signed.
    Signed(Vec<&'a Slot>),
    /// There is something to read.
    Advice(Vec<&'a Finding>),
    /// Rules matched in shadow.
    Shadow(Vec<&'a Finding>),
    /// Nothing to say.
    Quiet,
}

/// Changed files that belong together: those of a service, or of the same owners where there is no service.
#[derive(Debug, Clone)]
pub(super) struct Group<'a> {
    /// The service.
    pub(super) service: Option<&'a str>,
    /// Names of the owning teams, sorted.
    pub(super) teams: Vec<&'a str>,
    /// Whether any of the teams owns all of the files (else each owns some).
    pub(super) jointly: bool,
    /// The files.
    pub(super) files: Vec<&'a FileReview>,
}

/// Whether a finding is shown on the pull request.
pub(super) fn is_shown(finding: &Finding) -> bool {
    finding.enforce >= Enforce::Advise
}

/// Whether a finding holds the check until it is settled.
pub(super) fn gates(finding: &Finding) -> bool {
    finding.enforce >= Enforce::Review
}

/// Whether a finding holds the check now.
pub(super) fn holds(finding: &Finding) -> bool {
    gates(finding) && finding.state == FindingState::Open
}

/// The name of a level as the rules write it.
pub(super) fn level(level: Option<Level>) -> &'static str {
    match level {
        Some(Level::Team) => "team",
        Some(Level::Lead) => "lead",
        Some(Level::Domain) => "domain",
        Some(Level::Organization) => "organization",
        None => "named",
    }
}

/// The name of what follows from a rule, as the rules write it.
pub(super) fn enforce(enforce: Enforce) -> &'static str {
    match enforce {
        Enforce::None => "none",
        Enforce::Shadow => "shadow",
        Enforce::Advise => "advise",
        Enforce::Review => "review",
        Enforce::Block => "block",
    }
}

/// The name of a scope as the Contract writes it.
pub(super) fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::None => "none",
        Scope::Team => "team",
        Scope::Domain => "domain",
        Scope::Organization => "organization",
    }
}

/// A record's name: `ADR-0007` for an id that begins with a digit, any other as it stands.
pub(super) fn adr_id(id: &str) -> Phrase {
    if id.starts_with(|c: char| c.is_ascii_digit()) {
        Phrase::fill("ADR-{}", [Phrase::theirs(id, NAME)])
    } else {
        Phrase::theirs(id, NAME)
    }
}

/// A record's name and title: `ADR-0007 Ledger keeps its books`.
pub(super) fn adr_name(adr: &AdrRef) -> Phrase {
    match &adr.title {
        Some(title) => Phrase::fill("{} {}", [adr_id(&adr.id), Phrase::theirs(title, 120)]),
        None => adr_id(&adr.id),
    }
}

/// What has to be said of a record's state; nothing of one that is in force.
pub(super) fn adr_flag(adr: &AdrRef) -> Option<&'static str> {
    match adr.status {
        Some(Status::Proposed) => Some("proposed, not decided yet"),
        Some(Status::Rejected) => Some("rejected: this was decided against"),
        Some(Status::Deprecated) => Some("deprecated: no longer in force, with no successor"),
        Some(Status::Superseded) => Some("superseded"),
        Some(Status::Accepted | Status::Unknown) | None => None,
    }
}

/// Places that a rule matched at: `3 files`, or `2 files` for five lines of two files.
pub(super) fn places(finding: &Finding) -> Phrase {
    let mut paths: Vec<&str> = finding.evidence.iter().map(|evidence| evidence.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    Phrase::count(paths.len(), "file", "files")
}

/// A path, with its line where there is one: `settle.go:14`.
pub(super) fn place(evidence: &Evidence, most: usize) -> Phrase {
    match evidence.line {
        Some(line) => Phrase::code(&format!("{}:{line}", evidence.path), most),
        None => Phrase::code(&evidence.path, most),
    }
}

impl<'a> Voice<'a> {
    /// Whether a finding matched nothing but every file that counts, as a crossing does: then its places need no list.
    pub(super) fn is_everywhere(&self, finding: &Finding) -> bool {
        let bare = |one: &Evidence| one.line.is_none() && one.detail.is_none() && one.instead.is_none();
        let mut files: Vec<&str> = self.review.files.iter().filter(|f| f.counts).map(|f| f.path.as_str()).collect();
        let mut evidence: Vec<&str> = finding.evidence.iter().map(|one| one.path.as_str()).collect();
        files.sort_unstable();
        evidence.sort_unstable();
        files.len() > 3 && finding.evidence.iter().all(bare) && files == evidence
    }

    /// Whether outsiders must not learn of this team.
    fn is_hidden(&self, handle: &Handle) -> bool {
        self.context.hidden.contains(handle)
    }

    /// Somebody who signs: the short name, without `@`.
    pub(super) fn handle(&self, handle: &Handle, most: usize) -> Phrase {
        if self.is_hidden(handle) { Phrase::ours(UNSEEN) } else { Phrase::name(handle.short(), most) }
    }

    /// A team by its name in the rules, or as CODEOWNERS writes it.
    pub(super) fn team(&self, name: &str) -> Phrase {
        self.team_as(name, Phrase::theirs)
    }

    fn team_as(&self, name: &str, say: fn(&str, usize) -> Phrase) -> Phrase {
        let handle = Handle::new(name);
        let hidden = |team: &Handle| *team == handle || team.short().eq_ignore_ascii_case(name);
        if self.context.hidden.iter().any(hidden) {
            return Phrase::ours(UNSEEN);
        }
        say(if name.starts_with('@') { handle.short() } else { name }, NAME)
    }

    /// Any of these: `payments or ledger`.
    fn any_of(&self, handles: &[Handle], names: usize, most: usize) -> Phrase {
        Phrase::list(handles.iter().map(|handle| self.handle(handle, most)), "or", names)
    }

    /// The findings that are shown.
    pub(super) fn shown(&self) -> Vec<&'a Finding> {
        self.review.findings.iter().filter(|finding| is_shown(finding)).collect()
    }

    /// The findings that are recorded and not shown.
    pub(super) fn shadow(&self) -> Vec<&'a Finding> {
        self.review.findings.iter().filter(|finding| finding.enforce == Enforce::Shadow).collect()
    }

    /// What is wrong at the base, each in a sentence.
    fn configuration(&self) -> Vec<Phrase> {
        let mut errors: Vec<Phrase> = Vec::new();
        for note in &self.review.notes {
            if let Note::Configuration { message } = note {
                let message = Phrase::theirs(message.trim_end_matches('.'), 300);
                // Words of ours in front: `1.` at the start of a line would be a list.
                errors.push(Phrase::fill("In the rules: {}", [message]));
            }
        }
        // Advice holds nothing, so who would give it need not exist, unless the judgement says that it must.
        let failed = self.review.conclusion == Conclusion::Failure;
        for finding in self.shown() {
            if finding.state == FindingState::Signed || !(gates(finding) || failed) {
                continue;
            }
            for slot in &finding.slots {
                if let SlotState::Unresolvable { why } = &slot.state {
                    let error = Phrase::fill(
                        "{} cannot be found, and rule {} needs it ({})",
                        [self.any_of(&slot.from, 3, NAME), Phrase::code(&finding.rule, NAME), Phrase::theirs(why, 200)],
                    );
                    if !errors.contains(&error) {
                        errors.push(error);
                    }
                }
            }
        }
        errors
    }

    /// Where the review stands.
    pub(super) fn state(&self) -> State<'a> {
        let review = self.review;
        if !self.configuration().is_empty() {
            return State::Configuration;
        }
        if review.skipped {
            return State::Skipped;
        }
        let shown = self.shown();
        let open: Vec<&Finding> = shown.iter().copied().filter(|finding| holds(finding)).collect();
        let blocking: Vec<&Finding> = open.iter().copied().filter(|f| f.enforce == Enforce::Block).collect();
        if !blocking.is_empty() {
            return State::Blocked(blocking);
        }
        let nobody = |finding: &&Finding| finding.slots.iter().any(|slot| slot.state == SlotState::Nobody);
        if let Some(finding) = open.iter().copied().find(nobody) {
            return State::Nobody(finding);
        }
        let slots = || open.iter().flat_map(|finding| &finding.slots);
        let changes = |slot: &'a Slot| match &slot.state {
            SlotState::ChangesRequested { by } => Some(State::ChangesRequested(by, slot)),
            _ => None,
        };
        if let Some(state) = slots().find_map(changes) {
            return state;
        }
        let unknown = |slot: &'a Slot| match &slot.state {
            SlotState::Unknown { why } => Some(State::Unknown(why)),
            _ => None,
        };
        if let Some(state) = slots().find_map(unknown) {
            return state;
        }
        if !open.is_empty() {
            let mut waiting: Vec<&Slot> = Vec::new();
            for slot in slots().filter(|slot| !slot.state.is_signed()) {
                if !waiting.iter().any(|known| known.from == slot.from) {
                    waiting.push(slot);
                }
            }
            return State::Waiting(waiting);
        }
        let signed: Vec<&Slot> = shown.iter().filter(|f| gates(f)).flat_map(|f| &f.slots).collect();
        if !signed.is_empty() {
            return State::Signed(signed);
        }
        if !shown.is_empty() {
            return State::Advice(shown);
        }
        let shadow = self.shadow();
        if !shadow.is_empty() && review.mode == Mode::Shadow {
            return State::Shadow(shadow);
        }
        State::Quiet
    }

    /// The state and who acts next: the comment's heading and the check's title, at most [`LONGEST_TITLE`] characters.
    pub(super) fn heading(&self) -> Phrase {
        // Fewer and shorter names until it fits; the last always does.
        for (names, most) in [(3, 60), (3, 36), (2, 36), (1, 36)] {
            let heading = self.heading_of(names, most);
            if heading.plain().chars().count() <= LONGEST_TITLE {
                return heading;
            }
        }
        self.heading_of(1, 24)
    }

    fn heading_of(&self, names: usize, most: usize) -> Phrase {
        match self.state() {
            State::Configuration => match self.review.notes.iter().find_map(|note| match note {
                Note::Configuration { message } => Some(message),
                _ => None,
            }) {
                Some(message) => Phrase::fill(
                    "Configuration error: {}",
                    [Phrase::theirs(message.trim_end_matches('.'), LONGEST_TITLE - 24)],
                ),
                None => {
                    let unresolved = self.unresolved();
                    Phrase::fill(
                        "Configuration error: {} cannot be found",
                        [Phrase::list(unresolved.into_iter().map(|h| self.handle(h, most)), "and", names)],
                    )
                }
            },
            State::Blocked(findings) => match findings.as_slice() {
                [finding] => {
                    let place = match finding.evidence.as_slice() {
                        [one] => place(one, most + 12),
                        _ => places(finding),
                    };
                    Phrase::fill("Blocked: rule {} matches {}", [Phrase::name(&finding.rule, most), place])
                }
                many => Phrase::fill("Blocked: rules {} match", [self.rules(many, names, most)]),
            },
            State::Nobody(finding) => {
                Phrase::fill("Nobody can sign: the rules name no one for {}", [Phrase::name(&finding.rule, most)])
            }
            State::ChangesRequested(by, slot) => {
                Phrase::fill("Changes requested by {}", [self.signer(by, &[slot], names, most)])
            }
            State::Unknown(_) => Phrase::ours(NOT_YET),
            State::Waiting(slots) => {
                let whom = self.authorities(&slots, names, most);
                if self.context.draft {
                    Phrase::fill("Draft: {} will be asked when it is ready", [whom])
                } else {
                    Phrase::fill("Waiting for {}", [whom])
                }
            }
            State::Skipped => Phrase::ours("Nothing holds this: the rules skip it"),
            State::Signed(slots) => self.signed(&slots, names, most),
            State::Advice(findings) => {
                Phrase::fill("Nothing holds this: advice on {}", [self.rules(&findings, names, most)])
            }
            State::Shadow(findings) => {
                let slots: Vec<&Slot> = findings.iter().flat_map(|finding| &finding.slots).collect();
                let slots: Vec<&Slot> = distinct(slots.into_iter().filter(|slot| !slot.from.is_empty()));
                if slots.is_empty() {
                    Phrase::fill("In shadow: {} matched", [self.rules(&findings, names, most)])
                } else {
                    Phrase::fill("In shadow: would have asked {}", [self.authorities(&slots, names, most)])
                }
            }
            State::Quiet => self.quiet(),
        }
    }

    /// The heading where nothing was asked for; it says why the check is not green where it is not.
    fn quiet(&self) -> Phrase {
        let heading = match (self.review.verdict, self.review.scope) {
            // The judgement knows of something that no finding tells: say no less than it does.
            (Verdict::Blocked, _) => "Blocked",
            (Verdict::SignOff, _) => "Waiting for a sign-off",
            (_, Scope::Team) => "One team: nothing to sign",
            (_, Scope::None) => "No file with an owner: nothing to sign",
            _ if self.review.findings.is_empty() => "No rule matched: nothing to sign",
            _ => "Nothing to sign",
        };
        let not_judged = match self.notes().len() {
            0 => Phrase::default(),
            notes => Phrase::fill("{} not judged", [Phrase::count(notes, "rule", "rules")]),
        };
        Phrase::join([Phrase::ours(heading), not_judged], "; ")
    }

    /// The rules of these findings: `crossing and internals`.
    fn rules(&self, findings: &[&Finding], names: usize, most: usize) -> Phrase {
        let mut ids: Vec<&str> = Vec::new();
        for finding in findings {
            if !ids.contains(&finding.rule.as_str()) {
                ids.push(&finding.rule);
            }
        }
        Phrase::list(ids.into_iter().map(|id| Phrase::name(id, most)), "and", names)
    }

    /// Whoever cannot be resolved, each once.
    fn unresolved(&self) -> Vec<&'a Handle> {
        let mut handles: Vec<&Handle> = Vec::new();
        for slot in self.shown().into_iter().flat_map(|finding| &finding.slots) {
            if matches!(slot.state, SlotState::Unresolvable { .. }) {
                for handle in &slot.from {
                    if !handles.contains(&handle) {
                        handles.push(handle);
                    }
                }
            }
        }
        handles
    }

    /// Several authorities: `payments and ledger`; `payments or ledger, and sre`.
    pub(super) fn authorities(&self, slots: &[&Slot], names: usize, most: usize) -> Phrase {
        let slots = distinct(slots.iter().copied());
        match slots.as_slice() {
            [] => Phrase::ours("a sign-off"),
            [slot] => self.any_of(&slot.from, names, most),
            many if many.iter().all(|slot| slot.from.len() == 1) => {
                Phrase::list(many.iter().map(|slot| self.any_of(&slot.from, 1, most)), "and", names)
            }
            many => {
                let shown = many.len().min(names);
                let mut parts: Vec<Phrase> =
                    many.iter().take(shown).map(|slot| self.any_of(&slot.from, 2, most)).collect();
                if many.len() > shown {
                    parts.push(Phrase::fill("{} more", [Phrase::number(many.len() - shown)]));
                }
                Phrase::join(parts, ", and ")
            }
        }
    }

    /// Who signed, and for whom: `ada (commerce-architects)`.
    fn signer(&self, by: &str, slots: &[&Slot], names: usize, most: usize) -> Phrase {
        let mut whom: Vec<&Handle> = Vec::new();
        for slot in slots {
            if let Some(handle) = slot.from.first()
                && !slot.from.iter().any(|handle| handle.is_user(by))
                && !whom.contains(&handle)
            {
                whom.push(handle);
            }
        }
        let by = Phrase::name(by, most);
        if whom.is_empty() {
            return by;
        }
        Phrase::fill("{} ({})", [by, Phrase::list(whom.into_iter().map(|h| self.handle(h, most)), "and", names)])
    }

    /// Who signed: `ada (commerce-architects) and tomas (ledger)`.
    pub(super) fn signers(&self, slots: &[&Slot], names: usize, most: usize) -> Option<Phrase> {
        let mut by: Vec<(&str, Vec<&Slot>)> = Vec::new();
        for slot in slots {
            if let SlotState::Signed { by: login, .. } = &slot.state {
                match by.iter_mut().find(|(known, _)| known == login) {
                    Some((_, theirs)) => theirs.push(slot),
                    None => by.push((login, vec![slot])),
                }
            }
        }
        if by.is_empty() {
            return None;
        }
        let inner = if by.len() > 1 { 1 } else { names };
        Some(Phrase::list(by.iter().map(|(login, slots)| self.signer(login, slots, inner, most)), "and", names))
    }

    /// The heading of a change that is signed.
    fn signed(&self, slots: &[&Slot], names: usize, most: usize) -> Phrase {
        match self.signers(slots, names, most) {
            Some(signers) => Phrase::fill("Signed off by {}", [signers]),
            None => {
                let own: Vec<&Slot> = distinct(slots.iter().copied());
                Phrase::fill("Nothing to sign: {} changed their own", [self.authorities(&own, names, most)])
            }
        }
    }

    /// The author's login, for the end of a sentence; an App is not spoken to.
    pub(super) fn author(&self) -> Option<Phrase> {
        let login = self.context.author.as_deref()?;
        (!login.ends_with("[bot]")).then(|| Phrase::theirs(login, 40))
    }

    /// A sentence to the author: `Nothing for you to do, maria.`
    fn nothing_to_do(&self) -> Phrase {
        match self.author() {
            Some(author) => Phrase::fill("Nothing for you to do, {}.", [author]),
            None => Phrase::ours("Nothing for the author to do."),
        }
    }

    /// What the author has to do: `maria, …` or `The author …`.
    fn tell(&self, you: &'static str, they: &'static str) -> Phrase {
        match self.author() {
            Some(author) => Phrase::fill(you, [author]),
            None => Phrase::ours(they),
        }
    }

    /// The changed files by service, then by owners where there is no service; those that nobody owns last.
    pub(super) fn groups(&self) -> Vec<Group<'a>> {
        // Whether nobody owns it comes first, then the service, then the owners where there is no service.
        type Key<'k> = (bool, Option<&'k str>, Vec<&'k str>);
        let mut groups: BTreeMap<Key<'_>, Vec<&FileReview>> = BTreeMap::new();
        for file in &self.review.files {
            let teams: Vec<&str> = file.teams.iter().map(String::as_str).collect();
            let key = match &file.service {
                Some(service) => (false, Some(service.as_str()), Vec::new()),
                None => (teams.is_empty(), None, teams),
            };
            groups.entry(key).or_default().push(file);
        }
        groups
            .into_iter()
            .map(|((_, service, _), files)| {
                let mut teams: Vec<&str> = files.iter().flat_map(|file| &file.teams).map(String::as_str).collect();
                teams.sort_unstable();
                teams.dedup();
                let jointly = files.iter().all(|file| file.teams.len() == teams.len());
                Group { service, teams, jointly, files }
            })
            .collect()
    }

    /// Owners of a group: `payments`, `payments or ledger` (any of them), `payments and ledger` (each some).
    pub(super) fn owners(&self, group: &Group<'_>) -> Phrase {
        self.owners_as(group, Phrase::theirs)
    }

    fn owners_as(&self, group: &Group<'_>, say: fn(&str, usize) -> Phrase) -> Phrase {
        let last = if group.jointly { "or" } else { "and" };
        Phrase::list(group.teams.iter().map(|team| self.team_as(team, say)), last, 3)
    }

    /// Name of a group: its service, else its owners.
    pub(super) fn group_name(&self, group: &Group<'_>) -> Phrase {
        match group.service {
            Some(service) => Phrase::name(service, NAME),
            None if group.teams.is_empty() => Phrase::ours("no owner"),
            None => self.owners_as(group, Phrase::name),
        }
    }

    /// What the change spans: `This change spans checkout (payments, 3 files) and ledger (2 files).`
    pub(super) fn span(&self) -> Phrase {
        let groups = self.groups();
        let counted: Vec<&Group<'_>> = groups.iter().filter(|g| g.files.iter().any(|f| f.counts)).collect();
        let total = Phrase::count(self.review.files.len(), "file", "files");
        let one = |group: &&Group<'_>| {
            let files = Phrase::count(group.files.iter().filter(|f| f.counts).count(), "file", "files");
            if group.service.is_none() || group.teams.is_empty() {
                Phrase::fill("{} ({})", [self.group_name(group), files])
            } else {
                Phrase::fill("{} ({}, {})", [self.group_name(group), self.owners(group), files])
            }
        };
        match counted.as_slice() {
            [] if self.review.files.is_empty() => Phrase::ours("This change touches no file."),
            [] => Phrase::fill("None of the {} of this change counts for its scope.", [total]),
            [group] if self.review.scope <= Scope::Team => Phrase::fill("This change stays inside {}.", [one(group)]),
            [group] => Phrase::fill("This change touches {}.", [one(group)]),
            many if many.len() <= 3 => {
                Phrase::fill("This change spans {}{}.", [Phrase::list(many.iter().map(one), "and", 3), self.reach()])
            }
            many => {
                let names = Phrase::list(many.iter().map(|group| self.group_name(group)), "and", 6);
                let parts = if many.iter().all(|group| group.service.is_some()) { "services" } else { "owners" };
                Phrase::fill(
                    "This change spans {} {} of {}{}: {}.",
                    [
                        Phrase::number(many.len()),
                        Phrase::ours(parts),
                        Phrase::count(self.review.teams.len(), "team", "teams"),
                        self.reach(),
                        names,
                    ],
                )
            }
        }
    }

    /// The change in a few words: `5 files in checkout and ledger`.
    pub(super) fn extent(&self) -> Phrase {
        let groups = self.groups();
        let names = groups.iter().filter(|g| g.files.iter().any(|f| f.counts)).map(|group| self.group_name(group));
        let files = Phrase::count(self.review.files.iter().filter(|file| file.counts).count(), "file", "files");
        Phrase::fill("{} in {}", [files, Phrase::list(names, "and", 3)])
    }

    /// ` in the domains commerce and platform`, where there are several.
    fn reach(&self) -> Phrase {
        let domains = &self.review.domains;
        if domains.len() < 2 {
            return Phrase::default();
        }
        Phrase::fill(
            ", across the domains {}",
            [Phrase::list(domains.iter().map(|domain| Phrase::theirs(domain, NAME)), "and", 3)],
        )
    }

    /// How these sign: `Anyone of commerce-architects signs it by approving.`
    fn how_to_sign(&self, slots: &[&Slot]) -> Phrase {
        match slots {
            [] => Phrase::default(),
            [slot] => {
                let whom = self.any_of(&slot.from, 4, NAME);
                match slot.from.as_slice() {
                    [one] if one.as_user().is_none() => Phrase::fill("Anyone of {} signs by approving.", [whom]),
                    [_] => Phrase::fill("{} signs by approving.", [whom]),
                    _ => Phrase::fill("{} signs by approving; one of them is enough.", [whom]),
                }
            }
            many => Phrase::fill("{} sign by approving, each for its own part.", [self.authorities(many, 4, NAME)]),
        }
    }

    /// Who may waive a blocking finding: those who would sign it, and whoever is above them.
    pub(super) fn waivers(&self, finding: &Finding) -> Option<Phrase> {
        let mut handles: Vec<Handle> = Vec::new();
        let slots = &finding.slots;
        for handle in slots.iter().flat_map(|slot| &slot.from).chain(slots.iter().flat_map(|slot| &slot.above)) {
            if !handles.contains(handle) {
                handles.push(handle.clone());
            }
        }
        (!handles.is_empty()).then(|| self.any_of(&handles, 4, NAME))
    }

    /// The line above what the author can do about a blocking finding.
    pub(super) fn ways_out(&self) -> Phrase {
        self.tell("For {}, one of these clears it", "For the author, one of these clears it")
    }

    /// The paragraph below the heading: what the change spans, who acts, what the author has to do.
    pub(super) fn lead(&self) -> Phrase {
        let state = self.state();
        let span = if matches!(state, State::Signed(_)) { Phrase::default() } else { self.span() };
        let says = match &state {
            State::Configuration => vec![
                Phrase::fill(
                    "Nothing that this change does is the reason: whoever keeps {} mends it at the base, and the check holds until then.",
                    [Phrase::code(RULES_PATH, 120)],
                ),
                self.nothing_to_do(),
            ],
            State::Blocked(_) => {
                let mut says =
                    vec![Phrase::ours("An approval does not clear this, because the change itself is the question.")];
                let others: Vec<&Slot> = self
                    .shown()
                    .into_iter()
                    .filter(|finding| holds(finding) && finding.enforce == Enforce::Review)
                    .flat_map(|finding| &finding.slots)
                    .filter(|slot| slot.state == SlotState::Open)
                    .collect();
                if !others.is_empty() {
                    says.push(Phrase::fill("Besides, {} must sign.", [self.authorities(&others, 4, NAME)]));
                }
                says
            }
            State::Nobody(finding) => vec![
                Phrase::fill(
                    "Rule {} asks for a sign-off, and {} names nobody who could give it, at that level or above. Whoever keeps the file names somebody there at the base; the check holds until then.",
                    [Phrase::code(&finding.rule, NAME), Phrase::code(RULES_PATH, 120)],
                ),
                self.nothing_to_do(),
            ],
            State::ChangesRequested(by, slot) => {
                let again = match slot.from.as_slice() {
                    [only] if only.is_user(by) => {
                        Phrase::fill("It holds until {} or a level above approves.", [Phrase::name(by, NAME)])
                    }
                    _ => Phrase::fill(
                        "It holds until {}, another of {}, or a level above approves.",
                        [Phrase::name(by, NAME), self.any_of(&slot.from, 3, NAME)],
                    ),
                };
                vec![again, self.tell("The next step is yours, {}.", "The next step is the author's.")]
            }
            State::Unknown(why) => vec![Phrase::fill(
                "Something could not be asked for: {}. It is tried again by itself.",
                [Phrase::theirs(why.trim_end_matches('.'), 200)],
            )],
            State::Waiting(_) if self.context.draft => vec![self.tell(
                "Nobody is asked while it is a draft: mark it ready for review when it is, {}.",
                "Nobody is asked while it is a draft.",
            )],
            State::Waiting(slots) => {
                let mut says = vec![self.how_to_sign(slots)];
                if self.context.unaskable.is_empty() {
                    says.push(self.nothing_to_do());
                }
                says
            }
            State::Skipped => {
                vec![Phrase::ours("A `skip` of the rules covers this change: nobody is asked, and nothing is held.")]
            }
            State::Advice(_) => vec![Phrase::ours("What follows is advice: it holds nothing, and nobody is asked.")],
            State::Shadow(_) => vec![Phrase::ours(
                "The rules run in shadow: what they would have done is recorded, nobody is asked, and nothing is held.",
            )],
            State::Signed(_) | State::Quiet => Vec::new(),
        };
        Phrase::join(std::iter::once(span).chain(says), " ")
    }

    /// What is wrong at the base, each in a sentence.
    pub(super) fn errors(&self) -> Vec<Phrase> {
        self.configuration().into_iter().map(|error| Phrase::fill("{}.", [error])).collect()
    }

    /// Who could not be asked, and what to do about it.
    pub(super) fn unaskable(&self) -> Option<Phrase> {
        if self.context.unaskable.is_empty() {
            return None;
        }
        let one = |(handle, why): &(Handle, String)| {
            Phrase::fill("{} ({})", [self.handle(handle, NAME), Phrase::theirs(why.trim_end_matches('.'), 200)])
        };
        let whom = Phrase::list(self.context.unaskable.iter().map(one), "and", 4);
        let todo = self.tell("Please tell them yourself, {}.", "The author tells them.");
        Some(Phrase::fill("Could not be asked: {}. {}", [whom, todo]))
    }

    /// Notes that are no configuration errors, each in a sentence.
    pub(super) fn notes(&self) -> Vec<Phrase> {
        self.review
            .notes
            .iter()
            .filter_map(|note| match note {
                Note::RuleSkipped { rule, keys } => Some(Phrase::fill(
                    "Rule {} was skipped: this version does not judge {} yet.",
                    [Phrase::code(rule, NAME), Phrase::list(keys.iter().map(|key| Phrase::code(key, NAME)), "and", 5)],
                )),
                Note::NotJudged { rule, why } => Some(Phrase::fill(
                    "Rule {} was not judged in full: {}.",
                    [Phrase::code(rule, NAME), Phrase::theirs(why.trim_end_matches('.'), 200)],
                )),
                Note::Configuration { .. } => None,
            })
            .collect()
    }

    /// Where one slot stands: `signed by tomas`.
    pub(super) fn slot_state(&self, finding: &Finding, slot: &Slot) -> Phrase {
        match &slot.state {
            SlotState::Open if finding.enforce == Enforce::Block => Phrase::ours("may waive it"),
            SlotState::Open if !gates(finding) => Phrase::ours("not asked"),
            SlotState::Open => Phrase::ours("has not signed yet"),
            SlotState::AuthorsOwn => Phrase::ours("signed, being the author's own"),
            SlotState::Signed { by, .. } => Phrase::fill("signed by {}", [Phrase::name(by, NAME)]),
            SlotState::ChangesRequested { by } => Phrase::fill("changes requested by {}", [Phrase::name(by, NAME)]),
            SlotState::Nobody => Phrase::ours("nobody who could sign"),
            SlotState::Unresolvable { why } => {
                Phrase::fill("cannot be found ({})", [Phrase::theirs(why.trim_end_matches('.'), 200)])
            }
            SlotState::Unknown { why } => {
                Phrase::fill("not known yet ({})", [Phrase::theirs(why.trim_end_matches('.'), 200)])
            }
        }
    }

    /// Who signs in this slot: `commerce-architects`, or for whom where the rules name nobody.
    pub(super) fn slot_name(&self, slot: &Slot) -> Phrase {
        if slot.from.is_empty() {
            return match &slot.of {
                Some(of) => self.team(of),
                None => Phrase::fill("the {} level", [Phrase::ours(level(slot.level))]),
            };
        }
        self.any_of(&slot.from, 3, NAME)
    }

    /// In a few words what a finding waits for.
    pub(super) fn finding_state(&self, finding: &Finding) -> Phrase {
        let slots: Vec<&Slot> = finding.slots.iter().collect();
        let open: Vec<&Slot> = slots.iter().copied().filter(|slot| !slot.state.is_signed()).collect();
        match (finding.enforce, finding.state) {
            (_, FindingState::Signed) if gates(finding) => match self.signers(&slots, 3, NAME) {
                Some(signers) => Phrase::fill("signed by {}", [signers]),
                None => Phrase::ours("signed, being the author's own"),
            },
            (Enforce::Block, _) => Phrase::ours("blocks"),
            (Enforce::Review, _) if open.iter().any(|slot| slot.state == SlotState::Nobody) => {
                Phrase::ours("nobody can sign")
            }
            (Enforce::Review, _) if open.iter().any(|slot| matches!(slot.state, SlotState::Unresolvable { .. })) => {
                Phrase::ours("cannot be signed before the rules are mended")
            }
            (Enforce::Review, _) => Phrase::fill("waits for {}", [self.authorities(&open, 3, NAME)]),
            (Enforce::Advise, _) => Phrase::ours("advice"),
            (Enforce::Shadow | Enforce::None, _) if open.iter().all(|slot| slot.from.is_empty()) => {
                Phrase::ours("would have asked nobody")
            }
            (Enforce::Shadow | Enforce::None, _) => {
                Phrase::fill("would have asked {}", [self.authorities(&open, 3, NAME)])
            }
        }
    }
}

/// Slots of different authorities.
fn distinct<'s>(slots: impl IntoIterator<Item = &'s Slot>) -> Vec<&'s Slot> {
    let mut known: Vec<&Slot> = Vec::new();
    for slot in slots {
        if !known.iter().any(|other| other.from == slot.from) {
            known.push(slot);
        }
    }
    known
}

//! The judgement on small changes, each told in the rules language.

mod asking;
mod lasting;
mod layers;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeZone, Utc};

use super::*;
use crate::adr::Index;
use crate::ownership::Codeowners;
use crate::rules::{Enforce, Handle, Level, parse};

/// Two domains of two teams, as in DESIGN section 2.
pub(super) const SHOP: &str = r#"
version: 1
organization: { architects: [acme/architecture-council] }
domains:
  commerce: { teams: [payments, ledger], architects: [acme/commerce-architects] }
  platform: { teams: [identity, sre], architects: [acme/platform-architects] }
teams:
  payments: { leads: [maria] }
  ledger: { leads: [tomas] }
services:
  checkout: { team: payments, tier: critical, paths: [/services/checkout/] }
  ledger: { team: ledger, paths: [/services/ledger/] }
  login: { team: identity, paths: [/services/login/] }
  proto: { team: [payments, ledger], paths: [/proto/] }
  root: { team: sre, paths: ["/*", /.github/], shared: true }
"#;

/// A judgement in the making.
#[derive(Clone)]
pub(super) struct Case {
    text: String,
    pub basis: Basis,
    pub facts: Facts,
    pub acts: Vec<Act>,
    pub people: People,
    pub asking: Asking,
    pub edited: Option<Edited>,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rules = self.text.split("rules:\n").last().unwrap_or_default();
        let files: Vec<String> = self.facts.files.iter().map(|file| format!("{file:?}")).collect();
        let (acts, people) = (&self.acts, &self.people.known);
        write!(f, "{rules}\nby {:?}\n{}\n{acts:?}\n{people:?}", self.facts.author, files.join("\n"))
    }
}

impl Case {
    /// SHOP with these rules, judged for a change by somebody of no team.
    pub fn shop(rules: &str) -> Self {
        Self::of(&format!("{SHOP}rules:\n{rules}"))
    }

    pub fn of(text: &str) -> Self {
        let rules = parse(text.as_bytes()).unwrap_or_else(|problems| panic!("{problems:#?}")).rules;
        let basis = Basis {
            commit: "b".repeat(40),
            owner: Some("acme".to_owned()),
            rules,
            rules_from: RulesFrom::File(crate::rules::RULES_PATH.to_owned()),
            rules_digest: String::new(),
            organisation: None,
            codeowners: None,
            attributes: Attributes::default(),
            adrs: Index::default(),
            says: String::new(),
        };
        let mut facts = Facts::of_files(Vec::new());
        facts.author = Some("stranger".to_owned());
        facts.committers = Committers::Known(vec!["stranger".to_owned()]);
        facts.base = Some("main".to_owned());
        facts.title = Some("A change".to_owned());
        facts.labels = Some(Vec::new());
        let mut case = Self {
            text: text.to_owned(),
            basis,
            facts,
            acts: Vec::new(),
            people: People::default(),
            asking: Asking::default(),
            edited: None,
        };
        for (team, members) in [
            ("payments", &["maria", "pavel"][..]),
            ("ledger", &["tomas", "lena"]),
            ("identity", &["ines"]),
            ("sre", &["otto"]),
            ("commerce-architects", &["ada"]),
            ("platform-architects", &["grace"]),
            ("architecture-council", &["edsger"]),
        ] {
            case = case.members(team, members);
        }
        case
    }

    /// With one more rule, as it stands below `rules:`.
    pub fn with_rule(mut self, rule: &str) -> Self {
        self.text.push_str(rule);
        self.basis.rules = parse(self.text.as_bytes()).unwrap_or_else(|problems| panic!("{problems:#?}")).rules;
        self
    }

    pub fn members(mut self, team: &str, members: &[&str]) -> Self {
        let members = members.iter().map(|login| (*login).to_owned()).collect();
        self.people.known.insert(Handle::team("acme", team), Membership::Members(members));
        self
    }

    pub fn known(mut self, team: &str, membership: Membership) -> Self {
        self.people.known.insert(Handle::team("acme", team), membership);
        self
    }

    pub fn by(mut self, author: &str) -> Self {
        self.facts.author = Some(author.to_owned());
        self.facts.committers = Committers::Known(vec![author.to_owned()]);
        self
    }

    pub fn codeowners(mut self, text: &str) -> Self {
        self.basis.codeowners = Some(Codeowners::parse("CODEOWNERS", text.as_bytes()));
        self
    }

    pub fn files(mut self, paths: &[&str]) -> Self {
        for path in paths {
            let mut file = File::new(path, FileStatus::Modified);
            (file.additions, file.deletions) = (Some(1), Some(1));
            (file.head_blob, file.base_blob) = (Some(format!("head of {path}")), Some(format!("base of {path}")));
            self.facts.files.push(file);
        }
        self
    }

    pub fn renamed(mut self, from: &str, to: &str) -> Self {
        let mut file = File::new(to, FileStatus::Renamed);
        file.previous_path = Some(from.to_owned());
        self.facts.files.push(file);
        self
    }

    pub fn said(mut self, login: &str, kind: ActKind) -> Self {
        let review_id = self.acts.len() as u64 + 1;
        self.acts.push(Act::new(review_id, login, kind));
        self
    }

    /// The judgement, with every person whom it wants to know of being somebody who may sign, unless the case says otherwise.
    pub fn judge(&self) -> Review {
        let mut people = self.people.clone();
        loop {
            let review = self.judge_with(&people);
            let users: Vec<Handle> = review.wants.iter().filter(|one| one.as_user().is_some()).cloned().collect();
            if users.is_empty() {
                return review;
            }
            for user in users {
                let login = user.short().to_lowercase();
                people.known.insert(user, Membership::Members([login].into()));
            }
        }
    }

    /// The judgement with these people.
    pub fn judge_with(&self, people: &People) -> Review {
        judge(Input {
            basis: &self.basis,
            facts: &self.facts,
            acts: &self.acts,
            people,
            asking: &self.asking,
            edited: self.edited.as_ref(),
            now: day(2026, 11, 23),
        })
    }
}

fn day(year: i32, month: u32, day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(year, month, day, 12, 0, 0).unwrap()
}

/// `level of from [paths] state`, a line a slot.
pub(super) fn slots(review: &Review) -> Vec<String> {
    review
        .findings
        .iter()
        .flat_map(|finding| &finding.slots)
        .map(|slot| {
            let level = slot.level.map_or("named".to_owned(), |level| format!("{level:?}").to_lowercase());
            let from: Vec<&str> = slot.from.iter().map(Handle::short).collect();
            let state = match &slot.state {
                SlotState::Open => "open".to_owned(),
                SlotState::AuthorsOwn => "author's own".to_owned(),
                SlotState::Signed { by, .. } => format!("signed by {by}"),
                SlotState::ChangesRequested { by, changed: false } => format!("changes requested by {by}"),
                SlotState::ChangesRequested { by, .. } => format!("changes requested by {by}, changed since"),
                SlotState::Nobody => "nobody".to_owned(),
                SlotState::Unresolvable { .. } => "unresolvable".to_owned(),
                SlotState::Unknown { .. } => "unknown".to_owned(),
            };
            format!("{level} {}: {state}", from.join("|"))
        })
        .collect()
}

pub(super) fn asked(review: &Review) -> Vec<&str> {
    review.reviewers.teams.iter().chain(&review.reviewers.users).map(Handle::short).collect()
}

fn rules_found(review: &Review) -> Vec<&str> {
    review.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

fn evidence(review: &Review) -> Vec<&str> {
    review.findings.iter().flat_map(|finding| &finding.evidence).map(|evidence| evidence.path.as_str()).collect()
}

const CROSSING: &str = "  - { id: crossing, when: { crosses: team } }\n";

#[test]
fn inside_one_team_is_quiet() {
    let review = Case::shop(CROSSING).files(&["services/checkout/a.go", "services/checkout/b.go"]).judge();
    assert_eq!((review.scope, review.verdict, review.conclusion), (Scope::Team, Verdict::Pass, Conclusion::Success));
    assert_eq!(
        (review.services, review.teams, review.domains),
        (vec!["checkout".to_owned()], vec!["payments".to_owned()], vec!["commerce".to_owned()])
    );
    assert!(review.findings.is_empty() && review.reviewers == Asked::default());
}

#[test]
fn two_teams_of_a_domain_ask_its_architects() {
    let case = Case::shop(CROSSING).files(&["services/checkout/a.go", "services/ledger/b.go"]);
    let review = case.judge();
    assert_eq!(
        (review.scope, review.verdict, review.conclusion),
        (Scope::Domain, Verdict::SignOff, Conclusion::ActionRequired)
    );
    assert_eq!(slots(&review), ["domain commerce-architects: open"]);
    assert_eq!(asked(&review), ["commerce-architects"]);
    let review = case.said("lena", ActKind::Approved).said("ada", ActKind::Approved).judge();
    assert_eq!(slots(&review), ["domain commerce-architects: signed by ada"]);
    assert_eq!((review.verdict, review.conclusion), (Verdict::Pass, Conclusion::Success));
    assert!(asked(&review).is_empty());
}

#[test]
fn two_domains_ask_the_council() {
    let review = Case::shop(CROSSING).files(&["services/checkout/a.go", "services/login/b.go"]).judge();
    assert_eq!(
        (review.scope, slots(&review)),
        (Scope::Organization, vec!["organization architecture-council: open".to_owned()])
    );
}

#[test]
fn without_domains_everything_is_one() {
    let review = Case::of("version: 1\norganization: { architects: [acme/architecture-council] }\nrules:\n  - { id: crossing, when: { crosses: team } }\n  - { id: far, when: { crosses: domain } }\n")
        .codeowners("/a/ @acme/one\n/b/ @acme/two\n")
        .files(&["a/x", "b/x"])
        .judge();
    assert_eq!((review.scope, rules_found(&review)), (Scope::Domain, vec!["crossing"]));
    assert_eq!(slots(&review), ["organization architecture-council: open"]);
}

#[test]
fn a_team_in_no_domain_beside_another_is_organization() {
    let review = Case::shop(CROSSING).codeowners("/web/ @acme/web\n").files(&["web/x", "services/ledger/x"]).judge();
    assert_eq!(review.scope, Scope::Organization);
    assert_eq!(review.teams, ["@acme/web", "ledger"]);
}

#[test]
fn co_owned_files_are_no_crossing() {
    let review = Case::shop(CROSSING).files(&["proto/a.proto", "services/ledger/b.go"]).judge();
    assert_eq!(review.scope, Scope::Team);
    let owners = "/a/ @acme/one @acme/two\n/b/ @acme/two @acme/three\n/c/ @acme/three @acme/one\n";
    let case = |paths: &[&str]| Case::of("version: 1\nrules: []\n").codeowners(owners).files(paths).judge().scope;
    assert_eq!(case(&["a/x", "b/x"]), Scope::Team);
    // Each two share an owner, and no one owns all three.
    assert_eq!(case(&["a/x", "b/x", "c/x"]), Scope::Domain);
}

#[test]
fn shared_services_make_no_crossing() {
    let review = Case::shop(CROSSING).files(&["README.md", "services/checkout/a.go"]).judge();
    assert_eq!(review.scope, Scope::Team);
    assert_eq!(Case::shop(CROSSING).files(&["README.md"]).judge().scope, Scope::Team);
}

#[test]
fn lock_files_and_unowned_files_do_not_count() {
    let lock = Case::shop(CROSSING).files(&["services/ledger/Cargo.lock", "services/checkout/a.go"]).judge();
    assert_eq!(lock.scope, Scope::Team);
    let unowned =
        Case::shop("  - { id: u, when: { unowned: true } }\n").files(&["web/x", "services/checkout/a"]).judge();
    assert_eq!((unowned.scope, evidence(&unowned)), (Scope::Team, vec!["web/x"]));
    // Nobody owns it, so the council signs.
    assert_eq!(slots(&unowned), ["organization architecture-council: open"]);
    assert_eq!(Case::shop(CROSSING).files(&["web/x"]).judge().scope, Scope::None);
}

#[test]
fn a_generated_file_is_one_that_the_base_calls_so() {
    let mut case = Case::shop(CROSSING).files(&["services/ledger/gen.go", "services/checkout/a.go"]);
    assert_eq!(case.judge().scope, Scope::Domain);
    case.facts.files[0].generated_at_base = Some(true);
    assert_eq!(case.judge().scope, Scope::Team);
    // A new file has no base version to say so.
    case.facts.files[0].status = FileStatus::Added;
    assert_eq!(case.judge().scope, Scope::Domain);
    case.basis.attributes = Attributes::parse(b"gen.go linguist-generated\n");
    assert_eq!(case.judge().scope, Scope::Team);
}

#[test]
fn a_renamed_file_counts_for_its_old_path() {
    let review = Case::shop(CROSSING).renamed("services/ledger/a.go", "services/checkout/a.go").judge();
    assert_eq!(review.scope, Scope::Domain);
    assert_eq!(review.files[0].teams, ["payments", "ledger"]);
    // The base calls the old one generated; the new path is nobody's word but the head's.
    let mut moved =
        Case::shop(CROSSING).renamed("services/ledger/a.go", "services/checkout/a.go").files(&["services/ledger/b.go"]);
    moved.facts.files[0].generated_at_base = Some(true);
    assert_eq!(moved.judge().scope, Scope::Domain);
}

#[test]
fn the_author_signs_for_the_own_team() {
    let rules = "  - { id: contract, when: { paths: [\"**/*.proto\"] }, sign_off: team }\n";
    let files = ["services/checkout/a.proto", "services/ledger/b.proto"];
    let review = Case::shop(rules).by("pavel").files(&files).judge();
    assert_eq!(slots(&review), ["team ledger: open", "team payments: author's own"]);
    assert_eq!(asked(&review), ["ledger"]);
    let review = Case::shop(rules).by("pavel").files(&files[..1]).judge();
    assert_eq!((review.verdict, review.conclusion), (Verdict::Pass, Conclusion::Success));
}

#[test]
fn joint_owners_are_asked_once_and_the_fewest() {
    let rules = "  - { id: contract, when: { paths: [\"**/*.proto\"] }, sign_off: team }\n";
    let review = Case::shop(rules).files(&["proto/a.proto", "services/ledger/b.proto"]).judge();
    // Ledger signs for its own anyway, so nobody else is asked about what both own.
    assert_eq!(slots(&review), ["team ledger: open"]);
    let review = Case::shop(rules).files(&["proto/a.proto"]).judge();
    assert_eq!((slots(&review), asked(&review).len()), (vec!["team payments|ledger: open".to_owned()], 1));
}

#[test]
fn who_names_nobody_is_signed_for_by_the_next_level() {
    let lead = "  - { id: r, when: { paths: [\"services/\"] }, sign_off: lead }\n";
    let review = Case::shop(lead).files(&["services/login/a.go", "services/ledger/a.go"]).judge();
    assert_eq!(slots(&review), ["lead tomas: open", "domain platform-architects: open"]);
    let nobody = Case::of("version: 1\nservices: { a: { team: one, paths: [/a/] } }\nrules:\n  - { id: r, when: { paths: [/a/] }, sign_off: domain }\n")
        .files(&["a/x"])
        .judge();
    assert_eq!(
        (slots(&nobody), nobody.conclusion, nobody.verdict),
        (vec!["organization : nobody".to_owned()], Conclusion::Failure, Verdict::SignOff)
    );
}

#[test]
fn an_author_is_never_the_reason_why_nothing_can_pass() {
    let lead = "  - { id: r, when: { paths: [\"services/\"] }, sign_off: lead }\n";
    // The team's only lead is the author: her own team is hers, so the domain signs.
    let own = Case::shop(lead).by("maria").files(&["services/checkout/a.go"]).judge();
    assert_eq!(slots(&own), ["domain commerce-architects: open"]);
    // The domain's only architect is the author: the other owning teams sign in her place.
    let crossing = Case::shop(CROSSING).by("ada").files(&["services/checkout/a.go", "services/ledger/b.go"]);
    assert_eq!(slots(&crossing.judge()), ["team ledger: open", "team payments: open"]);
    // Everybody named is the author: any lead.
    let all = Case::shop(CROSSING)
        .members("architecture-council", &["edsger"])
        .members("payments", &["edsger"])
        .members("identity", &["edsger"])
        .by("edsger")
        .files(&["services/checkout/a.go", "services/login/b.go"])
        .judge();
    assert_eq!(slots(&all), ["lead tomas|maria: open"]);
}

#[test]
fn authors_do_not_sign() {
    let mut case = Case::shop(CROSSING)
        .files(&["services/checkout/a.go", "services/ledger/b.go"])
        .members("commerce-architects", &["ada", "bob"]);
    case.facts.committers = Committers::Known(vec!["ADA".to_owned()]);
    let review = case.said("ada", ActKind::Approved).judge();
    assert_eq!(slots(&review), ["domain commerce-architects: open"]);
}

#[test]
fn a_forged_committer_moves_authority_up_and_nowhere_else() {
    let files = ["services/checkout/a.go", "services/ledger/b.go"];
    // The only architect is named as the author of a commit: she cannot sign, and whoever is above her may, as before.
    let mut forged = Case::shop(CROSSING).by("pavel").files(&files);
    forged.facts.committers = Committers::Known(vec!["pavel".to_owned(), "ada".to_owned()]);
    let forged = forged.said("lena", ActKind::Approved).said("ada", ActKind::Approved);
    assert_eq!(slots(&forged.judge()), ["organization architecture-council: open"]);
    // A commit of nobody's does not let those sign who are known to have committed.
    let mut partly = Case::shop(CROSSING).by("pavel").files(&files);
    partly.facts.committers = Committers::Partly(vec!["ada".to_owned()]);
    assert_eq!(slots(&partly.said("ada", ActKind::Approved).judge()), ["organization architecture-council: open"]);
}

#[test]
fn who_pushes_onto_anothers_pull_request_has_a_hand_in_it() {
    let own = |rule: &str, change: &dyn Fn(&mut Facts)| {
        let mut case = Case::shop(rule).by("pavel").files(&["services/checkout/a.go"]);
        change(&mut case.facts);
        case.judge()
    };
    let team = "  - { id: r, when: { paths: [services/] }, sign_off: team }\n";
    let foreign = "  - { id: r, when: { foreign: true }, sign_off: team }\n";
    let pushed = |facts: &mut Facts| facts.pushers = vec!["stranger".to_owned()];
    let committed = |facts: &mut Facts| facts.committers = Committers::Known(vec!["stranger".to_owned()]);
    let mates = |facts: &mut Facts| facts.pushers = vec!["maria".to_owned()];
    assert_eq!(slots(&own(team, &mates)), ["team payments: author's own"]);
    assert_eq!(slots(&own(team, &pushed)), ["team payments: open"]);
    assert_eq!(slots(&own(team, &committed)), ["team payments: open"]);
    assert!(own(foreign, &mates).findings.is_empty());
    assert_eq!(slots(&own(foreign, &pushed)), ["team payments: open"]);
    assert_eq!(slots(&own(foreign, &committed)), ["team payments: open"]);
}

#[test]
fn a_team_without_members_signs_nothing_and_moves_nothing() {
    let files = ["services/checkout/a.go", "services/ledger/b.go"];
    let empty = Case::shop(CROSSING).members("commerce-architects", &[]).files(&files).said("lena", ActKind::Approved);
    let review = empty.judge();
    assert_eq!(slots(&review), ["domain commerce-architects: unresolvable"]);
    assert_eq!(review.conclusion, Conclusion::Failure);
}

#[test]
fn a_higher_level_covers_a_lower_one() {
    let rules = "  - { id: r, when: { paths: [\"services/\"] }, sign_off: team }\n";
    for signer in ["lena", "tomas", "ada", "edsger"] {
        let review = Case::shop(rules).files(&["services/ledger/a.go"]).said(signer, ActKind::Approved).judge();
        assert_eq!(slots(&review), [format!("team ledger: signed by {signer}")]);
    }
    for other in ["maria", "grace", "stranger"] {
        let review = Case::shop(rules).files(&["services/ledger/a.go"]).said(other, ActKind::Approved).judge();
        assert_eq!(slots(&review), ["team ledger: open"], "{other} signed");
    }
}

#[test]
fn changes_requested_hold_until_answered_by_equal_or_higher() {
    let case = |acts: &[(&str, ActKind)]| {
        let rules = "  - { id: r, when: { paths: [\"services/\"] }, sign_off: team }\n";
        let start = Case::shop(rules).files(&["services/ledger/a.go"]);
        let review = acts.iter().fold(start, |case, (login, kind)| case.said(login, *kind)).judge();
        slots(&review).join(", ")
    };
    use ActKind::{Approved, ChangesRequested, Dismissed};
    assert_eq!(case(&[("lena", Approved), ("tomas", ChangesRequested)]), "team ledger: changes requested by tomas");
    assert_eq!(case(&[("lena", ChangesRequested), ("lena", Approved)]), "team ledger: signed by lena");
    assert_eq!(case(&[("lena", ChangesRequested), ("tomas", Approved)]), "team ledger: signed by tomas");
    // An architect's hold is not lifted from below.
    assert_eq!(case(&[("ada", ChangesRequested), ("lena", Approved)]), "team ledger: changes requested by ada");
    assert_eq!(case(&[("ada", ChangesRequested), ("edsger", Approved)]), "team ledger: signed by edsger");
    // Whoever has no say here holds nothing.
    assert_eq!(case(&[("grace", ChangesRequested), ("lena", Approved)]), "team ledger: signed by lena");
    // Nobody told what was dismissed, nor by whom.
    assert_eq!(case(&[("lena", Approved), ("lena", Dismissed)]), "team ledger: changes requested by lena");
}

#[test]
fn apps_sign_only_where_named() {
    let named = "  - { id: r, when: { paths: [\"services/\"] }, sign_off: [\"@checker[bot]\", payments] }\n";
    let mut case = Case::shop(named).files(&["services/ledger/a.go"]).said("checker[bot]", ActKind::Approved);
    case.acts[0].bot = true;
    assert!(slots(&case.judge())[0].ends_with("signed by checker[bot]"));
    let mut other = Case::shop(CROSSING)
        .members("commerce-architects", &["ada", "checker[bot]"])
        .files(&["services/ledger/a.go", "services/checkout/a.go"])
        .said("checker[bot]", ActKind::Approved);
    other.acts[0].bot = true;
    assert_eq!(slots(&other.judge()), ["domain commerce-architects: open"]);
}

#[test]
fn a_lead_decides_what_the_rules_leave_to_the_team() {
    let judged = |files: &[&str]| {
        let rules = "  - { id: api-contract, when: { paths: [\"**/*.proto\"] }, sign_off: domain }\n";
        let mut case = Case::shop(rules).files(files);
        case.basis.rules.teams.get_mut("ledger").unwrap().decides = Some(vec!["api-contract".to_owned()]);
        slots(&case.judge())
    };
    assert_eq!(judged(&["services/ledger/a.proto"]), ["lead tomas: open"]);
    assert_eq!(judged(&["services/checkout/a.proto"]), ["domain commerce-architects: open"]);
    // Beyond the own services it is the level that the rule names.
    let both = judged(&["services/checkout/a.proto", "services/ledger/a.proto"]);
    assert_eq!(both, ["domain commerce-architects: open"]);
}

#[test]
fn block_holds_whatever_is_approved_and_asks_nobody() {
    let rules = "  - { id: r, when: { paths: [\"services/\"] }, enforce: block, sign_off: team }\n";
    let review = Case::shop(rules).files(&["services/ledger/a.go"]).said("lena", ActKind::Approved).judge();
    assert_eq!((review.verdict, review.conclusion), (Verdict::Blocked, Conclusion::Failure));
    assert_eq!((slots(&review), asked(&review).len()), (vec!["team ledger: open".to_owned()], 0));
}

#[test]
fn advice_holds_nothing_and_mode_is_a_ceiling() {
    let advise = "  - { id: r, when: { paths: [\"services/\"] }, enforce: advise }\n";
    let review = Case::shop(advise).files(&["services/ledger/a.go"]).judge();
    assert_eq!((review.verdict, review.conclusion, asked(&review).len()), (Verdict::Advise, Conclusion::Neutral, 0));
    let files = ["services/ledger/a.go", "services/checkout/a.go"];
    let shadow = Case::of(&format!("{SHOP}mode: shadow\nrules:\n{CROSSING}")).files(&files).judge();
    assert_eq!((shadow.verdict, shadow.conclusion), (Verdict::Pass, Conclusion::Neutral));
    assert_eq!(shadow.findings[0].enforce, Enforce::Shadow);
    let off = "  - { id: r, when: { paths: [\"services/\"] }, enforce: none }\n";
    assert_eq!(Case::shop(off).files(&files).judge().conclusion, Conclusion::Success);
}

#[test]
fn skip_needs_the_opener_and_every_committer() {
    let text = format!("{SHOP}skip: {{ author: [\"renovate[bot]\"] }}\nrules:\n{CROSSING}");
    let mut case = Case::of(&text).by("renovate[bot]").files(&["services/ledger/a.go", "services/checkout/a.go"]);
    case.facts.author_is_bot = true;
    let review = case.judge();
    assert_eq!((review.skipped, review.verdict, review.conclusion), (true, Verdict::Pass, Conclusion::Neutral));
    case.facts.committers = Committers::Known(vec!["renovate[bot]".to_owned(), "mallory".to_owned()]);
    assert_eq!(case.judge().conclusion, Conclusion::ActionRequired);
    for unsure in [Committers::Unknown, Committers::Partly(vec!["renovate[bot]".to_owned()])] {
        case.facts.committers = unsure;
        assert_eq!(case.judge().conclusion, Conclusion::ActionRequired);
    }
    // The commits say that they are all the App's; whoever pushed them is not.
    case.facts.committers = Committers::Known(vec!["renovate[bot]".to_owned()]);
    case.facts.pushers = vec!["renovate[bot]".to_owned()];
    assert_eq!(case.judge().conclusion, Conclusion::Neutral);
    case.facts.pushers.push("mallory".to_owned());
    assert_eq!(case.judge().conclusion, Conclusion::ActionRequired);
}

#[test]
fn foreign_is_what_no_team_of_the_authors_owns() {
    let rules = "  - { id: r, when: { foreign: true }, sign_off: team }\n";
    let files = ["services/ledger/a.go", "services/checkout/a.go", "proto/a"];
    let review = Case::shop(rules).by("pavel").files(&files).judge();
    assert_eq!(
        (evidence(&review), slots(&review)),
        (vec!["services/ledger/a.go"], vec!["team ledger: open".to_owned()])
    );
    // Not told who is in the team: it counts as holding, says why, and asks to be told.
    let mut untold = Case::shop(rules).by("pavel").files(&files);
    untold.people = People::default();
    let review = untold.judge();
    assert!(review.findings[0].cannot_tell && evidence(&review).len() == 3);
    assert!(review.findings[0].evidence[0].detail.is_some());
    let wanted: BTreeSet<&str> = review.wants.iter().map(Handle::short).collect();
    assert_eq!(wanted, BTreeSet::from(["ledger", "payments"]));
    // Without an author it is not judged, and said so.
    untold.facts.author = None;
    let review = untold.judge();
    assert!(review.findings.is_empty() && matches!(review.notes[0], Note::NotJudged { .. }));
}

#[test]
fn keys_of_files_hold_of_the_same_file() {
    let rules = "  - { id: r, when: { paths: [\"**/*.sql\"], teams: [ledger] }, sign_off: team }\n";
    let apart = Case::shop(rules).files(&["services/ledger/a.go", "services/checkout/a.sql"]).judge();
    assert!(apart.findings.is_empty());
    let same = Case::shop(rules).files(&["services/ledger/a.sql", "services/checkout/a.go"]).judge();
    assert_eq!(evidence(&same), ["services/ledger/a.sql"]);
}

#[test]
fn every_judged_key_holds_and_does_not() {
    let holds = |when: &str, change: &dyn Fn(&mut Case)| {
        let rules = format!("  - {{ id: r, when: {when}, sign_off: [edsger] }}\n");
        let mut case = Case::shop(&rules).files(&["services/checkout/a.go"]);
        change(&mut case);
        !case.judge().findings.is_empty()
    };
    let same = |_: &mut Case| {};
    assert!(holds("{ paths: [\"*.go\"] }", &same) && !holds("{ paths: [\"*.rs\"] }", &same));
    assert!(holds("{ paths: [\"**\", \"!docs/\"] }", &same));
    assert!(!holds("{ paths: [\"**\", \"!services/\"] }", &same));
    assert!(holds("{ services: [check*] }", &same) && !holds("{ services: [ledger] }", &same));
    assert!(holds("{ teams: [payments] }", &same) && !holds("{ teams: [ledger] }", &same));
    assert!(holds("{ teams: [\"@acme/payments\"] }", &same));
    assert!(holds("{ domains: [commerce] }", &same) && !holds("{ domains: [platform] }", &same));
    assert!(holds("{ tiers: [critical] }", &same));
    assert!(holds("{ size: { lines: 1 } }", &same) && !holds("{ size: { lines: 2 } }", &same));
    let two = |case: &mut Case| case.facts.files.push(File::new("web/x", FileStatus::Added));
    assert!(holds("{ size: { files: 1 } }", &two) && !holds("{ size: { files: 1 } }", &same));
    let labelled = |case: &mut Case| case.facts.labels = Some(vec!["Breaking".to_owned()]);
    assert!(holds("{ labels: [breaking] }", &labelled) && !holds("{ labels: [breaking] }", &same));
    assert!(holds("{ base: [main] }", &same) && !holds("{ base: [\"release/*\"] }", &same));
    assert!(holds("{ title: \"^A ch\" }", &same) && !holds("{ title: \"^B\" }", &same));
    assert!(holds("{ author: [strange*] }", &same) && !holds("{ author: [maria] }", &same));
    let edits = |case: &mut Case| case.facts.files.push(File::new(crate::rules::RULES_PATH, FileStatus::Modified));
    assert!(holds("{ rules: true }", &edits) && !holds("{ rules: true }", &same));
    assert!(holds("{ any: [{ paths: [\"*.rs\"] }, { teams: [payments] }] }", &same));
    assert!(!holds("{ all: [{ paths: [\"*.rs\"] }, { teams: [payments] }] }", &same));
    assert!(holds("{ not: { paths: [\"*.rs\"] } }", &same) && !holds("{ not: { paths: [\"*.go\"] } }", &same));
    let unknown_lines = |case: &mut Case| case.facts.files[0].additions = None;
    assert!(holds("{ size: { lines: 100 } }", &unknown_lines));
    assert!(holds("{ not: { size: { lines: 100 } } }", &unknown_lines));
    let more = |case: &mut Case| case.facts.committers = Committers::Unknown;
    assert!(holds("{ not: { author: [stranger] } }", &more) && !holds("{ not: { author: [stranger] } }", &same));
}

#[test]
fn an_exception_ends_after_its_last_day() {
    let rules = |until: &str| {
        format!(
            "  - {{ id: r, when: {{ paths: [services/] }}, sign_off: [edsger], allow: [{{ paths: [services/checkout/], until: {until}, why: x }}] }}\n"
        )
    };
    let files = ["services/checkout/a.go", "services/ledger/a.go"];
    assert_eq!(evidence(&Case::shop(&rules("2026-11-23")).files(&files).judge()), ["services/ledger/a.go"]);
    assert_eq!(evidence(&Case::shop(&rules("2026-11-22")).files(&files).judge()).len(), 2);
    // A file that is moved out of the exception is not covered by it.
    let moved = Case::shop(&rules("2027-01-01")).renamed("services/checkout/a.go", "services/ledger/a.go").judge();
    assert_eq!(evidence(&moved).len(), 1);
}

#[test]
fn a_team_that_does_not_exist_fails_and_an_outage_holds() {
    let files = ["services/checkout/a.go", "services/ledger/b.go"];
    let missing = Case::shop(CROSSING)
        .known("commerce-architects", Membership::Unresolvable("no such team".to_owned()))
        .files(&files)
        .judge();
    assert_eq!(
        (slots(&missing), missing.conclusion),
        (vec!["domain commerce-architects: unresolvable".to_owned()], Conclusion::Failure)
    );
    let outage = Case::shop(CROSSING)
        .known("commerce-architects", Membership::Unknown("502".to_owned()))
        .files(&files)
        .said("ada", ActKind::Approved);
    let review = outage.judge();
    assert_eq!(
        (slots(&review), review.conclusion),
        (vec!["domain commerce-architects: unknown".to_owned()], Conclusion::ActionRequired)
    );
    assert!(asked(&review).is_empty());
}

#[test]
fn drafts_ask_nobody_and_never_is_respected() {
    let files = ["services/checkout/a.go", "services/ledger/b.go"];
    let mut case = Case::shop(CROSSING).files(&files);
    case.facts.draft = true;
    let review = case.judge();
    assert_eq!((asked(&review).len(), review.conclusion), (0, Conclusion::ActionRequired));
    let never = format!("{SHOP}reviewers: {{ never: [acme/commerce-architects] }}\nrules:\n{CROSSING}");
    assert!(asked(&Case::of(&never).files(&files).judge()).is_empty());
}

#[test]
fn a_later_key_skips_its_rule_and_is_named() {
    let rules = "  - { id: wall, when: { imports: internals }, enforce: block }\n";
    let review = Case::shop(rules).files(&["services/checkout/a.go"]).judge();
    assert_eq!((review.verdict, review.conclusion), (Verdict::Pass, Conclusion::Neutral));
    assert_eq!(review.notes, [Note::RuleSkipped { rule: "wall".to_owned(), keys: vec!["imports".to_owned()] }]);
}

#[test]
fn an_approval_is_bound_to_what_it_signed() {
    let mut case = Case::shop(CROSSING).files(&["services/checkout/a.go", "services/ledger/b.go"]);
    let fingerprint = case.judge().findings[0].slots[0].fingerprint.clone();
    case = case.said("ada", ActKind::Approved);
    case.acts[0].signed = Some([fingerprint].into());
    assert_eq!(case.judge().conclusion, Conclusion::Success);
    case.facts.files.push(File::new("README.md", FileStatus::Added));
    assert_eq!(case.judge().conclusion, Conclusion::Success, "a file beside the evidence ended the sign-off");
    case.facts.files[0].head_blob = Some("another".to_owned());
    assert_eq!(case.judge().conclusion, Conclusion::ActionRequired, "a changed file kept the sign-off");
}

#[test]
fn roots_make_services_of_folders() {
    let text = "version: 1\nroots: [services/*/]\nservices: { checkout: { tier: critical } }\nrules: []\n";
    let case = Case::of(text).codeowners("* @acme/all\n/services/checkout/ @acme/payments\n");
    let owners = OwnerMap::new(&case.basis);
    let one = owners.owned("services/checkout/api/a.go");
    assert_eq!((one.service.as_deref(), one.tier.as_deref()), (Some("checkout"), Some("critical")));
    assert_eq!(one.source, Some(Said { file: "CODEOWNERS".to_owned(), line: 2 }));
    assert_eq!(owners.owned("services/new/a.go").service.as_deref(), Some("new"));
    assert_eq!(owners.owned("services/README.md").service, None);
    assert_eq!(owners.owned("services/new").service, None);
}

#[test]
fn the_last_service_that_matches_wins_and_handles_are_matched_without_case() {
    let case = Case::shop("  []\n").codeowners("/web/ @ACME/Ledger\n");
    let owners = OwnerMap::new(&case.basis);
    assert_eq!(owners.owned("web/x").teams, ["ledger"]);
    assert_eq!(owners.owned("services/ledger/x").owners, [Handle::new("@acme/ledger")]);
    let said = owners.owned("services/ledger/x").source.unwrap();
    assert_eq!((said.file.as_str(), said.line), (crate::rules::RULES_PATH, 12));
    assert_eq!(owners.owned("nowhere"), Owned { service: Some("root".to_owned()), ..owners.owned("nowhere") });
    let _ = Level::Team;
}

#[test]
fn what_the_last_service_takes_out_again_falls_to_those_before() {
    let text = "version: 1\nroots: [services/*/]\nservices:\n  a: { team: one, paths: [/x/, /services/new/] }\n  \
                b: { team: two, paths: [\"/x/\", \"!/x/y/\"] }\n  new: { tier: core }\nrules: []\n";
    let case = Case::of(text);
    let owners = OwnerMap::new(&case.basis);
    let service = |path: &str| owners.owned(path).service;
    assert_eq!(service("x/f").as_deref(), Some("b"));
    assert_eq!(service("x/y/f").as_deref(), Some("a"));
    // Later in the file, the folder of its own name wins over the paths of an earlier entry.
    assert_eq!(service("services/new/f").as_deref(), Some("new"));
    assert_eq!(service("z"), None);
}

#[test]
fn what_a_command_line_cannot_know_frees_nothing() {
    let bare = |text: &str| {
        let mut case = Case::of(text).files(&["services/checkout/a.go"]);
        (case.facts.author, case.facts.labels, case.facts.title, case.facts.base) = (None, None, None, None);
        case.judge()
    };
    let rules = |when: &str| bare(&format!("{SHOP}rules:\n  - {{ id: r, when: {when}, enforce: block }}\n"));
    for when in ["{ labels: [x] }", "{ not: { labels: [x] } }", "{ title: x }", "{ base: [main] }", "{ author: [x] }"] {
        let review = rules(when);
        assert!(review.findings.is_empty() && matches!(review.notes[..], [Note::NotJudged { .. }]), "{when}");
    }
    // What holds whoever the author is holds without one.
    let either = rules("{ any: [{ foreign: true }, { paths: [services/] }] }");
    assert_eq!((either.verdict, either.notes.len()), (Verdict::Blocked, 0));
    let skip =
        format!("{SHOP}skip: {{ not: {{ labels: [x] }} }}\nrules:\n  - {{ id: r, when: {{ paths: [services/] }} }}\n");
    assert!(!bare(&skip).skipped);
}

//! Two sets of rules and a few changes, told small.

use std::fmt::Write;

use chrono::{TimeZone, Utc};
use proptest::prelude::*;

use super::*;
use crate::adr::Index;
use crate::ownership::Codeowners;
use crate::review::{Attributes, Committers, File, FileStatus};
use crate::rules::parse;

const TODAY: &str = r#"
version: 1
organization: { architects: [acme/council] }
domains:
  commerce: { teams: [payments, ledger], architects: [acme/commerce-architects] }
services:
  checkout: { team: payments, paths: [/services/checkout/] }
  ledger: { team: ledger, paths: [/services/ledger/] }
rules:
  - { id: crossing, when: { crosses: team } }
  - { id: frozen, when: { paths: [/services/ledger/keys/] }, enforce: block }
"#;

const LISTING: [&str; 7] = [
    "docs/a.md",
    "services/checkout/docs/b.md",
    "services/checkout/main.go",
    "services/ledger/docs/c.md",
    "services/ledger/keys/k.pem",
    "services/ledger/main.go",
    "tool/x",
];

fn basis(text: &str) -> Basis {
    Basis {
        organisation: None,
        commit: "b".repeat(40),
        owner: Some("acme".to_owned()),
        rules: parse(text.as_bytes()).unwrap_or_else(|problems| panic!("{problems:#?}")).rules,
        rules_from: RulesFrom::File(crate::rules::RULES_PATH.to_owned()),
        rules_digest: String::new(),
        codeowners: None,
        attributes: Attributes::default(),
        adrs: Index::default(),
        says: String::new(),
    }
}

fn past(number: u64, paths: &[&str]) -> Past {
    let mut facts = Facts::of_files(paths.iter().map(|path| File::new(path, FileStatus::Modified)).collect());
    facts.author = Some("pavel".to_owned());
    facts.committers = Committers::Known(vec!["pavel".to_owned()]);
    (facts.title, facts.labels, facts.base) = (Some("t".to_owned()), Some(Vec::new()), Some("main".to_owned()));
    Past::new(Change { number: Some(number), title: format!("Change {number}"), ..Change::default() }, facts)
}

fn three() -> Vec<Past> {
    vec![
        past(1, &["services/checkout/main.go"]),
        past(2, &["services/checkout/main.go", "services/ledger/main.go"]),
        past(3, &["services/ledger/keys/k.pem"]),
    ]
}

fn listing() -> Vec<String> {
    LISTING.map(str::to_owned).to_vec()
}

fn replayer(today: &str, candidate: &str) -> Replayer {
    Replayer::new(basis(today), basis(candidate), Utc.timestamp_opt(1_800_000_000, 0).unwrap())
}

fn replay(today: &str, candidate: &str, past: &[Past]) -> Replay {
    let replayer = replayer(today, candidate);
    replayer.sum(past.iter().map(|one| replayer.judge(one)).collect(), Some(&listing()))
}

/// Everything in a few lines.
fn told(replay: &Replay) -> String {
    let mut out = String::new();
    let outcome = |one: &Outcome| {
        let asked: Vec<&str> = one.asked.iter().map(Handle::short).collect();
        let matched: Vec<&str> = one.matched.iter().map(|one| one.rule.as_str()).collect();
        format!("{:?} {matched:?} asks {asked:?}", one.verdict)
    };
    for one in &replay.changes {
        let mark = if one.otherwise() { "*" } else { " " };
        writeln!(out, "{mark}#{} {} -> {}", one.change.number.unwrap(), outcome(&one.before), outcome(&one.after))
            .unwrap();
    }
    let sums = |sums: Sums| {
        let Sums { asked_nobody, quiet, held, blocked, stuck, requests } = sums;
        format!(
            "nobody {asked_nobody}, quiet {quiet}, held {held}, blocked {blocked}, stuck {stuck}, requests {requests}"
        )
    };
    writeln!(out, "before: {}\nafter: {}", sums(replay.before), sums(replay.after)).unwrap();
    for one in &replay.load {
        writeln!(out, "{} {} -> {}", one.of, one.before, one.after).unwrap();
    }
    for one in &replay.rules {
        writeln!(out, "rule {} {} -> {}", one.of, one.before, one.after).unwrap();
    }
    for one in &replay.moves {
        writeln!(out, "{} files {:?} -> {:?} in {:?}: {:?}", one.files, one.from, one.to, one.folder, one.sample)
            .unwrap();
    }
    for one in &replay.dead {
        writeln!(out, "dead {} at line {}", one.rule, one.line).unwrap();
    }
    for one in &replay.spread {
        let Spread { line, pattern, folders, top_level, instead, .. } = one;
        writeln!(out, "line {line}: {pattern} in {folders} folders, {top_level} at the root, {instead:?}").unwrap();
    }
    for (rule, why) in &replay.not_judged {
        writeln!(out, "{rule} is not judged: {why}").unwrap();
    }
    out
}

#[test]
fn the_same_rules_make_no_difference() {
    let same = replay(TODAY, TODAY, &three());
    assert!(!same.makes_a_difference() && !same.as_if_on);
    insta::assert_snapshot!(told(&same), @r#"
     #1 Pass [] asks [] -> Pass [] asks []
     #2 SignOff ["crossing"] asks ["commerce-architects"] -> SignOff ["crossing"] asks ["commerce-architects"]
     #3 Blocked ["frozen"] asks [] -> Blocked ["frozen"] asks []
    before: nobody 2, quiet 1, held 1, blocked 1, stuck 0, requests 1
    after: nobody 2, quiet 1, held 1, blocked 1, stuck 0, requests 1
    @acme/commerce-architects 1 -> 1
    rule crossing 1 -> 1
    rule frozen 1 -> 1
    "#);
}

#[test]
fn a_candidate_is_told_by_what_it_asks_of_whom() {
    let candidate = TODAY
        .replace("team: ledger, paths", "team: payments, paths")
        .replace("enforce: block", "sign_off: lead")
        + "  - { id: docs, when: { paths: [docs/] }, sign_off: [acme/writers] }\n  - { id: gone, when: { paths: [/old/] } }\n";
    insta::assert_snapshot!(told(&replay(TODAY, &candidate, &three())), @r#"
     #1 Pass [] asks [] -> Pass [] asks []
    *#2 SignOff ["crossing"] asks ["commerce-architects"] -> Pass [] asks []
    *#3 Blocked ["frozen"] asks [] -> SignOff ["frozen"] asks ["commerce-architects"]
    before: nobody 2, quiet 1, held 1, blocked 1, stuck 0, requests 1
    after: nobody 2, quiet 2, held 1, blocked 0, stuck 0, requests 1
    @acme/commerce-architects 1 -> 1
    rule crossing 1 -> 0
    rule frozen 1 -> 1
    3 files ["ledger"] -> ["payments"] in "services/ledger/": ["services/ledger/docs/c.md", "services/ledger/keys/k.pem", "services/ledger/main.go"]
    dead crossing at line 10
    dead gone at line 13
    line 12: docs/ in 3 folders, 2 at the root, Some("/docs/")
    "#);
}

#[test]
fn what_a_rule_is_called_makes_no_difference() {
    let renamed = replay(TODAY, &TODAY.replace("id: crossing", "id: spans"), &three());
    assert_eq!(renamed.otherwise().count(), 0);
    assert!(!renamed.makes_a_difference());
}

#[test]
fn a_finding_that_nobody_can_sign_is_said() {
    let headless = TODAY.replace("architects: [acme/commerce-architects]", "architects: []");
    let headless = headless.replace("organization: { architects: [acme/council] }\n", "");
    let replay = replay(TODAY, &headless, &three());
    assert_eq!((replay.before.stuck, replay.after.stuck), (0, 1));
    let changed: Vec<u64> = replay.otherwise().filter_map(|one| one.change.number).collect();
    assert_eq!(changed, [2]);
}

#[test]
fn foreign_ground_is_not_judged_and_what_holds_besides_is() {
    let rule = "  - { id: visitor, when: { any: [{ foreign: true }, { paths: [/tool/] }] } }\n";
    let candidate = format!("{TODAY}{rule}");
    let changes = [past(1, &["services/checkout/main.go"]), past(2, &["tool/x"])];
    let replay = replay(TODAY, &candidate, &changes);
    assert!(replay.changes[0].after.is_quiet());
    assert_eq!(replay.changes[1].after.rules(Enforce::Review).collect::<Vec<_>>(), ["visitor"]);
    assert_eq!(replay.not_judged.keys().collect::<Vec<_>>(), ["visitor"]);
}

#[test]
fn where_there_is_no_pull_request_what_asks_about_one_is_said() {
    let rules = format!("{TODAY}  - {{ id: urgent, when: {{ labels: [urgent] }} }}\nskip: {{ author: [renovate] }}\n");
    let id = Change { commit: Some("c".repeat(40)), ..Change::default() };
    let files = vec![File::new("tool/x", FileStatus::Modified)];
    let replay = replay(&rules, &rules, &[Past::new(id, Facts::of_files(files))]);
    assert_eq!(replay.not_judged.keys().collect::<Vec<_>>(), ["skip", "urgent"]);
    assert!(replay.dead.iter().all(|dead| dead.rule != "urgent"));
}

#[test]
fn a_ceiling_is_lifted_only_where_neither_side_would_ask() {
    let shadow = TODAY.replace("version: 1", "version: 1\nmode: shadow");
    let both = replay(&shadow, &shadow, &three());
    assert!(both.as_if_on);
    assert_eq!(both.after.requests, 1);
    let off = replay(TODAY, &shadow, &three());
    assert!(!off.as_if_on);
    assert_eq!((off.before.requests, off.after.requests), (1, 0));
    // Without a rules file nobody is asked today.
    let mut nothing = basis("version: 1\nmode: shadow\n");
    nothing.rules_from = RulesFrom::Startup;
    nothing.codeowners = Some(Codeowners::parse("CODEOWNERS", b"* @acme/payments\n"));
    let replayer = Replayer::new(nothing, basis(&shadow), Utc.timestamp_opt(0, 0).unwrap());
    let replay = replayer.sum(three().iter().map(|one| replayer.judge(one)).collect(), Some(&listing()));
    assert_eq!((replay.as_if_on, replay.before.requests, replay.after.requests), (true, 0, 1));
}

#[test]
fn without_a_listing_nothing_is_said_of_files() {
    let replayer = replayer(TODAY, &TODAY.replace("/services/ledger/keys/", "keys/"));
    let replay = replayer.sum(Vec::new(), None);
    assert!(replay.dead.is_empty() && replay.moves.is_empty() && replay.spread.is_empty());
}

#[test]
fn a_draft_is_judged_as_if_it_were_ready() {
    let mut facts = three()[1].facts.clone();
    facts.draft = true;
    let draft = Past::new(Change::default(), facts);
    assert_eq!(replayer(TODAY, TODAY).judge(&draft).before.asked.len(), 1);
}

#[test]
fn headers_are_asked_for_only_where_they_matter() {
    let with_blobs = |paths: &[&str]| {
        let mut one = past(1, paths);
        one.facts.files.iter_mut().for_each(|file| file.base_blob = Some(file.path.clone()));
        one
    };
    let replayer = replayer(TODAY, TODAY);
    let inside = with_blobs(&["services/checkout/main.go", "services/checkout/api.go"]);
    assert!(!replayer.needs_headers(&inside, &replayer.judge(&inside)), "it is quiet whatever they say");
    let blocked = with_blobs(&["services/ledger/keys/k.pem"]);
    assert!(
        !replayer.needs_headers(&blocked, &replayer.judge(&blocked))
            || replayer.judge(&blocked).after.scope < Scope::Domain
    );
    let mut spans = with_blobs(&["services/checkout/main.go", "services/ledger/main.go"]);
    assert!(replayer.needs_headers(&spans, &replayer.judge(&spans)));
    spans.tell_headers(|blob| Some(blob.contains("ledger")));
    let judged = replayer.judge(&spans);
    assert!(judged.after.is_quiet() && !replayer.needs_headers(&spans, &judged));
    // What cannot be told stays unknown, and counts.
    let mut unread = with_blobs(&["services/checkout/main.go", "services/ledger/main.go"]);
    unread.tell_headers(|_| None);
    assert!(!replayer.judge(&unread).after.is_quiet());
}

proptest! {
    /// Under the same rules nothing goes otherwise, whatever the changes.
    #[test]
    fn no_edit_no_effect(picks in proptest::collection::vec(proptest::sample::subsequence(LISTING.to_vec(), 0..5), 0..6)) {
        let changes: Vec<Past> = (1..).zip(&picks).map(|(number, paths)| past(number, paths)).collect();
        let same = replay(TODAY, TODAY, &changes);
        prop_assert!(!same.makes_a_difference());
        prop_assert_eq!(same.before, same.after);
        prop_assert!(same.load.iter().all(|one| one.before == one.after));
        // The sums are of the changes.
        prop_assert_eq!(same.load.iter().map(|one| one.after).sum::<usize>(), same.after.requests);
        prop_assert_eq!(same.changes.len(), changes.len());
    }
}

//! What an edit of the rules would have done: in the comment, on a terminal, as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fixtures::{context, file, finding, review, slot, with};
use crate::render::{Context, Preview, TextOptions, comment, has_comment, replay_json, replay_text};
use crate::replay::{Change, Count, Dead, Matched, Move, Outcome, Replay, Replayed, Spread, Sums};
use crate::review::{FindingState, Scope, SlotState, Verdict};
use crate::rules::{Enforce, Handle, Level};

/// How a change goes that these rules hold and these are asked about.
fn outcome(enforce: Enforce, rules: &[&str], asked: &[&str]) -> Outcome {
    let asked: Vec<Handle> = asked.iter().map(|who| Handle::new(who)).collect();
    let matched = |rule: &&str| Matched { rule: (*rule).to_owned(), enforce, signers: vec![asked.clone()] };
    let verdict = match enforce {
        _ if rules.is_empty() => Verdict::Pass,
        Enforce::Block => Verdict::Blocked,
        Enforce::Review => Verdict::SignOff,
        _ => Verdict::Advise,
    };
    Outcome {
        scope: Scope::Domain,
        verdict,
        matched: rules.iter().map(matched).collect(),
        asked: if enforce == Enforce::Review { asked.clone() } else { Vec::new() },
        not_judged: Vec::new(),
    }
}

fn change(number: u64, title: &str, before: Outcome, after: Outcome) -> Replayed {
    let change = Change { number: Some(number), title: title.to_owned(), ..Change::default() };
    Replayed { change, before, after }
}

/// Four changes, three of which go otherwise, and one thing of each kind to look at.
fn replay() -> Replay {
    let quiet = || outcome(Enforce::Review, &[], &[]);
    let held = |rule: &str| outcome(Enforce::Review, &[rule], &["@acme/commerce-architects"]);
    let changes = vec![
        change(389, "Round half up", outcome(Enforce::Block, &["internals"], &["@acme/ledger"]), quiet()),
        change(402, "Book in one step", held("crossing"), quiet()),
        change(407, "Search by price", quiet(), outcome(Enforce::Review, &["search"], &["@acme/catalog", "@ada"])),
        change(411, "Name it", held("crossing"), held("crossing")),
    ];
    let moved = |files, from: &[&str], to: &[&str], folder: &str, sample: &[&str]| Move {
        from: from.iter().map(|name| (*name).to_owned()).collect(),
        to: to.iter().map(|name| (*name).to_owned()).collect(),
        files,
        folder: folder.to_owned(),
        sample: sample.iter().map(|path| (*path).to_owned()).collect(),
    };
    let count = |of: &str, before, after| Count { of: Handle::new(of), before, after };
    Replay {
        before: Sums { asked_nobody: 2, quiet: 1, held: 2, blocked: 1, stuck: 0, requests: 2 },
        after: Sums { asked_nobody: 2, quiet: 2, held: 2, blocked: 0, stuck: 0, requests: 3 },
        load: vec![count("@acme/commerce-architects", 2, 1), count("@acme/catalog", 0, 1), count("@ada", 0, 1)],
        rules: vec![
            Count { of: "crossing".to_owned(), before: 2, after: 1 },
            Count { of: "internals".to_owned(), before: 1, after: 0 },
            Count { of: "search".to_owned(), before: 0, after: 1 },
        ],
        moves: vec![
            moved(34, &["payments"], &["catalog"], "services/search/", &["services/search/a.go"]),
            moved(2, &["payments"], &[], "", &["tools/a.sh", "scripts/b.sh"]),
            moved(1, &[], &["@acme/writers"], "docs/", &["docs/a.md"]),
        ],
        dead: vec![Dead { rule: "old-api".to_owned(), line: 52 }],
        spread: vec![Spread {
            file: ".github/merestone.yml".to_owned(),
            line: 41,
            pattern: "docs/".to_owned(),
            folders: 7,
            top_level: 5,
            sample: vec!["docs/".to_owned(), "services/a/docs/".to_owned()],
            instead: Some("/docs/".to_owned()),
        }],
        not_judged: BTreeMap::from([("visitor".to_owned(), "`foreign` asks who is in which team".to_owned())]),
        as_if_on: false,
        changes,
    }
}

/// What the comment refers to, with this replay.
pub(super) fn edit(replay: Replay) -> Context {
    let preview = Preview { replay: Arc::new(replay), hidden: Vec::new(), not_listed: None };
    Context { preview: Some(preview), ..context() }
}

/// A replay in which every string is one of eight words.
pub(super) fn of_words(word: &dyn Fn(usize) -> String) -> Replay {
    let mut replay = replay();
    let one = replay.changes.remove(0);
    let rule = |outcome: &mut Outcome| outcome.matched.iter_mut().for_each(|one| one.rule = word(0));
    let mut all = vec![one];
    all[0].change.title = word(1);
    rule(&mut all[0].before);
    replay.changes = all;
    replay.load.truncate(1);
    replay.load[0].of = Handle::new(&word(2));
    replay.moves.truncate(1);
    (replay.moves[0].from, replay.moves[0].to) = (vec![word(3)], vec![word(4)]);
    replay.moves[0].folder = format!("a{}/", word(5));
    replay.dead[0].rule = word(6);
    replay.spread[0].pattern = word(7);
    replay.spread[0].instead = Some(format!("/{}", word(7)));
    replay.not_judged = BTreeMap::from([(word(0), word(1))]);
    replay
}

fn waiting() -> crate::review::Review {
    let by = slot(Some(Level::Team), "payments", &["@acme/payments"], &[".github/merestone.yml"]);
    let found = finding("edit", Enforce::Review, vec![by], &[".github/merestone.yml"]);
    with(review(Scope::Team, vec![file(".github/merestone.yml", None, &["payments"])]), vec![found])
}

#[test]
fn the_effect_comes_first_and_who_acts_next_right_behind_it() {
    insta::assert_snapshot!(comment(&waiting(), &edit(replay())), @r#"
    <!-- merestone v1 app=12 pull=34 -->
    ### This edit would have asked for 1 review more in the last 4 pull requests

    **Waiting for payments.** It is judged by today's rules; the figures say what yours would do.

    | last 4 pull requests | today | after |
    |---|---|---|
    | asked nobody | 2 | 2 |
    | waited for commerce-architects | 2 | 1 |
    | waited for catalog | 0 | 1 |
    | waited for ada | 0 | 1 |
    | blocked | 1 | 0 |

    **Look at these**
    - <code>crossing</code> no longer holds [&#35;&#8203;402](https://redirect.github.com/acme/shop/pull/402)
    - <code>internals</code> no longer holds [&#35;&#8203;389](https://redirect.github.com/acme/shop/pull/389)
    - <code>search</code> would hold [&#35;&#8203;407](https://redirect.github.com/acme/shop/pull/407)
    - 34 files go from **payments** to **catalog** (<code>services/search/</code>)
    - 2 files lose their owner **payments** (<code>tools/a.sh</code> and <code>scripts/b.sh</code>)
    - 1 file that nobody owned goes to **writers** (<code>docs/</code>)
    - line 52: <code>old-api</code> matched nothing, and no file there is could make it match
    - line 41: <code>docs/</code> matches in 7 folders; <code>/docs/</code> is the one at the root

    - <code>visitor</code> was not judged: &#96;foreign&#96; asks who is in which team.

    <details><summary>3 pull requests that would have gone otherwise</summary>

    - [&#35;&#8203;389](https://redirect.github.com/acme/shop/pull/389) Round half up: <code>internals</code> no longer holds it
    - [&#35;&#8203;402](https://redirect.github.com/acme/shop/pull/402) Book in one step: <code>crossing</code> no longer holds it; **commerce-architects** not asked
    - [&#35;&#8203;407](https://redirect.github.com/acme/shop/pull/407) Search by price: <code>search</code> holds it; **catalog** and **ada** asked

    </details>

    This change stays inside **payments** (1 file). Anyone of **payments** signs by approving. Nothing for you to do, maria.

    **edit**: matches 1 file.

    In [<code>.github/merestone.yml</code>](https://github.com/acme/shop/blob/9f8e7d6/.github/merestone.yml).

    <details><summary>1 file by owner</summary>

    - **payments**, 1 file in <code>.github/</code>: [<code>merestone.yml</code>](https://github.com/acme/shop/blob/9f8e7d6/.github/merestone.yml)

    </details>

    <sub>Judged by [<code>.github/merestone.yml</code>](https://github.com/acme/shop/blob/4c1d9e2/.github/merestone.yml) at <code>4c1d9e2</code>. A sign-off lasts while the files that it covers stay as they are. Try further edits: `merestone simulate --rules FILE`.</sub>
    "#);
}

#[test]
fn once_signed_it_is_folded_away() {
    let mut signed = waiting();
    signed.findings[0].state = FindingState::Signed;
    signed.findings[0].slots[0].state = SlotState::Signed { by: "maria".to_owned(), review_id: 1 };
    let signed = with(signed.clone(), signed.findings);
    let body = comment(&signed, &edit(replay()));
    assert!(body.contains("### Signed off by maria"), "{body}");
    assert!(
        body.contains("<details><summary>This edit would have asked for 1 review more in the last 4 pull requests"),
        "{body}"
    );
}

#[test]
fn the_heading_says_what_there_is_to_say() {
    let heading = |edit_of: &dyn Fn(&mut Replay)| {
        let mut replay = replay();
        edit_of(&mut replay);
        let nothing = review(Scope::None, Vec::new());
        assert!(!has_comment(&nothing));
        comment(&nothing, &edit(replay)).lines().nth(1).unwrap().to_owned()
    };
    type Case<'a> = (&'a dyn Fn(&mut Replay), &'a str);
    let table: [Case<'_>; 5] = [
        (
            &|one| one.after.requests = 0,
            "### This edit would have asked for 2 fewer reviews in the last 4 pull requests",
        ),
        (&|one| one.after.requests = 2, "### This edit would have made a difference to 3 of the last 4 pull requests"),
        (
            &|one| one.changes.retain(|one| !one.otherwise()),
            "### This edit would have changed nothing in the last pull request",
        ),
        (&|one| one.changes.clear(), "### No file with an owner: nothing to sign"),
        (
            &|one| one.after.requests = 9,
            "### This edit would have asked for 7 more reviews in the last 4 pull requests",
        ),
    ];
    for (edit_of, expected) in table {
        assert_eq!(heading(edit_of), expected);
    }
}

#[test]
fn a_team_that_outsiders_cannot_see_is_not_named() {
    let mut context = edit(replay());
    let hidden = ["@acme/commerce-architects", "@acme/catalog", "@acme/writers"].map(Handle::new).to_vec();
    context.preview.as_mut().unwrap().hidden = hidden;
    let body = comment(&review(Scope::None, Vec::new()), &context);
    for name in ["commerce-architects", "acme/catalog", "writers"] {
        assert!(!body.contains(name), "{name} in {body}");
    }
    assert!(body.contains("waited for a team that you cannot see"), "{body}");
}

#[test]
fn a_long_one_leaves_room_for_who_has_to_sign() {
    let mut long = replay();
    let one = long.changes[0].clone();
    long.changes = (1..=400)
        .map(|number| {
            let mut one = one.clone();
            (one.change.number, one.change.title) = (Some(number), "word ".repeat(80));
            one.before.matched[0].rule = format!("rule{number} {}", "x".repeat(200));
            one
        })
        .collect();
    long.moves = (0..300).map(|n| Move { files: n, ..long.moves[0].clone() }).collect();
    let body = comment(&waiting(), &edit(long));
    assert!(body.len() < 24_000, "{} bytes", body.len());
    assert!(body.contains("400 pull requests that would have gone otherwise"), "{body}");
    assert!(body.contains("**edit**"), "{body}");
}

#[test]
fn other_repositories_are_named_and_linked_as_such() {
    let mut replay = replay();
    replay.changes[0].change.repository = Some("acme/ledger".to_owned());
    let body = comment(&review(Scope::None, Vec::new()), &edit(replay));
    assert!(body.contains("[ledger&#35;&#8203;389](https://redirect.github.com/acme/ledger/pull/389)"), "{body}");
    let elsewhere =
        Context { repository_url: Some("https://ghe.acme.dev/acme/shop".to_owned()), ..edit(self::replay()) };
    let body = comment(&review(Scope::None, Vec::new()), &elsewhere);
    assert!(body.contains("(https://ghe.acme.dev/acme/shop/pull/402)"), "{body}");
}

#[test]
fn a_terminal_shows_sums_then_changes_then_what_to_look_at() {
    let options = TextOptions { width: None, color: false };
    insta::assert_snapshot!(replay_text(&replay(), "4 changes on main", options), @r#"
    4 changes on main

    CHANGES                           TODAY   AFTER
    ask nobody                            2       2
    nothing shown but a green check       1       2
    wait for a sign-off                   2       2
    blocked                               1       0
    requests in all                       2       3

    ASKED                 TODAY   AFTER
    commerce-architects       2       1
    catalog                   0       1
    ada                       0       1

    RULE        TODAY   AFTER
    crossing        2       1
    internals       1       0
    search          0       1

    3 changes would have gone otherwise
      #389  Round half up
        internals no longer holds it
      #402  Book in one step
        crossing no longer holds it; commerce-architects not asked
      #407  Search by price
        search holds it; catalog and ada asked

    Look at these
      34 files go from payments to catalog (services/search/)
      2 files lose their owner payments (tools/a.sh and scripts/b.sh)
      1 file that nobody owned goes to writers (docs/)
      line 52: old-api matched none of these changes, and no file there is could make it match
      line 41: docs/ matches in 7 folders; /docs/ is the one at the root

    note: visitor was not judged: `foreign` asks who is in which team.
    "#);
}

#[test]
fn json_is_one_object_a_line_that_says_what_it_is() {
    let lines: Vec<String> = replay_json(&replay()).iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"after":{"advised":[],"asked":[],"blocked":[],"held":[],"quiet":true,"scope":"domain","stuck":false,"verdict":"pass"},"before":{"advised":[],"asked":[],"blocked":["internals"],"held":[],"quiet":false,"scope":"domain","stuck":false,"verdict":"blocked"},"commit":null,"kind":"change","number":389,"otherwise":true,"title":"Round half up"}
    {"after":{"advised":[],"asked":[],"blocked":[],"held":[],"quiet":true,"scope":"domain","stuck":false,"verdict":"pass"},"before":{"advised":[],"asked":["@acme/commerce-architects"],"blocked":[],"held":["crossing"],"quiet":false,"scope":"domain","stuck":false,"verdict":"sign_off"},"commit":null,"kind":"change","number":402,"otherwise":true,"title":"Book in one step"}
    {"after":{"advised":[],"asked":["@acme/catalog","@ada"],"blocked":[],"held":["search"],"quiet":false,"scope":"domain","stuck":false,"verdict":"sign_off"},"before":{"advised":[],"asked":[],"blocked":[],"held":[],"quiet":true,"scope":"domain","stuck":false,"verdict":"pass"},"commit":null,"kind":"change","number":407,"otherwise":true,"title":"Search by price"}
    {"after":{"advised":[],"asked":["@acme/commerce-architects"],"blocked":[],"held":["crossing"],"quiet":false,"scope":"domain","stuck":false,"verdict":"sign_off"},"before":{"advised":[],"asked":["@acme/commerce-architects"],"blocked":[],"held":["crossing"],"quiet":false,"scope":"domain","stuck":false,"verdict":"sign_off"},"commit":null,"kind":"change","number":411,"otherwise":false,"title":"Name it"}
    {"after":1,"before":2,"kind":"load","who":"@acme/commerce-architects"}
    {"after":1,"before":0,"kind":"load","who":"@acme/catalog"}
    {"after":1,"before":0,"kind":"load","who":"@ada"}
    {"after":1,"before":2,"kind":"rule","rule":"crossing"}
    {"after":0,"before":1,"kind":"rule","rule":"internals"}
    {"after":1,"before":0,"kind":"rule","rule":"search"}
    {"files":34,"folder":"services/search/","from":["payments"],"kind":"moved","sample":["services/search/a.go"],"to":["catalog"]}
    {"files":2,"folder":"","from":["payments"],"kind":"moved","sample":["tools/a.sh","scripts/b.sh"],"to":[]}
    {"files":1,"folder":"docs/","from":[],"kind":"moved","sample":["docs/a.md"],"to":["@acme/writers"]}
    {"kind":"dead","line":52,"rule":"old-api"}
    {"file":".github/merestone.yml","folders":7,"instead":"/docs/","kind":"pattern","line":41,"pattern":"docs/","sample":["docs/","services/a/docs/"],"top_level":5}
    {"kind":"not_judged","rule":"visitor","why":"`foreign` asks who is in which team"}
    {"after":{"asked_nobody":2,"blocked":0,"held":2,"quiet":2,"requests":3,"stuck":0},"as_if_on":false,"before":{"asked_nobody":2,"blocked":1,"held":2,"quiet":1,"requests":2,"stuck":0},"changes":4,"kind":"sum","otherwise":3}
    "#);
}

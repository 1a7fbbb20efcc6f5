//! One small record, or a few, of each family in use.

use super::{index, one};
use crate::adr::{Record, Status};

fn paths(record: &Record) -> Vec<&str> {
    record.superseded_by.iter().map(String::as_str).collect()
}

#[test]
fn nygard() {
    let index = index(&[
        (
            "doc/adr/0002-use-rabbit.md",
            "# 2. Use Rabbit\n\nDate: 2021-03-04\n\n## Status\n\nAccepted\n\nSuperceded by [4. Use Kafka](0004-use-kafka.md)\n\n\
             Amended by [3. Name queues](0003-name-queues.md)\n\n## Context\n\nWe need a queue.\n\n## Decision\n\n\
             We will use **RabbitMQ**, v3.8 or later, e.g. from `apt`. It is known here.\n\n## Consequences\n\nOne more server.\n",
        ),
        (
            "doc/adr/0003-name-queues.md",
            "# 3. Name queues\n\n## Status\n\nProposed\n\nAmends [2. Use Rabbit](0002-use-rabbit.md)\n",
        ),
        (
            "doc/adr/0004-use-kafka.md",
            "# 4. Use Kafka\n\n## Status\n\nAccepted\n\nSupercedes [2. Use Rabbit](0002-use-rabbit.md)\n",
        ),
    ]);
    let [rabbit, names, kafka] = index.records.as_slice() else { panic!("three records: {index:?}") };
    assert_eq!((rabbit.id.as_str(), rabbit.number, rabbit.title.as_str()), ("0002", Some(2), "Use Rabbit"));
    assert_eq!(rabbit.status, Status::Superseded);
    assert_eq!(paths(rabbit), ["doc/adr/0004-use-kafka.md"]);
    assert_eq!(rabbit.date.as_deref(), Some("2021-03-04"));
    assert_eq!(rabbit.decision.as_deref(), Some("We will use RabbitMQ, v3.8 or later, e.g. from apt."));
    assert_eq!((names.status, kafka.status), (Status::Proposed, Status::Accepted));
    assert_eq!((paths(names), paths(kafka)), (vec![], vec![]));
}

#[test]
fn what_a_successor_says_is_enough() {
    let old = ("docs/adr/0001-a.md", "# A\n\n## Status\n\nAccepted\n");
    let by = |status: &str| format!("# B\n\n- Status: {status}\n\n## Links\n\n- Supersedes [ADR-0001](0001-a.md)\n");
    let with = |text: &str| index(&[old, ("docs/adr/0002-b.md", text)]).records.remove(0);
    let record = with(&by("accepted"));
    assert_eq!((record.status, paths(&record)), (Status::Superseded, vec!["docs/adr/0002-b.md"]));
    // What is only proposed, or was rejected, replaces nothing.
    for status in ["proposed", "rejected"] {
        let record = with(&by(status));
        assert_eq!((record.status, paths(&record)), (Status::Accepted, vec![]), "{status}");
    }
    // Nor does what replaces a part, or only mentions the other.
    for text in [
        "# B\n\n- Status: accepted\n\nThis ADR in part supersedes [0001](0001-a.md).\n",
        "# B\n\n- Status: accepted\n- Supersedes: the naming scheme of [0001](0001-a.md)\n",
        "# B\n\n- Status: accepted\n\n## Context\n\nThe cache, which replaces [the old one](0001-a.md), is slow.\n",
    ] {
        let record = with(text);
        assert_eq!((record.status, paths(&record)), (Status::Accepted, vec![]), "{text}");
    }
}

#[test]
fn madr_2() {
    let record = one(
        "docs/adr/0007-cache.md",
        "# Cache answers\n\n* Status: accepted <!-- optional -->\n* Deciders: Ada, Grace\n* Date: 2020-07-01\n\n\
         Technical Story: #12\n\n## Context and Problem Statement\n\nSlow.\n\n## Considered Options\n\n* Redis\n* None\n\n\
         ## Decision Outcome\n\nChosen option: \"Redis\", because\n\n* it is there. And known.\n* it is fast\n",
    );
    assert_eq!((record.title.as_str(), record.status), ("Cache answers", Status::Accepted));
    assert_eq!(record.date.as_deref(), Some("2020-07-01"));
    assert_eq!(record.decision.as_deref(), Some("Chosen option: \"Redis\", because it is there."));
}

#[test]
fn madr_3_and_4() {
    let index = index(&[
        (
            "docs/decisions/0001-a.md",
            "\u{feff}---\nstatus: superseded by ADR-0002\ndate: 2023-01-02\ndecision-makers: [ada]\n---\n\n# Use A\n\n\
             ## Decision Outcome\n\nChosen option: \"A\".\n\n### Confirmation\n\n* A review finds no *B*.\n* `make check` passes\n",
        ),
        (
            "docs/decisions/0002-b.md",
            "---\n# These are optional metadata elements.\nstatus: {accepted}\ndate: {2024-02-03}\n---\n# Use B\n\n\
             ## Decision Outcome\n\nB.\n\n### Confirmation\n\nBy review.\n",
        ),
        (
            "docs/decisions/0003-c.md",
            "status: proposed\ndate: 2024-02-03\n---\n\n# Use C\n\n```yaml\nstatus: rejected\n```\n\nStatus quo: none.\n",
        ),
    ]);
    let [a, b, c] = index.records.as_slice() else { panic!("three records: {index:?}") };
    assert_eq!((a.status, paths(a)), (Status::Superseded, vec!["docs/decisions/0002-b.md"]));
    assert_eq!(a.checklist, ["A review finds no B.", "make check passes"]);
    assert_eq!((b.status, b.date.as_deref(), b.checklist.len()), (Status::Accepted, Some("2024-02-03"), 0));
    assert_eq!((c.status, c.title.as_str()), (Status::Proposed, "Use C"));
}

#[test]
fn log4brains() {
    let index = index(&[
        (
            "packages/core/docs/adr/20200926-number-as-id.md",
            "# Number as id\n\n- Status: superseded by [20201016-slug-as-id](20201016-slug-as-id.md)\n- Date: 2020-09-26\n\
             - Tags: ids\n\n## Decision Outcome\n\nThe number.\n",
        ),
        (
            "packages/core/docs/adr/20201016-slug-as-id.md",
            "# Slug as id\n\n- Status: draft\n\n## Decision Outcome\n\nThe slug.\n",
        ),
        ("packages/core/docs/adr/index.md", "# Knowledge base\n"),
        (
            "packages/core/docs/adr/template.md",
            "# [short title of solved problem and solution]\n\n- Status: [draft | accepted | …]\n",
        ),
    ]);
    let [number, slug] = index.records.as_slice() else { panic!("two records: {index:?}") };
    assert_eq!((number.id.as_str(), number.number), ("20200926-number-as-id", None));
    assert_eq!(
        (number.status, paths(number)),
        (Status::Superseded, vec!["packages/core/docs/adr/20201016-slug-as-id.md"])
    );
    assert_eq!((slug.status, slug.date.as_deref()), (Status::Proposed, Some("2020-10-16")));
    assert_eq!(slug.paths, ["packages/core/"], "of its package, when it names nothing closer");
}

#[test]
fn backstage() {
    let index = index(&[
        (
            "docs/architecture-decisions/adr000-template.md",
            "---\nid: adrs-adr000\ntitle: 'ADR000: [TITLE]'\n---\n## Context\n",
        ),
        (
            "docs/architecture-decisions/adr003-avoid-default-exports.md",
            "---\nid: adrs-adr003\ntitle: 'ADR003: Avoid Default Exports'\n---\n\n## Context\n\nLong ago.\n\n## Decision\n\nWe will stop using\ndefault exports.\n",
        ),
    ]);
    let [record] = index.records.as_slice() else { panic!("one record: {index:?}") };
    assert_eq!((record.id.as_str(), record.number, record.title.as_str()), ("003", Some(3), "Avoid Default Exports"));
    assert_eq!((record.status, record.aliases.as_slice()), (Status::Unknown, ["adrs-adr003".to_owned()].as_slice()));
    assert_eq!(record.decision.as_deref(), Some("We will stop using default exports."));
}

#[test]
fn open_edx() {
    let index = index(&[
        (
            "openedx/core/docs/decisions/0001-events.rst",
            ".. _ADR-1:\n\n1. Events ``in`` core\n=====================\n\nStatus\n------\n\n**Superseded** *2023-01-04* by :ref:`Outbox rules`\n\n\
             Context\n-------\n\nStatus of the world::\n\n   Status: rejected\n\nDecision\n--------\n\n#. Signals carry *ids*.\n#. More.\n",
        ),
        (
            "openedx/core/docs/decisions/0002-outbox.rst",
            ".. _Outbox rules:\n\n############\nOutbox rules\n############\n\n.. list-table::\n   :widths: 25 75\n\n   * - Status\n     - Provisional\n\
             \x20  * - Last Modified\n     - 2023-01-04\n\nDecision\n********\n\nUse `an outbox <https://example.org>`_. Always.\n",
        ),
        ("openedx/core/docs/decisions/index.rst", "Decisions\n=========\n\n.. toctree::\n   :glob:\n\n   *\n"),
    ]);
    let [events, outbox] = index.records.as_slice() else { panic!("two records: {index:?}") };
    assert_eq!((events.title.as_str(), events.status), ("Events ``in`` core", Status::Superseded));
    assert_eq!(paths(events), ["openedx/core/docs/decisions/0002-outbox.rst"]);
    assert_eq!((events.date.as_deref(), events.decision.as_deref()), (Some("2023-01-04"), Some("Signals carry ids.")));
    assert_eq!((outbox.title.as_str(), outbox.status), ("Outbox rules", Status::Accepted));
    assert_eq!((outbox.date.as_deref(), outbox.decision.as_deref()), (Some("2023-01-04"), Some("Use an outbox.")));
    assert_eq!(outbox.paths, ["openedx/core/"]);
}

#[test]
fn mozilla_and_github() {
    let record = one(
        "docs/adrs/0276-problem-matchers.md",
        "# ADR 0276: Problem Matchers\n\n**Date** 2019-06-05\n\n**Status** Accepted<!-- |Proposed|Rejected|Deprecated -->\n\n## Decision\n\n### Registration\n\nA file registers them.\n",
    );
    assert_eq!((record.title.as_str(), record.status), ("Problem Matchers", Status::Accepted));
    assert_eq!(
        (record.date.as_deref(), record.decision.as_deref()),
        (Some("2019-06-05"), Some("A file registers them."))
    );
}

#[test]
fn cosmos() {
    let index = index(&[
        (
            "docs/architecture/adr-012-state-accessors.md",
            "# ADR 012: State Accessors\n\n## Changelog\n\n- 2019 Sep 04: Initial draft\n- 2019-09-10: Second\n\n## Status\n\nPROPOSED Not Implemented\n\n## Decision\n\nWe keep it.\n",
        ),
        (
            "docs/architecture/adr-template.md",
            "# ADR {ADR-NUMBER}: {TITLE}\n\n## Status\n\n{DRAFT | PROPOSED} Not Implemented\n",
        ),
        (
            "docs/architecture/adr.template.md",
            "# ADR \\{ADR-NUMBER\\}: \\{TITLE\\}\n\n## Status\n\n\\{Deprecated|Proposed|Accepted\\}\n",
        ),
        (
            "docs/architecture/PROCESS.md",
            "# ADR Creation Process\n\n## ADR Status\n\nAccepted or not.\n\n## Context\n\nx\n\n## Decision\n\ny\n",
        ),
        ("docs/architecture/README.md", "# ADRs\n\n## Context\n\nThe status is Accepted.\n"),
        ("docs/architecture/overview-of-modules.md", "# Overview of modules\n\nText.\n"),
    ]);
    let [record] = index.records.as_slice() else { panic!("one record: {index:?}") };
    assert_eq!(
        (record.id.as_str(), record.title.as_str(), record.status),
        ("012", "State Accessors", Status::Proposed)
    );
    assert_eq!(record.date.as_deref(), Some("2019-09-10"));
}

#[test]
fn archgate_and_decisiondrift() {
    let index = index(&[
        (
            ".archgate/adrs/ARCH-001-command-structure.md",
            "---\nid: ARCH-001\ntitle: Command Structure\ndomain: architecture\nrules: true\nfiles: [\"src/commands/**/*.ts\", \"!src/commands/old/\"]\n---\n\n# Command structure\n\n## Decision\n\nEach command has a file.\n",
        ),
        (
            "docs/adr/ADR-0005-no-moment.md",
            "---\nid: ADR-0005\ntitle: No moment.js\nstatus: expired\nsupersedes: [ADR-0004]\nscope: the whole front end\n---\n",
        ),
        (
            "docs/adr/ADR-0004-moment.md",
            "---\nid: ADR-0004\ntitle: Use moment.js\nstatus: amended\n---\n# Use moment.js\n",
        ),
        ("docs/adr/ADR-0006-x.md", "---\nid: ADR-0006\ntitle: \"X: a thing\nstatus: accepted\n---\n# Use X: a thing\n"),
    ]);
    let [gate, moment, none, broken] = index.records.as_slice() else { panic!("four records: {index:?}") };
    assert_eq!((gate.id.as_str(), gate.number, gate.title.as_str()), ("ARCH-001", Some(1), "Command Structure"));
    assert_eq!((gate.status, gate.aliases.len()), (Status::Unknown, 0));
    assert_eq!(gate.paths, ["src/commands/**/*.ts", "!src/commands/old/"]);
    assert_eq!(
        (moment.id.as_str(), moment.status, paths(moment)),
        ("0004", Status::Superseded, vec!["docs/adr/ADR-0005-no-moment.md"])
    );
    assert_eq!((none.status, none.aliases.as_slice()), (Status::Deprecated, ["ADR-0005".to_owned()].as_slice()));
    assert_eq!(none.paths, Vec::<String>::new(), "prose is no pattern");
    assert_eq!(broken.status, Status::Accepted, "front matter that is no YAML is read line by line");
}

#[test]
fn many_decisions_in_one_file() {
    let text = "# Decisions\n\n```markdown\n<!-- DECISION-NOT-001 -->\n## Decision: An example\n```\n\n<!-- DECISION-DB-001 -->\n## Decision: Pool of 20\n\n\
                **Status**: Active\n**Date**: 2024-01-15\n**Severity**: Critical\n**Files**:\n- `src/db/pool.ts`\n- `!src/db/*.test.ts`\n\n\
                ### Context\n\nThe pool stays at 20. It broke once.\n\n---\n\n<!-- decision-002 -->\n## Decision: Old one\n\n**Status**: Archived\n\n### Context\n\nWas so.\n\n\
                <!-- DECISION-003 -->\n## Decision: Says nothing of its status\n\n**Files**:\n- `a/**`\n";
    let index = index(&[(".decispher/decisions.md", text)]);
    let [pool, old, silent] = index.records.as_slice() else { panic!("three records: {index:?}") };
    assert_eq!((pool.id.as_str(), pool.number, pool.title.as_str()), ("DECISION-DB-001", Some(1), "Pool of 20"));
    assert_eq!((pool.status, pool.date.as_deref()), (Status::Accepted, Some("2024-01-15")));
    assert_eq!(pool.paths, ["src/db/pool.ts", "!src/db/*.test.ts"]);
    assert_eq!(pool.decision.as_deref(), Some("The pool stays at 20."));
    assert_eq!((old.id.as_str(), old.status), ("DECISION-002", Status::Deprecated));
    assert_eq!((silent.status, silent.paths.as_slice()), (Status::Accepted, ["a/**".to_owned()].as_slice()));
}

#[test]
fn asciidoc() {
    let index = index(&[
        (
            "modules/pages/adr/ADR006-storage.adoc",
            "= ADR006: Use X\nAda <ada@example.org>\nv0.1, 19.08.2020\n:status: superseded by ADR7\n\n* Status: {status}\n* Date: 01.01.2021\n\n== Decision Outcome\n\nUse *X*.\n",
        ),
        (
            "modules/pages/adr/ADR007-reuse.adoc",
            "= ADR007: Reuse\n:status: approved\n\n* Status: {status}\n\n----\nStatus: rejected\n----\n\n== Decision\n\nChosen: link:https://x.org[the `Y`], see\nxref:adr/ADR006-storage.adoc[]. More.\n\n* [ ] Y is there\n",
        ),
        ("modules/pages/adr/ADRx-later.adoc", "= Later\n:status: draft\n"),
        (
            "modules/pages/adr/_template.adoc",
            "= [short title of solved problem and solution]\n:status: [draft | accepted | …]\n",
        ),
    ]);
    let [storage, reuse, later] = index.records.as_slice() else { panic!("three records: {index:?}") };
    assert_eq!((storage.title.as_str(), storage.status), ("Use X", Status::Superseded));
    assert_eq!(
        (paths(storage), storage.date.as_deref()),
        (vec!["modules/pages/adr/ADR007-reuse.adoc"], Some("2020-08-19"))
    );
    assert_eq!(storage.decision.as_deref(), Some("Use X."));
    assert_eq!((reuse.status, reuse.checklist.as_slice()), (Status::Accepted, ["Y is there".to_owned()].as_slice()));
    assert_eq!((later.id.as_str(), later.number, later.status), ("x", None, Status::Proposed));
}

#[test]
fn folders_that_are_records() {
    let index = index(&[
        (
            "keps/sig-node/1287-in-place/README.md",
            "# In-place Update\n\n- [ ] (R) Enhancement issue in release milestone\n",
        ),
        (
            "keps/sig-node/1287-in-place/kep.yaml",
            "title: In-place Update of Pods\nkep-number: 1287\nstatus: implementable\ncreation-date: 2018-11-06\nsuperseded-by:\n  - n/a\n",
        ),
        ("keps/sig-node/1287-in-place/design.md", "# Design\n\n## Decision\n\nx\n"),
        ("keps/sig-node/1300-gone/README.md", "# KEP-1300: Gone\n"),
        ("keps/sig-node/1300-gone/kep.yaml", "status: replaced\nsuperseded-by:\n  - /keps/sig-node/1287-in-place\n"),
        ("keps/NNNN-kep-template/README.md", "# KEP-NNNN: Your short, descriptive title\n"),
        (
            "docs/examples/css-framework/index.md",
            "# Architecture Decision Record: CSS framework\n\n### Decision\n\nBulma.\n\n### Status\n\nDecided on Bulma. Open to others.\n",
        ),
        ("docs/examples/index.md", "# Examples\n\n* [CSS](css-framework/)\n"),
    ]);
    let [css, place, gone] = index.records.as_slice() else { panic!("three records: {index:?}") };
    assert_eq!((css.id.as_str(), css.title.as_str(), css.status), ("css-framework", "CSS framework", Status::Accepted));
    assert_eq!(
        (place.id.as_str(), place.number, place.title.as_str()),
        ("1287", Some(1287), "In-place Update of Pods")
    );
    assert_eq!((place.status, place.date.as_deref()), (Status::Accepted, Some("2018-11-06")));
    assert_eq!((gone.status, paths(gone)), (Status::Superseded, vec!["keps/sig-node/1287-in-place/README.md"]));
}

#[test]
fn states_in_all_their_words() {
    let cases = [
        ("✅ Accepted", Status::Accepted),
        ("*deprecated*", Status::Deprecated),
        ("Accepted.", Status::Accepted),
        ("Approved/Merged", Status::Accepted),
        ("Draft (=> Provisional)", Status::Proposed),
        ("Decision proposed", Status::Proposed),
        ("on hold", Status::Proposed),
        ("In consideration", Status::Proposed),
        ("In progress", Status::Unknown),
        ("...", Status::Unknown),
        ("Not accepted yet", Status::Unknown),
        ("To be reviewed", Status::Unknown),
        ("proposed, accepted, rejected, deprecated, superseded, etc.", Status::Unknown),
        ("Proposed | Accepted | Rejected", Status::Unknown),
        ("{Active}", Status::Accepted),
        ("Withdrawn", Status::Rejected),
        ("Obsolete", Status::Deprecated),
        ("Partly superseded", Status::Superseded),
        ("Accepted, partly superseded by [B](0002-b.md)", Status::Accepted),
        ("Superceded", Status::Superseded),
        ("Invalidated", Status::Superseded),
        ("Deprecated (no superseding ADR)", Status::Deprecated),
        ("Deprecated by Kafka", Status::Deprecated),
        ("The retries have been superseded by [B](0002-b.md). Accepted", Status::Accepted),
    ];
    for (text, status) in cases {
        let a = format!("# A\n\n## Status\n\n{text}\n");
        let records =
            index(&[("adr/0001-a.md", a.as_str()), ("adr/0002-b.md", "# B\n\n## Status: Accepted\n")]).records;
        assert_eq!((records[0].status, records[1].status), (status, Status::Accepted), "{text}");
        assert_eq!(paths(&records[0]), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn successors_in_all_their_notations() {
    let cases = [
        "Superseded by [B](0002-b.md)",
        "Superseded [0002](./0002-b.md)",
        "superseded by [ADR-0002](../../adr/x/../0002-b.md#why)",
        "Superseded (as never implemented) by [ADR 2](/adr/2)",
        "Superseded by ADR2, which decided otherwise; see 0003.",
        "Superseded by ADR 2. See also ADR 3.",
        "Superseded by 2",
        "Superseded by #2",
        "Superseded by 0002-b.md",
        "Superseded by `0002-b`",
        "Superseded by [[0002-b]]",
        "Superseded by [b]\n\n[b]: 0002-b.md",
        "Superseded by [the next](https://github.com/acme/shop/blob/main/adr/0002-b.md)",
        "Superseded by\n[0002-b.md](0002-b.md).",
        "Accepted, later replaced by [ADR-0002](0002-b.md)",
        "Deprecated in favour of [ADR-0002](0002-b.md)",
        "Superseded. See ADR 2.",
        "Superseded by [ADR-0002](0002-renamed-best-practice.md)",
    ];
    for text in cases {
        let a = format!("# A\n\n## Status\n\n{text}\n");
        let index = index(&[
            ("adr/0001-a.md", a.as_str()),
            ("adr/0002-b.md", "# Best practice\n\n## Status\n\nAccepted\n"),
            ("adr/0003-c.md", "# C\n\n## Status\n\nAccepted\n"),
        ]);
        assert_eq!(
            (index.records[0].status, paths(&index.records[0])),
            (Status::Superseded, vec!["adr/0002-b.md"]),
            "{text}"
        );
    }
    for text in [
        "Superseded by [007-gone.md](007-gone.md)",
        "Superseded by [#2](https://github.com/acme/shop/pull/2)",
        "Superseded by events",
    ] {
        let a = format!("# A\n\n## Status\n\n{text}\n");
        let record =
            index(&[("adr/0001-a.md", a.as_str()), ("adr/0007-css.md", "# CSS\n"), ("adr/0002-b.md", "# B\n")])
                .records
                .remove(0);
        assert_eq!((record.status, paths(&record)), (Status::Superseded, vec![]), "{text}");
    }
}

#[test]
fn numbers_that_are_not_unique_are_not_guessed() {
    let old = "# Old\n\n## Status\n\nSuperseded by ADR-2\n";
    let two = "# Two\n\n## Status\n\nAccepted\n";
    let in_same = index(&[("a/docs/adr/0001-x.md", old), ("a/docs/adr/0002-y.md", two), ("b/docs/adr/0002-z.md", two)]);
    assert_eq!(paths(&in_same.records[0]), ["a/docs/adr/0002-y.md"], "the one in its own folder");
    let two_there =
        index(&[("a/docs/adr/0001-x.md", old), ("a/docs/adr/0002-y.md", two), ("a/docs/adr/0002-z.md", two)]);
    assert_eq!(paths(&two_there.records[0]), Vec::<&str>::new(), "either might be meant");
    assert_eq!(two_there.records[0].status, Status::Superseded);
}

#[test]
fn states_in_odd_places() {
    let status = |path: &str, text: &str| one(path, text).status;
    let at_the_end = "# X\n\n## Context\n\nStatus quo: none. The Status: rejected orders.\n\n## Status\n\nApproved\n";
    assert_eq!(status("docs/adr/0001-x.md", at_the_end), Status::Accepted);
    let no_break_space = "# X\n\n##\u{a0}Status\n\nApproved\n";
    assert_eq!(status("docs/adr/0001-x.md", no_break_space), Status::Accepted);
    let lost_underline = "X\n====\n\nStatus\n**Draft**\n\nContext\n-------\n\nx\n";
    assert_eq!(status("docs/decisions/0001-x.rst", lost_underline), Status::Proposed);
    let bold_heading = "# X\n\n**Status**\n\nRejected\n\n**Context**\n\nx\n";
    assert_eq!(status("docs/adr/0001-x.md", bold_heading), Status::Rejected);
    let explained = "# X\n\n## Status\n\n> A decision may be \"proposed\", \"accepted\" once agreed upon, \"deprecated\" or \"superseded\".\n\nAccepted\n";
    assert_eq!(status("docs/adr/0001-x.md", explained), Status::Accepted);
    let table = "# X\n\n| Status | Date |\n| --- | --- |\n| Rejected | 2020-01-02 |\n";
    let record = one("docs/adr/0001-x.md", table);
    assert_eq!((record.status, record.date.as_deref()), (Status::Rejected, Some("2020-01-02")));
    let rows =
        "# X\n\n| | |\n|---|---|\n| **Status** | [ADOPTED](/README.md#adopted) |\n| Last updated | 2020-01-02 |\n";
    let record = one("docs/adr/0001-x.md", rows);
    assert_eq!((record.status, record.date.as_deref()), (Status::Accepted, Some("2020-01-02")));
    let grid = "X\n###\n\n+--------+----------+\n| Status | Replaced |\n+--------+----------+\n";
    assert_eq!(status("docs/decisions/0001-x.rst", grid), Status::Superseded);
    let repeated = "# X\n\n## X\n\n* **Status:** Active\n\n### Context\n\nStatus: rejected\n";
    assert_eq!(status("docs/adr/0001-x.md", repeated), Status::Accepted);
    let with_breaks = "# X\n\n**Status: Active**\\\n**Last Modified:** 2025-08-12\\\n**Tags:** a\n";
    assert_eq!(status("docs/adr/0001-x.md", with_breaks), Status::Accepted);
}

#[test]
fn folders_say_what_became_of_a_record() {
    let status =
        |path: &str, said: &str| one(path, &format!("# X\n\n## Status\n\n{said}\n\n## Decision\n\nx\n")).status;
    assert_eq!(status("docs/historic-adrs/x.md", "Accepted"), Status::Deprecated);
    assert_eq!(status("docs/adr/deprecated/0001-x.md", "Superseded by ADR-9"), Status::Superseded);
    assert_eq!(status("docs/adr/rejected/0001-x.md", ""), Status::Rejected);
    assert_eq!(status("docs/adr/drafts/0001-x.md", ""), Status::Proposed);
    assert_eq!(
        status("archive/shop/docs/adr/0001-x.md", "Accepted"),
        Status::Accepted,
        "only below the folder of records"
    );
}

#[test]
fn documents_that_are_no_records() {
    let index = index(&[
        ("docs/adr/README.md", "# ADRs\n\n* **Status**: proposed, accepted\n\n## Decision\n\nx\n\n## Context\n\nx\n"),
        ("docs/adr/0000-template.md", "# Title\n\n## Status\n\nAccepted\n"),
        ("docs/adr/adr-short-template.md", "# {short title}\n"),
        (
            "docs/adr/0042-unfilled.md",
            "# [short title of solved problem and solution]\n\n* Status: [proposed | accepted | …]\n",
        ),
        (
            "docs/adr/third-party-review/001-vendor.md",
            "# Vendor\n\n## Metadata\n\n- Current status: removed\n\n## Security review\n\nFine.\n",
        ),
        ("docs/adr/images/notes.md", "# Notes\n"),
        ("docs/adr/0001-x/diagram.png", ""),
    ]);
    assert_eq!(index.records, []);
    assert_eq!(index.unreadable, []);
    let review = one(
        "docs/adr/third-party-review/000-format.md",
        "# Format\n\n## Decision\n\nReviews are written down.\n\n## Status\n\nApproved\n",
    );
    assert_eq!(review.status, Status::Accepted);
    assert_eq!(
        one("docs/adr/0012-email-template-engine.md", "# Email template engine\n\nStatus: accepted\n").id,
        "0012"
    );
    let left_alone = one(
        "docs/adr/0039-plugin-names.md",
        "---\nstatus: accepted\n---\n# {short title of solved problem and solution}\n\n## Decision Outcome\n\nx\n",
    );
    assert_eq!(left_alone.title, "Plugin names");
}

#[test]
fn titles() {
    let title = |path: &str, heading: &str| one(path, &format!("{heading}\n\n## Status\n\nAccepted\n")).title;
    let cases = [
        ("# 7. Use `bash` and `go`", "Use `bash` and `go`"),
        ("# ADR-0007: Use X", "Use X"),
        ("# ADR 7 - Use X", "Use X"),
        ("# 0007 Use X", "Use X"),
        ("# [ADR-7] Use X", "Use X"),
        ("# ADR: Use X", "Use X"),
        ("# Use [X](https://x.org) {#use-x}", "Use X"),
        ("# 3rd-party code", "3rd-party code"),
        ("# 12 factors", "12 factors"),
        ("# 30k ft strategy", "30k ft strategy"),
        ("# Context compaction", "Context compaction"),
        ("# A \\[draft\\] &amp; more ##", "A [draft] & more"),
        ("Use X\n=====", "Use X"),
        ("<h1 align=\"center\">Use X</h1>", "Use X"),
        ("# Context", "Use something"),
    ];
    for (heading, expected) in cases {
        assert_eq!(title("docs/adr/0007-use-something.md", heading), expected, "{heading}");
    }
}

#[test]
fn dates() {
    let date = |text: &str| one("docs/adr/0001-x.md", &format!("# X\n\n* Date: {text}\n")).date;
    for (text, expected) in [
        ("2020-10-05 (Updated 2023-07-12)", "2020-10-05"),
        ("2020/1/5", "2020-01-05"),
        ("19.08.2020", "2020-08-19"),
        ("26th April 2021", "2021-04-26"),
        ("November 26, 2024", "2024-11-26"),
        ("11/14/2024", "2024-11-14"),
        ("17/08/2020", "2020-08-17"),
        ("&#x31;2/16/2024", "2024-12-16"),
        ("20200102", "2020-01-02"),
    ] {
        assert_eq!(date(text).as_deref(), Some(expected), "{text}");
    }
    for text in ["2023-07-2i", "May 2025", "dd.mm.yyyy", "03/04/2020", "2021-13-01", "n/a"] {
        assert_eq!(date(text), None, "{text}");
    }
}

#[test]
fn a_decision_is_cut_at_a_word() {
    let long = "word ".repeat(60);
    let decision = one("docs/adr/0001-x.md", &format!("# X\n\n## Decision\n\n{long}end.\n")).decision.unwrap();
    assert!(decision.ends_with("word…") && decision.chars().count() <= 200, "{decision}");
    let unbroken = "é".repeat(300);
    let decision = one("docs/adr/0001-x.md", &format!("# X\n\n## Decision\n\n{unbroken}\n")).decision.unwrap();
    assert_eq!(decision.chars().count(), 200);
}

#[test]
fn checklists_and_affected_paths() {
    let record = one(
        "services/shop/docs/adr/0001-x.md",
        "---\nfiles:\n  - src/**\n  - /proto/\n  - '!./src/gen/'\n  - services/shop/api/\n---\n# X\n\n## Decision\n\n* [ ] The **limit** holds\n* [x] Told [ops](x.md)\n\n\
         ## Validation\n\n* not this one\n\n## Affected components\n\nThose in `lib/cache.rs` and `Cache`.\n",
    );
    assert_eq!(record.checklist, ["The limit holds", "Told ops"]);
    assert_eq!(
        record.paths,
        [
            "services/shop/src/**",
            "proto/",
            "!services/shop/src/gen/",
            "services/shop/api/",
            "services/shop/lib/cache.rs"
        ]
    );
}

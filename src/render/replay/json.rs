//! A replay as lines of JSON, each of which says by its `kind` what it is. Keys may be added, none taken away.

use serde_json::{Value, json as object};

use crate::replay::{Outcome, Replay, Replayed};
use crate::rules::Enforce;

use super::super::words;

/// The lines, the sums last.
pub(in super::super) fn json(replay: &Replay) -> Vec<Value> {
    let mut lines: Vec<Value> = replay.changes.iter().map(change).collect();
    lines.extend(
        replay
            .load
            .iter()
            .map(|one| object!({"kind": "load", "who": one.of, "before": one.before, "after": one.after})),
    );
    lines.extend(
        replay
            .rules
            .iter()
            .map(|one| object!({"kind": "rule", "rule": one.of, "before": one.before, "after": one.after})),
    );
    lines.extend(replay.moves.iter().map(|one| {
        object!({
            "kind": "moved", "from": one.from, "to": one.to, "files": one.files, "folder": one.folder, "sample": one.sample
        })
    }));
    lines.extend(replay.dead.iter().map(|one| object!({"kind": "dead", "rule": one.rule, "line": one.line})));
    lines.extend(replay.spread.iter().map(|one| {
        object!({
            "kind": "pattern", "pattern": one.pattern, "file": one.file, "line": one.line, "folders": one.folders,
            "top_level": one.top_level, "sample": one.sample, "instead": one.instead
        })
    }));
    lines.extend(replay.not_judged.iter().map(|(rule, why)| object!({"kind": "not_judged", "rule": rule, "why": why})));
    lines.push(object!({
        "kind": "sum",
        "changes": replay.changes.len(),
        "otherwise": replay.otherwise().count(),
        "as_if_on": replay.as_if_on,
        "before": replay.before,
        "after": replay.after,
    }));
    lines
}

fn change(one: &Replayed) -> Value {
    object!({
        "kind": "change",
        "commit": one.change.commit,
        "number": one.change.number,
        "title": one.change.title,
        "otherwise": one.otherwise(),
        "before": outcome(&one.before),
        "after": outcome(&one.after),
    })
}

fn outcome(outcome: &Outcome) -> Value {
    let rules = |enforce: Enforce| outcome.rules(enforce).collect::<Vec<_>>();
    object!({
        "scope": words::scope(outcome.scope),
        "verdict": outcome.verdict,
        "asked": outcome.asked,
        "held": rules(Enforce::Review),
        "blocked": rules(Enforce::Block),
        "advised": rules(Enforce::Advise),
        "quiet": outcome.is_quiet(),
        "stuck": outcome.is_stuck(),
    })
}

//! The Contract's `review` object (DESIGN section 4). Keys beside the Contract's may be added, none taken away.

use serde_json::{Map, Value, json};

use crate::review::{Evidence, FileReview, FileStatus, Finding, Review};
use crate::rules::Handle;

use super::words;

/// The review as one object.
pub(super) fn json(review: &Review) -> Value {
    json!({
        "scope": review.scope,
        "verdict": review.verdict,
        "conclusion": review.conclusion,
        "mode": review.mode,
        "skipped": review.skipped,
        "services": review.services,
        "teams": review.teams,
        "domains": review.domains,
        "files": review.files.iter().map(file).collect::<Vec<_>>(),
        "findings": review.findings.iter().map(finding).collect::<Vec<_>>(),
        "reviewers": { "teams": review.reviewers.teams, "users": review.reviewers.users },
        "notes": review.notes,
    })
}

fn status(status: FileStatus) -> &'static str {
    match status {
        FileStatus::Added => "added",
        FileStatus::Modified => "modified",
        FileStatus::Removed => "removed",
        FileStatus::Renamed => "renamed",
        FileStatus::Copied => "copied",
    }
}

fn file(file: &FileReview) -> Value {
    let mut out = Map::new();
    out.insert("path".to_owned(), json!(file.path));
    if let Some(previous) = &file.previous_path {
        out.insert("previous_path".to_owned(), json!(previous));
    }
    out.insert("status".to_owned(), json!(status(file.status)));
    out.insert("service".to_owned(), json!(file.service));
    out.insert("teams".to_owned(), json!(file.teams));
    out.insert("counts".to_owned(), json!(file.counts));
    Value::Object(out)
}

fn finding(finding: &Finding) -> Value {
    let sign_off: Vec<Value> = finding
        .slots
        .iter()
        .map(|slot| {
            json!({
                "level": words::level(slot.level),
                "of": slot.of,
                "from": slot.from,
                "state": slot.state,
            })
        })
        .collect();
    let adrs: Vec<Value> = finding
        .adrs
        .iter()
        .map(|adr| {
            let mut record = json!({
                "id": adr.id,
                "title": adr.title,
                "path": adr.path,
                "status": adr.status,
                "decision": adr.decision,
                "superseded_by": adr.superseded_by,
            });
            if !adr.candidates.is_empty() {
                record["candidates"] = json!(adr.candidates);
            }
            record
        })
        .collect();
    // Whom an item is for: those handles, else the level that signs the finding.
    let level = finding.slots.first().map(|slot| words::level(slot.level)).unwrap_or_default();
    let checklist: Vec<Value> = finding
        .checklist
        .iter()
        .map(|item| {
            let names: Vec<&str> = item.addressee.iter().map(Handle::as_str).collect();
            let whom = if names.is_empty() { level.to_owned() } else { names.join(", ") };
            json!({ "text": item.text, "for": whom, "adr": item.adr })
        })
        .collect();
    json!({
        "rule": finding.rule,
        "enforce": words::enforce(finding.enforce),
        "state": finding.state,
        "cannot_tell": finding.cannot_tell,
        "sign_off": sign_off,
        "adrs": adrs,
        "evidence": finding.evidence.iter().map(evidence).collect::<Vec<_>>(),
        "why": finding.why,
        "checklist": checklist,
    })
}

/// One place; what is not known of it has no key.
fn evidence(evidence: &Evidence) -> Value {
    json!(evidence)
}

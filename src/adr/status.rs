//! The words for a decision's state, and whether a sentence says that a record was replaced.

use std::sync::LazyLock;

use regex::Regex;

use super::Status;
use super::document::pattern;

/// What a status text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing, or the template's own text.
    Nothing,
    /// Something, in words that are no state (`In progress`).
    Unclear,
    State(Status),
}

/// How far into a text its state may stand.
const MAX_WORDS: usize = 8;

/// The state that a plain text names.
pub(super) fn read(text: &str) -> Said {
    let text = text.trim();
    let text = strip_placeholder(text);
    if text.matches('|').count() >= 2 || text.matches('｜').count() >= 2 || text.contains('{') {
        return Said::Nothing;
    }
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !(c.is_alphabetic() || c == '\'')).filter(|word| !word.is_empty()).collect();
    if words.is_empty() || words == ["n", "a"] || words == ["none"] || words == ["tbd"] {
        return Said::Nothing;
    }
    if lists_choices(&lower) {
        return Said::Nothing;
    }
    let mut partly = false;
    for (index, word) in words.iter().enumerate().take(MAX_WORDS) {
        let before = |back: usize| index.checked_sub(back).map(|at| words[at]);
        let Some(state) = word_state(word) else { continue };
        let negated = matches!(before(1), Some("not" | "never" | "isn't"))
            || (matches!(before(1), Some("yet" | "been")) && matches!(before(2), Some("not")));
        let awaited = matches!((before(2), before(1)), (Some("to"), Some("be")) | (Some("awaiting" | "pending"), _))
            || matches!(before(1), Some("awaiting" | "undecided"));
        if awaited {
            return Said::State(Status::Proposed);
        }
        if negated {
            continue;
        }
        // "Partly superseded", "the retries are superseded": beside another state it says nothing of the whole.
        if state == Status::Superseded && !words[..index].iter().all(speaks_of_whole) {
            partly = true;
            continue;
        }
        return Said::State(state);
    }
    let said = |phrase: &str| lower.contains(phrase);
    if partly {
        Said::State(Status::Superseded)
    } else if [
        "on hold",
        "under consideration",
        "in consideration",
        "in discussion",
        "work in progress",
        "under discussion",
    ]
    .into_iter()
    .any(said)
    {
        Said::State(Status::Proposed)
    } else if said("no longer") {
        Said::State(Status::Deprecated)
    } else if ["in force", "in effect", "in use"].into_iter().any(said) {
        Said::State(Status::Accepted)
    } else {
        Said::Unclear
    }
}

/// `{accepted}` and `[accepted]` as `accepted`.
fn strip_placeholder(text: &str) -> &str {
    [('{', '}'), ('[', ']'), ('<', '>')]
        .into_iter()
        .find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close))
        .filter(|inner| !inner.contains(['{', '}', '[', ']', '|']))
        .map_or(text, str::trim)
}

/// Whether a text only lists what a status may be: `proposed, accepted, rejected, …`.
fn lists_choices(lower: &str) -> bool {
    let mut states: Vec<Status> = Vec::new();
    let parts = lower.split([',', '/']).take(16);
    for part in parts {
        let mut words = part.split_whitespace();
        if let (Some(word), None) = (words.next(), words.next())
            && let Some(state) = word_state(word.trim_matches(|c: char| !c.is_alphabetic()))
            && !states.contains(&state)
        {
            states.push(state);
        }
    }
    if states.len() >= 3 {
        return true;
    }
    // "A decision may be proposed if …, or accepted once …": what the template says of all states.
    states.clear();
    for state in lower.split(|c: char| !c.is_alphabetic()).take(200).filter_map(word_state) {
        if !states.contains(&state) {
            states.push(state);
        }
    }
    states.len() >= 4
}

/// The state that one word, in lower case, stands for.
fn word_state(word: &str) -> Option<Status> {
    Some(match word {
        "accepted" | "accept" | "approved" | "implemented" | "implementable" | "imlpemented" | "adopted"
        | "complete" | "completed" | "decided" | "active" | "stable" | "informative" | "informational"
        | "provisional" | "done" | "final" | "finalized" | "finalised" | "ratified" | "agreed" | "enabled" | "live"
        | "merged" | "enacted" | "effective" | "current" | "applied" | "demonstrated" | "amended" | "confirmed"
        | "released" | "valid" | "endorsed" | "concluded" => Status::Accepted,
        "proposed" | "proposal" | "draft" | "drafted" | "drafting" | "pending" | "review" | "reviewing"
        | "incomplete" | "deferred" | "postponed" | "wip" | "open" | "submitted" | "candidate" | "undecided"
        | "idea" | "stalled" | "rfc" | "requested" => Status::Proposed,
        "rejected" | "reject" | "declined" | "withdrawn" | "abandoned" | "denied" | "refused" | "cancelled"
        | "canceled" | "dismissed" | "discarded" | "dropped" | "wontfix" => Status::Rejected,
        "deprecated" | "deprecate" | "obsolete" | "obsoleted" | "retired" | "archived" | "expired" | "inactive"
        | "historic" | "historical" | "outdated" | "reverted" | "revoked" | "reversed" | "discontinued" | "removed"
        | "disabled" => Status::Deprecated,
        "replaced" | "invalidated" | "overridden" | "overruled" => Status::Superseded,
        other if is_superseded(other) => Status::Superseded,
        _ => return None,
    })
}

/// `superseded` in all the ways in which it is spelt.
fn is_superseded(word: &str) -> bool {
    (word.starts_with("supers") || word.starts_with("superc")) && word.ends_with("ded")
}

/// What a sentence says of two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// This one was replaced by those in the clause.
    ReplacedBy,
    /// This one was given up for those in the clause: replaced, if they are records.
    GivenUpFor,
    /// This one replaces those in the clause.
    Replaces,
}

static VERB: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:",
        r"(?P<by>super[sc]\w*ded|replaced|invalidated|overridden|overruled)",
        r"|(?P<for>deprecated|obsoleted?|retired|reverted|revoked|withdrawn)\b[^.\n]{0,40}?\b(?:by|in favou?r of)",
        r"|(?P<of>super[sc]e+des?|replaces|obsoletes)",
        r"|(?P<other>amend(?:s|ed)|clarif(?:ies|ied)|extend(?:s|ed)|updates?|updated|relate[sd]|related|see|refine[sd]?|implements|depends|which|because|except|but)",
        r")\b",
    ))
});

/// Words that may stand before the verb when the whole record is meant.
static WHOLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^(?:the|this|that|it|adr|adrs|architecture|architectural|decision|record|document|proposal|design|kep|oep|rfc|",
        r"status|note|update|updated|warning|important|has|have|been|was|were|is|are|now|and|later|then|since|currently|",
        r"subsequently|formally|fully|entirely|completely|as|of|on|in|at|effectively|we|also|date|",
        r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|",
        r"nov(?:ember)?|dec(?:ember)?)$",
    ))
});

/// The clauses of a text (markup kept) that say that the record was replaced as a whole or replaces others as a whole.
///
/// With `at_start` only what the text begins with counts: prose speaks of much else that was replaced.
pub(super) fn relations(text: &str, at_start: bool) -> Vec<(Relation, String)> {
    let text = super::inline::head(text, 2048);
    let verbs: Vec<_> = VERB.captures_iter(text).take(32).collect();
    let mut found = Vec::new();
    for (index, verb) in verbs.iter().enumerate() {
        let Some(whole) = verb.get(0) else { continue };
        let relation = if verb.name("by").is_some() {
            Relation::ReplacedBy
        } else if verb.name("for").is_some() {
            Relation::GivenUpFor
        } else if verb.name("of").is_some() {
            Relation::Replaces
        } else {
            continue;
        };
        let before = &text[sentence_start(text, whole.start())..whole.start()];
        if !speaks_of_all(before) || (at_start && sentence_start(text, whole.start()) > 0) {
            continue;
        }
        let next = verbs.get(index + 1).and_then(|next| next.get(0)).map_or(text.len(), |next| next.start());
        let clause = &text[whole.end()..next.max(whole.end())];
        let clause = &clause[..sentence_end(clause)];
        let lower = clause.to_lowercase();
        if ["part of", "parts of", "in part", "partially", "partly", "section"].iter().any(|part| lower.contains(part))
        {
            continue;
        }
        found.push((relation, clause.to_owned()));
    }
    found
}

static SEE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\b(?:see|refer to|use|now)\b:?\s*"));

/// What a text says to see instead.
pub(super) fn see(text: &str) -> Option<&str> {
    let text = super::inline::head(text, 2048);
    let clause = &text[SEE.find(text)?.end()..];
    Some(&clause[..sentence_end(clause)])
}

/// Whether the words before a verb leave it speaking of the whole record.
fn speaks_of_all(before: &str) -> bool {
    before.to_lowercase().split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).all(speaks_of_whole)
}

fn speaks_of_whole(word: impl AsRef<str>) -> bool {
    WHOLE.is_match(word.as_ref()) || word_state(word.as_ref()).is_some()
}

/// Where the sentence begins that position `at` is in.
fn sentence_start(text: &str, at: usize) -> usize {
    let before = &text[..at];
    [". ", ".\n", "! ", "? ", "; "]
        .iter()
        .filter_map(|end| before.rfind(end).map(|found| found + end.len()))
        .max()
        .unwrap_or(0)
}

/// Where the first sentence of a clause ends. A dot within a file name or a number ends none.
fn sentence_end(clause: &str) -> usize {
    let bytes = clause.as_bytes();
    (0..bytes.len())
        .find(|at| {
            let then = bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
            (matches!(bytes[*at], b'.' | b'!' | b'?') && then)
                || bytes[*at] == b';'
                || bytes[*at..].starts_with(b"\n\n")
        })
        .unwrap_or(clause.len())
}

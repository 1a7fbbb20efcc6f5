//! Rules whose condition never holds.

use std::collections::BTreeSet;

use crate::review::{has_file_keys, owner_keys_hold};
use crate::rules::{Crosses, Enforce, Spot, When};

use super::Code;
use super::ground::Ground;
use super::services::takes_everything;
use super::words::{quote, some};

/// Checks every rule that the file itself gives a condition.
pub(super) fn check(ground: &mut Ground<'_>) {
    let file = ground.file();
    let own = file.root().key("rules").by_id();
    let rules = ground.rules;
    let known = Known::of(ground);
    for rule in rules.rules.iter().filter(|rule| rule.enforce != Enforce::None && rule.later().is_empty()) {
        let Some(spot) = own.get(rule.id.as_str()).map(|spot| spot.key("when")).filter(Spot::exists) else { continue };
        if let Some((at, why)) = never(ground, &known, &rule.when, spot) {
            let message = format!("the rule {} never matches: {why}", quote(&rule.id));
            ground.warn(Code::RuleNeverMatches, at, message);
        }
    }
    if let Some(skip) = &rules.skip
        && let Some((at, why)) = never(ground, &known, skip, file.root().key("skip"))
    {
        ground.warn(Code::RuleNeverMatches, at, format!("`skip` never holds: {why}"));
    }
}

/// What is known of the owners of all files.
struct Known {
    /// A team that owns every file that counts.
    one_team: Option<String>,
    /// The domain that all owners are of.
    one_domain: Option<String>,
}

impl Known {
    fn of(ground: &Ground<'_>) -> Self {
        // What is shared makes no crossing by itself.
        let owners: Vec<&Vec<String>> = ground
            .files
            .kinds
            .iter()
            .filter(|owned| !owned.shared)
            .map(|owned| &owned.teams)
            .filter(|teams| !teams.is_empty())
            .collect();
        let shared: BTreeSet<&String> = owners.first().into_iter().flat_map(|teams| teams.iter()).collect();
        let one_team = shared.into_iter().find(|team| owners.iter().all(|teams| teams.contains(team)));
        let domains: BTreeSet<Option<&str>> =
            owners.iter().flat_map(|teams| teams.iter()).map(|team| ground.owners.domain(team)).collect();
        let one_domain = match domains.first() {
            Some(Some(domain)) if domains.len() == 1 => Some((*domain).to_owned()),
            _ => None,
        };
        Self { one_team: one_team.cloned(), one_domain }
    }
}

/// Why a condition never holds, and where that stands.
fn never<'f>(ground: &mut Ground<'_>, known: &Known, when: &When, spot: Spot<'f>) -> Option<(Spot<'f>, String)> {
    match when.crosses {
        Some(Crosses::Domain) if ground.rules.domains.is_empty() => {
            let why = "there are no `domains`, so everything is one; name them, or ask for `crosses: team`";
            return Some((spot.key("crosses"), why.to_owned()));
        }
        Some(Crosses::Domain) if let Some(domain) = &known.one_domain => {
            let why =
                format!("every owner is in the one domain {}; `crosses: team` is between its teams", quote(domain));
            return Some((spot.key("crosses"), why));
        }
        Some(Crosses::Team) if let Some(team) = &known.one_team => {
            return Some((spot.key("crosses"), format!("{} owns every file that has an owner", quote(team))));
        }
        _ => {}
    }
    if when.unowned == Some(true) {
        let owners =
            [("foreign", when.foreign.is_some()), ("teams", when.teams.is_some()), ("domains", when.domains.is_some())];
        if let Some((key, _)) = owners.iter().find(|(_, asked)| *asked) {
            let why = format!(
                "`unowned` and `{key}` are asked of the same file, and what has no owner is nobody's; ask one of them, or put them under `any`"
            );
            return Some((spot.key("unowned"), why));
        }
    }
    if let Some(why) = not_gated(ground, when) {
        return Some((spot.key("base"), why));
    }
    if let Some(why) = contradict(ground, when) {
        return Some((spot, why));
    }
    if let Some(not) = &when.not
        && not.paths.as_ref().is_some_and(takes_everything)
        && asks_paths_alone(not)
    {
        return Some((spot.key("not"), "`not` takes every path out".to_owned()));
    }
    for (index, inner) in when.all.iter().enumerate() {
        let found = never(ground, known, inner, spot.key("all").item(index));
        if found.is_some() {
            return found;
        }
    }
    let mut why = None;
    for (index, inner) in when.any.iter().enumerate() {
        why = Some(never(ground, known, inner, spot.key("any").item(index))?);
    }
    why
}

fn asks_paths_alone(when: &When) -> bool {
    let alone = When { paths: None, ..when.clone() };
    !has_file_keys(&alone)
        && alone.inner().next().is_none()
        && alone.later.is_empty()
        && alone.crosses.is_none()
        && alone.size.is_none()
        && alone.labels.is_none()
        && alone.base.is_none()
        && alone.title.is_none()
        && alone.author.is_none()
        && alone.rules.is_none()
}

/// `base` names branches none of which is gated.
fn not_gated(ground: &Ground<'_>, when: &When) -> Option<String> {
    let base = when.base.as_ref()?;
    let gated = &ground.rules.branches;
    let default = ground.input.default_branch?;
    // Two globs may share names that neither shows: then nothing is said.
    let wild = |name: &String| name.contains(['*', '?', '{']);
    let named = |name: &String| !name.starts_with('!') && !wild(name);
    let reached = base.matches(default)
        || base.written().iter().any(|name| if named(name) { gated.matches(name) } else { !gated.is_empty() })
        || gated.written().iter().filter(|name| named(name)).any(|name| base.matches(name));
    (!reached).then(|| {
        format!(
            "{} {} no gated branch, and only pull requests into those are judged; add it to `branches`",
            some(base.written().iter().map(String::as_str)),
            if base.written().len() == 1 { "is" } else { "are" }
        )
    })
}

/// Keys of files each of which holds of some file, and which together hold of none.
fn contradict(ground: &mut Ground<'_>, when: &When) -> Option<String> {
    let mut asked: Vec<&str> = Vec::new();
    for (key, has) in [
        ("paths", when.paths.is_some()),
        ("services", when.services.is_some()),
        ("teams", when.teams.is_some()),
        ("domains", when.domains.is_some()),
        ("tiers", when.tiers.is_some()),
        ("unowned", when.unowned == Some(true)),
    ] {
        if has {
            asked.push(key);
        }
    }
    if asked.len() < 2
        || !ground.knows_files()
        || !ground.spend(ground.files.paths.len() as u64 * 6 + ground.files.kinds.len() as u64 * 50)
    {
        return None;
    }
    let only = |key: &str| When {
        services: when.services.clone().filter(|_| key == "services"),
        teams: when.teams.clone().filter(|_| key == "teams"),
        domains: when.domains.clone().filter(|_| key == "domains"),
        tiers: when.tiers.clone().filter(|_| key == "tiers"),
        unowned: when.unowned.filter(|_| key == "unowned"),
        ..When::default()
    };
    let kinds = &ground.files.kinds;
    for key in asked.iter().filter(|key| !matches!(**key, "paths" | "unowned")) {
        // What no file has is said where it stands.
        let one = only(key);
        if !kinds.iter().any(|owned| owner_keys_hold(&ground.owners, &one, owned)) {
            return None;
        }
    }
    let together: Vec<bool> = kinds.iter().map(|owned| owner_keys_hold(&ground.owners, when, owned)).collect();
    let mut under_paths = false;
    for (path, kind) in ground.files.paths.iter().zip(&ground.files.kind_of) {
        let fits = together[*kind as usize];
        if under_paths && !fits {
            continue;
        }
        if when.paths.as_ref().is_none_or(|set| set.matches(path)) {
            if fits {
                return None;
            }
            under_paths = true;
        }
    }
    // The day on which the first file without an owner appears is what such a rule waits for.
    if !under_paths || (when.unowned == Some(true) && asked.len() == 2) {
        return None;
    }
    let keys: Vec<String> = asked.iter().map(|key| format!("`{key}`")).collect();
    let keys = match keys.split_last() {
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    };
    Some(format!(
        "{keys} are asked of the same file, and there is none of which all hold; put them under `all` if different files are meant"
    ))
}

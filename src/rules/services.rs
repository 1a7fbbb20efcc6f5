//! Services: entries of `services`, and the folders that `roots` names.

use std::collections::BTreeSet;

use indexmap::IndexSet;

use super::known::Known;
use super::node::{Node, Value};
use super::reader::{Entry, Reader};
use super::when::is_glob;
use super::words::quote;
use super::{Origin, PatternSet, Place, Repository, Root, Rules, Service, people};

const EXAMPLE: &str = "{ team: payments, paths: [services/checkout/] }";

/// The names of the entries.
pub(super) fn names(node: &Node) -> BTreeSet<String> {
    match &node.value {
        Value::Map(pairs) => pairs.iter().filter_map(|(key, _)| key.text().map(str::to_owned)).collect(),
        _ => BTreeSet::new(),
    }
}

/// Reads `roots` and `services`; a team that only a service names becomes known where the file declares none.
pub(super) fn read(
    reader: &mut Reader,
    rules: &mut Rules,
    known: &Known,
    roots: Option<Entry<'_>>,
    services: Option<Entry<'_>>,
    here: Option<Repository<'_>>,
) {
    if let Some(entry) = roots {
        rules.roots = self::roots(reader, entry.value);
    }
    let Some(entry) = services else { return };
    for entry in reader.entries(entry.value, "`services`", "checkout: { team: payments, paths: [services/checkout/] }")
    {
        // A service of another repository is checked, and is none here.
        let applies = |service: &Service| match (&service.repo, here) {
            (Some(repo), Some(here)) => here.is(repo),
            _ => true,
        };
        if let Some(service) = service(reader, rules, known, &entry).filter(applies) {
            service.teams.iter().for_each(|team| people::list(rules, team));
            rules.services.push(service);
        }
    }
}

fn service(reader: &mut Reader, rules: &Rules, known: &Known, entry: &Entry<'_>) -> Option<Service> {
    let name = reader.name(entry.key, entry.place, "a service")?;
    // A service that is a whole repository has it for its folder.
    let whole =
        matches!(&entry.value.value, Value::Map(fields) if fields.iter().any(|(key, _)| key.text() == Some("repo")));
    let own = if whole { Some(String::new()) } else { own_folder(&rules.roots, &name) };
    let mut service = Service {
        name,
        teams: Vec::new(),
        tier: None,
        paths: None,
        public: Vec::new(),
        shared: false,
        repo: None,
        place: entry.place,
    };
    let mut has_paths = false;
    if entry.value.value != Value::Null {
        let fields = ["team", "tier", "paths", "public", "shared", "repo"];
        for field in reader.fields(entry.value, "a service", EXAMPLE, &fields) {
            let value = field.value;
            match field.key {
                "team" => {
                    let mut teams: IndexSet<String> = IndexSet::new();
                    for (written, place) in reader.texts(value, "`team`", "[payments, ledger]") {
                        teams.extend(known.owner(reader, written, place));
                    }
                    service.teams = teams.into_iter().collect();
                }
                "tier" => {
                    if let Some(tier) = reader.text(value, "`tier`") {
                        known.check_tier(reader, tier, value.place);
                        service.tier = Some(tier.to_owned());
                    }
                }
                "paths" => {
                    has_paths = true;
                    if own.is_some() || !own_paths(reader, value) {
                        service.paths = reader.paths(value, "`paths`", own.as_deref());
                    }
                }
                "public" => {
                    let public = reader.texts(value, "`public`", "[./api/]");
                    service.public = public.into_iter().map(|(text, _)| text.to_owned()).collect();
                }
                "shared" => service.shared = reader.flag(value, "`shared`").unwrap_or_default(),
                _ if field.place.origin == Origin::Organization => service.repo = repo(reader, value),
                _ => {
                    has_paths = true;
                    let message = "`repo` speaks in an organisation's file alone: the services of this file are in this repository; take the key away";
                    reader.error(field.place, message);
                }
            }
        }
    }
    if !has_paths && service.repo.is_some() {
        service.paths = PatternSet::paths(&["**".to_owned()], None).ok();
    } else if !has_paths && !known.roots {
        let message = format!(
            "the service {} says nowhere where it is: give it `paths`, like `{EXAMPLE}`, or name the folder above it under `roots`",
            quote(&service.name)
        );
        reader.error(entry.place, message);
    }
    Some(service)
}

/// Whether paths begin with `./` where no folder is known that it could stand for; said at each.
fn own_paths(reader: &mut Reader, node: &Node) -> bool {
    let single = std::slice::from_ref(node);
    let items = if let Value::List(items) = &node.value { items.as_slice() } else { single };
    let own = |item: &&Node| item.text().is_some_and(|text| text.trim_start_matches('!').starts_with("./"));
    let found: Vec<Place> = items.iter().filter(own).map(|item| item.place).collect();
    for place in &found {
        let message = "`./` is the folder that `roots` names for this service, and there is not exactly one: write the path from the top of the repository";
        reader.error(*place, message);
    }
    !found.is_empty()
}

fn repo(reader: &mut Reader, node: &Node) -> Option<String> {
    let written = reader.text(node, "`repo`")?;
    let fine = super::reader::is_handle(written) && written.contains('/') && !written.starts_with('@');
    if !fine {
        reader.error(
            node.place,
            format!("`repo` is a repository with its owner, like `acme/ledger`; {} is not", quote(written)),
        );
    }
    fine.then(|| written.to_owned())
}

/// The folder of a service under `roots`, where it can be told without looking: one root, wild in its last part alone.
pub(crate) fn own_folder(roots: &[Root], name: &str) -> Option<String> {
    let [root] = roots else { return None };
    let (above, last) = root.written.rsplit_once('/').unwrap_or(("", &root.written));
    (!is_glob(above) && is_glob(last))
        .then(|| if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") })
}

/// Folders that are services. A pattern with `!` takes folders of all others out.
fn roots(reader: &mut Reader, node: &Node) -> Vec<Root> {
    let mut wanted: Vec<(String, Place)> = Vec::new();
    let mut unwanted: Vec<String> = Vec::new();
    for (written, place) in reader.texts(node, "`roots`", "[services/*/]") {
        let (out, pattern) = written.strip_prefix('!').map_or((false, written), |pattern| (true, pattern));
        let folder = pattern.strip_prefix("./").unwrap_or(pattern).trim_matches('/').to_owned();
        let (above, last) = folder.rsplit_once('/').unwrap_or(("", &folder));
        let wrong = if folder.split('/').any(|part| matches!(part, "" | "." | "..")) {
            Some("name folders from the top of the repository, like `services/*/`")
        } else if folder.contains("**") {
            Some("`**` does not say how deep the folders are: write each level, like `services/*/*/`")
        } else if folder.contains('{')
            && folder.split('/').any(|part| part.matches('{').count() != part.matches('}').count())
        {
            Some("a `{…}` here may not hold a `/`: write two patterns")
        } else if !out && is_glob(above) && !is_glob(last) {
            Some(
                "a service is named after its folder, and these would all have one name: end the pattern in the `*` that names them",
            )
        } else {
            None
        };
        match wrong {
            Some(why) => reader.error(place, format!("{} cannot be a root: {why}", quote(written))),
            None if out => unwanted.push(format!("!/{folder}")),
            None => wanted.push((folder, place)),
        }
    }
    let mut roots = Vec::new();
    for (folder, place) in wanted {
        let patterns: Vec<String> = std::iter::once(format!("/{folder}")).chain(unwanted.iter().cloned()).collect();
        match PatternSet::paths(&patterns, None) {
            Ok(folders) => roots.push(Root { depth: folder.split('/').count(), written: folder, folders, place }),
            Err(error) => reader.error(place, error.to_string()),
        }
    }
    roots
}

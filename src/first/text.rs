//! The text of the file: every entry with where it comes from.

use unicode_width::UnicodeWidthStr;

use crate::rules::{self, RULES_PATH};

use super::people::ACTIVE;
use super::yaml::{list, remark, scalar};
use super::{Draft, MOST_UNOWNED, Place};

/// Lines of comments are wrapped here.
const WIDTH: usize = 110;
/// Comments behind entries begin no further right than this.
const FURTHEST: usize = 72;
/// So many people are named for one folder.
const PEOPLE: usize = 3;
/// So many of the hosts that they write from are.
const HOSTS: usize = 3;
/// So many owners are.
const OWNERS: usize = 3;
/// So many teams and folders are listed in a comment.
const LISTED: usize = 40;
/// More folders of records than this are better left to convention.
const RECORD_FOLDERS: usize = 8;

/// Whether a path shows that a pack fits.
type Fits = fn(&str) -> bool;

/// Packs for what a repository holds, and by what it is known.
const PACKS: [(&str, &str, Fits); 3] = [
    ("contracts", "contracts of services (Protobuf, OpenAPI, GraphQL)", |path| {
        let name = path.rsplit('/').next().unwrap_or(path);
        [".proto", ".graphql"].iter().any(|end| name.ends_with(end)) || name.starts_with("openapi.")
    }),
    ("data-model", "migrations", |path| path.ends_with(".sql") || path.contains("/migrations/")),
    ("delivery", "workflows and infrastructure as code", |path| {
        path.starts_with(".github/workflows/") || path.ends_with(".tf") || path.ends_with("Chart.yaml")
    }),
];

pub(super) fn text(draft: &Draft<'_>) -> String {
    let mut out = Text::default();
    head(&mut out, draft);
    stage(&mut out, draft);
    mode(&mut out, draft);
    adrs(&mut out, draft);
    domains(&mut out, draft);
    roots(&mut out, draft);
    services(&mut out, draft);
    out.0
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    fn gap(&mut self) {
        self.0.push('\n');
    }

    /// A comment, wrapped.
    fn comment(&mut self, indent: &str, text: &str) {
        let mut line = format!("{indent}#");
        for word in text.split(' ') {
            if line.width() + 1 + word.width() > WIDTH && line.len() > indent.len() + 1 {
                self.line(&line);
                line = format!("{indent}#");
            }
            line.push(' ');
            line.push_str(word);
        }
        self.line(&line);
    }

    /// Entries with their comments in one column.
    fn aligned(&mut self, entries: &[(String, String)]) {
        let widths = entries.iter().map(|(entry, _)| entry.width()).filter(|width| *width <= FURTHEST);
        let column = widths.max().unwrap_or(0);
        for (entry, comment) in entries {
            let gap = " ".repeat(column.saturating_sub(entry.width()));
            self.line(&format!("{entry}{gap}  # {comment}"));
        }
    }
}

fn head(out: &mut Text, draft: &Draft<'_>) {
    let of = draft.seen.repository.map_or("this repository".to_owned(), remark);
    let commit: String = draft.seen.commit.chars().filter(char::is_ascii_hexdigit).take(10).collect();
    let day = draft.seen.now.format("%Y-%m-%d");
    out.comment("", &format!("The rules of {of}: who owns what, and what a change needs that reaches further."));
    out.comment("", "");
    out.comment(
        "",
        &format!(
            "A first draft by `merestone init` from commit {commit} of {day}; every entry says where it comes from. Keep what is right and change the rest: `merestone lint {RULES_PATH}` checks it, `merestone review --rules {RULES_PATH}` judges a change by it."
        ),
    );
    out.line("version: 1");
}

fn stage(out: &mut Text, draft: &Draft<'_>) {
    out.gap();
    let people = &draft.people;
    let (active, all) = (people.active(ACTIVE), people.active(1));
    let day = draft.seen.now.format("%Y-%m-%d");
    let hosts: Vec<String> = people
        .hosts(ACTIVE)
        .iter()
        .take(HOSTS)
        .map(|(host, people)| format!("{people} from {}", remark(host)))
        .collect();
    let hosts = if hosts.is_empty() { String::new() } else { format!("; {}", hosts.join(", ")) };
    let cut =
        if draft.seen.history_cut { " Older commits of the year are not here, so there may be more." } else { "" };
    out.comment(
        "",
        &format!(
            "{} committed {ACTIVE} times or more in the year to {day} ({all} in all, programs aside{hosts}).{cut} `startup` is for fewer than 50, `growth` for 50 to 200, `enterprise` for more.",
            count(active, "person", "people")
        ),
    );
    if draft.stage.fits != draft.stage.used {
        out.comment(
            "",
            &format!(
                "`{}` fits, and this version does not bring it yet; `{}` says less and holds nothing.",
                draft.stage.fits, draft.stage.used
            ),
        );
    }
    let mut packs = Vec::new();
    for (pack, what, fits) in PACKS {
        let files = draft.seen.listing.iter().filter(|path| fits(path)).count();
        if files > 0 && rules::shipped().any(|shipped| shipped == pack) {
            packs.push(format!("`{pack}` ({}: {what})", count(files, "file", "files")));
        }
    }
    if !packs.is_empty() {
        out.comment("", &format!("Worth a look, for what is here: {}.", packs.join(", ")));
    }
    out.line(&format!("extends: [{}]", draft.stage.used));
}

fn mode(out: &mut Text, draft: &Draft<'_>) {
    out.gap();
    out.comment(
        "",
        "The first week is for looking: everything is judged and recorded, nobody is asked and nothing held. Then `advise` (shown, holds nothing), then `on` (as each rule says).",
    );
    out.line("mode: shadow");
    if !draft.updaters.is_empty() {
        out.gap();
        let all = draft.seen.history.len();
        let theirs: usize = draft.updaters.iter().map(|(_, commits)| commits).sum();
        out.comment(
            "",
            &format!("{theirs} of the {all} commits of the year: updates of dependencies are judged and recorded, and ask nobody."),
        );
        out.line(&format!("skip: {{ author: {} }}", list(draft.updaters.iter().map(|(login, _)| *login))));
    }
}

fn adrs(out: &mut Text, draft: &Draft<'_>) {
    let records: usize = draft.seen.records.iter().map(|(_, records)| records).sum();
    if records == 0 {
        return;
    }
    let nameable =
        |folder: &str| !folder.is_empty() && !folder.contains(['*', '{', '!']) && !folder.contains(char::is_control);
    let folders: Vec<&str> = draft.seen.records.iter().map(|(folder, _)| folder.as_str()).collect();
    out.gap();
    let found = count(records, "decision record", "decision records");
    if folders.len() > RECORD_FOLDERS || !folders.iter().all(|folder| nameable(folder)) {
        out.comment(
            "",
            &format!(
                "{found} in {} folders are found by their names; `adrs: {{ paths: […] }}` would name some alone.",
                folders.len()
            ),
        );
        return;
    }
    out.comment(
        "",
        &format!(
            "{found}; a rule names those behind it, as in `adrs: [ADR-0002]`, and whoever meets the rule reads them."
        ),
    );
    out.line(&format!("adrs: {{ paths: {} }}", list(folders.iter().map(|folder| format!("{folder}/")))));
}

fn domains(out: &mut Text, draft: &Draft<'_>) {
    let teams = &draft.teams;
    if teams.len() < 2 {
        return;
    }
    // Within one organisation a team goes by its own name.
    let organisation = |team: &str| team.trim_start_matches('@').split('/').next().unwrap_or_default().to_lowercase();
    let one = teams.iter().all(|team| organisation(team) == organisation(&teams[0]));
    let short = |team: &String| if one { team.rsplit('/').next().unwrap_or(team).to_owned() } else { team.clone() };
    let mut names: Vec<String> = teams.iter().take(LISTED).map(|team| remark(&scalar(&short(team)))).collect();
    if teams.len() > LISTED {
        names.push(format!("and {} more", teams.len() - LISTED));
    }
    out.gap();
    out.comment(
        "",
        &format!(
            "CODEOWNERS names {} teams, those of most files first: {}. Teams that answer to the same architects form a domain; without domains everything is one, and nobody stands above the owners. To say it:",
            teams.len(),
            names.join(", ")
        ),
    );
    let organisation = remark(teams[0].trim_start_matches('@').split('/').next().unwrap_or_default());
    out.line(&format!("# organization: {{ architects: [{organisation}/COUNCIL] }}"));
    out.line("# domains:");
    let first = names.iter().take(2).cloned().collect::<Vec<_>>().join(", ");
    out.line(&format!("#   NAME: {{ teams: [{first}], architects: [{organisation}/ARCHITECTS] }}"));
}

fn roots(out: &mut Text, draft: &Draft<'_>) {
    if draft.layout.roots.is_empty() {
        return;
    }
    out.gap();
    out.comment("", "Every such folder is a service of its name, and so is one that will be added.");
    out.line("roots:");
    let entry = |root: &super::folders::Root| {
        let folders = count(root.folders.len(), "folder", "folders");
        (format!("  - {}", scalar(&format!("{}/*/", root.parent))), format!("{}: {folders}", remark(&root.why)))
    };
    out.aligned(&draft.layout.roots.iter().map(entry).collect::<Vec<_>>());
}

fn services(out: &mut Text, draft: &Draft<'_>) {
    out.gap();
    let whose = match draft.seen.codeowners {
        Some(file) => {
            let owned = |path: &&String| file.entry_for(path).is_some_and(|entry| !entry.owners.is_empty());
            let owned = draft.seen.listing.iter().filter(owned).count();
            format!(
                "No entry names a team, so {} says who owns a file; it does for {owned} of {}. A `team` here says it instead, as in `{{ team: payments, paths: […] }}`.",
                remark(file.path()),
                count(draft.seen.listing.len(), "file", "files")
            )
        }
        None => "There is no CODEOWNERS, so nobody owns anything until a `team` is named, as in `{ team: payments, paths: […] }`: the team of that name in this organisation. Behind each entry stand those who changed it most in the year.".to_owned(),
    };
    out.comment("", &format!("{whose} The last entry that matches a path wins."));
    out.line("services:");
    let mut entries = Vec::new();
    if draft.has_root() {
        let mut paths = vec!["/*".to_owned()];
        if draft.layout.hidden {
            paths.push("/.*/".to_owned());
        }
        paths.extend(draft.layout.shared.iter().map(|folder| pattern(folder)));
        let paths = paths.iter().map(|path| if path.contains('*') { format!("\"{path}\"") } else { scalar(path) });
        let paths: Vec<String> = paths.collect();
        out.comment(
            "  ",
            "What serves all others (the files at the top, CI, tools, documents): no crossing by itself.",
        );
        out.line(&format!("  {}: {{ paths: [{}], shared: true }}", draft.layout.shared_name, paths.join(", ")));
    }
    for part in &draft.parts {
        let place = draft.places.get(&part.folder).cloned().unwrap_or_default();
        let entry = format!("  {}: {{ paths: {} }}", scalar(&part.name), list([pattern(&part.folder)]));
        entries.push((entry, format!("{}; {}", remark(&part.why), whose_it_is(&place))));
    }
    if !entries.is_empty() {
        out.gap();
        out.aligned(&entries);
    }
    if entries.is_empty() && !draft.has_root() {
        // A key without a value would be none.
        out.line("  {}");
    }
    if !draft.left_out.is_empty() {
        let names: Vec<String> = draft.left_out.iter().take(LISTED).map(|folder| remark(folder)).collect();
        let rest = draft.left_out.len() - names.len();
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        out.gap();
        out.comment(
            "  ",
            &format!("{} folders that changed less have no entry: {}{more}.", draft.left_out.len(), names.join(", ")),
        );
    }
    unowned(out, draft);
}

/// Folders under `roots` that nobody owns.
fn unowned(out: &mut Text, draft: &Draft<'_>) {
    if draft.unowned.is_empty() {
        return;
    }
    out.gap();
    let number = draft.unowned.len();
    let shown = if number > MOST_UNOWNED {
        format!(", the {MOST_UNOWNED} that changed most of {number}")
    } else {
        String::new()
    };
    out.comment("  ", &format!("Folders of `roots` that nobody owns{shown}. Take the `#` away and name the team:"));
    let mut entries = Vec::new();
    for folder in draft.unowned.iter().take(MOST_UNOWNED) {
        let name = folder.rsplit('/').next().unwrap_or(folder);
        let place = draft.places.get(folder).cloned().unwrap_or_default();
        entries.push((format!("  # {}: {{ team: TEAM }}", remark(&scalar(name))), whose_it_is(&place)));
    }
    out.aligned(&entries);
}

/// Owners where there are any, else those who changed it most.
fn whose_it_is(place: &Place) -> String {
    if !place.owners.is_empty() {
        let mut names: Vec<String> = place.owners.iter().take(OWNERS).map(|(owner, _)| remark(owner)).collect();
        if place.owners.len() > OWNERS {
            names.push(format!("{} more", place.owners.len() - OWNERS));
        }
        let bare = place.files - place.owned;
        let owners = names.join(", ");
        return match bare {
            0 => owners,
            _ if bare * 2 > place.files && place.commits > 0 => {
                format!("{owners}; {bare} of {} files nobody's; {}", place.files, hands(place))
            }
            _ => format!("{owners}; {bare} of {} files nobody's", place.files),
        };
    }
    if place.commits == 0 {
        return "nobody's, and unchanged in the year".to_owned();
    }
    format!("nobody's; {}", hands(place))
}

/// Who changed it most.
fn hands(place: &Place) -> String {
    let people: Vec<String> =
        place.people.iter().take(PEOPLE).map(|(name, commits)| format!("{} {commits}", remark(name))).collect();
    let people = if people.is_empty() { "programs alone".to_owned() } else { people.join(", ") };
    format!("{}: {people}", count(place.commits, "commit", "commits"))
}

/// The pattern of one folder, taken literally.
fn pattern(folder: &str) -> String {
    let mut out = String::from("/");
    for c in folder.chars() {
        if matches!(c, '*' | '?' | '\\' | '{' | '}') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('/');
    out
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

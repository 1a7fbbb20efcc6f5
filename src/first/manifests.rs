//! What manifests say of the folders that a repository consists of. Each is read for this one thing, and whatever cannot be read says
//! nothing: the file that is written is a proposal, and people look at it.

use std::collections::BTreeSet;

use crate::rules::PatternSet;

/// A manifest is read at the top and this many folders below it.
const DEPTH: usize = 1;
/// More manifests than this are not read.
const MOST: usize = 40;
/// More patterns of one manifest than this are not looked at.
const PATTERNS: usize = 1000;

/// A folder that a manifest calls a part of the repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Member {
    pub folder: String,
    /// Which manifest says so, and where in it.
    pub said_by: String,
}

/// The kinds of manifest that name other folders: file name, what is read of it, and the file that makes a folder a member.
const KINDS: [(&str, &str, &str); 6] = [
    ("package.json", "workspaces", "package.json"),
    ("pnpm-workspace.yaml", "packages", "package.json"),
    ("Cargo.toml", "workspace.members", "Cargo.toml"),
    ("go.work", "use", "go.mod"),
    ("pom.xml", "modules", "pom.xml"),
    ("settings.gradle", "include", ""),
];

/// The manifests that are to be read, among all paths of a repository.
pub fn wanted(listing: &[String]) -> Vec<String> {
    let is_one = |path: &&String| {
        let name = path.rsplit('/').next().unwrap_or_default();
        path.matches('/').count() <= DEPTH && KINDS.iter().any(|(kind, _, _)| *kind == name)
    };
    listing.iter().filter(is_one).take(MOST).cloned().collect()
}

/// The folders that these manifests name, each once, by the first that names it; modules of Go count where no `go.work` speaks.
pub(super) fn members(manifests: &[(String, Vec<u8>)], listing: &[String], folders: &BTreeSet<&str>) -> Vec<Member> {
    let paths: BTreeSet<&str> = listing.iter().map(String::as_str).collect();
    let mut found: Vec<Member> = Vec::new();
    let mut add = |folder: &str, said_by: &str| {
        if !folder.is_empty() && found.iter().all(|member| member.folder != folder) {
            found.push(Member { folder: folder.to_owned(), said_by: said_by.to_owned() });
        }
    };
    for (path, bytes) in manifests {
        let (home, name) = path.rsplit_once('/').map_or(("", path.as_str()), |(home, name)| (home, name));
        let Some((_, key, marker)) = KINDS.iter().find(|(kind, _, _)| *kind == name) else { continue };
        let text = String::from_utf8_lossy(bytes);
        let patterns = match name {
            "package.json" => npm(&text),
            "pnpm-workspace.yaml" => pnpm(&text),
            "Cargo.toml" => cargo(&text),
            "go.work" => go_work(&text),
            "pom.xml" => maven(&text),
            _ => gradle(&text),
        };
        let said_by = format!("{path}, {key}");
        for folder in expand(home, &patterns, folders) {
            let marked = marker.is_empty() || paths.contains(format!("{folder}/{marker}").as_str());
            if marked {
                add(folder, &said_by);
            }
        }
    }
    for path in listing.iter().filter_map(|path| path.strip_suffix("/go.mod")) {
        if !path.split('/').any(|part| matches!(part, "vendor" | "testdata")) {
            add(path, "its go.mod");
        }
    }
    found
}

/// The folders that patterns, written from `home`, mean; `!` takes out.
fn expand<'f>(home: &str, patterns: &[String], folders: &BTreeSet<&'f str>) -> Vec<&'f str> {
    let rooted = |pattern: &String| {
        let (out, rest) = pattern.strip_prefix('!').map_or(("", pattern.as_str()), |rest| ("!", rest));
        let rest = rest.trim_start_matches("./").trim_matches('/');
        let fine = !rest.is_empty() && !rest.split('/').any(|part| matches!(part, "" | "." | ".."));
        fine.then(|| {
            (
                format!("{out}/{}{rest}", if home.is_empty() { String::new() } else { format!("{home}/") }),
                rest.to_owned(),
            )
        })
    };
    let mut found = Vec::new();
    let patterns: Vec<(String, String)> = patterns.iter().take(PATTERNS).filter_map(rooted).collect();
    let out: Vec<String> =
        patterns.iter().map(|(pattern, _)| pattern.clone()).filter(|one| one.starts_with('!')).collect();
    for (pattern, written) in patterns.iter().filter(|(pattern, _)| !pattern.starts_with('!')) {
        let list: Vec<String> = std::iter::once(pattern.clone()).chain(out.iter().cloned()).collect();
        // A pattern that only the manifest's own tool can read names nothing here.
        let Ok(set) = PatternSet::paths(&list, None) else { continue };
        let depth = pattern.matches('/').count();
        let any_depth = written.split('/').any(|part| part == "**");
        let fits = |folder: &&&str| (any_depth || folder.matches('/').count() + 1 == depth) && set.matches(folder);
        found.extend(folders.iter().filter(fits));
    }
    found
}

fn npm(text: &str) -> Vec<String> {
    let Ok(json) = serde_json::from_str::<serde_json::Value>(text) else { return Vec::new() };
    let workspaces = &json["workspaces"];
    let list = workspaces.as_array().or_else(|| workspaces["packages"].as_array());
    list.into_iter().flatten().filter_map(|one| one.as_str()).map(str::to_owned).collect()
}

fn pnpm(text: &str) -> Vec<String> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("packages:"));
    let first = lines.next().unwrap_or_default();
    let inline = quoted(first);
    if !inline.is_empty() {
        return inline;
    }
    let item = |line: &str| Some(line.trim().strip_prefix('-')?.trim().trim_matches(['"', '\'']).to_owned());
    let lines = lines.filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    lines.take_while(|line| line.starts_with([' ', '\t', '-'])).filter_map(item).collect()
}

fn cargo(text: &str) -> Vec<String> {
    let workspace = text.lines().skip_while(|line| line.trim() != "[workspace]").skip(1);
    let lines: Vec<&str> =
        workspace.take_while(|line| !line.trim_start().starts_with("[") || line.contains(['"', '\''])).collect();
    let list = |key: &str| -> Vec<String> {
        let begins =
            |line: &&&str| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
        let Some(at) = lines.iter().position(|line| begins(&line)) else { return Vec::new() };
        let mut found = Vec::new();
        for line in &lines[at..] {
            let line = line.split('#').next().unwrap_or_default();
            found.extend(quoted(line));
            if line.contains(']') {
                break;
            }
        }
        found
    };
    let mut members = list("members");
    members.extend(list("exclude").into_iter().map(|one| format!("!{one}")));
    members
}

fn go_work(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        match line.strip_prefix("use") {
            Some(rest) if rest.trim() == "(" => inside = true,
            Some(rest) if rest.starts_with([' ', '\t']) => found.push(rest.trim().trim_matches('"').to_owned()),
            _ if line == ")" => inside = false,
            _ if inside && !line.is_empty() => found.push(line.trim_matches('"').to_owned()),
            _ => {}
        }
    }
    found
}

fn maven(text: &str) -> Vec<String> {
    // A comment may hold modules that are switched off.
    let mut rest = text;
    let mut live = String::new();
    while let Some((before, after)) = rest.split_once("<!--") {
        live.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    live.push_str(rest);
    let modules = live.split("<module>").skip(1).filter_map(|part| part.split_once("</module>"));
    modules.map(|(name, _)| name.trim().to_owned()).collect()
}

/// `include ':app', ':libs:core'`: a project's path with `:` for the slashes.
fn gradle(text: &str) -> Vec<String> {
    let includes = text.lines().filter(|line| line.trim_start().starts_with("include"));
    let names = includes.flat_map(|line| quoted(line.split("//").next().unwrap_or_default()));
    names.map(|name| name.trim_start_matches(':').replace(':', "/")).collect()
}

/// The texts between quotes.
fn quoted(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(open) = rest.find(['"', '\'']) {
        let quote = &rest[open..=open];
        let Some((inside, after)) = rest[open + 1..].split_once(quote) else { break };
        found.push(inside.to_owned());
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str, text: &str, listing: &[&str]) -> Vec<String> {
        let listing: Vec<String> = listing.iter().map(|path| (*path).to_owned()).collect();
        let folders = super::super::folders::folders(&listing);
        let members = members(&[(path.to_owned(), text.as_bytes().to_vec())], &listing, &folders);
        members.into_iter().map(|member| format!("{} ({})", member.folder, member.said_by)).collect()
    }

    #[test]
    fn each_kind_of_manifest_is_read() {
        let npm =
            ["packages/a/package.json", "packages/b/package.json", "packages/c/x.js", "packages/a/in/package.json"];
        let members = [
            told("package.json", r#"{"workspaces": ["packages/*", "!packages/b"]}"#, &npm),
            told("web/package.json", r#"{"workspaces": {"packages": ["./apps/**"]}}"#, &["web/apps/x/y/package.json"]),
            told(
                "pnpm-workspace.yaml",
                "packages:\n  # ours\n  - 'packages/*'\n  - \"!packages/a\"\nother:\n  - x\n",
                &npm,
            ),
            told(
                "Cargo.toml",
                "[package]\nmembers = [\"no\"]\n[workspace]\nresolver = \"2\"\nmembers = [\n  \"crates/*\", # all\n  'tool',\n]\nexclude = [\"crates/old\"]\n[profile.dev]\n",
                &["crates/a/Cargo.toml", "crates/old/Cargo.toml", "tool/Cargo.toml", "crates/none/x"],
            ),
            told(
                "go.work",
                "go 1.22\nuse ./one // first\nuse (\n\t./two\n)\n",
                &["one/go.mod", "two/go.mod", "vendor/x/go.mod"],
            ),
            told("none", "", &["api/go.mod", "go.mod", "a/testdata/go.mod"]),
            told(
                "pom.xml",
                "<modules><module>core</module><!-- <module>old</module> --></modules>",
                &["core/pom.xml", "old/pom.xml"],
            ),
            told(
                "settings.gradle",
                "include ':app', \":libs:core\" // x\ninclude('nothing')\n",
                &["app/x", "libs/core/y"],
            ),
            told("package.json", "{ broken", &npm),
        ];
        insta::assert_snapshot!(members.map(|one| one.join(", ")).join("\n"), @r#"
        packages/a (package.json, workspaces)
        web/apps/x/y (web/package.json, workspaces)
        packages/b (pnpm-workspace.yaml, packages)
        crates/a (Cargo.toml, workspace.members), tool (Cargo.toml, workspace.members)
        one (go.work, use), two (go.work, use)
        api (its go.mod)
        core (pom.xml, modules)
        app (settings.gradle, include), libs/core (settings.gradle, include)
        "#);
    }
}

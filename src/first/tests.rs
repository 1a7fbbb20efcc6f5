//! A file for repositories of many shapes.

use chrono::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::adr::Index;
use crate::review::{Attributes, Basis, OwnerMap, RulesFrom};
use crate::rules::parse;

/// A repository told small.
#[derive(Debug, Default)]
struct Shape {
    listing: Vec<String>,
    codeowners: Option<String>,
    manifests: Vec<(String, Vec<u8>)>,
    records: Vec<(String, usize)>,
    history: Vec<Commit>,
}

impl Shape {
    fn of(paths: &[&str]) -> Self {
        Self { listing: paths.iter().map(|path| (*path).to_owned()).collect(), ..Self::default() }
    }

    fn says(mut self, path: &str, text: &str) -> Self {
        self.listing.push(path.to_owned());
        if path.ends_with("CODEOWNERS") {
            self.codeowners = Some(text.to_owned());
        } else {
            self.manifests.push((path.to_owned(), text.as_bytes().to_vec()));
        }
        self
    }

    fn by(mut self, name: &str, times: usize, paths: &[&str]) -> Self {
        let email = format!("{}@acme.com", name.to_lowercase().replace(' ', "."));
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        self.history.extend((0..times).map(|_| Commit {
            name: name.to_owned(),
            email: email.clone(),
            paths: paths.clone(),
        }));
        self
    }

    fn see<T>(&self, look: impl FnOnce(Seen<'_>) -> T) -> T {
        let codeowners = self.codeowners.as_ref().map(|text| Codeowners::parse(".github/CODEOWNERS", text.as_bytes()));
        look(Seen {
            repository: Some("acme/shop"),
            commit: "0123456789abcdef0123456789abcdef01234567",
            now: Utc.with_ymd_and_hms(2026, 3, 4, 5, 6, 7).unwrap(),
            listing: &self.listing,
            codeowners: codeowners.as_ref(),
            manifests: &self.manifests,
            records: &self.records,
            history: &self.history,
            history_cut: false,
        })
    }

    fn text(&self) -> String {
        self.see(|seen| propose(seen).text)
    }
}

#[test]
fn a_monorepo_with_owners() {
    let mut shape = Shape::of(&[
        "README.md",
        ".github/workflows/ci.yml",
        "packages/cart/package.json",
        "packages/cart/src/index.ts",
        "packages/prices/package.json",
        "packages/prices/src/index.ts",
        "packages/new/package.json",
        "packages/new/src/index.ts",
        "apps/cart/main.ts",
        "apps/admin/main.ts",
        "docs/adr/0001-one.md",
        "docs/guide.md",
        "infra/terraform/main.tf",
        "infra/terraform/vpc.tf",
    ])
    .says("package.json", r#"{"workspaces": ["packages/*"]}"#)
    .says(
        ".github/CODEOWNERS",
        "/packages/cart/ @acme/payments @acme/web\n/packages/prices/ @acme/payments\n/apps/ @acme/web\n/infra/terraform/ @acme/sre\n",
    )
    .by("Ada Lovelace", 9, &["packages/new/src/index.ts"])
    .by("Grace Hopper", 4, &["packages/new/src/index.ts", "apps/cart/main.ts"])
    .by("dependabot[bot]", 7, &["packages/cart/package.json"])
    .by("A Guest", 1, &["README.md"]);
    shape.records = vec![("docs/adr".to_owned(), 1)];
    insta::assert_snapshot!(shape.text(), @r#"
    # The rules of acme/shop: who owns what, and what a change needs that reaches further.
    #
    # A first draft by `merestone init` from commit 0123456789 of 2026-03-04; every entry says where it comes
    # from. Keep what is right and change the rest: `merestone lint .github/merestone.yml` checks it, `merestone
    # review --rules .github/merestone.yml` judges a change by it.
    version: 1

    # 2 people committed 3 times or more in the year to 2026-03-04 (3 in all, programs aside; 2 from acme.com).
    # `startup` is for fewer than 50, `growth` for 50 to 200, `enterprise` for more.
    extends: [startup]

    # The first week is for looking: everything is judged and recorded, nobody is asked and nothing held. Then
    # `advise` (shown, holds nothing), then `on` (as each rule says).
    mode: shadow

    # 7 of the 21 commits of the year: updates of dependencies are judged and recorded, and ask nobody.
    skip: { author: ["dependabot[bot]"] }

    # 1 decision record; a rule names those behind it, as in `adrs: [ADR-0002]`, and whoever meets the rule reads
    # them.
    adrs: { paths: [docs/adr/] }

    # CODEOWNERS names 3 teams, those of most files first: payments, web, sre. Teams that answer to the same
    # architects form a domain; without domains everything is one, and nobody stands above the owners. To say it:
    # organization: { architects: [acme/COUNCIL] }
    # domains:
    #   NAME: { teams: [payments, web], architects: [acme/ARCHITECTS] }

    # Every such folder is a service of its name, and so is one that will be added.
    roots:
      - apps/*/      # the folders of apps/, by convention: 2 folders
      - packages/*/  # package.json, workspaces: 3 folders

    # No entry names a team, so .github/CODEOWNERS says who owns a file; it does for 8 of 16 files. A `team` here
    # says it instead, as in `{ team: payments, paths: […] }`. The last entry that matches a path wins.
    services:
      # What serves all others (the files at the top, CI, tools, documents): no crossing by itself.
      root: { paths: ["/*", "/.*/", /docs/], shared: true }

      apps-cart: { paths: [/apps/cart/] }          # a folder of this name is below several of `roots`; @acme/web
      terraform: { paths: [/infra/terraform/] }    # CODEOWNERS, line 4; @acme/sre
      packages-cart: { paths: [/packages/cart/] }  # a folder of this name is below several of `roots`; @acme/payments, @acme/web

      # Folders of `roots` that nobody owns. Take the `#` away and name the team:
      # new: { team: TEAM }  # nobody's; 13 commits: Ada Lovelace 9, Grace Hopper 4
    "#);
}

#[test]
fn a_repository_without_owners() {
    let shape = Shape::of(&[
        "go.mod",
        "main.go",
        "api/a.go",
        "api/b.go",
        "controllers/a.go",
        "controllers/b.go",
        "helm/Chart.yaml",
        "tests/e2e/x.go",
    ])
    .by("Ada Lovelace", 3, &["api/a.go"])
    .by("Korifi-Bot", 3, &["controllers/a.go"]);
    insta::assert_snapshot!(shape.text(), @r#"
    # The rules of acme/shop: who owns what, and what a change needs that reaches further.
    #
    # A first draft by `merestone init` from commit 0123456789 of 2026-03-04; every entry says where it comes
    # from. Keep what is right and change the rest: `merestone lint .github/merestone.yml` checks it, `merestone
    # review --rules .github/merestone.yml` judges a change by it.
    version: 1

    # 1 person committed 3 times or more in the year to 2026-03-04 (1 in all, programs aside). `startup` is for
    # fewer than 50, `growth` for 50 to 200, `enterprise` for more.
    extends: [startup]

    # The first week is for looking: everything is judged and recorded, nobody is asked and nothing held. Then
    # `advise` (shown, holds nothing), then `on` (as each rule says).
    mode: shadow

    # There is no CODEOWNERS, so nobody owns anything until a `team` is named, as in `{ team: payments, paths: […]
    # }`: the team of that name in this organisation. Behind each entry stand those who changed it most in the
    # year. The last entry that matches a path wins.
    services:
      # What serves all others (the files at the top, CI, tools, documents): no crossing by itself.
      root: { paths: ["/*", /tests/], shared: true }

      api: { paths: [/api/] }                  # a folder at the top, 2 files; nobody's; 3 commits: Ada Lovelace 3
      controllers: { paths: [/controllers/] }  # a folder at the top, 2 files; nobody's; 3 commits: programs alone
    "#);
}

#[test]
fn one_folder_that_holds_everything_is_taken_apart() {
    let shape =
        Shape::of(&["Cargo.toml", "src/main.rs", "src/rules/a.rs", "src/review/b.rs", "src/cli/c.rs", "src/cli/d.rs"]);
    assert!(shape.text().contains("  - src/*/  # src/ holds nearly everything: 3 folders\n"), "{}", shape.text());
    let empty = Shape::default().text();
    assert!(empty.ends_with("services:\n  {}\n"), "{empty}");
}

#[test]
fn few_entries_and_the_rest_in_a_sentence() {
    let paths: Vec<String> = (0..90).flat_map(|n| ["a", "b"].map(|file| format!("part{n:02}/{file}"))).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let shape = Shape::of(&paths).by("Ada Lovelace", 2, &["part77/a"]);
    let text = shape.text();
    assert_eq!(text.lines().filter(|line| line.contains("{ paths: [/part")).count(), MOST_ENTRIES);
    assert!(
        text.contains("part77: ") && text.contains("30 folders that changed less have no entry: part59, "),
        "{text}"
    );
}

#[test]
fn the_stage_follows_from_who_is_active() {
    let stages = [0, 49, 50, 200, 201].map(|active| Stage::of(active).fits);
    assert_eq!(stages, ["startup", "startup", "growth", "growth", "enterprise"]);
    for active in [0, 60, 210] {
        let mut shape = Shape::of(&["services/a/x", "services/b/x"]);
        shape = (0..active).fold(shape, |shape, n| shape.by(&format!("Person {n}"), ACTIVE, &["services/a/x"]));
        let stage = Stage::of(active);
        assert!(rules::shipped().any(|pack| pack == stage.used), "{stage:?}");
        assert_eq!(basis(&shape.text()).rules.extends, [stage.used]);
    }
}

fn basis(text: &str) -> Basis {
    let parsed = parse(text.as_bytes()).unwrap_or_else(|problems| panic!("{text}\n{problems:#?}"));
    assert_eq!(parsed.warnings, [], "{text}");
    Basis {
        organisation: None,
        commit: String::new(),
        owner: Some("acme".to_owned()),
        rules: parsed.rules,
        rules_from: RulesFrom::File(rules::RULES_PATH.to_owned()),
        rules_digest: String::new(),
        codeowners: None,
        attributes: Attributes::default(),
        adrs: Index::default(),
        says: String::new(),
    }
}

fn name() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "packages", "services", "src", "docs", ".github", "a", "b", "c", "a b", " a", "b ", "\"", "'", "a: b", "a # b",
        "#", "@acme", "- a", "{", "}", "{a,b}", "*", "**", "!a", "?", "[id]", "~", "null", "true", "on", "1e3", "0x10",
        ".5", "...", "---", "é", "\\", "a\\xe9", "<b>", "`", "|", "%", "&a", "a\nb", "\t", "\u{202e}", "\u{85}",
        "\u{2028}", "root", "=", "<<", "a,b", ":",
    ])
    .prop_map(str::to_owned);
    prop_oneof![4 => odd, 1 => "[ -~é]{1,12}".prop_map(|text| text.replace('/', "|"))]
}

fn shape() -> impl Strategy<Value = Shape> {
    let path = prop::collection::vec(name(), 1..5).prop_map(|parts| parts.join("/")).boxed();
    let owner = prop::sample::select(vec!["@acme/web", "@acme/pay-ments", "@other/x", "@ada", "x@y.org", ""]);
    let lines = prop::collection::vec((path.clone(), owner), 0..6);
    let commits = prop::collection::vec((name(), name(), prop::collection::vec(0usize..40, 0..4)), 0..12);
    let workspaces =
        prop::collection::vec(prop_oneof![path.clone(), path.clone().prop_map(|path| format!("{path}/*"))], 0..4);
    (prop::collection::btree_set(path, 0..40), prop::option::of(lines), commits, workspaces, 0usize..3).prop_map(
        |(paths, lines, commits, workspaces, records)| {
            let is_folder = |path: &String| paths.iter().any(|other| other.starts_with(&format!("{path}/")));
            let listing: Vec<String> = paths.iter().filter(|path| !is_folder(path)).cloned().collect();
            let codeowners = lines.map(|lines| {
                lines.iter().map(|(path, owner)| format!("/{} {owner}\n", path.replace(' ', "\\ "))).collect()
            });
            let history = commits
                .into_iter()
                .flat_map(|(name, email, paths)| {
                    let paths = paths.iter().filter_map(|at| listing.get(*at).cloned()).collect();
                    let commit =
                        Commit { name: if email == "a" { UPDATERS[0].to_owned() } else { name }, email, paths };
                    vec![commit; 3]
                })
                .collect();
            let records =
                folders::folders(&listing).into_iter().take(records).map(|folder| (folder.to_owned(), 2)).collect();
            let workspaces = serde_json::json!({ "workspaces": workspaces }).to_string();
            Shape {
                codeowners,
                manifests: vec![("package.json".to_owned(), workspaces.into_bytes())],
                records,
                history,
                listing,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// Whatever the repository holds, the file is read without a warning, as what was meant; no word of the repository is more
    /// than a value or a comment.
    #[test]
    fn what_is_written_is_read_as_it_was_meant(shape in shape()) {
        shape.see(|seen| {
            let draft = Draft::of(seen);
            let text = text::text(&draft);
            let basis = basis(&text);
            let rules = &basis.rules;
            prop_assert_eq!(&rules.extends, &[draft.stage.used]);
            prop_assert_eq!(rules.mode, rules::Mode::Shadow);
            let roots: Vec<String> = draft.layout.roots.iter().map(|root| format!("{}/*", root.parent)).collect();
            prop_assert_eq!(rules.roots.iter().map(|root| root.written.clone()).collect::<Vec<_>>(), roots);
            let names: Vec<&str> = draft.has_root().then_some(draft.layout.shared_name).into_iter().chain(draft.parts.iter().map(|part| part.name.as_str())).collect();
            prop_assert_eq!(rules.services.iter().map(|service| service.name.as_str()).collect::<Vec<_>>(), names);
            prop_assert!(rules.services.iter().all(|service| service.teams.is_empty()), "nobody is named who may not exist");
            prop_assert!(rules.teams.is_empty() && rules.domains.is_empty() && rules.council.is_empty());
            let skipped = rules.skip.as_ref().and_then(|skip| skip.author.as_ref()).map(|author| author.written().to_vec()).unwrap_or_default();
            prop_assert_eq!(skipped, draft.updaters.iter().map(|(login, _)| (*login).to_owned()).collect::<Vec<_>>());
            if !rules.adr_paths.is_empty() {
                let folders: Vec<&String> = seen.records.iter().map(|(folder, _)| folder).collect();
                prop_assert_eq!(rules.adr_paths.iter().collect::<Vec<_>>(), folders);
            }
            let map = OwnerMap::new(&basis);
            for path in seen.listing {
                let inside = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
                let part = draft.parts.iter().rfind(|part| inside(&part.folder)).map(|part| part.name.as_str());
                let folder = || {
                    let mut folders = draft.layout.roots.iter().flat_map(|root| {
                        let rest = path.strip_prefix(&root.parent)?.strip_prefix('/')?;
                        rest.split_once('/').map(|(name, _)| name)
                    });
                    folders.next()
                };
                let top = path.split('/').next().unwrap_or_default();
                let shared = || {
                    let serves = !path.contains('/') || top.starts_with('.') || draft.layout.shared.iter().any(|one| one == top);
                    (serves && draft.has_root()).then_some(draft.layout.shared_name)
                };
                let meant = part.or_else(folder).or_else(shared);
                let owned = map.owned(path);
                prop_assert_eq!(owned.shared, meant == Some(draft.layout.shared_name));
                prop_assert_eq!(owned.service.as_deref(), meant, "{:?} by\n{}", path, text);
            }
            // The same repository, the same file.
            prop_assert_eq!(propose(seen).text, text);
            Ok(())
        })?;
    }

    #[test]
    fn a_scalar_is_read_back(text in "\\PC{0,20}|[\\x00-\\xff]{0,12}|\"?[-:#{}\\[\\],&*?|<>=!%@\\\\ ~.a]{0,8}") {
        let yaml = format!("version: 1\nskip: {{ title: x }}\nadrs: {{ paths: {} }}\n", yaml::list([format!("x/{text}")]));
        // Not every text is a folder; but nothing of it becomes another key or value.
        match parse(yaml.as_bytes()) {
            Ok(parsed) => {
                let folder = format!("x/{text}");
                prop_assert_eq!(parsed.rules.adr_paths, [folder.trim_matches('/').to_owned()]);
            }
            Err(problems) => prop_assert!(problems.iter().all(|problem| problem.message.contains("is no folder")), "{yaml}\n{problems:#?}"),
        }
        let breaks = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
        prop_assert!(!yaml::remark(&text).contains(breaks));
    }
}

//! What is written says what the rules say.

use proptest::prelude::*;

use super::*;
use crate::adr::Index;
use crate::review::{Attributes, RulesFrom};
use crate::rules::parse;

fn basis(rules: &str, owner: Option<&str>) -> Basis {
    Basis {
        organisation: None,
        commit: "c".repeat(40),
        owner: owner.map(str::to_owned),
        rules: parse(rules.as_bytes()).unwrap_or_else(|problems| panic!("{rules}\n{problems:#?}")).rules,
        rules_from: RulesFrom::File(RULES_PATH.to_owned()),
        rules_digest: String::new(),
        codeowners: None,
        attributes: Attributes::default(),
        adrs: Index::default(),
        says: String::new(),
    }
}

fn list(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

fn shown(rules: &str, committed: Option<&str>, paths: &[&str]) -> String {
    let committed = committed.map(|text| ("CODEOWNERS", text.as_bytes()));
    match write(&basis(rules, Some("acme")), committed, &list(paths)) {
        Ok(written) => String::from_utf8(written.text).unwrap(),
        Err(refusal) => refusal.to_string(),
    }
}

const SHOP: &str = r#"
version: 1
teams: { payments: { github: "@acme/pay-ments" }, ledger: {} }
roots: [services/*/]
services:
  ledger: { team: ledger }
  checkout: { team: payments, paths: ["./", "!*.md", "!./vendor/"] }
  contracts: { team: [payments, ledger], paths: ["**/*.{proto,graphql}"] }
  docs: { paths: [/services/ledger/docs/] }
"#;

#[test]
fn services_follow_the_own_lines_and_are_written_anew_each_time() {
    let paths = [
        "README.md",
        "services/checkout/README.md",
        "services/checkout/a.proto",
        "services/checkout/main.go",
        "services/checkout/vendor/x/y.go",
        "services/ledger/docs/a.md",
        "services/ledger/main.go",
        "services/new/main.go",
    ];
    let own = "# ours\n*        @acme/everybody  # by default\n/services/checkout/vendor/\n\n";
    let text = shown(SHOP, Some(own), &paths);
    insta::assert_snapshot!(text, @r#"
    # ours
    *        @acme/everybody  # by default
    /services/checkout/vendor/

    # ---- merestone: written from .github/merestone.yml; edit that file, not what follows ----
    # The lines above this mark are yours and are kept.
    # After an edit of the rules:  merestone codeowners --rules .github/merestone.yml > CODEOWNERS
    # In CI, so that nobody forgets it:  merestone codeowners --check

    # checkout, the folder of its name
    /services/checkout/ @acme/pay-ments

    # ledger
    /services/ledger/ @acme/ledger

    # checkout
    /services/checkout/ @acme/pay-ments

    # contracts
    **/*.graphql @acme/pay-ments @acme/ledger
    **/*.proto   @acme/pay-ments @acme/ledger

    # docs, which names no team
    /services/ledger/docs/ @acme/everybody
    "#);
    assert_eq!(shown(SHOP, Some(&text), &paths), text);
    // A service that is gone leaves nothing behind.
    let without = shown("version: 1\n", Some(&text), &paths);
    insta::assert_snapshot!(without, @r#"
    # ours
    *        @acme/everybody  # by default
    /services/checkout/vendor/

    # ---- merestone: written from .github/merestone.yml; edit that file, not what follows ----
    # The lines above this mark are yours and are kept.
    # After an edit of the rules:  merestone codeowners --rules .github/merestone.yml > CODEOWNERS
    # In CI, so that nobody forgets it:  merestone codeowners --check

    # No service has a team that says something else.
    "#);
    insta::assert_snapshot!(shown(SHOP, None, &paths), @r#"
    # ---- merestone: written from .github/merestone.yml; edit that file, not what follows ----
    # After an edit of the rules:  merestone codeowners --rules .github/merestone.yml > .github/CODEOWNERS
    # In CI, so that nobody forgets it:  merestone codeowners --check

    # checkout, the folder of its name
    /services/checkout/ @acme/pay-ments

    # ledger
    /services/ledger/ @acme/ledger

    # checkout
    /services/checkout/ @acme/pay-ments

    # contracts
    **/*.graphql @acme/pay-ments @acme/ledger
    **/*.proto   @acme/pay-ments @acme/ledger

    # docs, which names no team
    /services/ledger/docs/
    "#);
}

#[test]
fn what_no_pattern_says_is_listed() {
    let rules = r#"
version: 1
services:
  all: { team: a, paths: [/x/, "!/x/y/"] }
"#;
    // Below /x/y/ the own lines say several things.
    let own = "/x/y/1/ @b\n/x/y/2/ @c\n/x/y/2/odd#name @d\n";
    let paths =
        ["x/a", "x/y/1/a", "x/y/1/b/c", "x/y/2/a b", "x/y/2/odd#name", "x/y/2/odd+name", "x/y/z", "x/y/caf\\xe9"];
    insta::assert_snapshot!(shown(rules, Some(own), &paths), @r#"
    /x/y/1/ @b
    /x/y/2/ @c
    /x/y/2/odd#name @d

    # ---- merestone: written from .github/merestone.yml; edit that file, not what follows ----
    # The lines above this mark are yours and are kept.
    # After an edit of the rules:  merestone codeowners --rules .github/merestone.yml > CODEOWNERS
    # In CI, so that nobody forgets it:  merestone codeowners --check

    # all
    /x/ @acme/a

    # What no pattern of CODEOWNERS says (`!`, and the order of services), folder by folder as the files are now
    /x/y/2/odd?name @d
    /x/y/caf*
    /x/y/1/         @b
    /x/y/2/a\ b     @c
    /x/y/2/odd+name @c
    /x/y/z
    "#);
}

#[test]
fn nothing_is_written_rather_than_something_else() {
    let service = "version: 1\nservices:\n  a: { team: payments, paths: [/a/] }\n";
    let refused = |basis: &Basis, committed: Option<&str>| {
        write(basis, committed.map(|text| ("CODEOWNERS", text.as_bytes())), &list(&["a/x"])).unwrap_err().to_string()
    };
    let big = format!("{}\n", "#".repeat(MAX_BYTES - 40));
    let messages = [
        refused(&basis(service, None), None),
        refused(&basis(service, Some("no organisation")), None),
        refused(&basis(service, Some("acme")), Some(&big)),
        refused(&basis(service, Some("acme")), Some(&big.repeat(2))),
        shown(
            "version: 1\nservices:\n  a: { team: a, paths: [/a/, \"!/a/?\"] }\n",
            Some("/a/## @b\n/a/+# @c\n/a/#+ @d"),
            &["a/xx", "a/##", "a/+#", "a/#+"],
        ),
    ];
    insta::assert_snapshot!(messages.join("\n"), @r#"
    nothing says which organisation the team payments belongs to (there is no remote `origin` on GitHub, and no other handle names one); write `teams: { payments: { github: "@ORGANISATION/payments" } }`
    the team payments has no handle that CODEOWNERS could name (@no organisation/payments is none); write `teams: { payments: { github: "@ORGANISATION/TEAM" } }`
    the file would have 3146019 bytes, and GitHub loads none above 3145728 (3 MB); let services name folders instead of files
    CODEOWNERS cannot be kept: the file has 6291378 bytes and GitHub loads nothing above 3145728 (3 MB): nobody owns anything until it is shorter; name folders instead of files
    /a/## @b
    /a/+# @c
    /a/#+ @d

    # ---- merestone: written from .github/merestone.yml; edit that file, not what follows ----
    # The lines above this mark are yours and are kept.
    # After an edit of the rules:  merestone codeowners --rules .github/merestone.yml > CODEOWNERS
    # In CI, so that nobody forgets it:  merestone codeowners --check

    # a
    /a/ @acme/a
    "#);
}

/// Rules as people write them, and as they do not.
fn rules() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "c", "ab"]);
    // Few names, so that the services meet.
    let usual = prop::sample::select(vec!["a", "b", "*", "{a,b}"]);
    let odd = prop::sample::select(vec!["c", "ab", "a*", "?", "*.md", "[c]", "a b", "{c,a*}"]);
    let part = prop_oneof![3 => usual, 1 => odd];
    let pattern = (
        any::<bool>(),
        prop::sample::select(vec!["", "/", "/", "/", "./", "**/"]),
        prop::collection::vec(part, 1..3),
        any::<bool>(),
    )
        .prop_map(|(out, start, parts, folder)| {
            format!("{}{start}{}{}", if out { "!" } else { "" }, parts.join("/"), if folder { "/" } else { "" })
        });
    let team = prop::option::of(prop::sample::select(vec!["one", "two", "[one, two]"]));
    let service = (name, team, prop::option::of(prop::collection::vec(pattern, 1..5)));
    let roots =
        prop::sample::select(vec!["[a/*/]", "[\"*/\", \"a/*/\"]", "[\"{a,b}/*/\", \"!a/b/\"]", "[b/]", "[\"a/*/\"]"]);
    (roots, prop::collection::vec(service, 0..8)).prop_map(|(roots, services)| {
        let mut text = format!("version: 1\nroots: {roots}\nservices:\n  zzz: {{ paths: [/zzz/] }}\n");
        let mut seen = BTreeSet::new();
        for (name, team, paths) in services {
            if !seen.insert(name) {
                continue;
            }
            let team = team.map(|team| format!("team: {team}"));
            let paths = paths.map(|paths| format!("paths: {}", serde_json::to_string(&paths).unwrap()));
            let fields: Vec<String> = team.into_iter().chain(paths).collect();
            text.push_str(&format!("  {name}: {{ {} }}\n", fields.join(", ")));
        }
        text
    })
}

fn own_lines() -> impl Strategy<Value = String> {
    let pattern = "/?([abc*]|a\\*|\\*\\.md|ab|\\[c\\])(/([abc*]|\\*\\*)){0,2}/?";
    let owners = prop::sample::select(vec!["", " @x", " @acme/one", " @y @acme/two", " broken", " x@y.org # why"]);
    prop::collection::vec((pattern, owners), 0..6)
        .prop_map(|lines| lines.into_iter().map(|(pattern, owners)| format!("{pattern}{owners}\n")).collect())
}

fn paths() -> impl Strategy<Value = Vec<String>> {
    let usual = prop::sample::select(vec!["a", "b", "c", "x.md"]);
    let odd = prop::sample::select(vec!["ab", "[c]", "a b", "*", "a#b", "a?b", "{", "\\", "é"]);
    let path = prop::collection::vec(prop_oneof![4 => usual, 1 => odd], 1..5).prop_map(|parts| parts.join("/"));
    prop::collection::btree_set(path, 0..40).prop_map(|paths| {
        // A path is a file or a folder, never both.
        let is_folder = |path: &String| paths.iter().any(|other| other.starts_with(&format!("{path}/")));
        paths.iter().filter(|path| !is_folder(path)).cloned().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Of every path the file says what the rules say with the repository's own lines beneath; and says it again when it is in force.
    #[test]
    fn the_file_says_what_the_rules_say(rules in rules(), own in own_lines(), listing in paths()) {
        let Ok(parsed) = parse(rules.as_bytes()) else { return Ok(()) };
        let mut basis = basis("version: 1\n", Some("acme"));
        basis.rules = parsed.rules;
        basis.codeowners = Some(Codeowners::parse("CODEOWNERS", own.as_bytes()));
        let written = match write(&basis, Some(("CODEOWNERS", own.as_bytes())), &listing) {
            Ok(written) => written,
            Err(Refusal::Inexact { .. }) => {
                prop_assert!(listing.iter().any(|path| path.contains('#')), "{} is refused", own);
                return Ok(());
            }
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        let read = Codeowners::parse("CODEOWNERS", &written.text);
        let told: Vec<_> = { let map = OwnerMap::new(&basis); listing.iter().map(|path| map.owned(path).owners).collect() };
        for (path, owners) in listing.iter().zip(&told) {
            let owners: Vec<&str> = owners.iter().map(Handle::as_str).collect();
            let said = read.entry_for(path).map(|entry| entry.owners.clone()).unwrap_or_default();
            prop_assert_eq!(said, owners, "{} by\n{}", path, String::from_utf8_lossy(&written.text));
        }
        // In force it changes nothing, and is written again byte for byte.
        basis.codeowners = Some(read);
        let map = OwnerMap::new(&basis);
        for (path, owners) in listing.iter().zip(&told) {
            prop_assert_eq!(&map.owned(path).owners, owners);
        }
        let again = write(&basis, Some(("CODEOWNERS", &written.text)), &listing).unwrap();
        prop_assert_eq!(again.text, written.text);
    }
}

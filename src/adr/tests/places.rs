//! Where records are looked for.

use crate::adr::{is_candidate, locate};

fn listing(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

fn locator(path: &str, text: &str) -> Vec<(String, Vec<u8>)> {
    vec![(path.to_owned(), text.as_bytes().to_vec())]
}

#[test]
fn configured_folders_win() {
    let all = listing(&["docs/adr/0001-a.md", "notes/adr/0001-b.md"]);
    let configured = listing(&["./notes/adr/", "docs//adr", "../elsewhere", "/etc", "notes/adr/sub"]);
    assert_eq!(locate(&configured, &locator(".adr-dir", "docs/adr"), &all), ["docs/adr", "notes/adr"]);
    assert_eq!(locate(&listing(&["/etc"]), &[], &all), Vec::<String>::new());
    assert_eq!(locate(&listing(&["."]), &[], &all), [""]);
}

#[test]
fn then_what_tools_are_told() {
    let all = listing(&["docs/adr/0001-a.md", "notes/decided/0001-b.md", "packages/core/choices/20200101-c.md"]);
    assert_eq!(locate(&[], &locator(".adr-dir", "\nnotes/decided/\n"), &all), ["notes/decided"]);
    let log4brains = "project:\n  name: x\n  adrFolder: \"./notes/decided\" # ours\n  packages:\n    - name: core\n      path: ./packages/core\n      adrFolder: ./packages/core/choices\n";
    assert_eq!(locate(&[], &locator(".log4brains.yml", log4brains), &all), ["notes/decided", "packages/core/choices"]);
    assert_eq!(locate(&[], &locator(".log4brains.yml", "project:\n  name: x\n"), &all), ["docs/adr"]);
    let catalog =
        "apiVersion: v1\nmetadata:\n  annotations:\n    'backstage.io/adr-location': notes/decided\n---\nkind: API\n";
    assert_eq!(locate(&[], &locator("catalog-info.yaml", catalog), &all), ["notes/decided"]);
    // What names nothing, or something outside, leaves convention to say.
    for (path, text) in [
        (".adr-dir", "gone/adr"),
        (".adr-dir", "../x"),
        (".adr-dir", ""),
        ("catalog-info.yaml", "backstage.io/adr-location: https://example.org/adrs"),
        ("catalog-info.yaml", "kind: [[[["),
    ] {
        assert_eq!(locate(&[], &locator(path, text), &all), ["docs/adr"], "{path} {text}");
    }
}

#[test]
fn then_convention() {
    for path in [
        "docs/adr/0001-a.md",
        "doc/adr/0001-a.md",
        "docs/adrs/0001-a.md",
        "adr/use-x.md",
        "docs/decisions/0001-a.rst",
        "docs/decisions/choices/use-x.md",
        "docs/architecture/decisions/0001-a.md",
        "docs/architecture-decisions/adr001-a.md",
        "architecture-decision-record/0001-a.md",
        "docs/architecture_decision_records/0001-a.adoc",
        ".archgate/adrs/ARCH-001-a.md",
        ".decispher/decisions.md",
        "lms/djangoapps/grades/docs/decisions/0001_a.rst",
        "packages/package1/adr/20200101-a.md",
        "docs/architecture-decision-log/0001-a.md",
        "docs/architecture/adr-001-a.md",
        "docs/design/ADR001-a.md",
        "keps/sig-node/1287-resize/README.md",
        "modules/contributor/pages/adr/ADRx-a.adoc",
    ] {
        let dirs = locate(&[], &[], &listing(&["src/main.rs", path]));
        assert!(dirs.len() == 1 && path.starts_with(&format!("{}/", dirs[0])), "{path}: {dirs:?}");
    }
    for path in [
        "src/decisions/mod.rs",
        "src/decisions/README.md",
        "src/decisions/notes.md",
        "src/adr/design.md",
        "docs/adr/README.md",
        "docs/adr/template.md",
        "vendor/x/docs/adr/0001-a.md",
        "web/node_modules/x/adr/0001-a.md",
        "src/test/groovy/ADR-3-a.adoc",
        "docs/decision_records/decision_records.md",
        "docs/architecture/01_introduction.adoc",
        "docs/architecture/001-only-one.md",
        "docs/guide/001-install.md",
        "docs/address/0001-a.md",
        "locales/en/templates/decision-record-template/0001-a.md",
        "README.md",
        "0001-a.md",
    ] {
        assert_eq!(locate(&[], &[], &listing(&[path])), Vec::<String>::new(), "{path}");
    }
    let numbered = listing(&[
        "app/docs/architecture/000-a.md",
        "app/docs/architecture/001-b.md",
        "app/docs/architecture/historic-adrs/x.md",
    ]);
    assert_eq!(locate(&[], &[], &numbered), ["app/docs/architecture"], "folders within it are not named again");
}

#[test]
fn candidates() {
    for path in [
        "docs/adr/0001-a.md",
        "docs/adr/A.MD",
        "docs/adr/a.mdx",
        "docs/adr/a.markdown",
        "docs/adr/a.rst",
        "docs/adr/a.asciidoc",
        "docs/adr/0000-use-adrs.md",
        "docs/adr/0012-email-template-engine.md",
        "docs/adr/2023-01-02-template-engine.md",
        "docs/adr/0001-a/README.md",
        "docs/adr/0001-a/index.adoc",
        "templates/service/docs/adr/0001-a.md",
        "keps/sig-node/1287-a/kep.yaml",
        ".decispher/decisions.md",
        "docs/decisions/dotenv.md",
    ] {
        assert!(is_candidate(path), "{path}");
    }
    for path in [
        "docs/adr/README.md",
        "docs/adr/index.adoc",
        "docs/adr/template.md",
        "docs/adr/_template.adoc",
        "docs/adr/adr-template.md",
        "docs/adr/adr.template.md",
        "docs/adr/0000-TEMPLATE.md",
        "docs/adr/adr000-template.md",
        "docs/adr/DRXXX-decision-record-template.md",
        "docs/adr/templates/0001-a.md",
        "docs/adr/images/a.md",
        "docs/adr/CONTRIBUTING.md",
        "docs/adr/a.png",
        "docs/adr/a",
        "docs/adr/.md",
        "keps/NNNN-kep-template/README.md",
        "keps/NNNN-kep-template/kep.yaml",
        "kep.yaml",
        "",
        "/",
    ] {
        assert!(!is_candidate(path), "{path}");
    }
}

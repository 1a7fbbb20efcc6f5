//! `merestone graph`.

use serde_json::json;

use crate::repo::Repo;

const RULES: &str = "\
version: 1
organization: { architects: [acme/council] }
domains:
  commerce: { teams: [payments, ledger], architects: [acme/commerce-architects] }
teams:
  payments: { github: \"@acme/pay\", leads: [maria] }
roots: [services/*/]
services:
  checkout: { team: payments, tier: critical }
  proto: { team: [payments, ledger], paths: [/proto/] }
  root: { paths: [\"/*\", /.github/], shared: true }
";

fn shop() -> Repo {
    Repo::with(&[
        (".github/merestone.yml", RULES),
        ("CODEOWNERS", "/services/login/ @acme/identity @ada\n/services/ledger/ @acme/ledger\n/docs/ @acme/writers\n"),
        ("services/checkout/main.go", "package main\n"),
        ("services/ledger/main.go", "package main\n"),
        ("services/login/main.go", "package main\n"),
        ("proto/a.proto", "x\n"),
        ("docs/a.md", "x\n"),
    ])
}

#[test]
fn boxes_are_teams_and_domains_and_there_is_no_arrow_that_nothing_says() {
    let repo = shop();
    insta::assert_snapshot!(repo.run(&["graph"]).exits(0).out, @r##"
    flowchart LR
      %% 5 services, 5 teams, 1 domain at b52abacb54. Dependencies between services are not read yet, so there are no arrows.
      subgraph d1["commerce<br/>architects: commerce-architects"]
        subgraph t4["ledger"]
          s4["ledger"]
        end
        subgraph t5["payments<br/>#64;acme/pay"]
          s1["checkout<br/>critical"]
        end
        s2["proto<br/>owned by payments, ledger"]
      end
      t1["identity<br/>1 file"]
      t2["writers<br/>1 file"]
      t3["#64;ada<br/>1 file"]
      s3["root<br/>shared<br/>owned by nobody"]
      s5["login<br/>owned by identity, #64;ada"]
    "##);
    insta::assert_snapshot!(repo.run(&["graph", "--format", "dot"]).exits(0).out, @r#"
    // 5 services, 5 teams, 1 domain at b52abacb54. Dependencies between services are not read yet, so there are no arrows.
    digraph merestone {
      rankdir=LR;
      node [shape=box, fontname="sans-serif"];
      graph [fontname="sans-serif"];
      subgraph cluster_d1 {
        label="commerce\narchitects: commerce-architects";
        subgraph cluster_t4 {
          label="ledger";
          s4 [label="ledger"];
        }
        subgraph cluster_t5 {
          label="payments\n@acme/pay";
          s1 [label="checkout\ncritical"];
        }
        s2 [label="proto\nowned by payments, ledger"];
      }
      t1 [label="identity\n1 file"];
      t2 [label="writers\n1 file"];
      t3 [label="@ada\n1 file"];
      s3 [label="root\nshared\nowned by nobody"];
      s5 [label="login\nowned by identity, @ada"];
    }
    "#);
    insta::assert_snapshot!(repo.run(&["graph", "--format", "json"]).exits(0).out, @r#"
    {"kind":"graph","commit":"b52abacb54d4d8582f06d6cd088a73f04bfcfc0a","dependencies_read":false}
    {"kind":"domain","name":"commerce","teams":["payments","ledger"],"architects":["@acme/commerce-architects"]}
    {"kind":"team","name":"@acme/identity","handle":"@acme/identity","domain":null,"leads":[],"files":1}
    {"kind":"team","name":"@acme/writers","handle":"@acme/writers","domain":null,"leads":[],"files":1}
    {"kind":"team","name":"@ada","handle":"@ada","domain":null,"leads":[],"files":1}
    {"kind":"team","name":"ledger","handle":"@acme/ledger","domain":"commerce","leads":[],"files":2}
    {"kind":"team","name":"payments","handle":"@acme/pay","domain":"commerce","leads":["@maria"],"files":2}
    {"kind":"service","name":"checkout","teams":["payments"],"tier":"critical","shared":false,"files":1,"dependencies":[]}
    {"kind":"service","name":"proto","teams":["payments","ledger"],"tier":null,"shared":false,"files":1,"dependencies":[]}
    {"kind":"service","name":"root","teams":[],"tier":null,"shared":true,"files":2,"dependencies":[]}
    {"kind":"service","name":"ledger","teams":["ledger"],"tier":null,"shared":false,"files":1,"dependencies":[]}
    {"kind":"service","name":"login","teams":["@acme/identity","@ada"],"tier":null,"shared":false,"files":1,"dependencies":[]}
    "#);
}

#[test]
fn names_are_labels_and_nothing_else() {
    let rules = r##"
version: 1
services:
  'end"] --> x; click s1 href "javascript:alert(1)"': { paths: ["/a/"] }
"##;
    // A name with quotes is refused in the rules, so the folder's name is tried.
    let refused = Repo::with(&[(".github/merestone.yml", rules)]);
    refused.run(&["graph"]).exits(2);
    let repo = Repo::with(&[
        (".github/merestone.yml", "version: 1\nroots: [s/*/]\n"),
        ("s/end\"] --> x\\n; click s1 \"javascript:alert(1)\"/a", "x"),
        ("s/`<b>#quot;&amp;\u{202e}`/a", "x"),
        ("s/- 1. www.x.org %%{init}%%/a", "x"),
    ]);
    insta::assert_snapshot!(repo.run(&["graph"]).exits(0).out, @r##"
    flowchart LR
      %% 3 services, 0 teams, 0 domains at bba2853bd0. Dependencies between services are not read yet, so there are no arrows.
      s1["#45; 1#46; www#46;x.org #37;#37;#123;init#125;#37;#37;<br/>owned by nobody"]
      s2["#96;#60;b#62;#35;quot#59;#38;amp#59;#92;u#123;202e#125;#96;<br/>owned by nobody"]
      s3["end#34;#93; --#62; x#92;n#59; click s1 #34;javascript:alert#40;1#41;#34;<br/>owned by nobody"]
    "##);
    insta::assert_snapshot!(repo.run(&["graph", "--format", "dot"]).exits(0).out, @r#"
    // 3 services, 0 teams, 0 domains at bba2853bd0. Dependencies between services are not read yet, so there are no arrows.
    digraph merestone {
      rankdir=LR;
      node [shape=box, fontname="sans-serif"];
      graph [fontname="sans-serif"];
      s1 [label="- 1. www.x.org %%{init}%%\nowned by nobody"];
      s2 [label="`<b>#quot;&amp;amp;\\u{202e}`\nowned by nobody"];
      s3 [label="end\"] --> x\\n; click s1 \"javascript:alert(1)\"\nowned by nobody"];
    }
    "#);
    let names: Vec<_> = repo.run(&["graph", "--format", "json"]).exits(0).lines();
    assert_eq!(names[1]["name"], json!("- 1. www.x.org %%{init}%%"));
}

#[test]
fn owners_alone_are_drawn_where_no_rules_name_services() {
    let repo = Repo::with(&[("CODEOWNERS", "/a/ @acme/a\n"), ("a/x", "x"), ("a/y", "y")]);
    let ran = repo.run(&["graph"]).exits(0);
    insta::assert_snapshot!(ran.out, @r#"
    flowchart LR
      %% 0 services, 1 team, 0 domains at bc4fcf7e85. Dependencies between services are not read yet, so there are no arrows.
      t1["a<br/>2 files"]
    "#);
    insta::assert_snapshot!(ran.err, @r#"note: no rules file names services, or the folders that are some (`roots`): owners alone are drawn"#);
    insta::assert_snapshot!(Repo::with(&[("a", "x")]).run(&["graph"]).exits(0).err, @r#"note: there is neither .github/merestone.yml nor a CODEOWNERS at this revision: there is nothing to draw"#);
}

#[test]
fn the_help_says_what_it_is_for() {
    insta::assert_snapshot!(shop().run(&["graph", "--help"]).exits(0).out, @r#"
    Draw the services, the teams that own them, and their domains

    Services are those of the rules file, and the folders under its `roots`; a service that names no
    team stands with the team that CODEOWNERS gives most of its files. Arrows are for dependencies
    between services, which are not read yet.

    Usage: merestone graph [OPTIONS]

    Options:
          --repo <DIR>
              The repository: a folder in it, or a bare repository [default: the current folder]

          --rev <REV>
              The revision that is read
              
              [default: HEAD]

          --rules <FILE>
              A rules file on disk [default: .github/merestone.yml at --rev]

          --organization <FILE>
              The organisation's file on disk, which applies beneath the repository's own

          --format <FORMAT>
              How to answer

              Possible values:
              - mermaid: For Markdown on GitHub
              - dot:     For Graphviz
              - json:    One JSON object a line: domains, teams, services
              
              [default: mermaid]

      -h, --help
              Print help (see a summary with '-h')

    Examples:
      For a Markdown page, between ```mermaid and ```:
        merestone graph
      As an image:
        merestone graph --format dot | dot -Tsvg > services.svg
      The services that nobody owns:
        merestone graph --format json | jq -r 'select(.kind == "service" and .teams == []) | .name'
    "#);
}

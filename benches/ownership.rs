//! How long CODEOWNERS takes: one path looked up, and a large file compiled; beside a plain `globset` of the same
//! patterns.
//!
//! `cargo bench --no-default-features --bench ownership`. The real files are read from the folder `shared` beside the
//! checkout, or from where `MERESTONE_SHARED` says; without it only the large file is measured.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use criterion::Criterion;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use merestone::ownership::Codeowners;

/// The targets: a path on the real files, and a file of [`LARGE`] rules.
const PER_PATH: Duration = Duration::from_nanos(300);
const COMPILE: Duration = Duration::from_millis(10);
const LARGE: usize = 7_000;
/// The table shows the best of this many rounds.
const ROUNDS: usize = 40;

/// A file and the paths that are looked up in it.
struct Input {
    name: String,
    text: String,
    paths: Vec<String>,
}

fn main() {
    let mut inputs: Vec<Input> = ["MetaMask+core", "DataDog+dd-trace-py"].into_iter().filter_map(real).collect();
    inputs.push(large());

    let mut criterion = Criterion::default().configure_from_args();
    for input in &inputs {
        measure(&mut criterion, input);
    }
    criterion.final_summary();
    println!("{}", table(&inputs));
}

fn measure(criterion: &mut Criterion, input: &Input) {
    let codeowners = parse(&input.text);
    let plain = Plain::new(&codeowners);
    let mut group = criterion.benchmark_group(&input.name);
    group.throughput(criterion::Throughput::Elements(input.paths.len() as u64));
    group.bench_function("look up every path", |b| b.iter(|| look_up(&codeowners, &input.paths)));
    group.bench_function("look up every path, globset", |b| b.iter(|| plain.look_up(&input.paths)));
    group.throughput(criterion::Throughput::Elements(codeowners.entries().len() as u64));
    group.bench_function("compile", |b| b.iter_with_large_drop(|| parse(&input.text)));
    group.sample_size(10).bench_function("compile, globset", |b| b.iter_with_large_drop(|| Plain::new(&codeowners)));
    group.finish();
}

fn table(inputs: &[Input]) -> String {
    let mut table = format!("best of {ROUNDS} rounds; ratio: globset / Merestone\n");
    let _ = writeln!(
        table,
        "{:<22}{:>7}{:>7} |{:>10}{:>10}{:>8} |{:>12}{:>12}{:>8} | target",
        "file", "rules", "paths", "ns/path", "globset", "ratio", "compile", "globset", "ratio"
    );
    for input in inputs {
        let codeowners = parse(&input.text);
        let plain = Plain::new(&codeowners);
        assert_eq!(look_up(&codeowners, &input.paths), plain.look_up(&input.paths), "both find the same lines");
        let paths = u32::try_from(input.paths.len()).unwrap_or(u32::MAX);
        let found = best(|| look_up(&codeowners, &input.paths)) / paths;
        let found_plain = best(|| plain.look_up(&input.paths)) / paths;
        let compiled = best(|| parse(&input.text));
        let compiled_plain = best(|| Plain::new(&codeowners));
        let met = match input.name.starts_with("large") {
            true => compiled < COMPILE,
            false => found <= PER_PATH,
        };
        let _ = writeln!(
            table,
            "{:<22}{:>7}{:>7} |{:>10}{:>10}{:>7.1}x |{:>12}{:>12}{:>7.1}x | {}",
            input.name,
            codeowners.entries().len(),
            input.paths.len(),
            found.as_nanos(),
            found_plain.as_nanos(),
            found_plain.as_secs_f64() / found.as_secs_f64(),
            format!("{compiled:.2?}"),
            format!("{compiled_plain:.2?}"),
            compiled_plain.as_secs_f64() / compiled.as_secs_f64(),
            if met { "met" } else { "MISSED" },
        );
    }
    table
}

fn best<T>(mut work: impl FnMut() -> T) -> Duration {
    (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let done = black_box(work());
            let elapsed = start.elapsed();
            drop(done);
            elapsed
        })
        .min()
        .unwrap_or_default()
}

fn parse(text: &str) -> Codeowners {
    Codeowners::parse("CODEOWNERS", text.as_bytes())
}

/// The sum of the deciding lines: a number that two ways of finding them agree on.
fn look_up(codeowners: &Codeowners, paths: &[String]) -> u64 {
    paths.iter().filter_map(|path| codeowners.entry_for(path)).map(|entry| u64::from(entry.line)).sum()
}

/// The same patterns as globs: each as itself and with everything below, where CODEOWNERS means both.
struct Plain {
    set: GlobSet,
    lines: Vec<u32>,
}

impl Plain {
    fn new(codeowners: &Codeowners) -> Self {
        let mut builder = GlobSetBuilder::new();
        let mut lines = Vec::new();
        for entry in codeowners.entries() {
            for glob in globs(&entry.pattern) {
                let glob = GlobBuilder::new(&glob).literal_separator(true).backslash_escape(true).build();
                builder.add(glob.expect("a translated pattern is a glob"));
                lines.push(entry.line);
            }
        }
        Self { set: builder.build().expect("the globs fit into one set"), lines }
    }

    fn look_up(&self, paths: &[String]) -> u64 {
        let mut found = Vec::new();
        let last = paths.iter().filter_map(|path| {
            self.set.matches_into(path, &mut found);
            found.last().map(|at| u64::from(self.lines[*at]))
        });
        last.sum()
    }
}

fn globs(pattern: &str) -> Vec<String> {
    let literal = pattern.replace('[', "\\[").replace(']', "\\]").replace('{', "\\{").replace('}', "\\}");
    let bare = literal.trim_matches('/');
    let anchored = literal.trim_end_matches('/').contains('/');
    let rooted = if anchored { bare.to_owned() } else { format!("**/{bare}") };
    let below = format!("{rooted}/**");
    match () {
        () if literal.ends_with('/') => vec![below],
        () if bare == "**" || bare.ends_with("/**") || (anchored && (bare == "*" || bare.ends_with("/*"))) => {
            vec![rooted]
        }
        () => vec![rooted, below],
    }
}

fn real(name: &str) -> Option<Input> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let owners = std::env::var_os("MERESTONE_SHARED")
        .map(PathBuf::from)
        .into_iter()
        .chain([root.join("../shared"), root.join("../../shared")])
        .map(|shared| shared.join("corpus/owners"))
        .find(|owners| owners.is_dir());
    let Some(owners) = owners else {
        println!("SKIPPED {name}: no corpus beside the checkout and MERESTONE_SHARED is not set");
        return None;
    };
    let text = std::fs::read_to_string(owners.join(format!("{name}.CODEOWNERS"))).ok()?;
    let rows = std::fs::read_to_string(owners.join(format!("{name}.jsonl"))).ok()?;
    let path = |row: &str| Some(serde_json::from_str::<serde_json::Value>(row).ok()?["path"].as_str()?.to_owned());
    Some(Input { name: name.to_owned(), text, paths: rows.lines().filter_map(path).collect() })
}

/// What a large organisation's file looks like: mostly folders, some files, few globs; and paths under them.
fn large() -> Input {
    let mut text = String::from("* @acme/everyone\n");
    let mut paths = Vec::new();
    for n in 1..LARGE {
        let (area, service, part) = (n % 40, n % 700, n / 7);
        let folder = format!("services/area-{area}/service-{service}");
        let pattern = match n % 40 {
            0 => format!("/{folder}/*/schema-{part}.sql"),
            1 => format!("*.ext{}", n % 120),
            2 => format!("generated-{part}/"),
            3 => format!("/{folder}/**/fixtures-{part}/"),
            4 => format!("**/charts-{part}/values.yaml"),
            5 => format!("/{folder}/part-{part}/*.proto"),
            6..=14 => format!("/{folder}/part-{part}/src/module_{n}.rs"),
            _ => format!("/{folder}/part-{part}/"),
        };
        let _ = writeln!(text, "{pattern} @acme/team-{} @acme/area-{area}", n % 300);
        paths.push(format!("{folder}/part-{part}/src/module_{n}.rs"));
        paths.push(format!("{folder}/docs/page-{n}.ext{}", n % 200));
    }
    Input { name: format!("large, {LARGE} rules"), text, paths }
}

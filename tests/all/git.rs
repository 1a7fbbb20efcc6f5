//! A local repository as a source, hostile ones included.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use merestone::git::{FILE_BYTES, Git, GitError};
use merestone::review::{Committers, File, FileStatus};
use merestone::source::{Comparison, Source};

use crate::repo::{Repo, git_in};

fn wait<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn open(repo: &Repo) -> Git {
    Git::open(Some(repo.dir())).unwrap()
}

fn compare(repo: &Repo, base: &str, head: &str) -> Comparison {
    wait(open(repo).compare(base, head)).unwrap()
}

fn brief(files: &[File]) -> Vec<(&str, Option<&str>, FileStatus)> {
    files.iter().map(|file| (file.path.as_str(), file.previous_path.as_deref(), file.status)).collect()
}

fn text(git: &Git, commit: &str, path: &str) -> Option<String> {
    let blob = wait(git.read(commit, &[path.to_owned()])).unwrap().pop().unwrap()?;
    Some(String::from_utf8(blob.bytes.unwrap()).unwrap())
}

const LINES: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n";

#[test]
fn a_change_is_what_head_has_since_the_merge_base() {
    let repo =
        Repo::with(&[("a", "1\n"), ("moved", LINES), ("gone", "x\ny\n"), ("run.sh", "#!\n"), ("link", "file\n")]);
    let merge_base = repo.git(["rev-parse", "HEAD"]);
    repo.git(["checkout", "-qb", "topic"]);
    fs::remove_file(repo.dir().join("gone")).unwrap();
    fs::rename(repo.dir().join("moved"), repo.dir().join("-new place")).unwrap();
    repo.write("-new place", LINES.replace("one", "uno"));
    fs::set_permissions(repo.dir().join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(repo.dir().join("link")).unwrap();
    symlink("a", repo.dir().join("link")).unwrap();
    let head = repo.commit(&[("a", "1\n2\n")]);
    repo.git(["checkout", "-q", "main"]);
    let tip = repo.commit(&[("elsewhere", "not part of the change\n")]);

    let change = compare(&repo, "main", "topic");
    assert_eq!((change.base_tip, change.merge_base, change.head), (tip, merge_base, head));
    assert_eq!(change.committers, Committers::Unknown);
    let files = &change.files;
    assert_eq!(
        brief(files),
        [
            ("-new place", Some("moved"), FileStatus::Renamed),
            ("a", None, FileStatus::Modified),
            ("gone", None, FileStatus::Removed),
            ("link", None, FileStatus::Modified),
            ("run.sh", None, FileStatus::Modified),
        ]
    );
    let lines: Vec<_> = files.iter().map(|file| (file.additions.unwrap(), file.deletions.unwrap())).collect();
    assert_eq!(lines, [(1, 1), (1, 0), (0, 2), (1, 1), (0, 0)]);
    let modes: Vec<_> = files.iter().map(|file| file.mode.as_deref()).collect();
    assert_eq!(modes, [Some("100644"), Some("100644"), None, Some("120000"), Some("100755")]);
    assert_eq!(files[0].base_blob.as_deref(), Some(repo.git(["rev-parse", "main:moved"]).as_str()));
    assert_eq!(files[0].head_blob.as_deref(), Some(repo.git(["rev-parse", "topic:-new place"]).as_str()));
    assert_eq!((files[2].head_blob.as_deref(), files[2].base_blob.is_some()), (None, true));
}

#[test]
fn nothing_changed_between_a_commit_and_itself() {
    let repo = Repo::with(&[("a", "1\n")]);
    let change = compare(&repo, "HEAD", "main");
    assert_eq!(change.files, []);
    assert_eq!(change.merge_base, change.head);
}

#[test]
fn the_first_commits_of_a_repository_can_be_compared() {
    let repo = Repo::with(&[("a", "1\n")]);
    let root = repo.git(["rev-parse", "HEAD"]);
    repo.commit(&[("b", "2\n")]);
    assert_eq!(brief(&compare(&repo, &root, "HEAD").files), [("b", None, FileStatus::Added)]);
    // Seen from the other side, head has nothing that base has not.
    assert_eq!(brief(&compare(&repo, "HEAD", &root).files), []);
}

#[test]
fn odd_paths_stay_apart() {
    let repo = Repo::with(&[("a", "1\n")]);
    let odd: [&[u8]; 7] =
        [b"-rf", b"a \"b\" 'c'", b"line\nbreak", b"tab\there", b"caf\xe9", b"caf\\xe9", "\u{e9}\u{202e}".as_bytes()];
    for (at, path) in odd.iter().enumerate() {
        repo.write(OsStr::from_bytes(path), format!("{at}\n"));
    }
    let head = repo.commit(&[]);
    let git = open(&repo);
    let change = wait(git.compare("HEAD~1", "HEAD")).unwrap();
    let paths: Vec<String> = change.files.into_iter().map(|file| file.path).collect();
    assert_eq!(paths, ["-rf", "a \"b\" 'c'", "caf\\x5cxe9", "caf\\xe9", "line\nbreak", "tab\there", "\u{e9}\u{202e}"]);
    let contents: Vec<_> = paths.iter().map(|path| text(&git, &head, path).unwrap()).collect();
    assert_eq!(contents, ["0\n", "1\n", "5\n", "4\n", "2\n", "3\n", "6\n"]);
    let mut listed = paths.clone();
    listed.push("a".to_owned());
    listed.sort();
    assert_eq!(wait(git.list(&head)).unwrap(), listed);
}

#[test]
fn regular_files_alone_are_read() {
    let repo = Repo::with(&[("dir/file", "text\n"), ("dir/deep/other", "more\n"), ("x.sh", "")]);
    symlink("dir/file", repo.dir().join("link")).unwrap();
    symlink("dir", repo.dir().join("dirlink")).unwrap();
    let id = repo.git(["rev-parse", "HEAD"]);
    repo.git(["update-index", "--add", "--cacheinfo", &format!("160000,{id},module")]);
    repo.git(["add", "link", "dirlink"]);
    repo.git(["commit", "-qm", "odd entries"]);
    let git = open(&repo);
    let head = git.resolve("HEAD").unwrap();
    assert_eq!(text(&git, &head, "dir/file").as_deref(), Some("text\n"));
    for none in
        ["dir", "link", "dirlink/file", "module", "dir/file/x", "dir/../dir/file", "/dir/file", "dir//file", "", "no"]
    {
        assert_eq!(text(&git, &head, none), None, "{none}");
    }
    let asked = ["x.sh", "no", "dir/file", "x.sh"].map(str::to_owned);
    let read = wait(git.read(&head, &asked)).unwrap();
    let paths: Vec<_> = read.iter().map(|blob| blob.as_ref().map(|blob| blob.path.as_str())).collect();
    assert_eq!(paths, [Some("x.sh"), None, Some("dir/file"), Some("x.sh")]);
    assert_eq!(wait(git.list(&head)).unwrap(), ["dir/deep/other", "dir/file", "x.sh"]);
    let below =
        wait(git.read_below(&head, &["dir".into(), "dir/deep".into(), "none".into()], |path| path != "dir/file"));
    let below: Vec<_> = below.unwrap().into_iter().map(|blob| (blob.path, blob.bytes.unwrap())).collect();
    assert_eq!(below, [("dir/deep/other".to_owned(), b"more\n".to_vec())]);
    let all = wait(git.read_below(&head, &[String::new()], |_| true)).unwrap();
    assert_eq!(all.len(), 3);
}

#[test]
fn a_large_file_costs_itself_alone() {
    let repo = Repo::with(&[("small", "s\n"), ("tiny", "t\n")]);
    for (name, size) in [("large", FILE_BYTES + 1), ("huge", 65 << 20)] {
        fs::File::create(repo.dir().join(name)).unwrap().set_len(size).unwrap();
    }
    let head = repo.commit(&[]);
    let git = open(&repo);
    let asked = ["small", "huge", "large", "tiny"].map(str::to_owned);
    let read: Vec<_> = wait(git.read(&head, &asked)).unwrap().into_iter().map(|blob| blob.unwrap().bytes).collect();
    assert_eq!((&read[0], &read[3]), (&Ok(b"s\n".to_vec()), &Ok(b"t\n".to_vec())));
    let why = Err("it is larger than 16 MiB".to_owned());
    assert_eq!((&read[1], &read[2]), (&why, &why));
    // Also when it is the last one asked for: the next question gets its own answer.
    let last = wait(git.read(&head, &["huge".to_owned()])).unwrap().pop().unwrap();
    assert_eq!(last.unwrap().bytes, why);
    assert_eq!(text(&git, &head, "tiny").as_deref(), Some("t\n"));
}

#[test]
fn the_same_content_at_many_paths_is_bounded() {
    let repo = Repo::new();
    fs::File::create(repo.dir().join("f")).unwrap().set_len(FILE_BYTES).unwrap();
    let id = repo.git(["hash-object", "-w", "f"]);
    for at in 0..20 {
        repo.git(["update-index", "--add", "--cacheinfo", &format!("100644,{id},f{at:02}")]);
    }
    repo.git(["commit", "-qm", "copies"]);
    let git = open(&repo);
    let head = git.resolve("HEAD").unwrap();
    let read = wait(git.read_below(&head, &[String::new()], |_| true)).unwrap();
    let ok = read.iter().filter(|blob| blob.bytes.is_ok()).count();
    assert_eq!((read.len(), ok), (20, 16));
}

#[test]
fn revisions_are_names_and_never_options() {
    let repo = Repo::with(&[("a", "1\n")]);
    let head = repo.git(["rev-parse", "HEAD"]);
    repo.git(["tag", "-am", "a tag", "v1"]);
    repo.git(["branch", "feature/x"]);
    let git = open(&repo);
    for revision in ["HEAD", "main", "v1", "refs/heads/main", "HEAD^{commit}", &head[..10], "@", ":/a change"] {
        assert_eq!(git.resolve(revision).unwrap(), head, "{revision}");
    }
    for refused in ["--output=x", "-", "", "a\nb", "a\0b", "HEAD\nmain", &"x".repeat(2000)] {
        assert!(matches!(git.resolve(refused), Err(GitError::NotARevision { .. })), "{refused:?}");
    }
    for unknown in ["no-such", "main~7", "main..main", "^main", "HEAD:a", "0123456789012345678901234567890123456789"] {
        let error = git.resolve(unknown).unwrap_err();
        assert!(matches!(error, GitError::UnknownRevision { .. }) && error.is_usage(), "{unknown}: {error:?}");
    }
    assert!(!Path::new("x").exists());
    let branch = |revision| git.tip(revision).unwrap().branch;
    assert_eq!(branch("main").as_deref(), Some("main"));
    assert_eq!(branch("refs/heads/feature/x").as_deref(), Some("feature/x"));
    assert_eq!((branch("v1"), branch("main^0"), branch("HEAD"), branch(&head)), (None, None, None, None));
}

#[test]
fn the_default_branch_is_found() {
    let origin = Repo::with(&[("a", "1\n")]);
    origin.git(["branch", "-m", "stable"]);
    let named = |repo: &Repo| open(repo).default_branch().unwrap().branch;
    // A clone knows it from origin/HEAD, even with a local `main` of its own.
    let clone = Repo::new();
    clone.git(["remote", "add", "origin", origin.dir().to_str().unwrap()]);
    clone.git(["fetch", "-q", "origin"]);
    clone.commit(&[("b", "2\n")]);
    assert_eq!(named(&clone).as_deref(), Some("main"));
    clone.git(["remote", "set-head", "origin", "stable"]);
    let tip = open(&clone).default_branch().unwrap();
    assert_eq!((tip.branch.as_deref(), tip.revision.as_str()), (Some("stable"), "refs/remotes/origin/stable"));
    // What origin has comes before what is only here.
    let other = Repo::with(&[("a", "1\n")]);
    other.git(["update-ref", "refs/remotes/origin/master", "HEAD"]);
    assert_eq!(open(&other).default_branch().unwrap().revision, "refs/remotes/origin/master");
    // With neither, the user's own setting, then the usual names.
    origin.git(["config", "init.defaultBranch", "stable"]);
    assert_eq!(named(&origin).as_deref(), Some("stable"));
    origin.git(["config", "--unset", "init.defaultBranch"]);
    assert!(matches!(open(&origin).default_branch(), Err(GitError::NoDefaultBranch)));
    // A bare repository says it by its HEAD.
    let bare = Git::open(Some(&origin.bare())).unwrap();
    assert_eq!(bare.default_branch().unwrap().branch.as_deref(), Some("stable"));
    assert!(matches!(open(&Repo::new()).default_branch(), Err(GitError::Unborn)));
}

#[test]
fn what_cannot_be_opened_is_said() {
    let repo = Repo::new();
    let outside = tempfile::tempdir().unwrap();
    let error = |path: &Path| Git::open(Some(path)).unwrap_err();
    assert!(matches!(error(outside.path()), GitError::NotARepository(_)));
    assert!(matches!(error(&outside.path().join("no")), GitError::NoSuchFolder(_)));
    assert!(matches!(open(&repo).resolve("HEAD"), Err(GitError::Unborn)));
    repo.commit(&[("a", "1\n")]);
    repo.git(["checkout", "-q", "--orphan", "island"]);
    repo.commit(&[("b", "1\n")]);
    let error = wait(open(&repo).compare("main", "island")).unwrap_err();
    assert!(matches!(error, GitError::NoMergeBase { shallow: false, .. }) && error.is_usage(), "{error:?}");
}

#[test]
fn a_shallow_clone_says_that_it_is_one() {
    let repo = Repo::with(&[("a", "1\n")]);
    let root = repo.git(["rev-parse", "HEAD"]);
    repo.git(["branch", "topic"]);
    repo.commit(&[("a", "2\n")]);
    repo.git(["checkout", "-q", "topic"]);
    repo.commit(&[("b", "2\n")]);
    let clone = Repo::new();
    let url = format!("file://{}", repo.dir().display());
    clone.git(["fetch", "-q", "--depth=1", &url, "main:main-here", "topic:topic-here"]);
    let git = open(&clone);
    let error = wait(git.compare("main-here", "topic-here")).unwrap_err();
    assert!(matches!(error, GitError::NoMergeBase { shallow: true, .. }), "{error:?}");
    assert!(error.to_string().contains("--unshallow"), "{error}");
    assert!(matches!(git.resolve(&root), Err(GitError::UnknownRevision { shallow: true, .. })));
}

#[test]
fn nothing_is_fetched_for_a_partial_clone() {
    let repo = Repo::with(&[("a", LINES)]);
    repo.git(["config", "uploadpack.allowFilter", "true"]);
    let clone = repo.beside("partial");
    let url = format!("file://{}", repo.dir().display());
    git_in(repo.dir()).args(["clone", "-q", "--no-checkout", "--filter=blob:none", &url]).arg(&clone).status().unwrap();
    let git = Git::open(Some(&clone)).unwrap();
    let head = git.resolve("HEAD").unwrap();
    let error = wait(git.read(&head, &["a".to_owned()])).unwrap_err();
    assert!(matches!(error, GitError::MissingObject(_)) && !error.is_usage(), "{error:?}");
    // The folders are there, so what needs no content works.
    assert_eq!(wait(git.list(&head)).unwrap(), ["a"]);
}

#[test]
fn a_hostile_repository_runs_nothing() {
    let repo = Repo::with(&[("a.txt", LINES), ("b.bin", "1\n"), (".github/CODEOWNERS", "* @acme/all\n")]);
    let trap = repo.beside("sprung");
    let script = repo.beside("trap.sh");
    fs::write(&script, format!("#!/bin/sh\ntouch '{}'\ncat\n", trap.display())).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let script = script.to_str().unwrap();
    repo.git(["checkout", "-qb", "topic"]);
    repo.write(".gitattributes", "*.txt diff=trap filter=trap\n*.bin -diff\n");
    let head = repo.commit(&[("a.txt", "changed\n"), ("b.bin", "1\n2\n3\n")]);
    for key in [
        "diff.external",
        "diff.trap.command",
        "diff.trap.textconv",
        "filter.trap.clean",
        "filter.trap.smudge",
        "filter.trap.process",
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.gitProxy",
        "core.editor",
        "core.alternateRefsCommand",
        "credential.helper",
        "gpg.program",
        "pager.diff-tree",
        "pager.ls-tree",
        "alias.rev-parse",
        "uploadpack.packObjectsHook",
    ] {
        repo.git(["config", key, script]);
    }
    let hooks = repo.dir().join(".git/hooks");
    fs::create_dir_all(&hooks).unwrap();
    for hook in ["post-index-change", "reference-transaction", "fsmonitor-watchman", "post-checkout", "pre-auto-gc"] {
        fs::copy(script, hooks.join(hook)).unwrap();
    }
    repo.git(["config", "core.attributesFile", repo.dir().join(".gitattributes").to_str().unwrap()]);
    // Settings that would hide or twist what changed.
    for (key, value) in [
        ("diff.renames", "false"),
        ("diff.ignoreSubmodules", "all"),
        ("diff.relative", "true"),
        ("diff.noprefix", "true"),
        ("core.quotePath", "true"),
        ("core.bigFileThreshold", "1"),
        ("color.ui", "always"),
    ] {
        repo.git(["config", key, value]);
    }
    assert!(!trap.exists(), "the test itself sprang the trap");
    // The traps are real: git's own porcelain springs them.
    let _ = git_in(repo.dir()).args(["diff", "main", "topic"]).output().unwrap();
    assert!(trap.exists(), "the trap does not work");
    fs::remove_file(&trap).unwrap();

    let git = open(&repo);
    let change = wait(git.compare("main", "topic")).unwrap();
    let lines: Vec<_> = change.files.iter().map(|file| (file.path.as_str(), file.additions)).collect();
    // Attributes of the head hide no line: `-diff` would have made b.bin a binary file without any.
    assert_eq!(lines, [(".gitattributes", Some(2)), ("a.txt", Some(1)), ("b.bin", Some(2))]);
    assert_eq!(text(&git, &head, "a.txt").as_deref(), Some("changed\n"));
    assert_eq!(wait(git.list(&head)).unwrap().len(), 4);
    git.default_branch().unwrap();
    drop(git);
    assert!(!trap.exists(), "something of the repository was run");
}

#[test]
fn a_submodule_cannot_hide() {
    let repo = Repo::with(&[("a", "1\n")]);
    let id = repo.git(["rev-parse", "HEAD"]);
    repo.git(["checkout", "-qb", "topic"]);
    repo.write(".gitmodules", "[submodule \"m\"]\n\tpath = m\n\turl = ./m\n\tignore = all\n");
    repo.git(["add", ".gitmodules"]);
    repo.git(["update-index", "--add", "--cacheinfo", &format!("160000,{id},m")]);
    repo.git(["commit", "-qm", "module"]);
    repo.git(["config", "diff.ignoreSubmodules", "all"]);
    let change = compare(&repo, "main", "topic");
    assert_eq!(brief(&change.files), [(".gitmodules", None, FileStatus::Added), ("m", None, FileStatus::Added)]);
    assert_eq!(change.files[1].mode.as_deref(), Some("160000"));
}

#[test]
fn replaced_objects_and_grafts_are_not_believed() {
    let repo = Repo::with(&[("CODEOWNERS", "* @acme/owners\n")]);
    let root = repo.git(["rev-parse", "HEAD"]);
    let head = repo.commit(&[("CODEOWNERS", "* @mallory\n")]);
    let (old, new) = (repo.git(["rev-parse", "HEAD~1:CODEOWNERS"]), repo.git(["rev-parse", "HEAD:CODEOWNERS"]));
    repo.git(["replace", &old, &new]);
    fs::create_dir_all(repo.dir().join(".git/info")).unwrap();
    fs::write(repo.dir().join(".git/info/grafts"), format!("{head}\n")).unwrap();
    let git = open(&repo);
    assert_eq!(text(&git, &root, "CODEOWNERS").as_deref(), Some("* @acme/owners\n"));
    assert_eq!(wait(git.compare(&root, &head)).unwrap().files.len(), 1);
}

#[test]
fn bare_and_linked_repositories_are_read_when_named() {
    let repo = Repo::with(&[("dir/a", "1\n")]);
    let head = repo.commit(&[("dir/a", "2\n")]);
    let bare = repo.bare();
    let linked = repo.beside("linked");
    repo.git([OsStr::new("worktree"), OsStr::new("add"), OsStr::new("-q"), linked.as_os_str(), OsStr::new("HEAD~1")]);
    for place in [bare.clone(), repo.dir().join(".git"), repo.dir().join("dir"), linked.clone()] {
        let git = Git::open(Some(&place)).unwrap();
        assert_eq!(text(&git, &head, "dir/a").as_deref(), Some("2\n"), "{}", place.display());
    }
    assert_ne!(Git::open(Some(&linked)).unwrap().resolve("HEAD").unwrap(), head);
}

#[test]
fn paths_are_read_as_they_are_meant() {
    let repo = Repo::with(&[("services/checkout/main.go", "x\n")]);
    let git = Git::open(Some(&repo.dir().join("services"))).unwrap();
    let absolute = repo.dir().canonicalize().unwrap().join("services/checkout");
    for (written, path) in [
        ("services/checkout/main.go", "services/checkout/main.go"),
        ("/services/checkout/", "services/checkout"),
        ("./checkout/main.go", "services/checkout/main.go"),
        ("../README.md", "README.md"),
        ("../../../x", "x"),
        (".", "services"),
        ("docs//adr/", "docs/adr"),
        (".github/CODEOWNERS", ".github/CODEOWNERS"),
        ("..hidden", "..hidden"),
        (absolute.to_str().unwrap(), "services/checkout"),
    ] {
        assert_eq!(git.path_of(written.as_bytes()), path, "{written}");
    }
}

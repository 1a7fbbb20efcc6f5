//! Files that do not count for scope: lock files and generated ones, as the base says.

mod attributes;
mod header;

pub use attributes::Attributes;
pub use header::{HEADER_BYTES, header_says_generated, says_generated};

/// Lock files known without saying (DESIGN, Contract).
const LOCK_FILES: [&str; 15] = [
    "Cargo.lock",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "Gemfile.lock",
    "go.sum",
    "go.work.sum",
    "poetry.lock",
    "uv.lock",
    "Pipfile.lock",
    "composer.lock",
    "flake.lock",
    "packages.lock.json",
    "gradle.lockfile",
];

/// Whether the path's last component is a known lock file.
pub fn is_lock_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    LOCK_FILES.contains(&name)
}

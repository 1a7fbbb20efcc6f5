//! Files that do not count for scope: lock files and generated ones, as the base says.

/// Lock files known without saying (DESIGN, Contract).
pub const LOCK_FILES: [&str; 15] = [
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

/// What the root `.gitattributes` of the base says about generated files.
#[derive(Debug, Clone, Default)]
pub struct Attributes {}

impl Attributes {
    /// Reads a `.gitattributes`. Never fails: a line that cannot be used is passed over.
    pub fn parse(bytes: &[u8]) -> Self {
        let _ = bytes;
        Self::default()
    }

    /// What it says of `path`: generated, explicitly not, or nothing.
    pub fn generated(&self, path: &str) -> Option<bool> {
        let _ = path;
        None
    }
}

/// How many bytes of a file's beginning [`says_generated`] looks at.
pub const HEADER_BYTES: usize = 4096;

/// Whether the first lines of a file's *base* version say that it is generated (`Code generated … DO NOT EDIT`, `@generated`).
pub fn says_generated(beginning: &[u8]) -> bool {
    let _ = beginning;
    false
}

//! GitHub's numeric ids. Names are labels and may change hands; ids do not.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// An installation of the App: the tenant.
    InstallationId
}
id! {
    /// A repository.
    RepositoryId
}

/// A pull request of one tenant: the key of everything that is kept about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PullKey {
    /// The tenant.
    pub installation: InstallationId,
    /// The base repository.
    pub repository: RepositoryId,
    /// The number shown in the address.
    pub number: u64,
}

//! `merestone lint --explain`: the rules in force, and which file and line say each value.

use crate::git::Git;
use crate::rules::{self, Layer, RULES_PATH, Repository};

use super::{Failure, basis, output};

/// Prints the rules that the file, or the one at HEAD, is with the organisation's beneath it.
pub(super) fn run(
    rules_file: Option<&(String, Vec<u8>)>,
    organization: Option<&(String, Vec<u8>)>,
    git: Option<&Git>,
) -> Result<u8, Failure> {
    if rules_file.is_none() && organization.is_none() {
        output::note(&format!("there is no {RULES_PATH} at HEAD: these rules are what judges a CODEOWNERS alone"));
    }
    let remote = git.and_then(Git::remote);
    let here = Repository {
        owner: remote.as_ref().map(|remote| remote.owner.as_str()),
        name: remote.as_ref().map(|remote| remote.name.as_str()),
    };
    let text = rules::explain(organization.map(as_layer), rules_file.map(as_layer), here);
    output::print(&text.map_err(basis::broken)?)?;
    Ok(0)
}

fn as_layer((path, text): &(String, Vec<u8>)) -> Layer<'_> {
    Layer { path, text }
}

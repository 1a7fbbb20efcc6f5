//! The pages of a pull request's files.

use super::super::Error;
use super::super::client::{Installation, PAGE};
use super::super::transport::Call;
use super::FileBody;
use crate::source::Comparison;

/// How many pages of files GitHub lists: 3,000 files.
const FILE_PAGES: usize = 30;

/// The pages of a pull request's files. GitHub takes no commit for them, so each page has to say that it is of the head asked
/// for. (A removed file may name the commit where it still was; the others of its page speak for it then.)
pub(super) async fn pinned_pages(
    installation: &Installation,
    call: &Call<'_>,
    comparison: &Comparison,
) -> Result<Vec<FileBody>, Error> {
    let moved = || {
        Error::Incomplete("the change moved on while it was read: a page of its files is of another head".to_owned())
    };
    let mut all = Vec::new();
    for page in 1..=FILE_PAGES {
        let call = call.clone().query("per_page", PAGE).query("page", page);
        let answer = installation.answer(&call).await?;
        let next = answer.has_next();
        let files: Vec<FileBody> = answer.parse(&call)?;
        let mut of_this_head = files.is_empty();
        for file in &files {
            let commit = file.commit();
            let removed = file.status.as_deref() == Some("removed");
            if commit == Some(comparison.head.as_str()) {
                of_this_head = true;
            } else if removed && commit == Some(comparison.merge_base.as_str()) {
                of_this_head |= files.iter().all(|file| file.status.as_deref() == Some("removed"));
            } else if !removed {
                return Err(moved());
            }
        }
        if !of_this_head {
            return Err(moved());
        }
        let full = files.len() >= PAGE;
        all.extend(files);
        if !next.unwrap_or(full) {
            break;
        }
    }
    Ok(all)
}

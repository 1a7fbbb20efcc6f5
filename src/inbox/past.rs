//! Pull requests as they were last judged: what a replay goes over.

use super::sql::{from_json, values};
use super::{Inbox, Result};
use crate::ids::{InstallationId, RepositoryId};
use crate::review::Facts;

impl Inbox {
    /// The facts of the newest judgement of each pull request, of this version alone, the newest pull requests first: at most
    /// `most`, and not of the pull request `but`.
    ///
    /// # Errors
    /// When the store cannot be used, or holds what this version cannot read.
    pub async fn past(
        &self,
        installation: InstallationId,
        repository: RepositoryId,
        but: Option<u64>,
        version: u32,
        most: usize,
    ) -> Result<Vec<(u64, Facts)>> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.read(move |conn| {
            Box::pin(async move {
                // No pull request has the number 0.
                let sql = "SELECT judged.number, judged.facts FROM judgements AS judged
                           JOIN (SELECT DISTINCT number FROM judgements
                                 WHERE installation = $1 AND repository = $2 AND number <> $3 AND facts_version = $4
                                 ORDER BY number DESC LIMIT $5) AS newest ON newest.number = judged.number
                           WHERE judged.installation = $1 AND judged.repository = $2 AND judged.facts_version = $4
                             AND judged.at = (SELECT MAX(at) FROM judgements AS other
                                 WHERE other.installation = $1 AND other.repository = $2 AND other.number = judged.number
                                   AND other.facts_version = $4)
                           ORDER BY judged.number DESC, judged.head";
                let asked = values![installation.0, repository.0, but.unwrap_or(0), i64::from(version), most];
                let mut past: Vec<(u64, Facts)> = Vec::new();
                for row in conn.all(sql, asked).await? {
                    let number = row.id(0)?;
                    // Two heads may have been judged at the same time; one of them stands for both.
                    if past.last().is_none_or(|(last, _)| *last != number) {
                        past.push((number, from_json("judgement's facts", &row.text(1)?)?));
                    }
                }
                Ok(past)
            })
        })
        .await
    }
}

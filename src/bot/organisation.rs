//! The organisation's file: looked at together with a base, kept in the store, and in force in its last good version.
//!
//! Once it was seen it is never taken for none again, whatever GitHub answers: not shown, refused, unreadable or broken, the last
//! good version stays in force, and the check says so.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use tracing::info;

use crate::adr::{Index, Lookup};
use crate::github::{Error as GitHubError, Looked, Repository, SHARED_REPOSITORY, Shared, SharedFile};
use crate::ids::{InstallationId, PullKey};
use crate::inbox::{Claim, Floor, Found, Installation, Lane, Look, Mark, OrganisationFile, Task};
use crate::review::{Basis, Organisation};
use crate::rules::{self, RULES_PATH};

use super::base::paced;
use super::bases::At;
use super::gather::{self, Files};
use super::{Bot, End, PATIENCE, TaskError};

/// How many repositories are asked from who the owner is now, before it is left for later.
const MOST_ASKED: usize = 3;

/// How long what was seen is believed: a push that was not delivered is missed for so long at most. Where pushes of that
/// repository do not reach us, nothing else would say that it is out of date.
fn believed_for(heard: bool) -> TimeDelta {
    if heard { TimeDelta::days(1) } else { TimeDelta::hours(1) }
}

/// The organisation's file as it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InForce {
    /// The repository that it is in, with its owner.
    repository: String,
    /// What it is known by.
    path: String,
    /// The version that judges, sound or not; `None`: there is none.
    version: Option<Version>,
    /// Why the version that judges is not the one that is there.
    kept: Option<String>,
    /// Whether outsiders cannot see that repository.
    pub private: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    commit: Option<String>,
    blob: String,
    text: String,
}

impl InForce {
    /// What is in force by what was seen, in the account of this login.
    fn of(file: &OrganisationFile, login: &str) -> Result<Self, GitHubError> {
        let Look { tip, private, found, .. } = &file.look;
        let repository = format!("{login}/{SHARED_REPOSITORY}");
        let path = format!("{repository}: {RULES_PATH}");
        let good = file.good.as_ref().map(|good| Version {
            commit: good.commit.clone(),
            blob: good.blob.clone(),
            text: good.text.clone(),
        });
        let (version, kept) = match (found, good) {
            (Found::File { blob, .. }, Some(good)) if *blob == good.blob => (Some(good), None),
            (Found::File { text, .. }, Some(good)) => (Some(good), Some(broken_at(text))),
            (Found::File { blob, text }, None) => {
                (Some(Version { commit: tip.clone(), blob: blob.clone(), text: text.clone() }), None)
            }
            (Found::Nothing { why } | Found::Unreadable { why }, Some(good)) => (Some(good), Some(why.clone())),
            (Found::Nothing { .. }, None) => (None, None),
            (Found::Unreadable { why }, None) => return Err(GitHubError::Incomplete(format!("{path}: {why}"))),
        };
        Ok(Self { repository, path, version, kept, private: *private })
    }

    /// The file, to lay the repository's own over: what it is known by, and its text.
    pub fn file(&self) -> Option<(String, Vec<u8>)> {
        self.version.as_ref().map(|version| (self.path.clone(), version.text.clone().into_bytes()))
    }

    /// A digest of all that a base over it depends on.
    pub fn digest(&self, over: &Repository) -> String {
        hex::encode(Sha256::digest(format!("{self:?} {}/{}", over.owner(), over.name())))
    }

    /// What people can be told of: not the commit that it is read at.
    fn shown(&self) -> (Option<&str>, Option<&str>, bool) {
        (self.version.as_ref().map(|version| version.blob.as_str()), self.kept.as_deref(), self.private)
    }
}

/// Where a version that cannot be used is broken.
fn broken_at(text: &str) -> String {
    let problems = rules::parse_organization(text.as_bytes()).err().unwrap_or_default();
    let error = problems.iter().find(|problem| problem.severity == rules::Severity::Error);
    match error.map(|error| (error.place, &error.message)) {
        Some((Some(place), message)) => format!("the one that is there is broken at line {}: {message}", place.line),
        Some((None, message)) => format!("the one that is there is broken: {message}"),
        None => "the one that is there could not be used when it was read".to_owned(),
    }
}

impl Bot {
    /// The account that an installation is of: its id, and its login as last told.
    async fn account(&self, installation: InstallationId) -> Result<Installation, TaskError> {
        if let Some(known) = self.inbox.installation(installation).await? {
            return Ok(known);
        }
        let (account_id, account) = self.app.account_of(installation).await?;
        let told = Installation { id: installation, account_id, account, active: true };
        self.inbox.save_installation(&told).await?;
        Ok(told)
    }

    /// Reads the files of a base, and what the organisation's file is, in one request.
    pub(super) async fn files_and_organisation(&self, at: At<'_>) -> Result<Files, TaskError> {
        let account = self.account(at.installation).await?;
        let began = (self.clock)();
        let (found, looked) = at.client.read_and_look(at.commit, &Files::paths(), account.account_id).await?;
        self.saw(at, account, looked, began).await?;
        Ok(Files::new(at.commit, found))
    }

    /// The organisation's file as it is in force. `looked`: it was looked at just now.
    pub(super) async fn in_force(&self, at: At<'_>, looked: bool) -> Result<InForce, TaskError> {
        let account = self.account(at.installation).await?;
        let known = self.inbox.organisation_file(at.installation, account.account_id).await?;
        let known = match known {
            Some(known) if looked || self.is_believed(at.installation, &known).await? => known,
            _ => {
                let began = (self.clock)();
                let looked = at.client.look_at_organisation(account.account_id).await?;
                self.saw(at, account, looked, began).await?
            }
        };
        let account = self.account(at.installation).await?;
        Ok(InForce::of(&known, &account.account)?)
    }

    /// The organisation's file as it is in force, with the path that it is known by.
    pub(super) async fn organisation_file(
        &self,
        key: PullKey,
        client: &Repository,
    ) -> Result<Option<(String, Vec<u8>)>, TaskError> {
        let (installation, repository) = (key.installation, key.repository);
        let at = At { installation, repository, client, commit: "", judging: Some(key) };
        Ok(self.in_force(at, false).await?.file())
    }

    async fn is_believed(&self, installation: InstallationId, known: &OrganisationFile) -> Result<bool, TaskError> {
        if known.is_stale() {
            return Ok(false);
        }
        let heard = match known.look.repository {
            Some(repository) => self.inbox.is_heard(installation, repository).await?,
            None => false,
        };
        Ok((self.clock)() - known.looked_at < believed_for(heard))
    }

    /// Keeps what a look saw that began then. Where something else is in force since, whatever was judged by it hears of that.
    async fn saw(
        &self,
        at: At<'_>,
        account: Installation,
        looked: Looked,
        began: DateTime<Utc>,
    ) -> Result<OrganisationFile, TaskError> {
        let Installation { id: installation, account_id, account: login, .. } = account;
        let (shared, login, began) = match looked {
            Looked::Seen(shared) => (shared, login, began),
            Looked::Renamed(now_called) => {
                self.renamed(at, &now_called).await?;
                let client = at.client.of_owner(&now_called);
                let began = (self.clock)();
                match client.look_at_organisation(account_id).await? {
                    Looked::Seen(shared) => (shared, now_called, began),
                    Looked::Renamed(_) => return Err(TaskError::Stale("the account is being renamed".to_owned())),
                    Looked::NotNow(why) => return self.not_now(installation, account_id, why).await,
                }
            }
            Looked::NotNow(why) => return self.not_now(installation, account_id, why).await,
        };
        let look = look_of(shared);
        let good =
            matches!(&look.found, Found::File { text, .. } if rules::parse_organization(text.as_bytes()).is_ok());
        let (before, after) = self.inbox.looked_at_organisation(installation, account_id, &look, good, began).await?;
        let now = InForce::of(&after, &login);
        let then = before.map(|before| InForce::of(&before, &login));
        let same = match (&then, &now) {
            (None, Ok(now)) => now.version.is_none(),
            (Some(Ok(then)), Ok(now)) => then.shown() == now.shown(),
            (Some(Err(_)), Err(_)) => true,
            _ => false,
        };
        if !same {
            info!("another version of the organisation's file is in force");
            let all = self.inbox.judged_pulls(installation).await?;
            self.says_otherwise_everywhere(installation, all, at.judging).await?;
        } else if let (Some(Ok(then)), Ok(now)) = (then, now)
            && then.version.as_ref().map(|one| &one.commit) != now.version.as_ref().map(|one| &one.commit)
        {
            // The file is the same; the records beside it may not be.
            let quoting = self.inbox.pulls_that_quote(installation, &now.repository).await?;
            self.says_otherwise_everywhere(installation, quoting, at.judging).await?;
        }
        Ok(after)
    }

    /// GitHub did not say: what was known stays, unless it is known to be out of date.
    async fn not_now(
        &self,
        installation: InstallationId,
        account: u64,
        why: String,
    ) -> Result<OrganisationFile, TaskError> {
        match self.inbox.organisation_file(installation, account).await? {
            Some(known) if !known.is_stale() => Ok(known),
            _ => Err(GitHubError::Outage { what: "the organisation's file".to_owned(), why }.into()),
        }
    }

    /// The owner has another login than it was asked for by; the event that says so may not have reached us.
    async fn renamed(&self, at: At<'_>, login: &str) -> Result<(), TaskError> {
        let known = self.account(at.installation).await?;
        self.inbox.save_installation(&Installation { account: login.to_owned(), ..known }).await?;
        if let Some(known) = self.inbox.repository(at.installation, at.repository).await? {
            let named = crate::inbox::Repository { owner: login.to_owned(), ..known };
            self.inbox.save_repository(&named).await?;
        }
        Ok(())
    }

    /// Marks these pull requests, but the one that is judged just now, and the merge queues, at a pace that GitHub bears.
    async fn says_otherwise_everywhere(
        &self,
        installation: InstallationId,
        mut pulls: Vec<PullKey>,
        judging: Option<PullKey>,
    ) -> Result<(), TaskError> {
        let now = (self.clock)();
        pulls.retain(|key| Some(*key) != judging);
        let mut marks = paced(pulls, now);
        for repository in self.inbox.repositories_with_groups(installation).await? {
            let task = Task::Queue { installation, repository };
            let floor = Floor::default();
            marks.push(Mark { task, lane: Lane::Act, due: now, floor, snapshot: None, review: None, pusher: None });
        }
        if !marks.is_empty() {
            self.inbox.accept(None, &marks, now).await?;
        }
        Ok(())
    }

    /// Looks at the organisation's file after an event that may be about it.
    pub(super) async fn organisation_moved(
        &self,
        claim: &Claim,
        installation: InstallationId,
    ) -> Result<End, TaskError> {
        let account = self.account(installation).await?;
        let Some(known) = self.inbox.organisation_file(installation, account.account_id).await? else {
            return Ok(End::Done);
        };
        // Who the owner is now is told by a repository that is known by its id.
        let mut places: Vec<_> =
            self.inbox.judged_pulls(installation).await?.into_iter().map(|key| key.repository).collect();
        places.extend(self.inbox.repositories_with_groups(installation).await?);
        places.sort_unstable();
        places.dedup();
        for repository in places.into_iter().take(MOST_ASKED) {
            let Some(place) = self.inbox.repository(installation, repository).await? else { continue };
            let client = self.app.installation(installation).repository(repository, &place.owner, &place.name);
            let at = At { installation, repository, client: &client, commit: "", judging: None };
            let began = (self.clock)();
            let looked = client.look_at_organisation(account.account_id).await?;
            if matches!(looked, Looked::NotNow(_)) {
                continue;
            }
            let seen = self.saw(at, account, looked, began).await?;
            let behind = matches!((&known.told, &seen.look.tip), (Some(told), Some(tip)) if told != tip);
            if behind && claim.attempts < PATIENCE {
                return Err(TaskError::Stale("GitHub shows another tip of .github than it told".to_owned()));
            }
            return Ok(End::Done);
        }
        // Whoever is judged next looks.
        Ok(End::Done)
    }

    /// What is said of the organisation's file in a judgement over it, with its records that the rules name and the repository does
    /// not have.
    pub(super) async fn organisation_of(
        &self,
        at: At<'_>,
        basis: &Basis,
        beneath: &InForce,
    ) -> Result<Option<Organisation>, TaskError> {
        let Some(version) = &beneath.version else { return Ok(None) };
        let names = basis.rules.rules.iter().flat_map(|rule| &rule.adrs);
        let elsewhere: Vec<&String> = names.filter(|name| matches!(basis.adrs.lookup(name), Lookup::Missing)).collect();
        let records = match &version.commit {
            Some(commit) if !elsewhere.is_empty() => self.organisation_records(at, basis, beneath, commit).await?,
            _ => Index::default(),
        };
        let adrs = records.only(&elsewhere);
        let digest = hex::encode(Sha256::digest(format!("{} {:?} {adrs:?}", version.blob, beneath.kept)));
        Ok(Some(Organisation {
            repository: beneath.repository.clone(),
            commit: version.commit.clone(),
            kept: beneath.kept.clone(),
            private: beneath.private,
            teams: rules::parse_organization(version.text.as_bytes())
                .map(|parsed| parsed.rules.teams.keys().cloned().collect())
                .unwrap_or_default(),
            adrs,
            says: digest,
        }))
    }

    /// The decision records of the organisation's own repository.
    async fn organisation_records(
        &self,
        at: At<'_>,
        basis: &Basis,
        beneath: &InForce,
        commit: &str,
    ) -> Result<Index, TaskError> {
        let account = self.account(at.installation).await?;
        let known = self.inbox.organisation_file(at.installation, account.account_id).await?;
        let Some(id) = known.and_then(|known| known.look.repository) else { return Ok(Index::default()) };
        let Some((owner, name)) = beneath.repository.split_once('/') else { return Ok(Index::default()) };
        let client = self.app.installation(at.installation).repository(id, owner, name);
        let key = ((at.installation, id, commit.to_owned()), basis.rules.adr_paths.clone());
        let cell = self.bases.records_of(key);
        let read = cell.get_or_try_init(|| async {
            let locators = gather::locators(&client, commit).await?;
            gather::records(&client, commit, &basis.rules, &locators).await
        });
        match read.await {
            Ok(index) => Ok(index.clone()),
            // Not shown to us any more: its records are missing like others that are not there.
            Err(gather::GatherError::Source(GitHubError::NotFound { .. } | GitHubError::Forbidden { .. })) => {
                Ok(Index::default())
            }
            Err(error) => Err(super::bases::task_error(error)),
        }
    }
}

fn look_of(shared: Shared) -> Look {
    let (repository, branch, tip, private) = match shared.repository {
        Some(known) => (Some(known.id), known.branch, known.tip, known.private),
        None => (None, None, None, true),
    };
    let found = match shared.file {
        SharedFile::File(blob) => match blob.bytes.map(String::from_utf8) {
            Ok(Ok(text)) => Found::File { blob: blob.id, text },
            Ok(Err(_)) => Found::Unreadable { why: "it is not text in UTF-8".to_owned() },
            Err(why) => Found::Unreadable { why },
        },
        SharedFile::Nothing(why) => Found::Nothing { why },
        SharedFile::Refused(why) => Found::Nothing { why: format!("GitHub does not give it to this App: {why}") },
    };
    Look { repository, branch, tip, private, found }
}

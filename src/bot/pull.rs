//! One pull request: what it is, what is judged of it, and what is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::adr::Index;
use crate::github::{Error as GitHubError, Repository, conclusion_word};
use crate::ids::PullKey;
use crate::inbox::{Claim, Judgement};
use crate::pull::{SeenReview, Snapshot};
use crate::render;
use crate::review::{
    Act, Asking, BaseMerge, Basis, FACTS_VERSION, Facts, File, FileStatus, Input, Organisation, People, Review, judge,
};
use crate::rules::Origin;
use crate::rules::RULES_CHANGE;
use crate::source::Comparison;

use super::acts::{Acts, Ground};
use super::asking::asking;
use super::bases::Base;
use super::change::Gathered;
use super::dismissals::Looked;
use super::hidden::Hidden;
use super::identity::Known;
use super::people::{Directory, Said};
use super::preview::Effect;
use super::reconcile::{Desired, Target};
use super::{Bot, End, PATIENCE, TaskError};

/// How often a judgement may ask for more people. Each round climbs a level at least, and there are four; a level's people may
/// be asked for a round later than its teams.
const ROUNDS: usize = 8;

impl Bot {
    /// Gathers, judges and reconciles one pull request.
    pub(super) async fn pull(&self, claim: &Claim, key: PullKey) -> Result<End, TaskError> {
        let Some(snapshot) = self.snapshot(claim, key).await? else {
            return Ok(End::Done);
        };
        if !snapshot.open {
            if let Some((head, _)) = self.inbox.judged_on(&key).await? {
                self.leave(key, &head).await?;
            }
            return Ok(End::Done);
        }
        let client =
            self.app.installation(key.installation).repository(key.repository, &snapshot.owner, &snapshot.name);
        let target = Target { key, snapshot: &snapshot, client: &client, claim };

        self.hold(&target).await?;
        match self.review(&target).await {
            Ok(None) => {
                let end = self.speak(&target, None, "").await?;
                self.step_back(&target, &render::comment_without_rules(&self.own_context(key), None)).await?;
                Ok(end)
            }
            Ok(Some((desired, end))) => {
                let refused = self.refused(&target).await?;
                let said = self.reconcile(&target, &desired).await?;
                // Whom GitHub refused just now somebody else may be asked for.
                let news = !self.refused(&target).await?.is_subset(&refused);
                Ok(if news || end == End::Again { End::Again } else { said })
            }
            // However often GitHub is asked, it lists no more: that is shown at once, and the next push is looked at anew.
            Err(TaskError::GitHub(GitHubError::TooLarge(why))) => {
                self.reconcile(&target, &Desired::check_only(render::check_of_too_large(&why), "")).await
            }
            // A permission is missing. Who reads the check learns which; whoever runs the server finds it in the log.
            Err(TaskError::GitHub(error @ GitHubError::Forbidden { .. })) if claim.attempts >= PATIENCE => {
                let why =
                    format!("{error}; an owner of {} accepts it in the App's installation settings", snapshot.owner);
                self.reconcile(&target, &Desired::check_only(render::check_of_outage(&why), "")).await?;
                Err(error.into())
            }
            // Part of the change, or of what judges it, cannot be read whole. It is never judged as if it were.
            Err(TaskError::GitHub(GitHubError::Incomplete(why))) => {
                if claim.attempts >= PATIENCE {
                    self.reconcile(&target, &Desired::check_only(render::check_of_outage(&why), "")).await?;
                }
                // What GitHub told of the pull request may be what is out of date.
                let fresh = client.pull(key.number).await?;
                self.inbox.save_snapshot(&key, &fresh).await?;
                Ok(End::Again)
            }
            Err(error) => Err(error),
        }
    }

    /// What GitHub should show, and whether to look again; `None`: there is nothing to judge by, so nothing at all.
    async fn review(&self, target: &Target<'_>) -> Result<Option<(Desired, End)>, TaskError> {
        let Target { key, snapshot, client, .. } = *target;
        let Gathered { base, comparison, gated } = self.gathered(target).await?;
        let basis = match base {
            Base::Sound(basis) => shown_to(basis, snapshot),
            Base::Broken { broken, private, .. } => {
                let unseen = private && !snapshot.private;
                let check = render::check_of_broken_rules(&broken, unseen);
                let theirs = unseen && broken.origin == Origin::Organization;
                let named = if theirs { "the organisation's file" } else { broken.path.as_str() };
                let instead = render::comment_without_rules(&self.own_context(key), Some(named));
                return Ok(Some((Desired::check_instead(check, &comparison.base_tip, instead), End::Done)));
            }
        };
        if !basis.says_anything() {
            return Ok(None);
        }
        let base = if gated { &snapshot.base } else { &snapshot.default_branch };
        let pushers = self.pushers(key, base, &comparison).await?;
        let mut facts = facts(snapshot, &comparison, pushers);
        facts.base = Some(base.clone());
        let ground = Ground { basis: &basis, base };
        let (mut review, known, acts) = self.judged(target, ground, &comparison, &mut facts).await?;
        if acts.acts.iter().any(|act| !act.counted.is_empty()) {
            self.name_lapses(&key, &mut review, &comparison.head, (self.clock)()).await?;
        }
        self.keep(key, &basis, &comparison, facts, &review, &acts).await?;
        metrics::counter!("merestone_judgements_total", "conclusion" => conclusion_word(review.conclusion))
            .increment(1);
        let place = Directory { key, client, owner: &snapshot.owner, rules_digest: &basis.rules_digest };
        let hidden = self.hidden(&place, snapshot, &basis, &review).await?;
        let again = acts.again || known.is_outage() || hidden.is_outage;
        // A branch that is not gated has no comment that would say it.
        let edits = review.findings.iter().any(|finding| finding.rule == RULES_CHANGE);
        let effect = if gated && edits { self.preview(target, &basis, &comparison, base).await? } else { Effect::None };
        let again = again || matches!(effect, Effect::Later);
        let preview = if let Effect::Told(preview) = effect { Some(*preview) } else { None };
        let desired = self.desired(target, &basis, &comparison, review, gated, hidden, preview);
        Ok(Some((desired, if again { End::Again } else { End::Done })))
    }

    /// The last snapshot, or a new one where there is none or it is older than what a payload told.
    pub(super) async fn snapshot(&self, claim: &Claim, key: PullKey) -> Result<Option<Snapshot>, TaskError> {
        let stored = self.inbox.snapshot(&key).await?;
        let older = |snapshot: &Snapshot| {
            claim.floor.head.as_ref().is_some_and(|head| *head != snapshot.head)
                && claim.floor.updated_at.is_some_and(|at| at > snapshot.updated_at)
        };
        if let Some(snapshot) = stored.filter(|snapshot| !older(snapshot)) {
            return Ok(Some(snapshot));
        }
        let Some(known) = self.inbox.repository(key.installation, key.repository).await? else {
            return Ok(None);
        };
        let client = self.app.installation(key.installation).repository(key.repository, &known.owner, &known.name);
        let read = client.pull(key.number).await?;
        if older(&read) {
            return Err(TaskError::Stale(format!("GitHub still shows head {}", read.head)));
        }
        self.inbox.save_snapshot(&key, &read).await?;
        Ok(Some(read))
    }

    /// Whoever moved the head of a pull request that `base` judges. Whoever pressed the button that brings the base
    /// in had no hand in the change, where nothing can have been written on that occasion.
    pub(super) async fn pushers(
        &self,
        key: PullKey,
        base: &str,
        comparison: &Comparison,
    ) -> Result<Pushers, TaskError> {
        let mut pressed = BTreeSet::new();
        let mut hands = Pushers::default();
        for merge in &comparison.base_merges {
            if self.wrote_nothing(key, base, comparison, merge).await? {
                pressed.insert(&merge.id);
            } else {
                // GitHub signed it for this author: it is no name that somebody gave themselves.
                if let Some(login) = &merge.author {
                    hands.add(login, merge.author_id);
                }
            }
        }
        let pushers = self.inbox.pushers(&key).await?;
        for one in pushers.iter().filter(|one| !pressed.contains(&one.head)) {
            hands.add(&one.login, one.user_id);
        }
        Ok(hands)
    }

    /// Whether every file that differed from the base after this merge was the same before it. Of a head that was not judged that
    /// cannot be told: then it is not so. What does not differ from the base is as the base has it.
    async fn wrote_nothing(
        &self,
        key: PullKey,
        base: &str,
        comparison: &Comparison,
        merge: &BaseMerge,
    ) -> Result<bool, TaskError> {
        let then = match merge.id == comparison.head {
            true => None,
            false => match self.inbox.facts(&key, &merge.id, FACTS_VERSION).await? {
                Some(known) if known.facts.base.as_deref() == Some(base) => Some(known.facts.files),
                _ => return Ok(false),
            },
        };
        let Some(before) = self.inbox.facts(&key, &merge.parent, FACTS_VERSION).await? else { return Ok(false) };
        let before: BTreeMap<&str, &File> = before.facts.files.iter().map(|file| (file.path.as_str(), file)).collect();
        Ok(then.as_ref().unwrap_or(&comparison.files).iter().all(|file| {
            let named = file.head_blob.is_some() || file.status == FileStatus::Removed;
            named
                && before.get(file.path.as_str()).is_some_and(|before| {
                    (file.status, &file.previous_path, &file.head_blob)
                        == (before.status, &before.previous_path, &before.head_blob)
                })
        }))
    }

    /// All reviews: read once from GitHub where they were not all seen, then kept up by events.
    async fn reviews(&self, key: PullKey, client: &Repository) -> Result<Vec<SeenReview>, TaskError> {
        if !self.inbox.reviews_complete(&key).await? {
            let read = client.reviews(key.number).await?;
            self.inbox.save_reviews(&key, &read).await?;
            self.inbox.set_reviews_complete(&key).await?;
        }
        Ok(self.inbox.reviews(&key).await?)
    }

    /// The review by everything that was said and done, with what was said.
    pub(super) async fn judged(
        &self,
        target: &Target<'_>,
        ground: Ground<'_>,
        comparison: &Comparison,
        facts: &mut Facts,
    ) -> Result<(Review, Known, Acts), TaskError> {
        let Target { key, snapshot, client, .. } = *target;
        let shown = self.inbox.shown(&key, &snapshot.head).await?;
        let asking = asking(snapshot, &shown.requests);
        let reviews = self.reviews(key, client).await?;
        let mut acts = self.acts(target, ground, &reviews).await?;
        let (mut review, mut known) =
            self.settled(target, ground.basis, comparison, facts, &acts.acts, &reviews, &asking).await?;
        match self.look_at_dismissals(target, &review, &acts.acts, &reviews).await? {
            Looked::Learned => {
                let reviews = self.inbox.reviews(&key).await?;
                acts = self.acts(target, ground, &reviews).await?;
                (review, known) =
                    self.settled(target, ground.basis, comparison, facts, &acts.acts, &reviews, &asking).await?;
            }
            Looked::Nothing { again } => acts.again |= again,
        }
        if self.learn_pusher(target, &review).await? {
            let pushers = self.pushers(key, ground.base, comparison).await?;
            pushers.told(facts, snapshot);
            (review, known) =
                self.settled(target, ground.basis, comparison, facts, &acts.acts, &reviews, &asking).await?;
        }
        Ok((review, known, acts))
    }

    /// The review of these facts, with everybody resolved whom it asked about.
    #[allow(clippy::too_many_arguments, reason = "all of it is what a judgement looks at")]
    pub(super) async fn settled(
        &self,
        target: &Target<'_>,
        basis: &Basis,
        comparison: &Comparison,
        facts: &mut Facts,
        acts: &[Act],
        reviews: &[SeenReview],
        asking: &Asking,
    ) -> Result<(Review, Known), TaskError> {
        let Target { key, snapshot, client, .. } = *target;
        let now = (self.clock)();
        let edited = self.edited(target, basis, comparison).await?;
        let edited = Option::as_ref(&edited);
        let mut known = Known::default();
        let judged = |facts: &Facts, known: &Known| {
            let (people, acts) = known.identified(acts, reviews, facts);
            judge(Input { basis, facts, acts: &acts, people: &people, asking, edited, now })
        };
        let mut review = judged(facts, &known);
        let alone =
            |facts: &Facts| judge(Input { basis, facts, acts, people: &People::default(), asking, edited, now });
        if self.versions.fill(key, client, &comparison.merge_base, facts, &review, alone).await? {
            review = judged(facts, &known);
        }
        let place = Directory { key, client, owner: &snapshot.owner, rules_digest: &basis.rules_digest };
        let mut rounds = 0;
        while !review.wants.is_empty() {
            if rounds < ROUNDS {
                self.resolve(&place, &review.wants, &mut known).await?;
            } else {
                // Whatever is still not known then holds.
                for handle in &review.wants {
                    known.tell(handle, Said::NotNow(format!("{handle} was not looked up")));
                }
            }
            rounds += 1;
            review = judged(facts, &known);
        }
        Ok((review, known))
    }

    /// Keeps the judgement, and what approvals were given for.
    async fn keep(
        &self,
        key: PullKey,
        basis: &Basis,
        comparison: &Comparison,
        facts: Facts,
        review: &Review,
        acts: &Acts,
    ) -> Result<(), TaskError> {
        let at = (self.clock)();
        let head = comparison.head.clone();
        self.record(&key, acts, review, &head, at).await?;
        let judgement = Judgement {
            head,
            base_tip: comparison.base_tip.clone(),
            merge_base: comparison.merge_base.clone(),
            rules_digest: basis.rules_digest.clone(),
            facts,
            review: review.clone(),
            at,
        };
        self.inbox.save_judgement(&key, &judgement).await?;
        Ok(())
    }

    /// What every comment of ours on a pull request has in common.
    fn own_context(&self, key: PullKey) -> render::Context {
        render::Context { marker: format!("app={} pull={}", self.app.id(), key.number), ..render::Context::default() }
    }

    /// What GitHub should show for this review.
    #[allow(clippy::too_many_arguments, reason = "all of it is shown")]
    fn desired(
        &self,
        target: &Target<'_>,
        basis: &Basis,
        comparison: &Comparison,
        review: Review,
        gated: bool,
        hidden: Hidden,
        preview: Option<render::Preview>,
    ) -> Desired {
        let context = render::Context {
            repository_url: Some(target.snapshot.repository_url.clone()),
            base_commit: comparison.base_tip.clone(),
            pull: Some(target.key.number),
            head_commit: comparison.head.clone(),
            author: Some(target.snapshot.author.clone()),
            draft: target.snapshot.draft,
            hidden: hidden.handles,
            hidden_names: hidden.names,
            preview,
            rules_from: Some(basis.rules_from.clone()),
            organisation: basis.organisation.as_ref().map(|organisation| beneath(organisation, target.snapshot)),
            ..self.own_context(target.key)
        };
        Desired::of_review(review, context, basis, gated && !target.snapshot.draft, gated)
    }
}

/// The organisation's file as it may be spoken of on this pull request.
fn beneath(organisation: &Organisation, snapshot: &Snapshot) -> render::Beneath {
    // Its repository is beside this one.
    let host = snapshot.repository_url.strip_suffix(&format!("/{}/{}", snapshot.owner, snapshot.name));
    render::Beneath {
        repository: organisation.repository.clone(),
        repository_url: host.map(|host| format!("{host}/{}", organisation.repository)),
        commit: organisation.commit.clone(),
        kept: organisation.kept.clone(),
        unseen: organisation.private && !snapshot.private,
    }
}

/// The basis as it may be quoted on this pull request: what only the organisation can see is not for everybody.
pub(super) fn shown_to(basis: Arc<Basis>, snapshot: &Snapshot) -> Arc<Basis> {
    match &basis.organisation {
        Some(organisation) if organisation.private && !snapshot.private => {
            let organisation = Organisation { adrs: Index::default(), ..organisation.clone() };
            Arc::new(Basis { organisation: Some(organisation), ..(*basis).clone() })
        }
        _ => basis,
    }
}

/// Whoever moved a head.
#[derive(Default)]
pub(super) struct Pushers {
    logins: BTreeSet<String>,
    /// Their logins by GitHub's ids, where told.
    ids: BTreeMap<u64, String>,
}

impl Pushers {
    fn add(&mut self, login: &str, id: Option<u64>) {
        self.logins.insert(login.to_owned());
        self.ids.extend(id.map(|id| (id, login.to_owned())));
    }

    /// Has the facts say so, of the opener too.
    fn told(self, facts: &mut Facts, snapshot: &Snapshot) {
        facts.pushers = self.logins.into_iter().collect();
        facts.told_ids = self.ids;
        facts.told_ids.extend(snapshot.author_id.map(|id| (id, snapshot.author.clone())));
    }
}

/// The facts of a change, as GitHub told them.
pub(super) fn facts(snapshot: &Snapshot, comparison: &Comparison, pushers: Pushers) -> Facts {
    let mut files = comparison.files.clone();
    for file in &mut files {
        // Content that GitHub names by no id is bound to the very commit, so that no other content passes for it.
        if file.head_blob.is_none() && file.status != FileStatus::Removed {
            file.head_blob = Some(format!("at {}", comparison.head));
        }
    }
    let mut facts = Facts {
        version: FACTS_VERSION,
        files,
        author: Some(snapshot.author.clone()),
        author_is_bot: snapshot.author_is_bot,
        committers: comparison.committers.clone(),
        committer_ids: comparison.committer_ids.clone(),
        pushers: Vec::new(),
        told_ids: BTreeMap::new(),
        base_merges: comparison.base_merges.clone(),
        title: Some(snapshot.title.clone()),
        labels: Some(snapshot.labels.clone()),
        base: Some(snapshot.base.clone()),
        draft: snapshot.draft,
    };
    pushers.told(&mut facts, snapshot);
    facts
}

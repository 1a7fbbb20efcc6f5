//! The store: one suite for both engines.

mod commit;
mod kept;
mod model;
mod names;
mod only_postgres;
mod only_sqlite;
mod organisation;
mod place;
mod queue;
mod shown;
mod signing;

use chrono::{DateTime, Utc};
use merestone::ids::{InstallationId, PullKey, RepositoryId};
use merestone::inbox::{Claim, Floor, Inbox, Lane, Mark, ShownCheck, ShownComment, Task};
use merestone::pull::{SeenReview, Snapshot};
use merestone::review::{ActKind, Dismissal, Review};
use place::Place;

/// Where its tests are.
mod suite {
    pub(super) use super::commit::*;
    pub(super) use super::kept::*;
    pub(super) use super::model::the_store_does_what_a_naive_model_does;
    pub(super) use super::names::*;
    pub(super) use super::organisation::*;
    pub(super) use super::queue::*;
    pub(super) use super::shown::*;
    pub(super) use super::signing::*;
}

/// The suite: every one of these runs on SQLite, and on PostgreSQL where `TEST_DATABASE_URL` names one.
macro_rules! on_both {
    ($($(#[$attribute:meta])* $name:ident),* $(,)?) => {
        mod sqlite {
            $($(#[$attribute])* #[tokio::test] async fn $name() {
                super::suite::$name(&super::Place::sqlite()).await;
            })*
        }
        mod postgres {
            $($(#[$attribute])* #[tokio::test] async fn $name() {
                if let Some(place) = super::Place::postgres().await {
                    super::suite::$name(&place).await;
                    place.remove().await;
                }
            })*
        }
    };
}

on_both![
    what_was_accepted_outlives_the_process,
    a_hundred_marks_of_one_pull_request_are_one_task,
    lanes_go_first_and_then_the_newest_event,
    a_sweep_makes_no_event_newer,
    an_older_payload_moves_nothing_back,
    the_earliest_due_time_stays,
    back_off_outlives_an_event,
    a_pause_outlives_an_event,
    a_pause_is_of_one_installation_and_never_shortened,
    one_at_a_time,
    a_mark_during_the_run_takes_floor_and_back_off_along,
    a_released_task_was_never_tried,
    a_lost_claim_changes_nothing,
    an_ended_lease_is_taken_over,
    three_claims_without_an_end_are_quarantine,
    what_is_in_quarantine_is_told_apart_and_let_go_when_it_is_closed,
    a_task_without_a_head_is_revived_by_an_event,
    a_retry_is_an_end,
    what_is_due_later_waits_and_comes_at_once_with_an_event,
    next_due_counts_everything_in,
    no_wake_up_is_lost,
    parallel_claims_get_different_tasks,
    closing_gives_leases_back,
    a_delivery_is_taken_in_once,
    old_deliveries_are_purged,
    all_marks_or_none,
    a_failed_write_takes_no_other_with_it,
    snapshots_only_get_newer,
    snapshots_of_one_second_that_differ_are_none,
    pull_requests_are_found_by_their_head,
    reviews_stay_as_first_seen,
    a_dismissal_is_final,
    pushers_are_kept_by_head,
    a_retarget_is_known_by_its_event_and_by_a_snapshot,
    sign_offs_stay_as_recorded,
    what_counted_once_is_known_to_have,
    what_ended_a_sign_off_stays_as_first_seen,
    heads_are_known_since_they_were_first_heard_of,
    judgements_are_kept_by_head,
    the_last_pull_requests_are_those_as_they_were_last_judged,
    what_is_shown_is_known_until_in_doubt,
    an_open_intent_is_a_doubt,
    a_settled_intent_and_its_end_are_one,
    a_late_end_leaves_a_doubt,
    a_check_belongs_to_the_commit,
    requests_are_kept_by_handle,
    what_people_do_with_requests_is_kept,
    what_a_person_does_meanwhile_outlives_our_request,
    verdicts_are_of_the_open_pull_requests_with_a_head,
    a_check_that_may_be_on_its_way_is_in_doubt,
    a_tip_follows_pushes_that_follow_each_other,
    pushes_are_heard_of_a_repository,
    a_group_that_is_gone_stays_gone,
    it_is_known_whom_a_person_or_a_team_matters_to,
    teams_are_forgotten,
    which_team_it_is_is_kept_beside_its_members,
    named_people_are_kept_and_forgotten,
    an_id_is_pinned_under_each_version_of_the_rules,
    the_last_good_version_outlives_every_look,
    a_look_that_began_earlier_changes_nothing,
    what_was_judged_is_found_in_all_repositories,
    good_rules_are_kept_by_branch,
    tenants_are_kept_apart,
    hostile_text_comes_back_as_it_was,
    large_payloads_are_kept,
    the_store_answers_a_ping,
    newer_tables_are_left_alone,
    tasks_of_a_newer_server_are_left_to_it,
    edited_tables_are_refused,
    the_store_does_what_a_naive_model_does,
];

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

fn pull(number: u64) -> PullKey {
    PullKey { installation: InstallationId(7), repository: RepositoryId(70), number }
}

fn mark(number: u64) -> Mark {
    Mark {
        task: Task::Pull(pull(number)),
        lane: Lane::Event,
        due: at(0),
        floor: Floor::default(),
        snapshot: None,
        review: None,
        pusher: None,
    }
}

fn floor(seconds: i64, head: &str) -> Floor {
    Floor { updated_at: Some(at(seconds)), head: Some(head.to_owned()), base: Some("main".to_owned()), review_id: None }
}

fn snapshot(seconds: i64, head: &str) -> Snapshot {
    Snapshot {
        owner: "acme".into(),
        name: "shop".into(),
        repository_url: "https://github.com/acme/shop".into(),
        default_branch: "main".into(),
        private: true,
        open: true,
        draft: false,
        title: "Add a thing".into(),
        labels: vec!["a".into()],
        author: "ada".into(),
        author_id: Some(11),
        author_is_bot: false,
        head: head.into(),
        head_branch: Some("feature".into()),
        base: "main".into(),
        changed_files: Some(3),
        requested_users: vec![],
        requested_teams: vec!["payments".into()],
        updated_at: at(seconds),
    }
}

fn review(id: u64, kind: Option<ActKind>) -> SeenReview {
    SeenReview {
        review_id: id,
        login: "maria".into(),
        user_id: Some(7),
        bot: false,
        kind,
        commit: Some("aaaa".into()),
        told: false,
        base: None,
        submitted_at: Some(at(1)),
        dismissed: (kind == Some(ActKind::Dismissed)).then_some(Dismissal {
            was: None,
            by: None,
            bot: false,
            by_push: None,
        }),
    }
}

fn empty_review() -> Review {
    serde_json::from_value(serde_json::json!({
        "scope": "none", "verdict": "pass", "conclusion": "success", "services": [], "teams": [], "domains": [],
        "files": [], "findings": [], "reviewers": {"teams": [], "users": []}, "notes": [], "skipped": false,
        "mode": "on", "wants": []
    }))
    .unwrap()
}

fn comment(id: u64, hash: &str) -> ShownComment {
    ShownComment { id, hash: hash.into(), seen_at: at(1) }
}

fn check(id: u64, head: &str) -> ShownCheck {
    ShownCheck {
        id,
        head: head.into(),
        hash: format!("hash of {id}"),
        conclusion: Some("action_required".into()),
        seen_at: at(1),
    }
}

fn number(claim: &Claim) -> u64 {
    match claim.task {
        Task::Pull(key) => key.number,
        _ => panic!("{claim:?} is of no pull request"),
    }
}

async fn accept(inbox: &Inbox, seconds: i64, marks: &[Mark]) {
    inbox.accept(None, marks, at(seconds)).await.unwrap();
}

async fn claim(inbox: &Inbox, seconds: i64) -> Option<Claim> {
    inbox.claim("worker", at(seconds)).await.unwrap()
}

async fn claimed(inbox: &Inbox, seconds: i64) -> Claim {
    claim(inbox, seconds).await.expect("a task is due")
}

/// Whoever holds a lease dies; returns when that is known at the latest.
async fn crash(place: &Place, seconds: i64) -> i64 {
    place.crash().await;
    seconds + 31
}

/// Both engines have the same tables and columns, those of later chapters among them.
#[tokio::test]
async fn both_engines_have_the_same_tables() {
    let sqlite = Place::sqlite();
    sqlite.open().await.close().await;
    let mut tables = sqlite
        .list(
            "SELECT t.name || '.' || c.name || CASE WHEN c.\"notnull\" OR c.pk THEN ' not null' ELSE '' END
             FROM sqlite_schema t, pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE '\\_%' ESCAPE '\\'",
        )
        .await;
    tables.sort();
    assert!(tables.contains(&"acts.line not null".to_owned()), "{tables:?}");
    let Some(postgres) = Place::postgres().await else { return };
    postgres.open().await.close().await;
    let mut other = postgres
        .list(
            "SELECT table_name || '.' || column_name || CASE WHEN is_nullable = 'NO' THEN ' not null' ELSE '' END
             FROM information_schema.columns WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_%'",
        )
        .await;
    other.sort();
    assert_eq!(tables, other);
    postgres.remove().await;
}

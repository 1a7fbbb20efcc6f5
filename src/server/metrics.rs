//! What is counted, in Prometheus' format. No label ever holds a repository or a user.

use std::sync::OnceLock;

use metrics::{counter, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Webhooks by event and answer.
const WEBHOOKS: &str = "merestone_webhooks_total";
/// Judgements by conclusion; counted by the bot.
const JUDGEMENTS: &str = "merestone_judgements_total";
/// Tasks in the inbox by state.
const TASKS: &str = "merestone_inbox_tasks";
/// Whether the store answers.
const STORE: &str = "merestone_store_up";
/// Whether GitHub answered the last call.
const GITHUB: &str = "merestone_github_up";

/// Events that are counted by name. Whatever else a stranger may write into the header is `other`.
const EVENTS: [&str; 9] = [
    "pull_request",
    "pull_request_review",
    "check_run",
    "check_suite",
    "issue_comment",
    "installation",
    "installation_repositories",
    "push",
    "ping",
];

/// The recorder of this process: there is one, however many servers run in it.
pub(super) fn recorder() -> &'static PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        // Where something else in the process has set a recorder already, ours stays empty; nothing depends on it.
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder is in place; /metrics stays empty");
        }
        describe_counter!(WEBHOOKS, "Webhooks by event and status of the answer.");
        describe_counter!(JUDGEMENTS, "Judgements by conclusion.");
        describe_gauge!(TASKS, "Tasks in the inbox by state; quarantined ones were begun three times without an end.");
        describe_gauge!(STORE, "Whether the store takes writes.");
        describe_gauge!(GITHUB, "Whether GitHub answered the last call.");
        handle
    })
}

/// Counts an answered webhook. `event` is what the header says, of a body whose signature fits; else `None`.
pub(super) fn webhook(event: Option<&str>, status: u16) {
    let event = match event {
        None => "unverified",
        Some(event) => EVENTS.into_iter().find(|known| *known == event).unwrap_or("other"),
    };
    counter!(WEBHOOKS, "event" => event, "answer" => status.to_string()).increment(1);
}

/// Sets what is asked for rather than counted.
pub(super) fn state(depth: Option<(u64, u64, u64)>, github: Option<bool>) {
    gauge!(STORE).set(if depth.is_some() { 1.0 } else { 0.0 });
    if let Some((waiting, running, quarantined)) = depth {
        for (state, tasks) in [("waiting", waiting), ("running", running), ("quarantined", quarantined)] {
            // A gauge is a float; counts stay far below where it would round them.
            #[allow(clippy::cast_precision_loss)]
            gauge!(TASKS, "state" => state).set(tasks as f64);
        }
    }
    if let Some(up) = github {
        gauge!(GITHUB).set(if up { 1.0 } else { 0.0 });
    }
}

//! Events: made by every change, kept in order, sent when the story says so.

use std::collections::VecDeque;
use std::io;

use aws_lc_rs::hmac;
use serde_json::{Map, Value, json};

use super::wire;
use super::world::{Installation, Repository, World};

/// An event that the App is told of.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// `X-GitHub-Delivery`: a redelivery carries the same one.
    pub guid: String,
    /// Name of the event.
    pub event: String,
    /// Its action; empty where it has none.
    pub action: String,
    /// The body.
    pub payload: Value,
    /// What was answered; `None`: not sent, or not reached.
    pub answered: Option<u16>,
}

/// The events that wait, and all that were sent.
#[derive(Debug, Default)]
pub struct Post {
    /// Not sent yet, oldest first.
    pub waiting: VecDeque<Delivery>,
    /// Sent or lost, in this order.
    pub sent: Vec<Delivery>,
    made: u64,
}

/// Events that every App gets, subscribed or not.
const UNASKED: &[&str] =
    &["installation", "installation_repositories", "github_app_authorization", "installation_target"];

impl World {
    /// Makes an event about a repository, if its installation is told of such events.
    pub(super) fn emit(&mut self, event: &str, action: &str, repository: u64, sender: u64, fields: Value) {
        let Some(repository) = self.repositories.get(&repository) else { return };
        let Some(installation) = self.installation_of(repository) else { return };
        let subscribed = UNASKED.contains(&event) || self.app.events.contains(event);
        if !subscribed || installation.suspended {
            return;
        }
        let mut payload = self.common(installation, Some(repository), sender);
        if !action.is_empty() {
            payload.insert("action".to_owned(), action.into());
        }
        if let Value::Object(fields) = fields {
            payload.extend(fields);
        }
        self.queue(event, action, payload.into());
    }

    /// Makes an event about an installation itself, which is sent even while it is suspended.
    pub(super) fn emit_installation(
        &mut self,
        event: &str,
        action: &str,
        installation: u64,
        sender: u64,
        fields: Value,
    ) {
        let Some(installation) = self.installations.get(&installation) else { return };
        let mut payload = self.common(installation, None, sender);
        payload.insert("action".to_owned(), action.into());
        payload.insert("installation".to_owned(), self.installation_json(installation));
        if let Value::Object(fields) = fields {
            payload.extend(fields);
        }
        self.queue(event, action, payload.into());
    }

    fn common(&self, installation: &Installation, repository: Option<&Repository>, sender: u64) -> Map<String, Value> {
        let mut payload = Map::new();
        payload.insert(
            "installation".to_owned(),
            json!({ "id": installation.id, "node_id": format!("I_{}", installation.id) }),
        );
        payload.insert("sender".to_owned(), self.user_json(sender));
        if let Some(repository) = repository {
            payload.insert("repository".to_owned(), self.repository_json(repository));
            if self.organizations.contains_key(&repository.owner) {
                payload.insert(
                    "organization".to_owned(),
                    json!({ "login": self.login(repository.owner), "id": repository.owner, "node_id": format!("O_{}", repository.owner) }),
                );
            }
        }
        payload
    }

    /// `installation`
    pub(super) fn installation_json(&self, installation: &Installation) -> Value {
        json!({
            "id": installation.id, "app_id": self.app.id, "app_slug": self.app.slug, "target_id": installation.account,
            "account": self.user_json(installation.account), "target_type": "Organization",
            "repository_selection": if installation.selected.is_some() { "selected" } else { "all" },
            "suspended_at": installation.suspended.then(|| super::shape::time(self.now())), "suspended_by": null,
            "permissions": installation.permissions.iter().map(|(name, level)| (name.clone(), level.word().into())).collect::<Map<_, _>>(),
            "events": self.app.events, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        })
    }

    fn queue(&mut self, event: &str, action: &str, payload: Value) {
        self.post.made += 1;
        self.post.waiting.push_back(Delivery {
            guid: format!("00000000-0000-4000-8000-{:012x}", self.post.made),
            event: event.to_owned(),
            action: action.to_owned(),
            payload,
            answered: None,
        });
    }

    /// Queues the newest sent event of this name and action again, with its old body and id.
    pub fn redeliver(&mut self, event: &str, action: &str) -> bool {
        let Some(old) = self.post.sent.iter().rev().find(|sent| sent.event == event && sent.action == action).cloned()
        else {
            return false;
        };
        self.post.waiting.push_back(Delivery { answered: None, ..old });
        true
    }
}

/// The headers that GitHub sends with an event.
pub fn signed_headers(delivery: &Delivery, app: u64, secret: &str, body: &[u8]) -> Vec<(&'static str, String)> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    vec![
        ("accept", "*/*".to_owned()),
        ("content-type", "application/json".to_owned()),
        ("user-agent", "GitHub-Hookshot/044aadd".to_owned()),
        ("x-github-delivery", delivery.guid.clone()),
        ("x-github-event", delivery.event.clone()),
        ("x-github-hook-id", "99".to_owned()),
        ("x-github-hook-installation-target-id", app.to_string()),
        ("x-github-hook-installation-target-type", "integration".to_owned()),
        ("x-hub-signature-256", format!("sha256={}", hex::encode(hmac::sign(&key, body).as_ref()))),
    ]
}

/// Sends one event; returns the status.
///
/// # Errors
/// When nobody answers.
pub async fn send(url: &str, delivery: &Delivery, app: u64, secret: &str) -> io::Result<u16> {
    let body = delivery.payload.to_string().into_bytes();
    let headers = signed_headers(delivery, app, secret, &body);
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Ok(wire::send("POST", url, &headers, &body).await?.status)
}

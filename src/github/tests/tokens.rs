use std::sync::Mutex;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};

use super::super::testing::{Fake, Seen, TestClock, noon, ok, reply, repository, test_key};
use super::super::{Error, PrivateKey};
use crate::ids::InstallationId;

const REQUESTED: &str = "/repos/acme/shop/pulls/1/requested_reviewers";

fn nobody() -> Value {
    json!({ "users": [], "teams": [] })
}

fn bearer(seen: &Seen) -> &str {
    seen.headers["authorization"].strip_prefix("Bearer ").unwrap()
}

fn claims(seen: &Seen) -> Value {
    let part = bearer(seen).split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn twenty_cold_calls_at_once_mint_one_token() {
    let fake = Fake::start(|_| ok(nobody())).await;
    let app = fake.app();
    let calls = (0..20).map(|_| {
        let repository = repository(&app);
        async move { repository.requested(1).await }
    });
    for answer in join_all(calls).await {
        answer.unwrap();
    }
    assert_eq!(fake.mints().len(), 1);
    assert_eq!(fake.mints()[0].line(), "POST /app/installations/7/access_tokens");
    assert_eq!(fake.asked().len(), 20);
    assert!(fake.asked().iter().all(|seen| bearer(seen) == "ghs_1"));
}

#[tokio::test]
async fn whoever_waited_for_a_token_shares_its_failure() {
    let fake = Fake::start_raw(|_| reply(500, json!({ "message": "Server Error" }))).await;
    let app = fake.app();
    let calls = (0..20).map(|_| {
        let repository = repository(&app);
        async move { repository.requested(1).await }
    });
    for answer in join_all(calls).await {
        assert!(matches!(answer, Err(Error::Outage { .. })), "{answer:?}");
    }
    assert_eq!(fake.mints().len(), 1);
    // The next to come tries again.
    repository(&app).requested(1).await.unwrap_err();
    assert_eq!(fake.mints().len(), 2);
}

#[tokio::test]
async fn each_installation_has_its_own_token() {
    let fake = Fake::start(|_| ok(nobody())).await;
    let app = fake.app();
    for id in [7, 8, 7] {
        app.installation(InstallationId(id))
            .repository(crate::ids::RepositoryId(9), "acme", "shop")
            .requested(1)
            .await
            .unwrap();
    }
    let asked = fake.asked();
    assert_eq!(asked.iter().map(bearer).collect::<Vec<_>>(), ["ghs_1", "ghs_2", "ghs_1"]);
}

#[tokio::test]
async fn a_token_is_replaced_five_minutes_before_its_end() {
    let fake = Fake::start(|_| ok(nobody())).await;
    let clock = TestClock::at(noon());
    let app = fake.app_at(&fake.base, &clock);
    repository(&app).requested(1).await.unwrap();
    clock.forward(TimeDelta::minutes(54));
    repository(&app).requested(1).await.unwrap();
    assert_eq!(fake.mints().len(), 1);
    clock.forward(TimeDelta::minutes(1));
    repository(&app).requested(1).await.unwrap();
    assert_eq!(fake.mints().len(), 2);
}

#[tokio::test]
async fn a_token_that_is_short_lived_is_used_for_half_its_life() {
    let fake = Fake::start_raw(|seen| {
        if seen.is_mint() {
            return reply(201, json!({ "token": "ghs_x", "expires_at": noon() + TimeDelta::minutes(4) }));
        }
        ok(nobody())
    })
    .await;
    let clock = TestClock::at(noon());
    let app = fake.app_at(&fake.base, &clock);
    repository(&app).requested(1).await.unwrap();
    clock.forward(TimeDelta::seconds(119));
    repository(&app).requested(1).await.unwrap();
    assert_eq!(fake.mints().len(), 1);
    clock.forward(TimeDelta::seconds(1));
    repository(&app).requested(1).await.unwrap();
    assert_eq!(fake.mints().len(), 2);
}

#[tokio::test]
async fn a_refused_token_is_minted_again_once() {
    let fake = Fake::start(|seen| {
        if bearer(seen) == "ghs_1" { reply(401, json!({ "message": "Bad credentials" })) } else { ok(nobody()) }
    })
    .await;
    let app = fake.app();
    let calls = (0..5).map(|_| {
        let repository = repository(&app);
        async move { repository.requested(1).await }
    });
    for answer in join_all(calls).await {
        answer.unwrap();
    }
    assert_eq!(fake.mints().len(), 2, "five refusals of one token are one reason for another");
}

#[tokio::test]
async fn a_second_refusal_is_unauthorized() {
    let fake = Fake::start(|_| reply(401, json!({ "message": "Bad credentials" }))).await;
    let error = fake.repository().requested(1).await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { .. }), "{error}");
    assert_eq!(fake.mints().len(), 2);
    assert_eq!(fake.lines(), [format!("GET {REQUESTED}"), format!("GET {REQUESTED}")]);
}

#[tokio::test]
async fn no_token_is_no_credentials_whatever_the_status() {
    for (status, message) in [
        (401, "A JSON web token could not be decoded"),
        (403, "This installation has been suspended"),
        (404, "Integration not found"),
        (422, "The permissions requested are not granted"),
    ] {
        let fake = Fake::start_raw(move |_| reply(status, json!({ "message": message }))).await;
        let error = fake.repository().request(1, &["ada".to_owned()], &[]).await.unwrap_err();
        assert!(matches!(error, Error::Unauthorized { .. }), "{status}: {error}");
        assert!(fake.asked().is_empty());
    }
}

#[tokio::test]
async fn a_suspended_installation_is_unauthorized() {
    let fake = Fake::start(|_| reply(403, json!({ "message": "This installation has been suspended" }))).await;
    let error = fake.repository().requested(1).await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { .. }), "{error}");
}

#[tokio::test]
async fn the_signature_is_what_github_asks_for() {
    let fake = Fake::start(|_| ok(nobody())).await;
    fake.repository().requested(1).await.unwrap();
    let mint = &fake.mints()[0];
    let now = noon().timestamp();
    assert_eq!(claims(mint), json!({ "iss": 42, "iat": now - 60, "exp": now + 540 }));
    let (signed, signature) = bearer(mint).rsplit_once('.').unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &test_key().public);
    public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_set_by_github_s() {
    let there = noon() + TimeDelta::minutes(11);
    let fake = Fake::start_raw(move |seen| {
        if !seen.is_mint() {
            return ok(nobody());
        }
        let reply = if claims(seen)["exp"].as_i64().unwrap() < there.timestamp() {
            reply(401, json!({ "message": "'Expiration time' claim ('exp') must be in the future" }))
        } else {
            reply(201, json!({ "token": "ghs_x", "expires_at": there + TimeDelta::hours(1) }))
        };
        reply.with("date", there.format("%a, %d %b %Y %H:%M:%S GMT"))
    })
    .await;
    let app = fake.app();
    repository(&app).requested(1).await.unwrap();
    assert_eq!(fake.mints().len(), 2);
    // Known from then on.
    app.installation(InstallationId(8))
        .repository(crate::ids::RepositoryId(9), "acme", "shop")
        .requested(1)
        .await
        .unwrap();
    assert_eq!(fake.mints().len(), 3);
}

#[tokio::test]
async fn nothing_shown_holds_a_token_or_a_key() {
    let stateless = format!("ghs_42_{}.{}", "a".repeat(200), "b".repeat(200));
    let secret = stateless.clone();
    let calls = Mutex::new(0);
    let fake = Fake::start_raw(move |seen| {
        if seen.is_mint() {
            return reply(201, json!({ "token": secret, "expires_at": noon() + TimeDelta::hours(1) }));
        }
        let mut calls = calls.lock().unwrap();
        *calls += 1;
        let echoed = seen.headers["authorization"].clone();
        match *calls {
            1 => reply(422, json!({ "message": format!("what is {echoed}?"), "errors": [echoed] })),
            2 => reply(403, json!({ "message": echoed })),
            3 => reply(500, json!({ "message": echoed })),
            _ => ok(json!(format!("{echoed} {}", test_key().pkcs1))),
        }
    })
    .await;
    let app = fake.app();
    let repository = repository(&app);
    let mut shown = format!("{app:?} {:?}", app.installation(InstallationId(7)));
    for _ in 0..4 {
        let error = repository.requested(1).await.unwrap_err();
        shown += &format!("{error} {error:?}");
    }
    assert!(fake.asked()[0].headers["authorization"].contains(&stateless), "a long token is sent as it is");
    for secret in ["aaaa", "bbbb", "ghs_", "BEGIN", "MII"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("what is Bearer ***?"), "{shown}");
}

#[test]
fn a_key_is_read_in_every_form_it_comes_in() {
    let TestKey { pkcs8, pkcs1, .. } = test_key();
    let escaped = pkcs1.replace('\n', "\\n");
    let forms = [
        pkcs1.clone(),
        pkcs8.clone(),
        escaped.clone(),
        format!("\"{escaped}\""),
        pkcs1.replace('\n', "\r\n"),
        STANDARD.encode(pkcs1),
        STANDARD.encode(escaped),
        format!(
            "\n{}\n",
            STANDARD
                .encode(pkcs8)
                .as_bytes()
                .chunks(76)
                .map(|l| String::from_utf8_lossy(l))
                .collect::<Vec<_>>()
                .join("\n")
        ),
    ];
    for form in forms {
        assert!(PrivateKey::parse(&form).is_ok(), "{form}");
    }
}

use super::super::testing::TestKey;

#[test]
fn what_is_no_key_says_why_and_is_not_quoted() {
    let cut = test_key().pkcs1.lines().take(5).collect::<Vec<_>>().join("\n");
    for (text, says) in [
        ("", "is empty"),
        ("app.pem", "if this is the path of a file"),
        ("c2VjcmV0", "neither PEM text nor base64"),
        (cut.as_str(), "or it was cut"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "public key"),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----", "passphrase"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----", "no RSA key"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "no RSA private key"),
    ] {
        let error = PrivateKey::parse(text).err().expect(text).to_string();
        assert!(error.contains(says), "{text}: {error}");
        assert!(!error.contains("AAAA") && !error.contains("MII") && !error.contains("c2Vj"), "{error}");
    }
}

//! The token: shared by all clones, renewed once, and never requested in a loop.

use std::time::Duration;

use drumbeat::sandbox::SandboxConfig;
use drumbeat::wecom::{Call, Next, Request};

use crate::support::client_harness::{
    ClientHarness, TransportKind, on_both_transports, on_both_transports_with, text_post,
};

const GETTOKEN: &str = "/cgi-bin/gettoken";

fn asked(harness: &ClientHarness) -> u64 {
    harness.sandbox().calls(GETTOKEN)
}

#[tokio::test]
async fn a_hundred_callers_share_one_token() {
    on_both_transports(async |harness| {
        let callers = (0..100).map(|_| {
            let wecom = harness.wecom.clone();
            tokio::spawn(async move { wecom.token().await })
        });
        for caller in callers.collect::<Vec<_>>() {
            assert_eq!(caller.await.expect("no panic"), Ok(()));
        }
        assert_eq!(asked(&harness), 1);
    })
    .await;
}

#[tokio::test]
async fn waiting_callers_share_a_token_refusal() {
    let harness = ClientHarness::with_credentials(TransportKind::Socket, "ww5c8f26d1e07ab394", "a wrong one").await;
    let callers = (0..20).map(|_| {
        let wecom = harness.wecom.clone();
        tokio::spawn(async move { wecom.token().await })
    });
    for caller in callers.collect::<Vec<_>>() {
        let error = caller.await.expect("no panic").expect_err("a wrong secret");
        assert_eq!((error.call(), error.errcode(), error.next()), (Call::Token, Some(40001), Next::AskAPerson));
    }
    let before = asked(&harness);
    assert!(before < 20, "{before} calls for 20 callers");
    harness.wecom.token().await.expect_err("still wrong");
    assert_eq!(asked(&harness), before + 1);
}

#[tokio::test]
async fn an_unknown_corp_needs_a_person() {
    let harness = ClientHarness::with_credentials(TransportKind::InProcess, "ww0000000000000000", "any").await;
    let error = harness.wecom.follow_users().await.expect_err("an unknown corp");
    assert_eq!((error.call(), error.errcode(), error.next()), (Call::Token, Some(40013), Next::AskAPerson));
}

#[tokio::test]
async fn tokens_are_renewed_minutes_before_expiry() {
    on_both_transports(async |harness| {
        harness.wecom.token().await.expect("a token");
        harness.pass(7200 - 6 * 60);
        harness.wecom.token().await.expect("a token");
        assert_eq!(asked(&harness), 1);
        harness.pass(2 * 60);
        harness.wecom.token().await.expect("a token");
        assert_eq!(asked(&harness), 2);
    })
    .await;
}

#[tokio::test]
async fn revoked_token_is_renewed_and_posts_once() {
    on_both_transports(async |harness| {
        harness.wecom.token().await.expect("a token");
        harness.sandbox().revoke_tokens();
        harness.wecom.create(&text_post("你好"), &[]).await.expect("a job");
        let sandbox = harness.sandbox();
        assert_eq!((sandbox.calls(GETTOKEN), sandbox.calls(Request::CREATE), sandbox.ledger().len()), (2, 2, 1));
    })
    .await;
}

#[tokio::test]
async fn always_refused_token_is_not_renewed_endlessly() {
    // Tokens expire the moment they are issued.
    let behaviour = SandboxConfig { token_life: Duration::ZERO, ..SandboxConfig::default() };
    on_both_transports_with(behaviour, async |harness| {
        let error = harness.wecom.create(&text_post("你好"), &[]).await.expect_err("no good token");
        assert_eq!((error.call(), error.errcode(), error.next()), (Call::Create, Some(42001), Next::NewToken));
        let sandbox = harness.sandbox();
        assert_eq!((sandbox.calls(GETTOKEN), sandbox.calls(Request::CREATE), sandbox.ledger().len()), (2, 2, 0));
    })
    .await;
}

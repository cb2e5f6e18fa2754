//! The sandbox's message/send: whom it takes, what it drops, and its limits.

use drumbeat::limits;
use serde_json::{Value, json};

use crate::support::sandbox_harness::{SandboxHarness, refused, taken};

const SEND: &str = "/cgi-bin/message/send";

fn message(to: &str, text: &str) -> Value {
    json!({"touser": to, "msgtype": "text", "agentid": 1_000_002, "text": {"content": text}})
}

#[test]
fn unknown_and_unlicensed_members_are_named() {
    let mut harness = SandboxHarness::new();
    harness.sandbox.change_company(|company| company.members[1].licensed = false);
    let answer = harness.post(SEND, &message("zhangshan|LISI|Nobody", "请发表"));
    taken(&answer);
    assert_eq!((&answer["invaliduser"], &answer["unlicenseduser"]), (&json!("nobody"), &json!("lisi")));
    let received: Vec<&str> = harness.sandbox.messages().iter().map(|it| it.userid.as_str()).collect();
    assert_eq!(received, ["zhangshan"]);
    refused(&harness.post(SEND, &message("nobody|lisi", "请发表")), 81013);
    refused(
        &harness.post(SEND, &json!({"touser": "zhangshan", "msgtype": "text", "agentid": 1, "text": {"content": "a"}})),
        40056,
    );
}

#[test]
fn a_thousand_members_at_most() {
    let mut harness = SandboxHarness::new();
    let many = |number: usize| vec!["zhangshan"; number].join("|");
    refused(&harness.post(SEND, &message(&many(limits::MESSAGE_USERS + 1), "a")), 40032);
    taken(&harness.post(SEND, &message(&many(limits::MESSAGE_USERS), "a")));
}

#[test]
fn equal_messages_are_dropped_where_asked() {
    let mut harness = SandboxHarness::new();
    let mut checked = message("zhangshan", "a");
    checked["enable_duplicate_check"] = json!(1);
    for (seconds, received) in [(0, 1), (1_799, 1), (1, 2)] {
        harness.pass(seconds);
        taken(&harness.post(SEND, &checked));
        assert_eq!(harness.sandbox.messages().len(), received, "{seconds}");
    }
    taken(&harness.post(SEND, &message("zhangshan", "a")));
    taken(&harness.post(SEND, &message("zhangshan", "a")));
    assert_eq!(harness.sandbox.messages().len(), 4);
}

#[test]
fn more_than_thirty_a_minute_are_dropped_silently() {
    let mut harness = SandboxHarness::new();
    for number in 0..limits::MESSAGES_PER_MINUTE + 2 {
        taken(&harness.post(SEND, &message("zhangshan", &number.to_string())));
    }
    assert_eq!(harness.sandbox.messages().len(), limits::MESSAGES_PER_MINUTE);
}

#[test]
fn the_day_has_a_limit_and_long_texts_are_cut() {
    let mut harness = SandboxHarness::new();
    taken(&harness.post(SEND, &message("zhangshan", &"很".repeat(1_000))));
    assert_eq!(harness.sandbox.messages()[0].text.len(), 2_046);
    let most = 16 * limits::MESSAGES_PER_DAY_AND_ACCOUNT;
    let hundred = ["zhangshan"; 100].join("|");
    for _ in 0..most / 100 - 1 {
        taken(&harness.post(SEND, &message(&hundred, "a")));
    }
    refused(&harness.post(SEND, &message(&hundred, "a")), 45009);
    harness.pass(24 * 3_600);
    harness.renew();
    taken(&harness.post(SEND, &message(&hundred, "a")));
}

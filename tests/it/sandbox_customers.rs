//! The sandbox's customers and results, and the calls that count them.

use std::collections::BTreeSet;
use std::time::Duration;

use drumbeat::sandbox::SandboxConfig;
use drumbeat::wecom::{CustomerPages, Reactions};
use serde_json::{Value, json};

use crate::support::client_harness::{ClientHarness, TransportKind, on_both_transports};
use crate::support::sandbox_harness::{SandboxHarness, instant, refused, taken};

const BY_USER: &str = "/cgi-bin/externalcontact/batch/get_by_user";
const SEND_RESULT: &str = "/cgi-bin/externalcontact/get_moment_send_result";
const COMMENTS: &str = "/cgi-bin/externalcontact/get_moment_comments";
const CONTACTS: &str = "/cgi-bin/externalcontact/list";

const DAY: i64 = 24 * 3600;

/// Members confirm at once.
fn prompt() -> SandboxConfig {
    SandboxConfig { never_confirm: 0, confirmed_within: Duration::from_secs(1), ..instant() }
}

fn users(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// Pairs, distinct customers, members without a licence.
async fn counted(mut pages: CustomerPages<'_>) -> (usize, usize, Vec<String>) {
    let (mut pairs, mut customers, mut unlicensed) = (0, BTreeSet::new(), Vec::new());
    while let Some(page) = pages.next().await.expect("a page") {
        pairs += page.relations.len();
        customers.extend(page.relations.into_iter().map(|it| it.customer));
        unlicensed = page.unlicensed;
    }
    (pairs, customers.len(), unlicensed)
}

#[tokio::test]
async fn customers_of_several_members_come_in_pages() {
    on_both_transports(|harness| async move {
        let members = users(&["zhangshan", "lisi", "wangwu"]);
        let (pairs, customers, unlicensed) = counted(harness.wecom.customers(&members, b"salt")).await;
        // Every fourth of 40 customers is shared by all three.
        assert_eq!((pairs, customers, unlicensed.len()), (120, 100, 0));
        assert_eq!(harness.sandbox().calls(BY_USER), 2);
    })
    .await;
}

#[tokio::test]
async fn unlicensed_members_are_named_not_dropped() {
    let harness = ClientHarness::on(TransportKind::InProcess).await;
    harness.sandbox().change_company(|company| company.members[1].licensed = false);
    let members = users(&["zhangshan", "lisi"]);
    assert_eq!(counted(harness.wecom.customers(&members, b"salt")).await, (40, 40, users(&["lisi"])));
    let alone = users(&["lisi"]);
    let refused = harness.wecom.customers(&alone, b"salt").next().await.err().and_then(|error| error.errcode());
    assert_eq!(refused, Some(701_008));
}

#[tokio::test]
async fn names_and_phone_numbers_stay_outside() {
    let mut harness = SandboxHarness::new();
    let answer = harness.post(BY_USER, &json!({"userid_list": ["zhangshan"], "limit": 1}));
    taken(&answer);
    // What arrives has them; the type that callers get has no field for them.
    assert!(answer.to_string().contains("13800000000") && answer.to_string().contains("客户0"));
    let company = ClientHarness::on(TransportKind::InProcess).await;
    let members = users(&["zhangshan"]);
    let page = company.wecom.customers(&members, b"salt").next().await.expect("an answer").expect("a page");
    let drumbeat::wecom::Relation { userid, customer: _, tags } = &page.relations[0];
    assert_eq!((userid.as_str(), tags.len()), ("zhangshan", 3));
}

#[tokio::test]
async fn a_customers_number_depends_on_salt_not_member() {
    let harness = ClientHarness::on(TransportKind::InProcess).await;
    let shared = async |member: &str, salt: &[u8]| {
        let member = users(&[member]);
        let page = harness.wecom.customers(&member, salt).next().await.expect("an answer").expect("a page");
        page.relations[3].customer
    };
    assert_eq!(shared("zhangshan", b"a").await, shared("lisi", b"a").await);
    assert_ne!(shared("zhangshan", b"a").await, shared("zhangshan", b"b").await);
}

#[tokio::test]
async fn members_of_a_department_are_those_directly_in_it() {
    on_both_transports(|harness| async move {
        let harness = &harness;
        let members = harness.wecom.members_of(5).await.expect("a list");
        assert_eq!(members, ["sunmeng", "zhoujie"]);
        let hidden = harness.wecom.members_of(6).await.expect_err("it is out of scope");
        assert_eq!(hidden.errcode(), Some(60011));
    })
    .await;
}

#[tokio::test]
async fn results_grow_with_time_and_count_customers_only() {
    let mut harness = SandboxHarness::with(prompt());
    let moment = harness.moment("你好", &["zhangshan"]);
    let mut seen = Vec::new();
    for _ in 0..8 {
        harness.renew();
        let of_member = json!({"moment_id": moment, "userid": "zhangshan"});
        let reached = harness.post(SEND_RESULT, &of_member)["customer_list"].as_array().map(Vec::len);
        let answer = harness.post(COMMENTS, &of_member);
        let customers = |list: &Value| {
            let list = list.as_array().expect("a list").iter();
            list.filter(|entry| entry["external_userid"].is_string()).count()
        };
        seen.push((reached.expect("a list"), customers(&answer["like_list"]), customers(&answer["comment_list"])));
        harness.pass(DAY);
    }
    assert!(seen[0].0 < 40 && seen[1].0 == 40, "{seen:?}");
    assert!(seen.is_sorted() && seen[1].1 < seen[7].1, "{seen:?}");
    assert!(seen[7].1 > 0 && seen[7].1 + seen[7].2 < 15, "{seen:?}");
}

#[tokio::test]
async fn typed_results_are_counts() {
    let harness = ClientHarness::with(TransportKind::Socket, prompt()).await;
    let moment_id = posted(&harness).await;
    harness.pass(7 * DAY);
    let reached = harness.wecom.reached(&moment_id, "zhangshan").await.expect("a count");
    let Reactions { likes, comments } = harness.wecom.reactions(&moment_id, "zhangshan").await.expect("counts");
    assert_eq!(reached, 40);
    assert!(likes > 0 && likes + comments < 15, "{likes} {comments}");
}

#[tokio::test]
async fn who_has_not_posted_or_was_not_asked_has_no_result() {
    let harness =
        ClientHarness::with(TransportKind::InProcess, SandboxConfig { never_confirm: 100, ..instant() }).await;
    let moment_id = posted(&harness).await;
    harness.pass(60);
    let code = |answer: Result<u32, drumbeat::wecom::Error>| answer.err().and_then(|error| error.errcode());
    assert_eq!(code(harness.wecom.reached(&moment_id, "zhangshan").await), Some(41062));
    assert_eq!(code(harness.wecom.reached(&moment_id, "lisi").await), Some(41061));
    harness.sandbox().delete_moment(&moment_id);
    assert_eq!(code(harness.wecom.reached(&moment_id, "zhangshan").await), Some(41060));
}

/// A moment of one member.
async fn posted(harness: &ClientHarness) -> String {
    let mut direct = SandboxHarness::with(prompt());
    std::mem::swap(&mut direct.sandbox, &mut harness.sandbox());
    direct.renew();
    let moment = direct.moment("你好", &["zhangshan"]);
    std::mem::swap(&mut direct.sandbox, &mut harness.sandbox());
    harness.pass(60);
    moment
}

#[test]
fn a_plain_list_of_one_members_customers() {
    let mut harness = SandboxHarness::new();
    let list = harness.get(CONTACTS, &[("userid", "zhangshan")]);
    assert_eq!(list["external_userid"].as_array().map(Vec::len), Some(40));
    refused(&harness.get(CONTACTS, &[("userid", "guodong")]), 60111);
    harness.sandbox.change_company(|company| company.members[0].customers = 0);
    refused(&harness.get(CONTACTS, &[("userid", "zhangshan")]), 84061);
}

#[test]
fn an_app_without_customer_data_is_refused_those_calls_only() {
    let mut harness = SandboxHarness::with(SandboxConfig { hides_customers: true, ..instant() });
    let moment = harness.moment("你好", &["zhangshan"]);
    let of_member = json!({"moment_id": moment, "userid": "zhangshan"});
    for path in [SEND_RESULT, COMMENTS] {
        refused(&harness.post(path, &of_member), 48002);
    }
    refused(&harness.post(BY_USER, &json!({"userid_list": ["zhangshan"]})), 48002);
}

#[test]
fn a_wrong_request_for_customers_is_refused() {
    let mut harness = SandboxHarness::new();
    refused(&harness.post(BY_USER, &json!({"userid_list": []})), 40058);
    refused(&harness.post(BY_USER, &json!({"userid_list": ["zhangshan"], "cursor": "x"})), 40058);
    refused(&harness.post(BY_USER, &json!({"userid_list": ["unknown"]})), 60111);
}

//! The sandbox refuses what WeCom refuses, with WeCom's codes.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use drumbeat::sandbox::{Company, SandboxConfig};
use drumbeat::wecom::{Body, Method, Part, Request};
use serde_json::{Value, json};

use crate::support::client_harness::{File, jpeg, mp4, png};
use crate::support::sandbox_harness::{CANCEL, LIST, RESULT, SandboxHarness, TASK, part, refused, taken, task};

fn gettoken(harness: &mut SandboxHarness, query: &[(&str, &str)]) -> Value {
    let query: Vec<_> = query.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
    harness.call(Method::Get, "/cgi-bin/gettoken", &query, Body::None)
}

#[test]
fn gettoken_with_missing_or_wrong_credentials() {
    let mut harness = SandboxHarness::new();
    let company = Company::chunfeng();
    let (corp, secret) = (company.corp.0.as_str(), company.secret.expose());
    refused(&gettoken(&mut harness, &[("corpsecret", secret)]), 41002);
    refused(&gettoken(&mut harness, &[("corpid", corp)]), 41004);
    refused(&gettoken(&mut harness, &[("corpid", corp), ("corpsecret", "")]), 41004);
    refused(&gettoken(&mut harness, &[("corpid", "ww0"), ("corpsecret", secret)]), 40013);
    refused(&gettoken(&mut harness, &[("corpid", corp), ("corpsecret", "x")]), 40001);
    let token = gettoken(&mut harness, &[("corpid", corp), ("corpsecret", secret)]);
    assert_eq!((&token["errcode"], &token["expires_in"]), (&json!(0), &json!(7200)));
}

#[test]
fn bad_tokens_are_refused_older_stays_valid() {
    let mut harness = SandboxHarness::new();
    let old = harness.token.clone();
    let with = |harness: &mut SandboxHarness, token: &str| {
        let query = [("access_token", token.to_owned())];
        harness.call(Method::Get, "/cgi-bin/externalcontact/get_follow_user_list", &query, Body::None)
    };
    refused(&harness.call(Method::Get, "/cgi-bin/externalcontact/get_follow_user_list", &[], Body::None), 41001);
    refused(&with(&mut harness, "made-up"), 40014);
    harness.pass(3600);
    harness.renew();
    assert_ne!(harness.token, old);
    taken(&with(&mut harness, &old));
    harness.pass(3600);
    refused(&with(&mut harness, &old), 42001);
    let young = harness.token.clone();
    taken(&with(&mut harness, &young));
    harness.sandbox.revoke_tokens();
    refused(&with(&mut harness, &young), 40014);
}

#[test]
fn a_wrong_method_and_an_unknown_path() {
    let mut harness = SandboxHarness::new();
    refused(&harness.get(LIST, &[]), 40058);
    refused(&harness.post(RESULT, &json!({})), 40058);
    let path = "/cgi-bin/externalcontact/unheard_of".into();
    let request = Request { method: Method::Get, path, query: Vec::new(), body: Body::None };
    assert_eq!(harness.sandbox.handle(&request, harness.now).status, 404);
}

#[test]
fn files_that_moments_do_not_take() {
    let mut harness = SandboxHarness::new();
    let mut upload = |media_type: &str, bytes: Vec<u8>| harness.upload_as(media_type, "1", part(bytes));
    let padded = |file: File, size: usize| [file.bytes, vec![0; size]].concat();
    refused(&upload("image", Vec::new()), 44001);
    refused(&upload("image", vec![1; 5]), 40006);
    refused(&upload("image", b"GIF89a: an animation".to_vec()), 40004);
    refused(&upload("image", mp4(Duration::from_secs(1)).bytes), 40004);
    refused(&upload("image", padded(png(10, 10), 10 * 1024 * 1024)), 41080);
    refused(&upload("image", png(1081, 1081).bytes), 41081);
    refused(&upload("image", png(10801, 100).bytes), 41081);
    refused(&upload("video", b"not a film at all".to_vec()), 41090);
    refused(&upload("video", png(10, 10).bytes), 41090);
    refused(&upload("video", padded(mp4(Duration::from_secs(1)), 10 * 1024 * 1024)), 41080);
    refused(&upload("video", mp4(Duration::from_millis(30_001)).bytes), 41082);
    refused(&upload("file", b"plain words".to_vec()), 41072);
    refused(&upload("voice", b"#!AMR sound".to_vec()), 40005);
    for (media_type, file) in [
        ("image", png(10800, 1080)),
        ("image", png(1080, 10800)),
        ("image", jpeg(640, 480)),
        ("video", mp4(Duration::from_secs(30))),
    ] {
        taken(&upload(media_type, file.bytes));
    }
}

#[test]
fn uploads_that_wecom_cannot_read() {
    let mut harness = SandboxHarness::new();
    let good = part(png(10, 10).bytes);
    refused(&harness.upload_as("image", "3", good.clone()), 40058);
    refused(&harness.upload_as("image", "1", Part { name: "file".to_owned(), ..good.clone() }), 41005);
    refused(&harness.upload_as("image", "1", Part { file_name: "春.png".to_owned(), ..good.clone() }), 44001);
    refused(&harness.upload_as("image", "1", Part { file_name: String::new(), ..good }), 44001);
    refused(&harness.post("/cgi-bin/media/upload_attachment", &json!({})), 40058);
}

/// A harness with an image and a video uploaded.
fn sandbox_with_media() -> (SandboxHarness, String, String) {
    let mut harness = SandboxHarness::new();
    let image = harness.upload("image", &png(10, 10));
    let video = harness.upload("video", &mp4(Duration::from_secs(5)));
    (harness, image, video)
}

fn images(id: &str, count: usize) -> Value {
    json!({"attachments": vec![json!({"msgtype": "image", "image": {"media_id": id}}); count]})
}

fn link(link: &Value) -> Value {
    json!({"attachments": [{"msgtype": "link", "link": link}]})
}

#[test]
fn content_that_the_page_forbids() {
    let (mut harness, image, video) = sandbox_with_media();
    let picture = json!({"msgtype": "image", "image": {"media_id": image}});
    let film = json!({"msgtype": "video", "video": {"media_id": video}});
    for (body, errcode) in [
        (json!({}), 41089),
        (json!({"text": {"content": ""}}), 41089),
        (json!({"attachments": []}), 41088),
        (json!({"text": {"content": "好".repeat(2001)}}), 40058),
        (json!({"text": {"content": "a".repeat(2001)}}), 40058),
        (json!({"text": {"content": "🌸".repeat(1001)}}), 40058),
        (images(&image, 10), 41064),
        (json!({"attachments": [film, film]}), 41064),
        (json!({"attachments": [picture, film]}), 41065),
        (json!({"attachments": [{"msgtype": "file", "file": {"media_id": image}}]}), 41065),
        (json!({"attachments": [{"image": {"media_id": image}}]}), 41065),
        (json!({"attachments": [{"msgtype": "image"}]}), 40058),
        (json!({"attachments": [{"msgtype": "image", "image": {}}]}), 41006),
        (json!({"attachments": [{"msgtype": "video", "video": {}}]}), 40058),
        (images("made-up", 1), 40007),
        (images(&video, 1), 40007),
        (link(&json!({"title": "a", "media_id": image})), 40058),
        (link(&json!({"url": "example.com", "media_id": image})), 45034),
        (link(&json!({"url": "https://a.cn"})), 41006),
        (link(&json!({"url": "https://a.cn", "media_id": video})), 40007),
        (link(&json!({"url": "https://a.cn", "media_id": image, "title": "好".repeat(65)})), 40058),
    ] {
        refused(&harness.create(&body), errcode);
    }
    for body in [
        json!({"text": {"content": "好".repeat(2000)}}),
        images(&image, 9),
        json!({"attachments": [film]}),
        link(&json!({"url": "https://a.cn", "media_id": image, "title": "好".repeat(64)})),
    ] {
        taken(&harness.create(&body));
    }
    assert_eq!(harness.sandbox.ledger().len(), 4, "what is refused takes no effect");
}

#[test]
fn media_ids_expire_and_album_ids_are_refused() {
    let (mut harness, image, _) = sandbox_with_media();
    let album =
        harness.upload_as("image", "2", part(png(10, 10).bytes))["media_id"].as_str().expect("an id").to_owned();
    refused(&harness.create(&images(&album, 1)), 41072);
    harness.pass(3 * 24 * 3600 - 1);
    harness.renew();
    taken(&harness.create(&images(&image, 1)));
    harness.pass(1);
    refused(&harness.create(&images(&image, 1)), 40007);
}

#[test]
fn bodies_that_are_no_json_or_have_escapes() {
    let mut harness = SandboxHarness::new();
    refused(&harness.post_text(Request::CREATE, r#"{"text":{"content":"\u4f60\u597d"}}"#), 40033);
    refused(&harness.post_text(Request::CREATE, r#"{"text":"#), 40058);
    refused(&harness.post_text(Request::CREATE, "[]"), 40058);
}

#[test]
fn wrong_type_is_dropped_and_widens_audience() {
    let mut harness = SandboxHarness::new();
    let body = r#"{"text":{"content":"你好"},"visible_range":{"sender_list":{"user_list":"zhangshan"}}}"#;
    let answer = harness.post_text(Request::CREATE, body);
    assert_eq!(answer["errcode"], 0);
    assert!(answer["errmsg"].as_str().expect("words").contains("Warning: wrong json format."));
    assert_eq!(harness.sandbox.ledger()[0].members.len(), 12, "everybody");
}

#[test]
fn the_eleventh_creation_in_a_minute_is_blocked() {
    let mut harness = SandboxHarness::new();
    for n in 0..10 {
        taken(&harness.create(&task(&format!("第{n}条"), &["zhangshan"])));
        harness.pass(5);
    }
    // 50 s after the first.
    refused(&harness.create(&task("第十一条", &["zhangshan"])), 45009);
    harness.pass(59);
    refused(&harness.create(&task("第十一条", &["zhangshan"])), 45009);
    harness.pass(1);
    taken(&harness.create(&task("第十一条", &["zhangshan"])));
    assert_eq!(harness.sandbox.ledger().len(), 11);
}

#[test]
fn ten_creations_in_any_minute_are_taken() {
    let mut harness = SandboxHarness::with(SandboxConfig { jobs_in_flight: 100, ..SandboxConfig::default() });
    for _ in 0..100 {
        taken(&harness.create(&task("你好", &["zhangshan"])));
        harness.pass(6);
    }
}

#[test]
fn the_monthly_quota_uses_beijing_time() {
    let mut harness = SandboxHarness::with(SandboxConfig { creates_per_month: 2, ..SandboxConfig::default() });
    harness.now = "2026-03-31T15:00:00Z".parse().expect("a time");
    harness.renew();
    taken(&harness.create(&task("一", &["lisi"])));
    taken(&harness.create(&task("二", &["lisi"])));
    refused(&harness.create(&task("三", &["lisi"])), 45009);
    harness.pass(3600);
    taken(&harness.create(&task("四", &["lisi"])));
}

#[test]
fn too_many_jobs_in_flight() {
    let mut harness = SandboxHarness::with(SandboxConfig { jobs_in_flight: 2, ..SandboxConfig::default() });
    taken(&harness.create(&task("一", &["lisi"])));
    taken(&harness.create(&task("二", &["lisi"])));
    refused(&harness.create(&task("三", &["lisi"])), 41078);
    harness.pass(5);
    taken(&harness.create(&task("四", &["lisi"])));
}

#[test]
fn an_unknown_or_expired_job() {
    let mut harness = SandboxHarness::new();
    refused(&harness.get(RESULT, &[("jobid", "made-up")]), 40058);
    refused(&harness.get(RESULT, &[]), 40058);
    let job = harness.job(&task("你好", &["lisi"]));
    harness.pass(24 * 3600 - 1);
    harness.renew();
    taken(&harness.get(RESULT, &[("jobid", &job)]));
    harness.pass(1);
    refused(&harness.get(RESULT, &[("jobid", &job)]), 40058);
}

#[test]
fn lists_and_moments_that_do_not_exist() {
    let mut harness = SandboxHarness::new();
    let now = harness.now.timestamp();
    refused(&harness.post(LIST, &json!({"end_time": now})), 40058);
    refused(&harness.post(LIST, &json!({"start_time": now - 30 * 86400 - 1, "end_time": now})), 40058);
    taken(&harness.post(LIST, &json!({"start_time": now - 30 * 86400, "end_time": now})));
    refused(&harness.post(LIST, &json!({"start_time": now - 9, "end_time": now, "cursor": "made-up"})), 40058);
    for path in [TASK, CANCEL] {
        refused(&harness.post(path, &json!({})), 41059);
        refused(&harness.post(path, &json!({"moment_id": "made-up"})), 41060);
    }
}

#[test]
fn the_client_explains_every_sandbox_code() {
    let mut codes: BTreeSet<i64> = drumbeat::sandbox::unverified().iter().map(|(errcode, _)| *errcode).collect();
    for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/sandbox")).expect("the sources") {
        let source = fs::read_to_string(file.expect("an entry").path()).expect("a text");
        let refusals = source.split("refuse(").skip(1);
        codes.extend(refusals.filter_map(|rest| rest.split(',').next()?.parse::<i64>().ok()));
    }
    assert!(codes.remove(&0) && codes.len() > 25, "{codes:?}");
    for errcode in codes {
        assert!(drumbeat::wecom::code(errcode).is_some(), "{errcode}");
    }
}

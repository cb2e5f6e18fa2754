//! The sandbox's read calls: jobs, the list, members, the company.

use chrono::TimeDelta;
use drumbeat::sandbox::{ExternalMoment, SandboxConfig};
use drumbeat::wecom::Request;
use serde_json::{Value, json};

use crate::support::client_harness::{monday_nine, png};
use crate::support::sandbox_harness::{CANCEL, LIST, RESULT, SandboxHarness, TASK, instant, refused, taken, task};

#[test]
fn jobs_progress_by_time_alone() {
    let mut harness = SandboxHarness::new();
    let job = harness.job(&task("你好", &["zhangshan"]));
    let mut seen = Vec::new();
    for _ in 0..7 {
        let answer = harness.get(RESULT, &[("jobid", &job)]);
        seen.push((answer["status"].as_i64().expect("a status"), answer["result"]["moment_id"].is_string()));
        harness.pass(1);
    }
    assert_eq!(seen, [(1, false), (1, false), (2, false), (2, false), (2, false), (3, true), (3, true)]);
}

#[test]
fn invalid_recipients_are_returned_and_none_left_fails() {
    let mut harness = SandboxHarness::with(instant());
    let mut outcome = |range: &Value| {
        let job = harness.job(&json!({"text": {"content": "你好"}, "visible_range": range}));
        harness.get(RESULT, &[("jobid", &job)])["result"].clone()
    };
    let partial = outcome(&json!({"sender_list": {"user_list": ["lisi", "guodong"], "department_list": [6]},
        "external_contact_list": {"tag_list": ["etCFVip00000001", "etGone"]}}));
    assert_eq!(partial["errcode"], 0);
    assert_eq!(partial["invalid_sender_list"], json!({"user_list": ["guodong"], "department_list": [6]}));
    assert_eq!(partial["invalid_external_contact_list"], json!({"tag_list": ["etGone"]}));

    let whole = outcome(&json!({"sender_list": {"user_list": ["lisi"]}}));
    assert_eq!(whole, json!({"errcode": 0, "errmsg": "ok", "moment_id": whole["moment_id"]}));

    let no_sender = outcome(&json!({"sender_list": {"user_list": ["guodong"]}}));
    assert_eq!((&no_sender["errcode"], &no_sender["moment_id"]), (&json!(81013), &Value::Null));
    let ledger = harness.sandbox.ledger();
    assert_eq!((ledger[2].errcode, &ledger[2].moment_id), (81013, &None));
}

fn list(harness: &mut SandboxHarness, body: &Value) -> Vec<Value> {
    let answer = harness.post(LIST, body);
    taken(&answer);
    answer["moment_list"].as_array().expect("a list").clone()
}

#[test]
fn moments_are_listed_late_with_other_media_ids() {
    let mut harness = SandboxHarness::new();
    let id = harness.upload("image", &png(10, 10));
    let created = harness.now;
    harness.job(&json!({"attachments": [{"msgtype": "image", "image": {"media_id": id}}]}));
    let span = json!({"start_time": created.timestamp() - 60, "end_time": created.timestamp() + 60});
    harness.pass(9);
    assert_eq!(list(&mut harness, &span), Vec::<Value>::new());
    harness.pass(1);
    let moment = list(&mut harness, &span).pop().expect("a moment");
    assert_eq!(moment["create_time"], created.timestamp() + 5, "when its job was done");
    assert_eq!((&moment["create_type"], &moment["visible_type"]), (&json!(0), &json!(1)));
    assert!(moment.get("creator").is_none() && moment.get("text").is_none());
    let listed = moment["image"][0]["media_id"].as_str().expect("an id");
    assert!(listed.starts_with("WWCISP_") && listed != id);
}

#[test]
fn both_ends_of_the_interval_are_outside_it() {
    let mut harness = SandboxHarness::with(instant());
    let at = harness.now.timestamp();
    harness.job(&task("你好", &["lisi"]));
    for (start, end, count) in [(at, at + 9, 0), (at - 9, at, 0), (at - 1, at + 1, 1)] {
        assert_eq!(list(&mut harness, &json!({"start_time": start, "end_time": end})).len(), count, "{start} {end}");
    }
}

#[test]
fn pages_are_stable_and_at_most_twenty() {
    let mut harness = SandboxHarness::with(SandboxConfig { creates_per_minute: 1000, ..instant() });
    for n in 0..45 {
        harness.job(&task(&format!("第{n}条"), &["lisi"]));
        harness.pass(1);
    }
    let start = monday_nine().timestamp() - 1;
    let (mut seen, mut cursor, mut sizes) = (Vec::new(), String::new(), Vec::new());
    loop {
        let end = harness.now.timestamp() + 1;
        let page = harness.post(LIST, &json!({"start_time": start, "end_time": end, "cursor": cursor, "limit": 500}));
        let moments = page["moment_list"].as_array().expect("a list");
        sizes.push(moments.len());
        seen.extend(moments.iter().map(|moment| moment["text"]["content"].as_str().expect("a text").to_owned()));
        cursor = page["next_cursor"].as_str().expect("a cursor").to_owned();
        if cursor.is_empty() {
            break;
        }
        harness.job(&task("后来的", &["lisi"]));
        harness.pass(1);
    }
    assert_eq!(sizes, [20, 20, 5]);
    assert_eq!(seen, (0..45).rev().map(|n| format!("第{n}条")).collect::<Vec<_>>());
    let few = json!({"start_time": start, "end_time": harness.now.timestamp() + 1, "limit": 3});
    assert_eq!(list(&mut harness, &few).len(), 3);
}

#[test]
fn member_and_console_moments_differ_by_type() {
    let mut harness = SandboxHarness::with(instant());
    harness.job(&task("你好", &["lisi"]));
    let foreign = |id: &str, creator: Option<&str>| ExternalMoment {
        moment_id: id.to_owned(),
        created: monday_nine(),
        creator: creator.map(str::to_owned),
        public: true,
        text: "你好".to_owned(),
        images: 0,
    };
    harness.sandbox.add_external(foreign("mom-member", Some("lisi")));
    harness.sandbox.add_external(foreign("mom-console", None));
    let at = harness.now.timestamp();
    let mut count = |extra: Value| {
        let mut body = json!({"start_time": at - 9, "end_time": at + 9});
        body.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        list(&mut harness, &body).len()
    };
    assert_eq!(count(json!({"filter_type": 0})), 2);
    assert_eq!(count(json!({"filter_type": 1})), 1);
    assert_eq!(count(json!({"filter_type": 2})), 3);
    assert_eq!(count(json!({})), 3);
    assert_eq!(count(json!({"creator": "lisi"})), 1);
    assert_eq!(count(json!({"creator": "zhangshan"})), 0);
    refused(&harness.post(TASK, &json!({"moment_id": "mom-member"})), 41067);
}

/// Which members have posted: 0 or 1 by member.
fn posted(harness: &mut SandboxHarness, moment: &str) -> Vec<(String, i64)> {
    let answer = harness.post(TASK, &json!({"moment_id": moment}));
    taken(&answer);
    let tasks = answer["task_list"].as_array().expect("a list");
    let one = |task: &Value| {
        (task["userid"].as_str().expect("an id").to_owned(), task["publish_status"].as_i64().expect("a status"))
    };
    tasks.iter().map(one).collect()
}

#[test]
fn members_confirm_over_days() {
    let mut harness = SandboxHarness::new();
    let moment = harness.job(&json!({"text": {"content": "大家好"}}));
    harness.pass(5);
    let moment = harness.get(RESULT, &[("jobid", &moment)])["result"]["moment_id"].as_str().expect("an id").to_owned();
    refused(&harness.post(TASK, &json!({"moment_id": moment})), 41079);
    refused(&harness.post(CANCEL, &json!({"moment_id": moment})), 41079);
    harness.pass(3);
    let mut counts = Vec::new();
    let mut before: Vec<i64> = vec![0; 12];
    for _ in 0..12 {
        let statuses: Vec<i64> = posted(&mut harness, &moment).into_iter().map(|(_, status)| status).collect();
        assert!(before.iter().zip(&statuses).all(|(was, is)| was <= is), "{before:?} {statuses:?}");
        counts.push(statuses.iter().sum::<i64>());
        before = statuses;
        harness.pass(6 * 3600);
        harness.renew();
    }
    assert_eq!(counts[0], 0);
    assert!(counts[3] > 0 && counts[3] < counts[8], "{counts:?}");
    assert_eq!(counts[8], counts[11], "nobody confirms after two days");
}

#[test]
fn members_do_not_post_after_a_cancel() {
    let mut harness = SandboxHarness::new();
    let all = ["zhangshan", "lisi", "wangwu", "zhaoliu", "chenxiaoyu", "liuyang", "sunmeng", "zhoujie", "fengli"];
    let moment = harness.moment("大家好", &all);
    harness.pass(20 * 3600);
    harness.renew();
    let before = posted(&mut harness, &moment);
    taken(&harness.post(CANCEL, &json!({"moment_id": moment})));
    harness.pass(40 * 3600);
    harness.renew();
    assert_eq!(posted(&mut harness, &moment), before);
    assert!(before.iter().any(|(_, status)| *status == 1) && before.iter().any(|(_, status)| *status == 0));
}

#[test]
fn members_of_a_moment_come_in_pages() {
    let mut harness = SandboxHarness::new();
    let moment = harness.moment("你好", &["zhangshan", "lisi", "wangwu", "zhaoliu", "sunmeng"]);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = harness.post(TASK, &json!({"moment_id": moment, "limit": 2, "cursor": cursor}));
        let tasks = page["task_list"].as_array().expect("a list");
        assert!(tasks.len() <= 2);
        seen.extend(tasks.iter().map(|task| task["userid"].as_str().expect("an id").to_owned()));
        cursor = page["next_cursor"].as_str().expect("a cursor").to_owned();
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["zhangshan", "lisi", "wangwu", "zhaoliu", "sunmeng"]);
}

#[test]
fn the_company_as_its_app_sees_it() {
    let mut harness = SandboxHarness::new();
    let members = harness.get("/cgi-bin/externalcontact/get_follow_user_list", &[]);
    assert_eq!(members["follow_user"].as_array().expect("a list").len(), 12);

    let ids = |answer: &Value| -> Vec<i64> {
        let departments = answer["department_id"].as_array().expect("a list");
        departments.iter().map(|department| department["id"].as_i64().expect("an id")).collect()
    };
    assert_eq!(ids(&harness.get("/cgi-bin/department/simplelist", &[])), [1, 2, 3, 4, 5]);
    assert_eq!(ids(&harness.get("/cgi-bin/department/simplelist", &[("id", "2")])), [2, 5]);
    let baby = harness.get("/cgi-bin/department/get", &[("id", "5")]);
    assert_eq!((&baby["department"]["name"], &baby["department"]["parentid"]), (&json!("母婴馆"), &json!(2)));
    refused(&harness.get("/cgi-bin/department/get", &[("id", "6")]), 60011);
    refused(&harness.get("/cgi-bin/department/get", &[("id", "99")]), 60003);
    refused(&harness.get("/cgi-bin/department/get", &[("id", "x")]), 60123);

    let path = "/cgi-bin/externalcontact/get_corp_tag_list";
    let count = |answer: &Value| -> usize {
        let groups = answer["tag_group"].as_array().expect("a list");
        groups.iter().map(|group| group["tag"].as_array().expect("a list").len()).sum()
    };
    assert_eq!(count(&harness.post(path, &json!({}))), 6);
    assert_eq!(count(&harness.post(path, &json!({"tag_id": ["etCFVip00000001", "etGone"]}))), 1);
    let group = json!({"tag_id": ["etCFVip00000001"], "group_id": ["etCFGroupLike001"]});
    assert_eq!(count(&harness.post(path, &group)), 3, "the groups win");
    taken(&harness.get("/cgi-bin/get_api_domain_ip", &[]));
}

#[test]
fn equal_requests_at_equal_times_get_equal_answers() {
    let story = |seed| {
        let mut harness = SandboxHarness::with(SandboxConfig { seed, ..SandboxConfig::default() });
        let moment = harness.moment("你好", &["zhangshan", "lisi", "wangwu", "zhaoliu", "sunmeng"]);
        harness.now += TimeDelta::hours(20);
        harness.renew();
        (
            harness.token.clone(),
            posted(&mut harness, &moment),
            harness.sandbox.ledger().to_vec(),
            harness.sandbox.calls(Request::CREATE),
        )
    };
    assert_eq!(story(7), story(7));
    assert_ne!(story(7), story(8));
}

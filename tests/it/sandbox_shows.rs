//! What the sandbox shows of what it has done: jobs, the list, members, the company.

use chrono::TimeDelta;
use drumbeat::sandbox::{ExternalMoment, SandboxConfig};
use drumbeat::wecom::Request;
use serde_json::{Value, json};

use crate::sandbox_desk::{CANCEL, Desk, LIST, RESULT, TASK, instant, refused, taken, task};
use crate::wecom_stage::{monday_nine, png};

#[test]
fn a_job_starts_runs_and_is_done_by_time_alone() {
    let mut desk = Desk::new();
    let job = desk.job(&task("你好", &["zhangshan"]));
    let mut seen = Vec::new();
    for _ in 0..7 {
        let answer = desk.get(RESULT, &[("jobid", &job)]);
        seen.push((answer["status"].as_i64().expect("a status"), answer["result"]["moment_id"].is_string()));
        desk.pass(1);
    }
    assert_eq!(seen, [(1, false), (1, false), (2, false), (2, false), (2, false), (3, true), (3, true)]);
}

#[test]
fn invalid_names_come_back_and_nobody_left_is_a_failure_inside() {
    let mut desk = Desk::with(instant());
    let mut outcome = |range: &Value| {
        let job = desk.job(&json!({"text": {"content": "你好"}, "visible_range": range}));
        desk.get(RESULT, &[("jobid", &job)])["result"].clone()
    };
    let partial = outcome(&json!({"sender_list": {"user_list": ["lisi", "guodong"], "department_list": [6]},
        "external_contact_list": {"tag_list": ["etCFVip00000001", "etGone"]}}));
    assert_eq!(partial["errcode"], 0);
    assert_eq!(partial["invalid_sender_list"], json!({"user_list": ["guodong"], "department_list": [6]}));
    assert_eq!(partial["invalid_external_contact_list"], json!({"tag_list": ["etGone"]}));

    let whole = outcome(&json!({"sender_list": {"user_list": ["lisi"]}}));
    assert_eq!(whole, json!({"errcode": 0, "errmsg": "ok", "moment_id": whole["moment_id"]}));

    let nobody = outcome(&json!({"sender_list": {"user_list": ["guodong"]}}));
    assert_eq!((&nobody["errcode"], &nobody["moment_id"]), (&json!(81013), &Value::Null));
    let ledger = desk.sandbox.ledger();
    assert_eq!((ledger[2].errcode, &ledger[2].moment_id), (81013, &None));
}

fn list(desk: &mut Desk, body: &Value) -> Vec<Value> {
    let answer = desk.post(LIST, body);
    taken(&answer);
    answer["moment_list"].as_array().expect("a list").clone()
}

#[test]
fn a_moment_is_listed_some_time_after_its_birth_without_creator_and_with_other_media_ids() {
    let mut desk = Desk::new();
    let id = desk.upload("image", &png(10, 10));
    let created = desk.now;
    desk.job(&json!({"attachments": [{"msgtype": "image", "image": {"media_id": id}}]}));
    let span = json!({"start_time": created.timestamp() - 60, "end_time": created.timestamp() + 60});
    desk.pass(9);
    assert_eq!(list(&mut desk, &span), Vec::<Value>::new());
    desk.pass(1);
    let moment = list(&mut desk, &span).pop().expect("a moment");
    assert_eq!(moment["create_time"], created.timestamp() + 5, "when its job was done");
    assert_eq!((&moment["create_type"], &moment["visible_type"]), (&json!(0), &json!(1)));
    assert!(moment.get("creator").is_none() && moment.get("text").is_none());
    let listed = moment["image"][0]["media_id"].as_str().expect("an id");
    assert!(listed.starts_with("WWCISP_") && listed != id);
}

#[test]
fn both_ends_of_the_interval_are_outside_it() {
    let mut desk = Desk::with(instant());
    let at = desk.now.timestamp();
    desk.job(&task("你好", &["lisi"]));
    for (start, end, count) in [(at, at + 9, 0), (at - 9, at, 0), (at - 1, at + 1, 1)] {
        assert_eq!(list(&mut desk, &json!({"start_time": start, "end_time": end})).len(), count, "{start} {end}");
    }
}

#[test]
fn pages_have_twenty_at_most_and_new_moments_shift_none() {
    let mut desk = Desk::with(SandboxConfig { creates_per_minute: 1000, ..instant() });
    for n in 0..45 {
        desk.job(&task(&format!("第{n}条"), &["lisi"]));
        desk.pass(1);
    }
    let start = monday_nine().timestamp() - 1;
    let (mut seen, mut cursor, mut sizes) = (Vec::new(), String::new(), Vec::new());
    loop {
        let end = desk.now.timestamp() + 1;
        let page = desk.post(LIST, &json!({"start_time": start, "end_time": end, "cursor": cursor, "limit": 500}));
        let moments = page["moment_list"].as_array().expect("a list");
        sizes.push(moments.len());
        seen.extend(moments.iter().map(|moment| moment["text"]["content"].as_str().expect("a text").to_owned()));
        cursor = page["next_cursor"].as_str().expect("a cursor").to_owned();
        if cursor.is_empty() {
            break;
        }
        desk.job(&task("后来的", &["lisi"]));
        desk.pass(1);
    }
    assert_eq!(sizes, [20, 20, 5]);
    assert_eq!(seen, (0..45).rev().map(|n| format!("第{n}条")).collect::<Vec<_>>());
    let few = json!({"start_time": start, "end_time": desk.now.timestamp() + 1, "limit": 3});
    assert_eq!(list(&mut desk, &few).len(), 3);
}

#[test]
fn moments_of_members_and_of_the_console_are_told_apart_by_type() {
    let mut desk = Desk::with(instant());
    desk.job(&task("你好", &["lisi"]));
    let foreign = |id: &str, creator: Option<&str>| ExternalMoment {
        moment_id: id.to_owned(),
        created: monday_nine(),
        creator: creator.map(str::to_owned),
        public: true,
        text: "你好".to_owned(),
        images: 0,
    };
    desk.sandbox.add_foreign(foreign("mom-member", Some("lisi")));
    desk.sandbox.add_foreign(foreign("mom-console", None));
    let at = desk.now.timestamp();
    let mut count = |extra: Value| {
        let mut body = json!({"start_time": at - 9, "end_time": at + 9});
        body.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        list(&mut desk, &body).len()
    };
    assert_eq!(count(json!({"filter_type": 0})), 2);
    assert_eq!(count(json!({"filter_type": 1})), 1);
    assert_eq!(count(json!({"filter_type": 2})), 3);
    assert_eq!(count(json!({})), 3);
    assert_eq!(count(json!({"creator": "lisi"})), 1);
    assert_eq!(count(json!({"creator": "zhangshan"})), 0);
    refused(&desk.post(TASK, &json!({"moment_id": "mom-member"})), 41067);
}

/// Who has posted, as 0 and 1 by member.
fn posted(desk: &mut Desk, moment: &str) -> Vec<(String, i64)> {
    let answer = desk.post(TASK, &json!({"moment_id": moment}));
    taken(&answer);
    let tasks = answer["task_list"].as_array().expect("a list");
    let one = |task: &Value| {
        (task["userid"].as_str().expect("an id").to_owned(), task["publish_status"].as_i64().expect("a status"))
    };
    tasks.iter().map(one).collect()
}

#[test]
fn members_confirm_over_days_and_never_take_it_back() {
    let mut desk = Desk::new();
    let moment = desk.job(&json!({"text": {"content": "大家好"}}));
    desk.pass(5);
    let moment = desk.get(RESULT, &[("jobid", &moment)])["result"]["moment_id"].as_str().expect("an id").to_owned();
    refused(&desk.post(TASK, &json!({"moment_id": moment})), 41079);
    refused(&desk.post(CANCEL, &json!({"moment_id": moment})), 41079);
    desk.pass(3);
    let mut counts = Vec::new();
    let mut before: Vec<i64> = vec![0; 12];
    for _ in 0..12 {
        let statuses: Vec<i64> = posted(&mut desk, &moment).into_iter().map(|(_, status)| status).collect();
        assert!(before.iter().zip(&statuses).all(|(was, is)| was <= is), "{before:?} {statuses:?}");
        counts.push(statuses.iter().sum::<i64>());
        before = statuses;
        desk.pass(6 * 3600);
        desk.renew();
    }
    assert_eq!(counts[0], 0);
    assert!(counts[3] > 0 && counts[3] < counts[8], "{counts:?}");
    assert_eq!(counts[8], counts[11], "nobody confirms after two days");
}

#[test]
fn who_has_not_posted_when_it_is_cancelled_never_does() {
    let mut desk = Desk::new();
    let all = ["zhangshan", "lisi", "wangwu", "zhaoliu", "chenxiaoyu", "liuyang", "sunmeng", "zhoujie", "fengli"];
    let moment = desk.moment("大家好", &all);
    desk.pass(20 * 3600);
    desk.renew();
    let before = posted(&mut desk, &moment);
    taken(&desk.post(CANCEL, &json!({"moment_id": moment})));
    desk.pass(40 * 3600);
    desk.renew();
    assert_eq!(posted(&mut desk, &moment), before);
    assert!(before.iter().any(|(_, status)| *status == 1) && before.iter().any(|(_, status)| *status == 0));
}

#[test]
fn members_of_a_moment_come_in_pages() {
    let mut desk = Desk::new();
    let moment = desk.moment("你好", &["zhangshan", "lisi", "wangwu", "zhaoliu", "sunmeng"]);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = desk.post(TASK, &json!({"moment_id": moment, "limit": 2, "cursor": cursor}));
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
    let mut desk = Desk::new();
    let members = desk.get("/cgi-bin/externalcontact/get_follow_user_list", &[]);
    assert_eq!(members["follow_user"].as_array().expect("a list").len(), 12);

    let ids = |answer: &Value| -> Vec<i64> {
        let departments = answer["department_id"].as_array().expect("a list");
        departments.iter().map(|department| department["id"].as_i64().expect("an id")).collect()
    };
    assert_eq!(ids(&desk.get("/cgi-bin/department/simplelist", &[])), [1, 2, 3, 4, 5]);
    assert_eq!(ids(&desk.get("/cgi-bin/department/simplelist", &[("id", "2")])), [2, 5]);
    let baby = desk.get("/cgi-bin/department/get", &[("id", "5")]);
    assert_eq!((&baby["department"]["name"], &baby["department"]["parentid"]), (&json!("母婴馆"), &json!(2)));
    refused(&desk.get("/cgi-bin/department/get", &[("id", "6")]), 60011);
    refused(&desk.get("/cgi-bin/department/get", &[("id", "99")]), 60003);
    refused(&desk.get("/cgi-bin/department/get", &[("id", "x")]), 60123);

    let path = "/cgi-bin/externalcontact/get_corp_tag_list";
    let count = |answer: &Value| -> usize {
        let groups = answer["tag_group"].as_array().expect("a list");
        groups.iter().map(|group| group["tag"].as_array().expect("a list").len()).sum()
    };
    assert_eq!(count(&desk.post(path, &json!({}))), 6);
    assert_eq!(count(&desk.post(path, &json!({"tag_id": ["etCFVip00000001", "etGone"]}))), 1);
    let group = json!({"tag_id": ["etCFVip00000001"], "group_id": ["etCFGroupLike001"]});
    assert_eq!(count(&desk.post(path, &group)), 3, "the groups win");
    taken(&desk.get("/cgi-bin/get_api_domain_ip", &[]));
}

#[test]
fn the_same_requests_at_the_same_times_get_the_same_answers() {
    let story = |seed| {
        let mut desk = Desk::with(SandboxConfig { seed, ..SandboxConfig::default() });
        let moment = desk.moment("你好", &["zhangshan", "lisi", "wangwu", "zhaoliu", "sunmeng"]);
        desk.now += TimeDelta::hours(20);
        desk.renew();
        (
            desk.token.clone(),
            posted(&mut desk, &moment),
            desk.sandbox.ledger().to_vec(),
            desk.sandbox.calls(Request::CREATE),
        )
    };
    assert_eq!(story(7), story(7));
    assert_ne!(story(7), story(8));
}

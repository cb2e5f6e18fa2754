//! The next action after each answer, for the creating call and for reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::clock::Clock;
use drumbeat::ids::CorpId;
use drumbeat::post::Attachments;
use drumbeat::secret::Secret;
use drumbeat::wecom::{
    CallFailure, Error, Job, JobId, Link, Next, Outcome, PostMatch, Request, Response, Transport, TransportError, WeCom,
};

use crate::support::client_harness::{monday_nine, png, text_post, to};

const TRY_AGAIN: Next = Next::TryAgain { after: Duration::from_secs(2) };

fn again(seconds: u64) -> Next {
    Next::TryAgain { after: Duration::from_secs(seconds) }
}

/// A WeCom that issues a token and gives this answer to everything else.
fn answering(answer: Result<(u16, &str), TransportError>) -> WeCom {
    let answer = answer.map(|(status, body)| Response::new(status, body.as_bytes().to_vec()));
    let transport = Transport::InProcess(Arc::new(move |request: Request| {
        let token = br#"{"access_token":"TOKEN","expires_in":7200}"#.to_vec();
        let is_token = request.path == "/cgi-bin/gettoken";
        let answer = if is_token { Ok(Response::new(200, token)) } else { answer.clone() };
        Box::pin(std::future::ready(answer))
    }));
    WeCom::new(CorpId("CORP".to_owned()), Secret::new("SECRET"), transport, Clock::System)
}

async fn create(answer: Result<(u16, &str), TransportError>) -> Result<JobId, Error> {
    answering(answer).create(&text_post("你好"), &[]).await
}

async fn result(answer: Result<(u16, &str), TransportError>) -> Result<Job, Error> {
    answering(answer).result("JOB").await
}

/// The next action after a creation, and after a read.
async fn next(answer: Result<(u16, &str), TransportError>) -> (Next, Next) {
    let creating = create(answer.clone()).await.expect_err("no job").next();
    (creating, result(answer).await.expect_err("no result").next())
}

async fn next_of_code(errcode: i64) -> (Next, Next) {
    next(Ok((200, &format!(r#"{{"errcode":{errcode},"errmsg":"why, hint: [1]"}}"#)))).await
}

#[tokio::test]
async fn lost_creations_are_in_doubt_lost_lookups_retried() {
    let html = "<html><body>Bad gateway</body></html>";
    for lost in [
        Err(TransportError::Lost(CallFailure::AnswerTimeout)),
        Ok((500, html)),
        Ok((502, r#"{"errcode":0,"errmsg":"ok","jobid":"JOB"}"#)),
        Ok((503, r#"{"errcode":45009,"errmsg":"a gateway's own words"}"#)),
        Ok((504, "")),
        Ok((302, "")),
        Ok((307, "")),
        Ok((200, html)),
        Ok((200, "")),
        Ok((200, "[]")),
        Ok((200, "null")),
        Ok((200, r#"{"errcode":0,"errmsg":"ok","jobid":"JO"#)),
        Ok((200, r#"{"errcode":0,"errmsg":"ok"}"#)),
        Ok((200, r#"{"errcode":0,"errmsg":"ok","jobid":""}"#)),
        Ok((200, r#"{"errcode":"x","errmsg":"ok","jobid":"JOB"}"#)),
        Ok((413, html)),
        Ok((429, html)),
        Ok((400, r#"{"errcode":0,"errmsg":"ok","jobid":"JOB"}"#)),
        Ok((200, r#"{"errcode":-1,"errmsg":"system busy"}"#)),
    ] {
        assert_eq!(next(lost.clone()).await, (Next::InDoubt, TRY_AGAIN), "{lost:?}");
    }
}

#[tokio::test]
async fn request_that_was_not_sent_is_retried() {
    assert_eq!(next(Err(TransportError::NotSent(CallFailure::ConnectTimeout))).await, (TRY_AGAIN, TRY_AGAIN));
}

#[tokio::test]
async fn each_code_has_its_next_act() {
    assert_eq!(next_of_code(45009).await, (again(60), again(60)));
    assert_eq!(next_of_code(45033).await, (again(10), again(10)));
    assert_eq!(next_of_code(41078).await, (again(30), again(30)));
    assert_eq!(next_of_code(41079).await, (again(30), again(30)));
    assert_eq!(next_of_code(6000).await, (again(10), again(10)));
    assert_eq!(next_of_code(40014).await, (Next::NewToken, Next::NewToken));
    assert_eq!(next_of_code(42001).await, (Next::NewToken, Next::NewToken));
    assert_eq!(next_of_code(40001).await, (Next::AskAPerson, Next::AskAPerson));
    assert_eq!(next_of_code(40007).await, (Next::UploadAgain, Next::GiveUp));
    for wrong in [40058, 41064, 41065, 41089, 45002, 60003, 41060] {
        assert_eq!(next_of_code(wrong).await, (Next::GiveUp, Next::GiveUp), "{wrong}");
    }
    for console in [48002, 60020, 50003, 301_007, 123_456] {
        assert_eq!(next_of_code(console).await, (Next::AskAPerson, Next::AskAPerson), "{console}");
    }
}

#[tokio::test]
async fn a_refusal_has_code_and_help() {
    let words = r#"{"errcode":"60020","errmsg":"not allow to access from your ip, hint: [17], from ip: 203.0.113.9, more info at https://open.work.weixin.qq.com/devtool/query?e=60020"}"#;
    let error = create(Ok((200, words))).await.expect_err("refused");
    assert_eq!(error.errcode(), Some(60020));
    assert_eq!(
        error.to_string(),
        "WeCom refused add_moment_task: 60020, this machine's address is not trusted \
         (\"not allow to access from your ip, hint: [17], from ip: 203.0.113.9\")"
    );
    assert!(error.help().get(drumbeat::text::Lang::En).contains("企业可信IP"));
    assert_eq!(create(Ok((403, words))).await.expect_err("refused").errcode(), Some(60020));
}

#[tokio::test]
async fn busy_wecom_is_not_a_refusal() {
    let busy = Ok((200, r#"{"errcode":-1,"errmsg":"system busy"}"#));
    let error = create(busy.clone()).await.expect_err("busy");
    assert_eq!(error.to_string(), "WeCom failed in add_moment_task: -1, WeCom is busy (\"system busy\")");
    assert!(
        error.help().get(drumbeat::text::Lang::En).contains("looks for the post"),
        "{}",
        error.help().get(drumbeat::text::Lang::En)
    );
    assert!(result(busy).await.expect_err("busy").help().get(drumbeat::text::Lang::En).contains("asks again"));
}

#[tokio::test]
async fn calls_about_jobs_do_not_blame_content() {
    let invalid = Ok((200, r#"{"errcode":40058,"errmsg":"invalid jobid"}"#));
    assert!(
        create(invalid.clone())
            .await
            .expect_err("refused")
            .help()
            .get(drumbeat::text::Lang::En)
            .contains("correct the campaign's content")
    );
    let error = result(invalid).await.expect_err("refused");
    assert!(
        !error.help().get(drumbeat::text::Lang::En).contains("campaign"),
        "{}",
        error.help().get(drumbeat::text::Lang::En)
    );
}

#[tokio::test]
async fn partially_parsed_request_alarms_and_keeps_job() {
    let warned = r#"{"errcode":0,"errmsg":"ok. Warning: wrong json format. ","jobid":"JOB"}"#;
    let error = create(Ok((200, warned))).await.expect_err("an alarm");
    assert!(matches!(error, Error::PartiallyParsed { .. }));
    assert_eq!((error.jobid(), error.next()), (Some("JOB"), Next::InDoubt));

    let refused = r#"{"errcode":40058,"errmsg":"Warning: wrong json format. "}"#;
    assert_eq!(create(Ok((200, refused))).await.expect_err("refused").next(), Next::GiveUp);

    let looked = r#"{"errcode":0,"errmsg":"ok. Warning: wrong json format. ","status":1}"#;
    assert_eq!(result(Ok((200, looked))).await.expect_err("our fault").next(), Next::AskAPerson);
}

#[tokio::test]
async fn error_code_beside_job_id_keeps_job() {
    let odd = r#"{"errcode":40014,"errmsg":"invalid access_token","jobid":"JOB"}"#;
    let error = create(Ok((200, odd))).await.expect_err("an alarm");
    assert_eq!((error.jobid(), error.next(), error.errcode()), (Some("JOB"), Next::InDoubt, Some(40014)));
}

#[tokio::test]
async fn missing_errcode_is_zero_and_text_numbers_work() {
    assert_eq!(create(Ok((200, r#"{"jobid":"JOB"}"#))).await, Ok(JobId("JOB".to_owned())));
    assert_eq!(create(Ok((200, r#"{"errcode":"0","errmsg":null,"jobid":"JOB"}"#))).await, Ok(JobId("JOB".to_owned())));
    assert_eq!(result(Ok((200, r#"{"errcode":0,"status":"2"}"#))).await, Ok(Job::Running));
}

#[tokio::test]
async fn a_job_is_done_by_its_status_alone() {
    let page = include_str!("../cases/wecom/job_at_status_1.json");
    assert_eq!(result(Ok((200, page))).await, Ok(Job::Started));
    let outcome = Outcome {
        errcode: 0,
        errmsg: "ok".to_owned(),
        moment_id: Some("xxxx".to_owned()),
        invalid_users: vec!["zhangshan".to_owned(), "lisi".to_owned()],
        invalid_departments: vec![2, 3],
        invalid_tags: vec!["xxx".to_owned()],
    };
    let done = page.replace("\"status\": 1", "\"status\": 3");
    assert_eq!(result(Ok((200, &done))).await, Ok(Job::Done(outcome.clone())));
    let texts = done.replace("[2,3]", "[\"2\",\"3\"]");
    assert_eq!(result(Ok((200, &texts))).await, Ok(Job::Done(outcome)));

    let failed = r#"{"errcode":0,"status":3,"result":{"errcode":81013,"errmsg":"all invalid","moment_id":"","invalid_sender_list":null}}"#;
    let Ok(Job::Done(outcome)) = result(Ok((200, failed))).await else { panic!("not done") };
    assert_eq!((outcome.errcode, outcome.moment_id), (81013, None));

    let unknown = result(Ok((200, r#"{"errcode":0,"status":9}"#))).await.expect_err("an unknown status");
    assert_eq!(unknown.next(), TRY_AGAIN);
}

#[tokio::test]
async fn the_documented_list_is_parsed() {
    let wecom = answering(Ok((200, include_str!("../cases/wecom/moment_list.json"))));
    let at = |second| DateTime::<Utc>::from_timestamp(second, 0).expect("a time");
    let moments = wecom.moments(at(1_605_000_000), at(1_605_000_060), |_| true).await.expect("a list");
    // The first was made by a member: it is only similar to what was sent.
    let moments: Vec<_> = moments.into_iter().filter(|moment| moment.made_by_company).collect();
    assert_eq!(moments.len(), 1);
    assert_eq!((moments[0].moment_id.as_str(), moments[0].created), ("momyyy", at(1_605_000_060)));
    assert_eq!((moments[0].creator.as_ref(), moments[0].public, moments[0].images), (None, Some(false), 2));

    let mut post = text_post("第一行\n第二行");
    post.attachments = Attachments::Images(vec![png(1, 1).media(), png(2, 2).media()]);
    post.audience = to(&[], &[], &["etA"]);
    assert!(moments[0].likeness(&post) == PostMatch::Exact);
    let mut other = post.clone();
    other.audience = to(&["zhangshan"], &[], &[]);
    assert!(moments[0].likeness(&other) != PostMatch::Exact, "that one would be public");
    let mut other = post.clone();
    other.attachments = Attachments::Images(vec![png(1, 1).media()]);
    assert!(moments[0].likeness(&other) != PostMatch::Exact, "another number of images");
    let mut other = post;
    other.text = Some("第一行 第二行".to_owned());
    assert!(moments[0].likeness(&other) != PostMatch::Exact, "another text");
    let link = Link { title: String::new(), url: "https://a.cn".to_owned() };
    let linked = drumbeat::wecom::Moment { link: Some(link), ..moments[0].clone() };
    assert!(linked.likeness(&text_post("第一行\n第二行")) != PostMatch::Exact, "a link that was not sent");
}

#[tokio::test]
async fn a_list_that_goes_round_in_circles_ends() {
    let circle = answering(Ok((200, r#"{"errcode":0,"next_cursor":"A","moment_list":[]}"#)));
    let error = circle.moments(monday_nine(), monday_nine(), |_| true).await.expect_err("no end");
    assert_eq!(error.next(), TRY_AGAIN);
    let error = circle.task("mom").await.expect_err("no end");
    assert_eq!(error.next(), TRY_AGAIN);
}

#[tokio::test]
async fn long_spans_are_queried_without_gaps() {
    let asked = Arc::new(std::sync::Mutex::new(Vec::<(i64, i64)>::new()));
    let windows = Arc::clone(&asked);
    let transport = Transport::InProcess(Arc::new(move |request: Request| {
        if let drumbeat::wecom::Body::Json(body) = &request.body {
            let body: serde_json::Value = serde_json::from_slice(body).expect("JSON");
            assert_eq!(body["filter_type"], 0);
            let second = |key: &str| body[key].as_i64().expect("seconds");
            windows.lock().expect("no panic").push((second("start_time"), second("end_time")));
        }
        let body = br#"{"access_token":"TOKEN","moment_list":[]}"#.to_vec();
        Box::pin(std::future::ready(Ok(Response::new(200, body))))
    }));
    let wecom = WeCom::new(CorpId("CORP".to_owned()), Secret::new("SECRET"), transport, Clock::System);
    let from = monday_nine() + TimeDelta::milliseconds(750);
    let to = from + TimeDelta::days(95);
    wecom.moments(from, to, |_| true).await.expect("a list");
    let asked = asked.lock().expect("no panic").clone();
    assert_eq!(asked.len(), 4);
    // The request excludes both ends of its interval.
    assert!(asked[0].0 < from.timestamp() && asked[3].1 > to.timestamp());
    for (start, end) in &asked {
        assert!(end - start <= 30 * 24 * 3600, "{start} {end}");
    }
    for pair in asked.windows(2) {
        assert!(pair[1].0 < pair[0].1, "a second between {pair:?} is in neither");
    }
}

#[tokio::test]
async fn every_call_is_sent_once_whatever_the_answer() {
    for code in [-1, 45009, 40058, 41078, 60020] {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let transport = Transport::InProcess(Arc::new(move |request: Request| {
            counted.fetch_add(usize::from(request.path != "/cgi-bin/gettoken"), Ordering::Relaxed);
            let token = request.path == "/cgi-bin/gettoken";
            let body = if token { r#"{"access_token":"T"}"#.to_owned() } else { format!(r#"{{"errcode":{code}}}"#) };
            Box::pin(std::future::ready(Ok(Response::new(200, body.into_bytes()))))
        }));
        let wecom = WeCom::new(CorpId("CORP".to_owned()), Secret::new("SECRET"), transport, Clock::System);
        wecom.create(&text_post("你好"), &[]).await.expect_err("refused");
        wecom.result("JOB").await.expect_err("refused");
        assert_eq!(count.load(Ordering::Relaxed), 2, "{code}");
    }
}

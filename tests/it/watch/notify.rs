//! Notifications over a real socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use drumbeat::background::TaskReport;
use drumbeat::notifier::{self, NotifierContext};
use drumbeat::notify::{
    BadUrl, DeliveryQueue, Heartbeat, HttpSink, MARKDOWN_BYTES, Notification, RetryPolicy, Severity, markdown,
};
use drumbeat::secret::Secret;
use drumbeat::store::{RunFilter, Wait};
use drumbeat::text::{Lang, Text};
use tokio_util::sync::CancellationToken;

use super::receiver::Receiver;
use super::{InProcessService, MINUTELY, just_before, nowhere, until};

const KEY: &str = "0f1e2d3c-k3y";
const HASTE: RetryPolicy = RetryPolicy {
    batch_window: Duration::from_millis(50),
    first_retry: Duration::from_millis(50),
    longest_retry: Duration::from_millis(100),
    tries: 4,
    drain_timeout: Duration::from_secs(1),
};

fn robot(receiver: &Receiver) -> HttpSink {
    let url = format!("http://{}/cgi-bin/webhook/send?key={KEY}", receiver.address);
    HttpSink::new(Secret::new(url)).expect("a robot's address")
}

fn webhook(receiver: &Receiver) -> HttpSink {
    HttpSink::new(Secret::new(format!("http://{}/hooks/{KEY}", receiver.address))).expect("an address")
}

struct RobotHarness {
    queue: DeliveryQueue,
    dropped: Arc<AtomicU64>,
    stop: CancellationToken,
    work: tokio::task::JoinHandle<()>,
}

fn harness(sink: HttpSink) -> RobotHarness {
    let (dropped, stop) = (Arc::<AtomicU64>::default(), CancellationToken::new());
    let (queue, work) = DeliveryQueue::new(sink, HASTE, Arc::clone(&dropped));
    let work = tokio::spawn(work.run(TaskReport::unlisted(), stop.clone()));
    RobotHarness { queue, dropped, stop, work }
}

fn note(headline: &str) -> Notification {
    Notification {
        event: "failed",
        severity: Severity::Alarm,
        at: just_before(),
        headline: Text::quoted(headline),
        detail: Some(Text::quoted("因为网络")),
        owner: Some("wangwu".into()),
        campaign: Some("spring".to_owned()),
        run: None,
        lang: Lang::En,
    }
}

#[track_caller]
fn refuses(url: &str, with: BadUrl) {
    let refused = HttpSink::new(Secret::new(url)).map(|_| ());
    assert_eq!(refused, Err(with), "{url}");
}

#[test]
fn useless_addresses_are_refused_without_echo() {
    let official = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send";
    refuses(&format!("{official}?key=693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"), BadUrl::SampleKey);
    refuses(official, BadUrl::NoKey);
    refuses(&format!("{official}?key="), BadUrl::NoKey);
    refuses("http://example.com/hook", BadUrl::NotHttps);
    refuses("0f1e2d3c", BadUrl::NotAUrl);
    let sink = HttpSink::new(Secret::new(format!("{official}?key={KEY}"))).expect("good");
    assert!(!format!("{sink:?}").contains(KEY));
}

#[test]
fn robot_messages_respect_the_length_limit() {
    for length in [0, 1, 500, 1_300, 1_364, 1_365, 1_366, 2_000, 20_000] {
        let long = Notification { detail: Some(Text::quoted("春".repeat(length))), ..note("很长") };
        for count in [1, 2, 3, 50] {
            let notes = vec![long.clone(); count];
            let (text, taken) = markdown(&notes);
            assert!(text.len() <= MARKDOWN_BYTES && taken >= 1, "{length} {count}: {} bytes", text.len());
            assert_eq!(text.contains("(cut"), length > 1_340, "{length} {count}");
            assert_eq!(text.contains("more to come"), taken < count, "{length} {count}");
        }
    }
}

#[test]
fn titles_cannot_mention_people_or_add_links() {
    let (text, _) =
        markdown(&[Notification { owner: Some("all> x".into()), ..note("<@all> [去](https://evil.example)") }]);
    assert!(!text.contains("<@") && !text.contains("](") && text.contains("＜@all＞"), "{text}");
    assert!(markdown(&[note("x")]).0.ends_with("<@wangwu>"));
}

#[tokio::test]
async fn a_burst_is_one_message() {
    let receiver = Receiver::new().await;
    let harness = harness(robot(&receiver));
    for n in 0..5 {
        harness.queue.enqueue(note(&format!("第{n}条")));
    }
    let seen = receiver.wait_for(1).await;
    assert_eq!(seen[0].0, format!("POST /cgi-bin/webhook/send?key={KEY} HTTP/1.1"));
    let text = &receiver.texts()[0];
    assert!((0..5).all(|n| text.contains(&format!("第{n}条"))), "{text}");
    assert_eq!(seen[0].1["msgtype"], "markdown");
}

#[tokio::test]
async fn a_busy_robot_loses_no_messages() {
    let answers = [(502, "<html>"), (200, r#"{"errcode":-1,"errmsg":"system busy"}"#), (200, "garbage")];
    let receiver = Receiver::answering(&answers).await;
    let harness = harness(robot(&receiver));
    harness.queue.enqueue(note("要紧"));
    receiver.wait_for(4).await;
    let texts = receiver.texts();
    assert!(texts.iter().all(|text| *text == texts[0]) && texts.len() == 4);
    assert_eq!(harness.dropped.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn undeliverable_notification_is_dropped_then_next_sent() {
    let receiver = Receiver::answering(&[(500, ""), (500, ""), (500, ""), (500, "")]).await;
    let harness = harness(robot(&receiver));
    harness.queue.enqueue(note("第一"));
    until(|| std::future::ready(harness.dropped.load(Ordering::Relaxed)), |dropped| *dropped == 1).await;
    harness.queue.enqueue(note("第二"));
    receiver.wait_for(5).await;
    assert!(receiver.texts()[4].contains("第二"));
}

#[tokio::test]
async fn a_removed_robot_is_not_asked_twice() {
    let receiver = Receiver::answering(&[(200, r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#)]).await;
    let harness = harness(robot(&receiver));
    harness.queue.enqueue(note("x"));
    until(|| std::future::ready(harness.dropped.load(Ordering::Relaxed)), |dropped| *dropped == 1).await;
    assert_eq!(receiver.seen().len(), 1);
}

#[tokio::test]
async fn a_webhook_gets_json() {
    let receiver = Receiver::new().await;
    let harness = harness(webhook(&receiver));
    harness.queue.enqueue(note("春季"));
    let (_, body) = receiver.wait_for(1).await.remove(0);
    let event = &body["events"][0];
    assert_eq!((&body["version"], &event["event"], &event["weight"]), (&1.into(), &"failed".into(), &"alarm".into()));
    assert_eq!((&event["at"], &event["owner"]), (&"2026-03-02T00:59:59Z".into(), &"wangwu".into()));
}

#[tokio::test]
async fn a_stop_still_delivers_what_was_said() {
    let receiver = Receiver::new().await;
    let harness = harness(robot(&receiver));
    harness.queue.enqueue(note("最后"));
    harness.stop.cancel();
    harness.work.await.expect("no panic");
    assert!(receiver.texts()[0].contains("最后"));
}

#[tokio::test]
async fn enqueueing_never_blocks_without_a_receiver() {
    let (silent, address) = super::port().await;
    let harness = harness(HttpSink::new(Secret::new(format!("http://{address}/"))).expect("an address"));
    for n in 0..3_000 {
        harness.queue.enqueue(note(&n.to_string()));
    }
    assert!(harness.dropped.load(Ordering::Relaxed) >= 1_000, "the rest was dropped, with a line each");
    drop(silent);
}

/// A whole service that notifies a robot.
async fn expect_notifications(harness: &InProcessService, receiver: &Receiver, daily: Option<NaiveTime>) {
    told_with(harness, receiver, |context| NotifierContext { daily, ..context }).await;
}

async fn told_with(
    harness: &InProcessService,
    receiver: &Receiver,
    with: impl FnOnce(NotifierContext) -> NotifierContext,
) {
    let (queue, work) = DeliveryQueue::new(robot(receiver), HASTE, Arc::default());
    tokio::spawn(work.run(TaskReport::unlisted(), harness.stop.clone()));
    let context = &harness.context;
    let post = with(NotifierContext::of(context, queue, None));
    tokio::spawn(notifier::run(context.status.subscribe(), post, TaskReport::unlisted(), harness.stop.clone()));
}

#[tokio::test]
async fn only_refused_posts_notify_the_owner() {
    let receiver = Receiver::new().await;
    let mut harness = InProcessService::with(MINUTELY).await;
    expect_notifications(&harness, &receiver, None).await;
    let _engine = harness.run();
    let is_posted = |run: &drumbeat::run::Run| run.state.is_posted();
    let posted = || std::future::ready(harness.context.store.runs(&RunFilter::default()).wait().unwrap_or_default());
    until(posted, |runs| runs.iter().any(is_posted)).await;
    harness.sandbox.lock().expect("no panic").behaviour.refuses_with = Some(45002);
    harness.context.clock.suspend(TimeDelta::seconds(60));
    receiver.wait_for(1).await;
    let text = receiver.texts().remove(0);
    assert!(text.contains("minutely (每分钟), due Mon 2026-03-02 09:01: WeCom refused it"), "{text}");
    assert!(text.contains("45002") && text.contains("drumbeat show") && text.ends_with("<@wangwu>"), "{text}");
    assert!(!text.contains("09:00"), "{text}");
}

#[tokio::test]
async fn broken_and_fixed_files_are_notified() {
    let receiver = Receiver::new().await;
    let mut harness = InProcessService::with(MINUTELY).await;
    expect_notifications(&harness, &receiver, None).await;
    let _engine = harness.run();
    harness.edit(&MINUTELY.replace("* * * * *", "61 * * * *"));
    receiver.wait_for(1).await;
    let text = receiver.texts().remove(0);
    assert!(text.contains("campaign.toml has an error") && text.contains("61") && text.contains("<@wangwu>"), "{text}");
    harness.edit(MINUTELY);
    receiver.wait_for(2).await;
    assert!(receiver.texts()[1].contains("is valid again"));
}

#[tokio::test]
async fn alarm_and_recovery_are_both_notified() {
    let receiver = Receiver::new().await;
    let mut harness = InProcessService::with(&MINUTELY.replace("* * * * *", "0 9 * * *")).await;
    let nowhere = nowhere(&harness.context).await;
    let there = std::mem::replace(&mut harness.context.wecom, nowhere);
    expect_notifications(&harness, &receiver, None).await;
    let engine = harness.run();
    receiver.wait_for(1).await;
    assert!(
        receiver.texts()[0].contains("failed to get a token from WeCom, and a post is due soon"),
        "{:?}",
        receiver.texts()
    );
    // The delay grows with each attempt; advancing the clock keeps this test fast.
    let waits = || {
        harness.context.store.runs(&RunFilter::default()).wait().expect("the runs").first().map_or(0, |run| run.retries)
    };
    for tries in 1..=3 {
        until(async || waits(), |waits| *waits >= tries).await;
        harness.context.clock.suspend(TimeDelta::seconds(10));
    }
    receiver.wait_for(2).await;
    let text = receiver.texts().remove(1);
    assert!(text.contains("due Mon 2026-03-02 09:00: it is due and could not be sent yet"), "{text}");
    assert!(text.contains("tries again until Mon 2026-03-02 10:00 (Asia/Shanghai)"), "{text}");
    engine.abort();
    let _ = engine.await;
    harness.context.wecom = there;
    let _engine = harness.run();
    harness.context.clock.suspend(TimeDelta::minutes(1));
    receiver.wait_for(3).await;
    assert!(receiver.texts()[2].contains("it was posted in the end"), "{:?}", receiver.texts());
}

#[tokio::test]
async fn a_daily_summary_is_sent_if_enabled() {
    let receiver = Receiver::new().await;
    let mut harness = InProcessService::with(&MINUTELY.replace("* * * * *", "0 9 * * *")).await;
    expect_notifications(&harness, &receiver, NaiveTime::from_hms_opt(9, 0, 0)).await;
    let _engine = harness.run();
    receiver.wait_for(1).await;
    let posted = || harness.sandbox.lock().expect("no panic").ledger().len();
    until(async || posted(), |posted| *posted == 1).await;
    harness.context.clock.suspend(TimeDelta::days(1));
    receiver.wait_for(2).await;
    let texts = receiver.texts();
    assert!(texts[0].contains("nothing was due in the last day"), "{texts:?}");
    assert!(texts[1].contains("1 of 1 posts of the last day were made"), "{texts:?}");
}

#[tokio::test]
async fn posts_of_the_next_day_are_sent_if_enabled() {
    let receiver = Receiver::new().await;
    let mut harness = InProcessService::with(&MINUTELY.replace("* * * * *", "0 9 * * *")).await;
    let daily_plan = NaiveTime::from_hms_opt(9, 0, 0);
    told_with(&harness, &receiver, |context| NotifierContext { daily_plan, ..context }).await;
    let _engine = harness.run();
    receiver.wait_for(1).await;
    let texts = receiver.texts();
    assert!(texts[0].contains("1 post tomorrow, Tue 2026-03-03") && texts[0].contains("09:00 每分钟"), "{texts:?}");
}

#[tokio::test]
async fn fetch_failures_alert_once_and_on_recovery() {
    let mut policy = notifier::AlertPolicy::default();
    let now: DateTime<Utc> = just_before();
    let failed = drumbeat::engine::EngineEvent::BookFailed(Text::quoted("no route"));
    let events = |notes: Vec<Notification>| notes.iter().map(|note| note.event).collect::<Vec<_>>();
    assert_eq!(events(policy.on_event(&failed, now)), ["fetch_failing"]);
    assert!(policy.on_event(&failed, now).is_empty());
    assert_eq!(events(policy.on_event(&drumbeat::engine::EngineEvent::BookRecovered, now)), ["recovered"]);
    assert!(policy.on_event(&drumbeat::engine::EngineEvent::BookRecovered, now).is_empty());
}

#[tokio::test]
async fn heartbeat_is_called_while_the_service_is_ready() {
    let receiver = Receiver::new().await;
    let url = Secret::new(format!("http://{}/ping/{KEY}", receiver.address));
    let well = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let heartbeat = Heartbeat::new(&url, Duration::from_millis(20)).expect("an address");
    let (stop, is_well) = (CancellationToken::new(), Arc::clone(&well));
    let beating =
        tokio::spawn(heartbeat.run(move || is_well.load(Ordering::Relaxed), TaskReport::unlisted(), stop.clone()));
    tokio::time::timeout(Duration::from_millis(100), async {
        while receiver.seen().is_empty() {
            tokio::task::yield_now().await
        }
    })
    .await
    .expect_err("nothing while it is unwell");
    well.store(true, Ordering::Relaxed);
    let seen = receiver.wait_for(3).await;
    assert_eq!(seen[0].0, format!("GET /ping/{KEY} HTTP/1.1"));
    stop.cancel();
    beating.await.expect("no panic");
}

//! A whole service with faults, over real sockets: no secret is in any log line, error, database file, metric or
//! message.

use std::sync::Arc;
use std::time::Duration;

use drumbeat::ack_poller::AckPoller;
use drumbeat::background::TaskReport;
use drumbeat::doctor::{DoctorInput, examine};
use drumbeat::notifier::{self, NotifierContext};
use drumbeat::notify::{DeliveryQueue, Heartbeat, HttpSink, RetryPolicy};
use drumbeat::sandbox::{Company, Sandbox};
use drumbeat::secret::Secret;
use drumbeat::store::{Address, Wait};
use drumbeat::text::Text;
use drumbeat::web::{self, Limits, WebState};

use super::receiver::Receiver;
use super::{InProcessService, MINUTELY, get, port, quick, until};
use crate::support::log_capture::Log;

const CORP_SECRET: &str = "c0rp+s3cr3t/&=密";
const ROBOT_KEY: &str = "r0b0t-k3y-5f1c";
const HEART_KEY: &str = "h34rt-k3y-77aa";

/// Every encoding in which a secret could leak.
fn forms(secret: &str) -> Vec<String> {
    let percent: String = secret
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() || b == b'-' { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect();
    let mut forms = vec![secret.to_owned(), percent.to_lowercase(), percent];
    // In base64 a secret has three forms, depending on its position.
    for lead in 0..3 {
        let bytes = [&b"\0\0"[..lead], secret.as_bytes()].concat();
        let whole = base64(&bytes);
        let from = [0, 2, 3][lead];
        forms.push(whole[from..whole.len() - 4].to_owned());
    }
    forms
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |n: usize| u32::from(chunk.get(n).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for n in 0..4 {
            let sign = SIGNS[(word >> (18 - 6 * n)) as usize & 63];
            text.push(if n <= chunk.len() { char::from(sign) } else { '=' });
        }
    }
    text
}

#[track_caller]
pub(crate) fn is_clean(what: &str, bytes: &[u8], secrets: &[String]) {
    for secret in secrets {
        for form in forms(secret) {
            let found = bytes.windows(form.len()).any(|part| part == form.as_bytes());
            assert!(!found, "{what} holds {form:?}");
        }
    }
}

#[test]
fn the_forms_are_found() {
    let secrets = [CORP_SECRET.to_owned()];
    for leak in [
        format!("x{CORP_SECRET}"),
        "a=c0rp%2Bs3cr3t%2F%26%3D%E5%AF%86".to_owned(),
        base64(format!("corpsecret={CORP_SECRET}&x=1").as_bytes()),
        base64(format!("{CORP_SECRET} and more").as_bytes()),
        base64(format!("ab{CORP_SECRET} and more").as_bytes()),
    ] {
        let caught = std::panic::catch_unwind(|| is_clean("this", leak.as_bytes(), &secrets));
        assert!(caught.is_err(), "{leak}");
    }
}

#[tokio::test]
async fn a_service_with_faults_lets_no_secret_out() {
    let log = Log::default();
    let _listening = log.listen();
    let company = Company { secret: Secret::new(CORP_SECRET), ..Company::chunfeng() };
    let mut harness =
        InProcessService::calling(MINUTELY, Sandbox::with_behaviour(company, quick()), Secret::new(CORP_SECRET)).await;
    let context = harness.context.clone();

    // The robot echoes the key, then fails, then works.
    let parrot = format!(r#"{{"errcode":45033,"errmsg":"bad key {ROBOT_KEY} at /send?key={ROBOT_KEY}"}}"#);
    let robot = Receiver::answering(&[(500, &parrot), (200, &parrot)]).await;
    let address = format!("http://{}/cgi-bin/webhook/send?key={ROBOT_KEY}", robot.address);
    let haste = RetryPolicy {
        batch_window: Duration::from_millis(20),
        first_retry: Duration::from_millis(20),
        ..RetryPolicy::default()
    };
    let view = WebState::of(&context);
    let sink = HttpSink::new(Secret::new(address.clone())).expect("an address");
    let mut shown = format!("{sink:?} {context:?} {view:?}");
    let (queue, work) = DeliveryQueue::new(sink, haste, Arc::clone(&view.dropped));
    tokio::spawn(work.run(TaskReport::unlisted(), harness.stop.clone()));
    let post = NotifierContext::of(&context, queue, None);
    tokio::spawn(notifier::run(context.status.subscribe(), post, TaskReport::unlisted(), harness.stop.clone()));
    // No server listens at the heartbeat's address.
    let (closed, nowhere) = port().await;
    drop(closed);
    let heart = Secret::new(format!("http://{nowhere}/{HEART_KEY}"));
    let heartbeat = Heartbeat::new(&heart, Duration::from_millis(50)).expect("an address");
    tokio::spawn(heartbeat.run(|| true, TaskReport::unlisted(), harness.stop.clone()));
    let (listener, pages) = port().await;
    tokio::spawn(web::serve(listener, view, Limits::default(), harness.stop.clone()));

    let _engine = harness.run();
    let ledger = || std::future::ready(harness.sandbox.lock().expect("no panic").ledger().len());
    until(ledger, |posted| *posted == 1).await;
    // Tokens expire, then every call is refused, then all calls succeed.
    let mut secrets = [CORP_SECRET, ROBOT_KEY, HEART_KEY].map(str::to_owned).to_vec();
    {
        let mut sandbox = harness.sandbox.lock().expect("no panic");
        secrets.extend(sandbox.tokens().map(str::to_owned));
        sandbox.revoke_tokens();
    }
    context.clock.suspend(chrono::TimeDelta::seconds(60));
    until(ledger, |posted| *posted == 2).await;
    harness.sandbox.lock().expect("no panic").behaviour.refuses_with = Some(48002);
    context.clock.suspend(chrono::TimeDelta::seconds(60));
    robot.wait_for(2).await;
    harness.edit(&MINUTELY.replace("* * * * *", "61 * * * *"));
    robot.wait_for(3).await;
    let window = Duration::from_secs(3600);
    let poller = AckPoller {
        clock: context.clock.clone(),
        store: context.store.clone(),
        wecom: context.wecom.clone(),
        status: context.status.clone(),
        window,
    };
    poller.round().await;
    let input = DoctorInput {
        renamed_keys: Vec::new(),
        settings: Vec::new(),
        book: Err(Text::quoted("there is none")),
        clock: context.clock.clone(),
        store: Address::Sqlite(harness.dir.path().join("drumbeat.db")),
        account: Ok(context.wecom.clone()),
        notify_url: Ok(Some(Secret::new(address))),
    };
    shown.push_str(&format!("{:?}", examine(&input).await));
    for page in ["/metrics", "/healthz", "/readyz"] {
        shown.push_str(&get(pages, page).await.1);
    }
    context.store.back_up(&harness.dir.path().join("copy.db"), context.clock.now()).wait().expect("a copy");

    secrets.extend(harness.sandbox.lock().expect("no panic").tokens().map(str::to_owned));
    assert!(secrets.len() >= 5, "tokens before and after they died are looked for too");
    is_clean("what is shown", shown.as_bytes(), &secrets);
    let text = log.text();
    assert!(text.contains("heartbeat was not delivered") && text.contains("add_moment_task"), "the log was captured");
    assert!(text.contains("a notification was dropped"), "the fault was logged");
    is_clean("the log", text.as_bytes(), &secrets);
    let files = std::fs::read_dir(harness.dir.path()).expect("a directory").flatten().filter(|it| it.path().is_file());
    let mut seen = 0;
    for file in files {
        let bytes = std::fs::read(file.path()).expect("a file");
        is_clean(&file.path().display().to_string(), &bytes, &secrets);
        seen += 1;
    }
    assert!(seen >= 2, "the store and its copy were looked at");
    for (_, body) in robot.seen() {
        is_clean("a message", body.to_string().as_bytes(), &secrets);
    }
}

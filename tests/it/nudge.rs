//! Reminders of members who have not posted: when, to whom, and never a third time, whatever crashes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::engine::EngineStatus;
use drumbeat::ids::AgentId;
use drumbeat::load::ActiveBook;
use drumbeat::nudger::{NudgeConfig, Nudger};
use drumbeat::ops::{self, NudgeError, NudgeMessage, NudgePlan, Nudged};
use drumbeat::run::Scope;
use drumbeat::sandbox::{Company, SandboxConfig};
use drumbeat::settings::LangChoice;
use drumbeat::store::{NudgeOutcome, Wait};
use drumbeat::wecom::{CallFailure, Transport, TransportError, WeCom};
use tokio::sync::watch;

use crate::support::engine_harness::EngineHarness;
use crate::support::posted_moment::{PostedMoment, prompt_members};
use crate::support::sandbox_harness::instant;

const SEND: &str = "/cgi-bin/message/send";

/// No member ever confirms.
fn idle_members() -> SandboxConfig {
    SandboxConfig { never_confirm: 100, ..instant() }
}

fn hours(hours: i64) -> TimeDelta {
    TimeDelta::hours(hours)
}

/// A book without a policy.
fn book() -> Arc<ActiveBook> {
    EngineHarness::new().book()
}

fn nudger(moment: &PostedMoment, wecom: WeCom, ages: &[u64], book: &Arc<ActiveBook>) -> Nudger {
    Nudger {
        clock: moment.clock.clone(),
        store: moment.store.clone(),
        wecom,
        status: EngineStatus::default(),
        books: watch::Sender::new(Arc::clone(book)).subscribe(),
        config: NudgeConfig {
            ages: ages.iter().map(|hours| Duration::from_secs(hours * 3_600)).collect(),
            agent: Company::chunfeng().agent,
            text: None,
            lang: LangChoice::default(),
        },
    }
}

/// How many messages each member received.
fn received(moment: &PostedMoment) -> BTreeMap<String, usize> {
    let mut received = BTreeMap::new();
    moment.sandbox().messages().iter().for_each(|it| *received.entry(it.userid.clone()).or_default() += 1);
    received
}

fn each(count: usize) -> BTreeMap<String, usize> {
    ["lisi", "zhangshan"].map(|member| (member.to_owned(), count)).into()
}

fn outcomes(moment: &PostedMoment) -> Vec<(String, NudgeOutcome)> {
    let nudges = moment.store.nudges(&moment.run).wait().expect("read");
    nudges.into_iter().map(|nudge| (nudge.member, nudge.outcome)).collect()
}

async fn plan(moment: &PostedMoment) -> Result<NudgePlan, NudgeError> {
    ops::plan_nudge(&moment.store, &moment.wecom, moment.run.clone(), None, moment.clock.now()).await
}

fn message(agent: AgentId) -> NudgeMessage {
    NudgeMessage { agent, text: "请发表".to_owned() }
}

/// A person reminds them now.
async fn remind(moment: &PostedMoment, agent: AgentId) -> Result<Nudged, NudgeError> {
    let plan = plan(moment).await?;
    ops::nudge(&moment.store, &moment.wecom, &plan, &message(agent), Some("wangwu"), moment.clock.now()).await
}

#[tokio::test(start_paused = true)]
async fn reminded_at_each_age_and_never_a_third_time() {
    let (moment, book) = (PostedMoment::new(idle_members()), book());
    let nudger = nudger(&moment, moment.wecom.clone(), &[4, 24], &book);
    assert!(nudger.round().await);
    assert_eq!(received(&moment), BTreeMap::new());
    moment.pass(hours(4));
    assert!(nudger.round().await && nudger.round().await);
    assert_eq!(received(&moment), each(1));
    moment.pass(hours(20));
    assert!(nudger.round().await && nudger.round().await);
    assert_eq!(received(&moment), each(2));
    moment.pass(hours(24));
    let plan = plan(&moment).await.expect("asked");
    assert_eq!((plan.members.len(), plan.reminded_enough.len(), plan.asked), (0, 2, 2));
    assert_eq!(remind(&moment, Company::chunfeng().agent).await.expect("nothing to do"), Nudged::default());
    assert_eq!(received(&moment), each(2));
    let first = moment.sandbox().messages()[0].text.clone();
    assert!(first.contains("minutely") && first.contains("客户朋友圈"), "{first}");
}

#[tokio::test(start_paused = true)]
async fn members_who_posted_are_not_reminded() {
    let (moment, book) = (PostedMoment::new(prompt_members()), book());
    moment.pass(hours(4));
    assert!(nudger(&moment, moment.wecom.clone(), &[4], &book).round().await);
    assert_eq!((received(&moment), moment.sandbox().calls(SEND)), (BTreeMap::new(), 0));
    assert_eq!(moment.store.acks(&moment.run).wait().expect("read").1.len(), 2, "what WeCom said is kept");
}

#[tokio::test(start_paused = true)]
async fn nights_put_reminders_off_and_two_become_one() {
    let (moment, book) = (PostedMoment::new(idle_members()), book());
    let nudger = nudger(&moment, moment.wecom.clone(), &[13, 15], &book);
    // 22:01, 00:01 and 07:59 in Beijing.
    for time in [hours(13), hours(2), hours(7) + TimeDelta::minutes(58)] {
        moment.pass(time);
        assert!(nudger.round().await);
        assert_eq!(received(&moment), BTreeMap::new());
    }
    moment.pass(TimeDelta::minutes(5));
    assert!(nudger.round().await && nudger.round().await);
    moment.pass(hours(3));
    assert!(nudger.round().await);
    assert_eq!(received(&moment), each(1));
}

#[tokio::test(start_paused = true)]
async fn a_policys_quiet_hours_stand_in_place_of_the_night() {
    let engine = EngineHarness::new();
    std::fs::write(
        engine.dir.path().join("policy.toml"),
        "[calendar]\nquiet_hours = { from = 12:00:00, to = 15:00:00 }\n",
    )
    .expect("written");
    let (moment, book) = (PostedMoment::new(idle_members()), engine.book());
    let nudger = nudger(&moment, moment.wecom.clone(), &[4], &book);
    moment.pass(hours(5));
    assert!(nudger.round().await);
    assert_eq!(received(&moment), BTreeMap::new());
    moment.pass(hours(9));
    assert!(nudger.round().await);
    assert_eq!(received(&moment), each(1));
}

#[tokio::test(start_paused = true)]
async fn what_is_on_hold_or_deleted_is_not_asked_for() {
    let (moment, book) = (PostedMoment::new(idle_members()), book());
    let nudger = nudger(&moment, moment.wecom.clone(), &[4], &book);
    let scope = Scope::Campaign(moment.run.campaign.clone());
    moment.store.create_hold(&scope, "错字", "wangwu", moment.clock.now()).wait().expect("on hold");
    moment.pass(hours(4));
    assert!(nudger.round().await);
    assert!(matches!(plan(&moment).await, Err(NudgeError::OnHold { .. })));
    let lifted = drumbeat::store::Lifted { at: moment.clock.now(), by: "wangwu".to_owned(), catch_up: false };
    moment.store.lift_hold(&scope, None, lifted).wait().expect("lifted");
    let id = moment.run.moment_id.clone().expect("an id");
    moment.sandbox().delete_moment(&id);
    assert!(nudger.round().await);
    assert!(matches!(plan(&moment).await, Err(NudgeError::Wecom(error)) if error.errcode() == Some(41060)));
    assert_eq!(moment.sandbox().calls(SEND), 0);
}

#[tokio::test(start_paused = true)]
async fn a_refused_message_does_not_count() {
    let moment = PostedMoment::new(idle_members());
    let refused = remind(&moment, AgentId(1)).await;
    assert!(matches!(refused, Err(NudgeError::Wecom(error)) if error.errcode() == Some(40056)));
    assert_eq!(outcomes(&moment), []);
    let nudged = remind(&moment, Company::chunfeng().agent).await.expect("sent");
    assert_eq!((nudged.sent, received(&moment)), (2, each(1)));
    let again = plan(&moment).await.expect("asked");
    assert_eq!((again.members.len(), again.reminded_lately.len()), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn whom_wecom_does_not_take_is_said() {
    let moment = PostedMoment::new(idle_members());
    moment.sandbox().change_company(|company| company.members[0].licensed = false);
    let nudged = remind(&moment, Company::chunfeng().agent).await.expect("sent");
    assert_eq!((nudged.sent, nudged.unlicensed), (1, 1));
    moment.pass(hours(2));
    moment
        .sandbox()
        .change_company(|company| company.members.retain(|it| it.userid != "zhangshan" && it.userid != "lisi"));
    let nudged = remind(&moment, Company::chunfeng().agent).await.expect("an answer");
    assert_eq!(nudged.invalid, 2);
}

/// What happens to a message on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Arrives,
    NotSent,
    AnswerLost,
    /// The process ends before or after it arrives.
    CrashBefore,
    CrashAfter,
}

/// Days of reminders with faults and crashes; returns the most messages that a member received. `forgets`: the mutant
/// that records a reminder only after its answer.
fn most_received(seed: u64, forgets: bool) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("a.db");
        let (moment, book) = (PostedMoment::in_file(idle_members(), path.clone()), book());
        let rng = Arc::new(Mutex::new(fastrand::Rng::with_seed(seed)));
        let (sandbox, clock, dice) = (Arc::clone(&moment.sandbox), moment.clock.clone(), Arc::clone(&rng));
        let transport = Transport::InProcess(Arc::new(move |request| {
            let fates = [Fate::Arrives, Fate::NotSent, Fate::AnswerLost, Fate::CrashBefore, Fate::CrashAfter];
            let is_message = request.path == SEND;
            let fate = if is_message { fates[dice.lock().expect("whole").usize(..fates.len())] } else { Fate::Arrives };
            let now = clock.now();
            let handled = || sandbox.lock().expect("whole").handle(&request, now);
            let failure = || CallFailure::AnswerTimeout;
            match fate {
                Fate::Arrives => {
                    let response = handled();
                    Box::pin(std::future::ready(Ok(response)))
                }
                Fate::NotSent => Box::pin(std::future::ready(Err(TransportError::NotSent(failure())))),
                Fate::AnswerLost => {
                    handled();
                    Box::pin(std::future::ready(Err(TransportError::Lost(failure()))))
                }
                Fate::CrashBefore => Box::pin(std::future::pending()),
                Fate::CrashAfter => {
                    handled();
                    Box::pin(std::future::pending())
                }
            }
        }));
        let wecom = PostedMoment::client(&moment.clock, transport);
        for _ in 0..40 {
            let by_hand = rng.lock().expect("whole").u8(..10) == 0;
            let one_round = async {
                if by_hand {
                    let now = moment.clock.now();
                    let plan = ops::plan_nudge(&moment.store, &wecom, moment.run.clone(), None, now).await;
                    let plan = plan.expect("asked");
                    let agent = Company::chunfeng().agent;
                    let sent = ops::nudge(&moment.store, &wecom, &plan, &message(agent), Some("wangwu"), now).await;
                    drop(sent);
                } else {
                    nudger(&moment, wecom.clone(), &[1, 3], &book).round().await;
                }
            };
            let crashed = tokio::time::timeout(Duration::from_secs(300), one_round).await.is_err();
            if crashed && forgets {
                forget_unanswered(&path);
            }
            moment.pass(hours(1));
        }
        received(&moment).into_values().max().unwrap_or(0)
    })
}

fn forget_unanswered(path: &Path) {
    let db = rusqlite::Connection::open(path).expect("a store");
    db.execute("DELETE FROM nudges WHERE outcome IS NULL", []).expect("forgotten");
}

#[test]
fn no_crash_makes_a_third_reminder() {
    let most: Vec<usize> = (0..60).map(|seed| most_received(seed, false)).collect();
    assert!(most.iter().all(|most| *most <= 2), "{most:?}");
    assert!(most.iter().filter(|most| **most == 2).count() > 10, "{most:?} prove little");
}

#[test]
fn without_writing_before_sending_there_is_a_third() {
    assert!((0..60).any(|seed| most_received(seed, true) > 2));
}

#[test]
fn two_processes_remind_once() {
    let moment = PostedMoment::new(idle_members());
    let now: DateTime<Utc> = moment.clock.now();
    let members = ["lisi", "zhangshan"].map(str::to_owned);
    let progress = drumbeat::store::AckProgress { asked_at: now, asked: 1, next_at: Some(now), trouble: None };
    let acks = members.clone().map(|member| (member, false));
    moment.store.save_acks(&moment.run, &progress, &acks).wait().expect("saved");
    let begin = |since| moment.store.begin_nudges(&moment.run, &members, since, None, now).wait().expect("saved");
    assert_eq!(begin(now).len(), 2);
    assert_eq!(begin(now), [""; 0]);
    // Even a process with a wrong clock does not make it three.
    let later = now + hours(1);
    assert_eq!((begin(later).len(), begin(later + hours(1)).len()), (2, 0));
}

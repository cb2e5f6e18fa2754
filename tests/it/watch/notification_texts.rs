//! All notifications in both languages, as a group robot shows them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::book::Corp;
use drumbeat::call_error::CallFailure;
use drumbeat::engine::{ClockStatus, EngineEvent, StoreStatus};
use drumbeat::load::{ActiveBook, load_active};
use drumbeat::notifier::{AlertPolicy, summary};
use drumbeat::notify::{Notification, markdown};
use drumbeat::run::{Due, Reason, RejectedRecipients, Run, State, Transition};
use drumbeat::schedule::Fold;
use drumbeat::source::Source;
use drumbeat::store::Quota;
use drumbeat::text::{Lang, Text};

/// The campaign's title, which the book defines.
const TITLE: &str = "春季上新";

/// Friday, 27 November 2026, 10:15 in Shanghai.
fn due_at() -> DateTime<Utc> {
    "2026-11-27T02:15:00Z".parse().expect("an instant")
}

fn book(dir: &Path, campaign: &str) -> Arc<ActiveBook> {
    fs::write(dir.join("spring.toml"), campaign).expect("written");
    Arc::new(load_active(&Source::directory(dir).expect("a book"), &Corp::default()).expect("it loads"))
}

fn campaign() -> String {
    format!(
        "id = \"spring-launch\"\ntitle = \"{TITLE}\"\nowner = \"wangwu\"\n[content]\ntext = \"新品到店\"\n\
         [visible_range]\nsender_list = {{ user_list = [\"zhangshan\"] }}\n\
         [schedule]\ncron = \"15 10 * * FRI\"\ntimezone = \"Asia/Shanghai\"\n"
    )
}

/// Weekly runs of one campaign.
struct Runs {
    book: Arc<ActiveBook>,
    week: i64,
}

impl Runs {
    fn due(&self) -> Due {
        let at = due_at() + TimeDelta::weeks(self.week);
        Due {
            corp: drumbeat::ids::CorpId("ww1".to_owned()),
            campaign: "spring-launch".parse().expect("an id"),
            slot: drumbeat::run::Slot::Scheduled { local: at.naive_utc() + TimeDelta::hours(8), fold: Fold::First },
            due: at,
            zone: "Asia/Shanghai".to_owned(),
            deadline: at + TimeDelta::hours(1),
            commit: None,
        }
    }

    /// The next run, after some transitions.
    fn after(&mut self, transitions: impl IntoIterator<Item = Transition>) -> EngineEvent {
        EngineEvent::Run(Box::new(self.run_after(transitions)))
    }

    fn run_after(&mut self, transitions: impl IntoIterator<Item = Transition>) -> Run {
        let due = self.due();
        self.week += 1;
        let at = due.due;
        let mut run = Run::claimed(due, Arc::clone(self.book.campaigns[0].contents.first().post()), at);
        for transition in transitions {
            run.apply(transition, at).expect("a legal transition");
        }
        run
    }
}

fn sent(then: Transition) -> [Transition; 2] {
    [Transition::Send, then]
}

fn lose() -> Transition {
    Transition::LoseResponse { look_at: due_at(), reason: Reason::StoppedWhileSending }
}

fn review() -> Transition {
    Transition::RequireReview { reason: Reason::Several }
}

fn create(invalid: RejectedRecipients, reason: Option<Reason>) -> Transition {
    Transition::Create { moment_id: "momxxx".to_owned(), invalid, reason }
}

fn wait() -> Transition {
    Transition::Wait { until: due_at(), errcode: None, errmsg: None, reason: Reason::StillUploading }
}

/// The notifications of every kind of event.
fn notifications() -> Vec<Notification> {
    let dir = tempfile::TempDir::new().expect("a place for the test");
    let now = due_at() + TimeDelta::minutes(5);
    let valid = book(dir.path(), &campaign());
    let invalid = book(dir.path(), &campaign().replace("15 10", "75 10"));
    let mut runs = Runs { book: Arc::clone(&valid), week: 0 };
    let lost = runs.run_after(sent(lose()));
    let mut found = lost.clone();
    found.apply(create(RejectedRecipients::default(), Some(Reason::FoundInList)), now).expect("a legal transition");
    let waiting = vec![runs.run_after(sent(review())), runs.run_after(sent(review()))];
    let users = RejectedRecipients { users: vec!["guodong".to_owned()], ..RejectedRecipients::default() };
    let rejected = Reason::Rejected {
        users: vec!["guodong".to_owned()],
        departments: vec!["仓储物流 (6)".to_owned()],
        tags: Vec::new(),
    };
    let (errcode, errmsg) = (41_063, "invalid visible range".to_owned());
    let refused = Reason::JobRefused { errcode, errmsg: errmsg.clone() };
    let missed = Run::missed(runs.due(), Reason::too_late(due_at() - TimeDelta::hours(3), due_at()), now);
    let events = [
        EngineEvent::Book(Arc::clone(&valid)),
        EngineEvent::RunsNeedReview(waiting),
        EngineEvent::Run(Box::new(lost)),
        EngineEvent::Run(Box::new(found)),
        runs.after(sent(review())),
        runs.after([wait(), wait(), wait()]),
        runs.after([
            Transition::Send,
            Transition::Submit { jobid: "job".to_owned(), errmsg: None },
            create(users, Some(rejected)),
        ]),
        runs.after(sent(Transition::Refuse { errcode, errmsg, reason: refused })),
        runs.after([
            Transition::Send,
            Transition::Submit { jobid: "job".to_owned(), errmsg: None },
            Transition::Expire { reason: Reason::Expired },
        ]),
        runs.after([Transition::Send, lose(), Transition::ConfirmAbsent { reason: Reason::Absent }]),
        runs.after([Transition::GiveUp {
            errcode: None,
            errmsg: None,
            reason: Reason::GivenUp { last: Some(Box::new(Reason::StillUploading)) },
        }]),
        EngineEvent::Run(Box::new(missed)),
        runs.after([Transition::Hold { hold: None, reason: Reason::Removed }]),
        EngineEvent::NoMemberAsked(Box::new(runs.run_after([]))),
        EngineEvent::Book(Arc::clone(&invalid)),
        EngineEvent::Book(valid),
        EngineEvent::BookFailed(drumbeat::text::UserError::with_causes(&failed_fetch())),
        EngineEvent::BookRecovered,
        EngineEvent::PreflightFailed { campaign: None, why: no_answer() },
        EngineEvent::PreflightFailed {
            campaign: Some("spring-launch".parse().expect("an id")),
            why: Reason::MediaChanged { path: "media/spring.jpg".to_owned() }.general_text(),
        },
        EngineEvent::Clock(ClockStatus::Wrong(TimeDelta::minutes(5))),
        EngineEvent::Clock(ClockStatus::Wrong(TimeDelta::hours(-8))),
        EngineEvent::Clock(ClockStatus::Unconfirmed(CallFailure::NoConnection("Connection refused".to_owned()))),
        EngineEvent::Clock(ClockStatus::Correct),
        EngineEvent::Store(StoreStatus::Failing(Text::quoted("disk full"))),
        EngineEvent::Store(StoreStatus::Displaced(displaced())),
        EngineEvent::Store(StoreStatus::Working),
        EngineEvent::QuotaReached { waiting: 3, until: now + TimeDelta::days(4) },
    ];
    let mut policy = AlertPolicy::default();
    let mut notifications: Vec<Notification> = events.iter().flat_map(|event| policy.on_event(event, now)).collect();
    notifications.extend(policy.quota(9, Quota { per_minute: 10, per_month: 100 }, now));
    let counted = BTreeMap::from([(State::Created, 3), (State::Partial, 1), (State::Failed, 1)]);
    notifications.extend([summary(&counted, now), summary(&BTreeMap::new(), now)]);
    notifications
}

fn failed_fetch() -> drumbeat::book_watcher::RemoteError {
    drumbeat::book_watcher::RemoteError::Fetch {
        branch: "main".to_owned(),
        url: "https://git.example.com/book.git".to_owned(),
        source: drumbeat::git::GitError::TooSlow(std::time::Duration::from_secs(120)),
    }
}

fn no_answer() -> Text {
    Reason::StillUploading.general_text()
}

fn displaced() -> Text {
    let error = drumbeat::store::StoreError::Displaced { path: "/var/lib/drumbeat/drumbeat.db".into() };
    drumbeat::text::UserError::with_causes(&error)
}

/// All notifications in one language, each as a separate message.
fn page(lang: Lang) -> String {
    let shown = notifications().into_iter().map(|notification| {
        let (event, severity) = (notification.event, notification.severity.name());
        let (text, _) = markdown(&[Notification { lang, ..notification }]);
        format!("{event} ({severity})\n{text}\n")
    });
    shown.collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn is_as_kept(lang: Lang, kept: &str) {
    let shown = page(lang);
    assert!(shown == kept, "the notifications in {} are now:\n{shown}", lang.code());
}

#[test]
fn notifications_in_english() {
    is_as_kept(Lang::En, include_str!("../../cases/notifications/en.txt"));
}

#[test]
fn notifications_in_chinese() {
    is_as_kept(Lang::Zh, include_str!("../../cases/notifications/zh.txt"));
}

/// The most Latin words in a row of a line; markup, commands' options, file names and other code end a row.
fn longest_row(line: &str) -> usize {
    let is_code = |word: &str| word.contains(['/', '_', '@', '`', '<', '>', '\\', '.', '-', '=']);
    let is_word = |word: &&str| word.is_ascii() && word.chars().any(char::is_alphabetic) && !is_code(word);
    let words: Vec<&str> = line.split_whitespace().collect();
    words.split(|word| !is_word(word)).map(<[_]>::len).max().unwrap_or(0)
}

#[test]
fn notifications_in_chinese_have_no_english_sentence() {
    for line in page(Lang::Zh).lines().filter(|line| line.starts_with(['>', '<'])) {
        assert!(longest_row(line) <= 3, "{line}");
    }
}

#[test]
fn notifications_in_english_have_no_chinese() {
    for line in page(Lang::En).replace(TITLE, "").replace("仓储物流", "").lines() {
        assert!(!line.chars().any(|c| matches!(c, '\u{3000}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')), "{line}");
    }
}

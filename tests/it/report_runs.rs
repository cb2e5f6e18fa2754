//! The output of `history`, `show` and `report` for people, in both languages: the files of `tests/cases/runs`.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::call_error::{Answer, Call, CallFailure, Error};
use drumbeat::post::{Attachments, Audience, Names, Post};
use drumbeat::report::acknowledgements::{self, Entry};
use drumbeat::report::runs::{self, Origin};
use drumbeat::run::{Due, Event, Reason, RejectedRecipients, Run, Scope, Slot, Transition};
use drumbeat::schedule::Fold;
use drumbeat::store::{AckProgress, LogLine, MemberAck};
use drumbeat::text::Lang;

fn at(minutes: i64) -> DateTime<Utc> {
    "2026-03-02T01:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
}

fn due(campaign: &str) -> Due {
    let local = (at(0) + TimeDelta::hours(8)).naive_utc();
    Due {
        corp: drumbeat::ids::CorpId("ww0123456789abcdef".to_owned()),
        campaign: campaign.parse().unwrap(),
        slot: Slot::Scheduled { local, fold: Fold::First },
        due: at(0),
        zone: "Asia/Shanghai".to_owned(),
        deadline: at(60),
        commit: None,
    }
}

/// A due run with its outcome and its log.
fn run(campaign: &str, steps: Vec<Transition>) -> (Run, Vec<LogLine>) {
    let audience = Audience::Lists { users: vec!["zhangshan".to_owned()], departments: vec![2], tags: Vec::new() };
    let post = Post { text: Some("春季新品上架".to_owned()), attachments: Attachments::None, audience };
    let mut run = Run::claimed(due(campaign), Arc::new(post), at(0));
    let mut log = vec![line(run.creation_event())];
    for (minute, step) in steps.into_iter().enumerate() {
        log.push(line(run.apply(step, at(minute as i64 + 1)).unwrap()));
    }
    (run, log)
}

fn line(event: Event) -> LogLine {
    LogLine {
        at: event.at,
        from: event.from.map(str::to_owned),
        to: event.to.to_owned(),
        verb: event.verb.to_owned(),
        errcode: event.errcode,
        reason: event.reason,
    }
}

fn submit() -> [Transition; 2] {
    [Transition::Send, Transition::Submit { jobid: "job-1".to_owned(), errmsg: None }]
}

fn created() -> (Run, Vec<LogLine>) {
    let created =
        Transition::Create { moment_id: "mom1".to_owned(), invalid: RejectedRecipients::default(), reason: None };
    run("spring", submit().into_iter().chain([created]).collect())
}

fn in_doubt() -> (Run, Vec<LogLine>) {
    let lost =
        Error::Lost { call: Call::Create, why: CallFailure::ConnectionBroken("Connection reset by peer".to_owned()) };
    let lose = Transition::LoseResponse { look_at: at(2), reason: Reason::Call(lost) };
    let candidate = Reason::Candidate { moment_id: "mom2".to_owned(), is_exact: true, seconds_after: 95 };
    run("tea", vec![Transition::Send, lose, Transition::RequireReview { reason: candidate }])
}

fn all() -> Vec<Run> {
    let refused = Error::Refused {
        call: Call::Create,
        answer: Answer { errcode: 60020, errmsg: "not allow to access from your ip, from ip: 203.0.113.7".to_owned() },
    };
    let gave_up = Reason::GivenUp { last: Some(Box::new(Reason::Call(refused))) };
    let (failed, _) = run("evening", vec![Transition::GiveUp { errcode: Some(60020), errmsg: None, reason: gave_up }]);
    let invalid = Reason::InvalidFile {
        file: "opening.toml".to_owned(),
        why: "unknown key `tite`".to_owned(),
        rule: Some("unknown-key".to_owned()),
    };
    let on_hold =
        Reason::OnHold { scope: Scope::Everything, by: "lisi".to_owned(), why: "盘点".to_owned(), cause: None };
    vec![
        created().0,
        in_doubt().0,
        failed,
        Run::held(due("opening"), invalid, at(0)),
        Run::held(due("menu"), on_hold, at(0)),
        Run::missed(due("recipes"), Reason::TooLate { seconds: 5_400 }, at(90)),
    ]
}

/// The output in each language equals a file of the cases.
#[track_caller]
fn writes(name: &str, written: impl Fn(Lang) -> String) {
    for (file, lang) in [(format!("{name}.txt"), Lang::En), (format!("{name}.zh.txt"), Lang::Zh)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/runs").join(&file);
        let written = written(lang);
        assert_eq!(
            fs::read_to_string(&path).unwrap_or_default(),
            written,
            "{file} is not what was written:\n{written}"
        );
    }
}

#[test]
fn a_history() {
    writes("history", |lang| runs::history(&all(), None, lang));
}

#[test]
fn one_run_that_a_person_must_settle() {
    let (run, log) = in_doubt();
    writes("show", |lang| runs::whole(&run, &log, &Origin::default(), None, &Names::default(), lang));
}

#[test]
fn who_has_posted() {
    let member = |name: &str, posted: bool| MemberAck { member: name.to_owned(), posted_at: posted.then(|| at(30)) };
    let progress = AckProgress { asked_at: at(30), asked: 1, next_at: Some(at(60)), trouble: None };
    let entry = Entry {
        run: created().0,
        progress: Some(progress),
        members: vec![member("zhangshan", true), member("lisi", false)],
        nudges: Vec::new(),
    };
    let waiting = Entry { run: created().0, progress: None, members: Vec::new(), nudges: Vec::new() };
    let missed = Entry { run: all().pop().unwrap(), progress: None, members: Vec::new(), nudges: Vec::new() };
    let entries = [entry, waiting, missed];
    writes("report", |lang| {
        let forms = [
            acknowledgements::human(&entries, None, lang),
            acknowledgements::markdown(&entries, lang),
            acknowledgements::csv(&entries, lang),
        ];
        forms.join("\n")
    });
}

#[test]
fn codes_of_runs_never_change() {
    let [en, zh] = Lang::ALL.map(|lang| runs::json(&all(), lang).unwrap());
    let without_reasons = |text: &str| text.lines().filter(|line| !line.contains("\"reason\":")).count();
    assert_eq!(en.lines().count(), zh.lines().count());
    let same = en.lines().zip(zh.lines()).filter(|(en, zh)| en == zh).count();
    assert_eq!(same, without_reasons(&en) + 1, "only the reasons differ, and one run has none");
}

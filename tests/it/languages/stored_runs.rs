//! A store in which every reason of a run occurs.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::call_error::{
    Answer, Call, CallFailure, Error, InvalidRequest, SuiteFailure, TokenCommandFailure, codes,
};
use drumbeat::ids::Sha256;
use drumbeat::post::{Attachments, Audience, Post};
use drumbeat::run::{
    Due, HoldCause, LossKind, LostCommits, MediaProblem, Posted, Reason, RejectedRecipients, Run, Scope, Slot, State,
    Transition, UnknownBecause,
};
use drumbeat::sandbox::Company;
use drumbeat::schedule::Fold;
use drumbeat::store::{AckProgress, AckTrouble, Address, Store, Wait};

/// The first due time: long ago, so that nothing is waited for.
fn first_due() -> DateTime<Utc> {
    "2026-03-02T01:00:00Z".parse().expect("an instant")
}

/// The run of the day `n` days after the first; the campaign is one of the example book.
fn due(n: i64) -> Due {
    let at = first_due() + TimeDelta::days(n);
    Due {
        corp: Company::chunfeng().corp,
        campaign: "member-day".parse().expect("an id"),
        slot: Slot::Scheduled { local: at.naive_utc() + TimeDelta::hours(8), fold: Fold::First },
        due: at,
        zone: "Asia/Shanghai".to_owned(),
        deadline: at + TimeDelta::hours(1),
        commit: None,
    }
}

fn call_failures() -> Vec<CallFailure> {
    let words = || "Connection reset by peer (os error 104)".to_owned();
    vec![
        CallFailure::ConnectTimeout,
        CallFailure::NoConnection(words()),
        CallFailure::NotBuilt("`x`".to_owned()),
        CallFailure::AnswerTimeout,
        CallFailure::ConnectionBroken(words()),
        CallFailure::AnswerTooLarge,
        CallFailure::Status(502),
        CallFailure::Unreadable { status: 200, bytes: 12 },
        CallFailure::Incomplete,
        CallFailure::NoToken,
        CallFailure::NoMediaId,
        CallFailure::NoJobId,
        CallFailure::UnknownJobStatus(7),
        CallFailure::ListRepeats,
        CallFailure::ListEndless,
    ]
}

fn call_errors() -> Vec<Error> {
    let call = Call::Create;
    let answer = |errcode| Answer { errcode, errmsg: String::new() };
    let lost = call_failures().into_iter().map(|why| Error::Lost { call, why });
    let not_sent = [CallFailure::ConnectTimeout].map(|why| Error::NotSent { call: Call::Upload, why });
    let refused = codes().iter().map(|code| Error::Refused { call, answer: answer(code.errcode) });
    let unfit = [
        InvalidRequest::MediaCount,
        InvalidRequest::EmptyMediaId,
        InvalidRequest::NoContent,
        InvalidRequest::NoAudience,
    ];
    let unfit = unfit.map(|why| Error::Unfit { call, why });
    let token_command = [
        TokenCommandFailure::NotStarted("No such file or directory (os error 2)".to_owned()),
        TokenCommandFailure::TimedOut { seconds: 30 },
        TokenCommandFailure::Ended(Some(3)),
        TokenCommandFailure::Ended(None),
        TokenCommandFailure::Unreadable,
        TokenCommandFailure::Code(40001),
        TokenCommandFailure::Expired,
        TokenCommandFailure::SameToken,
        TokenCommandFailure::TooSoon,
    ];
    let token_command = token_command.map(|why| Error::TokenCommand { why });
    let suite = [SuiteFailure::NoTicket, SuiteFailure::NotAuthorised, SuiteFailure::Vault("a.codes".to_owned())];
    let suite = suite.map(|why| Error::Suite { why });
    let others = [
        Error::NotWecom { call, status: 200 },
        Error::NotWecom { call: Call::Token, status: 200 },
        Error::Refused { call, answer: answer(99_999) },
        Error::PartiallyParsed { call, jobid: None, answer: answer(0) },
        Error::PartiallyParsed { call: Call::Tags, jobid: None, answer: answer(0) },
    ];
    lost.chain(not_sent).chain(refused).chain(unfit).chain(token_command).chain(suite).chain(others).collect()
}

fn reasons() -> Vec<Reason> {
    let text = |words: &str| words.to_owned();
    let run = || "member-day@2026-03-02T09:00".parse().expect("a run's name");
    let hold = |scope, cause: Option<HoldCause>| Reason::OnHold {
        scope,
        by: text("lisi"),
        why: if cause.is_some() { text("this store is a copy") } else { text("盘点") },
        cause: cause.map(Box::new),
    };
    let lost = |why, in_doubt| HoldCause::LostCommits(LostCommits { why, doubtful: Vec::new(), in_doubt });
    let (errcode, errmsg) = (40058, || text(""));
    let media = |problem| Reason::MediaUnreadable { path: text("media/member-day.jpg"), problem };
    let settled = |from, exists| Reason::Settled { by: text("lisi"), from, exists, why: Some(text("对过")) };
    let plain = [
        Reason::Edited,
        Reason::Removed,
        Reason::TimeRemoved,
        Reason::OtherVersion,
        Reason::NotInBook,
        Reason::PastWhenFirstSeen,
        Reason::NewerDue,
        Reason::TooLate { seconds: 90_061 },
        Reason::GivenUp { last: None },
        Reason::GivenUp { last: Some(Box::new(Reason::StillUploading)) },
        hold(Scope::Everything, None),
        hold(Scope::Campaign("member-day".parse().expect("an id")), None),
        hold(Scope::Corp(Company::chunfeng().corp), None),
        hold(Scope::Everything, Some(HoldCause::Copy { taken: first_due() })),
        hold(Scope::Everything, Some(lost(LossKind::Behind { store: 3, witness: 5 }, 2))),
        hold(Scope::Everything, Some(lost(LossKind::AnotherStore, 1))),
        hold(Scope::Everything, Some(lost(LossKind::AnotherStore, 0))),
        hold(Scope::Everything, Some(lost(LossKind::NoWitness, 0))),
        Reason::InvalidFile {
            file: text("member-day.toml"),
            why: text("unknown key"),
            rule: Some(text("unknown-key")),
        },
        Reason::WithdrawnBy { by: text("lisi") },
        Reason::PostStopped,
        Reason::PostedByHand { by: text("lisi") },
        Reason::NewerVersion { before: Sha256::of(b"a"), now: Sha256::of(b"b") },
        Reason::LatenessChanged,
        Reason::CaughtUp,
        Reason::WaitingForQuota { per_minute: 10 },
        Reason::StillUploading,
        Reason::MediaChanged { path: text("media/member-day.jpg") },
        media(MediaProblem::Missing),
        media(MediaProblem::OutsideBook),
        media(MediaProblem::NotAFile),
        media(MediaProblem::IsAnId),
        Reason::NoWitness { why: text("Permission denied (os error 13)") },
        Reason::DamagedPost { campaign: "member-day".parse().expect("an id") },
        Reason::PartiallyParsed,
        Reason::Rejected { users: vec![text("lisi")], departments: vec![text("6")], tags: vec![text("etA")] },
        Reason::JobRefused { errcode, errmsg: errmsg() },
        Reason::JobUnclear { errcode, errmsg: errmsg() },
        Reason::CodeBesideId { errcode, errmsg: errmsg(), moment_id: text("mom1") },
        Reason::OwnedByOther { moment_id: text("mom1"), run: run() },
        Reason::JobOfOther { jobid: text("job1"), run: run() },
        Reason::NoMomentId,
        Reason::UnknownJob,
        Reason::NoJobId,
        Reason::Expired,
        Reason::StoppedWhileSending,
        Reason::Forgotten,
        Reason::NotListedYet,
        Reason::TwinOpen,
        Reason::ListUnreadable(Error::Lost { call: Call::Moments, why: CallFailure::ListEndless }),
        Reason::LookedInVain(Error::Lost { call: Call::Moments, why: CallFailure::Status(502) }),
        Reason::FoundInList,
        Reason::InListAlready,
        Reason::Several,
        Reason::FormerVersion { moment_id: text("mom1"), seconds_after: -5 },
        Reason::SentUnknown,
        Reason::Candidate { moment_id: text("mom1"), is_exact: true, seconds_after: 95 },
        Reason::Candidate { moment_id: text("mom1"), is_exact: false, seconds_after: -95 },
        Reason::TakenAndNotListed,
        Reason::Absent,
        Reason::SentAgain,
        Reason::AbsentAgain,
        settled(State::InDoubt, true),
        settled(State::InDoubt, false),
        settled(State::Failed, true),
        settled(State::Created, false),
        Reason::Cancelled { by: text("lisi"), posted: Posted::Counted { posted: 1, members: 3 } },
        Reason::Cancelled {
            by: text("lisi"),
            posted: Posted::Unknown {
                why: UnknownBecause::Call(Error::Lost { call: Call::Task, why: CallFailure::AnswerTimeout }),
            },
        },
    ];
    plain.into_iter().chain(call_errors().into_iter().map(Reason::Call)).collect()
}

/// Runs in the states that no reason of [`reasons`] leads to; the first waits for a person.
fn posted(n: i64) -> Vec<Run> {
    let post = Post {
        text: Some("周三会员日到啦。".to_owned()),
        attachments: Attachments::None,
        audience: Audience::Lists { users: vec!["zhangshan".to_owned()], departments: vec![2], tags: Vec::new() },
    };
    let submit = || vec![Transition::Send, Transition::Submit { jobid: "job1".to_owned(), errmsg: None }];
    let create = |moment_id: &str, invalid| {
        [submit(), vec![Transition::Create { moment_id: moment_id.to_owned(), invalid, reason: None }]].concat()
    };
    let lost = Reason::Call(Error::Lost { call: Call::Create, why: CallFailure::AnswerTimeout });
    let lose = Transition::LoseResponse { look_at: first_due(), reason: lost };
    let rejected = RejectedRecipients { users: vec!["guodong".to_owned()], ..RejectedRecipients::default() };
    let lives = [
        vec![Transition::Send, lose, Transition::RequireReview { reason: Reason::Several }],
        create("mom2", RejectedRecipients::default()),
        create("mom3", rejected),
        submit(),
        Vec::new(),
    ];
    let run = |(at, steps): (usize, Vec<Transition>)| {
        let due = due(n + i64::try_from(at).expect("few"));
        let now = due.due;
        let mut run = Run::claimed(due, Arc::new(post.clone()), now);
        for step in steps {
            run.apply(step, now).expect("a legal transition");
        }
        run
    };
    lives.into_iter().enumerate().map(run).collect()
}

/// The words of people in the store.
pub(super) const STORED_WORDS: &str = "盘点、对过";

/// The run that waits for a person.
pub(super) const IN_DOUBT: &str = "member-day@2026-02-23T09:00";

/// Writes the store.
pub(super) fn write(path: &Path) {
    let store = Store::open(&Address::Sqlite(path.to_owned())).expect("the store opens");
    let held = |(n, reason)| {
        let due = due(i64::try_from(n).expect("few"));
        let now = due.due;
        Run::held(due, reason, now)
    };
    let held: Vec<Run> = reasons().into_iter().enumerate().map(held).collect();
    let posted = posted(-7);
    assert_eq!(posted[0].id().as_str(), IN_DOUBT);
    store.record(&[posted.clone(), held].concat()).wait().expect("recorded");
    let progress = |trouble| AckProgress { asked_at: first_due(), asked: 1, next_at: None, trouble: Some(trouble) };
    store.save_acks(&posted[1], &progress(AckTrouble::NoMemberAsked), &[]).wait().expect("saved");
    let call = Error::Refused { call: Call::Task, answer: Answer { errcode: 60020, errmsg: String::new() } };
    store.save_acks(&posted[2], &progress(AckTrouble::Call(call)), &[]).wait().expect("saved");
}

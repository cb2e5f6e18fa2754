//! A person states the outcome of a run, or corrects the recorded one.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::post::in_zone;
use crate::clock::delta;
use crate::invocation::command;
use crate::run::{Event, IllegalTransition, Reason, Run, RunId, State, Transition};
use crate::store::{ServiceLock, Store, StoreError};
use crate::text::{Text, UserError};

/// The outcome of a run, as a person states it.
#[derive(Clone, Copy, Debug)]
pub struct Settlement<'a> {
    /// The moment of the run; `None`: the post does not exist.
    pub moment_id: Option<&'a str>,
    /// Why the recorded outcome is wrong.
    pub reason: Option<&'a str>,
    pub by: &'a str,
    pub now: DateTime<Utc>,
    /// How long a moment may still appear at WeCom after its request.
    pub settle_window: Duration,
}

/// Why a run was not settled, with the run.
#[derive(Debug, thiserror::Error)]
pub struct SettleError {
    /// The run as it was when it was refused.
    pub run: Box<Run>,
    pub why: NotSettled,
}

/// Why a run was not settled.
#[derive(Debug)]
pub enum NotSettled {
    BadMomentId(String),
    /// The run is recorded as this moment already.
    SameMoment,
    OwnedByAnother {
        moment_id: String,
        owner: RunId,
    },
    /// Nothing was sent; it can be withdrawn.
    NotSent,
    /// The run is already recorded as one without a post.
    AbsentAlready,
    /// Until this instant the moment may still appear.
    TooEarly(DateTime<Utc>),
    NamedByWecom,
    /// A correction needs a reason.
    NeedsReason,
    /// The process that sends it is still running.
    BeingSent,
    ChangedMeanwhile,
    Illegal(IllegalTransition),
    Store(StoreError),
}

impl From<StoreError> for NotSettled {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<IllegalTransition> for NotSettled {
    fn from(error: IllegalTransition) -> Self {
        Self::Illegal(error)
    }
}

/// Records a run in `sending` whose process died as in doubt. The returned lock keeps services away from the store;
/// other states need none.
///
/// # Errors
/// A running service has the lock: only that service knows whether the request is under way.
pub async fn release_from_sending(
    store: &Store,
    run: &mut Run,
    now: DateTime<Utc>,
) -> Result<Option<ServiceLock>, SettleError> {
    release(store, run, now).await.map_err(|why| SettleError { run: Box::new(run.clone()), why })
}

async fn release(store: &Store, run: &mut Run, now: DateTime<Utc>) -> Result<Option<ServiceLock>, NotSettled> {
    if run.state != State::Sending {
        return Ok(None);
    }
    let lock = store.acquire_service_lock(now).await.map_err(|error| match error {
        error if error.is_in_use() => NotSettled::BeingSent,
        error => error.into(),
    })?;
    let event = run.apply(Transition::LoseResponse { look_at: now, reason: Reason::StoppedWhileSending }, now)?;
    save(store, run, &event).await?;
    Ok(Some(lock))
}

/// Records the outcome that a person states. Sends nothing.
///
/// # Errors
/// The statement contradicts a proven outcome, or a person cannot settle the run now.
pub async fn settle(store: &Store, run: &mut Run, statement: &Settlement<'_>) -> Result<(), SettleError> {
    record(store, run, statement).await.map_err(|why| SettleError { run: Box::new(run.clone()), why })
}

async fn record(store: &Store, run: &mut Run, statement: &Settlement<'_>) -> Result<(), NotSettled> {
    accept(store, run, statement).await?;
    let moment_id = statement.moment_id.map(str::to_owned);
    let event = run.apply(Transition::Settle { moment_id, reason: statement.for_log(run) }, statement.now)?;
    save(store, run, &event).await
}

async fn save(store: &Store, run: &Run, event: &Event) -> Result<(), NotSettled> {
    store.save_manual_transition((run, event)).await.map_err(|error| match error {
        StoreError::VersionConflict { .. } => NotSettled::ChangedMeanwhile,
        error => error.into(),
    })
}

async fn accept(store: &Store, run: &Run, statement: &Settlement<'_>) -> Result<(), NotSettled> {
    match statement.moment_id {
        Some(moment_id) => accept_moment(store, run, moment_id).await?,
        None => accept_absence(store, run, statement).await?,
    }
    if statement.reason.is_none() && !is_open_question(run.state) {
        return Err(NotSettled::NeedsReason);
    }
    Ok(())
}

async fn accept_moment(store: &Store, run: &Run, moment_id: &str) -> Result<(), NotSettled> {
    if moment_id.is_empty() || moment_id.contains(char::is_whitespace) {
        return Err(NotSettled::BadMomentId(moment_id.to_owned()));
    }
    if run.state.is_posted() {
        if run.moment_id.as_deref() == Some(moment_id) {
            return Err(NotSettled::SameMoment);
        }
        if is_named_by_wecom(store, run).await? {
            return Err(NotSettled::NamedByWecom);
        }
    }
    if let Some(owner) = store.owner_of_moment(&run.corp, moment_id).await? {
        return Err(NotSettled::OwnedByAnother { moment_id: moment_id.to_owned(), owner });
    }
    Ok(())
}

async fn accept_absence(store: &Store, run: &Run, statement: &Settlement<'_>) -> Result<(), NotSettled> {
    match run.state {
        State::Claimed => Err(NotSettled::NotSent),
        State::Held | State::Missed | State::Failed | State::Absent => Err(NotSettled::AbsentAlready),
        State::Submitted | State::InDoubt if !run.needs_review => {
            let sent_at = run.sent_at.unwrap_or(run.updated_at);
            let until = sent_at + delta(statement.settle_window);
            if statement.now < until { Err(NotSettled::TooEarly(until)) } else { Ok(()) }
        }
        State::Created | State::Partial if is_named_by_wecom(store, run).await? => Err(NotSettled::NamedByWecom),
        _ => Ok(()),
    }
}

/// Whether a text has the form of WeCom's moment ids, as its pages show them; that all have it is unverified.
pub fn looks_like_moment_id(text: &str) -> bool {
    text.starts_with("mom")
}

/// Whether the outcome of a run is unknown, so that no recorded outcome is contradicted.
fn is_open_question(state: State) -> bool {
    matches!(state, State::Submitted | State::InDoubt)
}

/// Whether the moment of a posted run comes from the result of WeCom's job, not from a search or a person.
async fn is_named_by_wecom(store: &Store, run: &Run) -> Result<bool, StoreError> {
    let log = store.log(run).await?;
    let last = log.iter().rev().find(|line| line.verb == "create" || line.verb == "settle");
    Ok(last.is_none_or(|line| line.verb == "create" && line.from.as_deref() == Some(State::Submitted.name())))
}

impl Settlement<'_> {
    /// The reason for the run's log.
    fn for_log(&self, run: &Run) -> Reason {
        Reason::Settled {
            by: self.by.to_owned(),
            from: run.state,
            exists: self.moment_id.is_some(),
            why: self.reason.map(str::to_owned),
        }
    }
}

impl UserError for SettleError {
    fn text(&self) -> Text {
        let (run, id, state) = (&self.run, self.run.id(), self.run.state.text());
        match &self.why {
            NotSettled::BadMomentId(written) => text!(
                en: "`{written}` is not a moment id: copy the id alone, as `show` or WeCom's list writes it",
                zh: "`{written}` 不是朋友圈 ID：请只复制 ID 本身，写法与 `show` 或企业微信列表里的一样"
            ),
            NotSettled::SameMoment => {
                let moment_id = run.moment_id.as_deref().unwrap_or_default();
                text!(
                    en: "{id} is recorded as the moment {moment_id} already: there is nothing to settle",
                    zh: "{id} 已经记为朋友圈 {moment_id}：没有需要核定的"
                )
            }
            NotSettled::OwnedByAnother { moment_id, owner } => text!(
                en: "{owner} owns {moment_id} already, and a moment belongs to one run: look at it with `{show}`, and \
                     if that run is the wrong one, settle it first",
                zh: "{moment_id} 已经属于 {owner}，而一条朋友圈只属于一条发表记录：请用 `{show}` 查看，\
                     如果是那一条记错了，请先核定那一条", show = command(format_args!("show {owner}"))),
            NotSettled::NotSent => text!(
                en: "nothing of {id} was sent: `{cancel}` withdraws it",
                zh: "{id} 还没有提交：用 `{cancel}` 可以取消", cancel = command(format_args!("cancel {id}"))),
            NotSettled::AbsentAlready if run.state == State::Absent => text!(
                en: "{id} is absent already: there is nothing to settle",
                zh: "{id} 已经记为“未创建”：没有需要核定的"
            ),
            NotSettled::AbsentAlready => text!(
                en: "{id} is {state}: it was not sent, so it is already recorded that no post exists",
                zh: "{id} 的状态是“{state}”：它没有提交过，已经记为不存在",
                state = state
            ),
            NotSettled::TooEarly(until) => text!(
                en: "Drumbeat still searches for the post of {id}; WeCom may show it until {until}. If the post is missing after that \
                     time, run the same command again; meanwhile `{run}` continues the search",
                zh: "{id} 还在查找中，{until}之前企业微信都可能显示它：如果到时还没有，请再运行一次同样的命令；\
                     在此期间 `{run}` 会继续查找",
                until = in_zone(&run.zone, *until), run = command("run")),
            NotSettled::NamedByWecom => {
                let moment_id = run.moment_id.as_deref().unwrap_or_default();
                text!(
                    en: "WeCom itself named {moment_id} as the moment of {id}, so it exists: `{cancel}` stops it for \
                         members who have not posted it yet",
                    zh: "企业微信已经确认 {id} 就是朋友圈 {moment_id}，所以它存在：用 `{cancel}` 可以让还没发表的成员\
                         不再发表", cancel = command(format_args!("cancel {id}")))
            }
            NotSettled::NeedsReason => text!(
                en: "{id} is {state}: to correct that, say why with --reason TEXT, for the history",
                zh: "{id} 的状态是“{state}”：要更正，请用 --reason 写明原因，发表记录里会留下",
                state = state
            ),
            NotSettled::BeingSent => text!(
                en: "{id} is being sent: check it again in a minute with `{show}`",
                zh: "{id} 正在提交：请过一分钟用 `{show}` 再看", show = command(format_args!("show {id}"))),
            NotSettled::ChangedMeanwhile => text!(
                en: "the service has just changed {id}: check it again with `{show}`",
                zh: "服务刚刚改动了 {id}：请用 `{show}` 再看", show = command(format_args!("show {id}"))),
            NotSettled::Illegal(_) => text!(
                en: "{id} is {state}: it cannot be settled this way",
                zh: "{id} 的状态是“{state}”：不能这样核定",
                state = state
            ),
            NotSettled::Store(error) => error.with_causes(),
        }
    }
}

display_in_english!(SettleError);

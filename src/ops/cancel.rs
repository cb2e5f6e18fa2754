//! Withdraws a run that was not sent, or stops a post for the members who have not posted it yet.

use chrono::{DateTime, Utc};

use super::manual_transition::{TransitionResult, apply, withdraw};
use super::post::open_run_status;
use crate::run::{Posted, Reason, Run, RunId, State, Transition, UnknownBecause};
use crate::store::{Store, StoreError};
use crate::text::{Text, UserError};
use crate::wecom::{Error, WeCom};

/// How a run is cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancellation {
    /// Nothing was sent: [`withdraw_by`].
    Withdraw,
    /// It was posted: [`stop_at_wecom`].
    StopAtWecom { moment_id: String },
}

/// Why a run was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    PostedMeanwhile(RunId),
    /// The run has ended without a post.
    NothingToCancel(Box<Run>),
    /// Its request was sent, and WeCom is not known to have a post of it.
    RequestSent(Box<Run>),
    /// WeCom has stopped it, but its log could not be saved.
    NotRecorded {
        run: Box<Run>,
        posted: Posted,
    },
    OtherCorp {
        run: RunId,
        of: String,
        settings: String,
    },
    Wecom(Error),
    Store(StoreError),
}

/// How a run can be cancelled in its present state.
///
/// # Errors
/// There is nothing to cancel, or the request is under way.
pub fn cancellation(run: &Run) -> Result<Cancellation, CancelError> {
    match (run.state, &run.moment_id) {
        (State::Claimed, _) => Ok(Cancellation::Withdraw),
        (state, Some(moment_id)) if state.is_posted() => Ok(Cancellation::StopAtWecom { moment_id: moment_id.clone() }),
        _ => Err(refused(run)),
    }
}

/// Withdraws a run that was not sent; returns the saved run.
///
/// # Errors
/// Its request was sent in the meantime.
pub async fn withdraw_by(store: &Store, run: Run, by: &str, now: DateTime<Utc>) -> Result<Run, CancelError> {
    match withdraw(store, run, Reason::WithdrawnBy { by: by.to_owned() }, now).await.map_err(CancelError::Store)? {
        TransitionResult::Done(run) => Ok(run),
        TransitionResult::TooLate(run) if run.state.is_posted() => Err(CancelError::PostedMeanwhile(run.id())),
        TransitionResult::TooLate(run) => Err(refused(&run)),
    }
}

/// Stops a post at WeCom for the members who have not posted it yet; returns how many had.
///
/// # Errors
/// WeCom refuses, or the run belongs to another corp than the client.
pub async fn stop_at_wecom(
    store: &Store,
    wecom: &WeCom,
    run: Run,
    moment_id: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(Run, Posted), CancelError> {
    wecom.cancel(moment_id).await.map_err(CancelError::Wecom)?;
    // Counted after the cancellation, when no further member can post.
    let posted = match wecom.task(moment_id).await {
        Ok(members) => {
            let posted = members.iter().filter(|member| member.posted).count();
            Posted::Counted { posted, members: members.len() }
        }
        Err(error) => Posted::Unknown { why: UnknownBecause::Call(error) },
    };
    let step = Transition::Cancel { reason: Reason::Cancelled { by: by.to_owned(), posted: posted.clone() } };
    match apply(store, run, &step, now).await.map_err(CancelError::Store)? {
        TransitionResult::Done(run) => Ok((run, posted)),
        TransitionResult::TooLate(run) => Err(CancelError::NotRecorded { run: Box::new(run), posted }),
    }
}

/// Checks that a run belongs to the client's corp.
///
/// # Errors
/// It belongs to another corp.
pub fn check_corp(run: &Run, wecom: &WeCom) -> Result<(), CancelError> {
    if run.corp == *wecom.corp() {
        return Ok(());
    }
    Err(CancelError::OtherCorp { run: run.id(), of: run.corp.to_string(), settings: wecom.corp().to_string() })
}

fn refused(run: &Run) -> CancelError {
    let run = Box::new(run.clone());
    if run.state.is_over() { CancelError::NothingToCancel(run) } else { CancelError::RequestSent(run) }
}

impl UserError for CancelError {
    fn text(&self) -> Text {
        match self {
            Self::PostedMeanwhile(run) => text!(
                en: "{run} was posted in the meantime: run the same command again to stop it for the members who have not posted it yet",
                zh: "{run} 刚刚已经发表：请再运行一次同样的命令，停止还没发表的成员继续发表"
            ),
            Self::NothingToCancel(run) => {
                let id = run.id();
                text!(
                    en: "{id} is {state}: WeCom has no post of it to cancel, and nothing of it will be sent",
                    zh: "{id} 的状态是“{state}”：企业微信里没有可以停止的内容，以后也不会再发",
                    state = run.state.text()
                )
            }
            Self::RequestSent(run) => text!(
                en: "it cannot be withdrawn, because its request was sent: {known}",
                zh: "请求已经提交，撤不回来了：{known}",
                known = open_run_status(run)
            ),
            Self::NotRecorded { run, posted } => {
                let id = run.id();
                text!(
                    en: "WeCom has stopped {id}, but the run is {state} by now, and its log does not say that it was cancelled: \
                         {posted}",
                    zh: "企业微信已经停止 {id}，但这条记录现在的状态是“{state}”，没能记下“已停止”：{posted}",
                    state = run.state.text(), posted = posted.text()
                )
            }
            Self::OtherCorp { run, of, settings } => text!(
                en: "{run} belongs to the corp {of}, and the settings are for {settings}: set DRUMBEAT_CORP_ID to {of}",
                zh: "{run} 属于企业 {of}，而当前设置的企业是 {settings}：请把 DRUMBEAT_CORP_ID 设为 {of}"
            ),
            Self::Wecom(error) => text!(
                en: "WeCom did not stop it: {error}",
                zh: "企业微信没有停止发表：{error}"
            ),
            Self::Store(error) => error.with_causes(),
        }
    }
}

display_in_english!(CancelError);

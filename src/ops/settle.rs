//! A person says what became of a run, or corrects what is recorded of it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::run::{Event, IllegalTransition, Reason, Run, RunId, State, Transition};
use crate::store::{ServiceLock, Store, StoreError};

/// What a person says of a run.
#[derive(Clone, Copy, Debug)]
pub struct Settlement<'a> {
    /// The moment that the run became; without one, the post does not exist.
    pub moment_id: Option<&'a str>,
    /// Why what is recorded is wrong.
    pub reason: Option<&'a str>,
    pub by: &'a str,
    pub now: DateTime<Utc>,
    /// How long WeCom may still show a moment after its request.
    pub settle_window: Duration,
}

/// Why a run is not settled so. The texts for people stand where they are shown.
#[derive(Debug, thiserror::Error)]
pub enum NotSettled {
    #[error("`{0}` is not a moment id")]
    BadMomentId(String),
    #[error("the run is recorded as this moment already")]
    SameMoment,
    #[error("the run {owner} owns the moment `{moment_id}`")]
    OwnedByAnother { moment_id: String, owner: RunId },
    #[error("nothing of the run was sent; it can be withdrawn")]
    NotSent,
    #[error("it is recorded already that the post does not exist")]
    AbsentAlready,
    /// Until this instant the moment may still appear.
    #[error("WeCom may show the moment until {0}")]
    TooEarly(DateTime<Utc>),
    #[error("WeCom named the moment of the run")]
    NamedByWecom,
    #[error("a correction needs a reason")]
    NeedsReason,
    /// The process that sends it lives.
    #[error("the run is being sent")]
    BeingSent,
    #[error("the run was changed meanwhile")]
    ChangedMeanwhile,
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes a run whose process died while it was sent into doubt. The lock that it returns keeps every service away from
/// the store; other states need none.
///
/// # Errors
/// When a service that is running has the lock: only it knows whether the request is still under way.
pub async fn release_from_sending(
    store: &Store,
    run: &mut Run,
    now: DateTime<Utc>,
) -> Result<Option<ServiceLock>, NotSettled> {
    if run.state != State::Sending {
        return Ok(None);
    }
    let lock = store.acquire_service_lock(now).await.map_err(|error| match error {
        StoreError::InUse { .. } => NotSettled::BeingSent,
        error => error.into(),
    })?;
    let event = run.apply(Transition::LoseResponse { look_at: now, reason: Reason::StoppedWhileSending }, now)?;
    save(store, run, &event).await?;
    Ok(Some(lock))
}

/// Records what a person says of a run. Nothing is sent.
///
/// # Errors
/// When the statement contradicts what is proven, or the run is not for a person to settle now.
pub async fn settle(store: &Store, run: &mut Run, statement: &Settlement<'_>) -> Result<(), NotSettled> {
    accept(store, run, statement).await?;
    let moment_id = statement.moment_id.map(str::to_owned);
    let event = run.apply(Transition::Settle { moment_id, reason: statement.for_log(run) }, statement.now)?;
    save(store, run, &event).await
}

async fn save(store: &Store, run: &Run, event: &Event) -> Result<(), NotSettled> {
    store.save((run, event)).await.map_err(|error| match error {
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
    if let Some(owner) = store.owner_of(&run.corp, moment_id).await? {
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
            let until = sent_at + TimeDelta::from_std(statement.settle_window).unwrap_or(TimeDelta::MAX);
            if statement.now < until { Err(NotSettled::TooEarly(until)) } else { Ok(()) }
        }
        State::Created | State::Partial if is_named_by_wecom(store, run).await? => Err(NotSettled::NamedByWecom),
        _ => Ok(()),
    }
}

/// Whether a run waits to be told what became of its request: nothing that is recorded is contradicted.
fn is_open_question(state: State) -> bool {
    matches!(state, State::Submitted | State::InDoubt)
}

/// Whether a posted run owes its moment to the result of WeCom's job, and not to looking or to a person.
async fn is_named_by_wecom(store: &Store, run: &Run) -> Result<bool, StoreError> {
    let log = store.log(run).await?;
    let last = log.iter().rev().find(|line| line.verb == "create" || line.verb == "settle");
    Ok(last.is_none_or(|line| line.verb == "create" && line.from.as_deref() == Some(State::Submitted.name())))
}

impl Settlement<'_> {
    /// As the run's log keeps it.
    fn for_log(&self, run: &Run) -> Reason {
        Reason::Settled {
            by: self.by.to_owned(),
            from: run.state,
            exists: self.moment_id.is_some(),
            why: self.reason.map(str::to_owned),
        }
    }
}

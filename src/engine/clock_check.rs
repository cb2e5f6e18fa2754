//! Checks a doubtful wall clock against WeCom's time.
//!
//! While the clock is in doubt nothing is recorded as due or missed, and nothing is sent. Polls and searches continue.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::{ClockStatus, Engine, StopCondition};
use crate::call_error::CallFailure;
use crate::clock::{CLOCK_STEP, MAX_CLOCK_ERROR};
use crate::duration;
use crate::store::StoreError;

/// A clock before the release of this program is wrong.
const EARLIEST_TIME: &str = "2026-01-01T00:00:00Z";
/// If the start is further than this from the last recorded instant, the clock is checked. A wrong time zone makes at
/// least one hour.
const MAX_TRUSTED_GAP: TimeDelta = TimeDelta::hours(1);
/// Time between two requests while WeCom does not answer.
pub(super) const CHECK_INTERVAL: Duration = Duration::from_secs(10);
/// Time between two requests while WeCom's answers show that the clock is wrong.
const RECHECK_INTERVAL: Duration = Duration::from_secs(60);
/// After this time a clock step is accepted if WeCom's answers contain no time.
const GLITCH_LIMIT: Duration = Duration::from_secs(60);

/// An answer that took longer is not used: the machine may have slept in between.
const MAX_ANSWER_AGE: TimeDelta = TimeDelta::seconds(60);

/// WeCom's answer to the time request, with the monotonic time of the request.
pub(super) type ServerTime = (TimeDelta, Result<Option<DateTime<Utc>>, CallFailure>);

/// The state of the clock check.
#[derive(Debug)]
pub(super) struct ClockCheck {
    /// The store may contain times later than now (`may_be_ahead`).
    pub(super) may_be_ahead: bool,
    doubted_since: Option<Instant>,
    next_check: Option<Instant>,
    /// The offset that was logged last: each offset is logged once.
    last_logged: Option<TimeDelta>,
}

impl Default for ClockCheck {
    fn default() -> Self {
        Self { may_be_ahead: true, doubted_since: None, next_check: None, last_logged: None }
    }
}

impl Engine {
    /// Distrusts the clock if the start is far from the last recorded instant.
    pub(super) fn check_clock_after_long_gap(&self, now: DateTime<Utc>, through: Option<DateTime<Utc>>) {
        let earliest: DateTime<Utc> = EARLIEST_TIME.parse().expect("a constant");
        let gap = through.map(|through| now - through);
        let is_far = gap.is_some_and(|gap| gap < -CLOCK_STEP || gap > MAX_TRUSTED_GAP);
        if matches!(self.until, StopCondition::RunFinished(_)) || !(is_far || now < earliest) {
            return;
        }
        let gap = gap.map_or_else(|| "unknown".to_owned(), in_words);
        tracing::warn!(
            since_last_record = gap, now = %now,
            "the clock is far from the last recorded instant; checking it against WeCom's time before anything is posted"
        );
        self.context.clock.distrust();
    }

    /// Whether the clock can be trusted. Requests WeCom's time if the clock is in doubt.
    pub(super) fn clock_is_trusted(&mut self) -> bool {
        if let Some(ahead) = self.context.wecom.take_clock_ahead().filter(|ahead| ahead.abs() > MAX_CLOCK_ERROR)
            && self.context.clock.doubt().is_none()
        {
            // Every answer contains the time, so a clock that was wrong from the start is noticed too.
            tracing::warn!(ahead = in_words(ahead), "this machine's clock differs from WeCom's time; checking");
            self.context.clock.distrust();
        }
        let Some(doubt) = self.context.clock.doubt() else {
            if self.clock_check.doubted_since.take().is_some() {
                tracing::info!("the clock is correct again");
                self.context.status.clock(ClockStatus::Correct);
            }
            self.clock_check.next_check = None;
            self.clock_check.last_logged = None;
            return true;
        };
        let monotonic = self.context.clock.monotonic();
        if self.clock_check.doubted_since.is_none() {
            self.clock_check.doubted_since = Some(monotonic);
            if !doubt.ahead.is_zero() {
                tracing::warn!(
                    by = in_words(doubt.ahead),
                    "the clock was set, and the monotonic clock does not confirm it; checking it against WeCom's time"
                );
            }
        }
        let is_time = self.clock_check.next_check.is_none_or(|at| at <= monotonic);
        if is_time && self.time_request.is_empty() {
            let (wecom, asked_at) = (self.context.wecom.clone(), self.context.clock.elapsed());
            self.time_request.spawn(async move { (asked_at, wecom.server_time().await) }.in_current_span());
        }
        doubt.is_confirmed
    }

    /// Handles the answer to the time request.
    pub(super) fn handle_server_time(&mut self, (asked_at, said): ServerTime) {
        let monotonic = self.context.clock.monotonic();
        let Some(doubt) = self.context.clock.doubt() else { return };
        if self.context.clock.elapsed() - asked_at > MAX_ANSWER_AGE {
            return;
        }
        self.clock_check.next_check = Some(monotonic + CHECK_INTERVAL);
        match said {
            Ok(Some(time)) => match self.context.clock.resolve_doubt(time) {
                None => tracing::warn!(by = in_words(doubt.ahead), "WeCom's time agrees with the clock"),
                Some(still) => {
                    self.clock_check.next_check = Some(monotonic + RECHECK_INTERVAL);
                    if self.clock_check.last_logged.replace(still.ahead) != Some(still.ahead) {
                        let ahead = in_words(still.ahead);
                        tracing::error!(
                            ahead,
                            "this machine's clock differs from WeCom's time; posts follow WeCom's time: \
                             set the clock, for example with `timedatectl set-ntp true`"
                        );
                        self.context.status.clock(ClockStatus::Wrong(still.ahead));
                    }
                }
            },
            Ok(None) => {
                let lasts = self.clock_check.doubted_since.is_some_and(|since| monotonic - since >= GLITCH_LIMIT);
                if lasts || doubt.ahead.is_zero() {
                    tracing::warn!(by = in_words(doubt.ahead), "WeCom's answers contain no time; trusting the clock");
                    self.context.clock.trust();
                }
            }
            Err(why) => {
                if self.clock_check.last_logged.is_none() {
                    self.clock_check.last_logged = Some(TimeDelta::zero());
                    tracing::error!(
                        %why,
                        "the clock is in doubt and WeCom cannot be reached: nothing is posted until it answers"
                    );
                    self.context.status.clock(ClockStatus::Unconfirmed(why));
                }
            }
        }
    }

    /// Undoes what a fast clock recorded, at the start and after the clock was set back: the watermark and the `since`
    /// of campaigns. An occurrence that has its run never gets a second one.
    pub(super) async fn rewind(&mut self, now: DateTime<Utc>) -> Result<(), StoreError> {
        if matches!(self.until, StopCondition::RunFinished(_)) || !self.clock_check.may_be_ahead {
            return Ok(());
        }
        self.context.store.rewind(&self.corp(), now).await?;
        if self.watermark > now {
            let ahead = in_words(self.watermark - now);
            tracing::warn!(
                ahead,
                "the history was recorded by a clock that was ahead; continuing from the current time"
            );
        }
        self.watermark = self.watermark.min(now);
        self.stored_watermark = self.stored_watermark.map(|stored| stored.min(now));
        self.due_queue.rewind(now, self.watermark);
        self.clock_check.may_be_ahead = false;
        self.context.status.rewound(now);
        Ok(())
    }
}

/// A signed duration, as people write it.
fn in_words(length: TimeDelta) -> String {
    let sign = if length < TimeDelta::zero() { "-" } else { "" };
    format!("{sign}{}", duration::show(length.abs().to_std().unwrap_or_default()))
}

//! WeCom's limits of creations, and how much of them is used.

use chrono::{DateTime, Datelike, Months, NaiveTime, TimeDelta, Utc};
use rusqlite::params;

use super::connection::{Connection, prepared};
use super::handle::Store;
use super::rows::{instant, millis};
use super::sql_error::SqlResult;
use super::statements::{SENDS_COUNTED, SENDS_NTH_NEWEST};
use super::{Operation, Quota, QuotaRemaining, StoreError};
use crate::ids::CorpId;
use crate::limits::BEIJING;

impl Store {
    /// How many more creations the limits allow at an instant.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn quota_remaining(
        &self,
        corp: &CorpId,
        now: DateTime<Utc>,
        quota: Quota,
    ) -> Result<QuotaRemaining, StoreError> {
        let corp = corp.clone();
        let counted = self.read(Operation::CountSends, move |db| SendCount::read(db, &corp.0, now)).await?;
        Ok(QuotaRemaining {
            this_minute: quota.per_minute.saturating_sub(counted.in_minute),
            this_month: quota.per_month.saturating_sub(counted.in_month),
        })
    }

    /// Sends in the calendar month of an instant and later, in Beijing time.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn sends_in_month(&self, corp: &CorpId, at: DateTime<Utc>) -> Result<usize, StoreError> {
        let corp = corp.clone();
        let counted = self.read(Operation::CountSends, move |db| SendCount::read(db, &corp.0, at)).await?;
        Ok(counted.in_month)
    }
}

/// What may forbid a send at an instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct SendCount {
    pub(super) in_minute: usize,
    /// Stored as a sum: a month may have a hundred thousand.
    pub(super) in_month: usize,
    pub(super) is_anything_on_hold: bool,
}

impl SendCount {
    pub(super) fn read(db: &Connection<'_>, corp: &str, now: DateTime<Utc>) -> SqlResult<Self> {
        let minute = TimeDelta::minutes(1);
        let values = params![corp, millis(now - minute), millis(now + minute), &month_of(now)];
        let number = |number: i64| usize::try_from(number).unwrap_or(0);
        prepared(db, SENDS_COUNTED)?.query_one(values, |row| {
            Ok(Self { in_minute: number(row.get(0)?), in_month: number(row.get(1)?), is_anything_on_hold: row.get(2)? })
        })
    }

    /// Until when the limits forbid the next send, after `more` that are not in the store yet; `None` if they allow it.
    pub(super) fn wait(
        self,
        db: &Connection<'_>,
        (corp, now): (&str, DateTime<Utc>),
        more: usize,
        quota: Quota,
    ) -> SqlResult<Option<DateTime<Utc>>> {
        if self.in_minute + more >= quota.per_minute {
            return next_in_minute(db, (corp, now), quota.per_minute.checked_sub(more + 1)).map(Some);
        }
        Ok((self.in_month + more >= quota.per_month).then(|| next_month(now)))
    }
}

/// When the minute of the send at a position of the newest-first order ends. A send without an answer ends at no known
/// time; `None` is one too.
fn next_in_minute(
    db: &Connection<'_>,
    (corp, now): (&str, DateTime<Utc>),
    position: Option<usize>,
) -> SqlResult<DateTime<Utc>> {
    let minute = TimeDelta::minutes(1);
    let answered = match position {
        None => None,
        Some(position) => {
            let position = i64::try_from(position).unwrap_or(i64::MAX);
            let values = params![corp, millis(now - minute), millis(now), position, millis(now + minute)];
            prepared(db, SENDS_NTH_NEWEST)?.query_row(values, |row| instant(row, "until"))?
        }
    };
    Ok(answered.filter(|at| *at < now).map_or(now + TimeDelta::seconds(1), |at| at + minute))
}

/// The calendar month of an instant, in Beijing time: `2026-03`. A migration computes the same.
pub(super) fn month_of(at: DateTime<Utc>) -> String {
    // **Unverified**: WeCom's pages do not name the time zone of a month.
    at.with_timezone(&BEIJING).format("%Y-%m").to_string()
}

/// The first instant of the following month.
fn next_month(at: DateTime<Utc>) -> DateTime<Utc> {
    let local = at.with_timezone(&BEIJING).date_naive();
    let first = local.with_day(1).and_then(|first| first.checked_add_months(Months::new(1))).unwrap_or(local);
    first.and_time(NaiveTime::MIN).and_local_timezone(BEIJING).earliest().map_or(at, |first| first.to_utc())
}

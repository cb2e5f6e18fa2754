//! WeCom's limits of creations, and how much of them is used.

use chrono::{DateTime, Datelike, Months, NaiveTime, TimeDelta, Utc};
use rusqlite::params;

use super::connection::{Connection, prepared};
use super::handle::Store;
use super::rows::{instant, millis};
use super::sql_error::SqlResult;
use super::statements::{SENDS_IN_MINUTE, SENDS_NTH_NEWEST, SENDS_SINCE_MONTH};
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
        let minute_ago = millis(now - TimeDelta::minutes(1));
        let corp = corp.clone();
        let count = move |db: &Connection<'_>| {
            let in_minute: i64 =
                prepared(db, SENDS_IN_MINUTE)?.query_one(params![corp.0, minute_ago], |row| row.get(0))?;
            Ok((in_minute, sends_in_month(db, &corp.0, now)?))
        };
        let (in_minute, in_month) = self.read(Operation::CountSends, count).await?;
        Ok(QuotaRemaining {
            this_minute: quota.per_minute.saturating_sub(usize::try_from(in_minute).unwrap_or(0)),
            this_month: quota.per_month.saturating_sub(in_month),
        })
    }

    /// Sends in the calendar month of an instant and later, in Beijing time.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn sends_in_month(&self, corp: &CorpId, at: DateTime<Utc>) -> Result<usize, StoreError> {
        let corp = corp.clone();
        self.read(Operation::CountSends, move |db| sends_in_month(db, &corp.0, at)).await
    }
}

/// Until when the limits forbid another send; `None` if they allow one.
pub(super) fn wait_for_quota(
    db: &Connection<'_>,
    corp: &str,
    now: DateTime<Utc>,
    quota: Quota,
) -> SqlResult<Option<DateTime<Utc>>> {
    let minute = TimeDelta::minutes(1);
    let nth = i64::try_from(quota.per_minute.saturating_sub(1)).unwrap_or(i64::MAX);
    let oldest: Option<DateTime<Utc>> = prepared(db, SENDS_NTH_NEWEST)?
        .query_row(params![corp, millis(now - minute), millis(now), nth, millis(now + minute)], |row| {
            instant(row, "until")
        })?;
    if let Some(oldest) = oldest {
        // A send without an answer: its minute is known only when it is answered.
        return Ok(Some(if oldest >= now { now + TimeDelta::seconds(1) } else { oldest + minute }));
    }
    Ok((sends_in_month(db, corp, now)? >= quota.per_month).then(|| next_month(now)))
}

/// Sends in the calendar month of an instant, stored as a sum: a month may have a hundred thousand.
fn sends_in_month(db: &Connection<'_>, corp: &str, at: DateTime<Utc>) -> SqlResult<usize> {
    prepared(db, SENDS_SINCE_MONTH)?
        .query_one(params![corp, &month_of(at)], |row| row.get::<i64>(0))
        .map(|sends| usize::try_from(sends).unwrap_or(0))
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

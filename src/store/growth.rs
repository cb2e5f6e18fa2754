//! The growth of the store.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::params;

use super::connection::{Row, prepared};
use super::handle::Store;
use super::rows::millis;
use super::statements::{PAGES, RUNS_LATELY, RUNS_SPAN};
use super::{Growth, Operation, StoreError};

/// With fewer runs there is no reliable rate.
const MIN_RUNS: i64 = 20;

impl Store {
    /// The growth of the store; `None` if it has too few runs.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn growth(&self, now: DateTime<Utc>) -> Result<Option<Growth>, StoreError> {
        let corps = self.corps().await?;
        let month_ago = now - TimeDelta::days(30);
        self.read_on_reader(Operation::MeasureGrowth, move |db| {
            let span = |row: &Row<'_>| Ok((row.get::<Option<i64>>(0)?, row.get::<Option<i64>>(1)?));
            let (Some(first), Some(last)) = prepared(db, RUNS_SPAN)?.query_one(params![], span)? else {
                return Ok(None);
            };
            let (mut lately, mut oldest) = (0, millis(now));
            for corp in &corps {
                let counted = |row: &Row<'_>| Ok((row.get::<i64>(0)?, row.get::<Option<i64>>(1)?));
                let values = params![corp, millis(month_ago), millis(now)];
                let (count, due) = prepared(db, RUNS_LATELY)?.query_one(values, counted)?;
                lately += count;
                oldest = oldest.min(due.unwrap_or(oldest));
            }
            let pages = |row: &Row<'_>| {
                let number = |column| row.get::<i64>(column).map(|number| u64::try_from(number).unwrap_or(0));
                Ok((number(0)?, number(1)?, number(2)?))
            };
            let (count, free, size) = prepared(db, PAGES)?.query_one(params![], pages)?;
            if lately < MIN_RUNS {
                return Ok(None);
            }
            let (runs, lately) = ((last - first + 1).unsigned_abs(), lately.unsigned_abs());
            let hours = (millis(now) - oldest).unsigned_abs().div_ceil(3_600_000).max(1);
            let a_run = count.saturating_sub(free) * size / runs.max(lately);
            Ok(Some(Growth { bytes_a_day: a_run * lately * 24 / hours, reusable: free * size }))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CorpId;
    use crate::run::{Due, Reason, Run, Slot};
    use crate::store::Wait;

    #[test]
    fn growth_follows_last_months_pace() {
        let store = Store::in_memory().expect("memory holds a store");
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(100);
        let recorded = |from: TimeDelta, runs: i32, apart: TimeDelta| {
            let run = |n| {
                let due = now - from + apart * n;
                let due = Due {
                    corp: CorpId("ww1".to_owned()),
                    campaign: "a".to_owned().try_into().expect("an id"),
                    slot: Slot::Manual { local: due.naive_utc() },
                    due,
                    zone: "UTC".to_owned(),
                    deadline: due,
                    commit: None,
                };
                Run::missed(due, Reason::Other("too late".repeat(20)), now)
            };
            store.record(&(0..runs).map(run).collect::<Vec<_>>()).wait().expect("recorded");
        };
        assert_eq!(store.growth(now).wait().expect("asked"), None);
        recorded(TimeDelta::days(90), 500, TimeDelta::minutes(1));
        assert_eq!(store.growth(now).wait().expect("asked"), None, "old runs give no rate");
        recorded(TimeDelta::days(10), 500, TimeDelta::minutes(20));
        let Growth { bytes_a_day, .. } = store.growth(now).wait().expect("asked").expect("a rate");
        // 50 runs a day, of a few hundred bytes each.
        assert!((50 * 300..50 * 1_000).contains(&bytes_a_day), "{bytes_a_day}");
    }
}

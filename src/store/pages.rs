//! Pages of a history for people: the newest runs first, and the first runs of each day. Neither reads more rows than
//! it returns, however long the history is.

use std::ops::Range;

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::connection::{Connection, Row, prepared};
use super::handle::Store;
use super::holds::hold;
use super::rows::{self, millis};
use super::sql_error::SqlResult;
use super::statements::{
    HOLDS, PAGE_BACK, PAGE_BACK_IN_STATE, PAGE_BACK_OF_CAMPAIGN, PAGE_BACK_OPEN, RUN, RUNS_DUE, RUNS_LATELY, Sql,
};
use super::{DayOfRuns, Hold, Operation, PageKey, PageOfRuns, RunFilter, StoreError};
use crate::ids::{CampaignId, CorpId};
use crate::run::{Run, RunId, State};

impl Store {
    /// The newest runs of a corp that were due before a key. Ignores the corp of the filter.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn newest_runs(
        &self,
        corp: &CorpId,
        wanted: &RunFilter,
        before: PageKey,
        limit: usize,
    ) -> Result<PageOfRuns, StoreError> {
        let (corp, wanted) = (corp.clone(), wanted.clone());
        self.read_on_reader(Operation::ReadRuns, move |db| {
            let campaign = wanted.campaign.as_ref().map(CampaignId::as_str);
            let since = wanted.since.map_or(i64::MIN, millis);
            // One more tells whether there is another page.
            let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
            let values = params![corp.0, before.due, before.key, most, wanted.state.map(State::name), campaign, since];
            let row = |row: &Row<'_>| Ok((rows::run(row)?, row.get("key")?));
            let mut read: Vec<(Run, i64)> = prepared(db, statement(&wanted))?.query_map(values, row)?;
            let has_older = read.len() > limit;
            read.truncate(limit);
            let last = read.last().map(|(run, key)| PageKey { due: millis(run.due), key: *key });
            let runs = read.into_iter().map(|(run, _)| run).collect();
            Ok(PageOfRuns { runs, older: last.filter(|_| has_older) })
        })
        .await
    }

    /// The first runs of each day, and how many it has.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn runs_of_days(
        &self,
        corp: &CorpId,
        days: &[Range<DateTime<Utc>>],
        limit: usize,
    ) -> Result<Vec<DayOfRuns>, StoreError> {
        let (corp, days) = (corp.clone(), days.to_vec());
        self.read_on_reader(Operation::ReadRuns, move |db| {
            days.iter().map(|day| of_day(db, &corp.0, day, limit)).collect()
        })
        .await
    }
}

impl Store {
    /// As [`Store::run`], without waiting for a write.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn run_beside(&self, corp: &CorpId, id: &RunId) -> Result<Option<Run>, StoreError> {
        let (corp, id) = (corp.clone(), id.clone());
        self.read_on_reader(Operation::ReadRuns, move |db| {
            prepared(db, RUN)?.query_row(params![corp.0.as_str(), id.as_str()], rows::run)
        })
        .await
    }

    /// As [`Store::holds`], without waiting for a write.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn holds_beside(&self) -> Result<Vec<Hold>, StoreError> {
        self.read_on_reader(Operation::ReadHolds, |db| prepared(db, HOLDS)?.query_map(params![], hold)).await
    }
}

fn of_day(db: &Connection<'_>, corp: &str, day: &Range<DateTime<Utc>>, limit: usize) -> SqlResult<DayOfRuns> {
    let (from, until, most) = (millis(day.start), millis(day.end), i64::try_from(limit).unwrap_or(i64::MAX));
    let runs: Vec<Run> = prepared(db, RUNS_DUE)?.query_map(params![corp, from, until, most], rows::run)?;
    if runs.len() < limit {
        return Ok(DayOfRuns { count: runs.len(), runs });
    }
    let count = prepared(db, RUNS_LATELY)?.query_one(params![corp, from, until], |row| row.get::<i64>(0))?;
    Ok(DayOfRuns { count: usize::try_from(count).unwrap_or(0), runs })
}

/// The statement whose index fits the filter.
fn statement(wanted: &RunFilter) -> Sql {
    match wanted {
        RunFilter { only_open: true, .. } => PAGE_BACK_OPEN,
        RunFilter { campaign: Some(_), .. } => PAGE_BACK_OF_CAMPAIGN,
        RunFilter { state: Some(state), .. } if *state != State::Created => PAGE_BACK_IN_STATE,
        _ => PAGE_BACK,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::run::{Due, Reason, Slot};
    use crate::store::Wait;

    fn corp() -> CorpId {
        CorpId("ww1".to_owned())
    }

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    /// A store with a run of each campaign in each of ten minutes.
    fn store() -> Store {
        let store = Store::in_memory().expect("a store");
        let run = |campaign: &str, minute: i64| {
            let due = Due {
                corp: corp(),
                campaign: campaign.parse().expect("an id"),
                slot: Slot::Manual { local: at(minute).naive_utc() },
                due: at(minute),
                zone: "UTC".to_owned(),
                deadline: at(minute),
                commit: None,
            };
            Run::missed(due, Reason::Edited, at(minute))
        };
        let runs: Vec<Run> = (0..10).flat_map(|minute| [run("a", minute), run("b", minute)]).collect();
        store.record(&runs).wait().expect("recorded");
        store
    }

    /// All runs, page by page, as campaign and minute.
    fn in_pages_of(limit: usize, wanted: &RunFilter) -> Vec<String> {
        let (store, mut before, mut all) = (store(), PageKey::NEWEST, Vec::new());
        loop {
            let page = store.newest_runs(&corp(), wanted, before, limit).wait().expect("read");
            assert!(page.runs.len() <= limit);
            all.extend(page.runs.iter().map(|run| format!("{}{}", run.campaign, run.due.timestamp() / 60)));
            let Some(older) = page.older else { return all };
            before = older.to_string().parse().expect("a key that was written");
        }
    }

    #[test]
    fn pages_have_each_run_once_newest_first() {
        let all = in_pages_of(1_000, &RunFilter::default());
        assert_eq!((all.len(), all.first().map(|it| it.ends_with('9'))), (20, Some(true)));
        for limit in [1, 3, 7, 20] {
            assert_eq!(in_pages_of(limit, &RunFilter::default()), all, "{limit}");
        }
    }

    #[test]
    fn filters_apply_to_each_page() {
        let of_campaign = RunFilter { campaign: Some("b".parse().expect("an id")), ..RunFilter::default() };
        assert_eq!(in_pages_of(4, &of_campaign), (0..10).rev().map(|minute| format!("b{minute}")).collect::<Vec<_>>());
        let since = RunFilter { since: Some(at(8)), state: Some(State::Missed), ..RunFilter::default() };
        assert_eq!(in_pages_of(3, &since).len(), 4);
        let created = RunFilter { state: Some(State::Created), ..RunFilter::default() };
        assert_eq!(in_pages_of(3, &created), [""; 0]);
        let open = RunFilter { only_open: true, ..RunFilter::default() };
        assert_eq!(in_pages_of(3, &open), [""; 0]);
    }

    #[test]
    fn a_page_begins_before_an_instant() {
        let page = store().newest_runs(&corp(), &RunFilter::default(), PageKey::before(at(3)), 2).wait().expect("read");
        assert!(page.runs.iter().all(|run| run.due == at(2)), "{page:?}");
    }

    #[test]
    fn days_tell_how_many_runs_they_have() {
        let days = [at(0)..at(2), at(2)..at(10), at(20)..at(30)];
        let read = store().runs_of_days(&corp(), &days, 5).wait().expect("read");
        let counts: Vec<_> = read.iter().map(|day| (day.runs.len(), day.count)).collect();
        assert_eq!(counts, [(4, 4), (5, 16), (0, 0)]);
    }
}

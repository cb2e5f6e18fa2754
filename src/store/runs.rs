//! Reads runs and their logs. A history is read in pages by key, so a long one needs no more memory.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::connection::{Connection, Row, prepared};
use super::handle::Store;
use super::rows::{self, instant, millis};
use super::sql_error::SqlResult;
use super::statements::{
    CORPS, EVENTS_OF_RUN, PAGE, PAGE_IN_STATE, PAGE_OF_CAMPAIGN, PAGE_OPEN, RUN, RUN_OWNS_MOMENT, RUNS_COUNTED,
    RUNS_NEWEST_FROM, RUNS_NEWEST_HELD, RUNS_UNSETTLED, Sql,
};
use super::{LogLine, Operation, RunFilter, StoreError, Wait};
use crate::ids::{CampaignId, CorpId};
use crate::run::{Reason, Run, RunId, State};

/// Runs on one page, or on the pages of all corps together.
const PAGE_SIZE: usize = 500;

impl Store {
    /// The open runs of a corp.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn open_runs(&self, corp: &CorpId) -> Result<Vec<Run>, StoreError> {
        let from = (i64::MIN, i64::MIN);
        let corp = corp.clone();
        let read = move |db: &Connection<'_>| page(db, PAGE_OPEN, &corp.0, from, i64::MAX, &RunFilter::default());
        let open = self.read(Operation::ReadRuns, read).await?;
        Ok(open.into_iter().map(|(run, _)| run).collect())
    }

    /// The open runs of a corp that were sent or may have been: few, even if many are claimed.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn unsettled_runs(&self, corp: &CorpId) -> Result<Vec<Run>, StoreError> {
        let corp = corp.clone();
        let read = move |db: &Connection<'_>| prepared(db, RUNS_UNSETTLED)?.query_map(params![&corp.0], rows::run);
        self.read(Operation::ReadRuns, read).await
    }

    /// The newest scheduled run of each campaign since an instant, if a hold stops that run.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn newest_held_runs(&self, corp: &CorpId, since: DateTime<Utc>) -> Result<Vec<Run>, StoreError> {
        let corp = corp.clone();
        self.read(Operation::ReadRuns, move |db| {
            prepared(db, RUNS_NEWEST_HELD)?.query_map(params![corp.0, millis(since)], rows::run)
        })
        .await
    }

    /// Runs in the order of their due times, read in pages when needed.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn history(&self, wanted: RunFilter) -> Result<History, StoreError> {
        let corps = match &wanted.corp {
            Some(corp) => vec![corp.0.clone()],
            None => self.corps().await?,
        };
        let begin = (wanted.since.map_or(i64::MIN, millis), i64::MIN);
        let pages = corps.into_iter().map(|corp| Pages { corp, after: begin, read: VecDeque::new(), is_at_end: false });
        Ok(History { store: self.clone(), pages: pages.collect(), statement: statement(&wanted), wanted })
    }

    /// The same, all at once: for short histories.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn runs(&self, wanted: &RunFilter) -> Result<Vec<Run>, StoreError> {
        let (mut history, mut runs) = (self.history(wanted.clone()).await?, Vec::new());
        while let Some(run) = history.next().await? {
            runs.push(run);
        }
        Ok(runs)
    }

    /// The number of a corp's runs in each state, due from `from` and before `until`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn count_runs(
        &self,
        corp: &CorpId,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<BTreeMap<State, usize>, StoreError> {
        let corp = corp.clone();
        self.read_on_reader(Operation::ReadRuns, move |db| {
            let count = |row: &Row<'_>| {
                let state = rows::parsed(row, 0, |text: String| text.parse())?;
                Ok((state, usize::try_from(row.get::<i64>(1)?).unwrap_or(0)))
            };
            let counts = prepared(db, RUNS_COUNTED)?.query_map(params![corp.0, millis(from), millis(until)], count)?;
            Ok(counts.into_iter().collect())
        })
        .await
    }

    /// One run of a corp.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn run(&self, corp: &CorpId, id: &RunId) -> Result<Option<Run>, StoreError> {
        let (corp, id) = (corp.clone(), id.clone());
        self.read(Operation::ReadRuns, move |db| {
            prepared(db, RUN)?.query_row(params![corp.0.as_str(), id.as_str()], rows::run)
        })
        .await
    }

    /// The runs with a name: one in each corp that has it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn runs_named(&self, id: &RunId) -> Result<Vec<Run>, StoreError> {
        let mut found = Vec::new();
        for corp in self.corps().await? {
            found.extend(self.run(&CorpId(corp), id).await?);
        }
        Ok(found)
    }

    /// A run's log, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn log(&self, run: &Run) -> Result<Vec<LogLine>, StoreError> {
        let (corp, id) = (run.corp.clone(), run.id());
        self.read_on_reader(Operation::ReadRuns, move |db| {
            let line = |row: &Row<'_>| {
                Ok(LogLine {
                    at: instant(row, "at")?,
                    from: row.get("came_from")?,
                    to: row.get("went_to")?,
                    verb: row.get("verb")?,
                    errcode: row.get("errcode")?,
                    reason: rows::words(row, "reason")?.map(Reason::from_stored),
                })
            };
            prepared(db, EVENTS_OF_RUN)?.query_map(params![corp.0, id.as_str()], line)
        })
        .await
    }

    /// Of the given moments, those that a run of the corp owns.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn owned_moments(&self, corp: &CorpId, moment_ids: &[String]) -> Result<Vec<String>, StoreError> {
        let (corp, moment_ids) = (corp.clone(), moment_ids.to_vec());
        self.read(Operation::ReadRuns, move |db| {
            let mut ask = prepared(db, RUN_OWNS_MOMENT)?;
            let mut owned = Vec::new();
            for id in moment_ids {
                if ask.query_row(params![corp.0, id], |_| Ok(()))?.is_some() {
                    owned.push(id);
                }
            }
            Ok(owned)
        })
        .await
    }

    /// The run of a corp that owns a moment.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn owner_of_moment(&self, corp: &CorpId, moment_id: &str) -> Result<Option<RunId>, StoreError> {
        let (corp, moment_id) = (corp.clone(), moment_id.to_owned());
        self.read(Operation::ReadRuns, move |db| {
            let run = |row: &Row<'_>| rows::parsed(row, 0, |text: String| text.parse());
            prepared(db, RUN_OWNS_MOMENT)?.query_row(params![corp.0, moment_id], run)
        })
        .await
    }

    /// When the oldest of a corp's newest `runs + 1` runs was due; `None` if fewer were due since an instant.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn newest_from(
        &self,
        corp: &CorpId,
        since: Option<DateTime<Utc>>,
        runs: usize,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let corp = corp.clone();
        self.read_on_reader(Operation::ReadRuns, move |db| {
            let due = |row: &Row<'_>| instant(row, 0);
            let older = i64::try_from(runs).unwrap_or(i64::MAX);
            prepared(db, RUNS_NEWEST_FROM)?.query_row(params![corp.0, older, since.map_or(i64::MIN, millis)], due)
        })
        .await
    }

    /// The corps that have runs.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn corps(&self) -> Result<Vec<String>, StoreError> {
        let read = |db: &Connection<'_>| prepared(db, CORPS)?.query_map(params![], |row| row.get(0));
        self.read_on_reader(Operation::ReadRuns, read).await
    }
}

/// A history that is being read. Runs recorded in the meantime may be in it or not; no run is in it twice.
#[derive(Debug)]
pub struct History {
    store: Store,
    wanted: RunFilter,
    statement: Sql,
    pages: Vec<Pages>,
}

/// One corp's part of a history.
#[derive(Debug)]
struct Pages {
    corp: String,
    /// The due time and key of the last run that was read.
    after: (i64, i64),
    read: VecDeque<Run>,
    is_at_end: bool,
}

impl History {
    /// The next run, in the order of due times.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn next(&mut self) -> Result<Option<Run>, StoreError> {
        let size = (PAGE_SIZE / self.pages.len().max(1)).max(20);
        for pages in self.pages.iter_mut().filter(|pages| pages.read.is_empty() && !pages.is_at_end) {
            let (corp, after, statement, wanted) =
                (pages.corp.clone(), pages.after, self.statement, self.wanted.clone());
            let limit = i64::try_from(size).unwrap_or(i64::MAX);
            let read = move |db: &Connection<'_>| page(db, statement, &corp, after, limit, &wanted);
            let read = self.store.read_on_reader(Operation::ReadRuns, read).await?;
            pages.is_at_end = read.len() < size;
            if let Some((last, key)) = read.last() {
                pages.after = (millis(last.due), *key);
            }
            pages.read = read.into_iter().map(|(run, _)| run).collect();
        }
        let with_next = self.pages.iter_mut().filter(|pages| !pages.read.is_empty());
        let first = with_next.min_by_key(|pages| pages.read.front().map(|run| run.due));
        Ok(first.and_then(|pages| pages.read.pop_front()))
    }

    /// The same for commands without a runtime.
    pub fn waiting(self) -> impl Iterator<Item = Result<Run, StoreError>> {
        Waiting(self)
    }
}

/// A history for commands without a runtime.
struct Waiting(History);

impl Iterator for Waiting {
    type Item = Result<Run, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().wait().transpose()
    }
}

/// The statement whose index fits the filter.
fn statement(wanted: &RunFilter) -> Sql {
    match wanted {
        RunFilter { only_open: true, .. } => PAGE_OPEN,
        RunFilter { campaign: Some(_), .. } => PAGE_OF_CAMPAIGN,
        RunFilter { state: Some(state), .. } if *state != State::Created => PAGE_IN_STATE,
        _ => PAGE,
    }
}

fn page(
    db: &Connection<'_>,
    statement: Sql,
    corp: &str,
    (due, key): (i64, i64),
    limit: i64,
    wanted: &RunFilter,
) -> SqlResult<Vec<(Run, i64)>> {
    let campaign = wanted.campaign.as_ref().map(CampaignId::as_str);
    let values = params![corp, due, key, limit, wanted.state.map(State::name), campaign];
    prepared(db, statement)?.query_map(values, |row| Ok((rows::run(row)?, row.get("key")?)))
}

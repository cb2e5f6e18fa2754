//! Reads and saves reminders of members. A reminder is saved before it is sent.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::connection::{Row, prepared};
use super::handle::Store;
use super::rows::{self, instant, millis};
use super::sql_error::SqlResult;
use super::statements::{NUDGE_OUTCOME, NUDGE_PUT, NUDGE_REMOVE, NUDGED_AGE_PUT, NUDGES_DUE, NUDGES_OF_RUN, RUN};
use super::{DueNudges, Nudge, NudgeOutcome, Operation, StoreError};
use crate::clock::delta;
use crate::ids::CorpId;
use crate::run::Run;

/// How late the reminders of an age may come, if the service was down or the hours were quiet.
const NUDGE_WINDOW: Duration = Duration::from_secs(86_400);

impl Store {
    /// The posted runs of a corp whose members are to be reminded, oldest first. Of several ages that have passed, only
    /// the last counts.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn nudges_due(
        &self,
        corp: &CorpId,
        ages: &[Duration],
        now: DateTime<Utc>,
    ) -> Result<Vec<DueNudges>, StoreError> {
        let (corp, mut ages) = (corp.clone(), ages.to_vec());
        ages.sort_unstable();
        let (Some(first), Some(last)) = (ages.first().copied(), ages.last().copied()) else { return Ok(Vec::new()) };
        self.read_on_reader(Operation::ReadNudges, move |db| {
            let since = now - delta(last + NUDGE_WINDOW);
            let values = params![corp.0, millis(since), millis(now - delta(first))];
            let posted = prepared(db, NUDGES_DUE)?.query_map(values, |row| {
                Ok((row.get::<String>("run")?, instant(row, "updated_at")?, row.get::<Option<i64>>("nudged_age")?))
            })?;
            let mut due = Vec::new();
            for (name, posted_at, done) in posted {
                let age = (now - posted_at).to_std().unwrap_or_default();
                let passed = ages.iter().rev().find(|it| **it <= age).copied();
                let Some(passed) = passed.filter(|it| age - *it < NUDGE_WINDOW) else { continue };
                if done.is_some_and(|done| done >= seconds(passed)) {
                    continue;
                }
                let run = prepared(db, RUN)?.query_row(params![corp.0, name], rows::run)?;
                due.extend(run.map(|run| DueNudges { run, age: passed }));
            }
            Ok(due)
        })
        .await
    }

    /// Saves that the members of a run were reminded at an age.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn save_nudged_age(&self, run: &Run, age: Duration) -> Result<(), StoreError> {
        let (corp, id) = (run.corp.clone(), run.id());
        self.write(Operation::SaveNudges, move |db| {
            prepared(db, NUDGED_AGE_PUT)?.execute(params![corp.0, id.as_str(), seconds(age)]).map(drop)
        })
        .await
    }

    /// Saves reminders that are about to be sent, and returns the members for whom one was saved: not those who had two
    /// already, or one since `since`. Only to these it may be sent.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn begin_nudges(
        &self,
        run: &Run,
        members: &[String],
        since: DateTime<Utc>,
        person: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, StoreError> {
        let (corp, id) = (run.corp.clone(), run.id());
        let (members, person) = (members.to_vec(), person.map(str::to_owned));
        self.write(Operation::SaveNudges, move |db| {
            let mut put = prepared(db, NUDGE_PUT)?;
            let mut begun = Vec::with_capacity(members.len());
            for member in members {
                let values = params![corp.0, id.as_str(), member, millis(now), person, millis(since)];
                if put.execute(values)? > 0 {
                    begun.push(member);
                }
            }
            Ok(begun)
        })
        .await
    }

    /// Saves what became known of reminders; `None`: they were not sent, and do not count.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn end_nudges(&self, run: &Run, members: &[(String, Option<NudgeOutcome>)]) -> Result<(), StoreError> {
        let (corp, id, members) = (run.corp.clone(), run.id(), members.to_vec());
        self.write(Operation::SaveNudges, move |db| {
            for (member, outcome) in &members {
                match outcome {
                    Some(outcome) => {
                        prepared(db, NUDGE_OUTCOME)?.execute(params![corp.0, id.as_str(), member, outcome.name()])?
                    }
                    None => prepared(db, NUDGE_REMOVE)?.execute(params![corp.0, id.as_str(), member])?,
                };
            }
            Ok(())
        })
        .await
    }

    /// The reminders of a run, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn nudges(&self, run: &Run) -> Result<Vec<Nudge>, StoreError> {
        let (corp, id) = (run.corp.clone(), run.id());
        self.read_on_reader(Operation::ReadNudges, move |db| {
            prepared(db, NUDGES_OF_RUN)?.query_map(params![corp.0, id.as_str()], nudge)
        })
        .await
    }
}

fn nudge(row: &Row<'_>) -> SqlResult<Nudge> {
    let outcome: Option<String> = row.get("outcome")?;
    Ok(Nudge {
        member: row.get("member")?,
        number: row.get("number")?,
        at: instant(row, "at")?,
        person: row.get("person")?,
        outcome: outcome.and_then(|text| text.parse().ok()).unwrap_or(NudgeOutcome::Unknown),
    })
}

fn seconds(age: Duration) -> i64 {
    i64::try_from(age.as_secs()).unwrap_or(i64::MAX)
}

//! Reads and saves what came of posted moments.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::connection::{Row, prepared};
use super::handle::Store;
use super::rows::{self, instant, millis};
use super::sql_error::SqlResult;
use super::statements::{
    RESULT_PUT, RESULT_SUM_PUT, RESULT_SWEEP_PUT, RESULT_SWEEP_SUMMED, RESULT_SWEEP_TO_SUM, RESULT_SWEEPS, RESULTS_DUE,
    RESULTS_OF_MEMBERS_REMOVE, RESULTS_OF_SWEEP, RESULTS_SUMS, RUN,
};
use super::{DueResults, MemberResult, Operation, StoreError, Sweep};
use crate::clock::delta;
use crate::ids::CorpId;
use crate::run::Run;

/// How late the last sweep of a moment may come, if the service was down.
const LAST_SWEEP_WINDOW: Duration = Duration::from_secs(7 * 86_400);

impl Store {
    /// The posted run of a corp that has waited longest for its results, at one of these ages; `None` if none is due. Of
    /// several ages that have passed, only the last is due: the counts of today would be wrong for an earlier one.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn results_due(
        &self,
        corp: &CorpId,
        ages: &[Duration],
        now: DateTime<Utc>,
    ) -> Result<Option<DueResults>, StoreError> {
        let (corp, mut ages) = (corp.clone(), ages.to_vec());
        ages.sort_unstable();
        let (Some(first), Some(last)) = (ages.first().copied(), ages.last().copied()) else { return Ok(None) };
        self.read_on_reader(Operation::ReadResults, move |db| {
            let since = now - delta(last + LAST_SWEEP_WINDOW);
            let values = params![corp.0, millis(since), millis(now - delta(first))];
            let posted = prepared(db, RESULTS_DUE)?.query_map(values, |row| {
                Ok((row.get::<String>("run")?, instant(row, "updated_at")?, row.get::<Option<i64>>("age")?))
            })?;
            let found = posted.into_iter().find_map(|(run, posted_at, done)| {
                let age = (now - posted_at).to_std().unwrap_or_default();
                let due = ages.iter().rev().find(|it| **it <= age)?;
                done.is_none_or(|done| done < seconds(*due)).then_some((run, *due))
            });
            let Some((name, age)) = found else { return Ok(None) };
            let Some(run) = prepared(db, RUN)?.query_row(params![corp.0, name], rows::run)? else {
                return Ok(None);
            };
            let values = params![corp.0, name, seconds(age)];
            let known = prepared(db, RESULTS_OF_SWEEP)?.query_map(values, |row| row.get("member"))?;
            Ok(Some(DueResults { run, age, known }))
        })
        .await
    }

    /// Saves the counts of one member.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn save_result(&self, run: &Run, age: Duration, result: &MemberResult) -> Result<(), StoreError> {
        let (corp, id, result) = (run.corp.clone(), run.id(), result.clone());
        let member = result.member.clone().unwrap_or_default();
        self.write(Operation::SaveResults, move |db| {
            let MemberResult { department, customers, likes, comments, errcode, .. } = result;
            let department = department.map(number);
            let counts = [customers, likes, comments].map(number);
            let [customers, likes, comments] = counts;
            prepared(db, RESULT_PUT)?
                .execute(params![
                    corp.0,
                    id.as_str(),
                    seconds(age),
                    member,
                    department,
                    customers,
                    likes,
                    comments,
                    errcode
                ])
                .map(drop)
        })
        .await
    }

    /// Records that all members were asked about, or that nothing can be known.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn save_sweep(&self, run: &Run, sweep: &Sweep) -> Result<(), StoreError> {
        let (corp, id, sweep) = (run.corp.clone(), run.id(), sweep.clone());
        self.write(Operation::SaveResults, move |db| {
            let Sweep { age, asked_at, members, posted, errcode, .. } = sweep;
            let values =
                params![corp.0, id.as_str(), seconds(age), millis(asked_at), number(members), number(posted), errcode];
            prepared(db, RESULT_SWEEP_PUT)?.execute(values).map(drop)
        })
        .await
    }

    /// The finished sweeps of a run, in the order of their ages.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn sweeps(&self, run: &Run) -> Result<Vec<Sweep>, StoreError> {
        let (corp, id) = (run.corp.clone(), run.id());
        self.read_on_reader(Operation::ReadResults, move |db| {
            let values = params![corp.0, id.as_str()];
            let mut sweeps = prepared(db, RESULT_SWEEPS)?.query_map(values, |row| {
                let age: i64 = row.get("age")?;
                let sweep = Sweep {
                    age: Duration::from_secs(age.unsigned_abs()),
                    asked_at: instant(row, "asked_at")?,
                    members: count(row, "members")?,
                    posted: count(row, "posted")?,
                    errcode: row.get("errcode")?,
                    results: Vec::new(),
                };
                Ok((sweep, row.get::<bool>("summed")?))
            })?;
            for (sweep, is_summed) in &mut sweeps {
                let values = params![corp.0, id.as_str(), seconds(sweep.age)];
                sweep.results = prepared(db, RESULTS_OF_SWEEP)?.query_map(values, |row| result(row, *is_summed))?;
            }
            Ok(sweeps.into_iter().map(|(sweep, _)| sweep).collect())
        })
        .await
    }

    /// Replaces the counts of members by sums, for the oldest sweep before an instant; returns whether there was one.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn sum_results(&self, before: DateTime<Utc>) -> Result<bool, StoreError> {
        self.write(Operation::RemoveOld, move |db| {
            let oldest = prepared(db, RESULT_SWEEP_TO_SUM)?
                .query_row(params![millis(before)], |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?)))?;
            let Some((run, age)) = oldest else { return Ok(false) };
            type Sum = (Option<i64>, i64, i64, i64, i64, i64);
            let sum =
                |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?));
            let sums: Vec<Sum> = prepared(db, RESULTS_SUMS)?.query_map(params![run, age], sum)?;
            prepared(db, RESULTS_OF_MEMBERS_REMOVE)?.execute(params![run, age])?;
            let mut put = prepared(db, RESULT_SUM_PUT)?;
            for (at, (department, errcode, customers, likes, comments, members)) in sums.into_iter().enumerate() {
                // The number of members stands in the place of a name; the position makes it unique.
                let name = format!("{members} {at}");
                put.execute(params![run, age, name, department, customers, likes, comments, errcode])?;
            }
            prepared(db, RESULT_SWEEP_SUMMED)?.execute(params![run, age])?;
            Ok(true)
        })
        .await
    }
}

fn result(row: &Row<'_>, is_summed: bool) -> SqlResult<MemberResult> {
    let member: String = row.get("member")?;
    let members = || member.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    Ok(MemberResult {
        member: if is_summed { Err(members()) } else { Ok(member) },
        department: row.get::<Option<i64>>("department")?.and_then(|id| u64::try_from(id).ok()),
        customers: count(row, "customers")?,
        likes: count(row, "likes")?,
        comments: count(row, "comments")?,
        errcode: row.get("errcode")?,
    })
}

fn count(row: &Row<'_>, column: &str) -> SqlResult<u64> {
    Ok(u64::try_from(row.get::<i64>(column)?).unwrap_or(0))
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn seconds(age: Duration) -> i64 {
    number(age.as_secs())
}

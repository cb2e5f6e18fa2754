//! Which members were asked to post a moment, and which have posted it.

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::connection::{Connection, Row, prepared};
use super::handle::Store;
use super::rows::{self, instant, millis};
use super::sql_error::SqlResult;
use super::statements::{
    ACK_PROGRESS, ACK_PROGRESS_PUT, ACK_PUT, ACK_RUN, ACK_RUN_PUT, ACKS_OF_RUN, ACKS_TO_POLL, MEMBER, MEMBER_PUT, RUN,
    Sql,
};
use super::{AckBatch, AckProgress, AckTrouble, MemberAck, Operation, StoreError};
use crate::ids::CorpId;
use crate::run::Run;

/// Members that are written in one commit: a due post waits for at most this many.
const MAX_MEMBERS_PER_COMMIT: usize = 500;

/// Most runs of one batch: they are all in memory.
const BATCH_SIZE: usize = 200;

impl Store {
    /// The posted runs of a corp that were created after an instant and are due for a poll, at most `BATCH_SIZE`, and
    /// when the next one is due. If more are due already, that is now.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn acks_to_poll(
        &self,
        corp: &CorpId,
        created_after: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<AckBatch, StoreError> {
        let corp = corp.clone();
        self.read_on_reader(Operation::ReadConfirmations, move |db| {
            let (mut due, mut next_at): (Vec<String>, Option<i64>) = (Vec::new(), None);
            prepared(db, ACKS_TO_POLL)?.query_map(params![corp.0, millis(created_after)], |row| {
                let at = row.get::<Option<i64>>(1)?.unwrap_or(i64::MIN).max(millis(now));
                if at == millis(now) && due.len() < BATCH_SIZE {
                    due.push(row.get(0)?);
                } else {
                    next_at = Some(next_at.map_or(at, |next: i64| next.min(at)));
                }
                Ok(())
            })?;
            let mut now = Vec::with_capacity(due.len());
            for run in due {
                let found = prepared(db, RUN)?.query_row(params![&corp.0, &run], rows::run)?;
                if let Some(found) = found.filter(|run| run.moment_id.is_some()) {
                    now.push((found, progress_of(db, &corp.0, &run)?));
                }
            }
            Ok(AckBatch { now, next_at: next_at.and_then(DateTime::from_timestamp_millis) })
        })
        .await
    }

    /// Saves WeCom's answer. A member who has posted stays posted, even if WeCom omits the member later.
    ///
    /// # Errors
    /// The store could not take the change; [`StoreError`] says whether it may be saved all the same.
    pub async fn save_acks(
        &self,
        run: &Run,
        reached: &AckProgress,
        members: &[(String, bool)],
    ) -> Result<(), StoreError> {
        let (corp, id, asked_at) = (run.corp.clone(), run.id(), reached.asked_at);
        for chunk in members.chunks(MAX_MEMBERS_PER_COMMIT) {
            let (corp, id, chunk) = (corp.clone(), id.clone(), chunk.to_vec());
            self.write(Operation::SaveConfirmations, move |db| {
                let ack = key(db, ACK_RUN_PUT, ACK_RUN, &corp.0, id.as_str())?;
                let mut put = prepared(db, ACK_PUT)?;
                for (name, posted) in &chunk {
                    let member = key(db, MEMBER_PUT, MEMBER, &corp.0, name)?;
                    put.execute(params![ack, member, posted.then(|| millis(asked_at))])?;
                }
                Ok(())
            })
            .await?;
        }
        let AckProgress { asked_at, asked, next_at, trouble } = reached.clone();
        let trouble = trouble.map(|trouble| stored(&trouble));
        self.write(Operation::SaveConfirmations, move |db| {
            let values = params![corp.0, id.as_str(), millis(asked_at), asked, next_at.map(millis), trouble];
            prepared(db, ACK_PROGRESS_PUT)?.execute(values).map(drop)
        })
        .await
    }

    /// A run's members, those who have not posted first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn acks(&self, run: &Run) -> Result<(Option<AckProgress>, Vec<MemberAck>), StoreError> {
        let (corp, id) = (run.corp.clone(), run.id());
        self.read_on_reader(Operation::ReadConfirmations, move |db| {
            let reached = progress_of(db, &corp.0, id.as_str())?;
            let member = |row: &Row<'_>| {
                let posted: Option<i64> = row.get("posted_at")?;
                let posted_at = posted.map(|_| instant(row, "posted_at")).transpose()?;
                Ok(MemberAck { member: row.get("member")?, posted_at })
            };
            let members: SqlResult<Vec<MemberAck>> =
                prepared(db, ACKS_OF_RUN)?.query_map(params![corp.0, id.as_str()], member);
            Ok((reached, members?))
        })
        .await
    }
}

/// The key of a text of a corp; the text is stored once.
fn key(db: &Connection<'_>, insert: Sql, find: Sql, corp: &str, text: &str) -> SqlResult<i64> {
    let found = prepared(db, find)?.query_row(params![corp, text], |row| row.get(0))?;
    match found {
        Some(key) => Ok(key),
        None => prepared(db, insert)?.insert(params![corp, text]),
    }
}

/// A trouble as the store holds it.
fn stored(trouble: &AckTrouble) -> String {
    serde_json::to_string(trouble).expect("a trouble is plain data")
}

/// Reads what the store holds; of an earlier version, a sentence.
fn read_back(text: String) -> AckTrouble {
    serde_json::from_str(&text).unwrap_or(AckTrouble::Other(text))
}

/// The last poll of a run.
fn progress_of(db: &Connection<'_>, corp: &str, run: &str) -> SqlResult<Option<AckProgress>> {
    let reached = |row: &Row<'_>| {
        Ok(AckProgress {
            asked_at: instant(row, "asked_at")?,
            asked: row.get("asked")?,
            next_at: rows::optional_instant(row, "next_at")?,
            trouble: row.get::<Option<String>>("trouble")?.map(read_back),
        })
    };
    prepared(db, ACK_PROGRESS)?.query_row(params![corp, run], reached)
}

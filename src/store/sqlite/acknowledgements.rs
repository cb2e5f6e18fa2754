//! Who was asked to post a moment, and who has: what became of a run after it was created.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::handle::Store;
use super::rows::{self, instant, millis};
use super::statements::{
    ACK_PUT, ACK_RUN, ACK_RUN_PUT, MEMBER, MEMBER_PUT, REACH, REACH_MEMBERS, REACH_PUT, REACH_WHOM, RUN, Sql, prepared,
};
use crate::ids::CorpId;
use crate::run::Run;
use crate::store::{AckBatch, AckProgress, MemberAck, StoreError};

/// Members that are written in one commit: a post does not wait for thousands of them.
const CHUNK: usize = 500;

/// Most runs that are asked about in one turn: they are all in memory meanwhile.
const BATCH_SIZE: usize = 200;

impl Store {
    /// The posted runs of a corp that were created after an instant and are to be asked about by now, and the earliest
    /// time at which there is another. At most `BATCH_SIZE` of them: then there is another now.
    pub async fn to_ask(
        &self,
        corp: &CorpId,
        created_after: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<AckBatch, StoreError> {
        let corp = corp.clone();
        self.look("read whom to ask about", move |db| {
            let (mut due, mut next_at): (Vec<String>, Option<i64>) = (Vec::new(), None);
            let mut asked = prepared(db, REACH_WHOM)?;
            let mut rows = asked.query(params![corp.0, millis(created_after)])?;
            while let Some(row) = rows.next()? {
                let at = row.get::<_, Option<i64>>(1)?.unwrap_or(i64::MIN).max(millis(now));
                if at == millis(now) && due.len() < BATCH_SIZE {
                    due.push(row.get(0)?);
                } else {
                    next_at = Some(next_at.map_or(at, |next| next.min(at)));
                }
            }
            let mut now = Vec::with_capacity(due.len());
            for run in due {
                let found = prepared(db, RUN)?.query_row([&corp.0, &run], rows::run).optional()?;
                if let Some(found) = found.filter(|run| run.moment_id.is_some()) {
                    now.push((found, before(db, &corp.0, &run)?));
                }
            }
            Ok(AckBatch { now, next_at: next_at.and_then(DateTime::from_timestamp_millis) })
        })
        .await
    }

    /// Remembers an answer. What a member has posted stays posted, also if WeCom leaves the member out later.
    pub async fn remember_reach(
        &self,
        run: &Run,
        reached: &AckProgress,
        members: &[(String, bool)],
    ) -> Result<(), StoreError> {
        let (corp, id, asked_at) = (run.corp.clone(), run.id(), reached.asked_at);
        for chunk in members.chunks(CHUNK) {
            let (corp, id, chunk) = (corp.clone(), id.clone(), chunk.to_vec());
            self.write("remember who has posted", move |db| {
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
        self.write("remember that it was asked", move |db| {
            let values = params![corp.0, id.as_str(), millis(asked_at), asked, millis(next_at), trouble];
            prepared(db, REACH_PUT)?.execute(values).map(drop)
        })
        .await
    }

    /// What is known of a run's members, those who have not posted first.
    pub async fn reach(&self, run: &Run) -> Result<(Option<AckProgress>, Vec<MemberAck>), StoreError> {
        let (corp, id) = (run.corp.clone(), run.id());
        self.look("read who has posted", move |db| {
            let reached = before(db, &corp.0, id.as_str())?;
            let member = |row: &Row<'_>| {
                let posted: Option<i64> = row.get("posted_at")?;
                let posted_at = posted.map(|_| instant(row, "posted_at")).transpose()?;
                Ok(MemberAck { member: row.get("member")?, posted_at })
            };
            let members: rusqlite::Result<Vec<MemberAck>> =
                prepared(db, REACH_MEMBERS)?.query_map(params![corp.0, id.as_str()], member)?.collect();
            Ok((reached, members?))
        })
        .await
    }
}

/// The number under which a text of a corp is stored once.
fn key(db: &Connection, insert: Sql, find: Sql, corp: &str, text: &str) -> rusqlite::Result<i64> {
    let found = prepared(db, find)?.query_row([corp, text], |row| row.get(0)).optional()?;
    match found {
        Some(key) => Ok(key),
        None => prepared(db, insert)?.insert([corp, text]),
    }
}

/// What was answered last of a run.
fn before(db: &Connection, corp: &str, run: &str) -> rusqlite::Result<Option<AckProgress>> {
    let reached = |row: &Row<'_>| {
        Ok(AckProgress {
            asked_at: instant(row, "asked_at")?,
            asked: row.get("asked")?,
            next_at: instant(row, "next_at")?,
            trouble: row.get("trouble")?,
        })
    };
    prepared(db, REACH)?.query_row([corp, run], reached).optional()
}

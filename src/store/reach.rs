//! Who was asked to post a moment, and who has: what became of a run after it was created.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::{self, COLUMNS, instant, millis};
use super::{Store, StoreError};
use crate::ids::CorpId;
use crate::run::Run;

/// Members that are written in one commit: a post does not wait for thousands of them.
const CHUNK: usize = 500;

/// Most runs that are asked about in one turn: they are all in memory meanwhile.
const TURN: usize = 200;

/// How far a moment has come with the members, when it was last asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    pub asked_at: DateTime<Utc>,
    /// How often it was asked.
    pub asked: u32,
    /// When it is asked again.
    pub next_at: DateTime<Utc>,
    /// Why the last answer says nothing, if so.
    pub trouble: Option<String>,
}

/// What to ask about now, and when there is more.
#[derive(Clone, Debug, Default)]
pub struct ToAsk {
    /// Each with what was answered before.
    pub now: Vec<(Run, Option<Reached>)>,
    pub next_at: Option<DateTime<Utc>>,
}

/// One member who was asked to post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub member: String,
    /// When it was first seen that the member has posted.
    pub posted_at: Option<DateTime<Utc>>,
}

impl Store {
    /// The posted runs of a corp that were created after an instant and are to be asked about by now, and the earliest
    /// time at which there is another. At most `TURN` of them: then there is another now.
    pub fn to_ask(&self, corp: &CorpId, created_after: DateTime<Utc>, now: DateTime<Utc>) -> Result<ToAsk, StoreError> {
        // Asked every few seconds, while there may be ten thousand that were created lately: no more than the index is
        // walked through, and none is read that need not be.
        let whom = "SELECT run, reach.next_at FROM runs INDEXED BY runs_posted LEFT JOIN reach USING (corp, run) \
                    WHERE corp = ? AND updated_at > ? AND state IN ('created', 'partial') ORDER BY updated_at";
        let columns =
            COLUMNS.split(", ").map(|column| format!("runs.{}", column.trim())).collect::<Vec<_>>().join(", ");
        let one = format!(
            "SELECT {columns}, reach.asked_at, reach.asked AS times, reach.next_at, reach.trouble FROM runs \
             LEFT JOIN reach USING (corp, run) WHERE corp = ? AND run = ? AND moment_id IS NOT NULL"
        );
        self.read("read whom to ask about", |db| {
            let (mut due, mut next_at): (Vec<String>, Option<i64>) = (Vec::new(), None);
            let mut asked = db.prepare_cached(whom)?;
            let mut rows = asked.query(params![corp.0, millis(created_after)])?;
            while let Some(row) = rows.next()? {
                let at = row.get::<_, Option<i64>>(1)?.unwrap_or(i64::MIN).max(millis(now));
                if at == millis(now) && due.len() < TURN {
                    due.push(row.get(0)?);
                } else {
                    next_at = Some(next_at.map_or(at, |next| next.min(at)));
                }
            }
            let mut one = db.prepare_cached(&one)?;
            let whole = |row: &Row<'_>| {
                let asked: Option<u32> = row.get("times")?;
                Ok((rows::run(row)?, asked.map(|asked| reached(row, asked)).transpose()?))
            };
            let now = due.iter().filter_map(|run| one.query_row([&corp.0, run], whole).optional().transpose());
            Ok(ToAsk {
                now: now.collect::<rusqlite::Result<_>>()?,
                next_at: next_at.and_then(DateTime::from_timestamp_millis),
            })
        })
    }

    /// Remembers an answer. What a member has posted stays posted, also if WeCom leaves the member out later.
    pub fn remember_reach(&self, run: &Run, reached: &Reached, members: &[(String, bool)]) -> Result<(), StoreError> {
        let id = run.id();
        for chunk in members.chunks(CHUNK) {
            self.write("remember who has posted", |db| {
                let ack = key(db, INSERT_RUN, FIND_RUN, &run.corp.0, id.as_str())?;
                let mut put = db.prepare_cached(
                    "INSERT INTO member_acks (ack, member, posted_at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE \
                     SET posted_at = excluded.posted_at WHERE posted_at IS NULL AND excluded.posted_at IS NOT NULL",
                )?;
                for (name, posted) in chunk {
                    let member = key(db, INSERT_MEMBER, FIND_MEMBER, &run.corp.0, name)?;
                    put.execute(params![ack, member, posted.then(|| millis(reached.asked_at))])?;
                }
                Ok(())
            })?;
        }
        let sql = "INSERT INTO reach (corp, run, asked_at, asked, next_at, trouble) VALUES (?, ?, ?, ?, ?, ?) \
                   ON CONFLICT DO UPDATE SET asked_at = excluded.asked_at, asked = excluded.asked, \
                   next_at = excluded.next_at, trouble = excluded.trouble";
        self.write("remember that it was asked", |db| {
            let Reached { asked_at, asked, next_at, trouble } = reached;
            let values = params![run.corp.0, id.as_str(), millis(*asked_at), asked, millis(*next_at), trouble];
            db.prepare_cached(sql)?.execute(values).map(drop)
        })
    }

    /// What is known of a run's members, those who have not posted first.
    pub fn reach(&self, run: &Run) -> Result<(Option<Reached>, Vec<Asked>), StoreError> {
        let id = run.id();
        self.read("read who has posted", |db| {
            let reached = db
                .prepare_cached("SELECT asked_at, asked, next_at, trouble FROM reach WHERE corp = ? AND run = ?")?
                .query_row(params![run.corp.0, id.as_str()], |row| reached(row, row.get("asked")?))
                .optional()?;
            let sql = "SELECT name AS member, posted_at FROM ack_runs JOIN member_acks USING (ack) \
                       JOIN members USING (member) WHERE ack_runs.corp = ? AND run = ? ORDER BY posted_at IS NOT NULL, name";
            let member = |row: &Row<'_>| {
                let posted: Option<i64> = row.get("posted_at")?;
                let posted_at = posted.map(|_| instant(row, "posted_at")).transpose()?;
                Ok(Asked { member: row.get("member")?, posted_at })
            };
            let members: rusqlite::Result<Vec<Asked>> =
                db.prepare_cached(sql)?.query_map(params![run.corp.0, id.as_str()], member)?.collect();
            Ok((reached, members?))
        })
    }
}

const FIND_RUN: &str = "SELECT ack FROM ack_runs WHERE corp = ? AND run = ?";
const INSERT_RUN: &str = "INSERT INTO ack_runs (corp, run) VALUES (?, ?)";
const FIND_MEMBER: &str = "SELECT member FROM members WHERE corp = ? AND name = ?";
const INSERT_MEMBER: &str = "INSERT INTO members (corp, name) VALUES (?, ?)";

/// The number under which a text of a corp is stored once.
fn key(db: &Connection, insert: &str, find: &str, corp: &str, text: &str) -> rusqlite::Result<i64> {
    let found = db.prepare_cached(find)?.query_row([corp, text], |row| row.get(0)).optional()?;
    match found {
        Some(key) => Ok(key),
        None => db.prepare_cached(insert)?.insert([corp, text]),
    }
}

fn reached(row: &Row<'_>, asked: u32) -> rusqlite::Result<Reached> {
    Ok(Reached {
        asked_at: instant(row, "asked_at")?,
        asked,
        next_at: instant(row, "next_at")?,
        trouble: row.get("trouble")?,
    })
}

//! Runs for programs: a stable format, additions only.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::ser::{self, SerializeSeq as _};
use serde::{Serialize, Serializer};

use crate::report::holds;
use crate::run::{Reason, Run};
use crate::store::{CampaignState, Hold};
use crate::text::Lang;

#[derive(Serialize)]
struct Runs<'a> {
    version: u32,
    runs: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    run: String,
    corp: &'a str,
    campaign: &'a str,
    due: String,
    state: &'static str,
    jobid: Option<&'a str>,
    moment_id: Option<&'a str>,
    errcode: Option<i64>,
    errmsg: Option<&'a str>,
    reason: Option<String>,
    reason_code: Option<String>,
    invalid_users: &'a [String],
    invalid_departments: &'a [u64],
    invalid_tags: &'a [String],
    attempts: u32,
    content_sha256: Option<String>,
    /// The number of the content in the campaign's file, from 1.
    content: Option<u32>,
    /// The store lacks the post with this digest, or holds a damaged one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    post_unreadable: bool,
    commit: Option<&'a str>,
    updated_at: String,
}

/// Runs for programs.
///
/// # Errors
///
/// The report cannot be serialized.
pub fn json(runs: &[Run], lang: Lang) -> serde_json::Result<String> {
    let runs = Runs { version: 1, runs: runs.iter().map(|run| row(run, lang)).collect() };
    serde_json::to_string_pretty(&runs).map(|text| text + "\n")
}

/// History for programs: the runs, every hold, and from when each campaign counts. Runs are written as they are read,
/// so a long history needs no more memory than a short one.
///
/// # Errors
///
/// A run cannot be read, or `to` cannot be written.
pub fn history_json<E: Display>(
    mut to: impl Write,
    runs: impl Iterator<Item = Result<Run, E>>,
    holds: &[Hold],
    known: &[CampaignState],
    lang: Lang,
) -> io::Result<()> {
    let history = LongHistory {
        version: 1,
        runs: Stream { runs: RefCell::new(runs), lang },
        holds: holds.iter().map(|hold| holds::row(hold, lang)).collect(),
        campaigns: known.iter().map(holds::campaign).collect(),
    };
    serde_json::to_writer_pretty(&mut to, &history)?;
    to.write_all(b"\n")
}

/// [`Runs`] of a history that is streamed.
#[derive(Serialize)]
#[serde(bound = "Stream<I>: Serialize")]
struct LongHistory<'a, I> {
    version: u32,
    runs: Stream<I>,
    holds: Vec<holds::Row<'a>>,
    campaigns: Vec<holds::Campaign<'a>>,
}

/// Serializes runs while they are read.
struct Stream<I> {
    runs: RefCell<I>,
    lang: Lang,
}

impl<E: Display, I: Iterator<Item = Result<Run, E>>> Serialize for Stream<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for run in &mut *self.runs.borrow_mut() {
            list.serialize_element(&row(&run.map_err(ser::Error::custom)?, self.lang))?;
        }
        list.end()
    }
}

fn row(run: &Run, lang: Lang) -> Row<'_> {
    Row {
        run: run.id().to_string(),
        corp: &run.corp.0,
        campaign: run.campaign.as_str(),
        due: instant(run.due),
        state: run.state.name(),
        jobid: run.jobid.as_deref(),
        moment_id: run.moment_id.as_deref(),
        errcode: run.errcode,
        errmsg: run.errmsg.as_deref(),
        reason: run.reason_text().map(|why| why.into_lang(lang)),
        reason_code: run.reason.as_ref().map(Reason::code),
        invalid_users: &run.invalid.users,
        invalid_departments: &run.invalid.departments,
        invalid_tags: &run.invalid.tags,
        attempts: run.attempts,
        content_sha256: run.content_sha256.map(|digest| digest.to_string()),
        content: run.content,
        post_unreadable: run.lacks_post(),
        commit: run.commit.as_deref(),
        updated_at: instant(run.updated_at),
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

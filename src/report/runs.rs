//! Runs, for `rehearse`, `history` and `show`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::io::{self, Write};

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde::ser::{self, SerializeSeq as _};
use serde::{Serialize, Serializer};

use super::holds;
use super::parts::{count, lines};
use crate::escape;
use crate::limits::BEIJING;
use crate::load::CheckedBook;
use crate::post::Names;
use crate::run::{Reason, Run, State};
use crate::sandbox::InjectedFault;
use crate::store::{CampaignState, Hold, LogLine};

/// The stable form (additions only).
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
    /// The store lacks the post of this digest, or has it damaged.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    post_unreadable: bool,
    commit: Option<&'a str>,
    updated_at: String,
}

/// Runs for programs.
pub fn json(runs: &[Run]) -> serde_json::Result<String> {
    let runs = Runs { version: 1, runs: runs.iter().map(row).collect() };
    serde_json::to_string_pretty(&runs).map(|text| text + "\n")
}

/// History for programs: the runs, every hold there was, and since when each campaign counts. Runs are written as they come,
/// so that a long history costs no memory; what keeps one from coming ends the writing.
pub fn history_json<E: Display>(
    mut to: impl Write,
    runs: impl Iterator<Item = Result<Run, E>>,
    holds: &[Hold],
    known: &[CampaignState],
) -> io::Result<()> {
    let history = LongHistory {
        version: 1,
        runs: Stream(RefCell::new(runs)),
        holds: holds.iter().map(holds::row).collect(),
        campaigns: known.iter().map(holds::campaign).collect(),
    };
    serde_json::to_writer_pretty(&mut to, &history)?;
    to.write_all(b"\n")
}

/// [`Runs`] of a history that is not in memory.
#[derive(Serialize)]
#[serde(bound = "Stream<I>: Serialize")]
struct LongHistory<'a, I> {
    version: u32,
    runs: Stream<I>,
    holds: Vec<holds::Row<'a>>,
    campaigns: Vec<holds::Campaign<'a>>,
}

struct Stream<I>(RefCell<I>);

impl<E: Display, I: Iterator<Item = Result<Run, E>>> Serialize for Stream<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for run in &mut *self.0.borrow_mut() {
            list.serialize_element(&row(&run.map_err(ser::Error::custom)?))?;
        }
        list.end()
    }
}

fn row(run: &Run) -> Row<'_> {
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
        reason: run.reason_text().map(|why| why.into_lang(crate::text::Lang::En)),
        reason_code: run.reason.as_ref().map(Reason::code),
        invalid_users: &run.invalid.users,
        invalid_departments: &run.invalid.departments,
        invalid_tags: &run.invalid.tags,
        attempts: run.attempts,
        content_sha256: run.content_sha256.map(|digest| digest.to_string()),
        post_unreadable: run.lacks_post(),
        commit: run.commit.as_deref(),
        updated_at: instant(run.updated_at),
    }
}

/// A rehearsal for people: each occurrence, then the sum in one line.
pub fn rehearsal(
    runs: &[Run],
    loaded: &CheckedBook,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    width: Option<u16>,
) -> String {
    if runs.is_empty() {
        return "nothing is due in this time\n".to_owned();
    }
    let row = |run: &Run| {
        let title = loaded.verdict.campaigns.iter().find(|it| it.id == run.campaign).and_then(|it| it.title.clone());
        let campaign = title.map_or_else(|| run.campaign.to_string(), |title| format!("{} · {title}", run.campaign));
        let audience = run
            .post
            .as_ref()
            .map(|post| post.audience.in_words(&loaded.verdict.names).into_lang(crate::text::Lang::En));
        let audience = audience.unwrap_or_default();
        [local(run), campaign, audience, run.state.to_string(), moment(run)]
    };
    let head = ["due", "campaign", "audience", "outcome", "moment id"];
    let mut text = lines(head, 2, runs.iter().map(row), width);
    for run in runs.iter().filter(|run| run.state != State::Created) {
        let _ = writeln!(
            text,
            "{}: {}",
            run.id(),
            run.reason_text().as_ref().map_or(run.state.name(), |why| why.get(crate::text::Lang::En))
        );
    }
    let days = (until - from).num_days();
    let _ = writeln!(text, "{}: {}", count(days, "day"), sum(&counted(runs)));
    escape::terminal_lines(&text)
}

/// Runs of a history that stand in one table. A longer one has several, so that none is wholly in memory.
const TABLE: usize = 1_000;

/// Some runs for people.
pub fn history(runs: &[Run], width: Option<u16>) -> String {
    history_table(runs, width) + &sum(&counted(runs)) + "\n"
}

/// A history for people, written as its runs come.
pub fn long_history<E: From<io::Error>>(
    mut to: impl Write,
    runs: impl Iterator<Item = Result<Run, E>>,
    width: Option<u16>,
) -> Result<(), E> {
    let mut runs = runs.peekable();
    if runs.peek().is_none() {
        to.write_all(b"no runs\n")?;
        return Ok(());
    }
    let mut counts: BTreeMap<State, usize> = BTreeMap::new();
    while runs.peek().is_some() {
        let some: Vec<Run> = runs.by_ref().take(TABLE).collect::<Result<_, E>>()?;
        counted(&some).into_iter().for_each(|(state, more)| *counts.entry(state).or_default() += more);
        to.write_all(history_table(&some, width).as_bytes())?;
    }
    to.write_all(sum(&counts).as_bytes())?;
    to.write_all(b"\n")?;
    Ok(())
}

fn history_table(runs: &[Run], width: Option<u16>) -> String {
    let row = |run: &Run| {
        let marks = run.lacks_post().then(|| "its post in the store is unreadable".to_owned()).into_iter();
        let why = marks
            .chain(run.reason_text().map(|why| why.into_lang(crate::text::Lang::En)))
            .collect::<Vec<_>>()
            .join("; ");
        [local(run), run.id().to_string(), run.state.to_string(), moment(run), why]
    };
    lines(["due", "run", "state", "moment id", "why"], 2, runs.iter().map(row), width)
}

const POST_UNREADABLE: &str = "unreadable: the store lacks the post of this digest, or it was changed on the disk; read \
    \"A damaged store\" in docs/running.md";

/// Where a run comes from, as far as git tells it.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// What the commit that was in force says of itself.
    pub commit: Option<String>,
    /// The campaign's file, with the commit that last changed it.
    pub file: Option<String>,
}

/// Everything about one run.
///
/// `hold` is the hold that kept it back; `names` are those of the run's corp.
pub fn whole(run: &Run, log: &[LogLine], origin: &Origin, hold: Option<&Hold>, names: &Names) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let _ = writeln!(text, "{name:<12} {value}");
        }
    };
    line("run", Some(run.id().to_string()));
    line("corp", Some(run.corp.to_string()));
    line("due", Some(format!("{}, as all times here in {}", nominal(run), run.zone)));
    line("latest", Some(local_at(run.latest, &run.zone)));
    line("state", Some(run.state.to_string()));
    line("why", run.reason_text().map(|why| why.into_lang(crate::text::Lang::En)));
    line("moment id", run.moment_id.clone());
    line("job id", run.jobid.clone());
    line("errcode", run.errcode.map(|code| code.to_string()));
    line("errmsg", run.errmsg.clone());
    line("not taken", Some(not_taken(run, names)));
    line("attempts", Some(run.attempts.to_string()));
    line("held by", hold.map(|hold| holds::in_words(hold, &run.zone)));
    line("commit", run.commit.clone());
    line("", origin.commit.clone());
    line("file", origin.file.clone());
    line("content", run.content_sha256.map(|digest| digest.to_string()));
    line("post", run.lacks_post().then(|| POST_UNREADABLE.to_owned()));
    if let Some(post) = &run.post {
        line("audience", Some(post.audience.in_words(names).into_lang(crate::text::Lang::En)));
        line("text", post.text.clone());
        line("media", Some(post.media().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")));
    }
    text.push_str("\nwhat happened\n");
    for line in log {
        let moved = line.from.as_deref().map_or_else(|| line.to.clone(), |from| format!("{from} → {}", line.to));
        let code = line.errcode.map(|code| format!(" {code}")).unwrap_or_default();
        let why = line
            .reason
            .as_ref()
            .map(|why| format!("  {}", why.text(&run.id()).get(crate::text::Lang::En)))
            .unwrap_or_default();
        let _ = writeln!(text, "  {}  {moved}{code}{why}", local_at(line.at, &run.zone));
    }
    escape::terminal_lines(&text)
}

/// A bad day as it went, hour by hour: what struck, and what each run did about it.
pub fn bad_day(runs: &[(Run, Vec<LogLine>)], struck: &[InjectedFault], zone: Tz) -> String {
    let mut lines: Vec<(DateTime<Utc>, String)> = Vec::new();
    for InjectedFault { at, path, mishap } in struck {
        let call = path.rsplit('/').next().unwrap_or(path);
        lines.push((*at, format!("✗ {call}: {mishap}")));
    }
    for (run, log) in runs {
        let moves = log.iter().filter(|line| line.from.as_deref() != Some(&line.to));
        lines.extend(moves.map(|line| (line.at, format!("· {} {}", run.id(), line.to))));
    }
    lines.sort();
    let mut text = String::new();
    for (at, what) in lines {
        let local = at.with_timezone(&zone);
        let _ = writeln!(text, "{} {}  {what}", local.weekday(), local.format("%m-%d %H:%M:%S"));
    }
    text.push('\n');
    text
}

fn not_taken(run: &Run, names: &Names) -> String {
    let departments = run.invalid.departments.iter().map(|id| names.department(*id));
    let tags = run.invalid.tags.iter().map(|id| names.tag(id));
    let all: Vec<String> = run.invalid.users.iter().cloned().chain(departments).chain(tags).collect();
    all.join(", ")
}

fn counted(runs: &[Run]) -> BTreeMap<State, usize> {
    let mut counts = BTreeMap::new();
    runs.iter().for_each(|run| *counts.entry(run.state).or_default() += 1);
    counts
}

/// How many runs ended how, in one line.
fn sum(counts: &BTreeMap<State, usize>) -> String {
    let in_order =
        State::ALL.into_iter().filter_map(|state| counts.get(&state).map(|count| format!("{count} {state}")));
    let in_order: Vec<String> = in_order.collect();
    format!("{}, {}", count(counts.values().sum::<usize>(), "occurrence"), in_order.join(", "))
}

fn moment(run: &Run) -> String {
    run.moment_id.clone().unwrap_or_default()
}

/// The nominal local time with its weekday, as the campaign's people read it.
fn nominal(run: &Run) -> String {
    let local = run.slot.local();
    format!("{} {}", local.weekday(), local.format("%Y-%m-%d %H:%M"))
}

/// The same in a list, which says once that times are those of Beijing.
fn local(run: &Run) -> String {
    if run.zone == BEIJING.name() { nominal(run) } else { format!("{} ({})", nominal(run), run.zone) }
}

fn local_at(at: DateTime<Utc>, zone: &str) -> String {
    let zone: Tz = zone.parse().unwrap_or(BEIJING);
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string()
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

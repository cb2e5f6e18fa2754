//! Runs, for `rehearse`, `history` and `show`.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use super::holds;
use super::parts::{count, table};
use crate::escape;
use crate::limits::BEIJING;
use crate::load::Loaded;
use crate::post::Names;
use crate::run::{Run, State};
use crate::sandbox::Struck;
use crate::store::{Hold, Known, LogLine};

/// The stable form (additions only).
#[derive(Serialize)]
struct Runs<'a> {
    version: u32,
    runs: Vec<Row<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holds: Option<Vec<holds::Row<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    campaigns: Option<Vec<holds::Campaign<'a>>>,
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
    reason: Option<&'a str>,
    invalid_users: &'a [String],
    invalid_departments: &'a [u64],
    invalid_tags: &'a [String],
    attempts: u32,
    content_sha256: Option<String>,
    commit: Option<&'a str>,
    updated_at: String,
}

/// Runs for programs.
pub fn json(runs: &[Run]) -> serde_json::Result<String> {
    let runs = Runs { version: 1, runs: runs.iter().map(row).collect(), holds: None, campaigns: None };
    serde_json::to_string_pretty(&runs).map(|text| text + "\n")
}

/// History for programs: the runs, every hold there was, and since when each campaign counts.
pub fn history_json(runs: &[Run], holds: &[Hold], known: &[Known]) -> serde_json::Result<String> {
    let runs = Runs {
        version: 1,
        runs: runs.iter().map(row).collect(),
        holds: Some(holds.iter().map(holds::row).collect()),
        campaigns: Some(known.iter().map(holds::campaign).collect()),
    };
    serde_json::to_string_pretty(&runs).map(|text| text + "\n")
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
        reason: run.reason.as_deref(),
        invalid_users: &run.invalid.users,
        invalid_departments: &run.invalid.departments,
        invalid_tags: &run.invalid.tags,
        attempts: run.attempts,
        content_sha256: run.content_sha256.map(|digest| digest.to_string()),
        commit: run.commit.as_deref(),
        updated_at: instant(run.updated_at),
    }
}

/// A rehearsal for people: each occurrence, then the sum in one line.
pub fn rehearsal(
    runs: &[Run],
    loaded: &Loaded,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    width: Option<u16>,
) -> String {
    if runs.is_empty() {
        return "nothing is due in this time\n".to_owned();
    }
    let mut table = table(&["due", "campaign", "audience", "outcome", "moment id"], width);
    for run in runs {
        let title = loaded.verdict.campaigns.iter().find(|it| it.id == run.campaign).and_then(|it| it.title.clone());
        let campaign = title.map_or_else(|| run.campaign.to_string(), |title| format!("{} · {title}", run.campaign));
        let audience = run.post.as_ref().map(|post| post.audience.in_words(&loaded.verdict.names));
        let audience = audience.unwrap_or_default();
        table.add_row([local(run), campaign, audience, run.state.to_string(), moment(run)]);
    }
    let mut text = format!("{}\n", table.trim_fmt());
    for run in runs.iter().filter(|run| run.state != State::Created) {
        let _ = writeln!(text, "{}: {}", run.id(), run.reason.as_deref().unwrap_or(run.state.name()));
    }
    let days = (until - from).num_days();
    let _ = writeln!(text, "{}: {}", count(days, "day"), sum(runs));
    escape::terminal_lines(&text)
}

/// History for people.
pub fn history(runs: &[Run], width: Option<u16>) -> String {
    if runs.is_empty() {
        return "no runs\n".to_owned();
    }
    let mut table = table(&["due", "run", "state", "moment id", "why"], width);
    for run in runs {
        let why = run.reason.clone().unwrap_or_default();
        table.add_row([local(run), run.id().to_string(), run.state.to_string(), moment(run), why]);
    }
    escape::terminal_lines(&format!("{}\n{}\n", table.trim_fmt(), sum(runs)))
}

/// Everything about one run.
///
/// `commit` is what its commit says of itself, where that is known; `hold` the hold that kept it back; `names` those of the
/// run's corp.
pub fn whole(run: &Run, log: &[LogLine], commit: Option<&str>, hold: Option<&Hold>, names: &Names) -> String {
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
    line("why", run.reason.clone());
    line("moment id", run.moment_id.clone());
    line("job id", run.jobid.clone());
    line("errcode", run.errcode.map(|code| code.to_string()));
    line("errmsg", run.errmsg.clone());
    line("not taken", Some(not_taken(run, names)));
    line("attempts", Some(run.attempts.to_string()));
    line("held by", hold.map(|hold| holds::in_words(hold, &run.zone)));
    line("commit", run.commit.clone());
    line("", commit.map(str::to_owned));
    line("content", run.content_sha256.map(|digest| digest.to_string()));
    if let Some(post) = &run.post {
        line("audience", Some(post.audience.in_words(names)));
        line("text", post.text.clone());
        line("media", Some(post.media().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")));
    }
    text.push_str("\nwhat happened\n");
    for line in log {
        let moved = line.from.as_deref().map_or_else(|| line.to.clone(), |from| format!("{from} → {}", line.to));
        let code = line.errcode.map(|code| format!(" {code}")).unwrap_or_default();
        let why = line.reason.as_deref().map(|why| format!("  {why}")).unwrap_or_default();
        let _ = writeln!(text, "  {}  {moved}{code}{why}", local_at(line.at, &run.zone));
    }
    escape::terminal_lines(&text)
}

/// A bad day as it went, hour by hour: what struck, and what each run did about it.
pub fn bad_day(runs: &[(Run, Vec<LogLine>)], struck: &[Struck], zone: Tz) -> String {
    let mut lines: Vec<(DateTime<Utc>, String)> = Vec::new();
    for Struck { at, path, mishap } in struck {
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

/// How many runs ended how, in one line.
fn sum(runs: &[Run]) -> String {
    let counts = State::ALL.into_iter().filter_map(|state| {
        let count = runs.iter().filter(|run| run.state == state).count();
        (count > 0).then(|| format!("{count} {state}"))
    });
    let counts: Vec<String> = counts.collect();
    format!("{}, {}", count(runs.len(), "occurrence"), counts.join(", "))
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

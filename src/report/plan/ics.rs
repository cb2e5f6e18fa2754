//! For calendar programs: RFC 5545. Times are UTC instants, which need no zone to be sent along.
//!
//! Written by hand: a dozen properties, one way of escaping and one of folding. `icalendar` would bring `nom` and `uuid`, and
//! by default takes an event's id and stamp from chance and the clock. Here an event is the same one in every file: its id
//! comes from the run and its stamp from the plan.

use chrono::{DateTime, TimeDelta, Utc};

use super::{View, attachments, visibility, weight_in_words};
use crate::plan::Planned;
use crate::run::Slot;

/// Longest line, in bytes, without its end (RFC 5545, 3.1).
const LINE: usize = 75;
/// How long an event is drawn: a post takes a moment, and calendars hide what has no length.
const LENGTH: TimeDelta = TimeDelta::minutes(15);

/// An event is known by its campaign and its slot, so that a later file brings an earlier one up to date: a later window has
/// a later stamp and a higher sequence.
pub fn write(view: &View<'_>) -> String {
    let mut out = String::new();
    let mut line = |text: &str| fold(text, &mut out);
    line("BEGIN:VCALENDAR");
    line("VERSION:2.0");
    line("PRODID:-//Drumbeat//plan//EN");
    line("CALSCALE:GREGORIAN");
    line("METHOD:PUBLISH");
    line("X-WR-CALNAME:Drumbeat");
    for planned in &view.plan.occurrences {
        event(planned, view.plan.window.from, &mut line);
    }
    line("END:VCALENDAR");
    out
}

fn event(planned: &Planned, stamp: DateTime<Utc>, line: &mut impl FnMut(&str)) {
    let campaign = &planned.campaign;
    let at = planned.occurrence.at;
    let title = campaign.title.as_deref().unwrap_or(campaign.id.as_str());
    line("BEGIN:VEVENT");
    line(&format!("UID:{}@{}@drumbeat", campaign.id, Slot::from(&planned.occurrence)));
    line(&format!("DTSTAMP:{}", utc(stamp)));
    line(&format!("LAST-MODIFIED:{}", utc(stamp)));
    line(&format!("SEQUENCE:{}", sequence(stamp)));
    line(&format!("DTSTART:{}", utc(at)));
    line(&format!("DTEND:{}", utc(at + LENGTH)));
    line(&format!("SUMMARY:{}", escape(title)));
    line(&format!("DESCRIPTION:{}", escape(&description(planned))));
    let status = match (planned.is_repeated(), planned.is_held()) {
        (true, _) => "CANCELLED",
        (_, true) => "TENTATIVE",
        _ => "CONFIRMED",
    };
    line(&format!("STATUS:{status}"));
    line(&format!("CATEGORIES:{}", visibility(&campaign.post)));
    line("TRANSP:TRANSPARENT");
    line("END:VEVENT");
}

fn description(planned: &Planned) -> String {
    let (campaign, post) = (&planned.campaign, &planned.campaign.post);
    let mut lines = vec![format!("{} ({})", campaign.id, campaign.file)];
    lines.extend(planned.notes.iter().map(ToString::to_string));
    lines.push(format!("{}: {}", visibility(post), campaign.audience().into_lang(crate::text::Lang::En)));
    lines.extend(Some(attachments(post)).filter(|words| !words.is_empty()));
    if let Some(text) = &post.text {
        lines.push(format!("\n{}\n({})", text.trim_end(), weight_in_words(text)));
    }
    lines.join("\n")
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// Grows with the time of the plan: minutes since 2020, which fit into a calendar's number for four thousand years.
fn sequence(stamp: DateTime<Utc>) -> i32 {
    const YEAR_2020: i64 = 1_577_836_800;
    i32::try_from(((stamp.timestamp() - YEAR_2020) / 60).max(0)).unwrap_or(i32::MAX)
}

/// A text value; other control characters than line ends and tabs may not stand in one.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

/// Adds a line, broken between characters where it is too long; a line that goes on begins with a blank.
fn fold(text: &str, out: &mut String) {
    let mut used = 0;
    for c in text.chars() {
        if used + c.len_utf8() > LINE {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(c);
        used += c.len_utf8();
    }
    out.push_str("\r\n");
}

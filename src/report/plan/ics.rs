//! For calendar programs (RFC 5545). Times are UTC instants, so no zone definition is needed.
//!
//! Written by hand: a dozen properties, one way of escaping and one of folding. `icalendar` would bring `nom` and
//! `uuid`, and by default makes an event's id from random numbers and its stamp from the clock. Here the id comes from
//! the run and the stamp from the plan, so that the same event is recognized in every file.

use chrono::{DateTime, TimeDelta, Utc};

use super::View;
use super::cells::{attachments, content_number, length_in_words, visibility_and_audience, visibility_in_words};
use crate::plan::{Note, Planned};
use crate::run::Slot;
use crate::schedule;
use crate::text::{Lang, Text};

/// The longest line, in bytes, without its end (RFC 5545, 3.1).
const MAX_LINE_BYTES: usize = 75;
/// The length of an event: calendars hide events without a length.
const EVENT_LENGTH: TimeDelta = TimeDelta::minutes(15);

/// The campaign and the slot identify an event, so that a later file updates the events of an earlier one: a later
/// window has a later stamp and a higher sequence number.
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
        event(planned, view.plan.window.from, view.lang, &mut line);
    }
    line("END:VCALENDAR");
    out
}

fn event(planned: &Planned, stamp: DateTime<Utc>, lang: Lang, line: &mut impl FnMut(&str)) {
    let campaign = &planned.campaign;
    let at = planned.occurrence.at;
    let title = campaign.title.as_deref().unwrap_or(campaign.id.as_str());
    line("BEGIN:VEVENT");
    line(&format!("UID:{}@{}@drumbeat", campaign.id, Slot::from(&planned.occurrence)));
    line(&format!("DTSTAMP:{}", utc(stamp)));
    line(&format!("LAST-MODIFIED:{}", utc(stamp)));
    line(&format!("SEQUENCE:{}", sequence(stamp)));
    line(&format!("DTSTART:{}", utc(at)));
    line(&format!("DTEND:{}", utc(at + EVENT_LENGTH)));
    line(&format!("SUMMARY:{}", escape(title)));
    line(&format!("DESCRIPTION:{}", escape(&description(planned, lang))));
    let status = match (planned.is_repeated(), planned.is_held()) {
        (true, _) => "CANCELLED",
        (_, true) => "TENTATIVE",
        _ => "CONFIRMED",
    };
    line(&format!("STATUS:{status}"));
    line(&format!("CATEGORIES:{}", visibility_in_words(campaign.contents.audience()).get(lang)));
    line("TRANSP:TRANSPARENT");
    line("END:VEVENT");
}

fn description(planned: &Planned, lang: Lang) -> String {
    let (campaign, post) = (&planned.campaign, &planned.content.post);
    let (id, file) = (&campaign.id, &campaign.file);
    let mut lines = vec![text!(en: "{id} ({file})", zh: "{id}（{file}）")];
    lines.push(schedule::hint(planned.local_time().date()).text());
    lines.extend(planned.notes.iter().map(Note::text));
    lines.extend(content_number(planned).map(|number| text!(en: "{number}", zh: "{number}内容", number = number)));
    lines.push(visibility_and_audience(campaign));
    lines.extend(Some(attachments(post)).filter(|words| !words.is_empty()));
    if let Some(text) = &post.text {
        let (words, length) = (text.trim_end(), length_in_words(text));
        lines.push(text!(en: "\n{words}\n({length})", zh: "\n{words}\n（{length}）", length = length));
    }
    Text::join(&lines, &Text::quoted("\n")).into_lang(lang)
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// Minutes since 2020: grows with the time of the plan, and fits into 32 bits for four thousand years.
fn sequence(stamp: DateTime<Utc>) -> i32 {
    const YEAR_2020: i64 = 1_577_836_800;
    i32::try_from(((stamp.timestamp() - YEAR_2020) / 60).max(0)).unwrap_or(i32::MAX)
}

/// Escapes a text value; control characters other than line ends and tabs are not allowed in one.
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

/// Adds a line, folded between characters if it is too long; continuation lines begin with a blank.
fn fold(text: &str, out: &mut String) {
    let mut used = 0;
    for c in text.chars() {
        if used + c.len_utf8() > MAX_LINE_BYTES {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(c);
        used += c.len_utf8();
    }
    out.push_str("\r\n");
}

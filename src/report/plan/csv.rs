//! For spreadsheets.

use chrono::SecondsFormat;
use csv::Terminator;

use super::{View, attachments, visibility};
use crate::escape;
use crate::limits::weight;
use crate::plan::Planned;
use crate::report::parts::csv;

const HEAD: [&str; 15] = [
    "date",
    "time",
    "weekday",
    "day",
    "timezone",
    "due",
    "campaign",
    "title",
    "visibility",
    "audience",
    "text",
    "weight",
    "attachments",
    "notes",
    "file",
];

pub fn write(view: &View<'_>) -> String {
    // Without a byte order mark Excel reads Chinese as noise.
    format!("\u{feff}{}", csv(HEAD, view.plan.occurrences.iter().map(row), Terminator::CRLF))
}

fn row(planned: &Planned) -> [String; 15] {
    let (campaign, post, wall) = (&planned.campaign, &planned.campaign.post, planned.wall());
    let text = post.text.clone().unwrap_or_default();
    let notes: Vec<String> = planned.notes.iter().map(ToString::to_string).collect();
    let text_cell = |text: &str| escape::csv(text);
    [
        // The program's own dates, times and numbers are to be read as such.
        wall.format("%Y-%m-%d").to_string(),
        wall.format("%H:%M:%S").to_string(),
        wall.format("%a").to_string(),
        text_cell(&planned.day.text().into_lang(crate::text::Lang::En)),
        campaign.terms.schedule.zone().name().to_owned(),
        planned.occurrence.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        text_cell(campaign.id.as_str()),
        text_cell(campaign.title.as_deref().unwrap_or_default()),
        visibility(post).to_owned(),
        text_cell(&campaign.audience().into_lang(crate::text::Lang::En)),
        text_cell(text.trim_end()),
        weight(&text).to_string(),
        text_cell(&attachments(post)),
        text_cell(&notes.join("; ")),
        text_cell(&campaign.file),
    ]
}

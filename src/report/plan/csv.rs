//! For spreadsheets: RFC 4180, with a byte order mark, without which Excel reads Chinese as noise.

use chrono::SecondsFormat;

use super::{View, attachments, visibility};
use crate::limits::weight;
use crate::plan::Planned;

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
    let mut out = format!("\u{feff}{}\r\n", HEAD.join(","));
    for planned in &view.plan.occurrences {
        out.push_str(&row(planned).map(|value| cell(&value)).join(","));
        out.push_str("\r\n");
    }
    out
}

fn row(planned: &Planned) -> [String; 15] {
    let (campaign, post, wall) = (&planned.campaign, &planned.campaign.post, planned.wall());
    let text = post.text.clone().unwrap_or_default();
    let notes: Vec<String> = planned.notes.iter().map(ToString::to_string).collect();
    [
        wall.format("%Y-%m-%d").to_string(),
        wall.format("%H:%M:%S").to_string(),
        wall.format("%a").to_string(),
        planned.day.to_string(),
        campaign.terms.schedule.zone().name().to_owned(),
        planned.occurrence.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        campaign.id.to_string(),
        campaign.title.as_deref().unwrap_or_default().to_owned(),
        visibility(post).to_owned(),
        campaign.audience(),
        text.trim_end().to_owned(),
        weight(&text).to_string(),
        attachments(post),
        notes.join("; "),
        campaign.file.to_string(),
    ]
}

/// A cell: quoted where it must be, and never a formula to the program that opens it.
fn cell(value: &str) -> String {
    let is_formula = value.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let value = if is_formula || value.starts_with(['\t', '\r']) { format!("'{value}") } else { value.to_owned() };
    if value.contains([',', '"', '\n', '\r']) { format!("\"{}\"", value.replace('"', "\"\"")) } else { value }
}

//! For people at a terminal.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::changes::write_changes;
use super::{
    View, attachments_in_short, errors, id_and_title, idle, notices, sum, text_and_weight, visibility, when_and_zone,
};
use crate::escape::terminal as plain;
use crate::plan::{DayOfPlan, Plan, Planned};
use crate::report::parts::{listing, table, wrapped};

/// Below this width, in columns, a terminal has no room for the table of days.
const NARROW: u16 = 80;
/// Longest bar in the table of days.
const BAR: usize = 16;
/// Most campaigns named for a day.
const MAX_LISTED: usize = 6;
/// Most characters of a text.
const TEXT: usize = 40;

/// `width` is the terminal's; nothing where there is none.
pub fn write(view: &View<'_>, width: Option<u16>) -> String {
    let mut out = String::new();
    for error in errors(view) {
        let _ = writeln!(out, "error: {}", plain(&error));
    }
    for notice in notices(view) {
        let _ = writeln!(out, "note: {}", plain(&notice));
    }
    if let Some(changes) = view.changes {
        write_changes(&mut out, view, changes);
    }
    if view.plan.occurrences.is_empty() {
        out.push_str("nothing is due in this time\n");
    } else {
        let head = ["due", "campaign", "visible", "audience", "text", "attachments", "notes"];
        let rows = view.plan.occurrences.iter().map(|planned| row(planned, view.plan));
        let _ = writeln!(out, "{}", listing(head, 2, rows, width));
        match width {
            Some(width) if width < NARROW => out.push_str(&days_in_lines(view.plan)),
            _ => _ = writeln!(out, "{}\n", days(view.plan, width).trim_fmt()),
        }
    }
    for broken in view.broken {
        let _ = writeln!(
            out,
            "cannot be posted: {}: {}",
            plain(&broken.file),
            plain(broken.reason.get(crate::text::Lang::En))
        );
    }
    let _ = writeln!(out, "{}", plain(&sum(view.plan)));
    if let Some(idle) = idle(view.plan) {
        let _ = writeln!(out, "{}", plain(&idle));
    }
    match width {
        Some(width) if width < NARROW => folded(&out, width.into()),
        _ => out,
    }
}

/// Lines that are too long for a terminal go on farther to the right.
fn folded(text: &str, width: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let farther = if line.width() > width { indent + 2 } else { indent };
        for (n, part) in wrapped(line.trim_start(), width.saturating_sub(farther).max(1)).iter().enumerate() {
            let indent = if n == 0 { indent } else { farther };
            let _ = writeln!(out, "{}{part}", " ".repeat(indent));
        }
    }
    out
}

fn row(planned: &Planned, plan: &Plan) -> [String; 7] {
    let (campaign, post) = (&planned.campaign, &planned.campaign.post);
    let notes = planned.day_note().into_iter().chain(planned.notes.iter().map(ToString::to_string));
    [
        when_and_zone(planned, plan.zone),
        id_and_title(campaign),
        visibility(post).to_owned(),
        campaign.audience().into_lang(crate::text::Lang::En),
        text_and_weight(post, TEXT),
        attachments_in_short(post),
        notes.collect::<Vec<_>>().join("; "),
    ]
}

fn days(plan: &Plan, width: Option<u16>) -> comfy_table::Table {
    let most = plan.days.iter().map(|day| day.posts).max().unwrap_or(0).max(1);
    let mut table = table(&["day", "posts", "", "campaigns"], width);
    for day in &plan.days {
        let bar = "█".repeat((day.posts * BAR.min(most)).div_ceil(most));
        let posts = if day.posts == 0 { "·".to_owned() } else { day.posts.to_string() };
        let note = day.day_note().map(|note| format!("{} ", plain(&note))).unwrap_or_default();
        table.add_row([day.date.format("%a %Y-%m-%d").to_string(), posts, bar, note + &campaigns(day)]);
    }
    table
}

/// The days with posts, for a terminal without room for a table.
fn days_in_lines(plan: &Plan) -> String {
    let mut out = String::new();
    for day in plan.days.iter().filter(|day| day.posts > 0) {
        let note = day.day_note().map(|note| format!("{} ", plain(&note))).unwrap_or_default();
        let _ = writeln!(out, "{}  {}  {note}{}", day.date.format("%a %Y-%m-%d"), day.posts, campaigns(day));
    }
    out.push('\n');
    out
}

fn campaigns(day: &DayOfPlan) -> String {
    let mut names: Vec<&str> = day.campaigns.iter().take(MAX_LISTED).map(|it| it.id.as_str()).collect();
    let more = format!("{} more", day.campaigns.len().saturating_sub(MAX_LISTED));
    if day.campaigns.len() > MAX_LISTED {
        names.push(&more);
    }
    names.join(", ")
}

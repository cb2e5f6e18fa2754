//! For people at a terminal.

use std::fmt::Write as _;

use super::changes::write_changes;
use super::{View, attachments_in_short, id_and_title, notices, sum, text_and_weight, visibility, when_and_zone};
use crate::escape::terminal as plain;
use crate::plan::{DayOfPlan, Plan, Planned};
use crate::report::parts::{listing, table};

/// Longest bar in the table of days.
const BAR: usize = 16;
/// Most campaigns named for a day.
const LISTED: usize = 6;
/// Most characters of a text.
const TEXT: usize = 40;

/// `width` is the terminal's; nothing where there is none.
pub fn write(view: &View<'_>, width: Option<u16>) -> String {
    let mut out = String::new();
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
        let _ = writeln!(out, "{}\n", days(view.plan, width).trim_fmt());
    }
    for broken in view.broken {
        let _ = writeln!(out, "cannot be posted: {}: {}", plain(&broken.file), plain(&broken.reason));
    }
    let _ = writeln!(out, "{}", sum(view.plan));
    out
}

fn row(planned: &Planned, plan: &Plan) -> [String; 7] {
    let (campaign, post) = (&planned.campaign, &planned.campaign.post);
    let notes = planned.day_note().into_iter().chain(planned.notes.iter().map(ToString::to_string));
    [
        when_and_zone(planned, plan.zone),
        id_and_title(campaign),
        visibility(post).to_owned(),
        campaign.audience(),
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

fn campaigns(day: &DayOfPlan) -> String {
    let mut names: Vec<&str> = day.campaigns.iter().take(LISTED).map(|it| it.id.as_str()).collect();
    let more = format!("{} more", day.campaigns.len().saturating_sub(LISTED));
    if day.campaigns.len() > LISTED {
        names.push(&more);
    }
    names.join(", ")
}

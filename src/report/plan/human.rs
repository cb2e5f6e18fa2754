//! For people at a terminal.

use std::fmt::Write as _;

use comfy_table::Table;

use super::{
    View, attachments_in_short, media_change, notices, quota, renamed, sum, text_and_weight, visibility, when,
    when_and_notes,
};
use crate::escape::{terminal as plain, terminal_lines};
use crate::plan::diff::{self, Piece};
use crate::plan::{Change, Changes, DayOfPlan, Field, Kind, Plan, Planned, Reach};
use crate::report::parts::{count, table};

/// Longest bar in the table of days.
const BAR: usize = 24;
/// Most campaigns named for a day, and most occurrences listed for a change.
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
        let _ = writeln!(out, "{}\n", occurrences(view.plan, width).trim_fmt());
        let _ = writeln!(out, "{}\n", days(view.plan, width).trim_fmt());
    }
    for broken in view.broken {
        let _ = writeln!(out, "cannot be posted: {}: {}", broken.file, plain(&broken.reason));
    }
    let _ = writeln!(out, "{}", sum(view.plan));
    out
}

fn occurrences(plan: &Plan, width: Option<u16>) -> Table {
    let mut table = table(&["due", "campaign", "visible", "audience", "text", "attachments", "notes"], width);
    for planned in &plan.occurrences {
        let (campaign, post) = (&planned.campaign, &planned.campaign.post);
        let zone = campaign.terms.schedule.zone();
        let due = when(planned);
        let due = if zone == plan.zone { due } else { format!("{due} ({zone})") };
        let notes = planned.day_note().into_iter().chain(planned.notes.iter().map(ToString::to_string));
        let row = [
            due,
            campaign.id.to_string(),
            visibility(post).to_owned(),
            campaign.audience(),
            text_and_weight(post, TEXT),
            attachments_in_short(post),
            notes.collect::<Vec<_>>().join("; "),
        ];
        table.add_row(row.map(|cell| plain(&cell)));
    }
    table
}

fn days(plan: &Plan, width: Option<u16>) -> Table {
    let most = plan.days.iter().map(|day| day.posts).max().unwrap_or(0).max(1);
    let mut table = table(&["day", "posts", "", "campaigns"], width);
    for day in &plan.days {
        let bar = "█".repeat((day.posts * BAR.min(most)).div_ceil(most));
        let note = day.day_note().map(|note| format!(" {note}")).unwrap_or_default();
        let posts = if day.posts == 0 { "·".to_owned() } else { day.posts.to_string() };
        let date = format!("{}{}", day.date.format("%a %Y-%m-%d"), plain(&note));
        table.add_row([date, posts, bar, campaigns(day)]);
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

fn write_changes(out: &mut String, view: &View<'_>, changes: &Changes) {
    let base = view.base.unwrap_or("the other book");
    let _ = writeln!(out, "against {}: {}", plain(base), changed(changes));
    if changes.closed {
        out.push_str("the policy's blackouts or quiet hours changed\n");
    }
    for line in renamed(changes) {
        let _ = writeln!(out, "{}", plain(&line));
    }
    for change in &changes.campaigns {
        out.push('\n');
        write_change(out, change);
    }
    out.push('\n');
    let (before, after) = (quota(view.plan, &changes.before), quota(view.plan, &changes.after));
    for ((what, before), (_, after)) in before.into_iter().zip(after) {
        let _ = writeln!(out, "{what}: {before} → {after}");
    }
    out.push('\n');
}

fn changed(changes: &Changes) -> String {
    if changes.campaigns.is_empty() {
        return "no campaign changes".to_owned();
    }
    let kinds = ["added", "changed", "removed", "broken", "mended"];
    let counts = kinds.into_iter().map(|kind| (kind, changes.count(kind))).filter(|(_, count)| *count > 0);
    let counts: Vec<String> = counts.map(|(kind, count)| format!("{count} {kind}")).collect();
    counts.join(", ")
}

fn write_change(out: &mut String, change: &Change) {
    let _ = writeln!(out, "{} {}", change.kind.name(), plain(&change.name));
    for line in remarks(change) {
        let _ = writeln!(out, "  {}", plain(&line));
    }
    for field in &change.fields {
        match field {
            Field::Value { key, before, after } => {
                let show = |it: &Option<String>| it.as_deref().map_or("nothing".to_owned(), plain);
                let _ = writeln!(out, "  {key}: {} → {}", show(before), show(after));
            }
            Field::Text { before, after } => {
                let text: String = diff::words(before, after).iter().map(piece).collect();
                let _ = writeln!(out, "  text: {}", text.trim_end().replace('\n', "\n        "));
            }
            Field::Media(media) => {
                for change in media {
                    let _ = writeln!(out, "  attachments: {}", plain(&media_change(change)));
                }
            }
        }
    }
    for moved in change.moved.iter().take(LISTED) {
        let _ = writeln!(out, "  moved {} → {}", when(&moved.before), plain(&when_and_notes(&moved.after)));
    }
    for (what, planned) in lists(change) {
        for planned in planned.iter().take(LISTED) {
            let _ = writeln!(out, "  {what} {}", plain(&when_and_notes(planned)));
        }
        if planned.len() > LISTED {
            let _ = writeln!(out, "  {what} {} more", planned.len() - LISTED);
        }
    }
}

fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Same(text) => terminal_lines(text),
        Piece::Gone(text) => format!("[-{}-]", terminal_lines(text)),
        Piece::New(text) => format!("{{+{}+}}", terminal_lines(text)),
    }
}

/// The lists of occurrences of a change, each with its word.
pub(super) fn lists(change: &Change) -> [(&'static str, &[Planned]); 4] {
    let (gained, lost) = (&change.gained, &change.lost);
    [("gained", gained), ("lost", lost), ("now held", &change.held), ("no longer held", &change.freed)]
}

/// What a reviewer must hear of a change, the weightiest first.
pub(super) fn remarks(change: &Change) -> Vec<String> {
    let mut remarks = Vec::new();
    match change.reach {
        Reach::Wider => remarks.push("WIDER AUDIENCE: it reaches people whom it did not reach before".to_owned()),
        Reach::Mixed => {
            remarks.push("OTHER AUDIENCE: it reaches people whom it may not have reached before".to_owned())
        }
        Reach::Narrower => remarks.push("narrower audience".to_owned()),
        Reach::Same => {}
    }
    if change.is_new_to_everyone() {
        remarks.push("TO EVERYBODY: every member in the app's scope, all their customers".to_owned());
    }
    match &change.kind {
        Kind::Broken(reason) => remarks.push(format!("it cannot be posted, and would be held: {reason}")),
        Kind::Reborn { was } => {
            remarks.push(format!("the same as `{was}`, under a new id: to the service a new campaign, without a past"));
        }
        Kind::Mended => remarks.push("it could not be posted before".to_owned()),
        Kind::Added | Kind::Removed | Kind::Changed => {}
    }
    if change.is_over {
        remarks.push("it is already over: nothing of it will be posted any more".to_owned());
    }
    if let Some(last) = change.past.last() {
        let what = match (change.past.len(), &change.before) {
            (1, Some(_)) => "1 occurrence is already past, which this cannot change".to_owned(),
            (many, Some(_)) => format!("{} are already past, which this cannot change", count(many, "occurrence")),
            (1, None) => "1 of its times is already past and will not be posted".to_owned(),
            (many, None) => format!("{many} of its times are already past and will not be posted"),
        };
        remarks.push(format!("{what}: the last was {}", when(last)));
    }
    remarks
}

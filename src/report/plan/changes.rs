//! What a pull request changes, for people at a terminal, and the words that Markdown shares with it.

use std::fmt::Write as _;

use chrono_tz::Tz;

use super::{
    View, audience_in_words, campaign_of, counts, facts, media_change, name_of, notes_of, quota, renamed, rules,
    shortened, told, when, when_and_zone, zone_note, zones_of,
};
use crate::escape::{terminal as plain, terminal_lines};
use crate::plan::text_diff::{self, Piece};
use crate::plan::{AudienceChange, Change, Changes, Field, Kind, Planned, SecondPost, VISIBLE_RANGE};
use crate::report::parts::count;
use crate::text::Lang;

/// Most characters of a text that stays as it is.
const TEXT: usize = 40;
/// Most occurrences listed for a change.
const MAX_LISTED: usize = 6;

/// Everything that differs.
pub(super) fn write_changes(out: &mut String, view: &View<'_>, changes: &Changes) {
    let base = view.base.unwrap_or("the other book");
    let _ = writeln!(out, "against {}: {}", plain(base), counts(changes));
    for line in
        rules(changes).into_iter().chain(renamed(changes)).chain(changes.audiences.iter().map(audience_in_words))
    {
        let _ = writeln!(out, "{}", plain(&line));
    }
    for change in told(changes) {
        out.push('\n');
        write_change(out, change, view);
    }
    out.push('\n');
    let (before, after) = (quota(view.plan, &changes.before), quota(view.plan, &changes.after));
    for ((what, before), (_, after)) in before.into_iter().zip(after) {
        let _ = writeln!(out, "{what}: {before} → {after}");
    }
    out.push('\n');
}

fn write_change(out: &mut String, change: &Change, view: &View<'_>) {
    let book = view.plan.zone;
    let _ = writeln!(out, "{} {}", change.kind.name(), plain(&name_of(change)));
    let facts = campaign_of(change).into_iter().flat_map(facts);
    for line in remarks(change, book).into_iter().chain(facts) {
        let _ = writeln!(out, "  {}", plain(&line));
    }
    // What is there on one side only is shown as it is.
    if let (Some(it), None) | (None, Some(it)) = (&change.after, &change.before)
        && let Some(text) = &it.post.text
    {
        let _ = writeln!(out, "  text: {}", indented(&terminal_lines(text)));
    }
    let says_text = |change: &Change| change.fields.iter().any(|field| matches!(field, Field::Text { .. }));
    if let (Some(_), Some(after)) = (&change.before, &change.after)
        && let (Some(text), false) = (&after.post.text, says_text(change))
    {
        let _ = writeln!(out, "  text: {} (as before)", plain(&shortened(text, TEXT)));
    }
    for field in shown_fields(change) {
        match field {
            Field::Value { key, before, after } => {
                let show = |it: &Option<String>| it.as_deref().map_or("nothing".to_owned(), plain);
                let _ = writeln!(out, "  {}: {} → {}", plain(key), show(before), show(after));
            }
            Field::Text { before, after } => {
                let text: String = text_diff::words(before, after).iter().map(piece).collect();
                let _ = writeln!(out, "  text: {}", indented(&text));
            }
            Field::Media(media) => {
                for change in media {
                    let _ = writeln!(out, "  attachments: {}", plain(&media_change(change, view.unfetched)));
                }
            }
        }
    }
    for moved in change.moved.iter().take(MAX_LISTED) {
        let [from, to] = zones_of(moved, book);
        let (before, after) = (when(&moved.before), when(&moved.after));
        let _ = writeln!(out, "  moved {before}{from} → {after}{to}{}", plain(&notes_of(&moved.after)));
    }
    if change.moved.len() > MAX_LISTED {
        let _ = writeln!(out, "  moved {} more", change.moved.len() - MAX_LISTED);
    }
    for (what, planned) in lists(change) {
        for planned in planned.iter().take(MAX_LISTED) {
            let _ = writeln!(out, "  {what} {}", plain(&(when_and_zone(planned, book) + &notes_of(planned))));
        }
        if planned.len() > MAX_LISTED {
            let _ = writeln!(out, "  {what} {} more", planned.len() - MAX_LISTED);
        }
    }
}

fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n        ")
}

fn piece(piece: &Piece) -> String {
    // A line end alone is not seen.
    let marked = |text: &str| terminal_lines(text).replace('\n', "↵\n");
    match piece {
        Piece::Same(text) => terminal_lines(text),
        Piece::Removed(text) => format!("[-{}-]", marked(text)),
        Piece::Added(text) => format!("{{+{}+}}", marked(text)),
    }
}

/// The lists of occurrences of a change, each with its word.
pub(super) fn lists(change: &Change) -> [(&'static str, &[Planned]); 4] {
    let (gained, lost) = (&change.gained, &change.lost);
    [("gained", gained), ("lost", lost), ("now held", &change.held), ("no longer held", &change.released)]
}

/// The parts of a campaign that differ, without what the change of an audience tells already.
pub(super) fn shown_fields(change: &Change) -> impl Iterator<Item = &Field> {
    let is_told = change.named_audience().is_some();
    change.fields.iter().filter(move |field| !(is_told && field.key() == VISIBLE_RANGE))
}

/// Whether a change is told before and outside of any fold.
pub(super) fn is_loud(change: &Change) -> bool {
    // Of a named audience that reaches others now, its own line tells.
    let is_wider = change.is_wider() && change.named_audience().is_none();
    is_wider
        || !change.second.is_empty()
        || !change.again.is_empty()
        || change.is_new_to_everyone()
        || change.is_over
        || matches!(change.kind, Kind::Broken(_) | Kind::IdChanged { .. } | Kind::Removed)
}

/// What is to be known of posts that come shortly after others.
fn second_in_words(second: &[SecondPost], book: Tz) -> Option<String> {
    let SecondPost { first, again, is_today } = second.first()?;
    let more = match second.len() - 1 {
        0 => String::new(),
        more => format!(" and {}", count(more, "more time")),
    };
    let said = if *is_today {
        let time = |it: &Planned| format!("{}{}", it.wall().format("%H:%M"), zone_note(it, book));
        let day = first.wall().format("%a %Y-%m-%d");
        format!(
            "today's {} may have gone out already; this edit posts again today ({day}) at {}",
            time(first),
            time(again)
        )
    } else {
        let (first, again) = (when_and_zone(first, book), when_and_zone(again, book));
        format!("the post of {first} may have gone out already; this edit posts again on {again}")
    };
    Some(format!("SECOND POST: {said}{more}"))
}

/// What a reviewer must hear of a change, the weightiest first.
pub(super) fn remarks(change: &Change, book: Tz) -> Vec<String> {
    let mut remarks = Vec::new();
    remarks.extend(second_in_words(&change.second, book));
    match change.reach {
        _ if change.named_audience().is_some() => {}
        AudienceChange::Wider => {
            remarks.push("WIDER AUDIENCE: it reaches people whom it did not reach before".to_owned())
        }
        AudienceChange::Mixed => {
            remarks.push("OTHER AUDIENCE: it reaches people whom it may not have reached before".to_owned())
        }
        AudienceChange::Narrower => remarks.push("narrower audience".to_owned()),
        AudienceChange::Same => {}
    }
    if change.is_new_to_everyone() {
        remarks.push("TO EVERYBODY: every member in the app's scope, all their customers".to_owned());
    }
    match &change.kind {
        Kind::Broken(reason) => remarks.push(format!("it cannot be posted, and would be held: {reason}")),
        Kind::IdChanged { was } => {
            remarks.push(format!(
                "it posts the same as `{was}`, under a new id: to the service a new campaign, without a past"
            ));
        }
        Kind::Fixed => remarks.push("it could not be posted before".to_owned()),
        Kind::Removed => remarks.push(match &change.lost[..] {
            [] => "it is removed; nothing of it is due in this time".to_owned(),
            [only] => format!("it is removed: the post of {} is not made", when_and_zone(only, book)),
            [next, ..] => {
                let posts = change.lost.len();
                format!("it is removed: {posts} posts are not made, the next on {}", when_and_zone(next, book))
            }
        }),
        Kind::Added | Kind::Changed => {}
    }
    if change.is_over {
        remarks.push("it is already over: nothing of it will be posted any more".to_owned());
    }
    if let Some(first) = change.again.first() {
        let comes = match change.again.len() {
            1 => "1 time comes again in the new time zone and is not posted twice".to_owned(),
            many => format!("{many} times come again in the new time zone and are not posted twice"),
        };
        remarks.push(format!("{comes}: {}", when_and_zone(first, book)));
    }
    if let Some(unknown) = &change.first_unknown
        && let Some(doubt) = &unknown.doubt
    {
        remarks.push(format!("posts from {} on are held: {}", unknown.local.date(), doubt.text().into_lang(Lang::En)));
    }
    let past = &change.past_named;
    if let (Some(last), false) = (past.last(), change.kind == Kind::Removed) {
        let what = match (past.len(), &change.before) {
            (1, Some(_)) => {
                "1 time that this edit adds or takes away is already past: nothing comes of that".to_owned()
            }
            (many, Some(_)) => {
                format!("{many} times that this edit adds or takes away are already past: nothing comes of that")
            }
            (1, None) => "1 of its times is already past and will not be posted".to_owned(),
            (many, None) => format!("{many} of its times are already past and will not be posted"),
        };
        remarks.push(format!("{what}: the last was {}", when_and_zone(last, book)));
    }
    remarks
}

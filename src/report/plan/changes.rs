//! What a pull request changes, for people at a terminal.

use std::fmt::Write as _;

use super::View;
use super::cells::{Dates, facts, shortened, texts};
use super::notices::{base_name, jumped, nothing, renamed, rules};
use super::remarks::{
    audience_in_words, campaign_of, content_change, label, lists, media_change, move_in_words, moved, name_of,
    numbered_label, occurrence, other_content, remarks, shown, shown_fields,
};
use super::summary::{counts, quota};
use crate::escape::{terminal as plain, terminal_lines};
use crate::plan::text_diff::{self, Piece};
use crate::plan::{CampaignChange, CampaignField, Changes};
use crate::text::{Lang, Text};

/// Shown characters of a text that did not change.
const MAX_TEXT_CHARS: usize = 40;
/// Listed occurrences of each kind per change.
const MAX_LISTED: usize = 6;

/// Writes all differences between the two books.
pub(super) fn write_changes(out: &mut String, view: &View<'_>, changes: &Changes) {
    let say = |text: Text| plain(text.get(view.lang));
    let against = text!(
        en: "against {base}: {counts}",
        zh: "与 {base} 相比：{counts}",
        base = base_name(view),
        counts = counts(changes)
    );
    let _ = writeln!(out, "{}", say(against));
    for line in rules(changes)
        .into_iter()
        .chain(renamed(changes))
        .chain(jumped(changes))
        .chain(changes.audiences.iter().map(audience_in_words))
    {
        let _ = writeln!(out, "{}", say(line));
    }
    for change in shown(changes) {
        out.push('\n');
        write_change(out, change, view);
    }
    out.push('\n');
    let (before, after) = (quota(view.plan, &changes.before), quota(view.plan, &changes.after));
    for ((what, before), (_, after)) in before.into_iter().zip(after) {
        let line = text!(en: "{what}: {before} → {after}", zh: "{what}：{before} → {after}", what = what, before = before, after = after);
        let _ = writeln!(out, "{}", say(line));
    }
    out.push('\n');
}

fn write_change(out: &mut String, change: &CampaignChange, view: &View<'_>) {
    let (lang, dates) = (view.lang, Dates::of(view.plan));
    let say = |text: &Text| plain(text.get(lang));
    let _ = writeln!(out, "{} {}", say(&change.kind.text()), plain(&name_of(change)));
    let facts = campaign_of(change).into_iter().flat_map(facts);
    for line in remarks(change, dates).into_iter().chain(facts) {
        let _ = writeln!(out, "  {}", say(&line));
    }
    let colon = text!(en: ": ", zh: "：").into_lang(lang);
    let mut line = |label: Text, value: &str| _ = writeln!(out, "  {}{colon}{value}", say(&label));
    // A campaign that only one book has is shown as it is.
    if let (Some(it), None) | (None, Some(it)) = (&change.after, &change.before) {
        for (number, text) in texts(it) {
            line(numbered_label("text", number), &indented(&terminal_lines(text)));
        }
    }
    let text_changes =
        |change: &CampaignChange| change.fields.iter().any(|field| matches!(field, CampaignField::Text { .. }));
    if let (Some(_), Some(after)) = (&change.before, &change.after)
        && let (Some(text), false) = (&after.contents.first().post().text, text_changes(change))
        && !after.contents.has_several()
    {
        let beginning = shortened(text, MAX_TEXT_CHARS);
        line(label("text"), &say(&text!(en: "{beginning} (as before)", zh: "{beginning}（没有变）")));
    }
    for field in shown_fields(change) {
        match field {
            CampaignField::Value { key, before, after } => {
                let show = |it: &Option<Text>| say(it.as_ref().unwrap_or(&nothing()));
                line(label(key), &format!("{} → {}", show(before), show(after)));
            }
            CampaignField::Text { content, before, after } => {
                let text: String = text_diff::words(before, after).iter().map(piece).collect();
                line(numbered_label("text", *content), &indented(&text));
            }
            CampaignField::Media { content, changes } => {
                for change in changes {
                    line(numbered_label("attachments", *content), &say(&media_change(change, view.unfetched)));
                }
            }
        }
    }
    write_occurrences(out, change, dates, lang);
}

fn write_occurrences(out: &mut String, change: &CampaignChange, dates: Dates, lang: Lang) {
    let say = |text: &Text| plain(text.get(lang));
    let more = |all: usize| text!(en: "{more} more", zh: "还有 {more} 次", more = all - MAX_LISTED);
    let other = say(&other_content());
    for it in change.contents.iter().take(MAX_LISTED) {
        let _ = writeln!(out, "  {other} {}", say(&content_change(it, dates)));
    }
    if change.contents.len() > MAX_LISTED {
        let _ = writeln!(out, "  {other} {}", say(&more(change.contents.len())));
    }
    let moved = say(&moved());
    for it in change.moved.iter().take(MAX_LISTED) {
        let line = move_in_words(it, dates);
        let _ = writeln!(out, "  {moved} {}", say(&line));
    }
    if change.moved.len() > MAX_LISTED {
        let _ = writeln!(out, "  {moved} {}", say(&more(change.moved.len())));
    }
    for (what, planned) in lists(change) {
        for planned in planned.iter().take(MAX_LISTED) {
            let _ = writeln!(out, "  {} {}", say(&what), say(&occurrence(planned, dates)));
        }
        if planned.len() > MAX_LISTED {
            let _ = writeln!(out, "  {} {}", say(&what), say(&more(planned.len())));
        }
    }
}

/// A text whose further lines are indented to its first.
fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n        ")
}

fn piece(piece: &Piece) -> String {
    // Alone, the end of a line would be invisible.
    let marked = |text: &str| terminal_lines(text).replace('\n', "↵\n");
    match piece {
        Piece::Same(text) => terminal_lines(text),
        Piece::Removed(text) => format!("[-{}-]", marked(text)),
        Piece::Added(text) => format!("{{+{}+}}", marked(text)),
    }
}

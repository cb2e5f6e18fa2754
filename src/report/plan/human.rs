//! For people at a terminal.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::View;
use super::cells::{
    Dates, attachments_in_short, comma, festival, id_and_title, notes_of, numbered_text, visibility_in_words,
};
use super::changes::write_changes;
use super::notices::{errors, notices};
use super::summary::{idle, sum};
use crate::escape::terminal as plain;
use crate::plan::{DayOfPlan, Plan, Planned};
use crate::report::parts::{listing, table, wrapped};
use crate::text::{Lang, StaticText, Text};

/// Minimum terminal width, in columns, for the table of days.
const NARROW_WIDTH: u16 = 80;
/// The longest bar in the table of days, in characters.
const MAX_BAR: usize = 16;
/// Campaigns named per day.
const MAX_LISTED: usize = 6;
/// Shown characters of a text.
const MAX_TEXT_CHARS: usize = 40;

const HEAD: [StaticText; 7] = [
    StaticText { en: "due", zh: "应发时间" },
    StaticText { en: "campaign", zh: "活动" },
    StaticText { en: "visible", zh: "可见范围" },
    StaticText { en: "audience", zh: "发表范围" },
    StaticText { en: "text", zh: "文字" },
    StaticText { en: "attachments", zh: "附件" },
    StaticText { en: "notes", zh: "说明" },
];

/// `width` is the terminal's, in columns; `None` without a terminal.
pub fn write(view: &View<'_>, width: Option<u16>) -> String {
    let (plan, lang) = (view.plan, view.lang);
    let say = |text: Text| plain(text.get(lang));
    let mut out = String::new();
    for error in errors(view) {
        let _ = writeln!(out, "{}", say(text!(en: "error: {error}", zh: "错误：{error}", error = error)));
    }
    for notice in notices(view) {
        let _ = writeln!(out, "{}", say(text!(en: "note: {notice}", zh: "注意：{notice}", notice = notice)));
    }
    if let Some(changes) = view.changes {
        write_changes(&mut out, view, changes);
    }
    if plan.occurrences.is_empty() {
        let _ = writeln!(out, "{}", say(text!(en: "nothing is due in this time", zh: "这段时间里没有要发表的")));
    } else {
        let head = HEAD.map(|title| title.get(lang));
        let rows = plan.occurrences.iter().map(|planned| row(planned, plan, lang));
        let _ = writeln!(out, "{}", listing(head, 2, rows, width));
        match width {
            Some(width) if width < NARROW_WIDTH => out.push_str(&days_in_lines(plan, lang)),
            _ => _ = writeln!(out, "{}\n", days(plan, width, lang).trim_fmt()),
        }
    }
    for invalid in view.invalid_files {
        let file = &invalid.file;
        let line = text!(
            en: "cannot be posted: {file}: {reason}",
            zh: "不能发表：{file}：{reason}",
            reason = invalid.reason
        );
        let _ = writeln!(out, "{}", say(line));
    }
    for line in [Some(sum(plan)), idle(plan)].into_iter().flatten() {
        let _ = writeln!(out, "{}", say(line));
    }
    match width {
        Some(width) => folded(&out, width.into()),
        None => out,
    }
}

/// Wraps lines that are too long for a terminal, with a deeper indent.
fn folded(text: &str, width: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        if line.width() <= width {
            let _ = writeln!(out, "{line}");
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        for (n, part) in wrapped(line.trim_start(), width.saturating_sub(indent + 2).max(1)).iter().enumerate() {
            let indent = if n == 0 { indent } else { indent + 2 };
            let _ = writeln!(out, "{}{part}", " ".repeat(indent));
        }
    }
    out
}

fn row(planned: &Planned, plan: &Plan, lang: Lang) -> [String; 7] {
    let (campaign, post) = (&planned.campaign, &planned.content.post);
    [
        Dates::of(plan).when_and_zone(planned),
        Text::quoted(id_and_title(campaign)),
        visibility_in_words(&post.audience),
        campaign.audience(),
        numbered_text(planned, MAX_TEXT_CHARS),
        attachments_in_short(post),
        notes_of(planned),
    ]
    .map(|cell| cell.into_lang(lang))
}

fn days(plan: &Plan, width: Option<u16>, lang: Lang) -> comfy_table::Table {
    let dates = Dates::of(plan);
    let most = plan.days.iter().map(|day| day.posts).max().unwrap_or(0).max(1);
    let head = match lang {
        Lang::En => ["day", "posts", "", "campaigns"],
        Lang::Zh => ["日期", "次数", "", "活动"],
    };
    let mut table = table(&head, width);
    for day in &plan.days {
        let bar = "█".repeat((day.posts * MAX_BAR.min(most)).div_ceil(most));
        let posts = if day.posts == 0 { "·".to_owned() } else { day.posts.to_string() };
        table.add_row([dates.day(day.date).into_lang(lang), posts, bar, campaigns(day, lang)]);
    }
    table
}

/// The days with posts, for a terminal without room for a table.
fn days_in_lines(plan: &Plan, lang: Lang) -> String {
    let dates = Dates::of(plan);
    let mut out = String::new();
    for day in plan.days.iter().filter(|day| day.posts > 0) {
        let _ = writeln!(out, "{}  {}  {}", dates.day(day.date).get(lang), day.posts, campaigns(day, lang));
    }
    out.push('\n');
    out
}

/// The kind of day, unless it is an ordinary one, and the day's campaigns.
fn campaigns(day: &DayOfPlan, lang: Lang) -> String {
    let mut names: Vec<Text> = day.campaigns.iter().take(MAX_LISTED).map(|it| Text::quoted(it.id.as_str())).collect();
    if let more @ 1.. = day.campaigns.len().saturating_sub(MAX_LISTED) {
        names.push(text!(en: "{more} more", zh: "还有 {more} 个"));
    }
    let notes = day.day_note().into_iter().chain(festival(day.date, &day.day));
    let note: String = notes.map(|note| format!("{} ", plain(note.get(lang)))).collect();
    note + Text::join(&names, &comma()).get(lang)
}

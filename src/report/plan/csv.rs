//! For spreadsheets.

use chrono::{Datelike as _, SecondsFormat};
use csv::Terminator;

use super::View;
use super::cells::{attachments, semicolon, visibility_in_words};
use crate::escape;
use crate::limits::weight;
use crate::plan::{Note, Planned};
use crate::report::parts::csv;
use crate::schedule;
use crate::text::{Lang, StaticText, Text, when};

const HEAD: [StaticText; 18] = [
    StaticText { en: "date", zh: "日期" },
    StaticText { en: "time", zh: "时间" },
    StaticText { en: "weekday", zh: "星期" },
    StaticText { en: "day", zh: "工作日或节假日" },
    StaticText { en: "timezone", zh: "时区" },
    StaticText { en: "due", zh: "应发时间（UTC）" },
    StaticText { en: "campaign", zh: "活动" },
    StaticText { en: "title", zh: "标题" },
    StaticText { en: "visibility", zh: "可见范围" },
    StaticText { en: "audience", zh: "发表范围" },
    StaticText { en: "text", zh: "文字" },
    StaticText { en: "weight", zh: "文字长度" },
    StaticText { en: "attachments", zh: "附件" },
    StaticText { en: "notes", zh: "说明" },
    StaticText { en: "file", zh: "文件" },
    StaticText { en: "lunar date", zh: "农历和节日" },
    StaticText { en: "content", zh: "第几条内容" },
    StaticText { en: "content_sha256", zh: "内容摘要（sha256）" },
];

/// The name of the column with numbers.
pub(super) const NUMBERS: &str = "weight";

/// Writes the occurrences of a plan, with a byte order mark.
pub fn write(view: &View<'_>) -> String {
    let head = HEAD.map(|title| title.get(view.lang));
    let rows = view.plan.occurrences.iter().map(|planned| row(planned, view.lang, escape::csv));
    // Without a byte order mark Excel misreads Chinese.
    format!("\u{feff}{}", csv(head, rows, Terminator::CRLF))
}

/// The heads, and each row with its texts as they are: what a program is not to interpret is left to the caller.
pub(super) fn table(view: &View<'_>) -> (Vec<StaticText>, impl Iterator<Item = Vec<String>>) {
    let rows = view.plan.occurrences.iter().map(|planned| row(planned, view.lang, str::to_owned).to_vec());
    (HEAD.to_vec(), rows)
}

/// A row; `text_cell` keeps a text from being interpreted.
fn row(planned: &Planned, lang: Lang, text_cell: fn(&str) -> String) -> [String; 18] {
    let (campaign, post, local) = (&planned.campaign, &planned.content.post, planned.local_time());
    let text = post.text.clone().unwrap_or_default();
    let notes: Vec<Text> = planned.notes.iter().map(Note::text).collect();
    let say = |text: Text| text_cell(text.get(lang));
    [
        // The program's own dates, times and numbers, which spreadsheets may interpret.
        local.format("%Y-%m-%d").to_string(),
        local.format("%H:%M:%S").to_string(),
        when::weekday(local.weekday()).into_lang(lang),
        say(planned.day.text()),
        campaign.timing.schedule.zone().name().to_owned(),
        planned.occurrence.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        text_cell(campaign.id.as_str()),
        text_cell(campaign.title.as_deref().unwrap_or_default()),
        say(visibility_in_words(&post.audience)),
        say(campaign.audience()),
        text_cell(text.trim_end()),
        weight(&text).to_string(),
        say(attachments(post)),
        say(Text::join(&notes, &semicolon())),
        text_cell(&campaign.file),
        say(schedule::hint(local.date()).text()),
        planned.content.number.to_string(),
        post.sha256().to_string(),
    ]
}

//! Which members have posted a moment and which have not yet, for `report`.

use chrono::SecondsFormat;
use csv::Terminator;
use serde::Serialize;

use super::parts::{self, lines};
use super::reminders;
use crate::escape;
use crate::run::Run;
use crate::store::{AckProgress, MemberAck, Nudge};
use crate::text::{Lang, StaticText, Text};

/// Names on one line at most; the others are counted.
const MAX_NAMES: usize = 10;

/// A run with the members' confirmations that are known of it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub run: Run,
    pub progress: Option<AckProgress>,
    pub members: Vec<MemberAck>,
    pub nudges: Vec<Nudge>,
}

/// The stable JSON format (additions only).
#[derive(Serialize)]
struct Acknowledgements<'a> {
    version: u32,
    runs: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    run: String,
    campaign: &'a str,
    state: &'static str,
    moment_id: Option<&'a str>,
    asked_at: Option<String>,
    posted: usize,
    members: usize,
    not_yet: Vec<&'a str>,
    trouble: Option<String>,
    reminders: Vec<reminders::Row<'a>>,
}

impl Entry {
    pub(crate) fn posted(&self) -> usize {
        self.members.iter().filter(|ack| ack.posted_at.is_some()).count()
    }

    fn not_yet(&self) -> impl Iterator<Item = &str> {
        self.members.iter().filter(|ack| ack.posted_at.is_none()).map(|ack| ack.member.as_str())
    }

    fn asked_at(&self) -> Option<String> {
        self.progress.as_ref().map(|it| it.asked_at.to_rfc3339_opts(SecondsFormat::Secs, true))
    }

    /// How many members have posted, or why that is not known.
    pub(crate) fn progress_in_words(&self) -> Text {
        match (&self.progress, self.members.len()) {
            _ if !self.run.state.is_posted() => text!(en: "was not posted", zh: "没有创建"),
            (Some(AckProgress { trouble: Some(trouble), .. }), 0) => trouble.text(),
            (None, _) => text!(en: "not asked yet", zh: "还没有查询"),
            (Some(_), 0) => text!(en: "WeCom is still telling the members", zh: "企业微信还在通知成员"),
            (Some(_), all) => {
                let posted = self.posted();
                text!(en: "{posted} of {all}", zh: "{posted}/{all}")
            }
        }
    }

    pub(crate) fn names(&self) -> Text {
        let mut names: Vec<Text> = self.not_yet().take(MAX_NAMES).map(Text::quoted).collect();
        if let more @ 1.. = self.not_yet().count().saturating_sub(MAX_NAMES) {
            names.push(text!(en: "and {more} more", zh: "还有 {more} 人"));
        }
        Text::join(&names, &text!(en: ", ", zh: "、"))
    }

    fn cells(&self, lang: Lang) -> [String; 4] {
        let run = Text::quoted(self.run.id().to_string());
        [run, self.run.state.text(), self.progress_in_words(), self.names()].map(|cell| cell.into_lang(lang))
    }
}

const HEAD: [StaticText; 4] = [
    StaticText { en: "run", zh: "发表记录" },
    StaticText { en: "state", zh: "状态" },
    StaticText { en: "posted", zh: "已发表" },
    StaticText { en: "not yet", zh: "还没有发表" },
];

const CSV_HEAD: [StaticText; 5] = [
    StaticText { en: "run", zh: "发表记录" },
    StaticText { en: "campaign", zh: "活动" },
    StaticText { en: "member", zh: "成员" },
    StaticText { en: "posted", zh: "已发表" },
    StaticText { en: "seen_at", zh: "查到的时间（UTC）" },
];

/// A table for people. `width` is the terminal's, in columns; `None` without a terminal.
pub fn human(entries: &[Entry], width: Option<u16>, lang: Lang) -> String {
    if entries.is_empty() {
        return text!(en: "no runs\n", zh: "没有发表记录\n").into_lang(lang);
    }
    let head = HEAD.map(|title| title.get(lang));
    lines(head, 1, entries.iter().map(|entry| entry.cells(lang)), width)
}

/// A Markdown table, for a page or a comment.
pub fn markdown(entries: &[Entry], lang: Lang) -> String {
    let line = |cells: [String; 4]| format!("| {} |\n", cells.map(|cell| escape::markdown(&cell)).join(" | "));
    let mut text = line(HEAD.map(|title| title.get(lang).to_owned()));
    text.push_str("| --- | --- | --- | --- |\n");
    entries.iter().for_each(|entry| text.push_str(&line(entry.cells(lang))));
    text
}

/// For spreadsheets: one line per member.
pub fn csv(entries: &[Entry], lang: Lang) -> String {
    let rows = entries.iter().flat_map(|entry| entry.members.iter().map(move |member| csv_row(entry, member, lang)));
    parts::csv(CSV_HEAD.map(|title| title.get(lang)), rows, Terminator::Any(b'\n'))
}

fn csv_row(entry: &Entry, ack: &MemberAck, lang: Lang) -> [String; 5] {
    let run = entry.run.id().to_string();
    let [run, campaign, member] = [&run, entry.run.campaign.as_str(), &ack.member].map(escape::csv);
    let posted = match ack.posted_at {
        Some(_) => text!(en: "yes", zh: "是"),
        None => text!(en: "no", zh: "否"),
    };
    let seen = ack.posted_at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default();
    [run, campaign, member, posted.into_lang(lang), seen]
}

/// For programs.
///
/// # Errors
///
/// The report cannot be serialized.
pub fn json(entries: &[Entry], lang: Lang) -> serde_json::Result<String> {
    let row = |entry| {
        let entry: &Entry = entry;
        Row {
            run: entry.run.id().to_string(),
            campaign: entry.run.campaign.as_str(),
            state: entry.run.state.name(),
            moment_id: entry.run.moment_id.as_deref(),
            asked_at: entry.asked_at(),
            posted: entry.posted(),
            members: entry.members.len(),
            not_yet: entry.not_yet().collect(),
            trouble: entry.progress.as_ref().and_then(|it| Some(it.trouble.as_ref()?.text().into_lang(lang))),
            reminders: reminders::rows(&entry.nudges),
        }
    };
    let document = Acknowledgements { version: 1, runs: entries.iter().map(row).collect() };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

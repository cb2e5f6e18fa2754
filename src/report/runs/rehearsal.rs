//! A rehearsal for people: each occurrence with its outcome, and the injected faults.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike as _, Utc};
use chrono_tz::Tz;

use super::cells::{counted, local, moment_id, reason, sum};
use crate::escape;
use crate::load::CheckedBook;
use crate::plural::count;
use crate::report::parts::lines;
use crate::run::{Run, State};
use crate::sandbox::InjectedFault;
use crate::store::LogLine;
use crate::text::{Lang, StaticText, Text, when};

const HEAD: [StaticText; 5] = [
    StaticText { en: "due", zh: "应发时间" },
    StaticText { en: "campaign", zh: "活动" },
    StaticText { en: "audience", zh: "发表范围" },
    StaticText { en: "outcome", zh: "结果" },
    StaticText { en: "moment id", zh: "朋友圈 ID" },
];

/// A rehearsal from `from` to `until`: each occurrence, then the totals on one line.
pub fn rehearsal(
    runs: &[Run],
    loaded: &CheckedBook,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    width: Option<u16>,
    lang: Lang,
) -> String {
    if runs.is_empty() {
        return text!(en: "nothing is due in this time\n", zh: "这段时间里没有要发表的\n").into_lang(lang);
    }
    let row = |run: &Run| {
        let title = loaded.result.campaigns.iter().find(|it| it.id == run.campaign).and_then(|it| it.title.clone());
        let campaign = title.map_or_else(|| run.campaign.to_string(), |title| format!("{} · {title}", run.campaign));
        let audience = run.post.as_ref().map(|post| post.audience.in_words(&loaded.result.names));
        let audience = audience.unwrap_or_default().into_lang(lang);
        [local(run).into_lang(lang), campaign, audience, run.state.text().into_lang(lang), moment_id(run)]
    };
    let mut text = lines(HEAD.map(|title| title.get(lang)), 2, runs.iter().map(row), width);
    for run in runs.iter().filter(|run| run.state != State::Created) {
        let why = reason(run, lang).unwrap_or_else(|| run.state.text().into_lang(lang));
        let _ = writeln!(text, "{}{}{why}", run.id(), text!(en: ": ", zh: "：").get(lang));
    }
    let days = (until - from).num_days();
    let line = text!(
        en: "{days}: {sum}",
        zh: "{days}，{sum}",
        days = Text::of(count(days, "day"), format!("{days} 天")),
        sum = sum(&counted(runs))
    );
    let _ = writeln!(text, "{}", line.get(lang));
    escape::terminal_lines(&text)
}

/// A day with injected faults, by time: each fault, and each run's reaction.
pub fn bad_day(runs: &[(Run, Vec<LogLine>)], faults: &[InjectedFault], zone: Tz, lang: Lang) -> String {
    let mut lines: Vec<(DateTime<Utc>, String)> = Vec::new();
    for InjectedFault { at, path, fault } in faults {
        let call = path.rsplit('/').next().unwrap_or(path);
        let line = text!(en: "✗ {call}: {fault}", zh: "✗ `{call}`：{fault}", fault = fault.text());
        lines.push((*at, line.into_lang(lang)));
    }
    for (run, log) in runs {
        let moves = log.iter().filter(|line| line.from.as_deref() != Some(&line.to));
        let state = |code: &str| code.parse::<State>().map_or_else(|_| Text::quoted(code), State::text).into_lang(lang);
        lines.extend(moves.map(|line| (line.at, format!("· {} {}", run.id(), state(&line.to)))));
    }
    lines.sort();
    let mut text = String::new();
    for (at, what) in lines {
        let local = at.with_timezone(&zone);
        let (month, day, clock) = (local.month(), local.day(), local.format("%H:%M:%S"));
        let at = text!(
            en: "{weekday} {month:02}-{day:02} {clock}",
            zh: "{month}月{day}日（{weekday}）{clock}",
            weekday = when::weekday(local.weekday())
        );
        let _ = writeln!(text, "{}  {what}", at.get(lang));
    }
    text.push('\n');
    text
}

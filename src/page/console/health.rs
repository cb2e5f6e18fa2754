//! The status of the service: readiness, quota, open runs and background tasks.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::parts::scrolling_table;
use super::{Console, Visit};
use crate::background::{TaskList, TaskStatus};
use crate::duration;
use crate::limits::BEIJING;
use crate::page::frame::Page;
use crate::page::with_code;
use crate::report::runs::local_at;
use crate::run::State as RunState;
use crate::text::{Lang, Text, when};

pub(super) async fn page(State(console): State<Console>, visit: Visit) -> Response {
    let made = made(&console, visit.now, visit.lang);
    console.answer(&visit, Ok(made))
}

fn made(console: &Console, now: DateTime<Utc>, lang: Lang) -> Page {
    let context = console.context();
    let (snapshot, counters) = (context.status.snapshot(), context.status.counters());
    let zone = BEIJING;
    let at = |at: Option<DateTime<Utc>>| at.map(|at| Text::quoted(local_at(at, zone.name())));
    let left = snapshot.left.map(|left| {
        let (minute, month) = (left.this_minute, left.this_month);
        let (per_minute, per_month) = (context.quota.per_minute, context.quota.per_month);
        text!(
            en: "{minute} of {per_minute} this minute, {month} of {per_month} this month",
            zh: "这一分钟还剩 {minute}/{per_minute}，这个月还剩 {month}/{per_month}"
        )
    });
    let open: Vec<Text> = RunState::ALL
        .into_iter()
        .filter_map(|state| {
            let count = snapshot.open.get(&state).copied().filter(|count| *count > 0)?;
            Some(text!(en: "{count} {state}", zh: "{state} {count} 次", state = state.text()))
        })
        .collect();
    let open = if open.is_empty() { text!(en: "none", zh: "没有") } else { Text::list(&open) };
    let (scheduled, held) = (snapshot.scheduled, snapshot.held);
    let failures = counters.fetch_failures;
    let facts = [
        (
            text!(en: "campaigns", zh: "活动"),
            Some(
                text!(en: "{scheduled} posted by schedule, {held} on hold or with an error", zh: "{scheduled} 个会按计划发表，{held} 个暂停或文件有错误"),
            ),
        ),
        (text!(en: "next due", zh: "下一次应发"), at(snapshot.next_due)),
        (text!(en: "open runs", zh: "进行中的发表"), Some(open)),
        (text!(en: "quota left", zh: "剩余额度"), left),
        (text!(en: "book loaded", zh: "活动目录读取于"), at(counters.loaded_at)),
        (
            text!(en: "failures to read the book", zh: "活动目录连续读取失败"),
            (failures > 0).then(|| text!(en: "{failures} in a row", zh: "{failures} 次")),
        ),
        (text!(en: "last round", zh: "最近一次检查"), at(snapshot.at)),
    ];
    let body = html! {
        @match context.status.trouble(now) {
            None if snapshot.is_everything_on_hold => p.notice.error role="status" {
                (text!(en: "Everything is on hold: what is due is not posted.", zh: "全部活动都在暂停中，到时间也不会发表。").get(lang)) " "
                a href="/holds" { (text!(en: "To the holds", zh: "查看暂停").get(lang)) }
            },
            None => p.notice.fine role="status" { (text!(en: "Ready: what is due now is posted.", zh: "一切正常，到时间就会发表。").get(lang)) },
            Some(why) => p.notice.error role="status" { (with_code(text!(en: "Not ready: {why}", zh: "现在发不了：{why}", why = why).get(lang))) },
        }
        article { dl { @for (label, value) in &facts { @if let Some(value) = value {
            dt { (label.get(lang)) } dd { (value.get(lang)) }
        } } } }
        h2 { (text!(en: "Background tasks", zh: "后台任务").get(lang)) }
        (tasks(&context.tasks.iter().flat_map(TaskList::statuses).collect::<Vec<_>>(), zone, lang))
        p.hint { (text!(en: "times in {zone}", zh: "时间为{zone}", zone = when::zone(zone.name())).get(lang)) }
    };
    Page { title: text!(en: "Health", zh: "运行状况"), body }
}

fn tasks(statuses: &[TaskStatus], zone: Tz, lang: Lang) -> Markup {
    let head = [
        text!(en: "task", zh: "任务"),
        text!(en: "what it does", zh: "做什么"),
        text!(en: "state", zh: "状态"),
        text!(en: "every", zh: "间隔"),
        text!(en: "last success", zh: "最近成功"),
        text!(en: "failures", zh: "失败次数"),
    ];
    let rows = html! {
        @for status in statuses {
            @let (state, tone) = match (status.is_running, status.is_failing()) {
                (false, _) => (text!(en: "ended", zh: "已结束"), "bad"),
                (true, true) => (text!(en: "failing", zh: "出错"), "bad"),
                (true, false) => (text!(en: "running", zh: "运行中"), "good"),
            };
            tr {
                td { code { (status.task.name) } }
                td { (status.task.purpose.get(lang)) }
                td { span.badge .{(tone)} { (state.get(lang)) } }
                td.when { @match status.task.period {
                    Some(period) => (duration::text(period).get(lang)),
                    None => (text!(en: "on events", zh: "有事才动").get(lang)),
                } }
                td.when { @match status.last_success {
                    Some(at) => (local_at(at, zone.name())),
                    None => "–",
                } }
                td { (status.failures) }
            }
        }
    };
    scrolling_table(&text!(en: "Background tasks", zh: "后台任务"), &head, &rows, lang)
}

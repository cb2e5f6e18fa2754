//! A plan and its changes in a few lines: the number of posts, campaigns without posts, and the use of WeCom's limits.

use super::cells::{Dates, Noun, list, list_and_more, without_seconds};
use crate::limits::{CREATES_PER_MINUTE, CREATES_PER_MONTH};
use crate::plan::{Changes, Idle, LeftOut, Plan, Quota};
use crate::plural;
use crate::schedule::civil;
use crate::text::{Text, when};

/// Campaigns without posts that are named.
const MAX_IDLE: usize = 10;
/// Occurrences left out because of a blackout that are listed.
const MAX_LEFT_OUT: usize = 6;

/// The window and the number of its posts, on one line.
pub(crate) fn sum(plan: &Plan) -> Text {
    let local = |at| when::plain_date_time(without_seconds(civil::to_local(plan.zone, at)));
    let window = text!(
        en: "{from} to {to} ({zone})",
        zh: "{from} 至 {to}（{zone}）",
        from = local(plan.window.from),
        to = local(plan.window.to),
        zone = when::zone(plan.zone.name())
    );
    let count = plan.posts();
    let counted = plural::count(count, "post");
    let posts = text!(en: "{counted}", zh: "共发表 {count} 次");
    let parts: Vec<Text> = [Some(posts), held(plan), repeated(plan), left_out(plan)].into_iter().flatten().collect();
    let parts = Text::join(&parts, &text!(en: ", ", zh: "，"));
    text!(en: "{window}: {parts}", zh: "{window}：{parts}", window = window, parts = parts)
}

fn held(plan: &Plan) -> Option<Text> {
    let held = plan.held();
    (held > 0).then(|| text!(en: "{held} of them would be held", zh: "其中 {held} 次到时间会被暂停"))
}

fn repeated(plan: &Plan) -> Option<Text> {
    let repeated = plan.repeated();
    let verb = if repeated == 1 { "is" } else { "are" };
    (repeated > 0).then(|| text!(en: "{repeated} more {verb} not posted again", zh: "另有 {repeated} 次不重复发表"))
}

/// Occurrences left out because of blackouts, by campaign: `1 left out for a blackout: monday-morning (Mon 2027-02-08
/// 08:30)`.
fn left_out(plan: &Plan) -> Option<Text> {
    let dates = Dates::of(plan);
    let one = |it: &LeftOut| {
        let id = &it.campaign.id;
        text!(en: "{id} ({at})", zh: "{id}（{at}）", at = dates.local(it.occurrence.due_local(it.campaign.timing.schedule.zone())))
    };
    let mut shown: Vec<Text> = plan.left_out.iter().take(MAX_LEFT_OUT).map(one).collect();
    let count = plan.left_out.len();
    if let more @ 1.. = count.saturating_sub(MAX_LEFT_OUT) {
        shown.push(text!(en: "{more} more", zh: "还有 {more} 次"));
    }
    let blackouts = if count == 1 { "a blackout" } else { "blackouts" };
    (count > 0).then(|| {
        text!(en: "{count} left out for {blackouts}: {shown}", zh: "因停发期跳过 {count} 次：{shown}", shown = list(&shown))
    })
}

/// The campaigns without an occurrence in the window.
pub(crate) fn idle(plan: &Plan) -> Option<Text> {
    let dates = Dates::of(plan);
    let one = |it: &Idle| {
        let (id, zone) = (&it.campaign.id, it.campaign.timing.schedule.zone());
        let next = match (&it.next, &it.last_listed) {
            (Some(next), _) => {
                let at = dates.local(civil::to_local(zone, next.at));
                let zone = if zone == plan.zone {
                    Text::default()
                } else {
                    when::zone(zone.name()).map(|name| format!(" {name}"))
                };
                text!(en: "next {at}{zone}", zh: "下次{at}{zone}", at = at, zone = zone)
            }
            (None, Some(last)) => text!(
                en: "over: the last time was {at}",
                zh: "已结束：最后一次是{at}，已经过去",
                at = dates.local(civil::to_local(zone, last.at))
            ),
            (None, None) => text!(en: "over", zh: "已结束"),
        };
        text!(en: "{id} ({next})", zh: "{id}（{next}）", next = next)
    };
    let count = plan.idle.len();
    let named: Vec<Text> = plan.idle.iter().take(MAX_IDLE).map(one).collect();
    let verb = if count == 1 { "posts" } else { "post" };
    (count > 0).then(|| {
        text!(
            en: "{campaigns} {verb} nothing in this time: {named}",
            zh: "{campaigns}在这段时间里不发表：{named}",
            campaigns = Noun::CAMPAIGN.count(count),
            named = list_and_more(&named, count - named.len())
        )
    })
}

/// How many campaigns changed, by kind of change.
pub(crate) fn counts(changes: &Changes) -> Text {
    let rules = match (changes.policy.is_empty(), changes.calendar.is_empty()) {
        (true, true) => Text::default(),
        (false, true) => text!(en: ", and the policy changes", zh: "，公共设置有变动"),
        (true, false) => text!(en: ", and the calendar changes", zh: "，放假日历有变动"),
        (false, false) => text!(en: ", and the policy and the calendar change", zh: "，公共设置和放假日历有变动"),
    };
    if changes.campaigns.is_empty() {
        return text!(en: "no campaign changes{rules}", zh: "活动没有变动{rules}", rules = rules);
    }
    let mut counts = Vec::new();
    for kind in ["added", "changed", "removed", "broken", "mended"] {
        let of_kind = || changes.campaigns.iter().filter(|change| change.kind.name() == kind);
        if let Some(change) = of_kind().next() {
            let count = of_kind().count();
            counts.push(text!(en: "{count} {kind}", zh: "{kind} {count} 个", kind = change.kind.text()));
        }
    }
    text!(en: "{counts}{rules}", zh: "{counts}{rules}", counts = list(&counts), rules = rules)
}

/// The use of WeCom's limits: a label and a value per line.
pub(crate) fn quota(plan: &Plan, quota: &Quota) -> [(Text, Text); 4] {
    let dates = Dates::of(plan);
    let or_none = |it: Option<Text>| it.unwrap_or_else(|| text!(en: "none", zh: "无"));
    let minute = quota.busiest_minute.map(|(at, posts)| {
        text!(
            en: "{posts} of {CREATES_PER_MINUTE} ({at})",
            zh: "{posts}/{CREATES_PER_MINUTE}（{at}）",
            at = dates.instant(at)
        )
    });
    let day = quota
        .busiest_day
        .map(|(date, posts)| text!(en: "{posts} ({date})", zh: "{posts}（{date}）", date = dates.day(date)));
    let month = quota.busiest_month.map(|(month, posts)| {
        text!(
            en: "{posts} of {CREATES_PER_MONTH} ({month})",
            zh: "{posts}/{CREATES_PER_MONTH}（{month}）",
            month = when::month(month)
        )
    });
    [
        (text!(en: "posts in this time", zh: "这段时间的发表次数"), Text::quoted(quota.posts.to_string())),
        (text!(en: "busiest minute", zh: "最忙的一分钟"), or_none(minute)),
        (text!(en: "busiest day", zh: "最忙的一天"), or_none(day)),
        (text!(en: "busiest month", zh: "最忙的一个月"), or_none(month)),
    ]
}

use std::collections::HashMap;

use chrono_tz::Tz;

use crate::check::phrases::here;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, schedule_check};
use crate::finding::Level;
use crate::schedule::{ZONE_DATA, is_outdated};
use crate::text::{StaticText, when};

pub(in crate::check) static RULE: Rule = Rule {
    code: "stale-zone",
    level: Level::Warning,
    summary: StaticText {
        en: "A time zone whose clock rules changed after the built-in zone data, with a post that goes out an hour too early or too late.",
        zh: "这个时区的规定改了，内置的时区数据还是旧的，有几次发表会差一小时。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("stale_zone.md"), zh: include_str!("stale_zone.zh.md") },
    run: RuleFn::Book(run),
};

fn run(checks: &[CampaignCheck<'_>], context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let mut outdated: HashMap<Tz, bool> = HashMap::new();
    for check in checks {
        let (Some(schedule), Some(written)) = (&check.schedule.schedule, &check.parsed.schedule) else { continue };
        let zone = schedule.zone();
        if !*outdated.entry(zone).or_insert_with(|| is_outdated(zone, context.now)) {
            continue;
        }
        let Some(shifted) = schedule.first_shifted_after(context.now) else { continue };
        let span =
            written.timezone.as_ref().map_or_else(|| schedule_check::rule_span(written), |zone| zone.span.clone());
        let message = text!(
            en: "the clock rules of `{zone}` have changed: the post of {local} is sent at {shown} there",
            zh: "`{zone}` 的时间规则改了：{local} 这次会在当地 {shown} 发出",
            zone = zone.name(),
            local = when::plain_date_time(shifted.occurrence.local),
            shown = when::plain_date_time(shifted.shown)
        );
        findings.in_file(&check.parsed.file.path).at(&span, here(), message).help(text!(
            en: "the built-in zone data is {ZONE_DATA}: install a newer Drumbeat, or allow `stale-zone` if the time is acceptable",
            zh: "内置的时区数据是 {ZONE_DATA} 版，请看看有没有更新的 Drumbeat；这样的时间也没问题的话，请在 `allow` 里加上 `stale-zone`"
        ));
    }
}

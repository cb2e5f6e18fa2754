use chrono::{DateTime, Utc};

use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, schedule_check};
use crate::finding::Level;
use crate::schedule::{BlockReason, When};
use crate::text::{StaticText, when};

pub(in crate::check) static RULE: Rule = Rule {
    code: "closed-time",
    level: Level::Error,
    summary: StaticText {
        en: "A time of `at` within a blackout of the policy, or a post that is due in its quiet hours.",
        zh: "`at` 写的时间落在停发期里，或者有一次发表落在免打扰时段里。",
    },
    blocks: Blocks::Occurrence,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("closed_time.md"), zh: include_str!("closed_time.zh.md") },
    run: RuleFn::Campaign(run),
};

/// Occurrences that are checked; another rule reports schedules with more in a month.
const MAX_OCCURRENCES: usize = 2_000;

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let (Some(schedule), Some(written)) = (&check.schedule.schedule, &check.parsed.schedule) else { return };
    // Quiet hours apply every day, so one month from the first post is enough. A list of times is checked to its end.
    let first = schedule.next_after(context.now);
    let until = match schedule.spec().when {
        When::At(_) => None,
        When::Cron { .. } | When::Lunar(_) => first.and_then(|first| first.at.checked_add_signed(CampaignCheck::AHEAD)),
    };
    let blocks = &context.posting_blocks;
    let blocked = schedule
        .between_outside(blocks, context.now, until.unwrap_or(DateTime::<Utc>::MAX_UTC))
        .take(MAX_OCCURRENCES)
        .find_map(|occurrence| Some((blocks.blocks(&occurrence, schedule.zone())?, occurrence)));
    let Some((reason, first)) = blocked else { return };
    let help = match &reason {
        BlockReason::Quiet(hours) => text!(
            en: "choose a time before {from}, or from {to} on",
            zh: "请选 {from} 以前或 {to} 以后的时间",
            from = when::clock(hours.from),
            to = when::clock(hours.to)
        ),
        BlockReason::Blackout(_) => text!(
            en: "choose a time outside the blackout, or remove this one",
            zh: "请改到停发期以外的时间，或者去掉这一次"
        ),
    };
    let of_list =
        written.at.iter().flat_map(|at| &at.value).find(|time| schedule_check::local(&time.value) == Some(first.local));
    let span = of_list.map_or_else(|| schedule_check::rule_span(written), |time| time.span.clone());
    findings
        .at(
            &span,
            text!(en: "due on {due}", zh: "应发时间是 {due}", due = when::date_time(first.due_local(schedule.zone()))),
            text!(
                en: "this is due at a time when nothing is sent: {reason}",
                zh: "应发时间不允许发表：{reason}",
                reason = reason.text()
            ),
        )
        .help(help);
}

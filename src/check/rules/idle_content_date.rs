use chrono::{NaiveTime, TimeDelta};

use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, schedule_check};
use crate::finding::Level;
use crate::text::{StaticText, when};

pub(in crate::check) static RULE: Rule = Rule {
    code: "idle-content-date",
    level: Level::Warning,
    summary: StaticText {
        en: "A date in `on` of a content on which nothing is posted.",
        zh: "内容的 `on` 里有一个日期，那天并不发表。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("idle_content_date.md"), zh: include_str!("idle_content_date.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let Some(schedule) = &check.schedule.schedule else { return };
    for entry in check.parsed.contents.iter().filter_map(|content| content.on.as_ref()).flat_map(|on| &on.value) {
        let Some(date) = schedule_check::date(entry) else { continue };
        // Every zone has the local date within two days of the same date in UTC.
        let noon = date.and_time(NaiveTime::MIN).and_utc();
        let around =
            schedule.between_outside(&context.posting_blocks, noon - TimeDelta::days(2), noon + TimeDelta::days(3));
        if around.into_iter().any(|it| it.local.date() == date) {
            continue;
        }
        let next = schedule.next_after(noon).map(|next| when::date(next.local.date()));
        let finding = findings.at(
            &entry.span,
            text!(en: "nothing is due", zh: "这天不发"),
            text!(
                en: "nothing is posted on {date}, so this content is not used then",
                zh: "{date}不发表，这条内容用不上",
                date = when::date(date)
            ),
        );
        match next {
            Some(next) => finding.help(text!(
                en: "write a date on which the campaign posts; the next one is {next}",
                zh: "请写活动会发表的日期；之后最近的一次是{next}",
                next = next
            )),
            None => finding.help(text!(
                en: "write a date on which the campaign posts, or remove this one",
                zh: "请写活动会发表的日期，或者删掉它"
            )),
        };
    }
}

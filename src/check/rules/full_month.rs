use chrono::{DateTime, Datelike, Months, NaiveDate, TimeZone, Utc};

use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::{Level, Place};
use crate::limits::{BEIJING, CREATES_PER_MONTH};
use crate::text::{StaticText, when};

pub(in crate::check) static RULE: Rule = Rule {
    code: "full-month",
    level: Level::Warning,
    summary: StaticText {
        en: "More than 100,000 posts due in this month or the next.",
        zh: "本月或下月要发表的朋友圈超过 10 万条。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("full_month.md"), zh: include_str!("full_month.zh.md") },
    run: RuleFn::Book(run),
};

fn run(checks: &[CampaignCheck<'_>], context: &Context<'_>, findings: &mut FindingSink<'_>) {
    // The next days hold about as many posts as a month. A book far below the limit is not counted again.
    let valid = || checks.iter().filter(|check| check.campaign.is_some());
    let ahead: usize = valid().map(|check| check.upcoming.len()).sum();
    if ahead < CREATES_PER_MONTH / 2 && valid().all(CampaignCheck::knows_all_upcoming) {
        return;
    }
    let zone = BEIJING;
    let today = context.now.with_timezone(&zone).date_naive();
    let months = (0..3).filter_map(|n| today.with_day(1)?.checked_add_months(Months::new(n)));
    let starts: Vec<NaiveDate> = months.collect();
    for ends in starts.windows(2) {
        let instant = |date: NaiveDate| -> Option<DateTime<Utc>> {
            Some(zone.from_local_datetime(&date.and_hms_opt(0, 0, 0)?).earliest()?.to_utc())
        };
        let (Some(from), Some(to)) = (instant(ends[0]), instant(ends[1])) else { continue };
        let second = chrono::TimeDelta::seconds(1);
        // Counting stops one above the limit: a campaign may fire every second.
        let due = valid().filter_map(|check| check.schedule.schedule.as_ref()).flat_map(|schedule| {
            schedule.between_outside(&context.posting_blocks, from.max(context.now) - second, to - second)
        });
        if let (true, Some(check)) = (due.take(CREATES_PER_MONTH + 1).count() > CREATES_PER_MONTH, checks.first()) {
            let place = context.book.policy.file.as_ref().map_or(&check.parsed.file.path, |file| &file.path);
            let year = ends[0].year();
            let month = text!(en: "{month} {year}", zh: "{year}年{month}", month = when::month_name(ends[0].month()));
            let message = text!(
                en: "more than {CREATES_PER_MONTH} posts are due in {month}; WeCom accepts {CREATES_PER_MONTH} a month",
                zh: "{month}要发表的超过 {CREATES_PER_MONTH} 条，而企业微信一个月最多受理 {CREATES_PER_MONTH} 条",
                month = month
            );
            findings.place(Place::of_file(place), message).help(text!(
                en: "plan fewer posts: WeCom refuses every further one until the month ends",
                zh: "请减少发表次数，超出的在当月都会被企业微信拒绝"
            ));
        }
    }
}

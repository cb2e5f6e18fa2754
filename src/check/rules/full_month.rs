use chrono::{DateTime, Datelike, Months, NaiveDate, TimeZone, Utc};

use crate::check::timetable::TIMEZONE;
use crate::check::{Case, Context, Found, Rule, Run};
use crate::diag::{Level, Place};
use crate::limits::CREATES_PER_MONTH;
use crate::schedule;

pub(in crate::check) static RULE: Rule =
    Rule { code: "full-month", level: Level::Warning, page: include_str!("full_month.md"), run: Run::Book(run) };

fn run(cases: &[Case<'_>], context: &Context<'_>, found: &mut Found<'_>) {
    // A month has about as many posts as the days ahead: nothing is counted anew for a book that is far from the limit.
    let ahead: usize = cases.iter().filter(|case| case.campaign.is_some()).map(|case| case.upcoming.len()).sum();
    if ahead < CREATES_PER_MONTH / 2 {
        return;
    }
    let zone = schedule::zone(TIMEZONE).unwrap_or(chrono_tz::Tz::UTC);
    let today = context.now.with_timezone(&zone).date_naive();
    let months = (0..3).filter_map(|n| today.with_day(1)?.checked_add_months(Months::new(n)));
    let starts: Vec<NaiveDate> = months.collect();
    for ends in starts.windows(2) {
        let instant = |date: NaiveDate| -> Option<DateTime<Utc>> {
            Some(zone.from_local_datetime(&date.and_hms_opt(0, 0, 0)?).earliest()?.to_utc())
        };
        let (Some(from), Some(to)) = (instant(ends[0]), instant(ends[1])) else { continue };
        let second = chrono::TimeDelta::seconds(1);
        let posts: usize = cases
            .iter()
            .filter(|case| case.campaign.is_some())
            .filter_map(|case| case.timetable.schedule.as_ref())
            .map(|schedule| schedule.between(from.max(context.now) - second, to - second).count())
            .sum();
        if let (true, Some(case)) = (posts > CREATES_PER_MONTH, cases.first()) {
            let place = context.book.policy.file.as_ref().map_or(&case.draft.file.path, |file| &file.path);
            let message = format!(
                "{posts} posts are due in {}; WeCom takes {CREATES_PER_MONTH} a month",
                ends[0].format("%B %Y")
            );
            found
                .place(Place::new(place, &(0..0), ""), message)
                .help("after that every post is refused until the month ends: plan fewer");
        }
    }
}

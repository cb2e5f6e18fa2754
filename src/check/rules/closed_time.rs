use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::check::{Case, Context, Found, Rule, Run, timetable};
use crate::diag::Level;
use crate::schedule::{Bound, Occurrence, Reason, civil};

pub(in crate::check) static RULE: Rule =
    Rule { code: "closed-time", level: Level::Error, page: include_str!("closed_time.md"), run: Run::Draft(run) };

fn run(case: &Case<'_>, context: &Context<'_>, found: &mut Found<'_>) {
    let (Some(schedule), Some(written)) = (&case.timetable.schedule, &case.draft.schedule) else { return };
    let closed = &context.closed;
    let blocks = |occurrence: &Occurrence| closed.blocks(occurrence, schedule.zone());
    // Quiet hours come every day, so the days ahead show them; a blackout may lie further off.
    let ahead = case.upcoming.iter().filter_map(|occurrence| Some((occurrence.clone(), blocks(occurrence)?)));
    let later = closed.blackouts.iter().filter_map(|blackout| {
        let from = opens(&blackout.from, schedule.zone()).max(context.now);
        let first = schedule.next_after(from)?;
        Some((first.clone(), blocks(&first).filter(|reason| matches!(reason, Reason::Blackout(_)))?))
    });
    if let Some((first, reason)) = ahead.chain(later).min_by_key(|(occurrence, _)| occurrence.at) {
        found
            .at(
                &timetable::rule_span(written),
                format!("{} is one of them", first.local.format("%Y-%m-%d %H:%M")),
                format!("this is due at a time when nothing goes out: {reason}"),
            )
            .help("choose another time, or leave the day out with `skip`, `start` or `end`");
    }
}

/// Just before the first instant of a bound.
fn opens(bound: &Bound, zone: Tz) -> DateTime<Utc> {
    civil::reached(zone, bound.opens()) - TimeDelta::seconds(1)
}

use chrono::{DateTime, Utc};

use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, schedule_check};
use crate::diag::Level;
use crate::schedule::{Reason, When};

pub(in crate::check) static RULE: Rule =
    Rule { code: "closed-time", level: Level::Error, page: include_str!("closed_time.md"), run: Run::Campaign(run) };

/// The most occurrences that are looked at: a rule with more a month is a finding of its own.
const MAX_OCCURRENCES: usize = 2_000;

fn run(case: &CampaignCheck<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    let (Some(schedule), Some(written)) = (&case.schedule.schedule, &case.draft.schedule) else { return };
    // Quiet hours come every day: a month from the first post on shows them. A list of times is looked at to its end.
    let first = schedule.next_after(context.now);
    let until = match schedule.spec().when {
        When::At(_) => None,
        When::Cron { .. } => first.and_then(|first| first.at.checked_add_signed(CampaignCheck::AHEAD)),
    };
    let closed = &context.closed;
    let blocked = schedule
        .between_outside(closed, context.now, until.unwrap_or(DateTime::<Utc>::MAX_UTC))
        .take(MAX_OCCURRENCES)
        .find_map(|occurrence| Some((closed.blocks(&occurrence, schedule.zone())?, occurrence)));
    let Some((reason, first)) = blocked else { return };
    let help = match &reason {
        Reason::Quiet(hours) => {
            format!("choose a time before {} or from {} on", hours.from.format("%H:%M"), hours.to.format("%H:%M"))
        }
        Reason::Blackout(_) => "choose a time outside of it, or take this one out".to_owned(),
    };
    found
        .at(
            &schedule_check::rule_span(written),
            format!("{} is one of them", first.local.format("%Y-%m-%d %H:%M")),
            format!("this is due at a time when nothing goes out: {reason}"),
        )
        .help(help);
}

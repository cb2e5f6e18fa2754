use std::collections::HashMap;

use chrono_tz::Tz;

use crate::check::{Blocks, CampaignCheck, Concern, Context, FindingSink, Rule, Run, schedule_check};
use crate::diag::Level;
use crate::schedule::{ZONE_DATA, is_outdated};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "stale-zone",
    level: Level::Warning,
    summary: StaticText {
        en: "A time zone whose clock rules changed after the built-in zone data, with a post that goes out an hour too early or too late.",
        zh: "这个时区的规定改了，内置的时区数据还是旧的，有几次发表会差一小时。",
    },
    blocks: Blocks::Nothing,
    concerns: Concern::Book,
    pages: StaticText { en: include_str!("stale_zone.md"), zh: include_str!("stale_zone.zh.md") },
    run: Run::Book(run),
};

fn run(cases: &[CampaignCheck<'_>], context: &Context<'_>, found: &mut FindingSink<'_>) {
    let mut outdated: HashMap<Tz, bool> = HashMap::new();
    for case in cases {
        let (Some(schedule), Some(written)) = (&case.schedule.schedule, &case.draft.schedule) else { continue };
        let zone = schedule.zone();
        if !*outdated.entry(zone).or_insert_with(|| is_outdated(zone, context.now)) {
            continue;
        }
        let Some(shifted) = schedule.first_shifted_after(context.now) else { continue };
        let span =
            written.timezone.as_ref().map_or_else(|| schedule_check::rule_span(written), |zone| zone.span.clone());
        let local = shifted.occurrence.local.format("%Y-%m-%d %H:%M");
        let shown = shifted.shown.format("%Y-%m-%d %H:%M");
        found
            .in_file(&case.draft.file.path)
            .at(
                &span,
                "here",
                format!("the clock rules of `{}` have changed: the post of {local} goes out at {shown} there", zone.name()),
            )
            .help(format!(
                "the built-in zone data are those of {ZONE_DATA}: look for a newer Drumbeat, or allow stale-zone if these hours are fine"
            ));
    }
}

use crate::check::{Case, Context, Found, Rule, Run, timetable};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "too-many-a-day", level: Level::Error, page: include_str!("too_many_a_day.md"), run: Run::Draft(run) };

fn run(case: &Case<'_>, context: &Context<'_>, found: &mut Found<'_>) {
    let (Some(schedule), Some(written)) = (&case.timetable.schedule, &case.draft.schedule) else { return };
    let (times, most) = (schedule.fires_most_per_day(), timetable::max_per_day(&context.book.policy));
    if times > most {
        found
            .at(
                &timetable::rule_span(written),
                format!("up to {times} a day"),
                format!("this posts up to {times} times a day; the policy allows {most}"),
            )
            .help(format!("name fewer times; if more than {most} are meant, raise limits.max_per_day in policy.toml"));
    }
}

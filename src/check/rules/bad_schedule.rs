use crate::check::timetable::What;
use crate::check::words::{nearest, short};
use crate::check::{Case, Context, Found, Rule, Run};
use crate::diag::Level;
use crate::schedule::FaultKind;

pub(in crate::check) static RULE: Rule =
    Rule { code: "bad-schedule", level: Level::Error, page: include_str!("bad_schedule.md"), run: Run::Draft(run) };

fn run(case: &Case<'_>, _: &Context<'_>, found: &mut Found<'_>) {
    for problem in &case.timetable.problems {
        let (message, help) = match &problem.what {
            What::Fault(fault) if matches!(fault.kind, FaultKind::Zone(_)) => continue,
            What::Lateness(_) | What::NoLateness => continue,
            What::Fault(fault) => (fault.to_string(), fault.help()),
            What::Both => (
                "both `cron` and `at` are given".to_owned(),
                Some("keep one; split the campaign if both are meant".to_owned()),
            ),
            What::DayMatchBesideAt => (
                "`day_match` says nothing beside `at`".to_owned(),
                Some("take it out; it belongs to a `cron` with both day fields".to_owned()),
            ),
            What::TooMany { key, most } => (
                format!("`{key}` takes at most {most} entries"),
                Some("say it with `cron`, or split the campaign".to_owned()),
            ),
            What::Form { key, wanted } => (format!("`{key}` takes {wanted}"), Some(format!("write {wanted}"))),
            What::Word { key, got, takes } => {
                let help = match nearest(got, takes.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("write one of {}", takes.join(", ")),
                };
                (format!("`{key}` does not take `{}`", short(got)), Some(help))
            }
            What::Number { key } => {
                (format!("`{key}` is a whole number from 1"), Some("mend it, or take it out".to_owned()))
            }
        };
        let help = help.unwrap_or_else(|| "see `drumbeat explain bad-schedule` for what a schedule takes".to_owned());
        found.at(&problem.span, "here", message).help(help);
    }
}

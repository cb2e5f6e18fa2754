use crate::check::{Context, FindingSink, Rule, Run};
use crate::diag::{Level, Place};

pub(in crate::check) static RULE: Rule = Rule {
    code: "missing-holidays",
    level: Level::Warning,
    page: include_str!("missing_holidays.md"),
    run: Run::Policy(run),
};

fn run(context: &Context<'_>, found: &mut FindingSink<'_>) {
    let Some(file) = context.calendar.file else { return };
    for (span, year, missing) in context.calendar.incomplete_years() {
        let (days, count) =
            (missing.join("、"), if missing.len() == 1 { "its days count" } else { "their days count" });
        found
            .place(Place::new(&file.path, &span, "this year"), format!("{year} has no {days}: {count} as workdays"))
            .help(format!(
                "copy every holiday of the notice into [years.{year}]; the year takes the place of the built-in one"
            ));
    }
}

use crate::check::calendars::IncompleteYear;
use crate::check::{Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::{Level, Place};
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "missing-holidays",
    level: Level::Warning,
    summary: StaticText {
        en: "A year of the calendar file without a holiday that every year has: 元旦, 春节, 清明节, 劳动节, 端午节 or 国庆节.",
        zh: "放假日历里的某一年，少了每年都有的节日：元旦、春节、清明节、劳动节、端午节或国庆节。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Calendar,
    pages: StaticText { en: include_str!("missing_holidays.md"), zh: include_str!("missing_holidays.zh.md") },
    run: RuleFn::Policy(run),
};

fn run(context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let Some(file) = context.calendar.file else { return };
    for IncompleteYear { span, year, missing } in context.calendar.incomplete_years() {
        let names = missing.into_iter().map(|name| text!(en: "`{name}`", zh: "{name}"));
        let days = Text::list(&names.collect::<Vec<_>>());
        let place = match &span {
            Some(span) => Place::new(&file.path, span, text!(en: "this year", zh: "这一年")),
            None => Place::of_file(&file.path),
        };
        let message = text!(
            en: "{year} lacks {days}: these days count as workdays",
            zh: "{year} 年缺少{days}，这些日子会当成工作日",
            days = days
        );
        findings.place(place, message).help(text!(
            en: "copy every holiday of the official notice into `[years.{year}]`: it replaces the built-in year",
            zh: "请把放假通知里的所有节假日都写进 `[years.{year}]`；写了它，就不再用内置的这一年"
        ));
    }
}

use crate::check::phrases::here;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, schedule_warnings};
use crate::finding::{Level, Place};
use crate::schedule::{Schedule, Spec, WarningKind};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "odd-timezone",
    level: Level::Warning,
    summary: StaticText {
        en: "A valid time zone that is probably not meant.",
        zh: "这个时区存在，但多半不是想要的那个，例如没有夏令时的 `EST`、正负号容易看反的 `Etc/GMT-8`，或者比北京时间晚两小时的 `Asia/Urumqi`。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("odd_timezone.md"), zh: include_str!("odd_timezone.zh.md") },
    run: RuleFn::Book(run),
};

fn run(checks: &[CampaignCheck<'_>], context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for check in checks {
        schedule_warnings::tell(check, &mut findings.in_file(&check.parsed.file.path), is_odd);
    }
    let policy = &context.book.policy;
    let (Some(zone), Some(file)) = (&policy.timezone, &policy.file) else { return };
    // Only the zone is checked, so any cron text will do.
    let Ok(schedule) = Schedule::new(Spec::cron("0 0 * * *", zone.value.as_str())) else { return };
    for warning in schedule.warnings().iter().filter(|warning| is_odd(&warning.kind)) {
        findings.place(Place::new(&file.path, &zone.span, here()), warning.text()).help(warning.help(schedule.spec()));
    }
}

fn is_odd(kind: &WarningKind) -> bool {
    matches!(
        kind,
        WarningKind::ZoneAbbreviation { .. } | WarningKind::ZoneSign { .. } | WarningKind::ZoneOfXinjiang { .. }
    )
}

use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, proposals, schedule_check};
use crate::finding::Level;
use crate::schedule::{Part, Proposal, Schedule, Spec, When};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "too-many-a-day",
    level: Level::Error,
    summary: StaticText {
        en: "A schedule that fires more often in a day than `limits.max_per_day` of the policy, or than 3 without that key.",
        zh: "一个活动一天里发表的次数，超过了公共设置（`policy.toml`）里的 `limits.max_per_day`；没写这一项时上限是 3 次。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("too_many_a_day.md"), zh: include_str!("too_many_a_day.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let (Some(schedule), Some(written)) = (&check.schedule.schedule, &check.parsed.schedule) else { return };
    let (times, most) = (schedule.fires_most_per_day(), schedule_check::max_per_day(&context.book.policy));
    if times > most {
        let six = seconds_first(check, most);
        let help = match &six {
            Some((five, _)) => text!(
                en: "six fields begin with seconds; in five fields write `{five}`",
                zh: "写六个字段时，第一个是秒；请只写五个字段：`{five}`"
            ),
            None => text!(
                en: "post less often; if more than {most} a day are meant, raise `limits.max_per_day` in `policy.toml`",
                zh: "请减少次数；如果每天确实要发超过 {most} 次，请调高 `policy.toml` 里的 `limits.max_per_day`"
            ),
        };
        let suggestion = six.and_then(|(_, proposal)| proposals::edits(check.parsed, written, &proposal));
        findings
            .at(
                &schedule_check::rule_span(written),
                text!(en: "up to {times} a day", zh: "一天最多 {times} 次"),
                text!(
                    en: "this posts up to {times} times a day; the policy allows {most}",
                    zh: "这样一天最多会发 {times} 次，公共设置（`policy.toml`）只允许 {most} 次"
                ),
            )
            .help(help)
            .suggest(suggestion);
    }
}

/// The first five of six fields if the last is `*`: of six fields, the first means seconds. `None` if the five also
/// fire too often.
fn seconds_first(check: &CampaignCheck<'_>, most: u32) -> Option<(String, Proposal)> {
    let spec = check.schedule.spec.as_deref()?;
    let When::Cron { text, day_match } = &spec.when else { return None };
    let (five, last) = text.trim().rsplit_once(char::is_whitespace)?;
    let five = five.trim_end();
    if last != "*" || five.split_whitespace().count() != 5 {
        return None;
    }
    let when = When::Cron { text: five.to_owned(), day_match: *day_match };
    let schedule = Schedule::new(Spec { when, ..spec.clone() }).ok()?;
    let proposal = Proposal { part: Part::Cron, span: None, text: five.to_owned(), also: Vec::new() };
    (schedule.fires_most_per_day() <= most).then(|| (five.to_owned(), proposal))
}

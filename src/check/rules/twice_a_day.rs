use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, schedule_check};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "twice-a-day",
    level: Level::Warning,
    summary: StaticText {
        en: "A schedule that fires more than once in a day, within the limit of the policy.",
        zh: "同一个活动一天里要发不止一次，但没有超过公共设置（`policy.toml`）的上限。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("twice_a_day.md"), zh: include_str!("twice_a_day.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let (Some(schedule), Some(written)) = (&check.schedule.schedule, &check.parsed.schedule) else { return };
    let (times, most) = (schedule.fires_most_per_day(), schedule_check::max_per_day(&context.book.policy));
    if times > 1 && times <= most {
        findings
            .at(
                &schedule_check::rule_span(written),
                text!(en: "up to {times} a day", zh: "一天最多 {times} 次"),
                text!(en: "this posts the same content {times} times a day", zh: "同样的内容一天会发 {times} 次"),
            )
            .help(text!(
                en: "if that is meant, write `allow = [\"twice-a-day\"]` in this file",
                zh: "如果确实要这样发，请在文件里写 `allow = [\"twice-a-day\"]`"
            ));
    }
}

use std::collections::HashMap;

use chrono::TimeDelta;

use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::{StaticText, when};

pub(in crate::check) static RULE: Rule = Rule {
    code: "repeated-content",
    level: Level::Warning,
    summary: StaticText {
        en: "A content of a rotation that is posted again within `limits.same_text_days` of the policy, within the next 31 days.",
        zh: "轮换的内容太少：同一条内容在公共设置 `limits.same_text_days` 规定的天数内又发一次（看今后 31 天）。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("repeated_content.md"), zh: include_str!("repeated_content.zh.md") },
    run: RuleFn::Book(run),
};

fn run(checks: &[CampaignCheck<'_>], context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let Some(days) = &context.book.policy.limits.same_text_days else { return };
    let window = TimeDelta::try_days(days.value).unwrap_or(TimeDelta::MAX);
    checks.iter().for_each(|check| check_campaign(check, window, days.value, findings));
}

fn check_campaign(check: &CampaignCheck<'_>, window: TimeDelta, days: i64, findings: &mut FindingSink<'_>) {
    if check.parsed.contents.len() < 2 {
        return;
    }
    let mut last = HashMap::new();
    for (occurrence, content) in check.upcoming.iter().zip(check.upcoming_contents()) {
        let Some(before) = last.insert(content, occurrence).filter(|before| occurrence.at - before.at <= window) else {
            continue;
        };
        // One finding a file: more contents are the answer to all of them.
        findings
            .place(
                check.place(&check.parsed.contents[content].span, text!(en: "posted twice", zh: "会发两次")),
                text!(
                    en: "the same content is posted on {before} and again on {again}, within {days} days",
                    zh: "{before}发过这条内容，{again}又发一次，相隔不到 {days} 天",
                    before = when::date(before.local.date()),
                    again = when::date(occurrence.local.date())
                ),
            )
            .help(text!(
                en: "add contents, post less often, or write `allow = [\"repeated-content\"]` in this file",
                zh: "请再写几条内容，或者少发几次；确实要这样发，请在文件里写 `allow = [\"repeated-content\"]`"
            ));
        return;
    }
}

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::schedule::{Schedule, When};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unused-content",
    level: Level::Warning,
    summary: StaticText {
        en: "A content that is never posted: the schedule ends before its turn, or every turn of it is another content's date.",
        zh: "有一条内容一次也不会发：还没轮到它活动就结束了，或者每次轮到它的那天都指定了别的内容。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("unused_content.md"), zh: include_str!("unused_content.zh.md") },
    run: RuleFn::Book(run),
};

/// Most occurrences of one campaign that are looked at.
const MAX_OCCURRENCES: usize = 10_000;

fn run(checks: &[CampaignCheck<'_>], context: &Context<'_>, findings: &mut FindingSink<'_>) {
    checks.iter().for_each(|check| check_campaign(check, context, findings));
}

fn check_campaign(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let (Some(campaign), Some(schedule)) = (&check.campaign, &check.schedule.schedule) else { return };
    if !campaign.contents.has_several() || !ends(schedule) {
        return;
    }
    // Contents with dates of their own have a rule of their own.
    let mut unused: HashSet<u32> = campaign.contents.rotation().turns().iter().copied().collect();
    let mut count = 0;
    for occurrence in schedule.between_outside(&context.posting_blocks, schedule.beginning(), DateTime::<Utc>::MAX_UTC)
    {
        unused.remove(&campaign.content_in(schedule, &occurrence).number);
        count += 1;
        if unused.is_empty() || count == MAX_OCCURRENCES {
            return;
        }
    }
    let contents = (1..).zip(&check.parsed.contents);
    for (_, content) in contents.filter(|(number, _)| unused.contains(number)) {
        findings
            .place(
                check.place(&content.span, text!(en: "never posted", zh: "一次也不会发")),
                text!(
                    en: "this content is never posted: the schedule has no occurrence for it",
                    zh: "这条内容一次也不会发，按发表时间轮不到它"
                ),
            )
            .help(text!(
                en: "move `end` to a later date, add times to `at`, or remove the content",
                zh: "请推迟 `end`、在 `at` 里加时间，或者删掉这条内容"
            ));
    }
}

/// Whether a schedule has a last occurrence.
fn ends(schedule: &Schedule) -> bool {
    let spec = schedule.spec();
    spec.end.is_some() || spec.max_runs.is_some() || matches!(spec.when, When::At(_))
}

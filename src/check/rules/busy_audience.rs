use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use crate::book::ParsedCampaign;
use crate::check::overlap::{Key, keys};
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, schedule_check};
use crate::finding::Level;
use crate::text::{StaticText, when};

pub(in crate::check) static RULE: Rule = Rule {
    code: "busy-audience",
    level: Level::Warning,
    summary: StaticText {
        en: "More posts to the same sender, department or tag in one day than `limits.max_per_audience_per_day` of the policy, within the next 31 days.",
        zh: "未来 31 天里，有一天发给同一成员、部门或客户标签的次数，超过了公共设置（`policy.toml`）里的 `limits.max_per_audience_per_day`。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("busy_audience.md"), zh: include_str!("busy_audience.zh.md") },
    run: RuleFn::Book(run),
};

fn run(checks: &[CampaignCheck<'_>], context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let Some(most) = &context.book.policy.limits.max_per_audience_per_day else { return };
    let Ok(most) = usize::try_from(most.value) else { return };
    let mut by_day: HashMap<(NaiveDate, Key<'_>), Vec<&CampaignCheck<'_>>> = HashMap::new();
    for check in checks {
        let Some(campaign) = &check.campaign else { continue };
        let zone = campaign.timing.schedule.zone();
        let keys = keys(campaign.contents.audience());
        for occurrence in &check.upcoming {
            for key in &keys {
                by_day.entry((occurrence.due_local(zone).date(), *key)).or_default().push(check);
            }
        }
    }
    // A post to everyone counts for every audience.
    let of_all = |date| by_day.get(&(date, Key::All)).map_or(&[][..], Vec::as_slice);
    let mut busy: Vec<(NaiveDate, Key<'_>, Vec<&CampaignCheck<'_>>)> = Vec::new();
    for ((date, key), own) in &by_day {
        let others = if *key == Key::All { &[][..] } else { of_all(*date) };
        if own.len() + others.len() > most {
            busy.push((*date, *key, own.iter().chain(others).copied().collect()));
        }
    }
    busy.sort_by_key(|(date, key, _)| (*date, *key));
    // One finding per campaign: its first such day, at the post that exceeds the limit.
    let mut reported: HashSet<*const ParsedCampaign> = HashSet::new();
    for (date, key, mut posts) in busy {
        posts.sort_by(|a, b| a.parsed.file.path.cmp(&b.parsed.file.path));
        let Some(last) = posts.last() else { continue };
        if reported.insert(std::ptr::from_ref(last.parsed)) {
            report(date, key, &posts, last, most, findings);
        }
    }
}

fn report(
    date: NaiveDate,
    key: Key<'_>,
    posts: &[&CampaignCheck<'_>],
    last: &CampaignCheck<'_>,
    most: usize,
    findings: &mut FindingSink<'_>,
) {
    let Some(written) = &last.parsed.schedule else { return };
    let count = posts.len();
    let headline = text!(
        en: "{count} posts reach {key} on {date}; the policy allows {most}",
        zh: "{date}有 {count} 条朋友圈涉及{key}，公共设置（`policy.toml`）最多允许 {most} 条",
        key = key,
        date = when::date(date)
    );
    let finding = findings
        .place(last.place(&schedule_check::rule_span(written), text!(en: "one of them", zh: "其中一条")), headline);
    for other in posts.iter().filter(|other| !std::ptr::eq(other.parsed, last.parsed)).take(3) {
        if let Some(written) = &other.parsed.schedule {
            finding.related(other.place(&schedule_check::rule_span(written), text!(en: "another", zh: "另一条")));
        }
    }
    finding.help(text!(
        en: "move one to another day, or raise `limits.max_per_audience_per_day` in `policy.toml`",
        zh: "请把其中一条改到别的日子，或者调高 `policy.toml` 里的 `limits.max_per_audience_per_day`"
    ));
}

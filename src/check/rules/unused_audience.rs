use std::collections::HashSet;

use crate::check::characters::short;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::{Level, Place};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unused-audience",
    level: Level::Warning,
    summary: StaticText {
        en: "A named audience of `policy.toml` that no campaign uses.",
        zh: "公共设置（`policy.toml`）里有一个预设范围，没有任何活动在用。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("unused_audience.md"), zh: include_str!("unused_audience.zh.md") },
    run: RuleFn::Book(run),
};

fn run(checks: &[CampaignCheck<'_>], context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let policy = &context.book.policy;
    let Some(file) = &policy.file else { return };
    if !context.book.skipped.is_empty() || checks.iter().any(|check| !check.parsed.is_sure("visible_range")) {
        return;
    }
    let used: HashSet<&str> = checks
        .iter()
        .filter_map(|check| check.parsed.visible_range.as_ref()?.audience.as_ref())
        .map(|name| name.as_str())
        .collect();
    for audience in policy.audiences.iter().filter(|audience| !used.contains(audience.name.as_str())) {
        findings
            .place(
                Place::new(&file.path, &audience.name.span, text!(en: "not used", zh: "没有用到")),
                text!(
                    en: "no campaign uses the audience `{name}`",
                    zh: "没有活动用到预设范围 `{name}`",
                    name = short(&audience.name)
                ),
            )
            .help(text!(en: "use it, or remove it", zh: "请用上它，或者删掉"));
    }
}

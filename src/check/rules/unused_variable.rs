use std::collections::HashSet;

use crate::check::characters::short;
use crate::check::variables::{self, Stretch};
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, customer_texts};
use crate::finding::{Level, Place};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unused-variable",
    level: Level::Warning,
    summary: StaticText {
        en: "A variable in `[variables]` of the policy that no text uses.",
        zh: "公共设置（`policy.toml`）的 `[variables]` 里有一个变量，没有任何文字在用。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Book,
    pages: StaticText { en: include_str!("unused_variable.md"), zh: include_str!("unused_variable.zh.md") },
    run: RuleFn::Book(run),
};

fn run(checks: &[CampaignCheck<'_>], context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let policy = &context.book.policy;
    let Some(file) = policy.file.as_ref().filter(|_| !policy.variables.is_empty()) else { return };
    if !context.book.skipped.is_empty() || checks.iter().any(|check| !check.parsed.is_sure("content")) {
        return;
    }
    let texts = checks.iter().flat_map(|check| customer_texts::written(check));
    let used: HashSet<&str> = texts
        .flat_map(|text| variables::stretches(text))
        .filter_map(|(_, stretch)| match stretch {
            Stretch::Variable(name) => Some(name),
            _ => None,
        })
        .collect();
    let is_unused = |name: &str| variables::is_name(name) && !used.contains(name);
    for variable in policy.variables.iter().filter(|variable| is_unused(&variable.name)) {
        findings
            .place(
                Place::new(&file.path, &variable.name.span, text!(en: "not used", zh: "没有用到")),
                text!(
                    en: "no text uses the variable `{name}`",
                    zh: "没有文字用到变量 `{name}`",
                    name = short(&variable.name)
                ),
            )
            .help(text!(en: "use it, or remove it", zh: "请用上它，或者删掉"));
    }
}

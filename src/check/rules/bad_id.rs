use std::sync::Arc;

use crate::check::phrases::{here, write};
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::{Edit, Level, Suggestion};
use crate::ids::{BadCampaignId, CampaignId};
use crate::text::{StaticText, UserError as _};

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-id",
    level: Level::Error,
    summary: StaticText {
        en: "An `id` that is empty, longer than 64 characters, or has other characters than `a-z`, `0-9` and `-`.",
        zh: "活动的 `id` 是空的、超过 64 个字符，或者用了小写字母、数字和 `-` 以外的字符。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("bad_id.md"), zh: include_str!("bad_id.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    let Some(id) = &check.parsed.id else { return };
    let Err(why) = id.parse::<CampaignId>() else { return };
    let span = match why {
        BadCampaignId::Character(wrong) => {
            let at = id.find(wrong).unwrap_or(0);
            check.within(id, &(at..at + wrong.len_utf8()))
        }
        BadCampaignId::Empty | BadCampaignId::TooLong => id.span.clone(),
    };
    let finding = findings.at(&span, here(), why.text());
    match suggestion(id) {
        Some(better) => {
            let edit = Edit {
                file: Arc::clone(&check.parsed.file.path),
                span: id.span.clone(),
                text: format!("\"{better}\""),
            };
            finding.help(write(&better)).suggest(Some(Suggestion { edits: vec![edit], is_safe: false }))
        }
        None => finding.help(text!(
            en: "choose a short id, such as `spring-launch`",
            zh: "请起一个简短的 id，例如 `spring-launch`"
        )),
    };
}

/// The id with invalid characters replaced by dashes.
fn suggestion(id: &str) -> Option<String> {
    let lower = id.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let better = words.join("-");
    better.parse::<CampaignId>().is_ok().then_some(better)
}

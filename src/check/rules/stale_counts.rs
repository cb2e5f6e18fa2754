use super::bad_counts::count_again;
use crate::book::{CountsHead, CountsKind};
use crate::check::{Blocks, Context, FindingSink, Rule, RuleFn, Subject, counts};
use crate::finding::Level;
use crate::text::{StaticText, when};

/// After this many days a count says little about the customers of today.
const MAX_AGE_DAYS: i64 = 30;

pub(in crate::check) static RULE: Rule = Rule {
    code: "stale-counts",
    level: Level::Warning,
    summary: StaticText {
        en: "An `audience.toml` that was counted more than 30 days ago.",
        zh: "统计文件 `audience.toml` 已经超过 30 天没有更新。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Directory,
    pages: StaticText { en: include_str!("stale_counts.md"), zh: include_str!("stale_counts.zh.md") },
    run: RuleFn::Counts(run),
};

fn run(file: &CountsHead, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let (Some(date), Some(written)) = (counts::date(file), &file.counted_on) else { return };
    let days = (counts::today(context.now) - date).num_days();
    if days > MAX_AGE_DAYS && file.kind == CountsKind::Customers {
        findings
            .at(
                &written.span,
                text!(en: "{days} days ago", zh: "{days} 天以前"),
                text!(
                    en: "customers were last counted on {date}, {days} days ago",
                    zh: "上次统计客户是{date}，已经过了 {days} 天",
                    date = when::plain_date(date)
                ),
            )
            .help(count_again(file.kind));
    }
}

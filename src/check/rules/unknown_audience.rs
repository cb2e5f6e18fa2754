use crate::book;
use crate::check::characters::short;
use crate::check::phrases::{code_list, did_you_mean};
use crate::check::{AudienceRef, Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::nearest::nearest;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unknown-audience",
    level: Level::Error,
    summary: StaticText {
        en: "A named audience that `policy.toml` does not contain.",
        zh: "`audience` 用的预设范围，公共设置 `policy.toml` 里没有。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Audience,
    pages: StaticText { en: include_str!("unknown_audience.md"), zh: include_str!("unknown_audience.zh.md") },
    run: RuleFn::Audience(run),
};

/// Audiences named in the help.
const MAX_NAMED: usize = 10;

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let (Some(name), None) = (&reach.range.audience, reach.name) else { return };
    let policy = &context.book.policy;
    if context.resolver.named(name).is_some() || !book::is_sure(&policy.parse_errors, "audiences") {
        return;
    }
    let known = || policy.audiences.iter().map(|audience| audience.name.as_str());
    let finding = findings.at(
        &name.span,
        text!(en: "no such audience", zh: "没有这个预设范围"),
        text!(en: "the policy has no audience `{name}`", zh: "公共设置（`policy.toml`）里没有预设范围 `{name}`", name = short(name)),
    );
    match nearest(name, known()) {
        Some(near) => {
            if let Some(quoted) = book::quoted(near) {
                finding.replace(&name.span, quoted);
            }
            finding.help(did_you_mean(near))
        }
        None if known().next().is_none() => finding.help(text!(
            en: "add `[audiences.{name}]` to `policy.toml`",
            zh: "请在 `policy.toml` 里加上 `[audiences.{name}]`",
            name = short(name)
        )),
        None => finding.help(text!(
            en: "its audiences are {names}",
            zh: "现有的预设范围：{names}",
            names = code_list(known().take(MAX_NAMED))
        )),
    };
}

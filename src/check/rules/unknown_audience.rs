use crate::book;
use crate::check::characters::short;
use crate::check::phrases::did_you_mean;
use crate::check::{AudienceRef, Blocks, Concern, Context, FindingSink, Rule, Run};
use crate::diag::Level;
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
    concerns: Concern::Audience,
    pages: StaticText { en: include_str!("unknown_audience.md"), zh: include_str!("unknown_audience.zh.md") },
    run: Run::Audience(run),
};

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    let (Some(name), None) = (&reach.range.audience, reach.name) else { return };
    let policy = &context.book.policy;
    if context.resolver.named(name).is_some() || !book::is_sure(&policy.faults, "audiences") {
        return;
    }
    let known = || policy.audiences.iter().map(|audience| audience.name.as_str());
    let finding = found.at(&name.span, "no such audience", format!("the policy has no audience `{}`", short(name)));
    match nearest(name, known()) {
        Some(near) => {
            if let Some(quoted) = book::quoted(near) {
                finding.replace(&name.span, quoted);
            }
            finding.help(did_you_mean(near))
        }
        None if known().next().is_none() => finding.help(format!("write [audiences.{}] in policy.toml", short(name))),
        None => finding.help(format!("its audiences are {}", known().take(10).collect::<Vec<_>>().join(", "))),
    };
}

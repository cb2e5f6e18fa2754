use std::ops::Range;

use crate::check::characters::short;
use crate::check::entries::{looks_like_several, write_several};
use crate::check::phrases::{if_new_pull, nearest_entry};
use crate::check::resolve::Missing;
use crate::check::{AudienceRef, Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "unknown-name",
    level: Level::Error,
    summary: StaticText {
        en: "A department or tag with a name that `directory.toml` does not contain.",
        zh: "这个部门名称或客户标签名称，名录 `directory.toml` 里没有。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::AudienceEntry,
    pages: StaticText { en: include_str!("unknown_name.md"), zh: include_str!("unknown_name.zh.md") },
    run: RuleFn::Audience(run),
};

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for entry in reach.range.departments() {
        if let Some(missing @ Missing::Department(name)) = &context.resolver.missing_department(entry) {
            let several = context.resolver.several_departments(name);
            let is_alone = reach.range.departments().nth(1).is_none();
            if !report_several(name, several, is_alone, &entry.span, findings) {
                let what = text!(en: "department", zh: "部门");
                report(missing, &entry.span, &what, name, context, findings);
            }
        }
    }
    for entry in reach.range.tags() {
        if let Some(missing @ Missing::Tag(name)) = &context.resolver.missing_tag(entry) {
            let several = context.resolver.several_tags(name);
            let is_alone = reach.range.tags().nth(1).is_none();
            if !report_several(name, several, is_alone, &entry.span, findings) {
                let what = text!(en: "tag", zh: "客户标签");
                report(missing, &entry.span, &what, name, context, findings);
            }
        }
    }
}

/// Reports several names in one text: a nearest name would replace all of them by one.
fn report_several(
    text: &str,
    several: Option<String>,
    is_alone: bool,
    span: &Range<usize>,
    findings: &mut FindingSink<'_>,
) -> bool {
    if several.is_none() && !looks_like_several(text) {
        return false;
    }
    let finding = findings.at(
        span,
        text!(en: "several names in one text", zh: "几个名称写在了一起"),
        text!(
            en: "`{written}` has several names in one text",
            zh: "`{written}` 是几个名称写在了一起",
            written = short(text)
        ),
    );
    match several {
        Some(entries) => finding.help(write_several(&entries, is_alone)).replace(span, entries),
        None => finding.help(text!(
            en: "put each name in its own quotes, with commas between them",
            zh: "请给每个名称分别加引号，中间用逗号隔开"
        )),
    };
    true
}

fn report(
    missing: &Missing,
    span: &Range<usize>,
    what: &Text,
    name: &str,
    context: &Context<'_>,
    findings: &mut FindingSink<'_>,
) {
    let message = text!(
        en: "no {what} is named `{name}`",
        zh: "名录里没有名叫 `{name}` 的{what}",
        what = what,
        name = short(name)
    );
    let finding = findings.at(span, text!(en: "no such name", zh: "没有这个名称"), message);
    match context.suggestions.get(missing) {
        Some(near) => {
            if let Some(written) = &near.written {
                finding.replace(span, written);
            }
            finding.help(nearest_entry(&near.shown, &if_new_pull()))
        }
        None => finding.help(text!(
            en: "write the name as WeCom has it, or the id; {otherwise}",
            zh: "请照企业微信里的名称写，或者写 ID；{otherwise}",
            otherwise = if_new_pull()
        )),
    };
}

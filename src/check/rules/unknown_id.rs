use crate::check::characters::short;
use crate::check::resolve::Missing;
use crate::check::{AudienceRef, Blocks, Concern, Context, FindingSink, Rule, Run};
use crate::diag::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unknown-id",
    level: Level::Warning,
    summary: StaticText {
        en: "A sender, department or tag with an id that `directory.toml` does not contain.",
        zh: "这个成员账号、部门编号或标签编号，名录 `directory.toml` 里没有。",
    },
    blocks: Blocks::Nothing,
    concerns: Concern::Audience,
    pages: StaticText { en: include_str!("unknown_id.md"), zh: include_str!("unknown_id.zh.md") },
    run: Run::Audience(run),
};

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    for user in reach.range.senders().filter(|user| context.resolver.is_unknown_sender(user)) {
        let what = format!("nobody of the id `{}` who could post", short(user));
        tell(&Missing::Sender(user.value.clone()), &user.span, &what, context, found);
    }
    for entry in reach.range.departments() {
        if let Some(missing @ Missing::DepartmentId(id)) = &context.resolver.missing_department(entry) {
            tell(missing, &entry.span, &format!("no department {id}"), context, found);
        }
    }
    for entry in reach.range.tags() {
        if let Some(missing @ Missing::TagId(id)) = &context.resolver.missing_tag(entry) {
            tell(missing, &entry.span, &format!("no tag of the id `{}`", short(id)), context, found);
        }
    }
}

fn tell(
    missing: &Missing,
    span: &std::ops::Range<usize>,
    what: &str,
    context: &Context<'_>,
    found: &mut FindingSink<'_>,
) {
    let (who, way_out) = match (&context.book.corp.now, missing) {
        (None, _) => ("directory.toml has", "if it is new at WeCom, pull again: drumbeat directory pull"),
        (Some(_), Missing::Sender(_)) => (
            "WeCom shows the app",
            "give the member 客户联系 and put them into the app's scope (应用可见范围), or take them out",
        ),
        (Some(_), Missing::DepartmentId(_)) => {
            ("WeCom shows the app", "put it into the app's scope (应用可见范围), or take it out")
        }
        (Some(_), _) => ("WeCom shows the app", "look at the tags in WeCom's admin console, or take it out"),
    };
    let finding = found.at(span, "not there", format!("{who} {what}"));
    match context.suggestions.get(missing) {
        Some(near) => {
            if let Some(written) = &near.written {
                finding.replace(span, written);
            }
            finding.help(format!("did you mean {}? {way_out}", near.shown))
        }
        None => finding.help(way_out),
    };
}

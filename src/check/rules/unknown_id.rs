use crate::check::characters::short;
use crate::check::phrases::{if_new_pull, nearest_entry};
use crate::check::resolve::Missing;
use crate::check::{AudienceRef, Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "unknown-id",
    level: Level::Warning,
    summary: StaticText {
        en: "A sender, department or tag with an id that `directory.toml` does not contain.",
        zh: "这个成员账号、部门 ID 或客户标签 ID，名录 `directory.toml` 里没有。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Audience,
    pages: StaticText { en: include_str!("unknown_id.md"), zh: include_str!("unknown_id.zh.md") },
    run: RuleFn::Audience(run),
};

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for user in reach.range.senders().filter(|user| context.resolver.is_unknown_sender(user)) {
        let what = text!(en: "member `{id}` who can post", zh: "成员 `{id}`，或者这位成员不能发表客户朋友圈", id = short(user));
        report(&Missing::Sender(user.value.clone()), &user.span, &what, context, findings);
    }
    for entry in reach.range.departments() {
        if let Some(missing @ Missing::DepartmentId(id)) = &context.resolver.missing_department(entry) {
            let what = text!(en: "department {id}", zh: "部门 {id}");
            report(missing, &entry.span, &what, context, findings);
        }
    }
    for entry in reach.range.tags() {
        if let Some(missing @ Missing::TagId(id)) = &context.resolver.missing_tag(entry) {
            let what = text!(en: "tag with the id `{id}`", zh: "客户标签 ID `{id}`", id = short(id));
            report(missing, &entry.span, &what, context, findings);
        }
    }
}

fn report(
    missing: &Missing,
    span: &std::ops::Range<usize>,
    what: &Text,
    context: &Context<'_>,
    findings: &mut FindingSink<'_>,
) {
    let source = match context.book.corp.now {
        None => text!(en: "`directory.toml` has", zh: "名录里没有"),
        Some(_) => text!(en: "WeCom shows the app", zh: "应用在企业微信里看不到"),
    };
    let next_step = match (&context.book.corp.now, missing) {
        (None, _) => if_new_pull(),
        (Some(_), Missing::Sender(_)) => text!(
            en: "give the member `客户联系` and add them to the app's scope (`应用可见范围`), or remove the entry",
            zh: "请给该成员开通客户联系，并加入应用可见范围；否则请删掉这一项"
        ),
        (Some(_), Missing::DepartmentId(_)) => text!(
            en: "add it to the app's scope (`应用可见范围`), or remove the entry",
            zh: "请把它加入应用可见范围，否则请删掉这一项"
        ),
        (Some(_), _) => text!(
            en: "check the tags in WeCom's admin console, or remove the entry",
            zh: "请到企业微信管理后台核对客户标签，否则请删掉这一项"
        ),
    };
    let message = text!(en: "{source} no {what}", zh: "{source}{what}", source = source, what = what);
    let finding = findings.at(span, text!(en: "not found", zh: "找不到"), message);
    match context.suggestions.get(missing) {
        Some(near) => {
            if let Some(written) = &near.written {
                finding.replace(span, written);
            }
            finding.help(nearest_entry(&near.shown, &next_step))
        }
        None => finding.help(next_step),
    };
}

use crate::check::{AudienceRef, Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::{Level, Place};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "everyone",
    level: Level::Warning,
    summary: StaticText {
        en: "A post that every member in the app's scope is asked to publish, by `all = true` or by a named audience with it.",
        zh: "这条朋友圈会请应用可见范围内的所有成员发表：活动文件或它用的预设范围里写了 `all = true`。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Audience,
    pages: StaticText { en: include_str!("everyone.md"), zh: include_str!("everyone.zh.md") },
    run: RuleFn::Audience(run),
};

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    // A named audience is reported where a campaign uses it: the campaign file can allow it.
    if reach.name.is_some() {
        return;
    }
    let headline = || {
        text!(
            en: "every member in the app's scope will be asked to post this",
            zh: "应用可见范围内的所有成员都会收到发表任务"
        )
    };
    let help = || {
        text!(
            en: "if that is meant, write `allow = [\"everyone\"]` in this file; otherwise name senders or customer tags",
            zh: "如果确实要发给所有人，请在文件里写 `allow = [\"everyone\"]`；否则请指定成员、部门或客户标签"
        )
    };
    let names_others = reach.range.sender_list.is_some() || reach.range.external_contact_list.is_some();
    if names_others {
        // Another rule reports the contradiction.
        return;
    }
    if let Some(all) = reach.range.all.as_ref().filter(|all| all.value) {
        findings.at(&all.span, text!(en: "everyone", zh: "所有成员"), headline()).help(help());
    }
    let Some(name) = &reach.range.audience else { return };
    let all = context.resolver.named(name).and_then(|audience| audience.range.all.as_ref()).filter(|all| all.value);
    if let (Some(all), Some(policy)) = (all, &context.book.policy.file) {
        findings
            .at(&name.span, text!(en: "this audience is everyone", zh: "这个预设范围是所有成员"), headline())
            .related(Place::new(&policy.path, &all.span, text!(en: "said here", zh: "在这里设定的")))
            .help(help());
    }
}

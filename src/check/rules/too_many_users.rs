use crate::check::{AudienceRef, Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::limits::USERS;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "too-many-users",
    level: Level::Error,
    summary: StaticText {
        en: "More than 100,000 entries in `user_list`.", zh: "`user_list` 里的成员超过 10 万个。"
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Audience,
    pages: StaticText { en: include_str!("too_many_users.md"), zh: include_str!("too_many_users.zh.md") },
    run: RuleFn::Audience(run),
};

fn run(reach: &AudienceRef<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    let senders = reach.range.sender_list.as_ref();
    let Some(users) = senders.and_then(|senders| senders.user_list.as_ref()) else { return };
    let Some(first_too_many) = users.get(USERS) else { return };
    findings
        .at(
            &first_too_many.span,
            text!(en: "the first member too many", zh: "从这位成员开始超出"),
            text!(
                en: "`user_list` can have at most {USERS} members, not {count}",
                zh: "`user_list` 最多 {USERS} 个成员，这里有 {count} 个",
                count = users.len()
            ),
        )
        .help(text!(en: "name departments, or split the campaign", zh: "请改为指定部门，或者拆成几个活动"));
}

use std::ops::Range;

use crate::check::{AudienceRef, Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "empty-audience-list",
    level: Level::Error,
    summary: StaticText {
        en: "An empty list of senders, departments or tags, even next to one that is not empty.",
        zh: "成员、部门或客户标签的名单是空的，即使旁边还有别的名单。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Audience,
    pages: StaticText { en: include_str!("empty_audience_list.md"), zh: include_str!("empty_audience_list.zh.md") },
    run: RuleFn::Audience(run),
};

fn run(reach: &AudienceRef<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    if !reach.is_sure {
        return;
    }
    let mut empty = |name: &str, span: &Range<usize>| {
        findings
            .at(
                span,
                text!(en: "nothing in it", zh: "里面没有内容"),
                text!(en: "`{name}` is empty", zh: "`{name}` 是空的"),
            )
            .help(text!(
                en: "add an entry, or remove the list; to ask everyone, write `all = true`",
                zh: "请至少写一项，或者把它删掉；要让所有成员发表，请写 `all = true`"
            ));
    };
    if let Some(senders) = &reach.range.sender_list {
        match (&senders.user_list, &senders.department_list) {
            (None, None) => empty("sender_list", &senders.span),
            (users, departments) => {
                users.iter().filter(|list| list.is_empty()).for_each(|list| empty("user_list", &list.span));
                departments.iter().filter(|list| list.is_empty()).for_each(|list| empty("department_list", &list.span));
            }
        }
    }
    if let Some(contacts) = &reach.range.external_contact_list {
        match &contacts.tag_list {
            None => empty("external_contact_list", &contacts.span),
            Some(tags) if tags.is_empty() => empty("tag_list", &tags.span),
            Some(_) => {}
        }
    }
}

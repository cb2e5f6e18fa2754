use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "link-without-cover",
    level: Level::Error,
    page: include_str!("link_without_cover.md"),
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    let Some(link) = case.draft.content.as_ref().and_then(|content| content.link.as_ref()) else { return };
    if link.cover.is_none() && case.draft.is_sure("content.link") {
        found
            .at(
                &link.span,
                text!(en: "no `cover` in it", zh: "没有 `cover`"),
                text!(en: "the link has no cover", zh: "链接没有封面"),
            )
            .help(text!(en: "add `cover = \"media/….jpg\"`", zh: "请加上 `cover = \"media/….jpg\"`"));
    }
}

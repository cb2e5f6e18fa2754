use crate::book::{self, Spanned};
use crate::check::phrases::{here, write};
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, address};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-link-url",
    level: Level::Error,
    summary: StaticText {
        en: "A link with an invalid address: it does not begin with `https://` or `http://`, has no host, or contains spaces or full-width characters.",
        zh: "链接的网址不对：开头不是 `https://` 或 `http://`，没有域名，或者夹了空格或全角字符。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("bad_link_url.md"), zh: include_str!("bad_link_url.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    check.parsed.link_urls().for_each(|url| look_at(check, url, findings));
}

fn look_at(check: &CampaignCheck<'_>, url: &Spanned<String>, findings: &mut FindingSink<'_>) {
    let Err((part, error)) = address::check(url) else { return };
    let place = check.within(url, &part);
    let finding = findings.at(&place, here(), error.message());
    if let Some(meant) = address::meant(url)
        && let Some(quoted) = book::quoted(&meant)
    {
        finding.help(write(&meant)).replace(&url.span, quoted);
        return;
    }
    if let Some(plain) = error.instead() {
        finding.replace(&place, plain);
    }
    finding.help(error.help());
}

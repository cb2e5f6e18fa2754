use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use crate::book::Spanned;
use crate::check::phrases::{here, write};
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, address};
use crate::finding::Level;
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "unreachable-link",
    level: Level::Warning,
    summary: StaticText {
        en: "A link that works for its author only or is damaged.",
        zh: "链接的网址客户打不开：是公司内网的地址，带着用户名，把 `&` 写成了 `&amp;`，或者有一个多余的 `%`。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("unreachable_link.md"), zh: include_str!("unreachable_link.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    let urls = check.parsed.link_urls().filter(|url| address::check(url).is_ok());
    urls.for_each(|url| look_at(check, url, findings));
}

fn look_at(check: &CampaignCheck<'_>, url: &Spanned<String>, findings: &mut FindingSink<'_>) {
    let authority = authority(url);
    let mut report = |part: &Range<usize>, message: Text, help: Text, instead: Option<&str>| {
        let place = check.within(url, part);
        let finding = findings.at(&place, here(), message);
        if let Some(text) = instead {
            finding.replace(&place, text);
        }
        finding.help(help);
    };
    let host = match url[authority.clone()].rfind('@') {
        Some(at) => {
            let part = authority.start..authority.start + at + 1;
            let message = text!(
                en: "the address contains a user name that every customer can see",
                zh: "网址里带了用户名，所有客户都会看到"
            );
            let help = text!(en: "remove it, together with the `@`", zh: "请把它连同 `@` 一起删掉");
            report(&part, message, help, Some(""));
            part.end..authority.end
        }
        None => authority,
    };
    if is_private(&url[host.clone()]) {
        let message = text!(
            en: "customers cannot open this address: its host is in a private network",
            zh: "客户打不开这个网址，它只能在内部网络访问"
        );
        let help = text!(en: "write the public address", zh: "请换成外部能打开的网址");
        report(&host, message, help, None);
    }
    if let Some(at) = url.find("&amp;") {
        let message = text!(
            en: "the address contains `&amp;`, as the source of a web page does",
            zh: "网址里有 `&amp;`，像是从网页源代码里复制来的"
        );
        report(&(at..at + 5), message, write("&"), Some("&"));
    }
    if let Some(at) = broken_escape(url) {
        let message = text!(
            en: "a `%` in the address is not followed by two hexadecimal digits",
            zh: "网址里的 `%` 后面不是两位编码"
        );
        let help = text!(
            en: "write `%25` for a percent sign, or copy the address from the browser again",
            zh: "要表示百分号请写 `%25`，或者从浏览器重新复制网址"
        );
        report(&(at..at + 1), message, help, Some("%25"));
    }
}

/// The part between the scheme and the path.
fn authority(url: &str) -> Range<usize> {
    let start = url.find("://").map_or(0, |at| at + 3);
    let length = url[start..].find(['/', '?', '#']).unwrap_or(url.len() - start);
    start..start + length
}

fn is_private(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
        return address
            .parse::<Ipv6Addr>()
            .is_ok_and(|it| it.is_loopback() || it.is_unspecified() || it.is_unique_local());
    }
    let host = host.split(':').next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return address.is_private() || address.is_loopback() || address.is_link_local() || address.is_unspecified();
    }
    // A name without a dot only works inside one network.
    !host.contains('.')
        || [".local", ".localhost", ".internal", ".intranet", ".lan", ".corp", ".test", ".invalid"]
            .iter()
            .any(|end| host.ends_with(end))
}

fn broken_escape(url: &str) -> Option<usize> {
    let bytes = url.as_bytes();
    let is_escape =
        |at: usize| bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(|byte| byte.is_ascii_hexdigit()));
    url.match_indices('%').map(|(at, _)| at).find(|at| !is_escape(*at))
}

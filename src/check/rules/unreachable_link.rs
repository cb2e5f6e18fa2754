use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use crate::check::{Blocks, CampaignCheck, Concern, Context, FindingSink, Rule, Run, address};
use crate::diag::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unreachable-link",
    level: Level::Warning,
    summary: StaticText {
        en: "A link that works for its author only or is damaged.",
        zh: "链接的网址客户打不开：是公司内网的地址，带着用户名，把 `&` 写成了 `&amp;`，或者有一个多余的 `%`。",
    },
    blocks: Blocks::Nothing,
    concerns: Concern::Campaign,
    pages: StaticText { en: include_str!("unreachable_link.md"), zh: include_str!("unreachable_link.zh.md") },
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    let link = case.draft.content.as_ref().and_then(|content| content.link.as_ref());
    let Some(url) = link.and_then(|link| link.url.as_ref()).filter(|url| address::check(url).is_ok()) else { return };
    let authority = authority(url);
    let mut tell = |part: &Range<usize>, message: &str, help: &str, instead: Option<&str>| {
        let place = case.within(url, part);
        let finding = found.at(&place, "here", message);
        if let Some(text) = instead {
            finding.replace(&place, text);
        }
        finding.help(help);
    };
    let host = match url[authority.clone()].rfind('@') {
        Some(at) => {
            let part = authority.start..authority.start + at + 1;
            tell(
                &part,
                "a user name stands in the address: everybody who gets the post sees it",
                "take it out, with the `@`",
                Some(""),
            );
            part.end..authority.end
        }
        None => authority,
    };
    if is_private(&url[host.clone()]) {
        let message = "no customer can open this address: its host is in a network of one's own";
        tell(&host, message, "write the address that is open to everybody", None);
    }
    if let Some(at) = url.find("&amp;") {
        let message = "`&amp;` stands in the address, as in the source of a web page";
        tell(&(at..at + 5), message, "write `&`", Some("&"));
    }
    if let Some(at) = broken_escape(url) {
        let message = "a `%` in the address is not followed by two digits of an escape";
        let help = "write `%25` for a percent sign, or copy the address from the browser again";
        tell(&(at..at + 1), message, help, Some("%25"));
    }
}

/// The stretch between the scheme and the path.
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
    // A name without a dot means something inside of one network only.
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

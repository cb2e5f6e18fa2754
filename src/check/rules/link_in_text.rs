use std::ops::Range;

use crate::check::phrases::here;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, customer_texts};
use crate::finding::Level;
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "link-in-text",
    level: Level::Warning,
    summary: StaticText {
        en: "A web address in the text that phones will not open.",
        zh: "文字里的网址在手机上点不开：里面夹了全角字符或空格，或者后面紧跟着汉字或全角标点。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("link_in_text.md"), zh: include_str!("link_in_text.zh.md") },
    run: RuleFn::Campaign(run),
};

/// Places reported per text.
const MAX_FINDINGS_PER_TEXT: usize = 10;

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for text in customer_texts::posts(check) {
        for (part, headline, help) in slips(text).into_iter().take(MAX_FINDINGS_PER_TEXT) {
            findings.in_text(check, text, &part, here(), headline).help(help);
        }
    }
}

/// Beginnings of an address as an input method may write it, and as it should be.
const MISTYPED: &[&str] = &["https：", "http：", "https:／", "http:／", "https:// ", "http:// ", "https: /", "http: /"];

/// Mistyped addresses in a text: the place, the headline and the help.
fn slips(text: &str) -> Vec<(Range<usize>, Text, Text)> {
    if !text.contains("http") {
        return Vec::new();
    }
    let mut slips = Vec::new();
    for start in MISTYPED {
        for (at, _) in text.match_indices(start) {
            let headline = text!(en: "an address in the text is mistyped", zh: "文字里的网址写错了");
            let help = text!(
                en: "write `https://` with half-width characters and no spaces",
                zh: "请用半角字符写 `https://`，中间不要有空格"
            );
            slips.push((at..at + start.len(), headline, help));
        }
    }
    let mut end = 0;
    for (at, _) in text.match_indices("://") {
        let is_web = text[..at].ends_with("http") || text[..at].ends_with("https");
        if at < end || !is_web {
            continue;
        }
        let rest = &text[at + 3..];
        let length = rest.find(|c: char| !c.is_ascii_graphic()).unwrap_or(rest.len());
        end = at + 3 + length;
        let Some(next) = text[end..].chars().next().filter(|c| !c.is_whitespace()) else { continue };
        if length > 0 {
            let headline = text!(
                en: "the address in the text has no space after it",
                zh: "文字里的网址和后面的字连在一起了"
            );
            let help = text!(
                en: "put a space or a new line after the address",
                zh: "请在网址后面加一个空格，或者换行"
            );
            slips.push((end..end + next.len_utf8(), headline, help));
        }
    }
    slips.sort_by_key(|(part, ..)| part.start);
    slips
}

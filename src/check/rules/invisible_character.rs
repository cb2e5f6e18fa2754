use std::ops::Range;

use crate::check::characters::name_of;
use crate::check::phrases::{here, remove_it};
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, customer_texts};
use crate::escape;
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "invisible-character",
    level: Level::Warning,
    summary: StaticText {
        en: "An invisible character in the text or in the title of a link: a zero-width space, a byte order mark, a soft hyphen, or a control for the direction of writing.",
        zh: "文字或链接标题里有看不见的字符，例如零宽空格、软连字符，或者改变书写方向的符号。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("invisible_character.md"), zh: include_str!("invisible_character.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    // A text of only invisible characters counts as empty, which another rule reports.
    if customer_texts::posts(check).next().is_none()
        && check.parsed.contents.iter().all(|content| content.link.is_none())
    {
        return;
    }
    for text in customer_texts::all(check) {
        for (part, c) in unwanted(text).take(customer_texts::MAX_PLACES) {
            let help = if is_direction(c) {
                text!(
                    en: "remove it: it changes the order of the characters after it",
                    zh: "请删掉它，它会打乱后面文字的顺序"
                )
            } else {
                remove_it()
            };
            let message = text!(
                en: "the text contains an invisible character: {name}",
                zh: "文字里有看不见的字符：{name}",
                name = name_of(c)
            );
            let finding = findings.in_text(check, text, &part, here(), message).help(help);
            if text.is_as_written(&part) {
                finding.replace(&check.source_of(text, &part), "");
            }
        }
    }
}

/// Invisible characters, except those that an emoji or a script needs.
fn unwanted(text: &str) -> impl Iterator<Item = (Range<usize>, char)> {
    // Few texts have any, and none is ASCII.
    let places = text.char_indices().filter(|(_, c)| !c.is_ascii() && escape::is_ignorable(*c));
    let places = places.filter(|(at, c)| {
        let (before, after) = (text[..*at].chars().next_back(), text[at + c.len_utf8()..].chars().next());
        !escape::belongs(*c, before, after)
    });
    places.map(|(at, c)| (at..at + c.len_utf8(), c))
}

/// Unicode's Bidi_Control, including deprecated characters.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}

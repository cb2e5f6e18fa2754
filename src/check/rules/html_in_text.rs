use std::ops::Range;

use crate::book;
use crate::check::characters::short;
use crate::check::phrases::write;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, customer_texts};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "html-in-text",
    level: Level::Warning,
    summary: StaticText {
        en: "HTML in the text or in the title of a link: entities such as `&nbsp;` and `&lt;`, or tags such as `<br>`.",
        zh: "文字或链接标题里有网页代码，例如 `&nbsp;`、`&lt;` 或 `<br>`。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("html_in_text.md"), zh: include_str!("html_in_text.zh.md") },
    run: RuleFn::Campaign(run),
};

/// The longest entity or tag, in bytes.
const MAX_MARKUP_BYTES: usize = 64;

/// Known tag names; other words in angle brackets are text.
const TAGS: &[&str] = &[
    "br", "p", "b", "i", "u", "em", "strong", "a", "div", "span", "font", "img", "h1", "h2", "h3", "h4", "ul", "ol",
    "li", "table", "tr", "td",
];

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for text in customer_texts::all(check) {
        let parts = text.match_indices(['&', '<']).filter_map(|(at, _)| markup(text, at));
        for part in parts.take(customer_texts::MAX_PLACES) {
            let message = text!(
                en: "customers would read `{markup}`: moments show plain text",
                zh: "客户会直接看到 `{markup}` 这几个字符：朋友圈只显示纯文字",
                markup = short(&text[part.clone()])
            );
            let place = check.source_of(text, &part);
            let source = check.parsed.file.text();
            let instead = character(&text[part.clone()])
                .filter(|_| text.is_as_written(&part))
                .and_then(|c| book::inside(source.get(text.written.span.clone())?, c.encode_utf8(&mut [0; 4])));
            let finding = findings.in_text(check, text, &part, text!(en: "this is HTML", zh: "这是网页代码"), message);
            match instead {
                Some(text) if text == " " => {
                    finding.help(text!(en: "write a space", zh: "请直接写空格")).replace(&place, text)
                }
                Some(text) => finding.help(write(&text)).replace(&place, text),
                None => finding.help(text!(
                    en: "write the character itself; for a new line, break the line in the text",
                    zh: "请直接写要显示的字；要换行，就在文字里直接换行"
                )),
            };
        }
    }
}

/// The entity or tag at the start of a text.
fn markup(text: &str, at: usize) -> Option<Range<usize>> {
    let ahead = &text[at..text.floor_char_boundary(at + MAX_MARKUP_BYTES)];
    let close = if ahead.starts_with('&') { ';' } else { '>' };
    let end = ahead.find(close)?;
    let inner = &ahead[1..end];
    let is_markup = if close == ';' { is_entity(inner) } else { is_tag(inner) };
    is_markup.then_some(at..at + end + 1)
}

/// The character of an entity.
fn character(markup: &str) -> Option<char> {
    let name = markup.strip_prefix('&')?.strip_suffix(';')?;
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "ldquo" => '“',
        "rdquo" => '”',
        "middot" => '·',
        "hellip" => '…',
        "mdash" => '—',
        "yen" => '¥',
        "times" => '×',
        _ => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number).map(|c| if c == '\u{a0}' { ' ' } else { c })?
        }
    })
}

fn is_entity(name: &str) -> bool {
    let number = name.strip_prefix('#');
    match number {
        Some(number) => {
            let digits = number.trim_start_matches(['x', 'X']);
            !digits.is_empty() && digits.chars().all(|c| c.is_ascii_hexdigit())
        }
        None => (2..=10).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric()),
    }
}

fn is_tag(inner: &str) -> bool {
    let inner = inner.trim_start_matches('/').trim_end_matches('/');
    let name = inner.split_ascii_whitespace().next().unwrap_or_default();
    TAGS.iter().any(|tag| name.eq_ignore_ascii_case(tag))
}

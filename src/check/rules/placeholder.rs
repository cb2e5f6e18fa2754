use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::check::characters::short;
use crate::check::{
    Blocks, CampaignCheck, Context, CustomerText, FindingSink, Rule, RuleFn, Subject, TextRole, customer_texts,
};
use crate::finding::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "placeholder",
    level: Level::Warning,
    summary: StaticText {
        en: "An unfilled placeholder: `TODO`, `待定`, `XXX`, or a field of another tool such as `{nickname}`, `${name}`, `%name%` and `#客户昵称#`.",
        zh: "文字里有没填好的地方，例如 `TODO`、`待定`、`XXX`，或者其他工具的变量，例如 `{nickname}`、`${name}`、`%name%`、`#客户昵称#`。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("placeholder.md"), zh: include_str!("placeholder.zh.md") },
    run: RuleFn::Campaign(run),
};

/// Fields that other tools replace for each customer.
const FIELDS: &[&str] = &[
    "#客户昵称#",
    "#客户姓名#",
    "#客户名称#",
    "#昵称#",
    "#姓名#",
    "#员工姓名#",
    "【客户昵称】",
    "【客户姓名】",
    "【客户名称】",
    "【昵称】",
    "【姓名】",
    "【员工姓名】",
    "[客户昵称]",
    "[客户姓名]",
    "[客户名称]",
    "[昵称]",
    "[姓名]",
    "[员工姓名]",
    "<客户昵称>",
    "<昵称>",
];

/// The longest name in brackets, in bytes. A bracket that closes later is not a placeholder.
const MAX_NAME_BYTES: usize = 200;

/// Opening marks; `CLOSINGS` has their closing marks. A run of `X` has none.
const OPENINGS: &[&str] = &["{{", "${", "<%", "{", "%", "XXX"];
const CLOSINGS: [&str; 5] = ["}}", "}", "%>", "}", "%"];
/// The index of the first opening that also occurs in plain text: it needs a name inside, as in `{nickname}`.
const FIRST_NAMED_OPENING: usize = 3;
/// The index of `XXX`.
const CROSSES_OPENING: usize = CLOSINGS.len();

fn run(check: &CampaignCheck<'_>, _: &Context<'_>, findings: &mut FindingSink<'_>) {
    for text in customer_texts::all(check).chain(customer_texts::link_urls(check)) {
        check_text(check, text, findings);
    }
}

fn check_text(check: &CampaignCheck<'_>, text: &CustomerText<'_>, findings: &mut FindingSink<'_>) {
    // Another rule reports a text that is only a placeholder.
    if customer_texts::is_unwritten(text) {
        return;
    }
    // In texts, two braces are variables, which have rules of their own.
    let is_variable = |part: &Range<usize>| text.role != TextRole::LinkUrl && text[part.clone()].starts_with("{{");
    for part in placeholders(text).into_iter().filter(|part| !is_variable(part)).take(customer_texts::MAX_PLACES) {
        let shown = short(&text[part.clone()]);
        findings
            .in_text(
                check,
                text,
                &part,
                text!(en: "still to be filled in", zh: "这里还没填"),
                text!(en: "the text still has a placeholder: `{shown}`", zh: "文字里还有占位符 `{shown}`"),
            )
            .help(text!(
                en: "write the final text here; placeholders are not replaced for each customer",
                zh: "请换成正式的文字；这里不会按客户自动替换"
            ));
    }
}

fn placeholders(text: &str) -> Vec<Range<usize>> {
    static MATCHER: LazyLock<AhoCorasick> = LazyLock::new(|| {
        // No pattern is a prefix of another, so all match kinds give the same result; this one is the fastest.
        let mut matcher = AhoCorasick::builder();
        matcher
            .match_kind(MatchKind::LeftmostFirst)
            .build(customer_texts::PLACEHOLDERS_ANYWHERE.iter().chain(FIELDS).chain(OPENINGS))
            .expect("a few short words")
    });
    let mut places = Vec::new();
    let mut done = 0;
    for part in MATCHER.find_iter(text) {
        let at = part.start();
        if at < done {
            continue;
        }
        let (end, is_one) =
            match part.pattern().as_usize().checked_sub(customer_texts::PLACEHOLDERS_ANYWHERE.len() + FIELDS.len()) {
                None => (part.end(), true),
                Some(CROSSES_OPENING) => crosses(text, at),
                Some(brackets) => {
                    let ahead = &text[at..text.floor_char_boundary(at + MAX_NAME_BYTES)];
                    let close = ahead.lines().next().and_then(|line| find_after(line, part.len(), CLOSINGS[brackets]));
                    let is_one = |close: &usize| {
                        brackets < FIRST_NAMED_OPENING || is_name(&ahead[1..*close], brackets == FIRST_NAMED_OPENING)
                    };
                    let close = close.filter(is_one);
                    close.map_or((part.end(), false), |close| (at + close + CLOSINGS[brackets].len(), true))
                }
            };
        done = end;
        places.extend(is_one.then_some(at..end));
    }
    places
}

fn find_after(line: &str, from: usize, closing: &str) -> Option<usize> {
    Some(from + line.get(from..)?.find(closing)?)
}

/// Whether this is a field name of another tool; in braces, letters of any script are allowed.
fn is_name(inner: &str, in_braces: bool) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.') || in_braces && c.is_alphabetic();
    // `%E6%98` is a part of an address.
    let is_byte = inner.get(..2).is_some_and(|two| two.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if !in_braces && is_byte {
        return false;
    }
    let inner = inner.trim();
    inner.starts_with(|c: char| c.is_ascii_alphabetic() || in_braces && c.is_alphabetic()) && inner.chars().all(is_part)
}

/// The end of a run of `X`, as in "XXX店", and whether it is a word by itself.
fn crosses(text: &str, start: usize) -> (usize, bool) {
    let end = start + text[start..].find(|c| c != 'X').unwrap_or(text.len() - start);
    let is_word = |c: char| c.is_ascii_alphanumeric();
    (end, !text[..start].ends_with(is_word) && !text[end..].starts_with(is_word))
}

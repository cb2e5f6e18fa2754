use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::book::Spanned;
use crate::check::characters::short;
use crate::check::{Blocks, CampaignCheck, Concern, Context, FindingSink, Rule, Run, customer_texts};
use crate::diag::Level;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "placeholder",
    level: Level::Warning,
    summary: StaticText {
        en: "An unfilled placeholder: `TODO`, `待定`, `XXX`, `{{name}}`, or a field of another tool such as `{nickname}`, `${name}`, `%name%` and `#客户昵称#`.",
        zh: "文字里有没填好的地方，例如 `TODO`、`待定`、`XXX`、`{{name}}`，或者其他工具的变量，例如 `{nickname}`、`${name}`、`%name%`、`#客户昵称#`。",
    },
    blocks: Blocks::Nothing,
    concerns: Concern::Campaign,
    pages: StaticText { en: include_str!("placeholder.md"), zh: include_str!("placeholder.zh.md") },
    run: Run::Campaign(run),
};

/// Fields that other tools fill in for each customer.
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

/// The longest name in brackets, in bytes: what is closed further off was not meant so.
const LONGEST: usize = 200;

/// What opens a placeholder, and below what closes it; runs of `X` close themselves.
const OPENINGS: &[&str] = &["{{", "${", "<%", "{", "%", "XXX"];
const CLOSINGS: [&str; 5] = ["}}", "}", "%>", "}", "%"];
/// The first of those that also stand in plain texts: they need a name between them, as in `{nickname}`.
const NAMES: usize = 3;
const CROSSES: usize = CLOSINGS.len();

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    let Some(content) = &case.draft.content else { return };
    let link = content.link.iter().flat_map(|link| link.title.iter().chain(&link.url));
    for text in content.text.iter().chain(link) {
        look(case, text, found);
    }
}

fn look(case: &CampaignCheck<'_>, text: &Spanned<String>, found: &mut FindingSink<'_>) {
    // A text of nothing else is an error of another rule.
    if customer_texts::is_unwritten(text) {
        return;
    }
    for part in placeholders(text).into_iter().take(customer_texts::MAX_PLACES) {
        let shown = short(&text[part.clone()]);
        found
            .at(&case.within(text, &part), "still to be filled in", format!("a placeholder was left in: `{shown}`"))
            .help("write what belongs there; nothing is filled in for each customer");
    }
}

fn placeholders(text: &str) -> Vec<Range<usize>> {
    static MATCHER: LazyLock<AhoCorasick> = LazyLock::new(|| {
        // No word begins another, so that every kind of match is the same; this one compares many bytes at once.
        let mut matcher = AhoCorasick::builder();
        matcher
            .match_kind(MatchKind::LeftmostFirst)
            .build(customer_texts::STILL_TO_COME.iter().chain(FIELDS).chain(OPENINGS))
            .expect("a few short words")
    });
    let mut found = Vec::new();
    let mut done = 0;
    for part in MATCHER.find_iter(text) {
        let at = part.start();
        if at < done {
            continue;
        }
        let (end, is_one) =
            match part.pattern().as_usize().checked_sub(customer_texts::STILL_TO_COME.len() + FIELDS.len()) {
                None => (part.end(), true),
                Some(CROSSES) => crosses(text, at),
                Some(brackets) => {
                    let ahead = &text[at..text.floor_char_boundary(at + LONGEST)];
                    let close = ahead.lines().next().and_then(|line| find_after(line, part.len(), CLOSINGS[brackets]));
                    let is_one = |close: &usize| brackets < NAMES || is_name(&ahead[1..*close], brackets == NAMES);
                    let close = close.filter(is_one);
                    close.map_or((part.end(), false), |close| (at + close + CLOSINGS[brackets].len(), true))
                }
            };
        done = end;
        found.extend(is_one.then_some(at..end));
    }
    found
}

fn find_after(line: &str, from: usize, closing: &str) -> Option<usize> {
    Some(from + line.get(from..)?.find(closing)?)
}

/// Whether this is the name of a field as other tools have them; with letters of any script in braces.
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

/// Where the run of `X` ends that begins here, as in "XXX店", and whether it stands by itself and not in a word or address.
fn crosses(text: &str, start: usize) -> (usize, bool) {
    let end = start + text[start..].find(|c| c != 'X').unwrap_or(text.len() - start);
    let is_word = |c: char| c.is_ascii_alphanumeric();
    (end, !text[..start].ends_with(is_word) && !text[end..].starts_with(is_word))
}

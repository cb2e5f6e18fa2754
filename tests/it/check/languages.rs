//! Every finding has words in Chinese and in English, and neither text contains sentences of the other language.

use drumbeat::check::rules;
use drumbeat::finding::Finding;
use drumbeat::text::{Lang, Text};

use super::block::verdict;
use super::pages::blocks;

/// Names and units that Chinese sentences use unchanged.
const LATIN_WORDS: &[&str] = &[
    "AAC", "API", "CI", "CMYK", "Drumbeat", "Enter", "GB", "GIF", "Git", "H", "HEVC", "ID", "JPG", "KB", "LFS", "MB",
    "MP4", "Mac", "PNG", "RGB", "Shift", "TOML", "UTC", "UTF-8", "WPS", "Windows", "Word", "cron", "drumbeat", "et",
    "git", "id", "macOS", "sRGB", "U",
];

/// Findings that the pages of the rules do not show.
const MORE_BOOKS: &[&[&str]] = &[
    &["id = \"a\"\ntitle = yes\n[content]\ntext = 5\nimages = \"media/a.jpg\"\n[visible_range]\nall = \"yes\"\n"],
    &[
        "id = \"a\"\ncontent.text = \"春\"\nvisible_range.sender_list = 2.5\nschedule = { cron = 9, start = 12, skip = 3 }\n",
    ],
    &["id = \"a\"\ncontent.text = \"春\nvisible_range.all = true\nschedule.at = 2026-13-01T09:00:00\n"],
    &["id = \"a\"\n标题 = \"春\"\nowner : \"x\"\nallow = [\"a\" \"b\"]\n// note\n"],
    &["id = \"a\"\ntitle = “春”\nowner ＝ \"b\"\nschedule.start = 2026/12/01\n"],
    &["id = \"a\"\ncontent.text = \"今天是\"会员日\"，快来\"\ntitle = \"C:\\春\"\n\"schedule.start\" = 明天\n"],
];

/// The findings of each book: the Bad blocks of all rules, and some more mistakes.
fn findings() -> Vec<Finding> {
    let pages = rules::ALL.iter().map(|rule| blocks(rule.pages.en, "Bad"));
    let books = pages.chain(MORE_BOOKS.iter().map(|book| book.to_vec()));
    // The reasons for refused words come from the policy.
    books.flat_map(|book| verdict(&book).findings).filter(|it| it.code != "wording").collect()
}

/// The texts of a finding.
fn texts(finding: &Finding) -> Vec<&Text> {
    let places = std::iter::once(&finding.place).chain(&finding.related);
    let texts = std::iter::once(&finding.message).chain(&finding.help).chain(places.map(|place| &place.words));
    texts.filter(|text| !text.is_empty()).collect()
}

/// A text without code, quotations and the ids in brackets after names.
fn prose(text: &str) -> String {
    let text: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    let text: String = text.split(['“', '”']).step_by(2).collect::<Vec<_>>().join(" ");
    let text: String = text.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    without_brackets(&without_brackets(&text, " (", ')'), "（ID ", '）')
}

fn without_brackets(text: &str, open: &str, close: char) -> String {
    let mut parts = text.split(open);
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once(close).map_or(part, |(_, after)| after));
    std::iter::once(first).chain(rest).collect()
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// The Latin words of a text outside of code.
fn latin_words(prose: &str) -> Vec<&str> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let words = prose.split(|c: char| !is_of_word(c));
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic())).collect()
}

/// The faults of a Chinese text.
fn faults_of_chinese(text: &str) -> Vec<String> {
    let prose = prose(text);
    let mut faults = Vec::new();
    let words = latin_words(&prose);
    let foreign: Vec<&&str> = words.iter().filter(|word| !LATIN_WORDS.contains(word)).collect();
    let is_code_point = |word: &&&str| word.len() >= 4 && word.chars().all(|c| c.is_ascii_hexdigit());
    if foreign.iter().any(|word| !is_code_point(word)) {
        faults.push(format!("{foreign:?}"));
    }
    let has_words = prose.chars().any(|c| c.is_alphabetic());
    if has_words && !prose.chars().any(is_chinese) && !words.iter().all(|word| LATIN_WORDS.contains(word)) {
        faults.push("no Chinese".to_owned());
    }
    if text.ends_with(['。', '.', '；', '，']) {
        faults.push("a full stop at its end".to_owned());
    }
    let chars: Vec<char> = prose.chars().collect();
    let is_half = |c: char| matches!(c, ',' | ';' | '?' | '!' | ':');
    if chars.windows(2).any(|two| is_chinese(two[0]) && is_half(two[1]) || is_half(two[0]) && is_chinese(two[1])) {
        faults.push("half-width punctuation".to_owned());
    }
    faults
}

#[test]
fn chinese_findings_are_chinese() {
    let mut wrong = Vec::new();
    for finding in findings() {
        for text in texts(&finding) {
            let zh = text.get(Lang::Zh);
            let faults = faults_of_chinese(zh);
            if !faults.is_empty() {
                wrong.push(format!("{}: {faults:?}: {zh}", finding.code));
            }
        }
        let is_said = |text: &Text| prose(text.get(Lang::Zh)).chars().any(is_chinese);
        if !is_said(&finding.message) || !finding.help.as_ref().is_some_and(is_said) {
            wrong.push(format!("{}: no Chinese message or help: {finding:?}", finding.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn english_findings_are_english() {
    let mut wrong = Vec::new();
    for finding in findings() {
        let english = texts(&finding).into_iter().map(|text| text.get(Lang::En));
        wrong
            .extend(english.filter(|en| prose(en).chars().any(is_chinese)).map(|en| format!("{}: {en}", finding.code)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_check_of_the_language_notices() {
    for text in ["不是 the name", "文字太长。", "文字太长,请删掉", "take it out"] {
        assert!(!faults_of_chinese(text).is_empty(), "{text}");
    }
    assert!(faults_of_chinese("请写 `allow = [\"a\"]`，再按 Enter").is_empty());
}

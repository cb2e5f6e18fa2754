//! The rules' Chinese pages: each has the sections and the code of its English page, and records which version of it
//! was translated.

use std::fs;
use std::path::Path;

use drumbeat::check::rules;
use sha2::{Digest as _, Sha256};

/// The Chinese heading of each English one.
const HEADINGS: [(&str, &str); 4] = [
    ("## What it finds", "## 查什么"),
    ("## Why it matters", "## 为什么要紧"),
    ("## Bad", "## 错误的写法"),
    ("## Good", "## 正确的写法"),
];

/// A longer run of Latin words is an untranslated sentence.
const MAX_LATIN_WORDS: usize = 3;

struct Page {
    code: &'static str,
    english: String,
    chinese: String,
}

fn pages() -> Vec<Page> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check/rules");
    let read = |name: String| fs::read_to_string(dir.join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let page = |code: &'static str| {
        let name = code.replace('-', "_");
        Page { code, english: read(format!("{name}.md")), chinese: read(format!("{name}.zh.md")) }
    };
    rules::ALL.iter().map(|rule| page(rule.code)).collect()
}

/// The lines of code, fenced or indented.
fn code(page: &str) -> Vec<&str> {
    split(page).0
}

/// The lines of prose.
fn prose(page: &str) -> Vec<&str> {
    split(page).1
}

fn split(page: &str) -> (Vec<&str>, Vec<&str>) {
    let mut in_fence = false;
    page.lines().partition(|line| {
        let is_fence = line.starts_with("```");
        in_fence ^= is_fence;
        is_fence || in_fence || line.starts_with("    ")
    })
}

/// A line without code spans and quotations.
fn spoken(line: &str) -> String {
    let without_code: String = line.split('`').step_by(2).collect::<Vec<_>>().join(" ` ");
    without_code.split(['“', '”']).step_by(2).collect::<Vec<_>>().join("“”")
}

/// The longest run of Latin words in a line.
fn latin_words(line: &str) -> usize {
    let is_word = |word: &str| word.chars().any(char::is_alphabetic) && word.is_ascii();
    let words = spoken(line);
    let rows = words.split_whitespace().collect::<Vec<_>>();
    rows.split(|word| !is_word(word)).map(<[_]>::len).max().unwrap_or(0)
}

#[test]
fn chinese_pages_keep_sections_in_order() {
    for Page { code, english, chinese } in pages() {
        assert_eq!(english.lines().next(), chinese.lines().next(), "{code}: the first line");
        let heads = |page| prose(page).into_iter().filter(|line| line.starts_with("## ")).collect::<Vec<_>>();
        assert_eq!(heads(&english), HEADINGS.map(|(english, _)| english), "{code}");
        assert_eq!(heads(&chinese), HEADINGS.map(|(_, chinese)| chinese), "{code}");
    }
}

#[test]
fn chinese_pages_keep_the_code() {
    for Page { code, english, chinese } in pages() {
        assert_eq!(self::code(&chinese), self::code(&english), "{code}: the code differs from the English page's");
    }
}

#[test]
fn chinese_pages_follow_the_english_text() {
    let mut stale = Vec::new();
    for Page { code, english, chinese } in pages() {
        let digest = Sha256::digest(&english);
        let digest: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let wanted = format!("<!-- en: {digest} -->");
        if chinese.lines().last() != Some(&wanted) {
            let name = code.replace('-', "_");
            stale.push(format!("src/check/rules/{name}.zh.md: bring it up to date, then end it with\n{wanted}"));
        }
    }
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}

#[test]
fn chinese_pages_have_no_english_sentence() {
    for Page { code, chinese, .. } in pages() {
        for line in prose(&chinese).into_iter().filter(|line| !line.starts_with("<!-- en: ")) {
            assert!(latin_words(line) <= MAX_LATIN_WORDS, "{code}: {line}");
            assert!(!spoken(line).contains([',', ';', '?', '!']), "{code}: half-width punctuation: {line}");
        }
    }
}

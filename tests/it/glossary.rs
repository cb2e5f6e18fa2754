//! Chinese texts keep to the glossary: its words, and its punctuation.

use std::fs;
use std::path::Path;

use walkdir::WalkDir;

/// Words that the glossary refuses in one meaning and that have another one too.
const AMBIGUOUS: [&str; 3] = ["书", "时刻", "用户"];

/// Names in WeCom's console that have such a word in them.
const CONSOLE_NAMES: [&str; 1] = ["消息推送"];

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// The words that the glossary says not to use.
fn refused() -> Vec<String> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/zh/glossary.md")).unwrap();
    let notes = page.lines().filter_map(|row| row.split_once("不说"));
    let quoted = notes.flat_map(|(_, words)| words.split('“').skip(1).filter_map(|word| word.split('”').next()));
    quoted.filter(|word| !AMBIGUOUS.contains(word)).map(str::to_owned).collect()
}

/// The Chinese arms of a source's texts.
fn arms(source: &str) -> impl Iterator<Item = String> {
    source.split("zh:").skip(1).filter_map(|rest| {
        let mut literal = String::new();
        let mut chars = rest.trim_start().strip_prefix('"')?.chars();
        loop {
            match chars.next()? {
                '"' => return Some(literal),
                '\\' => literal.extend(chars.next()),
                c => literal.push(c),
            }
        }
    })
}

/// Every Chinese text for people, with its file: the arms of the sources, and the pages.
fn texts() -> Vec<(String, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["src", "docs/zh", "README.zh-CN.md"].iter().flat_map(|dir| WalkDir::new(top.join(dir)));
    let mut texts = Vec::new();
    for path in files.map(|file| file.unwrap().into_path()) {
        let name = path.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".rs") {
            texts.extend(arms(&fs::read_to_string(&path).unwrap()).map(|arm| (name.clone(), arm)));
        } else if name.ends_with(".md") && (name.contains("zh")) && name != "docs/zh/glossary.md" {
            let page = fs::read_to_string(&path).unwrap();
            let prose = page.split("```").step_by(2).flat_map(str::lines).filter(|line| !line.starts_with("    "));
            texts.extend(prose.map(|line| (name.clone(), line.to_owned())));
        }
    }
    texts
}

/// A text without its code, what it quotes, and where its links lead.
fn spoken(text: &str) -> String {
    let after_link = |part| str::split_once(part, ')').map_or(part, |(_, after)| after);
    let mut parts = text.split("](");
    let text: String = parts.next().into_iter().chain(parts.map(after_link)).collect();
    let text: String = text.split('`').step_by(2).collect::<Vec<_>>().join("` `");
    let text: String = text.split(['“', '”']).step_by(2).collect::<Vec<_>>().join("“”");
    text.split('"').step_by(2).collect()
}

#[test]
fn chinese_texts_use_the_words_of_the_glossary() {
    let (refused, texts) = (refused(), texts());
    assert!(refused.len() >= 7 && texts.len() > 1000, "{refused:?}, {} texts", texts.len());
    for (file, text) in texts {
        let spoken = CONSOLE_NAMES.iter().fold(spoken(&text), |text, name| text.replace(name, ""));
        let word = refused.iter().find(|word| spoken.contains(*word));
        assert!(word.is_none(), "{file}: “{}” is not a word of the glossary: {text}", word.unwrap());
    }
}

#[test]
fn chinese_texts_have_full_width_punctuation() {
    for (file, text) in texts() {
        let spoken: Vec<char> = spoken(&text).chars().collect();
        let is_half = |c: char| matches!(c, ',' | ';' | '?' | '!' | '(' | ')');
        let is_wrong =
            |pair: &&[char]| is_half(pair[0]) && is_chinese(pair[1]) || is_chinese(pair[0]) && is_half(pair[1]);
        assert!(!spoken.windows(2).any(|pair| is_wrong(&pair)), "{file}: half-width punctuation: {text}");
    }
}

#[test]
fn chinese_texts_have_spaces_around_code() {
    for (file, text) in texts() {
        let spoken: Vec<char> = spoken(&text).chars().collect();
        let is_wrong = |pair: &[char]| is_chinese(pair[0]) && pair[1] == '`' || pair[0] == '`' && is_chinese(pair[1]);
        assert!(!spoken.windows(2).any(is_wrong), "{file}: no space beside the code: {text}");
    }
}

#[test]
fn chinese_words_have_no_space_between_them() {
    // The fields of a cron expression, in their order.
    const FIELDS: &str = "分 时 日 月 星期";
    for (file, text) in texts() {
        let text = spoken(&text).replace(FIELDS, "");
        let chars: Vec<char> = text.chars().collect();
        let is_wrong = |three: &[char]| is_chinese(three[0]) && three[1] == ' ' && is_chinese(three[2]);
        assert!(!chars.windows(3).any(is_wrong), "{file}: a space between Chinese words: {text}");
    }
}

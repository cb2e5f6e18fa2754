//! Finds words of one language in a text of the other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use drumbeat::text::Lang;

use super::stored_runs::STORED_WORDS;

/// Latin words that stand in Chinese sentences as they are, with why.
const LATIN_WORDS: [(&str, &[&str]); 6] = [
    (
        "names of products and formats",
        &[
            "CMYK", "Drumbeat", "Excel", "Git", "GitHub", "GitLab", "HEVC", "JPG", "JSON", "JUnit", "MP4", "Markdown",
            "PNG", "ProRes", "SARIF", "SQLite", "Schema", "TOML", "WPS", "Windows", "XML", "git", "macOS", "version",
        ],
    ),
    (
        "terms that WeCom's console and documentation write so",
        &["API", "HTML", "HTTP", "ID", "IP", "Secret", "URL", "et"],
    ),
    ("names of signals and keys of the keyboard", &["Ctrl-C", "SIGHUP", "SIGTERM"]),
    ("columns of a sheet", &["D"]),
    ("units and encodings", &["B", "GB18030", "GBK", "MB", "MiB", "UTC", "UTF-8", "kB"]),
    ("names of keys of files and answers, too short to be quoted", &["cursor", "id", "jobid"]),
];

/// Chinese words that stand in English sentences as they are: names in WeCom's console, and of Chinese holidays.
const CHINESE_NAMES: [&str; 15] = [
    "客户朋友圈",
    "企业",
    "企业信息",
    "我的企业",
    "客户联系",
    "可调用接口的应用",
    "消息推送",
    "企业可信",
    "调休",
    "元旦",
    "春节",
    "清明节",
    "劳动节",
    "端午节",
    "国庆节",
];

/// Names and values of keys in the descriptions of the schema: editors show those without markup, so that they stand
/// there
/// without quotation marks.
const SCHEMA_KEYS: [&str; 12] =
    ["all", "any", "cron", "en", "from", "holiday", "start", "to", "true", "weekend", "workday", "zh"];

/// Keys of the JSON formats whose values are sentences; codes and names stay the same in each language.
const SENTENCES: [&str; 9] =
    ["message", "help", "description", "what", "todo", "reason", "trouble", "audience", "notes"];

/// What a command may quote: the words of the books, and of the command line.
#[derive(Clone, Debug, Default)]
pub(super) struct Quotable {
    /// All files of the books.
    text: String,
    /// Quoted values of the files that are several words.
    sentences: Vec<String>,
    /// Ids, names of files and other values of one word.
    names: BTreeSet<String>,
}

impl Quotable {
    pub(super) fn of_books(dir: &Path) -> Self {
        let mut quotable = Self::default();
        for entry in walkdir::WalkDir::new(dir) {
            let path = entry.expect("it can be read").into_path();
            let text = || String::from_utf8_lossy(&fs::read(&path).expect("it can be read")).into_owned();
            match path.extension().and_then(|end| end.to_str()) {
                Some("toml") => quotable.add(&text()),
                Some("csv") => quotable.add_cells(&text()),
                // The program that makes the sheets of other formats.
                Some("py") => quotable.text.push_str(&text()),
                Some("xlsx") => quotable.add_sheets(&path),
                _ => {}
            }
        }
        quotable.text.push_str(STORED_WORDS);
        // The longest first, so that no part of another one is taken away.
        quotable.sentences.sort_by_key(|sentence| std::cmp::Reverse(sentence.len()));
        quotable
    }

    /// Adds the texts of a spreadsheet; a damaged one has none.
    fn add_sheets(&mut self, path: &Path) {
        let sheets = drumbeat::sheet::open(path).map(|opened| opened.workbook.sheets).unwrap_or_default();
        for cell in sheets.iter().flat_map(|sheet| sheet.cells.values()) {
            if let drumbeat::import::Value::Text(text) = &cell.value {
                self.text.push_str(&format!("{text}\n"));
                self.add_words(text);
            }
        }
    }

    fn add(&mut self, file: &str) {
        self.text.push_str(file);
        // A text is shown with its variables filled in.
        for weekday in "一二三四五六日".chars().filter(|_| file.contains("{{ weekday }}")) {
            self.text.push_str(&file.replace("{{ weekday }}", &format!("周{weekday}")));
        }
        match file.parse::<toml::Table>() {
            Ok(table) => self.add_value(&toml::Value::Table(table)),
            Err(_) => {
                let values = file.lines().flat_map(|line| line.split('"').skip(1).step_by(2));
                values.for_each(|value| self.add_words(value));
            }
        }
    }

    fn add_cells(&mut self, sheet: &str) {
        self.text.push_str(sheet);
        let cells = sheet.split([',', '"', '\n']).map(str::trim).filter(|cell| !cell.is_empty());
        cells.for_each(|cell| self.add_words(cell));
    }

    fn add_value(&mut self, value: &toml::Value) {
        match value {
            toml::Value::String(text) => self.add_words(text),
            toml::Value::Array(items) => items.iter().for_each(|item| self.add_value(item)),
            toml::Value::Table(table) => table.iter().for_each(|(key, value)| {
                self.add_words(key);
                self.add_value(value);
            }),
            _ => {}
        }
    }

    fn add_words(&mut self, value: &str) {
        if value.contains(' ') {
            self.sentences.push(value.to_owned());
        } else {
            self.names.extend(latin_words(value).map(str::to_owned));
        }
    }

    /// With what a command line says.
    pub(super) fn with(&self, case: &str) -> Self {
        let mut quotable = self.clone();
        quotable.text.push_str(case);
        quotable.names.extend(case.split(' ').flat_map(latin_words).map(str::to_owned));
        if case.starts_with("schema") {
            quotable.names.extend(SCHEMA_KEYS.map(str::to_owned));
        }
        quotable
    }
}

/// The words of the other language in each line that has some.
pub(super) fn foreign_words(lang: Lang, said: &str, quotable: &Quotable) -> Vec<(Vec<String>, String)> {
    let sentences = match serde_json::from_str::<serde_json::Value>(said) {
        Ok(document) => sentences_of(&document).join("\n"),
        Err(_) if said.starts_with("BEGIN:VCALENDAR") => calendar_texts(said),
        Err(_) => decoded(&without_blocks(said)),
    };
    let quoted = quotable.sentences.iter().filter(|_| lang == Lang::Zh);
    let sentences = quoted.fold(sentences, |text, sentence| text.replace(sentence.as_str(), " "));
    let lines = sentences.lines().filter(|line| !is_source(line) && !is_log(line));
    let found = lines.map(|line| {
        let words = match lang {
            Lang::Zh => latin_in_chinese(line, quotable),
            Lang::En => chinese_in_english(line, quotable),
        };
        (words, line.to_owned())
    });
    found.filter(|(words, _)| !words.is_empty()).collect()
}

/// The sentences of a JSON document.
fn sentences_of(value: &serde_json::Value) -> Vec<String> {
    use serde_json::Value;
    let text_of = |value: &Value| match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(texts) => texts.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    match value {
        Value::Array(items) => items.iter().flat_map(sentences_of).collect(),
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| {
                let own = if SENTENCES.contains(&key.as_str()) { text_of(value) } else { Vec::new() };
                [own, sentences_of(value)].concat()
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The texts of a calendar, with their lines unfolded.
fn calendar_texts(calendar: &str) -> String {
    let unfolded = calendar.replace("\r\n ", "");
    let texts = unfolded.lines().filter_map(|line| line.split_once(':'));
    let texts = texts.filter(|(key, _)| ["SUMMARY", "DESCRIPTION", "CATEGORIES"].contains(key));
    texts.map(|(_, text)| text.replace("\\n", "\n")).collect::<Vec<_>>().join("\n")
}

/// A page without its blocks of code.
fn without_blocks(page: &str) -> String {
    page.split("```").step_by(2).collect::<Vec<_>>().join("\n")
}

/// Markdown, XML and workflow commands with their escapes as they are read.
fn decoded(text: &str) -> String {
    let mut parts = text.split("&#");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let number = part.split_once(';').and_then(|(number, rest)| Some((number.parse().ok()?, rest)));
        match number {
            // A zero-width space stands between the characters of what would become a link.
            Some((8203, rest)) => out.push_str(rest),
            Some((code, rest)) => out.extend(char::from_u32(code).into_iter().chain(rest.chars())),
            None => out.push_str(part),
        }
    }
    let escapes =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&"), ("%0A", "\n"), ("%25", "%")];
    escapes.iter().fold(out, |text, (escaped, plain)| text.replace(escaped, plain))
}

/// A line of a file, as a finding shows it.
fn is_source(line: &str) -> bool {
    line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(" |")
}

/// A line of the log, which stays English.
fn is_log(line: &str) -> bool {
    [" WARN ", " ERROR ", " INFO "].iter().any(|level| line.contains(level)) && line.trim_start().starts_with("20")
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// A text without what stands between two characters.
fn without(text: &str, begin: char, end: char) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, quoted)) = rest.split_once(begin) {
        let Some((_, after)) = quoted.split_once(end) else { break };
        out.push_str(before);
        out.push(' ');
        rest = after;
    }
    out + rest
}

/// A line without the words of the system, such as `No such file or directory (os error 2)`.
fn without_system_words(line: &str) -> String {
    let Some(at) = line.find(" (os error ").or_else(|| line.find(" (SQLite error ")) else { return line.to_owned() };
    let begin = line[..at].rfind(['：', '（']).unwrap_or(0);
    format!("{}{}", &line[..begin], line[at..].split_once(')').map_or("", |(_, after)| after))
}

/// A line without the commands that it names; each ends where Chinese begins.
fn without_commands(line: &str) -> String {
    let mut parts = line.split("drumbeat ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.trim_start_matches(|c: char| c.is_ascii()))
}

/// A line without the name that a list begins it with: `  check      …`, `- human：…`, `login-page  …`.
fn without_head(line: &str) -> &str {
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let item = line.trim_start();
    let heads = [item.split_once("  "), item.strip_prefix("- ").and_then(|item| item.split_once('：'))];
    heads.into_iter().flatten().find(|(name, _)| is_name(name)).map_or(line, |(_, rest)| rest)
}

fn latin_words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_alphabetic() || c == '-'));
    words.map(|word| word.trim_matches('-')).filter(|word| !word.is_empty())
}

fn latin_in_chinese(line: &str, quotable: &Quotable) -> Vec<String> {
    let line = [('`', '`'), ('“', '”'), ('"', '"'), ('「', '」'), ('{', '}')]
        .into_iter()
        .fold(without_system_words(line), |line, (begin, end)| without(&line, begin, end));
    let line = without_commands(&line);
    // Code: paths, options, addresses, instants, names with digits.
    let is_code = |word: &&str| {
        word.starts_with('-') || word.contains(|c: char| c.is_ascii_digit() || "/\\_@.=<>[]{}|*#$:%+".contains(c))
    };
    let separates = |c: char| c.is_whitespace() || "，。；：！？、（）()《》【】；,;'".contains(c) || is_chinese(c);
    let words = without_head(&line).split(separates).filter(|word| !is_code(word)).flat_map(latin_words);
    let is_known =
        |word: &str| LATIN_WORDS.iter().any(|(_, words)| words.contains(&word)) || quotable.names.contains(word);
    words.filter(|word| !is_known(word)).map(str::to_owned).collect()
}

fn chinese_in_english(line: &str, quotable: &Quotable) -> Vec<String> {
    let line = ['`', '"'].into_iter().fold(without(line, '「', '」'), |line, quote| without(&line, quote, quote));
    let words = line.split(|c: char| !is_chinese(c)).filter(|word| !word.is_empty());
    let is_known = |word: &&str| CHINESE_NAMES.contains(word) || quotable.text.contains(*word);
    words.filter(|word| !is_known(word)).map(str::to_owned).collect()
}

#[track_caller]
fn finds(lang: Lang, said: &str, words: &[&str]) {
    let quotable = Quotable { text: "春季新品".to_owned(), ..Quotable::default() };
    let found: Vec<String> = foreign_words(lang, said, &quotable).into_iter().flat_map(|(words, _)| words).collect();
    assert_eq!(found, words, "{said}");
}

#[test]
fn a_sentence_of_the_other_language_is_found() {
    finds(Lang::Zh, "不能发表：the answer was lost", &["the", "answer", "was", "lost"]);
    finds(Lang::Zh, "{\"runs\":[{\"state\":\"held\",\"reason\":\"on hold\"}]}", &["on", "hold"]);
    finds(Lang::Zh, "BEGIN:VCALENDAR\r\nSUMMARY:春季\r\nDESCRIPTION:pub\r\n lic\r\n", &["public"]);
    finds(Lang::En, "error: 没有这个命令", &["没有这个命令"]);
}

#[test]
fn code_and_quotations_are_of_no_language() {
    finds(Lang::Zh, "请写 `allow = [\"a\"]`，再运行 drumbeat check --format json，见 docs/zh/怎么写活动.md", &[]);
    finds(Lang::Zh, "读不了：No such file or directory (os error 2)", &[]);
    finds(Lang::Zh, "{\"runs\":[{\"state\":\"in_doubt\",\"reason\":\"正在核实\"}]}", &[]);
    finds(Lang::Zh, " 3 | title = \"Spring launch\"", &[]);
    finds(Lang::En, "the text `春季新品` is too long", &[]);
}

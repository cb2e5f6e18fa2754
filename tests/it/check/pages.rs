//! The rules' pages: each page is the first test of its rule.

use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use drumbeat::check::{Blocks, Rule, rules};
use drumbeat::finding::{Finding, Level};
use drumbeat::text::Lang::{self, En as EN};

use super::block::verdict;

/// The TOML blocks of a section of a page.
pub(super) fn blocks(page: &'static str, section: &str) -> Vec<&'static str> {
    let head = format!("\n## {section}\n");
    let (_, rest) = page.split_once(&head).unwrap_or_else(|| panic!("no section {section} in\n{page}"));
    let section = rest.split("\n## ").next().unwrap();
    section.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

/// The findings of each rule's Bad blocks.
static BAD: LazyLock<Vec<(&Rule, Vec<Finding>)>> =
    LazyLock::new(|| rules::ALL.iter().map(|rule| (*rule, verdict(&blocks(rule.pages.en, "Bad")).findings)).collect());

#[test]
fn bad_blocks_find_exactly_their_rule() {
    let mut wrong = Vec::new();
    for (rule, found) in BAD.iter() {
        if found.is_empty() || found.iter().any(|finding| finding.code != rule.code) {
            wrong.push(format!("{}: {found:#?}", rule.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The wrong suggestions for some blocks, and the number of all suggestions: each, when applied, must resolve its
/// finding and add none.
pub(super) fn wrong_suggestions(blocks: &[&str]) -> (usize, Vec<String>) {
    let (mut count, mut wrong) = (0, Vec::new());
    let before = verdict(blocks).findings;
    for finding in &before {
        let Some(suggestion) = &finding.suggestion else { continue };
        count += 1;
        let path = |block: &str| {
            let named = block.lines().next().and_then(|line| line.strip_prefix("# file: "));
            named.unwrap_or("spring.toml").to_owned()
        };
        let applied: Vec<String> =
            blocks.iter().map(|block| suggestion.applied(&path(block), block).expect("edits fit the file")).collect();
        let after = verdict(&applied.iter().map(String::as_str).collect::<Vec<_>>()).findings;
        let told = |it: &Finding| (it.code, it.message.clone());
        let is_new = |it: &Finding| !before.iter().any(|old| told(old) == told(it));
        if applied == blocks || after.len() >= before.len() || after.iter().any(is_new) {
            wrong.push(format!("{}: {suggestion:?} leaves {after:#?}", finding.code));
        }
    }
    (count, wrong)
}

#[test]
fn a_suggestion_that_is_applied_leaves_fewer_findings() {
    let (mut rules_with, mut wrong) = (0, Vec::new());
    for rule in rules::ALL {
        let (count, faults) = wrong_suggestions(&blocks(rule.pages.en, "Bad"));
        rules_with += usize::from(count > 0);
        wrong.extend(faults);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rules_with >= 20, "{rules_with}");
}

/// In every book of the cases and in the example book, suggestions resolve their findings. If a line was unreadable,
/// findings behind it may appear.
#[test]
fn suggestions_for_whole_books_take_their_findings_away() {
    use drumbeat::book::{Corp, Files, SourceFile};
    use drumbeat::load::check_files;
    use drumbeat::source::Source;

    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases = fs::read_dir(top.join("tests/cases/check")).unwrap().map(|case| case.unwrap().path().join("book"));
    let mut wrong = Vec::new();
    for dir in cases.filter(|dir| dir.is_dir()).chain([top.join("campaigns")]) {
        let source = Source::directory(&dir).unwrap();
        let files = source.read().unwrap();
        let judged = |files: Files| check_files(files, &source, &Corp::default(), super::block::now()).result.findings;
        let before = judged(files.clone());
        for (finding, suggestion) in before.iter().filter_map(|finding| Some((finding, finding.suggestion.as_ref()?))) {
            let applied = |file: &SourceFile| match suggestion.applied(&file.path, file.text()) {
                Some(text) if file.text.is_ok() => SourceFile::new(&file.path, &text),
                _ => file.clone(),
            };
            let files = Files {
                campaigns: files.campaigns.iter().map(applied).collect(),
                policy: files.policy.as_ref().map(applied),
                directory: files.directory.as_ref().map(applied),
                calendars: files.calendars.iter().map(applied).collect(),
                ..files.clone()
            };
            let after = judged(files);
            let place = |it: &Finding| (it.code, Arc::clone(&it.place.file), it.place.start());
            let is_gone = !after.iter().any(|it| place(it) == place(finding) && it.message == finding.message);
            let reveals = finding.code == "bad-syntax";
            if !is_gone || !reveals && after.len() >= before.len() {
                wrong.push(format!("{}: {suggestion:?} leaves {after:#?}", dir.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// If the help quotes the text to write, there are also edits for editors.
#[test]
fn help_that_proposes_a_text_has_its_edits() {
    // Rules for which a person must choose between several readings.
    const CHOICES: &[&str] = &["ambiguous-name"];
    let mut wrong = Vec::new();
    for (rule, found) in BAD.iter().filter(|(rule, _)| !CHOICES.contains(&rule.code)) {
        for finding in found.iter().filter(|finding| finding.suggestion.is_none()) {
            let help = finding.help.as_ref().map(|it| it.get(EN)).unwrap_or_default();
            if help.starts_with("write `") || help.contains("did you mean `") {
                wrong.push(format!("{}: {help}", rule.code));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_good_block_finds_anything() {
    let mut wrong = Vec::new();
    for rule in rules::ALL {
        let found = verdict(&blocks(rule.pages.en, "Good")).findings;
        if !found.is_empty() {
            wrong.push(format!("{}: {found:#?}", rule.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn findings_weigh_what_their_rules_say() {
    for (rule, found) in BAD.iter() {
        for finding in found {
            assert_eq!(finding.level, rule.level, "{}", rule.code);
        }
    }
}

#[test]
fn every_finding_has_help_in_one_style() {
    for (rule, found) in BAD.iter() {
        for finding in found {
            let Finding { message, place, related, help, .. } = finding;
            let help = help.as_ref().unwrap_or_else(|| panic!("{}: no help", rule.code));
            for text in std::iter::once(message).chain([help, &place.words]).chain(related.iter().map(|it| &it.words)) {
                let text = text.get(EN);
                assert!(!text.ends_with('.') && !text.contains('\n'), "{}: {text}", rule.code);
                let begins_small = !text.starts_with(|c: char| c.is_ascii_uppercase()) || text.starts_with("WeCom");
                assert!(begins_small, "{}: {text}", rule.code);
            }
            assert!(!place.words.is_empty() || place.span.is_none(), "{}: no words at the carets", rule.code);
            assert!(related.iter().all(|it| !it.words.is_empty()), "{}: no words at a place", rule.code);
        }
    }
}

#[test]
fn the_table_is_sorted_and_whole() {
    let codes: Vec<&str> = rules::ALL.iter().map(|rule| rule.code).collect();
    assert!(codes.is_sorted(), "{codes:?}");

    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check/rules");
    let mut files: Vec<String> =
        fs::read_dir(dir).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.retain(|name| name != "mod.rs");
    files.sort();
    let mut wanted: Vec<String> = codes
        .iter()
        .flat_map(|code| ["md", "rs", "zh.md"].map(|end| format!("{}.{end}", code.replace('-', "_"))))
        .collect();
    wanted.sort();
    assert_eq!(files, wanted);
}

#[test]
fn every_page_has_its_sections() {
    for rule in rules::ALL {
        assert!(rule.pages.en.starts_with(&format!("# {}\n", rule.code)), "{}", rule.code);
        let heads: Vec<&str> = rule.pages.en.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(heads, ["## What it finds", "## Why it matters", "## Bad", "## Good"], "{}", rule.code);
    }
}

#[test]
fn every_page_begins_with_the_summary() {
    for rule in rules::ALL {
        for (lang, head) in [(Lang::En, "## What it finds\n"), (Lang::Zh, "## 查什么\n")] {
            let (_, section) = rule.page(lang).split_once(head).unwrap();
            let section = section.replace('\n', if lang == Lang::En { " " } else { "" });
            let summary = rule.summary.get(lang);
            assert!(section.starts_with(summary), "{}: `{summary}` is not the first sentence", rule.code);
            assert!(summary.ends_with(['.', '。']), "{}: {summary}", rule.code);
        }
    }
}

#[test]
fn warnings_alone_block_nothing() {
    for rule in rules::ALL {
        assert_eq!(rule.level == Level::Warning, rule.blocks == Blocks::Nothing, "{}", rule.code);
    }
}

#[test]
fn the_docs_table_matches_the_rules() {
    let docs = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/check.md")).unwrap();
    let (_, table) = docs.split_once("\n## The rules\n").unwrap();
    let row = |rule: &&Rule| {
        format!("| `{}` | {} | {} |\n", rule.code, rule.level.name(), rule.summary.en.replace('|', "\\|"))
    };
    let wanted: String = rules::ALL.iter().map(row).collect();
    let wanted = format!("\n| rule | level | finds |\n|---|---|---|\n{wanted}");
    assert!(table == wanted, "docs/check.md should end with\n{wanted}");
}

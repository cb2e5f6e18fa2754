//! The rules' pages: each is its rule's first test.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use drumbeat::check::{Rule, rules};
use drumbeat::diag::Diag;

use super::block::verdict;

/// The TOML blocks of a section of a page.
fn blocks(page: &'static str, section: &str) -> Vec<&'static str> {
    let head = format!("\n## {section}\n");
    let (_, rest) = page.split_once(&head).unwrap_or_else(|| panic!("no section {section} in\n{page}"));
    let section = rest.split("\n## ").next().unwrap();
    section.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

/// What each rule's Bad blocks come to.
static BAD: LazyLock<Vec<(&Rule, Vec<Diag>)>> =
    LazyLock::new(|| rules::ALL.iter().map(|rule| (*rule, verdict(&blocks(rule.page, "Bad")).findings)).collect());

#[test]
fn every_bad_block_finds_its_rule_and_nothing_else() {
    let mut wrong = Vec::new();
    for (rule, found) in BAD.iter() {
        if found.is_empty() || found.iter().any(|finding| finding.code != rule.code) {
            wrong.push(format!("{}: {found:#?}", rule.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Applied as it stands, what a finding suggests takes that finding away and adds none.
#[test]
fn a_suggestion_that_is_applied_leaves_fewer_findings() {
    let (mut suggestions, mut wrong) = (0, Vec::new());
    for rule in rules::ALL {
        let bad = blocks(rule.page, "Bad");
        let before = verdict(&bad).findings;
        for suggestion in before.iter().filter_map(|finding| finding.suggestion.as_ref()) {
            suggestions += 1;
            let path = |block: &str| {
                let named = block.lines().next().and_then(|line| line.strip_prefix("# file: "));
                named.unwrap_or("spring.toml").to_owned()
            };
            let applied: Vec<String> =
                bad.iter().map(|block| suggestion.applied(&path(block), block).expect("edits fit the file")).collect();
            assert_ne!(applied, bad, "{}: the edits change nothing", rule.code);
            let after = verdict(&applied.iter().map(String::as_str).collect::<Vec<_>>()).findings;
            if after.len() >= before.len() || after.iter().any(|it| it.code != rule.code) {
                wrong.push(format!("{}: {suggestion:?} leaves {after:#?}", rule.code));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(suggestions >= 5, "{suggestions}");
}

#[test]
fn no_good_block_finds_anything() {
    let mut wrong = Vec::new();
    for rule in rules::ALL {
        let found = verdict(&blocks(rule.page, "Good")).findings;
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
fn every_finding_says_what_to_do_and_speaks_in_one_voice() {
    for (rule, found) in BAD.iter() {
        for finding in found {
            let Diag { message, place, related, help, .. } = finding;
            let help = help.as_ref().unwrap_or_else(|| panic!("{}: no help", rule.code));
            for text in std::iter::once(message).chain([help, &place.words]).chain(related.iter().map(|it| &it.words)) {
                assert!(!text.ends_with('.') && !text.contains('\n'), "{}: {text}", rule.code);
                let begins_small = !text.starts_with(|c: char| c.is_ascii_uppercase()) || text.starts_with("WeCom");
                assert!(begins_small, "{}: {text}", rule.code);
            }
            assert!(!place.words.is_empty() || place.span.is_empty(), "{}: no words at the carets", rule.code);
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
    let mut wanted: Vec<String> =
        codes.iter().flat_map(|code| ["md", "rs"].map(|end| format!("{}.{end}", code.replace('-', "_")))).collect();
    wanted.sort();
    assert_eq!(files, wanted);
}

#[test]
fn every_page_has_its_sections_under_its_own_name() {
    for rule in rules::ALL {
        assert!(rule.page.starts_with(&format!("# {}\n", rule.code)), "{}", rule.code);
        let heads: Vec<&str> = rule.page.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(heads, ["## What it finds", "## Why it matters", "## Bad", "## Good"], "{}", rule.code);
    }
}

#[test]
fn the_table_of_the_docs_is_made_of_the_rules() {
    let docs = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/check.md")).unwrap();
    let (_, table) = docs.split_once("\n## The rules\n").unwrap();
    let row =
        |rule: &&Rule| format!("| `{}` | {} | {} |\n", rule.code, rule.level.name(), rule.finds().replace('|', "\\|"));
    let wanted: String = rules::ALL.iter().map(row).collect();
    let wanted = format!("\n| rule | level | finds |\n|---|---|---|\n{wanted}");
    assert!(table == wanted, "docs/check.md should end with\n{wanted}");
}

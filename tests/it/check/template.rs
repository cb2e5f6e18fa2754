//! The file that `drumbeat new` writes: it explains every key, and nothing of it goes out unwritten.

use drumbeat::text::Lang::En as EN;
use std::fs;
use std::path::Path;

use super::block::verdict;

const TEMPLATE: &str = include_str!("../../../src/cli/new.toml");

fn written() -> String {
    TEMPLATE.replace("ID-OF-THE-CAMPAIGN", "spring").replace("在这里写正文，最多2000字。", "春季新品上架。")
}

/// The keys of a campaign file by the page that lists them all.
fn keys() -> Vec<String> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/book.md")).unwrap();
    let (_, table) = page.split_once("\n## A campaign file\n").unwrap();
    let (table, _) = table.split_once("\n\nA file is written as").unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(key, _)| key.to_owned()).filter(|key| !key.contains("[]")).collect()
}

#[test]
fn it_explains_every_key() {
    let keys = keys();
    assert!(keys.len() > 25, "{keys:?}");
    for key in keys {
        let name = key.rsplit('.').next().unwrap();
        let is_there = |line: &str| {
            let line = line.trim_start_matches("# ");
            line.starts_with(&format!("[{name}]")) || line.split('=').next().unwrap().trim() == name
        };
        let is_inside = TEMPLATE.contains(&format!("{{ {name} = ")) || TEMPLATE.contains(&format!(", {name} = "));
        assert!(TEMPLATE.lines().any(is_there) || is_inside || TEMPLATE.contains(&format!("或 {name} = ")), "{key}");
    }
}

/// Each line that is a comment, without its mark: what is an example has to be written before it passes.
#[test]
fn its_examples_do_not_go_out() {
    let written = written();
    assert_eq!(verdict(&[&written]).findings, []);
    let lines = written.lines().filter(|line| line.starts_with("# ") && line.contains(" = "));
    let mut count = 0;
    for line in lines {
        count += 1;
        let found = verdict(&[&written.replace(line, &line[2..])]).findings;
        for date in ["at", "start", "end", "skip"] {
            if line.starts_with(&format!("# {date} =")) {
                assert!(found.iter().any(|it| it.message.get(EN) == "a date is not written yet"), "{line}: {found:#?}");
            }
        }
        if line.starts_with("# link") {
            let codes: Vec<_> = found.iter().map(|it| it.code).collect();
            assert!(codes.contains(&"template-text") && codes.contains(&"bad-link-url"), "{found:#?}");
            assert!(!codes.contains(&"unreachable-link"), "{found:#?}");
        }
    }
    assert!(count > 12, "{count}");
}

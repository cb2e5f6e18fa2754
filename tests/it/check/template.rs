//! The files that `drumbeat new` writes: they explain every key, and their sample content cannot be posted.

use drumbeat::text::Lang::En as EN;
use std::fs;
use std::path::Path;

use super::block::verdict;

/// The Chinese and the English template, each with its sample text.
const TEMPLATES: [(&str, &str); 2] = [
    (include_str!("../../../src/cli/new.zh.toml"), "在这里写文字，最多 2000 字。"),
    (include_str!("../../../src/cli/new.en.toml"), "Write the text here, at most 2000 characters."),
];

fn written((template, text): (&str, &str)) -> String {
    template.replace("ID-OF-THE-CAMPAIGN", "spring").replace(text, "春季新品上架。")
}

/// The keys of a campaign file, from the reference page.
fn keys() -> Vec<String> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/book.md")).unwrap();
    let (_, table) = page.split_once("\n## A campaign file\n").unwrap();
    let (table, _) = table.split_once("\n\nA file is written as").unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(key, _)| key.to_owned()).filter(|key| !key.contains("[]")).collect()
}

#[test]
fn templates_explain_every_key() {
    let keys = keys();
    assert!(keys.len() > 25, "{keys:?}");
    for ((template, _), key) in TEMPLATES.iter().flat_map(|template| keys.iter().map(move |key| (template, key))) {
        let name = key.rsplit('.').next().unwrap();
        let begins = |line: &str| {
            let line = line.trim_start_matches("# ");
            line.starts_with(&format!("[{name}]")) || line.split('=').next().unwrap().trim() == name
        };
        let is_inside =
            ["{", ",", "写", "departments,"].iter().any(|before| template.contains(&format!("{before} {name} = ")));
        assert!(template.lines().any(begins) || is_inside, "{key} in\n{template}");
    }
}

#[test]
fn templates_have_the_same_keys() {
    let keys = TEMPLATES.map(|(template, _)| {
        let lines = template.lines().filter_map(|line| line.trim_start_matches("# ").split_once(" = "));
        lines.map(|(key, _)| key).collect::<Vec<_>>()
    });
    assert_eq!(keys[0], keys[1]);
}

#[test]
fn templates_do_not_pass_unwritten() {
    for (template, text) in TEMPLATES {
        let found = verdict(&[&template.replace("ID-OF-THE-CAMPAIGN", "spring")]).findings;
        assert_eq!(found.iter().map(|it| it.code).collect::<Vec<_>>(), ["template-text"], "{text}");
    }
}

/// Each comment line, uncommented: examples must be edited before they pass.
#[test]
fn examples_do_not_go_out() {
    TEMPLATES.into_iter().for_each(no_example_goes_out);
}

fn no_example_goes_out(template: (&str, &str)) {
    let written = written(template);
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

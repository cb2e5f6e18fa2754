//! The output of `check` in every format: each directory of `tests/cases/check` has a book and the expected files.

use std::fs;
use std::path::{Path, PathBuf};

use drumbeat::book::Corp;
use drumbeat::finding::Level;
use drumbeat::load::{CheckedBook, check_files};
use drumbeat::report::findings::{Report, concise, github, gitlab, human, json, junit, sarif};
use drumbeat::source::Source;
use drumbeat::text::Lang;
use drumbeat::text::Lang::En as EN;
use serde_json::Value;

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/check").join(name)
}

fn loaded(name: &str) -> CheckedBook {
    let source = Source::directory(&case(name).join("book")).unwrap();
    check_files(source.read().unwrap(), &source, &Corp::default(), "2026-01-01T00:00:00Z".parse().unwrap())
}

fn report(loaded: &CheckedBook) -> Report<'_> {
    report_in(loaded, EN)
}

fn report_in(loaded: &CheckedBook, lang: Lang) -> Report<'_> {
    Report::new(&loaded.book, &loaded.result.findings, "campaigns", lang, |_| true)
}

/// The reports of a case equal the files beside its book, `NAME.zh.EXT` in Chinese.
#[track_caller]
fn writes<const N: usize>(name: &str, reports: impl Fn(&Report<'_>) -> [(&'static str, String); N]) {
    let loaded = loaded(name);
    let mut different = Vec::new();
    for lang in Lang::ALL {
        for (file, written) in reports(&report_in(&loaded, lang)) {
            let file = if lang == EN { file.to_owned() } else { file.replacen('.', ".zh.", 1) };
            let path = case(name).join(&file);
            if fs::read_to_string(&path).unwrap_or_default() != written {
                let actual = std::env::temp_dir().join(format!("{name}-{file}"));
                fs::write(&actual, &written).unwrap();
                different.push(format!("{} is not what was written, which is in {}", path.display(), actual.display()));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// Text without its colours.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn carets_stand_right_under_chinese_and_emoji() {
    writes("carets", |report| [("human.txt", plain(&human::write(report)))]);
}

#[test]
fn a_book_without_findings() {
    let loaded = loaded("clean");
    let report = report(&loaded);
    assert_eq!(plain(&human::write(&report)), "1 file checked, nothing found\n");
    assert_eq!(concise::write(&report), "");
    assert_eq!(github::commands(&report), "");
    assert_eq!(gitlab::write(&report).unwrap(), "[]\n");
    let json: Value = serde_json::from_str(&json::write(&report).unwrap()).unwrap();
    assert_eq!(json, serde_json::json!({"version": 1, "files": 1, "errors": 0, "warnings": 0, "diagnostics": []}));
    assert!(junit::write(&report, true).contains("tests=\"1\" failures=\"0\""));
}

#[test]
fn every_form_of_one_book() {
    writes("formats", |report| {
        [
            ("human.txt", plain(&human::write(report))),
            ("concise.txt", concise::write(report)),
            ("check.json", json::write(report).unwrap()),
            ("github.txt", github::commands(report)),
            ("summary.md", github::summary(report)),
            ("gitlab.json", gitlab::write(report).unwrap()),
            ("junit.xml", junit::write(report, false)),
        ]
    });
}

#[test]
fn human_is_coloured_and_the_rest_is_not() {
    let loaded = loaded("formats");
    let report = report(&loaded);
    assert!(human::write(&report).contains('\u{1b}'));
    for text in [concise::write(&report), json::write(&report).unwrap(), junit::write(&report, true)] {
        assert!(!text.contains('\u{1b}'));
    }
}

#[test]
fn json_keeps_to_its_schema() {
    let schema: Value = serde_json::from_str(include_str!("../cases/check/check.schema.json")).unwrap();
    for name in ["carets", "clean", "formats"] {
        let loaded = loaded(name);
        let json: Value = serde_json::from_str(&json::write(&report(&loaded)).unwrap()).unwrap();
        super::json_schema::holds(&schema, &json);
        assert_eq!(json["errors"], loaded.result.count(Level::Error));
        assert_eq!(json["warnings"], loaded.result.count(Level::Warning));
    }
}

#[test]
fn sarif_points_at_rules_and_places() {
    let loaded = loaded("formats");
    let sarif: Value = serde_json::from_str(&sarif::write(&report(&loaded)).unwrap()).unwrap();
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), loaded.result.findings.len());
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(rules[index]["help"]["markdown"].as_str().unwrap().contains("## Why it matters"));
    }
    let mixed = results.iter().find(|result| result["ruleId"] == "mixed-attachments").unwrap();
    let place = &mixed["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "campaigns/shop/a%2Cb%20100%25.toml");
    assert_eq!(place["region"], serde_json::json!({"startLine": 5, "startColumn": 9, "endLine": 5, "endColumn": 16}));
    assert_eq!(mixed["relatedLocations"][0]["message"]["text"], "images here");
}

#[test]
fn fingerprints_do_not_hang_on_lines() {
    let print = |toml: &str| {
        let files = drumbeat::book::Files {
            campaigns: vec![drumbeat::book::SourceFile::new("a.toml", toml)],
            ..Default::default()
        };
        let book = drumbeat::book::Book::read(files);
        let verdict = drumbeat::check::check(&book, &Default::default(), "2026-01-01T00:00:00Z".parse().unwrap());
        let report = Report::new(&book, &verdict.findings, "", EN, |_| true);
        let issues: Vec<Value> = serde_json::from_str(&gitlab::write(&report).unwrap()).unwrap();
        issues.into_iter().map(|issue| issue["fingerprint"].to_string()).collect::<Vec<_>>()
    };
    let (one, moved) = (print("x = 1\ny = 2\n"), print("# moved\n\nx = 1\ny = 2\n"));
    assert_eq!(one, moved);
    let mut distinct = one.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(one.len(), distinct.len());
}

/// Values that programs compare are equal in both languages.
#[test]
fn codes_levels_and_fingerprints_have_no_language() {
    let loaded = loaded("formats");
    let stable = |lang| {
        let report = report_in(&loaded, lang);
        let parse = |text: String| serde_json::from_str::<Value>(&text).unwrap();
        let json = parse(json::write(&report).unwrap());
        let found = json["diagnostics"].as_array().unwrap().iter();
        let codes: Vec<String> = found.map(|it| format!("{} {}", it["code"], it["level"])).collect();
        let gitlab = parse(gitlab::write(&report).unwrap());
        let prints: Vec<Value> = gitlab.as_array().unwrap().iter().map(|it| it["fingerprint"].clone()).collect();
        (codes, prints)
    };
    assert_eq!(stable(EN), stable(Lang::Zh));
}

#[test]
fn github_gets_ten_per_level_and_a_count() {
    let many: String = (0..13).map(|n| format!("key-{n} = 1\n")).collect();
    let files = drumbeat::book::Files {
        campaigns: vec![drumbeat::book::SourceFile::new("a.toml", &many)],
        ..Default::default()
    };
    let book = drumbeat::book::Book::read(files);
    let verdict = drumbeat::check::check(&book, &Default::default(), "2026-01-01T00:00:00Z".parse().unwrap());
    let report = Report::new(&book, &verdict.findings, "", EN, |_| true);
    let commands = github::commands(&report);
    assert_eq!(commands.lines().filter(|line| line.starts_with("::error ")).count(), 10);
    let notice = commands.lines().last().unwrap();
    assert_eq!(
        notice,
        "::notice title=drumbeat check::17 errors in 1 file; 7 of them are not shown here: the summary of this step has all"
    );
    assert_eq!(github::summary(&report).matches("❌").count(), 17);
}

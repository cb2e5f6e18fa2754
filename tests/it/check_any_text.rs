//! For any text in a book, `check` ends soon and without a panic, and its findings have valid places.

use drumbeat::text::Lang::En as EN;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use drumbeat::book::{Book, Files, SourceFile};
use drumbeat::check::{CheckResult, check};
use drumbeat::media_index::MediaIndex;
use drumbeat::post::Audience;
use drumbeat::report::findings::{Report, concise, github, gitlab, human, json, junit, sarif};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const CAMPAIGN: &str = include_str!("../../campaigns/new-arrivals.toml");
const POLICY: &str = include_str!("../../campaigns/policy.toml");
const DIRECTORY: &str = include_str!("../../campaigns/directory.toml");
const NAMED: &str = r#"
id = "named"
content.text = "会员日到啦。"
visible_range.sender_list.department_list = ["华东门店", "春风百货/华东门店/母婴馆", 3]
visible_range.external_contact_list.tag_list = ["会员日", "客户等级/VIP客户", "etCFNew00000001"]
schedule.cron = "0 9 * * MON"
"#;
const EVERY_KEY: &str = r#"
id = "spring-launch"
title = "春季"
owner = "wangwu"
allow = ["everyone", "twice-a-day"]
[content]
text = """
春季新品\u6625 https://example.com/a，第一🎉
"""
images = ["media/1.jpg", { media_id = "x" }]
video = 'media/v.mp4'
link = { title = "春", url = "https://example.com", cover = "media/c.jpg" }
[visible_range]
sender_list = { user_list = ["zhangshan"], department_list = [2] }
external_contact_list.tag_list = ["etX"]
audience = "young-families"
all = true
[schedule]
cron = "0 9 1 * MON"
at = [2026-03-02T09:00:00]
day_match = "any"
timezone = "Asia/Shanghai"
start = 2026-03-01
end = 2026-05-31T00:00:00
skip = [2026-04-06]
days = "workday"
max_runs = 3
max_lateness = "30m"
"#;

fn judged(campaigns: &[&str], policy: &str, directory: Option<&str>) -> (Book, CheckResult) {
    let files = campaigns.iter().enumerate().map(|(n, text)| SourceFile::new(&format!("{n}.toml"), text)).collect();
    let policy = Some(SourceFile::new("policy.toml", policy));
    let directory = directory.map(|directory| SourceFile::new("directory.toml", directory));
    let files = Files { campaigns: files, policy, directory, ..Files::default() };
    let book = Book::read(files);
    let verdict = check(&book, &MediaIndex::default(), "2026-01-01T00:00:00Z".parse().unwrap());
    (book, verdict)
}

/// Checks, writes every report, and examines every place.
#[track_caller]
fn survives(campaigns: &[&str], policy: &str) -> CheckResult {
    survives_with(campaigns, policy, None)
}

#[track_caller]
fn survives_with(campaigns: &[&str], policy: &str, directory: Option<&str>) -> CheckResult {
    let (book, verdict) = judged(campaigns, policy, directory);
    for finding in &verdict.findings {
        let words = [&finding.message, &finding.place.words].into_iter().chain(&finding.help);
        words.for_each(|words| assert!(!words.get(EN).contains(char::is_control), "{words:?}"));
        for edit in finding.suggestion.iter().flat_map(|suggestion| &suggestion.edits) {
            let text = book.files().find(|file| file.path == edit.file).map(|file| file.text()).unwrap_or_default();
            assert!(text.get(edit.span.clone()).is_some(), "{finding:?} in {text:?}");
        }
        for place in std::iter::once(&finding.place).chain(&finding.related) {
            let text = book.files().find(|file| file.path == place.file).map(|file| file.text()).unwrap_or_default();
            assert!(place.span.clone().is_none_or(|span| text.get(span).is_some()), "{finding:?} in {text:?}");
        }
    }
    let report = Report::new(&book, &verdict.findings, "campaigns", EN, |_| true);
    let _ = (human::write(&report), concise::write(&report), junit::write(&report, true));
    let _ = (github::commands(&report), github::summary(&report));
    let json = [json::write(&report), gitlab::write(&report), sarif::write(&report)];
    assert!(json.iter().all(Result::is_ok));
    verdict
}

/// A text with some characters removed, doubled or replaced.
fn mutated(text: &'static str) -> impl Strategy<Value = String> {
    let odd = prop_oneof![
        Just("\"".to_owned()),
        Just("\"\"\"".to_owned()),
        Just("'".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("=".to_owned()),
        Just(",".to_owned()),
        Just("#".to_owned()),
        Just("\\".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("＝“，：】　".to_owned()),
        Just("\u{0}\u{7}\u{85}\u{202e}\u{feff}".to_owned()),
        Just("99999999999999999999".to_owned()),
        Just("2026-02-30T25:61".to_owned()),
        "\\PC{0,4}",
    ];
    let edit = (any::<prop::sample::Index>(), 0usize..12, odd);
    prop::collection::vec(edit, 1..6).prop_map(move |edits| {
        let mut chars: Vec<char> = text.chars().collect();
        for (at, length, put) in edits {
            let at = at.index(chars.len() + 1);
            let end = (at + length).min(chars.len());
            chars.splice(at..end, put.chars());
        }
        chars.into_iter().collect()
    })
}

/// The same texts in every run; the fuzzer looks for others.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 200,
        rng_seed: RngSeed::Fixed(20_260_302),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text(text in any::<String>(), policy in any::<String>()) {
        survives(&[&text], &policy);
    }

    #[test]
    fn a_campaign_with_slips(text in mutated(EVERY_KEY), other in mutated(CAMPAIGN)) {
        survives(&[&text, &other], POLICY);
    }

    #[test]
    fn a_policy_with_slips(policy in mutated(POLICY)) {
        survives(&[EVERY_KEY, CAMPAIGN], &policy);
    }

    #[test]
    fn a_directory_with_slips(directory in mutated(DIRECTORY), name in mutated("会员日")) {
        let named = NAMED.replace("会员日", &name.replace(['"', '\\', '\n', '\r'], ""));
        let verdict = survives_with(&[&named, CAMPAIGN], POLICY, Some(&directory));
        // For any directory, only ids are sent.
        for campaign in &verdict.campaigns {
            if let Audience::Lists { tags, .. } = campaign.contents.audience() {
                prop_assert!(tags.iter().all(|tag| !tag.contains("会员日")), "{tags:?}");
            }
        }
    }

    #[test]
    fn lines_in_any_order(lines in Just(EVERY_KEY.lines().collect::<Vec<_>>()).prop_shuffle()) {
        survives(&[&lines.join("\n")], POLICY);
    }
}

/// Ends within an acceptable time, even in a slow build.
#[track_caller]
fn is_soon(text: &str) -> CheckResult {
    let start = Instant::now();
    let verdict = survives(&[text], "");
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    assert!(verdict.campaigns.is_empty());
    assert!(verdict.findings.len() < 1_000, "{}", verdict.findings.len());
    verdict
}

/// Found by the mutations above: `\r` in an id broke the line, and an escape would have reached the terminal.
#[test]
fn control_characters_in_an_id() {
    let verdict = survives(&[r#"id = "spring\rlaunch\u001b[2J""#], "");
    let messages: Vec<&str> = verdict.findings.iter().map(|finding| finding.message.get(EN)).collect();
    assert!(messages.contains(&"an id takes only a-z, 0-9 and -, not `\u{fffd}`"), "{messages:?}");
}

#[test]
fn forty_thousand_keys() {
    let text = (0..40_000).fold(String::new(), |mut text, n| {
        let _ = writeln!(text, "key-{n} = 1");
        text
    });
    let verdict = is_soon(&text);
    let folded = verdict.findings.iter().find(|finding| finding.message.get(EN).contains("more findings of this kind"));
    assert_eq!(folded.unwrap().message.get(EN), "39950 more findings of this kind in this file");
    is_soon(&text.replace(" = ", " ＝ "));
    is_soon(&text.replace(" = 1", " = [1"));
    is_soon(&text.replace('\n', ","));
}

#[test]
fn twenty_thousand_deep() {
    for (open, close) in [("[", "]"), ("{a=", "}")] {
        is_soon(&format!("id = {}{}", open.repeat(20_000), close.repeat(20_000)));
        is_soon(&format!("id = {}", open.repeat(20_000)));
    }
    is_soon(&format!("[{}a]", "a.".repeat(20_000)));
    is_soon(&"[[a]]\n".repeat(20_000));
    is_soon(&format!("{}a = 1", "a.".repeat(20_000)));
}

#[test]
fn one_endless_line() {
    is_soon(&"a".repeat(1_000_000));
    for part in ["{{", "${", "http://", "https://a春", "XXX", "待定", "\\u0007", "\\\\", "第一"] {
        is_soon(&format!("content.text = \"a{}\"", part.repeat(300_000 / part.len())));
    }
    is_soon(&format!("content.text = \"{}\"", "TODO 第一 https://a春 ".repeat(10_000)));
    is_soon(&format!("content.text = \"{}", "\\u6625".repeat(150_000)));
    is_soon(&format!("schedule.cron = \"{}\"", "*/7,".repeat(50_000)));
    is_soon(&format!("visible_range.sender_list.user_list = [{}]", "\"张三\",".repeat(90_000)));
    is_soon(&format!("content.images = [{}]", "\"../a.jpg\",".repeat(90_000)));
    is_soon(&format!("schedule.at = [{}]", "2026-03-02T09:00:00,".repeat(40_000)));
    is_soon(&format!("allow = [{}]", "\"x\",".repeat(50_000)));
}

#[test]
fn many_campaigns_that_are_all_alike() {
    let campaign = |n: usize| {
        format!(
            "id = \"c{n}\"\ncontent.text = \"春季新品上架，前三天全场九折，欢迎到店试穿，第{n}期。\"\n\
             visible_range.sender_list.user_list = [\"zhangshan\"]\nschedule.cron = \"0 9 * * *\"\n"
        )
    };
    let campaigns: Vec<String> = (0..2_000).map(campaign).collect();
    let campaigns: Vec<&str> = campaigns.iter().map(String::as_str).collect();
    let (_, verdict) = judged(&campaigns, "[limits]\nsame_text_days = 7\nmax_per_audience_per_day = 2\n", None);
    let count = |code| verdict.findings.iter().filter(|finding| finding.code == code).count();
    assert!(count("same-text") > 1_950, "{}", count("same-text"));
    assert_eq!((count("busy-audience"), count("crowded-minute")), (1, 1));
}

#[test]
fn results_do_not_depend_on_file_order() {
    let texts = [EVERY_KEY, CAMPAIGN, "id = \"spring-launch\"\n"];
    let files: Vec<SourceFile> = texts
        .iter()
        .enumerate()
        .map(|(n, text)| SourceFile { path: format!("{n}.toml").into(), text: Ok(Arc::from(*text)) })
        .collect();
    let found = |files: Vec<SourceFile>| {
        let book = Book::read(Files { campaigns: files, ..Files::default() });
        check(&book, &MediaIndex::default(), "2026-01-01T00:00:00Z".parse().unwrap()).findings
    };
    let backwards: Vec<SourceFile> = files.iter().rev().cloned().collect();
    assert_eq!(found(files).len(), found(backwards).len());
}

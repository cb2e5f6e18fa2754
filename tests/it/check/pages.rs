//! The rules' pages: each is its rule's first test.

use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

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

/// What is wrong with the suggestions for some blocks: applied as it stands, each takes its finding away and adds none.
/// With how many there are.
fn wrong_suggestions(blocks: &[&str]) -> (usize, Vec<String>) {
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
        let told = |it: &Diag| (it.code, it.message.clone());
        let is_new = |it: &Diag| !before.iter().any(|old| told(old) == told(it));
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
        let (count, faults) = wrong_suggestions(&blocks(rule.page, "Bad"));
        rules_with += usize::from(count > 0);
        wrong.extend(faults);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rules_with >= 20, "{rules_with}");
}

/// In every book of the cases and the example book it takes its own finding away. Where a line could not be read, what was
/// hidden behind it may come.
#[test]
fn suggestions_for_whole_books_take_their_findings_away() {
    use drumbeat::book::{Corp, Files, SourceFile};
    use drumbeat::load::judge;
    use drumbeat::source::Source;

    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases = fs::read_dir(top.join("tests/cases/check")).unwrap().map(|case| case.unwrap().path().join("book"));
    let mut wrong = Vec::new();
    for dir in cases.filter(|dir| dir.is_dir()).chain([top.join("campaigns")]) {
        let source = Source::directory(&dir).unwrap();
        let files = source.read().unwrap();
        let judged = |files: Files| judge(files, &source, &Corp::default(), super::block::now()).verdict.findings;
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
            let place = |it: &Diag| (it.code, Arc::clone(&it.place.file), it.place.span.start);
            let is_gone = !after.iter().any(|it| place(it) == place(finding) && it.message == finding.message);
            let reveals = finding.code == "bad-syntax";
            if !is_gone || !reveals && after.len() >= before.len() {
                wrong.push(format!("{}: {suggestion:?} leaves {after:#?}", dir.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Help that says what to write says it as edits too, so that an editor can do it.
#[test]
fn help_that_proposes_a_text_has_its_edits() {
    // Where a person has to choose: of several readings, or of words that only they know.
    const CHOICES: &[&str] = &["ambiguous-name"];
    let mut wrong = Vec::new();
    for (rule, found) in BAD.iter().filter(|(rule, _)| !CHOICES.contains(&rule.code)) {
        for finding in found.iter().filter(|finding| finding.suggestion.is_none()) {
            let help = finding.help.as_deref().unwrap_or_default();
            if help.starts_with("write `") || help.contains("did you mean `") {
                wrong.push(format!("{}: {help}", rule.code));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const SENDERS: &str = "visible_range.sender_list.user_list = [\"zhangshan\"]\n";

/// What stands in a campaign, what a suggestion makes of it, and nothing is found any more.
#[track_caller]
fn becomes(lines: &str, wanted: &str) {
    let mut toml = "id = \"spring\"\n".to_owned();
    let rest = [
        ("content", "content.text = \"春\"\n"),
        ("visible_range", SENDERS),
        ("schedule", "schedule.cron = \"0 9 * * MON\"\n"),
    ];
    for (key, line) in rest {
        if !lines.contains(key) {
            toml.push_str(line);
        }
    }
    let head = toml.clone();
    toml.push_str(&format!("{lines}\n"));
    let policy = "# file: policy.toml\n[audiences.\"华东VIP\"]\nall = false\nsender_list.user_list = [\"lisi\"]\n";
    let used = "# file: used.toml\nid = \"used\"\ncontent.text = \"新到的春茶，请来品尝。\"\nvisible_range.audience = \"华东VIP\"\nschedule.cron = \"0 9 * * TUE\"\n";
    // As an editor would go on, one finding after another.
    for _ in 0..5 {
        let (_, wrong) = wrong_suggestions(&[&toml, policy, used]);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let found = verdict(&[&toml, policy, used]).findings;
        let Some(first) = found.first() else { break };
        let suggestion = first.suggestion.as_ref().unwrap_or_else(|| panic!("no suggestion: {first:#?}"));
        toml = suggestion.applied("spring.toml", &toml).unwrap();
    }
    assert_eq!(toml.strip_prefix(&head).map(str::trim_end), Some(wanted));
}

#[test]
fn slips_of_keys_and_types() {
    becomes("titel = \"春\"", "title = \"春\"");
    becomes("\"标题\" = \"春\"", "title = \"春\"");
    becomes("标题 = \"春\"", "title = \"春\"");
    becomes("content.txet = \"春\"", "content.text = \"春\"");
    becomes("visible_range.sender_lists.user_list = [\"a\"]", "visible_range.sender_list.user_list = [\"a\"]");
    becomes("visible_range.sender_list.userlist = [\"a\"]", "visible_range.sender_list.user_list = [\"a\"]");
    becomes(
        "visible_range.external_contacts_list.tag_list = [\"etAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"]",
        "visible_range.external_contact_list.tag_list = [\"etAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"]",
    );
    becomes(
        "visible_range.sender_list.user_list = \"a|b，c\"",
        "visible_range.sender_list.user_list = [\"a\", \"b\", \"c\"]",
    );
    becomes("visible_range.sender_list.user_list = [1001]", "visible_range.sender_list.user_list = [\"1001\"]");
    becomes("visible_range.sender_list.department_list = 2", "visible_range.sender_list.department_list = [2]");
    becomes("visible_range.sender_list.department_list = [\"2\"]", "visible_range.sender_list.department_list = [2]");
    becomes(
        "visible_range.sender_list.user_list = [\"li\u{200b}si\"]",
        "visible_range.sender_list.user_list = [\"lisi\"]",
    );
    becomes("visible_range.sender_list.users = [\"lisi\"]", "visible_range.sender_list.user_list = [\"lisi\"]");
    becomes("schedule.when = 2026-12-12T09:00:00", "schedule.at = 2026-12-12T09:00:00");
    becomes("visible_range.sender_list.user_list = [\" lisi \"]", "visible_range.sender_list.user_list = [\"lisi\"]");
    becomes("visible_range.audience = \"华东vip\"", "visible_range.audience = \"华东VIP\"");
    becomes("content.images = \"media/image.jpg\"", "content.images = [\"media/image.jpg\"]");
    becomes("content.images = [\"media/imgae.jpg\"]", "content.images = [\"media/image.jpg\"]");
    becomes("content.images = [\"media\\\\image.jpg\"]", "content.images = [\"media/image.jpg\"]");
    becomes("content.images = [\"media\\image.jpg\"]", "content.images = [\"media/image.jpg\"]");
    becomes("content.images = ['media\\image.jpg']", "content.images = ['media/image.jpg']");
    becomes("title = 2026", "title = \"2026\"");
    becomes(
        "allow = [\"blank-egdes\"]\ncontent.text = \"\"\"\n\n春\"\"\"",
        "allow = [\"blank-edges\"]\ncontent.text = \"\"\"\n\n春\"\"\"",
    );
}

#[test]
fn slips_of_dates_and_lengths() {
    let with = |line: &str| format!("schedule.cron = \"0 9 * * *\"\n{line}");
    let slip = |line: &str, wanted: &str| becomes(&with(line), &with(wanted));
    slip("schedule.start = 2026/12/01", "schedule.start = 2026-12-01");
    slip("schedule.start = \"2026/12/01\"", "schedule.start = 2026-12-01");
    slip("schedule.start = 2026年12月1日", "schedule.start = 2026-12-01");
    slip("schedule.skip = 2026-12-01", "schedule.skip = [2026-12-01]");
    slip("schedule.skip = \"2026/12/01\"", "schedule.skip = [2026-12-01]");
    slip("schedule.skip = [\"2026/2/14 至 2026/2/22\"]", "schedule.skip = [{ from = 2026-02-14, to = 2026-02-22 }]");
    slip(
        "schedule.skip = [{ form = 2026-02-14, to = 2026-02-22 }]",
        "schedule.skip = [{ from = 2026-02-14, to = 2026-02-22 }]",
    );
    slip(
        "schedule.skip = { from = 2026-02-14, to = 2026-02-22 }",
        "schedule.skip = [{ from = 2026-02-14, to = 2026-02-22 }]",
    );
    slip("schedule.skip = [[2026-02-14, 2026-02-22]]", "schedule.skip = [{ from = 2026-02-14, to = 2026-02-22 }]");
    slip(
        "schedule.skip = [{ from = 2026-02-14, until = 2026-02-22 }]",
        "schedule.skip = [{ from = 2026-02-14, to = 2026-02-22 }]",
    );
    slip("schedule.skip = [2026-02-14..2026-02-22]", "schedule.skip = [{ from = 2026-02-14, to = 2026-02-22 }]");
    slip("schedule.skip = [2026-02-14, 2026/2/16]", "schedule.skip = [2026-02-14, 2026-02-16]");
    slip("schedule.max_lateness = \"30分钟\"", "schedule.max_lateness = \"30m\"");
    slip("schedule.days = \"workdays\"", "schedule.days = \"workday\"");
    becomes("schedule.at = 2026-12-12T09:00", "schedule.at = 2026-12-12T09:00:00");
    becomes(
        "schedule.at = [2026-12-11T09:00:00, 2026/12/12 9:00]",
        "schedule.at = [2026-12-11T09:00:00, 2026-12-12T09:00:00]",
    );
    becomes("schedule.at = 2026-12-12T09:00:60", "schedule.at = 2026-12-12T09:00:59");
    becomes("schedule.at = 2026/12/12 09:00", "schedule.at = 2026-12-12T09:00:00");
    becomes("schedule.at = \"2026年12月12日 9:00\"", "schedule.at = 2026-12-12T09:00:00");
}

#[test]
fn slips_in_other_files() {
    let campaign = "id = \"a\"\ncontent.text = \"春\"\nvisible_range.sender_list.user_list = [\"lisi\"]\nschedule.cron = \"0 9 * * MON\"\n";
    let becomes = |file: &str, written: &str, wanted: &str| {
        let head = format!("# file: {file}\n");
        let block = format!("{head}{written}\n");
        let (count, wrong) = wrong_suggestions(&[&block, campaign]);
        assert!(count > 0 && wrong.is_empty(), "{written}: {count} {wrong:#?}");
        let found = verdict(&[&block, campaign]).findings;
        let suggestion = found.iter().find_map(|it| it.suggestion.as_ref()).unwrap();
        assert_eq!(suggestion.applied(file, &block).unwrap(), format!("{head}{wanted}\n"));
    };
    becomes("policy.toml", "limits.max_per_days = 2", "limits.max_per_day = 2");
    becomes(
        "policy.toml",
        "calendar.blackout = [{ from = 2026/12/01, to = 2026-12-05 }]",
        "calendar.blackout = [{ from = 2026-12-01, to = 2026-12-05 }]",
    );
    becomes(
        "calendar.toml",
        "holidays = [{ name = \"司庆\", form = 2026-06-08, to = 2026-06-09 }]",
        "holidays = [{ name = \"司庆\", from = 2026-06-08, to = 2026-06-09 }]",
    );
    let quoted =
        "# file: calendar.toml\nholidays = [{ name = \"司庆\", from = \"2026-06-08\", to = \"2026-06-09\" }]\n";
    assert_eq!(verdict(&[quoted, campaign]).findings, []);
}

#[test]
fn slips_of_quotes_and_characters() {
    becomes("title = “今天，快来”", "title = \"今天，快来\"");
    becomes("title ＝ 「今天」　# 说明，如此", "title = \"今天\" # 说明，如此");
    becomes("title = \"今天是\"会员日\"，快来\"", "title = \"今天是“会员日”，快来\"");
    becomes("title = 春季", "title = \"春季\"");
    becomes("\u{feff}title = \"春\"", "title = \"春\"");
    becomes(
        "visible_range.sender_list.user_list = [\"a\"， \"b\"]",
        "visible_range.sender_list.user_list = [\"a\", \"b\"]",
    );
    becomes("content.text = \"原价¥199\\现价\"", "content.text = \"原价¥199\\\\现价\"");
    becomes("content.text = \"春\\u200B季\"", "content.text = \"春季\"");
    becomes("content.text = \"5折&nbsp;起 &lt;限时&gt; &quot;\"", "content.text = \"5折 起 <限时> \\\"\"");
    becomes("content.text = '第一行\\n第二行'", "content.text = \"第一行\\n第二行\"");
    becomes("content.text = \"第一行\\\\n第二行\"", "content.text = \"第一行\\n第二行\"");
    let link = |url: &str| format!("content.link = {{ title = \"春\", url = \"{url}\", cover = \"media/cover.jpg\" }}");
    becomes(&link("https：//example.com/s"), &link("https://example.com/s"));
    becomes(&link("https://example.com/s?a=1&amp;b=2"), &link("https://example.com/s?a=1&b=2"));
    becomes(&link("https://example.com/100%"), &link("https://example.com/100%25"));
    becomes(&link("https://me@example.com/"), &link("https://example.com/"));
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

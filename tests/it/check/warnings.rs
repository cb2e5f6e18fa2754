//! Probable mistakes: warnings, and how a file suppresses them.

use super::block::{finds, verdict};

const WHO: &str = "visible_range.sender_list.user_list = [\"zhangshan\"]";
const WHEN: &str = "schedule.cron = \"0 9 * * MON\"";

fn campaign(content: &str, who: &str, when: &str) -> String {
    format!("id = \"a\"\n{content}\n{who}\n{when}\n")
}

#[track_caller]
fn content(content: &str, codes: &[&str]) {
    finds(&[&campaign(content, WHO, WHEN)], codes);
}

#[track_caller]
fn text(text: &str, codes: &[&str]) {
    content(&format!("content.text = {}", toml::Value::from(text)), codes);
}

#[track_caller]
fn who(who: &str, codes: &[&str]) {
    finds(&[&campaign("content.text = \"春季新品\"", who, WHEN)], codes);
}

#[track_caller]
fn when(when: &str, codes: &[&str]) {
    finds(&[&campaign("content.text = \"春季新品\"", WHO, when)], codes);
}

/// The span of the only finding, as text.
#[track_caller]
fn points_at(toml: &str, stretch: &str) {
    let found = verdict(&[toml]).findings;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(&toml[found[0].place.span.clone().unwrap()], stretch);
}

#[test]
fn placeholders() {
    for line in ["TODO 写正文", "价格待定", "满XXX减50", "${city}店", "<%= x %>"] {
        text(line, &["placeholder"]);
    }
    for line in ["XXL码有货", "MAXXXL", "20XX年", "{ }", "a { b", "100%满意"] {
        text(line, &[]);
    }
    text("XXXX和TODO和XXX", &["placeholder"; 3]);
}

#[test]
fn placeholders_are_located_in_every_string_form() {
    points_at(&campaign("content.text = \"\"\"\n春季\\\n  {{店名}}\n\"\"\"", WHO, WHEN), "{{店名}}");
    points_at(&campaign("content.text = '春季🎉XXX'", WHO, WHEN), "XXX");
    points_at(&campaign("content.text = \"\\u6625\\U0001F389TODO\"", WHO, WHEN), "TODO");
}

#[test]
fn addresses_in_the_text() {
    for line in
        ["见 https://example.com", "https://example.com/a?b=c#d\n新品", "见https://example.com/ 新品", "https://"]
    {
        text(line, &[]);
    }
    for line in ["见https://example.com新品", "（https://example.com）", "https：//example.com", "https:// example.com"]
    {
        text(line, &["link-in-text"]);
    }
}

#[test]
fn blank_edges() {
    text("\n春季", &["blank-edges"]);
    text("春季\n\n", &["blank-edges"]);
    text("  \n春季\n \n", &["blank-edges", "blank-edges"]);
    text("春季\n", &[]);
    text("春\n\n季", &[]);
    text("  春季", &[]);
}

#[test]
fn what_repeats_within_a_campaign() {
    content("content.images = [\"media/1.jpg\", \"media/../media/1.jpg\"]", &["repeated-image"]);
    who("visible_range.sender_list = { user_list = [\"a\", \"a\"], department_list = [2, 2] }", &["repeated-entry"; 2]);
    who("visible_range.external_contact_list.tag_list = [\"etA\", \"etB\", \"etA\"]", &["repeated-entry"]);
}

#[test]
fn an_upload_by_hand() {
    content("content.link = { url = \"https://example.com\", cover = { media_id = \"x\" } }", &["media-id"]);
    content("content.video = { media_id = \"x\" }", &["media-id"]);
}

#[test]
fn everyone_warning_can_be_allowed() {
    let policy = "# file: policy.toml\n[audiences.staff]\nall = true\n";
    let campaign = campaign("content.text = \"春季新品\"", "visible_range.audience = \"staff\"", WHEN);
    finds(&[policy, &campaign], &["everyone"]);
    finds(&[policy, &format!("allow = [\"everyone\"]\n{campaign}")], &[]);
}

#[test]
fn traps_of_schedules() {
    when("schedule.cron = \"0 9 */7 * *\"", &["uneven-steps"]);
    when("schedule.cron = \"0 9 30 * *\"", &["skipped-months"]);
    when("schedule.cron = \"0 9 29 2 *\"", &["skipped-months"]);
    when("schedule.cron = \"0 9 * * MON#5\"", &["skipped-months"]);
    when("schedule.cron = \"0 9 L * *\"", &[]);
    when("schedule = { cron = \"0 9 * * MON\", timezone = \"EST\" }", &["odd-timezone"]);
    when("schedule.cron = \"0 9,12,18 * * MON\"", &["twice-a-day"]);
    when("schedule.cron = \"0 9,12,15,18 * * MON\"", &["too-many-a-day"]);
    when("schedule.at = [2026-03-02T09:00:00, 2026-03-02T18:00:00]", &["twice-a-day"]);
}

#[test]
fn the_zone_of_the_policy_is_told_once() {
    let campaigns: Vec<String> = (0..3)
        .map(|n| format!("# file: {n}.toml\nid = \"a{n}\"\ncontent.text = \"第{n}期\"\n{WHO}\n{WHEN}\n"))
        .collect();
    let mut blocks: Vec<&str> = campaigns.iter().map(String::as_str).collect();
    blocks.push("# file: policy.toml\ntimezone = \"EST\"\n");
    finds(&blocks, &["odd-timezone"]);
    *blocks.last_mut().unwrap() = "# file: policy.toml\ntimezone = \"Beijing\"\n";
    finds(&blocks, &["bad-policy"]);
}

#[test]
fn the_policy_sets_the_daily_limit() {
    let policy = |most| format!("# file: policy.toml\n[limits]\nmax_per_day = {most}\n");
    let twice = campaign("content.text = \"春季新品\"", WHO, "schedule.cron = \"0 9,18 * * MON\"");
    finds(&[&policy(1), &twice], &["too-many-a-day"]);
    finds(&[&policy(2), &twice], &["twice-a-day"]);
}

#[test]
fn newer_toml() {
    for newer in ["content = { text = \"春季\", }", "content = {\n  text = \"春季\"\n}", "content.text = \"春\\x41季\""]
    {
        content(newer, &["new-toml-syntax"]);
    }
    for older in [
        "content = { text = \"\"\"\n春\n季\"\"\" }",
        "content.images = [\n  \"media/1.jpg\",\n]",
        "content.text = '\\x41'",
    ] {
        content(older, &[]);
    }
}

#[test]
fn warnings_are_allowed_and_errors_are_not() {
    let toml = campaign("content.text = \"TODO 春季新品\"", WHO, WHEN);
    finds(&[&format!("allow = [\"placeholder\"]\n{toml}")], &[]);
    finds(&[&format!("allow = [\"placeholder\", \"placeholder\"]\n{toml}")], &["unused-allow"]);
    finds(&[&format!("allow = [\"placeholders\"]\n{toml}")], &["unused-allow", "placeholder"]);
    finds(&[&format!("allow = [\"unused-allow\"]\n{toml}")], &["unused-allow", "placeholder"]);
    let bad = campaign("content.text = \"\"", WHO, WHEN);
    finds(&[&format!("allow = [\"empty-content\"]\n{bad}")], &["unused-allow", "empty-content"]);
}

#[test]
fn an_unreadable_line_keeps_allow_entries_in_use() {
    let toml = campaign("content.text = “TODO”", WHO, WHEN);
    finds(&[&format!("allow = [\"placeholder\"]\n{toml}")], &["bad-syntax"]);
}

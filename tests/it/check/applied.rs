//! Suggestions, when applied: each resolves its finding and adds none.

use super::block::verdict;
use super::pages::wrong_suggestions;
use drumbeat::text::Lang::En as EN;

const SENDERS: &str = "visible_range.sender_list.user_list = [\"zhangshan\"]\n";

/// Applying the suggestions to a campaign's lines gives the expected lines, without findings.
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
    // Applies one finding after another, as an editor would.
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
    slip("schedule.start = 2026/12/01", "schedule.start = \"2026-12-01\"");
    slip("schedule.start = \"2026/12/01\"", "schedule.start = \"2026-12-01\"");
    slip("schedule.start = 2026年12月1日", "schedule.start = \"2026-12-01\"");
    slip("schedule.skip = 2026-12-01", "schedule.skip = [2026-12-01]");
    slip("schedule.skip = \"2026/12/01\"", "schedule.skip = [\"2026-12-01\"]");
    slip(
        "schedule.skip = [\"2026/2/14 至 2026/2/22\"]",
        "schedule.skip = [{ from = \"2026-02-14\", to = \"2026-02-22\" }]",
    );
    slip(
        "schedule.skip = [{ form = 2026-02-14, to = 2026-02-22 }]",
        "schedule.skip = [{ from = 2026-02-14, to = 2026-02-22 }]",
    );
    slip(
        "schedule.skip = { from = 2026-02-14, to = 2026-02-22 }",
        "schedule.skip = [{ from = 2026-02-14, to = 2026-02-22 }]",
    );
    slip(
        "schedule.skip = [[2026-02-14, 2026-02-22]]",
        "schedule.skip = [{ from = \"2026-02-14\", to = \"2026-02-22\" }]",
    );
    slip(
        "schedule.skip = [{ from = 2026-02-14, until = 2026-02-22 }]",
        "schedule.skip = [{ from = 2026-02-14, to = 2026-02-22 }]",
    );
    slip(
        "schedule.skip = [2026-02-14..2026-02-22]",
        "schedule.skip = [{ from = \"2026-02-14\", to = \"2026-02-22\" }]",
    );
    slip("schedule.skip = [2026-02-14, 2026/2/16]", "schedule.skip = [2026-02-14, \"2026-02-16\"]");
    slip("schedule.max_lateness = \"30分钟\"", "schedule.max_lateness = \"30m\"");
    slip("schedule.days = \"workdays\"", "schedule.days = \"workday\"");
    slip("schedule.days = \"工作日\"", "schedule.days = \"workday\"");
    slip("schedule.on_day_off = \"顺延\"", "schedule.on_day_off = \"after\"");
    slip("schedule.on_day_off = \"提前\"", "schedule.on_day_off = \"before\"");
    becomes("schedule.at = 2026-12-12T09:00", "schedule.at = 2026-12-12T09:00:00");
    becomes(
        "schedule.at = [2026-12-11T09:00:00, 2026/12/12 9:00]",
        "schedule.at = [2026-12-11T09:00:00, \"2026-12-12 09:00\"]",
    );
    becomes("schedule.at = 2026-12-12T09:00:60", "schedule.at = \"2026-12-12 09:00:59\"");
    becomes("schedule.at = 2026/12/12 09:00", "schedule.at = \"2026-12-12 09:00\"");
    becomes("schedule.at = \"2026年12月12日 9:00\"", "schedule.at = \"2026-12-12 09:00\"");
    becomes("schedule.cron = \"0 9 * * MON 每周一\"", "schedule.cron = \"0 9 * * MON\"");
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
        "calendar.blackout = [{ from = \"2026-12-01\", to = 2026-12-05 }]",
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
fn several_entries_in_one_text() {
    for (written, wanted) in [
        ("zhangshan，lisi", "\"zhangshan\", \"lisi\""),
        ("zhangshan lisi", "\"zhangshan\", \"lisi\""),
        ("zhangshan;lisi；wangwu", "\"zhangshan\", \"lisi\", \"wangwu\""),
        ("zhangshan/lisi", "\"zhangshan\", \"lisi\""),
    ] {
        let list = |entries: &str| format!("visible_range.sender_list.user_list = [{entries}]");
        becomes(&list(&format!("\"{written}\"")), &list(wanted));
    }
    becomes(
        "visible_range.sender_list.user_list = [\"zhangshan,lisi\", \"zhaoliu\"]",
        "visible_range.sender_list.user_list = [\"zhangshan\", \"lisi\", \"zhaoliu\"]",
    );
    becomes("visible_range.sender_list.user_list = \"a b\"", "visible_range.sender_list.user_list = [\"a\", \"b\"]");
    becomes(
        "visible_range.sender_list.department_list = [\"2、3\"]",
        "visible_range.sender_list.department_list = [2, 3]",
    );
    let ids = ["etAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "etBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"];
    becomes(
        &format!("visible_range.external_contact_list.tag_list = [\"{}, {}\"]", ids[0], ids[1]),
        &format!("visible_range.external_contact_list.tag_list = [\"{}\", \"{}\"]", ids[0], ids[1]),
    );
}

/// The nearest of several names would drop the others.
#[test]
fn several_names_in_one_text() {
    let directory = "# file: directory.toml\n".to_owned() + include_str!("../../../campaigns/directory.toml");
    let tags = directory.split("[[tag_groups.tags]]").skip(1);
    let names: Vec<&str> = tags.map(|tag| tag.split("name = \"").nth(1).unwrap().split('"').next().unwrap()).collect();
    assert!(names.len() > 1, "{names:?}");
    let campaign = |entry: &str| {
        format!(
            "id = \"a\"\ncontent.text = \"春\"\nvisible_range.external_contact_list.tag_list = [{entry}]\nschedule.cron = \"0 9 * * MON\"\n"
        )
    };
    let joined = format!("\"{},{}\"", names[0], names[1]);
    let toml = campaign(&joined);
    let found = verdict(&[&directory, &toml]).findings;
    let told = found.iter().find(|it| it.code == "unknown-name").unwrap_or_else(|| panic!("{found:#?}"));
    assert_eq!(
        told.help.as_ref().map(|it| it.get(EN)),
        Some(&*format!("write `[\"{}\", \"{}\"]`", names[0], names[1]))
    );
    let applied = told.suggestion.as_ref().unwrap().applied("spring.toml", &toml).unwrap();
    assert_eq!(applied, campaign(&format!("\"{}\", \"{}\"", names[0], names[1])));
    let slip = campaign(&format!("\"{},{}x\"", names[0], names[1]));
    let found = verdict(&[&directory, &slip]).findings;
    let told = found.iter().find(|it| it.code == "unknown-name").unwrap();
    assert!(
        told.suggestion.is_none() && told.help.as_ref().map(|it| it.get(EN)).unwrap().starts_with("put each name"),
        "{told:#?}"
    );
}

#[test]
fn values_become_tables() {
    becomes(
        "visible_range.sender_list = [\"zhangshan\"]",
        "visible_range.sender_list = { user_list = [\"zhangshan\"] }",
    );
    becomes("visible_range.sender_list = \"zhangshan\"", "visible_range.sender_list = { user_list = [\"zhangshan\"] }");
    becomes("visible_range.sender_list = [2, 3]", "visible_range.sender_list = { department_list = [2, 3] }");
    becomes(
        "visible_range.external_contact_list = \"etAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"",
        "visible_range.external_contact_list = { tag_list = [\"etAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"] }",
    );
    becomes("content = \"春季新品\"", "content = { text = \"春季新品\" }");
    becomes("schedule = \"0 9 * * MON\"", "schedule = { cron = \"0 9 * * MON\" }");
    becomes(
        "schedule.cron = \"0 9 * * *\"\nschedule.max_lateness = 30",
        "schedule.cron = \"0 9 * * *\"\nschedule.max_lateness = \"30m\"",
    );
    becomes(
        "schedule.cron = \"0 9 * * *\"\nschedule.max_lateness = \"30\"",
        "schedule.cron = \"0 9 * * *\"\nschedule.max_lateness = \"30m\"",
    );
    becomes("schedule.cron = 10:15", "schedule.cron = \"15 10 * * *\"");
    becomes("schedule.cron = 10:15:00", "schedule.cron = \"15 10 * * *\"");
    becomes("schedule.时间 = \"15 10 * * MON\"", "schedule.cron = \"15 10 * * MON\"");
    becomes("schedule.when = \"15 10 * * MON\"", "schedule.cron = \"15 10 * * MON\"");
}

#[test]
fn marks_of_other_languages() {
    becomes("title： \"春\"", "title = \"春\"");
    becomes("title: \"春\"", "title = \"春\"");
    becomes("title:\"春\"", "title = \"春\"");
    becomes("content.images = [\"media/image.jpg\"。]", "content.images = [\"media/image.jpg\"]");
    becomes(
        "visible_range.sender_list.user_list = [\"a\"。\"b\"；]",
        "visible_range.sender_list.user_list = [\"a\",\"b\"]",
    );
    becomes(
        "visible_range.sender_list.user_list = \"a\", \"b\"",
        "visible_range.sender_list.user_list = [\"a\", \"b\"]",
    );
    becomes("title = \"春\",", "title = \"春\"");
    becomes("title = \"春\";", "title = \"春\"");
    becomes("title = \"春\"。", "title = \"春\"");
    becomes(
        "visible_range.sender_list.user_list = [\"a\";\"b\"]",
        "visible_range.sender_list.user_list = [\"a\",\"b\"]",
    );
    becomes("content.text = '第一行\n第二行'", "content.text = '''第一行\n第二行'''");
    becomes("// 备注", "# 备注");
    becomes("-- 备注 = 1", "# 备注 = 1");
    becomes("title = \"春\" // 备注", "title = \"春\" # 备注");
    becomes("content.text = \"第一行\n第二行\"", "content.text = \"\"\"第一行\n第二行\"\"\"");
    becomes(
        "content.text = \"第一行\n\n第=三行 [x]\n好\" # 完",
        "content.text = \"\"\"第一行\n\n第=三行 [x]\n好\"\"\" # 完",
    );
    let link = |url: &str| format!("content.link = {{ title = \"春\", url = \"{url}\", cover = \"media/cover.jpg\" }}");
    becomes(&link("https：//a.com／b"), &link("https://a.com/b"));
    becomes(&link(" https://example.com/b "), &link("https://example.com/b"));
}

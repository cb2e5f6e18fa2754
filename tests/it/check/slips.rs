//! Mistakes of people who write TOML for the first time: the finding is at the wrong character, and its help works.

use super::block::{finds, verdict};
use drumbeat::text::Lang::En as EN;

const BEFORE: &str = "id = \"a\"\ncontent.text = \"春季新品\"\nvisible_range.sender_list.user_list = [\"zhangshan\"]\n";

/// The only finding of a file: rule, text at the carets, help.
#[track_caller]
fn helps(toml: &str, code: &str, at: &str, help: &str) {
    let found = verdict(&[toml]).findings;
    let found: Vec<_> = found
        .iter()
        .map(|it| (it.code, &toml[it.place.span.clone().unwrap()], it.help.as_ref().map(|it| it.get(EN)).unwrap()))
        .collect();
    assert_eq!(found, [(code, at, help)]);
}

#[test]
fn a_top_level_key_below_a_head() {
    let toml = format!("{BEFORE}[schedule]\ncron = \"0 9 * * MON\"\nowner = \"wangwu\"\n");
    let help = "`owner` belongs at the top of the file, before the first `[head]`; everything below `[schedule]` belongs to it";
    helps(&toml, "unknown-key", "owner", help);
    let toml = format!("{BEFORE}cron = \"0 9 * * MON\"\nschedule.at = 2026-12-01T09:00:00\n");
    helps(&toml, "unknown-key", "cron", "`cron` belongs to `[schedule]`");
}

#[test]
fn keys_in_chinese() {
    let rest = format!("{BEFORE}schedule.cron = \"0 9 * * MON\"\n");
    helps(&format!("标题 = \"春\"\n{rest}"), "bad-syntax", "标题", "the key is `title`");
    helps(&format!("\"标题\" = \"春\"\n{rest}"), "unknown-key", "\"标题\"", "the key is `title`");
}

#[test]
fn an_audience_with_a_chinese_name() {
    let campaign = "id = \"a\"\ncontent.text = \"春季新品\"\nvisible_range.audience = \"华东VIP\"\nschedule.cron = \"0 9 * * MON\"\n";
    let policy = "# file: policy.toml\n[audiences.华东VIP]\nsender_list.user_list = [\"zhangshan\"]\n";
    let found = verdict(&[policy, campaign]).findings;
    let told = found.iter().find(|it| it.code == "bad-syntax").unwrap();
    assert_eq!(&policy[told.place.span.clone().unwrap()], "华东VIP");
    assert_eq!(
        told.help.as_ref().map(|it| it.get(EN)),
        Some("write `[audiences.\"华东VIP\"]`; a name in Chinese is fine in quotes")
    );
    finds(&[&policy.replace("华东VIP", "\"华东VIP\""), campaign], &[]);
}

#[test]
fn quotes_inside_of_quotes() {
    let rest = "visible_range.sender_list.user_list = [\"zhangshan\"]\nschedule.cron = \"0 9 * * MON\"\n";
    let toml = format!("id = \"a\"\ncontent.text = \"今天是\"会员日\"，快来\"\n{rest}");
    let help = "write `“ ”` for the inner quotes, or put the whole text between `'''` and `'''`";
    helps(&toml, "bad-syntax", "\"", help);
    finds(&[&toml.replace("\"会员日\"", "“会员日”")], &[]);
}

#[test]
fn a_backslash_in_a_path() {
    let toml = format!("{BEFORE}schedule.cron = \"0 9 * * MON\"\ncontent.images = [\"素材\\会员日1.png\"]\n");
    let found = verdict(&[&toml]).findings;
    assert_eq!(
        found[0].help.as_ref().map(|it| it.get(EN)),
        Some("write `/` between the parts of a path"),
        "{found:#?}"
    );
    assert_eq!(found.len(), 1);
}

#[test]
fn the_commas_of_a_text_are_right() {
    let rest = "visible_range.sender_list.user_list = [\"zhangshan\"]\nschedule.cron = \"0 9 * * MON\"\n";
    let text = |inner: &str| {
        format!("id = \"a\"\n[content]\ntext = \"\"\"\n{inner}，仅三天。\n\"\"\"\n")
            .replace("[content]\ntext", "content.text")
            + rest
    };
    let found = verdict(&[&text("原价\\现价")]).findings;
    assert_eq!(found[0].message.get(EN), "TOML does not know this escape", "{found:#?}");
    let found = verdict(&[&text("第一行\u{b}第二行")]).findings;
    assert_eq!(found[0].message.get(EN), "TOML does not allow a vertical tab (U+000B) here", "{found:#?}");
    assert_eq!(
        found[0].help.as_ref().map(|it| it.get(EN)),
        Some("it comes from Shift+Enter in Word or WPS: replace it with Enter")
    );
}

#[test]
fn an_invisible_character_outside_of_quotes() {
    let toml = format!("{BEFORE}\u{feff}[schedule]\ncron = \"0 9 * * MON\"\n");
    helps(&toml, "bad-syntax", "\u{feff}", "remove it");
}

#[test]
fn dates_in_other_forms() {
    let with = |line: &str| format!("{BEFORE}schedule.cron = \"0 9 * * *\"\n{line}\n");
    for written in ["2026/12/01", "2026年12月1日", "2026\u{2011}12\u{2011}01"] {
        helps(
            &with(&format!("schedule.start = {written}")),
            "bad-syntax",
            written,
            "write `schedule.start = \"2026-12-01\"`",
        );
    }
    helps(&with("schedule.start = \"2026/12/01\""), "wrong-type", "\"2026/12/01\"", "write `\"2026-12-01\"`");
    let at = |value: &str| format!("{BEFORE}schedule.at = {value}\n");
    helps(&at("2026/12/12 09:00"), "bad-syntax", "2026/12/12 09:00", "write `schedule.at = \"2026-12-12 09:00\"`");
    helps(
        &at("2026/12/12"),
        "bad-syntax",
        "2026/12/12",
        "write `schedule.at = \"2026-12-12 09:00\"`, with the time that is meant",
    );
}

#[test]
fn dates_that_are_not_written_yet() {
    for at in ["YYYY-MM-DDT09:00:00", "\"YYYY-MM-DD 09:00\"", "[\"YYYY-MM-DD 09:00\"]"] {
        let toml = format!("{BEFORE}schedule.at = {at}\n");
        let found = verdict(&[&toml]).findings;
        assert_eq!(found[0].message.get(EN), "a date is not written yet", "{found:#?}");
        assert_eq!(found.len(), 1, "{found:#?}");
    }
    // Examples in help can be copied as they are, so none of them is in the past.
    for lines in [
        String::new(),
        "schedule = {}".to_owned(),
        "schedule.cron = \"0 9 * * MON\"\nschedule.max_runs = 3".to_owned(),
        "schedule.cron = \"0 9 * * MON\"\nschedule.start = 09:00:00".to_owned(),
        "schedule.cron = \"0 9 * * MON\"\nschedule.skip = [true]".to_owned(),
        "schedule.at = true".to_owned(),
        "schedule.at = []".to_owned(),
        "schedule.at = 2026-02-30T09:00:00".to_owned(),
        "schedule.at = 2026-13-01T09:00:00".to_owned(),
    ] {
        let found = verdict(&[&format!("{BEFORE}{lines}\n")]).findings;
        assert!(!found.is_empty(), "{lines}");
        let written: String = found
            .iter()
            .flat_map(|it| [Some(it.message.get(EN)), it.help.as_ref().map(|it| it.get(EN))])
            .flatten()
            .collect();
        let years: Vec<_> =
            written.match_indices("20").map(|(at, _)| &written[at..(at + 10).min(written.len())]).collect();
        assert!(years.iter().all(|date| *date >= "2026-01-01" || lines.contains(date)), "{lines}: {written}");
    }
}

#[test]
fn line_ends_of_an_old_mac() {
    let toml = format!("{BEFORE}schedule.cron = \"0 9 * * MON\"\n").replace('\n', "\r");
    let found = verdict(&[&toml]).findings;
    let [finding] = &found[..] else { panic!("{found:#?}") };
    assert!(finding.message.get(EN).starts_with("the lines end with a carriage return alone"), "{finding:#?}");
    let applied = finding.suggestion.as_ref().unwrap().applied("spring.toml", &toml).unwrap();
    finds(&[&applied], &[]);
}

#[test]
fn a_multiline_text_with_windows_line_ends() {
    let rest = "visible_range.sender_list.user_list = [\"zhangshan\"]\nschedule.cron = \"0 9 * * MON\"\n";
    let toml = format!("id = \"a\"\ncontent.text = \"第一行\n第二行\"\n{rest}").replace('\n', "\r\n");
    let found = verdict(&[&toml]).findings;
    let [finding] = &found[..] else { panic!("{found:#?}") };
    let applied = finding.suggestion.as_ref().unwrap().applied("spring.toml", &toml).unwrap();
    finds(&[&applied], &[]);
}

#[test]
fn swapped_image_and_video() {
    let rest = "id = \"a\"\nvisible_range.sender_list.user_list = [\"zhangshan\"]\nschedule.cron = \"0 9 * * MON\"\n";
    for (line, help) in [
        ("content.video = \"media/image.jpg\"", "write pictures in `images`"),
        ("content.images = [\"media/video.mp4\"]", "write a video in `video`"),
    ] {
        let found = verdict(&[&format!("{rest}{line}\n")]).findings;
        let told = found.iter().find(|it| it.code == "wrong-media-kind").unwrap();
        assert!(told.help.as_ref().map(|it| it.get(EN)).unwrap().starts_with(help), "{told:#?}");
    }
}

#[test]
fn invalid_dates_get_no_advice_to_add_quotes() {
    let at = "write year, month and day in the form `schedule.at = \"YYYY-MM-DD 09:00\"`";
    for written in ["12/01/2026 09:00", "2026-12-01 上午9点", "2026-12-01 9:00 AM", "明天"] {
        helps(&format!("{BEFORE}schedule.at = {written} # soon\n"), "bad-syntax", written, at);
    }
    let start = "write year, month and day in the form `schedule.start = \"YYYY-MM-DD\"`";
    helps(&format!("{BEFORE}schedule.cron = \"0 9 * * *\"\nschedule.start = 明天\n"), "bad-syntax", "明天", start);
    let help = "write `\"2026-12-01 09:00\"`, with the time that is meant";
    helps(&format!("{BEFORE}schedule.at = 20261201\n"), "wrong-type", "20261201", help);
}

#[test]
fn dates_in_quotes() {
    let with = |line: &str| format!("{BEFORE}schedule.cron = \"0 9 * * *\"\n{line}\n");
    finds(
        &[&with(
            "schedule.start = \"2026-12-12\"\nschedule.end = \"2027-01-01 10:00\"\nschedule.skip = [\"2026-12-24\"]",
        )],
        &[],
    );
    for at in ["\"2026-12-12 09:00\"", "\"2026-12-12T09:00:00\"", "[\"2026-12-12 09:00:00\"]"] {
        let verdict = verdict(&[&format!("{BEFORE}schedule.at = {at}\n")]);
        assert_eq!(verdict.findings, []);
        let schedule = verdict.campaigns[0].timing.schedule.expand();
        let due = schedule.between("2026-01-01T00:00:00Z".parse().unwrap(), "2027-01-01T00:00:00Z".parse().unwrap());
        let due: Vec<_> = due.map(|it| it.at.to_rfc3339()).collect();
        assert_eq!(due, ["2026-12-12T01:00:00+00:00"], "{at}");
    }
}

#[test]
fn a_range_of_skip() {
    let with = |skip: &str| format!("{BEFORE}schedule.cron = \"0 9 * * *\"\nschedule.skip = {skip}\n");
    for skip in [
        "[{ from = 2026-02-14, to = 2026-02-22 }]",
        "[2026-02-01, { from = \"2026-02-14\", to = \"2026-02-22\" }]",
        "[{ from = 2026-02-14, to = 2026-02-14 }]",
    ] {
        finds(&[&with(skip)], &[]);
    }
    let toml = with("[{ from = 2026-02-14, to = 2026-02-22 }]");
    let schedule = verdict(&[&toml]).campaigns[0].timing.schedule.expand();
    let due = schedule.between("2026-02-13T00:00:00Z".parse().unwrap(), "2026-02-23T23:00:00Z".parse().unwrap());
    let due: Vec<_> = due.map(|it| it.local.to_string()).collect();
    assert_eq!(due, ["2026-02-13 09:00:00", "2026-02-23 09:00:00"]);

    helps(
        &with("[{ from = 2026-02-22, to = 2026-02-14 }]"),
        "bad-schedule",
        "{ from = 2026-02-22, to = 2026-02-14 }",
        "write `{ from = \"2026-02-14\", to = \"2026-02-22\" }`, or check the year",
    );
    helps(
        &with("[{ from = 2026-02-14T09:00:00, to = 2026-02-22 }]"),
        "bad-schedule",
        "2026-02-14T09:00:00",
        "write `\"2026-02-14\"`",
    );
    helps(
        &with("[{ from = 2026-02-14 }]"),
        "missing-key",
        "{ from = 2026-02-14 }",
        "add `to`, the last date or time of the range, which is included",
    );
    helps(&with("[{ form = 2026-02-14, to = 2026-02-22 }]"), "unknown-key", "form", "did you mean `from`?");
    helps(
        &with("[{ from = 2026-02-14, to = 2026-02-22, form = 2026-02-14 }]"),
        "unknown-key",
        "form",
        "`from` is already here: keep one of the two, as `from`",
    );
    helps(
        &with("[\"2026-02-14 to 2026-02-22\"]"),
        "wrong-type",
        "\"2026-02-14 to 2026-02-22\"",
        "write `{ from = \"2026-02-14\", to = \"2026-02-22\" }`",
    );
}

//! Content that must not reach customers: remains of tools, damaged and invisible characters.

use super::block::{finds, verdict};

fn campaign(text: &str) -> String {
    format!(
        "id = \"a\"\ncontent.text = {text}\nvisible_range.sender_list.user_list = [\"zhangshan\"]\nschedule.cron = \"0 9 * * MON\"\n"
    )
}

#[track_caller]
fn text_finds(text: &str, codes: &[&str]) {
    finds(&[&campaign(text)], codes);
}

#[test]
fn a_conflict_in_a_text_holds_its_campaign() {
    let toml = campaign("\"\"\"\n<<<<<<< HEAD\n八折\n||||||| base\n九折\n=======\n七折\n>>>>>>> x\n\"\"\"");
    let verdict = verdict(&[&toml]);
    let [conflict] = &verdict.findings[..] else { panic!("{:#?}", verdict.findings) };
    assert_eq!((conflict.code, conflict.related.len()), ("merge-conflict", 3));
    assert!(toml[conflict.place.span.clone().unwrap()].starts_with("<<<<<<< HEAD\n") && verdict.campaigns.is_empty());
}

#[test]
fn a_conflict_outside_of_texts_is_one_finding() {
    let toml = "id = \"a\"\ncontent.text = \"春\"\nvisible_range.all = true\nallow = [\"everyone\"]\n[schedule]\n<<<<<<< HEAD\ncron = \"0 9 * * MON\"\n=======\ncron = \"0 10 * * MON\"\n>>>>>>> x\n";
    finds(&[toml], &["merge-conflict"]);
}

#[test]
fn a_text_that_cannot_be_seen_is_empty() {
    text_finds("\"\\u200B\\u200B\"", &["empty-content"]);
    text_finds("\"\\uFEFF \\u2060\\u00AD\"", &["empty-content"]);
    text_finds("\"\\u2800\\u3164\"", &["empty-content"]);
}

#[test]
fn damaged_texts() {
    text_finds("\"新\\uFFFD品\"", &["damaged-text"]);
    text_finds("\"新\\uFFFF品\"", &["damaged-text"]);
    text_finds("\"新\\U0001FFFE品\"", &["damaged-text"]);
    text_finds("\"新\\uFDD0品\"", &["damaged-text"]);
}

#[test]
fn characters_that_cannot_be_seen() {
    text_finds("\"价格 \\u202E元99\\u202C 起\"", &["invisible-character", "invisible-character"]);
    text_finds("\"你\\uFEFF好\"", &["invisible-character"]);
    text_finds("\"👨\\u200D👩\\u200D👧 ❤\\uFE0F\"", &[]);
    // All of Unicode's Default_Ignorable_Code_Point and Bidi_Control, each after a letter.
    let ranges = [
        0xad..=0xad,
        0x34f..=0x34f,
        0x61c..=0x61c,
        0x115f..=0x1160,
        0x17b4..=0x17b5,
        0x180b..=0x180f,
        0x200b..=0x200f,
        0x202a..=0x202e,
        0x2060..=0x206f,
        0x3164..=0x3164,
        0xfe00..=0xfe0f,
        0xfeff..=0xfeff,
        0xffa0..=0xffa0,
        0xfff0..=0xfff8,
        0x1bca0..=0x1bca3,
        0x1d173..=0x1d17a,
        0xe0000..=0xe0fff_u32,
    ];
    for number in ranges.into_iter().flatten() {
        let text: String = ['本', '周', char::from_u32(number).unwrap(), '新'].into_iter().collect();
        let found = verdict(&[&campaign(&format!("\"{text}\""))]).findings;
        assert!(found.iter().any(|it| it.code == "invisible-character"), "U+{number:04X}: {found:#?}");
    }
    text_finds("\"本周\\u200D👧\"", &["invisible-character"]);
    text_finds("\"👧\\u200D本周\"", &["invisible-character"]);
    // Emoji with joiners, variation selectors, keycaps and flags, and letters of joining scripts.
    text_finds(
        "\"👩🏽\\u200D🚀 🏳\\uFE0F\\u200D🌈 ❤\\uFE0F\\u200D🔥 1\\uFE0F\\u20E3 ©\\uFE0F 🇨🇳 🤦🏻\\u200D♂\\uFE0F\"",
        &[],
    );
    text_finds(
        "\"🏴\\U000E0067\\U000E0062\\U000E0073\\U000E0063\\U000E0074\\U000E007F می\\u200Cخواهم क्\\u200Dष\"",
        &[],
    );
}

#[test]
fn leftovers_of_other_tools() {
    text_finds("'第一行\\n第二行'", &["literal-escape"]);
    text_finds("'第一行\\r\\n第二行'", &["literal-escape", "literal-escape"]);
    text_finds("\"5折&nbsp;起 &lt;限时&gt;\"", &["html-in-text", "html-in-text", "html-in-text"]);
    text_finds("\"新品<br/>上架&#39;\"", &["html-in-text", "html-in-text"]);
    for field in
        ["{nickname}", "{客户昵称}", "${name}", "%name%", "【客户昵称】", "#客户昵称#", "[昵称]", "<%= name %>"]
    {
        text_finds(&format!("\"你好{field}，新品上架\""), &["placeholder"]);
    }
    text_finds("\"你好{{name}}，新品上架\"", &["unknown-variable"]);
}

#[test]
fn texts_that_only_hold_the_place_of_one() {
    for text in ["…", "……", "...", "TODO", "待定", "标题", "【正文】", "文案：", "XXX", " … "] {
        text_finds(&format!("\"{text}\""), &["template-text"]);
    }
    for text in ["好！", "新品", "？", "🎉", "TODO list 上新", "标题党来了"] {
        assert!(
            verdict(&[&campaign(&format!("\"{text}\""))]).findings.iter().all(|it| it.code != "template-text"),
            "{text}"
        );
    }
    // The template's own line, without its comment marker.
    let link = "id = \"a\"\ncontent.link = { title = \"标题\", url = \"https://…\", cover = \"media/cover.jpg\" }\nvisible_range.sender_list.user_list = [\"zhangshan\"]\nschedule.cron = \"0 9 * * MON\"\n";
    finds(&[link], &["template-text", "bad-link-url"]);
}

#[test]
fn intended_text_is_not_reported_as_a_placeholder() {
    text_finds("\"{限 3 天} 5%到9% 【限时】 #春季新品# [1] A&B; <九折>\"", &[]);
    text_finds("'目录 C:\\new\\readme'", &[]);
    finds(
        &[
            "id = \"a\"\ncontent.link = { url = \"https://example.com/%E6%98%A5%E5%AD%A3\", title = \"春\", cover = \"media/cover.jpg\" }\nvisible_range.sender_list.user_list = [\"zhangshan\"]\nschedule.cron = \"0 9 * * MON\"\n",
        ],
        &[],
    );
}

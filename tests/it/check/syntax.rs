//! Invalid TOML: one mistake is one finding, at its place, and the rest of the file is still checked.

use super::block::{finds, verdict};
use drumbeat::text::Lang::En as EN;

/// The findings of an invalid file: rule, text at the carets, and headline.
#[track_caller]
fn tells(toml: &str, told: &[(&str, &str, &str)]) {
    let found = verdict(&[toml]).findings;
    let found: Vec<_> = found
        .iter()
        .map(|finding| (finding.code, toml.get(finding.place.span.clone().unwrap()).unwrap(), finding.message.get(EN)))
        .collect();
    assert_eq!(found, told);
}

const REST: &str = "visible_range.sender_list.user_list = [\"zhangshan\"]\nschedule.cron = \"0 9 * * MON\"\n";

#[track_caller]
fn slip(line: &str, at: &str, headline: &str) {
    tells(&format!("id = \"a\"\n{line}\n{REST}"), &[("bad-syntax", at, headline)]);
}

#[test]
fn characters_of_an_input_method() {
    slip("title ＝ \"春\"", "＝", "there is a full-width equals sign `＝` (U+FF1D) where TOML needs `=`");
    slip("title：\"春\"", "：", "a key and its value need `=` between them");
    slip("title = “春”", "“", "there is a curly double quote `“` (U+201C) where TOML needs `\"`");
    slip("title = ‘春’", "‘", "there is a curly single quote `‘` (U+2018) where TOML needs `'`");
    slip("owner = ７", "７", "there is a full-width digit `７` (U+FF17) where TOML needs `7`");
    slip("title\u{a0}= \"春\"", "\u{a0}", "there is a no-break space (U+00A0) where TOML needs a plain space");
    slip("\u{3000}title = \"春\"", "\u{3000}", "there is a full-width space (U+3000) where TOML needs a plain space");
    slip(
        "allow = [\"everyone\"， \"placeholder\"]",
        "，",
        "there is a full-width comma `，` (U+FF0C) where TOML needs `,`",
    );
}

#[test]
fn full_width_characters_inside_quotes_are_not_reported() {
    finds(&[&format!("id = \"a\"\ncontent.text = \"全场九折：“春季”，７天！\" # 注：＝\n{REST}")], &[]);
}

#[test]
fn common_slips() {
    slip("title: \"春\"", ":", "a key and its value need `=` between them");
    slip("title \"春\"", "", "this line is not `key = value`");
    slip("title = 春季", "春季", "a text needs quotes");
    slip("title =", "", "a key has no value");
    slip("title = yes", "yes", "`yes` is not a value of TOML");
    slip("title = \"春季", "", "a text is not closed");
    slip("title = \"C:\\春\"", "", "TOML does not know this escape");
    slip("title = \"a\"\ntitle = \"b\"", "title", "this key is already in the same table");
    slip("title = \"a\u{7}\"", "\u{7}", "TOML does not allow a control character (U+0007) here");
    slip("allow = [\"a\" \"b\"]", "", "a comma is missing between two entries of the list");
}

#[test]
fn an_unclosed_list_does_not_hide_later_keys() {
    let toml = "id = \"a\"\nallow = [\"everyone\"\ntitel = \"b\"\n[content]\ntext = \"春\"\nimages = [\"media/nowhere.jpg\"]\n";
    tells(
        toml,
        &[
            ("bad-syntax", "[", "a list is not closed"),
            ("unknown-key", "titel", "unknown key `titel` at the top of the file"),
            ("missing-media", "\"media/nowhere.jpg\"", "there is no file `media/nowhere.jpg` in the book"),
        ],
    );
}

#[test]
fn an_unclosed_text_ends_before_the_next_head() {
    let toml = "id = \"a\"\n[content]\ntext = \"\"\"\n春季\n[schedule]\ncron = \"0 9 * * MON\"\nzone = \"x\"\n";
    tells(
        toml,
        &[
            ("bad-syntax", "\"\"\"", "a text over several lines is not closed"),
            ("unknown-key", "zone", "unknown key `zone` in `schedule`"),
        ],
    );
}

#[test]
fn keys_below_a_broken_head_belong_nowhere() {
    let toml = "id = \"a\"\n[content】\ntext = \"春\"\n[schedule]\ncron = \"0 25 * * MON\"\n";
    tells(
        toml,
        &[
            ("bad-syntax", "】", "there is a full-width bracket `】` (U+3011) where TOML needs `]`"),
            ("bad-schedule", "25", "`25` is not an hour: the second field takes 0 to 23"),
        ],
    );
}

#[test]
fn every_broken_line_is_told() {
    let toml = "id ＝ \"a\"\ntitle = “b”\n[content]\ntext = \"春\nimages = [\"media/1.jpg\" \"media/2.jpg\"]\n";
    let codes: Vec<&str> = verdict(&[toml]).findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["bad-syntax"; 4]);
}

#[test]
fn other_editors_files_are_fine() {
    let toml = format!("\u{feff}id = \"a\"\ncontent.text = \"春\"\n{REST}").replace('\n', "\r\n");
    finds(&[&toml], &[]);
}

#[test]
fn files_that_are_no_campaigns_at_all() {
    finds(&["---\nid: a\ncontent:\n  text: 春\n"], &["bad-syntax"; 4]);
    finds(&["{\"id\": \"a\"}"], &["bad-syntax"]);
    finds(&[""], &["missing-key"; 4]);
}

//! Makes text from outside harmless for the place that shows it: one function per place.
//!
//! Anyone may propose a campaign file, and WeCom's answers come from the network. Their content is shown as text only:
//! it never controls a terminal, mentions people, makes a link or hides characters from a reviewer.

mod characters;
mod csv;
mod markdown;

pub use characters::{belongs, is_hidden, is_ignorable, name_of_hidden};
pub use csv::cell as csv;
pub use markdown::{code, markdown, markdown_lines};

/// A text for a terminal, on one line: control characters and invisible characters are replaced by their names.
pub fn terminal(text: &str) -> String {
    shown(text, |c| matches!(c, '\n' | '\r' | '\t').then_some(' '))
}

/// As [`terminal`], with line ends and tabs kept.
pub fn terminal_lines(text: &str) -> String {
    shown(text, |c| matches!(c, '\n' | '\t').then_some(c))
}

/// As [`terminal_lines`], but keeps colours: for text that this program has coloured itself.
pub fn terminal_coloured(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        let digits = rest[at + 2..].bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
        let end = at + 2 + digits;
        out.push_str(&terminal_lines(&rest[..at]));
        if rest[end..].starts_with('m') {
            out.push_str(&rest[at..=end]);
            rest = &rest[end + 1..];
        } else {
            out.push_str("[U+001B escape]");
            rest = &rest[at + 1..];
        }
    }
    out.push_str(&terminal_lines(rest));
    out
}

/// A peer's words without anything that may be a credential in any encoding: base64, hexadecimal, percent-encoded,
/// reversed or in another case. Removes words of 20 or more characters, except digits alone and letters of one case. So
/// addresses, codes and the numbers for WeCom's support are kept. `joins` are the characters besides letters and digits
/// that are part of a word.
pub fn redacted(text: &str, joins: &[char]) -> String {
    let ends_word = |c: char| !(c.is_ascii_alphanumeric() || joins.contains(&c));
    let (mut clean, mut rest) = (String::with_capacity(text.len()), text);
    loop {
        let (word, after) = rest.split_at(rest.find(ends_word).unwrap_or(rest.len()));
        clean.push_str(if may_be_credential(word) { "…" } else { word });
        let mut after = after.chars();
        let Some(between) = after.next() else { return clean };
        clean.push(between);
        rest = after.as_str();
    }
}

fn may_be_credential(word: &str) -> bool {
    const LEAST: usize = 20;
    let has = |is: fn(&u8) -> bool| word.as_bytes().iter().any(is);
    let (digit, lower, upper) = (has(u8::is_ascii_digit), has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase));
    word.len() >= LEAST && (digit || (lower && upper)) && !word.bytes().all(|byte| byte.is_ascii_digit())
}

/// A text for a message of a group robot, on one line, without mentions, links or markup.
pub fn robot(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in terminal(text).chars() {
        match c {
            '<' => plain.push('＜'),
            '>' => plain.push('＞'),
            '[' => plain.push('［'),
            ']' => plain.push('］'),
            '*' => plain.push('＊'),
            // WeCom does not say how to escape it, and its code spans are a matter of looks only.
            '`' => {}
            c => plain.push(c),
        }
    }
    plain
}

/// Whether a text can be a member's id in a mention of a group robot. `all`, in any case, would mention the whole
/// group.
pub fn is_mentionable(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '@' | '.');
    (1..=64).contains(&text.len())
        && text.chars().all(fits)
        && !text.trim_start_matches('@').eq_ignore_ascii_case("all")
}

/// `keep` returns the replacement of a control character that is allowed here.
fn shown(text: &str, keep: impl Fn(char) -> Option<char>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        match (keep(c), name_of_hidden(c, before)) {
            (Some(kept), _) => out.push(kept),
            (None, Some(name)) => out.push_str(&format!("[{name}]")),
            (None, None) => out.push(c),
        }
        before = Some(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_credentials_are_scrubbed() {
        const JOINS: &[char] = &['+', '/', '=', '_', '-', '%'];
        for form in [
            "NmZiOTEwMmUtc2VjcmV0LW9mLXRoZS1hcHA=",
            "36666239313032652d7365637265742d6f662d746865",
            "%36%66%62%39%31%30%32%65",
            "ppa-eht-fo-terces-e2019bf6",
            "AbCdEfGhIjKlMnOpQrStUv",
        ] {
            assert_eq!(redacted(&format!("bad <{form}>, try {form}"), JOINS), "bad <…>, try …", "{form}");
        }
        for plain in [
            "not allow to access from your ip, hint: [1700000000000000000000000], from ip: 203.0.113.7",
            "from ip: 2408:8000:1010:1::8, more info at https://open.work.weixin.qq.com/devtool/query?e=60020",
            "invalid userid: zhangshan.2026@example.com",
            "没有权限，请联系管理员",
            "",
        ] {
            assert_eq!(redacted(plain, JOINS), plain);
        }
    }

    #[test]
    fn control_sequences_are_removed() {
        assert_eq!(terminal("a\u{1b}[2Jb\u{9b}1mc\nd\r\te\u{7}"), "a[U+001B escape][2Jb[U+009B]1mc d  e[U+0007]");
        assert_eq!(terminal_lines("a\n\tb\u{85}"), "a\n\tb[U+0085]");
    }

    #[test]
    fn what_cannot_be_seen_is_named() {
        assert_eq!(terminal("买\u{202e}一\u{200b}"), "买[U+202E right-to-left override]一[U+200B zero-width space]");
        assert_eq!(terminal("❤\u{fe0f} 👨\u{200d}👩"), "❤\u{fe0f} 👨\u{200d}👩");
    }

    #[test]
    fn colour_sequences_are_kept() {
        let text = "\u{1b}[1;31merror\u{1b}[0m: \u{1b}]0;title\u{7}\u{1b}[2J";
        assert_eq!(
            terminal_coloured(text),
            "\u{1b}[1;31merror\u{1b}[0m: [U+001B escape]]0;title[U+0007][U+001B escape][2J"
        );
    }

    #[test]
    fn a_robot_mentions_nobody() {
        assert_eq!(
            robot("<@all> [a](b) `x` *y*\n\u{202e}"),
            "＜@all＞ ［a］(b) x ＊y＊ ［U+202E right-to-left override］"
        );
    }

    #[test]
    fn an_owner_named_all_is_not_mentioned() {
        for owner in ["all", "ALL", "All", "@all", "@@ALL", "", "a b", "王五"] {
            assert!(!is_mentionable(owner), "{owner}");
        }
        for owner in ["wangwu", "Allen", "a.b@c-d_e", "small"] {
            assert!(is_mentionable(owner), "{owner}");
        }
    }
}

//! The TOML parser's messages in the words of this program, each with the next action.

use std::ops::Range;

use super::{line_at, not_allowed_here};
use crate::book;
use crate::check::FindingSink;
use crate::check::phrases::{date_not_written, here, remove_it};
use crate::text::StaticText;

/// The parser's message about a text that does not end on its line.
const NOT_CLOSED: &str = "invalid basic string, expected `\"`";

/// The beginning of a parser's message, the headline for it, and the help.
const MESSAGES: &[(&str, StaticText, StaticText)] = &[
    ("key with no value", NOT_A_STATEMENT, WRITE_A_STATEMENT),
    ("invalid key-value pair", NOT_A_STATEMENT, WRITE_A_STATEMENT),
    (
        "invalid unquoted key",
        StaticText {
            en: "a key can have only letters, digits, `-` and `_`",
            zh: "键名只能用英文字母、数字、`-` 和 `_`",
        },
        StaticText { en: "remove the other characters", zh: "请删掉别的字符" },
    ),
    (
        NOT_CLOSED,
        TEXT_NOT_CLOSED,
        StaticText {
            en: "put `\"` at its end; a text over several lines needs `\"\"\"` at both ends",
            zh: "请在末尾加上 `\"`；多行文字要用 `\"\"\"` 括起来",
        },
    ),
    (
        "invalid literal string, expected `'`",
        TEXT_NOT_CLOSED,
        StaticText {
            en: "put `'` at its end; a text over several lines needs `\"\"\"` at both ends",
            zh: "请在末尾加上 `'`；多行文字要用 `\"\"\"` 括起来",
        },
    ),
    (
        "missing opening quote",
        StaticText { en: "a quote is missing", zh: "缺少引号" },
        StaticText {
            en: "put quotes around the text, and a comma between the entries of a list",
            zh: "请给文字加上引号；列表的各项之间用逗号隔开",
        },
    ),
    (
        "unclosed table",
        StaticText { en: "a `[head]` is not closed", zh: "`[…]` 少了右边的方括号" },
        StaticText {
            en: "put `]` at its end; the keys below it were not read",
            zh: "请在末尾加上 `]`；它下面的内容都没有读到",
        },
    ),
    (
        "unclosed inline table",
        StaticText { en: "a table is not closed", zh: "`{…}` 少了右边的花括号" },
        StaticText { en: "put `}` at its end", zh: "请在末尾加上 `}`" },
    ),
    (
        "missing comma between array elements",
        StaticText {
            en: "a comma is missing between two entries of the list", zh: "列表的两项之间缺少逗号"
        },
        StaticText { en: "put `,` between them", zh: "请在它们之间加上 `,`" },
    ),
    (
        "invalid date, expected day",
        StaticText {
            en: "this date does not exist: its month has fewer days", zh: "没有这一天，这个月没有这么多天"
        },
        StaticText {
            en: "write a date that exists, in the form `\"YYYY-MM-DD\"`",
            zh: "请写一个存在的日期，形式是 `\"YYYY-MM-DD\"`",
        },
    ),
    (
        "invalid date, expected month",
        StaticText { en: "months go from 01 to 12", zh: "月份只能是 01 到 12" },
        StaticText {
            en: "write year, month and day, in the form `\"YYYY-MM-DD\"`",
            zh: "请按年、月、日的顺序写，形式是 `\"YYYY-MM-DD\"`",
        },
    ),
    (
        "invalid time, expected hour",
        StaticText { en: "hours go from 00 to 23", zh: "小时只能是 00 到 23" },
        StaticText {
            en: "for midnight at the end of a day, write `00:00:00` of the next date",
            zh: "要写一天结束时的零点，请写第二天的 `00:00:00`",
        },
    ),
    (
        "invalid time, expected minute",
        StaticText { en: "minutes go from 00 to 59", zh: "分钟只能是 00 到 59" },
        StaticText {
            en: "write hour, minute and second, as in `09:00:00`", zh: "请写时、分、秒，例如 `09:00:00`"
        },
    ),
    (
        "unexpected leading zero",
        StaticText { en: "a number cannot begin with 0", zh: "数字不能用 0 开头" },
        StaticText {
            en: "remove the zero, or put quotes around a text", zh: "请去掉开头的 0；如果是文字，请加上引号"
        },
    ),
    (
        "invalid boolean",
        StaticText { en: "`true` and `false` are written in lower case", zh: "`true` 和 `false` 要用小写" },
        StaticText { en: "for yes and no, write `true` and `false`", zh: "请写小写的 `true` 或 `false`" },
    ),
    (
        "duplicate key",
        StaticText { en: "this key is already in the same table", zh: "这个键前面已经写过了" },
        StaticText { en: "keep one of them", zh: "请只保留其中一个" },
    ),
    (
        "cannot recurse further",
        StaticText { en: "lists or tables are nested too deeply", zh: "列表或表格嵌套得太深" },
        StaticText { en: "a campaign file needs at most three levels", zh: "活动文件最多只需要三层" },
    ),
    (
        "invalid comment character",
        StaticText { en: "a comment has a control character", zh: "注释里有控制字符" },
        StaticText { en: "remove it", zh: "请把它删掉" },
    ),
];

const NOT_A_STATEMENT: StaticText =
    StaticText { en: "this line is not `key = value`", zh: "这一行不是 `键名 = 值` 的形式" };
const WRITE_A_STATEMENT: StaticText = StaticText {
    en: "write a key, `=` and a value; a comment begins with `#`",
    zh: "请写键名、`=` 和值；注释要以 `#` 开头",
};
const TEXT_NOT_CLOSED: StaticText = StaticText { en: "a text is not closed", zh: "文字少了结尾的引号" };

pub(super) fn report(source: &str, span: &Range<usize>, message: &str, findings: &mut FindingSink<'_>) {
    let text = &source[span.clone()];
    if message.starts_with("string values must be quoted") {
        report_unquoted(span, text, findings);
        return;
    }
    if let Some(control) = text.chars().next().filter(|c| c.is_control() && *c != '\n' && *c != '\r') {
        let help = if control == '\u{b}' {
            text!(
                en: "it comes from Shift+Enter in Word or WPS: replace it with Enter",
                zh: "它来自 Word 或 WPS 里的 Shift+Enter；请删掉它，再按 Enter 换行"
            )
        } else {
            remove_it()
        };
        findings.at(span, here(), not_allowed_here(control)).help(help);
        return;
    }
    if message.starts_with("missing escaped value") || message.starts_with("invalid escape") {
        report_escape(source, span, findings);
        return;
    }
    let known = MESSAGES.iter().find(|(start, _, _)| message.starts_with(start));
    match known {
        Some((_, headline, help)) => findings.at(span, here(), *headline).help(*help),
        None => {
            let message = message.replace('\n', " ");
            findings
                .at(
                    span,
                    here(),
                    text!(en: "this is not TOML: {message}", zh: "这里不符合 TOML 的写法（原文是“{message}”）"),
                )
                .help(text!(
                    en: "correct this place; the rest of the file was still checked",
                    zh: "请改正这里；文件的其余部分已经检查过"
                ))
        }
    };
}

/// Reports a backslash without a valid escape. In a path, `/` is meant.
fn report_escape(source: &str, span: &Range<usize>, findings: &mut FindingSink<'_>) {
    const MEDIA: &[&str] = &[".jpg", ".jpeg", ".png", ".mp4"];
    let (_, line) = line_at(source, span.start);
    let line = line.to_ascii_lowercase();
    let is_path = MEDIA.iter().any(|end| line.contains(&format!("{end}\"")));
    let finding =
        findings.at(span, here(), text!(en: "TOML does not know this escape", zh: "反斜杠后面不能跟这个字符"));
    let backslash = source[..span.end].rfind('\\').filter(|at| span.start - at <= 1);
    if is_path {
        finding.help(text!(en: "write `/` between the parts of a path", zh: "路径请用 `/` 分隔"));
        if let Some(path) = backslash.and_then(|at| path_around(source, at)) {
            finding.replace(&path, source[path.clone()].replace('\\', "/"));
        }
    } else {
        finding.help(text!(
            en: "write `\\\\` for one backslash, or put the text between `'''` and `'''`",
            zh: "要写反斜杠请用 `\\\\`，或者用 `'''` 把文字括起来"
        ));
        if let Some(at) = backslash {
            finding.replace(&(at..at), "\\");
        }
    }
}

/// The span between the quotes around an offset.
fn path_around(source: &str, at: usize) -> Option<Range<usize>> {
    let (start, line) = line_at(source, at);
    let opening = line[..at - start].rfind('"')? + 1;
    let length = line[opening..].find('"')?;
    Some(start + opening..start + opening + length)
}

/// Reports a text without quotes.
fn report_unquoted(span: &Range<usize>, text: &str, findings: &mut FindingSink<'_>) {
    let truth = match text.to_ascii_lowercase().as_str() {
        "yes" | "on" => Some("true"),
        "no" | "off" => Some("false"),
        _ => None,
    };
    match truth {
        _ if text.contains("YYYY") => findings
            .at(span, text!(en: "these letters stand for a date", zh: "这里要换成日期"), date_not_written())
            .help(text!(
                en: "replace the letters with year, month, day and the time",
                zh: "请把字母换成年、月、日和时间"
            )),
        _ if text.trim().is_empty() => findings
            .at(
                span,
                text!(en: "a value is missing here", zh: "这里缺少值"),
                text!(en: "a key has no value", zh: "键名后面没有值"),
            )
            .help(text!(en: "write one after `=`", zh: "请在 `=` 后面写上值")),
        Some(truth) => findings
            .at(
                span,
                text!(en: "not a value of TOML", zh: "不能这样写"),
                text!(en: "`{text}` is not a value of TOML", zh: "`{text}` 不是 TOML 的值"),
            )
            .help(text!(
                en: "write `{truth}`, or put quotes around a text",
                zh: "请写 `{truth}`；如果是文字，请加上引号"
            ))
            .replace(span, truth),
        None => {
            let finding = findings.at(
                span,
                text!(en: "quotes are missing", zh: "缺少引号"),
                text!(en: "a text needs quotes", zh: "文字要加引号"),
            );
            if let Some(quoted) = book::quoted(text) {
                finding.replace(span, quoted);
            }
            finding.help(text!(en: "put `\"` before and after it", zh: "请在前后各加一个 `\"`"))
        }
    };
}

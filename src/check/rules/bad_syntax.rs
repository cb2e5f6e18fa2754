use std::ops::Range;

use crate::book::{self, Fault, SourceFile, Unclosed};
use crate::check::characters::{is_invisible, name_of, plain, short};
use crate::check::dates::{self, DateReading};
use crate::check::foreign_syntax::{bare_list, foreign_comment, line_at, old_line_ends, over_lines, yaml_key};
use crate::check::phrases::{here, remove_it, the_key_is, write};
use crate::check::{Blocks, Concern, FindingSink, Rule, Run, keys};
use crate::diag::Level;
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-syntax",
    level: Level::Error,
    summary: StaticText {
        en: "A place in a campaign file or in `policy.toml` that is not valid TOML.",
        zh: "活动文件或公共设置里有一处不符合 TOML 的写法。",
    },
    blocks: Blocks::Campaign,
    concerns: Concern::Syntax,
    pages: StaticText { en: include_str!("bad_syntax.md"), zh: include_str!("bad_syntax.zh.md") },
    run: Run::File(run),
};

fn run(file: &SourceFile, faults: &[Fault], findings: &mut FindingSink<'_>) {
    let is_syntax = |fault: &Fault| matches!(fault, Fault::Syntax { .. });
    // Commas and quotes inside a text belong to the text.
    let texts = if faults.iter().any(is_syntax) { book::long_texts(file.text()) } else { Vec::new() };
    let in_text = |at: usize| {
        let after = texts.partition_point(|text| text.start < at);
        after > 0 && at < texts[after - 1].end
    };
    if faults.iter().any(is_syntax) && old_line_ends(file, findings) {
        return;
    }
    // The lines of a text in single quotes are not read as TOML.
    let mut reported_until = 0;
    for fault in faults {
        match fault {
            Fault::Syntax { span, .. } if span.start < reported_until => {}
            Fault::Unclosed { span, what: Unclosed::List } => {
                findings
                    .at(
                        span,
                        text!(en: "the list begins here", zh: "列表从这里开始"),
                        text!(en: "a list is not closed", zh: "列表没有结尾的 `]`"),
                    )
                    .help(text!(
                        en: "put `]` after its last entry; everything up to the next key was not read",
                        zh: "请在最后一项后面加上 `]`；到下一个键为止的内容都没有读到"
                    ));
            }
            Fault::Unclosed { span, what: Unclosed::Text } => {
                findings
                    .at(
                        span,
                        text!(en: "the text begins here", zh: "文字从这里开始"),
                        text!(en: "a text over several lines is not closed", zh: "多行文字没有结尾的三个引号"),
                    )
                    .help(text!(
                        en: "end it with the same three quotes; everything up to the next `[head]` was not read",
                        zh: "请在末尾加上同样的三个引号；到下一个 `[…]` 为止的内容都没有读到"
                    ));
            }
            Fault::Syntax { span, message } => {
                let source = file.text();
                if !in_text(span.start)
                    && (message.starts_with("invalid basic string") || message.starts_with("invalid literal string"))
                    && let Some(end) = over_lines(source, span, findings)
                {
                    reported_until = end;
                    continue;
                }
                let is_reported = !in_text(span.start)
                    && (inner_quotes(source, span, findings)
                        || foreign_comment(source, span, findings)
                        || bare_list(source, span, findings)
                        || yaml_key(source, span, message, findings)
                        || named_key(source, span, message, findings)
                        || date_in_another_form(source, span, findings)
                        || odd_character(source, span, findings)
                        || not_a_date(source, span, findings));
                if !is_reported {
                    report_complaint(source, span, message, findings);
                }
            }
            _ => {}
        }
    }
}

/// What the TOML reader says of a text that does not end on its line.
const NOT_CLOSED: &str = "invalid basic string, expected `\"`";

/// Reports quotes inside a text in quotes, as in `"今天是"会员日"，快来"`.
fn inner_quotes(source: &str, span: &Range<usize>, findings: &mut FindingSink<'_>) -> bool {
    let (start, line) = line_at(source, span.start);
    let Some((key, value)) = line.split_once('=') else { return false };
    let text = value.trim();
    let is_text = text.len() > 2 && text.starts_with('"') && text.ends_with('"') && !text.starts_with("\"\"\"");
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '\t');
    if !is_text || !key.chars().all(is_key) {
        return false;
    }
    let opening = start + key.len() + 1 + (value.len() - value.trim_start().len());
    let Some(inner) = text[1..text.len() - 1].find('"') else { return false };
    let at = opening + 1 + inner;
    // A list without brackets, not one text.
    let after = source[at + 1..].trim_start_matches([' ', '\t']);
    if span.start < at || after.starts_with([',', '#']) {
        return false;
    }
    let finding = findings.at(
        &(at..at + 1),
        text!(en: "TOML ends the text here", zh: "TOML 认为文字到这里就结束了"),
        text!(en: "there are quotes inside a text in quotes", zh: "引号里面又有引号"),
    );
    finding.help(text!(
        en: "write `“ ”` for the inner quotes, or put the whole text between `'''` and `'''`",
        zh: "请把里面的引号改成 `“ ”`，或者用 `'''` 把整段文字括起来"
    ));
    if let Some(curly) = with_curly_quotes(&text[1..text.len() - 1]) {
        finding.replace(&(opening + 1..opening + text.len() - 1), curly);
    }
    true
}

/// A text with its straight quotes in pairs made curly ones.
fn with_curly_quotes(text: &str) -> Option<String> {
    let is_paired = text.matches('"').count().is_multiple_of(2) && !text.contains('\\');
    let mut quotes = ['“', '”'].into_iter().cycle();
    is_paired.then(|| text.chars().map(|c| if c == '"' { quotes.next().unwrap_or(c) } else { c }).collect())
}

/// Reports a key or the name of an audience that TOML takes only in quotes, and says which key was meant.
fn named_key(source: &str, span: &Range<usize>, message: &str, findings: &mut FindingSink<'_>) -> bool {
    if !message.starts_with("invalid unquoted key") {
        return false;
    }
    let (start, line) = line_at(source, span.start);
    if let Some(head) = line.trim().strip_prefix("[audiences.").and_then(|rest| rest.strip_suffix(']')) {
        if head.is_empty() || head.contains(['"', '\'', '[', ']']) {
            return false;
        }
        let help = text!(
            en: "write `[audiences.\"{head}\"]`; a name in Chinese is fine in quotes",
            zh: "请写 `[audiences.\"{head}\"]`；中文名称可以用，但要加引号"
        );
        let at = start + line.find(head).unwrap_or_default();
        findings
            .at(
                &(at..at + head.len()),
                text!(en: "quotes are missing", zh: "缺少引号"),
                text!(en: "this name of an audience needs quotes", zh: "这样的预设范围名称要加引号"),
            )
            .help(help)
            .replace(&(at..at + head.len()), format!("\"{head}\""));
        return true;
    }
    let Some((key, _)) = line.split_once('=') else { return false };
    // The last part of a dotted key.
    let written = key.rsplit('.').next().unwrap_or(key).trim();
    let value = line.split_once('=').map_or("", |(_, value)| value);
    let Some(meant) = keys::in_chinese(written).map(|key| keys::by_value(key, value)) else { return false };
    let at = start + key.rfind(written).unwrap_or_default();
    findings
        .at(
            &(at..at + written.len()),
            text!(en: "keys are in English", zh: "键名用英文"),
            text!(en: "unknown key `{key}`", zh: "不能写 `{key}`，键名要用英文", key = short(written)),
        )
        .help(the_key_is(meant))
        .replace(&(at..at + written.len()), meant);
    true
}

/// Reports a date in another form than TOML's.
fn date_in_another_form(source: &str, span: &Range<usize>, findings: &mut FindingSink<'_>) -> bool {
    let (start, line) = line_at(source, span.start);
    // The value alone, or one of a list or table on this line.
    let until = line.get(..span.start - start).unwrap_or_default();
    let (assigned, entry) = (until.rfind('='), until.rfind([',', '[', '{']));
    let (inner, is_list) = match (assigned, entry) {
        (Some(assigned), Some(entry)) if entry > assigned => (entry + 1, true),
        (Some(assigned), _) => (assigned + 1, false),
        (None, _) => match line.find('=') {
            Some(assigned) => (assigned + 1, false),
            None => return false,
        },
    };
    let key = line[..inner].trim_end_matches('=');
    let key = if is_list {
        line.split('=').next().unwrap_or_default()
    } else {
        key.rsplit([',', '[', '{']).next().unwrap_or(key)
    };
    let value = line[inner..].split([',', ']', '}', '#']).next().unwrap_or_default();
    let written = value.trim();
    let (meant, is_certain) = match dates::meant_for(key.trim(), written) {
        Some(DateReading::Certain(meant)) if meant != written => (meant, true),
        Some(DateReading::WithoutTime(meant)) => (meant, false),
        _ => return false,
    };
    let at = start + inner + (value.len() - value.trim_start().len());
    let dash = written.chars().find(|c| matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}'));
    let label = match dash {
        Some(dash) => text!(en: "not `-` but {name}", zh: "这不是 `-`，而是{name}", name = name_of(dash)),
        None => text!(en: "a date in another form", zh: "日期的写法不对"),
    };
    let form = if meant.contains('T') { "YYYY-MM-DDThh:mm:ss" } else { "YYYY-MM-DD" };
    let place = at..at + written.len();
    let finding = findings.at(&place, label, date_form(form));
    let assigned = if is_list { String::new() } else { format!("{} = ", key.trim()) };
    if is_certain {
        finding.help(write(format_args!("{assigned}{meant}"))).replace(&place, meant);
    } else {
        finding.help(text!(
            en: "write `{assigned}{meant}`, with the time that is meant",
            zh: "请照 `{assigned}{meant}` 的样子写，再把时间改成要发表的时间"
        ));
    }
    true
}

/// Reports what stands without quotes where a date is wanted and is none: `12/01/2026`, `2026-12-01 上午9点`, `明天`.
fn not_a_date(source: &str, span: &Range<usize>, findings: &mut FindingSink<'_>) -> bool {
    let (start, line) = line_at(source, span.start);
    let Some((key, value)) = line.split_once('=') else { return false };
    let form = match key.trim() {
        "at" | "schedule.at" => "YYYY-MM-DDT09:00:00",
        "start" | "end" | "schedule.start" | "schedule.end" => "YYYY-MM-DD",
        _ => return false,
    };
    let (key, written) = (key.trim(), value.split('#').next().unwrap_or_default().trim());
    let is_of_dates = |c: char| c.is_ascii_digit() || "-:.TtZz+ ".contains(c);
    if written.is_empty()
        || written.starts_with(['"', '\'', '[', '{'])
        || written.starts_with("YYYY")
        || written.chars().all(is_of_dates)
    {
        return false;
    }
    let at = start + line.len() - value.len() + value.find(written).unwrap_or_default();
    findings
        .at(&(at..at + written.len()), text!(en: "not a date in this form", zh: "这样写不是日期"), date_form(form))
        .help(text!(
            en: "write year, month and day in the form `{key} = {form}`",
            zh: "请写出年月日，形式是 `{key} = {form}`"
        ));
    true
}

/// Says how a date is written.
fn date_form(form: &str) -> Text {
    text!(en: "a date is written `{form}`", zh: "日期要写成 `{form}`")
}

/// Reports a character of an input method or a word processor where TOML expects an ASCII one, and invisible characters.
fn odd_character(source: &str, span: &Range<usize>, findings: &mut FindingSink<'_>) -> bool {
    let (start, line) = line_at(source, span.start);
    let Some((at, odd, wanted)) = first_odd(line) else { return false };
    let place = start + at..start + at + odd.len_utf8();
    let name = name_of(odd);
    let Some(wanted) = wanted else {
        let message = if is_invisible(odd) {
            text!(
                en: "there is an invisible character outside of quotes: {name}",
                zh: "引号外面有看不见的字符：{name}",
                name = name
            )
        } else {
            not_allowed_here(odd)
        };
        findings.at(&place, here(), message).help(remove_it()).replace(&place, "");
        return true;
    };
    let wanted = match wanted {
        ' ' => text!(en: "a plain space", zh: "普通空格"),
        wanted => text!(en: "`{wanted}`", zh: "半角的 `{wanted}`"),
    };
    let finding = findings.at(
        &place,
        text!(en: "write {wanted}", zh: "请用{wanted}", wanted = wanted),
        text!(
            en: "there is {name} where TOML needs {wanted}",
            zh: "这里要用{wanted}，现在是{name}",
            name = name,
            wanted = wanted
        ),
    );
    finding.help(text!(
        en: "switch the input method to half-width (English) for everything outside of quotes",
        zh: "引号以外的符号都要用半角；请把输入法切换到英文（半角）"
    ));
    if let Some(plain) = plain_outside_quotes(line) {
        finding.replace(&(start..start + line.len()), plain);
    }
    true
}

/// A line with ASCII characters and quotes outside of texts; nothing where it is not clear which quotes are those of
/// TOML.
fn plain_outside_quotes(line: &str) -> Option<String> {
    let mut made = String::with_capacity(line.len());
    // The quote that ends the text, and whether the opening one was not ASCII.
    let mut open: Option<(char, bool)> = None;
    for (at, c) in line.char_indices() {
        let meant = if open.is_none() { plain_at(line, at, c) } else { plain(c) }.unwrap_or(c);
        let is_quote = matches!(meant, '"' | '\'');
        match open {
            Some((quote, is_odd)) if meant == quote && (c != quote) == is_odd => {
                open = None;
                made.push(quote);
            }
            // A text that begins with one kind of quotes and contains the other kind.
            Some((_, true)) if matches!(c, '"' | '\\') => return None,
            Some(_) => made.push(c),
            None if c == '#' => {
                made.push_str(&line[at..]);
                return Some(made);
            }
            None if is_quote => {
                open = Some((meant, meant != c));
                made.push(meant);
            }
            None if is_invisible(c) || is_stray(line, at, c) => {}
            None => made.push(meant),
        }
    }
    open.is_none().then_some(made)
}

/// The ASCII character that is meant at this place: punctuation of sentences is not that of TOML.
fn plain_at(line: &str, at: usize, c: char) -> Option<char> {
    match c {
        '：' if is_bare_key(&line[..at]) => Some('='),
        '。' | '；' | ';' if line[..at].trim_end().ends_with(['"', '\'', '”', '’', '」', ']']) => Some(','),
        c => plain(c),
    }
}

/// Whether punctuation of sentences follows the last entry of a list or a value.
fn is_stray(line: &str, at: usize, c: char) -> bool {
    let behind = line[at + c.len_utf8()..].trim_start();
    matches!(c, '。' | '；' | ';') && (behind.is_empty() || behind.starts_with([']', '}', '#', '】', '］']))
}

fn is_bare_key(text: &str) -> bool {
    let key = text.trim();
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// The first such character of a line outside of quotes and comments, with the ASCII one that is meant.
fn first_odd(line: &str) -> Option<(usize, char, Option<char>)> {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '#') => return None,
            (None, '"' | '\'') => quote = Some(c),
            (None, c) if is_invisible(c) || is_stray(line, at, c) => return Some((at, c, None)),
            (None, c) => {
                if let Some(meant) = plain_at(line, at, c) {
                    return Some((at, c, Some(meant)));
                }
            }
        }
    }
    None
}

/// How a message of the TOML reader begins, our headline for it, and the next act.
const COMPLAINTS: &[(&str, StaticText, StaticText)] = &[
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
            en: "write a date that exists, in the form `YYYY-MM-DD`",
            zh: "请写一个存在的日期，形式是 `YYYY-MM-DD`",
        },
    ),
    (
        "invalid date, expected month",
        StaticText { en: "months go from 01 to 12", zh: "月份只能是 01 到 12" },
        StaticText {
            en: "write year, month and day, in the form `YYYY-MM-DD`",
            zh: "请按年、月、日的顺序写，形式是 `YYYY-MM-DD`",
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

/// The headline about a character that is not allowed at its place.
fn not_allowed_here(character: char) -> Text {
    text!(en: "TOML does not allow {name} here", zh: "这里不能有{name}", name = name_of(character))
}

fn report_complaint(source: &str, span: &Range<usize>, message: &str, findings: &mut FindingSink<'_>) {
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
    let known = COMPLAINTS.iter().find(|(start, _, _)| message.starts_with(start));
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

/// Reports a backslash that begins no escape; in a path, `/` is meant.
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

/// The stretch between the quotes around a place of a line.
fn path_around(source: &str, at: usize) -> Option<Range<usize>> {
    let (start, line) = line_at(source, at);
    let opening = line[..at - start].rfind('"')? + 1;
    let length = line[opening..].find('"')?;
    Some(start + opening..start + opening + length)
}

/// Reports a value without quotes that is not a number, date or the like.
fn report_unquoted(span: &Range<usize>, text: &str, findings: &mut FindingSink<'_>) {
    let truth = match text.to_ascii_lowercase().as_str() {
        "yes" | "on" => Some("true"),
        "no" | "off" => Some("false"),
        _ => None,
    };
    match truth {
        _ if text.contains("YYYY") => findings
            .at(
                span,
                text!(en: "these letters stand for a date", zh: "这里要换成日期"),
                text!(en: "a date is not written yet", zh: "日期还没有写"),
            )
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

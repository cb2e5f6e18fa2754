use crate::book::{self, ParseError, SourceFile, ValueType, Wanted};
use crate::check::dates::{self, DateReading};
use crate::check::entries::is_user_id;
use crate::check::phrases::{date_not_written, write};
use crate::check::{Blocks, FindingSink, Rule, RuleFn, Subject, keys};
use crate::duration;
use crate::finding::Level;
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "wrong-type",
    level: Level::Error,
    summary: StaticText {
        en: "A value of another type than its key takes, such as a text instead of a list, or a number in quotes.",
        zh: "值的类型不对，例如该用方括号写一组的地方只写了一个，或者数字加了引号。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::File,
    pages: StaticText { en: include_str!("wrong_type.md"), zh: include_str!("wrong_type.zh.md") },
    run: RuleFn::File(run),
};

fn run(file: &SourceFile, parse_errors: &[ParseError], findings: &mut FindingSink<'_>) {
    for error in parse_errors {
        let ParseError::WrongType { span, key, wanted, got } = error else { continue };
        let key = &*keys::without_number(key);
        let written = file.text().get(span.clone()).unwrap_or_default();
        let takes = text!(en: "`{key}` takes {wanted}", zh: "`{key}` 要写{wanted}", wanted = words(*wanted));
        if is_date(*wanted)
            && matches!(got, ValueType::Text | ValueType::Integer)
            && let Some(meant) = dates::meant_for(key, written.trim_matches(['"', '\'']))
        {
            let finding = findings.at(span, text!(en: "a date in another form", zh: "日期的写法不对"), takes);
            match meant {
                DateReading::Certain(meant) => finding.help(write(&meant)).replace(span, meant),
                DateReading::WithoutTime(time) => finding.help(text!(
                    en: "write `{time}`, with the time that is meant",
                    zh: "请照 `{time}` 的样子写，再把时间改成要发表的时间"
                )),
            };
            continue;
        }
        if (is_date(*wanted) || *wanted == Wanted::Dates) && written.contains("YYYY") {
            findings
                .at(span, text!(en: "put the date here", zh: "在这里写日期"), date_not_written())
                .help(text!(en: "put the date in place of `YYYY-MM-DD`", zh: "请把 `YYYY-MM-DD` 换成日期"));
            continue;
        }
        if (is_date(*wanted) || *wanted == Wanted::Dates) && dates::is_impossible(written.trim_matches(['"', '\''])) {
            findings.at(span, text!(en: "no such date or time", zh: "没有这个日期或时间"), takes).help(text!(
                en: "write a date that exists, in the form `\"YYYY-MM-DD\"` or `\"YYYY-MM-DD 09:00\"`",
                zh: "请写一个存在的日期，形式是 `\"YYYY-MM-DD\"` 或 `\"YYYY-MM-DD 09:00\"`"
            ));
            continue;
        }
        let got = *got;
        let message =
            text!(en: "{takes}, not {got}", zh: "{takes}，这里写的是{got}", takes = takes, got = type_words(got));
        let finding = findings.at(span, text!(en: "this is {got}", zh: "这是{got}", got = type_words(got)), message);
        match instead(key, *wanted, got, written) {
            Some(text) => finding.help(write(&text)).replace(span, text),
            None => finding.help(
                in_general(key)
                    .unwrap_or_else(|| text!(en: "write {wanted}", zh: "请写{wanted}", wanted = words(*wanted))),
            ),
        };
    }
}

/// Whether a key takes a date or a time, but not a list of them.
fn is_date(wanted: Wanted) -> bool {
    matches!(wanted, Wanted::Date | Wanted::SkippedDates | Wanted::DateTimes | Wanted::DateOrTime)
}

/// The type that a key takes, in words that can follow "takes".
fn words(wanted: Wanted) -> Text {
    match wanted {
        Wanted::Text => text!(en: "a text in quotes", zh: "加引号的文字"),
        Wanted::Texts => text!(en: "a list of texts", zh: "用方括号写成的一组文字"),
        Wanted::Bool => text!(en: "`true` or `false`", zh: " `true` 或 `false`"),
        Wanted::Integer => text!(en: "a whole number", zh: "整数"),
        Wanted::Id => text!(en: "a whole number from 1", zh: "从 1 开始的整数"),
        Wanted::Table => text!(en: "a table", zh: "用 `{{ }}` 括起来的一组键和值"),
        Wanted::Tables => text!(en: "a list of tables", zh: "几组键和值，每组用 `{{ }}` 括起来"),
        Wanted::Media => text!(
            en: "the path of a file in quotes, or `{{ media_id = \"…\" }}`",
            zh: "加引号的文件路径，或者 `{{ media_id = \"…\" }}`"
        ),
        Wanted::MediaList => text!(en: "a list of images", zh: "用方括号写成的一组图片"),
        Wanted::Department => text!(
            en: "a department: its id, a whole number, or its name in quotes",
            zh: "部门 ID（整数），或者加引号的部门名称"
        ),
        Wanted::Departments => text!(en: "a list of departments", zh: "用方括号写成的一组部门"),
        Wanted::Date => text!(en: "a date, in the form `\"YYYY-MM-DD\"`", zh: "日期，形式是 `\"YYYY-MM-DD\"`"),
        Wanted::SkippedDates => text!(
            en: "a date, in the form `\"YYYY-MM-DD\"`, or `{{ from = \"YYYY-MM-DD\", to = \"YYYY-MM-DD\" }}`",
            zh: "日期，形式是 `\"YYYY-MM-DD\"`，或者一段日期，形式是 `{{ from = \"YYYY-MM-DD\", to = \"YYYY-MM-DD\" }}`"
        ),
        Wanted::Dates => text!(en: "a list of dates", zh: "用方括号写成的一组日期"),
        Wanted::DateTimes => text!(
            en: "a local date-time, in the form `\"YYYY-MM-DD 09:00\"`, or a list of them",
            zh: "日期加时间，形式是 `\"YYYY-MM-DD 09:00\"`，也可以用方括号写几个"
        ),
        Wanted::DateOrTime => text!(en: "a date or a local date-time", zh: "日期，或者日期加时间"),
        Wanted::TimeOfDay(example) => text!(en: "a time, such as `{example}`", zh: "时间，例如 `{example}`"),
    }
}

/// A type, in words that can follow "is".
fn type_words(got: ValueType) -> Text {
    match got {
        ValueType::Text => text!(en: "a text", zh: "一段文字"),
        ValueType::Integer => text!(en: "a whole number", zh: "整数"),
        ValueType::Float => text!(en: "a decimal number", zh: "小数"),
        ValueType::Bool => text!(en: "`true` or `false`", zh: " `true` 或 `false`"),
        ValueType::DateOrTime => text!(en: "a date or time", zh: "日期或时间"),
        ValueType::List => text!(en: "a list", zh: "方括号里的一组"),
        ValueType::Table => text!(en: "a table", zh: "一组键和值"),
    }
}

/// The value in the wanted type, if the conversion is certain.
fn instead(key: &str, wanted: Wanted, got: ValueType, written: &str) -> Option<String> {
    const MAX_VALUE_BYTES: usize = 200;
    let bare = written.trim_matches(['"', '\'']);
    if written.len() > MAX_VALUE_BYTES {
        return None;
    }
    let name = key.rsplit('.').next().unwrap_or(key);
    match (wanted, got) {
        (Wanted::Table, _) => in_a_table(name, written),
        (Wanted::Text, ValueType::DateOrTime) if name == "cron" => at_a_time(written),
        (Wanted::Text, ValueType::Integer) if name == "max_lateness" => {
            duration::meant(written).map(|it| format!("\"{it}\""))
        }
        (Wanted::Text, ValueType::Integer | ValueType::Float) if name == "cron" => None,
        (Wanted::Text, ValueType::Integer | ValueType::Float | ValueType::DateOrTime) => book::quoted(written),
        (Wanted::Texts, ValueType::Text) => several(bare, name != "tag_list"),
        (Wanted::MediaList, ValueType::Text) | (Wanted::Departments, ValueType::Integer) => {
            Some(format!("[{written}]"))
        }
        (Wanted::Dates, ValueType::Table) if written.starts_with('{') => Some(format!("[{written}]")),
        (Wanted::SkippedDates, ValueType::List) => {
            let (from, to) = written.strip_prefix('[')?.strip_suffix(']')?.split_once(',')?;
            match dates::meant_for("skip", &format!("{} to {}", date_of(from), date_of(to)))? {
                DateReading::Certain(range) => Some(range),
                DateReading::WithoutTime(_) => None,
            }
        }
        (Wanted::Dates, ValueType::DateOrTime) => Some(format!("[{written}]")),
        (Wanted::Dates, ValueType::Text) => match dates::meant_for("skip", bare)? {
            DateReading::Certain(date) | DateReading::WithoutTime(date) => Some(format!("[{date}]")),
        },
        (Wanted::Bool, ValueType::Text) => match bare.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some("true".to_owned()),
            "false" | "no" | "off" => Some("false".to_owned()),
            _ => None,
        },
        (Wanted::Integer, ValueType::Text) => bare.parse::<i64>().ok().map(|number| number.to_string()),
        _ => None,
    }
}

/// The table for one of its values: `{ user_list = ["zhangshan"] }` for `["zhangshan"]`.
fn in_a_table(name: &str, written: &str) -> Option<String> {
    let value = format!("value = {written}").parse::<toml::Table>().ok()?.remove("value")?;
    let entries = match value {
        toml::Value::Array(list) => list,
        one => vec![one],
    };
    let is_text = entries.len() == 1 && entries[0].is_str() && !written.starts_with('[');
    if name == "content" && is_text {
        return Some(format!("{{ text = {written} }}"));
    }
    if name == "schedule" && is_text {
        return Some(format!("{{ cron = {written} }}"));
    }
    if entries.is_empty() {
        return None;
    }
    let texts: Option<Vec<&str>> = entries.iter().map(toml::Value::as_str).collect();
    let numbers: Option<Vec<String>> =
        entries.iter().map(|it| it.as_integer().filter(|id| *id > 0).map(|id| id.to_string())).collect();
    let quoted = |texts: Vec<&str>| texts.into_iter().map(book::quoted).collect::<Option<Vec<_>>>();
    let (key, items) = match (name, texts, numbers) {
        ("sender_list", Some(texts), _) if texts.iter().all(|text| is_user_id(text)) => ("user_list", quoted(texts)?),
        ("sender_list", _, Some(numbers)) => ("department_list", numbers),
        ("external_contact_list", Some(texts), _) => ("tag_list", quoted(texts)?),
        _ => return None,
    };
    Some(format!("{{ {key} = [{}] }}", items.join(", ")))
}

/// The cron text for every day at a time: for 10:15, `"15 10 * * *"`.
fn at_a_time(written: &str) -> Option<String> {
    let mut parts = written.split(':').map(|part| part.parse::<u32>().ok());
    match (parts.next()?, parts.next()?, parts.next()) {
        (Some(hour @ 0..24), Some(minute @ 0..60), None | Some(Some(0))) => Some(format!("\"{minute} {hour} * * *\"")),
        _ => None,
    }
}

/// The help for a key whose value does not show the intention.
fn in_general(key: &str) -> Option<Text> {
    Some(match key.rsplit('.').next().unwrap_or(key) {
        "sender_list" => text!(
            en: "name the senders: `{{ user_list = [\"…\"] }}` or `{{ department_list = [2] }}`",
            zh: "请写 `{{ user_list = [\"…\"] }}`（成员），或者 `{{ department_list = [2] }}`（部门）"
        ),
        "external_contact_list" => text!(
            en: "name the customer tags: `{{ tag_list = [\"…\"] }}`",
            zh: "请写 `{{ tag_list = [\"…\"] }}`（客户标签）"
        ),
        "max_lateness" => text!(
            en: "write a number and its unit in quotes, such as `\"30m\"` or `\"2h\"`",
            zh: "请写数字加单位，并加上引号，例如 `\"30m\"`（30 分钟）或 `\"2h\"`（2 小时）"
        ),
        "cron" => text!(
            en: "write a cron text in quotes, such as `\"15 10 * * MON\"`; a single time belongs in `at`",
            zh: "请写加引号的 cron 表达式，例如 `\"15 10 * * MON\"`（每周一 10:15）；只发一次的时间写在 `at` 里"
        ),
        "link" => text!(
            en: "describe the link: `{{ title = \"…\", url = \"https://…\", cover = \"media/….jpg\" }}`",
            zh: "请写 `{{ title = \"…\", url = \"https://…\", cover = \"media/….jpg\" }}`"
        ),
        _ => return None,
    })
}

/// A date without surrounding quotes and blanks.
fn date_of(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

/// A list of texts for one text with several entries: `zhangshan|lisi`.
fn several(text: &str, by_blanks: bool) -> Option<String> {
    let is_mark = |c: char| matches!(c, '|' | ',' | '，' | '、' | ';' | '；') || by_blanks && c.is_whitespace();
    let parts = text.split(is_mark).map(str::trim).filter(|part| !part.is_empty());
    let quoted = parts.map(book::quoted).collect::<Option<Vec<_>>>()?;
    (!quoted.is_empty()).then(|| format!("[{}]", quoted.join(", ")))
}

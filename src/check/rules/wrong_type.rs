use crate::book::{self, Fault, SourceFile};
use crate::check::dates::{self, DateReading};
use crate::check::entries::is_user_id;
use crate::check::{Blocks, Concern, FindingSink, Rule, Run};
use crate::diag::Level;
use crate::duration;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "wrong-type",
    level: Level::Error,
    summary: StaticText {
        en: "A value of another type than its key takes, such as a text instead of a list, or a number in quotes.",
        zh: "值的类型不对，例如该写列表的地方写了一段文字，或者数字加了引号。",
    },
    blocks: Blocks::Campaign,
    concerns: Concern::File,
    pages: StaticText { en: include_str!("wrong_type.md"), zh: include_str!("wrong_type.zh.md") },
    run: Run::File(run),
};

fn run(file: &SourceFile, faults: &[Fault], found: &mut FindingSink<'_>) {
    for fault in faults {
        let Fault::WrongType { span, key, wanted, got } = fault else { continue };
        let written = file.text().get(span.clone()).unwrap_or_default();
        if wanted.contains("date")
            && !wanted.starts_with("a list")
            && matches!(*got, "a text" | "a whole number")
            && let Some(meant) = dates::meant_for(key, written.trim_matches(['"', '\'']))
        {
            let finding = found.at(span, "a date in another form", format!("`{key}` takes {wanted}"));
            match meant {
                DateReading::Certain(range) if range.starts_with('{') => {
                    finding.help(format!("write {range}")).replace(span, range)
                }
                DateReading::Certain(date) => finding.help(format!("write {date}, without quotes")).replace(span, date),
                DateReading::WithoutTime(time) => {
                    finding.help(format!("write {time}, without quotes and with the time that is meant"))
                }
            };
            continue;
        }
        if wanted.contains("date") && dates::is_impossible(written.trim_matches(['"', '\''])) {
            found
                .at(span, "no clock or calendar has this", format!("`{key}` takes {wanted}"))
                .help("write a date that exists, in the form YYYY-MM-DD or YYYY-MM-DDT09:00:00");
            continue;
        }
        let finding = found.at(span, format!("this is {got}"), format!("`{key}` takes {wanted}, not {got}"));
        match instead(key, wanted, got, written) {
            Some(text) => finding.help(format!("write {text}")).replace(span, text),
            None => finding.help(in_general(key).map_or_else(|| format!("write {wanted}"), str::to_owned)),
        };
    }
}

/// The value in the type that is wanted, where one comes to the other.
fn instead(key: &str, wanted: &str, got: &str, written: &str) -> Option<String> {
    const LONGEST: usize = 200;
    let bare = written.trim_matches(['"', '\'']);
    if written.len() > LONGEST {
        return None;
    }
    let name = key.rsplit('.').next().unwrap_or(key);
    match (wanted, got) {
        ("a table", _) => in_a_table(name, written),
        ("a text in quotes", "a date or time") if name == "cron" => at_a_time(written),
        ("a text in quotes", "a whole number") if name == "max_lateness" => {
            duration::meant(written).map(|it| format!("\"{it}\""))
        }
        ("a text in quotes", "a whole number" | "a number with a point") if name == "cron" => None,
        ("a text in quotes", "a whole number" | "a number with a point" | "a date or time") => book::quoted(written),
        ("a list of texts", "a text") => several(bare, name != "tag_list"),
        ("a list of pictures", "a text") | ("a list of departments", "a whole number") => Some(format!("[{written}]")),
        ("a list of dates", "a table") if written.starts_with('{') => Some(format!("[{written}]")),
        (wanted, "a list") if wanted.contains("from =") => {
            let (from, to) = written.strip_prefix('[')?.strip_suffix(']')?.split_once(',')?;
            match dates::meant_for("skip", &format!("{} to {}", date_of(from), date_of(to)))? {
                DateReading::Certain(range) => Some(range),
                DateReading::WithoutTime(_) => None,
            }
        }
        ("a list of dates", "a date or time") => Some(format!("[{written}]")),
        ("a list of dates", "a text") => match dates::meant_for("skip", bare)? {
            DateReading::Certain(date) | DateReading::WithoutTime(date) => Some(format!("[{date}]")),
        },
        ("true or false", "a text") => match bare.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some("true".to_owned()),
            "false" | "no" | "off" => Some("false".to_owned()),
            _ => None,
        },
        ("a whole number", "a text") => bare.parse::<i64>().ok().map(|number| number.to_string()),
        _ => None,
    }
}

/// The table that is meant by one of its values: `{ user_list = ["zhangshan"] }` for `["zhangshan"]`.
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

/// The cron text of every day at a time: of 10:15, `"15 10 * * *"`.
fn at_a_time(written: &str) -> Option<String> {
    let mut parts = written.split(':').map(|part| part.parse::<u32>().ok());
    match (parts.next()?, parts.next()?, parts.next()) {
        (Some(hour @ 0..24), Some(minute @ 0..60), None | Some(Some(0))) => Some(format!("\"{minute} {hour} * * *\"")),
        _ => None,
    }
}

/// What to write in the place of a key that takes another type, where its value does not say.
fn in_general(key: &str) -> Option<&'static str> {
    Some(match key.rsplit('.').next().unwrap_or(key) {
        "sender_list" => "write { user_list = [\"…\"] }, or { department_list = [2] }",
        "external_contact_list" => "write { tag_list = [\"…\"] }",
        "max_lateness" => "write a number and its unit in quotes, such as \"30m\" or \"2h\"",
        "cron" => "write a cron text in quotes, such as \"15 10 * * MON\"; a single time stands under `at`",
        "link" => "write { title = \"…\", url = \"https://…\", cover = \"media/….jpg\" }",
        _ => return None,
    })
}

/// A date without what stands around it.
fn date_of(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

/// A list of texts for one text that has several in it: `zhangshan|lisi`.
fn several(text: &str, by_blanks: bool) -> Option<String> {
    let is_mark = |c: char| matches!(c, '|' | ',' | '，' | '、' | ';' | '；') || by_blanks && c.is_whitespace();
    let parts = text.split(is_mark).map(str::trim).filter(|part| !part.is_empty());
    let quoted = parts.map(book::quoted).collect::<Option<Vec<_>>>()?;
    (!quoted.is_empty()).then(|| format!("[{}]", quoted.join(", ")))
}
